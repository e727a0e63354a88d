/** Recordings as labelled trials of sessions and subjects. */
#ifndef CLI_BCI_INPUT_H
#define CLI_BCI_INPUT_H

#include "job.h"

#include <analysis/models/bci_trials.h>

/** How trials are cut out, what their classes are called, and whose they are. */
typedef struct bci_input_options {
    const char *events;        /**< "left,right" or "769=left,770=right"; NULL: every label */
    const char *event_channel; /**< its codes are the events; NULL: the recording's own */
    double from_s;             /**< of a trial, after its event */
    double to_s;               /**< NaN: the shortest of the events' own lengths */
    double reject;             /**< largest peak-to-peak range, 0: any */
    const char *names; /**< how file names tell subject, session and run; NULL: see the help */
} bci_input_options;

bci_input_options bci_input_options_default(void);

/** --events, --window-from, --window-to, --reject, --names. */
extern const ana_option bci_input_option_table[];

/** *out = the trials of the inputs from number `first` on, filtered by `bank`. Channels are those
 * of EEG (other than triggers and the like, where there are none), or those of --channels. Says how
 *  many events were dropped. */
ANA_USE_RESULT ana_status bci_input_trials(command_job *job, size_t first,
                                           const bci_input_options *options,
                                           const ana_bci_bank *bank, ana_bci_trials **out);

/** A recording as trials are cut from it: the channels picked, the events labelled by classes. */
typedef struct bci_opened {
    ana_recording *recording;
    ana_recording *picked; /**< of which the first series */
    ana_intervals *events;
} bci_opened;

/** *out = input number `which`, opened. */
ANA_USE_RESULT ana_status bci_input_open(command_job *job, size_t which,
                                         const bci_input_options *options, bci_opened *out);
/** The same without its events. */
ANA_USE_RESULT ana_status bci_input_open_signals(command_job *job, size_t which,
                                                 const bci_input_options *options, bci_opened *out);
void bci_input_close(bci_opened *opened);

/** How trials are cut about its events. ANA_ERR_VALUE where nothing says where they end. */
ANA_USE_RESULT ana_status bci_input_epochs(const command_job *job, const bci_opened *opened,
                                           const bci_input_options *options,
                                           ana_epoch_options *epochs);

/** *out = the events that begin trials, labelled by their classes, and the intervals marked BAD, of
 *  the first list of the recording that has any. Warns of each label asked for that no event has;
 *  ANA_ERR_VALUE with the labels that there are when none has any. */
ANA_USE_RESULT ana_status bci_input_events(const ana_recording *recording,
                                           const bci_input_options *options, ana_intervals **out);

/** Subject, session and run of a recording, each of at most 63 bytes: by `pattern` ("{subject}_s
 *  {session}_r{run}", matched against the end of the path without its ending), else by BIDS names
 *  (sub-01_ses-02_run-3) or PhysioNet's (S001R04: a run of one session), else by the recording's
 * own facts, else each file is a session. */
typedef struct bci_names {
    char subject[64];
    char session[64];
    char run[64];
} bci_names;

/** Whether the pattern has fields, and none but {subject}, {session}, {run} and {any}. */
bool bci_names_pattern_is_right(const char *pattern);

/** ANA_ERR_VALUE when the path does not have the pattern's form. */
ANA_USE_RESULT ana_status bci_names_of(const char *path, const char *pattern,
                                       const ana_recording *recording, bci_names *out);

#endif
