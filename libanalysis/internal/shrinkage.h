/** How far a covariance is drawn towards a simple target, and the drawing: formulas of S, the
 *  covariance (m x m, divisor n; with weights w of sum 1, sum w x x^T) and of the scatter of the
 *  observations' own x x^T around it. */
#ifndef ANALYSIS_INTERNAL_SHRINKAGE_H
#define ANALYSIS_INTERNAL_SHRINKAGE_H

#include <analysis/stats.h>

#include <stddef.h>

double ana_shrinkage_mean_variance(size_t m, const double *covariance);

/** b^2 / d^2 of Ledoit & Wolf (2004), lemma 3.3; scatter: sum w^2 |x x^T - S|^2. */
double ana_shrinkage_ledoit_wolf(size_t m, const double *covariance, double scatter);

/** n: 1 / sum w^2 observations. */
double ana_shrinkage_oas(size_t m, const double *covariance, double n);

/** scatter[i][j]: sum w^2 (x_i x_j - S_ij)^2, below the diagonal; unbias: n / (n - 1), or 1 / (1 -
 *  sum w^2). Features that do not vary have no correlations. */
double ana_shrinkage_schaefer_strimmer(size_t m, const double *covariance, const double *scatter,
                                       double unbias);

/** S becomes unbias ((1 - intensity) S + intensity target): the target is the diagonal for
 *  Schaefer & Strimmer, whose `unbias` is as above; else mean variance times identity, and 1. */
void ana_shrink(size_t m, ana_shrinkage method, double intensity, double unbias,
                double *covariance);

#endif
