#include "rsa_fit.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/linalg.h>
#include <analysis/models/rsa.h>
#include <analysis/models/rsa_flexible.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 18,
    N_PAIRS = N * (N - 1) / 2,
    S = 6,
    M = 3
};

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

/* A sum of the models with these weights, in noise. */
static ana_rdms *draw_subjects(const ana_rdms *models, const double *weights, double noise)
{
    ana_random random = ana_random_stream(2, "subjects", 0);
    ana_rdms *subjects = NULL;
    check_ok(ana_rdms_new(S, N, &subjects));
    for (size_t k = 0; k < (size_t)S * N_PAIRS; k++) {
        double value = noise * ana_random_normal(&random);
        for (size_t m = 0; m < models->n_rdms; m++) {
            value += weights[m] * models->values[m * N_PAIRS + k % N_PAIRS];
        }
        subjects->values[k] = 3.0 + value;
    }
    return subjects;
}

static ana_rsa_flexible_options with(ana_rdm_similarity similarity)
{
    ana_rsa_flexible_options options = ana_rsa_flexible_options_default();
    options.compare.similarity = similarity;
    return options;
}

static double mean_similarity(const ana_rdms *subjects, const ana_rdms *models,
                              const double *weights, const ana_rdm_compare_options *options)
{
    ana_rdms *sum = NULL;
    double values[S];
    check_ok(ana_rdms_new(1, N, &sum));
    for (size_t k = 0; k < models->n_rdms * N_PAIRS; k++) {
        sum->values[k % N_PAIRS] += weights[k / N_PAIRS] * models->values[k];
    }
    check_ok(ana_rdm_compare(sum, subjects, NULL, options, values));
    ana_rdms_free(sum);
    return ana_stats_mean(S, values);
}

/* No step of the weights (that keeps what must be above 0 there) does better. */
static void no_other_weights_match_better(void **state)
{
    (void)state;
    static const ana_rdm_similarity similarities[] = {ANA_RDM_SIM_COSINE, ANA_RDM_SIM_PEARSON,
                                                      ANA_RDM_SIM_WHITENED_COSINE,
                                                      ANA_RDM_SIM_WHITENED_CORRELATION};
    static const ana_rsa_flexibility kinds[] = {ANA_RSA_WEIGHTED, ANA_RSA_NON_NEGATIVE,
                                                ANA_RSA_INTERPOLATED};
    const double truth[M] = {1.0, -0.6, 0.8};
    ana_rdms *models = draw_models(M);
    ana_rdms *subjects = draw_subjects(models, truth, 0.3);
    ana_random random = ana_random_stream(3, "steps", 0);
    for (size_t c = 0; c < 12; c++) {
        const ana_rsa_flexible_options options = with(similarities[c % 4]);
        const ana_rsa_flexibility kind = kinds[c / 4];
        double weights[M];
        check_ok(ana_rsa_fit_weights(subjects, models, NULL, &options, kind, weights));
        const double best = mean_similarity(subjects, models, weights, &options.compare);
        for (size_t trial = 0; trial < 200; trial++) {
            const double reach = trial % 2 == 0 ? 1e-3 : 1.0;
            const size_t pair = trial % 4 < 2 ? 0 : 1;
            double other[M];
            for (size_t m = 0; m < M; m++) {
                const double step = weights[m] + reach * ana_random_normal(&random);
                const bool out = kind == ANA_RSA_INTERPOLATED && (m < pair || m > pair + 1);
                other[m] = out ? 0.0 : kind == ANA_RSA_WEIGHTED ? step : fmax(0.0, step);
            }
            const double value = mean_similarity(subjects, models, other, &options.compare);
            assert_true(isnan(value) || value <= best + 1e-12);
        }
    }
    ana_rdms_free(models);
    ana_rdms_free(subjects);
}

