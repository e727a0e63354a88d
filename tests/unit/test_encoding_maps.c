#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/assignment.h>
#include <analysis/linalg.h>
#include <analysis/models/encoding_maps.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 17,
    P = 9,
    Q = 4,
    WIDE = 30
};

static void draw(uint64_t seed, size_t p, size_t q, double *x, double *y)
{
    ana_random random = ana_random_stream(seed, "maps", 0);
    for (size_t k = 0; k < N * p; k++) {
        x[k] = 1.0 + ana_random_normal(&random);
    }
    for (size_t k = 0; k < N * q; k++) {
        y[k] =
            3.0 - x[k / q * p + k % q % p] + 0.4 * x[k / q * p] + 0.7 * ana_random_normal(&random);
    }
}

static void take_means_away(size_t m, double *x)
{
    for (size_t j = 0; j < m; j++) {
        double sum = 0.0;
        for (size_t i = 0; i < N; i++) {
            sum += x[i * m + j];
        }
        for (size_t i = 0; i < N; i++) {
            x[i * m + j] -= sum / N;
        }
    }
}

/* Fitted values of NIPALS in its plain form: both sides lose what each score explains. */
static void plain_fit(size_t p, size_t q, const double *x, const double *y, size_t n_components,
                      double *fitted)
{
    double xs[N * WIDE];
    double ys[N * P];
    double m[WIDE * P];
    double u[WIDE * P];
    double s[P];
    double vt[P * P];
    memcpy(xs, x, N * p * sizeof *xs);
    memcpy(ys, y, N * q * sizeof *ys);
    take_means_away(p, xs);
    take_means_away(q, ys);
    for (size_t i = 0; i < N * q; i++) {
        fitted[i] = y[i] - ys[i];
    }
    for (size_t k = 0; k < n_components; k++) {
        double score[N] = {0.0};
        double length = 0.0;
        const size_t r = p < q ? p : q;
        for (size_t i = 0; i < p * q; i++) {
            m[i] = 0.0;
            for (size_t t = 0; t < N; t++) {
                m[i] += xs[t * p + i / q] * ys[t * q + i % q];
            }
        }
        check_ok(ana_linalg_svd(p, q, m, u, s, vt));
        for (size_t t = 0; t < N; t++) {
            for (size_t i = 0; i < p; i++) {
                score[t] += xs[t * p + i] * u[i * r];
            }
            length += score[t] * score[t];
        }
        for (size_t i = 0; i < p + q; i++) {
            double *side = i < p ? xs : ys;
            const size_t wide = i < p ? p : q;
            const size_t column = i < p ? i : i - p;
            double loading = 0.0;
            for (size_t t = 0; t < N; t++) {
                loading += side[t * wide + column] * score[t] / length;
            }
            for (size_t t = 0; t < N; t++) {
                side[t * wide + column] -= loading * score[t];
                fitted[t * q + column] += i < p ? 0.0 : loading * score[t];
            }
        }
    }
}

static void components_are_those_of_plain_deflation(void **state)
{
    (void)state;
    static const size_t shapes[][2] = {{P, Q}, {Q, P}, {P, 1}, {WIDE, Q}};
    double x[N * WIDE];
    double y[N * P];
    double fitted[N * P];
    double predicted[N * P];
    for (size_t k = 0; k < 4; k++) {
        const size_t p = shapes[k][0];
        const size_t q = shapes[k][1];
        draw(k, p, q, x, y);
        for (size_t n_components = 1; n_components <= 4; n_components++) {
            ana_pls *pls = NULL;
            check_ok(ana_pls_fit(N, p, x, q, y, &(ana_pls_options){n_components, 0.0}, &pls));
            check_ok(ana_pls_predict(pls, N, x, predicted));
            plain_fit(p, q, x, y, n_components, fitted);
            check_all_close(N * q, predicted, fitted, 1e-9, 1e-9);
            ana_pls_free(pls);
        }
    }
}

/* With a tolerance the directions are near the exact ones, as near as it says. */
static void a_tolerance_stops_early(void **state)
{
    (void)state;
    double x[N * P];
    double y[N * Q];
    double exact[N * Q];
    double near[N * Q];
    double worst[2] = {0.0, 0.0};
    draw(4, P, Q, x, y);
    for (size_t k = 0; k < 2; k++) {
        ana_pls *pls = NULL;
        check_ok(ana_pls_fit(N, P, x, Q, y, &(ana_pls_options){2, 0.0}, &pls));
        check_ok(ana_pls_predict(pls, N, x, exact));
        ana_pls_free(pls);
        check_ok(ana_pls_fit(N, P, x, Q, y, &(ana_pls_options){2, k == 0 ? 1e-2 : 1e-20}, &pls));
        check_ok(ana_pls_predict(pls, N, x, near));
        ana_pls_free(pls);
        for (size_t i = 0; i < (size_t)N * Q; i++) {
            worst[k] = fmax(worst[k], fabs(near[i] - exact[i]));
        }
    }
    assert_true(worst[0] > 1e-4 && worst[1] < 1e-7);
}

