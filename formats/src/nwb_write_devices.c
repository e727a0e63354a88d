/* What the channels stand for: electrodes in groups, regions of interest in a plane. */
#include "memory.h"
#include "nwb.h"
#include "nwb_write.h"
#include "try.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ana_column *text_column(const ana_table *table, const char *name)
{
    const ana_column *column = ana_table_find(table, name);
    return column != NULL && column->type == ANA_COLUMN_TEXT && column->row_start == NULL ? column
                                                                                          : NULL;
}

/* Whether row `row` is called `name`, by the words that the reader uses. */
static bool is_called(const ana_table *table, size_t row, const char *prefix, const char *name)
{
    static const char *const names[] = {"label", "channel_name", "electrode_name", "name"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const ana_column *column = text_column(table, names[i]);
        if (column != NULL && column->texts[row] != NULL && column->texts[row][0] != '\0') {
            return strcmp(column->texts[row], name) == 0;
        }
    }
    const ana_column *id = ana_table_find(table, "id");
    bool by_id = id != NULL && id->type == ANA_COLUMN_INT && id->row_start == NULL;
    char number[32];
    size_t n = strlen(prefix);
    (void)snprintf(number, sizeof number, "%lld",
                   (long long)(by_id ? id->ints[row] : (int64_t)row));
    return strncmp(name, prefix, n) == 0 && strcmp(name + n, number) == 0;
}

size_t ana_nwb_row_of(const ana_table *table, const char *prefix, const char *name)
{
    size_t row = 0;
    while (row < table->n_rows && !is_called(table, row, prefix, name)) {
        row++;
    }
    return row;
}

bool ana_nwb_covers(const ana_table *table, const char *prefix, const ana_series *series)
{
    for (size_t c = 0; c < series->n_channels; c++) {
        if (ana_nwb_row_of(table, prefix, series->channels[c].name) == table->n_rows) {
            return false;
        }
    }
    return series->n_channels > 0;
}

const ana_table *ana_nwb_rois_of(const ana_nwb_writer *writer, const ana_series *series)
{
    const ana_recording *recording = writer->recording;
    if (series->n_channels == 0 || series->channels[0].kind != ANA_KIND_ROI) {
        return NULL;
    }
    for (size_t i = 0; i < recording->n_tables; i++) {
        if (recording->tables[i].table != writer->electrodes &&
            ana_nwb_covers(recording->tables[i].table, "roi", series)) {
            return recording->tables[i].table;
        }
    }
    return NULL;
}

/* The channels of all electrical series, each name once. */
static ana_status list_channels(const ana_recording *recording, const ana_channel ***out, size_t *n)
{
    ana_status status = ANA_OK;
    size_t capacity = 0;
    const ana_channel **channels = NULL;
    *n = 0;
    for (size_t i = 0; i < recording->n_series; i++) {
        const ana_series *series = recording->series[i];
        for (size_t c = 0; ana_nwb_is_electrical(series) && c < series->n_channels; c++) {
            bool known = false;
            for (size_t k = 0; k < *n && !known; k++) {
                known = strcmp(channels[k]->name, series->channels[c].name) == 0;
            }
            if (!known) {
                ANA_TRY(ana_grow(&channels, &capacity, *n + 1, sizeof(void *), "electrodes"));
                channels[(*n)++] = &series->channels[c];
            }
        }
    }
    *out = channels;
    channels = NULL;
done:
    free(channels);
    return status;
}

static ana_status add_positions(ana_table *table, const ana_channel *const *channels)
{
    static const char *const axes[3] = {"x", "y", "z"};
    bool any = false;
    ana_status status = ANA_OK;
    for (size_t i = 0; i < table->n_rows; i++) {
        any = any || isfinite(channels[i]->position[0]);
    }
    for (size_t k = 0; any && k < 3; k++) {
        ana_column *column = NULL;
        ANA_TRY(ana_table_add(table, axes[k], ANA_COLUMN_DOUBLE, NULL, &column));
        for (size_t i = 0; i < table->n_rows; i++) {
            column->doubles[i] = channels[i]->position[k] * 1e6; /* micrometres */
        }
    }
done:
    return status;
}

/* A table of electrodes made from the channels, where the recording has none. */
static ana_status make_electrodes(ana_nwb_writer *writer)
{
    ana_status status = ANA_OK;
    const ana_channel **channels = NULL;
    const char **texts = NULL;
    size_t n = 0;
    ANA_TRY(list_channels(writer->recording, &channels, &n));
    if (n == 0) {
        goto done;
    }
    ANA_TRY(ana_allocate(n, sizeof *texts, "electrodes", &texts));
    ANA_TRY(ana_table_new(n, &writer->made_electrodes));
    for (size_t i = 0; i < n; i++) {
        texts[i] = channels[i]->name;
    }
    ANA_TRY(ana_table_add_texts(writer->made_electrodes, "label", texts));
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        texts[i] = channels[i]->reference != NULL ? channels[i]->reference : "";
        any = any || texts[i][0] != '\0';
    }
    if (any) {
        ANA_TRY(ana_table_add_texts(writer->made_electrodes, "reference", texts));
    }
    ANA_TRY(add_positions(writer->made_electrodes, channels));
    writer->electrodes = writer->made_electrodes;
