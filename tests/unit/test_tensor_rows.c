/* Tensors that are read row by row: floats, arrays that stand elsewhere, what is left when some is
 * held out. */
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/ntf_world.h"

#include <analysis/models/ntf.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_PAIRS = N * (N - 1) / 2
};

/* An array that stands elsewhere. */
typedef struct shelf {
    const double *values;
    size_t n_last;
    size_t fails_at; /* row; 0: never */
} shelf;

static ana_status read_shelf(void *user, size_t first, size_t n, double *values)
{
    const shelf *from = user;
    if (from->fails_at > 0 && first + n > from->fails_at) {
        return ana_fail(ANA_ERR_IO, "shelf: row %zu is gone", from->fails_at);
    }
    memcpy(values, from->values + first * from->n_last, n * from->n_last * sizeof *values);
    return ANA_OK;
}

/* Uniform numbers; a tenth missing when asked; slices symmetric when asked. */
static double *make_values(bool missing, bool symmetric)
{
    double *values = ntf_draw(N * N * T, 21);
    double *chance = ntf_draw(N * N * T, 22);
    for (size_t k = 0; k < (size_t)N * N * T; k++) {
        const size_t i = k / T / N;
        const size_t j = k / T % N;
        const size_t from = symmetric && j < i ? (j * N + i) * T + k % T : k;
        values[k] = missing && chance[from] < 0.1 ? (double)NAN : values[from];
    }
    free(chance);
    return values;
}

static ana_ntf *fit_briefly(const ana_tensor *tensor)
{
    ana_ntf_options options = ana_ntf_options_default();
    ana_ntf *start = ntf_start(4);
    ana_ntf *fit = NULL;
    options.max_iterations = 8;
    options.tolerance = 0.0;
    check_ok(ana_ntf_fit_from(tensor, start, NULL, &options, &fit));
    ana_ntf_free(start);
    return fit;
}

static void an_array_read_in_parts_is_the_array(void **state)
{
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        double *values = make_values(k % 2 == 1, k / 2 == 1);
        shelf from = {.values = values, .n_last = T};
        ana_tensor *tensors[2] = {ntf_dense(values), NULL};
        ana_ntf_options options = ana_ntf_options_default();
        ana_ntf *symmetric = NULL;
        check_ok(ana_tensor_stream(3, lengths, read_shelf, &from, NULL, &tensors[1]));
        check_close(ana_tensor_square(tensors[1]), ana_tensor_square(tensors[0]), 0.0, 1e-14);
        ana_ntf *fits[2] = {fit_briefly(tensors[0]), fit_briefly(tensors[1])};
        check_ntf_same(fits[0], fits[1], 1e-14);
        options.symmetric = true;
        options.max_iterations = 1;
        if (k / 2 == 1) {
            check_ok(ana_ntf_fit(tensors[1], &options, &symmetric));
            ana_ntf_free(symmetric);
        } else {
            check_fails(ana_ntf_fit(tensors[1], &options, &symmetric), ANA_ERR_VALUE, "symmetric");
        }
        for (size_t q = 0; q < 2; q++) {
            ana_ntf_free(fits[q]);
            ana_tensor_free(tensors[q]);
        }
        free(values);
    }
}

/* Numbers that floats hold exactly: the same sums to the last bits. Others: what rounding to 24
 * bits changes, 6e-8 of each value. */
static void floats_are_summed_as_doubles(void **state)
{
    (void)state;
    static float floats[N * N * T];
    for (size_t k = 0; k < 4; k++) {
        double *values = make_values(k % 2 == 1, false);
        double *weights = ntf_draw(N * N * T, 23);
        const double *given = k / 2 == 1 ? weights : NULL;
        ana_tensor *tensors[3] = {NULL};
        ana_ntf *fits[3] = {NULL};
        check_ok(ana_tensor_dense(3, lengths, values, given, NULL, &tensors[0]));
        fits[0] = fit_briefly(tensors[0]);
        weights[4] = 0.0;
        for (size_t q = 0; q < (size_t)N * N * T; q++) {
            floats[q] = (float)values[q];
        }
        check_ok(ana_tensor_floats(3, lengths, floats, given, NULL, &tensors[1]));
        fits[1] = fit_briefly(tensors[1]);
        for (size_t q = 0; q < (size_t)N * N * T; q++) {
            values[q] = (double)floats[q];
        }
        check_ok(ana_tensor_dense(3, lengths, values, given, NULL, &tensors[2]));
        fits[2] = fit_briefly(tensors[2]);
        check_close(ana_tensor_square(tensors[1]), ana_tensor_square(tensors[2]), 0.0, 1e-14);
        check_ntf_same(fits[1], fits[2], 1e-13);
        check_close(fits[1]->relative_error, fits[0]->relative_error, 1e-3, 0.0);
        for (size_t q = 0; q < 3; q++) {
            ana_ntf_free(fits[q]);
            ana_tensor_free(tensors[q]);
        }
        free(weights);
        free(values);
    }
}

