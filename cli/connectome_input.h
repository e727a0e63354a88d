/** A published connectome as a graph. */
#ifndef CLI_CONNECTOME_INPUT_H
#define CLI_CONNECTOME_INPUT_H

#include "console.h"

#include <analysis/models/anatomical_network.h>
#include <analysis/options.h>
#include <analysis/table.h>

/** Which edges are taken. */
typedef enum connectome_edges {
    EDGES_AUTO, /**< of a connectome both, else the rows as they are */
    EDGES_ROWS, /**< a plain list of edges */
    EDGES_BOTH,
    EDGES_CHEMICAL,
    EDGES_ELECTRICAL,
    EDGES_EXTRASYNAPTIC
} connectome_edges;

typedef struct connectome_options {
    ana_anatomical_options anatomical;
    int edges;
    const char *gap_junctions; /**< a second matrix or sheet */
    const char *names;         /**< of the cells of matrices */
    const char *significance;  /**< a matrix of p or q values */
    double below;
    bool rows_receive;
} connectome_options;

connectome_options connectome_options_default(void);
extern const ana_option connectome_option_table[];

/** *out = the connectome in `path`, NULL when it is none: then it is a plain graph. `table` is what
 *  a text file holds, else NULL. What is summed and left out is said on stderr. */
ANA_USE_RESULT ana_status load_connectome(const char *path, const ana_table *table,
                                          const connectome_options *options,
                                          const console_options *console, const ana_run *run,
                                          ana_graph **out);

/** The edges asked for of a graph that is already one; a plain one stays what it is unless they are
 *  asked for by name. */
ANA_USE_RESULT ana_status take_connectome_edges(int edges, ana_graph **held);

/** The kinds of synapses alone as weights, without the sum of them that stands first. */
ANA_USE_RESULT ana_status take_connectome_kinds(ana_graph **held);

#endif
