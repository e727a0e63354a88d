/** Inputs as layers: several graphs, or one that is split. */
#ifndef CLI_LAYERS_INPUT_H
#define CLI_LAYERS_INPUT_H

#include "graph_input.h"
#include "job.h"

/** Graphs on the same nodes; all owned. */
typedef struct layers_input {
    size_t n;
    ana_graph **graphs;
    char **names;
} layers_input;

/** Each input of the job a layer, called by its file; or one input, of which `split` (NULL: it is
 *  one layer) names a column of texts of a list of edges, each of which is a layer, or "weights":
 *  each weight of a graph is one. */
ANA_USE_RESULT ana_status load_layers(command_job *job, const graph_input_options *options,
                                      const char *split, layers_input *out);

void release_layers(layers_input *layers);

#endif
