/** One level of a state: its pairs of groups. Private to sbm_state.c and sbm_move.c. */
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

static inline ana_sbm_pair *ana_sbm_pair_at(const ana_sbm_terms *terms, const ana_sbm_level *level,
                                            size_t a, size_t b)
{
    const bool turned = !terms->directed && a > b;
    return &level->pairs[(turned ? b : a) * level->capacity + (turned ? a : b)];
}

static inline double ana_sbm_level_term(const ana_sbm_terms *terms, const ana_sbm_level *level,
                                        size_t a, size_t b, size_t size_a, size_t size_b,
                                        const ana_sbm_amount *amount)
{
    return level->upper ? ana_sbm_pair_upper(terms, a == b, (double)size_a, (double)size_b, amount)
                        : ana_sbm_pair_edges(terms, a == b, amount->edges) +
                              ana_sbm_pair_weights(terms, amount);
}

/** Whether the prior of the weights' sums is paid at level l: at the top, and at the lowest level
 *  where those above know nothing of weights, or where it is asked for. */
static inline bool ana_sbm_level_pays(const ana_sbm_state *state, size_t l)
{
    const bool nest = ana_sbm_sums_nest(state->terms);
    const bool lowest = l == 0 && !state->network->upper;
    const bool top = l + 1 == state->n_levels;
    return nest ? top || (lowest && state->prior_below) : lowest;
}

#endif
