#include "file.h"
#include "hdf5_write.h"
#include "lists.h"
#include "memory.h"
#include "record_files.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

/* Path of a child: parent + "/" + name; the parent's length is restored afterwards. */
static ana_status go_down(ana_text *path, const char *name)
{
    if (strcmp(name, ".") == 0) {
        return ana_fail(ANA_ERR_VALUE, "record: HDF5 cannot hold something called \".\"");
    }
    ana_text_append(path, "/");
    ana_text_append(path, name);
    return ana_text_check(path, "record");
}

static void go_up(ana_text *path, size_t n)
{
    path->n = n;
    ana_text_append(path, "");
}

static ana_status check_text(const char *text)
{
    if (!ana_text_is_utf8(text, strlen(text))) {
        return ana_fail(ANA_ERR_VALUE, "record: a text is not UTF-8 and cannot be saved: \"%s\"",
                        text);
    }
    return ANA_OK;
}

static ana_status write_axes(ana_hdf5 *file, const char *path, const ana_record *node)
{
    const char *names[ANA_RECORD_MAX_AXES];
    bool named = false;
    ana_status status = ANA_OK;
    for (size_t i = 0; i < node->n_axes && status == ANA_OK; i++) {
        names[i] = node->axis_names[i] != NULL ? node->axis_names[i] : "";
        named = named || names[i][0] != '\0';
        status = check_text(names[i]);
    }
    return status == ANA_OK && named ? ana_hdf5_set_texts(file, path, "axes", node->n_axes, names)
                                     : status;
}

static ana_status write_marks(ana_hdf5 *file, const char *path, const ana_record *node)
{
    ana_status status = ANA_OK;
    if (node->unit != NULL) {
        ANA_TRY(check_text(node->unit));
        ANA_TRY(ana_hdf5_set_text(file, path, "unit", node->unit));
    }
    status = write_axes(file, path, node);
done:
    return status;
}

static ana_status write_numbers(ana_hdf5 *file, const char *path, const ana_record *node)
{
    int8_t boolean = node->boolean ? 1 : 0;
    ana_hdf5_array array = ana_hdf5_scalar(ANA_INT8, &boolean);
    array.is_bool = node->type == ANA_RECORD_BOOL;
    if (node->type == ANA_RECORD_INT) {
        array = ana_hdf5_scalar(ANA_INT64, &node->integer);
    } else if (node->type == ANA_RECORD_DOUBLE) {
        array = ana_hdf5_scalar(ANA_FLOAT64, &node->number);
    } else if (node->type == ANA_RECORD_INTS) {
        array = ana_hdf5_vector(ANA_INT64, 0, node->ints);
    } else if (node->type == ANA_RECORD_DOUBLES) {
        array = ana_hdf5_vector(ANA_FLOAT64, 0, node->doubles);
    }
    array.n_axes = node->n_axes;
    memcpy(array.n, node->shape, node->n_axes * sizeof array.n[0]);
    ana_status status = ana_hdf5_write(file, path, &array);
    return status == ANA_OK ? write_marks(file, path, node) : status;
}

static ana_status write_texts(ana_hdf5 *file, const char *path, const ana_record *node)
{
    ana_status status = ANA_OK;
    size_t n = node->type == ANA_RECORD_TEXTS ? ana_record_size(node) : 0;
    const char **texts = NULL;
    if (node->type == ANA_RECORD_TEXT) {
        ANA_TRY(check_text(node->text));
        return ana_hdf5_write_text(file, path, node->text);
    }
    ANA_TRY(ana_allocate(n, sizeof *texts, "record", &texts));
    for (size_t i = 0; i < n; i++) {
        texts[i] = node->texts[i];
        ANA_TRY(check_text(texts[i]));
    }
    status = ana_hdf5_write_texts(file, path, n, texts);
done:
    free(texts);
    return status;
}

static ana_status write_group(ana_hdf5 *file, ana_text *path, const ana_record *group);

