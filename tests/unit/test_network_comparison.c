#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/network_comparison.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A graph of n nodes named "n0" ...; chemical and electrical weights when `kinds`. */
static ana_graph *random_graph(size_t n, bool directed, bool kinds, uint64_t item)
{
    enum {
        MOST = 400
    };
    ana_random random = ana_random_stream(5, "test.comparison", item);
    size_t from[MOST];
    size_t to[MOST];
    double weights[2 * MOST];
    size_t n_edges = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = directed ? 0 : i; j < n; j++) {
            if (ana_random_uniform(&random) < 0.45) {
                from[n_edges] = i;
                to[n_edges++] = j;
            }
        }
    }
    for (size_t e = 0; e < n_edges; e++) {
        const uint64_t kind = ana_random_below(&random, 3);
        weights[e] = kinds && kind == 1 ? 0.0 : 1.0 + (double)ana_random_below(&random, 4);
        weights[n_edges + e] = kind == 0 ? 0.0 : 0.5 + (double)ana_random_below(&random, 3);
    }
    const ana_edge_list list = {n, n_edges, from, to, kinds ? 2 : 1, weights, directed};
    ana_graph *graph = NULL;
    check_ok(ana_graph_new(&list, &graph));
    if (kinds) {
        check_ok(ana_graph_name_weights(graph, (const char *const[]){"chemical", "electrical"}));
    }
    return graph;
}

static double auc_by_pairs(const ana_network_comparison *c, ana_pair_class wanted)
{
    double won = 0.0;
    double n = 0.0;
    for (size_t k = 0; k < c->n_pairs; k++) {
        const bool is_wanted =
            c->classes[k] == wanted || (wanted == ANA_PAIR_ANY && c->classes[k] != ANA_PAIR_NONE);
        for (size_t l = 0; l < c->n_pairs && is_wanted; l++) {
            if (c->classes[l] == ANA_PAIR_NONE) {
                const double d = c->strengths[k] - c->strengths[l];
                won += d > 0.0 ? 1.0 : d == 0.0 ? 0.5 : 0.0;
                n += 1.0;
            }
        }
    }
    return n > 0.0 ? won / n : (double)NAN;
}

static double within(const ana_network_comparison *c, ana_pair_class wanted)
{
    double x[400];
    double y[400];
    size_t n = 0;
    for (size_t k = 0; k < c->n_pairs; k++) {
        if (c->classes[k] == wanted || (wanted == ANA_PAIR_ANY && c->classes[k] != ANA_PAIR_NONE)) {
            x[n] = c->weights[k];
            y[n++] = c->strengths[k];
        }
    }
    return n > 2 ? ana_stats_pearson(n, x, y) : (double)NAN;
}

