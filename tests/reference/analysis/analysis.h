/** reference.analysis: values of peers for spike trains and, as they come, other analyses. */
#ifndef TESTS_REFERENCE_ANALYSIS_H
#define TESTS_REFERENCE_ANALYSIS_H

#include "support/reference_h5.h"
#include "support/shared.h"

#include <stdbool.h>
#include <stddef.h>

/** Hold n values against the dataset at `path`, to the absolute tolerance in its attribute "tol"
 *  (none: exact). */
void compare_dataset(const h5_reference *file, const char *path, size_t n, const double *values,
                     tally *counts);

/** Every dataset of a file of spike trains; *n_unread counts those of methods that the library does
 *  not have. A dataset of a name that is not known fails. */
void compare_spike_trains(const h5_reference *file, tally *counts, size_t *n_unread);

#endif
