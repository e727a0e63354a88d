/** Into which groups do the nodes of a graph, or of several graphs on the same nodes, fall, so that
 *  edges and their weights depend on the groups of their ends alone, and how many such groups are
 *  warranted?
 *
 *  Microcanonical stochastic block models: the best partition is that of least description length,
 *  the nats needed to write down partition, numbers of edges between groups, degrees, edges and
 *  weights (Peixoto 2017, Phys. Rev. E 95, 012317; weights: Peixoto 2018, Phys. Rev. E 97, 012306;
 *  hierarchy: Peixoto 2014, Phys. Rev. X 4, 011047; layers: Peixoto 2015, Phys. Rev. E 92, 042807).
 *  -log of a joint probability: models of the same graph and weights are compared by it. */
#ifndef ANALYSIS_MODELS_SBM_H
#define ANALYSIS_MODELS_SBM_H

#include <analysis/models/graph.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

ANA_BEGIN_DECLS

/** How the weights of the edges between two groups are distributed. */
typedef enum ana_sbm_weights {
    ANA_SBM_UNWEIGHTED,
    ANA_SBM_EXPONENTIAL, /**< > 0 */
    ANA_SBM_NORMAL,
    ANA_SBM_GEOMETRIC,   /**< 0, 1, 2, ... */
    ANA_SBM_POISSON,     /**< 0, 1, 2, ... */
    ANA_SBM_BINOMIAL,    /**< 0, 1, ..., n_trials */
    ANA_SBM_WEIGHTS_AUTO /**< of those that the weights allow the one that describes them in the
                              fewest nats: geometric, poisson or binomial (n_trials: the largest)
                              for whole numbers >= 0, exponential or normal for others > 0, else
                              normal; unweighted where all are alike */
} ana_sbm_weights;

/** Whether nodes of a group may differ in degree. */
typedef enum ana_sbm_degrees {
    ANA_SBM_DEGREES_AUTO, /**< whichever describes the graph in fewer nats */
    ANA_SBM_DEGREES_CORRECTED,
    ANA_SBM_DEGREES_PLAIN
} ana_sbm_degrees;

/** What layers have in common besides the groups. */
typedef enum ana_sbm_layering {
    ANA_SBM_LAYERS_AUTO,       /**< whichever describes them in fewer nats */
    ANA_SBM_LAYERS_SHARED,     /**< degrees: edges of one graph that differ in kind */
    ANA_SBM_LAYERS_INDEPENDENT /**< nothing: each has degrees, and nodes, of its own; a node is in
                                    the layers where it has edges (in the first, if in none) */
} ana_sbm_layering;

/** Of the number of ways in which degrees of a given sum can be dealt to the nodes of a group. */
typedef enum ana_sbm_counts {
    ANA_SBM_COUNTS_EXACT,
    ANA_SBM_COUNTS_GT245 /**< as graph-tool 2.45 tabulates them (too few); for comparison */
} ana_sbm_counts;

typedef struct ana_sbm_options {
    ana_run run;
    int weights;         /**< ana_sbm_weights; default auto */
    size_t weight_index; /**< of the graph's weights; default 0 */
    size_t n_trials;     /**< of binomial weights; default 1 */
    int degrees;         /**< ana_sbm_degrees; default auto */
    int layering;        /**< ana_sbm_layering, of more than one layer; default auto */
    bool nested;         /**< groups of groups, up to a single one; default true */
    int counts;          /**< ana_sbm_counts; default exact */
    bool prior_twice;    /**< pay for the sums of the weights at the lowest level of a hierarchy as
                              well, as graph-tool 2.45 does; default false */
    size_t n_restarts;   /**< default 4 */
    size_t n_rounds;     /**< of Monte Carlo and refinement in each restart; default 10 */
    size_t n_samples;    /**< of the posterior of the lowest partition, from the best one on; 0: no
                              uncertainties; default 100 */
    size_t n_thin;       /**< sweeps from one sample to the next; default 5 */
} ana_sbm_options;

ANA_API ana_sbm_options ana_sbm_options_default(void);
ANA_API extern const ana_option ana_sbm_option_table[];

/** "unweighted", "exponential", ... by ana_sbm_weights. */
ANA_API extern const char *const ana_sbm_weight_words[];

/** Graphs of the same nodes, all directed or none. Borrowed. */
typedef struct ana_sbm_layers {
    size_t n; /**< 1 to 1000 */
    const ana_graph *const *graphs;
    const char *const *names; /**< n; NULL: "0", "1", ... */
} ana_sbm_layers;

/** Nats of each part; `total` is their sum. */
typedef struct ana_sbm_length {
    double adjacency;    /**< the edges, given their numbers between groups (and the degrees) */
    double partition;    /**< who stands in which group */
    double degrees;      /**< degrees, given their sums in each group */
    double layers;       /**< which layers each node is in, of the 2^n - 1 sets there are; only of
                              independent layers */
    double edges;        /**< numbers of edges between groups; of a hierarchy: all upper levels */
    double weights;      /**< the weights, given their sums between groups */
    double weight_prior; /**< those sums (normal: and deviations); of a hierarchy the sums only with
                              `prior_twice`: upper levels know them */
    double total;
} ana_sbm_length;

/** Partitions of nodes, of their groups, ..., from below. Level 0 groups the graph's nodes, level l
 *  the groups of level l - 1. */
typedef struct ana_sbm_hierarchy {
    size_t n_levels;  /**< 1: a flat partition */
    size_t *n_groups; /**< of each level */
    size_t **group;   /**< level by level: 0 ... n_groups - 1, none empty */
} ana_sbm_hierarchy;

