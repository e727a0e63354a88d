/* The best few features, picked inside the folds that score them. */
#include "discriminants.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/class_maps.h>
#include <analysis/models/trial_features.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* One selection at work. */
typedef struct selecting {
    const double *values; /* trials x p */
    size_t p;             /* features */
    const size_t *labels;
    size_t first;
    size_t second;
    size_t n_best;
    bool *usable;  /* p: no value is missing in any trial of the two classes */
    size_t *train; /* n_trials */
    size_t n_train;
    double *rows;    /* n_train x p, then n_train x n_best */
    int64_t *named;  /* n_train: 0 or 1 */
    double *mean;    /* n_best */
    double *scale;   /* n_best */
    double *weights; /* 2 x n_best */
    double bias;
} selecting;

static bool is_of(const selecting *work, size_t trial)
{
    return work->labels[trial] == work->first || work->labels[trial] == work->second;
}

static size_t find_usable(selecting *work, size_t n_trials, size_t *n_of)
{
    size_t n_usable = 0;
    *n_of = 0;
    memset(work->usable, true, work->p * sizeof *work->usable);
    for (size_t i = 0; i < n_trials; i++) {
        *n_of += is_of(work, i) ? 1 : 0;
        for (size_t f = 0; f < work->p && is_of(work, i); f++) {
            work->usable[f] = work->usable[f] && isfinite(work->values[i * work->p + f]);
        }
    }
    for (size_t f = 0; f < work->p; f++) {
        n_usable += work->usable[f] ? 1 : 0;
    }
    return n_usable;
}

/* The training trials of the two classes, their rows and names. */
static void gather_training(selecting *work, const ana_folds *folds, size_t fold)
{
    size_t n = 0;
    ana_folds_train(folds, fold, work->train, &work->n_train);
    for (size_t i = 0; i < work->n_train; i++) {
        const size_t trial = work->train[i];
        if (is_of(work, trial)) {
            memcpy(work->rows + n * work->p, work->values + trial * work->p,
                   work->p * sizeof *work->rows);
            work->named[n] = work->labels[trial] == work->second ? 1 : 0;
            work->train[n++] = trial;
        }
    }
    work->n_train = n;
}

/* The n_best usable features of the largest r2; a feature that does not vary comes last. */
static void pick_best(const selecting *work, double *r2, size_t *picked)
{
    for (size_t k = 0; k < work->n_best; k++) {
        size_t best = work->p;
        for (size_t f = 0; f < work->p; f++) {
            const double value = isnan(r2[f]) ? 0.0 : r2[f];
            const bool better = best == work->p || value > r2[best];
            if (work->usable[f] && r2[f] >= -0.5 && better) {
                best = f;
                r2[f] = value;
            }
        }
        picked[k] = best;
        r2[best] = -1.0; /* taken */
    }
}

/* Means and deviations of the picked features in training. */
static void find_scales(selecting *work, const size_t *picked, double *column)
{
    for (size_t k = 0; k < work->n_best; k++) {
        for (size_t i = 0; i < work->n_train; i++) {
            column[i] = work->values[work->train[i] * work->p + picked[k]];
        }
        const double variance = ana_stats_variance(work->n_train, column, 1);
        work->mean[k] = ana_stats_mean(work->n_train, column);
        work->scale[k] = variance > 0.0 ? sqrt(variance) : 1.0;
    }
}

static void standardise(const selecting *work, size_t trial, const size_t *picked, double *out)
{
    for (size_t k = 0; k < work->n_best; k++) {
        const double value = work->values[trial * work->p + picked[k]];
        out[k] = (value - work->mean[k]) / work->scale[k];
    }
}

