/** What intervals and tests of scores share. */
#ifndef ANALYSIS_INTERNAL_SCORE_PARTS_H
#define ANALYSIS_INTERNAL_SCORE_PARTS_H

#include <analysis/score_comparison.h>

/** block_of[i] = the number of trial i's block, in the order in which they first come. */
ANA_USE_RESULT ana_status ana_score_number_blocks(const ana_scored_trials *trials, size_t *block_of,
                                                  size_t *n_blocks);

#endif
