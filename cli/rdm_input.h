/** Inputs as dissimilarity matrices. */
#ifndef CLI_RDM_INPUT_H
#define CLI_RDM_INPUT_H

#include "job.h"

#include <analysis/models/rdm.h>

/** *out = the matrices of all inputs, each saved by ana rdm or an array (condition x condition, or
 *  matrix x condition x condition), or structs of MATLAB's toolbox (fields RDM, whole or packed,
 *  and name), both of conditions that are numbers; for the conditions they share. */
ANA_USE_RESULT ana_status rdm_inputs(command_job *job, size_t n, char **inputs, ana_rdms **out);

#endif
