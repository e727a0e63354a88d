/* Scores of classifiers: by hand, by brute force, and scikit-learn's. */
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/reference_json.h"

#include <analysis/classification_scores.h>
#include <analysis/distributions.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Eight, two; one, nine: kappa (.85 - .5) / .5, Matthews (72 - 2) / sqrt(9 * 11 * 10 * 10). */
static void scores_of_a_small_table_are_those_by_hand(void **state)
{
    (void)state;
    const size_t table[4] = {8, 2, 1, 9};
    check_close(ana_classification_accuracy(2, table), 0.85, 0.0, 1e-15);
    check_close(ana_classification_balanced_accuracy(2, table), 0.85, 0.0, 1e-15);
    check_close(ana_classification_kappa(2, table), 0.7, 0.0, 1e-15);
    check_close(ana_classification_matthews(2, table), 70.0 / sqrt(9900.0), 0.0, 1e-15);
    const size_t lopsided[9] = {3, 1, 0, 0, 0, 0, 2, 0, 2}; /* no item of class 1 */
    check_close(ana_classification_balanced_accuracy(3, lopsided), 0.625, 0.0, 1e-15);
    const size_t one_class[4] = {5, 0, 0, 0};
    assert_true(isnan(ana_classification_kappa(2, one_class)));
    check_close(ana_classification_matthews(2, one_class), 0.0, 0.0, 0.0);
    const size_t none[4] = {0};
    assert_true(isnan(ana_classification_accuracy(2, none)));
    assert_true(isnan(ana_classification_matthews(2, none)));
}

static void bits_are_those_of_wolpaw(void **state)
{
    (void)state;
    check_close(ana_classification_bits(4, 1.0), 2.0, 0.0, 1e-15);
    check_close(ana_classification_bits(2, 0.9), 1.0 + 0.9 * log2(0.9) + 0.1 * log2(0.1), 0.0,
                1e-14);
    check_close(ana_classification_bits(4, 0.7), 2.0 + 0.7 * log2(0.7) + 0.3 * log2(0.1), 0.0,
                1e-14);
    check_close(ana_classification_bits(4, 0.25), 0.0, 0.0, 0.0);
    check_close(ana_classification_bits(4, 0.1), 0.0, 0.0, 0.0); /* the formula has .12 */
    assert_true(isnan(ana_classification_bits(1, 0.5)));
    assert_true(isnan(ana_classification_bits(2, 1.1)));
}

/* P(K <= k) by its terms. */
static double sum_of_terms(size_t n, size_t k, double p)
{
    double sum = 0.0;
    for (size_t i = 0; i <= k; i++) {
        sum += exp(ana_binomial_log_pmf(i, n, p));
    }
    return sum;
}

static void the_bound_of_chance_is_the_binomials_quantile(void **state)
{
    (void)state;
    for (size_t n = 1; n < 200; n += 13) {
        for (size_t i = 1; i < 6; i++) {
            const double p = 0.15 * (double)i;
            const double bound = ana_classification_chance_bound(n, p, 0.95);
            const size_t k = (size_t)llround(bound * (double)n);
            assert_true(sum_of_terms(n, k, p) >= 0.95 - 1e-12);
            assert_true(k == 0 || sum_of_terms(n, k - 1, p) < 0.95 + 1e-12);
        }
    }
    check_close(ana_classification_chance_bound(20, 0.5, 0.95), 0.7, 0.0, 1e-15);
    check_close(ana_classification_chance_bound(20, 1.0, 0.95), 1.0, 0.0, 0.0);
    check_close(ana_classification_chance_bound(20, 0.0, 0.95), 0.0, 0.0, 0.0);
    assert_true(isnan(ana_classification_chance_bound(0, 0.5, 0.95)));
    assert_true(isnan(ana_classification_chance_bound(9, 1.5, 0.95)));
}

