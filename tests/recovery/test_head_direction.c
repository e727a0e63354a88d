/* Head-direction cells of a mouse that runs, dreams and sleeps: from the start of the reference's
 * peer (ssm 0.0.1, six states) the plain model has to end at least as high as the peer did, and
 * models with history at least as high as the plain one. */
#include "support/check.h"
#include "support/reference_h5.h"
#include "support/rising.h"
#include "support/shared.h"

#include <analysis/agreement.h>
#include <analysis/models/glm_hmm.h>
#include <analysis/models/hmm.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Counts in bins of 200 ms, their brain states, and where the peer began and ended. */
typedef struct cells {
    bool are_there;
    ana_observations *counts;
    size_t *labels; /* run, REM, slow-wave sleep */
    ana_hmm *start;
    size_t n_iterations;
    double peer;
} cells;

static h5_doubles read_values(const h5_reference *file, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "real_hdcells_200ms/%s", name);
    return h5_reference_doubles(file, path);
}

static void read_start(const h5_reference *file, cells *c)
{
    h5_doubles rates = read_values(file, "init_lambda");
    h5_doubles transition = read_values(file, "init_P");
    h5_doubles initial = read_values(file, "init_pi0");
    check_ok(ana_hmm_new(rates.shape[0], rates.shape[1], &c->start));
    memcpy(c->start->rates, rates.values, rates.n * sizeof(double));
    memcpy(c->start->transition, transition.values, transition.n * sizeof(double));
    memcpy(c->start->initial, initial.values, initial.n * sizeof(double));
    h5_doubles_free(&rates);
    h5_doubles_free(&transition);
    h5_doubles_free(&initial);
}

static cells read_cells(void)
{
    cells c = {0};
    char path[512];
    if (!shared_path("reference/states/poisson_hmm.h5", path, sizeof path)) {
        return c;
    }
    h5_reference *file = h5_reference_open(path);
    if (file == NULL) {
        return c;
    }
    h5_doubles counts = read_values(file, "y0");
    h5_doubles labels = read_values(file, "brain_state_label_run0_rem1_sws2");
    h5_doubles iterations = read_values(file, "em_iters");
    h5_doubles peer = read_values(file, "peer_ssm_final_loglik");
    c.are_there = true;
    c.n_iterations = (size_t)iterations.values[0];
    c.peer = peer.values[0];
    check_ok(ana_observations_new(counts.shape[0], counts.shape[1], &c.counts));
    memcpy(c.counts->values, counts.values, counts.n * sizeof(double));
    c.counts->bin_s = 0.2;
    c.labels = calloc(labels.n, sizeof *c.labels);
    for (size_t t = 0; t < labels.n; t++) {
        c.labels[t] = (size_t)labels.values[t];
    }
    read_start(file, &c);
    h5_doubles_free(&counts);
    h5_doubles_free(&labels);
    h5_doubles_free(&iterations);
    h5_doubles_free(&peer);
    h5_reference_close(file);
    return c;
}

static double agreement(const cells *c, const ana_hmm_decoding *decoding)
{
    ana_agreement found;
    check_ok(ana_agreement_compare(decoding->n_times, decoding->path, c->labels, &found));
    return found.adjusted_rand;
}

static void the_plain_model_ends_as_high_as_the_peer(void **state)
{
    const cells *c = *state;
    ana_hmm_options options = ana_hmm_options_default();
    ana_hmm *as_long = NULL;
    ana_hmm *to_the_end = NULL;
    ana_hmm_decoding *decoding = NULL;
    options.tolerance = 0.0;
    options.max_iterations = c->n_iterations;
    check_ok(ana_hmm_fit_from(c->counts, c->start, &options, &as_long));
    check_rises(&as_long->info);
    options.tolerance = 1e-9;
    options.max_iterations = 2000;
    check_ok(ana_hmm_fit_from(c->counts, c->start, &options, &to_the_end));
    check_rises(&to_the_end->info);
    check_ok(ana_hmm_decode(to_the_end, c->counts, NULL, &decoding));
    print_message("plain: %.3f after %zu iterations, %.3f after %zu; the peer %.3f; agreement with "
                  "run, REM and sleep %.3f\n",
                  as_long->log_likelihood, c->n_iterations, to_the_end->log_likelihood,
                  to_the_end->info.n_iterations, c->peer, agreement(c, decoding));
    assert_true(as_long->log_likelihood >= c->peer);
    assert_true(to_the_end->log_likelihood >= as_long->log_likelihood);
    assert_true(to_the_end->info.converged);
    ana_hmm_decoding_free(decoding);
    ana_hmm_free(as_long);
    ana_hmm_free(to_the_end);
}

