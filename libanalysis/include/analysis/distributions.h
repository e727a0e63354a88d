/** Probability distributions: how likely is this value, and which value is that unlikely?
 *
 *  For each distribution `_cdf` is P(X <= x), `_survival` is P(X > x) (accurate where it is small,
 *  which 1 - cdf is not), and `_quantile` is the x with P(X <= x) = p, 0 <= p <= 1. A parameter out
 *  of its range, a p outside 0 to 1 and NaN give NaN; nothing else is reported and nothing
 *  allocated. Relative accuracy 1e-11, of quantiles 1e-10 (where the double p itself determines as
 *  much). */
#ifndef ANALYSIS_DISTRIBUTIONS_H
#define ANALYSIS_DISTRIBUTIONS_H

#include <analysis/export.h>

#include <stdint.h>

ANA_BEGIN_DECLS

/** Standard normal. */
ANA_API double ana_normal_cdf(double x);
ANA_API double ana_normal_survival(double x);
ANA_API double ana_normal_quantile(double p);

/** Gamma with that shape > 0 and scale 1. */
ANA_API double ana_gamma_cdf(double x, double shape);
ANA_API double ana_gamma_survival(double x, double shape);
ANA_API double ana_gamma_quantile(double p, double shape);

/** Chi-square with df > 0 degrees of freedom (any real). */
ANA_API double ana_chi2_cdf(double x, double df);
ANA_API double ana_chi2_survival(double x, double df);
ANA_API double ana_chi2_quantile(double p, double df);

/** Beta with a, b > 0. */
ANA_API double ana_beta_cdf(double x, double a, double b);
ANA_API double ana_beta_survival(double x, double a, double b);
ANA_API double ana_beta_quantile(double p, double a, double b);

/** Student's t with df > 0 degrees of freedom. */
ANA_API double ana_t_cdf(double x, double df);
ANA_API double ana_t_survival(double x, double df);
ANA_API double ana_t_quantile(double p, double df);

/** Fisher's F with df1 > 0 (numerator) and df2 > 0 degrees of freedom. */
ANA_API double ana_f_cdf(double x, double df1, double df2);
ANA_API double ana_f_survival(double x, double df1, double df2);
ANA_API double ana_f_quantile(double p, double df1, double df2);

/** log P(X = count) for Poisson X of that mean >= 0, nats; -inf where impossible, NaN for a mean
 *  that is negative, infinite or NaN. Loader (2000), "Fast and accurate computation of binomial
 *  probabilities": the deviance form keeps its digits for arguments of any size, where the textbook
 *  form has lost all once the mean passes 1e15. */
ANA_API double ana_poisson_log_pmf(uint64_t count, double mean);

/** log P(X = count) for X binomial(n, p), 0 <= p <= 1, nats; -inf where impossible, NaN for a p
 *  outside. Loader's form. */
ANA_API double ana_binomial_log_pmf(uint64_t count, uint64_t n, double p);

ANA_END_DECLS

#endif
