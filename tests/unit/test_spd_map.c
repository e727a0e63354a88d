/* Tangent spaces and geodesics of positive definite matrices: by what they are. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/spd_map.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 4,
    MANY = 5,
    MOST = 2 * N * N /* numbers of a complex matrix */
};

static const ana_spd_metric with_maps[] = {ANA_SPD_RIEMANN, ANA_SPD_EUCLIDEAN,
                                           ANA_SPD_LOG_EUCLIDEAN, ANA_SPD_LOG_CHOLESKY,
                                           ANA_SPD_WASSERSTEIN};

/* Covariances of random numbers, real or complex. */
static ana_spd_set draw(bool hermitian, uint64_t seed, double *out)
{
    ana_random random = ana_random_stream(seed, "test.spd_map", 0);
    const size_t step = hermitian ? 2 : 1;
    double x[N][3 * N][2];
    memset(out, 0, MANY * step * N * N * sizeof *out);
    for (size_t k = 0; k < MANY; k++) {
        for (size_t i = 0; i < (size_t)N * 3 * N; i++) {
            x[i / (3 * N)][i % (3 * N)][0] = ana_random_normal(&random);
            x[i / (3 * N)][i % (3 * N)][1] = hermitian ? ana_random_normal(&random) : 0.0;
        }
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < N; j++) {
                double *to = out + step * ((k * N + i) * N + j);
                for (size_t t = 0; t < (size_t)3 * N; t++) {
                    to[0] += x[i][t][0] * x[j][t][0] + x[i][t][1] * x[j][t][1];
                    if (hermitian) {
                        to[1] += x[i][t][1] * x[j][t][0] - x[i][t][0] * x[j][t][1];
                    }
                }
            }
        }
    }
    return (ana_spd_set){N, hermitian, MANY, out};
}

static double distance(ana_spd_metric metric, const ana_spd_set *like, const double *a,
                       const double *b)
{
    ana_spd_distance_options options = ana_spd_distance_options_default();
    const ana_spd_set first = {like->n, like->hermitian, 1, a};
    const ana_spd_set second = {like->n, like->hermitian, 1, b};
    double found = 0.0;
    options.metric = metric;
    check_ok(ana_spd_distances(&first, &second, &options, &found));
    return found;
}

static void the_exponential_map_undoes_the_logarithmic_one(void **state)
{
    (void)state;
    double values[MANY * MOST];
    double logs[MANY * MOST];
    double back[MANY * MOST];
    for (int h = 0; h < 2; h++) {
        const ana_spd_set set = draw(h == 1, 1, values);
        const size_t size = ana_spd_size(&set);
        const ana_spd_set tangents = {N, set.hermitian, MANY, logs};
        for (size_t m = 0; m < 5; m++) {
            check_ok(ana_spd_log_map(&set, values + size, with_maps[m], NULL, logs));
            for (size_t e = 0; e < size; e++) { /* the reference itself is at the origin */
                check_close(logs[size + e], 0.0, 1e-11, 0.0);
            }
            check_ok(ana_spd_exp_map(&tangents, values + size, with_maps[m], NULL, back));
            check_all_close(MANY * size, back, values, 1e-10, 1e-11);
        }
    }
}

static void lengths_of_tangents_are_distances(void **state)
{
    (void)state;
    double values[MANY * MOST];
    double logs[MANY * MOST];
    double squares[MANY];
    for (int h = 0; h < 2; h++) {
        const ana_spd_set set = draw(h == 1, 2, values);
        const size_t size = ana_spd_size(&set);
        const ana_spd_set tangents = {N, set.hermitian, MANY, logs};
        for (size_t m = 1; m < 4; m++) {
            check_ok(ana_spd_log_map(&set, values, with_maps[m], NULL, logs));
            check_ok(ana_spd_inner(&tangents, &tangents, values, with_maps[m], squares));
            for (size_t k = 0; k < MANY; k++) {
                check_close(sqrt(squares[k]),
                            distance(with_maps[m], &set, values + k * size, values), 1e-9, 1e-10);
            }
        }
        double vectors[MANY * N * N];
        const size_t n_numbers = ana_spd_vector_size(&set);
        check_ok(ana_spd_to_vectors(&set, values, NULL, vectors));
        for (size_t k = 0; k < MANY; k++) {
            double sum = 0.0;
            for (size_t e = 0; e < n_numbers; e++) {
                sum += vectors[k * n_numbers + e] * vectors[k * n_numbers + e];
            }
            check_close(sqrt(sum), distance(ANA_SPD_RIEMANN, &set, values + k * size, values), 1e-9,
                        1e-10);
        }
        double back[MANY * MOST];
        check_ok(ana_spd_from_vectors(&set, vectors, values, NULL, back));
        check_all_close(MANY * size, back, values, 1e-10, 1e-11);
    }
}

static void transport_keeps_inner_products_and_leads_back(void **state)
{
    (void)state;
    double values[MANY * MOST];
    double others[MANY * MOST];
    double there[MANY * MOST];
    double back[MANY * MOST];
    double before[MANY];
    double after[MANY];
    for (int h = 0; h < 2; h++) {
        const ana_spd_set points = draw(h == 1, 3, values);
        const ana_spd_set tangents = draw(h == 1, 4, others); /* any symmetric matrix is one */
        const size_t size = ana_spd_size(&points);
        const ana_spd_set moved = {N, points.hermitian, MANY, there};
        for (size_t m = 0; m < 4; m++) {
            check_ok(ana_spd_inner(&tangents, &tangents, values, with_maps[m], before));
            check_ok(ana_spd_transport(&tangents, values, values + size, with_maps[m], there));
            check_ok(ana_spd_inner(&moved, &moved, values + size, with_maps[m], after));
            check_all_close(MANY, after, before, 0.0, 1e-9);
            check_ok(ana_spd_transport(&moved, values + size, values, with_maps[m], back));
            check_all_close(MANY * size, back, others, 1e-9, 1e-9);
        }
    }
}

