#include "constants.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/functional_null.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <string.h>

enum {
    N_SIGNALS = 6,
    FIRST = 41, /* samples of two sequences, odd and even */
    SECOND = 30,
    N_TIMES = FIRST + SECOND
};

/* Slow noise in which signals 0 to 2 go together. */
static ana_observations *signals(void)
{
    ana_observations *out = NULL;
    ana_random random = ana_random_stream(2, "test.null", 0);
    const size_t lengths[] = {FIRST, SECOND};
    double state[N_SIGNALS + 1] = {0};
    check_ok(ana_observations_new(N_TIMES, N_SIGNALS, &out));
    check_ok(ana_observations_set_sequences(out, 2, lengths, NULL));
    for (size_t t = 0; t < N_TIMES; t++) {
        for (size_t i = 0; i <= N_SIGNALS; i++) {
            state[i] = 0.7 * state[i] + ana_random_normal(&random);
        }
        for (size_t i = 0; i < N_SIGNALS; i++) {
            out->values[t * N_SIGNALS + i] =
                3.0 + state[i] + (i < 3 ? 2.0 * state[N_SIGNALS] : 0.0);
        }
    }
    return out;
}

/* The Fourier sum of one signal of one sequence, as it is written. */
static void transform(const ana_observations *x, size_t signal, size_t first, size_t n, size_t k,
                      double out[2])
{
    out[0] = 0.0;
    out[1] = 0.0;
    for (size_t t = 0; t < n; t++) {
        const double angle = 2.0 * ANA_PI * (double)(k * t % n) / (double)n;
        out[0] += x->values[(first + t) * N_SIGNALS + signal] * cos(angle);
        out[1] -= x->values[(first + t) * N_SIGNALS + signal] * sin(angle);
    }
}

static void spectra_stay_and_phases_are_random(void **state)
{
    (void)state;
    ana_observations *x = signals();
    double turns[2] = {0.0, 0.0};
    double n_turns = 0.0;
    for (uint64_t item = 0; item < 10; item++) {
        ana_observations *y = NULL;
        check_ok(ana_functional_surrogate(x, 5, item, &y));
        check_ok(ana_observations_check(y));
        for (size_t s = 0; s < 2; s++) {
            const size_t first = s == 0 ? 0 : FIRST;
            const size_t n = s == 0 ? FIRST : SECOND;
            for (size_t i = 0; i < N_SIGNALS; i++) {
                for (size_t k = 0; k <= n / 2; k++) {
                    double a[2];
                    double b[2];
                    transform(x, i, first, n, k, a);
                    transform(y, i, first, n, k, b);
                    check_close(hypot(b[0], b[1]), hypot(a[0], a[1]), 1e-11, 0.0);
                    if (k == 0 || 2 * k == n) {
                        check_close(b[0], a[0], 1e-11, 0.0); /* mean and highest frequency */
                    } else {
                        const double turn = atan2(b[1], b[0]) - atan2(a[1], a[0]);
                        turns[0] += cos(turn);
                        turns[1] += sin(turn);
                        n_turns += 1.0;
                    }
                }
            }
        }
        ana_observations_free(y);
    }
    /* The sum of n random directions is about sqrt(n) long; five times that is as good as never. */
    assert_true(n_turns > 2000.0);
    assert_true(hypot(turns[0], turns[1]) < 5.0 * sqrt(n_turns));
    ana_observations_free(x);
}

/* Correlations within and between signals: that at a lag of one (round the circle) stays, that of
 * signals that went together is lost. */