/* The discriminant of the picked features, classes weighing alike. */
static ana_status fit_discriminant(selecting *work, const size_t *picked)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double n_in[2] = {0.0, 0.0};
    double bias[2];
    size_t *groups = ana_workspace_sizes(&workspace, work->n_train, 1);
    double *column = ana_workspace_doubles(&workspace, work->n_train, 1);
    ANA_TRY(ana_workspace_check(&workspace, "feature selection"));
    find_scales(work, picked, column);
    for (size_t i = 0; i < work->n_train; i++) {
        groups[i] = (size_t)work->named[i];
        n_in[groups[i]] += 1.0;
        standardise(work, work->train[i], picked, work->rows + i * work->n_best);
    }
    const ana_grouped_rows rows = {.n = work->n_train,
                                   .d = work->n_best,
                                   .x = work->rows,
                                   .n_groups = 2,
                                   .groups = groups,
                                   .n_in = n_in};
    const ana_discriminant_options options = {
        .what = "feature selection", .shrinkage = -1.0, .n_features = work->n_best};
    ANA_TRY(ana_discriminants_fit(&rows, &options, work->weights, bias));
    work->bias = bias[1] - bias[0] - log(n_in[1] / n_in[0]);
done:
    ana_workspace_release(&workspace);
    return status;
}

static double score_of(const selecting *work, size_t trial, const size_t *picked, double *room)
{
    double score = work->bias;
    standardise(work, trial, picked, room);
    for (size_t k = 0; k < work->n_best; k++) {
        score += room[k] * (work->weights[work->n_best + k] - work->weights[k]);
    }
    return score;
}

static ana_status run_fold(selecting *work, const ana_folds *folds, size_t fold,
                           ana_feature_selection *out)
{
    ana_status status = ANA_OK;
    ana_class_maps *maps = NULL;
    size_t *picked = out->picked + fold * work->n_best;
    size_t n_in[2] = {0, 0};
    gather_training(work, folds, fold);
    for (size_t i = 0; i < work->n_train; i++) {
        n_in[work->named[i]]++;
    }
    if (n_in[0] < 2 || n_in[1] < 2) {
        status = ana_fail(ANA_ERR_VALUE,
                          "feature selection: fold %zu trains on %zu and %zu trials of the two "
                          "classes; 2 of each are needed",
                          fold, n_in[0], n_in[1]);
        goto done;
    }
    ANA_TRY(ana_class_maps_compute(work->n_train, work->p, work->rows, work->named, 0, 1, &maps));
    pick_best(work, maps->r2, picked);
    ANA_TRY(fit_discriminant(work, picked));
    for (size_t k = 0; k < work->n_best; k++) {
        out->times_picked[picked[k]]++;
    }
    for (size_t i = 0; i < folds->folds[fold].n_test; i++) {
        const size_t trial = folds->folds[fold].test[i];
        if (is_of(work, trial)) {
            out->score[trial] = score_of(work, trial, picked, work->rows);
        }
    }
done:
    ana_class_maps_free(maps);
    return status;
}

/* Area under the ROC of the trials that a fold tests: wins of the second class over the first,
 * ties half. NaN when it tests one class. */
static double area_of(const selecting *work, const ana_fold *fold, const double *score)
{
    double wins = 0.0;
    double pairs = 0.0;
    for (size_t i = 0; i < fold->n_test; i++) {
        for (size_t j = 0; j < fold->n_test; j++) {
            const size_t a = fold->test[i];
            const size_t b = fold->test[j];
            if (work->labels[a] == work->first && work->labels[b] == work->second) {
                pairs += 1.0;
                wins += score[b] > score[a] ? 1.0 : (score[b] == score[a] ? 0.5 : 0.0);
            }
        }
    }
    return pairs > 0.0 ? wins / pairs : (double)NAN;
}

static void sum_up(const selecting *work, const ana_folds *folds, ana_feature_selection *out)
{
    double n_of[2] = {0.0, 0.0};
    double right[2] = {0.0, 0.0};
    double areas = 0.0;
    size_t n_areas = 0;
    for (size_t k = 0; k < folds->n_folds; k++) {
        const double area = area_of(work, &folds->folds[k], out->score);
        areas += isnan(area) ? 0.0 : area;
        n_areas += isnan(area) ? 0 : 1;
    }
    for (size_t i = 0; i < folds->n_items; i++) {
        if (!isnan(out->score[i])) {
            const size_t label = work->labels[i] == work->second ? 1 : 0;
            n_of[label] += 1.0;
            right[label] += (out->score[i] > 0.0) == (label == 1) ? 1.0 : 0.0;
        }
    }
    out->n_trials = (size_t)(n_of[0] + n_of[1]);
    out->n_first = (size_t)n_of[0];
    out->n_second = (size_t)n_of[1];
    out->n_right = (size_t)(right[0] + right[1]);
    out->accuracy = (right[0] + right[1]) / (n_of[0] + n_of[1]);
    out->balanced = 0.5 * (right[0] / n_of[0] + right[1] / n_of[1]);
    out->auc = n_areas > 0 ? areas / (double)n_areas : (double)NAN;
}

