/** Comparison of the connectome's reference files with what the library computes: compare_<name>.c
 *  holds the files <name>*.h5, and has one row in the table of main.c. */
#ifndef TESTS_REFERENCE_CONNECTOME_H
#define TESTS_REFERENCE_CONNECTOME_H

#include "support/reference_folder.h"

#include <analysis/models/graph.h>

void compare_adhd(const h5_reference *file, tally *counts);
void compare_affinity(const h5_reference *file, tally *counts);
void compare_homogenise(const h5_reference *file, tally *counts);
void compare_networks(const h5_reference *file, tally *counts);
/** Communities in networks.h5, which compare_sbm goes on with: the rest of that file has a
 * comparison of its own. */
void compare_community(tally *counts);
void compare_sbm(const h5_reference *file, tally *counts);
void compare_ntf(const h5_reference *file, tally *counts);
void compare_visibility(const h5_reference *file, tally *counts);

/** The metrics of visibility.json for one undirected graph of kind "natural" or "horizontal". */
void compare_visibility_metrics(const char *name, const char *kind, const ana_graph *graph,
                                tally *counts);

#endif
