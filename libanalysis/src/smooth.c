#include "constants.h"
#include "memory.h"
#include "simd.h"
#include "try.h"
#include "workspace.h"

#include <analysis/smooth.h>

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

ana_smooth_options ana_smooth_options_default(void)
{
    ana_smooth_options options = {
        .run = ana_run_default(),
        .kernel = ANA_SMOOTH_GAUSSIAN,
        .width_s = 0.05,
        .causal = false,
        .extent = 0.0,
        .correct = true,
        .rate = true,
    };
    return options;
}

static const char *const kernels[] = {"gaussian", "exponential", "alpha", "box", NULL};

const ana_option ana_smooth_option_table[] = {
    {"kernel", ANA_OPTION_CHOICE, offsetof(ana_smooth_options, kernel), 0, 0, kernels, NULL,
     "shape of the smoothing kernel", false},
    {"width", ANA_OPTION_DOUBLE, offsetof(ana_smooth_options, width_s), 1e-9, 1e9, NULL, "SECONDS",
     "standard deviation (gaussian), time constant (exponential, alpha) or whole width (box)",
     false},
    {"causal", ANA_OPTION_BOOL, offsetof(ana_smooth_options, causal), 0, 0, NULL, NULL,
     "use only the present and the past", false},
    {"extent", ANA_OPTION_DOUBLE, offsetof(ana_smooth_options, extent), 0, 1000, NULL, "WIDTHS",
     "where the kernel is cut; 0: 5 for gaussian, 15 for exponential and alpha", false},
    {"correct", ANA_OPTION_BOOL, offsetof(ana_smooth_options, correct), 0, 0, NULL, NULL,
     "divide by the weights that fell on observed bins", false},
    {"rate", ANA_OPTION_BOOL, offsetof(ana_smooth_options, rate), 0, 0, NULL, NULL,
     "give hertz instead of counts", false},
    ANA_OPTION_END,
};

static double density(const ana_smooth_options *options, double t)
{
    const double w = options->width_s;
    double sides = options->causal ? 2.0 : 1.0;
    double x = fabs(t) / w;
    switch (options->kernel) {
    case ANA_SMOOTH_GAUSSIAN:
        return sides * exp(-0.5 * x * x) / (w * sqrt(2.0 * ANA_PI));
    case ANA_SMOOTH_EXPONENTIAL:
        return sides * exp(-x) / (2.0 * w);
    case ANA_SMOOTH_ALPHA:
        return sides * x * exp(-x) / (2.0 * w);
    case ANA_SMOOTH_BOX:
        break;
    }
    return 0.0;
}

/* Share of the box that lies within half a bin of distance t. */
static double box_weight(const ana_smooth_options *options, double t, double bin_s)
{
    double start = options->causal ? 0.0 : -0.5 * options->width_s;
    double from = fmax(t - 0.5 * bin_s, start);
    double to = fmin(t + 0.5 * bin_s, start + options->width_s);
    return to > from ? (to - from) / options->width_s : 0.0;
}

/* Bins on one side of the kernel. */
static double reach(const ana_smooth_options *options, double bin_s)
{
    double widths = options->extent;
    if (options->kernel == ANA_SMOOTH_BOX) {
        return ceil((options->causal ? 1.0 : 0.5) * options->width_s / bin_s + 0.5 - 1e-8) - 1.0;
    }
    if (widths == 0.0) {
        widths = options->kernel == ANA_SMOOTH_GAUSSIAN ? 5.0 : 15.0;
    }
    return floor(widths * options->width_s / bin_s + 1e-8);
}

ana_status ana_smooth_weights(const ana_smooth_options *options, double bin_s, size_t *n,
                              size_t *n_after, double **weights)
{
    ana_status status = ANA_OK;
    const ana_smooth_options defaults = ana_smooth_options_default();
    options = options != NULL ? options : &defaults;
    ANA_TRY(ana_options_check(ana_smooth_option_table, options, "smooth"));
    double side = reach(options, bin_s);
    if (!(bin_s > 0.0) || !(side <= 1e7)) {
        return ana_fail(ANA_ERR_VALUE, "smooth: the bin has to be longer than 0 s, and the kernel "
                                       "shorter than 10 million bins");
    }
    size_t n_past = (size_t)side;
    *n_after = options->causal ? 0 : n_past;
    *n = n_past + *n_after + 1;
    ANA_TRY(ana_allocate(*n, sizeof **weights, "smooth", weights));
    for (size_t i = 0; i < *n; i++) {
        double t = ((double)i - (double)*n_after) * bin_s;
        (*weights)[i] = options->kernel == ANA_SMOOTH_BOX ? box_weight(options, t, bin_s)
                                                          : density(options, t) * bin_s;
    }
done:
    return status;
}

