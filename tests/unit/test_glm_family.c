#include "glm_link.h"
#include "support/check.h"

#include <analysis/models/glm_family.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>

typedef struct combination {
    ana_glm_distribution distribution;
    ana_glm_link link;
} combination;

static const combination all[] = {
    {ANA_GLM_POISSON, ANA_GLM_CANONICAL},
    {ANA_GLM_POISSON, ANA_GLM_SOFTPLUS},
    {ANA_GLM_POISSON, ANA_GLM_SIGMOID},
    {ANA_GLM_POISSON, ANA_GLM_SQRT_SOFTPLUS},
    {ANA_GLM_POISSON, ANA_GLM_LOG1P_SOFTPLUS},
    {ANA_GLM_NEGATIVE_BINOMIAL, ANA_GLM_EXP},
    {ANA_GLM_NEGATIVE_BINOMIAL, ANA_GLM_SOFTPLUS},
    {ANA_GLM_NEGATIVE_BINOMIAL, ANA_GLM_SIGMOID},
    {ANA_GLM_BERNOULLI, ANA_GLM_CANONICAL},
    {ANA_GLM_GAUSSIAN, ANA_GLM_CANONICAL},
    {ANA_GLM_GAUSSIAN, ANA_GLM_EXP},
    {ANA_GLM_GAUSSIAN, ANA_GLM_SOFTPLUS},
    {ANA_GLM_GAUSSIAN, ANA_GLM_SQRT_SOFTPLUS},
    {ANA_GLM_GAUSSIAN, ANA_GLM_SIGMOID},
    {ANA_GLM_NEGATIVE_BINOMIAL, ANA_GLM_SQRT_SOFTPLUS},
    {ANA_GLM_NEGATIVE_BINOMIAL, ANA_GLM_LOG1P_SOFTPLUS},
};

enum {
    N_ALL = sizeof all / sizeof all[0]
};

static ana_glm_family family_of(size_t i)
{
    const ana_glm_family family = {all[i].distribution, all[i].link, 1.7, 0};
    return family;
}

/* The mean in 64 binary digits. */
static long double mean_exactly(ana_glm_link link, long double eta)
{
    const long double softplus = eta > 0.0L ? eta + log1pl(expl(-eta)) : log1pl(expl(eta));
    switch (link) {
    case ANA_GLM_EXP:
        return expl(eta);
    case ANA_GLM_SOFTPLUS:
        return softplus;
    case ANA_GLM_SIGMOID:
        return 1.0L / (1.0L + expl(-eta));
    case ANA_GLM_SQRT_SOFTPLUS:
        return sqrtl(softplus);
    case ANA_GLM_LOG1P_SOFTPLUS:
        return log1pl(softplus);
    case ANA_GLM_IDENTITY:
    case ANA_GLM_CANONICAL:
    case ANA_GLM_AUTO:
        return eta;
    }
    return eta;
}

static long double log_likelihood_exactly(const ana_glm_family *family, double y, long double eta)
{
    const long double m = mean_exactly(ana_glm_link_of(family), eta);
    const long double s = family->dispersion;
    switch (family->distribution) {
    case ANA_GLM_POISSON:
        return (long double)y * logl(m) - m - lgammal(y + 1.0L);
    case ANA_GLM_BERNOULLI:
        return y == 1.0 ? logl(m) : -(eta > 0 ? eta + log1pl(expl(-eta)) : log1pl(expl(eta)));
    case ANA_GLM_NEGATIVE_BINOMIAL:
        return lgammal(y + s) - lgammal(s) - lgammal(y + 1.0L) + s * logl(s / (s + m)) +
               (long double)y * logl(m / (s + m));
    case ANA_GLM_GAUSSIAN:
        return -0.5L * (y - m) / s * (y - m) / s - logl(s) - 0.5L * logl(2.0L * acosl(-1.0L));
    case ANA_GLM_CATEGORICAL:
        break;
    }
    return 0.0L;
}

