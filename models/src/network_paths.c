/* Shortest paths from every node, and betweenness from their numbers (Brandes 2001). Nodes are
 * dealt to lanes by number alone, and lanes are summed in their order, so that the bits do not
 * depend on the number of threads. */
#include "network_parts.h"
#include "try.h"

#include <math.h>
#include <stdint.h>

enum {
    N_LANES = 16,
    NODES_A_ROUND = 64, /* of each lane, between two reports of progress */
    FEW_NODES = 50      /* that one thread is done with before others woke */
};

/* What the search from one node needs; n_nodes each. */
typedef struct lane {
    double *distance; /* INFINITY: not reached */
    /* Numbers of paths grow exponentially with their length: the range of a double is soon left. */
    long double *n_paths;
    double *dependency;
    size_t *rank;  /* place in `order`; SIZE_MAX: not settled */
    size_t *order; /* settled nodes, near ones first */
    size_t *heap;  /* nodes, the nearest on top */
    size_t *place; /* in the heap; SIZE_MAX: not in it */
    size_t n_heap;
    size_t n_settled;
    double *betweenness;
} lane;

typedef struct path_search {
    const ana_graph *graph;
    double *length; /* of each edge; INFINITY: cannot be passed; NULL: hops */
    lane lanes[N_LANES];
    double *sum;       /* of distances from each node */
    double *inverse;   /* sum of 1 / distance */
    double *n_reached; /* other nodes */
    double *farthest;
} path_search;

static bool is_nearer(const lane *self, size_t a, size_t b)
{
    return self->distance[a] < self->distance[b] ||
           (self->distance[a] == self->distance[b] && a < b);
}

static void put(lane *self, size_t at, size_t node)
{
    self->heap[at] = node;
    self->place[node] = at;
}

/* A node whose distance fell, or that is new. */
static void heap_lift(lane *self, size_t node)
{
    size_t at = self->place[node] == SIZE_MAX ? self->n_heap++ : self->place[node];
    while (at > 0 && is_nearer(self, node, self->heap[(at - 1) / 2])) {
        put(self, at, self->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(self, at, node);
}

static size_t heap_take(lane *self)
{
    const size_t nearest = self->heap[0];
    const size_t last = self->heap[--self->n_heap];
    size_t at = 0;
    self->place[nearest] = SIZE_MAX;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < self->n_heap && is_nearer(self, self->heap[child + 1], self->heap[child])) {
            child++;
        }
        if (child >= self->n_heap || !is_nearer(self, self->heap[child], last)) {
            break;
        }
        put(self, at, self->heap[child]);
        at = child;
    }
    if (self->n_heap > 0) {
        put(self, at, last);
    }
    return nearest;
}

/* Without lengths nodes are settled in the order they are met, so that the list of settled ones is
 * the queue. */
static void spread_by_hops(const ana_graph *graph, lane *self)
{
    for (size_t next = 0; next < self->n_settled; next++) {
        const size_t i = self->order[next];
        for (size_t a = graph->out_start[i]; a < graph->out_start[i + 1]; a++) {
            const size_t j = graph->out[a].node;
            if (self->rank[j] == SIZE_MAX) {
                self->distance[j] = self->distance[i] + 1.0;
                self->rank[j] = self->n_settled;
                self->order[self->n_settled++] = j;
            }
            if (self->distance[j] == self->distance[i] + 1.0) {
                self->n_paths[j] += self->n_paths[i];
            }
        }
    }
}

static void reach(lane *self, size_t i, size_t j, double length)
{
    const double distance = self->distance[i] + length;
    if (self->rank[j] != SIZE_MAX || !(distance <= self->distance[j]) || isinf(distance)) {
        return;
    }
    if (distance < self->distance[j]) {
        self->distance[j] = distance;
        self->n_paths[j] = 0.0L;
        heap_lift(self, j);
    }
    self->n_paths[j] += self->n_paths[i];
}

