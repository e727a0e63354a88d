/* Samples under cosines and correlations. Sample b weights pair (i, j) by w_bi w_bj, so that every
 * inner product it needs, sum of w_bi w_bj x_ij y_ij, is an entry of one matrix product: that of
 * the products x y, pair by pair, with the weights of all samples. Blocks of pairs keep both in
 * cache.
 *
 * Limit: 2 R N B flops for R products of vectors, N pairs and B samples. Whitened, the part under
 * the conditions' sums is taken away: with P_ij = 1 for pairs that are there, s_i = sum of w_j x_ij
 * and the drawn conditions alone, x^T V^-1 y = (x . y - s^T W^1/2 M^-1 W^1/2 s') / 2 with
 * M = diag(2 + P w) + W^1/2 P W^1/2: copies of a condition share one unknown. */
#include "blas.h"
#include "dense.h"
#include "rsa_draws.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <string.h>

enum {
    BATCH = 64, /* samples of one product */
    PAIRS = 256 /* of one product */
};

/* Two vectors whose inner product is wanted. */
typedef struct factor_pair {
    uint32_t a;
    uint32_t b;
} factor_pair;

/* One thread's room. */
typedef struct products_room {
    double *weights;  /* n x BATCH: of conditions */
    double *rows;     /* vectors x PAIRS */
    double *products; /* R x PAIRS */
    double *pairs;    /* PAIRS x BATCH: weights of pairs */
    double *moments;  /* R x BATCH */
    double *square;   /* n x n: a vector as a matrix, then M; whitened */
    double *sums;     /* vectors x n x BATCH: s; whitened */
    double *solved;   /* vectors x n */
    double *form;     /* vectors x vectors: the inner products of one sample */
    double *spread;   /* vectors: plain root mean squares of one sample */
    double *scratch;  /* S + S + M S */
} products_room;

typedef struct products {
    const ana_rsa_scene *scene;
    size_t n_subjects;
    size_t n_vectors; /* 1, subjects, models */
    size_t n_products;
    factor_pair *pairs;
    double *shift; /* vectors: taken away from each */
    bool centred;
    bool whitened;
    size_t n_drawn;       /* BATCH, or 1 when conditions are not drawn */
    const double *shared; /* moments when conditions are not drawn; else NULL */
    const double *shared_form;
    const double *shared_spread;
    products_room *rooms;
} products;

/* Which products: all with a subject or the vector of ones, and each model with itself. */
static void list_products(products *of)
{
    for (size_t a = 0; a < of->n_vectors; a++) {
        for (size_t b = 0; b <= a; b++) {
            if (b <= of->n_subjects || a == b) {
                of->pairs[of->n_products++] = (factor_pair){(uint32_t)a, (uint32_t)b};
            }
        }
    }
}

/* Values of vector v less its shift in pairs first ... first + n - 1. */
static void take(const products *of, size_t v, size_t first, size_t n, double *out)
{
    const double *from = v > 0 ? ana_rsa_matrix(of->scene, v - 1) : NULL;
    for (size_t k = 0; k < n; k++) {
        out[k] = from != NULL ? from[of->scene->kept[first + k]] - of->shift[v] : 1.0;
    }
}

/* Correlations do not know the mean: without it, sums lose fewer digits. */
static void find_shifts(products *of)
{
    const ana_rsa_scene *scene = of->scene;
    for (size_t v = 1; v < of->n_vectors && of->centred; v++) {
        const double *from = ana_rsa_matrix(scene, v - 1);
        double sum = 0.0;
        for (size_t k = 0; k < scene->n_pairs; k++) {
            sum += from[scene->kept[k]] - from[scene->kept[0]];
        }
        of->shift[v] = from[scene->kept[0]] + sum / (double)scene->n_pairs;
    }
}

static void weight_conditions(const products *of, size_t first, size_t n, double *weights)
{
    for (size_t i = 0; i < of->scene->subjects->n_conditions; i++) {
        for (size_t b = 0; b < n; b++) {
            weights[i * n + b] = (double)ana_rsa_times_of_condition(of->scene, first + b, i);
        }
    }
}

static void weight_pairs(const ana_rsa_scene *scene, size_t first, size_t n_pairs, size_t n,
                         const double *weights, double *out)
{
    for (size_t k = 0; k < n_pairs; k++) {
        const double *a = weights + (size_t)scene->first[first + k] * n;
        const double *b = weights + (size_t)scene->second[first + k] * n;
        for (size_t s = 0; s < n; s++) {
            out[k * n + s] = a[s] * b[s];
        }
    }
}

