#include "support/check.h"
#include "support/fail_nth.h"
#include "support/sample_records.h"
#include "support/scratch.h"
#include "support/svg_check.h"

#include <analysis/formats/figure.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ana_record *sample;

static int make_sample(void **state)
{
    (void)state;
    sample = sample_record();
    return 0;
}

static int free_sample(void **state)
{
    (void)state;
    ana_record_free(sample);
    return 0;
}

static char *draw(const ana_record *group, const ana_figure_options *options)
{
    char *svg = NULL;
    check_ok(ana_figure_svg(group, options, &svg));
    return svg;
}

static void check_sound(const char *svg, const char *what)
{
    char reason[400] = "";
    if (!is_well_formed(svg, reason, sizeof reason) ||
        !has_sound_labels(svg, reason, sizeof reason)) {
        const char *path = getenv("ANA_UNSOUND"); /* a file to look at */
        FILE *file = path != NULL ? fopen(path, "w") : NULL;
        if (file != NULL) {
            (void)fputs(svg, file);
            (void)fclose(file);
        }
        fail_msg("%s: %s (ANA_UNSOUND=FILE keeps it)", what, reason);
    }
}

/* The first byte in which two texts differ, with what stands there. */
static void check_same_text(const char *name, const char *text, const char *wanted)
{
    size_t i = 0;
    while (text[i] != '\0' && text[i] == wanted[i]) {
        i++;
    }
    if (text[i] != wanted[i]) {
        fail_msg(
            "%s differs at byte %zu: \"%.60s\", wanted \"%.60s\"; ANA_UPDATE_GOLDEN=1 rewrites",
            name, i, text + i, wanted + i);
    }
}

static void pictures_are_those_of_the_golden_files(void **state)
{
    (void)state;
    static const char *const names[] = {"responses", "spectrum",    "time_frequency", "calcium",
                                        "raster",    "accuracy",    "noise_ceiling",  "states",
                                        "network",   "transitions", "correlations",   "pattern",
                                        "rates",     "stages"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[600];
        char place[64];
        snprintf(path, sizeof path, "%s/tests/files/golden/%s.svg", ANA_SOURCE_DIR, names[i]);
        snprintf(place, sizeof place, "figures/%s", names[i]);
        const ana_record *group = ana_record_find(sample, place);
        assert_non_null(group);
        if (getenv("ANA_UPDATE_GOLDEN") != NULL) {
            check_ok(ana_figure_write(group, NULL, path));
        }
        size_t n = 0;
        unsigned char *wanted = read_bytes(path, &n);
        char *text = calloc(n + 1, 1);
        memcpy(text, wanted, n);
        char *svg = draw(group, NULL);
        check_same_text(names[i], svg, text);
        free(svg);
        free(text);
        free(wanted);
    }
}

static void the_same_record_gives_the_same_bytes(void **state)
{
    (void)state;
    const ana_record *figures = ana_record_find(sample, "figures");
    ana_record *again = sample_record();
    for (size_t i = 0; i < figures->n_children; i++) {
        char *first = draw(figures->children[i], NULL);
        char *second = draw(ana_record_find(again, "figures")->children[i], NULL);
        assert_string_equal(first, second);
        free(first);
        free(second);
    }
    ana_record_free(again);
}

static void every_hint_is_drawn_soundly_in_every_form(void **state)
{
    (void)state;
    const ana_record *figures = ana_record_find(sample, "figures");
    bool drawn[ANA_HINT_TABLE + 1] = {false};
    for (size_t i = 0; i < figures->n_children; i++) {
        const ana_record *group = figures->children[i];
        drawn[group->hint] = true;
        for (int form = 0; form < 3; form++) {
            ana_figure_options options = ana_figure_options_default();
            options.dark = form == 1;
            options.embedded = form == 2;
            char *svg = draw(group, &options);
            check_sound(svg, group->name);
            assert_int_equal(strstr(svg, "var(--ana-") != NULL, form == 2);
            assert_int_equal(strstr(svg, "<title>") != NULL && strstr(svg, "#14181d") != NULL,
                             form == 1);
            assert_null(strstr(svg, "<script"));
            assert_null(strstr(svg, " id="));
            assert_null(strstr(svg, " style="));
            free(svg);
        }
    }
    for (int hint = ANA_HINT_LINE; hint <= ANA_HINT_TABLE; hint++) {
        assert_true(drawn[hint]);
    }
}

