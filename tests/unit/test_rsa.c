#include "rsa_parts.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/models/rsa.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 9,
    N_PAIRS = N * (N - 1) / 2
};

/* Subjects see the first model in noise; the others are noise alone. */
static ana_rdms *draw_models(size_t n)
{
    ana_random random = ana_random_stream(1, "models", 0);
    ana_rdms *models = NULL;
    check_ok(ana_rdms_new(n, N, &models));
    for (size_t k = 0; k < n * N_PAIRS; k++) {
        models->values[k] = 1.0 + ana_random_uniform(&random);
    }
    return models;
}

static ana_rdms *draw_subjects(size_t n, const ana_rdms *models, double noise)
{
    ana_random random = ana_random_stream(2, "subjects", 0);
    ana_rdms *subjects = NULL;
    check_ok(ana_rdms_new(n, N, &subjects));
    for (size_t k = 0; k < n * N_PAIRS; k++) {
        subjects->values[k] =
            3.0 + models->values[k % N_PAIRS] + noise * ana_random_normal(&random);
    }
    return subjects;
}

static ana_rsa_options with(ana_rdm_similarity similarity, size_t n_permutations)
{
    ana_rsa_options options = ana_rsa_options_default();
    options.compare.similarity = similarity;
    options.n_permutations = n_permutations;
    options.n_bootstraps = 200;
    return options;
}

static void the_model_of_the_subjects_is_found(void **state)
{
    (void)state;
    ana_rdms *models = draw_models(3);
    ana_rdms *subjects = draw_subjects(8, models, 0.3);
    for (int s = ANA_RDM_SIM_COSINE; s <= ANA_RDM_SIM_WHITENED_CORRELATION; s++) {
        const ana_rsa_options options = with((ana_rdm_similarity)s, 99);
        ana_rsa *rsa = NULL;
        check_ok(ana_rsa_compute(subjects, models, NULL, &options, &rsa));
        assert_int_equal(rsa->best, 0);
        assert_true(rsa->p_chance[0] < 0.05 && rsa->p_chance_max[0] < 0.05);
        assert_true(rsa->p_chance_max[1] >= rsa->p_chance[1]);
        assert_true(rsa->p_between[1] < 0.05 && rsa->p_between[1] == rsa->p_between[3]);
        assert_true(rsa->low[0] < rsa->mean[0] && rsa->mean[0] < rsa->high[0]);
        assert_true(rsa->p_zero[0] < 0.01);
        assert_true(rsa->ceiling_low < rsa->ceiling_high);
        ana_rsa_free(rsa);
    }
    ana_rdms_free(models);
    ana_rdms_free(subjects);
}

static void a_distance_is_best_when_it_is_least(void **state)
{
    (void)state;
    ana_rdms *models = draw_models(3);
    ana_rdms *subjects = draw_subjects(8, models, 0.3);
    const ana_rsa_options options = with(ANA_RDM_SIM_BURES_DISTANCE, 0);
    ana_rsa *rsa = NULL;
    check_ok(ana_rsa_compute(subjects, models, NULL, &options, &rsa));
    for (size_t m = 0; m < 3; m++) {
        assert_true(rsa->mean[rsa->best] <= rsa->mean[m] && isnan(rsa->p_zero[m]));
    }
    assert_true(rsa->ceiling_low > rsa->ceiling_high);
    ana_rsa_free(rsa);
    ana_rdms_free(models);
    ana_rdms_free(subjects);
}

