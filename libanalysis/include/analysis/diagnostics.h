/** Have chains of random draws (Markov chain Monte Carlo) reached the same distribution, and how
 *  many independent draws are they worth?
 *
 *  Gelman, Carlin, Stern, Dunson, Vehtari & Rubin (2013), Bayesian Data Analysis, 3rd ed., sec.
 *  11.4-11.5: each chain is cut in two halves (an odd middle draw is left out), so that a drift
 *  within one chain counts like a difference between two. */
#ifndef ANALYSIS_DIAGNOSTICS_H
#define ANALYSIS_DIAGNOSTICS_H

#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** Split R-hat: 1 where all halves agree; above 1.05 the chains are too short.
 *
 *  sqrt(((n - 1) / n W + B / n) / W) of halves of length n, W the mean of their variances, B / n
 *  the variance of their means. 1 where every draw is the same; +inf where the halves do not vary
 *  but differ.
 *
 *  @param draws  n_chains x n_draws, one chain after the other
 *  @return ANA_ERR_VALUE for no chain, fewer than 4 draws, or a draw that is not finite. */
ANA_API ANA_USE_RESULT ana_status ana_diagnostics_split_rhat(size_t n_chains, size_t n_draws,
                                                             const double *draws, double *rhat);

/** Effective number of draws of all chains together: n draws over 1 + 2 sum of autocorrelations,
 *  which are pooled over the halves and summed while their pairs are positive and fall (Geyer 1992,
 *  Stat. Sci. 7(4), sec. 3.3). At most n log10 n (anticorrelated draws); n where every draw is the
 *  same. Errors as above. O(n times the lags summed). */
ANA_API ANA_USE_RESULT ana_status ana_diagnostics_effective_size(size_t n_chains, size_t n_draws,
                                                                 const double *draws,
                                                                 double *effective);

ANA_END_DECLS

#endif
