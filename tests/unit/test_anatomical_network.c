#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <analysis/formats/table_io.h>
#include <analysis/models/anatomical_network.h>
#include <analysis/random.h>

#include <math.h>
#include <string.h>

static double weight_between(const ana_graph *graph, const char *from, const char *to, size_t layer)
{
    size_t ends[2] = {graph->n_nodes, graph->n_nodes};
    for (size_t i = 0; i < graph->n_nodes; i++) {
        ends[0] = strcmp(graph->node_names[i], from) == 0 ? i : ends[0];
        ends[1] = strcmp(graph->node_names[i], to) == 0 ? i : ends[1];
    }
    assert_true(ends[0] < graph->n_nodes && ends[1] < graph->n_nodes);
    const size_t e = ana_graph_find_edge(graph, ends[0], ends[1]);
    return e < graph->n_edges ? graph->weights[layer * graph->n_edges + e] : 0.0;
}

static ana_table *table_of(const char *name, const char *text)
{
    ana_table *table = NULL;
    (void)scratch_file(name, text, strlen(text));
    check_ok(ana_table_read(scratch(name), NULL, &table));
    return table;
}

/* Random rows against sums in matrices, for each rule of gap junctions. */
static void rows_are_summed_and_junctions_are_the_same_both_ways(void **state)
{
    (void)state;
    enum {
        N = 7,
        N_ROWS = 160
    };
    static const char *const cells[N] = {"A", "B", "C", "D", "E", "F", "G"};
    ana_random random = ana_random_stream(11, "test.anatomy", 0);
    const char *from[N_ROWS];
    const char *to[N_ROWS];
    ana_synapse kinds[N_ROWS];
    double weights[N_ROWS];
    double sums[3][N][N] = {0};
    size_t n_used = 0;
    for (size_t r = 0; r < N_ROWS; r++) {
        const size_t i = (size_t)ana_random_below(&random, N);
        const size_t j = (size_t)ana_random_below(&random, N);
        from[r] = cells[i];
        to[r] = cells[j];
        kinds[r] = (ana_synapse)ana_random_below(&random, 4);
        weights[r] = (double)ana_random_below(&random, 5) / 2.0;
        weights[r] = r % 17 == 3 ? (double)NAN : weights[r];
        if (kinds[r] != ANA_SYNAPSE_UNUSED && weights[r] > 0.0) {
            sums[kinds[r]][i][j] += weights[r];
            n_used++;
        }
    }
    for (int rule = 0; rule < 3; rule++) {
        ana_anatomical_options options = ana_anatomical_options_default();
        options.junctions = (ana_junction_rule)rule;
        const ana_synapse_list list = {N_ROWS, from, to, kinds, weights, N, cells};
        ana_anatomical_counts counts;
        ana_graph *graph = NULL;
        check_ok(ana_anatomical_network(&list, &options, &graph, &counts));
        check_ok(ana_graph_check(graph));
        assert_int_equal(graph->n_weights, 3);
        size_t n_sums = 0;
        size_t n_loops = 0;
        size_t n_one_way = 0;
        size_t n_unequal = 0;
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < N; j++) {
                const double a = sums[1][i][j];
                const double b = sums[1][j][i];
                const double joined = rule == 0 ? fmax(a, b) : rule == 1 ? a + b : (a + b) / 2.0;
                check_close(weight_between(graph, cells[i], cells[j], 0), sums[0][i][j], 0.0, 0.0);
                check_close(weight_between(graph, cells[i], cells[j], 1), i == j ? a : joined, 0.0,
                            0.0);
                check_close(weight_between(graph, cells[i], cells[j], 2), sums[2][i][j], 0.0, 0.0);
                n_sums += sums[0][i][j] > 0.0 ? 1 : 0;
                n_sums += a > 0.0 ? 1 : 0;
                n_sums += sums[2][i][j] > 0.0 ? 1 : 0;
                n_loops += i == j && sums[0][i][j] + a + sums[2][i][j] > 0.0 ? 1 : 0;
                n_one_way += i < j && (a > 0.0) != (b > 0.0) ? 1 : 0;
                n_unequal += i < j && a > 0.0 && b > 0.0 && a != b ? 1 : 0;
            }
        }
        assert_int_equal(counts.n_rows, N_ROWS);
        assert_int_equal(counts.n_repeated, n_used - n_sums);
        assert_int_equal(counts.n_unused + counts.n_missing + counts.n_zero + n_used, N_ROWS);
        assert_int_equal(counts.n_loops, n_loops);
        assert_int_equal(counts.n_one_way, n_one_way);
        assert_int_equal(counts.n_unequal, n_unequal);
        ana_graph_free(graph);
    }
}

