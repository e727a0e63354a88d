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

/** What a level pays for the weights given the totals of its pairs: for the sums at the top, and
 *  at the lowest level where it is asked for; for deviations everywhere. */
static inline double ana_sbm_level_prior(const ana_sbm_state *state, size_t l,
                                         const ana_sbm_totals *totals)
{
    const bool lowest = l == 0 && !state->network->upper;
    const bool pays = l + 1 == state->n_levels || (lowest && state->prior_below);
    return ana_sbm_spread_prior(state->terms, totals) +
           (pays ? ana_sbm_prior(state->terms, totals) : 0.0);
}

#endif
