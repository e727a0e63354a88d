/* A GLM-HMM bin by bin: filtering what arrives, and drawing what might. */
#include "design_parts.h"
#include "glm_choice.h"
#include "hmm_inputs.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <analysis/models/glm_hmm.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A mean that no bin of counts has: the draw is running away. */
static const double most_mean = 1e6;

struct ana_glm_hmm_stream {
    const ana_glm_hmm *model;
    ana_history history; /* unused without a basis */
    size_t n_covariates;
    size_t n_inputs; /* what drives the transitions; given after the covariates */
    bool has_begun;
    double *row;      /* P */
    double *eta;      /* N */
    double *values;   /* N */
    double *emission; /* K */
    double *before;   /* K: P(state | all bins before) */
    double *filtered; /* K */
    double *logits;   /* K x K, and the next 2 x K x K and K: driven transitions */
    double *steps;
    double *push;
    double *recent; /* 2 x inputs: of the bin before, which is not read, and of the one at hand */
};

void ana_glm_hmm_stream_free(ana_glm_hmm_stream *stream)
{
    if (stream == NULL) {
        return;
    }
    if (stream->model->basis != NULL) {
        ana_history_clear(&stream->history);
    }
    free(stream->row);
    free(stream->eta);
    free(stream->values);
    free(stream->emission);
    free(stream->before);
    free(stream->filtered);
    free(stream->logits);
    free(stream->steps);
    free(stream->push);
    free(stream->recent);
    free(stream);
}

void ana_glm_hmm_stream_restart(ana_glm_hmm_stream *stream)
{
    stream->has_begun = false;
    if (stream->model->basis != NULL) {
        ana_history_restart(&stream->history);
    }
}

ana_status ana_glm_hmm_stream_new(const ana_glm_hmm *model, ana_glm_hmm_stream **out)
{
    ana_status status = ANA_OK;
    ana_glm_hmm_stream *made = NULL;
    const size_t functions = model->basis != NULL ? model->basis->n_functions : 0;
    if (model->n_sources > 0 && model->n_sources != model->n_units) {
        ANA_TRY(ana_fail(ANA_ERR_UNSUPPORTED,
                         "glm-hmm: %zu units drive %zu others; bin by bin they have to be the same",
                         model->n_sources, model->n_units));
    }
    ANA_TRY(ana_allocate(1, sizeof *made, "glm-hmm stream", &made));
    made->model = model;
    made->n_covariates =
        model->n_columns - model->n_sources * functions - (model->has_intercept ? 1 : 0);
    if (model->basis != NULL) {
        ANA_TRY(ana_history_new(model->n_sources, model->basis, &made->history));
    }
    ANA_TRY(ana_allocate(model->n_columns, sizeof(double), "glm-hmm stream", &made->row));
    ANA_TRY(ana_allocate(model->n_units, sizeof(double), "glm-hmm stream", &made->eta));
    ANA_TRY(ana_allocate(model->n_units, sizeof(double), "glm-hmm stream", &made->values));
    ANA_TRY(ana_allocate(model->n_states, sizeof(double), "glm-hmm stream", &made->emission));
    ANA_TRY(ana_allocate(model->n_states, sizeof(double), "glm-hmm stream", &made->before));
    ANA_TRY(ana_allocate(model->n_states, sizeof(double), "glm-hmm stream", &made->filtered));
    made->n_inputs = model->n_inputs;
    if (model->n_inputs > 0) {
        const size_t square = model->n_states * model->n_states;
        ANA_TRY(ana_allocate(square, sizeof(double), "glm-hmm stream", &made->logits));
        ANA_TRY(ana_allocate(square, sizeof(double), "glm-hmm stream", &made->steps));
        ANA_TRY(ana_allocate(model->n_states, sizeof(double), "glm-hmm stream", &made->push));
        ANA_TRY(ana_allocate(2 * model->n_inputs, sizeof(double), "glm-hmm stream", &made->recent));
    }
    ana_glm_hmm_stream_restart(made);
    *out = made;
    made = NULL;
done:
    ana_glm_hmm_stream_free(made);
    return status;
}

