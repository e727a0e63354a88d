#include "sums.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/reference_json.h"

#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LARGEST = 4000
};

static const double missing = (double)NAN;

static void small_cases_by_hand(void **state)
{
    (void)state;
    const double x[6] = {4.0, missing, 1.0, 1.0, 7.0, 2.0};
    const double weights[6] = {1.0, 100.0, 2.0, 0.0, 1.0, 4.0};
    double values[6];
    assert_int_equal(ana_stats_count(6, x), 5);
    check_close(ana_stats_sum(6, x), 15.0, 0.0, 0.0);
    check_close(ana_stats_mean(6, x), 3.0, 0.0, 0.0);
    check_close(ana_stats_variance(6, x, 0), 26.0 / 5.0, 1e-15, 0.0);
    check_close(ana_stats_variance(6, x, 1), 26.0 / 4.0, 1e-15, 0.0);
    check_close(ana_stats_weighted_mean(6, x, weights), 21.0 / 8.0, 1e-15, 0.0);
    memcpy(values, x, sizeof x);
    check_close(ana_stats_median_in_place(6, values), 2.0, 0.0, 0.0);
    check_close(ana_stats_mad_in_place(6, values), 1.0, 0.0, 0.0);
    memcpy(values, x, sizeof x);
    check_close(ana_stats_quantile_in_place(6, values, 0.7), 3.6, 1e-15, 0.0);
    const double ranks[6] = {4.0, missing, 1.5, 1.5, 5.0, 3.0};
    check_ok(ana_stats_ranks(6, x, values));
    check_all_close(6, values, ranks, 0.0, 0.0);
    const double edges[4] = {1.0, 2.0, 4.0, 7.0};
    size_t counts[3];
    check_ok(ana_stats_histogram(6, x, 4, edges, counts));
    assert_int_equal(counts[0], 2);
    assert_int_equal(counts[1], 1);
    assert_int_equal(counts[2], 2);
    const double up[4] = {1.0, 2.0, 3.0, missing};
    const double mixed[4] = {1.0, 3.0, 2.0, 9.0};
    double r = 0.0;
    check_close(ana_stats_pearson(4, up, mixed), 0.5, 1e-15, 0.0);
    check_ok(ana_stats_spearman(4, up, mixed, &r));
    check_close(r, 0.5, 1e-15, 0.0);
    check_ok(ana_stats_kendall(4, up, mixed, &r));
    check_close(r, 1.0 / 3.0, 1e-15, 0.0);
}

static double block_of_ones(const void *terms, size_t first, size_t n)
{
    assert_int_equal(first % 256, 0);
    assert_true(n > 0 && n <= 256);
    return *(const double *)terms * (double)n;
}

static void every_term_is_summed_once(void **state)
{
    (void)state;
    const double one = 1.0;
    for (size_t n = 0; n < 5000; n += 61) {
        check_close(ana_pairwise_sum(n, block_of_ones, &one), (double)n, 0.0, 0.0);
    }
}

static void sums_keep_the_digits_a_running_sum_loses(void **state)
{
    (void)state;
    size_t n = 1000003;
    double *x = malloc(n * sizeof *x);
    double running = 0.0;
    for (size_t i = 0; i < n; i++) {
        x[i] = 0.1;
        running += x[i];
    }
    /* 20 levels of rounding of 1 part in 2^53 against a million of them */
    check_close(ana_stats_sum(n, x), 0.1 * (double)n, 0.0, 3e-15);
    assert_true(fabs(running - 0.1 * (double)n) > 1e-13 * running);
    check_close(ana_stats_mean(n, x), 0.1, 0.0, 0.0);
    check_close(ana_stats_variance(n, x, 1), 0.0, 0.0, 0.0);
    ana_stats_zscore(n, x, 1, x);
    check_close(x[7], 0.0, 0.0, 0.0);
    free(x);
}

