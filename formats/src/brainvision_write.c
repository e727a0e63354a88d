/* Writes BrainVision recordings: the samples, the markers, and the header that names both. */
#include "brainvision_write.h"

#include "channel.h"
#include "cursor.h"
#include "file.h"
#include "losses.h"
#include "memory.h"
#include "source.h"
#include "try.h"
#include "workspace.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Rows of numbers, time by time, as the file stores them (little-endian). */
static void encode(ana_sample_type type, size_t n_channels, size_t n_times, const double *values,
                   unsigned char *bytes)
{
    const size_t size = ana_sample_size(type);
    for (size_t t = 0; t < n_times; t++) {
        for (size_t c = 0; c < n_channels; c++) {
            const double value = values[c * n_times + t];
            if (type == ANA_INT16) {
                const int16_t sample = (int16_t)value;
                memcpy(bytes, &sample, size);
            } else {
                const float sample = (float)value;
                memcpy(bytes, &sample, size);
            }
            bytes += size;
        }
    }
    if (ana_host_is_big_endian()) {
        const size_t n = n_channels * n_times;
        ana_swap_bytes(bytes - n * size, n, size);
    }
}

/* All channels as the numbers that stand in the file: (stored * gain + offset) / resolution. */
static void fill_window(const ana_series *series, size_t *channels, double *gain, double *offset,
                        ana_window *window)
{
    for (size_t c = 0; c < series->n_channels; c++) {
        const ana_channel *channel = &series->channels[c];
        channels[c] = c;
        gain[c] = channel->gain != 0.0 ? 1.0 : 0.0;
        offset[c] = channel->offset / ana_brainvision_resolution(channel);
    }
    *window = (ana_window){
        .n_channels = series->n_channels, .channels = channels, .gain = gain, .offset = offset};
}

