/* The format "mat73": MAT files of version 7.3, which are HDF5. Variables are datasets, structs are
 * groups, cells are references into "#refs#"; axes stand in the reverse of MATLAB's order. */
#include "arrays.h"
#include "checked.h"
#include "format.h"
#include "hdf5_file.h"
#include "hdf5_walk.h"
#include "lists.h"
#include "mat.h"
#include "memory.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

/* An object of "#refs#" and where it stands, ordered by place. */
typedef struct referred {
    uint64_t address;
    char *path;
} referred;

/* The file on its way into the list of arrays. */
typedef struct import {
    ana_hdf5 *file;
    ana_recording *recording;
    const ana_read_options *options;
    ana_array_list list;
    size_t bytes; /* of numbers in memory */
    bool listed;  /* "#refs#" is */
    size_t n_referred;
    referred *referred;
} import;

static ana_status warn(import *in, const char *name, const char *what)
{
    return ana_recover(in->recording, in->options, "%s: \"%s\" is not read: it is %s",
                       in->recording->path, name, what);
}

/* "/data/avg" as "data.avg"; freed by free(). */
static ana_status dotted(const char *path, char **out)
{
    ana_status status = ana_copy_text(path + (path[0] == '/' ? 1 : 0), out);
    for (char *at = status == ANA_OK ? *out : NULL; at != NULL && *at != '\0'; at++) {
        *at = *at == '/' ? '.' : *at;
    }
    return status;
}

/* All elements of a dataset, native, as a file in memory with one owner. */
static ana_status load(import *in, const char *path, const ana_hdf5_info *info,
                       ana_held_file **held)
{
    ana_status status = ANA_OK;
    ana_hdf5_dataset *dataset = NULL;
    ana_file *file = NULL;
    void *bytes = NULL;
    const size_t zeros[ANA_HDF5_MAX_AXES] = {0};
    size_t n_bytes = 0;
    if (!ana_multiply(info->n_elements, ana_sample_size(info->sample), &n_bytes) ||
        !ana_add(in->bytes, n_bytes, &in->bytes)) {
        return ana_fail(ANA_ERR_LIMIT, "%s: %s: does not fit in memory", in->recording->path, path);
    }
    ANA_TRY(ana_run_check_memory(&in->options->run, in->bytes, in->recording->path));
    ANA_TRY(ana_hdf5_dataset_open(in->file, path, &dataset));
    ANA_TRY(ana_allocate(n_bytes, 1, path, &bytes));
    ANA_TRY(ana_hdf5_dataset_read(dataset, zeros, info->n, bytes));
    ANA_TRY(ana_file_from_memory(in->recording->path, bytes, n_bytes, &file));
    ANA_TRY(ana_held_file_new(file, bytes, held));
    file = NULL;
    bytes = NULL;
done:
    ana_hdf5_dataset_close(dataset);
    ana_file_close(file);
    free(bytes);
    return status;
}

static ana_status add_numbers(import *in, const char *path, const char *name,
                              const ana_hdf5_info *info)
{
    ana_held_file *held = NULL;
    ana_status status = load(in, path, info, &held);
    if (status != ANA_OK) {
        return status;
    }
    ana_placed_array place = {.held = held,
                              .type = {.kind = ANA_NPY_NUMBER,
                                       .sample = info->sample,
                                       .size = ana_sample_size(info->sample)},
                              .n_axes = info->n_axes};
    for (size_t i = 0; i < info->n_axes; i++) {
        place.shape[i] = info->n[info->n_axes - 1 - i];
    }
    ana_placed_array_order(&place, true);
    status = ana_array_list_add(&in->list, name, &place);
    ana_held_file_free(held);
    return status;
}

/* The rows of a char array, in a value that the caller releases. */
static ana_status read_lines(import *in, const char *path, ana_mat_value *value)
{
    ana_status status = ANA_OK;
    ana_hdf5_info info = {0};
    int64_t *codes = NULL;
    uint16_t *units = NULL;
    size_t n = 0;
    ANA_TRY(ana_hdf5_describe(in->file, path, &info));
    ANA_TRY(ana_hdf5_read_ints(in->file, path, NULL, &codes, &n));
    value->n_axes = 2;
    value->shape[0] = info.n_axes > 0 ? info.n[info.n_axes - 1] : 1;
    value->shape[1] = value->shape[0] > 0 ? n / value->shape[0] : 0;
    value->n = n;
    ANA_TRY(ana_allocate(n, sizeof *units, path, &units));
    for (size_t i = 0; i < n; i++) {
        units[i] = codes[i] >= 0 && codes[i] < 65536 ? (uint16_t)codes[i] : 0xfffd;
    }
    ANA_TRY(ana_mat_set_lines(value, units));
done:
    free(units);
    free(codes);
    return status;
}

