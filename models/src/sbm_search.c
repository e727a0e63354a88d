#include "sbm_search.h"

#include <analysis/special.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FEW_GROUPS = 24,  /* all of them are candidates */
    N_NEIGHBOURS = 6, /* else the groups of so many neighbours */
    N_STRANGERS = 3,  /* and so many drawn at random */
    MOST_SWEEPS = 12,
    MOST_PASSES = 30,
    SPLIT_SWEEPS = 5,
    N_SPLITS = 2
};
static const double least_gain = 1e-7; /* nats; less is rounding */

ana_status ana_sbm_search_make(const ana_sbm_terms *terms, const ana_sbm_network *network,
                               size_t capacity, ana_workspace *workspace, ana_sbm_search *out)
{
    ana_sbm_search search = {0};
    ana_status status = ana_sbm_state_make(terms, network, capacity, workspace, &search.state);
    if (status != ANA_OK) {
        return status;
    }
    search.order = ana_workspace_sizes(workspace, network->n, 1);
    search.members = ana_workspace_sizes(workspace, network->n, 1);
    search.saved = ana_workspace_sizes(workspace, network->n, 1);
    search.candidate = ana_workspace_sizes(workspace, capacity + 1, 2);
    search.parent = ana_workspace_sizes(workspace, capacity + 1, 2);
    search.delta = ana_workspace_doubles(workspace, capacity + 1, 2);
    search.merges = ana_workspace_bytes(workspace, capacity, 1, sizeof *search.merges);
    search.heir = ana_workspace_sizes(workspace, capacity, 1);
    search.stage = ana_workspace_sizes(workspace, ANA_SBM_MOST_STAGES, network->n);
    search.stage_length = ana_workspace_doubles(workspace, ANA_SBM_MOST_STAGES, 1);
    search.stage_groups = ana_workspace_sizes(workspace, ANA_SBM_MOST_STAGES, 1);
    *out = search;
    return ana_workspace_check(workspace, "sbm");
}

void ana_sbm_search_set(ana_sbm_search *search, const size_t *group)
{
    ana_sbm_state_set(&search->state, group);
    search->length = ana_sbm_state_length(&search->state, NULL, NULL);
}

static size_t draw(ana_sbm_search *search, size_t n)
{
    return (size_t)ana_random_below(&search->random, n);
}

static void add_candidate(ana_sbm_search *search, size_t *n, size_t group)
{
    for (size_t c = 0; c < *n; c++) {
        if (search->candidate[c] == group) {
            return;
        }
    }
    search->candidate[(*n)++] = group;
}

/* All groups but `from`, or some of them: those of the picked's neighbours, and any. */
static size_t list_candidates(ana_sbm_search *search, size_t from, bool all)
{
    const ana_sbm_level *level = &search->state.levels[0];
    const ana_sbm_picked *picked = &search->state.picked;
    size_t n = 0;
    if (all || level->n_groups <= FEW_GROUPS) {
        for (size_t i = 0; i < level->n_groups; i++) {
            if (level->order[i] != from) {
                search->candidate[n++] = level->order[i];
            }
        }
        return n;
    }
    for (size_t k = 0; k < N_NEIGHBOURS + N_STRANGERS; k++) {
        const bool neighbour = k < N_NEIGHBOURS && picked->n_touched > 0;
        const size_t group = neighbour ? picked->touched[draw(search, picked->n_touched)]
                                       : level->order[draw(search, level->n_groups)];
        if (group != from) {
            add_candidate(search, &n, group);
        }
    }
    return n;
}

static size_t best_candidate(ana_sbm_search *search, size_t n, double *delta)
{
    size_t best = 0;
    *delta = INFINITY;
    for (size_t c = 0; c < n; c++) {
        const double d = ana_sbm_propose(&search->state, search->candidate[c]);
        if (d < *delta) {
            *delta = d;
            best = search->candidate[c];
        }
    }
    return best;
}

static void move_picked(ana_sbm_search *search, size_t to)
{
    search->length += ana_sbm_propose(&search->state, to);
    ana_sbm_apply(&search->state);
}

