#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/functional_network.h>
#include <analysis/models/network_features.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Signals that share a few sources, so that some go together either way; the last one constant. */
static ana_observations *draw_signals(uint64_t item, size_t n_times, size_t n)
{
    ana_observations *observations = NULL;
    ana_random random = ana_random_stream(3, "test.functional", item);
    check_ok(ana_observations_new(n_times, n, &observations));
    for (size_t t = 0; t < n_times; t++) {
        double source[4];
        for (size_t s = 0; s < 4; s++) {
            source[s] = ana_random_normal(&random);
        }
        for (size_t i = 0; i < n; i++) {
            const double sign = i % 3 == 0 ? -1.0 : 1.0;
            observations->values[t * n + i] =
                i + 1 == n ? 0.3 : sign * source[i % 4] + 0.8 * ana_random_normal(&random) + 5.0;
        }
    }
    return observations;
}

/* The weight of an edge, 0 where there is none. */
static double weight_of(const ana_graph *graph, size_t i, size_t j)
{
    const size_t e = ana_graph_find_edge(graph, i, j);
    return e < graph->n_edges ? graph->weights[e] : 0.0;
}

static double passes(ana_functional_sign sign, double value, double threshold)
{
    const double key = sign == ANA_FUNCTIONAL_POSITIVE   ? value
                       : sign == ANA_FUNCTIONAL_NEGATIVE ? -value
                                                         : fabs(value);
    return key > threshold ? value : 0.0;
}

static void edges_are_correlations_above_the_threshold(void **state)
{
    (void)state;
    enum {
        T = 80,
        V = 150
    };
    ana_observations *observations = draw_signals(1, T, V);
    double *r = malloc((size_t)V * V * sizeof *r);
    assert_non_null(r);
    check_ok(ana_stats_correlation(T, V, observations->values, r));
    for (int sign = 0; sign < 3; sign++) {
        ana_functional_options options = ana_functional_options_default();
        ana_graph *graph = NULL;
        options.sign = (ana_functional_sign)sign;
        options.threshold = 0.43;
        check_ok(ana_functional_network(observations, &options, &graph));
        check_ok(ana_graph_check(graph));
        assert_true(graph->n_edges > 300);
        for (size_t k = 0; k < (size_t)V * V; k++) {
            const double wanted =
                k / V != k % V && !isnan(r[k]) ? passes(options.sign, r[k], 0.43) : 0.0;
            check_close(weight_of(graph, k / V, k % V), wanted, 1e-13, 0.0);
        }
        ana_graph_free(graph);
    }
    free(r);
    ana_observations_free(observations);
}

/* Regression of two signals on all others, residuals correlated: shrinkage is weak when there are
 * many samples. */
static void partial_correlation_is_that_of_residuals(void **state)
{
    (void)state;
    enum {
        T = 4000,
        V = 5
    };
    ana_observations *observations = draw_signals(2, T, V);
    ana_random random = ana_random_stream(3, "test.functional", 77);
    for (size_t t = 0; t < T; t++) { /* a chain 0 - 1 - 2 */
        double *x = observations->values + t * V;
        x[1] = x[0] + ana_random_normal(&random);
        x[2] = x[1] + ana_random_normal(&random);
    }
    ana_functional_options options = ana_functional_options_default();
    ana_graph *graph = NULL;
    double others[T * 4];
    double pair[T * 2];
    double coefficients[8];
    options.measure = ANA_FUNCTIONAL_PARTIAL;
    options.threshold = 0.0;
    check_ok(ana_functional_network(observations, &options, &graph));
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = i + 1; j < 4; j++) {
            for (size_t t = 0; t < T; t++) {
                size_t c = 0;
                for (size_t k = 0; k < 4; k++) {
                    if (k != i && k != j) {
                        others[t * 3 + c++] = observations->values[t * V + k];
                    }
                }
                others[t * 3 + 2] = 1.0;
                pair[2 * t] = observations->values[t * V + i];
                pair[2 * t + 1] = observations->values[t * V + j];
            }
            check_ok(ana_linalg_least_squares(T, 3, others, 2, pair, coefficients, NULL));
            double residual[2][T];
            for (size_t t = 0; t < T; t++) {
                for (size_t s = 0; s < 2; s++) {
                    residual[s][t] = pair[2 * t + s] - others[t * 3] * coefficients[s] -
                                     others[t * 3 + 1] * coefficients[2 + s] - coefficients[4 + s];
                }
            }
            check_close(weight_of(graph, i, j), ana_stats_pearson(T, residual[0], residual[1]),
                        0.003, 0.0);
        }
        check_close(weight_of(graph, i, 4), 0.0, 0.0, 0.0);
    }
    assert_true(fabs(weight_of(graph, 0, 2)) < 0.05 && weight_of(graph, 0, 1) > 0.3);
    ana_graph_free(graph);
    ana_observations_free(observations);
}

