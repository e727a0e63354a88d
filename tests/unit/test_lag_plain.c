/* The selection of order and lag against the plain way: each pair by itself through embedding,
 * covariance, mean, tangent vectors and SVM. */
#include "support/check.h"
#include "support/lag_trials.h"

#include <analysis/augmented_covariance.h>
#include <analysis/models/spd_map.h>
#include <analysis/models/spd_mean.h>
#include <analysis/svm.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TIMES = 90,
    MANY = 36
};

/* The window of a pair, written out. */
static size_t window_of(const lag_data *from, size_t order, size_t lag,
                        const ana_lag_options *options)
{
    const size_t span = order == 1                         ? 0
                        : options->tail == ANA_LAG_FULL    ? order - 1
                        : options->tail == ANA_LAG_ALIGNED ? options->max_order
                                                           : order;
    return from->trials.n_times - span * lag;
}

/* Blocks of rows behind each other, then the covariance. */
static void plain_covariance(const lag_data *from, size_t trial, size_t order, size_t lag,
                             const ana_lag_options *options, double *out)
{
    const size_t window = window_of(from, order, lag, options);
    double *x = calloc(order * LAG_CHANNELS * window, sizeof *x);
    assert_non_null(x);
    for (size_t p = 0; p < order; p++) {
        for (size_t i = 0; i < LAG_CHANNELS; i++) {
            const double *row =
                from->values + (trial * LAG_CHANNELS + i) * from->trials.n_times + p * lag;
            memcpy(x + (p * LAG_CHANNELS + i) * window, row, window * sizeof *x);
        }
    }
    check_ok(ana_covariance_compute(options->estimator == ANA_LAG_OAS ? ANA_COVARIANCE_OAS
                                                                      : ANA_COVARIANCE_EMPIRICAL,
                                    order * LAG_CHANNELS, window, x, out));
    free(x);
}

static void assembled_covariances_are_those_of_the_embedding(void **state)
{
    (void)state;
    lag_data from = draw_lag_trials(4, 70, 2, 3, 0.5);
    ana_lag_options options = small_lag_options(5, 4);
    ana_lag_products *products = NULL;
    double wanted[15 * 15];
    double found[15 * 15];
    check_ok(ana_lag_products_new(&from.trials, &options, &products));
    for (int tail = 0; tail < 3; tail++) {
        for (int estimator = 0; estimator < 2; estimator++) {
            options.tail = (ana_lag_tail)tail;
            options.estimator = (ana_lag_estimator)estimator;
            for (size_t pair = 0; pair < 20; pair++) {
                const size_t order = 1 + pair / 4;
                const size_t lag = 1 + pair % 4;
                plain_covariance(&from, pair % 4, order, lag, &options, wanted);
                check_ok(ana_lag_covariance(products, pair % 4, order, lag, &options, found));
                check_all_close(order * order * 9, found, wanted, 1e-12, 1e-10);
            }
        }
    }
    ana_lag_products_free(products);
    free_lag_trials(&from);
}

/* augmented_covariance.h sums the products of one pair, the grid those of all. */
static void assembled_covariances_are_those_of_a_single_pair(void **state)
{
    (void)state;
    lag_data from = draw_lag_trials(4, 70, 2, 3, 0.5);
    ana_lag_options options = small_lag_options(5, 4);
    ana_lag_products *products = NULL;
    const ana_trial_signals signals = {
        .n_trials = 4, .n_channels = LAG_CHANNELS, .n_times = 70, .values = from.values};
    double wanted[4 * 15 * 15];
    double found[15 * 15];
    check_ok(ana_lag_products_new(&from.trials, &options, &products));
    for (size_t pair = 0; pair < 40; pair++) {
        const size_t order = 1 + pair / 4 % 5;
        const size_t lag = 1 + pair % 4;
        const size_t size = order * order * 9;
        const ana_augmentation at = {order, lag, pair < 20 ? ANA_TAIL_PUBLISHED : ANA_TAIL_FULL};
        ana_covariance_options by = ana_covariance_options_default();
        by.estimator = ANA_COVARIANCE_EMPIRICAL;
        options.tail = pair < 20 ? ANA_LAG_PUBLISHED : ANA_LAG_FULL;
        check_ok(ana_augmented_covariance(&at, &signals, &by, NULL, wanted));
        for (size_t k = 0; k < 4; k++) {
            check_ok(ana_lag_covariance(products, k, order, lag, &options, found));
            check_all_close(size, found, wanted + k * size, 1e-10, 1e-10);
        }
    }
    ana_lag_products_free(products);
    free_lag_trials(&from);
}

