/* Positive definite matrices: functions and distances by hand, by what they leave unchanged, and
 * what is refused. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/spd.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 5,
    MANY = 11
};

/* A set of n_matrices N x N. */
static ana_spd_set set_of(bool hermitian, size_t n_matrices, const double *values)
{
    return (ana_spd_set){N, hermitian, n_matrices, values};
}

static ana_status distances(ana_spd_set a, ana_spd_set b, int metric, bool squared, double *out)
{
    ana_spd_distance_options options = ana_spd_distance_options_default();
    options.metric = (ana_spd_metric)metric;
    options.squared = squared;
    return ana_spd_distances(&a, &b, &options, out);
}

static ana_status apply(ana_spd_set set, ana_spd_function function, double power, double *out)
{
    return ana_spd_apply(&set, function, power, NULL, out);
}

static double *doubles(size_t n)
{
    double *made = calloc(n + 1, sizeof *made);
    assert_non_null(made);
    return made;
}

/* Covariances of random numbers, `scale` times. */
static double *draw(bool hermitian, size_t n_matrices, uint64_t seed, double scale)
{
    ana_random random = ana_random_stream(seed, "test.spd", 0);
    const size_t n = N;
    const size_t size = (hermitian ? 2 : 1) * n * n;
    const size_t n_samples = 3 * n;
    const size_t step = hermitian ? 2 : 1;
    double *x = doubles(2 * n * n_samples);
    double *out = doubles(n_matrices * size);
    for (size_t k = 0; k < n_matrices; k++) {
        for (size_t i = 0; i < 2 * n * n_samples; i++) {
            x[i] = ana_random_normal(&random);
        }
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++) {
                double *to = out + k * size + step * (i * n + j);
                for (size_t t = 0; t < n_samples; t++) {
                    const double *a = x + 2 * (i * n_samples + t);
                    const double *b = x + 2 * (j * n_samples + t);
                    to[0] += scale * (a[0] * b[0] + (hermitian ? a[1] * b[1] : 0.0));
                    if (hermitian) {
                        to[1] += scale * (a[1] * b[0] - a[0] * b[1]);
                    }
                }
            }
        }
    }
    free(x);
    return out;
}

/* Each by its own definition, for diagonal matrices. */
static double by_hand(ana_spd_metric metric, const double *a, const double *b)
{
    double sum = 0.0;
    double largest = 0.0;
    for (size_t i = 0; i < 2; i++) {
        const double ratio = a[i] / b[i];
        const double terms[] = {
            [ANA_SPD_RIEMANN] = pow(log(ratio), 2.0),
            [ANA_SPD_LOG_EUCLIDEAN] = pow(log(ratio), 2.0),
            [ANA_SPD_EUCLIDEAN] = pow(a[i] - b[i], 2.0),
            [ANA_SPD_CHOLESKY] = pow(sqrt(a[i]) - sqrt(b[i]), 2.0),
            [ANA_SPD_LOG_CHOLESKY] = pow(log(sqrt(a[i])) - log(sqrt(b[i])), 2.0),
            [ANA_SPD_HARMONIC] = pow(1.0 / a[i] - 1.0 / b[i], 2.0),
            [ANA_SPD_KULLBACK] = 0.5 * (ratio - 1.0 - log(ratio)),
            [ANA_SPD_KULLBACK_RIGHT] = 0.5 * (1.0 / ratio - 1.0 + log(ratio)),
            [ANA_SPD_KULLBACK_SYMMETRIC] = 0.5 * (ratio + 1.0 / ratio) - 1.0,
            [ANA_SPD_LOG_DETERMINANT] = log((a[i] + b[i]) / 2.0) - 0.5 * log(a[i] * b[i]),
            [ANA_SPD_THOMPSON] = pow(log(ratio), 2.0),
            [ANA_SPD_WASSERSTEIN] = pow(sqrt(a[i]) - sqrt(b[i]), 2.0),
            [ANA_SPD_POWER_EUCLIDEAN] = pow((pow(a[i], 0.5) - pow(b[i], 0.5)) / 0.5, 2.0),
        };
        sum += terms[metric];
        largest = fmax(largest, terms[metric]);
    }
    const bool is_divergence = metric == ANA_SPD_KULLBACK || metric == ANA_SPD_KULLBACK_RIGHT ||
                               metric == ANA_SPD_KULLBACK_SYMMETRIC;
    return metric == ANA_SPD_THOMPSON ? sqrt(largest) : is_divergence ? sum : sqrt(sum);
}

