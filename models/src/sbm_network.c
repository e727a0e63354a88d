#include "sbm_network.h"

#include "text.h"
#include "try.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool is_allowed(const ana_sbm_options *options, double weight)
{
    const bool is_count = weight >= 0.0 && weight == floor(weight) && weight < 0x1p53;
    switch ((ana_sbm_weights)options->weights) {
    case ANA_SBM_EXPONENTIAL:
        return weight > 0.0;
    case ANA_SBM_GEOMETRIC:
    case ANA_SBM_POISSON:
        return is_count;
    case ANA_SBM_BINOMIAL:
        return is_count && weight <= (double)options->n_trials;
    case ANA_SBM_NORMAL:
    case ANA_SBM_UNWEIGHTED:
    case ANA_SBM_WEIGHTS_AUTO:
        break;
    }
    return true;
}

static const char *what_is_allowed(int weights)
{
    static const char *const words[] = {
        [ANA_SBM_UNWEIGHTED] = "",
        [ANA_SBM_EXPONENTIAL] = "weights above 0 (leave out edges that weigh nothing)",
        [ANA_SBM_NORMAL] = "",
        [ANA_SBM_GEOMETRIC] = "0, 1, 2, ...",
        [ANA_SBM_POISSON] = "0, 1, 2, ...",
        [ANA_SBM_BINOMIAL] = "0, 1, ... up to the number of trials",
        [ANA_SBM_WEIGHTS_AUTO] = "",
    };
    return words[weights];
}

static ana_status check_weights(const ana_graph *graph, const ana_sbm_options *options,
                                double *total)
{
    const double *weights = graph->weights + options->weight_index * graph->n_edges;
    for (size_t e = 0; e < graph->n_edges; e++) {
        if (!is_allowed(options, weights[e])) {
            return ana_fail(ANA_ERR_VALUE,
                            "sbm: the edge from %s to %s weighs %s; %s weights are %s",
                            graph->node_names[graph->from[e]], graph->node_names[graph->to[e]],
                            ana_number(weights[e]).text, ana_sbm_weight_words[options->weights],
                            what_is_allowed(options->weights));
        }
        *total += weights[e];
    }
    return ANA_OK;
}

static ana_status check_graph(const ana_graph *graph, const ana_sbm_options *options, double *total)
{
    if (options->weight_index >= graph->n_weights) {
        return ana_fail(ANA_ERR_VALUE, "sbm: weight %zu is asked for; edges have weights 0 to %zu",
                        options->weight_index, graph->n_weights - 1);
    }
    return options->weights == ANA_SBM_UNWEIGHTED ? ANA_OK : check_weights(graph, options, total);
}

/* Whether layer l is of the same nodes as the first, and has edges. */
static ana_status check_layer(const ana_sbm_layers *layers, size_t l)
{
    const ana_graph *graph = layers->graphs[l];
    const ana_graph *first = layers->graphs[0];
    if (graph->n_edges == 0) {
        return layers->n == 1
                   ? ana_fail(ANA_ERR_VALUE,
                              "sbm: the graph of %zu nodes has no edges, so that nothing says how "
                              "to group them",
                              graph->n_nodes)
                   : ana_fail(ANA_ERR_VALUE, "sbm: layer %zu has no edges; leave it out", l);
    }
    for (size_t i = 0; i < graph->n_nodes; i++) {
        if (strcmp(graph->node_names[i], first->node_names[i]) != 0) {
            return ana_fail(ANA_ERR_VALUE, "sbm: node %zu is %s in layer %zu and %s in layer 0", i,
                            graph->node_names[i], l, first->node_names[i]);
        }
    }
    return ANA_OK;
}

ana_status ana_sbm_check_sizes(const ana_sbm_layers *layers)
{
    if (layers->n == 0 || layers->n > ANA_SBM_MOST_LAYERS) {
        return ana_fail(ANA_ERR_VALUE, "sbm: %zu layers; 1 to %d are possible", layers->n,
                        ANA_SBM_MOST_LAYERS);
    }
    const ana_graph *first = layers->graphs[0];
    for (size_t l = 1; l < layers->n; l++) {
        const ana_graph *graph = layers->graphs[l];
        if (graph->n_nodes != first->n_nodes || graph->directed != first->directed) {
            return ana_fail(ANA_ERR_SHAPE,
                            "sbm: layer %zu has %zu nodes and %s edges, layer 0 has %zu and %s", l,
                            graph->n_nodes, graph->directed ? "directed" : "undirected",
                            first->n_nodes, first->directed ? "directed" : "undirected");
        }
    }
    return ANA_OK;
}

