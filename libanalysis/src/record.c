#include "checked.h"
#include "lists.h"
#include "memory.h"
#include "try.h"

#include <analysis/record.h>

#include <stdlib.h>
#include <string.h>

static const char *const hint_names[] = {
    [ANA_HINT_NONE] = "none",
    [ANA_HINT_LINE] = "line",
    [ANA_HINT_HEAT_MAP] = "heat map",
    [ANA_HINT_RASTER] = "raster",
    [ANA_HINT_BARS] = "bars",
    [ANA_HINT_RIBBON] = "ribbon",
    [ANA_HINT_GRAPH] = "graph",
    [ANA_HINT_MATRIX_GROUPS] = "matrix with groups",
    [ANA_HINT_TOPOGRAPHY] = "topography",
    [ANA_HINT_VIOLIN] = "violin",
    [ANA_HINT_TABLE] = "table",
};

const char *ana_hint_name(ana_hint hint)
{
    return hint_names[hint];
}

ana_hint ana_hint_from_name(const char *name)
{
    if (name == NULL) {
        return ANA_HINT_NONE;
    }
    for (size_t i = 0; i < sizeof hint_names / sizeof *hint_names; i++) {
        if (strcmp(hint_names[i], name) == 0) {
            return (ana_hint)i;
        }
    }
    return ANA_HINT_TABLE;
}

static void free_node(ana_record *node)
{
    free(node->name);
    free(node->unit);
    free(node->children);
    free(node->text);
    for (size_t i = 0; i < ANA_RECORD_MAX_AXES; i++) {
        free(node->axis_names[i]);
    }
    if (node->texts != NULL) {
        ana_free_texts(ana_record_size(node), node->texts);
    }
    free(node->ints);
    free(node->doubles);
    free(node);
}

/* Leaves first: always go down to the last child, free what has none left and go up again. */
void ana_record_free(ana_record *record)
{
    ana_record *node = record;
    while (node != NULL) {
        if (node->n_children > 0) {
            node = node->children[node->n_children - 1];
            continue;
        }
        ana_record *parent = node == record ? NULL : node->parent;
        free_node(node);
        if (parent != NULL) {
            parent->n_children--;
        }
        node = parent;
    }
}

static ana_status new_node(const char *name, ana_record_type type, ana_record **out)
{
    ana_record *node = NULL;
    ana_status status = ana_allocate(1, sizeof *node, "record", &node);
    if (status != ANA_OK) {
        return status;
    }
    node->type = type;
    status = ana_copy_text(name, &node->name);
    if (status != ANA_OK) {
        free_node(node);
        return status;
    }
    *out = node;
    return ANA_OK;
}

ana_status ana_record_new(ana_record **out)
{
    return new_node("", ANA_RECORD_GROUP, out);
}

static size_t depth_of(const ana_record *node)
{
    size_t depth = 0;
    for (; node->parent != NULL; node = node->parent) {
        depth++;
    }
    return depth;
}

/* Groups below `node`, in the longest line down. */
// NOLINTNEXTLINE(misc-no-recursion): at most ANA_RECORD_MAX_DEPTH deep, which append_node keeps
static size_t height_of(const ana_record *node)
{
    size_t height = 0;
    for (size_t i = 0; i < node->n_children; i++) {
        if (node->children[i]->type == ANA_RECORD_GROUP) {
            size_t below = 1 + height_of(node->children[i]);
            height = below > height ? below : height;
        }
    }
    return height;
}

static ana_status check_place(const ana_record *group, const char *name)
{
    if (group->type != ANA_RECORD_GROUP) {
        return ana_fail(ANA_ERR_VALUE,
                        "record: \"%s\" cannot be added to \"%s\", which is no group", name,
                        group->name);
    }
    if (name[0] == '\0' || strchr(name, '/') != NULL) {
        return ana_fail(ANA_ERR_VALUE, "record: a name must not be empty or hold '/': \"%s\"",
                        name);
    }
    for (size_t i = 0; i < group->n_children; i++) {
        if (strcmp(group->children[i]->name, name) == 0) {
            return ana_fail(ANA_ERR_VALUE, "record: group \"%s\" already has a \"%s\"", group->name,
                            name);
        }
    }
    return ANA_OK;
}

