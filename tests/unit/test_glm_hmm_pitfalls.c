/* Where fits of coupled states go wrong elsewhere: each has an answer here that says of what. */
#include "support/check.h"
#include "support/rising.h"

#include <analysis/models/glm_hmm.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    K = 2,
    N = 3,
    T = 500
};

typedef struct fixture {
    ana_observations *counts;
    ana_observations *covariates;
    ana_basis *basis;
    ana_design *design;
    ana_glm_hmm_data data;
    ana_glm_hmm_options options;
    char said[1000];
} fixture;

static void keep_warning(void *user, const char *sentence)
{
    fixture *f = user;
    const size_t n = strlen(f->said);
    snprintf(f->said + n, sizeof f->said - n, "%s\n", sentence);
}

static void finish(fixture *f)
{
    const ana_design_source source = {.history = f->basis != NULL ? f->counts : NULL,
                                      .basis = f->basis,
                                      .covariates = f->covariates};
    check_ok(ana_design_new(&source, &f->design));
    f->data = (ana_glm_hmm_data){.responses = f->counts, .design = f->design};
    f->options = ana_glm_hmm_options_default();
    f->options.n_states = K;
    f->options.n_restarts = 2;
    f->options.max_iterations = 30;
    f->options.run.warn = keep_warning;
    f->options.run.user = f;
}

/* Counts that are 1 throughout, or follow two rates in turn; n_functions lags of history. */
static void begin(fixture *f, size_t n_rows, size_t n_units, size_t n_functions, bool constant)
{
    ana_random random = ana_random_stream(3, "test.pitfalls", 0);
    *f = (fixture){0};
    check_ok(ana_observations_new(n_rows, n_units, &f->counts));
    for (size_t i = 0; i < n_rows * n_units; i++) {
        const double rate = i / n_units / 50 % 2 == 0 ? 0.4 : 2.0;
        f->counts->values[i] = constant ? 1.0 : (double)ana_random_poisson(&random, rate);
    }
    if (n_functions > 0) {
        ana_basis_options basis = ana_basis_options_default();
        basis.family = ANA_BASIS_LAGS;
        basis.n_functions = n_functions;
        basis.n_lags = n_functions;
        check_ok(ana_basis_new(&basis, &f->basis));
    }
}

static void release(fixture *f)
{
    ana_design_free(f->design);
    ana_basis_free(f->basis);
    ana_observations_free(f->covariates);
    ana_observations_free(f->counts);
}

/* From a start whose second state no row can be of. */
static void fit_from_an_empty_state(fixture *f, ana_glm_hmm **out)
{
    ana_glm_hmm_options one = f->options;
    ana_glm_hmm *start = NULL;
    one.max_iterations = 1;
    check_ok(ana_glm_hmm_fit(&f->data, &one, &start));
    check_rises(&start->info);
    const size_t p = start->n_columns;
    for (size_t i = 0; i < K * N * p; i++) {
        start->coefficients[i] = i % p != 0 ? 0.0 : i < N * p ? 0.5 : -40.0;
    }
    f->said[0] = '\0';
    check_ok(ana_glm_hmm_fit_from(&f->data, start, &f->options, out));
    check_rises(&(*out)->info);
    for (size_t i = 0; i < K * N * p; i++) {
        assert_true(isfinite((*out)->coefficients[i]));
    }
    ana_glm_hmm_free(start);
}

static void an_empty_state_is_filled_or_named(void **state)
{
    (void)state;
    for (int constant = 0; constant <= 1; constant++) {
        fixture f;
        ana_glm_hmm *fit = NULL;
        ana_hmm_decoding *decoding = NULL;
        begin(&f, T, N, 1, constant == 1);
        finish(&f);
        fit_from_an_empty_state(&f, &fit);
        check_ok(ana_glm_hmm_decode(fit, &f.data, NULL, &decoding));
        const bool is_empty = decoding->occupancy[1] * T < 1.0;
        assert_true(is_empty == (strstr(f.said, "state 2 is empty") != NULL));
        if (constant == 0) {
            assert_true(decoding->occupancy[0] > 0.05 && decoding->occupancy[1] > 0.05);
        }
        ana_hmm_decoding_free(decoding);
        ana_glm_hmm_free(fit);
        release(&f);
    }
}

/* Unit 1 fires while the covariate is on and never else: with exp and no ridge, its weight and its
 * intercept would part without end. */