static void neurons_are_spelt_alike_and_others_counted(void **state)
{
    (void)state;
    static const char *const from[] = {"VB02", "AVAL", "BWM-DL01", "AS10", "VB01"};
    static const char *const to[] = {"AVAL", "GLRL", "RIR", "AVAL", "VB2"};
    static const ana_synapse kinds[5] = {0};
    static const double weights[] = {1, 2, 3, 4, 5};
    ana_synapse_list list = {5, from, to, kinds, weights, 0, NULL};
    ana_anatomical_options options = ana_anatomical_options_default();
    ana_anatomical_counts counts;
    ana_graph *graph = NULL;
    check_ok(ana_anatomical_network(&list, &options, &graph, &counts));
    assert_true(counts.is_worm);
    assert_int_equal(graph->n_nodes, 7);
    assert_int_equal(graph->n_edges, 5);
    assert_int_equal(counts.n_others, 2);
    assert_int_equal(counts.n_respelt, 2);
    assert_int_equal(counts.n_other_rows, 0);
    assert_string_equal(counts.other_names, "BWM-DL01, GLRL");
    check_close(weight_between(graph, "VB1", "VB2", 0), 5.0, 0.0, 0.0);
    check_close(weight_between(graph, "VB2", "AVAL", 0), 1.0, 0.0, 0.0);
    ana_graph_free(graph);
    options.neurons_only = true;
    check_ok(ana_anatomical_network(&list, &options, &graph, &counts));
    assert_int_equal(graph->n_nodes, 5);
    assert_int_equal(graph->n_edges, 3);
    assert_int_equal(counts.n_other_rows, 2);
    ana_graph_free(graph);
    /* One neuron of two names is half; of another animal names stay as they are. */
    static const char *const elsewhere[] = {"VB02", "V1"};
    list = (ana_synapse_list){2, elsewhere, (const char *const[]){"M2", "V1"}, kinds, weights,
                              0, NULL};
    check_fails(ana_anatomical_network(&list, &options, &graph, NULL), ANA_ERR_VALUE,
                "1 of 3 names are neurons of C. elegans; M2");
    check_ok(ana_anatomical_network(&list, NULL, &graph, &counts));
    assert_false(counts.is_worm);
    assert_int_equal(counts.n_others + counts.n_respelt, 0);
    check_close(weight_between(graph, "VB02", "M2", 0), 1.0, 0.0, 0.0);
    ana_graph_free(graph);
}

