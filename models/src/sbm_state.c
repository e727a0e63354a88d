/* Room for a partitioned network, counting it from nothing, and its description length. */
#include "sbm_state.h"

#include "checked.h"
#include "sbm_level.h"
#include "try.h"

#include <string.h>

static ana_status make_level(const ana_sbm_terms *terms, size_t n_layers, size_t n, size_t capacity,
                             ana_workspace *workspace, ana_sbm_level *level)
{
    const size_t n_rows = (terms->directed ? 4 : 2) * n_layers;
    level->n_layers = n_layers;
    level->n = n;
    level->capacity = capacity;
    level->group = ana_workspace_sizes(workspace, n, 1);
    level->size = ana_workspace_sizes(workspace, capacity, 1);
    level->order = ana_workspace_sizes(workspace, capacity, 1);
    level->place = ana_workspace_sizes(workspace, capacity, 1);
    level->totals = ana_workspace_bytes(workspace, n_layers, 1, sizeof *level->totals);
    level->totals_then = ana_workspace_bytes(workspace, n_layers, 1, sizeof *level->totals_then);
    level->pairs =
        ana_workspace_bytes(workspace, n_layers * capacity, capacity, sizeof *level->pairs);
    level->changes = ana_workspace_bytes(workspace, n_rows, capacity + 1, sizeof *level->changes);
    return ana_workspace_check(workspace, "sbm");
}

size_t ana_sbm_state_bytes(const ana_sbm_network *network, size_t capacity)
{
    size_t pairs = 0;
    size_t counts = 0;
    size_t bytes = 0;
    size_t n_classes = 0;
    for (size_t d = 0; d < network->n_dealt; d++) {
        n_classes += network->dealt[d].n_classes;
    }
    bool fits = ana_multiply(capacity, capacity, &pairs) &&
                ana_multiply(pairs, network->n_layers, &pairs) &&
                ana_multiply(pairs, sizeof(ana_sbm_pair), &pairs) &&
                ana_multiply(capacity, n_classes, &counts) &&
                ana_multiply(counts, sizeof(uint32_t), &counts) && ana_add(pairs, counts, &bytes);
    return fits ? bytes : SIZE_MAX;
}

static ana_status make_picked(const ana_sbm_network *network, size_t capacity,
                              ana_workspace *workspace, ana_sbm_picked *picked)
{
    const size_t n_layers = network->n_layers;
    picked->degree = ana_workspace_doubles(workspace, network->n_dealt, 1);
    picked->held = ana_workspace_doubles(workspace, network->n_dealt, 1);
    picked->loop = ana_workspace_bytes(workspace, n_layers, 1, sizeof *picked->loop);
    picked->touched = ana_workspace_sizes(workspace, capacity, 1);
    picked->is_touched = ana_workspace_bytes(workspace, capacity, 1, sizeof *picked->is_touched);
    for (size_t side = 0; side < network->n_sides; side++) {
        picked->with[side] =
            ana_workspace_bytes(workspace, capacity, n_layers, sizeof *picked->with[side]);
    }
    return ana_workspace_check(workspace, "sbm");
}

ana_status ana_sbm_state_make(const ana_sbm_terms *terms, const ana_sbm_network *network,
                              size_t capacity, ana_workspace *workspace, ana_sbm_state *out)
{
    ana_status status = ANA_OK;
    ana_sbm_state state = {.terms = terms, .network = network, .n_levels = 1};
    ANA_TRY(
        make_level(terms, network->n_layers, network->n, capacity, workspace, &state.levels[0]));
    state.levels[0].upper = network->upper;
    ANA_TRY(make_picked(network, capacity, workspace, &state.picked));
    state.hands = ana_workspace_bytes(workspace, network->n_dealt, 1, sizeof *state.hands);
    ANA_TRY(ana_workspace_check(workspace, "sbm"));
    for (size_t d = 0; d < network->n_dealt; d++) {
        ana_sbm_hand *hand = &state.hands[d];
        hand->sum = ana_workspace_doubles(workspace, capacity, 1);
        hand->size = ana_workspace_doubles(workspace, capacity, 1);
        hand->histogram = ana_workspace_bytes(workspace, capacity, network->dealt[d].n_classes,
                                              sizeof *hand->histogram);
    }
    ANA_TRY(ana_workspace_check(workspace, "sbm"));
    *out = state;
done:
    return status;
}

