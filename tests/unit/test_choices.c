/* Choices: responses of several classes, lapses, shared intercepts and driven transitions, in
 * linear models and in their mixtures over states. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/glm.h>
#include <analysis/models/glm_hmm.h>
#include <analysis/models/glm_hmm_choices.h>
#include <analysis/models/glm_hmm_select.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    P = 3, /* intercept and two covariates */
    SESSIONS = 4,
};

/* Rows of choices with their covariates, and what drives the transitions. */
typedef struct trials {
    ana_observations *choices; /* as the family takes them */
    ana_observations *covariates;
    ana_observations *inputs; /* NULL: none */
    ana_observations *both;   /* covariates and inputs, for draws */
    ana_design *design;
    ana_glm_hmm_data data;
} trials;

static void set_sessions(size_t n, ana_observations *rows)
{
    size_t lengths[SESSIONS];
    for (size_t s = 0; s < SESSIONS; s++) {
        lengths[s] = n / SESSIONS;
    }
    check_ok(ana_observations_set_sequences(rows, SESSIONS, lengths, NULL));
}

/* Covariates and inputs of n rows; choices of zeros for so many units. */
static trials begin(size_t n, size_t n_units, size_t n_inputs, uint64_t seed)
{
    trials made = {0};
    ana_random random = ana_random_stream(seed, "test.choices", 0);
    check_ok(ana_observations_new(n, n_units, &made.choices));
    check_ok(ana_observations_new(n, P - 1, &made.covariates));
    check_ok(ana_observations_new(n, P - 1 + n_inputs, &made.both));
    set_sessions(n, made.choices);
    set_sessions(n, made.covariates);
    for (size_t i = 0; i < n * (P - 1); i++) {
        made.covariates->values[i] = ana_random_normal(&random);
    }
    if (n_inputs > 0) {
        check_ok(ana_observations_new(n, n_inputs, &made.inputs));
        set_sessions(n, made.inputs);
        for (size_t i = 0; i < n * n_inputs; i++) {
            made.inputs->values[i] = ana_random_normal(&random);
        }
    }
    for (size_t t = 0; t < n; t++) {
        double *row = made.both->values + t * (P - 1 + n_inputs);
        memcpy(row, made.covariates->values + t * (P - 1), (P - 1) * sizeof *row);
        for (size_t d = 0; d < n_inputs; d++) {
            row[P - 1 + d] = made.inputs->values[t * n_inputs + d];
        }
    }
    const ana_design_source source = {.covariates = made.covariates};
    check_ok(ana_design_new(&source, &made.design));
    made.data =
        (ana_glm_hmm_data){.responses = made.choices, .design = made.design, .inputs = made.inputs};
    return made;
}

static void release(trials *t)
{
    ana_design_free(t->design);
    ana_observations_free(t->choices);
    ana_observations_free(t->covariates);
    ana_observations_free(t->inputs);
    ana_observations_free(t->both);
}

static ana_glm_hmm_options options_of(ana_glm_distribution distribution, size_t n_classes,
                                      size_t n_states)
{
    ana_glm_hmm_options options = ana_glm_hmm_options_default();
    options.family.distribution = distribution;
    options.family.n_classes = n_classes;
    options.coupling = ANA_COUPLING_NONE;
    options.n_states = n_states;
    options.n_restarts = 2;
    options.n_moves = 0;
    options.max_iterations = 400;
    options.tolerance = 1e-11;
    options.input_ridge = 0.01;
    return options;
}

/* A model of these options with random weights, to draw from. */
static ana_glm_hmm *plant(const trials *t, const ana_glm_hmm_options *given, uint64_t seed)
{
    ana_glm_hmm_options options = *given;
    ana_glm_hmm *model = NULL;
    ana_random random = ana_random_stream(seed, "test.choices", 1);
    options.max_iterations = 1;
    options.n_restarts = 1;
    check_ok(ana_glm_hmm_fit(&t->data, &options, &model));
    const size_t k = model->n_states;
    for (size_t i = 0; i < k * model->n_units * P; i++) {
        model->coefficients[i] = 1.6 * ana_random_normal(&random);
        if (options.share == ANA_GLM_HMM_SHARE_INTERCEPT && i % P == 0) {
            model->coefficients[i] = 0.4 + 0.3 * (double)(i / P % model->n_units);
        }
    }
    for (size_t i = 0; i < k * k; i++) {
        model->transition[i] = k == 1 ? 1.0 : (i / k == i % k ? 0.95 : 0.05 / (double)(k - 1));
    }
    for (size_t i = 0; i < k; i++) {
        model->initial[i] = 1.0 / (double)k;
    }
    for (size_t i = 0; model->lapse != NULL && i < k * model->n_responses * model->n_classes; i++) {
        model->lapse[i] = 0.06 + (options.lapse == ANA_GLM_LAPSE_LEARNED && i % 2 == 1 ? 0.1 : 0.0);
    }
    for (size_t i = 0; i < k * model->n_inputs; i++) {
        const double size = i % model->n_inputs == 0 ? 1.2 : 0.5;
        model->input_weights[i] = i / model->n_inputs == 0 ? size : -size;
    }
    return model;
}

