/** What the files of windows share. */
#ifndef CLI_WINDOWS_PARTS_H
#define CLI_WINDOWS_PARTS_H

#include "windows_input.h"

/** *out = trials about the events of a recording, labelled; *folds (n trials texts, or NULL): what
 *  the fold column says of each. */
ANA_USE_RESULT ana_status windows_of_recording(command_job *job, const char *input,
                                               const windows_options *options, trial_windows *out,
                                               char ***folds);

#endif
