/* GDF files as recordings. */
#include "gdf.h"

#include "channel.h"
#include "format.h"
#include "memory.h"
#include "record_source.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file being read. */
typedef struct gdf_reading {
    ana_file *file;
    ana_gdf_header header;
    const ana_read_options *options;
    ana_recording *recording;
} gdf_reading;

static int probe(const ana_probe *probe)
{
    return probe->n_head >= 8 && memcmp(probe->head, "GDF ", 4) == 0 && probe->head[5] == '.' ? 99
                                                                                              : 0;
}

/* physical = stored * gain + offset; as stored without a range. */
static void set_scale(const ana_gdf_signal *signal, ana_channel *channel)
{
    const double range = signal->digital_max - signal->digital_min;
    const double gain = (signal->physical_max - signal->physical_min) / range;
    const double offset = signal->physical_min - signal->digital_min * gain;
    if (range != 0.0 && isfinite(gain) && gain != 0.0 && isfinite(offset)) {
        channel->gain = gain;
        channel->offset = offset;
    }
}

static const char *text_or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

static bool is_known(const double *position)
{
    bool known = position[0] != 0.0 || position[1] != 0.0 || position[2] != 0.0;
    for (size_t i = 0; i < 3; i++) {
        known = known && isfinite(position[i]);
    }
    return known;
}

static ana_status fill_channel(const ana_gdf_signal *signal, size_t file_index,
                               ana_channel *channel)
{
    ana_status status = ANA_OK;
    char numbered[32];
    (void)snprintf(numbered, sizeof numbered, "%zu", file_index);
    ANA_TRY(ana_copy_text(signal->label[0] != '\0' ? signal->label : numbered, &channel->name));
    ANA_TRY(ana_copy_text(text_or_null(signal->unit), &channel->unit));
    ANA_TRY(ana_copy_text(text_or_null(signal->filter), &channel->filter));
    ANA_TRY(ana_copy_text(text_or_null(signal->transducer), &channel->transducer));
    channel->kind = ana_kind_from_electrode(signal->label, signal->transducer);
    if (channel->kind == ANA_KIND_OTHER) {
        channel->kind = ana_kind_from_voltage(signal->label, signal->unit);
    }
    channel->file_index = file_index;
    channel->high_pass_hz = signal->high_pass_hz;
    channel->low_pass_hz = signal->low_pass_hz;
    channel->notch_hz = signal->notch_hz;
    for (size_t i = 0; i < 3 && is_known(signal->position); i++) {
        channel->position[i] = signal->position[i];
    }
    set_scale(signal, channel);
done:
    return status;
}

/* "eeg" of all signals, else "eeg_250Hz_int16": unique, since a series is one rate and one type. */
static ana_status name_series(ana_series *series, bool only_one)
{
    char name[96];
    (void)snprintf(name, sizeof name, only_one ? "%s" : "%s_%sHz_%s", ana_word_for_channels(series),
                   ana_number(series->rate).text, ana_sample_type_name(series->type));
    free(series->name);
    series->name = NULL;
    return ana_copy_text(name, &series->name);
}

/* A series of the n signals listed, which share a rate and a type. */
static ana_status add_series(const gdf_reading *reading, size_t n, const size_t *signals,
                             bool only_one)
{
    const ana_gdf_header *header = &reading->header;
    const ana_gdf_signal *first = &header->signals[signals[0]];
    ana_status status = ANA_OK;
    ana_series *series = NULL;
    ANA_TRY(ana_series_new("", n, &series));
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(fill_channel(&header->signals[signals[i]], signals[i], &series->channels[i]));
    }
    series->rate = (double)first->n_samples / header->record_s;
    series->type = first->sample;
    ANA_TRY(name_series(series, only_one));
    ANA_TRY(ana_series_add_segment(series, header->n_records * first->n_samples, 0.0));
    const ana_record_layout layout = {.data_offset = header->data_offset,
                                      .record_bytes = header->record_bytes,
                                      .type = series->type,
                                      .n_samples = header->signals[signals[0]].n_samples,
                                      .n_channels = n,
                                      .channels = signals,
                                      .offset = &header->signals[0].offset,
                                      .offset_step = sizeof *header->signals};
    ANA_TRY(ana_source_from_records(reading->file, &layout, &series->source));
    status = ana_recording_add_series(reading->recording, series);
    series = NULL;
