/* BrainVision recordings: header, data and markers put together. */
#include "brainvision.h"

#include "brainvision_write.h"
#include "channel.h"
#include "checked.h"
#include "constants.h"
#include "format.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A recording being read. */
typedef struct brainvision_reading {
    const char *path;
    const ana_read_options *options;
    ana_brainvision_header header;
    ana_brainvision_markers markers;
    ana_recording *recording;
    ana_series *series;
} brainvision_reading;

/* Whole time points that `n_bytes` of samples hold, and what is left over. */
static size_t count_times(const ana_brainvision_header *header, uint64_t n_bytes, uint64_t *rest)
{
    const uint64_t n_columns = (uint64_t)header->n_channels + header->n_unnamed;
    const uint64_t frame = n_columns * ana_sample_size(header->type);
    *rest = n_bytes % frame;
    return (size_t)(n_bytes / frame);
}

/* Bytes of samples alone, without offsets and trailer. */
static ana_status count_sample_bytes(const brainvision_reading *reading, const ana_file *file,
                                     uint64_t *out)
{
    const ana_brainvision_header *header = &reading->header;
    uint64_t gaps = 0;
    uint64_t others = 0;
    bool fits = !__builtin_mul_overflow(header->is_vectorized ? header->channel_offset : 0,
                                        (uint64_t)header->n_channels - 1, &gaps) &&
                !__builtin_add_overflow(gaps, header->data_offset, &others) &&
                !__builtin_add_overflow(others, header->trailer_bytes, &others);
    if (!fits || others > ana_file_size(file)) {
        return ana_fail(
            ANA_ERR_FORMAT, "%s: ends at byte %llu, before the offsets and trailer that %s names",
            ana_file_name(file), (unsigned long long)ana_file_size(file), reading->path);
    }
    *out = ana_file_size(file) - others;
    return ANA_OK;
}

static ana_status open_binary(brainvision_reading *reading, const char *data_path, size_t *n_times)
{
    const ana_brainvision_header *header = &reading->header;
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    uint64_t n_bytes = 0;
    uint64_t rest = 0;
    ANA_TRY(ana_file_open(data_path, &file));
    ANA_TRY(count_sample_bytes(reading, file, &n_bytes));
    *n_times = count_times(header, n_bytes, &rest);
    if (rest > 0) {
        ANA_TRY(ana_recover(reading->recording, reading->options,
                            "%s: byte %llu: %llu bytes are left after %zu whole samples of %zu "
                            "channels and are not read",
                            data_path, (unsigned long long)(ana_file_size(file) - rest),
                            (unsigned long long)rest, *n_times, header->n_channels));
    }
    ANA_TRY(ana_brainvision_source(file, header, *n_times, &reading->series->source));
done:
    ana_file_close(file);
    return status;
}

/* The path of a companion that line `line` of the header names. */
static ana_status find_companion(const brainvision_reading *reading, const char *name, size_t line,
                                 char **out)
{
    ana_status status =
        ana_file_companion(reading->path, name, reading->options->allow_outside, out);
    const size_t n_path = strlen(reading->path);
    char sentence[1024];
    (void)snprintf(sentence, sizeof sentence, "%s", ana_last_error());
    if (status == ANA_OK || strncmp(sentence, reading->path, n_path) != 0) {
        return status;
    }
    return ana_fail(status, "%s: line %zu%s", reading->path, line, sentence + n_path);
}

static ana_status open_data(brainvision_reading *reading, size_t *n_times)
{
    const ana_brainvision_header *header = &reading->header;
    ana_status status = ANA_OK;
    char *data_path = NULL;
    ANA_TRY(find_companion(reading, header->data_file, header->data_line, &data_path));
    if (header->is_ascii) {
        ANA_TRY(ana_brainvision_read_ascii(data_path, header, reading->options, n_times,
                                           &reading->series->source));
    } else {
        ANA_TRY(open_binary(reading, data_path, n_times));
    }
    if (header->n_points > 0 && header->n_points != *n_times) {
        ANA_TRY(ana_recover(reading->recording, reading->options,
                            "%s: says DataPoints=%zu, but %s holds %zu; those are read",
                            reading->path, header->n_points, header->data_file, *n_times));
    }
done:
    free(data_path);
    return status;
}

/* Radius in millimetres, or 1 on a sphere for all heads, of 95 mm; theta from the top, phi from the
 * right ear. A radius of 0: not known. */