static void sizes_are_obeyed_or_refused(void **state)
{
    (void)state;
    const ana_record *group = ana_record_find(sample, "figures/responses");
    ana_figure_options options = ana_figure_options_default();
    assert_true(options.width == 760.0);
    options.width = 432.0;
    options.height = 222.0;
    char *svg = draw(group, &options);
    assert_non_null(strstr(svg, "width=\"432.00\" height=\"222.00\""));
    free(svg);
    options.width = 100.0;
    check_fails(ana_figure_svg(group, &options, &svg), ANA_ERR_VALUE, "width is 100");
    options.width = NAN;
    check_fails(ana_figure_svg(group, &options, &svg), ANA_ERR_VALUE, "width");
    options.width = 500.0;
    options.height = 1e9;
    check_fails(ana_figure_svg(group, &options, &svg), ANA_ERR_VALUE, "height");
    const ana_record *number = ana_record_find(sample, "n_states");
    check_fails(ana_figure_svg(number, NULL, &svg), ANA_ERR_VALUE, "no group");
}

static void a_group_that_lacks_an_array_is_refused(void **state)
{
    (void)state;
    ana_record *root = NULL;
    check_ok(ana_record_new(&root));
    ana_record *group = put_group(root, "g", ANA_HINT_LINE);
    char *svg = NULL;
    check_fails(ana_figure_svg(group, NULL, &svg), ANA_ERR_VALUE, "lacks \"y\"");
    const double y[] = {1.5, 2.5, -0.25};
    put_list(group, "y", 3, y, NULL);
    put_list(group, "x", 2, y, NULL);
    check_fails(ana_figure_svg(group, NULL, &svg), ANA_ERR_SHAPE, "shape of \"x\"");
    ana_record_free(root);
}

static void pictures_are_written_whole_or_not_at_all(void **state)
{
    (void)state;
    const ana_record *group = ana_record_find(sample, "figures/stages");
    const char *path = scratch("figure.svg");
    check_ok(ana_figure_write(group, NULL, path));
    size_t n = 0;
    unsigned char *bytes = read_bytes(path, &n);
    char *svg = draw(group, NULL);
    assert_int_equal(n, strlen(svg));
    assert_memory_equal(bytes, svg, n);
    free(svg);
    free(bytes);
    check_fails(ana_figure_write(group, NULL, scratch("none/figure.svg")), ANA_ERR_IO, "none");
}

static void titles_units_and_captions_are_shown(void **state)
{
    (void)state;
    char *svg = draw(ana_record_find(sample, "figures/responses"), NULL);
    assert_true(has_label(svg, "Firing rate around the stimulus"));
    assert_true(has_label(svg, "Firing rate (Hz)"));
    assert_true(has_label(svg, "Time from stimulus (s)"));
    assert_true(has_label(svg, "Opposite"));
    assert_non_null(strstr(svg, "<desc>Mean over 48 trials with 95 % confidence bands;"));
    assert_non_null(strstr(svg, "aria-label=\"Mean over 48 trials"));
    free(svg);
    svg = draw(ana_record_find(sample, "figures/transitions"), NULL);
    assert_true(has_label(svg, "Widest line: weight 0.8."));
    free(svg);
}

/* A line through three points: its pixels by hand from the ticks' own places. */
static void a_line_goes_through_its_points(void **state)
{
    (void)state;
    ana_record *root = NULL;
    check_ok(ana_record_new(&root));
    ana_record *group = put_group(root, "g", ANA_HINT_LINE);
    const double x[] = {0.0, 1.0, 4.0};
    const double y[] = {0.0, 10.0, 5.0};
    put_list(group, "x", 3, x, NULL);
    put_list(group, "y", 3, y, NULL);
    ana_figure_options options = {.width = 700.0, .height = 300.0};
    char *svg = draw(group, &options);
    const char *line = strstr(svg, "<path d=\"M");
    const char *last = line;
    while ((line = strstr(line + 1, "<path d=\"M")) != NULL) {
        if (strstr(line, "stroke-width=\"1.60\"") == strstr(line, "stroke-width")) {
            last = line;
            break;
        }
    }
    double p[6];
    last = strchr(last, 'M');
    for (size_t i = 0; i < 6; i++) {
        char *end = NULL;
        last += strspn(last, "ML ");
        p[i] = strtod(last, &end);
        last = end;
    }
    /* x: 0, 1, 4 of 0 ... 4; y: 0, 10, 5 of -0.5 ... 10.5, upwards. */
    check_close((p[2] - p[0]) / (p[4] - p[0]), 0.25, 1e-4, 0.0);
    check_close((p[1] - p[5]) / (p[1] - p[3]), 0.5, 1e-4, 0.0);
    check_close((p[1] - p[3]) * 11.0 / 10.0, 300.0 - 24.0 - 7.0 - 22.0, 1.0, 0.0);
    free(svg);
    ana_record_free(root);
}

