#include "netclass_input.h"

#include "try.h"

#include <analysis/formats/array_io.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const feature_words[] = {
    "degree", "degree_positive", "degree_negative", "strength", "cycles3", "clustering", NULL};

const ana_option netclass_input_option_table[] = {
    {"thresholds", ANA_OPTION_TEXT, offsetof(netclass_input_options, thresholds), 0, 0, NULL,
     "LIST",
     "inputs are signals: maps of their networks at each of these similarities, among which inner "
     "folds choose",
     false},
    {"densities", ANA_OPTION_TEXT, offsetof(netclass_input_options, densities), 0, 0, NULL, "LIST",
     "the same at each of these shares of the possible edges", false},
    {"feature", ANA_OPTION_CHOICE, offsetof(netclass_input_options, feature), 0, 0, feature_words,
     "MAP", "of signals: what the map of a network holds", false},
    {"groups", ANA_OPTION_TEXT, offsetof(netclass_input_options, groups), 0, 0, NULL, "FILE",
     "an array, the group of each subject (map, session, or trial of an array) as a whole number "
     "from 0; default: each input is a group",
     false},
    ANA_OPTION_END,
};

/* Numbers with commas between, as the option `word` has them. */
static ana_status parse_levels(command_job *job, const char *list, const char *word,
                               const char *each, subject_maps *maps)
{
    const ana_option level = {word, ANA_OPTION_DOUBLE, 0, 0, 1, NULL, NULL, NULL, false};
    char sentence[256];
    for (const char *at = list; at != NULL && *at != '\0';) {
        char piece[32];
        const size_t n = strcspn(at, ",");
        snprintf(piece, sizeof piece, "%.*s", n < sizeof piece ? (int)n : 0, at);
        if (maps->n_levels == NETCLASS_LEVELS) {
            return job_refuse(job, "--%s: at most %d numbers", word, NETCLASS_LEVELS);
        }
        if (ana_option_set(&level, &maps->levels[maps->n_levels], piece) != ANA_OK) {
            snprintf(sentence, sizeof sentence, "%s", ana_last_error());
            return job_refuse(job, "%s", sentence);
        }
        snprintf(maps->names[maps->n_levels++], NETCLASS_NAME, "%s %s", each, piece);
        at += at[n] == ',' ? n + 1 : n;
    }
    return ANA_OK;
}

/* Each input is a group; its subjects are rows, or sessions. */
static ana_status groups_of_inputs(command_job *job, const ana_observations *observations,
                                   bool sessions, subject_maps *maps)
{
    if (observations->labels == NULL) {
        return job_refuse(job, "--groups: the group of each subject is needed");
    }
    for (size_t i = 0; i < maps->n_subjects; i++) {
        const size_t row = sessions ? observations->sequence_start[i] : i;
        maps->groups[i] = (size_t)observations->labels[row];
    }
    maps->n_groups = observations->n_labels;
    return ANA_OK;
}

static ana_status groups_of_file(const char *path, const ana_run *run, subject_maps *maps)
{
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    ANA_TRY(ana_matrix_read(path, run, &matrix));
    if (ana_matrix_size(matrix) != maps->n_subjects) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE, "%s: holds %zu groups for %zu subjects", path,
                         ana_matrix_size(matrix), maps->n_subjects));
    }
    for (size_t i = 0; i < maps->n_subjects; i++) {
        const double group = matrix->values[i];
        if (!(group >= 0.0 && group < 1e6 && group == floor(group))) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE,
                             "%s: the group of subject %zu is %g; a whole number from 0 is wanted",
                             path, i, group));
        }
        maps->groups[i] = (size_t)group;
        maps->n_groups = maps->groups[i] >= maps->n_groups ? maps->groups[i] + 1 : maps->n_groups;
    }
done:
    ana_matrix_free(matrix);
    return status;
}

static ana_status make_maps(command_job *job, const netclass_input_options *options,
                            const ana_run *run, const ana_observations *observations,
                            subject_maps *maps)
{
    ana_status status = ANA_OK;
    const bool signals = options->thresholds != NULL || options->densities != NULL;
    ana_network_map_options map = ana_network_map_options_default();
    map.functional.run = *run;
    map.feature = (ana_functional_feature)options->feature;
    map.by_density = options->densities != NULL;
    maps->n_subjects = signals ? observations->n_sequences : observations->n_times;
    maps->n_features = observations->n_features;
    maps->n_levels = signals ? maps->n_levels : 1;
    maps->groups = calloc(maps->n_subjects + 1, sizeof *maps->groups);
    maps->x = calloc(maps->n_levels * maps->n_subjects * maps->n_features + 1, sizeof *maps->x);
    if (maps->groups == NULL || maps->x == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "netclass: no memory for the maps of %zu subjects",
                        maps->n_subjects);
    }
    ANA_TRY(options->groups != NULL ? groups_of_file(options->groups, &job->run, maps)
                                    : groups_of_inputs(job, observations, signals, maps));
    if (signals) {
        ANA_TRY(ana_network_maps(observations, &map, maps->n_levels, maps->levels, maps->x));
    } else {
        memcpy(maps->x, observations->values,
               maps->n_subjects * maps->n_features * sizeof *maps->x);
    }
done:
    return status;
}

ana_status load_subject_maps(command_job *job, const netclass_input_options *options,
                             const ana_run *run, subject_maps *maps)
{
    ana_status status = ANA_OK;
    ana_observations *observations = NULL;
    if (options->thresholds != NULL && options->densities != NULL) {
        return job_refuse(job, "--thresholds or --densities, not both");
    }
    ANA_TRY(parse_levels(job, options->thresholds, "thresholds", "threshold", maps));
    ANA_TRY(parse_levels(job, options->densities, "densities", "density", maps));
    ANA_TRY(job_observations(job, 0, &observations));
    ANA_TRY(make_maps(job, options, run, observations, maps));
    if (options->groups == NULL) {
        maps->group_names = (const char *const *)observations->label_names;
    }
done:
    return status;
}

void release_subject_maps(subject_maps *maps)
{
    free(maps->groups);
    free(maps->x);
}
