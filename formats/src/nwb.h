/** NWB 2.x: what the parts of its reader share. */
#ifndef ANALYSIS_FORMATS_NWB_H
#define ANALYSIS_FORMATS_NWB_H

#include "format.h"
#include "hdf5_file.h"

/** What a group of the file is to us. */
typedef enum ana_nwb_role {
    ANA_NWB_TABLE,
    ANA_NWB_UNITS,
    ANA_NWB_INTERVALS,
    ANA_NWB_SERIES,
    ANA_NWB_ANNOTATIONS,
    ANA_NWB_MOVIE
} ana_nwb_role;

/** A typed group, found by the walk. */
typedef struct ana_nwb_object {
    char *path;
    char *type; /**< neurodata_type */
    ana_nwb_role role;
    uint64_t address;
} ana_nwb_object;

typedef struct ana_nwb_reader {
    ana_hdf5 *file;
    const ana_read_options *options;
    ana_recording *recording;
    ana_nwb_object *objects;
    size_t n_objects;
    size_t capacity;
    size_t n_channels; /**< of all series so far */
} ana_nwb_reader;

/** "a/b/name" -> "name", borrowed. */
const char *ana_nwb_name(const char *path);

/** path + "/" + name in `text`, which is emptied first; its bytes, or ANA_ERR_MEMORY. */
ANA_USE_RESULT ana_status ana_nwb_join(ana_text *text, const char *path, const char *name);

/** The object at that address, or NULL. */
const ana_nwb_object *ana_nwb_find(const ana_nwb_reader *reader, uint64_t address);

/** *out = the DynamicTable at `path` with "id" and its columns but `without` (NULL-terminated; may
 *  be NULL). Ragged columns and rows of several values become ragged; members of compounds columns
 *  "name_member". References and columns too large to hold are left out with a warning. */
ANA_USE_RESULT ana_status ana_nwb_read_table(ana_nwb_reader *reader, const char *path,
                                             const char *const *without, ana_table **out);

/** Ends of rows: *out = n_rows + 1 starts for the column `name` of the table, *width = values of
 *  the target's first axis an element (1, or what its other axes hold); NULL when the column is not
 *  there or not ragged. Checked against the rows and the target. */
ANA_USE_RESULT ana_status ana_nwb_row_starts(ana_nwb_reader *reader, const char *table,
                                             const char *name, size_t n_rows, size_t n_target,
                                             size_t **out);

/** Each adds what it finds at `object` to the recording. */
ANA_USE_RESULT ana_status ana_nwb_add_table(ana_nwb_reader *reader, const ana_nwb_object *object);
ANA_USE_RESULT ana_status ana_nwb_add_units(ana_nwb_reader *reader, const ana_nwb_object *object);
ANA_USE_RESULT ana_status ana_nwb_add_intervals(ana_nwb_reader *reader,
                                                const ana_nwb_object *object);
ANA_USE_RESULT ana_status ana_nwb_add_annotations(ana_nwb_reader *reader,
                                                  const ana_nwb_object *object);
ANA_USE_RESULT ana_status ana_nwb_add_series(ana_nwb_reader *reader, const ana_nwb_object *object);

/** Names, positions and words of a series' channels, by electrodes or regions of interest. */
ANA_USE_RESULT ana_status ana_nwb_describe_channels(ana_nwb_reader *reader,
                                                    const ana_nwb_object *object,
                                                    ana_series *series);

/** *out = a source over a dataset: its first axis is time, the others are channels. Numbers other
 *  than float64 are widened where `as_double` says so (timestamps). */
ANA_USE_RESULT ana_status ana_nwb_source(ana_hdf5 *file, const char *path, bool as_double,
                                         ana_source **out);

#endif
