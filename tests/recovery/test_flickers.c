/* A recording of someone who looked at flickers of 13, 21 and 17 Hz: canonical correlation tells
 * which, learning nothing. */
#include "support/check.h"
#include "support/shared.h"

#include <analysis/formats/reader.h>
#include <analysis/models/bci_trials.h>
#include <analysis/models/steady_state.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double share_right(const char *path)
{
    static const double frequencies[3] = {13.0, 21.0, 17.0}; /* of the labels in their order */
    const ana_steady_state_bank flickers = {3, frequencies, 3, 256.0};
    const ana_bci_source source = {.subject = "03", .session = "1", .run = "1"};
    ana_bci_bank bank = {.n_bands = 1, .bands_hz = {5.0, 90.0}, .order = 4};
    ana_epoch_options epochs = ana_epoch_options_default();
    ana_recording *recording = NULL;
    ana_bci_trials *trials = NULL;
    double n_right = 0.0;
    epochs.events = "33025,33026,33027";
    epochs.from_s = 2.0;
    epochs.to_s = 5.0;
    check_ok(ana_recording_read(path, NULL, &recording));
    assert_true(recording->n_series == 1 && recording->n_intervals == 1);
    check_ok(ana_bci_trials_cut(recording->series[0], recording->intervals[0], &epochs, &bank,
                                &source, NULL, &trials));
    assert_true(trials->n_trials == 24 && trials->n_classes == 3);
    double *correlations = calloc(trials->n_trials * 3, sizeof *correlations);
    assert_non_null(correlations);
    const ana_labelled_signals signals = {
        trials->n_trials, trials->n_channels, trials->n_times, trials->values, 0, NULL};
    check_ok(ana_steady_state_correlate(&signals, &flickers, NULL, correlations));
    for (size_t i = 0; i < trials->n_trials; i++) {
        const double *own = correlations + 3 * i;
        const size_t best = own[1] > own[0] ? (own[2] > own[1] ? 2 : 1) : (own[2] > own[0] ? 2 : 0);
        n_right += best == trials->labels[i] ? 1.0 : 0.0;
    }
    n_right /= (double)trials->n_trials;
    free(correlations);
    ana_bci_trials_free(trials);
    ana_recording_free(recording);
    return n_right;
}

/* By chance a third is right, and 17 of 24 with probability 2e-4. */
static void the_flicker_is_told_without_learning(void **state)
{
    (void)state;
    static const char *const names[2] = {"15.25.23", "15.33.08"};
    for (size_t s = 0; s < 2; s++) {
        char relative[128];
        char path[512];
        snprintf(relative, sizeof relative,
                 "data/eeg/ssvep_exo/subject03/record-[2012.07.11-%s].gdf", names[s]);
        if (!shared_path(relative, path, sizeof path)) {
            skip();
        }
        const double right = share_right(path);
        print_message("session %s: %.3f right\n", names[s], right);
        assert_true(right >= 17.0 / 24.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_flicker_is_told_without_learning)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
