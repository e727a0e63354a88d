/** What holds of every reader of recordings. */
#ifndef TESTS_SUPPORT_READING_H
#define TESTS_SUPPORT_READING_H

#include <stddef.h>

/** How sure `format` is that the file is its own; 0: it is not. */
int format_score(const char *format, const char *path);

/** A file cut at some sixty places is refused as damaged, with its name. */
void check_cuts_are_refused(const char *format, const char *path);

/** Each allocation, more than `least` of them, may fail while the file is opened and four samples
 *  of its second channel are read. */
void check_reading_reports_failed_allocations(const char *format, const char *path, size_t least);

#endif
