#include "sbm_counts.h"
#include "sbm_prepare.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/sbm.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 40,
    CAPACITY = 14,
    N_WEIGHTS = 6,
    N_LAYERS = 3,
    N_MODELS = 144
};

/* Partitions of m into at most n parts, by trying every largest part. */
static double count_slowly(size_t m, size_t n, size_t largest)
{
    double sum = m == 0 ? 1.0 : 0.0;
    for (size_t part = 1; part <= largest && part <= m && n > 0; part++) {
        sum += count_slowly(m - part, n - 1, part);
    }
    return sum;
}

static void degrees_are_counted_exactly(void **state)
{
    (void)state;
    size_t degree[] = {0, 3, 5, 2, 9, 1};
    const ana_sbm_dealt dealt = {.degree = degree};
    ana_workspace workspace = {0};
    ana_sbm_counts_table table;
    check_ok(ana_sbm_counts_make(6, 1, &dealt, 6, false, &workspace, &table));
    assert_true(table.exact);
    for (size_t n = 1; n <= 5; n++) {
        for (size_t m = n == 5 ? 11 : 9; m <= (n == 1 ? 9 : 14); m++) {
            check_close(ana_sbm_log_count(&table, m, n), log(count_slowly(m, n, m)), 1e-12, 1e-13);
        }
    }
    check_close(ana_sbm_log_count(&table, 12, 5), log(47.0), 1e-12, 0.0);
    check_ok(ana_sbm_counts_make(6, 1, &dealt, 6, true, &workspace, &table));
    check_close(ana_sbm_log_count(&table, 12, 5), log(27.0), 1e-12, 0.0);
    ana_workspace_release(&workspace);
}

/* Szekeres' formula errs by about 1/sqrt(m) in the count itself. */
static void large_counts_are_nearly_exact(void **state)
{
    (void)state;
    ana_workspace workspace = {0};
    ana_sbm_counts_table table;
    size_t degree[200];
    const ana_sbm_dealt dealt = {.degree = degree};
    for (size_t i = 0; i < 200; i++) {
        degree[i] = 40 + i;
    }
    check_ok(ana_sbm_counts_make(200, 1, &dealt, 200, false, &workspace, &table));
    for (size_t n = 1; n <= 200; n += 13) {
        size_t m = 0;
        for (size_t i = 0; i < n; i++) {
            m += degree[i];
        }
        check_close(ana_sbm_log_count_asymptotic(m, n), ana_sbm_log_count(&table, m, n), 0.05,
                    0.01);
    }
    ana_workspace_release(&workspace);
}

/* A random graph with loops, whose weights any of the distributions may have. */
static ana_graph *random_graph(uint64_t seed, bool directed, double density)
{
    double matrix[N * N] = {0};
    ana_graph *graph = NULL;
    ana_random random = ana_random_stream(seed, "test.sbm", 0);
    for (size_t i = 0; i < N * N; i++) {
        const bool edge = ana_random_uniform(&random) < density;
        matrix[i] = edge ? 1.0 + (double)ana_random_below(&random, 8) : 0.0;
    }
    check_ok(ana_graph_from_matrix(N, matrix, directed, true, &graph));
    return graph;
}

typedef struct fixture {
    ana_workspace workspace;
    ana_graph *graphs[N_LAYERS];
    ana_sbm_options options;
    ana_sbm_terms terms;
    ana_sbm_network network;
    ana_sbm_state state;
} fixture;

/* Every combination once: weights, directed, corrected, flat or with three levels, one layer or
 * three that share degrees or not. */