done:
    free(texts);
    free(channels);
    return status;
}

static ana_status ensure_device(ana_nwb_writer *writer)
{
    ana_status status = ana_nwb_ensure_folder(writer, "/general/devices");
    return status == ANA_OK
               ? ana_nwb_ensure_group(writer, "/general/devices/device", "Device", NULL)
               : status;
}

/* "group0", ... with a link to the device. */
static ana_status ensure_electrode_group(ana_nwb_writer *writer, const char *name, ana_text *path)
{
    ana_status status = ANA_OK;
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ANA_TRY(ana_nwb_join_name(path, "/general/extracellular_ephys", name));
    ANA_TRY(ana_hdf5_look(writer->file, path->bytes, &kind));
    if (kind != ANA_HDF5_NOTHING) {
        goto done;
    }
    ANA_TRY(ana_nwb_ensure_group(writer, path->bytes, "ElectrodeGroup", "group of electrodes"));
    ANA_TRY(ana_hdf5_set_text(writer->file, path->bytes, "location", "unknown"));
    size_t n = path->n;
    ana_text_append(path, "/device");
    ANA_TRY(ana_text_check(path, name));
    ANA_TRY(ana_hdf5_make_soft_link(writer->file, path->bytes, "/general/devices/device"));
    path->n = n;
    ana_text_append(path, "");
done:
    return status;
}

/* The column of references to each row's group, and their names where the table lacks them. */
static ana_status put_groups(ana_nwb_table_out *out, const ana_table *table)
{
    ana_status status = ANA_OK;
    ana_nwb_writer *writer = out->writer;
    ana_text *paths = NULL;
    const char **targets = NULL;
    const ana_column *names = text_column(table, "group_name");
    ANA_TRY(ana_allocate(table->n_rows, sizeof *paths, "electrodes", &paths));
    ANA_TRY(ana_allocate(table->n_rows, sizeof *targets, "electrodes", &targets));
    for (size_t i = 0; i < table->n_rows; i++) {
        const char *name = names != NULL && names->texts[i] != NULL && names->texts[i][0] != '\0'
                               ? names->texts[i]
                               : "electrodes_group";
        ANA_TRY(ensure_electrode_group(writer, name, &paths[i]));
        targets[i] = paths[i].bytes;
    }
    ANA_TRY(ana_nwb_put_references(out, "group", "the group each electrode is part of", targets));
done:
    for (size_t i = 0; paths != NULL && i < table->n_rows; i++) {
        ana_text_release(&paths[i]);
    }
    free(paths);
    free(targets);
    return status;
}

/* Columns that the standard requires of electrodes. */
static ana_status put_required(ana_nwb_table_out *out, const ana_table *table)
{
    static const char *const required[] = {"location", "group_name"};
    static const char *const otherwise[] = {"unknown", "electrodes_group"};
    ana_status status = ANA_OK;
    ana_table *made = NULL;
    const char **texts = NULL;
    ANA_TRY(ana_allocate(table->n_rows, sizeof *texts, "electrodes", &texts));
    ANA_TRY(ana_table_new(table->n_rows, &made));
    for (size_t k = 0; k < 2; k++) {
        if (ana_table_find(table, required[k]) == NULL) {
            for (size_t i = 0; i < table->n_rows; i++) {
                texts[i] = otherwise[k];
            }
            ANA_TRY(ana_table_add_texts(made, required[k], texts));
        }
    }
    ANA_TRY(ana_nwb_put_columns(out, made, NULL));
    /* names are borrowed from the table, which is released: take those that stay */
    for (size_t i = 0; i < out->n_names; i++) {
        for (size_t k = 0; k < 2; k++) {
            out->names[i] = strcmp(out->names[i], required[k]) == 0 ? required[k] : out->names[i];
        }
    }
done:
    free(texts);
    ana_table_free(made);
    return status;
}

ana_status ana_nwb_write_electrodes(ana_nwb_writer *writer)
{
    static const char *const apart[] = {"group", NULL};
    static const char path[] = "/general/extracellular_ephys/electrodes";
    ana_status status = ANA_OK;
    ana_nwb_table_out out;
    writer->electrodes = ana_recording_find_table(writer->recording, "electrodes");
    if (writer->electrodes == NULL) {
        ANA_TRY(make_electrodes(writer));
    }
    const ana_table *table = writer->electrodes;
    if (table == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ensure_device(writer));
    ANA_TRY(ana_nwb_ensure_folder(writer, "/general/extracellular_ephys"));
    status = ana_nwb_begin_table(writer, path, "DynamicTable", "metadata about electrodes",
                                 table->n_rows, table, &out);
    if (status == ANA_OK) {
        status = put_required(&out, table);
    }
    if (status == ANA_OK) {
        status = put_groups(&out, table);
    }
    if (status == ANA_OK) {
        status = ana_nwb_put_columns(&out, table, apart);
    }
    status = ana_nwb_end_table(&out, status);
done:
    return status;
}

