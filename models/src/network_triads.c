/* Kinds of groups of three nodes: those with a connected pair are visited, the others are what is
 * left (Batagelj & Mrvar 2001). */
#include "network_parts.h"
#include "try.h"

#include <stdint.h>

static const char *const names[ANA_N_TRIADS] = {"003",  "012",  "102",  "021D", "021U", "021C",
                                                "111D", "111U", "030T", "030C", "201",  "120D",
                                                "120U", "120C", "210",  "300"};

/* By the six possible edges, a bit each, as code_of sets them. */
static const unsigned char kind_of_code[64] = {
    0, 1,  1,  2,  1, 3,  5, 7,  1,  5,  4,  6,  2, 7,  6,  10, 1,  5,  3,  7, 4, 8,
    8, 12, 5,  9,  8, 13, 6, 13, 11, 14, 1,  4,  5, 6,  5,  8,  9,  13, 3,  8, 8, 11,
    7, 12, 13, 14, 2, 6,  7, 10, 6,  11, 13, 14, 7, 13, 12, 14, 10, 14, 14, 15};

const char *ana_triad_name(size_t kind)
{
    return names[kind];
}

static unsigned code_of(const ana_tie *uv, const ana_tie *uw, const ana_tie *vw)
{
    unsigned code = 0;
    code |= uv != NULL && uv->out ? 1U : 0U;
    code |= uv != NULL && uv->in ? 2U : 0U;
    code |= uw != NULL && uw->out ? 4U : 0U;
    code |= uw != NULL && uw->in ? 8U : 0U;
    code |= vw != NULL && vw->out ? 16U : 0U;
    code |= vw != NULL && vw->in ? 32U : 0U;
    return code;
}

/* The tie of node w at place *at of a row, which moves on; NULL when the row has none. */
static const ana_tie *take(const ana_ties *ties, size_t row, size_t w, size_t *at)
{
    bool found = *at < ties->start[row + 1] && ties->tie[*at].node == w;
    return found ? &ties->tie[(*at)++] : NULL;
}

/* The next node in either of two rows; n_nodes after the last. */
static size_t next_of(const ana_ties *ties, size_t u, size_t a, size_t v, size_t b)
{
    const size_t from_u = a < ties->start[u + 1] ? ties->tie[a].node : ties->n_nodes;
    const size_t from_v = b < ties->start[v + 1] ? ties->tie[b].node : ties->n_nodes;
    return from_u < from_v ? from_u : from_v;
}

/* The groups of a connected pair u < v and one more node w that no earlier pair has visited: w > v,
 * or between them and not connected with u. Those with a w that is tied to neither are counted. */
static void visit_pair(const ana_ties *ties, size_t u, const ana_tie *uv, triad_visit visit,
                       void *user, size_t counts[ANA_N_TRIADS])
{
    const size_t v = uv->node;
    size_t a = ties->start[u];
    size_t b = ties->start[v];
    size_t n_others = 0;
    for (size_t w = next_of(ties, u, a, v, b); w < ties->n_nodes; w = next_of(ties, u, a, v, b)) {
        const ana_tie *uw = take(ties, u, w, &a);
        const ana_tie *vw = take(ties, v, w, &b);
        if (w == u || w == v) {
            continue;
        }
        n_others++;
        if (v < w || (u < w && uw == NULL)) {
            visit(kind_of_code[code_of(uv, uw, vw)], (const ana_tie *const[]){uv, uw, vw}, user);
        }
    }
    counts[uv->out && uv->in ? 2 : 1] += ties->n_nodes - 2 - n_others;
}

void ana_network_visit_triads(const ana_ties *ties, triad_visit visit, void *user,
                              size_t counts[ANA_N_TRIADS])
{
    for (size_t u = 0; u < ties->n_nodes; u++) {
        for (size_t a = ties->start[u]; a < ties->start[u + 1]; a++) {
            if (ties->tie[a].node > u) {
                visit_pair(ties, u, &ties->tie[a], visit, user, counts);
            }
        }
    }
}

static void count_one(size_t kind, const ana_tie *const ties[3], void *user)
{
    size_t *counts = user;
    (void)ties;
    counts[kind]++;
}

ana_status ana_network_triads(const ana_graph *graph, size_t counts[ANA_N_TRIADS])
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_ties ties = {0};
    const size_t n = graph->n_nodes;
    for (size_t k = 0; k < ANA_N_TRIADS; k++) {
        counts[k] = 0;
    }
    if (n > 4000000) {
        ANA_TRY(ana_fail(ANA_ERR_LIMIT, "network: groups of three of %zu nodes are too many", n));
    }
    ANA_TRY(ana_network_ties(graph, 0, &workspace, &ties));
    ana_network_visit_triads(&ties, count_one, counts, counts);
    size_t rest = n > 2 ? n * (n - 1) / 2 * (n - 2) / 3 : 0;
    for (size_t k = 1; k < ANA_N_TRIADS; k++) {
        rest -= counts[k];
    }
    counts[0] = rest;
done:
    ana_workspace_release(&workspace);
    return status;
}
