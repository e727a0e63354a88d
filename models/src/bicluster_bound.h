/** A bound on the evidence of neurons that share one trajectory, for the search of a partition to
 *  begin with (bicluster_search.c).
 *
 *  A group of neurons has q rows of state of its own and dynamics of its own, in one state of time.
 *  Paths, loadings, dynamics and Polya-Gamma variables are independent a posteriori (mean field):
 *  paths and loadings are then Gaussian, dynamics matrix normal, inverse Wishart, and every update
 *  raises the bound (Jaakkola & Jordan 2000, Stat. Comput. 10(1), for the logistic terms; Beal
 *  2003, ch. 5, for the dynamics). Poisson counts pass for negative binomials of the proposal's
 *  size. */
#ifndef ANALYSIS_MODELS_BICLUSTER_BOUND_H
#define ANALYSIS_MODELS_BICLUSTER_BOUND_H

#include "bicluster_parts.h"

enum {
    BICLUSTER_MAX_ROWS = 9 /**< q at most */
};

/** What all groups share. Borrowed from a workspace. */
typedef struct bicluster_bounds {
    const bicluster_data *data;
    const double *size;  /**< N: r_i, held */
    size_t n_products;   /**< (q + 1) (q + 2) / 2 */
    double *root;        /**< T: xi = sqrt(E psi^2) */
    double *omega;       /**< T: E of the Polya-Gamma variables of the neuron last looked at */
    double *scratch;     /**< T */
    double *information; /**< T x q^2 */
    double *linear;      /**< T x q */
    double *link;        /**< T x q^2 */
    double *moments;     /**< (2 q + 1)^2 */
    double *dense;       /**< 6 (q + 1)^2 */
} bicluster_bounds;

/** A group, and what it says of every neuron, in it or not. */
typedef struct bicluster_group {
    size_t n;
    size_t *neurons;  /**< N: the n that are in it */
    double *mean;     /**< q x T: E of the rows of state */
    double *products; /**< n_products x T: E u_a u_b, a <= b, u = (1, rows of state) */
    double *loading;  /**< N x q: E of (delta, c) ... */
    double *spread;   /**< N x q x q: ... and covariance */
    bool followed;    /**< the paths have followed the first loadings, so that these may move */
    bicluster_dynamics dynamics; /**< E W, E A'W, ... */
    double bound; /**< sum over its neurons, less what paths and dynamics cost; nats, but for terms
                       that depend on counts and sizes alone */
} bicluster_group;

bicluster_bounds bicluster_bounds_new(ana_workspace *workspace, const bicluster_data *data,
                                      const double *size);
bicluster_group bicluster_group_new(ana_workspace *workspace, const bicluster_data *data);

/** Doubles that the two take, or SIZE_MAX. */
size_t bicluster_bounds_doubles(const bicluster_data *data);
size_t bicluster_group_doubles(const bicluster_data *data);

/** Nothing known of the paths, random loadings; the neurons in it stay. */
void bicluster_group_begin(const bicluster_bounds *bounds, ana_random *random,
                           bicluster_group *group);
void bicluster_group_copy(const bicluster_bounds *bounds, const bicluster_group *from,
                          bicluster_group *to);
void bicluster_group_add(bicluster_group *group, size_t neuron);
void bicluster_group_remove(bicluster_group *group, size_t neuron);

/** Neuron i's part of the bound with its loadings updated so many times. Each costs T ((q + 1) (q +
 *  2) + q + 10) flops, an exponential, a logarithm and a root. -inf when it breaks down. */
double bicluster_bound_neuron(const bicluster_bounds *bounds, bicluster_group *group, size_t i,
                              size_t n_updates);

/** Where the product of entries a and b of n is. */
static inline size_t bicluster_place(size_t n, size_t a, size_t b)
{
    const size_t low = a < b ? a : b;
    const size_t high = a < b ? b : a;
    return low * (2 * n - low - 1) / 2 + high;
}

/** Means and products of the paths, and their moments, from what the counts say (information and
 *  linear) and the dynamics; adds E log q - E log p(first rows) to *cost, but for a constant. */
bool bicluster_group_smooth(const bicluster_bounds *bounds, bicluster_group *group, double *cost);

/** Updates everything so many times; leaves the bound, -inf when it breaks down. */
void bicluster_group_fit(const bicluster_bounds *bounds, size_t n_updates, bicluster_group *group);

#endif
