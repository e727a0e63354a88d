/* linalg against numpy and scipy; and which library answers behind the names. */
#define _GNU_SOURCE /* dladdr */
#include "support/check.h"
#include "support/reference_json.h"

#include <analysis/linalg.h>

#include <cblas.h>
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    LARGEST = 30
};

/* Both sides are backward stable: they differ by the rounding unit times the condition number. */
static void check_array(reference *root, const char *at, const char *key, size_t n,
                        const double *values, double tolerance)
{
    char path[128];
    size_t n_wanted = 0;
    snprintf(path, sizeof path, "%s/%s", at, key);
    const double *wanted = reference_doubles(root, path, &n_wanted);
    assert_int_equal(n, n_wanted);
    double largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs(wanted[i]));
    }
    for (size_t i = 0; i < n; i++) {
        if (!is_close(values[i], wanted[i], tolerance * largest, 0.0)) {
            print_error("%s[%zu]\n", path, i);
        }
        check_close(values[i], wanted[i], tolerance * largest, 0.0);
    }
}

static void symmetric_matrices_agree_with_scipy(void **state)
{
    reference *root = *state;
    for (size_t i = 0; i < reference_count(root, "linalg/symmetric"); i++) {
        char at[64];
        char path[96];
        snprintf(at, sizeof at, "linalg/symmetric/%s", reference_key(root, "linalg/symmetric", i));
#define GET(key) reference_doubles(root, (snprintf(path, sizeof path, "%s/" key, at), path), NULL)
        const double *a = GET("a");
        size_t n = reference_axis(root, path, 0);
        assert_true(n <= LARGEST);
        static double out[LARGEST * LARGEST];
        double values[LARGEST];
        double logdet = 0.0;
        check_ok(ana_linalg_cholesky(n, a, out));
        check_array(root, at, "cholesky", n * n, out, 1e-13);
        check_ok(ana_linalg_logdet_spd(n, a, &logdet));
        snprintf(path, sizeof path, "%s/logdet", at);
        check_close(logdet, reference_number(root, path), 1e-11, 0.0);
        check_ok(ana_linalg_inverse_spd(n, a, out));
        check_array(root, at, "inverse", n * n, out, 1e-11);
        check_ok(ana_linalg_solve_spd(n, a, 2, GET("x"), out));
        check_array(root, at, "solve", n * 2, out, 1e-11);
        check_ok(ana_linalg_eigen_symmetric(n, a, values, out));
        check_array(root, at, "values", n, values, 1e-13);
        check_array(root, at, "vectors", n * n, out, 1e-10);
        check_ok(ana_linalg_eigen_generalised(n, GET("indefinite"), GET("b"), values, out));
        check_array(root, at, "generalised_values", n, values, 1e-12);
        check_array(root, at, "generalised_vectors", n * n, out, 1e-10);
        check_ok(ana_linalg_logm_spd(n, a, out));
        check_array(root, at, "logm", n * n, out, 1e-11);
        check_ok(ana_linalg_expm_symmetric(n, GET("expm_of"), out));
        check_array(root, at, "expm", n * n, out, 1e-13);
        check_ok(ana_linalg_sqrtm_spd(n, a, out));
        check_array(root, at, "sqrtm", n * n, out, 1e-12);
        check_ok(ana_linalg_invsqrtm_spd(n, a, out));
        check_array(root, at, "invsqrtm", n * n, out, 1e-11);
        check_ok(ana_linalg_powm_spd(n, a, 0.3, out));
        check_array(root, at, "powm", n * n, out, 1e-12);
#undef GET
    }
}

static void general_matrices_agree_with_numpy(void **state)
{
    reference *root = *state;
    for (size_t i = 0; i < reference_count(root, "linalg/general"); i++) {
        char at[64];
        char path[96];
        snprintf(at, sizeof at, "linalg/general/%s", reference_key(root, "linalg/general", i));
#define GET(key) reference_doubles(root, (snprintf(path, sizeof path, "%s/" key, at), path), NULL)
#define HAS(key) reference_has(root, (snprintf(path, sizeof path, "%s/" key, at), path))
        const double *b = GET("b");
        size_t n_rhs = reference_axis(root, path, 1);
        const double *a = GET("a");
        size_t n = reference_axis(root, path, 0);
        size_t m = reference_axis(root, path, 1);
        size_t r = n < m ? n : m;
        static double left[LARGEST * LARGEST];
        static double right[LARGEST * LARGEST];
        double values[LARGEST];
        check_ok(ana_linalg_svd(n, m, a, left, values, right));
        check_array(root, at, "values", r, values, 1e-13);
        if (HAS("u")) {
            check_array(root, at, "u", n * r, left, 1e-12);
            check_array(root, at, "vt", r * m, right, 1e-12);
            check_ok(ana_linalg_qr(n, m, a, left, right));
            check_array(root, at, "q", n * r, left, 1e-13);
            check_array(root, at, "r", r * m, right, 1e-13);
        }
        size_t rank = 0;
        check_ok(ana_linalg_least_squares(n, m, a, n_rhs, b, left, &rank));
        check_array(root, at, "least_squares", m * n_rhs, left, 1e-12);
        snprintf(path, sizeof path, "%s/rank", at);
        assert_int_equal(rank, reference_size(root, path));
        const ana_gemm shape = {
            .n_rows = m, .n_inner = n, .n_columns = n_rhs, .transpose_a = true, .alpha = 1.0};
        check_ok(ana_linalg_gemm(&shape, a, b, left));
        check_array(root, at, "product", m * n_rhs, left, 1e-14);
        check_ok(ana_linalg_gram(n, m, a, left));
        check_array(root, at, "gram", m * m, left, 1e-14);
        if (HAS("solve")) {
            double rcond = 0.0;
            check_ok(ana_linalg_solve(n, a, n_rhs, b, left, &rcond));
            check_array(root, at, "solve", n * n_rhs, left, 1e-12);
            snprintf(path, sizeof path, "%s/rcond", at);
            double exact = reference_number(root, path); /* LAPACK's estimate is from above */
            assert_true(rcond >= exact * (1.0 - 1e-10) && rcond < 3.0 * exact);
        }
#undef GET
#undef HAS
    }
}

/* GSL needs a library that offers the same names; it must not be the one that answers. */
static void cblas_comes_from_openblas_and_runs_one_thread(void **state)
{
    (void)state;
    const double one = 1.0;
    double out = 0.0;
    check_ok(ana_linalg_multiply(1, 1, 1, &one, &one, &out));
    assert_int_equal(openblas_get_num_threads(), 1);
    const char *names[] = {"cblas_dgemm", "cblas_dsyrk", "cblas_dgemv", "cblas_dtrsm"};
    for (size_t i = 0; i < 4; i++) {
        void *function = dlsym(RTLD_DEFAULT, names[i]);
        Dl_info info;
        assert_non_null(function);
        assert_true(dladdr(function, &info) != 0);
        if (strstr(info.dli_fname, "openblas") == NULL) {
            fail_msg("%s comes from %s", names[i], info.dli_fname);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symmetric_matrices_agree_with_scipy),
        cmocka_unit_test(general_matrices_agree_with_numpy),
        cmocka_unit_test(cblas_comes_from_openblas_and_runs_one_thread),
    };
    return cmocka_run_group_tests(tests, open_maths_reference, close_reference);
}