static void too_little_is_nan(void **state)
{
    (void)state;
    double x[2] = {missing, 5.0};
    double r = 0.0;
    check_close(ana_stats_sum(1, x), 0.0, 0.0, 0.0);
    check_close(ana_stats_mean(1, x), missing, 0.0, 0.0);
    check_close(ana_stats_variance(2, x, 0), 0.0, 0.0, 0.0);
    check_close(ana_stats_variance(2, x, 1), missing, 0.0, 0.0);
    check_close(ana_stats_weighted_mean(1, x + 1, (double[1]){0.0}), missing, 0.0, 0.0);
    check_ok(ana_stats_median(1, x, &r));
    check_close(r, missing, 0.0, 0.0);
    check_close(ana_stats_quantile_in_place(0, x, 0.5), missing, 0.0, 0.0);
    check_close(ana_stats_quantile_in_place(2, x, 1.5), missing, 0.0, 0.0);
    check_close(ana_stats_pearson(2, x, x), missing, 0.0, 0.0);
    const double constant[3] = {0.1, 0.1, 0.1};
    const double other[3] = {1.0, 2.0, 3.0};
    check_close(ana_stats_pearson(3, constant, other), missing, 0.0, 0.0);
    check_ok(ana_stats_spearman(3, constant, other, &r));
    check_close(r, missing, 0.0, 0.0);
    check_ok(ana_stats_kendall(3, other, constant, &r));
    check_close(r, missing, 0.0, 0.0);
    check_ok(ana_stats_kendall(0, NULL, NULL, &r));
    check_close(r, missing, 0.0, 0.0);
}

static void infinities_are_values(void **state)
{
    (void)state;
    const double inf = HUGE_VAL;
    const double x[4] = {inf, 1.0, 2.0, -inf};
    double ranks[4];
    double median = 0.0;
    check_close(ana_stats_mean(2, x), inf, 0.0, 0.0);
    check_close(ana_stats_variance(2, x, 0), missing, 0.0, 0.0);
    check_ok(ana_stats_median(4, x, &median));
    check_close(median, 1.5, 0.0, 0.0);
    check_ok(ana_stats_median(1, x, &median));
    check_close(median, inf, 0.0, 0.0);
    check_ok(ana_stats_ranks(4, x, ranks));
    check_all_close(4, ranks, ((double[4]){4.0, 2.0, 3.0, 1.0}), 0.0, 0.0);
    double values[3] = {inf, inf, inf};
    check_close(ana_stats_quantile_in_place(3, values, 0.3), inf, 0.0, 0.0);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sawtooth, organ pipe, equal, sorted and random values, as they come from sensors and as they are
 * worst for a quickselect. */
static double pattern(size_t kind, size_t n, size_t i, ana_random *random)
{
    switch (kind) {
    case 0:
        return (double)i;
    case 1:
        return (double)(n - i);
    case 2:
        return (double)(i < n / 2 ? i : n - i);
    case 3:
        return (double)(i % 7);
    case 4:
        return 3.25;
    default:
        return ana_random_normal(random);
    }
}

static void a_quantile_is_what_sorting_would_give(void **state)
{
    (void)state;
    static double sorted[LARGEST];
    static double values[LARGEST];
    const size_t sizes[] = {1, 2, 3, 10, 257, LARGEST};
    for (size_t c = 0; c < 36; c++) {
        size_t n = sizes[c / 6];
        ana_random random = ana_random_stream(8, "stats", c);
        for (size_t i = 0; i < n; i++) {
            sorted[i] = pattern(c % 6, n, i, &random);
        }
        for (double q = 0.0; q <= 1.0; q += 0.125) {
            memcpy(values, sorted, n * sizeof *values);
            double found = ana_stats_quantile_in_place(n, values, q);
            double listed = 0.0;
            check_ok(ana_stats_quantiles(n, sorted, 1, &q, &listed));
            qsort(values, n, sizeof *values, ascending); /* nothing was lost on the way */
            double position = q * (double)(n - 1);
            size_t k = (size_t)position;
            double next = values[k + 1 < n ? k + 1 : k];
            double wanted = values[k] + (position - (double)k) * (next - values[k]);
            check_close(found, wanted, 0.0, 1e-15);
            check_close(listed, wanted, 0.0, 1e-15);
        }
    }
}

/* Values against which the cuts are so uneven that the rest is sorted. */
static void the_worst_input_is_still_selected(void **state)
{
    reference *root = *state;
    size_t n = 0;
    const double *killer = reference_doubles(root, "stats/killer", &n);
    for (size_t k = 0; k < n; k++) {
        static double values[LARGEST];
        memcpy(values, killer, n * sizeof *values);
        double found = ana_stats_quantile_in_place(n, values, (double)k / (double)(n - 1));
        memcpy(values, killer, n * sizeof *values);
        qsort(values, n, sizeof *values, ascending);
        check_close(found, values[k], 1e-9, 0.0);
    }
}

/* tau-b by its definition, over all pairs. */
static void kendall_is_the_count_over_pairs(void **state)
{
    (void)state;
    enum {
        N = 70
    };
    for (size_t trial = 0; trial < 40; trial++) {
        ana_random random = ana_random_stream(9, "kendall", trial);
        double x[N];
        double y[N];
        for (size_t i = 0; i < N; i++) {
            x[i] = floor((double)(1 + trial) * ana_random_normal(&random));
            y[i] = floor(x[i] / 3.0 + (double)trial * ana_random_normal(&random));
            x[i] = ana_random_below(&random, 9) ? x[i] : missing;
            y[i] = ana_random_below(&random, 9) ? y[i] : missing;
        }
        double score = 0.0;
        double x_pairs = 0.0;
        double y_pairs = 0.0;
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < i; j++) {
                if (isnan(x[i] + x[j] + y[i] + y[j])) {
                    continue;
                }
                double x_sign = (x[i] > x[j]) - (x[i] < x[j]);
                double y_sign = (y[i] > y[j]) - (y[i] < y[j]);
                score += x_sign * y_sign;
                x_pairs += x_sign * x_sign;
                y_pairs += y_sign * y_sign;
            }
        }
        double tau = 0.0;
        check_ok(ana_stats_kendall(N, x, y, &tau));
        check_close(tau, score / sqrt(x_pairs * y_pairs), 1e-14, 0.0);
    }
}

