/** An input as a graph: a saved graph, a list of edges, or a matrix. */
#ifndef CLI_GRAPH_INPUT_H
#define CLI_GRAPH_INPUT_H

#include "connectome_input.h"
#include "console.h"

#include <analysis/models/graph.h>
#include <analysis/options.h>

/** How an input becomes a graph. */
typedef struct graph_input_options {
    const char *only;   /**< COLUMN=TEXT of lists of edges; NULL: all rows */
    const char *weight; /**< column of a list of edges; NULL: by its name, or 1 for each edge */
    bool directed;
    double above; /**< edges that weigh more are taken; NaN: all */
    connectome_options connectome;
} graph_input_options;

graph_input_options graph_input_options_default(void);
extern const ana_option graph_input_option_table[];

/** *out = the graph in `path`: a saved graph (.h5, .json or a folder); a published connectome
 *  (connectome_input.h); a CSV or TSV with columns from and to, source and target, or pre and post;
 *  else a square matrix (row: from), of which zeros, NaN and the diagonal are no edges. A saved
 *  graph keeps its own direction. What is left out is said on stderr. */
ANA_USE_RESULT ana_status load_graph(const char *path, const graph_input_options *options,
                                     const console_options *console, const ana_run *run,
                                     ana_graph **out);

/** Says how many edges are loops, which numbers of networks pass over. */
void say_loops(const ana_graph *graph, const console_options *console);

#endif
