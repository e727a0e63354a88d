#include "support/check.h"
#include "support/fail_nth.h"
#include "support/reference_json.h"

#include <analysis/optimise.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LARGEST = 60
};

static const double missing = (double)NAN;

/* A least squares problem: f = sum_i (a_i . x - b_i)^2 / 2, here with n rows. */
typedef struct quadratic {
    size_t n;
    double a[LARGEST * LARGEST];
    double b[LARGEST];
    double x[LARGEST]; /* where it is 0 */
    size_t calls;
} quadratic;

static void make_quadratic(quadratic *q, size_t n, double spread, uint64_t item)
{
    ana_random random = ana_random_stream(31, "quadratic", item);
    memset(q, 0, sizeof *q);
    q->n = n;
    for (size_t i = 0; i < n; i++) {
        q->x[i] = ana_random_normal(&random);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            q->a[i * n + j] = 0.3 * ana_random_normal(&random) / sqrt((double)n) +
                              (i == j ? pow(spread, (double)i / (double)n) : 0.0);
            q->b[i] += q->a[i * n + j] * q->x[j];
        }
    }
}

static ana_status quadratic_with_hessian(void *user, size_t n, const double *x, double *value,
                                         double *gradient, double *hessian)
{
    quadratic *q = user;
    q->calls++;
    *value = 0.0;
    memset(gradient, 0, n * sizeof *gradient);
    for (size_t k = 0; hessian != NULL && k < n * n; k++) {
        hessian[k] = missing; /* the upper triangle stays so */
    }
    for (size_t j = 0; hessian != NULL && j < n; j++) {
        for (size_t k = 0; k <= j; k++) {
            hessian[j * n + k] = 0.0;
            for (size_t i = 0; i < n; i++) {
                hessian[j * n + k] += q->a[i * n + j] * q->a[i * n + k];
            }
        }
    }
    for (size_t i = 0; i < n; i++) {
        double rest = -q->b[i];
        for (size_t j = 0; j < n; j++) {
            rest += q->a[i * n + j] * x[j];
        }
        *value += 0.5 * rest * rest;
        for (size_t j = 0; j < n; j++) {
            gradient[j] += rest * q->a[i * n + j];
        }
    }
    return ANA_OK;
}

static ana_status quadratic_alone(void *user, size_t n, const double *x, double *value,
                                  double *gradient)
{
    return quadratic_with_hessian(user, n, x, value, gradient, NULL);
}

static void quadratics_are_solved(void **state)
{
    (void)state;
    static quadratic q;
    const size_t sizes[] = {1, 2, 5, 20, LARGEST};
    for (size_t s = 0; s < 5; s++) {
        for (size_t hard = 0; hard < 2; hard++) {
            make_quadratic(&q, sizes[s], hard ? 30.0 : 2.0, s);
            ana_optimise_options options = ana_optimise_options_default();
            options.gradient_tolerance = 1e-9;
            options.value_tolerance = 0.0;
            options.max_iterations = 2000;
            double x[LARGEST] = {0.0};
            ana_optimise_info info;
            check_ok(ana_optimise_lbfgs(quadratic_alone, &q, q.n, x, &options, &info));
            assert_true(info.converged && info.gradient <= 1e-9);
            assert_int_equal(info.n_evaluations, q.calls);
            check_all_close(q.n, x, q.x, 1e-6, 0.0);
            memset(x, 0, sizeof x);
            q.calls = 0;
            check_ok(ana_optimise_newton(quadratic_with_hessian, &q, q.n, x, &options, &info));
            assert_true(info.converged && info.n_iterations <= 3); /* one, and what rounding left */
            assert_int_equal(info.n_evaluations, q.calls);
            check_all_close(q.n, x, q.x, 1e-6, 0.0);
        }
    }
}

/* Rosenbrock's valley, n even: from (-1.2, 1, ...) to (1, 1, ...). */
static ana_status rosenbrock(void *user, size_t n, const double *x, double *value, double *gradient)
{
    (void)user;
    *value = 0.0;
    for (size_t i = 0; i < n; i += 2) {
        double u = x[i + 1] - x[i] * x[i];
        double v = 1.0 - x[i];
        *value += 100.0 * u * u + v * v;
        gradient[i] = -400.0 * u * x[i] - 2.0 * v;
        gradient[i + 1] = 200.0 * u;
    }
    return ANA_OK;
}

