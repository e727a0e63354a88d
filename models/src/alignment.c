/* Layers of models against regions of brains: options, what there is, and the course of it. */
#include "alignment_parts.h"
#include "lists.h"
#include "memory.h"
#include "rdm_parts.h"
#include "rsa_parts.h"
#include "try.h"

#include <analysis/resampling.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const over_names[] = {"subjects", "stimuli", "both", NULL};
static const char *const correction_names[] = {"bonferroni", "holm", "benjamini-hochberg",
                                               "benjamini-yekutieli", NULL};

ana_alignment_options ana_alignment_options_default(void)
{
    ana_alignment_options options = {.run = ana_run_default(),
                                     .measure = ANA_ALIGNMENT_RSA,
                                     .rdm = ana_rdm_options_default(),
                                     .brain_method = -1,
                                     .noise = ana_noise_options_default(),
                                     .compare = ana_rdm_compare_options_default(),
                                     .encoding = ana_encoding_options_default(),
                                     .n_permutations = 1000,
                                     .n_bootstraps = 1000,
                                     .level = 0.95,
                                     .correction = ANA_CORRECTION_HOLM,
                                     .n_halves = 20,
                                     .compare_brains = true};
    options.compare.leave_out_missing = true;
    options.encoding.pooled = true;
    return options;
}

const ana_option ana_alignment_option_table[] = {
    {"measure", ANA_OPTION_CHOICE, offsetof(ana_alignment_options, measure), 0, 0,
     ana_alignment_measure_names, "MEASURE", "how alike a layer and a brain are", false},
    {"whiten", ANA_OPTION_BOOL, offsetof(ana_alignment_options, whiten), 0, 0, NULL, NULL,
     "rsa: mahalanobis and crossnobis dissimilarities of brains by the noise of their trials",
     false},
    {"normalise", ANA_OPTION_BOOL, offsetof(ana_alignment_options, normalise), 0, 0, NULL, NULL,
     "encoding: predictions of each unit by what the scatter of its trials allows", false},
    {"interval-over", ANA_OPTION_CHOICE, offsetof(ana_alignment_options, over), 0, 0, over_names,
     "WHAT",
     "intervals and tests between models are for other subjects, other stimuli, or both; of fewer "
     "than three subjects always for other stimuli",
     false},
    {"permutations", ANA_OPTION_SIZE, offsetof(ana_alignment_options, n_permutations), 0, 1e8, NULL,
     "N", "of the stimuli, for the chance of a match (0: none)", false},
    {"bootstraps", ANA_OPTION_SIZE, offsetof(ana_alignment_options, n_bootstraps), 0, 1e8, NULL,
     "N", "of the subjects, for intervals (0: no intervals)", false},
    {"level", ANA_OPTION_DOUBLE, offsetof(ana_alignment_options, level), 0.5, 0.9999, NULL, "SHARE",
     "of the intervals", false},
    {"correction", ANA_OPTION_CHOICE, offsetof(ana_alignment_options, correction), 0, 0,
     correction_names, "METHOD", "of the tests between models for their number", false},
    {"halves", ANA_OPTION_SIZE, offsetof(ana_alignment_options, n_halves), 0, 1e6, NULL, "N",
     "times that the stimuli are halved, to choose each model's best layer on one half and score "
     "it on the other (0: not)",
     false},
    {"unit-draws", ANA_OPTION_SIZE, offsetof(ana_alignment_options, n_draws), 0, 1e6, NULL, "N",
     "random subsets of each layer's units, as many as the brain has, compared as well (0: none)",
     false},
    {"unit-count", ANA_OPTION_SIZE, offsetof(ana_alignment_options, n_units), 0, 1e9, NULL, "N",
     "units of such a subset (0: as many as the brain has)", false},
    {"compare-brains", ANA_OPTION_BOOL, offsetof(ana_alignment_options, compare_brains), 0, 0, NULL,
     NULL, "take other subjects and other regions as models too", false},
    ANA_OPTION_END,
};

ana_rsa_options ana_alignment_rsa_options(const ana_alignment_options *options)
{
    ana_rsa_options to = ana_rsa_options_default();
    to.run = options->run;
    to.compare = options->compare;
    to.n_permutations = options->n_permutations;
    to.n_bootstraps = options->over == ANA_ALIGNMENT_SUBJECTS ? options->n_bootstraps : 0;
    to.level = options->level;
    to.correction = options->correction;
    return to;
}

