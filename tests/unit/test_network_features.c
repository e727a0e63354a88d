#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/network_features.h>
#include <analysis/random.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 19
};

/* A random graph: negative weights, a weight of 0 never (a matrix has none), loops, and a last node
 * without edges. */
static ana_graph *draw_graph(uint64_t item, bool directed, double *matrix)
{
    ana_random random = ana_random_stream(7, "test.network", item);
    const double density = 0.08 + 0.3 * ana_random_uniform(&random);
    ana_graph *graph = NULL;
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) {
            const bool edge = ana_random_uniform(&random) < density && i + 1 < N && j + 1 < N;
            matrix[i * N + j] = edge ? ana_random_uniform(&random) - 0.3 : 0.0;
        }
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t j = i + 1; j < N && !directed; j++) {
            matrix[i * N + j] = matrix[j * N + i];
        }
    }
    check_ok(ana_graph_from_matrix(N, matrix, directed, true, &graph));
    for (size_t i = 0; i < N; i++) {
        matrix[i * N + i] = 0.0; /* loops count nowhere */
    }
    return graph;
}

/* Distances and numbers of shortest paths by relaxing every edge N times: slow and plain. */
static void find_paths(const double *matrix, ana_path_kind kind, double *distance, double *n_paths)
{
    double length[N * N];
    for (size_t k = 0; k < N * N; k++) {
        const double weight = fabs(matrix[k]);
        length[k] = weight == 0.0              ? (double)INFINITY
                    : kind == ANA_PATHS_HOPS   ? 1.0
                    : kind == ANA_PATHS_WEIGHT ? weight
                                               : 1.0 / weight;
        distance[k] = k % (N + 1) == 0 ? 0.0 : (double)INFINITY;
    }
    for (size_t pass = 0; pass < N; pass++) {
        for (size_t k = 0; k < N * N * N; k++) {
            const size_t s = k / (N * N);
            const size_t i = k / N % N;
            const size_t j = k % N;
            distance[s * N + j] =
                fmin(distance[s * N + j], distance[s * N + i] + length[i * N + j]);
        }
    }
    /* Paths by number of steps. */
    for (size_t s = 0; s < N; s++) {
        double now[N] = {0};
        double total[N] = {0};
        now[s] = 1.0;
        total[s] = 1.0;
        for (size_t step = 0; step < N; step++) {
            double next[N] = {0};
            for (size_t k = 0; k < N * N; k++) {
                const double to = distance[s * N + k / N] + length[k];
                if (isfinite(to) && to == distance[s * N + k % N]) {
                    next[k % N] += now[k / N];
                }
            }
            for (size_t j = 0; j < N; j++) {
                now[j] = next[j];
                total[j] += next[j];
            }
        }
        memcpy(n_paths + s * N, total, sizeof total);
    }
}

static double betweenness_by_pairs(const double *distance, const double *n_paths, size_t v)
{
    double sum = 0.0;
    for (size_t s = 0; s < N; s++) {
        for (size_t t = 0; t < N; t++) {
            const double through = distance[s * N + v] + distance[v * N + t];
            /* Sums of weights in two orders: a distance may differ in its last bits. */
            if (s != t && s != v && t != v && isfinite(through) &&
                fabs(through - distance[s * N + t]) <= 1e-12 * through) {
                sum += n_paths[s * N + v] * n_paths[v * N + t] / n_paths[s * N + t];
            }
        }
    }
    return sum;
}