static ana_status rosenbrock_hessian(void *user, size_t n, const double *x, double *value,
                                     double *gradient, double *hessian)
{
    memset(hessian, 0, n * n * sizeof *hessian);
    for (size_t i = 0; i < n; i += 2) {
        hessian[i * n + i] = 1200.0 * x[i] * x[i] - 400.0 * x[i + 1] + 2.0;
        hessian[(i + 1) * n + i] = -400.0 * x[i];
        hessian[(i + 1) * n + i + 1] = 200.0;
    }
    return rosenbrock(user, n, x, value, gradient);
}

static void the_valley_is_followed_to_its_end(void **state)
{
    (void)state;
    const size_t sizes[] = {2, 10, 50};
    for (size_t s = 0; s < 3; s++) {
        for (size_t method = 0; method < 2; method++) {
            double x[LARGEST];
            for (size_t i = 0; i < sizes[s]; i++) {
                x[i] = i % 2 ? 1.0 : -1.2;
            }
            ana_optimise_info info;
            check_ok(method
                         ? ana_optimise_newton(rosenbrock_hessian, NULL, sizes[s], x, NULL, &info)
                         : ana_optimise_lbfgs(rosenbrock, NULL, sizes[s], x, NULL, &info));
            assert_true(info.converged);
            assert_true(info.n_evaluations <= (method ? 32 : 48)); /* 29 and 45 at most */
            assert_true(info.value < 1e-10);
            for (size_t i = 0; i < sizes[s]; i++) {
                check_close(x[i], 1.0, 1e-5, 0.0);
            }
        }
    }
}

/* A logistic regression: scipy's L-BFGS-B and Newton solve the same. */
typedef struct regression {
    size_t n_rows;
    const double *x;
    const double *y;
    double penalty;
} regression;

static ana_status logistic_hessian(void *user, size_t n, const double *w, double *value,
                                   double *gradient, double *hessian)
{
    const regression *r = user;
    *value = 0.0;
    memset(hessian, 0, n * n * sizeof *hessian);
    for (size_t j = 0; j < n; j++) {
        gradient[j] = r->penalty * w[j];
        *value += 0.5 * r->penalty * w[j] * w[j];
        hessian[j * n + j] = r->penalty;
    }
    for (size_t i = 0; i < r->n_rows; i++) {
        const double *row = r->x + i * n;
        double eta = 0.0;
        for (size_t j = 0; j < n; j++) {
            eta += row[j] * w[j];
        }
        double p = 1.0 / (1.0 + exp(-eta));
        *value += log1p(exp(-fabs(eta))) + fmax(eta, 0.0) - r->y[i] * eta;
        for (size_t j = 0; j < n; j++) {
            gradient[j] += (p - r->y[i]) * row[j];
            for (size_t k = 0; k <= j; k++) {
                hessian[j * n + k] += p * (1.0 - p) * row[j] * row[k];
            }
        }
    }
    return ANA_OK;
}

static ana_status logistic(void *user, size_t n, const double *w, double *value, double *gradient)
{
    double hessian[100];
    assert_true(n <= 10);
    return logistic_hessian(user, n, w, value, gradient, hessian);
}

static void scipy_finds_the_same_minimum(void **state)
{
    reference *root = *state;
    size_t n_rows = 0;
    regression r = {.x = reference_doubles(root, "optimise/x", NULL),
                    .y = reference_doubles(root, "optimise/y", &n_rows),
                    .penalty = reference_number(root, "optimise/penalty")};
    r.n_rows = n_rows;
    size_t n = 0;
    const double *wanted = reference_doubles(root, "optimise/weights", &n);
    double value = reference_number(root, "optimise/value");
    ana_optimise_options options = ana_optimise_options_default();
    options.gradient_tolerance = 1e-10;
    options.value_tolerance = 0.0;
    for (size_t method = 0; method < 2; method++) {
        double w[10] = {0.0};
        ana_optimise_info info;
        check_ok(method ? ana_optimise_newton(logistic_hessian, &r, n, w, &options, &info)
                        : ana_optimise_lbfgs(logistic, &r, n, w, &options, &info));
        assert_true(info.converged);
        check_close(info.value, value, 0.0, 1e-13);
        check_all_close(n, w, wanted, 1e-10, 0.0); /* gradient 1e-10 over a Hessian above 1 */
    }
}

