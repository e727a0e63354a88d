/** With which weights is a stretch of signal cut out of the world?
 *
 *  Tapers (windows) for spectra and filter design, and the discrete prolate spheroidal sequences of
 *  multitaper estimates. Cosine sums: Harris (1978), Proc. IEEE 66(1); Kaiser: Kaiser & Schafer
 *  (1980), IEEE Trans. ASSP 28(1); DPSS: Slepian (1978), Bell Syst. Tech. J. 57, by the tridiagonal
 *  matrix of Percival & Walden (1993), Spectral Analysis for Physical Applications, sec. 8.3. */
#ifndef ANALYSIS_TAPER_H
#define ANALYSIS_TAPER_H

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_taper_kind {
    ANA_TAPER_HANN,
    ANA_TAPER_HAMMING,
    ANA_TAPER_BLACKMAN,
    ANA_TAPER_BLACKMAN_HARRIS, /**< four terms, -92 dB */
    ANA_TAPER_FLAT_TOP,        /**< five terms: exact heights of lines */
    ANA_TAPER_KAISER,          /**< needs beta */
    ANA_TAPER_RECTANGLE
} ana_taper_kind;

/** The words of an option that names a taper, in the order of the enum, NULL at the end. */
ANA_API extern const char *const ana_taper_names[];

/** out[n] = the taper, 1 at its highest place. `symmetric` for filter design; else periodic, as
 *  spectra want it (the first n of a symmetric taper of n + 1). `beta` is used by KAISER alone.
 *  ANA_ERR_VALUE when n is 0 or beta is negative or not finite. */
ANA_API ANA_USE_RESULT ana_status ana_taper_fill(ana_taper_kind kind, double beta, bool symmetric,
                                                 size_t n, double *out);

/** Kaiser's beta for a stop band `attenuation_db` > 0 down: 0 below 21 dB. */
ANA_API double ana_kaiser_beta(double attenuation_db);

/** Discrete prolate spheroidal sequences of length n: the orthonormal sequences that hold most of
 *  their energy within +-half_bandwidth / n cycles per sample.
 *
 *  @param n               length, at least 2
 *  @param half_bandwidth  time-half-bandwidth product NW, 0 < NW < n / 2
 *  @param symmetric       as in ana_taper_fill; periodic tapers lack the last sample of n + 1
 *  @param n_tapers        K, 1 to n; about 2 NW - 1 of them are well concentrated
 *  @param tapers          K x n (out)  symmetric ones with a positive mean, antisymmetric ones
 *                         beginning with a positive lobe
 *  @param concentrations  K (out) or NULL: energy within the band, descending from almost 1
 *  @return ANA_ERR_VALUE for sizes out of range; ANA_ERR_NUMERIC if no eigenvectors are found */
ANA_API ANA_USE_RESULT ana_status ana_dpss(size_t n, double half_bandwidth, bool symmetric,
                                           size_t n_tapers, double *tapers, double *concentrations);

ANA_END_DECLS

#endif
