/* Random reference networks: the same pairs at other places. */
#include "comparison_parts.h"
#include "network_parts.h"
#include "order.h"
#include "pairs.h"
#include "try.h"

#include <analysis/models/network_features.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_LANES = 8,     /* networks measured side by side */
    FEW_PAIRS = 4096 /* that one thread has measured before others woke */
};

/* What makes random networks: source[k] is the pair that moves to place k, or n_pairs, a pair
 * without an edge. */
typedef struct null_maker {
    const ana_network_comparison *comparison;
    const ana_comparison_options *options;
    ana_comparison_null kind;
    ana_graph *graph;    /* degrees: weights are numbers of pairs */
    size_t *by_distance; /* distance: pairs, nearest first */
    size_t *names;       /* labels */
    double rank_of_none;
} null_maker;

/* The number of the pair of two nodes. */
static size_t pair_of(const ana_network_comparison *comparison, size_t i, size_t j)
{
    const size_t n = comparison->n_nodes;
    return comparison->ordered ? i * (n - 1) + j - (j > i ? 1 : 0) : pairs_place_of(n, i, j);
}

static void move_labels(const null_maker *self, size_t item, size_t *source)
{
    const ana_network_comparison *comparison = self->comparison;
    ana_random random = ana_random_stream(self->options->run.seed, "comparison.labels", item);
    ana_random_permutation(&random, comparison->n_nodes, self->names);
    for (size_t k = 0; k < comparison->n_pairs; k++) {
        source[k] =
            pair_of(comparison, self->names[comparison->from[k]], self->names[comparison->to[k]]);
    }
}

static void move_within_distances(const null_maker *self, size_t item, size_t *source)
{
    const size_t n = self->comparison->n_pairs;
    const size_t n_bins = self->options->n_bins < n ? self->options->n_bins : n;
    ana_random random = ana_random_stream(self->options->run.seed, "comparison.distance", item);
    for (size_t k = 0; k < n; k++) {
        source[self->by_distance[k]] = self->by_distance[k];
    }
    for (size_t b = 0; b < n_bins; b++) {
        const size_t first = b * n / n_bins;
        for (size_t k = (b + 1) * n / n_bins; k > first + 1; k--) {
            const size_t other = first + (size_t)ana_random_below(&random, k - first);
            const size_t held = source[self->by_distance[k - 1]];
            source[self->by_distance[k - 1]] = source[self->by_distance[other]];
            source[self->by_distance[other]] = held;
        }
    }
}

static ana_status move_edges(const null_maker *self, size_t item, size_t *source)
{
    ana_graph *moved = NULL;
    const size_t n_pairs = self->comparison->n_pairs;
    const ana_status status = ana_network_rewire(self->graph, self->options->swaps,
                                                 self->options->run.seed, item, &moved);
    for (size_t k = 0; k < n_pairs; k++) {
        source[k] = n_pairs;
    }
    for (size_t e = 0; status == ANA_OK && e < moved->n_edges; e++) {
        source[pair_of(self->comparison, moved->from[e], moved->to[e])] = (size_t)moved->weights[e];
    }
    ana_graph_free(moved);
    return status;
}

static ana_status make_source(const null_maker *self, size_t item, size_t *source)
{
    if (self->kind == ANA_COMPARE_DEGREES) {
        return move_edges(self, item, source);
    }
    if (self->kind == ANA_COMPARE_LABELS) {
        move_labels(self, item, source);
    } else {
        move_within_distances(self, item, source);
    }
    return ANA_OK;
}

static void gather(const null_maker *self, const pair_side *first, const size_t *source,
                   pair_side *out)
{
    const size_t n_pairs = self->comparison->n_pairs;
    for (size_t k = 0; k < n_pairs; k++) {
        const bool none = source[k] == n_pairs;
        out->classes[k] = none ? ANA_PAIR_NONE : first->classes[source[k]];
        out->weights[k] = none ? 0.0 : first->weights[source[k]];
        out->ranks[k] = none ? self->rank_of_none : first->ranks[source[k]];
    }
}

/* The reference's linked pairs as a graph whose weights say which pair it was. */
static ana_status graph_of_pairs(const pair_side *first, null_maker *self, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    const ana_network_comparison *comparison = self->comparison;
    const size_t n = comparison->n_pairs;
    size_t *from = ana_workspace_sizes(workspace, n, 1);
    size_t *to = ana_workspace_sizes(workspace, n, 1);
    double *numbers = ana_workspace_doubles(workspace, n, 1);
    ana_edge_list list = {comparison->n_nodes, 0, from, to, 1, numbers, comparison->ordered};
    ANA_TRY(ana_workspace_check(workspace, "comparison"));
    for (size_t k = 0; k < n; k++) {
        if (first->classes[k] == ANA_PAIR_NONE) {
            self->rank_of_none = first->ranks[k];
            continue;
        }
        from[list.n_edges] = comparison->from[k];
        to[list.n_edges] = comparison->to[k];
        numbers[list.n_edges++] = (double)k;
    }
    ANA_TRY(ana_graph_new(&list, &self->graph));
done:
    return status;
}