/* The number of a text among n; a new one is added. */
static ana_status number_of(const char *text, size_t *n, char **texts, size_t *out)
{
    for (size_t i = 0; i < *n; i++) {
        if (strcmp(texts[i], text) == 0) {
            *out = i;
            return ANA_OK;
        }
    }
    *out = *n;
    ana_status status = ana_copy_text(text, &texts[*n]);
    *n += status == ANA_OK ? 1 : 0;
    return status;
}

/* A layer of a model at a time stands once. */
static ana_status check_layer(const ana_alignment_data *data, size_t l)
{
    const ana_alignment_system *layer = &data->layers[l];
    for (size_t k = 0; k < l; k++) {
        const ana_alignment_system *other = &data->layers[k];
        const bool same_time =
            layer->time == other->time || (isnan(layer->time) && isnan(other->time));
        if (same_time && strcmp(layer->name, other->name) == 0 &&
            strcmp(layer->group, other->group) == 0) {
            return ana_fail(ANA_ERR_VALUE, "alignment: layer %s is given twice in %s", layer->name,
                            layer->group);
        }
    }
    return ANA_OK;
}

static ana_status list_layers(const ana_alignment_data *data, ana_alignment *to)
{
    ana_status status = ANA_OK;
    const size_t n = data->n_layers;
    ANA_TRY(ana_allocate(n, sizeof(char *), "alignment", (void *)&to->layers));
    ANA_TRY(ana_allocate(n, sizeof(char *), "alignment", (void *)&to->models));
    ANA_TRY(ana_allocate(n, sizeof(size_t), "alignment", (void *)&to->model_of));
    ANA_TRY(ana_allocate(n, sizeof(size_t), "alignment", (void *)&to->n_units));
    ANA_TRY(ana_allocate(n, sizeof(size_t), "alignment", (void *)&to->n_left_out));
    ANA_TRY(ana_allocate(n, sizeof(bool), "alignment", (void *)&to->is_baseline));
    ANA_TRY(ana_allocate(n, sizeof(double), "alignment", (void *)&to->layer_time));
    for (size_t l = 0; l < n; l++) {
        const ana_alignment_system *layer = &data->layers[l];
        ANA_TRY(check_layer(data, l));
        ANA_TRY(number_of(layer->group, &to->n_models, to->models, &to->model_of[l]));
        ANA_TRY(ana_copy_text(layer->name, &to->layers[l]));
        to->n_layers++;
        to->is_baseline[l] = layer->is_baseline;
        to->layer_time[l] = layer->time;
        to->n_units[l] = layer->responses != NULL ? layer->responses->n_units : 0;
    }
done:
    return status;
}

/* By region in the order they are met, then by time, then as they come. */
typedef struct placed_brain {
    size_t region;
    double time; /* -infinity: none */
    size_t place;
} placed_brain;

static int compare_brains(const void *a, const void *b)
{
    const placed_brain *x = a;
    const placed_brain *y = b;
    if (x->region != y->region) {
        return (x->region > y->region) - (x->region < y->region);
    }
    if (x->time != y->time) {
        return (x->time > y->time) - (x->time < y->time);
    }
    return (x->place > y->place) - (x->place < y->place);
}

static ana_status check_subjects(const ana_alignment_data *data, size_t n,
                                 const placed_brain *members)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            const ana_alignment_system *one = &data->brains[members[i].place];
            if (strcmp(one->name, data->brains[members[j].place].name) == 0) {
                return ana_fail(ANA_ERR_VALUE, "alignment: subject %s is given twice in %s",
                                one->name, one->group);
            }
        }
    }
    return ANA_OK;
}

