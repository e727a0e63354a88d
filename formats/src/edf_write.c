/* Writes EDF, EDF+, BDF and BDF+ by a plan. */
#include "edf_write.h"

#include "edf.h"
#include "file.h"
#include "memory.h"
#include "source.h"
#include "try.h"
#include "workspace.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file being written. */
typedef struct edf_writing {
    const char *final_path;
    FILE *stream;
    const ana_run *run;
    ana_edf_plan plan;
    ana_edf_clock clock;
    ana_edf_lists lists;
    bool is_plus;
    size_t sample_bytes;
    size_t n_signals;    /* with the annotations */
    size_t list_samples; /* of the annotation signal in a record */
    size_t record_bytes;
} edf_writing;

/* Copy a text into its field of blanks, cut to its width. */
static void put(char *header, size_t at, size_t width, const char *text)
{
    size_t n = strlen(text);
    memcpy(header + at, text, n < width ? n : width);
}

static ana_status put_ascii(char *header, size_t at, size_t width, const char *words)
{
    ana_text text = {0};
    ana_edf_append_ascii(&text, words != NULL ? words : "");
    ana_status status = ana_text_check(&text, "header");
    if (status == ANA_OK && text.bytes != NULL) {
        put(header, at, width, text.bytes);
    }
    ana_text_release(&text);
    return status;
}

static void put_size(char *header, size_t at, size_t width, size_t number)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%zu", number);
    put(header, at, width, text);
}

static void put_number(char *header, size_t at, double number)
{
    char text[ANA_EDF_NUMBER_CHARS + 1] = "";
    (void)ana_edf_format_number(number, text); /* the plan saw to it that it fits */
    put(header, at, ANA_EDF_NUMBER_CHARS, text);
}

static ana_status put_fixed(const edf_writing *writing, char *header)
{
    const ana_recording *recording = writing->plan.recording;
    const ana_moment *start = &writing->clock.start;
    const bool is_bdf = writing->plan.is_bdf;
    ana_status status = ANA_OK;
    ana_text patient = {0};
    ana_text words = {0};
    char date[64];
    (void)snprintf(date, sizeof date, "%02d.%02d.%02d%02d.%02d.%02d", start->day, start->month,
                   start->year % 100, start->hour, start->minute, start->second);
    ana_edf_patient_text(recording, writing->is_plus, &patient);
    ana_edf_recording_text(recording, &writing->clock, writing->is_plus, &words);
    ANA_TRY(ana_text_check(&patient, "header"));
    ANA_TRY(ana_text_check(&words, "header"));
    put(header, 0, 8,
        is_bdf ? "\xff"
                 "BIOSEMI"
               : "0");
    ANA_TRY(put_ascii(header, 8, 80, patient.bytes));
    ANA_TRY(put_ascii(header, 88, 80, words.bytes));
    put(header, 168, 16, date);
    put_size(header, 184, 8, ANA_EDF_HEADER_BYTES * (writing->n_signals + 1));
    if (writing->is_plus) {
        put(header, 192, 44, is_bdf ? "BDF+" : "EDF+");
        put(header, 196, 1, writing->plan.n_segments > 1 ? "D" : "C");
    } else if (is_bdf) {
        put(header, 192, 44, "24BIT");
    }
    put_size(header, 236, 8, writing->plan.n_records > 0 ? writing->plan.n_records : 1);
    put(header, 244, 8, writing->plan.record_text);
    put_size(header, 252, 4, writing->n_signals);
done:
    ana_text_release(&patient);
    ana_text_release(&words);
    return status;
}

/* Place of field `before` bytes into a signal's 256, `width` wide, of signal s. */
static size_t field_at(const edf_writing *writing, size_t s, size_t before, size_t width)
{
    return ANA_EDF_HEADER_BYTES + writing->n_signals * before + s * width;
}

static ana_status put_signal(const edf_writing *writing, size_t s, char *header)
{
    const ana_edf_plan_signal *signal = &writing->plan.signals[s];
    const ana_series *series = writing->plan.recording->series[signal->series];
    const ana_channel *channel = &series->channels[signal->channel];
    ana_status status = ANA_OK;
    ana_text filter = {0};
    ana_edf_filter_text(channel, &filter);
    ANA_TRY(ana_text_check(&filter, "header"));
    ANA_TRY(put_ascii(header, field_at(writing, s, 0, 16), 16, channel->name));
    ANA_TRY(put_ascii(header, field_at(writing, s, 16, 80), 80, channel->transducer));
    ANA_TRY(put_ascii(header, field_at(writing, s, 96, 8), 8, signal->unit));
    ANA_TRY(put_ascii(header, field_at(writing, s, 136, 80), 80, filter.bytes));
    put_number(header, field_at(writing, s, 104, 8), signal->scale.physical_min);
    put_number(header, field_at(writing, s, 112, 8), signal->scale.physical_max);
    put_number(header, field_at(writing, s, 120, 8), signal->scale.digital_min);
    put_number(header, field_at(writing, s, 128, 8), signal->scale.digital_max);
    put_size(header, field_at(writing, s, 216, 8), 8, signal->n_samples);
done:
    ana_text_release(&filter);
    return status;
}