// NOLINTNEXTLINE(misc-no-recursion): at most ANA_RECORD_MAX_DEPTH deep
static ana_status write_node(ana_hdf5 *file, ana_text *path, const ana_record *node)
{
    if (node->type == ANA_RECORD_TEXT || node->type == ANA_RECORD_TEXTS) {
        return write_texts(file, path->bytes, node);
    }
    if (node->type != ANA_RECORD_GROUP) {
        return write_numbers(file, path->bytes, node);
    }
    ana_status status = ana_hdf5_make_group(file, path->bytes);
    return status == ANA_OK ? write_group(file, path, node) : status;
}

// NOLINTNEXTLINE(misc-no-recursion): at most ANA_RECORD_MAX_DEPTH deep
static ana_status write_group(ana_hdf5 *file, ana_text *path, const ana_record *group)
{
    ana_status status = ANA_OK;
    if (group->hint != ANA_HINT_NONE) {
        ANA_TRY(ana_hdf5_set_text(file, path->n == 0 ? "/" : path->bytes, "hint",
                                  ana_hint_name(group->hint)));
    }
    for (size_t i = 0; i < group->n_children; i++) {
        size_t n = path->n;
        ANA_TRY(check_text(group->children[i]->name));
        ANA_TRY(go_down(path, group->children[i]->name));
        ANA_TRY(write_node(file, path, group->children[i]));
        go_up(path, n);
    }
done:
    return status;
}

static ana_status write_file(ana_hdf5 *file, const ana_record *record)
{
    ana_text path = {0};
    ana_status status = ana_hdf5_set_text(file, "/", "schema", ANA_RECORD_SCHEMA);
    if (status == ANA_OK) {
        status = write_group(file, &path, record);
    }
    ana_text_release(&path);
    return status;
}

ana_status ana_record_write_hdf5(const ana_record *record, const char *path)
{
    ana_status status = ANA_OK;
    ana_status finished = ANA_OK;
    ana_atomic atomic = {0};
    ana_hdf5 *file = NULL;
    if (record->type != ANA_RECORD_GROUP) {
        return ana_fail(ANA_ERR_VALUE, "record: only a group can be saved, and \"%s\" is none",
                        record->name);
    }
    ANA_TRY(ana_atomic_reserve(path, &atomic));
    ANA_TRY(ana_hdf5_create(atomic.temporary_path, &file));
    status = write_file(file, record);
    finished = ana_hdf5_finish(file);
    ANA_TRY(status);
    ANA_TRY(finished);
    status = ana_atomic_commit(&atomic);
done:
    ana_atomic_discard(&atomic);
    return status;
}

static ana_status read_shape(ana_hdf5 *file, const char *path, const ana_hdf5_info *info,
                             ana_hdf5_texts *axes, ana_shape *shape)
{
    ana_status status = ANA_OK;
    if (info->n_axes > ANA_RECORD_MAX_AXES) {
        return ana_fail(ANA_ERR_FORMAT, "%s: %s: has %zu axes; a record's arrays have at most %d",
                        ana_hdf5_path(file), path, info->n_axes, ANA_RECORD_MAX_AXES);
    }
    ANA_TRY(ana_hdf5_attribute_texts(file, path, "axes", axes));
    *shape = (ana_shape){.n_axes = info->n_axes};
    for (size_t i = 0; i < info->n_axes; i++) {
        shape->n[i] = info->n[i];
        bool named = i < axes->n && axes->items[i][0] != '\0';
        shape->axis_names[i] = named ? axes->items[i] : NULL;
    }
done:
    return status;
}

static ana_status add_doubles(ana_hdf5 *file, const char *path, const char *name,
                              const ana_shape *shape, const char *unit, ana_record *group)
{
    double *values = NULL;
    size_t n = 0;
    ana_status status = ana_hdf5_read_doubles(file, path, NULL, &values, &n);
    if (status == ANA_OK) {
        status = shape->n_axes > 0 ? ana_record_add_doubles(group, name, *shape, values, unit)
                                   : ana_record_add_double(group, name, values[0], unit);
    }
    free(values);
    return status;
}

