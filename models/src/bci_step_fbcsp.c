/* fbcsp 4: log-variances through common spatial patterns of each band by itself; csp-space 4: the
 * signals through these filters. */
#include "bci_kinds.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/covariance.h>
#include <analysis/models/common_spatial_patterns.h>

#include <stdlib.h>

typedef struct fbcsp_options {
    size_t n_filters;
    ana_covariance_estimator estimator;
    ana_csp_method method;
} fbcsp_options;

enum {
    FILTERS,
    PATTERNS
};

static const char *const learned[] = {"filters", "patterns", NULL};
static const char *const estimators[] = {"cov", "second-moment", "lwf", "oas", "sch", NULL};
static const char *const methods[] = {"one-versus-rest", "joint", NULL};

static const ana_option fbcsp_table[] = {
    {"filters", ANA_OPTION_SIZE, offsetof(fbcsp_options, n_filters), 1, 10000, NULL, "N",
     "of each band, and with one-versus-rest of each class (default 4)", false},
    {"estimator", ANA_OPTION_CHOICE, offsetof(fbcsp_options, estimator), 0, 0, estimators,
     "ESTIMATOR", "of the covariances of a band, as of cov (default oas)", false},
    {"method", ANA_OPTION_CHOICE, offsetof(fbcsp_options, method), 0, 0, methods, "METHOD",
     "of three classes or more (default one-versus-rest)", false},
    ANA_OPTION_END,
};

static void defaults(void *options)
{
    *(fbcsp_options *)options = (fbcsp_options){
        .n_filters = 4, .estimator = ANA_COVARIANCE_OAS, .method = ANA_CSP_ONE_VERSUS_REST};
}

/* Channels of a band. */
static size_t band_rows(const bci_shape *in)
{
    return in->n_rows / in->n_bands;
}

/* The covariances of every trial in one band: n_items x n x n. */
static ana_status find_covariances(const bci_step *step, const bci_batch *in, size_t band,
                                   double *out)
{
    const fbcsp_options *options = step->options;
    const size_t n = band_rows(&in->shape);
    const size_t n_times = in->shape.n_columns;
    ana_status status = ANA_OK;
    for (size_t i = 0; i < in->n_items && status == ANA_OK; i++) {
        const double *signals = in->values + (i * in->shape.n_rows + band * n) * n_times;
        status = ana_covariance_compute(options->estimator, n, n_times, signals, out + i * n * n);
    }
    return status;
}

static ana_shape filters_shape(const bci_shape *in, size_t n_filters)
{
    return (ana_shape){.n_axes = 3,
                       .n = {in->n_bands, n_filters, band_rows(in)},
                       .axis_names = {"band", "filter", "channel"}};
}

static ana_status fit(bci_step *step, const bci_batch *in, const bci_teacher *teacher)
{
    ana_status status = ANA_OK;
    const fbcsp_options *given = step->options;
    const size_t n = band_rows(&in->shape);
    ana_csp_options options = ana_csp_options_default();
    double *covariances = NULL;
    double *filters = NULL;
    double *patterns = NULL;
    options.run = *teacher->run;
    options.n_filters = given->n_filters;
    options.method = given->method;
    const size_t n_filters = ana_csp_n_filters(n, teacher->n_classes, &options);
    ANA_TRY(ana_bci_learn(step, FILTERS, filters_shape(&in->shape, n_filters), &filters));
    ANA_TRY(ana_bci_learn(step, PATTERNS, filters_shape(&in->shape, n_filters), &patterns));
    ANA_TRY(ana_allocate(in->n_items * n * n, sizeof *covariances, "csp", &covariances));
    const ana_labelled_matrices known = {
        {n, false, in->n_items, covariances}, teacher->n_classes, teacher->labels};
    for (size_t band = 0; band < in->shape.n_bands; band++) {
        const ana_spatial_filters room = {n_filters, filters + band * n_filters * n,
                                          patterns + band * n_filters * n, NULL};
        ANA_TRY(find_covariances(step, in, band, covariances));
        ANA_TRY(ana_csp_fit(&known, &options, &room));
    }
done:
    free(covariances);
    return status;
}

