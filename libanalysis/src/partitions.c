#include "try.h"
#include "workspace.h"

#include <analysis/partitions.h>

#include <math.h>
#include <string.h>

static ana_status check(size_t n_draws, size_t n_items)
{
    if (n_draws == 0 || n_items == 0) {
        return ana_fail(ANA_ERR_VALUE, "partitions: %zu draws of %zu items; at least one of each",
                        n_draws, n_items);
    }
    return ANA_OK;
}

ana_status ana_partitions_similarity(size_t n_draws, size_t n_items, const uint16_t *draws,
                                     double *similarity)
{
    ana_status status = check(n_draws, n_items);
    if (status != ANA_OK) {
        return status;
    }
    memset(similarity, 0, n_items * n_items * sizeof *similarity);
    for (size_t d = 0; d < n_draws; d++) {
        const uint16_t *labels = draws + d * n_items;
        for (size_t i = 0; i < n_items; i++) {
            double *row = similarity + i * n_items;
            for (size_t j = 0; j < n_items; j++) {
                row[j] += labels[i] == labels[j] ? 1.0 : 0.0;
            }
        }
    }
    for (size_t j = 0; j < n_items * n_items; j++) {
        similarity[j] /= (double)n_draws;
    }
    return ANA_OK;
}

/* PEAR from pairs, pairs within, the sum of similarities and that of the pairs within. */
static double pear_of(double pairs, double within, double similar, double both)
{
    const double chance = pairs > 0.0 ? within * similar / pairs : 0.0;
    const double most = 0.5 * (within + similar);
    return most - chance > 1e-12 * pairs ? (both - chance) / (most - chance) : 1.0;
}

double ana_partitions_pear(size_t n_items, const double *similarity, const size_t *labels)
{
    const double n = (double)n_items;
    double within = 0.0;
    double similar = 0.0;
    double both = 0.0;
    for (size_t i = 0; i < n_items; i++) {
        for (size_t j = 0; j < i; j++) {
            const double here = similarity[i * n_items + j];
            similar += here;
            within += labels[i] == labels[j] ? 1.0 : 0.0;
            both += labels[i] == labels[j] ? here : 0.0;
        }
    }
    return pear_of(0.5 * n * (n - 1.0), within, similar, both);
}

/* Labels by falling size, then first item; `size` and `rank` have n_items places. */
static size_t order_labels(size_t n_items, size_t *labels, size_t *size, size_t *rank)
{
    size_t n_labels = 0;
    /* First 0, 1, ... in the order of the first items. */
    memset(rank, 0, n_items * sizeof *rank);
    for (size_t i = 0; i < n_items; i++) {
        size_t before = 0;
        while (before < i && labels[before] != labels[i]) {
            before++;
        }
        rank[i] = before < i ? rank[before] : n_labels++;
    }
    memset(size, 0, n_items * sizeof *size);
    for (size_t i = 0; i < n_items; i++) {
        size[rank[i]]++;
    }
    for (size_t i = 0; i < n_items; i++) {
        const size_t own = rank[i];
        size_t place = 0;
        for (size_t other = 0; other < n_labels; other++) {
            const bool wins = other < own ? size[other] >= size[own] : size[other] > size[own];
            place += wins ? 1 : 0;
        }
        labels[i] = place;
    }
    return n_labels;
}

/* One step of the tree: the two clusters, by their numbers, and how far apart they were. */
typedef struct merge {
    size_t a;
    size_t b;
    double height;
} merge;

/* The nearest of the active clusters to `from`; `before` wins ties, so that the chain ends. */
static size_t nearest_to(size_t n, const double *distance, const size_t *size, size_t from,
                         size_t before)
{
    size_t best = before;
    double least = before < n ? distance[from * n + before] : (double)INFINITY;
    for (size_t j = 0; j < n; j++) {
        if (j != from && size[j] > 0 && distance[from * n + j] < least) {
            least = distance[from * n + j];
            best = j;
        }
    }
    return best;
}

/* Average linkage by chains of nearest neighbours (Murtagh 1983, Comput. J. 26(4)): n^2 steps. The
 * cluster b of a merge lives on, a does not. */
static void link_all(size_t n, double *distance, size_t *size, size_t *stack, merge *merges)
{
    size_t depth = 0;
    for (size_t done = 0; done + 1 < n;) {
        if (depth == 0) {
            size_t first = 0;
            while (size[first] == 0) {
                first++;
            }
            stack[depth++] = first;
        }
        const size_t top = stack[depth - 1];
        const size_t before = depth > 1 ? stack[depth - 2] : n;
        const size_t next = nearest_to(n, distance, size, top, before);
        if (next != before) {
            stack[depth++] = next;
            continue;
        }
        depth -= 2;
        const double a = (double)size[top];
        const double b = (double)size[before];
        merges[done++] = (merge){top, before, distance[top * n + before]};
        for (size_t j = 0; j < n; j++) {
            const double mean =
                (a * distance[top * n + j] + b * distance[before * n + j]) / (a + b);
            distance[before * n + j] = mean;
            distance[j * n + before] = mean;
        }
        size[before] += size[top];
        size[top] = 0;
    }
}

/* By rising height; equal ones keep their order. */
static void sort_merges(size_t n, merge *merges)
{
    for (size_t i = 1; i < n; i++) {
        const merge one = merges[i];
        size_t place = i;
        while (place > 0 && merges[place - 1].height > one.height) {
            merges[place] = merges[place - 1];
            place--;
        }
        merges[place] = one;
    }
}