/* The annotation signal: its scale means nothing, but must be a valid one. */
static void put_annotation_signal(const edf_writing *writing, char *header)
{
    const size_t s = writing->n_signals - 1;
    const bool is_bdf = writing->plan.is_bdf;
    put(header, field_at(writing, s, 0, 16), 16, is_bdf ? "BDF Annotations" : "EDF Annotations");
    put_number(header, field_at(writing, s, 104, 8), -1.0);
    put_number(header, field_at(writing, s, 112, 8), 1.0);
    put_number(header, field_at(writing, s, 120, 8), is_bdf ? -8388608.0 : -32768.0);
    put_number(header, field_at(writing, s, 128, 8), is_bdf ? 8388607.0 : 32767.0);
    put_size(header, field_at(writing, s, 216, 8), 8, writing->list_samples);
}

static ana_status write_bytes(const edf_writing *writing, const void *bytes, size_t n)
{
    if (n > 0 && fwrite(bytes, 1, n, writing->stream) != n) {
        return ana_fail_errno(writing->final_path, "cannot be written", errno);
    }
    return ANA_OK;
}

static ana_status write_header(const edf_writing *writing)
{
    ana_status status = ANA_OK;
    char *header = NULL;
    const size_t n = ANA_EDF_HEADER_BYTES * (writing->n_signals + 1);
    ANA_TRY(ana_allocate(n, 1, "header", &header));
    memset(header, ' ', n);
    ANA_TRY(put_fixed(writing, header));
    for (size_t s = 0; s < writing->plan.n_signals; s++) {
        ANA_TRY(put_signal(writing, s, header));
    }
    if (writing->is_plus) {
        put_annotation_signal(writing, header);
    }
    ANA_TRY(write_bytes(writing, header, n));
done:
    free(header);
    return status;
}

/* n numbers as the samples of a signal, little-endian; what is no number becomes the lowest. */
static void digitise(const edf_writing *writing, const ana_edf_plan_signal *signal, size_t n,
                     const double *values, unsigned char *bytes)
{
    const ana_series *series = writing->plan.recording->series[signal->series];
    const ana_channel *channel = &series->channels[signal->channel];
    const double lowest = writing->plan.is_bdf ? -8388608.0 : -32768.0;
    const double highest = -lowest - 1.0;
    for (size_t i = 0; i < n; i++) {
        double digital = values[i] - signal->shift;
        if (!signal->keeps_stored) {
            double physical = (values[i] * channel->gain + channel->offset) * signal->factor;
            digital = nearbyint((physical - signal->scale.offset) / signal->scale.gain);
        }
        digital = isfinite(digital) ? fmin(fmax(digital, lowest), highest) : lowest;
        int32_t sample = (int32_t)digital;
        for (size_t b = 0; b < writing->sample_bytes; b++) {
            *bytes++ = (unsigned char)((uint32_t)sample >> (8 * b));
        }
    }
}

/* A stretch of records of one segment being written. */
typedef struct record_block {
    const ana_edf_plan_segment *segment;
    size_t first;  /* record within the segment */
    size_t n;      /* records */
    size_t record; /* the first one's number in the file */
    double *values;
    size_t *channels;
    unsigned char *bytes;
} record_block;

/* Fill in the samples of series i, of which every channel is written. */
static ana_status fill_series(const edf_writing *writing, const record_block *block, size_t i)
{
    const ana_series *series = writing->plan.recording->series[i];
    const size_t n_samples = writing->plan.series[i].n_samples;
    const size_t n = block->n * n_samples;
    ana_window window = {
        .n_channels = series->n_channels, .channels = block->channels, .n_times = n};
    window.first = series->segments[block->segment->segment].first + block->first * n_samples;
    ana_status status = ana_source_read(series->source, &window, block->values);
    size_t offset = 0;
    for (size_t s = 0; s < writing->plan.n_signals && status == ANA_OK; s++) {
        const ana_edf_plan_signal *signal = &writing->plan.signals[s];
        for (size_t r = 0; r < block->n && signal->series == i; r++) {
            digitise(writing, signal, n_samples,
                     block->values + signal->channel * n + r * n_samples,
                     block->bytes + r * writing->record_bytes + offset);
        }
        offset += signal->n_samples * writing->sample_bytes;
    }
    return status;
}

/* The annotation lists of the block's records stand at the end of each, padded with 0x00. */
static void fill_lists(const edf_writing *writing, const record_block *block)
{
    const size_t room = writing->list_samples * writing->sample_bytes;
    for (size_t r = 0; r < block->n && writing->is_plus; r++) {
        const size_t begin = writing->lists.list_start[block->record + r];
        const size_t n = writing->lists.list_start[block->record + r + 1] - begin;
        unsigned char *to = block->bytes + (r + 1) * writing->record_bytes - room;
        memset(to, 0, room);
        memcpy(to, writing->lists.bytes.bytes + begin, n);
    }
}

