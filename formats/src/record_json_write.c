#include "json.h"
#include "record_files.h"
#include "try.h"

#include <analysis/formats/record_io.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct json_writer {
    ana_text *text;
    ana_record_array_write write;
    void *user;
    ana_status status; /* the first failure; then nothing more is written */
} json_writer;

static void put(json_writer *writer, const char *piece)
{
    ana_text_append(writer->text, piece);
}

static void put_text(json_writer *writer, const char *value)
{
    if (!ana_text_is_utf8(value, strlen(value)) && writer->status == ANA_OK) {
        writer->status = ana_fail(ANA_ERR_VALUE,
                                  "record: a text is not UTF-8 and cannot be saved: \"%s\"", value);
    }
    ana_json_append_text(writer->text, value);
}

static void put_line(json_writer *writer, size_t depth)
{
    put(writer, "\n");
    for (size_t i = 0; i < depth; i++) {
        put(writer, "  ");
    }
}

/* Always with a point or an exponent, so that it reads back as a double. */
static void put_double(json_writer *writer, double value)
{
    char digits[32];
    if (!isfinite(value)) {
        put(writer, "null");
        return;
    }
    ana_format_double(value, digits);
    put(writer, digits);
    if (strpbrk(digits, ".e") == NULL) {
        put(writer, ".0");
    }
}

static void put_element(json_writer *writer, const ana_record *array, size_t i)
{
    if (array->type == ANA_RECORD_INTS) {
        ana_text_printf(writer->text, "%lld", (long long)array->ints[i]);
    } else {
        put_double(writer, array->doubles[i]);
    }
}

/* Rows within rows; the innermost on one line. */
// NOLINTNEXTLINE(misc-no-recursion): at most ANA_RECORD_MAX_AXES deep
static void put_values(json_writer *writer, const ana_record *array, size_t axis, size_t first,
                       size_t depth)
{
    size_t inner = 1;
    for (size_t i = axis + 1; i < array->n_axes; i++) {
        inner *= array->shape[i];
    }
    bool is_row = axis + 1 == array->n_axes;
    const size_t n = axis < ANA_RECORD_MAX_AXES ? array->shape[axis] : 0; /* always within */
    put(writer, "[");
    for (size_t i = 0; i < n; i++) {
        put(writer, i == 0 ? "" : is_row ? ", " : ",");
        if (is_row) {
            put_element(writer, array, first + i);
        } else {
            put_line(writer, depth + 1);
            put_values(writer, array, axis + 1, first + i * inner, depth + 1);
        }
    }
    put(writer, "]");
}

/* ", "nonfinite": {"inf": [...], "-inf": [...]}" where there are infinities. */
static void put_nonfinite(json_writer *writer, size_t n, const double *values)
{
    static const char *const names[2] = {"inf", "-inf"};
    bool opened = false;
    for (int sign = 0; sign < 2; sign++) {
        bool named = false;
        for (size_t i = 0; i < n; i++) {
            if (!isinf(values[i]) || (values[i] < 0.0) != (sign == 1)) {
                continue;
            }
            if (!named) {
                ana_text_printf(writer->text, "%s\"%s\": [%zu",
                                opened ? "], " : ", \"nonfinite\": {", names[sign], i);
            } else {
                ana_text_printf(writer->text, ", %zu", i);
            }
            named = true;
            opened = true;
        }
    }
    put(writer, opened ? "]}" : "");
}

static void put_unit(json_writer *writer, const ana_record *node)
{
    if (node->unit != NULL) {
        put(writer, ", \"unit\": ");
        put_text(writer, node->unit);
    }
}

static void put_axes(json_writer *writer, const ana_record *array)
{
    bool named = false;
    put(writer, ", \"shape\": [");
    for (size_t i = 0; i < array->n_axes; i++) {
        ana_text_printf(writer->text, i == 0 ? "%zu" : ", %zu", array->shape[i]);
        named = named || array->axis_names[i] != NULL;
    }
    put(writer, "]");
    for (size_t i = 0; named && i < array->n_axes; i++) {
        put(writer, i == 0 ? ", \"axes\": [" : ", ");
        if (array->axis_names[i] != NULL) {
            put_text(writer, array->axis_names[i]);
        } else {
            put(writer, "null");
        }
    }
    put(writer, named ? "]" : "");
}

static void put_array(json_writer *writer, const ana_record *array, size_t depth)
{
    put(writer,
        array->type == ANA_RECORD_INTS ? "{\"$type\": \"ints\"" : "{\"$type\": \"doubles\"");
    put_axes(writer, array);
    put_unit(writer, array);
    if (writer->write != NULL) {
        char *name = NULL;
        if (writer->status == ANA_OK) {
            writer->status = writer->write(writer->user, array, &name);
        }
        put(writer, ", \"file\": ");
        put_text(writer, name != NULL ? name : "");
        free(name);
    } else {
        put(writer, ", \"values\": ");
        put_values(writer, array, 0, 0, depth);
        if (array->type == ANA_RECORD_DOUBLES) {
            put_nonfinite(writer, ana_record_size(array), array->doubles);
        }
    }
    put(writer, "}");
}

