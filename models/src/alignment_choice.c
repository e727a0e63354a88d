/* The best layer of each model, chosen on half of the stimuli and scored on the other half. */
#include "alignment_figures.h"
#include "alignment_parts.h"
#include "memory.h"
#include "rsa_parts.h"
#include "try.h"

#include <analysis/folds.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Scores of all halves: values[h * L * B + ...], the halves 2 k and 2 k + 1 one another's rest. */
typedef struct halved {
    const ana_alignment_scene *scene;
    ana_alignment *to;
    size_t n_halves;
    double *values;
} halved;

static ana_status score_half(const halved *of, const ana_fold *half, size_t h)
{
    const ana_alignment_rows rows = {half->n_test, half->test, half->test};
    const size_t size = of->scene->n_layers * of->scene->n_brains;
    return ana_alignment_score(of->scene, &rows, true, of->values + h * size);
}

static ana_status score_halves(const halved *of, int n_threads, const ana_folds *folds)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = of->n_halves;
    ana_status *status_of = ana_workspace_bytes(&workspace, n, 1, sizeof *status_of);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
#pragma omp parallel for default(none) schedule(dynamic, 1) num_threads(n_threads)                 \
    shared(of, folds, n, status_of)
    for (size_t h = 0; h < n; h++) {
        status_of[h] = score_half(of, &folds->folds[h], h);
    }
    for (size_t h = 0; h < n; h++) {
        if (status_of[h] != ANA_OK) { /* once more, for its sentence */
            ANA_TRY(score_half(of, &folds->folds[h], h));
            ANA_TRY(ana_fail(status_of[h], "alignment: a half of the stimuli has no scores"));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static double value_of(const halved *of, size_t half, size_t layer, size_t brain)
{
    const ana_alignment_scene *scene = of->scene;
    return of->values[(half * scene->n_layers + layer) * scene->n_brains + brain];
}

/* The model's layer of the largest mean over the members; n_layers: none is known. */
static size_t best_layer(const halved *of, size_t half, size_t model, size_t n,
                         const size_t *members)
{
    const size_t n_layers = of->scene->n_layers;
    const bool is_distance = of->to->targets[0].scores->similarity == ANA_RDM_SIM_BURES_DISTANCE;
    size_t best = n_layers;
    double most = -INFINITY;
    for (size_t l = 0; l < n_layers; l++) {
        double mean = 0.0;
        for (size_t s = 0; s < n; s++) {
            mean += value_of(of, half, l, members[s]) / (double)n;
        }
        mean = is_distance ? -mean : mean;
        if (of->to->model_of[l] == model && mean > most) {
            best = l;
            most = mean;
        }
    }
    return best;
}

/* Each half chooses for the other. */
static void choose_for(const halved *of, size_t t, const size_t *members)
{
    ana_alignment_target *target = &of->to->targets[t];
    const size_t n = target->scores->n_subjects;
    for (size_t m = 0; m < of->to->n_models; m++) {
        double *held_out = target->held_out + m * n;
        for (size_t s = 0; s < n; s++) {
            held_out[s] = 0.0;
        }
        for (size_t h = 0; h < of->n_halves; h++) {
            const size_t best = best_layer(of, h, m, n, members);
            const size_t other = h % 2 == 0 ? h + 1 : h - 1;
            if (best < of->scene->n_layers) {
                target->chosen[best] += 1.0 / (double)of->n_halves;
            }
            for (size_t s = 0; s < n; s++) {
                held_out[s] += best < of->scene->n_layers
                                   ? value_of(of, other, best, members[s]) / (double)of->n_halves
                                   : (double)NAN;
            }
        }
    }
}

size_t ana_alignment_most_chosen(const ana_alignment *of, size_t target, size_t model)
{
    const double *chosen = of->targets[target].chosen;
    size_t best = of->n_layers;
    for (size_t l = 0; l < of->n_layers; l++) {
        const bool more = best == of->n_layers || chosen[l] > chosen[best];
        best = of->model_of[l] == model && more ? l : best;
    }
    return best;
}

/* Tests for other stimuli are those of the layers chosen most often. */
static void test_by_layers(const ana_alignment *of, size_t t)
{
    const size_t n = of->n_models;
    const ana_alignment_target *target = &of->targets[t];
    for (size_t i = 0; i < n * n; i++) {
        const size_t a = ana_alignment_most_chosen(of, t, i / n);
        const size_t b = ana_alignment_most_chosen(of, t, i % n);
        target->models->p_between[i] = target->scores->p_between[a * of->n_layers + b];
    }
}

static ana_status summarise(const halved *of, size_t t)
{
    ana_status status = ANA_OK;
    ana_alignment_target *target = &of->to->targets[t];
    const ana_rsa_options options = ana_alignment_rsa_options(of->scene->options);
    const ana_rsa *scores = target->scores;
    ANA_TRY(ana_rsa_new(of->to->n_models, (const char *const *)of->to->models, scores->n_subjects,
                        (const char *const *)scores->subjects, &target->models));
    target->models->n_conditions = of->scene->n_stimuli / 2;
    target->models->similarity = scores->similarity;
    memcpy(target->models->values, target->held_out,
           of->to->n_models * scores->n_subjects * sizeof(double));
    ANA_TRY(ana_rsa_test(&options, target->models));
    if (of->scene->options->over != ANA_ALIGNMENT_SUBJECTS || scores->n_subjects < 3) {
        test_by_layers(of->to, t);
    }
done:
    return status;
}

ana_status ana_alignment_choose(const ana_alignment_scene *scene, ana_alignment *to)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_folds *folds = NULL;
    ana_folds_options how = ana_folds_options_default();
    halved of = {.scene = scene, .to = to, .n_halves = 2 * scene->options->n_halves};
    if (of.n_halves == 0) {
        return ANA_OK;
    }
    if (scene->n_stimuli / 2 < scene->rule->least) {
        ana_warn(&scene->options->run,
                 "%zu stimuli are too few to choose layers on half of them: %s needs %zu in each "
                 "half",
                 scene->n_stimuli, scene->rule->name, scene->rule->least);
        to->n_halves = 0;
        return ANA_OK;
    }
    how.run = scene->options->run;
    how.n_folds = 2;
    how.n_repeats = scene->options->n_halves;
    of.values = ana_workspace_doubles(&workspace, of.n_halves, scene->n_layers * scene->n_brains);
    size_t *members = ana_workspace_sizes(&workspace, scene->n_brains, 1);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    ANA_TRY(ana_folds_plain(scene->n_stimuli, &how, &folds));
    ANA_TRY(score_halves(&of, ana_run_threads(&how.run, of.n_halves), folds));
    for (size_t t = 0; t < to->n_targets; t++) {
        ana_alignment_target *target = &to->targets[t];
        ANA_TRY(ana_allocate(to->n_layers, sizeof(double), "alignment", (void *)&target->chosen));
        ANA_TRY(ana_allocate(to->n_models * target->scores->n_subjects, sizeof(double), "alignment",
                             (void *)&target->held_out));
        ana_alignment_members(scene, t, members);
        choose_for(&of, t, members);
        ANA_TRY(summarise(&of, t));
    }
done:
    ana_folds_free(folds);
    ana_workspace_release(&workspace);
    return status;
}