double ana_sbm_sweep(ana_sbm_search *search, bool fresh)
{
    ana_sbm_level *level = &search->state.levels[0];
    const double before = search->length;
    ana_random_permutation(&search->random, level->n, search->order);
    for (size_t k = 0; k < level->n; k++) {
        double delta = 0.0;
        const size_t node = search->order[k];
        const size_t from = level->group[node];
        ana_sbm_pick_node(&search->state, node);
        size_t n = list_candidates(search, from, false);
        if (fresh && level->size[from] > 1 && level->n_groups < level->capacity) {
            search->candidate[n++] = level->order[level->n_groups];
        }
        const size_t to = best_candidate(search, n, &delta);
        if (delta < -least_gain) {
            move_picked(search, to);
        }
    }
    return before - search->length;
}

/* Posterior of unlabelled partitions: each stands for B! labelled ones. */
static double log_weight(const ana_sbm_level *level, double delta, size_t n_groups)
{
    const double more = n_groups > level->n_groups   ? log((double)n_groups)
                        : n_groups < level->n_groups ? -log((double)level->n_groups)
                                                     : 0.0;
    return more - delta;
}

/* A group that does not exist yet: as the last of the candidates, below each group of the level
 * above. A node that is alone has one already below its own. In a hierarchy one place stays free,
 * so that a group can always change its parent, and all moves can be taken back. */
static size_t list_fresh(ana_sbm_search *search, size_t n, size_t from, bool alone)
{
    const ana_sbm_state *state = &search->state;
    const ana_sbm_level *level = &state->levels[0];
    const bool nested = state->n_levels > 1;
    if (level->n_groups + (nested && !alone ? 1 : 0) >= level->capacity) {
        return n;
    }
    const size_t fresh = level->order[level->n_groups];
    for (size_t p = 0; p < (nested ? state->levels[1].n_groups : 1); p++) {
        const size_t parent = nested ? state->levels[1].order[p] : 0;
        const bool own = !nested || parent == state->levels[1].group[from];
        if (!(alone && own)) {
            search->candidate[n] = fresh;
            search->parent[n++] = parent;
        }
    }
    return n;
}

/* Below it there is only the group of a node that is alone: it would be gone with it. */
static bool is_last_child(const ana_sbm_state *state, size_t group)
{
    return state->n_levels > 1 && state->levels[1].size[state->levels[1].group[group]] == 1;
}

/* One node into a group drawn by its posterior; candidates from `n_there` on do not exist yet. */
static void draw_group(ana_sbm_search *search, size_t n_there, size_t n)
{
    ana_sbm_state *state = &search->state;
    const ana_sbm_level *level = &state->levels[0];
    double most = 0.0;
    for (size_t c = 0; c < n; c++) {
        const size_t to = search->candidate[c];
        const double d = c < n_there ? ana_sbm_propose(state, to)
                                     : ana_sbm_propose_under(state, to, search->parent[c]);
        search->delta[c] = log_weight(level, d, level->step.n_groups);
        most = search->delta[c] > most ? search->delta[c] : most;
    }
    for (size_t c = 0; c < n; c++) {
        search->delta[c] = exp(search->delta[c] - most);
    }
    search->delta[n] = exp(-most);
    const size_t drawn = ana_random_categorical(&search->random, n + 1, search->delta);
    if (drawn < n_there) {
        move_picked(search, search->candidate[drawn]);
    } else if (drawn < n) {
        search->length +=
            ana_sbm_propose_under(state, search->candidate[drawn], search->parent[drawn]);
        ana_sbm_apply(state);
    }
}

void ana_sbm_gibbs(ana_sbm_search *search)
{
    const ana_sbm_level *level = &search->state.levels[0];
    ana_random_permutation(&search->random, level->n, search->order);
    for (size_t k = 0; k < level->n; k++) {
        const size_t node = search->order[k];
        const size_t from = level->group[node];
        const bool alone = level->size[from] == 1;
        if (alone && is_last_child(&search->state, from)) {
            continue;
        }
        ana_sbm_pick_node(&search->state, node);
        const size_t n = list_candidates(search, from, true);
        draw_group(search, n, list_fresh(search, n, from, alone));
    }
}