/* Dijkstra 1959. */
static void spread_by_length(const path_search *search, lane *self)
{
    const ana_graph *graph = search->graph;
    self->n_settled = 0;
    self->rank[self->order[0]] = SIZE_MAX;
    heap_lift(self, self->order[0]);
    while (self->n_heap > 0) {
        const size_t i = heap_take(self);
        self->rank[i] = self->n_settled;
        self->order[self->n_settled++] = i;
        for (size_t a = graph->out_start[i]; a < graph->out_start[i + 1]; a++) {
            reach(self, i, graph->out[a].node, search->length[graph->out[a].edge]);
        }
    }
}

static void start_at(size_t n_nodes, size_t source, lane *self)
{
    for (size_t i = 0; i < n_nodes; i++) {
        self->distance[i] = INFINITY;
        self->n_paths[i] = 0.0L;
        self->dependency[i] = 0.0;
        self->rank[i] = SIZE_MAX;
        self->place[i] = SIZE_MAX;
    }
    self->distance[source] = 0.0;
    self->n_paths[source] = 1.0L;
    self->rank[source] = 0;
    self->order[0] = source;
    self->n_settled = 1;
    self->n_heap = 0;
}

/* Each node hands its share of paths to those before it, farthest first. */
static void gather(const path_search *search, size_t source, lane *self)
{
    const ana_graph *graph = search->graph;
    for (size_t at = self->n_settled; at-- > 1;) {
        const size_t j = self->order[at];
        for (size_t a = graph->in_start[j]; a < graph->in_start[j + 1]; a++) {
            const size_t i = graph->in[a].node;
            const double length = search->length == NULL ? 1.0 : search->length[graph->in[a].edge];
            if (self->rank[i] < at && self->distance[i] + length == self->distance[j]) {
                self->dependency[i] +=
                    (double)(self->n_paths[i] / self->n_paths[j]) * (1.0 + self->dependency[j]);
            }
        }
        self->betweenness[j] += j != source ? self->dependency[j] : 0.0;
    }
}

static void search_from(const path_search *search, size_t source, lane *self)
{
    start_at(search->graph->n_nodes, source, self);
    if (search->length == NULL) {
        spread_by_hops(search->graph, self);
    } else {
        spread_by_length(search, self);
    }
    gather(search, source, self);
    for (size_t at = 1; at < self->n_settled; at++) {
        const double distance = self->distance[self->order[at]];
        search->sum[source] += distance;
        search->inverse[source] += 1.0 / distance;
        search->farthest[source] = distance;
    }
    search->n_reached[source] = (double)(self->n_settled - 1);
}

static ana_status search_all(path_search *search, const ana_run *run)
{
    ana_status status = ANA_OK;
    const size_t n = search->graph->n_nodes;
    const size_t a_round = (size_t)N_LANES * NODES_A_ROUND;
    for (size_t first = 0; first < n; first += a_round) {
        ANA_TRY(ana_run_progress(run, "shortest paths", first, n));
#pragma omp parallel for default(none) shared(search, first, n, a_round) schedule(dynamic, 1)      \
    num_threads(ana_run_threads(run, N_LANES)) if (n > FEW_NODES)
        for (size_t k = 0; k < N_LANES; k++) {
            for (size_t i = first + k; i < n && i < first + a_round; i += N_LANES) {
                search_from(search, i, &search->lanes[k]);
            }
        }
    }
done:
    return status;
}

static void set_lengths(const ana_graph *graph, const ana_network_options *options, double *length)
{
    const double *weights = graph->weights + options->weight_index * graph->n_edges;
    for (size_t e = 0; e < graph->n_edges; e++) {
        const double weight = fabs(weights[e]);
        length[e] = options->paths == ANA_PATHS_WEIGHT ? weight : 1.0 / weight;
        if (weight == 0.0 || length[e] == 0.0) {
            length[e] = INFINITY;
        }
    }
}