/* Matrices say what each pair is; double loops what the statistics are. */
static void pairs_and_statistics_are_as_by_hand(void **state)
{
    (void)state;
    enum {
        N = 11
    };
    for (uint64_t item = 0; item < 8; item++) {
        const bool kinds = item % 2 == 0;
        const bool directed[2] = {(item & 2) != 0, (item & 4) != 0};
        const bool ordered = directed[0] && directed[1];
        ana_graph *a = random_graph(N, directed[0], kinds, item);
        ana_graph *b = random_graph(N, directed[1], false, 100 + item);
        ana_network_comparison *c = NULL;
        ana_comparison_options options = ana_comparison_options_default();
        double first[N * N];
        double second[N * N] = {0};
        double other[N * N];
        double correlation = 0.0;
        double both = 0.0;
        double either = 0.0;
        options.n_nulls = 0;
        check_ok(ana_network_compare(a, b, NULL, &options, &c));
        ana_graph_to_matrix(a, 0, first);
        if (kinds) {
            ana_graph_to_matrix(a, 1, second);
        }
        ana_graph_to_matrix(b, 0, other);
        assert_int_equal(c->n_pairs, ordered ? N * (N - 1) : N * (N - 1) / 2);
        for (size_t k = 0; k < c->n_pairs; k++) {
            const size_t ij = c->from[k] * N + c->to[k];
            const size_t ji = c->to[k] * N + c->from[k];
            const bool add = directed[0] && !ordered;
            const double x = first[ij] + (add ? first[ji] : 0.0);
            const double y = add ? (second[ij] + second[ji]) / 2.0 : second[ij];
            const double z = other[ij] + (directed[1] && !ordered ? other[ji] : 0.0);
            check_close(c->weights[k], x + y, 1e-15, 0.0);
            check_close(c->strengths[k], z, 0.0, 0.0);
            const ana_pair_class wanted = x != 0.0 && y != 0.0 ? ANA_PAIR_BOTH
                                          : x != 0.0           ? ANA_PAIR_FIRST
                                          : y != 0.0           ? ANA_PAIR_SECOND
                                                               : ANA_PAIR_NONE;
            assert_int_equal(c->classes[k], wanted);
            both += x + y != 0.0 && z != 0.0 ? 1.0 : 0.0;
            either += x + y != 0.0 || z != 0.0 ? 1.0 : 0.0;
        }
        check_close(c->value[ANA_COMPARE_PEARSON],
                    ana_stats_pearson(c->n_pairs, c->weights, c->strengths), 1e-14, 0.0);
        check_ok(ana_stats_spearman(c->n_pairs, c->weights, c->strengths, &correlation));
        check_close(c->value[ANA_COMPARE_SPEARMAN], correlation, 1e-14, 0.0);
        check_close(c->value[ANA_COMPARE_JACCARD], both / either, 1e-15, 0.0);
        for (int p = 0; p < ANA_PAIR_LINKED; p++) {
            check_close(c->value[ANA_COMPARE_AUC + p], auc_by_pairs(c, (ana_pair_class)p), 1e-14,
                        0.0);
            check_close(c->value[ANA_COMPARE_WITHIN + p], within(c, (ana_pair_class)p), 1e-12, 0.0);
        }
        ana_network_comparison_free(c);
        ana_graph_free(a);
        ana_graph_free(b);
    }
}

/* scipy 1.10.1: pearsonr, spearmanr and mannwhitneyu over the product of counts. */
static void scipy_finds_the_same_numbers(void **state)
{
    (void)state;
    enum {
        N = 9
    };
    double a[N * N] = {0};
    double b[N * N] = {0};
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < i; j++) {
            const double x = (double)i;
            const double y = (double)j;
            a[i * N + j] = fmax(0.0, floor(4.0 * fabs(sin(x * 1.7 + y * 2.3)) - 1.0));
            b[i * N + j] = nearbyint(100.0 * cos(x * 0.9 * y + x)) / 100.0;
        }
    }
    ana_graph *first = NULL;
    ana_graph *second = NULL;
    ana_network_comparison *c = NULL;
    ana_comparison_options options = ana_comparison_options_default();
    options.n_nulls = 0;
    check_ok(ana_graph_from_matrix(N, a, false, false, &first));
    check_ok(ana_graph_from_matrix(N, b, false, false, &second));
    check_ok(ana_network_compare(first, second, NULL, &options, &c));
    check_close(c->value[ANA_COMPARE_PEARSON], -0.024282549495246768, 1e-12, 0.0);
    check_close(c->value[ANA_COMPARE_SPEARMAN], -0.05092335019269441, 1e-12, 0.0);
    check_close(c->value[ANA_COMPARE_AUC + ANA_PAIR_FIRST], 0.5442307692307692, 1e-12, 0.0);
    check_close(c->value[ANA_COMPARE_WITHIN + ANA_PAIR_FIRST], -0.23184023208706803, 1e-12, 0.0);
    check_close(c->value[ANA_COMPARE_JACCARD], 0.7222222222222222, 1e-12, 0.0);
    ana_network_comparison_free(c);
    options.with_sign = true;
    check_ok(ana_network_compare(first, second, NULL, &options, &c));
    check_close(c->value[ANA_COMPARE_AUC + ANA_PAIR_FIRST], 0.46153846153846156, 1e-12, 0.0);
    ana_network_comparison_free(c);
    ana_graph_free(first);
    ana_graph_free(second);
}

