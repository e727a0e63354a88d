/** What the commands that turn one recording into one record share. */
#ifndef CLI_ANALYSIS_H
#define CLI_ANALYSIS_H

#include "load.h"
#include "save.h"

#include <analysis/record.h>

/** Options of such a command beside its own. */
typedef struct analysis_options {
    ana_read_options read;
    selection_options selection;
    save_options save;
    console_options console;
} analysis_options;

analysis_options analysis_options_default(void);

/** The command's computation: *out = the record made from the recording. */
typedef ana_status (*analysis_function)(void *user, const ana_recording *recording,
                                        const console_options *console, ana_record **out);

/** Parse (own tables first, then those above, Computation filling *run), load the one input,
 * compute, save, print. `own` ends with one without a table and holds at most 4. Returns the exit
 * status. */
int analysis_run(const command *self, const option_target *own, ana_run *run,
                 analysis_function function, void *user, int argc, char **argv);

#endif
