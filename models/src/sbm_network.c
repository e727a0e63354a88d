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
    };
    return words[weights];
}

static ana_status check_weights(const ana_graph *graph, const ana_sbm_options *options,
                                double *total)
{
    const double *weights = graph->weights + options->column * graph->n_edges;
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

ana_status ana_sbm_check_graph(const ana_graph *graph, const ana_sbm_options *options, size_t *most)
{
    double total = 0.0;
    if (graph->n_edges == 0) {
        return ana_fail(ANA_ERR_VALUE,
                        "sbm: the graph of %zu nodes has no edges, so that nothing "
                        "says how to group them",
                        graph->n_nodes);
    }
    if (options->column >= graph->n_weights) {
        return ana_fail(ANA_ERR_VALUE, "sbm: weight %zu is asked for; edges have weights 0 to %zu",
                        options->column, graph->n_weights - 1);
    }
    if (options->weights != ANA_SBM_UNWEIGHTED) {
        ana_status status = check_weights(graph, options, &total);
        if (status != ANA_OK) {
            return status;
        }
    }
    const double pairs = (double)graph->n_nodes * (double)graph->n_nodes;
    const double trials = (double)options->n_trials * (double)graph->n_edges;
    const bool counts = options->weights == ANA_SBM_GEOMETRIC ||
                        options->weights == ANA_SBM_POISSON || options->weights == ANA_SBM_BINOMIAL;
    const double largest = pairs + 2.0 * (double)graph->n_edges + (counts ? total + trials : 0.0);
    *most = largest < 0x1p40 ? (size_t)largest : (size_t)1 << 40;
    return ANA_OK;
}

ana_status ana_sbm_network_degrees(const ana_graph *graph, ana_workspace *workspace,
                                   ana_sbm_network *network)
{
    network->n = graph->n_nodes;
    network->n_sides = graph->directed ? 2 : 1;
    for (size_t side = 0; side < network->n_sides; side++) {
        network->degree[side] = ana_workspace_sizes(workspace, graph->n_nodes, 1);
    }
    ana_status status = ana_workspace_check(workspace, "sbm");
    for (size_t e = 0; e < graph->n_edges && status == ANA_OK; e++) {
        network->degree[0][graph->from[e]]++;
        network->degree[network->n_sides - 1][graph->to[e]]++;
    }
    return status;
}

/* Ranks of the degrees among those that occur. */
static void rank_degrees(const ana_sbm_network *network, size_t side, size_t *rank_of)
{
    for (size_t i = 0; i < network->n; i++) {
        rank_of[network->degree[side][i]] = 1;
    }
}

static ana_status classify_degrees(ana_workspace *workspace, ana_sbm_network *network)
{
    ana_status status = ANA_OK;
    ana_workspace scratch = {0};
    const size_t n_degrees = 2 * (size_t)network->n_edges + 1;
    size_t *rank_of = ana_workspace_sizes(&scratch, n_degrees, 1);
    ANA_TRY(ana_workspace_check(&scratch, "sbm"));
    for (size_t side = 0; side < network->n_sides; side++) {
        size_t n = 0;
        network->degree_class[side] = ana_workspace_sizes(workspace, network->n, 1);
        ANA_TRY(ana_workspace_check(workspace, "sbm"));
        memset(rank_of, 0, n_degrees * sizeof *rank_of);
        rank_degrees(network, side, rank_of);
        for (size_t k = 0; k < n_degrees; k++) {
            const size_t occurs = rank_of[k];
            rank_of[k] = n;
            n += occurs;
        }
        for (size_t i = 0; i < network->n; i++) {
            network->degree_class[side][i] = rank_of[network->degree[side][i]];
        }
        network->n_classes[side] = n;
    }
done:
    ana_workspace_release(&scratch);
    return status;
}

static ana_status link_side(const ana_graph *graph, const double *weights, size_t side,
                            ana_workspace *workspace, ana_sbm_network *network)
{
    const size_t *start = side == 0 ? graph->out_start : graph->in_start;
    const ana_neighbour *rows = side == 0 ? graph->out : graph->in;
    size_t n = 0;
    network->start[side] = ana_workspace_sizes(workspace, graph->n_nodes + 1, 1);
    network->links[side] =
        ana_workspace_bytes(workspace, start[graph->n_nodes], 1, sizeof *network->links[side]);
    ana_status status = ana_workspace_check(workspace, "sbm");
    for (size_t i = 0; i < graph->n_nodes && status == ANA_OK; i++) {
        for (size_t a = start[i]; a < start[i + 1]; a++) {
            const double w = weights != NULL ? weights[rows[a].edge] : 0.0;
            if (side == 0 || rows[a].node != i) {
                network->links[side][n++] =
                    (ana_sbm_link){rows[a].node, {.edges = 1.0, .sum = w, .square = w * w}};
            }
        }
        network->start[side][i + 1] = n;
    }
    return status;
}

static void add_constants(const ana_graph *graph, const ana_sbm_terms *terms, const double *weights,
                          ana_sbm_network *network)
{
    for (size_t side = 0; side < network->n_sides && terms->corrected; side++) {
        for (size_t i = 0; i < network->n; i++) {
            network->adjacency -= ana_sbm_log_factorial(terms, (double)network->degree[side][i]);
        }
    }
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

ana_status ana_sbm_network_of_graph(const ana_graph *graph, const ana_sbm_options *options,
                                    const ana_sbm_terms *terms, ana_workspace *workspace,
                                    ana_sbm_network *out)
{
    ana_status status = ANA_OK;
    ana_sbm_network network = {.n_edges = (double)graph->n_edges};
    const double *weights = options->weights == ANA_SBM_UNWEIGHTED
                                ? NULL
                                : graph->weights + options->column * graph->n_edges;
    ANA_TRY(ana_sbm_network_degrees(graph, workspace, &network));
    ANA_TRY(classify_degrees(workspace, &network));
    for (size_t side = 0; side < network.n_sides; side++) {
        ANA_TRY(link_side(graph, weights, side, workspace, &network));
    }
    add_constants(graph, terms, weights, &network);
    *out = network;
done:
    return status;
}
