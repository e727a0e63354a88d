/* The EM driver's M-step, and one restart's iterations of both steps. */
#include "hmm_em.h"
#include "hmm_inputs.h"

#include <math.h>

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
