/* The steps of pipelines that make covariances: cov, acm, erpcov, cospectra; and whiten. */
#include "support/bci_data.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/bci_pipeline.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TRIALS = 80,
    HALF = TRIALS / 2,
    CHANNELS = 4,
    TIMES = 128
};

static double right_of(const char *text, const ana_bci_trials *trials)
{
    ana_bci_outputs *outputs = answer_by_halves(text, trials);
    const double right = share_right_of_half(trials, outputs);
    ana_bci_outputs_free(outputs);
    return right;
}

static void every_estimator_tells_classes_apart(void **state)
{
    (void)state;
    static const char *const texts[] = {"cov cov | mdm",
                                        "cov scm | mdm",
                                        "cov second-moment | mdm",
                                        "cov corr ridge=0.01 | mdm",
                                        "cov shrunk shrinkage=0.2 | mdm",
                                        "cov sch | mdm",
                                        "cov hub quantile=0.8 | mdm",
                                        "cov stu degrees=4 | mdm",
                                        "cov tyl scale=determinant | mdm",
                                        "cov mcd starts=5 support=0.8 | mdm",
                                        "cov hub compat=yes iterations=9 tolerance=0.1 | mdm",
                                        "cov oas blocks=2 | mdm"};
    ana_bci_trials *trials = NULL;
    make_bci_trials(TRIALS, 2, 1, CHANNELS, TIMES, 2.0, 0.0, &trials);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_true(right_of(texts[i], trials) > 0.85);
    }
    ana_bci_trials_free(trials);
}

/* And none of them sees the unit. */
static void tails_and_bands_are_steps_too(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "acm 2,3 tail=full | cov oas | mdm", "acm 2,3 tail=circular | cov oas | mdm",
        "cospectra 4,60 window=32 | mdm", "cospectra 4,60 part=complex window=32 overlap=0.5 | mdm",
        "erpcov | mdm"};
    ana_bci_trials *trials = NULL;
    make_bci_trials(TRIALS, 2, 1, CHANNELS, TIMES, 2.0, 0.0, &trials);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const double micro = i % 2 == 0 ? 1e-6 : 1e6;
        assert_true(right_of(texts[i], trials) > 0.85);
        ana_bci_outputs *one = answer_by_halves(texts[i], trials);
        for (size_t k = 0; k < (size_t)TRIALS * CHANNELS * TIMES; k++) {
            trials->values[k] *= micro;
        }
        ana_bci_outputs *other = answer_by_halves(texts[i], trials);
        check_all_close(HALF * one->n_classes, other->scores, one->scores, 1e-8, 1e-8);
        ana_bci_outputs_free(one);
        ana_bci_outputs_free(other);
    }
    ana_bci_trials_free(trials);
}

/* cov takes lagged products of the signals; behind a second acm that adds nothing, products of the
 * copies that the first has made. */
static void covariances_of_delays_are_those_of_the_copies(void **state)
{
    (void)state;
    static const char *const steps[][2] = {
        {"acm 3,2 | cov oas | mdm", "acm 3,2 | acm 1,1 | cov oas | mdm"},
        {"acm 2,5 tail=full | cov lwf | mdm", "acm 2,5 tail=full | acm 1,1 | cov lwf | mdm"},
        {"acm 2,5 tail=circular | cov cov | mdm",
         "acm 2,5 tail=circular | acm 1,1 | cov cov | mdm"},
        {"acm 2,1 | cov scm blocks=2 | mdm", "acm 2,1 | acm 1,1 | cov scm blocks=2 | mdm"}};
    ana_bci_trials *trials = NULL;
    make_bci_trials(TRIALS, 2, 1, CHANNELS, TIMES, 2.0, 0.0, &trials);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        ana_bci_outputs *products = answer_by_halves(steps[i][0], trials);
        ana_bci_outputs *copies = answer_by_halves(steps[i][1], trials);
        check_all_close(HALF * copies->n_classes, products->scores, copies->scores, 1e-9, 1e-9);
        ana_bci_outputs_free(products);
        ana_bci_outputs_free(copies);
    }
    ana_bci_trials_free(trials);
}

/* The class is when a bump comes, and not how strong anything is: covariances alone do not see it.
 */
