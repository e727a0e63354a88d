/* Whitening filters of a set of covariances. */
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/spd_whitening.h>

#include <float.h>
#include <math.h>
#include <string.h>

const ana_option ana_spd_whitening_option_table[] = {
    {"components", ANA_OPTION_SIZE, offsetof(ana_spd_whitening_options, n_components), 0, 1e6, NULL,
     "N", "filters kept; 0: as explained says", false},
    {"explained", ANA_OPTION_DOUBLE, offsetof(ana_spd_whitening_options, explained), 0, 1, NULL,
     "PART", "share of the variance that is kept; 1: all that is not rounding", false},
    ANA_OPTION_END,
};

ana_spd_whitening_options ana_spd_whitening_options_default(void)
{
    ana_spd_whitening_options options = {.mean = ana_spd_mean_options_default(), .explained = 1.0};
    options.mean.method = ANA_SPD_MEAN_EUCLIDEAN;
    return options;
}

static ana_status refuse_hermitian(const ana_spd_set *set)
{
    return set->hermitian ? ana_fail(ANA_ERR_UNSUPPORTED, "whitening: of symmetric matrices; of "
                                                          "Hermitian ones take the real parts")
                          : ANA_OK;
}

/* How many of the eigenvalues, which rise, are kept from the largest on. */
static ana_status count_kept(size_t n, const double *values,
                             const ana_spd_whitening_options *options, size_t *n_kept)
{
    const double largest = values[n - 1];
    double trace = 0.0;
    double held = 0.0;
    size_t rank = 0;
    for (size_t k = n; k-- > 0;) {
        const bool counts = values[k] > (double)n * DBL_EPSILON * largest;
        rank += counts ? 1 : 0;
        trace += counts ? values[k] : 0.0;
    }
    if (rank == 0 || options->n_components > rank) {
        return ana_fail(ANA_ERR_VALUE,
                        "whitening: %zu components of a mean of %zu rows whose rank is %zu",
                        options->n_components, n, rank);
    }
    *n_kept = options->n_components > 0 ? options->n_components : rank;
    for (size_t k = 0; k < rank && options->n_components == 0; k++) {
        held += values[n - 1 - k];
        if (held >= options->explained * trace) {
            *n_kept = k + 1;
            break;
        }
    }
    return ANA_OK;
}

/* Filter k: eigenvector n - 1 - k over the root of its eigenvalue. */
static void fill_filters(size_t n, size_t n_kept, const double *values, const double *vectors,
                         double *filters, double *inverse)
{
    memset(filters, 0, n * n * sizeof *filters);
    if (inverse != NULL) {
        memset(inverse, 0, n * n * sizeof *inverse);
    }
    for (size_t k = 0; k < n_kept; k++) {
        const double root = sqrt(values[n - 1 - k]);
        const double *vector = vectors + (n - 1 - k) * n;
        for (size_t i = 0; i < n; i++) {
            filters[k * n + i] = vector[i] / root;
            if (inverse != NULL) {
                inverse[i * n + k] = vector[i] * root;
            }
        }
    }
}

/* The arithmetic mean asks for no full rank, which ana_spd_mean does. */
static ana_status mean_of(const ana_spd_set *set, const double *weights,
                          const ana_spd_mean_options *options, double *mean)
{
    double sum = 0.0;
    const size_t size = ana_spd_size(set);
    const size_t n = set->n > 0 ? set->n : 1;
    if (options->method != ANA_SPD_MEAN_EUCLIDEAN) {
        return ana_spd_mean(set, weights, options, NULL, mean);
    }
    memset(mean, 0, size * sizeof *mean);
    for (size_t k = 0; k < set->n_matrices; k++) {
        const double weight = weights != NULL ? weights[k] : 1.0;
        if (!(weight >= 0.0) || isinf(weight)) {
            return ana_fail(ANA_ERR_VALUE, "whitening: weight %zu is %g", k, weight);
        }
        sum += weight;
        for (size_t e = 0; e < size; e++) {
            const double value = set->values[k * size + e];
            if (!isfinite(value)) {
                return ana_fail(ANA_ERR_VALUE, "whitening: matrix %zu: element [%zu, %zu] is %g", k,
                                e / n, e % n, value);
            }
            mean[e] += weight * value;
        }
    }
    for (size_t e = 0; e < size; e++) {
        mean[e] /= sum;
    }
    return sum > 0.0 ? ANA_OK
                     : ana_fail(ANA_ERR_VALUE, "whitening: no matrices, or all weights are 0");
}

ana_status ana_spd_whitening_fit(const ana_spd_set *set, const double *weights,
                                 const ana_spd_whitening_options *given, size_t *n_kept,
                                 double *filters, double *inverse)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_spd_whitening_options options =
        given != NULL ? *given : ana_spd_whitening_options_default();
    const size_t n = set->n;
    double *mean = ana_workspace_doubles(&workspace, n, n);
    double *values = ana_workspace_doubles(&workspace, n, 1);
    double *vectors = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "whitening"));
    ANA_TRY(ana_options_check(ana_spd_whitening_option_table, &options, "whitening"));
    ANA_TRY(refuse_hermitian(set));
    if (n == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "whitening: matrices without rows"));
    }
    ANA_TRY(mean_of(set, weights, &options.mean, mean));
    ANA_TRY(ana_linalg_eigen_symmetric(n, mean, values, vectors));
    ANA_TRY(count_kept(n, values, &options, n_kept));
    fill_filters(n, *n_kept, values, vectors, filters, inverse);
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_spd_whitening_apply(const ana_spd_set *set, size_t n_kept, const double *filters,
                                   double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = set->n;
    double *half = ana_workspace_doubles(&workspace, n_kept, n);
    const ana_gemm across = {
        .n_rows = n_kept, .n_inner = n, .n_columns = n_kept, .transpose_b = true, .alpha = 1.0};
    ANA_TRY(ana_workspace_check(&workspace, "whitening"));
    ANA_TRY(refuse_hermitian(set));
    for (size_t k = 0; k < set->n_matrices; k++) {
        double *product = out + k * n_kept * n_kept;
        ANA_TRY(ana_linalg_multiply(n_kept, n, n, filters, set->values + k * n * n, half));
        ANA_TRY(ana_linalg_gemm(&across, half, filters, product));
        for (size_t i = 0; i < n_kept; i++) {
            for (size_t j = 0; j < i; j++) {
                product[j * n_kept + i] = product[i * n_kept + j];
            }
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