/* The row's columns; false when they are not all known. */
static bool fill_row(ana_glm_hmm_stream *stream, const double *covariates)
{
    const ana_glm_hmm *model = stream->model;
    double *to = stream->row;
    bool known = true;
    if (model->has_intercept) {
        *to++ = 1.0;
    }
    if (model->basis != NULL) {
        const double *history = ana_history_row(&stream->history);
        known = history != NULL;
        for (size_t i = 0; i < stream->history.n_columns; i++) {
            *to++ = known ? history[i] : 0.0;
        }
    }
    for (size_t i = 0; i < stream->n_covariates; i++) {
        known = known && !isnan(covariates[i]);
        *to++ = covariates[i];
    }
    return known;
}

static void predict_eta(const ana_glm_hmm_stream *stream, size_t state, double *eta)
{
    const ana_glm_hmm *model = stream->model;
    const size_t p = model->n_columns;
    for (size_t n = 0; n < model->n_units; n++) {
        const double *own = model->coefficients + (state * model->n_units + n) * p;
        double sum = 0.0;
        for (size_t c = 0; c < p; c++) {
            sum += own[c] * stream->row[c];
        }
        eta[n] = sum;
    }
}

/* Log-likelihoods of the units in a state whose predictors are in `eta`. */
static void value_units(const ana_glm_hmm_stream *stream, size_t state, const double *counts)
{
    const ana_glm_hmm *model = stream->model;
    if (model->lapse == NULL) {
        ana_glm_log_likelihood(&model->family, model->n_units, counts, stream->eta, stream->values);
        return;
    }
    const ana_glm_choice choice = {model->n_classes, model->n_responses,
                                   model->lapse + state * model->n_responses * model->n_classes};
    ana_glm_choice_kernel(&choice, 1, counts, stream->eta,
                          &(ana_glm_outputs){.log_likelihood = stream->values});
}

static void emit(const ana_glm_hmm_stream *stream, const double *counts, bool known)
{
    const ana_glm_hmm *model = stream->model;
    for (size_t k = 0; k < model->n_states; k++) {
        double sum = 0.0;
        if (known) {
            predict_eta(stream, k, stream->eta);
            value_units(stream, k, counts);
            for (size_t n = 0; n < model->n_units; n++) {
                sum += stream->values[n];
            }
        }
        stream->emission[k] = sum;
    }
}

/* The transitions into the bin at hand, whose inputs are given. */
static const double *transitions_into(const ana_glm_hmm_stream *stream, const double *inputs)
{
    const ana_glm_hmm *model = stream->model;
    if (stream->n_inputs == 0 || inputs == NULL) {
        return model->transition;
    }
    memcpy(stream->recent + stream->n_inputs, inputs, stream->n_inputs * sizeof *inputs);
    const ana_hmm_inputs driven = {model->n_states, stream->n_inputs, stream->recent,
                                   model->transition, model->input_weights};
    const ana_hmm_input_room room = {stream->logits, stream->push};
    ana_hmm_input_steps(&driven, 0, 2, &room, stream->steps);
    return stream->steps;
}

/* P(state | all bins before). */
static void look_ahead(const ana_glm_hmm_stream *stream, const double *inputs)
{
    const ana_glm_hmm *model = stream->model;
    const size_t n_states = model->n_states;
    if (!stream->has_begun) {
        memcpy(stream->before, model->initial, n_states * sizeof(double));
        return;
    }
    const double *transition = transitions_into(stream, inputs);
    memset(stream->before, 0, n_states * sizeof(double));
    for (size_t i = 0; i < n_states; i++) {
        for (size_t j = 0; j < n_states; j++) {
            stream->before[j] += stream->filtered[i] * transition[i * n_states + j];
        }
    }
}

/* filtered = before x likelihood, normalised; the logarithm of the sum. */
static double update(const ana_glm_hmm_stream *stream)
{
    const size_t n_states = stream->model->n_states;
    double largest = -INFINITY;
    double sum = 0.0;
    for (size_t k = 0; k < n_states; k++) {
        largest = fmax(largest, stream->emission[k]);
    }
    for (size_t k = 0; k < n_states; k++) {
        stream->filtered[k] = stream->before[k] * exp(stream->emission[k] - largest);
        sum += stream->filtered[k];
    }
    for (size_t k = 0; k < n_states; k++) {
        stream->filtered[k] /= sum;
    }
    return log(sum) + largest;
}