/* moments: R x n, of the samples whose weights stand in the room. */
static void find_moments(const products *of, size_t n, products_room *room)
{
    const ana_rsa_scene *scene = of->scene;
    memset(room->moments, 0, of->n_products * n * sizeof *room->moments);
    for (size_t first = 0; first < scene->n_pairs; first += PAIRS) {
        const size_t n_pairs = scene->n_pairs - first < PAIRS ? scene->n_pairs - first : PAIRS;
        for (size_t v = 0; v < of->n_vectors; v++) {
            take(of, v, first, n_pairs, room->rows + v * PAIRS);
        }
        for (size_t r = 0; r < of->n_products; r++) {
            const double *a = room->rows + (size_t)of->pairs[r].a * PAIRS;
            const double *b = room->rows + (size_t)of->pairs[r].b * PAIRS;
            double *to = room->products + r * n_pairs;
            for (size_t k = 0; k < n_pairs; k++) {
                to[k] = a[k] * b[k];
            }
        }
        weight_pairs(scene, first, n_pairs, n, room->weights, room->pairs);
        const ana_gemm shape = {.n_rows = of->n_products,
                                .n_inner = n_pairs,
                                .n_columns = n,
                                .alpha = 1.0,
                                .beta = 1.0};
        ana_blas_gemm(&shape, room->products, room->pairs, room->moments);
    }
}

/* Vector v as a symmetric matrix, 0 where there is no pair. */
static void fill_square(const products *of, size_t v, double *square)
{
    const ana_rsa_scene *scene = of->scene;
    const size_t n = scene->subjects->n_conditions;
    const double *from = v > 0 ? ana_rsa_matrix(scene, v - 1) : NULL;
    memset(square, 0, n * n * sizeof *square);
    for (size_t k = 0; k < scene->n_pairs; k++) {
        const double value = from != NULL ? from[scene->kept[k]] - of->shift[v] : 1.0;
        square[scene->first[k] * n + scene->second[k]] = value;
        square[scene->second[k] * n + scene->first[k]] = value;
    }
}

/* sums: of every vector, n conditions x n_drawn samples. */
static void find_sums(const products *of, size_t n_drawn, products_room *room)
{
    const size_t n = of->scene->subjects->n_conditions;
    const ana_gemm shape = {.n_rows = n, .n_inner = n, .n_columns = n_drawn, .alpha = 1.0};
    for (size_t v = 0; v < of->n_vectors; v++) {
        fill_square(of, v, room->square);
        ana_blas_gemm(&shape, room->square, room->weights, room->sums + v * n * n_drawn);
    }
}

/* Take the part under the conditions' sums away from the form of sample b of n_drawn. */
static ana_status whiten(const products *of, size_t b, size_t n_drawn, products_room *room)
{
    ana_status status = ANA_OK;
    const ana_rsa_scene *scene = of->scene;
    const size_t n = scene->subjects->n_conditions;
    double *m = room->square;
    memset(m, 0, n * n * sizeof *m);
    for (size_t k = 0; k < scene->n_pairs; k++) {
        const size_t i = scene->first[k];
        const size_t j = scene->second[k];
        m[j * n + i] = sqrt(room->weights[i * n_drawn + b] * room->weights[j * n_drawn + b]);
    }
    for (size_t i = 0; i < n; i++) {
        m[i * n + i] = 2.0 + room->sums[i * n_drawn + b]; /* of the vector of ones */
    }
    ANA_TRY(ana_linalg_cholesky(n, m, m));
    for (size_t v = 0; v < of->n_vectors; v++) {
        for (size_t i = 0; i < n; i++) {
            room->solved[i * of->n_vectors + v] =
                sqrt(room->weights[i * n_drawn + b]) * room->sums[(v * n + i) * n_drawn + b];
        }
    }
    ANA_TRY(ana_linalg_solve_lower(n, m, false, of->n_vectors, room->solved, room->solved));
    const ana_gemm shape = {.n_rows = of->n_vectors,
                            .n_inner = n,
                            .n_columns = of->n_vectors,
                            .transpose_a = true,
                            .alpha = -1.0,
                            .beta = 1.0};
    ana_blas_gemm(&shape, room->solved, room->solved, room->form);
done:
    return status;
}

/* The form about the sample's means: of x - x_mean, where asked. */
static void centre(const products *of, const double *mean, double *form)
{
    const size_t n = of->n_vectors;
    for (size_t r = 0; r < of->n_products; r++) {
        const size_t a = of->pairs[r].a;
        const size_t b = of->pairs[r].b;
        if (b > 0) {
            form[a * n + b] +=
                -mean[a] * form[b * n] - mean[b] * form[a * n] + mean[a] * mean[b] * form[0];
            form[b * n + a] = form[a * n + b];
        }
    }
}