static void set_up(fixture *f, int model)
{
    static const size_t parents[CAPACITY] = {0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3};
    static const size_t grandparents[5] = {0, 1, 0, 1, 1};
    static const size_t top[2] = {0, 0};
    size_t group[N];
    *f = (fixture){.options = ana_sbm_options_default()};
    const bool corrected = (model / 12) % 2 == 1;
    const ana_sbm_layers layers = {.n = model / 48 > 0 ? N_LAYERS : 1,
                                   .graphs = (const ana_graph *const *)f->graphs};
    f->options.weights = model % N_WEIGHTS;
    f->options.n_trials = 9;
    f->options.prior_twice = model % 5 == 0;
    f->options.degrees = corrected ? ANA_SBM_DEGREES_CORRECTED : ANA_SBM_DEGREES_PLAIN;
    f->options.layering = model / 48 == 2 ? ANA_SBM_LAYERS_INDEPENDENT : ANA_SBM_LAYERS_SHARED;
    for (size_t l = 0; l < layers.n; l++) {
        f->graphs[l] = random_graph((uint64_t)model + 1000 * l, (model / 6) % 2 == 1,
                                    0.15 / (double)(1 + 2 * l));
    }
    check_ok(ana_sbm_prepare(&layers, &f->options, N, &f->workspace, &f->terms, &f->network));
    check_ok(ana_sbm_state_make(&f->terms, &f->network, CAPACITY, &f->workspace, &f->state));
    f->state.prior_below = f->options.prior_twice;
    if ((model / 24) % 2 == 1) {
        check_ok(ana_sbm_state_reserve(&f->state, 1, CAPACITY, 5, &f->workspace));
        check_ok(ana_sbm_state_reserve(&f->state, 2, 5, 2, &f->workspace));
        check_ok(ana_sbm_state_reserve(&f->state, 3, 2, 1, &f->workspace));
        ana_sbm_state_stack(&f->state, CAPACITY, parents, 5);
        ana_sbm_state_stack(&f->state, 5, grandparents, 2);
        ana_sbm_state_stack(&f->state, 2, top, 1);
    }
    for (size_t i = 0; i < N; i++) {
        group[i] = i % 7;
    }
    ana_sbm_state_set(&f->state, group);
}

static void tear_down(fixture *f)
{
    for (size_t l = 0; l < N_LAYERS; l++) {
        ana_graph_free(f->graphs[l]);
    }
    ana_workspace_release(&f->workspace);
}

static void pick(fixture *f, ana_random *random, bool group, size_t *from)
{
    const ana_sbm_level *level = &f->state.levels[0];
    const size_t node = (size_t)ana_random_below(random, N);
    *from = level->group[node];
    if (group) {
        ana_sbm_pick_group(&f->state, *from);
    } else {
        ana_sbm_pick_node(&f->state, node);
    }
}

/* Each move's price is the difference of two description lengths counted from nothing. */
static void a_move_costs_the_difference_of_description_lengths(void **state)
{
    (void)state;
    for (int model = 0; model < N_MODELS; model++) {
        fixture f;
        set_up(&f, model);
        ana_random random = ana_random_stream(7, "test.sbm.moves", (uint64_t)model);
        double before = ana_sbm_state_length(&f.state, NULL, NULL);
        for (int move = 0; move < 60; move++) {
            size_t from = 0;
            const bool whole = move % 8 == 7;
            pick(&f, &random, whole, &from);
            const size_t to = (size_t)ana_random_below(&random, CAPACITY);
            const bool empty = f.state.levels[0].size[to] == 0;
            if (to == from || (whole && empty)) {
                continue;
            }
            ana_sbm_propose(&f.state, (to + 1) % CAPACITY == from ? to : (to + 1) % CAPACITY);
            const double delta = ana_sbm_propose(&f.state, to);
            ana_sbm_apply(&f.state);
            ana_sbm_state_set(&f.state, f.state.levels[0].group);
            const double after = ana_sbm_state_length(&f.state, NULL, NULL);
            check_close(delta, after - before, 1e-8, 1e-10);
            before = after;
        }
        tear_down(&f);
    }
}

/* Also without counting anew in between: applied moves leave what counting finds. */
static void applied_moves_leave_what_counting_finds(void **state)
{
    (void)state;
    for (int model = 0; model < N_MODELS; model += 5) {
        fixture f;
        set_up(&f, model);
        ana_random random = ana_random_stream(8, "test.sbm.moves", (uint64_t)model);
        double sum = ana_sbm_state_length(&f.state, NULL, NULL);
        for (int move = 0; move < 300; move++) {
            size_t from = 0;
            pick(&f, &random, false, &from);
            const size_t to = (size_t)ana_random_below(&random, CAPACITY);
            if (to != from) {
                sum += ana_sbm_propose(&f.state, to);
                ana_sbm_apply(&f.state);
            }
        }
        check_close(ana_sbm_state_length(&f.state, NULL, NULL), sum, 1e-7, 1e-10);
        ana_sbm_state_set(&f.state, f.state.levels[0].group);
        check_close(ana_sbm_state_length(&f.state, NULL, NULL), sum, 1e-7, 1e-10);
        tear_down(&f);
    }
}

