/** The parts of bicluster.h's sampler: one sweep, step by step.
 *
 *  N neurons, T rows, G clusters, q = p + 1 rows of state per cluster, D = G q, L states of time.
 *  A chain (ana_bicluster_chain) holds what lasts from sweep to sweep; bicluster_room what does
 *  not. Nothing here allocates but the functions that say so. */
#ifndef ANALYSIS_MODELS_BICLUSTER_PARTS_H
#define ANALYSIS_MODELS_BICLUSTER_PARTS_H

#include "bicluster_dense.h"
#include "hmm_scratch.h"
#include "workspace.h"

#include <analysis/models/bicluster.h>

/** The counts, neuron by neuron, and what never changes. Borrowed from a workspace. */
typedef struct bicluster_data {
    const ana_bicluster_options *options;
    size_t n_neurons;
    size_t n_times;
    size_t n_rows; /**< q */
    size_t n_sequences;
    const size_t *sequence_start; /**< n_sequences + 1 */
    double *counts;               /**< N x T; 0 where missing */
    double *weight;               /**< N x T; 1, or 0 where missing */
    double *log_rate;             /**< N: log of the mean count (plus a half count) */
    size_t *at_least_start;       /**< N + 1 */
    uint64_t *at_least; /**< of neuron i at [at_least_start[i] + j - 1]: rows with count >= j */
    double *shapes;     /**< N x T: smoothed square roots of the counts, of mean 0 and length 1 */
    size_t *closest;    /**< N x N: row i has all neurons by falling correlation with i, i first */
    double *log_partitions; /**< max_clusters + 1: log V_N(t), Miller & Harrison (2018) */
} bicluster_data;

/** One state's dynamics, m_t = A m_(t-1) + b + noise of precision W = R' R. Room for the largest D;
 *  matrices are D x D with rows of D. */
typedef struct bicluster_dynamics {
    double *a;
    double *b;
    double *root;      /**< R */
    double *root_a;    /**< R A */
    double *root_b;    /**< R b */
    double *precision; /**< W */
    double *cross;     /**< A' W */
    double *back;      /**< A' W A */
    double *push;      /**< W b */
    double *pull;      /**< A' W b */
    double log_det;    /**< log |W| */
} bicluster_dynamics;

/** Room for the temporaries of one chain's sweep. `most` is the largest D. */
typedef struct bicluster_room {
    size_t most;
    bicluster_dynamics *dynamics; /**< L */
    double *moments;              /**< L x (2 most + 1)^2: sums of u u', u = (m_t, m_(t-1), 1) */
    double *tried;                /**< like moments */
    double *moment_row;           /**< 2 most + 1 */
    size_t *n_of_state;           /**< L */
    const double **rows;          /**< most + q: a state's rows, wherever they lie */
    double *dense;                /**< 8 (most + q + 1)^2 */
    double *factor;               /**< T x most^2: U_t of the block-tridiagonal precision */
    double *link;                 /**< T x most^2: U_t^-T P_(t,t+1) */
    double *linear;               /**< T x most */
    double *pull;                 /**< T x most: the observations' share of it */
    double *information;          /**< T x most x q: the observations' diagonal blocks */
    double *proposal;             /**< max_clusters x q x T */
    double *log_emission;         /**< T x L */
    double *filtered;             /**< T x L */
    ana_hmm_scratch messages;     /**< for one row of L */
    double *transitions;          /**< (L + 1) x L: how often from state to state; last: begun in */
    double *shares;               /**< 2 L */
    double *block;                /**< several times T: eta, psi, ... */
    double *modes;                /**< (max_clusters + 1) x q */
    double *curvatures;           /**< (max_clusters + 1) x q x q: upper Cholesky factors */
    double *scores;               /**< max_clusters + 1 */
    double *peaks;                /**< max_clusters + 1 */
    double *loading;              /**< q */
    double *factor_dynamics;      /**< 6 L */
    double *mixture;              /**< 12 x T */
    double *rates;                /**< N x T: log rates of a new cluster's neurons */
    double *residuals;            /**< N x T */
    double *gram;                 /**< N x N */
    double *axis;                 /**< N */
    double *newborn;              /**< 2 x q x T: trajectories proposed for a new cluster */
    size_t *members;              /**< max_clusters */
    double *nearest;              /**< N */
    size_t *set;                  /**< N */
    size_t *others;               /**< N */
    size_t *stretched;            /**< T */
    double *loadings;             /**< N x q */
} bicluster_room;

/** The counts as the sampler wants them. ANA_ERR_VALUE for counts that are none. Allocates. */
ANA_USE_RESULT ana_status bicluster_data_new(ana_workspace *workspace,
                                             const ana_observations *observations,
                                             const ana_bicluster_options *options,
                                             bicluster_data *out);

/** From the workspace, which the caller checks. Allocate. */
bicluster_dynamics bicluster_dynamics_new(ana_workspace *workspace, size_t most);
bicluster_room bicluster_room_new(ana_workspace *workspace, const bicluster_data *data);

/** Bytes that bicluster_room_new takes, or SIZE_MAX. */
size_t bicluster_room_bytes(const bicluster_data *data);

