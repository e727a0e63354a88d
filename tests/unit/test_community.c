#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/agreement.h>
#include <analysis/models/community.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 60,
    N_RESTARTS = 6
};

/* Three groups (i mod 3), with loops where asked for. */
static ana_graph *planted(bool directed, bool loops, uint64_t seed)
{
    double matrix[N * N] = {0};
    ana_graph *graph = NULL;
    ana_random random = ana_random_stream(seed, "test.community", 0);
    for (size_t i = 0; i < (size_t)N * N; i++) {
        const double p = (i / N) % 3 == (i % N) % 3 ? 0.5 : 0.04;
        const double weight = ana_random_exponential(&random);
        matrix[i] = ana_random_uniform(&random) < p ? weight : 0.0;
    }
    check_ok(ana_graph_from_matrix(N, matrix, directed, loops, &graph));
    return graph;
}

/* The definition as a sum over all ordered pairs of nodes, A_ii of an undirected loop twice its
 * weight. */
static double by_definition(const ana_graph *graph, const size_t *group, double resolution)
{
    double matrix[N * N];
    double out[N] = {0};
    double in[N] = {0};
    double total = 0.0;
    double sum = 0.0;
    ana_graph_to_matrix(graph, 0, matrix);
    for (size_t i = 0; i < N && !graph->directed; i++) {
        matrix[i * N + i] *= 2.0;
    }
    for (size_t i = 0; i < (size_t)N * N; i++) {
        out[i / N] += matrix[i];
        in[i % N] += matrix[i];
        total += matrix[i];
    }
    for (size_t i = 0; i < (size_t)N * N; i++) {
        const size_t a = i / N;
        const size_t b = i % N;
        sum += group[a] == group[b] ? matrix[i] - resolution * out[a] * in[b] / total : 0.0;
    }
    return sum / total;
}

static void modularity_is_the_sum_over_pairs_of_nodes(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(4, "test.community.labels", 0);
    for (int k = 0; k < 8; k++) {
        size_t group[N];
        double found = 0.0;
        ana_graph *graph = planted(k % 2 == 1, k % 4 > 1, (uint64_t)k);
        ana_leiden_options options = ana_leiden_options_default();
        options.resolution = 0.3 * (double)k;
        for (size_t i = 0; i < N; i++) {
            group[i] = (size_t)ana_random_below(&random, 5) * 11;
        }
        check_ok(ana_modularity(graph, group, &options, &found));
        check_close(found, by_definition(graph, group, options.resolution), 1e-13, 0.0);
        ana_graph_free(graph);
    }
}

/* Two triangles joined by an edge: 6/7 - 1/2 in groups of three. */
static void two_triangles_have_a_modularity_by_hand(void **state)
{
    (void)state;
    const size_t from[] = {0, 0, 1, 3, 3, 4, 2};
    const size_t to[] = {1, 2, 2, 4, 5, 5, 3};
    const ana_edge_list list = {6, 7, from, to, 0, NULL, false};
    ana_graph *graph = NULL;
    size_t group[6];
    size_t n_groups = 0;
    double found[20];
    check_ok(ana_graph_new(&list, &graph));
    check_ok(ana_leiden(graph, NULL, group, &n_groups, found));
    assert_int_equal(n_groups, 2);
    assert_memory_equal(group, ((const size_t[]){0, 0, 0, 1, 1, 1}), sizeof group);
    for (size_t r = 0; r < 20; r++) {
        check_close(found[r], 6.0 / 7.0 - 0.5, 1e-14, 0.0);
    }
    ana_graph_free(graph);
}

/* Whether the nodes of each group can be reached from one another within it. */
static bool groups_are_connected(const ana_graph *graph, const size_t *group, size_t n_groups)
{
    size_t label[N];
    size_t n_parts = N;
    for (size_t i = 0; i < N; i++) {
        label[i] = i;
    }
    for (size_t e = 0; e < graph->n_edges; e++) {
        const size_t a = label[graph->from[e]];
        const size_t b = label[graph->to[e]];
        if (group[graph->from[e]] == group[graph->to[e]] && a != b) {
            n_parts--;
            for (size_t i = 0; i < N; i++) {
                label[i] = label[i] == b ? a : label[i];
            }
        }
    }
    return n_parts == n_groups;
}

