/* Who the channels of a series are: electrodes, regions of interest, axes of a position. */
#include "lists.h"
#include "memory.h"
#include "nwb.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool holds_word(const char *text, const char *word)
{
    for (; *text != '\0'; text++) {
        if (strncasecmp(text, word, strlen(word)) == 0) {
            return true;
        }
    }
    return false;
}

/* Electrodes in or on the head: the file's names are all that tells. */
static ana_kind kind_of_voltage(const ana_nwb_object *object)
{
    if (holds_word(object->path, "lfp") || holds_word(object->path, "ecog")) {
        return ANA_KIND_LFP;
    }
    return holds_word(ana_nwb_name(object->path), "eeg") ? ANA_KIND_EEG : ANA_KIND_SPIKE;
}

/* Kinds by the end of the neurodata_type. */
static ana_kind kind_by_type(const ana_nwb_object *object)
{
    static const struct {
        const char *piece;
        ana_kind kind;
    } kinds[] = {
        {"StimulusSeries", ANA_KIND_STIMULUS},
        {"OptogeneticSeries", ANA_KIND_STIMULUS},
        {"ElectricalSeries", ANA_KIND_SPIKE},
        {"SpikeEventSeries", ANA_KIND_SPIKE},
        {"RoiResponseSeries", ANA_KIND_ROI},
        {"CurrentClampSeries", ANA_KIND_INTRACELLULAR},
        {"VoltageClampSeries", ANA_KIND_INTRACELLULAR},
        {"IZeroClampSeries", ANA_KIND_INTRACELLULAR},
        {"PatchClampSeries", ANA_KIND_INTRACELLULAR},
        {"SpatialSeries", ANA_KIND_BEHAVIOUR},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (ana_text_ends_with_ignoring_case(object->type, kinds[i].piece)) {
            return kinds[i].kind == ANA_KIND_SPIKE ? kind_of_voltage(object) : kinds[i].kind;
        }
    }
    if (strncmp(object->path, "/stimulus/", 10) == 0) {
        return ANA_KIND_STIMULUS;
    }
    return strncmp(object->path, "/processing/behavior/", 21) == 0 ? ANA_KIND_BEHAVIOUR
                                                                   : ANA_KIND_OTHER;
}

/* The table that a region points into: its place in the recording. */
static const ana_table *table_of(const ana_nwb_reader *reader, uint64_t address)
{
    const ana_nwb_object *object = ana_nwb_find(reader, address);
    return object == NULL ? NULL
                          : ana_recording_find_table(reader->recording, ana_nwb_name(object->path));
}

/* "row 3 of electrodes" by the words of the table: label, name, or id. */
static ana_status name_by_row(const ana_table *table, size_t row, const char *prefix, char **out)
{
    static const char *const names[] = {"label", "channel_name", "electrode_name", "name"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const ana_column *column = ana_table_find(table, names[i]);
        if (column != NULL && column->type == ANA_COLUMN_TEXT && column->row_start == NULL &&
            column->texts[row] != NULL && column->texts[row][0] != '\0') {
            return ana_copy_text(column->texts[row], out);
        }
    }
    const ana_column *id = ana_table_find(table, "id");
    ana_text text = {0};
    ana_text_printf(&text, "%s%lld", prefix,
                    (long long)(id == NULL ? (int64_t)row : id->ints[row]));
    ana_status status = ana_text_check(&text, "channel");
    if (status == ANA_OK) {
        *out = text.bytes;
        return ANA_OK;
    }
    ana_text_release(&text);
    return status;
}

/* NWB gives positions of electrodes in micrometres. */
static void place_by_row(const ana_table *table, size_t row, ana_channel *channel)
{
    static const char *const axes[3] = {"x", "y", "z"};
    for (size_t i = 0; i < 3; i++) {
        const ana_column *column = ana_table_find(table, axes[i]);
        if (column != NULL && column->type == ANA_COLUMN_DOUBLE && column->row_start == NULL) {
            channel->position[i] = column->doubles[row] * 1e-6;
        }
    }
}

static ana_status copy_cell(const ana_table *table, const char *name, size_t row, char **out)
{
    const ana_column *column = ana_table_find(table, name);
    bool has = column != NULL && column->type == ANA_COLUMN_TEXT && column->row_start == NULL &&
               column->texts[row] != NULL && column->texts[row][0] != '\0';
    return has ? ana_copy_text(column->texts[row], out) : ANA_OK;
}

