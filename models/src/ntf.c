#include "memory.h"
#include "ntf_engine.h"
#include "try.h"
#include "workspace.h"

#include <analysis/assignment.h>
#include <analysis/linalg.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns that the core of a factorisation may ask for. */
enum {
    MOST_PRODUCTS = 4096
};

ana_status ana_ntf_new(size_t n_modes, const size_t *lengths, size_t rank, ana_ntf **out)
{
    ana_status status = ANA_OK;
    ana_ntf *ntf = NULL;
    if (n_modes < 2 || n_modes > ANA_TENSOR_MAX_MODES || rank == 0) {
        return ana_fail(ANA_ERR_SHAPE, "ntf: %zu modes of rank %zu; there are 2 to %d modes",
                        n_modes, rank, ANA_TENSOR_MAX_MODES);
    }
    ANA_TRY(ana_allocate(1, sizeof *ntf, "ntf", &ntf));
    ntf->n_modes = n_modes;
    ntf->rank = rank;
    ntf->time_mode = n_modes - 1;
    ANA_TRY(ana_allocate(rank, sizeof(double), "ntf", &ntf->weights));
    for (size_t m = 0; m < n_modes; m++) {
        ntf->length[m] = lengths[m];
        if (lengths[m] > SIZE_MAX / sizeof(double) / rank) {
            ANA_TRY(ana_fail(ANA_ERR_SHAPE, "ntf: a mode of %zu entries is too long", lengths[m]));
        }
        ANA_TRY(ana_allocate(lengths[m] * rank, sizeof(double), "ntf", &ntf->factors[m]));
    }
    *out = ntf;
    ntf = NULL;
done:
    ana_ntf_free(ntf);
    return status;
}

void ana_ntf_free(ana_ntf *ntf)
{
    if (ntf == NULL) {
        return;
    }
    for (size_t m = 0; m < ntf->n_modes; m++) {
        free(ntf->factors[m]);
    }
    free(ntf->weights);
    free(ntf->similarity);
    ana_fit_info_clear(&ntf->info);
    free(ntf);
}

static double column_norm(const ana_ntf *ntf, size_t mode, size_t r)
{
    double sum = 0.0;
    for (size_t i = 0; i < ntf->length[mode]; i++) {
        const double value = ntf->factors[mode][i * ntf->rank + r];
        sum += value * value;
    }
    return sqrt(sum);
}

void ntf_scale(ana_ntf *ntf)
{
    for (size_t m = 0; m < ntf->n_modes; m++) {
        for (size_t r = 0; r < ntf->rank; r++) {
            const double norm = column_norm(ntf, m, r);
            for (size_t i = 0; norm > 0.0 && i < ntf->length[m]; i++) {
                ntf->factors[m][i * ntf->rank + r] /= norm;
            }
            ntf->weights[r] *= norm;
        }
    }
}

/* What components are ordered by, ascending. */
static double order_key(const ana_ntf *ntf, ana_ntf_order order, size_t r)
{
    const size_t mode = ntf->time_mode;
    double sum = 0.0;
    double moment = 0.0;
    if (order == ANA_NTF_BY_WEIGHT) {
        return -ntf->weights[r];
    }
    for (size_t t = 0; t < ntf->length[mode]; t++) {
        const double value = ntf->factors[mode][t * ntf->rank + r];
        sum += value;
        moment += value * (double)t;
    }
    return sum > 0.0 ? moment / sum : (double)INFINITY;
}

