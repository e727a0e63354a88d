#include "checked.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/planted_graph.h>
#include <analysis/random.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    SWAPS_PER_EDGE = 10,
    WEIGHT_ROUNDS = 200
};

ana_planted_options ana_planted_options_default(void)
{
    return (ana_planted_options){.run = ana_run_default(),
                                 .n_nodes = 125,
                                 .mean_degree = 25.0,
                                 .max_degree = 100,
                                 .degree_exponent = 2.0,
                                 .min_group = 20,
                                 .max_group = 50,
                                 .size_exponent = 1.0,
                                 .mixing = 0.25,
                                 .weight_mixing = 0.25,
                                 .weight_exponent = 1.5};
}

const ana_option ana_planted_option_table[] = {
    {"nodes", ANA_OPTION_SIZE, offsetof(ana_planted_options, n_nodes), 10, 10000, NULL, "N",
     "of the graph", false},
    {"mean-degree", ANA_OPTION_DOUBLE, offsetof(ana_planted_options, mean_degree), 1, 10000, NULL,
     "K", "edges of a node, on average", false},
    {"max-degree", ANA_OPTION_SIZE, offsetof(ana_planted_options, max_degree), 1, 10000, NULL, "K",
     "edges of a node, at most", false},
    {"degree-exponent", ANA_OPTION_DOUBLE, offsetof(ana_planted_options, degree_exponent), 0, 10,
     NULL, "T", "of the power law of degrees", false},
    {"min-group", ANA_OPTION_SIZE, offsetof(ana_planted_options, min_group), 2, 10000, NULL, "N",
     "nodes of a group, at least", false},
    {"max-group", ANA_OPTION_SIZE, offsetof(ana_planted_options, max_group), 2, 10000, NULL, "N",
     "nodes of a group, at most", false},
    {"size-exponent", ANA_OPTION_DOUBLE, offsetof(ana_planted_options, size_exponent), 0, 10, NULL,
     "T", "of the power law of group sizes", false},
    {"mixing", ANA_OPTION_DOUBLE, offsetof(ana_planted_options, mixing), 0, 1, NULL, "MU",
     "share of a node's edges that leave its group", false},
    {"weight-mixing", ANA_OPTION_DOUBLE, offsetof(ana_planted_options, weight_mixing), 0.001, 0.999,
     NULL, "MU", "share of a node's strength that leaves its group", false},
    {"weight-exponent", ANA_OPTION_DOUBLE, offsetof(ana_planted_options, weight_exponent), 0, 10,
     NULL, "BETA", "strength is the degree to this power", false},
    ANA_OPTION_END,
};

/* A graph being made. */
typedef struct planting {
    const ana_planted_options *options;
    ana_random random;
    size_t n;
    size_t *degree; /* wanted */
    size_t *inside; /* wanted within the group */
    size_t *group;
    size_t n_groups;
    size_t *size;  /* of groups: n */
    size_t *order; /* n */
    size_t *left;  /* n: ends still to be wired */
    bool *linked;  /* n x n */
    size_t n_edges;
    size_t n_within; /* edges within groups come first */
    size_t most_edges;
    size_t *ends;    /* 2 x most_edges */
    double *weights; /* most_edges */
} planting;

/* Drawn from x^-exponent between two ends. */
static double draw_power(ana_random *random, double exponent, double low, double high)
{
    const double u = ana_random_uniform(random);
    const double e = 1.0 - exponent;
    if (fabs(e) < 1e-9) {
        return low * pow(high / low, u);
    }
    return pow(pow(low, e) + u * (pow(high, e) - pow(low, e)), 1.0 / e);
}

/* Integral of x^power from low to high. */
static double power_integral(double power, double low, double high)
{
    const double e = power + 1.0;
    return fabs(e) < 1e-9 ? log(high / low) : (pow(high, e) - pow(low, e)) / e;
}

