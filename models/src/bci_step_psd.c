/* psd 8,30: the logarithm of each channel's power in bands of frequencies. */
#include "bci_kinds.h"
#include "frequency_pools.h"
#include "memory.h"
#include "spectra.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>

typedef struct psd_options {
    ana_frequency_pools pools;
    ana_spectrum_method method;
    double segment_s;
    double overlap;
    double order_s;
} psd_options;

static const char *const methods[] = {"welch", "multitaper", "burg", NULL};

static const ana_option psd_table[] = {
    ANA_FREQUENCY_POOLS_MIN,
    ANA_FREQUENCY_POOLS_MAX,
    ANA_FREQUENCY_POOLS_WIDTH,
    {"method", ANA_OPTION_CHOICE, offsetof(psd_options, method), 0, 0, methods, "METHOD",
     "welch, multitaper or burg (default welch)", false},
    {"segment", ANA_OPTION_DOUBLE, offsetof(psd_options, segment_s), 0.001, 1e6, NULL, "SECONDS",
     "windows within a trial, which is one where it is shorter (default 1)", false},
    {"overlap", ANA_OPTION_DOUBLE, offsetof(psd_options, overlap), 0, 0.99, NULL, "PART",
     "of a window that the next one shares (default 0.5)", false},
    {"order", ANA_OPTION_DOUBLE, offsetof(psd_options, order_s), 0, 1e6, NULL, "SECONDS",
     "of the model of burg (default 0.038)", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(psd_options *)options = (psd_options){.pools = ana_frequency_pools_default("pipeline: psd"),
                                            .segment_s = 1.0,
                                            .overlap = 0.5,
                                            .order_s = 0.038};
}

typedef struct psd_tool {
    ana_pooled pooled; /* first: channel x frequency */
    ana_spectrum_stream *stream;
} psd_tool;

static ana_status make(ana_pooled *self, size_t n_times, const double *x)
{
    const psd_tool *tool = (const psd_tool *)self;
    return ana_spectrum_stream_again(tool->stream, n_times, x, self->matrix);
}

static void put_down(void *tool)
{
    psd_tool *psd = tool;
    if (psd != NULL) {
        ana_matrix_free(psd->pooled.matrix);
        ana_spectrum_stream_free(psd->stream);
        free(psd);
    }
}

static ana_status take_up(const bci_step *step, const bci_shape *in, const ana_run *run,
                          void **tool)
{
    ana_status status = ANA_OK;
    psd_tool *psd = NULL;
    const psd_options *options = step->options;
    ana_spectrum_options spectrum = ana_spectrum_options_default();
    const double length = in->rate > 0.0 ? (double)in->n_columns / in->rate : 0.0;
    if (run != NULL) {
        spectrum.run = *run;
    }
    spectrum.method = options->method;
    spectrum.window_s = fmin(options->segment_s, length);
    spectrum.overlap = options->overlap;
    spectrum.order_s = options->order_s;
    spectrum.min_hz = options->pools.min_hz;
    spectrum.max_hz = options->pools.max_hz;
    ANA_TRY(ana_allocate(1, sizeof *psd, "psd", &psd));
    psd->pooled.make = make;
    ANA_TRY(ana_spectrum_stream_new(&spectrum, in->rate, in->n_rows, &psd->stream));
    ANA_TRY(ana_spectrum_stream_read(psd->stream, NULL, &psd->pooled.matrix));
    *tool = psd;
    psd = NULL;
done:
    put_down(psd);
    return status;
}

/* The bands are counted in the spectrum of one channel. */
static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    size_t n = 0;
    const ana_status status = ana_frequency_pools_count(step, in, 1, &n);
    *out = (bci_shape){.form = BCI_VECTORS,
                       .n_rows = 1,
                       .n_columns = in->n_rows * n,
                       .n_bands = in->n_bands,
                       .rate = in->rate};
    return status;
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    ana_status status = ANA_OK;
    const size_t n_columns = out->shape.n_columns;
    const size_t n = n_columns / in->shape.n_rows;
    ANA_TRY(ana_frequency_pools_apply(step, in, teacher, out));
    for (size_t k = 0; k < in->n_items * n_columns; k++) {
        if (!(out->values[k] > 0.0 && isfinite(out->values[k]))) {
            return ana_fail(ANA_ERR_VALUE,
                            "pipeline: psd: row %zu of trial %zu has no power, or samples that "
                            "are missing",
                            k % n_columns / n, k / n_columns);
        }
        out->values[k] = log(out->values[k]);
    }
done:
    return status;
}

const bci_kind ana_bci_psd = {
    .says = {.name = "psd",
             .summary = "the logarithm of each channel's power in bands of frequencies",
             .takes = "signals",
             .gives = "vectors",
             .options = psd_table,
             .n_positional = 2},
    .takes = BCI_SIGNALS,
    .gives = BCI_VECTORS,
    .options_size = sizeof(psd_options),
    .defaults = defaults,
    .check = ana_frequency_pools_check,
    .shape = shape,
    .take_up = take_up,
    .put_down = put_down,
    .apply = apply,
};
