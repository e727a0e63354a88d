/** The trials of pipelines.json, cut from the recordings they are of. */
#ifndef TESTS_REFERENCE_PIPELINE_TRIALS_H
#define TESTS_REFERENCE_PIPELINE_TRIALS_H

#include "json.h"
#include "support/shared.h"

#include <analysis/models/bci_trials.h>

/** A data set of the file: where its recordings are and how its trials are cut out. */
typedef struct pipeline_data {
    const char *name;
    const char *folder; /**< below data/eeg */
    const char *band;   /**< the first step of its pipelines */
    size_t first;       /**< samples from the event to the trial */
    size_t n_times;
} pipeline_data;

/** *out = the trials of the set, in the order of the file, their classes named as its labels; each
 *  was held against the file's event and label. NULL when a recording is not there: counted as not
 *  read, and said. `facts` is the set's object. */
void read_pipeline_trials(const pipeline_data *data, const ana_json *facts,
                          const ana_bci_bank *bank, tally *counts, ana_bci_trials **out);

#endif
