#include "encoding_figures.h"

#include "encoding_parts.h"
#include "order.h"
#include "picture.h"
#include "text.h"
#include "try.h"

#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_BINS = 20
};

/* Axis of scores in the field's words. */
static const char *score_title(const ana_encoding *encoding)
{
    static const char *const titles[] = {"correlation r", "r squared", "variance explained R2"};
    return titles[encoding->measure];
}

ana_status encoding_add_bars(const ana_encoding_summary *s, ana_encoding *const *encodings,
                             ana_record *record)
{
    static const double quartiles[] = {0.25, 0.75};
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    double band[2] = {1.0, 1.0};
    const ana_encoding *best = encodings[s->best];
    const ana_shape shape = ana_shape_1(s->n_models, "model");
    const ana_picture_words words = {
        .title = "Predictivity of the models",
        .caption = s->normalised
                       ? "Median over units of the score divided by what a perfect model would "
                         "reach, mean over animals, with the interval of units drawn anew; 1 is "
                         "the noise ceiling, and its band that of the middle half of the units "
                         "relative to the middle one."
                       : "Median over units of the held-out score, mean over animals, with the "
                         "interval of units drawn anew.",
        .x_title = "model",
        .value_title = s->normalised ? "share of the ceiling" : score_title(best)};
    ANA_TRY(ana_record_add_picture(record, "predictivity", ANA_HINT_BARS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", shape, s->value, NULL));
    if (!isnan(s->low[s->best])) {
        ANA_TRY(ana_record_add_doubles(figure, "low", shape, s->low, NULL));
        ANA_TRY(ana_record_add_doubles(figure, "high", shape, s->high, NULL));
    }
    if (s->normalised) {
        double middle = 0.0;
        ANA_TRY(ana_stats_quantiles(best->n_units, best->ceiling, 2, quartiles, band));
        ANA_TRY(ana_stats_median(best->n_units, best->ceiling, &middle));
        band[0] /= middle;
        band[1] /= middle;
        ANA_TRY(ana_record_add_doubles(figure, "band", ana_shape_1(2, NULL), band, NULL));
    }
    ANA_TRY(ana_record_add_texts(figure, "labels", s->n_models, (const char *const *)s->models));
done:
    return status;
}

ana_status encoding_add_animals(const ana_encoding_summary *s, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const ana_picture_words words = {.title = "Models and animals",
                                     .caption = "Median over the units of each animal.",
                                     .x_title = "animal",
                                     .y_title = "model",
                                     .value_title = "predictivity"};
    if (s->n_animals < 2) {
        return ANA_OK;
    }
    ANA_TRY(ana_record_add_picture(record, "animals", ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values",
                                   ana_shape_2(s->n_models, "model", s->n_animals, "animal"),
                                   s->by_animal, NULL));
    ANA_TRY(
        ana_record_add_texts(figure, "row_labels", s->n_models, (const char *const *)s->models));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", s->n_animals,
                                 (const char *const *)s->animals));
done:
    return status;
}

