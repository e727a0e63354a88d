#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/linalg.h>
#include <analysis/models/rdm_compare.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Squared distances of random points, so that inner products are positive; ties by rounding. */
static ana_rdms *draw(size_t n_rdms, size_t n, double step, uint64_t seed)
{
    ana_random random = ana_random_stream(seed, "rdms", 0);
    ana_rdms *rdms = NULL;
    const size_t p = n + 2;
    double *x = calloc(n * p, sizeof *x);
    check_ok(ana_rdms_new(n_rdms, n, &rdms));
    for (size_t r = 0; r < n_rdms; r++) {
        for (size_t i = 0; i < n * p; i++) {
            x[i] = ana_random_normal(&random);
        }
        for (size_t i = 0; i < n; i++) {
            for (size_t j = i + 1; j < n; j++) {
                double sum = 0.0;
                for (size_t k = 0; k < p; k++) {
                    sum += (x[i * p + k] - x[j * p + k]) * (x[i * p + k] - x[j * p + k]);
                }
                rdms->values[r * ana_rdm_n_pairs(n) + ana_rdm_pair(n, i, j)] =
                    step > 0.0 ? step * round(sum / step) : sum;
            }
        }
    }
    free(x);
    return rdms;
}

static double compare_one(const ana_rdms *a, const ana_rdms *b, const double *noise,
                          ana_rdm_similarity similarity)
{
    double *out = calloc(a->n_rdms * b->n_rdms, sizeof *out);
    ana_rdm_compare_options options = ana_rdm_compare_options_default();
    options.similarity = similarity;
    options.leave_out_missing = true;
    check_ok(ana_rdm_compare(a, b, noise, &options, out));
    const double first = out[0];
    free(out);
    return first;
}

static void three_conditions_by_hand(void **state)
{
    (void)state;
    ana_rdms *a = NULL;
    ana_rdms *b = NULL;
    check_ok(ana_rdms_new(1, 3, &a));
    check_ok(ana_rdms_new(1, 3, &b));
    memcpy(a->values, ((double[]){1.0, 2.0, 2.0}), 3 * sizeof(double));
    memcpy(b->values, ((double[]){1.0, 3.0, 2.0}), 3 * sizeof(double));
    check_close(compare_one(a, b, NULL, ANA_RDM_SIM_COSINE), 11.0 / sqrt(9.0 * 14.0), 1e-15, 0.0);
    check_close(compare_one(a, b, NULL, ANA_RDM_SIM_PEARSON), 1.0 / sqrt(2.0 / 3.0 * 2.0), 1e-15,
                0.0);
    /* Ranks 1, 2.5, 2.5 and 1, 3, 2: products of deviations 1 + 0.5 + 0 = 1.5. */
    check_close(compare_one(a, b, NULL, ANA_RDM_SIM_SPEARMAN), 1.5 / sqrt(1.5 * 2.0), 1e-15, 0.0);
    check_close(compare_one(a, b, NULL, ANA_RDM_SIM_RHO_A), 12.0 / 24.0 * 1.5, 1e-15, 0.0);
    /* Two concordant pairs of entries, one tied in a. */
    check_close(compare_one(a, b, NULL, ANA_RDM_SIM_TAU_A), 2.0 / 3.0, 1e-15, 0.0);
    check_close(compare_one(a, b, NULL, ANA_RDM_SIM_TAU_B), 2.0 / sqrt(6.0), 1e-15, 0.0);
    ana_rdms_free(a);
    ana_rdms_free(b);
}

