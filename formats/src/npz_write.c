/* A recording as .npz, in the layout that npz.h describes. */
#include "checked.h"
#include "memory.h"
#include "npz.h"
#include "pour.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The archive on its way out. `key` is set anew for each array. */
typedef struct npz_writer {
    ana_zip_writer *zip;
    ana_text key;
    ana_text objects; /* the list "libanalysis", a line each */
    size_t n_objects;
} npz_writer;

/* "NAME", "NAME/part" or "NAME/part/COLUMN", with the ending of the entry. */
static ana_status make_key(npz_writer *out, const char *name, const char *part, const char *column)
{
    ana_text_release(&out->key);
    ana_text_append(&out->key, name);
    if (part != NULL) {
        ana_text_printf(&out->key, "/%s", part);
    }
    if (column != NULL) {
        ana_text_append(&out->key, "/");
        ana_text_append(&out->key, column);
    }
    ana_text_append(&out->key, ".npy");
    return ana_text_check(&out->key, "array name");
}

static ana_status begin_array(npz_writer *out, const char *descr, bool fortran, size_t n_axes,
                              const size_t *shape, size_t n_bytes)
{
    ana_status status = ANA_OK;
    ana_text header = {0};
    size_t total = 0;
    ana_npy_put_header(&header, descr, fortran, n_axes, shape);
    ANA_TRY(ana_text_check(&header, "array"));
    if (!ana_add(header.n, n_bytes, &total)) {
        status = ana_fail(ANA_ERR_SHAPE, "\"%s\": too large", out->key.bytes);
        goto done;
    }
    ANA_TRY(ana_zip_writer_begin(out->zip, out->key.bytes, total, !fortran));
    ANA_TRY(ana_zip_writer_add(out->zip, header.bytes, header.n));
done:
    ana_text_release(&header);
    return status;
}

/* A vector, or with n_axes 0 a single number, under the key set before. */
static ana_status put_numbers(npz_writer *out, ana_sample_type type, size_t n_axes, size_t n,
                              const void *values)
{
    size_t n_bytes = n * ana_sample_size(type); /* in memory already: no overflow */
    ana_status status = begin_array(out, ana_npy_descr(type), false, n_axes, &n, n_bytes);
    if (status == ANA_OK) {
        status = ana_zip_writer_add(out->zip, values, n_bytes);
    }
    return status == ANA_OK ? ana_zip_writer_end(out->zip) : status;
}

static ana_status put_texts(npz_writer *out, size_t n_axes, size_t n, const char *const *texts)
{
    ana_status status = ANA_OK;
    char descr[16];
    unsigned char *bytes = NULL;
    size_t n_bytes = 0;
    ANA_TRY(ana_npy_pack_texts(n, texts, descr, &bytes, &n_bytes));
    ANA_TRY(begin_array(out, descr, false, n_axes, &n, n_bytes));
    ANA_TRY(ana_zip_writer_add(out->zip, bytes, n_bytes));
    ANA_TRY(ana_zip_writer_end(out->zip));
done:
    free(bytes);
    return status;
}

static ana_status put_double(npz_writer *out, const char *name, const char *part, double value)
{
    ana_status status = make_key(out, name, part, NULL);
    return status == ANA_OK ? put_numbers(out, ANA_FLOAT64, 0, 1, &value) : status;
}

static ana_status put_doubles(npz_writer *out, const char *name, const char *part, size_t n,
                              const double *values)
{
    ana_status status = make_key(out, name, part, NULL);
    return status == ANA_OK ? put_numbers(out, ANA_FLOAT64, 1, n, values) : status;
}

static ana_status put_sizes(npz_writer *out, const char *name, const char *part, size_t n,
                            const size_t *values)
{
    ana_status status = make_key(out, name, part, NULL);
    return status == ANA_OK ? put_numbers(out, ANA_UINT64, 1, n, values) : status;
}

static ana_status zip_sink(void *user, const void *bytes, size_t n)
{
    return ana_zip_writer_add(user, bytes, n);
}

