/* Decoding dissimilarities: against the classifiers written out, and where they are chance. */
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/trials.h"

#include <analysis/linalg.h>
#include <analysis/models/rdm.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 4,
    P = 6,
    FOLDS = 3,
    REPEATS = 4,
    FOLD_TRIALS = N * REPEATS,
    T = FOLD_TRIALS * FOLDS
};

/* Trials of N conditions in folds, their means `apart` from each other. */
static ana_observations *draw(double apart, uint64_t seed)
{
    ana_random random = ana_random_stream(seed, "test.rdm_decoding", 0);
    ana_observations *rows = NULL;
    const size_t lengths[FOLDS] = {FOLD_TRIALS, FOLD_TRIALS, FOLD_TRIALS};
    check_ok(ana_observations_new(T, P, &rows));
    check_ok(ana_observations_set_sequences(rows, FOLDS, lengths, NULL));
    rows->labels = calloc(T, sizeof *rows->labels);
    rows->label_names = calloc(N, sizeof *rows->label_names);
    assert_non_null(rows->labels);
    assert_non_null(rows->label_names);
    rows->n_labels = N;
    for (size_t c = 0; c < N; c++) {
        rows->label_names[c] = strdup(c == 0 ? "a" : c == 1 ? "b" : c == 2 ? "c" : "d");
    }
    for (size_t t = 0; t < T; t++) {
        rows->labels[t] = (int64_t)(t % N);
        for (size_t j = 0; j < P; j++) {
            rows->values[t * P + j] =
                ana_random_normal(&random) + (j == t % N ? apart : 0.0) + 10.0;
        }
    }
    return rows;
}

static ana_rdms *compute(const ana_observations *rows, const ana_noise *noise, int method)
{
    ana_rdm_options options = ana_rdm_options_default();
    ana_rdms *rdms = NULL;
    options.method = (ana_rdm_method)method;
    check_ok(ana_rdm_compute(rows, noise, &options, "x", &rdms));
    return rdms;
}

/* Of condition c, the mean over all folds but one. */
static void mean_elsewhere(const ana_observations *rows, size_t fold, size_t c, double mean[P])
{
    memset(mean, 0, P * sizeof *mean);
    for (size_t t = 0; t < T; t++) {
        for (size_t k = 0; t / FOLD_TRIALS != fold && t % N == c && k < P; k++) {
            mean[k] += rows->values[t * P + k] / ((FOLDS - 1) * REPEATS);
        }
    }
}

static double square(const double *x, const double mean[P], const double *precision)
{
    double sum = 0.0;
    for (size_t e = 0; e < (size_t)P * P; e++) {
        sum += (x[e / P] - mean[e / P]) * precision[e] * (x[e % P] - mean[e % P]);
    }
    return sum;
}

/* The nearer mean of the other folds, by distances in the metric P = C^-1. */
static double by_means(const ana_observations *rows, const double *precision, const size_t pair[2])
{
    double n_right = 0.0;
    for (size_t t = 0; t < T; t++) {
        double squares[2];
        for (size_t c = 0; c < 2; c++) {
            double mean[P];
            mean_elsewhere(rows, t / FOLD_TRIALS, pair[c], mean);
            squares[c] = square(rows->values + t * P, mean, precision);
        }
        n_right += t % N == pair[0] && squares[0] < squares[1] ? 1.0 : 0.0;
        n_right += t % N == pair[1] && squares[1] < squares[0] ? 1.0 : 0.0;
    }
    return n_right / (2 * FOLDS * REPEATS);
}

static void discriminants_are_those_written_out(void **state)
{
    (void)state;
    ana_observations *rows = draw(1.5, 1);
    double covariance[P * P];
    double precision[P * P];
    ana_noise *noise = NULL;
    ana_noise_options options = ana_noise_options_default();
    options.estimator = ANA_NOISE_FULL;
    check_ok(ana_noise_of_observations(rows, &options, &noise));
    ana_rdms *rdms = compute(rows, noise, ANA_RDM_LDA);
    check_ok(ana_noise_covariance(noise, covariance));
    check_ok(ana_linalg_inverse_spd(P, covariance, precision));
    for (size_t i = 0; i < N; i++) {
        for (size_t j = i + 1; j < N; j++) {
            check_close(rdms->values[ana_rdm_pair(N, i, j)],
                        by_means(rows, precision, (const size_t[]){i, j}), 1e-12, 0.0);
            check_close(rdms->n_folds[ana_rdm_pair(N, i, j)], FOLDS, 0.0, 0.0);
        }
    }
    ana_rdms_free(rdms);
    ana_noise_free(noise);
    ana_observations_free(rows);
}

