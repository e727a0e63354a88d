#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/models/ceiling.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* n_trials[s] rows of stimulus s, in turns, values 0. */
static ana_observations *new_trials(size_t n_stimuli, const size_t *n_trials, size_t n_units)
{
    ana_observations *rows = NULL;
    size_t n = 0;
    size_t most = 0;
    for (size_t s = 0; s < n_stimuli; s++) {
        n += n_trials[s];
        most = n_trials[s] > most ? n_trials[s] : most;
    }
    check_ok(ana_observations_new(n, n_units, &rows));
    rows->n_labels = n_stimuli;
    rows->labels = calloc(n, sizeof *rows->labels);
    rows->label_names = calloc(n_stimuli, sizeof *rows->label_names);
    n = 0;
    for (size_t k = 0; k < most; k++) {
        for (size_t s = 0; s < n_stimuli; s++) {
            if (k < n_trials[s]) {
                rows->labels[n++] = (int64_t)s;
            }
        }
    }
    for (size_t s = 0; s < n_stimuli; s++) {
        char name[32];
        snprintf(name, sizeof name, "image %zu", s);
        rows->label_names[s] = strdup(name);
    }
    return rows;
}

/* Unit j answers signal[s] with noise of deviation noise[j]. */
static ana_observations *draw_trials(uint64_t seed, size_t n_stimuli, size_t n_trials,
                                     size_t n_units, const double *noise)
{
    size_t *each = calloc(n_stimuli, sizeof *each);
    ana_random random = ana_random_stream(seed, "noise", 0);
    ana_random stimuli = ana_random_stream(7, "signal", 0);
    double *signal = calloc(n_stimuli, sizeof *signal);
    for (size_t s = 0; s < n_stimuli; s++) {
        each[s] = n_trials;
        signal[s] = ana_random_normal(&stimuli);
    }
    ana_observations *rows = new_trials(n_stimuli, each, n_units);
    for (size_t t = 0; t < rows->n_times; t++) {
        for (size_t j = 0; j < n_units; j++) {
            rows->values[t * n_units + j] =
                3.0 + signal[rows->labels[t]] + noise[j] * ana_random_normal(&random);
        }
    }
    free(each);
    free(signal);
    return rows;
}

static void corrections_by_hand(void **state)
{
    (void)state;
    check_close(ana_ceiling_spearman_brown(0.5), 2.0 / 3.0, 1e-15, 0.0);
    check_close(ana_ceiling_spearman_brown(-0.5), -2.0, 1e-15, 0.0);
    assert_true(isnan(ana_ceiling_spearman_brown(-1.0)));
    check_close(ana_ceiling_normalise(0.6, 0.81), 0.6 / 0.9, 1e-15, 0.0);
    check_close(ana_ceiling_explained(0.6, 0.81), 0.36 / 0.81, 1e-15, 0.0);
    check_close(ana_ceiling_explained(-0.6, 0.81), -0.36 / 0.81, 1e-15, 0.0);
    /* What Brain-Score reported until 2025, (r / rel)^2: too large. */
    const double brain_score = (0.6 / 0.81) * (0.6 / 0.81);
    check_close(brain_score, 0.548696844993, 1e-12, 0.0);
    assert_true(brain_score > ana_ceiling_explained(0.6, 0.81) + 0.1);
    assert_true(isnan(ana_ceiling_normalise(0.6, 0.0)) && isnan(ana_ceiling_explained(0.6, -0.1)));
    assert_true(isnan(ana_ceiling_normalise(0.6, NAN)));
}

/* Stimuli of 3, 2, 2 and 1 trials: (1, 2, 6), (5, 7), (0, 4), (100). */
static ana_observations *four_stimuli(void)
{
    static const size_t each[] = {3, 2, 2, 1};
    static const double values[] = {1.0, 5.0, 0.0, 100.0, 2.0, 7.0, 4.0, 6.0};
    ana_observations *rows = new_trials(4, each, 1);
    memcpy(rows->values, values, sizeof values);
    return rows;
}

static void variances_of_unequal_trials_by_hand(void **state)
{
    (void)state;
    ana_observations *rows = four_stimuli();
    ana_ceiling_options options = ana_ceiling_options_default();
    ana_ceiling *ceiling = NULL;
    options.method = ANA_CEILING_NSD;
    check_ok(ana_ceiling_compute(rows, 0, NULL, &options, &ceiling));
    /* Squares about the means 3, 6, 2: 14 + 2 + 8 over 2 + 1 + 1; means vary by 13 / 3. */
    const double in_means = 6.0 * (1.0 / 3.0 + 0.5 + 0.5) / 3.0;
    check_close(ceiling->noise_variance[0], 6.0, 1e-14, 0.0);
    check_close(ceiling->signal_variance[0], 13.0 / 3.0 - in_means, 1e-14, 0.0);
    check_close(ceiling->reliability[0], (13.0 / 3.0 - in_means) / (13.0 / 3.0), 1e-14, 0.0);
    assert_int_equal(ceiling->n_stimuli, 3);
    assert_int_equal(ceiling->n_single, 1);
    check_close(ceiling->n_trials, 3.0 / (1.0 / 3.0 + 0.5 + 0.5), 1e-14, 0.0);
    ana_ceiling_free(ceiling);
    ana_observations_free(rows);
}

