/* Pictures of an alignment: matrices, bars, courses over time. */
#include "alignment_figures.h"

#include "lists.h"
#include "memory.h"
#include "picture.h"
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MOST_REGIONS = 8, /* drawn one by one */
    MOST_PLANES = 3,  /* of two regions */
    MOST_BARS = 40,
    FEWEST_SUBJECTS = 5 /* whose scatter is drawn */
};

/* A name within a record: no slashes. */
static void place_name(const char *what, size_t region, char *name, size_t size)
{
    snprintf(name, size, "%s_%zu", what, region);
}

static bool has_times(const ana_alignment *of)
{
    return of->n_targets > of->n_regions;
}

/* Layers by regions. */
static ana_status add_matrix(const ana_alignment *of, char *const *labels, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = of->n_targets;
    const ana_picture_words words = {.title = "Layers and regions",
                                     .caption = "Mean score of each layer in each region.",
                                     .x_title = "region",
                                     .y_title = "layer",
                                     .value_title = of->value};
    double *values = ana_workspace_doubles(&workspace, of->n_layers, n);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    for (size_t i = 0; i < of->n_layers * n; i++) {
        values[i] = of->targets[i % n].scores->mean[i / n];
    }
    ANA_TRY(ana_record_add_picture(record, "matrix", ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values",
                                   ana_shape_2(of->n_layers, "layer", n, "region"), values, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", of->n_layers, (const char *const *)labels));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", n, (const char *const *)of->regions));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The targets of a region are one after the other. */
static size_t first_target(const ana_alignment *of, size_t region, size_t *n)
{
    size_t first = 0;
    while (of->region_of[first] != region) {
        first++;
    }
    *n = 0;
    while (first + *n < of->n_targets && of->region_of[first + *n] == region) {
        (*n)++;
    }
    return first;
}

/* Layers by times, of one region. */
static ana_status add_times(const ana_alignment *of, size_t region, char *const *labels,
                            ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    char name[64];
    size_t n = 0;
    const size_t first = first_target(of, region, &n);
    const ana_picture_words words = {.title = of->regions[region],
                                     .caption = "Mean score of each layer at each time.",
                                     .x_title = "time",
                                     .y_title = "layer",
                                     .value_title = of->value};
    double *values = ana_workspace_doubles(&workspace, of->n_layers + 1, n);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    double *times = values + of->n_layers * n;
    for (size_t i = 0; i < of->n_layers * n; i++) {
        values[i] = of->targets[first + i % n].scores->mean[i / n];
        times[i % n] = of->targets[first + i % n].time;
    }
    place_name("matrix", region, name, sizeof name);
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(of->n_layers, "layer", n, "time"),
                                   values, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(n, "time"), times, "s"));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", of->n_layers, (const char *const *)labels));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Every layer at its scores in two regions, joined with the next layer of its model. */
