/** Which stretches of which recordings are trials of which class, day and person? Labelled trials
 *  of several sessions and subjects: what a brain-computer interface learns from.
 *
 *  Cut from recordings about their events, after a band-pass filter of the whole recording or a
 *  bank of several. With a bank the rows of a trial are band after band, each all channels. A class
 *  is a name; labels number the classes that are there, so that the same number may be another
 *  class in other trials. */
#ifndef ANALYSIS_MODELS_BCI_TRIALS_H
#define ANALYSIS_MODELS_BCI_TRIALS_H

#include <analysis/epoch.h>
#include <analysis/filter.h>
#include <analysis/intervals.h>
#include <analysis/series.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

enum {
    ANA_BCI_MAX_BANDS = 32
};

/** What is done to a whole recording before trials are cut: Butterworth band-pass filters. That of
 *  a pipeline is ana_bci_pipeline_bank. */
typedef struct ana_bci_bank {
    size_t n_bands;                         /**< 0: signals as they are, and the rest is not read */
    double bands_hz[2 * ANA_BCI_MAX_BANDS]; /**< lower and upper -3 dB point of each band */
    size_t order;           /**< of the low-pass prototype; steps have 4 by default */
    ana_filter_phase phase; /**< ANA_PHASE_ZERO, as steps by default, or CAUSAL, as live signals
                                 need it */
} ana_bci_bank;

/** Whether two banks filter alike. */
ANA_API bool ana_bci_bank_equal(const ana_bci_bank *a, const ana_bci_bank *b);

/** Trials in the order of their recordings, then of their onsets. All owned. */
typedef struct ana_bci_trials {
    size_t n_trials;
    size_t n_channels;
    size_t n_bands; /**< 1 or more */
    size_t n_times;
    double rate;    /**< Hz */
    double from_s;  /**< of the first sample, after the event */
    double *values; /**< trial x (band x channel) x time, in `unit` */
    size_t *labels; /**< n_trials: index into `classes` */
    size_t n_classes;
    char **classes;   /**< names, sorted, numbers as numbers and first */
    size_t *sessions; /**< n_trials: index into `session_names` */
    size_t n_sessions;
    char **session_names;     /**< in the order of the recordings */
    size_t *session_subjects; /**< n_sessions: index into `subject_names` */
    size_t n_subjects;
    char **subject_names;
    size_t *runs; /**< n_trials: index of the recording, from 0 */
    size_t n_runs;
    char **run_names; /**< of the recordings: files */
    double *onsets;   /**< n_trials: seconds in the recording, of the event's sample */
    char **channel_names;
    double *positions; /**< n_channels x 3, metres, as the first recording has them that does; NaN
                            where unknown, and of channels that are not of EEG */
    char *unit;        /**< NULL: none */
} ana_bci_trials;

/** Whose recording it is, by names; borrowed for the call. A session is its name and its subject's.
 */
typedef struct ana_bci_source {
    const char *subject;
    const char *session;
    const char *run; /**< the recording */
} ana_bci_source;

/** *out = the trials of one recording: all channels of `series` (ana_recording_select takes some),
 *  filtered by `bank` and cut by `epochs`, each labelled by its event ("event" where events have no
 *  labels; ana_trigger_events makes events of a trigger channel); freed by ana_bci_trials_free.
 *  Dropped events are counted in *n_dropped. Nothing but n_dropped may be NULL.
 *
 *  @return ANA_ERR_VALUE when no trial is left, with the first reason, or a limit of `epochs` keeps
 *          other trials in other bands; errors of ana_series_filter and ana_epochs_read. */
ANA_API ANA_USE_RESULT ana_status ana_bci_trials_cut(const ana_series *series,
                                                     const ana_intervals *events,
                                                     const ana_epoch_options *epochs,
                                                     const ana_bci_bank *bank,
                                                     const ana_bci_source *source,
                                                     size_t *n_dropped, ana_bci_trials **out);

/** Trials that are at hand as an array; borrowed. */
typedef struct ana_bci_array {
    size_t n_trials;
    size_t n_channels;
    size_t n_times;
    double rate;               /**< Hz */
    const double *values;      /**< n_trials x n_channels x n_times */
    const char *const *labels; /**< n_trials */
} ana_bci_array;

/** *out = trials of an array (copied), in one session; its channels are called "1", "2", ..., its
 *  onsets are those of trials one after the other, and it has no unit. ANA_ERR_SHAPE for no trials,
 *  channels or samples; ANA_ERR_VALUE for a rate that is not above 0. */
ANA_API ANA_USE_RESULT ana_status ana_bci_trials_new(const ana_bci_array *array,
                                                     const ana_bci_source *source,
                                                     ana_bci_trials **out);

/** *out = all parts (copied), one after the other: sessions of the same name and subject are one
 *  session; classes are those of all, by name; positions and from_s are the first part's.
 *  ANA_ERR_SHAPE for no parts, and names the parts whose channels, rate, unit, number of bands or
 *  length differ. */
ANA_API ANA_USE_RESULT ana_status ana_bci_trials_join(size_t n, ana_bci_trials *const *parts,
                                                      ana_bci_trials **out);

/** Doubles of one trial: n_bands x n_channels x n_times. */
ANA_API size_t ana_bci_trial_size(const ana_bci_trials *trials);

ANA_API void ana_bci_trials_free(ana_bci_trials *trials);

ANA_END_DECLS

#endif
