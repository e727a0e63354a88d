/** Arrays of activations that are left in their files and read by rows. */
#ifndef CLI_CKA_SOURCES_H
#define CLI_CKA_SOURCES_H

#include "job.h"

#include <analysis/formats/array_listing.h>
#include <analysis/formats/array_rows.h>
#include <analysis/models/cka.h>

/** All arrays (stimulus x unit) of several inputs; owned. */
typedef struct cka_sources {
    size_t n;
    size_t n_inputs;
    ana_array_listing **listings; /**< of each input */
    ana_array_rows **rows;        /**< of each array */
    ana_cka_source *sources;
} cka_sources;

/** Whether the inputs and `against` (NULL: none), as doubles, take more than a quarter of the
 * memory that may be used (they are held up to four times over while they are matched). Inputs that
 *  cannot be read by rows are not large. */
bool cka_inputs_are_large(const command_job *job, size_t n, char **inputs, char *against);

/** Released by cka_sources_close, also after an error. ANA_ERR_SHAPE for arrays of other than two
 *  axes. */
ANA_USE_RESULT ana_status cka_sources_open(const command_job *job, size_t n, char **inputs,
                                           cka_sources *out);
void cka_sources_close(cka_sources *sources);

#endif
