/* Traces of worms in MAT files: Kato 2015, Nichols 2017, Skora 2018, Kaplan 2020 and Uzel 2022 (an
 * element of a struct, or of the cells of its fields, an animal), Yemini 2021 (cells by neuron) and
 * Lin 2023 (a file an animal). */
#include "checked.h"
#include "hdf5_file.h"
#include "mat.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "worm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the publications call the same thing, NULL-terminated. */
static const char *const id_names[] = {"IDs", "NeuronNames", "neuron_ID", NULL};
static const char *const trace_names[] = {"traces", "deltaFOverF_bc", "traces_bleach_corrected",
                                          NULL};
static const char *const time_names[] = {"timeVectorSeconds", "tv", "time_vector", NULL};

/* The field of an element of a struct that has one of the names, or NULL. */
static const ana_mat_value *find_field(const ana_mat_value *value, size_t element,
                                       const char *const *names)
{
    for (size_t i = 0; names[i] != NULL; i++) {
        for (size_t f = 0; f < value->n_fields; f++) {
            if (strcmp(value->fields[f], names[i]) == 0) {
                return &value->children[element * value->n_fields + f];
            }
        }
    }
    return NULL;
}

static bool is_struct_of_worms(const ana_mat_value *value)
{
    return value->class_of == ANA_MAT_STRUCT && value->n > 0 && value->n_children > 0 &&
           find_field(value, 0, id_names) != NULL && find_field(value, 0, trace_names) != NULL &&
           find_field(value, 0, time_names) != NULL;
}

static bool is_numbers(const ana_mat_value *value)
{
    return value != NULL && value->class_of >= ANA_MAT_DOUBLE &&
           value->class_of <= ANA_MAT_UINT64 && value->imaginary == NULL &&
           (value->n == 0 || value->real != NULL);
}

static const char *text_of(const ana_mat_value *value)
{
    return value->class_of == ANA_MAT_CHAR && value->n_lines > 0 ? value->lines[0] : NULL;
}

/* *out = the numbers of a vector or matrix in MATLAB's order. */
static ana_status read_numbers(const ana_worm_reader *reader, const char *what,
                               const ana_mat_value *value, double **out)
{
    size_t bytes = 0;
    if (!is_numbers(value) || value->n_axes != 2) {
        return ana_fail(ANA_ERR_FORMAT, "%s: \"%s\": a matrix of real numbers is wanted",
                        reader->path, what);
    }
    if (!ana_multiply(value->n, sizeof **out, &bytes)) {
        return ana_fail(ANA_ERR_LIMIT, "%s: %s: does not fit in memory", reader->path, what);
    }
    ana_status status = ana_run_check_memory(&reader->options->run, bytes, what);
    if (status == ANA_OK) {
        status = ana_allocate(value->n, sizeof **out, what, (void *)out);
    }
    if (status == ANA_OK && value->n > 0) {
        ana_mat_to_doubles(value, *out);
    }
    return status;
}

/* A text, or a cell of texts: several different ones are joined by '/', so that none is chosen. */
static ana_status label_of(const ana_mat_value *value, ana_text *out)
{
    const char *first = text_of(value);
    if (first != NULL) {
        ana_text_append(out, first);
    }
    for (size_t i = 0; value->class_of == ANA_MAT_CELL && i < value->n_children; i++) {
        const char *text = text_of(&value->children[i]);
        const bool new =
            text != NULL &&text[0] != '\0' && (first == NULL || strcmp(text, first) != 0);
        if (new) {
            ana_text_append(out, first != NULL ? "/" : "");
            ana_text_append(out, text);
            first = first != NULL ? first : text;
        }
    }
    ana_text_append(out, "");
    return ana_text_check(out, "label");
}

/* Labels beyond the last trace are left out. */
static ana_status read_labels(const ana_mat_value *ids, ana_worm_labels *labels)
{
    ana_status status = ANA_OK;
    for (size_t i = 0; i < ids->n_children && i < labels->n && status == ANA_OK; i++) {
        ana_text text = {0};
        status = label_of(&ids->children[i], &text);
        if (status == ANA_OK) {
            status = ana_worm_labels_set(labels, "IDs", (double)i, text.bytes, (double)NAN);
        }
        ana_text_release(&text);
    }
    return status;
}

/* The three values of one animal. */
typedef struct mat_worm {
    const ana_mat_value *ids;
    const ana_mat_value *traces;
    const ana_mat_value *times;
} mat_worm;

