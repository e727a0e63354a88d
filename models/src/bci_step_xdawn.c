/* xdawn 4: signals through the filters of evoked responses; xdawncov 4: covariances of these
 * together with the responses. */
#include "bci_kinds.h"
#include "try.h"
#include "workspace.h"

#include <analysis/covariance.h>
#include <analysis/models/xdawn.h>

typedef struct xdawn_step_options {
    size_t n_filters;
    ana_covariance_estimator estimator; /* of xdawncov */
} xdawn_step_options;

enum {
    FILTERS,
    EVOKED,
    PATTERNS
};

static const char *const learned[] = {"filters", "evoked", "patterns", NULL};
static const char *const estimators[] = {"cov", "second-moment", "lwf", "oas", "sch", NULL};

static const ana_option xdawn_table[] = {
    {"filters", ANA_OPTION_SIZE, offsetof(xdawn_step_options, n_filters), 1, 10000, NULL, "N",
     "of each class (default 4)", false},
    ANA_OPTION_END,
};

static const ana_option xdawncov_table[] = {
    {"filters", ANA_OPTION_SIZE, offsetof(xdawn_step_options, n_filters), 1, 10000, NULL, "N",
     "of each class (default 4)", false},
    {"estimator", ANA_OPTION_CHOICE, offsetof(xdawn_step_options, estimator), 0, 0, estimators,
     "ESTIMATOR", "of the covariances, as of cov (default lwf)", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(xdawn_step_options *)options =
        (xdawn_step_options){.n_filters = 4, .estimator = ANA_COVARIANCE_LEDOIT_WOLF};
}

static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    const xdawn_step_options *given = step->options;
    const size_t n = in->shape.n_rows;
    const ana_labelled_signals known = {
        in->n_items, n, in->shape.n_columns, in->values, teacher->n_classes, teacher->labels};
    const ana_xdawn_options options = {*teacher->run, given->n_filters};
    ana_spatial_filters room = {.n_filters = ana_xdawn_n_filters(n, teacher->n_classes, &options)};
    const ana_shape shape = ana_shape_2(room.n_filters, "filter", n, "row");
    double *evoked = NULL;
    ANA_TRY(ana_bci_learn(step, FILTERS, shape, &room.filters));
    ANA_TRY(ana_bci_learn(step, PATTERNS, shape, &room.patterns));
    ANA_TRY(ana_bci_learn(step, EVOKED,
                          ana_shape_2(room.n_filters, "filter", known.n_times, "time"), &evoked));
    ANA_TRY(ana_xdawn_fit(&known, &options, &room, evoked));
done:
    return status;
}

/* The filters learned, once they are known to fit. */
static ana_status count_filters(const bci_step *step, const bci_shape *in, size_t *n_filters)
{
    ana_status status = ANA_OK;
    const double *array = NULL;
    *n_filters = ana_bci_learned_length(step, FILTERS, 0);
    if (*n_filters == 0) {
        return ana_fail(ANA_ERR_FORMAT, "step %s: it has learned no filters",
                        step->kind->says.name);
    }
    ANA_TRY(ana_bci_learned(step, FILTERS, ana_shape_2(*n_filters, "filter", in->n_rows, "row"),
                            &array));
    ANA_TRY(ana_bci_learned(step, EVOKED, ana_shape_2(*n_filters, "filter", in->n_columns, "time"),
                            &array));
done:
    return status;
}

static ana_status shape_signals(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    *out = *in;
    out->n_bands = 1;
    return count_filters(step, in, &out->n_rows);
}

static ana_status apply_signals(const bci_step *step, const bci_batch *in,
                                const bci_teacher *teacher, bci_batch *out)
{
    (void)teacher;
    return ana_csp_signals(in->n_items, in->shape.n_rows, in->shape.n_columns, in->values,
                           out->shape.n_rows, step->learned[FILTERS].values, out->values);
}

static ana_status shape_matrices(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    size_t n_filters = 0;
    const ana_status status = count_filters(step, in, &n_filters);
    *out = (bci_shape){.form = BCI_MATRICES,
                       .n_rows = 2 * n_filters,
                       .n_columns = 2 * n_filters,
                       .n_bands = 1,
                       .rate = in->rate};
    return status;
}

static ana_status apply_matrices(const bci_step *step, const bci_batch *in,
                                 const bci_teacher *teacher, bci_batch *out)
{
    ana_status status = ANA_OK;
    const xdawn_step_options *options = step->options;
    const size_t n = out->shape.n_rows;
    const size_t n_times = in->shape.n_columns;
    ana_workspace workspace = {0};
    double *stacked = ana_workspace_doubles(&workspace, n, n_times);
    (void)teacher;
    ANA_TRY(ana_workspace_check(&workspace, "xdawncov"));
    for (size_t i = 0; i < in->n_items; i++) {
        const ana_labelled_signals one = {
            1, in->shape.n_rows, n_times, in->values + i * in->shape.n_rows * n_times, 0, NULL};
        ANA_TRY(ana_xdawn_stack(&one, n / 2, step->learned[FILTERS].values,
                                step->learned[EVOKED].values, stacked));
        ANA_TRY(ana_covariance_compute(options->estimator, n, n_times, stacked,
                                       out->values + i * n * n));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

const bci_kind ana_bci_xdawn = {
    .says = {.name = "xdawn",
             .summary = "signals through the filters of each class's evoked response",
             .takes = "signals",
             .gives = "signals",
             .options = xdawn_table,
             .n_positional = 1},
    .takes = BCI_SIGNALS,
    .gives = BCI_SIGNALS,
    .options_size = sizeof(xdawn_step_options),
    .defaults = defaults,
    .learned = learned,
    .fit = fit,
    .shape = shape_signals,
    .apply = apply_signals,
};

const bci_kind ana_bci_xdawncov = {
    .says = {.name = "xdawncov",
             .summary = "covariances of evoked responses and signals, through their filters",
             .takes = "signals",
             .gives = "matrices",
             .options = xdawncov_table,
             .n_positional = 2},
    .takes = BCI_SIGNALS,
    .gives = BCI_MATRICES,
    .options_size = sizeof(xdawn_step_options),
    .defaults = defaults,
    .learned = learned,
    .fit = fit,
    .shape = shape_matrices,
    .apply = apply_matrices,
};
