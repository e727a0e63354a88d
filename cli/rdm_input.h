/** Inputs as dissimilarity matrices. */
#ifndef CLI_RDM_INPUT_H
#define CLI_RDM_INPUT_H

#include "job.h"

#include <analysis/models/rdm.h>

/** *out = the matrices of all inputs, each saved by ana rdm or an array (condition x condition, or
 *  matrix x condition x condition), or structs of MATLAB's toolbox (fields RDM, whole or packed,
 *  and name), both of conditions that are numbers; for the conditions they share. */
ANA_USE_RESULT ana_status rdm_inputs(command_job *job, size_t n, char **inputs, ana_rdms **out);

/** Whether parts[i], read of inputs[i], may be joined: ANA_ERR_SHAPE for arrays, whose conditions
 *  have no ids, of different numbers of them. rdm_inputs checks its own inputs. */
ANA_USE_RESULT ana_status rdm_inputs_check(size_t n, char *const *inputs, ana_rdms *const *parts);

#endif
