#include "orientation.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/visibility.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 60
};

/* By the definitions, in whole numbers: exact. */
static bool sees(ana_visibility_kind kind, const double *times, const double *values, size_t i,
                 size_t j)
{
    for (size_t k = i + 1; k < j; k++) {
        bool below = (values[k] - values[i]) * (times[j] - times[i]) <
                     (values[j] - values[i]) * (times[k] - times[i]);
        bool lower = values[k] < values[i] && values[k] < values[j];
        if (!(kind == ANA_VISIBILITY_NATURAL ? below : lower)) {
            return false;
        }
    }
    return true;
}

/* Small whole heights, so that many samples stand in one line or at one height. */
static void draw_series(ana_random *random, double *times, double *values)
{
    double time = 0.0;
    for (size_t i = 0; i < N; i++) {
        time += 1.0 + (double)ana_random_below(random, 3);
        times[i] = time;
        values[i] = (double)ana_random_below(random, 7);
    }
}

static void graphs_are_as_defined(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(4, "test.visibility", 0);
    double times[N];
    double values[N];
    for (size_t trial = 0; trial < 200; trial++) {
        ana_visibility_options options = ana_visibility_options_default();
        ana_graph *graph = NULL;
        draw_series(&random, times, values);
        options.kind = trial % 2 ? ANA_VISIBILITY_NATURAL : ANA_VISIBILITY_HORIZONTAL;
        options.window = trial % 3 == 0 ? 5 : 0;
        check_ok(ana_visibility_graph(N, times, values, &options, &graph));
        check_ok(ana_graph_check(graph));
        for (size_t i = 0; i < N; i++) {
            for (size_t j = i + 1; j < N; j++) {
                bool wanted = sees(options.kind, times, values, i, j) &&
                              (options.window == 0 || j - i <= options.window);
                assert_int_equal(ana_graph_find_edge(graph, i, j) < graph->n_edges, wanted);
            }
        }
        ana_graph_free(graph);
    }
}

/* 0.1, 0.2, 0.3 are not in one line as doubles, and rounding must not decide it. */
static void collinear_is_decided_exactly(void **state)
{
    (void)state;
    const double p0[] = {0.0, 0.0};
    const double p1[] = {1.0, 0.1};
    const double p2[] = {3.0, 0.3};
    assert_int_equal(ana_orientation(p0, p1, p2), -1); /* 0.3 < 3 x 0.1 as doubles */
    const double q2[] = {2.0, 0.2};
    assert_int_equal(ana_orientation(p0, p1, q2), 0);
    const double far0[] = {0x1p60, 1.0};
    const double far1[] = {0x1p60 + 0x1p10, 1.0 + 0x1p-52};
    const double far2[] = {0x1p60 + 0x1p11, 1.0 + 0x1p-51};
    assert_int_equal(ana_orientation(far0, far1, far2), 0);
    const double more[] = {0x1p60 + 0x1p11, 1.0 + 0x1.8p-51};
    assert_int_equal(ana_orientation(far0, far1, more), 1);
    assert_int_equal(ana_orientation(far0, more, far1), -1);
    /* Differences that no double holds: slopes of 1 - 2^-60 and 1 - 2^-61. */
    const double low[] = {0.0, 0x1p-60};
    const double one[] = {1.0, 1.0};
    const double two[] = {2.0, 2.0};
    assert_int_equal(ana_orientation(low, one, two), 1);
    assert_int_equal(ana_orientation(low, two, one), -1);
    const double early[] = {0x1p-60, 0.0};
    assert_int_equal(ana_orientation(early, one, two), -1); /* 1 / (1 - e) > 2 / (2 - e) */
    /* One rounding of the largest apart, where products round to the same double. */
    const double a[] = {0.0, 0.0};
    const double b[] = {1.0 + 0x1p-52, 1.0 + 0x1p-52};
    const double c[] = {1.0 + 0x1p-51, 1.0 + 0x1p-51};
    assert_int_equal(ana_orientation(a, b, c), 0);
    const double d[] = {1.0 + 0x1p-52, 1.0 + 0x1p-51};
    const double e[] = {1.0, 1.0 + 0x1p-52};
    assert_int_equal(ana_orientation(a, e, d), -1); /* (1 + 2u)/(1 + u) < 1 + u */
}

static void shifting_and_scaling_change_no_edge(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(5, "test.visibility", 0);
    double times[N];
    double values[N];
    double moved[N];
    draw_series(&random, times, values);
    ana_graph *graph = NULL;
    ana_graph *other = NULL;
    for (size_t i = 0; i < N; i++) {
        moved[i] = 8.0 * values[i] - 1024.0 + 4.0 * times[i]; /* affine in time as well */
    }
    check_ok(ana_visibility_graph(N, times, values, NULL, &graph));
    check_ok(ana_visibility_graph(N, times, moved, NULL, &other));
    assert_int_equal(graph->n_edges, other->n_edges);
    assert_memory_equal(graph->to, other->to, graph->n_edges * sizeof *graph->to);
    ana_graph_free(graph);
    ana_graph_free(other);
}

