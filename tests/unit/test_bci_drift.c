#include "support/bci_data.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/bci_drift.h>
#include <analysis/models/bci_prefix.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ana_run one_thread = {.n_threads = 1};

/* Matrices of one channel: the riemann distance of a and b is |log(a / b)|. */
static void drift_is_the_distance_over_the_spread_by_hand(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_bci_drift *drift = NULL;
    double values[8];
    make_bci_trials(8, 2, 2, 2, 16, 2.0, 0.0, &trials);
    /* Each class has two trials in a session: at exp(-0.5) and exp(0.5) of its mean; the second
     * session lies 3 away, six spreads; the second class 10. */
    size_t seen[4] = {0};
    for (size_t i = 0; i < 8; i++) {
        const size_t point = 2 * trials->sessions[i] + trials->labels[i];
        values[i] = exp((seen[point]++ % 2 == 0 ? -0.5 : 0.5) + 3.0 * (double)trials->sessions[i] +
                        10.0 * (double)trials->labels[i]);
    }
    for (size_t k = 0; k < 4; k++) {
        assert_int_equal(seen[k], 2);
    }
    const ana_spd_set set = {.n = 1, .n_matrices = 8, .values = values};
    check_ok(ana_bci_drift_of_matrices(trials, &set, &one_thread, &drift));
    assert_int_equal(drift->n_points, 4);
    check_close(drift->spreads[0], 0.5, 1e-9, 0.0);
    check_close(drift->drifts[0], 0.0, 0.0, 0.0);
    check_close(drift->drifts[1], 6.0, 1e-8, 0.0);
    check_close(drift->distances[0 * 4 + 3], 13.0, 1e-8, 0.0);
    ana_bci_drift_free(drift);
    const ana_spd_set few = {.n = 1, .n_matrices = 7, .values = values};
    check_fails(ana_bci_drift_of_matrices(trials, &few, &one_thread, &drift), ANA_ERR_SHAPE,
                "7 matrices");
    values[3] = -1.0;
    check_fails(ana_bci_drift_of_matrices(trials, &set, &one_thread, &drift), ANA_ERR_VALUE,
                "positive definite");
    ana_bci_trials_free(trials);
}

/* Channels in another unit, and sessions that are the same. */
static void drift_has_no_unit_and_is_zero_of_equal_sessions(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    ana_bci_drift *micro = NULL;
    ana_bci_drift *volts = NULL;
    make_bci_trials(24, 2, 2, 3, 64, 2.0, 0.7, &trials);
    check_ok(ana_bci_drift_of_trials(trials, &one_thread, &micro));
    for (size_t k = 0; k < trials->n_trials * ana_bci_trial_size(trials); k++) {
        trials->values[k] *= 1e-6;
    }
    check_ok(ana_bci_drift_of_trials(trials, NULL, &volts));
    assert_true(micro->drifts[1] > 0.1);
    check_close(volts->drifts[1], micro->drifts[1], 0.0, 1e-8);
    ana_bci_drift_free(volts);
    ana_bci_drift_free(micro);
    /* Each matrix is met once in each session. */
    double values[24];
    size_t seen[4] = {0};
    for (size_t i = 0; i < 24; i++) {
        const size_t point = 2 * trials->sessions[i] + trials->labels[i];
        values[i] = 1.0 + (double)seen[point]++;
    }
    const ana_spd_set set = {.n = 1, .n_matrices = 24, .values = values};
    check_ok(ana_bci_drift_of_matrices(trials, &set, NULL, &micro));
    check_close(micro->drifts[1], 0.0, 1e-8, 0.0);
    ana_bci_drift_free(micro);
    ana_bci_trials_free(trials);
}

