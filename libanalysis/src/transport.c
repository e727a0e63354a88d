#include "try.h"
#include "workspace.h"

#include <analysis/transport.h>

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define NOBODY SIZE_MAX

/* The basis is a tree over rows (nodes 0 ... n_rows - 1) and columns (the nodes behind them) that
 * hangs from row 0; the arc of a node is the one to its parent. */
typedef struct transport {
    size_t n_rows;
    size_t n_columns;
    const double *cost;
    int64_t unit;     /* of weights: a row has n_columns and a little more, a column n_rows; over
                         their common divisor */
    double tolerance; /* of reduced costs */
    size_t *parent;
    size_t *child; /* the first; the others by `next` */
    size_t *next;
    size_t *previous;
    size_t *depth;
    int64_t *flow; /* of the arc to the parent */
    double *price; /* cost - price of row - price of column is 0 in the tree */
    size_t row;    /* where the search for an arc goes on */
} transport;

/* Of a, b > 0. */
static size_t common_divisor(size_t a, size_t b)
{
    size_t rest = 0;
    do {
        rest = a % b;
        a = b;
        b = rest;
    } while (rest != 0);
    return a;
}

static bool is_row(const transport *t, size_t node)
{
    return node < t->n_rows;
}

static double arc_cost(const transport *t, size_t a, size_t b)
{
    const size_t row = is_row(t, a) ? a : b;
    const size_t column = (is_row(t, a) ? b : a) - t->n_rows;
    return t->cost[row * t->n_columns + column];
}

static void attach(transport *t, size_t node, size_t parent)
{
    t->parent[node] = parent;
    t->previous[node] = NOBODY;
    t->next[node] = t->child[parent];
    if (t->next[node] != NOBODY) {
        t->previous[t->next[node]] = node;
    }
    t->child[parent] = node;
}

static void detach(transport *t, size_t node)
{
    if (t->previous[node] == NOBODY) {
        t->child[t->parent[node]] = t->next[node];
    } else {
        t->next[t->previous[node]] = t->next[node];
    }
    if (t->next[node] != NOBODY) {
        t->previous[t->next[node]] = t->previous[node];
    }
}

/* Depths and prices of the nodes at and below `top`, parents before children. */
static void settle_below(transport *t, size_t top)
{
    size_t node = top;
    for (;;) {
        const size_t above = t->parent[node];
        if (above != NOBODY) {
            t->depth[node] = t->depth[above] + 1;
            t->price[node] = arc_cost(t, node, above) - t->price[above];
        }
        if (t->child[node] != NOBODY) {
            node = t->child[node];
            continue;
        }
        while (node != top && t->next[node] == NOBODY) {
            node = t->parent[node];
        }
        if (node == top) {
            return;
        }
        node = t->next[node];
    }
}

/* The subtree that ends at `cut` is hung up anew by `node` in it, at `above`: the arcs from node to
 * cut turn around. */
static void hang(transport *t, size_t node, size_t above, int64_t flow, size_t cut)
{
    const size_t top = node;
    bool last = false;
    while (!last) {
        const size_t up = t->parent[node];
        const int64_t old_flow = t->flow[node];
        last = node == cut;
        detach(t, node);
        attach(t, node, above);
        t->flow[node] = flow;
        above = node;
        flow = old_flow;
        node = up;
    }
    settle_below(t, top);
}

/* Each row in turn fills the cheapest columns that have room. Every step but the last uses up one
 * row or one column, so that the arcs are a tree. */
typedef struct arc {
    size_t row;
    size_t column;
    int64_t flow;
} arc;

static void fill_greedily(const transport *t, int64_t supply, int64_t *room, arc *arcs)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_rows; i++) {
        const double *cost = t->cost + i * t->n_columns;
        int64_t left = supply;
        while (left > 0) {
            size_t best = NOBODY;
            for (size_t j = 0; j < t->n_columns; j++) {
                best = room[j] > 0 && (best == NOBODY || cost[j] < cost[best]) ? j : best;
            }
            const int64_t flow = left < room[best] ? left : room[best];
            left -= flow;
            room[best] -= flow;
            arcs[n++] = (arc){i, best, flow};
        }
    }
}

/* The greedy arcs as a tree: a row's first arc goes up, or its others go down; found by walking
 * from row 0 over both kinds of neighbours. */
