#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/random.h>
#include <analysis/series.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_CHANNELS = 3
};

/* A series of n segments of those lengths with a second between them; values tell their place. */
static ana_series *make_series(size_t n, const size_t *lengths)
{
    ana_series *series = NULL;
    double start = 2.0;
    check_ok(ana_series_new("lfp", N_CHANNELS, &series));
    series->rate = 1000.0;
    series->type = ANA_FLOAT64;
    for (size_t s = 0; s < n; s++) {
        check_ok(ana_series_add_segment(series, lengths[s], start));
        start += (double)lengths[s] / 1000.0 + 1.0;
    }
    double *values = calloc(N_CHANNELS * series->n_times + 1, sizeof *values);
    for (size_t i = 0; i < N_CHANNELS * series->n_times; i++) {
        values[i] = (double)(i / series->n_times) * 1e6 + (double)(i % series->n_times);
    }
    check_ok(ana_source_from_memory(ANA_FLOAT64, N_CHANNELS, series->n_times, true, values,
                                    &series->source));
    free(values);
    for (size_t c = 0; c < N_CHANNELS; c++) {
        series->channels[c].name = strdup("c");
    }
    check_ok(ana_series_check(series));
    return series;
}

/* What a walk should look like, and how far it is. */
typedef struct walk_check {
    const ana_series *series;
    ana_block_plan plan; /* as the walk should understand it */
    size_t n_blocks;
    size_t done; /* samples covered so far, without overlap */
    size_t stop_at;
} walk_check;

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static ana_status check_block(void *user, const ana_block *block)
{
    walk_check *walk = user;
    const ana_segment *segment = &walk->series->segments[block->segment];
    const size_t at = block->first + block->before;
    const size_t n = block->n - block->before - block->after;
    assert_int_equal(at, walk->done); /* without gap or repetition */
    assert_true(at >= segment->first && at + n <= segment->first + segment->n_times);
    assert_int_equal((at - segment->first) % walk->plan.block, 0); /* the segment's own grid */
    assert_int_equal(n, smaller(walk->plan.block, segment->first + segment->n_times - at));
    assert_int_equal(block->before, smaller(walk->plan.overlap, at - segment->first));
    assert_int_equal(block->after,
                     smaller(walk->plan.overlap, segment->first + segment->n_times - at - n));
    for (size_t i = 0; i < walk->plan.n_channels * block->n; i++) {
        double channel = (double)walk->plan.channels[i / block->n];
        assert_true(block->values[i] == channel * 1e6 + (double)(block->first + i % block->n));
    }
    walk->done += n;
    walk->n_blocks++;
    if (walk->n_blocks == walk->stop_at) {
        return ana_fail(ANA_ERR_NUMERIC, "enough");
    }
    return ANA_OK;
}

static void blocks_cover_each_segment_on_its_own_grid(void **state)
{
    (void)state;
    static const size_t all[] = {0, 1, 2};
    static const size_t some[] = {2, 0};
    ana_random random = ana_random_stream(4, "test.blocks", 0);
    for (int trial = 0; trial < 200; trial++) {
        size_t lengths[4];
        size_t n = ana_random_below(&random, 5);
        for (size_t s = 0; s < n; s++) {
            lengths[s] = 1 + ana_random_below(&random, 40);
        }
        ana_series *series = make_series(n, lengths);
        bool listed = trial % 2 == 0;
        ana_block_plan plan = {.n_channels = listed ? 2 : 0,
                               .channels = listed ? some : NULL,
                               .block = 1 + ana_random_below(&random, 50),
                               .overlap = ana_random_below(&random, 60)};
        walk_check walk = {.series = series, .plan = plan};
        walk.plan.n_channels = listed ? 2 : N_CHANNELS;
        walk.plan.channels = listed ? some : all;
        check_ok(ana_series_blocks(series, &plan, NULL, check_block, &walk));
        assert_int_equal(walk.done, series->n_times);
        ana_series_free(series);
    }
}

static void without_a_plan_a_block_is_4_mebibytes(void **state)
{
    (void)state;
    static const size_t all[] = {0, 1, 2};
    static const size_t lengths[] = {400000, 7};
    ana_series *series = make_series(2, lengths);
    walk_check walk = {.series = series, .plan = {N_CHANNELS, all, (4 << 20) / 8 / 3, 0}};
    check_ok(ana_series_blocks(series, NULL, NULL, check_block, &walk));
    assert_int_equal(walk.done, 400007);
    assert_int_equal(walk.n_blocks, 4);
    ana_series_free(series);
}

