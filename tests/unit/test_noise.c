#include "support/check.h"
#include "support/fail_nth.h"
#include "support/trials.h"

#include <analysis/models/noise.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Precision times covariance is the identity, whichever way the noise is kept. */
static void check_inverse(const ana_noise *noise)
{
    const size_t p = noise->n_channels;
    double *covariance = calloc(p * p, sizeof *covariance);
    double *precision = calloc(p * p, sizeof *precision);
    check_ok(ana_noise_covariance(noise, covariance));
    check_ok(ana_noise_precision(noise, precision));
    for (size_t i = 0; i < p; i++) {
        for (size_t j = 0; j < p; j++) {
            double sum = 0.0;
            for (size_t k = 0; k < p; k++) {
                sum += covariance[i * p + k] * precision[k * p + j];
            }
            check_close(sum, i == j ? 1.0 : 0.0, 1e-10, 0.0);
            assert_true(covariance[i * p + j] == covariance[j * p + i]);
            assert_true(precision[i * p + j] == precision[j * p + i]);
        }
    }
    free(covariance);
    free(precision);
}

/* x P y^T of whitened rows is that of the precision. */
static void check_whitening(const ana_noise *noise, const double *x)
{
    const size_t p = noise->n_channels;
    const size_t q = noise->n_negative;
    double *precision = calloc(p * p, sizeof *precision);
    double *positive = calloc(2 * p, sizeof *positive);
    double *negative = calloc(2 * q + 1, sizeof *negative);
    check_ok(ana_noise_precision(noise, precision));
    check_ok(ana_noise_whiten(noise, 2, x, positive, negative));
    for (size_t a = 0; a < 2; a++) {
        double wanted = 0.0;
        double sum = 0.0;
        for (size_t i = 0; i < p * p; i++) {
            wanted += x[i / p] * precision[i] * x[a * p + i % p];
        }
        for (size_t i = 0; i < p; i++) {
            sum += positive[i] * positive[a * p + i];
        }
        for (size_t i = 0; i < q; i++) {
            sum -= negative[i] * negative[a * q + i];
        }
        check_close(sum, wanted, 1e-9, 1e-10);
    }
    free(precision);
    free(positive);
    free(negative);
}

static void two_residuals_by_hand(void **state)
{
    (void)state;
    /* Channels (1, 3), (0, 2) about their means: -1, 1 and -1, 1; dof 1. */
    const double residuals[] = {1.0, 0.0, 3.0, 2.0};
    ana_noise_options options = ana_noise_options_default();
    ana_noise *noise = NULL;
    double covariance[4];
    options.estimator = ANA_NOISE_DIAGONAL;
    check_ok(ana_noise_of_residuals(2, 2, residuals, &options, &noise));
    check_ok(ana_noise_covariance(noise, covariance));
    check_all_close(4, covariance, ((double[]){2.0, 0.0, 0.0, 2.0}), 1e-15, 0.0);
    assert_true(noise->dof == 1.0 && noise->shrinkage == 1.0 && noise->n_negative == 0);
    ana_noise_free(noise);
    options.estimator = ANA_NOISE_FULL;
    check_fails(ana_noise_of_residuals(2, 2, residuals, &options, &noise), ANA_ERR_NUMERIC,
                "2 channels from 2 residuals has no inverse");
}

/* Shrinkage of the plain formulas over p x p matrices, which the library never forms when there are
 * more channels than residuals. */
static double plain_shrinkage(size_t n, size_t p, const double *x, bool to_identity)
{
    double *e = calloc(n * p, sizeof *e);
    double *s = calloc(p * p, sizeof *s);
    double *square = calloc(p * p, sizeof *square);
    double trace = 0.0;
    double above = 0.0;
    double below = 0.0;
    for (size_t j = 0; j < p; j++) {
        double mean = 0.0;
        for (size_t t = 0; t < n; t++) {
            mean += x[t * p + j] / (double)n;
        }
        for (size_t t = 0; t < n; t++) {
            e[t * p + j] = x[t * p + j] - mean;
        }
    }
    for (size_t i = 0; i < p * p; i++) {
        for (size_t t = 0; t < n; t++) {
            const double product = e[t * p + i / p] * e[t * p + i % p];
            s[i] += product;
            square[i] += product * product;
        }
        trace += i / p == i % p ? s[i] / (double)n : 0.0;
    }
    for (size_t i = 0; i < p * p; i++) {
        const double divisor = (double)n - 1.0;
        if (to_identity) {
            const double away = s[i] / (double)n - (i / p == i % p ? trace / (double)p : 0.0);
            above += (square[i] / (double)n - s[i] / (double)n * s[i] / (double)n) / (double)n;
            below += away * away;
        } else if (i / p != i % p) {
            const double scale = s[i / p * (p + 1)] * s[i % p * (p + 1)] / divisor / divisor;
            const double r = s[i] / divisor / sqrt(scale);
            above += (double)n / divisor / divisor * (square[i] / divisor / scale - r * r);
            below += r * r;
        }
    }
    free(e);
    free(s);
    free(square);
    return fmin(1.0, fmax(0.0, above / below));
}