ana_status ana_ntf_normalise(ana_ntf *ntf, ana_ntf_order order)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t rank = ntf->rank;
    double *keys = ana_workspace_doubles(&workspace, rank, 1);
    double *row = ana_workspace_doubles(&workspace, rank, 1);
    size_t *place = ana_workspace_sizes(&workspace, rank, 1);
    ANA_TRY(ana_workspace_check(&workspace, "ntf"));
    ntf_scale(ntf);
    for (size_t r = 0; r < rank; r++) {
        keys[r] = order_key(ntf, order, r);
        size_t k = r;
        for (; k > 0 && keys[place[k - 1]] > keys[r]; k--) {
            place[k] = place[k - 1];
        }
        place[k] = r;
    }
    for (size_t m = 0; m <= ntf->n_modes; m++) {
        double *values = m < ntf->n_modes ? ntf->factors[m] : ntf->weights;
        const size_t n = m < ntf->n_modes ? ntf->length[m] : 1;
        for (size_t i = 0; i < n; i++) {
            memcpy(row, values + i * rank, rank * sizeof *row);
            for (size_t r = 0; r < rank; r++) {
                values[i * rank + r] = row[place[r]];
            }
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The product over modes of the cosines of component r of a and q of b. */
static double congruence_of(const ana_ntf *a, size_t r, const ana_ntf *b, size_t q)
{
    double product = 1.0;
    for (size_t m = 0; m < a->n_modes; m++) {
        const double norms = column_norm(a, m, r) * column_norm(b, m, q);
        double sum = 0.0;
        for (size_t i = 0; i < a->length[m]; i++) {
            sum += a->factors[m][i * a->rank + r] * b->factors[m][i * b->rank + q];
        }
        product *= norms > 0.0 ? sum / norms : 0.0;
    }
    return product;
}

ana_status ana_ntf_match(const ana_ntf *a, const ana_ntf *b, size_t *order, double *congruence,
                         double *similarity)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double total = 0.0;
    if (a->n_modes != b->n_modes ||
        memcmp(a->length, b->length, a->n_modes * sizeof *a->length) != 0) {
        return ana_fail(ANA_ERR_SHAPE, "ntf: the modes of the two models differ");
    }
    double *cost = ana_workspace_doubles(&workspace, a->rank, b->rank);
    size_t *partner = ana_workspace_sizes(&workspace, a->rank, 1);
    ANA_TRY(ana_workspace_check(&workspace, "ntf"));
    for (size_t r = 0; r < a->rank; r++) {
        for (size_t q = 0; q < b->rank; q++) {
            cost[r * b->rank + q] = -congruence_of(a, r, b, q);
        }
    }
    ANA_TRY(ana_assignment_solve(a->rank, b->rank, cost, partner, &total));
    for (size_t r = 0; r < a->rank; r++) {
        if (order != NULL) {
            order[r] = partner[r];
        }
        if (congruence != NULL) {
            congruence[r] = partner[r] != ANA_UNASSIGNED ? -cost[r * b->rank + partner[r]] : 0.0;
        }
    }
    if (similarity != NULL) {
        *similarity = -total / (double)(a->rank > b->rank ? a->rank : b->rank);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* By the expansion of the norm, where the backend has no better. */
static ana_status expand_residual(ntf_job *job, ana_workspace *workspace, double *out)
{
    ana_status status = ANA_OK;
    const size_t rank = job->rank;
    double *target = ana_workspace_doubles(workspace, job->tensor->length[0], rank);
    double model = 0.0;
    double common = 0.0;
    ANA_TRY(ana_workspace_check(workspace, "ntf"));
    job->fills = job->tensor->has_missing;
    ANA_TRY(job->tensor->backend->contract(job));
    ANA_TRY(job->tensor->backend->mttkrp(job, 0, target));
    for (size_t k = 0; k < job->tensor->length[0] * rank; k++) {
        common += target[k] * job->factors[0][k];
    }
    for (size_t r = 0; r < rank; r++) {
        for (size_t q = 0; q < rank; q++) {
            double product = 1.0;
            for (size_t m = 0; m < job->tensor->n_modes; m++) {
                double sum = 0.0;
                for (size_t i = 0; i < job->tensor->length[m]; i++) {
                    sum += job->factors[m][i * rank + r] * job->factors[m][i * rank + q];
                }
                product *= sum;
            }
            model += product;
        }
    }
    *out = job->tensor->square - 2.0 * common + model + job->filled[0];
done:
    return status;
}

ana_status ana_ntf_error(const ana_ntf *ntf, const ana_tensor *tensor, const ana_run *run,
                         double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ntf_job job = {0};
    double square = 0.0;
    for (size_t m = 0; m < ntf->n_modes; m++) {
        if (ntf->n_modes != tensor->n_modes || ntf->length[m] != tensor->length[m]) {
            return ana_fail(ANA_ERR_SHAPE, "ntf: model and tensor differ in mode %zu", m);
        }
    }
    ANA_TRY(ntf_job_new(tensor, run, ntf->rank, 1, &workspace, &job));
    for (size_t m = 0; m < ntf->n_modes; m++) {
        for (size_t k = 0; k < ntf->length[m] * ntf->rank; k++) {
            const double weight = m == 0 ? ntf->weights[k % ntf->rank] : 1.0;
            job.factors[m][k] = weight * ntf->factors[m][k];
        }
    }
    if (tensor->backend->residual != NULL) {
        ANA_TRY(tensor->backend->residual(&job, &square));
    } else {
        ANA_TRY(expand_residual(&job, &workspace, &square));
    }
    *out = sqrt(fmax(square, 0.0) / tensor->square);
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_tensor_mttkrp(const ana_tensor *tensor, const ana_run *run, size_t n_columns,
                             const double *const *factors, size_t mode, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ntf_job job = {0};
    if (mode >= tensor->n_modes || n_columns == 0) {
        return ana_fail(ANA_ERR_SHAPE, "tensor: mode %zu of %zu, %zu columns", mode,
                        tensor->n_modes, n_columns);
    }
    ANA_TRY(ntf_job_new(tensor, run, n_columns, 1, &workspace, &job));
    for (size_t m = 0; m < tensor->n_modes; m++) {
        const double *given = m != mode ? factors[m] : NULL;
        if (given != NULL) {
            memcpy(job.factors[m], given, tensor->length[m] * n_columns * sizeof *given);
        }
    }
    if (mode + 1 < tensor->n_modes) {
        ANA_TRY(tensor->backend->contract(&job));
    }
    ANA_TRY(tensor->backend->mttkrp(&job, mode, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* out (rank x length) = the pseudoinverse of a mode's factor, with the weights in the first mode.
 */
static ana_status invert_factor(const ana_ntf *ntf, size_t mode, ana_workspace *workspace,
                                double **out)
{
    ana_status status = ANA_OK;
    const size_t n = ntf->length[mode];
    const size_t rank = ntf->rank;
    double *weighted = ana_workspace_doubles(workspace, n, rank);
    const size_t n_values = n < rank ? n : rank;
    double *u = ana_workspace_doubles(workspace, n, n_values);
    double *s = ana_workspace_doubles(workspace, n_values, 1);
    double *vt = ana_workspace_doubles(workspace, n_values, rank);
    *out = ana_workspace_doubles(workspace, rank, n);
    ANA_TRY(ana_workspace_check(workspace, "ntf"));
    for (size_t k = 0; k < n * rank; k++) {
        weighted[k] = ntf->factors[mode][k] * (mode == 0 ? ntf->weights[k % rank] : 1.0);
    }
    ANA_TRY(ana_linalg_svd(n, rank, weighted, u, s, vt));
    for (size_t k = 0; k < n * n_values; k++) {
        const double value = s[k % n_values];
        u[k] = value > 1e-15 * s[0] ? u[k] / value : 0.0;
    }
    const ana_gemm shape = {.n_rows = rank,
                            .n_inner = n_values,
                            .n_columns = n,
                            .transpose_a = true,
                            .transpose_b = true,
                            .alpha = 1.0};
    ANA_TRY(ana_linalg_gemm(&shape, vt, u, *out));
done:
    return status;
}

/* |core - I|^2: the core's entry (p, c) with c counting the indices of the other modes, the last
 * fastest. */
static double distance_of_core(const ana_ntf *ntf, size_t n_columns, const double *core)
{
    double sum = 0.0;
    for (size_t p = 0; p < ntf->rank; p++) {
        for (size_t c = 0; c < n_columns; c++) {
            bool diagonal = true;
            for (size_t m = 1, rest = c; m < ntf->n_modes; m++, rest /= ntf->rank) {
                diagonal = diagonal && rest % ntf->rank == p;
            }
            const double distance = core[p * n_columns + c] - (diagonal ? 1.0 : 0.0);
            sum += distance * distance;
        }
    }
    return sum;
}

ana_status ana_ntf_core_consistency(const ana_ntf *ntf, const ana_tensor *tensor,
                                    const ana_run *run, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *inverse[ANA_TENSOR_MAX_MODES] = {NULL};
    double *spread[ANA_TENSOR_MAX_MODES] = {NULL};
    const size_t rank = ntf->rank;
    size_t n_columns = 1;
    for (size_t m = 1; m < ntf->n_modes && n_columns <= MOST_PRODUCTS; m++) {
        n_columns *= rank;
    }
    if (n_columns > MOST_PRODUCTS || tensor->has_missing) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "ntf: no core consistency of tensors with missing entries, or of %zu "
                        "components",
                        rank);
    }
    for (size_t m = 0; m < ntf->n_modes; m++) {
        ANA_TRY(invert_factor(ntf, m, &workspace, &inverse[m]));
        spread[m] = ana_workspace_doubles(&workspace, ntf->length[m], n_columns);
    }
    double *product = ana_workspace_doubles(&workspace, ntf->length[0], n_columns);
    double *core = ana_workspace_doubles(&workspace, rank, n_columns);
    ANA_TRY(ana_workspace_check(&workspace, "ntf"));
    for (size_t m = 1, stride = 1; m < ntf->n_modes; m++, stride *= rank) {
        for (size_t k = 0; k < ntf->length[m] * n_columns; k++) {
            const size_t r = k % n_columns / stride % rank;
            spread[m][k] = inverse[m][r * ntf->length[m] + k / n_columns];
        }
    }
    ANA_TRY(ana_tensor_mttkrp(tensor, run, n_columns, (const double *const *)spread, 0, product));
    ANA_TRY(ana_linalg_multiply(rank, ntf->length[0], n_columns, inverse[0], product, core));
    *out = 100.0 * (1.0 - distance_of_core(ntf, n_columns, core) / (double)rank);
done:
    ana_workspace_release(&workspace);
    return status;
}