/* Choices drawn from the model in place of the zeros; true states into `states`, unless NULL. */
static void draw_into(trials *t, const ana_glm_hmm *model, uint64_t seed, int64_t *states)
{
    size_t lengths[SESSIONS];
    ana_observations *drawn = NULL;
    for (size_t s = 0; s < SESSIONS; s++) {
        lengths[s] = t->choices->n_times / SESSIONS;
    }
    check_ok(ana_glm_hmm_simulate(model, SESSIONS, lengths, t->both, seed, &drawn));
    memcpy(t->choices->values, drawn->values, drawn->n_times * drawn->n_features * sizeof(double));
    if (states != NULL) {
        memcpy(states, drawn->labels, drawn->n_times * sizeof *states);
    }
    ana_observations_free(drawn);
}

/* Log-likelihood less the penalties that the options ask for. */
static double objective(const trials *t, const ana_glm_hmm *model,
                        const ana_glm_hmm_options *options)
{
    double value = 0.0;
    check_ok(ana_glm_hmm_score(model, &t->data, NULL, &value));
    for (size_t i = 0; i < model->n_states * model->n_units * P; i++) {
        const double w = model->coefficients[i];
        value -= i % P == 0 ? 0.0 : 0.5 * options->ridge * w * w;
    }
    for (size_t i = 0; i < model->n_states * model->n_inputs; i++) {
        value -= 0.5 * options->input_ridge * model->input_weights[i] * model->input_weights[i];
    }
    return value;
}

static void rises(const ana_fit_info *info)
{
    for (size_t i = 1; i < info->n_trace; i++) {
        assert_true(info->trace[i] >= info->trace[i - 1] - 1e-9 * fabs(info->trace[i]));
    }
}

/* Steps in single parameters: nowhere is the objective higher. What is shared moves together; rows
 * of probabilities are moved by their log odds. */
static void nothing_near_is_better(const trials *t, ana_glm_hmm *model,
                                   const ana_glm_hmm_options *options, double slack)
{
    const double here = objective(t, model, options);
    const double steps[] = {0.02, -0.02};
    const size_t cells = model->n_states * model->n_units;
    for (size_t i = 0; i < cells * P * 2; i++) {
        double *w = model->coefficients;
        double kept[64];
        memcpy(kept, w, cells * P * sizeof *w);
        const bool shared = options->share == ANA_GLM_HMM_SHARE_INTERCEPT && i / 2 % P == 0;
        for (size_t k = 0; k < model->n_states; k++) {
            const size_t own = (k * model->n_units + i / 2 / P % model->n_units) * P + i / 2 % P;
            w[own] += shared || own == i / 2 ? steps[i % 2] : 0.0;
        }
        assert_true(objective(t, model, options) <= here + slack);
        memcpy(w, kept, cells * P * sizeof *w);
    }
    const size_t shares = model->n_states * model->n_responses * model->n_classes;
    for (size_t i = 0; model->lapse != NULL && i < 2 * shares; i++) {
        double kept[64];
        memcpy(kept, model->lapse, shares * sizeof *kept);
        const double step = model->lapse[i / 2] * steps[i % 2] + 0.1 * fabs(steps[i % 2]) * 0.01;
        const size_t first = i / 2 / model->n_classes * model->n_classes;
        for (size_t c = 0; c < model->n_classes; c++) {
            const bool moves = options->lapse == ANA_GLM_LAPSE_UNIFORM || first + c == i / 2;
            model->lapse[first + c] += moves ? step : 0.0;
        }
        assert_true(objective(t, model, options) <= here + slack);
        memcpy(model->lapse, kept, shares * sizeof *kept);
    }
    for (size_t i = 0; i < 2 * model->n_states * model->n_inputs; i++) {
        const double kept = model->input_weights[i / 2];
        model->input_weights[i / 2] += steps[i % 2];
        assert_true(objective(t, model, options) <= here + slack);
        model->input_weights[i / 2] = kept;
    }
}

static void a_response_is_worth_its_share_of_the_odds(void **state)
{
    (void)state;
    const ana_glm_family family = {.distribution = ANA_GLM_CATEGORICAL, .n_classes = 3};
    const double eta[] = {0.3, -1.1, 2.0, 0.5, 0.3, -1.1, 0.1, 0.2};
    const double y[] = {1, 0, 0, 1, 0, 0, (double)NAN, (double)NAN};
    double value[8];
    double gradient[8];
    double curvature[8];
    double mean[8];
    ana_glm_derivatives(&family, true, 8, y, eta, (ana_glm_outputs){value, gradient, curvature});
    ana_glm_mean(&family, 8, eta, mean);
    const double first = 1.0 + exp(0.3) + exp(-1.1);
    const double second = 1.0 + exp(2.0) + exp(0.5);
    const double wanted[] = {
        log(exp(0.3) / first), 0, log(exp(0.5) / second), 0, -log(first), 0, 0, 0};
    check_all_close(8, value, wanted, 1e-15, 1e-14);
    check_close(mean[0], exp(0.3) / first, 0.0, 1e-14);
    check_close(gradient[0], 1.0 - exp(0.3) / first, 0.0, 1e-14);
    check_close(gradient[1], -exp(-1.1) / first, 0.0, 1e-14);
    check_close(curvature[3], exp(0.5) / second * (1.0 - exp(0.5) / second), 0.0, 1e-14);
    check_close(gradient[6], 0.0, 0.0, 0.0);
    ana_glm_deviance(&family, 8, y, eta, value);
    check_close(value[2], -2.0 * wanted[2], 0.0, 1e-14);
}

