#include "constants.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/models/erd.h>
#include <analysis/time_frequency.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_TRIALS = 4,
    N_CHANNELS = 2,
    N_TIMES = 600
};
static const double rate = 100.0;

/* Six seconds from 2 s before the event. 10 Hz of height 1, which from 1 s after the event on is
 * half as high in channel 0 of class a, and twice as high in class b; channel 1 keeps it. Trials
 * have phases of their own. */
static ana_bci_trials *make_trials(double gain)
{
    static const char *const labels[N_TRIALS] = {"a", "b", "b", "a"};
    double values[N_TRIALS * N_CHANNELS * N_TIMES];
    for (size_t i = 0; i < N_TRIALS; i++) {
        for (size_t t = 0; t < N_TIMES; t++) {
            const double wave = sin(2.0 * ANA_PI * 10.0 * (double)t / rate + (double)i);
            const double after = labels[i][0] == 'a' ? 0.5 : 2.0;
            values[(i * N_CHANNELS) * N_TIMES + t] = gain * (t < 300 ? 1.0 : after) * wave;
            values[(i * N_CHANNELS + 1) * N_TIMES + t] = gain * wave;
        }
    }
    const ana_bci_array array = {N_TRIALS, N_CHANNELS, N_TIMES, rate, values, labels};
    const ana_bci_source source = {"1", "1", "1"};
    ana_bci_trials *trials = NULL;
    check_ok(ana_bci_trials_new(&array, &source, &trials));
    trials->from_s = -2.0;
    return trials;
}

static ana_erd_options choose(void)
{
    ana_erd_options options = ana_erd_options_default();
    options.baseline_from_s = -1.0;
    options.baseline_to_s = 0.0;
    options.min_hz = 8.0;
    options.max_hz = 12.0;
    return options;
}

static double at(const ana_erd *erd, size_t label, size_t channel, double hz, double time)
{
    size_t f = 0;
    size_t bin = 0;
    while (erd->frequencies[f] < hz - 1e-9) {
        f++;
    }
    while (erd->times[bin] < time) {
        bin++;
    }
    return erd
        ->values[((label * erd->n_channels + channel) * erd->n_frequencies + f) * erd->n_bins +
                 bin];
}

static void a_rhythm_half_as_high_has_lost_three_quarters_of_its_power(void **state)
{
    (void)state;
    ana_bci_trials *trials = make_trials(1.0);
    ana_bci_trials *volts = make_trials(1e-6);
    const ana_erd_options options = choose();
    ana_erd *erd = NULL;
    ana_erd *small = NULL;
    check_ok(ana_erd_compute(trials, &options, &erd));
    check_ok(ana_erd_compute(volts, &options, &small));
    assert_true(erd->n_classes == 2 && erd->n_frequencies == 5 && erd->n_bins == 60);
    check_close(erd->times[0], -2.0 + 0.045, 1e-12, 0.0);
    /* a wavelet of 5 cycles holds waves of 4 s and .4 s before it: 1.8 s is beyond the step */
    check_close(at(erd, 0, 0, 10.0, 2.5), -0.75, 1e-6, 0.0);
    check_close(at(erd, 1, 0, 10.0, 2.5), 3.0, 1e-5, 0.0);
    check_close(at(erd, 0, 1, 10.0, 2.5), 0.0, 1e-6, 0.0);
    check_close(at(erd, 0, 0, 10.0, -0.5), 0.0, 1e-6, 0.0);
    for (size_t i = 0; i < 2 * N_CHANNELS * 5 * 60; i++) {
        check_close(small->values[i], erd->values[i], 1e-12, 1e-12);
    }
    ana_erd_free(erd);
    ana_erd_free(small);
    ana_bci_trials_free(trials);
    ana_bci_trials_free(volts);
}

/* Two standard deviations of 5 cycles of 8 Hz are .199 s: 20 samples. */
static void no_answer_stands_where_wavelets_leave_the_trial(void **state)
{
    (void)state;
    ana_bci_trials *trials = make_trials(1.0);
    ana_erd_options options = choose();
    ana_erd *erd = NULL;
    check_ok(ana_erd_compute(trials, &options, &erd));
    assert_true(isnan(erd->values[1]) && !isnan(erd->values[2]));
    assert_true(!isnan(erd->values[57]) && isnan(erd->values[58]));
    ana_erd_free(erd);
    options.baseline_from_s = -2.0;
    options.baseline_to_s = -1.95;
    check_fails(ana_erd_compute(trials, &options, &erd), ANA_ERR_VALUE,
                "every wavelet reaches beyond the trial");
    trials->values[(size_t)N_CHANNELS * N_TIMES * 3 + 400] = NAN; /* the last trial, of class a */
    options = choose();
    check_ok(ana_erd_compute(trials, &options, &erd));
    assert_true(isnan(at(erd, 0, 0, 10.0, 2.0)) && !isnan(at(erd, 1, 0, 10.0, 2.0)));
    assert_true(!isnan(at(erd, 0, 0, 10.0, -0.5)) && !isnan(at(erd, 0, 1, 10.0, 2.0)));
    ana_erd_free(erd);
    ana_bci_trials_free(trials);
}

