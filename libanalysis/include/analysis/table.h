/** Typed columns with missing values: channels, units, trials, regions of interest. */
#ifndef ANALYSIS_TABLE_H
#define ANALYSIS_TABLE_H

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

typedef enum ana_column_type {
    ANA_COLUMN_BOOL,
    ANA_COLUMN_INT,
    ANA_COLUMN_DOUBLE, /**< NaN is missing */
    ANA_COLUMN_TEXT    /**< UTF-8; NULL is missing */
} ana_column_type;

/** One column. With `row_start` NULL it holds one element a row; else it is ragged and row r holds
 *  the elements row_start[r] ... row_start[r + 1] - 1 (row_start has n_rows + 1 entries, ascending,
 *  the first 0). Exactly one of the four arrays is not NULL, as `type` says. All owned. */
typedef struct ana_column {
    char *name;
    char *description; /**< may be NULL */
    char *unit;        /**< may be NULL */
    ana_column_type type;
    size_t n_elements;
    size_t *row_start;
    bool *missing; /**< of BOOL and INT: n_elements flags, or NULL when nothing is missing */
    bool *bools;
    int64_t *ints;
    double *doubles;
    char **texts;
} ana_column;

typedef struct ana_table {
    size_t n_rows;
    size_t n_columns;
    ana_column *columns;
} ana_table;

/** An empty table of n_rows rows. */
ANA_API ANA_USE_RESULT ana_status ana_table_new(size_t n_rows, ana_table **out);

/** Append a zeroed column (texts NULL) of n_elements elements (n_rows unless ragged). `row_start`
 *  is copied; NULL: one element a row. ANA_ERR_VALUE when the name is taken or row_start breaks its
 *  rule. *out (may be NULL) is borrowed, valid until the next column is added. */
ANA_API ANA_USE_RESULT ana_status ana_table_add(ana_table *table, const char *name,
                                                ana_column_type type, const size_t *row_start,
                                                ana_column **out);

/** Append a column of n_rows values, copied. */
ANA_API ANA_USE_RESULT ana_status ana_table_add_doubles(ana_table *table, const char *name,
                                                        const char *unit, const double *values);
ANA_API ANA_USE_RESULT ana_status ana_table_add_ints(ana_table *table, const char *name,
                                                     const int64_t *values);
ANA_API ANA_USE_RESULT ana_status ana_table_add_texts(ana_table *table, const char *name,
                                                      const char *const *values);

/** Set one element of a TEXT column to a copy of `text` (NULL: missing). */
ANA_API ANA_USE_RESULT ana_status ana_column_set_text(ana_column *column, size_t element,
                                                      const char *text);

/** Mark one element as missing (NaN, NULL or flagged). */
ANA_API ANA_USE_RESULT ana_status ana_column_set_missing(ana_column *column, size_t element);

/** The column of that name, or NULL. */
ANA_API const ana_column *ana_table_find(const ana_table *table, const char *name);

/** Whether the element is missing (NaN, NULL or flagged). */
ANA_API bool ana_column_is_missing(const ana_column *column, size_t element);

/** *out = new table of those rows (n indices, repeats allowed), all columns. */
ANA_API ANA_USE_RESULT ana_status ana_table_take(const ana_table *table, size_t n,
                                                 const size_t *rows, ana_table **out);

/** ANA_ERR_VALUE with the broken invariant; for tables made by hand. */
ANA_API ANA_USE_RESULT ana_status ana_table_check(const ana_table *table);

ANA_API void ana_table_free(ana_table *table);

ANA_END_DECLS

#endif
