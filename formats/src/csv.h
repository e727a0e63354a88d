/** Text tables: comma, tab or semicolon between cells, quotes, a header line, missing cells.
 *
 *  - The separator is the one of tab, semicolon and comma that cuts the first lines into the same
 *    number of cells, more than one; with semicolons a comma may be the decimal point.
 *  - The first line is a header when a cell of it is neither a number nor missing; so is one that
 *    begins with # and a letter right after it, has as many cells as the next, and no number.
 *  - "", n/a, NA, NaN and null are missing. Lines that begin with # are passed over.
 *  - A column is numbers when all of its cells are numbers or missing, else texts. */
#ifndef ANALYSIS_FORMATS_CSV_H
#define ANALYSIS_FORMATS_CSV_H

#include "text.h"

#include <analysis/matrix.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>

/** A table as read. Column c is texts when is_text[c]; its numbers are then NaN. */
typedef struct ana_csv {
    char *bytes; /**< the file; owned */
    size_t n_bytes;
    char separator;
    bool has_header;
    bool header_is_comment; /**< it stands in a line that begins with # */
    size_t n_rows;
    size_t n_columns;
    char **names;   /**< n_columns; "column1", ... without a header; owned */
    double *values; /**< n_rows x n_columns; owned */
    bool *is_text;  /**< n_columns; owned */
} ana_csv;

/** Read a whole file. ANA_ERR_FORMAT with the line for rows of different lengths and quotes that do
 *  not end; ANA_ERR_LIMIT when it does not fit run->max_memory. Freed by ana_csv_release, also
 *  after a failure. */
ANA_USE_RESULT ana_status ana_csv_read(const char *path, const ana_run *run, ana_csv *out);
/** The same of n bytes that are at hand; `name` begins the sentences. */
ANA_USE_RESULT ana_status ana_csv_parse(const char *name, const char *bytes, size_t n,
                                        const ana_run *run, ana_csv *out);
void ana_csv_release(ana_csv *csv);

/** texts[c][r] (n_columns x n_rows, each to be freed; NULL where missing); columns whose texts[c]
 *  is NULL are passed over. */
ANA_USE_RESULT ana_status ana_csv_texts(const ana_csv *csv, char **const *texts);

/** The column whose name is one of the NULL-terminated list, ignoring case; n_columns when none. */
size_t ana_csv_find(const ana_csv *csv, const char *const *names);

/** *out = all numbers of a file, row x column, the columns' names as labels. ANA_ERR_UNSUPPORTED
 *  when a column holds text. */
ANA_USE_RESULT ana_status ana_csv_read_matrix(const char *path, const ana_run *run,
                                              ana_matrix **out);

/** Append one cell: quoted when it has to be. */
void ana_csv_append_cell(ana_text *text, const char *cell, char separator);

#endif