/* a^T V^-1 b over the pairs both have, V = (C S C^T) squared element by element, by its inverse. */
static double plain_whitened(size_t n, const double *a, const double *b, const double *noise,
                             bool centred)
{
    size_t m = 0;
    size_t first[128];
    size_t second[128];
    double *v = calloc(128 * 128, sizeof *v);
    double x[128];
    double y[128];
    double mean[2] = {0.0, 0.0};
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            const size_t k = ana_rdm_pair(n, i, j);
            if (!isnan(a[k] + b[k])) {
                first[m] = i;
                second[m] = j;
                x[m] = a[k];
                y[m] = b[k];
                mean[0] += a[k];
                mean[1] += b[k];
                m++;
            }
        }
    }
    for (size_t k = 0; k < m && centred; k++) {
        x[k] -= mean[0] / (double)m;
        y[k] -= mean[1] / (double)m;
    }
    for (size_t k = 0; k < m * m; k++) {
        double sum = 0.0;
        for (size_t s = 0; s < 4; s++) {
            const size_t i = s / 2 == 0 ? first[k / m] : second[k / m];
            const size_t j = s % 2 == 0 ? first[k % m] : second[k % m];
            const double covariance = noise != NULL ? noise[i * n + j] : (i == j ? 1.0 : 0.0);
            sum += (s == 0 || s == 3 ? 1.0 : -1.0) * covariance;
        }
        v[k] = sum * sum;
    }
    check_ok(ana_linalg_inverse_spd(m, v, v));
    double sums[3] = {0.0, 0.0, 0.0};
    for (size_t k = 0; k < m * m; k++) {
        sums[0] += x[k / m] * v[k] * y[k % m];
        sums[1] += x[k / m] * v[k] * x[k % m];
        sums[2] += y[k / m] * v[k] * y[k % m];
    }
    free(v);
    return sums[0] / sqrt(sums[1] * sums[2]);
}

static void whitening_is_the_inverse_covariance(void **state)
{
    (void)state;
    enum {
        N = 9
    };
    ana_rdms *a = draw(1, N, 0.0, 1);
    ana_rdms *b = draw(1, N, 0.0, 2);
    ana_rdms *from = draw(1, N, 0.0, 3);
    double noise[N * N];
    ana_rdms_square(from, 0, noise);
    for (size_t i = 0; i < N * N; i++) { /* positive definite, unequal variances */
        noise[i] = i / N == i % N ? 2.0 + 0.3 * (double)(i % N) : exp(-0.2 * noise[i]);
    }
    for (int missing = 0; missing < 2; missing++) {
        for (int centred = 0; centred < 2; centred++) {
            const ana_rdm_similarity similarity =
                centred ? ANA_RDM_SIM_WHITENED_CORRELATION : ANA_RDM_SIM_WHITENED_COSINE;
            check_close(compare_one(a, b, NULL, similarity),
                        plain_whitened(N, a->values, b->values, NULL, centred), 1e-13, 0.0);
            if (!missing) {
                check_close(compare_one(a, b, noise, similarity),
                            plain_whitened(N, a->values, b->values, noise, centred), 1e-12, 0.0);
            }
        }
        a->values[4] = (double)NAN;
        b->values[4] = (double)NAN;
        b->values[20] = (double)NAN;
    }
    ana_rdms_free(a);
    ana_rdms_free(b);
    ana_rdms_free(from);
}

static void ranks_and_exchanges_are_their_definitions(void **state)
{
    (void)state;
    enum {
        N = 10,
        N_PAIRS = N * (N - 1) / 2
    };
    ana_rdms *a = draw(3, N, 4.0, 4); /* many ties */
    ana_rdms *b = draw(2, N, 0.0, 5);
    double out[6];
    ana_rdm_compare_options options = ana_rdm_compare_options_default();
    options.similarity = ANA_RDM_SIM_TAU_A;
    check_ok(ana_rdm_compare(a, b, NULL, &options, out));
    for (size_t r = 0; r < 6; r++) {
        const double *x = a->values + r / 2 * N_PAIRS;
        const double *y = b->values + r % 2 * N_PAIRS;
        double score = 0.0;
        for (size_t k = 0; k < N_PAIRS; k++) {
            for (size_t l = k + 1; l < N_PAIRS; l++) {
                const double sign = (x[k] - x[l]) * (y[k] - y[l]);
                score += (double)((sign > 0.0) - (sign < 0.0));
            }
        }
        check_close(out[r], score / (0.5 * N_PAIRS * (N_PAIRS - 1)), 1e-14, 0.0);
    }
    options.similarity = ANA_RDM_SIM_SPEARMAN;
    check_ok(ana_rdm_compare(a, b, NULL, &options, out));
    for (size_t r = 0; r < 6; r++) {
        double wanted = 0.0;
        check_ok(ana_stats_spearman(N_PAIRS, a->values + r / 2 * N_PAIRS,
                                    b->values + r % 2 * N_PAIRS, &wanted));
        check_close(out[r], wanted, 1e-13, 0.0);
    }
    ana_rdms_free(a);
    ana_rdms_free(b);
}

