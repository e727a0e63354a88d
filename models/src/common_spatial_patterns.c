#include "csp_parts.h"
#include "dense.h"
#include "labelled_matrices.h"
#include "order.h"
#include "try.h"

#include <analysis/linalg.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const csp_method_names[] = {"one-versus-rest", "joint", NULL};

const ana_option ana_csp_option_table[] = {
    {"filters", ANA_OPTION_SIZE, offsetof(ana_csp_options, n_filters), 1, 1e6, NULL, "N",
     "spatial filters; of each class with one-versus-rest", false},
    {"csp-method", ANA_OPTION_CHOICE, offsetof(ana_csp_options, method), 0, 0, csp_method_names,
     "METHOD", "filters of three classes or more", false},
    {"csp-metric", ANA_OPTION_CHOICE, offsetof(ana_csp_options, metric), 0, 0, ana_spd_metric_names,
     "METRIC", "whose mean is that of a class", false},
    {"csp-shrinkage", ANA_OPTION_DOUBLE, offsetof(ana_csp_options, shrinkage), 0.0, 1.0, NULL, "A",
     "share of a class's mean that becomes its mean variance", false},
    {"csp-tolerance", ANA_OPTION_DOUBLE, offsetof(ana_csp_options, tolerance), 0.0, 1.0, NULL,
     "CHANGE", "change at which the joint diagonalisation of class means has settled", false},
    ANA_OPTION_END,
};

ana_csp_options ana_csp_options_default(void)
{
    return (ana_csp_options){.run = ana_run_default(),
                             .n_filters = 4,
                             .method = ANA_CSP_ONE_VERSUS_REST,
                             .metric = ANA_SPD_EUCLIDEAN,
                             .shrinkage = 0.0,
                             .tolerance = 1e-12};
}

/* At most as many as there are channels. */
static size_t n_kept(size_t n, const ana_csp_options *options)
{
    return options->n_filters < n ? options->n_filters : n;
}

size_t ana_csp_n_filters(size_t n, size_t n_classes, const ana_csp_options *options)
{
    const ana_csp_options chosen = options != NULL ? *options : ana_csp_options_default();
    const bool is_many = n_classes > 2 && chosen.method == ANA_CSP_ONE_VERSUS_REST;
    return n_kept(n, &chosen) * (is_many ? n_classes : 1);
}

/* (1 - a) M + a tr(M) / n */
static void shrink(size_t n, double shrinkage, double *mean)
{
    double trace = 0.0;
    for (size_t j = 0; j < n; j++) {
        trace += mean[j * (n + 1)];
    }
    for (size_t e = 0; e < n * n && shrinkage > 0.0; e++) {
        mean[e] *= 1.0 - shrinkage;
        mean[e] += e % (n + 1) == 0 ? shrinkage * trace / (double)n : 0.0;
    }
}

/* The plain average, for which trials need not have full rank; weights may be NULL. */
static ana_status average(const ana_spd_set *set, const double *weights, double *mean)
{
    const size_t size = set->n * set->n;
    memset(mean, 0, size * sizeof *mean);
    for (size_t k = 0; k < set->n_matrices; k++) {
        const double weight = weights != NULL ? weights[k] : 1.0;
        for (size_t e = 0; e < size; e++) {
            mean[e] += weight * set->values[k * size + e] / (double)set->n_matrices;
        }
    }
    for (size_t e = 0; e < size; e++) {
        if (!isfinite(mean[e])) {
            return ana_fail(ANA_ERR_VALUE,
                            "csp: a covariance of channels %zu and %zu is not finite", e / set->n,
                            e % set->n);
        }
    }
    return ANA_OK;
}

ana_status csp_class_mean(const ana_labelled_matrices *known, size_t c,
                          const ana_csp_options *options, double *room, double *mean)
{
    ana_status status = ANA_OK;
    const ana_spd_set own = labelled_matrices_of(known, c, room);
    ana_spd_mean_options how = ana_spd_mean_options_default();
    how.run = options->run;
    ANA_TRY(ana_minimum_distance_mean(options->metric, &how.method));
    ANA_TRY(options->metric == ANA_SPD_EUCLIDEAN ? average(&own, NULL, mean)
                                                 : ana_spd_mean(&own, NULL, &how, NULL, mean));
    shrink(own.n, options->shrinkage, mean);
done:
    return status;
}

