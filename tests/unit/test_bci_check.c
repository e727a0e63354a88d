#include "support/bci_data.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/bci_check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_TRIALS = 24,
    N_CHANNELS = 5,
    N_TIMES = 96
};

static ana_bci_trials *some_trials(void)
{
    ana_bci_trials *trials = NULL;
    make_bci_trials(N_TRIALS, 2, 1, N_CHANNELS, N_TIMES, 2.0, 0.0, &trials);
    return trials;
}

static double *signal_of(ana_bci_trials *trials, size_t i, size_t c)
{
    return trials->values + (i * N_CHANNELS + c) * N_TIMES;
}

/* Channel c of every trial becomes gain times channel `like`. */
static void set_channel(ana_bci_trials *trials, size_t c, size_t like, double gain)
{
    for (size_t i = 0; i < N_TRIALS; i++) {
        for (size_t t = 0; t < N_TIMES; t++) {
            signal_of(trials, i, c)[t] = gain * signal_of(trials, i, like)[t];
        }
    }
}

static ana_bci_check *check_of(const ana_bci_trials *trials, const char *const *units)
{
    ana_bci_check *check = NULL;
    ana_bci_check_options options = ana_bci_check_options_default();
    options.rank.run.n_threads = 1;
    check_ok(ana_bci_check_trials(trials, units, &options, &check));
    return check;
}

static void clean_trials_have_full_rank_and_good_channels(void **state)
{
    (void)state;
    ana_bci_trials *trials = some_trials();
    ana_bci_check *check = check_of(trials, NULL);
    assert_int_equal(check->rank, N_CHANNELS);
    assert_null(check->unjudged);
    for (size_t c = 0; c < N_CHANNELS; c++) {
        assert_int_equal(check->states[c], ANA_BCI_CHANNEL_GOOD);
        assert_null(check->notes[c]);
    }
    ana_bci_check_free(check);
    ana_bci_trials_free(trials);
}

static void a_flat_channel_is_named_and_costs_a_rank(void **state)
{
    (void)state;
    ana_bci_trials *trials = some_trials();
    set_channel(trials, 3, 3, 0.0);
    ana_bci_check *check = check_of(trials, NULL);
    assert_int_equal(check->states[3], ANA_BCI_CHANNEL_FLAT);
    assert_string_equal(check->notes[3], "it does not vary");
    assert_int_equal(check->rank, N_CHANNELS - 1);
    assert_non_null(strstr(check->rank_sentence, "4"));
    assert_true(isfinite(check->z[0]));
    ana_bci_check_free(check);
    ana_bci_trials_free(trials);
}

static void channels_out_of_proportion_are_gross_weak_or_in_another_unit(void **state)
{
    (void)state;
    static const double gains[] = {30.0, 1.0 / 30.0, 1e6, 1e-6};
    static const ana_bci_channel_state states[] = {ANA_BCI_CHANNEL_GROSS, ANA_BCI_CHANNEL_WEAK,
                                                   ANA_BCI_CHANNEL_OTHER_UNIT,
                                                   ANA_BCI_CHANNEL_OTHER_UNIT};
    for (size_t k = 0; k < 4; k++) {
        ana_bci_trials *trials = some_trials();
        ana_bci_check *before = check_of(trials, NULL);
        set_channel(trials, 2, 2, gains[k] / before->ratios[2]);
        ana_bci_check *check = check_of(trials, NULL);
        assert_int_equal(check->states[2], states[k]);
        assert_non_null(strstr(check->notes[2], "times the deviation of the median channel"));
        /* A gain changes neither the rank nor any trial's z: sums differ by rounding. */
        assert_int_equal(check->rank, before->rank);
        for (size_t i = 0; i < N_TRIALS; i++) {
            check_close(check->z[i], before->z[i], 1e-8, 1e-8);
        }
        ana_bci_check_free(check);
        ana_bci_check_free(before);
        ana_bci_trials_free(trials);
    }
}

