#include "support/check.h"
#include "support/fail_nth.h"
#include "support/reference_json.h"

#include <analysis/linalg.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LARGEST = 150 /* more than one block of LAPACK's */
};

static double *numbers(size_t n, size_t item)
{
    double *values = calloc(n + 1, sizeof *values);
    assert_non_null(values);
    ana_random random = ana_random_stream(5, "linalg", item);
    for (size_t i = 0; i < n; i++) {
        values[i] = ana_random_normal(&random);
    }
    return values;
}

/* C = op(A) op(B) by the definition. */
static double *product(const ana_gemm *shape, const double *a, const double *b)
{
    size_t n = shape->n_rows;
    size_t k = shape->n_inner;
    size_t m = shape->n_columns;
    double *c = calloc(n * m + 1, sizeof *c);
    assert_non_null(c);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < m; j++) {
            for (size_t l = 0; l < k; l++) {
                double left = shape->transpose_a ? a[l * n + i] : a[i * k + l];
                double right = shape->transpose_b ? b[j * k + l] : b[l * m + j];
                c[i * m + j] += left * right;
            }
        }
    }
    return c;
}

/* A symmetric positive definite matrix: G G^T + 1. */
static double *spd(size_t n, size_t item)
{
    double *g = numbers(n * n, item);
    const ana_gemm shape = {.n_rows = n, .n_inner = n, .n_columns = n, .transpose_b = true};
    double *a = product(&shape, g, g);
    for (size_t i = 0; i < n; i++) {
        a[i * n + i] += 1.0;
    }
    free(g);
    return a;
}

static double largest_of(size_t n, const double *values)
{
    double largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs(values[i]));
    }
    return largest;
}

/* Equal to so many units of rounding of the largest element: what backward stable methods grant. */
static void check_same(size_t n, const double *values, const double *wanted, double roundings)
{
    check_all_close(n, values, wanted, roundings * 2.3e-16 * (1.0 + largest_of(n, wanted)), 0.0);
}

static const size_t sizes[] = {0, 1, 2, 3, 7, 20, LARGEST};
enum {
    N_SIZES = sizeof sizes / sizeof sizes[0]
};

static void products_agree_with_their_definition(void **state)
{
    (void)state;
    const size_t shapes[][3] = {{0, 3, 2}, {3, 0, 2}, {1, 1, 1}, {4, 7, 3}, {65, 33, 70}};
    for (size_t s = 0; s < 5; s++) {
        for (unsigned kind = 0; kind < 4; kind++) {
            ana_gemm shape = {shapes[s][0], shapes[s][1], shapes[s][2], kind & 1,
                              kind & 2,     0.7,          -1.3};
            size_t n = shape.n_rows;
            size_t k = shape.n_inner;
            size_t m = shape.n_columns;
            double *a = numbers(n * k, 1);
            double *b = numbers(k * m, 2);
            double *c = numbers(n * m, 3);
            double *before = numbers(n * m, 3);
            double *wanted = product(&shape, a, b);
            check_ok(ana_linalg_gemm(&shape, a, b, c));
            for (size_t i = 0; i < n * m; i++) {
                wanted[i] = 0.7 * wanted[i] - 1.3 * before[i];
            }
            check_same(n * m, c, wanted, 100.0);
            free(wanted);
            shape.transpose_a = false;
            shape.transpose_b = false;
            wanted = product(&shape, a, b);
            check_ok(ana_linalg_multiply(n, k, m, a, b, c));
            check_same(n * m, c, wanted, 100.0);
            free(a);
            free(b);
            free(c);
            free(before);
            free(wanted);
        }
    }
}

static void vectors_and_grams_are_products(void **state)
{
    (void)state;
    const size_t shapes[][2] = {{0, 3}, {3, 0}, {1, 1}, {4, 7}, {90, 33}};
    for (size_t s = 0; s < 5; s++) {
        size_t n = shapes[s][0];
        size_t m = shapes[s][1];
        double *a = numbers(n * m, 1);
        double *x = numbers(n + m, 2);
        double *out = numbers((n + m) * (n + m), 3);
        double *wanted = product(&(ana_gemm){.n_rows = n, .n_inner = m, .n_columns = 1}, a, x);
        check_ok(ana_linalg_apply(n, m, a, false, x, out));
        check_same(n, out, wanted, 100.0);
        free(wanted);
        ana_gemm shape = {.n_rows = m, .n_inner = n, .n_columns = 1, .transpose_a = true};
        wanted = product(&shape, a, x);
        check_ok(ana_linalg_apply(n, m, a, true, x, out));
        check_same(m, out, wanted, 100.0);
        free(wanted);
        shape.n_columns = m;
        wanted = product(&shape, a, a);
        check_ok(ana_linalg_gram(n, m, a, out));
        check_same(m * m, out, wanted, 100.0);
        free(wanted);
        shape = (ana_gemm){.n_rows = n, .n_inner = m, .n_columns = n, .transpose_b = true};
        wanted = product(&shape, a, a);
        check_ok(ana_linalg_gram_rows(n, m, a, out));
        check_same(n * n, out, wanted, 100.0);
        free(wanted);
        free(a);
        free(x);
        free(out);
    }
}

