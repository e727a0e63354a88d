/** Joint diagonalisation, from the inside: matrices of doubles (step 1) or of pairs (step 2). */
#ifndef MODELS_JOINT_PARTS_H
#define MODELS_JOINT_PARTS_H

#include <analysis/models/joint_diagonalisation.h>

typedef struct joint_job {
    size_t n;
    size_t step;
    size_t n_matrices;
    const double *weights; /**< n_matrices, sum 1 */
    const ana_joint_options *options;
    double *x; /**< the matrices, turned as v is */
    double *v; /**< n x n */
} joint_job;

/** Two rows of v (and rows and columns of every matrix) become t times themselves, t 2 x 2. */
void joint_turn(const joint_job *job, size_t i, size_t j, double t[4][2]);

/** Sweeps until what is left is within the tolerance. */
ANA_USE_RESULT ana_status joint_pham(const joint_job *job, ana_joint_info *info);
ANA_USE_RESULT ana_status joint_rjd(const joint_job *job, ana_joint_info *info);
ANA_USE_RESULT ana_status joint_uwedge(const joint_job *job, ana_joint_info *info);

#endif