static void published_layouts_are_told_by_their_columns(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "pre\tpost\ttype\tsynapses\nA\tB\tchemical\t2\nA\tB\tchemical\t1\nB\tC\telectrical\t4\n",
        "Origin,Target,Type,Number of Connections,Neurotransmitter\nA,B,Send,3,GABA\n"
        "B,C,GapJunction,4,Generic_GJ\nC,B,GapJunction,4,Generic_GJ\n",
        "Neuron 1,Neuron 2,Type,Nbr\nA,B,S,1\nA,B,Sp,2\nB,A,R,1\nB,A,Rp,2\nB,C,EJ,4\nC,B,EJ,4\n"
        "A,NMJ,NMJ,9\n",
        "Source , Target,Weight,Type\nA,B,3,chemical\nB,C,4,electrical\nC,B,4,electrical\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ana_table *table = table_of("layout.csv", texts[i]);
        ana_graph *graph = NULL;
        ana_anatomical_counts counts;
        assert_true(ana_anatomical_is_table(table));
        check_ok(ana_anatomical_from_table(table, NULL, &graph, &counts));
        assert_int_equal(graph->n_nodes, 3);
        assert_int_equal(graph->n_weights, 2);
        check_close(weight_between(graph, "A", "B", 0), 3.0, 0.0, 0.0);
        check_close(weight_between(graph, "B", "A", 0), 0.0, 0.0, 0.0);
        check_close(weight_between(graph, "C", "B", 1), 4.0, 0.0, 0.0);
        check_close(weight_between(graph, "B", "C", 1), 4.0, 0.0, 0.0);
        assert_int_equal(counts.n_unused, i == 2 ? 3 : 0);
        ana_graph_free(graph);
        ana_table_free(table);
    }
    ana_table *table =
        table_of("cook.json", "[{\"pre\":\"A\",\"post\":\"B\",\"typ\":0,\"syn\":[2,1]}"
                              ",{\"pre\":\"B\",\"post\":\"C\",\"typ\":2,\"syn\":[4]}"
                              "]");
    ana_graph *graph = NULL;
    check_ok(ana_anatomical_from_table(table, NULL, &graph, NULL));
    check_close(weight_between(graph, "A", "B", 0), 3.0, 0.0, 0.0);
    check_close(weight_between(graph, "C", "B", 1), 4.0, 0.0, 0.0);
    ana_graph_free(graph);
    ana_table_free(table);
    table = table_of("bentley.csv", "#source neuron, target neuron, transmitter, receptor,\n"
                                    "A,B,flp-1,npr-11,x\nA,B,flp-1,npr-4,y\nB,B,flp-2,frpr-18,z\n");
    check_ok(ana_anatomical_from_table(table, NULL, &graph, NULL));
    assert_int_equal(graph->n_weights, 3);
    check_close(weight_between(graph, "A", "B", ANA_SYNAPSE_EXTRASYNAPTIC), 2.0, 0.0, 0.0);
    ana_graph_free(graph);
    ana_table_free(table);
    table = table_of("other.csv", "source,target,type\nA,B,friend\nB,C,foe\n");
    assert_false(ana_anatomical_is_table(table));
    check_fails(ana_anatomical_from_table(table, NULL, &graph, NULL), ANA_ERR_FORMAT,
                "pre, post, type and synapses");
    ana_table_free(table);
}

static void matrices_may_have_receivers_in_rows_and_p_values(void **state)
{
    (void)state;
    static const char *const cells[] = {"C", "A", "B"};
    const double chemical[] = {0, 1, (double)NAN, 2, 0, 3, 0, 4, 5};
    const double electrical[] = {0, 7, 0, 7, 0, 0, 0, 0, 0};
    const double p[] = {1, 0.01, 1, 0.2, 1, 0.04, 1, 0.05, 0.001};
    ana_anatomical_matrices matrices = {
        .n = 3, .cells = cells, .chemical = chemical, .electrical = electrical};
    ana_graph *graph = NULL;
    check_ok(ana_anatomical_from_matrices(&matrices, NULL, &graph, NULL));
    assert_string_equal(graph->node_names[0], "C"); /* the matrix's order */
    check_close(weight_between(graph, "A", "C", 0), 2.0, 0.0, 0.0);
    check_close(weight_between(graph, "C", "A", 1), 7.0, 0.0, 0.0);
    check_close(weight_between(graph, "B", "B", 0), 5.0, 0.0, 0.0);
    ana_graph_free(graph);
    matrices.rows_receive = true;
    matrices.p = p;
    matrices.below = 0.05;
    check_ok(ana_anatomical_from_matrices(&matrices, NULL, &graph, NULL));
    check_close(weight_between(graph, "A", "C", 0), 1.0, 0.0, 0.0);
    check_close(weight_between(graph, "C", "A", 0), 0.0, 0.0, 0.0); /* p 0.2 */
    check_close(weight_between(graph, "B", "A", 0), 3.0, 0.0, 0.0);
    check_close(weight_between(graph, "A", "B", 0), 0.0, 0.0, 0.0); /* p not below 0.05 */
    check_close(weight_between(graph, "A", "C", 1), 7.0, 0.0, 0.0);
    ana_graph_free(graph);
}

