/** How do the channels vary together in each epoch? The features of covariance-based
 *  classification.
 *
 *  Each trial gives one n_channels x n_channels matrix of its n_times samples, by itself: one epoch
 *  at a time, as ana_epochs_stream cuts them, gives the same bits as all of them in memory. */
#ifndef ANALYSIS_COVARIANCE_H
#define ANALYSIS_COVARIANCE_H

#include <analysis/epoch.h>
#include <analysis/matrix.h>
#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/status.h>

ANA_BEGIN_DECLS

typedef enum ana_covariance_estimator {
    ANA_COVARIANCE_EMPIRICAL,     /**< about the mean, divisor n - 1 */
    ANA_COVARIANCE_SECOND_MOMENT, /**< about zero, divisor n: for band-passed signals */
    ANA_COVARIANCE_LEDOIT_WOLF,   /**< the others as ana_stats_shrunk_covariance */
    ANA_COVARIANCE_OAS,
    ANA_COVARIANCE_SCHAEFER_STRIMMER
} ana_covariance_estimator;

typedef struct ana_covariance_options {
    ana_run run;
    ana_covariance_estimator estimator; /**< default Ledoit-Wolf */
} ana_covariance_options;

ANA_API ana_covariance_options ana_covariance_options_default(void);
ANA_API extern const ana_option ana_covariance_option_table[];

/** Covariance of one block, x: n_channels x n_times; out: n_channels x n_channels, symmetric to the
 *  last bit. ANA_ERR_VALUE with fewer than two samples. */
ANA_API ANA_USE_RESULT ana_status ana_covariance_compute(ana_covariance_estimator estimator,
                                                         size_t n_channels, size_t n_times,
                                                         const double *x, double *out);

/** *out = trial x channel x channel, in the unit of the epochs squared. The same bits for any
 *  number of threads. */
ANA_API ANA_USE_RESULT ana_status ana_covariance_of_epochs(const ana_epochs *epochs,
                                                           const ana_covariance_options *options,
                                                           ana_matrix **out);

ANA_END_DECLS

#endif
