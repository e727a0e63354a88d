/* The mean of matrices that are known in some channels, or subspaces, only. */
#include "dense.h"
#include "spd_mean_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>
#include <analysis/models/spd_missing.h>

#include <math.h>
#include <string.h>

const ana_option ana_spd_missing_option_table[] = {
    {"mean-tolerance", ANA_OPTION_DOUBLE, offsetof(ana_spd_missing_options, tolerance), 1e-15, 1.0,
     NULL, "CHANGE", "relative change at which a mean has settled (default 1e-9)", false},
    {"mean-iterations", ANA_OPTION_SIZE, offsetof(ana_spd_missing_options, max_iterations), 1, 1e6,
     NULL, "N", "steps towards a mean at most (default 1000)", false},
    {"mean-compat", ANA_OPTION_BOOL, offsetof(ana_spd_missing_options, compat), 0, 0, NULL, NULL,
     "end where pyRiemann does, which is not the least sum of squares (default no)", false},
    ANA_OPTION_END,
};

ana_spd_missing_options ana_spd_missing_options_default(void)
{
    return (ana_spd_missing_options){
        .run = ana_run_default(), .tolerance = 1e-9, .max_iterations = 1000};
}

/* The matrices in their subspaces, real, one after the other. */
typedef struct partial {
    size_t n_matrices;
    size_t n; /* rows of M */
    bool compat;
    const ana_run *run;
    const size_t *columns; /* n_matrices: of each mask */
    const double *masks;   /* n x columns, one after the other */
    double *known;         /* columns x columns, one after the other */
    double *room[6];       /* n x n each */
} partial;

/* out (columns x n_right) = U^T A, A n x n_right. */
static ana_status reduce(const partial *at, size_t k, const double *mask, size_t n_right,
                         const double *a, double *out)
{
    const ana_gemm shape = {at->columns[k], at->n, n_right, true, false, 1.0, 0.0};
    return ana_linalg_gemm(&shape, mask, a, out);
}

/* K with J = sum w K^T S K: L_A^-1 U^T L, or in pyRiemann's way (L^-1 U L_A)^T. */
static ana_status find_frame(const partial *at, const spd_job *job, size_t k, const double *mask,
                             const double *lower, double *out)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    const size_t m = at->columns[k];
    if (!at->compat) {
        ANA_TRY(reduce(at, k, mask, n, job->lower, out));
        return ana_linalg_solve_lower(m, lower, false, n, out, out);
    }
    ANA_TRY(ana_linalg_multiply(n, m, m, mask, lower, at->room[3]));
    ANA_TRY(ana_linalg_solve_lower(n, job->lower, false, m, at->room[3], at->room[3]));
    ana_transpose(n, m, at->room[3], out);
done:
    return status;
}

static double take_log(double value, double power)
{
    (void)power;
    return log(value);
}

/* w K^T log(L_A^-1 B L_A^-T) K is added to j. */
static ana_status add_direction(const partial *at, const spd_job *job, size_t k, const double *mask,
                                const double *known, const double *mean, double *j)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    const size_t m = at->columns[k];
    double *a = at->room[0];
    double *lower = at->room[1];
    double *log_known = at->room[2];
    double *frame = at->room[4];
    const ana_gemm right = {m, n, m, false, false, 1.0, 0.0};
    const ana_gemm add = {n, m, n, true, false, job->weights[k], 1.0};
    ANA_TRY(reduce(at, k, mask, n, mean, at->room[3]));
    ANA_TRY(ana_linalg_gemm(&right, at->room[3], mask, a));
    ANA_TRY(ana_linalg_cholesky(m, a, lower));
    const spd_work work = {
        .n = m, .lower = lower, .function = take_log, .positive = true, .maps = log_known};
    ANA_TRY(spd_run(&work, 1, known, at->run));
    ANA_TRY(find_frame(at, job, k, mask, lower, frame));
    ANA_TRY(ana_linalg_multiply(m, m, n, log_known, frame, at->room[5]));
    ANA_TRY(ana_linalg_gemm(&add, frame, at->room[5], j));
done:
    return status;
}

