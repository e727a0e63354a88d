#include "support/check.h"
#include "support/glm_world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The last step was to gain 1e-12 of the objective, so that gradients are of the size of rounding:
 * 1e-16 times thousands of rows. */
static void every_family_is_fitted_to_a_vanishing_gradient(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_FAMILIES; i++) {
        world from = world_draw(1500, families[i], i);
        for (int solver = ANA_GLM_SOLVER_NEWTON; solver <= ANA_GLM_SOLVER_PCG; solver++) {
            ana_glm_options options = ana_glm_options_default();
            ana_glm *glm = NULL;
            double gradient[P];
            options.family = families[i];
            options.solver = (ana_glm_solver)solver;
            options.tolerance = solver == ANA_GLM_SOLVER_PCG ? 1e-18 : options.tolerance;
            options.ridge = 0.7;
            options.smooth = i % 2 == 0 ? 2.0 : 0.0;
            options.fixed_dispersion = true;
            check_ok(ana_glm_fit(&from.data, &options, &glm));
            assert_true(glm->info.converged);
            check_never_falls(glm);
            for (size_t u = 0; u < N; u++) {
                world_gradient(&from, glm, u, gradient);
                for (size_t c = 0; c < P; c++) {
                    check_close(gradient[c], 0.0, 1e-6, 0.0);
                }
            }
            ana_glm_free(glm);
        }
        world_release(&from);
    }
}

static void both_solvers_find_the_same_maximum(void **state)
{
    (void)state;
    world from = world_draw(2000, poisson, 20);
    ana_glm_options options = ana_glm_options_default();
    ana_glm *exact = NULL;
    ana_glm *conjugate = NULL;
    options.errors = ANA_GLM_ERRORS_YES;
    check_ok(ana_glm_fit(&from.data, &options, &exact));
    options.solver = ANA_GLM_SOLVER_PCG;
    options.tolerance = 1e-18; /* the default leaves 1e-5 standard errors */
    check_ok(ana_glm_fit(&from.data, &options, &conjugate));
    check_all_close(N * P, conjugate->coefficients, exact->coefficients, 1e-8, 1e-8);
    check_all_close(N * P, conjugate->standard_errors, exact->standard_errors, 1e-8, 1e-8);
    check_all_close(N, conjugate->freedom, exact->freedom, 1e-7, 1e-7);
    ana_glm_free(exact);
    ana_glm_free(conjugate);
    world_release(&from);
}

static void a_dispersion_is_where_the_likelihood_is_highest(void **state)
{
    (void)state;
    for (size_t i = 6; i < N_FAMILIES; i++) {
        world from = world_draw(3000, families[i], 30 + i);
        ana_glm_options options = ana_glm_options_default();
        ana_glm *glm = NULL;
        options.family = families[i];
        check_ok(ana_glm_fit(&from.data, &options, &glm));
        assert_true(glm->info.converged);
        check_never_falls(glm);
        for (size_t u = 0; u < N; u++) {
            const double best = glm->log_likelihood[u];
            const double found = glm->dispersion[u];
            double changed[N];
            check_close(log(found / families[i].dispersion), 0.0, 0.35, 0.0);
            for (int side = -1; side <= 1; side += 2) {
                glm->dispersion[u] = found * exp(1e-3 * side);
                check_ok(ana_glm_score(glm, &from.data, NULL,
                                       &(ana_glm_scores){.log_likelihood = changed}));
                assert_true(changed[u] < best);
                assert_true(changed[u] > best - 0.1);
            }
            glm->dispersion[u] = found;
        }
        ana_glm_free(glm);
        world_release(&from);
    }
}

/* Conditions of Karush, Kuhn and Tucker: the smooth gradient is lasso * sign where a coefficient is
 * not 0, and no larger than lasso where it is. */
static void lasso_meets_its_conditions_with_exact_zeros(void **state)
{
    (void)state;
    world from = world_draw(1500, poisson, 40);
    for (size_t i = 0; i < 3; i++) {
        ana_glm_options options = ana_glm_options_default();
        ana_glm *glm = NULL;
        size_t n_zero = 0;
        options.lasso = 4.0 * (double)(1 + 4 * i);
        options.ridge = i == 1 ? 0.5 : 0.0;
        check_ok(ana_glm_fit(&from.data, &options, &glm));
        assert_true(glm->info.converged);
        check_never_falls(glm);
        for (size_t u = 0; u < N; u++) {
            double gradient[P];
            world_gradient(&from, glm, u, gradient);
            check_close(gradient[0], 0.0, 1e-5, 0.0);
            for (size_t c = 1; c < P; c++) {
                const double beta = glm->coefficients[u * P + c];
                n_zero += beta == 0.0 ? 1 : 0;
                if (beta != 0.0) {
                    check_close(gradient[c], copysign(options.lasso, beta), 1e-5, 0.0);
                } else {
                    assert_true(fabs(gradient[c]) <= options.lasso + 1e-5);
                }
                assert_true(isnan(glm->standard_errors[u * P + c]));
            }
        }
        assert_true(n_zero > i * 4);
        ana_glm_free(glm);
    }
    world_release(&from);
}

