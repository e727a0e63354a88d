/* Means of positive definite matrices: by hand, by what defines them, and by what they leave
 * unchanged. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/spd_map.h>
#include <analysis/models/spd_mean.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 4,
    MANY = 9,
    SIZE = N * N,
    FEW = 4,
    N_METHODS = ANA_SPD_MEAN_THOMPSON + 1
};

/* Those that go by the means of all but one: of FEW matrices. */
static bool is_of_few(int method)
{
    return method == ANA_SPD_MEAN_ANDO_LI_MATHIAS || method == ANA_SPD_MEAN_BINI_MEINI_POLONI;
}

static bool is_median(int method)
{
    return method == ANA_SPD_MEDIAN_EUCLIDEAN || method == ANA_SPD_MEDIAN_RIEMANN;
}

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
    ana_spd_set set = set_of(values);
    ana_spd_mean_options options = ana_spd_mean_options_default();
    ana_spd_mean_info info;
    options.method = (ana_spd_mean_method)method;
    options.tolerance = 1e-13;
    options.max_iterations = 3000;
    set.n_matrices = is_of_few(method) ? FEW : MANY;
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
    for (int m = 0; m < ANA_SPD_MEAN_THOMPSON; m++) {
        double mean[4];
        if (is_median(m)) {
            continue;
        }
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
    for (int m = ANA_SPD_MEDIAN_EUCLIDEAN; m <= ANA_SPD_MEDIAN_RIEMANN; m++) {
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
        double largest = 0.0;
        for (size_t e = 0; e < SIZE; e++) {
            largest = fmax(largest, fabs(a[e]));
        }
        check_all_close(SIZE, b, a, 1e-12 * largest, 0.0);
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
                                    ANA_SPD_MEDIAN_RIEMANN,       ANA_SPD_MEAN_JOINT_DIAGONAL,
                                    ANA_SPD_MEAN_ANDO_LI_MATHIAS, ANA_SPD_MEAN_BINI_MEINI_POLONI,
                                    ANA_SPD_MEAN_CHEAP,           ANA_SPD_MEAN_THOMPSON};
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

/* X_k = A D_k A^T with D_k diagonal: A exp(sum w log D) A^T is what every geometric mean is. */
static void geometric_means_of_matrices_with_common_axes_are_one(void **state)
{
    (void)state;
    static const int geometric[] = {ANA_SPD_MEAN_RIEMANN, ANA_SPD_MEAN_JOINT_DIAGONAL,
                                    ANA_SPD_MEAN_ANDO_LI_MATHIAS, ANA_SPD_MEAN_BINI_MEINI_POLONI,
                                    ANA_SPD_MEAN_CHEAP};
    static const double weights[MANY] = {5.0, 1.0, 0.5, 2.0, 0.0, 0.3, 1.1, 0.2, 0.7};
    ana_random random = ana_random_stream(11, "test.spd_mean", 0);
    double diagonal[MANY * SIZE] = {0.0};
    double values[MANY * SIZE];
    double found[SIZE];
    for (size_t k = 0; k < MANY; k++) {
        for (size_t i = 0; i < N; i++) {
            diagonal[k * SIZE + i * (N + 1)] = exp(1.5 * ana_random_normal(&random));
        }
    }
    mix(MANY, diagonal, values);
    for (size_t m = 0; m < sizeof geometric / sizeof geometric[0]; m++) {
        double middle[SIZE] = {0.0};
        double wanted[SIZE];
        double sum = 0.0;
        const size_t n_matrices = is_of_few(geometric[m]) ? FEW : MANY;
        for (size_t k = 0; k < n_matrices; k++) {
            sum += weights[k];
        }
        for (size_t i = 0; i < N; i++) {
            double log_mean = 0.0;
            for (size_t k = 0; k < n_matrices; k++) {
                log_mean += weights[k] / sum * log(diagonal[k * SIZE + i * (N + 1)]);
            }
            middle[i * (N + 1)] = exp(log_mean);
        }
        mix(1, middle, wanted);
        find(values, weights, geometric[m], found);
        check_all_close(SIZE, found, wanted, 1e-9, 1e-10);
    }
}

/* pyRiemann goes w2 / w1 / 2 of the way: 0.125, not 0.2, for the weights 0.8 and 0.2. */
static void two_matrices_meet_on_their_geodesic_by_their_weights(void **state)
{
    (void)state;
    static const struct {
        int method;
        ana_spd_metric metric;
    } cases[] = {{ANA_SPD_MEAN_RIEMANN, ANA_SPD_RIEMANN},
                 {ANA_SPD_MEAN_ANDO_LI_MATHIAS, ANA_SPD_RIEMANN},
                 {ANA_SPD_MEAN_BINI_MEINI_POLONI, ANA_SPD_RIEMANN},
                 {ANA_SPD_MEAN_CHEAP, ANA_SPD_RIEMANN},
                 {ANA_SPD_MEAN_JOINT_DIAGONAL, ANA_SPD_RIEMANN},
                 {ANA_SPD_MEAN_THOMPSON, ANA_SPD_THOMPSON}};
    static const double weights[2] = {0.8, 0.2};
    double values[MANY * SIZE];
    double wanted[SIZE];
    double found[SIZE];
    draw(12, 1.0, values);
    const ana_spd_set pair = {N, false, 2, values};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ana_spd_mean_options options = ana_spd_mean_options_default();
        options.method = (ana_spd_mean_method)cases[i].method;
        options.tolerance = 1e-12;
        check_ok(ana_spd_geodesic(&pair, cases[i].metric, 0.2, wanted));
        check_ok(ana_spd_mean(&pair, weights, &options, NULL, found));
        check_all_close(SIZE, found, wanted, 1e-9, 1e-9);
    }
}

