/* The groups of what a search found, numbered for a reader; and the end of a fit. */
#include "sbm_hierarchy.h"

#include "lists.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <stdlib.h>
#include <string.h>

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

ana_status ana_sbm_copy_hierarchy(size_t n_nodes, const ana_sbm_found *found,
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
    ana_free_texts(sbm->n_layers, sbm->layer_names);
    free(sbm->level_lengths);
    free(sbm->restart_lengths);
    free(sbm->membership);
    free(sbm->similarity);
    free(sbm->certainty);
    free(sbm->sample_groups);
    free(sbm);
}
