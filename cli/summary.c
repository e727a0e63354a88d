#include "summary.h"

#include <analysis/formats/record_io.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers on a terminal: six digits say enough, and --json has all of them. */
static void print_number(double value)
{
    printf("%.6g", value);
}

static void print_unit(const ana_record *node)
{
    if (node->unit != NULL) {
        printf(" %s", node->unit);
    }
}

static void print_shape(const ana_record *node)
{
    if (ana_record_size(node) == 0) {
        printf("none");
        return;
    }
    printf("[");
    for (size_t i = 0; i < node->n_axes; i++) {
        printf("%s%zu%s%s", i > 0 ? " x " : "", node->shape[i],
               node->axis_names[i] != NULL ? " " : "",
               node->axis_names[i] != NULL ? node->axis_names[i] : "");
    }
    printf("]");
}

static void print_element(const ana_record *node, size_t i)
{
    if (node->type == ANA_RECORD_DOUBLES) {
        print_number(node->doubles[i]);
    } else if (node->type == ANA_RECORD_INTS) {
        printf("%lld", (long long)node->ints[i]);
    } else {
        printf("%s", node->texts[i] != NULL ? node->texts[i] : "");
    }
}

static void print_array(const ana_record *node, int indent)
{
    enum {
        MAX_COLUMNS = 12,
        MAX_ROWS = 12
    };
    size_t columns = node->n_axes > 0 ? node->shape[node->n_axes - 1] : 1;
    size_t n = ana_record_size(node);
    size_t rows = columns > 0 ? n / columns : 0;
    if (node->n_axes > 2 || columns > MAX_COLUMNS || rows > MAX_ROWS || n == 0) {
        print_shape(node);
        print_unit(node);
        putchar('\n');
        return;
    }
    for (size_t r = 0; r < rows; r++) {
        if (rows > 1) {
            printf("\n%*s", indent + 2, "");
        }
        for (size_t c = 0; c < columns; c++) {
            printf("%s", c > 0 ? "  " : "");
            print_element(node, r * columns + c);
        }
    }
    print_unit(node);
    putchar('\n');
}

static void print_value(const ana_record *node, int indent)
{
    printf("%*s%s: ", indent, "", node->name);
    switch (node->type) {
    case ANA_RECORD_BOOL:
        printf("%s\n", node->boolean ? "yes" : "no");
        break;
    case ANA_RECORD_INT:
        printf("%lld", (long long)node->integer);
        print_unit(node);
        putchar('\n');
        break;
    case ANA_RECORD_DOUBLE:
        print_number(node->number);
        print_unit(node);
        putchar('\n');
        break;
    case ANA_RECORD_TEXT:
        printf("%s\n", node->text);
        break;
    case ANA_RECORD_INTS:
    case ANA_RECORD_DOUBLES:
    case ANA_RECORD_TEXTS:
        print_array(node, indent);
        break;
    case ANA_RECORD_GROUP:
        break;
    }
}

/* Provenance, the options and what kind of record it is are for files; titles stand elsewhere. */
static bool is_listed(const ana_record *node, int depth)
{
    static const char *const hidden[] = {"provenance", "options", "schema"};
    for (size_t i = 0; depth == 0 && i < sizeof hidden / sizeof hidden[0]; i++) {
        if (strcmp(node->name, hidden[i]) == 0) {
            return false;
        }
    }
    return strcmp(node->name, "title") != 0 && strcmp(node->name, "caption") != 0;
}

/* A figure is named; the few values of bars stand beside it. */
static void print_figure(const ana_record *figure, int indent)
{
    const ana_record *title = ana_record_find(figure, "title");
    const ana_record *values = ana_record_find(figure, "values");
    const bool titled = title != NULL && title->type == ANA_RECORD_TEXT;
    printf("%*s%s: figure (%s)%s%s\n", indent, "", figure->name, ana_hint_name(figure->hint),
           titled ? ", " : "", titled ? title->text : "");
    if (figure->hint == ANA_HINT_BARS && values != NULL && values->type == ANA_RECORD_DOUBLES) {
        print_value(values, indent + 2);
    }
}

/* Depth is bounded by what a record of ours holds, four levels. */
// NOLINTNEXTLINE(misc-no-recursion)
static void print_group(const ana_record *group, int depth)
{
    const int indent = 2 * depth;
    for (size_t i = 0; i < group->n_children && depth < 8; i++) {
        const ana_record *node = group->children[i];
        if (!is_listed(node, depth)) {
            continue;
        }
        if (node->type != ANA_RECORD_GROUP) {
            print_value(node, indent);
        } else if (node->hint != ANA_HINT_NONE && node->hint != ANA_HINT_TABLE) {
            print_figure(node, indent);
        } else {
            printf("%*s%s\n", indent, "", node->name);
            print_group(node, depth + 1);
        }
    }
}

static void print_cell(const ana_record *node, size_t i)
{
    switch (node->type) {
    case ANA_RECORD_BOOL:
        printf("%s", node->boolean ? "true" : "false");
        break;
    case ANA_RECORD_INT:
        printf("%lld", (long long)node->integer);
        break;
    case ANA_RECORD_DOUBLE:
        printf("%.17g", node->number);
        break;
    case ANA_RECORD_TEXT:
        printf("%s", node->text);
        break;
    case ANA_RECORD_DOUBLES:
        printf("%.17g", node->doubles[i]);
        break;
    case ANA_RECORD_INTS:
    case ANA_RECORD_TEXTS:
    case ANA_RECORD_GROUP:
        print_element(node, i);
        break;
    }
}

static void print_line(const char *path, const ana_record *node)
{
    const size_t n = node->n_axes > 0 ? ana_record_size(node) : 1;
    printf("%s\t", path);
    for (size_t e = 0; e < n; e++) {
        printf("%s", e > 0 ? "," : "");
        print_cell(node, e);
    }
    printf("\t%s\n", node->unit != NULL ? node->unit : "");
}

/* Depth is bounded by what a record of ours holds, four levels. */
// NOLINTNEXTLINE(misc-no-recursion)
static void print_lines(const ana_record *group, const char *prefix, int depth)
{
    for (size_t i = 0; i < group->n_children && depth < 8; i++) {
        const ana_record *node = group->children[i];
        const bool is_figure = node->hint != ANA_HINT_NONE && node->hint != ANA_HINT_TABLE;
        char path[512];
        if (!is_listed(node, depth) || node->n_axes > 1 || is_figure) {
            continue;
        }
        snprintf(path, sizeof path, "%s%s%s", prefix, prefix[0] != '\0' ? "/" : "", node->name);
        if (node->type == ANA_RECORD_GROUP) {
            print_lines(node, path, depth + 1);
        } else {
            print_line(path, node);
        }
    }
}

void summary_print_tsv(const ana_record *record)
{
    print_lines(record, "", 0);
}

ana_status summary_print(const console_options *options, const ana_record *record)
{
    if (!options->json) {
        const ana_record *title = ana_record_find(record, "title");
        if (title != NULL && title->type == ANA_RECORD_TEXT) {
            printf("%s\n", title->text);
        }
        print_group(record, 0);
        return ANA_OK;
    }
    char *json = NULL;
    ana_status status = ana_record_to_json(record, &json);
    if (status == ANA_OK) {
        printf("%s\n", json);
    }
    free(json);
    return status;
}
