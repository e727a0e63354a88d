/* Restarts over threads, the best of them, and how sure it is. */
#include "checked.h"
#include "lists.h"
#include "memory.h"
#include "sbm_prepare.h"
#include "sbm_samples.h"
#include "sbm_tower.h"
#include "try.h"

#include <analysis/models/sbm.h>

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* One way to treat degrees. */
typedef struct variant {
    bool corrected;
    ana_sbm_terms terms;
    ana_sbm_network network;
} variant;

typedef struct fit_plan {
    const ana_graph *graph;
    const ana_sbm_options *options;
    size_t n_variants;
    variant variants[2];
    int n_threads;
    ana_sbm_tower *towers; /* n_threads */
    ana_sbm_found *found;  /* n_variants x n_restarts */
} fit_plan;

static ana_status prepare_variants(fit_plan *plan, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    const ana_sbm_options *options = plan->options;
    plan->n_variants = options->degrees == ANA_SBM_DEGREES_AUTO ? 2 : 1;
    for (size_t v = 0; v < plan->n_variants; v++) {
        variant *each = &plan->variants[v];
        each->corrected = v == 0 && options->degrees != ANA_SBM_DEGREES_PLAIN;
        ANA_TRY(ana_sbm_prepare(plan->graph, options, each->corrected, plan->graph->n_nodes,
                                workspace, &each->terms, &each->network));
    }
done:
    return status;
}

static ana_status make_towers(fit_plan *plan, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    const ana_sbm_options *options = plan->options;
    const size_t n = plan->graph->n_nodes;
    const size_t n_items = plan->n_variants * options->n_restarts;
    const size_t one = ana_sbm_tower_bytes(&plan->variants[0].network, options->nested);
    size_t bytes = 0;
    plan->n_threads = ana_run_threads(&options->run, n_items);
    const bool fits = ana_multiply(one, (size_t)plan->n_threads, &bytes);
    ANA_TRY(ana_run_check_memory(&options->run, fits ? bytes : SIZE_MAX, "sbm"));
    plan->towers = ana_workspace_bytes(workspace, (size_t)plan->n_threads, 1, sizeof *plan->towers);
    plan->found = ana_workspace_bytes(workspace, n_items, 1, sizeof *plan->found);
    ANA_TRY(ana_workspace_check(workspace, "sbm"));
    for (int t = 0; t < plan->n_threads; t++) {
        ANA_TRY(ana_sbm_tower_make(&plan->variants[0].terms, &plan->variants[0].network,
                                   options->nested, workspace, &plan->towers[t]));
    }
    for (size_t i = 0; i < n_items; i++) {
        ANA_TRY(
            ana_sbm_found_make(n, ana_sbm_room(n), options->nested, workspace, &plan->found[i]));
    }
done:
    return status;
}

/* The tables differ between variants, the room does not. */
static void give_variant(const fit_plan *plan, size_t v, ana_sbm_tower *tower)
{
    ana_sbm_state *lowest = &tower->lowest.state;
    lowest->terms = &plan->variants[v].terms;
    lowest->network = &plan->variants[v].network;
    lowest->prior_below = plan->options->prior_twice;
    tower->upper.state.terms = &plan->variants[v].terms;
}

static void search(const fit_plan *plan, size_t item, ana_sbm_tower *tower)
{
    const ana_sbm_options *options = plan->options;
    give_variant(plan, item / options->n_restarts, tower);
    tower->lowest.random = ana_random_stream(options->run.seed, "sbm.search", item);
    ana_sbm_tower_search(tower, options->nested, options->n_rounds, &plan->found[item]);
}

static ana_status search_all(const fit_plan *plan)
{
    const size_t n_items = plan->n_variants * plan->options->n_restarts;
    ana_status status = ANA_OK;
    for (size_t first = 0; first < n_items && status == ANA_OK; first += (size_t)plan->n_threads) {
        const size_t left = n_items - first;
        const size_t n = left < (size_t)plan->n_threads ? left : (size_t)plan->n_threads;
#pragma omp parallel for default(none) shared(plan, first, n) num_threads(plan->n_threads)         \
    schedule(static, 1)
        for (size_t i = 0; i < n; i++) {
            search(plan, first + i, &plan->towers[omp_get_thread_num()]);
        }
        status = ana_run_progress(&plan->options->run, "communities", first + n, n_items);
    }
    return status;
}

