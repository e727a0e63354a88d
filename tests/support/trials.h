/** Trials of conditions in folds, drawn for tests of responses. */
#ifndef TESTS_SUPPORT_TRIALS_H
#define TESTS_SUPPORT_TRIALS_H

#include <analysis/observations.h>

#include <stddef.h>
#include <stdint.h>

/** Each of n_folds sequences holds `n_repeats` rows of every condition "c0", "c1", ..., in p
 *  channels: a mean of each condition with standard deviation `signal`, and noise of 1 that
 *  channels share in part. Values are rounded to 1/64, so that sums of few are exact. */
ana_observations *draw_trials(size_t n_conditions, size_t n_folds, size_t n_repeats, size_t p,
                              double signal, uint64_t seed);

#endif