static void paths_are_those_found_by_relaxing(void **state)
{
    (void)state;
    static double matrix[N * N];
    static double distance[N * N];
    static double n_paths[N * N];
    for (uint64_t trial = 0; trial < 24; trial++) {
        ana_network_options options = ana_network_options_default();
        ana_network_features *features = NULL;
        ana_graph *graph = draw_graph(trial, trial % 2 == 1, matrix);
        options.paths = (ana_path_kind)(trial % 3);
        check_ok(ana_network_features_new(graph, 0, NULL, &options, &features));
        find_paths(matrix, options.paths, distance, n_paths);
        double inverse = 0.0;
        double total = 0.0;
        double n_pairs = 0.0;
        for (size_t i = 0; i < N; i++) {
            double sum = 0.0;
            double n = 0.0;
            double farthest = 0.0;
            for (size_t j = 0; j < N; j++) {
                const double d = distance[i * N + j];
                if (i != j && isfinite(d)) {
                    sum += d;
                    inverse += 1.0 / d;
                    n += 1.0;
                    farthest = fmax(farthest, d);
                }
            }
            total += sum;
            n_pairs += n;
            check_close(features->of_node[ANA_NODE_ECCENTRICITY][i], farthest, 0.0, 1e-12);
            check_close(features->of_node[ANA_NODE_CLOSENESS][i],
                        n > 0.0 ? n * n / (N - 1.0) / sum : 0.0, 1e-14, 1e-12);
            check_close(features->of_node[ANA_NODE_BETWEENNESS][i],
                        betweenness_by_pairs(distance, n_paths, i) / (graph->directed ? 1.0 : 2.0),
                        1e-10, 1e-10);
        }
        check_close(features->of_graph[ANA_GRAPH_PATH_LENGTH], total / n_pairs, 0.0, 1e-12);
        check_close(features->of_graph[ANA_GRAPH_EFFICIENCY], inverse / (N * (N - 1.0)), 0.0,
                    1e-12);
        check_close(features->of_graph[ANA_GRAPH_REACHED], n_pairs / (N * (N - 1.0)), 0.0, 1e-14);
        ana_network_features_free(features);
        ana_graph_free(graph);
    }
}

static double cube_diagonal(const double *a, size_t i)
{
    double sum = 0.0;
    for (size_t j = 0; j < N; j++) {
        for (size_t h = 0; h < N; h++) {
            sum += a[i * N + j] * a[j * N + h] * a[h * N + i];
        }
    }
    return sum;
}

/* Fagiolo's formulas on matrices; Barrat's over all ordered pairs. */
static void clustering_is_that_of_the_matrix(void **state)
{
    (void)state;
    static double matrix[N * N];
    static double both[N * N];
    static double roots[N * N];
    static double edges[N * N];
    for (uint64_t trial = 100; trial < 130; trial++) {
        ana_network_features *features = NULL;
        ana_graph *graph = draw_graph(trial, trial % 2 == 1, matrix);
        double most = DBL_MIN;
        for (size_t k = 0; k < N * N; k++) {
            most = fmax(most, fabs(matrix[k]));
            edges[k] = matrix[k] != 0.0 ? 1.0 : 0.0;
        }
        for (size_t k = 0; k < N * N; k++) {
            const size_t turned = k % N * N + k / N;
            both[k] = edges[k] + edges[turned];
            roots[k] = cbrt(fabs(matrix[k]) / most) + cbrt(fabs(matrix[turned]) / most);
        }
        check_ok(ana_network_features_new(graph, 0, NULL, NULL, &features));
        for (size_t i = 0; i < N; i++) {
            double degree = 0.0;
            double mutual = 0.0;
            double strength = 0.0;
            double n = 0.0;
            double barrat = 0.0;
            for (size_t j = 0; j < N; j++) {
                const double w = fabs(matrix[i * N + j]) + fabs(matrix[j * N + i]);
                degree += both[i * N + j];
                mutual += both[i * N + j] == 2.0 ? 1.0 : 0.0;
                n += both[i * N + j] > 0.0 ? 1.0 : 0.0;
                strength += w;
                for (size_t h = 0; h < N; h++) {
                    const double v = fabs(matrix[i * N + h]) + fabs(matrix[h * N + i]);
                    bool closed =
                        both[i * N + j] > 0.0 && both[i * N + h] > 0.0 && both[j * N + h] > 0.0;
                    barrat += closed ? (w + v) / 2.0 : 0.0;
                }
            }
            const double possible = 2.0 * (degree * (degree - 1.0) - 2.0 * mutual);
            check_close(features->of_node[ANA_NODE_CLUSTERING][i],
                        possible > 0.0 ? cube_diagonal(both, i) / possible : 0.0, 1e-15, 1e-13);
            check_close(features->of_node[ANA_NODE_CLUSTERING_WEIGHTED][i],
                        possible > 0.0 ? cube_diagonal(roots, i) / possible : 0.0, 1e-15, 1e-13);
            check_close(features->of_node[ANA_NODE_CLUSTERING_BARRAT][i],
                        n > 1.0 ? barrat / strength / (n - 1.0) : 0.0, 1e-15, 1e-13);
            check_close(features->of_node[ANA_NODE_CYCLES3][i],
                        cube_diagonal(edges, i) / (graph->directed ? 1.0 : 2.0), 0.0, 0.0);
        }
        ana_network_features_free(features);
        ana_graph_free(graph);
    }
}