/* x >= 0, no gradient above 0 (relative), none where x > 0: what only the solution has. */
static void non_negative_weights_hold_their_conditions(void **state)
{
    (void)state;
    for (uint64_t trial = 0; trial < 300; trial++) {
        ana_random random = ana_random_stream(trial, "nnls", 0);
        const size_t n = 1 + (size_t)ana_random_below(&random, 8);
        const size_t rows = trial % 3 == 0 ? n / 2 + 1 : 2 * n; /* of less rank than n, or not */
        const double units = pow(10.0, (double)(trial % 13) - 6.0);
        double x[16 * 8];
        double a[64];
        double c[8];
        double weights[8];
        double largest = 0.0;
        for (size_t k = 0; k < rows * n; k++) {
            x[k] = ana_random_normal(&random);
        }
        check_ok(ana_linalg_gram(rows, n, x, a));
        for (size_t i = 0; i < n; i++) { /* length 1 */
            c[i] = 1.0 / sqrt(a[i * n + i]);
        }
        for (size_t k = 0; k < n * n; k++) {
            a[k] *= c[k / n] * c[k % n];
        }
        for (size_t i = 0; i < n; i++) { /* of a target within the models' reach and noise */
            double product = 0.0;
            for (size_t r = 0; r < rows; r++) {
                product += x[r * n + i] * c[i] * sin((double)(r + trial));
            }
            c[i] = product;
        }
        for (size_t i = 0; i < n; i++) {
            c[i] *= units;
            largest = fmax(largest, fabs(c[i]));
        }
        check_ok(ana_rsa_solve_non_negative(n, a, c, weights));
        for (size_t i = 0; i < n; i++) {
            double gradient = c[i];
            for (size_t j = 0; j < n; j++) {
                gradient -= a[i * n + j] * weights[j];
            }
            assert_true(weights[i] >= 0.0);
            assert_true(gradient <= 1e-9 * largest);
            assert_true(weights[i] == 0.0 || fabs(gradient) <= 1e-9 * largest);
        }
    }
}

static void true_weights_are_found_and_do_better_where_they_were_not_fitted(void **state)
{
    (void)state;
    const double truth[M] = {1.0, 0.0, 1.0};
    ana_rdms *models = draw_models(M);
    ana_rdms *subjects = draw_subjects(models, truth, 0.1);
    const ana_rsa_flexible_options options = with(ANA_RDM_SIM_PEARSON);
    ana_rsa_flexible *f = NULL;
    ana_record *record = NULL;
    check_ok(ana_rsa_flexible_compute(subjects, models, NULL, &options, &f));
    assert_int_equal(f->n_subject_folds, 3);
    assert_int_equal(f->n_condition_folds, 3);
    assert_int_equal(f->n_void, 0);
    check_close(f->weights[M], sqrt(0.5), 0.05, 0.0); /* weighted */
    check_close(f->weights[M + 1], 0.0, 0.05, 0.0);
    check_close(f->weights[2 * M + 2], sqrt(0.5), 0.05, 0.0); /* non-negative */
    assert_true(f->mean[M + 1] > f->mean[0] && f->mean[M + 1] > f->mean[M]);
    assert_true(f->ceiling_low <= f->ceiling_high && f->mean[M + 1] < f->ceiling_high + 0.02);
    check_ok(ana_rsa_flexible_to_record(f, &record));
    check_ok(ana_record_check(record));
    assert_non_null(ana_record_find(record, "weights/values"));
    assert_non_null(ana_record_find(record, "similarity/band"));
    const char *best = NULL;
    check_ok(ana_record_get_text(record, "best", &best));
    assert_true(strcmp(best, "weighted") == 0 || strcmp(best, "non-negative") == 0);
    ana_record_free(record);
    ana_rsa_flexible_free(f);
    ana_rdms_free(models);
    ana_rdms_free(subjects);
}

