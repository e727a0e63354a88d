/** The commands of hidden Markov models where the emissions are coupled linear models (--glm). */
#ifndef CLI_HMM_GLM_H
#define CLI_HMM_GLM_H

#include "job.h"

#include <analysis/models/hmm_select.h>

/** "--glm" as an option of commands that are about another family without it. */
extern const ana_option hmm_glm_option_table[];
typedef struct hmm_glm_choice {
    bool glm;
} hmm_glm_choice;

/** Whether the words ask for it. */
bool hmm_glm_is_asked(int argc, char **argv);

/** `ana hmm fit --glm`, `ana hmm select --glm`. */
int hmm_glm_fit(const command *self, int argc, char **argv);
int hmm_glm_select(const command *self, int argc, char **argv);

/** Refuses a range of states that is empty. */
ANA_USE_RESULT ana_status hmm_glm_check_range(command_job *job,
                                              const ana_hmm_select_options *options);

/** The selection as the job's result, and whether every fit converged. */
ANA_USE_RESULT ana_status hmm_glm_note_selection(command_job *job,
                                                 const ana_hmm_selection *selection,
                                                 size_t n_iterations);

#endif