static void both_routes_are_the_plain_formulas(void **state)
{
    (void)state;
    static const size_t sizes[][2] = {{40, 7}, {9, 25}, {12, 12}, {13, 12}};
    for (size_t k = 0; k < 4; k++) {
        const size_t n = sizes[k][0];
        const size_t p = sizes[k][1];
        ana_observations *rows = draw_trials(n, 1, 1, p, 0.0, 3 + k);
        ana_noise_options options = ana_noise_options_default();
        for (int e = ANA_NOISE_DIAGONAL; e <= ANA_NOISE_SHRINK_DIAGONAL; e++) {
            ana_noise *noise = NULL;
            options.estimator = (ana_noise_estimator)e;
            check_ok(ana_noise_of_residuals(n, p, rows->values, &options, &noise));
            assert_true((noise->cholesky == NULL) == (n <= p || e == ANA_NOISE_DIAGONAL));
            if (e != ANA_NOISE_DIAGONAL) {
                check_close(noise->shrinkage,
                            plain_shrinkage(n, p, rows->values, e == ANA_NOISE_SHRINK_IDENTITY),
                            1e-12, 0.0);
                assert_true(noise->shrinkage > 0.0 && noise->shrinkage < 1.0);
            }
            check_inverse(noise);
            check_whitening(noise, rows->values);
            ana_noise_free(noise);
        }
        ana_observations_free(rows);
    }
}

static void residuals_of_trials_are_about_their_condition(void **state)
{
    (void)state;
    ana_observations *rows = draw_trials(4, 2, 6, 5, 3.0, 11);
    const size_t n = rows->n_times;
    double *rest = calloc(n * 5, sizeof *rest);
    ana_noise_options options = ana_noise_options_default();
    ana_noise *of_trials = NULL;
    ana_noise *of_residuals = NULL;
    double a[25];
    double b[25];
    size_t kept = 0;
    rows->labels[7] = -1; /* belongs to none */
    for (size_t t = 0; t < n; t++) {
        for (size_t j = 0; j < 5 && rows->labels[t] >= 0; j++) {
            double sum = 0.0;
            double count = 0.0;
            for (size_t s = 0; s < n; s++) {
                sum += rows->labels[s] == rows->labels[t] ? rows->values[s * 5 + j] : 0.0;
                count += rows->labels[s] == rows->labels[t];
            }
            rest[kept * 5 + j] = rows->values[t * 5 + j] - sum / count;
        }
        kept += rows->labels[t] >= 0;
    }
    options.dof = (double)kept - 4.0;
    check_ok(ana_noise_of_residuals(kept, 5, rest, &options, &of_residuals));
    options.dof = 0.0;
    check_ok(ana_noise_of_observations(rows, &options, &of_trials));
    assert_true(of_trials->dof == (double)n - 5.0 && of_trials->n_residuals == kept);
    check_ok(ana_noise_covariance(of_trials, a));
    check_ok(ana_noise_covariance(of_residuals, b));
    check_all_close(25, a, b, 1e-12, 0.0);
    ana_noise_free(of_trials);
    ana_noise_free(of_residuals);
    free(rest);
    ana_observations_free(rows);
}

static void what_has_no_inverse_is_refused(void **state)
{
    (void)state;
    ana_observations *rows = draw_trials(3, 2, 2, 4, 1.0, 5);
    ana_noise_options options = ana_noise_options_default();
    ana_noise *noise = NULL;
    const double indefinite[] = {1.0, 2.0, 2.0, 1.0};
    check_fails(ana_noise_of_covariance(2, indefinite, &noise), ANA_ERR_NUMERIC,
                "positive definite");
    check_fails(ana_noise_of_residuals(1, 4, rows->values, NULL, &noise), ANA_ERR_VALUE,
                "at least two");
    options.dof = -1.0;
    check_fails(ana_noise_of_residuals(5, 4, rows->values, &options, &noise), ANA_ERR_VALUE,
                "noise-dof");
    for (size_t t = 0; t < rows->n_times; t++) {
        rows->values[t * 4 + 2] = 7.0;
    }
    check_fails(ana_noise_of_observations(rows, NULL, &noise), ANA_ERR_VALUE,
                "channel 2 never varies");
    rows->values[4 * 4 + 2] = NAN;
    check_fails(ana_noise_of_observations(rows, NULL, &noise), ANA_ERR_VALUE, "channel 2");
    rows->n_times = 4;
    check_fails(ana_noise_of_observations(rows, NULL, &noise), ANA_ERR_VALUE, "repeat");
    rows->n_times = 12;
    free(rows->labels);
    rows->labels = NULL;
    check_fails(ana_noise_of_observations(rows, NULL, &noise), ANA_ERR_VALUE, "no labels");
    ana_observations_free(rows);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    ana_observations *rows = draw_trials(3, 2, 3, 30, 1.0, 5);
    ana_noise *noise = NULL;
    double out[900];
    ALLOCATION_TEST(ana_noise_of_residuals, (18, 30, rows->values, NULL, &noise),
                    ana_noise_free(noise));
    ALLOCATION_TEST(ana_noise_of_residuals, (18, 6, rows->values, NULL, &noise),
                    ana_noise_free(noise));
    ALLOCATION_TEST(ana_noise_of_observations, (rows, NULL, &noise), ana_noise_free(noise));
    check_ok(ana_noise_of_residuals(18, 6, rows->values, NULL, &noise));
    check_ok(ana_noise_covariance(noise, out));
    ALLOCATION_TEST(ana_noise_whiten, (noise, 3, rows->values, out + 36, NULL), (void)0);
    ana_noise_free(noise);
    ALLOCATION_TEST(ana_noise_of_covariance, (6, out, &noise), ana_noise_free(noise));
    ana_observations_free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_residuals_by_hand),
        cmocka_unit_test(both_routes_are_the_plain_formulas),
        cmocka_unit_test(residuals_of_trials_are_about_their_condition),
        cmocka_unit_test(what_has_no_inverse_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
