/* The rank of covariances: what is null in all of them, and in some. */
#include "dense.h"
#include "memory.h"
#include "order.h"
#include "spd_rank_parts.h"
#include "try.h"
#include "workspace.h"

#include <analysis/linalg.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const ana_option ana_spd_rank_option_table[] = {
    {"rank-tolerance", ANA_OPTION_DOUBLE, offsetof(ana_spd_rank_options, tolerance), 0.0, 1e-2,
     NULL, "RATIO", "eigenvalues below this part of the largest may be 0 (default 1e-10)", false},
    {"rank-gap", ANA_OPTION_DOUBLE, offsetof(ana_spd_rank_options, gap), 2.0, 1e12, NULL, "RATIO",
     "and are, this many times below the next one (default 100)", false},
    {"rank-dimensions", ANA_OPTION_SIZE, offsetof(ana_spd_rank_options, n_dimensions), 0, 1e6, NULL,
     "N", "dimensions of the common subspace at most (default 0: all there are)", false},
    ANA_OPTION_END,
};

ana_spd_rank_options ana_spd_rank_options_default(void)
{
    return (ana_spd_rank_options){.run = ana_run_default(), .tolerance = 1e-10, .gap = 100.0};
}

void ana_spd_rank_free(ana_spd_rank *rank)
{
    if (rank == NULL) {
        return;
    }
    for (size_t f = 0; f < rank->n_findings; f++) {
        free(rank->findings[f].channels);
    }
    free(rank->findings);
    free(rank->basis);
    free(rank->ranks);
    free(rank->sentence);
    free(rank);
}

size_t spd_rank_count_null(const spd_rank_search *search, const double *values)
{
    const double high = values[search->rows - 1];
    const double nothing = (double)search->rows * DBL_EPSILON * high;
    size_t n_null = 0;
    for (size_t i = 0; i + 1 < search->rows; i++) {
        const bool below_gap = values[i] <= search->options->tolerance * high &&
                               values[i + 1] >= search->options->gap * values[i];
        if (values[i] <= nothing || below_gap) {
            n_null = i + 1;
        }
    }
    return n_null;
}

static double trace_of(const spd_rank_search *search, const double *matrix)
{
    double trace = 0.0;
    for (size_t i = 0; i < search->rows; i++) {
        trace += matrix[i * (search->rows + 1)];
    }
    return trace;
}

/* Every matrix over its trace, so that a loud one does not hide what is null in the others. */
static ana_status find_mean(spd_rank_search *search, const double *matrices)
{
    const size_t size = search->rows * search->rows;
    const size_t n_matrices = search->set->n_matrices;
    for (size_t k = 0; k < n_matrices; k++) {
        const double *x = matrices + k * size;
        const double trace = trace_of(search, x);
        if (!(trace > 0.0)) {
            return ana_fail(ANA_ERR_VALUE,
                            "rank: matrix %zu has no variance; leave its trial out, or look at its "
                            "channels",
                            k);
        }
        for (size_t e = 0; e < size; e++) {
            search->mean[e] += x[e] / trace / (double)n_matrices;
        }
    }
    return ANA_OK;
}

/* A channel is flat when its variance is lost beside that of the loudest. */
static void find_scale(spd_rank_search *search)
{
    double loudest = 0.0;
    for (size_t c = 0; c < search->n; c++) {
        loudest = fmax(loudest, search->mean[c * (search->rows + 1)]);
    }
    for (size_t c = 0; c < search->n; c++) {
        const double variance = search->mean[c * (search->rows + 1)];
        const bool is_flat = !(variance > (double)search->n * DBL_EPSILON * loudest);
        search->scale[c] = is_flat ? 0.0 : sqrt(variance);
        search->n_flat += is_flat ? 1 : 0;
    }
}

/* Correlations, by the mean's variances; a flat channel is one of its own. */
static void rescale(const spd_rank_search *search, const double *from, double *to)
{
    const size_t rows = search->rows;
    const double trace = trace_of(search, from);
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < rows; j++) {
            const double scale = search->scale[i % search->n] * search->scale[j % search->n];
            const double alone = i == j ? 1.0 : 0.0;
            to[i * rows + j] = scale > 0.0 ? from[i * rows + j] / trace / scale : alone;
        }
    }
}

/* One below 0 by more than rounding is of no covariance. */
static ana_status refuse_negative(const spd_rank_search *search, const double *values, size_t k)
{
    const double high = values[search->rows - 1];
    if (values[0] < -1e-7 * high) {
        return ana_fail(ANA_ERR_VALUE,
                        "rank: matrix %zu is no covariance: its smallest eigenvalue is %.3g of "
                        "the largest",
                        k, values[0] / high);
    }
    return ANA_OK;
}

