/* Could a match be chance? Conditions of the models change places, in every way where there are
 * few.
 *
 * Where a similarity is the product of two directions, subjects add up to one target, and a
 * permutation costs a gather of n (n - 1) / 2 numbers, from one row after the other of the model
 * written out as a square: one model at a time. A whitened product is one as well, when all
 * conditions have the same noise: V^-1 changes with its rows and columns alike. */
#include "dense.h"
#include "pairs.h"
#include "rdm_parts.h"
#include "rsa_draws.h"
#include "rsa_parts.h"
#include "simd.h"
#include "try.h"

#include <analysis/resampling.h>

#include <math.h>
#include <stdint.h>
#include <string.h>

enum {
    ORDERS = 64, /* of one batch, where every order is tried */
    LANES = 8
};

typedef struct permuted {
    const ana_rdms *subjects;
    const ana_rdms *models;
    const double *noise;
    const ana_rdm_compare_options *options;
    size_t n; /* conditions */
    size_t n_pairs;
    double *target; /* n_pairs: mean direction of the subjects; NULL: no product */
    double *square; /* n x n: the direction of one model, its conditions on both sides */
    double *sums;   /* n: scratch */
    double *moved;  /* workers x models x n_pairs: without product */
    double *values; /* workers x models x subjects */
} permuted;

/* In lanes, whose order is fixed. */
ANA_CLONES
static double gather(size_t n, const double *target, const size_t *order, const double *row)
{
    double sum[LANES] = {0.0};
    size_t j = 0;
    for (; j + LANES <= n; j += LANES) {
#pragma omp simd
        for (size_t lane = 0; lane < LANES; lane++) {
            sum[lane] += target[j + lane] * row[order[j + lane]];
        }
    }
    for (; j < n; j++) {
        sum[j % LANES] += target[j] * row[order[j]];
    }
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

static double by_product(const permuted *of, const size_t *order)
{
    const double *target = of->target;
    double sum = 0.0;
    for (size_t i = 0; i + 1 < of->n; i++) {
        sum += gather(of->n - i - 1, target, order + i + 1, of->square + order[i] * of->n);
        target += of->n - i - 1;
    }
    return sum;
}

static ana_status by_comparing(const permuted *of, const ana_rearranged *data, double *values)
{
    const size_t n_models = of->models->n_rdms;
    const size_t n_subjects = of->subjects->n_rdms;
    ana_rdms moved = *of->models; /* borrowed but for its values */
    double *similarity = of->values + data->worker * n_models * n_subjects;
    moved.values = of->moved + data->worker * n_models * of->n_pairs;
    for (size_t m = 0; m < n_models; m++) {
        double *to = moved.values + m * of->n_pairs;
        for (size_t i = 0; i < of->n; i++) {
            for (size_t j = i + 1; j < of->n; j++) {
                *to++ = of->models->values[m * of->n_pairs +
                                           pairs_place_of(of->n, data->order[i], data->order[j])];
            }
        }
    }
    ana_status status = ana_rdm_compare(&moved, of->subjects, of->noise, of->options, similarity);
    for (size_t m = 0; m < n_models; m++) {
        values[m] = 0.0;
        for (size_t s = 0; s < n_subjects; s++) {
            values[m] += similarity[m * n_subjects + s] / (double)n_subjects;
        }
    }
    return status;
}

static ana_status rearranged(void *user, const ana_rearranged *data, double *values)
{
    const permuted *of = user;
    if (of->target == NULL) {
        return by_comparing(of, data, values);
    }
    values[0] = by_product(of, data->order);
    return ANA_OK;
}

/* 2 V^-1 d without noise: d_ij - (s_i + s_j - S / n) / n, s the sums of each condition's
 * dissimilarities and S that of all pairs. */
static void solve_covariance(size_t n, const double *d, double *sums, double *out)
{
    double whole = 0.0;
    memset(sums, 0, n * sizeof *sums);
    const double *from = d;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++, from++) {
            sums[i] += *from;
            sums[j] += *from;
            whole += *from;
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            *out++ = *d++ - (sums[i] + sums[j] - 2.0 * whole / (double)n) / (double)n;
        }
    }
}

/* Rows to length 1 under V^-1, about their means where asked; `solved` gets V^-1 of them. */
static void whiten(const permuted *of, bool centred, double *row, double *sums, double *solved)
{
    double mean = 0.0;
    for (size_t k = 0; k < of->n_pairs && centred; k++) {
        mean += row[k] / (double)of->n_pairs;
    }
    for (size_t k = 0; k < of->n_pairs; k++) {
        row[k] -= mean;
    }
    solve_covariance(of->n, row, sums, solved);
    const double length = sqrt(ana_dot(of->n_pairs, row, solved));
    for (size_t k = 0; k < of->n_pairs; k++) {
        row[k] /= length;
        solved[k] /= length;
    }
}