/* Two sequences: signal 1 is signal 0 three samples later, within each. */
static void lagged_networks_point_forward(void **state)
{
    (void)state;
    enum {
        T = 300
    };
    const size_t lengths[] = {120, 180};
    ana_observations *observations = NULL;
    ana_functional_options options = ana_functional_options_default();
    ana_graph *graph = NULL;
    ana_random random = ana_random_stream(3, "test.functional", 5);
    check_ok(ana_observations_new(T, 2, &observations));
    check_ok(ana_observations_set_sequences(observations, 2, lengths, NULL));
    double mean[2][2] = {{0}};
    double *x = observations->values;
    for (size_t t = 0; t < T; t++) {
        x[2 * t] = ana_random_normal(&random);
        x[2 * t + 1] = (t >= 3 ? -2.0 * x[2 * (t - 3)] : 0.0) + 0.2 * ana_random_normal(&random);
    }
    options.measure = ANA_FUNCTIONAL_LAGGED;
    options.max_lag = 4;
    options.threshold = 0.3;
    check_ok(ana_functional_network(observations, &options, &graph));
    assert_true(graph->directed);
    assert_int_equal(graph->n_edges, 1);
    assert_int_equal(graph->from[0], 0);
    for (size_t t = 0; t < T; t++) {
        mean[t >= 120][0] += x[2 * t] / (double)lengths[t >= 120];
        mean[t >= 120][1] += x[2 * t + 1] / (double)lengths[t >= 120];
    }
    double square[2] = {0};
    double product = 0.0;
    for (size_t t = 0; t < T; t++) {
        const double *m = mean[t >= 120];
        square[0] += (x[2 * t] - m[0]) * (x[2 * t] - m[0]);
        square[1] += (x[2 * t + 1] - m[1]) * (x[2 * t + 1] - m[1]);
        if (t + 3 < T && (t >= 120 || t + 3 < 120)) {
            product += (x[2 * t] - m[0]) * (x[2 * (t + 3) + 1] - m[1]);
        }
    }
    check_close(graph->weights[0], product / sqrt(square[0] * square[1]), 1e-13, 0.0);
    ana_graph_free(graph);
    ana_observations_free(observations);
}

static void distance_correlation_sees_a_parabola(void **state)
{
    (void)state;
    enum {
        T = 61
    };
    ana_observations *observations = NULL;
    ana_functional_options options = ana_functional_options_default();
    ana_graph *graph = NULL;
    check_ok(ana_observations_new(T, 3, &observations));
    for (size_t t = 0; t < T; t++) {
        const double x = (double)t / 30.0 - 1.0;
        observations->values[3 * t] = x;
        observations->values[3 * t + 1] = x * x;
        observations->values[3 * t + 2] = 4.0 - 2.0 * x;
    }
    options.measure = ANA_FUNCTIONAL_DISTANCE;
    options.threshold = 0.0;
    check_ok(ana_functional_network(observations, &options, &graph));
    check_close(weight_of(graph, 0, 2), 1.0, 1e-13, 0.0); /* a line */
    /* By the definition, in another order of sums. */
    double centred[2][T * T];
    double moment[3] = {0};
    for (size_t v = 0; v < 2; v++) {
        for (size_t k = 0; k < (size_t)T * T; k++) {
            double d = 0.0;
            for (size_t u = 0; u < T; u++) {
                const double *x = observations->values;
                const double a = x[3 * (k / T) + v];
                const double b = x[3 * (k % T) + v];
                d -= (fabs(a - x[3 * u + v]) + fabs(b - x[3 * u + v])) / T;
                for (size_t w = 0; w < T; w++) {
                    d += fabs(x[3 * u + v] - x[3 * w + v]) / T / T;
                }
                d += u == 0 ? fabs(a - b) : 0.0;
            }
            centred[v][k] = d;
        }
    }
    for (size_t k = 0; k < (size_t)T * T; k++) {
        moment[0] += centred[0][k] * centred[1][k];
        moment[1] += centred[0][k] * centred[0][k];
        moment[2] += centred[1][k] * centred[1][k];
    }
    check_close(weight_of(graph, 0, 1), sqrt(moment[0] / sqrt(moment[1] * moment[2])), 1e-12, 0.0);
    assert_true(weight_of(graph, 0, 1) > 0.4);
    ana_graph_free(graph);
    ana_observations_free(observations);
}