static void the_mean_of_one_matrix_is_the_matrix(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double found[SIZE];
    draw(13, 1e-12, values);
    const ana_spd_set one = {N, false, 1, values};
    for (int m = 0; m < N_METHODS; m++) {
        ana_spd_mean_options options = ana_spd_mean_options_default();
        options.method = (ana_spd_mean_method)m;
        check_ok(ana_spd_mean(&one, NULL, &options, NULL, found));
        check_all_close(SIZE, found, values, 1e-21, 1e-11);
    }
}

/* The definitions, held against the means found: nothing is left to move. */
static void means_that_are_met_are_where_no_matrix_moves(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double thompson[SIZE];
    double inductive[SIZE];
    double pair_values[2 * SIZE];
    draw(14, 1.0, values);
    find(values, NULL, ANA_SPD_MEAN_THOMPSON, thompson);
    /* after c rounds the inductive mean is about 1 / c of its first step away, in turn's order */
    memcpy(inductive, thompson, sizeof inductive);
    inductive[0] *= 1.5;
    const ana_spd_set pair = {N, false, 2, pair_values};
    double gap[2] = {0.0, 0.0};
    for (size_t step = 0; step < (size_t)MANY * 400; step++) {
        memcpy(pair_values, inductive, sizeof inductive);
        memcpy(pair_values + SIZE, values + step % MANY * SIZE, sizeof inductive);
        check_ok(ana_spd_geodesic(&pair, ANA_SPD_THOMPSON, 1.0 / (double)(step + 2), inductive));
        if (step + 1 == (size_t)MANY * 100 || step + 1 == (size_t)MANY * 400) {
            double *to = &gap[step + 1 == (size_t)MANY * 100 ? 0 : 1];
            for (size_t e = 0; e < SIZE; e++) {
                *to = fmax(*to, fabs(inductive[e] - thompson[e]) / thompson[e % N * (N + 1)]);
            }
        }
    }
    assert_true(gap[0] < 0.02);
    assert_true(gap[1] < 0.3 * gap[0]);
}

static void ill_conditioned_matrices_have_all_means(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double found[SIZE];
    draw(15, 1.0, values);
    for (size_t e = 0; e < (size_t)MANY * SIZE; e++) { /* conditions of 1e8 and more */
        values[e] *= pow(10.0, -4.0 / 3.0 * (double)(e / N % N + e % N));
    }
    for (int m = 0; m < N_METHODS; m++) {
        const ana_spd_set set = {N, false, is_of_few(m) ? FEW : MANY, values};
        ana_spd_mean_options options = ana_spd_mean_options_default();
        ana_spd_mean_info info;
        options.method = (ana_spd_mean_method)m;
        check_ok(ana_spd_mean(&set, NULL, &options, &info, found));
        const ana_spd_set mean = {N, false, 1, found};
        check_ok(ana_spd_check(&mean, NULL));
        assert_true(info.converged);
    }
}