static ana_status put_samples(npz_writer *out, const ana_series *series, const ana_run *run)
{
    ana_status status = ANA_OK;
    const size_t shape[] = {series->n_channels, series->n_times};
    size_t n_bytes = ana_sample_size(series->type);
    if (!ana_multiply(n_bytes, shape[0], &n_bytes) || !ana_multiply(n_bytes, shape[1], &n_bytes)) {
        return ana_fail(ANA_ERR_SHAPE, "series \"%s\": too large", series->name);
    }
    ANA_TRY(make_key(out, series->name, NULL, NULL));
    ANA_TRY(begin_array(out, ana_npy_descr(series->type), true, 2, shape, n_bytes));
    ANA_TRY(ana_series_pour(series, false, run, zip_sink, out->zip));
    ANA_TRY(ana_zip_writer_end(out->zip));
done:
    return status;
}

static ana_status put_channels(npz_writer *out, const ana_series *series)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t n = series->n_channels;
    const char **texts = ana_workspace_bytes(&workspace, n, 3, sizeof(char *));
    double *numbers = ana_workspace_doubles(&workspace, n, 2);
    ANA_TRY(ana_workspace_check(&workspace, series->name));
    for (size_t c = 0; c < n; c++) {
        texts[c] = series->channels[c].name;
        texts[n + c] = series->channels[c].unit;
        texts[2 * n + c] = ana_kind_name(series->channels[c].kind);
        numbers[c] = series->channels[c].gain;
        numbers[n + c] = series->channels[c].offset;
    }
    static const char *const parts[] = {"channel", "unit", "kind"};
    for (size_t i = 0; i < 3; i++) {
        ANA_TRY(make_key(out, series->name, parts[i], NULL));
        ANA_TRY(put_texts(out, 1, n, texts + i * n));
    }
    ANA_TRY(put_doubles(out, series->name, "gain", n, numbers));
    ANA_TRY(put_doubles(out, series->name, "offset", n, numbers + n));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status put_time_base(npz_writer *out, const ana_series *series)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    if (!(series->rate > 0.0)) {
        double *times = ana_workspace_doubles(&workspace, series->n_times, 1);
        ANA_TRY(ana_workspace_check(&workspace, series->name));
        ANA_TRY(ana_series_times(series, 0, series->n_times, times));
        ANA_TRY(put_doubles(out, series->name, "times", series->n_times, times));
        goto done;
    }
    size_t n = series->n_segments;
    size_t *first = ana_workspace_sizes(&workspace, n, 1);
    double *start = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, series->name));
    for (size_t i = 0; i < n; i++) {
        first[i] = series->segments[i].first;
        start[i] = series->segments[i].start;
    }
    ANA_TRY(put_double(out, series->name, "rate", series->rate));
    ANA_TRY(put_sizes(out, series->name, "segment_first", n, first));
    ANA_TRY(put_doubles(out, series->name, "segment_start", n, start));
done:
    ana_workspace_release(&workspace);
    return status;
}

static void list_object(npz_writer *out, const char *kind, const char *name)
{
    ana_text_printf(&out->objects, "%s%s", kind, name != NULL ? " " : "");
    ana_text_append(&out->objects, name != NULL ? name : "");
    ana_text_append_bytes(&out->objects, "", 1); /* texts that end with NUL, one after the other */
    out->n_objects++;
}

static ana_status put_series(npz_writer *out, const ana_series *series, const ana_run *run)
{
    list_object(out, "series", series->name);
    ana_status status = put_samples(out, series, run);
    if (status == ANA_OK) {
        status = put_channels(out, series);
    }
    return status == ANA_OK ? put_time_base(out, series) : status;
}

/* Integers and truths with missing elements become doubles with NaN. */
static ana_status put_with_missing(npz_writer *out, const ana_column *column)
{
    ana_workspace workspace = {0};
    const size_t n = column->n_elements;
    double *values = ana_workspace_doubles(&workspace, n, 1);
    ana_status status = ana_workspace_check(&workspace, column->name);
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        double truth = column->type == ANA_COLUMN_BOOL && column->bools[i] ? 1.0 : 0.0;
        double value = column->type == ANA_COLUMN_INT ? (double)column->ints[i] : truth;
        values[i] = column->missing[i] ? (double)NAN : value;
    }
    if (status == ANA_OK) {
        status = put_numbers(out, ANA_FLOAT64, 1, n, values);
    }
    ana_workspace_release(&workspace);
    return status;
}

