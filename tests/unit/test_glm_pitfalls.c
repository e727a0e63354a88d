#include "support/check.h"
#include "support/fail_nth.h"
#include "support/glm_world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void a_silent_unit_is_flagged_and_stays_finite(void **state)
{
    (void)state;
    world from = world_draw(400, poisson, 70);
    ana_glm_options options = ana_glm_options_default();
    ana_glm *glm = NULL;
    for (size_t t = 0; t < 400; t++) {
        from.counts->values[t * N + 1] = 0.0;
    }
    ana_design_free(from.design);
    world_finish(&from);
    check_ok(ana_glm_fit(&from.data, &options, &glm));
    assert_true((glm->flags[1] & ANA_GLM_SILENT) != 0);
    assert_true((glm->flags[0] & ANA_GLM_CONSTANT) != 0); /* the silent unit's history */
    assert_true((glm->flags[0] & ANA_GLM_SILENT) == 0);
    check_close(glm->coefficients[P], log(0.5 / 400.0), 1e-12, 0.0);
    check_close(glm->log_likelihood[1], -0.5, 1e-12, 0.0);
    assert_true(glm->info.converged);
    ana_glm_free(glm);
    world_release(&from);
}

static void separation_is_flagged(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        world from = world_draw(400, poisson, 71);
        ana_glm_options options = ana_glm_options_default();
        ana_glm *glm = NULL;
        options.ridge = 0.0;
        options.coupling = ANA_COUPLING_NONE;
        options.family.distribution = kind == 0 ? ANA_GLM_POISSON : ANA_GLM_BERNOULLI;
        for (size_t t = 0; t < 400; t++) {
            const bool on = t % 5 == 0;
            from.covariates->values[t * C] = on ? 1.0 : 0.0;
            for (size_t u = 0; u < N; u++) {
                double *y = from.counts->values + t * N + u;
                *y = on && u == 0 ? 0.0 : fmin(*y, 1.0); /* unit 0 is silent when it is on */
            }
        }
        const ana_design_source source = {.covariates = from.covariates};
        ana_design_free(from.design);
        check_ok(ana_design_new(&source, &from.design));
        from.data.design = from.design;
        check_ok(ana_glm_fit(&from.data, &options, &glm));
        assert_true((glm->flags[0] & ANA_GLM_SEPARATED) != 0);
        assert_true((glm->flags[1] & ANA_GLM_SEPARATED) == 0);
        assert_true(isfinite(glm->coefficients[1]) && glm->coefficients[1] < -10.0);
        ana_glm_free(glm);
        options.ridge = 1.0;
        check_ok(ana_glm_fit(&from.data, &options, &glm));
        assert_true(glm->flags[0] == 0);
        ana_glm_free(glm);
        world_release(&from);
    }
}

static void a_response_that_never_changes_is_flagged(void **state)
{
    (void)state;
    world from = world_draw(300, families[7], 74);
    ana_glm_options options = ana_glm_options_default();
    ana_glm *glm = NULL;
    options.family = families[7];
    for (size_t t = 0; t < 300; t++) {
        from.counts->values[t * N + 2] = 2.5;
    }
    check_ok(ana_glm_fit(&from.data, &options, &glm));
    assert_true((glm->flags[2] & ANA_GLM_SEPARATED) != 0);
    check_close(glm->coefficients[2 * P], 2.5, 1e-12, 0.0);
    assert_true(isfinite(glm->log_likelihood[2]) && glm->info.converged);
    ana_glm_free(glm);
    world_release(&from);
}

static void constant_and_repeated_columns_are_left_out(void **state)
{
    (void)state;
    world from = world_draw(500, poisson, 72);
    ana_glm_options options = ana_glm_options_default();
    ana_glm *glm = NULL;
    for (size_t t = 0; t < 500; t++) {
        from.covariates->values[t * C] = 3.25;
    }
    check_ok(ana_glm_fit(&from.data, &options, &glm));
    assert_int_equal(glm->flags[0], ANA_GLM_CONSTANT);
    assert_true(glm->coefficients[1 + N * B] == 0.0);
    assert_true(isnan(glm->standard_errors[1 + N * B]));
    ana_glm_free(glm);
    options.ridge = 0.0;
    for (size_t t = 0; t < 500; t++) { /* determined by column 0 and the other covariate */
        from.covariates->values[t * C] = 3.0 - 2.0 * from.covariates->values[t * C + 1];
    }
    check_ok(ana_glm_fit(&from.data, &options, &glm));
    assert_int_equal(glm->flags[0], ANA_GLM_COLLINEAR);
    assert_true(glm->coefficients[1 + N * B] != 0.0 && glm->coefficients[2 + N * B] == 0.0);
    assert_true(glm->info.converged);
    ana_glm_free(glm);
    world_release(&from);
}

