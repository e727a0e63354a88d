#include "read_ahead.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <stdlib.h>

enum {
    N_CHANNELS = 7,
    N = 300
};

static ana_series *make_noise(void)
{
    static double x[N_CHANNELS * N];
    const size_t lengths[] = {120, 180};
    for (size_t c = 0; c < N_CHANNELS; c++) {
        fill_noise(c, N, x + c * N);
    }
    return series_of(100.0, N_CHANNELS, 2, lengths, x);
}

/* All channels fit, some do, and not even two: in order, backwards, and parts of them. */
static void rows_are_those_of_the_series(void **state)
{
    (void)state;
    static const size_t channels_that_fit[] = {100, 3, 1};
    static const size_t at_once[] = {N_CHANNELS, 3, 1};
    ana_series *series = make_noise();
    double *wanted = read_whole(series);
    double row[N];
    for (size_t i = 0; i < 3; i++) {
        ana_workspace workspace = {0};
        const ana_run run = run_of(1, 8 * channels_that_fit[i] * N * sizeof(double));
        ana_read_ahead ahead = ana_read_ahead_of(series, &run, &workspace);
        check_ok(ana_workspace_check(&workspace, "test"));
        assert_int_equal(ahead.at_once, at_once[i]);
        for (size_t k = 0; k < 2 * N_CHANNELS; k++) {
            const size_t c = k < N_CHANNELS ? k : 2 * N_CHANNELS - 1 - k;
            check_ok(ana_read_ahead_row(&ahead, c, 120, 180, row));
            check_same_bits(180, row, wanted + c * N + 120);
            check_ok(ana_read_ahead_row(&ahead, c, 0, N, row));
            check_same_bits(N, row, wanted + c * N);
        }
        ana_workspace_release(&workspace);
    }
    free(wanted);
    ana_series_free(series);
}

static ana_status read_two(void *user)
{
    ana_workspace workspace = {0};
    double row[N];
    ana_read_ahead ahead = ana_read_ahead_of(user, NULL, &workspace);
    ana_status status = ana_workspace_check(&workspace, "test");
    for (size_t c = 0; c < 2 && status == ANA_OK; c++) {
        status = ana_read_ahead_row(&ahead, c, 0, N, row);
    }
    ana_workspace_release(&workspace);
    return status;
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    ana_series *series = make_noise();
    assert_true(check_each_allocation(read_two, series, 0) > 1);
    ana_series_free(series);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_those_of_the_series),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