static void means_tests_and_ceilings_by_hand(void **state)
{
    (void)state;
    ana_rdms *models = draw_models(2);
    ana_rdms *subjects = draw_subjects(3, models, 0.5);
    const ana_rsa_options options = with(ANA_RDM_SIM_PEARSON, 0);
    ana_rsa *rsa = NULL;
    double low = 0.0;
    double high = 0.0;
    check_ok(ana_rsa_compute(subjects, models, NULL, &options, &rsa));
    for (size_t s = 0; s < 3; s++) {
        const double *own = subjects->values + s * N_PAIRS;
        double pools[2][N_PAIRS] = {{0.0}};
        for (size_t r = 0; r < 3; r++) {
            const double *row = subjects->values + r * N_PAIRS;
            const double mean = ana_stats_mean(N_PAIRS, row);
            const double deviation = sqrt(ana_stats_variance(N_PAIRS, row, 0));
            for (size_t k = 0; k < N_PAIRS; k++) {
                pools[1][k] += (row[k] - mean) / deviation;
                pools[0][k] += r == s ? 0.0 : (row[k] - mean) / deviation;
            }
        }
        low += ana_stats_pearson(N_PAIRS, own, pools[0]) / 3.0;
        high += ana_stats_pearson(N_PAIRS, own, pools[1]) / 3.0;
        check_close(rsa->values[s], ana_stats_pearson(N_PAIRS, own, models->values), 1e-14, 0.0);
    }
    check_close(rsa->ceiling_low, low, 1e-13, 0.0);
    check_close(rsa->ceiling_high, high, 1e-13, 0.0);
    check_close(rsa->mean[0], (rsa->values[0] + rsa->values[1] + rsa->values[2]) / 3.0, 1e-15, 0.0);
    check_close(rsa->standard_error[0], sqrt(ana_stats_variance(3, rsa->values, 1) / 3.0), 1e-15,
                0.0);
    /* Student with 2 degrees of freedom: p = (1 - t / sqrt(2 + t^2)) / 2. */
    const double t = rsa->mean[0] / rsa->standard_error[0];
    check_close(rsa->p_zero[0], 0.5 * (1.0 - t / sqrt(2.0 + t * t)), 1e-13, 0.0);
    assert_true(isnan(rsa->p_chance[0])); /* not asked for */
    ana_rsa_free(rsa);
    ana_rdms_free(models);
    ana_rdms_free(subjects);
}

/* Share of all 120 orders of five conditions whose mean similarity is at least that of the first.
 */
static double exact_p(const ana_rdms *subjects, const ana_rdms *model,
                      ana_rdm_similarity similarity)
{
    ana_rdm_compare_options options = ana_rdm_compare_options_default();
    ana_rdms *moved = NULL;
    double observed = 0.0;
    double n_above = 0.0;
    options.similarity = similarity;
    check_ok(ana_rdms_new(1, 5, &moved));
    for (size_t code = 0; code < 3125; code++) {
        const size_t order[5] = {code / 625, code / 125 % 5, code / 25 % 5, code / 5 % 5, code % 5};
        double values[4];
        size_t seen = 0;
        for (size_t i = 0; i < 5; i++) {
            seen |= (size_t)1 << order[i];
            for (size_t j = i + 1; j < 5; j++) {
                const size_t a = order[i] < order[j] ? order[i] : order[j];
                const size_t b = order[i] < order[j] ? order[j] : order[i];
                if (a != b) {
                    moved->values[ana_rdm_pair(5, i, j)] = model->values[ana_rdm_pair(5, a, b)];
                }
            }
        }
        if (seen == 31) { /* an order; the first is the data's own */
            check_ok(ana_rdm_compare(moved, subjects, NULL, &options, values));
            const double mean = (values[0] + values[1] + values[2] + values[3]) / 4.0;
            observed = n_above == 0.0 ? mean : observed;
            n_above += mean >= observed - 1e-12 ? 1.0 : 0.0;
        }
    }
    ana_rdms_free(moved);
    return n_above / 120.0;
}

