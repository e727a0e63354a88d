#include "try.h"

#include <analysis/record.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What may stand in an array of a hinted group. */
typedef enum hint_element {
    NUMBERS,
    INTEGERS,
    TEXTS
} hint_element;

/* One array of a hint. `shape` has a letter for each axis (the same letter, the same length; 2 and
 * 3 are these numbers), and alternatives behind '|'; "=y" is the shape of the sibling y. Integers
 * with an `index` are places on the axis of that letter, where its length is known. */
typedef struct hint_part {
    const char *name;
    hint_element element;
    const char *shape;
    bool needed;
    char index;
} hint_part;

#define MAX_PARTS 10

static const hint_part parts_of_hint[][MAX_PARTS] = {
    [ANA_HINT_NONE] = {{NULL, NUMBERS, NULL, false, 0}},
    [ANA_HINT_LINE] = {{"y", NUMBERS, "n|ln", true, 0},
                       {"x", NUMBERS, "n", false, 0},
                       {"low", NUMBERS, "=y", false, 0},
                       {"high", NUMBERS, "=y", false, 0},
                       {"labels", TEXTS, "l", false, 0},
                       {"span_labels", TEXTS, "k", false, 0},
                       {"span_start", NUMBERS, "s", false, 0},
                       {"span_stop", NUMBERS, "s", false, 0},
                       {"span_kind", INTEGERS, "s", false, 'k'}},
    [ANA_HINT_HEAT_MAP] = {{"values", NUMBERS, "rc", true, 0},
                           {"x", NUMBERS, "c", false, 0},
                           {"y", NUMBERS, "r", false, 0},
                           {"range", NUMBERS, "2", false, 0},
                           {"row_labels", TEXTS, "r", false, 0},
                           {"column_labels", TEXTS, "c", false, 0}},
    [ANA_HINT_RASTER] = {{"row_labels", TEXTS, "r", false, 0},
                         {"times", NUMBERS, "n", true, 0},
                         {"rows", INTEGERS, "n", true, 'r'}},
    [ANA_HINT_BARS] = {{"values", NUMBERS, "n|gn", true, 0},
                       {"low", NUMBERS, "=values", false, 0},
                       {"high", NUMBERS, "=values", false, 0},
                       {"band", NUMBERS, "2", false, 0},
                       {"labels", TEXTS, "n", false, 0},
                       {"group_labels", TEXTS, "g", false, 0}},
    [ANA_HINT_RIBBON] = {{"state_labels", TEXTS, "s", false, 0},
                         {"posterior", NUMBERS, "sn", false, 0},
                         {"start", NUMBERS, "m", true, 0},
                         {"stop", NUMBERS, "m", true, 0},
                         {"state", INTEGERS, "m", true, 's'},
                         {"x", NUMBERS, "n", false, 0},
                         {"row_labels", TEXTS, "r", false, 0},
                         {"times", NUMBERS, "k", false, 0},
                         {"rows", INTEGERS, "k", false, 'r'}},
    [ANA_HINT_GRAPH] = {{"labels", TEXTS, "v", false, 0},
                        {"position", NUMBERS, "v2", false, 0},
                        {"group", INTEGERS, "v", false, 0},
                        {"from", INTEGERS, "m", true, 'v'},
                        {"to", INTEGERS, "m", true, 'v'},
                        {"weight", NUMBERS, "m", true, 0}},
    [ANA_HINT_MATRIX_GROUPS] = {{"group_labels", TEXTS, "g", false, 0},
                                {"values", NUMBERS, "nn", true, 0},
                                {"group", INTEGERS, "n", true, 'g'},
                                {"labels", TEXTS, "n", false, 0}},
    [ANA_HINT_TOPOGRAPHY] = {{"values", NUMBERS, "n", true, 0},
                             {"position", NUMBERS, "n2|n3", true, 0},
                             {"range", NUMBERS, "2", false, 0},
                             {"labels", TEXTS, "n", false, 0}},
    [ANA_HINT_VIOLIN] = {{"group_labels", TEXTS, "g", false, 0},
                         {"values", NUMBERS, "n", true, 0},
                         {"group", INTEGERS, "n", true, 'g'}},
    [ANA_HINT_TABLE] = {{NULL, NUMBERS, NULL, false, 0}},
};

/* Lengths that letters were bound to so far, +1; 0: not yet. */
typedef struct axis_lengths {
    size_t of[128];
} axis_lengths;

static bool holds(const ana_record *node, hint_element element)
{
    switch (element) {
    case NUMBERS:
        return node->type == ANA_RECORD_DOUBLES || node->type == ANA_RECORD_INTS;
    case INTEGERS:
        return node->type == ANA_RECORD_INTS;
    case TEXTS:
        return node->type == ANA_RECORD_TEXTS;
    }
    return false;
}

