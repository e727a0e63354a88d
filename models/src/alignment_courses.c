/* Pictures of an alignment: models, courses over time and lag, and the geometry behind them. */
#include "alignment_figures.h"
#include "lists.h"
#include "picture.h"
#include "plane.h"
#include "try.h"
#include "workspace.h"

#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>

enum {
    MOST_REGIONS = 8,
    MOST_LINES = 8,
    MOST_MATRICES = 16,
    MOST_LABELS = 60
};

static ana_status add_model_table(const ana_alignment *of, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = of->n_models * of->n_targets;
    const ana_picture_words words = {
        .title = "Models by their best layers",
        .caption = "The layer is chosen on half of the stimuli and scored on the other half; of "
                   "one rank: models that are not told apart from the best of them."};
    const char **texts = ana_workspace_bytes(&workspace, n, 3, sizeof *texts);
    double *values = ana_workspace_doubles(&workspace, n, 5);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    for (size_t i = 0; i < n; i++) {
        const size_t t = i / of->n_models;
        const size_t m = i % of->n_models;
        const ana_alignment_target *target = &of->targets[t];
        const size_t layer = ana_alignment_most_chosen(of, t, m);
        texts[i] = target->region;
        texts[n + i] = of->models[m];
        texts[2 * n + i] = of->layers[layer];
        values[i] = target->chosen[layer];
        values[n + i] = target->models->mean[m];
        values[2 * n + i] = target->models->standard_error[m];
        values[3 * n + i] = (double)target->model_rank[m];
        values[4 * n + i] = target->time;
    }
    const ana_shape shape = ana_shape_1(n, "row");
    ANA_TRY(ana_record_add_picture(record, "best_layers", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "region", n, texts));
    if (of->n_targets > of->n_regions) {
        ANA_TRY(ana_record_add_doubles(table, "time", shape, values + 4 * n, "s"));
    }
    ANA_TRY(ana_record_add_texts(table, "model", n, texts + n));
    ANA_TRY(ana_record_add_texts(table, "most_chosen_layer", n, texts + 2 * n));
    ANA_TRY(ana_record_add_doubles(table, "chosen", shape, values, NULL));
    ANA_TRY(ana_record_add_doubles(table, "held_out", shape, values + n, NULL));
    if (!isnan(values[2 * n])) {
        ANA_TRY(ana_record_add_doubles(table, "standard_error", shape, values + 2 * n, NULL));
    }
    ANA_TRY(ana_record_add_doubles(table, "rank", shape, values + 3 * n, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_model_bars(const ana_alignment *of, size_t region, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    char name[64];
    char title[256];
    const ana_rsa *models = of->targets[ana_alignment_best_target(of, region)].models;
    const ana_shape shape = ana_shape_1(of->n_models, "model");
    const ana_picture_words words = {
        .title = title,
        .caption = "Score of each model's best layer on stimuli that did not choose it: mean over "
                   "subjects with its interval.",
        .x_title = "model",
        .value_title = of->value};
    snprintf(title, sizeof title, "%s: models", of->regions[region]);
    snprintf(name, sizeof name, "models_%zu", region);
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_BARS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", shape, models->mean, NULL));
    if (!isnan(models->low[0])) {
        ANA_TRY(ana_record_add_doubles(figure, "low", shape, models->low, NULL));
        ANA_TRY(ana_record_add_doubles(figure, "high", shape, models->high, NULL));
    }
    ANA_TRY(ana_record_add_texts(figure, "labels", of->n_models, (const char *const *)of->models));
done:
    return status;
}

ana_status ana_alignment_add_models(const ana_alignment *of, ana_record *record)
{
    ana_status status = ANA_OK;
    if (of->targets[0].models == NULL) {
        return ANA_OK;
    }
    for (size_t r = 0; r < of->n_regions && r < MOST_REGIONS && of->n_models > 1; r++) {
        ANA_TRY(add_model_bars(of, r, record));
    }
    ANA_TRY(add_model_table(of, record));
done:
    return status;
}

/* The model's layer of the largest mean over the times of a region. */
static size_t best_over_times(const ana_alignment *of, size_t model, size_t first, size_t n)
{
    size_t best = of->n_layers;
    double most = -(double)INFINITY;
    for (size_t l = 0; l < of->n_layers; l++) {
        double sum = 0.0;
        for (size_t t = first; t < first + n; t++) {
            sum += of->targets[t].scores->mean[l];
        }
        if (of->model_of[l] == model && (best == of->n_layers || sum > most)) {
            best = l;
            most = sum;
        }
    }
    return best;
}

/* What a picture of a region's course is made of: lines of n times. */
typedef struct course {
    size_t first;
    size_t n;
    size_t n_lines; /* every layer where there are few, else one of each model */
    size_t *layers;
    const char **labels;
    double *times;
    double *values;
    double *low;
    double *high;
    size_t n_spans;
    double *start;
    double *stop;
} course;

/* Runs of times at which some layer of those drawn is above chance. */
static void find_spans(const ana_alignment *of, course *drawn)
{
    bool within = false;
    for (size_t k = 0; k < drawn->n; k++) {
        const ana_alignment_target *target = &of->targets[drawn->first + k];
        const bool last = k + 1 == drawn->n;
        bool above = false;
        for (size_t i = 0; i < drawn->n_lines; i++) {
            above = above || target->scores->p_chance_max[drawn->layers[i]] < 0.05;
        }
        if (above && !within) {
            drawn->start[drawn->n_spans++] = target->time;
        }
        if (above) {
            drawn->stop[drawn->n_spans - 1] = last ? target->time : target[1].time;
        }
        within = above;
    }
}

static ana_status find_course(const ana_alignment *of, char *const *labels,
                              ana_workspace *workspace, course *out)
{
    ana_status status = ANA_OK;
    const size_t n = out->n;
    const bool few = of->n_layers <= MOST_LINES;
    out->n_lines = few ? of->n_layers : of->n_models;
    out->layers = ana_workspace_sizes(workspace, out->n_lines, 1);
    out->labels = ana_workspace_bytes(workspace, out->n_lines, 1, sizeof *out->labels);
    out->times = ana_workspace_doubles(workspace, n, 3);
    out->values = ana_workspace_doubles(workspace, out->n_lines, 3 * n);
    ANA_TRY(ana_workspace_check(workspace, "alignment"));
    out->start = out->times + n;
    out->stop = out->times + 2 * n;
    out->low = out->values + out->n_lines * n;
    out->high = out->values + 2 * out->n_lines * n;
    for (size_t i = 0; i < out->n_lines; i++) {
        const size_t layer = few ? i : best_over_times(of, i, out->first, n);
        out->layers[i] = layer;
        out->labels[i] = labels[layer];
        for (size_t k = 0; k < n; k++) {
            const ana_alignment_target *target = &of->targets[out->first + k];
            out->times[k] = target->time;
            out->values[i * n + k] = target->scores->mean[layer];
            out->low[i * n + k] = target->scores->low[layer];
            out->high[i * n + k] = target->scores->high[layer];
        }
    }
    find_spans(of, out);
done:
    return status;
}

static ana_status add_course(const ana_alignment *of, size_t region, char *const *labels,
                             ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    course drawn = {.first = 0};
    char name[64];
    char title[256];
    while (of->region_of[drawn.first] != region) {
        drawn.first++;
    }
    while (drawn.first + drawn.n < of->n_targets &&
           of->region_of[drawn.first + drawn.n] == region) {
        drawn.n++;
    }
    const ana_picture_words words = {
        .title = title,
        .caption =
            of->n_layers <= MOST_LINES
                ? "Mean score of each layer with its interval. Shaded: one is more than "
                  "chance, corrected for all layers, regions and times."
                : "Mean score of each model's layer of the largest mean over all times, with "
                  "its interval. Shaded: one is more than chance, corrected for all layers, "
                  "regions and times.",
        .x_title = "time",
        .y_title = of->value};
    if (drawn.n < 2) {
        return ANA_OK;
    }
    ANA_TRY(find_course(of, labels, &workspace, &drawn));
    const ana_shape shape = ana_shape_2(drawn.n_lines, "layer", drawn.n, "time");
    snprintf(title, sizeof title, "%s: over time", of->regions[region]);
    snprintf(name, sizeof name, "course_%zu", region);
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "layout", "overlaid"));
    ANA_TRY(ana_record_add_doubles(figure, "y", shape, drawn.values, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(drawn.n, "time"), drawn.times, "s"));
    if (!isnan(drawn.low[0])) {
        ANA_TRY(ana_record_add_doubles(figure, "low", shape, drawn.low, NULL));
        ANA_TRY(ana_record_add_doubles(figure, "high", shape, drawn.high, NULL));
    }
    ANA_TRY(ana_record_add_texts(figure, "labels", drawn.n_lines, drawn.labels));
    if (drawn.n_spans > 0) {
        const ana_shape spans = ana_shape_1(drawn.n_spans, "span");
        ANA_TRY(ana_record_add_doubles(figure, "span_start", spans, drawn.start, "s"));
        ANA_TRY(ana_record_add_doubles(figure, "span_stop", spans, drawn.stop, "s"));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_lags(const ana_alignment *of, size_t region, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    char name[64];
    char title[256];
    const ana_alignment_lags *lags = &of->lags;
    const size_t n = lags->n_lags;
    const ana_picture_words words = {
        .title = title,
        .caption = "Mean score of a network's steps and the brain's times that lie so far apart; "
                   "above 0 the brain comes later.",
        .x_title = "lag",
        .y_title = of->value};
    double *values = ana_workspace_doubles(&workspace, of->n_models, n);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    for (size_t i = 0; i < of->n_models * n; i++) {
        values[i] = lags->value[(i / n * of->n_regions + region) * n + i % n];
    }
    snprintf(title, sizeof title, "%s: by lag", of->regions[region]);
    snprintf(name, sizeof name, "lags_%zu", region);
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "layout", "overlaid"));
    ANA_TRY(ana_record_add_doubles(figure, "y", ana_shape_2(of->n_models, "model", n, "lag"),
                                   values, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(n, "lag"), lags->lag, "s"));
    ANA_TRY(ana_record_add_texts(figure, "labels", of->n_models, (const char *const *)of->models));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_alignment_add_courses(const ana_alignment *of, ana_record *record)
{
    ana_status status = ANA_OK;
    char **labels = NULL;
    ANA_TRY(ana_alignment_labels(of, &labels));
    for (size_t r = 0; r < of->n_regions && r < MOST_REGIONS; r++) {
        ANA_TRY(add_course(of, r, labels, record));
        if (of->lags.n_lags > 1) {
            ANA_TRY(add_lags(of, r, record));
        }
    }
done:
    ana_free_texts(of->n_layers, labels);
    return status;
}

static ana_status add_rdm(const ana_alignment *of, size_t k, char *const *labels, double *square,
                          ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = of->n_stimuli;
    char name[64];
    const bool is_layer = k < of->n_layers;
    const ana_picture_words words = {
        .title = is_layer ? labels[k] : of->regions[k - of->n_layers],
        .caption = is_layer ? "Dissimilarity of each pair of stimuli in this layer."
                            : "Dissimilarity of each pair of stimuli in this region, mean over "
                              "subjects.",
        .x_title = "stimulus",
        .y_title = "stimulus",
        .value_title = "dissimilarity"};
    size_t *together = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    ana_rdms_square(of->geometry, k, square);
    for (size_t i = 0; i < n; i++) {
        square[i * n + i] = (double)NAN; /* 0 by definition: it would take the colours */
    }
    snprintf(name, sizeof name, "rdm_%zu", k);
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_MATRIX_GROUPS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "stimulus", n, "stimulus"),
                                   square, NULL));
    ANA_TRY(ana_record_add_sizes(figure, "group", ana_shape_1(n, "stimulus"), together, NULL));
    if (n <= MOST_LABELS) {
        ANA_TRY(ana_record_add_texts(figure, "labels", n, (const char *const *)of->stimuli));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Layers and regions by how alike the ranks of their dissimilarities are. */
static ana_status add_systems(const ana_alignment *of, char *const *labels, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = of->geometry->n_rdms;
    const size_t n_pairs = ana_rdm_n_pairs(of->n_stimuli);
    bool whole = n >= 3;
    const ana_picture_words words = {
        .title = "Layers and regions in the plane",
        .caption = "What is near has like dissimilarities (Spearman), as far as two dimensions can "
                   "say; each is joined with the one nearest to it."};
    double *square = ana_workspace_doubles(&workspace, n, n);
    double *ranks = ana_workspace_doubles(&workspace, n, n_pairs);
    const char **names = ana_workspace_bytes(&workspace, n, 1, sizeof *names);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    for (size_t k = 0; k < n; k++) {
        names[k] = k < of->n_layers ? labels[k] : of->regions[k - of->n_layers];
        ANA_TRY(ana_stats_ranks(n_pairs, of->geometry->values + k * n_pairs, ranks + k * n_pairs));
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            const double alike =
                ana_stats_pearson(n_pairs, ranks + i * n_pairs, ranks + j * n_pairs);
            square[i * n + j] = 2.0 * (1.0 - alike);
            square[j * n + i] = square[i * n + j];
            whole = whole && !isnan(alike);
        }
    }
    if (whole) {
        ANA_TRY(ana_plane_add(n, square, names, "systems", &words, record));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_alignment_add_geometry(const ana_alignment *of, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    char **labels = NULL;
    if (of->geometry == NULL) {
        return ANA_OK;
    }
    double *square = ana_workspace_doubles(&workspace, of->n_stimuli, of->n_stimuli);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    ANA_TRY(ana_alignment_labels(of, &labels));
    ANA_TRY(add_systems(of, labels, record));
    for (size_t i = 0; i < of->geometry->n_rdms && i < MOST_MATRICES; i++) {
        /* Regions first: there are few of them. */
        const size_t k = i < of->n_regions ? of->n_layers + i : i - of->n_regions;
        ANA_TRY(add_rdm(of, k, labels, square, record));
    }
done:
    ana_free_texts(of->n_layers, labels);
    ana_workspace_release(&workspace);
    return status;
}
