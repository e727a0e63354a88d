/* Common spatial patterns and source power comodulation: by what defines them. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/common_spatial_patterns.h>
#include <analysis/random.h>

#include <limits.h>
#include <math.h>
#include <string.h>

enum {
    N = 5,
    MANY = 26,
    T = 20,
    SIZE = N * N
};

typedef struct world {
    double signals[MANY * N * T];
    double matrices[MANY * SIZE];
    size_t classes[MANY];
    double mixing[SIZE];
} world;

static void fill_matrices(world *of)
{
    memset(of->matrices, 0, sizeof of->matrices);
    for (size_t k = 0; k < MANY; k++) {
        const double *x = of->signals + k * N * T;
        for (size_t e = 0; e < SIZE; e++) {
            for (size_t t = 0; t < T; t++) {
                of->matrices[k * SIZE + e] += x[e / N * T + t] * x[e % N * T + t] / T;
            }
        }
    }
}

/* Independent sources, mixed; source c is louder in class c. */
static world draw(size_t n_classes, uint64_t seed)
{
    world out = {.classes = {0}};
    ana_random random = ana_random_stream(seed, "test.csp", 0);
    for (size_t e = 0; e < SIZE; e++) {
        out.mixing[e] = ana_random_normal(&random) + (e % (N + 1) == 0 ? 2.0 : 0.0);
    }
    for (size_t k = 0; k < MANY; k++) {
        out.classes[k] = (k + k / 7) % n_classes;
        for (size_t t = 0; t < T; t++) {
            for (size_t s = 0; s < N; s++) {
                const double loud = s == out.classes[k] ? 3.0 : 1.0;
                const double source = loud * ana_random_normal(&random);
                for (size_t j = 0; j < N; j++) {
                    out.signals[(k * N + j) * T + t] += out.mixing[j * N + s] * source;
                }
            }
        }
    }
    fill_matrices(&out);
    return out;
}

static ana_labelled_matrices known_of(const world *from, size_t n_classes)
{
    return (ana_labelled_matrices){{N, false, MANY, from->matrices}, n_classes, from->classes};
}

static double through(const double *a, const double *matrix, const double *b)
{
    double sum = 0.0;
    for (size_t e = 0; e < SIZE; e++) {
        sum += a[e / N] * matrix[e] * b[e % N];
    }
    return sum;
}

/* The average of one class, or of all others. */
static void average(const world *from, size_t c, bool others, double *out)
{
    double n = 0.0;
    memset(out, 0, SIZE * sizeof *out);
    for (size_t k = 0; k < MANY; k++) {
        if ((from->classes[k] == c) != others) {
            n += 1.0;
            for (size_t e = 0; e < SIZE; e++) {
                out[e] += from->matrices[k * SIZE + e];
            }
        }
    }
    for (size_t e = 0; e < SIZE; e++) {
        out[e] /= n;
    }
}

static void channels_apart_are_filters_in_the_order_of_their_share(void **state)
{
    (void)state;
    /* Variances 1, 2, 8 and 3, 2, 2: shares of the second class 3/4, 1/2, 1/5. */
    const double matrices[18] = {1, 0, 0, 0, 2, 0, 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2};
    const size_t classes[2] = {0, 1};
    const ana_labelled_matrices known = {{3, false, 2, matrices}, 2, classes};
    double filters[9];
    double patterns[9];
    double values[3];
    double features[6];
    const ana_spatial_filters out = {3, filters, patterns, values};
    check_ok(ana_csp_fit(&known, NULL, &out));
    const double wanted_values[3] = {0.2, 0.75, 0.5};
    const double wanted[9] = {0, 0, sqrt(0.1), 0.5, 0, 0, 0, 0.5, 0};
    const double wanted_patterns[9] = {0, 0, sqrt(10.0), 2, 0, 0, 0, 2, 0};
    check_all_close(3, values, wanted_values, 1e-14, 0.0);
    check_all_close(9, filters, wanted, 1e-14, 0.0);
    check_all_close(9, patterns, wanted_patterns, 1e-14, 0.0);
    check_ok(ana_csp_features(&known.set, 3, filters, features));
    check_close(features[0], log(0.8), 1e-14, 0.0);
    check_close(features[4], log(0.75), 1e-14, 0.0);
}

