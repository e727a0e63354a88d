/* Traces of worms in the MAT files of Yemini et al. 2021: "neurons", "is_L" and "norm_traces" are
 * cells by neuron; in each of the last two an entry for every file of "files", and for a neuron of
 * two sides as many again for its right. The first four frames hold no data. */
#include "checked.h"
#include "mat.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "worm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_EMPTY_FRAMES = 4
};

typedef struct yemini_file {
    ana_mat_file mat;
    const ana_mat_value *files;
    const ana_mat_value *neurons;
    const ana_mat_value *is_left;
    const ana_mat_value *traces;
    double fps;
} yemini_file;

static bool is_cell(const ana_mat_value *value)
{
    return value != NULL && value->class_of == ANA_MAT_CELL;
}

static bool is_numbers(const ana_mat_value *value)
{
    return value != NULL && value->class_of >= ANA_MAT_DOUBLE &&
           value->class_of <= ANA_MAT_UINT64 && (value->n == 0 || value->real != NULL);
}

static double number_at(const ana_mat_value *value, size_t i)
{
    double number = NAN;
    ana_samples_to_double(value->stored, 1,
                          (const char *)value->real + i * ana_sample_size(value->stored), 1, 1.0,
                          0.0, &number);
    return number;
}

static bool fits(const char *path, const unsigned char *head, size_t n_head)
{
    static const char *const names[] = {"fps", "is_L"};
    const ana_run run = {.max_memory = ANA_WORM_PROBE_MEMORY};
    bool found = ana_mat_begins_as_5(head, n_head);
    for (size_t i = 0; i < 2 && found; i++) {
        ana_mat_file mat = {0};
        found = ana_mat_read(path, names[i], &run, &mat) == ANA_OK && mat.n == 1;
        ana_mat_file_release(&mat);
    }
    return found;
}

/* Every neuron has its sides and its traces, of one file each. */
static ana_status check_cells(const ana_worm_reader *reader, const yemini_file *in)
{
    const bool cells = is_cell(in->files) && is_cell(in->neurons) && is_cell(in->is_left) &&
                       is_cell(in->traces) && in->files->n_children > 0;
    if (!cells || in->is_left->n_children != in->neurons->n_children ||
        in->traces->n_children != in->neurons->n_children ||
        !(in->fps > 0.0 && isfinite(in->fps))) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: cells \"files\", \"neurons\", \"is_L\" and \"norm_traces\", the last "
                        "three of equal length, and a rate \"fps\" are wanted",
                        reader->path);
    }
    const ana_mat_value *sides = in->is_left->children;
    const ana_mat_value *each = in->traces->children;
    const size_t n_files = in->files->n_children;
    for (size_t i = 0; i < in->neurons->n_children && sides != NULL && each != NULL; i++) {
        const ana_mat_value *left = &sides[i];
        const ana_mat_value *traces = &each[i];
        if (!is_numbers(left) || !is_cell(traces) || traces->n_children != left->n ||
            (left->n != n_files && left->n != 2 * n_files)) {
            return ana_fail(ANA_ERR_FORMAT,
                            "%s: neuron %zu: %zu sides and %zu traces; one or two for each of %zu "
                            "files are wanted",
                            reader->path, i, left->n, traces->n_children, n_files);
        }
    }
    return ANA_OK;
}

/* The frames of the longest trace of a file. */
static size_t length_of(const yemini_file *in, size_t file)
{
    size_t n = 0;
    for (size_t i = 0; i < in->traces->n_children; i++) {
        const ana_mat_value *traces = &in->traces->children[i];
        for (size_t k = file; k < traces->n_children; k += in->files->n_children) {
            n = traces->children[k].n > n ? traces->children[k].n : n;
        }
    }
    return n;
}

/* One animal as it is gathered: trace x time. */
typedef struct gathered {
    size_t n_times;
    size_t n;
    double *values;
    double *room; /* a whole trace */
    ana_worm_labels labels;
} gathered;

static ana_status add_trace(const ana_worm_reader *reader, const ana_mat_value *trace,
                            const char *name, const char *side, gathered *out)
{
    if (trace->n == 0) {
        return ANA_OK; /* not seen in this animal */
    }
    if (!is_numbers(trace) || trace->n != out->n_times + N_EMPTY_FRAMES) {
        return ana_fail(ANA_ERR_FORMAT, "%s: %s%s: a trace of %zu numbers; %zu wanted",
                        reader->path, name, side, trace->n, out->n_times + N_EMPTY_FRAMES);
    }
    ana_text label = {0};
    ana_text_printf(&label, "%s%s", name, side);
    ana_status status = ana_text_check(&label, "label");
    if (status == ANA_OK) {
        status = ana_worm_labels_set(&out->labels, reader->path, (double)out->n, label.bytes,
                                     (double)NAN);
    }
    if (status == ANA_OK) {
        ana_mat_to_doubles(trace, out->room);
        memcpy(out->values + out->n * out->n_times, out->room + N_EMPTY_FRAMES,
               out->n_times * sizeof *out->values);
        out->n++;
    }
    ana_text_release(&label);
    return status;
}

