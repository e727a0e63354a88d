/* Divergences of two sets of distances by the loops of their mapping cones. */
#include "memory.h"
#include "pairs.h"
#include "rips.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/rtd.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ana_rtd_options ana_rtd_options_default(void)
{
    return (ana_rtd_options){
        .run = ana_run_default(), .quantile = 0.9, .n_points = 500, .n_subsamples = 10};
}

const ana_option ana_rtd_option_table[] = {
    {"quantile", ANA_OPTION_DOUBLE, offsetof(ana_rtd_options, quantile), 0, 1, NULL, "QUANTILE",
     "of each system's distances, which becomes 1; 0: distances as they are", false},
    {"points", ANA_OPTION_SIZE, offsetof(ana_rtd_options, n_points), 3, 5000, NULL, "N",
     "of a subsample of the stimuli", false},
    {"subsamples", ANA_OPTION_SIZE, offsetof(ana_rtd_options, n_subsamples), 1, 1e6, NULL, "N",
     "when there are more stimuli than that", false},
    ANA_OPTION_END,
};

/* distance (2 n + 1 square, out) of the mapping cone. */
static void make_cone(size_t n, const double *w, const double *v, double *distance)
{
    const size_t m = 2 * n + 1;
    for (size_t k = 0; k < m * m; k++) {
        distance[k] = INFINITY;
    }
    for (size_t i = 0; i < n; i++) {
        const size_t a = 1 + i;
        const size_t b = 1 + n + i;
        distance[a] = distance[a * m] = 0.0;
        distance[a * m + b] = distance[b * m + a] = 0.0;
        for (size_t j = 0; j < i; j++) {
            const double own = w[pairs_place(n, j, i)];
            const double both = fmin(own, v[pairs_place(n, j, i)]);
            const size_t a_j = 1 + j;
            const size_t b_j = 1 + n + j;
            distance[a * m + a_j] = distance[a_j * m + a] = own;
            distance[b * m + b_j] = distance[b_j * m + b] = both;
            distance[a * m + b_j] = distance[b_j * m + a] = own;
        }
    }
}

/* One subsample in one direction: by one thread. */
typedef struct divergence {
    const double *w;
    const double *v;
    double *cone;
    ana_bars bars;
    ana_status status;
    char sentence[256];
} divergence;

static void diverge(size_t n, divergence *self)
{
    make_cone(n, self->w, self->v, self->cone);
    self->status = ana_rips_loops(2 * n + 1, self->cone, &self->bars);
    if (self->status != ANA_OK) {
        snprintf(self->sentence, sizeof self->sentence, "%s", ana_last_error());
    }
}

static double total_length(const ana_bars *bars)
{
    double sum = 0.0;
    for (size_t k = 0; k < bars->n; k++) {
        sum += bars->deaths[k] - bars->births[k];
    }
    return sum;
}

/* to = distances of those points, their quantile 1. */
static ana_status take_points(size_t n, const double *from, size_t n_points, const size_t *points,
                              double quantile, double *room, double *to)
{
    const size_t n_pairs = pairs_count(n_points);
    for (size_t i = 0; i < n_points; i++) {
        for (size_t j = i + 1; j < n_points; j++) {
            to[pairs_place(n_points, i, j)] = from[pairs_place(n, points[i], points[j])];
        }
    }
    if (quantile == 0.0) {
        return ANA_OK;
    }
    memcpy(room, to, n_pairs * sizeof *room);
    const double unit = ana_stats_quantile_in_place(n_pairs, room, quantile);
    if (!(unit > 0.0)) {
        return ana_fail(ANA_ERR_VALUE, "rtd: the quantile %g of the distances is 0", quantile);
    }
    for (size_t k = 0; k < n_pairs; k++) {
        to[k] /= unit;
    }
    return ANA_OK;
}

static int compare_sizes(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a;
    const size_t y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* Points of subsample s, ascending; all of them when they fit. */
static void draw_points(size_t n, size_t n_points, uint64_t seed, size_t s, size_t *order)
{
    if (n_points < n) {
        ana_random random = ana_random_stream(seed, "rtd.points", s);
        ana_random_permutation(&random, n, order);
        qsort(order, n_points, sizeof *order, compare_sizes);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        order[i] = i;
    }
}

static ana_status check_distances(size_t n, const double *distance, const char *which)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            const double d = distance[pairs_place(n, i, j)];
            if (!(d >= 0.0) || isinf(d)) {
                return ana_fail(ANA_ERR_VALUE, "rtd: the %s distance of points %zu and %zu is %g",
                                which, i, j, d);
            }
        }
    }
    return ANA_OK;
}

