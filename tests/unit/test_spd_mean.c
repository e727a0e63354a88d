/* Means of positive definite matrices: by hand, by what defines them, and by what they leave
 * unchanged. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/spd_mean.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 4,
    MANY = 9,
    SIZE = N * N,
    N_METHODS = ANA_SPD_MEDIAN_RIEMANN + 1
};

static void draw(uint64_t seed, double scale, double *out)
{
    ana_random random = ana_random_stream(seed, "test.spd_mean", 0);
    double x[N * 3 * N];
    for (size_t k = 0; k < MANY; k++) {
        for (size_t i = 0; i < sizeof x / sizeof x[0]; i++) {
            x[i] = ana_random_normal(&random);
        }
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < N; j++) {
                double sum = 0.0;
                for (size_t t = 0; t < (size_t)3 * N; t++) {
                    sum += x[i * 3 * N + t] * x[j * 3 * N + t];
                }
                out[k * SIZE + i * N + j] = scale * sum;
            }
        }
    }
}

static ana_spd_set set_of(const double *values)
{
    return (ana_spd_set){N, false, MANY, values};
}

static void find(const double *values, const double *weights, int method, double *out)
{
    const ana_spd_set set = set_of(values);
    ana_spd_mean_options options = ana_spd_mean_options_default();
    ana_spd_mean_info info;
    options.method = (ana_spd_mean_method)method;
    options.tolerance = 1e-13;
    options.max_iterations = 3000;
    check_ok(ana_spd_mean(&set, weights, &options, &info, out));
    assert_true(info.residual < 1e-11);
}

/* Each of two numbers a and b with weights 1/4 and 3/4, p = 1/2. */
static double of_numbers(int method, double a, double b)
{
    const double log_mean = exp(0.25 * log(a) + 0.75 * log(b));
    switch (method) {
    case ANA_SPD_MEAN_EUCLIDEAN:
        return 0.25 * a + 0.75 * b;
    case ANA_SPD_MEAN_HARMONIC:
        return 1.0 / (0.25 / a + 0.75 / b);
    case ANA_SPD_MEAN_KULLBACK_SYMMETRIC:
        return sqrt((0.25 * a + 0.75 * b) / (0.25 / a + 0.75 / b));
    case ANA_SPD_MEAN_CHOLESKY:
    case ANA_SPD_MEAN_WASSERSTEIN:
    case ANA_SPD_MEAN_POWER:
    case ANA_SPD_MEAN_POWER_EUCLIDEAN:
        return pow(0.25 * sqrt(a) + 0.75 * sqrt(b), 2.0);
    default:
        return log_mean;
    }
}

static void means_of_diagonal_matrices_are_those_of_their_numbers(void **state)
{
    (void)state;
    const double a[2] = {2.0, 0.5};
    const double b[2] = {3.0, 8.0};
    const double values[8] = {a[0], 0.0, 0.0, a[1], b[0], 0.0, 0.0, b[1]};
    const double weights[2] = {1.0, 3.0};
    const ana_spd_set set = {2, false, 2, values};
    for (int m = 0; m < ANA_SPD_MEDIAN_EUCLIDEAN; m++) {
        double mean[4];
        ana_spd_mean_options options = ana_spd_mean_options_default();
        options.method = (ana_spd_mean_method)m;
        options.tolerance = 1e-14;
        ana_spd_mean_info info;
        check_ok(ana_spd_mean(&set, weights, &options, &info, mean));
        check_close(mean[1], 0.0, 1e-14, 0.0);
        for (size_t i = 0; i < 2 && m != ANA_SPD_MEAN_LOG_DETERMINANT; i++) {
            check_close(mean[3 * i], of_numbers(m, a[i], b[i]), 0.0, 1e-12);
        }
        for (size_t i = 0; i < 2 && m == ANA_SPD_MEAN_LOG_DETERMINANT; i++) {
            const double x = mean[3 * i]; /* 1 / x = sum w 2 / (a + x) */
            check_close(0.5 / (a[i] + x) + 1.5 / (b[i] + x), 1.0 / x, 0.0, 1e-12);
        }
    }
}