/* f = x - log x, undefined (NaN) for x <= 0; from 3e3 the first steps land there. */
static ana_status half_line(void *user, size_t n, const double *x, double *value, double *gradient)
{
    (void)user;
    assert_int_equal(n, 1);
    *value = x[0] - log(x[0]);
    gradient[0] = 1.0 - 1.0 / x[0];
    return ANA_OK;
}

static ana_status half_line_hessian(void *user, size_t n, const double *x, double *value,
                                    double *gradient, double *hessian)
{
    hessian[0] = 1.0 / (x[0] * x[0]);
    return half_line(user, n, x, value, gradient);
}

static void a_search_steps_back_from_where_the_function_ends(void **state)
{
    (void)state;
    const double starts[] = {1e-6, 0.3, 2.5, 3e3};
    for (size_t i = 0; i < 8; i++) {
        double x = starts[i / 2];
        ana_optimise_info info;
        check_ok(i % 2 ? ana_optimise_newton(half_line_hessian, NULL, 1, &x, NULL, &info)
                       : ana_optimise_lbfgs(half_line, NULL, 1, &x, NULL, &info));
        assert_true(info.converged);
        check_close(x, 1.0, 1e-5, 0.0);
    }
}

/* A saddle at the start: -x^2 + x^4 in one, y^2 in the other variable; minima at x = +-sqrt(1/2).
 */
static ana_status saddle(void *user, size_t n, const double *x, double *value, double *gradient,
                         double *hessian)
{
    (void)user;
    (void)n;
    double square = x[0] * x[0];
    *value = square * square - square + x[1] * x[1];
    gradient[0] = 4.0 * square * x[0] - 2.0 * x[0];
    gradient[1] = 2.0 * x[1];
    hessian[0] = 12.0 * square - 2.0;
    hessian[2] = 0.0;
    hessian[3] = 2.0;
    return ANA_OK;
}

static void newton_leaves_a_saddle_downhill(void **state)
{
    (void)state;
    double x[2] = {0.01, 1.0};
    ana_optimise_info info;
    check_ok(ana_optimise_newton(saddle, NULL, 2, x, NULL, &info));
    assert_true(info.converged);
    check_close(x[0], sqrt(0.5), 1e-6, 0.0);
    check_close(x[1], 0.0, 1e-6, 0.0);
}

/* x^2/2 + 3 x y + y^2/2 + (x^4 + y^4)/4: a Hessian with a positive diagonal that is indefinite at
 * the start. Minima at x = -y = +-sqrt(2). */
static ana_status crossed(void *user, size_t n, const double *x, double *value, double *gradient,
                          double *hessian)
{
    (void)user;
    (void)n;
    *value = 0.0;
    for (size_t i = 0; i < 2; i++) {
        double square = x[i] * x[i];
        *value += 0.5 * square + 0.25 * square * square + 1.5 * x[i] * x[1 - i];
        gradient[i] = x[i] + square * x[i] + 3.0 * x[1 - i];
        hessian[3 * i] = 1.0 + 3.0 * square;
    }
    hessian[2] = 3.0;
    return ANA_OK;
}

static void newton_shifts_an_indefinite_hessian(void **state)
{
    (void)state;
    double x[2] = {0.2, 0.1};
    ana_optimise_info info;
    check_ok(ana_optimise_newton(crossed, NULL, 2, x, NULL, &info));
    assert_true(info.converged);
    check_close(fabs(x[0]), sqrt(2.0), 1e-6, 0.0);
    check_close(x[0] + x[1], 0.0, 1e-6, 0.0);
}

static void running_out_of_iterations_is_a_result(void **state)
{
    (void)state;
    ana_optimise_options options = ana_optimise_options_default();
    options.max_iterations = 3;
    double x[2] = {-1.2, 1.0};
    ana_optimise_info info;
    check_ok(ana_optimise_lbfgs(rosenbrock, NULL, 2, x, &options, &info));
    assert_false(info.converged);
    assert_int_equal(info.n_iterations, 3);
    double value = 0.0;
    double gradient[2];
    check_ok(rosenbrock(NULL, 2, x, &value, gradient));
    check_close(info.value, value, 0.0, 0.0);
    check_close(info.gradient, fmax(fabs(gradient[0]), fabs(gradient[1])), 0.0, 0.0);
    assert_true(value < 24.2); /* of the start */
}

