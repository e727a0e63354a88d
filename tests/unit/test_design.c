#include "design_parts.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/design.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    T = 61,
    N = 3,
    L = 7,
    B = 4,
    C = 2,
    P = 1 + N * B + C
};

typedef struct inputs {
    ana_observations *counts;
    ana_observations *covariates;
    ana_basis *basis;
} inputs;

static const size_t lengths[3] = {20, 1, 40};

static ana_observations *drawn(size_t n_features, bool counts, uint64_t item)
{
    ana_random random = ana_random_stream(3, "design.test", item);
    ana_observations *made = NULL;
    check_ok(ana_observations_new(T, n_features, &made));
    check_ok(ana_observations_set_sequences(made, 3, lengths, NULL));
    for (size_t i = 0; i < T * n_features; i++) {
        made->values[i] =
            counts ? (double)ana_random_poisson(&random, 0.4) : ana_random_normal(&random);
    }
    return made;
}

static inputs draw(void)
{
    inputs made = {drawn(N, true, 0), drawn(C, false, 1), NULL};
    ana_basis_options options = ana_basis_options_default();
    options.n_functions = B;
    options.n_lags = L;
    check_ok(ana_basis_new(&options, &made.basis));
    return made;
}

static ana_design *design_of(const inputs *from)
{
    const ana_design_source source = {
        .history = from->counts, .basis = from->basis, .covariates = from->covariates};
    ana_design *design = NULL;
    check_ok(ana_design_new(&source, &design));
    return design;
}

static void release(inputs *made)
{
    ana_observations_free(made->counts);
    ana_observations_free(made->covariates);
    ana_basis_free(made->basis);
}

/* The definition, with NaN for what cannot be known. */
static void row_by_definition(const inputs *from, size_t t, double *row)
{
    size_t begin = t < 20 ? 0 : (t < 21 ? 20 : 21);
    row[0] = 1.0;
    for (size_t m = 0; m < N; m++) {
        for (size_t b = 0; b < B; b++) {
            double sum = 0.0;
            for (size_t l = 1; l <= L && t >= begin + l; l++) {
                sum += from->basis->values[(l - 1) * B + b] * from->counts->values[(t - l) * N + m];
            }
            row[1 + m * B + b] = sum;
        }
    }
    for (size_t c = 0; c < C; c++) {
        row[1 + N * B + c] = from->covariates->values[t * C + c];
    }
}

static void check_panel(const inputs *from, const ana_design *design)
{
    double *panel = calloc((size_t)T * P, sizeof *panel);
    check_ok(ana_design_panel(design, 0, T, panel));
    for (size_t t = 0; t < T; t++) {
        double wanted[P];
        bool known = true;
        row_by_definition(from, t, wanted);
        for (size_t c = 0; c < P; c++) {
            known = known && !isnan(wanted[c]);
        }
        assert_int_equal(ana_design_usable(design, t), known);
        for (size_t c = 0; c < P; c++) {
            check_close(panel[t * P + c], known ? wanted[c] : 0.0, 1e-13, 0.0);
        }
    }
    free(panel);
}

static void panels_hold_the_definition_and_begin_anew_with_each_sequence(void **state)
{
    (void)state;
    inputs from = draw();
    ana_design *design = design_of(&from);
    assert_int_equal(ana_design_n_times(design), T);
    assert_int_equal(ana_design_n_columns(design), P);
    assert_int_equal(ana_design_history_column(design, 2), 1 + 2 * B);
    assert_int_equal(ana_design_covariate_column(design), 1 + N * B);
    assert_ptr_equal(ana_design_sources(design)->basis, from.basis);
    check_panel(&from, design);
    double panel[3 * P];
    check_ok(ana_design_panel(design, 19, 3, panel)); /* rows 20 and 21 begin sequences */
    for (size_t c = 1; c < 1 + N * B; c++) {
        assert_true(panel[P + c] == 0.0 && panel[2 * P + c] == 0.0);
    }
    ana_design_free(design);
    release(&from);
}

