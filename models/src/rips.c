/* Loops by persistent cohomology (de Silva, Morozov & Vejdemo-Johansson 2011; Bauer 2021, J. Appl.
 * Comput. Topol. 5): edges from the longest to the shortest, each with the column of the triangles
 * it is a side of, which are enumerated, never stored, and the longer ones only when they are
 * needed. The first triangle of a column (the least diameter, then key) is its pivot; columns with
 * a pivot that is taken are added to the taker's.
 *
 * Two things make that quick. An edge that joins two components (of Kruskal's tree) has no loop to
 * bear, and is passed over. And most edges have a triangle of their own length: the first of these
 * is the pivot at once, and when it is free nothing has to be collected. */
#include "rips.h"

#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct edge {
    double length;
    uint32_t i; /* i < j */
    uint32_t j;
} edge;

/* A triangle of points a < b < c has the key (a n + b) n + c: rising with the third point for a
 * given edge. */
typedef struct triangle {
    double diameter;
    uint64_t key;
} triangle;

typedef struct reduction {
    size_t n;
    const double *distance;
    size_t n_edges;
    edge *edges; /* rising length, then i, then j */
    bool *joins; /* n_edges: in Kruskal's tree */
    /* Which edge has taken a triangle: open addressing, keys + 1, 0 free. */
    size_t n_slots;
    uint64_t *slot_key;
    uint32_t *slot_edge;
    /* Edges whose columns add up to the reduced column of one; none stored: itself alone. */
    size_t *part_first;
    size_t *part_count;
    uint32_t *parts;
    size_t n_parts;
    size_t parts_capacity;
    /* The column at work: its triangles up to `limit`; those beyond it are only looked for when
     * none of these is left. */
    double limit;
    double first_step;
    double longest; /* edge */
    triangle *heap;
    size_t n_heap;
    size_t heap_capacity;
    uint32_t *working;
    size_t n_working;
    size_t working_capacity;
} reduction;

static int compare_edges(const void *a, const void *b)
{
    const edge *x = a;
    const edge *y = b;
    if (x->length != y->length) {
        return x->length < y->length ? -1 : 1;
    }
    if (x->i != y->i) {
        return x->i < y->i ? -1 : 1;
    }
    return (x->j > y->j) - (x->j < y->j);
}

/* Two numbers each: birth, then death. */
static int compare_bars(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    const int order = (x[0] > y[0]) - (x[0] < y[0]);
    return order != 0 ? order : (x[1] > y[1]) - (x[1] < y[1]);
}

