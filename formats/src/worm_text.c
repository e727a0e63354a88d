/* Traces of worms as Randi et al. 2023 share them: "N_gcamp.txt", a line a time; "N_labels.txt", a
 * line a trace; "N_t.txt", a line a time in seconds. The first is the one to be opened. */
#include "checked.h"
#include "file.h"
#include "format.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "worm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char ending[] = "_gcamp.txt";

static bool fits(const char *path, const unsigned char *head, size_t n_head)
{
    const char *const allowed = "0123456789+-.eE nNaA\t\r\n";
    bool numbers = n_head > 0 && ana_text_ends_with_ignoring_case(path, ending);
    for (size_t i = 0; i < n_head && numbers; i++) {
        numbers = head[i] != '\0' && strchr(allowed, head[i]) != NULL;
    }
    return numbers;
}

/* Numbers between blanks, all lines of equal length. Owned. */
typedef struct number_lines {
    size_t n_lines;
    size_t n_columns;
    size_t n;
    size_t capacity;
    double *values;
} number_lines;

static ana_status parse_line(const char *path, const char *line, size_t n, number_lines *out)
{
    ana_status status = ANA_OK;
    size_t n_columns = 0;
    for (size_t at = 0; at < n;) {
        const size_t start = at;
        while (at < n && strchr(" \t\r", line[at]) == NULL) {
            at++;
        }
        if (at > start) {
            double value = 0.0;
            if (!ana_parse_double(line + start, at - start, &value)) {
                return ana_fail(ANA_ERR_FORMAT, "%s: line %zu: cell %zu is no number", path,
                                out->n_lines + 1, n_columns + 1);
            }
            ANA_TRY(ana_grow((void *)&out->values, &out->capacity, out->n + 1, sizeof(double),
                             "numbers"));
            out->values[out->n++] = value;
            n_columns++;
        }
        at++;
    }
    if (n_columns > 0) {
        out->n_columns = out->n_lines == 0 ? n_columns : out->n_columns;
        if (n_columns != out->n_columns) {
            return ana_fail(ANA_ERR_FORMAT, "%s: line %zu: %zu numbers, where the first has %zu",
                            path, out->n_lines + 1, n_columns, out->n_columns);
        }
        out->n_lines++;
    }
done:
    return status;
}

static ana_status read_numbers(const ana_worm_reader *reader, const char *path, number_lines *out)
{
    ana_status status = ANA_OK;
    char *text = NULL;
    size_t n = 0;
    ANA_TRY(ana_file_read_all(path, ana_worm_most_text(reader), &text, &n));
    for (size_t at = 0; at < n;) {
        const char *end = memchr(text + at, '\n', n - at);
        const size_t length = end != NULL ? (size_t)(end - text) - at : n - at;
        ANA_TRY(parse_line(path, text + at, length, out));
        at += length + 1;
    }
done:
    free(text);
    return status;
}

/* There may be more lines than traces: the rest is not used. */
static ana_status read_labels(const ana_worm_reader *reader, const char *path,
                              ana_worm_labels *labels)
{
    ana_status status = ANA_OK;
    char *text = NULL;
    size_t n = 0;
    size_t line = 0;
    ANA_TRY(ana_file_read_all(path, ana_worm_most_text(reader), &text, &n));
    for (size_t at = 0; at < n; line++) {
        const char *end = memchr(text + at, '\n', n - at);
        const size_t length = end != NULL ? (size_t)(end - text) - at : n - at;
        if (line < labels->n) {
            char *label = NULL;
            ANA_TRY(ana_text_to_utf8(text + at, length, &label));
            label[strcspn(label, "\r")] = '\0';
            status = ana_worm_labels_set(labels, path, (double)line, label, (double)NAN);
            free(label);
            ANA_TRY(status);
        }
        at += length + 1;
    }
    if (line != labels->n) {
        ANA_TRY(ana_recover(reader->recording, reader->options, "%s: %zu labels for %zu traces",
                            path, line, labels->n));
    }
done:
    free(text);
    return status;
}

/* *out = path of the companion "N_labels.txt". */
static ana_status find_companion(const ana_worm_reader *reader, const char *which, char **out)
{
    ana_text name = {0};
    const char *slash = strrchr(reader->path, '/');
    const char *base = slash != NULL ? slash + 1 : reader->path;
    const size_t n = strlen(base) - (sizeof ending - 1);
    ana_text_append_bytes(&name, base, n);
    ana_text_append(&name, which);
    ana_status status = ana_text_check(&name, "path");
    if (status == ANA_OK) {
        status = ana_file_companion(reader->path, name.bytes, false, out);
    }
    ana_text_release(&name);
    return status;
}

static ana_status read(const ana_worm_reader *reader)
{
    ana_status status = ANA_OK;
    char *name = NULL;
    char *labels_path = NULL;
    char *times_path = NULL;
    number_lines traces = {0};
    number_lines times = {0};
    ana_worm_labels labels = {0};
    ANA_TRY(find_companion(reader, "_labels.txt", &labels_path));
    ANA_TRY(find_companion(reader, "_t.txt", &times_path));
    ANA_TRY(ana_worm_name_of(reader->path, &name));
    ANA_TRY(read_numbers(reader, reader->path, &traces));
    ANA_TRY(read_numbers(reader, times_path, &times));
    if (times.n != traces.n_lines) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: %zu times of %zu lines of traces", times_path,
                          times.n, traces.n_lines);
        goto done;
    }
    ANA_TRY(ana_worm_labels_new(traces.n_columns, &labels));
    ANA_TRY(read_labels(reader, labels_path, &labels));
    const ana_worm_traces animal = {.name = name,
                                    .n_times = traces.n_lines,
                                    .n_traces = traces.n_columns,
                                    .values = traces.values,
                                    .times = times.values,
                                    .labels = labels.labels};
    ANA_TRY(ana_worm_add(reader, &animal));
done:
    free(name);
    free(labels_path);
    free(times_path);
    free(traces.values);
    free(times.values);
    ana_worm_labels_release(&labels);
    return status;
}

const ana_worm_layout ana_worm_layout_randi = {"Randi 2023", fits, read};