/* Spearman expected over random breaking of ties: here 2,000 breakings, whose mean is within four
 * of its standard errors. */
static void rho_a_is_spearman_with_ties_broken_at_random(void **state)
{
    (void)state;
    enum {
        N = 6,
        N_PAIRS = N * (N - 1) / 2,
        N_DRAWS = 2000
    };
    ana_random random = ana_random_stream(6, "ties", 0);
    ana_rdms *a = draw(1, N, 8.0, 6);
    ana_rdms *b = draw(1, N, 0.0, 7);
    double mean = 0.0;
    double square = 0.0;
    for (size_t draws = 0; draws < N_DRAWS; draws++) {
        double x[N_PAIRS];
        double rho = 0.0;
        for (size_t k = 0; k < N_PAIRS; k++) {
            x[k] = a->values[k] + 1e-3 * ana_random_uniform(&random);
        }
        check_ok(ana_stats_spearman(N_PAIRS, x, b->values, &rho));
        mean += rho / N_DRAWS;
        square += rho * rho / N_DRAWS;
    }
    const double error = sqrt((square - mean * mean) / N_DRAWS);
    assert_true(error > 0.0);
    check_close(compare_one(a, b, NULL, ANA_RDM_SIM_RHO_A), mean, 4.0 * error, 0.0);
    ana_rdms_free(a);
    ana_rdms_free(b);
}

static void every_similarity_is_best_with_itself_and_needs_no_order(void **state)
{
    (void)state;
    enum {
        N = 8
    };
    ana_rdms *a = draw(1, N, 0.0, 8);
    ana_rdms *b = draw(1, N, 0.0, 9);
    ana_rdms *turned[2] = {draw(1, N, 0.0, 8), draw(1, N, 0.0, 9)};
    for (size_t i = 0; i < N; i++) {
        for (size_t j = i + 1; j < N; j++) { /* conditions backwards */
            const size_t to = ana_rdm_pair(N, N - 1 - j, N - 1 - i);
            turned[0]->values[to] = a->values[ana_rdm_pair(N, i, j)];
            turned[1]->values[to] = b->values[ana_rdm_pair(N, i, j)];
        }
    }
    for (int s = ANA_RDM_SIM_COSINE; s <= ANA_RDM_SIM_RIEMANNIAN; s++) {
        const ana_rdm_similarity similarity = (ana_rdm_similarity)s;
        const bool distance = s >= ANA_RDM_SIM_BURES_DISTANCE;
        const double same = compare_one(a, a, NULL, similarity);
        const double other = compare_one(a, b, NULL, similarity);
        check_close(same, distance ? 0.0 : 1.0, distance ? 1e-5 : 1e-12, 0.0);
        assert_true(s == ANA_RDM_SIM_BURES_DISTANCE ? other > 0.1 : other < same - 0.01);
        check_close(compare_one(turned[0], turned[1], NULL, similarity), other,
                    s == ANA_RDM_SIM_RIEMANNIAN ? 1e-6 : 1e-11, 0.0);
        if (s != ANA_RDM_SIM_RIEMANNIAN) {
            check_close(compare_one(b, a, NULL, similarity), other, 1e-11, 0.0);
        }
    }
    for (size_t k = 0; k < 2; k++) {
        ana_rdms_free(turned[k]);
    }
    ana_rdms_free(a);
    ana_rdms_free(b);
}

