/** Probability distributions: how likely is this count?
 *
 *  Log probabilities by Loader (2000), "Fast and accurate computation of binomial probabilities":
 *  the deviance form keeps its accuracy for arguments of any size, where the textbook form loses
 *  all digits once the mean passes about 1e15. */
#ifndef ANALYSIS_DISTRIBUTIONS_H
#define ANALYSIS_DISTRIBUTIONS_H

#include <analysis/export.h>

#include <stdint.h>

ANA_BEGIN_DECLS

/** log P(X = count) for Poisson X of that mean >= 0, nats; -inf where impossible, NaN for a mean
 *  that is negative, infinite or NaN. */
ANA_API double ana_poisson_log_pmf(uint64_t count, double mean);

/** log P(X = count) for X binomial(n, p), 0 <= p <= 1, nats; -inf where impossible, NaN for a p
 *  outside. */
ANA_API double ana_binomial_log_pmf(uint64_t count, uint64_t n, double p);

ANA_END_DECLS

#endif
