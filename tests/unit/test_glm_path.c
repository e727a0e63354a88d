#include "support/check.h"
#include "support/fail_nth.h"
#include "support/glm_world.h"

#include <analysis/models/glm_path.h>

#include <math.h>
#include <stdlib.h>

static ana_glm_path_options quick(ana_glm_penalty penalty)
{
    ana_glm_path_options options = ana_glm_path_options_default();
    options.penalty = penalty;
    options.n_values = 6;
    options.n_folds = 3;
    options.run.n_threads = 1;
    return options;
}

static void the_largest_sparse_penalty_just_leaves_nothing(void **state)
{
    (void)state;
    world from = world_draw(600, poisson, 1);
    for (ana_glm_penalty penalty = ANA_GLM_LASSO; penalty <= ANA_GLM_GROUP; penalty++) {
        const ana_glm_path_options options = quick(penalty);
        ana_glm_options glm_options = ana_glm_options_default();
        ana_glm_path *path = NULL;
        check_ok(ana_glm_path_fit(&from.data, NULL, &options, &path));
        for (int side = -1; side <= 1; side += 2) {
            ana_glm *glm = NULL;
            size_t n_nonzero = 0;
            *(penalty == ANA_GLM_LASSO ? &glm_options.lasso : &glm_options.group) =
                path->values[0] * (1.0 + 1e-4 * side);
            from.data.start = NULL;
            check_ok(ana_glm_fit(&from.data, &glm_options, &glm));
            for (size_t i = 0; i < N * P; i++) {
                const bool counts = i % P > 0 && (penalty == ANA_GLM_LASSO || i % P < 1 + N * B);
                n_nonzero += counts && glm->coefficients[i] != 0.0 ? 1 : 0;
            }
            /* Covariates are not in a group: they move, and the gradient of groups with them. */
            if (penalty == ANA_GLM_LASSO) {
                assert_int_equal(n_nonzero > 0, side < 0);
            } else {
                assert_true(n_nonzero <= 2 * B);
            }
            ana_glm_free(glm);
        }
        assert_true(path->n_nonzero[0] < path->n_nonzero[5]);
        ana_glm_path_free(path);
    }
    world_release(&from);
}

static void held_out_scores_are_those_of_fits_to_the_rest(void **state)
{
    (void)state;
    world from = world_draw(450, poisson, 2);
    ana_glm_path_options options = quick(ANA_GLM_RIDGE);
    ana_glm_options glm_options = ana_glm_options_default();
    ana_glm_path *path = NULL;
    ana_glm *glm = NULL;
    double log_likelihood[N];
    double train[450];
    double test[450];
    double sum = 0.0;
    options.n_folds = 3;
    check_ok(ana_glm_path_fit(&from.data, NULL, &options, &path));
    assert_false(path->by_sequences); /* 2 sequences, of 150 and 300 rows */
    for (size_t t = 0; t < 450; t++) {
        const size_t within = t < 150 ? t : t - 150;
        const size_t third = t < 150 ? 50 : 100;
        test[t] = within < third ? 1.0 : 0.0;
        train[t] = within >= third + L ? 1.0 : 0.0;
    }
    glm_options.ridge = path->values[2];
    from.data.weights = train;
    check_ok(ana_glm_fit(&from.data, &glm_options, &glm));
    from.data.weights = test;
    check_ok(
        ana_glm_score(glm, &from.data, NULL, &(ana_glm_scores){.log_likelihood = log_likelihood}));
    for (size_t u = 0; u < N; u++) {
        sum += log_likelihood[u];
    }
    check_close(path->held_out[2 * 3], sum / (150.0 * N), 1e-9, 0.0);
    ana_glm_free(glm);
    ana_glm_path_free(path);
    world_release(&from);
}

