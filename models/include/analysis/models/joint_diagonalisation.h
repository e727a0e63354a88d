/** Which coordinates make many covariances as diagonal as can be, all at once?
 *
 *  | method | what it finds |
 *  |---|---|
 *  | pham | rows V with the least sum w [ln det diag(V X V^H) - ln det(V X V^H)] (Pham 2001) |
 *  | rjd | orthogonal V with the least squares beside diagonals (Cardoso & Souloumiac 1996) |
 *  | uwedge | V by Gauss iterations of weighted least squares (Tichavsky & Yeredor 2009) |
 *
 *  Pham's takes positive definite matrices, real or Hermitian; the others real symmetric ones. Rows
 *  of pham and uwedge are scaled so that V (sum w X) V^H has ones on its diagonal: components have
 *  unit variance under the mean. Iterations stop by measures that have no unit. A row's sign and
 *  the order of rows are left open by the problem; both follow from the start, which is the
 *  identity (uwedge: the axes of the first matrix). */
#ifndef ANALYSIS_MODELS_JOINT_DIAGONALISATION_H
#define ANALYSIS_MODELS_JOINT_DIAGONALISATION_H

#include <analysis/models/spd.h>

ANA_BEGIN_DECLS

typedef enum ana_joint_method {
    ANA_JOINT_PHAM,
    ANA_JOINT_RJD,
    ANA_JOINT_UWEDGE
} ana_joint_method;

typedef struct ana_joint_options {
    ana_run run;
    ana_joint_method method; /**< default pham */
    double tolerance; /**< pham: fall of the sum by a sweep, for each pair of rows; rjd: sine of the
                           largest angle; uwedge: change of the squares beside the diagonals over
                           all squares; default 1e-12 */
    size_t max_iterations; /**< sweeps; default 200 */
} ana_joint_options;

ANA_API ana_joint_options ana_joint_options_default(void);

/** Rows for joint-method, joint-tolerance, joint-iterations. */
ANA_API extern const ana_option ana_joint_option_table[];

typedef struct ana_joint_info {
    size_t n_iterations; /**< sweeps */
    bool converged;
    double residual; /**< what is held against the tolerance */
} ana_joint_info;

/** The diagonaliser V, and V X_k V^H of every matrix.
 *
 *  @param weights       n_matrices   not negative, not all 0; NULL: equal
 *  @param info          may be NULL; without it, what has not settled is ANA_ERR_NUMERIC
 *  @param diagonaliser  ana_spd_size (out): rows v
 *  @param diagonalised  as the set (out); may be NULL
 *  @return ANA_ERR_VALUE for matrices that are not symmetric (pham: not positive definite), with
 *          the number of the first; ANA_ERR_UNSUPPORTED for Hermitian ones with rjd and uwedge. */
ANA_API ANA_USE_RESULT ana_status ana_joint_diagonalise(const ana_spd_set *set,
                                                        const double *weights,
                                                        const ana_joint_options *options,
                                                        ana_joint_info *info, double *diagonaliser,
                                                        double *diagonalised);

ANA_END_DECLS

#endif
