/* Steps of pipelines that filter, select and classify: each learns what it should, is saved and
 * read back to the same answers, and knows no unit. */
#include "support/bci_data.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/bci_pipeline.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TRIALS = 60,
    CHANNELS = 5,
    TIMES = 96,
    LENGTH = CHANNELS * TIMES
};

static const double flickers[3] = {8.0, 12.0, 15.0};

/* Trials of a flicker for each class, in phase, in noise; at 128 Hz. */
static ana_bci_trials *make_flickers(void)
{
    static const char *const names[3] = {"8", "12", "15"};
    double *values = calloc((size_t)TRIALS * LENGTH, sizeof *values);
    const char *labels[TRIALS];
    ana_random random = ana_random_stream(4, "test.flickers", 0);
    ana_bci_trials *out = NULL;
    assert_non_null(values);
    for (size_t k = 0; k < TRIALS; k++) {
        labels[k] = names[k % 3];
        for (size_t e = 0; e < LENGTH; e++) {
            const double phase =
                2.0 * 3.14159265358979323846 * flickers[k % 3] * (double)(e % TIMES) / 128.0;
            values[k * LENGTH + e] =
                sin(phase + 0.5 * (double)(e / TIMES)) + 1.5 * ana_random_normal(&random);
        }
    }
    const ana_bci_source source = {.subject = "a", .session = "s", .run = "r"};
    const ana_bci_array array = {TRIALS, CHANNELS, TIMES, 128.0, values, labels};
    check_ok(ana_bci_trials_new(&array, &source, &out));
    free(values);
    return out;
}

static void check_same_answers(const ana_bci_outputs *a, const ana_bci_outputs *b, double accuracy)
{
    assert_int_equal(a->n_classes, b->n_classes);
    check_all_close(a->n_trials * a->n_classes, a->scores, b->scores, accuracy, accuracy);
    assert_memory_equal(a->chosen, b->chosen, a->n_trials * sizeof *a->chosen);
}

/* Right often enough; the same when saved and read back, and in volts. */
static void check_text(const char *text, ana_bci_trials *trials, double least_right)
{
    ana_bci_pipeline *read = NULL;
    ana_record *record = NULL;
    ana_bci_pipeline *pipeline = learn_half(text, trials);
    ana_bci_outputs *outputs = answer_half(pipeline, trials);
    const double right = share_right_of_half(trials, outputs);
    if (right < least_right) {
        fail_msg("%s: %g of the trials are right", text, right);
    }
    check_ok(ana_bci_pipeline_to_record(pipeline, &record));
    check_ok(ana_bci_pipeline_from_record(record, &read));
    ana_bci_outputs *again = answer_half(read, trials);
    check_same_answers(again, outputs, 0.0);
    ana_bci_outputs_free(again);
    ana_bci_pipeline_free(read);
    ana_record_free(record);
    ana_bci_pipeline_free(pipeline);
    const size_t n = trials->n_trials * ana_bci_trial_size(trials);
    for (size_t e = 0; e < n; e++) {
        trials->values[e] *= 0x1p-20;
    }
    pipeline = learn_half(text, trials);
    again = answer_half(pipeline, trials);
    check_same_answers(again, outputs, 1e-7);
    for (size_t e = 0; e < n; e++) {
        trials->values[e] *= 0x1p20;
    }
    ana_bci_outputs_free(again);
    ana_bci_outputs_free(outputs);
    ana_bci_pipeline_free(pipeline);
}

static void powers_tell_the_classes_apart(void **state)
{
    (void)state;
    static const char *const texts[] = {"cov | knn 3",
                                        "cov | meanfield",
                                        "cov | meanfield -1,0,1 method=least",
                                        "cov | select-channels 4 | mdm",
                                        "cov | tangent | select 5 | lda",
                                        "csp-space 2 | cov | mdm",
                                        "fbcsp 2 | lda",
                                        "fbcsp 2 cov method=joint | select 3 | lda",
                                        "cov | spoc 3 | lda",
                                        "cov | kernel-svm",
                                        "cov | kernel-svm log-euclidean C=0.5",
                                        "cov | kernel-svm euclidean C=10"};
    for (size_t n_classes = 2; n_classes < 4; n_classes++) {
        ana_bci_trials *trials = NULL;
        make_bci_trials(TRIALS, n_classes, 1, CHANNELS, TIMES, 3.0, 0.0, &trials);
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            check_text(texts[i], trials, n_classes == 2 ? 0.85 : 0.7);
        }
        ana_bci_trials_free(trials);
    }
}