static void a_network_agrees_with_itself_whatever_the_order_of_nodes(void **state)
{
    (void)state;
    enum {
        N = 12
    };
    ana_graph *graph = random_graph(N, true, false, 40);
    ana_graph *turned = NULL;
    ana_network_comparison *c = NULL;
    double matrix[N * N];
    double other[N * N];
    char names[N][24];
    const char *list[N];
    ana_graph_to_matrix(graph, 0, matrix);
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) {
            other[(N - 1 - i) * N + N - 1 - j] = 3.0 * matrix[i * N + j];
        }
        snprintf(names[i], sizeof names[i], "%zu", N - 1 - i);
        list[i] = names[i];
    }
    check_ok(ana_graph_from_matrix(N, other, true, false, &turned));
    check_ok(ana_graph_name_nodes(turned, list));
    check_ok(ana_network_compare(graph, turned, NULL, NULL, &c));
    assert_true(c->ordered);
    check_close(c->value[ANA_COMPARE_PEARSON], 1.0, 1e-14, 0.0);
    check_close(c->value[ANA_COMPARE_SPEARMAN], 1.0, 1e-14, 0.0);
    check_close(c->value[ANA_COMPARE_JACCARD], 1.0, 0.0, 0.0);
    check_close(c->value[ANA_COMPARE_AUC + ANA_PAIR_FIRST], 1.0, 0.0, 0.0);
    assert_true(isnan(c->value[ANA_COMPARE_AUC + ANA_PAIR_SECOND]));
    check_close(c->roc[ANA_PAIR_FIRST][0], 1.0, 0.0, 0.0);
    for (int k = 0; k < 2; k++) { /* labels, degrees */
        check_close(c->p[k][ANA_COMPARE_PEARSON], 2.0 / 501.0, 1e-15, 0.0);
        assert_true(c->z[k][ANA_COMPARE_AUC + ANA_PAIR_ANY] > 5.0);
    }
    assert_false(c->has_null[ANA_COMPARE_DISTANCE]);
    ana_network_comparison_free(c);
    ana_graph_free(graph);
    ana_graph_free(turned);
}

/* The area under the curve as drawn is the statistic, to what straight lines between points of it
 * lose: at most the width of one, 0.01, with all ties and steps. */
static void curves_ascend_and_enclose_their_areas(void **state)
{
    (void)state;
    ana_graph *a = random_graph(14, false, true, 60);
    ana_graph *b = random_graph(14, false, false, 61);
    ana_network_comparison *c = NULL;
    check_ok(ana_network_compare(a, b, NULL, NULL, &c));
    for (size_t p = 0; p < ANA_PAIR_LINKED; p++) {
        double area = 0.0;
        for (size_t k = 1; k < ANA_ROC_POINTS; k++) {
            assert_true(c->roc[p][k] >= c->roc[p][k - 1]);
            area += (c->roc[p][k] + c->roc[p][k - 1]) / 2.0 / (ANA_ROC_POINTS - 1);
        }
        check_close(area, c->value[ANA_COMPARE_AUC + p], 0.01, 0.0);
        check_close(c->roc[p][ANA_ROC_POINTS - 1], 1.0, 0.0, 0.0);
    }
    ana_network_comparison_free(c);
    ana_graph_free(a);
    ana_graph_free(b);
}