ana_status ana_sbm_state_reserve(ana_sbm_state *state, size_t l, size_t n, size_t capacity,
                                 ana_workspace *workspace)
{
    state->levels[l] = (ana_sbm_level){.upper = true};
    return make_level(state->terms, state->network->n_layers, n, capacity, workspace,
                      &state->levels[l]);
}

void ana_sbm_state_stack(ana_sbm_state *state, size_t n, const size_t *group, size_t n_groups)
{
    ana_sbm_level *level = &state->levels[state->n_levels++];
    const size_t n_slots = (level - 1)->capacity;
    memset(level->group, 0, n_slots * sizeof *level->group);
    memcpy(level->group, group, n * sizeof *group);
    level->n = n_slots;
    level->capacity = n_groups;
}

static void count_nodes(ana_sbm_level *level, const ana_sbm_level *below)
{
    memset(level->size, 0, level->capacity * sizeof *level->size);
    level->n_nodes = 0;
    for (size_t i = 0; i < level->n; i++) {
        if (below == NULL || below->size[i] > 0) {
            level->size[level->group[i]]++;
            level->n_nodes++;
        }
    }
    level->n_groups = 0;
    size_t n_empty = 0;
    for (size_t g = 0; g < level->capacity; g++) {
        const size_t at = level->size[g] > 0 ? level->n_groups++ : level->capacity - 1 - n_empty++;
        level->order[at] = g;
        level->place[g] = at;
    }
}

static void count_links(ana_sbm_state *state)
{
    const ana_sbm_network *network = state->network;
    ana_sbm_level *level = &state->levels[0];
    for (size_t i = 0; i < network->n; i++) {
        for (size_t l = network->start[0][i]; l < network->start[0][i + 1]; l++) {
            const ana_sbm_link *link = &network->links[0][l];
            if (state->terms->directed || link->node >= i) {
                ana_sbm_pair *pair = ana_sbm_pair_at(state->terms, level, link->layer,
                                                     level->group[i], level->group[link->node]);
                ana_sbm_add(&pair->amount, &link->amount, 1.0);
            }
        }
    }
}

static void count_pairs(const ana_sbm_terms *terms, const ana_sbm_level *below, size_t layer,
                        ana_sbm_level *level)
{
    for (size_t a = 0; a < below->capacity; a++) {
        for (size_t b = 0; b < below->capacity; b++) {
            ana_sbm_amount amount = ana_sbm_pair_of(below, layer, a, b)->amount;
            amount.filled = 1.0;
            amount.square = amount.sum * amount.sum;
            if (amount.edges > 0.0) {
                ana_sbm_pair *pair =
                    ana_sbm_pair_at(terms, level, layer, level->group[a], level->group[b]);
                ana_sbm_add(&pair->amount, &amount, 1.0);
            }
        }
    }
}

static void settle_pairs(const ana_sbm_terms *terms, size_t layer, ana_sbm_level *level)
{
    level->totals[layer] = (ana_sbm_totals){0};
    for (size_t a = 0; a < level->capacity; a++) {
        for (size_t b = 0; b < level->capacity; b++) {
            ana_sbm_pair *pair = ana_sbm_pair_of(level, layer, a, b);
            pair->term = pair->amount.edges > 0.0
                             ? ana_sbm_level_term(terms, level, a, b, level->size[a],
                                                  level->size[b], &pair->amount)
                             : 0.0;
            ana_sbm_totals_add(&pair->amount, level->upper, 1.0, &level->totals[layer]);
        }
    }
}

static void count_degrees(ana_sbm_state *state)
{
    const ana_sbm_network *network = state->network;
    const ana_sbm_level *level = &state->levels[0];
    for (size_t d = 0; d < network->n_dealt; d++) {
        const ana_sbm_dealt *dealt = &network->dealt[d];
        const ana_sbm_hand *hand = &state->hands[d];
        memset(hand->sum, 0, level->capacity * sizeof *hand->sum);
        memset(hand->size, 0, level->capacity * sizeof *hand->size);
        memset(hand->histogram, 0, level->capacity * dealt->n_classes * sizeof *hand->histogram);
        for (size_t i = 0; i < network->n; i++) {
            const size_t g = level->group[i];
            if (dealt->holds == NULL || dealt->holds[i]) {
                hand->sum[g] += (double)dealt->degree[i];
                hand->size[g] += 1.0;
                hand->histogram[g * dealt->n_classes + dealt->class_of[i]]++;
            }
        }
    }
}

