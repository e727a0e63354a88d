/** What the estimators of one trial's covariance share. A complex trial is taken as the real one of
 *  twice as many rows, all real parts before all imaginary ones: n_rows is n, or 2 n. */
#ifndef ANALYSIS_INTERNAL_COVARIANCE_PARTS_H
#define ANALYSIS_INTERNAL_COVARIANCE_PARTS_H

#include "order.h"
#include "workspace.h"

#include <analysis/augmented_covariance.h>

/** What the channels of the estimate are made of: rows that are the same in every trial, then
 *  `order` delayed copies of the trial's own channels. */
typedef struct covariance_sources {
    const char *const *channel_names; /**< n_own, or NULL */
    size_t n_fixed;
    const double *fixed; /**< n_fixed x n_times of the trial (x 2) */
    size_t n_own;
    size_t n_times; /**< of the trial */
    ana_augmentation augmentation;
} covariance_sources;

/** The same for all trials. */
typedef struct covariance_plan {
    const ana_covariance_options *options;
    covariance_sources sources;
    size_t n_channels; /**< of the estimate: n_fixed + order x n_own */
    size_t n_times;    /**< that the estimate is of */
    size_t n_rows;
    bool is_complex;
    const double *weights;    /**< n_times, of sum 1; NULL: equal */
    const double *roots;      /**< of the weights; or NULL */
    double weight_squares;    /**< sum w^2: 1 / n_times where they are equal */
    const double *fixed_gram; /**< n_fixed x n_fixed, sum w x x^T of the rows that are the same in
                                   every trial, which then stand in each room; NULL: they are taken
                                   anew */
} covariance_plan;

/** What one trial at a time needs; one a thread. */
typedef struct covariance_room {
    double *rows;       /**< n_rows x n_times (n_own x the trial's, where that is more) */
    double *scaled;     /**< as large */
    double *gram;       /**< n_rows x n_rows: sum w x x^T */
    double *other;      /**< n_rows x n_rows */
    double *third;      /**< n_rows x n_rows */
    double *times;      /**< n_times */
    ana_placed *placed; /**< n_times */
} covariance_room;

/** The trials' own channels as they are. */
covariance_sources covariance_sources_of(const ana_trial_signals *trials);

/** Estimates all trials; what the trials say of channels and times stands in `sources` as well.
 *  `options` and `infos` may be NULL. */
ANA_USE_RESULT ana_status covariance_of_sources(const ana_trial_signals *trials,
                                                const covariance_sources *sources,
                                                const ana_covariance_options *options,
                                                ana_covariance_info *infos, double *out);

/** One trial, x: n_channels x n_times (x 2). Does not allocate; sentences begin with the channel.
 */
ANA_USE_RESULT ana_status covariance_estimate(const covariance_plan *plan, const double *x,
                                              const covariance_room *room,
                                              ana_covariance_info *info, double *out);

/** Row r of the estimate, of that trial. Samples of weight 0 are not read, so that they may be
 *  missing. */
void covariance_copy_row(const covariance_plan *plan, size_t row, const double *x, double *out);

/** Rows first ... stop - 1, about their means but for second-moment. */
ANA_USE_RESULT ana_status covariance_load_rows(const covariance_plan *plan, const double *x,
                                               size_t first, size_t stop, double *rows);

/** gram (n_fixed x n_fixed) = that of the fixed rows, which are loaded into the room. */
ANA_USE_RESULT ana_status covariance_load_fixed(const covariance_plan *plan,
                                                const covariance_room *room, double *gram);

/** Whether covariance_lagged_gram does it. */
bool covariance_is_lagged(const covariance_plan *plan);

/** gram = that of the rows of an embedding, which are not made, from lagged products. */
ANA_USE_RESULT ana_status covariance_lagged_gram(const covariance_plan *plan, const double *x,
                                                 const covariance_room *room);

/** The estimate of the gram that stands in the room, for estimators that need nothing else. */
ANA_USE_RESULT ana_status covariance_of_gram(const covariance_plan *plan,
                                             const covariance_room *room, ana_covariance_info *info,
                                             double *out);

/** Empirical, second-moment, maximum-likelihood, correlation, shrunk, oas. */
bool covariance_needs_gram_alone(ana_covariance_estimator estimator);

/** A sentence about a row: "channel 3 (Cz): ...". */
ANA_USE_RESULT ana_status covariance_refuse(const covariance_plan *plan, ana_status status,
                                            size_t row, const char *what);

/** gram = the fixed point of the rows, for huber, student and tyler. */
ANA_USE_RESULT ana_status covariance_fixed_point(const covariance_plan *plan,
                                                 const covariance_room *room,
                                                 ana_covariance_info *info);

/** gram = the minimum determinant covariance of the rows. */
ANA_USE_RESULT ana_status covariance_minimum_determinant(const covariance_plan *plan,
                                                         const covariance_room *room,
                                                         ana_covariance_info *info);

/** lower = Cholesky factor of `matrix` (n_rows x n_rows). ANA_ERR_VALUE naming a row that does not
 *  vary, ANA_ERR_NUMERIC one that follows from those before it: what they leave of its variance is
 *  rounding. */
ANA_USE_RESULT ana_status covariance_factor(const covariance_plan *plan, const double *matrix,
                                            double *lower);

#endif