/* form and spread of sample b of n_drawn; what has no length becomes NaN. */
static ana_status find_form(const products *of, size_t b, size_t n_drawn, products_room *room)
{
    ana_status status = ANA_OK;
    const size_t n = of->n_vectors;
    double *form = room->form;
    double *plain = room->scratch;
    double *mean = room->scratch + n;
    memset(form, 0, n * n * sizeof *form);
    for (size_t r = 0; r < of->n_products; r++) {
        const double moment = room->moments[r * n_drawn + b];
        form[of->pairs[r].a * n + of->pairs[r].b] = moment;
        form[of->pairs[r].b * n + of->pairs[r].a] = moment;
    }
    for (size_t v = 0; v < n; v++) {
        mean[v] = of->centred ? form[v * n] / form[0] : 0.0;
        plain[v] = form[v * n + v];
        const double square = plain[v] - mean[v] * mean[v] * form[0];
        room->spread[v] = sqrt(square / form[0]);
    }
    if (of->whitened) {
        ANA_TRY(whiten(of, b, n_drawn, room));
    }
    if (of->centred) {
        centre(of, mean, form);
    }
    for (size_t v = 1; v < n; v++) {
        if (!(form[v * n + v] > 1e-13 * plain[v])) {
            form[v * n + v] = (double)NAN;
        }
    }
done:
    return status;
}

/* The inner product of subject t with the part of the pool that is of group g. */
static double with_group(const products *of, const double *form, const double *share, size_t t,
                         size_t g)
{
    double sum = 0.0;
    for (size_t u = 0; u < of->n_subjects; u++) {
        if (of->scene->group[u] == g && share[u] != 0.0) {
            sum += share[u] * form[(t + 1) * of->n_vectors + u + 1];
        }
    }
    return sum;
}

/* The cosine of subject s with the pool of the groups that are not its own. */
static double with_others(const products *of, const double *form, const double *share,
                          const double *with_pool, size_t s)
{
    const size_t g = of->scene->group[s];
    double square = 0.0;
    for (size_t t = 0; t < of->n_subjects; t++) {
        if (of->scene->group[t] != g && share[t] != 0.0) {
            square += share[t] * (with_pool[t] - with_group(of, form, share, t, g));
        }
    }
    const double own = form[(s + 1) * of->n_vectors + s + 1];
    return (with_pool[s] - with_group(of, form, share, s, g)) / sqrt(own * square);
}

/* The pool is the sum of times / spread of the subjects, so the form gives both ceilings. */
static void find_ceilings(const products *of, size_t sample, const double *form,
                          const double *spread, double *share, double *values)
{
    const ana_rsa_scene *scene = of->scene;
    const size_t n_subjects = of->n_subjects;
    double *with_pool = share + n_subjects;
    double *low = with_pool + n_subjects;
    double *high = low + n_subjects;
    double square = 0.0;
    for (size_t s = 0; s < n_subjects; s++) {
        const size_t times = ana_rsa_times_of_subject(scene, sample, s);
        share[s] = times > 0 ? (double)times / spread[s + 1] : 0.0;
    }
    for (size_t s = 0; s < n_subjects; s++) {
        with_pool[s] = 0.0;
        for (size_t t = 0; t < n_subjects; t++) {
            with_pool[s] +=
                share[t] != 0.0 ? share[t] * form[(s + 1) * of->n_vectors + t + 1] : 0.0;
        }
        square += share[s] != 0.0 ? share[s] * with_pool[s] : 0.0;
    }
    for (size_t s = 0; s < n_subjects; s++) {
        low[s] = with_others(of, form, share, with_pool, s);
        high[s] = with_pool[s] / sqrt(form[(s + 1) * of->n_vectors + s + 1] * square);
    }
    values[of->scene->models->n_rdms] = ana_rsa_mean_of_groups(scene, sample, low);
    values[of->scene->models->n_rdms + 1] = ana_rsa_mean_of_groups(scene, sample, high);
}

static void find_values(const products *of, size_t sample, const double *form, const double *spread,
                        products_room *room)
{
    const size_t n = of->n_vectors;
    const size_t n_models = of->scene->models->n_rdms;
    double *values = of->scene->values + sample * (n_models + 2);
    double *similarity = room->scratch + 4 * of->n_subjects;
    for (size_t m = 0; m < n_models; m++) {
        const size_t a = 1 + of->n_subjects + m;
        for (size_t s = 0; s < of->n_subjects; s++) {
            similarity[m * of->n_subjects + s] =
                form[a * n + s + 1] / (sqrt(form[a * n + a]) * sqrt(form[(s + 1) * n + s + 1]));
        }
    }
    ana_rsa_mean_of_sample(of->scene, sample, similarity, values);
    values[n_models] = (double)NAN;
    values[n_models + 1] = (double)NAN;
    if (!of->scene->no_ceilings) {
        find_ceilings(of, sample, form, spread, room->scratch, values);
    }
}