/* More signals than a tile, and than a round of tiles on one side. */
static void maps_are_features_of_the_network(void **state)
{
    (void)state;
    enum {
        T = 40,
        V = 700
    };
    ana_observations *observations = draw_signals(6, T, V);
    ana_functional_options options = ana_functional_options_default();
    ana_network_options network = ana_network_options_default();
    ana_graph *graph = NULL;
    ana_network_features *features = NULL;
    ana_functional_maps *maps = NULL;
    ana_functional_maps *again = NULL;
    double *positions = malloc((size_t)2 * V * sizeof *positions);
    double *binned = malloc((size_t)3 * V * sizeof *binned);
    assert_true(positions != NULL && binned != NULL);
    for (size_t k = 0; k < (size_t)2 * V; k++) {
        positions[k] = (double)(k * 7919 % 1000) / 100.0;
    }
    const ana_functional_space space = {2, positions, 3, (const double[]){0, 1.5, 4, 9}};
    options.threshold = 0.45;
    options.run.n_threads = 1;
    network.paths = ANA_PATHS_NONE;
    check_ok(ana_functional_network(observations, &options, &graph));
    check_ok(ana_network_features_new(graph, 0, NULL, &network, &features));
    check_ok(ana_network_degree_by_distance(graph, 2, positions, 3, space.bins, binned));
    check_ok(ana_functional_maps_new(observations, &space, &options, &maps));
    options.run.n_threads = 2;
    check_ok(ana_functional_maps_new(observations, &space, &options, &again));
    assert_int_equal(maps->n_edges, graph->n_edges);
    assert_int_equal(maps->n_constant, 1);
    check_all_close(V, maps->of_signal[ANA_FUNCTIONAL_DEGREE], features->of_node[ANA_NODE_DEGREE],
                    0.0, 0.0);
    check_all_close(V, maps->of_signal[ANA_FUNCTIONAL_CYCLES3], features->of_node[ANA_NODE_CYCLES3],
                    0.0, 0.0);
    check_all_close(V, maps->of_signal[ANA_FUNCTIONAL_CLUSTERING],
                    features->of_node[ANA_NODE_CLUSTERING], 0.0, 1e-14);
    check_all_close((size_t)3 * V, maps->by_distance, binned, 0.0, 0.0);
    for (size_t i = 0; i < V; i++) {
        double positive = 0.0;
        double strength = 0.0;
        for (size_t a = graph->out_start[i]; a < graph->out_start[i + 1]; a++) {
            strength += fabs(graph->weights[graph->out[a].edge]);
            positive += graph->weights[graph->out[a].edge] > 0.0 ? 1.0 : 0.0;
        }
        check_close(maps->of_signal[ANA_FUNCTIONAL_STRENGTH][i], strength, 0.0, 1e-13);
        check_close(maps->of_signal[ANA_FUNCTIONAL_DEGREE_POSITIVE][i], positive, 0.0, 0.0);
        check_close(maps->of_signal[ANA_FUNCTIONAL_DEGREE_NEGATIVE][i],
                    maps->of_signal[ANA_FUNCTIONAL_DEGREE][i] - positive, 0.0, 0.0);
    }
    for (size_t f = 0; f < ANA_FUNCTIONAL_N_FEATURES; f++) {
        assert_memory_equal(maps->of_signal[f], again->of_signal[f], V * sizeof(double));
        assert_non_null(ana_functional_feature_name((ana_functional_feature)f));
    }
    ana_functional_maps_free(maps);
    ana_functional_maps_free(again);
    ana_network_features_free(features);
    ana_graph_free(graph);
    ana_observations_free(observations);
    free(positions);
    free(binned);
}