static void permutations_are_all_orders_or_drawn_from_them(void **state)
{
    (void)state;
    static const ana_rdm_similarity similarities[] = {
        ANA_RDM_SIM_COSINE,          ANA_RDM_SIM_PEARSON,
        ANA_RDM_SIM_SPEARMAN,        ANA_RDM_SIM_RHO_A,
        ANA_RDM_SIM_WHITENED_COSINE, ANA_RDM_SIM_WHITENED_CORRELATION,
        ANA_RDM_SIM_TAU_A,           ANA_RDM_SIM_BURES};
    ana_random random = ana_random_stream(3, "five", 0);
    ana_rdms *model = NULL;
    ana_rdms *subjects = NULL;
    check_ok(ana_rdms_new(1, 5, &model));
    check_ok(ana_rdms_new(4, 5, &subjects));
    for (size_t k = 0; k < 40; k++) {
        model->values[k % 10] = k < 10 ? 2.0 + ana_random_uniform(&random) : model->values[k % 10];
        subjects->values[k] = 2.0 + model->values[k % 10] + ana_random_uniform(&random);
    }
    for (size_t k = 0; k < sizeof similarities / sizeof similarities[0]; k++) {
        const double exact = exact_p(subjects, model, similarities[k]);
        ana_rsa_options options = with(similarities[k], 120);
        ana_rsa *rsa = NULL;
        options.n_bootstraps = 0;
        check_ok(ana_rsa_compute(subjects, model, NULL, &options, &rsa));
        assert_int_equal(rsa->n_permutations, 120); /* every order */
        check_close(rsa->p_chance[0], exact, 1e-14, 0.0);
        ana_rsa_free(rsa);
        options.n_permutations = 119;
        check_ok(ana_rsa_compute(subjects, model, NULL, &options, &rsa));
        /* Four standard errors of a share of 119 draws, and the one that is counted in. */
        check_close(rsa->p_chance[0], exact, 4.0 * sqrt(exact * (1.0 - exact) / 119.0) + 1e-2, 0.0);
        ana_rsa_free(rsa);
    }
    ana_rdms_free(model);
    ana_rdms_free(subjects);
}

static void a_given_noise_of_one_is_none_and_threads_do_not_matter(void **state)
{
    (void)state;
    ana_rdms *models = draw_models(2);
    ana_rdms *subjects = draw_subjects(4, models, 1.0);
    double unit[N * N] = {0.0};
    for (size_t i = 0; i < N; i++) {
        unit[i * N + i] = 1.0;
    }
    for (int s = ANA_RDM_SIM_WHITENED_COSINE; s <= ANA_RDM_SIM_WHITENED_CORRELATION; s++) {
        ana_rsa_options options = with((ana_rdm_similarity)s, 199);
        ana_rsa *quick = NULL;
        ana_rsa *plain = NULL;
        ana_rsa *threads = NULL;
        options.run = run_of(1, 0);
        check_ok(ana_rsa_compute(subjects, models, NULL, &options, &quick));
        check_ok(ana_rsa_compute(subjects, models, unit, &options, &plain));
        options.run = run_of(3, 0);
        check_ok(ana_rsa_compute(subjects, models, NULL, &options, &threads));
        check_all_close(2, quick->p_chance, plain->p_chance, 0.0, 0.0);
        check_all_close(2, quick->p_chance_max, plain->p_chance_max, 0.0, 0.0);
        check_same_bits(2, threads->p_chance, quick->p_chance);
        check_same_bits(2, threads->low, quick->low);
        ana_rsa_free(quick);
        ana_rsa_free(plain);
        ana_rsa_free(threads);
    }
    ana_rdms_free(models);
    ana_rdms_free(subjects);
}

/* Of 60 sets of subjects that know nothing of the model, about one in twenty is below 0.05: at most
 * 9 with probability 0.998. */
static void chance_is_rarely_significant(void **state)
{
    (void)state;
    size_t n_below = 0;
    ana_rdms *models = draw_models(1);
    for (uint64_t trial = 0; trial < 60; trial++) {
        ana_random random = ana_random_stream(trial, "null", 0);
        ana_rdms *subjects = NULL;
        ana_rsa *rsa = NULL;
        const ana_rsa_options options = with(ANA_RDM_SIM_SPEARMAN, 99);
        check_ok(ana_rdms_new(3, N, &subjects));
        for (size_t k = 0; k < 3 * N_PAIRS; k++) {
            subjects->values[k] = ana_random_uniform(&random);
        }
        check_ok(ana_rsa_compute(subjects, models, NULL, &options, &rsa));
        n_below += rsa->p_chance[0] <= 0.05;
        ana_rsa_free(rsa);
        ana_rdms_free(subjects);
    }
    assert_true(n_below <= 9);
    ana_rdms_free(models);
}