/* A target of those n brains. */
static ana_status make_target(const ana_alignment_data *data, size_t n, const placed_brain *members,
                              ana_alignment *to, ana_alignment_scene *scene)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t t = to->n_targets++;
    ana_alignment_target *target = &to->targets[t];
    const char **names = ana_workspace_bytes(&workspace, n, 1, sizeof *names);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    ANA_TRY(check_subjects(data, n, members));
    for (size_t s = 0; s < n; s++) {
        names[s] = data->brains[members[s].place].name;
        scene->target_of[members[s].place] = t;
        scene->column_of[members[s].place] = s;
    }
    to->region_of[t] = members[0].region;
    target->time = isinf(members[0].time) ? (double)NAN : members[0].time;
    target->other_subjects = (double)NAN;
    ANA_TRY(ana_copy_text(to->regions[members[0].region], &target->region));
    ANA_TRY(ana_rsa_new(to->n_layers, (const char *const *)to->layers, n, names, &target->scores));
    target->scores->n_conditions = data->n_stimuli;
    target->scores->similarity =
        scene->rule->score == NULL ? scene->options->compare.similarity : ANA_RDM_SIM_PEARSON;
    ANA_TRY(ana_allocate(to->n_layers, sizeof(size_t), "alignment", (void *)&target->layer_rank));
    ANA_TRY(ana_allocate(to->n_models, sizeof(size_t), "alignment", (void *)&target->model_rank));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status list_targets(const ana_alignment_data *data, ana_alignment *to,
                               ana_alignment_scene *scene)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = data->n_brains;
    placed_brain *placed = ana_workspace_bytes(&workspace, n, 1, sizeof *placed);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    ANA_TRY(ana_allocate(n, sizeof(char *), "alignment", (void *)&to->regions));
    ANA_TRY(ana_allocate(n, sizeof *to->targets, "alignment", (void *)&to->targets));
    ANA_TRY(ana_allocate(n, sizeof(size_t), "alignment", (void *)&to->region_of));
    for (size_t b = 0; b < n; b++) {
        const ana_alignment_system *brain = &data->brains[b];
        placed[b].time = isnan(brain->time) ? -(double)INFINITY : brain->time;
        placed[b].place = b;
        ANA_TRY(number_of(brain->group, &to->n_regions, to->regions, &placed[b].region));
    }
    qsort(placed, n, sizeof *placed, compare_brains);
    for (size_t first = 0, last = 0; first < n; first = last) {
        while (last < n && placed[last].region == placed[first].region &&
               placed[last].time == placed[first].time) {
            last++;
        }
        ANA_TRY(make_target(data, last - first, placed + first, to, scene));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check(const ana_alignment_data *data, const ana_alignment_options *options)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_options_check(ana_alignment_option_table, options, "alignment"));
    ANA_TRY(ana_options_check(ana_rdm_option_table, &options->rdm, "alignment"));
    if (data->n_layers == 0 || data->n_brains == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "alignment: %zu layers and %zu brains; one of each is "
                         "needed",
                         data->n_layers, data->n_brains));
    }
    if (data->n_stimuli < 3) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "alignment: %zu stimuli; at least three are needed",
                         data->n_stimuli));
    }
done:
    return status;
}

/* Scores of all stimuli. */
static ana_status score_all(const ana_alignment_scene *scene, ana_alignment *to)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_alignment_rows rows = {scene->n_stimuli, NULL, NULL};
    double *values = ana_workspace_doubles(&workspace, scene->n_layers, scene->n_brains);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    ANA_TRY(ana_alignment_score(scene, &rows, false, values));
    for (size_t b = 0; b < scene->n_brains; b++) {
        ana_rsa *scores = to->targets[scene->target_of[b]].scores;
        for (size_t l = 0; l < scene->n_layers; l++) {
            scores->values[l * scores->n_subjects + scene->column_of[b]] =
                values[l * scene->n_brains + b];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status test_responses(const ana_alignment_scene *scene, ana_alignment *to)
{
    ana_status status = ANA_OK;
    const ana_rsa_options options = ana_alignment_rsa_options(scene->options);
    ANA_TRY(score_all(scene, to));
    ANA_TRY(ana_alignment_find_ceilings(scene, to));
    for (size_t t = 0; t < to->n_targets; t++) {
        ANA_TRY(ana_rsa_test(&options, to->targets[t].scores));
    }
    ANA_TRY(ana_alignment_jackknife(scene, to));
done:
    return status;
}

static ana_status test_dissimilarities(const ana_alignment_scene *scene, ana_alignment *to)
{
    ana_status status = ANA_OK;
    for (size_t t = 0; t < to->n_targets; t++) {
        ANA_TRY(ana_alignment_rsa(scene, t, &to->targets[t]));
        ANA_TRY(ana_run_progress(&scene->options->run, "intervals", t + 1, to->n_targets));
    }
done:
    return status;
}

static ana_status test_all(const ana_alignment_scene *scene, ana_alignment *to)
{
    ana_status status = ANA_OK;
    ANA_TRY(scene->rule->score == NULL ? test_dissimilarities(scene, to)
                                       : test_responses(scene, to));
    ANA_TRY(ana_alignment_find_lags(to));
    ANA_TRY(ana_alignment_permute(scene, to));
    ANA_TRY(ana_alignment_choose(scene, to));
    ANA_TRY(ana_alignment_draw_units(scene, to));
    ANA_TRY(ana_alignment_compare_brains(scene, to));
    ANA_TRY(ana_alignment_rank(to));
    ANA_TRY(ana_alignment_keep_geometry(scene, to));
done:
    return status;
}

/* Units without any value take no part; they are counted and warned of. */
static void count_left_out(const ana_alignment_scene *scene, ana_alignment *to)
{
    for (size_t l = 0; l < scene->n_layers; l++) {
        to->n_left_out[l] = scene->layer_left_out[l];
        if (scene->layer_left_out[l] > 0) {
            ana_warn(&scene->options->run, "%zu units of %s without any value are left out",
                     scene->layer_left_out[l], scene->layers[l].name);
        }
    }
    for (size_t b = 0; b < scene->n_brains; b++) {
        to->targets[scene->target_of[b]].n_left_out += scene->brain_left_out[b];
        if (scene->brain_left_out[b] > 0) {
            ana_warn(&scene->options->run, "%zu units of %s of %s without any value are left out",
                     scene->brain_left_out[b], scene->brains[b].name, scene->brains[b].group);
        }
    }
}

static ana_status name_stimuli(const ana_alignment_data *data, ana_alignment *to)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_allocate(data->n_stimuli, sizeof(char *), "alignment", (void *)&to->stimuli));
    for (size_t i = 0; i < data->n_stimuli; i++) {
        char text[32];
        snprintf(text, sizeof text, "%zu", i);
        ANA_TRY(ana_copy_text(data->stimuli != NULL ? data->stimuli[i] : text, &to->stimuli[i]));
        to->n_stimuli++;
    }
done:
    return status;
}

