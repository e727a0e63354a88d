/* Pictures of an evaluation: scores of pipelines, hits against false alarms, confusions. */
#include "bci_evaluation_parts.h"
#include "picture.h"
#include "try.h"

#include <analysis/classification_scores.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_CURVES = 7, /* and guessing */
    N_POINTS = 101
};

static const char *const protocol_titles[] = {"Within sessions", "On another session",
                                              "On another subject"};

/* By bci_metric names, as axes say them. */
static const char *const metric_titles[] = {
    "score", "accuracy", "balanced accuracy", "area under the ROC curve", "kappa", "MCC"};

const char *ana_bci_protocol_title(ana_bci_protocol protocol)
{
    return protocol_titles[protocol];
}

void ana_bci_record_name(const char *before, const char *name, char out[160])
{
    snprintf(out, 160, "%.20s%.128s", before, name);
    for (char *slash = strchr(out, '/'); slash != NULL; slash = strchr(slash, '/')) {
        *slash = '|';
    }
}

void ana_bci_count_tested(const ana_bci_evaluation *all, size_t p, size_t *counts)
{
    memset(counts, 0, all->n_classes * sizeof *counts);
    for (size_t i = 0; i < all->n_trials; i++) {
        counts[all->labels[i]] += all->fold_of[p][i] < all->n_folds[p];
    }
}

void ana_bci_chance_of(const ana_bci_evaluation *all, const size_t *counts, double band[2])
{
    size_t n = 0;
    size_t most = 0;
    for (size_t c = 0; c < all->n_classes; c++) {
        n += counts[c];
        most = counts[c] > most ? counts[c] : most;
    }
    const bool is_accuracy = all->metric == ANA_BCI_METRIC_ACCURACY;
    const bool is_zero =
        all->metric == ANA_BCI_METRIC_KAPPA || all->metric == ANA_BCI_METRIC_MATTHEWS;
    band[0] = is_accuracy                                       ? (double)most / (double)n
              : all->metric == ANA_BCI_METRIC_BALANCED_ACCURACY ? 1.0 / (double)all->n_classes
              : is_zero                                         ? 0.0
                                                                : 0.5;
    band[1] = is_accuracy ? ana_classification_chance_bound(n, band[0], 0.95) : band[0];
}

/* What bars, whiskers and the line of guessing are. */
static void say_bars(const ana_bci_evaluation *all, size_t p, bool is_range, size_t size,
                     char *caption)
{
    bool spread = false;
    bool chosen = false;
    for (size_t k = 0; k < all->n_pipelines; k++) {
        spread = spread || !isnan(all->pipelines[k].performances[p]->sd);
        chosen = chosen || strcmp(all->pipelines[k].name, "chosen") == 0;
    }
    snprintf(caption, size, "%s%s%s",
             spread ? "Mean over sessions, with one standard deviation." : "Of the one session.",
             chosen ? " \"chosen\" is the pipeline that inner folds of the training trials prefer."
                    : "",
             is_range ? " Shaded: from guessing to what 95 of 100 guessers stay below."
                      : " Dashed: guessing.");
}

/* A bar for each pipeline, whiskers of one standard deviation over sessions. */
static ana_status add_bars(const ana_bci_evaluation *all, size_t p, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = all->n_pipelines;
    char name[64];
    double band[2] = {0.5, 0.5};
    char caption[320];
    const ana_picture_words words = {.title = "Scores",
                                     .caption = caption,
                                     .x_title = "pipeline",
                                     .value_title = metric_titles[all->metric]};
    double *values = ana_workspace_doubles(&workspace, n, 3);
    size_t *counts = ana_workspace_sizes(&workspace, all->n_classes, 1);
    const char **labels = ana_workspace_bytes(&workspace, n, 1, sizeof *labels);
    ANA_TRY(ana_workspace_check(&workspace, "evaluation"));
    ana_bci_count_tested(all, p, counts);
    ana_bci_chance_of(all, counts, band);
    say_bars(all, p, band[1] > band[0], sizeof caption, caption);
    for (size_t k = 0; k < n; k++) {
        const ana_bci_performance *one = all->pipelines[k].performances[p];
        values[k] = one->mean;
        values[n + k] = one->mean - one->sd; /* of one session there is none */
        values[2 * n + k] = one->mean + one->sd;
        labels[k] = all->pipelines[k].name;
    }
    snprintf(name, sizeof name, "scores_%s", ana_bci_protocol_name((ana_bci_protocol)p));
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_BARS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_1(n, "pipeline"), values, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "low", ana_shape_1(n, "pipeline"), values + n, NULL));
    ANA_TRY(
        ana_record_add_doubles(figure, "high", ana_shape_1(n, "pipeline"), values + 2 * n, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "band", ana_shape_1(2, NULL), band, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, labels));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The share of hits at a share of false alarms, between the curve's points; where the curve rises
 * at that very share, the upper end. */
static double read_curve(const ana_roc_curve *curve, double x)
{
    size_t k = 1;
    while (k + 1 < curve->n && curve->false_positive[k] <= x) {
        k++;
    }
    const double width = curve->false_positive[k] - curve->false_positive[k - 1];
    const double rise = curve->true_positive[k] - curve->true_positive[k - 1];
    return width > 0.0 ? curve->true_positive[k - 1] +
                             rise * fmin((x - curve->false_positive[k - 1]) / width, 1.0)
                       : curve->true_positive[k];
}