/* The plain start with the counts of two bins before, which do nothing yet: the same likelihood. */
static ana_glm_hmm *without_history(const cells *c, const ana_glm_hmm_data *data,
                                    ana_glm_hmm_options options)
{
    ana_glm_hmm *model = NULL;
    options.max_iterations = 1;
    options.prior = ANA_GLM_HMM_FREE;
    options.n_restarts = 1;
    options.n_moves = 0;
    check_ok(ana_glm_hmm_fit(data, &options, &model));
    check_rises(&model->info);
    const size_t p = model->n_columns;
    for (size_t i = 0; i < model->n_states * model->n_units; i++) {
        memset(model->coefficients + i * p, 0, p * sizeof(double));
        model->coefficients[i * p] = log(c->start->rates[i]);
    }
    memcpy(model->initial, c->start->initial, model->n_states * sizeof(double));
    memcpy(model->transition, c->start->transition,
           model->n_states * model->n_states * sizeof(double));
    return model;
}

static void models_with_history_end_higher_still(void **state)
{
    const cells *c = *state;
    ana_basis_options basis_options = ana_basis_options_default();
    ana_basis *basis = NULL;
    ana_design *design = NULL;
    double at_start = 0.0;
    double as_plain = 0.0;
    basis_options.family = ANA_BASIS_LAGS;
    basis_options.n_functions = 2;
    basis_options.n_lags = 2;
    check_ok(ana_basis_new(&basis_options, &basis));
    const ana_design_source source = {.history = c->counts, .basis = basis};
    check_ok(ana_design_new(&source, &design));
    const ana_glm_hmm_data data = {.responses = c->counts, .design = design};
    ana_glm_hmm_options options = ana_glm_hmm_options_default();
    options.n_states = c->start->n_states;
    options.family.link = ANA_GLM_EXP;
    options.max_iterations = c->n_iterations;
    ana_glm_hmm *start = without_history(c, &data, options);
    check_ok(ana_glm_hmm_score(start, &data, NULL, &at_start));
    check_ok(ana_hmm_score(c->start, c->counts, &as_plain));
    check_close(at_start, as_plain, 0.0, 1e-11);
    const ana_glm_hmm_prior priors[] = {ANA_GLM_HMM_FREE, ANA_GLM_HMM_ONE_HOT};
    for (size_t i = 0; i < 2; i++) {
        ana_glm_hmm *fit = NULL;
        ana_hmm_decoding *decoding = NULL;
        options.prior = priors[i];
        check_ok(ana_glm_hmm_fit_from(&data, start, &options, &fit));
        check_rises(&fit->info);
        check_ok(ana_glm_hmm_decode(fit, &data, NULL, &decoding));
        print_message("%s: %.3f after %zu iterations; agreement %.3f\n",
                      i == 0 ? "free" : "one-hot", fit->log_likelihood, fit->info.n_iterations,
                      agreement(c, decoding));
        assert_true(fit->log_likelihood >= c->peer);
        ana_hmm_decoding_free(decoding);
        ana_glm_hmm_free(fit);
    }
    ana_glm_hmm_free(start);
    ana_design_free(design);
    ana_basis_free(basis);
}

int main(void)
{
    cells c = read_cells();
    if (!c.are_there) {
        return TEST_SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(the_plain_model_ends_as_high_as_the_peer, &c),
        cmocka_unit_test_prestate(models_with_history_end_higher_still, &c),
    };
    const int failed = cmocka_run_group_tests_name("head_direction", tests, NULL, NULL);
    free(c.labels);
    ana_hmm_free(c.start);
    ana_observations_free(c.counts);
    return failed;
}
