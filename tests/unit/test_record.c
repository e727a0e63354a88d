#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/record.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double rates[] = {1.5, -0.0, NAN, 4.0, 1e300, -7.25};
static const int64_t path[] = {2, 0, INT64_MIN};
static const char *const states[] = {"run", NULL, "sws"};

/* A record with a node of every type. */
static ana_record *make_record(void)
{
    ana_record *record = NULL;
    ana_record *fit = NULL;
    ana_record *deep = NULL;
    check_ok(ana_record_new(&record));
    check_ok(ana_record_add_text(record, "model", "hmm"));
    check_ok(ana_record_add_group(record, "fit", ANA_HINT_NONE, &fit));
    check_ok(ana_record_add_bool(fit, "converged", true));
    check_ok(ana_record_add_int(fit, "n_iter", 37, NULL));
    check_ok(ana_record_add_double(fit, "bin", 0.2, "s"));
    check_ok(ana_record_add_doubles(fit, "rates", ana_shape_2(3, "state", 2, "unit"), rates, "Hz"));
    check_ok(ana_record_add_ints(fit, "path", ana_shape_1(3, "time"), path, NULL));
    check_ok(ana_record_add_texts(fit, "states", 3, states));
    check_ok(ana_record_add_group(fit, "more", ANA_HINT_NONE, &deep));
    check_ok(ana_record_add_sizes(deep, "counts", ana_shape_1(2, NULL), (const size_t[]){0, 9},
                                  "spikes"));
    return record;
}

static void nodes_are_found_by_path(void **state)
{
    (void)state;
    ana_record *record = make_record();
    const ana_record *rate = ana_record_find(record, "fit/rates");
    assert_int_equal(rate->type, ANA_RECORD_DOUBLES);
    assert_int_equal(rate->n_axes, 2);
    assert_int_equal(rate->shape[0], 3);
    assert_int_equal(rate->shape[1], 2);
    assert_string_equal(rate->axis_names[0], "state");
    assert_string_equal(rate->axis_names[1], "unit");
    assert_string_equal(rate->unit, "Hz");
    assert_int_equal(ana_record_size(rate), 6);
    assert_memory_equal(rate->doubles, rates, sizeof rates);
    assert_ptr_equal(rate->parent, ana_record_find(record, "fit"));
    assert_null(record->parent);
    assert_ptr_equal(ana_record_find(record, ""), record);
    const ana_record *counts = ana_record_find(record, "fit/more/counts");
    assert_int_equal(counts->ints[1], 9);
    assert_null(counts->axis_names[0]);
    const ana_record *names = ana_record_find(record, "fit/states");
    assert_string_equal(names->texts[2], "sws");
    assert_string_equal(names->texts[1], ""); /* a missing text is an empty one */
    assert_null(ana_record_find(record, "fit/rate"));
    assert_null(ana_record_find(record, "fit/rates/x"));
    assert_null(ana_record_find(record, "rates"));
    assert_null(ana_record_find(record, "fit//rates"));
    ana_record_free(record);
    ana_record_free(NULL);
}

static void values_are_read_with_their_type(void **state)
{
    (void)state;
    ana_record *record = make_record();
    double number = 0.0;
    size_t size = 0;
    bool truth = false;
    const char *text = NULL;
    check_ok(ana_record_get_double(record, "fit/bin", &number));
    assert_true(number == 0.2);
    check_ok(ana_record_get_double(record, "fit/n_iter", &number)); /* stored as an integer */
    assert_true(number == 37.0);
    check_ok(ana_record_get_size(record, "fit/n_iter", &size));
    assert_int_equal(size, 37);
    check_ok(ana_record_get_text(record, "model", &text));
    assert_string_equal(text, "hmm");
    check_ok(ana_record_get_bool(record, "fit/converged", &truth));
    assert_true(truth);
    check_fails(ana_record_get_double(record, "fit/lag", &number), ANA_ERR_FORMAT,
                "\"fit/lag\" is not there; expected a number");
    check_fails(ana_record_get_double(record, "model", &number), ANA_ERR_FORMAT,
                "\"model\" should be a number");
    check_fails(ana_record_get_size(record, "fit/bin", &size), ANA_ERR_FORMAT, "integer");
    check_fails(ana_record_get_text(record, "fit", &text), ANA_ERR_FORMAT, "a text");
    check_fails(ana_record_get_bool(record, "model", &truth), ANA_ERR_FORMAT, "true or false");
    check_ok(ana_record_add_int(record, "negative", -1, NULL));
    check_fails(ana_record_get_size(record, "negative", &size), ANA_ERR_FORMAT, "at least 0");
    ana_record_free(record);
}