static void pairs_solve_the_two_covariances_at_once(void **state)
{
    (void)state;
    const world drawn = draw(2, 1);
    const ana_labelled_matrices known = known_of(&drawn, 2);
    ana_csp_options options = ana_csp_options_default();
    double filters[SIZE];
    double patterns[SIZE];
    double values[N];
    double means[2][SIZE];
    const ana_spatial_filters out = {N, filters, patterns, values};
    options.n_filters = 17; /* as many as there are */
    check_ok(ana_csp_fit(&known, &options, &out));
    average(&drawn, 0, false, means[0]);
    average(&drawn, 1, false, means[1]);
    for (size_t k = 0; k < N; k++) {
        assert_true(k == 0 || fabs(values[k] - 0.5) <= fabs(values[k - 1] - 0.5));
        for (size_t l = 0; l < N; l++) {
            const double first = through(filters + k * N, means[0], filters + l * N);
            const double second = through(filters + k * N, means[1], filters + l * N);
            check_close(second, k == l ? values[k] : 0.0, 1e-12, 0.0);
            check_close(first, k == l ? 1.0 - values[k] : 0.0, 1e-12, 0.0);
            double product = 0.0;
            for (size_t j = 0; j < N; j++) {
                product += filters[k * N + j] * patterns[l * N + j];
            }
            check_close(product, k == l ? 1.0 : 0.0, 1e-12, 0.0);
        }
    }
}

static void each_class_has_filters_against_the_rest(void **state)
{
    (void)state;
    const world drawn = draw(3, 2);
    const ana_labelled_matrices known = known_of(&drawn, 3);
    ana_csp_options options = ana_csp_options_default();
    double filters[6 * N];
    double patterns[6 * N];
    double values[6];
    double signals[6 * T];
    double features[6];
    options.n_filters = 2;
    assert_int_equal(ana_csp_n_filters(N, 3, &options), 6);
    const ana_spatial_filters out = {6, filters, patterns, values};
    check_ok(ana_csp_fit(&known, &options, &out));
    for (size_t c = 0; c < 3; c++) {
        double own[SIZE];
        double rest[SIZE];
        average(&drawn, c, false, own);
        average(&drawn, c, true, rest);
        for (size_t k = 2 * c; k < 2 * c + 2; k++) {
            check_close(through(filters + k * N, own, filters + k * N), values[k], 1e-12, 0.0);
            check_close(through(filters + k * N, rest, filters + k * N), 1.0 - values[k], 1e-12,
                        0.0);
        }
        assert_true(values[2 * c] > 0.7); /* its own source */
    }
    double two[2 * 6 * T];
    check_ok(ana_csp_signals(2, N, T, drawn.signals, 6, filters, two));
    check_ok(ana_csp_signals(1, N, T, drawn.signals + (size_t)N * T, 6, filters, signals));
    check_all_close((size_t)6 * T, two + 6 * T, signals, 0.0, 0.0);
    /* The signals' variance is what the features are the logarithm of. */
    check_ok(ana_csp_signals(1, N, T, drawn.signals, 6, filters, signals));
    check_ok(ana_csp_features(&(ana_spd_set){N, false, 1, drawn.matrices}, 6, filters, features));
    for (size_t k = 0; k < 6; k++) {
        double power = 0.0;
        for (size_t t = 0; t < T; t++) {
            power += signals[k * T + t] * signals[k * T + t] / T;
        }
        check_close(features[k], log(power), 1e-12, 0.0);
    }
}

