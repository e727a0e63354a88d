#include "checked.h"
#include "feature_id.h"
#include "glm_choice.h"
#include "glm_hmm_model.h"
#include "lists.h"
#include "memory.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const coupling_names[] = {"none", "self", "full", "mask", NULL};
static const char *const prior_names[] = {"free", "gaussian", "one-hot", NULL};
static const char *const self_names[] = {"edge", "free", "none", NULL};
static const char *const share_names[] = {"none", "intercept", NULL};

ana_glm_hmm_options ana_glm_hmm_options_default(void)
{
    ana_glm_hmm_options options = {
        .run = ana_run_default(),
        .n_states = 3,
        .family = {.distribution = ANA_GLM_POISSON, .link = ANA_GLM_AUTO, .dispersion = 1.0},
        .coupling = ANA_COUPLING_FULL,
        .ridge = 1.0,
        .concentration = 1.0,
        .persistence = 0.95,
        .n_restarts = 5,
        .screen_rows = 5000,
        .max_iterations = 200,
        .tolerance = 1e-8,
        .newton_steps = 1,
        .exact_columns = 128,
        .n_moves = 1,
        .input_ridge = 1.0,
    };
    return options;
}

const ana_option ana_glm_hmm_option_table[] = {
    {"states", ANA_OPTION_SIZE, offsetof(ana_glm_hmm_options, n_states), 1, 64, NULL, "K",
     "number of hidden states; 1: one linear model for all rows", false},
    {"family", ANA_OPTION_CHOICE, offsetof(ana_glm_hmm_options, family.distribution), 0, 0,
     ana_glm_distribution_names, "FAMILY",
     "distribution of a response; categorical: columns of class numbers 0, 1, ..., whose log odds "
     "to class 0 are linear",
     false},
    {"classes", ANA_OPTION_SIZE, offsetof(ana_glm_hmm_options, family.n_classes), 0,
     ANA_GLM_MOST_CLASSES, NULL, "C", "of categorical responses; 0: one more than the largest",
     false},
    {"link", ANA_OPTION_CHOICE, offsetof(ana_glm_hmm_options, family.link), 0, 0,
     ana_glm_link_names, "LINK",
     "the mean as a function of the linear predictor; auto: softplus of counts, sigmoid of "
     "bernoulli, identity of gaussian; canonical: exp of counts",
     false},
    {"dispersion", ANA_OPTION_DOUBLE, offsetof(ana_glm_hmm_options, family.dispersion), 0, 1e12,
     NULL, "SIZE", "size of the negative binomial, standard deviation of the Gaussian", false},
    {"coupling", ANA_OPTION_CHOICE, offsetof(ana_glm_hmm_options, coupling), 0, 0, coupling_names,
     "WHOSE",
     "whose past may drive a unit: nobody's, its own, everybody's, or as --coupling-mask says",
     false},
    {"prior", ANA_OPTION_CHOICE, offsetof(ana_glm_hmm_options, prior), 0, 0, prior_names, "PRIOR",
     "of the weights: free (ridge), around a mean all states share, or edges with a sign", false},
    {"self", ANA_OPTION_CHOICE, offsetof(ana_glm_hmm_options, self), 0, 0, self_names, "HOW",
     "a unit's own past: an edge like any other, weights without a sign, or left out", false},
    {"lapse", ANA_OPTION_CHOICE, offsetof(ana_glm_hmm_options, lapse), 0, 0, ana_glm_lapse_names,
     "KIND",
     "lapses: responses (bernoulli, categorical) made regardless of the predictors; how often is "
     "learned in each "
     "state; uniform: any class alike; learned: with each class's share",
     false},
    {"share", ANA_OPTION_CHOICE, offsetof(ana_glm_hmm_options, share), 0, 0, share_names, "WHAT",
     "what all states have in common: nothing, or each unit's intercept", false},
    {"dale", ANA_OPTION_BOOL, offsetof(ana_glm_hmm_options, dale), 0, 0, NULL, NULL,
     "Dale's law: all edges of a source are excitatory or inhibitory with the same probabilities",
     false},
    {"ridge", ANA_OPTION_DOUBLE, offsetof(ana_glm_hmm_options, ridge), 0, 1e12, NULL, "LAMBDA",
     "penalty of each squared weight but the intercept", false},
    {"edge-concentration", ANA_OPTION_DOUBLE, offsetof(ana_glm_hmm_options, edge_concentration), 0,
     1e9, NULL, "ALPHA", "pseudo-counts of the prior of an edge's sign; 0: learned", false},
    {"concentration", ANA_OPTION_DOUBLE, offsetof(ana_glm_hmm_options, concentration), 1, 1e9, NULL,
     "ALPHA", "Dirichlet prior of each transition row; 1: flat", false},
    {"stickiness", ANA_OPTION_DOUBLE, offsetof(ana_glm_hmm_options, stickiness), 0, 1e12, NULL,
     "KAPPA", "added to that prior's diagonal: pseudo-counts of staying", false},
    {"persistence", ANA_OPTION_DOUBLE, offsetof(ana_glm_hmm_options, persistence), 0, 1, NULL, "P",
     "probability of staying in a state at the start", false},
    {"restarts", ANA_OPTION_SIZE, offsetof(ana_glm_hmm_options, n_restarts), 1, 10000, NULL, "N",
     "starts, of which the best is kept", false},
    {"screen-rows", ANA_OPTION_SIZE, offsetof(ana_glm_hmm_options, screen_rows), 0, 1e15, NULL, "N",
     "rows on which starts are compared; 0: all", false},
    {"max-iterations", ANA_OPTION_SIZE, offsetof(ana_glm_hmm_options, max_iterations), 1, 1000000,
     NULL, "N", "iterations at most", false},
    {"tolerance", ANA_OPTION_DOUBLE, offsetof(ana_glm_hmm_options, tolerance), 0, 1, NULL, "SHARE",
     "stop when an iteration gains less than this share of the objective; 0: never", false},
    {"newton-steps", ANA_OPTION_SIZE, offsetof(ana_glm_hmm_options, newton_steps), 0, 1000, NULL,
     "N", "Newton steps of each M-step; 0: until it converges", false},
    {"exact-columns", ANA_OPTION_SIZE, offsetof(ana_glm_hmm_options, exact_columns), 0, 1e9, NULL,
     "P", "up to so many columns each unit has its own Hessian", false},
    {"split-merge", ANA_OPTION_SIZE, offsetof(ana_glm_hmm_options, n_moves), 0, 10000, NULL, "N",
     "moves the best start tries: two alike states merged, another split", false},
    {"input-ridge", ANA_OPTION_DOUBLE, offsetof(ana_glm_hmm_options, input_ridge), 1e-9, 1e12, NULL,
     "LAMBDA", "penalty of each squared weight of what drives the transitions", false},
    ANA_OPTION_END,
};

