#include "connectome_partition.h"
#include "support/check.h"
#include "support/connectome_world.h"
#include "support/fail_nth.h"

#include <analysis/agreement.h>
#include <analysis/models/community.h>
#include <analysis/models/connectome_dynamics.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ana_connectome_dynamics_options quick(size_t n_surrogates)
{
    ana_connectome_dynamics_options options = ana_connectome_dynamics_options_default();
    options.n_restarts = 2;
    options.n_surrogates = n_surrogates;
    options.run.seed = 5;
    return options;
}

static void windows_share_the_times(void **state)
{
    (void)state;
    ana_connectome_epochs *epochs = NULL;
    check_ok(ana_connectome_windows(10, 0.5, 3, &epochs));
    assert_int_equal(epochs->n_visits, 3);
    const size_t first[] = {0, 3, 6};
    const size_t stop[] = {3, 6, 10};
    for (size_t v = 0; v < 3; v++) {
        assert_int_equal(epochs->first[v], first[v]);
        assert_int_equal(epochs->stop[v], stop[v]);
        assert_int_equal(epochs->epoch[v], v);
    }
    assert_string_equal(epochs->names[1], "1.5-3 s");
    ana_connectome_epochs_free(epochs);
    check_fails(ana_connectome_windows(10, 0.5, 11, &epochs), ANA_ERR_VALUE, "11 windows of 10");
    check_fails(ana_connectome_windows(10, 0.5, 0, &epochs), ANA_ERR_VALUE, "0 windows");
}

static ana_intervals *stimuli(void)
{
    static const double start[] = {1.0, 2.4, 4.0, 90.0};
    static const double stop[] = {2.0, 3.0, 4.6, 91.0};
    static const char *const labels[] = {"odour", "light", "odour", "odour"};
    ana_intervals *intervals = NULL;
    check_ok(ana_intervals_new("stimuli", 4, &intervals));
    check_ok(ana_table_add_texts(intervals->table, "label", labels));
    for (size_t i = 0; i < 4; i++) {
        intervals->start[i] = start[i];
        intervals->stop[i] = stop[i];
    }
    return intervals;
}

static void intervals_are_visits_of_what_they_are_called(void **state)
{
    (void)state;
    ana_intervals *intervals = stimuli();
    ana_connectome_epochs *epochs = NULL;
    const ana_connectome_clock clock = {0.5, 0.5, 10}; /* samples at 0.5, 1.0, ... 5.0 s */
    check_ok(ana_connectome_epochs_of(intervals, &clock, true, &epochs));
    const size_t epoch[] = {0, 1, 0, 2, 2, 2, 2};
    const size_t first[] = {1, 4, 7, 0, 3, 5, 9};
    const size_t stop[] = {3, 5, 9, 1, 4, 7, 10};
    assert_int_equal(epochs->n_epochs, 3);
    assert_int_equal(epochs->n_visits, 7);
    assert_string_equal(epochs->names[0], "odour");
    assert_string_equal(epochs->names[2], "rest");
    for (size_t v = 0; v < 7; v++) {
        assert_int_equal(epochs->epoch[v], epoch[v]);
        assert_int_equal(epochs->first[v], first[v]);
        assert_int_equal(epochs->stop[v], stop[v]);
    }
    ana_connectome_epochs_free(epochs);
    check_ok(ana_connectome_epochs_of(intervals, &clock, false, &epochs));
    assert_int_equal(epochs->n_visits, 3);
    ana_connectome_epochs_free(epochs);
    intervals->stop[0] = (double)NAN; /* no end: to the end of the recording */
    check_ok(ana_connectome_epochs_of(intervals, &clock, false, &epochs));
    assert_int_equal(epochs->stop[0], 10);
    ana_connectome_epochs_free(epochs);
    intervals->stop[0] = 2.0;
    const ana_connectome_clock late = {200.0, 0.5, 10};
    check_fails(ana_connectome_epochs_of(intervals, &late, false, &epochs), ANA_ERR_VALUE,
                "none of the 4 intervals");
    ana_intervals_free(intervals);
}