static void a_density_keeps_the_strongest(void **state)
{
    (void)state;
    enum {
        T = 30,
        V = 200
    };
    ana_observations *observations = draw_signals(8, T, V);
    const double densities[] = {0.001, 0.1, 0.37, 1.0};
    for (size_t d = 0; d < 4; d++) {
        ana_functional_options options = ana_functional_options_default();
        ana_functional_maps *maps = NULL;
        ana_graph *graph = NULL;
        options.density = densities[d];
        check_ok(ana_functional_network(observations, &options, &graph));
        check_ok(ana_functional_maps_new(observations, NULL, &options, &maps));
        /* The constant signal is connected with none, whatever the density. */
        const double possible = fmin(densities[d] * V * (V - 1) / 2.0, (V - 1) * (V - 2) / 2.0);
        assert_int_equal(graph->n_edges, (size_t)round(possible));
        assert_int_equal(maps->n_edges, graph->n_edges);
        double least = 2.0;
        for (size_t e = 0; e < graph->n_edges; e++) {
            least = fmin(least, fabs(graph->weights[e]));
        }
        assert_true(least > maps->threshold);
        ana_functional_maps_free(maps);
        ana_graph_free(graph);
    }
    ana_observations_free(observations);
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    ana_observations *observations = draw_signals(9, 6, 4);
    ana_functional_options options = ana_functional_options_default();
    ana_functional_maps *maps = NULL;
    ana_graph *graph = NULL;
    const ana_functional_space space = {1, (const double[]){0, 1, 2, 3}, 2,
                                        (const double[]){0, 2, 2}};
    options.threshold = 1.5;
    check_fails(ana_functional_network(observations, &options, &graph), ANA_ERR_VALUE, "threshold");
    options = ana_functional_options_default();
    check_fails(ana_functional_maps_new(observations, &space, &options, &maps), ANA_ERR_VALUE,
                "bin 1 run from 2 to 2");
    options.run.max_memory = 40;
    check_fails(ana_functional_network(observations, &options, &graph), ANA_ERR_LIMIT,
                "functional network");
    options = ana_functional_options_default();
    options.measure = ANA_FUNCTIONAL_LAGGED;
    check_fails(ana_functional_maps_new(observations, NULL, &options, &maps), ANA_ERR_VALUE,
                "undirected");
    observations->values[4 * 3 + 2] = (double)NAN;
    check_fails(ana_functional_network(observations, NULL, &graph), ANA_ERR_VALUE,
                "feature 2 in row 3");
    ana_observations_free(observations);
    check_ok(ana_observations_new(1, 3, &observations));
    check_fails(ana_functional_network(observations, NULL, &graph), ANA_ERR_SHAPE, "needs two");
    ana_observations_free(observations);
}

static ana_status make_maps(void *user)
{
    const double positions[] = {0, 1, 2, 3, 4};
    const ana_functional_space space = {1, positions, 1, (const double[]){0, 2}};
    ana_functional_options options = ana_functional_options_default();
    ana_functional_maps *maps = NULL;
    options.density = 0.5;
    options.run.n_threads = 1;
    ana_status status = ana_functional_maps_new(user, &space, &options, &maps);
    ana_functional_maps_free(maps);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    ana_observations *observations = draw_signals(10, 12, 5);
    ana_functional_options options = ana_functional_options_default();
    ana_graph *graph = NULL;
    options.density = 0.5;
    options.run.n_threads = 1;
    assert_true(check_each_allocation(make_maps, observations, 0) > 5);
    for (int m = 0; m < 4; m++) {
        options.measure = (ana_functional_measure)m;
        ALLOCATION_TEST(ana_functional_network, (observations, &options, &graph),
                        ana_graph_free(graph));
    }
    ana_observations_free(observations);
}

static void count_warning(void *user, const char *sentence)
{
    size_t *n = user;
    assert_non_null(strstr(sentence, "no session shows both of 1 pairs"));
    (*n)++;
}

/* Signals that miss a sample here and a session there: every similarity by hand over the sessions
 * that show both; and without a missing sample as ever. */
