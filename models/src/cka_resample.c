/* Permutations, weights and bootstraps of centred kernels.
 *
 * Centring commutes with a permutation of the stimuli, and the self terms stay: a permutation costs
 * a gather of n^2 / 2 numbers for each system of one side.
 *
 * Weighted, HSIC is the mean of K_ij L_ij + K_ij L_qr - 2 K_ij L_iq over tuples, each counted w_i
 * w_j w_q w_r times: over distinct ones (debiased), or all (biased). With H = K o L, a = K w, a' =
 * K w^2 (b, b' of L) and m_uv = sum w_i^u w_j^v H_ij, the sums over distinct ones are first  (W^2 -
 * Q) m_11 - 4 W m_12 + 4 m_13 + 2 m_22,  W = sum w, Q = sum w^2 second sum w a sum w b - 4 sum w^2
 * a b + 2 m_22 third  sum w ((W - w) a b - a' b - a b') - (W m_12 - m_22 - 2 m_13) by inclusion and
 * exclusion. Neither changes when f_i + f_j is added to a kernel, so centred ones serve. Draws are
 * done many at a time: their sums are products of H with their weights. */
#include "blas.h"
#include "cka_parts.h"
#include "lanes.h"
#include "simd.h"
#include "try.h"
#include "workspace.h"

#include <analysis/random.h>
#include <analysis/resampling.h>

#include <math.h>
#include <omp.h>
#include <string.h>

enum {
    DRAWS = 64, /* at a time */
    ROWS = 32,  /* of H at a time */
    N_MOMENTS = 4
};

/* What permutations work on. */
typedef struct permuted {
    const ana_cka_layers *layers;
    size_t n;
    double *const *kernels;
    double divisor;
    const double *self; /* layers: HSIC */
    double *rows;       /* workers x n */
    double *sums;       /* workers x n_a x n_b */
    size_t n_tested;
    const size_t *tested; /* pairs that are defined */
} permuted;

/* Half of the products of pairs i of a, j of b with a's stimuli in that order. */
ANA_CLONES static void add_permuted(const permuted *of, const size_t *order, double *row,
                                    double *sums)
{
    const ana_cka_layers *layers = of->layers;
    for (size_t r = 0; r < of->n; r++) {
        for (size_t i = 0; i < layers->n_a; i++) {
            const double *from = of->kernels[i] + order[r] * of->n;
            for (size_t c = 0; c < r; c++) {
                row[c] = from[order[c]];
            }
            const double own = from[order[r]];
            for (size_t j = 0; j < layers->n_b; j++) {
                const double *to = of->kernels[ana_cka_layer_of_b(layers, j)] + r * of->n;
                if (ana_cka_is_pair(layers, i, j)) {
                    sums[i * layers->n_b + j] += lanes_dot(r, row, to) + 0.5 * own * to[r];
                }
            }
        }
    }
}

static ana_status permuted_values(void *user, const ana_rearranged *data, double *values)
{
    const permuted *of = user;
    const ana_cka_layers *layers = of->layers;
    const size_t n_pairs = layers->n_a * layers->n_b;
    double *sums = of->sums + data->worker * n_pairs;
    memset(sums, 0, n_pairs * sizeof *sums);
    add_permuted(of, data->order, of->rows + data->worker * of->n, sums);
    for (size_t k = 0; k < of->n_tested; k++) {
        const size_t pair = of->tested[k];
        const double x = of->self[pair / layers->n_b];
        const double y = of->self[ana_cka_layer_of_b(layers, pair % layers->n_b)];
        values[k] = 2.0 * sums[pair] / of->divisor / (sqrt(x) * sqrt(y));
    }
    return ANA_OK;
}

/* Mirrors the pairs i < j of the same systems. */
static void mirror(const ana_cka_layers *layers, double *values)
{
    for (size_t i = 0; i < layers->n_a && layers->same; i++) {
        for (size_t j = 0; j < i; j++) {
            values[i * layers->n_b + j] = values[j * layers->n_b + i];
        }
    }
}

static size_t find_defined(const ana_cka_layers *layers, const double *values, size_t *pairs)
{
    size_t n = 0;
    for (size_t k = 0; k < layers->n_a * layers->n_b; k++) {
        if (ana_cka_is_pair(layers, k / layers->n_b, k % layers->n_b) && !isnan(values[k])) {
            pairs[n++] = k;
        }
    }
    return n;
}