static ana_status find_direction(const spd_job *job, const void *user, const double *mean,
                                 double *j)
{
    ana_status status = ANA_OK;
    const partial *at = user;
    const double *mask = at->masks;
    const double *known = at->known;
    memset(j, 0, at->n * at->n * sizeof *j);
    for (size_t k = 0; k < at->n_matrices; k++) {
        if (job->weights[k] > 0.0) {
            ANA_TRY(add_direction(at, job, k, mask, known, mean, j));
        }
        mask += at->n * at->columns[k];
        known += at->columns[k] * at->columns[k];
    }
    spd_symmetrise(at->n, j);
done:
    return status;
}

/* known = U^T X U, each; ANA_ERR_VALUE for the first that is not positive definite. */
static ana_status find_known(const partial *at, const double *x)
{
    ana_status status = ANA_OK;
    const double *mask = at->masks;
    double *known = at->known;
    for (size_t k = 0; k < at->n_matrices; k++) {
        const size_t m = at->columns[k];
        const ana_gemm right = {m, at->n, m, false, false, 1.0, 0.0};
        ANA_TRY(reduce(at, k, mask, at->n, x + k * at->n * at->n, at->room[0]));
        ANA_TRY(ana_linalg_gemm(&right, at->room[0], mask, known));
        spd_symmetrise(m, known);
        const ana_spd_set one = {m, false, 1, known};
        status = ana_spd_check(&one, at->run);
        if (status == ANA_ERR_VALUE) {
            return ana_fail(ANA_ERR_VALUE,
                            "spd: matrix %zu is not positive definite in the channels it has", k);
        }
        ANA_TRY(status);
        mask += at->n * m;
        known += m * m;
    }
done:
    return status;
}

/* sum w (U B U^T + (I - U U^T) tr B / m): positive definite, of the data's unit. */
static ana_status find_start(const partial *at, const double *weights, double *mean)
{
    ana_status status = ANA_OK;
    const size_t n = at->n;
    const double *mask = at->masks;
    const double *known = at->known;
    for (size_t k = 0; k < at->n_matrices; k++) {
        const size_t m = at->columns[k];
        double variance = 0.0;
        for (size_t i = 0; i < m; i++) {
            variance += weights[k] * known[i * (m + 1)] / (double)m;
        }
        for (size_t e = 0; e < m * m; e++) { /* B less the variance that all directions get */
            at->room[0][e] = weights[k] * known[e] - (e % (m + 1) == 0 ? variance : 0.0);
        }
        const ana_gemm add = {n, m, n, false, true, 1.0, 1.0};
        ANA_TRY(ana_linalg_multiply(n, m, m, mask, at->room[0], at->room[1]));
        ANA_TRY(ana_linalg_gemm(&add, at->room[1], mask, mean));
        for (size_t i = 0; i < n; i++) {
            mean[i * (n + 1)] += variance;
        }
        mask += n * m;
        known += m * m;
    }
    spd_symmetrise(n, mean);
done:
    return status;
}

/* The mean of real matrices (NaN where no mask leads) with real masks. */
static ana_status find_mean(partial *at, const double *x, const double *weights,
                            const ana_spd_missing_options *options, ana_spd_mean_info *info,
                            double *mean)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = at->n;
    size_t n_known = 0;
    ana_spd_mean_options walk = ana_spd_mean_options_default();
    walk.tolerance = options->tolerance;
    walk.max_iterations = options->max_iterations;
    for (size_t k = 0; k < at->n_matrices; k++) {
        n_known += at->columns[k] * at->columns[k];
    }
    double *shares = ana_workspace_doubles(&workspace, at->n_matrices, 1);
    spd_job job = {.n = n, .n_matrices = at->n_matrices, .weights = shares, .run = &options->run};
    job.lower = ana_workspace_doubles(&workspace, n, n);
    for (size_t i = 0; i < SPD_N_SMALL; i++) {
        job.small[i] = ana_workspace_doubles(&workspace, n, n);
    }
    for (size_t i = 0; i < sizeof at->room / sizeof at->room[0]; i++) {
        at->room[i] = ana_workspace_doubles(&workspace, n, n);
    }
    at->known = ana_workspace_doubles(&workspace, n_known, 1);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    ANA_TRY(spd_normalise_weights(at->n_matrices, weights, shares));
    ANA_TRY(find_known(at, x));
    ANA_TRY(find_start(at, shares, mean));
    const spd_direction direction = {find_direction, at, at->compat};
    ANA_TRY(spd_walk(&job, &direction, &walk, info, mean));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Masks of embedded matrices: those of the complex ones, twice. */
