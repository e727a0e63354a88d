/* The steps of pipelines that make vectors of signals: logvar, psd, connectivity. */
#include "bci_kinds.h"
#include "bci_parts.h"
#include "support/bci_data.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/connectivity.h>
#include <analysis/models/bci_pipeline.h>
#include <analysis/random.h>
#include <analysis/spectrum.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TRIALS = 60,
    HALF = TRIALS / 2,
    CHANNELS = 3,
    TIMES = 192
};

static void powers_tell_classes_apart_in_any_unit(void **state)
{
    (void)state;
    static const char *const texts[] = {"logvar | lda", "psd 8,30 | lda shrinkage=0.5",
                                        "psd 4,40 width=6 method=multitaper | lda",
                                        "psd method=burg segment=0.5 width=5 | lda"};
    ana_bci_trials *trials = NULL;
    make_bci_trials(TRIALS, 2, 1, CHANNELS, TIMES, 3.0, 0.0, &trials);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ana_bci_outputs *one = answer_by_halves(texts[i], trials);
        assert_true(share_right_of_half(trials, one) > 0.8);
        for (size_t k = 0; k < (size_t)TRIALS * CHANNELS * TIMES; k++) {
            trials->values[k] *= 1e-6;
        }
        ana_bci_outputs *other = answer_by_halves(texts[i], trials);
        check_all_close(HALF * one->n_classes, other->scores, one->scores, 1e-8, 1e-8);
        for (size_t k = 0; k < (size_t)TRIALS * CHANNELS * TIMES; k++) {
            trials->values[k] *= 1e6;
        }
        ana_bci_outputs_free(one);
        ana_bci_outputs_free(other);
    }
    ana_bci_trials_free(trials);
}

/* In the second class channel 1 follows channel 0 by three samples; powers are alike. */
static void connections_tell_what_powers_do_not(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    make_bci_trials(TRIALS, 2, 1, CHANNELS, TIMES, 1.0, 0.0, &trials);
    ana_random random = ana_random_stream(8, "test.bci_step_features", 0);
    for (size_t i = 0; i < TRIALS; i++) {
        double *x = trials->values + i * CHANNELS * TIMES;
        for (size_t k = 0; k < (size_t)CHANNELS * TIMES; k++) {
            x[k] = ana_random_normal(&random);
        }
        for (size_t t = TIMES; t-- > 3 && trials->labels[i] == 1;) {
            x[TIMES + t] = 0.6 * x[TIMES + t] + 0.8 * x[t - 3];
        }
    }
    static const char *const texts[] = {"connectivity imaginary width=11 | lda",
                                        "connectivity coherence of=pairs width=11 | lda"};
    for (size_t k = 0; k < 2; k++) {
        ana_bci_outputs *outputs = answer_by_halves(texts[k], trials);
        assert_true(share_right_of_half(trials, outputs) > 0.8);
        ana_bci_outputs_free(outputs);
    }
    ana_bci_trials_free(trials);
}

/* A step of that kind with its default options. */
static bci_step step_of(const bci_kind *kind, void *options)
{
    if (kind->defaults != NULL) {
        kind->defaults(options);
    }
    return (bci_step){.kind = kind, .options = options};
}

/* What one trial becomes, by the functions for signals. */
static void features_are_means_over_the_bands(void **state)
{
    (void)state;
    double options[32];
    double x[CHANNELS * TIMES];
    const ana_run run = run_of(1, 0);
    const bci_teacher teacher = {.run = &run};
    const bci_batch in = {.shape = {.form = BCI_SIGNALS,
                                    .n_rows = CHANNELS,
                                    .n_columns = TIMES,
                                    .n_bands = 1,
                                    .rate = 64.0},
                          .n_items = 1,
                          .values = x};
    ana_random random = ana_random_stream(9, "test.bci_step_features", 0);
    for (size_t k = 0; k < (size_t)CHANNELS * TIMES; k++) {
        x[k] = ana_random_normal(&random);
    }
    const bci_kind *const kinds[] = {&ana_bci_logvar, &ana_bci_psd, &ana_bci_connectivity};
    for (size_t i = 0; i < 3; i++) {
        const bci_step step = step_of(kinds[i], options);
        bci_batch out;
        check_ok(ana_bci_step_forward(&step, &in, &teacher, &out));
        assert_int_equal(out.shape.n_columns, i == 0 ? CHANNELS : 11 * CHANNELS);
        if (i == 0) {
            check_close(out.values[2], log(ana_stats_variance(TIMES, x + (size_t)2 * TIMES, 1)),
                        0.0, 1e-14);
        } else if (i == 1) {
            ana_spectrum_options psd = ana_spectrum_options_default();
            ana_matrix *wanted = NULL;
            psd.window_s = 1.0;
            check_ok(ana_spectrum(&psd, 64.0, CHANNELS, TIMES, x, NULL, &wanted));
            const double *row = wanted->values + wanted->axes[1].n; /* of channel 1 */
            check_close(out.values[11 + 3], log(0.5 * (row[14] + row[15])), 0.0, 1e-13);
            check_close(out.values[11 + 10], log((row[28] + row[29] + row[30]) / 3.0), 0.0, 1e-13);
            ana_matrix_free(wanted);
        } else {
            ana_connectivity_options pairs = ana_connectivity_options_default();
            ana_matrix *all = NULL;
            ana_matrix *wanted = NULL;
            pairs.measure = ANA_CONNECTIVITY_IMAGINARY;
            pairs.window_s = 0.5; /* frequencies 2 Hz apart: one a band, two in the last */
            check_ok(ana_connectivity(&pairs, 64.0, CHANNELS, TIMES, x, NULL, &all));
            check_ok(ana_node_strength(all, &wanted));
            const double *row = wanted->values + wanted->axes[1].n;
            check_close(out.values[11 + 3], row[7], 0.0, 1e-13);
            check_close(out.values[11 + 10], 0.5 * (row[14] + row[15]), 0.0, 1e-13);
            ana_matrix_free(all);
            ana_matrix_free(wanted);
        }
        ana_bci_batch_release(&out);
    }
}