static void one_bin_and_no_rows_are_results(void **state)
{
    (void)state;
    world from = {0};
    ana_glm *glm = NULL;
    const size_t one = 1;
    world_begin(3, &from);
    ana_observations_free(from.counts);
    ana_observations_free(from.covariates);
    check_ok(ana_observations_new(1, N, &from.counts));
    check_ok(ana_observations_new(1, C, &from.covariates));
    check_ok(ana_observations_set_sequences(from.counts, 1, &one, NULL));
    from.counts->values[0] = 2.0;
    from.counts->values[2] = (double)NAN;
    world_finish(&from);
    check_ok(ana_glm_fit(&from.data, NULL, &glm));
    check_close(glm->coefficients[0], log(2.0), 1e-9, 0.0);
    assert_true((glm->flags[1] & ANA_GLM_SILENT) != 0);
    assert_true((glm->flags[2] & ANA_GLM_NO_ROWS) != 0);
    assert_true(isnan(glm->log_likelihood[2]));
    ana_glm_free(glm);
    world_release(&from);
}

/* Session borders and gaps: rows whose history is not known change nothing, whatever they hold. */
static void rows_after_a_missing_count_are_left_out(void **state)
{
    (void)state;
    world from = world_draw(600, poisson, 73);
    ana_glm *glm = NULL;
    ana_glm *other = NULL;
    for (size_t u = 0; u < N; u++) {
        from.counts->values[100 * N + u] = (double)NAN;
    }
    ana_design_free(from.design);
    world_finish(&from);
    check_ok(ana_glm_fit(&from.data, NULL, &glm));
    check_close(glm->n_rows[0], 600.0 - 1.0 - L, 0.0, 0.0);
    ana_observations responses = *from.counts; /* other responses where rows are not usable */
    double *values = calloc(600 * N, sizeof *values);
    memcpy(values, from.counts->values, 600 * N * sizeof *values);
    for (size_t t = 101; t <= 100 + L; t++) {
        values[t * N] = 9.0;
    }
    responses.values = values;
    from.data.responses = &responses;
    check_ok(ana_glm_fit(&from.data, NULL, &other));
    assert_memory_equal(other->coefficients, glm->coefficients, sizeof(double) * N * P);
    free(values);
    ana_glm_free(glm);
    ana_glm_free(other);
    world_release(&from);
}

static void predictions_and_scores_are_those_of_the_definition(void **state)
{
    (void)state;
    world from = world_draw(700, poisson, 80);
    ana_glm *glm = NULL;
    double found[7][N];
    double fitted[7][N];
    double *mean = calloc(700 * N, sizeof *mean);
    const ana_glm_scores scores = {found[0], found[1], found[2], found[3],
                                   found[4], found[5], found[6]};
    const ana_glm_scores of_fit = {fitted[0], fitted[1], fitted[2], fitted[3],
                                   fitted[4], fitted[5], fitted[6]};
    from.counts->values[50 * N + 2] = (double)NAN;
    ana_design_free(from.design);
    world_finish(&from);
    check_ok(ana_glm_fit(&from.data, NULL, &glm));
    check_ok(ana_glm_predict(glm, &from.data, NULL, mean));
    check_ok(ana_glm_score(glm, &from.data, NULL, &scores));
    ana_glm_fit_scores(glm, &of_fit);
    for (size_t i = 0; i < 7; i++) {
        check_all_close(N, found[i], fitted[i], 1e-9, 1e-10);
    }
    for (size_t u = 0; u < N; u++) {
        double sum = 0.0;
        double null = 0.0;
        double spikes = 0.0;
        double rows = 0.0;
        for (size_t t = 0; t < 700; t++) {
            const double y = from.counts->values[t * N + u];
            const double m = mean[t * N + u];
            assert_int_equal(isnan(m), !ana_design_usable(from.design, t));
            if (!isnan(m) && !isnan(y)) {
                sum += y * log(m) - m - lgamma(y + 1.0);
                spikes += y;
                rows++;
            }
        }
        for (size_t t = 0; t < 700; t++) {
            const double y = from.counts->values[t * N + u];
            if (!isnan(mean[t * N + u]) && !isnan(y)) {
                null += y * log(spikes / rows) - spikes / rows - lgamma(y + 1.0);
            }
        }
        check_close(found[0][u], sum, 1e-9, 1e-11);
        check_close(found[3][u], 1.0 - sum / null, 1e-10, 0.0);
        check_close(found[4][u], (sum - null) / spikes / log(2.0), 1e-10, 0.0);
        check_close(found[6][u], glm->freedom[u] * log(rows) - 2.0 * sum, 1e-8, 1e-11);
        assert_true(glm->freedom[u] > 1.0 && glm->freedom[u] < P);
    }
    free(mean);
    ana_glm_free(glm);
    world_release(&from);
}

