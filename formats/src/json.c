#include "json.h"

#include "outside.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

/* An ana_json is a json_t under a name of ours, so that jansson's header stays in this file. */
static json_t *given(const ana_json *value)
{
    union {
        const ana_json *ours;
        json_t *theirs;
    } same = {.ours = value};
    return same.theirs;
}

static ana_json *ours(json_t *value)
{
    union {
        json_t *theirs;
        ana_json *ours;
    } same = {.theirs = value};
    return same.ours;
}

ana_status ana_json_parse(const char *name, const char *text, size_t n, ana_json **out)
{
    json_error_t error;
    *out = NULL;
    json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (root == NULL) {
        if (json_error_code(&error) == json_error_out_of_memory) {
            return ana_fail(ANA_ERR_MEMORY, "%s: no memory for its JSON", name);
        }
        return ana_fail(ANA_ERR_FORMAT, "%s: line %d, column %d: %s", name, error.line,
                        error.column, error.text);
    }
    *out = ours(root);
    return ANA_OK;
}

void ana_json_free(ana_json *root)
{
    json_decref(given(root));
}

ana_json_type ana_json_get_type(const ana_json *value)
{
    switch (json_typeof(given(value))) {
    case JSON_OBJECT:
        return ANA_JSON_OBJECT;
    case JSON_ARRAY:
        return ANA_JSON_LIST;
    case JSON_STRING:
        return ANA_JSON_TEXT;
    case JSON_INTEGER:
        return ANA_JSON_INT;
    case JSON_REAL:
        return ANA_JSON_DOUBLE;
    case JSON_TRUE:
    case JSON_FALSE:
        return ANA_JSON_BOOL;
    case JSON_NULL:
    default:
        return ANA_JSON_NULL;
    }
}

bool ana_json_bool(const ana_json *value)
{
    return json_is_true(given(value));
}

int64_t ana_json_int(const ana_json *value)
{
    return json_integer_value(given(value));
}

double ana_json_double(const ana_json *value)
{
    return json_is_number(given(value)) ? json_number_value(given(value)) : (double)NAN;
}

const char *ana_json_text(const ana_json *value)
{
    return json_string_value(given(value));
}

size_t ana_json_count(const ana_json *value)
{
    return json_is_array(given(value)) ? json_array_size(given(value))
                                       : json_object_size(given(value));
}

const ana_json *ana_json_at(const ana_json *list, size_t i)
{
    return ours(json_array_get(given(list), i));
}

const ana_json *ana_json_find(const ana_json *object, const char *key)
{
    return ours(json_object_get(given(object), key));
}

bool ana_json_next(const ana_json *object, ana_json_member *member)
{
    json_t *from = given(object);
    member->place =
        member->place == NULL ? json_object_iter(from) : json_object_iter_next(from, member->place);
    if (member->place == NULL) {
        return false;
    }
    member->key = json_object_iter_key(member->place);
    member->value = ours(json_object_iter_value(member->place));
    return true;
}

void ana_json_append_text(ana_text *text, const char *value)
{
    static const char digits[] = "0123456789abcdef";
    ana_text_append_bytes(text, "\"", 1);
    for (const char *from = value; *from != '\0';) {
        size_t plain = 0;
        while ((unsigned char)from[plain] >= 0x20 && from[plain] != '"' && from[plain] != '\\') {
            plain++;
        }
        ana_text_append_bytes(text, from, plain);
        from += plain;
        unsigned char c = (unsigned char)*from;
        if (c == '\0') {
            break;
        }
        if (c == '"' || c == '\\') {
            char escaped[2] = {'\\', (char)c};
            ana_text_append_bytes(text, escaped, 2);
        } else {
            char escaped[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
            ana_text_append_bytes(text, escaped, 6);
        }
        from++;
    }
    ana_text_append_bytes(text, "\"", 1);
}

const char *ana_outside_jansson(void)
{
    return jansson_version_str();
}