static void arrays_are_read_with_their_shape(void **state)
{
    (void)state;
    ana_record *record = make_record();
    const double *doubles = NULL;
    const int64_t *ints = NULL;
    const char *const *texts = NULL;
    ana_shape shape = ana_shape_2(0, NULL, 2, NULL);
    check_ok(ana_record_get_doubles(record, "fit/rates", &shape, &doubles));
    assert_int_equal(shape.n[0], 3);
    assert_ptr_equal(doubles, ana_record_find(record, "fit/rates")->doubles);
    shape = ana_shape_2(0, NULL, 3, NULL);
    check_fails(ana_record_get_doubles(record, "fit/rates", &shape, &doubles), ANA_ERR_FORMAT,
                "axis 1 of \"fit/rates\" should be 3 long, it is 2");
    assert_int_equal(shape.n[0], 0);
    shape = ana_shape_1(0, NULL);
    check_fails(ana_record_get_doubles(record, "fit/rates", &shape, &doubles), ANA_ERR_FORMAT,
                "1 axes, it has 2");
    check_fails(ana_record_get_doubles(record, "fit/path", &shape, &doubles), ANA_ERR_FORMAT,
                "array of doubles");
    check_ok(ana_record_get_ints(record, "fit/path", &shape, &ints));
    assert_int_equal(shape.n[0], 3);
    assert_true(ints[2] == INT64_MIN);
    check_fails(ana_record_get_ints(record, "fit/rates", &shape, &ints), ANA_ERR_FORMAT,
                "array of integers");
    shape = ana_shape_1(4, NULL);
    check_fails(ana_record_get_ints(record, "fit/path", &shape, &ints), ANA_ERR_FORMAT, "4 long");
    size_t n = 0;
    check_ok(ana_record_get_texts(record, "fit/states", &n, &texts));
    assert_int_equal(n, 3);
    assert_string_equal(texts[0], "run");
    n = 2;
    check_fails(ana_record_get_texts(record, "fit/states", &n, &texts), ANA_ERR_FORMAT, "2 long");
    check_fails(ana_record_get_texts(record, "model", &n, &texts), ANA_ERR_FORMAT, "texts");
    ana_record_free(record);
}

static void names_that_cannot_be_are_refused(void **state)
{
    (void)state;
    ana_record *record = make_record();
    ana_record *fit = record->children[1];
    ana_record *model = record->children[0];
    check_fails(ana_record_add_int(record, "fit", 1, NULL), ANA_ERR_VALUE, "already has a \"fit\"");
    check_fails(ana_record_add_bool(fit, "a/b", true), ANA_ERR_VALUE, "'/'");
    check_fails(ana_record_add_text(fit, "", "x"), ANA_ERR_VALUE, "empty");
    check_fails(ana_record_add_double(model, "x", 1.0, NULL), ANA_ERR_VALUE, "no group");
    check_fails(ana_record_add_group(fit, "bin", ANA_HINT_LINE, NULL), ANA_ERR_VALUE, "\"bin\"");
    ana_record *child = NULL;
    check_ok(ana_record_new(&child));
    check_fails(ana_record_adopt(fit, "bin", child), ANA_ERR_VALUE, "\"bin\""); /* and freed */
    assert_int_equal(fit->n_children, 7);
    ana_record_free(record);
}

static void shapes_that_cannot_be_are_refused(void **state)
{
    (void)state;
    ana_record *record = make_record();
    const size_t large = (size_t)INT64_MAX + 1;
    ana_shape shape = {.n_axes = 5};
    check_fails(ana_record_add_doubles(record, "x", shape, rates, NULL), ANA_ERR_SHAPE, "5 axes");
    shape.n_axes = 0;
    check_fails(ana_record_add_ints(record, "x", shape, path, NULL), ANA_ERR_SHAPE, "0 axes");
    shape = ana_shape_2(SIZE_MAX, "a", 2, "b");
    check_fails(ana_record_add_sizes(record, "x", shape, &large, NULL), ANA_ERR_SHAPE, "overflows");
    check_fails(ana_record_add_sizes(record, "x", ana_shape_1(1, NULL), &large, NULL),
                ANA_ERR_VALUE, "too large");
    check_fails(ana_record_add_doubles(record, "x", ana_shape_1(SIZE_MAX / 8, NULL), NULL, NULL),
                ANA_ERR_MEMORY, "record");
    check_fails(ana_record_add_texts(record, "x", SIZE_MAX / 8, NULL), ANA_ERR_MEMORY, "record");
    assert_int_equal(record->n_children, 2);
    const ana_shape four = {.n_axes = 4, .n = {1, 2, 1, 3}, .axis_names = {"a", NULL, "c", "d"}};
    check_ok(ana_record_add_doubles(record, "four", four, rates, NULL));
    assert_string_equal(ana_record_find(record, "four")->axis_names[3], "d");
    check_ok(ana_record_add_doubles(record, "none", ana_shape_2(0, "a", 3, "b"), NULL, NULL));
    assert_int_equal(ana_record_size(ana_record_find(record, "none")), 0);
    ana_record_free(record);
}

