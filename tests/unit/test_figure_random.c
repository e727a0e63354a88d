/* Pictures of random records, to see that no label leaves them or covers another. */
#include "support/check.h"
#include "support/sample_records.h"
#include "support/svg_draw.h"

#include <analysis/formats/figure.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What random records are made of. */
typedef struct maker {
    ana_random random;
    int values; /* how the numbers are */
    int names;  /* how the texts are */
} maker;

static size_t below(maker *m, size_t n)
{
    return (size_t)ana_random_below(&m->random, n);
}

static double make_value(maker *m)
{
    ana_random *random = &m->random;
    double normal = ana_random_normal(random);
    double u = ana_random_uniform(random);
    switch (m->values) {
    case 0:
        return normal;
    case 1:
        return 1e250 * normal;
    case 2:
        return 1e-250 * normal;
    case 3:
        return -3.75;
    case 4:
        return (double)NAN;
    case 5:
        return u < 0.3 ? (double)NAN : 5.0 + normal;
    case 6:
        return u < 0.2 ? (double)INFINITY : u < 0.4 ? (double)-INFINITY : normal;
    case 7:
        return 1.7e9 + 0.01 * normal;
    case 8:
        return -fabs(normal) * 1e-7;
    case 9:
        return u < 0.5 ? 1.7e308 : -1.7e308;
    case 10:
        return exp(8.0 * normal);
    case 11:
        return 0.0;
    default:
        return floor(1e5 * normal);
    }
}

static void make_name(maker *m, char *out, size_t size)
{
    static const char *const words[] = {"left",
                                        "Anterior cingulate cortex",
                                        "\xce\xb8-power",
                                        "</script><script>alert(1)</script>",
                                        "\"&'<>",
                                        "W",
                                        "\xe6\x84\x9f\xe8\xa6\x9a\xe9\x87\x8e",
                                        "\x01\x7f",
                                        "\xff\xfe",
                                        ("\xe2\x80\xae"
                                         "abc"),
                                        "\xf0\x9f\xa7\xa0\xf0\x9f\xa7\xa0"};
    size_t n = 0;
    size_t n_words = m->names == 1 ? 1 : m->names == 2 ? 1 + below(m, 12) : 0;
    out[0] = '\0';
    for (size_t i = 0; i < n_words; i++) {
        int written = snprintf(out + n, size - n, "%s%s", i > 0 ? " " : "", words[below(m, 11)]);
        n += (size_t)written;
        if (n + 40 > size) {
            break;
        }
    }
}

static void add_names(maker *m, ana_record *group, const char *name, size_t n)
{
    if (m->names == 3) {
        return;
    }
    char(*texts)[400] = calloc(n + 1, sizeof *texts);
    const char **pointers = calloc(n + 1, sizeof *pointers);
    for (size_t i = 0; i < n; i++) {
        make_name(m, texts[i], sizeof texts[i]);
        pointers[i] = texts[i];
    }
    put_names(group, name, n, pointers);
    free(texts);
    free(pointers);
}

static void add_values(maker *m, ana_record *group, const char *name, size_t rows, size_t columns)
{
    size_t n = rows > 0 ? rows * columns : columns;
    double *values = calloc(n + 1, sizeof *values);
    for (size_t i = 0; i < n; i++) {
        values[i] = make_value(m);
    }
    static const char *const units[] = {NULL, "s", "\xc2\xb5V", "spikes per second and square mm"};
    const char *unit = units[below(m, 4)];
    if (rows > 0) {
        put_table(group, name, rows, columns, values, unit);
    } else {
        put_list(group, name, columns, values, unit);
    }
    free(values);
}

static void add_indices(maker *m, ana_record *group, const char *name, size_t n, size_t most)
{
    int64_t *values = calloc(n + 1, sizeof *values);
    for (size_t i = 0; i < n; i++) {
        values[i] = (int64_t)below(m, most);
        if (m->names == 3 && below(m, 50) == 0) {
            values[i] = INT64_MAX; /* no list says how many there are */
        }
    }
    put_ints(group, name, n, values);
    free(values);
}

static bool maybe(maker *m)
{
    return below(m, 2) == 0;
}

static void fill_line(maker *m, ana_record *group, size_t n, size_t lines)
{
    bool several = maybe(m);
    add_values(m, group, "y", several ? lines : 0, n);
    if (maybe(m)) {
        add_values(m, group, "x", 0, n);
    }
    if (maybe(m)) {
        add_values(m, group, "low", several ? lines : 0, n);
        add_values(m, group, "high", several ? lines : 0, n);
    }
    if (several) {
        add_names(m, group, "labels", lines);
    }
    if (below(m, 3) == 0) {
        put_text(group, "x_scale", "log");
        put_text(group, "y_scale", "log");
    }
    if (maybe(m)) {
        put_text(group, "layout", maybe(m) ? "stacked" : "overlaid");
    } else if (maybe(m)) {
        put_text(group, "layout", "scatter");
        check_ok(ana_record_add_bool(group, "identity", maybe(m)));
    }
}

static void fill_ribbon(maker *m, ana_record *group, size_t n, size_t k)
{
    add_values(m, group, "start", 0, n);
    add_values(m, group, "stop", 0, n);
    add_indices(m, group, "state", n, k);
    add_names(m, group, "state_labels", k);
    if (m->names != 3 && maybe(m)) {
        add_values(m, group, "x", 0, 60);
        add_values(m, group, "posterior", k, 60);
    }
    if (maybe(m)) {
        add_values(m, group, "times", 0, 70);
        add_indices(m, group, "rows", 70, 2 * k);
        add_names(m, group, "row_labels", 2 * k);
    }
}