static ana_status add_plane(const ana_alignment *of, size_t region, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    char name[64];
    char title[256];
    const size_t n = of->n_layers;
    size_t n_edges = 0;
    bool whole = n > 1;
    const ana_picture_words words = {
        .title = title,
        .caption = "Mean score in the first region from left to right, and in the second upwards; "
                   "layers of a model are joined in their order."};
    double *position = ana_workspace_doubles(&workspace, n, 2);
    double *weight = ana_workspace_doubles(&workspace, n, 1);
    size_t *from = ana_workspace_sizes(&workspace, n, 2);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    size_t *to = from + n;
    for (size_t i = 0; i < 2 * n; i++) {
        position[i] = of->targets[region + i % 2].scores->mean[i / 2];
        whole = whole && isfinite(position[i]);
    }
    for (size_t l = 0; l + 1 < n; l++) {
        if (of->model_of[l] == of->model_of[l + 1]) {
            from[n_edges] = l;
            to[n_edges] = l + 1;
            weight[n_edges++] = 1.0;
        }
    }
    if (whole && n_edges > 0) {
        const ana_shape edges = ana_shape_1(n_edges, "edge");
        snprintf(title, sizeof title, "Layers in %s and %s", of->regions[region],
                 of->regions[region + 1]);
        place_name("between", region, name, sizeof name);
        ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_GRAPH, &words, &figure));
        ANA_TRY(ana_record_add_sizes(figure, "from", edges, from, NULL));
        ANA_TRY(ana_record_add_sizes(figure, "to", edges, to, NULL));
        ANA_TRY(ana_record_add_doubles(figure, "weight", edges, weight, NULL));
        ANA_TRY(ana_record_add_doubles(figure, "position", ana_shape_2(n, "layer", 2, NULL),
                                       position, NULL));
        ANA_TRY(ana_record_add_texts(figure, "labels", n, (const char *const *)of->layers));
        ANA_TRY(ana_record_add_sizes(figure, "group", ana_shape_1(n, "layer"), of->model_of, NULL));
        if (of->n_models > 1) {
            ANA_TRY(ana_record_add_texts(figure, "group_labels", of->n_models,
                                         (const char *const *)of->models));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_alignment_add_matrices(const ana_alignment *of, ana_record *record)
{
    ana_status status = ANA_OK;
    char **labels = NULL;
    ANA_TRY(ana_alignment_labels(of, &labels));
    if (!has_times(of)) {
        ANA_TRY(add_matrix(of, labels, record));
    }
    for (size_t r = 0; r + 1 < of->n_regions && r < MOST_PLANES && !has_times(of); r++) {
        ANA_TRY(add_plane(of, r, record));
    }
    for (size_t r = 0; r < of->n_regions && r < MOST_REGIONS && has_times(of); r++) {
        ANA_TRY(add_times(of, r, labels, record));
    }
done:
    ana_free_texts(of->n_layers, labels);
    return status;
}

/* The bars of a target: its layers, then what brains reach of one another. */
typedef struct bar_list {
    size_t n;
    char **labels;
    double *values;
    double *low;
    double *high;
} bar_list;

/* A bar with its label: a star where chance is out of the question. */
static ana_status add_bar(const char *label, double p, const double values[3], bar_list *bars)
{
    char text[512];
    const char *star = p < 0.001 ? " ***" : p < 0.01 ? " **" : p < 0.05 ? " *" : "";
    snprintf(text, sizeof text, "%s%s", label, star);
    bars->values[bars->n] = values[0];
    bars->low[bars->n] = values[1];
    bars->high[bars->n] = values[2];
    const ana_status status = ana_copy_text(text, &bars->labels[bars->n]);
    bars->n += status == ANA_OK ? 1 : 0;
    return status;
}

static ana_status list_bars(const ana_alignment *of, size_t t, char *const *labels,
                            ana_workspace *workspace, bar_list *bars)
{
    ana_status status = ANA_OK;
    const ana_alignment_target *target = &of->targets[t];
    const ana_rsa *scores = target->scores;
    const size_t most = of->n_layers + 1 + of->n_regions;
    bars->values = ana_workspace_doubles(workspace, most, 3);
    ANA_TRY(ana_workspace_check(workspace, "alignment"));
    bars->low = bars->values + most;
    bars->high = bars->values + 2 * most;
    ANA_TRY(ana_allocate(most, sizeof(char *), "alignment", (void *)&bars->labels));
    for (size_t l = 0; l < of->n_layers; l++) {
        const double values[] = {scores->mean[l], scores->low[l], scores->high[l]};
        ANA_TRY(add_bar(labels[l], scores->p_chance_max[l], values, bars));
    }
    for (size_t r = 0; r <= of->n_regions; r++) {
        char text[256];
        const double value = r == 0 ? target->other_subjects : target->other_regions[r - 1];
        const double values[] = {value, value, value};
        snprintf(text, sizeof text, "%s", r == 0 ? "(another subject)" : "");
        if (r > 0) {
            snprintf(text, sizeof text, "(region %s)", of->regions[r - 1]);
        }
        if (!isnan(value)) {
            ANA_TRY(add_bar(text, (double)NAN, values, bars));
        }
    }
done:
    return status;
}

static void title_of(const ana_alignment *of, size_t t, const char *what, char *title, size_t size)
{
    const ana_alignment_target *target = &of->targets[t];
    if (isnan(target->time)) {
        snprintf(title, size, "%s: %s", target->region, what);
    } else {
        snprintf(title, size, "%s at %s s: %s", target->region, ana_number(target->time).text,
                 what);
    }
}

static ana_status add_bars(const ana_alignment *of, size_t region, char *const *labels,
                           ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    bar_list bars = {0};
    char name[64];
    char title[256];
    const size_t t = ana_alignment_best_target(of, region);
    const ana_rsa *scores = of->targets[t].scores;
    const double band[] = {scores->ceiling_low, scores->ceiling_high};
    const ana_picture_words words = {
        .title = title,
        .caption = "Mean score with its interval. Shaded, the noise ceiling: what the best "
                   "possible model would reach. In brackets, another subject, or another region of "
                   "the same subjects (which shares their noise), as the model. Stars: more than "
                   "chance, corrected for all "
                   "layers, regions and times (* p < 0.05, ** p < 0.01, *** p < 0.001).",
        .x_title = "layer",
        .value_title = of->value};
    ANA_TRY(list_bars(of, t, labels, &workspace, &bars));
    const ana_shape shape = ana_shape_1(bars.n, "layer");
    title_of(of, t, "layers", title, sizeof title);
    place_name("layers", region, name, sizeof name);
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_BARS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", shape, bars.values, NULL));
    if (!isnan(scores->low[scores->best])) {
        ANA_TRY(ana_record_add_doubles(figure, "low", shape, bars.low, NULL));
        ANA_TRY(ana_record_add_doubles(figure, "high", shape, bars.high, NULL));
    }
    if (!isnan(scores->ceiling_low) && !isnan(scores->ceiling_high)) {
        ANA_TRY(ana_record_add_doubles(figure, "band", ana_shape_1(2, NULL), band, NULL));
    }
    ANA_TRY(ana_record_add_texts(figure, "labels", bars.n, (const char *const *)bars.labels));
done:
    ana_free_texts(bars.n, bars.labels);
    ana_workspace_release(&workspace);
    return status;
}

/* Every subject's score. */
static ana_status add_scatter(const ana_alignment *of, size_t region, char *const *labels,
                              ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    char name[64];
    char title[256];
    const size_t t = ana_alignment_best_target(of, region);
    const ana_rsa *scores = of->targets[t].scores;
    const size_t n = of->n_layers * scores->n_subjects;
    const ana_picture_words words = {.title = title,
                                     .caption = "Each subject's score of each layer.",
                                     .x_title = "layer",
                                     .value_title = of->value};
    size_t *group = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    bool whole = scores->n_subjects >= FEWEST_SUBJECTS;
    for (size_t i = 0; i < n; i++) {
        group[i] = i / scores->n_subjects;
        whole = whole && isfinite(scores->values[i]);
    }
    if (whole) {
        title_of(of, t, "subjects", title, sizeof title);
        place_name("subjects", region, name, sizeof name);
        ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_VIOLIN, &words, &figure));
        ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_1(n, "score"), scores->values,
                                       NULL));
        ANA_TRY(ana_record_add_sizes(figure, "group", ana_shape_1(n, "score"), group, NULL));
        ANA_TRY(ana_record_add_texts(figure, "group_labels", of->n_layers,
                                     (const char *const *)labels));
        ANA_TRY(ana_record_add_bool(figure, "points", true));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Who is told apart from whom. */
