/* Which order and lag: candidates, the race, the choice. */
#include "lag_parts.h"
#include "order.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static void add_pair(const lag_job *job, size_t order, size_t lag, ana_lag_selection *selection)
{
    const lag_embedding at =
        lag_embedding_of(order, lag, job->options->tail, job->options->max_order);
    const bool fits = lag_fits(job->products, at, job->options->estimator);
    selection->pairs[selection->n_pairs++] =
        (ana_lag_pair){.order = order,
                       .lag = at.lag,
                       .state = fits ? ANA_LAG_DROPPED : ANA_LAG_TOO_SHORT,
                       .screening = NAN,
                       .mean = NAN,
                       .standard_error = NAN,
                       .penalty = NAN};
}

static void add_grid(const lag_job *job, ana_lag_selection *selection)
{
    add_pair(job, 1, 0, selection);
    for (size_t order = 2; order <= job->options->max_order; order++) {
        for (size_t lag = 1; lag <= job->options->max_lag; lag++) {
            add_pair(job, order, lag, selection);
        }
    }
}

/* The mean over trials, as rint rounds: to even. */
static ana_status add_embedding(const lag_job *job, ana_lag_selection *selection)
{
    ana_status status = ANA_OK;
    double order = 0.0;
    double lag = 0.0;
    ANA_TRY(lag_embed_trials(job));
    for (size_t k = 0; k < job->n_items; k++) {
        const size_t trial = job->items[k];
        selection->trial_order[k] = job->products->order[trial];
        selection->trial_lag[k] = job->products->lag[trial];
        order += (double)selection->trial_order[k] / (double)job->n_items;
        lag += rint(selection->trial_lag[k]) / (double)job->n_items;
    }
    const double most_order = (double)job->options->max_order;
    const double most_lag = (double)job->options->max_lag;
    if (rint(order) > most_order || rint(lag) > most_lag) {
        ana_warn(&job->options->run,
                 "mdop finds order %.0f at lag %.0f, beyond what is allowed: %zu and %zu are taken",
                 order, lag, job->options->max_order, job->options->max_lag);
    }
    add_pair(job, (size_t)fmin(fmax(rint(order), 1.0), most_order),
             (size_t)fmin(fmax(rint(lag), 1.0), most_lag), selection);
done:
    return status;
}

/* At each lag the order of least AIC; order 1 once. */
static ana_status add_orders(const lag_job *job, ana_lag_selection *selection)
{
    ana_status status = ANA_OK;
    const size_t n = job->options->max_order;
    bool has_first = false;
    ANA_TRY(lag_find_orders(job, selection->aic));
    for (size_t order = 1; order <= n; order++) {
        for (size_t lag = 1; lag <= job->options->max_lag; lag++) {
            const double *aic = selection->aic + (lag - 1) * n;
            size_t best = 0;
            for (size_t o = 1; o < n; o++) {
                best = aic[o] < aic[best] ? o : best; /* never of NaN */
            }
            if (best + 1 == order && !(order == 1 && has_first)) {
                has_first = has_first || order == 1;
                add_pair(job, order, lag, selection);
            }
        }
    }
done:
    return status;
}

/* Of the mean of n > 1 values. */
static double find_standard_error(size_t n, const double *values, double mean)
{
    double squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        squares += (values[i] - mean) * (values[i] - mean);
    }
    return sqrt(squares / ((double)(n - 1) * (double)n));
}

/* Mean over folds of each setting; the first of the best goes into the pair. */
static void take_scores(const lag_job *job, ana_lag_pair *pair, double *fold_scores)
{
    const size_t n_folds = job->folds->n_folds;
    const size_t n_kernels = lag_n_kernels(job->options);
    const bool is_svm = job->options->classifier == ANA_LAG_SVM;
    size_t best = 0;
    double highest = -INFINITY;
    for (size_t s = 0; s < job->n_settings; s++) {
        double mean = 0.0;
        for (size_t f = 0; f < n_folds; f++) {
            mean += job->fold_scores[s * n_folds + f] / (double)n_folds;
        }
        if (mean > highest + LAG_SAME_SCORE) {
            highest = mean;
            best = s;
        }
    }
    memcpy(fold_scores, job->fold_scores + best * n_folds, n_folds * sizeof *fold_scores);
    pair->mean = highest;
    pair->standard_error =
        n_folds > 1 ? find_standard_error(n_folds, fold_scores, highest) : (double)NAN;
    pair->penalty = is_svm ? job->penalties[best / n_kernels] : (double)NAN;
    pair->kernel = is_svm ? lag_kernel_of(job->options->kernels, best % n_kernels) : ANA_LAG_LINEAR;
}