/* The k-core by leaving out nodes of fewer than k edges until none is left out. */
static void cores_are_what_is_left(void **state)
{
    (void)state;
    static double matrix[N * N];
    for (uint64_t trial = 200; trial < 220; trial++) {
        ana_network_features *features = NULL;
        ana_graph *graph = draw_graph(trial, trial % 2 == 1, matrix);
        double core[N] = {0};
        check_ok(ana_network_features_new(graph, 0, NULL, NULL, &features));
        for (double k = 1.0; k < 2.0 * N; k += 1.0) {
            bool here[N];
            memset(here, 1, sizeof here);
            for (size_t again = 0; again < N * N; again++) {
                const size_t i = again % N;
                double degree = 0.0;
                for (size_t j = 0; j < N; j++) {
                    degree += here[j] && matrix[i * N + j] != 0.0 ? 1.0 : 0.0;
                    degree += here[j] && graph->directed && matrix[j * N + i] != 0.0 ? 1.0 : 0.0;
                }
                here[i] = here[i] && degree >= k;
            }
            for (size_t i = 0; i < N; i++) {
                core[i] = here[i] ? k : core[i];
            }
        }
        check_all_close(N, features->of_node[ANA_NODE_CORENESS], core, 0.0, 0.0);
        ana_network_features_free(features);
        ana_graph_free(graph);
    }
}

/* PageRank is what one more step does not change, and the eigenvector what the matrix stretches. */
static void centralities_solve_their_equations(void **state)
{
    (void)state;
    static double matrix[N * N];
    size_t n_found = 0;
    for (uint64_t trial = 300; trial < 320; trial++) {
        ana_network_features *features = NULL;
        ana_network_options options = ana_network_options_default();
        options.damping = trial % 4 == 0 ? 0.99 : 0.6;
        ana_graph *graph = draw_graph(trial, trial % 2 == 1, matrix);
        check_ok(ana_network_features_new(graph, 0, NULL, &options, &features));
        const double *rank = features->of_node[ANA_NODE_PAGERANK];
        const double *vector = features->of_node[ANA_NODE_EIGENVECTOR];
        double next[N] = {0};
        double stretched[N] = {0};
        double value = 0.0;
        for (size_t i = 0; i < N; i++) {
            double strength = 0.0;
            for (size_t j = 0; j < N; j++) {
                strength += fabs(matrix[i * N + j]);
            }
            for (size_t j = 0; j < N; j++) {
                const double share = strength > 0.0 ? fabs(matrix[i * N + j]) / strength : 1.0 / N;
                next[j] +=
                    options.damping * rank[i] * share + (1.0 - options.damping) / N * rank[i];
                stretched[j] += fabs(matrix[i * N + j]) * vector[i];
            }
        }
        check_all_close(N, rank, next, 1e-13, 0.0);
        for (size_t i = 0; i < N && !isnan(vector[0]); i++) {
            value = fmax(value, stretched[i]);
            n_found += i == 0 ? 1 : 0;
        }
        for (size_t i = 0; i < N && !isnan(vector[0]); i++) {
            check_close(stretched[i] / value, vector[i], 1e-9, 0.0);
        }
        ana_network_features_free(features);
        ana_graph_free(graph);
    }
    assert_true(n_found > 15);
}

