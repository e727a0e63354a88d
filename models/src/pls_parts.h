/** What the maps of encoding_maps.h share. */
#ifndef MODELS_PLS_PARTS_H
#define MODELS_PLS_PARTS_H

#include "workspace.h"

#include <analysis/status.h>

#include <stddef.h>

/** vector (p) = the leading left singular vector of m (p x q), of length 1, by Lanczos' iteration
 *  from a start that `number` names; with a tolerance above 0, by the power iteration of NIPALS. */
ANA_USE_RESULT ana_status pls_leading(size_t p, size_t q, const double *m, double tolerance,
                                      size_t number, double *vector);

/** ANA_ERR_VALUE with the place of the first value of x (n x p) or y (n x q) that is not finite. */
ANA_USE_RESULT ana_status maps_check_finite(const char *what, size_t n, size_t p, const double *x,
                                            size_t q, const double *y);

#endif
