#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/graph_layers.h>
#include <analysis/random.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST = 12
};

static double weight_between(const ana_graph *graph, const char *from, const char *to)
{
    for (size_t e = 0; e < graph->n_edges; e++) {
        if (strcmp(graph->node_names[graph->from[e]], from) == 0 &&
            strcmp(graph->node_names[graph->to[e]], to) == 0) {
            return graph->weights[e];
        }
    }
    return 0.0;
}

/* Nodes "n4" ... in a scrambled order, directed edges. */
static ana_graph *make_graph(ana_random *random, size_t n, size_t first)
{
    double matrix[MOST * MOST];
    char names[MOST][8];
    const char *pointers[MOST];
    size_t order[MOST];
    ana_graph *graph = NULL;
    ana_random_permutation(random, n, order);
    for (size_t i = 0; i < n; i++) {
        snprintf(names[i], sizeof names[i], "n%zu", first + order[i]);
        pointers[i] = names[i];
    }
    for (size_t i = 0; i < n * n; i++) {
        matrix[i] = ana_random_uniform(random) < 0.4 ? 1.0 + ana_random_uniform(random) : 0.0;
    }
    check_ok(ana_graph_from_matrix(n, matrix, true, true, &graph));
    check_ok(ana_graph_name_nodes(graph, pointers));
    return graph;
}

/* Every edge is found again between the same names; the first graph's nodes come first. */
static void graphs_keep_their_edges_on_the_union_of_their_nodes(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(3, "test.graph.layers", 0);
    for (int round = 0; round < 20; round++) {
        ana_graph *graphs[3] = {make_graph(&random, 7, 0), make_graph(&random, 9, 4),
                                make_graph(&random, 4, (size_t)round % 5)};
        ana_graph *united[3] = {NULL, NULL, NULL};
        check_ok(ana_graph_unite_nodes(3, (const ana_graph *const *)graphs, united));
        for (size_t g = 0; g < 3; g++) {
            check_ok(ana_graph_check(united[g]));
            assert_int_equal(united[g]->n_nodes, 13);
            assert_int_equal(united[g]->n_edges, graphs[g]->n_edges);
            for (size_t i = 0; i < 13; i++) {
                assert_string_equal(united[g]->node_names[i], united[0]->node_names[i]);
            }
            for (size_t e = 0; e < graphs[g]->n_edges; e++) {
                const double found =
                    weight_between(united[g], graphs[g]->node_names[graphs[g]->from[e]],
                                   graphs[g]->node_names[graphs[g]->to[e]]);
                check_close(found, graphs[g]->weights[e], 0.0, 0.0);
            }
        }
        for (size_t i = 0; i < 7; i++) {
            assert_string_equal(united[0]->node_names[i], graphs[0]->node_names[i]);
        }
        for (size_t g = 0; g < 3; g++) {
            ana_graph_free(graphs[g]);
            ana_graph_free(united[g]);
        }
    }
}

static ana_graph *two_weights(void)
{
    const size_t from[] = {0, 1, 2};
    const size_t to[] = {1, 2, 0};
    const double weights[] = {3, 0, 5, 0, -2, 7};
    const ana_edge_list list = {4, 3, from, to, 2, weights, true};
    ana_graph *graph = NULL;
    check_ok(ana_graph_new(&list, &graph));
    check_ok(ana_graph_name_weights(graph, (const char *const[]){"chemical", "electrical"}));
    return graph;
}

static void each_weight_becomes_a_graph_of_its_edges(void **state)
{
    (void)state;
    ana_graph *graph = two_weights();
    ana_graph *parts[2] = {NULL, NULL};
    check_ok(ana_graph_split_weights(graph, parts));
    assert_int_equal(parts[0]->n_edges, 2);
    assert_int_equal(parts[1]->n_edges, 2);
    assert_int_equal(parts[1]->n_nodes, 4);
    assert_true(parts[1]->directed);
    check_close(weight_between(parts[0], "2", "0"), 5.0, 0.0, 0.0);
    check_close(weight_between(parts[1], "1", "2"), -2.0, 0.0, 0.0);
    check_close(weight_between(parts[1], "2", "0"), 7.0, 0.0, 0.0);
    assert_string_equal(parts[1]->weight_names[0], "electrical");
    ana_graph_free(parts[0]);
    ana_graph_free(parts[1]);
    ana_graph_free(graph);
}

static void nodes_of_one_name_are_refused(void **state)
{
    (void)state;
    ana_graph *graphs[2] = {two_weights(), two_weights()};
    ana_graph *united[2] = {NULL, NULL};
    check_ok(ana_graph_name_nodes(graphs[1], (const char *const[]){"AVA", "b", "c", "AVA"}));
    check_fails(ana_graph_unite_nodes(2, (const ana_graph *const *)graphs, united), ANA_ERR_VALUE,
                "graph 1: two nodes are called AVA");
    assert_null(united[0]);
    ana_graph_free(graphs[0]);
    ana_graph_free(graphs[1]);
}

static ana_status do_both(void *user)
{
    ana_graph *united[2] = {NULL, NULL};
    ana_graph *parts[2] = {NULL, NULL};
    const ana_graph *graphs[2] = {user, user};
    ana_status status = ana_graph_unite_nodes(2, graphs, united);
    if (status == ANA_OK) {
        status = ana_graph_split_weights(user, parts);
    }
    for (size_t g = 0; g < 2; g++) {
        ana_graph_free(united[g]);
        ana_graph_free(parts[g]);
    }
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    ana_graph *graph = two_weights();
    assert_true(check_each_allocation(do_both, graph, 0) > 0);
    ana_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graphs_keep_their_edges_on_the_union_of_their_nodes),
        cmocka_unit_test(each_weight_becomes_a_graph_of_its_edges),
        cmocka_unit_test(nodes_of_one_name_are_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("graph layers", tests, NULL, NULL);
}
