#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/complexity.h>
#include <analysis/random.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST = 300
};

/* Whether the `length` symbols at `place` also begin somewhere before it. */
static bool occurred(const int64_t *symbols, size_t place, size_t length)
{
    for (size_t start = 0; start < place; start++) {
        if (memcmp(symbols + start, symbols + place, length * sizeof *symbols) == 0) {
            return true;
        }
    }
    return false;
}

/* The definition of 1976, place by place. */
static size_t slow_lz76(size_t n, const int64_t *symbols)
{
    size_t count = 0;
    for (size_t place = 0; place < n; count++) {
        size_t length = 1;
        while (place + length < n && occurred(symbols, place, length)) {
            length++;
        }
        place += length;
    }
    return count;
}

/* The dictionary as a list of places and lengths. */
static size_t slow_lz78(size_t n, const int64_t *symbols)
{
    size_t places[MOST];
    size_t lengths[MOST];
    size_t count = 0;
    for (size_t place = 0; place < n; count++) {
        size_t length = 1;
        for (bool known = true; known; length += known ? 1 : 0) {
            known = false;
            for (size_t k = 0; k < count && place + length < n; k++) {
                known =
                    known || (lengths[k] == length && memcmp(symbols + places[k], symbols + place,
                                                             length * sizeof *symbols) == 0);
            }
        }
        places[count] = place;
        lengths[count] = length;
        place += length;
    }
    return count;
}

static void read_bits(const char *text, int64_t *symbols)
{
    for (size_t i = 0; text[i] != '\0'; i++) {
        symbols[i] = text[i] - '0';
    }
}

/* The example of Lempel & Ziv (1976): 0 . 001 . 10 . 100 . 1000 . 101. */
static void phrases_of_the_papers(void **state)
{
    (void)state;
    int64_t symbols[32];
    size_t count = 0;
    read_bits("0001101001000101", symbols);
    check_ok(ana_complexity_lz76(16, symbols, &count));
    assert_int_equal(count, 6);
    /* 0 . 00 . 1 . 10 . 100 . 1000 . 101 */
    check_ok(ana_complexity_lz78(16, symbols, &count));
    assert_int_equal(count, 7);
    read_bits("0000000000", symbols);
    check_ok(ana_complexity_lz76(10, symbols, &count)); /* 0 . 000000000 */
    assert_int_equal(count, 2);
    check_ok(ana_complexity_lz78(10, symbols, &count)); /* 0 . 00 . 000 . 0000 */
    assert_int_equal(count, 4);
    check_ok(ana_complexity_lz78(9, symbols, &count)); /* 0 . 00 . 000 . 000: known, but left */
    assert_int_equal(count, 4);
}

static void every_count_is_that_of_the_definition(void **state)
{
    (void)state;
    for (uint64_t trial = 0; trial < 2000; trial++) {
        ana_random random = ana_random_stream(trial, "phrases", 0);
        const size_t n = (size_t)ana_random_below(&random, MOST);
        const uint64_t n_symbols = 1 + ana_random_below(&random, 5);
        const uint64_t period = trial % 3 == 0 ? 1 + ana_random_below(&random, 9) : MOST;
        int64_t symbols[MOST];
        size_t count = 0;
        for (size_t i = 0; i < n; i++) {
            const bool repeats = i >= period && ana_random_below(&random, 20) > 0;
            symbols[i] = repeats ? symbols[i - period]
                                 : (int64_t)ana_random_below(&random, n_symbols) * 7 - 9;
        }
        check_ok(ana_complexity_lz76(n, symbols, &count));
        assert_int_equal(count, slow_lz76(n, symbols));
        check_ok(ana_complexity_lz78(n, symbols, &count));
        assert_int_equal(count, slow_lz78(n, symbols));
    }
}

/* Noise is near 1, however its two symbols are called; a rhythm near 0. */
static void noise_is_complex_and_a_rhythm_is_not(void **state)
{
    (void)state;
    enum {
        N = 20000
    };
    ana_random random = ana_random_stream(3, "noise", 0);
    int64_t *symbols = calloc(N, sizeof *symbols);
    assert_non_null(symbols);
    size_t noise = 0;
    size_t turned = 0;
    size_t rhythm = 0;
    for (size_t i = 0; i < N; i++) {
        symbols[i] = (int64_t)ana_random_below(&random, 2);
    }
    check_ok(ana_complexity_lz76(N, symbols, &noise));
    for (size_t i = 0; i < N; i++) {
        symbols[i] = symbols[i] == 0 ? INT64_MAX : INT64_MIN;
    }
    check_ok(ana_complexity_lz76(N, symbols, &turned));
    for (size_t i = 0; i < N; i++) {
        symbols[i] = (int64_t)(i / 8 % 2);
    }
    check_ok(ana_complexity_lz76(N, symbols, &rhythm));
    assert_int_equal(noise, turned);
    check_close(ana_complexity_normalise(noise, N, 2), 1.0, 0.06, 0.0);
    assert_int_equal(rhythm, 4); /* 0 . 00000001 . 11111110 . the rest */
    free(symbols);
}

static void counts_are_normalised_by_those_of_noise(void **state)
{
    (void)state;
    check_close(ana_complexity_normalise(6, 16, 2), 6.0 * 4.0 / 16.0, 0.0, 1e-15);
    check_close(ana_complexity_normalise(5, 81, 3), 5.0 * 4.0 / 81.0, 0.0, 1e-15);
    assert_true(isnan(ana_complexity_normalise(1, 1, 2)));
    assert_true(isnan(ana_complexity_normalise(1, 9, 1)));
}

static void values_above_the_threshold_are_ones(void **state)
{
    (void)state;
    const double x[] = {1.0, 2.0, -INFINITY, 2.5, INFINITY};
    const int64_t wanted[] = {0, 0, 0, 1, 1};
    int64_t symbols[5];
    check_ok(ana_complexity_binarise(5, x, 2.0, symbols));
    assert_memory_equal(symbols, wanted, sizeof wanted);
    const double missing[] = {1.0, (double)NAN};
    check_fails(ana_complexity_binarise(2, missing, 2.0, symbols), ANA_ERR_VALUE, "value 1 is NaN");
    check_fails(ana_complexity_binarise(1, x, (double)NAN, symbols), ANA_ERR_VALUE, "threshold");
}

static void no_symbols_are_no_phrases_and_too_many_no_memory(void **state)
{
    (void)state;
    const int64_t symbols[] = {0, 1, 1, 0, 1};
    size_t count = 9;
    check_ok(ana_complexity_lz76(0, NULL, &count));
    assert_int_equal(count, 0);
    count = 9;
    check_ok(ana_complexity_lz78(0, NULL, &count));
    assert_int_equal(count, 0);
    check_fails(ana_complexity_lz76(SIZE_MAX, symbols, &count), ANA_ERR_MEMORY, "no memory");
    check_fails(ana_complexity_lz78(SIZE_MAX, symbols, &count), ANA_ERR_MEMORY, "no memory");
    ALLOCATION_TEST(ana_complexity_lz76, (5, symbols, &count), (void)0);
    ALLOCATION_TEST(ana_complexity_lz78, (5, symbols, &count), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phrases_of_the_papers),
        cmocka_unit_test(every_count_is_that_of_the_definition),
        cmocka_unit_test(noise_is_complex_and_a_rhythm_is_not),
        cmocka_unit_test(counts_are_normalised_by_those_of_noise),
        cmocka_unit_test(values_above_the_threshold_are_ones),
        cmocka_unit_test(no_symbols_are_no_phrases_and_too_many_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
