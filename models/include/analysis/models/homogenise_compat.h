/** What did the published pipeline do to these traces?
 *
 *  The functions of worm-data-preprocess (Simeon et al. 2024, arXiv 2411.12091) as they are, for
 *  comparison with what was published: windows in frames of which only the older half is used,
 *  blocks stamped at their beginning, single precision where it has it. Not for new work:
 *  homogenise.h does each of these in seconds and without the shift. Arrays are n_times x n_traces,
 *  t * n_traces + i, complete (no NaN); x and out do not overlap. */
#ifndef ANALYSIS_MODELS_HOMOGENISE_COMPAT_H
#define ANALYSIS_MODELS_HOMOGENISE_COMPAT_H

#include <analysis/models/homogenise.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** out = dx/dt by differences of second order at uneven times, of first order at the ends, as
 *  numpy.gradient(x, times). ANA_ERR_VALUE for fewer than two times, or two that are equal. */
ANA_API ANA_USE_RESULT ana_status ana_compat_gradient(size_t n_times, size_t n_traces,
                                                      const double *times, const double *x,
                                                      double *out);

/** moving: the mean of the frames j - window / 2 ... j (`width` the window, whole); gaussian:
 *  weights exp(-k^2 / 2 width^2) over all frames before, normalised, rounded to single precision;
 *  exponential: out_j = width x_j + (1 - width) out_{j-1}, rounded likewise; none: as it is.
 *  ANA_ERR_VALUE for a width that is not above 0 (exponential: or above 1). */
ANA_API ANA_USE_RESULT ana_status ana_compat_smooth(ana_worm_smoothing smoothing, double width,
                                                    size_t n_times, size_t n_traces,
                                                    const double *x, double *out);

/** Rows of resampled traces; to be freed by ana_compat_rows_release. */
typedef struct ana_compat_rows {
    size_t n;
    double *times;  /**< n */
    double *values; /**< n x n_traces */
} ana_compat_rows;

/** *out = rows in single precision: below the median spacing straight lines at first, first + dt,
 *  ..., the last time excluded; else straight lines every dt / 6, the mean of each six stamped at
 *  the first, a rest dropped. ANA_ERR_VALUE when dt is not above 0, times do not ascend, or no row
 *  is left; ANA_ERR_LIMIT; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_compat_resample(double dt_s, size_t n_times, size_t n_traces,
                                                      const double *times, const double *x,
                                                      ana_compat_rows *out);
ANA_API void ana_compat_rows_release(ana_compat_rows *rows);

/** standard: (x - mean) / sd, sd with divisor n, 1 where it is 0; causal: running mean and sd, the
 *  variance by E[x^2] - E[x]^2 of sums in single precision, at least 1e-8. ANA_ERR_VALUE for other
 *  scales. */
ANA_API ANA_USE_RESULT ana_status ana_compat_normalise(ana_worm_scale scale, size_t n_times,
                                                       size_t n_traces, const double *x,
                                                       double *out);

ANA_END_DECLS

#endif