static ana_status run_pair(const lag_job *job, bool screen, size_t p, ana_lag_selection *selection)
{
    ana_status status = ANA_OK;
    ana_lag_pair *pair = &selection->pairs[p];
    ana_lag_pair found = *pair;
    const lag_embedding at =
        lag_embedding_of(pair->order, pair->lag, job->options->tail, job->options->max_order);
    double *fold_scores = selection->fold_scores + p * selection->n_folds;
    ANA_TRY(screen ? lag_screen_pair(job, at, &found.state)
                   : lag_score_pair(job, at, &found.state));
    pair->state = found.state;
    if (found.state != ANA_LAG_SCORED) {
        goto done;
    }
    take_scores(job, &found, fold_scores);
    if (screen) {
        pair->screening = found.mean;
        pair->state = ANA_LAG_DROPPED;
    } else {
        found.screening = pair->screening;
        *pair = found;
    }
done:
    return status;
}

/* The places of the pairs that are worth a full score, the best of the screening first. */
static ana_status hold_race(const lag_job *job, ana_lag_selection *selection, ana_placed *places,
                            size_t *n_places)
{
    ana_status status = ANA_OK;
    size_t n = 0;
    for (size_t p = 0; p < selection->n_pairs; p++) {
        if (selection->pairs[p].state == ANA_LAG_DROPPED) {
            ANA_TRY(run_pair(job, true, p, selection));
        }
        if (selection->pairs[p].state == ANA_LAG_DROPPED) {
            places[n++] = (ana_placed){selection->pairs[p].screening, p};
        }
        ANA_TRY(ana_run_progress(&job->options->run, "race", p + 1, selection->n_pairs));
    }
    qsort(places, n, sizeof *places, ana_compare_falling);
    *n_places = n < job->options->n_kept ? n : job->options->n_kept;
done:
    return status;
}

static ana_status score_pairs(const lag_job *job, ana_lag_selection *selection)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t n = 0;
    ana_placed *places = ana_workspace_bytes(&workspace, selection->n_pairs, 1, sizeof *places);
    ANA_TRY(ana_workspace_check(&workspace, "lags"));
    if (selection->raced) {
        ANA_TRY(hold_race(job, selection, places, &n));
    } else {
        for (size_t p = 0; p < selection->n_pairs; p++) {
            if (selection->pairs[p].state == ANA_LAG_DROPPED) {
                places[n++] = (ana_placed){0.0, p};
            }
        }
    }
    for (size_t k = 0; k < n; k++) {
        ANA_TRY(run_pair(job, false, places[k].index, selection));
        ANA_TRY(ana_run_progress(&job->options->run, "pairs of order and lag", k + 1, n));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Pairs stand by order, then lag: the first of equal ones is the smallest. */
static ana_status choose(ana_lag_selection *selection)
{
    size_t best = selection->n_pairs;
    double highest = -INFINITY;
    for (size_t p = 0; p < selection->n_pairs; p++) {
        const ana_lag_pair *pair = &selection->pairs[p];
        if (pair->state == ANA_LAG_SCORED && pair->mean > highest + LAG_SAME_SCORE) {
            highest = pair->mean;
            best = p;
        }
    }
    if (best == selection->n_pairs) {
        const ana_lag_pair *first = &selection->pairs[0];
        if (first->state == ANA_LAG_TOO_SHORT) {
            return ana_fail(ANA_ERR_VALUE,
                            "lags: trials of %zu samples are too short for order %zu, lag %zu of "
                            "%zu channels, and for all other pairs; longer trials, fewer channels "
                            "or a shrunk estimator would help",
                            selection->n_times, first->order, first->lag, selection->n_channels);
        }
        return ana_fail_in(ANA_ERR_VALUE, "lags: no pair of order and lag can be scored: ");
    }
    selection->best = best;
    return ANA_OK;
}

static void blank_scores(ana_lag_selection *selection)
{
    for (size_t e = 0; e < selection->n_pairs * selection->n_folds; e++) {
        selection->fold_scores[e] = NAN;
    }
}

ana_status ana_lag_selection_fit(ana_lag_products *products, const size_t *items, size_t n_items,
                                 const ana_folds *folds, const ana_lag_options *options,
                                 ana_lag_selection **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_lag_selection *selection = NULL;
    ana_folds *made = NULL;
    const double start = omp_get_wtime();
    const ana_lag_options chosen = options != NULL ? *options : ana_lag_options_default();
    lag_job job = {.products = products, .options = &chosen};
    ANA_TRY(lag_open_job(items, n_items, folds, &workspace, &made, &job));
    ANA_TRY(lag_selection_new(&job, &selection));
    job.n_vectors = selection->n_vectors;
    job.n_values = selection->n_values;
    if (chosen.method == ANA_LAG_MDOP) {
        ANA_TRY(add_embedding(&job, selection));
    } else if (chosen.method == ANA_LAG_AIC) {
        ANA_TRY(add_orders(&job, selection));
    } else {
        add_grid(&job, selection);
    }
    blank_scores(selection);
    ANA_TRY(score_pairs(&job, selection));
    ANA_TRY(choose(selection));
    selection->seconds = omp_get_wtime() - start;
    *out = selection;
    selection = NULL;
done:
    ana_lag_selection_free(selection);
    ana_folds_free(made);
    ana_workspace_release(&workspace);
    return status;
}
