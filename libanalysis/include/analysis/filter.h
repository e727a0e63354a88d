/** Which frequencies of a signal are kept?
 *
 *  High-pass, low-pass, band-pass, band-stop and notch filters, as finite impulse responses (a
 *  windowed sinc with MNE's automatic transition widths and lengths) or as Butterworth filters in
 *  second-order sections; with zero phase, causal, or with minimum phase.
 *
 *  NaN is a missing sample. A FIR filter's answer is missing exactly where its window holds a
 *  missing (or infinite) sample; a recursive filter's answer is missing from there to the end of
 *  the segment (with zero phase: in the whole segment). */
#ifndef ANALYSIS_FILTER_H
#define ANALYSIS_FILTER_H

#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/series.h>
#include <analysis/status.h>
#include <analysis/taper.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_filter_method {
    ANA_FILTER_FIR,
    ANA_FILTER_BUTTERWORTH
} ana_filter_method;

/** ZERO: no frequency is delayed, the answer looks as far ahead as back. CAUSAL: the answer depends
 *  on the past alone; a linear-phase FIR then delays by half its length. MINIMUM: a causal FIR of
 *  the same magnitude with the least delay. */
typedef enum ana_filter_phase {
    ANA_PHASE_ZERO,
    ANA_PHASE_CAUSAL,
    ANA_PHASE_MINIMUM
} ana_filter_phase;

/** A high-pass above the low-pass removes what lies between them. Frequencies are edges of the pass
 *  band (FIR) or -3 dB points of one pass (Butterworth). */
typedef struct ana_filter_options {
    ana_run run;
    ana_filter_method method;
    ana_filter_phase phase;
    double high_pass_hz;            /**< 0: none */
    double low_pass_hz;             /**< 0: none */
    double high_pass_transition_hz; /**< 0: min(max(high_pass / 4, 2), high_pass) */
    double low_pass_transition_hz;  /**< 0: min(max(low_pass / 4, 2), rate / 2 - low_pass) */
    double length_s;                /**< FIR; 0: what the narrower transition needs */
    ana_taper_kind taper;           /**< FIR; hamming (default), hann or blackman */
    size_t order;                   /**< Butterworth; of the low-pass prototype, default 4 */
    double notch_hz;                /**< 0: none */
    size_t notch_harmonics;         /**< multiples of notch_hz removed; default 1: itself alone */
    double notch_width_hz;          /**< 0: notch / 200 (FIR), notch / 30 (Butterworth) */
    double notch_transition_hz;     /**< FIR; half of it on each side; default 1 */
} ana_filter_options;

ANA_API ana_filter_options ana_filter_options_default(void);
ANA_API extern const ana_option ana_filter_option_table[];

/** A finite impulse response: y[t] = sum_k taps[k] x[t - k]. */
typedef struct ana_fir {
    size_t n_taps;
    double *taps; /**< owned */
} ana_fir;

/** Recursive second-order sections, one after the other: b0 b1 b2 1 a1 a2 each. */
typedef struct ana_sos {
    size_t n_sections;
    double *sections; /**< n_sections x 6, owned */
} ana_sos;

/** Copies the taps; n_taps >= 1. */
ANA_API ANA_USE_RESULT ana_status ana_fir_new(size_t n_taps, const double *taps, ana_fir **out);
ANA_API void ana_fir_free(ana_fir *fir);

/** Zeroed sections; n_sections >= 1. */
ANA_API ANA_USE_RESULT ana_status ana_sos_new(size_t n_sections, ana_sos **out);
ANA_API void ana_sos_free(ana_sos *sos);

/** Windowed sinc. `cutoffs` (ascending, in units of half the rate, 0 to 1, both excluded) are where
 *  the gain is 1/2; the gain at 0 is 1 with `pass_zero`, else 0, and changes at each cutoff; the
 *  middle of the first pass band is scaled to 1. A gain of 1 at half the rate needs odd n_taps.
 *  @param taps  n_taps (out)
 *  @return ANA_ERR_VALUE for what cannot be designed */
ANA_API ANA_USE_RESULT ana_status ana_firwin(size_t n_taps, size_t n_cutoffs, const double *cutoffs,
                                             bool pass_zero, ana_taper_kind taper, double beta,
                                             double *taps);

/** The FIR filter that `options` ask for at `rate` hertz, notch left aside: each transition is its
 *  own windowed sinc of F rate / width samples (F: Hann 3.1, Hamming 3.3, Blackman 5; odd), in a
 *  filter of length_s or F / narrowest width, rounded up, odd. The -6 dB points lie in the middle
 *  of the transitions. ANA_ERR_VALUE when edges do not fit the rate or the length is too short. */
ANA_API ANA_USE_RESULT ana_status ana_fir_design(const ana_filter_options *options, double rate,
                                                 ana_fir **out);

/** The FIR notch that `options` ask for: stop bands notch_width_hz wide round each multiple of
 *  notch_hz below half the rate. ANA_ERR_VALUE when there is none, or they overlap. */
ANA_API ANA_USE_RESULT ana_status ana_fir_notch(const ana_filter_options *options, double rate,
                                                ana_fir **out);

/** The causal filter with the magnitude of `fir` whose energy comes first, as long as `fir`:
 *  homomorphic method, Oppenheim & Schafer (1989), Discrete-Time Signal Processing, sec. 12.7.
 *  Magnitudes below 1e-5 of the largest are raised to it, so the magnitude is kept to about 1e-5.
 */