static void a_sheet_has_names_in_a_row_and_a_column(void **state)
{
    (void)state;
    static const char text[] = ",,,MOTOR NEURONS,,SENSORY NEURONS,,\n"
                               ",,,,,,,\n"
                               ",,,VA1,DB02,ASEL,ASER,\n"
                               "PHARYNX,,I1L,,2,,1,3\n"
                               ",,I1R,4,,,,4\n"
                               "SENSORY NEURONS,,ASEL,,,,6,6\n"
                               ",,ASER,1,,5,,6\n"
                               ",,,5,2,5,7,19\n";
    ana_table *table = table_of("sheet.csv", text);
    ana_anatomical_sheet *sheet = NULL;
    ana_graph *graph = NULL;
    check_ok(ana_anatomical_sheet_from_table(table, &sheet));
    assert_int_equal(sheet->n_from, 4);
    assert_string_equal(sheet->from[0], "I1L");
    assert_string_equal(sheet->to[1], "DB02");
    check_close(sheet->weights[1], 2.0, 0.0, 0.0);
    assert_int_equal(sheet->n_to, 4); /* sums have no name */
    check_ok(ana_anatomical_from_sheets(sheet, NULL, NULL, &graph, NULL));
    check_close(weight_between(graph, "ASER", "ASEL", 0), 5.0, 0.0, 0.0);
    check_close(weight_between(graph, "ASEL", "ASER", 0), 6.0, 0.0, 0.0);
    ana_graph_free(graph);
    check_ok(ana_anatomical_from_sheets(NULL, sheet, NULL, &graph, NULL));
    check_close(weight_between(graph, "ASER", "ASEL", 1), 6.0, 0.0, 0.0); /* the larger */
    ana_graph_free(graph);
    ana_anatomical_sheet_free(sheet);
    ana_table_free(table);
    table = table_of("numbers.csv", "1,2\n3,4\n");
    check_fails(ana_anatomical_sheet_from_table(table, &sheet), ANA_ERR_FORMAT, "column of names");
    ana_table_free(table);
}

static void kinds_of_edges_are_taken_by_name(void **state)
{
    (void)state;
    ana_table *table = table_of("kinds.tsv", "pre\tpost\ttype\tsynapses\nA\tB\tchemical\t2\n"
                                             "B\tA\tchemical\t1\nA\tB\telectrical\t4\n"
                                             "C\tB\telectrical\t3\nC\tC\telectrical\t1\n");
    ana_graph *graph = NULL;
    ana_graph *taken = NULL;
    check_ok(ana_anatomical_from_table(table, NULL, &graph, NULL));
    check_ok(ana_anatomical_take(graph, ANA_ANATOMICAL_BOTH, &taken));
    assert_true(taken->directed);
    assert_int_equal(taken->n_edges, 5);
    assert_string_equal(taken->weight_names[0], "synapses");
    check_close(weight_between(taken, "A", "B", 0), 6.0, 0.0, 0.0);
    check_close(weight_between(taken, "B", "A", 1), 1.0, 0.0, 0.0);
    check_close(weight_between(taken, "B", "A", 2), 4.0, 0.0, 0.0);
    ana_graph_free(taken);
    check_ok(ana_anatomical_take(graph, ANA_ANATOMICAL_ELECTRICAL, &taken));
    assert_false(taken->directed);
    assert_int_equal(taken->n_edges, 3);
    assert_int_equal(taken->n_nodes, 3);
    ana_graph_free(taken);
    check_ok(ana_anatomical_take(graph, ANA_ANATOMICAL_CHEMICAL, &taken));
    assert_int_equal(taken->n_edges, 2);
    assert_string_equal(taken->weight_names[0], "chemical");
    check_fails(ana_anatomical_take(taken, ANA_ANATOMICAL_BOTH, &graph), ANA_ERR_VALUE,
                "no electrical weight");
    check_fails(ana_anatomical_take(taken, ANA_ANATOMICAL_EXTRASYNAPTIC, &graph), ANA_ERR_VALUE,
                "no extrasynaptic weight");
    ana_graph_free(taken);
    ana_graph_free(graph);
    ana_table_free(table);
}