static ana_status check_counts(const ana_glm_hmm_stream *stream, const double *counts,
                               const double *covariates)
{
    if (covariates == NULL && stream->n_covariates + stream->n_inputs > 0) {
        return ana_fail(ANA_ERR_VALUE, "glm-hmm: the model has %zu covariates, none are given",
                        stream->n_covariates + stream->n_inputs);
    }
    for (size_t d = 0; covariates != NULL && d < stream->n_inputs; d++) {
        if (!isfinite(covariates[stream->n_covariates + d])) {
            return ana_fail(ANA_ERR_VALUE, "glm-hmm: input %s of the transitions is not finite",
                            stream->model->input_names[d]);
        }
    }
    return ana_glm_family_check_responses(&stream->model->family, stream->model->n_units, counts);
}

ana_status ana_glm_hmm_step(ana_glm_hmm_stream *stream, const double *counts,
                            const double *covariates, double *filtered, double *log_likelihood)
{
    ana_status status = check_counts(stream, counts, covariates);
    if (status != ANA_OK) {
        return status;
    }
    emit(stream, counts, fill_row(stream, covariates));
    look_ahead(stream, stream->n_inputs > 0 ? covariates + stream->n_covariates : NULL);
    const double gained = update(stream);
    if (!isfinite(gained)) {
        return ana_fail(ANA_ERR_NUMERIC,
                        "glm-hmm: this bin is impossible in every state that can be reached");
    }
    stream->has_begun = true;
    memcpy(filtered, stream->filtered, stream->model->n_states * sizeof *filtered);
    if (log_likelihood != NULL) {
        *log_likelihood = gained;
    }
    if (stream->model->basis != NULL) {
        ana_history_push(&stream->history, counts);
    }
    return ANA_OK;
}

static double draw(const ana_glm_family *family, double mean, ana_random *random)
{
    if (family->distribution == ANA_GLM_GAUSSIAN) {
        return mean + family->dispersion * ana_random_normal(random);
    }
    if (family->distribution == ANA_GLM_NEGATIVE_BINOMIAL) {
        mean *= ana_random_gamma(random, family->dispersion) / family->dispersion;
    }
    return (double)ana_random_poisson(random, mean);
}

/* One row of choices: of each response one class. */
static void draw_choices(const ana_glm_hmm_stream *stream, size_t state, ana_random *random,
                         double *out)
{
    const ana_glm_hmm *model = stream->model;
    const size_t wide = model->n_classes - 1;
    const size_t shares = model->n_responses * model->n_classes;
    const ana_glm_choice choice = {model->n_classes, model->n_responses,
                                   model->lapse != NULL ? model->lapse + state * shares : NULL};
    ana_glm_choice_mean(&choice, 1, stream->eta, stream->values);
    for (size_t r = 0; r < model->n_responses; r++) {
        double rest = ana_random_uniform(random);
        for (size_t a = r * wide; a < (r + 1) * wide; a++) {
            out[a] = rest >= 0.0 && rest < stream->values[a] ? 1.0 : 0.0;
            rest -= stream->values[a];
        }
    }
}

/* One row of responses from a state. */
static ana_status draw_row(ana_glm_hmm_stream *stream, size_t state, size_t row, ana_random *random,
                           double *out)
{
    const ana_glm_hmm *model = stream->model;
    predict_eta(stream, state, stream->eta);
    if (model->n_responses > 0) {
        draw_choices(stream, state, random, out);
        return ANA_OK;
    }
    ana_glm_mean(&model->family, model->n_units, stream->eta, stream->values);
    for (size_t n = 0; n < model->n_units; n++) {
        if (!(fabs(stream->values[n]) <= most_mean)) {
            return ana_fail(ANA_ERR_NUMERIC,
                            "glm-hmm: the mean of unit %s runs away in row %zu (%s): units that "
                            "excite one another without limit; a softplus link holds them",
                            model->unit_names[n], row, ana_number(stream->values[n]).text);
        }
        out[n] = draw(&model->family, stream->values[n], random);
    }
    return ANA_OK;
}

