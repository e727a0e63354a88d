#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/responses.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy(const char *text)
{
    char *made = strdup(text);
    assert_non_null(made);
    return made;
}

/* A system whose value of stimulus "k" at unit u is 10 k + u, for those numbers. */
static ana_responses *make(const char *name, size_t n, const size_t *numbers, size_t n_units)
{
    ana_responses *made = NULL;
    check_ok(ana_responses_new(name, n, n_units, &made));
    for (size_t i = 0; i < n; i++) {
        char text[32];
        snprintf(text, sizeof text, "%zu", numbers[i]);
        free(made->stimuli[i]);
        made->stimuli[i] = copy(text);
        made->n_trials[i] = numbers[i] + 1;
        for (size_t u = 0; u < n_units; u++) {
            made->values[i * n_units + u] = 10.0 * (double)numbers[i] + (double)u;
        }
    }
    return made;
}

static void rename_stimulus(ana_responses *system, size_t i, const char *id)
{
    free(system->stimuli[i]);
    system->stimuli[i] = copy(id);
}

/* Rows 0 ... n - 1 of those labels among "a", "b", ...; value = 2^row + unit. */
static ana_observations *make_rows(size_t n, const int64_t *labels, size_t n_labels, size_t n_units)
{
    ana_observations *rows = NULL;
    check_ok(ana_observations_new(n, n_units, &rows));
    for (size_t t = 0; t < n; t++) {
        for (size_t u = 0; u < n_units; u++) {
            rows->values[t * n_units + u] = (double)((size_t)1 << t) + (double)u;
        }
    }
    if (labels != NULL) {
        rows->labels = calloc(n, sizeof *rows->labels);
        rows->label_names = calloc(n_labels, sizeof *rows->label_names);
        assert_non_null(rows->labels);
        assert_non_null(rows->label_names);
        memcpy(rows->labels, labels, n * sizeof *labels);
        rows->n_labels = n_labels;
        for (size_t l = 0; l < n_labels; l++) {
            char text[2] = {(char)('a' + l), '\0'};
            rows->label_names[l] = copy(text);
        }
    }
    return rows;
}

static void rows_are_averaged_over_the_trials_of_each_label(void **state)
{
    (void)state;
    const int64_t labels[] = {3, 0, 3, -1, 0, 3};
    ana_observations *rows = make_rows(6, labels, 4, 2);
    ana_responses *made = NULL;
    rows->values[2 * 2 + 1] = NAN; /* of d: left out of its mean */
    check_ok(ana_responses_of_observations(rows, "V1", &made));
    assert_string_equal(made->name, "V1");
    assert_int_equal(made->n_stimuli, 2); /* b and c have no row */
    assert_string_equal(made->stimuli[0], "a");
    assert_string_equal(made->stimuli[1], "d");
    assert_string_equal(made->units[1], "1");
    assert_int_equal(made->n_trials[0], 2);
    assert_int_equal(made->n_trials[1], 3);
    const double wanted[] = {9.0, 10.0, 37.0 / 3.0, 35.0 / 2.0};
    check_all_close(4, made->values, wanted, 1e-15, 1e-15);
    ana_responses_free(made);
    for (size_t t = 1; t <= 4; t += 3) {
        rows->values[t * 2] = NAN;
        rows->values[t * 2 + 1] = NAN; /* all of a */
    }
    check_ok(ana_responses_of_observations(rows, "V1", &made));
    assert_int_equal(made->n_trials[0], 0);
    assert_true(isnan(made->values[0]) && isnan(made->values[1]));
    ana_responses_free(made);
    ana_observations_free(rows);
}

static void rows_without_labels_are_stimuli_called_by_their_numbers(void **state)
{
    (void)state;
    ana_observations *rows = make_rows(4, NULL, 0, 3);
    ana_responses *made = NULL;
    check_ok(ana_responses_of_observations(rows, "layer", &made));
    assert_int_equal(made->n_stimuli, 4);
    assert_string_equal(made->stimuli[3], "3");
    assert_true(made->is_numbered);
    check_all_close(12, made->values, rows->values, 0.0, 0.0);
    ana_responses_free(made);
    ana_observations_free(rows);
}

