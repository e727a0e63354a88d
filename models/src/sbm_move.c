/* What a move changes: the pairs of groups it touches, level by level. */
#include "sbm_level.h"

#include <math.h>
#include <string.h>

static const uint32_t none = UINT32_MAX; /* no group gains or loses */

static void touch(ana_sbm_picked *picked, size_t group)
{
    if (!picked->is_touched[group]) {
        picked->is_touched[group] = true;
        picked->touched[picked->n_touched++] = group;
    }
}

static void pick_nothing(const ana_sbm_state *state, ana_sbm_picked *picked)
{
    const size_t n_layers = state->network->n_layers;
    for (size_t i = 0; i < picked->n_touched; i++) {
        const size_t g = picked->touched[i];
        picked->is_touched[g] = false;
        for (size_t side = 0; side < state->network->n_sides; side++) {
            memset(picked->with[side] + g * n_layers, 0, n_layers * sizeof *picked->with[side]);
        }
    }
    picked->n_touched = 0;
    memset(picked->loop, 0, n_layers * sizeof *picked->loop);
}

void ana_sbm_pick_node(ana_sbm_state *state, size_t node)
{
    const ana_sbm_network *network = state->network;
    const ana_sbm_level *level = &state->levels[0];
    ana_sbm_picked *picked = &state->picked;
    pick_nothing(state, picked);
    picked->is_group = false;
    picked->node = node;
    picked->from = level->group[node];
    picked->size = 1;
    for (size_t d = 0; d < network->n_dealt; d++) {
        const ana_sbm_dealt *dealt = &network->dealt[d];
        picked->degree[d] = (double)dealt->degree[node];
        picked->held[d] = dealt->holds == NULL || dealt->holds[node] ? 1.0 : 0.0;
    }
    for (size_t side = 0; side < network->n_sides; side++) {
        for (size_t l = network->start[side][node]; l < network->start[side][node + 1]; l++) {
            const ana_sbm_link *link = &network->links[side][l];
            if (link->node == node) {
                picked->loop[link->layer] = link->amount;
                continue;
            }
            const size_t g = level->group[link->node];
            touch(picked, g);
            ana_sbm_add(&picked->with[side][g * network->n_layers + link->layer], &link->amount,
                        1.0);
        }
    }
}

/* What runs between the picked group and another in one layer. */
static void pick_pair(ana_sbm_state *state, size_t layer, size_t g)
{
    const ana_sbm_level *level = &state->levels[0];
    ana_sbm_picked *picked = &state->picked;
    const size_t at = g * level->n_layers + layer;
    const size_t from = picked->from;
    const ana_sbm_amount *out = &ana_sbm_pair_at(state->terms, level, layer, from, g)->amount;
    const ana_sbm_amount *in = &ana_sbm_pair_at(state->terms, level, layer, g, from)->amount;
    if (g == from) {
        picked->loop[layer] = *out;
    } else if (out->edges > 0.0 || in->edges > 0.0) {
        touch(picked, g);
        picked->with[0][at] = *out;
        if (state->terms->directed) {
            picked->with[1][at] = *in;
        }
    }
}

void ana_sbm_pick_group(ana_sbm_state *state, size_t group)
{
    const ana_sbm_level *level = &state->levels[0];
    ana_sbm_picked *picked = &state->picked;
    pick_nothing(state, picked);
    picked->is_group = true;
    picked->from = group;
    picked->size = level->size[group];
    for (size_t layer = 0; layer < level->n_layers; layer++) {
        for (size_t i = 0; i < level->n_groups; i++) {
            pick_pair(state, layer, level->order[i]);
        }
    }
    for (size_t d = 0; d < state->network->n_dealt; d++) {
        picked->degree[d] = state->hands[d].sum[group];
        picked->held[d] = state->hands[d].size[group];
    }
}

/* A pair of groups in one layer. */
typedef struct place {
    size_t layer;
    size_t a;
    size_t b;
} place;

static void change(const ana_sbm_terms *terms, ana_sbm_level *level, place at,
                   const ana_sbm_amount *amount, double sign)
{
    ana_sbm_pair *pair = ana_sbm_pair_at(terms, level, at.layer, at.a, at.b);
    if (pair->mark == 0) {
        const bool turned = !terms->directed && at.a > at.b;
        level->changes[level->n_changes++] =
            (ana_sbm_change){.layer = (uint32_t)at.layer,
                             .a = (uint32_t)(turned ? at.b : at.a),
                             .b = (uint32_t)(turned ? at.a : at.b)};
        pair->mark = (uint32_t)level->n_changes;
    }
    ana_sbm_add(&level->changes[pair->mark - 1].amount, amount, sign);
}

