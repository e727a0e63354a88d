/* Inner products, scales and measures of positive definite matrices. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/spd_kernel.h>
#include <analysis/models/spd_mean.h>
#include <analysis/models/spd_normalise.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 4,
    MANY = 6,
    SIZE = N * N,
    WHOLE = 2 * SIZE
};

static void draw(uint64_t seed, double scale, double *out)
{
    ana_random random = ana_random_stream(seed, "test.spd_kernel", 0);
    double x[N * 3 * N];
    for (size_t k = 0; k < MANY; k++) {
        for (size_t i = 0; i < sizeof x / sizeof x[0]; i++) {
            x[i] = ana_random_normal(&random);
        }
        check_ok(ana_linalg_gram_rows(N, (size_t)3 * N, x, out + k * SIZE));
    }
    for (size_t e = 0; e < (size_t)MANY * SIZE; e++) {
        out[e] *= scale;
    }
}

/* X = D S D^H of real S and D = diag(e^(i c)): a Hermitian matrix with the eigenvalues of S. */
static void turn_phases(const double *from, double *to)
{
    for (size_t e = 0; e < (size_t)MANY * SIZE; e++) {
        const double phase = 0.7 * ((double)(e / N % N) - (double)(e % N));
        to[2 * e] = from[e] * cos(phase);
        to[2 * e + 1] = from[e] * sin(phase);
    }
}

static const ana_spd_metric metrics[] = {ANA_SPD_EUCLIDEAN, ANA_SPD_LOG_EUCLIDEAN, ANA_SPD_RIEMANN};

static void kernels_of_diagonal_matrices_are_products_of_numbers(void **state)
{
    (void)state;
    const double x[4] = {2.0, 0.0, 0.0, 3.0};
    const double y[4] = {5.0, 0.0, 0.0, 7.0};
    const double r[4] = {1.5, 0.0, 0.0, 0.5};
    const ana_spd_set a = {2, false, 1, x};
    const ana_spd_set b = {2, false, 1, y};
    double k = 0.0;
    check_ok(ana_spd_kernel(&a, &b, ANA_SPD_EUCLIDEAN, NULL, NULL, &k));
    check_close(k, 31.0, 0.0, 1e-15);
    check_ok(ana_spd_kernel(&a, &b, ANA_SPD_EUCLIDEAN, r, NULL, &k));
    check_close(k, 0.5 * 3.5 + 2.5 * 6.5, 0.0, 1e-15);
    const double logs = log(2.0) * log(5.0) + log(3.0) * log(7.0);
    const double at = log(2.0 / 1.5) * log(5.0 / 1.5) + log(6.0) * log(14.0);
    for (size_t m = 1; m < 3; m++) {
        check_ok(ana_spd_kernel(&a, &b, metrics[m], NULL, NULL, &k));
        check_close(k, logs, 0.0, 1e-13);
        check_ok(ana_spd_kernel(&a, &b, metrics[m], r, NULL, &k));
        check_close(k, at, 0.0, 1e-13);
    }
}

/* tr S_x S_y summed element by element: the diagonal is the squared length, with nothing added (the
 * peer adds 1e-10). */
static void the_kernel_of_a_set_with_itself_has_nothing_added_to_its_diagonal(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double reference[SIZE];
    double kernel[MANY * MANY];
    double squares[MANY];
    draw(1, 1.0, values);
    const ana_spd_set set = {N, false, MANY, values};
    check_ok(ana_spd_mean(&set, NULL, NULL, NULL, reference));
    const ana_spd_set centre = {N, false, 1, reference};
    ana_spd_distance_options options = ana_spd_distance_options_default();
    options.squared = true;
    for (size_t m = 0; m < 3; m++) {
        options.metric = metrics[m];
        check_ok(ana_spd_kernel(&set, &set, metrics[m], reference, NULL, kernel));
        check_ok(ana_spd_distances(&set, &centre, &options, squares));
        for (size_t k = 0; k < MANY; k++) {
            check_close(kernel[k * (MANY + 1)], squares[k], 2e-12, 1e-13);
            for (size_t j = 0; j < MANY; j++) {
                check_close(kernel[k * MANY + j], kernel[j * MANY + k], 1e-12, 1e-12);
            }
        }
    }
}