static void means_equal_those_of_a_plain_loop(void **state)
{
    (void)state;
    enum {
        N = 40,
        P = 5,
        L = 7
    };
    ana_random random = ana_random_stream(3, "rows", 0);
    int64_t labels[N];
    for (size_t t = 0; t < N; t++) {
        labels[t] = t < L ? (int64_t)(L - 1 - t) : (int64_t)ana_random_below(&random, L);
    }
    ana_observations *rows = make_rows(N, labels, L, P);
    for (size_t i = 0; i < (size_t)N * P; i++) {
        rows->values[i] = ana_random_uniform(&random) < 0.2 && i >= (size_t)L * P
                              ? (double)NAN
                              : ana_random_normal(&random);
    }
    ana_responses *made = NULL;
    check_ok(ana_responses_of_observations(rows, "x", &made));
    for (size_t l = 0; l < L; l++) {
        for (size_t u = 0; u < P; u++) {
            double sum = 0.0;
            double n = 0.0;
            for (size_t t = 0; t < N; t++) {
                const double value = rows->values[t * P + u];
                const bool counts = labels[t] == (int64_t)l && !isnan(value);
                sum += counts ? value : 0.0;
                n += counts ? 1.0 : 0.0;
            }
            check_close(made->values[l * P + u], sum / n, 1e-15, 1e-15);
        }
    }
    ana_responses_free(made);
    ana_observations_free(rows);
}

static void rows_that_are_no_responses_are_refused(void **state)
{
    (void)state;
    const int64_t none[] = {-1, -1};
    ana_observations *rows = make_rows(2, none, 1, 2);
    ana_responses *made = NULL;
    check_fails(ana_responses_of_observations(rows, "V4", &made), ANA_ERR_VALUE,
                "no row of V4 has a label");
    rows->labels[1] = 0;
    rows->values[3] = -INFINITY;
    check_fails(ana_responses_of_observations(rows, "V4", &made), ANA_ERR_VALUE,
                "infinite in row 1, unit 1");
    ana_observations_free(rows);
    check_ok(ana_observations_new(0, 2, &rows));
    check_fails(ana_responses_of_observations(rows, "V4", &made), ANA_ERR_VALUE, "0 rows");
    ana_observations_free(rows);
    check_ok(ana_observations_new(2, 0, &rows));
    check_fails(ana_responses_of_observations(rows, "V4", &made), ANA_ERR_VALUE, "0 units");
    ana_observations_free(rows);
    check_fails(ana_responses_new("x", 0, 2, &made), ANA_ERR_SHAPE, "0 stimuli");
    check_fails(ana_responses_new("x", 2, 0, &made), ANA_ERR_SHAPE, "0 units");
    check_fails(ana_responses_new("x", SIZE_MAX, 2, &made), ANA_ERR_SHAPE, "stimuli");
}

static void stimuli_are_matched_by_id_in_the_order_of_the_first(void **state)
{
    (void)state;
    const size_t one[] = {4, 1, 7, 2, 9};
    const size_t two[] = {1, 2, 3, 4, 9, 8};
    const size_t three[] = {9, 4, 2, 1};
    ana_responses *systems[] = {make("A", 5, one, 2), make("B", 6, two, 3), make("C", 4, three, 1)};
    ana_match_report *report = NULL;
    ana_responses_set *set = NULL;
    systems[2]->values[0] = NAN; /* C has no value of 9 */
    check_ok(ana_responses_match(3, systems, NULL, &report, &set));
    assert_int_equal(set->n, 3);
    const size_t wanted[] = {4, 1, 2};
    for (size_t k = 0; k < 3; k++) {
        const ana_responses *system = set->systems[k];
        assert_string_equal(system->name, systems[k]->name);
        assert_int_equal(system->n_stimuli, 3);
        for (size_t i = 0; i < 3; i++) {
            check_close(system->values[i * system->n_units], 10.0 * (double)wanted[i], 0.0, 0.0);
            assert_string_equal(system->stimuli[i], set->systems[0]->stimuli[i]);
            assert_int_equal(system->n_trials[i], wanted[i] + 1);
        }
    }
    assert_int_equal(report->n_systems, 3);
    assert_int_equal(report->n_matched, 3);
    assert_int_equal(report->n_stimuli[1], 6);
    assert_int_equal(report->n_unmatched, 4);
    const char *unmatched[] = {"7", "9", "3", "8"};
    const size_t n_lacking[] = {2, 1, 2, 2};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(report->unmatched[i], unmatched[i]);
        assert_int_equal(report->n_lacking[i], n_lacking[i]);
    }
    ana_match_report_free(report);
    ana_responses_set_free(set);
    for (size_t k = 0; k < 3; k++) {
        ana_responses_free(systems[k]);
    }
}