/* A minimum where rounding hides any further fall counts as reached: f = 1e8 + x^2 + ... */
static ana_status high_bowl(void *user, size_t n, const double *x, double *value, double *gradient)
{
    (void)user;
    *value = 1e8;
    for (size_t i = 0; i < n; i++) {
        *value += x[i] * x[i];
        gradient[i] = 2.0 * x[i];
    }
    return ANA_OK;
}

static void rounding_of_the_value_does_not_hang_the_search(void **state)
{
    (void)state;
    ana_optimise_options options = ana_optimise_options_default();
    options.gradient_tolerance = 0.0;
    options.value_tolerance = 0.0;
    double x[3] = {0.3, -1.7, 3.3};
    ana_optimise_info info;
    check_ok(ana_optimise_lbfgs(high_bowl, NULL, 3, x, &options, &info));
    assert_true(info.converged && info.n_evaluations < 200);
    check_all_close(3, x, ((double[3]){0.0, 0.0, 0.0}), 1e-3, 0.0);
}

static ana_status uphill(void *user, size_t n, const double *x, double *value, double *gradient)
{
    (void)user;
    *value = x[0];
    for (size_t i = 0; i < n; i++) {
        gradient[i] = -1.0; /* says down, goes up */
    }
    return ANA_OK;
}

static void a_wrong_gradient_is_not_called_converged(void **state)
{
    (void)state;
    double x = 5.0;
    ana_optimise_info info;
    check_ok(ana_optimise_lbfgs(uphill, NULL, 1, &x, NULL, &info));
    assert_false(info.converged);
    check_close(x, 5.0, 0.0, 0.0);
}

static ana_status failing(void *user, size_t n, const double *x, double *value, double *gradient)
{
    size_t *calls = user;
    if (++*calls > 4) {
        return ana_fail(ANA_ERR_LIMIT, "enough of this");
    }
    return rosenbrock(NULL, n, x, value, gradient);
}

static void what_the_function_returns_comes_back(void **state)
{
    (void)state;
    size_t calls = 0;
    double x[2] = {-1.2, 1.0};
    check_fails(ana_optimise_lbfgs(failing, &calls, 2, x, NULL, NULL), ANA_ERR_LIMIT, "enough");
}

static void bad_starts_and_options_are_refused(void **state)
{
    (void)state;
    double x = -1.0;
    ana_optimise_options options = ana_optimise_options_default();
    check_fails(ana_optimise_lbfgs(half_line, NULL, 1, &x, NULL, NULL), ANA_ERR_NUMERIC,
                "value nan");
    check_fails(ana_optimise_newton(half_line_hessian, NULL, 1, &x, NULL, NULL), ANA_ERR_NUMERIC,
                "at the start");
    options.memory = 0;
    check_fails(ana_optimise_lbfgs(half_line, NULL, 1, &x, &options, NULL), ANA_ERR_VALUE,
                "memory of 0");
    options.memory = 5;
    options.gradient_tolerance = -1.0;
    check_fails(ana_optimise_newton(half_line_hessian, NULL, 1, &x, &options, NULL), ANA_ERR_VALUE,
                "tolerances -1");
    check_fails(ana_optimise_scalar(NULL, NULL, 1.0, 1.0, 0.0, &x, NULL), ANA_ERR_VALUE,
                "from 1 to 1");
    check_fails(ana_optimise_root(NULL, NULL, missing, 1.0, 0.0, &x), ANA_ERR_VALUE, "from nan");
}

static double cosine(void *user, double x)
{
    (*(size_t *)user)++;
    return cos(x);
}

static double shifted_power(void *user, double x)
{
    return pow(fabs(x - 1e-7), *(double *)user);
}

static double ledge(void *user, double x)
{
    (void)user;
    return x < 0.4 ? missing : (x - 0.5) * (x - 0.5);
}