static void one_subject_and_flat_models_leave_gaps(void **state)
{
    (void)state;
    ana_rdms *models = draw_models(2);
    ana_rdms *subjects = draw_subjects(1, models, 0.5);
    const ana_rsa_options options = with(ANA_RDM_SIM_PEARSON, 99);
    ana_rsa *rsa = NULL;
    ana_record *record = NULL;
    check_ok(ana_rsa_compute(subjects, models, NULL, &options, &rsa));
    assert_true(isnan(rsa->ceiling_low) && isnan(rsa->p_zero[0]) && isnan(rsa->low[0]));
    assert_true(rsa->p_chance[0] < 0.2 && isfinite(rsa->mean[0]));
    check_ok(ana_rsa_to_record(rsa, &record));
    check_ok(ana_record_check(record));
    ana_record_free(record);
    ana_rsa_free(rsa);
    for (size_t k = 0; k < N_PAIRS; k++) {
        models->values[k] = 2.0;
    }
    check_ok(ana_rsa_compute(subjects, models, NULL, &options, &rsa));
    assert_true(isnan(rsa->mean[0]) && isfinite(rsa->mean[1]) && isnan(rsa->p_chance[1]));
    check_ok(ana_rsa_to_record(rsa, &record));
    check_ok(ana_record_check(record));
    ana_record_free(record);
    ana_rsa_free(rsa);
    models->n_rdms = 0;
    check_fails(ana_rsa_compute(subjects, models, NULL, &options, &rsa), ANA_ERR_VALUE, "0 models");
    models->n_rdms = 2;
    ana_rsa_options wrong = options;
    wrong.level = 2.0;
    check_fails(ana_rsa_compute(subjects, models, NULL, &wrong, &rsa), ANA_ERR_VALUE, "level");
    ana_rdms_free(models);
    ana_rdms_free(subjects);
}

/* Pairs that all lack: conditions change places with them. */
static void missing_pairs_are_permuted(void **state)
{
    (void)state;
    ana_rdms *models = draw_models(2);
    ana_rdms *subjects = draw_subjects(4, models, 0.3);
    for (size_t r = 0; r < 4; r++) {
        subjects->values[r * N_PAIRS + 5] = (double)NAN;
        models->values[r / 2 * N_PAIRS + 5] = (double)NAN;
    }
    for (int s = ANA_RDM_SIM_COSINE; s <= ANA_RDM_SIM_WHITENED_CORRELATION; s++) {
        const ana_rsa_options options = with((ana_rdm_similarity)s, 99);
        ana_rsa *rsa = NULL;
        check_ok(ana_rsa_compute(subjects, models, NULL, &options, &rsa));
        assert_true(rsa->p_chance[0] < 0.05 && isfinite(rsa->low[1]));
        ana_rsa_free(rsa);
    }
    ana_rdms_free(models);
    ana_rdms_free(subjects);
}

/* All flips of four signs; of 17 values as many as there are permutations. */
static void tests_by_ranks_and_flips(void **state)
{
    (void)state;
    const double values[] = {0.3, 0.5, -0.1, 0.4};
    double many[17];
    double p = 0.0;
    ana_rsa_options options = with(ANA_RDM_SIM_PEARSON, 999);
    options.test = ANA_RSA_SIGN_FLIP;
    check_ok(ana_rsa_test_values(4, values, &options, false, 0, &p));
    check_close(p, 2.0 / 16.0, 1e-15, 0.0); /* itself, and with all above 0 */
    check_ok(ana_rsa_test_values(4, values, &options, true, 0, &p));
    check_close(p, 4.0 / 16.0, 1e-15, 0.0);
    options.test = ANA_RSA_SIGNED_RANK;
    check_ok(ana_rsa_test_values(4, values, &options, false, 0, &p));
    check_close(p, 2.0 / 16.0, 1e-15, 0.0); /* only the smallest below 0, or none */
    for (size_t i = 0; i < 17; i++) {
        many[i] = i < 15 ? 1.0 + 0.1 * (double)i : -0.5;
    }
    options.test = ANA_RSA_SIGN_FLIP;
    check_ok(ana_rsa_test_values(17, many, &options, false, 0, &p));
    assert_true(p >= 1.0 / 1000.0 && p <= 5.0 / 1000.0);
    options.test = ANA_RSA_T;
    check_ok(ana_rsa_test_values(1, values, &options, false, 0, &p));
    assert_true(isnan(p));
    const double same[] = {0.5, 0.5, 0.5};
    check_ok(ana_rsa_test_values(3, same, &options, false, 0, &p));
    check_close(p, 0.0, 0.0, 0.0);
}