/* The rank of each, the lowest of them, and where it is. */
static ana_status find_ranks(const spd_rank_search *search, const double *scaled,
                             ana_spd_rank *rank)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t rows = search->rows;
    double *values = ana_workspace_doubles(&workspace, search->set->n_matrices, rows);
    ANA_TRY(ana_workspace_check(&workspace, "rank"));
    const spd_work work = {.n = rows, .values = values};
    ANA_TRY(spd_run(&work, search->set->n_matrices, scaled, &search->options->run));
    rank->lowest = search->n;
    for (size_t k = 0; k < search->set->n_matrices; k++) {
        double *of_one = values + k * rows;
        qsort(of_one, rows, sizeof *of_one, ana_compare_doubles);
        ANA_TRY(refuse_negative(search, of_one, k));
        const size_t n_null =
            (spd_rank_count_null(search, of_one) + search->twice - 1) / search->twice;
        rank->ranks[k] = search->n - search->n_flat - n_null;
        if (rank->ranks[k] < rank->lowest) {
            rank->lowest = rank->ranks[k];
            rank->lowest_at = k;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* What is null in the mean is null in every matrix. */
static ana_status find_null(spd_rank_search *search, ana_spd_rank *rank)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t rows = search->rows;
    double *scaled = ana_workspace_doubles(&workspace, rows, rows);
    double *values = ana_workspace_doubles(&workspace, rows, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rank"));
    rescale(search, search->mean, scaled);
    ANA_TRY(ana_linalg_eigen_symmetric(rows, scaled, values, search->null));
    const size_t n_null = spd_rank_count_null(search, values);
    search->n_null = n_null - n_null % search->twice;
    rank->rank = search->n - search->n_flat - search->n_null / search->twice;
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Matrices of a rank below the mean's: a few have a fault of their own; when most have, or no
 * matrix has the samples, their null spaces are as many. */
static bool are_too_few_samples(const spd_rank_search *search, const ana_spd_rank *rank)
{
    const size_t n_times = search->options->n_times;
    size_t n_below = 0;
    for (size_t k = 0; k < rank->n_matrices; k++) {
        n_below += rank->ranks[k] < rank->rank ? 1 : 0;
    }
    return n_below > 0 &&
           ((n_times > 0 && n_times <= rank->rank) || 2 * n_below > rank->n_matrices);
}

/* The null directions of each matrix that has more of them than the mean. */
static ana_status find_others(spd_rank_search *search, const double *scaled,
                              const ana_spd_rank *rank)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t rows = search->rows;
    double *vectors = ana_workspace_doubles(&workspace, rows, rows);
    double *values = ana_workspace_doubles(&workspace, rows, 1);
    double *sum = ana_workspace_doubles(&workspace, rows, rows);
    ANA_TRY(ana_workspace_check(&workspace, "rank"));
    for (size_t k = 0; k < rank->n_matrices; k++) {
        if (rank->ranks[k] >= rank->rank) {
            continue;
        }
        ANA_TRY(ana_linalg_eigen_symmetric(rows, scaled + k * rows * rows, values, vectors));
        const size_t n_null = spd_rank_count_null(search, values);
        const ana_gemm outer = {rows, n_null, rows, true, false, 1.0, 1.0};
        ANA_TRY(ana_linalg_gemm(&outer, vectors, vectors, sum));
    }
    ANA_TRY(ana_linalg_eigen_symmetric(rows, sum, values, vectors));
    for (size_t i = 0; i < rows; i++) { /* angles are known to about 1e-7 */
        if (values[i] > 1e-6) {
            memcpy(search->others + search->n_others * rows, vectors + i * rows,
                   rows * sizeof *vectors);
            search->n_others++;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status search_set(spd_rank_search *search, ana_spd_rank *rank)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = search->rows * search->rows;
    const double *real = spd_real(search->set, &workspace);
    double *scaled = ana_workspace_doubles(&workspace, search->set->n_matrices, size);
    search->mean = ana_workspace_doubles(&workspace, size, 1);
    search->scale = ana_workspace_doubles(&workspace, search->n, 1);
    search->null = ana_workspace_doubles(&workspace, size, 1);
    search->others = ana_workspace_doubles(&workspace, size, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rank"));
    ANA_TRY(find_mean(search, real));
    find_scale(search);
    for (size_t k = 0; k < search->set->n_matrices; k++) {
        rescale(search, real + k * size, scaled + k * size);
    }
    ANA_TRY(find_null(search, rank));
    ANA_TRY(find_ranks(search, scaled, rank));
    search->are_few = are_too_few_samples(search, rank);
    if (rank->lowest < rank->rank && !search->are_few) {
        ANA_TRY(find_others(search, scaled, rank));
    }
    ANA_TRY(spd_rank_find_basis(search, rank));
    ANA_TRY(spd_rank_explain(search, rank));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_input(const ana_spd_set *set, const ana_spd_rank_options *options)
{
    ana_status status = ANA_OK;
    if (set->n_matrices == 0 || set->n == 0) {
        return ana_fail(ANA_ERR_VALUE, "rank: of %zu matrices of %zu rows", set->n_matrices,
                        set->n);
    }
    ANA_TRY(ana_options_check(ana_spd_rank_option_table, options, "rank"));
    ANA_TRY(spd_check_symmetric(set));
done:
    return status;
}

ana_status ana_spd_rank_find(const ana_spd_set *set, const ana_spd_rank_options *options,
                             ana_spd_rank **out)
{
    ana_status status = ANA_OK;
    const ana_spd_rank_options chosen = options != NULL ? *options : ana_spd_rank_options_default();
    spd_rank_search search = {.set = set,
                              .options = &chosen,
                              .n = set->n,
                              .rows = spd_rows(set),
                              .twice = set->hermitian ? 2 : 1};
    ana_spd_rank *rank = NULL;
    ANA_TRY(check_input(set, &chosen));
    ANA_TRY(ana_allocate(1, sizeof *rank, "rank", &rank));
    rank->n = set->n;
    rank->hermitian = set->hermitian;
    rank->n_matrices = set->n_matrices;
    ANA_TRY(ana_allocate(set->n_matrices, sizeof *rank->ranks, "rank", &rank->ranks));
    ANA_TRY(search_set(&search, rank));
    *out = rank;
    rank = NULL;
done:
    ana_spd_rank_free(rank);
    return status;
}
