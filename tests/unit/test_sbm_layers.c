/* Graphs of several layers, and models of weights that choose themselves. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/agreement.h>
#include <analysis/models/sbm.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 60,
    N_GROUPS = 3
};

static ana_sbm_options quick(int weights)
{
    ana_sbm_options options = ana_sbm_options_default();
    options.weights = weights;
    options.n_restarts = 1;
    options.n_rounds = 1;
    options.n_samples = 0;
    return options;
}

/* Node i is of group i % N_GROUPS. */
static ana_graph *planted(uint64_t seed, double within, double between)
{
    double matrix[N * N] = {0};
    ana_graph *graph = NULL;
    ana_random random = ana_random_stream(seed, "test.sbm.layers", 0);
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < i; j++) {
            const double p = i % N_GROUPS == j % N_GROUPS ? within : between;
            matrix[i * N + j] = ana_random_uniform(&random) < p ? 1.0 : 0.0;
        }
    }
    check_ok(ana_graph_from_matrix(N, matrix, false, false, &graph));
    return graph;
}

static double shared_with_truth(const ana_sbm *sbm)
{
    size_t truth[N];
    ana_agreement agreement;
    for (size_t i = 0; i < N; i++) {
        truth[i] = i % N_GROUPS;
    }
    check_ok(ana_agreement_compare(N, truth, sbm->hierarchy.group[0], &agreement));
    return agreement.normalised_mutual_information;
}

static ana_graph *sum_of(const ana_graph *a, const ana_graph *b)
{
    double matrix[2][N * N];
    ana_graph *graph = NULL;
    ana_graph_to_matrix(a, 0, matrix[0]);
    ana_graph_to_matrix(b, 0, matrix[1]);
    for (size_t i = 0; i < (size_t)N * N; i++) {
        matrix[0][i] += matrix[1][i];
    }
    check_ok(ana_graph_from_matrix(N, matrix[0], false, false, &graph));
    return graph;
}

/* What one layer has within groups the other has between them: together they show nothing. */
static void groups_that_only_layers_show_are_found(void **state)
{
    (void)state;
    ana_graph *graphs[2] = {planted(1, 0.45, 0.12), planted(2, 0.12, 0.45)};
    ana_graph *sum = sum_of(graphs[0], graphs[1]);
    const char *names[2] = {"chemical", "electrical"};
    const ana_sbm_layers layers = {2, (const ana_graph *const *)graphs, names};
    ana_sbm *sbm = NULL;
    for (int nested = 0; nested < 2; nested++) {
        ana_sbm_options options = quick(ANA_SBM_UNWEIGHTED);
        options.nested = nested != 0;
        check_ok(ana_sbm_fit_layers(&layers, &options, &sbm));
        check_close(shared_with_truth(sbm), 1.0, 1e-12, 0.0);
        assert_int_equal(sbm->n_layers, 2);
        assert_string_equal(sbm->layer_names[1], "electrical");
        assert_true(sbm->length.total < sbm->one_group);
        assert_true(sbm->length.total <= sbm->other_layering);
        check_close(sbm->restart_lengths[0], sbm->length.total, 1e-7, 1e-10);
        ana_sbm_free(sbm);
        sbm = NULL;
    }
    const ana_sbm_options options = quick(ANA_SBM_UNWEIGHTED);
    check_ok(ana_sbm_fit(sum, &options, &sbm));
    assert_true(shared_with_truth(sbm) < 0.5);
    assert_true(isnan(sbm->other_layering));
    ana_sbm_free(sbm);
    ana_graph_free(sum);
    ana_graph_free(graphs[0]);
    ana_graph_free(graphs[1]);
}

/* Edges by propensities that fall from node to node, in an order of their own. */
static ana_graph *uneven(uint64_t seed, size_t stride)
{
    double matrix[N * N] = {0};
    ana_graph *graph = NULL;
    ana_random random = ana_random_stream(seed, "test.sbm.uneven", 0);
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < i; j++) {
            const size_t steps = i * stride % N + j * stride % N;
            const double p = 6.0 * exp(-4.0 * (double)steps / (double)N);
            matrix[i * N + j] = ana_random_uniform(&random) < p ? 1.0 : 0.0;
        }
    }
    check_ok(ana_graph_from_matrix(N, matrix, false, false, &graph));
    return graph;
}

