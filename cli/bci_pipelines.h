/** Pipelines as a user gives them, and trials as each of them wants them filtered. */
#ifndef CLI_BCI_PIPELINES_H
#define CLI_BCI_PIPELINES_H

#include "bci_input.h"

#include <analysis/models/bci_pipeline.h>

/** Named texts. All owned. */
typedef struct bci_pipelines {
    size_t n;
    char **names;
    char **texts;
} bci_pipelines;

/** *out = the pipelines of "name: steps; name: steps" (names may be left out), or with `path` of
 * the lines of a file (empty ones and those that begin with # are passed over). Each is parsed.
 *  Wrong use is refused through the job. */
ANA_USE_RESULT ana_status bci_pipelines_read(command_job *job, const char *text, const char *path,
                                             bci_pipelines *out);
void bci_pipelines_release(bci_pipelines *all);

enum {
    BCI_MAX_BANKS = 64
};

/** The inputs' trials by each bank that was asked for, kept. Zeroed to begin with. */
typedef struct bci_filtered {
    command_job *job;
    const bci_input_options *options;
    size_t n;
    ana_bci_bank banks[BCI_MAX_BANKS];
    ana_bci_trials *trials[BCI_MAX_BANKS];
} bci_filtered;

/** An ana_bci_trials_function; `user` is a bci_filtered. */
ana_status bci_filtered_trials(void *user, const ana_bci_bank *bank, const ana_bci_trials **out);
void bci_filtered_release(bci_filtered *all);

#endif