static int compare_merges(const void *a, const void *b)
{
    const ana_sbm_merge *x = a;
    const ana_sbm_merge *y = b;
    if (x->delta != y->delta) {
        return x->delta < y->delta ? -1 : 1;
    }
    return (x->from > y->from) - (x->from < y->from);
}

/* For each group into which other it goes best, best first. */
static size_t list_merges(ana_sbm_search *search)
{
    const ana_sbm_level *level = &search->state.levels[0];
    for (size_t i = 0; i < level->n_groups; i++) {
        const size_t from = level->order[i];
        double delta = 0.0;
        ana_sbm_pick_group(&search->state, from);
        const size_t n = list_candidates(search, from, false);
        const size_t to = best_candidate(search, n, &delta);
        search->merges[i] = (ana_sbm_merge){from, to, delta};
    }
    qsort(search->merges, level->n_groups, sizeof *search->merges, compare_merges);
    return level->n_groups;
}

static size_t last_heir(const size_t *heir, size_t group)
{
    while (heir[group] != group) {
        group = heir[group];
    }
    return group;
}

static void merge_down_to(ana_sbm_search *search, size_t n_wanted)
{
    ana_sbm_level *level = &search->state.levels[0];
    const size_t n = list_merges(search);
    for (size_t g = 0; g < level->capacity; g++) {
        search->heir[g] = g;
    }
    for (size_t m = 0; m < n && level->n_groups > n_wanted; m++) {
        const size_t from = last_heir(search->heir, search->merges[m].from);
        const size_t to = last_heir(search->heir, search->merges[m].to);
        if (from != to && isfinite(search->merges[m].delta)) {
            ana_sbm_pick_group(&search->state, from);
            move_picked(search, to);
            search->heir[from] = to;
        }
    }
}

static void keep_stage(ana_sbm_search *search)
{
    const ana_sbm_level *level = &search->state.levels[0];
    if (search->n_stages < ANA_SBM_MOST_STAGES) {
        const size_t s = search->n_stages++;
        memcpy(search->stage + s * level->n, level->group, level->n * sizeof *level->group);
        search->stage_length[s] = search->length;
        search->stage_groups[s] = level->n_groups;
    }
}

/* A partition into groups as small as possible, at random. */
static void scatter(ana_sbm_search *search)
{
    ana_sbm_level *level = &search->state.levels[0];
    ana_random_permutation(&search->random, level->n, search->order);
    for (size_t k = 0; k < level->n; k++) {
        level->group[search->order[k]] = k % level->capacity;
    }
    ana_sbm_search_set(search, level->group);
}

static size_t fewer(size_t n_groups)
{
    if (n_groups > 48) {
        return n_groups / 2 + 1;
    }
    return n_groups > 12 ? n_groups * 4 / 5 : n_groups - 1;
}

void ana_sbm_agglomerate(ana_sbm_search *search)
{
    const ana_sbm_level *level = &search->state.levels[0];
    size_t best = 0;
    search->n_stages = 0;
    scatter(search);
    keep_stage(search);
    while (level->n_groups > 1 && search->n_stages < ANA_SBM_MOST_STAGES) {
        merge_down_to(search, fewer(level->n_groups));
        const size_t n_sweeps = level->n_groups > 48 ? 1 : 4;
        for (size_t k = 0; k < n_sweeps && ana_sbm_sweep(search, false) > least_gain; k++) {
        }
        keep_stage(search);
    }
    for (size_t s = 1; s < search->n_stages; s++) {
        best = search->stage_length[s] < search->stage_length[best] ? s : best;
    }
    ana_sbm_search_set(search, search->stage + best * level->n);
}

static size_t list_members(ana_sbm_search *search, size_t group)
{
    const ana_sbm_level *level = &search->state.levels[0];
    size_t n = 0;
    for (size_t i = 0; i < level->n; i++) {
        if (level->group[i] == group) {
            search->members[n++] = i;
        }
    }
    return n;
}

