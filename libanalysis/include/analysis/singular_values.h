/** How long are the axes of the ellipsoid that a matrix makes of a sphere? Singular values alone,
 *  at a fraction of the time that they take with their vectors (linalg.h). */
#ifndef ANALYSIS_SINGULAR_VALUES_H
#define ANALYSIS_SINGULAR_VALUES_H

#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** s[min(n, m)] (out) = the singular values of A (n x m), falling.
 *
 *  @return ANA_OK; ANA_ERR_VALUE for an element that is NaN or infinite; ANA_ERR_SHAPE for a size
 *  beyond the 2^31 - 1 of LAPACK; ANA_ERR_NUMERIC when the iteration fails; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_singular_values(size_t n, size_t m, const double *a,
                                                      double *s);

ANA_END_DECLS

#endif
