/** Channels that are asked for one after the other, read some at a time: a source that is stored
 *  time by time, compressed above all, pays for all channels at each reading. */
#ifndef ANALYSIS_INTERNAL_READ_AHEAD_H
#define ANALYSIS_INTERNAL_READ_AHEAD_H

#include "workspace.h"

#include <analysis/run.h>
#include <analysis/series.h>

#include <stddef.h>

typedef struct ana_read_ahead {
    const ana_series *series;
    size_t at_once; /**< channels read together; below 2: none are held */
    size_t first;   /**< of those at hand */
    size_t n;
    double *values; /**< at_once x n_times of the series */
} ana_read_ahead;

/** Takes an eighth of the run's memory from the workspace (which the caller checks), 64 MiB at
 *  most, and nothing where that holds less than two channels. */
ana_read_ahead ana_read_ahead_of(const ana_series *series, const ana_run *run,
                                 ana_workspace *workspace);

/** out[n] = samples from `first` on of one channel. */
ANA_USE_RESULT ana_status ana_read_ahead_row(ana_read_ahead *ahead, size_t channel, size_t first,
                                             size_t n, double *out);

#endif