static void aligned_orders_are_leading_blocks(void **state)
{
    (void)state;
    lag_data from = draw_lag_trials(2, 70, 2, 3, 0.5);
    ana_lag_options options = small_lag_options(4, 3);
    ana_lag_products *products = NULL;
    double large[12 * 12];
    double small[6 * 6];
    options.tail = ANA_LAG_ALIGNED;
    check_ok(ana_lag_products_new(&from.trials, &options, &products));
    check_ok(ana_lag_covariance(products, 1, 4, 2, &options, large));
    check_ok(ana_lag_covariance(products, 1, 2, 2, &options, small));
    for (size_t i = 0; i < 6; i++) {
        check_all_close(6, small + i * 6, large + i * 12, 1e-13, 1e-13);
    }
    ana_lag_products_free(products);
    free_lag_trials(&from);
}

/* The plain way. */

typedef struct plain {
    const lag_data *from;
    const ana_folds *folds;
    const ana_lag_options *options;
    size_t n_classes;
    size_t order;
    size_t lag;
    double scores[6][3]; /* settings x folds */
} plain;

static size_t class_of(const plain *way, size_t trial)
{
    return (way->from->classes[trial] - 7) / 3;
}

static double plain_auc(const plain *way, size_t n, const size_t *test, const double *decisions)
{
    double sum = 0.0;
    double pairs = 0.0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            if (class_of(way, test[i]) < class_of(way, test[j])) {
                sum += decisions[i] < decisions[j] ? 1.0 : decisions[i] == decisions[j] ? 0.5 : 0.0;
                pairs += 1.0;
            }
        }
    }
    return sum / pairs;
}

/* scikit-learn's gamma: 1 / (features x variance of all numbers). */
static double plain_gamma(size_t n, size_t d, const double *x)
{
    double mean = 0.0;
    double squares = 0.0;
    for (size_t e = 0; e < n * d; e++) {
        mean += x[e] / (double)(n * d);
    }
    for (size_t e = 0; e < n * d; e++) {
        squares += (x[e] - mean) * (x[e] - mean) / (double)(n * d);
    }
    return 1.0 / ((double)d * squares);
}

static double plain_kernel(bool radial, double gamma, size_t d, const double *a, const double *b)
{
    double product = 0.0;
    double apart = 0.0;
    for (size_t e = 0; e < d; e++) {
        product += a[e] * b[e];
        apart += (a[e] - b[e]) * (a[e] - b[e]);
    }
    return radial ? exp(-gamma * apart) : product;
}

/* Votes of one pair of classes; of two classes the decisions too. */
static void plain_pair(const plain *way, const double *train, const size_t *items, size_t n_items,
                       const double *test, size_t n_test, size_t first, size_t second, bool radial,
                       double gamma, double penalty, double *decisions, size_t *votes)
{
    const size_t n = way->order * LAG_CHANNELS;
    const size_t d = n * (n + 1) / 2;
    size_t chosen[MANY];
    bool flags[MANY];
    double weights[MANY];
    double kernel[MANY * MANY];
    double offset = 0.0;
    size_t m = 0;
    for (size_t i = 0; i < n_items; i++) {
        if (class_of(way, items[i]) == first || class_of(way, items[i]) == second) {
            flags[m] = class_of(way, items[i]) == second;
            chosen[m++] = i;
        }
    }
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < m; j++) {
            kernel[i * m + j] =
                plain_kernel(radial, gamma, d, train + chosen[i] * d, train + chosen[j] * d);
        }
    }
    check_ok(ana_svm_fit(m, kernel, flags, penalty, 1e-3, weights, &offset));
    for (size_t k = 0; k < n_test; k++) {
        decisions[k] = offset;
        for (size_t i = 0; i < m; i++) {
            decisions[k] +=
                weights[i] * plain_kernel(radial, gamma, d, train + chosen[i] * d, test + k * d);
        }
        votes[k * 3 + (decisions[k] > 0.0 ? second : first)]++;
    }
}