static void halves_that_are_given_by_hand(void **state)
{
    (void)state;
    ana_observations *rows = four_stimuli();
    /* Rows are 1, 5, 0, 100, 2, 7, 4, 6. Halves (1.5, 5, 0) and (6, 7, 4). */
    static const int half[] = {0, 0, 0, 0, 0, 1, 1, 1};
    static const double a[] = {1.5, 5.0, 0.0};
    static const double b[] = {6.0, 7.0, 4.0};
    double r = 0.0;
    check_ok(ana_ceiling_of_halves(rows, half, &r));
    check_close(r, ana_stats_pearson(3, a, b), 1e-14, 0.0);
    ana_observations_free(rows);
}

/* Each of the three trials' splits is one of two ways, drawn evenly: the values are those of all
 * splits, listed by hand. */
static void random_halves_are_halves(void **state)
{
    (void)state;
    static const size_t each[] = {2, 2, 2};
    static const double values[] = {1.0, 4.0, 2.0, 3.0, 9.0, 5.0};
    ana_observations *rows = new_trials(3, each, 1);
    ana_ceiling_options options = ana_ceiling_options_default();
    ana_ceiling *ceiling = NULL;
    size_t n_seen[8] = {0};
    memcpy(rows->values, values, sizeof values);
    options.n_splits = 400;
    check_ok(ana_ceiling_compute(rows, 0, NULL, &options, &ceiling));
    for (size_t k = 0; k < 400; k++) {
        size_t nearest = 8;
        for (size_t way = 0; way < 8; way++) {
            double a[3];
            double b[3];
            for (size_t s = 0; s < 3; s++) {
                const bool swapped = (way >> s & 1) == 1;
                a[s] = values[swapped ? s + 3 : s];
                b[s] = values[swapped ? s : s + 3];
            }
            nearest = is_close(ceiling->halves[k], ana_stats_pearson(3, a, b), 1e-12, 0.0)
                          ? way
                          : nearest;
        }
        assert_true(nearest < 8);
        n_seen[nearest]++;
        check_close(ceiling->corrected[k], ana_ceiling_spearman_brown(ceiling->halves[k]), 0.0,
                    0.0);
    }
    for (size_t way = 4; way < 8; way++) { /* those and their exchange: 100 of 400 each; 5 sd */
        assert_true(n_seen[way] > 56 && n_seen[way] < 144);
    }
    ana_ceiling_free(ceiling);
    ana_observations_free(rows);
}

/* Of three trials one half has one and the other two, in either order for each stimulus: some
 * splits are not those in which every first half has one. */
static void odd_trials_go_to_either_half(void **state)
{
    (void)state;
    static const size_t each[] = {3, 3, 3};
    static const double values[] = {1.0, 4.0, 2.0, 3.0, 9.0, 5.0, -2.0, 6.5, 8.0};
    ana_observations *rows = new_trials(3, each, 1);
    ana_ceiling_options options = ana_ceiling_options_default();
    ana_ceiling *ceiling = NULL;
    size_t n_mixed = 0;
    memcpy(rows->values, values, sizeof values);
    check_ok(ana_ceiling_compute(rows, 0, NULL, &options, &ceiling));
    for (size_t k = 0; k < ceiling->n_splits; k++) {
        bool found[2] = {false, false}; /* single trials first or last; mixed */
        for (size_t way = 0; way < 216; way++) {
            const size_t code[] = {way % 6, way / 6 % 6, way / 36};
            double a[3];
            double b[3];
            for (size_t s = 0; s < 3; s++) {
                const double *x = values + s;
                const double one = x[code[s] % 3 * 3];
                const double two = (x[0] + x[3] + x[6] - one) / 2.0;
                a[s] = code[s] < 3 ? one : two;
                b[s] = code[s] < 3 ? two : one;
            }
            const bool same = code[0] / 3 == code[1] / 3 && code[1] / 3 == code[2] / 3;
            const bool here = is_close(ceiling->halves[k], ana_stats_pearson(3, a, b), 1e-12, 0.0);
            found[same ? 0 : 1] = found[same ? 0 : 1] || here;
        }
        assert_true(found[0] || found[1]);
        n_mixed += !found[0] ? 1 : 0;
    }
    assert_true(n_mixed > 50 && n_mixed < 95); /* three in four: 75 of 100; 5 sd */
    ana_ceiling_free(ceiling);
    ana_observations_free(rows);
}