/* Hang `node`, whose name fits the group, below it. */
static ana_status append_node(ana_record *group, ana_record *node)
{
    size_t capacity = group->n_children;
    if (node->type == ANA_RECORD_GROUP &&
        depth_of(group) + 1 + height_of(node) > ANA_RECORD_MAX_DEPTH) {
        return ana_fail(ANA_ERR_VALUE, "record: \"%s\" would stand more than %d groups deep",
                        node->name, ANA_RECORD_MAX_DEPTH);
    }
    ana_status status = ana_grow(&group->children, &capacity, group->n_children + 1,
                                 sizeof(ana_record *), "record");
    if (status == ANA_OK) {
        group->children[group->n_children++] = node;
        node->parent = group;
    }
    return status;
}

/* A child with its unit: what every _add begins with. It is not hung below the group yet. */
static ana_status new_child(const ana_record *group, const char *name, ana_record_type type,
                            const char *unit, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *node = NULL;
    ANA_TRY(check_place(group, name));
    ANA_TRY(new_node(name, type, &node));
    ANA_TRY(ana_copy_text(unit, &node->unit));
    *out = node;
    node = NULL;
done:
    ana_record_free(node);
    return status;
}

/* What every _add ends with: the node hangs below the group, or is gone. */
static ana_status hang(ana_record *group, ana_record *node)
{
    ana_status status = append_node(group, node);
    if (status != ANA_OK) {
        ana_record_free(node);
    }
    return status;
}

ana_status ana_record_add_group(ana_record *group, const char *name, ana_hint hint,
                                ana_record **out)
{
    ana_record *node = NULL;
    ana_status status = new_child(group, name, ANA_RECORD_GROUP, NULL, &node);
    if (status == ANA_OK) {
        node->hint = hint;
        status = hang(group, node);
    }
    if (status == ANA_OK && out != NULL) {
        *out = node;
    }
    return status;
}

/* A number or truth value: type and value of `like`. */
static ana_status add_scalar(ana_record *group, const char *name, const char *unit,
                             const ana_record *like)
{
    ana_record *node = NULL;
    ana_status status = new_child(group, name, like->type, unit, &node);
    if (status != ANA_OK) {
        return status;
    }
    node->boolean = like->boolean;
    node->integer = like->integer;
    node->number = like->number;
    return hang(group, node);
}

ana_status ana_record_add_bool(ana_record *group, const char *name, bool value)
{
    const ana_record like = {.type = ANA_RECORD_BOOL, .boolean = value};
    return add_scalar(group, name, NULL, &like);
}

ana_status ana_record_add_int(ana_record *group, const char *name, int64_t value, const char *unit)
{
    const ana_record like = {.type = ANA_RECORD_INT, .integer = value};
    return add_scalar(group, name, unit, &like);
}

ana_status ana_record_add_double(ana_record *group, const char *name, double value,
                                 const char *unit)
{
    const ana_record like = {.type = ANA_RECORD_DOUBLE, .number = value};
    return add_scalar(group, name, unit, &like);
}

ana_status ana_record_add_text(ana_record *group, const char *name, const char *value)
{
    ana_status status = ANA_OK;
    ana_record *node = NULL;
    ANA_TRY(new_child(group, name, ANA_RECORD_TEXT, NULL, &node));
    ANA_TRY(ana_copy_text(value != NULL ? value : "", &node->text));
    return hang(group, node);
done:
    ana_record_free(node);
    return status;
}

ana_shape ana_shape_1(size_t n, const char *axis)
{
    return (ana_shape){.n_axes = 1, .n = {n}, .axis_names = {axis}};
}

ana_shape ana_shape_2(size_t rows, const char *row_axis, size_t columns, const char *column_axis)
{
    return (ana_shape){.n_axes = 2, .n = {rows, columns}, .axis_names = {row_axis, column_axis}};
}

