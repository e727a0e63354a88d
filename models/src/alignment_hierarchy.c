/* Scores of an alignment by depth of layer, and their hierarchy in space and time. */
#include "lists.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/alignment_hierarchy.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What all targets have between them: subjects by name, times rising. */
typedef struct grid {
    size_t n_subjects;
    const char **subjects;
    size_t n_times;
    double *times;
    size_t n_layers; /* of the model at hand */
    size_t *layers;
    double *values; /* subjects x layers x regions x times */
} grid;

static size_t place_of_subject(const grid *g, const char *name)
{
    size_t s = 0;
    while (s < g->n_subjects && strcmp(g->subjects[s], name) != 0) {
        s++;
    }
    return s;
}

/* Place of the time, or of the first later one; NaN is a time of its own. */
static size_t place_of_time(const grid *g, double time)
{
    size_t t = 0;
    while (t < g->n_times && g->times[t] < time) {
        t++;
    }
    return t;
}

static void add_time(grid *g, double time)
{
    const size_t at = place_of_time(g, time);
    if (!isnan(time) && (at == g->n_times || g->times[at] != time)) {
        memmove(g->times + at + 1, g->times + at, (g->n_times - at) * sizeof *g->times);
        g->times[at] = time;
        g->n_times++;
    }
}

static ana_status make_grid(const ana_alignment *of, ana_workspace *workspace, grid *g)
{
    ana_status status = ANA_OK;
    size_t most = 0;
    for (size_t t = 0; t < of->n_targets; t++) {
        most += of->targets[t].scores->n_subjects;
    }
    g->subjects = ana_workspace_bytes(workspace, most, 1, sizeof *g->subjects);
    g->times = ana_workspace_doubles(workspace, of->n_targets + 1, 1);
    g->layers = ana_workspace_sizes(workspace, of->n_layers, 1);
    ANA_TRY(ana_workspace_check(workspace, "hierarchy"));
    for (size_t t = 0; t < of->n_targets; t++) {
        const ana_rsa *scores = of->targets[t].scores;
        for (size_t s = 0; s < scores->n_subjects; s++) {
            const size_t at = place_of_subject(g, scores->subjects[s]);
            g->subjects[at] = scores->subjects[s];
            g->n_subjects += at == g->n_subjects ? 1 : 0;
        }
        add_time(g, of->targets[t].time);
    }
    const size_t n_times = g->n_times > 0 ? g->n_times : 1;
    g->values =
        ana_workspace_doubles(workspace, g->n_subjects * of->n_layers, of->n_regions * n_times);
    ANA_TRY(ana_workspace_check(workspace, "hierarchy"));
done:
    return status;
}

/* Scores of the layers of a model that have a depth. */
static ana_layer_scores take_model(const ana_alignment *of, size_t model, grid *g)
{
    const size_t n_times = g->n_times > 0 ? g->n_times : 1;
    g->n_layers = 0;
    for (size_t l = 0; l < of->n_layers; l++) {
        if (of->model_of[l] == model && isnan(of->layer_time[l])) {
            g->layers[g->n_layers++] = l;
        }
    }
    const size_t n = g->n_subjects * g->n_layers * of->n_regions * n_times;
    for (size_t i = 0; i < n; i++) {
        g->values[i] = (double)NAN;
    }
    for (size_t t = 0; t < of->n_targets; t++) {
        const ana_rsa *scores = of->targets[t].scores;
        const size_t time = isnan(of->targets[t].time) ? 0 : place_of_time(g, of->targets[t].time);
        const double sign = scores->similarity == ANA_RDM_SIM_BURES_DISTANCE ? -1.0 : 1.0;
        for (size_t i = 0; i < g->n_layers * scores->n_subjects; i++) {
            const size_t l = i / scores->n_subjects;
            const size_t s = i % scores->n_subjects;
            const size_t subject = place_of_subject(g, scores->subjects[s]);
            const size_t row = (subject * g->n_layers + l) * of->n_regions + of->region_of[t];
            g->values[row * n_times + time] =
                sign * scores->values[g->layers[l] * scores->n_subjects + s];
        }
    }
    return (ana_layer_scores){g->n_subjects, g->n_layers, of->n_regions, n_times, g->values};
}

