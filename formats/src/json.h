/** JSON read from text: a tree to look at, never to change. */
#ifndef ANALYSIS_FORMATS_JSON_H
#define ANALYSIS_FORMATS_JSON_H

#include "text.h"

/** A value; what it holds is borrowed from the root. */
typedef struct ana_json ana_json;

typedef enum ana_json_type {
    ANA_JSON_NULL,
    ANA_JSON_BOOL,
    ANA_JSON_INT,
    ANA_JSON_DOUBLE,
    ANA_JSON_TEXT,
    ANA_JSON_LIST,
    ANA_JSON_OBJECT
} ana_json_type;

/** Parse the n bytes of `text`. ANA_ERR_FORMAT "name: line 7, column 3: ..." for what is no JSON,
 *  names a key twice, or nests deeper than 2,048. Freed by ana_json_free. */
ANA_USE_RESULT ana_status ana_json_parse(const char *name, const char *text, size_t n,
                                         ana_json **out);
void ana_json_free(ana_json *root);

ana_json_type ana_json_get_type(const ana_json *value);
/** The value, or false, 0, NaN, NULL when it is of another type. A double may be an integer. */
bool ana_json_bool(const ana_json *value);
int64_t ana_json_int(const ana_json *value);
double ana_json_double(const ana_json *value);
const char *ana_json_text(const ana_json *value);

/** Elements of a list or members of an object; else 0. */
size_t ana_json_count(const ana_json *value);
/** The i-th element of a list; NULL beyond its end. */
const ana_json *ana_json_at(const ana_json *list, size_t i);
/** The member of that name; NULL when there is none, or `object` is none or NULL. */
const ana_json *ana_json_find(const ana_json *object, const char *key);

/** One member of an object. Zeroed to begin with; false after the last, in the text's order. */
typedef struct ana_json_member {
    const char *key;
    const ana_json *value;
    void *place;
} ana_json_member;
bool ana_json_next(const ana_json *object, ana_json_member *member);

/** Append `value` as a JSON string with its quotes. `value` is UTF-8. */
void ana_json_append_text(ana_text *text, const char *value);

#endif