static void what_is_no_connectome_is_refused(void **state)
{
    (void)state;
    static const char *const from[] = {"A", NULL};
    static const char *const to[] = {"B", "B"};
    static const char *const twice[] = {"B", "A", "B"};
    static const ana_synapse kinds[2] = {0};
    double weights[] = {-1.0, 1.0};
    ana_synapse_list list = {2, from, to, kinds, weights, 0, NULL};
    ana_anatomical_options options = ana_anatomical_options_default();
    ana_anatomical_counts counts;
    ana_graph *graph = NULL;
    check_fails(ana_anatomical_network(&list, NULL, &graph, NULL), ANA_ERR_VALUE,
                "row 0, from A to B, weighs -1");
    weights[0] = 2.0;
    check_ok(ana_anatomical_network(&list, NULL, &graph, &counts));
    assert_int_equal(counts.n_missing, 1);
    ana_graph_free(graph);
    options.junctions = (ana_junction_rule)7;
    check_fails(ana_anatomical_network(&list, &options, &graph, NULL), ANA_ERR_VALUE, "junctions");
    list.n_cells = 3;
    list.cells = twice;
    check_fails(ana_anatomical_network(&list, NULL, &graph, NULL), ANA_ERR_VALUE, "B stands twice");
    const ana_synapse_list none = {0};
    check_ok(ana_anatomical_network(&none, NULL, &graph, NULL));
    assert_int_equal(graph->n_nodes, 0);
    ana_graph_free(graph);
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    static const double square[] = {0, 1, 2, 0};
    static const char *const cells[] = {"A", "B"};
    const ana_anatomical_matrices matrices = {
        .n = 2, .cells = cells, .chemical = square, .electrical = square};
    ana_table *table = table_of(
        "alloc.tsv", "pre\tpost\ttype\tsynapses\nA\tB\tchemical\t2\nB\tC\telectrical\t4\n");
    ana_table *grid = table_of("alloc.csv", ",A,B\nC,1,2\nD,3,4\n");
    ana_graph *graph = NULL;
    ana_graph *taken = NULL;
    ana_anatomical_sheet *sheet = NULL;
    ALLOCATION_TEST(ana_anatomical_from_table, (table, NULL, &graph, NULL), ana_graph_free(graph));
    ALLOCATION_TEST(ana_anatomical_from_matrices, (&matrices, NULL, &graph, NULL),
                    ana_graph_free(graph));
    ALLOCATION_TEST(ana_anatomical_sheet_from_table, (grid, &sheet),
                    ana_anatomical_sheet_free(sheet));
    check_ok(ana_anatomical_sheet_from_table(grid, &sheet));
    ALLOCATION_TEST(ana_anatomical_from_sheets, (sheet, sheet, NULL, &graph, NULL),
                    ana_graph_free(graph));
    check_ok(ana_anatomical_from_sheets(sheet, sheet, NULL, &graph, NULL));
    ALLOCATION_TEST(ana_anatomical_take, (graph, ANA_ANATOMICAL_BOTH, &taken),
                    ana_graph_free(taken));
    ana_graph_free(graph);
    ana_anatomical_sheet_free(sheet);
    ana_table_free(grid);
    ana_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_summed_and_junctions_are_the_same_both_ways),
        cmocka_unit_test(neurons_are_spelt_alike_and_others_counted),
        cmocka_unit_test(published_layouts_are_told_by_their_columns),
        cmocka_unit_test(matrices_may_have_receivers_in_rows_and_p_values),
        cmocka_unit_test(a_sheet_has_names_in_a_row_and_a_column),
        cmocka_unit_test(kinds_of_edges_are_taken_by_name),
        cmocka_unit_test(what_is_no_connectome_is_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