/* A response the family can give. */
static double response(ana_random *random, const ana_glm_family *family)
{
    switch (family->distribution) {
    case ANA_GLM_BERNOULLI:
        return (double)ana_random_below(random, 2);
    case ANA_GLM_GAUSSIAN:
        return 2.0 * ana_random_normal(random);
    case ANA_GLM_CATEGORICAL:
    case ANA_GLM_POISSON:
    case ANA_GLM_NEGATIVE_BINOMIAL:
        break;
    }
    return (double)ana_random_poisson(random, 2.5);
}

static void means_agree_with_long_double(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(1, "family.test", 0);
    for (size_t i = 0; i < N_ALL; i++) {
        const ana_glm_family family = family_of(i);
        for (size_t j = 0; j < 2000; j++) {
            const double eta = -60.0 + 100.0 * ana_random_uniform(&random);
            double mean = 0.0;
            ana_glm_mean(&family, 1, &eta, &mean);
            check_close(mean, (double)mean_exactly(ana_glm_link_of(&family), eta), 0.0, 1e-15);
        }
    }
}

static void log_likelihoods_agree_with_long_double(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(1, "family.test", 1);
    for (size_t i = 0; i < N_ALL; i++) {
        const ana_glm_family family = family_of(i);
        for (size_t j = 0; j < 2000; j++) {
            const double eta = -40.0 + 60.0 * ana_random_uniform(&random);
            const double y = response(&random, &family);
            double value = 0.0;
            ana_glm_log_likelihood(&family, 1, &y, &eta, &value);
            /* terms of the size of y eta cancel */
            check_close(value, (double)log_likelihood_exactly(&family, y, eta), 1e-13, 1e-14);
        }
    }
}

/* Central differences in long double, whose rounding is 1e-19: steps of 1e-4 leave 1e-8 of the
 * fourth derivative and 1e-11 of rounding. */
static void derivatives_are_those_of_the_log_likelihood(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(1, "family.test", 2);
    const long double h = 1e-4L;
    for (size_t i = 0; i < N_ALL; i++) {
        const ana_glm_family family = family_of(i);
        for (size_t j = 0; j < 1000; j++) {
            const double eta = -9.0 + 13.0 * ana_random_uniform(&random);
            const double y = response(&random, &family);
            double value = 0.0;
            double slope = 0.0;
            double curvature = 0.0;
            ana_glm_derivatives(&family, false, 1, &y, &eta,
                                (ana_glm_outputs){&value, &slope, &curvature});
            const long double low = log_likelihood_exactly(&family, y, eta - h);
            const long double mid = log_likelihood_exactly(&family, y, eta);
            const long double high = log_likelihood_exactly(&family, y, eta + h);
            check_close(slope, (double)((high - low) / (2.0L * h)), 1e-6, 1e-7);
            check_close(curvature, (double)((2.0L * mid - low - high) / (h * h)), 1e-6, 1e-7);
        }
    }
}

/* Between both formulas of the soft links nothing jumps, and far below zero the limits hold. */
static void soft_links_tend_to_the_exponential(void **state)
{
    (void)state;
    const ana_glm_link links[2] = {ANA_GLM_SOFTPLUS, ANA_GLM_LOG1P_SOFTPLUS};
    for (size_t k = 0; k < 2; k++) {
        ana_glm_parts parts;
        const double eta[4] = {-4.0 - 1e-13, -4.0 + 1e-13, -700.0, -2000.0};
        ana_glm_link_parts(links[k], 4, eta, &parts);
        check_close(parts.log_mean[0], parts.log_mean[1], 1e-12, 0.0);
        check_close(parts.slope[0], parts.slope[1], 1e-13, 0.0);
        check_close(parts.bend[0], parts.bend[1], 1e-13, 0.0);
        check_close(parts.log_mean[2], -700.0, 0.0, 0.0);
        check_close(parts.log_mean[3], -2000.0, 0.0, 0.0);
        assert_true(parts.slope[3] == 1.0 && parts.bend[3] == 0.0);
        assert_true(parts.bend[2] < 0.0); /* -e^eta times 1/2 or more, not rounding */
    }
}