ana_status ana_sbm_check_layers(const ana_sbm_layers *layers, const ana_sbm_options *options,
                                size_t *most)
{
    ana_status status = ANA_OK;
    double total = 0.0;
    double n_edges = 0.0;
    ANA_TRY(ana_sbm_check_sizes(layers));
    for (size_t l = 0; l < layers->n; l++) {
        ANA_TRY(check_layer(layers, l));
        ANA_TRY(check_graph(layers->graphs[l], options, &total));
        n_edges += (double)layers->graphs[l]->n_edges;
    }
    const double n_nodes = (double)layers->graphs[0]->n_nodes;
    const bool counts = options->weights == ANA_SBM_GEOMETRIC ||
                        options->weights == ANA_SBM_POISSON || options->weights == ANA_SBM_BINOMIAL;
    const double trials = (double)options->n_trials * n_edges;
    const double largest = n_nodes * n_nodes + 2.0 * n_edges + (counts ? total + trials : 0.0);
    *most = largest < 0x1p40 ? (size_t)largest : (size_t)1 << 40;
done:
    return status;
}

/* A node without any edge stands in the first layer: every node is in one. */
static void place_nodes(const ana_sbm_layers *layers, size_t n_sides, ana_sbm_dealt *dealt)
{
    const size_t n = layers->graphs[0]->n_nodes;
    for (size_t i = 0; i < n; i++) {
        bool anywhere = false;
        for (size_t l = 0; l < layers->n; l++) {
            bool here = false;
            for (size_t side = 0; side < n_sides; side++) {
                here = here || dealt[l * n_sides + side].degree[i] > 0;
            }
            for (size_t side = 0; side < n_sides; side++) {
                dealt[l * n_sides + side].holds[i] = here;
            }
            anywhere = anywhere || here;
        }
        for (size_t side = 0; side < n_sides && !anywhere; side++) {
            dealt[side].holds[i] = true;
        }
    }
}

ana_status ana_sbm_network_degrees(const ana_sbm_layers *layers, bool independent,
                                   ana_workspace *workspace, ana_sbm_network *network)
{
    ana_status status = ANA_OK;
    const size_t n = layers->graphs[0]->n_nodes;
    const size_t n_sides = layers->graphs[0]->directed ? 2 : 1;
    network->n_dealt = independent ? n_sides * layers->n : n_sides;
    network->dealt = ana_workspace_bytes(workspace, network->n_dealt, 1, sizeof *network->dealt);
    ANA_TRY(ana_workspace_check(workspace, "sbm"));
    for (size_t d = 0; d < network->n_dealt; d++) {
        network->dealt[d].degree = ana_workspace_sizes(workspace, n, 1);
        network->dealt[d].holds = independent ? ana_workspace_bytes(workspace, n, 1, 1) : NULL;
    }
    ANA_TRY(ana_workspace_check(workspace, "sbm"));
    for (size_t l = 0; l < layers->n; l++) {
        const ana_graph *graph = layers->graphs[l];
        ana_sbm_dealt *dealt = network->dealt + (independent ? l * n_sides : 0);
        for (size_t e = 0; e < graph->n_edges; e++) {
            dealt[0].degree[graph->from[e]]++;
            dealt[n_sides - 1].degree[graph->to[e]]++;
        }
    }
    if (independent) {
        place_nodes(layers, n_sides, network->dealt);
    }
done:
    return status;
}

/* Ranks of the degrees among those that occur. */
static ana_status classify_degrees(size_t n, ana_workspace *workspace, ana_sbm_dealt *dealt)
{
    ana_status status = ANA_OK;
    ana_workspace scratch = {0};
    size_t largest = 0;
    for (size_t i = 0; i < n; i++) {
        largest = dealt->degree[i] > largest ? dealt->degree[i] : largest;
    }
    size_t *rank_of = ana_workspace_sizes(&scratch, largest + 1, 1);
    dealt->class_of = ana_workspace_sizes(workspace, n, 1);
    ANA_TRY(ana_workspace_check(&scratch, "sbm"));
    ANA_TRY(ana_workspace_check(workspace, "sbm"));
    for (size_t i = 0; i < n; i++) {
        rank_of[dealt->degree[i]] = 1;
    }
    for (size_t k = 0; k <= largest; k++) {
        const size_t occurs = rank_of[k];
        rank_of[k] = dealt->n_classes;
        dealt->n_classes += occurs;
    }
    for (size_t i = 0; i < n; i++) {
        dealt->class_of[i] = rank_of[dealt->degree[i]];
    }
done:
    ana_workspace_release(&scratch);
    return status;
}

