#include "hmm_select_parts.h"
#include "memory.h"
#include "try.h"

#include <analysis/assignment.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_hmm_select_options ana_hmm_select_options_default(void)
{
    ana_hmm_select_options options = {.run = ana_run_default(),
                                      .min_states = 1,
                                      .max_states = 6,
                                      .n_folds = 5,
                                      .held_out = ANA_HMM_HOLD_AUTO,
                                      .gap = 10};
    return options;
}

const char *const ana_hmm_held_out_names[] = {"auto", "sequences", "blocks", "speckled", NULL};

const ana_option ana_hmm_select_option_table[] = {
    {"min-states", ANA_OPTION_SIZE, offsetof(ana_hmm_select_options, min_states), 1, 64, NULL, "K",
     "fewest states tried", false},
    {"max-states", ANA_OPTION_SIZE, offsetof(ana_hmm_select_options, max_states), 1, 64, NULL, "K",
     "most states tried", false},
    {"folds", ANA_OPTION_SIZE, offsetof(ana_hmm_select_options, n_folds), 2, 1000, NULL, "N",
     "parts of the data, each held out once", false},
    {"held-out", ANA_OPTION_CHOICE, offsetof(ana_hmm_select_options, held_out), 0, 0,
     ana_hmm_held_out_names, "WHAT", "what is held out", false},
    {"gap", ANA_OPTION_SIZE, offsetof(ana_hmm_select_options, gap), 0, 1e9, NULL, "ROWS",
     "rows left out of training on either side of a block that is held out", false},
    ANA_OPTION_END,
};

static ana_status new_selection(size_t n_candidates, size_t n_folds, ana_hmm_selection **out)
{
    ana_status status = ANA_OK;
    ana_hmm_selection *made = NULL;
    ANA_TRY(ana_allocate(1, sizeof *made, "hmm select", &made));
    made->n_candidates = n_candidates;
    made->n_folds = n_folds;
    ANA_TRY(ana_allocate(n_candidates, sizeof *made->candidates, "hmm select", &made->candidates));
    ANA_TRY(ana_allocate(n_candidates * n_folds, sizeof(double), "hmm select", &made->fold_score));
    *out = made;
    made = NULL;
done:
    ana_hmm_selection_free(made);
    return status;
}

void ana_hmm_selection_free(ana_hmm_selection *selection)
{
    if (selection != NULL) {
        free(selection->candidates);
        free(selection->fold_score);
        free(selection);
    }
}

/* Mean of n values and the standard error of it. */
static void mean_and_error(size_t n, const double *values, double *mean, double *error)
{
    double sum = 0.0;
    double squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
    }
    *mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        squares += (values[i] - *mean) * (values[i] - *mean);
    }
    *error = n > 1 ? sqrt(squares / (double)(n - 1) / (double)n) : 0.0;
}

/* The best candidate, how far the others are behind, and the smallest that is near enough. */
static ana_status compare(ana_hmm_selection *selection)
{
    const size_t n_folds = selection->n_folds;
    double *difference = NULL;
    ana_status status = ana_allocate(n_folds, sizeof(double), "hmm select", &difference);
    if (status != ANA_OK) {
        return status;
    }
    for (size_t c = 0; c < selection->n_candidates; c++) {
        ana_hmm_candidate *candidate = selection->candidates + c;
        mean_and_error(n_folds, selection->fold_score + c * n_folds, &candidate->held_out,
                       &candidate->standard_error);
        if (candidate->held_out > selection->candidates[selection->best].held_out) {
            selection->best = c;
        }
    }
    const double *top = selection->fold_score + selection->best * n_folds;
    selection->chosen = selection->best;
    for (size_t c = selection->n_candidates; c-- > 0;) {
        ana_hmm_candidate *candidate = selection->candidates + c;
        for (size_t f = 0; f < n_folds; f++) {
            difference[f] =
                c == selection->best ? 0.0 : top[f] - selection->fold_score[c * n_folds + f];
        }
        mean_and_error(n_folds, difference, &candidate->behind, &candidate->behind_error);
        if (c < selection->best && candidate->behind <= candidate->behind_error) {
            selection->chosen = c;
        }
    }
    free(difference);
    return ANA_OK;
}

