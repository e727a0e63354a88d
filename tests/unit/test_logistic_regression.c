/* Logistic regression: by hand, by the conditions of its minimum, and what is refused. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/logistic_regression.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 31,
    FEW = 5,
    MANY = 83
};

typedef struct world {
    double x[N * MANY];
    size_t classes[N];
    double row_weights[N];
} world;

/* Classes in turn, each with a mean of its own. */
static world draw(size_t d, size_t n_classes, uint64_t seed)
{
    world out;
    ana_random random = ana_random_stream(seed, "test.logistic", 0);
    for (size_t i = 0; i < N; i++) {
        out.classes[i] = (i * i + i / 3) % n_classes;
        out.row_weights[i] = 0.2 + ana_random_uniform(&random);
        for (size_t j = 0; j < d; j++) {
            const double mean = j % n_classes == out.classes[i] ? 0.7 : -0.1;
            out.x[i * d + j] = mean + ana_random_normal(&random) + (j == 1 ? 3.0 : 0.0);
        }
    }
    return out;
}

static ana_labelled_rows rows_of(const world *from, size_t d, size_t n_classes)
{
    return (ana_labelled_rows){N, d, from->x, n_classes, from->classes};
}

/* Derivatives of the losses by weight j (j = d: the bias) of score k. */
static double loss_gradient(const ana_labelled_rows *rows, const double *costs,
                            const double *weights, const double *biases, size_t k, size_t j)
{
    const size_t n_scores = ana_linear_n_scores(rows->n_classes);
    double scores[4];
    double p[4];
    double sum = 0.0;
    for (size_t i = 0; i < rows->n; i++) {
        check_ok(ana_linear_scores(1, rows->d, rows->x + i * rows->d, n_scores, weights, biases,
                                   scores));
        ana_linear_probabilities(1, rows->n_classes, scores, p);
        const size_t own = n_scores == 1 ? 1 : k;
        const double residual = p[own] - (rows->classes[i] == own ? 1.0 : 0.0);
        sum += costs[i] * residual * (j < rows->d ? rows->x[i * rows->d + j] : 1.0);
    }
    return sum;
}

/* How far the derivatives are from those of a minimum, at most. */
static double distance_from_minimum(const ana_labelled_rows *rows, const double *costs, double l1,
                                    const double *weights, const double *biases)
{
    double worst = 0.0;
    for (size_t k = 0; k < ana_linear_n_scores(rows->n_classes); k++) {
        for (size_t j = 0; j <= rows->d; j++) {
            const double loss = loss_gradient(rows, costs, weights, biases, k, j);
            const double w = j < rows->d ? weights[k * rows->d + j] : 0.0;
            const double slope = loss + (1.0 - l1) * w;
            const double kink = j < rows->d ? l1 : 0.0;
            const double left =
                w != 0.0 ? fabs(slope + (w > 0.0 ? kink : -kink)) : fmax(fabs(slope) - kink, 0.0);
            worst = fmax(worst, left);
        }
    }
    return worst;
}

static void two_rows_meet_where_the_penalty_holds_them(void **state)
{
    (void)state;
    /* x = -1, 1 of classes 0, 1: w = 2 C / (1 + exp(w)), b = 0. */
    const double x[2] = {-1.0, 1.0};
    const size_t classes[2] = {0, 1};
    const ana_labelled_rows rows = {2, 1, x, 2, classes};
    ana_logistic_options options = ana_logistic_options_default();
    double weight = 0.0;
    double bias = 1.0;
    options.cost = 1.7;
    check_ok(ana_logistic_fit(&rows, NULL, &options, &weight, &bias, NULL));
    check_close(weight, 2.0 * 1.7 / (1.0 + exp(weight)), 1e-14, 0.0);
    check_close(bias, 0.0, 1e-14, 0.0);
}

static void derivatives_vanish_at_the_minimum(void **state)
{
    (void)state;
    for (size_t which = 0; which < 6; which++) {
        const size_t d = which % 2 == 0 ? FEW : MANY;
        const size_t n_classes = 2 + which / 2;
        const world drawn = draw(d, n_classes, which);
        const ana_labelled_rows rows = rows_of(&drawn, d, n_classes);
        ana_logistic_options options = ana_logistic_options_default();
        ana_logistic_info info;
        double weights[4 * MANY];
        double biases[4];
        double costs[N];
        options.cost = 0.3;
        check_ok(ana_logistic_fit(&rows, drawn.row_weights, &options, weights, biases, &info));
        assert_true(info.converged && info.n_iterations < 15);
        for (size_t i = 0; i < N; i++) {
            costs[i] = 0.3 * drawn.row_weights[i];
        }
        assert_true(distance_from_minimum(&rows, costs, 0.0, weights, biases) < 1e-11);
        if (n_classes > 2) {
            double sum = 0.0;
            for (size_t k = 0; k < n_classes; k++) {
                sum += biases[k];
            }
            check_close(sum, 0.0, 1e-12, 0.0);
        }
    }
}

