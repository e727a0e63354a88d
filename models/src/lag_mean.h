/** The Riemannian mean of some of many matrices, from where another walk has ended. */
#ifndef MODELS_LAG_MEAN_H
#define MODELS_LAG_MEAN_H

#include "workspace.h"

#include <analysis/run.h>

#include <stdbool.h>
#include <stddef.h>

enum {
    LAG_MEMORY = 6 /* steps whose curvature is remembered */
};

/** Matrices, and where their logarithms go. */
typedef struct lag_matrices {
    size_t n; /**< rows */
    size_t n_matrices;
    const double *x; /**< n_matrices x n x n */
    double *maps;    /**< the same: log(C^-1 X C^-T) with C C^T the mean */
    const ana_run *run;
    size_t *n_decompositions; /**< counted on */
} lag_matrices;

/** Where a walk is. Matrices n x n. */
typedef struct lag_walk {
    size_t n;
    double *frame;               /**< F; the point is F F^T */
    double *lower;               /**< C: its Cholesky factor */
    double *turn;                /**< F^-1 C, orthogonal */
    double *now;                 /**< the gradient, downhill, in the frame F */
    double *before;              /**< of the step before */
    double *step;                /**< taken, in the frame: F <- F exp(step / 2) */
    double *moves[LAG_MEMORY];   /**< steps, */
    double *changes[LAG_MEMORY]; /**< and what each did to the gradient */
    double products[LAG_MEMORY]; /**< of the two */
    size_t n_remembered;
    double length; /**< of the gradient before; 0: no step yet */
    double *room[2];
} lag_walk;

/** Workspace memory, which the caller checks. */
void lag_walk_open(size_t n, ana_workspace *workspace, lag_walk *walk);

/** Begin at the arithmetic mean. ANA_ERR_NUMERIC when that is not positive definite. */
ANA_USE_RESULT ana_status lag_walk_begin(const lag_matrices *of, lag_walk *walk);

/** Begin where another walk is, with what it remembers. */
void lag_walk_follow(const lag_walk *other, lag_walk *walk);

/** Logarithms of all matrices at the walk's point. */
ANA_USE_RESULT ana_status lag_walk_look(const lag_matrices *of, const lag_walk *walk);

/** out = mean of the logarithms maps[which[k]]; which NULL: all in their order. */
void lag_mean_tangent(const lag_matrices *of, const size_t *which, size_t n, double *out);

/** Take a step against the tangent, which is that at the walk's point in the frame of C. */
ANA_USE_RESULT ana_status lag_walk_step(const double *tangent, lag_walk *walk);

/** To the mean of all matrices, whose logarithms there are then in `maps`. `tangent` (n x n): in:
 *  at the walk's point when `known`; overwritten. *settled says whether the tangent fell below the
 *  tolerance. */
typedef struct lag_walk_aim {
    double tolerance; /**< of the tangent's length */
    bool by_spread;   /**< instead: below the root mean square length of logarithms over the root
                           of their number */
    bool known;
} lag_walk_aim;

ANA_USE_RESULT ana_status lag_walk_to_mean(const lag_matrices *of, const lag_walk_aim *aim,
                                           double *tangent, lag_walk *walk, bool *settled);

#endif
