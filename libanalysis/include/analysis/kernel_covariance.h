/** How alike are the channels of a trial, by more than products of samples? Kernel matrices of
 *  channels, which stand where covariances do.
 *
 *  With x and y the T samples of two channels and g = gamma / (T v):
 *
 *  | kernel | |
 *  |---|---|
 *  | linear | g <x, y> |
 *  | cosine | <x, y> / (\|x\| \|y\|) |
 *  | polynomial | (g <x, y> + offset)^degree |
 *  | rbf | exp(-g \|x - y\|^2) |
 *  | laplacian | exp(-gamma / (T sqrt v) sum \|x_t - y_t\|) |
 *
 *  v is the mean square of the trial, so that the unit does not matter. `mean_square` 1 gives what
 *  scikit-learn's pairwise_kernels, and pyRiemann with it, have by default (linear: with gamma T):
 *  their rbf of signals in volts is 1 everywhere. Channels are not centred. Symmetric positive
 *  semidefinite. Source: Schoelkopf & Smola 2002, Learning with Kernels. */
#ifndef ANALYSIS_KERNEL_COVARIANCE_H
#define ANALYSIS_KERNEL_COVARIANCE_H

#include <analysis/covariance.h>

ANA_BEGIN_DECLS

typedef enum ana_channel_kernel {
    ANA_CHANNEL_KERNEL_LINEAR,
    ANA_CHANNEL_KERNEL_COSINE,
    ANA_CHANNEL_KERNEL_POLYNOMIAL,
    ANA_CHANNEL_KERNEL_RBF,
    ANA_CHANNEL_KERNEL_LAPLACIAN
} ana_channel_kernel;

typedef struct ana_kernel_covariance_options {
    ana_run run;
    ana_channel_kernel kernel; /**< default rbf */
    double gamma;              /**< above 0; default 1 */
    double offset;             /**< of polynomial, not negative; default 1 */
    size_t degree;             /**< of polynomial, at least 1; default 3 */
    double mean_square;        /**< v, in the unit squared; default 0: that of each trial */
} ana_kernel_covariance_options;

ANA_API ana_kernel_covariance_options ana_kernel_covariance_options_default(void);
/** Rows for kernel, gamma, offset, degree, mean-square. */
ANA_API extern const ana_option ana_kernel_covariance_option_table[];

/** out = trial x channel x channel; `options` may be NULL. The same bits for any number of threads.
 *
 *  @return ANA_ERR_VALUE naming trial and channel for a sample that is NaN or infinite, a silent
 *          trial (v is 0) or channel (cosine); ANA_ERR_NUMERIC for values too large;
 *          ANA_ERR_UNSUPPORTED for complex or weighted samples */
ANA_API ANA_USE_RESULT ana_status ana_kernel_covariance(
    const ana_trial_signals *trials, const ana_kernel_covariance_options *options, double *out);

ANA_END_DECLS

#endif
