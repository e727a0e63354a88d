#include "trials_input.h"

#include "rows.h"
#include "try.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/array_listing.h>
#include <analysis/formats/table_io.h>
#include <analysis/formats/texts_io.h>
#include <analysis/options.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A row's id; rows with the same one are trials of one condition. */
typedef struct row_id {
    const char *text;
    size_t row;
} row_id;

static int compare_ids(const void *a, const void *b)
{
    const row_id *x = a;
    const row_id *y = b;
    const int order = strcmp(x->text, y->text);
    return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

static ana_status no_memory(size_t n)
{
    ana_fail(ANA_ERR_MEMORY, "no memory for the ids of %zu rows", n);
    return ANA_ERR_MEMORY;
}

static ana_status copy_text(const char *text, char **out)
{
    *out = strdup(text);
    return *out != NULL ? ANA_OK : ana_fail(ANA_ERR_MEMORY, "no memory for the id %s", text);
}

static ana_status clear_labels(ana_observations *rows)
{
    for (size_t c = 0; rows->label_names != NULL && c < rows->n_labels; c++) {
        free(rows->label_names[c]);
    }
    free(rows->label_names);
    free(rows->labels);
    rows->n_labels = 0;
    rows->label_names = calloc(rows->n_times + 1, sizeof *rows->label_names);
    rows->labels = calloc(rows->n_times + 1, sizeof *rows->labels);
    return rows->label_names != NULL && rows->labels != NULL ? ANA_OK : no_memory(rows->n_times);
}

/* Conditions stand in the order in which they are met; rows whose id is NULL have none. */
ana_status trials_label_by_ids(const char *const *ids, ana_observations *rows)
{
    ana_status status = ANA_OK;
    row_id *sorted = calloc(rows->n_times + 1, sizeof *sorted);
    size_t *first = calloc(rows->n_times + 1, sizeof *first); /* row of the same id */
    size_t n = 0;
    if (sorted == NULL || first == NULL) {
        status = no_memory(rows->n_times);
        goto done;
    }
    ANA_TRY(clear_labels(rows));
    for (size_t t = 0; t < rows->n_times; t++) {
        if (ids[t] != NULL) {
            sorted[n++] = (row_id){ids[t], t};
        }
    }
    qsort(sorted, n, sizeof *sorted, compare_ids);
    for (size_t i = 0; i < n; i++) {
        const bool same = i > 0 && strcmp(sorted[i - 1].text, sorted[i].text) == 0;
        first[sorted[i].row] = same ? first[sorted[i - 1].row] : sorted[i].row;
    }
    for (size_t t = 0; t < rows->n_times; t++) {
        if (ids[t] == NULL) {
            rows->labels[t] = -1;
        } else if (first[t] == t) {
            ANA_TRY(copy_text(ids[t], &rows->label_names[rows->n_labels]));
            rows->labels[t] = (int64_t)rows->n_labels++;
        } else {
            rows->labels[t] = rows->labels[first[t]];
        }
    }
done:
    free(sorted);
    free(first);
    return status;
}

/* A cell as text; NULL: missing. */
ana_status trials_cell_text(const ana_column *column, size_t row, char **out)
{
    static const ana_option number = {.name = "id", .type = ANA_OPTION_DOUBLE};
    char text[32];
    *out = NULL;
    if (ana_column_is_missing(column, row)) {
        return ANA_OK;
    }
    switch (column->type) {
    case ANA_COLUMN_TEXT:
        return copy_text(column->texts[row], out);
    case ANA_COLUMN_DOUBLE:
        ana_option_get(&number, &column->doubles[row], text, sizeof text);
        return copy_text(text, out);
    case ANA_COLUMN_INT:
        snprintf(text, sizeof text, "%lld", (long long)column->ints[row]);
        return copy_text(text, out);
    case ANA_COLUMN_BOOL:
        break;
    }
    return copy_text(column->bools[row] ? "true" : "false", out);
}

/* Texts beside arrays: file.h5:/path, file.mat:variable. */
static ana_status read_texts(const char *location, const ana_run *run, size_t n, const char *of,
                             char ***out)
{
    size_t n_texts = 0;
    char **texts = NULL;
    const ana_status status = ana_texts_read(location, run, &n_texts, &texts);
    if (status != ANA_OK || n_texts == n) {
        *out = texts;
        return status;
    }
    ana_texts_free(n_texts, texts);
    ana_fail(ANA_ERR_SHAPE, "%s: %zu ids of conditions for %zu %s", location, n_texts, n, of);
    return ANA_ERR_SHAPE;
}

/* *out = n ids: the first column of a table; NULL where it has none. */
ana_status trials_read_ids(const char *path, const ana_run *run, size_t n, const char *of,
                           char ***out)
{
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    char **ids = NULL;
    struct stat found;
    if (strrchr(path, ':') != NULL && stat(path, &found) != 0) {
        return read_texts(path, run, n, of, out);
    }
    ANA_TRY(ana_table_read(path, run, &table));
    if (table->n_columns == 0 || table->n_rows != n) {
        ana_fail(ANA_ERR_SHAPE, "%s: %zu rows of conditions for %zu %s", path, table->n_rows, n,
                 of);
        status = ANA_ERR_SHAPE;
        goto done;
    }
    if (table->columns[0].row_start != NULL) {
        ana_fail(ANA_ERR_FORMAT, "%s: column %s holds lists, not the conditions of rows", path,
                 table->columns[0].name);
        status = ANA_ERR_FORMAT;
        goto done;
    }
    ids = calloc(n + 1, sizeof *ids);
    if (ids == NULL) {
        status = no_memory(n);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(trials_cell_text(&table->columns[0], i, &ids[i]));
    }
    *out = ids;
    ids = NULL;
done:
    ana_table_free(table);
    ana_texts_free(n, ids);
    return status;
}

ana_status trials_ids(const char *path, const ana_run *run, size_t n, char ***out)
{
    char **ids = NULL;
    ana_status status = trials_read_ids(path, run, n, "stimuli", &ids);
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        if (ids[i] == NULL) {
            status = ana_fail(ANA_ERR_VALUE, "%s: row %zu has no id", path, i);
        }
    }
    if (status == ANA_OK) {
        *out = ids;
    } else {
        ana_texts_free(n, ids);
    }
    return status;
}

