#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/folds.h>
#include <analysis/models/unit_matches.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 40
};

static ana_responses *draw(const char *name, size_t n_units, uint64_t item)
{
    ana_random random = ana_random_stream(21, "units", item);
    ana_responses *system = NULL;
    check_ok(ana_responses_new(name, N, n_units, &system));
    for (size_t i = 0; i < N * n_units; i++) {
        system->values[i] = 7.0 + ana_random_normal(&random);
    }
    return system;
}

/* Unit u of b is unit (3 u + 1) mod p of a, in noise, where there is one; the rest is noise. */
static ana_responses *draw_kin(const ana_responses *a, size_t n_units, double noise)
{
    ana_responses *b = draw("b", n_units, 5);
    for (size_t i = 0; i < N * n_units; i++) {
        const size_t u = i % n_units;
        const double own = a->values[i / n_units * a->n_units + (3 * u + 1) % a->n_units];
        b->values[i] =
            u < a->n_units ? 5.0 + 3.0 * own + noise * (b->values[i] - 7.0) : b->values[i];
    }
    return b;
}

static double pearson(const ana_responses *a, size_t u, const ana_responses *b, size_t v)
{
    double x[N];
    double y[N];
    for (size_t s = 0; s < N; s++) {
        x[s] = a->values[s * a->n_units + u];
        y[s] = b->values[s * b->n_units + v];
    }
    return ana_stats_pearson(N, x, y);
}

static ana_unit_match_options with(ana_unit_method method)
{
    ana_unit_match_options options = ana_unit_match_options_default();
    options.method = method;
    options.n_permutations = 39;
    options.n_bootstraps = 50;
    return options;
}

static void planted_partners_are_found(void **state)
{
    (void)state;
    ana_responses *a = draw("a", 7, 1);
    ana_responses *b = draw_kin(a, 10, 0.5);
    for (int m = ANA_UNITS_ONE_TO_ONE; m <= ANA_UNITS_SEMI; m++) {
        const ana_unit_match_options options = with((ana_unit_method)m);
        ana_unit_match *match = NULL;
        check_ok(ana_unit_match_compute(a, b, &options, &match));
        assert_int_equal(match->n_pairs, m == ANA_UNITS_SEMI ? 17 : 7);
        for (size_t k = 0; k < 7; k++) {
            assert_int_equal(match->pairs[k].a, (3 * match->pairs[k].b + 1) % 7);
            assert_true(match->pairs[k].b < 7 && match->pairs[k].correlation > 0.97);
        }
        assert_true(match->held_out > 0.95 && match->p == 1.0 / 40.0);
        assert_true(match->chance < 0.6 && match->low > 0.95 && match->low < match->mean &&
                    match->high > match->mean);
        ana_unit_match_free(match);
    }
    ana_responses_free(a);
    ana_responses_free(b);
}

static void correlations_and_means_by_hand(void **state)
{
    (void)state;
    ana_responses *a = draw("a", 6, 1);
    ana_responses *b = draw("b", 4, 2);
    for (int m = ANA_UNITS_ONE_TO_ONE; m <= ANA_UNITS_SOFT; m++) {
        const ana_unit_match_options options = with((ana_unit_method)m);
        ana_unit_match *match = NULL;
        double mean = 0.0;
        double back = 0.0;
        double rows[6] = {0.0};
        double columns[4] = {0.0};
        check_ok(ana_unit_match_compute(a, b, &options, &match));
        for (size_t i = 0; i < 24; i++) {
            check_close(match->correlation[i], pearson(a, i / 4, b, i % 4), 1e-14, 0.0);
        }
        for (size_t k = 0; k < match->n_pairs; k++) {
            const ana_unit_pair *pair = &match->pairs[k];
            const bool forth = m != ANA_UNITS_SEMI || k < 6;
            check_close(pair->correlation, match->correlation[pair->a * 4 + pair->b], 0.0, 0.0);
            mean += forth ? pair->weight * pair->correlation : 0.0;
            back += m == ANA_UNITS_SEMI && k < 6 ? 0.0 : pair->weight * pair->correlation;
            rows[pair->a] += forth ? pair->weight : 0.0;
            columns[pair->b] += m == ANA_UNITS_SEMI && k < 6 ? 0.0 : pair->weight;
        }
        check_close(match->mean, mean, 1e-15, 0.0);
        check_close(match->mean_back, back, 1e-15, 0.0);
        check_close(match->distance, sqrt(2.0 - 2.0 * mean), 1e-14, 0.0);
        for (size_t u = 0; u < 6 && m != ANA_UNITS_ONE_TO_ONE; u++) {
            check_close(rows[u], 1.0 / 6.0, 1e-15, 0.0);
        }
        for (size_t u = 0; u < 4; u++) {
            check_close(columns[u], 0.25, 1e-15, 0.0);
        }
        ana_unit_match_free(match);
    }
    ana_responses_free(a);
    ana_responses_free(b);
}

