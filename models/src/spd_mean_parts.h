/** Means of positive definite matrices, from the inside. */
#ifndef MODELS_SPD_MEAN_PARTS_H
#define MODELS_SPD_MEAN_PARTS_H

#include "spd_parts.h"

#include <analysis/models/spd_mean.h>

enum {
    SPD_N_SMALL = 10
};

/** Real matrices and the room to work on them. */
typedef struct spd_job {
    size_t n; /**< rows */
    size_t n_matrices;
    const double *x;       /**< n_matrices x n x n */
    const double *weights; /**< n_matrices, sum 1 */
    const ana_run *run;
    double *maps;               /**< as x: functions of the matrices */
    double *values;             /**< n_matrices x n */
    double *lower;              /**< n x n */
    double *small[SPD_N_SMALL]; /**< n x n each; 0 and 1 are used by spd_between, 2 and 3 before
                                     iterations begin */
} spd_job;

/** out = weights (NULL: equal) that sum to 1; ANA_ERR_VALUE for one below 0, or all 0. */
ANA_USE_RESULT ana_status spd_normalise_weights(size_t n, const double *weights, double *out);

/** out = sum of weights times matrices (as x). */
void spd_weighted_sum(const spd_job *job, const double *matrices, double *out);

/** Both halves the same, their mean. */
void spd_symmetrise(size_t n, double *a);

/** out = F S F^T, symmetric; `room` n x n. */
ana_status spd_sandwich(size_t n, const double *f, const double *s, double *room, double *out);

/** f of n_matrices real matrices. */
ANA_USE_RESULT ana_status spd_function_of(const spd_job *job, ana_spd_function function,
                                          double power, size_t n_matrices, const double *matrices,
                                          double *out);

/** out = the point at t on the Riemannian geodesic from a (t = 0) to b (t = 1). */
ANA_USE_RESULT ana_status spd_between(const spd_job *job, const double *a, const double *b,
                                      double t, double *out);

/** value^power, as a spd_scalar. */
double spd_power_of(double value, double power);

/** out = L^-1 A L^-T of a symmetric A; `out` may be `a`. */
ANA_USE_RESULT ana_status spd_whiten(size_t n, const double *lower, const double *a, double *out);

/** |L^-1 (M' - M) L^-T|, M = L L^T: the change in units of M itself. Uses small[0]. */
ANA_USE_RESULT ana_status spd_find_change(const spd_job *job, const double *mean,
                                          const double *next, double *out);

/** Which way to go from a point M = L L^T, L in job->lower: a tangent in its frame, 0 at the mean.
 */
typedef struct spd_direction {
    ana_status (*find)(const spd_job *job, const void *user, const double *mean, double *j);
    const void *user;
    bool is_cautious; /**< whole steps, halved where they overshoot; else Barzilai & Borwein's */
} spd_direction;

/** Steps until the tangent is within the tolerance; uses small[0], [1] and [4] to [7]. */
ANA_USE_RESULT ana_status spd_walk(const spd_job *job, const spd_direction *direction,
                                   const ana_spd_mean_options *options, ana_spd_mean_info *info,
                                   double *mean);

/** The Riemannian mean's direction: J = sum w log(L^-1 X L^-T). `user`: a bool, whether of the
 *  median; or NULL. */
ANA_USE_RESULT ana_status spd_find_tangent(const spd_job *job, const void *user, const double *mean,
                                           double *j);

/** Iterations, from what is in `mean`. */
ANA_USE_RESULT ana_status spd_karcher(const spd_job *job, const ana_spd_mean_options *options,
                                      ana_spd_mean_info *info, double *mean);
ANA_USE_RESULT ana_status spd_fixed_point(const spd_job *job, const ana_spd_mean_options *options,
                                          ana_spd_mean_info *info, double *mean);
ANA_USE_RESULT ana_status spd_power_mean(const spd_job *job, const ana_spd_mean_options *options,
                                         ana_spd_mean_info *info, double *mean);

/** The log-Euclidean mean in the coordinates in which matrices are most diagonal. */
ANA_USE_RESULT ana_status spd_joint_mean(const spd_job *job, const ana_spd_set *set,
                                         const ana_spd_mean_options *options,
                                         ana_spd_mean_info *info, double *mean);
/** Ando, Li & Mathias' mean and Bini, Meini & Poloni's: by the means of all but one. */
ANA_USE_RESULT ana_status spd_ladder_mean(const spd_job *job, const ana_spd_mean_options *options,
                                          ana_spd_mean_info *info, double *mean);
ANA_USE_RESULT ana_status spd_cheap_mean(const spd_job *job, const ana_spd_mean_options *options,
                                         ana_spd_mean_info *info, double *mean);
ANA_USE_RESULT ana_status spd_thompson_mean(const spd_job *job, const ana_spd_mean_options *options,
                                            ana_spd_mean_info *info, double *mean);

#endif