static void place_channel(const ana_brainvision_channel *from, ana_channel *channel)
{
    const double degree = ANA_PI / 180.0;
    const double radius = (from->coordinates[0] == 1.0 ? 95.0 : from->coordinates[0]) * 1e-3;
    const double theta = from->coordinates[1] * degree;
    const double phi = from->coordinates[2] * degree;
    if (from->has_coordinates && radius > 0.0) {
        channel->position[0] = radius * sin(theta) * cos(phi);
        channel->position[1] = radius * sin(theta) * sin(phi);
        channel->position[2] = radius * cos(theta);
    }
}

static ana_status fill_channel(const ana_brainvision_channel *from, ana_channel *channel)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_copy_text(from->name, &channel->name));
    bool unknown = from->unit == NULL || strcmp(from->unit, "n/a") == 0;
    ANA_TRY(ana_copy_text(unknown ? NULL : from->unit, &channel->unit));
    bool referenced = from->reference != NULL && from->reference[0] != '\0';
    ANA_TRY(ana_copy_text(referenced ? from->reference : NULL, &channel->reference));
    channel->kind = ana_kind_from_voltage(from->name, channel->unit);
    place_channel(from, channel);
    channel->gain = from->resolution;
    channel->high_pass_hz = from->high_pass_hz;
    channel->low_pass_hz = from->low_pass_hz;
    channel->notch_hz = from->notch_hz;
done:
    return status;
}

/* Where a run of samples begins, and when; NaN: the file does not say. */
typedef struct run_start {
    size_t first;
    double start;
} run_start;

static int compare_starts(const void *a, const void *b)
{
    const run_start *first = a;
    const run_start *second = b;
    return (first->first > second->first) - (first->first < second->first);
}

/* The date of the recording's first sample; NULL: not known. */
static const ana_moment *start_date(const ana_brainvision_markers *markers)
{
    for (size_t i = 0; i < markers->n; i++) {
        const ana_brainvision_marker *marker = &markers->items[i];
        if (marker->new_segment && marker->position <= 1 && marker->has_date) {
            return &marker->date;
        }
    }
    return NULL;
}

/* Add the samples from `run` to `next`. They start when their marker's date says, if that is not
 * before the end of the last run: a date that leaves a gap is a pause, an earlier one a clock's
 * error. */
static ana_status add_run(brainvision_reading *reading, run_start run, size_t next)
{
    ana_series *series = reading->series;
    double stop = 0.0;
    ana_status status = ana_series_stop(series, &stop);
    bool later = run.start * series->rate > stop * series->rate + 0.5;
    if (status == ANA_OK) {
        double start = run.first == 0 ? 0.0 : (later ? run.start : (double)NAN);
        status = ana_series_add_segment(series, next - run.first, start);
    }
    if (status == ANA_OK && run.first > 0 && !later && reading->header.is_segmented) {
        status = ana_recover(reading->recording, reading->options,
                             "%s: sample %zu begins a segment without a later date: it is taken to "
                             "follow the one before it without a gap",
                             reading->path, run.first + 1);
    }
    return status;
}