/* The least degree that gives the mean, by bisection: the mean grows with it. */
static double least_degree(const ana_planted_options *options)
{
    const double t = options->degree_exponent;
    const double high = (double)options->max_degree;
    double a = 1e-3;
    double b = high;
    for (int i = 0; i < 100; i++) {
        const double low = (a + b) / 2.0;
        const double mean = power_integral(1.0 - t, low, high) / power_integral(-t, low, high);
        a = mean < options->mean_degree ? low : a;
        b = mean < options->mean_degree ? b : low;
    }
    return a;
}

static void draw_degrees(planting *p)
{
    const ana_planted_options *options = p->options;
    const double low = least_degree(options);
    for (size_t i = 0; i < p->n; i++) {
        const double k =
            draw_power(&p->random, options->degree_exponent, low, (double)options->max_degree);
        p->degree[i] = k < 1.0 ? 1 : (size_t)floor(k + 0.5);
        p->inside[i] = (size_t)floor((1.0 - options->mixing) * (double)p->degree[i] + 0.5);
    }
}

static int compare_falling(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a;
    const size_t y = *(const size_t *)b;
    return (x < y) - (x > y);
}

/* One node more or less in the next group that can have it, from group g on; whether there is one.
 */
static bool adjust(planting *p, size_t g, bool grow)
{
    for (size_t k = 0; k < p->n_groups; k++) {
        size_t *size = &p->size[(g + k) % p->n_groups];
        if (grow ? *size < p->options->max_group : *size > p->options->min_group) {
            *size = grow ? *size + 1 : *size - 1;
            return true;
        }
    }
    return false;
}

/* Sizes until all nodes are in; what is left over or missing is spread over the groups. */
static ana_status draw_sizes(planting *p)
{
    const ana_planted_options *options = p->options;
    const size_t low = options->min_group;
    const size_t high = options->max_group;
    size_t sum = 0;
    while (sum < p->n) {
        const double s = draw_power(&p->random, options->size_exponent, (double)low, (double)high);
        p->size[p->n_groups] = (size_t)floor(s + 0.5);
        sum += p->size[p->n_groups++];
    }
    if (p->n_groups > 1 && (p->n_groups - 1) * high >= p->n) { /* fewer groups hold them too */
        sum -= p->size[--p->n_groups];
    }
    const bool grow = sum < p->n;
    for (size_t g = 0; sum != p->n; g++) {
        if (!adjust(p, g, grow)) {
            return ana_fail(ANA_ERR_VALUE,
                            "planted graph: groups of %zu to %zu nodes do not add up to %zu", low,
                            high, p->n);
        }
        sum = grow ? sum + 1 : sum - 1;
    }
    qsort(p->size, p->n_groups, sizeof *p->size, compare_falling);
    return ANA_OK;
}

/* Nodes of many edges within their group first. */
static void order_nodes(planting *p)
{
    for (size_t i = 0; i < p->n; i++) {
        size_t j = i;
        for (; j > 0 && p->inside[p->order[j - 1]] < p->inside[i]; j--) {
            p->order[j] = p->order[j - 1];
        }
        p->order[j] = i;
    }
}

/* Places that are free for a node in a group: none where it has as many edges as that has nodes. */
static size_t places(const planting *p, size_t node, size_t group)
{
    return p->size[group] > p->inside[node] ? p->left[group] : 0;
}

/* A group drawn by its free places; where none is large enough, the largest with a free place. */
static size_t draw_group(planting *p, size_t node)
{
    size_t n_free = 0;
    for (size_t g = 0; g < p->n_groups; g++) {
        n_free += places(p, node, g);
    }
    size_t group = 0;
    if (n_free == 0) {
        while (p->left[group] == 0) {
            group++;
        }
        return group;
    }
    size_t at = (size_t)ana_random_below(&p->random, n_free);
    while (at >= places(p, node, group)) {
        at -= places(p, node, group++);
    }
    return group;
}

static void assign_groups(planting *p)
{
    order_nodes(p);
    memcpy(p->left, p->size, p->n_groups * sizeof *p->left);
    for (size_t k = 0; k < p->n; k++) {
        const size_t node = p->order[k];
        const size_t group = draw_group(p, node);
        const size_t most = p->size[group] - 1;
        p->group[node] = group;
        p->left[group]--;
        p->inside[node] = p->inside[node] < most ? p->inside[node] : most;
    }
}

