/* A nested weighted block model of the complete graph of 300 nodes (all 44,850 pairs weighted),
 * against what one sweep of moves cannot do without: every end of every edge read once, and the
 * logarithms of each pair of groups that each move of each node to each group would touch.
 *   bench_sbm [restarts]   default 1 */
#include "bench.h"

#include <analysis/agreement.h>
#include <analysis/models/sbm.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    N_NODES = 300,
    N_GROUPS = 8
};

static ana_graph *complete_graph(void)
{
    static double matrix[N_NODES * N_NODES];
    ana_graph *graph = NULL;
    ana_random random = ana_random_stream(11, "bench.sbm", 0);
    for (size_t i = 0; i < N_NODES; i++) {
        for (size_t j = 0; j < i; j++) {
            const double mean = i % N_GROUPS == j % N_GROUPS ? 3.0 : 1.0;
            matrix[i * N_NODES + j] = mean * ana_random_exponential(&random);
        }
    }
    stop_on(ana_graph_from_matrix(N_NODES, matrix, false, false, &graph));
    return graph;
}

/* Sums of each node's weights by group, and the logarithms of 2 x 2 x 8 sums for each of 8 groups.
 */
static double time_floor(const ana_graph *graph)
{
    double kept = 0.0;
    const double start = cpu_seconds();
    for (size_t i = 0; i < graph->n_nodes; i++) {
        double sums[N_GROUPS] = {0};
        for (size_t a = graph->out_start[i]; a < graph->out_start[i + 1]; a++) {
            sums[graph->out[a].node % N_GROUPS] += graph->weights[graph->out[a].edge];
        }
        for (size_t move = 0; move < N_GROUPS; move++) {
            for (size_t pair = 0; pair < 4 * N_GROUPS; pair++) {
                kept += log(sums[pair % N_GROUPS] + (double)move);
            }
        }
    }
    const double seconds = cpu_seconds() - start;
    return kept > 0.0 ? seconds : 0.0;
}

int main(int argc, char **argv)
{
    ana_graph *graph = complete_graph();
    ana_sbm *sbm = NULL;
    ana_agreement agreement;
    size_t truth[N_NODES];
    ana_sbm_options options = ana_sbm_options_default();
    options.weights = ANA_SBM_EXPONENTIAL;
    options.degrees = ANA_SBM_DEGREES_CORRECTED;
    options.n_restarts = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 1;
    options.run.n_threads = 1;
    for (size_t i = 0; i < N_NODES; i++) {
        truth[i] = i % N_GROUPS;
    }
    const double floor_s = time_floor(graph);
    for (size_t n_samples = 0; n_samples <= 100; n_samples += 100) {
        options.n_samples = n_samples;
        const double start = cpu_seconds();
        stop_on(ana_sbm_fit(graph, &options, &sbm));
        const double seconds = cpu_seconds() - start;
        stop_on(ana_agreement_compare(N_NODES, truth, sbm->hierarchy.group[0], &agreement));
        printf("nested, %zu edges, %zu restarts, %zu samples: %.2f s of processor time, %.0f times "
               "the floor of a sweep (%.4f s); %zu groups, NMI %.3f, %.3f nats\n",
               graph->n_edges, options.n_restarts, n_samples, seconds, seconds / floor_s, floor_s,
               sbm->hierarchy.n_groups[0], agreement.normalised_mutual_information,
               sbm->length.total);
        ana_sbm_free(sbm);
        sbm = NULL;
    }
    ana_graph_free(graph);
    return 0;
}
