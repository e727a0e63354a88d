/** Trials of two or three classes in which one lag tells them apart, for tests of its selection. */
#ifndef TESTS_SUPPORT_LAG_TRIALS_H
#define TESTS_SUPPORT_LAG_TRIALS_H

#include <analysis/models/lag_selection.h>

enum {
    LAG_CHANNELS = 3
};

/** Owned; classes are 7, 10 and 13. */
typedef struct lag_data {
    ana_lag_trials trials;
    double *values;
    size_t *classes;
} lag_data;

/** Channels that mix sources, each with the value `lag` samples ago times a factor whose sign is
 *  the class's (of the third class 0): variances are alike, and only the right lag tells. One
 *  channel lies far from 0. */
lag_data draw_lag_trials(size_t n_trials, size_t n_times, size_t n_classes, size_t lag,
                         double factor);

void free_lag_trials(lag_data *data);

/** Defaults but for the sizes of the grid, with a seed. */
ana_lag_options small_lag_options(size_t max_order, size_t max_lag);

/** The selection on all trials; the test fails when that does. */
ana_lag_selection *select_lag(const lag_data *from, const ana_lag_options *options);

#endif
