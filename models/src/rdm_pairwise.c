/* Dissimilarities pair by pair: those that are no products, and all of them where channels are
 * missing. Limit: n^2 p / 2 reads of two patterns from cache; with noise and missing channels a
 * Cholesky factor, p^3 / 3 flops, for each set of channels that follows another. */
#include "rdm_parts.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* One thread's room: the channels that both patterns have, and what is computed of them. */
typedef struct pair_room {
    size_t n;        /* channels in both */
    size_t *channel; /* p */
    double *a;       /* p: pattern i, or a difference */
    double *b;
    size_t n_factored; /* channels of `factor` */
    size_t *factored;
    double *factor; /* p x p */
} pair_room;

typedef struct pair_task {
    const ana_patterns *patterns;
    const ana_rdm_options *options;
    const double *logarithms; /* of the patterns; NULL: not Poisson */
    const double *covariance; /* p x p; NULL: the identity */
    ana_rdms *rdms;
} pair_task;

static const double *row_of(const pair_task *task, const double *from, size_t set, size_t i)
{
    return from + (set * task->patterns->n + i) * task->patterns->p;
}

/* Channels that none of four rows lacks. */
static void find_channels(size_t p, const double *const rows[4], pair_room *room)
{
    room->n = 0;
    for (size_t j = 0; j < p; j++) {
        if (!isnan(rows[0][j]) && !isnan(rows[1][j]) && !isnan(rows[2][j]) && !isnan(rows[3][j])) {
            room->channel[room->n++] = j;
        }
    }
}

/* Solves with the covariance of the room's channels; its factor is kept for the next pair. */
static ana_status whiten(const pair_task *task, pair_room *room, double *x)
{
    ana_status status = ANA_OK;
    const size_t n = room->n;
    const bool same = n == room->n_factored &&
                      memcmp(room->channel, room->factored, n * sizeof *room->channel) == 0;
    if (!same) {
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++) {
                room->factor[i * n + j] =
                    task->covariance[room->channel[i] * task->patterns->p + room->channel[j]];
            }
        }
        room->n_factored = 0;
        ANA_TRY(ana_linalg_cholesky(n, room->factor, room->factor));
        memcpy(room->factored, room->channel, n * sizeof *room->channel);
        room->n_factored = n;
    }
    ANA_TRY(ana_linalg_solve_lower(n, room->factor, false, 1, x, x));
done:
    return status;
}

/* a . b over the room's channels, each entry a difference of two rows, divided by their number. */
static ana_status product_of_differences(const pair_task *task, const double *const rows[4],
                                         pair_room *room, double *out)
{
    ana_status status = ANA_OK;
    double sum = 0.0;
    for (size_t k = 0; k < room->n; k++) {
        const size_t j = room->channel[k];
        room->a[k] = rows[0][j] - rows[1][j];
        room->b[k] = rows[2][j] - rows[3][j];
    }
    if (task->covariance != NULL && room->n > 0) {
        ANA_TRY(whiten(task, room, room->a));
        ANA_TRY(whiten(task, room, room->b));
    }
    for (size_t k = 0; k < room->n; k++) {
        sum += room->a[k] * room->b[k];
    }
    *out = room->n > 0 ? sum / (double)room->n : (double)NAN;
done:
    return status;
}

/* Mean over pairs of folds that hold both conditions; how many folds do. */
static ana_status across_folds(const pair_task *task, size_t i, size_t j, pair_room *room,
                               double *out, double *n_folds)
{
    ana_status status = ANA_OK;
    const ana_patterns *from = task->patterns;
    const double *right = task->logarithms != NULL ? task->logarithms : from->means;
    double sum = 0.0;
    double count = 0.0;
    *n_folds = 0.0;
    for (size_t f = 0; f < from->n_sets; f++) {
        const double *seen_f = from->n_trials + f * from->n;
        const bool in_f = seen_f[i] > 0.0 && seen_f[j] > 0.0;
        *n_folds += in_f;
        for (size_t g = 0; g < from->n_sets && in_f; g++) {
            const double *seen_g = from->n_trials + g * from->n;
            if (g == f || seen_g[i] == 0.0 || seen_g[j] == 0.0) {
                continue;
            }
            const double *const rows[4] = {row_of(task, from->means, f, i),
                                           row_of(task, from->means, f, j),
                                           row_of(task, right, g, i), row_of(task, right, g, j)};
            double d = 0.0;
            find_channels(from->p, rows, room);
            ANA_TRY(product_of_differences(task, rows, room, &d));
            sum += isnan(d) ? 0.0 : d;
            count += isnan(d) ? 0.0 : 1.0;
        }
    }
    *out = count > 0.0 ? sum / count : (double)NAN;
done:
    return status;
}

static ana_status angle(const pair_task *task, const double *a, const double *b, pair_room *room,
                        double *out)
{
    ana_status status = ANA_OK;
    double sum = 0.0;
    for (size_t k = 0; k < room->n; k++) {
        room->a[k] = a[room->channel[k]];
        room->b[k] = b[room->channel[k]];
    }
    *out = (double)NAN;
    if (room->n == 0) {
        return ANA_OK;
    }
    ANA_TRY(ana_rdm_directions(task->options, 1, room->n, room->a));
    ANA_TRY(ana_rdm_directions(task->options, 1, room->n, room->b));
    for (size_t k = 0; k < room->n; k++) {
        sum += room->a[k] * room->b[k];
    }
    *out = 1.0 - sum;
done:
    return status;
}

