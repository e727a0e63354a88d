/** A network under a partition, or a whole hierarchy of them: its description length, and what a
 *  move changes of it, in O(degree of what moves + pairs of groups it touches).
 *
 *      ana_sbm_pick_node(state, i);
 *      double delta = ana_sbm_propose(state, group);   // for any number of groups
 *      ana_sbm_apply(state);                           // the last one proposed */
#ifndef ANALYSIS_MODELS_SBM_STATE_H
#define ANALYSIS_MODELS_SBM_STATE_H

#include "sbm_network.h"

#include <stdint.h>

enum {
    ANA_SBM_MOST_LEVELS = 10
};

/** Between two groups. */
typedef struct ana_sbm_pair {
    ana_sbm_amount amount;
    double term;   /**< nats */
    uint32_t mark; /**< 1 + its place in the list of changes; 0: not in it */
} ana_sbm_pair;

typedef struct ana_sbm_change {
    uint32_t layer;
    uint32_t a;
    uint32_t b;
    ana_sbm_amount amount; /**< added */
    double term;           /**< then */
} ana_sbm_change;

/** Sizes that a move changes. */
typedef struct ana_sbm_step {
    size_t lose;
    size_t gain;
    size_t n_lost;
    size_t n_gained;
    size_t n_nodes;  /**< then */
    size_t n_groups; /**< then */
} ana_sbm_step;

typedef struct ana_sbm_level {
    bool upper;
    size_t n_layers;
    size_t n;                    /**< slots for nodes */
    size_t capacity;             /**< slots for groups */
    size_t n_nodes;              /**< that are there */
    size_t n_groups;             /**< that are not empty */
    size_t *group;               /**< n */
    size_t *size;                /**< capacity */
    size_t *order;               /**< capacity: groups, those that are not empty first */
    size_t *place;               /**< capacity: where each stands in `order` */
    ana_sbm_pair *pairs;         /**< n_layers x capacity x capacity; undirected: a <= b */
    ana_sbm_totals *totals;      /**< n_layers */
    ana_sbm_totals *totals_then; /**< n_layers: after the step */
    size_t n_changes;
    ana_sbm_change *changes; /**< up to n_layers x (4 capacity + 4) */
    ana_sbm_step step;
} ana_sbm_level;

/** What is about to move: a node of the lowest level here, or all of a group. */
typedef struct ana_sbm_picked {
    bool is_group;
    size_t node;
    size_t from;
    size_t size;
    double *degree;       /**< n_dealt */
    double *held;         /**< n_dealt: how many of it are in the layer */
    ana_sbm_amount *loop; /**< n_layers */
    size_t n_touched;
    size_t *touched;         /**< capacity: groups it has edges with */
    bool *is_touched;        /**< capacity */
    ana_sbm_amount *with[2]; /**< capacity x n_layers: edges to, and (directed) from, each group */
} ana_sbm_picked;

/** Degrees of one kind, group by group. */
typedef struct ana_sbm_hand {
    double *sum;         /**< capacity */
    double *size;        /**< capacity: nodes that are in the layer */
    uint32_t *histogram; /**< capacity x classes */
} ana_sbm_hand;

typedef struct ana_sbm_state {
    const ana_sbm_terms *terms;
    const ana_sbm_network *network;
    bool prior_below; /**< the lowest level of a hierarchy pays for sums of weights */
    size_t n_levels;
    ana_sbm_level levels[ANA_SBM_MOST_LEVELS];
    ana_sbm_hand *hands; /**< the network's n_dealt */
    ana_sbm_picked picked;
} ana_sbm_state;

/** Room for partitions of up to `capacity` groups, in the workspace. */
ANA_USE_RESULT ana_status ana_sbm_state_make(const ana_sbm_terms *terms,
                                             const ana_sbm_network *network, size_t capacity,
                                             ana_workspace *workspace, ana_sbm_state *out);

/** Bytes of that room. */
size_t ana_sbm_state_bytes(const ana_sbm_network *network, size_t capacity);

/** Room for level l >= 1, of n nodes (groups below) and up to `capacity` groups. */
ANA_USE_RESULT ana_status ana_sbm_state_reserve(ana_sbm_state *state, size_t l, size_t n,
                                                size_t capacity, ana_workspace *workspace);

/** Put a level on top, where there is room: group[i] (below n_groups) of each group i < n of the
 *  level now on top. */
void ana_sbm_state_stack(ana_sbm_state *state, size_t n, const size_t *group, size_t n_groups);

/** Take the labels (below the capacity) of the nodes, and count everything anew, on all levels. */
void ana_sbm_state_set(ana_sbm_state *state, const size_t *group);

/** Nats of each level (may be NULL), and of each part (may be NULL); returns their sum. */
double ana_sbm_state_length(const ana_sbm_state *state, double *levels, ana_sbm_length *parts);

void ana_sbm_pick_node(ana_sbm_state *state, size_t node);
void ana_sbm_pick_group(ana_sbm_state *state, size_t group);

/** Nats more, were the picked put into group `to` (not its own). An empty group counts as a child
 *  of the picked one's parent, or of that one of level 1 (which is there only above a level 0). */
double ana_sbm_propose(ana_sbm_state *state, size_t to);
double ana_sbm_propose_under(ana_sbm_state *state, size_t to, size_t parent);

void ana_sbm_apply(ana_sbm_state *state);

#endif
