/** Dissimilarity matrices of arrays that are left in their files. */
#ifndef CLI_RDM_LARGE_H
#define CLI_RDM_LARGE_H

#include "job.h"

#include <analysis/models/rdm.h>

/** Whether the array (row x channel), as doubles, takes more than a quarter of the memory that may
 *  be used, and its rows are taken as they are; a method that needs all of it in memory says no for
 *  as long as the array fits there. */
bool rdm_is_large(const command_job *job, const char *location, const ana_rdm_options *options);

/** *out = its matrix, read by blocks of channels; conditions as trials_of_rows (trials_input.h).
 *  Errors as ana_rdm_of_source. */
ANA_USE_RESULT ana_status rdm_of_large(command_job *job, const char *location,
                                       const char *conditions, const ana_rdm_options *options,
                                       const char *name, bool *is_numbered, ana_rdms **out);

#endif
