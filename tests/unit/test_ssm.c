#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/models/rdm_compare.h>
#include <analysis/models/ssm.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ana_responses *draw(uint64_t item, size_t n, size_t p)
{
    ana_random random = ana_random_stream(31, "ssm", item);
    ana_responses *made = NULL;
    check_ok(ana_responses_new("drawn", n, p, &made));
    for (size_t i = 0; i < n * p; i++) {
        made->values[i] = 2.0 + ana_random_normal(&random);
    }
    return made;
}

/* A system that shows the stimuli of another in noise: each unit mixes three of the other's. */
static ana_responses *draw_like(const ana_responses *of, uint64_t item, size_t p, double noise)
{
    ana_responses *made = draw(item, of->n_stimuli, p);
    ana_random random = ana_random_stream(32, "ssm", item);
    for (size_t u = 0; u < p; u++) {
        const size_t a = (size_t)ana_random_below(&random, of->n_units);
        const size_t b = (size_t)ana_random_below(&random, of->n_units);
        for (size_t i = 0; i < of->n_stimuli; i++) {
            const double *row = of->values + i * of->n_units;
            made->values[i * p + u] = row[a] + 0.5 * row[b] + noise * made->values[i * p + u];
        }
    }
    return made;
}

static ana_ssm *compare(const ana_responses *reference, size_t n, ana_responses **others,
                        const ana_ssm_options *options)
{
    const ana_responses_set set = {n, others};
    ana_ssm *ssm = NULL;
    check_ok(ana_ssm_compute(reference, &set, options, &ssm));
    return ssm;
}

static ana_ssm_options without_draws(void)
{
    ana_ssm_options options = ana_ssm_options_default();
    options.n_draws = 0;
    return options;
}

/* By Pearson's and Spearman's correlations of each pair, one by one. */
static double by_hand(const ana_responses *a, const ana_responses *b)
{
    const size_t n = a->n_stimuli;
    double x[400];
    double y[400];
    double value = 0.0;
    size_t n_pairs = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++, n_pairs++) {
            x[n_pairs] = ana_stats_pearson(a->n_units, a->values + i * a->n_units,
                                           a->values + j * a->n_units);
            y[n_pairs] = ana_stats_pearson(b->n_units, b->values + i * b->n_units,
                                           b->values + j * b->n_units);
        }
    }
    check_ok(ana_stats_spearman(n_pairs, x, y, &value));
    return value;
}

static void it_is_the_rank_correlation_of_correlations(void **state)
{
    (void)state;
    const ana_ssm_options options = without_draws();
    ana_responses *reference = draw(0, 20, 12);
    ana_responses *others[2] = {draw_like(reference, 1, 30, 0.2), draw(2, 20, 7)};
    ana_ssm *ssm = compare(reference, 2, others, &options);
    for (size_t k = 0; k < 2; k++) {
        check_close(ssm->values[k], by_hand(reference, others[k]), 1e-13, 0.0);
        assert_true(isnan(ssm->matched[k]) && ssm->units[k] == others[k]->n_units);
    }
    assert_true(ssm->values[0] > 0.3 && fabs(ssm->values[1]) < 0.3);
    assert_true(ssm->by_units.n_sizes == 0 && ssm->n_flat == 0);
    ana_ssm_free(ssm);
    for (size_t k = 0; k < 2; k++) {
        ana_responses_free(others[k]);
    }
    ana_responses_free(reference);
}