/* More rows of 800 conditions than are copied at a time: as one row with one. */
static void many_large_matrices_are_compared_in_parts(void **state)
{
    (void)state;
    enum {
        N_LARGE = 800,
        N_A = 10,
        N_B = 11
    };
    ana_random random = ana_random_stream(4, "large", 0);
    ana_rdms *a = NULL;
    ana_rdms *b = NULL;
    const size_t n_pairs = ana_rdm_n_pairs(N_LARGE);
    double out[N_A * N_B];
    check_ok(ana_rdms_new(N_A, N_LARGE, &a));
    check_ok(ana_rdms_new(N_B, N_LARGE, &b));
    for (size_t k = 0; k < N_B * n_pairs; k++) {
        b->values[k] = 1.0 + ana_random_uniform(&random);
    }
    for (size_t k = 0; k < N_A * n_pairs; k++) {
        a->values[k] = b->values[k] + (double)(k % 7);
    }
    for (size_t k = 0; k < 2; k++) {
        ana_rdm_compare_options options = ana_rdm_compare_options_default();
        options.similarity = k == 0 ? ANA_RDM_SIM_PEARSON : ANA_RDM_SIM_WHITENED_COSINE;
        check_ok(ana_rdm_compare(a, b, NULL, &options, out));
        for (size_t i = 0; i < N_A; i += 9) {
            for (size_t j = 1; j < N_B; j += 9) {
                ana_rdms of_a = *a; /* one row, borrowed */
                ana_rdms of_b = *b;
                of_a.n_rdms = 1;
                of_b.n_rdms = 1;
                of_a.values += i * n_pairs;
                of_b.values += j * n_pairs;
                check_close(out[i * N_B + j], compare_one(&of_a, &of_b, NULL, options.similarity),
                            1e-12, 0.0);
            }
        }
    }
    ana_rdms_free(a);
    ana_rdms_free(b);
}

static void what_does_not_vary_has_no_correlation(void **state)
{
    (void)state;
    ana_rdms *a = draw(1, 5, 0.0, 8);
    ana_rdms *flat = draw(1, 5, 0.0, 8);
    for (size_t k = 0; k < 10; k++) {
        flat->values[k] = 0.1;
    }
    assert_true(isnan(compare_one(a, flat, NULL, ANA_RDM_SIM_PEARSON)));
    assert_true(isnan(compare_one(a, flat, NULL, ANA_RDM_SIM_SPEARMAN)));
    assert_true(isnan(compare_one(a, flat, NULL, ANA_RDM_SIM_TAU_B)));
    assert_true(isnan(compare_one(a, flat, NULL, ANA_RDM_SIM_WHITENED_CORRELATION)));
    check_close(compare_one(a, flat, NULL, ANA_RDM_SIM_TAU_A), 0.0, 0.0, 0.0);
    check_close(compare_one(a, flat, NULL, ANA_RDM_SIM_RHO_A), 0.0, 1e-15, 0.0);
    assert_true(isfinite(compare_one(a, flat, NULL, ANA_RDM_SIM_COSINE)));
    ana_rdms_free(a);
    ana_rdms_free(flat);
}

static void models_share_what_they_explain(void **state)
{
    (void)state;
    ana_rdms *models = draw(2, 8, 0.0, 10);
    ana_rdms *data = draw(1, 8, 0.0, 11);
    ana_rdms *one = draw(1, 8, 0.0, 10); /* the first model alone */
    double weights[2];
    double unique[2];
    double partial[2];
    ana_rdm_regression both = {.weights = weights, .unique = unique, .partial = partial};
    double rest[3][1];
    ana_rdm_regression alone = {.weights = rest[0], .unique = rest[1], .partial = rest[2]};
    for (size_t k = 0; k < 28; k++) {
        data->values[k] += 2.0 * models->values[k] - 1.0 * models->values[28 + k];
    }
    check_ok(ana_rdm_regress(data, 0, models, &both));
    check_ok(ana_rdm_regress(data, 0, one, &alone));
    check_close(both.r2 - alone.r2, unique[1], 1e-13, 0.0);
    const double r = ana_stats_pearson(28, data->values, one->values);
    check_close(alone.r2, r * r, 1e-13, 0.0);
    check_close(alone.partial[0], r, 1e-13, 0.0);
    assert_true(weights[0] > 1.0 && weights[1] < 0.0 && partial[1] < 0.0);
    memcpy(models->values + 28, models->values, 28 * sizeof(double)); /* twins */
    check_ok(ana_rdm_regress(data, 0, models, &both));
    check_close(both.r2, alone.r2, 1e-12, 0.0);
    check_close(unique[0], 0.0, 1e-12, 0.0);
    check_close(weights[0], weights[1], 1e-12, 0.0);
    ana_rdms_free(models);
    ana_rdms_free(data);
    ana_rdms_free(one);
}