static ana_status write_number(ana_nwb_writer *writer, const char *path, double value)
{
    ana_hdf5_array array = ana_hdf5_scalar(ANA_FLOAT64, &value);
    return ana_hdf5_write(writer->file, path, &array);
}

/* An imaging plane says what the file cannot know: wavelengths and rates are unknown (NaN). */
static ana_status ensure_plane(ana_nwb_writer *writer)
{
    static const char plane[] = "/general/optophysiology/plane";
    ana_status status = ANA_OK;
    if (writer->has_plane) {
        return ANA_OK;
    }
    writer->has_plane = true;
    ANA_TRY(ensure_device(writer));
    ANA_TRY(ana_nwb_ensure_folder(writer, "/general/optophysiology"));
    ANA_TRY(ana_nwb_ensure_group(writer, plane, "ImagingPlane", NULL));
    ANA_TRY(ana_hdf5_write_text(writer->file, "/general/optophysiology/plane/description",
                                "imaging plane"));
    ANA_TRY(write_number(writer, "/general/optophysiology/plane/excitation_lambda", (double)NAN));
    ANA_TRY(
        ana_hdf5_write_text(writer->file, "/general/optophysiology/plane/indicator", "unknown"));
    ANA_TRY(ana_hdf5_write_text(writer->file, "/general/optophysiology/plane/location", "unknown"));
    ANA_TRY(ana_hdf5_make_soft_link(writer->file, "/general/optophysiology/plane/device",
                                    "/general/devices/device"));
    ANA_TRY(ana_nwb_ensure_group(writer, "/general/optophysiology/plane/channel", "OpticalChannel",
                                 NULL));
    ANA_TRY(ana_hdf5_write_text(writer->file, "/general/optophysiology/plane/channel/description",
                                "unknown"));
    status =
        write_number(writer, "/general/optophysiology/plane/channel/emission_lambda", (double)NAN);
done:
    return status;
}

/* Regions of interest made from the channels of a series. */
static ana_status make_rois(const ana_series *series, ana_table **out)
{
    ana_status status = ANA_OK;
    const char **texts = NULL;
    ana_table *table = NULL;
    ANA_TRY(ana_allocate(series->n_channels, sizeof *texts, "regions of interest", &texts));
    for (size_t c = 0; c < series->n_channels; c++) {
        texts[c] = series->channels[c].name;
    }
    ANA_TRY(ana_table_new(series->n_channels, &table));
    ANA_TRY(ana_table_add_texts(table, "label", texts));
    *out = table;
    table = NULL;
done:
    ana_table_free(table);
    free(texts);
    return status;
}

static const char *name_of_table(const ana_recording *recording, const ana_table *table)
{
    for (size_t i = 0; i < recording->n_tables; i++) {
        if (recording->tables[i].table == table) {
            return recording->tables[i].name;
        }
    }
    return NULL;
}

ana_status ana_nwb_write_rois(ana_nwb_writer *writer, const ana_series *series, ana_text *path)
{
    static const char folder[] = "/processing/ophys/ImageSegmentation";
    ana_status status = ANA_OK;
    ana_table *made = NULL;
    ana_text link = {0};
    ana_nwb_table_out out;
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    const ana_table *table = ana_nwb_rois_of(writer, series);
    const char *name = table != NULL ? name_of_table(writer->recording, table) : series->name;
    ANA_TRY(ensure_plane(writer));
    ANA_TRY(ana_nwb_ensure_group(writer, folder, "ImageSegmentation", NULL));
    ANA_TRY(ana_nwb_join_name(path, folder, name));
    ANA_TRY(ana_hdf5_look(writer->file, path->bytes, &kind));
    if (kind != ANA_HDF5_NOTHING) {
        goto done;
    }
    if (table == NULL) {
        ANA_TRY(make_rois(series, &made));
        table = made;
    }
    status = ana_nwb_begin_table(writer, path->bytes, "PlaneSegmentation", "regions of interest",
                                 table->n_rows, table, &out);
    if (status == ANA_OK) {
        status = ana_nwb_put_columns(&out, table, NULL);
    }
    ANA_TRY(ana_nwb_end_table(&out, status));
    ANA_TRY(ana_nwb_join(&link, path->bytes, "reference_images"));
    ANA_TRY(ana_hdf5_make_group(writer->file, link.bytes));
    ANA_TRY(ana_nwb_join(&link, path->bytes, "imaging_plane"));
    status = ana_hdf5_make_soft_link(writer->file, link.bytes, "/general/optophysiology/plane");
done:
    ana_text_release(&link);
    ana_table_free(made);
    return status;
}