static void a_solution_solves_its_system(void **state)
{
    (void)state;
    for (size_t s = 0; s < N_SIZES; s++) {
        size_t n = sizes[s];
        size_t m = s % 3;
        double *a = numbers(n * n, s);
        double *b = numbers(n * m, s + 10);
        double *x = numbers(n * m, 99);
        double rcond = 0.0;
        check_ok(ana_linalg_solve(n, a, m, b, x, n > 0 ? &rcond : NULL));
        assert_true(n == 0 || (rcond > 1e-6 && rcond <= 1.0));
        double *back = product(&(ana_gemm){.n_rows = n, .n_inner = n, .n_columns = m}, a, x);
        check_same(n * m, back, b, 1e5); /* condition numbers reach some thousands */
        free(back);
        free(a);
        a = spd(n, s);
        check_ok(ana_linalg_solve_spd(n, a, m, b, x));
        back = product(&(ana_gemm){.n_rows = n, .n_inner = n, .n_columns = m}, a, x);
        check_same(n * m, back, b, 1e5);
        memcpy(x, b, n * m * sizeof *x);
        double *in_place = numbers(n * m, 99);
        check_ok(ana_linalg_solve_spd(n, a, m, b, in_place));
        check_ok(ana_linalg_solve_spd(n, a, m, x, x));
        assert_memory_equal(x, in_place, n * m * sizeof *x);
        free(in_place);
        free(back);
        free(a);
        free(b);
        free(x);
    }
}

static void cholesky_factors_give_the_matrix_back(void **state)
{
    (void)state;
    for (size_t s = 0; s < N_SIZES; s++) {
        size_t n = sizes[s];
        double *a = spd(n, s);
        double *l = numbers(n * n, 99);
        double *inverse = numbers(n * n, 99);
        check_ok(ana_linalg_cholesky(n, a, l));
        for (size_t i = 0; i < n; i++) {
            for (size_t j = i + 1; j < n; j++) {
                assert_true(l[i * n + j] == 0.0);
            }
        }
        const ana_gemm square = {.n_rows = n, .n_inner = n, .n_columns = n, .transpose_b = true};
        double *back = product(&square, l, l);
        check_same(n * n, back, a, 100.0);
        free(back);
        double logdet = 0.0;
        check_ok(ana_linalg_logdet_spd(n, a, &logdet));
        check_close(logdet, ana_linalg_logdet_cholesky(n, l), 0.0, 0.0);
        check_ok(ana_linalg_inverse_spd(n, a, inverse));
        back = product(&square, a, inverse); /* symmetric: its transpose is itself */
        for (size_t i = 0; i < n * n; i++) {
            check_close(back[i], i % (n + 1) == 0 ? 1.0 : 0.0, 1e-10, 0.0);
        }
        free(back);
        check_ok(ana_linalg_cholesky(n, a, a));
        assert_memory_equal(a, l, n * n * sizeof *a);
        free(a);
        free(l);
        free(inverse);
    }
}

/* Rows orthonormal in the metric b (NULL: the identity). */
static void check_orthonormal(size_t k, size_t n, const double *rows, const double *metric)
{
    const ana_gemm outer = {.n_rows = k, .n_inner = n, .n_columns = k, .transpose_b = true};
    const ana_gemm apply = {.n_rows = k, .n_inner = n, .n_columns = n};
    double *turned = metric != NULL ? product(&apply, rows, metric) : NULL;
    double *gram = product(&outer, rows, turned != NULL ? turned : rows);
    for (size_t i = 0; i < k * k; i++) {
        check_close(gram[i], i % (k + 1) == 0 ? 1.0 : 0.0, 1e-12, 0.0);
    }
    free(turned);
    free(gram);
}

