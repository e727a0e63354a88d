#include "stretch.h"
#include "support/check.h"
#include "support/signals.h"

#include <analysis/random.h>

#include <math.h>
#include <string.h>

enum {
    MAX_TIMES = 60
};

/* The signal at any position, by definition. */
static double at(const double *x, size_t n_times, bool reflect, ptrdiff_t place)
{
    const ptrdiff_t last = (ptrdiff_t)n_times - 1;
    if (place >= 0 && place <= last) {
        return x[place];
    }
    const ptrdiff_t mirrored = place < 0 ? -place : 2 * last - place;
    if (!reflect || mirrored < 0 || mirrored > last) {
        return 0.0;
    }
    return 2.0 * x[place < 0 ? 0 : last] - x[mirrored];
}

/* What lies out of reach is missing: a load that touched it would show. */
static void what_is_in_reach_is_enough_for_any_window(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(3, "test.stretch", 0);
    for (size_t i = 0; i < 4000; i++) {
        double x[MAX_TIMES];
        double out[4 * MAX_TIMES];
        const size_t n_times = 1 + ana_random_below(&random, MAX_TIMES - 1);
        const bool reflect = ana_random_below(&random, 2) == 1;
        const ptrdiff_t inside = (ptrdiff_t)ana_random_below(&random, n_times);
        const ptrdiff_t from = inside - (ptrdiff_t)ana_random_below(&random, MAX_TIMES);
        const ptrdiff_t to = inside + (ptrdiff_t)ana_random_below(&random, MAX_TIMES);
        size_t first = 0;
        size_t n = 0;
        fill_noise(i, n_times, x);
        ana_stretch_reach(n_times, reflect, from, to, &first, &n);
        assert_true(first + n <= n_times && n > 0);
        double held[MAX_TIMES];
        for (size_t t = 0; t < n_times; t++) {
            held[t] = t >= first && t < first + n ? x[t] : (double)NAN;
        }
        const ana_stretch stretch = {held + first, first, n, n_times};
        ana_stretch_load(&stretch, reflect, from, (size_t)(to - from + 1), out);
        for (ptrdiff_t place = from; place <= to; place++) {
            assert_true(out[place - from] == at(x, n_times, reflect, place));
        }
    }
}

static void without_reflection_nothing_beyond_the_window_is_in_reach(void **state)
{
    (void)state;
    size_t first = 0;
    size_t n = 0;
    ana_stretch_reach(100, false, -5, 30, &first, &n);
    assert_true(first == 0 && n == 31);
    ana_stretch_reach(100, false, 40, 120, &first, &n);
    assert_true(first == 40 && n == 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_in_reach_is_enough_for_any_window),
        cmocka_unit_test(without_reflection_nothing_beyond_the_window_is_in_reach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