static void edges_weigh_what_is_asked(void **state)
{
    (void)state;
    const double times[] = {1.0, 3.0, 4.0};
    const double values[] = {2.0, 0.0, 5.0};
    const double wanted[4][3] = {{1, 1, 1},
                                 {2, 3, 1},
                                 {-1, 1, 5},
                                 {-0.78539816339744831, 0.78539816339744831, 1.3734007669450159}};
    for (size_t w = 0; w < 4; w++) {
        ana_visibility_options options = ana_visibility_options_default();
        ana_graph *graph = NULL;
        options.weight = (ana_visibility_weight)w;
        options.directed = true;
        check_ok(ana_visibility_graph(3, times, values, &options, &graph));
        assert_int_equal(graph->n_edges, 3);
        check_all_close(3, graph->weights, wanted[w], 0.0, 1e-15);
        ana_graph_free(graph);
    }
    ana_visibility_options options = ana_visibility_options_default();
    ana_graph *graph = NULL;
    options.view_angle = 1.0; /* below -0.57 of slope angle */
    check_ok(ana_visibility_graph(3, times, values, &options, &graph));
    assert_int_equal(graph->n_edges, 1);
    assert_int_equal(graph->to[0], 1);
    ana_graph_free(graph);
}

/* White noise: mean degree 4 (1 - 1/2n ...) and P(k) = (1/3)(2/3)^(k - 2), Luque et al. 2009;
 * irreversibility about 0, and large for a logistic map. */
static void noise_is_reversible_and_chaos_is_not(void **state)
{
    (void)state;
    enum {
        T = 20000
    };
    double *values = malloc(T * sizeof *values);
    ana_random random = ana_random_stream(6, "test.visibility", 0);
    ana_visibility_options options = ana_visibility_options_default();
    ana_graph *graph = NULL;
    double divergence = 0.0;
    options.kind = ANA_VISIBILITY_HORIZONTAL;
    options.directed = true;
    for (size_t t = 0; t < T; t++) {
        values[t] = ana_random_uniform(&random);
    }
    check_ok(ana_visibility_graph(T, NULL, values, &options, &graph));
    check_close(2.0 * (double)graph->n_edges / T, 4.0, 0.01, 0.0);
    double n_two = 0.0;
    for (size_t i = 0; i < T; i++) {
        size_t degree = graph->out_start[i + 1] - graph->out_start[i] + graph->in_start[i + 1] -
                        graph->in_start[i];
        n_two += degree == 2 ? 1.0 : 0.0;
    }
    check_close(n_two / T, 1.0 / 3.0, 0.015, 0.0); /* four times its sampling error */
    check_ok(ana_visibility_irreversibility(graph, &divergence));
    assert_true(fabs(divergence) < 0.005);
    ana_graph_free(graph);
    values[0] = 0.37;
    for (size_t t = 1; t < T; t++) {
        values[t] = 4.0 * values[t - 1] * (1.0 - values[t - 1]);
    }
    check_ok(ana_visibility_graph(T, NULL, values, &options, &graph));
    check_ok(ana_visibility_irreversibility(graph, &divergence));
    check_close(divergence, 0.377, 0.05, 0.0); /* Lacasa et al. 2012, table 1 */
    ana_graph_free(graph);
    free(values);
}

static void few_samples_and_bad_ones(void **state)
{
    (void)state;
    ana_graph *graph = NULL;
    ana_visibility_options options = ana_visibility_options_default();
    double divergence = 0.0;
    check_ok(ana_visibility_graph(0, NULL, NULL, NULL, &graph));
    ana_graph_free(graph);
    check_ok(ana_visibility_graph(1, NULL, (const double[]){3.0}, NULL, &graph));
    assert_int_equal(graph->n_edges, 0);
    check_fails(ana_visibility_irreversibility(graph, &divergence), ANA_ERR_VALUE, "directed");
    ana_graph_free(graph);
    graph = NULL;
    check_fails(ana_visibility_graph(2, NULL, (const double[]){3.0, NAN}, NULL, &graph),
                ANA_ERR_VALUE, "sample 1 is missing");
    check_fails(ana_visibility_graph(2, (const double[]){1.0, 1.0}, (const double[]){3.0, 4.0},
                                     NULL, &graph),
                ANA_ERR_VALUE, "sample 1 at time 1 is not later");
    options.run.max_memory = 256;
    check_fails(ana_visibility_graph(4, NULL, (const double[]){1, 0, 0, 1}, &options, &graph),
                ANA_ERR_LIMIT, "more than 2 edges");
    options.view_angle = 4.0;
    check_fails(ana_visibility_graph(2, NULL, (const double[]){3.0, 4.0}, &options, &graph),
                ANA_ERR_VALUE, "view-angle");
    assert_null(graph);
}

static ana_status make(void *user)
{
    ana_graph *graph = NULL;
    ana_visibility_options options = ana_visibility_options_default();
    double divergence = 0.0;
    options.directed = true;
    options.kind = *(ana_visibility_kind *)user;
    ana_status status =
        ana_visibility_graph(6, NULL, (const double[]){1, 3, 2, 5, 4, 6}, &options, &graph);
    status = status == ANA_OK ? ana_visibility_irreversibility(graph, &divergence) : status;
    ana_graph_free(graph);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    ana_visibility_kind kind = ANA_VISIBILITY_NATURAL;
    assert_true(check_each_allocation(make, &kind, 0) > 0);
    kind = ANA_VISIBILITY_HORIZONTAL;
    assert_true(check_each_allocation(make, &kind, 0) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graphs_are_as_defined),
        cmocka_unit_test(collinear_is_decided_exactly),
        cmocka_unit_test(shifting_and_scaling_change_no_edge),
        cmocka_unit_test(edges_weigh_what_is_asked),
        cmocka_unit_test(noise_is_reversible_and_chaos_is_not),
        cmocka_unit_test(few_samples_and_bad_ones),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("visibility", tests, NULL, NULL);
}
