/* What brains say of one another: ceilings, other subjects and other regions as models. */
#include "alignment_figures.h"
#include "alignment_parts.h"
#include "memory.h"
#include "rsa_parts.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Dissimilarities of a target's subjects, borrowed but for `room`. */
static ana_rdms gather(const ana_alignment_scene *scene, size_t n, const size_t *members,
                       double *room)
{
    const size_t n_pairs = ana_rdm_n_pairs(scene->n_stimuli);
    ana_rdms brains = *scene->brain_rdms;
    brains.n_rdms = n;
    brains.values = room;
    for (size_t s = 0; s < n; s++) {
        memcpy(room + s * n_pairs, scene->brain_rdms->values + members[s] * n_pairs,
               n_pairs * sizeof *room);
    }
    return brains;
}

/* Of few subjects intervals are for other stimuli. */
static ana_rsa_resampled resampled(const ana_alignment_options *options, size_t n_subjects)
{
    const bool few = n_subjects < (options->over == ANA_ALIGNMENT_SUBJECTS ? 3 : 2);
    return options->over == ANA_ALIGNMENT_STIMULI || few ? ANA_RSA_CONDITIONS
           : options->over == ANA_ALIGNMENT_BOTH         ? ANA_RSA_DUAL
                                                         : ANA_RSA_SUBJECTS;
}

ana_status ana_alignment_rsa(const ana_alignment_scene *scene, size_t t,
                             ana_alignment_target *target)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_rsa *scores = NULL;
    ana_rsa_options options = ana_alignment_rsa_options(scene->options);
    const size_t n = target->scores->n_subjects;
    double *room = ana_workspace_doubles(&workspace, n, ana_rdm_n_pairs(scene->n_stimuli));
    size_t *members = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    ana_alignment_members(scene, t, members);
    ana_rdms brains = gather(scene, n, members, room);
    brains.names = target->scores->subjects;
    options.n_permutations = 0;                          /* all targets together, later */
    options.run.warn = t == 0 ? options.run.warn : NULL; /* of few stimuli: once */
    options.over = resampled(scene->options, n);
    options.n_bootstraps =
        options.over != ANA_RSA_SUBJECTS ? scene->options->n_bootstraps : 0; /* by their values */
    ANA_TRY(ana_rsa_compute(&brains, scene->layer_rdms, NULL, &options, &scores));
    if (options.over == ANA_RSA_SUBJECTS) {
        options.n_bootstraps = scene->options->n_bootstraps;
        ANA_TRY(ana_rsa_test(&options, scores));
    }
    ana_rsa_free(target->scores);
    target->scores = scores;
    scores = NULL;
done:
    ana_rsa_free(scores);
    ana_workspace_release(&workspace);
    return status;
}

/* Mean over pairs of different subjects; NaN for one alone. */
static double between_subjects(size_t n, const double *values)
{
    double sum = 0.0;
    for (size_t i = 0; i < n * n; i++) {
        sum += i / n != i % n ? values[i] : 0.0;
    }
    return n > 1 ? sum / ((double)n * ((double)n - 1.0)) : (double)NAN;
}

/* Mean over the subjects that both regions were measured in; values[i * n_b + j]. */
static double between_regions(const ana_rsa *a, const ana_rsa *b, const double *values)
{
    double sum = 0.0;
    double n = 0.0;
    for (size_t i = 0; i < a->n_subjects; i++) {
        for (size_t j = 0; j < b->n_subjects; j++) {
            const bool same = strcmp(a->subjects[i], b->subjects[j]) == 0;
            sum += same ? values[i * b->n_subjects + j] : 0.0;
            n += same ? 1.0 : 0.0;
        }
    }
    return n > 0.0 ? sum / n : (double)NAN;
}

static bool same_time(double a, double b)
{
    return (isnan(a) && isnan(b)) || a == b;
}

ana_status ana_alignment_compare_brains(const ana_alignment_scene *scene, ana_alignment *to)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = scene->n_brains;
    size_t *members = ana_workspace_sizes(&workspace, n, 2);
    double *values = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    for (size_t t = 0; t < to->n_targets; t++) {
        ana_alignment_target *target = &to->targets[t];
        ANA_TRY(ana_allocate(to->n_regions, sizeof(double), "alignment",
                             (void *)&target->other_regions));
        for (size_t r = 0; r < to->n_regions; r++) {
            target->other_regions[r] = (double)NAN;
        }
        ana_alignment_members(scene, t, members);
        for (size_t o = 0; o < to->n_targets && scene->options->compare_brains; o++) {
            const ana_rsa *other = to->targets[o].scores;
            const size_t n_here = target->scores->n_subjects;
            if (!same_time(target->time, to->targets[o].time)) {
                continue;
            }
            ana_alignment_members(scene, o, members + n);
            ANA_TRY(ana_alignment_score_brains(scene, other->n_subjects, members + n, n_here,
                                               members, values));
            if (o == t) {
                target->other_subjects = between_subjects(n_here, values);
            } else {
                target->other_regions[to->region_of[o]] =
                    between_regions(other, target->scores, values);
            }
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The layers' dissimilarities, and each region's mean over its subjects, in their own units. */
ana_status ana_alignment_keep_geometry(const ana_alignment_scene *scene, ana_alignment *to)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_pairs = ana_rdm_n_pairs(scene->n_stimuli);
    const size_t n_kept = to->n_regions; /* the time of its best score */
    if (scene->layer_rdms == NULL) {
        return ANA_OK;
    }
    size_t *members = ana_workspace_sizes(&workspace, scene->n_brains, 1);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    ANA_TRY(ana_rdms_new(to->n_layers + n_kept, scene->n_stimuli, &to->geometry));
    memcpy(to->geometry->values, scene->layer_rdms->values,
           to->n_layers * n_pairs * sizeof(double));
    for (size_t i = 0; i < scene->n_stimuli; i++) {
        free(to->geometry->conditions[i]);
        to->geometry->conditions[i] = NULL;
        ANA_TRY(ana_copy_text(to->stimuli[i], &to->geometry->conditions[i]));
    }
    for (size_t k = 0; k < to->n_layers + n_kept; k++) {
        free(to->geometry->names[k]);
        to->geometry->names[k] = NULL;
        ANA_TRY(ana_copy_text(k < to->n_layers ? to->layers[k] : to->regions[k - to->n_layers],
                              &to->geometry->names[k]));
    }
    for (size_t r = 0; r < n_kept; r++) {
        double *mean = to->geometry->values + (to->n_layers + r) * n_pairs;
        const size_t t = ana_alignment_best_target(to, r);
        const size_t n = to->targets[t].scores->n_subjects;
        ana_alignment_members(scene, t, members);
        for (size_t s = 0; s < n; s++) {
            const double *one = scene->brain_rdms->values + members[s] * n_pairs;
            for (size_t i = 0; i < n_pairs; i++) {
                mean[i] += one[i] / (double)n;
            }
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
