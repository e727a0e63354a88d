/** Do two systems compute by the same dynamics, whatever the geometry of their states?
 *
 *  Dynamical similarity analysis (Ostrow, Eisen, Kozachkov & Fiete 2023). The samples of each
 *  system are embedded with delays, within a trial alone; a row is [x(t), x(t - tau), ..., x(t - (d
 *  - 1) tau)]. With the singular value decomposition H = V S W^T of all rows, the r leading columns
 *  of V are the state, and
 *
 *      A = argmin |V+ - V- A^T|^2 + ridge |A|^2
 *
 *  is its dynamics over one row (principal component regression), V- and V+ the rows that have a
 *  successor and their successors. Reduced-rank regression instead predicts from all columns of V,
 *  keeps the r directions Q that are predicted best, and A is Q^T A_all Q. Two systems are as far
 *  apart as their dynamics are after the best change of basis:
 *
 *      min over C in O(r) of |A / |A| - C (B / |B|) C^T|    (euclidean), or the angle between them
 *
 *  (arc cosine of the largest inner product). This is not convex: it is searched from many starts
 *  in both components of O(r), by steps towards the polar factor of the gradient, then by BFGS on
 * the Cayley chart C = Q (I + K)^-1 (I - K) with the exact gradient. How many starts agree with the
 *  best, how far they spread, and a lower bound that no C can beat (the symmetric and skew parts
 *  each by their sorted eigenvalues, Hoffman & Wielandt 1953) are reported with it.
 *
 *  The transport distance of eigenvalues needs no search and no equal rank: the root of the least
 *  mean squared distance between two sets of eigenvalues in the plane, each point of a set weighing
 *  the same. */
#ifndef ANALYSIS_MODELS_DSA_H
#define ANALYSIS_MODELS_DSA_H

#include <analysis/observations.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_dsa_regression {
    ANA_DSA_PRINCIPAL_COMPONENTS,
    ANA_DSA_REDUCED_RANK
} ana_dsa_regression;

typedef enum ana_dsa_measure {
    ANA_DSA_ANGULAR,    /**< radians, 0 to pi */
    ANA_DSA_EUCLIDEAN,  /**< of dynamics scaled to norm 1 (unless `unscaled`), 0 to 2 */
    ANA_DSA_EIGENVALUES /**< transport between eigenvalues */
} ana_dsa_measure;

/** "angular", "euclidean", "eigenvalues", NULL. */
ANA_API extern const char *const ana_dsa_measure_names[];

typedef struct ana_dsa_options {
    ana_run run;
    size_t n_delays;       /**< samples of time in a row; 0 (default): chosen */
    size_t max_delays;     /**< the most that are tried; default 10 */
    size_t delay_interval; /**< rows between them; default 1 */
    size_t rank;           /**< 0 (default): chosen */
    size_t max_rank;       /**< the most that is tried; default 20 */
    ana_dsa_regression regression;
    double ridge; /**< penalty, for states of unit norm over all rows; default 0 */
    bool centre;  /**< take the mean of each column of the embedding off; default true */
    ana_dsa_measure measure;
    bool unscaled;     /**< euclidean: of the dynamics as they are; default false */
    size_t n_starts;   /**< of the search in a round, half in each component of O(r); default 20 */
    size_t n_agreeing; /**< rounds go on until so many starts agree on the best; default 3 */
    size_t max_starts; /**< in all rounds; default 400 */
    size_t n_folds;    /**< of trials, for the choice of delays and rank; default 5 */
    size_t n_splits; /**< halvings of the trials, for how far a system is from itself; default 0 */
    size_t n_permutations; /**< of trials between systems of the same units; default 0 */
} ana_dsa_options;

ANA_API ana_dsa_options ana_dsa_options_default(void);
ANA_API extern const ana_option ana_dsa_option_table[];

/** Dynamics of one system; all owned. */
typedef struct ana_dsa_system {
    char *name;
    size_t n_trials;         /**< sequences with a transition */
    size_t n_units;          /**< that are used */
    size_t n_units_left_out; /**< without any value */
    size_t n_rows;           /**< of the embedding */
    size_t n_rows_left_out;  /**< for a missing value in them */
    size_t n_transitions;    /**< rows with a successor */
    size_t rank;
    double *dynamics;    /**< rank x rank: A; defined up to the signs of the state's directions */
    double *eigenvalues; /**< rank x 2: real and imaginary, by falling modulus */
    double *singular;    /**< rank: leading singular values of the embedding */
    double explained;    /**< share of the embedding's squares within the leading `rank` */
    double error;        /**< mean squared error of the state one row ahead, over its mean square */
} ana_dsa_system;

/** Two dynamics in the best common basis. */
typedef struct ana_dsa_match {
    double distance;    /**< by the measure */
    double lower_bound; /**< of it: no change of basis can do better */
    double spread;      /**< largest less least distance over the starts */
    size_t n_starts;
    size_t n_agreeing; /**< starts within 1e-6 of the best */
} ana_dsa_match;