static void the_area_counts_pairs_and_half_the_ties(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(1, "test.classification_scores", 0);
    for (size_t trial = 0; trial < 20; trial++) {
        double scores[37];
        bool positive[37];
        double pairs = 0.0;
        double n_pairs = 0.0;
        double area = 0.0;
        for (size_t i = 0; i < 37; i++) {
            positive[i] = i < 2 ? i == 1 : ana_random_uniform(&random) < 0.3;
            scores[i] = (double)ana_random_below(&random, 9) - 3.5;
        }
        for (size_t i = 0; i < 37; i++) {
            for (size_t j = 0; j < 37; j++) {
                if (positive[i] && !positive[j]) {
                    pairs += scores[i] > scores[j] ? 1.0 : scores[i] == scores[j] ? 0.5 : 0.0;
                    n_pairs += 1.0;
                }
            }
        }
        check_ok(ana_classification_area(37, positive, scores, &area));
        check_close(area, pairs / n_pairs, 0.0, 1e-15);
        ana_roc_curve *curve = NULL;
        check_ok(ana_classification_roc(37, positive, scores, &curve));
        double under = 0.0;
        for (size_t i = 1; i < curve->n; i++) {
            under += 0.5 * (curve->true_positive[i] + curve->true_positive[i - 1]) *
                     (curve->false_positive[i] - curve->false_positive[i - 1]);
            assert_true(curve->threshold[i] < curve->threshold[i - 1]);
        }
        check_close(under, area, 0.0, 1e-14);
        ana_roc_curve_free(curve);
    }
    const bool same[2] = {true, true};
    const double scores[2] = {INFINITY, -INFINITY};
    double area = 0.0;
    check_ok(ana_classification_area(2, same, scores, &area));
    assert_true(isnan(area));
}

static void choose_highest(size_t n, size_t n_classes, const double *values, size_t *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = 0;
        for (size_t c = 1; c < n_classes; c++) {
            out[i] = values[i * n_classes + c] > values[i * n_classes + out[i]] ? c : out[i];
        }
    }
}

static double number(const reference *from, const char *key, const char *name)
{
    char path[96];
    snprintf(path, sizeof path, "scores/%s/%s", key, name);
    return reference_number(from, path);
}

static const double *numbers(reference *from, const char *key, const char *name, size_t *n)
{
    char path[96];
    snprintf(path, sizeof path, "scores/%s/%s", key, name);
    return reference_doubles(from, path, n);
}

static void check_curve(reference *from, const char *key, size_t n, const size_t *truth,
                        const double *column)
{
    size_t n_points = 0;
    ana_roc_curve *curve = NULL;
    bool *positive = calloc(n, sizeof *positive);
    assert_non_null(positive);
    for (size_t i = 0; i < n; i++) {
        positive[i] = truth[i] == 1;
    }
    check_ok(ana_classification_roc(n, positive, column, &curve));
    const double *wanted = numbers(from, key, "roc_false", &n_points);
    assert_int_equal(curve->n, n_points);
    check_all_close(n_points, curve->false_positive, wanted, 0.0, 0.0);
    wanted = numbers(from, key, "roc_true", &n_points);
    check_all_close(n_points, curve->true_positive, wanted, 0.0, 0.0);
    ana_roc_curve_free(curve);
    free(positive);
}

static void scores_are_scikit_learns(void **state)
{
    (void)state;
    reference *from = reference_open("scores.json");
    const size_t n_cases = reference_count(from, "scores");
    assert_int_equal(n_cases, 16);
    for (size_t c = 0; c < n_cases; c++) {
        char path[96];
        size_t n = 0;
        const char *key = reference_key(from, "scores", c);
        snprintf(path, sizeof path, "scores/%s/truth", key);
        const size_t *truth = reference_sizes(from, path, &n);
        const size_t n_classes = (size_t)number(from, key, "n_classes");
        const double *values = numbers(from, key, "values", NULL);
        size_t predicted[200];
        double column[200];
        ana_classification_scores *scores = NULL;
        choose_highest(n, n_classes, values, predicted);
        check_ok(ana_classification_scores_compute(n, truth, predicted, n_classes, values, 4.0,
                                                   &scores));
        snprintf(path, sizeof path, "scores/%s/confusion", key);
        assert_memory_equal(scores->confusion, reference_sizes(from, path, NULL),
                            n_classes * n_classes * sizeof *scores->confusion);
        check_close(scores->accuracy, number(from, key, "accuracy"), 0.0, 1e-15);
        check_close(scores->balanced_accuracy, number(from, key, "balanced"), 0.0, 1e-15);
        check_close(scores->kappa, number(from, key, "kappa"), 1e-15, 1e-14);
        check_close(scores->matthews, number(from, key, "matthews"), 1e-15, 1e-14);
        check_close(scores->normalised_matthews, 0.5 * (scores->matthews + 1.0), 0.0, 1e-15);
        check_close(scores->area, number(from, key, "area"), 0.0, 1e-14);
        check_close(scores->chance_bound, number(from, key, "bound"), 0.0, 1e-15);
        check_close(scores->bits_per_minute, 15.0 * scores->bits, 0.0, 1e-15);
        for (size_t i = 0; i < n; i++) {
            column[i] = values[i * n_classes + 1];
        }
        check_curve(from, key, n, truth, column);
        ana_classification_scores_free(scores);
    }
    reference_close(from);
}