void ana_glm_hmm_free(ana_glm_hmm *model)
{
    if (model == NULL) {
        return;
    }
    ana_free_texts(model->n_units, model->unit_names);
    ana_free_texts(model->n_columns, model->column_names);
    ana_basis_free(model->basis);
    free(model->initial);
    free(model->transition);
    free(model->coefficients);
    free(model->standard_errors);
    free(model->centre);
    free(model->edge);
    free(model->state_edge);
    free(model->kernel);
    free(model->lapse);
    free(model->lapse_errors);
    free(model->input_weights);
    free(model->input_errors);
    ana_free_texts(model->n_inputs, model->input_names);
    free(model->flags);
    ana_fit_info_clear(&model->info);
    free(model);
}

static ana_status doubles(size_t n, size_t m, double **out)
{
    if (n > 0 && m > SIZE_MAX / sizeof(double) / n) {
        return ana_fail(ANA_ERR_MEMORY, "glm-hmm: %zu times %zu values are too many", n, m);
    }
    return ana_allocate(n * m, sizeof(double), "glm-hmm", out);
}

ana_status ana_glm_hmm_allocate(ana_glm_hmm *model)
{
    ana_status status = ANA_OK;
    const size_t k = model->n_states;
    const size_t cells = model->n_units * model->n_columns;
    const size_t edges = model->n_units * model->n_sources;
    const size_t functions = model->basis != NULL ? model->basis->n_functions : 0;
    ANA_TRY(doubles(k, 1, &model->initial));
    ANA_TRY(doubles(k, k, &model->transition));
    ANA_TRY(doubles(k, cells, &model->coefficients));
    ANA_TRY(doubles(k, cells, &model->standard_errors));
    ANA_TRY(ana_allocate(model->n_units, sizeof(unsigned), "glm-hmm", &model->flags));
    if (model->prior == ANA_GLM_HMM_GAUSSIAN) {
        ANA_TRY(doubles(cells, 1, &model->centre));
    }
    if (model->prior == ANA_GLM_HMM_ONE_HOT) {
        ANA_TRY(doubles(edges, ANA_EDGE_SIGNS, &model->edge));
        ANA_TRY(doubles(k * edges, ANA_EDGE_SIGNS, &model->state_edge));
        ANA_TRY(doubles(edges, functions, &model->kernel));
    }
    if (model->lapse_kind != ANA_GLM_LAPSE_NONE) {
        const size_t shares = model->n_responses * model->n_classes;
        ANA_TRY(doubles(k, shares, &model->lapse));
        ANA_TRY(doubles(k, shares, &model->lapse_errors));
    }
    if (model->n_inputs > 0) {
        ANA_TRY(doubles(k, model->n_inputs, &model->input_weights));
        ANA_TRY(doubles(k, model->n_inputs, &model->input_errors));
    }
done:
    return status;
}