static ana_status make_selection(const selecting *work, const ana_folds *folds,
                                 ana_feature_selection **out)
{
    ana_status status = ANA_OK;
    ana_feature_selection *selection = NULL;
    ANA_TRY(ana_allocate(1, sizeof *selection, "feature selection", &selection));
    selection->n_best = work->n_best;
    selection->n_folds = folds->n_folds;
    ANA_TRY(ana_allocate(folds->n_folds, work->n_best * sizeof(size_t), "feature selection",
                         &selection->picked));
    ANA_TRY(ana_allocate(work->p, sizeof(size_t), "feature selection", &selection->times_picked));
    ANA_TRY(ana_allocate(folds->n_items, sizeof(double), "feature selection", &selection->score));
    for (size_t i = 0; i < folds->n_items; i++) {
        selection->score[i] = (double)NAN;
    }
    *out = selection;
    selection = NULL;
done:
    ana_feature_selection_free(selection);
    return status;
}

static ana_status check(selecting *work, size_t n_trials, const ana_folds *folds, size_t *n_usable)
{
    size_t n_of = 0;
    if (folds->n_items != n_trials) {
        return ana_fail(ANA_ERR_VALUE, "feature selection: folds of %zu trials for %zu",
                        folds->n_items, n_trials);
    }
    *n_usable = find_usable(work, n_trials, &n_of);
    if (work->n_best == 0 || work->n_best > *n_usable) {
        return ana_fail(ANA_ERR_VALUE,
                        "feature selection: the best %zu of %zu features that have all their "
                        "values in the %zu trials; 1 to that many can be picked",
                        work->n_best, *n_usable, n_of);
    }
    return ANA_OK;
}

ana_status ana_feature_selection_score(const ana_trial_features *features, const size_t *labels,
                                       size_t first, size_t second, size_t n_best,
                                       const ana_folds *folds, ana_feature_selection **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_feature_selection *selection = NULL;
    const size_t n = features->n_trials;
    selecting work = {.values = features->values,
                      .p = features->n_channels * features->n_bins,
                      .labels = labels,
                      .first = first,
                      .second = second,
                      .n_best = n_best};
    size_t n_usable = 0;
    work.usable = ana_workspace_bytes(&workspace, work.p, 1, sizeof *work.usable);
    ANA_TRY(ana_workspace_check(&workspace, "feature selection"));
    ANA_TRY(check(&work, n, folds, &n_usable));
    work.train = ana_workspace_sizes(&workspace, n, 1);
    work.rows = ana_workspace_doubles(&workspace, n + 1, work.p);
    work.named = ana_workspace_bytes(&workspace, n, 1, sizeof *work.named);
    work.mean = ana_workspace_doubles(&workspace, n_best, 1);
    work.scale = ana_workspace_doubles(&workspace, n_best, 1);
    work.weights = ana_workspace_doubles(&workspace, n_best, 2);
    ANA_TRY(ana_workspace_check(&workspace, "feature selection"));
    ANA_TRY(make_selection(&work, folds, &selection));
    selection->n_features = n_usable;
    for (size_t k = 0; k < folds->n_folds; k++) {
        ANA_TRY(run_fold(&work, folds, k, selection));
    }
    sum_up(&work, folds, selection);
    *out = selection;
    selection = NULL;
done:
    ana_feature_selection_free(selection);
    ana_workspace_release(&workspace);
    return status;
}

void ana_feature_selection_free(ana_feature_selection *selection)
{
    if (selection != NULL) {
        free(selection->picked);
        free(selection->times_picked);
        free(selection->score);
        free(selection);
    }
}