static double information(const double *shares, const double *t)
{
    double logarithms = 0.0;
    double squares = 0.0;
    for (size_t c = 0; c < 3; c++) {
        logarithms += shares[c] * log(sqrt(t[c]));
        squares += shares[c] * (t[c] * t[c] - 1.0);
    }
    return -logarithms - 3.0 / 16.0 * squares * squares;
}

static void joint_filters_have_unit_variance_and_fall_in_information(void **state)
{
    (void)state;
    const world drawn = draw(3, 3);
    const ana_labelled_matrices known = known_of(&drawn, 3);
    ana_csp_options options = ana_csp_options_default();
    double filters[SIZE];
    double patterns[SIZE];
    double values[N];
    double means[3][SIZE];
    double shares[3] = {0.0, 0.0, 0.0};
    const ana_spatial_filters out = {N, filters, patterns, values};
    options.method = ANA_CSP_JOINT;
    options.n_filters = N;
    check_ok(ana_csp_fit(&known, &options, &out));
    for (size_t c = 0; c < 3; c++) {
        average(&drawn, c, false, means[c]);
    }
    for (size_t k = 0; k < MANY; k++) {
        shares[drawn.classes[k]] += 1.0 / MANY;
    }
    for (size_t k = 0; k < N; k++) {
        double t[3];
        for (size_t c = 0; c < 3; c++) {
            t[c] = through(filters + k * N, means[c], filters + k * N);
        }
        check_close((t[0] + t[1] + t[2]) / 3.0, 1.0, 1e-10, 0.0);
        check_close(values[k], information(shares, t), 1e-10, 0.0);
        assert_true(k == 0 || values[k] <= values[k - 1]);
        for (size_t l = 0; l < N; l++) {
            double product = 0.0;
            for (size_t j = 0; j < N; j++) {
                product += filters[k * N + j] * patterns[l * N + j];
            }
            check_close(product, k == l ? 1.0 : 0.0, 1e-10, 0.0);
        }
    }
}

static void joint_filters_settle_at_the_tolerance(void **state)
{
    (void)state;
    const world drawn = draw(3, 3);
    const ana_labelled_matrices known = known_of(&drawn, 3);
    ana_csp_options options = ana_csp_options_default();
    double settled[SIZE];
    double close[SIZE];
    double one_sweep[SIZE];
    double furthest = 0.0;
    ana_spatial_filters out = {N, settled, NULL, NULL};
    options.method = ANA_CSP_JOINT;
    options.n_filters = N;
    check_ok(ana_csp_fit(&known, &options, &out));
    out.filters = close;
    options.tolerance = 1e-10; /* the criterion falls with the square of what is left to turn */
    check_ok(ana_csp_fit(&known, &options, &out));
    check_all_close(SIZE, close, settled, 1e-3, 0.0);
    out.filters = one_sweep;
    options.tolerance = 1.0;
    check_ok(ana_csp_fit(&known, &options, &out));
    for (size_t k = 0; k < SIZE; k++) {
        furthest = fmax(furthest, fabs(one_sweep[k] - settled[k]));
    }
    assert_true(furthest > 1e-3);
    options.tolerance = -1.0;
    check_fails(ana_csp_fit(&known, &options, &out), ANA_ERR_VALUE, "csp-tolerance");
}

