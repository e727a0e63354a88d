/* Scores of layers with brains: of all stimuli, of some, or of others in their place. */
#include "alignment_parts.h"
#include "pairs.h"
#include "try.h"

#include <omp.h>
#include <string.h>

/* Matrices of `from` for those rows, or borrowed as they are. */
static void take_rdms(const ana_rdms *from, size_t n, const size_t *rows, double *room,
                      ana_rdms *to)
{
    const size_t n_pairs = ana_rdm_n_pairs(from->n_conditions);
    *to = *from;
    if (rows == NULL) {
        return;
    }
    to->n_conditions = n;
    to->values = room;
    for (size_t k = 0; k < from->n_rdms; k++) {
        const double *values = from->values + k * n_pairs;
        for (size_t i = 0; i < n; i++) {
            for (size_t j = i + 1; j < n; j++) {
                *room++ = values[pairs_place_of(from->n_conditions, rows[i], rows[j])];
            }
        }
    }
}

static ana_rdm_compare_options comparison(const ana_alignment_scene *scene, bool in_parallel)
{
    ana_rdm_compare_options options = scene->options->compare;
    options.run = scene->options->run;
    options.run.n_threads = in_parallel ? 1 : options.run.n_threads;
    return options;
}

static ana_status score_rdms(const ana_alignment_scene *scene, const ana_alignment_rows *rows,
                             bool in_parallel, double *values)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_rdms layers;
    ana_rdms brains;
    const ana_rdm_compare_options options = comparison(scene, in_parallel);
    const size_t n_pairs = ana_rdm_n_pairs(rows->n);
    double *layer_room =
        rows->layers != NULL ? ana_workspace_doubles(&workspace, scene->n_layers, n_pairs) : NULL;
    double *brain_room =
        rows->brains != NULL ? ana_workspace_doubles(&workspace, scene->n_brains, n_pairs) : NULL;
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    take_rdms(scene->layer_rdms, rows->n, rows->layers, layer_room, &layers);
    take_rdms(scene->brain_rdms, rows->n, rows->brains, brain_room, &brains);
    ANA_TRY(ana_rdm_compare(&layers, &brains, NULL, &options, values));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Those rows of a system, borrowed but for the values. */
static ana_responses take_rows(const ana_responses *from, size_t n, const size_t *rows,
                               double *room)
{
    ana_responses to = *from;
    if (rows == NULL) {
        return to;
    }
    to.n_stimuli = n;
    to.values = room;
    for (size_t i = 0; i < n; i++) {
        memcpy(room + i * from->n_units, from->values + rows[i] * from->n_units,
               from->n_units * sizeof *room);
    }
    return to;
}

static size_t most_units(size_t n, ana_responses *const *systems)
{
    size_t most = 0;
    for (size_t k = 0; k < n; k++) {
        most = systems[k]->n_units > most ? systems[k]->n_units : most;
    }
    return most;
}

/* One pair; scratch holds rows->n x (most units of layers + most of brains). */
static ana_status score_pair(const ana_alignment_scene *scene, const ana_alignment_rows *rows,
                             size_t l, size_t b, double *scratch, double *value)
{
    ana_alignment_options options = *scene->options;
    options.run.n_threads = 1;
    options.run.progress = NULL;
    options.run.warn = NULL;
    double *brain_room = scratch + rows->n * most_units(scene->n_layers, scene->layer_values);
    const ana_responses layer = take_rows(scene->layer_values[l], rows->n, rows->layers, scratch);
    const ana_responses brain =
        take_rows(scene->brain_values[b], rows->n, rows->brains, brain_room);
    return scene->rule->score(&layer, &brain, scene->brain_ceilings[b], &options, value);
}

static ana_status score_values(const ana_alignment_scene *scene, const ana_alignment_rows *rows,
                               int n_threads, double *values)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_pairs = scene->n_layers * scene->n_brains;
    const size_t n_brains = scene->n_brains;
    const size_t room = rows->n * (most_units(scene->n_layers, scene->layer_values) +
                                   most_units(scene->n_brains, scene->brain_values));
    double *scratch = ana_workspace_doubles(&workspace, (size_t)n_threads, room);
    ana_status *status_of = ana_workspace_bytes(&workspace, n_pairs, 1, sizeof *status_of);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
#pragma omp parallel for default(none) schedule(dynamic, 1) num_threads(n_threads)                 \
    shared(scene, rows, n_pairs, n_brains, room, scratch, status_of, values)
    for (size_t i = 0; i < n_pairs; i++) {
        double *mine = scratch + (size_t)omp_get_thread_num() * room;
        status_of[i] = score_pair(scene, rows, i / n_brains, i % n_brains, mine, &values[i]);
    }
    for (size_t i = 0; i < n_pairs; i++) {
        if (status_of[i] != ANA_OK) { /* once more, for its sentence */
            ANA_TRY(score_pair(scene, rows, i / n_brains, i % n_brains, scratch, &values[i]));
            ANA_TRY(ana_fail(status_of[i], "alignment: a layer and a brain have no score"));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_alignment_score(const ana_alignment_scene *scene, const ana_alignment_rows *rows,
                               bool in_parallel, double *values)
{
    const size_t n_pairs = scene->n_layers * scene->n_brains;
    const int n_threads = in_parallel ? 1 : ana_run_threads(&scene->options->run, n_pairs);
    return scene->rule->score == NULL ? score_rdms(scene, rows, in_parallel, values)
                                      : score_values(scene, rows, n_threads, values);
}

static void gather(const ana_rdms *from, size_t n, const size_t *which, double *room, ana_rdms *to)
{
    const size_t n_pairs = ana_rdm_n_pairs(from->n_conditions);
    *to = *from;
    to->n_rdms = n;
    to->values = room;
    for (size_t k = 0; k < n; k++) {
        memcpy(room + k * n_pairs, from->values + which[k] * n_pairs, n_pairs * sizeof *room);
    }
}

ana_status ana_alignment_score_brains(const ana_alignment_scene *scene, size_t n_a, const size_t *a,
                                      size_t n_b, const size_t *b, double *values)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_rdms models;
    ana_rdms brains;
    if (scene->rule->score != NULL) {
        ana_alignment_options options = *scene->options;
        options.run.warn = NULL;
        for (size_t i = 0; i < n_a * n_b; i++) {
            ANA_TRY(scene->rule->score(scene->brain_values[a[i / n_b]],
                                       scene->brain_values[b[i % n_b]],
                                       scene->brain_ceilings[b[i % n_b]], &options, &values[i]));
        }
        return ANA_OK;
    }
    const ana_rdm_compare_options options = comparison(scene, false);
    const size_t n_pairs = ana_rdm_n_pairs(scene->n_stimuli);
    double *room = ana_workspace_doubles(&workspace, n_a + n_b, n_pairs);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    gather(scene->brain_rdms, n_a, a, room, &models);
    gather(scene->brain_rdms, n_b, b, room + n_a * n_pairs, &brains);
    ANA_TRY(ana_rdm_compare(&models, &brains, NULL, &options, values));
done:
    ana_workspace_release(&workspace);
    return status;
}