static void counts_of_a_small_graph(void **state)
{
    (void)state;
    /* A triangle with a tail, of mixed signs, a loop, a single node and a pair apart. */
    const size_t from[] = {0, 1, 2, 2, 3, 5};
    const size_t to[] = {1, 2, 0, 3, 3, 6};
    const double weights[] = {2.0, -1.0, 0.5, 0.0, 9.0, 4.0};
    const double positions[] = {0, 0, 3, 4, 0, 4, 0, 5, 9, 9, 0, 0, 0, 2};
    ana_edge_list list = {7, 6, from, to, 1, weights, false};
    ana_graph *graph = NULL;
    ana_network_features *f = NULL;
    check_ok(ana_graph_new(&list, &graph));
    check_ok(ana_network_features_new(graph, 2, positions, NULL, &f));
    check_all_close(7, f->of_node[ANA_NODE_DEGREE], ((const double[]){2, 2, 3, 1, 0, 1, 1}), 0, 0);
    check_all_close(7, f->of_node[ANA_NODE_STRENGTH],
                    ((const double[]){2.5, 1.0, -0.5, 0.0, 0.0, 4.0, 4.0}), 0, 0);
    check_all_close(5, f->degree_counts, ((const double[]){1, 3, 2, 1, 0}), 0, 0);
    assert_int_equal(f->n_degrees, 4);
    check_close(f->of_graph[ANA_GRAPH_DENSITY], 5.0 / 21.0, 0, 1e-15);
    check_close(f->of_graph[ANA_GRAPH_RECIPROCITY], 1.0, 0, 0);
    check_close(f->of_graph[ANA_GRAPH_N_COMPONENTS], 3.0, 0, 0);
    check_close(f->of_graph[ANA_GRAPH_LARGEST_COMPONENT], 4.0 / 7.0, 0, 1e-15);
    check_close(f->of_graph[ANA_GRAPH_TRANSITIVITY], 3.0 / 5.0, 0, 1e-15);
    check_close(f->of_graph[ANA_GRAPH_DIAMETER], 2.0, 0, 0);
    check_close(f->of_graph[ANA_GRAPH_MEAN_LINK_LENGTH], (5.0 + 3.0 + 4.0 + 1.0 + 2.0) / 5.0, 0,
                1e-15);
    double binned[7 * 2];
    check_ok(
        ana_network_degree_by_distance(graph, 2, positions, 2, (const double[]){1, 3, 5}, binned));
    check_all_close(14, binned, ((const double[]){0, 1, 0, 1, 1, 2, 1, 0, 0, 0, 1, 0, 1, 0}), 0, 0);
    check_fails(
        ana_network_degree_by_distance(graph, 2, positions, 2, (const double[]){1, 3, 3}, binned),
        ANA_ERR_VALUE, "bin 1 run from 3 to 3");
    size_t triads[ANA_N_TRIADS];
    check_ok(ana_network_triads(graph, triads));
    /* One triangle; 1-2-3 and 0-2-3; an edge and a third node: 5 x 5 less those in the others. */
    assert_int_equal(triads[15], 1);
    assert_int_equal(triads[10], 2);
    assert_int_equal(triads[2], 25 - 3 - 4);
    assert_int_equal(triads[0], 35 - 1 - 2 - 18);
    assert_string_equal(ana_triad_name(15), "300");
    ana_network_features_free(f);
    ana_graph_free(graph);
}

