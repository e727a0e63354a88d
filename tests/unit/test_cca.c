#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/linalg.h>
#include <analysis/models/cca.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ana_responses *draw(uint64_t item, size_t n, size_t p)
{
    ana_random random = ana_random_stream(21, "cca", item);
    ana_responses *made = NULL;
    check_ok(ana_responses_new("drawn", n, p, &made));
    for (size_t i = 0; i < n * p; i++) {
        made->values[i] = 1.5 + ana_random_normal(&random) * (1.0 + (double)(i % p));
    }
    return made;
}

/* Two systems that share their first `n_shared` units, in noise of that size. */
static void draw_two(size_t n, size_t p, size_t q, size_t n_shared, double noise,
                     ana_responses *two[2])
{
    two[0] = draw(0, n, p);
    two[1] = draw(1, n, q);
    for (size_t i = 0; i < n * n_shared; i++) {
        double *to = &two[1]->values[i / n_shared * q + i % n_shared];
        *to = two[0]->values[i / n_shared * p + i % n_shared] + noise * *to;
    }
}

static void free_two(ana_responses *two[2])
{
    ana_responses_free(two[0]);
    ana_responses_free(two[1]);
}

static ana_cca *correlate(ana_responses *two[2], const ana_cca_options *options)
{
    ana_cca *cca = NULL;
    check_ok(ana_cca_compute(two[0], two[1], options, &cca));
    return cca;
}

static double column_correlation(const ana_responses *a, size_t u, const ana_responses *b, size_t v)
{
    double *columns = calloc(2 * a->n_stimuli, sizeof *columns);
    for (size_t i = 0; i < a->n_stimuli; i++) {
        columns[i] = a->values[i * a->n_units + u];
        columns[a->n_stimuli + i] = b->values[i * b->n_units + v];
    }
    const double r = ana_stats_pearson(a->n_stimuli, columns, columns + a->n_stimuli);
    free(columns);
    return r;
}

static void of_single_units_it_is_their_correlation(void **state)
{
    (void)state;
    ana_responses *two[2];
    draw_two(30, 1, 1, 1, 0.7, two);
    ana_cca *cca = correlate(two, NULL);
    const double r = fabs(column_correlation(two[0], 0, two[1], 0));
    assert_true(cca->n == 1 && cca->rank_a == 1 && !cca->saturated && cca->n_held_out == 0);
    check_close(cca->correlations[0], r, 1e-14, 0.0);
    check_close(cca->r2, r * r, 1e-14, 0.0);
    check_close(cca->yanai, r * r, 1e-14, 0.0);
    check_close(cca->regression_a, r * r, 1e-14, 0.0);
    check_close(cca->regression_b, r * r, 1e-14, 0.0);
    check_close(cca->pwcca_a, r, 1e-14, 0.0);
    check_close(cca->svcca_mean, r, 1e-14, 0.0);
    assert_true(isnan(cca->held_out_mean));
    ana_cca_free(cca);
    free_two(two);
}

/* The largest eigenvalue of Sxx^-1 Sxy Syy^-1 Syx, whose sum over all is Pillai's trace: by
 * solving, not by singular vectors. */
static void squares_are_eigenvalues_of_regressions(void **state)
{
    (void)state;
    enum {
        N = 40,
        P = 3,
        Q = 5,
        ALL = P + Q
    };
    double joint[N * ALL];
    double covariance[ALL * ALL];
    double blocks[3][Q * Q]; /* Sxx, Syy, Sxy */
    double from_x[P * Q];
    double from_y[Q * P];
    double product[P * P];
    ana_responses *two[2];
    draw_two(N, P, Q, 2, 0.5, two);
    for (size_t i = 0; i < N; i++) {
        memcpy(joint + i * ALL, two[0]->values + i * P, P * sizeof *joint);
        memcpy(joint + i * ALL + P, two[1]->values + i * Q, Q * sizeof *joint);
    }
    check_ok(ana_stats_covariance(N, ALL, joint, 1, NULL, covariance));
    for (size_t i = 0; i < P; i++) {
        memcpy(blocks[0] + i * P, covariance + i * ALL, P * sizeof *joint);
        memcpy(blocks[2] + i * Q, covariance + i * ALL + P, Q * sizeof *joint);
    }
    for (size_t i = 0; i < Q; i++) {
        memcpy(blocks[1] + i * Q, covariance + (P + i) * ALL + P, Q * sizeof *joint);
    }
    double transposed[Q * P];
    for (size_t i = 0; i < P * Q; i++) {
        transposed[i % Q * P + i / Q] = blocks[2][i];
    }
    check_ok(ana_linalg_solve_spd(P, blocks[0], Q, blocks[2], from_x));
    check_ok(ana_linalg_solve_spd(Q, blocks[1], P, transposed, from_y));
    check_ok(ana_linalg_multiply(P, Q, P, from_x, from_y, product));
    ana_cca *cca = correlate(two, NULL);
    double trace = 0.0;
    double square = 0.0;
    for (size_t i = 0; i < P; i++) {
        trace += product[i * P + i];
        for (size_t j = 0; j < P; j++) {
            square += product[i * P + j] * product[j * P + i];
        }
    }
    double fourth = 0.0;
    for (size_t k = 0; k < P; k++) {
        fourth += pow(cca->correlations[k], 4.0);
    }
    check_close(cca->pillai, trace, 1e-12, 0.0);
    check_close(fourth, square, 1e-12, 0.0);
    check_close(cca->r2, trace / 3.0, 1e-12, 0.0);
    check_close(cca->yanai, trace / sqrt(15.0), 1e-12, 0.0);
    ana_cca_free(cca);
    free_two(two);
}