/* Complex matrices, and the real ones of twice their rows that have the same sums and products. */
static void hermitian_means_are_those_of_their_real_embeddings(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(16, "test.spd_mean", 0);
    double x[N * 3 * N * 2];
    double complex_values[FEW * 2 * SIZE];
    double embedded[FEW * 4 * SIZE];
    double found[2 * SIZE];
    double wanted[4 * SIZE];
    for (size_t k = 0; k < FEW; k++) {
        for (size_t i = 0; i < sizeof x / sizeof x[0]; i++) {
            x[i] = ana_random_normal(&random);
        }
        for (size_t e = 0; e < SIZE; e++) {
            const size_t i = e / N;
            const size_t j = e % N;
            double re = 0.0;
            double im = 0.0;
            for (size_t t = 0; t < (size_t)3 * N; t++) {
                const double *a = x + 2 * (i * 3 * N + t);
                const double *b = x + 2 * (j * 3 * N + t);
                re += a[0] * b[0] + a[1] * b[1];
                im += a[1] * b[0] - a[0] * b[1];
            }
            double *to = embedded + k * 4 * SIZE;
            complex_values[2 * (k * SIZE + e)] = re;
            complex_values[2 * (k * SIZE + e) + 1] = im;
            to[i * 2 * N + j] = to[(N + i) * 2 * N + N + j] = re;
            to[(N + i) * 2 * N + j] = im;
            to[i * 2 * N + N + j] = -im;
        }
    }
    for (int m = 0; m < N_METHODS; m++) {
        const size_t n_matrices = is_of_few(m) ? 3 : FEW;
        const ana_spd_set hermitian = {N, true, n_matrices, complex_values};
        const ana_spd_set real = {2 * N, false, n_matrices, embedded};
        ana_spd_mean_options options = ana_spd_mean_options_default();
        options.method = (ana_spd_mean_method)m;
        options.tolerance = 1e-12;
        check_ok(ana_spd_mean(&hermitian, NULL, &options, NULL, found));
        if (m == ANA_SPD_MEAN_CHOLESKY || m == ANA_SPD_MEAN_LOG_CHOLESKY ||
            m == ANA_SPD_MEAN_JOINT_DIAGONAL) {
            continue; /* factors and coordinates of embedded matrices are others */
        }
        check_ok(ana_spd_mean(&real, NULL, &options, NULL, wanted));
        for (size_t e = 0; e < SIZE; e++) {
            const size_t at = e / N * 2 * N + e % N;
            check_close(found[2 * e], wanted[at], 1e-8, 1e-9);
            check_close(found[2 * e + 1], wanted[at + 2 * SIZE], 1e-8, 1e-9);
        }
    }
}

static void means_of_too_many_or_without_end_are_refused_not_zero(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double weights[MANY] = {1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0};
    double found[SIZE];
    draw(17, 1.0, values);
    const ana_spd_set set = set_of(values);
    for (int m = ANA_SPD_MEAN_ANDO_LI_MATHIAS; m <= ANA_SPD_MEAN_BINI_MEINI_POLONI; m++) {
        const ana_spd_set few = {N, false, FEW, values};
        ana_spd_mean_options options = ana_spd_mean_options_default();
        ana_spd_mean_info info;
        options.method = (ana_spd_mean_method)m;
        check_fails(ana_spd_mean(&set, NULL, &options, NULL, found), ANA_ERR_VALUE,
                    "mean of 9 matrices would take for ever");
        check_ok(ana_spd_mean(&set, weights, &options, NULL, found)); /* 0: not counted */
        options.max_iterations = 1;
        check_fails(ana_spd_mean(&few, NULL, &options, NULL, found), ANA_ERR_NUMERIC,
                    "not settled");
        check_ok(ana_spd_mean(&few, NULL, &options, &info, found));
        assert_false(info.converged);
        const ana_spd_set mean = {N, false, 1, found};
        check_ok(ana_spd_check(&mean, NULL));
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
        if (is_of_few(m)) {
            continue; /* a matrix more is a step more: they are not made so */
        }
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
    ana_spd_mean_options options = ana_spd_mean_options_default();
    static const int methods[] = {ANA_SPD_MEAN_RIEMANN,        ANA_SPD_MEAN_CHOLESKY,
                                  ANA_SPD_MEAN_POWER,          ANA_SPD_MEAN_JOINT_DIAGONAL,
                                  ANA_SPD_MEAN_CHEAP,          ANA_SPD_MEAN_THOMPSON,
                                  ANA_SPD_MEAN_ANDO_LI_MATHIAS};
    options.max_iterations = 2;
    options.power = -0.5;
    for (size_t m = 0; m < sizeof methods / sizeof methods[0]; m++) {
        ana_spd_mean_info info;
        const ana_spd_set set = {N, false, is_of_few(methods[m]) ? 3 : MANY, values};
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
        cmocka_unit_test(geometric_means_of_matrices_with_common_axes_are_one),
        cmocka_unit_test(two_matrices_meet_on_their_geodesic_by_their_weights),
        cmocka_unit_test(the_mean_of_one_matrix_is_the_matrix),
        cmocka_unit_test(means_that_are_met_are_where_no_matrix_moves),
        cmocka_unit_test(ill_conditioned_matrices_have_all_means),
        cmocka_unit_test(hermitian_means_are_those_of_their_real_embeddings),
        cmocka_unit_test(means_of_too_many_or_without_end_are_refused_not_zero),
        cmocka_unit_test(a_weight_counts_as_so_many_matrices),
        cmocka_unit_test(a_start_nearby_saves_steps_and_changes_nothing),
        cmocka_unit_test(what_has_no_mean_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("spd mean", tests, NULL, NULL);
}
