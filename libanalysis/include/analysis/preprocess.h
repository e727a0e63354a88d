/** What is taken away before anything is measured: drift, and the voltage of the reference.
 *
 *  Missing samples (NaN): a trend is fitted to the others; a difference is missing where one of its
 *  terms is. */
#ifndef ANALYSIS_PREPROCESS_H
#define ANALYSIS_PREPROCESS_H

#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/series.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_trend {
    ANA_TREND_NONE,
    ANA_TREND_CONSTANT, /**< the mean */
    ANA_TREND_LINEAR    /**< the straight line of least squares */
} ana_trend;

/** The words of an option that names a trend, in the order of the enum, NULL at the end. */
ANA_API extern const char *const ana_trend_names[];

typedef struct ana_preprocess_options {
    ana_run run;
    ana_trend detrend; /**< of each segment; default: none */
    const char
        *reference;      /**< "average", or names of channels separated by commas; NULL: as it is */
    const char *bipolar; /**< pairs "Fp1-F7,F7-T3"; only these differences are kept; NULL: none */
} ana_preprocess_options;

ANA_API ana_preprocess_options ana_preprocess_options_default(void);
ANA_API extern const ana_option ana_preprocess_option_table[];

/** Take the trend of each channel (rows of x, n_channels x n_times) away in place. */
ANA_API void ana_detrend(ana_trend trend, size_t n_channels, size_t n_times, double *x);

/** Subtract from every channel (rows of x, in place) the mean of the listed ones, at each time.
 *  ANA_ERR_VALUE when none is listed, or one that is not there. */
ANA_API ANA_USE_RESULT ana_status ana_rereference(size_t n_channels, size_t n_times, double *x,
                                                  size_t n_reference, const size_t *reference);

/** *out = the series without each segment's trend. Two passes over the source: the first, now,
 *  measures each segment of each channel sample by sample; the second subtracts as the series is
 *  read. Trigger channels pass unchanged. */
ANA_API ANA_USE_RESULT ana_status ana_series_detrend(const ana_series *series, ana_trend trend,
                                                     const ana_run *run, ana_series **out);

/** *out = channels on which an average reference is taken: those that are not bad and of kind EEG;
 *  LFP if there are none; else OTHER. `list` has room for all channels; *n may be 0. */
ANA_API void ana_series_average_channels(const ana_series *series, size_t *n, size_t *list);

/** *out = the series with the mean of the reference channels subtracted from every channel of the
 *  kind of the first of them, good or bad; channels of other kinds pass unchanged. Streams exactly.
 *  ANA_ERR_VALUE when none is listed or their units differ. */
ANA_API ANA_USE_RESULT ana_status ana_series_rereference(const ana_series *series,
                                                         size_t n_reference,
                                                         const size_t *reference, ana_series **out);

/** *out = n channels, each the difference of pairs[2 i] and pairs[2 i + 1], named "first-second".
 *  Streams exactly. ANA_ERR_VALUE as above. */
ANA_API ANA_USE_RESULT ana_status ana_series_bipolar(const ana_series *series, size_t n_pairs,
                                                     const size_t *pairs, ana_series **out);

/** Detrend, then reference, then pairs, as the options say. With none of them, the series as it is.
 *  ANA_ERR_VALUE names a channel that is not there, and those that are. */
ANA_API ANA_USE_RESULT ana_status ana_series_preprocess(const ana_series *series,
                                                        const ana_preprocess_options *options,
                                                        ana_series **out);

ANA_END_DECLS

#endif
