/** Trials with a known answer: each class its own powers of a few mixed sources. */
#ifndef TESTS_SUPPORT_BCI_DATA_H
#define TESTS_SUPPORT_BCI_DATA_H

#include <analysis/models/bci_trials.h>

/** *out = n_trials trials (classes "1", "2", ... in turn) of n_sessions sessions of one subject,
 *  n_channels channels (at least n_classes) x n_times samples at 128 Hz. Source c is `contrast`
 * times as strong in trials of class c; sources are mixed by a matrix that `drift` changes from
 * session to session. */
void make_bci_trials(size_t n_trials, size_t n_classes, size_t n_sessions, size_t n_channels,
                     size_t n_times, double contrast, double drift, ana_bci_trials **out);

#endif