static void signals_are_compared_over_what_shows_both(void **state)
{
    (void)state;
    enum {
        V = 6,
        N_SESSIONS = 3,
        T = 11,
        ROWS = N_SESSIONS * T
    };
    const size_t lengths[] = {T, T, T};
    ana_random random = ana_random_stream(12, "test.pairwise", 0);
    ana_observations *x = NULL;
    ana_graph *whole = NULL;
    ana_graph *pairwise = NULL;
    double r[2][V * V];
    size_t n_warnings = 0;
    check_ok(ana_observations_new(ROWS, V, &x));
    check_ok(ana_observations_set_sequences(x, N_SESSIONS, lengths, NULL));
    for (size_t k = 0; k < ROWS * V; k++) {
        x->values[k] = 5.0 * (double)(k / V / T) + ana_random_normal(&random) +
                       (k % V > 0 ? 0.8 * x->values[k - 1] : 0.0);
    }
    ana_functional_options options = ana_functional_options_default();
    options.threshold = 0.0;
    check_ok(ana_functional_network(x, &options, &whole));
    options.missing = ANA_FUNCTIONAL_MISSING_PAIRWISE;
    check_ok(ana_functional_network(x, &options, &pairwise));
    ana_graph_to_matrix(whole, 0, r[0]);
    ana_graph_to_matrix(pairwise, 0, r[1]);
    check_all_close(V * V, r[1], r[0], 1e-14, 0.0);
    ana_graph_free(whole);
    ana_graph_free(pairwise);
    x->values[4 * V + 0] = (double)NAN; /* signal 0: not in session 0 */
    x->values[(T + 1) * V + 0] = (double)NAN;
    for (size_t t = 0; t < T; t++) {
        x->values[t * V + 2] = 7.0;                   /* 2 does not vary in session 0 */
        x->values[(2 * T + t) * V + 1] = (double)NAN; /* 1 is shown in 0 and 1 alone */
    }
    options.run.warn = count_warning;
    options.run.user = &n_warnings;
    check_ok(ana_functional_network(x, &options, &pairwise));
    ana_graph_to_matrix(pairwise, 0, r[1]);
    for (size_t k = 0; k < V * V; k++) {
        const size_t i = k / V;
        const size_t j = k % V;
        double sums[3] = {0.0, 0.0, 0.0};
        for (size_t s = 0; s < N_SESSIONS && i != j; s++) {
            double a[T];
            double b[T];
            for (size_t t = 0; t < T; t++) {
                a[t] = x->values[(s * T + t) * V + i];
                b[t] = x->values[(s * T + t) * V + j];
            }
            const double a_mean = ana_stats_mean(T, a);
            const double b_mean = ana_stats_mean(T, b);
            const bool both = ana_stats_count(T, a) == T && ana_stats_count(T, b) == T &&
                              ana_stats_variance(T, a, 0) > 0.0 &&
                              ana_stats_variance(T, b, 0) > 0.0;
            for (size_t t = 0; t < T && both; t++) {
                sums[0] += (a[t] - a_mean) * (b[t] - b_mean);
                sums[1] += (a[t] - a_mean) * (a[t] - a_mean);
                sums[2] += (b[t] - b_mean) * (b[t] - b_mean);
            }
        }
        const double wanted = sums[1] > 0.0 ? sums[0] / sqrt(sums[1] * sums[2]) : 0.0;
        check_close(r[1][k], wanted, 1e-14, 0.0);
    }
    check_close(r[1][1], 0.0, 0.0, 0.0); /* 0 is shown in session 2 alone, where 1 is not */
    assert_int_equal(n_warnings, 1);
    ana_graph_free(pairwise);
    options.measure = ANA_FUNCTIONAL_PARTIAL;
    check_fails(ana_functional_network(x, &options, &pairwise), ANA_ERR_VALUE, "pearson alone");
    options = ana_functional_options_default();
    check_fails(ana_functional_network(x, &options, &pairwise), ANA_ERR_VALUE, "compare pairwise");
    options.missing = ANA_FUNCTIONAL_MISSING_PAIRWISE;
    ALLOCATION_TEST(ana_functional_network, (x, &options, &pairwise), ana_graph_free(pairwise));
    ana_observations_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_are_compared_over_what_shows_both),
        cmocka_unit_test(edges_are_correlations_above_the_threshold),
        cmocka_unit_test(partial_correlation_is_that_of_residuals),
        cmocka_unit_test(lagged_networks_point_forward),
        cmocka_unit_test(distance_correlation_sees_a_parabola),
        cmocka_unit_test(maps_are_features_of_the_network),
        cmocka_unit_test(a_density_keeps_the_strongest),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("functional_network", tests, NULL, NULL);
}