static void a_unit_that_separates_stops_at_its_bound(void **state)
{
    (void)state;
    fixture f;
    ana_glm_hmm *fit = NULL;
    begin(&f, T, N, 0, false);
    check_ok(ana_observations_new(T, 1, &f.covariates));
    for (size_t t = 0; t < T; t++) {
        f.covariates->values[t] = t / 20 % 2 == 0 ? 1.0 : 0.0;
        f.counts->values[t * N + 1] *= f.covariates->values[t];
    }
    finish(&f);
    f.options.family.link = ANA_GLM_EXP;
    f.options.ridge = 0.0;
    f.options.n_states = 1;
    f.options.max_iterations = 200;
    check_ok(ana_glm_hmm_fit(&f.data, &f.options, &fit));
    check_rises(&fit->info);
    for (size_t i = 0; i < N * fit->n_columns; i++) {
        assert_true(isfinite(fit->coefficients[i]));
    }
    /* The intercept stops at a mean of half a spike in all rows, and the weight with it: */
    assert_true(fit->coefficients[fit->n_columns] >= log(0.5 / T) - 1e-9);
    assert_true(fit->coefficients[fit->n_columns] < -6.0);
    assert_true(fit->flags[0] == 0 && fit->flags[2] == 0);
    ana_glm_hmm_free(fit);
    release(&f);
}

/* Few columns are summed by pairs of them, several units at once; many units on several threads. */
static void threads_do_not_change_a_bit_of_few_columns(void **state)
{
    (void)state;
    const size_t threads[] = {1, 2, 3, 7};
    fixture f;
    ana_glm_hmm *first = NULL;
    double *wanted = calloc((size_t)3000 * K, sizeof *wanted);
    double *rows = calloc((size_t)3000 * K, sizeof *rows);
    begin(&f, 3000, 24, 1, false);
    finish(&f);
    f.options.max_iterations = 3;
    for (size_t i = 0; i < 4; i++) {
        ana_glm_hmm *fit = NULL;
        ana_hmm_decoding *decoding = NULL;
        f.options.run.n_threads = threads[i];
        check_ok(ana_glm_hmm_fit(&f.data, &f.options, &fit));
        check_rises(&fit->info);
        check_ok(ana_glm_hmm_log_emission(fit, &f.data, &f.options.run, i == 0 ? wanted : rows));
        check_ok(ana_glm_hmm_decode(fit, &f.data, &f.options.run, &decoding));
        assert_true(isfinite(decoding->log_likelihood[0]));
        ana_hmm_decoding_free(decoding);
        if (i == 0) {
            first = fit;
            continue;
        }
        assert_memory_equal(rows, wanted, 3000 * K * sizeof *rows);
        assert_memory_equal(fit->coefficients, first->coefficients,
                            K * 24 * fit->n_columns * sizeof(double));
        assert_memory_equal(fit->transition, first->transition, K * K * sizeof(double));
        ana_glm_hmm_free(fit);
    }
    ana_glm_hmm_free(first);
    free(wanted);
    free(rows);
    release(&f);
}

/* A bin that cannot be is refused, and the next is filtered as if it had not come. */
static void a_bin_that_fails_leaves_the_stream_as_it_was(void **state)
{
    (void)state;
    fixture f;
    ana_glm_hmm *fit = NULL;
    ana_glm_hmm_stream *stream = NULL;
    ana_glm_hmm_stream *other = NULL;
    begin(&f, T, N, 2, false);
    finish(&f);
    check_ok(ana_glm_hmm_fit(&f.data, &f.options, &fit));
    check_rises(&fit->info);
    check_ok(ana_glm_hmm_stream_new(fit, &stream));
    check_ok(ana_glm_hmm_stream_new(fit, &other));
    for (size_t t = 0; t < 40; t++) {
        const double *counts = f.counts->values + t * N;
        double filtered[K];
        double wanted[K];
        if (t % 7 == 3) {
            const double wrong[N] = {1.0, -1.0, 0.0};
            check_fails(ana_glm_hmm_step(stream, wrong, NULL, filtered, NULL), ANA_ERR_VALUE, "-1");
        }
        check_ok(ana_glm_hmm_step(stream, counts, NULL, filtered, NULL));
        check_ok(ana_glm_hmm_step(other, counts, NULL, wanted, NULL));
        assert_memory_equal(filtered, wanted, sizeof filtered);
    }
    ana_glm_hmm_stream_free(stream);
    ana_glm_hmm_stream_free(other);
    ana_glm_hmm_free(fit);
    release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_state_is_filled_or_named),
        cmocka_unit_test(a_unit_that_separates_stops_at_its_bound),
        cmocka_unit_test(threads_do_not_change_a_bit_of_few_columns),
        cmocka_unit_test(a_bin_that_fails_leaves_the_stream_as_it_was),
    };
    return cmocka_run_group_tests_name("glm_hmm_pitfalls", tests, NULL, NULL);
}