static int compare_numbers(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static bool comes_before(const triangle *a, const triangle *b)
{
    return a->diameter < b->diameter || (a->diameter == b->diameter && a->key < b->key);
}

/* The triangle of edge e and point v, infinite where a side is. */
static triangle cofacet(const reduction *self, const edge *e, size_t v)
{
    const double *row = self->distance + v * self->n;
    const double longer = row[e->i] > row[e->j] ? row[e->i] : row[e->j];
    const size_t a = v < e->i ? v : e->i;
    const size_t c = v > e->j ? v : e->j;
    const size_t b = v < e->i ? e->i : v > e->j ? e->j : v;
    return (triangle){longer > e->length ? longer : e->length, (a * self->n + b) * self->n + c};
}

static size_t slot_of(const reduction *self, uint64_t key)
{
    size_t slot = (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & (self->n_slots - 1);
    while (self->slot_key[slot] != 0 && self->slot_key[slot] != key + 1) {
        slot = (slot + 1) & (self->n_slots - 1);
    }
    return slot;
}

static bool is_taken(const reduction *self, uint64_t key, uint32_t *by)
{
    const size_t slot = slot_of(self, key);
    *by = self->slot_edge[slot];
    return self->slot_key[slot] != 0;
}

static void take(reduction *self, uint64_t key, uint32_t e)
{
    const size_t slot = slot_of(self, key);
    self->slot_key[slot] = key + 1;
    self->slot_edge[slot] = e;
}

static ana_status push(reduction *self, triangle value)
{
    ana_status status = ana_grow((void *)&self->heap, &self->heap_capacity, self->n_heap + 1,
                                 sizeof *self->heap, "loops");
    if (status != ANA_OK) {
        return status;
    }
    size_t at = self->n_heap++;
    while (at > 0 && comes_before(&value, &self->heap[(at - 1) / 2])) {
        self->heap[at] = self->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    self->heap[at] = value;
    return ANA_OK;
}

static triangle pop(reduction *self)
{
    const triangle first = self->heap[0];
    const triangle last = self->heap[--self->n_heap];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= self->n_heap) {
            break;
        }
        if (child + 1 < self->n_heap && comes_before(&self->heap[child + 1], &self->heap[child])) {
            child++;
        }
        if (!comes_before(&self->heap[child], &last)) {
            break;
        }
        self->heap[at] = self->heap[child];
        at = child;
    }
    if (self->n_heap > 0) {
        self->heap[at] = last;
    }
    return first;
}

/* The first triangle that is there an odd number of times, taken out; false: the column is 0. */
static bool pop_pivot(reduction *self, triangle *pivot)
{
    while (self->n_heap > 0) {
        *pivot = pop(self);
        if (self->n_heap == 0 || self->heap[0].key != pivot->key) {
            return true;
        }
        (void)pop(self);
    }
    return false;
}

/* Adds the triangles of an edge whose diameters are above `above`, up to the limit. */
static ana_status add_triangles(reduction *self, uint32_t e, double above)
{
    const edge *of = &self->edges[e];
    const double *to_i = self->distance + of->i * self->n; /* symmetric */
    const double *to_j = self->distance + of->j * self->n;
    for (size_t v = 0; v < self->n; v++) {
        const double longer = to_i[v] > to_j[v] ? to_i[v] : to_j[v];
        const double diameter = longer > of->length ? longer : of->length;
        if (diameter <= self->limit && diameter > above && v != of->i && v != of->j) {
            ana_status status = push(self, cofacet(self, of, v));
            if (status != ANA_OK) {
                return status;
            }
        }
    }
    return ANA_OK;
}

/* Adds an edge's triangles to the column, and the edge to its parts. */
static ana_status add_edge(reduction *self, uint32_t e)
{
    ana_status status = ana_grow((void *)&self->working, &self->working_capacity,
                                 self->n_working + 1, sizeof *self->working, "loops");
    if (status == ANA_OK) {
        self->working[self->n_working++] = e;
        status = add_triangles(self, e, -1.0);
    }
    return status;
}

/* Parts that are there an even number of times go. */
static void cancel_parts(reduction *self)
{
    size_t n = 0;
    qsort(self->working, self->n_working, sizeof *self->working, compare_numbers);
    for (size_t k = 0; k < self->n_working;) {
        size_t stop = k + 1;
        while (stop < self->n_working && self->working[stop] == self->working[k]) {
            stop++;
        }
        if ((stop - k) % 2 == 1) {
            self->working[n++] = self->working[k];
        }
        k = stop;
    }
    self->n_working = n;
}

/* The pivot, with the limit raised, by steps that double, until there is one; false: the column is
 * 0. */
static ana_status find_pivot(reduction *self, bool *found, triangle *pivot)
{
    ana_status status = ANA_OK;
    double step = self->first_step;
    *found = pop_pivot(self, pivot);
    while (!*found && self->limit < self->longest) {
        const double above = self->limit;
        self->limit = above + step;
        step *= 2.0;
        cancel_parts(self);
        for (size_t k = 0; k < self->n_working; k++) {
            ANA_TRY(add_triangles(self, self->working[k], above));
        }
        *found = pop_pivot(self, pivot);
    }
done:
    return status;
}

/* Whether the first triangle of the edge's own length is free; then it is taken. */
static bool take_at_once(reduction *self, uint32_t e)
{
    const edge *of = &self->edges[e];
    for (size_t v = 0; v < self->n; v++) {
        if (v == of->i || v == of->j) {
            continue;
        }
        const triangle t = cofacet(self, of, v);
        if (t.diameter == of->length) {
            uint32_t by = 0;
            if (is_taken(self, t.key, &by)) {
                return false;
            }
            take(self, t.key, e);
            return true;
        }
    }
    return false;
}

/* Keeps the parts, when there are others than e itself. */
static ana_status keep_parts(reduction *self, uint32_t e)
{
    cancel_parts(self);
    const size_t n = self->n_working;
    if (n == 1) {
        return ANA_OK;
    }
    ana_status status = ana_grow((void *)&self->parts, &self->parts_capacity, self->n_parts + n,
                                 sizeof *self->parts, "loops");
    if (status == ANA_OK) {
        memcpy(self->parts + self->n_parts, self->working, n * sizeof *self->parts);
        self->part_first[e] = self->n_parts;
        self->part_count[e] = n;
        self->n_parts += n;
    }
    return status;
}

static ana_status add_column(reduction *self, uint32_t taker)
{
    ana_status status = ANA_OK;
    if (self->part_count[taker] == 0) {
        return add_edge(self, taker);
    }
    for (size_t k = 0; k < self->part_count[taker]; k++) {
        ANA_TRY(add_edge(self, self->parts[self->part_first[taker] + k]));
    }
done:
    return status;
}

static ana_status add_bar(double birth, double death, ana_bars *out)
{
    ana_status status = ANA_OK;
    ANA_TRY(
        ana_grow((void *)&out->births, &out->capacity_births, out->n + 1, sizeof(double), "loops"));
    ANA_TRY(
        ana_grow((void *)&out->deaths, &out->capacity_deaths, out->n + 1, sizeof(double), "loops"));
    out->births[out->n] = birth;
    out->deaths[out->n++] = death;
done:
    return status;
}

static ana_status reduce_edge(reduction *self, uint32_t e, ana_bars *out)
{
    ana_status status = ANA_OK;
    triangle pivot = {0};
    uint32_t taker = 0;
    bool found = false;
    if (take_at_once(self, e)) {
        return ANA_OK;
    }
    self->n_heap = 0;
    self->n_working = 0;
    self->limit = self->edges[e].length;
    ANA_TRY(add_edge(self, e));
    ANA_TRY(find_pivot(self, &found, &pivot));
    while (found && is_taken(self, pivot.key, &taker)) {
        ANA_TRY(push(self, pivot));
        ANA_TRY(add_column(self, taker));
        ANA_TRY(find_pivot(self, &found, &pivot));
    }
    if (!found) {
        ANA_TRY(add_bar(self->edges[e].length, INFINITY, out));
        goto done;
    }
    take(self, pivot.key, e);
    ANA_TRY(keep_parts(self, e));
    if (pivot.diameter > self->edges[e].length) {
        ANA_TRY(add_bar(self->edges[e].length, pivot.diameter, out));
    }
done:
    return status;
}

static size_t find_root(size_t *parent, size_t v)
{
    while (parent[v] != v) {
        parent[v] = parent[parent[v]];
        v = parent[v];
    }
    return v;
}

static ana_status prepare(reduction *self, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    const size_t n = self->n;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            self->n_edges += isinf(self->distance[i * n + j]) ? 0 : 1;
        }
    }
    self->n_slots = 16;
    while (self->n_slots < 2 * self->n_edges) {
        self->n_slots *= 2;
    }
    self->edges = ana_workspace_bytes(workspace, self->n_edges, 1, sizeof *self->edges);
    self->joins = ana_workspace_bytes(workspace, self->n_edges, 1, sizeof *self->joins);
    self->slot_key = ana_workspace_bytes(workspace, self->n_slots, 1, sizeof *self->slot_key);
    self->slot_edge = ana_workspace_bytes(workspace, self->n_slots, 1, sizeof *self->slot_edge);
    self->part_first = ana_workspace_sizes(workspace, self->n_edges, 1);
    self->part_count = ana_workspace_sizes(workspace, self->n_edges, 1);
    size_t *parent = ana_workspace_sizes(workspace, n, 1);
    ANA_TRY(ana_workspace_check(workspace, "loops"));
    self->n_edges = 0;
    for (size_t i = 0; i < n; i++) {
        parent[i] = i;
        for (size_t j = i + 1; j < n; j++) {
            const double length = self->distance[i * n + j];
            if (!isinf(length)) {
                self->edges[self->n_edges++] = (edge){length, (uint32_t)i, (uint32_t)j};
            }
        }
    }
    qsort(self->edges, self->n_edges, sizeof *self->edges, compare_edges);
    if (self->n_edges > 0) {
        self->longest = self->edges[self->n_edges - 1].length;
        self->first_step = (self->longest - self->edges[0].length) / 256.0;
    }
    for (size_t e = 0; e < self->n_edges; e++) {
        const size_t a = find_root(parent, self->edges[e].i);
        const size_t b = find_root(parent, self->edges[e].j);
        self->joins[e] = a != b;
        parent[a] = b;
    }
