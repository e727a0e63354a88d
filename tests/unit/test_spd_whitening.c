#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/spd_whitening.h>
#include <analysis/random.h>

#include <math.h>
#include <string.h>

enum {
    N = 4,
    N_MATRICES = 5
};

/* Covariances of noise in `rank` directions. */
static ana_spd_set make_set(size_t rank, double *values)
{
    ana_random random = ana_random_stream(5, "whitening", rank);
    double mix[N * N];
    double x[N * N];
    for (size_t i = 0; i < N * N; i++) {
        mix[i] = ana_random_normal(&random);
    }
    for (size_t k = 0; k < N_MATRICES; k++) {
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < N; j++) {
                x[i * N + j] = 0.0;
                for (size_t r = 0; r < rank; r++) {
                    x[i * N + j] += (1.0 + (double)k) * mix[i * N + r] * mix[j * N + r] *
                                    (1.0 + 0.3 * (double)((r + k) % 3));
                }
            }
        }
        memcpy(values + k * N * N, x, sizeof x);
    }
    return (ana_spd_set){.n = N, .n_matrices = N_MATRICES, .values = values};
}

static void filters_by_hand(void **state)
{
    (void)state;
    const double values[] = {3.0, 0.0, 0.0, 16.0, 5.0, 0.0, 0.0, 2.0}; /* mean: 4 and 9 */
    const ana_spd_set set = {.n = 2, .n_matrices = 2, .values = values};
    double filters[4];
    double inverse[4];
    size_t n_kept = 0;
    check_ok(ana_spd_whitening_fit(&set, NULL, NULL, &n_kept, filters, inverse));
    const double wanted[] = {0.0, 1.0 / 3.0, 0.5, 0.0};
    const double back[] = {0.0, 2.0, 3.0, 0.0};
    assert_int_equal(n_kept, 2);
    check_all_close(4, filters, wanted, 1e-15, 1e-15);
    check_all_close(4, inverse, back, 1e-15, 1e-15);
    const double weights[] = {0.0, 2.0}; /* of the second alone: 5 and 2 */
    check_ok(ana_spd_whitening_fit(&set, weights, NULL, &n_kept, filters, NULL));
    check_close(filters[0], 1.0 / sqrt(5.0), 0.0, 1e-15);
}

static void the_mean_becomes_the_identity(void **state)
{
    (void)state;
    static const ana_spd_mean_method methods[] = {ANA_SPD_MEAN_EUCLIDEAN, ANA_SPD_MEAN_RIEMANN};
    for (size_t i = 0; i < 4; i++) {
        double values[N_MATRICES * N * N];
        double out[N_MATRICES * N * N];
        double mean[N * N];
        double filters[N * N];
        double inverse[N * N];
        double product[N * N];
        size_t n_kept = 0;
        ana_spd_set set = make_set(N, values);
        ana_spd_whitening_options options = ana_spd_whitening_options_default();
        options.mean.method = methods[i % 2];
        for (size_t e = 0; e < N_MATRICES * N * N && i >= 2; e++) {
            values[e] *= 1e-12; /* volts for microvolts */
        }
        check_ok(ana_spd_whitening_fit(&set, NULL, &options, &n_kept, filters, inverse));
        assert_int_equal(n_kept, N);
        check_ok(ana_spd_whitening_apply(&set, n_kept, filters, out));
        const ana_spd_set whitened = {.n = N, .n_matrices = N_MATRICES, .values = out};
        check_ok(ana_spd_mean(&whitened, NULL, &options.mean, NULL, mean));
        check_ok(ana_linalg_multiply(N, N, N, inverse, filters, product));
        for (size_t e = 0; e < N * N; e++) {
            check_close(mean[e], e % (N + 1) == 0 ? 1.0 : 0.0, 1e-9, 0.0);
            check_close(product[e], e % (N + 1) == 0 ? 1.0 : 0.0, 1e-10, 0.0);
            assert_true(out[e] == out[e % N * N + e / N]);
        }
    }
}

