/* Degrees, strengths, and what follows from them and from who is connected at all. */
#include "network_parts.h"
#include "try.h"

#include <math.h>

static void count_edges(const ana_graph *graph, const double *weights,
                        ana_network_features *features)
{
    double *in = features->of_node[ANA_NODE_IN_DEGREE];
    double *out = features->of_node[ANA_NODE_OUT_DEGREE];
    double *in_strength = features->of_node[ANA_NODE_IN_STRENGTH];
    double *out_strength = features->of_node[ANA_NODE_OUT_STRENGTH];
    for (size_t e = 0; e < graph->n_edges; e++) {
        const size_t i = graph->from[e];
        const size_t j = graph->to[e];
        if (i == j) {
            continue;
        }
        out[i] += 1.0;
        in[j] += 1.0;
        out_strength[i] += weights[e];
        in_strength[j] += weights[e];
        if (!graph->directed) {
            out[j] += 1.0;
            in[i] += 1.0;
            out_strength[j] += weights[e];
            in_strength[i] += weights[e];
        }
    }
    for (size_t i = 0; i < graph->n_nodes; i++) {
        features->of_node[ANA_NODE_DEGREE][i] = graph->directed ? in[i] + out[i] : out[i];
        features->of_node[ANA_NODE_STRENGTH][i] =
            graph->directed ? in_strength[i] + out_strength[i] : out_strength[i];
    }
}

static double reciprocity_of(const ana_graph *graph)
{
    double n = 0.0;
    double n_returned = 0.0;
    for (size_t e = 0; e < graph->n_edges; e++) {
        if (graph->from[e] != graph->to[e]) {
            size_t opposite = ana_graph_find_edge(graph, graph->to[e], graph->from[e]);
            n += 1.0;
            n_returned += opposite < graph->n_edges ? 1.0 : 0.0;
        }
    }
    return n_returned / n;
}

/* Sums over edges of degrees at their beginning (x) and end (y), about those means. */
typedef struct edge_sums {
    double n;
    double x;
    double y;
    double xx;
    double yy;
    double xy;
} edge_sums;

static void add_edge(double x, double y, edge_sums *sums)
{
    sums->n += 1.0;
    sums->x += x;
    sums->y += y;
    sums->xx += x * x;
    sums->yy += y * y;
    sums->xy += x * y;
}

static edge_sums sum_over_edges(const ana_graph *graph, const double *out, const double *in,
                                double x_mean, double y_mean)
{
    edge_sums sums = {0};
    for (size_t e = 0; e < graph->n_edges; e++) {
        const size_t i = graph->from[e];
        const size_t j = graph->to[e];
        if (i != j) {
            add_edge(out[i] - x_mean, in[j] - y_mean, &sums);
        }
        if (i != j && !graph->directed) {
            add_edge(out[j] - x_mean, in[i] - y_mean, &sums);
        }
    }
    return sums;
}

/* Correlation over edges; an undirected edge is taken from both of its ends. */
static double assortativity_of(const ana_graph *graph, const double *out, const double *in)
{
    edge_sums sums = sum_over_edges(graph, out, in, 0.0, 0.0);
    sums = sum_over_edges(graph, out, in, sums.x / sums.n, sums.y / sums.n);
    /* Degrees are whole numbers: what is left of equal ones is rounding. */
    const double least = 1e-12 * sums.n;
    return sums.xx > least && sums.yy > least ? sums.xy / sqrt(sums.xx * sums.yy) : (double)NAN;
}

static double entropy_of(size_t n_nodes, size_t n_degrees, const double *counts)
{
    double entropy = 0.0;
    for (size_t k = 0; k < n_degrees; k++) {
        const double p = counts[k] / (double)n_nodes;
        entropy -= p > 0.0 ? p * log(p) : 0.0;
    }
    return n_nodes > 0 ? entropy : (double)NAN;
}

