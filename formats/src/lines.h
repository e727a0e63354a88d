/** Text files in memory, line by line. */
#ifndef ANALYSIS_FORMATS_LINES_H
#define ANALYSIS_FORMATS_LINES_H

#include <stdbool.h>
#include <stddef.h>

/** One line of a text, without its end (LF or CR LF). Zeroed before the first. */
typedef struct ana_text_line {
    const char *text;
    size_t n;
    size_t number; /**< from 1 */
} ana_text_line;

/** The next line of the n bytes at `text`, from *at on; false at the end. */
bool ana_next_line(const char *text, size_t n, size_t *at, ana_text_line *line);

/** Leave out blanks and tabs at both ends of the *n bytes at *text. */
void ana_trim_blanks(const char **text, size_t *n);

#endif
