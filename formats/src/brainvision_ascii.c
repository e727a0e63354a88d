/* ASCII data files of BrainVision recordings: a line a time, or a line a channel. */
#include "brainvision.h"
#include "checked.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

/* Where the numbers of one line go. */
typedef struct ascii_reader {
    const char *path;
    const ana_brainvision_header *header;
    double *values; /* in the order of the file */
    size_t n;
    size_t capacity;
    size_t n_lines; /* of data */
    size_t n_a_line;
} ascii_reader;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == ';';
}

/* The number of the n bytes at `text`, with the file's decimal symbol. */
static bool parse_value(const char *text, size_t n, char decimal, double *out)
{
    char number[64];
    if (n >= sizeof number) {
        return false;
    }
    memcpy(number, text, n);
    char *point = decimal != '.' ? memchr(number, decimal, n) : NULL;
    if (point != NULL) {
        *point = '.';
    }
    return ana_parse_double(number, n, out);
}

/* Append the numbers of a line, the columns to skip left out. */
static ana_status read_values(ascii_reader *reader, ana_text_line line)
{
    size_t column = 0;
    for (size_t at = 0; at < line.n;) {
        if (is_blank(line.text[at])) {
            at++;
            continue;
        }
        size_t end = at;
        while (end < line.n && !is_blank(line.text[end])) {
            end++;
        }
        if (column++ >= reader->header->skip_columns) {
            ana_status status = ana_grow(&reader->values, &reader->capacity, reader->n + 1,
                                         sizeof *reader->values, "samples");
            if (status != ANA_OK) {
                return status;
            }
            if (!parse_value(line.text + at, end - at, reader->header->decimal,
                             &reader->values[reader->n])) {
                return ana_fail(ANA_ERR_FORMAT, "%s: line %zu: column %zu is no number: \"%.*s\"",
                                reader->path, line.number, column,
                                (int)(end - at < 40 ? end - at : 40), line.text + at);
            }
            reader->n++;
        }
        at = end;
    }
    return ANA_OK;
}

/* Read a line of data; every one must hold as many numbers. */
static ana_status read_line(ascii_reader *reader, ana_text_line line)
{
    const size_t before = reader->n;
    ana_status status = read_values(reader, line);
    const size_t n = reader->n - before;
    if (status != ANA_OK || n == 0) {
        return status;
    }
    const bool by_time = !reader->header->is_vectorized;
    const size_t wanted = by_time                ? reader->header->n_channels
                          : reader->n_lines == 0 ? n
                                                 : reader->n_a_line;
    if (n != wanted) {
        return ana_fail(ANA_ERR_FORMAT, "%s: line %zu: has %zu numbers, but %zu are needed",
                        reader->path, line.number, n, wanted);
    }
    reader->n_a_line = n;
    reader->n_lines++;
    return ANA_OK;
}

ana_status ana_brainvision_read_ascii(const char *path, const ana_brainvision_header *header,
                                      const ana_read_options *options, size_t *n_times,
                                      ana_source **out)
{
    ana_status status = ANA_OK;
    ascii_reader reader = {.path = path, .header = header};
    char *text = NULL;
    size_t n = 0;
    ana_text_line line = {0};
    const size_t limit = ana_run_memory_limit(&options->run);
    /* A number and its blank are two bytes and become eight; twice while the list grows. */
    ANA_TRY(ana_file_read_all(path, limit / 10, &text, &n));
    for (size_t at = 0; status == ANA_OK && ana_next_line(text, n, &at, &line);) {
        if (line.number > header->skip_lines) {
            status = read_line(&reader, line);
        }
    }
    if (status != ANA_OK) {
        goto done;
    }
    if (header->is_vectorized && reader.n_lines != header->n_channels) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: line %zu: ends after %zu of %zu channels", path,
                          line.number, reader.n_lines, header->n_channels);
        goto done;
    }
    *n_times = header->is_vectorized ? reader.n_a_line : reader.n_lines;
    ANA_TRY(ana_source_from_memory(ANA_FLOAT64, header->n_channels, *n_times, header->is_vectorized,
                                   reader.values, out));
done:
    free(text);
    free(reader.values);
    return status;
}