static void an_overlap_beyond_all_sizes_gives_whole_segments(void **state)
{
    (void)state;
    static const size_t all[] = {0, 1, 2};
    static const size_t lengths[] = {12, 5};
    ana_series *series = make_series(2, lengths);
    const ana_block_plan plan = {.block = 10, .overlap = SIZE_MAX};
    walk_check walk = {.series = series, .plan = {N_CHANNELS, all, 10, SIZE_MAX}};
    check_ok(ana_series_blocks(series, &plan, NULL, check_block, &walk));
    assert_int_equal(walk.n_blocks, 3);
    const ana_block_plan one = {.block = SIZE_MAX};
    walk = (walk_check){.series = series, .plan = {N_CHANNELS, all, SIZE_MAX, 0}};
    check_ok(ana_series_blocks(series, &one, NULL, check_block, &walk));
    assert_int_equal(walk.n_blocks, 2);
    ana_series_free(series);
}

static void a_failure_of_the_function_ends_the_walk(void **state)
{
    (void)state;
    static const size_t all[] = {0, 1, 2};
    static const size_t lengths[] = {12, 5};
    ana_series *series = make_series(2, lengths);
    const ana_block_plan plan = {.block = 5};
    walk_check walk = {.series = series, .plan = {N_CHANNELS, all, 5, 0}, .stop_at = 2};
    check_fails(ana_series_blocks(series, &plan, NULL, check_block, &walk), ANA_ERR_NUMERIC,
                "enough");
    assert_int_equal(walk.n_blocks, 2);
    ana_series_free(series);
}

/* What progress was told; it asks to stop once `stop_at` samples are done. */
typedef struct progress_told {
    size_t n;
    size_t last;
    size_t total;
    size_t stop_at;
} progress_told;

static bool hear(void *user, const char *what, size_t done, size_t total)
{
    progress_told *told = user;
    assert_string_equal(what, "lfp");
    assert_true(done > told->last);
    told->n++;
    told->last = done;
    told->total = total;
    return done < told->stop_at;
}

static ana_status ignore(void *user, const ana_block *block)
{
    (void)user;
    (void)block;
    return ANA_OK;
}

static void progress_is_told_after_each_block_and_can_cancel(void **state)
{
    (void)state;
    static const size_t lengths[] = {12, 5};
    ana_series *series = make_series(2, lengths);
    const ana_block_plan plan = {.block = 5};
    progress_told told = {.stop_at = SIZE_MAX};
    ana_run run = ana_run_default();
    run.progress = hear;
    run.user = &told;
    check_ok(ana_series_blocks(series, &plan, &run, ignore, NULL));
    assert_int_equal(told.n, 4);
    assert_int_equal(told.last, 17);
    assert_int_equal(told.total, 17);
    memset(&told, 0, sizeof told);
    told.stop_at = 10;
    check_fails(ana_series_blocks(series, &plan, &run, ignore, NULL), ANA_ERR_CANCELLED, "");
    assert_int_equal(told.n, 2);
    ana_series_free(series);
}

static void a_block_over_the_memory_limit_is_refused(void **state)
{
    (void)state;
    static const size_t lengths[] = {1000};
    static const size_t beyond = 3;
    ana_series *series = make_series(1, lengths);
    ana_run run = ana_run_default();
    ana_block_plan plan = {.block = 100, .overlap = 10};
    run.max_memory = N_CHANNELS * 120 * sizeof(double);
    check_ok(ana_series_blocks(series, &plan, &run, ignore, NULL));
    run.max_memory--;
    check_fails(ana_series_blocks(series, &plan, &run, ignore, NULL), ANA_ERR_LIMIT, "lfp");
    plan = (ana_block_plan){.n_channels = 1, .channels = &beyond};
    check_fails(ana_series_blocks(series, &plan, NULL, ignore, NULL), ANA_ERR_SHAPE, "channel 3");
    plan = (ana_block_plan){.n_channels = SIZE_MAX / 16, .channels = &beyond, .block = 99};
    check_fails(ana_series_blocks(series, &plan, NULL, ignore, NULL), ANA_ERR_LIMIT, "no memory");
    plan = (ana_block_plan){.n_channels = 2};
    check_fails(ana_series_blocks(series, &plan, NULL, ignore, NULL), ANA_ERR_SHAPE, "which");
    ana_series_free(series);
}

