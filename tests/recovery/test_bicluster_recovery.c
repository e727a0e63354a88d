#include "support/check.h"

#include <analysis/agreement.h>
#include <analysis/models/bicluster.h>

#include <stdlib.h>
#include <string.h>

/* The paper's simulation: 30 neurons in 3 clusters with a mean and two factors each, 500 rows, two
 * states of time. Its authors' saved run has 95.4 % of the rows in the right state. */
static void clusters_and_states_of_a_simulation_are_recovered(void **state)
{
    (void)state;
    const bool whole = test_is_long();
    ana_bicluster_simulation simulation = ana_bicluster_simulation_default();
    ana_bicluster_options options = ana_bicluster_options_default();
    ana_observations *counts = NULL;
    ana_bicluster *fit = NULL;
    ana_agreement agreement;
    double accuracy = 0.0;
    size_t clusters[30];
    size_t states[500];
    simulation.seed = 1;
    options.run.seed = 1;
    options.n_chains = whole ? 4 : 1;
    options.n_sweeps = whole ? 10000 : 350;
    options.n_warmup = whole ? 2500 : 150;
    check_ok(ana_bicluster_simulate(&simulation, &counts));
    check_ok(ana_bicluster_fit(counts, &options, &fit));
    for (size_t i = 0; i < 30; i++) {
        clusters[i] = i / simulation.n_per_cluster;
    }
    for (size_t t = 0; t < 500; t++) {
        states[t] = (size_t)counts->labels[t];
    }
    check_ok(ana_agreement_compare(30, fit->cluster, clusters, &agreement));
    check_ok(ana_agreement_match(500, states, fit->state, 64, NULL, &accuracy));
    print_message("%zu clusters, adjusted Rand index %.3f; states right in %.3f of the rows\n",
                  fit->n_clusters, agreement.adjusted_rand, accuracy);
    assert_true(agreement.adjusted_rand >= 0.95);
    assert_true(accuracy >= 0.85);
    ana_bicluster_free(fit);
    ana_observations_free(counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clusters_and_states_of_a_simulation_are_recovered),
    };
    return cmocka_run_group_tests_name("bicluster recovery", tests, NULL, NULL);
}