static void refused(const char *text, const ana_bci_trials *trials, const char *piece)
{
    ana_bci_pipeline *pipeline = NULL;
    const ana_run run = run_of(1, 0);
    check_ok(ana_bci_pipeline_parse(text, &pipeline));
    ana_status status = ana_bci_pipeline_fit(pipeline, trials, 0, NULL, &run);
    assert_true(status != ANA_OK);
    if (strstr(ana_last_error(), piece) == NULL) {
        fail_msg("\"%s\" does not hold \"%s\"", ana_last_error(), piece);
    }
    ana_bci_pipeline_free(pipeline);
}

static void trials_that_do_not_fit_are_named(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_bci_pipeline *pipeline = NULL;
    make_bci_trials(TRIALS, 2, 1, CHANNELS, TIMES, 2.0, 0.0, &trials);
    check_fails(ana_bci_pipeline_parse("psd 30,8 | lda", &pipeline), ANA_ERR_VALUE,
                "frequencies from 30 to 8 Hz");
    check_fails(ana_bci_pipeline_parse("connectivity wpli min=30 | lda", &pipeline), ANA_ERR_VALUE,
                "frequencies from 30 to 30 Hz");
    check_fails(ana_bci_pipeline_parse("connectivity closeness | lda", &pipeline), ANA_ERR_VALUE,
                "measure cannot be \"closeness\"");
    refused("psd width=0.5 | lda", trials, "bands of 0.5 Hz, but there are 23 frequencies");
    refused("psd 200,300 | lda", trials, "no frequency from 200 to 300 Hz");
    refused("psd 8.5,30.6 | lda", trials, "no frequency in the band from 30.5 Hz on, 2 Hz wide");
    refused("connectivity segment=9 | lda", trials, "windows of 1152 samples");
    refused("connectivity segment=1.2 | lda", trials, "fewer than two windows");
    for (size_t t = 0; t < TIMES; t++) {
        trials->values[7 * (size_t)CHANNELS * TIMES + TIMES + t] = 0.0;
    }
    refused("logvar | lda", trials, "has no variance");
    refused("psd | lda", trials, "row 1 of trial 7");
    refused("connectivity of=pairs | lda", trials, "a channel without power");
    ana_bci_trials_free(trials);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {"logvar | lda", "psd 8,30 width=11 | lda",
                                        "connectivity imaginary width=11 | lda"};
    ana_bci_trials *trials = NULL;
    const ana_run run = run_of(1, 0);
    static const size_t few[] = {0, 1, 2, 3, 4, 5};
    make_bci_trials(TRIALS, 2, 1, CHANNELS, TIMES, 2.0, 0.0, &trials);
    for (size_t i = 0; i < 3; i++) {
        ana_bci_pipeline *pipeline = NULL;
        check_ok(ana_bci_pipeline_parse(texts[i], &pipeline));
        ALLOCATION_TEST(ana_bci_pipeline_fit, (pipeline, trials, 6, few, &run), (void)0);
        ana_bci_pipeline_free(pipeline);
    }
    ana_bci_trials_free(trials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers_tell_classes_apart_in_any_unit),
        cmocka_unit_test(connections_tell_what_powers_do_not),
        cmocka_unit_test(features_are_means_over_the_bands),
        cmocka_unit_test(trials_that_do_not_fit_are_named),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
