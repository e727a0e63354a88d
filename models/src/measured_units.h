/** The units of a system that can be compared: those with a value for every stimulus. */
#ifndef MODELS_MEASURED_UNITS_H
#define MODELS_MEASURED_UNITS_H

#include "workspace.h"

#include <analysis/models/responses.h>

#include <stdbool.h>

typedef struct ana_measured_units {
    size_t n_stimuli;
    size_t n;          /**< units kept */
    size_t n_missing;  /**< left out: without any value */
    size_t n_constant; /**< left out: the same value for every stimulus */
    size_t *unit;      /**< n: which of the system's each is */
    double *values;    /**< n_stimuli x n */
} ana_measured_units;

/** From the workspace. With `varying` constant units are left out too. ANA_ERR_VALUE for a value
 *  that is missing in a unit that has others, or infinite, above 1e100 or of a unit that varies by
 *  less than 1e-140, or when no unit is left; `module` begins the sentence. */
ANA_USE_RESULT ana_status ana_measured_units_take(const ana_responses *system, const char *module,
                                                  bool varying, ana_workspace *workspace,
                                                  ana_measured_units *out);

#endif
