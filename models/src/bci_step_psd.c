/* psd 8,30: the logarithm of each channel's power in bands of frequencies. */
#include "bci_kinds.h"
#include "frequency_pools.h"
#include "try.h"
#include "workspace.h"

#include <analysis/spectrum.h>

#include <math.h>

typedef struct psd_options {
    double min_hz;
    double max_hz;
    double width_hz;
    ana_spectrum_method method;
    double segment_s;
    double overlap;
    double order_s;
} psd_options;

static const char *const methods[] = {"welch", "multitaper", "burg", NULL};

static const ana_option psd_table[] = {
    {"min", ANA_OPTION_DOUBLE, offsetof(psd_options, min_hz), 0, 1e6, NULL, "HZ",
     "lowest frequency (default 8)", false},
    {"max", ANA_OPTION_DOUBLE, offsetof(psd_options, max_hz), 0, 1e6, NULL, "HZ",
     "highest frequency (default 30)", false},
    {"width", ANA_OPTION_DOUBLE, offsetof(psd_options, width_hz), 0, 1e6, NULL, "HZ",
     "of the bands whose mean power is a feature; 0: each frequency (default 2)", false},
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
    *(psd_options *)options = (psd_options){.min_hz = 8.0,
                                            .max_hz = 30.0,
                                            .width_hz = 2.0,
                                            .segment_s = 1.0,
                                            .overlap = 0.5,
                                            .order_s = 0.038};
}

static ana_frequency_pools pools_of(const psd_options *options)
{
    return (ana_frequency_pools){.what = "pipeline: psd",
                                 .min_hz = options->min_hz,
                                 .max_hz = options->max_hz,
                                 .width_hz = options->width_hz};
}

static ana_status check(const void *options)
{
    const ana_frequency_pools pools = pools_of(options);
    return ana_frequency_pools_check(&pools);
}

/* *out = row x frequency of one trial. */
static ana_status spectrum_of(const psd_options *options, const bci_shape *in, const ana_run *run,
                              const double *x, ana_matrix **out)
{
    ana_spectrum_options spectrum = ana_spectrum_options_default();
    const double length = in->rate > 0.0 ? (double)in->n_columns / in->rate : 0.0;
    if (run != NULL) {
        spectrum.run = *run;
    }
    spectrum.method = options->method;
    spectrum.window_s = fmin(options->segment_s, length);
    spectrum.overlap = options->overlap;
    spectrum.order_s = options->order_s;
    spectrum.min_hz = options->min_hz;
    spectrum.max_hz = options->max_hz;
    return ana_spectrum(&spectrum, in->rate, in->n_rows, in->n_columns, x, NULL, out);
}

/* The bands are counted in the spectrum of one silent channel. */
static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_matrix *spectrum = NULL;
    const ana_frequency_pools pools = pools_of(step->options);
    bci_shape one = *in;
    size_t n = 0;
    one.n_rows = 1;
    double *silence = ana_workspace_doubles(&workspace, in->n_columns, 1);
    ANA_TRY(ana_workspace_check(&workspace, "pipeline"));
    ANA_TRY(spectrum_of(step->options, &one, NULL, silence, &spectrum));
    ANA_TRY(ana_frequency_pools_count(&pools, spectrum, &n));
    *out = (bci_shape){.form = BCI_VECTORS,
                       .n_rows = 1,
                       .n_columns = in->n_rows * n,
                       .n_bands = in->n_bands,
                       .rate = in->rate};
done:
    ana_matrix_free(spectrum);
    ana_workspace_release(&workspace);
    return status;
}

static ana_status run_trial(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                            size_t trial, double *out)
{
    ana_status status = ANA_OK;
    ana_matrix *spectrum = NULL;
    const ana_frequency_pools pools = pools_of(step->options);
    const bci_shape *shape = &in->shape;
    size_t n = 0;
    ANA_TRY(spectrum_of(step->options, shape, teacher->run,
                        in->values + trial * shape->n_rows * shape->n_columns, &spectrum));
    ANA_TRY(ana_frequency_pools_count(&pools, spectrum, &n));
    ana_frequency_pools_means(&pools, spectrum, n, out);
    for (size_t k = 0; k < shape->n_rows * n; k++) {
        if (!(out[k] > 0.0 && isfinite(out[k]))) {
            status = ana_fail(ANA_ERR_VALUE,
                              "pipeline: psd: row %zu of trial %zu has no power, or samples that "
                              "are missing",
                              k / n, trial);
            goto done;
        }
        out[k] = log(out[k]);
    }
done:
    ana_matrix_free(spectrum);
    return status;
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    ana_status status = ANA_OK;
    for (size_t i = 0; i < in->n_items && status == ANA_OK; i++) {
        status = run_trial(step, in, teacher, i, out->values + i * out->shape.n_columns);
    }
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
    .check = check,
    .shape = shape,
    .apply = apply,
};