static void a_record_is_no_deeper_than_it_may_be(void **state)
{
    (void)state;
    ana_record *record = NULL;
    check_ok(ana_record_new(&record));
    ana_record *group = record;
    for (int depth = 0; depth < ANA_RECORD_MAX_DEPTH; depth++) {
        check_ok(ana_record_add_group(group, "down", ANA_HINT_NONE, &group));
    }
    check_ok(ana_record_add_int(group, "value", 1, NULL));
    check_fails(ana_record_add_group(group, "down", ANA_HINT_NONE, NULL), ANA_ERR_VALUE, "deep");
    ana_record *above = NULL;
    check_ok(ana_record_new(&above));
    check_fails(ana_record_adopt(above, "under", record), ANA_ERR_VALUE, "deep"); /* freed */
    assert_int_equal(above->n_children, 0);
    ana_record_free(above);
}

static void an_adopted_root_becomes_a_child(void **state)
{
    (void)state;
    ana_record *report = NULL;
    ana_record *record = make_record();
    check_ok(ana_record_new(&report));
    check_ok(ana_record_adopt(report, "first", record));
    assert_ptr_equal(ana_record_find(report, "first"), record);
    assert_ptr_equal(record->parent, report);
    assert_non_null(ana_record_find(report, "first/fit/more/counts"));
    ana_record_free(report);
}

/* Break one thing of a copy, and expect the difference at `where`. */
static void check_differs(ana_record *changed, const char *where)
{
    char found[64] = "";
    ana_record *record = make_record();
    assert_false(ana_record_equal(record, changed, found, sizeof found));
    assert_string_equal(found, where);
    assert_false(ana_record_equal(record, changed, NULL, 0));
    ana_record_free(record);
    ana_record_free(changed);
}

static ana_record *node_of(ana_record *record, size_t child, size_t grandchild)
{
    return record->children[child]->children[grandchild];
}

static void equal_records_have_the_same_bits(void **state)
{
    (void)state;
    char where[64] = "untouched";
    ana_record *a = make_record();
    ana_record *b = make_record();
    assert_true(ana_record_equal(a, b, where, sizeof where));
    assert_string_equal(where, "untouched");
    ana_record_free(b);
    b = make_record();
    node_of(b, 1, 3)->doubles[1] = 0.0; /* was -0.0 */
    check_differs(b, "fit/rates");
    b = make_record();
    node_of(b, 1, 3)->doubles[2] = 0.0; /* was NaN */
    check_differs(b, "fit/rates");
    b = make_record();
    node_of(b, 1, 3)->unit[0] = 'h';
    check_differs(b, "fit/rates");
    b = make_record();
    node_of(b, 1, 3)->axis_names[1][0] = 'U';
    check_differs(b, "fit/rates");
    b = make_record();
    node_of(b, 1, 3)->shape[0] = 2;
    check_differs(b, "fit/rates");
    b = make_record();
    node_of(b, 1, 4)->ints[2]++;
    check_differs(b, "fit/path");
    b = make_record();
    node_of(b, 1, 5)->texts[2][0] = 'S';
    check_differs(b, "fit/states");
    b = make_record();
    node_of(b, 1, 0)->boolean = false;
    check_differs(b, "fit/converged");
    b = make_record();
    node_of(b, 1, 1)->integer = 38;
    check_differs(b, "fit/n_iter");
    b = make_record();
    node_of(b, 1, 2)->number = 0.3;
    check_differs(b, "fit/bin");
    b = make_record();
    b->children[0]->text[0] = 'H';
    check_differs(b, "model");
    b = make_record();
    b->children[1]->hint = ANA_HINT_TABLE;
    check_differs(b, "fit");
    b = make_record();
    node_of(b, 1, 6)->name[0] = 'M';
    check_differs(b, "fit/more");
    b = make_record();
    check_ok(ana_record_add_bool(b, "extra", true));
    check_differs(b, "");
    b = make_record();
    node_of(b, 1, 4)->type = ANA_RECORD_BOOL;
    check_differs(b, "fit/path");
    ana_record_free(a);
}