ana_status ana_glm_hmm_model_new(const ana_glm_hmm_task *task, ana_glm_hmm **out)
{
    ana_status status = ANA_OK;
    ana_glm_hmm *made = NULL;
    const ana_basis *basis = ana_design_sources(task->data->design)->basis;
    ANA_TRY(ana_allocate(1, sizeof *made, "glm-hmm", &made));
    made->n_states = task->n_states;
    made->n_units = task->n_units;
    made->n_columns = task->n_columns;
    made->n_sources = task->n_sources;
    made->family = task->options->family;
    made->coupling = task->options->coupling;
    made->prior = task->options->prior;
    made->has_intercept = task->has_intercept;
    made->sigma = (double)NAN;
    made->lapse_kind = task->options->lapse;
    made->share = task->options->share;
    made->n_classes = task->n_classes;
    made->n_responses = task->n_responses;
    if (task->data->inputs != NULL) {
        ANA_TRY(ana_feature_ids(task->data->inputs, &made->input_names));
        made->n_inputs = task->data->inputs->n_features;
    }
    made->bin_s = task->data->responses->bin_s;
    if (basis != NULL) {
        ANA_TRY(ana_basis_custom(basis->n_lags, basis->n_functions, basis->values, &made->basis));
    }
    ANA_TRY(ana_glm_hmm_allocate(made));
    ANA_TRY(ana_feature_ids(task->data->responses, &made->unit_names));
    ANA_TRY(ana_allocate(made->n_columns, sizeof(char *), "glm-hmm", &made->column_names));
    for (size_t c = 0; c < made->n_columns; c++) {
        char name[256];
        ana_design_column_name(task->data->design, c, name, sizeof name);
        ANA_TRY(ana_copy_text(name, &made->column_names[c]));
    }
    *out = made;
    made = NULL;
done:
    ana_glm_hmm_free(made);
    return status;
}

/* Signs of all edges; one that is not there is none for certain. */
static void keep_edges(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                       ana_glm_hmm *model)
{
    const size_t edges = task->n_units * task->n_sources;
    memcpy(model->kernel, weights->kernel, edges * task->n_functions * sizeof(double));
    for (size_t i = 0; i < task->n_states * edges; i++) {
        const size_t unit = i % edges / task->n_sources;
        const size_t source = i % task->n_sources;
        double *shared = model->edge + i % edges * ANA_EDGE_SIGNS;
        double *own = model->state_edge + i * ANA_EDGE_SIGNS;
        if (!ana_glm_hmm_has_edge(task, unit, source)) {
            own[ANA_EDGE_NONE] = 1.0;
            shared[ANA_EDGE_NONE] = 1.0;
            continue;
        }
        const double *signs =
            weights->signs + ana_glm_hmm_group(task, unit, source) * ANA_EDGE_SIGNS;
        const ana_edge_prior prior = ana_glm_hmm_edge_prior(task, weights, i / edges, unit, source);
        const ana_edge_posterior here = ana_edge_infer(&prior, weights->slope[i]);
        memcpy(own, here.probability, sizeof here.probability);
        for (size_t c = 0; c < ANA_EDGE_SIGNS; c++) {
            shared[c] = signs[c] / (signs[0] + signs[1] + signs[2]);
        }
    }
}

