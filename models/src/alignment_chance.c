/* Could it be chance? The stimuli of all layers are permuted alike. */
#include "alignment_parts.h"
#include "memory.h"
#include "rsa_parts.h"
#include "try.h"

#include <analysis/resampling.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a permutation gives: the mean over subjects of every layer (L) with every target (T), and
 * of every lag. */
typedef struct chance {
    const ana_alignment_scene *scene;
    ana_alignment *to;
    size_t n_scores; /* L x T */
    size_t n_lags;   /* M x regions x lags */
    double *null;    /* permutations x (scores + lags) */
} chance;

static size_t row_length(const chance *of)
{
    return of->n_scores + of->n_lags;
}

/* Means over the subjects of each target, of L x B values. */
static void average(const chance *of, const double *values, double *means)
{
    const ana_alignment_scene *scene = of->scene;
    const size_t n_targets = of->to->n_targets;
    memset(means, 0, of->n_scores * sizeof *means);
    for (size_t l = 0; l < scene->n_layers; l++) {
        for (size_t b = 0; b < scene->n_brains; b++) {
            const size_t t = scene->target_of[b];
            means[l * n_targets + t] +=
                values[l * scene->n_brains + b] / (double)of->to->targets[t].scores->n_subjects;
        }
    }
}

static ana_status permuted(void *user, const ana_rearranged *data, double *means)
{
    const chance *of = user;
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_alignment_rows rows = {data->n, data->order, NULL};
    double *values = ana_workspace_doubles(&workspace, of->scene->n_layers, of->scene->n_brains);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    ANA_TRY(ana_alignment_score(of->scene, &rows, true, values));
    average(of, values, means);
done:
    ana_workspace_release(&workspace);
    return status;
}

static void keep(const chance *of, size_t n_permutations, const double *means)
{
    for (size_t k = 0; k < n_permutations; k++) {
        memcpy(of->null + k * row_length(of), means + k * of->n_scores,
               of->n_scores * sizeof *means);
    }
}

