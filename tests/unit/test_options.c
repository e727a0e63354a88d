#include "support/check.h"

#include <analysis/options.h>
#include <analysis/run.h>

#include <math.h>
#include <string.h>

typedef enum toy_shape {
    SHAPE_ROUND,
    SHAPE_SQUARE
} toy_shape;

typedef struct toy_options {
    ana_run run;
    bool loud;
    size_t n_things;
    int64_t offset;
    double width_s;
    const char *label;
    toy_shape shape;
    size_t room;
} toy_options;

static const char *const shapes[] = {"round", "square", NULL};

static const ana_option toy_table[] = {
    {"loud", ANA_OPTION_BOOL, offsetof(toy_options, loud), 0, 0, NULL, NULL, "be loud", false},
    {"things", ANA_OPTION_SIZE, offsetof(toy_options, n_things), 1, 64, NULL, "N", "things", false},
    {"offset", ANA_OPTION_INT, offsetof(toy_options, offset), -5, 5, NULL, "N", "offset", false},
    {"width", ANA_OPTION_DOUBLE, offsetof(toy_options, width_s), 0, (double)INFINITY, NULL,
     "SECONDS", "width", false},
    {"label", ANA_OPTION_TEXT, offsetof(toy_options, label), 0, 0, NULL, "TEXT", "label", false},
    {"shape", ANA_OPTION_CHOICE, offsetof(toy_options, shape), 0, 0, shapes, "SHAPE", "shape",
     false},
    {"room", ANA_OPTION_BYTES, offsetof(toy_options, room), 0, 0, NULL, "BYTES", "room", true},
    ANA_OPTION_END,
};

static toy_options defaults(void)
{
    toy_options options = {.n_things = 3, .width_s = 0.5};
    return options;
}

static ana_status set(toy_options *options, const char *name, const char *text)
{
    return ana_option_set(ana_option_find(toy_table, name), options, text);
}

static void values_reach_their_fields(void **state)
{
    (void)state;
    toy_options options = defaults();
    check_ok(set(&options, "loud", "yes"));
    check_ok(set(&options, "things", "64"));
    check_ok(set(&options, "offset", "-5"));
    check_ok(set(&options, "width", "2.5e-3"));
    check_ok(set(&options, "label", "A B"));
    check_ok(set(&options, "shape", "square"));
    check_ok(set(&options, "room", "1.5M"));
    assert_true(options.loud);
    assert_int_equal(options.n_things, 64);
    assert_int_equal(options.offset, -5);
    assert_true(options.width_s == 2.5e-3);
    assert_string_equal(options.label, "A B");
    assert_int_equal(options.shape, SHAPE_SQUARE);
    assert_int_equal(options.room, 3u << 19);
    check_ok(set(&options, "room", "2k"));
    assert_int_equal(options.room, 2048);
}

static void what_is_out_of_range_is_refused_with_the_range(void **state)
{
    (void)state;
    toy_options options = defaults();
    check_fails(set(&options, "things", "65"), ANA_ERR_VALUE,
                "--things 65: not allowed; give 1 to 64");
    check_fails(set(&options, "things", "0"), ANA_ERR_VALUE, "1 to 64");
    check_fails(set(&options, "things", "-3"), ANA_ERR_VALUE, "--things");
    check_fails(set(&options, "things", "3.0"), ANA_ERR_VALUE, "--things");
    check_fails(set(&options, "things", "3x"), ANA_ERR_VALUE, "--things");
    check_fails(set(&options, "offset", "6"), ANA_ERR_VALUE, "-5 to 5");
    check_fails(set(&options, "width", "-1"), ANA_ERR_VALUE, "0 or more");
    check_fails(set(&options, "width", "nan"), ANA_ERR_VALUE, "--width");
    check_fails(set(&options, "shape", "oval"), ANA_ERR_VALUE, "round|square");
    check_fails(set(&options, "loud", "perhaps"), ANA_ERR_VALUE, "yes|no");
    check_fails(set(&options, "room", "-1"), ANA_ERR_VALUE, "bytes");
    check_fails(set(&options, "room", "12Q"), ANA_ERR_VALUE, "bytes");
    check_fails(set(&options, "room", "1e300"), ANA_ERR_VALUE, "bytes");
    assert_int_equal(options.n_things, 3);
}

static void values_read_back_to_the_same(void **state)
{
    (void)state;
    toy_options options = {.loud = true,
                           .n_things = 7,
                           .offset = -2,
                           .width_s = 0.1,
                           .label = "x",
                           .shape = SHAPE_SQUARE,
                           .room = 12345};
    toy_options copy = defaults();
    char texts[8][64];
    for (size_t i = 0; toy_table[i].name != NULL; i++) {
        ana_option_get(&toy_table[i], &options, texts[i], sizeof texts[i]);
        check_ok(ana_option_set(&toy_table[i], &copy, texts[i]));
    }
    assert_true(copy.loud && copy.n_things == 7 && copy.offset == -2 && copy.width_s == 0.1);
    assert_string_equal(copy.label, "x");
    assert_true(copy.shape == SHAPE_SQUARE && copy.room == 12345);
}

static void checks_name_the_module_and_the_option(void **state)
{
    (void)state;
    toy_options options = defaults();
    check_ok(ana_options_check(toy_table, &options, "toy"));
    options.n_things = 0;
    check_fails(ana_options_check(toy_table, &options, "toy"), ANA_ERR_VALUE, "toy: --things 0");
    options = defaults();
    options.width_s = (double)NAN;
    check_fails(ana_options_check(toy_table, &options, "toy"), ANA_ERR_VALUE, "--width");
    options = defaults();
    options.shape = (toy_shape)9;
    check_fails(ana_options_check(toy_table, &options, "toy"), ANA_ERR_VALUE, "--shape");
}

static void names_are_found(void **state)
{
    (void)state;
    assert_ptr_equal(ana_option_find(toy_table, "width"), &toy_table[3]);
    assert_null(ana_option_find(toy_table, "widt"));
    assert_non_null(ana_option_find(ana_run_option_table, "seed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_reach_their_fields),
        cmocka_unit_test(what_is_out_of_range_is_refused_with_the_range),
        cmocka_unit_test(values_read_back_to_the_same),
        cmocka_unit_test(checks_name_the_module_and_the_option),
        cmocka_unit_test(names_are_found),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
