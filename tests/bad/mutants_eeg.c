/* Seeds of the EEG formats, written by our own writers; GDF and FIF, which we only read, by hand.
 */
#include "mutants.h"
#include "support/build_fif.h"
#include "support/build_gdf.h"
#include "try.h"

#include <analysis/formats/reader.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_CHANNELS = 3
};

/* Whole numbers that repeat nowhere soon. */
static ana_status fill_series(double rate, bool gap, ana_sample_type type, ana_series *series)
{
    const size_t n_times = (size_t)(4.0 * rate);
    int32_t samples[N_CHANNELS * 256];
    int16_t narrow[N_CHANNELS * 256];
    const size_t n = n_times * N_CHANNELS;
    for (size_t i = 0; i < n; i++) {
        samples[i] = (int32_t)((i * 7919 + 13 * i * i) % 30011) - 15000;
        narrow[i] = (int16_t)samples[i];
    }
    series->rate = rate;
    series->type = type;
    ana_status status = ana_series_add_segment(series, n_times / 2, 0.25);
    if (status == ANA_OK) {
        status = ana_series_add_segment(series, n_times - n_times / 2, gap ? 7.25 : 2.25);
    }
    if (status == ANA_OK) {
        status = ana_source_from_memory(type, N_CHANNELS, n_times, true,
                                        type == ANA_INT16 ? (const void *)narrow : samples,
                                        &series->source);
    }
    return status;
}

static ana_status add_series(ana_recording *recording, double rate, bool gap, ana_sample_type type)
{
    static const char *const names[N_CHANNELS] = {"EEG Fz-Ref", "EOG left", "Cz"};
    ana_status status = ANA_OK;
    ana_series *series = NULL;
    ANA_TRY(ana_series_new("signals", N_CHANNELS, &series));
    for (size_t c = 0; c < N_CHANNELS; c++) {
        ana_channel *channel = &series->channels[c];
        channel->name = strdup(names[c]);
        channel->unit = strdup("uV");
        channel->gain = 0.5;
        channel->high_pass_hz = 0.1;
        channel->low_pass_hz = 75.0;
        channel->file_index = recording->n_series * N_CHANNELS + c;
    }
    ANA_TRY(fill_series(rate, gap, type, series));
    status = ana_recording_add_series(recording, series);
    series = NULL;
done:
    ana_series_free(series);
    return status;
}

ana_status make_seed_recording(size_t n_series, bool gap, ana_sample_type type, ana_recording **out)
{
    static const double rates[] = {64.0, 16.0, 4.0};
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
    ana_intervals *intervals = NULL;
    ana_column *label = NULL;
    ANA_TRY(ana_recording_new(&recording));
    recording->start_time = strdup("2021-03-04T05:06:07");
    for (size_t i = 0; i < n_series; i++) {
        ANA_TRY(add_series(recording, rates[i], gap, type));
    }
    ANA_TRY(ana_intervals_new("annotations", 5, &intervals));
    ANA_TRY(ana_table_add(intervals->table, "label", ANA_COLUMN_TEXT, NULL, &label));
    for (size_t i = 0; i < 5; i++) {
        intervals->start[i] = 0.25 + 0.5 * (double)i;
        intervals->stop[i] = intervals->start[i] + (i % 2 == 0 ? 0.0 : 0.25);
        ANA_TRY(ana_column_set_text(label, i,
                                    i % 2 == 0 ? "Stimulus/S  1" : "Comment/\xc3\xa9t\xc3\xa9"));
    }
    ANA_TRY(ana_recording_add_intervals(recording, intervals));
    intervals = NULL;
    *out = recording;
    recording = NULL;
done:
    ana_intervals_free(intervals);
    ana_recording_free(recording);
    return status;
}

static ana_status write_seed(const char *folder, const char *name, size_t n_series,
                             ana_sample_type type)
{
    char path[4096];
    ana_recording *recording = NULL;
    ana_write_options options = ana_write_options_default();
    options.lossy = true;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ana_status status = make_seed_recording(n_series, true, type, &recording);
    if (status == ANA_OK) {
        status = ana_recording_write(recording, path, &options);
    }
    ana_recording_free(recording);
    return status;
}

static ana_status write_edf(const char *folder)
{
    return write_seed(folder, "seed.edf", 3, ANA_INT16);
}

static ana_status write_bdf(const char *folder)
{
    return write_seed(folder, "seed.bdf", 2, ANA_INT32);
}

static ana_status write_brainvision(const char *folder)
{
    return write_seed(folder, "seed.vhdr", 1, ANA_INT16);
}

static ana_status write_gdf_seed(const char *folder)
{
    const gdf_plan plan = {.version = 210, .n_records = GDF_RECORDS, .mode = 3, .tags = true};
    char path[4096];
    snprintf(path, sizeof path, "%s/seed.gdf", folder);
    return write_gdf(path, &plan) ? ANA_OK : ana_fail(ANA_ERR_IO, "%s: not written", path);
}

static ana_status write_fif_seed(const char *folder)
{
    const fif_plan plan = {.type = 4, .first_sample = 100, .skip = 1, .rest = true};
    char path[4096];
    snprintf(path, sizeof path, "%s/seed_raw.fif", folder);
    return write_fif(path, &plan) ? ANA_OK : ana_fail(ANA_ERR_IO, "%s: not written", path);
}

const mutant_seed seed_edf = {"edf", "seed.edf", {"seed.edf"}, write_edf, read_as_recording};
const mutant_seed seed_bdf = {"bdf", "seed.bdf", {"seed.bdf"}, write_bdf, read_as_recording};
const mutant_seed seed_fif = {
    "fif", "seed_raw.fif", {"seed_raw.fif"}, write_fif_seed, read_as_recording};
const mutant_seed seed_gdf = {"gdf", "seed.gdf", {"seed.gdf"}, write_gdf_seed, read_as_recording};
const mutant_seed seed_brainvision = {"brainvision",
                                      "seed.vhdr",
                                      {"seed.vhdr", "seed.vmrk", "seed.eeg"},
                                      write_brainvision,
                                      read_as_recording};
