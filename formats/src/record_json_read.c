#include "checked.h"
#include "json.h"
#include "lists.h"
#include "memory.h"
#include "record_files.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct json_reader {
    const char *name; /* of the file, for sentences */
    size_t n_bytes;   /* of its text: no array in it has more elements */
    ana_record_array_read read;
    void *user;
} json_reader;

static ana_status refuse(const json_reader *reader, const char *key, const char *what)
{
    return ana_fail(ANA_ERR_FORMAT, "%s: \"%s\": %s", reader->name, key, what);
}

static ana_status add_texts(const json_reader *reader, ana_record *group, const char *key,
                            const ana_json *list)
{
    ana_status status = ANA_OK;
    const char **texts = NULL;
    size_t n = ana_json_count(list);
    ANA_TRY(ana_allocate(n, sizeof *texts, reader->name, &texts));
    for (size_t i = 0; i < n; i++) {
        texts[i] = ana_json_text(ana_json_at(list, i));
        if (texts[i] == NULL) {
            status = refuse(reader, key, "a list must hold texts alone");
            goto done;
        }
    }
    status = ana_record_add_texts(group, key, n, texts);
done:
    free(texts);
    return status;
}

static ana_status get_shape(const json_reader *reader, const char *key, const ana_json *node,
                            ana_shape *shape, size_t *size)
{
    const ana_json *list = ana_json_find(node, "shape");
    const ana_json *axes = ana_json_find(node, "axes");
    size_t n = list == NULL ? 0 : ana_json_count(list);
    if (n == 0 || n > ANA_RECORD_MAX_AXES || (axes != NULL && ana_json_count(axes) != n)) {
        return refuse(reader, key, "needs a \"shape\" of 1 to 4 sizes, and as many \"axes\"");
    }
    *shape = (ana_shape){.n_axes = n};
    *size = 1;
    for (size_t i = 0; i < n; i++) {
        int64_t length = ana_json_int(ana_json_at(list, i));
        if (ana_json_get_type(ana_json_at(list, i)) != ANA_JSON_INT || length < 0 ||
            !ana_multiply(*size, (size_t)length, size)) {
            return refuse(reader, key, "has a size that is none");
        }
        shape->n[i] = (size_t)length;
        shape->axis_names[i] = axes == NULL ? NULL : ana_json_text(ana_json_at(axes, i));
    }
    return ANA_OK;
}

/* An array being filled: *next is the place of the next element in C order. */
typedef struct filling {
    const json_reader *reader;
    const char *key;
    const ana_shape *shape;
    int64_t *ints;
    double *doubles;
    size_t next;
} filling;

static ana_status fill_element(filling *into, const ana_json *value)
{
    ana_json_type type = ana_json_get_type(value);
    if (into->ints != NULL) {
        if (type != ANA_JSON_INT) {
            return refuse(into->reader, into->key, "holds something that is no integer");
        }
        into->ints[into->next++] = ana_json_int(value);
        return ANA_OK;
    }
    if (type != ANA_JSON_INT && type != ANA_JSON_DOUBLE && type != ANA_JSON_NULL) {
        return refuse(into->reader, into->key, "holds something that is no number");
    }
    into->doubles[into->next++] = ana_json_double(value);
    return ANA_OK;
}

// NOLINTNEXTLINE(misc-no-recursion): at most ANA_RECORD_MAX_AXES deep
static ana_status fill(filling *into, const ana_json *list, size_t axis)
{
    if (list == NULL || ana_json_get_type(list) != ANA_JSON_LIST ||
        ana_json_count(list) != into->shape->n[axis]) {
        return refuse(into->reader, into->key, "\"values\" do not have the \"shape\"");
    }
    ana_status status = ANA_OK;
    for (size_t i = 0; i < into->shape->n[axis] && status == ANA_OK; i++) {
        const ana_json *value = ana_json_at(list, i);
        status = axis + 1 == into->shape->n_axes ? fill_element(into, value)
                                                 : fill(into, value, axis + 1);
    }
    return status;
}

/* Nulls whose place is listed are infinite. */
static ana_status fill_infinities(const json_reader *reader, const char *key, const ana_json *node,
                                  size_t size, double *doubles)
{
    static const char *const names[2] = {"inf", "-inf"};
    const ana_json *nonfinite = ana_json_find(node, "nonfinite");
    for (int sign = 0; nonfinite != NULL && sign < 2; sign++) {
        const ana_json *places = ana_json_find(nonfinite, names[sign]);
        for (size_t i = 0; places != NULL && i < ana_json_count(places); i++) {
            const ana_json *place = ana_json_at(places, i);
            int64_t at = ana_json_int(place);
            if (ana_json_get_type(place) != ANA_JSON_INT || at < 0 || (uint64_t)at >= size) {
                return refuse(reader, key, "\"nonfinite\" names a place outside the array");
            }
            doubles[at] = sign == 0 ? (double)INFINITY : -(double)INFINITY;
        }
    }
    return ANA_OK;
}

static ana_status read_values(const json_reader *reader, const char *key, const ana_json *node,
                              filling *into, size_t size)
{
    const char *file = ana_json_text(ana_json_find(node, "file"));
    if (file != NULL) {
        if (reader->read == NULL) {
            return refuse(reader, key, "names a \"file\", which only a folder's result.json may");
        }
        return into->ints != NULL
                   ? reader->read(reader->user, file, ANA_RECORD_INTS, into->shape, into->ints)
                   : reader->read(reader->user, file, ANA_RECORD_DOUBLES, into->shape,
                                  into->doubles);
    }
    ana_status status = fill(into, ana_json_find(node, "values"), 0);
    if (status == ANA_OK && into->doubles != NULL) {
        status = fill_infinities(reader, key, node, size, into->doubles);
    }
    return status;
}

