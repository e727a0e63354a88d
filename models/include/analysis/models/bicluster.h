/** Which neurons belong together, and between which states of their joint dynamics do they switch?
 *
 *  Bayesian bi-clustering of neurons and time (Wei 2023, arXiv 2309.02213). Neuron i of cluster g
 *  has counts y_it ~ negative binomial (size r_i) or Poisson, log E y_it = delta_i + mu^g_t +
 *  c_i' X^g_t: a cluster mean and p latent factors. All clusters' (mu, X) form one state m_t of D
 *  values, which follows m_t = A_s m_(t-1) + b_s + N(0, Q_s) within the state s_t of time. Neither
 *  the number of clusters (mixture of finite mixtures, Miller & Harrison 2018) nor that of states
 *  (sticky HDP-HMM, Fox et al. 2011, weak limit of L states) is fixed; both are drawn with
 *  everything else by Gibbs sampling.
 *
 *  Priors: P(K clusters) = q (1 - q)^(K-1), Dirichlet(w) shares; delta, c ~ N(0, 1);
 *  r ~ Gamma(size_shape, size_rate); beta ~ Dirichlet(gamma / L), transitions from state i ~
 *  Dirichlet(alpha beta + kappa e_i); first m_t of a sequence ~ N(0, I); Q ~ inverse Wishart(S I,
 *  D + df), [A b] | Q ~ matrix normal([I 0], Q, I / precision). Whether a partition is good depends
 *  on them: a new cluster brings its own rows of A and Q, and has to pay for them. With the paper's
 *  kappa of 10, states of a few rows come and go; its precision of 1 holds A close to I where
 *  trajectories are small, which blurs states that differ in A. The defaults here are 100 and 0.1.
 *
 *  A chain begins at the best of three searches over partitions, each from other random groups of
 *  neurons, by a mean-field bound on the evidence in which every group has dynamics of its own. A
 *  partition further away a chain finds rarely: a trajectory is a few thousand numbers, and splits
 *  and merges that propose one are seldom accepted.
 */
#ifndef ANALYSIS_MODELS_BICLUSTER_H
#define ANALYSIS_MODELS_BICLUSTER_H

#include <analysis/observations.h>
#include <analysis/options.h>
#include <analysis/random.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

typedef enum ana_bicluster_family {
    ANA_BICLUSTER_NEGATIVE_BINOMIAL,
    ANA_BICLUSTER_POISSON
} ana_bicluster_family;

typedef struct ana_bicluster_options {
    ana_run run;
    int family;            /**< ana_bicluster_family; default negative binomial */
    size_t n_factors;      /**< p, beside the cluster mean; default 2 */
    size_t n_states;       /**< states of time at most; default 10 */
    size_t max_clusters;   /**< clusters of neurons at most; default 16 */
    size_t start_clusters; /**< groups the search for a start begins with; 0 (default): a third of
                                the neurons, at most 12 */
    size_t start_states;   /**< in use when the trajectories have settled; default 2 */
    size_t n_chains;       /**< default 4 */
    size_t n_sweeps;       /**< of each chain; default 2000 */
    size_t n_warmup;       /**< sweeps left out of the summary; default 500 */
    size_t keep_every;     /**< states of time are kept of every so many sweeps; default 10 */
    size_t n_births;       /**< neurons offered a cluster of their own in a sweep; default 1 */
    size_t split_every; /**< a split or merge of clusters is tried every so many sweeps; 0: never;
                             default 5 */
    double new_share;   /**< q above; default 0.2 */
    double cluster_weight; /**< w above; default 1 */
    double alpha;          /**< of the transitions; default 5 */
    double gamma;          /**< of the states' shares; default 5 */
    double kappa;          /**< stickiness; default 100 */
    double noise;          /**< S above; default 0.01 */
    double noise_df;       /**< df above; default 2 */
    double precision;      /**< of [A b]; default 0.1 */
    double size_shape;     /**< gamma prior of r; default 1 */
    double size_rate;      /**< default 1 */
    double proposal_size;  /**< Poisson: size of the negative binomial that proposes trajectories,
                                tuned during the warm-up; default 100 */
} ana_bicluster_options;

