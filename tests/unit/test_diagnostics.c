#include "support/check.h"

#include <analysis/diagnostics.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>

/* x_t = phi x_(t-1) + normal, chain after chain, each from its stationary law plus `offset` *
 * chain.
 */
static double *autoregression(size_t n_chains, size_t n, double phi, double offset, uint64_t seed)
{
    double *draws = calloc(n_chains * n, sizeof *draws);
    for (size_t c = 0; c < n_chains; c++) {
        ana_random random = ana_random_stream(seed, "test", c);
        double x = ana_random_normal(&random) / sqrt(1.0 - phi * phi);
        for (size_t t = 0; t < n; t++) {
            draws[c * n + t] = x + offset * (double)c;
            x = phi * x + ana_random_normal(&random);
        }
    }
    return draws;
}

/* Two chains 1, 2, 4, 3 and 2, 0, 1, 1: halves have means 1.5, 3.5, 1, 1 and variances 0.5, 0.5, 2,
 * 0; W = 0.75, B / n = variance of the means = 1.41667; R-hat = sqrt((0.5 W + B / n) / W). */
static void rhat_of_four_halves_is_as_by_hand(void **state)
{
    (void)state;
    const double draws[8] = {1, 2, 4, 3, 2, 0, 1, 1};
    double rhat = 0.0;
    check_ok(ana_diagnostics_split_rhat(2, 4, draws, &rhat));
    check_close(rhat, sqrt((0.5 * 0.75 + 17.0 / 12.0) / 0.75), 1e-14, 0.0);
}

static void chains_of_one_law_have_rhat_one_and_shifted_ones_do_not(void **state)
{
    (void)state;
    double rhat = 0.0;
    double *same = autoregression(4, 2000, 0.5, 0.0, 1);
    double *apart = autoregression(4, 2000, 0.5, 1.0, 1);
    check_ok(ana_diagnostics_split_rhat(4, 2000, same, &rhat));
    check_close(rhat, 1.0, 0.01, 0.0);
    check_ok(ana_diagnostics_split_rhat(4, 2000, apart, &rhat));
    assert_true(rhat > 1.2);
    free(same);
    free(apart);
}

static void a_drift_within_one_chain_is_seen(void **state)
{
    (void)state;
    double draws[200];
    double rhat = 0.0;
    for (size_t t = 0; t < 200; t++) {
        draws[t] = (double)t + 0.3 * (double)(t % 3);
    }
    check_ok(ana_diagnostics_split_rhat(1, 200, draws, &rhat));
    assert_true(rhat > 1.5);
}

/* An autoregression of coefficient phi is worth n (1 - phi) / (1 + phi) draws. */
static void the_effective_size_of_an_autoregression_is_known(void **state)
{
    (void)state;
    const double phi[4] = {0.0, 0.3, 0.8, -0.4};
    for (size_t k = 0; k < 4; k++) {
        enum {
            N = 20000
        };
        double effective = 0.0;
        double *draws = autoregression(4, N, phi[k], 0.0, 7);
        check_ok(ana_diagnostics_effective_size(4, N, draws, &effective));
        /* The estimate's own error at 80000 draws is 3 to 6 percent. */
        check_close(effective, 4.0 * N * (1.0 - phi[k]) / (1.0 + phi[k]), 0.0, 0.15);
        free(draws);
    }
}

/* Of one chain's two halves, by the definition: Vehtari et al. 2021 with Geyer's monotone pairs.
 * `n_cut`: pairs that were larger than the one before. */
static double effective_by_definition(size_t n, const double *draws, size_t *n_cut)
{
    const size_t half = n / 2;
    double means[2] = {0.0};
    double covariance[1000] = {0.0};
    for (size_t h = 0; h < 2; h++) {
        for (size_t t = 0; t < half; t++) {
            means[h] += draws[h * half + t] / (double)half;
        }
        for (size_t lag = 0; lag < half; lag++) {
            for (size_t t = lag; t < half; t++) {
                covariance[lag] += (draws[h * half + t] - means[h]) *
                                   (draws[h * half + t - lag] - means[h]) / (2.0 * (double)half);
            }
        }
    }
    const double m = (double)half;
    const double within = covariance[0] * m / (m - 1.0);
    const double between = (means[0] - means[1]) * (means[0] - means[1]) / 2.0;
    const double variance = (m - 1.0) / m * within + between;
    double tau = -1.0;
    double before = INFINITY;
    *n_cut = 0;
    for (size_t lag = 0; lag + 1 < half; lag += 2) {
        double pair = lag == 0 ? 1.0 : 1.0 - (within - covariance[lag]) / variance;
        pair += 1.0 - (within - covariance[lag + 1]) / variance;
        if (pair <= 0.0) {
            break;
        }
        *n_cut += pair > before ? 1 : 0;
        before = pair < before ? pair : before;
        tau += 2.0 * before;
    }
    return (double)n / tau;
}

/* Draws that come back after ten steps: later pairs are larger than those before them. */
static void the_effective_size_is_as_defined(void **state)
{
    (void)state;
    enum {
        N = 2000
    };
    double *draws = autoregression(1, N + 10, 0.7, 0.0, 5);
    size_t n_cut = 0;
    double effective = 0.0;
    for (size_t t = N; t-- > 0;) {
        draws[t + 10] += 0.9 * draws[t];
    }
    const double wanted = effective_by_definition(N, draws + 10, &n_cut);
    assert_true(n_cut > 0);
    check_ok(ana_diagnostics_effective_size(1, N, draws + 10, &effective));
    check_close(effective, wanted, 0.0, 1e-12);
    free(draws);
}

static void draws_that_are_all_the_same_agree(void **state)
{
    (void)state;
    const double same[8] = {3, 3, 3, 3, 3, 3, 3, 3};
    const double stuck[8] = {3, 3, 3, 3, 5, 5, 5, 5};
    double value = 0.0;
    check_ok(ana_diagnostics_split_rhat(2, 4, same, &value));
    check_close(value, 1.0, 0.0, 0.0);
    check_ok(ana_diagnostics_effective_size(2, 4, same, &value));
    check_close(value, 8.0, 0.0, 0.0);
    check_ok(ana_diagnostics_split_rhat(2, 4, stuck, &value));
    assert_true(isinf(value));
}

static void too_few_or_broken_draws_are_refused(void **state)
{
    (void)state;
    const double draws[8] = {1, 2, 3, (double)NAN, 1, 2, 3, 4};
    double value = 0.0;
    check_fails(ana_diagnostics_split_rhat(2, 3, draws, &value), ANA_ERR_VALUE, "at least 4");
    check_fails(ana_diagnostics_effective_size(0, 8, draws, &value), ANA_ERR_VALUE, "0 chains");
    check_fails(ana_diagnostics_effective_size(2, 4, draws, &value), ANA_ERR_VALUE, "draw 3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rhat_of_four_halves_is_as_by_hand),
        cmocka_unit_test(chains_of_one_law_have_rhat_one_and_shifted_ones_do_not),
        cmocka_unit_test(a_drift_within_one_chain_is_seen),
        cmocka_unit_test(the_effective_size_of_an_autoregression_is_known),
        cmocka_unit_test(the_effective_size_is_as_defined),
        cmocka_unit_test(draws_that_are_all_the_same_agree),
        cmocka_unit_test(too_few_or_broken_draws_are_refused),
    };
    return cmocka_run_group_tests_name("diagnostics", tests, NULL, NULL);
}
