/* GLM-HMMs of choices: covariates and a start in; ssm's convention is that the last class has the
 * linear predictor 0, so that with two classes a weight is for the class 0, and with more class c
 * is the one that counts down from the last to the reference. */
#include "states.h"
#include "support/check.h"
#include "support/rising.h"

#include <analysis/models/glm_hmm.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything of a case. */
typedef struct answers {
    size_t n_classes;
    ana_observations *choices; /* 1 where the class is 0; of more than two indicators */
    ana_observations *covariates;
    ana_design *design;
    ana_glm_hmm_data data;
    ana_glm_hmm_options options;
    ana_glm_hmm *start;
    ana_glm_hmm *fit;
    ana_hmm_decoding *decoding; /* at the start */
    double start_likelihood;
    size_t first_rows; /* of session 0 */
} answers;

static h5_doubles read_values(const h5_reference *file, const char *name, const char *what)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", name, what);
    return h5_reference_doubles(file, path);
}

static double read_number(const h5_reference *file, const char *name, const char *what)
{
    h5_doubles values = read_values(file, name, what);
    const double number = values.values[0];
    h5_doubles_free(&values);
    return number;
}

static void read_sessions(const h5_reference *file, const char *name, ana_observations *into)
{
    h5_doubles start = read_values(file, name, "session_start");
    size_t lengths[512];
    for (size_t s = 0; s + 1 < start.n; s++) {
        lengths[s] = (size_t)(start.values[s + 1] - start.values[s]);
    }
    check_ok(ana_observations_set_sequences(into, start.n - 1, lengths, NULL));
    h5_doubles_free(&start);
}

static void read_data(const h5_reference *file, const char *name, answers *at)
{
    h5_doubles x = read_values(file, name, "x");
    h5_doubles y = read_values(file, name, "y");
    ana_observations *numbers = NULL;
    check_ok(ana_observations_new(y.n, 1, &numbers));
    check_ok(ana_observations_new(y.n, x.shape[1], &at->covariates));
    memcpy(at->covariates->values, x.values, x.n * sizeof(double));
    for (size_t t = 0; t < y.n; t++) {
        numbers->values[t] = (double)(at->n_classes - 1) - y.values[t];
    }
    read_sessions(file, name, numbers);
    check_ok(ana_glm_classes(numbers, at->n_classes, &at->choices, NULL));
    ana_observations_free(numbers);
    read_sessions(file, name, at->covariates);
    at->first_rows = at->choices->sequence_start[1];
    const ana_design_source source = {.covariates = at->covariates, .no_intercept = true};
    check_ok(ana_design_new(&source, &at->design));
    at->data = (ana_glm_hmm_data){.responses = at->choices, .design = at->design};
    h5_doubles_free(&x);
    h5_doubles_free(&y);
}

static void read_options(const h5_reference *file, const char *name, answers *at)
{
    char path[512];
    const double sigma = read_number(file, name, "prior_sigma");
    at->options = ana_glm_hmm_options_default();
    at->options.family = (ana_glm_family){.distribution = at->n_classes == 2 ? ANA_GLM_BERNOULLI
                                                                             : ANA_GLM_CATEGORICAL,
                                          .n_classes = at->n_classes > 2 ? at->n_classes : 0};
    at->options.ridge = 1.0 / (sigma * sigma);
    at->options.newton_steps = 0;
    at->options.tolerance = 0.0;
    at->options.max_iterations = (size_t)read_number(file, name, "em_iters");
    snprintf(path, sizeof path, "%s/sticky_alpha_kappa", name);
    if (h5_reference_has(file, path)) {
        h5_doubles prior = h5_reference_doubles(file, path);
        at->options.concentration = prior.values[0];
        at->options.stickiness = prior.values[1];
        h5_doubles_free(&prior);
    }
}

/* weights: K x (C - 1) x P, of class 0 first; ours: of the class before the reference first. */
static void put_weights(const h5_doubles *weights, ana_glm_hmm *model)
{
    const size_t units = model->n_units;
    const size_t p = model->n_columns;
    assert_int_equal(weights->n, model->n_states * units * p);
    for (size_t i = 0; i < model->n_states * units; i++) {
        const size_t from = i / units * units + (units - 1 - i % units);
        memcpy(model->coefficients + i * p, weights->values + from * p, p * sizeof(double));
    }
}

static ana_glm_hmm *read_start(const answers *at, const h5_reference *file, const char *name)
{
    ana_glm_hmm_options one = at->options;
    ana_glm_hmm *model = NULL;
    h5_doubles weights = read_values(file, name, "init_W");
    h5_doubles transition = read_values(file, name, "init_P");
    h5_doubles initial = read_values(file, name, "init_pi0");
    one.n_states = weights.shape[0];
    one.max_iterations = 1;
    one.n_restarts = 1;
    one.n_moves = 0;
    check_ok(ana_glm_hmm_fit(&at->data, &one, &model));
    check_rises(&model->info);
    put_weights(&weights, model);
    memcpy(model->transition, transition.values, transition.n * sizeof(double));
    memcpy(model->initial, initial.values, initial.n * sizeof(double));
    h5_doubles_free(&weights);
    h5_doubles_free(&transition);
    h5_doubles_free(&initial);
    return model;
}

static bool compare_quantity(const h5_reference *file, const char *path, const char *name,
                             const void *all, tally *counts)
{
    const answers *at = all;
    if (strcmp(name, "gold_init_loglik") == 0 || strcmp(name, "peer_ssm_init_loglik") == 0) {
        compare_array(file, path, 1, &at->start_likelihood, 1.0, counts);
    } else if (strcmp(name, "peer_ssm_init_gamma0") == 0) {
        compare_array(file, path, at->first_rows * at->start->n_states, at->decoding->posterior,
                      1.0, counts);
    } else if (strcmp(name, "peer_ssm_init_viterbi0") == 0) {
        double *states = calloc(at->first_rows, sizeof(double));
        for (size_t t = 0; t < at->first_rows; t++) {
            states[t] = (double)at->decoding->path[t];
        }
        compare_array(file, path, at->first_rows, states, 1.0, counts);
        free(states);
    } else if (strcmp(name, "peer_ssm_final_loglik") == 0) {
        compare_array(file, path, 1, &at->fit->log_likelihood, 1.0, counts);
    } else {
        return false;
    }
    return true;
}

static void compare(const h5_reference *file, const char *name, tally *counts)
{
    answers at = {0};
    at.n_classes = (size_t)read_number(file, name, "n_classes");
    read_data(file, name, &at);
    read_options(file, name, &at);
    at.start = read_start(&at, file, name);
    check_ok(ana_glm_hmm_score(at.start, &at.data, NULL, &at.start_likelihood));
    check_ok(ana_glm_hmm_decode(at.start, &at.data, NULL, &at.decoding));
    check_ok(ana_glm_hmm_fit_from(&at.data, at.start, &at.options, &at.fit));
    check_rises(&at.fit->info);
    compare_case(file, name, compare_quantity, &at, counts);
    ana_hmm_decoding_free(at.decoding);
    ana_glm_hmm_free(at.fit);
    ana_glm_hmm_free(at.start);
    ana_design_free(at.design);
    ana_observations_free(at.covariates);
    ana_observations_free(at.choices);
}

void compare_glmhmm_categorical(const h5_reference *file, tally *counts)
{
    compare_groups(file, compare, counts);
}