static void count_observed(const ana_glm_hmm_task *task, ana_glm_hmm *model)
{
    const ana_observations *responses = task->data->responses;
    for (size_t n = 0; n < task->n_units; n++) {
        model->n_free += task->n_free[n];
    }
    for (size_t t = 0; t < responses->n_times; t++) {
        if (!ana_design_usable(task->data->design, t)) {
            continue;
        }
        model->n_rows++;
        for (size_t n = 0; n < task->n_units; n++) {
            const bool counts = task->n_classes < 3 || n % (task->n_classes - 1) == 0;
            const bool missing = isnan(responses->values[t * task->n_units + n]);
            model->n_observed += counts && !missing ? 1 : 0;
        }
    }
}

ana_status ana_glm_hmm_check_rows(const ana_glm_hmm_task *task)
{
    size_t usable = 0;
    for (size_t t = 0; t < task->data->responses->n_times; t++) {
        usable += ana_design_usable(task->data->design, t) ? 1 : 0;
    }
    if (usable < task->n_states) {
        return ana_fail(ANA_ERR_VALUE,
                        "glm-hmm: %zu rows with known history and covariates cannot show %zu "
                        "states; give more data or fewer states",
                        usable, task->n_states);
    }
    return ANA_OK;
}

double ana_glm_hmm_n_parameters(const ana_glm_hmm *model)
{
    const double k = (double)model->n_states;
    const double lapses =
        (double)(model->n_responses * ana_glm_lapse_size(model->lapse_kind, model->n_classes));
    double n = (k - 1.0) * (k + 1.0) + k * ((double)model->n_free + lapses);
    if (model->share == ANA_GLM_HMM_SHARE_INTERCEPT) {
        n -= (k - 1.0) * (double)model->n_units;
    }
    return n + (k - 1.0) * (double)model->n_inputs;
}

/* Units whose weights left every scale that data of their columns could ask for. */
static void flag_units(const ana_glm_hmm_task *task, ana_glm_hmm *model)
{
    for (size_t n = 0; n < task->n_units; n++) {
        model->flags[n] = task->silent[n] ? ANA_GLM_HMM_SILENT : 0;
        double most = 0.0;
        for (size_t i = 0; i < task->n_states * task->n_columns; i++) {
            const size_t c = i % task->n_columns;
            const size_t k = i / task->n_columns;
            const double w = model->coefficients[(k * task->n_units + n) * task->n_columns + c];
            most = fmax(most, fabs(w) * task->scale[c]);
        }
        model->flags[n] |= most > 15.0 ? ANA_GLM_HMM_SEPARATED : 0;
    }
}

void ana_glm_hmm_keep(const ana_glm_hmm_task *task, const ana_em_model *fitted, ana_glm_hmm *model)
{
    const ana_glm_hmm_weights *weights = fitted->emission;
    const size_t k = task->n_states;
    const size_t cells = task->n_units * task->n_columns;
    memcpy(model->coefficients, weights->coefficients, k * cells * sizeof(double));
    memcpy(model->initial, fitted->initial, k * sizeof(double));
    memcpy(model->transition, fitted->transition, k * k * sizeof(double));
    model->log_likelihood = fitted->log_likelihood;
    if (task->prior != ANA_GLM_HMM_FREE) {
        model->sigma = weights->spread;
    }
    if (model->lapse != NULL) {
        memcpy(model->lapse, weights->lapse,
               k * model->n_responses * model->n_classes * sizeof(double));
    }
    if (model->n_inputs > 0) {
        memcpy(model->input_weights, fitted->input_weights, k * model->n_inputs * sizeof(double));
    }
    if (task->prior == ANA_GLM_HMM_GAUSSIAN) {
        memcpy(model->centre, weights->centre, cells * sizeof(double));
    }
    if (task->prior == ANA_GLM_HMM_ONE_HOT) {
        keep_edges(task, weights, model);
    }
    count_observed(task, model);
    flag_units(task, model);
    for (size_t n = 0; n < task->n_units; n++) {
        if (model->flags[n] != 0) {
            ana_warn(&task->options->run, "glm-hmm: unit %s %s", model->unit_names[n],
                     task->silent[n] ? "has no spike: its rate is a bound, its weights are 0"
                                     : "has weights that ran away (separation): raise --ridge");
        }
    }
}