/* A X A^T for all matrices: as if other mixtures of the channels were recorded. */
static void drift_is_the_same_of_any_mixture_of_channels(void **state)
{
    (void)state;
    static const double mixture[4] = {2.0, -0.5, 0.3, 0.1};
    ana_bci_trials *trials = NULL;
    ana_bci_drift *before = NULL;
    ana_bci_drift *after = NULL;
    double values[4 * 12];
    double mixed[4 * 12];
    make_bci_trials(12, 2, 2, 2, 32, 2.0, 0.0, &trials);
    for (size_t i = 0; i < 12; i++) {
        double *x = values + 4 * i;
        const double *a = mixture;
        x[0] = 1.0 + 0.3 * (double)i;
        x[1] = x[2] = 0.1 * (double)(i % 5);
        x[3] = 2.0 - 0.1 * (double)i;
        const double rows[4] = {a[0] * x[0] + a[1] * x[2], a[0] * x[1] + a[1] * x[3],
                                a[2] * x[0] + a[3] * x[2], a[2] * x[1] + a[3] * x[3]};
        mixed[4 * i] = rows[0] * a[0] + rows[1] * a[1];
        mixed[4 * i + 1] = mixed[4 * i + 2] = rows[0] * a[2] + rows[1] * a[3];
        mixed[4 * i + 3] = rows[2] * a[2] + rows[3] * a[3];
    }
    const ana_spd_set set = {.n = 2, .n_matrices = 12, .values = values};
    const ana_spd_set other = {.n = 2, .n_matrices = 12, .values = mixed};
    check_ok(ana_bci_drift_of_matrices(trials, &set, &one_thread, &before));
    check_ok(ana_bci_drift_of_matrices(trials, &other, &one_thread, &after));
    assert_true(before->drifts[1] > 0.1);
    check_close(after->drifts[1], before->drifts[1], 0.0, 1e-7);
    ana_bci_drift_free(after);
    ana_bci_drift_free(before);
    ana_bci_trials_free(trials);
}

/* Of a pipeline's own matrices: acm 2,1 of two channels is 4 x 4; of csp and of a family the
 * covariances before; of what has no matrices, or none of full rank, those of OAS. */
static void drift_is_of_the_matrices_that_the_pipeline_has(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"acm 2,1 | cov lwf | recentre | mdm", "acm 2,1 | cov lwf"},
        {"cov {scm,oas} | csp 2 | lda", "cov scm"},
        {"logvar | lda", "cov oas"},
        {"acm 9,1 | cov scm | rank | mdm", "cov oas"}};
    ana_bci_trials *trials = NULL;
    double of_text[4];
    make_bci_trials(12, 2, 2, 2, 20, 2.0, 0.3, &trials);
    for (size_t k = 0; k < 4; k++) {
        ana_bci_drift *drift = NULL;
        ana_record *record = NULL;
        const char *caption = NULL;
        check_ok(ana_bci_drift_of_pipeline(texts[k][0], trials, &one_thread, &drift));
        assert_string_equal(drift->matrices, texts[k][1]);
        of_text[k] = drift->drifts[1];
        check_ok(ana_bci_drift_to_record(drift, trials, &record));
        check_ok(ana_record_get_text(record, "distances/caption", &caption));
        assert_non_null(strstr(caption, texts[k][1]));
        ana_record_free(record);
        ana_bci_drift_free(drift);
    }
    ana_bci_prefix *prefix = NULL;
    ana_bci_matrices matrices;
    ana_bci_drift *drift = NULL;
    check_ok(ana_bci_prefix_parse(texts[0][1], &prefix));
    check_ok(ana_bci_prefix_apply(prefix, trials, &one_thread, &matrices));
    assert_int_equal(matrices.set.n, 4);
    check_ok(ana_bci_drift_of_matrices(trials, &matrices.set, &one_thread, &drift));
    check_close(of_text[0], drift->drifts[1], 0.0, 0.0);
    assert_true(of_text[0] != of_text[2] && of_text[2] == of_text[3]);
    ana_bci_drift_free(drift);
    check_fails(ana_bci_drift_of_pipeline("cov | nothing", trials, &one_thread, &drift),
                ANA_ERR_VALUE, "no step");
    assert_null(drift);
    ana_bci_matrices_release(&matrices);
    ana_bci_prefix_free(prefix);
    ana_bci_trials_free(trials);
}

static ana_status drift_and_record(void *user)
{
    ana_bci_drift *drift = NULL;
    ana_record *record = NULL;
    ana_status status = ana_bci_drift_of_pipeline("cov lwf | mdm", user, &one_thread, &drift);
    if (status == ANA_OK) {
        status = ana_bci_drift_to_record(drift, user, &record);
    }
    if (status == ANA_OK) {
        check_ok(ana_record_check(record));
        assert_int_equal(ana_record_size(ana_record_find(record, "drift/labels")), 2);
    }
    ana_record_free(record);
    ana_bci_drift_free(drift);
    return status;
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    ana_bci_trials *trials = NULL;
    make_bci_trials(8, 2, 2, 3, 32, 2.0, 0.3, &trials);
    assert_true(check_each_allocation(drift_and_record, trials, false) > 10);
    ana_bci_trials_free(trials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drift_is_the_distance_over_the_spread_by_hand),
        cmocka_unit_test(drift_has_no_unit_and_is_zero_of_equal_sessions),
        cmocka_unit_test(drift_is_the_same_of_any_mixture_of_channels),
        cmocka_unit_test(drift_is_of_the_matrices_that_the_pipeline_has),
        cmocka_unit_test(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