static ana_status add_worm(const ana_worm_reader *reader, const char *name, const mat_worm *worm)
{
    ana_status status = ANA_OK;
    double *values = NULL;
    double *times = NULL;
    ana_worm_labels labels = {0};
    ANA_TRY(read_numbers(reader, name, worm->traces, &values));
    ANA_TRY(read_numbers(reader, name, worm->times, &times));
    const size_t *shape = worm->traces->shape;
    const size_t n_times = worm->times->n;
    if (n_times == 0 || (shape[0] != n_times && shape[1] != n_times) ||
        worm->ids->class_of != ANA_MAT_CELL) {
        status = ana_fail(ANA_ERR_FORMAT,
                          "%s: %s: traces of %zu x %zu with %zu times; time x trace and a cell of "
                          "names are wanted",
                          reader->path, name, shape[0], shape[1], n_times);
        goto done;
    }
    const bool by_columns = shape[0] == n_times;
    ana_worm_traces traces = {.name = name,
                              .n_times = n_times,
                              .n_traces = shape[by_columns ? 1 : 0],
                              .trace_major = by_columns,
                              .values = values,
                              .times = times};
    ANA_TRY(ana_worm_labels_new(traces.n_traces, &labels));
    ANA_TRY(read_labels(worm->ids, &labels));
    traces.labels = labels.labels;
    ANA_TRY(ana_worm_add(reader, &traces));
done:
    free(values);
    free(times);
    ana_worm_labels_release(&labels);
    return status;
}

/* "WT_NoStim_1": the variable and which of its animals. */
static ana_status add_numbered(const ana_worm_reader *reader, const char *variable, size_t number,
                               const mat_worm *worm)
{
    ana_text name = {0};
    ana_text_printf(&name, "%s_%zu", variable, number);
    ana_status status = ana_text_check(&name, "name");
    if (status == ANA_OK) {
        status = add_worm(reader, name.bytes, worm);
    }
    ana_text_release(&name);
    return status;
}

/* The animals of one element of a struct: one, or one a cell. */
static ana_status add_element(const ana_worm_reader *reader, const ana_mat_value *value,
                              size_t element, size_t *number)
{
    ana_status status = ANA_OK;
    const mat_worm all = {find_field(value, element, id_names),
                          find_field(value, element, trace_names),
                          find_field(value, element, time_names)};
    if (all.traces->class_of != ANA_MAT_CELL) {
        return add_numbered(reader, value->name, ++*number, &all);
    }
    const size_t n = all.traces->n_children;
    if (all.ids->n_children != n || all.times->n_children != n) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: %s: cells of %zu traces, %zu names and %zu times; one of each for "
                        "every animal is wanted",
                        reader->path, value->name, n, all.ids->n_children, all.times->n_children);
    }
    for (size_t w = 0; w < n; w++) {
        const mat_worm one = {&all.ids->children[w], &all.traces->children[w],
                              &all.times->children[w]};
        ANA_TRY(add_numbered(reader, value->name, ++*number, &one));
    }
done:
    return status;
}

static ana_status read_structs(const ana_worm_reader *reader)
{
    ana_status status = ANA_OK;
    ana_mat_file mat = {0};
    ANA_TRY(ana_mat_read(reader->path, NULL, &reader->options->run, &mat));
    for (size_t i = 0; i < mat.n; i++) {
        size_t number = 0;
        if (!is_struct_of_worms(&mat.variables[i])) {
            continue;
        }
        for (size_t e = 0; e < mat.variables[i].n; e++) {
            ANA_TRY(add_element(reader, &mat.variables[i], e, &number));
        }
    }
    if (reader->recording->n_series == 0) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: holds no animal", reader->path);
    }
done:
    ana_mat_file_release(&mat);
    return status;
}

/* Whether a group of the file has a member of one of the names. */
static bool has_member(ana_hdf5 *file, const char *group, const char *const *names)
{
    bool found = false;
    for (size_t i = 0; names[i] != NULL && !found; i++) {
        ana_hdf5_kind kind = ANA_HDF5_NOTHING;
        ana_text path = {0};
        ana_text_printf(&path, "/%s/%s", group, names[i]);
        found = ana_text_check(&path, "path") == ANA_OK &&
                ana_hdf5_look(file, path.bytes, &kind) == ANA_OK && kind == ANA_HDF5_DATASET;
        ana_text_release(&path);
    }
    return found;
}

static bool fits_structs(const char *path, const unsigned char *head, size_t n_head)
{
    enum {
        MAX_LOOKED_AT = 8
    };
    ana_hdf5 *file = NULL;
    ana_hdf5_links links = {0};
    bool found = false;
    if (!ana_mat_begins_as_73(head, n_head) || ana_hdf5_open(path, NULL, &file) != ANA_OK) {
        return false;
    }
    if (ana_hdf5_list(file, "/", &links) == ANA_OK) {
        for (size_t i = 0; i < links.n && i < MAX_LOOKED_AT && !found; i++) {
            const char *group = links.items[i].name;
            found = group[0] != '#' && has_member(file, group, id_names) &&
                    has_member(file, group, trace_names) && has_member(file, group, time_names);
        }
    }
    ana_hdf5_links_release(&links);
    ana_hdf5_close(file);
    return found;
}