/** Held-out error of one step over delays and ranks: the mean over systems and folds; NaN where
 *  some system has no such rank. All owned. */
typedef struct ana_dsa_choice {
    size_t n_delays;
    size_t *delays;
    size_t n_ranks;
    size_t *ranks;
    size_t n_folds;
    double *error; /**< n_delays x n_ranks: squared error of the next sample over the squares of the
                        samples (less the training mean when centred) */
    double *mase;  /**< the same, mean absolute error over that of "stays as it is" */
    double *aic;   /**< Akaike's criterion over held-out errors: n ln(mean square) + 2 rank^2, added
                        over systems */
    size_t best_delay; /**< indices of the least error */
    size_t best_rank;
} ana_dsa_choice;

/** All owned. Distances and what belongs to them are n x n, symmetric. */
typedef struct ana_dsa {
    size_t n;
    ana_dsa_system **systems;
    ana_dsa_measure measure;
    size_t n_delays;
    size_t delay_interval;
    size_t rank;
    size_t n_splits;
    size_t n_permutations;
    double *distances;
    double *lower_bounds;
    double *spreads;
    double *n_starts;             /**< of the search; 0 on the diagonal */
    double *n_agreeing;           /**< of them */
    double *eigenvalue_distances; /**< transport, whatever the measure */
    double *half_distances;       /**< mean between halves of trials, the diagonal within a system;
                                       NULL without splits; NaN: fewer than two trials */
    double *p_values;             /**< of trials exchanged between systems; NULL without
                                       permutations; NaN: not of the same units */
    ana_dsa_choice *choice;       /**< NULL: delays and rank were given */
} ana_dsa;

/** Delay embedding and dynamics of one system; n_delays and rank must be given (not 0).
 *
 *  Units without any value are left out; rows with a missing value take no part. Both are counted.
 *
 *  @param name  may be NULL
 *  @return ANA_ERR_VALUE for an option out of range, an infinite value, no units, trials shorter
 *  than the embedding needs, or a rank beyond that of the embedding; ANA_ERR_LIMIT; ANA_ERR_MEMORY.
 */
ANA_API ANA_USE_RESULT ana_status ana_dsa_fit(const ana_observations *observations,
                                              const char *name, const ana_dsa_options *options,
                                              ana_dsa_system **out);

/** Distance of two dynamics (rank x rank) by `options->measure`.
 *
 *  @param basis  rank x rank (out)  the C of the best start; may be NULL; not of eigenvalues
 *  @return ANA_ERR_VALUE when all entries of one are 0 or one is not finite; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_dsa_match_dynamics(size_t rank, const double *a,
                                                         const double *b,
                                                         const ana_dsa_options *options,
                                                         double *basis, ana_dsa_match *out);

/** Root of the least mean squared distance between n and m points of the plane (n x 2, m x 2).
 *  ANA_ERR_VALUE for no points or one that is not finite. */
ANA_API ANA_USE_RESULT ana_status ana_dsa_eigenvalue_distance(size_t n, const double *a, size_t m,
                                                              const double *b, double *out);

/** The held-out error of every pair of delays and rank, of n systems together (called by `names`,
 *  which may be NULL). Folds are of trials; a system with fewer trials than folds has each cut into
 *  n_folds stretches of time. Errors as ana_dsa_fit. */
ANA_API ANA_USE_RESULT ana_status ana_dsa_choose(size_t n, const ana_observations *const *systems,
                                                 const char *const *names,
                                                 const ana_dsa_options *options,
                                                 ana_dsa_choice **out);

/** Every system with every other, called by `names`.
 *
 *  p_values: the trials of two systems of the same units (ids) change hands, and p is the share of
 *  n_permutations (and the data as they are) that are as far apart: could they be one system? Units
 *  that differ, or an embedding of other coordinates, make no trials to exchange.
 *
 *  @return errors of ana_dsa_fit, which names the system; ANA_ERR_VALUE for no systems. */
ANA_API ANA_USE_RESULT ana_status ana_dsa_compare(size_t n, const ana_observations *const *systems,
                                                  const char *const *names,
                                                  const ana_dsa_options *options, ana_dsa **out);

/** "schema" is "dsa": the numbers above; figures of the eigenvalues in the plane, the distances,
 *  the systems in the plane (classical scaling), and the held-out error. */
ANA_API ANA_USE_RESULT ana_status ana_dsa_to_record(const ana_dsa *dsa, ana_record **out);

ANA_API void ana_dsa_system_free(ana_dsa_system *system);
ANA_API void ana_dsa_choice_free(ana_dsa_choice *choice);
ANA_API void ana_dsa_free(ana_dsa *dsa);

ANA_END_DECLS

#endif
