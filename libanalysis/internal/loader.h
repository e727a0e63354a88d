/** The two parts of Loader's (2000) form of densities, which keep their digits at any size. */
#ifndef ANALYSIS_INTERNAL_LOADER_H
#define ANALYSIS_INTERNAL_LOADER_H

/** log Gamma(x + 1) less Stirling's formula log(sqrt(2 pi x) (x / e)^x), x > 0. */
double ana_stirling_error(double x);

/** x log(x / mean) + mean - x without cancellation where x is near the mean; x, mean > 0. */
double ana_deviance(double x, double mean);

#endif