/* The next partition as a restricted growth string; false after the last. */
static bool next_partition(size_t n, size_t *label)
{
    for (size_t i = n; i-- > 1;) {
        size_t most = 0;
        for (size_t j = 0; j < i; j++) {
            most = label[j] > most ? label[j] : most;
        }
        if (label[i] <= most) {
            label[i]++;
            memset(label + i + 1, 0, (n - i - 1) * sizeof *label);
            return true;
        }
    }
    return false;
}

static void searches_find_the_best_of_all_partitions_or_nearly(void **state)
{
    (void)state;
    enum {
        N = 7
    };
    double doubles[2 * N * N + 2 * N];
    size_t sizes[4 * N];
    assert_true(connectome_room_doubles(N) <= sizeof doubles / sizeof *doubles);
    assert_true(connectome_room_sizes(N) <= sizeof sizes / sizeof *sizes);
    size_t n_best = 0;
    for (size_t seed = 0; seed < 25; seed++) {
        ana_random random = ana_random_stream(seed, "test.partition", 0);
        double matrix[N * N] = {0.0};
        for (size_t i = 0; i < N; i++) {
            for (size_t j = i + 1; j < N; j++) {
                const double weight = ana_random_exponential(&random) - 0.3;
                matrix[i * N + j] = weight > 0.0 ? weight : 0.0;
                matrix[j * N + i] = matrix[i * N + j];
            }
        }
        const connectome_graph graph = {N, matrix, 1.0 + 0.1 * (double)(seed % 3)};
        size_t label[N] = {0};
        double best = -1.0;
        double found = -1.0;
        do {
            best = fmax(best, connectome_modularity(&graph, label, doubles));
        } while (next_partition(N, label));
        for (size_t k = 0; k < 20; k++) {
            (void)connectome_partition(&graph, &random, doubles, sizes, label, NULL);
            found = fmax(found, connectome_modularity(&graph, label, doubles));
        }
        assert_true(found <= best + 1e-12 && found > best - 0.05 * fabs(best));
        n_best += found > best - 1e-12 ? 1 : 0;
    }
    assert_in_range(n_best, 23, 25); /* moves of single nodes have optima of their own */
}

static void modularity_is_that_of_communities(void **state)
{
    (void)state;
    const double matrix[] = {0, 2, 1, 0, 2, 0, 0.5, 0, 1, 0.5, 0, 0, 0, 0, 0, 0};
    const connectome_graph graph = {4, matrix, 0.7};
    const size_t label[] = {0, 0, 1, ANA_NO_LABEL};
    const size_t whole[] = {0, 0, 1, 1};
    ana_graph *same = NULL;
    ana_leiden_options options = ana_leiden_options_default();
    double sums[4];
    double wanted = 0.0;
    options.resolution = 0.7;
    check_ok(ana_graph_from_matrix(4, matrix, false, false, &same));
    check_ok(
        ana_modularity(same, whole, &options, &wanted)); /* a node without edges adds nothing */
    check_close(connectome_modularity(&graph, label, sums), wanted, 1e-14, 0.0);
    ana_graph_free(same);
}

static void communities_come_by_size_and_loners_are_in_none(void **state)
{
    (void)state;
    enum {
        N = 6
    };
    double matrix[N * N] = {0.0};
    double doubles[2 * N * N + 2 * N];
    size_t sizes[4 * N];
    size_t label[N];
    const size_t pairs[][2] = {{0, 4}, {1, 2}, {1, 3}, {2, 3}};
    for (size_t p = 0; p < 4; p++) {
        matrix[pairs[p][0] * N + pairs[p][1]] = 1.0;
        matrix[pairs[p][1] * N + pairs[p][0]] = 1.0;
    }
    const connectome_graph graph = {N, matrix, 1.0};
    ana_random random = ana_random_stream(1, "test.partition", 0);
    assert_int_equal(connectome_partition(&graph, &random, doubles, sizes, label, NULL), 2);
    const size_t wanted[] = {1, 0, 0, 0, 1, ANA_NO_LABEL};
    assert_memory_equal(label, wanted, sizeof wanted);
    memset(matrix, 0, sizeof matrix);
    assert_int_equal(connectome_partition(&graph, &random, doubles, sizes, label, NULL), 0);
    check_close(connectome_modularity(&graph, label, doubles), 0.0, 0.0, 0.0);
}