/* What the distances that are no products add up over channels. */
typedef struct channel_sums {
    double size;     /* |x - y| */
    double square;   /* its square */
    double largest;  /* of it */
    double relative; /* over |x| + |y| */
    double both;     /* |x + y| */
} channel_sums;

static channel_sums add_channels(const double *a, const double *b, const pair_room *room)
{
    channel_sums sums = {0};
    for (size_t k = 0; k < room->n; k++) {
        const double x = a[room->channel[k]];
        const double y = b[room->channel[k]];
        const double size = fabs(x - y);
        sums.size += size;
        sums.square += size * size;
        sums.largest = fmax(sums.largest, size);
        sums.relative += size > 0.0 ? size / (fabs(x) + fabs(y)) : 0.0;
        sums.both += fabs(x + y);
    }
    return sums;
}

/* Where channels are missing, sums are scaled to all p of them, so that they stay comparable. */
static double distance(ana_rdm_method method, size_t p, const double *a, const double *b,
                       const pair_room *room)
{
    const channel_sums sums = add_channels(a, b, room);
    const double scale = (double)p / (double)room->n;
    if (method == ANA_RDM_EUCLIDEAN_ROOT) {
        return sqrt(sums.square * scale);
    }
    if (method == ANA_RDM_CHEBYSHEV) {
        return sums.largest;
    }
    if (method == ANA_RDM_CANBERRA) {
        return sums.relative * scale;
    }
    return method == ANA_RDM_CITYBLOCK ? sums.size * scale : sums.size / sums.both;
}

static ana_status compare(const pair_task *task, size_t i, size_t j, pair_room *room, double *out)
{
    const ana_rdm_method method = task->options->method;
    const ana_patterns *from = task->patterns;
    const double *right = task->logarithms != NULL ? task->logarithms : from->means;
    const double *const rows[4] = {row_of(task, from->means, 0, i), row_of(task, from->means, 0, j),
                                   row_of(task, right, 0, i), row_of(task, right, 0, j)};
    find_channels(from->p, rows, room);
    if (ana_rdm_is_angle(method)) {
        return angle(task, rows[0], rows[1], room, out);
    }
    if (ana_rdm_is_direct(method)) {
        *out = room->n > 0 ? distance(method, from->p, rows[0], rows[1], room) : (double)NAN;
        return ANA_OK;
    }
    return product_of_differences(task, rows, room, out);
}

/* Condition i with all that follow. */
static ana_status fill_row(const pair_task *task, size_t i, pair_room *room)
{
    ana_status status = ANA_OK;
    const ana_patterns *from = task->patterns;
    const double *seen = from->n_trials;
    for (size_t j = i + 1; j < from->n; j++) {
        const size_t pair = ana_rdm_pair(from->n, i, j);
        if (ana_rdm_crosses(task->options->method)) {
            ANA_TRY(across_folds(task, i, j, room, &task->rdms->values[pair],
                                 &task->rdms->n_folds[pair]));
        } else if (seen[i] > 0.0 && seen[j] > 0.0) {
            ANA_TRY(compare(task, i, j, room, &task->rdms->values[pair]));
        } else {
            task->rdms->values[pair] = (double)NAN;
        }
    }
done:
    return status;
}

static ana_status prepare(const ana_patterns *patterns, const ana_noise *noise,
                          ana_workspace *workspace, pair_task *task)
{
    const size_t size = patterns->n_sets * patterns->n * patterns->p;
    double *logarithms = NULL;
    double *covariance = NULL;
    if (ana_rdm_is_poisson(task->options->method)) {
        logarithms = ana_workspace_doubles(workspace, size, 1);
    }
    if (noise != NULL) {
        covariance = ana_workspace_doubles(workspace, patterns->p, patterns->p);
    }
    ana_status status = ana_workspace_check(workspace, "rdm");
    for (size_t k = 0; status == ANA_OK && logarithms != NULL && k < size; k++) {
        logarithms[k] = log(patterns->means[k]);
    }
    if (status == ANA_OK && covariance != NULL) {
        status = ana_noise_covariance(noise, covariance);
    }
    task->logarithms = logarithms;
    task->covariance = covariance;
    return status;
}

ana_status ana_rdm_pairwise(const ana_patterns *patterns, const ana_noise *noise,
                            const ana_rdm_options *options, ana_rdms *rdms)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    pair_task task = {.patterns = patterns, .options = options, .rdms = rdms};
    const size_t p = patterns->p;
    const size_t n = patterns->n;
    const size_t n_threads = (size_t)ana_run_threads(&options->run, n);
    ANA_TRY(prepare(patterns, noise, &workspace, &task));
    pair_room *rooms = ana_workspace_bytes(&workspace, n_threads, 1, sizeof *rooms);
    ana_status *each = ana_workspace_bytes(&workspace, n, 1, sizeof *each);
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    for (size_t k = 0; k < n_threads; k++) {
        rooms[k] = (pair_room){.channel = ana_workspace_sizes(&workspace, p, 1),
                               .a = ana_workspace_doubles(&workspace, p, 1),
                               .b = ana_workspace_doubles(&workspace, p, 1)};
        if (task.covariance != NULL) {
            rooms[k].factored = ana_workspace_sizes(&workspace, p, 1);
            rooms[k].factor = ana_workspace_doubles(&workspace, p, p);
        }
    }
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
#pragma omp parallel for default(none) shared(task, rooms, each, n) schedule(dynamic)              \
    num_threads((int)n_threads)
    for (size_t i = 0; i < n; i++) {
        each[i] = fill_row(&task, i, &rooms[omp_get_thread_num()]);
    }
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        status = each[i];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