/* One group of three nodes for each set of edges, and where more nodes stand by. */
static void triads_are_counted_once(void **state)
{
    (void)state;
    static double matrix[N * N];
    for (uint64_t trial = 400; trial < 410; trial++) {
        ana_graph *graph = draw_graph(trial, true, matrix);
        size_t triads[ANA_N_TRIADS];
        size_t wanted[ANA_N_TRIADS] = {0};
        check_ok(ana_network_triads(graph, triads));
        for (size_t k = 0; k < N * N * N; k++) {
            const size_t node[3] = {k / (N * N), k / N % N, k % N};
            if (node[0] >= node[1] || node[1] >= node[2]) {
                continue;
            }
            double small[9] = {0};
            size_t one[ANA_N_TRIADS];
            ana_graph *three = NULL;
            for (size_t e = 0; e < 9; e++) {
                small[e] = matrix[node[e / 3] * N + node[e % 3]];
            }
            check_ok(ana_graph_from_matrix(3, small, true, false, &three));
            check_ok(ana_network_triads(three, one));
            for (size_t t = 0; t < ANA_N_TRIADS; t++) {
                wanted[t] += one[t];
            }
            ana_graph_free(three);
        }
        assert_memory_equal(triads, wanted, sizeof triads);
        ana_graph_free(graph);
    }
}