static void drawn_sequences_give_the_parameters_back(void **state)
{
    (void)state;
    world from = world_draw(1500, poisson, 90);
    ana_glm_options options = ana_glm_options_default();
    ana_glm *glm = NULL;
    ana_glm *again = NULL;
    ana_observations *drawn_counts = NULL;
    ana_observations *same = NULL;
    const size_t lengths[2] = {9000, 11000};
    world next = {0};
    options.ridge = 0.1;
    options.coupling = ANA_COUPLING_FULL;
    ana_design_free(from.design);
    const ana_design_source source = {.history = from.counts, .basis = from.basis};
    check_ok(ana_design_new(&source, &from.design));
    from.data.design = from.design;
    options.family.link = ANA_GLM_SOFTPLUS;
    check_ok(ana_glm_fit(&from.data, &options, &glm));
    check_ok(ana_glm_simulate(glm, 2, lengths, NULL, 7, &drawn_counts));
    check_ok(ana_glm_simulate(glm, 2, lengths, NULL, 7, &same));
    assert_memory_equal(same->values, drawn_counts->values, sizeof(double) * 20000 * N);
    const ana_design_source new_source = {.history = drawn_counts, .basis = from.basis};
    check_ok(ana_design_new(&new_source, &next.design));
    const ana_glm_data data = {.responses = drawn_counts, .design = next.design};
    check_ok(ana_glm_fit(&data, &options, &again));
    for (size_t i = 0; i < N * (1 + N * B); i++) {
        const double error = again->standard_errors[i];
        check_close(again->coefficients[i], glm->coefficients[i], 4.5 * error, 0.0);
    }
    ana_design_free(next.design);
    ana_observations_free(same);
    ana_observations_free(drawn_counts);
    ana_glm_free(again);
    ana_glm_free(glm);
    world_release(&from);
}

static void self_excitation_without_end_is_named(void **state)
{
    (void)state;
    world from = world_draw(400, poisson, 91);
    ana_glm *glm = NULL;
    ana_observations *made = NULL;
    const size_t length = 5000;
    check_ok(ana_glm_fit(&from.data, NULL, &glm));
    check_fails(ana_glm_simulate(glm, 1, &length, NULL, 1, &made), ANA_ERR_SHAPE, "2 covariates");
    ana_glm_free(glm);
    ana_design_free(from.design);
    const ana_design_source source = {.history = from.counts, .basis = from.basis};
    check_ok(ana_design_new(&source, &from.design));
    from.data.design = from.design;
    check_ok(ana_glm_fit(&from.data, NULL, &glm));
    for (size_t b = 0; b < B; b++) {
        glm->coefficients[1 + b] = 3.0;
    }
    check_fails(ana_glm_simulate(glm, 1, &length, NULL, 1, &made), ANA_ERR_NUMERIC,
                "unit 0 runs away in row");
    assert_null(made);
    ana_glm_free(glm);
    world_release(&from);
}

static void a_fit_comes_back_from_its_record(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_FAMILIES; i++) {
        world from = world_draw(400, families[i], 100 + i);
        ana_glm_options options = ana_glm_options_default();
        ana_glm *glm = NULL;
        ana_glm *back = NULL;
        ana_record *record = NULL;
        ana_record *again = NULL;
        char where[256];
        options.family = families[i];
        options.lasso = i == 1 ? 2.0 : 0.0;
        check_ok(ana_glm_fit(&from.data, &options, &glm));
        check_ok(ana_glm_to_record(glm, &record));
        check_ok(ana_record_check(record));
        check_ok(ana_glm_from_record(record, &back));
        check_ok(ana_glm_to_record(back, &again));
        if (!ana_record_equal(record, again, where, sizeof where)) {
            fail_msg("differs at %s", where);
        }
        ana_record_free(again);
        ana_record_free(record);
        ana_glm_free(back);
        ana_glm_free(glm);
        world_release(&from);
    }
}

