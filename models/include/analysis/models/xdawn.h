/** Which mixtures of channels hold the response that an event evokes?
 *
 *  xDAWN (Rivet et al. 2009) as pyRiemann has it: for each class, the average of its trials is the
 *  evoked response; filters w of the largest ratio of its covariance to that of all trials one
 *  after the other, each of length 1. A trial's features are the covariances of [evoked; filtered]:
 *  the evoked responses through their filters, stacked on the trial through all filters (Barachant
 *  & Congedo 2014), whose blocks between the two hold how much of each response is there and when.
 */
#ifndef ANALYSIS_MODELS_XDAWN_H
#define ANALYSIS_MODELS_XDAWN_H

#include <analysis/models/common_spatial_patterns.h>

ANA_BEGIN_DECLS

/** Trials whose classes are known; borrowed. */
typedef struct ana_labelled_signals {
    size_t n_trials;
    size_t n; /**< channels, or with a bank of bands band after band of them */
    size_t n_times;
    const double *values; /**< n_trials x n x n_times */
    size_t n_classes;
    const size_t *classes; /**< n_trials, each below n_classes */
} ana_labelled_signals;

typedef struct ana_xdawn_options {
    ana_run run;
    size_t n_filters; /**< of each class, at most as many as channels; default 4 */
} ana_xdawn_options;

ANA_API ana_xdawn_options ana_xdawn_options_default(void);

/** One row: filters. */
ANA_API extern const ana_option ana_xdawn_option_table[];

/** Filters in all: for each class n_filters (at most n, the channels). `options` may be NULL, here
 *  and below. */
ANA_API size_t ana_xdawn_n_filters(size_t n, size_t n_classes, const ana_xdawn_options *options);

/** Fit; out->n_filters is ana_xdawn_n_filters, class after class, the largest ratio (its values)
 *  first; patterns are rows of the inverse of all of a class's filters. Singular trials (average
 *  reference, removed components) need fewer channels first.
 *
 *  @param evoked  n_filters x n_times  (out) each class's average through its filters
 *  @return ANA_ERR_SHAPE for room of another size; ANA_ERR_VALUE for no classes, one without
 *  trials, a sample that is not finite or fewer than two samples; ANA_ERR_NUMERIC when the trials'
 *  covariance is singular. */
ANA_API ANA_USE_RESULT ana_status ana_xdawn_fit(const ana_labelled_signals *known,
                                                const ana_xdawn_options *options,
                                                const ana_spatial_filters *out, double *evoked);

/** out (n_trials x 2 n_filters x n_times) = [evoked; filtered] of each trial, for covariances; the
 *  filters and evoked responses are all that were fitted. The trials' classes are not read. */
ANA_API ANA_USE_RESULT ana_status ana_xdawn_stack(const ana_labelled_signals *trials,
                                                  size_t n_filters, const double *filters,
                                                  const double *evoked, double *out);

ANA_END_DECLS

#endif
