#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/visibility_features.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    T = 90,
    V = 3
};

static const size_t lengths[] = {50, 40};

static ana_observations *draw_signals(void)
{
    ana_random random = ana_random_stream(2, "test.visibility", 9);
    ana_observations *observations = NULL;
    check_ok(ana_observations_new(T, V, &observations));
    for (size_t k = 0; k < (size_t)T * V; k++) {
        observations->values[k] = ana_random_normal(&random);
    }
    check_ok(ana_observations_set_sequences(observations, 2, lengths, NULL));
    observations->bin_s = 0.25;
    return observations;
}

static void count_warning(void *user, const char *sentence)
{
    assert_non_null(strstr(sentence, "1 of 6 stretches"));
    (*(size_t *)user)++;
}

/* Each number is that of the graph of the stretch alone. */
static void sequences_are_kept_apart(void **state)
{
    (void)state;
    ana_observations *observations = draw_signals();
    ana_visibility_options options = ana_visibility_options_default();
    ana_visibility_features *features = NULL;
    ana_record *record = NULL;
    size_t n_warnings = 0;
    options.run.warn = count_warning;
    options.run.user = &n_warnings;
    observations->values[60 * V + 2] = (double)NAN;
    check_ok(ana_visibility_features_new(observations, &options, NULL, &features));
    assert_int_equal(features->n_missing, 1);
    assert_int_equal(n_warnings, 1);
    for (size_t k = 0; k < (size_t)V * 2; k++) {
        double values[T];
        double times[T];
        double divergence = 0.0;
        ana_graph *graph = NULL;
        ana_graph *directed = NULL;
        ana_network_features *wanted = NULL;
        const size_t first = k % 2 * lengths[0];
        for (size_t t = 0; t < lengths[k % 2]; t++) {
            values[t] = observations->values[(first + t) * V + k / 2];
            times[t] = 0.25 * (double)t;
        }
        if (k == 5) {
            check_close(features->irreversibility[k], (double)NAN, 0.0, 0.0);
            check_close(features->of_graph[ANA_GRAPH_DIAMETER][k], (double)NAN, 0.0, 0.0);
            continue;
        }
        options.directed = false;
        check_ok(ana_visibility_graph(lengths[k % 2], times, values, &options, &graph));
        options.directed = true;
        check_ok(ana_visibility_graph(lengths[k % 2], times, values, &options, &directed));
        check_ok(ana_visibility_irreversibility(directed, &divergence));
        check_ok(ana_network_features_new(graph, 1, times, NULL, &wanted));
        check_close(features->n_edges[k], (double)graph->n_edges, 0.0, 0.0);
        check_close(features->irreversibility[k], divergence, 0.0, 0.0);
        for (size_t f = 0; f < ANA_GRAPH_N_FEATURES; f++) {
            check_close(features->of_graph[f][k], wanted->of_graph[f], 0.0, 0.0);
        }
        ana_network_features_free(wanted);
        ana_graph_free(directed);
        ana_graph_free(graph);
    }
    check_ok(ana_visibility_features_to_record(features, &record));
    check_ok(ana_record_check(record));
    assert_non_null(ana_record_find(record, "irreversibility"));
    ana_record_free(record);
    ana_visibility_features_free(features);
    ana_observations_free(observations);
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    ana_observations *observations = draw_signals();
    ana_visibility_options visibility = ana_visibility_options_default();
    ana_network_options network = ana_network_options_default();
    ana_visibility_features *features = NULL;
    visibility.view_angle = 4.0;
    check_fails(ana_visibility_features_new(observations, &visibility, NULL, &features),
                ANA_ERR_VALUE, "view-angle");
    network.weight_index = 2;
    check_fails(ana_visibility_features_new(observations, NULL, &network, &features), ANA_ERR_VALUE,
                "no weight 2");
    ana_observations_free(observations);
}

static ana_status describe(void *user)
{
    ana_visibility_features *features = NULL;
    ana_record *record = NULL;
    ana_status status = ana_visibility_features_new(user, NULL, NULL, &features);
    status = status == ANA_OK ? ana_visibility_features_to_record(features, &record) : status;
    ana_record_free(record);
    ana_visibility_features_free(features);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    ana_observations *observations = NULL;
    check_ok(ana_observations_new(5, 1, &observations));
    assert_true(check_each_allocation(describe, observations, 0) > 20);
    ana_observations_free(observations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequences_are_kept_apart),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("visibility_features", tests, NULL, NULL);
}
