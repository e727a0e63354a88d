/* TimeSeries and its kin. */
#include "checked.h"
#include "memory.h"
#include "nwb.h"
#include "source.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More channels than any recording has: then the samples are pictures. All series together may have
 * some times as many: samples that were never written cost a file nothing, channels cost memory. */
static const size_t max_channels = 65536;
static const size_t max_all_channels = (size_t)4 * 65536;

/* Timestamps of a longer series are not all looked at when it is opened. */
static const size_t max_checked = (size_t)1 << 22;

static ana_status set_text(ana_hdf5 *file, const char *path, const char *name, char **out)
{
    char *text = NULL;
    ana_status status = ana_hdf5_attribute_text(file, path, name, &text);
    if (status == ANA_OK && text != NULL && text[0] != '\0') {
        free(*out);
        *out = text;
        text = NULL;
    }
    free(text);
    return status;
}

/* conversion, offset and unit of the data; channel_conversion multiplies it channel by channel. */
static ana_status read_scale(ana_nwb_reader *reader, const ana_nwb_object *object, const char *data,
                             ana_series *series)
{
    ana_status status = ANA_OK;
    double conversion = 1.0;
    double offset = 0.0;
    char *unit = NULL;
    double *each = NULL;
    size_t n = 0;
    ana_text path = {0};
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ANA_TRY(ana_hdf5_attribute_double(reader->file, data, "conversion", &conversion));
    ANA_TRY(ana_hdf5_attribute_double(reader->file, data, "offset", &offset));
    ANA_TRY(set_text(reader->file, data, "unit", &unit));
    if (unit != NULL && strcmp(unit, "unknown") == 0) {
        free(unit); /* what writers put where a unit is required and there is none */
        unit = NULL;
    }
    ANA_TRY(ana_nwb_join(&path, object->path, "channel_conversion"));
    ANA_TRY(ana_hdf5_look(reader->file, path.bytes, &kind));
    if (kind == ANA_HDF5_DATASET) {
        ANA_TRY(ana_hdf5_read_doubles(reader->file, path.bytes, NULL, &each, &n));
        if (n != series->n_channels) {
            status = ana_fail(ANA_ERR_FORMAT, "%s: %s: has %zu factors for %zu channels",
                              ana_hdf5_path(reader->file), path.bytes, n, series->n_channels);
            goto done;
        }
    }
    for (size_t c = 0; c < series->n_channels; c++) {
        ana_channel *channel = &series->channels[c];
        channel->gain = each == NULL ? conversion : conversion * each[c];
        channel->offset = offset;
        channel->file_index = c;
        ANA_TRY(ana_copy_text(unit, &channel->unit));
        if (!isfinite(channel->gain) || !isfinite(offset)) {
            status = ana_fail(ANA_ERR_FORMAT, "%s: %s: conversion or offset is not finite",
                              ana_hdf5_path(reader->file), data);
            goto done;
        }
    }
done:
    free(unit);
    free(each);
    ana_text_release(&path);
    return status;
}

/* A regular rate. */
static ana_status read_rate(ana_nwb_reader *reader, const char *path, size_t n_times,
                            ana_series *series)
{
    ana_status status = ANA_OK;
    double *start = NULL;
    size_t n = 0;
    double rate = NAN;
    ANA_TRY(ana_hdf5_read_doubles(reader->file, path, NULL, &start, &n));
    ANA_TRY(ana_hdf5_attribute_double(reader->file, path, "rate", &rate));
    if (!(rate > 0.0) || isinf(rate) || n != 1 || !isfinite(start[0])) {
        status = ana_fail(ANA_ERR_FORMAT,
                          "%s: %s: starts at %s with a rate of %s; both must be finite and the "
                          "rate above 0",
                          ana_hdf5_path(reader->file), path,
                          ana_number(n > 0 ? start[0] : (double)NAN).text, ana_number(rate).text);
        goto done;
    }
    series->rate = rate;
    if (n_times > 0) {
        status = ana_series_add_segment(series, n_times, start[0]);
    }
done:
    free(start);
    return status;
}

/* *first = the first timestamp; whether all are finite and ascend, as far as they are looked at. */
static ana_status check_timestamps(const ana_source *source, size_t n, double *first, bool *finite,
                                   bool *ascend)
{
    enum {
        BLOCK = 65536
    };
    static const size_t zero = 0;
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *times = ana_workspace_doubles(&workspace, n < BLOCK ? n : BLOCK, 1);
    ANA_TRY(ana_workspace_check(&workspace, "timestamps"));
    double last = -INFINITY;
    *finite = true;
    *ascend = n <= max_checked;
    for (size_t at = 0; at < n && (n <= max_checked || at == 0); at += BLOCK) {
        ana_window window = {1, &zero, at, n - at < BLOCK ? n - at : BLOCK, NULL, NULL};
        ANA_TRY(ana_source_read(source, &window, times));
        for (size_t i = 0; i < window.n_times; i++) {
            *finite = *finite && isfinite(times[i]);
            *ascend = *ascend && times[i] >= last;
            last = times[i];
        }
        *first = at == 0 ? times[0] : *first;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status read_timestamps(ana_nwb_reader *reader, const char *path, size_t n_times,
                                  ana_series *series)
{
    ana_status status = ANA_OK;
    ana_hdf5_info info;
    double first = 0.0;
    bool finite = true;
    ANA_TRY(ana_hdf5_describe(reader->file, path, &info));
    if (info.n_elements != n_times || info.n_axes != 1) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: %s: %zu timestamps for %zu samples",
                          ana_hdf5_path(reader->file), path, info.n_elements, n_times);
        goto done;
    }
    ANA_TRY(ana_nwb_source(reader->file, path, true, &series->timestamps));
    series->rate = 0.0;
    series->timestamps_ascend = true;
    if (n_times == 0) {
        goto done;
    }
    ANA_TRY(
        check_timestamps(series->timestamps, n_times, &first, &finite, &series->timestamps_ascend));
    if (!finite || (!series->timestamps_ascend && n_times <= max_checked)) {
        ANA_TRY(ana_recover(reader->recording, reader->options, "%s: %s: timestamps %s",
                            ana_hdf5_path(reader->file), path,
                            finite ? "do not ascend" : "are not all finite"));
    }
    status = ana_series_add_segment(series, n_times, isfinite(first) ? first : 0.0);
done:
    return status;
}