static double plain_score(const plain *way, const ana_fold *fold, const double *decisions,
                          const size_t *votes)
{
    double right = 0.0;
    if (way->n_classes == 2) {
        return plain_auc(way, fold->n_test, fold->test, decisions);
    }
    for (size_t k = 0; k < fold->n_test; k++) {
        size_t best = 0;
        for (size_t c = 1; c < 3; c++) {
            best = votes[k * 3 + c] > votes[k * 3 + best] ? c : best;
        }
        right += best == class_of(way, fold->test[k]) ? 1.0 : 0.0;
    }
    return right / (double)fold->n_test;
}

static void gather(const double *matrices, size_t size, size_t n, const size_t *which, double *out)
{
    for (size_t k = 0; k < n; k++) {
        memcpy(out + k * size, matrices + which[k] * size, size * sizeof *out);
    }
}

static void plain_svm_fold(plain *way, size_t f, const double *matrices)
{
    const ana_fold *fold = &way->folds->folds[f];
    const size_t n = way->order * LAG_CHANNELS;
    const size_t d = n * (n + 1) / 2;
    size_t items[MANY];
    size_t n_items = 0;
    double *x = calloc(MANY * n * n, sizeof *x);
    double *train = calloc(MANY * d, sizeof *train);
    double *test = calloc(MANY * d, sizeof *test);
    double *mean = calloc(n * n, sizeof *mean);
    const double penalties[] = {0.5, 1.0, 1.5};
    assert_true(x != NULL && train != NULL && test != NULL && mean != NULL);
    ana_folds_train(way->folds, f, items, &n_items);
    gather(matrices, n * n, n_items, items, x);
    const ana_spd_set of_train = {n, false, n_items, x};
    check_ok(ana_spd_mean(&of_train, NULL, NULL, NULL, mean));
    check_ok(ana_spd_to_vectors(&of_train, mean, NULL, train));
    gather(matrices, n * n, fold->n_test, fold->test, x);
    const ana_spd_set of_test = {n, false, fold->n_test, x};
    check_ok(ana_spd_to_vectors(&of_test, mean, NULL, test));
    const double gamma = plain_gamma(n_items, d, train);
    for (size_t s = 0; s < 6; s++) {
        double decisions[MANY];
        size_t votes[MANY * 3] = {0};
        for (size_t a = 0; a < way->n_classes; a++) {
            for (size_t b = a + 1; b < way->n_classes; b++) {
                plain_pair(way, train, items, n_items, test, fold->n_test, a, b, s % 2 == 1, gamma,
                           penalties[s / 2], decisions, votes);
            }
        }
        way->scores[s][f] = plain_score(way, fold, decisions, votes);
    }
    free(x);
    free(train);
    free(test);
    free(mean);
}

static void plain_mdm_fold(plain *way, size_t f, const double *matrices)
{
    const ana_fold *fold = &way->folds->folds[f];
    const size_t n = way->order * LAG_CHANNELS;
    size_t items[MANY];
    size_t n_items = 0;
    double *x = calloc(MANY * n * n, sizeof *x);
    double *means = calloc(3 * n * n, sizeof *means);
    double far[MANY * 3];
    double decisions[MANY];
    size_t votes[MANY * 3] = {0};
    assert_true(x != NULL && means != NULL);
    ana_folds_train(way->folds, f, items, &n_items);
    for (size_t c = 0; c < way->n_classes; c++) {
        size_t m = 0;
        for (size_t i = 0; i < n_items; i++) {
            if (class_of(way, items[i]) == c) {
                memcpy(x + m++ * n * n, matrices + items[i] * n * n, n * n * sizeof *x);
            }
        }
        const ana_spd_set of = {n, false, m, x};
        check_ok(ana_spd_mean(&of, NULL, NULL, NULL, means + c * n * n));
    }
    gather(matrices, n * n, fold->n_test, fold->test, x);
    const ana_spd_set of_test = {n, false, fold->n_test, x};
    const ana_spd_set of_means = {n, false, way->n_classes, means};
    check_ok(ana_spd_distances(&of_test, &of_means, NULL, far));
    for (size_t k = 0; k < fold->n_test; k++) {
        const double *row = far + k * way->n_classes;
        size_t best = 0;
        for (size_t c = 1; c < way->n_classes; c++) {
            best = row[c] < row[best] ? c : best;
        }
        votes[k * 3 + best] = 1;
        decisions[k] = row[0] * row[0] - row[1] * row[1];
    }
    way->scores[0][f] = plain_score(way, fold, decisions, votes);
    free(x);
    free(means);
}

