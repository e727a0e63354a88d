/* Means of matrices that do not all have every channel. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/spd_missing.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 4,
    MANY = 8,
    SIZE = N * N
};

static void draw(uint64_t seed, double scale, double *out)
{
    ana_random random = ana_random_stream(seed, "test.spd_missing", 0);
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

/* Channel c of matrix k is missing. */
static void lose(double *values, size_t k, size_t c)
{
    for (size_t i = 0; i < N; i++) {
        values[k * SIZE + i * N + c] = NAN;
        values[k * SIZE + c * N + i] = NAN;
    }
}

static void lose_some(double *values)
{
    lose(values, 0, 3);
    lose(values, 2, 1);
    lose(values, 5, 0);
    lose(values, 5, 2);
}

/* sum w d^2 in the channels that matrices have. */
static double objective(const double *values, const double *weights, const double *mean)
{
    double sum = 0.0;
    for (size_t k = 0; k < MANY; k++) {
        double known[SIZE];
        double same[SIZE];
        size_t n_elements = 0;
        size_t n = 0;
        for (size_t e = 0; e < SIZE; e++) {
            if (!isnan(values[k * SIZE + e])) {
                known[n_elements] = values[k * SIZE + e];
                same[n_elements++] = mean[e];
                n += e % (N + 1) == 0 ? 1 : 0;
            }
        }
        const ana_spd_set a = {n, false, 1, known};
        const ana_spd_set b = {n, false, 1, same};
        ana_spd_distance_options options = ana_spd_distance_options_default();
        double square = 0.0;
        options.squared = true;
        check_ok(ana_spd_distances(&a, &b, &options, &square));
        sum += (weights != NULL ? weights[k] : 1.0) * square;
    }
    return sum;
}

static void whole_matrices_have_their_riemannian_mean(void **state)
{
    (void)state;
    static const double weights[MANY] = {1.0, 2.0, 0.5, 0.1, 0.0, 3.0, 1.0, 1.0};
    double values[MANY * SIZE];
    double wanted[SIZE];
    double found[SIZE];
    draw(1, 1.0, values);
    const ana_spd_set set = {N, false, MANY, values};
    check_ok(ana_spd_mean(&set, weights, NULL, NULL, wanted));
    for (int compat = 0; compat < 2; compat++) {
        ana_spd_missing_options options = ana_spd_missing_options_default();
        options.compat = compat == 1;
        check_ok(ana_spd_mean_missing(&set, weights, &options, NULL, found));
        check_all_close(SIZE, found, wanted, 1e-7, 1e-8);
    }
}

static void the_mean_is_where_squares_are_least_with_weights(void **state)
{
    (void)state;
    static const double weights[MANY] = {1.0, 2.0, 0.5, 0.7, 1.5, 3.0, 1.0, 1.0};
    double values[MANY * SIZE];
    double mean[SIZE];
    double other[SIZE];
    draw(2, 1.0, values);
    lose_some(values);
    const ana_spd_set set = {N, false, MANY, values};
    ana_spd_missing_options options = ana_spd_missing_options_default();
    options.tolerance = 1e-12;
    check_ok(ana_spd_mean_missing(&set, weights, &options, NULL, mean));
    const double least = objective(values, weights, mean);
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sides[2];
            for (int side = 0; side < 2; side++) {
                memcpy(other, mean, sizeof mean);
                other[i * N + j] += side == 0 ? 1e-4 : -1e-4;
                other[j * N + i] = other[i * N + j];
                sides[side] = objective(values, weights, other);
                assert_true(sides[side] >= least);
            }
            check_close((sides[0] - sides[1]) / 2e-4, 0.0, 1e-6, 0.0);
        }
    }
    options.compat = true;
    check_ok(ana_spd_mean_missing(&set, weights, &options, NULL, other));
    assert_true(objective(values, weights, other) > least + 1e-3);
}

