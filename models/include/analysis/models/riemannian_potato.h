/** Which trials are artefacts? The Riemannian potato: what lies too far from the middle of what is
 *  clean.
 *
 *  The logarithm of the riemann distance of clean covariances from their mean is nearly normal. A
 *  matrix whose log distance stands z >= 3 standard deviations above the mean is rejected, mean and
 *  deviations found again of those left, until nothing is rejected any more (Barachant, Andreev &
 *  Congedo 2013, TOBI Workshop IV). A potato field is several potatoes, of subsets of channels or
 *  of bands, whose upper-tail probabilities are combined (Barthelemy et al. 2019, IEEE Trans.
 *  Neural Syst. Rehabil. Eng. 27(2)).
 *
 *  A potato is transparent and flat: it may be saved and copied by its numbers. */
#ifndef ANALYSIS_MODELS_RIEMANNIAN_POTATO_H
#define ANALYSIS_MODELS_RIEMANNIAN_POTATO_H

#include <analysis/models/spd.h>
#include <analysis/models/spd_mean.h>

ANA_BEGIN_DECLS

typedef struct ana_potato_options {
    ana_spd_mean_options mean; /**< of the clean matrices; its run serves all */
    double threshold;          /**< z at and above which a matrix is rejected; default 3 */
    size_t max_iterations;     /**< of rejection; default 100 */
} ana_potato_options;

ANA_API ana_potato_options ana_potato_options_default(void);

/** Rows for potato-threshold, potato-iterations. */
ANA_API extern const ana_option ana_potato_option_table[];

/** Invariant: `centre` is positive definite, `deviation` above 0. */
typedef struct ana_potato {
    size_t n;
    bool hermitian;
    double threshold;
    double mean;      /**< of the log distances of clean matrices */
    double deviation; /**< standard, of the same; divisor their number */
    double *centre;   /**< ana_spd_size; owned */
    double *lower;    /**< Cholesky factor of the centre, embedded when complex; owned */
    size_t n_clean;   /**< of the matrices it was fitted to */
    size_t n_rejected;
    size_t n_iterations;
    bool converged; /**< the last round rejected nothing */
} ana_potato;

/** *out = the potato of a set.
 *
 *  @param weights  n_matrices         of the mean; NULL: equal
 *  @param clean    n_matrices (out)   false: rejected; may be NULL
 *  @return ANA_ERR_VALUE when fewer than three matrices are left, or none of them differ: there is
 *  no spread to judge by. */
ANA_API ANA_USE_RESULT ana_status ana_potato_fit(const ana_spd_set *set, const double *weights,
                                                 const ana_potato_options *options, bool *clean,
                                                 ana_potato **out);
ANA_API void ana_potato_free(ana_potato *potato);

/** z[k] = (log distance of matrix k from the centre - mean) / deviation; of the centre itself
 *  minus infinity. Clean is z < threshold. ANA_ERR_SHAPE for a set of other rows or kind,
 *  ANA_ERR_VALUE for a matrix that is not positive definite. */
ANA_API ANA_USE_RESULT ana_status ana_potato_scores(const ana_potato *potato,
                                                    const ana_spd_set *set, const ana_run *run,
                                                    double *z);

/** P(Z > z) of a clean matrix, for standard normal Z: near 0 for artefacts. */
ANA_API double ana_potato_probability(double z);

/** Move the potato by clean matrices at `rate` (0 to 1): the centre along the geodesic to their
 *  mean, then mean and variance of the log distances likewise towards theirs,
 *
 *      mean' = (1 - rate) mean + rate average of d
 *      variance' = (1 - rate) variance + rate average of (d - mean')^2,
 *
 *  d the log distances of the matrices from the new centre; where that leaves no variance (one
 *  matrix, which at rate 1 is the centre), mean and variance stay. Of one matrix this is the
 *  published rule. `compat`: of several, d is the one log distance of their mean instead, as in
 *  pyRiemann 0.13 (issue 317): a mean lies nearer than what it is of, and the potato shrinks.
 *  ANA_ERR_VALUE for no matrices, or a rate out of range; the potato is then as before. */
ANA_API ANA_USE_RESULT ana_status ana_potato_update(ana_potato *potato, const ana_spd_set *set,
                                                    double rate, bool compat);

/** For a live stream, without allocation: `room` is ana_potato_room doubles; one matrix. */

ANA_API size_t ana_potato_room(const ana_potato *potato);

/** *z of the matrix, in the bits of ana_potato_scores. What is not positive definite, or holds NaN,
 *  is an artefact too: z is infinite and the status ANA_OK. */
ANA_API ANA_USE_RESULT ana_status ana_potato_judge(const ana_potato *potato, const double *matrix,
                                                   double *room, double *z);

/** ana_potato_update by one matrix. ANA_ERR_VALUE as there, and for one that is not positive
 *  definite. */
ANA_API ANA_USE_RESULT ana_status ana_potato_move(ana_potato *potato, const double *matrix,
                                                  double rate, double *room);

/** p[k] (out) = probability that matrix k is clean by all n_potatoes of a field, of their z
 *  (n_matrices x n_potatoes): Fisher's combination of the upper-tail probabilities, clipped at
 *  1e-10 below so that one potato alone cannot decide by an underflow. Clean is p >= 0.01.
 *  ANA_ERR_VALUE for no potatoes or a z that is NaN. */
ANA_API ANA_USE_RESULT ana_status ana_potato_field(size_t n_matrices, size_t n_potatoes,
                                                   const double *z, double *p);

/** Below this p a matrix is an artefact by default. */
#define ANA_POTATO_FIELD_THRESHOLD 0.01

ANA_END_DECLS

#endif