static void class_numbers_and_indicators_are_one_another(void **state)
{
    (void)state;
    const double numbers[] = {2, 0, 1, 1, (double)NAN, 2, 0, 0};
    ana_observations *choices = NULL;
    ana_observations *indicators = NULL;
    ana_observations *back = NULL;
    size_t n = 0;
    check_ok(ana_observations_new(4, 2, &choices));
    memcpy(choices->values, numbers, sizeof numbers);
    check_ok(ana_glm_classes(choices, 0, &indicators, &n));
    assert_int_equal(n, 3);
    const double wanted[] = {0, 1, 0, 0, 1, 0, 1, 0, (double)NAN, (double)NAN, 0, 1, 0, 0, 0, 0};
    check_all_close(16, indicators->values, wanted, 0.0, 0.0);
    assert_string_equal(ana_table_find(indicators->features, "id")->texts[3], "1=2");
    check_ok(ana_glm_class_numbers(indicators, 3, &back));
    check_all_close(8, back->values, numbers, 0.0, 0.0);
    ana_observations *other = NULL;
    check_fails(ana_glm_classes(choices, 2, &other, NULL), ANA_ERR_VALUE, "row 0");
    check_fails(ana_glm_classes(choices, 1, &other, NULL), ANA_ERR_VALUE, "2 to 64");
    choices->values[3] = 0.5;
    check_fails(ana_glm_classes(choices, 0, &other, NULL), ANA_ERR_VALUE, "unit 1 is 0.5 in row 1");
    check_fails(ana_glm_class_numbers(indicators, 4, &other), ANA_ERR_SHAPE, "4 classes");
    ana_observations_free(back);
    ana_observations_free(indicators);
    ana_observations_free(choices);
}

static void responses_of_two_classes_at_once_are_refused(void **state)
{
    (void)state;
    ana_glm_family family = {.distribution = ANA_GLM_CATEGORICAL, .n_classes = 3};
    const double both[] = {1, 1};
    const double part[] = {1, (double)NAN};
    const double other[] = {2, 0};
    check_ok(ana_glm_family_check(&family));
    check_fails(ana_glm_family_check_responses(&family, 2, both), ANA_ERR_VALUE, "two classes");
    check_fails(ana_glm_family_check_responses(&family, 2, part), ANA_ERR_VALUE, "in part");
    check_fails(ana_glm_family_check_responses(&family, 2, other), ANA_ERR_VALUE, "0 or 1");
    check_fails(ana_glm_family_check_responses(&family, 1, other + 1), ANA_ERR_SHAPE, "take 2");
    family.n_classes = 1;
    check_fails(ana_glm_family_check(&family), ANA_ERR_VALUE, "2 to 64 classes");
    family.n_classes = 3;
    family.link = ANA_GLM_EXP;
    check_fails(ana_glm_family_check(&family), ANA_ERR_VALUE, "canonical");
}

/* Two classes are yes and no: two M-steps of their own arrive at one model. */
static void two_classes_are_bernoulli(void **state)
{
    (void)state;
    trials t = begin(800, 1, 0, 3);
    ana_glm_hmm_options plain = options_of(ANA_GLM_BERNOULLI, 0, 2);
    ana_glm_hmm_options both = options_of(ANA_GLM_CATEGORICAL, 2, 2);
    ana_glm_hmm *true_model = plant(&t, &plain, 3);
    ana_glm_hmm *yes = NULL;
    ana_glm_hmm *classes = NULL;
    draw_into(&t, true_model, 3, NULL);
    check_ok(ana_glm_hmm_fit(&t.data, &plain, &yes));
    check_ok(ana_glm_hmm_fit_from(&t.data, yes, &both, &classes));
    check_close(classes->log_likelihood, yes->log_likelihood, 1e-5, 0.0);
    check_all_close(2 * P, classes->coefficients, yes->coefficients, 1e-3, 0.0);
    check_all_close(2 * P, classes->standard_errors, yes->standard_errors, 1e-4, 1e-3);
    ana_glm_hmm_free(classes);
    ana_glm_hmm_free(yes);
    ana_glm_hmm_free(true_model);
    release(&t);
}

