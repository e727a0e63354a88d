#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/folds.h>
#include <analysis/linalg.h>
#include <analysis/models/kernel_analysis.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 24,
    P = 6,
    N_CLASSES = 3,
    D = 8
};

static size_t classes_of[N];
static const ana_kernel_classes three = {N_CLASSES, classes_of};

/* Classes stand apart by `apart` in the first two units. */
static ana_responses *draw(double apart)
{
    ana_random random = ana_random_stream(9, "kernel", 0);
    ana_responses *made = NULL;
    check_ok(ana_responses_new("layer", N, P, &made));
    for (size_t i = 0; i < N; i++) {
        classes_of[i] = i % N_CLASSES;
        for (size_t u = 0; u < P; u++) {
            const double own = u < 2 ? cos(2.0 * (double)classes_of[i] + (double)u) : 0.0;
            made->values[i * P + u] = apart * own + ana_random_normal(&random);
        }
    }
    return made;
}

static ana_kernel_analysis_options with(size_t n_dimensions)
{
    ana_kernel_analysis_options options = ana_kernel_analysis_options_default();
    options.n_dimensions = n_dimensions;
    options.n_folds = 4;
    options.n_draws = 3;
    return options;
}

static double square_of(const ana_responses *of, size_t i, size_t j)
{
    double sum = 0.0;
    for (size_t u = 0; u < of->n_units; u++) {
        const double d = of->values[i * of->n_units + u] - of->values[j * of->n_units + u];
        sum += d * d;
    }
    return sum;
}

/* Two stimuli: K = [[1, k], [k, 1]], eigenvectors (1, 1) and (1, -1) over sqrt 2. Y is orthogonal
 * to the first. Four stimuli in two such far pairs do as one. */
static void errors_by_hand(void **state)
{
    (void)state;
    static const double values[] = {0.0, 1.0, 2.0, 3.0};
    static const size_t two_classes[] = {0, 1, 1, 0};
    ana_responses *responses = NULL;
    ana_kernel_analysis *made = NULL;
    ana_kernel_analysis_options options = with(4);
    options.n_folds = 2;
    check_ok(ana_responses_new("line", 4, 1, &responses));
    memcpy(responses->values, values, sizeof values);
    const ana_kernel_classes task = {2, two_classes};
    check_ok(ana_kernel_analysis_compute(responses, &task, &options, &made));
    assert_int_equal(made->n_dimensions, 2); /* two train */
    /* Squared distances 1 1 1 4 4 9: quantiles at places .5, 2.5 and 4.5 of 0 ... 5. */
    check_close(made->scale[0], 1.0, 1e-15, 0.0);
    check_close(made->scale[1], 2.5, 1e-15, 0.0);
    check_close(made->scale[2], 6.5, 1e-15, 0.0);
    /* The leading eigenvector is symmetric, (a, b, b, a), and so is Y = (1, -1, -1, 1): with
     * M = [[1 + k9, k1 + k4], [k1 + k4, 1 + k1]] on (a, b). */
    const double k1 = exp(-1.0);
    const double k4 = exp(-4.0);
    const double k9 = exp(-9.0);
    const double m = 0.5 * (k9 - k1);
    const double largest = 1.0 + 0.5 * (k9 + k1) + hypot(m, k1 + k4);
    const double b = largest - 1.0 - k9;
    const double a = k1 + k4;
    const double share = 2.0 * (a - b) / sqrt(2.0 * (a * a + b * b));
    check_close(made->error[0], 1.0 - share * share / 4.0, 1e-14, 0.0);
    check_close(made->error[1], made->error[0], 1e-14, 0.0); /* the second is odd */
    check_close(made->baseline, 1.0, 1e-15, 0.0);
    ana_kernel_analysis_free(made);
    ana_responses_free(responses);
}

