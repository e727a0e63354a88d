/* Groups of three and cycles, counted in a network and in random ones. */
#include "lists.h"
#include "memory.h"
#include "network_parts.h"
#include "try.h"

#include <analysis/models/network_motifs.h>
#include <analysis/resampling.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_OF_KINDS = 3 * ANA_N_TRIADS /* counts, intensities, coherences */
};

static const char *const keep_names[] = {"mutual", "degrees", NULL};

ana_motif_options ana_motif_options_default(void)
{
    return (ana_motif_options){.run = ana_run_default(), .n_nulls = 200, .swaps = 10.0};
}

const ana_option ana_motif_option_table[] = {
    {"weight-column", ANA_OPTION_SIZE, offsetof(ana_motif_options, weight_index), 0, 1e9, NULL, "N",
     "which of several weights, from 0", false},
    {"nulls", ANA_OPTION_SIZE, offsetof(ana_motif_options, n_nulls), 0, 1e6, NULL, "N",
     "random networks to compare with", false},
    {"swaps", ANA_OPTION_DOUBLE, offsetof(ana_motif_options, swaps), 0, 1e6, NULL, "N",
     "exchanges tried for each edge of a random network", false},
    {"keep", ANA_OPTION_CHOICE, offsetof(ana_motif_options, keep), 0, 0, keep_names, "WHAT",
     "what random networks keep: each node's edges in and out (degrees), and those both ways as "
     "well (mutual)",
     false},
    ANA_OPTION_END,
};

bool ana_triad_is_connected(size_t kind)
{
    return kind > 2; /* all but 003, 012 and 102 */
}

/* What the groups of each kind sum to. */
typedef struct kind_sums {
    double n[ANA_N_TRIADS];
    double intensity[ANA_N_TRIADS];
    double coherence[ANA_N_TRIADS];
} kind_sums;

/* Sums over the edges of a group. */
typedef struct group_edges {
    double n;
    double sum;
    double logs;
    bool has_zero;
} group_edges;

static void add_edge(double weight, bool there, group_edges *edges)
{
    if (there) {
        edges->n += 1.0;
        edges->sum += weight;
        edges->logs += weight > 0.0 ? log(weight) : 0.0;
        edges->has_zero = edges->has_zero || weight == 0.0;
    }
}

static void add_group(size_t kind, const ana_tie *const ties[3], void *user)
{
    kind_sums *sums = user;
    group_edges edges = {0};
    for (size_t k = 0; k < 3; k++) {
        if (ties[k] != NULL) {
            add_edge(ties[k]->there, ties[k]->out, &edges);
            add_edge(ties[k]->back, ties[k]->in, &edges);
        }
    }
    const double geometric = edges.has_zero ? 0.0 : exp(edges.logs / edges.n);
    sums->n[kind] += 1.0;
    sums->intensity[kind] += geometric;
    sums->coherence[kind] += edges.sum > 0.0 ? geometric * edges.n / edges.sum : 0.0;
}

/* of_kinds[N_OF_KINDS] and cycles[n_nodes] of one network. */
static ana_status measure(const ana_graph *graph, const ana_motif_options *options,
                          double *of_kinds, double *cycles)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_network_features *features = NULL;
    ana_ties ties = {0};
    kind_sums sums = {{0}, {0}, {0}};
    size_t counts[ANA_N_TRIADS] = {0};
    ANA_TRY(ana_network_features_make(graph, &features));
    ANA_TRY(ana_network_ties(graph, options->weight_index, &workspace, &ties));
    ana_network_visit_triads(&ties, add_group, &sums, counts);
    ANA_TRY(ana_network_triads(graph, counts));
    ana_network_cluster(&ties, graph->directed, &options->run, features);
    if (graph->n_nodes > 0) {
        memcpy(cycles, features->of_node[ANA_NODE_CYCLES3], graph->n_nodes * sizeof *cycles);
    }
    for (size_t k = 0; k < ANA_N_TRIADS; k++) {
        const bool has = ana_triad_is_connected(k) && sums.n[k] > 0.0;
        of_kinds[k] = (double)counts[k];
        of_kinds[ANA_N_TRIADS + k] = has ? sums.intensity[k] / sums.n[k] : (double)NAN;
        of_kinds[(size_t)2 * ANA_N_TRIADS + k] = has ? sums.coherence[k] / sums.n[k] : (double)NAN;
    }
done:
    ana_network_features_free(features);
    ana_workspace_release(&workspace);
    return status;
}

static ana_status measure_null(const ana_graph *graph, const ana_motif_options *options,
                               size_t item, double *of_kinds, double *cycles)
{
    ana_graph *null = NULL;
    ana_status status =
        options->keep == ANA_MOTIF_KEEP_MUTUAL
            ? ana_network_rewire_mutual(graph, options->swaps, options->run.seed, item, &null)
            : ana_network_rewire(graph, options->swaps, options->run.seed, item, &null);
    if (status == ANA_OK) {
        status = measure(null, options, of_kinds, cycles);
    }
    ana_graph_free(null);
    return status;
}

static ana_beside_chance beside(size_t n, const double *nulls, size_t stride, double value)
{
    const network_chance chance = network_chance_of(n, nulls, stride, value);
    return (ana_beside_chance){value, chance.mean, chance.sd, chance.z, chance.p, (double)NAN};
}

