/* csp 6: log-variances of the mixtures of channels that tell the classes apart; spoc 6: of those
 * whose power follows the class's place in their order. */
#include "bci_kinds.h"
#include "memory.h"
#include "try.h"

#include <analysis/models/common_spatial_patterns.h>

#include <stdlib.h>

enum {
    FILTERS,
    PATTERNS
};

static const char *const learned[] = {"filters", "patterns", NULL};
static const char *const methods[] = {"one-versus-rest", "joint", NULL};

static const ana_option csp_table[] = {
    {"filters", ANA_OPTION_SIZE, offsetof(ana_csp_options, n_filters), 1, 10000, NULL, "N",
     "how many (default 4); of each class with one-versus-rest", false},
    {"method", ANA_OPTION_CHOICE, offsetof(ana_csp_options, method), 0, 0, methods, "METHOD",
     "of three classes or more (default one-versus-rest)", false},
    {"metric", ANA_OPTION_CHOICE, offsetof(ana_csp_options, metric), 0, 0, ana_spd_metric_names,
     "METRIC", "whose mean is that of a class (default euclidean)", false},
    {"shrinkage", ANA_OPTION_DOUBLE, offsetof(ana_csp_options, shrinkage), 0.0, 1.0, NULL, "A",
     "share of each class's mean that becomes its mean variance (default 0)", false},
    {"tolerance", ANA_OPTION_DOUBLE, offsetof(ana_csp_options, tolerance), 0.0, 1.0, NULL, "CHANGE",
     "of joint: fall of its criterion by a sweep, for each pair of filters, at which it has "
     "settled "
     "(default 1e-12)",
     false},
    ANA_OPTION_END,
};

static const ana_option spoc_table[] = {
    {"filters", ANA_OPTION_SIZE, offsetof(ana_csp_options, n_filters), 1, 10000, NULL, "N",
     "how many (default 4)", false},
    {"shrinkage", ANA_OPTION_DOUBLE, offsetof(ana_csp_options, shrinkage), 0.0, 1.0, NULL, "A",
     "share of the mean covariance that becomes its mean variance (default 0)", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(ana_csp_options *)options = ana_csp_options_default();
}

static ana_status check(const void *options)
{
    const ana_csp_options *given = options;
    ana_spd_mean_method method = ANA_SPD_MEAN_RIEMANN;
    return ana_minimum_distance_mean(given->metric, &method);
}

static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    ana_csp_options options = *(const ana_csp_options *)step->options;
    const size_t n = in->shape.n_rows;
    const ana_labelled_matrices known = {
        .set = ana_bci_batch_set(in), .n_classes = teacher->n_classes, .classes = teacher->labels};
    options.run = *teacher->run;
    options.n_filters = options.n_filters < n ? options.n_filters : n;
    ana_spatial_filters room = {.n_filters = ana_csp_n_filters(n, teacher->n_classes, &options)};
    const ana_shape shape = ana_shape_2(room.n_filters, "filter", n, "row");
    ANA_TRY(ana_bci_learn(step, FILTERS, shape, &room.filters));
    ANA_TRY(ana_bci_learn(step, PATTERNS, shape, &room.patterns));
    ANA_TRY(ana_csp_fit(&known, &options, &room));
done:
    return status;
}

/* Classes are sorted by name, numbers as numbers: their places are what power is to follow. */
static ana_status fit_numbers(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    ana_csp_options options = *(const ana_csp_options *)step->options;
    const size_t n = in->shape.n_rows;
    const ana_spd_set set = ana_bci_batch_set(in);
    double *numbers = NULL;
    options.run = *teacher->run;
    ana_spatial_filters room = {.n_filters = ana_csp_n_filters(n, 2, &options)};
    const ana_shape shape = ana_shape_2(room.n_filters, "filter", n, "row");
    ANA_TRY(ana_allocate(in->n_items, sizeof *numbers, "spoc", &numbers));
    for (size_t i = 0; i < in->n_items; i++) {
        numbers[i] = (double)teacher->labels[i];
    }
    ANA_TRY(ana_bci_learn(step, FILTERS, shape, &room.filters));
    ANA_TRY(ana_bci_learn(step, PATTERNS, shape, &room.patterns));
    ANA_TRY(ana_spoc_fit(&set, numbers, &options, &room));
done:
    free(numbers);
    return status;
}

static ana_status shape(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    ana_status status = ANA_OK;
    const double *filters = NULL;
    ANA_TRY(ana_bci_learned(step, FILTERS, ana_shape_2(0, "filter", in->n_rows, "row"), &filters));
    *out = (bci_shape){.form = BCI_VECTORS,
                       .n_rows = 1,
                       .n_columns = ana_bci_learned_length(step, FILTERS, 0),
                       .n_bands = 1,
                       .rate = in->rate};
done:
    return status;
}

static ana_status apply(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out)
{
    const ana_spd_set set = ana_bci_batch_set(in);
    (void)teacher;
    return ana_csp_features(&set, out->shape.n_columns, step->learned[FILTERS].values, out->values);
}

const bci_kind ana_bci_csp = {
    .says = {.name = "csp",
             .summary = "log-variances of the mixtures of channels that tell classes apart",
             .takes = "matrices",
             .gives = "vectors",
             .options = csp_table,
             .n_positional = 1},
    .takes = BCI_MATRICES,
    .gives = BCI_VECTORS,
    .options_size = sizeof(ana_csp_options),
    .defaults = defaults,
    .learned = learned,
    .check = check,
    .fit = fit,
    .shape = shape,
    .apply = apply,
};

const bci_kind ana_bci_spoc = {
    .says = {.name = "spoc",
             .summary = "log-variances of the mixtures of channels whose power follows the class",
             .takes = "matrices",
             .gives = "vectors",
             .options = spoc_table,
             .n_positional = 1},
    .takes = BCI_MATRICES,
    .gives = BCI_VECTORS,
    .options_size = sizeof(ana_csp_options),
    .defaults = defaults,
    .learned = learned,
    .fit = fit_numbers,
    .shape = shape,
    .apply = apply,
};