/* Correlation distances of the same stimuli, compared by rank. */
static void it_is_the_spearman_similarity_of_correlation_distances(void **state)
{
    (void)state;
    ana_rdm_compare_options rank = ana_rdm_compare_options_default();
    const ana_ssm_options options = without_draws();
    ana_responses *both[2] = {draw(0, 15, 9), draw(1, 15, 6)};
    ana_rdms *rdms[2] = {NULL, NULL};
    double wanted = 0.0;
    for (size_t k = 0; k < 2; k++) {
        ana_observations *rows = NULL;
        check_ok(ana_observations_new(15, both[k]->n_units, &rows));
        memcpy(rows->values, both[k]->values, 15 * both[k]->n_units * sizeof(double));
        rows->labels = calloc(15, sizeof *rows->labels);
        rows->label_names = calloc(15, sizeof *rows->label_names);
        rows->n_labels = 15;
        for (size_t i = 0; i < 15; i++) {
            rows->labels[i] = (int64_t)i;
            rows->label_names[i] = strdup(both[k]->stimuli[i]);
        }
        check_ok(ana_rdm_compute(rows, NULL, NULL, "system", &rdms[k]));
        ana_observations_free(rows);
    }
    rank.similarity = ANA_RDM_SIM_SPEARMAN;
    check_ok(ana_rdm_compare(rdms[0], rdms[1], NULL, &rank, &wanted));
    ana_ssm *ssm = compare(both[0], 1, &both[1], &options);
    check_close(ssm->values[0], wanted, 1e-12, 0.0);
    ana_ssm_free(ssm);
    for (size_t k = 0; k < 2; k++) {
        ana_rdms_free(rdms[k]);
        ana_responses_free(both[k]);
    }
}

static void all_units_and_stimuli_end_the_curves(void **state)
{
    (void)state;
    ana_ssm_options options = ana_ssm_options_default();
    ana_responses *reference = draw(0, 24, 16);
    ana_responses *others[2] = {draw_like(reference, 1, 60, 0.5), draw_like(reference, 2, 30, 0.5)};
    options.n_draws = 6;
    for (int side = ANA_SSM_OTHERS; side <= ANA_SSM_REFERENCE; side++) {
        options.side = (ana_ssm_side)side;
        ana_ssm *ssm = compare(reference, 2, others, &options);
        const ana_ssm_curve *units = &ssm->by_units;
        const ana_ssm_curve *stimuli = &ssm->by_stimuli;
        const size_t last = units->n_sizes - 1;
        assert_true(units->sizes[0] == 4 && stimuli->sizes[0] == 4);
        assert_int_equal(units->sizes[last], side == ANA_SSM_OTHERS ? 60 : 16);
        assert_int_equal(stimuli->sizes[stimuli->n_sizes - 1], 24);
        for (size_t k = 1; k < units->n_sizes; k++) {
            assert_true(units->sizes[k] > units->sizes[k - 1]);
        }
        check_close(units->mean[last], ssm->values[0], 1e-13, 0.0);
        check_close(units->deviation[last], 0.0, 1e-12, 0.0);
        for (size_t k = 0; k < 2; k++) {
            const double *mean = stimuli->mean + k * stimuli->n_sizes;
            check_close(mean[stimuli->n_sizes - 1], ssm->values[k], 1e-13, 0.0);
        }
        /* The second system has 30 units only. */
        assert_int_equal(isnan(units->mean[units->n_sizes + last]), side == ANA_SSM_OTHERS);
        assert_true(units->deviation[1] > 0.01);
        ana_ssm_free(ssm);
    }
    for (size_t k = 0; k < 2; k++) {
        ana_responses_free(others[k]);
    }
    ana_responses_free(reference);
}

static void more_units_show_more(void **state)
{
    (void)state;
    ana_ssm_options options = ana_ssm_options_default();
    ana_responses *reference = draw(0, 30, 40);
    ana_responses *other = draw_like(reference, 1, 200, 1.0);
    options.n_draws = 20;
    ana_ssm *ssm = compare(reference, 1, &other, &options);
    const ana_ssm_curve *units = &ssm->by_units;
    assert_true(units->mean[0] < units->mean[units->n_sizes / 2]);
    assert_true(units->mean[units->n_sizes / 2] < units->mean[units->n_sizes - 1]);
    /* As many units as the reference has lie between. */
    assert_true(ssm->matched[0] > units->mean[0] && ssm->matched[0] < ssm->values[0]);
    assert_true(ssm->matched_deviation[0] > 0.0);
    ana_ssm_free(ssm);
    ana_responses_free(reference);
    ana_responses_free(other);
}