static void comodulation_is_the_covariance_of_power_with_the_number(void **state)
{
    (void)state;
    const world drawn = draw(2, 4);
    const ana_spd_set set = {N, false, MANY, drawn.matrices};
    ana_random random = ana_random_stream(5, "test.spoc", 0);
    double numbers[MANY];
    double filters[2 * N];
    double patterns[2 * N];
    double values[2];
    ana_csp_options options = ana_csp_options_default();
    const ana_spatial_filters out = {2, filters, patterns, values};
    double mean = 0.0;
    double square = 0.0;
    for (size_t k = 0; k < MANY; k++) {
        numbers[k] = 30.0 + 4.0 * (double)drawn.classes[k] + ana_random_normal(&random);
        mean += numbers[k] / MANY;
    }
    for (size_t k = 0; k < MANY; k++) {
        square += (numbers[k] - mean) * (numbers[k] - mean) / MANY;
    }
    options.n_filters = 2;
    check_ok(ana_spoc_fit(&set, numbers, &options, &out));
    for (size_t f = 0; f < 2; f++) {
        double together = 0.0;
        double power = 0.0;
        for (size_t k = 0; k < MANY; k++) {
            const double *w = filters + f * N;
            const double own = through(w, drawn.matrices + k * SIZE, w) / MANY;
            power += own;
            together += (numbers[k] - mean) / sqrt(square) * own;
        }
        check_close(power, 1.0, 1e-12, 0.0);
        check_close(together, values[f], 1e-12, 0.0);
    }
    assert_true(fabs(values[0]) >= fabs(values[1]) && fabs(values[0]) > 0.3);
    numbers[3] = NAN;
    check_fails(ana_spoc_fit(&set, numbers, &options, &out), ANA_ERR_VALUE, "must be finite");
    for (size_t k = 0; k < MANY; k++) {
        numbers[k] = 2.0;
    }
    check_fails(ana_spoc_fit(&set, numbers, &options, &out), ANA_ERR_VALUE, "have variance");
}

/* Features of the same data in volts and microvolts. */
static void a_unit_changes_no_feature(void **state)
{
    (void)state;
    for (size_t which = 0; which < 3; which++) {
        const size_t n_classes = which == 0 ? 2 : 3;
        world drawn = draw(n_classes, 6);
        const ana_labelled_matrices known = known_of(&drawn, n_classes);
        ana_csp_options options = ana_csp_options_default();
        double filters[3 * 4 * N];
        double features[2][12 * MANY];
        options.method = which == 2 ? ANA_CSP_JOINT : ANA_CSP_ONE_VERSUS_REST;
        const ana_spatial_filters out = {ana_csp_n_filters(N, n_classes, &options), filters, NULL,
                                         NULL};
        for (size_t unit = 0; unit < 2; unit++) {
            check_ok(ana_csp_fit(&known, &options, &out));
            check_ok(ana_csp_features(&known.set, out.n_filters, filters, features[unit]));
            for (size_t e = 0; e < (size_t)MANY * SIZE; e++) {
                drawn.matrices[e] *= 1e-12;
            }
        }
        check_all_close(MANY * out.n_filters, features[1], features[0], which == 2 ? 1e-7 : 1e-11,
                        0.0);
    }
}

static void singular_means_are_refused_and_shrinkage_helps(void **state)
{
    (void)state;
    world drawn = draw(2, 7);
    ana_csp_options options = ana_csp_options_default();
    double filters[4 * N];
    double features[4 * MANY];
    const ana_spatial_filters out = {4, filters, NULL, NULL};
    for (size_t k = 0; k < MANY; k++) { /* the average reference */
        for (size_t t = 0; t < T; t++) {
            double mean = 0.0;
            for (size_t j = 0; j < N; j++) {
                mean += drawn.signals[(k * N + j) * T + t] / N;
            }
            for (size_t j = 0; j < N; j++) {
                drawn.signals[(k * N + j) * T + t] -= mean;
            }
        }
    }
    fill_matrices(&drawn);
    for (size_t e = 0; e < (size_t)MANY * SIZE; e++) { /* exactly so: rounding could hide it */
        drawn.matrices[e] = e % SIZE / N == 0 || e % N == 0 ? 0.0 : drawn.matrices[e];
    }
    const ana_labelled_matrices known = known_of(&drawn, 2);
    check_fails(ana_csp_fit(&known, &options, &out), ANA_ERR_NUMERIC, "average-referenced");
    options.shrinkage = 0.01;
    check_ok(ana_csp_fit(&known, &options, &out));
    options.metric = ANA_SPD_RIEMANN;
    check_fails(ana_csp_fit(&known, &options, &out), ANA_ERR_VALUE, "matrix 0");
    memset(filters, 0, sizeof filters);
    check_fails(ana_csp_features(&known.set, 4, filters, features), ANA_ERR_NUMERIC,
                "matrix 0 has variance 0 through filter 0");
    options = ana_csp_options_default();
    check_fails(ana_csp_fit(&known, &options, &(ana_spatial_filters){3, filters, NULL, NULL}),
                ANA_ERR_SHAPE, "room for 3 filters; there are 4");
    drawn.matrices[2 * SIZE - 1] = INFINITY;
    check_fails(ana_csp_fit(&known, &options, &out), ANA_ERR_VALUE, "channels 4 and 4");
    const ana_labelled_matrices complex_ones = {{2, true, 2, drawn.matrices}, 2, drawn.classes};
    check_fails(ana_csp_fit(&complex_ones, &options, &out), ANA_ERR_VALUE, "complex");
    const ana_labelled_matrices one = known_of(&drawn, 1);
    check_fails(ana_csp_fit(&one, &options, &out), ANA_ERR_VALUE, "1 classes");
    check_fails(ana_csp_signals(1, N, (size_t)INT_MAX + 1, features, 4, filters, features),
                ANA_ERR_SHAPE, "2147483648");
}