static ana_status write_block(const edf_writing *writing, const record_block *block)
{
    ana_status status = ANA_OK;
    for (size_t i = 0; i < writing->plan.recording->n_series && status == ANA_OK; i++) {
        if (writing->plan.series[i].left_out == NULL) {
            status = fill_series(writing, block, i);
        }
    }
    fill_lists(writing, block);
    ANA_TRY(status);
    ANA_TRY(write_bytes(writing, block->bytes, block->n * writing->record_bytes));
    ANA_TRY(ana_run_progress(writing->run, "writing", block->record + block->n,
                             writing->plan.n_records));
done:
    return status;
}

/* Numbers and channels of the largest series, for one record. */
static void most_in_record(const edf_writing *writing, size_t *n_values, size_t *n_channels)
{
    *n_values = 0;
    *n_channels = 0;
    for (size_t i = 0; i < writing->plan.recording->n_series; i++) {
        const size_t n = writing->plan.recording->series[i]->n_channels;
        const size_t values = n * writing->plan.series[i].n_samples;
        *n_channels = n > *n_channels ? n : *n_channels;
        *n_values = values > *n_values ? values : *n_values;
    }
}

/* The records of the block's segment, `at_once` at a time. */
static ana_status write_segment(const edf_writing *writing, size_t at_once, record_block *block)
{
    const size_t n_records = block->segment->n_records;
    ana_status status = ANA_OK;
    for (block->first = 0; block->first < n_records && status == ANA_OK; block->first += block->n) {
        size_t left = n_records - block->first;
        block->n = left < at_once ? left : at_once;
        status = write_block(writing, block);
        block->record += block->n;
    }
    return status;
}

static ana_status write_records(const edf_writing *writing)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    record_block block = {0};
    size_t n_values = 0;
    size_t n_channels = 0;
    most_in_record(writing, &n_values, &n_channels);
    size_t at_once = ((size_t)1 << 20) / (writing->record_bytes > 0 ? writing->record_bytes : 1);
    at_once = at_once > 0 ? at_once : 1;
    block.bytes = ana_workspace_bytes(&workspace, at_once, writing->record_bytes, 1);
    block.values = ana_workspace_doubles(&workspace, at_once, n_values);
    block.channels = ana_workspace_sizes(&workspace, n_channels, 1);
    ANA_TRY(ana_workspace_check(&workspace, "records"));
    for (size_t c = 0; c < n_channels; c++) {
        block.channels[c] = c;
    }
    for (size_t s = 0; s < writing->plan.n_segments; s++) {
        block.segment = &writing->plan.segments[s];
        ANA_TRY(write_segment(writing, at_once, &block));
    }
    if (writing->plan.n_records == 0) { /* annotations alone: one record without samples */
        block.n = 1;
        fill_lists(writing, &block);
        ANA_TRY(write_bytes(writing, block.bytes, writing->record_bytes));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Sizes that follow from plan and lists, and whether the header has room for them. */
static ana_status measure(edf_writing *writing)
{
    const size_t size = writing->plan.is_bdf ? 3 : 2;
    writing->sample_bytes = size;
    writing->n_signals = writing->plan.n_signals + (writing->is_plus ? 1 : 0);
    writing->list_samples = (writing->lists.bytes_in_record + size - 1) / size;
    writing->record_bytes = writing->list_samples * size;
    for (size_t s = 0; s < writing->plan.n_signals; s++) {
        writing->record_bytes += writing->plan.signals[s].n_samples * size;
    }
    if (writing->n_signals == 0 || writing->n_signals > 9999 ||
        writing->plan.n_records > 99999999 || writing->list_samples > 99999999) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%s: %zu signals in %zu records: 1 to 9999 signals in at most 99999999 "
                        "records can be written",
                        writing->final_path, writing->n_signals, writing->plan.n_records);
    }
    return ANA_OK;
}

ana_status ana_edf_write(const ana_recording *recording, const char *path, const char *final_path,
                         bool is_bdf, const ana_run *run)
{
    ana_status status = ANA_OK;
    edf_writing writing = {.final_path = final_path, .run = run};
    ANA_TRY(ana_edf_make_plan(recording, is_bdf, &writing.plan));
    writing.clock = ana_edf_make_clock(&writing.plan);
    writing.is_plus = ana_edf_needs_plus(&writing.plan, &writing.clock);
    if (writing.is_plus) {
        ANA_TRY(ana_edf_make_lists(&writing.plan, &writing.clock, &writing.lists));
    }
    ANA_TRY(measure(&writing));
    writing.stream = fopen(path, "wb");
    if (writing.stream == NULL) {
        status = ana_fail_errno(final_path, "cannot be written", errno);
        goto done;
    }
    ANA_TRY(write_header(&writing));
    ANA_TRY(write_records(&writing));
done:
    if (writing.stream != NULL && fclose(writing.stream) != 0 && status == ANA_OK) {
        status = ana_fail_errno(final_path, "cannot be written", errno);
    }
    ana_edf_release_lists(&writing.lists);
    ana_edf_release_plan(&writing.plan);
    return status;
}