/* Any measure: everything is scored again. */
static ana_status by_scoring(chance *of, const ana_alignment_options *options)
{
    ana_status status = ANA_OK;
    ana_resampling_options settings = ana_resampling_options_default();
    ana_workspace workspace = {0};
    double *means = ana_workspace_doubles(&workspace, options->n_permutations, of->n_scores);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    settings.run = options->run;
    settings.n_resamples = options->n_permutations;
    ANA_TRY(
        ana_resampling_values(of->scene->n_stimuli, of->n_scores, permuted, of, &settings, means));
    keep(of, options->n_permutations, means);
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Layers whose scores with all subjects of a target are known, and the target's brains; borrowed
 * but for the values. */
typedef struct known_layers {
    size_t n;
    size_t *layers;
    const char **names;
    ana_rdms models;
    ana_rdms brains;
} known_layers;

static void find_known(const chance *of, size_t t, size_t *members, known_layers *known)
{
    const ana_alignment_scene *scene = of->scene;
    const ana_rsa *scores = of->to->targets[t].scores;
    const size_t n_pairs = ana_rdm_n_pairs(scene->n_stimuli);
    const size_t n = scores->n_subjects;
    known->n = 0;
    for (size_t l = 0; l < scene->n_layers; l++) {
        bool all = true;
        for (size_t s = 0; s < n; s++) {
            all = all && !isnan(scores->values[l * n + s]);
        }
        if (all) {
            memcpy(known->models.values + known->n * n_pairs,
                   scene->layer_rdms->values + l * n_pairs, n_pairs * sizeof(double));
            known->names[known->n] = scene->layers[l].name;
            known->layers[known->n++] = l;
        }
    }
    known->models.n_rdms = known->n;
    known->brains.n_rdms = n;
    ana_alignment_members(scene, t, members);
    for (size_t s = 0; s < n; s++) {
        memcpy(known->brains.values + s * n_pairs, scene->brain_rdms->values + members[s] * n_pairs,
               n_pairs * sizeof(double));
    }
}

/* null: permutations x known layers (out). */
static ana_status permute_known(const known_layers *known, const ana_rsa *scores,
                                const ana_rsa_options *settings, double *null)
{
    ana_status status = ANA_OK;
    ana_rsa *own = NULL;
    const size_t n = scores->n_subjects;
    ANA_TRY(ana_rsa_new(known->n, known->names, n, (const char *const *)scores->subjects, &own));
    for (size_t k = 0; k < known->n; k++) {
        memcpy(own->values + k * n, scores->values + known->layers[k] * n, n * sizeof(double));
    }
    ANA_TRY(ana_rsa_permute(&known->brains, &known->models, NULL, settings, null, own));
done:
    ana_rsa_free(own);
    return status;
}

/* Dissimilarities: target by target, in the same permutations. */
static ana_status by_dissimilarities(chance *of, const ana_alignment_options *options)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_alignment_scene *scene = of->scene;
    const ana_rsa_options settings = ana_alignment_rsa_options(options);
    const size_t n_pairs = ana_rdm_n_pairs(scene->n_stimuli);
    const size_t n_targets = of->to->n_targets;
    known_layers known = {.models = *scene->layer_rdms, .brains = *scene->brain_rdms};
    known.layers = ana_workspace_sizes(&workspace, scene->n_layers, 1);
    known.names = ana_workspace_bytes(&workspace, scene->n_layers, 1, sizeof *known.names);
    known.models.values = ana_workspace_doubles(&workspace, scene->n_layers, n_pairs);
    known.brains.values = ana_workspace_doubles(&workspace, scene->n_brains, n_pairs);
    double *null = ana_workspace_doubles(&workspace, options->n_permutations, scene->n_layers);
    size_t *members = ana_workspace_sizes(&workspace, scene->n_brains, 1);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    for (size_t i = 0; i < options->n_permutations * row_length(of); i++) {
        of->null[i] = (double)NAN;
    }
    for (size_t t = 0; t < n_targets; t++) {
        find_known(of, t, members, &known);
        if (known.n > 0) {
            ANA_TRY(permute_known(&known, of->to->targets[t].scores, &settings, null));
        }
        for (size_t i = 0; i < options->n_permutations * known.n; i++) {
            of->null[i / known.n * row_length(of) + known.layers[i % known.n] * n_targets + t] =
                null[i];
        }
        ANA_TRY(ana_run_progress(&options->run, "chance", t + 1, n_targets));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Null values of n statistics, those of a permutation `stride` after those of the one before. */
typedef struct null_values {
    size_t n_permutations;
    size_t n;
    size_t stride;
    const double *values;
    ana_tail tail;
} null_values;

/* p and p_max of all; an unknown one takes no part. */
static ana_status find_p(const null_values *of, const double *observed, double *p, double *p_max)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = of->n;
    const double worst = (double)(of->tail == ANA_TAIL_LESS ? INFINITY : -INFINITY);
    double *known = ana_workspace_doubles(&workspace, n, 1);
    double *rows = ana_workspace_doubles(&workspace, of->n_permutations, n);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    for (size_t i = 0; i < n; i++) {
        bool there = !isnan(observed[i]);
        for (size_t k = 0; k < of->n_permutations && there; k++) {
            there = !isnan(of->values[k * of->stride + i]);
        }
        known[i] = there ? observed[i] : worst;
        for (size_t k = 0; k < of->n_permutations; k++) {
            rows[k * n + i] = there ? of->values[k * of->stride + i] : worst;
        }
    }
    ANA_TRY(ana_resampling_p_values(of->n_permutations, n, known, rows, of->tail, p, p_max));
    for (size_t i = 0; i < n; i++) {
        p[i] = isinf(known[i]) ? (double)NAN : p[i];
        p_max[i] = isinf(known[i]) ? (double)NAN : p_max[i];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status find_chance(chance *of, const ana_alignment_options *options, double *scratch)
{
    ana_status status = ANA_OK;
    ana_alignment *to = of->to;
    const size_t n_targets = to->n_targets;
    const size_t n = of->n_scores > of->n_lags ? of->n_scores : of->n_lags;
    double *observed = scratch;
    double *p = scratch + n;
    double *p_max = scratch + 2 * n;
    const bool is_distance = to->targets[0].scores->similarity == ANA_RDM_SIM_BURES_DISTANCE;
    const ana_tail tail = is_distance ? ANA_TAIL_LESS : ANA_TAIL_GREATER;
    for (size_t i = 0; i < of->n_scores; i++) {
        observed[i] = to->targets[i % n_targets].scores->mean[i / n_targets];
    }
    null_values values = {options->n_permutations, of->n_scores, row_length(of), of->null, tail};
    ANA_TRY(find_p(&values, observed, p, p_max));
    for (size_t i = 0; i < of->n_scores; i++) {
        to->targets[i % n_targets].scores->p_chance[i / n_targets] = p[i];
        to->targets[i % n_targets].scores->p_chance_max[i / n_targets] = p_max[i];
    }
    if (of->n_lags > 0) {
        for (size_t k = 0; k < options->n_permutations; k++) {
            double *row = of->null + k * row_length(of);
            ana_alignment_at_lags(to, row, row + of->n_scores);
        }
        values.n = of->n_lags;
        values.values = of->null + of->n_scores;
        ANA_TRY(find_p(&values, to->lags.value, p, to->lags.p_max));
    }
done:
    return status;
}

ana_status ana_alignment_permute(const ana_alignment_scene *scene, ana_alignment *to)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_alignment_options *options = scene->options;
    chance of = {.scene = scene,
                 .to = to,
                 .n_scores = to->n_layers * to->n_targets,
                 .n_lags = to->n_models * to->n_regions * to->lags.n_lags};
    if (options->n_permutations == 0) {
        return ANA_OK;
    }
    const size_t n = of.n_scores > of.n_lags ? of.n_scores : of.n_lags;
    of.null = ana_workspace_doubles(&workspace, options->n_permutations, row_length(&of));
    double *scratch = ana_workspace_doubles(&workspace, n, 3);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    ANA_TRY(scene->rule->score == NULL ? by_dissimilarities(&of, options)
                                       : by_scoring(&of, options));
    ANA_TRY(find_chance(&of, options, scratch));
done:
    ana_workspace_release(&workspace);
    return status;
}
