/* The format "worm": which layout a file is of, and what all layouts share. */
#include "worm.h"

#include "arrays.h"
#include "checked.h"
#include "format.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One a line, so that each can come by itself. */
/* clang-format off */
static const ana_worm_layout *const layouts[] = {
    &ana_worm_layout_compact,
    &ana_worm_layout_dag,
    &ana_worm_layout_flavell,
    &ana_worm_layout_structs,
    &ana_worm_layout_yemini,
    &ana_worm_layout_lin,
    &ana_worm_layout_randi,
    &ana_worm_layout_venkatachalam,
    &ana_worm_layout_nejatbakhsh,
};
/* clang-format on */

ana_status ana_worm_labels_new(size_t n, ana_worm_labels *out)
{
    *out = (ana_worm_labels){.n = n};
    ana_status status = ana_allocate(n, sizeof *out->labels, "labels", (void *)&out->labels);
    if (status == ANA_OK) {
        status = ana_allocate(n, sizeof *out->confidence, "labels", (void *)&out->confidence);
    }
    for (size_t i = 0; status == ANA_OK && i < n; i++) {
        out->confidence[i] = NAN;
    }
    return status;
}

ana_status ana_worm_labels_set(ana_worm_labels *labels, const char *name, double trace,
                               const char *label, double confidence)
{
    if (!(trace >= 0.0 && trace < (double)labels->n) || trace != floor(trace)) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: labels \"%s\" a trace that is not there; there are %zu", name,
                        label != NULL ? label : "", labels->n);
    }
    const size_t i = (size_t)trace;
    free(labels->labels[i]);
    labels->labels[i] = NULL;
    labels->confidence[i] = confidence;
    return ana_copy_text(label, &labels->labels[i]);
}

void ana_worm_labels_release(ana_worm_labels *labels)
{
    for (size_t i = 0; labels->labels != NULL && i < labels->n; i++) {
        free(labels->labels[i]);
    }
    free(labels->labels);
    free(labels->confidence);
    *labels = (ana_worm_labels){0};
}

ana_status ana_worm_name_of(const char *path, char **out)
{
    static const char data[] = "-data";
    const size_t n_data = sizeof data - 1;
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') {
        end--;
    }
    size_t start = end;
    while (start > 0 && path[start - 1] != '/') {
        start--;
    }
    size_t dot = end;
    while (dot > start + 1 && path[dot - 1] != '.') {
        dot--;
    }
    size_t n = dot > start + 1 ? dot - 1 - start : end - start;
    if (n > n_data && strncmp(path + start + n - n_data, data, n_data) == 0) {
        n -= n_data;
    }
    return ana_copy_bytes_as_text(path + start, n, out);
}

/* Channels are called by their labels, those without one by their number. */
static ana_status name_channels(const ana_worm_traces *traces, ana_series *series)
{
    ana_status status = ANA_OK;
    for (size_t i = 0; i < traces->n_traces && status == ANA_OK; i++) {
        const char *label = traces->labels != NULL ? traces->labels[i] : NULL;
        ana_text name = {0};
        if (label != NULL && label[0] != '\0') {
            ana_text_append(&name, label);
        } else {
            ana_text_printf(&name, "%zu", i);
        }
        series->channels[i].name = name.bytes;
        series->channels[i].kind = ANA_KIND_ROI;
        series->channels[i].file_index = i;
        status = ana_text_check(&name, "channel");
    }
    return status;
}

size_t ana_worm_most_text(const ana_worm_reader *reader)
{
    enum {
        BYTES_A_BYTE = 40
    };
    return ana_run_memory_limit(&reader->options->run) / BYTES_A_BYTE;
}

/* Animals that fit in memory one by one may not together: links make many of one. */
static ana_status check_memory(const ana_worm_reader *reader, const ana_worm_traces *traces)
{
    const ana_recording *recording = reader->recording;
    size_t bytes = 0;
    for (size_t i = 0; i <= recording->n_series; i++) {
        const ana_series *series = i < recording->n_series ? recording->series[i] : NULL;
        const size_t n_times = series != NULL ? series->n_times : traces->n_times;
        const size_t n_traces = series != NULL ? series->n_channels : traces->n_traces;
        size_t more = 0;
        if (!ana_multiply(n_times, n_traces, &more) || !ana_multiply(more, sizeof(double), &more) ||
            !ana_add(bytes, more, &bytes)) {
            return ana_fail(ANA_ERR_LIMIT, "%s: does not fit in memory", reader->path);
        }
    }
    return ana_run_check_memory(&reader->options->run, bytes, reader->path);
}

