/* Traces of worms as the Venkatachalam laboratory shares them: a table in a ZIP archive, a row a
 * neuron, its name in "neuron", and after what else is said of it a column for each frame, whose
 * name is the frame's number; 0.375 s a frame. */
#include "archive.h"
#include "checked.h"
#include "csv.h"
#include "file.h"
#include "memory.h"
#include "try.h"
#include "worm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double frame_s = 0.375;
static const char *const neuron_names[] = {"neuron", NULL};

/* The table: the first entry that is one, or NULL. */
static const ana_zip_entry *find_table(const ana_zip *zip)
{
    for (size_t i = 0; i < zip->n_entries; i++) {
        const char *name = zip->entries[i].name;
        if (ana_text_ends_with_ignoring_case(name, ".csv") && strncmp(name, "__MACOSX", 8) != 0) {
            return &zip->entries[i];
        }
    }
    return NULL;
}

/* Whether the table's first line names a column "neuron" and numbers. */
static bool is_header(const unsigned char *head, size_t n)
{
    static const char word[] = "neuron";
    const size_t n_word = sizeof word - 1;
    for (size_t i = 0; i + n_word < n && head[i] != '\n'; i++) {
        const bool begins = i == 0 || head[i - 1] == ',' || head[i - 1] == '"';
        if (begins && memcmp(head + i, word, n_word) == 0) {
            return head[i + n_word] == ',' || head[i + n_word] == '"';
        }
    }
    return false;
}

static bool fits(const char *path, const unsigned char *head, size_t n_head)
{
    enum {
        N_HEADER = 1024
    };
    unsigned char header[N_HEADER];
    size_t n = 0;
    ana_file *file = NULL;
    ana_zip *zip = NULL;
    bool found = false;
    if (n_head < 4 || memcmp(head, "PK\3\4", 4) != 0 || ana_file_open(path, &file) != ANA_OK) {
        return false;
    }
    if (ana_zip_open(file, &zip) == ANA_OK) {
        const ana_zip_entry *entry = find_table(zip);
        found = entry != NULL &&
                ana_zip_read_head(zip, entry, sizeof header, header, &n) == ANA_OK &&
                is_header(header, n);
    }
    ana_zip_close(zip);
    ana_file_close(file);
    return found;
}

static bool is_frame(const ana_csv *csv, size_t c, double *number)
{
    return !csv->is_text[c] && ana_parse_double(csv->names[c], strlen(csv->names[c]), number) &&
           isfinite(*number);
}

/* The names in column `column`, a row each. */
static ana_status read_labels(const ana_csv *csv, size_t column, ana_worm_labels *labels)
{
    ana_status status = ANA_OK;
    char ***texts = NULL;
    ANA_TRY(ana_worm_labels_new(csv->n_rows, labels));
    if (!csv->is_text[column]) {
        goto done; /* nothing but numbers: no names */
    }
    ANA_TRY(ana_allocate(csv->n_columns, sizeof *texts, "labels", (void *)&texts));
    texts[column] = labels->labels;
    ANA_TRY(ana_csv_texts(csv, texts));
done:
    free(texts);
    return status;
}

/* Frames from the first that holds anything: trace x time. */
static ana_status add_table(const ana_worm_reader *reader, const ana_csv *csv, const char *name)
{
    ana_status status = ANA_OK;
    double *values = NULL;
    double *times = NULL;
    ana_worm_labels labels = {0};
    size_t *columns = NULL;
    size_t n = 0;
    const size_t neuron = ana_csv_find(csv, neuron_names);
    if (neuron == csv->n_columns) {
        return ana_fail(ANA_ERR_FORMAT, "%s: has no column \"neuron\"", reader->path);
    }
    ANA_TRY(ana_allocate(csv->n_columns, sizeof *times, "times", (void *)&times));
    ANA_TRY(ana_allocate(csv->n_columns, sizeof *columns, "columns", (void *)&columns));
    for (size_t c = 0; c < csv->n_columns; c++) {
        double number = 0.0;
        bool seen = n > 0;
        for (size_t r = 0; r < csv->n_rows && !seen; r++) {
            seen = !isnan(csv->values[r * csv->n_columns + c]);
        }
        if (c != neuron && is_frame(csv, c, &number) && seen) {
            times[n] = number * frame_s;
            columns[n++] = c;
        }
    }
    /* As many numbers as the table has. */
    ANA_TRY(ana_allocate(csv->n_rows * n, sizeof *values, "traces", (void *)&values));
    for (size_t k = 0; k < csv->n_rows * n; k++) {
        values[k] = csv->values[k / n * csv->n_columns + columns[k % n]];
    }
    ANA_TRY(read_labels(csv, neuron, &labels));
    const ana_worm_traces animal = {.name = name,
                                    .n_times = n,
                                    .n_traces = csv->n_rows,
                                    .trace_major = true,
                                    .values = values,
                                    .times = times,
                                    .labels = labels.labels};
    ANA_TRY(ana_worm_add(reader, &animal));
done:
    free(values);
    free(times);
    free(columns);
    ana_worm_labels_release(&labels);
    return status;
}

static ana_status read(const ana_worm_reader *reader)
{
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    ana_zip *zip = NULL;
    ana_csv csv = {0};
    char *name = NULL;
    unsigned char *bytes = NULL;
    ANA_TRY(ana_worm_name_of(reader->path, &name));
    ANA_TRY(ana_file_open(reader->path, &file));
    ANA_TRY(ana_zip_open(file, &zip));
    const ana_zip_entry *entry = find_table(zip);
    if (entry == NULL) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: holds no table", reader->path);
        goto done;
    }
    ANA_TRY(ana_zip_read(zip, entry, &reader->options->run, &bytes));
    ANA_TRY(ana_csv_parse(reader->path, (const char *)bytes, (size_t)entry->n_bytes,
                          &reader->options->run, &csv));
    ANA_TRY(add_table(reader, &csv, name));
done:
    free(name);
    free(bytes);
    ana_csv_release(&csv);
    ana_zip_close(zip);
    ana_file_close(file);
    return status;
}

const ana_worm_layout ana_worm_layout_venkatachalam = {"Venkatachalam 2024", fits, read};
