/* Layers and brains made ready for a measure: their dissimilarities, or their whole units. */
#include "alignment_parts.h"
#include "dense.h"
#include "memory.h"
#include "rdm_parts.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ana_status to_observations(const ana_responses *responses, ana_observations **out)
{
    ana_status status = ana_observations_new(responses->n_stimuli, responses->n_units, out);
    if (status == ANA_OK) {
        memcpy((*out)->values, responses->values,
               responses->n_stimuli * responses->n_units * sizeof(double));
    }
    return status;
}

/* Every row of means is a condition. */
static ana_status label_rows(const ana_responses *responses, ana_observations *rows)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_allocate(rows->n_times, sizeof(int64_t), "alignment", (void *)&rows->labels));
    ANA_TRY(ana_allocate(rows->n_times, sizeof(char *), "alignment", (void *)&rows->label_names));
    for (size_t i = 0; i < rows->n_times; i++) {
        rows->labels[i] = (int64_t)i;
        ANA_TRY(ana_copy_text(responses->stimuli[i], &rows->label_names[i]));
        rows->n_labels++;
    }
done:
    return status;
}

static ana_status of_rows(const ana_alignment_system *system, const ana_observations *rows,
                          bool whiten, const ana_rdm_options *how,
                          const ana_noise_options *noise_options, ana_rdms **out)
{
    ana_status status = ANA_OK;
    ana_noise *noise = NULL;
    if (whiten) {
        ANA_TRY(ana_noise_of_observations(rows, noise_options, &noise));
    }
    ANA_TRY(ana_rdm_compute(rows, noise, how, system->name, out));
done:
    ana_noise_free(noise);
    return status;
}

ana_status ana_alignment_dissimilarities(const ana_alignment_system *system, bool is_brain,
                                         size_t n_stimuli, const ana_alignment_options *options,
                                         double *out)
{
    ana_status status = ANA_OK;
    ana_observations *means = NULL;
    ana_rdms *rdms = NULL;
    ana_rdm_options how = options->rdm;
    const size_t n_pairs = ana_rdm_n_pairs(n_stimuli);
    if (system->dissimilarities != NULL) {
        memcpy(out, system->dissimilarities, n_pairs * sizeof *out);
        return ANA_OK;
    }
    if (is_brain && options->brain_method >= 0) {
        how.method = (ana_rdm_method)options->brain_method;
    }
    const bool whiten = is_brain && options->whiten && ana_rdm_takes_noise(how.method);
    const bool by_trials = whiten || ana_rdm_crosses(how.method);
    if (by_trials && system->trials == NULL) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "alignment: %s of %s is known by its means alone; %s needs its trials",
                        system->name, system->group,
                        whiten ? "whitening" : ana_rdm_method_names[how.method]);
    }
    if (!by_trials) {
        ANA_TRY(to_observations(system->responses, &means));
        ANA_TRY(label_rows(system->responses, means));
    }
    ANA_TRY(
        of_rows(system, by_trials ? system->trials : means, whiten, &how, &options->noise, &rdms));
    if (rdms->n_conditions != n_stimuli) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "alignment: trials of %s of %s show %zu of %zu stimuli",
                         system->name, system->group, rdms->n_conditions, n_stimuli));
    }
    memcpy(out, rdms->values, n_pairs * sizeof *out);
done:
    ana_rdms_free(rdms);
    ana_observations_free(means);
    return status;
}

/* Pairs that one system lacks are left out of all: it must have some. */
static ana_status check_known(const ana_alignment_system *system, size_t n_pairs,
                              const double *values, const ana_run *run)
{
    size_t n_known = 0;
    for (size_t k = 0; k < n_pairs; k++) {
        n_known += isnan(values[k]) ? 0 : 1;
    }
    if (n_known < 3) {
        return ana_fail(ANA_ERR_VALUE,
                        "alignment: %s of %s has %zu dissimilarities of %zu pairs of stimuli; its "
                        "patterns are constant or missing",
                        system->name, system->group, n_known, n_pairs);
    }
    if (n_known < n_pairs) {
        ana_warn(run, "%zu of %zu pairs of stimuli are left out of all: %s of %s lacks them",
                 n_pairs - n_known, n_pairs, system->name, system->group);
    }
    return ANA_OK;
}