static void a_channel_of_another_unit_is_named_by_both(void **state)
{
    (void)state;
    static const char *const units[N_CHANNELS] = {"uV", "uV", "mV", NULL, "uV"};
    ana_bci_trials *trials = some_trials();
    ana_bci_check *check = check_of(trials, units);
    assert_string_equal(check->notes[2], "its unit is mV, the first channel's uV");
    assert_string_equal(check->notes[3], "its unit is not known, the first channel's uV");
    assert_int_equal(check->states[4], ANA_BCI_CHANNEL_GOOD);
    ana_bci_check_free(check);
    ana_bci_trials_free(trials);
}

static void bridged_channels_name_each_other(void **state)
{
    (void)state;
    ana_bci_trials *trials = some_trials();
    set_channel(trials, 4, 1, 1.5);
    ana_bci_check *check = check_of(trials, NULL);
    assert_int_equal(check->states[1], ANA_BCI_CHANNEL_BRIDGED);
    assert_int_equal(check->states[4], ANA_BCI_CHANNEL_BRIDGED);
    assert_non_null(strstr(check->notes[4], trials->channel_names[1]));
    assert_int_equal(check->rank, N_CHANNELS - 1);
    assert_non_null(strstr(check->rank_sentence, trials->channel_names[4]));
    ana_bci_check_free(check);
    ana_bci_trials_free(trials);
}

static void an_artefact_stands_out_and_a_trial_of_zeros_is_one(void **state)
{
    (void)state;
    ana_bci_trials *trials = some_trials();
    ana_bci_check *before = check_of(trials, NULL);
    for (size_t k = 0; k < N_CHANNELS * N_TIMES; k++) {
        signal_of(trials, 5, 0)[k] *= k < N_TIMES ? 60.0 : 1.0;
        signal_of(trials, 9, 0)[k] = 0.0;
    }
    ana_bci_check *check = check_of(trials, NULL);
    assert_true(check->artefacts[5]);
    assert_true(check->z[5] > 3.0);
    assert_true(check->artefacts[9]);
    assert_true(isinf(check->z[9]));
    assert_false(before->artefacts[5]);
    size_t n = 0;
    for (size_t i = 0; i < N_TRIALS; i++) {
        n += check->artefacts[i];
    }
    assert_int_equal(check->n_artefacts, n);
    ana_bci_check_free(before);
    ana_bci_check_free(check);
    ana_bci_trials_free(trials);
}

static void signals_of_nothing_have_no_rank(void **state)
{
    (void)state;
    ana_bci_trials *trials = some_trials();
    memset(trials->values, 0, N_TRIALS * ana_bci_trial_size(trials) * sizeof *trials->values);
    ana_bci_check *check = check_of(trials, NULL);
    assert_int_equal(check->rank, 0);
    assert_string_equal(check->rank_sentence, "no channel varies in any trial");
    assert_int_equal(check->n_artefacts, N_TRIALS);
    ana_bci_check_free(check);
    ana_bci_trials_free(trials);
}

static void volts_give_the_findings_of_microvolts(void **state)
{
    (void)state;
    ana_bci_trials *trials = some_trials();
    ana_bci_check *micro = check_of(trials, NULL);
    for (size_t k = 0; k < N_TRIALS * N_CHANNELS * N_TIMES; k++) {
        trials->values[k] *= 1e-6;
    }
    ana_bci_check *volts = check_of(trials, NULL);
    for (size_t i = 0; i < N_TRIALS; i++) {
        check_close(volts->z[i], micro->z[i], 1e-9, 1e-9);
    }
    for (size_t c = 0; c < N_CHANNELS; c++) {
        check_close(volts->ratios[c], micro->ratios[c], 0.0, 1e-12);
    }
    ana_bci_check_free(micro);
    ana_bci_check_free(volts);
    ana_bci_trials_free(trials);
}