/* Pixel of the highest point of a path, from its first command on. */
static double highest_point(const char *path)
{
    double top = 1e9;
    double y = 0.0;
    for (const char *at = strchr(path, 'M'); *at != '"';) {
        char command = *at++;
        char *end = NULL;
        double value = strtod(at, &end);
        if (command == 'M' || command == 'L') {
            y = strtod(end, &end);
        } else if (command == 'v') {
            y += value;
        }
        top = fmin(top, y);
        at = end;
    }
    return top;
}

/* A curve that rises over the lanes above it has room above the first lane. */
static void stacked_lines_rise_without_being_cut(void **state)
{
    (void)state;
    enum {
        LINES = 10,
        N = 50
    };
    double y[LINES * N];
    for (size_t i = 0; i < sizeof y / sizeof y[0]; i++) {
        y[i] = sin((double)i);
    }
    y[7] = 5.0;      /* of the first line: two and a half times what the others span */
    y[N + 20] = 6.0; /* of the second, one lane lower */
    ana_record *root = NULL;
    check_ok(ana_record_new(&root));
    ana_record *group = put_group(root, "g", ANA_HINT_LINE);
    check_ok(ana_record_add_doubles(group, "y", ana_shape_2(LINES, "line", N, "time"), y, NULL));
    char *svg = draw(group, NULL);
    const char *plot = strstr(strstr(svg, "<svg") + 1, "<svg"); /* cuts what is drawn in it */
    const double plot_top = strtod(strstr(plot, " y=\"") + 4, NULL);
    const char *end = strstr(plot, "</svg>");
    size_t n = 0;
    double top = 1e9;
    for (const char *at = strstr(plot, "<path"); at != NULL && at < end;
         at = strstr(at + 1, "<path")) {
        top = fmin(top, highest_point(at));
        n++;
    }
    assert_true(n == LINES);
    assert_true(top >= plot_top);
    free(svg);
    ana_record_free(root);
}

static void counts_have_no_ticks_between_whole_numbers(void **state)
{
    (void)state;
    const double y[] = {4.0, 2.0, 3.0};
    ana_record *root = NULL;
    check_ok(ana_record_new(&root));
    ana_record *group = put_group(root, "g", ANA_HINT_LINE);
    put_list(group, "y", 3, y, NULL);
    char *svg = draw(group, NULL);
    assert_true(has_label(svg, "0") && has_label(svg, "1") && has_label(svg, "2"));
    assert_false(has_label(svg, "0.5"));
    free(svg);
    ana_record_free(root);
}

/* The envelope touches every extreme: one sample of a million that is far off is still seen. */
static void a_long_line_keeps_its_extremes_and_a_bounded_size(void **state)
{
    (void)state;
    enum {
        N = 1000000
    };
    double *y = calloc(N, sizeof *y);
    ana_random random = ana_random_stream(51, "test.figure.long", 0);
    for (size_t i = 0; i < N; i++) {
        y[i] = ana_random_normal(&random);
    }
    y[654321] = 60.0;
    ana_record *root = NULL;
    check_ok(ana_record_new(&root));
    ana_record *group = put_group(root, "g", ANA_HINT_LINE);
    put_list(group, "y", N, y, "mV");
    ana_figure_options options = {.width = 700.0, .height = 300.0};
    char *svg = draw(group, &options);
    assert_true(strlen(svg) < 60000);
    /* The highest point: 2.3 pixels, 5 % of the range, below the plot's top. */
    const char *at = strstr(svg, "stroke-linecap");
    while (at > svg && strncmp(at, "<path", 5) != 0) {
        at--;
    }
    const double top = highest_point(at);
    double height = 300.0 - 24.0 - 7.0 - 42.0;
    assert_true(top > 19.0 && top < 19.0 + 0.06 * height);
    free(svg);
    free(y);
    ana_record_free(root);
}