static void fill_graph(maker *m, ana_record *group, size_t n, size_t k)
{
    add_indices(m, group, "from", n, k);
    add_indices(m, group, "to", n, k);
    add_values(m, group, "weight", 0, n);
    if (m->names != 3) {
        add_names(m, group, "labels", k);
        if (maybe(m)) {
            add_indices(m, group, "group", k, 5);
            add_names(m, group, "group_labels", 5);
        }
        if (maybe(m)) {
            add_values(m, group, "position", k, 2);
        }
    }
    check_ok(ana_record_add_bool(group, "directed", maybe(m)));
}

static void fill(maker *m, ana_record *group, size_t n, size_t k)
{
    switch (group->hint) {
    case ANA_HINT_LINE:
        fill_line(m, group, n, k);
        break;
    case ANA_HINT_HEAT_MAP:
        add_values(m, group, "values", k, n);
        if (below(m, 3) == 0) {
            put_text(group, "layout", "alluvial");
            add_names(m, group, "group_labels", 5);
        }
        if (maybe(m)) {
            add_values(m, group, "x", 0, n);
            add_values(m, group, "y", 0, k);
        } else {
            add_names(m, group, "row_labels", k);
            add_names(m, group, "column_labels", n);
        }
        break;
    case ANA_HINT_RASTER:
        add_values(m, group, "times", 0, n);
        add_indices(m, group, "rows", n, k);
        add_names(m, group, "row_labels", k);
        break;
    case ANA_HINT_BARS:
        add_values(m, group, "values", k, n);
        if (maybe(m)) {
            add_values(m, group, "low", k, n);
            add_values(m, group, "high", k, n);
        }
        add_names(m, group, "labels", n);
        add_names(m, group, "group_labels", k);
        break;
    case ANA_HINT_RIBBON:
        fill_ribbon(m, group, n, k);
        break;
    case ANA_HINT_GRAPH:
        fill_graph(m, group, n, k);
        break;
    case ANA_HINT_MATRIX_GROUPS:
        add_values(m, group, "values", k, k);
        add_indices(m, group, "group", k, 1 + k / 3);
        add_names(m, group, "group_labels", 1 + k / 3);
        if (m->names != 3) {
            add_names(m, group, "labels", k);
        }
        break;
    case ANA_HINT_TOPOGRAPHY:
        add_values(m, group, "values", 0, k);
        add_values(m, group, "position", k, maybe(m) ? 2 : 3);
        add_names(m, group, "labels", k);
        break;
    case ANA_HINT_VIOLIN:
        add_values(m, group, "values", 0, n);
        add_indices(m, group, "group", n, k);
        add_names(m, group, "group_labels", k);
        check_ok(ana_record_add_bool(group, "points", maybe(m)));
        break;
    case ANA_HINT_NONE:
    case ANA_HINT_TABLE:
        add_values(m, group, "a", 0, n);
        add_indices(m, group, "an integer column", n, 1000);
        add_names(m, group, "texts", n);
        break;
    }
}

static void label_randomly(maker *m, ana_record *group)
{
    static const char *const names[] = {"title", "caption", "x_title", "y_title", "value_title"};
    for (size_t i = 0; i < 5; i++) {
        char text[400];
        make_name(m, text, sizeof text);
        if (maybe(m) && text[0] != '\0') {
            put_text(group, names[i], text);
        }
    }
}

/* Every hint over 13 kinds of numbers, 4 kinds of names, none to 200 items and several sizes: no
 * label leaves the picture or covers another, no number is left over that is not one. */
static void no_record_makes_labels_collide(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 3, 7, 12, 40, 200, 0};
    static const double widths[] = {760.0, 240.0, 400.0, 1200.0};
    static const double heights[] = {0.0, 0.0, 160.0, 300.0, 900.0};
    const char *rounds = getenv("ANA_FIGURE_ROUNDS");
    int n_rounds = rounds != NULL ? atoi(rounds) : 260;
    for (int hint = ANA_HINT_LINE; hint <= ANA_HINT_TABLE; hint++) {
        for (int round = 0; round < n_rounds; round++) {
            maker m = {
                ana_random_stream(60, "test.figure.random", (uint64_t)(hint * 100000 + round)),
                round % 13, round / 13 % 4};
            ana_record *root = NULL;
            check_ok(ana_record_new(&root));
            ana_record *group = put_group(root, "g", (ana_hint)hint);
            size_t n = counts[below(&m, 8)];
            size_t k = counts[below(&m, 7)];
            fill(&m, group, n, k);
            label_randomly(&m, group);
            ana_figure_options options = {.width = widths[below(&m, 4)],
                                          .height = heights[below(&m, 5)],
                                          .embedded = maybe(&m)};
            char what[120];
            snprintf(what, sizeof what, "%s, round %d, n %zu, k %zu", ana_hint_name((ana_hint)hint),
                     round, n, k);
            char *svg = NULL;
            if (ana_figure_svg(group, &options, &svg) != ANA_OK) {
                fail_msg("%s: %s", what, ana_last_error());
            }
            check_sound_svg(svg, what);
            free(svg);
            ana_record_free(root);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_record_makes_labels_collide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
