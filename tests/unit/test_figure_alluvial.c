/* Alluvial pictures: blocks and streams are as high as their members are many. */
#include "support/check.h"
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
    STAGES = 3,
    ITEMS = 10,
    MOST_MARKS = 64
};

static const double groups_at[STAGES * ITEMS] = {
    0, 0, 0, 0, 0, 0, 1, 1, 1, 1, /* six and four */
    0, 0, 0, 2, 2, 2, 2, 2, 1, 1, /* three stay, three and two meet in a new group */
    0, 0, 0, 2, 2, 2, 2, 2, 1, (double)NAN};

/* A record whose only group is the picture. */
static ana_record *make_alluvial(size_t rows, size_t columns, const double *values)
{
    ana_record *root = NULL;
    check_ok(ana_record_new(&root));
    ana_record *group = put_group(root, "g", ANA_HINT_HEAT_MAP);
    put_text(group, "layout", "alluvial");
    put_table(group, "values", rows, columns, values, NULL);
    return root;
}

static char *draw(ana_record *root)
{
    char *svg = draw_svg(ana_record_find(root, "g"), NULL);
    check_sound_svg(svg, "alluvial");
    return svg;
}

static double attribute(const char *element, const char *name)
{
    const char *at = strstr(element, name);
    assert_non_null(at);
    return strtod(at + strlen(name), NULL);
}

/* Heights of the rectangles as narrow as a block, from left to right and from above. */
static size_t read_blocks(const char *svg, double *x, double *heights)
{
    size_t n = 0;
    for (const char *at = strstr(svg, "<rect"); at != NULL; at = strstr(at + 1, "<rect")) {
        if (attribute(at, "width=\"") == 16.0) {
            assert_true(n < MOST_MARKS);
            x[n] = attribute(at, "x=\"");
            heights[n++] = attribute(at, "height=\"");
        }
    }
    return n;
}

static void blocks_are_as_high_as_their_groups_are_large(void **state)
{
    (void)state;
    static const double sizes[] = {6, 4, 3, 2, 5, 3, 1, 5};
    double x[MOST_MARKS];
    double heights[MOST_MARKS];
    ana_record *root = make_alluvial(STAGES, ITEMS, groups_at);
    char *svg = draw(root);
    assert_int_equal(read_blocks(svg, x, heights), 8);
    for (size_t i = 0; i < 8; i++) {
        check_close(heights[i] / heights[0], sizes[i] / sizes[0], 1e-3, 0.0);
        assert_true(i == 0 || x[i] >= x[i - 1]);
    }
    assert_true(x[1] == x[0] && x[2] > x[1] && x[4] == x[2] && x[5] > x[4]);
    free(svg);
    ana_record_free(root);
}

/* Streams begin with "M x y", four curves and a stroke down of their width. */
static void streams_are_as_wide_as_their_members_are_many(void **state)
{
    (void)state;
    static const double members[] = {3, 3, 2, 2,
                                     3, 1, 5}; /* 1 -> 1 loses the one without a group */
    double x[MOST_MARKS];
    double heights[MOST_MARKS];
    ana_record *root = make_alluvial(STAGES, ITEMS, groups_at);
    char *svg = draw(root);
    read_blocks(svg, x, heights);
    const double item = heights[0] / 6.0;
    size_t n = 0;
    for (const char *at = strchr(svg, 'Q'); at != NULL;) {
        const char *down = strchr(at, 'v');
        const char *end = strchr(at, 'Z');
        assert_true(down != NULL && end != NULL && down < end && n < 7);
        check_close(strtod(down + 1, NULL) / item, members[n++], 2e-3, 0.0);
        at = strchr(end, 'Q');
    }
    assert_int_equal(n, 7);
    assert_non_null(strstr(svg, "1 of 30 places"));
    free(svg);
    ana_record_free(root);
}

static void stages_and_groups_are_named(void **state)
{
    (void)state;
    const char *stages[STAGES] = {"Before", "Odour", "After"};
    const char *names[] = {"sensory", "motor", "rest"};
    ana_record *root = make_alluvial(STAGES, ITEMS, groups_at);
    ana_record *group = root->children[0];
    put_names(group, "row_labels", STAGES, stages);
    put_names(group, "group_labels", 3, names);
    char *svg = draw(root);
    assert_true(has_label(svg, "Before") && has_label(svg, "After"));
    assert_true(has_label(svg, "sensory") && has_label(svg, "rest"));
    free(svg);
    ana_record_free(root);
}

/* Nothing, nobody in a group, more groups than can be told apart, more stages than fit. */
static void what_cannot_be_drawn_is_said(void **state)
{
    (void)state;
    double values[300];
    const double missing[4] = {(double)NAN, -1.0, (double)INFINITY, (double)NAN};
    for (size_t i = 0; i < 300; i++) {
        values[i] = (double)i;
    }
    ana_record *none = make_alluvial(2, 2, missing);
    char *svg = draw(none);
    assert_true(has_label(svg, "No item has a group"));
    free(svg);
    ana_record_free(none);
    ana_record *many = make_alluvial(2, 150, values);
    svg = draw(many);
    assert_true(has_label(svg, "Too many groups to be drawn"));
    free(svg);
    ana_record_free(many);
    ana_record *empty = make_alluvial(0, 0, values);
    svg = draw(empty);
    assert_true(has_label(svg, "No data"));
    free(svg);
    ana_record_free(empty);
    for (size_t i = 0; i < 300; i++) {
        values[i] = (double)(i % 3);
    }
    ana_record *longest = make_alluvial(100, 3, values);
    svg = draw(longest);
    assert_non_null(strstr(svg, "The first 60 of 100 stages"));
    free(svg);
    ana_record_free(longest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_as_high_as_their_groups_are_large),
        cmocka_unit_test(streams_are_as_wide_as_their_members_are_many),
        cmocka_unit_test(stages_and_groups_are_named),
        cmocka_unit_test(what_cannot_be_drawn_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
