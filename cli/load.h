/** Inputs: what every command that reads files shares. */
#ifndef CLI_LOAD_H
#define CLI_LOAD_H

#include "console.h"

#include <analysis/bin.h>
#include <analysis/formats/reader.h>
#include <analysis/observations.h>
#include <analysis/recording.h>

/** Which part of a recording; lists have commas between their items. */
typedef struct selection_options {
    const char *series;
    const char *channels;
    const char *units;
    double from;        /**< seconds; NaN: from the beginning */
    double to;          /**< seconds; NaN: to the end */
    const char *during; /**< labels of intervals */
} selection_options;

selection_options selection_options_default(void);
extern const ana_option selection_option_table[];      /**< series, channels, units */
extern const ana_option selection_time_option_table[]; /**< from, to, during */

/** How inputs become rows for a model. */
typedef struct rows_options {
    double bin_s; /**< of arrays: seconds per row; of spikes: the bin; 0: arrays' rows are no
                       times, spikes in the bins of the model, or of 10 ms */
    size_t rebin; /**< rows summed into one; 1: none */
    const char *sessions; /**< array: an id for each row, or the lengths of the sessions */
    const char *labels;   /**< array: a true label for each row */
    const char *mask;     /**< array: 0 where a row (or entry) is missing */
    bool union_of_units;  /**< keep units that some inputs lack, as missing there */
} rows_options;

rows_options rows_options_default(void);
extern const ana_option rows_option_table[];

/** How inputs are read, which part of them, and how they become rows. */
typedef struct input_options {
    ana_read_options read;
    selection_options selection;
    rows_options rows;
    /* Set by the command, not by options: */
    bool rows_are_counts; /**< of recordings only spikes become rows */
    bool takes_labels;    /**< the intervals of a single recording label its rows */
    double model_bin_s;   /**< bin of spikes without --bin: the model's; else 0 */
    bool names_matter;    /**< features are called as channels, or columns of a CSV, are */
} input_options;

input_options input_options_default(void);

/** *out = the recording in `path`, cut to the selection; the reader's warnings go to stderr. */
ANA_USE_RESULT ana_status load_recording(const char *path, const input_options *options,
                                         const console_options *console, ana_recording **out);

/** ANA_ERR_VALUE: the recording holds no such `kind` of thing ("series"), of that name unless NULL;
 *  and what it holds instead. */
ana_status load_refuse(const ana_recording *recording, const char *kind, const char *name);

/** Warns where part of a recording is asked for, and the input is an array, taken whole. */
void load_warn_whole(const input_options *options, const char *input);

/** ANA_ERR_VALUE when the recording ends before `from` (NaN: not given). */
ANA_USE_RESULT ana_status load_check_start(const ana_recording *recording, double from);

/** *out = the result saved in `path`; of another file it is said what it is, and that `maker` makes
 *  such results. */
ANA_USE_RESULT ana_status load_record(const char *path, const char *maker, ana_record **out);

/** *out = all inputs, each a session of its own: arrays (time x feature, or trial x time x
 *  feature), features records, and recordings whose spikes are binned (or, without spikes, whose
 *  samples are taken). With more than one input and no --labels, each input's name is the label of
 *  its rows. */
ANA_USE_RESULT ana_status load_observations(size_t n, char **inputs, const input_options *options,
                                            const console_options *console, ana_observations **out);

#endif
