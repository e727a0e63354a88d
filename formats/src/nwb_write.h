/** NWB 2.6: what the parts of its writer share. */
#ifndef ANALYSIS_FORMATS_NWB_WRITE_H
#define ANALYSIS_FORMATS_NWB_WRITE_H

#include "hdf5_write.h"
#include "text.h"

#include <analysis/recording.h>

typedef struct ana_nwb_writer {
    ana_hdf5 *file;
    const ana_recording *recording;
    const ana_run *run;
    char **series_paths;         /**< where each series went */
    const ana_table *electrodes; /**< rows of the electrodes that were written; NULL: none */
    ana_table *made_electrodes;  /**< ours, where the recording has no such table */
    bool has_plane;              /**< the imaging plane was written */
} ana_nwb_writer;

ANA_USE_RESULT ana_status ana_nwb_write(const ana_recording *recording, const char *path,
                                        const char *final_path, const ana_write_options *options);
ANA_USE_RESULT ana_status ana_nwb_losses(const ana_recording *recording, ana_text *text);

/** Attributes of a typed object: namespace, neurodata_type and object_id, which follows from the
 *  recording and the path, so that equal recordings give equal bytes. */
ANA_USE_RESULT ana_status ana_nwb_mark(ana_nwb_writer *writer, const char *path,
                                       const char *name_space, const char *type);
/** A typed group of the core namespace. */
ANA_USE_RESULT ana_status ana_nwb_make_group(ana_nwb_writer *writer, const char *path,
                                             const char *type);
/** The same, unless it is there already; with a description when it is not NULL. */
ANA_USE_RESULT ana_status ana_nwb_ensure_group(ana_nwb_writer *writer, const char *path,
                                               const char *type, const char *description);
/** An untyped group, unless it is there already. */
ANA_USE_RESULT ana_status ana_nwb_ensure_folder(ana_nwb_writer *writer, const char *path);

/** path + "/" + name, a '/' in the name replaced by '_'. */
ANA_USE_RESULT ana_status ana_nwb_join_name(ana_text *text, const char *path, const char *name);

/** A DynamicTable being written. */
typedef struct ana_nwb_table_out {
    ana_nwb_writer *writer;
    const char *path;
    size_t n_rows;
    const char **names;
    size_t n_names;
    size_t capacity;
    ana_text text; /**< path of the column at hand */
} ana_nwb_table_out;

/** The group with its ids: those of column "id" of `table` where they are integers, else 0, 1, ...
 */
ANA_USE_RESULT ana_status ana_nwb_begin_table(ana_nwb_writer *writer, const char *path,
                                              const char *type, const char *description,
                                              size_t n_rows, const ana_table *table,
                                              ana_nwb_table_out *out);
/** A column of numbers: n_elements of them, `width` in each entry (2 for intervals), ragged by
 *  `row_start` (in entries) unless NULL. `unit` may be NULL. */
ANA_USE_RESULT ana_status ana_nwb_put_doubles(ana_nwb_table_out *out, const char *name,
                                              const char *description, const size_t *row_start,
                                              size_t n_entries, size_t width, const double *values);
/** A column of a table. Missing integers become NaN among doubles, missing texts "". */
ANA_USE_RESULT ana_status ana_nwb_put_column(ana_nwb_table_out *out, const ana_column *column);
/** A column of integers under another type than VectorData. */
ANA_USE_RESULT ana_status ana_nwb_put_typed(ana_nwb_table_out *out, const ana_column *column,
                                            const char *type);
/** Every column but "id", those in `without` (NULL-terminated), and members of compounds, which are
 *  put together again. */
ANA_USE_RESULT ana_status ana_nwb_put_columns(ana_nwb_table_out *out, const ana_table *table,
                                              const char *const *without);
/** A column of references, one a row. */
ANA_USE_RESULT ana_status ana_nwb_put_references(ana_nwb_table_out *out, const char *name,
                                                 const char *description,
                                                 const char *const *targets);
/** A DynamicTableRegion of rows of the table at `target`. */
ANA_USE_RESULT ana_status ana_nwb_put_region(ana_nwb_writer *writer, const char *path,
                                             const char *target, const char *description, size_t n,
                                             const int64_t *rows);
/** Set colnames and release; `status` is that of what went before, and is returned if not ANA_OK.
 */
ANA_USE_RESULT ana_status ana_nwb_end_table(ana_nwb_table_out *out, ana_status status);

ANA_USE_RESULT ana_status ana_nwb_write_all_series(ana_nwb_writer *writer);
ANA_USE_RESULT ana_status ana_nwb_write_all_units(ana_nwb_writer *writer);
ANA_USE_RESULT ana_status ana_nwb_write_all_intervals(ana_nwb_writer *writer);
ANA_USE_RESULT ana_status ana_nwb_write_all_tables(ana_nwb_writer *writer);
ANA_USE_RESULT ana_status ana_nwb_write_electrodes(ana_nwb_writer *writer);
/** Whether the series is written as ElectricalSeries: voltages of which each channel is a row. */
bool ana_nwb_is_electrical(const ana_series *series);
/** Row of the table that a channel of that name stands for; n_rows when none. */
size_t ana_nwb_row_of(const ana_table *table, const char *prefix, const char *name);
/** Whether the table has a row for every channel of the series. */
bool ana_nwb_covers(const ana_table *table, const char *prefix, const ana_series *series);
/** The table with regions of interest for a series, and where it is written. */
const ana_table *ana_nwb_rois_of(const ana_nwb_writer *writer, const ana_series *series);
/** Write the plane and the table of a series' regions of interest. *path: where, borrowed text. */
ANA_USE_RESULT ana_status ana_nwb_write_rois(ana_nwb_writer *writer, const ana_series *series,
                                             ana_text *path);

#endif