/* The same for groups: the gradient of a source that counts is group sqrt(B) w / |w|, of one that
 * does not it is no longer than group sqrt(B). */
static void group_lasso_meets_its_conditions_with_whole_groups_at_zero(void **state)
{
    (void)state;
    world from = world_draw(1500, poisson, 41);
    size_t n_zero = 0;
    for (size_t i = 0; i < 3; i++) {
        ana_glm_options options = ana_glm_options_default();
        ana_glm *glm = NULL;
        options.group = 4.0 * (double)(1 + 2 * i);
        options.ridge = 0.2;
        check_ok(ana_glm_fit(&from.data, &options, &glm));
        assert_true(glm->info.converged);
        check_never_falls(glm);
        const double size = options.group * sqrt((double)B);
        for (size_t g = 0; g < N * N; g++) {
            const size_t first = 1 + (g % N) * B;
            const double *beta = glm->coefficients + (g / N) * P + first;
            double gradient[P];
            double length = 0.0;
            double slope = 0.0;
            world_gradient(&from, glm, g / N, gradient);
            for (size_t b = 0; b < B; b++) {
                length += beta[b] * beta[b];
                slope += gradient[first + b] * gradient[first + b];
            }
            n_zero += length == 0.0 ? 1 : 0;
            if (length == 0.0) {
                assert_true(sqrt(slope) <= size + 1e-5);
            }
            for (size_t b = 0; b < B && length > 0.0; b++) {
                check_close(gradient[first + b], size * beta[b] / sqrt(length), 1e-5, 0.0);
            }
        }
        ana_glm_free(glm);
    }
    assert_true(n_zero > 3);
    world_release(&from);
}

static void the_numbers_of_threads_change_no_bit(void **state)
{
    (void)state;
    world from = world_draw(2500, poisson, 50);
    for (int solver = ANA_GLM_SOLVER_NEWTON; solver <= ANA_GLM_SOLVER_PCG; solver++) {
        ana_glm *one = NULL;
        const size_t threads[4] = {1, 2, 3, 7};
        for (size_t i = 0; i < 4; i++) {
            ana_glm_options options = ana_glm_options_default();
            ana_glm *glm = NULL;
            options.run.n_threads = threads[i];
            options.solver = (ana_glm_solver)solver;
            options.errors = ANA_GLM_ERRORS_YES;
            check_ok(ana_glm_fit(&from.data, &options, &glm));
            if (one == NULL) {
                one = glm;
                continue;
            }
            assert_memory_equal(glm->coefficients, one->coefficients, sizeof(double) * N * P);
            assert_memory_equal(glm->standard_errors, one->standard_errors, sizeof(double) * N * P);
            assert_memory_equal(glm->log_likelihood, one->log_likelihood, sizeof(double) * N);
            assert_int_equal(glm->info.n_trace, one->info.n_trace);
            assert_memory_equal(glm->info.trace, one->info.trace,
                                sizeof(double) * one->info.n_trace);
            ana_glm_free(glm);
        }
        ana_glm_free(one);
    }
    world_release(&from);
}

static void whole_weights_count_rows_as_often(void **state)
{
    (void)state;
    world from = world_draw(600, poisson, 60);
    world doubled = {0};
    ana_glm_options options = ana_glm_options_default();
    ana_glm *weighted = NULL;
    ana_glm *plain = NULL;
    double *weights = calloc(600, sizeof *weights);
    options.coupling = ANA_COUPLING_NONE;
    world_begin(1200, &doubled);
    size_t n = 0;
    for (size_t t = 0; t < 600; t++) {
        weights[t] = (double)(t % 3);
        for (size_t i = 0; i < t % 3; i++, n++) {
            memcpy(doubled.counts->values + n * N, from.counts->values + t * N, N * sizeof(double));
            memcpy(doubled.covariates->values + n * C, from.covariates->values + t * C,
                   C * sizeof(double));
        }
    }
    for (; n < 1200; n++) {
        for (size_t u = 0; u < N; u++) {
            doubled.counts->values[n * N + u] = (double)NAN;
        }
    }
    const ana_design_source without = {.covariates = from.covariates};
    const ana_design_source with = {.covariates = doubled.covariates};
    ana_design_free(from.design);
    check_ok(ana_design_new(&without, &from.design));
    check_ok(ana_design_new(&with, &doubled.design));
    const ana_glm_data a = {.responses = from.counts, .design = from.design, .weights = weights};
    const ana_glm_data b = {.responses = doubled.counts, .design = doubled.design};
    check_ok(ana_glm_fit(&a, &options, &weighted));
    check_ok(ana_glm_fit(&b, &options, &plain));
    check_all_close(N * 3, weighted->coefficients, plain->coefficients, 1e-10, 1e-10);
    check_all_close(N * 3, weighted->standard_errors, plain->standard_errors, 1e-10, 1e-10);
    check_all_close(N, weighted->n_rows, plain->n_rows, 0.0, 0.0);
    ana_glm_free(weighted);
    ana_glm_free(plain);
    free(weights);
    world_release(&doubled);
    world_release(&from);
}

