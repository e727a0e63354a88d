/* CSV and TSV files as recordings: samples, events or a plain table, by what the columns are
 * called. */
#include "csv.h"

#include "arrays.h"
#include "file.h"
#include "format.h"
#include "memory.h"
#include "pour.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_COLUMNS = 4096 /* of a table; each name is looked for among those before it */
};

static const char *const time_names[] = {"t",        "time",       "times",     "time_s",
                                         "time [s]", "timestamps", "timestamp", NULL};
static const char *const start_names[] = {"onset", "start", "start_time", NULL};
static const char *const stop_names[] = {"stop", "stop_time", "end", NULL};
static const char *const duration_names[] = {"duration", "duration_s", NULL};
static const char *const label_names[] = {"label", "trial_type", "description", "value", NULL};

/* Text all through, and a separator in the first line. */
static int probe(const ana_probe *probe)
{
    size_t n_separators = 0;
    size_t n_lines = 0;
    if (probe->is_folder || probe->n_head == 0) {
        return 0;
    }
    for (size_t i = 0; i < probe->n_head; i++) {
        unsigned char c = probe->head[i];
        if (c == 0 || (c < 0x20 && c != '\t' && c != '\n' && c != '\r')) {
            return 0;
        }
        n_lines += c == '\n' ? 1 : 0;
        n_separators += n_lines == 0 && (c == ',' || c == '\t' || c == ';') ? 1 : 0;
    }
    bool named = ana_text_ends_with_ignoring_case(probe->path, ".csv") ||
                 ana_text_ends_with_ignoring_case(probe->path, ".tsv");
    return named ? 60 : n_separators > 0 ? 20 : 0;
}

/* Numbers of one column. */
static void column_numbers(const ana_csv *csv, size_t column, double *out)
{
    for (size_t r = 0; r < csv->n_rows; r++) {
        out[r] = csv->values[r * csv->n_columns + column];
    }
}

/* Append column c to a table, as numbers or as *texts, which are still to be filled. */
static ana_status add_column(const ana_csv *csv, size_t c, const char *name, ana_table *table,
                             char ***texts)
{
    ana_column *column = NULL;
    ana_column_type type = csv->is_text[c] ? ANA_COLUMN_TEXT : ANA_COLUMN_DOUBLE;
    ana_status status = ana_table_add(table, name, type, NULL, &column);
    if (status == ANA_OK && csv->is_text[c]) {
        *texts = column->texts;
    } else if (status == ANA_OK) {
        column_numbers(csv, c, column->doubles);
    }
    return status;
}

/* All columns but the two named; `label` is called "label" in the table. */
static ana_status add_columns(const ana_csv *csv, size_t leave_out, size_t and_out, size_t label,
                              ana_table *table)
{
    ana_status status = ANA_OK;
    char ***texts = NULL;
    if (csv->n_columns > MAX_COLUMNS) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%zu columns with texts or events; at most %d are read", csv->n_columns,
                        MAX_COLUMNS);
    }
    ANA_TRY(ana_allocate(csv->n_columns, sizeof *texts, "columns", &texts));
    for (size_t c = 0; c < csv->n_columns; c++) {
        if (c == leave_out || c == and_out) {
            continue;
        }
        const char *name = c == label ? "label" : csv->names[c];
        if (ana_table_find(table, name) == NULL) {
            ANA_TRY(add_column(csv, c, name, table, &texts[c]));
        }
    }
    status = ana_csv_texts(csv, (char **const *)texts);
done:
    free(texts);
    return status;
}

static ana_status add_events(const char *path, const ana_csv *csv, size_t start, size_t stop,
                             bool is_duration, ana_recording *recording)
{
    ana_status status = ANA_OK;
    ana_intervals *intervals = NULL;
    ANA_TRY(ana_intervals_new("events", csv->n_rows, &intervals));
    for (size_t r = 0; r < csv->n_rows; r++) {
        double from = csv->values[r * csv->n_columns + start];
        double to = stop < csv->n_columns ? csv->values[r * csv->n_columns + stop] : 0.0;
        if (isnan(from)) {
            status =
                ana_fail(ANA_ERR_FORMAT, "%s: row %zu: has no %s", path, r + 1, csv->names[start]);
            goto done;
        }
        intervals->start[r] = from;
        intervals->stop[r] = is_duration || stop >= csv->n_columns ? from + to : to;
    }
    size_t label = ana_csv_find(csv, label_names);
    label = label < csv->n_columns && csv->is_text[label] ? label : csv->n_columns;
    ANA_TRY(add_columns(csv, start, stop, label, intervals->table));
    status = ana_recording_add_intervals(recording, intervals);
    intervals = NULL;
done:
    ana_intervals_free(intervals);
    return status;
}