static ana_status read_time_base(ana_nwb_reader *reader, const ana_nwb_object *object,
                                 size_t n_times, ana_series *series)
{
    ana_status status = ANA_OK;
    ana_text path = {0};
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ANA_TRY(ana_nwb_join(&path, object->path, "timestamps"));
    ANA_TRY(ana_hdf5_look(reader->file, path.bytes, &kind));
    if (kind == ANA_HDF5_DATASET) {
        status = read_timestamps(reader, path.bytes, n_times, series);
        goto done;
    }
    ANA_TRY(ana_nwb_join(&path, object->path, "starting_time"));
    ANA_TRY(ana_hdf5_look(reader->file, path.bytes, &kind));
    if (kind != ANA_HDF5_DATASET) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: %s: has neither timestamps nor a starting_time",
                          ana_hdf5_path(reader->file), object->path);
        goto done;
    }
    status = read_rate(reader, path.bytes, n_times, series);
done:
    ana_text_release(&path);
    return status;
}

/* Pictures, or text: what is no series of channels is named in a warning. */
static ana_status pass_over(ana_nwb_reader *reader, const ana_nwb_object *object, const char *why)
{
    ana_recording_warn(reader->recording, "%s: %s: %s", ana_hdf5_path(reader->file), object->path,
                       why);
    return ANA_OK;
}

static ana_status make_series(ana_nwb_reader *reader, const ana_nwb_object *object,
                              const char *data, const ana_hdf5_info *info)
{
    ana_status status = ANA_OK;
    ana_series *series = NULL;
    size_t n_times = info->n_axes == 0 ? info->n_elements : info->n[0];
    size_t n_channels = 1;
    for (size_t i = 1; i < info->n_axes; i++) {
        if (!ana_multiply(n_channels, info->n[i], &n_channels) || n_channels > max_channels) {
            return pass_over(reader, object, "holds pictures, which are not read");
        }
    }
    if (n_channels == 0 && n_times > 0) {
        return pass_over(reader, object, "has samples of no channels and is not read");
    }
    if (n_channels > max_all_channels - reader->n_channels) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: %s: has %zu channels; with the series before it more "
                        "than %zu, of which no recording has as many",
                        ana_hdf5_path(reader->file), object->path, n_channels, max_all_channels);
    }
    reader->n_channels += n_channels;
    ANA_TRY(ana_series_new(ana_nwb_name(object->path), n_channels, &series));
    series->type = info->sample;
    ANA_TRY(set_text(reader->file, object->path, "description", &series->description));
    ANA_TRY(read_scale(reader, object, data, series));
    ANA_TRY(read_time_base(reader, object, n_times, series));
    ANA_TRY(ana_nwb_describe_channels(reader, object, series));
    ANA_TRY(ana_nwb_source(reader->file, data, false, &series->source));
    status = ana_recording_add_series(reader->recording, series);
    series = NULL;
done:
    ana_series_free(series);
    return status;
}

/* Older writers made series without data; only where nothing speaks of channels is that harmless.
 */
static ana_status no_data(ana_nwb_reader *reader, const ana_nwb_object *object)
{
    if (strcmp(object->type, "TimeSeries") == 0) {
        return ana_recover(reader->recording, reader->options,
                           "%s: %s: has no data and is left out", ana_hdf5_path(reader->file),
                           object->path);
    }
    return ana_fail(ANA_ERR_FORMAT, "%s: %s: has no \"data\", which a %s needs",
                    ana_hdf5_path(reader->file), object->path, object->type);
}

ana_status ana_nwb_add_series(ana_nwb_reader *reader, const ana_nwb_object *object)
{
    ana_status status = ANA_OK;
    ana_text data = {0};
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ana_hdf5_info info;
    ANA_TRY(ana_nwb_join(&data, object->path, "data"));
    ANA_TRY(ana_hdf5_look(reader->file, data.bytes, &kind));
    if (kind != ANA_HDF5_DATASET) {
        status = no_data(reader, object);
        goto done;
    }
    ANA_TRY(ana_hdf5_describe(reader->file, data.bytes, &info));
    if (info.type_class != ANA_HDF5_INTEGER && info.type_class != ANA_HDF5_FLOAT &&
        info.type_class != ANA_HDF5_BOOL) {
        status = pass_over(reader, object, "does not hold numbers and is not read");
        goto done;
    }
    status = make_series(reader, object, data.bytes, &info);
done:
    ana_text_release(&data);
    return status;
}