/* Pairs by distance; those of an unknown place come last, as far apart as can be. */
static ana_status sort_by_distance(const ana_node_positions *positions, null_maker *self,
                                   ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    const ana_network_comparison *comparison = self->comparison;
    const size_t n = comparison->n_pairs;
    ana_placed *pairs = ana_workspace_bytes(workspace, n, 1, sizeof *pairs);
    self->by_distance = ana_workspace_sizes(workspace, n, 1);
    ANA_TRY(ana_workspace_check(workspace, "comparison"));
    for (size_t k = 0; k < n; k++) {
        double distance = 0.0;
        for (size_t a = 0; a < positions->n_axes; a++) {
            distance = hypot(distance,
                             positions->positions[comparison->from[k] * positions->n_axes + a] -
                                 positions->positions[comparison->to[k] * positions->n_axes + a]);
        }
        pairs[k] = (ana_placed){isnan(distance) ? (double)INFINITY : distance, k};
    }
    qsort(pairs, n, sizeof *pairs, ana_compare_rising);
    for (size_t k = 0; k < n; k++) {
        self->by_distance[k] = pairs[k].index;
    }
done:
    return status;
}

/* Room for the networks that are measured side by side. */
typedef struct null_lanes {
    size_t *source;
    pair_side sides[N_LANES];
} null_lanes;

static ana_status make_lanes(size_t n_pairs, ana_workspace *workspace, null_lanes *out)
{
    out->source = ana_workspace_sizes(workspace, n_pairs, 1);
    for (size_t lane = 0; lane < N_LANES; lane++) {
        out->sides[lane].classes =
            ana_workspace_bytes(workspace, n_pairs, 1, sizeof(ana_pair_class));
        out->sides[lane].weights = ana_workspace_doubles(workspace, n_pairs, 1);
        out->sides[lane].ranks = ana_workspace_doubles(workspace, n_pairs, 1);
    }
    return ana_workspace_check(workspace, "comparison");
}

/* values: n_nulls x ANA_COMPARE_N. */
static ana_status measure_nulls(const null_maker *self, const pair_side *first,
                                const strength_side *second, null_lanes *lanes, double *values)
{
    ana_status status = ANA_OK;
    const size_t n = self->options->n_nulls;
    for (size_t done = 0; done < n; done += N_LANES) {
        const size_t n_here = n - done < N_LANES ? n - done : N_LANES;
        ANA_TRY(ana_run_progress(&self->options->run, "random networks",
                                 (size_t)self->kind * n + done, ANA_COMPARE_N_NULLS * n));
        for (size_t lane = 0; lane < n_here; lane++) {
            ANA_TRY(make_source(self, done + lane, lanes->source));
            gather(self, first, lanes->source, &lanes->sides[lane]);
        }
#pragma omp parallel for default(none) shared(lanes, second, values, done, n_here)                 \
    schedule(static, 1)                                                                            \
        num_threads(ana_run_threads(&self->options->run, n_here)) if (second->n_pairs > FEW_PAIRS)
        for (size_t lane = 0; lane < n_here; lane++) {
            comparison_measure(&lanes->sides[lane], second, values + (done + lane) * ANA_COMPARE_N);
        }
    }
done:
    return status;
}

/* One statistic beside its random values, which are gathered in `column`. */
static ana_status summarise(const double *values, size_t n, size_t statistic,
                            ana_comparison_null kind, double *column, ana_network_comparison *out)
{
    static const double ends[] = {0.025, 0.975};
    double middle[2] = {(double)NAN, (double)NAN};
    size_t n_known = 0;
    const network_chance chance =
        network_chance_of(n, values + statistic, ANA_COMPARE_N, out->value[statistic]);
    for (size_t k = 0; k < n; k++) {
        column[n_known] = values[k * ANA_COMPARE_N + statistic];
        n_known += isnan(column[n_known]) ? 0 : 1;
    }
    const ana_status status = ana_stats_quantiles(n_known, column, 2, ends, middle);
    out->null_mean[kind][statistic] = chance.mean;
    out->null_sd[kind][statistic] = chance.sd;
    out->null_low[kind][statistic] = middle[0];
    out->null_high[kind][statistic] = middle[1];
    out->z[kind][statistic] = chance.z;
    out->p[kind][statistic] = chance.p;
    return status;
}

ana_status comparison_test(const pair_side *first, const strength_side *second,
                           const ana_node_positions *positions,
                           const ana_comparison_options *options, ana_network_comparison *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    null_lanes lanes = {0};
    null_maker self = {.comparison = out, .options = options};
    const size_t n = options->n_nulls;
    out->n_nulls = n;
    if (n == 0) {
        return ANA_OK;
    }
    double *values = ana_workspace_doubles(&workspace, n, ANA_COMPARE_N);
    double *column = ana_workspace_doubles(&workspace, n, 1);
    self.names = ana_workspace_sizes(&workspace, out->n_nodes, 1);
    ANA_TRY(make_lanes(out->n_pairs, &workspace, &lanes));
    ANA_TRY(graph_of_pairs(first, &self, &workspace));
    if (positions != NULL) {
        ANA_TRY(sort_by_distance(positions, &self, &workspace));
    }
    for (size_t kind = 0; kind < ANA_COMPARE_N_NULLS; kind++) {
        self.kind = (ana_comparison_null)kind;
        out->has_null[kind] = self.kind != ANA_COMPARE_DISTANCE || positions != NULL;
        if (!out->has_null[kind]) {
            continue;
        }
        ANA_TRY(measure_nulls(&self, first, second, &lanes, values));
        for (size_t s = 0; s < ANA_COMPARE_N; s++) {
            ANA_TRY(summarise(values, n, s, self.kind, column, out));
        }
    }
done:
    ana_graph_free(self.graph);
    ana_workspace_release(&workspace);
    return status;
}
