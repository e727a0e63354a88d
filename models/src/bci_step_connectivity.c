/* connectivity wpli: how each channel, or each pair of them, goes with the others. */
#include "bci_kinds.h"
#include "frequency_pools.h"
#include "try.h"

#include <analysis/connectivity.h>

#include <math.h>
#include <string.h>

typedef enum connectivity_of {
    OF_NODES,
    OF_PAIRS
} connectivity_of;

typedef struct step_options {
    ana_frequency_pools pools;
    ana_connectivity_measure measure;
    connectivity_of of;
    double segment_s;
    double overlap;
} step_options;

static const char *const things[] = {"nodes", "pairs", NULL};

static const ana_option step_table[] = {
    {"measure", ANA_OPTION_CHOICE, offsetof(step_options, measure), 0, 0, ana_connectivity_names,
     "MEASURE", "as ana connectivity (default imaginary)", false},
    ANA_FREQUENCY_POOLS_MIN,
    ANA_FREQUENCY_POOLS_MAX,
    ANA_FREQUENCY_POOLS_WIDTH,
    {"of", ANA_OPTION_CHOICE, offsetof(step_options, of), 0, 0, things, "THINGS",
     "nodes: the strength of each channel; pairs: each pair of channels (default nodes)", false},
    {"segment", ANA_OPTION_DOUBLE, offsetof(step_options, segment_s), 0.001, 1e6, NULL, "SECONDS",
     "windows within a trial, of which there must be two (default 0.5)", false},
    {"overlap", ANA_OPTION_DOUBLE, offsetof(step_options, overlap), 0, 0.99, NULL, "PART",
     "of a window that the next one shares (default 0.5)", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(step_options *)options =
        (step_options){.pools = ana_frequency_pools_default("pipeline: connectivity"),
                       .measure = ANA_CONNECTIVITY_IMAGINARY,
                       .segment_s = 0.5,
                       .overlap = 0.5};
}

/* Pairs i < j of channel x channel x frequency, row by row: pair x frequency. */
static ana_status take_pairs(const ana_matrix *from, ana_matrix **out)
{
    static const char *const names[] = {"pair", "frequency"};
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    const size_t n_channels = from->axes[0].n;
    const size_t n = from->axes[2].n;
    const size_t lengths[] = {n_channels * (n_channels - 1) / 2, n};
    size_t pair = 0;
    ANA_TRY(ana_matrix_new(2, names, lengths, &matrix));
    ANA_TRY(ana_matrix_set_coordinates(matrix, 1, from->axes[2].coordinates, "Hz"));
    for (size_t i = 0; i < n_channels; i++) {
        for (size_t j = i + 1; j < n_channels; j++) {
            memcpy(matrix->values + pair * n, from->values + (i * n_channels + j) * n,
                   n * sizeof *matrix->values);
            pair++;
        }
    }
    *out = matrix;
    matrix = NULL;
done:
    ana_matrix_free(matrix);
    return status;
}

/* *out = node or pair x frequency of one trial. */
static ana_status features_of(const bci_step *step, const bci_shape *in, const ana_run *run,
                              const double *x, ana_matrix **out)
{
    ana_status status = ANA_OK;
    const step_options *chosen = step->options;
    ana_connectivity_options options = ana_connectivity_options_default();
    ana_matrix *all = NULL;
    if (run != NULL) {
        options.run = *run;
    }
    options.measure = chosen->measure;
    options.window_s = chosen->segment_s;
    options.overlap = chosen->overlap;
    options.min_hz = chosen->pools.min_hz;
    options.max_hz = chosen->pools.max_hz;
    ANA_TRY(ana_connectivity(&options, in->rate, in->n_rows, in->n_columns, x, NULL, &all));
    ANA_TRY(chosen->of == OF_NODES ? ana_node_strength(all, out) : take_pairs(all, out));
done:
    ana_matrix_free(all);
    return status;
}

/* The bands are counted in the connectivity of two silent channels. */
static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    const step_options *options = step->options;
    const size_t n_channels = in->n_rows;
    size_t n = 0;
    if (n_channels < 2 || n_channels > 46340) {
        return ana_fail(ANA_ERR_SHAPE,
                        "pipeline: connectivity of %zu channels; 2 to 46340 are right", n_channels);
    }
    const size_t n_pairs = n_channels * (n_channels - 1) / 2;
    const ana_status status = ana_frequency_pools_count(step, features_of, in, 2, &n);
    *out = (bci_shape){.form = BCI_VECTORS,
                       .n_rows = 1,
                       .n_columns = n * (options->of == OF_NODES ? n_channels : n_pairs),
                       .n_bands = 1,
                       .rate = in->rate};
    return status;
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    ana_status status = ANA_OK;
    const step_options *options = step->options;
    const size_t n_columns = out->shape.n_columns;
    ANA_TRY(ana_frequency_pools_apply(step, features_of, in, teacher->run, out));
    for (size_t k = 0; k < in->n_items * n_columns; k++) {
        if (!isfinite(out->values[k])) {
            return ana_fail(ANA_ERR_VALUE,
                            "pipeline: connectivity: trial %zu has fewer than two windows of %g s, "
                            "a channel without power, or samples that are missing",
                            k / n_columns, options->segment_s);
        }
    }
done:
    return status;
}

const bci_kind ana_bci_connectivity = {
    .says = {.name = "connectivity",
             .summary = "how each channel, or each pair of them, goes with the others",
             .takes = "signals",
             .gives = "vectors",
             .options = step_table,
             .n_positional = 1},
    .takes = BCI_SIGNALS,
    .gives = BCI_VECTORS,
    .options_size = sizeof(step_options),
    .defaults = defaults,
    .check = ana_frequency_pools_check,
    .shape = shape,
    .apply = apply,
};
