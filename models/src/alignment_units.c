/* Layers with as many units as were recorded: random subsets of them, compared again. */
#include "alignment_parts.h"
#include "memory.h"
#include "try.h"

#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t units_of(const ana_alignment_scene *scene, size_t brain)
{
    const ana_responses *responses = scene->brains[brain].responses;
    return scene->options->n_units > 0 ? scene->options->n_units
           : responses != NULL         ? responses->n_units
                                       : 0;
}

/* Draw d of a layer: so many of its units, or all of them. */
static ana_status draw(const ana_alignment_scene *scene, size_t d, size_t layer, size_t n_units,
                       ana_responses **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_responses *whole = scene->layers[layer].responses;
    const size_t n = whole->n_units < n_units ? whole->n_units : n_units;
    ana_random random =
        ana_random_stream(scene->options->run.seed, "alignment units", d * scene->n_layers + layer);
    size_t *order = ana_workspace_sizes(&workspace, whole->n_units, 1);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    ana_random_permutation(&random, whole->n_units, order);
    ANA_TRY(ana_responses_take_units(whole, n, order, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* All layers that have responses, drawn: scored with every brain; values L x B. */
static ana_status score_draw(const ana_alignment_scene *scene, size_t d, size_t n_units,
                             double *values)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_alignment_scene drawn = {0};
    const size_t n_layers = scene->n_layers;
    const ana_alignment_rows rows = {scene->n_stimuli, NULL, NULL};
    ana_alignment_system *layers = ana_workspace_bytes(&workspace, n_layers, 1, sizeof *layers);
    ana_responses **parts = ana_workspace_bytes(&workspace, n_layers, 1, sizeof(void *));
    ana_alignment_options quiet = *scene->options;
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    quiet.run.progress = NULL;
    quiet.run.warn = NULL;
    for (size_t l = 0; l < n_layers; l++) {
        layers[l] = scene->layers[l];
        if (layers[l].responses != NULL && layers[l].dissimilarities == NULL) {
            ANA_TRY(draw(scene, d, l, n_units, &parts[l]));
            layers[l].responses = parts[l];
        }
    }
    const ana_alignment_data data = {
        .n_stimuli = scene->n_stimuli, .n_layers = n_layers, .layers = layers, .n_brains = 0};
    ANA_TRY(ana_alignment_scene_make(&data, &quiet, &drawn));
    ana_alignment_scene both = *scene;
    both.layer_rdms = drawn.layer_rdms;
    both.layer_values = drawn.layer_values;
    ANA_TRY(ana_alignment_score(&both, &rows, false, values));
done:
    for (size_t l = 0; parts != NULL && l < n_layers; l++) {
        ana_responses_free(parts[l]);
    }
    ana_alignment_scene_release(&drawn);
    ana_workspace_release(&workspace);
    return status;
}

/* values[d * L * B + ...]: each brain against draws of its own number of units; NaN: not known. */
static ana_status score_draws(const ana_alignment_scene *scene, double *values)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_brains = scene->n_brains;
    const size_t size = scene->n_layers * n_brains;
    double *scores = ana_workspace_doubles(&workspace, scene->n_layers, n_brains);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    for (size_t i = 0; i < scene->options->n_draws * size; i++) {
        values[i] = (double)NAN;
    }
    for (size_t b = 0; b < n_brains; b++) {
        const size_t n_units = units_of(scene, b);
        bool met = n_units == 0;
        for (size_t a = 0; a < b && !met; a++) {
            met = units_of(scene, a) == n_units;
        }
        for (size_t d = 0; d < scene->options->n_draws && !met; d++) {
            ANA_TRY(score_draw(scene, d, n_units, scores));
            for (size_t i = 0; i < size; i++) {
                const bool own = units_of(scene, i % n_brains) == n_units;
                values[d * size + i] = own ? scores[i] : values[d * size + i];
            }
            ANA_TRY(ana_run_progress(&scene->options->run, "draws of units", d + 1,
                                     scene->options->n_draws));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Mean and standard deviation over draws of the mean over subjects. */
static void summarise(const ana_alignment_scene *scene, const double *values, const size_t *members,
                      ana_alignment_target *target)
{
    const size_t n = target->scores->n_subjects;
    const size_t n_draws = scene->options->n_draws;
    for (size_t l = 0; l < scene->n_layers; l++) {
        const bool is_drawn = scene->layers[l].dissimilarities == NULL;
        double sum = 0.0;
        double square = 0.0;
        for (size_t d = 0; d < n_draws; d++) {
            double mean = 0.0;
            for (size_t s = 0; s < n; s++) {
                mean +=
                    values[(d * scene->n_layers + l) * scene->n_brains + members[s]] / (double)n;
            }
            sum += mean / (double)n_draws;
            square += mean * mean / (double)n_draws;
        }
        const double variance = fmax(square - sum * sum, 0.0) * (double)n_draws;
        target->drawn_mean[l] = is_drawn ? sum : (double)NAN;
        target->drawn_sd[l] =
            is_drawn && n_draws > 1 ? sqrt(variance / ((double)n_draws - 1.0)) : (double)NAN;
    }
}

ana_status ana_alignment_draw_units(const ana_alignment_scene *scene, ana_alignment *to)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t size = scene->n_layers * scene->n_brains;
    if (scene->options->n_draws == 0) {
        return ANA_OK;
    }
    double *values = ana_workspace_doubles(&workspace, scene->options->n_draws, size);
    size_t *members = ana_workspace_sizes(&workspace, scene->n_brains, 1);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    ANA_TRY(score_draws(scene, values));
    for (size_t t = 0; t < to->n_targets; t++) {
        ana_alignment_target *target = &to->targets[t];
        ANA_TRY(
            ana_allocate(to->n_layers, sizeof(double), "alignment", (void *)&target->drawn_mean));
        ANA_TRY(ana_allocate(to->n_layers, sizeof(double), "alignment", (void *)&target->drawn_sd));
        ana_alignment_members(scene, t, members);
        summarise(scene, values, members, target);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
