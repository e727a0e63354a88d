#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/linalg.h>
#include <analysis/models/ridge.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 14,
    Q = 3,
    WIDE = 23,
    NARROW = 6
};

static const double penalties[] = {0.03, 1.0, 40.0, 2000.0};

/* x (n x p) about a mean that is not 0, and targets of its first features in noise. */
static void draw(size_t p, double *x, double *y)
{
    ana_random random = ana_random_stream(1, "ridge", p);
    for (size_t k = 0; k < (size_t)N * p; k++) {
        x[k] = 2.0 + ana_random_normal(&random);
    }
    for (size_t k = 0; k < (size_t)N * Q; k++) {
        y[k] = 5.0 + x[k / Q * p + k % Q] - 0.5 * x[k / Q * p + 1] +
               (0.2 + (double)(k % Q)) * ana_random_normal(&random);
    }
}

static ana_ridge_options with(size_t n_penalties)
{
    ana_ridge_options options = ana_ridge_options_default();
    options.n_penalties = n_penalties;
    options.penalties = penalties;
    return options;
}

/* Weights of target j by the normal equations of the rows that are kept, each feature with its own
 * penalty; predicts row `out`. */
static double plain_prediction(size_t p, const double *x, const double *y, const bool *kept,
                               const double *penalty, size_t j, size_t out)
{
    double *gram = calloc(p * p, sizeof *gram);
    double *products = calloc(p, sizeof *products);
    double *mean = calloc(p, sizeof *mean);
    double mean_y = 0.0;
    double count = 0.0;
    for (size_t i = 0; i < N; i++) {
        count += kept[i] ? 1.0 : 0.0;
        mean_y += kept[i] ? y[i * Q + j] : 0.0;
        for (size_t a = 0; a < p; a++) {
            mean[a] += kept[i] ? x[i * p + a] : 0.0;
        }
    }
    mean_y /= count;
    for (size_t a = 0; a < p; a++) {
        mean[a] /= count;
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t a = 0; a < p && kept[i]; a++) {
            products[a] += (x[i * p + a] - mean[a]) * (y[i * Q + j] - mean_y);
            for (size_t b = 0; b < p; b++) {
                gram[a * p + b] += (x[i * p + a] - mean[a]) * (x[i * p + b] - mean[b]);
            }
        }
    }
    for (size_t a = 0; a < p; a++) {
        gram[a * p + a] += penalty[a];
    }
    check_ok(ana_linalg_solve(p, gram, 1, products, products, NULL));
    double predicted = mean_y;
    for (size_t a = 0; a < p; a++) {
        predicted += (x[out * p + a] - mean[a]) * products[a];
    }
    free(gram);
    free(products);
    free(mean);
    return predicted;
}

/* Mean squared error of target j when the rows of each fold are predicted by the others; without
 * folds each row is one. */
static double plain_loss(size_t p, const double *x, const double *y, const ana_folds *folds,
                         const double *penalty, size_t j)
{
    double sum = 0.0;
    const size_t n_folds = folds != NULL ? folds->n_folds : N;
    for (size_t f = 0; f < n_folds; f++) {
        bool kept[N];
        for (size_t i = 0; i < N; i++) {
            kept[i] = i != f || folds != NULL;
        }
        for (size_t i = 0; folds != NULL && i < folds->folds[f].n_test; i++) {
            kept[folds->folds[f].test[i]] = false;
        }
        for (size_t i = 0; i < N; i++) {
            if (!kept[i]) {
                const double e = y[i * Q + j] - plain_prediction(p, x, y, kept, penalty, j, i);
                sum += e * e / N;
            }
        }
    }
    return sum;
}

static void losses_are_those_of_fitting_anew(void **state)
{
    (void)state;
    static const size_t widths[] = {NARROW, WIDE};
    double x[N * WIDE];
    double y[N * Q];
    ana_folds_options dealt = ana_folds_options_default();
    dealt.n_folds = 4;
    for (size_t k = 0; k < 4; k++) {
        const size_t p = widths[k % 2];
        ana_ridge_options options = with(4);
        ana_folds *folds = NULL;
        ana_ridge *ridge = NULL;
        draw(p, x, y);
        check_ok(ana_folds_plain(N, &dealt, &folds));
        options.folds = k < 2 ? NULL : folds;
        check_ok(ana_ridge_fit(N, p, x, Q, y, &options, &ridge));
        for (size_t a = 0; a < 4; a++) {
            double penalty[WIDE];
            for (size_t i = 0; i < p; i++) {
                penalty[i] = penalties[a];
            }
            for (size_t j = 0; j < Q; j++) {
                check_close(ridge->losses[a * Q + j],
                            plain_loss(p, x, y, options.folds, penalty, j), 0.0, 1e-9);
            }
        }
        ana_ridge_free(ridge);
        ana_folds_free(folds);
    }
}

