/** Inputs as trials with a time axis or a place for every channel: windows about events of a
 *  recording, and arrays of three or four axes. */
#ifndef CLI_WINDOWS_INPUT_H
#define CLI_WINDOWS_INPUT_H

#include "job.h"

/** Which trials belong together. */
typedef enum windows_folds {
    FOLDS_GIVEN, /**< sessions of the input */
    FOLDS_ODD_EVEN,
    FOLDS_RANDOM
} windows_folds;

/** How trials are cut out, and which fold each is in. */
typedef struct windows_options {
    const char *conditions;       /**< a table of the ids of trials; NULL: of the input */
    const char *events;           /**< labels of intervals, commas between; NULL: none are cut */
    const char *condition_column; /**< of the intervals; NULL: "label" */
    const char *fold_column;      /**< of the intervals; NULL: none */
    const char *fold_ids;         /**< a table: an id of each trial */
    double from_s;                /**< of a window, after its event; default 0 */
    double to_s;                  /**< default NaN: the interval's end of the first event */
    windows_folds folds;
    size_t n_folds; /**< random: default 2 */
} windows_options;

windows_options windows_options_default(void);

/** --events, --window-from, --window-to, --condition-column, and of folds: --fold-column,
 *  --fold-ids, --folds, --n-folds. */
extern const ana_option windows_option_table[];

/** Trials as rows: their features are n_times x n_channels, or the voxels of `shape`. All owned. */
typedef struct trial_windows {
    ana_observations *rows;
    size_t n_times;
    size_t n_channels;
    double *times;     /**< n_times: middles of the bins, seconds from the event; NULL: not known */
    double *positions; /**< n_channels x 3, metres, of a recording's series; NULL: not known */
    char **names;      /**< n_channels, of a recording; or NULL */
    size_t shape[3];   /**< 0, 0, 0: no volume */
} trial_windows;

/** *out = the trials of one input, labelled by their conditions and cut into folds.
 *
 *  A recording with --events: a window about each event, spikes counted (or samples averaged) in
 *  bins of --bin, or in one. An array: trial x time x channel, or trial x x x y x z. Anything else
 *  are rows, one time each. */
ANA_USE_RESULT ana_status windows_load(command_job *job, const char *input,
                                       const windows_options *options, trial_windows *out);

/** *out = rows of the features of `n` bins from `first` on: their mean in each channel, or, with
 *  `joined`, each bin's own. */
ANA_USE_RESULT ana_status windows_take(const trial_windows *windows, size_t first, size_t n,
                                       bool joined, ana_observations **out);

void windows_release(trial_windows *windows);

#endif