/** out[t], t = 0 ... most: log V_n(t) = log sum_k k_(t) / (gamma k)^(n) q (1 - q)^(k - 1), the
 *  coefficients of a mixture of finite mixtures (Miller & Harrison 2018, J. Am. Stat. Assoc.
 *  113(521), eq. 3.2); out[0] and t > n: -inf. */
void bicluster_log_partitions(size_t n, double gamma, double q, size_t most, double *out);

/** log p(partition) of the clusters' sizes, eq. 3.1 there. */
double bicluster_log_partition(const bicluster_data *data, const ana_bicluster_chain *chain);

/** eta[t] = delta + mu_t + c' X_t for q rows of length n each at `path`. */
void bicluster_predictor(size_t n_rows, size_t n, const double *path, const double *loading,
                         double *eta);

/** sum_t weight (y eta - (y + r) log(1 + exp(eta) / r)), or of y eta - exp(eta): the log-likelihood
 *  of one neuron without what depends on y and r alone. `scratch` has n doubles. */
double bicluster_log_likelihood(const bicluster_data *data, size_t i, double size,
                                const double *eta, double *scratch);

/** What was left out: sum_t log Gamma(y + r) - log Gamma(r) - log y! - y log r, or - log y!. */
double bicluster_log_constant(const bicluster_data *data, size_t i, double size);

/** Laplace's approximation of one neuron's marginal likelihood over its loadings ~ N(0, I), in a
 *  cluster with q rows at `path`. */
typedef struct bicluster_laplace {
    double *mode;      /**< q: where to begin (in), the mode (out) */
    double *curvature; /**< q x q (out): U with U' U = -Hessian of the log posterior there */
    double peak;       /**< log-likelihood + log prior at the mode, without (q / 2) log 2 pi */
    double marginal;   /**< peak - log det U */
} bicluster_laplace;

/** `block` has 4 T doubles. False when Newton's method breaks down. About 5 passes of T (12 + q^2)
 *  flops and an exponential each. */
bool bicluster_laplace_fit(const bicluster_data *data, size_t i, double size, const double *path,
                           double *block, bicluster_laplace *laplace);

/** Step 1: A, b, Q of each state given paths and states; unused states from the prior. Leaves
 *  log p(paths | states), dynamics integrated out, in *log_marginal. T D^2 + L D^3 flops. */
ANA_USE_RESULT ana_status bicluster_draw_dynamics(const bicluster_data *data,
                                                  ana_bicluster_chain *chain, bicluster_room *room,
                                                  double *log_marginal);

/** log p(rows of state | states) with A, b, Q integrated out: the matrix-t density of each state.
 *  `rows`: D pointers to T values each. NaN when a matrix breaks down. */
double bicluster_log_dynamics(const bicluster_data *data, const size_t *state, size_t n,
                              const double *const *rows, bicluster_room *room);

/** Its parts: upper triangles of sum u u', u = (m_t, m_(t-1), 1), of each state (room->moments, and
 *  room->n_of_state); and log p of a state's n_steps steps with those moments, NaN when a matrix
 *  breaks down. `dense` has 3 (n + 1)^2 doubles. */
void bicluster_gather_moments(const bicluster_data *data, const size_t *state, size_t n,
                              const double *const *rows, bicluster_room *room);
double bicluster_log_steps(const bicluster_data *data, size_t n, size_t n_steps,
                           const double *moments, double *dense);

/** The posterior expectations of one state's W, A' W, A' W A, W b and A' W b from the moments of u
 *  = (m_t, m_(t-1), 1), upper triangle, of n_steps steps; *evidence: log p(rows), as above. `dense`
 *  has 6 (n + 1)^2 doubles. False when a matrix is not positive definite. */
bool bicluster_expect_dynamics(const bicluster_data *data, size_t n, size_t n_steps,
                               const double *moments, double *dense, bicluster_dynamics *out,
                               double *evidence);

/** Step 2: borders between states move, paths integrated out; then all paths at once, by
 * Polya-Gamma variables and the block-tridiagonal precision of the rest, with the exact correction.
 *  T D^3 flops. */
ANA_USE_RESULT ana_status bicluster_draw_paths(const bicluster_data *data,
                                               ana_bicluster_chain *chain, bicluster_room *room);

/** Its first half, given what the counts say (room->pull, room->information). False when a matrix
 *  is not positive definite. */
bool bicluster_move_borders(const bicluster_data *data, ana_bicluster_chain *chain,
                            bicluster_room *room);

/** What the counts say of row t, in blocks along the diagonal (upper triangle). */
void bicluster_add_information(const bicluster_data *data, const ana_bicluster_chain *chain,
                               const bicluster_room *room, size_t t, double *diagonal);

/** Part of step 5: shift each cluster's paths and its neurons' delta against each other, which
 *  leaves the likelihood unchanged, by an amount drawn from its conditional. */
ANA_USE_RESULT ana_status bicluster_draw_shifts(const bicluster_data *data,
                                                ana_bicluster_chain *chain, bicluster_room *room);

/** The same for scales and shears of a cluster's rows against its neurons' c, dynamics integrated
 *  out; by Metropolis-Hastings. */
