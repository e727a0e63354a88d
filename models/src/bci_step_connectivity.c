/* connectivity wpli: how each channel, or each pair of them, goes with the others. */
#include "bci_kinds.h"
#include "connectivity_parts.h"
#include "frequency_pools.h"
#include "memory.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
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

typedef struct connectivity_tool {
    ana_pooled pooled; /* first: node or pair x frequency */
    connectivity_of of;
    ana_connectivity_stream *stream;
    ana_matrix *all; /* channel x channel x frequency */
} connectivity_tool;

/* Pairs i < j of channel x channel x frequency, row by row: pair x frequency. */
static void take_pairs(const ana_matrix *from, double *out)
{
    const size_t n_channels = from->axes[0].n;
    const size_t n = from->axes[2].n;
    for (size_t i = 0; i < n_channels; i++) {
        for (size_t j = i + 1; j < n_channels; j++, out += n) {
            memcpy(out, from->values + (i * n_channels + j) * n, n * sizeof *out);
        }
    }
}

static ana_status make(ana_pooled *self, size_t n_times, const double *x)
{
    ana_status status = ANA_OK;
    const connectivity_tool *tool = (const connectivity_tool *)self;
    ANA_TRY(ana_connectivity_stream_again(tool->stream, n_times, x, tool->all));
    if (tool->of == OF_NODES) {
        ana_node_strength_fill(tool->all, self->matrix->values);
    } else {
        take_pairs(tool->all, self->matrix->values);
    }
done:
    return status;
}

static void put_down(void *tool)
{
    connectivity_tool *connectivity = tool;
    if (connectivity != NULL) {
        ana_matrix_free(connectivity->pooled.matrix);
        ana_matrix_free(connectivity->all);
        ana_connectivity_stream_free(connectivity->stream);
        free(connectivity);
    }
}

static ana_status take_up(const bci_step *step, const bci_shape *in, const ana_run *run,
                          void **tool)
{
    static const char *const names[] = {"row", "frequency"};
    ana_status status = ANA_OK;
    connectivity_tool *made = NULL;
    const step_options *chosen = step->options;
    ana_connectivity_options options = ana_connectivity_options_default();
    if (run != NULL) {
        options.run = *run;
    }
    options.measure = chosen->measure;
    options.window_s = chosen->segment_s;
    options.overlap = chosen->overlap;
    options.min_hz = chosen->pools.min_hz;
    options.max_hz = chosen->pools.max_hz;
    ANA_TRY(ana_allocate(1, sizeof *made, "connectivity", &made));
    made->pooled.make = make;
    made->of = chosen->of;
    ANA_TRY(ana_connectivity_stream_new(&options, in->rate, in->n_rows, &made->stream));
    ANA_TRY(ana_connectivity_stream_read(made->stream, NULL, &made->all));
    const size_t n_rows = chosen->of == OF_NODES ? in->n_rows : in->n_rows * (in->n_rows - 1) / 2;
    const ana_axis *frequencies = &made->all->axes[2];
    ANA_TRY(ana_matrix_new(2, names, (size_t[]){n_rows, frequencies->n}, &made->pooled.matrix));
    ANA_TRY(ana_matrix_set_coordinates(made->pooled.matrix, 1, frequencies->coordinates, "Hz"));
    *tool = made;
    made = NULL;
done:
    put_down(made);
    return status;
}

/* The bands are counted in the connectivity of two channels. */
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
    const ana_status status = ana_frequency_pools_count(step, in, 2, &n);
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
    ANA_TRY(ana_frequency_pools_apply(step, in, teacher, out));
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
    .take_up = take_up,
    .put_down = put_down,
    .apply = apply,
};
