/** Which mixtures of channels have the power that tells the classes apart?
 *
 *  Common spatial patterns (CSP; Koles 1991; Blankertz et al. 2008) of the covariances of trials.
 *
 *  | method | filters w of the means M_c of the classes' covariances |
 *  |---|---|
 *  | pairs | two classes: M_2 w = v (M_1 + M_2) w, the v furthest from 1/2 first |
 *  | one-versus-rest | the same for each class against the others, n_filters of each class |
 *  | joint | W that makes all M_c nearly diagonal (Pham 2001), each of variance 1 under the mean of
 *      the M_c; first those of the highest mutual information with the class, as Grosse-Wentrup &
 *      Buss (2008, eq. 20) approximate it |
 *
 *  With two classes all of them are pairs. Features are logarithms of the variances of w x. Trials
 *  are not brought to trace 1. A filter's pattern is what a source that it passes looks like at the
 *  channels.
 *
 *  Source power comodulation (SPoC; Daehne et al. 2014) does the same for a number instead of a
 *  class: C_z w = v C w with C_z = mean z_i C_i, z the standardised numbers; the largest |v| first,
 *  which is the covariance of power with z. */
#ifndef ANALYSIS_MODELS_COMMON_SPATIAL_PATTERNS_H
#define ANALYSIS_MODELS_COMMON_SPATIAL_PATTERNS_H

#include <analysis/models/minimum_distance.h>

ANA_BEGIN_DECLS

typedef enum ana_csp_method {
    ANA_CSP_ONE_VERSUS_REST,
    ANA_CSP_JOINT
} ana_csp_method;

typedef struct ana_csp_options {
    ana_run run;
    size_t n_filters;      /**< default 4; of each class with one-versus-rest */
    ana_csp_method method; /**< of three classes or more; default one-versus-rest */
    ana_spd_metric metric; /**< whose mean is that of a class; default euclidean */
    double shrinkage;      /**< 0 (default) to 1: share of each class mean that becomes its mean
                                variance, where channels are many and trials few */
    double tolerance;      /**< joint: as ana_joint_options has it; default 1e-12. pyRiemann stops
                                at 1e-6 over the number of classes */
} ana_csp_options;

ANA_API ana_csp_options ana_csp_options_default(void);

/** Rows for filters, csp-method, csp-metric, csp-shrinkage, csp-tolerance. */
ANA_API extern const ana_option ana_csp_option_table[];

/** Room for filters of n_channels, made by the caller. */
typedef struct ana_spatial_filters {
    size_t n_filters;
    double *filters;  /**< n_filters x n_channels */
    double *patterns; /**< n_filters x n_channels; NULL: not wanted */
    double *values;   /**< n_filters: v, or mutual information in nats; NULL: not wanted */
} ana_spatial_filters;

/** Filters in all: n_filters (at most n_channels), for each class with one-versus-rest of three or
 *  more. `options` may be NULL, here and below. */
ANA_API size_t ana_csp_n_filters(size_t n_channels, size_t n_classes,
                                 const ana_csp_options *options);

/** Fit; out->n_filters is ana_csp_n_filters.
 *
 *  With the euclidean mean a trial's own matrix need not have full rank.
 *
 *  @return ANA_ERR_SHAPE for room of another size; ANA_ERR_VALUE for Hermitian matrices and options
 *  out of range; errors as ana_minimum_distance_fit; ANA_ERR_NUMERIC when the means are singular.
 */
ANA_API ANA_USE_RESULT ana_status ana_csp_fit(const ana_labelled_matrices *known,
                                              const ana_csp_options *options,
                                              const ana_spatial_filters *out);

/** Source power comodulation with `numbers`, one of each matrix. Filters are as many as of two
 *  classes; of the options n_filters and shrinkage matter. ANA_ERR_VALUE for numbers that are not
 *  finite or all the same; others as ana_csp_fit. */
ANA_API ANA_USE_RESULT ana_status ana_spoc_fit(const ana_spd_set *set, const double *numbers,
                                               const ana_csp_options *options,
                                               const ana_spatial_filters *out);

/** features (n_matrices x n_filters, out) = log of the variances w' C w. ANA_ERR_NUMERIC where one
 *  is not above 0, with matrix and filter. */
ANA_API ANA_USE_RESULT ana_status ana_csp_features(const ana_spd_set *set, size_t n_filters,
                                                   const double *filters, double *features);

/** out (n_trials x n_filters x n_times) = the filtered signals of trials (n_trials x n_channels x
 *  n_times). ANA_ERR_SHAPE for sizes above INT_MAX. */
ANA_API ANA_USE_RESULT ana_status ana_csp_signals(size_t n_trials, size_t n_channels,
                                                  size_t n_times, const double *trials,
                                                  size_t n_filters, const double *filters,
                                                  double *out);

ANA_END_DECLS

#endif
