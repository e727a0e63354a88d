/** How well could any model predict a unit, given that its answers to one stimulus differ from
 *  trial to trial?
 *
 *  Reliability rel is the share of a unit's variance over stimuli (of its means over trials) that
 *  the stimuli explain. A perfect model reaches the correlation sqrt(rel) with those means, and
 *  explains the share rel of their variance:
 *
 *  - split-half: the trials of every stimulus are dealt at random to two halves, their means
 *    correlated over stimuli; rel of all trials is 2 r / (1 + r) (Spearman 1910; Brown 1910), the
 *    mean over splits.
 *  - nsd (Allen et al. 2022, Nat. Neurosci. 25, "noise ceiling"): noise variance v, the mean over
 *    stimuli of the variance over trials (divisor n - 1; of unequal trials weighted by it); signal
 *    variance s = max(0, variance of the means over stimuli - v / R), and rel = s / (s + v / R),
 *    R the trials of a stimulus (unequal: their harmonic mean).
 *
 *  A correlation r with the means is normalised as r / sqrt(rel), explained variance as r^2 / rel;
 *  never (r / rel)^2, which is too large. Units with rel <= 0 have no normalised value: they are
 *  left out, and counted.
 *
 *  Trials are rows of observations labelled by their stimulus; rows without a label are left out,
 *  and missing values are left out of their means. */
#ifndef ANALYSIS_MODELS_CEILING_H
#define ANALYSIS_MODELS_CEILING_H

#include <analysis/observations.h>
#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_ceiling_method {
    ANA_CEILING_SPLIT_HALF,
    ANA_CEILING_NSD
} ana_ceiling_method;

typedef struct ana_ceiling_options {
    ana_run run;
    ana_ceiling_method method; /**< default split-half */
    size_t n_splits;           /**< random halves; default 100 */
} ana_ceiling_options;

ANA_API ana_ceiling_options ana_ceiling_options_default(void);

/** Row for splits. */
ANA_API extern const ana_option ana_ceiling_option_table[];

/** All owned. NaN: cannot be known. */
typedef struct ana_ceiling {
    ana_ceiling_method method;
    size_t n_units;
    size_t n_stimuli;        /**< with two trials or more */
    size_t n_single;         /**< stimuli left out: one trial */
    double n_trials;         /**< of the former, harmonic mean */
    double *reliability;     /**< n_units */
    double *noise_variance;  /**< n_units; of one trial */
    double *signal_variance; /**< n_units; >= 0 */
    size_t n_splits;         /**< 0 for nsd */
    double *halves;          /**< n_splits x n_units: r of the two halves */
    double *corrected;       /**< n_splits x n_units: 2 r / (1 + r) */
    size_t n_unreliable;     /**< units with rel <= 0 */
    size_t n_unknown;        /**< units whose reliability is NaN */
} ana_ceiling;

/** Reliability of every unit, over the stimuli of these ids (NULL: all).
 *
 *  @param stimuli  n_stimuli ids, names of labels; one without a label of that name is left out
 *  @return ANA_OK; ANA_ERR_VALUE without labels, with fewer than three stimuli of two trials, or
 *          for an option out of range; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_ceiling_compute(const ana_observations *trials,
                                                      size_t n_stimuli, char *const *stimuli,
                                                      const ana_ceiling_options *options,
                                                      ana_ceiling **out);

/** r of each unit between the means of the trials with half 0 and of those with half 1 (others are
 *  in neither), over stimuli with both.
 *
 *  @param half  n_times  of each row
 *  @param r     n_features (out)  NaN where a half does not vary */
ANA_API ANA_USE_RESULT ana_status ana_ceiling_of_halves(const ana_observations *trials,
                                                        const int *half, double *r);

/** Correlation of unit u of x with unit u of y, both measured with noise (one brain as the model of
 *  another): the mean over splits of (r(x1, y2) + r(x2, y1)) / 2 / sqrt(r(x1, x2) r(y1, y2)).
 *  Splits in which a half correlation is not above 0 are left out.
 *
 *  @param r       n_features (out)  NaN where every split is left out
 *  @param n_used  n_features (out)  splits in the mean; may be NULL
 *  @return ANA_ERR_SHAPE when the numbers of units differ; ANA_ERR_VALUE with fewer than three
 *          stimuli of two trials in both (by the labels' names). */
ANA_API ANA_USE_RESULT ana_status ana_ceiling_two_sided(const ana_observations *x,
                                                        const ana_observations *y,
                                                        const ana_ceiling_options *options,
                                                        double *r, size_t *n_used);

/** 2 r / (1 + r): reliability of twice as many trials. NaN for r = -1. */
ANA_API double ana_ceiling_spearman_brown(double r);

/** r / sqrt(rel), of a correlation; NaN unless rel > 0. */
ANA_API double ana_ceiling_normalise(double r, double reliability);

/** r |r| / rel, of a share of variance: r^2 / rel, below 0 for a prediction that goes the wrong
 *  way; NaN unless rel > 0. */
ANA_API double ana_ceiling_explained(double r, double reliability);

ANA_API void ana_ceiling_free(ana_ceiling *ceiling);

ANA_END_DECLS

#endif
