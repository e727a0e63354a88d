#include "glm_hmm_figures.h"

#include "glm_hmm_edges.h"
#include "picture.h"
#include "state_names.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MOST_KERNELS = 6, /* couplings whose course over the lags is drawn */
    MOST_SHARED = 40  /* units up to which covariates are drawn one by one */
};

/* What all figures read. */
typedef struct sheet {
    const ana_glm_hmm *model;
    const char *const *states;
    ana_workspace workspace;
    double *gain; /* B: sum of each function over the lags */
    size_t first_history;
    size_t first_covariate;
    size_t n_functions;
} sheet;

static const char *const *unit_labels(const ana_glm_hmm *model)
{
    return (const char *const *)model->unit_names;
}

static ana_status add_transitions(const sheet *self, ana_record *record)
{
    ana_status status = ANA_OK;
    const size_t k = self->model->n_states;
    ana_record *figure = NULL;
    ANA_TRY(ana_record_add_picture(
        record, "transitions", ANA_HINT_HEAT_MAP,
        &(ana_picture_words){
            .title = "Transitions between states",
            .caption = "Probability of the state in the next bin (column) given the state in this "
                       "bin (row).",
            .x_title = "to",
            .y_title = "from",
            .value_title = "probability"},
        &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(k, "from", k, "to"),
                                   self->model->transition, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", k, self->states));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", k, self->states));
done:
    return status;
}