/* Every exchange of five names, against random ones: the mean to four standard errors. */
static void names_are_exchanged_evenly(void **state)
{
    (void)state;
    enum {
        N = 5,
        N_NULLS = 4000
    };
    ana_graph *a = random_graph(N, true, false, 72);
    ana_graph *b = random_graph(N, true, false, 73);
    ana_network_comparison *c = NULL;
    ana_comparison_options options = ana_comparison_options_default();
    double x[N * N];
    double y[N * N];
    double sum = 0.0;
    double n_above = 0.0;
    double n_below = 0.0;
    options.n_nulls = N_NULLS;
    check_ok(ana_network_compare(a, b, NULL, &options, &c));
    ana_graph_to_matrix(a, 0, x);
    ana_graph_to_matrix(b, 0, y);
    for (size_t code = 0; code < 120; code++) {
        size_t order[N] = {0, 1, 2, 3, 4};
        double moved[N * (N - 1)];
        double fixed[N * (N - 1)];
        size_t n = 0;
        size_t rest = code;
        for (size_t i = N; i > 1; i--) {
            const size_t other = rest % i;
            const size_t held = order[i - 1];
            rest /= i;
            order[i - 1] = order[other];
            order[other] = held;
        }
        for (size_t k = 0; k < N * N; k++) {
            if (k / N != k % N) {
                moved[n] = x[order[k / N] * N + order[k % N]];
                fixed[n++] = y[k];
            }
        }
        const double found = ana_stats_pearson(n, moved, fixed);
        sum += found;
        n_above += found >= c->value[ANA_COMPARE_PEARSON] - 1e-12 ? 1.0 : 0.0;
        n_below += found <= c->value[ANA_COMPARE_PEARSON] + 1e-12 ? 1.0 : 0.0;
    }
    check_close(c->null_mean[ANA_COMPARE_LABELS][ANA_COMPARE_PEARSON], sum / 120.0,
                4.0 * c->null_sd[ANA_COMPARE_LABELS][ANA_COMPARE_PEARSON] / sqrt(N_NULLS), 0.0);
    const double wanted = fmin(1.0, 2.0 * fmin(n_above, n_below) / 120.0);
    /* Four standard errors of a share of 4000, doubled. */
    check_close(c->p[ANA_COMPARE_LABELS][ANA_COMPARE_PEARSON], wanted, 0.064, 0.0);
    ana_network_comparison_free(c);
    ana_graph_free(a);
    ana_graph_free(b);
}

/* No swaps, or a class of distance for each pair: nothing moves. */
static void what_cannot_move_stays(void **state)
{
    (void)state;
    enum {
        N = 10
    };
    double places[N * 2];
    ana_random random = ana_random_stream(1, "test.places", 0);
    for (size_t i = 0; i < N * 2; i++) {
        places[i] = ana_random_normal(&random);
    }
    const ana_node_positions positions = {2, places};
    for (int directed = 0; directed < 2; directed++) {
        ana_graph *a = random_graph(N, directed != 0, true, 80);
        ana_graph *b = random_graph(N, directed != 0, false, 81);
        ana_network_comparison *c = NULL;
        ana_comparison_options options = ana_comparison_options_default();
        options.n_nulls = 19;
        options.swaps = 0.0;
        options.n_bins = 100000;
        check_ok(ana_network_compare(a, b, &positions, &options, &c));
        for (size_t k = ANA_COMPARE_DEGREES; k < ANA_COMPARE_N_NULLS; k++) {
            for (size_t s = 0; s < ANA_COMPARE_N; s++) {
                check_close(c->null_mean[k][s], c->value[s], 1e-13, 0.0);
                check_close(c->p[k][s], isnan(c->value[s]) ? c->value[s] : 1.0, 0.0, 0.0);
                assert_true(isnan(c->z[k][s]));
            }
        }
        ana_network_comparison_free(c);
        ana_graph_free(a);
        ana_graph_free(b);
    }
}

/* Strengths and edges that both fall off with distance, and nothing else: names exchanged say that
 * they agree, pairs as far apart say that it is the distance. */