ana_status encoding_add_order(const ana_encoding *e, ana_record *record)
{
    static const char *const labels[] = {"ceiling", "reached"};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t q = e->n_units;
    size_t n = 0;
    const ana_picture_words words = {
        .title = "Units in the order of their ceiling",
        .caption = "What a perfect model would reach of each unit's score, and what the best "
                   "model reaches of it on held-out stimuli.",
        .x_title = "unit",
        .y_title = score_title(e)};
    ana_placed *order = ana_workspace_bytes(&workspace, q, 1, sizeof *order);
    double *lines = ana_workspace_doubles(&workspace, 2, q);
    ANA_TRY(ana_workspace_check(&workspace, "encoding"));
    for (size_t j = 0; j < q; j++) {
        if (!isnan(e->ceiling[j]) && !isnan(e->score[j])) {
            order[n++] = (ana_placed){e->ceiling[j], j};
        }
    }
    if (n < 2) {
        goto done;
    }
    qsort(order, n, sizeof *order, ana_compare_rising);
    for (size_t k = 0; k < n; k++) {
        lines[k] = order[k].value;
        lines[n + k] = e->score[order[k].index];
    }
    ANA_TRY(ana_record_add_picture(record, "units_by_ceiling", ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "layout", "overlaid"));
    ANA_TRY(ana_record_add_doubles(figure, "y", ana_shape_2(2, "line", n, "unit"), lines, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", 2, labels));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status encoding_add_scatter(const ana_encoding *e, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    size_t n = 0;
    const ana_shape shape = ana_shape_1(e->n_units, "unit");
    const ana_picture_words words = {
        .title = "Predictivity of the units and their ceiling",
        .caption = "Held-out score of each unit by the best model against what a perfect model "
                   "would reach, given the noise of its trials; on the dashed line nothing is left "
                   "to predict. Units without a ceiling are not shown.",
        .x_title = "ceiling",
        .y_title = score_title(e)};
    for (size_t j = 0; j < e->n_units; j++) {
        n += isnan(e->ceiling[j]) || isnan(e->score[j]) ? 0 : 1;
    }
    if (n == 0) {
        return ANA_OK;
    }
    ANA_TRY(ana_record_add_picture(record, "units_and_ceiling", ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "layout", "scatter"));
    ANA_TRY(ana_record_add_bool(figure, "identity", true));
    ANA_TRY(ana_record_add_doubles(figure, "x", shape, e->ceiling, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "y", shape, e->score, NULL));
done:
    return status;
}

/* counts (N_BINS) of the values from `least` in steps of `step`. */
static void count(size_t n, const double *values, double least, double step, double *counts)
{
    for (size_t j = 0; j < n; j++) {
        if (!isnan(values[j])) {
            const double place = (values[j] - least) / step;
            const size_t bin = place > 0.0 ? (size_t)place : 0;
            counts[bin < N_BINS ? bin : N_BINS - 1] += 1.0;
        }
    }
}

ana_status encoding_add_distribution(const ana_encoding *e, ana_record *record)
{
    static const char *const groups[] = {"score", "share of the ceiling"};
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    double counts[2 * N_BINS] = {0.0};
    char texts[N_BINS][32];
    const char *labels[N_BINS];
    double least = 0.0;
    const bool ceiled = !isnan(e->median_normalised);
    const ana_picture_words words = {
        .title = "Scores of the units",
        .caption = "How many units the best model predicts how well; below the first bar and "
                   "above the last, they are counted in those.",
        .x_title = score_title(e),
        .value_title = "units"};
    for (size_t j = 0; j < e->n_units; j++) {
        least = e->score[j] < least ? e->score[j] : least;
    }
    least =
        fmax(-1.0, floor(least * 5.0) / 5.0); /* from a round number up to 1, or a little above */
    const double step = (1.0 - least + (ceiled ? 0.2 : 0.0)) / N_BINS;
    count(e->n_units, e->score, least, step, counts);
    count(e->n_units, e->normalised, least, step, counts + N_BINS);
    for (size_t b = 0; b < N_BINS; b++) {
        ana_format_fixed(least + ((double)b + 0.5) * step, 2, texts[b], sizeof texts[b]);
        labels[b] = texts[b];
    }
    const size_t n_groups = ceiled ? 2 : 1;
    ANA_TRY(ana_record_add_picture(record, "distribution", ANA_HINT_BARS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n_groups, "kind", N_BINS, "score"),
                                   counts, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", N_BINS, labels));
    ANA_TRY(ana_record_add_texts(figure, "group_labels", n_groups, groups));
done:
    return status;
}

/* Losses relative to the least of each unit, quartiles over units: 3 x n_penalties. */
static ana_status relative_losses(const ana_encoding *e, double *room, double *out)
{
    static const double quartiles[] = {0.25, 0.5, 0.75};
    ana_status status = ANA_OK;
    const size_t q = e->n_units;
    const size_t n = e->n_penalties;
    for (size_t a = 0; a < n; a++) {
        double found[3];
        for (size_t j = 0; j < q; j++) {
            double least = INFINITY;
            for (size_t b = 0; b < n; b++) {
                least = fmin(least, e->losses[b * q + j]);
            }
            room[j] = least > 0.0 ? e->losses[a * q + j] / least : (double)NAN;
        }
        ANA_TRY(ana_stats_quantiles(q, room, 3, quartiles, found));
        for (size_t k = 0; k < 3; k++) {
            out[k * n + a] = found[k];
        }
    }
done:
    return status;
}

ana_status encoding_add_curve(const ana_encoding *e, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = e->n_penalties;
    const ana_picture_words words = {
        .title = "Error by penalty",
        .caption = "Squared error within the training stimuli, relative to the least of each "
                   "unit: the middle unit, and the middle half of them. Where the curve falls to "
                   "an end, penalties beyond it are worth trying.",
        .x_title = "penalty",
        .y_title = "error, relative to the least"};
    if (n < 2) {
        return ANA_OK;
    }
    double *curves = ana_workspace_doubles(&workspace, 3, n);
    double *room = ana_workspace_doubles(&workspace, e->n_units, 1);
    ANA_TRY(ana_workspace_check(&workspace, "encoding"));
    ANA_TRY(relative_losses(e, room, curves));
    const ana_shape shape = ana_shape_1(n, "penalty");
    ANA_TRY(ana_record_add_picture(record, "penalty_curve", ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "x_scale", "log"));
    ANA_TRY(ana_record_add_doubles(figure, "x", shape, e->penalties, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "y", shape, curves + n, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "low", shape, curves, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "high", shape, curves + 2 * n, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status encoding_add_parts(const ana_encoding *e, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const ana_picture_words words = {
        .title = "Parts of the feature spaces",
        .caption = "gamma of banded ridge, mean over folds and units: the larger, the less a "
                   "space is penalised.",
        .x_title = "space",
        .value_title = "gamma"};
    if (e->n_spaces == 0) {
        return ANA_OK;
    }
    double *mean = ana_workspace_doubles(&workspace, e->n_spaces, 1);
    ANA_TRY(ana_workspace_check(&workspace, "encoding"));
    for (size_t g = 0; g < e->n_spaces; g++) {
        mean[g] = ana_stats_mean(e->n_units, e->gamma + g * e->n_units);
    }
    ANA_TRY(ana_record_add_picture(record, "spaces", ANA_HINT_BARS, &words, &figure));
    ANA_TRY(
        ana_record_add_doubles(figure, "values", ana_shape_1(e->n_spaces, "space"), mean, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", e->n_spaces, (const char *const *)e->spaces));
done:
    ana_workspace_release(&workspace);
    return status;
}