static void deficient_sets_are_cut_to_their_rank(void **state)
{
    (void)state;
    double values[N_MATRICES * N * N];
    double out[N_MATRICES * N * N];
    double filters[N * N];
    size_t n_kept = 0;
    const ana_spd_set set = make_set(3, values);
    ana_spd_whitening_options options = ana_spd_whitening_options_default();
    check_ok(ana_spd_whitening_fit(&set, NULL, &options, &n_kept, filters, NULL));
    assert_int_equal(n_kept, 3);
    check_ok(ana_spd_whitening_apply(&set, n_kept, filters, out));
    const ana_spd_set whitened = {.n = 3, .n_matrices = N_MATRICES, .values = out};
    check_ok(ana_spd_check(&whitened, NULL));
    options.n_components = 4;
    check_fails(ana_spd_whitening_fit(&set, NULL, &options, &n_kept, filters, NULL), ANA_ERR_VALUE,
                "4 components of a mean of 4 rows whose rank is 3");
    options.n_components = 2;
    check_ok(ana_spd_whitening_fit(&set, NULL, &options, &n_kept, filters, NULL));
    assert_int_equal(n_kept, 2);
    for (size_t i = 2 * N; i < N * N; i++) {
        assert_true(filters[i] == 0.0);
    }
}

/* Eigenvalues 4, 3, 2, 1 of 10. */
static void the_fewest_that_explain_enough_are_kept(void **state)
{
    (void)state;
    static const double shares[] = {0.4, 0.41, 0.7, 0.71, 0.9, 0.91, 1.0, 0.0};
    static const size_t wanted[] = {1, 2, 2, 3, 3, 4, 4, 1};
    double values[16] = {0.0};
    double filters[16];
    for (size_t i = 0; i < 4; i++) {
        values[i * 5] = 1.0 + (double)i;
    }
    const ana_spd_set set = {.n = 4, .n_matrices = 1, .values = values};
    for (size_t i = 0; i < 8; i++) {
        size_t n_kept = 0;
        ana_spd_whitening_options options = ana_spd_whitening_options_default();
        options.explained = shares[i];
        check_ok(ana_spd_whitening_fit(&set, NULL, &options, &n_kept, filters, NULL));
        assert_int_equal(n_kept, wanted[i]);
    }
}

static void what_cannot_be_whitened_is_refused(void **state)
{
    (void)state;
    double values[N_MATRICES * N * N];
    double filters[N * N];
    double weights[N_MATRICES] = {0.0};
    size_t n_kept = 0;
    ana_spd_set set = make_set(N, values);
    ana_spd_whitening_options options = ana_spd_whitening_options_default();
    check_fails(ana_spd_whitening_fit(&set, weights, NULL, &n_kept, filters, NULL), ANA_ERR_VALUE,
                "all weights are 0");
    weights[1] = -1.0;
    check_fails(ana_spd_whitening_fit(&set, weights, NULL, &n_kept, filters, NULL), ANA_ERR_VALUE,
                "weight 1 is -1");
    options.explained = 1.5;
    check_fails(ana_spd_whitening_fit(&set, NULL, &options, &n_kept, filters, NULL), ANA_ERR_VALUE,
                "explained");
    set.hermitian = true;
    check_fails(ana_spd_whitening_fit(&set, NULL, NULL, &n_kept, filters, NULL),
                ANA_ERR_UNSUPPORTED, "Hermitian");
    check_fails(ana_spd_whitening_apply(&set, 1, filters, values), ANA_ERR_UNSUPPORTED,
                "Hermitian");
    set.hermitian = false;
    values[2] = NAN;
    check_fails(ana_spd_whitening_fit(&set, NULL, NULL, &n_kept, filters, NULL), ANA_ERR_VALUE,
                "matrix 0: element [0, 2] is nan");
    const ana_spd_set none = {0};
    check_fails(ana_spd_whitening_fit(&none, NULL, NULL, &n_kept, filters, NULL), ANA_ERR_VALUE,
                "without rows");
    memset(values, 0, sizeof values);
    check_fails(ana_spd_whitening_fit(&set, NULL, NULL, &n_kept, filters, NULL), ANA_ERR_VALUE,
                "rank is 0");
}

static void allocations_may_fail(void **state)
{
    (void)state;
    double values[N_MATRICES * N * N];
    double out[N_MATRICES * N * N];
    double filters[N * N];
    size_t n_kept = 0;
    const ana_spd_set set = make_set(N, values);
    ALLOCATION_TEST(ana_spd_whitening_fit, (&set, NULL, NULL, &n_kept, filters, NULL), (void)0);
    ALLOCATION_TEST(ana_spd_whitening_apply, (&set, N, filters, out), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_by_hand),
        cmocka_unit_test(the_mean_becomes_the_identity),
        cmocka_unit_test(deficient_sets_are_cut_to_their_rank),
        cmocka_unit_test(the_fewest_that_explain_enough_are_kept),
        cmocka_unit_test(what_cannot_be_whitened_is_refused),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
