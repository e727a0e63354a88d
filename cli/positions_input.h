/** Where the nodes of a graph are. */
#ifndef CLI_POSITIONS_INPUT_H
#define CLI_POSITIONS_INPUT_H

#include "console.h"

#include <analysis/models/graph.h>

/** *positions = graph->n_nodes x *n_axes numbers, to be freed, NaN where the file lacks the node: a
 *  table with a column of names and columns x, y (and z), or else its first two or three columns of
 *  numbers. How many nodes have no place is said on stderr. */
ANA_USE_RESULT ana_status load_positions(const char *path, const ana_graph *graph,
                                         const ana_run *run, size_t *n_axes, double **positions);

#endif
