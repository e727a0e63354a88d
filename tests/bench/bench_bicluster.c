/* Sweeps of the bi-clustering sampler on its paper's simulation (30 neurons in 3 clusters, 500
 * rows), with what they found, and the floor of a sweep: the normal and uniform numbers its gamma
 * variables take and one exponential for each count and cluster.
 *   bench_bicluster [sweeps [seed [chains]]]   default 10000 sweeps of one chain, seed 1 */
#include "bench.h"
#include "vec.h"

#include <analysis/agreement.h>
#include <analysis/models/bicluster.h>
#include <analysis/random.h>

#include <stdio.h>
#include <stdlib.h>

/* Seconds that the numbers of one sweep take by themselves: three gammas for each count. */
static double floor_of(size_t n_counts, size_t n_clusters)
{
    enum {
        N_RUNS = 20,
        N_GAMMAS = 3
    };
    double *x = calloc(n_counts, sizeof *x);
    double sum = 0.0;
    ana_random random = ana_random_stream(1, "bench", 0);
    const double start = cpu_seconds();
    for (size_t run = 0; run < N_RUNS; run++) {
        for (size_t j = 0; j < n_counts; j++) {
            for (size_t k = 0; k < N_GAMMAS; k++) {
                x[j] = ana_random_normal(&random);
                sum += ana_random_uniform(&random);
            }
        }
        for (size_t k = 0; k < n_clusters; k++) {
            ana_vec_exp(n_counts, x, x);
            for (size_t j = 0; j < n_counts; j++) {
                x[j] = 1.0 / (1.0 + x[j]);
            }
            sum += x[k];
        }
    }
    const double seconds = (cpu_seconds() - start) / N_RUNS;
    free(x);
    return sum > 0.0 ? seconds : 0.0;
}

static void print_agreement(const ana_bicluster *fit, const ana_observations *counts,
                            size_t n_per_cluster)
{
    ana_agreement agreement;
    double accuracy = 0.0;
    size_t *clusters = calloc(counts->n_features, sizeof *clusters);
    size_t *states = calloc(counts->n_times, sizeof *states);
    for (size_t i = 0; i < counts->n_features; i++) {
        clusters[i] = i / n_per_cluster;
    }
    for (size_t t = 0; t < counts->n_times; t++) {
        states[t] = (size_t)counts->labels[t];
    }
    stop_on(ana_agreement_compare(counts->n_features, fit->cluster, clusters, &agreement));
    stop_on(ana_agreement_match(counts->n_times, states, fit->state, 64, NULL, &accuracy));
    printf("%zu clusters, adjusted Rand index %.3f; %zu states, accuracy %.3f\n", fit->n_clusters,
           agreement.adjusted_rand, fit->n_states_used, accuracy);
    printf("R-hat of log joint %.3f, clusters %.3f, states %.3f\n", fit->rhat[0], fit->rhat[1],
           fit->rhat[2]);
    free(clusters);
    free(states);
}

int main(int argc, char **argv)
{
    ana_bicluster_options options = ana_bicluster_options_default();
    ana_bicluster_simulation simulation = ana_bicluster_simulation_default();
    ana_observations *counts = NULL;
    ana_bicluster *fit = NULL;
    options.n_sweeps = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 10000;
    options.n_warmup = options.n_sweeps / 4;
    simulation.seed = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    options.run.seed = simulation.seed;
    options.n_chains = argc > 3 ? (size_t)strtoul(argv[3], NULL, 10) : 1;
    stop_on(ana_bicluster_simulate(&simulation, &counts));
    const double start = cpu_seconds();
    stop_on(ana_bicluster_fit(counts, &options, &fit));
    const double seconds = cpu_seconds() - start;
    const double n_sweeps = (double)(options.n_sweeps * options.n_chains);
    const double least = floor_of(counts->n_features * counts->n_times, fit->n_clusters);
    printf("%.0f sweeps in %.2f s of processor time (%.2f s in all): %.3f ms each, %.1f times the "
           "floor of %.3f ms\n",
           n_sweeps, seconds, fit->seconds, 1e3 * seconds / n_sweeps, seconds / n_sweeps / least,
           1e3 * least);
    print_agreement(fit, counts, simulation.n_per_cluster);
    ana_bicluster_free(fit);
    ana_observations_free(counts);
    return 0;
}