/* Every row a condition, called by its number. */
static ana_status label_by_number(ana_observations *rows)
{
    ana_status status = clear_labels(rows);
    for (size_t t = 0; t < rows->n_times && status == ANA_OK; t++) {
        char text[32];
        snprintf(text, sizeof text, "%zu", t);
        rows->labels[t] = (int64_t)t;
        status = copy_text(text, &rows->label_names[t]);
        rows->n_labels += status == ANA_OK ? 1 : 0;
    }
    return status;
}

static ana_status load_rows(command_job *job, const char *input, ana_observations **out)
{
    char *inputs[] = {(char *)(uintptr_t)input};
    ana_observations *rows = NULL;
    ana_status status = load_observations(1, inputs, &job->input, &job->console, &rows);
    if (status == ANA_OK && rows->n_times == 0) {
        status = ana_fail(ANA_ERR_VALUE, "%s: holds no rows", input);
    }
    if (status == ANA_OK) {
        *out = rows;
    } else {
        ana_observations_free(rows);
    }
    return status;
}

ana_status trials_label(command_job *job, const char *conditions, ana_observations *rows)
{
    char **ids = NULL;
    if (conditions == NULL) {
        return rows->labels != NULL ? ANA_OK : label_by_number(rows);
    }
    ana_status status =
        trials_read_ids(conditions, &job->run, rows->n_times, "rows of responses", &ids);
    if (status == ANA_OK) {
        status = trials_label_by_ids((const char *const *)ids, rows);
    }
    ana_texts_free(rows->n_times, ids);
    return status;
}

ana_status trials_input(command_job *job, const char *input, const char *conditions,
                        ana_observations **out)
{
    ana_observations *rows = NULL;
    ana_status status = load_rows(job, input, &rows);
    if (status == ANA_OK) {
        status = trials_label(job, conditions, rows);
    }
    if (status == ANA_OK) {
        *out = rows;
    } else {
        ana_observations_free(rows);
    }
    return status;
}

static bool has_value(size_t n, const double *values)
{
    bool known = false;
    for (size_t i = 0; i < n && !known; i++) {
        known = !isnan(values[i]);
    }
    return known;
}

/* Rows (stimulus, trial) of an array of three axes as rows (trial, stimulus), each trial a
 * sequence; a row without any value is no trial. */
static ana_status turn(const ana_observations *from, char *const *ids, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_observations *to = NULL;
    const size_t n_stimuli = from->n_sequences;
    const size_t n_trials = from->n_times / n_stimuli;
    const size_t p = from->n_features;
    const char **id_of = calloc(from->n_times + 1, sizeof *id_of);
    size_t *lengths = calloc(n_trials + 1, sizeof *lengths);
    if (id_of == NULL || lengths == NULL) {
        status = no_memory(from->n_times);
        goto done;
    }
    ANA_TRY(ana_observations_new(from->n_times, p, &to));
    for (size_t k = 0; k < n_trials; k++) {
        lengths[k] = n_stimuli;
        for (size_t s = 0; s < n_stimuli; s++) {
            const double *row = from->values + (s * n_trials + k) * p;
            const size_t t = k * n_stimuli + s;
            memcpy(to->values + t * p, row, p * sizeof *row);
            id_of[t] = has_value(p, row) ? ids[s] : NULL;
        }
    }
    ANA_TRY(ana_observations_set_sequences(to, n_trials, lengths, NULL));
    ANA_TRY(trials_label_by_ids(id_of, to));
    *out = to;
    to = NULL;
done:
    ana_observations_free(to);
    free(id_of);
    free(lengths);
    return status;
}

static ana_status number_ids(size_t n, char ***out)
{
    ana_status status = ANA_OK;
    *out = calloc(n + 1, sizeof **out);
    if (*out == NULL) {
        return no_memory(n);
    }
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        char text[32];
        snprintf(text, sizeof text, "%zu", i);
        status = copy_text(text, &(*out)[i]);
    }
    return status;
}