static void conditions_far_apart_are_never_mistaken_and_equal_ones_by_chance(void **state)
{
    (void)state;
    static const int methods[] = {ANA_RDM_LDA, ANA_RDM_MAX_MARGIN};
    for (size_t m = 0; m < 2; m++) {
        ana_observations *rows = draw(50.0, 2);
        ana_rdms *rdms = compute(rows, NULL, methods[m]);
        for (size_t k = 0; k < ana_rdm_n_pairs(N); k++) {
            check_close(rdms->values[k], 1.0, 0.0, 0.0);
        }
        ana_rdms_free(rdms);
        ana_observations_free(rows);
        double mean = 0.0;
        for (uint64_t seed = 3; seed < 13; seed++) {
            rows = draw(0.0, seed);
            rdms = compute(rows, NULL, methods[m]);
            for (size_t k = 0; k < ana_rdm_n_pairs(N); k++) {
                mean += rdms->values[k] / (10.0 * (double)ana_rdm_n_pairs(N));
            }
            ana_rdms_free(rdms);
            ana_observations_free(rows);
        }
        check_close(mean, 0.5, 0.05, 0.0); /* 240 trials a draw, ten draws: an error of .01 */
    }
}

static void a_fold_without_a_condition_does_not_count_for_its_pairs(void **state)
{
    (void)state;
    ana_observations *rows = draw(50.0, 4);
    for (size_t t = 0; t < (size_t)N * REPEATS; t++) { /* "a" is missing in the first fold */
        rows->labels[t] = rows->labels[t] == 0 ? -1 : rows->labels[t];
    }
    ana_rdms *rdms = compute(rows, NULL, ANA_RDM_MAX_MARGIN);
    check_close(rdms->n_folds[ana_rdm_pair(N, 0, 2)], FOLDS - 1, 0.0, 0.0);
    check_close(rdms->n_folds[ana_rdm_pair(N, 1, 2)], FOLDS, 0.0, 0.0);
    check_close(rdms->values[ana_rdm_pair(N, 0, 2)], 1.0, 0.0, 0.0);
    ana_rdms_free(rdms);
    ana_observations_free(rows);
}

static void what_cannot_be_decoded_is_refused(void **state)
{
    (void)state;
    ana_observations *rows = draw(1.0, 5);
    ana_rdm_options options = ana_rdm_options_default();
    ana_rdms *rdms = NULL;
    options.method = ANA_RDM_LDA;
    options.pooling = ANA_RDM_TRIALS;
    check_fails(ana_rdm_compute(rows, NULL, &options, "x", &rdms), ANA_ERR_VALUE, "pooling");
    options.pooling = ANA_RDM_FOLDS;
    rows->values[7 * P + 2] = NAN;
    check_fails(ana_rdm_compute(rows, NULL, &options, "x", &rdms), ANA_ERR_VALUE,
                "row 7 lacks channel 2; lda takes whole trials");
    rows->n_sequences = 1;
    rows->sequence_start[1] = T;
    check_fails(ana_rdm_compute(rows, NULL, &options, "x", &rdms), ANA_ERR_VALUE,
                "lda compares folds");
    rows->n_sequences = FOLDS;
    rows->sequence_start[1] = FOLD_TRIALS;
    ana_observations_free(rows);
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    ana_observations *rows = draw(1.0, 6);
    ana_rdm_options options = ana_rdm_options_default();
    ana_rdms *rdms = NULL;
    options.method = ANA_RDM_LDA;
    ALLOCATION_TEST(ana_rdm_compute, (rows, NULL, &options, "x", &rdms), ana_rdms_free(rdms));
    ana_observations_free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(discriminants_are_those_written_out),
        cmocka_unit_test(conditions_far_apart_are_never_mistaken_and_equal_ones_by_chance),
        cmocka_unit_test(a_fold_without_a_condition_does_not_count_for_its_pairs),
        cmocka_unit_test(what_cannot_be_decoded_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("rdm decoding", tests, NULL, NULL);
}
