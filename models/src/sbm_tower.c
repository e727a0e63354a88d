#include "sbm_tower.h"

#include "checked.h"
#include "sbm_level.h"
#include "try.h"

#include <math.h>
#include <string.h>

enum {
    MOST_GROUPS = 400, /* where agglomeration begins */
    MOST_NESTED = 128, /* groups that are grouped further */
    KICK_SWEEPS = 3,
    N_CLIMBS = 2 /* searches for each upper level */
};
static const double least_gain = 1e-7; /* nats */

size_t ana_sbm_capacity(size_t n)
{
    return n < MOST_GROUPS ? n : (size_t)MOST_GROUPS;
}

size_t ana_sbm_room(size_t n)
{
    return n < MOST_NESTED ? n : (size_t)MOST_NESTED;
}

ana_status ana_sbm_found_make(size_t n, size_t room, bool nested, ana_workspace *workspace,
                              ana_sbm_found *out)
{
    *out = (ana_sbm_found){.length = INFINITY};
    for (size_t l = 0; l < (nested ? (size_t)ANA_SBM_MOST_LEVELS : 1); l++) {
        out->group[l] = ana_workspace_sizes(workspace, l == 0 ? n : room, 1);
    }
    return ana_workspace_check(workspace, "sbm");
}

void ana_sbm_found_copy(size_t n, const ana_sbm_found *from, ana_sbm_found *to)
{
    to->n_levels = from->n_levels;
    to->length = from->length;
    for (size_t l = 0; l < from->n_levels; l++) {
        const size_t n_nodes = l == 0 ? n : from->n_groups[l - 1];
        to->n_groups[l] = from->n_groups[l];
        memcpy(to->group[l], from->group[l], n_nodes * sizeof *to->group[l]);
    }
}

size_t ana_sbm_tower_bytes(const ana_sbm_network *network, bool nested)
{
    const size_t room = ana_sbm_room(network->n);
    size_t bytes = 0;
    size_t stages = 0;
    size_t upper = 0;
    bool fits =
        ana_multiply(network->n, (ANA_SBM_MOST_STAGES + 8) * sizeof(size_t), &stages) &&
        ana_add(ana_sbm_state_bytes(network, ana_sbm_capacity(network->n)), stages, &bytes) &&
        ana_multiply((ANA_SBM_MOST_LEVELS + 3) * room * room * sizeof(ana_sbm_pair),
                     network->n_layers, &upper) &&
        ana_add(bytes, nested ? upper : 0, &bytes);
    return fits ? bytes : SIZE_MAX;
}

static ana_status make_upper(const ana_sbm_terms *terms, const ana_sbm_network *network,
                             ana_workspace *workspace, ana_sbm_tower *tower)
{
    ana_status status = ANA_OK;
    ana_sbm_network *groups = &tower->groups;
    *groups = (ana_sbm_network){.n = tower->room,
                                .upper = true,
                                .n_layers = network->n_layers,
                                .layer_edges = network->layer_edges,
                                .n_sides = network->n_sides};
    for (size_t side = 0; side < network->n_sides; side++) {
        groups->start[side] = ana_workspace_sizes(workspace, tower->room + 1, 1);
        groups->links[side] = ana_workspace_bytes(workspace, network->n_layers * tower->room,
                                                  tower->room, sizeof *groups->links[side]);
    }
    ANA_TRY(ana_workspace_check(workspace, "sbm"));
    ANA_TRY(ana_sbm_search_make(terms, groups, tower->room, workspace, &tower->upper));
    for (size_t l = 1; l < ANA_SBM_MOST_LEVELS; l++) {
        const size_t n = l == 1 ? tower->lowest.state.levels[0].capacity : tower->room;
        ANA_TRY(ana_sbm_state_reserve(&tower->lowest.state, l, n, tower->room, workspace));
    }
done:
    return status;
}