static void change_lowest(ana_sbm_state *state, size_t layer, size_t to)
{
    const ana_sbm_terms *terms = state->terms;
    const ana_sbm_picked *picked = &state->picked;
    const ana_sbm_amount *loop = &picked->loop[layer];
    ana_sbm_level *level = &state->levels[0];
    const size_t from = picked->from;
    for (size_t i = 0; i < picked->n_touched; i++) {
        const size_t g = picked->touched[i];
        const ana_sbm_amount *out = &picked->with[0][g * level->n_layers + layer];
        if (out->edges > 0.0) {
            change(terms, level, (place){layer, from, g}, out, -1.0);
            change(terms, level, (place){layer, to, g}, out, 1.0);
        }
        if (terms->directed) {
            const ana_sbm_amount *in = &picked->with[1][g * level->n_layers + layer];
            if (in->edges > 0.0) {
                change(terms, level, (place){layer, g, from}, in, -1.0);
                change(terms, level, (place){layer, g, to}, in, 1.0);
            }
        }
    }
    if (loop->edges > 0.0) {
        change(terms, level, (place){layer, from, from}, loop, -1.0);
        change(terms, level, (place){layer, to, to}, loop, 1.0);
    }
}

static void change_upper(const ana_sbm_terms *terms, const ana_sbm_level *below,
                         ana_sbm_level *level)
{
    for (size_t i = 0; i < below->n_changes; i++) {
        const ana_sbm_change *lower = &below->changes[i];
        const ana_sbm_amount *before =
            &ana_sbm_pair_of(below, lower->layer, lower->a, lower->b)->amount;
        ana_sbm_amount amount = lower->amount;
        const double sum_before = before->sum;
        const double sum_then = sum_before + amount.sum;
        amount.filled =
            (before->edges + amount.edges > 0.0 ? 1.0 : 0.0) - (before->edges > 0.0 ? 1.0 : 0.0);
        amount.square = sum_then * sum_then - sum_before * sum_before;
        if (amount.edges != 0.0 || amount.filled != 0.0 || amount.sum != 0.0) {
            change(terms, level,
                   (place){lower->layer, level->group[lower->a], level->group[lower->b]}, &amount,
                   1.0);
        }
    }
}

/* Terms of upper levels depend on sizes: all pairs of a group whose size changes are touched. */
static void change_rows(const ana_sbm_terms *terms, size_t layer, ana_sbm_level *level)
{
    static const ana_sbm_amount nothing = {0};
    const size_t groups[2] = {level->step.lose, level->step.gain};
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < level->n_groups && groups[k] != none; i++) {
            const size_t g = level->order[i];
            if (ana_sbm_pair_at(terms, level, layer, groups[k], g)->amount.edges > 0.0) {
                change(terms, level, (place){layer, groups[k], g}, &nothing, 1.0);
            }
            if (terms->directed &&
                ana_sbm_pair_at(terms, level, layer, g, groups[k])->amount.edges > 0.0) {
                change(terms, level, (place){layer, g, groups[k]}, &nothing, 1.0);
            }
        }
    }
}

static size_t size_then(const ana_sbm_level *level, size_t group)
{
    const ana_sbm_step *step = &level->step;
    return level->size[group] - (group == step->lose ? step->n_lost : 0) +
           (group == step->gain ? step->n_gained : 0);
}

static double propose_pairs(const ana_sbm_terms *terms, ana_sbm_level *level)
{
    double delta = 0.0;
    memcpy(level->totals_then, level->totals, level->n_layers * sizeof *level->totals);
    for (size_t i = 0; i < level->n_changes; i++) {
        ana_sbm_change *changed = &level->changes[i];
        ana_sbm_totals *totals = &level->totals_then[changed->layer];
        ana_sbm_pair *pair = ana_sbm_pair_of(level, changed->layer, changed->a, changed->b);
        ana_sbm_amount then = pair->amount;
        ana_sbm_add(&then, &changed->amount, 1.0);
        changed->term = then.edges > 0.0 ? ana_sbm_level_term(terms, level, changed->a, changed->b,
                                                              size_then(level, changed->a),
                                                              size_then(level, changed->b), &then)
                                         : 0.0;
        delta += changed->term - pair->term;
        ana_sbm_totals_add(&pair->amount, level->upper, -1.0, totals);
        ana_sbm_totals_add(&then, level->upper, 1.0, totals);
        pair->mark = 0;
    }
    return delta;
}

