#include "support/check.h"

#include <analysis/record.h>

#include <stdio.h>
#include <string.h>

/* One array of a group: "d" doubles, "i" integers from 0 on, "t" texts; its axes, 0 ends. */
typedef struct array_case {
    const char *name;
    char type;
    size_t axes[5];
} array_case;

enum {
    MAX_ARRAYS = 9
};

static void add_array(ana_record *group, const array_case *array)
{
    static const double doubles[64] = {0.0};
    static const int64_t ints[64] = {0, 1};
    static const char *texts[64] = {"a"};
    ana_shape shape = {0};
    while (array->axes[shape.n_axes] != 0) {
        shape.n[shape.n_axes] = array->axes[shape.n_axes];
        shape.n_axes++;
    }
    if (array->type == 'd') {
        check_ok(ana_record_add_doubles(group, array->name, shape, doubles, NULL));
    } else if (array->type == 'i') {
        check_ok(ana_record_add_ints(group, array->name, shape, ints, NULL));
    } else {
        check_ok(ana_record_add_texts(group, array->name, shape.n[0], texts));
    }
}

/* A record whose group "figure" has the hint and the arrays. */
static ana_record *make_figure(ana_hint hint, const array_case *arrays, size_t n)
{
    ana_record *record = NULL;
    ana_record *figure = NULL;
    check_ok(ana_record_new(&record));
    check_ok(ana_record_add_group(record, "figure", hint, &figure));
    check_ok(ana_record_add_text(figure, "title", "a figure"));
    check_ok(ana_record_add_text(figure, "caption", "what it shows"));
    for (size_t i = 0; i < n; i++) {
        add_array(figure, &arrays[i]);
    }
    return record;
}

/* A hint with all it may have; the first `n_needed` arrays cannot be left out. */
typedef struct figure_case {
    ana_hint hint;
    size_t n_needed;
    array_case arrays[MAX_ARRAYS];
} figure_case;

static const figure_case figures[] = {
    {ANA_HINT_LINE,
     1,
     {{"y", 'd', {2, 5}},
      {"x", 'd', {5}},
      {"low", 'd', {2, 5}},
      {"high", 'd', {2, 5}},
      {"labels", 't', {2}}}},
    {ANA_HINT_LINE, 1, {{"y", 'i', {5}}, {"x", 'i', {5}}, {"low", 'd', {5}}, {"high", 'd', {5}}}},
    {ANA_HINT_HEAT_MAP,
     1,
     {{"values", 'd', {3, 4}},
      {"x", 'd', {4}},
      {"y", 'd', {3}},
      {"row_labels", 't', {3}},
      {"column_labels", 't', {4}}}},
    {ANA_HINT_RASTER, 2, {{"times", 'd', {6}}, {"rows", 'i', {6}}, {"row_labels", 't', {2}}}},
    {ANA_HINT_BARS,
     1,
     {{"values", 'd', {2, 3}},
      {"low", 'd', {2, 3}},
      {"high", 'd', {2, 3}},
      {"labels", 't', {3}},
      {"group_labels", 't', {2}}}},
    {ANA_HINT_RIBBON,
     3,
     {{"start", 'd', {4}},
      {"stop", 'd', {4}},
      {"state", 'i', {4}},
      {"state_labels", 't', {3}},
      {"times", 'd', {7}},
      {"rows", 'i', {7}},
      {"row_labels", 't', {2}},
      {"x", 'd', {5}},
      {"posterior", 'd', {3, 5}}}},
    {ANA_HINT_GRAPH,
     3,
     {{"from", 'i', {4}},
      {"to", 'i', {4}},
      {"weight", 'd', {4}},
      {"labels", 't', {3}},
      {"position", 'd', {3, 2}},
      {"group", 'i', {3}}}},
    {ANA_HINT_MATRIX_GROUPS,
     2,
     {{"values", 'd', {4, 4}},
      {"group", 'i', {4}},
      {"labels", 't', {4}},
      {"group_labels", 't', {2}}}},
    {ANA_HINT_TOPOGRAPHY,
     2,
     {{"values", 'd', {4}}, {"position", 'd', {4, 3}}, {"labels", 't', {4}}}},
    {ANA_HINT_TOPOGRAPHY, 2, {{"values", 'd', {4}}, {"position", 'd', {4, 2}}}},
    {ANA_HINT_VIOLIN, 2, {{"values", 'd', {6}}, {"group", 'i', {6}}, {"group_labels", 't', {2}}}},
    {ANA_HINT_TABLE, 0, {{"id", 'i', {3}}, {"rate", 'd', {3}}, {"label", 't', {3}}}},
};

