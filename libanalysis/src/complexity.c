/* Lempel-Ziv counts. What occurred before is known from the suffix automaton of the sequence so far
 * (Blumer et al. 1985, Theor. Comput. Sci. 40), which has at most 2 n states and 3 n edges, and
 * grows by one symbol at a time; a dictionary of phrases is a tree with as many nodes as phrases.
 * The edges of a node are a list, so that symbols may be any numbers. */
#include "try.h"
#include "workspace.h"

#include <analysis/complexity.h>

#include <math.h>

/* Node, edge: none. */
#define NONE SIZE_MAX

typedef struct edge {
    int64_t symbol;
    size_t to;
    size_t next; /* of the same node */
} edge;

typedef struct node {
    size_t first;  /* edge */
    size_t length; /* of the longest string that ends here */
    size_t suffix; /* node of its longest suffix that stands elsewhere */
} node;

typedef struct automaton {
    node *nodes;
    edge *edges;
    size_t n_nodes;
    size_t n_edges;
    size_t whole; /* node of all symbols so far */
} automaton;

static size_t find(const automaton *of, size_t from, int64_t symbol)
{
    size_t e = of->nodes[from].first;
    while (e != NONE && of->edges[e].symbol != symbol) {
        e = of->edges[e].next;
    }
    return e;
}

static void join(automaton *of, size_t from, int64_t symbol, size_t to)
{
    of->edges[of->n_edges] = (edge){symbol, to, of->nodes[from].first};
    of->nodes[from].first = of->n_edges++;
}

static size_t add_node(automaton *of, size_t length)
{
    of->nodes[of->n_nodes] = (node){NONE, length, NONE};
    return of->n_nodes++;
}

/* The node of the shorter strings of `node`, those up to `length`, split off from it. */
static size_t split(automaton *of, size_t from, int64_t symbol, size_t whole, size_t length)
{
    const size_t part = add_node(of, length);
    for (size_t e = of->nodes[whole].first; e != NONE; e = of->edges[e].next) {
        join(of, part, of->edges[e].symbol, of->edges[e].to);
    }
    of->nodes[part].suffix = of->nodes[whole].suffix;
    of->nodes[whole].suffix = part;
    for (size_t at = from; at != NONE; at = of->nodes[at].suffix) {
        const size_t e = find(of, at, symbol);
        if (e == NONE || of->edges[e].to != whole) {
            break;
        }
        of->edges[e].to = part;
    }
    return part;
}

/* One symbol more. */
static void append(automaton *of, int64_t symbol)
{
    const size_t last = of->whole;
    const size_t now = add_node(of, of->nodes[last].length + 1);
    size_t from = last;
    size_t e = NONE;
    of->whole = now;
    while (from != NONE && (e = find(of, from, symbol)) == NONE) {
        join(of, from, symbol, now);
        from = of->nodes[from].suffix;
    }
    if (from == NONE) {
        of->nodes[now].suffix = 0;
        return;
    }
    const size_t reached = of->edges[e].to;
    const size_t length = of->nodes[from].length + 1;
    if (of->nodes[reached].length == length) {
        of->nodes[now].suffix = reached;
        return;
    }
    of->nodes[now].suffix = split(of, from, symbol, reached, length);
}

ana_status ana_complexity_binarise(size_t n, const double *x, double threshold, int64_t *symbols)
{
    if (isnan(threshold)) {
        return ana_fail(ANA_ERR_VALUE, "complexity: the threshold is NaN; a number is wanted");
    }
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i])) {
            return ana_fail(ANA_ERR_VALUE,
                            "complexity: value %zu is NaN; cut out stretches without missing ones",
                            i);
        }
        symbols[i] = x[i] > threshold ? 1 : 0;
    }
    return ANA_OK;
}

ana_status ana_complexity_lz76(size_t n, const int64_t *symbols, size_t *count)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    automaton of = {0};
    size_t at = 0; /* node of the phrase so far */
    if (n > SIZE_MAX / 4) {
        return ana_fail(ANA_ERR_MEMORY, "complexity: no memory for %zu symbols", n);
    }
    of.nodes = ana_workspace_bytes(&workspace, 2 * n + 2, 1, sizeof *of.nodes);
    of.edges = ana_workspace_bytes(&workspace, 3 * n + 3, 1, sizeof *of.edges);
    ANA_TRY(ana_workspace_check(&workspace, "complexity"));
    add_node(&of, 0);
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t e = find(&of, at, symbols[i]);
        if (e == NONE) {
            (*count)++;
            at = 0;
        } else {
            at = of.edges[e].to;
        }
        /* May split the node `at`: until the next is looked up, both parts have the same edges. */
        append(&of, symbols[i]);
    }
    *count += at > 0 ? 1 : 0;
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_complexity_lz78(size_t n, const int64_t *symbols, size_t *count)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    automaton of = {0};
    size_t at = 0;
    if (n == SIZE_MAX) {
        return ana_fail(ANA_ERR_MEMORY, "complexity: no memory for %zu symbols", n);
    }
    of.nodes = ana_workspace_bytes(&workspace, n + 1, 1, sizeof *of.nodes);
    of.edges = ana_workspace_bytes(&workspace, n + 1, 1, sizeof *of.edges);
    ANA_TRY(ana_workspace_check(&workspace, "complexity"));
    add_node(&of, 0);
    for (size_t i = 0; i < n; i++) {
        const size_t e = find(&of, at, symbols[i]);
        if (e == NONE) {
            join(&of, at, symbols[i], add_node(&of, of.nodes[at].length + 1));
            at = 0;
        } else {
            at = of.edges[e].to;
        }
    }
    *count = of.n_edges + (at > 0 ? 1 : 0);
done:
    ana_workspace_release(&workspace);
    return status;
}

double ana_complexity_normalise(size_t count, size_t n, size_t n_symbols)
{
    if (n < 2 || n_symbols < 2) {
        return (double)NAN;
    }
    return (double)count * log((double)n) / (log((double)n_symbols) * (double)n);
}
