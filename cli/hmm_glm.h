/** The commands of hidden Markov models where the emissions are coupled linear models (--glm). */
#ifndef CLI_HMM_GLM_H
#define CLI_HMM_GLM_H

#include "glm_inputs.h"

#include <analysis/models/hmm_select.h>

/** "--glm" as an option of commands that are about another family without it. */
extern const ana_option hmm_glm_option_table[];
typedef struct hmm_glm_choice {
    bool glm;
} hmm_glm_choice;

/** "--groups": what is held out together. */
extern const ana_option hmm_groups_option_table[];
typedef struct hmm_groups {
    const char *groups;
} hmm_groups;

/** *out = the group of each sequence, by the array at that path; NULL without one. */
ANA_USE_RESULT ana_status hmm_groups_read(const char *path, const ana_run *run,
                                          const ana_observations *rows, size_t **out);

/** Rows of a plain model with what drives its transitions. */
typedef struct hmm_driven_rows {
    const ana_observations *rows;
    ana_observations *own; /**< NULL: nothing drives them */
} hmm_driven_rows;

/** Reads --transition-inputs and sets model->n_inputs. */
ANA_USE_RESULT ana_status hmm_driven_open(command_job *job, const glm_input_options *options,
                                          const ana_observations *rows, ana_hmm_options *model,
                                          hmm_driven_rows *out);
void hmm_driven_close(hmm_driven_rows *rows);

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