/* Motifs and courses as planted, followed by turns of two epochs. */
static ana_connectome_dynamics *follow(ana_connectome *connectome,
                                       const ana_connectome_dynamics_options *options,
                                       ana_connectome_epochs *epochs)
{
    ana_connectome_dynamics *dynamics = NULL;
    check_ok(ana_connectome_follow(connectome, epochs, options, &dynamics));
    return dynamics;
}

static void a_neuron_that_changes_sides_is_found_and_no_other(void **state)
{
    (void)state;
    for (ana_connectome_turn turn = ANA_TURN_TOGETHER; turn <= ANA_TURN_APART; turn++) {
        ana_connectome *connectome = connectome_blank((connectome_size){2, 5, 9, 96});
        ana_connectome_epochs *epochs = connectome_turns(8, 12);
        ana_connectome_dynamics_options options = quick(turn == ANA_TURN_APART ? 399 : 199);
        options.turn = (int)turn;
        connectome_plant_switch(connectome);
        connectome_follow_turns(connectome, epochs, 0.2, 3);
        ana_connectome_dynamics *dynamics = follow(connectome, &options, epochs);
        assert_int_equal(dynamics->n_comparisons, 1);
        assert_int_equal(dynamics->n_communities, 3);
        assert_true(dynamics->change[8] > 0.05);
        assert_int_not_equal(dynamics->membership[8], dynamics->membership[9 + 8]);
        assert_int_equal(dynamics->membership[8], dynamics->membership[0]);
        assert_int_equal(dynamics->membership[9 + 8], dynamics->membership[4]);
        check_close(dynamics->share[8 * 3 + dynamics->membership[8]], 1.0, 0.0, 0.0);
        for (size_t i = 0; i < 8; i++) {
            check_close(dynamics->change[i], 0.0, 1e-12, 0.0);
            check_close(dynamics->p[i], 1.0, 0.0, 0.0);
            assert_false(dynamics->changed[i]);
        }
        if (turn == ANA_TURN_APART) { /* together: 24 different turns are too few */
            check_close(dynamics->p[8], 1.0 / 400.0, 0.0, 1e-12);
            check_close(dynamics->adjusted[8], 9.0 / 400.0, 0.0, 1e-12);
            assert_true(dynamics->changed[8]);
        }
        ana_connectome_dynamics_free(dynamics);
        ana_connectome_epochs_free(epochs);
        ana_connectome_free(connectome);
    }
}

/* How firmly the last of nine neurons is held in a motif, by the definition. */
static double hold_of_last(const ana_connectome *connectome, size_t motif)
{
    const double *matrix = connectome->matrices + motif * 81;
    double total = 0.0;
    double ties[2] = {0.0, 0.0};
    double strengths[2] = {0.0, 0.0};
    for (size_t k = 0; k < 72; k++) { /* rows of the others */
        total += matrix[k];
        strengths[k / 9 / 4] += matrix[k];
    }
    for (size_t j = 0; j < 8; j++) {
        ties[j / 4] += matrix[72 + j];
    }
    const double strength = ties[0] + ties[1];
    const double gain = ties[motif] - strength * strengths[motif] / (total + strength);
    const double other = ties[1 - motif] - strength * strengths[1 - motif] / (total + strength);
    assert_true(gain > 0.0);
    return (gain - fmax(other, 0.0)) / strength;
}

