/** Models and subjects as dissimilarity matrices of the same conditions. */
#ifndef CLI_RSA_INPUT_H
#define CLI_RSA_INPUT_H

#include "job.h"

#include <analysis/models/rdm.h>

typedef struct rsa_input_options {
    const char *subjects;
    const char *groups;
    const char *noise;
} rsa_input_options;

extern const ana_option rsa_input_table[];

/** What is compared; released also when reading failed. */
typedef struct rsa_inputs {
    ana_rdms *given[2]; /**< models, subjects */
    ana_rdms *joined;   /**< the conditions that both have, in the order of the first */
    ana_rdms models;    /**< halves of it, borrowed */
    ana_rdms subjects;
    size_t *groups; /**< an id for each subject; NULL: not given */
    double *noise;  /**< of the shared conditions; NULL: not given */
} rsa_inputs;

/** The command's inputs are models, --subjects the measured. `of` begins as zeros. */
ANA_USE_RESULT ana_status rsa_inputs_read(command_job *job, const rsa_input_options *options,
                                          rsa_inputs *of);
void rsa_inputs_release(rsa_inputs *of);

#endif