static void robust_zscores_do_not_see_the_outlier(void **state)
{
    (void)state;
    double x[5] = {1.0, 2.0, 3.0, 4.0, 1e9};
    double out[5];
    check_ok(ana_stats_robust_zscore(5, x, out));
    check_close(out[2], 0.0, 0.0, 0.0);
    check_close(out[0], -2.0 / 1.482602218505602, 1e-15, 0.0);
    double still[4] = {7.0, 7.0, 7.0, missing};
    check_ok(ana_stats_robust_zscore(4, still, still));
    check_all_close(4, still, ((double[4]){0.0, 0.0, 0.0, missing}), 0.0, 0.0);
    double mostly[5] = {7.0, 7.0, 7.0, 8.0, 6.0};
    check_ok(ana_stats_robust_zscore(5, mostly, mostly));
    check_all_close(5, mostly, ((double[5]){0.0, 0.0, 0.0, HUGE_VAL, -HUGE_VAL}), 0.0, 0.0);
}

/* |error| of two-pass sums stays within a few roundings of the terms' size; values at 1e7 keep 9
 * digits of a variance of 1. */
static void one_variable_agrees_with_scipy(void **state)
{
    reference *root = *state;
    for (size_t i = 0; i < reference_count(root, "stats/variables"); i++) {
        char at[64];
        char path[96];
        snprintf(at, sizeof at, "stats/variables/%s", reference_key(root, "stats/variables", i));
#define AT(key) (snprintf(path, sizeof path, "%s/" key, at), path)
#define NUMBER(key) reference_number(root, AT(key))
        size_t n = 0;
        const double *x = reference_doubles(root, AT("x"), &n);
        const double *weights = reference_doubles(root, AT("weights"), NULL);
        static double out[LARGEST];
        assert_true(n <= LARGEST);
        double size = 0.0;
        for (size_t k = 0; k < n; k++) {
            size += isnan(x[k]) ? 0.0 : fabs(x[k]);
        }
        assert_int_equal(ana_stats_count(n, x), reference_size(root, AT("count")));
        check_close(ana_stats_sum(n, x), NUMBER("sum"), 1e-15 * size, 0.0);
        check_close(ana_stats_mean(n, x), NUMBER("mean"), 1e-15 * size / (double)n, 1e-15);
        check_close(ana_stats_variance(n, x, 0), NUMBER("variance_0"), 0.0, 2e-15);
        check_close(ana_stats_variance(n, x, 1), NUMBER("variance_1"), 0.0, 2e-15);
        check_close(ana_stats_weighted_mean(n, x, weights), NUMBER("weighted_mean"), 0.0, 1e-13);
        size_t n_levels = 0;
        const double *levels = reference_doubles(root, AT("levels"), &n_levels);
        check_ok(ana_stats_quantiles(n, x, n_levels, levels, out));
        check_all_close(n_levels, out, reference_doubles(root, AT("quantiles"), NULL), 0.0, 1e-14);
        double median = 0.0;
        double scale = 0.0;
        check_ok(ana_stats_robust_scale(n, x, &median, &scale));
        check_close(median, NUMBER("median"), 0.0, 0.0);
        check_close(scale, NUMBER("robust_scale"), 0.0, 1e-14);
        check_ok(ana_stats_robust_scale(n, x, NULL, out));
        check_close(out[0], scale, 0.0, 0.0);
        check_ok(ana_stats_median(n, x, out));
        check_close(out[0], median, 0.0, 0.0);
        check_ok(ana_stats_ranks(n, x, out));
        check_all_close(n, out, reference_doubles(root, AT("ranks"), NULL), 0.0, 0.0);
        if (n > 1) {
            ana_stats_zscore(n, x, 1, out);
            check_all_close(n, out, reference_doubles(root, AT("zscore"), NULL), 1e-8, 1e-12);
        }
        size_t n_edges = 0;
        const double *edges = reference_doubles(root, AT("edges"), &n_edges);
        const size_t *wanted = reference_sizes(root, AT("histogram"), NULL);
        size_t counts[16];
        check_ok(ana_stats_histogram(n, x, n_edges, edges, counts));
        assert_memory_equal(counts, wanted, (n_edges - 1) * sizeof *counts);
        const double *y = reference_doubles(root, AT("y"), NULL);
        double r = 0.0;
        check_close(ana_stats_pearson(n, x, y), NUMBER("pearson"), 1e-12, 0.0);
        check_ok(ana_stats_spearman(n, x, y, &r));
        check_close(r, NUMBER("spearman"), 1e-13, 0.0);
        check_ok(ana_stats_kendall(n, x, y, &r));
        check_close(r, NUMBER("kendall"), 1e-13, 0.0);
#undef AT
#undef NUMBER
    }
}