static bool may_link(const planting *p, size_t a, size_t b, bool within)
{
    return a != b && !p->linked[a * p->n + b] && (p->group[a] == p->group[b]) == within;
}

static void link_nodes(planting *p, size_t a, size_t b)
{
    p->linked[a * p->n + b] = true;
    p->linked[b * p->n + a] = true;
    p->ends[2 * p->n_edges] = a;
    p->ends[2 * p->n_edges + 1] = b;
    p->n_edges++;
}

/* The node of most ends left that may be linked with `a`; n: none. */
static size_t best_partner(const planting *p, size_t a, bool within)
{
    size_t best = p->n;
    for (size_t b = 0; b < p->n; b++) {
        if (p->left[b] > 0 && may_link(p, a, b, within) &&
            (best == p->n || p->left[b] > p->left[best])) {
            best = b;
        }
    }
    return best;
}

/* The node of most ends left is linked with those of most ends (Havel 1955; Hakimi 1962); ends that
 * find no partner are given up. */
static void wire(planting *p, bool within)
{
    for (;;) {
        size_t a = 0;
        for (size_t i = 1; i < p->n; i++) {
            a = p->left[i] > p->left[a] ? i : a;
        }
        if (p->left[a] == 0) {
            break;
        }
        while (p->left[a] > 0) {
            const size_t b = best_partner(p, a, within);
            if (b == p->n || p->n_edges == p->most_edges) {
                p->left[a] = 0;
                break;
            }
            link_nodes(p, a, b);
            p->left[a]--;
            p->left[b]--;
        }
    }
}

/* Two edges exchange their ends where that keeps both within their groups, or between them. */
static void shuffle(planting *p, size_t first, size_t stop, bool within)
{
    const size_t n = stop - first;
    for (size_t k = 0; k < SWAPS_PER_EDGE * n; k++) {
        size_t *one = p->ends + 2 * (first + (size_t)ana_random_below(&p->random, n));
        size_t *other = p->ends + 2 * (first + (size_t)ana_random_below(&p->random, n));
        const size_t turn = (size_t)ana_random_below(&p->random, 2);
        const size_t a = one[0];
        const size_t b = one[1];
        const size_t c = other[turn];
        const size_t d = other[1 - turn];
        if (one == other || a == c || b == d || !may_link(p, a, d, within) ||
            !may_link(p, c, b, within)) {
            continue;
        }
        p->linked[a * p->n + b] = p->linked[b * p->n + a] = false;
        p->linked[c * p->n + d] = p->linked[d * p->n + c] = false;
        p->linked[a * p->n + d] = p->linked[d * p->n + a] = true;
        p->linked[c * p->n + b] = p->linked[b * p->n + c] = true;
        one[1] = d;
        other[turn] = c;
        other[1 - turn] = b;
    }
}

static void wire_all(planting *p)
{
    memcpy(p->left, p->inside, p->n * sizeof *p->left);
    wire(p, true);
    p->n_within = p->n_edges;
    for (size_t i = 0; i < p->n; i++) {
        p->left[i] = p->degree[i] > p->inside[i] ? p->degree[i] - p->inside[i] : 0;
    }
    wire(p, false);
    shuffle(p, 0, p->n_within, true);
    shuffle(p, p->n_within, p->n_edges, false);
}

/* Scale the weights of edges first ... stop - 1 until each node's sum is `share` of its strength.
 */
