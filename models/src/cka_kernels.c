/* Centred kernels and their products.
 *
 * With K~ the kernel without its diagonal, a_i its row sums and S their sum, U-centring
 *   K^_ij = K~_ij - (a_i + a_j) / (n - 2) + S / ((n - 1) (n - 2)),   K^_ii = 0
 * makes the debiased HSIC a product, sum K^_ij L^_ij / (n (n - 3)) (Szekely & Rizzo 2014); H K H
 * does so for the biased one. So each kernel is centred once, and a pair costs n^2.
 *
 * Limit: n^2 p multiplications for each system, half of a whole product. Rows are held as many at a
 * time as memory allows, and the rest passes by them. */
#include "blas.h"
#include "checked.h"
#include "cka_parts.h"
#include "lanes.h"
#include "try.h"
#include "workspace.h"

#include <analysis/stats.h>

#include <math.h>
#include <omp.h>
#include <string.h>

enum {
    BLOCK = 128, /* rows of a task */
    HELD_FEWEST = 4,
    PASSING_MOST = 256
};

/* Rows of a system that are held while all later ones pass by: a quarter of the memory's worth. */
static size_t rows_held(size_t n, size_t p, const ana_run *run)
{
    const size_t room = ana_run_memory_limit(run) / 4 / sizeof(double) / (p > 0 ? p : 1);
    const size_t held = room < HELD_FEWEST ? HELD_FEWEST : room;
    return held < n ? held : n;
}

/* Of those that pass by, at a time. */
static size_t rows_passing(size_t n, size_t held)
{
    return held == n ? 0 : held < PASSING_MOST ? held : PASSING_MOST;
}

size_t ana_cka_kernels_bytes(const ana_cka_layers *layers, size_t n, const ana_cka_options *options)
{
    size_t widest = 0;
    size_t square = 0;
    size_t bytes = 0;
    size_t rows = 0;
    /* One for each layer, and for rbf one more whose median is taken. */
    const size_t n_squares = layers->n + (options->kernel == ANA_CKA_RBF ? 1 : 0);
    for (size_t k = 0; k < layers->n; k++) {
        widest = layers->units[k] > widest ? layers->units[k] : widest;
    }
    const size_t held = rows_held(n, widest, &options->run);
    const bool known = ana_multiply(n, n, &square) && ana_multiply(square, n_squares, &square) &&
                       ana_multiply(held + rows_passing(n, held), widest, &rows) &&
                       ana_add(square, rows, &bytes) && ana_multiply(bytes, sizeof(double), &bytes);
    return known ? bytes : SIZE_MAX;
}

/* rows (n x p, out) = rows of the source less its first. */
static ana_status take_rows(const ana_cka_source *source, size_t first, size_t n,
                            const double *origin, double *rows)
{
    ana_status status = ANA_OK;
    const size_t p = source->n_units;
    if (source->values != NULL) {
        memcpy(rows, source->values + first * p, n * p * sizeof *rows);
    } else {
        ANA_TRY(source->read(source->user, first, n, rows));
    }
    ANA_TRY(ana_cka_check_rows(source->name, first, n, p, rows));
    for (size_t i = 0; i < n; i++) {
        for (size_t u = 0; u < p; u++) {
            rows[i * p + u] -= origin[u];
        }
    }
done:
    return status;
}

/* A block of a Gram matrix: rows a (from number `row` on) by rows b (from `column` on). */
typedef struct gram_block {
    size_t n; /* of the whole */
    size_t p;
    size_t n_a;
    size_t row;
    const double *a;
    size_t n_b;
    size_t column;
    const double *b;
} gram_block;

/* Into the lower triangle of k; of rows with themselves no more than that is computed. */
static ana_status multiply(const gram_block *of, const ana_run *run, double *k)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_blocks = (of->n_a + BLOCK - 1) / BLOCK;
    const int n_threads = ana_run_threads(run, n_blocks);
    double *products = ana_workspace_doubles(&workspace, (size_t)n_threads * BLOCK, of->n_b);
    ANA_TRY(ana_workspace_check(&workspace, "cka"));
    ANA_TRY(ana_blas_start("cka", of->n_a, of->n_b, of->p));