static void kernels_of_hermitian_matrices_are_those_of_their_real_likes_in_any_unit(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double turned[MANY * WHOLE];
    double wanted[MANY * MANY];
    double found[MANY * MANY];
    draw(2, 1.0, values);
    turn_phases(values, turned);
    const ana_spd_set set = {N, false, MANY, values};
    const ana_spd_set hermitian = {N, true, MANY, turned};
    for (size_t m = 0; m < 3; m++) {
        check_ok(ana_spd_kernel(&set, &set, metrics[m], values, NULL, wanted));
        check_ok(ana_spd_kernel(&hermitian, &hermitian, metrics[m], turned, NULL, found));
        check_all_close(sizeof found / sizeof found[0], found, wanted, 1e-11, 1e-11);
        for (size_t e = 0; e < (size_t)MANY * SIZE; e++) {
            values[e] *= 1e-12;
        }
        check_ok(ana_spd_kernel(&set, &set, metrics[m], values, NULL, found));
        const double unit = metrics[m] == ANA_SPD_EUCLIDEAN ? 1e24 : 1.0;
        for (size_t e = 0; e < (size_t)MANY * MANY; e++) {
            check_close(found[e] * unit, wanted[e], 1e-11, 1e-11);
        }
        for (size_t e = 0; e < (size_t)MANY * SIZE; e++) {
            values[e] *= 1e12;
        }
    }
}

static void norms_are_what_they_say_and_units_fall_out(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double small[MANY * SIZE];
    double turned[MANY * WHOLE];
    double out[MANY * SIZE];
    double again[MANY * SIZE];
    double complex_out[MANY * WHOLE];
    double wanted[MANY * WHOLE];
    draw(3, 1.0, values);
    turn_phases(values, turned);
    for (size_t e = 0; e < (size_t)MANY * SIZE; e++) {
        small[e] = 1e-12 * values[e];
    }
    const ana_spd_set set = {N, false, MANY, values};
    const ana_spd_set in_volts = {N, false, MANY, small};
    const ana_spd_set hermitian = {N, true, MANY, turned};
    for (int norm = 0; norm < 3; norm++) {
        check_ok(ana_spd_normalise(&set, (ana_spd_norm)norm, NULL, out));
        check_ok(ana_spd_normalise(&in_volts, (ana_spd_norm)norm, NULL, again));
        check_all_close((size_t)MANY * SIZE, again, out, 1e-14, 1e-12);
        check_ok(ana_spd_normalise(&hermitian, (ana_spd_norm)norm, NULL, complex_out));
        turn_phases(out, wanted);
        check_all_close((size_t)MANY * WHOLE, complex_out, wanted, 1e-13, 1e-12);
        for (size_t k = 0; k < MANY; k++) {
            const double *x = out + k * SIZE;
            double logdet = 0.0;
            double trace = 0.0;
            check_ok(ana_linalg_logdet_spd(N, x, &logdet));
            for (size_t i = 0; i < N; i++) {
                trace += x[i * (N + 1)];
            }
            const double measure = norm == ANA_SPD_NORM_DETERMINANT ? logdet + 1.0
                                   : norm == ANA_SPD_NORM_TRACE     ? trace
                                                                    : trace / N;
            check_close(measure, 1.0, 1e-13, 0.0);
        }
    }
    const double two[4] = {2.0, 1.0, 1.0, 4.0};
    const ana_spd_set by_hand = {2, false, 1, two};
    double measure = 0.0;
    check_ok(ana_spd_nondiagonality(&by_hand, &measure));
    check_close(measure, 2.0 / 20.0, 0.0, 1e-15);
}