static void expected_curvature_is_the_mean_of_the_observed(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ALL; i++) {
        const ana_glm_family family = family_of(i);
        const double eta = 0.4;
        double sum = 0.0;
        double expected = 0.0;
        if (family.distribution == ANA_GLM_GAUSSIAN) {
            continue;
        }
        for (double y = 0.0; y < (family.distribution == ANA_GLM_BERNOULLI ? 2.0 : 400.0); y++) {
            double value = 0.0;
            double curvature = 0.0;
            ana_glm_derivatives(&family, false, 1, &y, &eta,
                                (ana_glm_outputs){&value, NULL, &curvature});
            sum += exp(value) * curvature;
        }
        double y = 3.0;
        ana_glm_derivatives(&family, true, 1, &y, &eta, (ana_glm_outputs){NULL, NULL, &expected});
        check_close(expected, sum, 1e-12, 1e-12);
    }
}

static void missing_responses_say_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ALL; i++) {
        const ana_glm_family family = family_of(i);
        const double y[2] = {(double)NAN, 1.0};
        const double eta[2] = {0.3, 0.3};
        double out[4][2];
        ana_glm_derivatives(&family, false, 2, y, eta, (ana_glm_outputs){out[0], out[1], out[2]});
        ana_glm_deviance(&family, 2, y, eta, out[3]);
        for (size_t k = 0; k < 4; k++) {
            assert_true(out[k][0] == 0.0 && out[k][1] != 0.0);
        }
    }
}

static void the_far_ends_are_finite_where_the_limits_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ALL; i++) {
        const ana_glm_family family = family_of(i);
        const double y[4] = {0.0, 1.0, 0.0, 1.0};
        const double eta[4] = {-2000.0, -2000.0, 600.0, 600.0};
        double out[3][4];
        ana_glm_derivatives(&family, false, 4, y, eta, (ana_glm_outputs){out[0], out[1], out[2]});
        for (size_t j = 0; j < 4; j++) {
            assert_true(isfinite(out[0][j]) ||
                        (family.distribution == ANA_GLM_GAUSSIAN && family.link == ANA_GLM_EXP));
            assert_false(isnan(out[1][j]) || isnan(out[2][j]));
        }
    }
}

static void deviance_is_twice_the_gap_to_the_best_mean(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(1, "family.test", 3);
    for (size_t i = 0; i < N_ALL; i++) {
        const ana_glm_family family = family_of(i);
        for (size_t j = 0; j < 200; j++) {
            const double eta = -3.0 + 5.0 * ana_random_uniform(&random);
            const double y = response(&random, &family);
            double deviance = 0.0;
            double value = 0.0;
            ana_glm_deviance(&family, 1, &y, &eta, &deviance);
            ana_glm_log_likelihood(&family, 1, &y, &eta, &value);
            ana_glm_family plain = family; /* a link whose mean can be y */
            double best = 0.0;
            plain.link = ANA_GLM_CANONICAL;
            if (plain.distribution == ANA_GLM_NEGATIVE_BINOMIAL ||
                plain.distribution == ANA_GLM_POISSON) {
                const double at = y > 0.0 ? log(y) : -800.0;
                ana_glm_log_likelihood(&plain, 1, &y, &at, &best);
            } else if (plain.distribution == ANA_GLM_GAUSSIAN) {
                ana_glm_log_likelihood(&plain, 1, &y, &y, &best);
            }
            check_close(deviance, 2.0 * (best - value), 1e-12, 1e-12);
            assert_true(deviance >= -1e-14);
        }
    }
}