static void scalar_minima_are_found_with_few_evaluations(void **state)
{
    (void)state;
    size_t calls = 0;
    double x = 0.0;
    ana_optimise_info info;
    check_ok(ana_optimise_scalar(cosine, &calls, 2.0, 5.0, 0.0, &x, &info));
    check_close(x, 3.14159265358979324, 1e-7, 0.0);
    check_close(info.value, -1.0, 1e-14, 0.0);
    assert_true(info.converged && calls == info.n_evaluations && calls < 20);
    check_ok(ana_optimise_scalar(cosine, &calls, 2.0, 5.0, 0.1, &x, NULL));
    check_close(x, 3.14159265358979324, 0.1, 0.0);
    const double powers[] = {1.0, 2.0, 1.5};
    for (size_t i = 0; i < 3; i++) { /* a kink, a parabola, and between; a minimum near 0 */
        double power = powers[i];
        check_ok(ana_optimise_scalar(shifted_power, &power, -3.0, 40.0, 0.0, &x, &info));
        assert_true(info.converged);
        check_close(x, 1e-7, 1e-8, 0.0);
        assert_true(info.n_evaluations <= (power == 2.0 ? 7 : 38)); /* 6; 35 and 36 */
    }
    check_ok(ana_optimise_scalar(cosine, &calls, 0.5, 1.5, 0.0, &x, &info)); /* at the end */
    check_close(x, 1.5, 1e-6, 0.0);
    check_ok(ana_optimise_scalar(ledge, NULL, 0.0, 1.0, 0.0, &x, &info));
    check_close(x, 0.5, 1e-7, 0.0);
}

static double cubic(void *user, double x)
{
    (*(size_t *)user)++;
    return x * x * x - 2.0 * x - 5.0;
}

static double step_function(void *user, double x)
{
    (void)user;
    return x < 0.3 ? -1.0 : 1.0;
}

static double nowhere(void *user, double x)
{
    (void)user;
    return x == 0.5 ? missing : x - 0.6;
}

static double flat_root(void *user, double x)
{
    (void)user;
    return pow(x - 0.7, 9.0);
}

static void roots_are_found_to_the_last_digit(void **state)
{
    (void)state;
    size_t calls = 0;
    double x = 0.0;
    check_ok(ana_optimise_root(cubic, &calls, 0.0, 10.0, 0.0, &x));
    check_close(x, 2.0945514815423265915, 0.0, 1e-15);
    assert_true(calls < 20);
    check_ok(ana_optimise_root(step_function, NULL, -1.0, 1.0, 0.0, &x));
    check_close(x, 0.3, 0.0, 1e-15);
    check_ok(ana_optimise_root(flat_root, NULL, -1.0, 9.0, 0.0, &x));
    check_close(x, 0.7, 1e-15, 0.0);
    check_ok(ana_optimise_root(cubic, &calls, 0.0, 10.0, 0.01, &x));
    check_close(x, 2.0945514815423265915, 0.01, 0.0);
    check_fails(ana_optimise_root(cubic, &calls, 3.0, 10.0, 0.0, &x), ANA_ERR_VALUE,
                "do not enclose");
    check_fails(ana_optimise_root(nowhere, NULL, 0.0, 1.0, 0.0, &x), ANA_ERR_VALUE, "NaN at 0.5");
}

static ana_status call_each(void *user)
{
    (void)user;
    double x[2] = {-1.2, 1.0};
    ana_status status = ana_optimise_lbfgs(rosenbrock, NULL, 2, x, NULL, NULL);
    return status ? status : ana_optimise_newton(rosenbrock_hessian, NULL, 2, x, NULL, NULL);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    assert_true(check_each_allocation(call_each, NULL, 0) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quadratics_are_solved),
        cmocka_unit_test(the_valley_is_followed_to_its_end),
        cmocka_unit_test(scipy_finds_the_same_minimum),
        cmocka_unit_test(a_search_steps_back_from_where_the_function_ends),
        cmocka_unit_test(newton_leaves_a_saddle_downhill),
        cmocka_unit_test(newton_shifts_an_indefinite_hessian),
        cmocka_unit_test(running_out_of_iterations_is_a_result),
        cmocka_unit_test(rounding_of_the_value_does_not_hang_the_search),
        cmocka_unit_test(a_wrong_gradient_is_not_called_converged),
        cmocka_unit_test(what_the_function_returns_comes_back),
        cmocka_unit_test(bad_starts_and_options_are_refused),
        cmocka_unit_test(scalar_minima_are_found_with_few_evaluations),
        cmocka_unit_test(roots_are_found_to_the_last_digit),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, open_maths_reference, close_reference);
}
