#include "support/reference_json.h"

#include "support/check.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Arrays handed out, kept until the file is closed. */
typedef struct handed_out {
    struct handed_out *next;
    union {
        double number;
        size_t size;
    } values[];
} handed_out;

struct reference {
    json_t *tree;
    handed_out *arrays;
    char name[128];
};

reference *reference_open(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/tests/reference/%s", ANA_SOURCE_DIR, name);
    json_error_t error;
    json_t *tree = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (tree == NULL) {
        fail_msg("%s:%d: %s", path, error.line, error.text);
    }
    reference *root = calloc(1, sizeof *root);
    assert_non_null(root);
    root->tree = tree;
    snprintf(root->name, sizeof root->name, "%s", name);
    return root;
}

void reference_close(reference *root)
{
    if (root == NULL) {
        return;
    }
    while (root->arrays != NULL) {
        handed_out *first = root->arrays;
        root->arrays = first->next;
        free(first);
    }
    json_decref(root->tree);
    free(root);
}

int open_maths_reference(void **state)
{
    *state = reference_open("maths.json");
    return 0;
}

int open_signal_reference(void **state)
{
    *state = reference_open("signal.json");
    return 0;
}

int close_reference(void **state)
{
    reference_close(*state);
    return 0;
}

static const json_t *find(const reference *root, const char *path)
{
    const json_t *node = root->tree;
    while (node != NULL && path[0] != '\0') {
        size_t n = strcspn(path, "/");
        char key[128];
        assert_true(n < sizeof key);
        memcpy(key, path, n);
        key[n] = '\0';
        node = json_object_get(node, key);
        path += n + (path[n] == '/');
    }
    return node;
}

static const json_t *get(const reference *root, const char *path)
{
    const json_t *node = find(root, path);
    if (node == NULL) {
        fail_msg("%s has no \"%s\"", root->name, path);
    }
    return node;
}

bool reference_has(const reference *root, const char *path)
{
    return find(root, path) != NULL;
}

static double number_of(const reference *root, const json_t *node, const char *path)
{
    if (json_is_number(node)) {
        return json_number_value(node);
    }
    const char *text = json_is_string(node) ? json_string_value(node) : "";
    if (strcmp(text, "nan") == 0) {
        return NAN;
    }
    if (strcmp(text, "inf") == 0 || strcmp(text, "-inf") == 0) {
        return text[0] == '-' ? -INFINITY : INFINITY;
    }
    fail_msg("%s: \"%s\" holds no number", root->name, path);
    return NAN;
}

static size_t size_of(const reference *root, const json_t *node, const char *path)
{
    if (!json_is_integer(node) || json_integer_value(node) < 0) {
        fail_msg("%s: \"%s\" holds no size", root->name, path);
    }
    return (size_t)json_integer_value(node);
}

double reference_number(const reference *root, const char *path)
{
    return number_of(root, get(root, path), path);
}

size_t reference_size(const reference *root, const char *path)
{
    return size_of(root, get(root, path), path);
}

const char *reference_text(const reference *root, const char *path)
{
    const char *text = json_string_value(get(root, path));
    if (text == NULL) {
        fail_msg("%s: \"%s\" is no text", root->name, path);
    }
    return text;
}

static const json_t *values_of(const reference *root, const char *path)
{
    const json_t *values = json_object_get(get(root, path), "values");
    if (!json_is_array(values)) {
        fail_msg("%s: \"%s\" is no array", root->name, path);
    }
    return values;
}

static handed_out *hand_out(reference *root, size_t n)
{
    handed_out *array = calloc(1, sizeof *array + (n + 1) * sizeof array->values[0]);
    assert_non_null(array);
    array->next = root->arrays;
    root->arrays = array;
    return array;
}

const double *reference_doubles(reference *root, const char *path, size_t *n)
{
    const json_t *values = values_of(root, path);
    size_t count = json_array_size(values);
    handed_out *array = hand_out(root, count);
    for (size_t i = 0; i < count; i++) {
        array->values[i].number = number_of(root, json_array_get(values, i), path);
    }
    if (n != NULL) {
        *n = count;
    }
    return &array->values[0].number;
}

const size_t *reference_sizes(reference *root, const char *path, size_t *n)
{
    const json_t *values = values_of(root, path);
    size_t count = json_array_size(values);
    handed_out *array = hand_out(root, count);
    for (size_t i = 0; i < count; i++) {
        array->values[i].size = size_of(root, json_array_get(values, i), path);
    }
    if (n != NULL) {
        *n = count;
    }
    return &array->values[0].size;
}

size_t reference_axis(const reference *root, const char *path, size_t axis)
{
    const json_t *shape = json_object_get(get(root, path), "shape");
    if (!json_is_array(shape) || axis >= json_array_size(shape)) {
        fail_msg("%s: \"%s\" has no axis %zu", root->name, path, axis);
    }
    return size_of(root, json_array_get(shape, axis), path);
}

size_t reference_count(const reference *root, const char *path)
{
    const json_t *node = get(root, path);
    assert_true(json_is_object(node));
    return json_object_size(node);
}

const char *reference_key(const reference *root, const char *path, size_t i)
{
    void *member = json_object_iter((json_t *)(uintptr_t)get(root, path));
    for (size_t at = 0; member != NULL && at < i; at++) {
        member = json_object_iter_next((json_t *)(uintptr_t)get(root, path), member);
    }
    if (member == NULL) {
        fail_msg("%s: \"%s\" has no member %zu", root->name, path, i);
    }
    return json_object_iter_key(member);
}