static ana_status add_differences(const ana_alignment *of, size_t region, char *const *labels,
                                  ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    char name[64];
    char title[256];
    const size_t t = ana_alignment_best_target(of, region);
    const ana_rsa *scores = of->targets[t].scores;
    const size_t n = of->n_layers;
    size_t n_apart = 0;
    const ana_picture_words words = {
        .title = title,
        .caption = "Mean score of the row's layer less that of the column's, where the corrected p "
                   "of their difference is below 0.05.",
        .x_title = "layer",
        .y_title = "layer",
        .value_title = "difference"};
    double *values = ana_workspace_doubles(&workspace, n, n);
    size_t *together = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    for (size_t i = 0; i < n * n; i++) {
        const bool apart = scores->p_between[i] < 0.05;
        values[i] = apart ? scores->mean[i / n] - scores->mean[i % n] : (double)NAN;
        n_apart += apart ? 1 : 0;
    }
    if (n_apart > 0) {
        title_of(of, t, "which layers differ", title, sizeof title);
        place_name("differences", region, name, sizeof name);
        ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_MATRIX_GROUPS, &words, &figure));
        ANA_TRY(ana_record_add_text(figure, "colours", "diverging"));
        ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "layer", n, "layer"),
                                       values, NULL));
        ANA_TRY(ana_record_add_sizes(figure, "group", ana_shape_1(n, "layer"), together, NULL));
        ANA_TRY(ana_record_add_texts(figure, "labels", n, (const char *const *)labels));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_alignment_add_bars(const ana_alignment *of, ana_record *record)
{
    ana_status status = ANA_OK;
    char **labels = NULL;
    ANA_TRY(ana_alignment_labels(of, &labels));
    for (size_t r = 0; r < of->n_regions && r < MOST_REGIONS && of->n_layers <= MOST_BARS; r++) {
        ANA_TRY(add_bars(of, r, labels, record));
        ANA_TRY(add_scatter(of, r, labels, record));
        ANA_TRY(add_differences(of, r, labels, record));
    }
done:
    ana_free_texts(of->n_layers, labels);
    return status;
}