/* Changes of state alone: the chance of staying would hide them. */
static ana_status add_transition_graph(sheet *self, ana_record *record)
{
    ana_status status = ANA_OK;
    const size_t k = self->model->n_states;
    ana_record *figure = NULL;
    size_t *from = ana_workspace_sizes(&self->workspace, k * k, 1);
    size_t *to = ana_workspace_sizes(&self->workspace, k * k, 1);
    double *weight = ana_workspace_doubles(&self->workspace, k * k, 1);
    size_t n = 0;
    ANA_TRY(ana_workspace_check(&self->workspace, "glm-hmm record"));
    for (size_t i = 0; i < k * k; i++) {
        if (i / k != i % k && self->model->transition[i] > 0.0) {
            from[n] = i / k;
            to[n] = i % k;
            weight[n++] = self->model->transition[i];
        }
    }
    if (n == 0) {
        goto done;
    }
    ANA_TRY(ana_record_add_picture(
        record, "transition_graph", ANA_HINT_GRAPH,
        &(ana_picture_words){
            .title = "Changes of state",
            .caption = "Probability of each change from one bin to the next; staying is left out."},
        &figure));
    ANA_TRY(ana_record_add_bool(figure, "directed", true));
    ANA_TRY(ana_record_add_sizes(figure, "from", ana_shape_1(n, "change"), from, NULL));
    ANA_TRY(ana_record_add_sizes(figure, "to", ana_shape_1(n, "change"), to, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "weight", ana_shape_1(n, "change"), weight, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", k, self->states));
done:
    return status;
}

static const double *weights_of(const sheet *self, size_t state, size_t unit, size_t source)
{
    const ana_glm_hmm *model = self->model;
    return model->coefficients + (state * model->n_units + unit) * model->n_columns +
           self->first_history + source * self->n_functions;
}

/* What one spike of the source adds to the linear predictor, all lags together. */
static double strength_of(const sheet *self, size_t state, size_t unit, size_t source)
{
    const double *weights = weights_of(self, state, unit, source);
    double sum = 0.0;
    for (size_t b = 0; b < self->n_functions; b++) {
        sum += weights[b] * self->gain[b];
    }
    return sum;
}

/* Names of the sources: the units themselves where they are as many. */
static ana_status add_edge_labels(const sheet *self, ana_record *figure)
{
    ana_status status = ANA_OK;
    const ana_glm_hmm *model = self->model;
    ANA_TRY(ana_record_add_texts(figure, "row_labels", model->n_units, unit_labels(model)));
    if (model->n_sources == model->n_units) {
        ANA_TRY(
            ana_record_add_texts(figure, "column_labels", model->n_sources, unit_labels(model)));
    }
done:
    return status;
}

static ana_status add_coupling(sheet *self, size_t state, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_glm_hmm *model = self->model;
    const size_t edges = model->n_units * model->n_sources;
    char name[48];
    char title[64];
    ana_record *figure = NULL;
    double *values = ana_workspace_doubles(&self->workspace, edges, 1);
    ANA_TRY(ana_workspace_check(&self->workspace, "glm-hmm record"));
    for (size_t e = 0; e < edges; e++) {
        values[e] = strength_of(self, state, e / model->n_sources, e % model->n_sources);
    }
    snprintf(name, sizeof name, "coupling_%zu", state + 1);
    snprintf(title, sizeof title, "Coupling in %s", self->states[state]);
    ANA_TRY(ana_record_add_picture(
        record, name, ANA_HINT_HEAT_MAP,
        &(ana_picture_words){
            .title = title,
            .caption = "What a spike of the unit in the column adds to the linear predictor of "
                       "the unit in the row, summed over the lags.",
            .x_title = "from",
            .y_title = "to",
            .value_title = "coupling"},
        &figure));
    ANA_TRY(ana_record_add_text(figure, "colours", "diverging"));
    ANA_TRY(ana_record_add_doubles(figure, "values",
                                   ana_shape_2(model->n_units, "to", model->n_sources, "from"),
                                   values, NULL));
    ANA_TRY(add_edge_labels(self, figure));
done:
    return status;
}

static ana_status add_connectome(sheet *self, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_glm_hmm *model = self->model;
    const size_t edges = model->n_units * model->n_sources;
    ana_record *figure = NULL;
    double *values = ana_workspace_doubles(&self->workspace, edges, 1);
    ANA_TRY(ana_workspace_check(&self->workspace, "glm-hmm record"));
    for (size_t e = 0; e < edges; e++) {
        const double *p = model->edge + e * ANA_EDGE_SIGNS;
        values[e] = p[ANA_EDGE_EXCITATORY] - p[ANA_EDGE_INHIBITORY];
    }
    ANA_TRY(ana_record_add_picture(
        record, "connectome", ANA_HINT_HEAT_MAP,
        &(ana_picture_words){
            .title = "Connectome",
            .caption = "Probability that the edge from column to row is excitatory, less the "
                       "probability that it is inhibitory; all states share it.",
            .x_title = "from",
            .y_title = "to",
            .value_title = "P(exc) - P(inh)"},
        &figure));
    ANA_TRY(ana_record_add_text(figure, "colours", "diverging"));
    ANA_TRY(ana_record_add_doubles(figure, "values",
                                   ana_shape_2(model->n_units, "to", model->n_sources, "from"),
                                   values, NULL));
    ANA_TRY(add_edge_labels(self, figure));
done:
    return status;
}

/* The couplings that are strongest in any state: chosen[i] = unit * M + source. */
static size_t choose_edges(const sheet *self, size_t *chosen)
{
    const ana_glm_hmm *model = self->model;
    double size[MOST_KERNELS] = {0.0};
    size_t n = 0;
    for (size_t e = 0; e < model->n_units * model->n_sources; e++) {
        double most = 0.0;
        for (size_t k = 0; k < model->n_states; k++) {
            most =
                fmax(most, fabs(strength_of(self, k, e / model->n_sources, e % model->n_sources)));
        }
        if (!(most > 0.0) || (n == MOST_KERNELS && most <= size[n - 1])) {
            continue;
        }
        size_t place = n < MOST_KERNELS ? n++ : n - 1;
        for (; place > 0 && size[place - 1] < most; place--) {
            size[place] = size[place - 1];
            chosen[place] = chosen[place - 1];
        }
        size[place] = most;
        chosen[place] = e;
    }
    return n;
}

static void draw_kernel(const sheet *self, size_t state, size_t edge, double *out)
{
    const ana_basis *basis = self->model->basis;
    const double *weights =
        weights_of(self, state, edge / self->model->n_sources, edge % self->model->n_sources);
    for (size_t l = 0; l < basis->n_lags; l++) {
        out[l] = 0.0;
        for (size_t b = 0; b < basis->n_functions; b++) {
            out[l] += weights[b] * basis->values[l * basis->n_functions + b];
        }
    }
}

static ana_status add_kernel_figure(sheet *self, size_t edge, size_t number, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_glm_hmm *model = self->model;
    const size_t n_lags = model->basis->n_lags;
    const bool timed = model->bin_s > 0.0;
    const char *source =
        model->n_sources == model->n_units ? model->unit_names[edge % model->n_sources] : "source";
    char name[48];
    char title[160];
    ana_record *figure = NULL;
    double *lags = ana_workspace_doubles(&self->workspace, n_lags, 1);
    double *lines = ana_workspace_doubles(&self->workspace, model->n_states, n_lags);
    ANA_TRY(ana_workspace_check(&self->workspace, "glm-hmm record"));
    for (size_t l = 0; l < n_lags; l++) {
        lags[l] = (double)(l + 1) * (timed ? model->bin_s : 1.0);
    }
    for (size_t k = 0; k < model->n_states; k++) {
        draw_kernel(self, k, edge, lines + k * n_lags);
    }
    snprintf(name, sizeof name, "kernel_%zu", number + 1);
    snprintf(title, sizeof title, "From %.48s to %.48s", source,
             model->unit_names[edge / model->n_sources]);
    ANA_TRY(ana_record_add_picture(
        record, name, ANA_HINT_LINE,
        &(ana_picture_words){
            .title = title,
            .caption = "What a spike adds to the linear predictor after each lag, by state: one of "
                       "the strongest couplings.",
            .x_title = "lag",
            .y_title = "coupling"},
        &figure));
    ANA_TRY(ana_record_add_text(figure, "layout", "overlaid"));
    ANA_TRY(
        ana_record_add_doubles(figure, "x", ana_shape_1(n_lags, "lag"), lags, timed ? "s" : "bin"));
    ANA_TRY(ana_record_add_doubles(
        figure, "y", ana_shape_2(model->n_states, "state", n_lags, "lag"), lines, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", model->n_states, self->states));
done:
    return status;
}

static void title_weights(const ana_glm_hmm *model, size_t unit, size_t size, char *title)
{
    if (model->n_responses == 1 && model->n_classes == 2) {
        snprintf(title, size, "What a choice depends on in each state");
    } else if (model->n_responses == 1) {
        snprintf(title, size, "What a choice of class %zu against 0 depends on", unit + 1);
    } else {
        snprintf(title, size, "Weights of %.64s", model->unit_names[unit]);
    }
}

/* Weights of what is no history: by state and covariate, for one unit. */
static ana_status add_covariates(sheet *self, size_t unit, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_glm_hmm *model = self->model;
    const size_t first = self->n_functions > 0 ? self->first_covariate : 0;
    const size_t n = model->n_columns - first;
    char name[48];
    char title[96];
    ana_record *figure = NULL;
    double *values = ana_workspace_doubles(&self->workspace, 3 * model->n_states, n);
    ANA_TRY(ana_workspace_check(&self->workspace, "glm-hmm record"));
    double *low = values + model->n_states * n;
    double *high = low + model->n_states * n;
    for (size_t i = 0; i < model->n_states * n; i++) {
        const size_t cell = (i / n * model->n_units + unit) * model->n_columns + first + i % n;
        const double error =
            isfinite(model->standard_errors[cell]) ? model->standard_errors[cell] : 0.0;
        values[i] = model->coefficients[cell];
        low[i] = values[i] - 1.96 * error;
        high[i] = values[i] + 1.96 * error;
    }
    snprintf(name, sizeof name, "covariates_%zu", unit + 1);
    title_weights(model, unit, sizeof title, title);
    ANA_TRY(ana_record_add_picture(
        record, name, ANA_HINT_BARS,
        &(ana_picture_words){
            .title = title,
            .caption = "Weight of each covariate in the linear predictor, by state, with the "
                       "interval that holds it in 95 % of cases, the states being known.",
            .x_title = "covariate",
            .y_title = "weight"},
        &figure));
    ANA_TRY(ana_record_add_doubles(
        figure, "values", ana_shape_2(model->n_states, "state", n, "covariate"), values, NULL));
    ANA_TRY(ana_record_add_doubles(
        figure, "low", ana_shape_2(model->n_states, "state", n, "covariate"), low, NULL));
    ANA_TRY(ana_record_add_doubles(
        figure, "high", ana_shape_2(model->n_states, "state", n, "covariate"), high, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n,
                                 (const char *const *)model->column_names + first));
    ANA_TRY(ana_record_add_texts(figure, "group_labels", model->n_states, self->states));
done:
    return status;
}

static ana_status add_history_figures(sheet *self, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_glm_hmm *model = self->model;
    const ana_basis *basis = model->basis;
    size_t chosen[MOST_KERNELS] = {0};
    self->gain = ana_workspace_doubles(&self->workspace, basis->n_functions, 1);
    ANA_TRY(ana_workspace_check(&self->workspace, "glm-hmm record"));
    for (size_t i = 0; i < basis->n_lags * basis->n_functions; i++) {
        self->gain[i % basis->n_functions] += basis->values[i];
    }
    for (size_t k = 0; k < model->n_states; k++) {
        ANA_TRY(add_coupling(self, k, record));
    }
    if (model->edge != NULL) {
        ANA_TRY(add_connectome(self, record));
    }
    const size_t n = choose_edges(self, chosen);
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(add_kernel_figure(self, chosen[i], i, record));
    }
done:
    return status;
}

/* How often choices ignore the predictors, in each state and for each class. */
static ana_status add_lapses(sheet *self, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_glm_hmm *model = self->model;
    const size_t n = model->n_responses * model->n_classes;
    const ana_shape shape = ana_shape_2(model->n_states, "state", n, "class");
    ana_record *figure = NULL;
    double *low = ana_workspace_doubles(&self->workspace, model->n_states, n);
    double *high = ana_workspace_doubles(&self->workspace, model->n_states, n);
    char(*labels)[64] = ana_workspace_bytes(&self->workspace, n, 1, sizeof *labels);
    const char **texts = ana_workspace_bytes(&self->workspace, n, 1, sizeof *texts);
    ANA_TRY(ana_workspace_check(&self->workspace, "glm-hmm record"));
    for (size_t i = 0; i < model->n_states * n; i++) {
        const double error = isfinite(model->lapse_errors[i]) ? model->lapse_errors[i] : 0.0;
        low[i] = fmax(model->lapse[i] - 1.96 * error, 0.0);
        high[i] = fmin(model->lapse[i] + 1.96 * error, 1.0);
    }
    for (size_t i = 0; i < n; i++) {
        snprintf(labels[i], sizeof labels[i], "class %zu", i % model->n_classes);
        texts[i] = labels[i];
    }
    ANA_TRY(ana_record_add_picture(
        record, "lapses", ANA_HINT_BARS,
        &(ana_picture_words){
            .title = "Lapses",
            .caption = "Chance of a lapse to each class, whatever the predictors say, by state, "
                       "with the interval that holds it in 95 % of cases, the states being known.",
            .x_title = "lapse to",
            .y_title = "probability"},
        &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", shape, model->lapse, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "low", shape, low, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "high", shape, high, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, texts));
    ANA_TRY(ana_record_add_texts(figure, "group_labels", model->n_states, self->states));
done:
    return status;
}

/* Weights of all units, unless they are too many; and lapses. */
static ana_status add_weights(sheet *self, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_glm_hmm *model = self->model;
    if (self->first_covariate < model->n_columns && model->n_units <= MOST_SHARED) {
        for (size_t n = 0; n < model->n_units; n++) {
            ANA_TRY(add_covariates(self, n, record));
        }
    }
    if (model->lapse != NULL) {
        ANA_TRY(add_lapses(self, record));
    }
done:
    return status;
}

ana_status ana_glm_hmm_add_figures(const ana_glm_hmm *model, ana_record *record)
{
    ana_status status = ANA_OK;
    sheet self = {.model = model};
    self.n_functions = model->basis != NULL ? model->basis->n_functions : 0;
    self.first_history = model->has_intercept ? 1 : 0;
    self.first_covariate = self.first_history + model->n_sources * self.n_functions;
    self.states = ana_state_names(&self.workspace, model->n_states);
    ANA_TRY(ana_workspace_check(&self.workspace, "glm-hmm record"));
    const bool chooses = model->n_responses > 0 && self.n_functions == 0;
    if (chooses) { /* what states of choices are: first of all */
        ANA_TRY(add_weights(&self, record));
    }
    ANA_TRY(add_transitions(&self, record));
    ANA_TRY(add_transition_graph(&self, record));
    if (self.n_functions > 0) {
        ANA_TRY(add_history_figures(&self, record));
    }
    if (!chooses) {
        ANA_TRY(add_weights(&self, record));
    }
done:
    ana_workspace_release(&self.workspace);
    return status;
}
