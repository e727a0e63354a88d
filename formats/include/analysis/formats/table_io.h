/** Tables of columns with names, numbers or texts, from text files: comma, tab or semicolon between
 *  cells, or (.json) a list of JSON objects, an object a row. */
#ifndef ANALYSIS_FORMATS_TABLE_IO_H
#define ANALYSIS_FORMATS_TABLE_IO_H

#include <analysis/run.h>
#include <analysis/status.h>
#include <analysis/table.h>

ANA_BEGIN_DECLS

/** *out = the table in a text file. A column whose cells are all numbers or missing is doubles
 *  (NaN: missing), any other texts (NULL: missing); in JSON lists of numbers are a ragged one.
 *  Columns without a header are called "column1",
 * .... ANA_ERR_FORMAT with the line for rows of different lengths; ANA_ERR_LIMIT when it needs more
 *  than run->max_memory (`run` may be NULL). */
ANA_API ANA_USE_RESULT ana_status ana_table_read(const char *path, const ana_run *run,
                                                 ana_table **out);

ANA_END_DECLS

#endif
