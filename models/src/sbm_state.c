/* Room for a partitioned network, counting it from nothing, and its description length. */
#include "sbm_state.h"

#include "checked.h"
#include "sbm_level.h"
#include "try.h"

#include <string.h>

static ana_status make_level(const ana_sbm_terms *terms, size_t n, size_t capacity,
                             ana_workspace *workspace, ana_sbm_level *level)
{
    const size_t n_rows = terms->directed ? 4 : 2;
    level->n = n;
    level->capacity = capacity;
    level->group = ana_workspace_sizes(workspace, n, 1);
    level->size = ana_workspace_sizes(workspace, capacity, 1);
    level->order = ana_workspace_sizes(workspace, capacity, 1);
    level->place = ana_workspace_sizes(workspace, capacity, 1);
    level->pairs = ana_workspace_bytes(workspace, capacity, capacity, sizeof *level->pairs);
    level->changes = ana_workspace_bytes(workspace, n_rows, capacity + 1, sizeof *level->changes);
    return ana_workspace_check(workspace, "sbm");
}

size_t ana_sbm_state_bytes(const ana_sbm_network *network, size_t capacity)
{
    size_t pairs = 0;
    size_t counts = 0;
    size_t bytes = 0;
    const size_t n_classes = network->n_classes[0] + network->n_classes[1];
    bool fits = ana_multiply(capacity, capacity, &pairs) &&
                ana_multiply(pairs, sizeof(ana_sbm_pair), &pairs) &&
                ana_multiply(capacity, n_classes, &counts) &&
                ana_multiply(counts, sizeof(uint32_t), &counts) && ana_add(pairs, counts, &bytes);
    return fits ? bytes : SIZE_MAX;
}