static void distances_of_diagonal_matrices_are_those_of_their_numbers(void **state)
{
    (void)state;
    const double a[] = {2.0, 0.0, 0.0, 0.5};
    const double b[] = {3.0, 0.0, 0.0, 4.0};
    const double complex_a[] = {2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0};
    const double complex_b[] = {3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0, 0.0};
    const double numbers[2][2] = {{2.0, 0.5}, {3.0, 4.0}};
    for (int m = 0; ana_spd_metric_names[m] != NULL; m++) {
        const double wanted = by_hand((ana_spd_metric)m, numbers[0], numbers[1]);
        double distance = 0.0;
        const ana_spd_set real[2] = {{2, false, 1, a}, {2, false, 1, b}};
        const ana_spd_set complex[2] = {{2, true, 1, complex_a}, {2, true, 1, complex_b}};
        check_ok(distances(real[0], real[1], m, false, &distance));
        check_close(distance, wanted, 0.0, 1e-13);
        check_ok(distances(complex[0], complex[1], m, false, &distance));
        check_close(distance, wanted, 0.0, 1e-13);
        check_ok(distances(real[0], real[1], m, true, &distance));
        check_close(distance, wanted * wanted, 0.0, 1e-13);
    }
}

/* Real matrices as complex ones without an imaginary part. */
static double *as_complex(size_t n_matrices, const double *matrices)
{
    double *out = doubles(n_matrices * 2 * N * N);
    for (size_t e = 0; e < n_matrices * N * N; e++) {
        out[2 * e] = matrices[e];
    }
    return out;
}

static void real_matrices_are_hermitian_ones_too(void **state)
{
    (void)state;
    double *a = draw(false, 3, 1, 1.0);
    double *b = draw(false, 2, 2, 2.0);
    double *complex_a = as_complex(3, a);
    double *complex_b = as_complex(2, b);
    for (int m = 0; ana_spd_metric_names[m] != NULL; m++) {
        double as_real[6];
        double as_pairs[6];
        check_ok(distances(set_of(false, 3, a), set_of(false, 2, b), m, false, as_real));
        check_ok(
            distances(set_of(true, 3, complex_a), set_of(true, 2, complex_b), m, false, as_pairs));
        check_all_close(6, as_pairs, as_real, 0.0, 1e-11);
    }
    free(a);
    free(b);
    free(complex_a);
    free(complex_b);
}

/* W A W^T of every matrix. */
static double *congruent(size_t n_matrices, const double *matrices)
{
    ana_random random = ana_random_stream(5, "test.spd", 1);
    double w[N * N];
    double half[N * N];
    double *out = doubles(n_matrices * N * N);
    const ana_gemm right = {N, N, N, false, true, 1.0, 0.0};
    for (size_t e = 0; e < (size_t)N * N; e++) {
        w[e] = ana_random_normal(&random) + (e % (N + 1) == 0 ? 3.0 : 0.0);
    }
    for (size_t k = 0; k < n_matrices; k++) {
        double *to = out + k * N * N;
        check_ok(ana_linalg_multiply(N, N, N, w, matrices + k * N * N, half));
        check_ok(ana_linalg_gemm(&right, half, w, to));
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < i; j++) {
                to[j * N + i] = to[i * N + j];
            }
        }
    }
    return out;
}

