/* FIF files as recordings. */
#include "fif.h"

#include "channel.h"
#include "fif_info.h"
#include "format.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A file being read. */
typedef struct fif_reading {
    ana_file *file;
    ana_fif_info info;
    const ana_read_options *options;
    ana_recording *recording;
} fif_reading;

/* Every file begins with the tag of its identity. */
static int probe(const ana_probe *probe)
{
    static const unsigned char first[12] = {0, 0, 0, 100, 0, 0, 0, 31, 0, 0, 0, 20};
    return probe->n_head >= sizeof first && memcmp(probe->head, first, sizeof first) == 0 ? 99 : 0;
}

/* Whether `name` stands in a list of names by colons. */
static bool is_listed(const char *list, const char *name)
{
    const size_t n = strlen(name);
    for (const char *at = list; at != NULL; at = strchr(at, ':')) {
        at += *at == ':' ? 1 : 0;
        if (strncmp(at, name, n) == 0 && (at[n] == ':' || at[n] == '\0')) {
            return true;
        }
    }
    return false;
}

/* Take the channels over from the info. */
static void move_channels(fif_reading *reading, ana_series *series)
{
    ana_fif_info *info = &reading->info;
    for (size_t i = 0; i < series->n_channels; i++) {
        ana_channel *channel = &series->channels[i];
        *channel = info->channels[i];
        info->channels[i] = (ana_channel){0};
        channel->bad = info->bad != NULL && is_listed(info->bad, channel->name);
        channel->low_pass_hz = info->low_pass_hz > 0.0 ? info->low_pass_hz : (double)NAN;
        channel->high_pass_hz = info->high_pass_hz >= 0.0 ? info->high_pass_hz : (double)NAN;
    }
}

/* A segment before each gap, and the last. Times count from the date of measurement. */
static ana_status add_segments(const ana_fif_info *info, ana_series *series)
{
    ana_status status = ANA_OK;
    size_t first = 0;
    int64_t time = 0;
    for (size_t g = 0; g <= info->n_gaps && status == ANA_OK; g++) {
        const size_t stop = g < info->n_gaps ? info->gaps[g].sample : info->n_samples;
        if (stop > first) {
            status = ana_series_add_segment(
                series, stop - first, ((double)info->first_sample + (double)time) / info->rate);
        }
        first = stop;
        time = g < info->n_gaps ? info->gaps[g].time : time;
    }
    return status;
}

static ana_sample_type sample_of(int32_t type)
{
    return type == ANA_FIF_INT      ? ANA_INT32
           : type == ANA_FIF_FLOAT  ? ANA_FLOAT32
           : type == ANA_FIF_DOUBLE ? ANA_FLOAT64
                                    : ANA_INT16;
}

static ana_status add_series(fif_reading *reading)
{
    ana_fif_info *info = &reading->info;
    ana_status status = ANA_OK;
    ana_series *series = NULL;
    ANA_TRY(ana_series_new("", info->n_described, &series));
    move_channels(reading, series);
    series->rate = info->rate;
    series->type = sample_of(info->type);
    free(series->name);
    series->name = NULL;
    ANA_TRY(ana_copy_text(ana_word_for_channels(series), &series->name));
    ANA_TRY(add_segments(info, series));
    ANA_TRY(ana_fif_source(reading->file, series->type, series->n_channels, info->n_buffers,
                           info->buffers, &series->source));
    status = ana_recording_add_series(reading->recording, series);
    series = NULL;
done:
    ana_series_free(series);
    return status;
}

/* The i-th of a list of names by colons, to `out`; MNE writes "{COLON}" for a colon of a name. */
static ana_status name_at(const char *list, size_t i, ana_text *out)
{
    static const char colon[] = "{COLON}";
    for (; i > 0 && list != NULL; i--) {
        list = strchr(list, ':');
        list += list != NULL ? 1 : 0;
    }
    while (list != NULL && *list != '\0' && *list != ':') {
        if (strncmp(list, colon, sizeof colon - 1) == 0) {
            ana_text_append(out, ":");
            list += sizeof colon - 1;
        } else {
            ana_text_append_bytes(out, list++, 1);
        }
    }
    ana_text_append(out, "");
    return ana_text_check(out, "annotation");
}