/* The riemann kernel is that of tangent vectors; the solver stops at 1e-10 of either. */
static void machines_of_matrices_are_those_of_tangent_vectors(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"cov | kernel-svm riemann C=0.7 tolerance=1e-10",
         "cov | tangent riemann | svm linear C=0.7 tolerance=1e-10"},
        {"cospectra window=32 | kernel-svm tolerance=1e-10",
         "cospectra window=32 | tangent | svm tolerance=1e-10"},
    };
    for (size_t n_classes = 2; n_classes < 4; n_classes++) {
        ana_bci_trials *trials = NULL;
        make_bci_trials(TRIALS, n_classes, 1, CHANNELS, TIMES, 1.5, 0.0, &trials);
        for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
            ana_bci_pipeline *matrices = learn_half(pairs[i][0], trials);
            ana_bci_pipeline *vectors = learn_half(pairs[i][1], trials);
            ana_bci_outputs *one = answer_half(matrices, trials);
            ana_bci_outputs *other = answer_half(vectors, trials);
            check_same_answers(one, other, 1e-6);
            ana_bci_outputs_free(one);
            ana_bci_outputs_free(other);
            ana_bci_pipeline_free(matrices);
            ana_bci_pipeline_free(vectors);
        }
        ana_bci_trials_free(trials);
    }
}

static void responses_in_phase_tell_the_classes_apart(void **state)
{
    (void)state;
    static const char *const texts[] = {"trca",
                                        "trca ensemble=yes",
                                        "cca 8,12,15 | lda",
                                        "cca 8,12,15 harmonics=1 | svm",
                                        "xdawn 1 | trca",
                                        "xdawncov 2 oas | mdm",
                                        "xdawncov 2 | tangent | lda shrunk"};
    ana_bci_trials *trials = make_flickers();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        check_text(texts[i], trials, 0.9);
    }
    ana_bci_trials_free(trials);
}

/* A bank of the same band twice: each band as one by itself. */
static void bands_of_a_bank_are_filtered_each_by_itself(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    make_bci_trials(TRIALS, 2, 1, CHANNELS, TIMES, 3.0, 0.0, &trials);
    double *doubled = calloc((size_t)TRIALS * 2 * LENGTH, sizeof *doubled);
    assert_non_null(doubled);
    for (size_t k = 0; k < TRIALS; k++) {
        memcpy(doubled + 2 * k * LENGTH, trials->values + k * LENGTH, LENGTH * sizeof *doubled);
        memcpy(doubled + (2 * k + 1) * LENGTH, trials->values + k * LENGTH,
               LENGTH * sizeof *doubled);
    }
    ana_bci_pipeline *single = learn_half("fbcsp 3 | lda shrunk shrinkage=0.1", trials);
    ana_bci_outputs *alone = answer_half(single, trials);
    free(trials->values);
    trials->values = doubled;
    trials->n_bands = 2;
    ana_record *record = NULL;
    const double *filters = NULL;
    ana_shape shape = {.n_axes = 3, .n = {2, 3, CHANNELS}};
    ana_bci_pipeline *bank =
        learn_half("band 8-12,8-12 | fbcsp 3 | select 3 | lda shrunk shrinkage=0.1", trials);
    ana_bci_outputs *both = answer_half(bank, trials);
    assert_true(share_right_of_half(trials, both) >= 0.85 &&
                share_right_of_half(trials, alone) >= 0.85);
    check_ok(ana_bci_pipeline_to_record(bank, &record));
    check_ok(ana_record_get_doubles(record, "steps/1 fbcsp/filters", &shape, &filters));
    check_all_close((size_t)3 * CHANNELS, filters + 3 * CHANNELS, filters, 0.0, 0.0);
    ana_record_free(record);
    ana_bci_outputs_free(both);
    ana_bci_outputs_free(alone);
    ana_bci_pipeline_free(bank);
    ana_bci_pipeline_free(single);
    ana_bci_trials_free(trials);
}

static void refused(const char *text, const char *piece)
{
    ana_bci_pipeline *pipeline = NULL;
    check_fails(ana_bci_pipeline_parse(text, &pipeline), ANA_ERR_VALUE, piece);
}

