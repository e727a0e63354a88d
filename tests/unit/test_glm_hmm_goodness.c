#include "support/check.h"
#include "support/fail_nth.h"
#include "support/rising.h"

#include <analysis/models/glm_hmm.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 4,
    T = 900
};

/* Counts that follow those before, fitted with that many states; then drawn anew from the fit. */
typedef struct fixture {
    ana_basis *basis;
    ana_observations *seen;
    ana_observations *drawn;
    ana_design *design; /* of `drawn` */
    ana_glm_hmm *model;
} fixture;

static ana_design *design_of(const fixture *f, const ana_observations *counts)
{
    ana_design *design = NULL;
    const ana_design_source source = {.history = counts, .basis = f->basis};
    check_ok(ana_design_new(&source, &design));
    return design;
}

static fixture make(size_t n_states, size_t n_drawn)
{
    fixture f = {0};
    ana_random random = ana_random_stream(2, "test.glm_hmm_goodness", 0);
    ana_basis_options basis = ana_basis_options_default();
    ana_glm_hmm_options options = ana_glm_hmm_options_default();
    basis.family = ANA_BASIS_EXPONENTIAL;
    basis.n_functions = 1;
    basis.n_lags = 3;
    check_ok(ana_basis_new(&basis, &f.basis));
    check_ok(ana_observations_new(T, N, &f.seen));
    for (size_t t = 0; t < T; t++) {
        for (size_t n = 0; n < N; n++) {
            double before = t > 0 ? f.seen->values[(t - 1) * N + (n + 1) % N] : 0.0;
            double base = (t / 90 % 2 == 0) == (n < N / 2) ? 1.5 : 0.2;
            f.seen->values[t * N + n] =
                (double)ana_random_poisson(&random, base / (1.0 + 0.4 * before));
        }
    }
    ana_design *design = design_of(&f, f.seen);
    const ana_glm_hmm_data data = {.responses = f.seen, .design = design};
    options.n_states = n_states;
    options.n_restarts = 1;
    options.max_iterations = 8;
    check_ok(ana_glm_hmm_fit(&data, &options, &f.model));
    check_rises(&f.model->info);
    ana_design_free(design);
    check_ok(ana_glm_hmm_simulate(f.model, 1, &n_drawn, NULL, 5, &f.drawn));
    f.design = design_of(&f, f.drawn);
    return f;
}

static void release(fixture *f)
{
    ana_design_free(f->design);
    ana_basis_free(f->basis);
    ana_observations_free(f->seen);
    ana_observations_free(f->drawn);
    ana_glm_hmm_free(f->model);
}

static void what_the_model_drew_passes(void **state)
{
    (void)state;
    fixture f = make(2, 6000);
    const ana_glm_hmm_data data = {.responses = f.drawn, .design = f.design};
    ana_goodness *found = NULL;
    check_ok(ana_glm_hmm_goodness(f.model, &data, NULL, &found));
    for (size_t n = 0; n < N; n++) {
        assert_true(found->p[n] > 0.005);
    }
    ana_goodness_free(found);
    for (size_t i = 0; i < 2 * N * f.model->n_columns; i += f.model->n_columns) {
        f.model->coefficients[i] += 0.3; /* intercepts */
    }
    check_ok(ana_glm_hmm_goodness(f.model, &data, NULL, &found));
    for (size_t n = 0; n < N; n++) {
        assert_true(found->p[n] < 1e-3);
    }
    ana_goodness_free(found);
    release(&f);
}

static ana_status column_of(void *user, size_t unit, double *mean)
{
    for (size_t t = 0; t < T; t++) {
        mean[t] = ((const double *)user)[t * N + unit];
    }
    return ANA_OK;
}

/* With one state the mixture is the prediction itself. */
static void one_state_is_its_prediction(void **state)
{
    (void)state;
    fixture f = make(1, T);
    const ana_glm_hmm_data data = {.responses = f.drawn, .design = f.design};
    double *mean = malloc(T * N * sizeof *mean);
    const ana_expectation expectation = {1, NULL, column_of, mean};
    ana_goodness *found = NULL;
    ana_goodness *wanted = NULL;
    check_ok(ana_glm_hmm_predict(f.model, &data, NULL, mean));
    check_ok(ana_goodness_of_fit(f.drawn, &expectation, NULL, &wanted));
    check_ok(ana_glm_hmm_goodness(f.model, &data, NULL, &found));
    assert_int_equal(found->z_start[N], wanted->z_start[N]);
    check_all_close(found->z_start[N], found->z, wanted->z, 1e-13, 0.0);
    ana_goodness_free(found);
    ana_goodness_free(wanted);
    free(mean);
    release(&f);
}

static void gaussian_responses_have_no_spikes(void **state)
{
    (void)state;
    fixture f = make(1, 50);
    const ana_glm_hmm_data data = {.responses = f.drawn, .design = f.design};
    ana_goodness *found = NULL;
    f.model->family.distribution = ANA_GLM_GAUSSIAN;
    check_fails(ana_glm_hmm_goodness(f.model, &data, NULL, &found), ANA_ERR_UNSUPPORTED,
                "for spikes");
    assert_null(found);
    release(&f);
}

static ana_status test_goodness(void *user)
{
    const fixture *f = user;
    const ana_glm_hmm_data data = {.responses = f->drawn, .design = f->design};
    ana_goodness *found = NULL;
    ana_status status = ana_glm_hmm_goodness(f->model, &data, NULL, &found);
    ana_goodness_free(found);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    fixture f = make(2, 50);
    assert_true(check_each_allocation(test_goodness, &f, 0) > 0);
    release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_model_drew_passes),
        cmocka_unit_test(one_state_is_its_prediction),
        cmocka_unit_test(gaussian_responses_have_no_spikes),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("glm-hmm goodness", tests, NULL, NULL);
}