static void a_difference_is_found_however_deep(void **state)
{
    (void)state;
    ana_record *records[2] = {NULL, NULL};
    char wanted[2 * ANA_RECORD_MAX_DEPTH + 2] = "";
    char where[256] = "";
    for (int i = 0; i < 2; i++) {
        check_ok(ana_record_new(&records[i]));
        ana_record *group = records[i];
        for (int depth = 0; depth < ANA_RECORD_MAX_DEPTH; depth++) {
            check_ok(ana_record_add_group(group, "g", ANA_HINT_NONE, &group));
        }
        check_ok(ana_record_add_int(group, "v", i, NULL));
    }
    for (int depth = 0; depth < ANA_RECORD_MAX_DEPTH; depth++) {
        strcat(wanted, "g/");
    }
    strcat(wanted, "v");
    assert_false(ana_record_equal(records[0], records[1], where, sizeof where));
    assert_string_equal(where, wanted);
    ana_record_free(records[0]);
    ana_record_free(records[1]);
}

static void a_path_is_cut_to_the_room_there_is(void **state)
{
    (void)state;
    char where[6] = "";
    ana_record *a = make_record();
    ana_record *b = make_record();
    node_of(b, 1, 4)->ints[2]++;
    assert_false(ana_record_equal(a, b, where, sizeof where));
    assert_string_equal(where, "fit/p");
    ana_record_free(a);
    ana_record_free(b);
}

static void hints_have_names_and_an_unknown_one_is_a_table(void **state)
{
    (void)state;
    for (int hint = ANA_HINT_NONE; hint <= ANA_HINT_TABLE; hint++) {
        assert_int_equal(ana_hint_from_name(ana_hint_name((ana_hint)hint)), hint);
    }
    assert_string_equal(ana_hint_name(ANA_HINT_HEAT_MAP), "heat map");
    assert_int_equal(ana_hint_from_name("hologram"), ANA_HINT_TABLE);
    assert_int_equal(ana_hint_from_name(NULL), ANA_HINT_NONE);
}

typedef enum test_direction {
    CAUSAL,
    ZERO_PHASE
} test_direction;

typedef struct test_options {
    bool sticky;
    size_t n_states;
    int64_t offset;
    uint64_t seed;
    double rate;
    const char *file;
    const char *absent;
    test_direction direction;
    size_t memory;
    size_t threads;
} test_options;

static const char *const directions[] = {"causal", "zero-phase", NULL};
static const ana_option option_table[] = {
    {.name = "sticky", .type = ANA_OPTION_BOOL, .offset = offsetof(test_options, sticky)},
    {.name = "states", .type = ANA_OPTION_SIZE, .offset = offsetof(test_options, n_states)},
    {.name = "offset", .type = ANA_OPTION_INT, .offset = offsetof(test_options, offset)},
    {.name = "seed", .type = ANA_OPTION_SEED, .offset = offsetof(test_options, seed)},
    {.name = "rate", .type = ANA_OPTION_DOUBLE, .offset = offsetof(test_options, rate)},
    {.name = "file", .type = ANA_OPTION_TEXT, .offset = offsetof(test_options, file)},
    {.name = "absent", .type = ANA_OPTION_TEXT, .offset = offsetof(test_options, absent)},
    {.name = "direction",
     .type = ANA_OPTION_CHOICE,
     .offset = offsetof(test_options, direction),
     .choices = directions},
    {.name = "memory", .type = ANA_OPTION_BYTES, .offset = offsetof(test_options, memory)},
    {.name = "threads",
     .type = ANA_OPTION_SIZE,
     .offset = offsetof(test_options, threads),
     .execution = true},
    ANA_OPTION_END};

static const test_options test_values = {true,   3,    -4,         UINT64_MAX, 0.1,
                                         "a.h5", NULL, ZERO_PHASE, 512,        8};