static void affine_invariant_distances_do_not_change_with_mixtures(void **state)
{
    (void)state;
    static const ana_spd_metric invariant[] = {ANA_SPD_RIEMANN,         ANA_SPD_KULLBACK,
                                               ANA_SPD_KULLBACK_RIGHT,  ANA_SPD_KULLBACK_SYMMETRIC,
                                               ANA_SPD_LOG_DETERMINANT, ANA_SPD_THOMPSON};
    double *a = draw(false, MANY, 3, 1.0);
    double *mixed = congruent(MANY, a);
    double before[MANY * MANY];
    double after[MANY * MANY];
    for (size_t m = 0; m < sizeof invariant / sizeof invariant[0]; m++) {
        check_ok(distances(set_of(false, MANY, a), set_of(false, MANY, a), (int)invariant[m], false,
                           before));
        check_ok(distances(set_of(false, MANY, mixed), set_of(false, MANY, mixed),
                           (int)invariant[m], false, after));
        check_all_close((size_t)MANY * MANY, after, before, 1e-7, 1e-9);
    }
    free(a);
    free(mixed);
}

static void functions_undo_each_other(void **state)
{
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        const bool hermitian = s == 1;
        const size_t n = (size_t)MANY * N * N * (hermitian ? 2 : 1);
        double *a = draw(hermitian, MANY, 4, 1e-12); /* volts squared */
        double *b = doubles(n);
        double *c = doubles(n);
        const ana_spd_set first = set_of(hermitian, MANY, a);
        const ana_spd_set second = set_of(hermitian, MANY, b);
        check_ok(apply(first, ANA_SPD_LOG, 0.0, b));
        check_ok(apply(second, ANA_SPD_EXP, 0.0, c));
        check_all_close(n, c, a, 1e-23, 1e-11);
        check_ok(apply(first, ANA_SPD_POWER, 0.25, b));
        check_ok(apply(second, ANA_SPD_POWER, 4.0, c));
        check_all_close(n, c, a, 1e-23, 1e-11);
        check_ok(apply(first, ANA_SPD_SQUARE_ROOT, 0.0, b));
        check_ok(apply(second, ANA_SPD_INVERSE, 0.0, b));
        check_ok(apply(first, ANA_SPD_INVERSE_SQUARE_ROOT, 0.0, c));
        check_all_close(n, c, b, 1e-6, 1e-10);
        a[0] = 1000.0; /* e^1000 is beyond what a double holds */
        check_fails(apply(first, ANA_SPD_EXP, 0.0, c), ANA_ERR_NUMERIC, "matrix 0");
        free(a);
        free(b);
        free(c);
    }
}

static void large_matrices_take_the_other_path_to_the_same_numbers(void **state)
{
    (void)state;
    /* Blocks of 5 on the diagonal, 100 rows: the distance of sums is the root of summed squares. */
    const size_t n = 20 * (size_t)N;
    double *a = draw(false, 20, 6, 1.0);
    double *b = draw(false, 20, 7, 1.0);
    double *large_a = doubles(n * n);
    double *large_b = doubles(n * n);
    for (size_t k = 0; k < 20; k++) {
        for (size_t i = 0; i < N; i++) {
            memcpy(large_a + (k * N + i) * n + k * N, a + (k * N + i) * N, N * sizeof *a);
            memcpy(large_b + (k * N + i) * n + k * N, b + (k * N + i) * N, N * sizeof *b);
        }
    }
    double sum = 0.0;
    double distance = 0.0;
    for (size_t k = 0; k < 20; k++) {
        const size_t at = k * (size_t)N * N;
        check_ok(distances(set_of(false, 1, a + at), set_of(false, 1, b + at), ANA_SPD_RIEMANN,
                           true, &distance));
        sum += distance;
    }
    const ana_spd_set sets[2] = {{n, false, 1, large_a}, {n, false, 1, large_b}};
    check_ok(distances(sets[0], sets[1], ANA_SPD_RIEMANN, true, &distance));
    check_close(distance, sum, 0.0, 1e-12);
    check_ok(apply(sets[0], ANA_SPD_LOG, 0.0, large_b));
    check_ok(apply(sets[1], ANA_SPD_EXP, 0.0, large_b));
    check_all_close(n * n, large_b, large_a, 1e-11, 0.0);
    free(a);
    free(b);
    free(large_a);
    free(large_b);
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    double *a = draw(false, 100, 8, 1.0);
    const ana_spd_set set = set_of(false, 100, a);
    double *one = doubles(100 * N * N);
    double *more = doubles(100 * N * N);
    ana_run run = ana_run_default();
    run.n_threads = 1;
    check_ok(ana_spd_apply(&set, ANA_SPD_LOG, 0.0, &run, one));
    run.n_threads = 3;
    check_ok(ana_spd_apply(&set, ANA_SPD_LOG, 0.0, &run, more));
    assert_memory_equal(one, more, 100 * N * N * sizeof *one);
    free(a);
    free(one);
    free(more);
}

