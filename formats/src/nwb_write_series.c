/* Series, written as the type that their channels' kind asks for. */
#include "memory.h"
#include "nwb.h"
#include "nwb_write.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of samples that are turned at a time. */
static const size_t block_bytes = (size_t)1 << 22;

/* Larger data are deflated. */
static const size_t plain_bytes = (size_t)1 << 16;

bool ana_nwb_is_electrical(const ana_series *series)
{
    double factor = 0.0;
    char si[16];
    for (size_t c = 0; c < series->n_channels; c++) {
        const ana_channel *channel = &series->channels[c];
        bool fits = (channel->kind == ANA_KIND_EEG || channel->kind == ANA_KIND_LFP ||
                     channel->kind == ANA_KIND_SPIKE) &&
                    ana_unit_to_si(channel->unit, &factor, si) && strcmp(si, "V") == 0;
        if (!fits) {
            return false;
        }
    }
    return series->n_channels > 0;
}

/* How stored numbers become physical ones. */
typedef struct series_scale {
    bool physical; /* doubles are written: one factor cannot say it */
    double conversion;
    double offset;
    double *each; /* channel_conversion, or NULL */
    const char *unit;
} series_scale;

static double unit_factor(const ana_channel *channel, bool to_volts)
{
    double factor = 1.0;
    char si[16];
    return to_volts && ana_unit_to_si(channel->unit, &factor, si) ? factor : 1.0;
}

/* An ElectricalSeries is in volts and may have a factor for each channel. */
static ana_status find_scale(const ana_series *series, bool electrical, series_scale *scale)
{
    bool even = true;
    bool one_offset = true;
    bool one_unit = true;
    if (series->n_channels == 0) {
        *scale = (series_scale){.conversion = 1.0, .unit = "unknown"};
        return ANA_OK;
    }
    const ana_channel *first = &series->channels[0];
    double factor = unit_factor(first, electrical);
    *scale = (series_scale){.conversion = first->gain * factor,
                            .offset = first->offset * factor,
                            .unit = first->unit != NULL ? first->unit : "unknown"};
    for (size_t c = 0; c < series->n_channels; c++) {
        const ana_channel *channel = &series->channels[c];
        double own = unit_factor(channel, electrical);
        even = even && channel->gain * own == scale->conversion;
        one_offset = one_offset && channel->offset * own == scale->offset;
        one_unit =
            one_unit && strcmp(channel->unit != NULL ? channel->unit : "unknown", scale->unit) == 0;
    }
    if (electrical && factor != 1.0) {
        scale->unit = "volts";
    }
    if (!one_offset || (!electrical && !even)) {
        scale->physical = true;
        scale->conversion = electrical && one_unit ? factor : 1.0;
        scale->offset = 0.0;
        even = true;
    }
    if (even) {
        return ANA_OK;
    }
    scale->conversion = 1.0;
    ana_status status =
        ana_allocate(series->n_channels, sizeof *scale->each, series->name, &scale->each);
    for (size_t c = 0; status == ANA_OK && c < series->n_channels; c++) {
        scale->each[c] = series->channels[c].gain * unit_factor(&series->channels[c], electrical);
    }
    return status;
}

/* channel x time becomes time x channel. */
static void turn(size_t n_channels, size_t n_times, size_t element, const char *from, char *to)
{
    for (size_t t = 0; t < n_times; t++) {
        for (size_t c = 0; c < n_channels; c++) {
            memcpy(to + (t * n_channels + c) * element, from + (c * n_times + t) * element,
                   element);
        }
    }
}