/* Held-out errors by least squares on the leading features of the training stimuli. */
static void held_out_errors_are_those_of_regression_on_leading_features(void **state)
{
    (void)state;
    ana_responses *responses = draw(1.5);
    const ana_kernel_analysis_options options = with(D);
    ana_kernel_analysis *made = NULL;
    ana_folds *folds = NULL;
    ana_folds_options splitting = ana_folds_options_default();
    double sum = 0.0;
    splitting.n_folds = 4;
    check_ok(ana_kernel_analysis_compute(responses, &three, &options, &made));
    check_ok(ana_folds_stratified(N, classes_of, &splitting, &folds));
    for (size_t f = 0; f < 4; f++) {
        size_t train[N];
        size_t n = 0;
        double kernel[N * N];
        double values[N];
        double vectors[N * N];
        double features[N * D];
        double y[N * N_CLASSES];
        double weights[D * N_CLASSES];
        ana_folds_train(folds, f, train, &n);
        for (size_t k = 0; k < n * n; k++) {
            kernel[k] = exp(-square_of(responses, train[k / n], train[k % n]) / made->scale[1]);
        }
        check_ok(ana_linalg_eigen_symmetric(n, kernel, values, vectors));
        for (size_t i = 0; i < n; i++) {
            for (size_t d = 0; d < D; d++) {
                features[i * D + d] = vectors[(n - 1 - d) * n + i] * sqrt(values[n - 1 - d]);
            }
            for (size_t c = 0; c < N_CLASSES; c++) {
                y[i * N_CLASSES + c] = classes_of[train[i]] == c ? 1.0 : -1.0;
            }
        }
        check_ok(ana_linalg_least_squares(n, D, features, N_CLASSES, y, weights, NULL));
        for (size_t t = 0; t < folds->folds[f].n_test; t++) {
            const size_t test = folds->folds[f].test[t];
            for (size_t c = 0; c < N_CLASSES; c++) {
                double guess = 0.0;
                for (size_t d = 0; d < D; d++) {
                    double feature = 0.0;
                    for (size_t i = 0; i < n; i++) {
                        feature += exp(-square_of(responses, test, train[i]) / made->scale[1]) *
                                   vectors[(n - 1 - d) * n + i];
                    }
                    guess += feature / sqrt(values[n - 1 - d]) * weights[d * N_CLASSES + c];
                }
                const double miss = (classes_of[test] == c ? 1.0 : -1.0) - guess;
                sum += miss * miss / (N * N_CLASSES);
            }
        }
    }
    check_close(made->held_out[1 * D + D - 1], sum, 1e-10, 0.0);
    ana_folds_free(folds);
    ana_kernel_analysis_free(made);
    ana_responses_free(responses);
}

static void errors_fall_with_dimensions_and_with_simplicity(void **state)
{
    (void)state;
    double areas[3];
    for (size_t k = 0; k < 3; k++) {
        ana_responses *responses = draw(2.0 * (double)k);
        const ana_kernel_analysis_options options = with(D);
        ana_kernel_analysis *made = NULL;
        check_ok(ana_kernel_analysis_compute(responses, &three, &options, &made));
        double area = 0.0;
        for (size_t d = 0; d < D; d++) {
            for (size_t s = 0; s < ANA_KERNEL_SCALES; s++) {
                assert_true(d == 0 || made->error[s * D + d] <= made->error[s * D + d - 1]);
                assert_true(made->held_out[s * D + d] >= made->curve_held_out[d]);
            }
            check_close(made->curve[d], made->error[made->chosen[d] * D + d], 0.0, 0.0);
            area += (1.0 - made->curve[d]) / D;
        }
        check_close(made->area, area, 1e-14, 0.0);
        check_close(made->baseline, 8.0 / 9.0, 1e-14, 0.0);
        areas[k] = made->area_held_out;
        ana_kernel_analysis_free(made);
        ana_responses_free(responses);
    }
    assert_true(areas[0] < areas[1] && areas[1] < areas[2]);
}

static void all_units_are_the_system_and_noise_makes_it_worse(void **state)
{
    (void)state;
    static const size_t counts[] = {2, P};
    static const double ratios[] = {4.0, 9.0};
    ana_responses *responses = draw(4.0);
    const ana_kernel_noise noise = {2, ratios};
    ana_kernel_analysis_options options = with(D);
    ana_kernel_analysis *whole = NULL;
    ana_kernel_subsampling *drawn = NULL;
    ana_kernel_subsampling *noisy = NULL;
    check_ok(ana_kernel_analysis_compute(responses, &three, &options, &whole));
    check_ok(ana_kernel_analysis_subsample(responses, &three, 2, counts, NULL, &options, &drawn));
    for (size_t k = 0; k < 3; k++) {
        check_close(drawn->area[3 + k], whole->area, 1e-9, 0.0);
        check_close(drawn->area_held_out[3 + k], whole->area_held_out, 1e-9, 0.0);
    }
    assert_true(drawn->mean[0] < drawn->mean[1]);
    check_close(drawn->mean[0],
                (drawn->area_held_out[0] + drawn->area_held_out[1] + drawn->area_held_out[2]) / 3.0,
                1e-15, 0.0);
    options.run.n_threads = 2;
    check_ok(ana_kernel_analysis_subsample(responses, &three, 2, counts, &noise, &options, &noisy));
    assert_true(noisy->mean[1] < drawn->mean[1]);
    ana_kernel_subsampling_free(noisy);
    ana_kernel_subsampling_free(drawn);
    ana_kernel_analysis_free(whole);
    ana_responses_free(responses);
}