static ana_status add_series(const ana_worm_reader *reader, const ana_worm_traces *traces,
                             char **name)
{
    ana_status status = ANA_OK;
    ana_series *series = NULL;
    double rate = reader->options->rate > 0.0 ? reader->options->rate : 0.0;
    if (rate == 0.0 && traces->times == NULL) {
        rate = traces->rate;
    }
    if (traces->n_times == 0 || traces->n_traces == 0 || (traces->times == NULL && !(rate > 0.0))) {
        return ana_fail(ANA_ERR_FORMAT, "%s: \"%s\" has %zu times of %zu traces%s", reader->path,
                        traces->name, traces->n_times, traces->n_traces,
                        traces->times == NULL ? ", and no rate (--rate gives it)" : "");
    }
    ANA_TRY(check_memory(reader, traces));
    ANA_TRY(ana_series_new(traces->name, traces->n_traces, &series));
    ANA_TRY(name_channels(traces, series));
    series->type = ANA_FLOAT64;
    ANA_TRY(ana_source_from_memory(ANA_FLOAT64, traces->n_traces, traces->n_times,
                                   traces->trace_major, traces->values, &series->source));
    ANA_TRY(ana_series_set_times(series, traces->n_times, rate, traces->times));
    ana_series *made = series;
    series = NULL;
    ANA_TRY(ana_recording_add_series(reader->recording, made));
    ANA_TRY(ana_copy_text(reader->recording->series[reader->recording->n_series - 1]->name, name));
done:
    ana_series_free(series);
    return status;
}

static ana_status add_neurons(const ana_worm_reader *reader, const ana_worm_traces *traces,
                              const char *series)
{
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    ana_text name = {0};
    ana_column *column = NULL;
    ANA_TRY(ana_table_new(traces->n_traces, &table));
    ANA_TRY(ana_table_add(table, "label", ANA_COLUMN_TEXT, NULL, &column));
    for (size_t i = 0; traces->labels != NULL && i < traces->n_traces; i++) {
        const char *label = traces->labels[i];
        ANA_TRY(ana_column_set_text(column, i, label != NULL && label[0] != '\0' ? label : NULL));
    }
    if (traces->confidence != NULL) {
        ANA_TRY(ana_table_add_doubles(table, "confidence", NULL, traces->confidence));
    }
    ana_text_printf(&name, "%s_neurons", series);
    ANA_TRY(ana_text_check(&name, "table"));
    ana_table *made = table;
    table = NULL;
    ANA_TRY(ana_recording_add_table(reader->recording, name.bytes, made));
done:
    ana_text_release(&name);
    ana_table_free(table);
    return status;
}

ana_status ana_worm_add(const ana_worm_reader *reader, const ana_worm_traces *traces)
{
    char *name = NULL;
    ana_status status = add_series(reader, traces, &name);
    if (status == ANA_OK) {
        status = add_neurons(reader, traces, name);
    }
    free(name);
    return status;
}

static const ana_worm_layout *find_layout(const char *path, const unsigned char *head, size_t n)
{
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        if (layouts[i]->fits(path, head, n)) {
            return layouts[i];
        }
    }
    return NULL;
}

static int probe(const ana_probe *probe)
{
    return find_layout(probe->path, probe->head, probe->n_head) != NULL ? 97 : 0;
}

static ana_status read_head(const char *path, unsigned char *head, size_t size, size_t *n)
{
    ana_file *file = NULL;
    ana_status status = ana_file_open(path, &file);
    if (status == ANA_OK) {
        *n = ana_file_size(file) < size ? (size_t)ana_file_size(file) : size;
        status = ana_file_read(file, 0, *n, head);
    }
    ana_file_close(file);
    return status;
}

static ana_status read(const char *path, const ana_read_options *options, ana_recording **out)
{
    ana_status status = ANA_OK;
    unsigned char head[4096];
    size_t n = 0;
    ana_worm_reader reader = {.path = path, .options = options};
    ANA_TRY(read_head(path, head, sizeof head, &n));
    const ana_worm_layout *layout = find_layout(path, head, n);
    if (layout == NULL) {
        return ana_fail(ANA_ERR_FORMAT, "%s: is of no layout of worms' traces that is known", path);
    }
    ANA_TRY(ana_recording_new(&reader.recording));
    ANA_TRY(ana_copy_text("worm", &reader.recording->format));
    ANA_TRY(ana_copy_text(path, &reader.recording->path));
    ANA_TRY(ana_recording_add_fact(reader.recording, "dataset", layout->dataset));
    ANA_TRY(layout->read(&reader));
    *out = reader.recording;
    reader.recording = NULL;
done:
    ana_recording_free(reader.recording);
    return status;
}

const ana_format ana_format_worm = {
    .name = "worm",
    .title = "C. elegans calcium traces in published layouts",
    .endings = ".h5 .json .mat .txt .zip .nwb",
    .probe = probe,
    .read = read,
};
