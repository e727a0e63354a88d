/** Comparison of one case of the states' reference files with what the library computes. */
#ifndef TESTS_REFERENCE_STATES_H
#define TESTS_REFERENCE_STATES_H

#include "support/reference_h5.h"
#include "support/shared.h"

/** A case of messages: initial and transition probabilities and log-likelihoods in. */
void compare_messages(const h5_reference *file, const char *name, tally *counts);

/** A case of the Poisson hidden Markov model: counts and a start in. */
void compare_poisson(const h5_reference *file, const char *name, tally *counts);

/** The tolerances of a dataset; 0 where the file gives none. */
typedef struct tolerance {
    double absolute;
    double relative;
} tolerance;
tolerance tolerance_of(const h5_reference *file, const char *path);

/** Whether a dataset is an input, or a value kept for reading only. */
bool is_for_reading(const h5_reference *file, const char *path);

/** Compare a whole array; `scale` multiplies the absolute tolerance. */
void compare_array(const h5_reference *file, const char *path, size_t n, const double *values,
                   double scale, tally *counts);

#endif