/* The states keep addresses within the tower: it must not be moved afterwards. */
ana_status ana_sbm_tower_make(const ana_sbm_terms *terms, const ana_sbm_network *network,
                              bool nested, ana_workspace *workspace, ana_sbm_tower *out)
{
    ana_status status = ANA_OK;
    const size_t capacity = ana_sbm_capacity(network->n);
    *out = (ana_sbm_tower){.room = ana_sbm_room(network->n)};
    ANA_TRY(ana_sbm_search_make(terms, network, capacity, workspace, &out->lowest));
    ANA_TRY(ana_sbm_found_make(network->n, out->room, nested, workspace, &out->trial));
    out->number_of = ana_workspace_sizes(workspace, capacity, 1);
    ANA_TRY(ana_workspace_check(workspace, "sbm"));
    if (nested) {
        ANA_TRY(make_upper(terms, network, workspace, out));
    }
done:
    return status;
}

void ana_sbm_tower_set(ana_sbm_tower *tower, const ana_sbm_found *found)
{
    ana_sbm_state *state = &tower->lowest.state;
    state->n_levels = 1;
    for (size_t l = 1; l < found->n_levels; l++) {
        ana_sbm_state_stack(state, found->n_groups[l - 1], found->group[l], found->n_groups[l]);
    }
    ana_sbm_search_set(&tower->lowest, found->group[0]);
}

/* Labels of one level without gaps; `below` (NULL: nodes, all there) has them already. */
static size_t compact(const ana_sbm_level *level, const ana_sbm_level *below,
                      const size_t *number_below, size_t *number_of, size_t *out)
{
    size_t n = 0;
    for (size_t g = 0; g < level->capacity; g++) {
        number_of[g] = n;
        n += level->size[g] > 0 ? 1 : 0;
    }
    for (size_t i = 0; i < level->n; i++) {
        if (below == NULL) {
            out[i] = number_of[level->group[i]];
        } else if (below->size[i] > 0) {
            out[number_below[i]] = number_of[level->group[i]];
        }
    }
    return n;
}

/* What the lowest level's state holds. */
static void gather(ana_sbm_tower *tower, ana_sbm_found *found)
{
    const ana_sbm_state *state = &tower->lowest.state;
    size_t *numbers[2] = {tower->number_of, tower->lowest.heir};
    found->n_levels = state->n_levels;
    found->length = tower->lowest.length;
    for (size_t l = 0; l < state->n_levels; l++) {
        found->n_groups[l] = compact(&state->levels[l], l > 0 ? &state->levels[l - 1] : NULL,
                                     numbers[(l + 1) % 2], numbers[l % 2], found->group[l]);
    }
}

/* Of one group with the first n, on one side, from link `at` on; where the next begins. */
static size_t link_group(const ana_sbm_level *level, bool incoming, size_t a, size_t n,
                         bool directed, ana_sbm_link *links, size_t at)
{
    for (size_t i = 0; i < n * level->n_layers; i++) {
        const size_t b = i / level->n_layers;
        const size_t layer = i % level->n_layers;
        const bool turned = directed ? incoming : a > b;
        ana_sbm_amount amount =
            ana_sbm_pair_of(level, layer, turned ? b : a, turned ? a : b)->amount;
        amount.filled = 1.0;
        amount.square = amount.sum * amount.sum;
        if (amount.edges > 0.0 && !(incoming && a == b)) {
            links[at++] = (ana_sbm_link){(uint32_t)b, (uint32_t)layer, amount};
        }
    }
    return at;
}

/* The first n groups of a level, whose labels have no gaps, as a network. */
static void link_groups(const ana_sbm_terms *terms, const ana_sbm_level *level, size_t n,
                        ana_sbm_network *groups)
{
    groups->n = n;
    for (size_t side = 0; side < groups->n_sides; side++) {
        for (size_t a = 0; a < n; a++) {
            groups->start[side][a + 1] = link_group(level, side == 1, a, n, terms->directed,
                                                    groups->links[side], groups->start[side][a]);
        }
    }
}

/* The best of a few searches for a partition of the groups. Returns how many. */
static size_t group_groups(ana_sbm_tower *tower, size_t *group)
{
    ana_sbm_search *upper = &tower->upper;
    ana_sbm_level *level = &upper->state.levels[0];
    double best = INFINITY;
    level->n = tower->groups.n;
    level->capacity = tower->groups.n;
    for (size_t k = 0; k < N_CLIMBS; k++) {
        ana_sbm_agglomerate(upper);
        ana_sbm_refine(upper);
        if (upper->length < best - least_gain) {
            best = upper->length;
            compact(level, NULL, NULL, tower->number_of, group);
        }
    }
    ana_sbm_search_set(upper, group);
    return level->n_groups;
}

