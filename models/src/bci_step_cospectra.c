/* cospectra 12-20: how the channels of each trial vary together in a band of frequencies. */
#include "bci_kinds.h"
#include "checked.h"
#include "cross_spectra.h"
#include "try.h"
#include "workspace.h"

#include <string.h>

typedef enum cospectra_part {
    COSPECTRA_REAL,
    COSPECTRA_COMPLEX
} cospectra_part;

typedef struct cospectra_options {
    ana_cross_spectrum_options spectrum;
    cospectra_part part;
} cospectra_options;

enum {
    AT_ONCE = 16 /* trials, of which the matrices of all frequencies are held */
};

static const char *const parts[] = {"real", "complex", NULL};

static const ana_option cospectra_table[] = {
    {"min", ANA_OPTION_DOUBLE, offsetof(cospectra_options, spectrum.min_hz), 0, 1e6, NULL, "HZ",
     "lowest frequency (default 0)", false},
    {"max", ANA_OPTION_DOUBLE, offsetof(cospectra_options, spectrum.max_hz), 0, 1e6, NULL, "HZ",
     "highest frequency; 0: half the rate (default 0)", false},
    {"part", ANA_OPTION_CHOICE, offsetof(cospectra_options, part), 0, 0, parts, "PART",
     "real: the co-spectrum; complex: the cross-spectrum with its phases (default real)", false},
    {"window", ANA_OPTION_SIZE, offsetof(cospectra_options, spectrum.window), 2, 1e9, NULL,
     "SAMPLES", "of the transforms (default 128)", false},
    {"overlap", ANA_OPTION_DOUBLE, offsetof(cospectra_options, spectrum.overlap), 0, 0.999, NULL,
     "PART", "of a window that the next one shares (default 0.75)", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(cospectra_options *)options =
        (cospectra_options){.spectrum = ana_cross_spectrum_options_default()};
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    const cospectra_options *options = step->options;
    size_t first = 0;
    size_t n = 0;
    *out = (bci_shape){.form = BCI_MATRICES,
                       .n_rows = in->n_rows,
                       .n_columns = in->n_rows,
                       .n_bands = in->n_bands,
                       .hermitian = options->part == COSPECTRA_COMPLEX,
                       .rate = in->rate};
    if (in->n_columns < options->spectrum.window) {
        return ana_fail(ANA_ERR_SHAPE,
                        "pipeline: cospectra window=%zu needs trials as long; these have %zu "
                        "samples",
                        options->spectrum.window, in->n_columns);
    }
    return ana_cross_spectrum_frequencies(&options->spectrum, in->rate, &first, &n);
}

/* out = the mean of n matrices (pairs), or of their real parts. */
static void average(const bci_shape *shape, size_t n, const double *spectra, double *out)
{
    const size_t size = shape->n_rows * shape->n_rows;
    const size_t step = shape->hermitian ? 1 : 2;
    const size_t n_kept = shape->hermitian ? 2 * size : size;
    memset(out, 0, n_kept * sizeof *out);
    for (size_t f = 0; f < n; f++) {
        for (size_t e = 0; e < n_kept; e++) {
            out[e] += spectra[2 * size * f + step * e] / (double)n;
        }
    }
}

static ana_status take_up(const bci_step *step, const bci_shape *in, const ana_run *run,
                          void **tool)
{
    const cospectra_options *options = step->options;
    ana_fft *fft = NULL;
    (void)in;
    (void)run;
    const ana_status status = ana_fft_new(options->spectrum.window, &fft);
    *tool = fft;
    return status;
}

static void put_down(void *tool)
{
    ana_fft_free(tool);
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const cospectra_options *chosen = step->options;
    ana_cross_spectrum_options options = chosen->spectrum;
    const size_t n = in->shape.n_rows;
    const size_t item = ana_bci_item_size(&out->shape);
    size_t first = 0;
    size_t n_frequencies = 0;
    size_t size = 0;
    ana_trial_signals trials = {.n_channels = n, .n_times = in->shape.n_columns};
    if (teacher->run != NULL) {
        options.run = *teacher->run;
    }
    ANA_TRY(ana_cross_spectrum_frequencies(&options, in->shape.rate, &first, &n_frequencies));
    if (!ana_multiply(2 * n * n, n_frequencies, &size)) {
        ANA_TRY(ana_fail(ANA_ERR_MEMORY, "cospectra: %zu frequencies", n_frequencies));
    }
    double *spectra = ana_workspace_doubles(&workspace, AT_ONCE, size);
    ANA_TRY(ana_workspace_check(&workspace, "cospectra"));
    for (size_t done_before = 0; done_before < in->n_items; done_before += AT_ONCE) {
        const size_t left = in->n_items - done_before;
        trials.n_trials = left < AT_ONCE ? left : AT_ONCE;
        trials.values = in->values + done_before * n * trials.n_times;
        ANA_TRY(ana_cross_spectrum_by(teacher->tool, &options, in->shape.rate, &trials, spectra));
        for (size_t k = 0; k < trials.n_trials; k++) {
            average(&out->shape, n_frequencies, spectra + k * size,
                    out->values + (done_before + k) * item);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

const bci_kind ana_bci_cospectra = {
    .says = {.name = "cospectra",
             .summary = "co-spectrum or cross-spectrum of each trial, on average over a band",
             .takes = "signals",
             .gives = "matrices",
             .options = cospectra_table,
             .n_positional = 2},
    .takes = BCI_SIGNALS,
    .gives = BCI_MATRICES,
    .options_size = sizeof(cospectra_options),
    .defaults = defaults,
    .shape = shape,
    .take_up = take_up,
    .put_down = put_down,
    .apply = apply,
};