static void the_change_is_what_partitions_disagree_beyond_themselves(void **state)
{
    (void)state;
    /* Three animals, one visit each of two epochs; the last neuron goes over in two of them. */
    ana_connectome *connectome = connectome_blank((connectome_size){2, 3, 9, 20});
    ana_connectome_epochs *epochs = connectome_turns(2, 10);
    const ana_connectome_dynamics_options options = quick(0);
    connectome_plant_switch(connectome);
    connectome_follow_turns(connectome, epochs, 0.0, 3);
    for (size_t t = 10; t < 20; t++) {
        connectome->courses[t * 2] = 1.0;
        connectome->courses[t * 2 + 1] = 0.0;
    }
    ana_connectome_dynamics *dynamics = follow(connectome, &options, epochs);
    /* Of 6 partitions of the second epoch 2 have it at home: 16 of 30 ordered pairs disagree. */
    check_close(dynamics->wavering[9 + 8], 16.0 / 30.0, 1e-14, 0.0);
    check_close(dynamics->wavering[8], 0.0, 0.0, 0.0);
    const double h = hold_of_last(connectome, 0);
    const double g = hold_of_last(connectome, 1);
    check_close(dynamics->change[8],
                6.0 * h * 4.0 * g / 36.0 - 0.5 * 2.0 * 2.0 * h * 4.0 * g / 30.0, 1e-14, 0.0);
    check_close(dynamics->share[(9 + 8) * 3 + dynamics->membership[0]], 2.0 / 6.0, 1e-15, 0.0);
    assert_true(isnan(dynamics->p[8]));
    assert_false(dynamics->changed[8]);
    ana_connectome_dynamics_free(dynamics);
    ana_connectome_epochs_free(epochs);
    ana_connectome_free(connectome);
}

static void neurons_that_animals_lack_do_not_count(void **state)
{
    (void)state;
    ana_connectome *connectome = connectome_blank((connectome_size){2, 3, 9, 24});
    ana_connectome_epochs *epochs = connectome_turns(4, 6);
    const ana_connectome_dynamics_options options = quick(9);
    connectome_plant_switch(connectome);
    connectome_follow_turns(connectome, epochs, 0.0, 3);
    for (size_t w = 0; w < 3; w++) {
        connectome->has[w * 9 + 2] = false;
        connectome->has[w * 9 + 8] = w == 1;
    }
    for (size_t k = 0; k < 2 * 81; k++) { /* nobody has the pairs of neuron 2 */
        const bool own = k % 9 == 2 || k / 9 % 9 == 2;
        connectome->matrices[k] = own && k / 9 % 9 != k % 9 ? (double)NAN : connectome->matrices[k];
    }
    ana_connectome_dynamics *dynamics = follow(connectome, &options, epochs);
    assert_int_equal(dynamics->membership[2], ANA_NO_LABEL);
    assert_int_equal(dynamics->reference[2], ANA_NO_LABEL);
    assert_true(isnan(dynamics->change[2]) && isnan(dynamics->p[2]));
    assert_false(dynamics->changed[2]);
    assert_true(dynamics->change[8] > 0.05);
    ana_connectome_dynamics_free(dynamics);
    ana_connectome_epochs_free(epochs);
    ana_connectome_free(connectome);
}