/* A side that is no number: the neuron has but one. */
static const char *side_of(double is_left)
{
    return isnan(is_left) ? "" : is_left > 0.0 ? "L" : "R";
}

static ana_status gather(const ana_worm_reader *reader, const yemini_file *in, size_t file,
                         gathered *out)
{
    for (size_t i = 0; i < in->neurons->n_children; i++) {
        const ana_mat_value *name = &in->neurons->children[i];
        const ana_mat_value *traces = &in->traces->children[i];
        const char *text =
            name->class_of == ANA_MAT_CHAR && name->n_lines > 0 ? name->lines[0] : "";
        for (size_t k = file; k < traces->n_children; k += in->files->n_children) {
            ana_status status = add_trace(reader, &traces->children[k], text,
                                          side_of(number_at(&in->is_left->children[i], k)), out);
            if (status != ANA_OK) {
                return status;
            }
        }
    }
    return ANA_OK;
}

/* Name of an animal's own file, without folder and ending. */
static ana_status name_file(const ana_mat_value *file, char **out)
{
    const bool text = file->class_of == ANA_MAT_CHAR && file->n_lines > 0;
    return ana_worm_name_of(text ? file->lines[0] : "worm", out);
}

static ana_status add_file(const ana_worm_reader *reader, const yemini_file *in, size_t file)
{
    ana_status status = ANA_OK;
    char *name = NULL;
    gathered worm = {0};
    double *times = NULL;
    const size_t n_traces = 2 * in->neurons->n_children;
    const size_t n = length_of(in, file);
    size_t bytes = 0;
    if (n <= N_EMPTY_FRAMES) {
        return ana_fail(ANA_ERR_FORMAT, "%s: file %zu has traces of %zu frames", reader->path, file,
                        n);
    }
    worm.n_times = n - N_EMPTY_FRAMES;
    ANA_TRY(name_file(&in->files->children[file], &name));
    /* Each trace that is there stands in the file; empty ones may be many. */
    if (!ana_multiply(n, n_traces + 2, &bytes) || !ana_multiply(bytes, sizeof(double), &bytes)) {
        ANA_TRY(ana_fail(ANA_ERR_LIMIT, "%s: file %zu does not fit in memory", reader->path, file));
    }
    ANA_TRY(ana_run_check_memory(&reader->options->run, bytes, name));
    ANA_TRY(ana_allocate(n_traces * worm.n_times, sizeof(double), name, (void *)&worm.values));
    ANA_TRY(ana_allocate(n, sizeof(double), name, (void *)&worm.room));
    ANA_TRY(ana_allocate(n, sizeof(double), name, (void *)&times));
    ANA_TRY(ana_worm_labels_new(n_traces, &worm.labels));
    ANA_TRY(gather(reader, in, file, &worm));
    for (size_t t = 0; t < worm.n_times; t++) {
        times[t] = (double)(t + N_EMPTY_FRAMES) / in->fps;
    }
    const ana_worm_traces traces = {.name = name,
                                    .n_times = worm.n_times,
                                    .n_traces = worm.n,
                                    .trace_major = true,
                                    .values = worm.values,
                                    .times = times,
                                    .labels = worm.labels.labels};
    ANA_TRY(ana_worm_add(reader, &traces));
done:
    free(name);
    free(times);
    free(worm.values);
    free(worm.room);
    ana_worm_labels_release(&worm.labels);
    return status;
}

static ana_status read(const ana_worm_reader *reader)
{
    ana_status status = ANA_OK;
    yemini_file in = {0};
    ANA_TRY(ana_mat_read(reader->path, NULL, &reader->options->run, &in.mat));
    in.files = ana_mat_find(&in.mat, "files");
    in.neurons = ana_mat_find(&in.mat, "neurons");
    in.is_left = ana_mat_find(&in.mat, "is_L");
    in.traces = ana_mat_find(&in.mat, "norm_traces");
    const ana_mat_value *fps = ana_mat_find(&in.mat, "fps");
    in.fps = is_numbers(fps) && fps->n == 1 ? number_at(fps, 0) : (double)NAN;
    ANA_TRY(check_cells(reader, &in));
    for (size_t f = 0; f < in.files->n_children; f++) {
        ANA_TRY(add_file(reader, &in, f));
    }
done:
    ana_mat_file_release(&in.mat);
    return status;
}

const ana_worm_layout ana_worm_layout_yemini = {"Yemini 2021", fits, read};