static ana_status find_rdms(size_t n, const ana_alignment_system *systems, bool are_brains,
                            const ana_alignment_scene *scene, ana_rdms **out)
{
    ana_status status = ANA_OK;
    ana_rdms *rdms = NULL;
    const size_t n_pairs = ana_rdm_n_pairs(scene->n_stimuli);
    ANA_TRY(ana_rdms_new(n, scene->n_stimuli, &rdms));
    for (size_t k = 0; k < n; k++) {
        free(rdms->names[k]);
        rdms->names[k] = NULL;
        ANA_TRY(ana_copy_text(systems[k].name, &rdms->names[k]));
        ANA_TRY(ana_alignment_dissimilarities(&systems[k], are_brains, scene->n_stimuli,
                                              scene->options, rdms->values + k * n_pairs));
        ANA_TRY(
            check_known(&systems[k], n_pairs, rdms->values + k * n_pairs, &scene->options->run));
        ANA_TRY(ana_run_progress(&scene->options->run, "dissimilarities", k + 1, n));
    }
    *out = rdms;
    rdms = NULL;
done:
    ana_rdms_free(rdms);
    return status;
}

/* More units than stimuli become as many coordinates, by a turn: X = R^T Q^T, so X Q = R^T. */
static ana_status turn(const ana_responses *whole, ana_responses **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_responses *turned = NULL;
    const size_t n = whole->n_stimuli;
    const size_t p = whole->n_units;
    double *columns = ana_workspace_doubles(&workspace, p, n);
    double *q = ana_workspace_doubles(&workspace, p, n);
    double *r = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    ANA_TRY(ana_responses_new(whole->name, n, n, &turned));
    ana_transpose(n, p, whole->values, columns);
    ANA_TRY(ana_linalg_qr(p, n, columns, q, r));
    ana_transpose(n, n, r, turned->values);
    *out = turned;
    turned = NULL;
done:
    ana_responses_free(turned);
    ana_workspace_release(&workspace);
    return status;
}

static ana_status find_values(size_t n, const ana_alignment_system *systems,
                              const ana_alignment_rule *rule, size_t *n_left_out,
                              ana_responses **out)
{
    ana_status status = ANA_OK;
    ana_responses *whole = NULL;
    for (size_t k = 0; k < n; k++) {
        if (systems[k].responses == NULL) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE,
                             "alignment: %s of %s is known by its dissimilarities alone; %s needs "
                             "responses",
                             systems[k].name, systems[k].group, rule->name));
        }
        ANA_TRY(ana_responses_complete(systems[k].responses, &n_left_out[k], &whole));
        if (rule->turns && whole->n_units > whole->n_stimuli) {
            ANA_TRY(turn(whole, &out[k]));
            ana_responses_free(whole);
        } else {
            out[k] = whole;
        }
        whole = NULL;
    }
done:
    ana_responses_free(whole);
    return status;
}

/* Reliability of the units of brains whose trials say it, to normalise predictions by. */
static ana_status find_ceilings(ana_alignment_scene *scene)
{
    ana_status status = ANA_OK;
    ana_ceiling_options options = ana_ceiling_options_default();
    options.run = scene->options->run;
    ANA_TRY(
        ana_allocate(scene->n_brains, sizeof(void *), "alignment", (void *)&scene->brain_ceilings));
    for (size_t b = 0; b < scene->n_brains && scene->options->normalise; b++) {
        const ana_observations *trials = scene->brains[b].trials;
        const size_t n_units = scene->brain_values[b]->n_units;
        if (trials == NULL || trials->n_features != n_units) {
            ANA_TRY(ana_fail(ANA_ERR_UNSUPPORTED,
                             "alignment: %s of %s has no trials of its %zu units to normalise "
                             "predictions by",
                             scene->brains[b].name, scene->brains[b].group, n_units));
        }
        ANA_TRY(ana_ceiling_compute(trials, 0, NULL, &options, &scene->brain_ceilings[b]));
    }
done:
    return status;
}