static void put_number(json_writer *writer, const ana_record *node)
{
    bool is_int = node->type == ANA_RECORD_INT;
    bool is_plain = node->unit == NULL && (is_int || isfinite(node->number));
    if (!is_plain) {
        put(writer,
            is_int ? "{\"$type\": \"int\", \"value\": " : "{\"$type\": \"double\", \"value\": ");
    }
    if (is_int) {
        ana_text_printf(writer->text, "%lld", (long long)node->integer);
    } else {
        put_double(writer, node->number);
        if (isinf(node->number)) {
            put(writer,
                node->number > 0.0 ? ", \"nonfinite\": \"inf\"" : ", \"nonfinite\": \"-inf\"");
        }
    }
    if (!is_plain) {
        put_unit(writer, node);
        put(writer, "}");
    }
}

static void put_texts(json_writer *writer, const ana_record *array, size_t depth)
{
    size_t n = ana_record_size(array);
    put(writer, "[");
    for (size_t i = 0; i < n; i++) {
        put(writer, i == 0 ? "" : ",");
        put_line(writer, depth + 1);
        put_text(writer, array->texts[i]);
    }
    put(writer, "]");
}

static void put_group(json_writer *writer, const ana_record *group, size_t depth);

// NOLINTNEXTLINE(misc-no-recursion): at most ANA_RECORD_MAX_DEPTH deep
static void put_node(json_writer *writer, const ana_record *node, size_t depth)
{
    switch (node->type) {
    case ANA_RECORD_GROUP:
        put_group(writer, node, depth);
        break;
    case ANA_RECORD_BOOL:
        put(writer, node->boolean ? "true" : "false");
        break;
    case ANA_RECORD_INT:
    case ANA_RECORD_DOUBLE:
        put_number(writer, node);
        break;
    case ANA_RECORD_TEXT:
        put_text(writer, node->text);
        break;
    case ANA_RECORD_INTS:
    case ANA_RECORD_DOUBLES:
        put_array(writer, node, depth);
        break;
    case ANA_RECORD_TEXTS:
        put_texts(writer, node, depth);
        break;
    default:
        break;
    }
}

static void put_key(json_writer *writer, const char *name, bool *first, size_t depth)
{
    put(writer, *first ? "" : ",");
    put_line(writer, depth + 1);
    put_text(writer, name);
    put(writer, ": ");
    *first = false;
}

// NOLINTNEXTLINE(misc-no-recursion): at most ANA_RECORD_MAX_DEPTH deep
static void put_group(json_writer *writer, const ana_record *group, size_t depth)
{
    bool first = true;
    put(writer, "{");
    if (depth == 0) {
        put_key(writer, "$schema", &first, depth);
        put_text(writer, ANA_RECORD_SCHEMA);
    }
    if (group->hint != ANA_HINT_NONE) {
        put_key(writer, "$hint", &first, depth);
        put_text(writer, ana_hint_name(group->hint));
    }
    for (size_t i = 0; i < group->n_children && writer->status == ANA_OK; i++) {
        const ana_record *child = group->children[i];
        ana_text name = {0};
        ana_text_append(&name, child->name[0] == '$' ? "$" : "");
        ana_text_append(&name, child->name);
        put_key(writer, name.failed ? "" : name.bytes, &first, depth);
        writer->text->failed = writer->text->failed || name.failed;
        ana_text_release(&name);
        put_node(writer, child, depth + 1);
    }
    if (!first) {
        put_line(writer, depth);
    }
    put(writer, "}");
}

ana_status ana_record_append_json(const ana_record *record, ana_record_array_write write,
                                  void *user, ana_text *text)
{
    json_writer writer = {.text = text, .write = write, .user = user, .status = ANA_OK};
    if (record->type != ANA_RECORD_GROUP) {
        return ana_fail(ANA_ERR_VALUE, "record: only a group can be saved, and \"%s\" is none",
                        record->name);
    }
    put_group(&writer, record, 0);
    put(&writer, "\n");
    return writer.status != ANA_OK ? writer.status : ana_text_check(text, "record as JSON");
}

ana_status ana_record_to_json(const ana_record *record, char **out)
{
    ana_text text = {0};
    ana_status status = ana_record_append_json(record, NULL, NULL, &text);
    if (status != ANA_OK) {
        ana_text_release(&text);
        return status;
    }
    *out = text.bytes;
    return ANA_OK;
}
