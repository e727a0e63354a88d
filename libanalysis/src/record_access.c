#include <analysis/record.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The child whose name is the n bytes of `name`, or NULL. */
static const ana_record *find_child(const ana_record *group, const char *name, size_t n)
{
    for (size_t i = 0; i < group->n_children; i++) {
        const char *child = group->children[i]->name;
        if (strlen(child) == n && memcmp(child, name, n) == 0) {
            return group->children[i];
        }
    }
    return NULL;
}

const ana_record *ana_record_find(const ana_record *group, const char *path)
{
    const ana_record *node = group;
    while (node != NULL && path[0] != '\0') {
        size_t n = strcspn(path, "/");
        node = find_child(node, path, n);
        path += n;
        path += path[0] == '/' ? 1 : 0;
    }
    return node;
}

static ana_status expected(const char *path, const ana_record *node, const char *what)
{
    return ana_fail(ANA_ERR_FORMAT, "record: \"%s\" %s %s", path,
                    node == NULL ? "is not there; expected" : "should be", what);
}

ana_status ana_record_get_double(const ana_record *group, const char *path, double *out)
{
    const ana_record *node = ana_record_find(group, path);
    if (node != NULL && node->type == ANA_RECORD_DOUBLE) {
        *out = node->number;
        return ANA_OK;
    }
    if (node != NULL && node->type == ANA_RECORD_INT) {
        *out = (double)node->integer;
        return ANA_OK;
    }
    return expected(path, node, "a number");
}

ana_status ana_record_get_size(const ana_record *group, const char *path, size_t *out)
{
    const ana_record *node = ana_record_find(group, path);
    if (node == NULL || node->type != ANA_RECORD_INT || node->integer < 0) {
        return expected(path, node, "an integer of at least 0");
    }
    *out = (size_t)node->integer;
    return ANA_OK;
}

ana_status ana_record_get_text(const ana_record *group, const char *path, const char **out)
{
    const ana_record *node = ana_record_find(group, path);
    if (node == NULL || node->type != ANA_RECORD_TEXT) {
        return expected(path, node, "a text");
    }
    *out = node->text;
    return ANA_OK;
}

/* The node holds an array of that shape, in which the zeros are filled in. */
static ana_status match_shape(const ana_record *node, const char *path, ana_shape *shape)
{
    if (node->n_axes != shape->n_axes) {
        return ana_fail(ANA_ERR_FORMAT, "record: \"%s\" should have %zu axes, it has %zu", path,
                        shape->n_axes, node->n_axes);
    }
    for (size_t i = 0; i < shape->n_axes; i++) {
        if (shape->n[i] != 0 && shape->n[i] != node->shape[i]) {
            return ana_fail(ANA_ERR_FORMAT,
                            "record: axis %zu of \"%s\" should be %zu long, it is %zu", i, path,
                            shape->n[i], node->shape[i]);
        }
    }
    for (size_t i = 0; i < shape->n_axes; i++) {
        shape->n[i] = node->shape[i];
    }
    return ANA_OK;
}

ana_status ana_record_get_doubles(const ana_record *group, const char *path, ana_shape *shape,
                                  const double **out)
{
    const ana_record *node = ana_record_find(group, path);
    if (node == NULL || node->type != ANA_RECORD_DOUBLES) {
        return expected(path, node, "an array of doubles");
    }
    ana_status status = match_shape(node, path, shape);
    if (status == ANA_OK) {
        *out = node->doubles;
    }
    return status;
}

ana_status ana_record_get_ints(const ana_record *group, const char *path, ana_shape *shape,
                               const int64_t **out)
{
    const ana_record *node = ana_record_find(group, path);
    if (node == NULL || node->type != ANA_RECORD_INTS) {
        return expected(path, node, "an array of integers");
    }
    ana_status status = match_shape(node, path, shape);
    if (status == ANA_OK) {
        *out = node->ints;
    }
    return status;
}

ana_status ana_record_get_bool(const ana_record *group, const char *path, bool *out)
{
    const ana_record *node = ana_record_find(group, path);
    if (node == NULL || node->type != ANA_RECORD_BOOL) {
        return expected(path, node, "true or false");
    }
    *out = node->boolean;
    return ANA_OK;
}