static void many_values_at_once_have_the_bits_of_one(void **state)
{
    (void)state;
    enum {
        M = 700
    };
    ana_random random = ana_random_stream(1, "family.test", 4);
    for (size_t i = 0; i < N_ALL; i++) {
        const ana_glm_family family = family_of(i);
        double y[M];
        double eta[M];
        double together[3][M];
        for (size_t j = 0; j < M; j++) {
            y[j] = response(&random, &family);
            eta[j] = 3.0 * ana_random_normal(&random);
        }
        ana_glm_kernel(&family, false, M, y, eta,
                       (ana_glm_outputs){together[0], together[1], together[2]});
        for (size_t j = 0; j < M; j++) {
            double alone[3];
            ana_glm_kernel(&family, false, 1, y + j, eta + j,
                           (ana_glm_outputs){alone, alone + 1, alone + 2});
            for (size_t k = 0; k < 3; k++) {
                assert_true(alone[k] == together[k][j]);
            }
        }
    }
}

static void impossible_families_and_responses_are_refused(void **state)
{
    (void)state;
    ana_glm_family family = {ANA_GLM_BERNOULLI, ANA_GLM_EXP, 0.0, 0};
    check_fails(ana_glm_family_check(&family), ANA_ERR_VALUE, "link exp");
    family = (ana_glm_family){ANA_GLM_POISSON, ANA_GLM_IDENTITY, 0.0, 0};
    check_fails(ana_glm_family_check(&family), ANA_ERR_VALUE, "identity");
    family = (ana_glm_family){ANA_GLM_NEGATIVE_BINOMIAL, ANA_GLM_EXP, 0.0, 0};
    check_fails(ana_glm_family_check(&family), ANA_ERR_VALUE, "dispersion 0");
    family = (ana_glm_family){(ana_glm_distribution)9, ANA_GLM_EXP, 0.0, 0};
    check_fails(ana_glm_family_check(&family), ANA_ERR_VALUE, "no distribution 9");
    for (size_t i = 0; i < N_ALL; i++) {
        family = family_of(i);
        check_ok(ana_glm_family_check(&family));
    }
    const double halves[3] = {1.0, (double)NAN, 0.5};
    const double counts[2] = {0.0, 3.0};
    const double below = -1.0;
    const double infinite = (double)INFINITY;
    family = (ana_glm_family){ANA_GLM_POISSON, ANA_GLM_EXP, 0.0, 0};
    check_ok(ana_glm_family_check_responses(&family, 2, halves));
    check_ok(ana_glm_family_check_responses(&family, 2, counts));
    check_fails(ana_glm_family_check_responses(&family, 3, halves), ANA_ERR_VALUE,
                "response 2 is 0.5");
    check_fails(ana_glm_family_check_responses(&family, 1, &below), ANA_ERR_VALUE, "whole number");
    family.distribution = ANA_GLM_BERNOULLI;
    check_fails(ana_glm_family_check_responses(&family, 2, counts), ANA_ERR_VALUE, "0 or 1");
    family.distribution = ANA_GLM_GAUSSIAN;
    check_ok(ana_glm_family_check_responses(&family, 3, halves));
    check_fails(ana_glm_family_check_responses(&family, 1, &infinite), ANA_ERR_VALUE, "finite");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_agree_with_long_double),
        cmocka_unit_test(log_likelihoods_agree_with_long_double),
        cmocka_unit_test(derivatives_are_those_of_the_log_likelihood),
        cmocka_unit_test(soft_links_tend_to_the_exponential),
        cmocka_unit_test(expected_curvature_is_the_mean_of_the_observed),
        cmocka_unit_test(missing_responses_say_nothing),
        cmocka_unit_test(the_far_ends_are_finite_where_the_limits_are),
        cmocka_unit_test(deviance_is_twice_the_gap_to_the_best_mean),
        cmocka_unit_test(many_values_at_once_have_the_bits_of_one),
        cmocka_unit_test(impossible_families_and_responses_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
