/* Linear discriminants of a shrunk covariance. With shrinkage a_k, variances v and mean variance of
 * class k, and rows within classes w_i,
 *
 *     S = diag(ridge) + B' B,  ridge = sum_k prior_k a_k (what the shrinkage adds),
 *                              row i of B = sqrt(prior_k (1 - a_k) / n_k) w_i
 *
 * which is solved as it stands, or in the space of the rows when there are fewer of them. */
#include "dense.h"
#include "discriminants.h"
#include "linear_discriminant_parts.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

/* What shrinking class k adds to each variance, for all of the intensity. */
typedef struct class_shrinkage {
    double intensity;
    double *target; /* d */
} class_shrinkage;

/* Ledoit and Wolf's intensity for the class's rows w (n x d) over their standard deviations; the
 * mean of those variances is 1, or what is left of it by features that do not vary. */
static ana_status standardised_shrinkage(size_t n, size_t d, const double *mean, const double *w,
                                         class_shrinkage *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *scaled = ana_workspace_doubles(&workspace, n, d);
    const size_t size = n < d ? n : d;
    double *products = ana_workspace_doubles(&workspace, size, size);
    double *variance = ana_workspace_doubles(&workspace, d, 1);
    double n_varying = 0.0;
    ANA_TRY(ana_workspace_check(&workspace, "lda"));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < d; j++) {
            variance[j] += w[i * d + j] * w[i * d + j] / (double)n;
        }
    }
    for (size_t j = 0; j < d; j++) {
        const bool varies = discriminant_varies(n, mean[j], variance[j]);
        variance[j] = varies ? variance[j] : 0.0;
        n_varying += varies ? 1.0 : 0.0;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < d; j++) {
            scaled[i * d + j] = variance[j] > 0.0 ? w[i * d + j] / sqrt(variance[j]) : 0.0;
        }
    }
    ANA_TRY(n < d ? ana_linalg_gram_rows(n, d, scaled, products)
                  : ana_linalg_gram(n, d, scaled, products));
    const ana_grouped_rows about_means = {.n = n, .d = d, .x = scaled};
    out->intensity = ana_ledoit_wolf_share(&about_means, d, size, products);
    for (size_t j = 0; j < d; j++) {
        out->target[j] = (variance[j] > 0.0 ? variance[j] : 1.0) * n_varying / (double)d;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static void plain_shrinkage(size_t n, size_t d, const double *w, double intensity,
                            class_shrinkage *out)
{
    const double mean_variance = ana_dot(n * d, w, w) / (double)n / (double)d;
    out->intensity = intensity;
    for (size_t j = 0; j < d; j++) {
        out->target[j] = mean_variance;
    }
}

/* Rows of class k less their mean, to w; returns how many. */
static size_t gather_within(const discriminant_job *job, size_t k, double *w)
{
    const size_t d = job->rows->d;
    size_t n = 0;
    for (size_t i = 0; i < job->rows->n; i++) {
        for (size_t j = 0; j < d && job->rows->classes[i] == k; j++) {
            w[n * d + j] = job->rows->x[i * d + j] - job->means[k * d + j];
        }
        n += job->rows->classes[i] == k ? 1 : 0;
    }
    return n;
}

/* ridge (d, out) and B (n x d, out), its rows by class. */
static ana_status factor_covariance(const discriminant_job *job, double *ridge, double *b)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t d = job->rows->d;
    class_shrinkage shrinkage = {0.0, ana_workspace_doubles(&workspace, d, 1)};
    ANA_TRY(ana_workspace_check(&workspace, "lda"));
    for (size_t k = 0; k < job->rows->n_classes; k++) {
        const size_t n = gather_within(job, k, b);
        if (job->shrinkage < 0.0) {
            ANA_TRY(n > 1
                        ? standardised_shrinkage(n, d, job->means + k * d, b, &shrinkage)
                        : ana_fail(ANA_ERR_VALUE,
                                   "lda: class %zu has one row; the best shrinkage needs two", k));
        } else {
            plain_shrinkage(n, d, b, job->shrinkage, &shrinkage);
        }
        for (size_t j = 0; j < d; j++) {
            ridge[j] += job->priors[k] * shrinkage.intensity * shrinkage.target[j];
        }
        const double share = job->priors[k] * (1.0 - shrinkage.intensity) / (double)n;
        for (size_t e = 0; e < n * d; e++) {
            b[e] *= sqrt(share);
        }
        b += n * d;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* weights = means S^-1 of the d x d matrix, of least norm where it is singular. */
static ana_status solve_whole(const discriminant_job *job, const double *ridge, const double *b,
                              double *weights)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t d = job->rows->d;
    const size_t n_classes = job->rows->n_classes;
    double *covariance = ana_workspace_doubles(&workspace, d, d);
    double *lower = ana_workspace_doubles(&workspace, d, d);
    double *means = ana_workspace_doubles(&workspace, d, n_classes);
    double *solved = ana_workspace_doubles(&workspace, d, n_classes);
    ANA_TRY(ana_workspace_check(&workspace, "lda"));
    ANA_TRY(ana_linalg_gram(job->rows->n, d, b, covariance));
    for (size_t j = 0; j < d; j++) {
        covariance[j * (d + 1)] += ridge[j];
    }
    ana_transpose(n_classes, d, job->means, means);
    status = ana_linalg_cholesky(d, covariance, lower);
    if (status == ANA_OK) {
        ANA_TRY(ana_linalg_solve_cholesky(d, lower, n_classes, means, solved));
    } else if (status == ANA_ERR_NUMERIC) {
        ANA_TRY(ana_linalg_least_squares(d, d, covariance, n_classes, means, solved, NULL));
    } else {
        goto done;
    }
    ana_transpose(d, n_classes, solved, weights);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The same in the space of the rows (Woodbury), for a ridge above 0: with A = diag(ridge)^-1,
 * S^-1 m = A m - A B' (1 + B A B')^-1 B A m. */
static ana_status solve_span(const discriminant_job *job, const double *ridge, const double *b,
                             double *weights)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = job->rows->n;
    const size_t d = job->rows->d;
    double *scaled = ana_workspace_doubles(&workspace, n, d);
    double *inner = ana_workspace_doubles(&workspace, n, n);
    double *along = ana_workspace_doubles(&workspace, n, 1);
    double *back = ana_workspace_doubles(&workspace, d, 1);
    ANA_TRY(ana_workspace_check(&workspace, "lda"));
    for (size_t k = 0; k < n * d; k++) {
        scaled[k] = b[k] / sqrt(ridge[k % d]);
    }
    ANA_TRY(ana_linalg_gram_rows(n, d, scaled, inner));
    for (size_t i = 0; i < n; i++) {
        inner[i * (n + 1)] += 1.0;
    }
    ANA_TRY(ana_linalg_cholesky(n, inner, inner));
    for (size_t k = 0; k < job->rows->n_classes; k++) {
        double *own = weights + k * d;
        for (size_t j = 0; j < d; j++) {
            own[j] = job->means[k * d + j] / ridge[j];
        }
        ANA_TRY(ana_linalg_apply(n, d, b, false, own, along));
        ANA_TRY(ana_linalg_solve_cholesky(n, inner, 1, along, along));
        ANA_TRY(ana_linalg_apply(n, d, b, true, along, back));
        for (size_t j = 0; j < d; j++) {
            own[j] -= back[j] / ridge[j];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status discriminant_by_least_squares(const discriminant_job *job, double *weights,
                                         double *biases)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t d = job->rows->d;
    double *ridge = ana_workspace_doubles(&workspace, d, 1);
    double *b = ana_workspace_doubles(&workspace, job->rows->n, d);
    bool has_ridge = true;
    double largest = 0.0;
    ANA_TRY(ana_workspace_check(&workspace, "lda"));
    ANA_TRY(factor_covariance(job, ridge, b));
    for (size_t j = 0; j < d; j++) {
        largest = fmax(largest, ridge[j]);
    }
    for (size_t j = 0; j < d; j++) {
        has_ridge = has_ridge && ridge[j] > 1e-10 * largest;
    }
    if (!(largest > 0.0) && !(ana_dot(job->rows->n * d, b, b) > 0.0)) {
        status = ana_fail(ANA_ERR_NUMERIC, "lda: no feature varies within classes");
        goto done;
    }
    ANA_TRY(has_ridge && job->rows->n < d ? solve_span(job, ridge, b, weights)
                                          : solve_whole(job, ridge, b, weights));
    for (size_t k = 0; k < job->rows->n_classes; k++) {
        biases[k] = log(job->priors[k]) - 0.5 * ana_dot(d, weights + k * d, job->means + k * d);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
