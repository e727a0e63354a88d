/* Linear discriminants by singular values: first of the rows within classes, then of the class
 * means in the axes found. */
#include "dense.h"
#include "linear_discriminant_parts.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>

static size_t count_above(size_t n, const double *values, double tolerance)
{
    size_t rank = 0;
    while (rank < n && values[rank] > tolerance) {
        rank++;
    }
    return rank;
}

/* axes (r x d, out; r the result): the rows within classes have unit covariance along them. */
static ana_status whiten_within(const discriminant_job *job, double *axes, size_t *rank)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_labelled_rows *rows = job->rows;
    const size_t n = rows->n;
    const size_t d = rows->d;
    const size_t least = n < d ? n : d;
    double *within = ana_workspace_doubles(&workspace, n, d);
    double *deviation = ana_workspace_doubles(&workspace, d, 1);
    double *left = ana_workspace_doubles(&workspace, n, least);
    double *values = ana_workspace_doubles(&workspace, least, 1);
    double *right = ana_workspace_doubles(&workspace, least, d);
    ANA_TRY(ana_workspace_check(&workspace, "lda"));
    for (size_t i = 0; i < n; i++) {
        const double *mean = job->means + rows->classes[i] * d;
        for (size_t j = 0; j < d; j++) {
            const double apart = rows->x[i * d + j] - mean[j];
            within[i * d + j] = apart;
            deviation[j] += apart * apart / (double)n;
        }
    }
    for (size_t j = 0; j < d; j++) {
        deviation[j] =
            discriminant_varies(n, job->means[j], deviation[j]) ? sqrt(deviation[j]) : 1.0;
    }
    const double factor = 1.0 / sqrt((double)(n - rows->n_classes));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < d; j++) {
            within[i * d + j] *= factor / deviation[j];
        }
    }
    ANA_TRY(ana_linalg_svd(n, d, within, left, values, right));
    *rank = count_above(least, values, job->tolerance);
    for (size_t r = 0; r < *rank; r++) {
        for (size_t j = 0; j < d; j++) {
            axes[r * d + j] = right[r * d + j] / deviation[j] / values[r];
        }
    }
    if (*rank == 0) {
        status = ana_fail(ANA_ERR_NUMERIC, "lda: no feature varies within classes");
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* centred (n_classes x d, out) = means less their mean by the priors, left in `centre` (d, out). */
static void centre_means(const discriminant_job *job, double *centre, double *centred)
{
    const size_t d = job->rows->d;
    for (size_t k = 0; k < job->rows->n_classes * d; k++) {
        centre[k % d] += job->priors[k / d] * job->means[k];
    }
    for (size_t k = 0; k < job->rows->n_classes * d; k++) {
        centred[k] = job->means[k] - centre[k % d];
    }
}

/* The class means in whitened axes (n_classes x rank): their projection on the axes that hold more
 * than the tolerance of what lies between classes. */
static ana_status project_between(const discriminant_job *job, size_t rank, double *places)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_classes = job->rows->n_classes;
    const size_t least = n_classes < rank ? n_classes : rank;
    double *weighted = ana_workspace_doubles(&workspace, n_classes, rank);
    double *left = ana_workspace_doubles(&workspace, n_classes, least);
    double *values = ana_workspace_doubles(&workspace, least, 1);
    double *right = ana_workspace_doubles(&workspace, least, rank);
    double *along = ana_workspace_doubles(&workspace, n_classes, least);
    ANA_TRY(ana_workspace_check(&workspace, "lda"));
    const double factor = (double)job->rows->n / ((double)n_classes - 1.0);
    for (size_t k = 0; k < n_classes * rank; k++) {
        weighted[k] = places[k] * sqrt(factor * job->priors[k / rank]);
    }
    ANA_TRY(ana_linalg_svd(n_classes, rank, weighted, left, values, right));
    const size_t kept = count_above(least, values, job->tolerance * values[0]);
    const ana_gemm onto = {
        .n_rows = n_classes, .n_inner = rank, .n_columns = kept, .transpose_b = true, .alpha = 1.0};
    ANA_TRY(ana_linalg_gemm(&onto, places, right, along));
    ANA_TRY(ana_linalg_multiply(n_classes, kept, rank, along, right, places));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status discriminant_by_svd(const discriminant_job *job, double *weights, double *biases)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_classes = job->rows->n_classes;
    const size_t d = job->rows->d;
    const size_t least = job->rows->n < d ? job->rows->n : d;
    double *axes = ana_workspace_doubles(&workspace, least, d);
    double *centre = ana_workspace_doubles(&workspace, d, 1);
    double *centred = ana_workspace_doubles(&workspace, n_classes, d);
    double *places = ana_workspace_doubles(&workspace, n_classes, least);
    size_t rank = 0;
    ANA_TRY(ana_workspace_check(&workspace, "lda"));
    ANA_TRY(whiten_within(job, axes, &rank));
    centre_means(job, centre, centred);
    const ana_gemm onto = {
        .n_rows = n_classes, .n_inner = d, .n_columns = rank, .transpose_b = true, .alpha = 1.0};
    ANA_TRY(ana_linalg_gemm(&onto, centred, axes, places));
    ANA_TRY(project_between(job, rank, places));
    ANA_TRY(ana_linalg_multiply(n_classes, rank, d, places, axes, weights));
    for (size_t k = 0; k < n_classes; k++) {
        const double *own = places + k * rank;
        biases[k] = log(job->priors[k]) - 0.5 * ana_dot(rank, own, own) -
                    ana_dot(d, weights + k * d, centre);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
