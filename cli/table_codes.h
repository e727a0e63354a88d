/** Columns of names as numbers. */
#ifndef CLI_TABLE_CODES_H
#define CLI_TABLE_CODES_H

#include <analysis/table.h>

/** The words of a column, in the order of their first use, and which of them each row holds. */
typedef struct table_codes {
    size_t n_rows;
    size_t *codes; /**< n_rows */
    size_t n;
    char **words; /**< n */
} table_codes;

/** Of the column called `name` of the table read from `path`; numbers are words as well.
 *  ANA_ERR_FORMAT without such a column, or for a row that lacks a value. */
ANA_USE_RESULT ana_status table_code_column(const ana_table *table, const char *path,
                                            const char *name, table_codes *out);

/** The codes of the rows whose `id` column holds these ids (n_ids codes, out), or of the rows in
 *  their order where the table has no such column and as many rows. ANA_ERR_VALUE names an id that
 *  the table lacks; ANA_ERR_SHAPE for another number of rows. */
ANA_USE_RESULT ana_status table_codes_of_ids(const ana_table *table, const char *path,
                                             const table_codes *codes, size_t n_ids,
                                             char *const *ids, size_t *out);

void table_codes_free(table_codes *codes);

#endif