static void all_pairs_of_epochs_can_be_compared(void **state)
{
    (void)state;
    ana_connectome *connectome = connectome_blank((connectome_size){2, 2, 9, 40});
    ana_connectome_epochs *epochs = NULL;
    ana_connectome_dynamics_options options = quick(0);
    connectome_plant_switch(connectome);
    connectome_plant_noise(connectome, 4);
    check_ok(ana_connectome_windows(40, 0.5, 4, &epochs));
    ana_connectome_dynamics *dynamics = follow(connectome, &options, epochs);
    assert_int_equal(dynamics->n_comparisons, 3);
    const double change = dynamics->change[2 * 9 + 8];
    ana_connectome_dynamics_free(dynamics);
    options.all_pairs = true;
    dynamics = follow(connectome, &options, epochs);
    assert_int_equal(dynamics->n_comparisons, 6);
    assert_int_equal(dynamics->from[5], 2);
    assert_int_equal(dynamics->to[5], 3);
    check_close(dynamics->change[5 * 9 + 8], change, 0.0, 0.0);
    ana_connectome_dynamics_free(dynamics);
    ana_connectome_epochs_free(epochs);
    ana_connectome_free(connectome);
}

/* Without a tie to the epochs, discoveries are as rare as the level says: of 40 data sets each with
 * a discovery with probability at most 0.1, more than 10 have one with probability below 0.002. */
static void noise_is_not_found_more_often_than_the_level(void **state)
{
    (void)state;
    for (ana_connectome_turn turn = ANA_TURN_TOGETHER; turn <= ANA_TURN_APART; turn++) {
        size_t n_found = 0;
        size_t n_small = 0;
        for (size_t seed = 0; seed < 40; seed++) {
            ana_connectome *connectome = connectome_blank((connectome_size){2, 3, 5, 40});
            ana_connectome_epochs *epochs = connectome_turns(4, 10);
            ana_connectome_dynamics_options options = quick(59);
            options.turn = (int)turn;
            options.level = 0.1;
            options.run.seed = seed;
            connectome_plant_switch(connectome);
            connectome_plant_noise(connectome, seed);
            ana_connectome_dynamics *dynamics = follow(connectome, &options, epochs);
            bool any = false;
            for (size_t i = 0; i < 5; i++) {
                any = any || dynamics->changed[i];
            }
            n_found += any ? 1 : 0;
            n_small += dynamics->p[4] <= 0.1 ? 1 : 0;
            ana_connectome_dynamics_free(dynamics);
            ana_connectome_epochs_free(epochs);
            ana_connectome_free(connectome);
        }
        assert_in_range(n_found, 0, 10);
        assert_in_range(n_small, 1, 10); /* and the test is not idle */
    }
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    ana_connectome *connectome = connectome_blank((connectome_size){2, 3, 39, 60});
    ana_connectome_epochs *epochs = connectome_turns(5, 12);
    ana_connectome_dynamics_options options = quick(9);
    ana_record *records[2] = {NULL, NULL};
    char where[200];
    connectome_plant_switch(connectome);
    connectome_plant_noise(connectome, 2);
    for (size_t k = 0; k < 2; k++) {
        options.run.n_threads = k + 1;
        ana_connectome_dynamics *dynamics = follow(connectome, &options, epochs);
        check_ok(
            ana_connectome_dynamics_to_record(dynamics, connectome, epochs, NULL, &records[k]));
        ana_connectome_dynamics_free(dynamics);
    }
    assert_true(ana_record_equal(records[0], records[1], where, sizeof where));
    check_ok(ana_record_check(records[0]));
    assert_non_null(ana_record_find(records[0], "alluvial/values"));
    assert_non_null(ana_record_find(records[0], "changes/adjusted_p"));
    assert_non_null(ana_record_find(records[0], "epoch_2_graph/weight"));
    assert_non_null(ana_record_find(records[0], "activity_between"));
    ana_record_free(records[0]);
    ana_record_free(records[1]);
    ana_connectome_epochs_free(epochs);
    ana_connectome_free(connectome);
}

static bool stop_in_surrogates(void *user, const char *what, size_t done, size_t total)
{
    (void)user;
    (void)total;
    return strcmp(what, "surrogates") != 0 || done < 2;
}

