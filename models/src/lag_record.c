/* A selection of order and lag as a record. */
#include "lag_parts.h"
#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <analysis/classification_scores.h>

#include <math.h>
#include <stdio.h>

static const char *const state_names[] = {"scored", "dropped by the race", "too short",
                                          "not positive definite", "mean not found"};

/* Map of the scores: order x lag; order 1, which has no lag, is the same along its row. */
static void fill_map(const ana_lag_selection *selection, bool errors, double *map)
{
    for (size_t e = 0; e < selection->max_order * selection->max_lag; e++) {
        map[e] = NAN;
    }
    for (size_t p = 0; p < selection->n_pairs; p++) {
        const ana_lag_pair *pair = &selection->pairs[p];
        const double score = pair->state == ANA_LAG_SCORED ? pair->mean : pair->screening;
        const double value = errors ? pair->standard_error : score;
        double *row = map + (pair->order - 1) * selection->max_lag;
        for (size_t lag = 1; lag <= selection->max_lag; lag++) {
            if (pair->lag == lag || pair->order == 1) {
                row[lag - 1] = value;
            }
        }
    }
}

static ana_status add_map(const ana_lag_selection *selection, const ana_picture_words *words,
                          const char *name, const double *map, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *group = NULL;
    const size_t rows = selection->max_order;
    const size_t columns = selection->max_lag;
    double *numbers = ana_workspace_doubles(&workspace, rows + columns, 1);
    ANA_TRY(ana_workspace_check(&workspace, "lags"));
    for (size_t i = 0; i < rows + columns; i++) {
        numbers[i] = (double)(i < rows ? i + 1 : i - rows + 1);
    }
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_HEAT_MAP, words, &group));
    ANA_TRY(ana_record_add_doubles(group, "values", ana_shape_2(rows, "order", columns, "lag"), map,
                                   NULL));
    ANA_TRY(
        ana_record_add_doubles(group, "x", ana_shape_1(columns, "lag"), numbers + rows, "samples"));
    ANA_TRY(ana_record_add_doubles(group, "y", ana_shape_1(rows, "order"), numbers, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_score_map(const ana_lag_selection *selection, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_lag_pair *best = &selection->pairs[selection->best];
    const size_t size = selection->max_order * selection->max_lag;
    double *map = ana_workspace_doubles(&workspace, size, 1);
    double *errors = ana_workspace_doubles(&workspace, size, 1);
    char caption[320];
    const char *metric = selection->is_auc ? "area under the curve" : "accuracy";
    const ana_picture_words words = {.title = "Scores of order and lag",
                                     .caption = caption,
                                     .x_title = "lag",
                                     .y_title = "order",
                                     .value_title = metric};
    ANA_TRY(ana_workspace_check(&workspace, "lags"));
    (void)snprintf(caption, sizeof caption,
                   "Mean %s over %zu folds of each embedding; order 1 has no lag. Chosen: order "
                   "%zu, lag %zu.%s Blank: not scored.",
                   metric, selection->n_folds, best->order, best->lag,
                   selection->raced
                       ? " Pairs that the race dropped show their score at the arithmetic mean."
                       : "");
    fill_map(selection, false, map);
    ANA_TRY(add_map(selection, &words, "score_map", map, record));
    fill_map(selection, true, errors);
    ANA_TRY(ana_record_add_doubles(
        record, "score_map_standard_error",
        ana_shape_2(selection->max_order, "order", selection->max_lag, "lag"), errors, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_pairs(const ana_lag_selection *selection, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = selection->n_pairs;
    const ana_shape shape = ana_shape_1(n, "pair");
    const bool is_svm = selection->classifier == ANA_LAG_SVM;
    size_t *sizes = ana_workspace_sizes(&workspace, n, 2);
    double *numbers = ana_workspace_doubles(&workspace, n, 4);
    const char **states = ana_workspace_bytes(&workspace, n, 2, sizeof(const char *));
    const ana_picture_words words = {.title = "Pairs of order and lag"};
    ANA_TRY(ana_workspace_check(&workspace, "lags"));
    for (size_t p = 0; p < n; p++) {
        const ana_lag_pair *pair = &selection->pairs[p];
        const bool scored = pair->state == ANA_LAG_SCORED;
        sizes[p] = pair->order;
        sizes[n + p] = pair->lag;
        numbers[p] = pair->mean;
        numbers[n + p] = pair->standard_error;
        numbers[2 * n + p] = pair->penalty;
        numbers[3 * n + p] = pair->screening;
        states[p] = state_names[pair->state];
        states[n + p] = !scored ? "" : pair->kernel == ANA_LAG_RADIAL ? "radial" : "linear";
    }
    ANA_TRY(ana_record_add_picture(record, "pairs", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_sizes(table, "order", shape, sizes, NULL));
    ANA_TRY(ana_record_add_sizes(table, "lag", shape, sizes + n, "samples"));
    ANA_TRY(ana_record_add_doubles(table, "mean", shape, numbers, NULL));
    ANA_TRY(ana_record_add_doubles(table, "standard_error", shape, numbers + n, NULL));
    if (is_svm) {
        ANA_TRY(ana_record_add_doubles(table, "penalty", shape, numbers + 2 * n, NULL));
        ANA_TRY(ana_record_add_texts(table, "kernel", n, states + n));
    }
    if (selection->raced) {
        ANA_TRY(ana_record_add_doubles(table, "screening", shape, numbers + 3 * n, NULL));
    }
    ANA_TRY(ana_record_add_texts(table, "state", n, states));
    ANA_TRY(ana_record_add_doubles(record, "fold_scores",
                                   ana_shape_2(n, "pair", selection->n_folds, "fold"),
                                   selection->fold_scores, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* What guessing scores: of an accuracy, always the name of the largest class. */
static ana_status add_chance(const ana_lag_selection *selection, ana_record *record)
{
    ana_status status = ANA_OK;
    size_t most = 0;
    for (size_t c = 0; c < selection->n_classes; c++) {
        most = selection->class_counts[c] > most ? selection->class_counts[c] : most;
    }
    const double share = (double)most / (double)selection->n_trials;
    ANA_TRY(ana_record_add_double(record, "chance", selection->is_auc ? 0.5 : share, NULL));
    if (!selection->is_auc) {
        ANA_TRY(ana_record_add_double(
            record, "chance_bound",
            ana_classification_chance_bound(selection->n_trials, share, 0.95), NULL));
    }
done:
    return status;
}

static ana_status add_choice(const ana_lag_selection *selection, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_lag_pair *best = &selection->pairs[selection->best];
    char note[400];
    if (selection->n_pairs > 1) {
        (void)snprintf(note, sizeof note,
                       "the score is the highest of %zu pairs, by which this one was chosen: new "
                       "trials score lower, and the best of many is above chance (%s) also where "
                       "all only guess; ana bci eval scores a choice inside its folds",
                       selection->n_pairs,
                       selection->is_auc ? "an area of 0.5" : "the share of the largest class");
    } else {
        (void)snprintf(note, sizeof note,
                       "the setting was chosen by this score, so that new trials score lower; ana "
                       "bci eval scores a choice inside its folds");
    }
    ANA_TRY(ana_record_add_int(record, "order", (int64_t)best->order, NULL));
    ANA_TRY(ana_record_add_int(record, "lag", (int64_t)best->lag, "samples"));
    ANA_TRY(ana_record_add_text(record, "metric", selection->is_auc ? "roc-auc" : "accuracy"));
    ANA_TRY(ana_record_add_text(record, "note", note));
    ANA_TRY(ana_record_add_double(record, "score", best->mean, NULL));
    ANA_TRY(ana_record_add_double(record, "score_standard_error", best->standard_error, NULL));
    ANA_TRY(add_chance(selection, record));
    if (selection->classifier == ANA_LAG_SVM) {
        ANA_TRY(ana_record_add_double(record, "penalty", best->penalty, NULL));
        ANA_TRY(ana_record_add_text(record, "kernel",
                                    best->kernel == ANA_LAG_RADIAL ? "radial" : "linear"));
    }
    ANA_TRY(ana_record_add_int(record, "n_trials", (int64_t)selection->n_trials, NULL));
    ANA_TRY(ana_record_add_int(record, "n_classes", (int64_t)selection->n_classes, NULL));
    ANA_TRY(ana_record_add_sizes(record, "class_counts", ana_shape_1(selection->n_classes, "class"),
                                 selection->class_counts, NULL));
    ANA_TRY(ana_record_add_int(record, "n_folds", (int64_t)selection->n_folds, NULL));
done:
    return status;
}

/* What a method found on its way. */
static ana_status add_findings(const ana_lag_selection *selection, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_shape trials = ana_shape_1(selection->n_trials, "trial");
    if (selection->aic != NULL) {
        ANA_TRY(ana_record_add_doubles(
            record, "aic", ana_shape_2(selection->max_lag, "lag", selection->max_order, "order"),
            selection->aic, "nats"));
    }
    if (selection->trial_order != NULL) {
        ANA_TRY(ana_record_add_sizes(record, "trial_order", trials, selection->trial_order, NULL));
        ANA_TRY(
            ana_record_add_doubles(record, "trial_lag", trials, selection->trial_lag, "samples"));
    }
done:
    return status;
}

ana_status ana_lag_selection_to_record(const ana_lag_selection *selection, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "lag selection"));
    ANA_TRY(ana_record_add_text(record, "title", "Order and lag of augmented covariances"));
    ANA_TRY(add_choice(selection, record));
    ANA_TRY(add_score_map(selection, record));
    ANA_TRY(add_pairs(selection, record));
    ANA_TRY(add_findings(selection, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