/** Description length of a graph under a given partition; `group` (n_nodes) holds any labels below
 *  n_nodes. Degrees that are auto count as corrected, layers as shared; of auto weights that model
 *  counts which is shortest for this partition. Edges of zero weight are edges.
 *  ANA_ERR_VALUE for a graph without edges, a label >= n_nodes or a weight that the distribution
 *  does not allow, with the edge. */
ANA_API ANA_USE_RESULT ana_status ana_sbm_describe(const ana_graph *graph, const size_t *group,
                                                   const ana_sbm_options *options,
                                                   ana_sbm_length *out);

/** The same under a hierarchy whose top is a single group.
 *
 *  @param levels  n_levels (out) nats of each level; their sum is the total; may be NULL */
ANA_API ANA_USE_RESULT ana_status ana_sbm_describe_nested(const ana_graph *graph,
                                                          const ana_sbm_hierarchy *hierarchy,
                                                          const ana_sbm_options *options,
                                                          double *levels, ana_sbm_length *out);

/** The same of several layers: of a flat partition with any labels below n_nodes where the
 *  hierarchy has one level, else of one whose top is a single group. ANA_ERR_SHAPE when layers
 *  differ in the number of nodes or in direction; ANA_ERR_VALUE when they differ in names, or one
 *  has no edges. */
ANA_API ANA_USE_RESULT ana_status ana_sbm_describe_layers(const ana_sbm_layers *layers,
                                                          const ana_sbm_hierarchy *hierarchy,
                                                          const ana_sbm_options *options,
                                                          double *levels, ana_sbm_length *out);

/** The best partition found, or hierarchy of them; groups come in the order of their parents, then
 *  of falling size. All owned. */
typedef struct ana_sbm {
    size_t n_nodes;
    char **node_names;                           /**< n_nodes texts */
    ana_sbm_weights weights;                     /**< never auto */
    size_t n_trials;                             /**< of binomial weights; else 0 */
    double weight_lengths[ANA_SBM_WEIGHTS_AUTO]; /**< by ana_sbm_weights: nats of a short search
                                                      when weights were to be chosen; NaN: not
                                                      tried. Binomial: with ln n(n + 1) for n */
    size_t weight_index;                         /**< of the graph's weights */
    bool corrected;                              /**< for degrees */
    size_t n_layers;
    char **layer_names;    /**< n_layers */
    bool independent;      /**< layers */
    double other_layering; /**< the best found with layers treated otherwise; NaN: not asked for */
    ana_sbm_hierarchy hierarchy;
    ana_sbm_length length;
    double *level_lengths; /**< n_levels: nats of each */
    double one_group;      /**< nats were all nodes one group, with degrees treated alike */
    double other_degrees;  /**< the best found with degrees treated otherwise; NaN: not asked for */
    size_t n_restarts;
    size_t best_restart;     /**< the first of the shortest */
    double *restart_lengths; /**< n_restarts: nats each came to */
    size_t n_samples;        /**< 0: the next four are NULL */
    double *membership;    /**< n_nodes x n_groups[0]: share of samples in which the node is in the
                                group, groups of a sample matched one to one to the best partition's */
    double *similarity;    /**< n_nodes x n_nodes: share of samples in which both share a group */
    double *certainty;     /**< n_levels x n_nodes: share of samples in which the node is in its own
                                group of that level, matched as above */
    size_t *sample_groups; /**< n_samples: groups of the lowest level in each */
    double seconds;        /**< wall time; never saved in a record */
} ana_sbm;

/** Search for the partition, or hierarchy, of least description length: from every restart an
 *  agglomeration, then moves of single nodes, merges, splits and both at once until none gains,
 *  then rounds of Monte Carlo and the same again. Same seed, same bits, any number of threads.
 *
 *  Samples are of the posterior by Gibbs sweeps in four chains from the best. Of a hierarchy the
 *  lowest level is sampled, with as many groups as may be below each of the next level's, which
 *  stay as they are.
 *
 *  Up to 400 groups are found, of which 128 can be grouped further. Ways to deal degrees are
 *  counted exactly while a group's degrees sum to at most 290,000 and the counts that a graph can
 *  ask for are no more than 8 million; beyond, here and in describing, by Szekeres' (1953) formula,
 *  within 1% of the nats.
 *
 *  @return ANA_ERR_VALUE as ana_sbm_describe; ANA_ERR_LIMIT when it does not fit the run's memory;
 *  ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_sbm_fit(const ana_graph *graph,
                                              const ana_sbm_options *options, ana_sbm **out);

/** The same of several layers. */
ANA_API ANA_USE_RESULT ana_status ana_sbm_fit_layers(const ana_sbm_layers *layers,
                                                     const ana_sbm_options *options, ana_sbm **out);

/** "schema" is "communities". With `graph` (may be NULL; the one that was fitted), pictures of it:
 *  a matrix ordered by group up to 1000 nodes, a drawing up to 400. Also the hierarchy, who flows
 *  into which group from level to level, the share of samples in which nodes share a group, how
 *  many groups samples have, and a table of nodes. */
ANA_API ANA_USE_RESULT ana_status ana_sbm_to_record(const ana_sbm *sbm, const ana_graph *graph,
                                                    ana_record **out);

/** The same with pictures of up to a dozen layers, those that were fitted. */
ANA_API ANA_USE_RESULT ana_status ana_sbm_layers_to_record(const ana_sbm *sbm,
                                                           const ana_sbm_layers *layers,
                                                           ana_record **out);

/** ANA_ERR_FORMAT when the record is no such result. */
ANA_API ANA_USE_RESULT ana_status ana_sbm_from_record(const ana_record *record, ana_sbm **out);

ANA_API void ana_sbm_free(ana_sbm *sbm);

ANA_END_DECLS

#endif
