/** A file of signals in plain HDF5 while it is read; signal_h5.c has the layout. */
#ifndef ANALYSIS_FORMATS_SIGNAL_H5_H
#define ANALYSIS_FORMATS_SIGNAL_H5_H

#include "hdf5_file.h"

#include <analysis/formats/reader.h>

typedef struct ana_signal_h5 {
    const char *path;
    ana_hdf5 *file;
    const ana_read_options *options;
    ana_recording *recording;
    double rate;    /**< hertz */
    size_t n_times; /**< of the signal */
} ana_signal_h5;

/** *found = whether a dataset stands at `path`; false also after a failure. */
ANA_USE_RESULT ana_status ana_signal_h5_look(ana_hdf5 *file, const char *path, bool *found);

/** The intervals "events" of /event_sample and /event_code, where they are there: labelled by
 *  event_names or their codes, as long as trial_duration_s, or points. Events outside the signal
 *  are left out with a warning. ANA_ERR_FORMAT. */
ANA_USE_RESULT ana_status ana_signal_h5_add_events(const ana_signal_h5 *reader);

/** Intervals "X" of every pair /X_onset_s and /X_offset_s. ANA_ERR_FORMAT. */
ANA_USE_RESULT ana_status ana_signal_h5_add_spans(const ana_signal_h5 *reader);

#endif
