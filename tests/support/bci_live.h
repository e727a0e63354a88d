/** A session with a known answer, as a recording: what a live classifier is taught and shown. */
#ifndef TESTS_SUPPORT_BCI_LIVE_H
#define TESTS_SUPPORT_BCI_LIVE_H

#include <analysis/models/bci_pipeline.h>

/** 128 Hz; events "left" and "right" in turn, 2 s each with 2 s of rest between: the first (left)
 *  or second (right) of the mixed sources is then `contrast` times as strong. */
typedef struct live_world {
    size_t n_channels;
    size_t n_events;
    ana_series *series; /* names c0, c1, ... */
    ana_intervals *events;
    double *values; /* n_channels x n_times */
} live_world;

/** `n_segments` parts of equal length, 10 s between; `seed` of the noise. */
live_world make_live_world(size_t n_channels, size_t n_events, size_t n_segments, double contrast,
                           unsigned seed);
void free_live_world(live_world *world);

/** Trials of 1.5 s from 0.25 s after the events, filtered by the bank of the pipeline. */
ana_bci_trials *cut_live_trials(const live_world *world, const ana_bci_pipeline *pipeline);
/** The same, filtered by that bank. */
ana_bci_trials *cut_live_trials_by(const live_world *world, const ana_bci_bank *bank);

/** A pipeline of that text, taught by the trials of the world. */
ana_bci_pipeline *teach_live(const live_world *world, const char *text);

#endif