static void silent_units_are_left_out_and_gaps_refused(void **state)
{
    (void)state;
    ana_responses *responses = draw(2.0);
    const ana_kernel_analysis_options options = with(D);
    ana_kernel_analysis *made = NULL;
    for (size_t i = 0; i < N; i++) {
        responses->values[i * P + 3] = NAN;
    }
    check_ok(ana_kernel_analysis_compute(responses, &three, &options, &made));
    assert_int_equal(made->n_units, P - 1);
    assert_int_equal(made->n_silent, 1);
    ana_kernel_analysis_free(made);
    responses->values[7 * P + 1] = NAN;
    check_fails(ana_kernel_analysis_compute(responses, &three, &options, &made), ANA_ERR_VALUE,
                "unit 1 of layer is missing for stimulus 7");
    responses->values[7 * P + 1] = INFINITY;
    check_fails(ana_kernel_analysis_compute(responses, &three, &options, &made), ANA_ERR_VALUE,
                "infinite");
    for (size_t k = 0; k < (size_t)N * P; k++) {
        responses->values[k] = NAN;
    }
    check_fails(ana_kernel_analysis_compute(responses, &three, &options, &made), ANA_ERR_VALUE,
                "can be compared");
    for (size_t k = 0; k < (size_t)N * P; k++) {
        responses->values[k] = 3.0;
    }
    check_fails(ana_kernel_analysis_compute(responses, &three, &options, &made), ANA_ERR_VALUE,
                "can be compared");
    for (size_t i = 0; i < N; i++) { /* counts: most stimuli have the same */
        responses->values[i * P + 4] = i < 22 ? 0.0 : (double)(2 * i);
    }
    check_ok(ana_kernel_analysis_compute(responses, &three, &options, &made));
    assert_int_equal(made->n_units, 1);
    check_close(made->scale[0], 4.0, 1e-12, 0.0); /* (46 - 44)^2 */
    ana_kernel_analysis_free(made);
    ana_responses_free(responses);
}

static void tasks_without_sense_are_refused(void **state)
{
    (void)state;
    ana_responses *responses = draw(2.0);
    ana_kernel_analysis *made = NULL;
    ana_kernel_subsampling *drawn = NULL;
    ana_kernel_analysis_options options = with(0);
    check_fails(ana_kernel_analysis_compute(responses, &three, &options, &made), ANA_ERR_VALUE,
                "dimensions");
    ana_kernel_classes task = three;
    task.n_classes = 1;
    check_fails(ana_kernel_analysis_compute(responses, &task, NULL, &made), ANA_ERR_SHAPE,
                "1 classes");
    task.n_classes = 2;
    check_fails(ana_kernel_analysis_compute(responses, &task, NULL, &made), ANA_ERR_VALUE,
                "class 2 of 2");
    task.n_classes = 4;
    check_fails(ana_kernel_analysis_compute(responses, &task, NULL, &made), ANA_ERR_VALUE,
                "0 stimuli are of class 3");
    const size_t counts[] = {P + 1};
    check_fails(ana_kernel_analysis_subsample(responses, &three, 1, counts, NULL, NULL, &drawn),
                ANA_ERR_VALUE, "7 of 6 units");
    const size_t fine[] = {2};
    const double ratio = -1.0;
    const ana_kernel_noise noise = {1, &ratio};
    check_fails(ana_kernel_analysis_subsample(responses, &three, 1, fine, &noise, NULL, &drawn),
                ANA_ERR_VALUE, "ratio 0 of noise is -1");
    const ana_kernel_noise none = {0, &ratio};
    check_fails(ana_kernel_analysis_subsample(responses, &three, 1, fine, &none, NULL, &drawn),
                ANA_ERR_VALUE, "no ratio");
    ana_responses_free(responses);
}

static ana_status run_all(void *user)
{
    const ana_responses *responses = user;
    const size_t counts[] = {2, 4};
    const char *const names[] = {"layer"};
    ana_kernel_analysis_options options = with(3);
    ana_kernel_analysis *made = NULL;
    ana_kernel_subsampling *drawn = NULL;
    ana_record *record = NULL;
    options.n_folds = 2;
    options.n_draws = 1;
    ana_status status = ana_kernel_analysis_compute(responses, &three, &options, &made);
    if (status == ANA_OK) {
        status =
            ana_kernel_analysis_subsample(responses, &three, 2, counts, NULL, &options, &drawn);
    }
    if (status == ANA_OK) {
        const ana_kernel_report report = {1, names, &made, &drawn};
        status = ana_kernel_analysis_to_record(&report, &record);
    }
    if (status == ANA_OK) {
        assert_int_equal(ana_record_check(record), ANA_OK);
        assert_non_null(ana_record_find(record, "curve/y"));
        assert_non_null(ana_record_find(record, "units/high"));
    }
    ana_record_free(record);
    ana_kernel_subsampling_free(drawn);
    ana_kernel_analysis_free(made);
    return status;
}

static void every_failed_allocation_is_reported_and_the_record_is_whole(void **state)
{
    (void)state;
    ana_responses *responses = draw(2.0);
    assert_true(check_each_allocation(run_all, responses, false) > 20);
    ana_responses_free(responses);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_by_hand),
        cmocka_unit_test(held_out_errors_are_those_of_regression_on_leading_features),
        cmocka_unit_test(errors_fall_with_dimensions_and_with_simplicity),
        cmocka_unit_test(all_units_are_the_system_and_noise_makes_it_worse),
        cmocka_unit_test(silent_units_are_left_out_and_gaps_refused),
        cmocka_unit_test(tasks_without_sense_are_refused),
        cmocka_unit_test(every_failed_allocation_is_reported_and_the_record_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