static void the_least_loss_is_chosen_for_each_target_or_for_all(void **state)
{
    (void)state;
    double x[N * WIDE];
    double y[N * Q];
    draw(WIDE, x, y);
    for (size_t k = 0; k < 2; k++) {
        ana_ridge_options options = with(4);
        ana_ridge *ridge = NULL;
        double sums[4] = {0.0};
        options.per_target = k == 0;
        check_ok(ana_ridge_fit(N, WIDE, x, Q, y, &options, &ridge));
        for (size_t j = 0; j < Q; j++) {
            size_t best = 0;
            for (size_t a = 0; a < 4; a++) {
                sums[a] += ridge->losses[a * Q + j];
                best = ridge->losses[a * Q + j] < ridge->losses[best * Q + j] ? a : best;
            }
            assert_true(k == 1 || ridge->penalty[j] == penalties[best]);
        }
        size_t best = 0;
        for (size_t a = 0; a < 4; a++) {
            best = sums[a] < sums[best] ? a : best;
        }
        for (size_t j = 0; j < Q && k == 1; j++) {
            assert_true(ridge->penalty[j] == penalties[best]);
        }
        ana_ridge_free(ridge);
    }
}

/* In both forms: fewer features than samples, and more. */
static void predictions_are_those_of_the_normal_equations(void **state)
{
    (void)state;
    static const size_t widths[] = {NARROW, WIDE};
    double x[N * WIDE];
    double y[N * Q];
    double predicted[N * Q];
    for (size_t k = 0; k < 2; k++) {
        const size_t p = widths[k];
        const ana_ridge_options options = with(2);
        ana_ridge *ridge = NULL;
        draw(p, x, y);
        check_ok(ana_ridge_fit(N, p, x, Q, y, &options, &ridge));
        check_ok(ana_ridge_predict(ridge, N, x, predicted));
        for (size_t i = 0; i < N * Q; i++) {
            double penalty[WIDE];
            bool kept[N];
            for (size_t a = 0; a < WIDE; a++) {
                penalty[a] = ridge->penalty[i % Q];
            }
            for (size_t a = 0; a < N; a++) {
                kept[a] = true;
            }
            check_close(predicted[i], plain_prediction(p, x, y, kept, penalty, i % Q, i / Q), 1e-9,
                        1e-9);
        }
        ana_ridge_free(ridge);
    }
}

/* Spaces of gamma g have the penalty penalty / g: the losses are those of fitting so anew. */
static void bands_are_penalties_of_their_own(void **state)
{
    (void)state;
    static const size_t widths[] = {NARROW, WIDE};
    static const double gammas[] = {0.5, 0.5, 0.9, 0.1, 0.2, 0.8};
    double x[N * WIDE];
    double y[N * Q];
    for (size_t k = 0; k < 2; k++) {
        const size_t p = widths[k];
        const size_t space_start[] = {0, 4, p};
        const ana_bands bands = {2, space_start, 3, gammas};
        ana_ridge_options options = with(4);
        ana_ridge *ridge = NULL;
        options.bands = &bands;
        draw(p, x, y);
        check_ok(ana_ridge_fit(N, p, x, Q, y, &options, &ridge));
        for (size_t j = 0; j < Q; j++) {
            size_t best = 0;
            for (size_t d = 0; d < 3; d++) {
                double least = INFINITY;
                for (size_t a = 0; a < 4; a++) {
                    double penalty[WIDE];
                    for (size_t i = 0; i < p; i++) {
                        penalty[i] = penalties[a] / gammas[d * 2 + (i < 4 ? 0 : 1)];
                    }
                    least = fmin(least, plain_loss(p, x, y, NULL, penalty, j));
                }
                check_close(ridge->draw_losses[d * Q + j], least, 0.0, 1e-9);
                best = ridge->draw_losses[d * Q + j] < ridge->draw_losses[best * Q + j] ? d : best;
            }
            assert_true(ridge->gamma[j] == gammas[best * 2]);
            assert_true(ridge->gamma[Q + j] == gammas[best * 2 + 1]);
        }
        double predicted[N * Q];
        check_ok(ana_ridge_predict(ridge, N, x, predicted));
        for (size_t i = 0; i < N * Q; i++) {
            double penalty[WIDE];
            bool kept[N];
            for (size_t a = 0; a < p; a++) {
                penalty[a] = ridge->penalty[i % Q] / ridge->gamma[(a < 4 ? 0 : Q) + i % Q];
            }
            for (size_t a = 0; a < N; a++) {
                kept[a] = true;
            }
            check_close(predicted[i], plain_prediction(p, x, y, kept, penalty, i % Q, i / Q), 1e-9,
                        1e-9);
        }
        ana_ridge_free(ridge);
    }
}

