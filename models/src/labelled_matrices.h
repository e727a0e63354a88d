/** Matrices of each class, one after the other. */
#ifndef MODELS_LABELLED_MATRICES_H
#define MODELS_LABELLED_MATRICES_H

#include <analysis/models/minimum_distance.h>

/** ANA_ERR_VALUE, in a sentence that begins with `what`: fewer than two classes, one without a
 *  matrix, or a class out of range. */
ANA_USE_RESULT ana_status labelled_matrices_check(const ana_labelled_matrices *known,
                                                  const char *what);

/** The matrices of class c, copied to `room` (as many as there are of all). */
ana_spd_set labelled_matrices_of(const ana_labelled_matrices *known, size_t c, double *room);

#endif
