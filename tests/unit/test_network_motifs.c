#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/network_motifs.h>
#include <analysis/random.h>

#include <math.h>
#include <string.h>

enum {
    N = 12
};

/* A matrix of weights of either sign, with loops; undirected: symmetric. */
static ana_graph *random_graph(uint64_t item, bool directed, double *matrix)
{
    ana_random random = ana_random_stream(6, "test.motifs", item);
    ana_graph *graph = NULL;
    for (size_t k = 0; k < (size_t)N * N; k++) {
        const double u = ana_random_uniform(&random);
        const double v = ana_random_uniform(&random);
        matrix[k] = u < 0.65 ? 0.0 : v - 0.4;
    }
    for (size_t k = 0; k < (size_t)N * N && !directed; k++) {
        matrix[k] = matrix[k / N > k % N ? k : k % N * N + k / N];
    }
    check_ok(ana_graph_from_matrix(N, matrix, directed, true, &graph));
    return graph;
}

/* The kind of a group by trying every order of its nodes against a picture of each kind. */
static size_t kind_by_picture(const double *m, const size_t nodes[3])
{
    /* Edges 0>1 1>0 0>2 2>0 1>2 2>1 of the kinds in their order. */
    static const char pictures[ANA_N_TRIADS][7] = {
        "000000", "100000", "110000", "101000", "010100", "100010", "110001", "110010",
        "101010", "100110", "111100", "111001", "110110", "110111", "111110", "111111"};
    static const size_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                        {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const size_t ends[6][2] = {{0, 1}, {1, 0}, {0, 2}, {2, 0}, {1, 2}, {2, 1}};
    for (size_t o = 0; o < 6; o++) {
        char code[7] = "000000";
        for (size_t e = 0; e < 6; e++) {
            const size_t from = nodes[orders[o][ends[e][0]]];
            const size_t to = nodes[orders[o][ends[e][1]]];
            code[e] = m[from * N + to] != 0.0 ? '1' : '0';
        }
        for (size_t kind = 0; kind < ANA_N_TRIADS; kind++) {
            if (strcmp(code, pictures[kind]) == 0 && kind != 12 && kind != 13 && kind != 6 &&
                kind != 7 && kind != 11) {
                return kind;
            }
        }
    }
    return ANA_N_TRIADS;
}

/* Every group of three by the definitions of Onnela et al.; counts are those of
 * ana_network_triads, which other tests hold against networkx. */
static void strength_and_evenness_are_as_defined(void **state)
{
    (void)state;
    for (uint64_t item = 0; item < 4; item++) {
        double m[N * N];
        size_t counts[ANA_N_TRIADS];
        double intensity[ANA_N_TRIADS] = {0};
        double coherence[ANA_N_TRIADS] = {0};
        double n[ANA_N_TRIADS] = {0};
        double largest = 0.0;
        ana_graph *graph = random_graph(item, item % 2 == 0, m);
        ana_network_motifs *motifs = NULL;
        ana_motif_options options = ana_motif_options_default();
        options.n_nulls = 0;
        check_ok(ana_network_motifs_new(graph, &options, &motifs));
        check_ok(ana_network_triads(graph, counts));
        for (size_t k = 0; k < N * N; k++) {
            largest = k / N != k % N ? fmax(largest, fabs(m[k])) : largest;
        }
        for (size_t code = 0; code < N * N * N; code++) {
            const size_t g[3] = {code / (N * N), code / N % N, code % N};
            if (!(g[0] < g[1] && g[1] < g[2])) {
                continue;
            }
            const size_t kind = kind_by_picture(m, g);
            double product = 1.0;
            double sum = 0.0;
            double n_edges = 0.0;
            for (size_t a = 0; a < 9; a++) {
                const double w = fabs(m[g[a / 3] * N + g[a % 3]]) / largest;
                if (a / 3 != a % 3 && w > 0.0) {
                    product *= w;
                    sum += w;
                    n_edges += 1.0;
                }
            }
            if (kind < ANA_N_TRIADS && ana_triad_is_connected(kind)) {
                const double geometric = pow(product, 1.0 / n_edges);
                n[kind] += 1.0;
                intensity[kind] += geometric;
                coherence[kind] += geometric * n_edges / sum;
            }
        }
        for (size_t kind = 0; kind < ANA_N_TRIADS; kind++) {
            check_close(motifs->count[kind].value, (double)counts[kind], 0.0, 0.0);
            if (n[kind] > 0.0) {
                assert_int_equal((size_t)n[kind], counts[kind]);
                check_close(motifs->intensity[kind].value, intensity[kind] / n[kind], 1e-13, 0.0);
                check_close(motifs->coherence[kind].value, coherence[kind] / n[kind], 1e-13, 0.0);
            }
            assert_true(isnan(motifs->count[kind].p));
        }
        assert_true(n[8] + n[15] > 0.0);
        ana_network_motifs_free(motifs);
        ana_graph_free(graph);
    }
}

static void count_degrees(const ana_graph *graph, double degrees[3][N])
{
    memset(degrees, 0, 3 * sizeof degrees[0]);
    for (size_t e = 0; e < graph->n_edges; e++) {
        const size_t i = graph->from[e];
        const size_t j = graph->to[e];
        if (i != j) {
            degrees[0][i] += 1.0;
            degrees[1][j] += 1.0;
            degrees[2][i] += ana_graph_find_edge(graph, j, i) < graph->n_edges ? 1.0 : 0.0;
        }
    }
}

static void random_networks_keep_edges_in_out_and_both_ways(void **state)
{
    (void)state;
    size_t n_moved = 0;
    for (uint64_t item = 0; item < 6; item++) {
        double m[N * N];
        double before[3][N];
        double after[3][N];
        double sums[2] = {0.0, 0.0};
        ana_graph *graph = random_graph(item, item != 5, m);
        ana_graph *moved = NULL;
        check_ok(ana_network_rewire_mutual(graph, 20.0, 3, item, &moved));
        check_ok(ana_graph_check(moved));
        assert_int_equal(moved->n_edges, graph->n_edges);
        count_degrees(graph, before);
        count_degrees(moved, after);
        for (size_t k = 0; k < 3 && item != 5; k++) {
            check_all_close(N, after[k], before[k], 0.0, 0.0);
        }
        for (size_t e = 0; e < graph->n_edges; e++) {
            sums[0] += graph->weights[e];
            sums[1] += moved->weights[e];
            n_moved += graph->to[e] != moved->to[e] ? 1 : 0;
        }
        check_close(sums[1], sums[0], 1e-12, 0.0);
        ana_graph_free(moved);
        ana_graph_free(graph);
    }
    assert_true(n_moved > 50);
}

/* Edges of weight 1 there and 2 back stay together, and each stays with its tie. */
static void both_edges_of_a_tie_move_together(void **state)
{
    (void)state;
    const size_t from[] = {0, 1, 2, 3, 4, 5, 6, 7};
    const size_t to[] = {1, 0, 3, 2, 5, 4, 7, 6};
    const double weights[] = {1, 2, 10, 20, 100, 200, 1000, 2000};
    const ana_edge_list list = {8, 8, from, to, 1, weights, true};
    ana_graph *graph = NULL;
    ana_graph *moved = NULL;
    bool any = false;
    check_ok(ana_graph_new(&list, &graph));
    for (uint64_t item = 0; item < 10; item++) {
        check_ok(ana_network_rewire_mutual(graph, 20.0, 3, item, &moved));
        for (size_t e = 0; e < 8; e++) {
            const size_t back = ana_graph_find_edge(moved, moved->to[e], moved->from[e]);
            assert_true(back < 8);
            const double ratio = moved->weights[back] / moved->weights[e];
            assert_true(ratio == 2.0 || ratio == 0.5);
            any = any || moved->to[e] != graph->to[e];
        }
        ana_graph_free(moved);
    }
    assert_true(any);
    ana_graph_free(graph);
}

/* A chain of feed-forward triangles sharing no node: more of them than any random network. */
static void planted_triangles_stand_out(void **state)
{
    (void)state;
    size_t from[60];
    size_t to[60];
    for (size_t t = 0; t < 20; t++) {
        const size_t ends[3][2] = {{0, 1}, {1, 2}, {0, 2}};
        for (size_t e = 0; e < 3; e++) {
            from[3 * t + e] = 3 * t + ends[e][0];
            to[3 * t + e] = 3 * t + ends[e][1];
        }
    }
    const ana_edge_list list = {60, 60, from, to, 0, NULL, true};
    ana_graph *graph = NULL;
    ana_network_motifs *motifs = NULL;
    check_ok(ana_graph_new(&list, &graph));
    check_ok(ana_network_motifs_new(graph, NULL, &motifs));
    check_close(motifs->count[8].value, 20.0, 0.0, 0.0); /* 030T */
    assert_true(motifs->count[8].z > 5.0);
    check_close(motifs->count[8].p, 2.0 / 201.0, 1e-15, 0.0);
    assert_true(motifs->count[8].q >= motifs->count[8].p && motifs->count[8].q < 0.1);
    assert_true(isnan(motifs->count[0].q));
    check_close(motifs->intensity[8].value, 1.0, 1e-15, 0.0);
    check_close(motifs->coherence[8].value, 1.0, 1e-15, 0.0);
    check_close(motifs->cycles3[7].value, 0.0, 0.0, 0.0);
    ana_network_motifs_free(motifs);
    ana_graph_free(graph);
}

/* A ring of cycles: each node beside random networks of the same degrees by hand. */
static void nodes_are_held_against_the_same_random_networks(void **state)
{
    (void)state;
    enum {
        N_NULLS = 9
    };
    double m[N * N];
    ana_graph *graph = random_graph(8, true, m);
    ana_network_motifs *motifs = NULL;
    ana_motif_options options = ana_motif_options_default();
    double nulls[N_NULLS];
    double mean = 0.0;
    double above = 1.0;
    double below = 1.0;
    options.n_nulls = N_NULLS;
    options.keep = ANA_MOTIF_KEEP_DEGREES;
    options.run.seed = 4;
    check_ok(ana_network_motifs_new(graph, &options, &motifs));
    for (size_t k = 0; k < N_NULLS; k++) {
        ana_graph *moved = NULL;
        ana_network_features *features = NULL;
        check_ok(ana_network_rewire(graph, options.swaps, 4, k, &moved));
        check_ok(ana_network_features_new(moved, 0, NULL, NULL, &features));
        nulls[k] = features->of_node[ANA_NODE_CYCLES3][3];
        mean += nulls[k] / N_NULLS;
        above += nulls[k] >= motifs->cycles3[3].value ? 1.0 : 0.0;
        below += nulls[k] <= motifs->cycles3[3].value ? 1.0 : 0.0;
        ana_network_features_free(features);
        ana_graph_free(moved);
    }
    check_close(motifs->cycles3[3].null_mean, mean, 1e-13, 0.0);
    check_close(motifs->cycles3[3].p, fmin(1.0, 2.0 * fmin(above, below) / (N_NULLS + 1)), 1e-15,
                0.0);
    ana_network_motifs_free(motifs);
    ana_graph_free(graph);
}

static void small_graphs_have_motifs_and_records(void **state)
{
    (void)state;
    const double one[] = {1.0, 1.0, 1.0, 1.0};
    for (size_t n = 0; n < 3; n++) {
        ana_graph *graph = NULL;
        ana_network_motifs *motifs = NULL;
        ana_record *record = NULL;
        check_ok(ana_graph_from_matrix(n, one, true, true, &graph));
        check_ok(ana_network_motifs_new(graph, NULL, &motifs));
        check_close(motifs->count[15].value, 0.0, 0.0, 0.0);
        check_ok(ana_network_motifs_to_record(motifs, &record));
        check_ok(ana_record_check(record));
        assert_int_equal(ana_record_find(record, "count/kind")->shape[0], ANA_N_TRIADS);
        assert_int_equal(ana_record_find(record, "intensity/kind")->shape[0], 13);
        ana_record_free(record);
        ana_network_motifs_free(motifs);
        ana_graph_free(graph);
    }
}

static void options_out_of_range_are_refused(void **state)
{
    (void)state;
    double m[N * N];
    ana_graph *graph = random_graph(8, true, m);
    ana_graph *moved = NULL;
    ana_network_motifs *motifs = NULL;
    ana_motif_options options = ana_motif_options_default();
    options.weight_index = 1;
    check_fails(ana_network_motifs_new(graph, &options, &motifs), ANA_ERR_VALUE, "no weight 1");
    options.weight_index = 0;
    options.swaps = -1.0;
    check_fails(ana_network_motifs_new(graph, &options, &motifs), ANA_ERR_VALUE, "swaps");
    options.swaps = 1.0;
    options.run.max_memory = 1000;
    check_fails(ana_network_motifs_new(graph, &options, &motifs), ANA_ERR_LIMIT, "random networks");
    check_fails(ana_network_rewire_mutual(graph, -1.0, 1, 1, &moved), ANA_ERR_VALUE, "swaps");
    ana_graph_free(graph);
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    double m[N * N];
    ana_graph *graph = random_graph(8, true, m);
    ana_graph *moved = NULL;
    ana_network_motifs *motifs = NULL;
    ana_record *record = NULL;
    ana_motif_options options = ana_motif_options_default();
    options.n_nulls = 1;
    ALLOCATION_TEST(ana_network_rewire_mutual, (graph, 1.0, 1, 1, &moved), ana_graph_free(moved));
    ALLOCATION_TEST(ana_network_motifs_new, (graph, &options, &motifs),
                    ana_network_motifs_free(motifs));
    check_ok(ana_network_motifs_new(graph, &options, &motifs));
    ALLOCATION_TEST(ana_network_motifs_to_record, (motifs, &record), ana_record_free(record));
    ana_network_motifs_free(motifs);
    ana_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strength_and_evenness_are_as_defined),
        cmocka_unit_test(random_networks_keep_edges_in_out_and_both_ways),
        cmocka_unit_test(both_edges_of_a_tie_move_together),
        cmocka_unit_test(planted_triangles_stand_out),
        cmocka_unit_test(nodes_are_held_against_the_same_random_networks),
        cmocka_unit_test(small_graphs_have_motifs_and_records),
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