static ana_status put_bools(npz_writer *out, const ana_column *column)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = column->n_elements;
    unsigned char *values = ana_workspace_bytes(&workspace, n, 1, 1);
    ANA_TRY(ana_workspace_check(&workspace, column->name));
    for (size_t i = 0; i < n; i++) {
        values[i] = column->bools[i] ? 1 : 0;
    }
    ANA_TRY(begin_array(out, "|b1", false, 1, &n, n));
    ANA_TRY(ana_zip_writer_add(out->zip, values, n));
    ANA_TRY(ana_zip_writer_end(out->zip));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status put_column(npz_writer *out, const ana_column *column)
{
    if (column->missing != NULL) {
        return put_with_missing(out, column);
    }
    switch (column->type) {
    case ANA_COLUMN_BOOL:
        return put_bools(out, column);
    case ANA_COLUMN_INT:
        return put_numbers(out, ANA_INT64, 1, column->n_elements, column->ints);
    case ANA_COLUMN_TEXT:
        return put_texts(out, 1, column->n_elements, (const char *const *)column->texts);
    case ANA_COLUMN_DOUBLE:
        break;
    }
    return put_numbers(out, ANA_FLOAT64, 1, column->n_elements, column->doubles);
}

static ana_status put_table(npz_writer *out, const char *name, const char *part,
                            const ana_table *table)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (table->columns[i].row_start != NULL) {
            continue; /* told by ana_npz_losses */
        }
        ana_status status = make_key(out, name, part, table->columns[i].name);
        if (status == ANA_OK) {
            status = put_column(out, &table->columns[i]);
        }
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}

static ana_status put_ticks(npz_writer *out, const ana_spikes *spikes)
{
    if (spikes->ticks == NULL) {
        return ANA_OK;
    }
    ana_status status = make_key(out, spikes->name, "ticks", NULL);
    if (status == ANA_OK) {
        status = put_numbers(out, ANA_INT64, 1, spikes->n_spikes, spikes->ticks);
    }
    return status == ANA_OK ? put_double(out, spikes->name, "tick_rate", spikes->tick_rate)
                            : status;
}

static ana_status put_spikes(npz_writer *out, const ana_spikes *spikes)
{
    ana_status status = ANA_OK;
    const char *name = spikes->name;
    const unsigned char inferred = spikes->observed_inferred ? 1 : 0;
    size_t n_observed = spikes->observed_row != NULL ? spikes->observed_row[spikes->n_units] : 0;
    list_object(out, "spikes", name);
    ANA_TRY(put_doubles(out, name, "times", spikes->n_spikes, spikes->times));
    ANA_TRY(put_sizes(out, name, "unit_start", spikes->n_units + 1, spikes->unit_start));
    ANA_TRY(put_ticks(out, spikes));
    if (n_observed > 0) {
        ANA_TRY(put_sizes(out, name, "observed_row", spikes->n_units + 1, spikes->observed_row));
        ANA_TRY(put_doubles(out, name, "observed_start", n_observed, spikes->observed_start));
        ANA_TRY(put_doubles(out, name, "observed_stop", n_observed, spikes->observed_stop));
        ANA_TRY(make_key(out, name, "observed_inferred", NULL));
        ANA_TRY(put_numbers(out, ANA_UINT8, 0, 1, &inferred));
    }
    ANA_TRY(put_table(out, name, "units", spikes->units));
done:
    return status;
}

static ana_status put_intervals(npz_writer *out, const ana_intervals *intervals)
{
    ana_status status = ANA_OK;
    list_object(out, "intervals", intervals->name);
    ANA_TRY(put_doubles(out, intervals->name, "start", intervals->n, intervals->start));
    ANA_TRY(put_doubles(out, intervals->name, "stop", intervals->n, intervals->stop));
    ANA_TRY(put_table(out, intervals->name, "rows", intervals->table));
done:
    return status;
}

