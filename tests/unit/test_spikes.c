#include "spans.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/random.h>
#include <analysis/spikes.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_UNITS = 4
};

static const size_t n_in_unit[N_UNITS] = {5, 0, 3, 7};

/* Four units, one without spikes, at 30 kHz ticks, observed in two spells (the third in one). */
static ana_spikes *make_spikes(void)
{
    static const size_t rows[N_UNITS + 1] = {0, 2, 4, 5, 7};
    static const double start[] = {0.0, 5.0, 0.0, 5.0, 1.0, 0.0, 5.0};
    static const double stop[] = {4.0, 9.5, 4.0, 9.5, 8.0, 4.0, 9.5};
    static const int64_t ids[] = {100, -3, 7, 42};
    ana_spikes *spikes = NULL;
    ana_random random = ana_random_stream(2, "test.spikes", 0);
    check_ok(ana_spikes_new("sorted", N_UNITS, n_in_unit, &spikes));
    spikes->tick_rate = 30000.0;
    spikes->ticks = calloc(spikes->n_spikes, sizeof *spikes->ticks);
    for (size_t i = 0; i < spikes->n_spikes; i++) {
        spikes->ticks[i] = (int64_t)ana_random_below(&random, 270000);
        spikes->times[i] = (double)spikes->ticks[i] / 30000.0;
    }
    memcpy(spikes->units->columns[0].ints, ids, sizeof ids);
    check_ok(ana_table_add_texts(spikes->units, "label",
                                 (const char *const[]){"good", "mua", "good", NULL}));
    check_ok(ana_spikes_sort(spikes));
    check_ok(ana_spikes_observe_each(spikes, rows, start, stop));
    check_ok(ana_spikes_check(spikes));
    return spikes;
}

static void new_units_are_numbered_and_not_yet_observed(void **state)
{
    (void)state;
    ana_spikes *spikes = NULL;
    char id[8];
    check_ok(ana_spikes_new("sorted", N_UNITS, n_in_unit, &spikes));
    assert_string_equal(spikes->name, "sorted");
    assert_int_equal(spikes->n_spikes, 15);
    static const size_t start[] = {0, 5, 5, 8, 15};
    assert_memory_equal(spikes->unit_start, start, sizeof start);
    for (size_t u = 0; u < N_UNITS; u++) {
        ana_spikes_unit_name(spikes, u, id, sizeof id);
        assert_int_equal(id[0] - '0', u);
        assert_true(ana_spikes_observed_s(spikes, u) == 0.0);
    }
    check_ok(ana_spikes_check(spikes));
    ana_spikes_free(spikes);
    ana_spikes_free(NULL);
}

static void no_units_are_allowed(void **state)
{
    (void)state;
    ana_spikes *spikes = NULL;
    ana_spikes *taken = NULL;
    check_ok(ana_spikes_new("none", 0, NULL, &spikes));
    check_ok(ana_spikes_observe(spikes, 1, (const double[]){0.0}, (const double[]){1.0}));
    check_ok(ana_spikes_sort(spikes));
    check_ok(ana_spikes_take(spikes, 0, NULL, &taken));
    check_ok(ana_spikes_check(taken));
    ana_spikes_free(taken);
    ana_spikes_free(spikes);
}

static void sorting_keeps_ticks_with_their_times(void **state)
{
    (void)state;
    enum {
        N = 500
    };
    const size_t sizes[] = {N, N};
    ana_spikes *spikes = NULL;
    ana_random random = ana_random_stream(6, "test.sort", 0);
    check_ok(ana_spikes_new("x", 2, sizes, &spikes));
    spikes->ticks = calloc((size_t)2 * N, sizeof *spikes->ticks);
    spikes->tick_rate = 1.0;
    double sums[2] = {0.0, 0.0};
    for (size_t i = 0; i < (size_t)2 * N; i++) {
        int64_t tick = (int64_t)ana_random_below(&random, 200); /* many are equal */
        spikes->times[i] = (double)tick;
        spikes->ticks[i] = tick * 1000 + (int64_t)(i % N); /* tells the place before */
        sums[i / N] += (double)tick;
    }
    check_ok(ana_spikes_sort(spikes));
    check_ok(ana_spikes_sort(spikes)); /* again: changes nothing */
    for (size_t u = 0; u < 2; u++) {
        double sum = 0.0;
        for (size_t i = u * N; i < (u + 1) * N; i++) {
            sum += spikes->times[i];
            assert_true((double)(spikes->ticks[i] / 1000) == spikes->times[i]);
            if (i > u * N) { /* ascending, and equal times in their old order */
                assert_true(spikes->times[i - 1] <= spikes->times[i]);
                assert_true(spikes->ticks[i - 1] < spikes->ticks[i]);
            }
        }
        assert_true(sum == sums[u]);
    }
    ana_spikes_free(spikes);
}