/* Two nodes, one edge, one group, not corrected: S = -ln(2 * 1!) + 2 ln 2; partition ln 2; one way
 * to place one edge. */
static void a_single_edge_costs_what_it_does_by_hand(void **state)
{
    (void)state;
    const double matrix[] = {0, 0, 3, 0};
    const size_t together[] = {1, 1};
    const size_t apart[] = {0, 1};
    ana_graph *graph = NULL;
    ana_sbm_length length;
    ana_sbm_options options = ana_sbm_options_default();
    options.degrees = ANA_SBM_DEGREES_PLAIN;
    options.weights = ANA_SBM_GEOMETRIC;
    check_ok(ana_graph_from_matrix(2, matrix, false, false, &graph));
    check_ok(ana_sbm_describe(graph, together, &options, &length));
    check_close(length.adjacency, log(2.0), 1e-14, 0.0);
    check_close(length.partition, log(2.0), 1e-14, 0.0);
    check_close(length.edges, 0.0, 0.0, 0.0);
    check_close(length.weights + length.weight_prior, 0.0, 0.0, 0.0);
    check_ok(ana_sbm_describe(graph, apart, &options, &length));
    check_close(length.adjacency, 0.0, 1e-14, 0.0);
    check_close(length.partition, 2.0 * log(2.0), 1e-14, 0.0); /* sizes 1 + 1, 2 orders, B of 2 */
    check_close(length.edges, log(3.0), 1e-14, 0.0);
    check_close(length.total, length.adjacency + length.partition + length.edges, 1e-14, 0.0);
    ana_graph_free(graph);
}

/* A hierarchy of a flat partition and one group above costs the flat one and ln B. */
static void one_group_above_costs_the_logarithm_of_the_groups(void **state)
{
    (void)state;
    ana_graph *graph = random_graph(3, true, 0.15);
    size_t group[N];
    size_t top[5] = {0};
    size_t n_groups[2] = {5, 1};
    size_t *groups[2] = {group, top};
    const ana_sbm_hierarchy hierarchy = {2, n_groups, groups};
    ana_sbm_options options = ana_sbm_options_default();
    ana_sbm_length flat;
    ana_sbm_length nested;
    double levels[2];
    for (size_t i = 0; i < N; i++) {
        group[i] = i % 5;
    }
    for (int weights = 0; weights < N_WEIGHTS; weights++) {
        options.weights = weights;
        options.n_trials = 9;
        check_ok(ana_sbm_describe(graph, group, &options, &flat));
        check_ok(ana_sbm_describe_nested(graph, &hierarchy, &options, levels, &nested));
        check_close(nested.total, flat.total + log(5.0), 1e-9, 1e-13);
        check_close(levels[0] + levels[1], nested.total, 1e-9, 0.0);
    }
    ana_graph_free(graph);
}

static void weights_that_cannot_be_are_refused(void **state)
{
    (void)state;
    const size_t from[] = {0, 1};
    const size_t to[] = {1, 2};
    double weights[] = {2.0, 0.0};
    ana_edge_list list = {3, 2, from, to, 1, weights, false};
    const size_t group[] = {0, 0, 0};
    ana_sbm_options options = ana_sbm_options_default();
    ana_sbm_length length;
    ana_graph *graph = NULL;
    check_ok(ana_graph_new(&list, &graph));
    options.weights = ANA_SBM_EXPONENTIAL;
    check_fails(ana_sbm_describe(graph, group, &options, &length), ANA_ERR_VALUE,
                "the edge from 1 to 2 weighs 0; exponential weights are weights above 0");
    options.weights = ANA_SBM_BINOMIAL;
    check_fails(ana_sbm_describe(graph, group, &options, &length), ANA_ERR_VALUE,
                "the edge from 0 to 1 weighs 2; binomial weights are 0, 1, ... up to");
    graph->weights[0] = -1.0;
    options.weights = ANA_SBM_POISSON;
    check_fails(ana_sbm_describe(graph, group, &options, &length), ANA_ERR_VALUE,
                "weighs -1; poisson weights are 0, 1, 2");
    graph->weights[0] = 0.5;
    options.weights = ANA_SBM_GEOMETRIC;
    check_fails(ana_sbm_describe(graph, group, &options, &length), ANA_ERR_VALUE, "weighs 0.5");
    options.weights = ANA_SBM_NORMAL;
    check_ok(ana_sbm_describe(graph, group, &options, &length));
    options.weight_index = 1;
    check_fails(ana_sbm_describe(graph, group, &options, &length), ANA_ERR_VALUE,
                "weight 1 is asked for");
    ana_graph_free(graph);
}