static const double *embed_masks(const ana_spd_set *set, const size_t *n_columns,
                                 const double *masks, size_t *doubled, ana_workspace *workspace)
{
    const size_t n = set->n;
    size_t n_all = 0;
    for (size_t k = 0; k < set->n_matrices; k++) {
        n_all += n_columns[k];
    }
    double *out = ana_workspace_doubles(workspace, 4 * n, n_all);
    double *to = out;
    for (size_t k = 0; k < set->n_matrices && out != NULL; k++) {
        const size_t m = n_columns[k];
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < m; j++) {
                to[i * 2 * m + j] = to[(n + i) * 2 * m + m + j] = masks[i * m + j];
            }
        }
        doubled[k] = 2 * m;
        masks += n * m;
        to += 4 * n * m;
    }
    return out;
}

/* Whether columns i and j of an n x m mask are orthonormal. */
static bool are_orthonormal(size_t n, size_t m, const double *mask, size_t i, size_t j)
{
    double product = i == j ? -1.0 : 0.0;
    for (size_t r = 0; r < n; r++) {
        product += mask[r * m + i] * mask[r * m + j];
    }
    return fabs(product) <= 1e-8;
}

static ana_status check_masks(const ana_spd_set *set, const size_t *n_columns, const double *masks)
{
    const size_t n = set->n;
    for (size_t k = 0; k < set->n_matrices; k++) {
        const size_t m = n_columns[k];
        if (m == 0 || m > n) {
            return ana_fail(ANA_ERR_VALUE, "spd: mask %zu of %zu columns; 1 to %zu are right", k, m,
                            n);
        }
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j <= i; j++) {
                if (!are_orthonormal(n, m, masks, i, j)) {
                    return ana_fail(ANA_ERR_VALUE,
                                    "spd: columns %zu and %zu of mask %zu are not orthonormal", j,
                                    i, k);
                }
            }
        }
        masks += n * m;
    }
    return ANA_OK;
}

/* What both functions do once masks are known and checked. */
static ana_status mean_of(const ana_spd_set *set, const size_t *n_columns, const double *masks,
                          const double *weights, const ana_spd_missing_options *options,
                          ana_spd_mean_info *info, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_spd_mean_info found = {0};
    const ana_spd_set one = {set->n, set->hermitian, 1, out};
    partial at = {.n_matrices = set->n_matrices,
                  .n = spd_rows(set),
                  .compat = options->compat,
                  .run = &options->run,
                  .columns = n_columns,
                  .masks = masks};
    const double *real = spd_real(set, &workspace);
    double *mean = ana_workspace_doubles(&workspace, at.n, at.n);
    size_t *doubled = ana_workspace_sizes(&workspace, set->n_matrices, 1);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    if (set->hermitian) {
        at.masks = embed_masks(set, n_columns, masks, doubled, &workspace);
        at.columns = doubled;
        ANA_TRY(ana_workspace_check(&workspace, "spd"));
    }
    ANA_TRY(find_mean(&at, real, weights, options, &found, mean));
    if (!found.converged && info == NULL) {
        ANA_TRY(ana_fail(ANA_ERR_NUMERIC,
                         "spd: the mean has not settled after %zu steps (%.3g of %.3g)",
                         found.n_iterations, found.residual, options->tolerance));
    }
    if (set->hermitian) {
        spd_unembed(&one, mean, out);
    } else {
        memcpy(out, mean, at.n * at.n * sizeof *out);
    }
    if (info != NULL) {
        *info = found;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_input(const ana_spd_set *set, const ana_spd_missing_options *options)
{
    if (set->n_matrices == 0 || set->n == 0) {
        return ana_fail(ANA_ERR_VALUE, "spd: a mean of %zu matrices of %zu rows", set->n_matrices,
                        set->n);
    }
    return ana_options_check(ana_spd_missing_option_table, options, "spd");
}

ana_status ana_spd_mean_masked(const ana_spd_set *set, const size_t *n_columns, const double *masks,
                               const double *weights, const ana_spd_missing_options *options,
                               ana_spd_mean_info *info, double *out)
{
    ana_status status = ANA_OK;
    const ana_spd_missing_options chosen =
        options != NULL ? *options : ana_spd_missing_options_default();
    ANA_TRY(check_input(set, &chosen));
    ANA_TRY(spd_check_symmetric(set));
    ANA_TRY(check_masks(set, n_columns, masks));
    ANA_TRY(mean_of(set, n_columns, masks, weights, &chosen, info, out));
done:
    return status;
}

/* Which channels a matrix has: those with a number on the diagonal, where all between them are. */
static ana_status find_channels(const ana_spd_set *set, size_t k, bool *has, size_t *n_has)
{
    const size_t n = set->n;
    const size_t step = set->hermitian ? 2 : 1;
    const double *x = set->values + k * ana_spd_size(set);
    *n_has = 0;
    for (size_t i = 0; i < n; i++) {
        has[i] = !isnan(x[step * i * (n + 1)]);
        *n_has += has[i] ? 1 : 0;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            const double value = x[step * (i * n + j)];
            const bool is_known = has[i] && has[j];
            if (is_known != !isnan(value)) {
                return ana_fail(ANA_ERR_VALUE,
                                "spd: element [%zu, %zu] of matrix %zu is %s; whole channels are "
                                "missing, or none",
                                i, j, k, is_known ? "missing" : "there alone");
            }
        }
    }
    if (*n_has == 0) {
        return ana_fail(ANA_ERR_VALUE, "spd: matrix %zu has no channel", k);
    }
    return ANA_OK;
}

/* The set with zeros for what is missing, and a mask for each matrix. */
typedef struct gaps {
    double *values;
    double *masks;
    size_t *n_columns;
    bool *has;      /* n, of one matrix */
    bool *together; /* n x n: some matrix has both */
} gaps;

/* Matrix k: its mask goes to `mask`. */
static ana_status close_gaps(const ana_spd_set *set, size_t k, bool counts, const gaps *at,
                             double *mask)
{
    ana_status status = ANA_OK;
    const size_t n = set->n;
    const size_t step = set->hermitian ? 2 : 1;
    size_t column = 0;
    ANA_TRY(find_channels(set, k, at->has, &at->n_columns[k]));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            const size_t e = k * ana_spd_size(set) + step * (i * n + j);
            const bool is_known = at->has[i] && at->has[j];
            at->together[i * n + j] = at->together[i * n + j] || (is_known && counts);
            for (size_t part = 0; part < step; part++) {
                at->values[e + part] = is_known ? set->values[e + part] : 0.0;
            }
        }
        if (at->has[i]) {
            mask[i * at->n_columns[k] + column++] = 1.0;
        }
    }
