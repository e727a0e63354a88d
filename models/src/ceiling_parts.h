/** What the files of reliability share. */
#ifndef MODELS_CEILING_PARTS_H
#define MODELS_CEILING_PARTS_H

#include "workspace.h"

#include <analysis/models/ceiling.h>
#include <analysis/random.h>

/** Stimuli with two trials or more: those of number s are row[start[s]] ... row[start[s + 1] - 1].
 */
typedef struct repeated_stimuli {
    size_t n;
    size_t n_single; /**< with one trial */
    size_t *start;   /**< n + 1 */
    size_t *row;
    size_t *label; /**< n */
} repeated_stimuli;

/** Arrays from the workspace. */
ANA_USE_RESULT ana_status ceiling_repeated(const ana_observations *trials, size_t n_stimuli,
                                           char *const *stimuli, ana_workspace *workspace,
                                           repeated_stimuli *out);

/** Means of two halves, and what they are made with; from a workspace that the caller checks. */
typedef struct split_room {
    size_t *order; /**< n_rows */
    double *sums;  /**< COLUMNS_ROOM x n_units */
    double *a;     /**< n_stimuli x n_units */
    double *b;
} split_room;

split_room ceiling_split_room(size_t n_rows, size_t n_stimuli, size_t n_units,
                              ana_workspace *workspace);

/** room->a, room->b = means of random halves of the trials of each stimulus. */
void ceiling_halves(const ana_observations *trials, const repeated_stimuli *stimuli,
                    ana_random *random, split_room *room);

#endif
