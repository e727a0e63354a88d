/** Which rhythms, at which channels, tell two classes of trials apart?
 *
 *  Features of each trial by itself: power at each channel and frequency (Welch, multitaper, Burg),
 *  node strength of connectivity there, or the complexity of each channel's signal; maps of how far
 *  each feature tells two classes apart (`class_maps.h`), all trials of both classes counting; and
 *  an honest score of the best few, picked inside the folds that score them. */
#ifndef ANALYSIS_MODELS_TRIAL_FEATURES_H
#define ANALYSIS_MODELS_TRIAL_FEATURES_H

#include <analysis/connectivity.h>
#include <analysis/folds.h>
#include <analysis/models/bci_trials.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/spectrum.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_trial_feature {
    ANA_TRIAL_POWER,
    ANA_TRIAL_CONNECTIVITY,
    ANA_TRIAL_COMPLEXITY
} ana_trial_feature;

typedef struct ana_trial_feature_options {
    ana_run run;
    ana_trial_feature feature;        /**< default power */
    ana_spectrum_method spectrum;     /**< of powers; default Welch */
    ana_connectivity_measure measure; /**< of connectivity; default imaginary coherence */
    double segment_s;                 /**< windows within a trial; default 1; trials shorter than
                                           that are one window (not of connectivity) */
    double overlap;                   /**< default 0.5 */
    double order_s;                   /**< Burg; default 0.038 */
    bool linear;                      /**< powers as they are, not in decibels */
    double min_hz;                    /**< default 4 */
    double max_hz;                    /**< default 40; 0: up to half the rate */
} ana_trial_feature_options;

ANA_API ana_trial_feature_options ana_trial_feature_options_default(void);
/** Rows for feature, spectrum, measure, segment, overlap, order-seconds, linear, min-frequency,
 *  max-frequency. */
ANA_API extern const ana_option ana_trial_feature_option_table[];

/** values[(trial * n_channels + channel) * n_bins + bin]; NaN where a channel does not allow an
 *  answer. All owned. */
typedef struct ana_trial_features {
    ana_trial_feature_options options;
    size_t n_trials;
    size_t n_channels;
    size_t n_bins; /**< frequencies; complexity: 1 */
    double *values;
    double *frequencies; /**< n_bins, Hz; complexity: NULL */
} ana_trial_features;

/** *out = the features of every trial, freed by ana_trial_features_free. Complexity: phrases of
 *  Lempel & Ziv (1976) of the signal above and below its median in the trial, over what chance
 *  gives (`complexity.h`). `options` NULL: the defaults.
 *
 *  @return ANA_ERR_VALUE for options out of range, trials of a bank of bands, or windows that do
 *  not fit them; ANA_ERR_CANCELLED */
ANA_API ANA_USE_RESULT ana_status
ana_trial_features_compute(const ana_bci_trials *trials, const ana_trial_feature_options *options,
                           ana_trial_features **out);

ANA_API void ana_trial_features_free(ana_trial_features *features);

/** How well the best few features do on trials that had no part in picking them. */
typedef struct ana_feature_selection {
    size_t n_best;
    size_t n_features; /**< that could be picked: those without a missing value */
    size_t n_trials;   /**< of the two classes, tested */
    size_t n_first;    /**< of them, in the first class */
    size_t n_second;
    size_t n_right;
    double accuracy; /**< n_right / n_trials */
    double balanced; /**< balanced accuracy: mean over the classes of the share answered rightly */
    double auc; /**< area under the ROC curve, mean over folds that test both; NaN: none does */
    size_t n_folds;
    size_t *picked;       /**< n_folds x n_best: features, best first; owned */
    size_t *times_picked; /**< all features: in how many folds; owned */
    double *score; /**< all trials given: above 0 is the second class; NaN: not tested; owned */
} ana_feature_selection;

/** *out = held-out answers between the trials labelled `first` and `second` (others are passed
 *  over). In each fold the n_best features of the largest r2 among its training trials (equals: the
 *  earlier) are put to their training mean and deviation, and a linear discriminant with Ledoit and
 *  Wolf's shrinkage is fitted to them, all classes weighing alike. Test trials touch none of it. A
 *  feature is a channel at a bin: channel * n_bins + bin.
 *
 *  @param labels  n_trials  as those of ana_bci_trials
 *  @param folds             over all trials given
 *  @return ANA_ERR_VALUE when the folds are of another number of trials, training trials of a fold
 *          lack a class, or fewer than n_best features have all their values */
ANA_API ANA_USE_RESULT ana_status ana_feature_selection_score(const ana_trial_features *features,
                                                              const size_t *labels, size_t first,
                                                              size_t second, size_t n_best,
                                                              const ana_folds *folds,
                                                              ana_feature_selection **out);

ANA_API void ana_feature_selection_free(ana_feature_selection *selection);

/** *out = a record of schema "trial features" about the classes numbered first and second of
 *  `trials`:
 *  - signed_r2, rank_sum, welch_t (heat maps, channel x frequency): how far each feature tells them
 *    apart; above 0: more in the first class (r2 as ana_class_maps; the sign is turned to match);
 *  - topography: of the signed r2 at the best frequency, where places are known by name;
 *  - best (line): both classes' means at the best channel;
 *  - selection (may be NULL) and picked (table): what was picked, and the held-out scores with what
 *    guessing scores;
 *  - features: the values, trial by trial, with labels. */
ANA_API ANA_USE_RESULT ana_status ana_trial_features_to_record(
    const ana_trial_features *features, const ana_bci_trials *trials, size_t first, size_t second,
    const ana_feature_selection *selection, ana_record **out);

ANA_END_DECLS

#endif
