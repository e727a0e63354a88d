/* What the files of network_comparison.h share. */
#ifndef MODELS_COMPARISON_PARTS_H
#define MODELS_COMPARISON_PARTS_H

#include "workspace.h"

#include <analysis/models/network_comparison.h>

/* The reference's side of all pairs, as they are or moved; ranks are of the weights. */
typedef struct pair_side {
    ana_pair_class *classes;
    double *weights;
    double *ranks;
} pair_side;

/* The other side, which stays where it is. */
typedef struct strength_side {
    size_t n_pairs;
    const double *strengths;
    double *ranks;
    size_t *order; /* of pairs, strongest first */
} strength_side;

/* values[ANA_COMPARE_N]; allocates nothing. */
void comparison_measure(const pair_side *first, const strength_side *second, double *values);

/* Means, medians and ROC curves by class. */
ANA_USE_RESULT ana_status comparison_describe(const pair_side *first, const strength_side *second,
                                              ana_network_comparison *out);

/* Moments, z and p of the observed values against random networks. */
ANA_USE_RESULT ana_status comparison_test(const pair_side *first, const strength_side *second,
                                          const ana_node_positions *positions,
                                          const ana_comparison_options *options,
                                          ana_network_comparison *out);

#endif