static void what_cannot_be_followed_is_refused(void **state)
{
    (void)state;
    ana_connectome *connectome = connectome_blank((connectome_size){2, 2, 5, 40});
    ana_connectome_epochs *epochs = connectome_turns(4, 10);
    ana_connectome_dynamics_options options = quick(9);
    ana_connectome_dynamics *dynamics = NULL;
    check_fails(ana_connectome_follow(connectome, epochs, &options, &dynamics), ANA_ERR_VALUE,
                "no neuron is tied");
    connectome_plant_switch(connectome);
    connectome_plant_noise(connectome, 2);
    epochs->stop[3] = 41;
    check_fails(ana_connectome_follow(connectome, epochs, &options, &dynamics), ANA_ERR_SHAPE,
                "visit 3, of times 30 to 41");
    epochs->stop[3] = 40;
    options.n_restarts = 1;
    check_fails(ana_connectome_follow(connectome, epochs, &options, &dynamics), ANA_ERR_VALUE,
                "searches");
    options.n_restarts = 2;
    options.run.max_memory = 1000;
    check_fails(ana_connectome_follow(connectome, epochs, &options, &dynamics), ANA_ERR_LIMIT,
                "communities of all visits");
    options.run.max_memory = 0;
    options.run.progress = stop_in_surrogates;
    assert_int_equal(ana_connectome_follow(connectome, epochs, &options, &dynamics),
                     ANA_ERR_CANCELLED);
    ana_connectome_epochs_free(epochs);
    check_ok(ana_connectome_windows(40, 0.5, 1, &epochs));
    check_fails(ana_connectome_follow(connectome, epochs, NULL, &dynamics), ANA_ERR_VALUE,
                "a single epoch (0-20 s)");
    ana_connectome_epochs_free(epochs);
    ana_connectome_free(connectome);
}

typedef struct task {
    const ana_connectome *connectome;
    const ana_intervals *intervals;
} task;

static ana_status follow_all(void *user)
{
    const task *self = user;
    const ana_connectome_clock clock = {0.0, 0.25, 24};
    const ana_connectome_dynamics_options options = quick(2);
    ana_connectome_epochs *epochs = NULL;
    ana_connectome_dynamics *dynamics = NULL;
    ana_record *record = NULL;
    ana_status status = ana_connectome_windows(24, 0.25, 2, &epochs);
    ana_connectome_epochs_free(epochs);
    epochs = NULL;
    if (status == ANA_OK) {
        status = ana_connectome_epochs_of(self->intervals, &clock, true, &epochs);
    }
    if (status == ANA_OK) {
        status = ana_connectome_follow(self->connectome, epochs, &options, &dynamics);
    }
    if (status == ANA_OK) {
        status =
            ana_connectome_dynamics_to_record(dynamics, self->connectome, epochs, NULL, &record);
    }
    ana_record_free(record);
    ana_connectome_dynamics_free(dynamics);
    ana_connectome_epochs_free(epochs);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    ana_connectome *connectome = connectome_blank((connectome_size){2, 2, 5, 24});
    ana_intervals *intervals = stimuli();
    task self = {connectome, intervals};
    connectome_plant_switch(connectome);
    connectome_plant_noise(connectome, 2);
    assert_true(check_each_allocation(follow_all, &self, 0) > 40);
    ana_intervals_free(intervals);
    ana_connectome_free(connectome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_share_the_times),
        cmocka_unit_test(intervals_are_visits_of_what_they_are_called),
        cmocka_unit_test(searches_find_the_best_of_all_partitions_or_nearly),
        cmocka_unit_test(modularity_is_that_of_communities),
        cmocka_unit_test(communities_come_by_size_and_loners_are_in_none),
        cmocka_unit_test(a_neuron_that_changes_sides_is_found_and_no_other),
        cmocka_unit_test(the_change_is_what_partitions_disagree_beyond_themselves),
        cmocka_unit_test(neurons_that_animals_lack_do_not_count),
        cmocka_unit_test(all_pairs_of_epochs_can_be_compared),
        cmocka_unit_test(noise_is_not_found_more_often_than_the_level),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(what_cannot_be_followed_is_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