done:
    return status;
}

static ana_status check_together(size_t n, const bool *together)
{
    for (size_t i = 0; i < n; i++) {
        if (!together[i * (n + 1)]) {
            return ana_fail(ANA_ERR_VALUE, "spd: channel %zu is missing in all matrices", i);
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!together[i * n + j]) {
                return ana_fail(ANA_ERR_VALUE,
                                "spd: no matrix has both channel %zu and channel %zu", j, i);
            }
        }
    }
    return ANA_OK;
}

ana_status ana_spd_mean_missing(const ana_spd_set *set, const double *weights,
                                const ana_spd_missing_options *options, ana_spd_mean_info *info,
                                double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_spd_missing_options chosen =
        options != NULL ? *options : ana_spd_missing_options_default();
    const size_t n = set->n;
    size_t offset = 0;
    ANA_TRY(check_input(set, &chosen));
    const gaps at = {.values =
                         ana_workspace_doubles(&workspace, set->n_matrices, ana_spd_size(set)),
                     .masks = ana_workspace_doubles(&workspace, set->n_matrices * n, n),
                     .n_columns = ana_workspace_sizes(&workspace, set->n_matrices, 1),
                     .has = ana_workspace_bytes(&workspace, n, 1, sizeof(bool)),
                     .together = ana_workspace_bytes(&workspace, n, n, sizeof(bool))};
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    for (size_t k = 0; k < set->n_matrices; k++) {
        const bool counts = weights == NULL || weights[k] > 0.0;
        ANA_TRY(close_gaps(set, k, counts, &at, at.masks + offset));
        offset += n * at.n_columns[k];
    }
    ANA_TRY(check_together(n, at.together));
    const ana_spd_set closed = {n, set->hermitian, set->n_matrices, at.values};
    ANA_TRY(spd_check_symmetric(&closed));
    ANA_TRY(mean_of(&closed, at.n_columns, at.masks, weights, &chosen, info, out));
done:
    ana_workspace_release(&workspace);
    return status;
}