static ana_status copy_samples(ana_nwb_writer *writer, const ana_series *series, bool physical,
                               ana_hdf5_dataset *dataset)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t element = physical ? sizeof(double) : ana_sample_size(series->type);
    size_t row = element * (series->n_channels > 0 ? series->n_channels : 1);
    size_t at_once = block_bytes / row > 0 ? block_bytes / row : 1;
    at_once = at_once < series->n_times ? at_once : series->n_times;
    char *from = ana_workspace_bytes(&workspace, at_once, series->n_channels, element);
    char *to = ana_workspace_bytes(&workspace, at_once, series->n_channels, element);
    ANA_TRY(ana_workspace_check(&workspace, series->name));
    for (size_t at = 0; at < series->n_times; at += at_once) {
        size_t n = series->n_times - at < at_once ? series->n_times - at : at_once;
        const size_t start[2] = {at, 0};
        const size_t count[2] = {n, series->n_channels};
        ANA_TRY(ana_run_progress(writer->run, "writing", at, series->n_times));
        ANA_TRY(physical ? ana_series_read(series, series->n_channels, NULL, at, n,
                                           (double *)(void *)from)
                         : ana_series_read_stored(series, series->n_channels, NULL, at, n, from));
        turn(series->n_channels, n, element, from, to);
        ANA_TRY(ana_hdf5_dataset_write(dataset, start, count, to));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status set_double(ana_nwb_writer *writer, const char *path, const char *name,
                             double value)
{
    ana_hdf5_array array = ana_hdf5_scalar(ANA_FLOAT64, &value);
    return ana_hdf5_set(writer->file, path, name, &array);
}

static ana_status write_data(ana_nwb_writer *writer, const ana_series *series, const char *path,
                             const series_scale *scale)
{
    ana_status status = ANA_OK;
    ana_hdf5_dataset *dataset = NULL;
    ana_sample_type type = scale->physical             ? ANA_FLOAT64
                           : series->type == ANA_INT24 ? ANA_INT32
                                                       : series->type;
    ana_hdf5_array shape = {.type = type,
                            .n_axes = series->n_channels == 1 ? 1 : 2,
                            .n = {series->n_times, series->n_channels}};
    bool large = series->n_times > plain_bytes / sizeof(double) / (series->n_channels + 1);
    shape.deflate = large && series->n_channels > 0 ? 4 : 0;
    ANA_TRY(ana_hdf5_dataset_create(writer->file, path, &shape, &dataset));
    if (series->n_channels > 0) {
        ANA_TRY(copy_samples(writer, series, scale->physical, dataset));
    }
    ANA_TRY(set_double(writer, path, "conversion", scale->conversion));
    ANA_TRY(set_double(writer, path, "offset", scale->offset));
    ANA_TRY(set_double(writer, path, "resolution", -1.0));
    status = ana_hdf5_set_text(writer->file, path, "unit", scale->unit);
done:
    ana_hdf5_dataset_close(dataset);
    return status;
}

/* A rate, or timestamps where there are gaps or no rate. */
static ana_status write_times(ana_nwb_writer *writer, const ana_series *series, const char *path)
{
    ana_status status = ANA_OK;
    ana_text at = {0};
    double *times = NULL;
    double start = series->n_segments > 0 ? series->segments[0].start : 0.0;
    if (series->rate > 0.0 && series->n_segments <= 1) {
        ana_hdf5_array array = ana_hdf5_scalar(ANA_FLOAT64, &start);
        ANA_TRY(ana_nwb_join(&at, path, "starting_time"));
        ANA_TRY(ana_hdf5_write(writer->file, at.bytes, &array));
        ANA_TRY(set_double(writer, at.bytes, "rate", series->rate));
        status = ana_hdf5_set_text(writer->file, at.bytes, "unit", "seconds");
        goto done;
    }
    const int32_t one = 1;
    ana_hdf5_array interval = ana_hdf5_scalar(ANA_INT32, &one);
    ANA_TRY(ana_run_check_memory(writer->run, series->n_times * sizeof *times, "timestamps"));
    ANA_TRY(ana_allocate(series->n_times, sizeof *times, "timestamps", &times));
    ANA_TRY(ana_series_times(series, 0, series->n_times, times));
    ana_hdf5_array array = ana_hdf5_vector(ANA_FLOAT64, series->n_times, times);
    array.deflate = series->n_times * sizeof *times > plain_bytes ? 4 : 0;
    ANA_TRY(ana_nwb_join(&at, path, "timestamps"));
    ANA_TRY(ana_hdf5_write(writer->file, at.bytes, &array));
    ANA_TRY(ana_hdf5_set(writer->file, at.bytes, "interval", &interval));
    status = ana_hdf5_set_text(writer->file, at.bytes, "unit", "seconds");
done:
    free(times);
    ana_text_release(&at);
    return status;
}

/* Rows of `table` for the series' channels, as a region called `name`. */
static ana_status write_region(ana_nwb_writer *writer, const ana_series *series, const char *path,
                               const char *name, const ana_table *table, const char *target)
{
    ana_status status = ANA_OK;
    ana_text at = {0};
    int64_t *rows = NULL;
    const char *prefix = name[0] == 'e' ? "electrode" : "roi";
    ANA_TRY(ana_allocate(series->n_channels, sizeof *rows, name, &rows));
    for (size_t c = 0; c < series->n_channels; c++) {
        size_t row = table == NULL ? c : ana_nwb_row_of(table, prefix, series->channels[c].name);
        rows[c] = (int64_t)row;
    }
    ANA_TRY(ana_nwb_join(&at, path, name));
    status = ana_nwb_put_region(writer, at.bytes, target, "the rows that the channels stand for",
                                series->n_channels, rows);
done:
    free(rows);
    ana_text_release(&at);
    return status;
}

static ana_status write_each(ana_nwb_writer *writer, const ana_series *series, const char *path,
                             const double *each)
{
    ana_text at = {0};
    const int32_t axis = 1;
    ana_hdf5_array number = ana_hdf5_scalar(ANA_INT32, &axis);
    ana_hdf5_array array = ana_hdf5_vector(ANA_FLOAT64, series->n_channels, each);
    ana_status status = ana_nwb_join(&at, path, "channel_conversion");
    if (status == ANA_OK) {
        status = ana_hdf5_write(writer->file, at.bytes, &array);
    }
    if (status == ANA_OK) {
        status = ana_hdf5_set(writer->file, at.bytes, "axis", &number);
    }
    ana_text_release(&at);
    return status;
}

static ana_status write_series(ana_nwb_writer *writer, const ana_series *series, const char *path,
                               const char *type, bool electrical)
{
    ana_status status = ANA_OK;
    ana_text at = {0};
    series_scale scale = {0};
    ANA_TRY(ana_nwb_make_group(writer, path, type));
    ANA_TRY(
        ana_hdf5_set_text(writer->file, path, "description",
                          series->description != NULL ? series->description : "no description"));
    ANA_TRY(ana_hdf5_set_text(writer->file, path, "comments", "no comments"));
    ANA_TRY(find_scale(series, electrical, &scale));
    ANA_TRY(ana_nwb_join(&at, path, "data"));
    ANA_TRY(write_data(writer, series, at.bytes, &scale));
    if (scale.each != NULL) {
        ANA_TRY(write_each(writer, series, path, scale.each));
    }
    if (electrical && series->channels[0].filter != NULL) {
        ANA_TRY(ana_hdf5_set_text(writer->file, path, "filtering", series->channels[0].filter));
    }
    status = write_times(writer, series, path);
done:
    free(scale.each);
    ana_text_release(&at);
    return status;
}

/* x, y, z: a position. */
static bool is_position(const ana_series *series)
{
    static const char *const axes[3] = {"x", "y", "z"};
    bool fits = series->n_channels > 0 && series->n_channels <= 3;
    for (size_t c = 0; fits && c < series->n_channels; c++) {
        fits = strcmp(series->channels[c].name, axes[c]) == 0;
    }
    return fits;
}

static ana_status write_electrical(ana_nwb_writer *writer, const ana_series *series, ana_text *path)
{
    ana_status status = ANA_OK;
    const char *folder = "/acquisition";
    if (series->channels[0].kind == ANA_KIND_LFP) {
        ANA_TRY(ana_nwb_ensure_group(writer, "/processing/ecephys", "ProcessingModule",
                                     "extracellular electrophysiology"));
        ANA_TRY(ana_nwb_ensure_group(writer, "/processing/ecephys/LFP", "LFP", NULL));
        folder = "/processing/ecephys/LFP";
    }
    ANA_TRY(ana_nwb_join_name(path, folder, series->name));
    ANA_TRY(write_series(writer, series, path->bytes, "ElectricalSeries", true));
    status = write_region(writer, series, path->bytes, "electrodes", writer->electrodes,
                          "/general/extracellular_ephys/electrodes");
done:
    return status;
}

static ana_status write_fluorescence(ana_nwb_writer *writer, const ana_series *series,
                                     ana_text *path)
{
    ana_status status = ANA_OK;
    ana_text target = {0};
    ANA_TRY(ana_nwb_ensure_group(writer, "/processing/ophys", "ProcessingModule",
                                 "optical physiology"));
    ANA_TRY(ana_nwb_write_rois(writer, series, &target));
    ANA_TRY(ana_nwb_ensure_group(writer, "/processing/ophys/Fluorescence", "Fluorescence", NULL));
    ANA_TRY(ana_nwb_join_name(path, "/processing/ophys/Fluorescence", series->name));
    ANA_TRY(write_series(writer, series, path->bytes, "RoiResponseSeries", false));
    status = write_region(writer, series, path->bytes, "rois", ana_nwb_rois_of(writer, series),
                          target.bytes);
done:
    ana_text_release(&target);
    return status;
}

static ana_status write_behaviour(ana_nwb_writer *writer, const ana_series *series, ana_text *path)
{
    ana_status status = ANA_OK;
    bool position = is_position(series);
    ANA_TRY(ana_nwb_ensure_group(writer, "/processing/behavior", "ProcessingModule",
                                 "behaviour of the subject"));
    if (position) {
        ANA_TRY(ana_nwb_ensure_group(writer, "/processing/behavior/Position", "Position", NULL));
    }
    ANA_TRY(ana_nwb_join_name(
        path, position ? "/processing/behavior/Position" : "/processing/behavior", series->name));
    status =
        write_series(writer, series, path->bytes, position ? "SpatialSeries" : "TimeSeries", false);
done:
    return status;
}

static ana_status write_plain(ana_nwb_writer *writer, const ana_series *series, const char *folder,
                              ana_text *path)
{
    ana_status status = ana_nwb_join_name(path, folder, series->name);
    return status == ANA_OK ? write_series(writer, series, path->bytes, "TimeSeries", false)
                            : status;
}

static ana_status write_one(ana_nwb_writer *writer, const ana_series *series, ana_text *path)
{
    ana_kind kind = series->n_channels > 0 ? series->channels[0].kind : ANA_KIND_OTHER;
    if (ana_nwb_is_electrical(series) && writer->electrodes != NULL &&
        ana_nwb_covers(writer->electrodes, "electrode", series)) {
        return write_electrical(writer, series, path);
    }
    if (kind == ANA_KIND_ROI) {
        return write_fluorescence(writer, series, path);
    }
    if (kind == ANA_KIND_BEHAVIOUR) {
        return write_behaviour(writer, series, path);
    }
    return write_plain(writer, series,
                       kind == ANA_KIND_STIMULUS ? "/stimulus/presentation" : "/acquisition", path);
}

ana_status ana_nwb_write_all_series(ana_nwb_writer *writer)
{
    for (size_t i = 0; i < writer->recording->n_series; i++) {
        ana_text path = {0};
        ana_status status = write_one(writer, writer->recording->series[i], &path);
        writer->series_paths[i] = path.bytes;
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}