static void medians_of_three_equal_matrices_and_a_far_one_are_the_three(void **state)
{
    (void)state;
    double values[4 * SIZE];
    double drawn[MANY * SIZE];
    double mean[SIZE];
    draw(1, 1.0, drawn);
    for (size_t k = 0; k < 4; k++) {
        memcpy(values + k * SIZE, drawn + (k == 3 ? SIZE : 0), SIZE * sizeof *drawn);
    }
    const ana_spd_set set = {N, false, 4, values};
    for (int m = ANA_SPD_MEDIAN_EUCLIDEAN; m < N_METHODS; m++) {
        ana_spd_mean_options options = ana_spd_mean_options_default();
        ana_spd_mean_info info;
        options.method = (ana_spd_mean_method)m;
        options.tolerance = 1e-6;
        check_ok(ana_spd_mean(&set, NULL, &options, &info, mean));
        check_all_close(SIZE, mean, drawn, 0.0, 1e-4);
    }
}

static void units_of_the_data_do_not_matter(void **state)
{
    (void)state;
    double microvolts[MANY * SIZE];
    double volts[MANY * SIZE];
    double a[SIZE];
    double b[SIZE];
    draw(2, 1.0, microvolts);
    for (size_t e = 0; e < (size_t)MANY * SIZE; e++) {
        volts[e] = 1e-12 * microvolts[e];
    }
    for (int m = 0; m < N_METHODS; m++) {
        find(microvolts, NULL, m, a);
        find(volts, NULL, m, b);
        for (size_t e = 0; e < SIZE; e++) {
            b[e] *= 1e12;
        }
        check_all_close(SIZE, b, a, 1e-11, 1e-11);
    }
}

/* W X W^T of every matrix, and of one. */
static void mix(size_t n_matrices, const double *from, double *to)
{
    ana_random random = ana_random_stream(3, "test.spd_mean", 1);
    double w[SIZE];
    double half[SIZE];
    const ana_gemm right = {N, N, N, false, true, 1.0, 0.0};
    for (size_t e = 0; e < SIZE; e++) {
        w[e] = ana_random_normal(&random) + (e % (N + 1) == 0 ? 3.0 : 0.0);
    }
    for (size_t k = 0; k < n_matrices; k++) {
        check_ok(ana_linalg_multiply(N, N, N, w, from + k * SIZE, half));
        check_ok(ana_linalg_gemm(&right, half, w, to + k * SIZE));
    }
}

static void affine_invariant_means_mix_as_their_matrices(void **state)
{
    (void)state;
    static const int invariant[] = {ANA_SPD_MEAN_RIEMANN,         ANA_SPD_MEAN_EUCLIDEAN,
                                    ANA_SPD_MEAN_HARMONIC,        ANA_SPD_MEAN_KULLBACK_SYMMETRIC,
                                    ANA_SPD_MEAN_LOG_DETERMINANT, ANA_SPD_MEAN_POWER,
                                    ANA_SPD_MEDIAN_RIEMANN};
    double values[MANY * SIZE];
    double mixed[MANY * SIZE];
    double mean[SIZE];
    double wanted[SIZE];
    double found[SIZE];
    draw(4, 1.0, values);
    mix(MANY, values, mixed);
    for (size_t m = 0; m < sizeof invariant / sizeof invariant[0]; m++) {
        find(values, NULL, invariant[m], mean);
        mix(1, mean, wanted);
        find(mixed, NULL, invariant[m], found);
        check_all_close(SIZE, found, wanted, 1e-8, 1e-9);
    }
}

