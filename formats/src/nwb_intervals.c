/* TimeIntervals and AnnotationSeries. */
#include "memory.h"
#include "nwb.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One column of times; NULL and n 0 when it is not there. */
static ana_status read_times(ana_nwb_reader *reader, const char *table, const char *name,
                             double **out, size_t *n)
{
    ana_text path = {0};
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    *out = NULL;
    *n = 0;
    ana_status status = ana_nwb_join(&path, table, name);
    if (status == ANA_OK) {
        status = ana_hdf5_look(reader->file, path.bytes, &kind);
    }
    if (status == ANA_OK && kind != ANA_HDF5_NOTHING) {
        status = ana_hdf5_read_doubles(reader->file, path.bytes, NULL, out, n);
    }
    ana_text_release(&path);
    return status;
}

/* Rows whose start is known become the intervals; *n_kept of them are listed in `rows`. */
static void choose_rows(size_t n, const double *start, size_t *rows, size_t *n_kept)
{
    *n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (isfinite(start[i])) {
            rows[(*n_kept)++] = i;
        }
    }
}

static ana_status fill(ana_nwb_reader *reader, const char *path, const double *start,
                       const double *stop, ana_intervals *intervals)
{
    size_t n_bad = 0;
    for (size_t i = 0; i < intervals->n && start != NULL; i++) {
        intervals->start[i] = start[i];
        intervals->stop[i] = stop == NULL ? (double)NAN : stop[i];
        if (intervals->stop[i] < start[i] || isinf(intervals->stop[i])) {
            intervals->stop[i] = NAN;
            n_bad++;
        }
    }
    return n_bad == 0 ? ANA_OK
                      : ana_recover(reader->recording, reader->options,
                                    "%s: %s: %zu intervals stop before they start or never; their "
                                    "stop is unknown",
                                    ana_hdf5_path(reader->file), path, n_bad);
}

/* A text of several tags for each row, joined, where the file has no label of its own. */
static ana_status label_by_tags(ana_table *table)
{
    ana_status status = ANA_OK;
    ana_column *label = NULL;
    ana_text text = {0};
    const ana_column *tags = ana_table_find(table, "tags");
    if (tags == NULL || tags->type != ANA_COLUMN_TEXT || tags->row_start == NULL ||
        ana_table_find(table, "label") != NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_table_add(table, "label", ANA_COLUMN_TEXT, NULL, &label));
    tags = ana_table_find(table, "tags");
    for (size_t r = 0; r < table->n_rows; r++) {
        text.n = 0;
        for (size_t i = tags->row_start[r]; i < tags->row_start[r + 1]; i++) {
            ana_text_append(&text, i > tags->row_start[r] ? ", " : "");
            ana_text_append(&text, tags->texts[i]);
        }
        ANA_TRY(ana_text_check(&text, "tags"));
        ANA_TRY(ana_column_set_text(label, r, text.n > 0 ? text.bytes : NULL));
    }
done:
    ana_text_release(&text);
    return status;
}

/* Leave out the rows without a start. */
static ana_status keep_known(ana_nwb_reader *reader, const char *path, ana_table **table,
                             double *start, double *stop)
{
    ana_status status = ANA_OK;
    size_t *rows = NULL;
    size_t n_kept = 0;
    ana_table *kept = NULL;
    size_t n = (*table)->n_rows;
    ANA_TRY(ana_allocate(n, sizeof *rows, path, &rows));
    choose_rows(n, start, rows, &n_kept);
    if (n_kept == n) {
        goto done;
    }
    ANA_TRY(ana_recover(reader->recording, reader->options,
                        "%s: %s: %zu rows have no finite start_time and are left out",
                        ana_hdf5_path(reader->file), path, n - n_kept));
    ANA_TRY(ana_table_take(*table, n_kept, rows, &kept));
    for (size_t i = 0; i < n_kept; i++) {
        start[i] = start[rows[i]];
        if (stop != NULL) {
            stop[i] = stop[rows[i]];
        }
    }
    ana_table_free(*table);
    *table = kept;
done:
    free(rows);
    return status;
}

ana_status ana_nwb_add_intervals(ana_nwb_reader *reader, const ana_nwb_object *object)
{
    static const char *const apart[] = {"start_time", "stop_time", NULL};
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    ana_intervals *intervals = NULL;
    double *start = NULL;
    double *stop = NULL;
    size_t n_start = 0;
    size_t n_stop = 0;
    ANA_TRY(ana_nwb_read_table(reader, object->path, apart, &table));
    ANA_TRY(read_times(reader, object->path, "start_time", &start, &n_start));
    ANA_TRY(read_times(reader, object->path, "stop_time", &stop, &n_stop));
    if (n_start != table->n_rows || (stop != NULL && n_stop != table->n_rows)) {
        status =
            ana_fail(ANA_ERR_FORMAT, "%s: %s: has %zu rows, %zu start and %zu stop times",
                     ana_hdf5_path(reader->file), object->path, table->n_rows, n_start, n_stop);
        goto done;
    }
    if (start != NULL) {
        ANA_TRY(keep_known(reader, object->path, &table, start, stop));
    }
    ANA_TRY(label_by_tags(table));
    ANA_TRY(ana_intervals_new(ana_nwb_name(object->path), table->n_rows, &intervals));
    ANA_TRY(fill(reader, object->path, start, stop, intervals));
    ana_table_free(intervals->table);
    intervals->table = table;
    table = NULL;
    status = ana_recording_add_intervals(reader->recording, intervals);
    intervals = NULL;
done:
    ana_intervals_free(intervals);
    ana_table_free(table);
    free(start);
    free(stop);
    return status;
}

ana_status ana_nwb_add_annotations(ana_nwb_reader *reader, const ana_nwb_object *object)
{
    ana_status status = ANA_OK;
    ana_text path = {0};
    ana_hdf5_texts texts = {0};
    ana_intervals *intervals = NULL;
    ana_column *label = NULL;
    double *times = NULL;
    size_t n = 0;
    ANA_TRY(read_times(reader, object->path, "timestamps", &times, &n));
    ANA_TRY(ana_nwb_join(&path, object->path, "data"));
    ANA_TRY(ana_hdf5_read_texts(reader->file, path.bytes, &texts));
    bool finite = texts.n == n;
    for (size_t i = 0; finite && i < n; i++) {
        finite = isfinite(times[i]);
    }
    if (!finite) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: %s: %zu annotations need as many finite timestamps",
                          ana_hdf5_path(reader->file), object->path, texts.n);
        goto done;
    }
    ANA_TRY(ana_intervals_new(ana_nwb_name(object->path), n, &intervals));
    ANA_TRY(ana_table_add(intervals->table, "label", ANA_COLUMN_TEXT, NULL, &label));
    for (size_t i = 0; i < n; i++) {
        intervals->start[i] = times[i];
        intervals->stop[i] = times[i];
        label->texts[i] = texts.items[i];
        texts.items[i] = NULL;
    }
    status = ana_recording_add_intervals(reader->recording, intervals);
    intervals = NULL;
done:
    ana_intervals_free(intervals);
    ana_hdf5_texts_release(&texts);
    free(times);
    ana_text_release(&path);
    return status;
}