/* Add the row `from`, weighed, to `sum` and its weight, where it is there, to `seen`. */
ANA_CLONES static void add_row(size_t n, const double *from, double weight, double *sum,
                               double *seen)
{
#pragma omp simd
    for (size_t f = 0; f < n; f++) {
        double there = from[f] == from[f] ? weight : 0.0;
        double value = from[f] == from[f] ? from[f] : 0.0;
        sum[f] += weight * value;
        seen[f] += there;
    }
}

/* One sequence: its rows, their number and the weights. */
typedef struct smoothing {
    size_t n_times;
    size_t n_features;
    const double *values;
    size_t n_weights;
    size_t n_after;
    const double *weights;
    bool correct;
    double scale;
} smoothing;

static void smooth_row(const smoothing *task, size_t t, double *seen, double *out)
{
    const size_t n = task->n_features;
    memset(out, 0, n * sizeof *out);
    memset(seen, 0, n * sizeof *seen);
    size_t latest = t + task->n_after; /* the bin that the first weight is for */
    size_t first = latest + 1 > task->n_weights ? latest + 1 - task->n_weights : 0;
    size_t last = latest < task->n_times ? latest : task->n_times - 1;
    for (size_t from = first; from <= last; from++) {
        double weight = task->weights[latest - from];
        add_row(n, task->values + from * n, weight, out, seen);
    }
    for (size_t f = 0; f < n; f++) {
        double whole = task->correct ? seen[f] : 1.0;
        bool missing = isnan(task->values[t * n + f]) || whole == 0.0;
        out[f] = missing ? (double)NAN : out[f] / whole * task->scale;
    }
}

static void smooth_sequence(const smoothing *task, const ana_run *run, double *seen, double *out)
{
    const size_t n = task->n_times;
#pragma omp parallel for default(none) shared(task, seen, out, n)                                  \
    num_threads(ana_run_threads(run, n)) schedule(static)
    for (size_t t = 0; t < n; t++) {
        smooth_row(task, t, seen + (size_t)omp_get_thread_num() * task->n_features,
                   out + t * task->n_features);
    }
}

ana_status ana_smooth_observations(const ana_smooth_options *options,
                                   ana_observations *observations)
{
    ana_status status = ANA_OK;
    const ana_smooth_options defaults = ana_smooth_options_default();
    options = options != NULL ? options : &defaults;
    ana_workspace workspace = {0};
    double *weights = NULL;
    char *unit = NULL;
    smoothing task = {.n_features = observations->n_features, .correct = options->correct};
    ANA_TRY(
        ana_smooth_weights(options, observations->bin_s, &task.n_weights, &task.n_after, &weights));
    ANA_TRY(ana_copy_text(options->rate ? "Hz" : observations->unit, &unit));
    size_t longest = 0;
    for (size_t s = 0; s < observations->n_sequences; s++) {
        size_t n = observations->sequence_start[s + 1] - observations->sequence_start[s];
        longest = n > longest ? n : longest;
    }
    size_t n_threads = (size_t)ana_run_threads(&options->run, longest);
    double *copy = ana_workspace_doubles(&workspace, longest, task.n_features);
    double *seen = ana_workspace_doubles(&workspace, n_threads, task.n_features);
    ANA_TRY(ana_workspace_check(&workspace, "smooth"));
    task.weights = weights;
    task.scale = options->rate ? 1.0 / observations->bin_s : 1.0;
    task.values = copy;
    for (size_t s = 0; s < observations->n_sequences; s++) {
        double *rows = observations->values + observations->sequence_start[s] * task.n_features;
        task.n_times = observations->sequence_start[s + 1] - observations->sequence_start[s];
        memcpy(copy, rows, task.n_times * task.n_features * sizeof *copy);
        smooth_sequence(&task, &options->run, seen, rows);
    }
    free(observations->unit);
    observations->unit = unit;
    unit = NULL;
done:
    free(unit);
    free(weights);
    ana_workspace_release(&workspace);
    return status;
}