/* Matrix r of `from` in these conditions. */
static void take(const ana_rdms *from, size_t r, size_t n, const size_t *conditions, double *out)
{
    for (size_t a = 0; a < n; a++) {
        for (size_t b = a + 1; b < n; b++) {
            *out++ = from->values[r * N_PAIRS + ana_rdm_pair(N, conditions[a], conditions[b])];
        }
    }
}

/* One test fold, done by hand: the model that matches best in training, on the test. */
static void a_fold_by_hand(void **state)
{
    (void)state;
    const double truth[M] = {0.2, 0.0, 0.3};
    const size_t subject_folds[S] = {0, 0, 0, 1, 1, 1};
    size_t condition_folds[N];
    size_t train[N / 2];
    size_t test[N / 2];
    double own[N_PAIRS];
    double model[N_PAIRS];
    ana_rdms *models = draw_models(M);
    ana_rdms *subjects = draw_subjects(models, truth, 0.3);
    ana_rsa_flexible_options options = with(ANA_RDM_SIM_SPEARMAN);
    ana_rsa_flexible *f = NULL;
    for (size_t i = 0; i < N; i++) {
        condition_folds[i] = i % 2;
        (i % 2 == 0 ? test : train)[i / 2] = i;
    }
    options.kind = ANA_RSA_SELECT;
    options.n_subject_folds = 2;
    options.n_condition_folds = 2;
    options.subject_folds = subject_folds;
    options.condition_folds = condition_folds;
    check_ok(ana_rsa_flexible_compute(subjects, models, NULL, &options, &f));
    const size_t n_pairs = ana_rdm_n_pairs(N / 2);
    double trained[M] = {0.0};
    double tested[M] = {0.0};
    for (size_t m = 0; m < M; m++) { /* the first fold tests subjects 0 to 2, even conditions */
        for (size_t s = 0; s < S; s++) {
            const bool testing = s < 3;
            double value = 0.0;
            take(subjects, s, N / 2, testing ? test : train, own);
            take(models, m, N / 2, testing ? test : train, model);
            check_ok(ana_stats_spearman(n_pairs, own, model, &value));
            *(testing ? &tested[m] : &trained[m]) += value / 3.0;
        }
        check_close(f->values[m * 4], tested[m], 1e-13, 0.0);
    }
    const size_t best = trained[0] > trained[1] ? (trained[0] > trained[2] ? 0 : 2)
                                                : (trained[1] > trained[2] ? 1 : 2);
    check_close(f->values[(size_t)M * 4], tested[best], 1e-13, 0.0);
    check_close(f->fold_weights[best], 1.0, 0.0, 0.0);
    ana_rsa_flexible_free(f);
    ana_rdms_free(models);
    ana_rdms_free(subjects);
}

static void models_that_add_up_and_flat_ones_have_weights(void **state)
{
    (void)state;
    const double truth[4] = {1.0, 0.5, 0.0, 0.0};
    ana_rdms *models = draw_models(4);
    for (size_t k = 0; k < N_PAIRS; k++) {
        models->values[2 * N_PAIRS + k] = 2.0 * models->values[k]; /* the first again */
        models->values[3 * N_PAIRS + k] = 7.0;
    }
    ana_rdms *subjects = draw_subjects(models, truth, 0.1);
    for (int kind = ANA_RSA_SELECT; kind < ANA_RSA_ALL_KINDS; kind++) {
        const ana_rsa_flexible_options options = with(ANA_RDM_SIM_PEARSON);
        double weights[4];
        check_ok(ana_rsa_fit_weights(subjects, models, NULL, &options, (ana_rsa_flexibility)kind,
                                     weights));
        check_close(weights[3], 0.0, 0.0, 0.0);
        if (kind == ANA_RSA_WEIGHTED) { /* equal parts, so half the weight on the double */
            check_close(weights[2], 0.5 * weights[0], 1e-10, 0.0);
        }
        assert_true(mean_similarity(subjects, models, weights, &options.compare) > 0.8);
    }
    models->n_rdms = 1;
    const ana_rsa_flexible_options options = with(ANA_RDM_SIM_PEARSON);
    double one = 0.0;
    check_ok(ana_rsa_fit_weights(subjects, models, NULL, &options, ANA_RSA_INTERPOLATED, &one));
    check_close(one, 1.0, 0.0, 0.0);
    models->n_rdms = 4;
    ana_rdms_free(models);
    ana_rdms_free(subjects);
}