/* Each fold's rest, and what it holds out, is the array with NaN in the other's place. */
static void check_folds(const ana_tensor *tensor, size_t n_folds, bool once)
{
    double held = 0.0;
    for (size_t k = 0; k < n_folds; k++) {
        const ana_tensor_fold fold = {.seed = 5, .fold = k, .n_folds = n_folds, .block = 4};
        ana_tensor *part = NULL;
        ana_tensor *again = NULL;
        check_ok(ana_tensor_hold_out(tensor, &fold, NULL, &part));
        const double left = ana_tensor_square(part);
        assert_true(left > 0.0 && left < 0.95 * ana_tensor_square(tensor));
        held += ana_tensor_square(tensor) - left;
        /* The same fold of what is left holds out nothing more. */
        check_ok(ana_tensor_hold_out(part, &fold, NULL, &again));
        check_close(ana_tensor_square(again), left, 0.0, 1e-14);
        ana_tensor_free(again);
        ana_tensor_free(part);
    }
    if (once) {
        check_close(held, ana_tensor_square(tensor), 0.0, 1e-12);
    } else { /* a pair is held out with either of its neurons */
        assert_true(held > 1.2 * ana_tensor_square(tensor));
    }
}

static void pairs_floats_and_animals_have_folds(void **state)
{
    (void)state;
    static double packed[N_PAIRS * T];
    for (size_t missing = 0; missing < 2; missing++) {
        ana_affinity *animals[] = {ntf_affinity(missing), ntf_affinity(false)};
        ana_tensor *tensor = NULL;
        check_ok(ana_affinity_materialise(animals[0], NULL, true, packed));
        check_ok(ana_tensor_pairs(N, T, packed, NULL, &tensor));
        check_folds(tensor, 4, true);
        ana_tensor_free(tensor);
        check_ok(ana_tensor_animals(2, (const ana_affinity *const *)animals, NULL, &tensor));
        check_folds(tensor, 4, false);
        ana_tensor_free(tensor);
        ana_affinity_free(animals[0]);
        ana_affinity_free(animals[1]);
    }
}

/* What a fold hides does not matter. */
static void what_is_held_out_is_not_looked_at(void **state)
{
    (void)state;
    double *values = make_values(false, false);
    const ana_tensor_fold fold = {.seed = 9, .fold = 1, .n_folds = 3, .block = 5};
    ana_tensor *tensors[2] = {ntf_dense(values), NULL};
    ana_tensor *parts[2] = {NULL};
    ana_ntf *fits[2] = {NULL};
    check_ok(ana_tensor_hold_out(tensors[0], &fold, NULL, &parts[0]));
    fits[0] = fit_briefly(parts[0]);
    double *marked = make_values(false, false);
    size_t n_hidden = 0;
    for (size_t k = 0; k < (size_t)N * N * T; k++) { /* entries whose change changes nothing */
        double kept = values[k];
        values[k] = 1e6;
        ana_tensor *part = NULL;
        if (k % T % 5 == 0) { /* one of each cell is enough */
            check_ok(ana_tensor_hold_out(tensors[0], &fold, NULL, &part));
            const bool hidden = fabs(ana_tensor_square(part) - ana_tensor_square(parts[0])) < 1e3;
            for (size_t q = k; hidden && q < (k / T + 1) * T && (q % T) / 5 == (k % T) / 5; q++) {
                marked[q] = -1.0;
                n_hidden++;
            }
            ana_tensor_free(part);
        }
        values[k] = kept;
    }
    for (size_t k = 0; k < (size_t)N * N * T; k++) {
        values[k] = marked[k] < 0.0 ? (double)NAN : values[k];
    }
    assert_true(n_hidden > (size_t)N * N * T / 4 && n_hidden < (size_t)N * N * T / 2);
    tensors[1] = ntf_dense(values);
    fits[1] = fit_briefly(tensors[1]);
    check_ntf_same(fits[0], fits[1], 1e-12);
    for (size_t k = 0; k < 2; k++) {
        ana_ntf_free(fits[k]);
        ana_tensor_free(tensors[k]);
    }
    ana_tensor_free(parts[0]);
    free(marked);
    free(values);
}