static void a_raster_of_a_million_spikes_has_a_bounded_size(void **state)
{
    (void)state;
    enum {
        N = 1000000
    };
    double *times = calloc(N, sizeof *times);
    int64_t *rows = calloc(N, sizeof *rows);
    ana_random random = ana_random_stream(52, "test.figure.spikes", 0);
    for (size_t i = 0; i < N; i++) {
        times[i] = 3000.0 * ana_random_uniform(&random);
        rows[i] = (int64_t)ana_random_below(&random, 700);
    }
    ana_record *root = NULL;
    check_ok(ana_record_new(&root));
    ana_record *group = put_group(root, "g", ANA_HINT_RASTER);
    put_list(group, "times", N, times, "s");
    put_ints(group, "rows", N, rows);
    char *svg = draw(group, NULL);
    assert_true(strlen(svg) < 500000);
    check_sound(svg, "a million spikes");
    free(svg);
    free(times);
    free(rows);
    ana_record_free(root);
}

static char *draw_cells(double outlier, double shift, const char *unit)
{
    enum {
        ROWS = 20,
        COLUMNS = 30
    };
    double values[ROWS * COLUMNS];
    ana_random random = ana_random_stream(53, "test.figure.cells", 0);
    for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++) {
        values[i] = shift + ana_random_normal(&random);
    }
    values[333] = outlier;
    ana_record *root = NULL;
    check_ok(ana_record_new(&root));
    ana_record *group = put_group(root, "g", ANA_HINT_HEAT_MAP);
    put_table(group, "values", ROWS, COLUMNS, values, unit);
    char *svg = draw(group, NULL);
    ana_record_free(root);
    return svg;
}

static void one_outlier_does_not_take_all_colours(void **state)
{
    (void)state;
    char *svg = draw_cells(1e6, 0.0, NULL);
    assert_true(has_label(svg, "One value in 200 lies beyond each end of the colours."));
    assert_true(has_label(svg, "2"));
    free(svg);
    svg = draw_cells(3.5, 0.0, NULL);
    assert_false(has_label(svg, "One value in 200 lies beyond each end of the colours."));
    free(svg);
}

/* The colour bar of a diverging map has as much below zero as above it. */
static void only_values_about_zero_get_the_diverging_map(void **state)
{
    (void)state;
    char *svg = draw_cells(0.5, 2.0, NULL); /* -1.1 to 5.2 or so */
    assert_true(has_label(svg, "\xe2\x88\x92"
                               "4"));
    free(svg);
    svg = draw_cells(0.5, 2.0, "dB re 1 \xc2\xb5V\xc2\xb2/Hz");
    assert_false(has_label(svg, "\xe2\x88\x92"
                                "4"));
    free(svg);
    svg = draw_cells(10.0, 10.0, NULL);
    assert_false(has_label(svg, "\xe2\x88\x92"
                                "10"));
    free(svg);
}

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
                                        "\xe2\x80\xae"
                                        "abc",
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
            check_sound(svg, what);
            free(svg);
            ana_record_free(root);
        }
    }
}

static void allocation_failures_leave_nothing(void **state)
{
    (void)state;
    const ana_record *figures = ana_record_find(sample, "figures");
    for (size_t i = 0; i < figures->n_children; i++) {
        const ana_record *group = figures->children[i];
        if (strcmp(group->name, "eeg") == 0 || strcmp(group->name, "dense_raster") == 0) {
            continue; /* the same code as others, only longer */
        }
        char *svg = NULL;
        ALLOCATION_TEST(ana_figure_svg, (group, NULL, &svg), free(svg));
    }
    const char *path = scratch("allocation.svg");
    const ana_record *group = ana_record_find(figures, "stages");
    ALLOCATION_TEST(ana_figure_write, (group, NULL, path), remove(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_are_those_of_the_golden_files),
        cmocka_unit_test(the_same_record_gives_the_same_bytes),
        cmocka_unit_test(every_hint_is_drawn_soundly_in_every_form),
        cmocka_unit_test(sizes_are_obeyed_or_refused),
        cmocka_unit_test(a_group_that_lacks_an_array_is_refused),
        cmocka_unit_test(pictures_are_written_whole_or_not_at_all),
        cmocka_unit_test(titles_units_and_captions_are_shown),
        cmocka_unit_test(a_line_goes_through_its_points),
        cmocka_unit_test(stacked_lines_rise_without_being_cut),
        cmocka_unit_test(counts_have_no_ticks_between_whole_numbers),
        cmocka_unit_test(a_long_line_keeps_its_extremes_and_a_bounded_size),
        cmocka_unit_test(a_raster_of_a_million_spikes_has_a_bounded_size),
        cmocka_unit_test(one_outlier_does_not_take_all_colours),
        cmocka_unit_test(only_values_about_zero_get_the_diverging_map),
        cmocka_unit_test(no_record_makes_labels_collide),
        cmocka_unit_test(allocation_failures_leave_nothing),
    };
    return cmocka_run_group_tests(tests, make_sample, free_sample);
}
