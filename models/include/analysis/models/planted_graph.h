/** Would a method find groups that are there?
 *
 *  Random weighted graphs with known groups, after the benchmark of Lancichinetti & Fortunato
 *  (2009, Phys. Rev. E 80, 016118): degrees and sizes of groups follow power laws, each node has a
 *  share of its edges, and another share of its strength, outside its group. */
#ifndef ANALYSIS_MODELS_PLANTED_GRAPH_H
#define ANALYSIS_MODELS_PLANTED_GRAPH_H

#include <analysis/models/graph.h>
#include <analysis/options.h>
#include <analysis/run.h>

ANA_BEGIN_DECLS

typedef struct ana_planted_options {
    ana_run run;
    size_t n_nodes;         /**< 10 to 10,000; default 125 */
    double mean_degree;     /**< default 25 */
    size_t max_degree;      /**< default 100 */
    double degree_exponent; /**< of degrees: P(k) ~ k^-exponent; default 2 */
    size_t min_group;       /**< default 20 */
    size_t max_group;       /**< default 50 */
    double size_exponent;   /**< of sizes of groups; default 1 */
    double mixing;          /**< share of a node's edges that leave its group; default 0.25 */
    double weight_mixing;   /**< share of its strength that does, 0.001 to 0.999; default 0.25 */
    double weight_exponent; /**< strength = degree^exponent; default 1.5 */
} ana_planted_options;

ANA_API ana_planted_options ana_planted_options_default(void);
ANA_API extern const ana_option ana_planted_option_table[];

/** An undirected graph without loops, and the group of each of its nodes.
 *
 *  Degrees are met up to what cannot be wired (a node of more edges within its group than that has
 *  others), strengths as nearly as edges allow; edges are at random among all that keep degrees
 *  within and between groups.
 *
 *  @param group  n_nodes (out) 0, 1, ..., by falling size
 *  @return ANA_ERR_VALUE for sizes or degrees that no graph has; ANA_ERR_LIMIT; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_planted_graph(const ana_planted_options *options,
                                                    ana_graph **out, size_t *group);

ANA_END_DECLS

#endif