/* "Cz [uV]" -> name "Cz", unit "uV". */
static ana_status name_channel(const char *header, ana_channel *channel)
{
    size_t n = strlen(header);
    const char *open = strrchr(header, '[');
    if (open != NULL && open > header && n > 0 && header[n - 1] == ']') {
        size_t name = (size_t)(open - header);
        while (name > 0 && header[name - 1] == ' ') {
            name--;
        }
        ana_status status =
            ana_copy_bytes_as_text(open + 1, (size_t)(header + n - 1 - open - 1), &channel->unit);
        return status == ANA_OK ? ana_copy_bytes_as_text(header, name, &channel->name) : status;
    }
    return ana_copy_text(header, &channel->name);
}

/* Columns of numbers but `time` as a series. */
static ana_status fill_series(const ana_csv *csv, size_t time, ana_series *series)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t channel = 0;
    double *samples = ana_workspace_doubles(&workspace, series->n_channels, csv->n_rows);
    ANA_TRY(ana_workspace_check(&workspace, "csv"));
    for (size_t c = 0; c < csv->n_columns; c++) {
        if (c == time || csv->is_text[c]) {
            continue;
        }
        column_numbers(csv, c, samples + channel * csv->n_rows);
        series->channels[channel].file_index = c;
        ANA_TRY(name_channel(csv->names[c], &series->channels[channel]));
        channel++;
    }
    series->type = ANA_FLOAT64;
    ANA_TRY(ana_source_from_memory(ANA_FLOAT64, series->n_channels, csv->n_rows, true, samples,
                                   &series->source));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Stamps of a steady clock but for jitter become a rate, with a warning; others stay. With --strict
 * nothing is fitted. */
