/** A record on stdout, for people or for programs. */
#ifndef CLI_SUMMARY_H
#define CLI_SUMMARY_H

#include "console.h"

#include <analysis/record.h>

/** A line for each number and text: its path, its value and its unit, with tabs between them;
 *  numbers with 17 digits, elements of an array with commas between them. Without what figures and
 *  provenance hold, and without arrays of more than one axis. */
void summary_print_tsv(const ana_record *record);

/** Numbers and texts, small arrays whole and large ones by their shape; with --json all of it. */
ANA_USE_RESULT ana_status summary_print(const console_options *options, const ana_record *record);

#endif
