/* The cells of a connectome by name. */
#ifndef MODELS_ANATOMICAL_NAMES_H
#define MODELS_ANATOMICAL_NAMES_H

#include "workspace.h"

#include <analysis/models/anatomical_network.h>

/* A name as it stands in a source, and the node it is. */
typedef struct cell_name {
    const char *given;
    size_t node;
} cell_name;

/* Borrows the names of the list. */
typedef struct cell_names {
    size_t n; /* nodes */
    const char **names;
    size_t n_given;
    cell_name *given; /* ascending, each once */
} cell_names;

/* The nodes of a list: its cells, or those that its rows name, sorted; without what is no neuron
 * when only neurons are wanted. Respelt and other names are counted. */
ANA_USE_RESULT ana_status cell_names_new(const ana_synapse_list *list,
                                         const ana_anatomical_options *options,
                                         ana_workspace *workspace, cell_names *out,
                                         ana_anatomical_counts *counts);

/* The node of a name, or n. */
size_t cell_names_find(const cell_names *names, const char *name);

#endif