static void a_weight_counts_as_so_many_matrices(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double weights[MANY];
    double a[SIZE];
    double b[SIZE];
    draw(5, 1.0, values);
    for (size_t k = 0; k < MANY; k++) { /* the second is the first again, the last does not count */
        weights[k] = k == 0 ? 2.0 : k == 1 || k == MANY - 1 ? 0.0 : 1.0;
    }
    for (int m = 0; m < N_METHODS; m++) {
        find(values, weights, m, a);
        double twice[MANY * SIZE];
        double shares[MANY];
        memcpy(twice, values, sizeof twice);
        memcpy(twice + SIZE, values, SIZE * sizeof *twice);
        for (size_t k = 0; k < MANY; k++) {
            shares[k] = k == MANY - 1 ? 0.0 : 1.0;
        }
        find(twice, shares, m, b);
        check_all_close(SIZE, a, b, 1e-9, 1e-9);
    }
}

static void a_start_nearby_saves_steps_and_changes_nothing(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double cold[SIZE];
    double warm[SIZE];
    ana_spd_mean_info from_cold;
    ana_spd_mean_info from_warm;
    ana_spd_mean_options options = ana_spd_mean_options_default();
    draw(6, 1.0, values);
    const ana_spd_set set = set_of(values);
    check_ok(ana_spd_mean(&set, NULL, &options, &from_cold, cold));
    options.start = cold;
    check_ok(ana_spd_mean(&set, NULL, &options, &from_warm, warm));
    assert_true(from_cold.n_iterations <= 8);
    assert_int_equal(from_warm.n_iterations, 0);
    check_all_close(SIZE, warm, cold, 0.0, 1e-12);
    options.start = NULL;
    options.run.n_threads = 3;
    check_ok(ana_spd_mean(&set, NULL, &options, NULL, warm));
    assert_memory_equal(warm, cold, sizeof warm);
}

static void what_has_no_mean_is_refused(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double weights[MANY] = {0.0};
    double out[SIZE];
    draw(7, 1.0, values);
    const ana_spd_set set = set_of(values);
    const ana_spd_set none = {N, false, 0, values};
    ana_spd_mean_options options = ana_spd_mean_options_default();
    check_fails(ana_spd_mean(&none, NULL, NULL, NULL, out), ANA_ERR_VALUE, "a mean of 0 matrices");
    check_fails(ana_spd_mean(&set, weights, NULL, NULL, out), ANA_ERR_VALUE, "all 0");
    weights[3] = -1.0;
    check_fails(ana_spd_mean(&set, weights, NULL, NULL, out), ANA_ERR_VALUE, "weight 3 is -1");
    options.method = ANA_SPD_MEAN_POWER;
    options.power = 0.0;
    check_fails(ana_spd_mean(&set, NULL, &options, NULL, out), ANA_ERR_VALUE, "power of 0");
    options = ana_spd_mean_options_default();
    options.max_iterations = 1;
    check_fails(ana_spd_mean(&set, NULL, &options, NULL, out), ANA_ERR_NUMERIC, "not settled");
    values[2 * SIZE] = -1.0;
    check_fails(ana_spd_mean(&set, NULL, NULL, NULL, out), ANA_ERR_VALUE,
                "matrix 2 is not positive definite");
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double out[SIZE];
    draw(8, 1.0, values);
    const ana_spd_set set = set_of(values);
    ana_spd_mean_options options = ana_spd_mean_options_default();
    static const int methods[] = {ANA_SPD_MEAN_RIEMANN, ANA_SPD_MEAN_CHOLESKY, ANA_SPD_MEAN_POWER};
    options.max_iterations = 2;
    options.power = -0.5;
    for (size_t m = 0; m < 3; m++) {
        ana_spd_mean_info info;
        options.method = (ana_spd_mean_method)methods[m];
        ALLOCATION_TEST(ana_spd_mean, (&set, NULL, &options, &info, out), (void)0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_of_diagonal_matrices_are_those_of_their_numbers),
        cmocka_unit_test(medians_of_three_equal_matrices_and_a_far_one_are_the_three),
        cmocka_unit_test(units_of_the_data_do_not_matter),
        cmocka_unit_test(affine_invariant_means_mix_as_their_matrices),
        cmocka_unit_test(a_weight_counts_as_so_many_matrices),
        cmocka_unit_test(a_start_nearby_saves_steps_and_changes_nothing),
        cmocka_unit_test(what_has_no_mean_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("spd mean", tests, NULL, NULL);
}
