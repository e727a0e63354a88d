/* Cores, PageRank and the leading eigenvector. */
#include "network_parts.h"
#include "try.h"

#include <math.h>

enum {
    MOST_ITERATIONS = 10000
};
static const double settled = 1e-14; /* change, of numbers that sum to 1 or are at most 1 */

/* Nodes sorted by degree in buckets, each taken when it is the least. */
typedef struct core_order {
    size_t *degree; /* what is left of it */
    size_t *order;
    size_t *place;
    size_t *bucket; /* first place of each degree */
} core_order;

static void sort_by_degree(size_t n, size_t most, const core_order *self)
{
    for (size_t i = 0; i < n; i++) {
        self->bucket[self->degree[i] + 1]++;
    }
    for (size_t k = 0; k <= most; k++) {
        self->bucket[k + 1] += self->bucket[k];
    }
    for (size_t i = 0; i < n; i++) {
        self->place[i] = self->bucket[self->degree[i]]++;
        self->order[self->place[i]] = i;
    }
    for (size_t k = most + 1; k > 0; k--) {
        self->bucket[k] = self->bucket[k - 1];
    }
    self->bucket[0] = 0;
}

/* One edge of node i is gone: it moves to the front of its bucket and over the border. */
static void lower_degree(const core_order *self, size_t i)
{
    const size_t front = self->bucket[self->degree[i]];
    const size_t other = self->order[front];
    self->order[self->place[i]] = other;
    self->place[other] = self->place[i];
    self->order[front] = i;
    self->place[i] = front;
    self->bucket[self->degree[i]]++;
    self->degree[i]--;
}

static void leave_neighbours(const core_order *self, size_t i, const size_t *start,
                             const ana_neighbour *row)
{
    for (size_t a = start[i]; a < start[i + 1]; a++) {
        if (self->degree[row[a].node] > self->degree[i]) {
            lower_degree(self, row[a].node);
        }
    }
}

ana_status ana_network_cores(const ana_graph *graph, double *coreness)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = graph->n_nodes;
    const size_t most = graph->n_edges;
    core_order self = {.degree = ana_workspace_sizes(&workspace, n, 1),
                       .order = ana_workspace_sizes(&workspace, n, 1),
                       .place = ana_workspace_sizes(&workspace, n, 1),
                       .bucket = ana_workspace_sizes(&workspace, most + 2, 1)};
    ANA_TRY(ana_workspace_check(&workspace, "network"));
    for (size_t e = 0; e < graph->n_edges; e++) {
        self.degree[graph->from[e]] += graph->from[e] != graph->to[e] ? 1 : 0;
        self.degree[graph->to[e]] += graph->from[e] != graph->to[e] ? 1 : 0;
    }
    sort_by_degree(n, most, &self);
    for (size_t k = 0; k < n; k++) {
        const size_t i = self.order[k];
        leave_neighbours(&self, i, graph->out_start, graph->out);
        if (graph->directed) {
            leave_neighbours(&self, i, graph->in_start, graph->in);
        }
        coreness[i] = (double)self.degree[i];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* next += A' x of absolute weights (undirected: A x), each node's own divided by `share`. */
static void pass_on(const ana_graph *graph, const double *weights, const double *x,
                    const double *share, double *next)
{
    for (size_t e = 0; e < graph->n_edges; e++) {
        const size_t i = graph->from[e];
        const size_t j = graph->to[e];
        const double weight = fabs(weights[e]);
        if (i != j && weight > 0.0) {
            next[j] += weight * x[i] / (share != NULL ? share[i] : 1.0);
            if (!graph->directed) {
                next[i] += weight * x[j] / (share != NULL ? share[j] : 1.0);
            }
        }
    }
}

static void sum_weights(const ana_graph *graph, const double *weights, double *out)
{
    for (size_t e = 0; e < graph->n_edges; e++) {
        if (graph->from[e] != graph->to[e]) {
            out[graph->from[e]] += fabs(weights[e]);
            out[graph->to[e]] += graph->directed ? 0.0 : fabs(weights[e]);
        }
    }
}

/* x = next; the sum of absolute changes. */
static double move_to(size_t n, const double *next, double *x)
{
    double change = 0.0;
    for (size_t i = 0; i < n; i++) {
        change += fabs(next[i] - x[i]);
        x[i] = next[i];
    }
    return change;
}

ana_status ana_network_pagerank(const ana_graph *graph, size_t weight_index, double damping,
                                double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = graph->n_nodes;
    const double *weights = graph->weights + weight_index * graph->n_edges;
    double *strength = ana_workspace_doubles(&workspace, n, 1);
    double *next = ana_workspace_doubles(&workspace, n, 1);
    double change = 1.0;
    ANA_TRY(ana_workspace_check(&workspace, "network"));
    sum_weights(graph, weights, strength);
    for (size_t i = 0; i < n; i++) {
        out[i] = 1.0 / (double)n;
    }
    for (size_t k = 0; k < MOST_ITERATIONS && change > settled; k++) {
        double idle = 0.0; /* what stands on nodes that lead nowhere goes to all */
        double sum = 0.0;
        for (size_t i = 0; i < n; i++) {
            idle += strength[i] > 0.0 ? 0.0 : out[i];
            next[i] = 0.0;
        }
        pass_on(graph, weights, out, strength, next);
        for (size_t i = 0; i < n; i++) {
            next[i] = damping * (next[i] + idle / (double)n) + (1.0 - damping) / (double)n;
            sum += next[i];
        }
        for (size_t i = 0; i < n; i++) {
            next[i] /= sum;
        }
        change = move_to(n, next, out);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_network_eigenvector(const ana_graph *graph, size_t weight_index, const ana_run *run,
                                   double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = graph->n_nodes;
    const double *weights = graph->weights + weight_index * graph->n_edges;
    double *next = ana_workspace_doubles(&workspace, n, 1);
    double change = (double)n;
    double shift = 0.0;
    ANA_TRY(ana_workspace_check(&workspace, "network"));
    sum_weights(graph, weights, next);
    for (size_t i = 0; i < n; i++) {
        shift = fmax(shift, next[i] / 2.0);
        out[i] = 1.0;
    }
    /* A + shift has the eigenvectors of A, and one eigenvalue that is largest in size also where
     * the graph is bipartite. */
    const double enough = 1e-14 * (double)n;
    for (size_t k = 0; k < MOST_ITERATIONS && shift > 0.0 && change > enough; k++) {
        double most = 0.0;
        for (size_t i = 0; i < n; i++) {
            next[i] = shift * out[i];
        }
        pass_on(graph, weights, out, NULL, next);
        for (size_t i = 0; i < n; i++) {
            most = fmax(most, next[i]);
        }
        for (size_t i = 0; i < n; i++) {
            next[i] /= most;
        }
        change = move_to(n, next, out);
    }
    if (n > 0 && (shift == 0.0 || change > enough)) {
        ana_warn(run, "network: no leading eigenvector (no cycle, or several alike): eigenvector "
                      "centrality is missing");
        for (size_t i = 0; i < n; i++) {
            out[i] = (double)NAN;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