enum {
    N_FIGURES = sizeof figures / sizeof *figures
};

static size_t count_arrays(const figure_case *figure)
{
    size_t n = 0;
    while (n < MAX_ARRAYS && figure->arrays[n].name != NULL) {
        n++;
    }
    return n;
}

static void complete_figures_pass_with_and_without_what_they_may_have(void **state)
{
    (void)state;
    for (size_t f = 0; f < N_FIGURES; f++) {
        for (size_t n = figures[f].n_needed; n <= count_arrays(&figures[f]); n++) {
            ana_record *record = make_figure(figures[f].hint, figures[f].arrays, n);
            check_ok(ana_record_check(record));
            ana_record_free(record);
        }
    }
}

static void each_needed_array_is_missed_by_name(void **state)
{
    (void)state;
    for (size_t f = 0; f < N_FIGURES; f++) {
        for (size_t missing = 0; missing < figures[f].n_needed; missing++) {
            array_case arrays[MAX_ARRAYS];
            char sentence[64];
            memcpy(arrays, figures[f].arrays, sizeof arrays);
            snprintf(sentence, sizeof sentence, "\"figure\" lacks \"%s\"", arrays[missing].name);
            arrays[missing].name = "something else";
            ana_record *record = make_figure(figures[f].hint, arrays, figures[f].n_needed);
            check_fails(ana_record_check(record), ANA_ERR_VALUE, sentence);
            ana_record_free(record);
        }
    }
}

static void each_array_of_another_length_is_found(void **state)
{
    (void)state;
    for (size_t f = 0; f < N_FIGURES; f++) {
        size_t n = count_arrays(&figures[f]);
        for (size_t i = 0; i < n; i++) {
            array_case arrays[MAX_ARRAYS];
            memcpy(arrays, figures[f].arrays, sizeof arrays);
            for (size_t axis = 0; arrays[i].axes[axis] != 0; axis++) {
                bool free_axis = figures[f].hint == ANA_HINT_LINE && n == 1;
                arrays[i].axes[axis] += 2; /* by 1, two coordinates would become three */
                ana_record *record = make_figure(figures[f].hint, arrays, n);
                bool raster_rows = strcmp(arrays[i].name, "row_labels") == 0 &&
                                   figures[f].hint != ANA_HINT_HEAT_MAP;
                bool names_of_groups =
                    strcmp(arrays[i].name, "group_labels") == 0 && figures[f].hint != ANA_HINT_BARS;
                if (free_axis || raster_rows || names_of_groups) {
                    check_ok(ana_record_check(record)); /* more names than are used do no harm */
                } else {
                    check_fails(ana_record_check(record), ANA_ERR_SHAPE, "\"figure\"");
                }
                ana_record_free(record);
                arrays[i].axes[axis] -= 2;
            }
            if (arrays[i].type != 't') { /* an axis too many */
                size_t axis = arrays[i].axes[1] == 0 ? 1 : 2;
                arrays[i].axes[axis] = 1;
                ana_record *record = make_figure(figures[f].hint, arrays, n);
                check_fails(ana_record_check(record), ANA_ERR_SHAPE, "\"figure\"");
                ana_record_free(record);
            }
        }
    }
}