static void memory_stays_and_togetherness_goes(void **state)
{
    (void)state;
    ana_observations *x = signals();
    double together[2] = {0.0, 0.0};
    for (uint64_t item = 0; item < 30; item++) {
        ana_observations *y = NULL;
        double lagged[2] = {0.0, 0.0};
        double pair[2][2][FIRST];
        check_ok(ana_functional_surrogate(x, 6, item, &y));
        for (size_t t = 0; t < FIRST; t++) {
            const size_t next = (t + 1) % FIRST;
            lagged[0] += x->values[t * N_SIGNALS] * x->values[next * N_SIGNALS];
            lagged[1] += y->values[t * N_SIGNALS] * y->values[next * N_SIGNALS];
            for (size_t i = 0; i < 2; i++) {
                pair[0][i][t] = x->values[t * N_SIGNALS + i];
                pair[1][i][t] = y->values[t * N_SIGNALS + i];
            }
        }
        check_close(lagged[1], lagged[0], 1e-10, 0.0);
        for (size_t k = 0; k < 2; k++) {
            together[k] += ana_stats_pearson(FIRST, pair[k][0], pair[k][1]) / 30.0;
        }
        ana_observations_free(y);
    }
    assert_true(together[0] > 0.5);
    assert_true(fabs(together[1]) < 0.3);
    ana_observations_free(x);
}

static void equal_seeds_give_equal_bits(void **state)
{
    (void)state;
    ana_observations *x = signals();
    ana_observations *y[4] = {NULL};
    const size_t bytes = sizeof(double) * N_TIMES * N_SIGNALS;
    check_ok(ana_functional_surrogate(x, 5, 1, &y[0]));
    check_ok(ana_functional_surrogate(x, 5, 1, &y[1]));
    check_ok(ana_functional_surrogate(x, 5, 2, &y[2]));
    check_ok(ana_functional_surrogate(x, 6, 1, &y[3]));
    assert_memory_equal(y[0]->values, y[1]->values, bytes);
    assert_memory_not_equal(y[0]->values, y[2]->values, bytes);
    assert_memory_not_equal(y[0]->values, y[3]->values, bytes);
    for (size_t k = 0; k < 4; k++) {
        ana_observations_free(y[k]);
    }
    ana_observations_free(x);
}

/* Three samples have one frequency: (x - mean) turns as a whole. Two and one have none. */
static void shortest_sequences_are_as_by_hand(void **state)
{
    (void)state;
    for (size_t n = 1; n < 4; n++) {
        ana_observations *x = NULL;
        ana_observations *y = NULL;
        double size[2] = {0.0, 0.0};
        check_ok(ana_observations_new(n, 1, &x));
        for (size_t t = 0; t < n; t++) {
            x->values[t] = (double)(t * t) + 1.0;
        }
        check_ok(ana_functional_surrogate(x, 5, 1, &y));
        const double mean = ana_stats_mean(n, x->values);
        check_close(ana_stats_mean(n, y->values), mean, 1e-14, 0.0);
        for (size_t t = 0; t < n; t++) {
            size[0] += (x->values[t] - mean) * (x->values[t] - mean);
            size[1] += (y->values[t] - mean) * (y->values[t] - mean);
            if (n < 3) {
                check_close(y->values[t], x->values[t], 1e-15, 0.0);
            }
        }
        check_close(size[1], size[0], 1e-12, 0.0);
        assert_true(n < 3 || fabs(y->values[0] - x->values[0]) > 1e-3);
        ana_observations_free(x);
        ana_observations_free(y);
    }
}