static void a_linear_model_of_choices_is_where_the_gradient_ends(void **state)
{
    (void)state;
    const size_t n = 600;
    trials t = begin(n, 2, 0, 5);
    const ana_glm_hmm_options of_truth = options_of(ANA_GLM_CATEGORICAL, 3, 1);
    ana_glm_hmm *true_model = plant(&t, &of_truth, 5);
    ana_glm *glm = NULL;
    ana_glm_options options = ana_glm_options_default();
    draw_into(&t, true_model, 5, NULL);
    t.choices->values[10] = t.choices->values[11] = (double)NAN;
    options.family = of_truth.family;
    options.ridge = 0.7;
    options.coupling = ANA_COUPLING_NONE;
    const ana_glm_data data = {.responses = t.choices, .design = t.design};
    check_ok(ana_glm_fit(&data, &options, &glm));
    assert_true(glm->info.converged);
    double gradient[2 * P] = {0.0};
    double hessian[2 * P][2 * P] = {{0.0}};
    double value = 0.0;
    double counts[3] = {0.0};
    double right = 0.0;
    for (size_t row = 0; row < n; row++) {
        const double x[P] = {1.0, t.covariates->values[2 * row], t.covariates->values[2 * row + 1]};
        const double *y = t.choices->values + 2 * row;
        double p[3] = {1.0, 1.0, 1.0};
        if (isnan(y[0])) {
            continue;
        }
        for (size_t a = 0; a < 2; a++) {
            double eta = 0.0;
            for (size_t c = 0; c < P; c++) {
                eta += glm->coefficients[a * P + c] * x[c];
            }
            p[a + 1] = exp(eta);
        }
        const double sum = p[0] + p[1] + p[2];
        const size_t chosen = y[0] == 1.0 ? 1 : (y[1] == 1.0 ? 2 : 0);
        value += log(p[chosen] / sum);
        counts[chosen] += 1.0;
        right += 1.0;
        for (size_t i = 0; i < 2 * P; i++) {
            const double own = p[i / P + 1] / sum;
            gradient[i] += ((chosen == i / P + 1 ? 1.0 : 0.0) - own) * x[i % P];
            for (size_t j = 0; j < 2 * P; j++) {
                const double other = p[j / P + 1] / sum;
                hessian[i][j] += own * ((i / P == j / P ? 1.0 : 0.0) - other) * x[i % P] * x[j % P];
            }
        }
    }
    for (size_t i = 0; i < 2 * P; i++) {
        gradient[i] -= i % P == 0 ? 0.0 : 0.7 * glm->coefficients[i];
        hessian[i][i] += i % P == 0 ? 0.0 : 0.7;
        check_close(gradient[i], 0.0, 1e-6, 0.0);
    }
    check_close(glm->log_likelihood[0], value, 0.0, 1e-12);
    check_close(glm->log_likelihood[1], 0.0, 0.0, 0.0);
    /* hessian times errors' covariance is one: the diagonal by Gauss' elimination */
    double inverse[2 * P][2 * P] = {{0.0}};
    for (size_t i = 0; i < 2 * P; i++) {
        inverse[i][i] = 1.0;
    }
    for (size_t i = 0; i < 2 * P; i++) {
        const double pivot = hessian[i][i];
        for (size_t j = 0; j < 2 * P; j++) {
            hessian[i][j] /= pivot;
            inverse[i][j] /= pivot;
        }
        for (size_t r = 0; r < 2 * P; r++) {
            const double factor = hessian[r][i];
            for (size_t j = 0; r != i && j < 2 * P; j++) {
                hessian[r][j] -= factor * hessian[i][j];
                inverse[r][j] -= factor * inverse[i][j];
            }
        }
    }
    for (size_t i = 0; i < 2 * P; i++) {
        check_close(glm->standard_errors[i], sqrt(inverse[i][i]), 0.0, 1e-6);
        check_close(glm->coefficients[i], true_model->coefficients[i],
                    4.0 * glm->standard_errors[i] + 0.1, 0.0);
    }
    double null = 0.0;
    for (size_t c = 0; c < 3; c++) {
        null += counts[c] * log(counts[c] / right);
    }
    double r2[2];
    double bits[2];
    double again[2];
    ana_glm_fit_scores(glm, &(ana_glm_scores){.pseudo_r2 = r2, .bits_per_spike = bits});
    check_close(r2[0], 1.0 - value / null, 0.0, 1e-12);
    check_close(bits[0], (value - null) / (right * log(2.0)), 0.0, 1e-12);
    check_ok(ana_glm_score(glm, &data, NULL, &(ana_glm_scores){.log_likelihood = again}));
    check_close(again[0], value, 0.0, 1e-12);
    ana_record *record = NULL;
    ana_glm *read = NULL;
    check_ok(ana_glm_to_record(glm, &record));
    check_ok(ana_record_check(record));
    ana_record *classes = (ana_record *)(uintptr_t)ana_record_find(record, "model/classes");
    const int64_t n_classes = classes->integer;
    classes->integer = 1; /* of a damaged file */
    check_fails(ana_glm_from_record(record, &read), ANA_ERR_FORMAT, "1 classes");
    classes->integer = n_classes;
    check_ok(ana_glm_from_record(record, &read));
    double *here = calloc(2 * n, sizeof *here);
    double *there = calloc(2 * n, sizeof *there);
    check_ok(ana_glm_predict(glm, &data, NULL, here));
    check_ok(ana_glm_predict(read, &data, NULL, there));
    check_all_close(2 * n, there, here, 0.0, 0.0);
    size_t length = 20;
    ana_observations *drawn = NULL;
    ana_observations *some = NULL;
    check_ok(ana_observations_new(20, 2, &some));
    check_ok(ana_glm_simulate(glm, 1, &length, some, 1, &drawn));
    check_ok(ana_glm_family_check_responses(&glm->family, 40, drawn->values));
    assert_null(drawn->labels);
    free(here);
    free(there);
    ana_observations_free(drawn);
    ana_observations_free(some);
    ana_record_free(record);
    ana_glm_free(read);
    ana_glm_free(glm);
    ana_glm_hmm_free(true_model);
    release(&t);
}

/* What one fit of choices is to be like. */
typedef struct choice_case {
    ana_glm_distribution distribution;
    size_t n_classes;
    size_t n_units;
    size_t n_states;
    ana_glm_lapse lapse;
    ana_glm_hmm_shared share;
    size_t n_inputs;
} choice_case;