static double propose_sizes(const ana_sbm_terms *terms, ana_sbm_level *level)
{
    ana_sbm_step *step = &level->step;
    const size_t groups[2] = {step->lose, step->gain};
    double delta = 0.0;
    step->n_groups = level->n_groups;
    for (size_t k = 0; k < 2; k++) {
        const size_t g = groups[k];
        if (g == none || (k == 1 && g == step->lose)) {
            continue;
        }
        const size_t then = size_then(level, g);
        delta += ana_sbm_log_factorial(terms, (double)level->size[g]) -
                 ana_sbm_log_factorial(terms, (double)then);
        step->n_groups += (then > 0 ? 1 : 0);
        step->n_groups -= (level->size[g] > 0 ? 1 : 0);
    }
    if (step->n_groups != level->n_groups || step->n_nodes != level->n_nodes) {
        delta += ana_sbm_partition(terms, (double)step->n_nodes, (double)step->n_groups) -
                 ana_sbm_partition(terms, (double)level->n_nodes, (double)level->n_groups);
    }
    return delta;
}

/* Degrees alike within the groups that change. */
static double propose_histogram(const ana_sbm_state *state, size_t d, size_t to)
{
    const ana_sbm_dealt *dealt = &state->network->dealt[d];
    const ana_sbm_picked *picked = &state->picked;
    const size_t n_classes = dealt->n_classes;
    const uint32_t *from_row = state->hands[d].histogram + picked->from * n_classes;
    const uint32_t *to_row = state->hands[d].histogram + to * n_classes;
    double delta = 0.0;
    if (!picked->is_group) {
        const size_t c = dealt->class_of[picked->node];
        return log((double)from_row[c]) - log((double)to_row[c] + 1.0);
    }
    for (size_t c = 0; c < n_classes; c++) {
        if (from_row[c] > 0 && to_row[c] > 0) {
            delta += ana_sbm_log_factorial(state->terms, (double)from_row[c]) +
                     ana_sbm_log_factorial(state->terms, (double)to_row[c]) -
                     ana_sbm_log_factorial(state->terms, (double)from_row[c] + (double)to_row[c]);
        }
    }
    return delta;
}

static double side_term(const ana_sbm_terms *terms, double sum, double size)
{
    return ana_sbm_side_adjacency(terms, sum, size) + ana_sbm_side_degrees(terms, sum, size);
}

static double propose_degrees(const ana_sbm_state *state, size_t to)
{
    const ana_sbm_terms *terms = state->terms;
    const ana_sbm_picked *picked = &state->picked;
    double delta = 0.0;
    for (size_t d = 0; d < state->network->n_dealt; d++) {
        const double n = picked->held[d];
        if (n == 0.0) {
            continue;
        }
        const double n_from = state->hands[d].size[picked->from];
        const double n_to = state->hands[d].size[to];
        const double from_sum = state->hands[d].sum[picked->from];
        const double to_sum = state->hands[d].sum[to];
        const double moved = picked->degree[d];
        delta += side_term(terms, from_sum - moved, n_from - n) +
                 side_term(terms, to_sum + moved, n_to + n) - side_term(terms, from_sum, n_from) -
                 side_term(terms, to_sum, n_to);
        delta += terms->corrected ? propose_histogram(state, d, to) : 0.0;
    }
    return delta;
}

/* Who gains and loses at the level above one whose step is known. */
static void lift_step(const ana_sbm_level *below, ana_sbm_level *level)
{
    const ana_sbm_step *step = &below->step;
    const bool vanishes =
        step->lose != none && below->size[step->lose] > 0 && size_then(below, step->lose) == 0;
    const bool appears =
        step->gain != none && below->size[step->gain] == 0 && size_then(below, step->gain) > 0;
    level->step = (ana_sbm_step){.lose = vanishes ? level->group[step->lose] : none,
                                 .gain = appears ? level->group[step->gain] : none,
                                 .n_lost = vanishes ? 1 : 0,
                                 .n_gained = appears ? 1 : 0,
                                 .n_nodes = below->step.n_groups};
}

static double propose_top(const ana_sbm_state *state)
{
    const ana_sbm_level *top = &state->levels[state->n_levels - 1];
    if (top->step.n_groups == top->n_groups) {
        return 0.0;
    }
    return ana_sbm_level_edges(state, top->step.n_groups) -
           ana_sbm_level_edges(state, top->n_groups);
}

double ana_sbm_propose(ana_sbm_state *state, size_t to)
{
    const bool nested = state->n_levels > 1;
    return ana_sbm_propose_under(state, to,
                                 nested ? state->levels[1].group[state->picked.from] : 0);
}

