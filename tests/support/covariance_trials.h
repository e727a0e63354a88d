/** Trials of mixed noise, as tests of covariances take them. */
#ifndef TESTS_SUPPORT_COVARIANCE_TRIALS_H
#define TESTS_SUPPORT_COVARIANCE_TRIALS_H

#include <analysis/covariance.h>

enum {
    N_ESTIMATORS = ANA_COVARIANCE_MINIMUM_DETERMINANT + 1,
    N_CHANNELS = 4,
    N_TIMES = 50,
    N_TRIALS = 3
};

/** x: n_rows x n_times, each row with a part of the one before and an offset of its own, which
 *  moments about zero see; the same for the same `item`. */
void draw_mixed(size_t n_rows, size_t n_times, uint64_t item, double *x);

/** N_TRIALS trials in `values` (N_CHANNELS x N_TIMES each, pairs of numbers when complex). */
ana_trial_signals make_mixed_trials(bool is_complex, double *values);

/** The defaults with that estimator. */
ana_covariance_options covariance_options_of(size_t estimator);

#endif