static void bad_rows_are_refused(void **state)
{
    (void)state;
    double *values = make_values(true, false);
    static float floats[N * N * T];
    shelf from = {.values = values, .n_last = T, .fails_at = 70};
    ana_tensor *tensor = NULL;
    check_fails(ana_tensor_stream(3, lengths, read_shelf, &from, NULL, &tensor), ANA_ERR_IO,
                "row 70 is gone");
    from.fails_at = 0;
    values[900] = -2.5;
    check_fails(ana_tensor_stream(3, lengths, read_shelf, &from, NULL, &tensor), ANA_ERR_VALUE,
                "value 900 is -2.5");
    values[900] = (double)INFINITY;
    check_fails(ana_tensor_stream(3, lengths, read_shelf, &from, NULL, &tensor), ANA_ERR_VALUE,
                "value 900 is inf");
    check_fails(ana_tensor_stream(9, lengths, read_shelf, &from, NULL, &tensor), ANA_ERR_SHAPE,
                "9 modes");
    check_fails(ana_tensor_floats(3, lengths, floats, NULL, NULL, &tensor), ANA_ERR_VALUE, "all");
    check_fails(ana_tensor_floats(1, lengths, floats, NULL, NULL, &tensor), ANA_ERR_SHAPE,
                "1 modes");
    floats[7] = -1.0F;
    check_fails(ana_tensor_floats(3, lengths, floats, NULL, NULL, &tensor), ANA_ERR_VALUE,
                "value 7 is -1");
    values[0] = 2.0;
    check_fails(ana_tensor_floats(3, lengths, floats, values, NULL, &tensor), ANA_ERR_VALUE,
                "weight 0");
    assert_null(tensor);
    values[900] = 0.5;
    check_ok(ana_tensor_stream(3, lengths, read_shelf, &from, NULL, &tensor));
    from.fails_at = 40; /* and later on */
    ana_ntf *fit = NULL;
    check_fails(ana_ntf_fit(tensor, NULL, &fit), ANA_ERR_IO, "row 40 is gone");
    ana_tensor_free(tensor);
    free(values);
}

static ana_status make_all(void *user)
{
    const double *values = user;
    shelf from = {.values = values, .n_last = T};
    static float floats[N * N * T];
    const ana_tensor_fold fold = {.n_folds = 3, .block = 5};
    ana_tensor *tensors[3] = {NULL};
    for (size_t k = 0; k < (size_t)N * N * T; k++) {
        floats[k] = (float)values[k];
    }
    ana_status status = ana_tensor_stream(3, lengths, read_shelf, &from, NULL, &tensors[0]);
    status =
        status == ANA_OK ? ana_tensor_floats(3, lengths, floats, NULL, NULL, &tensors[1]) : status;
    status = status == ANA_OK ? ana_tensor_hold_out(tensors[1], &fold, NULL, &tensors[2]) : status;
    for (size_t k = 3; k-- > 0;) {
        ana_tensor_free(tensors[k]);
    }
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    double *values = make_values(true, true);
    assert_true(check_each_allocation(make_all, values, 0) > 8);
    free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_array_read_in_parts_is_the_array),
        cmocka_unit_test(floats_are_summed_as_doubles),
        cmocka_unit_test(pairs_floats_and_animals_have_folds),
        cmocka_unit_test(what_is_held_out_is_not_looked_at),
        cmocka_unit_test(bad_rows_are_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("tensor rows", tests, NULL, NULL);
}
