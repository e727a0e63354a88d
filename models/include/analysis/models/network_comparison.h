/** Do two networks of the same nodes agree: does function follow structure?
 *
 *  A reference network (anatomical: who touches whom) and another one (functional: who goes
 *  together), joined by the names of their nodes, and looked at pair by pair: ordered pairs when
 *  both are directed, else unordered ones, with a directed network's two ways added. Each pair has
 *  a class by its edges in the reference, "chemical", "electrical" or "both" where it has weights
 *  of these names (anatomical_network.h), else "edge"; or "none". Its strength is the weight in the
 *  other network, 0 where it has no edge.
 *
 *  | statistic | |
 *  |---|---|
 *  | pearson, spearman | of weight and strength over all pairs |
 *  | jaccard | pairs with an edge in both over pairs with one in either |
 *  | auc | for each class: the chance that a pair of it is stronger than one without an edge |
 *  | within | for each class: Pearson's correlation of weight and strength over its own pairs |
 *
 *  auc counts ties half: it is the area under the ROC curve of telling edges from strengths.
 *
 *  How far chance goes is told by three kinds of random reference networks, each of which moves the
 *  reference's pairs (class and weight together) among the nodes:
 *  - labels: the nodes change names (quadratic assignment, Hubert & Schultz 1976): all of its
 *    structure stays, that it is on these nodes does not;
 *  - degrees: every node keeps its number of partners (Maslov & Sneppen 2002), all else goes; of a
 *    complete network, where every pair has an edge, nothing can move;
 *  - distance: pairs as far apart change places: what is left is who is near.
 *
 *  p is two-sided: twice the smaller share of random values at least as far out, both counted with
 *  the observed one among them (Phipson & Smyth 2010). */
#ifndef ANALYSIS_MODELS_NETWORK_COMPARISON_H
#define ANALYSIS_MODELS_NETWORK_COMPARISON_H

#include <analysis/models/graph.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** What a pair is in the reference; ANA_PAIR_ANY stands for all but none. */
typedef enum ana_pair_class {
    ANA_PAIR_ANY,
    ANA_PAIR_FIRST,  /**< chemical alone; or an edge */
    ANA_PAIR_SECOND, /**< electrical alone */
    ANA_PAIR_BOTH,
    ANA_PAIR_NONE,
    ANA_PAIR_N_CLASSES
} ana_pair_class;

#define ANA_PAIR_LINKED                                                                            \
    ANA_PAIR_NONE /**< number of classes with an edge: any, first, second, both */

typedef enum ana_comparison_statistic {
    ANA_COMPARE_PEARSON,
    ANA_COMPARE_SPEARMAN,
    ANA_COMPARE_JACCARD,
    ANA_COMPARE_AUC,                                        /**< + class */
    ANA_COMPARE_WITHIN = ANA_COMPARE_AUC + ANA_PAIR_LINKED, /**< + class */
    ANA_COMPARE_N = ANA_COMPARE_WITHIN + ANA_PAIR_LINKED
} ana_comparison_statistic;

typedef enum ana_comparison_null {
    ANA_COMPARE_LABELS,
    ANA_COMPARE_DEGREES,
    ANA_COMPARE_DISTANCE,
    ANA_COMPARE_N_NULLS
} ana_comparison_null;

typedef struct ana_comparison_options {
    ana_run run;
    size_t n_nulls;      /**< of each kind; default 500 */
    double swaps;        /**< tried for each edge, degrees; default 10 */
    size_t n_bins;       /**< of distance, equally full; default 10 */
    bool with_sign;      /**< strengths keep their sign; default no: their size */
    size_t weight_index; /**< which weight of the other network; default 0 */
} ana_comparison_options;

ANA_API ana_comparison_options ana_comparison_options_default(void);
ANA_API extern const ana_option ana_comparison_option_table[];

#define ANA_ROC_POINTS 101 /**< at false positive rates 0, 0.01, ..., 1 */

/** All owned. A statistic without a value (a class without pairs, strengths that do not vary) is
 *  NaN. */
typedef struct ana_network_comparison {
    size_t n_nodes;       /**< shared */
    size_t n_only_first;  /**< nodes of the reference alone */
    size_t n_only_second; /**< of the other alone */
    char **node_names;    /**< n_nodes, in the order of the reference */
    bool ordered;
    bool two_kinds; /**< classes are chemical, electrical and both */
    bool with_sign;
    size_t n_pairs;
    size_t *from; /**< n_pairs nodes each */
    size_t *to;
    ana_pair_class *classes; /**< n_pairs */
    double *weights;         /**< n_pairs, reference */
    double *strengths;       /**< n_pairs, other */
    size_t n_in_class[ANA_PAIR_N_CLASSES];
    double mean[ANA_PAIR_N_CLASSES]; /**< of strengths */
    double median[ANA_PAIR_N_CLASSES];
    double roc[ANA_PAIR_LINKED][ANA_ROC_POINTS]; /**< true positive rates */
    double value[ANA_COMPARE_N];
    size_t n_nulls;
    bool has_null[ANA_COMPARE_N_NULLS];
    double null_mean[ANA_COMPARE_N_NULLS][ANA_COMPARE_N];
    double null_sd[ANA_COMPARE_N_NULLS][ANA_COMPARE_N];
    double null_low[ANA_COMPARE_N_NULLS][ANA_COMPARE_N]; /**< the middle 95% */
    double null_high[ANA_COMPARE_N_NULLS][ANA_COMPARE_N];
    double z[ANA_COMPARE_N_NULLS][ANA_COMPARE_N];
    double p[ANA_COMPARE_N_NULLS][ANA_COMPARE_N];
} ana_network_comparison;

/** "pearson", "auc chemical", ...; "chemical", ...; "labels", ... */
ANA_API const char *ana_comparison_statistic_name(ana_comparison_statistic statistic,
                                                  bool two_kinds);
ANA_API const char *ana_pair_class_name(ana_pair_class pair, bool two_kinds);
ANA_API const char *ana_comparison_null_name(ana_comparison_null null);

/** Where the nodes of the reference are; borrowed. */
typedef struct ana_node_positions {
    size_t n_axes;
    const double *positions; /**< nodes x n_axes; NaN: unknown */
} ana_node_positions;

/** Compare. `positions` may be NULL: then no random networks by distance.
 *
 *  @return ANA_ERR_VALUE for an option out of range, fewer than three shared nodes, a name that
 *  stands twice in a network, or a weight the other does not have; ANA_ERR_LIMIT; ANA_ERR_MEMORY;
 *  ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_network_compare(const ana_graph *reference,
                                                      const ana_graph *other,
                                                      const ana_node_positions *positions,
                                                      const ana_comparison_options *options,
                                                      ana_network_comparison **out);

/** "schema" is "network comparison"; with ROC curves, boxes of strengths by class, and the areas
 *  beside those of random networks. */
ANA_API ANA_USE_RESULT ana_status
ana_network_comparison_to_record(const ana_network_comparison *comparison, ana_record **out);

ANA_API void ana_network_comparison_free(ana_network_comparison *comparison);

ANA_END_DECLS

#endif