static const char *element_name(hint_element element)
{
    static const char *const names[] = {"numbers", "integers", "texts"};
    return names[element];
}

static bool same_axes(const ana_record *a, const ana_record *b)
{
    return a->n_axes == b->n_axes && memcmp(a->shape, b->shape, a->n_axes * sizeof *a->shape) == 0;
}

/* Whether the axes are as the n letters of `letters`, which are then bound to their lengths. */
static bool axes_fit(const ana_record *node, const char *letters, size_t n, axis_lengths *lengths)
{
    if (node->n_axes != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        size_t *bound = &lengths->of[(unsigned char)letters[i]];
        size_t length = node->shape[i];
        if (letters[i] >= '0' && letters[i] <= '9') {
            if (length != (size_t)(letters[i] - '0')) {
                return false;
            }
        } else if (*bound != 0 && *bound != length + 1) {
            return false;
        } else {
            *bound = length + 1;
        }
    }
    return true;
}

static bool shape_fits(const ana_record *group, const ana_record *node, const char *shape,
                       axis_lengths *lengths)
{
    if (shape[0] == '=') {
        const ana_record *sibling = ana_record_find(group, shape + 1);
        return sibling != NULL && same_axes(node, sibling);
    }
    for (;;) {
        size_t n = strcspn(shape, "|");
        axis_lengths trial = *lengths;
        if (axes_fit(node, shape, n, &trial)) {
            *lengths = trial;
            return true;
        }
        if (shape[n] == '\0') {
            return false;
        }
        shape += n + 1;
    }
}

/* Integers that are places on an axis: 0 ... length - 1 where the length is known, else >= 0. */
static ana_status check_places(const ana_record *group, const ana_record *node, size_t bound)
{
    const size_t n = ana_record_size(node);
    for (size_t i = 0; i < n; i++) {
        if (node->ints[i] < 0 || (bound != 0 && (uint64_t)node->ints[i] >= bound - 1)) {
            return ana_fail(ANA_ERR_VALUE,
                            "record: %s \"%s\": element %zu of \"%s\" is %" PRId64
                            ", which is no place in its list",
                            ana_hint_name(group->hint), group->name, i, node->name, node->ints[i]);
        }
    }
    return ANA_OK;
}

static ana_status check_part(const ana_record *group, const hint_part *part, axis_lengths *lengths)
{
    const ana_record *node = ana_record_find(group, part->name);
    const char *hint = ana_hint_name(group->hint);
    if (node == NULL) {
        return part->needed ? ana_fail(ANA_ERR_VALUE, "record: %s \"%s\" lacks \"%s\"", hint,
                                       group->name, part->name)
                            : ANA_OK;
    }
    if (!holds(node, part->element)) {
        return ana_fail(ANA_ERR_VALUE, "record: %s \"%s\": \"%s\" should be an array of %s", hint,
                        group->name, part->name, element_name(part->element));
    }
    if (!shape_fits(group, node, part->shape, lengths)) {
        return ana_fail(ANA_ERR_SHAPE,
                        "record: %s \"%s\": the shape of \"%s\" does not fit the other arrays (%s)",
                        hint, group->name, part->name, part->shape);
    }
    return part->index != 0 ? check_places(group, node, lengths->of[(unsigned char)part->index])
                            : ANA_OK;
}

/* A table's arrays are columns of one length. */
static ana_status check_columns(const ana_record *group)
{
    const ana_record *first = NULL;
    for (size_t i = 0; i < group->n_children; i++) {
        const ana_record *node = group->children[i];
        if (!holds(node, NUMBERS) && !holds(node, TEXTS)) {
            continue;
        }
        if (node->n_axes != 1 || (first != NULL && node->shape[0] != first->shape[0])) {
            return ana_fail(ANA_ERR_SHAPE,
                            "record: table \"%s\": column \"%s\" is not as long as the first",
                            group->name, node->name);
        }
        first = first != NULL ? first : node;
    }
    return ANA_OK;
}

static ana_status check_group(const ana_record *group)
{
    ana_status status = ANA_OK;
    axis_lengths lengths = {{0}};
    if (group->hint == ANA_HINT_TABLE) {
        return check_columns(group);
    }
    for (size_t i = 0; i < MAX_PARTS && parts_of_hint[group->hint][i].name != NULL; i++) {
        ANA_TRY(check_part(group, &parts_of_hint[group->hint][i], &lengths));
    }
done:
    return status;
}

// NOLINTNEXTLINE(misc-no-recursion): a record is at most ANA_RECORD_MAX_DEPTH deep
ana_status ana_record_check(const ana_record *record)
{
    if (record->type != ANA_RECORD_GROUP) {
        return ANA_OK;
    }
    ana_status status = check_group(record);
    for (size_t i = 0; i < record->n_children && status == ANA_OK; i++) {
        status = ana_record_check(record->children[i]);
    }
    return status;
}
