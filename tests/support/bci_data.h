/** Trials with a known answer: each class its own powers of a few mixed sources. */
#ifndef TESTS_SUPPORT_BCI_DATA_H
#define TESTS_SUPPORT_BCI_DATA_H

#include <analysis/models/bci_pipeline.h>
#include <analysis/models/bci_trials.h>

/** *out = n_trials trials (classes "1", "2", ... in turn) of n_sessions sessions of one subject,
 *  n_channels channels (at least n_classes) x n_times samples at 128 Hz. Source c is `contrast`
 * times as strong in trials of class c; sources are mixed by a matrix that `drift` changes from
 * session to session. */
void make_bci_trials(size_t n_trials, size_t n_classes, size_t n_sessions, size_t n_channels,
                     size_t n_times, double contrast, double drift, ana_bci_trials **out);

/** A pipeline of that text that has learned from the even pairs of trials, which hold every class.
 */
ana_bci_pipeline *learn_half(const char *text, const ana_bci_trials *trials);

/** What it answers to the odd pairs. */
ana_bci_outputs *answer_half(const ana_bci_pipeline *pipeline, const ana_bci_trials *trials);

/** Share of those answers that are right. */
double share_right_of_half(const ana_bci_trials *trials, const ana_bci_outputs *outputs);

/** Both for a text; read back from its record, the pipeline gives the same bits. */
ana_bci_outputs *answer_by_halves(const char *text, const ana_bci_trials *trials);

#endif
