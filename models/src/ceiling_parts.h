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

/** Two systems whose trials are of some of the same stimuli. */
typedef struct two_sides {
    size_t n; /**< stimuli with two trials or more in both */
    const ana_observations *trials[2];
    repeated_stimuli repeated[2];
    size_t *places[2]; /**< n: of them among the repeated stimuli of each */
    split_room rooms[2];
    double *halves[4]; /**< x1, x2, y1, y2: n x units of their side */
} two_sides;

/** Arrays from the workspace. ANA_ERR_VALUE for fewer than three such stimuli. */
ANA_USE_RESULT ana_status ceiling_two_sides(const ana_observations *x, const ana_observations *y,
                                            ana_workspace *workspace, two_sides *sides);

/** halves = means of halves of the trials, drawn for split k. */
void ceiling_split_sides(uint64_t seed, size_t k, two_sides *sides);

/** From the correlations x1 y2, x2 y1, x1 x2 and y1 y2 of each unit: sum += (r1 + r2) / 2 / sqrt(r3
 *  r4), and n_used counts, where r3 and r4 are above 0. */
void ceiling_add_corrected(size_t q, double *const r[4], double *sum, size_t *n_used);

#endif