static ana_status grow_tree(transport *t, const arc *arcs, ana_workspace *workspace)
{
    const size_t n = t->n_rows + t->n_columns;
    size_t *first = ana_workspace_sizes(workspace, n + 1, 1);
    size_t *places = ana_workspace_sizes(workspace, n, 2);
    size_t *queue = ana_workspace_sizes(workspace, n, 1);
    size_t n_queued = 1;
    ana_status status = ana_workspace_check(workspace, "transport");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t k = 0; k + 1 < n; k++) {
        first[arcs[k].row + 1]++;
        first[t->n_rows + arcs[k].column + 1]++;
    }
    for (size_t v = 0; v < n; v++) {
        first[v + 1] += first[v];
        queue[v] = first[v];
    }
    for (size_t k = 0; k + 1 < n; k++) {
        places[queue[arcs[k].row]++] = k;
        places[queue[t->n_rows + arcs[k].column]++] = k;
    }
    queue[0] = 0;
    for (size_t q = 0; q < n_queued; q++) {
        const size_t v = queue[q];
        for (size_t at = first[v]; at < first[v + 1]; at++) {
            const arc *by = &arcs[places[at]];
            const size_t other = is_row(t, v) ? t->n_rows + by->column : by->row;
            if (other != t->parent[v]) {
                attach(t, other, v);
                t->flow[other] = by->flow;
                queue[n_queued++] = other;
            }
        }
    }
    settle_below(t, 0);
    return ANA_OK;
}

/* An arc that lowers the cost: the best of a block of rows, from where the last search ended. */
static bool find_arc(transport *t, size_t *row, size_t *column)
{
    const size_t block =
        1 + (size_t)sqrt((double)t->n_rows / (double)t->n_columns); /* about sqrt(n m) arcs */
    double best = -t->tolerance;
    bool found = false;
    for (size_t k = 0; k < t->n_rows && !(found && k % block == 0); k++) {
        const double *cost = t->cost + t->row * t->n_columns;
        const double *price = t->price + t->n_rows;
        const double own = t->price[t->row];
        for (size_t j = 0; j < t->n_columns; j++) {
            const double reduced = cost[j] - own - price[j];
            if (reduced < best) {
                best = reduced;
                found = true;
                *row = t->row;
                *column = t->n_rows + j;
            }
        }
        t->row = t->row + 1 < t->n_rows ? t->row + 1 : 0;
    }
    return found;
}

/* Where the paths from a and b to the root meet. */
static size_t meeting(const transport *t, size_t a, size_t b)
{
    while (a != b) {
        if (t->depth[a] >= t->depth[b]) {
            a = t->parent[a];
        } else {
            b = t->parent[b];
        }
    }
    return a;
}

/* The arc of least flow among those that lose on the way from `node` up to `end`: every other one,
 * the first among them. */
static size_t least_losing(const transport *t, size_t node, size_t end)
{
    const bool side = is_row(t, node);
    size_t least = NOBODY;
    for (; node != end; node = t->parent[node]) {
        if (is_row(t, node) == side && (least == NOBODY || t->flow[node] < t->flow[least])) {
            least = node;
        }
    }
    return least;
}

static void shift_flow(transport *t, size_t node, size_t end, int64_t by)
{
    const bool side = is_row(t, node);
    for (; node != end; node = t->parent[node]) {
        t->flow[node] += is_row(t, node) == side ? -by : by;
    }
}

/* The arc from row to column comes in; the one that is emptied first goes out. */
static void pivot(transport *t, size_t row, size_t column)
{
    const size_t end = meeting(t, row, column);
    const size_t of_row = least_losing(t, row, end);
    const size_t of_column = least_losing(t, column, end);
    const bool by_row =
        of_column == NOBODY || (of_row != NOBODY && t->flow[of_row] < t->flow[of_column]);
    const size_t out = by_row ? of_row : of_column;
    const int64_t flow = t->flow[out];
    shift_flow(t, row, end, flow);
    shift_flow(t, column, end, flow);
    if (by_row) {
        hang(t, row, column, flow, out);
    } else {
        hang(t, column, row, flow, out);
    }
}

static int by_row_and_column(const void *a, const void *b)
{
    const ana_transport_move *x = a;
    const ana_transport_move *y = b;
    const int order = (x->row > y->row) - (x->row < y->row);
    return order != 0 ? order : (x->column > y->column) - (x->column < y->column);
}