static void units_do_not_matter_and_channels_may_be_mixed_by_masks(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double volts[MANY * SIZE];
    double mean[SIZE];
    double again[SIZE];
    draw(3, 1.0, values);
    lose_some(values);
    for (size_t e = 0; e < (size_t)MANY * SIZE; e++) {
        volts[e] = 1e-12 * values[e];
    }
    const ana_spd_set set = {N, false, MANY, values};
    const ana_spd_set in_volts = {N, false, MANY, volts};
    ana_spd_missing_options options = ana_spd_missing_options_default();
    options.tolerance = 1e-13;
    check_ok(ana_spd_mean_missing(&set, NULL, &options, NULL, mean));
    check_ok(ana_spd_mean_missing(&in_volts, NULL, &options, NULL, again));
    double largest = 0.0;
    for (size_t e = 0; e < SIZE; e++) {
        largest = fmax(largest, mean[e]);
        again[e] *= 1e12;
    }
    check_all_close(SIZE, again, mean, 1e-12 * largest, 0.0);
    /* the same as masks, with what is missing set to numbers that are not read */
    double masks[MANY * SIZE] = {0.0};
    size_t n_columns[MANY] = {0};
    double *mask = masks;
    for (size_t k = 0; k < MANY; k++) {
        for (size_t c = 0; c < N; c++) {
            n_columns[k] += isnan(values[k * SIZE + c * (N + 1)]) ? 0 : 1;
        }
        size_t column = 0;
        for (size_t c = 0; c < N; c++) {
            if (!isnan(values[k * SIZE + c * (N + 1)])) {
                mask[c * n_columns[k] + column++] = 1.0;
            }
        }
        mask += N * n_columns[k];
        for (size_t e = 0; e < SIZE; e++) {
            values[k * SIZE + e] = isnan(values[k * SIZE + e]) ? 77.0 : values[k * SIZE + e];
        }
    }
    check_ok(ana_spd_mean_masked(&set, n_columns, masks, NULL, &options, NULL, again));
    check_all_close(SIZE, again, mean, 1e-11, 0.0);
}

/* Turned by an orthogonal Q, matrices and masks, the mean is turned; and for pairs of real numbers
 * without imaginary part it is the real one. */
static void turned_masks_turn_the_mean_and_hermitian_matrices_may_be_real(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double turned[MANY * SIZE];
    double mean[SIZE];
    double again[SIZE];
    double q[SIZE];
    double upper[SIZE];
    double half[SIZE];
    double masks[MANY * N * 3];
    double turned_masks[MANY * N * 3];
    size_t n_columns[MANY];
    draw(4, 1.0, values);
    check_ok(ana_linalg_qr(N, N, values, q, upper));
    const ana_gemm right = {N, N, N, false, true, 1.0, 0.0};
    for (size_t k = 0; k < MANY; k++) { /* each lacks channel k mod 4 */
        n_columns[k] = 3;
        for (size_t e = 0; e < (size_t)N * 3; e++) {
            masks[k * N * 3 + e] = e / 3 == (e % 3 + k + 1) % N ? 1.0 : 0.0;
        }
        check_ok(ana_linalg_multiply(N, N, 3, q, masks + k * N * 3, turned_masks + k * N * 3));
        check_ok(ana_linalg_multiply(N, N, N, q, values + k * SIZE, half));
        check_ok(ana_linalg_gemm(&right, half, q, turned + k * SIZE));
    }
    const ana_spd_set set = {N, false, MANY, values};
    const ana_spd_set other = {N, false, MANY, turned};
    check_ok(ana_spd_mean_masked(&set, n_columns, masks, NULL, NULL, NULL, mean));
    check_ok(ana_spd_mean_masked(&other, n_columns, turned_masks, NULL, NULL, NULL, again));
    check_ok(ana_linalg_multiply(N, N, N, q, mean, half));
    check_ok(ana_linalg_gemm(&right, half, q, upper));
    check_all_close(SIZE, again, upper, 1e-7, 0.0);
    double pairs[2 * MANY * SIZE];
    double pair_mean[2 * SIZE];
    for (size_t e = 0; e < (size_t)MANY * SIZE; e++) { /* turned in phase by channel */
        const double phase = 0.4 * ((double)(e / N % N) - (double)(e % N));
        pairs[2 * e] = values[e] * cos(phase);
        pairs[2 * e + 1] = values[e] * sin(phase);
    }
    const ana_spd_set hermitian = {N, true, MANY, pairs};
    check_ok(ana_spd_mean_masked(&hermitian, n_columns, masks, NULL, NULL, NULL, pair_mean));
    for (size_t e = 0; e < SIZE; e++) {
        const double phase = 0.4 * ((double)(e / N) - (double)(e % N));
        check_close(pair_mean[2 * e], mean[e] * cos(phase), 1e-7, 0.0);
        check_close(pair_mean[2 * e + 1], mean[e] * sin(phase), 1e-7, 0.0);
    }
}

