#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/goodness.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* With one state. */
static ana_status rescale(size_t n, const double *intensity, const double *counts,
                          ana_rescaling method, ana_random *random, double *z, size_t *n_z)
{
    const ana_rescaling_bins bins = {n, 1, NULL, intensity, counts};
    return ana_rescale_intervals(&bins, method, random, z, n_z);
}

/* Two spikes; the integral up to the first is 0.1 + 0.2 and a place in 0.4. */
static void intervals_by_hand(void **state)
{
    (void)state;
    const double intensity[] = {0.1, 0.2, 0.4, 0.3, 0.25, 0.05};
    const double counts[] = {0, 0, 1, 0, 1, 0};
    double z[2];
    size_t n = 0;
    check_ok(rescale(6, intensity, counts, ANA_RESCALE_PLAIN, NULL, z, &n));
    assert_int_equal(n, 2);
    check_close(z[0], 1.0 - exp(-0.7), 0.0, 1e-15);
    check_close(z[1], 1.0 - exp(-0.55), 0.0, 1e-15);
    ana_random random = ana_random_stream(1, "test", 0);
    ana_random again = random;
    double u[2] = {ana_random_uniform(&again), ana_random_uniform(&again)};
    check_ok(rescale(6, intensity, counts, ANA_RESCALE_BINARY, &random, z, &n));
    double p = 1.0 - exp(-0.4); /* Haslinger et al., eq. 12 */
    check_close(z[0], 1.0 - exp(-(0.3 - log(1.0 - u[0] * p))), 0.0, 1e-14);
    p = 1.0 - exp(-0.25);
    check_close(z[1], 1.0 - exp(-(0.3 - log(1.0 - u[1] * p))), 0.0, 1e-14);
    random = ana_random_stream(1, "test", 0);
    check_ok(rescale(6, intensity, counts, ANA_RESCALE_COUNTS, &random, z, &n));
    check_close(z[0], 1.0 - exp(-(0.3 + u[0] * 0.4)), 0.0, 1e-14);
    check_close(z[1], 1.0 - exp(-((1.0 - u[0]) * 0.4 + 0.3 + u[1] * 0.25)), 0.0, 1e-14);
}

static void missing_bins_end_an_interval(void **state)
{
    (void)state;
    const double intensity[] = {0.1, 0.2, 0.4, 0.3, NAN, 0.6};
    const double counts[] = {1, 0, NAN, 1, 1, 1};
    double z[4];
    size_t n = 0;
    check_ok(rescale(6, intensity, counts, ANA_RESCALE_PLAIN, NULL, z, &n));
    assert_int_equal(n, 3);
    check_close(z[1], 1.0 - exp(-0.3), 0.0, 1e-15);
    check_close(z[2], 1.0 - exp(-0.6), 0.0, 1e-15);
}

/* Counts drawn from their intensity give uniform z at any rate; what a model of twice the rate
 * gives does not, nor do plain intervals at a high rate. */
static void true_models_pass_and_false_ones_do_not(void **state)
{
    (void)state;
    enum {
        T = 20000
    };
    const double rates[] = {0.02, 0.5, 6.0};
    double *intensity = malloc(T * sizeof(double));
    double *counts = malloc(T * sizeof(double));
    double *z = malloc(16 * T * sizeof(double));
    for (size_t r = 0; r < 3; r++) {
        ana_random random = ana_random_stream(7, "test.goodness", r);
        size_t n = 0;
        double distance = 0.0;
        double p = 0.0;
        for (size_t t = 0; t < T; t++) {
            intensity[t] = rates[r] * (1.0 + 0.8 * sin((double)t / 30.0));
            counts[t] = (double)ana_random_poisson(&random, intensity[t]);
        }
        check_ok(rescale(T, intensity, counts, ANA_RESCALE_COUNTS, &random, z, &n));
        assert_true(fabs((double)n - ana_stats_sum(T, counts)) == 0.0);
        check_ok(ana_ks_uniform(n, z, &distance, &p));
        assert_true(p > 0.01);
        check_ok(rescale(T, intensity, counts, ANA_RESCALE_PLAIN, NULL, z, &n));
        check_ok(ana_ks_uniform(n, z, &distance, &p));
        assert_true(r == 0 || p < 1e-6);
        for (size_t t = 0; t < T; t++) {
            intensity[t] *= 2.0;
        }
        check_ok(rescale(T, intensity, counts, ANA_RESCALE_COUNTS, &random, z, &n));
        check_ok(ana_ks_uniform(n, z, &distance, &p));
        assert_true(p < 1e-6);
    }
    free(intensity);
    free(counts);
    free(z);
}