static void absolute_values_leave_weights_at_zero(void **state)
{
    (void)state;
    for (size_t which = 0; which < 6; which++) {
        const size_t d = which % 2 == 0 ? FEW : MANY;
        const size_t n_classes = 2 + which / 2;
        const world drawn = draw(d, n_classes, 10 + which);
        const ana_labelled_rows rows = rows_of(&drawn, d, n_classes);
        ana_logistic_options options = ana_logistic_options_default();
        ana_logistic_info info;
        double weights[4 * MANY];
        double biases[4];
        double costs[N];
        size_t n_zeros = 0;
        options.l1_share = 0.7;
        check_ok(ana_logistic_fit(&rows, NULL, &options, weights, biases, &info));
        assert_true(info.converged);
        for (size_t i = 0; i < N; i++) {
            costs[i] = 1.0;
        }
        assert_true(distance_from_minimum(&rows, costs, 0.7, weights, biases) < 1e-9);
        for (size_t j = 0; j < ana_linear_n_scores(n_classes) * d; j++) {
            n_zeros += weights[j] == 0.0 ? 1 : 0;
        }
        assert_true(d == FEW || n_zeros > d / 2);
    }
}

static void balance_is_a_weight_of_each_class(void **state)
{
    (void)state;
    const world drawn = draw(FEW, 3, 4);
    const ana_labelled_rows rows = rows_of(&drawn, FEW, 3);
    ana_logistic_options options = ana_logistic_options_default();
    double n_in[3] = {0.0, 0.0, 0.0};
    double row_weights[N];
    double balanced[3 * FEW];
    double weighted[3 * FEW];
    double balanced_biases[3];
    double weighted_biases[3];
    for (size_t i = 0; i < N; i++) {
        n_in[drawn.classes[i]] += 1.0;
    }
    for (size_t i = 0; i < N; i++) {
        row_weights[i] = N / (3.0 * n_in[drawn.classes[i]]);
    }
    check_ok(ana_logistic_fit(&rows, row_weights, &options, weighted, weighted_biases, NULL));
    options.balanced = true;
    check_ok(ana_logistic_fit(&rows, NULL, &options, balanced, balanced_biases, NULL));
    check_all_close((size_t)3 * FEW, balanced, weighted, 1e-12, 0.0);
    check_all_close(3, balanced_biases, weighted_biases, 1e-12, 0.0);
    /* A weight of 2 is the row twice. */
    assert_true(fabs(n_in[0] - n_in[1]) + fabs(n_in[1] - n_in[2]) > 0.0);
}

static void a_unit_of_the_features_is_a_unit_of_the_penalty(void **state)
{
    (void)state;
    const world drawn = draw(FEW, 2, 5);
    const ana_labelled_rows rows = rows_of(&drawn, FEW, 2);
    world scaled = drawn;
    ana_logistic_options options = ana_logistic_options_default();
    double weights[FEW];
    double other[FEW];
    double bias = 0.0;
    double other_bias = 0.0;
    for (size_t k = 0; k < (size_t)N * FEW; k++) {
        scaled.x[k] *= 1e-6;
    }
    const ana_labelled_rows small = rows_of(&scaled, FEW, 2);
    check_ok(ana_logistic_fit(&rows, NULL, &options, weights, &bias, NULL));
    /* (1e6 w) of x 1e-6: the same scores and 1e12 times the penalty, which C makes up for. */
    options.cost = 1e12;
    check_ok(ana_logistic_fit(&small, NULL, &options, other, &other_bias, NULL));
    for (size_t j = 0; j < FEW; j++) {
        check_close(other[j] * 1e-6, weights[j], 1e-11, 1e-11);
    }
    check_close(other_bias, bias, 1e-11, 1e-11);
}