/* The units of a draw are the first of a permutation from the stream of that name. */
static void a_draw_is_the_similarity_of_its_units(void **state)
{
    (void)state;
    ana_ssm_options options = ana_ssm_options_default();
    ana_responses *reference = draw(0, 12, 10);
    ana_responses *other = draw_like(reference, 1, 20, 0.5);
    ana_responses *part = NULL;
    size_t order[20];
    ana_random random = ana_random_stream(5, "ssm.units", 0);
    options.n_draws = 1;
    options.n_sizes = 2;
    options.run.seed = 5;
    ana_ssm *ssm = compare(reference, 1, &other, &options);
    ana_random_permutation(&random, 20, order);
    check_ok(ana_responses_take_units(other, 4, order, &part));
    check_close(ssm->by_units.mean[0], by_hand(reference, part), 1e-13, 0.0);
    ana_responses_free(part);
    check_ok(ana_responses_take_units(other, 10, order, &part));
    check_close(ssm->matched[0], by_hand(reference, part), 1e-13, 0.0);
    ana_responses_free(part);
    random = ana_random_stream(5, "ssm.stimuli", 0);
    ana_random_permutation(&random, 12, order);
    ana_responses *fewer[2] = {NULL, NULL};
    check_ok(ana_responses_take_stimuli(reference, 4, order, &fewer[0]));
    check_ok(ana_responses_take_stimuli(other, 4, order, &fewer[1]));
    check_close(ssm->by_stimuli.mean[0], by_hand(fewer[0], fewer[1]), 1e-13, 0.0);
    ana_responses_free(fewer[0]);
    ana_responses_free(fewer[1]);
    ana_ssm_free(ssm);
    ana_responses_free(reference);
    ana_responses_free(other);
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    ana_ssm_options options = ana_ssm_options_default();
    ana_responses *reference = draw(0, 14, 10);
    ana_responses *others[2] = {draw_like(reference, 1, 20, 0.5), draw(2, 14, 12)};
    options.n_draws = 7;
    options.run = run_of(1, 0);
    ana_ssm *one = compare(reference, 2, others, &options);
    options.run = run_of(3, 0);
    ana_ssm *three = compare(reference, 2, others, &options);
    check_same_bits(2 * one->by_units.n_sizes, three->by_units.mean, one->by_units.mean);
    check_same_bits(2 * one->by_stimuli.n_sizes, three->by_stimuli.deviation,
                    one->by_stimuli.deviation);
    check_same_bits(2, three->matched, one->matched);
    ana_ssm_free(one);
    ana_ssm_free(three);
    for (size_t k = 0; k < 2; k++) {
        ana_responses_free(others[k]);
    }
    ana_responses_free(reference);
}

static void count_warnings(void *user, const char *sentence)
{
    size_t *n = user;
    assert_non_null(strstr(sentence, "same response in every unit"));
    (*n)++;
}

static void flat_stimuli_are_left_out_and_told(void **state)
{
    (void)state;
    size_t n_warnings = 0;
    size_t kept[14];
    ana_ssm_options options = without_draws();
    ana_responses *both[2] = {draw(0, 15, 9), draw(1, 15, 6)};
    ana_responses *rest[2] = {NULL, NULL};
    for (size_t u = 0; u < 6; u++) {
        both[1]->values[4 * 6 + u] = 0.3;
    }
    for (size_t i = 0; i < 14; i++) {
        kept[i] = i < 4 ? i : i + 1;
    }
    options.run.warn = count_warnings;
    options.run.user = &n_warnings;
    ana_ssm *ssm = compare(both[0], 1, &both[1], &options);
    assert_true(ssm->n_flat == 1 && n_warnings == 1);
    for (size_t k = 0; k < 2; k++) {
        check_ok(ana_responses_take_stimuli(both[k], 14, kept, &rest[k]));
    }
    check_close(ssm->values[0], by_hand(rest[0], rest[1]), 1e-13, 0.0);
    ana_ssm_free(ssm);
    for (size_t k = 0; k < 2; k++) {
        ana_responses_free(both[k]);
        ana_responses_free(rest[k]);
    }
}

