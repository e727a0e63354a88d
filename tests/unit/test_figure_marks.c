/* Where the marks of a picture are: lines, ticks, rasters, colours. */
#include "support/check.h"
#include "support/sample_records.h"
#include "support/svg_check.h"
#include "support/svg_draw.h"

#include <analysis/formats/figure.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    char *svg = draw_svg(group, &options);
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
    char *svg = draw_svg(group, NULL);
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
    char *svg = draw_svg(group, NULL);
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
    char *svg = draw_svg(group, &options);
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
    char *svg = draw_svg(group, NULL);
    assert_true(strlen(svg) < 500000);
    check_sound_svg(svg, "a million spikes");
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
    char *svg = draw_svg(group, NULL);
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

/* Moves in the paths of the lines between bars. */
static size_t count_lines(const ana_record *group)
{
    size_t n = 0;
    char *svg = draw_svg(group, NULL);
    check_sound_svg(svg, "bars");
    for (const char *at = svg; (at = strstr(at, "<path d=\"")) != NULL; at++) {
        const char *end = strchr(at, '>');
        const char *width = strstr(at, "stroke-width=\"1.20\"");
        for (const char *c = at + 9; width != NULL && width < end && *c != '"'; c++) {
            n += *c == 'M' ? 1 : 0;
        }
    }
    free(svg);
    return n;
}

static ana_record *put_bars(ana_record *root, const char *name, size_t n, const int64_t *joined,
                            size_t columns)
{
    const double values[] = {0.3, -0.2, 0.5, 0.4};
    ana_record *group = put_group(root, name, ANA_HINT_BARS);
    put_list(group, "values", 4, values, NULL);
    check_ok(
        ana_record_add_ints(group, "joined", ana_shape_2(n, NULL, columns, NULL), joined, NULL));
    return group;
}

static void lines_join_bars_that_are_there(void **state)
{
    (void)state;
    const int64_t joined[] = {0, 1, 2, 3, 3, 0};
    const int64_t wrong[] = {0, 1, 2, 4, -1, 0};
    int64_t many[82] = {0};
    for (size_t k = 0; k < 41; k++) {
        many[2 * k + 1] = 1;
    }
    ana_record *root = NULL;
    check_ok(ana_record_new(&root));
    assert_int_equal(count_lines(put_bars(root, "three", 3, joined, 2)), 3);
    assert_int_equal(count_lines(put_bars(root, "flat", 2, joined, 3)), 0);
    assert_int_equal(count_lines(put_bars(root, "wrong", 3, wrong, 2)), 0);
    assert_int_equal(count_lines(put_bars(root, "many", 41, many, 2)), 0);
    assert_int_equal(count_lines(put_bars(root, "most", 40, many, 2)), 40);
    ana_record_free(root);
}

/* Colours span what the group says, and numbers stand in cells that have the room for them. */
static void a_heat_map_has_the_ends_it_is_given_and_numbers_in_its_cells(void **state)
{
    (void)state;
    const double values[] = {0.25, 0.75, 0.625, 0.375};
    const double ends[] = {0.0, 1.0};
    const char *names[] = {"left", "right"};
    for (int numbers = 0; numbers < 2; numbers++) {
        ana_record *root = NULL;
        check_ok(ana_record_new(&root));
        ana_record *group = put_group(root, "g", ANA_HINT_HEAT_MAP);
        check_ok(
            ana_record_add_doubles(group, "values", ana_shape_2(2, "a", 2, "b"), values, NULL));
        put_names(group, "row_labels", 2, names);
        put_names(group, "column_labels", 2, names);
        put_list(group, "range", 2, ends, NULL);
        check_ok(ana_record_add_bool(group, "numbers", numbers == 1));
        char *svg = draw_svg(group, NULL);
        assert_true(has_label(svg, "0.0") && has_label(svg, "1.0"));
        assert_int_equal(has_label(svg, "0.25"), numbers);
        assert_int_equal(has_label(svg, "0.38"), numbers);
        free(svg);
        static const double many[2 * 40] = {0.27};
        group = put_group(root, "narrow", ANA_HINT_HEAT_MAP);
        check_ok(ana_record_add_doubles(group, "values", ana_shape_2(2, "a", 40, "b"), many, NULL));
        check_ok(ana_record_add_bool(group, "numbers", true));
        svg = draw_svg(group, NULL);
        assert_false(has_label(svg, "0.27"));
        free(svg);
        ana_record_free(root);
    }
}

/* Electrodes at the back of the head say nothing about its front. */
static void a_map_is_blank_where_no_electrode_is_near(void **state)
{
    (void)state;
    const double values[] = {1.0, 2.0, 3.0, -1.5, 0.5};
    const double back[] = {-0.3, -0.7, -0.1, -0.75, 0.1, -0.75, 0.3, -0.7, 0.0, -0.5};
    const double around[] = {-0.7, 0.0, 0.7, 0.0, 0.0, 0.0, 0.0, 0.7, 0.0, -0.7};
    const double *const positions[] = {back, around};
    for (int k = 0; k < 2; k++) {
        ana_record *root = NULL;
        check_ok(ana_record_new(&root));
        ana_record *group = put_group(root, "g", ANA_HINT_TOPOGRAPHY);
        put_list(group, "values", 5, values, NULL);
        check_ok(ana_record_add_doubles(group, "position", ana_shape_2(5, "c", 2, "axis"),
                                        positions[k], NULL));
        char *svg = draw_svg(group, NULL);
        assert_int_equal(has_label(svg, "Blank: no electrode is near."), k == 0);
        free(svg);
        ana_record_free(root);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_goes_through_its_points),
        cmocka_unit_test(stacked_lines_rise_without_being_cut),
        cmocka_unit_test(counts_have_no_ticks_between_whole_numbers),
        cmocka_unit_test(a_long_line_keeps_its_extremes_and_a_bounded_size),
        cmocka_unit_test(a_raster_of_a_million_spikes_has_a_bounded_size),
        cmocka_unit_test(one_outlier_does_not_take_all_colours),
        cmocka_unit_test(only_values_about_zero_get_the_diverging_map),
        cmocka_unit_test(lines_join_bars_that_are_there),
        cmocka_unit_test(a_map_is_blank_where_no_electrode_is_near),
        cmocka_unit_test(a_heat_map_has_the_ends_it_is_given_and_numbers_in_its_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