static void scores_become_labels_and_probabilities(void **state)
{
    (void)state;
    const double two[3] = {-0.3, 0.0, 800.0};
    const double three[6] = {0.1, 0.7, 0.7, 900.0, -2.0, 3.0};
    double p[6];
    size_t predicted[3];
    ana_linear_predict(3, 2, two, predicted);
    assert_true(predicted[0] == 0 && predicted[1] == 0 && predicted[2] == 1);
    ana_linear_probabilities(3, 2, two, p);
    check_close(p[1], 1.0 / (1.0 + exp(0.3)), 1e-15, 0.0);
    check_close(p[5], 1.0, 0.0, 0.0);
    check_close(p[4], 0.0, 0.0, 0.0);
    ana_linear_predict(2, 3, three, predicted);
    assert_true(predicted[0] == 1 && predicted[1] == 0);
    ana_linear_probabilities(2, 3, three, p);
    check_close(p[0], exp(0.1) / (exp(0.1) + 2.0 * exp(0.7)), 1e-15, 0.0);
    check_close(p[3], 1.0, 0.0, 0.0);
}

static void what_cannot_be_fitted_is_refused(void **state)
{
    (void)state;
    world drawn = draw(FEW, 2, 6);
    ana_labelled_rows rows = rows_of(&drawn, FEW, 2);
    ana_logistic_options options = ana_logistic_options_default();
    double weights[3 * FEW];
    double biases[3];
    options.cost = 0.0;
    check_fails(ana_logistic_fit(&rows, NULL, &options, weights, biases, NULL), ANA_ERR_VALUE,
                "cost");
    options = ana_logistic_options_default();
    options.max_iterations = 1;
    check_fails(ana_logistic_fit(&rows, NULL, &options, weights, biases, NULL), ANA_ERR_NUMERIC,
                "not settled after 1 iterations");
    options = ana_logistic_options_default();
    options.run.max_memory = 100;
    check_fails(ana_logistic_fit(&rows, NULL, &options, weights, biases, NULL), ANA_ERR_LIMIT,
                "logistic regression");
    drawn.row_weights[3] = -1.0;
    check_fails(ana_logistic_fit(&rows, drawn.row_weights, NULL, weights, biases, NULL),
                ANA_ERR_VALUE, "weight 3 is -1");
    for (size_t i = 0; i < N; i++) {
        drawn.row_weights[i] = drawn.classes[i] == 1 ? 0.0 : 1.0;
    }
    check_fails(ana_logistic_fit(&rows, drawn.row_weights, NULL, weights, biases, NULL),
                ANA_ERR_VALUE, "weights of class 1 are all 0");
    rows.n_classes = 3;
    check_fails(ana_logistic_fit(&rows, NULL, NULL, weights, biases, NULL), ANA_ERR_VALUE,
                "no row of class 2");
    rows.n_classes = 1;
    check_fails(ana_logistic_fit(&rows, NULL, NULL, weights, biases, NULL), ANA_ERR_VALUE,
                "1 classes");
    rows.n_classes = 2;
    drawn.x[7] = NAN;
    check_fails(ana_logistic_fit(&rows, NULL, NULL, weights, biases, NULL), ANA_ERR_VALUE,
                "feature 2 of row 1 is nan");
    drawn.x[7] = 0.0;
    drawn.classes[4] = 2;
    check_fails(ana_logistic_fit(&rows, NULL, NULL, weights, biases, NULL), ANA_ERR_VALUE,
                "row 4 is of class 2 of 2");
}

static ana_status fit_both(void *user)
{
    const ana_labelled_rows *rows = user;
    ana_logistic_options options = ana_logistic_options_default();
    double weights[3 * MANY];
    double biases[3];
    const ana_status status = ana_logistic_fit(rows, NULL, NULL, weights, biases, NULL);
    options.l1_share = 0.5;
    return status != ANA_OK ? status
                            : ana_logistic_fit(rows, NULL, &options, weights, biases, NULL);
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    const world drawn = draw(MANY, 3, 7);
    ana_labelled_rows rows = rows_of(&drawn, MANY, 3);
    assert_true(check_each_allocation(fit_both, &rows, 0) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_rows_meet_where_the_penalty_holds_them),
        cmocka_unit_test(derivatives_vanish_at_the_minimum),
        cmocka_unit_test(absolute_values_leave_weights_at_zero),
        cmocka_unit_test(balance_is_a_weight_of_each_class),
        cmocka_unit_test(a_unit_of_the_features_is_a_unit_of_the_penalty),
        cmocka_unit_test(scores_become_labels_and_probabilities),
        cmocka_unit_test(what_cannot_be_fitted_is_refused),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