static ana_status describe_by_row(const ana_table *table, size_t row, bool is_electrode,
                                  ana_channel *channel)
{
    ana_status status = name_by_row(table, row, is_electrode ? "electrode" : "roi", &channel->name);
    if (status == ANA_OK && is_electrode) {
        place_by_row(table, row, channel);
        status = copy_cell(table, "filtering", row, &channel->filter);
    }
    if (status == ANA_OK && is_electrode) {
        status = copy_cell(table, "reference", row, &channel->reference);
    }
    return status;
}

/* `name` is a DynamicTableRegion: rows of a table, one for each channel. *done: it was there. */
static ana_status describe_by_region(ana_nwb_reader *reader, const ana_nwb_object *object,
                                     const char *name, ana_series *series, bool *done)
{
    ana_status status = ANA_OK;
    ana_text path = {0};
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    int64_t *rows = NULL;
    size_t n = 0;
    uint64_t address = 0;
    ANA_TRY(ana_nwb_join(&path, object->path, name));
    ANA_TRY(ana_hdf5_look(reader->file, path.bytes, &kind));
    if (kind != ANA_HDF5_DATASET) {
        goto done;
    }
    ANA_TRY(ana_hdf5_read_ints(reader->file, path.bytes, NULL, &rows, &n));
    ANA_TRY(ana_hdf5_attribute_reference(reader->file, path.bytes, "table", &address));
    const ana_table *table = table_of(reader, address);
    if (table == NULL) {
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        if (rows[i] < 0 || (uint64_t)rows[i] >= table->n_rows) {
            status = ana_fail(ANA_ERR_FORMAT, "%s: %s: names row %lld of a table of %zu rows",
                              ana_hdf5_path(reader->file), path.bytes, (long long)rows[i],
                              table->n_rows);
            goto done;
        }
    }
    if (n != series->n_channels) {
        goto done; /* events of several channels side by side: not one row a column */
    }
    for (size_t c = 0; c < n; c++) {
        ANA_TRY(describe_by_row(table, (size_t)rows[c], name[0] == 'e', &series->channels[c]));
    }
    *done = true;
done:
    free(rows);
    ana_text_release(&path);
    return status;
}

static ana_status name_by_number(const ana_nwb_object *object, ana_series *series)
{
    static const char *const axes[3] = {"x", "y", "z"};
    bool is_position = ana_text_ends_with_ignoring_case(object->type, "SpatialSeries") &&
                       series->n_channels <= 3 && series->n_channels > 1;
    for (size_t c = 0; c < series->n_channels; c++) {
        ana_text text = {0};
        if (is_position) {
            ana_text_append(&text, axes[c]);
        } else if (series->n_channels == 1) {
            ana_text_append(&text, series->name);
        } else {
            ana_text_printf(&text, "%s_%zu", series->name, c);
        }
        ana_status status = ana_text_check(&text, "channel");
        if (status != ANA_OK) {
            ana_text_release(&text);
            return status;
        }
        free(series->channels[c].name);
        series->channels[c].name = text.bytes;
    }
    return ANA_OK;
}

/* Words on filtering that the series itself has hold for all of its channels. */
static ana_status add_filtering(ana_nwb_reader *reader, const ana_nwb_object *object,
                                ana_series *series)
{
    char *words = NULL;
    ana_status status = ana_hdf5_attribute_text(reader->file, object->path, "filtering", &words);
    for (size_t c = 0; status == ANA_OK && words != NULL && c < series->n_channels; c++) {
        free(series->channels[c].filter);
        series->channels[c].filter = NULL;
        status = ana_copy_text(words, &series->channels[c].filter);
    }
    free(words);
    return status;
}

ana_status ana_nwb_describe_channels(ana_nwb_reader *reader, const ana_nwb_object *object,
                                     ana_series *series)
{
    ana_status status = ANA_OK;
    bool described = false;
    ana_kind kind = kind_by_type(object);
    for (size_t c = 0; c < series->n_channels; c++) {
        series->channels[c].kind = kind;
    }
    ANA_TRY(describe_by_region(reader, object, "electrodes", series, &described));
    if (!described) {
        ANA_TRY(describe_by_region(reader, object, "rois", series, &described));
    }
    if (!described) {
        ANA_TRY(name_by_number(object, series));
    }
    status = add_filtering(reader, object, series);
done:
    return status;
}