/* Each member into the better of the two groups; how many went. */
static size_t sort_members(ana_sbm_search *search, size_t n, size_t a, size_t b)
{
    const ana_sbm_level *level = &search->state.levels[0];
    size_t n_moved = 0;
    for (size_t k = n; k > 1; k--) {
        const size_t other = draw(search, k);
        const size_t held = search->members[k - 1];
        search->members[k - 1] = search->members[other];
        search->members[other] = held;
    }
    for (size_t k = 0; k < n; k++) {
        const size_t node = search->members[k];
        const size_t from = level->group[node];
        const size_t to = from == a ? b : a;
        ana_sbm_pick_node(&search->state, node);
        if (level->size[from] > 1 && ana_sbm_propose(&search->state, to) < -least_gain) {
            move_picked(search, to);
            n_moved++;
        }
    }
    return n_moved;
}

/* Split a group into two at random, then let its members choose. */
static void split(ana_sbm_search *search, size_t group)
{
    const ana_sbm_level *level = &search->state.levels[0];
    const size_t n = list_members(search, group);
    const size_t fresh = level->order[level->n_groups];
    for (size_t k = 0; k < n; k++) {
        const bool goes = ana_random_uniform(&search->random) < 0.5;
        if (goes && level->size[group] > 1) {
            ana_sbm_pick_node(&search->state, search->members[k]);
            move_picked(search, fresh);
        }
    }
    for (size_t k = 0; k < SPLIT_SWEEPS && level->size[fresh] > 0; k++) {
        if (sort_members(search, n, group, fresh) == 0) {
            break;
        }
    }
}

static bool can_split(const ana_sbm_level *level, size_t group)
{
    return level->size[group] > 1 && level->n_groups < level->capacity;
}

static double try_splits(ana_sbm_search *search)
{
    const ana_sbm_level *level = &search->state.levels[0];
    const double before = search->length;
    for (size_t g = 0; g < level->capacity; g++) {
        for (size_t k = 0; k < N_SPLITS && can_split(level, g); k++) {
            const double whole = search->length;
            const size_t fresh = level->order[level->n_groups];
            split(search, g);
            if (search->length > whole - least_gain && level->size[fresh] > 0) {
                ana_sbm_pick_group(&search->state, fresh);
                move_picked(search, g);
            }
        }
    }
    return before - search->length;
}

static double try_merges(ana_sbm_search *search)
{
    const ana_sbm_level *level = &search->state.levels[0];
    const double before = search->length;
    while (level->n_groups > 1) {
        list_merges(search);
        const ana_sbm_merge best = search->merges[0];
        if (best.delta > -least_gain) {
            break;
        }
        ana_sbm_pick_group(&search->state, best.from);
        move_picked(search, best.to);
    }
    return before - search->length;
}

/* The members of two groups, put together and split anew; taken back unless it gains. */
static void merge_and_split(ana_sbm_search *search, size_t a, size_t b)
{
    ana_sbm_state *state = &search->state;
    const ana_sbm_level *level = &state->levels[0];
    const double before = search->length;
    const size_t parent = state->n_levels > 1 ? state->levels[1].group[a] : 0;
    memcpy(search->saved, level->group, level->n * sizeof *level->group);
    ana_sbm_pick_group(state, a);
    move_picked(search, b);
    if (can_split(level, b)) {
        split(search, b);
    }
    if (search->length > before - least_gain) {
        if (state->n_levels > 1) {
            state->levels[1].group[a] = parent;
        }
        ana_sbm_search_set(search, search->saved);
    }
}

static double try_both(ana_sbm_search *search)
{
    const ana_sbm_level *level = &search->state.levels[0];
    const double before = search->length;
    for (size_t k = 0; k < level->n_groups && level->n_groups > 1; k++) {
        const size_t a = level->order[draw(search, level->n_groups)];
        const size_t b = level->order[draw(search, level->n_groups)];
        if (a != b) {
            merge_and_split(search, a, b);
        }
    }
    return before - search->length;
}

void ana_sbm_refine(ana_sbm_search *search)
{
    for (size_t pass = 0; pass < MOST_PASSES; pass++) {
        double gained = 0.0;
        for (size_t k = 0; k < MOST_SWEEPS; k++) {
            const double gain = ana_sbm_sweep(search, true);
            gained += gain;
            if (gain < least_gain) {
                break;
            }
        }
        gained += try_merges(search);
        gained += try_splits(search);
        gained += try_both(search);
        if (gained < least_gain) {
            break;
        }
    }
}