static void one_gamma_for_all_targets_is_the_best_in_sum(void **state)
{
    (void)state;
    static const size_t space_start[] = {0, 4, NARROW};
    double x[N * NARROW];
    double y[N * Q];
    const ana_bands bands = {2, space_start, 12, NULL};
    ana_ridge_options options = with(4);
    ana_ridge *ridge = NULL;
    size_t best = 0;
    double least = INFINITY;
    options.per_target = false;
    options.bands = &bands;
    draw(NARROW, x, y);
    for (size_t i = 0; i < N; i++) { /* by itself this target would take another mixture */
        y[i * Q + 2] = 3.0 * x[i * NARROW + 5];
    }
    check_ok(ana_ridge_fit(N, NARROW, x, Q, y, &options, &ridge));
    check_close(ridge->gammas[0], 0.5, 0.0, 0.0);
    for (size_t d = 0; d < 12; d++) {
        const double sum = ridge->draw_losses[d * Q] + ridge->draw_losses[d * Q + 1] +
                           ridge->draw_losses[d * Q + 2];
        check_close(ridge->gammas[2 * d] + ridge->gammas[2 * d + 1], 1.0, 1e-14, 0.0);
        best = sum < least ? d : best;
        least = fmin(sum, least);
    }
    for (size_t j = 0; j < Q; j++) {
        assert_true(ridge->gamma[j] == ridge->gammas[2 * best]);
        assert_true(ridge->penalty[j] == ridge->penalty[0]);
    }
    ana_ridge_free(ridge);
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    static const size_t space_start[] = {0, 4, WIDE};
    double x[N * WIDE];
    double y[N * Q];
    const ana_bands bands = {2, space_start, 7, NULL};
    ana_ridge_options options = with(4);
    ana_ridge *one = NULL;
    ana_ridge *three = NULL;
    options.bands = &bands;
    draw(WIDE, x, y);
    options.run = run_of(1, 0);
    check_ok(ana_ridge_fit(N, WIDE, x, Q, y, &options, &one));
    options.run = run_of(3, 0);
    check_ok(ana_ridge_fit(N, WIDE, x, Q, y, &options, &three));
    check_same_bits(WIDE * Q, three->weights, one->weights);
    check_same_bits(7 * Q, three->draw_losses, one->draw_losses);
    ana_ridge_free(one);
    ana_ridge_free(three);
}

/* Rows that stand twice make the kernel singular; its residuals stay exact. */
static void repeated_rows_lose_no_digits(void **state)
{
    (void)state;
    double x[N * WIDE];
    double y[N * Q];
    const double small = 1e-6;
    ana_ridge_options options = ana_ridge_options_default();
    ana_ridge *ridge = NULL;
    double penalty[WIDE];
    draw(WIDE, x, y);
    memcpy(x + (size_t)3 * WIDE, x + (size_t)8 * WIDE, WIDE * sizeof(double));
    options.n_penalties = 1;
    options.penalties = &small;
    check_ok(ana_ridge_fit(N, WIDE, x, Q, y, &options, &ridge));
    for (size_t i = 0; i < WIDE; i++) {
        penalty[i] = small;
    }
    for (size_t j = 0; j < Q; j++) { /* the plain equations lose six digits more */
        check_close(ridge->losses[j], plain_loss(WIDE, x, y, NULL, penalty, j), 0.0, 1e-5);
    }
    ana_ridge_free(ridge);
}