static size_t shortest(const ana_sbm_found *found, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++) {
        best = found[i].length < found[best].length ? i : best;
    }
    return best;
}

/* A group on its way to its place among those of its level. */
typedef struct ranked {
    size_t group;
    size_t parent; /* its place; 0 at the top */
    size_t size;
    size_t first; /* member */
} ranked;

static int compare_ranked(const void *a, const void *b)
{
    const ranked *x = a;
    const ranked *y = b;
    if (x->parent != y->parent) {
        return x->parent < y->parent ? -1 : 1;
    }
    if (x->size != y->size) {
        return x->size > y->size ? -1 : 1;
    }
    return (x->first > y->first) - (x->first < y->first);
}

/* Where each group of level l comes, given where its parents do; nodes take the new numbers. */
static void rank_level(ana_sbm_hierarchy *hierarchy, size_t l, size_t n, const size_t *place_above,
                       ranked *rank, size_t *place)
{
    const size_t n_groups = hierarchy->n_groups[l];
    for (size_t g = 0; g < n_groups; g++) {
        const bool top = l + 1 == hierarchy->n_levels;
        rank[g] = (ranked){g, top ? 0 : place_above[hierarchy->group[l + 1][g]], 0, n};
    }
    for (size_t i = 0; i < n; i++) {
        ranked *own = &rank[hierarchy->group[l][i]];
        own->first = own->size++ == 0 ? i : own->first;
    }
    qsort(rank, n_groups, sizeof *rank, compare_ranked);
    for (size_t r = 0; r < n_groups; r++) {
        place[rank[r].group] = r;
    }
}

/* Number the groups anew, from the top down. */
static ana_status order_groups(size_t n_nodes, ana_sbm_hierarchy *hierarchy)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t *place[2] = {ana_workspace_sizes(&workspace, n_nodes, 1),
                        ana_workspace_sizes(&workspace, n_nodes, 1)};
    size_t *moved = ana_workspace_sizes(&workspace, n_nodes, 1);
    ranked *rank = ana_workspace_bytes(&workspace, n_nodes, 1, sizeof *rank);
    ANA_TRY(ana_workspace_check(&workspace, "sbm"));
    for (size_t l = hierarchy->n_levels; l-- > 0;) {
        const size_t n = l > 0 ? hierarchy->n_groups[l - 1] : n_nodes;
        rank_level(hierarchy, l, n, place[(l + 1) % 2], rank, place[l % 2]);
        if (l + 1 < hierarchy->n_levels) { /* the groups are the level above's nodes */
            for (size_t g = 0; g < hierarchy->n_groups[l]; g++) {
                moved[place[l % 2][g]] = place[(l + 1) % 2][hierarchy->group[l + 1][g]];
            }
            memcpy(hierarchy->group[l + 1], moved, hierarchy->n_groups[l] * sizeof *moved);
        }
    }
    for (size_t i = 0; i < n_nodes; i++) {
        hierarchy->group[0][i] = place[0][hierarchy->group[0][i]];
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status copy_hierarchy(size_t n_nodes, const ana_sbm_found *found,
                                 ana_sbm_hierarchy *hierarchy)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_allocate(found->n_levels, sizeof(size_t), "sbm", &hierarchy->n_groups));
    ANA_TRY(ana_allocate(found->n_levels, sizeof(size_t *), "sbm", &hierarchy->group));
    hierarchy->n_levels = found->n_levels;
    for (size_t l = 0; l < found->n_levels; l++) {
        const size_t n = l > 0 ? found->n_groups[l - 1] : n_nodes;
        ANA_TRY(ana_allocate(n, sizeof(size_t), "sbm", &hierarchy->group[l]));
        memcpy(hierarchy->group[l], found->group[l], n * sizeof(size_t));
        hierarchy->n_groups[l] = found->n_groups[l];
    }
    ANA_TRY(order_groups(n_nodes, hierarchy));
done:
    return status;
}

