/** Rows of several tables put together, and tables as part of a record. */
#ifndef ANALYSIS_INTERNAL_TABLE_ROWS_H
#define ANALYSIS_INTERNAL_TABLE_ROWS_H

#include <analysis/record.h>
#include <analysis/table.h>

/** *out = table of n rows with the columns of `like`; row r is row rows[r] of tables[r]. A column
 *  that a table lacks, or has in another type, is missing there. */
ANA_USE_RESULT ana_status ana_table_gather(const ana_table *like, size_t n,
                                           const ana_table *const *tables, const size_t *rows,
                                           ana_table **out);

/** *out = copy of the whole table. */
ANA_USE_RESULT ana_status ana_table_copy(const ana_table *table, ana_table **out);

/** Add `table` to `group` as a group `name` with the hint TABLE: an array a column. What an array
 *  cannot say (missing integers, ragged rows, truth values, descriptions) stands in its group
 *  "about", so that ana_table_from_record makes the same table again. */
ANA_USE_RESULT ana_status ana_table_to_record(const ana_table *table, ana_record *group,
                                              const char *name);
/** ANA_ERR_FORMAT when the group at `path` holds no table. */
ANA_USE_RESULT ana_status ana_table_from_record(const ana_record *group, const char *path,
                                                ana_table **out);

#endif