/* Holds one pair of the selection against the plain way. */
static void check_pair(plain *way, const ana_lag_selection *selection, size_t p)
{
    const ana_lag_pair *pair = &selection->pairs[p];
    const bool is_svm = way->options->classifier == ANA_LAG_SVM;
    const size_t n_settings = is_svm ? 6 : 1;
    way->order = pair->order;
    way->lag = pair->lag;
    const size_t n = way->order * LAG_CHANNELS;
    double *matrices = calloc(MANY * n * n, sizeof *matrices);
    size_t best = 0;
    double means[6] = {0.0};
    assert_non_null(matrices);
    for (size_t k = 0; k < MANY; k++) {
        plain_covariance(way->from, k, way->order, way->lag, way->options, matrices + k * n * n);
    }
    for (size_t f = 0; f < 3; f++) {
        if (is_svm) {
            plain_svm_fold(way, f, matrices);
        } else {
            plain_mdm_fold(way, f, matrices);
        }
    }
    for (size_t s = 0; s < n_settings; s++) {
        means[s] = (way->scores[s][0] + way->scores[s][1] + way->scores[s][2]) / 3.0;
        best = means[s] > means[best] + 1e-12 ? s : best;
    }
    check_close(pair->mean, means[best], 1e-12, 0.0);
    check_all_close(3, selection->fold_scores + p * 3, way->scores[best], 1e-12, 0.0);
    if (is_svm) {
        check_close(pair->penalty, 0.5 + 0.5 * (double)(best / 2), 0.0, 0.0);
        assert_int_equal(pair->kernel, best % 2 == 1 ? ANA_LAG_RADIAL : ANA_LAG_LINEAR);
    }
    free(matrices);
}

static void check_against_plain_way(size_t n_classes, ana_lag_classifier classifier)
{
    lag_data from = draw_lag_trials(MANY, TIMES, n_classes, 2, 0.25);
    ana_lag_options options = small_lag_options(4, 3);
    ana_lag_products *products = NULL;
    ana_lag_selection *selection = NULL;
    ana_folds *folds = NULL;
    ana_folds_options by = ana_folds_options_default();
    by.n_folds = 3;
    by.run.seed = 5;
    options.classifier = classifier;
    check_ok(ana_folds_stratified(MANY, from.classes, &by, &folds));
    check_ok(ana_lag_products_new(&from.trials, &options, &products));
    check_ok(ana_lag_selection_fit(products, NULL, 0, folds, &options, &selection));
    plain way = {.from = &from, .folds = folds, .options = &options, .n_classes = n_classes};
    size_t best = 0;
    assert_int_equal(selection->n_pairs, 10);
    assert_int_equal(selection->is_auc, n_classes == 2);
    for (size_t p = 0; p < selection->n_pairs; p++) {
        assert_int_equal(selection->pairs[p].state, ANA_LAG_SCORED);
        check_pair(&way, selection, p);
        best = selection->pairs[p].mean > selection->pairs[best].mean + 1e-12 ? p : best;
    }
    assert_int_equal(selection->best, best);
    ana_lag_selection_free(selection);
    ana_lag_products_free(products);
    ana_folds_free(folds);
    free_lag_trials(&from);
}

static void svm_scores_of_two_classes_are_those_of_the_plain_way(void **state)
{
    (void)state;
    check_against_plain_way(2, ANA_LAG_SVM);
}

static void svm_scores_of_three_classes_are_those_of_the_plain_way(void **state)
{
    (void)state;
    check_against_plain_way(3, ANA_LAG_SVM);
}

static void mdm_scores_are_those_of_the_plain_way(void **state)
{
    (void)state;
    check_against_plain_way(2, ANA_LAG_MDM);
    check_against_plain_way(3, ANA_LAG_MDM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(assembled_covariances_are_those_of_the_embedding),
        cmocka_unit_test(assembled_covariances_are_those_of_a_single_pair),
        cmocka_unit_test(aligned_orders_are_leading_blocks),
        cmocka_unit_test(svm_scores_of_two_classes_are_those_of_the_plain_way),
        cmocka_unit_test(svm_scores_of_three_classes_are_those_of_the_plain_way),
        cmocka_unit_test(mdm_scores_are_those_of_the_plain_way),
    };
    return cmocka_run_group_tests_name("lag_plain", tests, NULL, NULL);
}
