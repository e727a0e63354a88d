#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/graph.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void edges_are_sorted_summed_and_turned(void **state)
{
    (void)state;
    const size_t from[] = {3, 0, 1, 2, 2, 0};
    const size_t to[] = {1, 1, 3, 2, 0, 1};
    const double weights[] = {1, 2, 4, 8, 16, 32, 10, 20, 40, 80, 160, 320};
    ana_edge_list list = {4, 6, from, to, 2, weights, false};
    ana_graph *graph = NULL;
    check_ok(ana_graph_new(&list, &graph));
    check_ok(ana_graph_check(graph));
    assert_int_equal(graph->n_edges, 4); /* 0-1, 0-2, 1-3, 2-2 */
    const size_t wanted_from[] = {0, 0, 1, 2};
    const size_t wanted_to[] = {1, 2, 3, 2};
    for (size_t e = 0; e < 4; e++) {
        assert_int_equal(graph->from[e], wanted_from[e]);
        assert_int_equal(graph->to[e], wanted_to[e]);
    }
    check_all_close(8, graph->weights, ((const double[]){34, 16, 5, 8, 340, 160, 50, 80}), 0.0,
                    0.0);
    assert_int_equal(graph->out_start[1] - graph->out_start[0], 2);
    assert_int_equal(graph->out[graph->out_start[2]].node, 0);
    assert_int_equal(graph->out[graph->out_start[2] + 1].node, 2); /* the loop, once */
    assert_int_equal(ana_graph_find_edge(graph, 3, 1), 2);
    assert_int_equal(ana_graph_find_edge(graph, 0, 3), 4);
    assert_string_equal(graph->weight_names[1], "weight 1");
    ana_graph_free(graph);
    list.directed = true;
    check_ok(ana_graph_new(&list, &graph));
    check_ok(ana_graph_check(graph));
    assert_int_equal(graph->n_edges, 5); /* 0>1, 1>3, 2>0, 2>2, 3>1 */
    assert_int_equal(ana_graph_find_edge(graph, 1, 3), 1);
    assert_int_equal(ana_graph_find_edge(graph, 1, 0), 5);
    assert_int_equal(graph->in[graph->in_start[1] + 1].node, 3);
    ana_graph_free(graph);
}

/* Random matrices with zeros and NaN: what the matrix says is what the graph says. */
static void matrices_go_in_and_come_out(void **state)
{
    (void)state;
    enum {
        N = 23
    };
    double matrix[N * N];
    double back[N * N];
    ana_random random = ana_random_stream(2, "test.graph", 0);
    for (int directed = 0; directed < 2; directed++) {
        ana_graph *graph = NULL;
        for (size_t i = 0; i < N * N; i++) {
            double u = ana_random_uniform(&random);
            matrix[i] = u < 0.6 ? 0.0 : u < 0.65 ? (double)NAN : u - 0.8;
        }
        check_ok(ana_graph_from_matrix(N, matrix, directed != 0, true, &graph));
        check_ok(ana_graph_check(graph));
        ana_graph_to_matrix(graph, 0, back);
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < N; j++) {
                double value = directed || j <= i ? matrix[i * N + j] : matrix[j * N + i];
                check_close(back[i * N + j], isnan(value) ? 0.0 : value, 0.0, 0.0);
            }
        }
        ana_record *record = NULL;
        ana_graph *read = NULL;
        check_ok(ana_graph_to_record(graph, &record));
        check_ok(ana_record_check(record));
        check_ok(ana_graph_from_record(record, &read));
        check_ok(ana_graph_check(read));
        assert_int_equal(read->n_edges, graph->n_edges);
        assert_memory_equal(read->weights, graph->weights, graph->n_edges * sizeof(double));
        assert_memory_equal(read->to, graph->to, graph->n_edges * sizeof(size_t));
        ana_graph_free(graph);
        ana_graph_free(read);
        ana_record_free(record);
    }
}

static void a_graph_may_be_empty(void **state)
{
    (void)state;
    const double zeros[4] = {0};
    ana_graph *graph = NULL;
    ana_graph *read = NULL;
    ana_record *record = NULL;
    check_ok(ana_graph_from_matrix(2, zeros, true, true, &graph));
    assert_int_equal(graph->n_edges, 0);
    check_ok(ana_graph_check(graph));
    check_ok(ana_graph_to_record(graph, &record));
    check_ok(ana_graph_from_record(record, &read));
    assert_int_equal(read->n_nodes, 2);
    ana_graph_free(graph);
    ana_graph_free(read);
    ana_record_free(record);
}

static void what_is_no_graph_is_refused(void **state)
{
    (void)state;
    const size_t ends[] = {0, 5};
    const double bad[] = {1.0, INFINITY};
    ana_edge_list list = {3, 2, ends, ends, 0, NULL, true};
    ana_graph *graph = NULL;
    check_fails(ana_graph_new(&list, &graph), ANA_ERR_VALUE, "edge 1 runs from node 5 to node 5");
    list.n_nodes = 6;
    list.n_weights = 1;
    list.weights = bad;
    check_fails(ana_graph_new(&list, &graph), ANA_ERR_VALUE, "edge 1 from node 5 to node 5 weighs");
    assert_null(graph);
    list.n_weights = 0;
    check_ok(ana_graph_new(&list, &graph));
    graph->to[0] = 4;
    check_fails(ana_graph_check(graph), ANA_ERR_VALUE, "row of node 0");
    graph->to[0] = 7;
    check_fails(ana_graph_check(graph), ANA_ERR_VALUE, "edge 0");
    ana_graph_free(graph);
}

static void a_record_of_no_graph_is_refused(void **state)
{
    (void)state;
    const double matrix[] = {0, 1, 1, 0};
    ana_graph *graph = NULL;
    ana_graph *read = NULL;
    ana_record *record = NULL;
    check_ok(ana_graph_from_matrix(2, matrix, true, false, &graph));
    check_ok(ana_graph_to_record(graph, &record));
    ana_record *to = (ana_record *)(uintptr_t)ana_record_find(record, "to");
    to->ints[1] = 9;
    check_fails(ana_graph_from_record(record, &read), ANA_ERR_FORMAT, "to[1] is 9");
    to->ints[1] = -1;
    check_fails(ana_graph_from_record(record, &read), ANA_ERR_FORMAT, "to[1] is -1");
    assert_null(read);
    ana_graph_free(graph);
    ana_record_free(record);
}

static ana_status make_and_copy(void *user)
{
    (void)user;
    const double matrix[] = {0, 1, 2, 1, 0, 3, 2, 3, 0};
    const char *const names[] = {"a", "b", "c"};
    ana_graph *graph = NULL;
    ana_graph *read = NULL;
    ana_record *record = NULL;
    ana_status status = ana_graph_from_matrix(3, matrix, true, false, &graph);
    status = status == ANA_OK ? ana_graph_name_nodes(graph, names) : status;
    status = status == ANA_OK ? ana_graph_to_record(graph, &record) : status;
    status = status == ANA_OK ? ana_graph_from_record(record, &read) : status;
    if (status == ANA_OK) {
        assert_string_equal(read->node_names[2], "c");
    }
    ana_graph_free(graph);
    ana_graph_free(read);
    ana_record_free(record);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    assert_true(check_each_allocation(make_and_copy, NULL, 0) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_are_sorted_summed_and_turned),
        cmocka_unit_test(matrices_go_in_and_come_out),
        cmocka_unit_test(a_graph_may_be_empty),
        cmocka_unit_test(what_is_no_graph_is_refused),
        cmocka_unit_test(a_record_of_no_graph_is_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