static void fit_weights(planting *p, size_t first, size_t stop, double share, double *sum)
{
    for (size_t e = first; e < stop; e++) {
        p->weights[e] = 1.0;
    }
    for (int round = 0; round < WEIGHT_ROUNDS; round++) {
        memset(sum, 0, p->n * sizeof *sum);
        for (size_t e = first; e < stop; e++) {
            sum[p->ends[2 * e]] += p->weights[e];
            sum[p->ends[2 * e + 1]] += p->weights[e];
        }
        for (size_t e = first; e < stop; e++) {
            double ratio = 1.0;
            for (size_t k = 0; k < 2; k++) {
                const size_t node = p->ends[2 * e + k];
                const double strength = pow((double)p->degree[node], p->options->weight_exponent);
                ratio *= share * strength / sum[node];
            }
            p->weights[e] *= sqrt(ratio);
        }
    }
}

static ana_status reserve(planting *p, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    const size_t n = p->n;
    const double wanted = (double)n * (double)p->options->max_degree / 2.0 + (double)n;
    const double all = (double)n * (double)(n - 1) / 2.0;
    p->most_edges = (size_t)(wanted < all ? wanted : all);
    ANA_TRY(ana_run_check_memory(&p->options->run, n * n + p->most_edges * 24, "planted graph"));
    p->degree = ana_workspace_sizes(workspace, n, 1);
    p->inside = ana_workspace_sizes(workspace, n, 1);
    p->size = ana_workspace_sizes(workspace, n, 1);
    p->order = ana_workspace_sizes(workspace, n, 1);
    p->left = ana_workspace_sizes(workspace, n, 1);
    p->linked = ana_workspace_bytes(workspace, n, n, sizeof *p->linked);
    p->ends = ana_workspace_sizes(workspace, p->most_edges, 2);
    p->weights = ana_workspace_doubles(workspace, p->most_edges, 1);
    ANA_TRY(ana_workspace_check(workspace, "planted graph"));
done:
    return status;
}

static ana_status check(const ana_planted_options *options)
{
    if (options->max_degree >= options->n_nodes ||
        options->mean_degree >= (double)options->max_degree) {
        return ana_fail(ANA_ERR_VALUE,
                        "planted graph: %zu nodes have at most %zu edges each, and fewer on "
                        "average than at most (%zu)",
                        options->n_nodes, options->n_nodes - 1, options->max_degree);
    }
    if (options->min_group > options->max_group || options->min_group > options->n_nodes) {
        return ana_fail(ANA_ERR_VALUE,
                        "planted graph: groups of %zu to %zu nodes cannot be, of %zu nodes",
                        options->min_group, options->max_group, options->n_nodes);
    }
    return ANA_OK;
}

static ana_status collect(const planting *p, ana_workspace *workspace, ana_graph **out)
{
    size_t *ends = ana_workspace_sizes(workspace, p->n_edges, 2);
    ana_status status = ana_workspace_check(workspace, "planted graph");
    for (size_t e = 0; e < p->n_edges && status == ANA_OK; e++) {
        ends[e] = p->ends[2 * e];
        ends[p->n_edges + e] = p->ends[2 * e + 1];
    }
    const ana_edge_list list = {p->n, p->n_edges, ends, ends + p->n_edges, 1, p->weights, false};
    return status == ANA_OK ? ana_graph_new(&list, out) : status;
}

ana_status ana_planted_graph(const ana_planted_options *given, ana_graph **out, size_t *group)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_planted_options options = given != NULL ? *given : ana_planted_options_default();
    planting p = {.options = &options, .n = options.n_nodes};
    p.group = group;
    ANA_TRY(ana_options_check(ana_planted_option_table, &options, "planted graph"));
    ANA_TRY(check(&options));
    ANA_TRY(reserve(&p, &workspace));
    p.random = ana_random_stream(options.run.seed, "planted_graph", 0);
    double *sum = ana_workspace_doubles(&workspace, p.n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "planted graph"));
    draw_degrees(&p);
    ANA_TRY(draw_sizes(&p));
    assign_groups(&p);
    wire_all(&p);
    fit_weights(&p, 0, p.n_within, 1.0 - options.weight_mixing, sum);
    fit_weights(&p, p.n_within, p.n_edges, options.weight_mixing, sum);
    ANA_TRY(collect(&p, &workspace, out));
done:
    ana_workspace_release(&workspace);
    return status;
}