static ana_status count_filters(const bci_step *step, const bci_shape *in, size_t *n_filters)
{
    const double *filters = NULL;
    *n_filters = ana_bci_learned_length(step, FILTERS, 1);
    if (*n_filters == 0) {
        return ana_fail(ANA_ERR_FORMAT, "step %s: it has learned no filters",
                        step->kind->says.name);
    }
    return ana_bci_learned(step, FILTERS, filters_shape(in, *n_filters), &filters);
}

static ana_status shape_vectors(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    size_t n_filters = 0;
    const ana_status status = count_filters(step, in, &n_filters);
    *out = (bci_shape){.form = BCI_VECTORS,
                       .n_rows = 1,
                       .n_columns = in->n_bands * n_filters,
                       .n_bands = in->n_bands,
                       .rate = in->rate};
    return status;
}

/* Features stand band after band. */
static ana_status apply_vectors(const bci_step *step, const bci_batch *in,
                                const bci_teacher *teacher, bci_batch *out)
{
    ana_status status = ANA_OK;
    const size_t n = band_rows(&in->shape);
    const size_t n_all = out->shape.n_columns;
    const size_t n_filters = n_all / in->shape.n_bands;
    ana_workspace workspace = {0};
    double *covariances = ana_workspace_doubles(&workspace, in->n_items, n * n);
    double *features = ana_workspace_doubles(&workspace, in->n_items, n_filters);
    (void)teacher;
    ANA_TRY(ana_workspace_check(&workspace, "csp"));
    const ana_spd_set set = {n, false, in->n_items, covariances};
    for (size_t band = 0; band < in->shape.n_bands; band++) {
        ANA_TRY(find_covariances(step, in, band, covariances));
        ANA_TRY(ana_csp_features(&set, n_filters,
                                 step->learned[FILTERS].values + band * n_filters * n, features));
        for (size_t e = 0; e < in->n_items * n_filters; e++) {
            out->values[e / n_filters * n_all + band * n_filters + e % n_filters] = features[e];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status shape_signals(const bci_step *step, const bci_shape *in, bci_shape *out)
{
    size_t n_filters = 0;
    const ana_status status = count_filters(step, in, &n_filters);
    *out = *in;
    out->n_rows = in->n_bands * n_filters;
    return status;
}

static ana_status apply_signals(const bci_step *step, const bci_batch *in,
                                const bci_teacher *teacher, bci_batch *out)
{
    ana_status status = ANA_OK;
    const size_t n = band_rows(&in->shape);
    const size_t n_times = in->shape.n_columns;
    const size_t n_filters = band_rows(&out->shape);
    (void)teacher;
    for (size_t i = 0; i < in->n_items && status == ANA_OK; i++) {
        for (size_t band = 0; band < in->shape.n_bands && status == ANA_OK; band++) {
            status = ana_csp_signals(
                1, n, n_times, in->values + (i * in->shape.n_rows + band * n) * n_times, n_filters,
                step->learned[FILTERS].values + band * n_filters * n,
                out->values + (i * out->shape.n_rows + band * n_filters) * n_times);
        }
    }
    return status;
}

const bci_kind ana_bci_fbcsp = {
    .says = {.name = "fbcsp",
             .summary = "log-variances through common spatial patterns of each band of a bank",
             .takes = "signals",
             .gives = "vectors",
             .options = fbcsp_table,
             .n_positional = 2},
    .takes = BCI_SIGNALS,
    .gives = BCI_VECTORS,
    .options_size = sizeof(fbcsp_options),
    .defaults = defaults,
    .learned = learned,
    .fit = fit,
    .shape = shape_vectors,
    .apply = apply_vectors,
};

const bci_kind ana_bci_csp_space = {
    .says = {.name = "csp-space",
             .summary = "signals through common spatial patterns of each band",
             .takes = "signals",
             .gives = "signals",
             .options = fbcsp_table,
             .n_positional = 2},
    .takes = BCI_SIGNALS,
    .gives = BCI_SIGNALS,
    .options_size = sizeof(fbcsp_options),
    .defaults = defaults,
    .learned = learned,
    .fit = fit,
    .shape = shape_signals,
    .apply = apply_signals,
};