static ana_status add_chars(import *in, const char *path, const char *name)
{
    ana_mat_value value = {0};
    ana_status status = read_lines(in, path, &value);
    if (status == ANA_OK && value.n_lines > 0) {
        status = ana_array_list_add_texts(&in->list, name, value.n_lines,
                                          (const char *const *)value.lines);
    }
    ana_mat_value_release(&value);
    return status;
}

static int compare_referred(const void *a, const void *b)
{
    const referred *left = a;
    const referred *right = b;
    return left->address < right->address ? -1 : left->address > right->address ? 1 : 0;
}

/* Where each object of "#refs#" stands, once for the file. */
static ana_status list_referred(import *in)
{
    ana_status status = ANA_OK;
    ana_hdf5_links links = {0};
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    if (in->listed) {
        return ANA_OK;
    }
    in->listed = true;
    ANA_TRY(ana_hdf5_look(in->file, "/#refs#", &kind));
    ANA_TRY(kind == ANA_HDF5_GROUP ? ana_hdf5_list(in->file, "/#refs#", &links) : ANA_OK);
    ANA_TRY(ana_allocate(links.n, sizeof *in->referred, "references", &in->referred));
    for (size_t i = 0; i < links.n; i++) {
        ana_hdf5_token token = {0};
        ana_text path = {0};
        ana_text_append(&path, "/#refs#/");
        ana_text_append(&path, links.items[i].name);
        in->referred[in->n_referred++].path = path.bytes;
        ANA_TRY(ana_text_check(&path, "references"));
        ANA_TRY(ana_hdf5_get_token(in->file, path.bytes, &token));
        in->referred[i].address = token.address;
    }
    if (in->n_referred > 0) {
        qsort(in->referred, in->n_referred, sizeof *in->referred, compare_referred);
    }
done:
    ana_hdf5_links_release(&links);
    return status;
}

/* *text = the one line of the char array at an address; NULL when something else is there. */
static ana_status text_at(import *in, uint64_t address, char **text)
{
    ana_status status = ANA_OK;
    char *class_name = NULL;
    ana_mat_value value = {0};
    double empty = 0.0;
    const referred wanted = {.address = address};
    const referred *found = in->n_referred > 0 ? bsearch(&wanted, in->referred, in->n_referred,
                                                         sizeof wanted, compare_referred)
                                               : NULL;
    if (found == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_hdf5_attribute_text(in->file, found->path, "MATLAB_class", &class_name));
    ANA_TRY(ana_hdf5_attribute_double(in->file, found->path, "MATLAB_empty", &empty));
    bool is_empty =
        empty != 0.0 || (class_name != NULL && strcmp(class_name, "canonical empty") == 0);
    if (is_empty) {
        status = ana_copy_text("", text);
    } else if (class_name != NULL && strcmp(class_name, "char") == 0) {
        ANA_TRY(read_lines(in, found->path, &value));
        ANA_TRY(value.n_lines == 1 ? ana_copy_text(value.lines[0], text) : ANA_OK);
    }
done:
    ana_mat_value_release(&value);
    free(class_name);
    return status;
}

/* A cell array of texts. */
static ana_status add_cell(import *in, const char *path, const char *name)
{
    ana_status status = ANA_OK;
    uint64_t *addresses = NULL;
    char **texts = NULL;
    size_t n = 0;
    bool all_texts = true;
    ANA_TRY(list_referred(in));
    ANA_TRY(ana_hdf5_read_references(in->file, path, NULL, &addresses, &n));
    ANA_TRY(ana_allocate(n, sizeof *texts, name, &texts));
    for (size_t i = 0; i < n && all_texts; i++) {
        ANA_TRY(text_at(in, addresses[i], &texts[i]));
        all_texts = texts[i] != NULL;
    }
    if (!all_texts) {
        status = warn(in, name, "a cell array of other things than texts, or an array of structs");
    } else if (n > 0) {
        status = ana_array_list_add_texts(&in->list, name, n, (const char *const *)texts);
    }
done:
    ana_free_texts(texts != NULL ? n : 0, texts);
    free(addresses);
    return status;
}