static void partitions_that_are_none_are_refused(void **state)
{
    (void)state;
    const double zeros[9] = {0};
    const size_t group[] = {0, 3, 0};
    ana_graph *graph = NULL;
    ana_sbm_length length;
    check_ok(ana_graph_from_matrix(3, zeros, false, false, &graph));
    check_fails(ana_sbm_describe(graph, (const size_t[]){0, 1, 2}, NULL, &length), ANA_ERR_VALUE,
                "the graph of 3 nodes has no edges");
    check_fails(ana_sbm_describe(graph, group, NULL, &length), ANA_ERR_VALUE,
                "node 1 is in group 3; groups are 0 to 2");
    size_t labels[3] = {0, 2, 2};
    size_t top[3] = {0, 0, 0};
    size_t n_groups[2] = {3, 1};
    size_t *groups[2] = {labels, top};
    ana_sbm_hierarchy hierarchy = {2, n_groups, groups};
    check_fails(ana_sbm_describe_nested(graph, &hierarchy, NULL, NULL, &length), ANA_ERR_VALUE,
                "group 1 of level 0 is empty");
    n_groups[0] = 2;
    check_fails(ana_sbm_describe_nested(graph, &hierarchy, NULL, NULL, &length), ANA_ERR_VALUE,
                "at level 0 node 1 is in group 2; groups are 0 to 1");
    n_groups[0] = 4;
    check_fails(ana_sbm_describe_nested(graph, &hierarchy, NULL, NULL, &length), ANA_ERR_VALUE,
                "level 0 of the hierarchy has 4 groups of 3 nodes");
    hierarchy.n_levels = 1;
    check_fails(ana_sbm_describe_nested(graph, &hierarchy, NULL, NULL, &length), ANA_ERR_VALUE,
                "the last of a single group");
    ana_graph_free(graph);
}

static ana_status describe_both(void *user)
{
    const ana_graph *graph = user;
    size_t group[N] = {0, 1};
    size_t top[2] = {0};
    size_t n_groups[2] = {2, 1};
    size_t *groups[2] = {group, top};
    const ana_sbm_hierarchy hierarchy = {2, n_groups, groups};
    ana_sbm_options options = ana_sbm_options_default();
    ana_sbm_length length;
    options.weights = ANA_SBM_NORMAL;
    ana_status status = ana_sbm_describe(graph, group, &options, &length);
    return status == ANA_OK ? ana_sbm_describe_nested(graph, &hierarchy, &options, NULL, &length)
                            : status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    ana_graph *graph = random_graph(1, true, 0.15);
    assert_true(check_each_allocation(describe_both, graph, 0) > 0);
    ana_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(degrees_are_counted_exactly),
        cmocka_unit_test(large_counts_are_nearly_exact),
        cmocka_unit_test(a_move_costs_the_difference_of_description_lengths),
        cmocka_unit_test(applied_moves_leave_what_counting_finds),
        cmocka_unit_test(a_single_edge_costs_what_it_does_by_hand),
        cmocka_unit_test(one_group_above_costs_the_logarithm_of_the_groups),
        cmocka_unit_test(weights_that_cannot_be_are_refused),
        cmocka_unit_test(partitions_that_are_none_are_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("sbm", tests, NULL, NULL);
}
