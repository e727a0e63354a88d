/** Which linear rule predicts each sample from those before it?
 *
 *  Autoregressive models of one signal, x[t] = -(a_1 x[t-1] + ... + a_p x[t-p]) + noise, by Burg's
 *  method (Burg 1975, Maximum entropy spectral analysis, thesis, Stanford; Marple 1987, Digital
 *  Spectral Analysis, sec. 8.5): the reflection coefficient of each order minimises the sum of
 *  forward and backward prediction errors, and the model is always stable. Its spectrum has sharp
 *  peaks in short windows. Spectra averaged over windows, of series and streams: `spectrum.h`. */
#ifndef ANALYSIS_AUTOREGRESSION_H
#define ANALYSIS_AUTOREGRESSION_H

#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** The model of order p = `order` of x, whose mean is not taken away here.
 *
 *  @param x             n            samples
 *  @param coefficients  order (out)  a_1 ... a_p of the prediction error filter 1 + a_1 z^-1 + ...
 *  @param variance      (out)        of the prediction errors, unit of x squared
 *  @return ANA_ERR_VALUE for an order of 0 or not below n, or a sample that is missing or infinite
 *          (with its place); ANA_ERR_MEMORY. Zeros, and what a lower order predicts without error,
 *          have zeros as the coefficients that are left. */
ANA_API ANA_USE_RESULT ana_status ana_burg(size_t n, const double *x, size_t order,
                                           double *coefficients, double *variance);

/** density[i] = one-sided power density at frequencies_hz[i], unit^2 / Hz: 2 variance / rate over
 *  |1 + a_1 e^-iw + ... + a_p e^-ipw|^2. A density of a continuous frequency: 0 and half the rate
 *  are no exceptions. */
ANA_API void ana_autoregression_density(size_t order, const double *coefficients, double variance,
                                        double rate, size_t n, const double *frequencies_hz,
                                        double *density);

ANA_END_DECLS

#endif
