/* The edges above the threshold as a graph. */
#include "feature_id.h"
#include "functional_parts.h"
#include "lists.h"
#include "try.h"

#include <stdint.h>

/* Edges counted, and then listed, each lane in its own stretch. */
typedef struct edge_lists {
    bool listing;
    size_t n[FUNCTIONAL_LANES]; /* counted, or where the next one goes */
    size_t *from;
    size_t *to;
    double *weights;
} edge_lists;

static void add_edges(const similarity *self, const similarity_tile *tile, void *user)
{
    edge_lists *lists = user;
    size_t *n = &lists->n[tile->lane];
    for (size_t k = 0; k < tile->n_rows * tile->n_columns; k++) {
        const size_t r = k / tile->n_columns;
        const size_t c = k % tile->n_columns;
        if (!(functional_key(self->sign, tile->values[k]) > self->threshold) ||
            !functional_is_pair(self, tile, r, c)) {
            continue;
        }
        if (lists->listing) {
            lists->from[*n] = tile->row + r;
            lists->to[*n] = tile->column + c;
            lists->weights[*n] = tile->values[k];
        }
        (*n)++;
    }
}

static ana_status list_edges(const similarity *self, const ana_run *run, ana_workspace *workspace,
                             edge_lists *lists, size_t *n_edges)
{
    ana_status status = ANA_OK;
    size_t total = 0;
    ANA_TRY(functional_walk(self, run, add_edges, lists));
    for (size_t lane = 0; lane < FUNCTIONAL_LANES; lane++) {
        const size_t n = lists->n[lane];
        lists->n[lane] = total;
        total += n;
    }
    /* The list, its sorted copy and the graph's rows. */
    ANA_TRY(ana_run_check_memory(run, total < SIZE_MAX / 160 ? total * 160 : SIZE_MAX,
                                 "edges of the network"));
    lists->listing = true;
    lists->from = ana_workspace_sizes(workspace, total, 1);
    lists->to = ana_workspace_sizes(workspace, total, 1);
    lists->weights = ana_workspace_doubles(workspace, total, 1);
    ANA_TRY(ana_workspace_check(workspace, "functional network"));
    ANA_TRY(functional_walk(self, run, add_edges, lists));
    *n_edges = total;
done:
    return status;
}

ana_status ana_functional_network(const ana_observations *observations,
                                  const ana_functional_options *options, ana_graph **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_graph *graph = NULL;
    char **names = NULL;
    similarity self = {0};
    edge_lists lists = {0};
    const ana_functional_options defaults = ana_functional_options_default();
    const ana_functional_options *use = options != NULL ? options : &defaults;
    ana_edge_list list = {.n_nodes = observations->n_features, .n_weights = 1};
    ANA_TRY(functional_prepare(observations, use, &workspace, &self));
    ANA_TRY(list_edges(&self, &use->run, &workspace, &lists, &list.n_edges));
    list.from = lists.from;
    list.to = lists.to;
    list.weights = lists.weights;
    list.directed = self.n_lags > 0;
    ANA_TRY(ana_graph_new(&list, &graph));
    ANA_TRY(ana_feature_ids(observations, &names));
    ANA_TRY(ana_graph_name_nodes(graph, (const char *const *)names));
    ANA_TRY(ana_graph_name_weights(graph, (const char *const[]){"similarity"}));
    *out = graph;
    graph = NULL;
done:
    ana_free_texts(observations->n_features, names);
    ana_graph_free(graph);
    ana_workspace_release(&workspace);
    return status;
}
