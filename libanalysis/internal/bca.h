/** The two corrections of a BCa interval (resampling.h), Efron 1987. */
#ifndef ANALYSIS_INTERNAL_BCA_H
#define ANALYSIS_INTERNAL_BCA_H

#include <stddef.h>

/** Normal quantile of the share of resampled values below the estimate, equal ones by half. */
double ana_bca_bias(size_t n, const double *resampled, double estimate);

/** Skewness of the jackknife values over 6; 0 where they do not vary. */
double ana_bca_acceleration(size_t n, const double *jackknife);

#endif