static void folders_and_endings_are_left_out_when_told(void **state)
{
    (void)state;
    const size_t numbers[] = {0, 1, 2, 3};
    const char *ids[2][4] = {{"set/a.png", "b.jpeg", "1.5", "d"},
                             {"d.tif", "1.5", "c:\\x\\b", "other/a.x.npy"}};
    ana_responses *systems[] = {make("A", 4, numbers, 1), make("B", 4, numbers, 1)};
    ana_match_options options = ana_match_options_default();
    ana_responses_set *set = NULL;
    for (size_t i = 0; i < 8; i++) {
        rename_stimulus(systems[i / 4], i % 4, ids[i / 4][i % 4]);
    }
    check_fails(ana_responses_match(2, systems, &options, NULL, &set), ANA_ERR_VALUE,
                "1 stimuli have values in all of 2 systems");
    options.by_stem = true;
    check_ok(ana_responses_match(2, systems, &options, NULL, &set));
    assert_int_equal(set->systems[1]->n_stimuli, 3);
    assert_string_equal(set->systems[1]->stimuli[0], "b.jpeg"); /* the first's ids */
    check_close(set->systems[1]->values[0], 20.0, 0.0, 0.0);
    check_close(set->systems[1]->values[1], 10.0, 0.0, 0.0);
    check_close(set->systems[1]->values[2], 0.0, 0.0, 0.0);
    ana_responses_set_free(set);
    rename_stimulus(systems[1], 3, "z/d.png");
    check_fails(ana_responses_match(2, systems, &options, NULL, &set), ANA_ERR_VALUE,
                "B has stimulus d twice (d.tif and z/d.png)");
    ana_responses_free(systems[0]);
    ana_responses_free(systems[1]);
}

static void numbers_of_rows_are_no_ids_where_lengths_differ(void **state)
{
    (void)state;
    const size_t numbers[] = {0, 1, 2, 3, 4};
    const size_t first[] = {0, 1, 2};
    ana_responses *systems[] = {make("A", 5, numbers, 1), make("B", 4, numbers, 2), NULL};
    ana_responses_set *set = NULL;
    for (size_t numbered = 0; numbered < 4; numbered++) {
        systems[0]->is_numbered = (numbered & 1) != 0;
        systems[1]->is_numbered = (numbered & 2) != 0;
        if (numbered == 3) {
            check_fails(ana_responses_match(2, systems, NULL, NULL, &set), ANA_ERR_SHAPE,
                        "A has 5 stimuli and B 4, and neither has ids");
            continue;
        }
        check_ok(ana_responses_match(2, systems, NULL, NULL, &set)); /* one side has ids */
        assert_int_equal(set->systems[0]->n_stimuli, 4);
        assert_true(set->systems[1]->is_numbered == systems[1]->is_numbered);
        ana_responses_set_free(set);
    }
    check_ok(ana_responses_take_stimuli(systems[0], 3, first, &systems[2]));
    assert_true(systems[2]->is_numbered);
    for (size_t k = 0; k < 3; k++) {
        ana_responses_free(systems[k]);
    }
}