static void distance_explains_what_it_does(void **state)
{
    (void)state;
    enum {
        N = 40
    };
    ana_random random = ana_random_stream(9, "test.distance", 0);
    double places[N];
    double a[N * N] = {0};
    double b[N * N] = {0};
    for (size_t i = 0; i < N; i++) {
        places[i] = ana_random_uniform(&random);
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < i; j++) {
            const double near = exp(-5.0 * fabs(places[i] - places[j]));
            a[i * N + j] = ana_random_uniform(&random) < near ? 1.0 : 0.0;
            b[i * N + j] = near + 0.2 * ana_random_normal(&random);
        }
    }
    const ana_node_positions positions = {1, places};
    ana_graph *first = NULL;
    ana_graph *second = NULL;
    ana_network_comparison *c = NULL;
    ana_comparison_options options = ana_comparison_options_default();
    options.n_nulls = 200;
    options.n_bins = 30;
    check_ok(ana_graph_from_matrix(N, a, false, false, &first));
    check_ok(ana_graph_from_matrix(N, b, false, false, &second));
    check_ok(ana_network_compare(first, second, &positions, &options, &c));
    assert_true(c->z[ANA_COMPARE_LABELS][ANA_COMPARE_AUC] > 5.0);
    assert_true(fabs(c->z[ANA_COMPARE_DISTANCE][ANA_COMPARE_AUC]) < 3.0);
    ana_network_comparison_free(c);
    ana_graph_free(first);
    ana_graph_free(second);
}

/* 70 nodes: so many pairs that threads share the work. */
static void equal_seeds_give_equal_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    enum {
        N = 70
    };
    static double matrix[2][N * N];
    ana_random random = ana_random_stream(3, "test.threads", 0);
    ana_graph *graphs[2] = {NULL};
    ana_network_comparison *found[3] = {NULL};
    ana_comparison_options options = ana_comparison_options_default();
    for (size_t k = 0; k < 2 * N * N; k++) {
        const double u = ana_random_uniform(&random);
        matrix[k / (N * N)][k % (N * N)] = u < 0.8 ? 0.0 : u;
    }
    check_ok(ana_graph_from_matrix(N, matrix[0], true, false, &graphs[0]));
    check_ok(ana_graph_from_matrix(N, matrix[1], true, false, &graphs[1]));
    options.n_nulls = 20;
    for (size_t k = 0; k < 3; k++) {
        options.run.n_threads = k == 1 ? 3 : 1;
        options.run.seed = k == 2 ? 8 : 7;
        check_ok(ana_network_compare(graphs[0], graphs[1], NULL, &options, &found[k]));
    }
    assert_memory_equal(found[0]->null_mean, found[1]->null_mean, sizeof found[0]->null_mean);
    assert_memory_equal(found[0]->p, found[1]->p, sizeof found[0]->p);
    assert_true(found[0]->null_mean[0][0] != found[2]->null_mean[0][0]);
    for (size_t k = 0; k < 3; k++) {
        ana_network_comparison_free(found[k]);
    }
    ana_graph_free(graphs[0]);
    ana_graph_free(graphs[1]);
}

static void a_record_holds_curves_boxes_and_tables(void **state)
{
    (void)state;
    for (int kinds = 0; kinds < 2; kinds++) {
        ana_graph *a = random_graph(9, true, kinds != 0, 95);
        ana_graph *b = random_graph(9, false, false, 96);
        ana_network_comparison *c = NULL;
        ana_comparison_options options = ana_comparison_options_default();
        ana_record *record = NULL;
        options.n_nulls = 20;
        check_ok(ana_network_compare(a, b, NULL, &options, &c));
        check_ok(ana_network_comparison_to_record(c, &record));
        check_ok(ana_record_check(record));
        assert_int_equal(ana_record_find(record, "roc/y")->shape[0], kinds ? 5 : 2);
        assert_int_equal(ana_record_find(record, "strengths/values")->shape[0], 36);
        assert_int_equal(ana_record_find(record, "areas/values")->shape[0], 3);
        check_close(ana_record_find(record, "trend/x")->doubles[0], 0.0, 0.0, 0.0);
        check_close(ana_record_find(record, "trend/y")->doubles[0], c->mean[ANA_PAIR_NONE], 1e-14,
                    0.0);
        assert_non_null(ana_record_find(record, "degrees/p"));
        assert_null(ana_record_find(record, "distance"));
        ana_record_free(record);
        ana_network_comparison_free(c);
        ana_graph_free(a);
        ana_graph_free(b);
    }
}

