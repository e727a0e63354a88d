/** Subjects with their groups: maps as they are, or maps of the networks of their signals. */
#ifndef CLI_NETCLASS_INPUT_H
#define CLI_NETCLASS_INPUT_H

#include "job.h"

#include <analysis/models/network_classification.h>

enum {
    NETCLASS_LEVELS = 64, /**< thresholds at most */
    NETCLASS_NAME = 48
};

/** How signals become maps; without thresholds and densities inputs are maps. */
typedef struct netclass_input_options {
    const char *thresholds;
    const char *densities;
    int feature;
    const char *groups;
} netclass_input_options;

extern const ana_option netclass_input_option_table[];

/** Maps of all subjects at all levels, and what they are called. */
typedef struct subject_maps {
    size_t n_subjects;
    size_t n_features;
    size_t n_levels;
    double levels[NETCLASS_LEVELS];
    char names[NETCLASS_LEVELS][NETCLASS_NAME];
    double *x; /**< n_levels x n_subjects x n_features; owned */
    size_t n_groups;
    size_t *groups;                 /**< n_subjects; owned */
    const char *const *group_names; /**< n_groups, of the job's observations; NULL: numbers */
} subject_maps;

/** The job's inputs as maps; released by release_subject_maps, also after a failure. */
ANA_USE_RESULT ana_status load_subject_maps(command_job *job, const netclass_input_options *options,
                                            const ana_run *run, subject_maps *maps);
void release_subject_maps(subject_maps *maps);

#endif