void bicluster_change_bases(const bicluster_data *data, ana_bicluster_chain *chain,
                            bicluster_room *room);

/** Step 3: states given paths and dynamics, then transitions and shares of the sticky HDP-HMM. */
ANA_USE_RESULT ana_status bicluster_draw_states(const bicluster_data *data,
                                                ana_bicluster_chain *chain, bicluster_room *room);

/** Its second half, given how often each state followed each (room->transitions). */
void bicluster_draw_transitions(const bicluster_data *data, ana_bicluster_chain *chain,
                                const bicluster_room *room);
/** counts (L + 1) x L: how often state k followed j; row L: how often a sequence began with k. */
void bicluster_count_transitions(const bicluster_data *data, const ana_bicluster_chain *chain,
                                 double *counts);

/** log p(states, shares), transitions integrated out. */
double bicluster_log_states(const bicluster_data *data, const ana_bicluster_chain *chain,
                            bicluster_room *room);

/** Steps 4 and 6: cluster and loadings of each neuron in turn; some may found a cluster. */
void bicluster_draw_clusters(const bicluster_data *data, ana_bicluster_chain *chain,
                             bicluster_room *room);

/** Cluster g goes, the last takes its number; a new last cluster with that path (q x T). */
void bicluster_remove_cluster(const bicluster_data *data, ana_bicluster_chain *chain, size_t g);
void bicluster_add_cluster(const bicluster_data *data, ana_bicluster_chain *chain,
                           const double *path);

/** Step 7: sizes r_i (negative binomial). */
void bicluster_draw_sizes(const bicluster_data *data, ana_bicluster_chain *chain,
                          bicluster_room *room);

/** Some neurons, with the sizes of all. */
typedef struct bicluster_set {
    size_t n;
    const size_t *neurons;
    const double *sizes;
} bicluster_set;

/** A trajectory for a new cluster of those neurons, and its log density; with `random` NULL the log
 *  density of the trajectory given. It depends on counts, sizes and states alone. False when it
 *  breaks down. */
bool bicluster_propose_path(const bicluster_data *data, const bicluster_set *set,
                            const size_t *state, ana_random *random, bicluster_room *room,
                            double *path, double *log_density);

/** log p(paths without cluster `without`, with `path` as one more | states); SIZE_MAX and NULL:
 *  all, none. */
double bicluster_log_paths(const bicluster_data *data, const ana_bicluster_chain *chain,
                           size_t without, const double *path, bicluster_room *room);

/** A neuron's loadings from the Gaussian at a fitted Laplace approximation; and the log of target
 *  over proposal at given loadings, 0 where the posterior is Gaussian. */
void bicluster_draw_loading(const bicluster_data *data, const bicluster_laplace *laplace,
                            ana_random *random, double *loading);
double bicluster_loading_ratio(const bicluster_data *data, size_t i, double size,
                               const double *path, const bicluster_laplace *laplace,
                               const double *loading, double *block);

/** Some neurons of a cluster leave together for a new one, or all of a cluster join another; an
 *  exact Metropolis-Hastings step. */
void bicluster_split_or_merge(const bicluster_data *data, ana_bicluster_chain *chain,
                              bicluster_room *room);

/** The states a chain goes on with when its trajectories have settled. */
void bicluster_segment(const bicluster_data *data, ana_bicluster_chain *chain,
                       bicluster_room *room);

/** Sweeps in which they settle, in one state of time. */
size_t bicluster_settling(const ana_bicluster_options *options);

/** Stretches of time change their state as a whole, dynamics integrated out. */
ANA_USE_RESULT ana_status bicluster_move_stretches(const bicluster_data *data,
                                                   ana_bicluster_chain *chain,
                                                   bicluster_room *room);

/** log p(states first - 1 ... last + 1 | transitions) of the sequence they are in. */
double bicluster_log_stretch(const bicluster_data *data, const ana_bicluster_chain *chain,
                             size_t first, size_t last);

/** The first row of each sequence, which no step led to, has the state of the second. */
void bicluster_mirror_states(const bicluster_data *data, ana_bicluster_chain *chain);

/** The whole of one sweep; appends to the chain's traces. */
ANA_USE_RESULT ana_status bicluster_sweep(const bicluster_data *data, ana_bicluster_chain *chain,
                                          bicluster_room *room);

/** Clusters, trajectories, loadings and sizes to begin with; all of time is in one state.
 *  Allocates.
 */
ANA_USE_RESULT ana_status bicluster_search(const bicluster_data *data, ana_bicluster_chain *chain,
                                           bicluster_room *room);
size_t bicluster_search_bytes(const bicluster_data *data);

/** Neurons in n_clusters (at most max_clusters) by the shapes of their counts, some of them empty.
 */
void bicluster_sort_shapes(const bicluster_data *data, size_t n_clusters, ana_random *random,
                           bicluster_room *room, size_t *cluster);

/** Where a chain begins. Allocates. */
ANA_USE_RESULT ana_status bicluster_start(const bicluster_data *data, size_t index,
                                          ana_bicluster_chain *chain, bicluster_room *room);

#endif
