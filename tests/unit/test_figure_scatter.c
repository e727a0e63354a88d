/* Points: where they are, how many, and between which axes. */
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/sample_records.h"
#include "support/svg_check.h"
#include "support/svg_draw.h"

#include <analysis/formats/figure.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST = 6000
};

/* A record whose only group is the picture. */
static ana_record *make(size_t n, const double *x, const double *y, bool identity)
{
    ana_record *root = NULL;
    check_ok(ana_record_new(&root));
    ana_record *group = put_group(root, "g", ANA_HINT_LINE);
    put_text(group, "layout", "scatter");
    if (x != NULL) {
        put_list(group, "x", n, x, NULL);
    }
    put_list(group, "y", n, y, NULL);
    check_ok(ana_record_add_bool(group, "identity", identity));
    return root;
}

static char *draw(const ana_record *root)
{
    char *svg = draw_svg(ana_record_find(root, "g"), NULL);
    check_sound_svg(svg, "scatter");
    return svg;
}

typedef struct drawn_mark {
    double x;
    double y;
    double width;
} drawn_mark;

/* The marks are the only strokes of no length: "M x y h0". */
static size_t read_marks(const char *svg, drawn_mark *marks)
{
    size_t n = 0;
    for (const char *path = strstr(svg, "<path d=\""); path != NULL;
         path = strstr(path + 1, "<path d=\"")) {
        const char *end = strstr(path, "/>");
        const char *width = strstr(path, "stroke-width=\"");
        const char *at = path + strlen("<path d=\"");
        while (*at == 'M') {
            char *after = NULL;
            const double x = strtod(at + 1, &after);
            const double y = strtod(after, &after);
            if (after[0] != 'h' || strtod(after + 1, &after) != 0.0) {
                break;
            }
            assert_true(n < MOST && width != NULL && width < end);
            marks[n++] = (drawn_mark){x, y, strtod(width + strlen("stroke-width=\""), NULL)};
            at = after;
        }
    }
    return n;
}

static const drawn_mark *find_mark(size_t n, const drawn_mark *marks, double x, double y)
{
    const drawn_mark *found = NULL;
    for (size_t i = 0; i < n && found == NULL; i++) {
        found = fabs(marks[i].x - x) < 0.02 && fabs(marks[i].y - y) < 0.02 ? &marks[i] : NULL;
    }
    return found;
}

static void points_stand_where_they_are(void **state)
{
    (void)state;
    static const double x[] = {0.0, 1.0, 0.25, (double)NAN, 0.5};
    static const double y[] = {2.0, 6.0, 5.0, 3.0, (double)NAN};
    static drawn_mark marks[MOST];
    ana_record *root = make(5, x, y, false);
    char *svg = draw(root);
    assert_int_equal(read_marks(svg, marks), 3);
    double left = marks[0].x;
    double right = left;
    double top = marks[0].y;
    double bottom = top;
    for (size_t i = 1; i < 3; i++) {
        left = fmin(left, marks[i].x);
        right = fmax(right, marks[i].x);
        top = fmin(top, marks[i].y);
        bottom = fmax(bottom, marks[i].y);
    }
    assert_non_null(find_mark(3, marks, left, bottom));
    assert_non_null(find_mark(3, marks, right, top));
    assert_non_null(
        find_mark(3, marks, left + 0.25 * (right - left), bottom + 0.75 * (top - bottom)));
    assert_null(strstr(svg, "Larger marks"));
    free(svg);
    ana_record_free(root);
}

static void equal_points_are_one_larger_mark(void **state)
{
    (void)state;
    static const double x[] = {1, 2, 2, 2, 2, 3, 3};
    static const double y[] = {1, 5, 5, 5, 5, 2, 2};
    static drawn_mark marks[MOST];
    ana_record *root = make(7, x, y, false);
    char *svg = draw(root);
    assert_int_equal(read_marks(svg, marks), 3);
    /* The largest is painted first, so that none is covered. */
    assert_true(marks[0].width == 2.0 * marks[2].width && marks[1].width == 1.5 * marks[2].width);
    assert_true(marks[0].y < marks[1].y && marks[1].x > marks[0].x && marks[0].x > marks[2].x);
    assert_non_null(strstr(svg, "Larger marks are equal points, up to 4"));
    free(svg);
    ana_record_free(root);
}