ana_status ana_record_get_texts(const ana_record *group, const char *path, size_t *n,
                                const char *const **out)
{
    const ana_record *node = ana_record_find(group, path);
    if (node == NULL || node->type != ANA_RECORD_TEXTS) {
        return expected(path, node, "an array of texts");
    }
    ana_shape shape = ana_shape_1(*n, NULL);
    ana_status status = match_shape(node, path, &shape);
    if (status == ANA_OK) {
        *n = shape.n[0];
        *out = (const char *const *)node->texts;
    }
    return status;
}

size_t ana_record_size(const ana_record *node)
{
    size_t size = 1;
    for (size_t i = 0; i < node->n_axes; i++) {
        size *= node->shape[i];
    }
    return size;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The same bits, or both NaN. */
static bool same_double(double a, double b)
{
    return (isnan(a) && isnan(b)) || (a == b && signbit(a) == signbit(b));
}

static bool same_doubles(size_t n, const double *a, const double *b)
{
    for (size_t i = 0; i < n; i++) {
        if (!same_double(a[i], b[i])) {
            return false;
        }
    }
    return true;
}

static bool same_texts(size_t n, char *const *a, char *const *b)
{
    for (size_t i = 0; i < n; i++) {
        if (!same_text(a[i], b[i])) {
            return false;
        }
    }
    return true;
}

static bool same_shape(const ana_record *a, const ana_record *b)
{
    if (a->n_axes != b->n_axes) {
        return false;
    }
    for (size_t i = 0; i < a->n_axes; i++) {
        if (a->shape[i] != b->shape[i] || !same_text(a->axis_names[i], b->axis_names[i])) {
            return false;
        }
    }
    return true;
}

static bool same_value(const ana_record *a, const ana_record *b)
{
    const size_t n = ana_record_size(a);
    switch (a->type) {
    case ANA_RECORD_GROUP:
        return a->hint == b->hint && a->n_children == b->n_children;
    case ANA_RECORD_BOOL:
        return a->boolean == b->boolean;
    case ANA_RECORD_INT:
        return a->integer == b->integer;
    case ANA_RECORD_DOUBLE:
        return same_double(a->number, b->number);
    case ANA_RECORD_TEXT:
        return same_text(a->text, b->text);
    case ANA_RECORD_INTS:
        return n == 0 || memcmp(a->ints, b->ints, n * sizeof *a->ints) == 0;
    case ANA_RECORD_DOUBLES:
        return same_doubles(n, a->doubles, b->doubles);
    case ANA_RECORD_TEXTS:
        return same_texts(n, a->texts, b->texts);
    }
    return false;
}

static bool same_node(const ana_record *a, const ana_record *b)
{
    return a->type == b->type && same_text(a->name, b->name) && same_text(a->unit, b->unit) &&
           same_shape(a, b) && same_value(a, b);
}

/* Path of `node` below `root`, names joined by '/'. Only as much as fits. */
static void write_path(const ana_record *root, const ana_record *node, char *path, size_t size)
{
    const ana_record *line[ANA_RECORD_MAX_DEPTH + 2];
    size_t depth = 0;
    for (; node != root && depth < sizeof line / sizeof(ana_record *); node = node->parent) {
        line[depth++] = node;
    }
    size_t used = 0;
    if (size > 0) {
        path[0] = '\0';
    }
    while (depth > 0 && used < size) {
        const char *name = line[--depth]->name;
        int n = snprintf(path + used, size - used, "%s%s", used > 0 ? "/" : "", name);
        used += n > 0 ? (size_t)n : 0;
    }
}

/* The node that differs first in the order of the tree, or NULL. */
// NOLINTNEXTLINE(misc-no-recursion): a record is at most ANA_RECORD_MAX_DEPTH deep
static const ana_record *first_difference(const ana_record *a, const ana_record *b)
{
    if (!same_node(a, b)) {
        return a;
    }
    for (size_t i = 0; i < a->n_children; i++) {
        const ana_record *different = first_difference(a->children[i], b->children[i]);
        if (different != NULL) {
            return different;
        }
    }
    return NULL;
}

bool ana_record_equal(const ana_record *a, const ana_record *b, char *where, size_t size)
{
    const ana_record *different = first_difference(a, b);
    if (different == NULL) {
        return true;
    }
    write_path(a, different, where, size);
    return false;
}