static ana_status add_annotations(const fif_reading *reading)
{
    const ana_fif_info *info = &reading->info;
    const ana_fif_annotation_lists *lists = &info->annotations;
    ana_status status = ANA_OK;
    ana_intervals *intervals = NULL;
    ana_column *label = NULL;
    const double origin = lists->has_origin ? 0.0 : (double)info->first_sample / info->rate;
    if (lists->n_starts == 0 || lists->n_stops != lists->n_starts) {
        return ANA_OK;
    }
    ANA_TRY(ana_intervals_new("annotations", lists->n_starts, &intervals));
    ANA_TRY(ana_table_add(intervals->table, "label", ANA_COLUMN_TEXT, NULL, &label));
    for (size_t i = 0; i < lists->n_starts; i++) {
        ana_text text = {0};
        intervals->start[i] = lists->starts[i] + origin;
        intervals->stop[i] = fmax(lists->stops[i], lists->starts[i]) + origin;
        status = name_at(lists->labels, i, &text);
        status = status == ANA_OK ? ana_column_set_text(label, i, text.bytes) : status;
        ana_text_release(&text);
        ANA_TRY(status);
    }
    status = ana_recording_add_intervals(reading->recording, intervals);
    intervals = NULL;
done:
    ana_intervals_free(intervals);
    return status;
}

/* "run_raw.fif" and "run-raw.fif" have "run-eve.fif" beside them; *out is NULL when it is not
 * there. */
static ana_status find_companion(const char *path, char **out)
{
    static const char *const endings[] = {"_raw.fif", "-raw.fif", ".fif"};
    ana_text text = {0};
    struct stat seen;
    *out = NULL;
    size_t n = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (ana_text_ends_with_ignoring_case(path, endings[i])) {
            n -= strlen(endings[i]);
            break;
        }
    }
    ana_text_append_bytes(&text, path, n);
    ana_text_append(&text, "-eve.fif");
    ana_status status = ana_text_check(&text, "path");
    if (status == ANA_OK && strcmp(text.bytes, path) != 0 && stat(text.bytes, &seen) == 0 &&
        S_ISREG(seen.st_mode)) {
        *out = text.bytes;
        return ANA_OK;
    }
    ana_text_release(&text);
    return status;
}

static ana_status add_companion_events(const fif_reading *reading)
{
    ana_status status = ANA_OK;
    char *path = NULL;
    double *events = NULL;
    size_t n = 0;
    ANA_TRY(find_companion(reading->recording->path, &path));
    if (path == NULL) {
        goto done;
    }
    ANA_TRY(ana_fif_read_events(path, &n, &events));
    if (events != NULL) {
        ANA_TRY(ana_fif_add_events(n, events, reading->info.rate, reading->recording));
        ANA_TRY(ana_recording_add_fact(reading->recording, "events_file", path));
    }
done:
    free(events);
    free(path);
    return status;
}

/* A file of events alone: their samples as a table, since it does not know the rate. */
static ana_status add_event_table(const fif_reading *reading, bool *found)
{
    static const char *const names[] = {"sample", "code_before", "code"};
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    double *events = NULL;
    size_t n = 0;
    ANA_TRY(ana_fif_read_events(reading->recording->path, &n, &events));
    *found = events != NULL;
    if (events == NULL) {
        goto done;
    }
    ANA_TRY(ana_table_new(n, &table));
    for (size_t k = 0; k < 3; k++) {
        ana_column *column = NULL;
        ANA_TRY(ana_table_add(table, names[k], ANA_COLUMN_INT, NULL, &column));
        for (size_t i = 0; i < n; i++) {
            column->ints[i] = (int64_t)events[3 * i + k];
        }
    }
    status = ana_recording_add_table(reading->recording, "events", table);
    table = NULL;
done:
    ana_table_free(table);
    free(events);
    return status;
}