static ana_status draw_sequence(ana_glm_hmm_stream *stream, size_t first, size_t n,
                                const ana_observations *covariates, ana_random *random,
                                ana_observations *made)
{
    const ana_glm_hmm *model = stream->model;
    size_t state = 0;
    ana_glm_hmm_stream_restart(stream);
    for (size_t t = first; t < first + n; t++) {
        const size_t wide = stream->n_covariates + stream->n_inputs;
        const double *inputs = wide > 0 ? covariates->values + t * wide : NULL;
        const double *into =
            t == first ? NULL
                       : transitions_into(
                             stream, stream->n_inputs > 0 ? inputs + stream->n_covariates : NULL);
        const double *weights = t == first ? model->initial : into + state * model->n_states;
        double *out = made->values + t * model->n_units;
        state = ana_random_categorical(random, model->n_states, weights);
        made->labels[t] = (int64_t)state;
        if (!fill_row(stream, inputs)) {
            return ana_fail(ANA_ERR_VALUE, "glm-hmm: a covariate is missing in row %zu", t);
        }
        ana_status status = draw_row(stream, state, t, random, out);
        if (status != ANA_OK) {
            return status;
        }
        if (model->basis != NULL) {
            ana_history_push(&stream->history, out);
        }
    }
    return ANA_OK;
}

/* Labels are the states. */
static ana_status label(const ana_glm_hmm *model, ana_observations *made)
{
    ana_status status = ANA_OK;
    made->bin_s = model->bin_s;
    ANA_TRY(ana_allocate(made->n_times, sizeof(int64_t), "glm-hmm simulate", &made->labels));
    ANA_TRY(ana_allocate(model->n_states, sizeof(char *), "glm-hmm simulate", &made->label_names));
    made->n_labels = model->n_states;
    for (size_t k = 0; k < model->n_states; k++) {
        char name[32];
        snprintf(name, sizeof name, "state %zu", k + 1);
        ANA_TRY(ana_copy_text(name, &made->label_names[k]));
    }
done:
    return status;
}

/* Indicators of classes say by their names of what. */
static ana_status name_units(const ana_glm_hmm *model, ana_observations *made)
{
    ana_table *table = NULL;
    ana_status status = ana_table_new(model->n_units, &table);
    if (status == ANA_OK) {
        status = ana_table_add_texts(table, "id", (const char *const *)model->unit_names);
    }
    if (status != ANA_OK) {
        ana_table_free(table);
        return status;
    }
    ana_table_free(made->features);
    made->features = table;
    return ANA_OK;
}

static ana_status check_covariates(const ana_glm_hmm_stream *stream, size_t n_times,
                                   const ana_observations *covariates)
{
    const size_t given = covariates != NULL ? covariates->n_features : 0;
    if (given != stream->n_covariates + stream->n_inputs) {
        return ana_fail(ANA_ERR_SHAPE,
                        "glm-hmm: the model has %zu covariates and %zu inputs of its transitions, "
                        "%zu are given",
                        stream->n_covariates, stream->n_inputs, given);
    }
    for (size_t i = 0; covariates != NULL && i < n_times * given; i++) {
        if (i % given >= stream->n_covariates && !isfinite(covariates->values[i])) {
            return ana_fail(
                ANA_ERR_VALUE, "glm-hmm: input %s of the transitions is not finite in row %zu",
                stream->model->input_names[i % given - stream->n_covariates], i / given);
        }
    }
    if (covariates != NULL && covariates->n_times != n_times) {
        return ana_fail(ANA_ERR_SHAPE, "glm-hmm: %zu rows to draw but %zu of covariates", n_times,
                        covariates->n_times);
    }
    return ANA_OK;
}

ana_status ana_glm_hmm_simulate(const ana_glm_hmm *model, size_t n_sequences, const size_t *lengths,
                                const ana_observations *covariates, uint64_t seed,
                                ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_glm_hmm_stream *stream = NULL;
    ana_observations *made = NULL;
    size_t n_times = 0;
    for (size_t s = 0; s < n_sequences; s++) {
        n_times += lengths[s];
    }
    ANA_TRY(ana_glm_hmm_stream_new(model, &stream));
    ANA_TRY(check_covariates(stream, n_times, covariates));
    ANA_TRY(ana_observations_new(n_times, model->n_units, &made));
    ANA_TRY(ana_observations_set_sequences(made, n_sequences, lengths, NULL));
    ANA_TRY(label(model, made));
    if (model->family.distribution == ANA_GLM_CATEGORICAL) {
        ANA_TRY(name_units(model, made));
    }
    for (size_t s = 0; s < n_sequences; s++) {
        ana_random random = ana_random_stream(seed, "glm_hmm.simulate", s);
        ANA_TRY(
            draw_sequence(stream, made->sequence_start[s], lengths[s], covariates, &random, made));
    }
    *out = made;
    made = NULL;
done:
    ana_glm_hmm_stream_free(stream);
    ana_observations_free(made);
    return status;
}