static void check_finds_each_broken_invariant(void **state)
{
    (void)state;
    static const size_t lengths[] = {12, 5};
    ana_series *series = make_series(2, lengths);
    const ana_series good = *series;
    series->name = NULL;
    check_fails(ana_series_check(series), ANA_ERR_VALUE, "no name");
    *series = good;
    series->rate = -1.0;
    check_fails(ana_series_check(series), ANA_ERR_VALUE, "negative");
    series->rate = NAN;
    check_fails(ana_series_check(series), ANA_ERR_VALUE, "finite");
    series->rate = 0.0;
    check_fails(ana_series_check(series), ANA_ERR_VALUE, "timestamps");
    series->timestamps = series->source;
    check_fails(ana_series_check(series), ANA_ERR_VALUE, "2 segments");
    series->rate = 1000.0;
    check_fails(ana_series_check(series), ANA_ERR_VALUE, "not both");
    *series = good;
    series->source = NULL;
    check_fails(ana_series_check(series), ANA_ERR_VALUE, "source");
    *series = good;
    series->n_times = 18;
    check_fails(ana_series_check(series), ANA_ERR_VALUE, "17 of 18");
    *series = good;
    const ana_segment second = series->segments[1];
    series->segments[1].first = 11;
    check_fails(ana_series_check(series), ANA_ERR_VALUE, "must go on at 12");
    series->segments[1] = second;
    series->segments[1].n_times = 0;
    check_fails(ana_series_check(series), ANA_ERR_VALUE, "not be empty");
    series->segments[1].n_times = SIZE_MAX;
    check_fails(ana_series_check(series), ANA_ERR_VALUE, "overflow");
    series->segments[1] = second;
    series->segments[1].start = 2.0;
    check_fails(ana_series_check(series), ANA_ERR_VALUE, "after the one before");
    series->segments[1].start = NAN;
    check_fails(ana_series_check(series), ANA_ERR_VALUE, "segment 1");
    series->segments[1] = second;
    char *name = series->channels[2].name;
    series->channels[2].name = NULL;
    check_fails(ana_series_check(series), ANA_ERR_VALUE, "channel 2 has no name");
    series->channels[2].name = name;
    series->channels[1].gain = INFINITY;
    check_fails(ana_series_check(series), ANA_ERR_VALUE, "gain");
    series->channels[1].gain = 1.0;
    series->channels[1].offset = NAN;
    check_fails(ana_series_check(series), ANA_ERR_VALUE, "offset");
    series->channels[1].offset = 0.0;
    check_ok(ana_series_check(series));
    ana_series_free(series);
}

static void without_memory_a_series_stays_as_it_was(void **state)
{
    (void)state;
    static const size_t lengths[] = {12, 5};
    static const size_t channels[] = {0, 2};
    ana_series *series = make_series(2, lengths);
    ana_series *made = NULL;
    double out[2 * 17];
    double stop = 0.0;
    for (size_t c = 0; c < N_CHANNELS; c++) {
        series->channels[c].unit = strdup("mV");
    }
    ALLOCATION_TEST(ana_series_new, ("x", 4, &made), ana_series_free(made));
    ALLOCATION_TEST(ana_series_read, (series, 2, channels, 0, 17, out), (void)0);
    ALLOCATION_TEST(ana_series_read_si, (series, 2, channels, 0, 17, out), (void)0);
    ALLOCATION_TEST(ana_series_read_stored, (series, 2, channels, 0, 17, out), (void)0);
    ALLOCATION_TEST(ana_series_blocks, (series, NULL, NULL, ignore, NULL), (void)0);
    NO_ALLOCATION_TEST(ana_series_times, (series, 0, 17, out));
    NO_ALLOCATION_TEST(ana_series_stop, (series, &stop));
    NO_ALLOCATION_TEST(ana_series_check, (series));
    ALLOCATION_TEST(ana_series_add_segment, (series, 5, 100.0), (void)0);
    assert_int_equal(series->n_segments, 3);
    assert_int_equal(series->n_times, 22);
    ana_series_free(series);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_cover_each_segment_on_its_own_grid),
        cmocka_unit_test(without_a_plan_a_block_is_4_mebibytes),
        cmocka_unit_test(an_overlap_beyond_all_sizes_gives_whole_segments),
        cmocka_unit_test(a_failure_of_the_function_ends_the_walk),
        cmocka_unit_test(progress_is_told_after_each_block_and_can_cancel),
        cmocka_unit_test(a_block_over_the_memory_limit_is_refused),
        cmocka_unit_test(check_finds_each_broken_invariant),
        cmocka_unit_test(without_memory_a_series_stays_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