static ana_status add_array(const json_reader *reader, ana_record *group, const char *key,
                            const ana_json *node, bool is_ints)
{
    ana_status status = ANA_OK;
    ana_shape shape = {0};
    size_t size = 0;
    filling into = {.reader = reader, .key = key, .shape = &shape};
    const char *unit = ana_json_text(ana_json_find(node, "unit"));
    ANA_TRY(get_shape(reader, key, node, &shape, &size));
    if (ana_json_find(node, "file") == NULL && size > reader->n_bytes) {
        status = refuse(reader, key, "\"shape\" has more elements than the text");
        goto done;
    }
    if (is_ints) {
        ANA_TRY(ana_allocate(size, sizeof(int64_t), reader->name, &into.ints));
    } else {
        ANA_TRY(ana_allocate(size, sizeof(double), reader->name, &into.doubles));
    }
    ANA_TRY(read_values(reader, key, node, &into, size));
    status = is_ints ? ana_record_add_ints(group, key, shape, into.ints, unit)
                     : ana_record_add_doubles(group, key, shape, into.doubles, unit);
done:
    free(into.ints);
    free(into.doubles);
    return status;
}

static ana_status add_number(const json_reader *reader, ana_record *group, const char *key,
                             const ana_json *node, bool is_int)
{
    const ana_json *value = ana_json_find(node, "value");
    const char *unit = ana_json_text(ana_json_find(node, "unit"));
    ana_json_type type = value == NULL ? ANA_JSON_TEXT : ana_json_get_type(value);
    if (is_int && type == ANA_JSON_INT) {
        return ana_record_add_int(group, key, ana_json_int(value), unit);
    }
    if (is_int || type == ANA_JSON_TEXT || type == ANA_JSON_BOOL || type == ANA_JSON_LIST ||
        type == ANA_JSON_OBJECT) {
        return refuse(reader, key, "has no \"value\" of its type");
    }
    double number = ana_json_double(value);
    const char *nonfinite = ana_json_text(ana_json_find(node, "nonfinite"));
    if (nonfinite != NULL) {
        number = nonfinite[0] == '-' ? -(double)INFINITY : (double)INFINITY;
    }
    return ana_record_add_double(group, key, number, unit);
}

static ana_status add_typed(const json_reader *reader, ana_record *group, const char *key,
                            const ana_json *node, const char *type)
{
    if (strcmp(type, "double") == 0 || strcmp(type, "int") == 0) {
        return add_number(reader, group, key, node, type[0] == 'i');
    }
    if (strcmp(type, "doubles") == 0 || strcmp(type, "ints") == 0) {
        return add_array(reader, group, key, node, type[0] == 'i');
    }
    return refuse(reader, key, "\"$type\" must be int, double, ints or doubles");
}

static ana_status read_group(const json_reader *reader, const ana_json *object, ana_record *group);

// NOLINTNEXTLINE(misc-no-recursion): ana_record_add_group ends it at ANA_RECORD_MAX_DEPTH
static ana_status add_member(const json_reader *reader, ana_record *group, const char *key,
                             const ana_json *value)
{
    switch (ana_json_get_type(value)) {
    case ANA_JSON_BOOL:
        return ana_record_add_bool(group, key, ana_json_bool(value));
    case ANA_JSON_INT:
        return ana_record_add_int(group, key, ana_json_int(value), NULL);
    case ANA_JSON_DOUBLE:
        return ana_record_add_double(group, key, ana_json_double(value), NULL);
    case ANA_JSON_TEXT:
        return ana_record_add_text(group, key, ana_json_text(value));
    case ANA_JSON_LIST:
        return add_texts(reader, group, key, value);
    case ANA_JSON_NULL:
        return refuse(reader, key, "is null, which is no value of a record");
    case ANA_JSON_OBJECT:
    default:
        break;
    }
    const char *type = ana_json_text(ana_json_find(value, "$type"));
    if (type != NULL) {
        return add_typed(reader, group, key, value, type);
    }
    ana_record *child = NULL;
    ana_hint hint = ana_hint_from_name(ana_json_text(ana_json_find(value, "$hint")));
    ana_status status = ana_record_add_group(group, key, hint, &child);
    return status == ANA_OK ? read_group(reader, value, child) : status;
}

// NOLINTNEXTLINE(misc-no-recursion): ana_record_add_group ends it at ANA_RECORD_MAX_DEPTH
static ana_status read_group(const json_reader *reader, const ana_json *object, ana_record *group)
{
    ana_json_member member = {0};
    while (ana_json_next(object, &member)) {
        const char *key = member.key;
        if (key[0] == '$') {
            key++;
            if (key[0] != '$') {
                continue;
            }
        }
        ana_status status = add_member(reader, group, key, member.value);
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}

ana_status ana_record_from_json(const char *name, const char *json, size_t n,
                                ana_record_array_read read, void *user, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_json *root = NULL;
    ana_record *record = NULL;
    json_reader reader = {.name = name, .n_bytes = n, .read = read, .user = user};
    ANA_TRY(ana_json_parse(name, json, n, &root));
    const char *schema = ana_json_text(ana_json_find(root, "$schema"));
    if (schema == NULL || strcmp(schema, ANA_RECORD_SCHEMA) != 0) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: is no record: \"$schema\" should be \"%s\"", name,
                          ANA_RECORD_SCHEMA);
        goto done;
    }
    ANA_TRY(ana_record_new(&record));
    record->hint = ana_hint_from_name(ana_json_text(ana_json_find(root, "$hint")));
    ANA_TRY(read_group(&reader, root, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    ana_json_free(root);
    return status;
}