ANA_API ana_bicluster_options ana_bicluster_options_default(void);
ANA_API extern const ana_option ana_bicluster_option_table[];

/** One chain: where it stands, and what it drew. N neurons, T rows, L states, q = p + 1. Between
 *  two sweeps this is all there is: dynamics and Polya-Gamma variables are drawn anew. Owned. */
typedef struct ana_bicluster_chain {
    size_t n_done;      /**< sweeps */
    size_t n_clusters;  /**< G */
    size_t *cluster;    /**< N: 0 ... G - 1 */
    double *path;       /**< room for max_clusters x q x T; row g * q is mu^g, the rest X^g */
    double *loading;    /**< N x q: delta_i, c_i */
    double *mode;       /**< N x max_clusters x q: where the search for the loadings' mode begins */
    double *size;       /**< N: r_i; Poisson: the proposal's */
    size_t *state;      /**< T: state that led to row t; the first of a sequence has its second's */
    double *weight;     /**< L: beta */
    double *initial;    /**< L */
    double *transition; /**< L x L */
    ana_random random;
    size_t n_accepted;     /**< trajectories, of all proposed ... */
    size_t n_proposed;     /**< ... since the warm-up */
    double *log_joint;     /**< n_sweeps: before each sweep, nats */
    double *cluster_trace; /**< n_sweeps: clusters */
    double *state_trace;   /**< n_sweeps: states in use */
    uint16_t *partitions;  /**< n_sweeps x N: clusters after each sweep */
    uint16_t *paths;       /**< n_kept x T: states of every keep_every-th sweep after the warm-up */
    size_t n_kept;         /**< of paths so far */
    double *mean;          /**< N x T: sum of log E y_it over the sweeps after the warm-up */
} ana_bicluster_chain;

/** The chains of one fit, and what they say together. */
typedef struct ana_bicluster {
    size_t n_neurons;
    size_t n_times;
    ana_bicluster_options options; /**< as fitted, without run */
    uint64_t seed;
    double bin_s;                /**< seconds per row; NaN: rows are not times */
    char **neuron_names;         /**< N texts: the units' ids */
    uint64_t data_hash;          /**< of the counts: a chain is resumed on its own data alone */
    ana_bicluster_chain *chains; /**< options.n_chains */
    double *similarity;          /**< N x N: share of the draws with both neurons in one cluster */
    size_t *cluster;   /**< N: the partition of largest posterior expected adjusted Rand index */
    size_t n_clusters; /**< of it; they come by falling size */
    double pear;       /**< that index */
    size_t *state;     /**< T: the same for the states of time, by falling occupancy; of
                             more than 1500 rows the best path drawn */
    size_t n_states_used;
    double state_pear;
    double *mean;        /**< N x T: posterior mean of log E y_it */
    double rhat[3];      /**< split R-hat of log joint, number of clusters, number of states */
    double effective[3]; /**< effective number of draws of the same */
    double within;  /**< mean adjusted Rand index of two draws' partitions from one chain ... */
    double between; /**< ... and from two chains; NaN with a single one. Much below `within`: each
                         chain stays with a partition of its own, whatever R-hat says of numbers */
    double seconds; /**< wall time; never saved in a record */
} ana_bicluster;

/** Run the chains and summarise them. Same seed, same bits, for any number of threads.
 *  ANA_ERR_VALUE for counts that are negative or not whole, fewer than two neurons or rows, or an
 *  option out of range; ANA_ERR_NUMERIC when a chain's matrices break down; ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_bicluster_fit(const ana_observations *observations,
                                                    const ana_bicluster_options *options,
                                                    ana_bicluster **out);

/** Go on with a fit to `n_sweeps` in all: the chains are the same, bit for bit, as if they had
 *  never stopped; the summary is made anew. ANA_ERR_VALUE when the data are not those of the fit,
 *  or n_sweeps is less than was done. */
