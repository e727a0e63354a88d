#include "checked.h"
#include "hdf5_private.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

/* Texts of a dataset or an attribute, read into `items`. */
typedef struct reading {
    const ana_hdf5 *file;
    const char *path;
    hid_t dataset; /* negative: an attribute */
    hid_t attribute;
    hid_t type;
    size_t n;
} reading;

/* Memory that HDF5 asks for while it reads texts of variable length. It forgets what it took when
 * the reading fails half-way, so we remember. */
typedef struct text_budget {
    size_t left;
    bool exceeded;
    bool no_memory;
    void **taken;
    size_t n_taken;
    size_t capacity;
} text_budget;

static void *budget_take(size_t size, void *user)
{
    text_budget *budget = user;
    if (size > budget->left) {
        budget->exceeded = true;
        return NULL;
    }
    void *bytes = malloc(size);
    budget->no_memory =
        bytes == NULL || ana_grow(&budget->taken, &budget->capacity, budget->n_taken + 1,
                                  sizeof(void *), "texts") != ANA_OK;
    if (budget->no_memory) {
        free(bytes);
        return NULL;
    }
    budget->left -= size;
    budget->taken[budget->n_taken++] = bytes;
    return bytes;
}

/* HDF5 gives back only what it took last. */
static void budget_give(void *bytes, void *user)
{
    text_budget *budget = user;
    if (budget->n_taken > 0 && budget->taken[budget->n_taken - 1] == bytes) {
        budget->n_taken--;
        free(bytes);
    }
}

/* Everything back, and no text left that points to it. */
static void budget_undo(text_budget *budget, size_t n, char **items)
{
    for (size_t i = 0; i < budget->n_taken; i++) {
        free(budget->taken[i]);
    }
    memset(items, 0, n * sizeof *items);
}

static ana_status read_variable(const reading *from, hid_t memory_type, char **items)
{
    if (from->dataset < 0) {
        if (H5Aread(from->attribute, memory_type, items) < 0) {
            return ana_hdf5_fail(ANA_ERR_FORMAT, from->file, from->path, "cannot be read");
        }
        return ANA_OK;
    }
    ana_status status = ana_hdf5_check_whole(from->file, from->dataset, from->path);
    if (status != ANA_OK) {
        return status;
    }
    text_budget budget = {.left = ana_run_memory_limit(&from->file->run)};
    hid_t list = H5Pcreate(H5P_DATASET_XFER);
    H5Pset_vlen_mem_manager(list, budget_take, &budget, budget_give, &budget);
    if (H5Dread(from->dataset, memory_type, H5S_ALL, H5S_ALL, list, items) < 0) {
        status = ana_hdf5_fail(ANA_ERR_FORMAT, from->file, from->path, "cannot be read");
        budget_undo(&budget, from->n, items);
    }
    if (budget.no_memory) {
        status = ana_fail(ANA_ERR_MEMORY, "%s: %s: no memory for its texts", from->file->path,
                          from->path);
    } else if (budget.exceeded) {
        status = ana_fail(ANA_ERR_LIMIT, "%s: %s: has more text than the memory limit allows",
                          from->file->path, from->path);
    }
    H5Pclose(list);
    free(budget.taken);
    return status;
}

/* n texts of `size` bytes each, filled up with NUL or spaces. */
static ana_status read_fixed(const reading *from, hid_t memory_type, char **items)
{
    ana_status status = ANA_OK;
    size_t size = H5Tget_size(memory_type);
    bool spaces = H5Tget_strpad(memory_type) == H5T_STR_SPACEPAD;
    size_t bytes = 0;
    char *all = NULL;
    if (!ana_multiply(from->n, size, &bytes)) {
        return ana_fail(ANA_ERR_FORMAT, "%s: %s: claims more bytes than can be counted",
                        from->file->path, from->path);
    }
    ANA_TRY(ana_run_check_memory(&from->file->run, bytes, from->path));
    ANA_TRY(ana_allocate(bytes, 1, from->path, &all));
    herr_t failed = from->dataset < 0
                        ? H5Aread(from->attribute, memory_type, all)
                        : H5Dread(from->dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, all);
    if (failed < 0) {
        status = ana_hdf5_fail(ANA_ERR_FORMAT, from->file, from->path, "cannot be read");
        goto done;
    }
    for (size_t i = 0; i < from->n; i++) {
        const char *text = all + i * size;
        size_t length = strnlen(text, size);
        while (spaces && length > 0 && text[length - 1] == ' ') {
            length--;
        }
        ANA_TRY(ana_copy_bytes_as_text(text, length, &items[i]));
    }
done:
    free(all);
    return status;
}

/* What is not UTF-8 is Latin-1; what is missing is "". */
static ana_status make_utf8(char **text)
{
    char *fixed = NULL;
    ana_status status = ANA_OK;
    if (*text != NULL && ana_text_is_utf8(*text, strlen(*text))) {
        return ANA_OK;
    }
    if (*text == NULL) {
        status = ana_copy_text("", &fixed);
    } else {
        status = ana_text_to_utf8(*text, strlen(*text), &fixed);
    }
    if (status == ANA_OK) {
        free(*text);
        *text = fixed;
    }
    return status;
}