done:
    return status;
}

static ana_status sort_bars(ana_bars *bars)
{
    ana_workspace workspace = {0};
    double *pairs = ana_workspace_doubles(&workspace, bars->n, 2);
    ana_status status = ana_workspace_check(&workspace, "loops");
    if (status == ANA_OK) {
        for (size_t k = 0; k < bars->n; k++) {
            pairs[2 * k] = bars->births[k];
            pairs[2 * k + 1] = bars->deaths[k];
        }
        qsort(pairs, bars->n, 2 * sizeof *pairs, compare_bars);
        for (size_t k = 0; k < bars->n; k++) {
            bars->births[k] = pairs[2 * k];
            bars->deaths[k] = pairs[2 * k + 1];
        }
    }
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_rips_loops(size_t n, const double *distance, ana_bars *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    reduction self = {.n = n, .distance = distance};
    ANA_TRY(prepare(&self, &workspace));
    for (size_t e = self.n_edges; e-- > 0;) {
        if (!self.joins[e]) {
            ANA_TRY(reduce_edge(&self, (uint32_t)e, out));
        }
    }
    ANA_TRY(sort_bars(out));
done:
    free(self.parts);
    free(self.heap);
    free(self.working);
    ana_workspace_release(&workspace);
    return status;
}

void ana_bars_release(ana_bars *bars)
{
    free(bars->births);
    free(bars->deaths);
    *bars = (ana_bars){0};
}