static void order_counts_only_when_told(void **state)
{
    (void)state;
    const size_t one[] = {0, 1, 2, 3};
    const size_t two[] = {10, 11, 12, 13};
    ana_responses *systems[] = {make("A", 4, one, 1), make("B", 4, two, 2)};
    ana_match_options options = {.by_order = true};
    ana_match_report *report = NULL;
    ana_responses_set *set = NULL;
    check_fails(ana_responses_match(2, systems, NULL, NULL, &set), ANA_ERR_VALUE,
                "A has 4: 0, 1, 2, ...; B has 4: 10, 11, 12, ...");
    systems[1]->values[4] = NAN;
    systems[1]->values[5] = NAN;
    check_ok(ana_responses_match(2, systems, &options, &report, &set));
    assert_int_equal(set->systems[1]->n_stimuli, 3);
    assert_string_equal(set->systems[1]->stimuli[2], "3");
    check_close(set->systems[1]->values[4], 130.0, 0.0, 0.0);
    assert_int_equal(report->n_unmatched, 1);
    assert_string_equal(report->unmatched[0], "2");
    assert_int_equal(report->n_lacking[0], 1);
    ana_match_report_free(report);
    ana_responses_set_free(set);
    ana_responses *fewer = make("C", 3, one, 1);
    systems[1]->values[2] = NAN;
    systems[1]->values[3] = NAN;
    check_fails(ana_responses_match(2, systems, &options, NULL, &set), ANA_ERR_VALUE, "2 stimuli");
    ana_responses *uneven[] = {systems[0], fewer};
    check_fails(ana_responses_match(2, uneven, &options, NULL, &set), ANA_ERR_SHAPE,
                "A has 4 stimuli and C 3");
    check_fails(ana_responses_match(0, systems, NULL, NULL, &set), ANA_ERR_VALUE, "no systems");
    ana_responses_free(fewer);
    ana_responses_free(systems[0]);
    ana_responses_free(systems[1]);
}

static void an_id_that_stands_twice_is_refused(void **state)
{
    (void)state;
    const size_t one[] = {0, 1, 2, 1};
    ana_responses *systems[] = {make("A", 4, one, 1)};
    ana_responses_set *set = NULL;
    check_fails(ana_responses_match(1, systems, NULL, NULL, &set), ANA_ERR_VALUE,
                "A has stimulus 1 twice");
    ana_responses_free(systems[0]);
}

static void stimuli_and_units_are_taken_by_their_numbers(void **state)
{
    (void)state;
    const size_t numbers[] = {5, 6, 7};
    const size_t wanted[] = {2, 0, 2, 2};
    ana_responses *system = make("A", 3, numbers, 4);
    ana_responses *taken = NULL;
    check_ok(ana_responses_take_stimuli(system, 4, wanted, &taken));
    assert_int_equal(taken->n_stimuli, 4);
    assert_string_equal(taken->stimuli[1], "5");
    assert_string_equal(taken->stimuli[3], "7");
    check_close(taken->values[3 * 4 + 3], 73.0, 0.0, 0.0);
    assert_int_equal(taken->n_trials[0], 8);
    ana_responses_free(taken);
    check_ok(ana_responses_take_units(system, 2, wanted, &taken));
    assert_int_equal(taken->n_units, 2);
    assert_string_equal(taken->units[0], "2");
    check_close(taken->values[1 * 2 + 0], 62.0, 0.0, 0.0);
    check_close(taken->values[1 * 2 + 1], 60.0, 0.0, 0.0);
    ana_responses_free(taken);
    const size_t beyond[] = {0, 4};
    check_fails(ana_responses_take_stimuli(system, 2, beyond, &taken), ANA_ERR_VALUE,
                "A has no stimulus 4");
    check_fails(ana_responses_take_units(system, 2, beyond, &taken), ANA_ERR_VALUE,
                "A has no unit 4");
    check_fails(ana_responses_take_units(system, 0, beyond, &taken), ANA_ERR_SHAPE, "no unit");
    ana_responses_free(system);
}

