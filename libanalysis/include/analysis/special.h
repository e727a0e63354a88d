/** Special functions that C11 lacks (erf, erfc, expm1 and log1p are in <math.h>).
 *
 *  NaN in or out of the domain gives NaN; nothing else is reported and nothing allocated, so all of
 *  them can be called inside a parallel region (C's own lgamma cannot: it writes a global sign).
 *  Accuracy is relative and was measured against scipy and 30-digit arithmetic; it is better than
 *  1e-13 where a comment does not say otherwise. */
#ifndef ANALYSIS_SPECIAL_H
#define ANALYSIS_SPECIAL_H

#include <analysis/export.h>

#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

/** log Gamma(x), x >= 0; +inf at 0. */
ANA_API double ana_special_lgamma(double x);

/** d/dx log Gamma(x) and its derivative, x > 0. Near digamma's zero (1.4616) the error is absolute.
 */
ANA_API double ana_special_digamma(double x);
ANA_API double ana_special_trigamma(double x);

/** log n! */
ANA_API double ana_special_log_factorial(uint64_t n);

/** log of the number of ways to choose k of n; -inf for k > n. No digits are lost for large n. */
ANA_API double ana_special_log_choose(uint64_t n, uint64_t k);

/** log B(a, b), a, b > 0. */
ANA_API double ana_special_log_beta(double a, double b);

/** log sum_i exp(x[i]) without overflow; -inf for n = 0. */
ANA_API double ana_special_log_sum_exp(size_t n, const double *x);

/** log(1 + exp(x)) without overflow, for any x. */
ANA_API double ana_special_log1p_exp(double x);

/** Regularised incomplete gamma functions, a > 0, x >= 0: P = integral of t^(a-1) e^-t / Gamma(a)
 *  from 0 to x, Q = 1 - P; each accurate where it is the small one (1e-11 for a > 1000). */
ANA_API double ana_special_gamma_p(double a, double x);
ANA_API double ana_special_gamma_q(double a, double x);

/** Regularised incomplete beta function I_x(a, b), a, b > 0, with y = 1 - x given as well, since
 *  near x = 1 the difference has lost it: ana_special_beta(b, a, y, x) is 1 - I_x(a, b). Continued
 *  fraction of DLMF 8.17.22. Accuracy 1e-11 for a, b from 1e-3 to 1e9. */
ANA_API double ana_special_beta(double a, double b, double x, double y);

/** P(K > x) of Kolmogorov's (1933) limit distribution, x = sqrt(n) times the largest distance
 *  between an empirical distribution function and a continuous one. */
ANA_API double ana_special_kolmogorov(double x);

/** P(D >= d) for the largest distance D of n >= 1 values, two-sided; the plan of Simard & L'Ecuyer
 *  (2011), J. Stat. Softw. 39(11).
 *
 *  n d^2 >= 4: twice the exact one-sided probability (Smirnov; n <= 1e6), relative error below
 *  1e-8. Else up to n = 10000: the exact form of Marsaglia, Tsang & Wang (2003), J. Stat. Softw.
 *  8(18), absolute error below 1e-12. Else the series of Pelz & Good (1976), J. R. Stat. Soc. B
 *  38(2): absolute error below 1e-9. */
ANA_API double ana_special_kolmogorov_smirnov(size_t n, double d);

ANA_END_DECLS

#endif