static void networks_without_edges_compare(void **state)
{
    (void)state;
    const double zeros[16] = {0};
    ana_graph *a = NULL;
    ana_graph *b = random_graph(4, false, false, 97);
    ana_network_comparison *c = NULL;
    ana_record *record = NULL;
    check_ok(ana_graph_from_matrix(4, zeros, false, false, &a));
    check_ok(ana_network_compare(a, b, NULL, NULL, &c));
    assert_true(isnan(c->value[ANA_COMPARE_PEARSON]));
    assert_true(isnan(c->value[ANA_COMPARE_AUC]));
    assert_true(isnan(c->p[0][ANA_COMPARE_AUC]));
    check_ok(ana_network_comparison_to_record(c, &record));
    check_ok(ana_record_check(record));
    ana_record_free(record);
    ana_network_comparison_free(c);
    ana_graph_free(a);
    ana_graph_free(b);
}

static void what_cannot_be_compared_is_refused(void **state)
{
    (void)state;
    ana_graph *a = random_graph(4, false, false, 98);
    ana_graph *b = random_graph(4, false, false, 99);
    ana_network_comparison *c = NULL;
    ana_comparison_options options = ana_comparison_options_default();
    options.weight_index = 1;
    check_fails(ana_network_compare(a, b, NULL, &options, &c), ANA_ERR_VALUE, "no weight 1");
    options.weight_index = 0;
    options.n_bins = 0;
    check_fails(ana_network_compare(a, b, NULL, &options, &c), ANA_ERR_VALUE, "bins");
    check_ok(ana_graph_name_nodes(b, (const char *const[]){"0", "1", "x", "y"}));
    check_fails(ana_network_compare(a, b, NULL, NULL, &c), ANA_ERR_VALUE, "share 2 nodes");
    check_ok(ana_graph_name_nodes(b, (const char *const[]){"0", "1", "2", "1"}));
    check_fails(ana_network_compare(a, b, NULL, NULL, &c), ANA_ERR_VALUE,
                "1 stands twice in the other network");
    options = ana_comparison_options_default();
    options.run.max_memory = 100;
    check_ok(ana_graph_name_nodes(b, (const char *const[]){"0", "1", "2", "3"}));
    check_fails(ana_network_compare(a, b, NULL, &options, &c), ANA_ERR_LIMIT, "pairs");
    assert_null(c);
    ana_graph_free(a);
    ana_graph_free(b);
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    static const double places[] = {0.0, 1.0, 3.0, (double)NAN};
    const ana_node_positions positions = {1, places};
    ana_graph *a = random_graph(4, true, true, 98);
    ana_graph *b = random_graph(4, false, false, 99);
    ana_network_comparison *c = NULL;
    ana_record *record = NULL;
    ana_comparison_options options = ana_comparison_options_default();
    options.n_nulls = 2;
    ALLOCATION_TEST(ana_network_compare, (a, b, &positions, &options, &c),
                    ana_network_comparison_free(c));
    check_ok(ana_network_compare(a, b, &positions, &options, &c));
    ALLOCATION_TEST(ana_network_comparison_to_record, (c, &record), ana_record_free(record));
    ana_network_comparison_free(c);
    ana_graph_free(a);
    ana_graph_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_and_statistics_are_as_by_hand),
        cmocka_unit_test(scipy_finds_the_same_numbers),
        cmocka_unit_test(a_network_agrees_with_itself_whatever_the_order_of_nodes),
        cmocka_unit_test(curves_ascend_and_enclose_their_areas),
        cmocka_unit_test(names_are_exchanged_evenly),
        cmocka_unit_test(what_cannot_move_stays),
        cmocka_unit_test(distance_explains_what_it_does),
        cmocka_unit_test(equal_seeds_give_equal_bits_for_any_number_of_threads),
        cmocka_unit_test(a_record_holds_curves_boxes_and_tables),
        cmocka_unit_test(networks_without_edges_compare),
        cmocka_unit_test(what_cannot_be_compared_is_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