/* Matrix `row` as a direction; solved: V^-1 of it, where whitened. */
static ana_status make_direction(const permuted *of, double *row, double *solved)
{
    const ana_rdm_similarity similarity = of->options->similarity;
    if (similarity < ANA_RDM_SIM_WHITENED_COSINE) {
        return ana_rdm_directions_of(similarity, 1, of->n_pairs, row);
    }
    whiten(of, similarity == ANA_RDM_SIM_WHITENED_CORRELATION, row, of->sums, solved);
    return ANA_OK;
}

/* target: the subjects' directions, added up one at a time. */
static ana_status make_target(const permuted *of, double *target)
{
    ana_status status = ANA_OK;
    const bool white = of->options->similarity >= ANA_RDM_SIM_WHITENED_COSINE;
    const size_t n_subjects = of->subjects->n_rdms;
    double *row = of->square; /* room for two packed matrices */
    double *solved = of->square + of->n_pairs;
    for (size_t s = 0; s < n_subjects; s++) {
        memcpy(row, of->subjects->values + s * of->n_pairs, of->n_pairs * sizeof *row);
        ANA_TRY(make_direction(of, row, solved));
        for (size_t k = 0; k < of->n_pairs; k++) {
            target[k] += (white ? solved[k] : row[k]) / (double)n_subjects;
        }
    }
done:
    return status;
}

/* square: the direction of model m; row and solved have room for a packed matrix. */
static ana_status make_square(const permuted *of, size_t m, double *row, double *solved)
{
    ana_status status = ANA_OK;
    memcpy(row, of->models->values + m * of->n_pairs, of->n_pairs * sizeof *row);
    ANA_TRY(make_direction(of, row, solved));
    for (size_t i = 0; i < of->n; i++) {
        of->square[i * of->n + i] = 0.0;
        for (size_t j = i + 1; j < of->n; j++) {
            const double value = row[pairs_place(of->n, i, j)];
            of->square[i * of->n + j] = value;
            of->square[j * of->n + i] = value;
        }
    }
done:
    return status;
}

static bool is_whole(const ana_rdms *rdms, size_t n_pairs)
{
    bool whole = true;
    for (size_t k = 0; k < rdms->n_rdms * n_pairs; k++) {
        whole = whole && !isnan(rdms->values[k]);
    }
    return whole;
}

static bool is_product(const permuted *of)
{
    const ana_rdm_similarity similarity = of->options->similarity;
    const bool white =
        similarity == ANA_RDM_SIM_WHITENED_COSINE || similarity == ANA_RDM_SIM_WHITENED_CORRELATION;
    return is_whole(of->subjects, of->n_pairs) && is_whole(of->models, of->n_pairs) &&
           (similarity <= ANA_RDM_SIM_RHO_A || (white && of->noise == NULL));
}

/* A similarity that is not there (a constant matrix) cannot be tested. */
static bool all_known(const ana_rsa *rsa)
{
    bool known = true;
    for (size_t i = 0; i < rsa->n_models * rsa->n_subjects; i++) {
        known = known && !isnan(rsa->values[i]);
    }
    return known;
}

/* n!, or most + 1 when it is more than `most`. */
static size_t count_orders(size_t n, size_t most)
{
    size_t orders = 1;
    for (size_t i = 2; i <= n; i++) {
        if (orders > most / i) {
            return most + 1;
        }
        orders *= i;
    }
    return orders;
}

/* Every order of the conditions, by its number; the first is their own. */
typedef struct every_order {
    const permuted *of;
    size_t n_orders; /* n! */
    size_t n_values;
    size_t *orders; /* workers x n */
    double *values; /* n! x n_values */
} every_order;

static void nth_order(size_t n, size_t k, size_t n_orders, size_t *order)
{
    for (size_t i = 0; i < n; i++) {
        order[i] = i;
    }
    for (size_t i = 0; i < n; i++) { /* the digits of k in the factorial base */
        n_orders /= n - i;
        const size_t from = i + k / n_orders;
        const size_t taken = order[from];
        memmove(order + i + 1, order + i, (from - i) * sizeof *order);
        order[i] = taken;
        k %= n_orders;
    }
}

static ana_status evaluate_orders(const void *user, size_t first, size_t n, size_t worker)
{
    const every_order *every = user;
    const permuted *of = every->of;
    ana_status status = ANA_OK;
    size_t *order = every->orders + worker * of->n;
    for (size_t k = first; k < first + n && status == ANA_OK; k++) {
        const ana_rearranged data = {.n = of->n, .order = order, .worker = worker};
        nth_order(of->n, k, every->n_orders, order);
        status = rearranged((void *)(uintptr_t)of, &data, every->values + k * every->n_values);
    }
    return status;
}

/* values: (1 + n_orders) x n_values, of the conditions' own order and of the others: drawn ones, or
 * all there are. */