static const choice_case cases[] = {
    {ANA_GLM_CATEGORICAL, 3, 2, 2, ANA_GLM_LAPSE_NONE, ANA_GLM_HMM_SHARE_NOTHING, 0},
    {ANA_GLM_BERNOULLI, 0, 1, 1, ANA_GLM_LAPSE_UNIFORM, ANA_GLM_HMM_SHARE_NOTHING, 0},
    {ANA_GLM_BERNOULLI, 0, 1, 1, ANA_GLM_LAPSE_LEARNED, ANA_GLM_HMM_SHARE_NOTHING, 0},
    {ANA_GLM_CATEGORICAL, 3, 2, 2, ANA_GLM_LAPSE_UNIFORM, ANA_GLM_HMM_SHARE_INTERCEPT, 0},
    {ANA_GLM_BERNOULLI, 0, 1, 2, ANA_GLM_LAPSE_NONE, ANA_GLM_HMM_SHARE_INTERCEPT, 2},
    {ANA_GLM_POISSON, 0, 2, 2, ANA_GLM_LAPSE_NONE, ANA_GLM_HMM_SHARE_INTERCEPT, 0},
    {ANA_GLM_BERNOULLI, 0, 2, 2, ANA_GLM_LAPSE_NONE, ANA_GLM_HMM_SHARE_NOTHING, 1},
};

static ana_glm_hmm_options options_of_case(const choice_case *c)
{
    ana_glm_hmm_options options = options_of(c->distribution, c->n_classes, c->n_states);
    options.lapse = c->lapse;
    options.share = c->share;
    return options;
}

static void every_fit_ends_where_nothing_near_is_better(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        trials t = begin(1200, cases[i].n_units, cases[i].n_inputs, 20 + i);
        ana_glm_hmm_options options = options_of_case(cases + i);
        ana_glm_hmm *true_model = plant(&t, &options, 20 + i);
        ana_glm_hmm *fit = NULL;
        draw_into(&t, true_model, 20 + i, NULL);
        check_ok(ana_glm_hmm_fit(&t.data, &options, &fit));
        rises(&fit->info);
        if (!fit->info.converged) {
            fail_msg("case %zu has not converged", i);
        }
        /* converged to 1e-11 of some 1e3 nats; what is left there is less than a step's loss */
        nothing_near_is_better(&t, fit, &options, 1e-4);
        for (size_t u = 0; u < fit->n_units && fit->share == ANA_GLM_HMM_SHARE_INTERCEPT; u++) {
            check_close(fit->coefficients[(fit->n_units + u) * P], fit->coefficients[u * P], 0.0,
                        0.0);
        }
        ana_glm_hmm_free(fit);
        ana_glm_hmm_free(true_model);
        release(&t);
    }
}

static void planted_choices_are_found_within_their_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        trials t = begin(4000, cases[i].n_units, cases[i].n_inputs, 40 + i);
        ana_glm_hmm_options options = options_of_case(cases + i);
        ana_glm_hmm *true_model = plant(&t, &options, 41 + i);
        ana_glm_hmm *fit = NULL;
        size_t partner[2] = {0, 0};
        options.tolerance = 1e-8;
        draw_into(&t, true_model, 40 + i, NULL);
        check_ok(ana_glm_hmm_fit(&t.data, &options, &fit));
        check_ok(ana_glm_hmm_match(true_model, fit, partner));
        for (size_t j = 0; j < fit->n_states * fit->n_units * P; j++) {
            const size_t cells = fit->n_units * P;
            const size_t own = partner[j / cells] * cells + j % cells;
            assert_true(fit->standard_errors[own] > 0.0);
            check_close(fit->coefficients[own], true_model->coefficients[j],
                        5.0 * fit->standard_errors[own] + 0.02, 0.0);
        }
        for (size_t j = 0; fit->lapse != NULL && j < fit->n_states * fit->n_classes; j++) {
            const size_t own = partner[j / fit->n_classes] * fit->n_classes + j % fit->n_classes;
            assert_true(fit->lapse_errors[own] > 0.0 && fit->lapse_errors[own] < 0.2);
            check_close(fit->lapse[own], true_model->lapse[j], 5.0 * fit->lapse_errors[own], 0.0);
        }
        for (size_t j = 0; j < fit->n_states * fit->n_inputs; j++) {
            const size_t own = partner[j / fit->n_inputs] * fit->n_inputs + j % fit->n_inputs;
            assert_true(fit->input_errors[own] > 0.0);
            check_close(fit->input_weights[own], true_model->input_weights[j],
                        5.0 * fit->input_errors[own] + 0.05, 0.0);
        }
        ana_glm_hmm_free(fit);
        ana_glm_hmm_free(true_model);
        release(&t);
    }
}

