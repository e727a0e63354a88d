/* band 8-32: Butterworth filters of the whole recording, one band or a bank of them. */
#include "bci_kinds.h"
#include "text.h"

#include <string.h>

typedef struct band_options {
    const char *edges;
    size_t order;
    ana_filter_phase phase;
} band_options;

static const char *const phases[] = {"zero", "causal", NULL};

static const ana_option band_table[] = {
    {"edges", ANA_OPTION_TEXT, offsetof(band_options, edges), 0, 0, NULL, "LOW-HIGH,...",
     "-3 dB points of each band, hertz; several bands, with commas between, are a bank whose rows "
     "stand one after the other",
     false},
    {"order", ANA_OPTION_SIZE, offsetof(band_options, order), 1, 12, NULL, "N",
     "order of the low-pass prototype (default 4)", false},
    {"phase", ANA_OPTION_CHOICE, offsetof(band_options, phase), 0, 0, phases, "PHASE",
     "zero: forward and backward; causal: as live signals need it", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(band_options *)options = (band_options){.order = 4, .phase = ANA_PHASE_ZERO};
}

static ana_status read_bank(const void *user, ana_bci_bank *bank)
{
    const band_options *options = user;
    *bank = (ana_bci_bank){.order = options->order, .phase = options->phase};
    const char *text = options->edges;
    while (text != NULL && *text != '\0') {
        const size_t length = strcspn(text, ",");
        const size_t dash = strcspn(text, "-");
        double edges[2] = {0.0, 0.0};
        if (bank->n_bands == ANA_BCI_MAX_BANDS) {
            return ana_fail(ANA_ERR_LIMIT, "pipeline: band: more than %d bands", ANA_BCI_MAX_BANDS);
        }
        if (dash >= length || !ana_parse_double(text, dash, &edges[0]) ||
            !ana_parse_double(text + dash + 1, length - dash - 1, &edges[1]) ||
            !(edges[0] > 0.0 && edges[1] > edges[0] && edges[1] < 1e9)) {
            return ana_fail(ANA_ERR_VALUE,
                            "pipeline: band %.*s: give two frequencies above 0, as in 8-32",
                            (int)(length < 40 ? length : 40), text);
        }
        bank->bands_hz[2 * bank->n_bands] = edges[0];
        bank->bands_hz[2 * bank->n_bands + 1] = edges[1];
        bank->n_bands++;
        text += length + (text[length] == ',' ? 1 : 0);
    }
    if (bank->n_bands == 0) {
        return ana_fail(ANA_ERR_VALUE, "pipeline: band needs its edges, as in band 8-32");
    }
    return ANA_OK;
}

const bci_kind ana_bci_band = {
    .says = {.name = "band",
             .summary = "filter the whole recording",
             .takes = "signals",
             .gives = "signals",
             .options = band_table,
             .n_positional = 1},
    .takes = BCI_SIGNALS,
    .gives = BCI_SIGNALS,
    .options_size = sizeof(band_options),
    .defaults = defaults,
    .bank = read_bank,
};
