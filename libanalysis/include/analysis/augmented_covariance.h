/** How does a signal vary together with its own past? Covariances of trials to which delayed copies
 *  of their channels are added.
 *
 *  A delay embedding of order o and lag l stacks o copies of the n channels: row p * n + c at time
 *  t is channel c at t + p l. The covariance of it holds the lagged covariances up to (o - 1) l,
 *  which determine an autoregressive model of order o - 1: augmented covariances (ACM; Carrara
 *  & Papadopoulo 2024, IEEE Trans. Biomed. Eng. 71(9); arXiv 2302.04508). Order 1 is the signal
 *  itself.
 *
 *  | tail | samples left of T, for o > 1 |
 *  |---|---|
 *  | published | T - o l, as the authors cut it: the last l are not used |
 *  | full | T - (o - 1) l: all that there are |
 *  | circular | T: row p at t is channel c at t - p l, before the trial's begin its end |
 *
 *  The circular one mixes what is far apart; it is here as pyRiemann's TimeDelayCovariances (once
 *  HankelCovariances), whose lag is 1.
 *
 *  Weights of the trials, where there are any, are of the samples left. */
#ifndef ANALYSIS_AUGMENTED_COVARIANCE_H
#define ANALYSIS_AUGMENTED_COVARIANCE_H

#include <analysis/covariance.h>

ANA_BEGIN_DECLS

typedef enum ana_augmented_tail {
    ANA_TAIL_PUBLISHED,
    ANA_TAIL_FULL,
    ANA_TAIL_CIRCULAR
} ana_augmented_tail;

/** "published", "full", "circular", NULL: as choices of options. */
ANA_API extern const char *const ana_augmented_tail_names[];

typedef struct ana_augmentation {
    size_t order; /**< at least 1; 1: the signal itself */
    size_t lag;   /**< samples, at least 1 */
    ana_augmented_tail tail;
} ana_augmentation;

/** *n_left = samples of the embedding of n_times samples. ANA_ERR_VALUE unless at least two are
 *  left, and for an order or a lag of 0. */
ANA_API ANA_USE_RESULT ana_status ana_augmented_length(const ana_augmentation *augmentation,
                                                       size_t n_times, size_t *n_left);

/** out = trial x (order x channel) x samples left (x 2 where complex). Errors as
 *  ana_augmented_length. */
ANA_API ANA_USE_RESULT ana_status ana_augmented_signals(const ana_augmentation *augmentation,
                                                        const ana_trial_signals *trials,
                                                        double *out);

/** The covariances of these signals, without them: out = trial x (order x channel) x (order x
 *  channel) (x 2). `options` and `infos` may be NULL; errors as ana_covariance_of_trials.
 *
 *  The blocks of one lag differ by l samples at each end only. The estimators that need the second
 *  moments alone (empirical, second-moment, maximum-likelihood, correlation, shrunk, oas) take o
 *  lagged products of n x n and change these, where the product of the embedding would be of o n x
 *  o n: 4 times fewer operations for o = 8. What is added and taken away leaves an error of some
 *  1e-15 of the largest variance. Complex or weighted signals and the other estimators are embedded
 *  one trial a thread at a time. */
ANA_API ANA_USE_RESULT ana_status ana_augmented_covariance(const ana_augmentation *augmentation,
                                                           const ana_trial_signals *trials,
                                                           const ana_covariance_options *options,
                                                           ana_covariance_info *infos, double *out);

ANA_END_DECLS

#endif