ana_status ana_sbm_state_make(const ana_sbm_terms *terms, const ana_sbm_network *network,
                              size_t capacity, ana_workspace *workspace, ana_sbm_state *out)
{
    ana_status status = ANA_OK;
    ana_sbm_state state = {.terms = terms, .network = network, .n_levels = 1};
    ana_sbm_picked *picked = &state.picked;
    ANA_TRY(make_level(terms, network->n, capacity, workspace, &state.levels[0]));
    state.levels[0].upper = network->upper;
    picked->touched = ana_workspace_sizes(workspace, capacity, 1);
    picked->is_touched = ana_workspace_bytes(workspace, capacity, 1, sizeof *picked->is_touched);
    for (size_t side = 0; side < network->n_sides; side++) {
        picked->with[side] =
            ana_workspace_bytes(workspace, capacity, 1, sizeof *picked->with[side]);
        state.degree_sum[side] = ana_workspace_doubles(workspace, capacity, 1);
        state.histogram[side] = ana_workspace_bytes(workspace, capacity, network->n_classes[side],
                                                    sizeof *state.histogram[side]);
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
    return make_level(state->terms, n, capacity, workspace, &state->levels[l]);
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

static void add_amount(const ana_sbm_state *state, ana_sbm_level *level, size_t a, size_t b,
                       const ana_sbm_amount *amount)
{
    ana_sbm_add(&ana_sbm_pair_at(state->terms, level, a, b)->amount, amount, 1.0);
}

static void count_links(ana_sbm_state *state)
{
    const ana_sbm_network *network = state->network;
    ana_sbm_level *level = &state->levels[0];
    for (size_t i = 0; i < network->n; i++) {
        for (size_t l = network->start[0][i]; l < network->start[0][i + 1]; l++) {
            const ana_sbm_link *link = &network->links[0][l];
            if (state->terms->directed || link->node >= i) {
                add_amount(state, level, level->group[i], level->group[link->node], &link->amount);
            }
        }
    }
}

static void count_pairs(ana_sbm_state *state, const ana_sbm_level *below, ana_sbm_level *level)
{
    for (size_t a = 0; a < below->capacity; a++) {
        for (size_t b = 0; b < below->capacity; b++) {
            ana_sbm_amount amount = below->pairs[a * below->capacity + b].amount;
            amount.filled = 1.0;
            amount.square = amount.sum * amount.sum;
            if (amount.edges > 0.0) {
                add_amount(state, level, level->group[a], level->group[b], &amount);
            }
        }
    }
}

static void settle_pairs(const ana_sbm_terms *terms, ana_sbm_level *level)
{
    level->totals = (ana_sbm_totals){0};
    for (size_t a = 0; a < level->capacity; a++) {
        for (size_t b = 0; b < level->capacity; b++) {
            ana_sbm_pair *pair = &level->pairs[a * level->capacity + b];
            pair->term = pair->amount.edges > 0.0
                             ? ana_sbm_level_term(terms, level, a, b, level->size[a],
                                                  level->size[b], &pair->amount)
                             : 0.0;
            ana_sbm_totals_add(&pair->amount, level->upper, 1.0, &level->totals);
        }
    }
}

static void count_degrees(ana_sbm_state *state)
{
    const ana_sbm_network *network = state->network;
    const ana_sbm_level *level = &state->levels[0];
    for (size_t side = 0; side < network->n_sides && !network->upper; side++) {
        const size_t n_classes = network->n_classes[side];
        memset(state->degree_sum[side], 0, level->capacity * sizeof(double));
        memset(state->histogram[side], 0, level->capacity * n_classes * sizeof(uint32_t));
        for (size_t i = 0; i < network->n; i++) {
            const size_t g = level->group[i];
            state->degree_sum[side][g] += (double)network->degree[side][i];
            state->histogram[side][g * n_classes + network->degree_class[side][i]]++;
        }
    }
}

void ana_sbm_state_set(ana_sbm_state *state, const size_t *group)
{
    memmove(state->levels[0].group, group, state->network->n * sizeof *group);
    for (size_t l = 0; l < state->n_levels; l++) {
        ana_sbm_level *level = &state->levels[l];
        count_nodes(level, l > 0 ? level - 1 : NULL);
        memset(level->pairs, 0, level->capacity * level->capacity * sizeof *level->pairs);
        if (l == 0) {
            count_links(state);
        } else {
            count_pairs(state, level - 1, level);
        }
        settle_pairs(state->terms, level);
    }
    count_degrees(state);
}

static void describe_pairs(const ana_sbm_state *state, ana_sbm_length *parts)
{
    const ana_sbm_level *level = &state->levels[0];
    for (size_t a = 0; a < level->capacity; a++) {
        for (size_t b = 0; b < level->capacity; b++) {
            const ana_sbm_pair *pair = &level->pairs[a * level->capacity + b];
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
    for (size_t side = 0; side < state->network->n_sides; side++) {
        const size_t n_classes = state->network->n_classes[side];
        for (size_t g = 0; g < level->capacity; g++) {
            const uint32_t *row = state->histogram[side] + g * n_classes;
            const double sum = state->degree_sum[side][g];
            parts->adjacency += ana_sbm_side_adjacency(terms, sum, (double)level->size[g]);
            parts->degrees += ana_sbm_side_degrees(terms, sum, (double)level->size[g]);
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
    for (size_t p = 0; p < level->capacity * level->capacity; p++) {
        sum += level->pairs[p].term;
    }
    return sum;
}

double ana_sbm_state_length(const ana_sbm_state *state, double *levels, ana_sbm_length *parts)
{
    const ana_sbm_level *lowest = &state->levels[0];
    ana_sbm_length sum = {.adjacency = state->network->adjacency,
                          .weights = state->network->weights};
    if (!lowest->upper) {
        describe_pairs(state, &sum);
        describe_degrees(state, &sum);
        sum.partition = describe_partition(state, lowest);
    }
    for (size_t l = 0; l < state->n_levels; l++) {
        const ana_sbm_level *level = &state->levels[l];
        double edges = level->upper ? describe_upper(state, level) : 0.0;
        if (l + 1 == state->n_levels) {
            edges +=
                ana_sbm_edges_flat(state->terms, (double)level->n_groups, state->network->n_edges);
        }
        const double prior = ana_sbm_level_prior(state, l, &level->totals);
        const double graph =
            l == 0 ? sum.adjacency + sum.partition + sum.degrees + sum.weights : 0.0;
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