ANA_API ANA_USE_RESULT ana_status ana_fir_minimum_phase(const ana_fir *fir, ana_fir **out);

/** Butterworth filter of that order: high-pass (low_pass_hz 0), low-pass (high_pass_hz 0),
 *  band-pass or band-stop (high_pass_hz > low_pass_hz; both of twice the order), by bilinear
 *  transform with prewarped edges. Poles nearest the unit circle come last, each with the nearest
 *  zeros left. ANA_ERR_VALUE for an order outside 1 to 24 or edges outside 0 to rate / 2. */
ANA_API ANA_USE_RESULT ana_status ana_butterworth(size_t order, double high_pass_hz,
                                                  double low_pass_hz, double rate, ana_sos **out);

/** One section with a zero at `notch_hz`, -3 dB points width_hz apart: Orfanidis (1996),
 *  Introduction to Signal Processing, eqs. 11.3.4-11.3.7. */
ANA_API ANA_USE_RESULT ana_status ana_sos_notch(double notch_hz, double width_hz, double rate,
                                                ana_sos **out);

/** gain[2 i], gain[2 i + 1] = real and imaginary part of the response at frequencies_hz[i]. */
ANA_API void ana_fir_response(const ana_fir *fir, double rate, size_t n,
                              const double *frequencies_hz, double *gain);
ANA_API void ana_sos_response(const ana_sos *sos, double rate, size_t n,
                              const double *frequencies_hz, double *gain);

/** state[n_sections x 2] (out) = the state in which a constant input of 1 gives a constant answer.
 *  ANA_ERR_NUMERIC when a section has a pole at frequency 0. */
ANA_API ANA_USE_RESULT ana_status ana_sos_steady_state(const ana_sos *sos, double *state);

/** Last sample at which the impulse response is above a thousandth of its largest value (looked for
 *  in steps of 1000 samples, up to 100000): how far zero-phase filtering extends a segment. */
ANA_API size_t ana_sos_ringing(const ana_sos *sos);

/** Filter each channel of one segment.
 *
 *  Overlap-save on blocks that start at the segment's first sample and whose length follows from
 *  the taps alone. ZERO centres the taps (an odd number) on each sample and continues the segment
 *  beyond its ends by odd reflection (2 x[0] - x[k]), as far as it is long, then by zeros; CAUSAL
 *  and MINIMUM find zeros before the first sample.
 *
 *  @param x    n_channels x n_times
 *  @param out  n_channels x n_times (out), not x
 *  @return ANA_ERR_VALUE for an even number of taps with ZERO; ANA_ERR_LIMIT */
ANA_API ANA_USE_RESULT ana_status ana_fir_apply(const ana_fir *fir, ana_filter_phase phase,
                                                size_t n_channels, size_t n_times, const double *x,
                                                const ana_run *run, double *out);

/** Filter each channel causally, going on from `state` (n_channels x n_sections x 2, zeros to begin
 *  with) and leaving it ready for the next samples: any cut of a signal gives the same bits. `out`
 *  may be x. */
ANA_API ANA_USE_RESULT ana_status ana_sos_apply(const ana_sos *sos, size_t n_channels,
                                                size_t n_times, const double *x, double *state,
                                                double *out);

/** Filter each channel of one segment forward and backward: twice the attenuation, no phase. The
 *  segment is extended on both sides by odd reflection of n_pad samples (n_times - 1 at most), and
 *  both passes begin in the steady state of their first sample. Needs the whole segment. `out` may
 *  be x. ANA_ERR_NUMERIC as ana_sos_steady_state. */
ANA_API ANA_USE_RESULT ana_status ana_sos_apply_zero_phase(const ana_sos *sos, size_t n_pad,
                                                           size_t n_channels, size_t n_times,
                                                           const double *x, const ana_run *run,
                                                           double *out);

/** *out = the filtered series: computed from `series` (whose source it shares) as it is read, each
 *  segment by itself, in the channels' own units; the same bits whichever windows are read. The
 *  recorded filter settings of the channels are narrowed.
 *
 *  FIR and causal filters hold a few blocks at a time. Zero-phase Butterworth filters hold the
 *  whole segment of the channels asked for in one reading, which fails with ANA_ERR_LIMIT and the
 *  figure needed above run.max_memory.
 *  @return ANA_ERR_VALUE when nothing is asked for, the series has no regular rate, or as the
 *  design */
ANA_API ANA_USE_RESULT ana_status ana_series_filter(const ana_series *series,
                                                    const ana_filter_options *options,
                                                    ana_series **out);

/** The same by a filter at hand. */
ANA_API ANA_USE_RESULT ana_status ana_series_fir(const ana_series *series, const ana_fir *fir,
                                                 ana_filter_phase phase, const ana_run *run,
                                                 ana_series **out);

/** The same by sections at hand; ZERO extends each segment by ana_sos_ringing. MINIMUM is CAUSAL.
 */
ANA_API ANA_USE_RESULT ana_status ana_series_sos(const ana_series *series, const ana_sos *sos,
                                                 ana_filter_phase phase, const ana_run *run,
                                                 ana_series **out);

ANA_END_DECLS

#endif