/* A hidden fair coin before each bin: 0.3 or 5 expected. Taking the mixture for a Poisson count of
 * its mean fails; by the mixture the intervals are uniform. */
static void counts_of_hidden_states_pass_as_mixtures(void **state)
{
    (void)state;
    enum {
        T = 8000
    };
    double *weights = malloc(2 * T * sizeof(double));
    double *intensity = malloc(2 * T * sizeof(double));
    double *mean = malloc(T * sizeof(double));
    double *counts = malloc(T * sizeof(double));
    double *z = malloc(8 * T * sizeof(double));
    ana_random random = ana_random_stream(9, "test.goodness", 0);
    size_t n = 0;
    double distance = 0.0;
    double p = 0.0;
    for (size_t t = 0; t < T; t++) {
        double chance = 0.5 + 0.3 * sin((double)t);
        weights[2 * t] = chance;
        weights[2 * t + 1] = 1.0 - chance;
        intensity[2 * t] = 0.3;
        intensity[2 * t + 1] = 5.0;
        mean[t] = 0.3 * chance + 5.0 * (1.0 - chance);
        counts[t] =
            (double)ana_random_poisson(&random, ana_random_uniform(&random) < chance ? 0.3 : 5.0);
    }
    const ana_rescaling_bins bins = {T, 2, weights, intensity, counts};
    check_ok(ana_rescale_intervals(&bins, ANA_RESCALE_COUNTS, &random, z, &n));
    check_ok(ana_ks_uniform(n, z, &distance, &p));
    assert_true(p > 0.01);
    check_ok(ana_rescale_intervals(&bins, ANA_RESCALE_BINARY, &random, z, &n));
    check_ok(ana_ks_uniform(n, z, &distance, &p));
    assert_true(p > 0.01);
    check_ok(rescale(T, mean, counts, ANA_RESCALE_COUNTS, &random, z, &n));
    check_ok(ana_ks_uniform(n, z, &distance, &p));
    assert_true(p < 1e-6);
    free(weights);
    free(intensity);
    free(mean);
    free(counts);
    free(z);
}

/* One bin of two states and one spike: -log of the chance of none up to its place. */
static void a_mixed_bin_by_hand(void **state)
{
    (void)state;
    const double weights[] = {0.25, 0.75};
    const double intensity[] = {2.0, 0.5};
    const double counts[] = {1.0};
    const ana_rescaling_bins bins = {1, 2, weights, intensity, counts};
    ana_random random = ana_random_stream(1, "test", 0);
    ana_random again = random;
    double u = ana_random_uniform(&again);
    double z = 0.0;
    size_t n = 0;
    check_ok(ana_rescale_intervals(&bins, ANA_RESCALE_COUNTS, &random, &z, &n));
    check_close(z, 1.0 - (0.25 * exp(-2.0 * u) + 0.75 * exp(-0.5 * u)), 0.0, 1e-14);
}

