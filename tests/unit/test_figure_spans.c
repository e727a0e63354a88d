/* Spans of x behind lines: stimuli and epochs. */
#include "support/check.h"
#include "support/sample_records.h"
#include "support/svg_check.h"
#include "support/svg_draw.h"

#include <analysis/formats/figure.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 50
};

/* Two lines over x = 0 ... 49 with spans; `layout` NULL: as it comes. */
static ana_record *make_lines(const char *layout, size_t n_spans, const double *start,
                              const double *stop, const int64_t *kind)
{
    static const char *const kinds[] = {"light", "odour"};
    double y[2 * N];
    ana_record *root = NULL;
    for (size_t k = 0; k < (size_t)(2 * N); k++) {
        y[k] = sin(0.3 * (double)k);
    }
    check_ok(ana_record_new(&root));
    ana_record *group = put_group(root, "g", ANA_HINT_LINE);
    if (layout != NULL) {
        put_text(group, "layout", layout);
    }
    put_table(group, "y", 2, N, y, NULL);
    check_ok(ana_record_add_doubles(group, "span_start", ana_shape_1(n_spans, NULL), start, NULL));
    check_ok(ana_record_add_doubles(group, "span_stop", ana_shape_1(n_spans, NULL), stop, NULL));
    check_ok(ana_record_add_ints(group, "span_kind", ana_shape_1(n_spans, NULL), kind, NULL));
    check_ok(ana_record_add_texts(group, "span_labels", 2, kinds));
    return root;
}

static size_t count(const char *svg, const char *piece)
{
    size_t n = 0;
    for (const char *at = strstr(svg, piece); at != NULL; at = strstr(at + 1, piece)) {
        n++;
    }
    return n;
}

static void each_kind_is_one_shade_and_named(void **state)
{
    (void)state;
    static const double start[] = {5.0, 20.0, 30.0};
    static const double stop[] = {10.0, 25.0, 34.0};
    static const int64_t kind[] = {0, 1, 0};
    static const char *const layouts[] = {"stacked", "overlaid"};
    for (size_t k = 0; k < 2; k++) {
        ana_record *root = make_lines(layouts[k], 3, start, stop, kind);
        check_ok(ana_record_check(root));
        char *svg = draw_svg(ana_record_find(root, "g"), NULL);
        check_sound_svg(svg, layouts[k]);
        assert_int_equal(count(svg, "opacity=\"0.16\""), 2);
        assert_non_null(strstr(svg, ">light<"));
        assert_non_null(strstr(svg, ">odour<"));
        free(svg);
        ana_record_free(root);
    }
}

static void spans_that_are_not_there_shade_nothing(void **state)
{
    (void)state;
    static const double start[] = {60.0, (double)NAN, 20.0, -9.0};
    static const double stop[] = {70.0, 10.0, 15.0, -5.0};
    static const int64_t kind[] = {0, 0, 1, 1};
    ana_record *root = make_lines("stacked", 4, start, stop, kind);
    char *svg = draw_svg(ana_record_find(root, "g"), NULL);
    check_sound_svg(svg, "no spans");
    assert_int_equal(count(svg, "opacity=\"0.16\""), 0);
    free(svg);
    ana_record_free(root);
}

static void spans_need_ends_and_kinds_that_fit(void **state)
{
    (void)state;
    static const double start[] = {5.0};
    static const double stop[] = {10.0};
    static const int64_t kind[] = {2};
    ana_record *root = make_lines(NULL, 1, start, stop, kind);
    check_fails(ana_record_check(root), ANA_ERR_VALUE, "span_kind");
    ana_record_free(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_one_shade_and_named),
        cmocka_unit_test(spans_that_are_not_there_shade_nothing),
        cmocka_unit_test(spans_need_ends_and_kinds_that_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