/* The rows of a node in all layers, from link `at` on; where the next node's begin. */
static size_t link_node(const ana_sbm_layers *layers, const ana_sbm_options *options, size_t side,
                        size_t node, ana_sbm_link *links, size_t at)
{
    for (size_t l = 0; l < layers->n; l++) {
        const ana_graph *graph = layers->graphs[l];
        const size_t *start = side == 0 ? graph->out_start : graph->in_start;
        const ana_neighbour *rows = side == 0 ? graph->out : graph->in;
        const double *weights = graph->weights + options->weight_index * graph->n_edges;
        for (size_t a = start[node]; a < start[node + 1]; a++) {
            const double w = options->weights == ANA_SBM_UNWEIGHTED ? 0.0 : weights[rows[a].edge];
            if (side == 0 || rows[a].node != node) {
                links[at++] = (ana_sbm_link){.node = (uint32_t)rows[a].node,
                                             .layer = (uint32_t)l,
                                             .amount = {.edges = 1.0, .sum = w, .square = w * w}};
            }
        }
    }
    return at;
}

static ana_status link_side(const ana_sbm_layers *layers, const ana_sbm_options *options,
                            size_t side, ana_workspace *workspace, ana_sbm_network *network)
{
    size_t most = 0;
    for (size_t l = 0; l < layers->n; l++) {
        const ana_graph *graph = layers->graphs[l];
        most += (side == 0 ? graph->out_start : graph->in_start)[network->n];
    }
    network->start[side] = ana_workspace_sizes(workspace, network->n + 1, 1);
    network->links[side] = ana_workspace_bytes(workspace, most, 1, sizeof *network->links[side]);
    ana_status status = ana_workspace_check(workspace, "sbm");
    for (size_t i = 0; i < network->n && status == ANA_OK; i++) {
        network->start[side][i + 1] =
            link_node(layers, options, side, i, network->links[side], network->start[side][i]);
    }
    return status;
}

static void add_constants(const ana_graph *graph, const ana_sbm_options *options,
                          const ana_sbm_terms *terms, ana_sbm_network *network)
{
    const double *weights = graph->weights + options->weight_index * graph->n_edges;
    for (size_t e = 0; e < graph->n_edges; e++) {
        const bool loop = !graph->directed && graph->from[e] == graph->to[e];
        network->adjacency += loop ? log(2.0) : 0.0;
        if (terms->weights == ANA_SBM_POISSON) {
            network->weights += ana_sbm_log_factorial(terms, weights[e]);
        } else if (terms->weights == ANA_SBM_BINOMIAL) {
            network->weights -= ana_sbm_log_choose(terms, terms->n_trials, weights[e]);
        }
    }
}

static void add_degree_constants(const ana_sbm_terms *terms, ana_sbm_network *network)
{
    for (size_t d = 0; d < network->n_dealt && terms->corrected; d++) {
        for (size_t i = 0; i < network->n; i++) {
            network->adjacency -= ana_sbm_log_factorial(terms, (double)network->dealt[d].degree[i]);
        }
    }
}

ana_status ana_sbm_network_fill(const ana_sbm_layers *layers, const ana_sbm_options *options,
                                const ana_sbm_terms *terms, ana_workspace *workspace,
                                ana_sbm_network *network)
{
    ana_status status = ANA_OK;
    network->n = layers->graphs[0]->n_nodes;
    network->n_layers = layers->n;
    network->n_sides = layers->graphs[0]->directed ? 2 : 1;
    network->layer_edges = ana_workspace_doubles(workspace, layers->n, 1);
    ANA_TRY(ana_workspace_check(workspace, "sbm"));
    for (size_t l = 0; l < layers->n; l++) {
        network->layer_edges[l] = (double)layers->graphs[l]->n_edges;
        add_constants(layers->graphs[l], options, terms, network);
    }
    for (size_t d = 0; d < network->n_dealt; d++) {
        ANA_TRY(classify_degrees(network->n, workspace, &network->dealt[d]));
    }
    for (size_t side = 0; side < network->n_sides; side++) {
        ANA_TRY(link_side(layers, options, side, workspace, network));
    }
    add_degree_constants(terms, network);
    if (network->n_dealt > network->n_sides) { /* one of the 2^L - 1 sets of layers each */
        const double n_layers = (double)layers->n;
        network->membership =
            (double)network->n * (n_layers * log(2.0) + log1p(-pow(2.0, -n_layers)));
    }
done:
    return status;
}