static void mixing_units_leaves_the_correlations(void **state)
{
    (void)state;
    ana_responses *two[2];
    draw_two(50, 4, 3, 2, 0.4, two);
    ana_cca *before = correlate(two, NULL);
    for (size_t i = 0; i < 50; i++) {
        double *row = two[0]->values + i * 4;
        row[0] += 5.0 * row[1] - 20.0;
        row[1] = 1e-3 * row[1] + 0.02 * row[2];
        row[3] = -7.0 * row[3] + row[0];
    }
    ana_cca *after = correlate(two, NULL);
    check_all_close(3, after->correlations, before->correlations, 1e-11, 0.0);
    check_close(after->regression_b, before->regression_b, 1e-11, 0.0);
    assert_true(fabs(after->regression_a - before->regression_a) > 1e-3); /* of other variances */
    ana_cca_free(before);
    ana_cca_free(after);
    free_two(two);
}

static void swapping_the_systems_swaps_their_sides(void **state)
{
    (void)state;
    ana_responses *two[2];
    draw_two(40, 6, 4, 3, 0.6, two);
    ana_responses *swapped[2] = {two[1], two[0]};
    ana_cca *one = correlate(two, NULL);
    ana_cca *other = correlate(swapped, NULL);
    check_all_close(4, other->correlations, one->correlations, 1e-12, 0.0);
    check_close(other->pwcca_a, one->pwcca_b, 1e-12, 0.0);
    check_close(other->pwcca, one->pwcca, 1e-12, 0.0);
    assert_true(one->pwcca == one->pwcca_b && one->pwcca != one->pwcca_a);
    check_close(other->pwcca_b, one->pwcca_a, 1e-12, 0.0);
    check_close(other->regression_a, one->regression_b, 1e-12, 0.0);
    assert_true(other->kept_a == one->kept_b && other->rank_a == 4);
    ana_cca_free(one);
    ana_cca_free(other);
    free_two(two);
}

static void repeated_units_add_no_rank(void **state)
{
    (void)state;
    ana_responses *two[2];
    ana_responses *wide[2];
    const size_t again[] = {0, 1, 2, 1, 0, 2, 2};
    draw_two(30, 3, 4, 2, 0.4, two);
    check_ok(ana_responses_take_units(two[0], 7, again, &wide[0]));
    wide[1] = two[1];
    ana_cca *plain = correlate(two, NULL);
    ana_cca *repeated = correlate(wide, NULL);
    assert_true(repeated->rank_a == 3 && repeated->n == 3 && repeated->units_a == 7);
    check_all_close(3, repeated->correlations, plain->correlations, 1e-12, 0.0);
    ana_cca_free(plain);
    ana_cca_free(repeated);
    ana_responses_free(wide[0]);
    free_two(two);
}

static void count_warnings(void *user, const char *sentence)
{
    size_t *n = user;
    assert_non_null(strstr(sentence, "saturated"));
    (*n)++;
}

static void more_units_than_stimuli_saturate(void **state)
{
    (void)state;
    size_t n_warnings = 0;
    ana_responses *two[2];
    ana_cca_options options = ana_cca_options_default();
    options.run.warn = count_warnings;
    options.run.user = &n_warnings;
    draw_two(12, 20, 3, 0, 0.0, two); /* nothing is shared */
    ana_cca *cca = correlate(two, &options);
    assert_true(cca->saturated && n_warnings == 1 && cca->rank_a == 11);
    check_close(cca->mean, 1.0, 1e-12, 0.0);
    ana_cca_free(cca);
    options.ridge = 1.0;
    options.n_folds = 3;
    cca = correlate(two, &options);
    assert_true(!cca->saturated && n_warnings == 1);
    assert_true(cca->mean < 0.95 && cca->held_out_mean < 0.8 && cca->n_held_out == 3);
    ana_cca_free(cca);
    free_two(two);
}

