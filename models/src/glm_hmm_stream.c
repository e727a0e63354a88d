/* A GLM-HMM bin by bin: filtering what arrives, and drawing what might. */
#include "design_parts.h"
#include "feature_id.h"
#include "glm_choice.h"
#include "glm_draw.h"
#include "hmm_inputs.h"
#include "hmm_scratch.h"
#include "memory.h"
#include "simd.h"
#include "state_names.h"
#include "try.h"

#include <analysis/models/glm_hmm.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ana_glm_hmm_stream {
    const ana_glm_hmm *model;
    ana_history history; /* unused without a basis */
    size_t n_covariates;
    size_t n_inputs; /* what drives the transitions; given after the covariates */
    bool has_begun;
    double *columns;  /* K x P x N: the model's coefficients, turned */
    double *row;      /* P */
    double *eta;      /* N */
    double *values;   /* N */
    double *emission; /* K */
    double *filtered; /* K: P(state | all bins so far) */
    double *next;     /* K: the same with the bin that is being taken */
    ana_hmm_scratch scratch;
    double *logits; /* K x K, and the next 2 x K x K and K: driven transitions */
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
    free(stream->columns);
    free(stream->row);
    free(stream->eta);
    free(stream->values);
    free(stream->emission);
    free(stream->filtered);
    free(stream->next);
    free(stream->scratch.likelihood);
    free(stream->scratch.row);
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

static ana_status turn_coefficients(const ana_glm_hmm *model, double **out)
{
    const size_t n = model->n_units;
    const size_t p = model->n_columns;
    ana_status status =
        ana_allocate(model->n_states * p * n, sizeof(double), "glm-hmm stream", out);
    for (size_t i = 0; i < model->n_states * n * p && status == ANA_OK; i++) {
        const size_t k = i / (n * p);
        (*out)[(k * p + i % p) * n + i / p % n] = model->coefficients[i];
    }
    return status;
}

/* Room for one step; that for driven transitions. */
static ana_status allocate_step(const ana_glm_hmm *model, ana_glm_hmm_stream *made)
{
    ana_status status = ANA_OK;
    const size_t n_states = model->n_states;
    const char *what = "glm-hmm stream";
    ANA_TRY(turn_coefficients(model, &made->columns));
    ANA_TRY(ana_allocate(model->n_columns, sizeof(double), what, &made->row));
    ANA_TRY(ana_allocate(model->n_units, sizeof(double), what, &made->eta));
    ANA_TRY(ana_allocate(model->n_units, sizeof(double), what, &made->values));
    ANA_TRY(ana_allocate(n_states, sizeof(double), what, &made->emission));
    ANA_TRY(ana_allocate(n_states, sizeof(double), what, &made->filtered));
    ANA_TRY(ana_allocate(n_states, sizeof(double), what, &made->next));
    ANA_TRY(ana_allocate(n_states, sizeof(double), what, &made->scratch.likelihood));
    ANA_TRY(ana_allocate(n_states, sizeof(double), what, &made->scratch.row));
    made->scratch.before = made->filtered;
    made->n_inputs = model->n_inputs;
    if (model->n_inputs > 0) {
        const size_t square = n_states * n_states;
        ANA_TRY(ana_allocate(square, sizeof(double), what, &made->logits));
        ANA_TRY(ana_allocate(square, sizeof(double), what, &made->steps));
        ANA_TRY(ana_allocate(n_states, sizeof(double), what, &made->push));
        ANA_TRY(ana_allocate(2 * model->n_inputs, sizeof(double), what, &made->recent));
    }
done:
    return status;
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
    ANA_TRY(allocate_step(model, made));
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
    for (size_t i = 0; covariates != NULL && i < stream->n_covariates; i++) {
        known = known && !isnan(covariates[i]);
        *to++ = covariates[i];
    }
    return known;
}

/* to += x * from */
ANA_CLONES
static void add_column(size_t n, double x, const double *restrict from, double *restrict to)
{
    for (size_t i = 0; i < n; i++) {
        to[i] += x * from[i];
    }
}

/* Column by column: most of a history is silence, and costs nothing. */
static void predict_eta(const ana_glm_hmm_stream *stream, size_t state, double *eta)
{
    const ana_glm_hmm *model = stream->model;
    const size_t n = model->n_units;
    const double *columns = stream->columns + state * model->n_columns * n;
    memset(eta, 0, n * sizeof *eta);
    for (size_t c = 0; c < model->n_columns; c++) {
        if (stream->row[c] != 0.0) {
            add_column(n, stream->row[c], columns + c * n, eta);
        }
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
    const ana_glm_hmm *model = stream->model;
    const double *inputs = stream->n_inputs > 0 ? covariates + stream->n_covariates : NULL;
    const ana_hmm_chain chain = {model->n_states, model->initial, transitions_into(stream, inputs),
                                 0};
    const size_t bytes = model->n_states * sizeof(double);
    double gained = 0.0;
    if (ana_hmm_forward(&chain, stream->has_begun ? 1 : 0, 1, stream->emission, &stream->scratch,
                        stream->next, &gained) != ANA_OK) {
        return ana_fail(ANA_ERR_NUMERIC,
                        "glm-hmm: this bin is impossible in every state that can be reached");
    }
    stream->has_begun = true;
    memcpy(stream->filtered, stream->next, bytes);
    memcpy(filtered, stream->next, bytes);
    if (log_likelihood != NULL) {
        *log_likelihood = gained;
    }
    if (model->basis != NULL) {
        ana_history_push(&stream->history, counts);
    }
    return ANA_OK;
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
    for (size_t n = 0; n < model->n_units; n++) {
        ana_status status = ana_glm_draw(&model->family, stream->eta[n], model->unit_names[n], row,
                                         random, out + n);
        if (status != ANA_OK) {
            return status;
        }
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
    ANA_TRY(ana_state_labels(model->n_states, made));
    made->bin_s = model->bin_s;
    if (model->family.distribution == ANA_GLM_CATEGORICAL) {
        /* Indicators of classes say by their names of what. */
        ANA_TRY(ana_feature_name((const char *const *)model->unit_names, made));
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