static ana_status try_orders(const permuted *of, const ana_resampling_options *settings, bool every,
                             size_t n_orders, size_t n_values, double *values)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_workers = ana_rsa_n_workers(&settings->run, n_orders + 1, ORDERS);
    every_order all = {.of = of,
                       .n_orders = n_orders + 1,
                       .n_values = n_values,
                       .orders = ana_workspace_sizes(&workspace, n_workers, of->n)};
    all.values = values;
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    if (every) { /* the first order is the conditions' own */
        ANA_TRY(ana_rsa_in_batches(&settings->run, n_orders + 1, ORDERS, evaluate_orders, &all));
    } else {
        for (size_t i = 0; i < of->n; i++) {
            all.orders[i] = i;
        }
        const ana_rearranged own = {.n = of->n, .order = all.orders};
        ANA_TRY(rearranged((void *)(uintptr_t)of, &own, values));
        ANA_TRY(ana_resampling_values(of->n, n_values, rearranged, (void *)(uintptr_t)of, settings,
                                      values + n_values));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* values: (1 + n_orders) x M. A model at a time where they are products. */
static ana_status try_models(permuted *of, const ana_resampling_options *settings, bool every,
                             size_t n_orders, double *values)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_models = of->models->n_rdms;
    if (of->target == NULL) {
        return try_orders(of, settings, every, n_orders, n_models, values);
    }
    double *row = ana_workspace_doubles(&workspace, of->n_pairs, 2);
    double *column = ana_workspace_doubles(&workspace, n_orders + 1, 1);
    ANA_TRY(ana_workspace_check(&workspace, "rsa"));
    for (size_t m = 0; m < n_models; m++) {
        ANA_TRY(make_square(of, m, row, row + of->n_pairs));
        ANA_TRY(try_orders(of, settings, every, n_orders, 1, column));
        for (size_t k = 0; k <= n_orders; k++) {
            values[k * n_models + m] = column[k];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status make_room(ana_workspace *workspace, const ana_resampling_options *settings,
                            permuted *of)
{
    ana_status status = ANA_OK;
    const size_t n_models = of->models->n_rdms;
    const size_t n_workers = (size_t)ana_run_threads(&settings->run, settings->n_resamples + 1);
    if (is_product(of)) {
        of->square = ana_workspace_doubles(workspace, of->n, of->n);
        of->sums = ana_workspace_doubles(workspace, of->n, 1);
        double *target = ana_workspace_doubles(workspace, of->n_pairs, 1);
        ANA_TRY(ana_workspace_check(workspace, "rsa"));
        ANA_TRY(make_target(of, target));
        of->target = target;
    } else {
        of->moved = ana_workspace_doubles(workspace, n_workers * n_models, of->n_pairs);
        of->values = ana_workspace_doubles(workspace, n_workers * n_models, of->subjects->n_rdms);
        ANA_TRY(ana_workspace_check(workspace, "rsa"));
    }
done:
    return status;
}

ana_status ana_rsa_permute(const ana_rdms *subjects, const ana_rdms *models, const double *noise,
                           const ana_rsa_options *options, double *null, ana_rsa *rsa)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_models = models->n_rdms;
    ana_resampling_options settings = ana_resampling_options_default();
    ana_rdm_compare_options compare = options->compare;
    permuted of = {.subjects = subjects,
                   .models = models,
                   .noise = noise,
                   .options = &compare,
                   .n = subjects->n_conditions,
                   .n_pairs = ana_rdm_n_pairs(subjects->n_conditions)};
    if (options->n_permutations == 0 || !all_known(rsa)) {
        return ANA_OK;
    }
    compare.leave_out_missing = true; /* what all lack moves with the models' conditions */
    settings.run = options->run;
    settings.n_resamples = options->n_permutations;
    settings.tail = options->compare.similarity == ANA_RDM_SIM_BURES_DISTANCE ? ANA_TAIL_LESS
                                                                              : ANA_TAIL_GREATER;
    const size_t n_all = count_orders(of.n, settings.n_resamples);
    const bool whole = settings.run.shard.count < 2;
    const bool every = n_all <= settings.n_resamples && null == NULL && whole;
    const size_t n_orders = every ? n_all - 1 : settings.n_resamples;
    double *values = ana_workspace_doubles(&workspace, n_orders + 1, n_models);
    ANA_TRY(make_room(&workspace, &settings, &of));
    ANA_TRY(try_models(&of, &settings, every, n_orders, values));
    if (whole) {
        ANA_TRY(ana_resampling_p_values(n_orders, n_models, values, values + n_models,
                                        settings.tail, rsa->p_chance, rsa->p_chance_max));
    }
    if (null != NULL) {
        memcpy(null, values + n_models, n_orders * n_models * sizeof *null);
    }
    rsa->n_permutations = n_orders + (every ? 1 : 0);
done:
    ana_workspace_release(&workspace);
    return status;
}