static ana_status add_dataset(import *in, const char *path, const char *name)
{
    ana_status status = ANA_OK;
    char *class_name = NULL;
    ana_hdf5_info info = {0};
    double empty = 0.0;
    ANA_TRY(ana_hdf5_describe(in->file, path, &info));
    ANA_TRY(ana_hdf5_attribute_text(in->file, path, "MATLAB_class", &class_name));
    ANA_TRY(ana_hdf5_attribute_double(in->file, path, "MATLAB_empty", &empty));
    const char *is = class_name != NULL ? class_name : "";
    bool numbers = info.type_class == ANA_HDF5_INTEGER || info.type_class == ANA_HDF5_FLOAT ||
                   info.type_class == ANA_HDF5_BOOL;
    if (empty != 0.0 || info.is_null) { /* [] */
        status = ANA_OK;
    } else if (strcmp(is, "char") == 0 && numbers) {
        status = add_chars(in, path, name);
    } else if (info.type_class == ANA_HDF5_REFERENCE) {
        status = add_cell(in, path, name);
    } else if (strcmp(is, "function_handle") == 0 || info.type_class == ANA_HDF5_COMPOUND ||
               !numbers) {
        status = warn(in, name, "complex, or a function or object of MATLAB's own");
    } else {
        status = add_numbers(in, path, name, &info);
    }
done:
    free(class_name);
    return status;
}

/* Structs are entered; sparse matrices are groups too, and are not. */
static ana_status enter_group(import *in, ana_hdf5_visit *visit, const char *name)
{
    bool sparse = false;
    ana_hdf5_info info = {0};
    ana_status status =
        ana_hdf5_describe_attribute(in->file, visit->path, "MATLAB_sparse", &sparse, &info);
    if (status == ANA_OK && sparse) {
        visit->enter = false;
        status = warn(in, name, "a sparse matrix");
    }
    return status;
}

static ana_status visit_link(void *user, ana_hdf5_visit *visit)
{
    import *in = user;
    const char *wanted = in->options->variable;
    char *name = NULL;
    if (visit->link->name[0] == '#' || visit->seen_before) {
        visit->enter = false;
        return ANA_OK;
    }
    ana_status status = dotted(visit->path, &name);
    if (status != ANA_OK) {
        return status;
    }
    size_t n = wanted != NULL ? strlen(wanted) : 0;
    bool asked =
        wanted == NULL || (strncmp(name, wanted, n) == 0 && (name[n] == '\0' || name[n] == '.'));
    if (visit->problem != NULL) {
        status = ana_recover(in->recording, in->options, "%s: %s: %s", in->recording->path,
                             visit->path, visit->problem);
    } else if (visit->kind == ANA_HDF5_GROUP) {
        status = enter_group(in, visit, name);
    } else if (visit->kind == ANA_HDF5_DATASET && asked) {
        status = add_dataset(in, visit->path, name);
    }
    free(name);
    return status;
}

static void release(import *in)
{
    for (size_t i = 0; i < in->n_referred; i++) {
        free(in->referred[i].path);
    }
    free(in->referred);
    ana_array_list_release(&in->list);
    ana_hdf5_close(in->file);
}

static ana_status read(const char *path, const ana_read_options *options, ana_recording **out)
{
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
import in = {.options = options };
    ANA_TRY(ana_hdf5_open(path, options, &in.file));
    ANA_TRY(ana_recording_new(&recording));
    ANA_TRY(ana_copy_text("mat73", &recording->format));
    ANA_TRY(ana_copy_text(path, &recording->path));
    in.recording = recording;
    ANA_TRY(ana_hdf5_walk(in.file, "/", visit_link, &in));
    if (options->variable != NULL && in.list.n == 0) {
        status = ana_fail(ANA_ERR_VALUE, "%s: has no variable \"%s\" that can be read", path,
                          options->variable);
        goto done;
    }
    ANA_TRY(ana_recording_add_arrays(recording, &in.list, options));
    *out = recording;
    recording = NULL;
done:
    release(&in);
    ana_recording_free(recording);
    return status;
}

static int probe(const ana_probe *probe)
{
    bool marked = probe->n_head >= 19 && memcmp(probe->head, "MATLAB 7.3 MAT-file", 19) == 0;
    return marked && ana_hdf5_has_signature(probe->head, probe->n_head) ? 99 : 0;
}

const ana_format ana_format_mat73 = {
    .name = "mat73",
    .title = "MATLAB MAT-file of version 7.3",
    .endings = ".mat",
    .probe = probe,
    .read = read,
};