static void default_penalties_span_the_data(void **state)
{
    (void)state;
    double x[N * WIDE];
    double y[N * Q];
    ana_ridge *ridge = NULL;
    ana_ridge *scaled = NULL;
    draw(WIDE, x, y);
    check_ok(ana_ridge_fit(N, WIDE, x, Q, y, NULL, &ridge));
    assert_int_equal(ridge->n_penalties, 20);
    check_close(ridge->penalties[19] / ridge->penalties[0], 1e8, 0.0, 1e-12);
    for (size_t k = 0; k < (size_t)N * WIDE; k++) {
        x[k] *= 100.0;
    }
    check_ok(ana_ridge_fit(N, WIDE, x, Q, y, NULL, &scaled));
    check_close(scaled->penalties[0] / ridge->penalties[0], 1e4, 0.0, 1e-10);
    check_all_close(Q, scaled->intercept, ridge->intercept, 1e-8, 1e-8);
    ana_ridge_free(ridge);
    ana_ridge_free(scaled);
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    static const size_t backwards[] = {0, 5, 4};
    static const double negative[] = {1.5, -0.5};
    double x[N * NARROW];
    double y[N * Q];
    ana_ridge_options options = with(4);
    ana_ridge *ridge = NULL;
    ana_folds *folds = NULL;
    draw(NARROW, x, y);
    check_fails(ana_ridge_fit(2, NARROW, x, Q, y, &options, &ridge), ANA_ERR_VALUE, "2 samples");
    check_fails(ana_ridge_fit(N, 0, x, Q, y, &options, &ridge), ANA_ERR_VALUE, "0 features");
    check_fails(ana_ridge_fit(N, NARROW, x, 0, y, &options, &ridge), ANA_ERR_VALUE, "0 targets");
    const double zero = 0.0;
    options.n_penalties = 1;
    options.penalties = &zero;
    check_fails(ana_ridge_fit(N, NARROW, x, Q, y, &options, &ridge), ANA_ERR_VALUE, "penalty 0");
    options = with(4);
    check_ok(ana_folds_plain(N + 1, NULL, &folds));
    options.folds = folds;
    check_fails(ana_ridge_fit(N, NARROW, x, Q, y, &options, &ridge), ANA_ERR_SHAPE, "15 items");
    ana_folds_free(folds);
    options.folds = NULL;
    ana_bands bands = {2, backwards, 1, NULL};
    options.bands = &bands;
    check_fails(ana_ridge_fit(N, NARROW, x, Q, y, &options, &ridge), ANA_ERR_VALUE, "bands");
    const size_t space_start[] = {0, 3, NARROW};
    bands = (ana_bands){2, space_start, 1, negative};
    check_fails(ana_ridge_fit(N, NARROW, x, Q, y, &options, &ridge), ANA_ERR_VALUE, "gamma 0");
    options.bands = NULL;
    y[Q * 3 + 1] = (double)NAN;
    check_fails(ana_ridge_fit(N, NARROW, x, Q, y, &options, &ridge), ANA_ERR_VALUE,
                "row 3, target 1: nan");
    y[Q * 3 + 1] = 0.0;
    x[NARROW * 2] = INFINITY;
    check_fails(ana_ridge_fit(N, NARROW, x, Q, y, &options, &ridge), ANA_ERR_VALUE,
                "row 2, feature 0: inf");
    for (size_t k = 0; k < (size_t)N * NARROW; k++) {
        x[k] = 3.25;
    }
    check_fails(ana_ridge_fit(N, NARROW, x, Q, y, &options, &ridge), ANA_ERR_VALUE,
                "the same value in all rows");
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    static const size_t space_start[] = {0, 4, WIDE};
    double x[N * WIDE];
    double y[N * Q];
    double predicted[N * Q];
    const ana_bands bands = {2, space_start, 2, NULL};
    ana_ridge_options options = with(4);
    ana_folds *folds = NULL;
    ana_ridge *ridge = NULL;
    draw(WIDE, x, y);
    check_ok(ana_folds_plain(N, NULL, &folds));
    options.run = run_of(1, 0);
    ALLOCATION_TEST(ana_ridge_fit, (N, NARROW, x, Q, y, &options, &ridge), ana_ridge_free(ridge));
    options.folds = folds;
    options.bands = &bands;
    ALLOCATION_TEST(ana_ridge_fit, (N, WIDE, x, Q, y, &options, &ridge), ana_ridge_free(ridge));
    check_ok(ana_ridge_fit(N, WIDE, x, Q, y, &options, &ridge));
    NO_ALLOCATION_TEST(ana_ridge_predict, (ridge, N, x, predicted));
    ana_ridge_free(ridge);
    ana_folds_free(folds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_those_of_fitting_anew),
        cmocka_unit_test(the_least_loss_is_chosen_for_each_target_or_for_all),
        cmocka_unit_test(predictions_are_those_of_the_normal_equations),
        cmocka_unit_test(bands_are_penalties_of_their_own),
        cmocka_unit_test(one_gamma_for_all_targets_is_the_best_in_sum),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(repeated_rows_lose_no_digits),
        cmocka_unit_test(default_penalties_span_the_data),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
