#include "polya_gamma.h"
#include "support/check.h"

#include <math.h>

/* E x = b / (2 z) tanh(z / 2) and Var x = b / (4 z^3) (sinh z - z) / cosh(z / 2)^2: Polson, Scott &
 * Windle (2013), sec. 2.3. */
static double mean_of(double b, double z)
{
    return fabs(z) < 1e-4 ? b / 4.0 : b / (2.0 * z) * tanh(z / 2.0);
}

static double variance_of(double b, double z)
{
    const double half = cosh(z / 2.0);
    return fabs(z) < 1e-2 ? b / 24.0 : b / (4.0 * z * z * z) * (sinh(z) - z) / (half * half);
}

static const double shapes[] = {0.05, 0.3, 1.0, 2.7, 13.5, 140.2};
static const double tilts[] = {0.0, -0.7, 2.2, 6.5};

static void draws_have_the_mean_and_variance_of_the_law(void **state)
{
    (void)state;
    enum {
        N = 40000
    };
    for (size_t i = 0; i < 6; i++) {
        for (size_t j = 0; j < 4; j++) {
            for (size_t nodes = 2; nodes <= POLYA_GAMMA_NODES; nodes += 3) {
                if (nodes == 2 && fabs(tilts[j]) > 3.0) {
                    continue; /* beyond the reach of two nodes: off by a hundredth */
                }
                ana_random random = ana_random_stream(3, "test", i * 100 + j * 10 + nodes);
                double sum = 0.0;
                double square = 0.0;
                double fourth = 0.0;
                const double mean = mean_of(shapes[i], tilts[j]);
                const double variance = variance_of(shapes[i], tilts[j]);
                for (size_t n = 0; n < N; n++) {
                    double off = ana_polya_gamma_draw(&random, nodes, shapes[i], tilts[j]) - mean;
                    sum += off;
                    square += off * off;
                    fourth += off * off * off * off;
                }
                /* Five standard errors; those of the variance by the draws' own fourth moment. */
                check_close(sum / N, 0.0, 5.0 * sqrt(variance / N), 0.0);
                check_close(square / N, variance, 5.0 * sqrt(fourth / N / N), 0.0);
            }
        }
    }
}

static void laplace_transforms_are_powers_of_the_hyperbolic_secant(void **state)
{
    (void)state;
    const double psi[6] = {0.0, 0.4, -1.9, 4.4, 9.5, -14.8};
    double scratch[6];
    double value[6];
    ana_polya_gamma_log_laplace(POLYA_GAMMA_NODES, 6, psi, scratch, value);
    for (size_t t = 0; t < 6; t++) {
        check_close(value[t], -log(cosh(psi[t] / 2.0)), 4e-13, 1e-14);
    }
    /* Fewer nodes: the error falls by more than tenfold with each. */
    double before = 1.0;
    for (size_t nodes = POLYA_GAMMA_MIN_NODES; nodes < POLYA_GAMMA_NODES; nodes++) {
        ana_polya_gamma_log_laplace(nodes, 6, psi, scratch, value);
        double error = fabs(value[3] + log(cosh(psi[3] / 2.0)));
        assert_true(error < 0.1 * before);
        before = error < 1e-14 ? 1.0 : error;
    }
}

static void draws_have_the_laplace_transform(void **state)
{
    (void)state;
    enum {
        N = 60000
    };
    const double psi[3] = {0.6, 2.0, 4.0};
    for (size_t i = 0; i < 5; i++) {
        ana_random random = ana_random_stream(4, "test", i);
        double sums[3] = {0.0};
        double squares[3] = {0.0};
        for (size_t n = 0; n < N; n++) {
            double x = ana_polya_gamma_draw(&random, POLYA_GAMMA_NODES, shapes[i], 0.0);
            for (size_t k = 0; k < 3; k++) {
                double term = exp(-0.5 * x * psi[k] * psi[k]);
                sums[k] += term / N;
                squares[k] += term * term / N;
            }
        }
        for (size_t k = 0; k < 3; k++) {
            double error = sqrt((squares[k] - sums[k] * sums[k]) / N);
            check_close(sums[k], pow(cosh(psi[k] / 2.0), -shapes[i]), 5.0 * error + 1e-12, 0.0);
        }
    }
}

static void more_nodes_are_taken_for_a_wider_reach(void **state)
{
    (void)state;
    assert_int_equal(ana_polya_gamma_nodes(0.0), POLYA_GAMMA_MIN_NODES);
    assert_int_equal(ana_polya_gamma_nodes(1e9), POLYA_GAMMA_NODES);
    size_t before = 0;
    for (double reach = 0.0; reach < 50.0; reach += 0.5) {
        size_t n = ana_polya_gamma_nodes(reach);
        assert_true(n >= before);
        before = n;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_have_the_mean_and_variance_of_the_law),
        cmocka_unit_test(laplace_transforms_are_powers_of_the_hyperbolic_secant),
        cmocka_unit_test(draws_have_the_laplace_transform),
        cmocka_unit_test(more_nodes_are_taken_for_a_wider_reach),
    };
    return cmocka_run_group_tests_name("polya gamma", tests, NULL, NULL);
}