/* In every layer other nodes have many edges; or the same ones. */
static void layers_are_independent_where_degrees_are(void **state)
{
    (void)state;
    enum {
        LAYERS = 5
    };
    static const size_t strides[LAYERS] = {1, 7, 23, 37, 49};
    for (int other = 0; other < 2; other++) {
        ana_graph *graphs[LAYERS];
        const ana_sbm_layers layers = {LAYERS, (const ana_graph *const *)graphs, NULL};
        ana_sbm *sbm = NULL;
        ana_sbm_options options = quick(ANA_SBM_UNWEIGHTED);
        options.degrees = ANA_SBM_DEGREES_CORRECTED;
        for (size_t l = 0; l < LAYERS; l++) {
            graphs[l] = uneven(l, strides[other == 1 ? l : 0]);
        }
        check_ok(ana_sbm_fit_layers(&layers, &options, &sbm));
        assert_true(sbm->independent == (other == 1));
        assert_true(sbm->other_layering > sbm->length.total);
        assert_true((sbm->length.layers > 0.0) == sbm->independent);
        assert_string_equal(sbm->layer_names[4], "4");
        ana_sbm_free(sbm);
        for (size_t l = 0; l < LAYERS; l++) {
            ana_graph_free(graphs[l]);
        }
    }
}

/* One node in both layers, one in the first, one in the second, one in none: each of the three sets
 * of layers costs ln 3; the last counts as in the first. By hand, plain degrees, one group: layer
 * sizes 3 (nodes 0, 1, 3) and 2 (0, 2); S = -ln 2 + 2 ln n for the single edge of each. */
static void independent_layers_cost_what_they_do_by_hand(void **state)
{
    (void)state;
    const double first[16] = {0, 0, 0, 0, 1};
    const double second[16] = {0, 0, 0, 0, 0, 0, 0, 0, 1};
    ana_graph *graphs[2] = {NULL, NULL};
    size_t group[4] = {0};
    size_t *groups[1] = {group};
    const ana_sbm_hierarchy flat = {.n_levels = 1, .group = groups};
    const ana_sbm_layers layers = {.n = 2, .graphs = (const ana_graph *const *)graphs};
    ana_sbm_options options = quick(ANA_SBM_UNWEIGHTED);
    ana_sbm_length length;
    options.degrees = ANA_SBM_DEGREES_PLAIN;
    options.layering = ANA_SBM_LAYERS_INDEPENDENT;
    check_ok(ana_graph_from_matrix(4, first, false, false, &graphs[0]));
    check_ok(ana_graph_from_matrix(4, second, false, false, &graphs[1]));
    check_ok(ana_sbm_describe_layers(&layers, &flat, &options, NULL, &length));
    check_close(length.layers, 4.0 * log(3.0), 1e-13, 0.0);
    check_close(length.adjacency, 2.0 * log(3.0) + 2.0 * log(2.0) - 2.0 * log(2.0), 1e-13, 0.0);
    check_close(length.edges, 0.0, 0.0, 0.0);
    check_close(length.total, length.layers + length.adjacency + length.partition, 1e-13, 0.0);
    options.layering = ANA_SBM_LAYERS_AUTO; /* counts as shared: 4 nodes and degrees 2, 1, 1, 0 */
    check_ok(ana_sbm_describe_layers(&layers, &flat, &options, NULL, &length));
    check_close(length.layers, 0.0, 0.0, 0.0);
    check_close(length.adjacency, 4.0 * log(4.0) - 2.0 * log(2.0), 1e-13, 0.0);
    ana_graph_free(graphs[0]);
    ana_graph_free(graphs[1]);
}

/* As of a single graph: a group above all others costs ln B. */
static void one_group_above_layers_costs_the_logarithm_of_the_groups(void **state)
{
    (void)state;
    ana_graph *graphs[2] = {planted(5, 0.4, 0.2), planted(6, 0.2, 0.4)};
    const ana_sbm_layers layers = {.n = 2, .graphs = (const ana_graph *const *)graphs};
    size_t group[N];
    size_t top[4] = {0};
    size_t n_groups[2] = {4, 1};
    size_t *groups[2] = {group, top};
    for (size_t i = 0; i < N; i++) {
        group[i] = (i * i + i / 7) % 4;
    }
    for (size_t l = 0; l < 2; l++) {
        for (size_t e = 0; e < graphs[l]->n_edges; e++) {
            graphs[l]->weights[e] = 0.5 + (double)(e * (l + 3) % 11);
        }
    }
    for (int k = 0; k < 4; k++) {
        const ana_sbm_hierarchy flat = {1, n_groups, groups};
        const ana_sbm_hierarchy nested = {2, n_groups, groups};
        double levels[2];
        ana_sbm_length one;
        ana_sbm_length two;
        ana_sbm_options options = quick(k % 2 == 0 ? ANA_SBM_EXPONENTIAL : ANA_SBM_NORMAL);
        options.layering = k / 2 == 0 ? ANA_SBM_LAYERS_SHARED : ANA_SBM_LAYERS_INDEPENDENT;
        check_ok(ana_sbm_describe_layers(&layers, &flat, &options, NULL, &one));
        check_ok(ana_sbm_describe_layers(&layers, &nested, &options, levels, &two));
        check_close(two.total, one.total + log(4.0), 1e-9, 1e-13);
        check_close(levels[0] + levels[1], two.total, 1e-9, 0.0);
    }
    ana_graph_free(graphs[0]);
    ana_graph_free(graphs[1]);
}

