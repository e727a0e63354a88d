#include "support/check.h"
#include "support/fail_nth.h"
#include "support/sample_records.h"
#include "support/scratch.h"
#include "support/svg_check.h"
#include "support/svg_draw.h"

#include <analysis/formats/figure.h>

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
    static const char *const names[] = {"responses", "spectrum",     "time_frequency", "calcium",
                                        "raster",    "accuracy",     "noise_ceiling",  "states",
                                        "network",   "transitions",  "correlations",   "pattern",
                                        "rates",     "predictivity", "stages"};
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
        char *svg = draw_svg(group, NULL);
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
        char *first = draw_svg(figures->children[i], NULL);
        char *second = draw_svg(ana_record_find(again, "figures")->children[i], NULL);
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
            char *svg = draw_svg(group, &options);
            check_sound_svg(svg, group->name);
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
    char *svg = draw_svg(group, &options);
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
    char *svg = draw_svg(group, NULL);
    assert_int_equal(n, strlen(svg));
    assert_memory_equal(bytes, svg, n);
    free(svg);
    free(bytes);
    check_fails(ana_figure_write(group, NULL, scratch("none/figure.svg")), ANA_ERR_IO, "none");
}

static void titles_units_and_captions_are_shown(void **state)
{
    (void)state;
    char *svg = draw_svg(ana_record_find(sample, "figures/responses"), NULL);
    assert_true(has_label(svg, "Firing rate around the stimulus"));
    assert_true(has_label(svg, "Firing rate (Hz)"));
    assert_true(has_label(svg, "Time from stimulus (s)"));
    assert_true(has_label(svg, "Opposite"));
    assert_non_null(strstr(svg, "<desc>Mean over 48 trials with 95 % confidence bands;"));
    assert_non_null(strstr(svg, "aria-label=\"Mean over 48 trials"));
    free(svg);
    svg = draw_svg(ana_record_find(sample, "figures/transitions"), NULL);
    assert_true(has_label(svg, "Widest line: weight 0.8."));
    free(svg);
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
        cmocka_unit_test(allocation_failures_leave_nothing),
    };
    return cmocka_run_group_tests(tests, make_sample, free_sample);
}
