#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/glm_hmm_relaxed.h>

#include <math.h>

/* With one temperature and equal means the density of two categories is that of a logistic
 * variable's share: at (1/2, 1/2) it is 1. */
static void the_density_agrees_with_the_logistic_one(void **state)
{
    (void)state;
    const double equal[2] = {0.0, 0.0};
    const double x[2] = {0.5, 0.5};
    const double aside[2] = {0.9, 0.1};
    double found = 0.0;
    check_ok(ana_relaxed_log_density(2, equal, 1.0, x, &found));
    check_close(found, 0.0, 1e-14, 0.0);
    check_ok(ana_relaxed_log_density(2, equal, 0.5, aside, &found));
    /* tau e^-z / (1 + e^-z)^2 with z = tau logit(x), times the slope of logit(x) */
    const double z = 0.5 * log(9.0);
    check_close(found, log(0.5 * exp(-z) / ((1.0 + exp(-z)) * (1.0 + exp(-z))) / 0.09), 1e-13, 0.0);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    const double zero[2] = {0.0, 0.0};
    const double corner[2] = {1.0, 0.0};
    const double counts[2] = {1.0, -1.0};
    const double weights[4] = {0.0};
    const ana_relaxed_model model = {1, 2, 1, ANA_GLM_SOFTPLUS, weights, zero};
    double found = 0.0;
    check_fails(ana_relaxed_log_density(2, zero, 1.0, corner, &found), ANA_ERR_VALUE, "positive");
    check_fails(ana_relaxed_log_density(2, zero, 0.0, corner, &found), ANA_ERR_VALUE,
                "temperature");
    check_fails(ana_relaxed_emission(&model, 1, counts, NULL, &found), ANA_ERR_VALUE, "-1");
}

/* Two bins by hand: the second is driven by the first, lag 1 being the last of the kernel. */
static void means_follow_the_bins_before(void **state)
{
    (void)state;
    const double counts[2] = {3.0, 1.0};
    const double weights[2] = {7.0, 0.4};
    const double bias = -0.5;
    const ana_relaxed_model model = {1, 1, 2, ANA_GLM_SOFTPLUS, weights, &bias};
    double mean[2];
    double rows[2];
    check_ok(ana_relaxed_emission(&model, 2, counts, mean, rows));
    check_close(mean[0], log1p(exp(-0.5)), 1e-15, 0.0);
    check_close(mean[1], log1p(exp(-0.5 + 1.2)), 1e-15, 0.0);
    check_close(rows[0], 3.0 * log(mean[0] + 1e-8) - mean[0] - log(6.0), 1e-14, 0.0);
    check_close(rows[1], log(mean[1] + 1e-8) - mean[1], 1e-14, 0.0);
}

static void the_likeliest_sign_is_taken(void **state)
{
    (void)state;
    const double signs[9] = {0.5, 0.3, 0.2, 0.1, 0.6, 0.3, 0.2, 0.3, 0.5};
    const double strength[3] = {1.5, 2.5, 3.5};
    const double wanted[3] = {-1.5, 0.0, 3.5};
    double weight[3];
    ana_relaxed_harden(3, signs, strength, weight);
    check_all_close(3, weight, wanted, 0.0, 0.0);
    check_close(ana_relaxed_gaussian(3, weight, wanted, 1.0), -1.5 * log(2.0 * acos(-1.0)), 1e-14,
                0.0);
}

static void without_memory_nothing_is_left_behind(void **state)
{
    (void)state;
    const double counts[2] = {3.0, 1.0};
    const double weights[2] = {7.0, 0.4};
    const double bias = -0.5;
    const ana_relaxed_model model = {1, 1, 2, ANA_GLM_SOFTPLUS, weights, &bias};
    double rows[2];
    ALLOCATION_TEST(ana_relaxed_emission, (&model, 2, counts, NULL, rows), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_density_agrees_with_the_logistic_one),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(means_follow_the_bins_before),
        cmocka_unit_test(the_likeliest_sign_is_taken),
        cmocka_unit_test(without_memory_nothing_is_left_behind),
    };
    return cmocka_run_group_tests_name("glm_hmm_relaxed", tests, NULL, NULL);
}