/* Stimulus 1 has no value in the second half, stimulus 2 none in the first. */
static void halves_without_a_value_leave_their_stimulus_out(void **state)
{
    (void)state;
    static const size_t each[] = {2, 2, 2, 2, 2};
    static const double values[] = {1.0, 4.0, NAN, 3.0, 9.0, 5.0, NAN, 6.5, 8.0, 7.0};
    static const int half[] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1};
    static const double a[] = {1.0, 3.0, 9.0};
    static const double b[] = {5.0, 8.0, 7.0};
    ana_observations *rows = new_trials(5, each, 1);
    double r = 0.0;
    memcpy(rows->values, values, sizeof values);
    check_ok(ana_ceiling_of_halves(rows, half, &r));
    check_close(r, ana_stats_pearson(3, a, b), 1e-14, 0.0);
    ana_observations_free(rows);
}

/* 400 stimuli of 8 trials, noise 1 and 3: rel = 1 / (1 + v / 8); signals vary by what was drawn. */
static void reliability_is_the_share_of_the_signal(void **state)
{
    (void)state;
    static const double noise[] = {1.0, 3.0};
    for (int method = ANA_CEILING_SPLIT_HALF; method <= ANA_CEILING_NSD; method++) {
        ana_observations *rows = draw_trials(1, 400, 8, 2, noise);
        ana_ceiling_options options = ana_ceiling_options_default();
        ana_ceiling *ceiling = NULL;
        options.method = (ana_ceiling_method)method;
        check_ok(ana_ceiling_compute(rows, 0, NULL, &options, &ceiling));
        check_close(ceiling->reliability[0], 8.0 / 9.0, 0.02, 0.0);
        check_close(ceiling->reliability[1], 8.0 / 17.0, 0.08, 0.0);
        check_close(ceiling->noise_variance[1], 9.0, 0.5, 0.0);
        assert_int_equal(ceiling->n_unreliable + ceiling->n_unknown, 0);
        ana_ceiling_free(ceiling);
        ana_observations_free(rows);
    }
}

static void missing_trials_leave_their_means_alone(void **state)
{
    (void)state;
    static const double noise[] = {1.0, 1.0, 1.0};
    ana_observations *rows = draw_trials(2, 40, 6, 3, noise);
    ana_ceiling_options options = ana_ceiling_options_default();
    ana_ceiling *ceiling = NULL;
    for (size_t t = 0; t < rows->n_times; t++) {
        rows->values[t * 3] = t % 7 == 0 ? (double)NAN : rows->values[t * 3];
        rows->values[t * 3 + 1] = (double)NAN;
        rows->values[t * 3 + 2] = 4.25;
        rows->labels[t] = t % 11 == 0 ? -1 : rows->labels[t];
    }
    for (int method = ANA_CEILING_SPLIT_HALF; method <= ANA_CEILING_NSD; method++) {
        options.method = (ana_ceiling_method)method;
        check_ok(ana_ceiling_compute(rows, 0, NULL, &options, &ceiling));
        assert_true(ceiling->reliability[0] > 0.6 && ceiling->reliability[0] < 1.0);
        assert_true(isnan(ceiling->reliability[1]) && isnan(ceiling->reliability[2]));
        assert_int_equal(ceiling->n_unknown, 2);
        ana_ceiling_free(ceiling);
    }
    ana_observations_free(rows);
}

static void only_the_stimuli_asked_for_count(void **state)
{
    (void)state;
    static const double noise[] = {1.0};
    char *names[] = {(char *)(uintptr_t) "image 3", (char *)(uintptr_t) "image 0",
                     (char *)(uintptr_t) "image 4", (char *)(uintptr_t) "nowhere"};
    ana_observations *rows = draw_trials(3, 6, 4, 1, noise);
    ana_ceiling_options options = ana_ceiling_options_default();
    ana_ceiling *some = NULL;
    ana_ceiling *others = NULL;
    options.method = ANA_CEILING_NSD;
    check_ok(ana_ceiling_compute(rows, 4, names, &options, &some));
    assert_int_equal(some->n_stimuli, 3);
    for (size_t t = 0; t < rows->n_times; t++) {
        const int64_t s = rows->labels[t];
        rows->labels[t] = s == 3 || s == 0 || s == 4 ? s : -1;
    }
    check_ok(ana_ceiling_compute(rows, 0, NULL, &options, &others));
    check_same_bits(1, some->reliability, others->reliability);
    ana_ceiling_free(some);
    ana_ceiling_free(others);
    ana_observations_free(rows);
}