ANA_API ANA_USE_RESULT ana_status ana_bicluster_resume(const ana_observations *observations,
                                                       const ana_bicluster *before, size_t n_sweeps,
                                                       const ana_run *run, ana_bicluster **out);

/** Whether all three R-hats are at most 1.1, and partitions of two chains agree as well as those of
 *  one, up to 0.1. */
ANA_API bool ana_bicluster_converged(const ana_bicluster *fit);

/** Agreement of the clusters with labels of the neurons (regions, cell types), against chance. */
typedef struct ana_bicluster_agreement {
    size_t n_neurons;   /**< with a label */
    double ari;         /**< adjusted Rand index */
    double nmi;         /**< mutual information over the mean of the entropies */
    double p;           /**< share of the permutations that do as well, (1 + #) / (1 + n) */
    double chance;      /**< mean adjusted Rand index of the permutations */
    double chance_most; /**< and the largest */
    size_t n_permutations;
    size_t n_strata;
} ana_bicluster_agreement;

/** Labels are permuted among neurons of like firing rate alone (strata of equal size by mean
 *  count), so that clusters of rates do not pass for clusters of regions. `labels` has an entry per
 *  neuron, ANA_NO_LABEL (agreement.h) where there is none. ANA_ERR_VALUE without labels, strata or
 *  permutations, or with more strata than labelled neurons. */
ANA_API ANA_USE_RESULT ana_status ana_bicluster_agree(const ana_bicluster *fit,
                                                      const ana_observations *observations,
                                                      const size_t *labels, size_t n_strata,
                                                      size_t n_permutations, const ana_run *run,
                                                      ana_bicluster_agreement *out);

/** "schema" is "bicluster": summary and figures (similarity, traces, states over time, the
 *  clusters' courses), and the chains themselves, so that a saved fit can be gone on with. */
ANA_API ANA_USE_RESULT ana_status ana_bicluster_to_record(const ana_bicluster *fit,
                                                          ana_record **out);
/** ANA_ERR_FORMAT where something is missing, of another size, or out of its range. */
ANA_API ANA_USE_RESULT ana_status ana_bicluster_from_record(const ana_record *record,
                                                            ana_bicluster **out);

/** A population with known clusters and states: the recipe of the paper's simulation. In state 0
 *  m_t = decay m_(t-1) + noise, in state 1 every cluster's rows turn by `angle` in a plane of their
 *  own and grow; stays are 1 + Poisson(mean_stay) rows long; trajectories are centred. */
typedef struct ana_bicluster_simulation {
    uint64_t seed;        /**< default 0 */
    size_t n_clusters;    /**< default 3 */
    size_t n_per_cluster; /**< neurons; default 10 */
    size_t n_factors;     /**< at least 1; default 2 */
    size_t n_times;       /**< default 500 */
    double decay;         /**< default 0.01 */
    double growth;        /**< default 1.01 */
    double angle;         /**< radians; default pi / 20 */
    double noise;         /**< variance of each row's noise; default 0.01 */
    double mean_stay;     /**< rows; default 50 */
    double loading_scale; /**< standard deviation of delta and c; default 0.5 */
    double size;          /**< of the negative binomial; infinite: Poisson; default 10 */
} ana_bicluster_simulation;

ANA_API ana_bicluster_simulation ana_bicluster_simulation_default(void);

/** Counts with the states as labels; the features' column "cluster" holds the true clusters.
 *  ANA_ERR_VALUE for a size of 0. */
ANA_API ANA_USE_RESULT ana_status ana_bicluster_simulate(const ana_bicluster_simulation *simulation,
                                                         ana_observations **out);

ANA_API void ana_bicluster_free(ana_bicluster *fit);

ANA_END_DECLS

#endif