static void no_choice_of_its_kind_is_better(void **state)
{
    (void)state;
    /* A soft match is at least as good as one to one between equally many, and one to one no better
     * than each unit's free choice. */
    for (uint64_t item = 0; item < 8; item++) {
        ana_responses *a = draw("a", 9, 2 * item);
        ana_responses *b = draw("b", 9, 2 * item + 1);
        double means[3];
        for (int m = ANA_UNITS_ONE_TO_ONE; m <= ANA_UNITS_SOFT; m++) {
            ana_unit_match_options options = with((ana_unit_method)m);
            ana_unit_match *match = NULL;
            options.n_folds = 0;
            options.n_permutations = 0;
            options.n_bootstraps = 0;
            check_ok(ana_unit_match_compute(a, b, &options, &match));
            means[m] = match->mean;
            assert_true(isnan(match->held_out) && isnan(match->p) && isnan(match->low));
            assert_true(isnan(match->sides[0].held_out[0]));
            ana_unit_match_free(match);
        }
        check_close(means[ANA_UNITS_SOFT], means[ANA_UNITS_ONE_TO_ONE], 1e-13, 0.0);
        assert_true(means[ANA_UNITS_SEMI] >= means[ANA_UNITS_ONE_TO_ONE]);
        ana_responses_free(a);
        ana_responses_free(b);
    }
}

static void partners_in_noise_do_not_hold(void **state)
{
    (void)state;
    ana_responses *a = draw("a", 30, 1);
    ana_responses *b = draw("b", 40, 2);
    for (int m = ANA_UNITS_ONE_TO_ONE; m <= ANA_UNITS_SOFT; m++) {
        const ana_unit_match_options options = with((ana_unit_method)m);
        ana_unit_match *match = NULL;
        check_ok(ana_unit_match_compute(a, b, &options, &match));
        assert_true(match->mean > 0.2 && fabs(match->held_out) < 0.1 && match->p > 0.05);
        check_close(match->chance, match->mean, 0.04, 0.0);
        ana_unit_match_free(match);
    }
    ana_responses_free(a);
    ana_responses_free(b);
}

static void units_that_say_nothing_are_counted(void **state)
{
    (void)state;
    ana_responses *a = draw("a", 7, 1);
    ana_responses *b = draw_kin(a, 7, 0.2);
    const ana_unit_match_options options = with(ANA_UNITS_ONE_TO_ONE);
    ana_unit_match *match = NULL;
    for (size_t s = 0; s < N; s++) {
        a->values[s * 7 + 2] = NAN;
        a->values[s * 7 + 4] = 0.1;
        b->values[s * 7 + 5] = s == 3 ? 1.0 : 0.1; /* varies, but not in every fold */
    }
    check_ok(ana_unit_match_compute(a, b, &options, &match));
    assert_int_equal(match->sides[0].n, 5);
    assert_int_equal(match->sides[0].n_missing, 1);
    assert_int_equal(match->sides[0].n_constant, 1);
    assert_int_equal(match->sides[1].n, 7);
    assert_string_equal(match->sides[0].units[2], "3");
    assert_true(match->held_out > 0.5);
    ana_unit_match_free(match);
    ana_responses_free(a);
    ana_responses_free(b);
}