static void random_networks_are_made_in_the_same_way(void **state)
{
    (void)state;
    enum {
        N_NULLS = 7
    };
    for (int kind = ANA_FUNCTIONAL_NULL_PHASES; kind <= ANA_FUNCTIONAL_NULL_DEGREES; kind++) {
        ana_observations *x = signals();
        ana_graph *network = NULL;
        ana_functional_world *world = NULL;
        ana_functional_options functional = ana_functional_options_default();
        ana_functional_null_options options = ana_functional_null_options_default();
        ana_record *record = NULL;
        double means[2] = {0.0, 0.0};
        functional.threshold = 0.2;
        options.null = (ana_functional_null_kind)kind;
        options.n_nulls = N_NULLS;
        options.run.seed = 9;
        check_ok(ana_functional_network(x, &functional, &network));
        assert_true(network->n_edges > 5 && network->n_edges < 15);
        check_ok(ana_functional_world_new(x, network, &functional, &options, &world));
        functional.density = (double)network->n_edges / 15.0;
        for (size_t k = 0; k < N_NULLS; k++) {
            ana_observations *y = NULL;
            ana_graph *null = NULL;
            ana_network_features *features = NULL;
            if (kind == ANA_FUNCTIONAL_NULL_PHASES) {
                check_ok(ana_functional_surrogate(x, 9, k, &y));
                check_ok(ana_functional_network(y, &functional, &null));
            } else {
                check_ok(ana_network_rewire(network, options.swaps, 9, k, &null));
            }
            assert_int_equal(null->n_edges, network->n_edges);
            check_ok(ana_network_features_new(null, 0, NULL, NULL, &features));
            check_close(world->clustering[k], features->of_graph[ANA_GRAPH_MEAN_CLUSTERING], 0.0,
                        0.0);
            check_close(world->path_length[k], features->of_graph[ANA_GRAPH_PATH_LENGTH], 0.0, 0.0);
            means[0] += world->clustering[k] / N_NULLS;
            means[1] += world->path_length[k] / N_NULLS;
            ana_network_features_free(features);
            ana_graph_free(null);
            ana_observations_free(y);
        }
        check_close(world->world.null_clustering, means[0], 1e-14, 0.0);
        check_close(world->world.null_path_length, means[1], 1e-14, 0.0);
        check_close(world->world.sigma,
                    world->world.clustering / means[0] / (world->world.path_length / means[1]),
                    1e-13, 0.0);
        assert_true(world->p_clustering > 0.0 && world->p_clustering <= 1.0);
        check_ok(ana_graph_to_record(network, &record));
        check_ok(ana_functional_world_add(world, record));
        check_ok(ana_record_check(record));
        assert_int_equal(ana_record_find(record, "small_world/null_clustering")->shape[0], N_NULLS);
        ana_record_free(record);
        ana_functional_world_free(world);
        ana_graph_free(network);
        ana_observations_free(x);
    }
}

static void what_has_no_comparison_is_refused(void **state)
{
    (void)state;
    ana_observations *x = signals();
    ana_observations *y = NULL;
    ana_graph *network = NULL;
    ana_functional_world *world = NULL;
    ana_functional_options functional = ana_functional_options_default();
    ana_functional_null_options options = ana_functional_null_options_default();
    functional.threshold = 1.0;
    options.null = ANA_FUNCTIONAL_NULL_PHASES;
    check_ok(ana_functional_network(x, &functional, &network));
    check_fails(ana_functional_world_new(x, network, &functional, &options, &world), ANA_ERR_VALUE,
                "no edges");
    options.n_nulls = 0;
    check_fails(ana_functional_world_new(x, network, &functional, &options, &world), ANA_ERR_VALUE,
                "nulls");
    options = ana_functional_null_options_default();
    check_ok(ana_functional_world_new(x, network, &functional, &options, &world));
    assert_int_equal(world->world.n_nulls, 0);
    ana_functional_world_free(world);
    x->values[3 * N_SIGNALS + 1] = (double)NAN;
    check_fails(ana_functional_surrogate(x, 1, 1, &y), ANA_ERR_VALUE, "feature 1 in row 3");
    ana_graph_free(network);
    ana_observations_free(x);
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    ana_observations *x = signals();
    ana_observations *y = NULL;
    ana_graph *network = NULL;
    ana_functional_world *world = NULL;
    ana_functional_options functional = ana_functional_options_default();
    ana_functional_null_options options = ana_functional_null_options_default();
    functional.threshold = 0.2;
    options.null = ANA_FUNCTIONAL_NULL_PHASES;
    options.n_nulls = 1;
    check_ok(ana_functional_network(x, &functional, &network));
    ALLOCATION_TEST(ana_functional_surrogate, (x, 1, 1, &y), ana_observations_free(y));
    ALLOCATION_TEST(ana_functional_world_new, (x, network, &functional, &options, &world),
                    ana_functional_world_free(world));
    ana_graph_free(network);
    ana_observations_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spectra_stay_and_phases_are_random),
        cmocka_unit_test(memory_stays_and_togetherness_goes),
        cmocka_unit_test(equal_seeds_give_equal_bits),
        cmocka_unit_test(shortest_sequences_are_as_by_hand),
        cmocka_unit_test(random_networks_are_made_in_the_same_way),
        cmocka_unit_test(what_has_no_comparison_is_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