static void layers_that_do_not_fit_together_are_refused(void **state)
{
    (void)state;
    double matrix[16] = {0};
    ana_graph *graphs[2] = {NULL, NULL};
    const ana_sbm_layers layers = {.n = 2, .graphs = (const ana_graph *const *)graphs};
    const ana_sbm_layers none = {0};
    ana_sbm *sbm = NULL;
    matrix[3] = matrix[9] = 1.0; /* [1][0] of three nodes; [2][1] of four, or [3][0] of three */
    check_fails(ana_sbm_fit_layers(&none, NULL, &sbm), ANA_ERR_VALUE, "0 layers; 1 to 1000");
    check_ok(ana_graph_from_matrix(3, matrix, false, false, &graphs[0]));
    check_ok(ana_graph_from_matrix(4, matrix, false, false, &graphs[1]));
    check_fails(ana_sbm_fit_layers(&layers, NULL, &sbm), ANA_ERR_SHAPE,
                "layer 1 has 4 nodes and undirected edges, layer 0 has 3 and undirected");
    ana_graph_free(graphs[1]);
    check_ok(ana_graph_from_matrix(3, matrix, true, false, &graphs[1]));
    check_fails(ana_sbm_fit_layers(&layers, NULL, &sbm), ANA_ERR_SHAPE, "directed");
    ana_graph_free(graphs[1]);
    matrix[3] = 0.0;
    check_ok(ana_graph_from_matrix(3, matrix, false, false, &graphs[1]));
    check_fails(ana_sbm_fit_layers(&layers, NULL, &sbm), ANA_ERR_VALUE, "layer 1 has no edges");
    ana_graph_free(graphs[1]);
    matrix[3] = 2.0;
    check_ok(ana_graph_from_matrix(3, matrix, false, false, &graphs[1]));
    check_ok(ana_graph_name_nodes(graphs[1], (const char *const[]){"0", "AVA", "2"}));
    check_fails(ana_sbm_fit_layers(&layers, NULL, &sbm), ANA_ERR_VALUE,
                "node 1 is AVA in layer 1 and 1 in layer 0");
    assert_null(sbm);
    ana_graph_free(graphs[0]);
    ana_graph_free(graphs[1]);
}

static ana_graph *weighted(int kind)
{
    ana_graph *graph = planted(7, 0.6, 0.3);
    ana_random random = ana_random_stream(8, "test.sbm.layers", (uint64_t)kind);
    for (size_t e = 0; e < graph->n_edges; e++) {
        const bool same = graph->from[e] % N_GROUPS == graph->to[e] % N_GROUPS;
        const double mean = same ? 6.0 : 2.0;
        double binomial = 0.0;
        for (int trial = 0; trial < 9; trial++) {
            binomial += ana_random_uniform(&random) < (same ? 0.9 : 0.6) ? 1.0 : 0.0;
        }
        const double exponential = mean * ana_random_exponential(&random);
        const double values[ANA_SBM_WEIGHTS_AUTO] = {
            [ANA_SBM_UNWEIGHTED] = 2.5,
            [ANA_SBM_EXPONENTIAL] = exponential + 1e-6,
            [ANA_SBM_NORMAL] = mean + 0.3 * ana_random_normal(&random),
            [ANA_SBM_GEOMETRIC] = floor(exponential),
            [ANA_SBM_POISSON] = (double)ana_random_poisson(&random, mean),
            [ANA_SBM_BINOMIAL] = binomial};
        graph->weights[e] = values[kind];
    }
    return graph;
}