static void a_ridge_draws_correlations_down(void **state)
{
    (void)state;
    ana_responses *two[2];
    ana_cca_options options = ana_cca_options_default();
    double last = 1.0;
    draw_two(40, 1, 1, 1, 0.2, two);
    const double r = fabs(column_correlation(two[0], 0, two[1], 0));
    for (size_t k = 0; k < 3; k++) {
        options.ridge = (double)k * 0.75;
        ana_cca *cca = correlate(two, &options);
        /* s^2 / (s^2 + ridge s^2) of each side, in roots. */
        check_close(cca->correlations[0], r / (1.0 + options.ridge), 1e-13, 0.0);
        assert_true(cca->correlations[0] < last);
        last = cca->correlations[0];
        ana_cca_free(cca);
    }
    free_two(two);
}

static void components_are_kept_up_to_their_share(void **state)
{
    (void)state;
    ana_responses *one = NULL;
    ana_cca_options options = ana_cca_options_default();
    /* Orthogonal units of singular values 8, 4, 2, 1: shares of squares 64, 80, 84, 85 of 85, of
     * the sum 8, 12, 14, 15 of 15. */
    static const double signs[8][4] = {{1, 1, 1, 1},    {1, 1, -1, -1},  {1, -1, 1, -1},
                                       {1, -1, -1, 1},  {-1, -1, -1, 1}, {-1, -1, 1, -1},
                                       {-1, 1, -1, -1}, {-1, 1, 1, 1}};
    static const struct {
        double share;
        bool sum;
        size_t kept;
    } cases[] = {{0.75, false, 1}, {0.9, false, 2}, {0.98, false, 3}, {0.99, false, 4},
                 {0.5, true, 1},   {0.75, true, 2}, {0.9, true, 3},   {0.99, true, 4}};
    check_ok(ana_responses_new("orthogonal", 8, 4, &one));
    for (size_t i = 0; i < 32; i++) {
        one->values[i] = signs[i / 4][i % 4] * (double)(8 >> i % 4);
    }
    ana_responses *two[2] = {one, one};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        options.share = cases[k].share;
        options.sum_of_sv = cases[k].sum;
        ana_cca *cca = correlate(two, &options);
        assert_true(cca->kept_a == cases[k].kept && cca->kept_b == cases[k].kept);
        check_close(cca->svcca_mean, 1.0, 1e-13, 0.0);
        assert_int_equal(cca->n_svcca, cases[k].kept);
        ana_cca_free(cca);
    }
    ana_responses_free(one);
}

static void held_out_stimuli_tell_shared_from_chance_directions(void **state)
{
    (void)state;
    ana_responses *two[2];
    ana_cca_options options = ana_cca_options_default();
    options.n_folds = 5;
    options.run.seed = 3;
    draw_two(150, 20, 25, 2, 0.1, two);
    ana_cca *cca = correlate(two, &options);
    assert_true(cca->held_out[0] > 0.9 && cca->held_out[1] > 0.9);
    for (size_t c = 5; c < cca->n_held_out; c++) {
        assert_true(fabs(cca->held_out[c]) < 0.4);
    }
    assert_true(cca->mean - cca->held_out_mean > 0.15); /* what was fitted to chance */
    ana_cca *again = correlate(two, &options);
    check_same_bits(cca->n_held_out, again->held_out, cca->held_out);
    ana_cca_free(cca);
    ana_cca_free(again);
    free_two(two);
}

static void units_without_values_are_left_out(void **state)
{
    (void)state;
    ana_responses *two[2];
    draw_two(20, 4, 3, 1, 0.4, two);
    for (size_t i = 0; i < 20; i++) {
        two[1]->values[i * 3 + 2] = NAN;
    }
    ana_cca *cca = correlate(two, NULL);
    assert_true(cca->n_units_left_out == 1 && cca->units_b == 2 && cca->n == 2);
    ana_cca_free(cca);
    free_two(two);
}