/* Copy the shape onto an array node; *size = its number of elements. */
static ana_status set_shape(ana_record *node, const ana_shape *shape, size_t *size)
{
    ana_status status = ANA_OK;
    *size = 1;
    if (shape->n_axes == 0 || shape->n_axes > ANA_RECORD_MAX_AXES) {
        return ana_fail(ANA_ERR_SHAPE, "record: array \"%s\" has %zu axes, 1 to %d are possible",
                        node->name, shape->n_axes, ANA_RECORD_MAX_AXES);
    }
    node->n_axes = shape->n_axes;
    for (size_t i = 0; i < shape->n_axes; i++) {
        node->shape[i] = shape->n[i];
        if (!ana_multiply(*size, shape->n[i], size)) {
            return ana_fail(ANA_ERR_SHAPE, "record: the size of array \"%s\" overflows",
                            node->name);
        }
        ANA_TRY(ana_copy_text(shape->axis_names[i], &node->axis_names[i]));
    }
done:
    return status;
}

/* A child with its shape and room for its *size numbers. */
static ana_status new_array(const ana_record *group, const char *name, ana_record_type type,
                            const ana_shape *shape, const char *unit, ana_record **out,
                            size_t *size)
{
    ana_status status = ANA_OK;
    ana_record *node = NULL;
    ANA_TRY(new_child(group, name, type, unit, &node));
    ANA_TRY(set_shape(node, shape, size));
    if (type == ANA_RECORD_INTS) {
        ANA_TRY(ana_allocate(*size, sizeof *node->ints, "record", &node->ints));
    } else {
        ANA_TRY(ana_allocate(*size, sizeof *node->doubles, "record", &node->doubles));
    }
    *out = node;
    node = NULL;
done:
    ana_record_free(node);
    return status;
}

ana_status ana_record_add_doubles(ana_record *group, const char *name, ana_shape shape,
                                  const double *values, const char *unit)
{
    ana_record *node = NULL;
    size_t size = 0;
    ana_status status = new_array(group, name, ANA_RECORD_DOUBLES, &shape, unit, &node, &size);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; i < size; i++) {
        node->doubles[i] = values[i];
    }
    return hang(group, node);
}

ana_status ana_record_add_ints(ana_record *group, const char *name, ana_shape shape,
                               const int64_t *values, const char *unit)
{
    ana_record *node = NULL;
    size_t size = 0;
    ana_status status = new_array(group, name, ANA_RECORD_INTS, &shape, unit, &node, &size);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t i = 0; i < size; i++) {
        node->ints[i] = values[i];
    }
    return hang(group, node);
}

ana_status ana_record_add_sizes(ana_record *group, const char *name, ana_shape shape,
                                const size_t *values, const char *unit)
{
    ana_status status = ANA_OK;
    ana_record *node = NULL;
    size_t size = 0;
    ANA_TRY(new_array(group, name, ANA_RECORD_INTS, &shape, unit, &node, &size));
    for (size_t i = 0; i < size; i++) {
        if (values[i] > INT64_MAX) {
            status = ana_fail(ANA_ERR_VALUE, "record: array \"%s\": element %zu is %zu, too large",
                              name, i, values[i]);
            goto done;
        }
        node->ints[i] = (int64_t)values[i];
    }
    return hang(group, node);
done:
    ana_record_free(node);
    return status;
}

ana_status ana_record_add_texts(ana_record *group, const char *name, size_t n,
                                const char *const *values)
{
    ana_status status = ANA_OK;
    ana_record *node = NULL;
    ANA_TRY(new_child(group, name, ANA_RECORD_TEXTS, NULL, &node));
    ANA_TRY(ana_allocate(n, sizeof(char *), "record", &node->texts));
    node->n_axes = 1;
    node->shape[0] = n;
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(ana_copy_text(values[i] != NULL ? values[i] : "", &node->texts[i]));
    }
    return hang(group, node);
done:
    ana_record_free(node);
    return status;
}

ana_status ana_record_adopt(ana_record *group, const char *name, ana_record *child)
{
    ana_status status = ANA_OK;
    char *copy = NULL;
    ANA_TRY(check_place(group, name));
    ANA_TRY(ana_copy_text(name, &copy));
    ANA_TRY(append_node(group, child));
    free(child->name);
    child->name = copy;
    return ANA_OK;
done:
    free(copy);
    ana_record_free(child);
    return status;
}