/* Of diag(1, 1) and diag(4, 1): 0.8 of them and 0.2 of their mean variance, 1 and 2.5. */
static void shrinkage_adds_the_mean_variance(void **state)
{
    (void)state;
    const double matrices[8] = {1, 0, 0, 1, 4, 0, 0, 1};
    const size_t classes[2] = {0, 1};
    const ana_labelled_matrices known = {{2, false, 2, matrices}, 2, classes};
    ana_csp_options options = ana_csp_options_default();
    double filters[4];
    double values[2];
    options.shrinkage = 0.2;
    check_ok(ana_csp_fit(&known, &options, &(ana_spatial_filters){2, filters, NULL, values}));
    check_close(values[0], 3.7 / 4.7, 1e-14, 0.0);
    check_close(values[1], 1.3 / 2.3, 1e-14, 0.0);
}

static ana_status use_all(void *user)
{
    const world *drawn = user;
    const ana_labelled_matrices known = known_of(drawn, 3);
    ana_csp_options options = ana_csp_options_default();
    double filters[12 * N];
    double patterns[12 * N];
    double values[12];
    double numbers[MANY];
    double features[12 * MANY];
    for (size_t k = 0; k < MANY; k++) {
        numbers[k] = (double)drawn->classes[k];
    }
    ana_status status =
        ana_csp_fit(&known, &options, &(ana_spatial_filters){12, filters, patterns, values});
    options.method = ANA_CSP_JOINT;
    if (status == ANA_OK) {
        status =
            ana_csp_fit(&known, &options, &(ana_spatial_filters){4, filters, patterns, values});
    }
    if (status == ANA_OK) {
        status = ana_spoc_fit(&known.set, numbers, &options,
                              &(ana_spatial_filters){4, filters, patterns, values});
    }
    return status == ANA_OK ? ana_csp_features(&known.set, 4, filters, features) : status;
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    world drawn = draw(3, 8);
    assert_true(check_each_allocation(use_all, &drawn, 0) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(channels_apart_are_filters_in_the_order_of_their_share),
        cmocka_unit_test(pairs_solve_the_two_covariances_at_once),
        cmocka_unit_test(each_class_has_filters_against_the_rest),
        cmocka_unit_test(joint_filters_have_unit_variance_and_fall_in_information),
        cmocka_unit_test(joint_filters_settle_at_the_tolerance),
        cmocka_unit_test(comodulation_is_the_covariance_of_power_with_the_number),
        cmocka_unit_test(a_unit_changes_no_feature),
        cmocka_unit_test(shrinkage_adds_the_mean_variance),
        cmocka_unit_test(singular_means_are_refused_and_shrinkage_helps),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