/* As many components as features are ordinary least squares; more are not found. */
static void all_components_are_least_squares(void **state)
{
    (void)state;
    double x[N * P];
    double y[N * Q];
    double weights[P * Q];
    double fitted[N * Q];
    double predicted[N * Q];
    ana_pls *pls = NULL;
    draw(5, P, Q, x, y);
    check_ok(ana_pls_fit(N, P, x, Q, y, &(ana_pls_options){40, 0.0}, &pls));
    assert_int_equal(pls->n_components, P);
    check_ok(ana_pls_predict(pls, N, x, predicted));
    take_means_away(P, x);
    check_ok(ana_linalg_least_squares(N, P, x, Q, y, weights, NULL));
    take_means_away(Q, y);
    check_ok(ana_linalg_least_squares(N, P, x, Q, y, weights, NULL));
    check_ok(ana_linalg_multiply(N, P, Q, x, weights, fitted));
    for (size_t i = 0; i < (size_t)N * Q; i++) {
        check_close(predicted[i] - pls->mean_y[i % Q], fitted[i], 1e-9, 1e-9);
    }
    ana_pls_free(pls);
}

/* A target that the first feature makes alone needs one component of it; then nothing is left. */
static void nothing_left_ends_the_components(void **state)
{
    (void)state;
    double x[N];
    double y[N * 2];
    double flat[N * 2];
    ana_pls *pls = NULL;
    for (size_t i = 0; i < N; i++) {
        x[i] = (double)(i * i % 7);
        y[2 * i] = 2.0 * x[i] + 1.0;
        y[2 * i + 1] = -x[i];
        flat[2 * i] = 4.0;
        flat[2 * i + 1] = 2.0;
    }
    check_ok(ana_pls_fit(N, 1, x, 2, y, &(ana_pls_options){5, 0.0}, &pls));
    assert_int_equal(pls->n_components, 1);
    ana_pls_free(pls);
    check_ok(ana_pls_fit(N, 1, x, 2, flat, &(ana_pls_options){5, 0.0}, &pls));
    assert_int_equal(pls->n_components, 0);
    check_ok(ana_pls_predict(pls, N, x, y));
    check_all_close((size_t)N * 2, y, flat, 1e-15, 0.0);
    ana_pls_free(pls);
}

static double column_correlation(size_t p, const double *x, size_t f, size_t q, const double *y,
                                 size_t j)
{
    double a[N];
    double b[N];
    for (size_t i = 0; i < N; i++) {
        a[i] = x[i * p + f];
        b[i] = y[i * q + j];
    }
    return ana_stats_pearson(N, a, b);
}

static void the_best_unit_correlates_most(void **state)
{
    (void)state;
    double x[N * P];
    double y[N * Q];
    double predicted[N * Q];
    ana_unit_map *map = NULL;
    draw(6, P, Q, x, y);
    check_ok(ana_unit_map_fit(N, P, x, Q, y, false, &map));
    ana_unit_map_predict(map, N, P, x, predicted);
    for (size_t j = 0; j < Q; j++) {
        double error = 0.0;
        double square = 0.0;
        double mean = 0.0;
        for (size_t f = 0; f < P; f++) {
            assert_true(column_correlation(P, x, f, Q, y, j) <= map->correlation[j] + 1e-12);
        }
        for (size_t i = 0; i < N; i++) {
            mean += y[i * Q + j] / N;
        }
        for (size_t i = 0; i < N; i++) {
            error += (y[i * Q + j] - predicted[i * Q + j]) * (y[i * Q + j] - predicted[i * Q + j]);
            square += (y[i * Q + j] - mean) * (y[i * Q + j] - mean);
        }
        /* The line of least squares leaves 1 - r^2. */
        check_close(error / square, 1.0 - map->correlation[j] * map->correlation[j], 1e-12, 0.0);
    }
    ana_unit_map_free(map);
}

