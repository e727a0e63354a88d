/* Joint diagonalisation: what has common axes is diagonal, what has none nearly so. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/joint_diagonalisation.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 5,
    MANY = 8,
    SIZE = N * N
};

/* X_k = A D_k A^H with D_k diagonal; complex A for step 2; orthogonal A where asked. */
static void simulate(size_t step, bool orthogonal, double scale, double *out)
{
    ana_random random = ana_random_stream(3, "test.joint", 0);
    double a[2 * SIZE] = {0.0};
    for (size_t e = 0; e < step * SIZE; e++) {
        a[e] = ana_random_normal(&random);
    }
    if (orthogonal) {
        double q[SIZE];
        double upper[SIZE];
        check_ok(ana_linalg_qr(N, N, a, q, upper));
        memcpy(a, q, sizeof q);
    }
    memset(out, 0, MANY * SIZE * step * sizeof *out);
    for (size_t k = 0; k < MANY; k++) {
        for (size_t c = 0; c < N; c++) {
            const double d = scale * (0.3 + ana_random_uniform(&random) * 4.0);
            for (size_t e = 0; e < SIZE; e++) {
                const double *x = a + step * (e / N * N + c);
                const double *y = a + step * (e % N * N + c);
                double *to = out + step * (k * SIZE + e);
                to[0] += d * x[0] * y[0];
                if (step == 2) {
                    to[0] += d * x[1] * y[1];
                    to[1] += d * (x[1] * y[0] - x[0] * y[1]);
                }
            }
        }
    }
}

/* The largest number beside a diagonal; components' variances. */
static double largest_beside(size_t step, const double *d)
{
    double largest = 0.0;
    for (size_t e = 0; e < (size_t)MANY * SIZE; e++) {
        const bool diagonal = e % SIZE % (N + 1) == 0;
        for (size_t part = 0; part < step && !diagonal; part++) {
            largest = fmax(largest, fabs(d[step * e + part]));
        }
    }
    return largest;
}

static void common_axes_are_found_by_every_method_in_any_unit(void **state)
{
    (void)state;
    double values[MANY * SIZE * 2];
    double v[SIZE * 2];
    double d[MANY * SIZE * 2];
    for (int method = ANA_JOINT_PHAM; method <= ANA_JOINT_UWEDGE; method++) {
        ana_joint_options options = ana_joint_options_default();
        options.method = (ana_joint_method)method;
        double first[SIZE];
        for (int unit = 0; unit < 2; unit++) {
            simulate(1, method == ANA_JOINT_RJD, unit == 0 ? 1.0 : 1e-12, values);
            const ana_spd_set set = {N, false, MANY, values};
            check_ok(ana_joint_diagonalise(&set, NULL, &options, NULL, v, d));
            const double size = unit == 1 && method == ANA_JOINT_RJD ? 1e-12 : 1.0;
            assert_true(largest_beside(1, d) < 1e-9 * size);
            for (size_t i = 0; i < N && method != ANA_JOINT_RJD; i++) {
                double variance = 0.0;
                for (size_t k = 0; k < MANY; k++) {
                    variance += d[k * SIZE + i * (N + 1)] / MANY;
                }
                check_close(variance, 1.0, 0.0, 1e-12);
            }
            const double factor = method == ANA_JOINT_RJD ? 1.0 : unit == 0 ? 1.0 : 1e-6;
            for (size_t e = 0; e < SIZE; e++) {
                v[e] *= factor;
            }
            memcpy(unit == 0 ? first : d, v, SIZE * sizeof *v);
            if (unit == 1) {
                check_all_close(SIZE, d, first, 1e-11, 1e-11);
            }
        }
    }
    simulate(2, false, 1.0, values);
    const ana_spd_set complex_set = {N, true, MANY, values};
    check_ok(ana_joint_diagonalise(&complex_set, NULL, NULL, NULL, v, d));
    assert_true(largest_beside(2, d) < 1e-9);
}

/* Sum w [ln det diag - ln det], but for the mean of ln det X, which V does not change: of V X V^T
 * with V moved a little. */
static double criterion(const double *weights, const double *v, const double *values)
{
    double sum = 0.0;
    double room[SIZE];
    double turned[SIZE];
    const ana_gemm right = {N, N, N, false, true, 1.0, 0.0};
    for (size_t k = 0; k < MANY; k++) {
        double logdet = 0.0;
        check_ok(ana_linalg_multiply(N, N, N, v, values + k * SIZE, room));
        check_ok(ana_linalg_gemm(&right, room, v, turned));
        check_ok(ana_linalg_logdet_spd(N, turned, &logdet));
        sum -= weights[k] * logdet;
        for (size_t i = 0; i < N; i++) {
            sum += weights[k] * log(turned[i * (N + 1)]);
        }
    }
    return sum;
}

static void matrices_without_common_axes(ana_random *random, double *values)
{
    double x[N * 4 * N];
    for (size_t k = 0; k < MANY; k++) {
        for (size_t i = 0; i < sizeof x / sizeof x[0]; i++) {
            x[i] = ana_random_normal(random);
        }
        check_ok(ana_linalg_gram_rows(N, (size_t)4 * N, x, values + k * SIZE));
    }
}

