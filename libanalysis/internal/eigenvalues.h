/** Eigenvalues of a square matrix that need not be symmetric. */
#ifndef ANALYSIS_INTERNAL_EIGENVALUES_H
#define ANALYSIS_INTERNAL_EIGENVALUES_H

#include <analysis/status.h>

#include <stddef.h>

/** values[n x 2] (out): real and imaginary parts, by falling modulus; of a conjugate pair the one
 *  above the real axis comes first. By LAPACK's dgeev. ANA_ERR_VALUE for NaN or infinities,
 *  ANA_ERR_NUMERIC when the iteration fails. */
ANA_USE_RESULT ana_status ana_linalg_eigenvalues(size_t n, const double *a, double *values);

#endif