static ana_status prepare(const ana_graph *graph, const ana_network_options *options,
                          ana_workspace *workspace, path_search *search)
{
    ana_status status = ANA_OK;
    const size_t n = graph->n_nodes;
    const size_t bytes = 5 * sizeof(size_t) + 3 * sizeof(double) + sizeof(long double);
    ANA_TRY(ana_run_check_memory(&options->run,
                                 n < SIZE_MAX / (N_LANES * bytes) ? n * N_LANES * bytes : SIZE_MAX,
                                 "shortest paths"));
    for (size_t k = 0; k < N_LANES; k++) {
        search->lanes[k] =
            (lane){.distance = ana_workspace_doubles(workspace, n, 1),
                   .n_paths = ana_workspace_bytes(workspace, n, 1, sizeof(long double)),
                   .dependency = ana_workspace_doubles(workspace, n, 1),
                   .rank = ana_workspace_sizes(workspace, n, 1),
                   .order = ana_workspace_sizes(workspace, n, 1),
                   .heap = ana_workspace_sizes(workspace, n, 1),
                   .place = ana_workspace_sizes(workspace, n, 1),
                   .betweenness = ana_workspace_doubles(workspace, n, 1)};
    }
    search->graph = graph;
    search->sum = ana_workspace_doubles(workspace, n, 1);
    search->inverse = ana_workspace_doubles(workspace, n, 1);
    search->n_reached = ana_workspace_doubles(workspace, n, 1);
    search->farthest = ana_workspace_doubles(workspace, n, 1);
    if (options->paths != ANA_PATHS_HOPS) {
        search->length = ana_workspace_doubles(workspace, graph->n_edges, 1);
    }
    ANA_TRY(ana_workspace_check(workspace, "shortest paths"));
    if (search->length != NULL) {
        set_lengths(graph, options, search->length);
    }
done:
    return status;
}

static void summarise_nodes(const path_search *search, ana_network_features *features)
{
    const size_t n = search->graph->n_nodes;
    for (size_t i = 0; i < n; i++) {
        const double reached = search->n_reached[i];
        double betweenness = 0.0;
        for (size_t k = 0; k < N_LANES; k++) {
            betweenness += search->lanes[k].betweenness[i];
        }
        features->of_node[ANA_NODE_BETWEENNESS][i] =
            search->graph->directed ? betweenness : betweenness / 2.0;
        features->of_node[ANA_NODE_ECCENTRICITY][i] = search->farthest[i];
        features->of_node[ANA_NODE_CLOSENESS][i] =
            reached > 0.0 ? reached / (double)(n - 1) * reached / search->sum[i] : 0.0;
    }
}

static void summarise_graph(const path_search *search, ana_network_features *features)
{
    const size_t n = search->graph->n_nodes;
    const double n_pairs = (double)n * ((double)n - 1.0);
    double sum = 0.0;
    double inverse = 0.0;
    double n_reached = 0.0;
    double farthest = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += search->sum[i];
        inverse += search->inverse[i];
        n_reached += search->n_reached[i];
        farthest = fmax(farthest, search->farthest[i]);
    }
    features->of_graph[ANA_GRAPH_PATH_LENGTH] = n_reached > 0.0 ? sum / n_reached : (double)NAN;
    features->of_graph[ANA_GRAPH_DIAMETER] = n_reached > 0.0 ? farthest : (double)NAN;
    features->of_graph[ANA_GRAPH_EFFICIENCY] = n > 1 ? inverse / n_pairs : (double)NAN;
    features->of_graph[ANA_GRAPH_REACHED] = n > 1 ? n_reached / n_pairs : (double)NAN;
}

ana_status ana_network_walk(const ana_graph *graph, const ana_network_options *options,
                            ana_network_features *features)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    path_search search = {0};
    ANA_TRY(prepare(graph, options, &workspace, &search));
    ANA_TRY(search_all(&search, &options->run));
    summarise_nodes(&search, features);
    summarise_graph(&search, features);
done:
    ana_workspace_release(&workspace);
    return status;
}
