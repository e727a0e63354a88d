#include "discriminants.h"

#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

#include <math.h>

static const double least_variance =
    1e-10; /* of the largest: less is rounding of the Gram matrix */

void ana_group_means(const ana_grouped_rows *rows, double *means)
{
    const size_t d = rows->d;
    for (size_t k = 0; k < rows->n_groups * d; k++) {
        means[k] = 0.0;
    }
    for (size_t k = 0; k < rows->n * d; k++) {
        const size_t g = rows->groups[k / d];
        means[g * d + k % d] += rows->x[k] / rows->n_in[g];
    }
}

/* The largest element in size becomes positive, the first of equals. */
static void settle_sign(size_t p, double *component)
{
    size_t largest = 0;
    for (size_t f = 0; f < p; f++) {
        largest = fabs(component[f]) > fabs(component[largest]) ? f : largest;
    }
    const double sign = component[largest] < 0.0 ? -1.0 : 1.0;
    for (size_t f = 0; f < p; f++) {
        component[f] *= sign;
    }
}

/* Eigenvectors of the smaller of X X' (n x n) and X' X, which have the same values but zeros. */
ana_status ana_components_find(size_t n, size_t p, const double *x, size_t most, double *components,
                               double *variance, size_t *n_components)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const bool by_row = n <= p;
    const size_t size = by_row ? n : p;
    double *gram = ana_workspace_doubles(&workspace, size, size);
    double *values = ana_workspace_doubles(&workspace, size, 1);
    double *vectors = ana_workspace_doubles(&workspace, size, size);
    *n_components = 0;
    ANA_TRY(ana_workspace_check(&workspace, "components"));
    ANA_TRY(by_row ? ana_linalg_gram_rows(n, p, x, gram) : ana_linalg_gram(n, p, x, gram));
    ANA_TRY(ana_linalg_eigen_symmetric(size, gram, values, vectors));
    for (size_t k = size; k-- > 0 && *n_components < most && values[k] > 0.0 &&
                          values[k] > least_variance * values[size - 1];) {
        double *component = components + *n_components * p;
        ANA_TRY(by_row ? ana_linalg_apply(n, p, x, true, vectors + k * n, component) : ANA_OK);
        for (size_t f = 0; f < p; f++) {
            component[f] = by_row ? component[f] / sqrt(values[k]) : vectors[k * p + f];
        }
        settle_sign(p, component);
        variance[(*n_components)++] = values[k] / ((double)n - 1.0);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

double ana_ledoit_wolf_share(const ana_grouped_rows *rows, size_t p, size_t size,
                             const double *products)
{
    const double n = (double)rows->n;
    double trace = 0.0;
    double square = 0.0;
    double fourth = 0.0;
    for (size_t k = 0; k < size * size; k++) {
        trace += k % (size + 1) == 0 ? products[k] / n : 0.0;
        square += products[k] / n * products[k] / n;
    }
    for (size_t i = 0; i < rows->n; i++) {
        double length = 0.0;
        for (size_t k = 0; k < rows->d; k++) {
            length += rows->x[i * rows->d + k] * rows->x[i * rows->d + k];
        }
        fourth += length * length / n;
    }
    const double distance = square - trace * trace / (double)p;
    const double error = (fourth - square) / n;
    return distance > 0.0 ? fmin(fmax(error / distance, 0.0), 1.0) : 1.0;
}

/* The pooled covariance within groups, shrunk. */
static ana_status pool_covariance(const ana_grouped_rows *rows, const double *means,
                                  const ana_discriminant_options *options, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t d = rows->d;
    double *within = ana_workspace_doubles(&workspace, rows->n, d);
    double trace = 0.0;
    double largest = 0.0;
    double freedom = (double)rows->n;
    ANA_TRY(ana_workspace_check(&workspace, options->what));
    for (size_t k = 0; k < rows->n * d; k++) {
        largest = fmax(largest, fabs(rows->x[k]));
        within[k] = rows->x[k] - means[rows->groups[k / d] * d + k % d];
    }
    for (size_t g = 0; g < rows->n_groups; g++) {
        freedom -= rows->n_in[g] > 0.0 ? 1.0 : 0.0;
    }
    ANA_TRY(ana_linalg_gram(rows->n, d, within, out));
    const ana_grouped_rows about_means = {.n = rows->n, .d = d, .x = within};
    const double shrinkage = options->shrinkage < 0.0
                                 ? ana_ledoit_wolf_share(&about_means, options->n_features, d, out)
                                 : options->shrinkage;
    for (size_t k = 0; k < d * d; k++) {
        out[k] /= freedom;
        trace += k % (d + 1) == 0 ? out[k] : 0.0;
    }
    /* Equal values within groups: what is left is rounding. */
    const double rounding = 1e-20 * largest * largest * (double)d;
    for (size_t k = 0; k < d * d; k++) {
        out[k] = trace > rounding ? out[k] : 0.0;
        out[k] *= 1.0 - shrinkage;
        out[k] += k % (d + 1) == 0 ? shrinkage * trace / (double)options->n_features : 0.0;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_discriminants_fit(const ana_grouped_rows *rows,
                                 const ana_discriminant_options *options, double *weights,
                                 double *bias)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t d = rows->d;
    double *means = ana_workspace_doubles(&workspace, rows->n_groups, d);
    double *covariance = ana_workspace_doubles(&workspace, d, d);
    ANA_TRY(ana_workspace_check(&workspace, options->what));
    ana_group_means(rows, means);
    ANA_TRY(pool_covariance(rows, means, options, covariance));
    status = ana_linalg_cholesky(d, covariance, covariance);
    if (status == ANA_ERR_NUMERIC) {
        ana_fail(ANA_ERR_NUMERIC,
                 "%s: the covariance of %zu dimensions within groups is singular; take fewer of "
                 "them or some shrinkage",
                 options->what, d);
    }
    ANA_TRY(status);
    for (size_t g = 0; g < rows->n_groups; g++) {
        double *own = weights + g * d;
        double square = 0.0;
        ANA_TRY(ana_linalg_solve_cholesky(d, covariance, 1, means + g * d, own));
        for (size_t c = 0; c < d; c++) {
            square += own[c] * means[g * d + c];
        }
        bias[g] = log(rows->n_in[g] / (double)rows->n) - 0.5 * square;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
