/** Do covariances have full rank? If not: which, why, and in which space do they?
 *
 *  Matrices of n channels lose rank when channels depend on each other, and then they have no
 *  logarithm, no inverse and no Riemannian distance. What depends is looked for in the space of
 *  correlations (each channel by the root of its mean variance), so that neither the unit nor the
 *  gain of a channel matters: eigenvalues up to n times the machine epsilon of the largest are 0,
 *  and so are those below `tolerance` of it that lie below a gap of `gap` times.
 *
 *  | cause | what tells it |
 *  |---|---|
 *  | flat | a channel has no variance |
 *  | average-reference | the sum of all other channels, of some, or of each equal block is 0 |
 *  | bridged | two channels are the same but for their gain |
 *  | few-samples | there are fewer samples than channels: null spaces of matrices differ |
 *  | removed | any other dependence: components taken out (ICA, PCA, SSP), channels interpolated |
 *
 *  The *common subspace* is orthogonal to whatever is null in any of the matrices; when that leaves
 *  nothing (fewer samples than channels), it has as many of the mean's principal axes as the lowest
 *  rank of a matrix. Matrices projected to it are positive definite; models are fitted there, of
 *  the training trials alone. Estimating the rank before any shrinkage is MNE-Python's rule as well
 *  (Engemann & Gramfort 2015). */
#ifndef ANALYSIS_MODELS_SPD_RANK_H
#define ANALYSIS_MODELS_SPD_RANK_H

#include <analysis/models/spd.h>

ANA_BEGIN_DECLS

typedef struct ana_spd_rank_options {
    ana_run run;
    double tolerance;            /**< of the largest eigenvalue; default 1e-10 */
    double gap;                  /**< ratio of neighbouring eigenvalues; default 100 */
    size_t n_dimensions;         /**< of the common subspace, at most; 0 (default): all there are */
    size_t n_times;              /**< samples each matrix is of; 0 (default): not known */
    const char *const *channels; /**< n names, borrowed; NULL: "0", "1", ... */
} ana_spd_rank_options;

ANA_API ana_spd_rank_options ana_spd_rank_options_default(void);

/** Rows for rank-tolerance, rank-gap, rank-dimensions. */
ANA_API extern const ana_option ana_spd_rank_option_table[];

typedef enum ana_spd_rank_cause {
    ANA_SPD_RANK_FLAT,
    ANA_SPD_RANK_AVERAGE_REFERENCE,
    ANA_SPD_RANK_BRIDGED,
    ANA_SPD_RANK_FEW_SAMPLES,
    ANA_SPD_RANK_REMOVED
} ana_spd_rank_cause;

/** "flat", "average-reference", "bridged", "few-samples", "removed", NULL. */
ANA_API extern const char *const ana_spd_rank_cause_names[];

typedef struct ana_spd_rank_finding {
    ana_spd_rank_cause cause;
    size_t n_lost; /**< dimensions */
    bool is_of_all;
    size_t matrix; /**< the one concerned, unless it is of all */
    size_t n_channels;
    size_t *channels; /**< those concerned, ascending; owned */
} ana_spd_rank_finding;

typedef struct ana_spd_rank {
    size_t n;
    bool hermitian;
    size_t n_matrices;
    size_t rank;         /**< of the mean of the matrices, each divided by its trace */
    size_t lowest;       /**< rank of a single matrix */
    size_t lowest_at;    /**< the first matrix of that rank */
    size_t n_dimensions; /**< of the common subspace */
    double *basis; /**< n x n_dimensions: orthonormal columns, the mean's principal axes in the
                        subspace, the largest first; of Hermitian ones pairs; owned */
    size_t *ranks; /**< n_matrices: of each; owned */
    size_t n_findings;
    ana_spd_rank_finding *findings; /**< none: full rank; owned */
    char *sentence; /**< "the 13 channels have rank 12: the sum of all is 0, as after an average
                         reference"; owned */
} ana_spd_rank;

/** ANA_ERR_VALUE for no matrices, for a matrix that is not finite, not symmetric, has an eigenvalue
 *  below 0 by more than rounding, or is all 0, with its number; and for options out of range. A
 *  deficient rank is no error. Freed by ana_spd_rank_free. */
ANA_API ANA_USE_RESULT ana_status ana_spd_rank_find(const ana_spd_set *set,
                                                    const ana_spd_rank_options *options,
                                                    ana_spd_rank **out);

ANA_API void ana_spd_rank_free(ana_spd_rank *rank);

/** out[k] = U^H X_k U with U the basis: n_dimensions rows. ANA_ERR_SHAPE for other sizes than the
 *  rank's; ANA_ERR_VALUE names the first matrix that is not positive definite there: one of a trial
 *  that depends otherwise than those the subspace was found on. */
ANA_API ANA_USE_RESULT ana_status ana_spd_rank_project(const ana_spd_rank *rank,
                                                       const ana_spd_set *set, const ana_run *run,
                                                       double *out);

/** out[k] = U Y_k U^H: back to n rows, of the rank of the subspace. ANA_ERR_SHAPE for matrices of
 *  another size than the subspace's. */
ANA_API ANA_USE_RESULT ana_status ana_spd_rank_restore(const ana_spd_rank *rank,
                                                       const ana_spd_set *projected, double *out);

ANA_END_DECLS

#endif