static void a_ridge_draws_weights_together(void **state)
{
    (void)state;
    const double truth[M] = {1.0, 0.3, 0.0};
    ana_rdms *models = draw_models(M);
    ana_rdms *subjects = draw_subjects(models, truth, 0.1);
    ana_rsa_flexible_options options = with(ANA_RDM_SIM_COSINE);
    double plain[M];
    double drawn[M];
    check_ok(ana_rsa_fit_weights(subjects, models, NULL, &options, ANA_RSA_WEIGHTED, plain));
    options.ridge = 100.0;
    check_ok(ana_rsa_fit_weights(subjects, models, NULL, &options, ANA_RSA_WEIGHTED, drawn));
    assert_true(fabs(drawn[0] - drawn[2]) < 0.2 * fabs(plain[0] - plain[2]));
    ana_rdms_free(models);
    ana_rdms_free(subjects);
}

static void samples_are_folded_twice_and_threads_do_not_matter(void **state)
{
    (void)state;
    const double truth[M] = {1.0, 0.0, 1.0};
    const size_t groups[S] = {0, 0, 1, 2, 3, 4};
    ana_rdms *models = draw_models(M);
    ana_rdms *subjects = draw_subjects(models, truth, 0.5);
    for (int over = ANA_RSA_SUBJECTS; over <= ANA_RSA_DUAL; over++) {
        ana_rsa_flexible_options options = with(ANA_RDM_SIM_PEARSON);
        ana_rsa_flexible *one = NULL;
        ana_rsa_flexible *two = NULL;
        options.over = (ana_rsa_resampled)over;
        options.n_samples = 12;
        options.kind = ANA_RSA_NON_NEGATIVE;
        options.groups = groups;
        options.run = run_of(1, 0);
        check_ok(ana_rsa_flexible_compute(subjects, models, NULL, &options, &one));
        options.run = run_of(3, 0);
        check_ok(ana_rsa_flexible_compute(subjects, models, NULL, &options, &two));
        const size_t q = M + 3;
        const ana_rsa_bootstrap *b = one->bootstrap;
        check_same_bits(q * q, two->bootstrap->variance, b->variance);
        check_same_bits(b->n_factors * 12 * q, two->bootstrap->values, b->values);
        for (size_t k = 0; k < q; k++) {
            assert_true(b->variance[k * q + k] >= 0.0 && b->low[k] <= b->high[k]);
        }
        assert_true(one->p_between[1] >= 0.0 && one->p_between[1] <= 1.0);
        ana_rsa_flexible_free(one);
        ana_rsa_flexible_free(two);
    }
    ana_rdms_free(models);
    ana_rdms_free(subjects);
}

static double variance_of_column(const ana_rsa_bootstrap *b, size_t k)
{
    double column[40];
    for (size_t i = 0; i < b->n_samples; i++) {
        column[i] = b->values[i * (b->n_models + 2) + k];
    }
    return ana_stats_variance(b->n_samples, column, 1);
}

/* Where each subject is tested once, folds do not matter, and the variance is that of the samples;
 * else what the choice of folds adds is taken from it, and one set has more of it than the mean of
 * two. */