/* Sum over all paths of eight rows, by hand. */
static void driven_chains_with_lapses_are_sums_over_paths(void **state)
{
    (void)state;
    enum {
        ROWS = 8,
        K = 2
    };
    trials t = begin(ROWS, 1, 1, 9);
    const size_t one = ROWS;
    check_ok(ana_observations_set_sequences(t.choices, 1, &one, NULL));
    check_ok(ana_observations_set_sequences(t.inputs, 1, &one, NULL));
    for (size_t i = 0; i < ROWS; i++) {
        t.choices->values[i] = i % 3 == 0 ? 1.0 : 0.0;
    }
    ana_glm_hmm_options options = options_of(ANA_GLM_BERNOULLI, 0, K);
    options.lapse = ANA_GLM_LAPSE_LEARNED;
    ana_glm_hmm *model = plant(&t, &options, 9);
    double emission[ROWS][K];
    for (size_t i = 0; i < ROWS * K; i++) {
        const double *w = model->coefficients + i % K * P;
        const double *x = t.covariates->values + i / K * 2;
        const double p = 1.0 / (1.0 + exp(-(w[0] + w[1] * x[0] + w[2] * x[1])));
        const double *lapse = model->lapse + i % K * 2;
        const double yes = (1.0 - lapse[0] - lapse[1]) * p + lapse[1];
        emission[i / K][i % K] = t.choices->values[i / K] == 1.0 ? yes : 1.0 - yes;
    }
    double total = 0.0;
    for (size_t path = 0; path < (size_t)1 << ROWS; path++) {
        double product = 1.0;
        for (size_t r = 0; r < ROWS; r++) {
            const size_t now = path >> r & 1;
            const size_t before = r > 0 ? path >> (r - 1) & 1 : 0;
            double sum = 0.0;
            for (size_t j = 0; j < K; j++) {
                sum += model->transition[before * K + j] *
                       exp(model->input_weights[j] * t.inputs->values[r]);
            }
            product *= emission[r][now];
            product *= r == 0 ? model->initial[now]
                              : model->transition[before * K + now] *
                                    exp(model->input_weights[now] * t.inputs->values[r]) / sum;
        }
        total += product;
    }
    double score = 0.0;
    check_ok(ana_glm_hmm_score(model, &t.data, NULL, &score));
    check_close(score, log(total), 0.0, 1e-12);
    /* bin by bin, the same */
    ana_glm_hmm_stream *stream = NULL;
    double sum = 0.0;
    check_ok(ana_glm_hmm_stream_new(model, &stream));
    for (size_t r = 0; r < ROWS; r++) {
        double filtered[K];
        double gained = 0.0;
        check_ok(ana_glm_hmm_step(stream, t.choices->values + r, t.both->values + r * 3, filtered,
                                  &gained));
        sum += gained;
    }
    check_close(sum, log(total), 0.0, 1e-12);
    double filtered[K];
    const double none[3] = {0.0, 0.0, (double)NAN};
    check_fails(ana_glm_hmm_step(stream, t.choices->values, NULL, filtered, NULL), ANA_ERR_VALUE,
                "covariates");
    check_fails(ana_glm_hmm_step(stream, t.choices->values, none, filtered, NULL), ANA_ERR_VALUE,
                "not finite");
    ana_glm_hmm_stream_free(stream);
    ana_glm_hmm_free(model);
    release(&t);
}

static void records_keep_lapses_inputs_and_what_is_shared(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        trials t = begin(200, cases[i].n_units, cases[i].n_inputs, 60 + i);
        ana_glm_hmm_options options = options_of_case(cases + i);
        ana_glm_hmm *model = plant(&t, &options, 60 + i);
        ana_glm_hmm *read = NULL;
        ana_record *record = NULL;
        double here = 0.0;
        double there = 0.0;
        draw_into(&t, model, 60, NULL);
        check_ok(ana_glm_hmm_to_record(model, &record));
        check_ok(ana_record_check(record));
        check_ok(ana_glm_hmm_from_record(record, &read));
        assert_int_equal(read->share, model->share);
        assert_int_equal(read->lapse_kind, model->lapse_kind);
        check_close(ana_glm_hmm_n_parameters(read), ana_glm_hmm_n_parameters(model), 0.0, 0.0);
        check_ok(ana_glm_hmm_score(model, &t.data, NULL, &here));
        check_ok(ana_glm_hmm_score(read, &t.data, NULL, &there));
        check_close(there, here, 0.0, 0.0);
        ana_record_free(record);
        ana_glm_hmm_free(read);
        ana_glm_hmm_free(model);
        release(&t);
    }
}

static void choices_come_true_as_often_as_predicted(void **state)
{
    (void)state;
    trials t = begin(8000, 2, 0, 71);
    const ana_glm_hmm_options options = options_of(ANA_GLM_CATEGORICAL, 3, 2);
    ana_glm_hmm *model = plant(&t, &options, 71);
    ana_glm_hmm_choices found = {0};
    ana_record *record = NULL;
    draw_into(&t, model, 71, NULL);
    check_ok(ana_glm_hmm_predict_choices(model, &t.data, NULL, &found));
    check_close(found.n, 8000.0, 0.0, 0.0);
    assert_true(found.accuracy > found.null_accuracy && found.bits > 0.1);
    for (size_t b = 0; b < found.n_bins; b++) {
        const double p = found.predicted[b];
        const double error = sqrt(p * (1.0 - p) / found.n_in_bin[b]);
        assert_true(found.n_in_bin[b] > 0.0);
        check_close(found.observed[b], p, 5.0 * error, 0.0);
    }
    check_ok(ana_glm_hmm_choices_to_record(&found, &record));
    check_ok(ana_record_check(record));
    ana_record_free(record);
    model->n_responses = 0;
    check_fails(ana_glm_hmm_predict_choices(model, &t.data, NULL, &found), ANA_ERR_UNSUPPORTED,
                "choices");
    ana_glm_hmm_free(model);
    release(&t);
}