/* Both axes have the same ends: what is equal stands on one line, at its place on it. */
static void the_line_of_equals_holds_what_is_equal(void **state)
{
    (void)state;
    static const double x[] = {0.1, 0.5, 0.9};
    static const double y[] = {0.1, 0.5, -0.3};
    static drawn_mark marks[MOST];
    for (int log = 0; log < 2; log++) {
        ana_record *root = make(3, x, y, true);
        put_text(root->children[0], "x_title", "Ceiling");
        put_text(root->children[0], "x_scale", log == 1 ? "log" : "linear");
        put_text(root->children[0], "y_scale", log == 1 ? "log" : "linear");
        char *svg = draw(root);
        const size_t n = read_marks(svg, marks);
        assert_int_equal(n, log == 1 ? 2 : 3); /* -0.3 has no logarithm */
        const char *line = strstr(svg, "stroke-dasharray");
        assert_non_null(line);
        while (strncmp(line, "<path", 5) != 0) {
            line--;
        }
        double ends[4];
        assert_int_equal(
            sscanf(line, "<path d=\"M%lf %lfL%lf %lf\"", &ends[0], &ends[1], &ends[2], &ends[3]),
            4);
        check_close(fabs(ends[2] - ends[0]), fabs(ends[3] - ends[1]), 0.0, 1.5); /* a square */
        size_t n_on = 0;
        for (size_t i = 0; i < n; i++) {
            const double share = (marks[i].x - ends[0]) / (ends[2] - ends[0]);
            n_on += fabs(ends[1] + share * (ends[3] - ends[1]) - marks[i].y) < 0.05 ? 1 : 0;
        }
        assert_int_equal(n_on, 2);
        assert_true(has_label(svg, "Ceiling"));
        free(svg);
        ana_record_free(root);
    }
}

/* Every point is drawn once, in and between several lines, whatever their number. */
static void no_point_is_lost(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 3, 200, 5000};
    static double x[MOST];
    static double y[2 * MOST];
    static drawn_mark marks[MOST];
    ana_random random = ana_random_stream(3, "points", 0);
    for (size_t i = 0; i < MOST; i++) {
        x[i] = ana_random_normal(&random);
        y[i] = x[i] + ana_random_normal(&random);
    }
    for (size_t k = 0; k < 4; k++) {
        ana_record *root = make(sizes[k], x, y, k % 2 == 0);
        char *svg = draw(root);
        assert_int_equal(read_marks(svg, marks), sizes[k]);
        assert_true(strlen(svg) < 30 * sizes[k] + 12000);
        free(svg);
        ana_record_free(root);
    }
    ana_record *root = NULL;
    check_ok(ana_record_new(&root));
    ana_record *group = put_group(root, "g", ANA_HINT_LINE);
    put_text(group, "layout", "scatter");
    put_table(group, "y", 3, 40, y, NULL);
    char *svg = draw(root);
    assert_int_equal(read_marks(svg, marks), 120);
    free(svg);
    ana_record_free(root);
}

static void what_cannot_be_drawn_is_said(void **state)
{
    (void)state;
    static const double missing[] = {(double)NAN, (double)INFINITY, -1.0};
    static const double there[] = {1.0, 2.0, (double)NAN};
    for (size_t k = 0; k < 2; k++) {
        ana_record *root = make(k == 0 ? 3 : 0, there, missing, true);
        char *svg = draw(root);
        assert_true(has_label(svg, k == 0 ? "All values are missing" : "No data"));
        free(svg);
        ana_record_free(root);
    }
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    static const double x[] = {1, 2, 2};
    static const double y[] = {1, 5, 5};
    ana_record *root = make(3, x, y, true);
    char *svg = NULL;
    ALLOCATION_TEST(ana_figure_svg, (ana_record_find(root, "g"), NULL, &svg), free(svg));
    ana_record_free(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_stand_where_they_are),
        cmocka_unit_test(equal_points_are_one_larger_mark),
        cmocka_unit_test(the_line_of_equals_holds_what_is_equal),
        cmocka_unit_test(no_point_is_lost),
        cmocka_unit_test(what_cannot_be_drawn_is_said),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