static void wrong_input_is_refused(void **state)
{
    (void)state;
    ana_ssm_options options = ana_ssm_options_default();
    ana_responses *both[2] = {draw(0, 8, 9), draw(1, 8, 6)};
    const ana_responses_set none = {0, NULL};
    const ana_responses_set set = {1, &both[1]};
    ana_ssm *ssm = NULL;
    check_fails(ana_ssm_compute(both[0], &none, &options, &ssm), ANA_ERR_VALUE, "no systems");
    options.run.max_memory = 100;
    check_fails(ana_ssm_compute(both[0], &set, &options, &ssm), ANA_ERR_LIMIT, "similarities");
    options.run.max_memory = 0;
    options.n_sizes = 0;
    check_fails(ana_ssm_compute(both[0], &set, &options, &ssm), ANA_ERR_VALUE, "sizes");
    both[1]->values[3] = NAN;
    check_fails(ana_ssm_compute(both[0], &set, NULL, &ssm), ANA_ERR_VALUE, "stimulus 0, unit 3");
    ana_responses_free(both[1]);
    both[1] = draw(1, 7, 6);
    check_fails(ana_ssm_compute(both[0], &set, NULL, &ssm), ANA_ERR_VALUE, "match them");
    ana_responses_free(both[0]);
    ana_responses_free(both[1]);
    both[0] = draw(0, 2, 3);
    both[1] = draw(1, 2, 3);
    check_fails(ana_ssm_compute(both[0], &set, NULL, &ssm), ANA_ERR_VALUE, "at least 3");
    ana_responses_free(both[0]);
    ana_responses_free(both[1]);
}

static void few_units_and_stimuli_have_short_curves(void **state)
{
    (void)state;
    ana_ssm_options options = ana_ssm_options_default();
    ana_responses *both[2] = {draw(0, 3, 2), draw(1, 3, 3)};
    options.n_draws = 2;
    ana_ssm *ssm = compare(both[0], 1, &both[1], &options);
    assert_true(ssm->by_units.n_sizes == 1 && ssm->by_units.sizes[0] == 3);
    assert_true(ssm->by_stimuli.n_sizes == 1 && ssm->by_stimuli.sizes[0] == 3);
    ana_ssm_free(ssm);
    ana_responses_free(both[0]);
    ana_responses_free(both[1]);
}

static void records_show_bars_and_curves(void **state)
{
    (void)state;
    ana_ssm_options options = ana_ssm_options_default();
    ana_responses *both[2] = {draw(0, 9, 8), draw(1, 9, 6)};
    ana_record *record = NULL;
    options.n_draws = 3;
    ana_ssm *ssm = compare(both[0], 1, &both[1], &options);
    check_ok(ana_ssm_to_record(ssm, &record));
    check_ok(ana_record_check(record));
    assert_non_null(ana_record_find(record, "by_units/low"));
    assert_non_null(ana_record_find(record, "systems/matched"));
    ana_record_free(record);
    ana_ssm_free(ssm);
    options.n_draws = 0;
    ssm = compare(both[0], 1, &both[1], &options);
    check_ok(ana_ssm_to_record(ssm, &record));
    check_ok(ana_record_check(record));
    assert_null(ana_record_find(record, "by_units"));
    ana_record_free(record);
    ana_ssm_free(ssm);
    ana_responses_free(both[0]);
    ana_responses_free(both[1]);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    ana_ssm_options options = ana_ssm_options_default();
    ana_responses *both[2] = {draw(0, 6, 5), draw(1, 6, 6)};
    const ana_responses_set set = {1, &both[1]};
    ana_record *record = NULL;
    ana_ssm *ssm = NULL;
    options.n_draws = 1;
    options.n_sizes = 2;
    options.run.n_threads = 1;
    ALLOCATION_TEST(ana_ssm_compute, (both[0], &set, &options, &ssm), ana_ssm_free(ssm));
    check_ok(ana_ssm_compute(both[0], &set, &options, &ssm));
    ALLOCATION_TEST(ana_ssm_to_record, (ssm, &record), ana_record_free(record));
    ana_ssm_free(ssm);
    ana_responses_free(both[0]);
    ana_responses_free(both[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_rank_correlation_of_correlations),
        cmocka_unit_test(it_is_the_spearman_similarity_of_correlation_distances),
        cmocka_unit_test(all_units_and_stimuli_end_the_curves),
        cmocka_unit_test(more_units_show_more),
        cmocka_unit_test(a_draw_is_the_similarity_of_its_units),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(flat_stimuli_are_left_out_and_told),
        cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(few_units_and_stimuli_have_short_curves),
        cmocka_unit_test(records_show_bars_and_curves),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