ana_status csp_solve(size_t n, const double *a, const double *b, double middle,
                     const ana_spatial_filters *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *values = ana_workspace_doubles(&workspace, n, 1);
    double *vectors = ana_workspace_doubles(&workspace, n, n);
    ana_placed *sorted = ana_workspace_bytes(&workspace, n, 1, sizeof *sorted);
    ANA_TRY(ana_workspace_check(&workspace, "csp"));
    status = ana_linalg_eigen_generalised(n, a, b, values, vectors);
    if (status == ANA_ERR_NUMERIC) {
        status = ana_fail(ANA_ERR_NUMERIC,
                          "csp: the mean covariance of %zu channels is singular, as that of "
                          "average-referenced channels is; take fewer of them, or some shrinkage",
                          n);
    }
    ANA_TRY(status);
    for (size_t k = 0; k < n; k++) {
        sorted[k] = (ana_placed){fabs(values[k] - middle), k};
    }
    qsort(sorted, n, sizeof *sorted, ana_compare_falling);
    for (size_t k = 0; k < out->n_filters; k++) {
        const size_t from = sorted[k].index;
        memcpy(out->filters + k * n, vectors + from * n, n * sizeof *vectors);
        if (out->values != NULL) {
            out->values[k] = values[from];
        }
    }
    if (out->patterns != NULL) { /* V b V' = 1: rows of V b are columns of V^-1 */
        ANA_TRY(ana_linalg_multiply(out->n_filters, n, n, out->filters, b, out->patterns));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Class 1 against class 0. */
static ana_status fit_pair(const ana_labelled_matrices *known, const ana_csp_options *options,
                           const ana_spatial_filters *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = known->set.n;
    double *room = ana_workspace_doubles(&workspace, known->set.n_matrices, n * n);
    double *first = ana_workspace_doubles(&workspace, n, n);
    double *second = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "csp"));
    ANA_TRY(csp_class_mean(known, 0, options, room, first));
    ANA_TRY(csp_class_mean(known, 1, options, room, second));
    for (size_t e = 0; e < n * n; e++) {
        first[e] += second[e];
    }
    ANA_TRY(csp_solve(n, second, first, 0.5, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Filters of class c against all others. */
static ana_status fit_rest(const ana_labelled_matrices *known, const ana_csp_options *options,
                           const ana_spatial_filters *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = known->set.n;
    const size_t n_own = out->n_filters / known->n_classes;
    size_t *sides = ana_workspace_sizes(&workspace, known->set.n_matrices, 1);
    ANA_TRY(ana_workspace_check(&workspace, "csp"));
    for (size_t c = 0; c < known->n_classes; c++) {
        for (size_t i = 0; i < known->set.n_matrices; i++) {
            sides[i] = known->classes[i] == c ? 1 : 0;
        }
        const ana_labelled_matrices pair = {known->set, 2, sides};
        const ana_spatial_filters own = {n_own, out->filters + c * n_own * n,
                                         out->patterns != NULL ? out->patterns + c * n_own * n
                                                               : NULL,
                                         out->values != NULL ? out->values + c * n_own : NULL};
        ANA_TRY(fit_pair(&pair, options, &own));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status fit_jointly(const ana_labelled_matrices *known, const ana_csp_options *options,
                              const ana_spatial_filters *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = known->set.n;
    double *room = ana_workspace_doubles(&workspace, known->set.n_matrices, n * n);
    double *means = ana_workspace_doubles(&workspace, known->n_classes, n * n);
    double *shares = ana_workspace_doubles(&workspace, known->n_classes, 1);
    ANA_TRY(ana_workspace_check(&workspace, "csp"));
    for (size_t i = 0; i < known->set.n_matrices; i++) {
        shares[known->classes[i]] += 1.0 / (double)known->set.n_matrices;
    }
    for (size_t c = 0; c < known->n_classes; c++) {
        ANA_TRY(csp_class_mean(known, c, options, room, means + c * n * n));
    }
    ANA_TRY(csp_solve_jointly(n, known->n_classes, means, shares, options, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check(const ana_spd_set *set, size_t n_classes, const ana_csp_options *options,
                        const ana_spatial_filters *out)
{
    const size_t n_filters = ana_csp_n_filters(set->n, n_classes, options);
    if (set->hermitian) {
        return ana_fail(ANA_ERR_VALUE, "csp: complex matrices; real ones have spatial filters");
    }
    if (out->n_filters != n_filters) {
        return ana_fail(ANA_ERR_SHAPE, "csp: room for %zu filters; there are %zu", out->n_filters,
                        n_filters);
    }
    return ana_options_check(ana_csp_option_table, options, "csp");
}

ana_status ana_csp_fit(const ana_labelled_matrices *known, const ana_csp_options *options,
                       const ana_spatial_filters *out)
{
    const ana_csp_options chosen = options != NULL ? *options : ana_csp_options_default();
    ana_status status = check(&known->set, known->n_classes, &chosen, out);
    if (status == ANA_OK) {
        status = labelled_matrices_check(known, "csp");
    }
    if (status != ANA_OK) {
        return status;
    }
    if (known->n_classes == 2) {
        return fit_pair(known, &chosen, out);
    }
    return chosen.method == ANA_CSP_JOINT ? fit_jointly(known, &chosen, out)
                                          : fit_rest(known, &chosen, out);
}

/* weights (n, out) = numbers less their mean, over their standard deviation. */
static ana_status standardise(size_t n, const double *numbers, double *weights)
{
    double mean = 0.0;
    double square = 0.0;
    for (size_t i = 0; i < n; i++) {
        mean += numbers[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        weights[i] = numbers[i] - mean;
        square += weights[i] * weights[i] / (double)n;
    }
    const double rounding = (double)n * DBL_EPSILON * mean;
    if (!(square > rounding * rounding) || !isfinite(square)) {
        return ana_fail(ANA_ERR_VALUE,
                        "spoc: the %zu numbers have variance %g; they must be finite and differ", n,
                        square);
    }
    for (size_t i = 0; i < n; i++) {
        weights[i] /= sqrt(square);
    }
    return ANA_OK;
}

ana_status ana_spoc_fit(const ana_spd_set *set, const double *numbers,
                        const ana_csp_options *options, const ana_spatial_filters *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_csp_options chosen = options != NULL ? *options : ana_csp_options_default();
    const size_t n = set->n;
    double *weights = ana_workspace_doubles(&workspace, set->n_matrices, 1);
    double *mean = ana_workspace_doubles(&workspace, n, n);
    double *weighted = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "spoc"));
    ANA_TRY(check(set, 2, &chosen, out));
    ANA_TRY(standardise(set->n_matrices, numbers, weights));
    ANA_TRY(average(set, NULL, mean));
    ANA_TRY(average(set, weights, weighted));
    shrink(n, chosen.shrinkage, mean);
    ANA_TRY(csp_solve(n, weighted, mean, 0.0, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_csp_features(const ana_spd_set *set, size_t n_filters, const double *filters,
                            double *features)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = set->n;
    double *product = ana_workspace_doubles(&workspace, n_filters, n);
    ANA_TRY(ana_workspace_check(&workspace, "csp"));
    for (size_t i = 0; i < set->n_matrices; i++) {
        ANA_TRY(ana_linalg_multiply(n_filters, n, n, filters, set->values + i * n * n, product));
        for (size_t k = 0; k < n_filters; k++) {
            const double variance = ana_dot(n, product + k * n, filters + k * n);
            if (!(variance > 0.0) || !isfinite(variance)) {
                status =
                    ana_fail(ANA_ERR_NUMERIC, "csp: matrix %zu has variance %g through filter %zu",
                             i, variance, k);
                goto done;
            }
            features[i * n_filters + k] = log(variance);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_csp_signals(size_t n_trials, size_t n, size_t n_times, const double *trials,
                           size_t n_filters, const double *filters, double *out)
{
    ana_status status = ANA_OK;
    for (size_t i = 0; i < n_trials && status == ANA_OK; i++) {
        status = ana_linalg_multiply(n_filters, n, n_times, filters, trials + i * n * n_times,
                                     out + i * n_filters * n_times);
    }
    return status;
}