static void weights_choose_the_model_they_were_drawn_from(void **state)
{
    (void)state;
    for (int kind = 0; kind < ANA_SBM_WEIGHTS_AUTO; kind++) {
        ana_graph *graph = weighted(kind);
        ana_sbm *sbm = NULL;
        const ana_sbm_options options = quick(ANA_SBM_WEIGHTS_AUTO);
        check_ok(ana_sbm_fit(graph, &options, &sbm));
        assert_int_equal(sbm->weights, kind);
        assert_int_equal(sbm->n_trials, kind == ANA_SBM_BINOMIAL ? 9 : 0);
        const bool discrete = kind >= ANA_SBM_GEOMETRIC;
        const bool chosen = kind != ANA_SBM_UNWEIGHTED;
        const double chosen_length = sbm->weight_lengths[sbm->weights];
        assert_true(isnan(sbm->weight_lengths[ANA_SBM_POISSON]) == !discrete);
        assert_true(isnan(sbm->weight_lengths[ANA_SBM_NORMAL]) == (discrete || !chosen));
        for (size_t w = 0; w < ANA_SBM_WEIGHTS_AUTO && chosen; w++) {
            assert_true(!(sbm->weight_lengths[w] < chosen_length));
        }
        ana_sbm_free(sbm);
        ana_graph_free(graph);
    }
}

/* One negative weight, or a zero among fractions, leaves the normal model alone. */
static void weights_that_may_be_anything_are_normal(void **state)
{
    (void)state;
    const double odd[2] = {-0.5, 0.0};
    for (size_t k = 0; k < 2; k++) {
        ana_graph *graph = weighted(ANA_SBM_EXPONENTIAL);
        ana_sbm *sbm = NULL;
        ana_sbm_options options = quick(ANA_SBM_WEIGHTS_AUTO);
        graph->weights[5] = odd[k];
        check_ok(ana_sbm_fit(graph, &options, &sbm));
        assert_int_equal(sbm->weights, ANA_SBM_NORMAL);
        assert_true(isnan(sbm->weight_lengths[ANA_SBM_NORMAL])); /* nothing to choose between */
        ana_sbm_free(sbm);
        sbm = NULL;
        options.weights = ANA_SBM_EXPONENTIAL;
        check_fails(ana_sbm_fit(graph, &options, &sbm), ANA_ERR_VALUE,
                    "exponential weights are weights above 0");
        assert_null(sbm);
        ana_graph_free(graph);
    }
}

/* Of a given partition: that of the candidates which describes it in the fewest nats. */
static void describing_chooses_the_shortest_model(void **state)
{
    (void)state;
    ana_graph *graph = weighted(ANA_SBM_POISSON);
    size_t group[N];
    ana_sbm_length automatic;
    ana_sbm_length poisson;
    ana_sbm_options options = quick(ANA_SBM_WEIGHTS_AUTO);
    for (size_t i = 0; i < N; i++) {
        group[i] = i % N_GROUPS;
    }
    check_ok(ana_sbm_describe(graph, group, &options, &automatic));
    options.weights = ANA_SBM_POISSON;
    check_ok(ana_sbm_describe(graph, group, &options, &poisson));
    check_close(automatic.total, poisson.total, 0.0, 0.0);
    ana_graph_free(graph);
}

static ana_status fit_layers(void *user)
{
    ana_sbm *sbm = NULL;
    ana_sbm *read = NULL;
    ana_record *record = NULL;
    ana_sbm_options options = quick(ANA_SBM_WEIGHTS_AUTO);
    options.degrees = ANA_SBM_DEGREES_CORRECTED;
    ana_status status = ana_sbm_fit_layers(user, &options, &sbm);
    status = status == ANA_OK ? ana_sbm_to_record(sbm, NULL, &record) : status;
    status = status == ANA_OK ? ana_sbm_from_record(record, &read) : status;
    ana_record_free(record);
    ana_sbm_free(read);
    ana_sbm_free(sbm);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    double matrix[49] = {0};
    ana_graph *graphs[2] = {NULL, NULL};
    const ana_sbm_layers layers = {.n = 2, .graphs = (const ana_graph *const *)graphs};
    for (size_t i = 0; i < 49; i++) {
        matrix[i] = i % 3 == 0 ? (double)(1 + i % 4) : 0.0;
    }
    check_ok(ana_graph_from_matrix(7, matrix, false, false, &graphs[0]));
    check_ok(ana_graph_from_matrix(7, matrix, false, false, &graphs[1]));
    assert_true(check_each_allocation(fit_layers, (void *)(uintptr_t)&layers, 0) > 0);
    ana_graph_free(graphs[0]);
    ana_graph_free(graphs[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_that_only_layers_show_are_found),
        cmocka_unit_test(layers_are_independent_where_degrees_are),
        cmocka_unit_test(independent_layers_cost_what_they_do_by_hand),
        cmocka_unit_test(one_group_above_layers_costs_the_logarithm_of_the_groups),
        cmocka_unit_test(layers_that_do_not_fit_together_are_refused),
        cmocka_unit_test(weights_choose_the_model_they_were_drawn_from),
        cmocka_unit_test(weights_that_may_be_anything_are_normal),
        cmocka_unit_test(describing_chooses_the_shortest_model),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("sbm layers", tests, NULL, NULL);
}