static ana_status permute(const ana_cka_layers *layers, size_t n, const ana_cka_options *options,
                          double *const *kernels, ana_cka *cka)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_resampling_test_result *test = NULL;
    ana_resampling_options settings = ana_resampling_options_default();
    const size_t n_pairs = layers->n_a * layers->n_b;
    const size_t n_workers = (size_t)ana_run_threads(&options->run, options->n_permutations);
    double *self = ana_workspace_doubles(&workspace, layers->n, 1);
    size_t *tested = ana_workspace_sizes(&workspace, n_pairs, 1);
    permuted of = {.layers = layers,
                   .n = n,
                   .kernels = kernels,
                   .divisor = ana_cka_divisor(options->estimator, n),
                   .self = self,
                   .rows = ana_workspace_doubles(&workspace, n_workers, n),
                   .sums = ana_workspace_doubles(&workspace, n_workers, n_pairs),
                   .tested = tested};
    ANA_TRY(ana_workspace_check(&workspace, "cka"));
    memcpy(self, cka->self_a, layers->n_a * sizeof *self);
    memcpy(self + ana_cka_layer_of_b(layers, 0), cka->self_b, layers->n_b * sizeof *self);
    of.n_tested = find_defined(layers, cka->values, tested);
    if (of.n_tested == 0) {
        goto done;
    }
    settings.run = options->run;
    settings.n_resamples = options->n_permutations;
    settings.tail = ANA_TAIL_GREATER;
    ANA_TRY(ana_resampling_test(n, of.n_tested, permuted_values, &of, &settings, &test));
    for (size_t k = 0; k < of.n_tested; k++) {
        cka->p[tested[k]] = test->p[k];
        cka->p_max[tested[k]] = test->p_max[k];
    }
    mirror(layers, cka->p);
    mirror(layers, cka->p_max);
    cka->n_permutations = options->n_permutations;
done:
    ana_resampling_test_free(test);
    ana_workspace_release(&workspace);
    return status;
}

/* Weights of up to DRAWS draws, a draw in each column. */
typedef struct draws {
    size_t n; /* stimuli */
    size_t n_draws;
    double *powers;   /* n x 2 n_draws: w, w^2 */
    double **sums;    /* layer: n x 2 n_draws: K w, K w^2 */
    double *rows;     /* ROWS x n of H */
    double *products; /* ROWS x 2 n_draws */
    double *moments;  /* N_MOMENTS x n_draws */
    double *self;     /* layers x n_draws: HSIC */
    double *cross;    /* n_a n_b x n_draws */
    double *self_one; /* of one draw */
    double *cross_one;
} draws;

static void make_draws(const ana_cka_layers *layers, size_t n, size_t most,
                       ana_workspace *workspace, draws *to)
{
    const size_t n_pairs = layers->n_a * layers->n_b;
    to->n = n;
    to->powers = ana_workspace_doubles(workspace, n, 2 * most);
    to->sums = ana_workspace_bytes(workspace, layers->n, 1, sizeof *to->sums);
    to->rows = ana_workspace_doubles(workspace, ROWS, n);
    to->products = ana_workspace_doubles(workspace, ROWS, 2 * most);
    to->moments = ana_workspace_doubles(workspace, N_MOMENTS, most);
    to->self = ana_workspace_doubles(workspace, layers->n, most);
    to->cross = ana_workspace_doubles(workspace, n_pairs, most);
    to->self_one = ana_workspace_doubles(workspace, layers->n, 1);
    to->cross_one = ana_workspace_doubles(workspace, n_pairs, 1);
    for (size_t k = 0; k < layers->n && !workspace->failed; k++) {
        to->sums[k] = ana_workspace_doubles(workspace, n, 2 * most);
    }
}

/* m_11, m_12, m_13 and m_22 of H = K o L, into the first four moments. */
static void add_products(const draws *of, const double *k, const double *l)
{
    const size_t n = of->n;
    const size_t width = of->n_draws;
    for (size_t first = 0; first < n; first += ROWS) {
        const size_t count = n - first < ROWS ? n - first : ROWS;
        for (size_t i = 0; i < count * n; i++) {
            of->rows[i] = k[first * n + i] * l[first * n + i];
        }
        const ana_gemm shape = {
            .n_rows = count, .n_inner = n, .n_columns = 2 * width, .alpha = 1.0};
        ana_blas_gemm(&shape, of->rows, of->powers, of->products);
        for (size_t i = 0; i < count; i++) {
            const double *w = of->powers + (first + i) * 2 * width;
            const double *hw = of->products + i * 2 * width;
            for (size_t d = 0; d < width; d++) {
                const double square = w[d] * w[d];
                of->moments[d] += w[d] * hw[d];
                of->moments[width + d] += square * hw[d];
                of->moments[2 * width + d] += square * w[d] * hw[d];
                of->moments[3 * width + d] += square * hw[width + d];
            }
        }
    }
}

/* The sums over stimuli that the second and third mean take. */
typedef struct row_sums {
    size_t n_positive;
    double w[4]; /* sum of w, w^2, w^3, w^4 */
    double a;    /* sum w a */
    double b;
    double ab;   /* sum w a b */
    double wab;  /* sum w^2 a b */
    double aabb; /* sum w (a' b + a b') */
} row_sums;

