/* Signals as labs keep them in plain HDF5: one array of samples and what is said of it beside it.
 *
 *  Datasets of the file: signal (channel x time), channels (names), event_sample (0-based) and
 *  event_code, X_onset_s and X_offset_s (spans called X, in seconds).
 *  Attributes of the file: sfreq, rate or fs (hertz), unit (of all channels), trial_duration_s (of
 *  each event), event_names (JSON: {"1": "right_hand"}).
 *  Only `signal` and a rate have to be there. */
#include "signal_h5.h"

#include "channel.h"
#include "checked.h"
#include "format.h"
#include "hdf5_rows.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Those that say the rate, and those that are no facts of the session. */
static const char *const rate_names[] = {"sfreq", "rate", "fs"};
static const char *const other_names[] = {"unit", "event_names", "trial_duration_s"};

enum {
    N_RATE_NAMES = sizeof rate_names / sizeof rate_names[0],
    N_OTHER_NAMES = sizeof other_names / sizeof other_names[0]
};

static bool is_one_of(const char *name, size_t n, const char *const *names)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

ana_status ana_signal_h5_look(ana_hdf5 *file, const char *path, bool *found)
{
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ana_status status = ana_hdf5_look(file, path, &kind);
    *found = status == ANA_OK && kind == ANA_HDF5_DATASET;
    return status;
}

/* *out = the first attribute that says the rate; NULL when none does. */
static ana_status find_rate_name(ana_hdf5 *file, const char **out)
{
    ana_status status = ANA_OK;
    *out = NULL;
    for (size_t i = 0; i < N_RATE_NAMES && *out == NULL && status == ANA_OK; i++) {
        bool found = false;
        ana_hdf5_info info = {0};
        status = ana_hdf5_describe_attribute(file, "/", rate_names[i], &found, &info);
        *out = found ? rate_names[i] : NULL;
    }
    return status;
}

static int probe(const ana_probe *probe)
{
    ana_status status = ANA_OK;
    ana_hdf5 *file = NULL;
    const char *rate_name = NULL;
    bool has_signal = false;
    bool has_events = false;
    if (!ana_hdf5_has_signature(probe->head, probe->n_head)) {
        return 0;
    }
    ANA_TRY(ana_hdf5_open(probe->path, NULL, &file));
    ANA_TRY(ana_signal_h5_look(file, "/signal", &has_signal));
    ANA_TRY(ana_signal_h5_look(file, "/event_sample", &has_events));
    ANA_TRY(find_rate_name(file, &rate_name));
done:
    ana_hdf5_close(file);
    if (status != ANA_OK || !has_signal) {
        return 0;
    }
    return rate_name != NULL ? 95 : has_events ? 70 : 0;
}

/* --rate before the file's own; without either an error, since a rate is never assumed. */
static ana_status find_rate(ana_signal_h5 *reader)
{
    if (reader->options->rate > 0.0) {
        reader->rate = reader->options->rate;
        return ANA_OK;
    }
    const char *name = NULL;
    ana_status status = find_rate_name(reader->file, &name);
    if (status == ANA_OK && name == NULL) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: /: has no attribute sfreq, rate or fs; give the rate by --rate",
                        reader->path);
    }
    if (status == ANA_OK) {
        status = ana_hdf5_attribute_double(reader->file, "/", name, &reader->rate);
    }
    const double longest = (double)SIZE_MAX / reader->rate; /* an end of time that can be said */
    if (status == ANA_OK && !(reader->rate > 0.0 && isfinite(reader->rate) && isfinite(longest))) {
        status = ana_fail(ANA_ERR_FORMAT,
                          "%s: /: attribute \"%s\" is %s; a rate above 0 Hz is right, or give it "
                          "by --rate",
                          reader->path, name, ana_number(reader->rate).text);
    }
    return status;
}

static ana_status check_signal(const ana_signal_h5 *reader, const ana_hdf5_info *info)
{
    const size_t n_channels = info->n_axes == 2 ? info->n[0] : 0;
    size_t bytes = 0;
    if (info->type_class != ANA_HDF5_FLOAT && info->type_class != ANA_HDF5_INTEGER) {
        return ana_fail(ANA_ERR_FORMAT, "%s: /signal: holds no numbers", reader->path);
    }
    if (info->n_axes != 2 || n_channels == 0 || info->n[1] == 0) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: /signal: has %zu axes and %zu samples; channel x time, with at least "
                        "one of each, is right",
                        reader->path, info->n_axes, info->n_elements);
    }
    if (!ana_multiply(n_channels, sizeof(ana_channel), &bytes)) {
        return ana_fail(ANA_ERR_FORMAT, "%s: /signal: claims %zu channels, more than can be held",
                        reader->path, n_channels);
    }
    if (n_channels > info->n[1]) {
        ana_status status =
            ana_recover(reader->recording, reader->options,
                        "%s: /signal: is read as channel x time, but has more channels (%zu) than "
                        "samples (%zu): it may be stored as time x channel",
                        reader->path, n_channels, info->n[1]);
        if (status != ANA_OK) {
            return status;
        }
    }
    return ana_run_check_memory(&reader->options->run, bytes, reader->path);
}