/* The mean curve over folds, whose scores are not on one scale. */
static ana_status mean_curve(const ana_bci_evaluation *all, size_t p,
                             const ana_bci_performance *one, double *y)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_roc_curve *curve = NULL;
    double *scores = ana_workspace_doubles(&workspace, all->n_trials, 1);
    bool *positive = ana_workspace_bytes(&workspace, all->n_trials, 1, sizeof *positive);
    size_t n_curves = 0;
    ANA_TRY(ana_workspace_check(&workspace, "evaluation"));
    for (size_t f = 0; f < all->n_folds[p]; f++) {
        size_t n = 0;
        size_t n_positive = 0;
        for (size_t i = 0; i < all->n_trials; i++) {
            if (all->fold_of[p][i] == f) {
                scores[n] = one->scores[2 * i + 1] - one->scores[2 * i];
                positive[n] = all->labels[i] == 1;
                n_positive += positive[n++];
            }
        }
        if (n_positive == 0 || n_positive == n) {
            continue;
        }
        ana_roc_curve_free(curve);
        curve = NULL;
        ANA_TRY(ana_classification_roc(n, positive, scores, &curve));
        for (size_t k = 1; k < N_POINTS; k++) {
            y[k] += read_curve(curve, (double)k / (N_POINTS - 1));
        }
        n_curves++;
    }
    for (size_t k = 0; k < N_POINTS && n_curves > 0; k++) {
        y[k] /= (double)n_curves;
    }
done:
    ana_roc_curve_free(curve);
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_curves(const ana_bci_evaluation *all, size_t p, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = all->n_pipelines < MOST_CURVES ? all->n_pipelines : MOST_CURVES;
    char name[64];
    const ana_picture_words words = {
        .title = "Hits against false alarms",
        .caption = "Mean over folds of the receiver operating characteristic.",
        .x_title = "share of false alarms",
        .y_title = "share of hits"};
    double *x = ana_workspace_doubles(&workspace, N_POINTS, 1);
    double *y = ana_workspace_doubles(&workspace, n + 1, N_POINTS);
    const char **labels = ana_workspace_bytes(&workspace, n + 1, 1, sizeof *labels);
    ANA_TRY(ana_workspace_check(&workspace, "evaluation"));
    for (size_t k = 0; k < N_POINTS; k++) {
        x[k] = (double)k / (N_POINTS - 1);
        y[n * N_POINTS + k] = x[k];
    }
    labels[n] = "guessing";
    for (size_t k = 0; k < n; k++) {
        labels[k] = all->pipelines[k].name;
        ANA_TRY(mean_curve(all, p, all->pipelines[k].performances[p], y + k * N_POINTS));
    }
    snprintf(name, sizeof name, "roc_%s", ana_bci_protocol_name((ana_bci_protocol)p));
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(N_POINTS, "point"), x, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "y", ana_shape_2(n + 1, "pipeline", N_POINTS, "point"),
                                   y, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n + 1, labels));
    ANA_TRY(ana_record_add_text(figure, "layout", "overlaid"));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The pipeline of the highest mean: of which the confusions are drawn. */
static size_t best_pipeline(const ana_bci_evaluation *all, size_t p)
{
    size_t best = 0;
    for (size_t k = 1; k < all->n_pipelines; k++) {
        if (all->pipelines[k].performances[p]->mean > all->pipelines[best].performances[p]->mean) {
            best = k;
        }
    }
    return best;
}

static ana_status add_confusion(const ana_bci_evaluation *all, size_t p, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = all->n_classes;
    const ana_bci_evaluated *pipeline = &all->pipelines[best_pipeline(all, p)];
    const ana_bci_performance *one = pipeline->performances[p];
    char name[64];
    char title[200];
    static const double range[] = {0.0, 1.0};
    const ana_picture_words words = {
        .title = title,
        .caption = "Share of the trials of the row's class that were taken for the column's.",
        .x_title = "taken for",
        .y_title = "class",
        .value_title = "share"};
    double *share = ana_workspace_doubles(&workspace, n, n);
    double *counts = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "evaluation"));
    for (size_t i = 0; i < all->n_trials; i++) {
        if (one->chosen[i] < n) {
            share[all->labels[i] * n + one->chosen[i]] += 1.0;
            counts[all->labels[i]] += 1.0;
        }
    }
    for (size_t row = 0; row < n; row++) {
        for (size_t k = row * n; k < (row + 1) * n; k++) {
            share[k] = counts[row] > 0.0 ? share[k] / counts[row] : (double)NAN;
        }
    }
    snprintf(title, sizeof title, "Classes taken for one another by %s", pipeline->name);
    snprintf(name, sizeof name, "confusion_%s", ana_bci_protocol_name((ana_bci_protocol)p));
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "class", n, "taken for"), share,
                                   NULL));
    ANA_TRY(ana_record_add_doubles(figure, "range", ana_shape_1(2, NULL), range, NULL));
    ANA_TRY(ana_record_add_bool(figure, "numbers", true));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", n, (const char *const *)all->classes));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", n, (const char *const *)all->classes));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_bci_add_figures(const ana_bci_evaluation *all, size_t p, ana_record *record)
{
    ana_status status = ANA_OK;
    ANA_TRY(add_bars(all, p, record));
    if (all->n_classes == 2) {
        ANA_TRY(add_curves(all, p, record));
    }
    ANA_TRY(add_confusion(all, p, record));
done:
    return status;
}