static void few_trials_are_not_judged_and_say_why(void **state)
{
    (void)state;
    ana_bci_trials *trials = some_trials();
    trials->n_trials = 1;
    ana_bci_check *check = check_of(trials, NULL);
    assert_non_null(strstr(check->unjudged, "potato"));
    assert_true(isnan(check->z[0]));
    ana_record *record = NULL;
    check_ok(ana_bci_check_to_record(check, trials, NULL, &record));
    assert_null(ana_record_find(record, "scores"));
    ana_record_free(record);
    ana_bci_check_free(check);
    ana_bci_trials_free(trials);
}

static void what_cannot_be_checked_is_refused(void **state)
{
    (void)state;
    ana_bci_trials *trials = some_trials();
    ana_bci_check *check = NULL;
    ana_bci_check_options options = ana_bci_check_options_default();
    options.bridge = 2.0;
    check_fails(ana_bci_check_trials(trials, NULL, &options, &check), ANA_ERR_VALUE, "bridge");
    signal_of(trials, 3, 1)[7] = NAN;
    check_fails(ana_bci_check_trials(trials, NULL, NULL, &check), ANA_ERR_VALUE, "trial 3");
    trials->n_bands = 2;
    check_fails(ana_bci_check_trials(trials, NULL, NULL, &check), ANA_ERR_SHAPE, "bands");
    trials->n_bands = 1;
    ana_bci_trials_free(trials);
}

static void the_record_lists_suspects_and_artefacts(void **state)
{
    (void)state;
    ana_bci_trials *trials = some_trials();
    ana_record *record = NULL;
    set_channel(trials, 3, 3, 0.0);
    memset(signal_of(trials, 9, 0), 0, ana_bci_trial_size(trials) * sizeof(double));
    ana_bci_check *check = check_of(trials, NULL);
    check_ok(ana_bci_check_to_record(check, trials, NULL, &record));
    check_ok(ana_record_check(record));
    const ana_record *suspects = ana_record_find(record, "suspect_channels");
    assert_int_equal(ana_record_size(suspects), 1);
    assert_string_equal(suspects->texts[0], trials->channel_names[3]);
    const ana_record *list = ana_record_find(record, "artefacts/trial");
    assert_int_equal(ana_record_size(list), check->n_artefacts);
    assert_string_equal(ana_bci_channel_state_name(ANA_BCI_CHANNEL_OTHER_UNIT), "other unit");
    ana_record_free(record);
    ana_bci_check_free(check);
    ana_bci_trials_free(trials);
}

static ana_status check_and_record(void *user)
{
    const ana_bci_trials *trials = user;
    ana_bci_check *check = NULL;
    ana_record *record = NULL;
    ana_bci_check_options options = ana_bci_check_options_default();
    options.rank.run.n_threads = 1;
    ana_status status = ana_bci_check_trials(trials, NULL, &options, &check);
    if (status == ANA_OK) {
        status = ana_bci_check_to_record(check, trials, NULL, &record);
    }
    ana_record_free(record);
    ana_bci_check_free(check);
    return status;
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    ana_bci_trials *trials = some_trials();
    set_channel(trials, 4, 1, 1.5);
    trials->n_trials = 6;
    assert_true(check_each_allocation(check_and_record, trials, false) > 10);
    ana_bci_trials_free(trials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_trials_have_full_rank_and_good_channels),
        cmocka_unit_test(a_flat_channel_is_named_and_costs_a_rank),
        cmocka_unit_test(channels_out_of_proportion_are_gross_weak_or_in_another_unit),
        cmocka_unit_test(a_channel_of_another_unit_is_named_by_both),
        cmocka_unit_test(bridged_channels_name_each_other),
        cmocka_unit_test(an_artefact_stands_out_and_a_trial_of_zeros_is_one),
        cmocka_unit_test(signals_of_nothing_have_no_rank),
        cmocka_unit_test(volts_give_the_findings_of_microvolts),
        cmocka_unit_test(few_trials_are_not_judged_and_say_why),
        cmocka_unit_test(what_cannot_be_checked_is_refused),
        cmocka_unit_test(the_record_lists_suspects_and_artefacts),
        cmocka_unit_test(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