static void keep_best(size_t n_items, const size_t *candidate, double score, size_t *labels,
                      double *best)
{
    if (score > *best + 1e-12) {
        *best = score;
        memcpy(labels, candidate, n_items * sizeof *labels);
    }
}

ana_status ana_partitions_summary(size_t n_draws, size_t n_items, const uint16_t *draws,
                                  const double *similarity, size_t *labels, size_t *n_labels,
                                  double *pear)
{
    ana_status status = check(n_draws, n_items);
    ana_workspace workspace = {0};
    if (status != ANA_OK) {
        return status;
    }
    double *distance = ana_workspace_doubles(&workspace, n_items, n_items);
    size_t *size = ana_workspace_sizes(&workspace, n_items, 1);
    size_t *stack = ana_workspace_sizes(&workspace, n_items, 1);
    size_t *candidate = ana_workspace_sizes(&workspace, n_items, 1);
    merge *merges = ana_workspace_bytes(&workspace, n_items, 1, sizeof *merges);
    double best = -INFINITY;
    ANA_TRY(ana_workspace_check(&workspace, "partitions"));
    for (size_t d = 0; d < n_draws; d++) {
        const uint16_t *draw = draws + d * n_items;
        if (d > 0 && memcmp(draw, draw - n_items, n_items * sizeof *draw) == 0) {
            continue;
        }
        for (size_t i = 0; i < n_items; i++) {
            candidate[i] = draw[i];
        }
        keep_best(n_items, candidate, ana_partitions_pear(n_items, similarity, candidate), labels,
                  &best);
    }
    for (size_t i = 0; i < n_items; i++) {
        size[i] = 1;
        candidate[i] = i;
        for (size_t j = 0; j < n_items; j++) {
            distance[i * n_items + j] = 1.0 - similarity[i * n_items + j];
        }
    }
    link_all(n_items, distance, size, stack, merges);
    sort_merges(n_items - 1, merges);
    for (size_t m = 0; m < n_items; m++) {
        keep_best(n_items, candidate, ana_partitions_pear(n_items, similarity, candidate), labels,
                  &best);
        for (size_t i = 0; m + 1 < n_items && i < n_items; i++) {
            candidate[i] = candidate[i] == merges[m].a ? merges[m].b : candidate[i];
        }
    }
    *n_labels = order_labels(n_items, labels, size, stack);
    *pear = best;
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Pairs within the labels' clusters; `counts` has n_counts places, zero before and after. */
static double pairs_within(size_t n_items, const uint16_t *labels, double *counts)
{
    double sum = 0.0;
    for (size_t i = 0; i < n_items; i++) {
        sum += counts[labels[i]]; /* a new one pairs with all before it */
        counts[labels[i]] += 1.0;
    }
    for (size_t i = 0; i < n_items; i++) {
        counts[labels[i]] = 0.0;
    }
    return sum;
}

static double pairs_in_both(size_t n_items, const uint16_t *a, const uint16_t *b, size_t width,
                            double *counts)
{
    double sum = 0.0;
    for (size_t i = 0; i < n_items; i++) {
        double *count = counts + (size_t)a[i] * width + b[i];
        sum += *count;
        *count += 1.0;
    }
    for (size_t i = 0; i < n_items; i++) {
        counts[(size_t)a[i] * width + b[i]] = 0.0;
    }
    return sum;
}

ana_status ana_partitions_best_draw(size_t n_draws, size_t n_items, const uint16_t *draws,
                                    size_t *labels, size_t *n_labels, double *pear)
{
    ana_status status = check(n_draws, n_items);
    ana_workspace workspace = {0};
    size_t width = 0;
    double best = -INFINITY;
    double similar = 0.0;
    size_t chosen = 0;
    if (status != ANA_OK) {
        return status;
    }
    for (size_t j = 0; j < n_draws * n_items; j++) {
        width = draws[j] >= width ? (size_t)draws[j] + 1 : width;
    }
    const double pairs = 0.5 * (double)n_items * ((double)n_items - 1.0);
    double *counts = ana_workspace_doubles(&workspace, width, width);
    double *within = ana_workspace_doubles(&workspace, n_draws, 1);
    size_t *size = ana_workspace_sizes(&workspace, n_items, 1);
    size_t *rank = ana_workspace_sizes(&workspace, n_items, 1);
    ANA_TRY(ana_workspace_check(&workspace, "partitions"));
    for (size_t d = 0; d < n_draws; d++) {
        within[d] = pairs_within(n_items, draws + d * n_items, counts);
        similar += within[d] / (double)n_draws;
    }
    for (size_t d = 0; d < n_draws; d++) {
        double both = 0.0;
        for (size_t e = 0; e < n_draws; e++) {
            both +=
                pairs_in_both(n_items, draws + d * n_items, draws + e * n_items, width, counts) /
                (double)n_draws;
        }
        const double score = pear_of(pairs, within[d], similar, both);
        if (score > best + 1e-12) {
            best = score;
            chosen = d;
        }
    }
    for (size_t i = 0; i < n_items; i++) {
        labels[i] = draws[chosen * n_items + i];
    }
    *n_labels = order_labels(n_items, labels, size, rank);
    *pear = best;
done:
    ana_workspace_release(&workspace);
    return status;
}
