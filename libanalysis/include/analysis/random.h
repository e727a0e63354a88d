/** Random numbers that do not depend on threads or shards.
 *
 *  Philox4x32-10: Salmon, Moraes, Dror & Shaw (2011), "Parallel random numbers: as easy as 1, 2,
 *  3", SC'11. A stream is named by (seed, purpose, item): the restart, fold or permutation it
 *  serves, never the thread. Two streams with different names are independent; the same name gives
 *  the same numbers. */
#ifndef ANALYSIS_RANDOM_H
#define ANALYSIS_RANDOM_H

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

/** Invariant: `buffer[n_used ...]` of the block before `counter` are unused. Copying the struct
 *  copies the stream. Block b of a stream has the counter {b, hash of purpose, item}: 2^34 32-bit
 *  numbers before it would run into another name. */
typedef struct ana_random {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t buffer[4];
    uint32_t n_used; /**< of buffer; 4: empty */
    double spare_normal;
    bool has_spare_normal;
} ana_random;

/** One Philox4x32-10 block: `out` = bijection of `counter` under `key`. Known-answer vectors of the
 *  paper's Random123 distribution hold. */
ANA_API void ana_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/** The stream of that name. `purpose` is any text ("hmm.start"); its 32-bit hash (FNV-1a) is used.
 */
ANA_API ana_random ana_random_stream(uint64_t seed, const char *purpose, uint64_t item);

ANA_API uint32_t ana_random_u32(ana_random *random);
ANA_API uint64_t ana_random_u64(ana_random *random);

/** Uniform on the open interval (0, 1), 53 random bits: never 0 and never 1. */
ANA_API double ana_random_uniform(ana_random *random);

/** Integer uniform on 0 ... n-1 without bias (Lemire 2019); n > 0. */
ANA_API uint64_t ana_random_below(ana_random *random, uint64_t n);

/** Normal, mean 0, variance 1 (polar method, Marsaglia & Bray 1964). */
ANA_API double ana_random_normal(ana_random *random);

/** Exponential with mean 1. */
ANA_API double ana_random_exponential(ana_random *random);

/** Gamma with that shape > 0 and scale 1 (Marsaglia & Tsang 2000); 0 where a tiny shape gives a
 *  value below the smallest double. */
ANA_API double ana_random_gamma(ana_random *random, double shape);

/** Beta(a, b), a, b > 0. */
ANA_API double ana_random_beta(ana_random *random, double a, double b);

/** Poisson with that mean >= 0 (inversion below 10, PTRS of Hormann 1993 above). A mean over 2^62
 *  counts as 2^62. */
ANA_API uint64_t ana_random_poisson(ana_random *random, double mean);

/** Binomial(n, p), 0 <= p <= 1 (inversion for n min(p,1-p) < 10, BTRS of Hormann 1993 above). */
ANA_API uint64_t ana_random_binomial(ana_random *random, uint64_t n, double p);

/** Index drawn with probability weights[i] / sum, weights >= 0 with a positive finite sum. */
ANA_API size_t ana_random_categorical(ana_random *random, size_t n, const double *weights);

/** Counts of n_draws multinomial draws: counts[n] sums to n_draws. weights as above. */
ANA_API void ana_random_multinomial(ana_random *random, uint64_t n_draws, size_t n,
                                    const double *weights, uint64_t *counts);

/** Dirichlet(alpha[n]), alpha > 0; out[n] sums to 1. Small alphas are drawn in log space, so that
 *  no component of a sparse draw becomes NaN. */
ANA_API void ana_random_dirichlet(ana_random *random, size_t n, const double *alpha, double *out);

/** out[n] becomes a random permutation of 0 ... n-1 (Fisher & Yates). */
ANA_API void ana_random_permutation(ana_random *random, size_t n, size_t *out);

ANA_END_DECLS

#endif
