#include "lasso.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/folds.h>
#include <analysis/linalg.h>
#include <analysis/models/unit_prediction.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 60
};

static ana_responses *draw(const char *name, size_t n_units, uint64_t item)
{
    ana_random random = ana_random_stream(31, "prediction", item);
    ana_responses *system = NULL;
    check_ok(ana_responses_new(name, N, n_units, &system));
    for (size_t i = 0; i < N * n_units; i++) {
        system->values[i] = 7.0 + ana_random_normal(&random);
    }
    return system;
}

/* Unit 0 is predictor 2 in noise, unit 1 four predictors, the others noise. */
static ana_responses *draw_targets(const ana_responses *a, size_t n_units)
{
    ana_responses *b = draw("b", n_units, 7);
    for (size_t s = 0; s < N; s++) {
        const double *x = a->values + s * a->n_units;
        double *y = b->values + s * n_units;
        y[0] = 3.0 * x[2] + 0.3 * y[0];
        y[1] = x[0] - x[1] + x[3] - x[5] + 0.3 * y[1];
    }
    return b;
}

static void coefficients_are_shrunk_where_predictors_are_apart(void **state)
{
    (void)state;
    const double gram[9] = {1, 0, 0, 0, 0, 0, 0, 0, 1};
    double beta[3] = {0.0, 0.0, 0.0};
    double rest[3] = {0.7, 0.9, -0.2};
    assert_true(ana_lasso_descend(3, gram, 0.25, 1e-12, beta, rest));
    check_close(beta[0], 0.45, 1e-15, 0.0);
    check_close(beta[1], 0.0, 0.0, 0.0); /* left out: no variance */
    check_close(beta[2], 0.0, 0.0, 0.0);
    check_close(rest[0], 0.25, 1e-15, 0.0);
}

static void the_solution_meets_its_conditions(void **state)
{
    (void)state;
    enum {
        P = 12
    };
    ana_random random = ana_random_stream(4, "conditions", 0);
    for (size_t trial = 0; trial < 20; trial++) {
        double x[30 * P];
        double gram[P * P];
        double products[P];
        double beta[P] = {0.0};
        double rest[P];
        const double penalty = 0.02 + 0.1 * ana_random_uniform(&random);
        for (size_t i = 0; i < 30 * P; i++) { /* neighbours are alike */
            x[i] = ana_random_normal(&random) + (i % P > 0 ? 0.7 * x[i - 1] : 0.0);
        }
        check_ok(ana_linalg_gram(30, P, x, gram));
        for (size_t i = 0; i < P * P; i++) {
            gram[i] /= 30.0;
        }
        for (size_t i = 0; i < P; i++) {
            products[i] = ana_random_normal(&random) / 3.0;
            rest[i] = products[i];
        }
        assert_true(ana_lasso_descend(P, gram, penalty, 1e-12, beta, rest));
        for (size_t i = 0; i < P; i++) {
            double left = products[i];
            for (size_t j = 0; j < P; j++) {
                left -= gram[i * P + j] * beta[j];
            }
            check_close(rest[i], left, 1e-10, 0.0);
            assert_true(fabs(left) <= penalty + 1e-10);
            if (beta[i] != 0.0) {
                check_close(left, copysign(penalty, beta[i]), 1e-10, 0.0);
            }
        }
    }
}

static void counterparts_need_one_predictor_and_mixtures_more(void **state)
{
    (void)state;
    ana_responses *a = draw("a", 8, 1);
    ana_responses *b = draw_targets(a, 3);
    ana_unit_prediction *found = NULL;
    check_ok(ana_unit_prediction_fit(a, b, NULL, &found));
    assert_true(found->r2[0] > 0.95 && found->r2[1] > 0.9 && found->r2[2] < 0.1);
    assert_true(found->weights[2] > 0.9 && found->n_predictors[1] >= 4);
    assert_int_equal(found->most, 8);
    check_close(found->r2_of_number[0], 0.0, 0.0, 0.0);
    /* One predictor explains nearly all of the first unit and a quarter of the second. */
    assert_true(found->r2_of_number[1] > 0.2 && found->r2_of_number[1] < 0.5);
    assert_true(found->r2_of_number[5] > 0.55);
    assert_true(found->quartiles[5] <= found->r2_of_number[5] &&
                found->quartiles[9 + 5] >= found->r2_of_number[5]);
    check_close(found->mean, (found->r2[0] + found->r2[1] + found->r2[2]) / 3.0, 1e-15, 0.0);
    check_close(found->median, found->r2[1], 0.0, 0.0);
    assert_int_equal(found->n_unsettled, 0);
    ana_unit_prediction_free(found);
    ana_responses_free(a);
    ana_responses_free(b);
}