static ana_status make_result(size_t n, const ana_rtd_options *use, ana_rtd **out)
{
    ana_status status = ANA_OK;
    ana_rtd *made = NULL;
    ANA_TRY(ana_allocate(1, sizeof *made, "rtd", &made));
    made->n = n;
    made->n_points = n < use->n_points ? n : use->n_points;
    made->n_subsamples = n <= use->n_points ? 1 : use->n_subsamples;
    ANA_TRY(ana_allocate(made->n_subsamples, sizeof(double), "rtd", &made->forward));
    ANA_TRY(ana_allocate(made->n_subsamples, sizeof(double), "rtd", &made->backward));
    *out = made;
    made = NULL;
done:
    ana_rtd_free(made);
    return status;
}

/* The result of subsample s; the bars of the first are handed over. */
static void keep(size_t s, divergence *both, ana_rtd *made)
{
    made->forward[s] = total_length(&both[0].bars);
    made->backward[s] = total_length(&both[1].bars);
    for (size_t d = 0; d < 2; d++) {
        if (s == 0) {
            made->bars[d] =
                (ana_rtd_bars){both[d].bars.n, both[d].bars.births, both[d].bars.deaths};
            both[d].bars = (ana_bars){0};
        }
        ana_bars_release(&both[d].bars);
    }
}

static void summarise(ana_rtd *made, double *values)
{
    for (size_t s = 0; s < made->n_subsamples; s++) {
        values[s] = 0.5 * (made->forward[s] + made->backward[s]);
    }
    made->rtd = ana_stats_mean(made->n_subsamples, values);
    made->deviation = sqrt(ana_stats_variance(made->n_subsamples, values, 1));
}

/* Both directions of one subsample, at once when there are two threads. */
static ana_status diverge_both(size_t n_points, int n_threads, divergence *both)
{
#pragma omp parallel for default(none) num_threads(n_threads) schedule(static)                     \
    shared(both, n_points)
    for (size_t d = 0; d < 2; d++) {
        diverge(n_points, &both[d]);
    }
    for (size_t d = 0; d < 2; d++) {
        if (both[d].status != ANA_OK) {
            return ana_fail(both[d].status, "%s", both[d].sentence);
        }
    }
    return ANA_OK;
}

static ana_status check_input(size_t n, const double *w, const double *v,
                              const ana_rtd_options *use, size_t n_points)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_options_check(ana_rtd_option_table, use, "rtd"));
    if (n < 3) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "rtd: %zu points; three are needed", n));
    }
    /* Two cones, and what the reduction of each holds of its edges. */
    ANA_TRY(ana_run_check_memory(&use->run, 2 * (2 * n_points + 1) * (2 * n_points + 1) * 48,
                                 "the loops of two representations"));
    ANA_TRY(check_distances(n, w, "first"));
    ANA_TRY(check_distances(n, v, "second"));
done:
    return status;
}

ana_status ana_rtd_compute(size_t n, const double *w, const double *v,
                           const ana_rtd_options *options, ana_rtd **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_rtd *made = NULL;
    divergence both[2] = {{0}};
    const ana_rtd_options defaults = ana_rtd_options_default();
    const ana_rtd_options *use = options != NULL ? options : &defaults;
    const size_t n_points = n < use->n_points ? n : use->n_points;
    const size_t m = 2 * n_points + 1;
    ANA_TRY(check_input(n, w, v, use, n_points));
    ANA_TRY(make_result(n, use, &made));
    size_t *order = ana_workspace_sizes(&workspace, n, 1);
    double *first = ana_workspace_doubles(&workspace, pairs_count(n_points), 3);
    double *values = ana_workspace_doubles(&workspace, made->n_subsamples, 1);
    both[0].cone = ana_workspace_doubles(&workspace, m, m);
    both[1].cone = ana_workspace_doubles(&workspace, m, m);
    ANA_TRY(ana_workspace_check(&workspace, "rtd"));
    double *second = first + pairs_count(n_points);
    double *room = second + pairs_count(n_points);
    both[0].w = both[1].v = first;
    both[1].w = both[0].v = second;
    for (size_t s = 0; s < made->n_subsamples; s++) {
        ANA_TRY(ana_run_progress(&use->run, "subsamples", s, made->n_subsamples));
        draw_points(n, n_points, use->run.seed, s, order);
        ANA_TRY(take_points(n, w, n_points, order, use->quantile, room, first));
        ANA_TRY(take_points(n, v, n_points, order, use->quantile, room, second));
        ANA_TRY(diverge_both(n_points, ana_run_threads(&use->run, 2), both));
        keep(s, both, made);
    }
    summarise(made, values);
    *out = made;
    made = NULL;
done:
    ana_bars_release(&both[0].bars);
    ana_bars_release(&both[1].bars);
    ana_rtd_free(made);
    ana_workspace_release(&workspace);
    return status;
}

void ana_rtd_free(ana_rtd *rtd)
{
    if (rtd == NULL) {
        return;
    }
    free(rtd->forward);
    free(rtd->backward);
    for (size_t d = 0; d < 2; d++) {
        free(rtd->bars[d].births);
        free(rtd->bars[d].deaths);
    }
    free(rtd);
}