static ana_status describe_best(const fit_plan *plan, ana_sbm *sbm)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_sbm_options options = *plan->options;
    ana_sbm_length one;
    size_t *single = ana_workspace_sizes(&workspace, sbm->n_nodes, 1);
    ANA_TRY(ana_workspace_check(&workspace, "sbm"));
    options.degrees = sbm->corrected ? ANA_SBM_DEGREES_CORRECTED : ANA_SBM_DEGREES_PLAIN;
    if (options.nested) {
        ANA_TRY(ana_sbm_describe_nested(plan->graph, &sbm->hierarchy, &options, sbm->level_lengths,
                                        &sbm->length));
    } else {
        ANA_TRY(ana_sbm_describe(plan->graph, sbm->hierarchy.group[0], &options, &sbm->length));
        sbm->level_lengths[0] = sbm->length.total;
    }
    ANA_TRY(ana_sbm_describe(plan->graph, single, &options, &one));
    sbm->one_group = one.total;
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status take_best(const fit_plan *plan, size_t item, ana_sbm *sbm)
{
    ana_status status = ANA_OK;
    const ana_sbm_found *found = plan->found;
    const size_t n_restarts = plan->options->n_restarts;
    const size_t v = item / n_restarts;
    sbm->weights = (ana_sbm_weights)plan->options->weights;
    sbm->column = plan->options->column;
    sbm->corrected = plan->variants[v].corrected;
    sbm->n_restarts = n_restarts;
    sbm->best_restart = item % n_restarts;
    sbm->other_degrees = (double)NAN;
    if (plan->n_variants == 2) {
        const ana_sbm_found *others = found + (1 - v) * n_restarts;
        sbm->other_degrees = others[shortest(others, n_restarts)].length;
    }
    ANA_TRY(ana_copy_texts(plan->graph->n_nodes, (const char *const *)plan->graph->node_names,
                           &sbm->node_names));
    sbm->n_nodes = plan->graph->n_nodes;
    ANA_TRY(ana_allocate(n_restarts, sizeof(double), "sbm", &sbm->restart_lengths));
    ANA_TRY(ana_allocate(found[item].n_levels, sizeof(double), "sbm", &sbm->level_lengths));
    for (size_t i = 0; i < n_restarts; i++) {
        sbm->restart_lengths[i] = found[v * n_restarts + i].length;
    }
    ANA_TRY(copy_hierarchy(sbm->n_nodes, &found[item], &sbm->hierarchy));
    ANA_TRY(describe_best(plan, sbm));
done:
    return status;
}

static ana_status sample_best(fit_plan *plan, size_t item, ana_sbm *sbm)
{
    const size_t v = item / plan->options->n_restarts;
    for (int t = 0; t < plan->n_threads; t++) {
        give_variant(plan, v, &plan->towers[t]);
    }
    return ana_sbm_sample(plan->options, plan->n_threads, plan->towers, sbm);
}

ana_status ana_sbm_fit(const ana_graph *graph, const ana_sbm_options *given, ana_sbm **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_sbm *sbm = NULL;
    const ana_sbm_options options = given != NULL ? *given : ana_sbm_options_default();
    fit_plan plan = {.graph = graph, .options = &options};
    struct timespec begin;
    struct timespec end;
    timespec_get(&begin, TIME_UTC);
    ANA_TRY(ana_options_check(ana_sbm_option_table, &options, "sbm"));
    ANA_TRY(ana_graph_check(graph));
    ANA_TRY(prepare_variants(&plan, &workspace));
    ANA_TRY(make_towers(&plan, &workspace));
    ANA_TRY(ana_allocate(1, sizeof *sbm, "sbm", &sbm));
    ANA_TRY(search_all(&plan));
    const size_t best = shortest(plan.found, plan.n_variants * options.n_restarts);
    ANA_TRY(take_best(&plan, best, sbm));
    ANA_TRY(sample_best(&plan, best, sbm));
    timespec_get(&end, TIME_UTC);
    sbm->seconds =
        (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
    *out = sbm;
    sbm = NULL;
done:
    ana_sbm_free(sbm);
    ana_workspace_release(&workspace);
    return status;
}

void ana_sbm_free(ana_sbm *sbm)
{
    if (sbm == NULL) {
        return;
    }
    for (size_t l = 0; l < sbm->hierarchy.n_levels; l++) {
        free(sbm->hierarchy.group[l]);
    }
    free(sbm->hierarchy.group);
    free(sbm->hierarchy.n_groups);
    ana_free_texts(sbm->n_nodes, sbm->node_names);
    free(sbm->level_lengths);
    free(sbm->restart_lengths);
    free(sbm->membership);
    free(sbm->similarity);
    free(sbm);
}