static void the_choice_is_the_strongest_within_one_error_of_the_best(void **state)
{
    (void)state;
    world from = world_draw(900, poisson, 3);
    ana_glm_path_options options = quick(ANA_GLM_RIDGE);
    ana_glm_path *path = NULL;
    check_ok(ana_glm_path_fit(&from.data, NULL, &options, &path));
    for (size_t i = 0; i < path->n_values; i++) {
        assert_true(path->mean[i] <= path->mean[path->best]);
        assert_true(i == 0 || path->values[i] < path->values[i - 1]);
        if (i < path->chosen) {
            assert_true(path->mean[path->best] - path->mean[i] > path->error[i]);
        }
    }
    assert_true(path->chosen <= path->best);
    assert_true(path->mean[path->best] - path->mean[path->chosen] <= path->error[path->chosen]);
    const ana_glm_options chosen = ana_glm_path_choice(path, NULL);
    assert_true(chosen.ridge == path->values[path->chosen]);
    ana_glm_path_free(path);
    options.take_best = true;
    check_ok(ana_glm_path_fit(&from.data, NULL, &options, &path));
    assert_int_equal(path->chosen, path->best);
    ana_glm_path_free(path);
    options.n_folds = 2;
    check_ok(ana_glm_path_fit(&from.data, NULL, &options, &path));
    assert_true(path->by_sequences);
    ana_glm_path_free(path);
    world_release(&from);
}

static void a_start_changes_where_a_fit_begins_not_where_it_ends(void **state)
{
    (void)state;
    world from = world_draw(800, poisson, 4);
    ana_glm_options options = ana_glm_options_default();
    ana_glm *plain = NULL;
    ana_glm *again = NULL;
    options.lasso = 3.0;
    check_ok(ana_glm_fit(&from.data, &options, &plain));
    from.data.start = plain;
    check_ok(ana_glm_fit(&from.data, &options, &again));
    check_all_close(N * P, again->coefficients, plain->coefficients, 1e-6, 0.0);
    assert_true(again->info.n_iterations <= 1);
    plain->n_columns--;
    ana_glm *refused = NULL;
    check_fails(ana_glm_fit(&from.data, &options, &refused), ANA_ERR_SHAPE, "the start has");
    plain->n_columns++;
    ana_glm_free(again);
    ana_glm_free(plain);
    world_release(&from);
}

static void a_path_has_a_record_and_refuses_what_is_no_path(void **state)
{
    (void)state;
    world from = world_draw(90, poisson, 5);
    ana_glm_path_options options = quick(ANA_GLM_SMOOTH);
    ana_glm_path *path = NULL;
    ana_record *record = NULL;
    ana_glm_options glm_options = ana_glm_options_default();
    glm_options.run.n_threads = 1;
    glm_options.coupling = ANA_COUPLING_NONE;
    options.n_values = 2;
    options.n_folds = 2;
    check_ok(ana_glm_path_fit(&from.data, &glm_options, &options, &path));
    check_ok(ana_glm_path_to_record(path, &record));
    check_ok(ana_record_check(record));
    assert_string_equal(ana_record_find(record, "penalty")->text, "smooth");
    ana_record_free(record);
    ALLOCATION_TEST(ana_glm_path_to_record, (path, &record), ana_record_free(record));
    ana_glm_path_free(path);
    ALLOCATION_TEST(ana_glm_path_fit, (&from.data, &glm_options, &options, &path),
                    ana_glm_path_free(path));
    options.n_values = 1;
    check_fails(ana_glm_path_fit(&from.data, NULL, &options, &path), ANA_ERR_VALUE,
                "penalty-values");
    options = quick(ANA_GLM_RIDGE);
    options.n_folds = 900;
    check_fails(ana_glm_path_fit(&from.data, NULL, &options, &path), ANA_ERR_VALUE, "");
    world_release(&from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_sparse_penalty_just_leaves_nothing),
        cmocka_unit_test(held_out_scores_are_those_of_fits_to_the_rest),
        cmocka_unit_test(the_choice_is_the_strongest_within_one_error_of_the_best),
        cmocka_unit_test(a_start_changes_where_a_fit_begins_not_where_it_ends),
        cmocka_unit_test(a_path_has_a_record_and_refuses_what_is_no_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