static ana_status read_texts(const reading *from, ana_hdf5_texts *out)
{
    ana_status status = ANA_OK;
    hid_t memory_type = -1;
    *out = (ana_hdf5_texts){0};
    size_t bytes = 0;
    if (!ana_multiply(from->n, sizeof(char *), &bytes)) {
        return ana_fail(ANA_ERR_FORMAT, "%s: %s: claims more texts than can be counted",
                        from->file->path, from->path);
    }
    ANA_TRY(ana_run_check_memory(&from->file->run, bytes, from->path));
    ANA_TRY(ana_allocate(from->n, sizeof(char *), from->path, &out->items));
    out->n = from->n;
    bool is_variable = H5Tis_variable_str(from->type) > 0;
    memory_type = H5Tcopy(H5T_C_S1);
    H5Tset_cset(memory_type, H5Tget_cset(from->type));
    H5Tset_strpad(memory_type, H5Tget_strpad(from->type));
    H5Tset_size(memory_type, is_variable ? H5T_VARIABLE : H5Tget_size(from->type));
    if (from->n > 0) {
        ANA_TRY(is_variable ? read_variable(from, memory_type, out->items)
                            : read_fixed(from, memory_type, out->items));
    }
    for (size_t i = 0; i < out->n; i++) {
        ANA_TRY(make_utf8(&out->items[i]));
    }
done:
    H5Tclose(memory_type);
    if (status != ANA_OK) {
        ana_hdf5_texts_release(out);
    }
    return status;
}

ana_status ana_hdf5_read_texts(ana_hdf5 *file, const char *path, ana_hdf5_texts *out)
{
    ana_status status = ANA_OK;
    ana_hdf5_guard guard;
    ana_hdf5_object object;
    ana_hdf5_info info;
    hid_t type = -1;
    *out = (ana_hdf5_texts){0};
    ana_hdf5_enter(file, &guard);
    ANA_TRY(ana_hdf5_require(file, path, ANA_HDF5_DATASET, &object));
    ANA_TRY(ana_hdf5_describe_object(&object, path, &info));
    if (info.type_class != ANA_HDF5_TEXT) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: %s: does not hold text", file->path, path);
        goto done;
    }
    ANA_TRY(ana_hdf5_check_filters(&object, path));
    if (info.n_elements > ana_hdf5_plausible_bytes(info.stored_bytes) / sizeof(char *)) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: %s: claims %zu texts but stores %llu bytes",
                          file->path, path, info.n_elements, (unsigned long long)info.stored_bytes);
        goto done;
    }
    type = H5Dget_type(object.id);
    reading from = {object.file, path, object.id, -1, type, info.n_elements};
    status = read_texts(&from, out);
done:
    H5Tclose(type);
    ana_hdf5_leave(&guard);
    return status;
}

/* The first of the texts becomes *out; the rest is released. */
static void take_first(ana_hdf5_texts *texts, char **out)
{
    if (texts->n > 0) {
        *out = texts->items[0];
        texts->items[0] = NULL;
    }
    ana_hdf5_texts_release(texts);
}

ana_status ana_hdf5_read_text(ana_hdf5 *file, const char *path, char **out)
{
    ana_hdf5_texts texts = {0};
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    *out = NULL;
    ana_status status = ana_hdf5_look(file, path, &kind);
    if (status == ANA_OK && kind != ANA_HDF5_NOTHING) {
        status = ana_hdf5_read_texts(file, path, &texts);
        take_first(&texts, out);
    }
    return status;
}

/* A text attribute as texts; none when it is absent. */
static ana_status attribute_texts(ana_hdf5 *file, const char *path, const char *name,
                                  ana_hdf5_texts *out)
{
    ana_status status = ANA_OK;
    ana_hdf5_object object;
    ana_hdf5_info info = {0};
    ana_hdf5_attribute attribute = {.id = -1, .type = -1};
    *out = (ana_hdf5_texts){0};
    ANA_TRY(ana_hdf5_require(file, path, ANA_HDF5_NOTHING, &object));
    ANA_TRY(ana_hdf5_attribute_open(&object, path, name, &attribute, &info));
    if (attribute.id < 0) {
        goto done;
    }
    if (info.type_class != ANA_HDF5_TEXT) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: %s: attribute \"%s\" is not text", file->path, path,
                          name);
        goto done;
    }
    reading from = {object.file, path, -1, attribute.id, attribute.type, info.n_elements};
    status = read_texts(&from, out);
done:
    ana_hdf5_attribute_close(&attribute);
    return status;
}

ana_status ana_hdf5_attribute_texts(ana_hdf5 *file, const char *path, const char *name,
                                    ana_hdf5_texts *out)
{
    ana_hdf5_guard guard;
    ana_hdf5_enter(file, &guard);
    ana_status status = attribute_texts(file, path, name, out);
    ana_hdf5_leave(&guard);
    return status;
}

ana_status ana_hdf5_attribute_text(ana_hdf5 *file, const char *path, const char *name, char **out)
{
    ana_hdf5_texts texts;
    *out = NULL;
    ana_status status = ana_hdf5_attribute_texts(file, path, name, &texts);
    take_first(&texts, out);
    return status;
}
