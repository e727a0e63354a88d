/** A classifier at work on live signals: from a pipe or a recording to lines of JSON. */
#ifndef CLI_LIVE_SESSION_H
#define CLI_LIVE_SESSION_H

#include "job.h"

#include <analysis/formats/live_frames.h>
#include <analysis/models/bci_pseudo_online.h>

typedef struct live_options {
    ana_bci_stream_options stream;
    const char *replay; /**< NULL: stdin */
    double speed;       /**< of the replay; 0: as fast as it goes */
    ana_live_form form; /**< of stdin */
    double scale;
    bool as_frames;
    const char *events; /**< of the replay, as bci_input_options has them; NULL: every label */
    const char *scores; /**< file for the scores against the events; NULL: none */
    ana_bci_idle_options idle;
} live_options;

/** The whole of it; the model is the job's first input, and saved as the job's options say. */
ANA_USE_RESULT ana_status live_run(command_job *job, const live_options *options);

/** Write a recording's channels of the model as frames on stdout. */
ANA_USE_RESULT ana_status live_write_frames(const ana_bci_stream *stream, const ana_series *series,
                                            const ana_run *run);

#endif