static row_sums sum_rows(const draws *of, size_t x, size_t y, size_t d)
{
    row_sums to = {0, {0.0, 0.0, 0.0, 0.0}, 0.0, 0.0, 0.0, 0.0, 0.0};
    const size_t width = of->n_draws;
    for (size_t i = 0; i < of->n; i++) {
        const double w = of->powers[i * 2 * width + d];
        const double *a = of->sums[x] + i * 2 * width + d;
        const double *b = of->sums[y] + i * 2 * width + d;
        to.n_positive += w > 0.0 ? 1 : 0;
        to.w[0] += w;
        to.w[1] += w * w;
        to.w[2] += w * w * w;
        to.w[3] += w * w * w * w;
        to.a += w * a[0];
        to.b += w * b[0];
        to.ab += w * a[0] * b[0];
        to.wab += w * w * a[0] * b[0];
        to.aabb += w * (a[width] * b[0] + a[0] * b[width]);
    }
    return to;
}

static double weighted(const row_sums *s, const double m[4], bool biased)
{
    const double w = s->w[0];
    if (biased) {
        return m[0] / (w * w) + s->a * s->b / (w * w * w * w) - 2.0 * s->ab / (w * w * w);
    }
    if (s->n_positive < 4) {
        return (double)NAN;
    }
    const double square = s->w[1];
    const double first = (w * w - square) * m[0] - 4.0 * w * m[1] + 4.0 * m[2] + 2.0 * m[3];
    const double second = s->a * s->b - 4.0 * s->wab + 2.0 * m[3];
    const double third = w * s->ab - s->wab - s->aabb - (w * m[1] - m[3] - 2.0 * m[2]);
    const double tuples = w * w * w * w - 6.0 * w * w * square + 3.0 * square * square +
                          8.0 * w * s->w[2] - 6.0 * s->w[3];
    return (first + second - 2.0 * third) / tuples;
}

static void pair_hsic(const draws *of, double *const *kernels, size_t x, size_t y, bool biased,
                      double *out)
{
    memset(of->moments, 0, N_MOMENTS * of->n_draws * sizeof *of->moments);
    add_products(of, kernels[x], kernels[y]);
    for (size_t d = 0; d < of->n_draws; d++) {
        const row_sums sums = sum_rows(of, x, y, d);
        const double m[4] = {of->moments[d], of->moments[of->n_draws + d],
                             of->moments[2 * of->n_draws + d], of->moments[3 * of->n_draws + d]};
        out[d] = weighted(&sums, m, biased);
    }
}

/* HSIC of every layer and pair for every draw. */
static void do_draws(const ana_cka_layers *layers, const ana_cka_options *options,
                     double *const *kernels, const draws *of)
{
    const bool biased = options->estimator == ANA_CKA_BIASED;
    const ana_gemm shape = {
        .n_rows = of->n, .n_inner = of->n, .n_columns = 2 * of->n_draws, .alpha = 1.0};
    for (size_t k = 0; k < layers->n; k++) {
        ana_blas_gemm(&shape, kernels[k], of->powers, of->sums[k]);
        pair_hsic(of, kernels, k, k, biased, of->self + k * of->n_draws);
    }
    for (size_t k = 0; k < layers->n_a * layers->n_b; k++) {
        const size_t i = k / layers->n_b;
        const size_t j = k % layers->n_b;
        double *out = of->cross + k * of->n_draws;
        if (ana_cka_is_pair(layers, i, j)) {
            pair_hsic(of, kernels, i, ana_cka_layer_of_b(layers, j), biased, out);
        } else if (i == j) {
            memcpy(out, of->self + i * of->n_draws, of->n_draws * sizeof *out);
        } else {
            memcpy(out, of->cross + (j * layers->n_b + i) * of->n_draws, of->n_draws * sizeof *out);
        }
    }
}

static void set_weight(const draws *to, size_t stimulus, size_t draw, double weight)
{
    double *powers = to->powers + stimulus * 2 * to->n_draws;
    powers[draw] = weight;
    powers[to->n_draws + draw] = weight * weight;
}

ana_status ana_cka_weighted_hsic(const ana_cka_layers *layers, size_t n,
                                 const ana_cka_options *options, double *const *kernels,
                                 double *self, double *cross)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    draws of = {0};
    make_draws(layers, n, 1, &workspace, &of);
    of.n_draws = 1;
    ANA_TRY(ana_workspace_check(&workspace, "cka"));
    ANA_TRY(ana_blas_start("cka", n, n, 2));
    for (size_t i = 0; i < n; i++) {
        set_weight(&of, i, 0, options->weights[i]);
    }
    do_draws(layers, options, kernels, &of);
    memcpy(self, of.self, layers->n * sizeof *self);
    memcpy(cross, of.cross, layers->n_a * layers->n_b * sizeof *cross);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Draws first ... of the bootstrap: counts of stimuli times their weights. */
