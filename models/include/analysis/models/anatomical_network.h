/** Which neurons touch which, by chemical synapses and by gap junctions?
 *
 *  Published connectomes, whatever their layout, as one graph: directed, with the weights
 *  "chemical" and "electrical" (and "extrasynaptic" where there are such rows) of each edge. The
 *  rules are stated, and what they leave out is counted:
 *  - rows that say the same (from, to, kind) are summed;
 *  - a gap junction is one weight both ways, by `junctions`: some sources list it from either end,
 *    some from one, a few from both with different numbers;
 *  - where at least half of the names are neurons of C. elegans (worm_neurons.h), a name that is
 *  one but for its spelling ("VB02") takes the list's; others, muscles and glia, are counted: kept,
 *    or left out with `neurons_only`;
 *  - rows that say again what others say from the other end (the R and Rp of Chen, Hall &
 *    Chklovskii 2006) and rows that end on no cell (their NMJ) are not used;
 *  - a weight that is missing or 0 makes no edge; a negative one is an error;
 *  - loops (autapses) stay: every number of network_features.h passes over them.
 *
 *  | layout | columns |
 *  |---|---|
 *  | nemanode: White 1986, Witvliet 2021 | pre, post, type (chemical, electrical), synapses |
 *  | OpenWorm | Origin, Target, Type (Send, GapJunction), Number of Connections |
 *  | OpenWorm, other lists | Source, Target, Weight, Type |
 *  | Chen, Hall & Chklovskii 2006 | Neuron 1, Neuron 2, Type (S and Sp: chemical; EJ), Nbr |
 *  | Cook et al. 2019 as a list | pre, post, typ (0 chemical, 2 electrical), syn |
 *  | Cook et al. 2019 as a sheet | see ana_anatomical_sheet_from_table |
 *  | Bentley et al. 2016 | source neuron, target neuron, transmitter, receptor: extrasynaptic |
 *
 *  Extrasynaptic rows weigh 1 for each transmitter and receptor. */
#ifndef ANALYSIS_MODELS_ANATOMICAL_NETWORK_H
#define ANALYSIS_MODELS_ANATOMICAL_NETWORK_H

#include <analysis/models/graph.h>
#include <analysis/options.h>
#include <analysis/status.h>
#include <analysis/table.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** What a row of a connectome is; also the columns of weights, in this order. */
typedef enum ana_synapse {
    ANA_SYNAPSE_CHEMICAL,
    ANA_SYNAPSE_ELECTRICAL,
    ANA_SYNAPSE_EXTRASYNAPTIC,
    ANA_SYNAPSE_UNUSED /**< says nothing new */
} ana_synapse;

/** The weight of a gap junction, from the two sums of rows one way and the other. */
typedef enum ana_junction_rule {
    ANA_JUNCTION_LARGER, /**< whether listed from one end or from both, it counts once */
    ANA_JUNCTION_SUM,    /**< each row is a junction of its own */
    ANA_JUNCTION_MEAN    /**< of both ways; one that is not listed is 0 */
} ana_junction_rule;

typedef struct ana_anatomical_options {
    ana_junction_rule junctions; /**< default the larger */
    bool neurons_only;           /**< leave out what is no neuron by name; default false */
} ana_anatomical_options;

ANA_API ana_anatomical_options ana_anatomical_options_default(void);
ANA_API extern const ana_option ana_anatomical_option_table[];

/** What was in the rows. */
typedef struct ana_anatomical_counts {
    size_t n_rows;
    size_t n_unused;       /**< rows of ANA_SYNAPSE_UNUSED */
    size_t n_missing;      /**< without a name or a weight */
    size_t n_zero;         /**< of weight 0 */
    size_t n_repeated;     /**< of the same from, to and kind as one before: summed */
    size_t n_one_way;      /**< gap junctions listed from one end */
    size_t n_unequal;      /**< gap junctions whose two ways differ */
    size_t n_loops;        /**< edges of a cell with itself */
    bool is_worm;          /**< half of the names are neurons of C. elegans: */
    size_t n_respelt;      /**< names that took the list's form */
    size_t n_others;       /**< names that are no neurons */
    size_t n_other_rows;   /**< rows left out by `neurons_only` */
    char other_names[160]; /**< the first of them, comma between */
} ana_anatomical_counts;