/* The texts of /channels, none without it. */
static ana_status read_names(const ana_signal_h5 *reader, const ana_hdf5_info *info,
                             ana_hdf5_texts *names)
{
    bool found = false;
    ana_status status = ana_signal_h5_look(reader->file, "/channels", &found);
    if (!found) {
        return status;
    }
    status = ana_hdf5_read_texts(reader->file, "/channels", names);
    if (status == ANA_OK && names->n != info->n[0]) {
        status =
            ana_fail(ANA_ERR_FORMAT,
                     "%s: /channels: holds %zu names, but /signal is %zu x %zu; a name for "
                     "each of its rows is right%s",
                     reader->path, names->n, info->n[0], info->n[1],
                     names->n == info->n[1] ? " (it seems to be stored as time x channel)" : "");
    }
    return status;
}

static ana_status describe_channels(const ana_signal_h5 *reader, const ana_hdf5_info *info,
                                    ana_series *series)
{
    ana_status status = ANA_OK;
    ana_hdf5_texts names = {0};
    char *unit = NULL;
    ANA_TRY(ana_hdf5_attribute_text(reader->file, "/", "unit", &unit));
    ANA_TRY(read_names(reader, info, &names));
    for (size_t c = 0; c < series->n_channels; c++) {
        ana_channel *channel = &series->channels[c];
        char numbered[32];
        (void)snprintf(numbered, sizeof numbered, "%zu", c);
        bool named = c < names.n && names.items[c][0] != '\0';
        ANA_TRY(ana_copy_text(named ? names.items[c] : numbered, &channel->name));
        ANA_TRY(ana_copy_text(unit != NULL && unit[0] != '\0' ? unit : NULL, &channel->unit));
        channel->kind = ana_kind_from_label(channel->name);
        channel->file_index = c;
    }
done:
    free(unit);
    ana_hdf5_texts_release(&names);
    return status;
}

static ana_status add_signal(ana_signal_h5 *reader)
{
    ana_status status = ANA_OK;
    ana_hdf5_info info = {0};
    ana_hdf5_dataset *dataset = NULL;
    ana_series *series = NULL;
    ANA_TRY(ana_hdf5_describe(reader->file, "/signal", &info));
    ANA_TRY(check_signal(reader, &info));
    reader->n_times = info.n[1];
    ANA_TRY(ana_series_new("", info.n[0], &series));
    ANA_TRY(describe_channels(reader, &info, series));
    series->rate = reader->rate;
    series->type = info.sample;
    free(series->name);
    series->name = NULL;
    ANA_TRY(ana_copy_text(ana_word_for_channels(series), &series->name));
    ANA_TRY(ana_series_add_segment(series, info.n[1], 0.0));
    ANA_TRY(ana_hdf5_dataset_open(reader->file, "/signal", &dataset));
    ANA_TRY(ana_source_from_hdf5_rows(dataset, &series->source));
    dataset = NULL;
    status = ana_recording_add_series(reader->recording, series);
    series = NULL;
done:
    ana_hdf5_dataset_close(dataset);
    ana_series_free(series);
    return status;
}

/* One number or one text that the layout gives no meaning. */
static ana_status add_fact(const ana_signal_h5 *reader, const char *name)
{
    ana_hdf5_info info = {0};
    bool found = false;
    ana_status status = ana_hdf5_describe_attribute(reader->file, "/", name, &found, &info);
    if (status != ANA_OK || info.n_elements != 1) {
        return status;
    }
    if (info.type_class == ANA_HDF5_TEXT) {
        char *text = NULL;
        status = ana_hdf5_attribute_text(reader->file, "/", name, &text);
        status = status == ANA_OK ? ana_recording_add_fact(reader->recording, name, text) : status;
        free(text);
    } else if (info.type_class == ANA_HDF5_INTEGER || info.type_class == ANA_HDF5_FLOAT ||
               info.type_class == ANA_HDF5_BOOL) {
        double value = 0.0;
        status = ana_hdf5_attribute_double(reader->file, "/", name, &value);
        status = status == ANA_OK
                     ? ana_recording_add_fact(reader->recording, name, ana_number(value).text)
                     : status;
    }
    return status;
}

static ana_status add_facts(const ana_signal_h5 *reader)
{
    ana_hdf5_texts names = {0};
    ana_status status = ana_hdf5_attribute_names(reader->file, "/", &names);
    for (size_t i = 0; i < names.n && status == ANA_OK; i++) {
        if (!is_one_of(names.items[i], N_RATE_NAMES, rate_names) &&
            !is_one_of(names.items[i], N_OTHER_NAMES, other_names)) {
            status = add_fact(reader, names.items[i]);
        }
    }
    ana_hdf5_texts_release(&names);
    return status;
}

static ana_status read(const char *path, const ana_read_options *options, ana_recording **out)
{
    ana_status status = ANA_OK;
    ana_signal_h5 reader = {.path = path, .options = options};
    ANA_TRY(ana_hdf5_open(path, options, &reader.file));
    ANA_TRY(ana_recording_new(&reader.recording));
    ANA_TRY(ana_copy_text("signal_h5", &reader.recording->format));
    ANA_TRY(ana_copy_text(path, &reader.recording->path));
    ANA_TRY(find_rate(&reader));
    ANA_TRY(add_signal(&reader));
    ANA_TRY(ana_signal_h5_add_events(&reader));
    ANA_TRY(ana_signal_h5_add_spans(&reader));
    ANA_TRY(add_facts(&reader));
    *out = reader.recording;
    reader.recording = NULL;
done:
    ana_recording_free(reader.recording);
    ana_hdf5_close(reader.file);
    return status;
}

const ana_format ana_format_signal_h5 = {
    .name = "signal_h5",
    .title = "Signals in plain HDF5 (/signal, channel x time)",
    .endings = ".h5 .hdf5",
    .probe = probe,
    .read = read,
};