static void potentials_tell_what_powers_do_not(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    make_bci_trials(TRIALS, 2, 1, CHANNELS, TIMES, 1.0, 0.0, &trials);
    for (size_t k = 0; k < TRIALS; k++) {
        for (size_t c = 0; c < CHANNELS; c++) {
            double *x = trials->values + (k * CHANNELS + c) * TIMES;
            double largest = 0.0;
            for (size_t t = 0; t < TIMES; t++) {
                largest = fmax(largest, fabs(x[t]));
            }
            for (size_t t = 0; t < 20; t++) {
                x[t + (trials->labels[k] == 0 ? 20 : 70)] += 0.4 * largest * sin((double)t / 6.4);
            }
        }
    }
    assert_true(right_of("cov oas | mdm", trials) < 0.75);
    assert_true(right_of("erpcov oas | mdm", trials) > 0.9);
    assert_true(right_of("erpcov oas,1 | mdm", trials) > 0.9);
    ana_bci_trials_free(trials);
}

static void refused(const char *text, const ana_bci_trials *trials, ana_status wanted,
                    const char *piece)
{
    ana_bci_pipeline *pipeline = NULL;
    const ana_run run = ana_run_default();
    check_ok(ana_bci_pipeline_parse(text, &pipeline));
    check_fails(ana_bci_pipeline_fit(pipeline, trials, 0, NULL, &run), wanted, piece);
    ana_bci_pipeline_free(pipeline);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    make_bci_trials(TRIALS, 2, 1, CHANNELS, TIMES, 2.0, 0.0, &trials);
    refused("cov oas blocks=3 | mdm", trials, ANA_ERR_VALUE, "cov blocks=3 of 4 rows");
    refused("acm 3,50 | cov | mdm", trials, ANA_ERR_SHAPE,
            "acm 3,50: augmented covariance: order 3 and lag 50 leave fewer than two of 128");
    refused("cospectra 4,60 window=200 | mdm", trials, ANA_ERR_SHAPE, "window=200 needs trials");
    refused("cospectra 4.1,4.2 window=32 | mdm", trials, ANA_ERR_VALUE, "no frequency from 4.1");
    refused("erpcov oas,5 | mdm", trials, ANA_ERR_VALUE, "5 components of 4 channels");
    refused("acm 40,3 | cov tyl | mdm", trials, ANA_ERR_VALUE, "samples of 160 channels");
    ana_bci_trials_free(trials);
}

/* The last channel is minus the sum of the others. */
static void whitening_leaves_dimensions_out(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    make_bci_trials(TRIALS, 2, 1, CHANNELS, TIMES, 2.0, 0.0, &trials);
    for (size_t k = 0; k < TRIALS; k++) {
        double *x = trials->values + k * CHANNELS * TIMES;
        for (size_t t = 0; t < TIMES; t++) {
            x[3 * TIMES + t] = -(x[t] + x[TIMES + t] + x[2 * TIMES + t]);
        }
    }
    refused("cov cov | mdm", trials, ANA_ERR_VALUE, "");
    assert_true(right_of("cov cov | whiten | mdm", trials) > 0.85);
    assert_true(right_of("cov cov | whiten components=2 | mdm", trials) > 0.7);
    assert_true(right_of("cov cov | whiten explained=0.99 | mdm", trials) > 0.85);
    assert_true(right_of("cov cov | rank | whiten riemann | mdm", trials) > 0.85);
    refused("cov cov | whiten components=4 | mdm", trials, ANA_ERR_VALUE, "whose rank is 3");
    refused("cospectra 4,60 part=complex window=32 | whiten | mdm", trials, ANA_ERR_UNSUPPORTED,
            "whitening: of symmetric matrices");
    ana_bci_trials_free(trials);
}

typedef struct lesson {
    const char *text;
    const ana_bci_trials *trials;
} lesson;

static ana_status learn(void *user)
{
    const lesson *this = user;
    ana_bci_pipeline *pipeline = NULL;
    const ana_run run = ana_run_default();
    ana_status status = ana_bci_pipeline_parse(this->text, &pipeline);
    if (status == ANA_OK) {
        status = ana_bci_pipeline_fit(pipeline, this->trials, 0, NULL, &run);
    }
    ana_bci_pipeline_free(pipeline);
    return status;
}

static void allocations_may_fail(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "cov oas blocks=2 | mdm euclidean", "erpcov oas,1 | mdm euclidean",
        "cospectra 4,60 window=32 | mdm euclidean", "cov | whiten | mdm euclidean"};
    ana_bci_trials *trials = NULL;
    make_bci_trials(8, 2, 1, CHANNELS, TIMES, 2.0, 0.0, &trials);
    for (size_t i = 0; i < 4; i++) {
        lesson this = {texts[i], trials};
        assert_true(check_each_allocation(learn, &this, 1) > 0);
    }
    ana_bci_trials_free(trials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_estimator_tells_classes_apart),
        cmocka_unit_test(tails_and_bands_are_steps_too),
        cmocka_unit_test(covariances_of_delays_are_those_of_the_copies),
        cmocka_unit_test(potentials_tell_what_powers_do_not),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(whitening_leaves_dimensions_out),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