/* "folder:key" or "folder", whose files are the stimuli. */
static bool is_folder(const char *input)
{
    char path[4096];
    struct stat found;
    const char *colon = strrchr(input, ':');
    const size_t n = colon != NULL ? (size_t)(colon - input) : strlen(input);
    if (stat(input, &found) == 0) {
        return S_ISDIR(found.st_mode);
    }
    if (n >= sizeof path) {
        return false;
    }
    memcpy(path, input, n);
    path[n] = '\0';
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

/* Four axes are stimulus x channel x height x width, as layers that convolve have. */
static bool has_four_axes(const char *input, const ana_run *run)
{
    ana_array_listing *listing = NULL;
    const bool four = ana_array_listing_read(input, run, &listing) == ANA_OK && listing->n == 1 &&
                      listing->arrays[0].n_axes == 4;
    ana_array_listing_free(listing);
    return four;
}

/* Every axis but the first is units. The rows of a folder with a file for each stimulus are called
 * as its files are. */
static ana_status rows_of_units(command_job *job, const char *input, const char *conditions,
                                bool *is_numbered, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    ana_observations *rows = NULL;
    ANA_TRY(ana_matrix_read(input, &job->run, &matrix));
    const size_t n = matrix->n_axes >= 2 ? matrix->axes[0].n : 0;
    const size_t n_units = n > 0 ? ana_matrix_size(matrix) / n : 0;
    if (n_units == 0) {
        status = ana_fail(ANA_ERR_SHAPE, "%s: a value of several units for each stimulus is wanted",
                          input);
        goto done;
    }
    load_warn_whole(&job->input, input);
    ANA_TRY(ana_observations_new(n, n_units, &rows));
    memcpy(rows->values, matrix->values, ana_matrix_size(matrix) * sizeof *rows->values);
    *is_numbered = conditions == NULL && matrix->axes[0].labels == NULL;
    if (conditions == NULL && matrix->axes[0].labels != NULL) {
        ANA_TRY(trials_label_by_ids((const char *const *)matrix->axes[0].labels, rows));
    } else {
        ANA_TRY(trials_label(job, conditions, rows));
    }
    *out = rows;
    rows = NULL;
done:
    ana_observations_free(rows);
    ana_matrix_free(matrix);
    return status;
}

/* An id for each stimulus of an array of three axes. */
static ana_status rows_of_trials(command_job *job, const ana_observations *rows,
                                 const char *conditions, ana_observations **out)
{
    ana_status status = ANA_OK;
    char **ids = NULL;
    const size_t n = rows->n_sequences;
    ANA_TRY(conditions != NULL ? trials_read_ids(conditions, &job->run, n, "stimuli", &ids)
                               : number_ids(n, &ids));
    ANA_TRY(turn(rows, ids, out));
done:
    ana_texts_free(n, ids);
    return status;
}

ana_status trials_of_rows(command_job *job, const char *input, const char *conditions,
                          bool *is_numbered, ana_observations **out)
{
    ana_observations *rows = NULL;
    const bool may_be_trials = job->input.rows.sessions == NULL && is_array_input(input);
    if (is_array_input(input) && (is_folder(input) || has_four_axes(input, &job->run))) {
        return rows_of_units(job, input, conditions, is_numbered, out);
    }
    job->input.takes_labels = true;
    ana_status status = load_rows(job, input, &rows);
    if (status != ANA_OK) {
        return status;
    }
    *is_numbered = conditions == NULL && rows->labels == NULL;
    if (!is_array_input(input) && conditions == NULL && rows->labels != NULL && rows->bin_s > 0.0) {
        status = trials_of_intervals(rows, out);
        ana_observations_free(rows);
        return status;
    }
    if (may_be_trials && rows->n_sequences > 1 && rows->labels == NULL) {
        status = rows_of_trials(job, rows, conditions, out);
        ana_observations_free(rows);
        return status;
    }
    status = trials_label(job, conditions, rows);
    if (status == ANA_OK) {
        *out = rows;
    } else {
        ana_observations_free(rows);
    }
    return status;
}

ana_status trials_of_stimuli(command_job *job, const char *input, const char *conditions,
                             ana_observations **out)
{
    bool is_numbered = false;
    return trials_of_rows(job, input, conditions, &is_numbered, out);
}

ana_status trials_and_means(command_job *job, const char *input, const char *name,
                            const char *conditions, ana_observations **trials, ana_responses **out)
{
    ana_status status = ANA_OK;
    ana_observations *rows = NULL;
    ana_responses *means = NULL;
    bool is_numbered = false;
    ANA_TRY(trials_of_rows(job, input, conditions, &is_numbered, &rows));
    ANA_TRY(ana_responses_of_observations(rows, name, &means));
    means->is_numbered = is_numbered;
    *out = means;
    if (trials != NULL) {
        *trials = rows;
        rows = NULL;
    }
done:
    ana_observations_free(rows);
    return status;
}
