/** Do two systems find the same stimuli alike, and how many units and stimuli does that take to
 *  see?
 *
 *  Similarity of similarity matrices (Shi, Shea-Brown & Buice 2019): the Spearman correlation of
 *  the upper triangles of two matrices, each the Pearson correlations between a system's responses
 *  to every two stimuli. (1 - Pearson is the correlation distance of rdm.h, so it is also ana_rsa's
 *  spearman similarity of those.) What few units or stimuli leave of it is drawn as curves: the
 *  mean and standard deviation over draws without replacement, of growing numbers of units of the
 *  other systems (or of the reference), and of stimuli. Draws are nested: a larger number holds the
 *  smaller one. A stimulus whose responses do not vary over the units has no similarity; its pairs
 *  are left out. */
#ifndef ANALYSIS_MODELS_SSM_H
#define ANALYSIS_MODELS_SSM_H

#include <analysis/models/responses.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_ssm_side {
    ANA_SSM_OTHERS,   /**< units of the other systems are drawn: models with too many */
    ANA_SSM_REFERENCE /**< units of the reference */
} ana_ssm_side;

typedef struct ana_ssm_options {
    ana_run run;
    ana_ssm_side side; /**< default the others */
    size_t n_draws;    /**< default 50; 0: no curves */
    size_t n_sizes;    /**< of a curve, 1 or more: equal steps of the logarithm; default 8 */
} ana_ssm_options;

ANA_API ana_ssm_options ana_ssm_options_default(void);
ANA_API extern const ana_option ana_ssm_option_table[];

/** Numbers of things drawn, and what is left of the similarity. */
typedef struct ana_ssm_curve {
    size_t n_sizes;
    size_t *sizes;     /**< n_sizes, rising */
    double *mean;      /**< systems x n_sizes, over the draws with a value; NaN: the system has not
                            so many */
    double *deviation; /**< systems x n_sizes: standard deviation, divisor n - 1 */
} ana_ssm_curve;

/** Of a reference with n other systems; all owned. */
typedef struct ana_ssm {
    size_t n;
    size_t n_stimuli;
    size_t n_draws;
    ana_ssm_side side;
    char *reference;
    size_t reference_units;
    char **names;    /**< n */
    size_t *units;   /**< n */
    double *values;  /**< n: similarity of all units and stimuli */
    double *matched; /**< n: mean over draws of as many units as the reference has; NaN where
                          the system has fewer, or without draws */
    double *matched_deviation;
    ana_ssm_curve by_units; /**< no sizes: not asked for */
    ana_ssm_curve by_stimuli;
    size_t n_flat;           /**< stimuli without a similarity, over all systems */
    size_t n_units_left_out; /**< without a finite value */
} ana_ssm;

/** Stimuli must be the same, in the same order (ana_responses_match). Units without any finite
 *  value are left out and counted.
 *
 *  @return ANA_ERR_VALUE for an option out of range, no other systems, fewer than three stimuli,
 *  numbers of stimuli that differ, other values that are not finite; ANA_ERR_CANCELLED;
 *  ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_ssm_compute(const ana_responses *reference,
                                                  const ana_responses_set *others,
                                                  const ana_ssm_options *options, ana_ssm **out);

/** "schema" is "ssm": the numbers above, and as figures the similarities and both curves. */
ANA_API ANA_USE_RESULT ana_status ana_ssm_to_record(const ana_ssm *ssm, ana_record **out);

ANA_API void ana_ssm_free(ana_ssm *ssm);

ANA_END_DECLS

#endif