/* Two noisy views of one signal correlate by less than 1; without their noise by 1. */
static void two_sides_lose_the_noise_of_both(void **state)
{
    (void)state;
    static const double noise[] = {1.5, 40.0};
    ana_observations *x = draw_trials(4, 300, 6, 2, noise);
    ana_observations *y = draw_trials(5, 300, 6, 2, noise);
    double r[2];
    size_t n_used[2];
    check_ok(ana_ceiling_two_sided(x, y, NULL, r, n_used));
    check_close(r[0], 1.0, 0.05, 0.0);
    assert_int_equal(n_used[0], 100);
    for (size_t t = 0; t < y->n_times; t++) { /* the same stimuli under other numbers */
        y->labels[t] = (int64_t)y->n_labels - 1 - y->labels[t];
    }
    for (size_t s = 0; s < y->n_labels / 2; s++) {
        char *name = y->label_names[s];
        y->label_names[s] = y->label_names[y->n_labels - 1 - s];
        y->label_names[y->n_labels - 1 - s] = name;
    }
    double again[2];
    check_ok(ana_ceiling_two_sided(x, y, NULL, again, NULL));
    check_close(again[0], 1.0, 0.05, 0.0);
    assert_true(n_used[1] < 100); /* hopeless: halves that do not agree are left out */
    ana_observations *narrow = draw_trials(5, 300, 6, 1, noise);
    check_fails(ana_ceiling_two_sided(x, narrow, NULL, r, n_used), ANA_ERR_SHAPE,
                "2 units against 1");
    for (size_t s = 0; s < y->n_labels; s++) {
        y->label_names[s][0] = 'j';
    }
    check_fails(ana_ceiling_two_sided(x, y, NULL, r, NULL), ANA_ERR_VALUE, "both systems");
    ana_observations_free(x);
    ana_observations_free(y);
    ana_observations_free(narrow);
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    static const double noise[] = {1.0, 2.0, 3.0};
    ana_observations *rows = draw_trials(6, 20, 5, 3, noise);
    ana_ceiling_options options = ana_ceiling_options_default();
    ana_ceiling *one = NULL;
    ana_ceiling *three = NULL;
    options.n_splits = 17;
    options.run = run_of(1, 0);
    check_ok(ana_ceiling_compute(rows, 0, NULL, &options, &one));
    options.run = run_of(3, 0);
    check_ok(ana_ceiling_compute(rows, 0, NULL, &options, &three));
    check_same_bits(17 * 3, three->halves, one->halves);
    check_same_bits(3, three->reliability, one->reliability);
    ana_ceiling_free(one);
    ana_ceiling_free(three);
    ana_observations_free(rows);
}

static void what_cannot_be_known_is_refused(void **state)
{
    (void)state;
    static const size_t each[] = {2, 2, 1};
    ana_observations *rows = new_trials(3, each, 1);
    ana_ceiling_options options = ana_ceiling_options_default();
    ana_ceiling *ceiling = NULL;
    check_fails(ana_ceiling_compute(rows, 0, NULL, NULL, &ceiling), ANA_ERR_VALUE,
                "2 stimuli have two trials");
    options.n_splits = 0;
    check_fails(ana_ceiling_compute(rows, 0, NULL, &options, &ceiling), ANA_ERR_VALUE, "splits");
    free(rows->labels);
    rows->labels = NULL;
    check_fails(ana_ceiling_compute(rows, 0, NULL, NULL, &ceiling), ANA_ERR_VALUE, "no labels");
    ana_observations_free(rows);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    static const double noise[] = {1.0, 2.0};
    ana_observations *rows = draw_trials(8, 5, 4, 2, noise);
    ana_ceiling_options options = ana_ceiling_options_default();
    ana_ceiling *ceiling = NULL;
    int half[20];
    double r[2];
    for (size_t t = 0; t < 20; t++) {
        half[t] = (int)(t % 2);
    }
    options.run = run_of(1, 0);
    options.n_splits = 3;
    ALLOCATION_TEST(ana_ceiling_compute, (rows, 0, NULL, &options, &ceiling),
                    ana_ceiling_free(ceiling));
    ALLOCATION_TEST(ana_ceiling_of_halves, (rows, half, r), (void)0);
    ALLOCATION_TEST(ana_ceiling_two_sided, (rows, rows, &options, r, NULL), (void)0);
    ana_observations_free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corrections_by_hand),
        cmocka_unit_test(variances_of_unequal_trials_by_hand),
        cmocka_unit_test(halves_that_are_given_by_hand),
        cmocka_unit_test(random_halves_are_halves),
        cmocka_unit_test(odd_trials_go_to_either_half),
        cmocka_unit_test(halves_without_a_value_leave_their_stimulus_out),
        cmocka_unit_test(reliability_is_the_share_of_the_signal),
        cmocka_unit_test(missing_trials_leave_their_means_alone),
        cmocka_unit_test(only_the_stimuli_asked_for_count),
        cmocka_unit_test(two_sides_lose_the_noise_of_both),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(what_cannot_be_known_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
