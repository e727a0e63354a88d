/* Pipelines on data that are in another unit, or lack something. */
#include "support/bci_data.h"
#include "support/check.h"

#include <analysis/models/bci_pipeline.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Classifiers whose definition knows no unit; distances that are not invariant (euclidean,
 * cholesky, harmonic, wasserstein) keep their classes below. */
static const char *const pipelines[] = {
    "cov oas | mdm riemann",
    "cov oas | mdm log-euclidean",
    "cov oas | mdm log-determinant",
    "cov oas | fgmdm",
    "cov oas | recentre | mdm",
    "cov oas | tangent | lda shrunk",
    "cov oas | tangent | lda",
    "cov oas | tangent | logistic",
    "cov oas | tangent | logistic l1=0.5",
    "cov oas | tangent | svm linear",
    "cov oas | tangent | svm rbf",
    "cov oas | kernel-svm",
    "cov oas | kernel-svm log-euclidean",
    "cov oas | kernel-svm euclidean C=10",
    "cov oas | csp 2 | lda",
    "cov oas | csp 2 | logistic",
    "cov oas | knn 3",
    "cov oas | meanfield",
    "acm 2,2 | cov cov | mdm",
    "cov lwf | tangent | lda shrunk",
    "cov sch | mdm",
    "cov tyl | mdm",
    "cov stu | mdm",
    "cov hub | mdm",
};

enum {
    N_PIPELINES = sizeof pipelines / sizeof pipelines[0]
};

static void answers_of(const char *text, const ana_bci_trials *trials, ana_bci_outputs **out)
{
    const ana_run run = ana_run_default();
    ana_bci_pipeline *pipeline = NULL;
    check_ok(ana_bci_pipeline_parse(text, &pipeline));
    check_ok(ana_bci_pipeline_fit(pipeline, trials, 0, NULL, &run));
    check_ok(ana_bci_pipeline_predict(pipeline, trials, 0, NULL, &run, out));
    ana_bci_pipeline_free(pipeline);
}

static void scale(ana_bci_trials *trials, double factor)
{
    for (size_t k = 0; k < trials->n_trials * ana_bci_trial_size(trials); k++) {
        trials->values[k] *= factor;
    }
}

static void volts_and_microvolts_give_the_same_answers(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_bci_trials *volts = NULL;
    make_bci_trials(40, 2, 1, 3, 64, 1.5, 0.0, &trials);
    make_bci_trials(40, 2, 1, 3, 64, 1.5, 0.0, &volts);
    scale(trials, 20.0); /* microvolts */
    scale(volts, 20e-6);
    for (size_t k = 0; k < N_PIPELINES; k++) {
        ana_bci_outputs *a = NULL;
        ana_bci_outputs *b = NULL;
        answers_of(pipelines[k], trials, &a);
        answers_of(pipelines[k], volts, &b);
        double largest = 0.0;
        for (size_t i = 0; i < 80; i++) {
            largest = fmax(largest, fabs(a->scores[i]));
        }
        for (size_t i = 0; i < 80; i++) {
            if (!(fabs(a->scores[i] - b->scores[i]) <= 1e-12 * largest)) {
                print_error("%s: %zu: %.17g and %.17g\n", pipelines[k], i, a->scores[i],
                            b->scores[i]);
                fail();
            }
        }
        assert_memory_equal(a->chosen, b->chosen, 40 * sizeof *a->chosen);
        ana_bci_outputs_free(a);
        ana_bci_outputs_free(b);
    }
    ana_bci_trials_free(trials);
    ana_bci_trials_free(volts);
}

static void distances_of_a_degree_keep_their_classes_in_another_unit(void **state)
{
    (void)state;
    static const char *const metrics[] = {"euclidean", "cholesky", "harmonic", "wasserstein"};
    ana_bci_trials *trials = NULL;
    ana_bci_trials *volts = NULL;
    make_bci_trials(40, 2, 1, 3, 64, 1.5, 0.0, &trials);
    make_bci_trials(40, 2, 1, 3, 64, 1.5, 0.0, &volts);
    scale(volts, 1e-3);
    for (size_t k = 0; k < sizeof metrics / sizeof metrics[0]; k++) {
        char text[64];
        ana_bci_outputs *a = NULL;
        ana_bci_outputs *b = NULL;
        snprintf(text, sizeof text, "cov oas | mdm %s", metrics[k]);
        answers_of(text, trials, &a);
        answers_of(text, volts, &b);
        assert_memory_equal(a->chosen, b->chosen, 40 * sizeof *a->chosen);
        ana_bci_outputs_free(a);
        ana_bci_outputs_free(b);
    }
    ana_bci_trials_free(trials);
    ana_bci_trials_free(volts);
}

static void refused(const char *text, const ana_bci_trials *trials, size_t n, const size_t *items,
                    ana_status wanted, const char *piece)
{
    const ana_run run = ana_run_default();
    ana_bci_pipeline *pipeline = NULL;
    check_ok(ana_bci_pipeline_parse(text, &pipeline));
    check_fails(ana_bci_pipeline_fit(pipeline, trials, n, items, &run), wanted, piece);
    assert_null(ana_bci_pipeline_lesson(pipeline));
    ana_bci_pipeline_free(pipeline);
}

