/** Which patterns of three nodes are there more often than chance would have it?
 *
 *  The sixteen kinds of groups of three (network_features.h, ana_network_triads) of a network
 *  beside those of random ones, and how strong and how even their edges are; and of each node the
 *  directed cycles of three it takes part in. Undirected edges count as both ways.
 *
 *  Of a kind of group that is connected, over its groups g with edges of weights w, scaled by the
 *  largest size of a weight (Onnela, Saramaki, Kertesz & Kaski 2005, Phys. Rev. E 71, 065103):
 *  intensity = mean of I(g), the geometric mean of w; coherence = mean of I(g) over the arithmetic
 *  mean of w, 1 when the edges are alike. Loops count in none.
 *
 *  Random networks keep each node's numbers of edges in and out, and by default its number of edges
 *  both ways as well (Milo et al. 2002, Science 298, 824): then a kind is not frequent because
 *  answered edges are. p is two-sided, as in network_comparison.h; q is p adjusted over the
 *  connected kinds, or over the nodes, by Benjamini & Hochberg. */
#ifndef ANALYSIS_MODELS_NETWORK_MOTIFS_H
#define ANALYSIS_MODELS_NETWORK_MOTIFS_H

#include <analysis/models/graph.h>
#include <analysis/models/network_features.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** What random networks keep, beside edges in and out of each node. */
typedef enum ana_motif_keep {
    ANA_MOTIF_KEEP_MUTUAL, /**< edges both ways */
    ANA_MOTIF_KEEP_DEGREES /**< nothing */
} ana_motif_keep;

typedef struct ana_motif_options {
    ana_run run;
    size_t weight_index; /**< which weight; default 0 */
    size_t n_nulls;      /**< default 200 */
    double swaps;        /**< tried for each edge; default 10 */
    ana_motif_keep keep; /**< default mutual */
} ana_motif_options;

ANA_API ana_motif_options ana_motif_options_default(void);
ANA_API extern const ana_option ana_motif_option_table[];

/** A number beside those of random networks; NaN where there are none, or where they do not differ.
 */
typedef struct ana_beside_chance {
    double value;
    double null_mean;
    double null_sd;
    double z;
    double p;
    double q;
} ana_beside_chance;

/** All owned. */
typedef struct ana_network_motifs {
    size_t n_nodes;
    bool directed;
    size_t n_nulls;
    char **node_names;
    ana_beside_chance count[ANA_N_TRIADS];
    ana_beside_chance intensity[ANA_N_TRIADS]; /**< NaN for kinds that are not connected */
    ana_beside_chance coherence[ANA_N_TRIADS];
    ana_beside_chance *cycles3; /**< n_nodes */
} ana_network_motifs;

/** Whether all three nodes of a kind of group are connected: all but 003, 012 and 102. */
ANA_API bool ana_triad_is_connected(size_t kind);

/** @return ANA_ERR_VALUE for an option out of range, or a weight the graph does not have;
 *  ANA_ERR_LIMIT; ANA_ERR_MEMORY; ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_network_motifs_new(const ana_graph *graph,
                                                         const ana_motif_options *options,
                                                         ana_network_motifs **out);

/** "schema" is "network motifs". */
ANA_API ANA_USE_RESULT ana_status ana_network_motifs_to_record(const ana_network_motifs *motifs,
                                                               ana_record **out);

ANA_API void ana_network_motifs_free(ana_network_motifs *motifs);

ANA_END_DECLS

#endif
