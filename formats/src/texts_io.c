/* Lists of texts out of MATLAB's files, HDF5 and text tables. */
#include "csv.h"
#include "file.h"
#include "hdf5_file.h"
#include "lists.h"
#include "mat.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/formats/texts_io.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static ana_status copy_or_empty(const char *text, char **out)
{
    return ana_copy_text(text != NULL ? text : "", out);
}

/* Text i of a value: a row of characters, or a cell that holds one row. */
static const char *text_at(const ana_mat_value *value, size_t i)
{
    if (value->class_of == ANA_MAT_CHAR) {
        return value->lines[i];
    }
    const ana_mat_value *child = &value->children[i];
    return child->class_of == ANA_MAT_CHAR && child->n_lines > 0 ? child->lines[0] : NULL;
}

/* How many texts a value holds; 0: it is no list of texts. */
static size_t count_texts(const ana_mat_value *value)
{
    if (value->class_of == ANA_MAT_CHAR) {
        return value->n_lines;
    }
    for (size_t i = 0; value->class_of == ANA_MAT_CELL && i < value->n_children; i++) {
        if (value->children[i].class_of != ANA_MAT_CHAR) {
            return 0;
        }
    }
    return value->class_of == ANA_MAT_CELL ? value->n_children : 0;
}

static ana_status read_mat(const char *path, const char *name, const ana_run *run, size_t *n,
                           char ***out)
{
    ana_status status = ANA_OK;
    ana_mat_file mat = {0};
    char **texts = NULL;
    size_t n_texts = 0;
    ANA_TRY(ana_mat_read(path, name, run, &mat));
    const ana_mat_value *value = ana_mat_find(&mat, name);
    n_texts = value != NULL ? count_texts(value) : 0;
    if (n_texts == 0) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT, "%s: has no list of texts called %s", path, name));
    }
    ANA_TRY(ana_allocate(n_texts, sizeof *texts, path, &texts));
    for (size_t i = 0; i < n_texts; i++) {
        ANA_TRY(copy_or_empty(text_at(value, i), &texts[i]));
    }
    *n = n_texts;
    *out = texts;
    texts = NULL;
done:
    ana_free_texts(n_texts, texts);
    ana_mat_file_release(&mat);
    return status;
}

/* Whether what passes for a header is a row like the others: one name, or one that is a number. */
static bool header_is_row(const ana_csv *csv)
{
    double value = 0.0;
    bool is_row = csv->n_columns == 1;
    for (size_t c = 0; c < csv->n_columns; c++) {
        is_row = is_row || ana_parse_double(csv->names[c], strlen(csv->names[c]), &value);
    }
    return csv->has_header && !csv->header_is_comment && is_row;
}

/* The last column of texts. */
static ana_status read_table(const char *path, const ana_run *run, size_t *n, char ***out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_csv csv = {0};
    char **texts = NULL;
    size_t n_texts = 0;
    ANA_TRY(ana_csv_read(path, run, &csv));
    char ***columns = ana_workspace_bytes(&workspace, csv.n_columns, 1, sizeof *columns);
    ANA_TRY(ana_workspace_check(&workspace, path));
    const size_t head = header_is_row(&csv) ? 1 : 0;
    size_t last = csv.n_columns;
    while (last > 0 && !csv.is_text[last - 1]) {
        last--;
    }
    if (last == 0) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT, "%s: has no column of texts", path));
    }
    n_texts = csv.n_rows + head;
    ANA_TRY(ana_allocate(n_texts, sizeof *texts, path, &texts));
    columns[last - 1] = texts + head;
    ANA_TRY(ana_csv_texts(&csv, (char **const *)columns));
    for (size_t i = 0; i < n_texts; i++) {
        if (texts[i] == NULL) {
            ANA_TRY(copy_or_empty(head > i ? csv.names[last - 1] : NULL, &texts[i]));
        }
    }
    *n = n_texts;
    *out = texts;
    texts = NULL;
done:
    ana_free_texts(n_texts, texts);
    ana_csv_release(&csv);
    ana_workspace_release(&workspace);
    return status;
}

/* Whether the file begins as one of HDF5; MATLAB's own (7.3) begin with their version. */
static ana_status look_at(const char *path, bool *is_hdf5)
{
    ana_status status = ANA_OK;
    unsigned char head[8] = {0};
    ana_file *file = NULL;
    ANA_TRY(ana_file_open(path, &file));
    if (ana_file_size(file) >= sizeof head) {
        ANA_TRY(ana_file_read(file, 0, sizeof head, head));
        *is_hdf5 = ana_hdf5_has_signature(head, sizeof head);
    }
done:
    ana_file_close(file);
    return status;
}

static ana_status read_hdf5(const char *path, const char *name, size_t *n, char ***out)
{
    ana_status status = ANA_OK;
    ana_hdf5 *file = NULL;
    ana_hdf5_texts texts = {0};
    ANA_TRY(ana_hdf5_open(path, NULL, &file));
    ANA_TRY(ana_hdf5_read_texts(file, name, &texts));
    if (texts.n == 0) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT, "%s: %s holds no texts", path, name));
    }
    *n = texts.n;
    *out = texts.items;
    texts = (ana_hdf5_texts){0};
done:
    ana_hdf5_texts_release(&texts);
    ana_hdf5_close(file);
    return status;
}

ana_status ana_texts_read(const char *location, const ana_run *run, size_t *n, char ***out)
{
    struct stat seen;
    char *path = NULL;
    const char *colon = strrchr(location, ':');
    *n = 0;
    *out = NULL;
    if (colon == NULL || stat(location, &seen) == 0) {
        return read_table(location, run, n, out);
    }
    ana_status status = ana_copy_bytes_as_text(location, (size_t)(colon - location), &path);
    bool is_hdf5 = false;
    if (status == ANA_OK) {
        status = look_at(path, &is_hdf5);
    }
    if (status == ANA_OK) {
        status =
            is_hdf5 ? read_hdf5(path, colon + 1, n, out) : read_mat(path, colon + 1, run, n, out);
    }
    free(path);
    return status;
}

void ana_texts_free(size_t n, char **texts)
{
    ana_free_texts(n, texts);
}