static void a_wrong_text_is_refused(void **state)
{
    (void)state;
    refused("cov | knn 0", "k cannot be \"0\"");
    refused("cov | knn metric=miles", "metric cannot be \"miles\"");
    refused("cov | meanfield -1,2", "\"2\" is not a number from -1 to 1");
    refused("cov | meanfield powers=", "give one or more");
    refused("cov | kernel-svm thompson", "metric cannot be \"thompson\"");
    refused("cca 8,x | lda", "\"x\" is not a number");
    ana_bci_trials *trials = make_flickers();
    const ana_run run = ana_run_default();
    ana_bci_pipeline *pipeline = NULL;
    check_fails(ana_bci_pipeline_parse("cov | select-channels 3 thompson | mdm", &pipeline),
                ANA_ERR_UNSUPPORTED, "thompson has no mean");
    check_ok(ana_bci_pipeline_parse("cca | lda", &pipeline));
    check_fails(ana_bci_pipeline_fit(pipeline, trials, 0, NULL, &run), ANA_ERR_VALUE,
                "frequencies of cca: give one or more");
    ana_bci_pipeline_free(pipeline);
    check_ok(ana_bci_pipeline_parse("cca 8,40 | lda", &pipeline));
    check_fails(ana_bci_pipeline_fit(pipeline, trials, 0, NULL, &run), ANA_ERR_VALUE,
                "3 harmonics of 40 Hz");
    ana_bci_pipeline_free(pipeline);
    ana_bci_trials_free(trials);
}

/* What a file may hold: numbers that select nothing. */
static void a_selection_that_is_none_is_refused(void **state)
{
    (void)state;
    static const double wrong[] = {-1.0, 5.0, 0.5, 1e300};
    ana_bci_trials *trials = NULL;
    make_bci_trials(TRIALS, 2, 1, CHANNELS, TIMES, 3.0, 0.0, &trials);
    ana_bci_pipeline *pipeline = learn_half("cov | select-channels 3 | mdm", trials);
    ana_record *record = NULL;
    check_ok(ana_bci_pipeline_to_record(pipeline, &record));
    ana_shape shape = {.n_axes = 1, .n = {3}};
    const double *selected = NULL;
    double *writable = NULL;
    check_ok(ana_record_get_doubles(record, "steps/2 select-channels/selected", &shape, &selected));
    memcpy(&writable, &selected, sizeof writable); /* the record's own */
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ana_bci_pipeline *read = NULL;
        ana_bci_outputs *outputs = NULL;
        const ana_run run = ana_run_default();
        writable[1] = wrong[i];
        ana_status status = ana_bci_pipeline_from_record(record, &read);
        status = status != ANA_OK ? status
                                  : ana_bci_pipeline_predict(read, trials, 0, NULL, &run, &outputs);
        check_fails(status, ANA_ERR_FORMAT, "is not the number of one of 5");
        ana_bci_pipeline_free(read);
    }
    ana_record_free(record);
    ana_bci_pipeline_free(pipeline);
    ana_bci_trials_free(trials);
}

typedef struct attempt {
    const char *text;
    const ana_bci_trials *trials;
} attempt;

static ana_status fit_and_predict(void *user)
{
    const attempt *tried = user;
    const ana_run run = ana_run_default();
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_outputs *outputs = NULL;
    ana_status status = ana_bci_pipeline_parse(tried->text, &pipeline);
    status =
        status != ANA_OK ? status : ana_bci_pipeline_fit(pipeline, tried->trials, 0, NULL, &run);
    status = status != ANA_OK
                 ? status
                 : ana_bci_pipeline_predict(pipeline, tried->trials, 0, NULL, &run, &outputs);
    ana_bci_outputs_free(outputs);
    ana_bci_pipeline_free(pipeline);
    return status;
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    static const char *const texts[] = {"cov | select-channels 3 euclidean | knn 3 euclidean",
                                        "cov | meanfield 1",
                                        "csp-space 2 | fbcsp 2 | select 3 | lda",
                                        "cov | spoc 2 | lda",
                                        "cov | kernel-svm euclidean",
                                        "xdawn 2 | trca",
                                        "xdawncov 2 cov | mdm euclidean",
                                        "cca 8,12 | lda"};
    ana_bci_trials *trials = NULL;
    make_bci_trials(12, 2, 1, 4, 40, 3.0, 0.0, &trials);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        attempt tried = {texts[i], trials};
        assert_true(check_each_allocation(fit_and_predict, &tried, 0) > 10);
    }
    ana_bci_trials_free(trials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers_tell_the_classes_apart),
        cmocka_unit_test(machines_of_matrices_are_those_of_tangent_vectors),
        cmocka_unit_test(responses_in_phase_tell_the_classes_apart),
        cmocka_unit_test(bands_of_a_bank_are_filtered_each_by_itself),
        cmocka_unit_test(a_wrong_text_is_refused),
        cmocka_unit_test(a_selection_that_is_none_is_refused),
        cmocka_unit_test(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