/* The maps by the definition, from the mean powers of one class. */
static void maps_are_mean_powers_over_their_baseline(void **state)
{
    (void)state;
    static const double cycles[] = {5.0};
    static const double frequencies[] = {9.0};
    const size_t shape[] = {2, N_CHANNELS, N_TIMES};
    ana_bci_trials *trials = make_trials(1.0);
    const size_t size = ana_bci_trial_size(trials);
    double *both = calloc(2 * size, sizeof *both);
    double *power = calloc(size, sizeof *power);
    ana_morlet *morlet = NULL;
    ana_erd *erd = NULL;
    const ana_erd_options options = choose();
    double baseline = 0.0;
    double later = 0.0;
    assert_true(both != NULL && power != NULL);
    memcpy(both, trials->values, size * sizeof *both);
    memcpy(both + size, trials->values + 3 * size, size * sizeof *both);
    check_ok(ana_morlet_new(rate, 1, frequencies, cycles, false, &morlet));
    check_ok(ana_morlet_average(morlet, shape, both, NULL, power, NULL));
    for (size_t t = 100; t <= 200; t++) {
        baseline += power[t] / 101.0;
    }
    for (size_t t = 310; t < 320; t++) {
        later += power[t] / 10.0;
    }
    check_ok(ana_erd_compute(trials, &options, &erd));
    check_close(at(erd, 0, 0, 9.0, 1.1), (later - baseline) / baseline, 0.0, 1e-12);
    ana_erd_free(erd);
    ana_morlet_free(morlet);
    ana_bci_trials_free(trials);
    free(both);
    free(power);
}

static void wrong_options_are_named(void **state)
{
    (void)state;
    ana_bci_trials *trials = make_trials(1.0);
    ana_erd_options options = ana_erd_options_default();
    ana_erd *erd = NULL;
    check_fails(ana_erd_compute(trials, &options, &erd), ANA_ERR_VALUE,
                "a baseline from -2 to nan");
    options.baseline_to_s = 5.0;
    check_fails(ana_erd_compute(trials, NULL, &erd), ANA_ERR_VALUE, "a baseline");
    check_fails(ana_erd_compute(trials, &options, &erd), ANA_ERR_VALUE,
                "the trials have -2 to 3.99");
    options = choose();
    options.min_hz = 20.0;
    check_fails(ana_erd_compute(trials, &options, &erd), ANA_ERR_VALUE, "from 20 to 12 Hz");
    options.bin_s = -1.0;
    check_fails(ana_erd_compute(trials, &options, &erd), ANA_ERR_VALUE, "bin");
    options = choose();
    options.max_hz = 60.0;
    check_fails(ana_erd_compute(trials, &options, &erd), ANA_ERR_VALUE, "");
    options = choose();
    options.baseline_from_s = 3.8; /* just where the last wavelet of 12 Hz ends */
    options.baseline_to_s = 3.9;
    check_ok(ana_erd_compute(trials, &options, &erd));
    ana_erd_free(erd);
    options.baseline_from_s = 3.86;
    check_fails(ana_erd_compute(trials, &options, &erd), ANA_ERR_VALUE, "reaches beyond");
    options = choose();
    options.run = run_of(1, 20000);
    check_fails(ana_erd_compute(trials, &options, &erd), ANA_ERR_LIMIT, "maps");
    options = choose();
    trials->n_bands = 2;
    check_fails(ana_erd_compute(trials, &options, &erd), ANA_ERR_VALUE, "a bank of 2 bands");
    trials->n_bands = 1;
    ana_bci_trials_free(trials);
}

static void a_record_shows_each_class_at_each_channel(void **state)
{
    (void)state;
    static const size_t shown[] = {1, 0};
    ana_bci_trials *trials = make_trials(1.0);
    ana_erd_options options = choose();
    ana_erd *erd = NULL;
    ana_record *record = NULL;
    check_ok(ana_erd_compute(trials, &options, &erd));
    check_ok(ana_erd_to_record(erd, trials, 2, shown, &record));
    check_ok(ana_record_check(record));
    const double *map = NULL;
    ana_shape shape = {.n_axes = 2, .n = {5, 60}};
    check_ok(ana_record_get_doubles(record, "class_1_channel_0/values", &shape, &map));
    check_same_bits(300, map, erd->values + 600);
    const ana_record *all = ana_record_find(record, "change/values");
    assert_true(all->n_axes == 4 && all->shape[3] == 60);
    ana_record_free(record);
    ALLOCATION_TEST(ana_erd_to_record, (erd, trials, 1, shown, &record), ana_record_free(record));
    ana_erd_free(erd);
    ALLOCATION_TEST(ana_erd_compute, (trials, &options, &erd), ana_erd_free(erd));
    ana_bci_trials_free(trials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rhythm_half_as_high_has_lost_three_quarters_of_its_power),
        cmocka_unit_test(no_answer_stands_where_wavelets_leave_the_trial),
        cmocka_unit_test(maps_are_mean_powers_over_their_baseline),
        cmocka_unit_test(wrong_options_are_named),
        cmocka_unit_test(a_record_shows_each_class_at_each_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