static void options_are_recorded_with_their_types(void **state)
{
    (void)state;
    ana_record *record = NULL;
    double number = 0.0;
    size_t size = 0;
    const char *text = NULL;
    bool truth = false;
    check_ok(ana_record_new(&record));
    check_ok(ana_record_add_options(record, "options", option_table, &test_values));
    check_ok(ana_record_get_bool(record, "options/sticky", &truth));
    assert_true(truth);
    check_ok(ana_record_get_size(record, "options/states", &size));
    assert_int_equal(size, 3);
    assert_int_equal(ana_record_find(record, "options/offset")->integer, -4);
    check_ok(ana_record_get_text(record, "options/seed", &text)); /* larger than any integer */
    assert_string_equal(text, "18446744073709551615");
    check_ok(ana_record_get_double(record, "options/rate", &number));
    assert_true(number == 0.1);
    check_ok(ana_record_get_text(record, "options/file", &text));
    assert_string_equal(text, "a.h5");
    check_ok(ana_record_get_text(record, "options/absent", &text));
    assert_string_equal(text, "");
    check_ok(ana_record_get_text(record, "options/direction", &text));
    assert_string_equal(text, "zero-phase");
    check_ok(ana_record_get_size(record, "options/memory", &size));
    assert_int_equal(size, 512);
    assert_null(ana_record_find(record, "options/threads")); /* how, not what */
    check_fails(ana_record_add_options(record, "options", option_table, &test_values),
                ANA_ERR_VALUE, "already");
    ana_record_free(record);
}

static void without_memory_a_record_stays_as_it_was(void **state)
{
    (void)state;
    ana_record *record = make_record();
    ana_record *made = NULL;
    ana_record *child = NULL;
    const ana_shape shape = ana_shape_2(3, "state", 2, "unit");
    const ana_shape line = ana_shape_1(3, "time");
    ALLOCATION_TEST(ana_record_new, (&made), ana_record_free(made));
    ALLOCATION_TEST(ana_record_add_group, (record, "a", ANA_HINT_NONE, &made), (void)0);
    ALLOCATION_TEST(ana_record_add_bool, (record, "b", true), (void)0);
    ALLOCATION_TEST(ana_record_add_int, (record, "c", 3, "s"), (void)0);
    ALLOCATION_TEST(ana_record_add_double, (record, "d", 0.5, "s"), (void)0);
    ALLOCATION_TEST(ana_record_add_text, (record, "e", "text"), (void)0);
    ALLOCATION_TEST(ana_record_add_doubles, (record, "f", shape, rates, "Hz"), (void)0);
    ALLOCATION_TEST(ana_record_add_ints, (record, "g", line, path, "s"), (void)0);
    ALLOCATION_TEST(ana_record_add_sizes, (record, "h", line, (const size_t[]){1, 2, 3}, "s"),
                    (void)0);
    ALLOCATION_TEST(ana_record_add_texts, (record, "i", 3, states), (void)0);
    ALLOCATION_TEST(ana_record_add_options, (record, "j", option_table, &test_values), (void)0);
    CONSUMING_ALLOCATION_TEST(ana_record_adopt, (record, "k", child), child = make_record(),
                              (void)0);
    assert_int_equal(record->n_children, 2 + 11);
    NO_ALLOCATION_TEST(ana_record_check, (record));
    double number = 0.0;
    size_t n = 0;
    bool truth = false;
    const char *text = NULL;
    const double *doubles = NULL;
    const int64_t *ints = NULL;
    const char *const *texts = NULL;
    ana_shape any = ana_shape_1(0, NULL);
    ana_shape any_two = ana_shape_2(0, NULL, 0, NULL);
    NO_ALLOCATION_TEST(ana_record_get_double, (record, "d", &number));
    NO_ALLOCATION_TEST(ana_record_get_size, (record, "c", &n));
    NO_ALLOCATION_TEST(ana_record_get_bool, (record, "b", &truth));
    NO_ALLOCATION_TEST(ana_record_get_text, (record, "e", &text));
    NO_ALLOCATION_TEST(ana_record_get_doubles, (record, "f", &any_two, &doubles));
    NO_ALLOCATION_TEST(ana_record_get_ints, (record, "g", &any, &ints));
    NO_ALLOCATION_TEST(ana_record_get_texts, (record, "i", &n, &texts));
    ana_record_free(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_are_found_by_path),
        cmocka_unit_test(values_are_read_with_their_type),
        cmocka_unit_test(arrays_are_read_with_their_shape),
        cmocka_unit_test(names_that_cannot_be_are_refused),
        cmocka_unit_test(shapes_that_cannot_be_are_refused),
        cmocka_unit_test(a_record_is_no_deeper_than_it_may_be),
        cmocka_unit_test(an_adopted_root_becomes_a_child),
        cmocka_unit_test(equal_records_have_the_same_bits),
        cmocka_unit_test(a_difference_is_found_however_deep),
        cmocka_unit_test(a_path_is_cut_to_the_room_there_is),
        cmocka_unit_test(hints_have_names_and_an_unknown_one_is_a_table),
        cmocka_unit_test(options_are_recorded_with_their_types),
        cmocka_unit_test(without_memory_a_record_stays_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