static void wrong_use_is_refused(void **state)
{
    (void)state;
    world from = world_draw(300, poisson, 110);
    world short_one = world_draw(200, poisson, 110);
    ana_glm_options options = ana_glm_options_default();
    ana_glm *glm = NULL;
    double weights[300];
    for (size_t t = 0; t < 300; t++) {
        weights[t] = t == 17 ? -1.0 : 1.0;
    }
    from.data.design = short_one.design;
    check_fails(ana_glm_fit(&from.data, NULL, &glm), ANA_ERR_SHAPE, "300 rows of responses");
    from.data.design = from.design;
    from.data.weights = weights;
    check_fails(ana_glm_fit(&from.data, NULL, &glm), ANA_ERR_VALUE, "row 17");
    from.data.weights = NULL;
    options.coupling = ANA_COUPLING_MASK;
    check_fails(ana_glm_fit(&from.data, &options, &glm), ANA_ERR_VALUE, "mask");
    options = ana_glm_options_default();
    options.lasso = 1.0;
    options.solver = ANA_GLM_SOLVER_PCG;
    check_fails(ana_glm_fit(&from.data, &options, &glm), ANA_ERR_VALUE, "newton");
    options = ana_glm_options_default();
    options.run.max_memory = 20000;
    check_fails(ana_glm_fit(&from.data, &options, &glm), ANA_ERR_LIMIT, "glm fit");
    options.solver = ANA_GLM_SOLVER_PCG;
    check_fails(ana_glm_fit(&from.data, &options, &glm), ANA_ERR_LIMIT, "glm fit");
    options = ana_glm_options_default();
    options.ridge = -1.0;
    check_fails(ana_glm_fit(&from.data, &options, &glm), ANA_ERR_VALUE, "ridge");
    from.counts->values[4] = 0.5;
    check_fails(ana_glm_fit(&from.data, NULL, &glm), ANA_ERR_VALUE, "0.5");
    from.counts->values[4] = 0.0;
    check_ok(ana_glm_fit(&from.data, NULL, &glm));
    const ana_design_source other = {.covariates = from.covariates};
    ana_design *design = NULL;
    check_ok(ana_design_new(&other, &design));
    const ana_glm_data data = {.responses = from.counts, .design = design};
    check_fails(ana_glm_predict(glm, &data, NULL, weights), ANA_ERR_SHAPE, "12 columns");
    ana_design_free(design);
    ana_glm_free(glm);
    world_release(&from);
    world_release(&short_one);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    world from = world_draw(60, poisson, 120);
    ana_glm_options options = ana_glm_options_default();
    ana_glm *glm = NULL;
    ana_glm *other = NULL;
    ana_record *record = NULL;
    ana_record *kept = NULL;
    ana_observations *made = NULL;
    const size_t length = 60;
    double mean[60 * N];
    double log_likelihood[N];
    const ana_glm_scores scores = {.log_likelihood = log_likelihood};
    ALLOCATION_TEST(ana_glm_fit, (&from.data, &options, &glm), ana_glm_free(glm));
    options.solver = ANA_GLM_SOLVER_PCG;
    options.errors = ANA_GLM_ERRORS_YES;
    ALLOCATION_TEST(ana_glm_fit, (&from.data, &options, &glm), ana_glm_free(glm));
    check_ok(ana_glm_fit(&from.data, &options, &glm));
    ALLOCATION_TEST(ana_glm_predict, (glm, &from.data, NULL, mean), (void)0);
    ALLOCATION_TEST(ana_glm_score, (glm, &from.data, NULL, &scores), (void)0);
    ALLOCATION_TEST(ana_glm_to_record, (glm, &record), ana_record_free(record));
    ALLOCATION_TEST(ana_glm_simulate, (glm, 1, &length, from.covariates, 3, &made),
                    ana_observations_free(made));
    check_ok(ana_glm_to_record(glm, &kept));
    ALLOCATION_TEST(ana_glm_from_record, (kept, &other), ana_glm_free(other));
    ana_record_free(kept);
    ana_glm_free(glm);
    world_release(&from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silent_unit_is_flagged_and_stays_finite),
        cmocka_unit_test(separation_is_flagged),
        cmocka_unit_test(a_response_that_never_changes_is_flagged),
        cmocka_unit_test(constant_and_repeated_columns_are_left_out),
        cmocka_unit_test(one_bin_and_no_rows_are_results),
        cmocka_unit_test(rows_after_a_missing_count_are_left_out),
        cmocka_unit_test(predictions_and_scores_are_those_of_the_definition),
        cmocka_unit_test(drawn_sequences_give_the_parameters_back),
        cmocka_unit_test(self_excitation_without_end_is_named),
        cmocka_unit_test(a_fit_comes_back_from_its_record),
        cmocka_unit_test(wrong_use_is_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