static void each_array_of_another_type_is_found(void **state)
{
    (void)state;
    for (size_t f = 0; f + 1 < N_FIGURES; f++) { /* a table takes any */
        size_t n = count_arrays(&figures[f]);
        for (size_t i = 0; i < n; i++) {
            array_case arrays[MAX_ARRAYS];
            memcpy(arrays, figures[f].arrays, sizeof arrays);
            arrays[i].type = arrays[i].type == 't' ? 'd' : 't';
            ana_record *record = make_figure(figures[f].hint, arrays, n);
            check_fails(ana_record_check(record), ANA_ERR_VALUE, "should be an array of");
            ana_record_free(record);
            if (figures[f].arrays[i].type == 'i' && strcmp(arrays[i].name, "y") != 0 &&
                strcmp(arrays[i].name, "x") != 0) { /* places are integers */
                arrays[i].type = 'd';
                record = make_figure(figures[f].hint, arrays, n);
                check_fails(ana_record_check(record), ANA_ERR_VALUE, "array of integers");
                ana_record_free(record);
            }
        }
    }
}

static void places_that_are_none_are_found(void **state)
{
    (void)state;
    static const struct {
        size_t figure;
        const char *name;
        int64_t length; /* of the list it points into */
    } cases[] = {{3, "rows", 2}, {5, "state", 3}, {5, "rows", 2},  {6, "from", 3},
                 {6, "to", 3},   {7, "group", 2}, {10, "group", 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const figure_case *figure = &figures[cases[i].figure];
        ana_record *record = make_figure(figure->hint, figure->arrays, count_arrays(figure));
        ana_record *group = record->children[0];
        for (size_t k = 0; k < group->n_children; k++) {
            ana_record *node = group->children[k];
            if (strcmp(node->name, cases[i].name) != 0) {
                continue;
            }
            node->ints[2] = cases[i].length - 1;
            check_ok(ana_record_check(record));
            node->ints[2] = cases[i].length;
            check_fails(ana_record_check(record), ANA_ERR_VALUE, cases[i].name);
            node->ints[2] = -1;
            check_fails(ana_record_check(record), ANA_ERR_VALUE, "is -1");
        }
        ana_record_free(record);
    }
}

static void without_names_any_place_from_0_on_will_do(void **state)
{
    (void)state;
    ana_record *record = make_figure(ANA_HINT_RASTER, figures[3].arrays, 2);
    ana_record *rows = record->children[0]->children[3];
    assert_string_equal(rows->name, "rows");
    rows->ints[0] = INT64_MAX;
    check_ok(ana_record_check(record));
    rows->ints[0] = -1;
    check_fails(ana_record_check(record), ANA_ERR_VALUE, "is -1");
    ana_record_free(record);
}

static void groups_are_checked_however_deep_they_stand(void **state)
{
    (void)state;
    ana_record *record = NULL;
    ana_record *group = NULL;
    check_ok(ana_record_new(&record));
    check_ok(ana_record_check(record));
    check_ok(ana_record_add_group(record, "a", ANA_HINT_NONE, &group));
    check_ok(ana_record_add_group(group, "b", ANA_HINT_NONE, &group));
    check_ok(ana_record_check(record));
    check_ok(ana_record_add_group(group, "c", ANA_HINT_LINE, &group));
    check_fails(ana_record_check(record), ANA_ERR_VALUE, "line \"c\" lacks \"y\"");
    ana_record_free(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(complete_figures_pass_with_and_without_what_they_may_have),
        cmocka_unit_test(each_needed_array_is_missed_by_name),
        cmocka_unit_test(each_array_of_another_length_is_found),
        cmocka_unit_test(each_array_of_another_type_is_found),
        cmocka_unit_test(places_that_are_none_are_found),
        cmocka_unit_test(without_names_any_place_from_0_on_will_do),
        cmocka_unit_test(groups_are_checked_however_deep_they_stand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