static void what_cannot_be_known_is_refused(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double out[SIZE];
    const size_t columns[MANY] = {1, 1, 1, 1, 1, 1, 1, 5};
    double masks[MANY * SIZE] = {0.0};
    draw(5, 1.0, values);
    const ana_spd_set set = {N, false, MANY, values};
    const ana_spd_set two = {N, false, 2, values};
    const ana_spd_set none = {N, false, 0, values};
    check_fails(ana_spd_mean_missing(&none, NULL, NULL, NULL, out), ANA_ERR_VALUE, "0 matrices");
    check_fails(ana_spd_mean_masked(&set, columns, masks, NULL, NULL, NULL, out), ANA_ERR_VALUE,
                "columns 0 and 0 of mask 0 are not orthonormal");
    for (size_t k = 0; k < MANY; k++) {
        masks[k * N] = 1.0;
    }
    check_fails(ana_spd_mean_masked(&set, columns, masks, NULL, NULL, NULL, out), ANA_ERR_VALUE,
                "mask 7 of 5 columns");
    ana_spd_missing_options options = ana_spd_missing_options_default();
    options.max_iterations = 1;
    check_fails(ana_spd_mean_missing(&set, NULL, &options, NULL, out), ANA_ERR_NUMERIC,
                "not settled");
    options.tolerance = 0.0;
    check_fails(ana_spd_mean_missing(&set, NULL, &options, NULL, out), ANA_ERR_VALUE,
                "mean-tolerance");
    lose(values, 0, 3);
    lose(values, 1, 2);
    check_fails(ana_spd_mean_missing(&two, NULL, NULL, NULL, out), ANA_ERR_VALUE,
                "no matrix has both channel 2 and channel 3");
    lose(values, 1, 3);
    check_fails(ana_spd_mean_missing(&two, NULL, NULL, NULL, out), ANA_ERR_VALUE,
                "channel 3 is missing in all");
    lose(values, 0, 0);
    lose(values, 0, 1);
    lose(values, 0, 2);
    check_fails(ana_spd_mean_missing(&two, NULL, NULL, NULL, out), ANA_ERR_VALUE,
                "matrix 0 has no channel");
    draw(5, 1.0, values);
    values[SIZE + 1] = NAN;
    check_fails(ana_spd_mean_missing(&set, NULL, NULL, NULL, out), ANA_ERR_VALUE,
                "element [0, 1] of matrix 1 is missing");
    values[SIZE + 1] = values[SIZE + N];
    values[SIZE] = -1.0;
    check_fails(ana_spd_mean_missing(&set, NULL, NULL, NULL, out), ANA_ERR_VALUE,
                "matrix 1 is not positive definite in the channels it has");
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double out[SIZE];
    double pairs[2 * MANY * SIZE] = {0.0};
    double pair_mean[2 * SIZE];
    double masks[MANY * SIZE];
    size_t n_columns[MANY];
    draw(6, 1.0, values);
    for (size_t e = 0; e < (size_t)MANY * SIZE; e++) {
        pairs[2 * e] = values[e];
        masks[e] = e % SIZE % (N + 1) == 0 ? 1.0 : 0.0;
        n_columns[e / SIZE] = N;
    }
    lose_some(values);
    const ana_spd_set set = {N, false, MANY, values};
    const ana_spd_set hermitian = {N, true, MANY, pairs};
    ana_spd_mean_info info;
    ana_spd_missing_options options = ana_spd_missing_options_default();
    options.max_iterations = 1;
    ALLOCATION_TEST(ana_spd_mean_missing, (&set, NULL, &options, &info, out), (void)0);
    ALLOCATION_TEST(ana_spd_mean_masked,
                    (&hermitian, n_columns, masks, NULL, &options, &info, pair_mean), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_matrices_have_their_riemannian_mean),
        cmocka_unit_test(the_mean_is_where_squares_are_least_with_weights),
        cmocka_unit_test(units_do_not_matter_and_channels_may_be_mixed_by_masks),
        cmocka_unit_test(turned_masks_turn_the_mean_and_hermitian_matrices_may_be_real),
        cmocka_unit_test(what_cannot_be_known_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("spd missing", tests, NULL, NULL);
}