/* q of n numbers; those left out by `skip` first ones are not tests. */
static ana_status adjust(size_t n, size_t skip, ana_workspace *workspace,
                         ana_beside_chance *numbers)
{
    ana_status status = ANA_OK;
    double *p = ana_workspace_doubles(workspace, n, 1);
    ANA_TRY(ana_workspace_check(workspace, "motifs"));
    for (size_t k = skip; k < n; k++) {
        p[k] = numbers[k].p;
    }
    ANA_TRY(ana_resampling_adjust(n - skip, p + skip, ANA_CORRECTION_BENJAMINI_HOCHBERG, p + skip));
    for (size_t k = skip; k < n; k++) {
        numbers[k].q = p[k];
    }
done:
    return status;
}

static ana_status make_motifs(const ana_graph *graph, const ana_motif_options *options,
                              ana_network_motifs **out)
{
    ana_status status = ANA_OK;
    ana_network_motifs *motifs = NULL;
    ANA_TRY(ana_allocate(1, sizeof *motifs, "motifs", &motifs));
    motifs->directed = graph->directed;
    motifs->n_nulls = options->n_nulls;
    ANA_TRY(ana_copy_texts(graph->n_nodes, (const char *const *)graph->node_names,
                           &motifs->node_names));
    motifs->n_nodes = graph->n_nodes;
    ANA_TRY(ana_allocate(graph->n_nodes, sizeof *motifs->cycles3, "motifs", &motifs->cycles3));
    *out = motifs;
    motifs = NULL;
done:
    ana_network_motifs_free(motifs);
    return status;
}

static ana_status check_arguments(const ana_graph *graph, const ana_motif_options *options)
{
    ana_status status = ana_options_check(ana_motif_option_table, options, "motifs");
    if (status == ANA_OK && options->weight_index >= graph->n_weights) {
        return ana_fail(ANA_ERR_VALUE, "motifs: there is no weight %zu; the edges have %zu, from 0",
                        options->weight_index, graph->n_weights);
    }
    const double doubles = (double)options->n_nulls * (double)(graph->n_nodes + N_OF_KINDS);
    return status == ANA_OK
               ? ana_run_check_memory(&options->run,
                                      doubles < 1e17 ? (size_t)doubles * sizeof(double) : SIZE_MAX,
                                      "numbers of random networks")
               : status;
}

/* Every number of the network beside those of the random ones. */
static ana_status hold_against(size_t n, const double *of_kinds, const double *cycles,
                               ana_workspace *workspace, ana_network_motifs *motifs)
{
    ana_status status = ANA_OK;
    const size_t n_nodes = motifs->n_nodes;
    for (size_t k = 0; k < ANA_N_TRIADS; k++) {
        const size_t at[3] = {k, ANA_N_TRIADS + k, (size_t)2 * ANA_N_TRIADS + k};
        motifs->count[k] = beside(n, of_kinds + N_OF_KINDS + at[0], N_OF_KINDS, of_kinds[at[0]]);
        motifs->intensity[k] =
            beside(n, of_kinds + N_OF_KINDS + at[1], N_OF_KINDS, of_kinds[at[1]]);
        motifs->coherence[k] =
            beside(n, of_kinds + N_OF_KINDS + at[2], N_OF_KINDS, of_kinds[at[2]]);
    }
    for (size_t i = 0; i < n_nodes; i++) {
        motifs->cycles3[i] = beside(n, cycles + n_nodes + i, n_nodes, cycles[i]);
    }
    ANA_TRY(adjust(ANA_N_TRIADS, 3, workspace, motifs->count));
    ANA_TRY(adjust(ANA_N_TRIADS, 3, workspace, motifs->intensity));
    ANA_TRY(adjust(ANA_N_TRIADS, 3, workspace, motifs->coherence));
    ANA_TRY(adjust(n_nodes, 0, workspace, motifs->cycles3));
done:
    return status;
}

ana_status ana_network_motifs_new(const ana_graph *graph, const ana_motif_options *options,
                                  ana_network_motifs **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_network_motifs *motifs = NULL;
    const ana_motif_options defaults = ana_motif_options_default();
    const ana_motif_options *use = options != NULL ? options : &defaults;
    const size_t n_nodes = graph->n_nodes;
    ANA_TRY(check_arguments(graph, use));
    ANA_TRY(make_motifs(graph, use, &motifs));
    double *of_kinds = ana_workspace_doubles(&workspace, use->n_nulls + 1, N_OF_KINDS);
    double *cycles = ana_workspace_doubles(&workspace, use->n_nulls + 1, n_nodes);
    ANA_TRY(ana_workspace_check(&workspace, "motifs"));
    ANA_TRY(measure(graph, use, of_kinds, cycles));
    for (size_t k = 0; k < use->n_nulls; k++) {
        ANA_TRY(ana_run_progress(&use->run, "random networks", k, use->n_nulls));
        ANA_TRY(measure_null(graph, use, k, of_kinds + (k + 1) * N_OF_KINDS,
                             cycles + (k + 1) * n_nodes));
    }
    ANA_TRY(hold_against(use->n_nulls, of_kinds, cycles, &workspace, motifs));
    *out = motifs;
    motifs = NULL;
done:
    ana_network_motifs_free(motifs);
    ana_workspace_release(&workspace);
    return status;
}

void ana_network_motifs_free(ana_network_motifs *motifs)
{
    if (motifs != NULL) {
        ana_free_texts(motifs->n_nodes, motifs->node_names);
        free(motifs->cycles3);
        free(motifs);
    }
}
