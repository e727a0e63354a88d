/** Are values centred on 0, when nothing is known of them but that they would be symmetric? */
#ifndef ANALYSIS_SIGNED_RANK_H
#define ANALYSIS_SIGNED_RANK_H

#include <analysis/resampling.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** Wilcoxon's signed-rank test (Wilcoxon 1945, Biometrics Bull. 1(6)): the sum of the ranks of
 *  |value| of the positive values, against all 2^n ways to set the signs. Zeros are left out, ties
 *  share their rank. Exact for up to 200 values, then by the normal distribution with the ties'
 *  variance. *p is 1 when all are zero, NaN when one is NaN. ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_signed_rank_test(size_t n, const double *values,
                                                       ana_tail tail, double *p);

ANA_END_DECLS

#endif
