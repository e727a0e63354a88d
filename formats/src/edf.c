/* EDF and BDF files as recordings. */
#include "edf.h"

#include "channel.h"
#include "edf_write.h"
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
typedef struct edf_reading {
    ana_file *file;
    ana_edf_header header;
    ana_edf_annotations annotations;
    bool has_annotations;
    const ana_read_options *options;
    ana_recording *recording;
} edf_reading;

/* physical = stored * gain + offset. Without a digital range there is no scale: as stored. */
static void set_scale(const ana_edf_signal *signal, ana_channel *channel)
{
    if (signal->digital_max == signal->digital_min) {
        return;
    }
    channel->gain =
        (signal->physical_max - signal->physical_min) / (signal->digital_max - signal->digital_min);
    channel->offset = signal->physical_min - signal->digital_min * channel->gain;
}

/* What stands after '-' in "EEG Fz-Ref" is the reference. */
static const char *reference_of(const char *label)
{
    const char *dash = strrchr(label, '-');
    return ana_text_starts_with(label, "EEG ") && dash != NULL && dash[1] != '\0' ? dash + 1 : NULL;
}

static const char *text_or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

static ana_status fill_channel(const ana_edf_signal *signal, size_t file_index,
                               ana_channel *channel)
{
    ana_status status = ANA_OK;
    const bool scaled = signal->digital_max != signal->digital_min;
    ANA_TRY(ana_copy_text(signal->label, &channel->name));
    ANA_TRY(ana_copy_text(scaled ? text_or_null(signal->unit) : NULL, &channel->unit));
    ANA_TRY(ana_copy_text(text_or_null(signal->filter), &channel->filter));
    ANA_TRY(ana_copy_text(text_or_null(signal->transducer), &channel->transducer));
    ANA_TRY(ana_copy_text(reference_of(signal->label), &channel->reference));
    channel->kind = ana_kind_from_electrode(signal->label, signal->transducer);
    channel->file_index = file_index;
    set_scale(signal, channel);
    ana_channel_parse_filter(signal->filter, channel);
done:
    return status;
}

/* Two records join when the second starts where the first ends: to half a sample of the fastest
 * signal, or to what the decimals of the onsets can tell. */
static double join_tolerance(const edf_reading *reading)
{
    size_t most = 1;
    for (size_t s = 0; s < reading->header.n_signals; s++) {
        const ana_edf_signal *signal = &reading->header.signals[s];
        most = !signal->is_annotation && signal->n_samples > most ? signal->n_samples : most;
    }
    double half_sample = 0.5 * reading->header.record_s / (double)most;
    double half_digit = 0.5000001 * pow(10.0, -(double)reading->annotations.onset_digits);
    return fmax(half_sample, half_digit);
}

/* One segment for each run of records that follow each other. */
static ana_status add_segments(const edf_reading *reading, size_t n_samples, ana_series *series)
{
    const ana_edf_header *header = &reading->header;
    const double *onset = reading->annotations.record_onset;
    if (!reading->has_annotations) {
        return ana_series_add_segment(series, header->n_records * n_samples, 0.0);
    }
    const double tolerance = join_tolerance(reading);
    ana_status status = ANA_OK;
    for (size_t first = 0; first < header->n_records && status == ANA_OK;) {
        size_t n = 1;
        while (first + n < header->n_records &&
               fabs(onset[first + n] - (onset[first] + (double)n * header->record_s)) <=
                   tolerance) {
            n++;
        }
        status = ana_series_add_segment(series, n * n_samples, onset[first]);
        first += n;
    }
    return status;
}

/* A series of the n signals listed, which share a rate. */
static ana_status add_series(const edf_reading *reading, size_t n, const size_t *signals,
                             bool only_one)
{
    const ana_edf_header *header = &reading->header;
    const size_t n_samples = header->signals[signals[0]].n_samples;
    ana_status status = ANA_OK;
    ana_series *series = NULL;
    char name[64];
    ANA_TRY(ana_series_new("", n, &series));
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(fill_channel(&header->signals[signals[i]], signals[i], &series->channels[i]));
    }
    series->rate = (double)n_samples / header->record_s;
    series->type = header->is_bdf ? ANA_INT24 : ANA_INT16;
    (void)snprintf(name, sizeof name, only_one ? "%s" : "%s_%sHz", ana_word_for_channels(series),
                   ana_number(series->rate).text);
    free(series->name);
    series->name = NULL;
    ANA_TRY(ana_copy_text(name, &series->name));
    ANA_TRY(add_segments(reading, n_samples, series));
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

/* Signals not yet in a series that have as many samples in a record as signal `first`. */
static size_t collect_signals(const ana_edf_header *header, size_t first, bool *taken,
                              size_t *signals)
{
    size_t n = 0;
    for (size_t s = first; s < header->n_signals; s++) {
        const ana_edf_signal *signal = &header->signals[s];
        if (!taken[s] && !signal->is_annotation &&
            signal->n_samples == header->signals[first].n_samples) {
            signals[n++] = s;
            taken[s] = true;
        }
    }
    return n;
}