void ana_sbm_state_set(ana_sbm_state *state, const size_t *group)
{
    memmove(state->levels[0].group, group, state->network->n * sizeof *group);
    for (size_t l = 0; l < state->n_levels; l++) {
        ana_sbm_level *level = &state->levels[l];
        count_nodes(level, l > 0 ? level - 1 : NULL);
        memset(level->pairs, 0,
               level->n_layers * level->capacity * level->capacity * sizeof *level->pairs);
        if (l == 0) {
            count_links(state);
        }
        for (size_t layer = 0; layer < level->n_layers; layer++) {
            if (l > 0) {
                count_pairs(state->terms, level - 1, layer, level);
            }
            settle_pairs(state->terms, layer, level);
        }
    }
    count_degrees(state);
}

static void describe_pairs(const ana_sbm_state *state, size_t layer, ana_sbm_length *parts)
{
    const ana_sbm_level *level = &state->levels[0];
    for (size_t a = 0; a < level->capacity; a++) {
        for (size_t b = 0; b < level->capacity; b++) {
            const ana_sbm_pair *pair = ana_sbm_pair_of(level, layer, a, b);
            if (pair->amount.edges > 0.0) {
                parts->adjacency += ana_sbm_pair_edges(state->terms, a == b, pair->amount.edges);
                parts->weights += ana_sbm_pair_weights(state->terms, &pair->amount);
            }
        }
    }
}

static void describe_degrees(const ana_sbm_state *state, ana_sbm_length *parts)
{
    const ana_sbm_terms *terms = state->terms;
    const ana_sbm_level *level = &state->levels[0];
    for (size_t d = 0; d < state->network->n_dealt; d++) {
        const size_t n_classes = state->network->dealt[d].n_classes;
        const ana_sbm_hand *hand = &state->hands[d];
        for (size_t g = 0; g < level->capacity; g++) {
            const uint32_t *row = hand->histogram + g * n_classes;
            parts->adjacency += ana_sbm_side_adjacency(terms, hand->sum[g], hand->size[g]);
            parts->degrees += ana_sbm_side_degrees(terms, hand->sum[g], hand->size[g]);
            for (size_t c = 0; c < n_classes && terms->corrected; c++) {
                parts->degrees -= ana_sbm_log_factorial(terms, (double)row[c]);
            }
        }
    }
}

static double describe_partition(const ana_sbm_state *state, const ana_sbm_level *level)
{
    double sum = ana_sbm_partition(state->terms, (double)level->n_nodes, (double)level->n_groups);
    for (size_t g = 0; g < level->capacity; g++) {
        sum -= ana_sbm_log_factorial(state->terms, (double)level->size[g]);
    }
    return sum;
}

/* A level above the graph: all of it is numbers of edges and sums of weights. */
static double describe_upper(const ana_sbm_state *state, const ana_sbm_level *level)
{
    double sum = describe_partition(state, level);
    for (size_t p = 0; p < level->n_layers * level->capacity * level->capacity; p++) {
        sum += level->pairs[p].term;
    }
    return sum;
}

double ana_sbm_state_length(const ana_sbm_state *state, double *levels, ana_sbm_length *parts)
{
    const ana_sbm_level *lowest = &state->levels[0];
    ana_sbm_length sum = {.adjacency = state->network->adjacency,
                          .weights = state->network->weights,
                          .layers = state->network->membership};
    if (!lowest->upper) {
        for (size_t layer = 0; layer < lowest->n_layers; layer++) {
            describe_pairs(state, layer, &sum);
        }
        describe_degrees(state, &sum);
        sum.partition = describe_partition(state, lowest);
    }
    for (size_t l = 0; l < state->n_levels; l++) {
        const ana_sbm_level *level = &state->levels[l];
        double edges = level->upper ? describe_upper(state, level) : 0.0;
        if (l + 1 == state->n_levels) {
            edges += ana_sbm_level_edges(state, level->n_groups);
        }
        const double prior = ana_sbm_level_prior(state, l, level->totals);
        const double graph =
            l == 0 ? sum.adjacency + sum.partition + sum.degrees + sum.layers + sum.weights : 0.0;
        sum.edges += edges + (level->upper ? prior : 0.0);
        sum.weight_prior += level->upper ? 0.0 : prior;
        sum.total += graph + edges + prior;
        if (levels != NULL) {
            levels[l] = graph + edges + prior;
        }
    }
    if (parts != NULL) {
        *parts = sum;
    }
    return sum.total;
}