static void folds_without_variance_are_left_out(void **state)
{
    (void)state;
    /* b varies at one stimulus: only the fold that tests it has a correlation to report. */
    ana_responses *a = draw("a", 1, 1);
    ana_responses *b = draw("b", 1, 2);
    ana_folds_options how = ana_folds_options_default();
    ana_unit_match *match = NULL;
    ana_folds *folds = NULL;
    double wanted = NAN;
    for (size_t s = 0; s < N; s++) {
        b->values[s] = s == 3 ? 1.0 : 0.1;
    }
    check_ok(ana_unit_match_compute(a, b, NULL, &match));
    check_ok(ana_folds_plain(N, &how, &folds));
    for (size_t f = 0; f < folds->n_folds; f++) {
        double x[N];
        double y[N];
        const ana_fold *fold = &folds->folds[f];
        for (size_t i = 0; i < fold->n_test; i++) {
            x[i] = a->values[fold->test[i]];
            y[i] = b->values[fold->test[i]];
        }
        for (size_t i = 0; i < fold->n_test; i++) {
            wanted = fold->test[i] == 3 ? ana_stats_pearson(fold->n_test, x, y) : wanted;
        }
    }
    check_close(match->held_out, wanted, 1e-14, 0.0);
    check_close(match->sides[1].held_out[0], wanted, 1e-14, 0.0);
    ana_unit_match_free(match);
    ana_folds_free(folds);
    ana_responses_free(a);
    ana_responses_free(b);
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    ana_responses *a = draw("a", 8, 1);
    ana_responses *b = draw("b", 5, 2);
    ana_unit_match *matches[2] = {NULL, NULL};
    for (size_t t = 0; t < 2; t++) {
        ana_unit_match_options options = with(ANA_UNITS_SOFT);
        options.run.n_threads = t + 1;
        check_ok(ana_unit_match_compute(a, b, &options, &matches[t]));
    }
    check_close(matches[0]->p, matches[1]->p, 0.0, 0.0);
    check_close(matches[0]->chance, matches[1]->chance, 0.0, 0.0);
    check_close(matches[0]->low, matches[1]->low, 0.0, 0.0);
    check_close(matches[0]->held_out, matches[1]->held_out, 0.0, 0.0);
    ana_unit_match_free(matches[0]);
    ana_unit_match_free(matches[1]);
    ana_responses_free(a);
    ana_responses_free(b);
}

static void wrong_input_is_refused(void **state)
{
    (void)state;
    ana_responses *a = draw("a", 3, 1);
    ana_responses *b = draw("b", 4, 2);
    ana_responses *few = NULL;
    ana_unit_match *match = NULL;
    ana_unit_match_options options = ana_unit_match_options_default();
    const size_t two[] = {0, 1};
    options.n_folds = 1;
    check_fails(ana_unit_match_compute(a, b, &options, &match), ANA_ERR_VALUE, "1 folds");
    options.n_folds = 14;
    check_fails(ana_unit_match_compute(a, b, &options, &match), ANA_ERR_VALUE, "2 to 13");
    options = ana_unit_match_options_default();
    options.method = (ana_unit_method)7;
    check_fails(ana_unit_match_compute(a, b, &options, &match), ANA_ERR_VALUE, "method 7");
    options = ana_unit_match_options_default();
    options.level = 2.0;
    check_fails(ana_unit_match_compute(a, b, &options, &match), ANA_ERR_VALUE, "level");
    options = ana_unit_match_options_default();
    options.run.max_memory = 100;
    check_fails(ana_unit_match_compute(a, b, &options, &match), ANA_ERR_LIMIT, "pairs of units");
    check_ok(ana_responses_take_stimuli(a, 2, two, &few));
    check_fails(ana_unit_match_compute(few, b, NULL, &match), ANA_ERR_SHAPE, "by id");
    check_fails(ana_unit_match_compute(few, few, NULL, &match), ANA_ERR_VALUE, "at least 3");
    b->values[9] = NAN;
    check_fails(ana_unit_match_compute(a, b, NULL, &match), ANA_ERR_VALUE,
                "unit 1 of b is missing for stimulus 2");
    b->values[9] = -1e101;
    check_fails(ana_unit_match_compute(a, b, NULL, &match), ANA_ERR_VALUE,
                "unit 1 of b are too large");
    for (size_t s = 0; s < N; s++) {
        b->values[s * 4 + 1] = 1e-141 * (double)(s % 5);
    }
    check_fails(ana_unit_match_compute(a, b, NULL, &match), ANA_ERR_VALUE,
                "unit 1 of b are too near");
    for (size_t i = 0; i < N * 4; i++) {
        b->values[i] = 0.1;
    }
    check_fails(ana_unit_match_compute(a, b, NULL, &match), ANA_ERR_VALUE, "4 the same");
    assert_null(match);
    ana_responses_free(few);
    ana_responses_free(a);
    ana_responses_free(b);
}

static void a_record_holds_curve_matrix_and_pairs(void **state)
{
    (void)state;
    ana_responses *a = draw("a", 7, 1);
    ana_responses *b = draw_kin(a, 4, 0.5);
    for (int m = ANA_UNITS_ONE_TO_ONE; m <= ANA_UNITS_SOFT; m++) {
        const ana_unit_match_options options = with((ana_unit_method)m);
        ana_unit_match *match = NULL;
        ana_record *record = NULL;
        ana_shape shape = ana_shape_2(7, NULL, 4, NULL);
        const double *values = NULL;
        const char *text = NULL;
        check_ok(ana_unit_match_compute(a, b, &options, &match));
        check_ok(ana_unit_match_to_record(match, &record));
        check_ok(ana_record_check(record));
        check_ok(ana_record_get_text(record, "schema", &text));
        assert_string_equal(text, "unit match");
        check_ok(ana_record_get_text(record, "title", &text));
        check_ok(ana_record_get_doubles(record, "matrix/values", &shape, &values));
        for (size_t u = 0; u < 4 && m == ANA_UNITS_ONE_TO_ONE; u++) {
            assert_true(values[u * 4 + u] > 0.9); /* partners side by side */
        }
        ana_record_free(record);
        record = NULL;
        ALLOCATION_TEST(ana_unit_match_to_record, (match, &record), ana_record_free(record));
        ana_unit_match_free(match);
    }
    ana_responses_free(a);
    ana_responses_free(b);
}