static double share_right(const ana_bci_trials *trials, const ana_bci_outputs *outputs)
{
    size_t right = 0;
    for (size_t i = 0; i < trials->n_trials; i++) {
        right += outputs->chosen[i] == trials->labels[i];
        assert_true(isfinite(outputs->scores[i * outputs->n_classes]));
    }
    return (double)right / (double)trials->n_trials;
}

/* Channels less their mean at each sample. */
static void reference_to_average(ana_bci_trials *trials)
{
    const size_t n_times = trials->n_times;
    const size_t n = trials->n_channels;
    for (size_t k = 0; k < trials->n_trials * n_times; k++) {
        double *sample = trials->values + k / n_times * n * n_times + k % n_times;
        double mean = 0.0;
        for (size_t c = 0; c < n; c++) {
            mean += sample[c * n_times] / (double)n;
        }
        for (size_t c = 0; c < n; c++) {
            sample[c * n_times] -= mean;
        }
    }
}

static void an_average_reference_is_seen_and_projected_away(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_bci_outputs *outputs = NULL;
    make_bci_trials(40, 2, 1, 4, 64, 3.0, 0.0, &trials);
    reference_to_average(trials);
    refused("cov cov | mdm", trials, 0, NULL, ANA_ERR_VALUE, "not positive definite");
    static const char *const texts[] = {"cov cov | rank | mdm",   "cov cov | rank | tangent | lda",
                                        "cov cov | rank | fgmdm", "cov cov | rank | csp 2 | lda",
                                        "cov oas | mdm",          "cov oas | tangent | svm rbf"};
    for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
        answers_of(texts[k], trials, &outputs);
        assert_true(share_right(trials, outputs) > 0.8);
        ana_bci_outputs_free(outputs);
    }
    ana_bci_trials_free(trials);
}

static void fewer_samples_than_channels_are_shrunk_or_named(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_bci_outputs *outputs = NULL;
    make_bci_trials(40, 2, 1, 12, 8, 4.0, 0.0, &trials);
    refused("cov cov | mdm", trials, 0, NULL, ANA_ERR_VALUE, "not positive definite");
    static const char *const texts[] = {"cov oas | mdm", "cov lwf | tangent | lda shrunk",
                                        "cov shrunk shrinkage=0.2 | fgmdm"};
    for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
        answers_of(texts[k], trials, &outputs);
        assert_true(share_right(trials, outputs) > 0.6);
        ana_bci_outputs_free(outputs);
    }
    ana_bci_trials_free(trials);
}

static void what_lacks_something_is_refused_by_every_pipeline(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    const size_t one[] = {0};
    const size_t same[] = {0, 2, 4, 6};
    make_bci_trials(20, 2, 1, 3, 40, 1.5, 0.0, &trials);
    for (size_t k = 0; k < N_PIPELINES; k++) {
        refused(pipelines[k], trials, 1, one, ANA_ERR_VALUE, "no trial to learn from is of class");
        refused(pipelines[k], trials, 4, same, ANA_ERR_VALUE, "no trial to learn from is of class");
    }
    refused("acm 5,10 | cov | mdm", trials, 0, NULL, ANA_ERR_SHAPE,
            "order 5 and lag 10 leave fewer than two of 40 samples");
    double *channel = trials->values + 7 * 120 + 40;
    const double kept = channel[5];
    channel[5] = NAN;
    for (size_t k = 0; k < N_PIPELINES; k++) {
        refused(pipelines[k], trials, 0, NULL, ANA_ERR_VALUE,
                "trial 7 (s1, 2.1875 s) has a missing sample in channel 2");
    }
    channel[5] = kept;
    for (size_t i = 0; i < 20; i++) { /* a dead channel */
        for (size_t t = 0; t < 40; t++) {
            trials->values[i * 120 + 40 + t] = 0.0;
        }
    }
    refused("cov cov | mdm", trials, 0, NULL, ANA_ERR_VALUE, "not positive definite");
    ana_bci_trials_free(trials);
}

/* A trial of each class is the least that can be learned from. */
static void one_trial_of_each_class_teaches_the_nearest_mean(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_outputs *outputs = NULL;
    const ana_run run = ana_run_default();
    const size_t two[] = {0, 1};
    make_bci_trials(20, 2, 1, 3, 200, 2.0, 0.0, &trials);
    check_ok(ana_bci_pipeline_parse("cov | mdm", &pipeline));
    check_ok(ana_bci_pipeline_fit(pipeline, trials, 2, two, &run));
    check_ok(ana_bci_pipeline_predict(pipeline, trials, 0, NULL, &run, &outputs));
    assert_int_equal(outputs->chosen[0], 0);
    assert_int_equal(outputs->chosen[1], 1);
    assert_true(share_right(trials, outputs) > 0.7);
    ana_bci_outputs_free(outputs);
    ana_bci_pipeline_free(pipeline);
    ana_bci_trials_free(trials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(volts_and_microvolts_give_the_same_answers),
        cmocka_unit_test(distances_of_a_degree_keep_their_classes_in_another_unit),
        cmocka_unit_test(an_average_reference_is_seen_and_projected_away),
        cmocka_unit_test(fewer_samples_than_channels_are_shrunk_or_named),
        cmocka_unit_test(what_lacks_something_is_refused_by_every_pipeline),
        cmocka_unit_test(one_trial_of_each_class_teaches_the_nearest_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
