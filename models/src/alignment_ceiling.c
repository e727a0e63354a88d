/* What any layer could reach, by how alike the trials of a brain are. */
#include "alignment_parts.h"
#include "memory.h"
#include "try.h"

#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_SPLITS = 10 /* of the trials into halves */
};

/* Each stimulus' trials dealt at random to two halves: half_of[t], -1 without a label. False where
 * a stimulus has one trial alone. */
static bool deal(const ana_observations *trials, ana_random *random, size_t *order, int *half_of,
                 size_t *counts)
{
    bool enough = true;
    memset(counts, 0, trials->n_labels * sizeof *counts);
    ana_random_permutation(random, trials->n_times, order);
    for (size_t i = 0; i < trials->n_times; i++) {
        const int64_t label = trials->labels[order[i]];
        half_of[order[i]] = label < 0 ? -1 : (int)(counts[label]++ % 2);
    }
    for (size_t l = 0; l < trials->n_labels; l++) {
        enough = enough && counts[l] >= 2;
    }
    return enough;
}

/* Means of one half, by stimulus. */
static ana_status mean_of_half(const ana_observations *trials, const int *half_of, int half,
                               int64_t *room, ana_responses **out)
{
    ana_status status = ANA_OK;
    ana_responses *means = NULL;
    ana_observations borrowed = *trials;
    for (size_t t = 0; t < trials->n_times; t++) {
        room[t] = half_of[t] == half ? trials->labels[t] : -1;
    }
    borrowed.labels = room;
    ANA_TRY(ana_responses_of_observations(&borrowed, "half of the trials", &means));
    ANA_TRY(ana_responses_complete(means, NULL, out));
done:
    ana_responses_free(means);
    return status;
}

static ana_status score_halves(const ana_alignment_scene *scene, const ana_observations *trials,
                               const int *half_of, int64_t *room, double *score)
{
    ana_status status = ANA_OK;
    ana_responses *halves[2] = {NULL, NULL};
    ana_alignment_options quiet = *scene->options;
    quiet.run.warn = NULL;
    quiet.run.progress = NULL;
    for (int h = 0; h < 2; h++) {
        ANA_TRY(mean_of_half(trials, half_of, h, room, &halves[h]));
    }
    ANA_TRY(scene->rule->score(halves[0], halves[1], NULL, &quiet, score));
done:
    ana_responses_free(halves[0]);
    ana_responses_free(halves[1]);
    return status;
}

/* low = the mean score of two halves of the trials; high = sqrt(2 low / (1 + low)): the score of
 * all trials with what they would be without noise, if scores were correlations. NaN where a
 * stimulus was shown once. */
static ana_status by_halves(const ana_alignment_scene *scene, size_t brain, double *low,
                            double *high)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_observations *trials = scene->brains[brain].trials;
    double sum = 0.0;
    size_t *order = ana_workspace_sizes(&workspace, trials->n_times, 1);
    size_t *counts = ana_workspace_sizes(&workspace, trials->n_labels, 1);
    int *half_of = ana_workspace_bytes(&workspace, trials->n_times, 1, sizeof *half_of);
    int64_t *room = ana_workspace_bytes(&workspace, trials->n_times, 1, sizeof *room);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    for (size_t k = 0; k < N_SPLITS; k++) {
        ana_random random =
            ana_random_stream(scene->options->run.seed, "alignment halves", brain * N_SPLITS + k);
        double score = 0.0;
        if (!deal(trials, &random, order, half_of, counts)) {
            goto done;
        }
        ANA_TRY(score_halves(scene, trials, half_of, room, &score));
        sum += score / (double)N_SPLITS;
    }
    *low = sum;
    *high = sum > 0.0 ? sqrt(2.0 * sum / (1.0 + sum)) : (double)NAN;
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Means over the subjects of a target that have one. */
ana_status ana_alignment_find_ceilings(const ana_alignment_scene *scene, ana_alignment *to)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *sums = ana_workspace_doubles(&workspace, to->n_targets, 3);
    ANA_TRY(ana_workspace_check(&workspace, "alignment"));
    for (size_t b = 0; b < scene->n_brains; b++) {
        const ana_observations *trials = scene->brains[b].trials;
        double *sum = sums + 3 * scene->target_of[b];
        double low = (double)NAN;
        double high = (double)NAN;
        if (trials != NULL) {
            ANA_TRY(scene->rule->ceiling != NULL
                        ? scene->rule->ceiling(trials, scene->options, &low, &high)
                        : by_halves(scene, b, &low, &high));
        }
        if (!isnan(low) && !isnan(high)) {
            sum[0] += low;
            sum[1] += high;
            sum[2] += 1.0;
        }
    }
    for (size_t t = 0; t < to->n_targets; t++) {
        to->targets[t].scores->ceiling_low = sums[3 * t] / sums[3 * t + 2]; /* 0 / 0: none */
        to->targets[t].scores->ceiling_high = sums[3 * t + 1] / sums[3 * t + 2];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
