/* MAT files of version 7.3: HDF5 behind a block of 512 bytes, with MATLAB's classes as attributes.
 *
 *  A variable is a dataset with its axes reversed (so that its elements stand in MATLAB's order), a
 *  struct is a group, a cell array a dataset of references into the group /#refs#, an array of
 *  structs a group of such datasets, a sparse matrix a group of data, ir and jc. An empty array is
 *  stored as its shape. */
#include "mat73.h"

#include "checked.h"
#include "format.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_VALUES = 1 << 20, /* references can make much of little */
    MAX_AGAIN = 1000
};

bool ana_mat_begins_as_73(const unsigned char *head, size_t n)
{
    return n >= 19 && memcmp(head, "MATLAB 7.3 MAT-file", 19) == 0;
}

ana_status ana_mat73_push(ana_mat73 *mat, const ana_mat73_task *parent, ana_mat_value *value,
                          const char *name)
{
    ana_text path = {0};
    const size_t depth = parent != NULL ? parent->depth + 1 : 0;
    ana_text_append(&path, parent != NULL ? parent->path : "");
    ana_text_append(&path, "/");
    ana_text_append(&path, name);
    ana_status status = ana_text_check(&path, "path");
    if (status == ANA_OK && depth > ANA_MAT_MAX_DEPTH) {
        status = ana_fail(ANA_ERR_UNSUPPORTED, "%s: %s: nested more than %d deep, or in a circle",
                          ana_hdf5_path(mat->file), parent->path, ANA_MAT_MAX_DEPTH);
    }
    if (status == ANA_OK) {
        status = ana_grow(&mat->stack, &mat->capacity, mat->n + 1, sizeof *mat->stack, "values");
    }
    if (status != ANA_OK) {
        ana_text_release(&path);
        return status;
    }
    mat->stack[mat->n++] = (ana_mat73_task){path.bytes, value, depth, false};
    return ANA_OK;
}

ana_status ana_mat73_add_children(ana_mat73 *mat, const ana_mat73_task *task, size_t n)
{
    ana_mat_value *value = task->value;
    mat->n_again += task->again && n > 0 ? 1 : 0;
    if (n > MAX_VALUES - mat->n_values || mat->n_again > MAX_AGAIN) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%s: %s: holds more than %d values with those before it, or what others "
                        "hold too",
                        ana_hdf5_path(mat->file), task->path, MAX_VALUES);
    }
    mat->n_values += n;
    ana_status status = ana_mat_count(mat->reader, n, sizeof *value->children);
    if (status == ANA_OK) {
        status = ana_allocate(n, sizeof *value->children, task->path, &value->children);
    }
    if (status == ANA_OK) {
        value->n_children = n;
    }
    return status;
}

static int compare_addresses(const void *a, const void *b)
{
    const ana_mat73_target *first = a;
    const ana_mat73_target *second = b;
    return first->address < second->address ? -1 : first->address > second->address ? 1 : 0;
}

/* Addresses of all that stands in /#refs#. */
static ana_status find_targets(ana_mat73 *mat)
{
    ana_status status = ANA_OK;
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ana_text path = {0};
    ANA_TRY(ana_hdf5_look(mat->file, "/#refs#", &kind));
    if (kind != ANA_HDF5_GROUP) {
        goto done;
    }
    ANA_TRY(ana_hdf5_list(mat->file, "/#refs#", &mat->links));
    ANA_TRY(ana_allocate(mat->links.n, sizeof *mat->targets, "references", &mat->targets));
    for (size_t i = 0; i < mat->links.n; i++) {
        ana_hdf5_token token = {0};
        path.n = 0;
        ana_text_append(&path, "/#refs#/");
        ana_text_append(&path, mat->links.items[i].name);
        ANA_TRY(ana_text_check(&path, "path"));
        ANA_TRY(ana_hdf5_get_token(mat->file, path.bytes, &token));
        mat->targets[i] = (ana_mat73_target){token.address, mat->links.items[i].name, false};
    }
    qsort(mat->targets, mat->links.n, sizeof *mat->targets, compare_addresses);
done:
    ana_text_release(&path);
    return status;
}