/* Whether a file of version 5 has a variable of that name and class. */
static bool has_variable(const char *path, const char *name, bool cell)
{
    ana_mat_file mat = {0};
    const ana_run run = {.max_memory = ANA_WORM_PROBE_MEMORY};
    const bool found = ana_mat_read(path, name, &run, &mat) == ANA_OK && mat.n == 1 &&
                       (mat.variables[0].class_of == ANA_MAT_CELL) == cell;
    ana_mat_file_release(&mat);
    return found;
}

static bool fits_lin(const char *path, const unsigned char *head, size_t n_head)
{
    return ana_mat_begins_as_5(head, n_head) && has_variable(path, "use_flag", false) &&
           has_variable(path, "proofread_neurons", true);
}

/* The times: numbers, or those in the last field or cell. */
static const ana_mat_value *times_of(const ana_mat_value *value)
{
    const bool nested = value != NULL && value->n_children > 0 &&
                        (value->class_of == ANA_MAT_STRUCT || value->class_of == ANA_MAT_CELL);
    return nested ? &value->children[value->n_children - 1] : value;
}

/* Traces in use: rows of values, trace x time in MATLAB's order, to rows of out. */
static ana_status choose_lin(const ana_mat_value *ids, const ana_mat_value *flags, size_t n_times,
                             double *values, size_t *n, ana_worm_labels *labels)
{
    const size_t n_traces = ids->n_children;
    double flag = 0.0;
    *n = 0;
    for (size_t i = 0; i < n_traces; i++) {
        ana_samples_to_double(flags->stored, 1,
                              (const char *)flags->real + i * ana_sample_size(flags->stored), 1,
                              1.0, 0.0, &flag);
        if (!(flag > 0.0)) {
            continue;
        }
        ana_text text = {0};
        ana_status status = label_of(&ids->children[i], &text);
        if (status == ANA_OK) {
            status = ana_worm_labels_set(labels, "proofread_neurons", (double)*n, text.bytes,
                                         (double)NAN);
        }
        ana_text_release(&text);
        if (status != ANA_OK) {
            return status;
        }
        for (size_t t = 0; t < n_times && *n != i; t++) { /* moves to an earlier place alone */
            values[t * n_traces + *n] = values[t * n_traces + i];
        }
        (*n)++;
    }
    return ANA_OK;
}

/* Rows of n_traces become rows of the first n. */
static void close_rows(size_t n_times, size_t n_traces, size_t n, double *values)
{
    for (size_t t = 0; t < n_times; t++) {
        memmove(values + t * n, values + t * n_traces, n * sizeof *values);
    }
}

/* The first sample of corrected_F is missing, and stays so: F_0 is a baseline. */
static ana_status read_lin(const ana_worm_reader *reader)
{
    ana_status status = ANA_OK;
    ana_mat_file mat = {0};
    char *name = NULL;
    double *values = NULL;
    double *times = NULL;
    ana_worm_labels labels = {0};
    ANA_TRY(ana_worm_name_of(reader->path, &name));
    ANA_TRY(ana_mat_read(reader->path, NULL, &reader->options->run, &mat));
    const ana_mat_value *ids = ana_mat_find(&mat, "proofread_neurons");
    const ana_mat_value *flags = ana_mat_find(&mat, "use_flag");
    const ana_mat_value *traces = ana_mat_find(&mat, "corrected_F");
    const ana_mat_value *stamps = times_of(ana_mat_find(&mat, "times"));
    ANA_TRY(read_numbers(reader, "corrected_F", traces, &values));
    ANA_TRY(read_numbers(reader, "times", stamps, &times));
    const size_t n_times = traces->shape[1];
    if (values == NULL || ids == NULL || ids->class_of != ANA_MAT_CELL || !is_numbers(flags) ||
        ids->n_children != traces->shape[0] || flags->n != traces->shape[0] ||
        stamps->n != n_times) {
        status = ana_fail(ANA_ERR_FORMAT,
                          "%s: corrected_F of %zu x %zu: a row for each of proofread_neurons and "
                          "use_flag and a column for each of times are wanted",
                          reader->path, traces->shape[0], n_times);
        goto done;
    }
    size_t n = 0;
    ANA_TRY(ana_worm_labels_new(ids->n_children, &labels));
    ANA_TRY(choose_lin(ids, flags, n_times, values, &n, &labels));
    close_rows(n_times, ids->n_children, n, values);
    const ana_worm_traces animal = {.name = name,
                                    .n_times = n_times,
                                    .n_traces = n,
                                    .values = values,
                                    .times = times,
                                    .labels = labels.labels};
    ANA_TRY(ana_worm_add(reader, &animal));
done:
    free(name);
    free(values);
    free(times);
    ana_worm_labels_release(&labels);
    ana_mat_file_release(&mat);
    return status;
}

const ana_worm_layout ana_worm_layout_structs = {"Kato 2015 and kin", fits_structs, read_structs};
const ana_worm_layout ana_worm_layout_lin = {"Lin 2023", fits_lin, read_lin};