static void a_missing_count_spoils_the_rows_that_look_back_on_it(void **state)
{
    (void)state;
    inputs from = draw();
    from.counts->values[5 * N + 1] = (double)NAN;  /* rows 6 ... 12 */
    from.counts->values[18 * N + 0] = (double)NAN; /* row 19; not beyond the border */
    from.covariates->values[30 * C + 1] = (double)NAN;
    ana_design *design = design_of(&from);
    check_panel(&from, design);
    assert_true(ana_design_usable(design, 5) && !ana_design_usable(design, 6));
    assert_true(!ana_design_usable(design, 12) && ana_design_usable(design, 13));
    assert_true(!ana_design_usable(design, 19) && ana_design_usable(design, 20));
    assert_false(ana_design_usable(design, 30));
    ana_design_free(design);
    release(&from);
}

static void a_row_has_the_same_bits_in_any_block(void **state)
{
    (void)state;
    inputs from = draw();
    ana_design *design = design_of(&from);
    double *whole = calloc((size_t)T * P, sizeof *whole);
    double *part = calloc((size_t)T * P, sizeof *part);
    check_ok(ana_design_panel(design, 0, T, whole));
    for (size_t first = 0; first < T; first++) {
        for (size_t n = 0; first + n <= T; n += 5) {
            check_ok(ana_design_panel(design, first, n, part));
            assert_memory_equal(part, whole + first * P, n * P * sizeof *part);
        }
    }
    check_fails(ana_design_panel(design, 60, 2, part), ANA_ERR_SHAPE, "rows 60");
    free(whole);
    free(part);
    ana_design_free(design);
    release(&from);
}

static void a_stream_of_rows_has_the_bits_of_the_panel(void **state)
{
    (void)state;
    inputs from = draw();
    from.counts->values[25 * N + 1] = (double)NAN;
    ana_design *design = design_of(&from);
    ana_history history = {0};
    double panel[P];
    check_ok(ana_history_new(N, from.basis, &history));
    for (size_t t = 0; t < T; t++) {
        if (t == 20 || t == 21) {
            ana_history_restart(&history);
        }
        const double *row = ana_history_row(&history);
        assert_int_equal(row != NULL, ana_design_usable(design, t));
        check_ok(ana_design_panel(design, t, 1, panel));
        if (row != NULL) {
            assert_memory_equal(row, panel + 1, (size_t)N * B * sizeof *row);
        }
        ana_history_push(&history, from.counts->values + t * N);
    }
    ana_history_clear(&history);
    ana_design_free(design);
    release(&from);
}

static void coupling_says_who_may_drive_whom(void **state)
{
    (void)state;
    inputs from = draw();
    ana_design *design = design_of(&from);
    const uint8_t mask[N * N] = {1, 0, 0, 0, 0, 1, 1, 1, 0};
    const ana_coupling couplings[4] = {ANA_COUPLING_NONE, ANA_COUPLING_SELF, ANA_COUPLING_FULL,
                                       ANA_COUPLING_MASK};
    for (size_t k = 0; k < 4; k++) {
        for (size_t target = 0; target < N; target++) {
            bool allowed[P];
            ana_design_allowed(design, couplings[k], mask, target, allowed);
            assert_true(allowed[0] && allowed[P - 1] && allowed[P - 2]);
            for (size_t c = 1; c < 1 + N * B; c++) {
                const size_t m = (c - 1) / B;
                const bool wanted[4] = {false, m == target, true, mask[target * N + m] != 0};
                assert_int_equal(allowed[c], wanted[k]);
            }
        }
    }
    ana_design_free(design);
    release(&from);
}