static void pham_is_at_the_least_of_its_criterion_with_weights(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(4, "test.joint", 0);
    double values[MANY * SIZE];
    double weights[MANY];
    double v[SIZE];
    double sum = 0.0;
    matrices_without_common_axes(&random, values);
    for (size_t k = 0; k < MANY; k++) {
        weights[k] = 0.1 + ana_random_uniform(&random);
        sum += weights[k];
    }
    const ana_spd_set set = {N, false, MANY, values};
    ana_joint_options options = ana_joint_options_default();
    options.tolerance = 1e-20;
    ana_joint_info info;
    check_ok(ana_joint_diagonalise(&set, weights, &options, &info, v, NULL));
    assert_true(info.residual < 1e-14);
    const double least = criterion(weights, v, values);
    for (size_t e = 0; e < SIZE; e++) { /* slopes of the criterion at its least are 0 */
        double moved[SIZE];
        memcpy(moved, v, sizeof v);
        moved[e] += 1e-5;
        const double above = criterion(weights, moved, values);
        moved[e] -= 2e-5;
        const double below = criterion(weights, moved, values);
        check_close((above - below) / 2e-5, 0.0, 1e-5 * sum, 0.0);
        assert_true(above + below - 2.0 * least > -1e-12);
    }
}

static void rjd_is_orthogonal_and_two_axes_are_turned_by_the_known_angle(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(5, "test.joint", 0);
    double values[MANY * SIZE];
    double v[SIZE];
    double gram[SIZE];
    matrices_without_common_axes(&random, values);
    const ana_spd_set set = {N, false, MANY, values};
    ana_joint_options options = ana_joint_options_default();
    options.method = ANA_JOINT_RJD;
    check_ok(ana_joint_diagonalise(&set, NULL, &options, NULL, v, NULL));
    check_ok(ana_linalg_gram(N, N, v, gram));
    for (size_t e = 0; e < SIZE; e++) {
        check_close(gram[e], e % (N + 1) == 0 ? 1.0 : 0.0, 1e-12, 0.0);
    }
    const double c = cos(0.3);
    const double s = sin(0.3); /* diag(3, 1) seen from axes turned by 0.3 */
    const double turned[4] = {3.0 * c * c + s * s, 2.0 * c * s, 2.0 * c * s, 3.0 * s * s + c * c};
    const ana_spd_set one = {2, false, 1, turned};
    check_ok(ana_joint_diagonalise(&one, NULL, &options, NULL, v, NULL));
    check_close(v[0], c, 1e-12, 0.0);
    check_close(v[1], s, 1e-12, 0.0);
}

static void one_matrix_and_equal_ones_are_diagonal(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(6, "test.joint", 0);
    double values[MANY * SIZE];
    double v[SIZE];
    double d[MANY * SIZE];
    matrices_without_common_axes(&random, values);
    for (size_t k = 1; k < MANY; k++) {
        memcpy(values + k * SIZE, values, SIZE * sizeof *values);
    }
    for (int method = ANA_JOINT_PHAM; method <= ANA_JOINT_UWEDGE; method++) {
        for (size_t n_matrices = 1; n_matrices <= MANY; n_matrices += MANY - 1) {
            const ana_spd_set set = {N, false, n_matrices, values};
            ana_joint_options options = ana_joint_options_default();
            options.method = (ana_joint_method)method;
            memset(d, 0, sizeof d);
            check_ok(ana_joint_diagonalise(&set, NULL, &options, NULL, v, d));
            assert_true(largest_beside(1, d) < 1e-6);
        }
    }
}

static void what_cannot_be_diagonalised_is_refused(void **state)
{
    (void)state;
    double values[MANY * SIZE * 2];
    double v[SIZE * 2];
    simulate(2, false, 1.0, values);
    const ana_spd_set complex_set = {N, true, MANY, values};
    ana_joint_options options = ana_joint_options_default();
    options.method = ANA_JOINT_RJD;
    check_fails(ana_joint_diagonalise(&complex_set, NULL, &options, NULL, v, NULL),
                ANA_ERR_UNSUPPORTED, "pham takes Hermitian ones");
    ana_random random = ana_random_stream(7, "test.joint", 0);
    matrices_without_common_axes(&random, values);
    const ana_spd_set set = {N, false, MANY, values};
    const ana_spd_set none = {N, false, 0, values};
    options = ana_joint_options_default();
    check_fails(ana_joint_diagonalise(&none, NULL, NULL, NULL, v, NULL), ANA_ERR_VALUE,
                "0 matrices");
    options.max_iterations = 1;
    check_fails(ana_joint_diagonalise(&set, NULL, &options, NULL, v, NULL), ANA_ERR_NUMERIC,
                "not settled after 1 sweeps");
    options.max_iterations = 0;
    check_fails(ana_joint_diagonalise(&set, NULL, &options, NULL, v, NULL), ANA_ERR_VALUE,
                "joint-iterations");
    const double weights[MANY] = {1.0, -1.0};
    check_fails(ana_joint_diagonalise(&set, weights, NULL, NULL, v, NULL), ANA_ERR_VALUE,
                "weight 1");
    values[3 * SIZE] = -1.0;
    check_fails(ana_joint_diagonalise(&set, NULL, NULL, NULL, v, NULL), ANA_ERR_VALUE, "matrix 3");
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double v[SIZE];
    double d[MANY * SIZE];
    simulate(1, false, 1.0, values);
    const ana_spd_set set = {N, false, MANY, values};
    for (int method = ANA_JOINT_PHAM; method <= ANA_JOINT_UWEDGE; method++) {
        ana_joint_options options = ana_joint_options_default();
        ana_joint_info info;
        options.method = (ana_joint_method)method;
        options.max_iterations = 2;
        ALLOCATION_TEST(ana_joint_diagonalise, (&set, NULL, &options, &info, v, d), (void)0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(common_axes_are_found_by_every_method_in_any_unit),
        cmocka_unit_test(pham_is_at_the_least_of_its_criterion_with_weights),
        cmocka_unit_test(rjd_is_orthogonal_and_two_axes_are_turned_by_the_known_angle),
        cmocka_unit_test(one_matrix_and_equal_ones_are_diagonal),
        cmocka_unit_test(what_cannot_be_diagonalised_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("joint diagonalisation", tests, NULL, NULL);
}