ana_status ana_mat73_push_reference(ana_mat73 *mat, const ana_mat73_task *task, uint64_t address,
                                    ana_mat_value *value)
{
    const ana_mat73_target wanted = {.address = address};
    ana_mat73_task refs = {.depth = task->depth};
    char path[] = "/#refs#";
    if (address == 0) { /* never filled */
        return ANA_OK;
    }
    ana_mat73_target *found =
        mat->targets != NULL
            ? bsearch(&wanted, mat->targets, mat->links.n, sizeof *mat->targets, compare_addresses)
            : NULL;
    if (found == NULL) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: %s: refers to byte %llu, where no object of /#refs# is",
                        ana_hdf5_path(mat->file), task->path, (unsigned long long)address);
    }
    refs.path = path;
    ana_status status = ana_mat73_push(mat, &refs, value, found->name);
    if (status == ANA_OK) {
        mat->stack[mat->n - 1].again = found->met;
        found->met = true;
    }
    return status;
}

static bool is_variable(const ana_mat73 *mat, const ana_hdf5_link *link)
{
    const char *wanted = mat->reader->wanted;
    return link->name[0] != '#' && (wanted == NULL || strcmp(wanted, link->name) == 0);
}

/* All variables first: they move while their list grows. */
static ana_status push_variables(ana_mat73 *mat, const ana_hdf5_links *links)
{
    ana_status status = ANA_OK;
    ana_mat_value *value = NULL;
    size_t n = 0;
    for (size_t i = 0; i < links->n && status == ANA_OK; i++) {
        const char *name = links->items[i].name;
        if (is_variable(mat, &links->items[i])) {
            status = ana_mat_append(mat->reader, name, strlen(name), &value);
        }
    }
    for (size_t i = 0; i < links->n && status == ANA_OK; i++) {
        if (is_variable(mat, &links->items[i])) {
            value = &mat->reader->out->variables[n++];
            status = ana_mat73_push(mat, NULL, value, links->items[i].name);
        }
    }
    return status;
}

ana_status ana_mat_read_73(ana_mat_reader *reader)
{
    ana_status status = ANA_OK;
    ana_mat73 mat = {.reader = reader};
    ana_hdf5_links links = {0};
    ana_read_options options = ana_read_options_default();
    options.run = reader->run != NULL ? *reader->run : options.run;
    ANA_TRY(ana_hdf5_open(ana_file_name(reader->file), &options, &mat.file));
    ANA_TRY(find_targets(&mat));
    ANA_TRY(ana_hdf5_list(mat.file, "/", &links));
    ANA_TRY(push_variables(&mat, &links));
    while (mat.n > 0) {
        ana_mat73_task task = mat.stack[--mat.n];
        status = ana_mat73_read_value(&mat, &task);
        free(task.path);
        if (status != ANA_OK) {
            goto done;
        }
    }
done:
    while (mat.n > 0) {
        free(mat.stack[--mat.n].path);
    }
    free(mat.stack);
    free(mat.targets);
    ana_hdf5_links_release(&mat.links);
    ana_hdf5_links_release(&links);
    ana_hdf5_close(mat.file);
    return status;
}

static ana_status read(const char *path, const ana_read_options *options, ana_recording **out)
{
    return ana_mat_read_recording("mat73", path, options, out);
}

static int probe(const ana_probe *probe)
{
    if (!ana_mat_begins_as_73(probe->head, probe->n_head)) {
        return 0;
    }
    return ana_hdf5_has_signature(probe->head, probe->n_head) ? 95 : 80;
}

const ana_format ana_format_mat73 = {
    .name = "mat73",
    .title = "MATLAB MAT-file of version 7.3 (HDF5)",
    .endings = ".mat",
    .probe = probe,
    .read = read,
};
