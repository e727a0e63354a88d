/** Which flicker does someone look at?
 *
 *  Steady-state visual evoked potentials (SSVEP): a trial holds the frequency of the flicker, and
 *  its harmonics.
 *
 *  Canonical correlation analysis (CCA; Lin et al. 2006): of all mixtures of a trial's channels,
 *  each about its mean, and all mixtures of sines and cosines at a frequency and its harmonics, the
 *  largest correlation. Nothing is learned. Channels that others determine (as the average
 *  reference makes them) are no harm: correlations are between spaces.
 *
 *  Task-related component analysis (TRCA; Nakanishi et al. 2018): for each class the mixture of
 *  channels that is most alike in all its trials, w with the largest w' S w / w' Q w of S = sum
 *  over pairs of different trials X_i X_j', Q = sum X_i X_i'; a new trial's score is its
 *  correlation, through w, with the class's average; with `ensemble` through the w of all classes
 *  at once. With bands of a filter bank, the correlations are summed with weights m^-1.25 + 0.25, m
 *  = 1, 2, ... */
#ifndef ANALYSIS_MODELS_STEADY_STATE_H
#define ANALYSIS_MODELS_STEADY_STATE_H

#include <analysis/models/xdawn.h>

#include <stdbool.h>

ANA_BEGIN_DECLS

/** out (2 n_harmonics x n_times) = sines and cosines of a frequency f and its harmonics, rows sin(2
 *  pi f t), cos(2 pi f t), sin(4 pi f t), ..., t = 0, 1 / rate, ... ANA_ERR_VALUE when a harmonic
 *  is not above 0 and below half the rate (Hz). */
ANA_API ANA_USE_RESULT ana_status ana_steady_state_references(double frequency_hz,
                                                              size_t n_harmonics, double rate,
                                                              size_t n_times, double *out);

typedef struct ana_steady_state_bank {
    size_t n_frequencies;
    const double *frequencies_hz;
    size_t n_harmonics; /**< with the frequency itself; 1 or more */
    double rate;        /**< Hz */
} ana_steady_state_bank;

/** correlations (n_trials x n_frequencies, out), 0 to 1, of trials whose classes are not read; the
 *  largest is the answer. `run` NULL: the defaults.
 *
 *  @return ANA_ERR_VALUE as the references, for no more samples than channels and references
 *  together (the correlation would be 1), a sample that is not finite, or a trial without
 *  variance. */
ANA_API ANA_USE_RESULT ana_status ana_steady_state_correlate(const ana_labelled_signals *trials,
                                                             const ana_steady_state_bank *bank,
                                                             const ana_run *run,
                                                             double *correlations);

/** Learn the components. The rows of a trial are n_bands (1 or more) of equal size.
 *
 *  @param filters    n_classes x n               (out) of each class, band after band as the rows
 *                                                are; each band's of length 1
 *  @param templates  n_classes x n x n_times     (out) averages of the trials about channel means
 *  @return ANA_ERR_VALUE as ana_xdawn_fit, for a class of one trial, or bands that do not divide
 *  the rows; ANA_ERR_NUMERIC when Q is singular. */
ANA_API ANA_USE_RESULT ana_status ana_task_components_fit(const ana_labelled_signals *known,
                                                          size_t n_bands, double *filters,
                                                          double *templates);

typedef struct ana_task_components {
    size_t n_bands;
    size_t n_classes;
    const double *filters;   /**< n_classes x n */
    const double *templates; /**< n_classes x n x n_times */
    bool ensemble;           /**< through the filters of all classes */
} ana_task_components;

/** scores (n_trials x n_classes, out), the largest the answer; 0 where a filtered trial or template
 *  does not vary or misses a sample. ANA_ERR_VALUE for bands that do not divide the rows. */
ANA_API ANA_USE_RESULT ana_status ana_task_components_scores(const ana_labelled_signals *trials,
                                                             const ana_task_components *components,
                                                             double *scores);

ANA_END_DECLS

#endif