/* Upper levels for the lowest partition of the trial, from scratch; its length follows. */
static void climb(ana_sbm_tower *tower)
{
    ana_sbm_found *trial = &tower->trial;
    ana_sbm_search *upper = &tower->upper;
    const ana_sbm_terms *terms = tower->lowest.state.terms;
    trial->n_levels = 1;
    ana_sbm_tower_set(tower, trial);
    upper->random = tower->lowest.random;
    const ana_sbm_level *level = &tower->lowest.state.levels[0];
    size_t n = trial->n_groups[0];
    while (n > 1) {
        const size_t l = trial->n_levels++;
        size_t n_groups = 1;
        if (l + 2 < ANA_SBM_MOST_LEVELS) {
            upper->state.network = &tower->groups;
            link_groups(terms, level, n, &tower->groups);
            n_groups = group_groups(tower, trial->group[l]);
            level = &upper->state.levels[0];
        }
        if (n_groups == n || n_groups == 1) {
            memset(trial->group[l], 0, n * sizeof *trial->group[l]);
            n_groups = 1;
        }
        trial->n_groups[l] = n_groups;
        n = n_groups;
    }
    tower->lowest.random = upper->random;
    ana_sbm_tower_set(tower, trial);
    trial->length = tower->lowest.length;
}

static void keep_if_better(const ana_sbm_tower *tower, ana_sbm_found *best)
{
    if (tower->trial.length < best->length - least_gain) {
        ana_sbm_found_copy(tower->lowest.state.network->n, &tower->trial, best);
    }
}

/* A hierarchy pays less for groups than a flat partition: finer stages come into question. */
static void try_stages(ana_sbm_tower *tower, ana_sbm_found *best)
{
    const size_t n = tower->lowest.state.network->n;
    const size_t n_flat = best->n_groups[0];
    ana_sbm_found_copy(n, best, &tower->trial);
    best->length = INFINITY;
    if (n_flat <= tower->room) {
        climb(tower);
        keep_if_better(tower, best);
    }
    for (size_t s = 0; s < tower->lowest.n_stages; s++) {
        const size_t n_groups = tower->lowest.stage_groups[s];
        if (n_groups > tower->room || n_groups > 3 * n_flat + 3 ||
            (n_groups < n_flat && isfinite(best->length))) {
            continue;
        }
        tower->lowest.state.n_levels = 1;
        ana_sbm_search_set(&tower->lowest, tower->lowest.stage + s * n);
        gather(tower, &tower->trial);
        climb(tower);
        keep_if_better(tower, best);
    }
}

/* From the best, after Monte Carlo where asked for, to the nearest that cannot be bettered. */
static void improve(ana_sbm_tower *tower, bool nested, bool kick, ana_sbm_found *best)
{
    ana_sbm_tower_set(tower, best);
    for (size_t k = 0; k < KICK_SWEEPS && kick; k++) {
        ana_sbm_gibbs(&tower->lowest);
    }
    ana_sbm_refine(&tower->lowest);
    gather(tower, &tower->trial);
    if (!nested || tower->trial.n_levels > 1 || tower->trial.n_groups[0] == 1) {
        keep_if_better(tower, best); /* else a single group was split that has none above it yet */
    }
    if (nested && tower->trial.n_groups[0] <= tower->room) {
        climb(tower);
        keep_if_better(tower, best);
    }
}

void ana_sbm_tower_search(ana_sbm_tower *tower, bool nested, size_t n_rounds, ana_sbm_found *best)
{
    tower->lowest.state.n_levels = 1;
    ana_sbm_agglomerate(&tower->lowest);
    ana_sbm_refine(&tower->lowest);
    gather(tower, best);
    if (nested) {
        try_stages(tower, best);
    }
    double before = INFINITY;
    while (best->length < before - least_gain) {
        before = best->length;
        improve(tower, nested, false, best);
    }
    for (size_t round = 0; round < n_rounds; round++) {
        improve(tower, nested, true, best);
    }
}