static void times_that_are_no_number_sort_last(void **state)
{
    (void)state;
    const size_t size = 5;
    const double times[] = {NAN, 3.0, NAN, -1.0, 2.0};
    ana_spikes *spikes = NULL;
    check_ok(ana_spikes_new("x", 1, &size, &spikes));
    memcpy(spikes->times, times, sizeof times);
    check_ok(ana_spikes_sort(spikes));
    assert_true(spikes->times[0] == -1.0 && spikes->times[1] == 2.0 && spikes->times[2] == 3.0);
    assert_true(isnan(spikes->times[3]) && isnan(spikes->times[4]));
    check_fails(ana_spikes_check(spikes), ANA_ERR_VALUE, "spike 3 has no finite time");
    ana_spikes_free(spikes);
}

static void observed_seconds_are_the_sum_of_the_intervals(void **state)
{
    (void)state;
    static const double start[] = {1.0, 5.5};
    static const double stop[] = {4.0, 5.75};
    ana_spikes *spikes = make_spikes();
    check_close(ana_spikes_observed_s(spikes, 0), 8.5, 0.0, 1e-15);
    check_close(ana_spikes_observed_s(spikes, 2), 7.0, 0.0, 1e-15);
    check_ok(ana_spikes_observe(spikes, 2, start, stop));
    check_ok(ana_spikes_check(spikes));
    for (size_t u = 0; u < N_UNITS; u++) {
        assert_true(ana_spikes_observed_s(spikes, u) == 3.25);
    }
    check_ok(ana_spikes_observe(spikes, 0, NULL, NULL));
    assert_true(ana_spikes_observed_s(spikes, 3) == 0.0);
    ana_spikes_free(spikes);
}

static void a_unit_is_named_by_its_id(void **state)
{
    (void)state;
    ana_spikes *spikes = make_spikes();
    char id[32];
    ana_spikes_unit_name(spikes, 1, id, sizeof id);
    assert_string_equal(id, "-3");
    ana_spikes_unit_name(spikes, 0, id, 3);
    assert_string_equal(id, "10"); /* cut to the room there is */
    ana_table *texts = NULL;
    check_ok(ana_table_new(N_UNITS, &texts));
    check_ok(ana_table_add_texts(texts, "id", (const char *const[]){"A1", "B2", NULL, "\xc3\xa9"}));
    ana_table_free(spikes->units);
    spikes->units = texts;
    check_ok(ana_spikes_check(spikes));
    ana_spikes_unit_name(spikes, 1, id, sizeof id);
    assert_string_equal(id, "B2");
    ana_spikes_unit_name(spikes, 2, id, sizeof id);
    assert_string_equal(id, "?");
    texts->n_columns = 0;
    ana_spikes_unit_name(spikes, 1, id, sizeof id);
    assert_string_equal(id, "?");
    texts->n_columns = 1;
    ana_spikes_free(spikes);
}

static void taken_units_keep_all_they_have(void **state)
{
    (void)state;
    static const size_t units[] = {3, 0, 1};
    ana_spikes *spikes = make_spikes();
    ana_spikes *taken = NULL;
    spikes->observed_inferred = true;
    check_ok(ana_spikes_take(spikes, 3, units, &taken));
    check_ok(ana_spikes_check(taken));
    assert_string_equal(taken->name, "sorted");
    assert_true(taken->observed_inferred && taken->tick_rate == 30000.0);
    assert_int_equal(taken->n_spikes, 12);
    for (size_t i = 0; i < 3; i++) {
        const size_t from = spikes->unit_start[units[i]];
        const size_t to = taken->unit_start[i];
        const size_t n = n_in_unit[units[i]];
        assert_int_equal(taken->unit_start[i + 1] - to, n);
        for (size_t k = 0; k < n; k++) {
            assert_true(taken->times[to + k] == spikes->times[from + k]);
            assert_int_equal(taken->ticks[to + k], spikes->ticks[from + k]);
        }
        assert_int_equal(taken->units->columns[0].ints[i],
                         spikes->units->columns[0].ints[units[i]]);
        assert_true(ana_spikes_observed_s(taken, i) == ana_spikes_observed_s(spikes, units[i]));
    }
    const size_t beyond = 4;
    ana_spikes_free(taken);
    check_fails(ana_spikes_take(spikes, 1, &beyond, &taken), ANA_ERR_VALUE, "there are 4");
    ana_spikes_free(spikes);
}