static ana_status put_facts(npz_writer *out, const ana_recording *recording)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t n = recording->n_facts;
    const char **texts = ana_workspace_bytes(&workspace, n, 2, sizeof(char *));
    ANA_TRY(ana_workspace_check(&workspace, "facts"));
    for (size_t i = 0; i < n; i++) {
        texts[i] = recording->facts[i].name;
        texts[n + i] = recording->facts[i].value;
    }
    if (n > 0) {
        list_object(out, "facts", NULL);
        ANA_TRY(make_key(out, "facts", "name", NULL));
        ANA_TRY(put_texts(out, 1, n, texts));
        ANA_TRY(make_key(out, "facts", "value", NULL));
        ANA_TRY(put_texts(out, 1, n, texts + n));
    }
    if (recording->start_time != NULL) {
        const char *start_time = recording->start_time;
        ANA_TRY(make_key(out, "start_time", NULL, NULL));
        ANA_TRY(put_texts(out, 0, 1, &start_time));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status put_list(npz_writer *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const char **texts = ana_workspace_bytes(&workspace, out->n_objects, 1, sizeof(char *));
    ANA_TRY(ana_workspace_check(&workspace, "objects"));
    ANA_TRY(ana_text_check(&out->objects, "objects"));
    const char *at = out->objects.bytes;
    for (size_t i = 0; i < out->n_objects; i++) {
        texts[i] = at;
        at += strlen(at) + 1;
    }
    ANA_TRY(make_key(out, "libanalysis", NULL, NULL));
    ANA_TRY(put_texts(out, 1, out->n_objects, texts));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status put_objects(npz_writer *out, const ana_recording *recording, const ana_run *run)
{
    ana_status status = ANA_OK;
    for (size_t i = 0; i < recording->n_series; i++) {
        ANA_TRY(put_series(out, recording->series[i], run));
    }
    for (size_t i = 0; i < recording->n_spikes; i++) {
        ANA_TRY(put_spikes(out, recording->spikes[i]));
    }
    for (size_t i = 0; i < recording->n_intervals; i++) {
        ANA_TRY(put_intervals(out, recording->intervals[i]));
    }
    for (size_t i = 0; i < recording->n_tables; i++) {
        list_object(out, "table", recording->tables[i].name);
        ANA_TRY(put_table(out, recording->tables[i].name, "rows", recording->tables[i].table));
    }
    ANA_TRY(put_facts(out, recording));
    ANA_TRY(put_list(out));
done:
    return status;
}

ana_status ana_npz_write(const ana_recording *recording, const char *path, const char *final_path,
                         const ana_write_options *options)
{
    (void)final_path;
    ana_status status = ANA_OK;
    ana_atomic atomic = {0};
    npz_writer out = {0};
    ANA_TRY(ana_atomic_open(path, &atomic));
    ANA_TRY(ana_zip_writer_new(&atomic, &out.zip));
    ANA_TRY(put_objects(&out, recording, &options->run));
    ANA_TRY(ana_zip_writer_finish(out.zip));
    ANA_TRY(ana_atomic_commit(&atomic));
done:
    ana_zip_writer_free(out.zip);
    ana_text_release(&out.key);
    ana_text_release(&out.objects);
    ana_atomic_discard(&atomic);
    return status;
}

static void lose_columns(const char *name, const ana_table *table, ana_text *text)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        const ana_column *column = &table->columns[i];
        if (column->row_start != NULL) {
            ana_text_printf(text, "\"%s\": the ragged column \"%s\"\n", name, column->name);
        }
        if (column->missing != NULL) {
            ana_text_printf(text, "\"%s\": that column \"%s\" holds %s (numbers are written)\n",
                            name, column->name,
                            column->type == ANA_COLUMN_INT ? "integers" : "truths");
        }
        if (column->unit != NULL || column->description != NULL) {
            ana_text_printf(text, "\"%s\": unit or description of column \"%s\"\n", name,
                            column->name);
        }
    }
}

ana_status ana_npz_losses(const ana_recording *recording, ana_text *text)
{
    for (size_t i = 0; i < recording->n_series; i++) {
        ana_lose_channel_details(recording->series[i], text);
    }
    for (size_t i = 0; i < recording->n_spikes; i++) {
        lose_columns(recording->spikes[i]->name, recording->spikes[i]->units, text);
    }
    for (size_t i = 0; i < recording->n_intervals; i++) {
        lose_columns(recording->intervals[i]->name, recording->intervals[i]->table, text);
    }
    for (size_t i = 0; i < recording->n_tables; i++) {
        lose_columns(recording->tables[i].name, recording->tables[i].table, text);
    }
    return ANA_OK;
}
