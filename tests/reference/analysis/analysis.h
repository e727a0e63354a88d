/** reference.analysis: values of peers for spike trains and, as they come, other analyses;
 *  compare_<name>.c holds the files <name>*.h5, and has one row in the table of main.c. */
#ifndef TESTS_REFERENCE_ANALYSIS_H
#define TESTS_REFERENCE_ANALYSIS_H

#include "support/reference_folder.h"

/** Statistics of spike trains: counts, rates, intervals, correlograms, tiling coefficients. */
void compare_spiketrains(const h5_reference *file, tally *counts);

/** Delay embeddings, their eigenvalues, and distances of dynamics. */
void compare_dsa(const h5_reference *file, tally *counts);

/** Hold n values against the dataset at `path`, to the absolute tolerance in its attribute "tol"
 *  (none: exact), and count a case. */
void compare_dataset(const h5_reference *file, const char *path, size_t n, const double *values,
                     tally *counts);

#endif