/* 25! is beyond any count; so many are drawn. */
static void orders_of_many_conditions_are_drawn(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(9, "many", 0);
    ana_rdms *both = NULL;
    check_ok(ana_rdms_new(2, 25, &both));
    for (size_t k = 0; k < 300; k++) {
        both->values[k] = 1.0 + ana_random_uniform(&random);
        both->values[300 + k] = both->values[k] + ana_random_uniform(&random);
    }
    for (int s = ANA_RDM_SIM_SPEARMAN; s <= ANA_RDM_SIM_TAU_A; s++) {
        const ana_rsa_options options = with((ana_rdm_similarity)s, 99);
        ana_rsa *rsa = NULL;
        check_ok(ana_rsa_compute(both, both, NULL, &options, &rsa));
        assert_int_equal(rsa->n_permutations, 99);
        check_close(rsa->p_chance[0], 0.01, 1e-15, 0.0);
        ana_rsa_free(rsa);
    }
    ana_rdms_free(both);
}

static void records_show_bars_ceiling_and_differences(void **state)
{
    (void)state;
    ana_rdms *models = draw_models(3);
    ana_rdms *subjects = draw_subjects(8, models, 0.3);
    const ana_rsa_options options = with(ANA_RDM_SIM_RHO_A, 99);
    ana_rsa *rsa = NULL;
    ana_record *record = NULL;
    check_ok(ana_rsa_compute(subjects, models, NULL, &options, &rsa));
    check_ok(ana_rsa_to_record(rsa, &record));
    check_ok(ana_record_check(record));
    assert_non_null(ana_record_find(record, "similarity/band"));
    assert_non_null(ana_record_find(record, "differences/values"));
    const char *best = NULL;
    check_ok(ana_record_get_text(record, "best", &best));
    assert_string_equal(best, "0");
    ana_record_free(record);
    ana_rsa_free(rsa);
    ana_rdms_free(models);
    ana_rdms_free(subjects);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    ana_rdms *models = draw_models(2);
    ana_rdms *subjects = draw_subjects(3, models, 0.3);
    ana_rsa_options options = with(ANA_RDM_SIM_WHITENED_COSINE, 5);
    ana_rsa *rsa = NULL;
    ana_record *record = NULL;
    double pool[N_PAIRS];
    options.n_bootstraps = 20;
    options.run.n_threads = 1;
    ALLOCATION_TEST(ana_rsa_compute, (subjects, models, NULL, &options, &rsa), ana_rsa_free(rsa));
    check_ok(ana_rsa_compute(subjects, models, NULL, &options, &rsa));
    ALLOCATION_TEST(ana_rsa_to_record, (rsa, &record), ana_record_free(record));
    ALLOCATION_TEST(ana_rdm_pool, (subjects, ANA_RDM_SIM_SPEARMAN, 1, pool), (void)0);
    ana_rsa_free(rsa);
    ana_rdms_free(models);
    ana_rdms_free(subjects);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_model_of_the_subjects_is_found),
        cmocka_unit_test(a_distance_is_best_when_it_is_least),
        cmocka_unit_test(means_tests_and_ceilings_by_hand),
        cmocka_unit_test(permutations_are_all_orders_or_drawn_from_them),
        cmocka_unit_test(a_given_noise_of_one_is_none_and_threads_do_not_matter),
        cmocka_unit_test(chance_is_rarely_significant),
        cmocka_unit_test(one_subject_and_flat_models_leave_gaps),
        cmocka_unit_test(missing_pairs_are_permuted),
        cmocka_unit_test(tests_by_ranks_and_flips),
        cmocka_unit_test(orders_of_many_conditions_are_drawn),
        cmocka_unit_test(records_show_bars_ceiling_and_differences),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