static void pairs_of_systems_are_those_of_two(void **state)
{
    (void)state;
    ana_responses *a = draw("a", 7, 1);
    ana_responses *systems[] = {a, draw_kin(a, 10, 0.5), draw("c", 5, 9)};
    const ana_responses_set set = {3, systems};
    for (int m = ANA_UNITS_ONE_TO_ONE; m <= ANA_UNITS_SOFT; m++) {
        const ana_unit_match_options options = with((ana_unit_method)m);
        ana_unit_matches *matches = NULL;
        ana_record *record = NULL;
        check_ok(ana_unit_matches_compute(&set, &options, &matches));
        for (size_t k = 0; k < 9; k++) {
            const size_t i = k / 3;
            const size_t j = k % 3;
            ana_unit_match *match = NULL;
            if (i == j) {
                check_close(matches->mean[k], 1.0, 0.0, 0.0);
                assert_true(isnan(matches->p[k]) && isnan(matches->held_out[k]));
                continue;
            }
            const bool turned = i > j && m != ANA_UNITS_SEMI; /* computed once, for both */
            check_ok(ana_unit_match_compute(systems[turned ? j : i], systems[turned ? i : j],
                                            &options, &match));
            check_close(matches->mean[k], match->mean, 0.0, 0.0);
            check_close(matches->held_out[k], match->held_out, 0.0, 0.0);
            check_close(matches->chance[k], match->chance, 0.0, 0.0);
            check_close(matches->p[k], match->p, 0.0, 0.0);
            assert_true(matches->p_adjusted[k] >= match->p);
            ana_unit_match_free(match);
        }
        /* Holm's first of three pairs, or of the six of both directions, two of them certain. */
        check_close(matches->p_adjusted[1], m == ANA_UNITS_SEMI ? 6.0 / 40.0 : 3.0 / 40.0, 1e-15,
                    0.0);
        check_ok(ana_unit_matches_to_record(matches, &record));
        check_ok(ana_record_check(record));
        assert_non_null(ana_record_find(record, "plane/position"));
        assert_non_null(ana_record_find(record, "pairs/p_adjusted"));
        ana_record_free(record);
        record = NULL;
        ALLOCATION_TEST(ana_unit_matches_to_record, (matches, &record), ana_record_free(record));
        ana_unit_matches_free(matches);
    }
    ana_unit_match_options few = with(ANA_UNITS_SEMI);
    ana_unit_matches *matches = NULL;
    const ana_responses_set one = {1, systems};
    check_fails(ana_unit_matches_compute(&one, NULL, &matches), ANA_ERR_VALUE, "two or more");
    few.n_folds = 0;
    few.n_permutations = 1;
    few.n_bootstraps = 0;
    few.run.n_threads = 1;
    ALLOCATION_TEST(ana_unit_matches_compute, (&set, &few, &matches),
                    ana_unit_matches_free(matches));
    for (size_t s = 0; s < 3; s++) {
        ana_responses_free(systems[s]);
    }
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    ana_responses *a = draw("a", 3, 1);
    ana_responses *b = draw("b", 4, 2);
    for (int m = ANA_UNITS_ONE_TO_ONE; m <= ANA_UNITS_SOFT; m++) {
        ana_unit_match_options options = with((ana_unit_method)m);
        ana_unit_match *match = NULL;
        options.n_folds = 2;
        options.n_permutations = 1;
        options.n_bootstraps = 1;
        options.run.n_threads = 1;
        ALLOCATION_TEST(ana_unit_match_compute, (a, b, &options, &match),
                        ana_unit_match_free(match));
    }
    ana_responses_free(a);
    ana_responses_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted_partners_are_found),
        cmocka_unit_test(correlations_and_means_by_hand),
        cmocka_unit_test(no_choice_of_its_kind_is_better),
        cmocka_unit_test(partners_in_noise_do_not_hold),
        cmocka_unit_test(units_that_say_nothing_are_counted),
        cmocka_unit_test(folds_without_variance_are_left_out),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(a_record_holds_curve_matrix_and_pairs),
        cmocka_unit_test(pairs_of_systems_are_those_of_two),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
