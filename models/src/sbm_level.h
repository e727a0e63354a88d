/** One level of a state: its pairs of groups. Private to states and to what reads them. */
#ifndef ANALYSIS_MODELS_SBM_LEVEL_H
#define ANALYSIS_MODELS_SBM_LEVEL_H

#include "sbm_state.h"

static inline void ana_sbm_add(ana_sbm_amount *to, const ana_sbm_amount *amount, double sign)
{
    to->edges += sign * amount->edges;
    to->filled += sign * amount->filled;
    to->sum += sign * amount->sum;
    to->square += sign * amount->square;
}

/** a <= b where edges have no direction. */
static inline ana_sbm_pair *ana_sbm_pair_of(const ana_sbm_level *level, size_t layer, size_t a,
                                            size_t b)
{
    return &level->pairs[(layer * level->capacity + a) * level->capacity + b];
}

static inline ana_sbm_pair *ana_sbm_pair_at(const ana_sbm_terms *terms, const ana_sbm_level *level,
                                            size_t layer, size_t a, size_t b)
{
    const bool turned = !terms->directed && a > b;
    return ana_sbm_pair_of(level, layer, turned ? b : a, turned ? a : b);
}

static inline double ana_sbm_level_term(const ana_sbm_terms *terms, const ana_sbm_level *level,
                                        size_t a, size_t b, size_t size_a, size_t size_b,
                                        const ana_sbm_amount *amount)
{
    return level->upper ? ana_sbm_pair_upper(terms, a == b, (double)size_a, (double)size_b, amount)
                        : ana_sbm_pair_edges(terms, a == b, amount->edges) +
                              ana_sbm_pair_weights(terms, amount);
}

/** What a level pays for the weights given the totals of its pairs, layer by layer: for the sums at
 *  the top, and at the lowest level where it is asked for; for deviations everywhere. */
static inline double ana_sbm_level_prior(const ana_sbm_state *state, size_t l,
                                         const ana_sbm_totals *totals)
{
    const bool lowest = l == 0 && !state->network->upper;
    const bool pays = l + 1 == state->n_levels || (lowest && state->prior_below);
    double sum = 0.0;
    for (size_t layer = 0; layer < state->network->n_layers; layer++) {
        sum += ana_sbm_spread_prior(state->terms, &totals[layer]) +
               (pays ? ana_sbm_prior(state->terms, &totals[layer]) : 0.0);
    }
    return sum;
}

/** Numbers of edges between n groups without a level above, of all layers. */
static inline double ana_sbm_level_edges(const ana_sbm_state *state, size_t n_groups)
{
    double sum = 0.0;
    for (size_t layer = 0; layer < state->network->n_layers; layer++) {
        sum +=
            ana_sbm_edges_flat(state->terms, (double)n_groups, state->network->layer_edges[layer]);
    }
    return sum;
}

#endif