/* Runs of samples begin at the "New Segment" markers. */
static ana_status add_segments(brainvision_reading *reading, size_t n_times)
{
    const ana_brainvision_markers *markers = &reading->markers;
    const ana_moment *date = start_date(markers);
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t n = 1;
    run_start *starts = ana_workspace_bytes(&workspace, markers->n + 1, 1, sizeof *starts);
    ANA_TRY(ana_workspace_check(&workspace, "segments"));
    for (size_t i = 0; i < markers->n; i++) {
        const ana_brainvision_marker *marker = &markers->items[i];
        if (marker->new_segment && marker->position > 1 && (uint64_t)marker->position <= n_times) {
            starts[n].first = (size_t)marker->position - 1;
            starts[n].start = NAN;
            if (date != NULL && marker->has_date) {
                starts[n].start = 1e-6 * (double)(ana_moment_to_microseconds(&marker->date) -
                                                  ana_moment_to_microseconds(date));
            }
            n++;
        }
    }
    qsort(starts, n, sizeof *starts, compare_starts);
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        size_t next = i + 1 < n ? starts[i + 1].first : n_times;
        if (next > starts[i].first) {
            status = add_run(reading, starts[i], next);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_series(brainvision_reading *reading)
{
    const ana_brainvision_header *header = &reading->header;
    ana_status status = ANA_OK;
    size_t n_times = 0;
    ANA_TRY(ana_series_new("", header->n_channels, &reading->series));
    for (size_t c = 0; c < header->n_channels; c++) {
        ANA_TRY(fill_channel(&header->channels[c], &reading->series->channels[c]));
    }
    free(reading->series->name);
    reading->series->name = NULL;
    ANA_TRY(ana_copy_text(ana_word_for_channels(reading->series), &reading->series->name));
    reading->series->rate = header->rate;
    reading->series->type = header->type;
    ANA_TRY(open_data(reading, &n_times));
    ANA_TRY(add_segments(reading, n_times));
    status = ana_recording_add_series(reading->recording, reading->series);
    reading->series = NULL;
done:
    return status;
}

/* Time of a 1-based sample number, also of one before or after the samples that there are. */
static double time_of(const ana_series *series, int64_t position)
{
    if (series->n_segments == 0 || position < 1) {
        return ((double)position - 1.0) / series->rate;
    }
    uint64_t sample = (uint64_t)position - 1;
    size_t s = sample < series->n_times ? ana_series_segment_of(series, (size_t)sample)
                                        : series->n_segments - 1;
    const ana_segment *segment = &series->segments[s];
    return segment->start + (double)(sample - segment->first) / series->rate;
}

/* Start and stop of a marker. What lies before the first sample is cut off. */
static void set_times(const ana_series *series, const ana_brainvision_marker *marker, double *start,
                      double *stop)
{
    double begin = time_of(series, marker->position);
    double end = begin + (double)marker->n_points / series->rate;
    *start = fmax(begin, 0.0);
    *stop = fmax(end, *start);
}

/* Which channel a marker concerns, where it names one: a ragged column. */
static ana_status add_channels_column(const brainvision_reading *reading, ana_intervals *intervals)
{
    const ana_brainvision_markers *markers = &reading->markers;
    const ana_brainvision_header *header = &reading->header;
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_column *column = NULL;
    size_t *row_start = ana_workspace_sizes(&workspace, markers->n + 1, 1);
    ANA_TRY(ana_workspace_check(&workspace, "markers"));
    for (size_t i = 0; i < markers->n; i++) {
        size_t channel = markers->items[i].channel;
        row_start[i + 1] = row_start[i] + (channel > 0 && channel <= header->n_channels ? 1 : 0);
    }
    if (row_start[markers->n] == 0) {
        goto done;
    }
    ANA_TRY(ana_table_add(intervals->table, "channels", ANA_COLUMN_TEXT, row_start, &column));
    for (size_t i = 0; i < markers->n && status == ANA_OK; i++) {
        if (row_start[i + 1] > row_start[i]) {
            const char *name = header->channels[markers->items[i].channel - 1].name;
            status = ana_column_set_text(column, row_start[i], name);
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_annotations(const brainvision_reading *reading)
{
    const ana_brainvision_markers *markers = &reading->markers;
    const ana_series *series = reading->recording->series[0];
    ana_status status = ANA_OK;
    ana_intervals *intervals = NULL;
    ana_column *label = NULL;
    ANA_TRY(ana_intervals_new("annotations", markers->n, &intervals));
    ANA_TRY(ana_table_add(intervals->table, "label", ANA_COLUMN_TEXT, NULL, &label));
    for (size_t i = 0; i < markers->n; i++) {
        set_times(series, &markers->items[i], &intervals->start[i], &intervals->stop[i]);
        ANA_TRY(ana_column_set_text(label, i, markers->items[i].label));
    }
    ANA_TRY(add_channels_column(reading, intervals));
    status = ana_recording_add_intervals(reading->recording, intervals);
    intervals = NULL;
done:
    ana_intervals_free(intervals);
    return status;
}

/* Marker lines without a readable position are no intervals; they are kept as a table of their
 * text, so that nothing is lost. */
static ana_status add_unread_markers(const brainvision_reading *reading)
{
    const ana_brainvision_markers *markers = &reading->markers;
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    ana_column *line = NULL;
    ana_column *text = NULL;
    if (markers->n_unread == 0) {
        return ANA_OK;
    }
    if (reading->options->strict) {
        return ana_fail(ANA_ERR_FORMAT, "%s: line %lld: a marker without a readable position",
                        reading->header.marker_file, (long long)markers->unread[0].line);
    }
    ANA_TRY(ana_table_new(markers->n_unread, &table));
    ANA_TRY(ana_table_add(table, "line", ANA_COLUMN_INT, NULL, &line));
    for (size_t i = 0; i < markers->n_unread; i++) {
        line->ints[i] = markers->unread[i].line;
    }
    ANA_TRY(ana_table_add(table, "text", ANA_COLUMN_TEXT, NULL, &text));
    for (size_t i = 0; i < markers->n_unread; i++) {
        ANA_TRY(ana_column_set_text(text, i, markers->unread[i].text));
    }
    status = ana_recording_add_table(reading->recording, "unread_markers", table);
    table = NULL;
done:
    ana_table_free(table);
    return status;
}

/* A table of where the channels are on the sphere, where the header says it. */
static ana_status add_coordinates(const brainvision_reading *reading)
{
    static const char *const names[] = {"radius", "theta", "phi"};
    const ana_brainvision_header *header = &reading->header;
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    ana_column *column = NULL;
    bool any = false;
    for (size_t c = 0; c < header->n_channels; c++) {
        any = any || header->channels[c].has_coordinates;
    }
    if (!any) {
        return ANA_OK;
    }
    ANA_TRY(ana_table_new(header->n_channels, &table));
    ANA_TRY(ana_table_add(table, "channel", ANA_COLUMN_TEXT, NULL, &column));
    for (size_t c = 0; c < header->n_channels; c++) {
        ANA_TRY(ana_column_set_text(column, c, header->channels[c].name));
    }
    for (size_t i = 0; i < 3; i++) {
        ANA_TRY(ana_table_add(table, names[i], ANA_COLUMN_DOUBLE, NULL, &column));
        for (size_t c = 0; c < header->n_channels; c++) {
            const ana_brainvision_channel *channel = &header->channels[c];
            column->doubles[c] = channel->has_coordinates ? channel->coordinates[i] : (double)NAN;
        }
    }
    status = ana_recording_add_table(reading->recording, "coordinates", table);
    table = NULL;
done:
    ana_table_free(table);
    return status;
}

static ana_status read_markers(brainvision_reading *reading)
{
    ana_status status = ANA_OK;
    char *path = NULL;
    ANA_TRY(
        find_companion(reading, reading->header.marker_file, reading->header.marker_line, &path));
    ANA_TRY(ana_brainvision_read_markers(path, &reading->markers));
done:
    free(path);
    if (status != ANA_ERR_IO) {
        return status;
    }
    return ana_recover(reading->recording, reading->options,
                       "%s: line %zu: the markers in \"%s\" cannot be read; the recording is read "
                       "without them",
                       reading->path, reading->header.marker_line, reading->header.marker_file);
}

static ana_status build(brainvision_reading *reading)
{
    ana_status status = ANA_OK;
    char start_time[32];
    if (reading->header.marker_file != NULL) {
        ANA_TRY(read_markers(reading));
    }
    const ana_moment *date = start_date(&reading->markers);
    if (date != NULL) {
        ana_moment_to_iso(date, start_time);
        ANA_TRY(ana_copy_text(start_time, &reading->recording->start_time));
    }
    ANA_TRY(add_series(reading));
    if (reading->header.marker_file != NULL) {
        ANA_TRY(add_annotations(reading));
        ANA_TRY(add_unread_markers(reading));
    }
    ANA_TRY(add_coordinates(reading));
done:
    return status;
}

static ana_status read_brainvision(const char *path, const ana_read_options *options,
                                   ana_recording **out)
{
    ana_status status = ANA_OK;
    brainvision_reading reading = {.path = path, .options = options};
    ANA_TRY(ana_recording_new(&reading.recording));
    ANA_TRY(ana_copy_text(path, &reading.recording->path));
    ANA_TRY(ana_copy_text("brainvision", &reading.recording->format));
    ANA_TRY(ana_brainvision_read_header(path, options, reading.recording, &reading.header));
    ANA_TRY(build(&reading));
    *out = reading.recording;
    reading.recording = NULL;
done:
    ana_series_free(reading.series);
    ana_brainvision_release_markers(&reading.markers);
    ana_brainvision_release_header(&reading.header);
    ana_recording_free(reading.recording);
    return status;
}

static int probe_brainvision(const ana_probe *probe)
{
    const char *text = (const char *)probe->head;
    size_t n = probe->n_head;
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        n -= 3;
    }
    bool begins = (n >= 12 && memcmp(text, "Brain Vision", 12) == 0) ||
                  (n >= 11 && memcmp(text, "BrainVision", 11) == 0);
    return begins ? 99 : 0;
}

const ana_format ana_format_brainvision = {
    .name = "brainvision",
    .title = "BrainVision (header, data and markers in three files)",
    .endings = ".vhdr .ahdr",
    .companions = ".eeg .vmrk",
    .probe = probe_brainvision,
    .read = read_brainvision,
    .write = ana_brainvision_write,
    .losses = ana_brainvision_list_losses,
    .validate = ana_brainvision_validate,
};