/* Three targets, three features: the best of the six ways. */
static void one_to_one_is_the_best_of_all_ways(void **state)
{
    (void)state;
    double x[N * 3];
    double y[N * 3];
    for (uint64_t seed = 0; seed < 10; seed++) {
        ana_unit_map *map = NULL;
        double best = -INFINITY;
        draw(seed, 3, 3, x, y);
        check_ok(ana_unit_map_fit(N, 3, x, 3, y, true, &map));
        for (size_t way = 0; way < 27; way++) {
            const size_t f[] = {way / 9, way / 3 % 3, way % 3};
            if (f[0] != f[1] && f[0] != f[2] && f[1] != f[2]) {
                double sum = 0.0;
                for (size_t j = 0; j < 3; j++) {
                    sum += column_correlation(3, x, f[j], 3, y, j);
                }
                best = fmax(best, sum);
            }
        }
        check_close(map->correlation[0] + map->correlation[1] + map->correlation[2], best, 1e-12,
                    0.0);
        ana_unit_map_free(map);
    }
}

static void targets_beyond_the_features_have_none(void **state)
{
    (void)state;
    double x[N * 2];
    double y[N * 3];
    double predicted[N * 3];
    size_t n_none = 0;
    ana_unit_map *map = NULL;
    draw(7, 2, 3, x, y);
    check_ok(ana_unit_map_fit(N, 2, x, 3, y, true, &map));
    ana_unit_map_predict(map, N, 2, x, predicted);
    for (size_t j = 0; j < 3; j++) {
        const bool none = map->feature[j] == ANA_UNASSIGNED;
        n_none += none ? 1 : 0;
        assert_true(isnan(predicted[j]) == none && isnan(map->correlation[j]) == none);
    }
    assert_int_equal(n_none, 1);
    ana_unit_map_free(map);
    for (size_t i = 0; i < N; i++) { /* flat features predict the mean */
        x[2 * i] = 1.1;
        x[2 * i + 1] = -3.7;
    }
    check_ok(ana_unit_map_fit(N, 2, x, 3, y, false, &map));
    assert_true(map->correlation[0] == 0.0 && map->slope[1] == 0.0);
    ana_unit_map_free(map);
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    double x[N * P];
    double y[N * Q];
    ana_pls *pls = NULL;
    ana_unit_map *map = NULL;
    draw(8, P, Q, x, y);
    check_fails(ana_pls_fit(1, P, x, Q, y, &(ana_pls_options){2, 0.0}, &pls), ANA_ERR_VALUE,
                "1 samples");
    check_fails(ana_pls_fit(N, P, x, Q, y, &(ana_pls_options){0, 0.0}, &pls), ANA_ERR_VALUE,
                "0 components");
    check_fails(ana_pls_fit(N, P, x, Q, y, &(ana_pls_options){2, -1.0}, &pls), ANA_ERR_VALUE,
                "tolerance");
    check_fails(ana_unit_map_fit(N, 0, x, Q, y, false, &map), ANA_ERR_VALUE, "0 features");
    x[P * 2 + 3] = (double)NAN;
    check_fails(ana_pls_fit(N, P, x, Q, y, &(ana_pls_options){2, 0.0}, &pls), ANA_ERR_VALUE,
                "row 2, feature 3: nan");
    check_fails(ana_unit_map_fit(N, P, x, Q, y, true, &map), ANA_ERR_VALUE,
                "row 2, feature 3: nan");
    x[P * 2 + 3] = 0.0;
    y[Q] = INFINITY;
    check_fails(ana_pls_fit(N, P, x, Q, y, &(ana_pls_options){2, 0.0}, &pls), ANA_ERR_VALUE,
                "row 1, target 0: inf");
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    double x[N * P];
    double y[N * Q];
    double predicted[N * Q];
    ana_pls *pls = NULL;
    ana_unit_map *map = NULL;
    draw(9, P, Q, x, y);
    ALLOCATION_TEST(ana_pls_fit, (N, P, x, Q, y, NULL, &pls), ana_pls_free(pls));
    ALLOCATION_TEST(ana_unit_map_fit, (N, P, x, Q, y, true, &map), ana_unit_map_free(map));
    check_ok(ana_pls_fit(N, P, x, Q, y, &(ana_pls_options){2, 1e-6}, &pls));
    ALLOCATION_TEST(ana_pls_predict, (pls, N, x, predicted), (void)0);
    ana_pls_free(pls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(components_are_those_of_plain_deflation),
        cmocka_unit_test(a_tolerance_stops_early),
        cmocka_unit_test(all_components_are_least_squares),
        cmocka_unit_test(nothing_left_ends_the_components),
        cmocka_unit_test(the_best_unit_correlates_most),
        cmocka_unit_test(one_to_one_is_the_best_of_all_ways),
        cmocka_unit_test(targets_beyond_the_features_have_none),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