static void check_signs(size_t n_vectors, size_t n, const double *rows)
{
    for (size_t k = 0; k < n_vectors; k++) {
        double largest = 0.0;
        for (size_t i = 0; i < n; i++) {
            double value = rows[k * n + i];
            largest = fabs(value) > fabs(largest) ? value : largest;
        }
        assert_true(largest > 0.0);
    }
}

static void eigenvectors_are_kept_in_direction(void **state)
{
    (void)state;
    for (size_t s = 0; s < N_SIZES; s++) {
        size_t n = sizes[s];
        double *a = spd(n, s);
        double *b = spd(n, s + 20);
        double *values = numbers(n, 99);
        double *vectors = numbers(n * n, 99);
        for (size_t general = 0; general < 2; general++) {
            check_ok(general ? ana_linalg_eigen_generalised(n, a, b, values, vectors)
                             : ana_linalg_eigen_symmetric(n, a, values, vectors));
            check_orthonormal(n, n, vectors, general ? b : NULL);
            check_signs(n, n, vectors);
            const ana_gemm rows = {.n_rows = n, .n_inner = n, .n_columns = n};
            double *left = product(&rows, vectors, a);
            double *right = product(&rows, vectors, b);
            double scale = largest_of(n * n, a);
            for (size_t i = 0; i < n * n; i++) {
                double wanted = values[i / n] * (general ? right[i] : vectors[i]);
                check_close(left[i], wanted, 1e-13 * (double)n * scale, 1e-11);
                assert_true(i == 0 || i >= n || values[i - 1] <= values[i]);
            }
            free(left);
            free(right);
        }
        double *alone = numbers(n, 99);
        check_ok(ana_linalg_eigen_symmetric(n, a, values, vectors));
        check_ok(ana_linalg_eigen_symmetric(n, a, alone, NULL));
        check_same(n, alone, values, 1e3);
        free(alone);
        free(a);
        free(b);
        free(values);
        free(vectors);
    }
}

static void singular_and_triangular_factors_give_the_matrix_back(void **state)
{
    (void)state;
    const size_t shapes[][2] = {{0, 4}, {1, 1}, {1, 6},        {6, 1},
                                {9, 4}, {4, 9}, {LARGEST, 70}, {70, LARGEST}};
    for (size_t c = 0; c < sizeof shapes / sizeof *shapes; c++) {
        size_t n = shapes[c][0];
        size_t m = shapes[c][1];
        size_t r = n < m ? n : m;
        double *a = numbers(n * m, c);
        double *left = numbers(n * r, 99);
        double *s = numbers(r, 99);
        double *right = numbers(r * m, 99);
        const ana_gemm back_again = {.n_rows = n, .n_inner = r, .n_columns = m};
        check_ok(ana_linalg_svd(n, m, a, left, s, right));
        check_orthonormal(r, m, right, NULL);
        check_signs(r, m, right);
        for (size_t i = 0; i < n * r; i++) {
            left[i] *= s[i % r];
            assert_true(s[i % r] >= 0.0 && (i % r == 0 || s[i % r] <= s[i % r - 1]));
        }
        double *back = product(&back_again, left, right);
        check_same(n * m, back, a, 1e3);
        free(back);
        check_ok(ana_linalg_qr(n, m, a, left, right));
        back = product(&back_again, left, right);
        check_same(n * m, back, a, 1e3);
        free(back);
        for (size_t i = 0; i < r * m; i++) {
            assert_true(i % m >= i / m || right[i] == 0.0);
            assert_true(i % m != i / m || right[i] >= 0.0);
        }
        double *turned = calloc(n * r + 1, sizeof *turned);
        for (size_t i = 0; i < n * r; i++) {
            turned[i % r * n + i / r] = left[i];
        }
        check_orthonormal(r, n, turned, NULL);
        free(turned);
        free(a);
        free(left);
        free(s);
        free(right);
    }
}

static void functions_of_a_matrix_undo_each_other(void **state)
{
    (void)state;
    for (size_t k = 1; k < N_SIZES - 1; k++) {
        size_t n = sizes[k];
        double *a = spd(n, k);
        double *out = numbers(n * n, 99);
        double *other = numbers(n * n, 99);
        const ana_gemm square = {.n_rows = n, .n_inner = n, .n_columns = n};
        check_ok(ana_linalg_logm_spd(n, a, out));
        check_ok(ana_linalg_expm_symmetric(n, out, out));
        check_same(n * n, out, a, 1e4);
        check_ok(ana_linalg_sqrtm_spd(n, a, out));
        double *back = product(&square, out, out);
        check_same(n * n, back, a, 1e3);
        free(back);
        check_ok(ana_linalg_invsqrtm_spd(n, a, other));
        back = product(&square, out, other);
        for (size_t i = 0; i < n * n; i++) {
            check_close(back[i], i % (n + 1) == 0 ? 1.0 : 0.0, 1e-12, 0.0);
            assert_true(out[i] == out[i % n * n + i / n]);
        }
        free(back);
        check_ok(ana_linalg_powm_spd(n, a, 0.25, out));
        check_ok(ana_linalg_powm_spd(n, out, 4.0, out));
        check_same(n * n, out, a, 1e4);
        free(a);
        free(out);
        free(other);
    }
}

