/** How do the channels vary together in the last seconds? Covariances of samples that come bit by
 *  bit.
 *
 *  Of a sliding window of T samples, by adding each new sample and taking away the one that leaves,
 *  n^2 operations each; or of all samples so far, one of age k with the weight f^k (`forgetting`).
 *  The numbers are those of ana_covariance_of_trials of the same samples and weights, and whatever
 *  pieces they are pushed in gives the same bits.
 *
 *  Rounding does not add up over time. Beside the sums of the window, sums of the samples since
 *  some moment are kept; once these are T samples they are the window's, made without taking
 *  anything away, and take its place. What a window's sums have seen is never more than 2 T
 *  samples: their error is below 4 T times the machine epsilon (in practice its root) of the mean
 *  square about the mean of an earlier window, which is what they are taken about. With
 *  `forgetting` nothing is taken away. A push allocates nothing. */
#ifndef ANALYSIS_COVARIANCE_STREAM_H
#define ANALYSIS_COVARIANCE_STREAM_H

#include <analysis/covariance.h>

ANA_BEGIN_DECLS

typedef struct ana_covariance_stream_options {
    ana_covariance_options covariance; /**< an estimator that needs the second moments alone:
                                            empirical, second-moment, maximum-likelihood,
                                            correlation, shrunk or oas; default oas */
    size_t window;                     /**< T, at least 2; default 256; 0: forgetting */
    double forgetting;                 /**< f, above 0 and below 1; default 0.99 */
} ana_covariance_stream_options;

ANA_API ana_covariance_stream_options ana_covariance_stream_options_default(void);
/** Rows for stream-window, forgetting. */
ANA_API extern const ana_option ana_covariance_stream_option_table[];

typedef struct ana_covariance_stream ana_covariance_stream;

/** *out = a stream without samples yet, freed by ana_covariance_stream_free. `options` NULL: the
 *  defaults. ANA_ERR_UNSUPPORTED for another estimator, ANA_ERR_VALUE for options out of range and
 *  no channels, ANA_ERR_LIMIT for a window that the memory limit does not hold. */
ANA_API ANA_USE_RESULT ana_status ana_covariance_stream_new(
    size_t n_channels, const ana_covariance_stream_options *options, ana_covariance_stream **out);

/** The next n samples, n_channels x n. ANA_ERR_VALUE naming channel and sample for one that is NaN,
 *  infinite or above 1e150: then nothing of the push is taken. */
ANA_API ANA_USE_RESULT ana_status ana_covariance_stream_push(ana_covariance_stream *stream,
                                                             size_t n, const double *x);

/** Samples that the next reading is of: at most the window; with forgetting all so far. */
ANA_API size_t ana_covariance_stream_count(const ana_covariance_stream *stream);

/** out = n_channels x n_channels; the stream goes on. `info` may be NULL. Does not allocate.
 *  ANA_ERR_VALUE with fewer than two samples; others as ana_covariance_of_trials. */
ANA_API ANA_USE_RESULT ana_status ana_covariance_stream_read(ana_covariance_stream *stream,
                                                             ana_covariance_info *info,
                                                             double *out);

/** What comes next does not follow on what came last: begin anew. */
ANA_API void ana_covariance_stream_gap(ana_covariance_stream *stream);

ANA_API void ana_covariance_stream_free(ana_covariance_stream *stream);

ANA_END_DECLS

#endif
