/** A record on stdout, for people or for programs. */
#ifndef CLI_SUMMARY_H
#define CLI_SUMMARY_H

#include "console.h"

#include <analysis/record.h>

/** Numbers and texts, small arrays whole and large ones by their shape; with --json all of it. */
ANA_USE_RESULT ana_status summary_print(const console_options *options, const ana_record *record);

#endif