static ana_status prepare_batch(const products *of, size_t first, size_t n, products_room *room)
{
    weight_conditions(of, first, n, room->weights);
    find_moments(of, n, room);
    if (of->whitened) {
        find_sums(of, n, room);
    }
    return ANA_OK;
}

static ana_status evaluate(const void *user, size_t first, size_t n, size_t worker)
{
    const products *of = user;
    products_room *room = &of->rooms[worker];
    ana_status status = ANA_OK;
    const size_t n_values = of->scene->models->n_rdms + 2;
    if (of->shared_form == NULL) {
        ANA_TRY(prepare_batch(of, first, n, room));
    }
    for (size_t b = 0; b < n; b++) {
        double *values = of->scene->values + (first + b) * n_values;
        if (of->shared_form != NULL) {
            find_values(of, first + b, of->shared_form, of->shared_spread, room);
        } else if (ana_rsa_is_sample(of->scene, first + b)) {
            ANA_TRY(find_form(of, b, n, room));
            find_values(of, first + b, room->form, room->spread, room);
        } else {
            for (size_t k = 0; k < n_values; k++) {
                values[k] = (double)NAN;
            }
        }
    }
done:
    return status;
}

static void make_room(const products *of, size_t batch, ana_workspace *workspace,
                      products_room *room)
{
    const size_t n = of->scene->subjects->n_conditions;
    const size_t n_vectors = of->n_vectors;
    const size_t n_scratch = (4 + of->scene->models->n_rdms) * of->n_subjects + 2 * n_vectors;
    *room = (products_room){
        .weights = ana_workspace_doubles(workspace, n, batch),
        .rows = ana_workspace_doubles(workspace, n_vectors, PAIRS),
        .products = ana_workspace_doubles(workspace, of->n_products, PAIRS),
        .pairs = ana_workspace_doubles(workspace, PAIRS, batch),
        .moments = ana_workspace_doubles(workspace, of->n_products, batch),
        .square = of->whitened ? ana_workspace_doubles(workspace, n, n) : NULL,
        .sums = of->whitened ? ana_workspace_doubles(workspace, n_vectors * n, batch) : NULL,
        .solved = of->whitened ? ana_workspace_doubles(workspace, n_vectors, n) : NULL,
        .form = ana_workspace_doubles(workspace, n_vectors, n_vectors),
        .spread = ana_workspace_doubles(workspace, n_vectors, 1),
        .scratch = ana_workspace_doubles(workspace, n_scratch, 1)};
}

ana_status ana_rsa_draws_by_products(const ana_rsa_scene *scene)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_rdm_similarity similarity = scene->compare->similarity;
    const bool drawn = scene->draws->conditions != NULL;
    const size_t n_vectors = 1 + scene->subjects->n_rdms + scene->models->n_rdms;
    const size_t n_workers =
        ana_rsa_n_workers(&scene->compare->run, scene->draws->n_samples, BATCH);
    products_room shared = {0};
    products of = {.scene = scene,
                   .n_subjects = scene->subjects->n_rdms,
                   .n_vectors = n_vectors,
                   .centred = similarity == ANA_RDM_SIM_PEARSON ||
                              similarity == ANA_RDM_SIM_WHITENED_CORRELATION,
                   .whitened = similarity >= ANA_RDM_SIM_WHITENED_COSINE};
    of.pairs = ana_workspace_bytes(&workspace, n_vectors, n_vectors, sizeof *of.pairs);
    of.shift = ana_workspace_doubles(&workspace, n_vectors, 1);
    of.rooms = ana_workspace_bytes(&workspace, n_workers, 1, sizeof *of.rooms);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    list_products(&of);
    find_shifts(&of);
    for (size_t w = 0; w < n_workers; w++) {
        make_room(&of, drawn ? BATCH : 1, &workspace, &of.rooms[w]);
    }
    if (!drawn) {
        make_room(&of, 1, &workspace, &shared);
    }
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    ANA_TRY(ana_blas_start("rsa", of.n_products, PAIRS, BATCH));
    if (!drawn) {
        ANA_TRY(prepare_batch(&of, 0, 1, &shared));
        ANA_TRY(find_form(&of, 0, 1, &shared));
        of.shared_form = shared.form;
        of.shared_spread = shared.spread;
    }
    ANA_TRY(
        ana_rsa_in_batches(&scene->compare->run, scene->draws->n_samples, BATCH, evaluate, &of));
done:
    ana_workspace_release(&workspace);
    return status;
}