static ana_status set_stamps(const char *path, const ana_csv *csv, const double *times,
                             const ana_read_options *options, ana_recording *recording,
                             ana_series *series)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = csv->n_rows;
    double rate = 0.0;
    ana_jittered_times fit = {0};
    double *room = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "csv"));
    if (ana_times_are_regular(n, times, &rate) || (options != NULL && options->strict) ||
        !ana_times_are_jittered(n, times, room, &fit)) {
        ANA_TRY(ana_series_set_times(series, n, 0.0, times));
        goto done;
    }
    ANA_TRY(ana_series_set_jittered(series, n, times, &fit));
    if (fit.largest > 1e-3) {
        ana_recording_warn(recording,
                           "%s: its time stamps jitter: read as regular at %s Hz, from which none "
                           "is further than %s of a sample (--strict keeps the stamps)",
                           path, ana_number(round(fit.rate * 1e6) / 1e6).text,
                           ana_number(ceil(fit.largest * 1e3) / 1e3).text);
    }
    if (fit.n_segments > 1) {
        ana_recording_warn(recording,
                           "%s: its time stamps have %zu gap%s, where %zu sample%s missing at %s "
                           "Hz: read as %zu segments",
                           path, fit.n_segments - 1, fit.n_segments > 2 ? "s" : "", fit.n_missing,
                           fit.n_missing == 1 ? " is" : "s are",
                           ana_number(round(fit.rate * 1e6) / 1e6).text, fit.n_segments);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The time base: --rate, a column of times, or row numbers with a warning. */
static ana_status set_times(const char *path, const ana_csv *csv, size_t time,
                            const ana_read_options *options, ana_recording *recording,
                            ana_series *series)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const double rate = options != NULL ? options->rate : 0.0;
    double *times = ana_workspace_doubles(&workspace, csv->n_rows, 1);
    ANA_TRY(ana_workspace_check(&workspace, "csv"));
    if (rate > 0.0) {
        ANA_TRY(ana_series_set_times(series, csv->n_rows, rate, NULL));
    } else if (time < csv->n_columns) {
        column_numbers(csv, time, times);
        ANA_TRY(set_stamps(path, csv, times, options, recording, series));
    } else {
        for (size_t r = 0; r < csv->n_rows; r++) {
            times[r] = (double)r;
        }
        ANA_TRY(ana_recover(recording, options,
                            "%s: has no column of times; its rows are counted 0, 1, 2, ... "
                            "(--rate gives them a rate)",
                            path));
        ANA_TRY(ana_series_stamp(series, csv->n_rows, times));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_samples(const char *path, const ana_csv *csv, size_t time,
                              const ana_read_options *options, ana_recording *recording)
{
    ana_status status = ANA_OK;
    ana_series *series = NULL;
    size_t n_channels = 0;
    for (size_t c = 0; c < csv->n_columns; c++) {
        n_channels += c != time && !csv->is_text[c] ? 1 : 0;
    }
    ANA_TRY(ana_series_new("data", n_channels, &series));
    ANA_TRY(fill_series(csv, time, series));
    ANA_TRY(set_times(path, csv, time, options, recording, series));
    status = ana_recording_add_series(recording, series);
    series = NULL;
done:
    ana_series_free(series);
    return status;
}

static ana_status add_table(const ana_csv *csv, ana_recording *recording)
{
    ana_table *table = NULL;
    ana_status status = ana_table_new(csv->n_rows, &table);
    if (status == ANA_OK) {
        status = add_columns(csv, csv->n_columns, csv->n_columns, csv->n_columns, table);
    }
    if (status == ANA_OK) {
        return ana_recording_add_table(recording, "table", table);
    }
    ana_table_free(table);
    return status;
}

/* Events where there are onsets, samples where there is a time or all is numbers, else a table. */
static ana_status add_contents(const char *path, const ana_csv *csv,
                               const ana_read_options *options, ana_recording *recording)
{
    const size_t none = csv->n_columns;
    size_t start = ana_csv_find(csv, start_names);
    size_t time = ana_csv_find(csv, time_names);
    bool any_text = false;
    for (size_t c = 0; c < csv->n_columns; c++) {
        any_text = any_text || csv->is_text[c];
    }
    if (start < none && !csv->is_text[start]) {
        size_t stop = ana_csv_find(csv, stop_names);
        size_t duration = ana_csv_find(csv, duration_names);
        size_t end = stop < none && !csv->is_text[stop] ? stop : duration;
        return add_events(path, csv, start, end, end != stop, recording);
    }
    time = time < none && !csv->is_text[time] ? time : none;
    bool rate_given = options != NULL && options->rate > 0.0;
    if (!any_text || time < none || rate_given) {
        return add_samples(path, csv, time, options, recording);
    }
    return add_table(csv, recording);
}

static ana_status read(const char *path, const ana_read_options *options, ana_recording **out)
{
    ana_status status = ANA_OK;
    ana_csv csv = {0};
    ana_recording *recording = NULL;
    ANA_TRY(ana_csv_read(path, options != NULL ? &options->run : NULL, &csv));
    ANA_TRY(ana_recording_new(&recording));
    ANA_TRY(ana_copy_text("csv", &recording->format));
    ANA_TRY(ana_copy_text(path, &recording->path));
    status = add_contents(path, &csv, options, recording);
    if (status == ANA_ERR_UNSUPPORTED) {
        (void)ana_fail_in(status, "%s: ", path);
        goto done;
    }
    ANA_TRY(status);
    *out = recording;
    recording = NULL;
done:
    ana_recording_free(recording);
    ana_csv_release(&csv);
    return status;
}

ana_status ana_csv_read_matrix(const char *path, const ana_run *run, ana_matrix **out)
{
    static const char *const axes[] = {"row", "column"};
    ana_status status = ANA_OK;
    ana_csv csv = {0};
    ana_matrix *matrix = NULL;
    ANA_TRY(ana_csv_read(path, run, &csv));
    for (size_t c = 0; c < csv.n_columns; c++) {
        if (csv.is_text[c]) {
            status = ana_fail(ANA_ERR_UNSUPPORTED, "%s: column %s holds text, not numbers", path,
                              csv.names[c]);
            goto done;
        }
    }
    const size_t lengths[] = {csv.n_rows, csv.n_columns};
    ANA_TRY(ana_matrix_new(2, axes, lengths, &matrix));
    if (csv.values != NULL) { /* a header alone has none */
        memcpy(matrix->values, csv.values, csv.n_rows * csv.n_columns * sizeof *csv.values);
    }
    if (csv.has_header) {
        ANA_TRY(ana_matrix_set_labels(matrix, 1, (const char *const *)csv.names));
    }
    *out = matrix;
    matrix = NULL;
done:
    ana_matrix_free(matrix);
    ana_csv_release(&csv);
    return status;
}

void ana_csv_append_cell(ana_text *text, const char *cell, char separator)
{
    const char special[] = {separator, '"', '\n', '\r', '#', '\0'};
    if (strpbrk(cell, special) == NULL) {
        ana_text_append(text, cell);
        return;
    }
    ana_text_append(text, "\"");
    for (const char *c = cell; *c != '\0'; c++) {
        ana_text_append_bytes(text, c, 1);
        ana_text_append(text, *c == '"' ? "\"" : "");
    }
    ana_text_append(text, "\"");
}

static void put_header(const ana_series *series, char separator, ana_text *text)
{
    ana_text_append(text, "time [s]");
    for (size_t c = 0; c < series->n_channels; c++) {
        ana_text name = {0};
        const ana_channel *channel = &series->channels[c];
        ana_text_append_bytes(text, &separator, 1);
        ana_text_append(&name, channel->name != NULL ? channel->name : "");
        if (channel->unit != NULL) {
            ana_text_printf(&name, " [%s]", channel->unit);
        }
        text->failed = text->failed || name.failed;
        if (name.bytes != NULL) {
            ana_csv_append_cell(text, name.bytes, separator);
        }
        ana_text_release(&name);
    }
    ana_text_append(text, "\n");
}

/* Rows first ... first + n - 1 as lines. */
static ana_status put_rows(const ana_series *series, size_t first, size_t n, char separator,
                           ana_text *text)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *values = ana_workspace_doubles(&workspace, series->n_channels, n);
    double *times = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "csv"));
    ANA_TRY(ana_series_read(series, series->n_channels, NULL, first, n, values));
    ANA_TRY(ana_series_times(series, first, n, times));
    for (size_t t = 0; t < n; t++) {
        ana_text_append_double(text, times[t]);
        for (size_t c = 0; c < series->n_channels; c++) {
            ana_text_append_bytes(text, &separator, 1);
            if (!isnan(values[c * n + t])) {
                ana_text_append_double(text, values[c * n + t]);
            }
        }
        ana_text_append(text, "\n");
    }
    ANA_TRY(ana_text_check(text, "csv"));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status write(const ana_recording *recording, const char *path, const char *final_path,
                        const ana_write_options *options)
{
    enum {
        N_ROWS = 1024
    };
    ana_status status = ANA_OK;
    ana_atomic atomic = {0};
    ana_text text = {0};
    char separator = ana_text_ends_with_ignoring_case(final_path, ".tsv") ? '\t' : ',';
    if (recording->n_series == 0) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "%s: .csv holds a series, and there is none",
                        final_path);
    }
    const ana_series *series = recording->series[0];
    ANA_TRY(ana_atomic_open(path, &atomic));
    put_header(series, separator, &text);
    for (size_t first = 0; first < series->n_times; first += N_ROWS) {
        size_t n = series->n_times - first < N_ROWS ? series->n_times - first : N_ROWS;
        ANA_TRY(put_rows(series, first, n, separator, &text));
        ANA_TRY(ana_atomic_write(&atomic, text.bytes, text.n));
        text.n = 0;
        ANA_TRY(ana_run_progress(options != NULL ? &options->run : NULL, "csv: rows", first + n,
                                 series->n_times));
    }
    ANA_TRY(ana_text_check(&text, final_path));
    ANA_TRY(ana_atomic_write(&atomic, text.bytes != NULL ? text.bytes : "", text.n));
    ANA_TRY(ana_atomic_commit(&atomic));
done:
    ana_atomic_discard(&atomic);
    ana_text_release(&text);
    return status;
}

static ana_status losses(const ana_recording *recording, ana_text *text)
{
    if (recording->n_series == 0) {
        return ana_fail(ANA_ERR_UNSUPPORTED, ".csv holds a series, and there is none");
    }
    const ana_series *series = recording->series[0];
    ana_lose_other_objects(recording, series, text);
    if (series->n_segments > 1) {
        ana_text_printf(text, "series \"%s\": that the gaps between its %zu segments are gaps\n",
                        series->name, series->n_segments);
    }
    if (ana_sample_is_integer(series->type)) {
        ana_text_printf(text,
                        "series \"%s\": the stored %s numbers (physical values are written)\n",
                        series->name, ana_sample_type_name(series->type));
    }
    ana_lose_channel_details(series, text);
    return ANA_OK;
}

const ana_format ana_format_csv = {
    .name = "csv",
    .title = "Text table (CSV, TSV)",
    .endings = ".csv .tsv",
    .probe = probe,
    .read = read,
    .write = write,
    .losses = losses,
};