/* One series for each rate, in the order of their first signals. */
static ana_status add_all_series(const edf_reading *reading)
{
    const ana_edf_header *header = &reading->header;
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t n_signals = 0;
    size_t *signals = ana_workspace_sizes(&workspace, header->n_signals, 1);
    bool *taken = ana_workspace_bytes(&workspace, header->n_signals, 1, sizeof *taken);
    ANA_TRY(ana_workspace_check(&workspace, "signals"));
    for (size_t s = 0; s < header->n_signals; s++) {
        n_signals += header->signals[s].is_annotation ? 0 : 1;
    }
    for (size_t s = 0; s < header->n_signals && status == ANA_OK; s++) {
        if (!taken[s] && !header->signals[s].is_annotation) {
            size_t n = collect_signals(header, s, taken, signals);
            status = add_series(reading, n, signals, n == n_signals);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The channel that an annotation concerns, after "@@" at its end; NULL: all. */
static const char *channel_of(const char *text)
{
    const char *at = strstr(text, "@@");
    return at != NULL && at[2] != '\0' ? at + 2 : NULL;
}

static ana_status add_channels_column(const ana_edf_annotations *annotations,
                                      ana_intervals *intervals)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_column *column = NULL;
    size_t *row_start = ana_workspace_sizes(&workspace, annotations->n + 1, 1);
    ANA_TRY(ana_workspace_check(&workspace, "annotations"));
    for (size_t i = 0; i < annotations->n; i++) {
        bool one = channel_of(annotations->items[i].text) != NULL;
        row_start[i + 1] = row_start[i] + (one ? 1 : 0);
    }
    if (row_start[annotations->n] == 0) {
        goto done;
    }
    ANA_TRY(ana_table_add(intervals->table, "channels", ANA_COLUMN_TEXT, row_start, &column));
    for (size_t i = 0; i < annotations->n && status == ANA_OK; i++) {
        const char *channel = channel_of(annotations->items[i].text);
        if (channel != NULL) {
            status = ana_column_set_text(column, row_start[i], channel);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_annotations(const edf_reading *reading)
{
    const ana_edf_annotations *annotations = &reading->annotations;
    ana_status status = ANA_OK;
    ana_intervals *intervals = NULL;
    ana_column *label = NULL;
    ANA_TRY(ana_intervals_new("annotations", annotations->n, &intervals));
    ANA_TRY(ana_table_add(intervals->table, "label", ANA_COLUMN_TEXT, NULL, &label));
    for (size_t i = 0; i < annotations->n; i++) {
        const ana_edf_annotation *annotation = &annotations->items[i];
        double duration = isnan(annotation->duration) ? 0.0 : annotation->duration;
        intervals->start[i] = annotation->onset;
        intervals->stop[i] = annotation->onset + duration;
        ANA_TRY(ana_column_set_text(label, i, annotation->text));
    }
    ANA_TRY(add_channels_column(annotations, intervals));
    status = ana_recording_add_intervals(reading->recording, intervals);
    intervals = NULL;
done:
    ana_intervals_free(intervals);
    return status;
}

/* The i-th word of `text` as a fact, unless it is missing or "X" (EDF+ for unknown). */
static ana_status add_word(ana_recording *recording, const char *name, const char *text, size_t i)
{
    for (; i > 0 && *text != '\0'; i--) {
        text += strcspn(text, " ");
        text += strspn(text, " ");
    }
    char word[81];
    size_t n = strcspn(text, " ");
    n = n < sizeof word ? n : sizeof word - 1;
    memcpy(word, text, n);
    word[n] = '\0';
    return strcmp(word, "X") == 0 ? ANA_OK : ana_recording_add_fact(recording, name, word);
}

/* Patient and recording as they are worded; in EDF+ also their parts. */
static ana_status add_facts(const edf_reading *reading)
{
    const ana_edf_header *header = &reading->header;
    ana_recording *recording = reading->recording;
    ana_status status = ANA_OK;
    ANA_TRY(ana_recording_add_fact(recording, "patient", header->patient));
    ANA_TRY(ana_recording_add_fact(recording, "recording", header->recording));
    if (header->is_plus) {
        ANA_TRY(add_word(recording, "patient_code", header->patient, 0));
        ANA_TRY(add_word(recording, "patient_sex", header->patient, 1));
        ANA_TRY(add_word(recording, "patient_birthdate", header->patient, 2));
        ANA_TRY(add_word(recording, "patient_name", header->patient, 3));
        ANA_TRY(add_word(recording, "administration_code", header->recording, 2));
        ANA_TRY(add_word(recording, "technician", header->recording, 3));
        ANA_TRY(add_word(recording, "equipment", header->recording, 4));
    }
done:
    return status;
}

/* Continuous files whose onsets leave gaps are believed to have them. */
static ana_status check_continuity(const edf_reading *reading)
{
    const ana_edf_header *header = &reading->header;
    const ana_recording *recording = reading->recording;
    if (header->is_discontinuous || recording->n_series == 0 ||
        recording->series[0]->n_segments <= 1) {
        return ANA_OK;
    }
    return ana_recover(reading->recording, reading->options,
                       "%s: byte 192: says that the recording is continuous, but its records' "
                       "onsets leave gaps: it is read as %zu segments",
                       ana_file_name(reading->file), recording->series[0]->n_segments);
}

static ana_status build(edf_reading *reading)
{
    const ana_edf_header *header = &reading->header;
    ana_status status = ANA_OK;
    for (size_t s = 0; s < header->n_signals; s++) {
        reading->has_annotations = reading->has_annotations || header->signals[s].is_annotation;
    }
    if (reading->has_annotations) {
        ANA_TRY(ana_edf_read_annotations(reading->file, header, reading->options,
                                         reading->recording, &reading->annotations));
    }
    ANA_TRY(ana_copy_text(header->start_time, &reading->recording->start_time));
    ANA_TRY(add_facts(reading));
    ANA_TRY(add_all_series(reading));
    ANA_TRY(check_continuity(reading));
    if (reading->has_annotations) {
        ANA_TRY(add_annotations(reading));
    }
done:
    return status;
}

static ana_status read_edf(const char *path, const ana_read_options *options, ana_recording **out)
{
    ana_status status = ANA_OK;
    edf_reading reading = {.options = options};
    ANA_TRY(ana_recording_new(&reading.recording));
    ANA_TRY(ana_file_open(path, &reading.file));
    ANA_TRY(ana_edf_read_header(reading.file, options, reading.recording, &reading.header));
    ANA_TRY(ana_copy_text(path, &reading.recording->path));
    ANA_TRY(ana_copy_text(reading.header.is_bdf ? "bdf" : "edf", &reading.recording->format));
    ANA_TRY(build(&reading));
    *out = reading.recording;
    reading.recording = NULL;
done:
    ana_edf_release_annotations(&reading.annotations);
    ana_edf_release_header(&reading.header);
    ana_file_close(reading.file);
    ana_recording_free(reading.recording);
    return status;
}

/* Whether the header's own length is 256 for each signal and 256. */
static bool has_sane_header(const ana_probe *probe)
{
    int64_t n_signals = 0;
    int64_t n_bytes = 0;
    return probe->n_head >= ANA_EDF_HEADER_BYTES &&
           ana_parse_int((const char *)probe->head + 252, 4, &n_signals) &&
           ana_parse_int((const char *)probe->head + 184, 8, &n_bytes) && n_signals > 0 &&
           n_bytes == ANA_EDF_HEADER_BYTES * (n_signals + 1);
}

static int probe_edf(const ana_probe *probe)
{
    if (probe->n_head < 8 || (memcmp(probe->head, "0       ", 8) != 0 &&
                              memcmp(probe->head, "0\0\0\0\0\0\0\0", 8) != 0)) {
        return 0;
    }
    return has_sane_header(probe) ? 95 : 60;
}

static int probe_bdf(const ana_probe *probe)
{
    if (probe->n_head < 8 || memcmp(probe->head,
                                    "\xff"
                                    "BIOSEMI",
                                    8) != 0) {
        return 0;
    }
    return has_sane_header(probe) ? 99 : 90;
}

static ana_status write_edf(const ana_recording *recording, const char *path,
                            const char *final_path, const ana_write_options *options)
{
    return ana_edf_write(recording, path, final_path, false, &options->run);
}

static ana_status write_bdf(const ana_recording *recording, const char *path,
                            const char *final_path, const ana_write_options *options)
{
    return ana_edf_write(recording, path, final_path, true, &options->run);
}

static ana_status edf_losses(const ana_recording *recording, ana_text *text)
{
    return ana_edf_list_losses(recording, false, text);
}

static ana_status bdf_losses(const ana_recording *recording, ana_text *text)
{
    return ana_edf_list_losses(recording, true, text);
}

const ana_format ana_format_edf = {
    .name = "edf",
    .title = "European Data Format (EDF, EDF+C, EDF+D)",
    .endings = ".edf .rec",
    .probe = probe_edf,
    .read = read_edf,
    .write = write_edf,
    .losses = edf_losses,
    .validate = ana_edf_validate,
};

const ana_format ana_format_bdf = {
    .name = "bdf",
    .title = "BioSemi Data Format, 24 bits (BDF, BDF+C, BDF+D)",
    .endings = ".bdf",
    .probe = probe_bdf,
    .read = read_edf,
    .write = write_bdf,
    .losses = bdf_losses,
    .validate = ana_edf_validate,
};
