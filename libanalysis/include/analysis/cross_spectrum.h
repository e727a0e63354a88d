/** How do the channels of a trial vary together at each frequency? Cross-spectra as sets of
 *  Hermitian matrices, for covariance-based classification, and the coherences made of them.
 *
 *  A trial is cut into W windows of N samples under a symmetric Hann taper h; with the transforms X
 *  of the windows, S_cd(f) = sum over windows of conj(X_c) X_d / (W sum h^2), doubled where f
 *  stands for -f as well: everywhere but at 0 and at half the rate. Real parts are co-spectra. A
 *  matrix of fewer windows than channels has no full rank. For whole recordings with gaps, and for
 *  phases: connectivity.h.
 *
 *  | coherence | |
 *  |---|---|
 *  | ordinary | \|S_cd\|^2 / (S_cc S_dd) |
 *  | instantaneous | Re S_cd^2 / (S_cc S_dd) |
 *  | imaginary | Im S_cd^2 / (S_cc S_dd) |
 *  | lagged | Im S_cd^2 / (S_cc S_dd - Re S_cd^2), 0 where c is d, or where all is instantaneous |
 *
 *  Sources: Nolte et al. (2004), Clin. Neurophysiol. 115; Pascual-Marqui (2007), arXiv 0706.1776;
 *  Congedo et al. (2011), Neural Comput. 23. */
#ifndef ANALYSIS_CROSS_SPECTRUM_H
#define ANALYSIS_CROSS_SPECTRUM_H

#include <analysis/covariance.h>

ANA_BEGIN_DECLS

typedef struct ana_cross_spectrum_options {
    ana_run run;
    size_t window;  /**< N, samples; default 128 */
    double overlap; /**< part of a window that the next one shares, 0 to below 1; default 0.75 */
    double min_hz;  /**< frequencies returned, both ends included; default 0 */
    double max_hz;  /**< default 0: up to half the rate */
    bool compat;    /**< as pyRiemann: not doubled at the first frequency returned, nor (even N) at
                         the last, whichever they are; default false */
} ana_cross_spectrum_options;

ANA_API ana_cross_spectrum_options ana_cross_spectrum_options_default(void);
/** Rows for window, overlap, min-frequency, max-frequency, spectrum-compat. */
ANA_API extern const ana_option ana_cross_spectrum_option_table[];

/** The frequencies k * rate / N within the band. `options` may be NULL.
 *
 *  @param first          (out)  the first k
 *  @param n_frequencies  (out)
 *  @return ANA_ERR_VALUE for a rate, a window or a band that cannot be, and a band between two
 *          frequencies */
ANA_API ANA_USE_RESULT ana_status ana_cross_spectrum_frequencies(
    const ana_cross_spectrum_options *options, double rate, size_t *first, size_t *n_frequencies);

/** out = trial x frequency x channel x channel x 2, in the unit squared; `options` may be NULL. The
 *  same bits for any number of threads.
 *
 *  @return ANA_ERR_VALUE also for trials shorter than a window, and naming trial and channel for a
 *          sample that is NaN or infinite; ANA_ERR_UNSUPPORTED for complex or weighted samples */
ANA_API ANA_USE_RESULT ana_status ana_cross_spectrum(const ana_cross_spectrum_options *options,
                                                     double rate, const ana_trial_signals *trials,
                                                     double *out);

/** out[k] = real part of matrix k: n x n, symmetric. `out` may be `spectra`. */
ANA_API void ana_cospectrum(size_t n_matrices, size_t n, const double *spectra, double *out);

typedef enum ana_coherence_kind {
    ANA_COHERENCE_ORDINARY,
    ANA_COHERENCE_INSTANTANEOUS,
    ANA_COHERENCE_IMAGINARY,
    ANA_COHERENCE_LAGGED
} ana_coherence_kind;

/** "ordinary", "instantaneous", "imaginary", "lagged", NULL: as choices of options. */
ANA_API extern const char *const ana_coherence_names[];

/** out[k] = coherences of matrix k: n x n, symmetric, 0 to 1. ANA_ERR_NUMERIC naming matrix and
 *  channel where there is no power. */
ANA_API ANA_USE_RESULT ana_status ana_coherence(ana_coherence_kind kind, size_t n_matrices,
                                                size_t n, const double *spectra, double *out);

ANA_END_DECLS

#endif