double ana_sbm_propose_under(ana_sbm_state *state, size_t to, size_t parent)
{
    const ana_sbm_terms *terms = state->terms;
    const ana_sbm_picked *picked = &state->picked;
    double delta = propose_degrees(state, to);
    if (state->n_levels > 1 && state->levels[0].size[to] == 0) {
        state->levels[1].group[to] = parent;
    }
    for (size_t l = 0; l < state->n_levels; l++) {
        ana_sbm_level *level = &state->levels[l];
        level->n_changes = 0;
        if (l == 0) {
            level->step = (ana_sbm_step){.lose = picked->from,
                                         .gain = to,
                                         .n_lost = picked->size,
                                         .n_gained = picked->size,
                                         .n_nodes = level->n_nodes};
            for (size_t layer = 0; layer < level->n_layers; layer++) {
                change_lowest(state, layer, to);
            }
        } else {
            lift_step(level - 1, level);
            change_upper(terms, level - 1, level);
        }
        for (size_t layer = 0; layer < level->n_layers && level->upper; layer++) {
            change_rows(terms, layer, level);
        }
        delta += propose_pairs(terms, level) + propose_sizes(terms, level);
        delta += ana_sbm_level_prior(state, l, level->totals_then) -
                 ana_sbm_level_prior(state, l, level->totals);
    }
    return delta + propose_top(state);
}

/* The groups that are not empty stay the first of the order. */
static void set_size(ana_sbm_level *level, size_t group, size_t size)
{
    const bool was = level->size[group] > 0;
    const bool is = size > 0;
    level->size[group] = size;
    if (was == is) {
        return;
    }
    const size_t edge = is ? level->n_groups++ : --level->n_groups;
    const size_t other = level->order[edge];
    const size_t at = level->place[group];
    level->order[edge] = group;
    level->place[group] = edge;
    level->order[at] = other;
    level->place[other] = at;
}

static void apply_level(ana_sbm_level *level)
{
    const ana_sbm_step step = level->step;
    for (size_t i = 0; i < level->n_changes; i++) {
        const ana_sbm_change *changed = &level->changes[i];
        ana_sbm_pair *pair = ana_sbm_pair_of(level, changed->layer, changed->a, changed->b);
        ana_sbm_add(&pair->amount, &changed->amount, 1.0);
        if (pair->amount.edges <= 0.0) {
            pair->amount = (ana_sbm_amount){0}; /* no rounding stays behind */
        }
        pair->term = changed->term;
    }
    const size_t lose_then = step.lose != none ? size_then(level, step.lose) : 0;
    const size_t gain_then = step.gain != none ? size_then(level, step.gain) : 0;
    if (step.lose != none) {
        set_size(level, step.lose, lose_then);
    }
    if (step.gain != none) {
        set_size(level, step.gain, gain_then);
    }
    level->n_nodes = step.n_nodes;
    memcpy(level->totals, level->totals_then, level->n_layers * sizeof *level->totals);
}

static void apply_degrees(ana_sbm_state *state, size_t to)
{
    const ana_sbm_network *network = state->network;
    const ana_sbm_picked *picked = &state->picked;
    for (size_t d = 0; d < network->n_dealt; d++) {
        const size_t n_classes = network->dealt[d].n_classes;
        const ana_sbm_hand *hand = &state->hands[d];
        uint32_t *from_row = hand->histogram + picked->from * n_classes;
        uint32_t *to_row = hand->histogram + to * n_classes;
        if (picked->held[d] == 0.0) {
            continue;
        }
        hand->sum[picked->from] -= picked->degree[d];
        hand->sum[to] += picked->degree[d];
        hand->size[picked->from] -= picked->held[d];
        hand->size[to] += picked->held[d];
        if (!picked->is_group) {
            const size_t c = network->dealt[d].class_of[picked->node];
            from_row[c]--;
            to_row[c]++;
            continue;
        }
        for (size_t c = 0; c < n_classes; c++) {
            to_row[c] += from_row[c];
            from_row[c] = 0;
        }
    }
}

void ana_sbm_apply(ana_sbm_state *state)
{
    ana_sbm_level *level = &state->levels[0];
    ana_sbm_picked *picked = &state->picked;
    const size_t to = level->step.gain;
    apply_degrees(state, to);
    for (size_t l = 0; l < state->n_levels; l++) {
        apply_level(&state->levels[l]);
    }
    if (!picked->is_group) {
        level->group[picked->node] = to;
        return;
    }
    for (size_t i = 0; i < level->n; i++) {
        level->group[i] = level->group[i] == picked->from ? to : level->group[i];
    }
}
