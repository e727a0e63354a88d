/** The communities of every visit of every animal, and what they say of each epoch. */
#ifndef MODELS_CONNECTOME_VISITS_H
#define MODELS_CONNECTOME_VISITS_H

#include "workspace.h"

#include <analysis/models/connectome_dynamics.h>

typedef struct connectome_visits {
    const ana_connectome *connectome;
    const ana_connectome_epochs *epochs;
    const ana_connectome_dynamics_options *options;
    double *course_sums; /**< animal x (time + 1) x motif: of the courses up to there */
    size_t *reference;   /**< neuron: community in the mean graph */
    size_t n_reference;
    size_t n_slots;
    double *doubles; /**< n_slots times n_doubles */
    size_t n_doubles;
    size_t *sizes; /**< n_slots times n_sizes */
    size_t n_sizes;
    size_t *label;    /**< animal x visit x restart x neuron */
    double *hold;     /**< likewise: how firmly */
    size_t *n_groups; /**< animal x visit x restart */
    double *overlap;  /**< neuron x neuron */
    size_t *partner;  /**< neuron */
} connectome_visits;

/** What following epochs says of one arrangement: epoch x neuron, and by community. */
typedef struct connectome_counts {
    double *of_community; /**< epoch x neuron x (n_reference + 1): partitions */
    double *held;         /**< likewise: the sum of how firmly they hold the neuron */
    double *all;          /**< epoch x neuron: partitions */
} connectome_counts;

/** All of it the workspace's; finds the reference. ANA_ERR_VALUE for a connectome that is 0. */
ANA_USE_RESULT ana_status connectome_visits_new(const ana_connectome *connectome,
                                                const ana_connectome_epochs *epochs,
                                                const ana_connectome_dynamics_options *options,
                                                ana_workspace *workspace, connectome_visits *out);

/** Counts of arrangement `arrangement`: 0 is the data as they are, others turn the courses. */
ANA_USE_RESULT ana_status connectome_count(connectome_visits *visits, size_t arrangement,
                                           connectome_counts *out);

#endif