static ana_status check_stimuli(size_t n, const ana_alignment_system *systems, size_t n_stimuli)
{
    for (size_t k = 0; k < n; k++) {
        const ana_alignment_system *system = &systems[k];
        if (system->responses == NULL && system->dissimilarities == NULL) {
            return ana_fail(ANA_ERR_VALUE, "alignment: nothing is known of %s of %s", system->name,
                            system->group);
        }
        if (system->responses != NULL && system->responses->n_stimuli != n_stimuli) {
            return ana_fail(ANA_ERR_VALUE, "alignment: %s of %s has %zu stimuli; %zu are compared",
                            system->name, system->group, system->responses->n_stimuli, n_stimuli);
        }
    }
    return ANA_OK;
}

ana_status ana_alignment_scene_make(const ana_alignment_data *data,
                                    const ana_alignment_options *options,
                                    ana_alignment_scene *scene)
{
    ana_status status = ANA_OK;
    const size_t n_layers = data->n_layers;
    const size_t n_brains = data->n_brains;
    const ana_alignment_system *layers = data->layers;
    const ana_alignment_system *brains = data->brains;
    *scene = (ana_alignment_scene){.rule = ana_alignment_rule_of(options->measure),
                                   .options = options,
                                   .layers = layers,
                                   .brains = brains,
                                   .n_stimuli = data->n_stimuli,
                                   .n_layers = n_layers,
                                   .n_brains = n_brains};
    ANA_TRY(check_stimuli(n_layers, layers, scene->n_stimuli));
    ANA_TRY(check_stimuli(n_brains, brains, scene->n_stimuli));
    if (scene->n_stimuli < scene->rule->least) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "alignment: %zu stimuli; %s needs %zu", scene->n_stimuli,
                         scene->rule->name, scene->rule->least));
    }
    ANA_TRY(ana_allocate(n_brains, sizeof(size_t), "alignment", (void *)&scene->target_of));
    ANA_TRY(ana_allocate(n_brains, sizeof(size_t), "alignment", (void *)&scene->column_of));
    ANA_TRY(ana_allocate(n_layers, sizeof(size_t), "alignment", (void *)&scene->layer_left_out));
    ANA_TRY(ana_allocate(n_brains, sizeof(size_t), "alignment", (void *)&scene->brain_left_out));
    if (scene->rule->score == NULL) {
        ANA_TRY(find_rdms(n_layers, layers, false, scene, &scene->layer_rdms));
        ANA_TRY(find_rdms(n_brains, brains, true, scene, &scene->brain_rdms));
    } else {
        ANA_TRY(ana_allocate(n_layers, sizeof(void *), "alignment", (void *)&scene->layer_values));
        ANA_TRY(ana_allocate(n_brains, sizeof(void *), "alignment", (void *)&scene->brain_values));
        ANA_TRY(
            find_values(n_layers, layers, scene->rule, scene->layer_left_out, scene->layer_values));
        ANA_TRY(
            find_values(n_brains, brains, scene->rule, scene->brain_left_out, scene->brain_values));
        ANA_TRY(find_ceilings(scene));
    }
done:
    if (status != ANA_OK) {
        ana_alignment_scene_release(scene);
    }
    return status;
}

static void free_values(size_t n, ana_responses **values)
{
    for (size_t k = 0; values != NULL && k < n; k++) {
        ana_responses_free(values[k]);
    }
    free(values);
}

void ana_alignment_scene_release(ana_alignment_scene *scene)
{
    ana_rdms_free(scene->layer_rdms);
    ana_rdms_free(scene->brain_rdms);
    free_values(scene->n_layers, scene->layer_values);
    free_values(scene->n_brains, scene->brain_values);
    for (size_t b = 0; scene->brain_ceilings != NULL && b < scene->n_brains; b++) {
        ana_ceiling_free(scene->brain_ceilings[b]);
    }
    free(scene->brain_ceilings);
    free(scene->layer_left_out);
    free(scene->brain_left_out);
    free(scene->target_of);
    free(scene->column_of);
    *scene = (ana_alignment_scene){0};
}

void ana_alignment_members(const ana_alignment_scene *scene, size_t target, size_t *members)
{
    for (size_t b = 0; b < scene->n_brains; b++) {
        if (scene->target_of[b] == target) {
            members[scene->column_of[b]] = b;
        }
    }
}