#pragma omp parallel for default(none) shared(of, k, products, n_blocks) schedule(dynamic)         \
    num_threads(n_threads)
    for (size_t block = 0; block < n_blocks; block++) {
        const size_t first = block * BLOCK;
        const size_t stop = first + BLOCK < of->n_a ? first + BLOCK : of->n_a;
        const size_t width = of->a == of->b ? stop : of->n_b;
        double *tile = products + (size_t)omp_get_thread_num() * BLOCK * of->n_b;
        const ana_gemm shape = {.n_rows = stop - first,
                                .n_inner = of->p,
                                .n_columns = width,
                                .transpose_b = true,
                                .alpha = 1.0};
        ana_blas_gemm(&shape, of->a + first * of->p, of->b, tile);
        for (size_t i = first; i < stop; i++) {
            memcpy(k + (of->row + i) * of->n + of->column, tile + (i - first) * width,
                   width * sizeof *k);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status make_gram(const ana_cka_source *source, const ana_run *run, double *k)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = source->n_stimuli;
    const size_t p = source->n_units;
    const size_t held = rows_held(n, p, run);
    const size_t n_passing = rows_passing(n, held);
    double *origin = ana_workspace_doubles(&workspace, p, 1);
    double *first_row = ana_workspace_doubles(&workspace, p, 1);
    double *rows = ana_workspace_doubles(&workspace, held, p);
    double *passing = ana_workspace_doubles(&workspace, n_passing, p);
    ANA_TRY(ana_workspace_check(&workspace, "cka"));
    ANA_TRY(take_rows(source, 0, 1, origin, first_row)); /* less nothing */
    memcpy(origin, first_row, p * sizeof *origin);
    for (size_t start = 0; start < n; start += held) {
        const size_t n_held = n - start < held ? n - start : held;
        gram_block block = {n, p, n_held, start, rows, n_held, start, rows};
        ANA_TRY(take_rows(source, start, n_held, origin, rows));
        ANA_TRY(multiply(&block, run, k));
        for (size_t next = start + n_held; next < n; next += n_passing) {
            block.n_a = n - next < n_passing ? n - next : n_passing;
            block.row = next;
            block.a = passing;
            ANA_TRY(ana_run_progress(run, "likeness of stimuli", next, n));
            ANA_TRY(take_rows(source, next, block.n_a, origin, passing));
            ANA_TRY(multiply(&block, run, k));
        }
    }
    ana_blas_mirror_lower(n, k);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Gram matrix to squared distances. */
static void make_distances(size_t n, double *k, double *diagonal)
{
    for (size_t i = 0; i < n; i++) {
        diagonal[i] = k[i * n + i];
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            const double d = diagonal[i] + diagonal[j] - 2.0 * k[i * n + j];
            k[i * n + j] = i == j || d < 0.0 ? 0.0 : d;
        }
    }
}

static double median_distance(size_t n, bool of_all, const double *k, double *scratch)
{
    size_t count = 0;
    if (of_all) {
        memcpy(scratch, k, n * n * sizeof *k);
        return ana_stats_median_in_place(n * n, scratch);
    }
    for (size_t i = 0; i < n; i++) {
        memcpy(scratch + count, k + i * n + i + 1, (n - 1 - i) * sizeof *k);
        count += n - 1 - i;
    }
    return ana_stats_median_in_place(count, scratch);
}

/* exp(-d / (2 bandwidth^2 median)); where the median is 0, stimuli are alike or not at all. */
static ana_status make_rbf(size_t n, const ana_cka_options *options, double *k)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *scratch = ana_workspace_doubles(&workspace, n, n);
    double *diagonal = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "cka"));
    make_distances(n, k, diagonal);
    const double median = median_distance(n, options->median_of_all, k, scratch);
    const double scale = 2.0 * options->bandwidth * options->bandwidth * median;