done:
    ana_series_free(series);
    return status;
}

/* One series for each rate and type, in the order of their first signals; *rate: the highest. */
static ana_status add_all_series(const gdf_reading *reading, double *rate)
{
    const ana_gdf_header *header = &reading->header;
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t n_read = 0;
    size_t *signals = ana_workspace_sizes(&workspace, header->n_signals, 1);
    bool *taken = ana_workspace_bytes(&workspace, header->n_signals, 1, sizeof *taken);
    ANA_TRY(ana_workspace_check(&workspace, "signals"));
    for (size_t s = 0; s < header->n_signals; s++) {
        n_read += header->signals[s].is_read ? 1 : 0;
    }
    for (size_t s = 0; s < header->n_signals; s++) {
        const ana_gdf_signal *first = &header->signals[s];
        size_t n = 0;
        for (size_t i = s; i < header->n_signals && first->is_read && !taken[s]; i++) {
            const ana_gdf_signal *signal = &header->signals[i];
            if (signal->is_read && signal->n_samples == first->n_samples &&
                signal->sample == first->sample) {
                signals[n++] = i;
            }
        }
        for (size_t i = 0; i < n; i++) {
            taken[signals[i]] = true;
        }
        if (n > 0) {
            *rate = fmax(*rate, (double)first->n_samples / header->record_s);
            ANA_TRY(add_series(reading, n, signals, n == n_read));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status warn_of_the_rest(const gdf_reading *reading)
{
    const ana_gdf_header *header = &reading->header;
    for (size_t s = 0; s < header->n_signals; s++) {
        const ana_gdf_signal *signal = &header->signals[s];
        if (!signal->is_read && signal->n_samples > 0) {
            return ana_recover(reading->recording, reading->options,
                               "%s: signal \"%s\" is left out: its samples are of type %u",
                               reading->recording->path, signal->label, signal->type);
        }
    }
    return ANA_OK;
}

static ana_status build(gdf_reading *reading)
{
    const ana_gdf_header *header = &reading->header;
    ana_recording *recording = reading->recording;
    ana_status status = ANA_OK;
    double rate = 0.0;
    ANA_TRY(ana_copy_text(text_or_null(header->start_time), &recording->start_time));
    ANA_TRY(ana_recording_add_fact(recording, "patient", header->patient));
    ANA_TRY(ana_recording_add_fact(recording, "recording", header->recording));
    ANA_TRY(add_all_series(reading, &rate));
    ANA_TRY(warn_of_the_rest(reading));
    ANA_TRY(ana_gdf_read_events(reading->file, header, rate, reading->options, recording));
done:
    return status;
}

static ana_status read(const char *path, const ana_read_options *options, ana_recording **out)
{
    ana_status status = ANA_OK;
    gdf_reading reading = {.options = options};
    ANA_TRY(ana_recording_new(&reading.recording));
    ANA_TRY(ana_copy_text(path, &reading.recording->path));
    ANA_TRY(ana_copy_text("gdf", &reading.recording->format));
    ANA_TRY(ana_file_open(path, &reading.file));
    ANA_TRY(ana_gdf_read_header(reading.file, options, reading.recording, &reading.header));
    ANA_TRY(build(&reading));
    *out = reading.recording;
    reading.recording = NULL;
done:
    ana_gdf_release_header(&reading.header);
    ana_file_close(reading.file);
    ana_recording_free(reading.recording);
    return status;
}

const ana_format ana_format_gdf = {
    .name = "gdf",
    .title = "General Data Format for biosignals (GDF 1, GDF 2)",
    .endings = ".gdf",
    .probe = probe,
    .read = read,
};
