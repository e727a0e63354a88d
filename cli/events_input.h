/** Inputs as lists of events: tables with onset and duration, or intervals of recordings. */
#ifndef CLI_EVENTS_INPUT_H
#define CLI_EVENTS_INPUT_H

#include "job.h"

#include <analysis/intervals.h>

typedef struct events_input_options {
    const char *intervals; /**< which intervals of a recording; NULL: its only ones */
    const char *events;    /**< label of the events that count; NULL: all but "bckg" */
} events_input_options;

extern const ana_option events_input_option_table[];

/** *out = the events in `path`; *duration = length of what was recorded, s, where the file says it,
 *  else 0. A table has columns onset and duration (or start and stop), s; its labels stand in
 *  eventType, trial_type or label, its recording's length in recordingDuration, as the event files
 *  of BIDS and SzCORE have them. ANA_ERR_FORMAT names what is missing, and in which row. */
ANA_USE_RESULT ana_status load_events(const char *path, const events_input_options *options,
                                      const command_job *job, ana_intervals **out,
                                      double *duration);

#endif