static void a_singular_matrix_has_a_root_but_no_logarithm(void **state)
{
    (void)state;
    double *x = numbers(4 * 6, 1);
    double a[36];
    double root[36];
    check_ok(ana_linalg_gram(4, 6, x, a)); /* rank 4 of 6 */
    check_ok(ana_linalg_sqrtm_spd(6, a, root));
    double *back = product(&(ana_gemm){.n_rows = 6, .n_inner = 6, .n_columns = 6}, root, root);
    check_same(36, back, a, 1e3);
    const double zero[4] = {2.0, 0.0, 0.0, 0.0};
    check_fails(ana_linalg_logm_spd(2, zero, root), ANA_ERR_NUMERIC, "smallest eigenvalue is 0");
    check_fails(ana_linalg_invsqrtm_spd(2, zero, root), ANA_ERR_NUMERIC, "not positive definite");
    check_fails(ana_linalg_powm_spd(2, zero, 2.0, root), ANA_ERR_NUMERIC, "powm");
    const double negative[4] = {2.0, 0.0, 0.0, -1.0};
    check_fails(ana_linalg_sqrtm_spd(2, negative, root), ANA_ERR_NUMERIC, "the eigenvalue -1");
    const double large[4] = {2000.0, 0.0, 0.0, -1.0};
    check_fails(ana_linalg_expm_symmetric(2, large, root), ANA_ERR_NUMERIC, "the eigenvalue 2000");
    free(back);
    free(x);
}

static void the_upper_triangle_is_not_read(void **state)
{
    (void)state;
    double *a = spd(5, 3);
    double *spoiled = spd(5, 3);
    double wanted[2][25];
    double found[2][25];
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = i + 1; j < 5; j++) {
            spoiled[i * 5 + j] = NAN;
        }
    }
    for (size_t pass = 0; pass < 2; pass++) {
        const double *from = pass ? spoiled : a;
        double(*to)[25] = pass ? found : wanted;
        check_ok(ana_linalg_eigen_generalised(5, from, from, to[0], to[1]));
        check_ok(ana_linalg_logm_spd(5, from, to[0]));
    }
    assert_memory_equal(wanted, found, sizeof wanted);
    free(a);
    free(spoiled);
}

static void what_has_no_answer_is_refused_with_the_reason(void **state)
{
    (void)state;
    double a[4] = {1.0, 2.0, 2.0, 4.0};
    double b[2] = {1.0, 1.0};
    double out[4];
    double values[2];
    check_fails(ana_linalg_solve(2, a, 1, b, out, NULL), ANA_ERR_NUMERIC, "singular");
    a[3] = 3.0;
    check_fails(ana_linalg_cholesky(2, a, out), ANA_ERR_NUMERIC, "leading minor 2 of 2");
    check_fails(ana_linalg_eigen_generalised(2, a, a, values, out), ANA_ERR_NUMERIC, "minor 2");
    check_fails(ana_linalg_logdet_spd(2, a, out), ANA_ERR_NUMERIC, "minor 2");
    check_fails(ana_linalg_inverse_spd(2, a, out), ANA_ERR_NUMERIC, "minor 2");
    check_fails(ana_linalg_solve_spd(2, a, 1, b, out), ANA_ERR_NUMERIC, "minor 2");
    const double l[4] = {1.0, 0.0, 5.0, 0.0};
    check_fails(ana_linalg_solve_lower(2, l, false, 1, b, out), ANA_ERR_NUMERIC, "row 1");
    check_fails(ana_linalg_solve_cholesky(2, l, 1, b, out), ANA_ERR_NUMERIC, "row 1");
    a[2] = NAN;
    check_fails(ana_linalg_eigen_symmetric(2, a, values, NULL), ANA_ERR_VALUE, "row 1, column 0");
    check_fails(ana_linalg_svd(2, 2, a, out, values, out), ANA_ERR_VALUE, "is NaN");
    check_fails(ana_linalg_qr(2, 2, a, out, out), ANA_ERR_VALUE, "is NaN");
    check_fails(ana_linalg_least_squares(2, 2, a, 1, b, out, NULL), ANA_ERR_VALUE, "is NaN");
    check_fails(ana_linalg_solve(2, a, 1, b, out, NULL), ANA_ERR_VALUE, "solve: A");
    check_fails(ana_linalg_cholesky(2, a, out), ANA_ERR_VALUE, "row 1, column 0 is NaN");
    a[2] = 2.0;
    a[3] = 30.0;
    b[1] = HUGE_VAL;
    check_fails(ana_linalg_solve_spd(2, a, 1, b, out), ANA_ERR_VALUE, "solve: B");
    check_fails(ana_linalg_least_squares(2, 2, a, 1, b, out, NULL), ANA_ERR_VALUE, "infinite");
    size_t huge = (size_t)1 << 31;
    check_fails(ana_linalg_multiply(huge, 1, 1, a, b, out), ANA_ERR_SHAPE, "2147483648");
    check_fails(ana_linalg_apply(1, huge, a, false, b, out), ANA_ERR_SHAPE, "2147483648");
    check_fails(ana_linalg_gram(huge, 1, a, out), ANA_ERR_SHAPE, "2147483648");
    check_fails(ana_linalg_gram_rows(1, huge, a, out), ANA_ERR_SHAPE, "2147483648");
}

