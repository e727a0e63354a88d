/* Eigenvalues and functions of many real symmetric matrices. */
#include "blas.h"
#include "dense.h"
#include "matrix_lanes.h"
#include "memory.h"
#include "spd_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

#include <float.h>
#include <math.h>
#include <omp.h>
#include <string.h>

size_t ana_spd_size(const ana_spd_set *set)
{
    return (set->hermitian ? 2 : 1) * set->n * set->n;
}

const double *spd_real(const ana_spd_set *set, ana_workspace *workspace)
{
    const size_t n = set->n;
    const size_t rows = spd_rows(set);
    if (!set->hermitian) {
        return set->values;
    }
    double *out = ana_workspace_doubles(workspace, set->n_matrices * rows, rows);
    for (size_t e = 0; e < set->n_matrices * n * n && out != NULL; e++) {
        const double *pair = set->values + 2 * e;
        const size_t i = e / n % n;
        const size_t j = e % n;
        double *real = out + e / (n * n) * rows * rows;
        real[i * rows + j] = pair[0];
        real[(n + i) * rows + n + j] = pair[0];
        real[(n + i) * rows + j] = pair[1];
        real[i * rows + n + j] = -pair[1];
    }
    return out;
}

void spd_unembed(const ana_spd_set *set, const double *real, double *out)
{
    const size_t n = set->n;
    const size_t rows = spd_rows(set);
    for (size_t k = 0; k < set->n_matrices; k++) {
        const double *from = real + k * rows * rows;
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j <= i; j++) {
                double *below = out + 2 * ((k * n + i) * n + j);
                double *above = out + 2 * ((k * n + j) * n + i);
                const double a = 0.5 * (from[i * rows + j] + from[(n + i) * rows + n + j]);
                const double b = 0.5 * (from[(n + i) * rows + j] - from[i * rows + n + j]);
                below[0] = above[0] = a;
                below[1] = i == j ? 0.0 : b;
                above[1] = i == j ? 0.0 : -b;
            }
        }
    }
}

/* What may go wrong with a matrix. */
typedef enum failure {
    FINE,
    NOT_POSITIVE,
    NOT_FINITE, /* numbers that are none, an iteration without end, or f(value) without a value */
    NO_MEMORY,
} failure;

/* Room of a thread. */
typedef struct room {
    double *lanes;   /* n x n x 8, or n x n */
    double *vectors; /* the same */
    double *values;  /* n x 8 */
    double *scratch; /* 3 n x 8 */
} room;

static failure judge(const spd_work *work, const double *values, size_t stride)
{
    double low = INFINITY;
    double high = -INFINITY;
    for (size_t i = 0; i < work->n; i++) {
        if (!isfinite(values[i * stride])) {
            return NOT_FINITE;
        }
        low = fmin(low, values[i * stride]);
        high = fmax(high, values[i * stride]);
    }
    return work->positive && !(low > (double)work->n * DBL_EPSILON * high) ? NOT_POSITIVE : FINE;
}

/* values become f(values) */
static failure map_values(const spd_work *work, double *values, size_t stride)
{
    for (size_t i = 0; i < work->n; i++) {
        values[i * stride] = work->function(values[i * stride], work->power);
        if (!isfinite(values[i * stride])) {
            return NOT_FINITE;
        }
    }
    return FINE;
}

static bool is_finite(size_t n, const double *matrix)
{
    for (size_t e = 0; e < n * n; e++) {
        if (!isfinite(matrix[e])) {
            return false;
        }
    }
    return true;
}

/* Lanes fail together: where some hold numbers that are not finite, the others are not to blame. */
static void forgive(size_t n, size_t n_here, const double *matrices, failure *failures)
{
    size_t n_finite = 0;
    for (size_t k = 0; k < n_here; k++) {
        n_finite += is_finite(n, matrices + k * n * n);
    }
    for (size_t k = 0; k < n_here && n_finite < n_here; k++) {
        failures[k] = is_finite(n, matrices + k * n * n) ? FINE : NOT_FINITE;
    }
}

/* Matrices first ... first + n_here - 1, eight at most. */
static void run_lanes(const spd_work *work, size_t first, size_t n_here, const double *matrices,
                      const room *at, failure *failures)
{
    const size_t n = work->n;
    ana_lanes_pack(n, n_here, matrices + first * n * n, at->lanes);
    if (work->lower != NULL) {
        ana_lanes_whiten(n, work->lower, at->lanes);
    }
    const bool converged = ana_lanes_eigen(n, at->lanes, at->values,
                                           work->maps != NULL ? at->vectors : NULL, at->scratch);
    for (size_t k = 0; k < n_here; k++) {
        double *values = at->values + k;
        failures[first + k] = converged ? judge(work, values, ANA_LANES) : NOT_FINITE;
        for (size_t i = 0; i < n && work->values != NULL; i++) {
            work->values[(first + k) * n + i] = values[i * ANA_LANES];
        }
        if (work->maps != NULL && failures[first + k] == FINE) {
            failures[first + k] = map_values(work, values, ANA_LANES);
        }
    }
    if (!converged) {
        forgive(n, n_here, matrices + first * n * n, failures + first);
    }
    if (work->maps != NULL) {
        ana_lanes_rebuild(n, at->values, at->vectors, at->lanes);
        ana_lanes_unpack(n, n_here, at->lanes, work->maps + first * n * n);
    }
}

