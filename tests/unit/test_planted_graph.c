#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/planted_graph.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST = 400
};

/* Shares of edges and of strength that leave their groups. */
typedef struct shares {
    double edges;
    double strength;
    double mean_degree;
    size_t largest_degree;
} shares;

static shares measure(const ana_graph *graph, const size_t *group)
{
    shares out = {0};
    double strength = 0.0;
    size_t degree[MOST] = {0};
    for (size_t e = 0; e < graph->n_edges; e++) {
        const bool leaves = group[graph->from[e]] != group[graph->to[e]];
        assert_true(graph->weights[e] > 0.0 && isfinite(graph->weights[e]));
        assert_true(graph->from[e] != graph->to[e]);
        out.edges += leaves ? 1.0 : 0.0;
        out.strength += leaves ? graph->weights[e] : 0.0;
        strength += graph->weights[e];
        degree[graph->from[e]]++;
        degree[graph->to[e]]++;
    }
    for (size_t i = 0; i < graph->n_nodes; i++) {
        out.largest_degree = degree[i] > out.largest_degree ? degree[i] : out.largest_degree;
    }
    out.edges /= (double)graph->n_edges;
    out.strength /= strength;
    out.mean_degree = 2.0 * (double)graph->n_edges / (double)graph->n_nodes;
    return out;
}

static void check_sizes(const ana_planted_options *options, const size_t *group)
{
    size_t size[MOST] = {0};
    for (size_t i = 0; i < options->n_nodes; i++) {
        size[group[i]]++;
    }
    for (size_t g = 0; g < MOST && size[g] > 0; g++) {
        assert_true(size[g] >= options->min_group && size[g] <= options->max_group);
        assert_true(g == 0 || size[g] <= size[g - 1]);
    }
}

/* Means over four seeds, of some 900 edges each: standard errors are below 0.02. */
static void graphs_are_mixed_as_much_as_asked_for(void **state)
{
    (void)state;
    static const double mixings[3] = {0.25, 0.5, 0.75};
    for (size_t k = 0; k < 9; k++) {
        shares mean = {0};
        ana_planted_options options = ana_planted_options_default();
        options.mixing = mixings[k % 3];
        options.weight_mixing = mixings[k / 3];
        options.mean_degree = 15.0;
        options.max_degree = 60;
        for (uint64_t seed = 0; seed < 4; seed++) {
            size_t group[MOST];
            ana_graph *graph = NULL;
            options.run.seed = seed;
            check_ok(ana_planted_graph(&options, &graph, group));
            check_ok(ana_graph_check(graph));
            check_sizes(&options, group);
            const shares one = measure(graph, group);
            assert_true(one.largest_degree <= options.max_degree + 1);
            mean.edges += one.edges / 4.0;
            mean.strength += one.strength / 4.0;
            mean.mean_degree += one.mean_degree / 4.0;
            ana_graph_free(graph);
        }
        check_close(mean.edges, options.mixing, 0.06, 0.0);
        check_close(mean.strength, options.weight_mixing, 0.06, 0.0);
        check_close(mean.mean_degree, 15.0, 1.5, 0.0);
    }
}

static void a_seed_makes_one_graph(void **state)
{
    (void)state;
    ana_graph *graphs[3] = {NULL, NULL, NULL};
    size_t groups[3][MOST];
    for (size_t k = 0; k < 3; k++) {
        ana_planted_options options = ana_planted_options_default();
        options.run.seed = k / 2;
        check_ok(ana_planted_graph(&options, &graphs[k], groups[k]));
    }
    assert_int_equal(graphs[0]->n_edges, graphs[1]->n_edges);
    assert_memory_equal(graphs[0]->weights, graphs[1]->weights,
                        graphs[0]->n_edges * sizeof(double));
    assert_memory_equal(groups[0], groups[1], 125 * sizeof(size_t));
    assert_true(memcmp(groups[0], groups[2], 125 * sizeof(size_t)) != 0);
    for (size_t k = 0; k < 3; k++) {
        ana_graph_free(graphs[k]);
    }
}

static void graphs_that_cannot_be_are_refused(void **state)
{
    (void)state;
    size_t group[MOST];
    ana_graph *graph = NULL;
    ana_planted_options options = ana_planted_options_default();
    options.max_degree = 125;
    check_fails(ana_planted_graph(&options, &graph, group), ANA_ERR_VALUE,
                "125 nodes have at most 124 edges each");
    options = ana_planted_options_default();
    options.min_group = 60;
    check_fails(ana_planted_graph(&options, &graph, group), ANA_ERR_VALUE,
                "groups of 60 to 50 nodes cannot be");
    options.min_group = 50;
    check_fails(ana_planted_graph(&options, &graph, group), ANA_ERR_VALUE,
                "groups of 50 to 50 nodes do not add up to 125");
    options = ana_planted_options_default();
    options.mixing = 1.5;
    check_fails(ana_planted_graph(&options, &graph, group), ANA_ERR_VALUE, "mixing");
    options = ana_planted_options_default();
    options.run.max_memory = 1000;
    check_fails(ana_planted_graph(&options, &graph, group), ANA_ERR_LIMIT, "planted graph");
    assert_null(graph);
}

static ana_status make_one(void *user)
{
    size_t group[MOST];
    ana_graph *graph = NULL;
    ana_status status = ana_planted_graph(user, &graph, group);
    ana_graph_free(graph);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    assert_true(check_each_allocation(make_one, NULL, 0) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graphs_are_mixed_as_much_as_asked_for),
        cmocka_unit_test(a_seed_makes_one_graph),
        cmocka_unit_test(graphs_that_cannot_be_are_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("planted graph", tests, NULL, NULL);
}