static void wrong_input_is_refused(void **state)
{
    (void)state;
    ana_responses *two[2];
    ana_cca_options options = ana_cca_options_default();
    ana_cca *cca = NULL;
    draw_two(10, 2, 3, 1, 0.4, two);
    options.ridge = -1.0;
    check_fails(ana_cca_compute(two[0], two[1], &options, &cca), ANA_ERR_VALUE, "ridge");
    options = ana_cca_options_default();
    options.n_folds = 1;
    check_fails(ana_cca_compute(two[0], two[1], &options, &cca), ANA_ERR_VALUE, "1 folds");
    options.n_folds = 0;
    options.run.max_memory = 100;
    check_fails(ana_cca_compute(two[0], two[1], &options, &cca), ANA_ERR_LIMIT, "singular vectors");
    options.run.max_memory = 0;
    options.n_folds = 4;
    check_fails(ana_cca_compute(two[0], two[1], &options, &cca), ANA_ERR_VALUE, "4 folds");
    two[0]->values[5] = NAN;
    check_fails(ana_cca_compute(two[0], two[1], NULL, &cca), ANA_ERR_VALUE, "stimulus 2, unit 1");
    two[0]->values[5] = INFINITY;
    check_fails(ana_cca_compute(two[0], two[1], NULL, &cca), ANA_ERR_VALUE, "infinite");
    for (size_t i = 0; i < 20; i++) {
        two[0]->values[i] = 0.1;
    }
    check_fails(ana_cca_compute(two[0], two[1], NULL, &cca), ANA_ERR_NUMERIC, "does not vary");
    ana_responses_free(two[0]);
    two[0] = draw(3, 9, 2);
    check_fails(ana_cca_compute(two[0], two[1], NULL, &cca), ANA_ERR_VALUE, "match them");
    free_two(two);
    two[0] = draw(3, 2, 2);
    two[1] = draw(4, 2, 2);
    check_fails(ana_cca_compute(two[0], two[1], NULL, &cca), ANA_ERR_VALUE, "at least 3");
    free_two(two);
}

static void records_show_the_curves_and_the_table(void **state)
{
    (void)state;
    ana_responses *two[2];
    ana_cca *both[2];
    ana_cca_options options = ana_cca_options_default();
    ana_record *record = NULL;
    draw_two(30, 5, 3, 2, 0.4, two);
    both[0] = correlate(two, &options);
    check_ok(ana_ccas_to_record(1, both, &record));
    check_ok(ana_record_check(record));
    assert_null(ana_record_find(record, "held_out"));
    assert_null(ana_record_find(record, "pairs/held_out"));
    ana_record_free(record);
    ana_cca_free(both[0]);
    options.n_folds = 2;
    ana_responses *same[2] = {two[0], two[0]};
    both[0] = correlate(two, &options);
    both[1] = correlate(same, &options);
    check_ok(ana_ccas_to_record(2, both, &record));
    check_ok(ana_record_check(record));
    const ana_record *y = ana_record_find(record, "correlations/y");
    assert_true(y->shape[0] == 2 && y->shape[1] == 5 && isnan(y->doubles[3]));
    check_close(y->doubles[9], 1.0, 1e-13, 0.0);
    assert_int_equal(ana_record_size(ana_record_find(record, "pairs/held_out")), 2);
    ana_record_free(record);
    ana_cca_free(both[0]);
    ana_cca_free(both[1]);
    free_two(two);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    ana_responses *two[2];
    ana_cca_options options = ana_cca_options_default();
    ana_cca *cca = NULL;
    ana_record *record = NULL;
    draw_two(9, 2, 3, 1, 0.4, two);
    options.n_folds = 2;
    ALLOCATION_TEST(ana_cca_compute, (two[0], two[1], &options, &cca), ana_cca_free(cca));
    check_ok(ana_cca_compute(two[0], two[1], &options, &cca));
    ALLOCATION_TEST(ana_ccas_to_record, (1, &cca, &record), ana_record_free(record));
    ana_cca_free(cca);
    free_two(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_single_units_it_is_their_correlation),
        cmocka_unit_test(squares_are_eigenvalues_of_regressions),
        cmocka_unit_test(mixing_units_leaves_the_correlations),
        cmocka_unit_test(swapping_the_systems_swaps_their_sides),
        cmocka_unit_test(repeated_units_add_no_rank),
        cmocka_unit_test(more_units_than_stimuli_saturate),
        cmocka_unit_test(a_ridge_draws_correlations_down),
        cmocka_unit_test(components_are_kept_up_to_their_share),
        cmocka_unit_test(held_out_stimuli_tell_shared_from_chance_directions),
        cmocka_unit_test(units_without_values_are_left_out),
        cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(records_show_the_curves_and_the_table),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