static void wrong_input_is_named(void **state)
{
    (void)state;
    ana_rdms *a = draw(2, 4, 0.0, 8);
    ana_rdms *b = draw(1, 5, 0.0, 9);
    ana_rdm_compare_options options = ana_rdm_compare_options_default();
    double out[8];
    const double indefinite[16] = {0.0};
    ana_rdm_regression regression = {.weights = out, .unique = out + 2, .partial = out + 4};
    check_fails(ana_rdm_compare(a, b, NULL, NULL, out), ANA_ERR_VALUE, "4 conditions against 5");
    ana_rdms_free(b);
    b = draw(5, 4, 0.0, 9);
    strcpy(b->conditions[2], "x");
    check_fails(ana_rdm_compare(a, b, NULL, NULL, out), ANA_ERR_VALUE, "condition 2 is 2");
    strcpy(b->conditions[2], "2");
    check_fails(ana_rdm_regress(a, 0, b, &regression), ANA_ERR_VALUE, "cannot tell 5 models");
    b->n_rdms = 1;
    options.similarity = ANA_RDM_SIM_WHITENED_COSINE;
    check_fails(ana_rdm_compare(a, b, indefinite, &options, out), ANA_ERR_NUMERIC, "definite");
    b->values[3] = (double)NAN;
    check_fails(ana_rdm_compare(a, b, NULL, NULL, out), ANA_ERR_VALUE,
                "1 of 3 matrices lack pair 3");
    options.leave_out_missing = true;
    check_fails(ana_rdm_compare(a, b, indefinite, &options, out), ANA_ERR_UNSUPPORTED,
                "1 of 6 are missing");
    options.similarity = ANA_RDM_SIM_BURES;
    check_fails(ana_rdm_compare(a, b, NULL, &options, out), ANA_ERR_UNSUPPORTED, "bures");
    for (size_t k = 0; k < 4; k++) {
        b->values[k] = (double)NAN;
    }
    check_fails(ana_rdm_compare(a, b, NULL, &options, out), ANA_ERR_VALUE, "2 pairs");
    options.similarity = (ana_rdm_similarity)40;
    check_fails(ana_rdm_compare(a, b, NULL, &options, out), ANA_ERR_VALUE, "similarity");
    b->n_rdms = 5;
    ana_rdms_free(a);
    ana_rdms_free(b);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    ana_rdms *a = draw(2, 6, 0.0, 8);
    ana_rdms *b = draw(2, 6, 0.0, 9);
    ana_rdm_compare_options options = ana_rdm_compare_options_default();
    double out[12];
    ana_rdm_regression regression = {.weights = out, .unique = out + 4, .partial = out + 8};
    for (int s = ANA_RDM_SIM_SPEARMAN; s <= ANA_RDM_SIM_RIEMANNIAN; s += 2) {
        options.similarity = (ana_rdm_similarity)s;
        ALLOCATION_TEST(ana_rdm_compare, (a, b, NULL, &options, out), (void)0);
    }
    ALLOCATION_TEST(ana_rdm_regress, (a, 1, b, &regression), (void)0);
    ana_rdms_free(a);
    ana_rdms_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_conditions_by_hand),
        cmocka_unit_test(whitening_is_the_inverse_covariance),
        cmocka_unit_test(ranks_and_exchanges_are_their_definitions),
        cmocka_unit_test(rho_a_is_spearman_with_ties_broken_at_random),
        cmocka_unit_test(every_similarity_is_best_with_itself_and_needs_no_order),
        cmocka_unit_test(many_large_matrices_are_compared_in_parts),
        cmocka_unit_test(what_does_not_vary_has_no_correlation),
        cmocka_unit_test(models_share_what_they_explain),
        cmocka_unit_test(wrong_input_is_named),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
