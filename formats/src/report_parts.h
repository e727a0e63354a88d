/** The parts a report is made of; internal to report*.c. */
#ifndef ANALYSIS_FORMATS_REPORT_PARTS_H
#define ANALYSIS_FORMATS_REPORT_PARTS_H

#include "text.h"

#include <analysis/record.h>

/** The style sheet, the same bytes always. */
void ana_report_append_style(ana_text *out);

/** Base 64 of the SHA-256 of those bytes, for the content security policy. */
extern const char ana_report_style_hash[];

/** What ana_report_append_data left out: every `stride`-th row was written. */
typedef struct ana_report_data {
    size_t n_rows;
    size_t stride;
    size_t n_bytes;
} ana_report_data;

/** Append the arrays of a group as comma-separated values, percent-encoded for a data URI. Arrays
 *  of one length stand side by side; lists of another length follow after an empty line. */
ana_report_data ana_report_append_data(ana_text *out, const ana_record *group);

/** Append the values of a group that are no pictures as a table of names and values, without the
 *  children named in `skipped` (ends with NULL). Returns the number of rows; none: nothing. */
size_t ana_report_append_values(ana_text *out, const ana_record *group, const char *const *skipped);

/** Append a group of equally long lists as an HTML table, a column each; long ones are cut. */
void ana_report_append_table(ana_text *out, const ana_record *group);

/** "n_states" as "Number of states", "log_likelihood" as "Log likelihood", escaped. */
void ana_report_append_name(ana_text *out, const char *name);

/** The words about a picture: title, caption, axis titles and scales. */
extern const char *const ana_report_headings[];

#endif