#pragma omp parallel for default(none) shared(n, k, scale)                                         \
    num_threads(ana_run_threads(&options->run, n))
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            k[i * n + j] = k[i * n + j] == 0.0 ? 1.0 : exp(-k[i * n + j] / scale);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status centre(size_t n, const ana_cka_options *options, double *k)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const bool biased = options->estimator == ANA_CKA_BIASED;
    double *sums = ana_workspace_doubles(&workspace, n, 1);
    double whole = 0.0;
    ANA_TRY(ana_workspace_check(&workspace, "cka"));
#pragma omp parallel for default(none) shared(n, k, sums, biased)                                  \
    num_threads(ana_run_threads(&options->run, n))
    for (size_t i = 0; i < n; i++) {
        k[i * n + i] = biased ? k[i * n + i] : 0.0;
        for (size_t j = 0; j < n; j++) {
            sums[i] += k[i * n + j];
        }
    }
    for (size_t i = 0; i < n; i++) {
        whole += sums[i];
    }
    const double m = (double)n;
    const double row_divisor = biased ? m : m - 2.0;
    const double mean = whole / (biased ? m * m : (m - 1.0) * (m - 2.0));
#pragma omp parallel for default(none) shared(n, k, sums, biased, row_divisor, mean)               \
    num_threads(ana_run_threads(&options->run, n))
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            k[i * n + j] += mean - (sums[i] + sums[j]) / row_divisor;
        }
        k[i * n + i] = biased ? k[i * n + i] : 0.0;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_cka_kernels(const ana_cka_layers *layers, const ana_cka_source *sources,
                           const ana_cka_options *options, double *const *kernels)
{
    ana_status status = ANA_OK;
    for (size_t k = 0; k < layers->n; k++) {
        const size_t n = sources[k].n_stimuli;
        ANA_TRY(make_gram(&sources[k], &options->run, kernels[k]));
        if (options->kernel == ANA_CKA_RBF) {
            ANA_TRY(make_rbf(n, options, kernels[k]));
        }
        ANA_TRY(centre(n, options, kernels[k]));
    }
done:
    return status;
}

double ana_cka_divisor(ana_cka_estimator estimator, size_t n)
{
    const double m = (double)n;
    return estimator == ANA_CKA_BIASED ? (m - 1.0) * (m - 1.0) : m * (m - 3.0);
}

static double product_of(size_t n, const double *k, const double *l)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += lanes_dot(n, k + i * n, l + i * n);
    }
    return sum;
}

void ana_cka_kernels_hsic(const ana_cka_layers *layers, size_t n, const ana_cka_options *options,
                          double *const *kernels, double *self, double *cross)
{
    const double divisor = ana_cka_divisor(options->estimator, n);
    const size_t n_pairs = layers->n_a * layers->n_b;
#pragma omp parallel for default(none) shared(layers, n, kernels, self, cross, divisor, n_pairs)   \
    schedule(dynamic) num_threads(ana_run_threads(&options->run, n_pairs + layers->n))
    for (size_t item = 0; item < n_pairs + layers->n; item++) {
        if (item >= n_pairs) {
            const size_t k = item - n_pairs;
            self[k] = product_of(n, kernels[k], kernels[k]) / divisor;
            continue;
        }
        const size_t i = item / layers->n_b;
        const size_t j = item % layers->n_b;
        if (ana_cka_is_pair(layers, i, j)) {
            cross[item] =
                product_of(n, kernels[i], kernels[ana_cka_layer_of_b(layers, j)]) / divisor;
        }
    }
    for (size_t i = 0; i < layers->n && layers->same; i++) {
        cross[i * layers->n_b + i] = self[i];
        for (size_t j = 0; j < i; j++) {
            cross[i * layers->n_b + j] = cross[j * layers->n_b + i];
        }
    }
}