static ana_status add_ints(ana_hdf5 *file, const char *path, const char *name,
                           const ana_shape *shape, const char *unit, ana_record *group)
{
    int64_t *values = NULL;
    size_t n = 0;
    ana_status status = ana_hdf5_read_ints(file, path, NULL, &values, &n);
    if (status == ANA_OK) {
        status = shape->n_axes > 0 ? ana_record_add_ints(group, name, *shape, values, unit)
                                   : ana_record_add_int(group, name, values[0], unit);
    }
    free(values);
    return status;
}

static ana_status add_bool(ana_hdf5 *file, const char *path, const char *name, ana_record *group)
{
    int64_t *values = NULL;
    size_t n = 0;
    ana_status status = ana_hdf5_read_ints(file, path, NULL, &values, &n);
    if (status == ANA_OK) {
        status = ana_record_add_bool(group, name, values[0] != 0);
    }
    free(values);
    return status;
}

static ana_status add_numbers(ana_hdf5 *file, const char *path, const char *name,
                              const ana_hdf5_info *info, ana_record *group)
{
    ana_status status = ANA_OK;
    ana_hdf5_texts axes = {0};
    ana_shape shape = {0};
    char *unit = NULL;
    if (info->is_null) {
        return ana_fail(ANA_ERR_FORMAT, "%s: %s: holds nothing", ana_hdf5_path(file), path);
    }
    ANA_TRY(read_shape(file, path, info, &axes, &shape));
    ANA_TRY(ana_hdf5_attribute_text(file, path, "unit", &unit));
    if (info->type_class == ANA_HDF5_FLOAT) {
        status = add_doubles(file, path, name, &shape, unit, group);
    } else if (info->type_class == ANA_HDF5_BOOL && info->n_axes == 0) {
        status = add_bool(file, path, name, group);
    } else {
        status = add_ints(file, path, name, &shape, unit, group);
    }
done:
    free(unit);
    ana_hdf5_texts_release(&axes);
    return status;
}

static ana_status add_texts(ana_hdf5 *file, const char *path, const char *name,
                            const ana_hdf5_info *info, ana_record *group)
{
    ana_status status = ANA_OK;
    ana_hdf5_texts texts = {0};
    const char **items = NULL;
    ANA_TRY(ana_hdf5_read_texts(file, path, &texts));
    if (info->n_axes == 0 && texts.n == 1) {
        status = ana_record_add_text(group, name, texts.items[0]);
        goto done;
    }
    ANA_TRY(ana_allocate(texts.n, sizeof *items, path, &items));
    for (size_t i = 0; i < texts.n; i++) {
        items[i] = texts.items[i];
    }
    status = ana_record_add_texts(group, name, texts.n, items);
done:
    free(items);
    ana_hdf5_texts_release(&texts);
    return status;
}

static ana_status add_dataset(ana_hdf5 *file, const char *path, const char *name, ana_record *group)
{
    ana_hdf5_info info;
    ana_status status = ana_hdf5_describe(file, path, &info);
    if (status != ANA_OK) {
        return status;
    }
    switch (info.type_class) {
    case ANA_HDF5_TEXT:
        return add_texts(file, path, name, &info, group);
    case ANA_HDF5_INTEGER:
    case ANA_HDF5_FLOAT:
    case ANA_HDF5_BOOL:
        return add_numbers(file, path, name, &info, group);
    case ANA_HDF5_COMPOUND:
    case ANA_HDF5_REFERENCE:
    case ANA_HDF5_OTHER:
    default:
        return ana_fail(ANA_ERR_FORMAT, "%s: %s: is neither numbers nor text", ana_hdf5_path(file),
                        path);
    }
}

