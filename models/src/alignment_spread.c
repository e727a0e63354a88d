/* How far scores scatter: without some stimuli, and with fewer units. */
#include "alignment_parts.h"
#include "memory.h"
#include "try.h"

#include <analysis/distributions.h>
#include <analysis/folds.h>
#include <analysis/random.h>
#include <analysis/resampling.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_GROUPS = 20 /* of stimuli, left out one after the other */
};

/* means[g * L + l]: of a target's layers without group g. */
static void average_target(const ana_alignment_scene *scene, const ana_rsa *scores,
                           const size_t *members, const double *values, double *means)
{
    for (size_t l = 0; l < scene->n_layers; l++) {
        means[l] = 0.0;
        for (size_t s = 0; s < scores->n_subjects; s++) {
            means[l] += values[l * scene->n_brains + members[s]] / (double)scores->n_subjects;
        }
    }
}

/* Variance of the difference of columns i and j (SIZE_MAX: of i alone) by the jackknife. */
static double jackknife_variance(size_t n_groups, size_t n, const double *means, size_t i, size_t j)
{
    double mean = 0.0;
    double sum = 0.0;
    for (size_t g = 0; g < n_groups; g++) {
        mean += (means[g * n + i] - (j < n ? means[g * n + j] : 0.0)) / (double)n_groups;
    }
    for (size_t g = 0; g < n_groups; g++) {
        const double value = means[g * n + i] - (j < n ? means[g * n + j] : 0.0) - mean;
        sum += value * value;
    }
    return sum * ((double)n_groups - 1.0) / (double)n_groups;
}

/* Of the mean over subjects; 0 of one subject. */
static double subject_variance(const ana_rsa *scores, size_t i, size_t j)
{
    const size_t n = scores->n_subjects;
    double mean = 0.0;
    double sum = 0.0;
    for (size_t s = 0; s < n; s++) {
        mean +=
            (scores->values[i * n + s] - (j < scores->n_models ? scores->values[j * n + s] : 0.0)) /
            (double)n;
    }
    for (size_t s = 0; s < n; s++) {
        const double value = scores->values[i * n + s] -
                             (j < scores->n_models ? scores->values[j * n + s] : 0.0) - mean;
        sum += value * value;
    }
    return n > 1 ? sum / ((double)n * ((double)n - 1.0)) : 0.0;
}

/* Intervals and tests between layers from those variances. */
static ana_status apply(const ana_alignment_options *options, bool with_subjects, size_t n_groups,
                        const double *means, ana_rsa *scores)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = scores->n_models;
    const double fewest = with_subjects && scores->n_subjects < n_groups
                              ? (double)scores->n_subjects
                              : (double)n_groups;
    const double wide = ana_t_quantile(0.5 + 0.5 * options->level, fewest - 1.0);
    size_t pair = 0;
    double *p = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    for (size_t i = 0; i < n; i++) {
        const double own = jackknife_variance(n_groups, n, means, i, n) +
                           (with_subjects ? subject_variance(scores, i, n) : 0.0);
        scores->standard_error[i] = sqrt(own);
        scores->low[i] = scores->mean[i] - wide * sqrt(own);
        scores->high[i] = scores->mean[i] + wide * sqrt(own);
        for (size_t j = i + 1; j < n; j++) {
            const double both = jackknife_variance(n_groups, n, means, i, j) +
                                (with_subjects ? subject_variance(scores, i, j) : 0.0);
            const double difference = fabs(scores->mean[i] - scores->mean[j]);
            p[pair++] = difference == 0.0
                            ? 1.0
                            : 2.0 * ana_t_survival(difference / sqrt(both), fewest - 1.0);
        }
    }
    ANA_TRY(ana_resampling_adjust(pair, p, (ana_correction)options->correction, p));
    pair = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++, pair++) {
            scores->p_between[i * n + j] = p[pair];
            scores->p_between[j * n + i] = p[pair];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static bool needs_jackknife(const ana_alignment_options *options, const ana_rsa *scores)
{
    return options->n_bootstraps > 0 &&
           (options->over != ANA_ALIGNMENT_SUBJECTS || scores->n_subjects < 3);
}

/* values[g * L * B + ...]: all scores without group g. */
static ana_status score_without(const ana_alignment_scene *scene, size_t n_groups, double *values)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_folds *folds = NULL;
    ana_folds_options how = ana_folds_options_default();
    size_t *left = ana_workspace_sizes(&workspace, scene->n_stimuli, 1);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    how.run = scene->options->run;
    how.n_folds = n_groups;
    ANA_TRY(ana_folds_plain(scene->n_stimuli, &how, &folds));
    for (size_t g = 0; g < n_groups; g++) {
        ana_alignment_rows rows = {0, left, left};
        ana_folds_train(folds, g, left, &rows.n);
        ANA_TRY(ana_alignment_score(scene, &rows, false,
                                    values + g * scene->n_layers * scene->n_brains));
        ANA_TRY(ana_run_progress(&scene->options->run, "intervals", g + 1, n_groups));
    }
done:
    ana_folds_free(folds);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_alignment_jackknife(const ana_alignment_scene *scene, ana_alignment *to)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    bool needed = false;
    const size_t n_groups = scene->n_stimuli < MOST_GROUPS ? scene->n_stimuli : MOST_GROUPS;
    const size_t size = scene->n_layers * scene->n_brains;
    for (size_t t = 0; t < to->n_targets; t++) {
        needed = needed || needs_jackknife(scene->options, to->targets[t].scores);
    }
    if (!needed || scene->n_stimuli < scene->rule->least + 2) {
        return ANA_OK;
    }
    double *values = ana_workspace_doubles(&workspace, n_groups, size);
    double *means = ana_workspace_doubles(&workspace, n_groups, scene->n_layers);
    size_t *members = ana_workspace_sizes(&workspace, scene->n_brains, 1);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    ANA_TRY(score_without(scene, n_groups, values));
    for (size_t t = 0; t < to->n_targets; t++) {
        ana_rsa *scores = to->targets[t].scores;
        if (!needs_jackknife(scene->options, scores)) {
            continue;
        }
        ana_alignment_members(scene, t, members);
        for (size_t g = 0; g < n_groups; g++) {
            average_target(scene, scores, members, values + g * size, means + g * scene->n_layers);
        }
        ANA_TRY(apply(scene->options, scene->options->over == ANA_ALIGNMENT_BOTH, n_groups, means,
                      scores));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
