/* The two steps of the EM driver, and one restart's iterations of them. */
#include "hmm_em.h"
#include "hmm_em_moves.h"
#include "hmm_inputs.h"

#include <math.h>
#include <string.h>

bool ana_em_goes_on(const ana_em *em)
{
    ana_em_watch *watch = em->watch;
    bool cancelled = false;
#pragma omp critical(ana_em_watch)
    {
        if (!watch->cancelled &&
            ana_run_progress(watch->run, watch->what, watch->n_done, watch->n) != ANA_OK) {
            watch->cancelled = true;
        }
        cancelled = watch->cancelled;
    }
    return !cancelled;
}

static ana_status cancelled(const ana_em *em)
{
    return ana_fail(ANA_ERR_CANCELLED, "%s: cancelled", em->emission->name);
}

/* log p(row | state) of a whole sequence, block by block. */
static ana_status emissions_of_sequence(const ana_em *em, const ana_em_seat *seat,
                                        const ana_em_model *model, size_t first, size_t n)
{
    const ana_emission *emission = em->emission;
    for (size_t begin = 0; begin < n; begin += ANA_EM_BLOCK) {
        size_t n_rows = n - begin < ANA_EM_BLOCK ? n - begin : ANA_EM_BLOCK;
        if (!ana_em_goes_on(em)) {
            return cancelled(em);
        }
        ana_status status =
            emission->log_likelihood(emission->data, model->emission, first + begin, n_rows,
                                     seat->log_emission + begin * em->n_states);
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}

static void add_occupancy(size_t n, size_t n_states, const double *posterior, double *first,
                          double *occupancy)
{
    for (size_t k = 0; k < n_states; k++) {
        first[k] += posterior[k];
    }
    for (size_t t = 0; t < n; t++) {
        for (size_t k = 0; k < n_states; k++) {
            occupancy[k] += posterior[t * n_states + k];
        }
    }
}

/* The chain of one sequence; transitions driven by inputs are written to the seat. */
static ana_hmm_chain chain_of(const ana_em *em, const ana_em_seat *seat, const ana_em_model *model,
                              size_t first, size_t n)
{
    const size_t n_states = em->n_states;
    ana_hmm_chain chain = {n_states, model->initial, model->transition, 0};
    if (em->options->n_inputs > 0) {
        const ana_hmm_inputs inputs = {n_states, em->options->n_inputs, em->options->inputs,
                                       model->transition, model->input_weights};
        const ana_hmm_input_room room = {seat->logits, seat->push};
        ana_hmm_input_steps(&inputs, first, n, &room, seat->steps);
        chain.transition = seat->steps;
        chain.transition_stride = n_states * n_states;
    }
    return chain;
}

/* Posteriors and expected transitions of one sequence whose likelihoods are known. */
static ana_status smooth_sequence(const ana_em *em, const ana_em_seat *seat,
                                  const ana_em_model *model, size_t s, double *posterior,
                                  double *log_likelihood)
{
    const size_t first = em->sequence_start[s];
    const size_t n = em->sequence_start[s + 1] - first;
    if (em->options->max_duration > 0) {
        const ana_semi_chain chain = {em->n_states,   em->options->max_duration,
                                      model->initial, model->transition,
                                      seat->log_pmf,  seat->log_tail};
        return ana_semi_smooth(&chain, n, seat->log_emission, &seat->semi, posterior,
                               log_likelihood);
    }
    const ana_hmm_chain chain = chain_of(em, seat, model, first, n);
    return ana_hmm_smooth_in(&chain, n, seat->log_emission, &seat->scratch, posterior,
                             log_likelihood);
}

static ana_status expect_sequence(const ana_em *em, const ana_em_seat *seat, ana_em_model *model,
                                  size_t s)
{
    const ana_emission *emission = em->emission;
    const size_t first = em->sequence_start[s];
    const size_t n = em->sequence_start[s + 1] - first;
    double *posterior = seat->posterior + (em->keeps_all ? first * em->n_states : (size_t)0);
    double part = 0.0;
    ana_status status = emissions_of_sequence(em, seat, model, first, n);
    if (status != ANA_OK) {
        return status;
    }
    status = smooth_sequence(em, seat, model, s, posterior, &part);
    if (status != ANA_OK) {
        return ana_fail_in(status, "sequence %zu: ", s);
    }
    model->log_likelihood += part;
    ana_em_moves_pass(em, seat, s, posterior);
    add_occupancy(n, em->n_states, posterior, seat->first, model->occupancy);
    if (emission->accumulate != NULL) {
        emission->accumulate(emission->data, model->emission, first, n, posterior);
    }
    return ANA_OK;
}

/* Tables of the durations, and their sums at zero. */
static void begin_durations(const ana_em *em, const ana_em_seat *seat, const ana_em_model *model)
{
    const size_t n_states = em->n_states;
    const size_t most = em->options->max_duration;
    for (size_t k = 0; k < n_states && most > 0; k++) {
        ana_semi_durations(model->durations + 2 * k, most, seat->log_pmf + k * most,
                           seat->log_tail + k * most);
    }
    if (most > 0) {
        memset(seat->semi.steps, 0, n_states * n_states * sizeof(double));
        memset(seat->semi.first, 0, n_states * sizeof(double));
        memset(seat->semi.lasted, 0, n_states * most * sizeof(double));
        memset(seat->semi.cut, 0, n_states * most * sizeof(double));
    }
}

ana_status ana_em_expect(const ana_em *em, const ana_em_seat *seat, ana_em_model *model)
{
    const size_t n_states = em->n_states;
    memset(seat->first, 0, n_states * sizeof *seat->first);
    memset(model->occupancy, 0, n_states * sizeof *model->occupancy);
    memset(seat->scratch.sums, 0, n_states * n_states * sizeof *seat->scratch.sums);
    model->log_likelihood = 0.0;
    begin_durations(em, seat, model);
    ana_em_moves_begin(em, seat);
    ana_status status = em->emission->begin(em->emission->data, model->emission);
    for (size_t s = 0; s < em->n_sequences && status == ANA_OK; s++) {
        status = expect_sequence(em, seat, model, s);
    }
    if (em->options->max_duration > 0) {
        memcpy(seat->scratch.sums, seat->semi.steps, n_states * n_states * sizeof(double));
    }
    ana_em_moves_end(em, seat);
    return status;
}

double ana_em_pseudo_count(const ana_em_options *options, size_t i, size_t j)
{
    return options->concentration - 1.0 + (i == j ? options->stickiness : 0.0);
}

/* Whether the step was excluded from the start, not only found to be of no use on the way. */
static bool is_impossible(const ana_em *em, size_t i, size_t j)
{
    const double *start = em->options->transition;
    return (em->options->max_duration > 0 && i == j) ||
           (start != NULL && !(start[i * em->n_states + j] > 0.0));
}

/* The mode of the Dirichlet posterior; a row without any weight keeps what it was. */
static void maximise_row(size_t n, const double *weights, double *row)
{
    double sum = 0.0;
    for (size_t j = 0; j < n; j++) {
        sum += weights[j] > 0.0 ? weights[j] : 0.0;
    }
    if (!(sum > 0.0)) {
        return;
    }
    for (size_t j = 0; j < n; j++) {
        row[j] = weights[j] > 0.0 ? weights[j] / sum : 0.0;
    }
}

static ana_status maximise_durations(const ana_em *em, const ana_em_seat *seat, ana_em_model *model)
{
    const size_t most = em->options->max_duration;
    ana_status status = ANA_OK;
    for (size_t k = 0; k < em->n_states && most > 0 && status == ANA_OK; k++) {
        /* The tables are made anew by the next E-step, and are room until then. */
        status =
            ana_semi_fit_durations(most, seat->semi.lasted + k * most, seat->semi.cut + k * most,
                                   seat->log_pmf, seat->log_tail, model->durations + 2 * k);
    }
    return status;
}

ana_status ana_em_maximise(const ana_em *em, const ana_em_seat *seat, ana_em_model *model)
{
    const size_t n_states = em->n_states;
    maximise_row(n_states, seat->first, model->initial);
    for (size_t i = 0; i < n_states; i++) {
        double *weights = seat->scratch.sums + i * n_states;
        double *row = model->transition + i * n_states;
        for (size_t j = 0; j < n_states; j++) {
            weights[j] =
                is_impossible(em, i, j) ? 0.0 : weights[j] + ana_em_pseudo_count(em->options, i, j);
        }
        if (em->options->n_inputs == 0) {
            maximise_row(n_states, weights, row);
        }
    }
    ana_status status = maximise_durations(em, seat, model);
    if (status == ANA_OK && em->options->n_inputs > 0) {
        status = ana_em_maximise_inputs(em, seat, model);
    }
    if (status != ANA_OK) {
        return status;
    }
    return em->emission->maximise(em->emission->data, model->emission,
                                  em->emission->needs_posterior ? seat->posterior : NULL);
}

double ana_em_log_prior(const ana_em *em, const ana_em_model *model)
{
    const size_t n_states = em->n_states;
    double sum = 0.0;
    for (size_t i = 0; i < n_states; i++) {
        for (size_t j = 0; j < n_states; j++) {
            double power = ana_em_pseudo_count(em->options, i, j);
            double probability = model->transition[i * n_states + j];
            if (power != 0.0 && probability > 0.0) {
                sum += power * log(probability);
            }
        }
    }
    for (size_t w = 0; w < n_states * em->options->n_inputs; w++) {
        sum -= 0.5 * em->options->input_ridge * model->input_weights[w] * model->input_weights[w];
    }
    if (em->emission->log_prior != NULL) {
        sum += em->emission->log_prior(em->emission->data, model->emission);
    }
    return sum;
}

/* A fall of the objective by more than a billionth of it (or of a nat a row) is no rounding. */
static ana_status check_gain(const ana_em *em, const ana_em_model *model)
{
    const double now = model->objective;
    if (isnan(now)) {
        return ana_fail(ANA_ERR_NUMERIC, "%s: the objective is not a number after %zu iterations",
                        em->emission->name, model->n_trace - 1);
    }
    if (model->n_trace < 2) {
        return ANA_OK;
    }
    const double before = model->trace[model->n_trace - 2];
    if (now < before - 1e-9 * (fabs(before) + (double)em->n_times)) {
        return ana_fail(ANA_ERR_NUMERIC,
                        "%s: the objective fell from %.17g to %.17g in iteration %zu; it never "
                        "should",
                        em->emission->name, before, now, model->n_trace - 1);
    }
    return ANA_OK;
}

static bool has_converged(const ana_em_options *options, const ana_em_model *model)
{
    if (options->tolerance <= 0.0 || model->n_trace < 2) {
        return false;
    }
    double now = model->trace[model->n_trace - 1];
    double before = model->trace[model->n_trace - 2];
    return fabs(now - before) < options->tolerance * fabs(now);
}

ana_status ana_em_iterate(const ana_em *em, const ana_em_seat *seat, ana_em_model *model)
{
    model->n_trace = 0;
    model->converged = false;
    for (;;) {
        ana_status status = ana_em_expect(em, seat, model);
        if (status != ANA_OK) {
            return status;
        }
        model->objective = model->log_likelihood + ana_em_log_prior(em, model);
        model->trace[model->n_trace++] = model->objective;
        status = check_gain(em, model);
        model->converged = has_converged(em->options, model);
        if (status != ANA_OK || model->converged || model->n_trace > em->options->max_iterations) {
            return status;
        }
        status = ana_em_maximise(em, seat, model);
        if (status != ANA_OK) {
            return status;
        }
    }
}