void ana_network_count(const ana_graph *graph, size_t weight_index, ana_network_features *features)
{
    const double n = (double)graph->n_nodes;
    double *of_graph = features->of_graph;
    double ends = 0.0;
    count_edges(graph, graph->weights + weight_index * graph->n_edges, features);
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const double degree = features->of_node[ANA_NODE_DEGREE][i];
        ends += degree;
        features->degree_counts[(size_t)degree] += 1.0;
    }
    while (features->n_degrees > 0 && features->degree_counts[features->n_degrees - 1] == 0.0) {
        features->n_degrees--;
    }
    of_graph[ANA_GRAPH_DENSITY] = n > 1.0 ? ends / (n * (n - 1.0)) : (double)NAN;
    of_graph[ANA_GRAPH_DENSITY] /= graph->directed ? 2.0 : 1.0;
    of_graph[ANA_GRAPH_MEAN_DEGREE] = ends / n;
    of_graph[ANA_GRAPH_RECIPROCITY] = reciprocity_of(graph);
    of_graph[ANA_GRAPH_DEGREE_ENTROPY] =
        entropy_of(graph->n_nodes, features->n_degrees, features->degree_counts);
    of_graph[ANA_GRAPH_ASSORTATIVITY] = assortativity_of(
        graph, features->of_node[ANA_NODE_OUT_DEGREE], features->of_node[ANA_NODE_IN_DEGREE]);
}

ana_status ana_network_components(const ana_ties *ties, ana_network_features *features)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t n_components = 0;
    size_t largest = 0;
    size_t *waiting = ana_workspace_sizes(&workspace, ties->n_nodes, 1);
    bool *seen = ana_workspace_bytes(&workspace, ties->n_nodes, 1, sizeof *seen);
    ANA_TRY(ana_workspace_check(&workspace, "network"));
    for (size_t first = 0; first < ties->n_nodes; first++) {
        size_t n = 0;
        if (seen[first]) {
            continue;
        }
        seen[first] = true;
        waiting[n++] = first;
        for (size_t done = 0; done < n; done++) {
            const size_t i = waiting[done];
            for (size_t a = ties->start[i]; a < ties->start[i + 1]; a++) {
                if (!seen[ties->tie[a].node]) {
                    seen[ties->tie[a].node] = true;
                    waiting[n++] = ties->tie[a].node;
                }
            }
        }
        n_components++;
        largest = n > largest ? n : largest;
    }
    features->of_graph[ANA_GRAPH_N_COMPONENTS] = (double)n_components;
    features->of_graph[ANA_GRAPH_LARGEST_COMPONENT] = (double)largest / (double)ties->n_nodes;
done:
    ana_workspace_release(&workspace);
    return status;
}

static double distance_between(size_t n_axes, const double *a, const double *b)
{
    double distance = 0.0;
    for (size_t k = 0; k < n_axes; k++) {
        distance = hypot(distance, a[k] - b[k]);
    }
    return distance;
}

double ana_network_link_length(const ana_graph *graph, size_t n_axes, const double *positions)
{
    double sum = 0.0;
    double n = 0.0;
    for (size_t e = 0; e < graph->n_edges && positions != NULL; e++) {
        const size_t i = graph->from[e];
        const size_t j = graph->to[e];
        const double length =
            distance_between(n_axes, positions + i * n_axes, positions + j * n_axes);
        if (i != j && !isnan(length)) {
            sum += length;
            n += 1.0;
        }
    }
    return n > 0.0 ? sum / n : (double)NAN;
}

/* The bin of a length; n_bins when it lies in none. */
static size_t bin_of(double length, size_t n_bins, const double *bins)
{
    size_t b = 0;
    while (b < n_bins && !(bins[b] <= length && length < bins[b + 1])) {
        b++;
    }
    return b;
}

ana_status ana_network_degree_by_distance(const ana_graph *graph, size_t n_axes,
                                          const double *positions, size_t n_bins,
                                          const double *bins, double *out)
{
    for (size_t b = 0; b < n_bins; b++) {
        if (!(bins[b] < bins[b + 1])) {
            return ana_fail(ANA_ERR_VALUE,
                            "network: distances of bin %zu run from %g to %g; they ascend", b,
                            bins[b], bins[b + 1]);
        }
    }
    for (size_t i = 0; i < graph->n_nodes * n_bins; i++) {
        out[i] = 0.0;
    }
    for (size_t e = 0; e < graph->n_edges; e++) {
        const size_t i = graph->from[e];
        const size_t j = graph->to[e];
        const size_t b = bin_of(
            distance_between(n_axes, positions + i * n_axes, positions + j * n_axes), n_bins, bins);
        if (i != j && b < n_bins) {
            out[i * n_bins + b] += 1.0;
            out[j * n_bins + b] += 1.0;
        }
    }
    return ANA_OK;
}
