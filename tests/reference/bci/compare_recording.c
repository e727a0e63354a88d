/* The recording that signal.h5 was made from, where it is on this machine. */
#include "bci.h"
#include "support/check.h"
#include "support/shared.h"

#include <analysis/formats/reader.h>

#include <math.h>
#include <string.h>
#include <strings.h>

/* "Fc5." in the file is "FC5" as MNE writes it. */
static bool is_name(const char *ours, const char *theirs)
{
    const size_t n = strcspn(ours, ".");
    return strlen(theirs) == n && strncasecmp(ours, theirs, n) == 0;
}

static void compare_channels(const h5_reference *file, tally *counts, const ana_series *series)
{
    h5_names names = h5_reference_texts(file, "edf/channel_names");
    h5_doubles samples = h5_reference_doubles(file, "edf/first_samples_uV_all_channels");
    const size_t n = samples.shape[1];
    double x[64 * 50];
    counts->n_cases += 2;
    assert_true(samples.n <= sizeof x / sizeof x[0]);
    if (tally_that(counts, series->n_channels == names.n, "edf: %zu channels",
                   series->n_channels)) {
        check_ok(ana_series_read(series, 0, NULL, 0, n, x));
        for (size_t c = 0; c < names.n; c++) {
            tally_that(counts, is_name(series->channels[c].name, names.names[c]),
                       "edf: channel %zu is %s", c, series->channels[c].name);
            tally_that(counts, strcmp(series->channels[c].unit, "uV") == 0, "edf: unit of %zu", c);
        }
        for (size_t i = 0; i < samples.n; i++) {
            tally_number(counts, x[i], samples.values[i], 1e-9, 0.0, "edf: sample [%zu]", i);
        }
    }
    h5_names_free(&names);
    h5_doubles_free(&samples);
}

static void compare_annotations(const h5_reference *file, tally *counts,
                                const ana_intervals *intervals)
{
    h5_names texts = h5_reference_texts(file, "edf/annot_text");
    h5_doubles onsets = h5_reference_doubles(file, "edf/annot_onset_s");
    h5_doubles durations = h5_reference_doubles(file, "edf/annot_duration_s");
    counts->n_cases++;
    if (tally_that(counts, intervals->n == texts.n, "edf: %zu annotations", intervals->n)) {
        for (size_t i = 0; i < texts.n; i++) {
            tally_that(counts, ana_intervals_has_label(intervals, i, texts.names[i]),
                       "edf: text of annotation %zu", i);
            tally_number(counts, intervals->start[i], onsets.values[i], 1e-9, 0.0, "edf: onset %zu",
                         i);
            tally_number(counts, intervals->stop[i] - intervals->start[i], durations.values[i],
                         1e-9, 0.0, "edf: duration %zu", i);
        }
    }
    h5_names_free(&texts);
    h5_doubles_free(&onsets);
    h5_doubles_free(&durations);
}

void compare_edf(const h5_reference *file, tally *counts)
{
    char path[1024];
    ana_recording *recording = NULL;
    h5_ints n_samples = h5_reference_ints(file, "edf/n_samples");
    if (!shared_path("data/eeg/eegmmidb/S001/S001R04.edf", path, sizeof path)) {
        counts->n_unread++;
        h5_ints_free(&n_samples);
        return;
    }
    check_ok(ana_recording_read(path, NULL, &recording));
    assert_true(recording->n_series == 1 && recording->n_intervals == 1);
    counts->n_cases++;
    tally_that(counts, recording->series[0]->n_times == (size_t)n_samples.values[0],
               "edf: %zu samples", recording->series[0]->n_times);
    compare_channels(file, counts, recording->series[0]);
    compare_annotations(file, counts, recording->intervals[0]);
    ana_recording_free(recording);
    h5_ints_free(&n_samples);
}