static void the_nearest_matrix_has_its_low_eigenvalues_raised(void **state)
{
    (void)state;
    /* eigenvalues 3 and -1 on the diagonals of a square; not symmetric by 0.4 */
    const double given[4] = {1.0, 2.2, 1.8, 1.0};
    const ana_spd_set one = {2, false, 1, given};
    ana_spd_nearest_options options = ana_spd_nearest_options_default();
    double out[4];
    options.floor = 0.1;
    check_ok(ana_spd_nearest(&one, &options, out));
    check_close(out[0], 0.5 * (3.0 + 0.3), 0.0, 1e-14);
    check_close(out[1], 0.5 * (3.0 - 0.3), 0.0, 1e-14);
    check_close(out[2], out[1], 0.0, 0.0);
    options.compat = true;
    check_ok(ana_spd_nearest(&one, &options, out));
    check_close(out[0], 0.5 * (3.1 + 0.1), 0.0, 1e-14);
    double values[MANY * SIZE];
    double kept[MANY * SIZE];
    draw(4, 1e-12, values);
    const ana_spd_set set = {N, false, MANY, values};
    check_ok(ana_spd_nearest(&set, NULL, kept)); /* what is positive definite stays */
    check_all_close((size_t)MANY * SIZE, kept, values, 1e-25, 1e-12);
    double turned[MANY * WHOLE];
    double out_turned[MANY * WHOLE];
    turn_phases(values, turned);
    const ana_spd_set hermitian = {N, true, MANY, turned};
    check_ok(ana_spd_nearest(&hermitian, NULL, out_turned));
    check_all_close((size_t)MANY * WHOLE, out_turned, turned, 1e-24, 1e-12);
}

static void wrong_input_is_refused(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double out[MANY * MANY * SIZE];
    draw(5, 1.0, values);
    const ana_spd_set set = {N, false, MANY, values};
    const ana_spd_set other = {N - 1, false, MANY, values};
    check_fails(ana_spd_kernel(&set, &other, ANA_SPD_RIEMANN, NULL, NULL, out), ANA_ERR_SHAPE,
                "4 and 3 rows");
    check_fails(ana_spd_kernel(&set, &set, ANA_SPD_THOMPSON, NULL, NULL, out), ANA_ERR_UNSUPPORTED,
                "none for thompson");
    ana_spd_nearest_options options = ana_spd_nearest_options_default();
    options.floor = 2.0;
    check_fails(ana_spd_nearest(&set, &options, out), ANA_ERR_VALUE, "nearest-floor");
    const double negative[4] = {-1.0, 0.0, 0.0, -2.0};
    const ana_spd_set below = {2, false, 1, negative};
    check_fails(ana_spd_nearest(&below, NULL, out), ANA_ERR_VALUE, "no eigenvalue above 0");
    check_fails(ana_spd_normalise(&below, ANA_SPD_NORM_TRACE, NULL, out), ANA_ERR_VALUE,
                "the trace -3");
    check_fails(ana_spd_normalise(&below, ANA_SPD_NORM_CORRELATION, NULL, out), ANA_ERR_VALUE,
                "channel 0 has the variance -1");
    check_fails(ana_spd_normalise(&below, ANA_SPD_NORM_DETERMINANT, NULL, out), ANA_ERR_VALUE,
                "not positive definite");
    const ana_spd_set single = {1, false, 1, values};
    check_fails(ana_spd_nondiagonality(&single, out), ANA_ERR_VALUE, "a diagonal of 1 numbers");
    values[2 * SIZE + 1] = NAN;
    check_fails(ana_spd_nearest(&set, NULL, out), ANA_ERR_VALUE, "matrix 2: element [0, 1]");
    check_fails(ana_spd_kernel(&set, &set, ANA_SPD_EUCLIDEAN, NULL, NULL, out), ANA_ERR_VALUE,
                "matrix 2: element [0, 1]");
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double out[MANY * MANY * SIZE];
    draw(6, 1.0, values);
    const ana_spd_set set = {N, false, MANY, values};
    for (size_t m = 0; m < 3; m++) {
        ALLOCATION_TEST(ana_spd_kernel, (&set, &set, metrics[m], values, NULL, out), (void)0);
    }
    ALLOCATION_TEST(ana_spd_normalise, (&set, ANA_SPD_NORM_DETERMINANT, NULL, out), (void)0);
    ALLOCATION_TEST(ana_spd_normalise, (&set, ANA_SPD_NORM_CORRELATION, NULL, out), (void)0);
    ALLOCATION_TEST(ana_spd_nearest, (&set, NULL, out), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_of_diagonal_matrices_are_products_of_numbers),
        cmocka_unit_test(the_kernel_of_a_set_with_itself_has_nothing_added_to_its_diagonal),
        cmocka_unit_test(kernels_of_hermitian_matrices_are_those_of_their_real_likes_in_any_unit),
        cmocka_unit_test(norms_are_what_they_say_and_units_fall_out),
        cmocka_unit_test(the_nearest_matrix_has_its_low_eigenvalues_raised),
        cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("spd kernel", tests, NULL, NULL);
}
