/* Three-way inference of one connection's sign, against integrals by plain summation. */
#include "constants.h"
#include "glm_hmm_edges.h"
#include "support/check.h"

#include <analysis/random.h>
#include <analysis/special.h>

#include <math.h>
#include <string.h>

/* Moments of w under one sign by the midpoint rule on a fine grid around its mass. */
static void integrate(const ana_edge_prior *prior, double slope, double sign, double *moments)
{
    const double precision = prior->curvature + 1.0 / (prior->spread * prior->spread);
    const double top = fmax(slope * sign / precision, 0.0) + 12.0 / sqrt(precision);
    const size_t n = 400000;
    const double step = top / (double)n;
    moments[0] = moments[1] = moments[2] = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double w = sign * ((double)i + 0.5) * step;
        const double density = 2.0 / (prior->spread * sqrt(2.0 * ANA_PI)) *
                               exp(slope * w - 0.5 * precision * w * w) * step;
        moments[0] += density;
        moments[1] += w * density;
        moments[2] += w * w * density;
    }
}

static ana_edge_prior draw_prior(ana_random *random)
{
    const double weights[ANA_EDGE_SIGNS] = {1.0 + ana_random_uniform(random), 2.5,
                                            0.3 + ana_random_uniform(random)};
    ana_edge_prior prior = {.curvature = 8.0 * ana_random_uniform(random),
                            .spread = 0.2 + ana_random_uniform(random)};
    const double sum = weights[0] + weights[1] + weights[2];
    for (size_t c = 0; c < ANA_EDGE_SIGNS; c++) {
        prior.log_probability[c] = log(weights[c] / sum);
    }
    return prior;
}

static void three_hypotheses_agree_with_their_integrals(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(3, "test.edges", 0);
    for (int i = 0; i < 6; i++) {
        const ana_edge_prior prior = draw_prior(&random);
        const double slope = 4.0 * ana_random_normal(&random);
        double sums[ANA_EDGE_SIGNS][3] = {{0.0}, {1.0, 0.0, 0.0}, {0.0}};
        integrate(&prior, slope, -1.0, sums[ANA_EDGE_INHIBITORY]);
        integrate(&prior, slope, 1.0, sums[ANA_EDGE_EXCITATORY]);
        double total = 0.0;
        double first = 0.0;
        double second = 0.0;
        for (size_t c = 0; c < ANA_EDGE_SIGNS; c++) {
            const double p = exp(prior.log_probability[c]);
            total += p * sums[c][0];
            first += p * sums[c][1];
            second += p * sums[c][2];
        }
        const ana_edge_posterior found = ana_edge_infer(&prior, slope);
        for (size_t c = 0; c < ANA_EDGE_SIGNS; c++) {
            const double p = exp(prior.log_probability[c]) * sums[c][0] / total;
            check_close(found.probability[c], p, 1e-9, 1e-9);
            check_close(found.mean[c], sums[c][1] / sums[c][0], 1e-9, 1e-9);
            check_close(found.square[c], sums[c][2] / sums[c][0], 1e-9, 1e-9);
        }
        const double mean = first / total;
        check_close(found.log_evidence, log(total), 1e-9, 1e-9);
        check_close(found.expected, mean, 1e-9, 1e-9);
        check_close(found.variance, second / total - mean * mean, 1e-9, 1e-9);
    }
}

/* The series of the far tail takes over from the plain formula without a step. */
static void the_far_tail_joins_smoothly(void **state)
{
    (void)state;
    const ana_edge_prior prior = {.curvature = 0.75, .spread = 2.0};
    const ana_edge_posterior near = ana_edge_infer(&prior, 30.0 * (1.0 - 1e-12));
    const ana_edge_posterior far = ana_edge_infer(&prior, 30.0 * (1.0 + 1e-12));
    check_close(far.mean[ANA_EDGE_INHIBITORY], near.mean[ANA_EDGE_INHIBITORY], 0.0, 1e-9);
    check_close(far.square[ANA_EDGE_INHIBITORY], near.square[ANA_EDGE_INHIBITORY], 0.0, 1e-6);
    const ana_edge_posterior away = ana_edge_infer(&prior, -4e4);
    assert_true(isfinite(away.log_evidence));
    check_close(away.expected, -4e4, 0.0, 1e-12);
    check_close(away.probability[ANA_EDGE_INHIBITORY], 1.0, 0.0, 0.0);
}

static void slopes_are_found_back(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(4, "test.edges", 1);
    for (int i = 0; i < 200; i++) {
        const ana_edge_prior prior = draw_prior(&random);
        const double slope = 6.0 * ana_random_normal(&random);
        const ana_edge_posterior here = ana_edge_infer(&prior, slope);
        const double excess = 10.0 * ana_random_uniform(&random);
        const double wanted = slope + excess * here.expected;
        check_close(ana_edge_solve(&prior, excess, wanted, 0.0), slope, 1e-10, 1e-10);
        check_close(ana_edge_infer(&prior, ana_edge_slope_of(&prior, here.expected, 0.0)).expected,
                    here.expected, 1e-12, 1e-12);
    }
}

/* Of all slopes, that with the wanted mean has the lowest value of the dual. */
static void the_log_prior_is_the_lowest_of_its_dual(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(5, "test.edges", 2);
    for (int i = 0; i < 50; i++) {
        const ana_edge_prior prior = draw_prior(&random);
        const double slope = 5.0 * ana_random_normal(&random);
        const double mean = ana_edge_infer(&prior, slope).expected;
        const double best = ana_edge_log_prior(&prior, slope);
        for (int j = -3; j <= 3; j++) {
            const double other = slope + 0.3 * j;
            const double value = ana_edge_infer(&prior, other).log_evidence - other * mean +
                                 0.5 * prior.curvature * mean * mean;
            assert_true(value >= best - 1e-12);
        }
    }
}