static void what_the_choice_of_folds_adds_is_taken_away(void **state)
{
    (void)state;
    const double truth[M] = {1.0, 0.0, 1.0};
    ana_rdms *models = draw_models(M);
    ana_rdms *subjects = draw_subjects(models, truth, 0.5);
    ana_rsa_flexible_options options = with(ANA_RDM_SIM_PEARSON);
    ana_rsa_flexible *f = NULL;
    options.over = ANA_RSA_CONDITIONS;
    options.n_samples = 40;
    options.kind = ANA_RSA_WEIGHTED;
    options.n_subject_folds = S;
    options.n_condition_folds = 1;
    check_ok(ana_rsa_flexible_compute(subjects, models, NULL, &options, &f));
    const size_t q = M + 3;
    for (size_t k = 0; k < q; k++) {
        check_close(f->bootstrap->covariance[k * q + k], variance_of_column(f->bootstrap, k), 1e-14,
                    1e-8);
    }
    ana_rsa_flexible_free(f);
    options.n_subject_folds = 2;
    options.n_condition_folds = 2;
    check_ok(ana_rsa_flexible_compute(subjects, models, NULL, &options, &f));
    for (size_t k = 0; k < q; k++) {
        assert_true(f->bootstrap->covariance[k * q + k] <
                    0.999 * variance_of_column(f->bootstrap, k));
    }
    ana_rsa_flexible_free(f);
    ana_rdms_free(models);
    ana_rdms_free(subjects);
}

static void count_warning(void *user, const char *sentence)
{
    size_t *n = user;
    *n += strstr(sentence, "samples are void") != NULL ? 1 : 0;
}

/* Of six conditions in two folds, a sample rarely has three different ones in each; a flat model
 * makes no sample void. */
static void samples_without_folds_are_counted(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(5, "six", 0);
    ana_rdms *both = NULL;
    size_t n_warnings = 0;
    ana_rsa_flexible_options options = with(ANA_RDM_SIM_PEARSON);
    ana_rsa_flexible *f = NULL;
    check_ok(ana_rdms_new(3, 6, &both));
    for (size_t k = 0; k < 45; k++) {
        both->values[k] = k < 15 ? 1.0 : 1.0 + ana_random_uniform(&random);
    }
    options.n_condition_folds = 2;
    options.n_subject_folds = 1;
    options.n_samples = 60;
    options.over = ANA_RSA_CONDITIONS;
    options.run.warn = count_warning;
    options.run.user = &n_warnings;
    check_ok(ana_rsa_flexible_compute(both, both, NULL, &options, &f));
    assert_true(f->bootstrap->n_void > 40);
    assert_int_equal(n_warnings, 1);
    ana_rsa_flexible_free(f);
    options.over = ANA_RSA_SUBJECTS;
    check_ok(ana_rsa_flexible_compute(both, both, NULL, &options, &f));
    assert_true(f->bootstrap->n_void < 12); /* one in 27 holds the flat subject alone */
    assert_true(isnan(f->mean[0]) && isfinite(f->mean[1]));
    ana_rsa_flexible_free(f);
    ana_rdms_free(both);
}

static void folds_follow_their_number(void **state)
{
    (void)state;
    static const size_t subjects[][2] = {{1, 1}, {2, 2}, {5, 2}, {6, 3}, {11, 3}, {12, 4}, {20, 5}};
    static const size_t conditions[][2] = {{5, 1},  {6, 2},  {11, 2}, {12, 3},
                                           {23, 3}, {24, 4}, {39, 4}, {40, 5}};
    for (size_t k = 0; k < 7; k++) {
        assert_int_equal(ana_rsa_default_folds_of_subjects(subjects[k][0]), subjects[k][1]);
    }
    for (size_t k = 0; k < 8; k++) {
        assert_int_equal(ana_rsa_default_folds_of_conditions(conditions[k][0]), conditions[k][1]);
    }
}

