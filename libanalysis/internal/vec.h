/** exp, log and log1p of many values at once, several to an instruction.
 *
 *  Within 2 units in the last place of the exact value over the whole range (measured against long
 *  double: below 0.9), subnormal results included; NaN stays NaN, and the ends are those of C's own
 *  functions: exp(-inf) = 0, log(0) = -inf, log of a negative NaN. The same bits on every
 *  processor: no fused multiply-add, no tables. `out` may be `x`. */
#ifndef ANALYSIS_INTERNAL_VEC_H
#define ANALYSIS_INTERNAL_VEC_H

#include <stddef.h>

void ana_vec_exp(size_t n, const double *x, double *out);
void ana_vec_log(size_t n, const double *x, double *out);
void ana_vec_log1p(size_t n, const double *x, double *out);

#endif