/** Rows of a connectome; borrowed. */
typedef struct ana_synapse_list {
    size_t n;
    const char *const *from; /**< n names; NULL: missing */
    const char *const *to;
    const ana_synapse *kinds; /**< n */
    const double *weights;    /**< n; NaN: missing */
    size_t n_cells; /**< cells, also those without an edge; 0: those of the rows, sorted */
    const char *const *cells; /**< n_cells names, in the order of the graph's nodes */
} ana_synapse_list;

/** The graph of a list. `options` and `counts` may be NULL.
 *
 *  @return ANA_ERR_VALUE for an option out of range, a weight that is negative or infinite (names
 *  the row), `neurons_only` where there are too few, or a cell that stands twice in `cells`;
 *  ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_anatomical_network(const ana_synapse_list *list,
                                                         const ana_anatomical_options *options,
                                                         ana_graph **out,
                                                         ana_anatomical_counts *counts);

/** Whether a table has the columns of one of the layouts above, and says of each row what it is.
 *  Letters of columns and kinds may be small or large. */
ANA_API bool ana_anatomical_is_table(const ana_table *table);

/** The graph of such a table; ANA_ERR_FORMAT when it is none. A row's numbers (a ragged column) are
 *  summed. */
ANA_API ANA_USE_RESULT ana_status ana_anatomical_from_table(const ana_table *table,
                                                            const ana_anatomical_options *options,
                                                            ana_graph **out,
                                                            ana_anatomical_counts *counts);

/** Matrices of the same cells; borrowed. */
typedef struct ana_anatomical_matrices {
    size_t n;
    const char *const *cells; /**< n names */
    const double *chemical;   /**< n x n; NaN and 0: no edge; may be NULL */
    const double *electrical; /**< likewise */
    bool rows_receive;        /**< a row is a receiver, as in a table of responses; else a sender */
    const double *p;          /**< n x n p or q values of `chemical`, or NULL */
    double below;             /**< with p: only where it is below this */
} ana_anatomical_matrices;

ANA_API ANA_USE_RESULT ana_status ana_anatomical_from_matrices(
    const ana_anatomical_matrices *matrices, const ana_anatomical_options *options, ana_graph **out,
    ana_anatomical_counts *counts);

/** The cells of a sheet of Cook et al. (2019). All owned. */
typedef struct ana_anatomical_sheet {
    size_t n_from;
    size_t n_to;
    char **from;     /**< n_from names: the senders */
    char **to;       /**< n_to names: the receivers */
    double *weights; /**< n_from x n_to; NaN where a cell is empty */
} ana_anatomical_sheet;

/** *out = the weights in a sheet, which is the caller's, to be freed: names of receivers in a row,
 *  of senders in a column, above and left of them groups of cells, below and right of them sums.
 *  ANA_ERR_FORMAT when there is no such row and column. */
ANA_API ANA_USE_RESULT ana_status ana_anatomical_sheet_from_table(const ana_table *table,
                                                                  ana_anatomical_sheet **out);
ANA_API void ana_anatomical_sheet_free(ana_anatomical_sheet *sheet);

/** The graph of sheets of chemical and of electrical synapses, either of which may be NULL. */
ANA_API ANA_USE_RESULT ana_status ana_anatomical_from_sheets(const ana_anatomical_sheet *chemical,
                                                             const ana_anatomical_sheet *electrical,
                                                             const ana_anatomical_options *options,
                                                             ana_graph **out,
                                                             ana_anatomical_counts *counts);

/** Which edges of an anatomical graph to look at. */
typedef enum ana_anatomical_edges {
    ANA_ANATOMICAL_BOTH,     /**< directed; "synapses", the sum, then "chemical" and "electrical" */
    ANA_ANATOMICAL_CHEMICAL, /**< directed */
    ANA_ANATOMICAL_ELECTRICAL,   /**< undirected */
    ANA_ANATOMICAL_EXTRASYNAPTIC /**< directed */
} ana_anatomical_edges;

/** *out = the same nodes with those edges. ANA_ERR_VALUE when the graph has no such weight. */
ANA_API ANA_USE_RESULT ana_status ana_anatomical_take(const ana_graph *graph,
                                                      ana_anatomical_edges edges, ana_graph **out);

ANA_END_DECLS

#endif
