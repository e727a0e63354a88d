/* Random graphs with the degrees of a given one, and how much smaller its world is than theirs. */
#include "network_parts.h"
#include "try.h"

#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <string.h>

/* Edges on the move, and in rows the nodes each one leads to (`both_ways`: and comes from). Loops
 * are in no row. Those from `n_single` on are two edges, there and back. */
typedef struct moving {
    bool undirected;
    bool both_ways;
    size_t n_single;
    size_t n_edges; /* without loops */
    size_t *from;
    size_t *to;
    size_t *edge; /* its place in the graph, for its weights */
    size_t *back; /* likewise of the second edge */
    size_t *start;
    size_t *n_row;
    size_t *row;
} moving;

static bool leads_to(const moving *self, size_t i, size_t j)
{
    for (size_t a = self->start[i]; a < self->start[i] + self->n_row[i]; a++) {
        if (self->row[a] == j) {
            return true;
        }
    }
    return false;
}

static void redirect(const moving *self, size_t i, size_t old, size_t new)
{
    size_t a = self->start[i];
    while (self->row[a] != old) {
        a++;
    }
    self->row[a] = new;
}

/* a > b and c > d become a > d and c > b. */
static void swap_ends(const moving *self, size_t first, size_t second, bool turn)
{
    if (turn) {
        size_t end = self->from[second];
        self->from[second] = self->to[second];
        self->to[second] = end;
    }
    if (turn && second >= self->n_single) {
        size_t edge = self->edge[second];
        self->edge[second] = self->back[second];
        self->back[second] = edge;
    }
    const size_t a = self->from[first];
    const size_t b = self->to[first];
    const size_t c = self->from[second];
    const size_t d = self->to[second];
    if (a == d || c == b || leads_to(self, a, d) || leads_to(self, c, b)) {
        return;
    }
    redirect(self, a, b, d);
    redirect(self, c, d, b);
    if (self->both_ways) {
        redirect(self, b, a, c);
        redirect(self, d, c, a);
    }
    self->to[first] = d;
    self->to[second] = b;
}

static void add_to_rows(moving *self, size_t i, size_t j)
{
    self->row[self->start[i] + self->n_row[i]++] = j;
    if (self->both_ways) {
        self->row[self->start[j] + self->n_row[j]++] = i;
    }
}

/* The edges that go both ways, each pair once, or else all others. */
static void take_edges(const ana_graph *graph, bool keep_mutual, bool mutual, moving *self)
{
    for (size_t e = 0; e < graph->n_edges; e++) {
        const size_t i = graph->from[e];
        const size_t j = graph->to[e];
        const size_t opposite = keep_mutual ? ana_graph_find_edge(graph, j, i) : graph->n_edges;
        const bool answered = opposite < graph->n_edges;
        if (i == j || answered != mutual || (answered && i > j)) {
            continue;
        }
        self->from[self->n_edges] = i;
        self->to[self->n_edges] = j;
        self->back[self->n_edges] = opposite;
        self->edge[self->n_edges++] = e;
        add_to_rows(self, i, j);
    }
}

/* `keep_mutual` is for directed graphs. */
static ana_status set_moving(const ana_graph *graph, bool keep_mutual, ana_workspace *workspace,
                             moving *self)
{
    ana_status status = ANA_OK;
    const size_t n = graph->n_nodes;
    self->undirected = !graph->directed;
    self->both_ways = self->undirected || keep_mutual;
    self->from = ana_workspace_sizes(workspace, graph->n_edges, 1);
    self->to = ana_workspace_sizes(workspace, graph->n_edges, 1);
    self->edge = ana_workspace_sizes(workspace, graph->n_edges, 1);
    self->back = ana_workspace_sizes(workspace, graph->n_edges, 1);
    self->n_row = ana_workspace_sizes(workspace, n, 1);
    self->row = ana_workspace_sizes(workspace, graph->n_edges, 2);
    self->start = ana_workspace_sizes(workspace, n + 1, 1);
    ANA_TRY(ana_workspace_check(workspace, "network"));
    for (size_t i = 0; i < n; i++) {
        self->start[i + 1] = self->start[i] + graph->out_start[i + 1] - graph->out_start[i];
        if (keep_mutual) {
            self->start[i + 1] += graph->in_start[i + 1] - graph->in_start[i];
        }
    }
    take_edges(graph, keep_mutual, false, self);
    self->n_single = self->n_edges;
    if (keep_mutual) {
        take_edges(graph, keep_mutual, true, self);
    }
done:
    return status;
}

/* The graph of the edges where they now are. */
static ana_status settle(const ana_graph *graph, const moving *self, ana_workspace *workspace,
                         ana_graph **out)
{
    ana_status status = ANA_OK;
    size_t *from = ana_workspace_sizes(workspace, graph->n_edges, 1);
    size_t *to = ana_workspace_sizes(workspace, graph->n_edges, 1);
    ANA_TRY(ana_workspace_check(workspace, "network"));
    if (graph->n_edges > 0) {
        memcpy(from, graph->from, graph->n_edges * sizeof *from);
        memcpy(to, graph->to, graph->n_edges * sizeof *to);
    }
    for (size_t k = 0; k < self->n_edges; k++) {
        from[self->edge[k]] = self->from[k];
        to[self->edge[k]] = self->to[k];
        if (k >= self->n_single) {
            from[self->back[k]] = self->to[k];
            to[self->back[k]] = self->from[k];
        }
    }
    const ana_edge_list list = {.n_nodes = graph->n_nodes,
                                .n_edges = graph->n_edges,
                                .from = from,
                                .to = to,
                                .n_weights = graph->n_weights,
                                .weights = graph->weights,
                                .directed = graph->directed};
    ANA_TRY(ana_graph_new(&list, out));
done:
    return status;
}

