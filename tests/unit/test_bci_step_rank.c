/* The step rank of pipelines: trials whose channels depend on each other are classified as well as
 * others, in any unit. */
#include "support/bci_data.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/bci_pipeline.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TRIALS = 80,
    CHANNELS = 5,
    TIMES = 100
};

static double *channel(ana_bci_trials *trials, size_t trial, size_t c)
{
    return trials->values + (trial * CHANNELS + c) * TIMES;
}

static void average_reference(ana_bci_trials *trials)
{
    for (size_t k = 0; k < TRIALS; k++) {
        for (size_t t = 0; t < TIMES; t++) {
            double mean = 0.0;
            for (size_t c = 0; c < CHANNELS; c++) {
                mean += channel(trials, k, c)[t] / CHANNELS;
            }
            for (size_t c = 0; c < CHANNELS; c++) {
                channel(trials, k, c)[t] -= mean;
            }
        }
    }
}

static void rescale(ana_bci_trials *trials, double factor)
{
    for (size_t i = 0; i < (size_t)TRIALS * CHANNELS * TIMES; i++) {
        trials->values[i] *= factor;
    }
}

/* The answers of a pipeline, whose step 2 is the rank with that note; NULL: any. */
static ana_bci_outputs *answers(const char *text, const ana_bci_trials *trials, const char *note)
{
    ana_record *record = NULL;
    ana_bci_pipeline *pipeline = learn_half(text, trials);
    ana_bci_outputs *outputs = answer_half(pipeline, trials);
    check_ok(ana_bci_pipeline_to_record(pipeline, &record));
    if (note != NULL) {
        const char *said = NULL;
        check_ok(ana_record_get_text(record, "steps/2 rank/note", &said));
        assert_string_equal(said, note);
    }
    ana_record_free(record);
    ana_bci_pipeline_free(pipeline);
    return outputs;
}

#define LACK "the 5 channels have rank 4: the sum of all is 0, as after an average reference"

static void average_referenced_trials_are_classified_as_others_in_any_unit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *note;
    } cases[] = {{"cov cov | rank | mdm", LACK "; projected to 4 dimensions"},
                 {"cov cov | rank | tangent | lda shrunk", LACK "; projected to 4 dimensions"},
                 {"cov cov | rank 3 | mdm", LACK "; projected to 3 dimensions"},
                 {"cov cov | rank shrink | mdm", LACK "; shrunk"},
                 {"cov cov | rank shrink shrinkage=0.1 | mdm", LACK "; shrunk"}};
    ana_bci_trials *trials = NULL;
    make_bci_trials(TRIALS, 2, 1, CHANNELS, TIMES, 3.0, 0.0, &trials);
    average_reference(trials);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ana_bci_outputs *microvolts = answers(cases[i].text, trials, cases[i].note);
        assert_true(share_right_of_half(trials, microvolts) >= 0.9);
        rescale(trials, 1e-6);
        ana_bci_outputs *volts = answers(cases[i].text, trials, cases[i].note);
        rescale(trials, 1e6);
        check_all_close((size_t)TRIALS, volts->scores, microvolts->scores, 1e-9, 1e-9);
        ana_bci_outputs_free(microvolts);
        ana_bci_outputs_free(volts);
    }
    ana_bci_trials_free(trials);
}

static void without_it_they_are_refused_and_full_rank_stays_as_it_is(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_bci_pipeline *pipeline = NULL;
    const ana_run run = ana_run_default();
    make_bci_trials(TRIALS, 2, 1, CHANNELS, TIMES, 3.0, 0.0, &trials);
    ana_bci_outputs *with =
        answers("cov cov | rank | mdm", trials, "the 5 channels have full rank");
    ana_bci_outputs *without = answers("cov cov | mdm", trials, NULL);
    assert_memory_equal(with->scores, without->scores, TRIALS * sizeof *with->scores);
    average_reference(trials);
    check_ok(ana_bci_pipeline_parse("cov cov | mdm", &pipeline));
    check_fails(ana_bci_pipeline_fit(pipeline, trials, 0, NULL, &run), ANA_ERR_VALUE,
                "not positive definite");
    ana_bci_pipeline_free(pipeline);
    ana_bci_outputs_free(with);
    ana_bci_outputs_free(without);
    ana_bci_trials_free(trials);
}