static void binary_bins_of_any_chance_pass(void **state)
{
    (void)state;
    enum {
        T = 20000
    };
    double *intensity = malloc(T * sizeof(double));
    double *counts = malloc(T * sizeof(double));
    double *z = malloc(T * sizeof(double));
    ana_random random = ana_random_stream(3, "test.goodness", 0);
    size_t n = 0;
    double distance = 0.0;
    double p = 0.0;
    for (size_t t = 0; t < T; t++) {
        double chance = 0.4 + 0.35 * cos((double)t / 11.0);
        intensity[t] = -log1p(-chance);
        counts[t] = ana_random_uniform(&random) < chance ? 1.0 : 0.0;
    }
    check_ok(rescale(T, intensity, counts, ANA_RESCALE_BINARY, &random, z, &n));
    check_ok(ana_ks_uniform(n, z, &distance, &p));
    assert_true(p > 0.01);
    double correlation[3];
    check_ok(ana_rescaled_autocorrelation(n, z, 3, correlation));
    for (size_t l = 0; l < 3; l++) {
        assert_true(fabs(correlation[l]) < 4.0 / sqrt((double)n));
    }
    free(intensity);
    free(counts);
    free(z);
}

static void distance_by_hand(void **state)
{
    (void)state;
    const double z[] = {0.9, 0.1, 0.4};
    double distance = 0.0;
    check_ok(ana_ks_uniform(3, z, &distance, NULL));
    check_close(distance, 2.0 / 3.0 - 0.4, 0.0, 1e-14); /* after 0.4 F is 2/3 */
    check_close(ana_ks_band(100), 0.136, 0.0, 1e-15);
    check_fails(ana_ks_uniform(0, z, &distance, NULL), ANA_ERR_VALUE, "no interval");
    const double outside[] = {0.5, 1.5};
    check_fails(ana_ks_uniform(2, outside, &distance, NULL), ANA_ERR_VALUE, "value 1 is 1.5");
}

static void what_is_no_count_or_intensity_is_refused(void **state)
{
    (void)state;
    double z[4];
    size_t n = 0;
    ana_random random = ana_random_stream(1, "test", 0);
    check_fails(rescale(2, (const double[]){0.1, 0.1}, (const double[]){0, 0.5}, ANA_RESCALE_COUNTS,
                        &random, z, &n),
                ANA_ERR_VALUE, "bin 1 has 0.5 spikes");
    check_fails(rescale(2, (const double[]){-0.1, 0.1}, (const double[]){0, 1}, ANA_RESCALE_COUNTS,
                        &random, z, &n),
                ANA_ERR_VALUE, "bin 0 has an intensity of -0.1");
    check_fails(rescale(1, (const double[]){INFINITY}, (const double[]){1}, ANA_RESCALE_COUNTS,
                        &random, z, &n),
                ANA_ERR_VALUE, "intensity of inf");
    check_ok(rescale(1, (const double[]){INFINITY}, (const double[]){1}, ANA_RESCALE_BINARY,
                     &random, z, &n));
    assert_true(z[0] >= 0.0 && z[0] <= 1.0);
}

static ana_status column_of(void *user, size_t unit, double *mean)
{
    for (size_t t = 0; t < 3000; t++) {
        mean[t] = ((const double *)user)[t * 3 + unit];
    }
    return ANA_OK;
}

static ana_status no_column(void *user, size_t unit, double *mean)
{
    (void)user;
    mean[0] = 0.0;
    return unit < 2 ? ANA_OK : ana_fail(ANA_ERR_NUMERIC, "no mean of unit %zu", unit);
}

/* Three units over two sequences: one right, one of the wrong rate, one silent. */
static ana_observations *population(double *mean)
{
    enum {
        T = 3000
    };
    ana_observations *observations = NULL;
    const size_t lengths[] = {1000, 2000};
    ana_random random = ana_random_stream(11, "test.population", 0);
    check_ok(ana_observations_new(T, 3, &observations));
    check_ok(ana_observations_set_sequences(observations, 2, lengths, NULL));
    for (size_t t = 0; t < T; t++) {
        double rate = 0.3 + 0.2 * sin((double)t / 50.0);
        mean[t * 3] = rate;
        mean[t * 3 + 1] = 2.0 * rate;
        mean[t * 3 + 2] = 0.01;
        observations->values[t * 3] = (double)ana_random_poisson(&random, rate);
        observations->values[t * 3 + 1] = (double)ana_random_poisson(&random, rate);
    }
    observations->values[30] = NAN;
    mean[600] = NAN;
    return observations;
}