static ana_status copy_texts(size_t n, const char *const *from, char ***to)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_allocate(n, sizeof **to, "hierarchy", (void *)to));
    for (size_t i = 0; i < n; i++) {
        ANA_TRY(ana_copy_text(from[i], &(*to)[i]));
    }
done:
    return status;
}

static ana_status new_hierarchy(const ana_alignment *of, const grid *g,
                                ana_alignment_hierarchy **out)
{
    ana_status status = ANA_OK;
    ana_alignment_hierarchy *h = NULL;
    ANA_TRY(ana_allocate(1, sizeof *h, "hierarchy", (void *)&h));
    h->n_models = of->n_models;
    h->n_regions = of->n_regions;
    h->n_subjects = g->n_subjects;
    ANA_TRY(copy_texts(of->n_models, (const char *const *)of->models, &h->models));
    ANA_TRY(copy_texts(of->n_regions, (const char *const *)of->regions, &h->regions));
    ANA_TRY(copy_texts(g->n_subjects, g->subjects, &h->subjects));
    ANA_TRY(ana_allocate(of->n_models, sizeof(size_t), "hierarchy", (void *)&h->n_layers));
    ANA_TRY(ana_allocate(ANA_HIERARCHY_KINDS * of->n_models, sizeof(ana_hierarchy *), "hierarchy",
                         (void *)&h->scores));
    *out = h;
    h = NULL;
done:
    ana_alignment_hierarchy_free(h);
    return status;
}

static ana_status find_model(const ana_layer_scores *scores, const double *distance, const grid *g,
                             const ana_hierarchy_options *options, size_t model,
                             ana_alignment_hierarchy *h)
{
    ana_status status = ANA_OK;
    ana_hierarchy_options settings = *options;
    if (distance != NULL) {
        ANA_TRY(ana_encoding_spatial_score(scores, distance, options, &h->scores[model]));
    }
    for (size_t kind = ANA_HIERARCHY_PEAK; kind < ANA_HIERARCHY_KINDS && g->n_times > 1; kind++) {
        settings.half_maximum = kind == ANA_HIERARCHY_HALF;
        ANA_TRY(ana_encoding_temporal_score(scores, g->times, &settings,
                                            &h->scores[kind * h->n_models + model]));
    }
done:
    return status;
}

ana_status ana_alignment_find_hierarchy(const ana_alignment *alignment, const double *distance,
                                        const ana_hierarchy_options *options,
                                        ana_alignment_hierarchy **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_alignment_hierarchy *h = NULL;
    grid g = {0};
    size_t n_found = 0;
    const ana_hierarchy_options defaults = ana_hierarchy_options_default();
    options = options != NULL ? options : &defaults;
    ANA_TRY(make_grid(alignment, &workspace, &g));
    if (distance == NULL && g.n_times < 2) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "hierarchy: neither distances of regions nor two times"));
    }
    ANA_TRY(new_hierarchy(alignment, &g, &h));
    for (size_t m = 0; m < alignment->n_models; m++) {
        const ana_layer_scores scores = take_model(alignment, m, &g);
        h->n_layers[m] = scores.n_layers;
        if (scores.n_layers > 1) {
            ANA_TRY(find_model(&scores, distance, &g, options, m, h));
            n_found++;
        }
    }
    if (n_found == 0) {
        ANA_TRY(
            ana_fail(ANA_ERR_VALUE, "hierarchy: no model has two layers, which would have depths"));
    }
    *out = h;
    h = NULL;
done:
    ana_alignment_hierarchy_free(h);
    ana_workspace_release(&workspace);
    return status;
}

void ana_alignment_hierarchy_free(ana_alignment_hierarchy *h)
{
    if (h == NULL) {
        return;
    }
    for (size_t k = 0; k < ANA_HIERARCHY_KINDS * h->n_models && h->scores != NULL; k++) {
        ana_hierarchy_free(h->scores[k]);
    }
    ana_free_texts(h->n_models, h->models);
    ana_free_texts(h->n_regions, h->regions);
    ana_free_texts(h->n_subjects, h->subjects);
    free(h->n_layers);
    free(h->scores);
    free(h);
}