/* The subspace is the training trials': what the others lack does not change it, and is named. */
static void trials_to_be_classified_do_not_change_the_subspace(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_outputs *outputs = NULL;
    const ana_run run = ana_run_default();
    size_t first[TRIALS / 2];
    size_t last[TRIALS / 2];
    make_bci_trials(TRIALS, 2, 1, CHANNELS, TIMES, 3.0, 0.0, &trials);
    for (size_t i = 0; i < TRIALS / 2; i++) {
        first[i] = i;
        last[i] = TRIALS / 2 + i;
        memset(channel(trials, i, 3), 0, TIMES * sizeof(double)); /* only while it learns */
    }
    check_ok(ana_bci_pipeline_parse("cov cov | rank | mdm", &pipeline));
    check_ok(ana_bci_pipeline_fit(pipeline, trials, TRIALS / 2, first, &run));
    check_ok(ana_bci_pipeline_predict(pipeline, trials, TRIALS / 2, last, &run, &outputs));
    for (size_t i = 0; i < TRIALS; i++) {
        assert_true(isfinite(outputs->scores[i]));
    }
    ana_bci_outputs_free(outputs);
    outputs = NULL;
    memset(channel(trials, TRIALS - 2, 1), 0, TIMES * sizeof(double));
    check_fails(ana_bci_pipeline_predict(pipeline, trials, TRIALS / 2, last, &run, &outputs),
                ANA_ERR_VALUE, "not positive definite");
    ana_bci_pipeline_free(pipeline);
    ana_bci_trials_free(trials);
}

static void banks_lose_a_dimension_in_each_band(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    make_bci_trials(TRIALS, 2, 1, CHANNELS, TIMES, 3.0, 0.0, &trials);
    average_reference(trials);
    ana_bci_pipeline *pipeline = NULL;
    ana_record *record = NULL;
    const char *note = NULL;
    const ana_run run = ana_run_default();
    check_ok(ana_bci_pipeline_parse("acm 2,3 | cov cov | rank | mdm", &pipeline));
    check_ok(ana_bci_pipeline_fit(pipeline, trials, 0, NULL, &run));
    check_ok(ana_bci_pipeline_to_record(pipeline, &record));
    check_ok(ana_record_get_text(record, "steps/3 rank/note", &note));
    assert_string_equal(note,
                        "the 10 channels have rank 8: the sum of each of 2 equal blocks is 0, "
                        "as after an average reference; projected to 8 dimensions");
    ana_record_free(record);
    ana_bci_pipeline_free(pipeline);
    ana_bci_trials_free(trials);
}

static void a_wrong_text_is_refused(void **state)
{
    (void)state;
    ana_bci_pipeline *pipeline = NULL;
    check_fails(ana_bci_pipeline_parse("cov | rank full | mdm", &pipeline), ANA_ERR_VALUE,
                "auto, shrink or a number of dimensions");
    check_fails(ana_bci_pipeline_parse("cov | rank 0 | mdm", &pipeline), ANA_ERR_VALUE,
                "auto, shrink or a number of dimensions");
    check_fails(ana_bci_pipeline_parse("cov | rank gap=1 | mdm", &pipeline), ANA_ERR_VALUE, "gap");
}

static ana_status fit_and_predict(void *user)
{
    const ana_run run = ana_run_default();
    ana_bci_pipeline *pipeline = NULL;
    ana_bci_outputs *outputs = NULL;
    ana_status status = ana_bci_pipeline_parse("cov cov | rank | mdm euclidean", &pipeline);
    status = status != ANA_OK ? status : ana_bci_pipeline_fit(pipeline, user, 0, NULL, &run);
    status = status != ANA_OK ? status
                              : ana_bci_pipeline_predict(pipeline, user, 0, NULL, &run, &outputs);
    ana_bci_outputs_free(outputs);
    ana_bci_pipeline_free(pipeline);
    return status;
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    make_bci_trials(TRIALS, 2, 1, CHANNELS, TIMES, 3.0, 0.0, &trials);
    average_reference(trials);
    check_each_allocation(fit_and_predict, trials, 1); /* the note is lost without memory */
    ana_bci_trials_free(trials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(average_referenced_trials_are_classified_as_others_in_any_unit),
        cmocka_unit_test(without_it_they_are_refused_and_full_rank_stays_as_it_is),
        cmocka_unit_test(trials_to_be_classified_do_not_change_the_subspace),
        cmocka_unit_test(banks_lose_a_dimension_in_each_band),
        cmocka_unit_test(a_wrong_text_is_refused),
        cmocka_unit_test(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests_name("step rank", tests, NULL, NULL);
}