static void units_are_told_apart(void **state)
{
    (void)state;
    double *mean = malloc(9000 * sizeof(double));
    ana_observations *observations = population(mean);
    const ana_expectation expectation = {1, NULL, column_of, mean};
    ana_goodness_options options = ana_goodness_options_default();
    ana_goodness *found = NULL;
    options.run.seed = 5;
    check_ok(ana_goodness_of_fit(observations, &expectation, &options, &found));
    assert_int_equal(found->n_units, 3);
    assert_true(found->distance[0] < found->band[0] && found->p[0] > 0.01);
    assert_true(found->distance[1] > found->band[1] && found->p[1] < 1e-6);
    assert_true(isnan(found->distance[2]) && isnan(found->p[2]) && isnan(found->band[2]));
    assert_int_equal(found->z_start[3], found->z_start[2]);
    assert_true(found->crowded[0] > 0.1 && found->crowded[0] < 0.5);
    double distance = 0.0;
    check_ok(ana_ks_uniform(found->z_start[2] - found->z_start[1], found->z + found->z_start[1],
                            &distance, NULL));
    check_close(distance, found->distance[1], 0.0, 0.0);
    ana_record *record = NULL;
    int64_t within = ana_goodness_to_record(found, &record) == ANA_OK
                         ? ana_record_find(record, "units_within_band")->integer
                         : -1;
    assert_int_equal(within, 1);
    assert_int_equal(ana_record_find(record, "units_tested")->integer, 2);
    check_ok(ana_record_check(record));
    ana_record_free(record);
    ana_goodness_free(found);
    ana_observations_free(observations);
    free(mean);
}

static void a_chance_above_one_is_refused(void **state)
{
    (void)state;
    double *mean = malloc(9000 * sizeof(double));
    ana_observations *observations = population(mean);
    const ana_expectation expectation = {1, NULL, column_of, mean};
    ana_goodness_options options = ana_goodness_options_default();
    ana_goodness *found = NULL;
    const ana_expectation none = {1, NULL, no_column, NULL};
    check_fails(ana_goodness_of_fit(observations, &none, &options, &found), ANA_ERR_NUMERIC,
                "no mean of unit 2");
    mean[4] = 1.5;
    options.rescaling = ANA_RESCALE_BINARY;
    check_fails(ana_goodness_of_fit(observations, &expectation, &options, &found), ANA_ERR_VALUE,
                "unit \"1\", row 1: 1.5 is no chance");
    assert_null(found);
    options.n_lags = 0;
    check_fails(ana_goodness_of_fit(observations, &expectation, &options, &found), ANA_ERR_VALUE,
                "correlation-lags");
    ana_observations_free(observations);
    free(mean);
}

typedef struct fit_in {
    ana_observations *observations;
    double *mean;
} fit_in;

static ana_status fit_and_record(void *user)
{
    const fit_in *in = user;
    const ana_expectation expectation = {1, NULL, column_of, in->mean};
    ana_goodness *found = NULL;
    ana_record *record = NULL;
    ana_status status = ana_goodness_of_fit(in->observations, &expectation, NULL, &found);
    if (status == ANA_OK) {
        status = ana_goodness_to_record(found, &record);
    }
    ana_record_free(record);
    ana_goodness_free(found);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    double *mean = malloc(9000 * sizeof(double));
    fit_in in = {population(mean), mean};
    assert_true(check_each_allocation(fit_and_record, &in, 0) > 0);
    ana_observations_free(in.observations);
    free(mean);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_by_hand),
        cmocka_unit_test(missing_bins_end_an_interval),
        cmocka_unit_test(true_models_pass_and_false_ones_do_not),
        cmocka_unit_test(counts_of_hidden_states_pass_as_mixtures),
        cmocka_unit_test(a_mixed_bin_by_hand),
        cmocka_unit_test(binary_bins_of_any_chance_pass),
        cmocka_unit_test(distance_by_hand),
        cmocka_unit_test(what_is_no_count_or_intensity_is_refused),
        cmocka_unit_test(units_are_told_apart),
        cmocka_unit_test(a_chance_above_one_is_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("goodness", tests, NULL, NULL);
}