/* Flows without what the weights were disturbed by, which is below half a unit. */
static size_t take_moves(const transport *t, double whole, ana_transport_move *moves)
{
    size_t n = 0;
    for (size_t v = 1; v < t->n_rows + t->n_columns; v++) {
        const int64_t units = (t->flow[v] + t->unit / 2) / t->unit;
        const size_t row = is_row(t, v) ? v : t->parent[v];
        const size_t column = is_row(t, v) ? t->parent[v] : v;
        if (units > 0) {
            moves[n++] = (ana_transport_move){row, column - t->n_rows, (double)units / whole};
        }
    }
    qsort(moves, n, sizeof *moves, by_row_and_column);
    return n;
}

static ana_status check(size_t n_rows, size_t n_columns, const double *cost, double *largest)
{
    if (n_rows == 0 || n_columns == 0) {
        return ana_fail(ANA_ERR_VALUE, "transport: %zu rows and %zu columns; one of each is needed",
                        n_rows, n_columns);
    }
    if ((double)n_rows * (double)n_rows * (double)n_columns > 0x1p60) {
        return ana_fail(ANA_ERR_LIMIT, "transport: %zu x %zu is too large", n_rows, n_columns);
    }
    *largest = 0.0;
    for (size_t i = 0; i < n_rows * n_columns; i++) {
        if (!isfinite(cost[i])) {
            return ana_fail(ANA_ERR_VALUE, "transport: the cost of row %zu, column %zu is %g",
                            i / n_columns, i % n_columns, cost[i]);
        }
        *largest = fmax(*largest, fabs(cost[i]));
    }
    return ANA_OK;
}

ana_status ana_transport_solve(size_t n_rows, size_t n_columns, const double *cost,
                               ana_transport_move *moves, size_t *n_moves, double *total)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double largest = 0.0;
    ANA_TRY(check(n_rows, n_columns, cost, &largest));
    const size_t n = n_rows + n_columns;
    const size_t divisor = common_divisor(n_rows, n_columns);
    const size_t row_units = n_columns / divisor;
    const size_t column_units = n_rows / divisor;
    transport t = {.n_rows = n_rows,
                   .n_columns = n_columns,
                   .cost = cost,
                   .unit = (int64_t)(2 * n_rows + 2),
                   .tolerance = 4.0 * DBL_EPSILON * (double)n * largest,
                   .parent = ana_workspace_sizes(&workspace, n, 1),
                   .child = ana_workspace_sizes(&workspace, n, 1),
                   .next = ana_workspace_sizes(&workspace, n, 1),
                   .previous = ana_workspace_sizes(&workspace, n, 1),
                   .depth = ana_workspace_sizes(&workspace, n, 1),
                   .flow = ana_workspace_bytes(&workspace, n, 1, sizeof(int64_t)),
                   .price = ana_workspace_doubles(&workspace, n, 1)};
    int64_t *room = ana_workspace_bytes(&workspace, n_columns, 1, sizeof *room);
    arc *arcs = ana_workspace_bytes(&workspace, n, 1, sizeof *arcs);
    ANA_TRY(ana_workspace_check(&workspace, "transport"));
    for (size_t v = 0; v < n; v++) {
        t.parent[v] = NOBODY;
        t.child[v] = NOBODY;
    }
    /* No sum of some rows' weights is that of some columns: every step moves something. */
    for (size_t j = 0; j < n_columns; j++) {
        room[j] = (int64_t)column_units * t.unit + (j + 1 < n_columns ? 0 : (int64_t)n_rows);
    }
    fill_greedily(&t, (int64_t)row_units * t.unit + 1, room, arcs);
    ANA_TRY(grow_tree(&t, arcs, &workspace));
    size_t row = 0;
    size_t column = 0;
    while (find_arc(&t, &row, &column)) {
        pivot(&t, row, column);
    }
    *n_moves = take_moves(&t, (double)n_rows * (double)row_units, moves);
    double sum = 0.0;
    for (size_t k = 0; k < *n_moves; k++) {
        sum += moves[k].mass * cost[moves[k].row * n_columns + moves[k].column];
    }
    if (total != NULL) {
        *total = sum;
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
