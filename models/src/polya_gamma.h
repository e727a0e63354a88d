/** Polya-Gamma variables, as sums of few gamma variables. */
#ifndef ANALYSIS_MODELS_POLYA_GAMMA_H
#define ANALYSIS_MODELS_POLYA_GAMMA_H

#include <analysis/random.h>

#include <stddef.h>

/** PG(b, 0) is the sum over k = 1, 2, ... of Gamma(b) / (2 pi^2 (k - 1/2)^2) (Polson, Scott &
 *  Windle 2013, J. Am. Stat. Assoc. 108(504), eq. 2). The masses of that sum at 1 / (k - 1/2)^2 are
 *  replaced by those of their Gauss quadrature with n nodes: n gamma variables whose sum has the
 *  first 2n cumulants of PG(b, 0) for every real b > 0. Tilting by exp(-z^2 x / 2), which makes
 *  PG(b, z) of PG(b, 0), is exact. What is left is a likelihood, the Laplace transform, that
 *  differs by b * ana_polya_gamma_error(n, psi) from cosh(psi / 2)^-b: for 8 nodes that is rounding
 *  (below 2e-13 for |psi| < 15), for fewer it can be had exactly and be corrected for. */
enum {
    POLYA_GAMMA_MIN_NODES = 2,
    POLYA_GAMMA_NODES = 8
};

/** Nodes needed for a correction that is small where |psi| is up to about `reach`. */
size_t ana_polya_gamma_nodes(double reach);

/** A draw from PG(b, z) by n nodes (2 ... 8), b > 0. */
double ana_polya_gamma_draw(ana_random *random, size_t n_nodes, double b, double z);

/** out[t] = log E exp(-x psi[t]^2 / 2) for x the n-node PG(1, 0); exactly -log cosh(psi / 2) for
 *  infinitely many. `scratch` has n doubles; `out` must not be `psi`. */
void ana_polya_gamma_log_laplace(size_t n_nodes, size_t n, const double *psi, double *scratch,
                                 double *out);

#endif
