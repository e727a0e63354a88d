#include "glm_columns.h"

#include "try.h"

#include <analysis/formats/array_io.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ana_status glm_read_matrix(const char *path, const ana_run *run, size_t n_rows, ana_matrix **out)
{
    ana_matrix *matrix = NULL;
    ana_status status = ana_matrix_read(path, run, &matrix);
    if (status != ANA_OK) {
        return status;
    }
    if (matrix->n_axes < 1 || matrix->n_axes > 2 || matrix->axes[0].n != n_rows) {
        (void)ana_fail(ANA_ERR_SHAPE,
                       "%s: an array of %zu rows is wanted, this has %zu axes and %zu rows", path,
                       n_rows, matrix->n_axes, matrix->n_axes > 0 ? matrix->axes[0].n : (size_t)1);
        ana_matrix_free(matrix);
        return ANA_ERR_SHAPE;
    }
    *out = matrix;
    return ANA_OK;
}

ana_status glm_read_covariates(const char *path, const ana_run *run, size_t n_sequences,
                               const size_t *lengths, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    ana_observations *made = NULL;
    size_t n_times = 0;
    if (path == NULL) {
        return ANA_OK;
    }
    for (size_t s = 0; s < n_sequences; s++) {
        n_times += lengths[s];
    }
    ANA_TRY(glm_read_matrix(path, run, n_times, &matrix));
    ANA_TRY(ana_observations_new(n_times, ana_matrix_size(matrix) / n_times, &made));
    memcpy(made->values, matrix->values, ana_matrix_size(matrix) * sizeof *made->values);
    ANA_TRY(ana_observations_set_sequences(made, n_sequences, lengths, NULL));
    *out = made;
    made = NULL;
done:
    ana_observations_free(made);
    ana_matrix_free(matrix);
    return status;
}

ana_status glm_read_like(const char *path, const ana_run *run, const ana_observations *counts,
                         ana_observations **out)
{
    size_t *lengths = calloc(counts->n_sequences, sizeof *lengths);
    if (lengths == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for %zu sequences", counts->n_sequences);
    }
    for (size_t s = 0; s < counts->n_sequences; s++) {
        lengths[s] = counts->sequence_start[s + 1] - counts->sequence_start[s];
    }
    ana_status status = glm_read_covariates(path, run, counts->n_sequences, lengths, out);
    free(lengths);
    return status;
}

/* The ids of n columns: `list` with commas between, or PREFIX1, PREFIX2, ... */
ana_status glm_name_columns(const char *list, const char *what, const char *prefix,
                            ana_observations *made)
{
    ana_status status = ANA_OK;
    const size_t n = made->n_features;
    ana_table *table = NULL;
    char *text = strdup(list != NULL ? list : "");
    char *numbered = calloc(n, 32);
    const char **names = calloc(n, sizeof *names);
    char *rest = NULL;
    size_t found = 0;
    if (text == NULL || numbered == NULL || names == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for %zu names", n);
        goto done;
    }
    for (char *name = strtok_r(text, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest)) {
        if (found < n) {
            names[found] = name;
        }
        found++;
    }
    if (list != NULL && found != n) {
        status = ana_fail(ANA_ERR_VALUE, "%s: %zu names for %zu columns", what, found, n);
        goto done;
    }
    for (size_t c = 0; c < n && list == NULL; c++) {
        snprintf(numbered + 32 * c, 32, "%s%zu", prefix, c + 1);
        names[c] = numbered + 32 * c;
    }
    ANA_TRY(ana_table_new(n, &table));
    ANA_TRY(ana_table_add_texts(table, "id", names));
    ana_table_free(made->features);
    made->features = table;
    table = NULL;
done:
    ana_table_free(table);
    free(names);
    free(numbered);
    free(text);
    return status;
}

ana_status glm_read_named(const char *path, const char *names, const char *what, const ana_run *run,
                          const ana_observations *rows, ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_observations *made = NULL;
    ANA_TRY(glm_read_like(path, run, rows, &made));
    if (made == NULL) {
        return ANA_OK;
    }
    ANA_TRY(glm_name_columns(names, what, "input ", made));
    *out = made;
    made = NULL;
done:
    ana_observations_free(made);
    return status;
}

/* The id of feature f as text, from the table that name_columns or the reader made. */
static const char *id_of(const ana_observations *rows, size_t f, char *room, size_t size)
{
    const ana_column *id = ana_table_find(rows->features, "id");
    if (id != NULL && id->type == ANA_COLUMN_TEXT && id->texts[f] != NULL) {
        return id->texts[f];
    }
    snprintf(room, size, "%lld",
             id != NULL && id->type == ANA_COLUMN_INT ? (long long)id->ints[f] : (long long)f);
    return room;
}

ana_status glm_append_inputs(const ana_observations *rows, const ana_observations *inputs,
                             ana_observations **out)
{
    ana_status status = ANA_OK;
    const size_t n = rows->n_features;
    const size_t d = inputs->n_features;
    ana_observations *made = NULL;
    ana_table *table = NULL;
    size_t *columns = calloc(n + d, sizeof *columns);
    const char **names = calloc(n + d, sizeof *names);
    char *room = calloc(n + d, 32);
    if (columns == NULL || names == NULL || room == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for %zu columns", n + d);
        goto done;
    }
    for (size_t f = 0; f < n + d; f++) {
        columns[f] = f < n ? f : 0;
        names[f] =
            f < n ? id_of(rows, f, room + 32 * f, 32) : id_of(inputs, f - n, room + 32 * f, 32);
    }
    ANA_TRY(ana_observations_take(rows, n + d, columns, &made));
    for (size_t t = 0; t < made->n_times; t++) {
        memcpy(made->values + t * (n + d) + n, inputs->values + t * d, d * sizeof(double));
    }
    ANA_TRY(ana_table_new(n + d, &table));
    ANA_TRY(ana_table_add_texts(table, "id", names));
    ana_table_free(made->features);
    made->features = table;
    table = NULL;
    *out = made;
    made = NULL;
done:
    ana_table_free(table);
    ana_observations_free(made);
    free(room);
    free(names);
    free(columns);
    return status;
}