static void matrices_agree_with_numpy_and_sklearn(void **state)
{
    reference *root = *state;
    for (size_t i = 0; i < reference_count(root, "stats/matrices"); i++) {
        char at[64];
        char path[160];
        snprintf(at, sizeof at, "stats/matrices/%s", reference_key(root, "stats/matrices", i));
#define AT(key) (snprintf(path, sizeof path, "%s/%s", at, key), path)
        const double *x = reference_doubles(root, AT("x"), NULL);
        size_t n = reference_axis(root, path, 0);
        size_t m = reference_axis(root, path, 1);
        static double out[400];
        double mean[20];
        check_ok(ana_stats_covariance(n, m, x, 1, mean, out));
        check_all_close(m * m, out, reference_doubles(root, AT("covariance"), NULL), 1e-13, 1e-12);
        for (size_t j = 0; j < m; j++) {
            double sum = 0.0;
            for (size_t t = 0; t < n; t++) {
                sum += x[t * m + j];
            }
            check_close(mean[j], sum / (double)n, 1e-13, 1e-13);
        }
        if (reference_has(root, AT("correlation"))) {
            const double *wanted = reference_doubles(root, path, NULL);
            check_ok(ana_stats_correlation(n, m, x, out));
            check_all_close(m * m, out, wanted, 1e-13, 0.0);
        }
        const char *names[] = {"ledoit_wolf", "oas", "schaefer_strimmer"};
        for (int method = 0; method < 3; method++) {
            double intensity = -1.0;
            check_ok(ana_stats_shrunk_covariance(n, m, x, (ana_shrinkage)method, out, &intensity));
            assert_true(intensity >= 0.0 && intensity <= 1.0);
            if (reference_has(root, AT(names[method]))) {
                const double *wanted = reference_doubles(root, path, NULL);
                check_all_close(m * m, out, wanted, 1e-12, 1e-12);
                char key[64];
                snprintf(key, sizeof key, "%s_intensity", names[method]);
                check_close(intensity, reference_number(root, AT(key)), 1e-12, 0.0);
            }
        }
#undef AT
    }
}