static void an_offset_is_added_to_eta(void **state)
{
    (void)state;
    world from = world_draw(1000, poisson, 61);
    ana_glm_options options = ana_glm_options_default();
    ana_glm *plain = NULL;
    ana_glm *shifted = NULL;
    double *offset = calloc(1000 * N, sizeof *offset);
    for (size_t i = 0; i < 1000 * N; i++) {
        offset[i] = 0.75;
    }
    check_ok(ana_glm_fit(&from.data, &options, &plain));
    from.data.offset = offset;
    check_ok(ana_glm_fit(&from.data, &options, &shifted));
    for (size_t u = 0; u < N; u++) {
        check_close(shifted->coefficients[u * P], plain->coefficients[u * P] - 0.75, 1e-9, 0.0);
        check_all_close(P - 1, shifted->coefficients + u * P + 1, plain->coefficients + u * P + 1,
                        1e-9, 0.0);
    }
    ana_glm_free(plain);
    ana_glm_free(shifted);
    free(offset);
    world_release(&from);
}

static void what_is_not_coupled_is_zero(void **state)
{
    (void)state;
    world from = world_draw(1000, poisson, 62);
    const uint8_t mask[N * N] = {1, 0, 1, 0, 0, 1, 0, 0, 0};
    ana_glm_options options = ana_glm_options_default();
    ana_glm *glm = NULL;
    from.data.mask = mask;
    options.coupling = ANA_COUPLING_MASK;
    check_ok(ana_glm_fit(&from.data, &options, &glm));
    for (size_t i = 0; i < N * N * B; i++) {
        const size_t u = i / (N * B);
        const double beta = glm->coefficients[u * P + 1 + i % (N * B)];
        const double error = glm->standard_errors[u * P + 1 + i % (N * B)];
        assert_int_equal(beta != 0.0, mask[i / B]);
        assert_int_equal(!isnan(error), mask[i / B]);
    }
    ana_glm_free(glm);
    options.coupling = ANA_COUPLING_FULL;
    check_fails(ana_glm_fit(&from.data, &options, &glm), ANA_ERR_VALUE, "mask");
    world_release(&from);
}

static void standard_errors_are_the_spread_over_repetitions(void **state)
{
    (void)state;
    enum {
        REPEATS = 100
    };
    double sum[P] = {0};
    double squares[P] = {0};
    double told[P] = {0};
    for (uint64_t r = 0; r < REPEATS; r++) {
        world from = world_draw(500, poisson, 1000 + r);
        ana_glm_options options = ana_glm_options_default();
        ana_glm *glm = NULL;
        options.ridge = 0.0;
        check_ok(ana_glm_fit(&from.data, &options, &glm));
        for (size_t c = 0; c < P; c++) {
            sum[c] += glm->coefficients[P + c];
            squares[c] += glm->coefficients[P + c] * glm->coefficients[P + c];
            told[c] += glm->standard_errors[P + c] / REPEATS;
        }
        ana_glm_free(glm);
        world_release(&from);
    }
    for (size_t c = 0; c < P; c++) {
        const double mean = sum[c] / REPEATS;
        const double spread = sqrt(squares[c] / REPEATS - mean * mean);
        check_close(spread / told[c], 1.0, 0.3, 0.0); /* 4 / sqrt(2 REPEATS) */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_family_is_fitted_to_a_vanishing_gradient),
        cmocka_unit_test(both_solvers_find_the_same_maximum),
        cmocka_unit_test(a_dispersion_is_where_the_likelihood_is_highest),
        cmocka_unit_test(lasso_meets_its_conditions_with_exact_zeros),
        cmocka_unit_test(group_lasso_meets_its_conditions_with_whole_groups_at_zero),
        cmocka_unit_test(the_numbers_of_threads_change_no_bit),
        cmocka_unit_test(whole_weights_count_rows_as_often),
        cmocka_unit_test(an_offset_is_added_to_eta),
        cmocka_unit_test(what_is_not_coupled_is_zero),
        cmocka_unit_test(standard_errors_are_the_spread_over_repetitions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