/* Blocks of one call are not shared between threads: each item's bits are those of one thread. */
static void threads_do_not_change_the_bits(void **state)
{
    (void)state;
    enum {
        N_ITEMS = 12,
        N = 23
    };
    static double wanted[N_ITEMS][N * N];
    static double found[N_ITEMS][N * N];
    double *a[N_ITEMS];
    for (size_t i = 0; i < N_ITEMS; i++) {
        a[i] = spd(N, i);
        check_ok(ana_linalg_logm_spd(N, a[i], wanted[i]));
    }
    const int n_threads[] = {1, 2, 3, 7};
    for (size_t t = 0; t < 4; t++) {
        memset(found, 0, sizeof found);
        int failed = 0;
#pragma omp parallel for default(none) shared(a, found) reduction(+ : failed)                      \
    num_threads(n_threads[t])
        for (size_t i = 0; i < N_ITEMS; i++) {
            failed += ana_linalg_logm_spd(N, a[i], found[i]) != ANA_OK;
        }
        assert_int_equal(failed, 0);
        assert_memory_equal(found, wanted, sizeof wanted);
    }
    for (size_t i = 0; i < N_ITEMS; i++) {
        free(a[i]);
    }
}

static ana_status call_each(void *user)
{
    const double *a = user;
    double out[9];
    double values[3];
    double square[9];
    ana_status status = ana_linalg_solve(3, a, 1, a, values, NULL);
    status = status ? status : ana_linalg_solve_spd(3, a, 1, a, values);
    status = status ? status : ana_linalg_logdet_spd(3, a, values);
    status = status ? status : ana_linalg_eigen_symmetric(3, a, values, NULL);
    status = status ? status : ana_linalg_eigen_symmetric(3, a, values, out);
    status = status ? status : ana_linalg_eigen_generalised(3, a, a, values, out);
    status = status ? status : ana_linalg_svd(3, 3, a, square, values, out);
    status = status ? status : ana_linalg_qr(3, 3, a, square, out);
    status = status ? status : ana_linalg_least_squares(3, 3, a, 1, a, values, NULL);
    status = status ? status : ana_linalg_logm_spd(3, a, out);
    return status ? status : ana_linalg_inverse_spd(3, a, out);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    double *a = spd(3, 1);
    assert_true(check_each_allocation(call_each, a, 0) > 20);
    free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_agree_with_their_definition),
        cmocka_unit_test(vectors_and_grams_are_products),
        cmocka_unit_test(a_solution_solves_its_system),
        cmocka_unit_test(cholesky_factors_give_the_matrix_back),
        cmocka_unit_test(eigenvectors_are_kept_in_direction),
        cmocka_unit_test(singular_and_triangular_factors_give_the_matrix_back),
        cmocka_unit_test(functions_of_a_matrix_undo_each_other),
        cmocka_unit_test(a_singular_matrix_has_a_root_but_no_logarithm),
        cmocka_unit_test(the_upper_triangle_is_not_read),
        cmocka_unit_test(what_has_no_answer_is_refused_with_the_reason),
        cmocka_unit_test(threads_do_not_change_the_bits),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