static void draw_weights(const ana_cka_options *options, size_t first, const draws *to,
                         double *counts)
{
    for (size_t d = 0; d < to->n_draws; d++) {
        ana_random random = ana_random_stream(options->run.seed, "cka.bootstrap", first + d);
        memset(counts, 0, to->n * sizeof *counts);
        for (size_t i = 0; i < to->n; i++) {
            counts[ana_random_below(&random, to->n)] += 1.0;
        }
        for (size_t i = 0; i < to->n; i++) {
            set_weight(to, i, d,
                       counts[i] * (options->weights != NULL ? options->weights[i] : 1.0));
        }
    }
}

/* Draws first ... into values (draw x pair). */
static void bootstrap_part(const ana_cka_layers *layers, const ana_cka_options *options,
                           double *const *kernels, size_t first, double *counts, const draws *of,
                           double *values)
{
    const size_t n_pairs = layers->n_a * layers->n_b;
    draw_weights(options, first, of, counts);
    do_draws(layers, options, kernels, of);
    for (size_t d = 0; d < of->n_draws; d++) {
        for (size_t k = 0; k < layers->n; k++) {
            of->self_one[k] = of->self[k * of->n_draws + d];
        }
        for (size_t k = 0; k < n_pairs; k++) {
            of->cross_one[k] = of->cross[k * of->n_draws + d];
        }
        ana_cka_ratios(layers, of->self_one, of->cross_one, values + (first + d) * n_pairs);
    }
}

/* Intervals of the draws that are defined: fewer than four stimuli, or no geometry of its own, make
 * a draw void. */
static ana_status find_intervals(size_t n_draws, size_t n_pairs, double level, const double *values,
                                 double *column, ana_cka *cka)
{
    ana_status status = ANA_OK;
    for (size_t k = 0; k < n_pairs; k++) {
        double ends[2] = {(double)NAN, (double)NAN};
        size_t n = 0;
        for (size_t d = 0; d < n_draws; d++) {
            column[n] = values[d * n_pairs + k];
            n += isfinite(column[n]) ? 1 : 0;
        }
        if (n > 0 && !isnan(cka->values[k])) {
            ANA_TRY(ana_resampling_percentile(n, column, level, ends));
        }
        cka->low[k] = ends[0];
        cka->high[k] = ends[1];
    }
done:
    return status;
}

static ana_status bootstrap(const ana_cka_layers *layers, size_t n, const ana_cka_options *options,
                            double *const *kernels, ana_cka *cka)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_draws = options->n_bootstraps;
    const size_t n_pairs = layers->n_a * layers->n_b;
    const size_t n_parts = (n_draws + DRAWS - 1) / DRAWS;
    const int n_threads = ana_run_threads(&options->run, n_parts);
    double *values = ana_workspace_doubles(&workspace, n_draws, n_pairs);
    double *counts = ana_workspace_doubles(&workspace, (size_t)n_threads, n);
    double *column = ana_workspace_doubles(&workspace, n_draws, 1);
    draws *rooms = ana_workspace_bytes(&workspace, (size_t)n_threads, 1, sizeof *rooms);
    for (int t = 0; t < n_threads && !workspace.failed; t++) {
        make_draws(layers, n, DRAWS, &workspace, &rooms[t]);
    }
    ANA_TRY(ana_workspace_check(&workspace, "cka"));
    ANA_TRY(ana_blas_start("cka", n, n, (size_t)2 * DRAWS));
    ANA_TRY(ana_run_progress(&options->run, "bootstraps", 0, n_draws));
#pragma omp parallel for default(none)                                                             \
    shared(layers, options, kernels, rooms, counts, values, n, n_draws, n_parts) schedule(dynamic) \
        num_threads(n_threads)
    for (size_t part = 0; part < n_parts; part++) {
        const size_t worker = (size_t)omp_get_thread_num();
        const size_t first = part * DRAWS;
        draws of = rooms[worker];
        of.n_draws = n_draws - first < DRAWS ? n_draws - first : DRAWS;
        bootstrap_part(layers, options, kernels, first, counts + worker * n, &of, values);
    }
    ANA_TRY(find_intervals(n_draws, n_pairs, options->level, values, column, cka));
    cka->n_bootstraps = n_draws;
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_cka_resample(const ana_cka_layers *layers, size_t n, const ana_cka_options *options,
                            double *const *kernels, ana_cka *cka)
{
    ana_status status = ANA_OK;
    if (options->n_permutations > 0) {
        ANA_TRY(permute(layers, n, options, kernels, cka));
    }
    if (options->n_bootstraps > 0) {
        ANA_TRY(bootstrap(layers, n, options, kernels, cka));
    }
done:
    return status;
}
