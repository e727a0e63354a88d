/** Tables out of JSON: a list of objects, an object a row. */
#ifndef ANALYSIS_FORMATS_TABLE_JSON_H
#define ANALYSIS_FORMATS_TABLE_JSON_H

#include <analysis/run.h>
#include <analysis/status.h>
#include <analysis/table.h>

/** *out = a column for each member of the first object: numbers, texts, or lists of numbers
 *  (ragged). A member that another row lacks, or null, is missing there. ANA_ERR_FORMAT names the
 *  row that is no object or holds something else in that column. */
ANA_USE_RESULT ana_status ana_table_json_read(const char *path, const ana_run *run,
                                              ana_table **out);

#endif