enum {
    N_GROUPS = 60
};

/* log p(counts | Dirichlet), the probabilities integrated out. */
static double log_evidence(size_t n_groups, const double *counts, const double *base)
{
    double sum = 0.0;
    for (size_t g = 0; g < n_groups; g++) {
        const double *own = counts + 3 * g;
        const double whole = base[0] + base[1] + base[2];
        sum += ana_special_lgamma(whole) - ana_special_lgamma(whole + own[0] + own[1] + own[2]);
        for (size_t c = 0; c < 3; c++) {
            sum += ana_special_lgamma(base[c] + own[c]) - ana_special_lgamma(base[c]);
        }
    }
    return sum;
}

/* Counts of five states, of groups that differ. */
static void draw_groups(ana_random *random, double *counts)
{
    for (size_t g = 0; g < N_GROUPS; g++) {
        const double weights[3] = {ana_random_gamma(random, 0.6), ana_random_gamma(random, 2.2),
                                   ana_random_gamma(random, 0.4)};
        for (size_t c = 0; c < 3; c++) {
            counts[3 * g + c] = 5.0 * weights[c] / (weights[0] + weights[1] + weights[2]);
        }
    }
}

static void the_base_of_all_groups_is_found_from_anywhere(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(6, "test.edges", 3);
    for (int i = 0; i < 5; i++) {
        double counts[3 * N_GROUPS];
        double best[3] = {1.0, 1.0, 1.0};
        draw_groups(&random, counts);
        ana_edge_learn_base(N_GROUPS, counts, 0.05, 50.0, best);
        const double highest = log_evidence(N_GROUPS, counts, best);
        for (int j = 0; j < 40; j++) {
            double base[3];
            double near[3];
            for (size_t c = 0; c < 3; c++) {
                base[c] = exp(-2.5 + 6.0 * ana_random_uniform(&random));
                near[c] = best[c] * exp(0.01 * ana_random_normal(&random));
            }
            assert_true(log_evidence(N_GROUPS, counts, near) < highest);
            ana_edge_learn_base(N_GROUPS, counts, 0.05, 50.0, base);
            check_all_close(3, base, best, 0.0, 1e-5);
        }
    }
}

/* Probabilities' posteriors and base in turn (Minka 2000) end where the evidence is highest. */
static void the_base_is_where_taking_turns_would_end(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(7, "test.edges", 4);
    double counts[3 * N_GROUPS];
    double base[3] = {1.0, 1.0, 1.0};
    double turns[3] = {1.0, 1.0, 1.0};
    draw_groups(&random, counts);
    for (int i = 0; i < 20000; i++) {
        double up[3] = {0.0, 0.0, 0.0};
        double down = 0.0;
        const double whole = turns[0] + turns[1] + turns[2];
        for (size_t g = 0; g < N_GROUPS; g++) {
            const double n = counts[3 * g] + counts[3 * g + 1] + counts[3 * g + 2];
            down += ana_special_digamma(whole + n) - ana_special_digamma(whole);
            for (size_t c = 0; c < 3; c++) {
                up[c] += ana_special_digamma(turns[c] + counts[3 * g + c]) -
                         ana_special_digamma(turns[c]);
            }
        }
        for (size_t c = 0; c < 3; c++) {
            turns[c] *= up[c] / down;
        }
    }
    ana_edge_learn_base(N_GROUPS, counts, 1e-3, 1e4, base);
    check_all_close(3, base, turns, 0.0, 1e-5);
}

static void groups_that_are_all_alike_end_at_the_bounds(void **state)
{
    (void)state;
    double counts[3 * N_GROUPS] = {0.0};
    double base[3] = {1.0, 1.0, 1.0};
    for (size_t g = 1; g < N_GROUPS; g++) {
        counts[3 * g + 1] = 2.0; /* and the first, without any, says nothing */
    }
    ana_edge_learn_base(N_GROUPS, counts, 0.05, 50.0, base);
    assert_true(base[0] == 0.05 && base[1] == 50.0 && base[2] == 0.05);
    memset(counts, 0, sizeof counts);
    base[1] = 3.0;
    ana_edge_learn_base(N_GROUPS, counts, 0.05, 50.0, base);
    assert_true(base[0] == 0.05 && base[1] == 3.0 && base[2] == 0.05);
}

static void dirichlets_diverge_unless_they_are_the_same(void **state)
{
    (void)state;
    const double a[3] = {0.3, 2.0, 1.1};
    const double b[3] = {1.0, 0.8, 0.2};
    check_close(ana_edge_dirichlet_divergence(3, a, a), 0.0, 1e-14, 0.0);
    assert_true(ana_edge_dirichlet_divergence(3, a, b) > 0.0);
    /* Beta(2, 1) from the uniform: integral of 2x log 2x = log 2 - 1/2 */
    const double c[2] = {2.0, 1.0};
    const double flat[2] = {1.0, 1.0};
    check_close(ana_edge_dirichlet_divergence(2, c, flat), log(2.0) - 0.5, 1e-14, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_hypotheses_agree_with_their_integrals),
        cmocka_unit_test(the_far_tail_joins_smoothly),
        cmocka_unit_test(slopes_are_found_back),
        cmocka_unit_test(the_log_prior_is_the_lowest_of_its_dual),
        cmocka_unit_test(the_base_of_all_groups_is_found_from_anywhere),
        cmocka_unit_test(the_base_is_where_taking_turns_would_end),
        cmocka_unit_test(groups_that_are_all_alike_end_at_the_bounds),
        cmocka_unit_test(dirichlets_diverge_unless_they_are_the_same),
    };
    return cmocka_run_group_tests_name("glm_hmm_edges", tests, NULL, NULL);
}