static void empty_graphs_have_features(void **state)
{
    (void)state;
    for (size_t n = 0; n < 3; n++) {
        ana_edge_list list = {.n_nodes = n, .directed = n == 1};
        ana_network_options options = ana_network_options_default();
        ana_graph *graph = NULL;
        ana_graph *rewired = NULL;
        ana_network_features *f = NULL;
        ana_record *record = NULL;
        options.n_nulls = 2;
        check_ok(ana_graph_new(&list, &graph));
        check_ok(ana_network_features_new(graph, 0, NULL, &options, &f));
        check_close(f->of_graph[ANA_GRAPH_PATH_LENGTH], (double)NAN, 0, 0);
        check_close(f->of_graph[ANA_GRAPH_TRANSITIVITY], 0.0, 0, 0);
        check_close(f->small_world.sigma, (double)NAN, 0, 0);
        for (size_t i = 0; i < n; i++) {
            check_close(f->of_node[ANA_NODE_PAGERANK][i], 1.0 / (double)n, 0, 1e-15);
            check_close(f->of_node[ANA_NODE_EIGENVECTOR][i], (double)NAN, 0, 0);
            check_close(f->of_node[ANA_NODE_CLOSENESS][i], 0.0, 0, 0);
        }
        check_ok(ana_network_features_to_record(f, &record));
        check_ok(ana_record_check(record));
        check_ok(ana_network_rewire(graph, 10.0, 1, 0, &rewired));
        ana_graph_free(rewired);
        ana_record_free(record);
        ana_network_features_free(f);
        ana_graph_free(graph);
    }
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void rewiring_keeps_every_degree(void **state)
{
    (void)state;
    static double matrix[N * N];
    for (uint64_t trial = 500; trial < 512; trial++) {
        ana_graph *graph = draw_graph(trial, trial % 2 == 1, matrix);
        ana_graph *rewired = NULL;
        ana_graph *again = NULL;
        ana_network_features *before = NULL;
        ana_network_features *after = NULL;
        check_ok(ana_network_rewire(graph, 20.0, 5, trial, &rewired));
        check_ok(ana_network_rewire(graph, 20.0, 5, trial, &again));
        check_ok(ana_graph_check(rewired));
        assert_int_equal(rewired->n_edges, graph->n_edges);
        assert_memory_equal(rewired->to, again->to, graph->n_edges * sizeof *graph->to);
        check_ok(ana_network_features_new(graph, 0, NULL, NULL, &before));
        check_ok(ana_network_features_new(rewired, 0, NULL, NULL, &after));
        check_all_close(N, after->of_node[ANA_NODE_IN_DEGREE], before->of_node[ANA_NODE_IN_DEGREE],
                        0, 0);
        check_all_close(N, after->of_node[ANA_NODE_OUT_DEGREE],
                        before->of_node[ANA_NODE_OUT_DEGREE], 0, 0);
        if (graph->n_edges > 30) {
            assert_memory_not_equal(rewired->to, graph->to, graph->n_edges * sizeof *graph->to);
        }
        qsort(graph->weights, graph->n_edges, sizeof(double), by_value);
        qsort(rewired->weights, graph->n_edges, sizeof(double), by_value);
        assert_memory_equal(rewired->weights, graph->weights, graph->n_edges * sizeof(double));
        check_fails(ana_network_rewire(graph, -1.0, 5, 0, &again), ANA_ERR_VALUE, "-1 swaps");
        ana_network_features_free(before);
        ana_network_features_free(after);
        ana_graph_free(graph);
        ana_graph_free(rewired);
        ana_graph_free(again);
    }
}

/* A ring of 60 nodes, each with its 3 nearest on both sides: clustering 0.6 exactly, mean path by
 * hand; random graphs of these degrees cluster at about 6/60 and are about log 60 / log 6 wide. */
static void a_ring_is_clustered_beyond_its_nulls(void **state)
{
    (void)state;
    enum {
        RING = 60
    };
    size_t from[3 * RING];
    size_t to[3 * RING];
    double path = 0.0;
    for (size_t k = 0; k < 3 * RING; k++) {
        from[k] = k / 3;
        to[k] = (k / 3 + 1 + k % 3) % RING;
    }
    for (size_t d = 1; d < RING; d++) {
        path += (double)(((d < RING - d ? d : RING - d) + 2) / 3) / (RING - 1);
    }
    ana_edge_list list = {RING, 3 * RING, from, to, 0, NULL, false};
    ana_network_options options = ana_network_options_default();
    ana_graph *graph = NULL;
    ana_network_features *one = NULL;
    ana_network_features *two = NULL;
    options.n_nulls = 8;
    options.run.n_threads = 1;
    check_ok(ana_graph_new(&list, &graph));
    check_ok(ana_network_features_new(graph, 0, NULL, &options, &one));
    options.run.n_threads = 2;
    check_ok(ana_network_features_new(graph, 0, NULL, &options, &two));
    const ana_small_world *world = &one->small_world;
    check_close(world->clustering, 0.6, 0, 1e-14);
    check_close(world->path_length, path, 0, 1e-14);
    assert_true(world->null_clustering > 0.04 && world->null_clustering < 0.16);
    check_close(world->null_path_length, 2.5, 0.25, 0);
    assert_true(world->sigma > 2.0);
    assert_memory_equal(world, &two->small_world, sizeof *world);
    for (size_t f = 0; f < ANA_NODE_N_FEATURES; f++) {
        assert_memory_equal(one->of_node[f], two->of_node[f], RING * sizeof(double));
    }
    ana_network_features_free(one);
    ana_network_features_free(two);
    ana_graph_free(graph);
}

/* More than 2^1024 shortest paths: a chain of diamonds. */
static void numbers_of_paths_may_be_huge(void **state)
{
    (void)state;
    enum {
        LINKS = 1200
    };
    static size_t from[4 * LINKS];
    static size_t to[4 * LINKS];
    for (size_t k = 0; k < LINKS; k++) {
        const size_t ends[4][2] = {{0, 1}, {0, 2}, {1, 3}, {2, 3}};
        for (size_t e = 0; e < 4; e++) {
            from[4 * k + e] = 3 * k + ends[e][0];
            to[4 * k + e] = 3 * k + ends[e][1];
        }
    }
    ana_edge_list list = {3 * LINKS + 1, 4 * LINKS, from, to, 0, NULL, false};
    ana_graph *graph = NULL;
    ana_network_features *f = NULL;
    check_ok(ana_graph_new(&list, &graph));
    check_ok(ana_network_features_new(graph, 0, NULL, NULL, &f));
    /* Half of the paths from one side to the other; all to and from the twin apart. */
    const double *betweenness = f->of_node[ANA_NODE_BETWEENNESS];
    const double middle = 3.0 * (LINKS / 2);
    check_close(betweenness[3 * (LINKS / 2) + 1],
                ((middle + 1.0) * (3.0 * LINKS + 1.0 - middle - 3.0)) / 2.0, 0.0, 1e-9);
    ana_network_features_free(f);
    ana_graph_free(graph);
}

static bool stop_at_once(void *user, const char *what, size_t done, size_t total)
{
    (void)user;
    (void)what;
    (void)done;
    (void)total;
    return false;
}

static void count_warning(void *user, const char *sentence)
{
    assert_non_null(strstr(sentence, "eigenvector"));
    (*(size_t *)user)++;
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    const size_t ends[] = {0, 1};
    ana_edge_list list = {2, 1, ends, ends + 1, 0, NULL, true};
    ana_network_options options = ana_network_options_default();
    ana_graph *graph = NULL;
    ana_network_features *f = NULL;
    size_t n_warnings = 0;
    check_ok(ana_graph_new(&list, &graph));
    options.weight_index = 1;
    check_fails(ana_network_features_new(graph, 0, NULL, &options, &f), ANA_ERR_VALUE,
                "no weight 1");
    options = ana_network_options_default();
    options.damping = 1.0;
    check_fails(ana_network_features_new(graph, 0, NULL, &options, &f), ANA_ERR_VALUE, "damping");
    options = ana_network_options_default();
    options.run.progress = stop_at_once;
    check_fails(ana_network_features_new(graph, 0, NULL, &options, &f), ANA_ERR_CANCELLED, "");
    options = ana_network_options_default();
    options.run.max_memory = 100;
    check_fails(ana_network_features_new(graph, 0, NULL, &options, &f), ANA_ERR_LIMIT,
                "shortest paths");
    options.paths = ANA_PATHS_NONE;
    options.run.warn = count_warning;
    options.run.user = &n_warnings;
    check_ok(ana_network_features_new(graph, 0, NULL, &options, &f));
    assert_int_equal(n_warnings, 1); /* one edge has no cycle */
    check_close(f->of_node[ANA_NODE_BETWEENNESS][0], (double)NAN, 0, 0);
    ana_network_features_free(f);
    ana_graph_free(graph);
}

static ana_status describe(void *user)
{
    ana_network_options options = ana_network_options_default();
    ana_network_features *features = NULL;
    ana_record *record = NULL;
    size_t triads[ANA_N_TRIADS];
    options.n_nulls = 1;
    options.paths = ANA_PATHS_INVERSE;
    ana_status status = ana_network_features_new(user, 0, NULL, &options, &features);
    status = status == ANA_OK ? ana_network_features_to_record(features, &record) : status;
    status = status == ANA_OK ? ana_network_triads(user, triads) : status;
    ana_record_free(record);
    ana_network_features_free(features);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    const size_t from[] = {0, 1, 2, 0};
    const size_t to[] = {1, 2, 0, 3};
    ana_edge_list list = {4, 4, from, to, 0, NULL, false};
    ana_graph *graph = NULL;
    check_ok(ana_graph_new(&list, &graph));
    assert_true(check_each_allocation(describe, graph, 0) > 20);
    ana_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_those_found_by_relaxing),
        cmocka_unit_test(clustering_is_that_of_the_matrix),
        cmocka_unit_test(cores_are_what_is_left),
        cmocka_unit_test(centralities_solve_their_equations),
        cmocka_unit_test(counts_of_a_small_graph),
        cmocka_unit_test(triads_are_counted_once),
        cmocka_unit_test(empty_graphs_have_features),
        cmocka_unit_test(rewiring_keeps_every_degree),
        cmocka_unit_test(a_ring_is_clustered_beyond_its_nulls),
        cmocka_unit_test(numbers_of_paths_may_be_huge),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("network_features", tests, NULL, NULL);
}
