/** Minima of smooth functions of many variables that are not negative, for several searches at a
 *  time whose function is evaluated together.
 *
 *  Limited-memory BFGS on the variables that are free (those at 0 whose gradient would make them
 *  smaller are not), steps projected onto x >= 0 and shortened until the value falls enough along
 *  the projection: Bertsekas (1982), SIAM J. Control Optim. 20(2), with the inverse Hessian of
 *  Nocedal (1980) in the place of the exact one; as in Kim, Sra & Dhillon (2010), SIAM J. Sci.
 *  Comput. 32(6). A search never evaluates: it names a point, and is told what was found there. */
#ifndef MODELS_NTF_SEARCH_H
#define MODELS_NTF_SEARCH_H

#include "workspace.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    NTF_SEARCH_MEMORY = 10 /**< steps remembered */
};

typedef struct ntf_search {
    size_t n;
    double keep;   /**< a step leaves each variable at least this share of itself; default 0. For
                        functions without bound towards 0: variables then never are 0, and count as
                        such below a small share of their mean */
    double edge;   /**< that is */
    double *trial; /**< n: where the function is to be evaluated; set by the caller before
                        ntf_search_begin */
    double *trial_gradient; /**< n: there; the caller's to fill in */
    double *trial_metric;   /**< n, with `keep` alone: there, of each variable about one over its
                                 curvature; the caller's to fill in */
    double *metric;         /**< n: at x */
    double *x;              /**< n: the best point */
    double *gradient;       /**< n: there */
    double value;           /**< there */
    double *direction;
    double *steps;   /* memory x n */
    double *changes; /* memory x n */
    size_t n_kept;
    size_t next;
    double step;
    size_t n_shortened;
} ntf_search;

typedef enum ntf_search_state {
    NTF_SEARCH_ASKS,     /**< for the value and gradient at `trial` */
    NTF_SEARCH_ACCEPTED, /**< the same, after a step that lowered the value */
    NTF_SEARCH_ENDED     /**< no step lowers it, or the gradient is 0 */
} ntf_search_state;

/** Room for a search of n variables; checked by the caller. */
void ntf_search_new(size_t n, ana_workspace *workspace, ntf_search *out);

/** The value and gradient at the start are known; asks for the next ones. */
ntf_search_state ntf_search_begin(ntf_search *self, double value);

/** The value and gradient at `trial` are known. */
ntf_search_state ntf_search_tell(ntf_search *self, double value);

#endif
