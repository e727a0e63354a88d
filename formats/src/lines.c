#include "lines.h"

#include <string.h>

bool ana_next_line(const char *text, size_t n, size_t *at, ana_text_line *line)
{
    if (*at >= n) {
        return false;
    }
    const char *begin = text + *at;
    const char *end = memchr(begin, '\n', n - *at);
    size_t n_line = end != NULL ? (size_t)(end - begin) : n - *at;
    *at += n_line + 1;
    if (n_line > 0 && begin[n_line - 1] == '\r') {
        n_line--;
    }
    *line = (ana_text_line){begin, n_line, line->number + 1};
    return true;
}

void ana_trim_blanks(const char **text, size_t *n)
{
    while (*n > 0 && (**text == ' ' || **text == '\t')) {
        (*text)++;
        (*n)--;
    }
    while (*n > 0 && ((*text)[*n - 1] == ' ' || (*text)[*n - 1] == '\t')) {
        (*n)--;
    }
}