static void a_cut_keeps_spikes_and_observation_within_the_spans(void **state)
{
    (void)state;
    ana_spikes *spikes = make_spikes();
    ana_random random = ana_random_stream(8, "test.spikes.cut", 0);
    for (int trial = 0; trial < 100; trial++) {
        ana_span list[4];
        for (size_t i = 0; i < 4; i++) {
            list[i].start = 10.0 * ana_random_uniform(&random);
            list[i].stop = list[i].start + 3.0 * ana_random_uniform(&random) - 0.5;
        }
        const ana_spans spans = {ana_spans_unite(4, list), list};
        ana_spikes *cut = NULL;
        check_ok(ana_spikes_cut(spikes, &spans, &cut));
        check_ok(ana_spikes_check(cut));
        for (size_t u = 0; u < N_UNITS; u++) {
            size_t k = cut->unit_start[u];
            for (size_t i = spikes->unit_start[u]; i < spikes->unit_start[u + 1]; i++) {
                bool within = false;
                for (size_t s = 0; s < spans.n; s++) {
                    within |= list[s].start <= spikes->times[i] && spikes->times[i] < list[s].stop;
                }
                if (within) {
                    assert_true(cut->times[k] == spikes->times[i]);
                    assert_int_equal(cut->ticks[k], spikes->ticks[i]);
                    k++;
                }
            }
            assert_int_equal(k, cut->unit_start[u + 1]);
            double observed = 0.0; /* the overlap, pair by pair */
            for (size_t i = spikes->observed_row[u]; i < spikes->observed_row[u + 1]; i++) {
                for (size_t s = 0; s < spans.n; s++) {
                    double from = fmax(list[s].start, spikes->observed_start[i]);
                    double to = fmin(list[s].stop, spikes->observed_stop[i]);
                    observed += to > from ? to - from : 0.0;
                }
            }
            check_close(ana_spikes_observed_s(cut, u), observed, 1e-14, 1e-14);
        }
        ana_spikes_free(cut);
    }
    ana_spikes_free(spikes);
}

static void united_spans_hold_the_same_times(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(12, "test.spans", 0);
    for (int trial = 0; trial < 500; trial++) {
        ana_span list[8];
        ana_span before[8];
        for (size_t i = 0; i < 8; i++) { /* a coarse grid, so that ends often meet */
            list[i].start = (double)ana_random_below(&random, 20);
            list[i].stop = list[i].start + (double)ana_random_below(&random, 4);
        }
        memcpy(before, list, sizeof list);
        const ana_spans spans = {ana_spans_unite(8, list), list};
        for (size_t i = 0; i < spans.n; i++) {
            assert_true(list[i].start < list[i].stop);
            assert_true(i == 0 || list[i - 1].stop < list[i].start);
        }
        for (double time = -0.5; time < 26.0; time += 0.5) {
            bool within = false;
            for (size_t i = 0; i < 8; i++) {
                within |= before[i].start <= time && time < before[i].stop;
            }
            assert_int_equal(ana_spans_hold(&spans, time), within);
        }
    }
}

static void check_finds_each_broken_invariant(void **state)
{
    (void)state;
    ana_spikes *spikes = make_spikes();
    const ana_spikes good = *spikes;
    spikes->name = NULL;
    check_fails(ana_spikes_check(spikes), ANA_ERR_VALUE, "no name");
    *spikes = good;
    spikes->n_spikes = 14;
    check_fails(ana_spikes_check(spikes), ANA_ERR_VALUE, "0 to 14");
    *spikes = good;
    spikes->unit_start[0] = 1;
    check_fails(ana_spikes_check(spikes), ANA_ERR_VALUE, "goes from 1");
    spikes->unit_start[0] = 0;
    spikes->unit_start[1] = 9;
    check_fails(ana_spikes_check(spikes), ANA_ERR_VALUE, "falls at unit 1");
    spikes->unit_start[1] = 5;
    spikes->tick_rate = 0.0;
    check_fails(ana_spikes_check(spikes), ANA_ERR_VALUE, "ticks");
    *spikes = good;
    double time = spikes->times[9];
    spikes->times[9] = 1e9;
    check_fails(ana_spikes_check(spikes), ANA_ERR_VALUE, "unit 3: spike 2 is out of order");
    spikes->times[9] = INFINITY;
    check_fails(ana_spikes_check(spikes), ANA_ERR_VALUE, "spike 1 has no finite time");
    spikes->times[9] = time;
    spikes->observed_start[1] = 3.5;
    check_fails(ana_spikes_check(spikes), ANA_ERR_VALUE, "unit 0: observed interval 1");
    spikes->observed_start[1] = NAN;
    check_fails(ana_spikes_check(spikes), ANA_ERR_VALUE, "observed interval 1");
    spikes->observed_start[1] = 9.75;
    check_fails(ana_spikes_check(spikes), ANA_ERR_VALUE, "reversed");
    spikes->observed_start[1] = 5.0;
    spikes->observed_row[2] = 1;
    check_fails(ana_spikes_check(spikes), ANA_ERR_VALUE, "observed_row");
    spikes->observed_row[2] = 4;
    spikes->units->columns[0].ints[0] = 42;
    check_fails(ana_spikes_check(spikes), ANA_ERR_VALUE, "id 42");
    spikes->units->columns[0].ints[0] = 100;
    spikes->units->columns[1].n_elements = 3;
    check_fails(ana_spikes_check(spikes), ANA_ERR_VALUE, "\"label\" has 3");
    spikes->units->columns[1].n_elements = 4;
    spikes->observed_stop[1] = 5.0; /* an empty one is allowed */
    check_ok(ana_spikes_check(spikes));
    spikes->observed_stop[1] = 9.5;
    spikes->units->columns[0].name[0] = 'x';
    check_fails(ana_spikes_check(spikes), ANA_ERR_VALUE, "\"id\"");
    spikes->units->columns[0].name[0] = 'i';
    spikes->units->n_rows = 3;
    check_fails(ana_spikes_check(spikes), ANA_ERR_VALUE, "4 rows");
    spikes->units->n_rows = 4;
    check_ok(ana_spikes_check(spikes));
    ana_spikes_free(spikes);
}

