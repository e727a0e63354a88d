#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/state_summary.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Two units, four rows of half a second; a count is missing. */
static ana_observations *rows_by_hand(void)
{
    ana_observations *rows = NULL;
    const double values[] = {1, 0, 3, 2, NAN, 1, 2, 1};
    check_ok(ana_observations_new(4, 2, &rows));
    memcpy(rows->values, values, sizeof values);
    rows->bin_s = 0.5;
    return rows;
}

static double log_poisson(double y, double mean)
{
    return y * log(mean) - mean - lgamma(y + 1.0);
}

static void the_mean_count_by_hand(void **state)
{
    (void)state;
    ana_observations *rows = rows_by_hand();
    const double wanted = log_poisson(1, 2) + log_poisson(3, 2) + log_poisson(2, 2) +
                          log_poisson(0, 1) + log_poisson(2, 1) + 2.0 * log_poisson(1, 1);
    check_close(ana_mean_count_log_likelihood(rows), wanted, 0.0, 1e-14);
    ana_observations_free(rows);
}

static ana_status summarise(const ana_observations *rows, ana_record **out)
{
    double occupancy[] = {0.75, 0.25};
    double dwell[] = {1.5, NAN};
    double restarts[] = {-12.5, -11.0};
    const ana_hmm_decoding decoding = {.n_states = 2, .occupancy = occupancy, .mean_dwell = dwell};
    const ana_fit_info info = {
        .converged = true, .n_iterations = 7, .n_restarts = 2, .restart_objective = restarts};
    const ana_state_summary summary = {rows, &decoding, &info, -8.0, 30.0, true};
    ana_status status = ana_record_new(out);
    if (status == ANA_OK) {
        status = ana_state_summary_to_record(&summary, *out);
    }
    if (status != ANA_OK) {
        ana_record_free(*out);
        *out = NULL;
    }
    return status;
}

static void names_are_those_that_programs_read(void **state)
{
    (void)state;
    ana_observations *rows = rows_by_hand();
    ana_record *record = NULL;
    ana_shape shape = ana_shape_1(2, NULL);
    const double *values = NULL;
    double value = 0.0;
    check_ok(summarise(rows, &record));
    check_ok(ana_record_get_double(record, "summary/log_likelihood", &value));
    check_close(value, -8.0, 0.0, 0.0);
    check_ok(ana_record_get_double(record, "summary/log_likelihood_per_bin", &value));
    check_close(value, -2.0, 0.0, 0.0);
    check_ok(ana_record_get_double(record, "summary/bits_per_spike", &value));
    check_close(value, (-8.0 - ana_mean_count_log_likelihood(rows)) / (10.0 * log(2.0)), 0.0,
                1e-15);
    check_ok(ana_record_get_double(record, "summary/bic", &value));
    check_close(value, 30.0, 0.0, 0.0);
    check_ok(ana_record_get_doubles(record, "summary/dwell_s", &shape, &values));
    check_close(values[0], 0.75, 0.0, 0.0);
    assert_true(isnan(values[1]));
    check_ok(ana_record_get_doubles(record, "summary/occupancy", &shape, &values));
    check_ok(ana_record_get_doubles(record, "summary/restarts", &shape, &values));
    check_close(values[1], -11.0, 0.0, 0.0);
    check_ok(ana_record_get_double(record, "summary/n_iter", &value));
    check_close(value, 7.0, 0.0, 0.0);
    assert_true(ana_record_find(record, "summary/converged")->boolean);
    ana_record_free(record);
    ana_observations_free(rows);
}

static ana_status summarise_and_free(void *user)
{
    ana_record *record = NULL;
    ana_status status = summarise(user, &record);
    ana_record_free(record);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    ana_observations *rows = rows_by_hand();
    assert_true(check_each_allocation(summarise_and_free, rows, 0) > 0);
    ana_observations_free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mean_count_by_hand),
        cmocka_unit_test(names_are_those_that_programs_read),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("state summary", tests, NULL, NULL);
}