static void geodesics_lead_from_end_to_end_at_even_speed(void **state)
{
    (void)state;
    static const ana_spd_metric metrics[] = {
        ANA_SPD_RIEMANN,      ANA_SPD_EUCLIDEAN, ANA_SPD_LOG_EUCLIDEAN, ANA_SPD_CHOLESKY,
        ANA_SPD_LOG_CHOLESKY, ANA_SPD_THOMPSON,  ANA_SPD_WASSERSTEIN};
    double values[MANY * MOST];
    double point[MOST];
    for (int h = 0; h < 2; h++) {
        ana_spd_set pair = draw(h == 1, 5, values);
        const size_t size = ana_spd_size(&pair);
        pair.n_matrices = 2;
        for (size_t m = 0; m < sizeof metrics / sizeof metrics[0]; m++) {
            const double whole = distance(metrics[m], &pair, values, values + size);
            check_ok(ana_spd_geodesic(&pair, metrics[m], 0.0, point));
            check_all_close(size, point, values, 1e-11, 1e-12);
            check_ok(ana_spd_geodesic(&pair, metrics[m], 1.0, point));
            check_all_close(size, point, values + size, 1e-11, 1e-11);
            check_ok(ana_spd_geodesic(&pair, metrics[m], 0.3, point));
            check_close(distance(metrics[m], &pair, values, point), 0.3 * whole, 1e-9, 1e-9);
            check_close(distance(metrics[m], &pair, point, values + size), 0.7 * whole, 1e-9, 1e-9);
        }
    }
}

static void what_has_no_map_is_refused(void **state)
{
    (void)state;
    double values[MANY * MOST];
    double out[MANY * MOST];
    const ana_spd_set set = draw(false, 6, values);
    const ana_spd_set pair = {N, false, 2, values};
    check_fails(ana_spd_log_map(&set, values, ANA_SPD_THOMPSON, NULL, out), ANA_ERR_UNSUPPORTED,
                "thompson has no such map");
    check_fails(ana_spd_exp_map(&set, values, ANA_SPD_KULLBACK, NULL, out), ANA_ERR_UNSUPPORTED,
                "kullback");
    check_fails(ana_spd_transport(&set, values, values, ANA_SPD_WASSERSTEIN, out),
                ANA_ERR_UNSUPPORTED, "wasserstein");
    check_fails(ana_spd_inner(&set, &set, values, ANA_SPD_WASSERSTEIN, out), ANA_ERR_UNSUPPORTED,
                "wasserstein");
    check_fails(ana_spd_inner(&set, &pair, values, ANA_SPD_RIEMANN, out), ANA_ERR_SHAPE, "2 of 4");
    check_fails(ana_spd_geodesic(&set, ANA_SPD_RIEMANN, 0.5, out), ANA_ERR_VALUE, "5 matrices");
    check_fails(ana_spd_geodesic(&pair, ANA_SPD_RIEMANN, 1.5, out), ANA_ERR_VALUE, "at 1.5");
    check_fails(ana_spd_geodesic(&pair, ANA_SPD_KULLBACK, 0.5, out), ANA_ERR_UNSUPPORTED,
                "kullback");
    values[0] = -1.0;
    check_fails(ana_spd_log_map(&set, values, ANA_SPD_RIEMANN, NULL, out), ANA_ERR_VALUE,
                "not positive definite");
    check_fails(ana_spd_geodesic(&pair, ANA_SPD_RIEMANN, 0.5, out), ANA_ERR_VALUE, "matrix 0");
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    double values[MANY * MOST];
    double out[MANY * MOST];
    const ana_spd_set set = draw(true, 7, values);
    const ana_spd_set pair = {N, true, 2, values};
    const ana_spd_metric metric = ANA_SPD_LOG_CHOLESKY;
    ALLOCATION_TEST(ana_spd_log_map, (&set, values, metric, NULL, out), (void)0);
    ALLOCATION_TEST(ana_spd_exp_map, (&set, values, metric, NULL, out), (void)0);
    ALLOCATION_TEST(ana_spd_transport, (&set, values, values, metric, out), (void)0);
    ALLOCATION_TEST(ana_spd_inner, (&set, &set, values, metric, out), (void)0);
    ALLOCATION_TEST(ana_spd_geodesic, (&pair, ANA_SPD_THOMPSON, 0.5, out), (void)0);
    ALLOCATION_TEST(ana_spd_to_vectors, (&set, values, NULL, out), (void)0);
    ALLOCATION_TEST(ana_spd_from_vectors, (&set, values, values, NULL, out), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_exponential_map_undoes_the_logarithmic_one),
        cmocka_unit_test(lengths_of_tangents_are_distances),
        cmocka_unit_test(transport_keeps_inner_products_and_leads_back),
        cmocka_unit_test(geodesics_lead_from_end_to_end_at_even_speed),
        cmocka_unit_test(what_has_no_map_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("spd map", tests, NULL, NULL);
}