static ana_status refuse(const fif_reading *reading)
{
    const ana_fif_info *info = &reading->info;
    const char *what = info->has_covariance ? "a covariance"
                       : info->has_epochs   ? "epochs"
                                            : "no samples";
    return ana_fail(ANA_ERR_UNSUPPORTED,
                    "%s: byte 0: holds %s; raw recordings and lists of events are read from FIF",
                    reading->recording->path, what);
}

static ana_status check_raw(const fif_reading *reading)
{
    const ana_fif_info *info = &reading->info;
    if (!(info->rate > 0.0) || info->n_channels != info->n_described) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte 0: a rate of %g Hz, %zu channels announced and %zu described; a "
                        "rate above 0 and equal numbers are right",
                        reading->recording->path, info->rate, info->n_channels, info->n_described);
    }
    return ANA_OK;
}

/* What is left as it was recorded. */
static ana_status warn(const fif_reading *reading, bool cut)
{
    const ana_fif_info *info = &reading->info;
    ana_recording *recording = reading->recording;
    ana_status status = ANA_OK;
    if (cut) {
        ANA_TRY(ana_recover(recording, reading->options,
                            "%s: byte %llu: ends within a tag; what stands before it is read",
                            recording->path, (unsigned long long)ana_file_size(reading->file)));
    }
    if (info->has_projections || info->has_compensation) {
        ana_recording_warn(recording, "%s: samples are read as they are stored: %s are not applied",
                           recording->path,
                           info->has_projections ? "projections" : "compensations");
    }
    if (info->has_next_file) {
        ana_recording_warn(recording,
                           "%s: the recording goes on in another file, which is not read",
                           recording->path);
    }
done:
    return status;
}

static ana_status build(fif_reading *reading)
{
    ana_fif_info *info = &reading->info;
    ana_recording *recording = reading->recording;
    ana_status status = ANA_OK;
    bool cut = false;
    bool has_events = false;
    ANA_TRY(ana_fif_walk(reading->file, ana_fif_note, info, &cut));
    if (info->n_buffers == 0) {
        ANA_TRY(add_event_table(reading, &has_events));
        status = has_events ? ANA_OK : refuse(reading);
        goto done;
    }
    ANA_TRY(check_raw(reading));
    const char *start = info->start_time[0] != '\0' ? info->start_time : info->identity_time;
    ANA_TRY(ana_copy_text(start[0] != '\0' ? start : NULL, &recording->start_time));
    ANA_TRY(ana_recording_add_fact(recording, "comment", info->comment));
    ANA_TRY(add_series(reading));
    ANA_TRY(add_annotations(reading));
    ANA_TRY(add_companion_events(reading));
    ANA_TRY(warn(reading, cut));
done:
    return status;
}

static ana_status read(const char *path, const ana_read_options *options, ana_recording **out)
{
    ana_status status = ANA_OK;
    fif_reading reading = {.options = options};
    ANA_TRY(ana_recording_new(&reading.recording));
    ANA_TRY(ana_copy_text(path, &reading.recording->path));
    ANA_TRY(ana_copy_text("fif", &reading.recording->format));
    ANA_TRY(ana_file_open(path, &reading.file));
    reading.info.file = reading.file;
    reading.info.low_pass_hz = (double)NAN;
    reading.info.high_pass_hz = (double)NAN;
    ANA_TRY(build(&reading));
    *out = reading.recording;
    reading.recording = NULL;
done:
    ana_fif_info_release(&reading.info);
    ana_file_close(reading.file);
    ana_recording_free(reading.recording);
    return status;
}

const ana_format ana_format_fif = {
    .name = "fif",
    .title = "Functional image file format (FIF: Elekta, MNE)",
    .endings = ".fif",
    .probe = probe,
    .read = read,
};
