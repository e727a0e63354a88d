/** What shape has a series, seen as a graph: which of its points see one another?
 *
 *  Every sample is a node. Natural visibility (Lacasa et al. 2008, PNAS 105(13)): i and j > i are
 *  connected when every sample between lies below the straight line from one to the other,
 *  y_k < y_i + (y_j - y_i)(t_k - t_i)/(t_j - t_i). Horizontal visibility (Luque et al. 2009, Phys.
 *  Rev. E 80, 046103): when every sample between is lower than both. Whether a point lies below a
 *  line is decided exactly, not to rounding, so that scaling and shifting by powers of two never
 *  change an edge. */
#ifndef ANALYSIS_MODELS_VISIBILITY_H
#define ANALYSIS_MODELS_VISIBILITY_H

#include <analysis/models/graph.h>
#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_visibility_kind {
    ANA_VISIBILITY_NATURAL,
    ANA_VISIBILITY_HORIZONTAL
} ana_visibility_kind;

/** What an edge from (t_i, y_i) to the later (t_j, y_j) weighs. */
typedef enum ana_visibility_weight {
    ANA_VISIBILITY_ONE,
    ANA_VISIBILITY_DURATION, /**< t_j - t_i */
    ANA_VISIBILITY_SLOPE,    /**< (y_j - y_i) / (t_j - t_i) */
    ANA_VISIBILITY_ANGLE     /**< atan of the slope, radians */
} ana_visibility_weight;

typedef struct ana_visibility_options {
    ana_run run;
    ana_visibility_kind kind;     /**< default natural */
    ana_visibility_weight weight; /**< default one */
    bool directed;                /**< edges lead from the earlier to the later; default false */
    size_t window;                /**< samples an edge spans at most; 0, the default: any number */
    double view_angle; /**< keep edges that make less than this angle with straight down, seen from
                            the earlier end (Bezsudnov & Snarskii 2014), radians; default pi: all */
} ana_visibility_options;

ANA_API ana_visibility_options ana_visibility_options_default(void);
ANA_API extern const ana_option ana_visibility_option_table[];

/** The graph of n samples, nodes in their order.
 *
 *  Horizontal: O(n). Natural: from the highest sample of each stretch outward, O(n log n) for
 *  series without trend, O(n^2) at worst.
 *
 *  @param times  n, ascending; NULL: 0, 1, 2, ...
 *  @return ANA_ERR_VALUE names the sample that is missing, not finite or not later than the one
 *  before; ANA_ERR_LIMIT when the edges do not fit the run's memory. */
ANA_API ANA_USE_RESULT ana_status ana_visibility_graph(size_t n, const double *times,
                                                       const double *values,
                                                       const ana_visibility_options *options,
                                                       ana_graph **out);

/** How unlike are past and future: the Kullback-Leibler divergence of the distribution of edges to
 *  later samples from that of edges to earlier ones, nats (Lacasa et al. 2012, Eur. Phys. J. B 85).
 *  About 0 for a reversible process. Numbers of edges that occur on one side only are left out, as
 *  there; +inf would be the value of nearly every series. ANA_ERR_VALUE unless `directed`. */
ANA_API ANA_USE_RESULT ana_status ana_visibility_irreversibility(const ana_graph *graph,
                                                                 double *out);

ANA_END_DECLS

#endif