static void groups_are_held_out_together_with_their_covariates(void **state)
{
    (void)state;
    trials t = begin(1600, 1, 0, 81);
    const ana_glm_hmm_options options = options_of(ANA_GLM_BERNOULLI, 0, 2);
    ana_glm_hmm *model = plant(&t, &options, 80);
    const size_t groups[SESSIONS] = {7, 7, 2, 2};
    const ana_glm_hmm_select_data data = {.responses = t.choices, .covariates = t.covariates};
    ana_hmm_select_options selection = ana_hmm_select_options_default();
    ana_hmm_selection *found = NULL;
    draw_into(&t, model, 81, NULL);
    selection.max_states = 2;
    selection.n_folds = 2;
    selection.groups = groups;
    check_ok(ana_glm_hmm_select(&data, &options, &selection, &found));
    assert_int_equal(found->candidates[found->best].n_states, 2);
    /* the first half alone, as the fold that is trained on it sees it */
    trials half = begin(1600, 1, 0, 81);
    double score = 0.0;
    ana_glm_hmm *fit = NULL;
    for (size_t i = 0; i < 1600; i++) {
        half.choices->values[i] = i < 800 ? t.choices->values[i] : (double)NAN;
    }
    ana_glm_hmm_options one = options;
    one.n_states = 1;
    check_ok(ana_glm_hmm_fit(&half.data, &one, &fit));
    for (size_t i = 0; i < 1600; i++) {
        half.choices->values[i] = i < 800 ? (double)NAN : t.choices->values[i];
    }
    check_ok(ana_glm_hmm_score(fit, &half.data, NULL, &score));
    assert_true(is_close(found->fold_score[0], score / 800.0, 1e-9, 0.0) ||
                is_close(found->fold_score[1], score / 800.0, 1e-9, 0.0));
    ana_hmm_selection_free(found);
    selection.held_out = ANA_HMM_HOLD_BLOCKS;
    check_fails(ana_glm_hmm_select(&data, &options, &selection, &found), ANA_ERR_VALUE, "groups");
    selection.held_out = ANA_HMM_HOLD_AUTO;
    selection.n_folds = 3;
    check_fails(ana_glm_hmm_select(&data, &options, &selection, &found), ANA_ERR_VALUE, "group");
    ana_glm_hmm_free(fit);
    release(&half);
    ana_glm_hmm_free(model);
    release(&t);
}

static void what_does_not_go_together_is_refused(void **state)
{
    (void)state;
    trials t = begin(80, 1, 1, 91);
    ana_glm_hmm *fit = NULL;
    ana_glm_hmm_options options = options_of(ANA_GLM_POISSON, 0, 2);
    options.lapse = ANA_GLM_LAPSE_UNIFORM;
    check_fails(ana_glm_hmm_fit(&t.data, &options, &fit), ANA_ERR_VALUE, "lapses are of choices");
    options = options_of(ANA_GLM_BERNOULLI, 0, 2);
    options.share = ANA_GLM_HMM_SHARE_INTERCEPT;
    options.prior = ANA_GLM_HMM_GAUSSIAN;
    check_fails(ana_glm_hmm_fit(&t.data, &options, &fit), ANA_ERR_VALUE, "free prior");
    options.prior = ANA_GLM_HMM_FREE;
    const ana_design_source source = {.covariates = t.covariates, .no_intercept = true};
    ana_design *bare = NULL;
    check_ok(ana_design_new(&source, &bare));
    const ana_glm_hmm_data without = {.responses = t.choices, .design = bare};
    check_fails(ana_glm_hmm_fit(&without, &options, &fit), ANA_ERR_VALUE, "no intercept to share");
    options.share = ANA_GLM_HMM_SHARE_NOTHING;
    t.inputs->values[7] = (double)NAN;
    check_fails(ana_glm_hmm_fit(&t.data, &options, &fit), ANA_ERR_VALUE, "in row 7");
    t.inputs->values[7] = 0.0;
    t.choices->values[5] = 3.0;
    check_fails(ana_glm_hmm_fit(&t.data, &options, &fit), ANA_ERR_VALUE, "unit 0 is 3 in row 5");
    t.choices->values[5] = 0.0;
    ana_glm_hmm *model = plant(&t, &options, 91);
    ana_glm_hmm_data bereft = t.data;
    double score = 0.0;
    bereft.inputs = NULL;
    check_fails(ana_glm_hmm_score(model, &bereft, NULL, &score), ANA_ERR_SHAPE, "1 inputs");
    ana_glm *glm = NULL;
    ana_glm_options linear = ana_glm_options_default();
    const ana_glm_data data = {.responses = t.choices, .design = t.design};
    linear.family.distribution = ANA_GLM_BERNOULLI;
    linear.lapse = ANA_GLM_LAPSE_UNIFORM;
    linear.lasso = 1.0;
    check_fails(ana_glm_fit(&data, &linear, &glm), ANA_ERR_VALUE, "lasso");
    linear.lasso = 0.0;
    linear.solver = ANA_GLM_SOLVER_PCG;
    check_fails(ana_glm_fit(&data, &linear, &glm), ANA_ERR_VALUE, "exact");
    linear.solver = ANA_GLM_SOLVER_AUTO;
    const ana_glm_data weighted = {
        .responses = t.choices, .design = t.design, .weights = t.inputs->values};
    check_fails(ana_glm_fit(&weighted, &linear, &glm), ANA_ERR_VALUE, "weights");
    ana_glm_hmm_free(model);
    ana_design_free(bare);
    release(&t);
}