static void what_has_no_folds_is_refused(void **state)
{
    (void)state;
    const double truth[M] = {1.0, 0.0, 1.0};
    double unit[N * N] = {0.0};
    double weights[M];
    ana_rdms *models = draw_models(M);
    ana_rdms *subjects = draw_subjects(models, truth, 0.5);
    ana_rsa_flexible_options options = with(ANA_RDM_SIM_WHITENED_COSINE);
    ana_rsa_flexible *f = NULL;
    for (size_t i = 0; i < N; i++) {
        unit[i * N + i] = 1.0;
    }
    options.n_subject_folds = 7;
    check_fails(ana_rsa_flexible_compute(subjects, models, NULL, &options, &f), ANA_ERR_VALUE,
                "7 folds of 6 subjects");
    options.n_subject_folds = 1;
    options.n_condition_folds = 7;
    check_fails(ana_rsa_flexible_compute(subjects, models, NULL, &options, &f), ANA_ERR_VALUE,
                "7 of 18 conditions");
    options.n_condition_folds = 1;
    check_fails(ana_rsa_flexible_compute(subjects, models, NULL, &options, &f), ANA_ERR_VALUE,
                "no folds");
    options.n_condition_folds = 2;
    options.n_samples = 4;
    options.over = ANA_RSA_BOTH;
    check_fails(ana_rsa_flexible_compute(subjects, models, unit, &options, &f), ANA_ERR_UNSUPPORTED,
                "draw subjects alone");
    options.over = ANA_RSA_SUBJECTS;
    check_ok(ana_rsa_flexible_compute(subjects, models, unit, &options, &f));
    assert_true(isnan(f->ceiling_low) && isfinite(f->ceiling_high));
    ana_rsa_flexible_free(f);
    check_fails(ana_rsa_fit_weights(subjects, models, NULL, &options, ANA_RSA_ALL_KINDS, weights),
                ANA_ERR_VALUE, "one kind");
    options.ridge = -1.0;
    check_fails(ana_rsa_fit_weights(subjects, models, NULL, &options, ANA_RSA_WEIGHTED, weights),
                ANA_ERR_VALUE, "ridge");
    ana_rdms_free(models);
    ana_rdms_free(subjects);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    const double truth[2] = {1.0, 0.5};
    ana_rdms *models = draw_models(2);
    ana_rdms *subjects = draw_subjects(models, truth, 0.5);
    ana_rsa_flexible_options options = with(ANA_RDM_SIM_WHITENED_COSINE);
    ana_rsa_flexible *f = NULL;
    ana_record *record = NULL;
    double weights[2];
    subjects->n_rdms = 2;
    options.to_pool = true;
    options.n_condition_folds = 2;
    options.run.n_threads = 1;
    ALLOCATION_TEST(ana_rsa_fit_weights,
                    (subjects, models, NULL, &options, ANA_RSA_NON_NEGATIVE, weights), (void)0);
    options.kind = ANA_RSA_WEIGHTED;
    options.n_subject_folds = 1;
    options.n_samples = 2;
    options.over = ANA_RSA_CONDITIONS;
    ALLOCATION_TEST(ana_rsa_flexible_compute, (subjects, models, NULL, &options, &f),
                    ana_rsa_flexible_free(f));
    check_ok(ana_rsa_flexible_compute(subjects, models, NULL, &options, &f));
    ALLOCATION_TEST(ana_rsa_flexible_to_record, (f, &record), ana_record_free(record));
    ana_rsa_flexible_free(f);
    subjects->n_rdms = S;
    ana_rdms_free(models);
    ana_rdms_free(subjects);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_other_weights_match_better),
        cmocka_unit_test(non_negative_weights_hold_their_conditions),
        cmocka_unit_test(true_weights_are_found_and_do_better_where_they_were_not_fitted),
        cmocka_unit_test(a_fold_by_hand),
        cmocka_unit_test(models_that_add_up_and_flat_ones_have_weights),
        cmocka_unit_test(a_ridge_draws_weights_together),
        cmocka_unit_test(samples_are_folded_twice_and_threads_do_not_matter),
        cmocka_unit_test(what_the_choice_of_folds_adds_is_taken_away),
        cmocka_unit_test(samples_without_folds_are_counted),
        cmocka_unit_test(folds_follow_their_number),
        cmocka_unit_test(what_has_no_folds_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