static void planted_groups_are_found_and_connected(void **state)
{
    (void)state;
    ana_graph *graph = planted(false, false, 7);
    ana_leiden_options options = ana_leiden_options_default();
    size_t truth[N];
    size_t group[N];
    size_t again[N];
    size_t n_groups = 0;
    double found[N_RESTARTS];
    double best = -1.0;
    double value = 0.0;
    ana_agreement agreement;
    options.n_restarts = N_RESTARTS;
    for (size_t i = 0; i < N; i++) {
        truth[i] = i % 3;
    }
    check_ok(ana_leiden(graph, &options, group, &n_groups, found));
    check_ok(ana_agreement_compare(N, truth, group, &agreement));
    check_close(agreement.adjusted_rand, 1.0, 1e-12, 0.0);
    assert_true(groups_are_connected(graph, group, n_groups));
    for (size_t r = 0; r < N_RESTARTS; r++) {
        best = found[r] > best ? found[r] : best;
    }
    check_ok(ana_modularity(graph, group, &options, &value));
    check_close(value, best, 1e-12, 0.0);
    check_ok(ana_leiden(graph, &options, again, &n_groups, NULL));
    assert_memory_equal(group, again, sizeof group);
    options.resolution = 4.0; /* smaller groups, of falling size */
    check_ok(ana_leiden(graph, &options, group, &n_groups, NULL));
    assert_true(n_groups > 6);
    assert_true(groups_are_connected(graph, group, n_groups));
    size_t sizes[N] = {0};
    for (size_t i = 0; i < N; i++) {
        sizes[group[i]]++;
    }
    for (size_t g = 1; g < n_groups; g++) {
        assert_true(sizes[g] <= sizes[g - 1] && sizes[g] > 0);
    }
    ana_graph_free(graph);
}

/* The random numbers are ours: seeds differ, igraph's own generator stays as it was. */
static void seeds_decide(void **state)
{
    (void)state;
    ana_graph *graph = planted(false, false, 9);
    ana_leiden_options options = ana_leiden_options_default();
    size_t group[N];
    size_t n_groups = 0;
    double found[2][N_RESTARTS];
    size_t n_different = 0;
    options.n_restarts = N_RESTARTS;
    options.resolution = 6.0; /* many optima */
    options.n_iterations = 1;
    for (size_t k = 0; k < 2; k++) {
        options.run.seed = k;
        check_ok(ana_leiden(graph, &options, group, &n_groups, found[k]));
    }
    for (size_t r = 0; r < N_RESTARTS; r++) {
        n_different += found[0][r] != found[1][r] ? 1 : 0;
    }
    assert_true(n_different > 0);
    ana_graph_free(graph);
}

static void what_has_no_modularity_is_refused(void **state)
{
    (void)state;
    const double zeros[9] = {0};
    const double negative[9] = {0, 0, 0, -1, 0, 0, 2, 0, 0};
    size_t group[3] = {0, 0, 3};
    size_t n_groups = 0;
    double value = 0.0;
    ana_graph *graph = NULL;
    ana_leiden_options options = ana_leiden_options_default();
    check_ok(ana_graph_from_matrix(3, zeros, false, false, &graph));
    check_fails(ana_leiden(graph, NULL, group, &n_groups, NULL), ANA_ERR_VALUE, "weigh nothing");
    ana_graph_free(graph);
    check_ok(ana_graph_from_matrix(3, negative, false, false, &graph));
    check_fails(ana_leiden(graph, NULL, group, &n_groups, NULL), ANA_ERR_VALUE,
                "the edge from 0 to 1 weighs -1");
    options.weighted = false;
    check_fails(ana_modularity(graph, group, &options, &value), ANA_ERR_VALUE,
                "node 2 is in group 3");
    check_ok(ana_leiden(graph, &options, group, &n_groups, NULL));
    options.weight_index = 2;
    check_fails(ana_leiden(graph, &options, group, &n_groups, NULL), ANA_ERR_VALUE,
                "weight 2 is asked for");
    options = ana_leiden_options_default();
    options.randomness = 0.0;
    check_fails(ana_leiden(graph, &options, group, &n_groups, NULL), ANA_ERR_VALUE, "randomness");
    ana_graph_free(graph);
    check_ok(
        ana_graph_from_matrix(3, (const double[]){0, 1, 0, 0, 0, 1, 0, 0, 0}, true, false, &graph));
    check_fails(ana_leiden(graph, NULL, group, &n_groups, NULL), ANA_ERR_VALUE, "directed");
    ana_graph_free(graph);
}

static ana_status find_both(void *user)
{
    size_t group[N];
    size_t n_groups = 0;
    double value = 0.0;
    ana_leiden_options options = ana_leiden_options_default();
    options.n_restarts = 1;
    ana_record *record = NULL;
    ana_status status = ana_leiden(user, &options, group, &n_groups, &value);
    status =
        status == ANA_OK ? ana_leiden_to_record(user, &options, group, &value, &record) : status;
    if (status == ANA_OK) {
        double best = 0.0;
        check_ok(ana_record_check(record));
        check_ok(ana_record_get_double(record, "modularity", &best));
        check_close(best, value, 1e-14, 0.0);
        assert_non_null(ana_record_find(record, "adjacency/values"));
    }
    ana_record_free(record);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    ana_graph *graph = planted(false, false, 1);
    assert_true(check_each_allocation(find_both, graph, 0) > 0);
    ana_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modularity_is_the_sum_over_pairs_of_nodes),
        cmocka_unit_test(two_triangles_have_a_modularity_by_hand),
        cmocka_unit_test(planted_groups_are_found_and_connected),
        cmocka_unit_test(seeds_decide),
        cmocka_unit_test(what_has_no_modularity_is_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("community", tests, NULL, NULL);
}