/* Plain lasso of one predictor: the soft threshold of the correlation. Squared error of the test
 * rows under each of n_values penalties that begin at `largest`. */
static double single_error(const ana_responses *a, const ana_responses *b, size_t n_train,
                           const size_t *train, size_t n_test, const size_t *test, double penalty,
                           double *correlation)
{
    double mx = 0.0;
    double my = 0.0;
    double xx = 0.0;
    double yy = 0.0;
    double xy = 0.0;
    double error = 0.0;
    for (size_t i = 0; i < n_train; i++) {
        mx += a->values[train[i]] / (double)n_train;
        my += b->values[train[i]] / (double)n_train;
    }
    for (size_t i = 0; i < n_train; i++) {
        const double x = a->values[train[i]] - mx;
        const double y = b->values[train[i]] - my;
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    const double r = xy / sqrt(xx * yy);
    *correlation = r;
    const double slope = fabs(r) > penalty ? copysign(fabs(r) - penalty, r) * sqrt(yy / xx) : 0.0;
    for (size_t i = 0; i < n_test; i++) {
        const double apart = b->values[test[i]] - my - slope * (a->values[test[i]] - mx);
        error += apart * apart;
    }
    return error;
}

static void scores_by_plain_folds(void **state)
{
    (void)state;
    enum {
        VALUES = 6
    };
    ana_responses *a = draw("a", 1, 1);
    ana_responses *b = draw("b", 1, 2);
    ana_unit_prediction_options options = ana_unit_prediction_options_default();
    ana_folds_options how = ana_folds_options_default();
    ana_unit_prediction *found = NULL;
    ana_folds *outer = NULL;
    double error = 0.0;
    double distance = 0.0;
    options.n_values = VALUES;
    options.share = 0.05;
    options.n_folds = 4;
    options.n_inner_folds = 3;
    for (size_t s = 0; s < N; s++) {
        b->values[s] += a->values[s];
    }
    how.n_folds = options.n_folds;
    check_ok(ana_folds_plain(N, &how, &outer));
    for (size_t f = 0; f < 4; f++) {
        size_t rows[N];
        size_t n_train = 0;
        double r = 0.0;
        double errors[VALUES] = {0.0};
        const ana_fold *fold = &outer->folds[f];
        ana_folds *inner = NULL;
        ana_folds_train(outer, f, rows, &n_train);
        distance += single_error(a, b, n_train, rows, fold->n_test, fold->test, 2.0, &r);
        const double largest = fabs(r);
        how.n_folds = options.n_inner_folds;
        check_ok(ana_folds_plain(n_train, &how, &inner));
        for (size_t g = 0; g < 3; g++) {
            size_t own[N];
            size_t test[N];
            size_t n_own = 0;
            ana_folds_train(inner, g, own, &n_own);
            for (size_t i = 0; i < n_own; i++) {
                own[i] = rows[own[i]];
            }
            for (size_t i = 0; i < inner->folds[g].n_test; i++) {
                test[i] = rows[inner->folds[g].test[i]];
            }
            for (size_t v = 0; v < VALUES; v++) {
                const double penalty = largest * pow(0.05, (double)v / (VALUES - 1));
                errors[v] +=
                    single_error(a, b, n_own, own, inner->folds[g].n_test, test, penalty, &r);
            }
        }
        size_t best = 0;
        for (size_t v = 1; v < VALUES; v++) {
            best = errors[v] < errors[best] ? v : best;
        }
        error += single_error(a, b, n_train, rows, fold->n_test, fold->test,
                              largest * pow(0.05, (double)best / (VALUES - 1)), &r);
        ana_folds_free(inner);
    }
    check_ok(ana_unit_prediction_fit(a, b, &options, &found));
    check_close(found->r2[0], 1.0 - error / distance, 1e-9, 0.0);
    assert_true(found->r2[0] > 0.2);
    ana_unit_prediction_free(found);
    ana_folds_free(outer);
    ana_responses_free(a);
    ana_responses_free(b);
}

static void silent_units_are_counted_and_threads_do_not_matter(void **state)
{
    (void)state;
    ana_responses *a = draw("a", 9, 1);
    ana_responses *b = draw_targets(a, 12);
    ana_unit_prediction *found[2] = {NULL, NULL};
    for (size_t s = 0; s < N; s++) {
        a->values[s * 9 + 8] = NAN;
        a->values[s * 9 + 7] = 0.1;
        b->values[s * 12 + 5] = s == 9 ? 1.0 : 0.1; /* constant in most training stimuli */
        a->values[s * 9 + 6] = s == 9 ? 1.0 : 0.1;
    }
    for (size_t t = 0; t < 2; t++) {
        ana_unit_prediction_options options = ana_unit_prediction_options_default();
        options.run.n_threads = t + 1;
        check_ok(ana_unit_prediction_fit(a, b, &options, &found[t]));
    }
    assert_int_equal(found[0]->predictors.n, 7);
    assert_int_equal(found[0]->predictors.n_missing, 1);
    assert_int_equal(found[0]->predictors.n_constant, 1);
    assert_memory_equal(found[0]->r2, found[1]->r2, 12 * sizeof(double));
    assert_memory_equal(found[0]->weights, found[1]->weights, 12 * 7 * sizeof(double));
    for (size_t j = 0; j < 12; j++) {
        assert_true(isfinite(found[0]->r2[j]));
    }
    ana_unit_prediction_free(found[0]);
    ana_unit_prediction_free(found[1]);
    ana_responses_free(a);
    ana_responses_free(b);
}

static void wrong_input_is_refused(void **state)
{
    (void)state;
    ana_responses *a = draw("a", 3, 1);
    ana_responses *b = draw("b", 4, 2);
    ana_responses *few = NULL;
    ana_unit_prediction *found = NULL;
    ana_unit_prediction_options options = ana_unit_prediction_options_default();
    const size_t seven[] = {0, 1, 2, 3, 4, 5, 6};
    options.n_folds = 16;
    check_fails(ana_unit_prediction_fit(a, b, &options, &found), ANA_ERR_VALUE, "2 to 15");
    options = ana_unit_prediction_options_default();
    options.n_inner_folds = 25;
    check_fails(ana_unit_prediction_fit(a, b, &options, &found), ANA_ERR_VALUE, "2 to 24");
    options = ana_unit_prediction_options_default();
    options.share = 0.9;
    check_fails(ana_unit_prediction_fit(a, b, &options, &found), ANA_ERR_VALUE, "smallest");
    options = ana_unit_prediction_options_default();
    options.run.max_memory = 100;
    check_fails(ana_unit_prediction_fit(a, b, &options, &found), ANA_ERR_LIMIT, "predictors");
    check_ok(ana_responses_take_stimuli(a, 7, seven, &few));
    check_fails(ana_unit_prediction_fit(few, b, NULL, &found), ANA_ERR_SHAPE, "by id");
    check_fails(ana_unit_prediction_fit(few, few, NULL, &found), ANA_ERR_VALUE, "at least 8");
    b->values[9] = NAN;
    check_fails(ana_unit_prediction_fit(a, b, NULL, &found), ANA_ERR_VALUE,
                "unit 1 of b is missing for stimulus 2");
    assert_null(found);
    ana_responses_free(few);
    ana_responses_free(a);
    ana_responses_free(b);
}

static void a_record_holds_numbers_curve_and_targets(void **state)
{
    (void)state;
    ana_responses *a = draw("a", 8, 1);
    ana_responses *b = draw_targets(a, 3);
    ana_unit_prediction *found = NULL;
    ana_record *record = NULL;
    const char *text = NULL;
    check_ok(ana_unit_prediction_fit(a, b, NULL, &found));
    check_ok(ana_unit_prediction_to_record(found, &record));
    check_ok(ana_record_check(record));
    check_ok(ana_record_get_text(record, "schema", &text));
    assert_string_equal(text, "unit prediction");
    check_ok(ana_record_get_text(record, "title", &text));
    assert_non_null(ana_record_find(record, "numbers/low"));
    assert_non_null(ana_record_find(record, "targets/r2"));
    ana_record_free(record);
    record = NULL;
    ALLOCATION_TEST(ana_unit_prediction_to_record, (found, &record), ana_record_free(record));
    ana_unit_prediction_free(found);
    ana_responses_free(a);
    ana_responses_free(b);
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    ana_responses *a = draw("a", 3, 1);
    ana_responses *b = draw("b", 2, 2);
    ana_unit_prediction *found = NULL;
    ana_unit_prediction_options options = ana_unit_prediction_options_default();
    options.n_folds = 2;
    options.n_inner_folds = 2;
    options.n_values = 2;
    ALLOCATION_TEST(ana_unit_prediction_fit, (a, b, &options, &found),
                    ana_unit_prediction_free(found));
    ana_responses_free(a);
    ana_responses_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coefficients_are_shrunk_where_predictors_are_apart),
        cmocka_unit_test(the_solution_meets_its_conditions),
        cmocka_unit_test(counterparts_need_one_predictor_and_mixtures_more),
        cmocka_unit_test(scores_by_plain_folds),
        cmocka_unit_test(silent_units_are_counted_and_threads_do_not_matter),
        cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(a_record_holds_numbers_curve_and_targets),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