static void what_is_not_positive_definite_is_named(void **state)
{
    (void)state;
    double *a = draw(false, 4, 9, 1.0);
    double out[4 * N * N];
    double *third = a + (size_t)2 * N * N;
    const ana_spd_set set = set_of(false, 4, a);
    check_ok(ana_spd_check(&set, NULL));
    for (size_t i = 0; i < N; i++) { /* the last channel is the first again */
        third[i * N + N - 1] = third[i * N];
        third[(N - 1) * N + i] = third[i];
    }
    third[N * N - 1] = third[0];
    check_fails(ana_spd_check(&set, NULL), ANA_ERR_VALUE, "matrix 2 is not positive definite");
    check_fails(distances(set, set_of(false, 1, a), ANA_SPD_RIEMANN, false, out), ANA_ERR_VALUE,
                "matrix 2");
    third[3] = 7.5;
    check_fails(ana_spd_check(&set, NULL), ANA_ERR_VALUE, "matrix 2 is not symmetric at [3, 0]");
    a[11] = NAN;
    check_fails(ana_spd_check(&set, NULL), ANA_ERR_VALUE, "matrix 0: element [2, 1] is not finite");
    check_fails(apply(set, ANA_SPD_LOG, 0.0, out), ANA_ERR_NUMERIC, "matrix 0");
    a[11] = a[7];
    a[(size_t)3 * N * N] = NAN; /* of four that are worked on at once */
    check_fails(apply(set, ANA_SPD_SQUARE_ROOT, 0.0, out), ANA_ERR_NUMERIC, "matrix 3");
    check_fails(distances(set, (ana_spd_set){N + 1, false, 1, a}, ANA_SPD_RIEMANN, false, out),
                ANA_ERR_SHAPE, "5 and of 6 rows");
    ana_spd_distance_options options = ana_spd_distance_options_default();
    options.power = 0.0;
    check_fails(ana_spd_distances(&set, &set, &options, out), ANA_ERR_VALUE, "power of 0");
    free(a);
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    double *a = draw(true, 3, 10, 1.0);
    double out[3 * 2 * N * N];
    const ana_spd_set set = set_of(true, 3, a);
    ana_spd_distance_options options = ana_spd_distance_options_default();
    ALLOCATION_TEST(ana_spd_apply, (&set, ANA_SPD_LOG, 0.0, NULL, out), (void)0);
    ALLOCATION_TEST(ana_spd_check, (&set, NULL), (void)0);
    options.metric = ANA_SPD_WASSERSTEIN;
    ALLOCATION_TEST(ana_spd_distances, (&set, &set, &options, out), (void)0);
    options.metric = ANA_SPD_CHOLESKY;
    ALLOCATION_TEST(ana_spd_distances, (&set, &set, &options, out), (void)0);
    free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_of_diagonal_matrices_are_those_of_their_numbers),
        cmocka_unit_test(real_matrices_are_hermitian_ones_too),
        cmocka_unit_test(affine_invariant_distances_do_not_change_with_mixtures),
        cmocka_unit_test(functions_undo_each_other),
        cmocka_unit_test(large_matrices_take_the_other_path_to_the_same_numbers),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(what_is_not_positive_definite_is_named),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("spd", tests, NULL, NULL);
}