static ana_status read_hint(ana_hdf5 *file, const char *path, ana_hint *hint)
{
    char *name = NULL;
    ana_status status = ana_hdf5_attribute_text(file, path, "hint", &name);
    *hint = ana_hint_from_name(name);
    free(name);
    return status;
}

/* A file being read. What was met is remembered: links can lead in a circle, or make a small file
 * look endless. */
typedef struct record_walk {
    ana_hdf5 *file;
    ana_text path;
    ana_hdf5_token *entered;
    size_t n_entered;
    size_t capacity;
} record_walk;

static ana_status enter(record_walk *walk)
{
    ana_status status = ANA_OK;
    ana_hdf5_token token;
    const char *path = walk->path.n == 0 ? "/" : walk->path.bytes;
    ANA_TRY(ana_hdf5_get_token(walk->file, path, &token));
    for (size_t i = 0; i < walk->n_entered; i++) {
        if (walk->entered[i].address == token.address && walk->entered[i].file == token.file) {
            return ana_fail(ANA_ERR_FORMAT, "%s: %s: stands in two places",
                            ana_hdf5_path(walk->file), path);
        }
    }
    ANA_TRY(ana_grow(&walk->entered, &walk->capacity, walk->n_entered + 1, sizeof token, "record"));
    walk->entered[walk->n_entered++] = token;
done:
    return status;
}

static ana_status read_group(record_walk *walk, ana_record *group);

// NOLINTNEXTLINE(misc-no-recursion): ana_record_add_group ends it at ANA_RECORD_MAX_DEPTH
static ana_status add_child(record_walk *walk, const char *name, ana_record *group)
{
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    const char *path = walk->path.bytes;
    ana_status status = ana_hdf5_look(walk->file, path, &kind);
    if (status == ANA_OK) {
        status = enter(walk);
    }
    if (status != ANA_OK || kind == ANA_HDF5_NAMED_TYPE) {
        return status;
    }
    if (kind == ANA_HDF5_DATASET) {
        return add_dataset(walk->file, path, name, group);
    }
    ana_record *child = NULL;
    ana_hint hint = ANA_HINT_NONE;
    status = read_hint(walk->file, path, &hint);
    if (status == ANA_OK) {
        status = ana_record_add_group(group, name, hint, &child);
    }
    return status == ANA_OK ? read_group(walk, child) : status;
}

// NOLINTNEXTLINE(misc-no-recursion): ana_record_add_group ends it at ANA_RECORD_MAX_DEPTH
static ana_status read_group(record_walk *walk, ana_record *group)
{
    ana_status status = ANA_OK;
    ana_hdf5_links links = {0};
    ANA_TRY(ana_hdf5_list(walk->file, walk->path.n == 0 ? "/" : walk->path.bytes, &links));
    for (size_t i = 0; i < links.n; i++) {
        size_t n = walk->path.n;
        ANA_TRY(go_down(&walk->path, links.items[i].name));
        ANA_TRY(add_child(walk, links.items[i].name, group));
        go_up(&walk->path, n);
    }
done:
    ana_hdf5_links_release(&links);
    return status;
}

ana_status ana_record_read_hdf5(const char *path, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_hdf5 *file = NULL;
    ana_record *record = NULL;
    char *schema = NULL;
    record_walk walk = {0};
    ANA_TRY(ana_hdf5_open(path, NULL, &file));
    walk.file = file;
    ANA_TRY(ana_hdf5_attribute_text(file, "/", "schema", &schema));
    if (schema == NULL || strcmp(schema, ANA_RECORD_SCHEMA) != 0) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: is no record: attribute \"schema\" should be \"%s\"",
                          path, ANA_RECORD_SCHEMA);
        goto done;
    }
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(read_hint(file, "/", &record->hint));
    ANA_TRY(enter(&walk));
    ANA_TRY(read_group(&walk, record));
    *out = record;
    record = NULL;
done:
    ana_text_release(&walk.path);
    free(walk.entered);
    free(schema);
    ana_record_free(record);
    ana_hdf5_close(file);
    return status;
}