static void features_that_do_not_vary_are_said_to(void **state)
{
    (void)state;
    const double x[8] = {0.1, 1.0, 0.1, 2.0, 0.1, 4.0, 0.1, 3.0};
    double out[4];
    check_ok(ana_stats_correlation(4, 2, x, out));
    check_all_close(4, out, ((double[4]){missing, missing, missing, 1.0}), 0.0, 0.0);
    for (int method = 0; method < 3; method++) {
        check_ok(ana_stats_shrunk_covariance(4, 2, x, (ana_shrinkage)method, out, NULL));
        assert_true(isfinite(out[0]) && isfinite(out[1]) && isfinite(out[3]));
    }
    check_close(out[0], 0.0, 0.0, 0.0);
    check_close(out[3], 5.0 / 3.0, 1e-15, 0.0);
}

static void what_cannot_be_computed_is_refused(void **state)
{
    (void)state;
    double x[4] = {1.0, 2.0, missing, 4.0};
    double out[4];
    size_t counts[4];
    check_fails(ana_stats_covariance(2, 2, x, 1, NULL, out), ANA_ERR_VALUE, "row 1, column 0");
    check_fails(ana_stats_correlation(2, 2, x, out), ANA_ERR_VALUE, "is NaN");
    check_fails(ana_stats_covariance(1, 2, x, 1, NULL, out), ANA_ERR_VALUE, "1 observations");
    check_fails(ana_stats_shrunk_covariance(1, 2, x, ANA_SHRINKAGE_OAS, out, NULL), ANA_ERR_VALUE,
                "two are needed");
    check_fails(ana_stats_shrunk_covariance(2, 2, x, ANA_SHRINKAGE_OAS, out, NULL), ANA_ERR_VALUE,
                "is NaN");
    check_fails(ana_stats_quantiles(4, x, 1, (double[1]){1.25}, out), ANA_ERR_VALUE, "1.25");
    check_fails(ana_stats_histogram(4, x, 1, x, counts), ANA_ERR_VALUE, "1 edges");
    check_fails(ana_stats_histogram(4, x, 4, x, counts), ANA_ERR_VALUE, "edge 2 (nan)");
}

static ana_status call_each(void *user)
{
    const double *x = user;
    double out[9];
    ana_status status = ana_stats_median(9, x, out);
    status = status ? status : ana_stats_quantiles(9, x, 2, (double[2]){0.1, 0.9}, out);
    status = status ? status : ana_stats_robust_zscore(9, x, out);
    status = status ? status : ana_stats_ranks(9, x, out);
    status = status ? status : ana_stats_spearman(4, x, x + 4, out);
    status = status ? status : ana_stats_kendall(4, x, x + 4, out);
    status = status ? status : ana_stats_correlation(3, 3, x, out);
    for (int method = 0; method < 3 && !status; method++) {
        status = ana_stats_shrunk_covariance(3, 3, x, (ana_shrinkage)method, out, NULL);
    }
    return status;
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    double x[9] = {1.1, 0.3, 2.9, 4.4, 5.0, 0.2, 8.1, 3.3, 4.7};
    assert_true(check_each_allocation(call_each, x, 0) > 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_cases_by_hand),
        cmocka_unit_test(every_term_is_summed_once),
        cmocka_unit_test(sums_keep_the_digits_a_running_sum_loses),
        cmocka_unit_test(too_little_is_nan),
        cmocka_unit_test(infinities_are_values),
        cmocka_unit_test(a_quantile_is_what_sorting_would_give),
        cmocka_unit_test(the_worst_input_is_still_selected),
        cmocka_unit_test(kendall_is_the_count_over_pairs),
        cmocka_unit_test(robust_zscores_do_not_see_the_outlier),
        cmocka_unit_test(one_variable_agrees_with_scipy),
        cmocka_unit_test(matrices_agree_with_numpy_and_sklearn),
        cmocka_unit_test(features_that_do_not_vary_are_said_to),
        cmocka_unit_test(what_cannot_be_computed_is_refused),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, open_maths_reference, close_reference);
}