static void counts_and_rows_that_break_the_rules_are_refused(void **state)
{
    (void)state;
    static const size_t huge[] = {SIZE_MAX, 2};
    static const size_t large[] = {SIZE_MAX / 8, 0};
    static const size_t late[] = {1, 1, 1, 1, 1};
    static const size_t falling[] = {0, 2, 1, 1, 1};
    ana_spikes *spikes = NULL;
    check_fails(ana_spikes_new("x", 2, huge, &spikes), ANA_ERR_SHAPE, "unit 1");
    check_fails(ana_spikes_new("x", 2, large, &spikes), ANA_ERR_MEMORY, "spike times");
    assert_null(spikes);
    spikes = make_spikes();
    check_fails(ana_spikes_observe_each(spikes, late, NULL, NULL), ANA_ERR_VALUE, "begins");
    check_fails(ana_spikes_observe_each(spikes, falling, NULL, NULL), ANA_ERR_VALUE, "unit 1");
    check_fails(ana_spikes_observe(spikes, SIZE_MAX / 2, NULL, NULL), ANA_ERR_SHAPE, "overflow");
    check_ok(ana_spikes_check(spikes)); /* nothing was changed */
    check_close(ana_spikes_observed_s(spikes, 0), 8.5, 0.0, 1e-15);
    ana_spikes_free(spikes);
}

static void without_memory_spikes_stay_as_they_were(void **state)
{
    (void)state;
    static const size_t units[] = {3, 0};
    static const double start[] = {1.0, 5.5};
    static const double stop[] = {4.0, 5.75};
    static const size_t rows[] = {0, 1, 1, 2, 2};
    static const ana_span span = {2.0, 6.0};
    static const ana_spans spans = {1, &span};
    ana_spikes *spikes = make_spikes();
    ana_spikes *made = NULL;
    ALLOCATION_TEST(ana_spikes_new, ("x", N_UNITS, n_in_unit, &made), ana_spikes_free(made));
    ALLOCATION_TEST(ana_spikes_take, (spikes, 2, units, &made), ana_spikes_free(made));
    ALLOCATION_TEST(ana_spikes_cut, (spikes, &spans, &made), ana_spikes_free(made));
    ALLOCATION_TEST(ana_spikes_check, (spikes), (void)0);
    ALLOCATION_TEST(ana_spikes_observe, (spikes, 2, start, stop), (void)0);
    ALLOCATION_TEST(ana_spikes_observe_each, (spikes, rows, start, stop), (void)0);
    assert_true(ana_spikes_observed_s(spikes, 2) == 0.25);
    spikes->times[9] = -1.0; /* no longer sorted */
    ALLOCATION_TEST(ana_spikes_sort, (spikes), (void)0);
    assert_true(spikes->times[8] == -1.0);
    ana_spikes_free(spikes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_units_are_numbered_and_not_yet_observed),
        cmocka_unit_test(no_units_are_allowed),
        cmocka_unit_test(sorting_keeps_ticks_with_their_times),
        cmocka_unit_test(times_that_are_no_number_sort_last),
        cmocka_unit_test(observed_seconds_are_the_sum_of_the_intervals),
        cmocka_unit_test(a_unit_is_named_by_its_id),
        cmocka_unit_test(taken_units_keep_all_they_have),
        cmocka_unit_test(a_cut_keeps_spikes_and_observation_within_the_spans),
        cmocka_unit_test(united_spans_hold_the_same_times),
        cmocka_unit_test(check_finds_each_broken_invariant),
        cmocka_unit_test(counts_and_rows_that_break_the_rules_are_refused),
        cmocka_unit_test(without_memory_spikes_stay_as_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