/* Two edges of the same kind, tried `swaps` times the number of all. */
static void swap_all(moving *self, double swaps, ana_random *random)
{
    const size_t n_tries = (size_t)(swaps * (double)self->n_edges);
    for (size_t k = 0; k < n_tries && self->n_edges > 1; k++) {
        const size_t first = (size_t)ana_random_below(random, self->n_edges);
        const bool mutual = first >= self->n_single;
        const size_t base = mutual ? self->n_single : 0;
        const size_t n_alike = mutual ? self->n_edges - self->n_single : self->n_single;
        const size_t second = base + (size_t)ana_random_below(random, n_alike);
        const bool turn = (mutual || self->undirected) && ana_random_below(random, 2) == 1;
        if (first != second) {
            swap_ends(self, first, second, turn);
        }
    }
}

static ana_status rewire(const ana_graph *graph, bool keep_mutual, double swaps, ana_random *random,
                         ana_graph **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_graph *rewired = NULL;
    moving self = {0};
    if (!(swaps >= 0.0 && swaps <= 1e6)) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "network: %g swaps for each edge; 0 to 1e6 are possible",
                         swaps));
    }
    ANA_TRY(set_moving(graph, keep_mutual, &workspace, &self));
    swap_all(&self, swaps, random);
    ANA_TRY(settle(graph, &self, &workspace, &rewired));
    ANA_TRY(ana_graph_name_nodes(rewired, (const char *const *)graph->node_names));
    ANA_TRY(ana_graph_name_weights(rewired, (const char *const *)graph->weight_names));
    *out = rewired;
    rewired = NULL;
done:
    ana_graph_free(rewired);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_network_rewire(const ana_graph *graph, double swaps, uint64_t seed, uint64_t item,
                              ana_graph **out)
{
    ana_random random = ana_random_stream(seed, "network.rewire", item);
    return rewire(graph, false, swaps, &random, out);
}

ana_status ana_network_rewire_mutual(const ana_graph *graph, double swaps, uint64_t seed,
                                     uint64_t item, ana_graph **out)
{
    ana_random random = ana_random_stream(seed, "network.rewire", item);
    return rewire(graph, graph->directed, swaps, &random, out);
}

static ana_status measure_world(const ana_graph *graph, const ana_network_options *options,
                                double *clustering, double *path_length)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_network_features *features = NULL;
    ana_ties ties = {0};
    ANA_TRY(ana_network_features_make(graph, &features));
    ANA_TRY(ana_network_ties(graph, options->weight_index, &workspace, &ties));
    ana_network_cluster(&ties, graph->directed, &options->run, features);
    *clustering = features->of_graph[ANA_GRAPH_MEAN_CLUSTERING];
    *path_length = (double)NAN;
    if (options->paths != ANA_PATHS_NONE) {
        ANA_TRY(ana_network_walk(graph, options, features));
        *path_length = features->of_graph[ANA_GRAPH_PATH_LENGTH];
    }
done:
    ana_network_features_free(features);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_network_world(const ana_graph *graph, const ana_run *run, double *clustering,
                             double *path_length)
{
    ana_network_options options = ana_network_options_default();
    options.run = *run;
    options.run.progress = NULL; /* of the whole, not of each network */
    return measure_world(graph, &options, clustering, path_length);
}

/* Clustering and path length of one rewired graph. */
static ana_status measure_null(const ana_graph *graph, const ana_network_options *options,
                               size_t item, double *clustering, double *path_length)
{
    ana_graph *null = NULL;
    ana_status status = ana_network_rewire(graph, options->swaps, options->run.seed, item, &null);
    if (status == ANA_OK) {
        status = measure_world(null, options, clustering, path_length);
    }
    ana_graph_free(null);
    return status;
}

ana_status ana_network_small_world(const ana_graph *graph, const ana_network_options *options,
                                   const ana_network_features *features, ana_small_world *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = options->n_nulls;
    double *clustering = ana_workspace_doubles(&workspace, n, 1);
    double *path_length = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "network"));
    for (size_t k = 0; k < n; k++) {
        ANA_TRY(ana_run_progress(&options->run, "rewired graphs", k, n));
        ANA_TRY(measure_null(graph, options, k, &clustering[k], &path_length[k]));
    }
    *out = (ana_small_world){.n_nulls = n,
                             .clustering = features->of_graph[ANA_GRAPH_MEAN_CLUSTERING],
                             .path_length = features->of_graph[ANA_GRAPH_PATH_LENGTH],
                             .null_clustering = ana_stats_mean(n, clustering),
                             .null_clustering_sd = sqrt(ana_stats_variance(n, clustering, 1)),
                             .null_path_length = ana_stats_mean(n, path_length),
                             .null_path_length_sd = sqrt(ana_stats_variance(n, path_length, 1)),
                             .sigma = (double)NAN};
    if (out->null_clustering > 0.0 && out->null_path_length > 0.0) {
        out->sigma =
            out->clustering / out->null_clustering / (out->path_length / out->null_path_length);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