/* The same of one matrix, by LAPACK. */
static void run_one(const spd_work *work, size_t k, const double *matrices, const room *at,
                    failure *failures)
{
    const size_t n = work->n;
    double *x = at->lanes;
    double *v = at->vectors;
    ana_status status = ANA_OK;
    memcpy(x, matrices + k * n * n, n * n * sizeof *x);
    if (work->lower != NULL) { /* L^-1 X, transposed X L^-T, and again */
        ANA_TRY(ana_linalg_solve_lower(n, work->lower, false, n, x, v));
        ana_transpose(n, n, v, x);
        ANA_TRY(ana_linalg_solve_lower(n, work->lower, false, n, x, x));
    }
    ANA_TRY(ana_linalg_eigen_symmetric(n, x, at->values, work->maps != NULL ? v : NULL));
    failures[k] = judge(work, at->values, 1);
    if (work->values != NULL) {
        memcpy(work->values + k * n, at->values, n * sizeof *work->values);
    }
    if (work->maps == NULL || failures[k] != FINE) {
        return;
    }
    failures[k] = map_values(work, at->values, 1);
    if (failures[k] == FINE) {
        ana_blas_rebuild(n, at->values, v, x, work->maps + k * n * n);
    }
done:
    if (status != ANA_OK) {
        failures[k] = status == ANA_ERR_MEMORY ? NO_MEMORY : NOT_FINITE;
    }
}

/* The sentence of the first failure. */
static ana_status report(size_t n_matrices, const failure *failures)
{
    for (size_t k = 0; k < n_matrices; k++) {
        if (failures[k] == NOT_POSITIVE) {
            return ana_fail(ANA_ERR_VALUE,
                            "matrix %zu is not positive definite: channels that depend on each "
                            "other (an average reference, removed components, fewer samples than "
                            "channels) do that; shrinkage or a projection to its rank would help",
                            k);
        }
        if (failures[k] == NO_MEMORY) {
            return ana_fail(ANA_ERR_MEMORY, "matrix %zu: no memory for its eigenvalues", k);
        }
        if (failures[k] == NOT_FINITE) {
            return ana_fail(ANA_ERR_NUMERIC,
                            "matrix %zu holds numbers that are not finite, or too large", k);
        }
    }
    return ANA_OK;
}

/* Eight in lanes take three to five times as long as one alone by LAPACK. */
static bool is_in_lanes(const spd_work *work, size_t n_matrices)
{
    return work->n <= ANA_LANES_MAX_N && n_matrices > 1;
}

/* Blocks are dealt to threads; no matrix depends on which. */
static void run_blocks(const spd_work *work, size_t n_matrices, const double *matrices,
                       int n_threads, const room *rooms, failure *failures)
{
    const bool in_lanes = is_in_lanes(work, n_matrices);
    const size_t step = in_lanes ? ANA_LANES : 1;
    const size_t n_blocks = (n_matrices + step - 1) / step;
#pragma omp parallel for default(none) schedule(static) num_threads(n_threads)                     \
    shared(work, n_matrices, matrices, rooms, failures, in_lanes, step, n_blocks)
    for (size_t b = 0; b < n_blocks; b++) {
        const room *at = rooms + omp_get_thread_num();
        const size_t first = b * step;
        if (in_lanes) {
            const size_t left = n_matrices - first;
            run_lanes(work, first, left < step ? left : step, matrices, at, failures);
        } else {
            run_one(work, first, matrices, at, failures);
        }
    }
}

ana_status spd_run(const spd_work *work, size_t n_matrices, const double *matrices,
                   const ana_run *run)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = work->n;
    const size_t lanes = is_in_lanes(work, n_matrices) ? ANA_LANES : 1;
    /* A thread takes longer to wake than a million operations. */
    const double n_operations = 12.0 * (double)n_matrices * (double)(n * n * n);
    const int n_threads =
        n_operations < 1e6 ? 1 : ana_run_threads(run, (n_matrices + lanes - 1) / lanes);
    room *rooms = ana_workspace_bytes(&workspace, (size_t)n_threads, 1, sizeof *rooms);
    failure *failures = ana_workspace_bytes(&workspace, n_matrices, 1, sizeof *failures);
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    for (int t = 0; t < n_threads; t++) {
        rooms[t].lanes = ana_workspace_doubles(&workspace, n * lanes, n);
        rooms[t].vectors = ana_workspace_doubles(&workspace, n * lanes, n);
        rooms[t].values = ana_workspace_doubles(&workspace, n * lanes, 1);
        rooms[t].scratch = ana_workspace_doubles(&workspace, n * lanes, 3);
    }
    ANA_TRY(ana_workspace_check(&workspace, "spd"));
    run_blocks(work, n_matrices, matrices, n_threads, rooms, failures);
    ANA_TRY(report(n_matrices, failures));
done:
    ana_workspace_release(&workspace);
    return status;
}
