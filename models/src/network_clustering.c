/* Triangles: each is met at its three corners, and each corner adds to its own node alone. */
#include "network_parts.h"
#include "try.h"

#include <math.h>
#include <stdint.h>

enum {
    FEW_NODES = 50 /* that one thread is done with before others woke */
};

static double largest_weight(const ana_graph *graph, const double *weights)
{
    double most = 0.0;
    for (size_t e = 0; e < graph->n_edges; e++) {
        if (graph->from[e] != graph->to[e]) {
            most = fmax(most, fabs(weights[e]));
        }
    }
    return most;
}

/* Node of place `at` in a row that ends at `stop`; none comes after every node. */
static size_t node_at(const ana_neighbour *row, size_t at, size_t stop)
{
    return at < stop ? row[at].node : SIZE_MAX;
}

/* The rows of edges out and in, merged. */
static size_t merge_rows(const ana_graph *graph, const double *weights, double most, size_t i,
                         ana_tie *row)
{
    size_t a = graph->out_start[i];
    size_t b = graph->in_start[i];
    size_t n = 0;
    while (a < graph->out_start[i + 1] || b < graph->in_start[i + 1]) {
        const size_t out = node_at(graph->out, a, graph->out_start[i + 1]);
        const size_t in = node_at(graph->in, b, graph->in_start[i + 1]);
        double there = 0.0;
        double back = 0.0;
        if (out <= in) {
            there = fabs(weights[graph->out[a++].edge]);
        }
        if (in <= out) {
            back = fabs(weights[graph->in[b++].edge]);
        }
        row[n] = (ana_tie){.node = out < in ? out : in, .out = out <= in, .in = in <= out};
        row[n].weight = graph->directed ? there + back : there;
        row[n].there = most > 0.0 ? there / most : 0.0;
        row[n].back = most > 0.0 ? back / most : 0.0;
        row[n].root = most > 0.0 ? cbrt(there / most) + cbrt(back / most) : 0.0;
        n += row[n].node != i ? 1 : 0;
    }
    return n;
}

ana_status ana_network_ties(const ana_graph *graph, size_t weight_index, ana_workspace *workspace,
                            ana_ties *out)
{
    const size_t n = graph->n_nodes;
    const double *weights = graph->weights + weight_index * graph->n_edges;
    const double most = largest_weight(graph, weights);
    out->n_nodes = n;
    out->start = ana_workspace_sizes(workspace, n + 1, 1);
    out->tie = ana_workspace_bytes(workspace, graph->n_edges + 1, 2, sizeof *out->tie);
    ana_status status = ana_workspace_check(workspace, "network");
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        out->start[i + 1] =
            out->start[i] + merge_rows(graph, weights, most, i, out->tie + out->start[i]);
    }
    return status;
}

/* What the triangles at one corner sum to. */
typedef struct corner {
    double triangles;
    double cycles;  /* directed, one way or the other */
    double walks;   /* (A + A')^3 on the diagonal */
    double roots;   /* the same of the cube roots of weights */
    double weights; /* of the two sides at the corner */
} corner;

static double ways(const ana_tie *tie)
{
    return (tie->out ? 1.0 : 0.0) + (tie->in ? 1.0 : 0.0);
}

/* The triangle of sides p (to j), q (to h) and r (from j to h). */
static void add_triangle(const ana_tie *p, const ana_tie *q, const ana_tie *r, corner *sums)
{
    sums->triangles += 1.0;
    sums->cycles +=
        (p->out && r->out && q->in ? 1.0 : 0.0) + (q->out && r->in && p->in ? 1.0 : 0.0);
    sums->walks += 2.0 * ways(p) * ways(q) * ways(r);
    sums->roots += 2.0 * p->root * q->root * r->root;
    sums->weights += p->weight + q->weight;
}

static corner add_corner(const ana_ties *ties, size_t i)
{
    corner sums = {0};
    const ana_tie *stop = ties->tie + ties->start[i + 1];
    for (const ana_tie *p = ties->tie + ties->start[i]; p < stop; p++) {
        const ana_tie *r = ties->tie + ties->start[p->node];
        const ana_tie *r_stop = ties->tie + ties->start[p->node + 1];
        const ana_tie *q = p + 1;
        while (q < stop && r < r_stop) {
            if (q->node == r->node) {
                add_triangle(p, q, r, &sums);
            }
            bool q_moves = q->node <= r->node;
            bool r_moves = r->node <= q->node;
            q += q_moves ? 1 : 0;
            r += r_moves ? 1 : 0;
        }
    }
    return sums;
}

static double part_of(double sum, double of)
{
    return of > 0.0 ? sum / of : 0.0;
}

static void cluster_node(const ana_ties *ties, bool directed, size_t i,
                         ana_network_features *features)
{
    const corner sums = add_corner(ties, i);
    double n_ways = 0.0;
    double n_mutual = 0.0;
    double strength = 0.0;
    const double n = (double)(ties->start[i + 1] - ties->start[i]);
    for (size_t a = ties->start[i]; a < ties->start[i + 1]; a++) {
        n_ways += ways(&ties->tie[a]);
        n_mutual += ties->tie[a].out && ties->tie[a].in ? 1.0 : 0.0;
        strength += ties->tie[a].weight;
    }
    const double possible = 2.0 * (n_ways * (n_ways - 1.0) - 2.0 * n_mutual);
    features->of_node[ANA_NODE_TRIANGLES][i] = sums.triangles;
    features->of_node[ANA_NODE_CYCLES3][i] = directed ? sums.cycles : sums.triangles;
    features->of_node[ANA_NODE_CLUSTERING][i] = part_of(sums.walks, possible);
    features->of_node[ANA_NODE_CLUSTERING_WEIGHTED][i] = part_of(sums.roots, possible);
    features->of_node[ANA_NODE_CLUSTERING_BARRAT][i] = part_of(sums.weights, strength * (n - 1.0));
}

void ana_network_cluster(const ana_ties *ties, bool directed, const ana_run *run,
                         ana_network_features *features)
{
    const size_t n = ties->n_nodes;
    double closed = 0.0;
    double triples = 0.0;
    double clustering = 0.0;
    double weighted = 0.0;
#pragma omp parallel for default(none) shared(ties, directed, features, n) schedule(dynamic, 16)   \
    num_threads(ana_run_threads(run, n)) if (n > FEW_NODES)
    for (size_t i = 0; i < n; i++) {
        cluster_node(ties, directed, i, features);
    }
    for (size_t i = 0; i < n; i++) {
        const double degree = (double)(ties->start[i + 1] - ties->start[i]);
        closed += features->of_node[ANA_NODE_TRIANGLES][i];
        triples += degree * (degree - 1.0) / 2.0;
        clustering += features->of_node[ANA_NODE_CLUSTERING][i];
        weighted += features->of_node[ANA_NODE_CLUSTERING_WEIGHTED][i];
    }
    features->of_graph[ANA_GRAPH_TRANSITIVITY] = part_of(closed, triples);
    features->of_graph[ANA_GRAPH_MEAN_CLUSTERING] = part_of(clustering, (double)n);
    features->of_graph[ANA_GRAPH_MEAN_CLUSTERING_WEIGHTED] = part_of(weighted, (double)n);
}