static void units_without_any_value_are_left_out_and_counted(void **state)
{
    (void)state;
    const size_t numbers[] = {5, 6, 7};
    ana_responses *system = make("A", 3, numbers, 3);
    ana_responses *complete = NULL;
    size_t n_left_out = 0;
    for (size_t i = 0; i < 3; i++) {
        system->values[i * 3 + 1] = NAN;
    }
    check_ok(ana_responses_complete(system, &n_left_out, &complete));
    assert_int_equal(n_left_out, 1);
    assert_int_equal(complete->n_units, 2);
    assert_string_equal(complete->units[1], "2");
    ana_responses_free(complete);
    system->values[1 * 3 + 2] = NAN;
    check_fails(ana_responses_complete(system, NULL, &complete), ANA_ERR_VALUE,
                "A is missing for stimulus 6, unit 2");
    system->values[0] = INFINITY;
    check_fails(ana_responses_complete(system, NULL, &complete), ANA_ERR_VALUE,
                "A is infinite for stimulus 5, unit 0");
    for (size_t i = 0; i < 9; i++) {
        system->values[i] = NAN;
    }
    check_fails(ana_responses_complete(system, NULL, &complete), ANA_ERR_VALUE,
                "no unit of A has a value");
    ana_responses_free(system);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    const size_t one[] = {4, 1, 7, 2};
    const size_t two[] = {1, 2, 3, 4};
    const int64_t labels[] = {1, 0, 1};
    ana_responses *systems[] = {make("A", 4, one, 2), make("B", 4, two, 3)};
    ana_observations *rows = make_rows(3, labels, 2, 2);
    ana_match_options by_order = {.by_order = true};
    ana_responses *made = NULL;
    ana_match_report *report = NULL;
    ana_responses_set *set = NULL;
    ALLOCATION_TEST(ana_responses_new, ("x", 2, 2, &made), ana_responses_free(made));
    ALLOCATION_TEST(ana_responses_of_observations, (rows, "x", &made), ana_responses_free(made));
    ALLOCATION_TEST(ana_responses_take_stimuli, (systems[0], 1, one + 3, &made),
                    ana_responses_free(made));
    ALLOCATION_TEST(ana_responses_take_units, (systems[0], 1, one + 1, &made),
                    ana_responses_free(made));
    ALLOCATION_TEST(ana_responses_complete, (systems[0], NULL, &made), ana_responses_free(made));
    ALLOCATION_TEST(ana_responses_match, (2, systems, NULL, &report, &set), {
        ana_match_report_free(report);
        ana_responses_set_free(set);
    });
    ALLOCATION_TEST(ana_responses_match, (2, systems, &by_order, &report, &set), {
        ana_match_report_free(report);
        ana_responses_set_free(set);
    });
    ana_responses_free(systems[0]);
    ana_responses_free(systems[1]);
    ana_observations_free(rows);
}

static void nothing_is_freed_without_harm(void **state)
{
    (void)state;
    ana_responses_free(NULL);
    ana_responses_set_free(NULL);
    ana_match_report_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_averaged_over_the_trials_of_each_label),
        cmocka_unit_test(rows_without_labels_are_stimuli_called_by_their_numbers),
        cmocka_unit_test(means_equal_those_of_a_plain_loop),
        cmocka_unit_test(rows_that_are_no_responses_are_refused),
        cmocka_unit_test(stimuli_are_matched_by_id_in_the_order_of_the_first),
        cmocka_unit_test(folders_and_endings_are_left_out_when_told),
        cmocka_unit_test(numbers_of_rows_are_no_ids_where_lengths_differ),
        cmocka_unit_test(order_counts_only_when_told),
        cmocka_unit_test(an_id_that_stands_twice_is_refused),
        cmocka_unit_test(stimuli_and_units_are_taken_by_their_numbers),
        cmocka_unit_test(units_without_any_value_are_left_out_and_counted),
        cmocka_unit_test(each_failed_allocation_is_reported),
        cmocka_unit_test(nothing_is_freed_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