static void names_and_order_of_items_do_not_matter(void **state)
{
    (void)state;
    const size_t truth[6] = {0, 1, 2, 2, 1, 0};
    const size_t given[6] = {0, 1, 1, 2, 1, 2};
    size_t other_truth[6];
    size_t other_given[6];
    ana_classification_scores *scores[2] = {NULL, NULL};
    for (size_t i = 0; i < 6; i++) { /* 0, 1, 2 become 1, 2, 0; items backwards */
        other_truth[5 - i] = (truth[i] + 1) % 3;
        other_given[5 - i] = (given[i] + 1) % 3;
    }
    check_ok(ana_classification_scores_compute(6, truth, given, 3, NULL, 0.0, &scores[0]));
    check_ok(
        ana_classification_scores_compute(6, other_truth, other_given, 3, NULL, 0.0, &scores[1]));
    check_close(scores[1]->accuracy, scores[0]->accuracy, 0.0, 0.0);
    check_close(scores[1]->kappa, scores[0]->kappa, 0.0, 1e-15);
    check_close(scores[1]->matthews, scores[0]->matthews, 0.0, 1e-15);
    check_close(scores[0]->chance, 1.0 / 3.0, 0.0, 1e-15);
    assert_int_equal(scores[0]->counts[2], 2);
    assert_true(isnan(scores[0]->area) && isnan(scores[0]->bits_per_minute));
    ana_classification_scores_free(scores[0]);
    ana_classification_scores_free(scores[1]);
}

static void what_cannot_be_scored_is_refused(void **state)
{
    (void)state;
    const size_t truth[3] = {0, 1, 2};
    const double values[6] = {0.0, 1.0, NAN, 0.0, 1.0, 2.0};
    const bool positive[2] = {true, true};
    ana_classification_scores *scores = NULL;
    ana_roc_curve *curve = NULL;
    double area = 0.0;
    size_t table[4];
    check_fails(ana_classification_confusion(3, truth, truth, 2, table), ANA_ERR_VALUE,
                "item 2 is of class 2 and was given 2; there are 2");
    check_fails(ana_classification_scores_compute(0, truth, truth, 2, NULL, 0.0, &scores),
                ANA_ERR_VALUE, "0 items of 2 classes");
    check_fails(ana_classification_scores_compute(3, truth, truth, 3, NULL, -1.0, &scores),
                ANA_ERR_VALUE, "-1 s each");
    check_fails(ana_classification_mean_area(3, truth, 2, values, &area), ANA_ERR_VALUE,
                "that of item 1 is NaN");
    check_fails(ana_classification_area(2, positive, values + 1, &area), ANA_ERR_VALUE,
                "that of item 1 is NaN");
    check_fails(ana_classification_roc(2, positive, values, &curve), ANA_ERR_VALUE,
                "2 of 2 items are positive");
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    const size_t truth[4] = {0, 1, 2, 1};
    const double values[12] = {0.0, 1.0, 2.0, 0.5, 1.0, 2.0, 3.0, 0.0, 1.0, 2.0, 0.0, 1.0};
    const bool positive[4] = {true, false, true, false};
    ana_classification_scores *scores = NULL;
    ana_roc_curve *curve = NULL;
    double area = 0.0;
    ALLOCATION_TEST(ana_classification_area, (4, positive, values, &area), (void)0);
    ALLOCATION_TEST(ana_classification_mean_area, (4, truth, 3, values, &area), (void)0);
    ALLOCATION_TEST(ana_classification_roc, (4, positive, values, &curve),
                    ana_roc_curve_free(curve));
    ALLOCATION_TEST(ana_classification_scores_compute, (4, truth, truth, 3, values, 1.0, &scores),
                    ana_classification_scores_free(scores));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_of_a_small_table_are_those_by_hand),
        cmocka_unit_test(bits_are_those_of_wolpaw),
        cmocka_unit_test(the_bound_of_chance_is_the_binomials_quantile),
        cmocka_unit_test(the_area_counts_pairs_and_half_the_ties),
        cmocka_unit_test(scores_are_scikit_learns),
        cmocka_unit_test(names_and_order_of_items_do_not_matter),
        cmocka_unit_test(what_cannot_be_scored_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("classification scores", tests, NULL, NULL);
}
