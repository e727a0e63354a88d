/** Into which groups does a network fall whose edges run more within groups than chance would have
 *  it?
 *
 *  Modularity (Newman & Girvan 2004, Phys. Rev. E 69, 026113; resolution: Reichardt & Bornholdt
 *  2006, Phys. Rev. E 74, 016110; directed: Leicht & Newman 2008, Phys. Rev. Lett. 100, 118703) and
 *  its optimisation by Leiden (Traag, Waltman & van Eck 2019, Sci. Rep. 9, 5233), whose groups are
 *  connected. A resolution has to be chosen and any graph gets groups, random ones too; the block
 *  models of sbm.h say how many groups a graph warrants. */
#ifndef ANALYSIS_MODELS_COMMUNITY_H
#define ANALYSIS_MODELS_COMMUNITY_H

#include <analysis/models/graph.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** Weights of a graph, and how large groups are to be. */
typedef struct ana_leiden_options {
    ana_run run;
    bool weighted;       /**< else every edge weighs 1; default true */
    size_t weight_index; /**< of the graph's weights; default 0 */
    double resolution;   /**< 1: plain modularity; more: smaller groups; default 1 */
    double randomness;   /**< of the refinement, > 0; default 0.01 */
    size_t n_iterations; /**< 0, the default: until nothing changes */
    size_t n_restarts;   /**< the best counts; default 20 */
} ana_leiden_options;

ANA_API ana_leiden_options ana_leiden_options_default(void);
ANA_API extern const ana_option ana_leiden_option_table[];

/** Q = sum over groups of W_c / W - resolution * K_c^2 / (2 W)^2, with W_c the weight of its edges
 *  (loops once), K_c the strength of its nodes (loops twice), W the weight of all edges. Directed:
 *  - resolution * K_c^out K_c^in / W^2.
 *
 *  @param group  n_nodes labels below n_nodes
 *  @return ANA_ERR_VALUE for a label that is none, a negative weight, or a graph whose edges weigh
 *          nothing. */
ANA_API ANA_USE_RESULT ana_status ana_modularity(const ana_graph *graph, const size_t *group,
                                                 const ana_leiden_options *options, double *out);

/** Groups of largest modularity among restarts of Leiden, in the order of falling size. Calls wait
 *  for one another; same seed, same groups.
 *
 *  @param group       n_nodes (out) 0 ... n_groups - 1
 *  @param n_groups    (out)
 *  @param modularity  n_restarts (out) of each; may be NULL
 *  @return ANA_ERR_VALUE as ana_modularity, and for a directed graph; ANA_ERR_MEMORY;
 *          ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_leiden(const ana_graph *graph,
                                             const ana_leiden_options *options, size_t *group,
                                             size_t *n_groups, double *modularity);

/** "schema" is "leiden": groups, modularity of each restart, and pictures of the graph by group.
 *
 *  @param modularity  options->n_restarts, as ana_leiden gives them */
ANA_API ANA_USE_RESULT ana_status ana_leiden_to_record(const ana_graph *graph,
                                                       const ana_leiden_options *options,
                                                       const size_t *group,
                                                       const double *modularity, ana_record **out);

ANA_END_DECLS

#endif
