/** How do a trial's channels vary together with the response that is expected? Covariances of
 *  event-related potentials.
 *
 *  A covariance does not know when things happen. With rows added that hold what each class looks
 *  like on average (its prototype), the block between these and the trial says how much of the
 *  prototype is in the trial: Congedo, Barachant & Andreev (2013), arXiv 1310.8115, sec. 3.3;
 *  Barachant & Congedo (2014), arXiv 1409.0107. */
#ifndef ANALYSIS_ERP_COVARIANCE_H
#define ANALYSIS_ERP_COVARIANCE_H

#include <analysis/covariance.h>

ANA_BEGIN_DECLS

/** The mean trial of each class; or of it only its largest components.
 *
 *  @param labels        n_trials; a label of n_classes or above: the trial takes no part
 *  @param n_components  rows kept of each class, 1 to n_channels: U_k^T M for the largest k
 *                       singular values of the mean M = U S V^T, with the signs of ana_linalg_svd;
 *                       0: all channels as they are
 *  @param out           class x n_components (or n_channels) x time (x 2 where complex) (out)
 *  @return ANA_ERR_VALUE naming a class without trials or a channel with a missing sample, and for
 *          too many components; ANA_ERR_UNSUPPORTED for components of complex signals */
ANA_API ANA_USE_RESULT ana_status ana_erp_prototypes(const ana_trial_signals *trials,
                                                     const size_t *labels, size_t n_classes,
                                                     size_t n_components, double *out);

/** out = trial x m x m (x 2), m = n_prototypes + n_channels: covariances of [prototypes; trial].
 *
 *  @param prototypes  n_prototypes x n_times (x 2): any rows that are the same in every trial
 *  @param options     NULL: the defaults
 *  @param infos       n_trials (out); or NULL
 *  @return as ana_covariance_of_trials */
ANA_API ANA_USE_RESULT ana_status ana_erp_covariance(const ana_trial_signals *trials,
                                                     size_t n_prototypes, const double *prototypes,
                                                     const ana_covariance_options *options,
                                                     ana_covariance_info *infos, double *out);

ANA_END_DECLS

#endif