ana_status ana_alignment_compute(const ana_alignment_data *data,
                                 const ana_alignment_options *options, ana_alignment **out)
{
    const ana_alignment_options settings =
        options != NULL ? *options : ana_alignment_options_default();
    ana_status status = ANA_OK;
    ana_alignment_scene scene = {0};
    ana_alignment *made = NULL;
    ANA_TRY(check(data, &settings));
    ANA_TRY(ana_allocate(1, sizeof *made, "alignment", (void *)&made));
    ANA_TRY(ana_alignment_scene_make(data, &settings, &scene));
    made->n_permutations = settings.n_permutations;
    made->n_halves = settings.n_halves;
    ANA_TRY(ana_copy_text(scene.rule->name, &made->measure));
    ANA_TRY(ana_copy_text(scene.rule->score == NULL
                              ? ana_rdm_similarity_names[settings.compare.similarity]
                              : scene.rule->value,
                          &made->value));
    ANA_TRY(name_stimuli(data, made));
    ANA_TRY(list_layers(data, made));
    ANA_TRY(list_targets(data, made, &scene));
    count_left_out(&scene, made);
    ANA_TRY(test_all(&scene, made));
    *out = made;
    made = NULL;
done:
    ana_alignment_free(made);
    ana_alignment_scene_release(&scene);
    return status;
}

static void free_target(ana_alignment_target *target)
{
    free(target->region);
    ana_rsa_free(target->scores);
    ana_rsa_free(target->models);
    free(target->other_regions);
    free(target->chosen);
    free(target->held_out);
    free(target->drawn_mean);
    free(target->drawn_sd);
    free(target->layer_rank);
    free(target->model_rank);
}

void ana_alignment_free(ana_alignment *alignment)
{
    if (alignment == NULL) {
        return;
    }
    for (size_t t = 0; t < alignment->n_targets; t++) {
        free_target(&alignment->targets[t]);
    }
    free(alignment->targets);
    ana_free_texts(alignment->n_stimuli, alignment->stimuli);
    ana_free_texts(alignment->n_layers, alignment->layers);
    ana_free_texts(alignment->n_models, alignment->models);
    ana_free_texts(alignment->n_regions, alignment->regions);
    free(alignment->measure);
    free(alignment->value);
    free(alignment->model_of);
    free(alignment->is_baseline);
    free(alignment->layer_time);
    free(alignment->n_units);
    free(alignment->n_left_out);
    free(alignment->region_of);
    free(alignment->lags.lag);
    free(alignment->lags.value);
    free(alignment->lags.p_max);
    ana_rdms_free(alignment->geometry);
    free(alignment);
}