/* Bernoulli with nothing said of the link, a class that is never chosen, and one row of choices. */
static void defaults_and_rare_classes_have_an_answer(void **state)
{
    (void)state;
    trials t = begin(400, 2, 0, 95);
    ana_glm_hmm_options options = options_of(ANA_GLM_CATEGORICAL, 3, 2);
    ana_glm_hmm *fit = NULL;
    for (size_t i = 0; i < 400; i++) {
        t.choices->values[2 * i] = t.covariates->values[2 * i] > 0.1 ? 1.0 : 0.0;
    }
    options.max_iterations = 30;
    check_ok(ana_glm_hmm_fit(&t.data, &options, &fit));
    assert_int_equal(fit->flags[1], ANA_GLM_HMM_SILENT);
    assert_true(isfinite(fit->log_likelihood));
    rises(&fit->info);
    ana_glm_hmm_free(fit);
    options = options_of(ANA_GLM_BERNOULLI, 0, 2);
    options.max_iterations = 30;
    assert_int_equal(options.family.link, ANA_GLM_AUTO);
    check_ok(ana_glm_hmm_fit(&t.data, &options, &fit));
    assert_int_equal(fit->family.link, ANA_GLM_SIGMOID);
    ana_glm_hmm_free(fit);
    release(&t);
}

static ana_status fit_once(void *user)
{
    const trials *t = user;
    ana_glm_hmm *fit = NULL;
    ana_glm_hmm_choices found = {0};
    ana_record *record = NULL;
    ana_glm_hmm *read = NULL;
    ana_glm_hmm_options options = options_of(ANA_GLM_CATEGORICAL, 3, 2);
    options.run.n_threads = 1;
    options.lapse = ANA_GLM_LAPSE_LEARNED;
    options.share = ANA_GLM_HMM_SHARE_INTERCEPT;
    options.max_iterations = 2;
    options.n_restarts = 1;
    ana_status status = ana_glm_hmm_fit(&t->data, &options, &fit);
    status = status == ANA_OK ? ana_glm_hmm_predict_choices(fit, &t->data, &options.run, &found)
                              : status;
    status = status == ANA_OK ? ana_glm_hmm_to_record(fit, &record) : status;
    status = status == ANA_OK ? ana_glm_hmm_from_record(record, &read) : status;
    ana_record_free(record);
    ana_glm_hmm_free(read);
    ana_glm_hmm_free(fit);
    return status;
}

static ana_status convert_once(void *user)
{
    const trials *t = user;
    ana_observations *numbers = NULL;
    ana_observations *back = NULL;
    ana_status status = ana_glm_class_numbers(t->choices, 3, &numbers);
    status = status == ANA_OK ? ana_glm_classes(numbers, 3, &back, NULL) : status;
    ana_observations_free(numbers);
    ana_observations_free(back);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    trials t = begin(24, 2, 1, 99);
    for (size_t i = 0; i < 24; i++) {
        t.choices->values[2 * i + i % 2] = i % 3 == 0 ? 0.0 : 1.0;
    }
    assert_true(check_each_allocation(fit_once, &t, 0) > 0);
    assert_true(check_each_allocation(convert_once, &t, 0) > 0);
    release(&t);
}

static void bits_do_not_depend_on_the_threads(void **state)
{
    (void)state;
    trials t = begin(400, 2, 1, 97);
    ana_glm_hmm_options options = options_of(ANA_GLM_CATEGORICAL, 3, 2);
    options.lapse = ANA_GLM_LAPSE_UNIFORM;
    options.max_iterations = 10;
    ana_glm_hmm *model = plant(&t, &options, 97);
    double first[12] = {0.0};
    draw_into(&t, model, 97, NULL);
    for (size_t threads = 1; threads <= 3; threads++) {
        ana_glm_hmm *fit = NULL;
        options.run.n_threads = threads;
        check_ok(ana_glm_hmm_fit(&t.data, &options, &fit));
        if (threads == 1) {
            memcpy(first, fit->coefficients, sizeof first);
        }
        assert_memory_equal(first, fit->coefficients, sizeof first);
        ana_glm_hmm_free(fit);
    }
    ana_glm_hmm_free(model);
    release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_response_is_worth_its_share_of_the_odds),
        cmocka_unit_test(class_numbers_and_indicators_are_one_another),
        cmocka_unit_test(responses_of_two_classes_at_once_are_refused),
        cmocka_unit_test(two_classes_are_bernoulli),
        cmocka_unit_test(a_linear_model_of_choices_is_where_the_gradient_ends),
        cmocka_unit_test(every_fit_ends_where_nothing_near_is_better),
        cmocka_unit_test(planted_choices_are_found_within_their_errors),
        cmocka_unit_test(driven_chains_with_lapses_are_sums_over_paths),
        cmocka_unit_test(records_keep_lapses_inputs_and_what_is_shared),
        cmocka_unit_test(choices_come_true_as_often_as_predicted),
        cmocka_unit_test(groups_are_held_out_together_with_their_covariates),
        cmocka_unit_test(what_does_not_go_together_is_refused),
        cmocka_unit_test(defaults_and_rare_classes_have_an_answer),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
        cmocka_unit_test(bits_do_not_depend_on_the_threads),
    };
    return cmocka_run_group_tests_name("choices", tests, NULL, NULL);
}
