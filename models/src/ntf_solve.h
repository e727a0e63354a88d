/** One step of a factorisation: the factor of one mode, all others fixed. All methods see the same
 *  two things, M = X_(m) KR and the Hadamard product G of the others' Gram matrices, and lower
 *
 *      1/2 |F|_G^2 - <F, M> + sparsity sum F + smoothness/2 sum (F_t - F_(t-1))^2,   F >= 0. */
#ifndef MODELS_NTF_SOLVE_H
#define MODELS_NTF_SOLVE_H

#include <analysis/models/ntf.h>

typedef struct ntf_step {
    size_t n;
    size_t rank;
    const double *target; /**< M, n x rank */
    const double *gram;   /**< G, rank x rank */
    double sparsity;
    double smoothness;
    size_t n_sweeps;
    double *factor; /**< n x rank, start and result */
    double *dual;   /**< ADMM: n x rank, kept between steps */
    double *room;   /**< ntf_step_room(rank) */
} ntf_step;

size_t ntf_step_room(size_t rank);

typedef void (*ntf_solver)(const ntf_step *step);

/** By ana_ntf_method. */
ntf_solver ntf_solver_of(ana_ntf_method method);

/** The step of a factor that stands for two modes of symmetric slices, with M and G of it: the
 *  fourth root of the multiplicative step lowers the whole objective, which is of fourth order. */
void ntf_solve_symmetric(const ntf_step *step);

/** out (rank x rank) = F'F. */
void ntf_gram(size_t n, size_t rank, const double *factor, double *out);

#endif