/* What one number of states costs in all folds and in all data. */
typedef struct job {
    const ana_hmm_select_options *options;
    ana_hmm_trial_function fit;
    void *user;
    const ana_hmm_split *splits;
    const ana_observations *all;
    ana_hmm_selection *selection;
} job;

static ana_status try_candidate(const job *work, size_t c)
{
    ana_status status = ANA_OK;
    ana_hmm_candidate *candidate = work->selection->candidates + c;
    const size_t n_folds = work->selection->n_folds;
    const size_t n_fits = work->selection->n_candidates * (n_folds + 1);
    ana_hmm_trial trial = {.n_states = work->options->min_states + c, .train = work->all};
    ana_hmm_trial_result result = {0};
    ANA_TRY(work->fit(work->user, &trial, &result));
    candidate->n_states = trial.n_states;
    candidate->log_likelihood = result.log_likelihood;
    candidate->n_parameters = result.n_parameters;
    candidate->aic = 2.0 * result.n_parameters - 2.0 * result.log_likelihood;
    candidate->bic = result.n_parameters * log(result.n_observed) - 2.0 * result.log_likelihood;
    candidate->icl = candidate->bic + 2.0 * result.entropy;
    candidate->converged = result.converged;
    trial.speckled = work->selection->held_out == ANA_HMM_HOLD_SPECKLED;
    for (size_t f = 0; f < n_folds; f++) {
        ANA_TRY(ana_run_progress(&work->options->run, "hmm select: fits", c * (n_folds + 1) + f + 1,
                                 n_fits));
        trial.train = work->splits[f].train;
        trial.test = work->splits[f].test;
        trial.train_rows = work->splits[f].train_rows;
        trial.test_rows = work->splits[f].test_rows;
        ANA_TRY(work->fit(work->user, &trial, &result));
        candidate->converged = candidate->converged && result.converged;
        work->selection->fold_score[c * n_folds + f] =
            result.held_out / (double)work->splits[f].n_rows;
    }
done:
    return status;
}

ana_status ana_hmm_select_by(const ana_observations *observations,
                             const ana_hmm_select_options *given, ana_hmm_trial_function fit,
                             void *user, ana_hmm_selection **out)
{
    ana_status status = ANA_OK;
    const ana_hmm_select_options options =
        given != NULL ? *given : ana_hmm_select_options_default();
    ana_hmm_split *splits = NULL;
    ana_hmm_selection *made = NULL;
    ANA_TRY(ana_options_check(ana_hmm_select_option_table, &options, "hmm select"));
    ANA_TRY(ana_observations_check(observations));
    if (options.max_states < options.min_states) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "hmm select: --max-states %zu is below --min-states %zu",
                         options.max_states, options.min_states));
    }
    ANA_TRY(new_selection(options.max_states - options.min_states + 1, options.n_folds, &made));
    ANA_TRY(ana_hmm_splits_new(observations, &options, &made->held_out, &splits));
    const job work = {&options, fit, user, splits, observations, made};
    for (size_t c = 0; c < made->n_candidates; c++) {
        ANA_TRY(try_candidate(&work, c));
    }
    ANA_TRY(compare(made));
    *out = made;
    made = NULL;
done:
    ana_hmm_splits_free(options.n_folds, splits);
    ana_hmm_selection_free(made);
    return status;
}

ana_status ana_hmm_match(size_t n_times, const size_t *reference, size_t n_reference,
                         const size_t *path, size_t n_states, size_t *partner, double *agreement)
{
    ana_status status = ANA_OK;
    double *cost = NULL;
    double total = 0.0;
    ANA_TRY(ana_allocate(n_states * n_reference, sizeof(double), "hmm match", &cost));
    for (size_t t = 0; t < n_times; t++) {
        if (path[t] >= n_states || reference[t] >= n_reference) {
            status =
                ana_fail(ANA_ERR_VALUE, "hmm match: row %zu has states %zu and %zu of %zu, %zu", t,
                         path[t], reference[t], n_states, n_reference);
            goto done;
        }
        cost[reference[t] * n_states + path[t]] -= 1.0;
    }
    ANA_TRY(ana_assignment_solve(n_reference, n_states, cost, partner, &total));
    if (agreement != NULL) {
        *agreement = n_times > 0 ? -total / (double)n_times : 0.0;
    }
done:
    free(cost);
    return status;
}