static void columns_have_names(void **state)
{
    (void)state;
    inputs from = draw();
    ana_design *design = design_of(&from);
    char name[64];
    ana_design_column_name(design, 0, name, sizeof name);
    assert_string_equal(name, "intercept");
    ana_design_column_name(design, 1 + B + 2, name, sizeof name);
    assert_string_equal(name, "from 1: 2");
    ana_design_column_name(design, P - 1, name, sizeof name);
    assert_string_equal(name, "1");
    ana_design_free(design);
    release(&from);
}

static void parts_can_be_left_out(void **state)
{
    (void)state;
    inputs from = draw();
    ana_design *design = NULL;
    double panel[N * B + 1];
    ana_design_source source = {.rows = from.counts};
    check_ok(ana_design_new(&source, &design));
    assert_int_equal(ana_design_n_columns(design), 1);
    check_ok(ana_design_panel(design, 4, 1, panel));
    assert_true(panel[0] == 1.0);
    ana_design_free(design);
    source.no_intercept = true;
    check_fails(ana_design_new(&source, &design), ANA_ERR_VALUE, "no column");
    source.covariates = from.covariates;
    check_ok(ana_design_new(&source, &design));
    assert_int_equal(ana_design_n_columns(design), C);
    check_ok(ana_design_panel(design, 9, 1, panel));
    check_all_close(C, panel, from.covariates->values + 9 * C, 0.0, 0.0);
    ana_design_free(design);
    release(&from);
}

static void sources_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    inputs from = draw();
    ana_design *design = NULL;
    ana_design_source source = {.history = from.counts, .covariates = from.covariates};
    const size_t other[3] = {20, 2, 39};
    const size_t two[2] = {21, 40};
    check_fails(ana_design_new(&source, &design), ANA_ERR_VALUE, "basis");
    source.basis = from.basis;
    from.counts->values[8] = (double)INFINITY;
    check_fails(ana_design_new(&source, &design), ANA_ERR_VALUE, "unit 2 is infinite in row 2");
    from.counts->values[8] = 0.0;
    check_ok(ana_observations_set_sequences(from.covariates, 3, other, NULL));
    check_fails(ana_design_new(&source, &design), ANA_ERR_SHAPE, "sequence 2 begins in row 21");
    check_ok(ana_observations_set_sequences(from.covariates, 2, two, NULL));
    check_fails(ana_design_new(&source, &design), ANA_ERR_SHAPE, "3 sequences");
    ana_observations_free(from.covariates);
    check_ok(ana_observations_new(T - 1, 1, &from.covariates));
    source.covariates = from.covariates;
    check_fails(ana_design_new(&source, &design), ANA_ERR_SHAPE, "60 of covariates");
    const ana_design_source nothing = {0};
    check_fails(ana_design_new(&nothing, &design), ANA_ERR_VALUE, "neither");
    assert_null(design);
    release(&from);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    inputs from = draw();
    ana_design *design = NULL;
    ana_history history = {0};
    const ana_design_source source = {
        .history = from.counts, .basis = from.basis, .covariates = from.covariates};
    ALLOCATION_TEST(ana_design_new, (&source, &design), ana_design_free(design));
    while (fail_nth_goes_on()) {
        fail_nth_arm();
        (void)fail_nth_succeeded(ana_history_new(N, from.basis, &history));
        ana_history_clear(&history);
    }
    design = design_of(&from);
    double panel[P];
    NO_ALLOCATION_TEST(ana_design_panel, (design, 3, 1, panel));
    ana_design_free(design);
    release(&from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(panels_hold_the_definition_and_begin_anew_with_each_sequence),
        cmocka_unit_test(a_missing_count_spoils_the_rows_that_look_back_on_it),
        cmocka_unit_test(a_row_has_the_same_bits_in_any_block),
        cmocka_unit_test(a_stream_of_rows_has_the_bits_of_the_panel),
        cmocka_unit_test(coupling_says_who_may_drive_whom),
        cmocka_unit_test(columns_have_names),
        cmocka_unit_test(parts_can_be_left_out),
        cmocka_unit_test(sources_that_do_not_fit_are_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