static ana_status write_samples(const ana_brainvision_plan *plan, const ana_run *run,
                                ana_atomic *data)
{
    const ana_series *series = plan->series;
    const size_t n_channels = series->n_channels;
    const size_t size = ana_sample_size(plan->type);
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_window window;
    size_t block = ((size_t)1 << 18) / n_channels;
    block = block > 0 ? block : 1;
    block = block < series->n_times ? block : series->n_times;
    double *values = ana_workspace_doubles(&workspace, n_channels, block);
    unsigned char *bytes = ana_workspace_bytes(&workspace, n_channels, block, size);
    double *scales = ana_workspace_doubles(&workspace, n_channels, 2);
    size_t *channels = ana_workspace_sizes(&workspace, n_channels, 1);
    ANA_TRY(ana_workspace_check(&workspace, "samples"));
    fill_window(series, channels, scales, scales + n_channels, &window);
    for (size_t first = 0; first < series->n_times; first += block) {
        window.first = first;
        window.n_times = series->n_times - first < block ? series->n_times - first : block;
        ANA_TRY(ana_source_read(series->source, &window, values));
        encode(plan->type, n_channels, window.n_times, values, bytes);
        ANA_TRY(ana_atomic_write(data, bytes, n_channels * window.n_times * size));
        ANA_TRY(ana_run_progress(run, "writing", first + window.n_times, series->n_times));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* `path` with its ending replaced. */
static ana_status with_ending(const char *path, const char *ending, char **out)
{
    const char *slash = strrchr(path, '/');
    const char *point = strrchr(path, '.');
    bool ends = point != NULL && (slash == NULL || point > slash + 1) && point != path;
    ana_text text = {0};
    ana_text_append_bytes(&text, path, ends ? (size_t)(point - path) : strlen(path));
    ana_text_append(&text, ending);
    ana_status status = ana_text_check(&text, "file name");
    if (status != ANA_OK) {
        ana_text_release(&text);
        return status;
    }
    *out = text.bytes;
    return ANA_OK;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static ana_status check_free(const char *path, bool overwrite)
{
    struct stat seen;
    if (!overwrite && lstat(path, &seen) == 0) {
        return ana_fail(ANA_ERR_IO, "%s: exists already; --overwrite replaces it", path);
    }
    return ANA_OK;
}

static ana_status write_header(const ana_brainvision_plan *plan, const char *path,
                               const char *final_path, const char *data_path,
                               const char *marker_path)
{
    ana_status status = ANA_OK;
    ana_text text = {0};
    ana_brainvision_header_text(plan, base_name(data_path), base_name(marker_path), &text);
    ANA_TRY(ana_text_check(&text, "header"));
    FILE *stream = fopen(path, "wb");
    if (stream == NULL) {
        status = ana_fail_errno(final_path, "cannot be written", errno);
        goto done;
    }
    bool written = fwrite(text.bytes, 1, text.n, stream) == text.n;
    int reason = errno;
    bool closed = fclose(stream) == 0;
    if (!written || !closed) {
        status = ana_fail_errno(final_path, "cannot be written", written ? errno : reason);
    }
done:
    ana_text_release(&text);
    return status;
}

/* Header last: until it is renamed, by the caller, the old one names what stands there. */
ana_status ana_brainvision_write(const ana_recording *recording, const char *path,
                                 const char *final_path, const ana_write_options *options)
{
    ana_status status = ANA_OK;
    ana_atomic data = {0};
    ana_atomic markers = {0};
    ana_text text = {0};
    char *data_path = NULL;
    char *marker_path = NULL;
    const ana_brainvision_plan plan = ana_brainvision_make_plan(recording);
    if (plan.series == NULL) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "%s: there is no regular series with samples to write",
                        final_path);
    }
    ANA_TRY(with_ending(final_path, ".eeg", &data_path));
    ANA_TRY(with_ending(final_path, ".vmrk", &marker_path));
    ANA_TRY(check_free(data_path, options->overwrite));
    ANA_TRY(check_free(marker_path, options->overwrite));
    ANA_TRY(ana_atomic_open(data_path, &data));
    ANA_TRY(write_samples(&plan, &options->run, &data));
    ana_brainvision_marker_text(&plan, base_name(data_path), &text);
    ANA_TRY(ana_text_check(&text, "markers"));
    ANA_TRY(ana_atomic_open(marker_path, &markers));
    ANA_TRY(ana_atomic_write(&markers, text.bytes, text.n));
    ANA_TRY(write_header(&plan, path, final_path, data_path, marker_path));
    ANA_TRY(ana_atomic_commit(&data));
    ANA_TRY(ana_atomic_commit(&markers));
done:
    ana_atomic_discard(&data);
    ana_atomic_discard(&markers);
    ana_text_release(&text);
    free(data_path);
    free(marker_path);
    return status;
}

static bool loses_kind(const ana_channel *channel)
{
    return ana_kind_from_voltage(channel->name, channel->unit) != channel->kind;
}

static bool loses_words(const ana_channel *channel)
{
    return channel->filter != NULL || channel->transducer != NULL;
}

static bool loses_cutoffs(const ana_channel *channel)
{
    return !isnan(channel->high_pass_hz) || !isnan(channel->low_pass_hz) ||
           !isnan(channel->notch_hz);
}

static bool loses_position(const ana_channel *channel)
{
    return !isnan(channel->position[0]);
}

static bool loses_bad(const ana_channel *channel)
{
    return channel->bad;
}

static bool holds_no_fact(const char *name)
{
    (void)name;
    return false;
}

/* A marker names one channel or none. */
static bool keeps_channels(const ana_intervals *intervals)
{
    const ana_column *column = ana_table_find(intervals->table, "channels");
    for (size_t i = 0; column != NULL && i < intervals->n; i++) {
        if (column->type != ANA_COLUMN_TEXT || column->row_start == NULL ||
            column->row_start[i + 1] - column->row_start[i] > 1) {
            return false;
        }
    }
    return true;
}

/* Rows whose times are not those of samples. */
static void list_moved_rows(const ana_brainvision_plan *plan, ana_text *text)
{
    for (size_t i = 0; i < plan->recording->n_intervals && plan->series != NULL; i++) {
        const ana_intervals *intervals = plan->recording->intervals[i];
        size_t n_moved = 0;
        for (size_t row = 0; row < intervals->n; row++) {
            bool moved = false;
            double n_points = (intervals->stop[row] - intervals->start[row]) * plan->series->rate;
            (void)ana_brainvision_position(plan->series, intervals->start[row], &moved);
            moved = moved || fabs(n_points - nearbyint(n_points)) > 1e-6 * plan->series->rate;
            n_moved += moved ? 1 : 0;
        }
        if (n_moved > 0) {
            ana_text_printf(text, "intervals \"%s\": %zu rows are moved to the nearest samples\n",
                            intervals->name, n_moved);
        }
    }
}

static void list_clock(const ana_brainvision_plan *plan, ana_text *text)
{
    const ana_recording *recording = plan->recording;
    ana_moment moment;
    const char *zone = "";
    if (recording->start_time != NULL &&
        !ana_moment_from_iso(recording->start_time, &moment, &zone)) {
        ana_text_append(text, "the start time, which is no ISO 8601 date\n");
    } else if (zone[0] != '\0') {
        ana_text_printf(text, "the time zone of the start time (%s)\n", zone);
    }
    if (plan->series != NULL && !plan->has_date &&
        (plan->series->n_segments > 1 || plan->series->segments[0].start != 0.0)) {
        ana_text_append(text, "when its segments start, since the start time is not known\n");
    }
}

/* Channels whose numbers are more than a float of 32 bits holds. */
static void list_rounded(const ana_brainvision_plan *plan, ana_text *text)
{
    size_t n = 0;
    for (size_t c = 0; plan->series != NULL && c < plan->series->n_channels; c++) {
        n += ana_brainvision_is_exact(plan->series, c) ? 0 : 1;
    }
    if (n > 0) {
        ana_text_printf(text,
                        "series \"%s\": %s samples of %zu channels are rounded to 32-bit floats, 1 "
                        "part in 16777216\n",
                        plan->series->name, ana_sample_type_name(plan->series->type), n);
    }
}

ana_status ana_brainvision_list_losses(const ana_recording *recording, ana_text *text)
{
    const ana_brainvision_plan plan = ana_brainvision_make_plan(recording);
    for (size_t i = 0; i < recording->n_series; i++) {
        const ana_series *series = recording->series[i];
        if (series != plan.series) {
            ana_text_printf(text, "series \"%s\": only the largest regular one is written\n",
                            series->name);
        } else if (series->description != NULL) {
            ana_text_printf(text, "series \"%s\": its description\n", series->name);
        }
    }
    list_rounded(&plan, text);
    ana_lose_of_channels(recording, "the kind, which name and unit do not say,", loses_kind, text);
    ana_lose_of_channels(recording, "the words on filter and transducer", loses_words, text);
    if (plan.series != NULL && !ana_brainvision_holds_filters(plan.series)) {
        ana_lose_of_channels(recording, "the cutoffs", loses_cutoffs, text);
    }
    if (ana_brainvision_coordinates(&plan) == NULL) { /* the same on a sphere */
        ana_lose_of_channels(recording, "the position", loses_position, text);
    }
    ana_lose_of_channels(recording, "the mark as bad", loses_bad, text);
    list_clock(&plan, text);
    list_moved_rows(&plan, text);
    ana_lose_columns(recording, keeps_channels, text);
    ana_lose_facts(recording, holds_no_fact, text);
    ana_lose_spikes(recording, text);
    ana_lose_tables(recording, ana_brainvision_coordinates(&plan) != NULL ? "coordinates" : NULL,
                    text);
    return ana_text_check(text, "losses");
}
