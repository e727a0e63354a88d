/* The rank of covariances: what is lost is found, named, and projected away. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/spd_mean.h>
#include <analysis/models/spd_rank.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 6,
    MANY = 7,
    TIMES = 40,
    SIZE = N * N
};

static const char *const names[N] = {"Fz", "C3", "Cz", "C4", "Pz", "Oz"};

/* What is done to the samples of trial k, n channels x TIMES. */
typedef void (*damage)(size_t k, double *x);

static void mix_channels(ana_random *random, double *x)
{
    double sources[N * TIMES];
    double mixing[SIZE];
    for (size_t i = 0; i < (size_t)N * TIMES; i++) {
        sources[i] = ana_random_normal(random);
    }
    ana_random fixed = ana_random_stream(9, "test.spd_rank.mixing", 0);
    for (size_t e = 0; e < SIZE; e++) {
        mixing[e] = ana_random_normal(&fixed) + (e % (N + 1) == 0 ? 2.0 : 0.0);
    }
    check_ok(ana_linalg_multiply(N, N, TIMES, mixing, sources, x));
}

/* Covariances of MANY trials of n_times samples, in units of 1 / scale. */
static void simulate(damage harm, size_t n_times, double scale, double *out)
{
    ana_random random = ana_random_stream(4, "test.spd_rank", 0);
    double x[N * TIMES];
    for (size_t k = 0; k < MANY; k++) {
        mix_channels(&random, x);
        if (harm != NULL) {
            harm(k, x);
        }
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < N; j++) {
                double sum = 0.0;
                for (size_t t = 0; t < n_times; t++) {
                    sum += scale * x[i * TIMES + t] * scale * x[j * TIMES + t];
                }
                out[k * SIZE + i * N + j] = sum / (double)n_times;
            }
        }
    }
}

static void average(size_t n_channels, double *x)
{
    for (size_t t = 0; t < TIMES; t++) {
        double mean = 0.0;
        for (size_t c = 0; c < n_channels; c++) {
            mean += x[c * TIMES + t] / (double)n_channels;
        }
        for (size_t c = 0; c < n_channels; c++) {
            x[c * TIMES + t] -= mean;
        }
    }
}

static void average_all(size_t k, double *x)
{
    (void)k;
    average(N, x);
}

static void average_four(size_t k, double *x)
{
    (void)k;
    average(4, x);
}

static void bridge(size_t k, double *x)
{
    (void)k;
    for (size_t t = 0; t < TIMES; t++) {
        x[3 * TIMES + t] = 1.5 * x[1 * TIMES + t];
    }
}

static void bridge_and_average(size_t k, double *x)
{
    (void)k;
    memcpy(x + 3 * TIMES, x + 1 * TIMES, TIMES * sizeof *x);
    average(N, x);
}

static void flatten(size_t k, double *x)
{
    (void)k;
    memset(x + 2 * TIMES, 0, TIMES * sizeof *x);
}

static void flatten_and_average(size_t k, double *x)
{
    for (size_t t = 0; t < TIMES; t++) {
        x[5 * TIMES + t] = 0.0;
    }
    average(5, x);
    (void)k;
}

static void flatten_in_trial_3(size_t k, double *x)
{
    if (k == 3) {
        memset(x + 2 * TIMES, 0, TIMES * sizeof *x);
    }
}

/* Two components of an oblique decomposition: x - a (b^T x) / a^T b, of either half. */
static void remove_components(size_t k, double *x)
{
    static const double a[2][N] = {{1.0, 0.3, -0.5, 0.0, 0.0, 0.0},
                                   {0.0, 0.0, 0.0, -0.7, 0.1, 0.8}};
    static const double b[2][N] = {{0.7, -0.2, 0.4, 0.0, 0.0, 0.0}, {0.0, 0.0, 0.0, 0.3, 0.8, 0.2}};
    (void)k;
    for (size_t c = 0; c < 2; c++) {
        double scale = 0.0;
        for (size_t i = 0; i < N; i++) {
            scale += a[c][i] * b[c][i];
        }
        for (size_t t = 0; t < TIMES; t++) {
            double part = 0.0;
            for (size_t i = 0; i < N; i++) {
                part += b[c][i] * x[i * TIMES + t];
            }
            for (size_t i = 0; i < N; i++) {
                x[i * TIMES + t] -= a[c][i] * part / scale;
            }
        }
    }
}

static ana_spd_rank *find(const double *values, size_t n_times)
{
    const ana_spd_set set = {N, false, MANY, values};
    ana_spd_rank_options options = ana_spd_rank_options_default();
    ana_spd_rank *rank = NULL;
    options.channels = names;
    options.n_times = n_times;
    check_ok(ana_spd_rank_find(&set, &options, &rank));
    return rank;
}

/* The basis is orthonormal, matrices projected to it have a Riemannian mean, and come back as they
 * were but for what is null. */
static void check_subspace(const ana_spd_rank *rank, const double *values, bool comes_back)
{
    const ana_spd_set set = {N, false, MANY, values};
    const size_t r = rank->n_dimensions;
    double gram[SIZE];
    double projected[MANY * SIZE];
    double mean[SIZE];
    double back[MANY * SIZE];
    check_ok(ana_linalg_gram(N, r, rank->basis, gram));
    for (size_t e = 0; e < r * r; e++) {
        check_close(gram[e], e % (r + 1) == 0 ? 1.0 : 0.0, 1e-12, 0.0);
    }
    check_ok(ana_spd_rank_project(rank, &set, NULL, projected));
    const ana_spd_set smaller = {r, false, MANY, projected};
    check_ok(ana_spd_mean(&smaller, NULL, NULL, NULL, mean));
    check_ok(ana_spd_rank_restore(rank, &smaller, back));
    double largest = 0.0;
    for (size_t e = 0; e < (size_t)MANY * SIZE; e++) {
        largest = fmax(largest, fabs(values[e]));
    }
    if (comes_back) {
        check_all_close((size_t)MANY * SIZE, back, values, 1e-12 * largest, 0.0);
    }
}

static void each_cause_is_found_and_said_in_any_unit(void **state)
{
    (void)state;
    static const struct {
        damage harm;
        size_t rank;
        size_t n_findings;
        ana_spd_rank_cause cause;
        bool comes_back;
        const char *sentence;
    } cases[] = {
        {NULL, N, 0, ANA_SPD_RANK_FLAT, true, "the 6 channels have full rank"},
        {average_all, N - 1, 1, ANA_SPD_RANK_AVERAGE_REFERENCE, true,
         "the 6 channels have rank 5: the sum of all is 0, as after an average reference"},
        {average_four, N - 1, 1, ANA_SPD_RANK_AVERAGE_REFERENCE, true,
         "the 6 channels have rank 5: the sum of channels Fz, C3, Cz and C4 is 0, as after an "
         "average reference"},
        {bridge, N - 1, 1, ANA_SPD_RANK_BRIDGED, true,
         "the 6 channels have rank 5: channels C3 and C4 are one signal (bridged electrodes, or "
         "copies)"},
        {bridge_and_average, N - 2, 2, ANA_SPD_RANK_AVERAGE_REFERENCE, true,
         "the 6 channels have rank 4: the sum of all is 0, as after an average reference; channels "
         "C3 and C4 are one signal (bridged electrodes, or copies)"},
        {flatten, N - 1, 1, ANA_SPD_RANK_FLAT, true,
         "the 6 channels have rank 5: channel Cz is flat"},
        {flatten_and_average, N - 2, 2, ANA_SPD_RANK_FLAT, true,
         "the 6 channels have rank 4: channel Oz is flat; the sum of all others is 0, as after an "
         "average reference"},
        {remove_components, N - 2, 1, ANA_SPD_RANK_REMOVED, true,
         "the 6 channels have rank 4: 2 dimensions are missing, as after components were removed "
         "(ICA, PCA, projections) or channels interpolated"},
        {flatten_in_trial_3, N, 1, ANA_SPD_RANK_FLAT, false,
         "the 6 channels have rank 6: in matrix 3 channel Cz is flat"},
    };
    double values[MANY * SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int unit = 0; unit < 2; unit++) {
            simulate(cases[i].harm, TIMES, unit == 0 ? 1.0 : 1e-6, values);
            ana_spd_rank *rank = find(values, TIMES);
            assert_string_equal(rank->sentence, cases[i].sentence);
            assert_int_equal(rank->rank, cases[i].rank);
            assert_int_equal(rank->n_findings, cases[i].n_findings);
            if (rank->n_findings > 0) {
                assert_int_equal(rank->findings[0].cause, cases[i].cause);
            }
            check_subspace(rank, values, cases[i].comes_back);
            ana_spd_rank_free(rank);
        }
    }
}

static void a_channel_flat_in_one_trial_is_left_out_of_the_subspace(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    simulate(flatten_in_trial_3, TIMES, 1.0, values);
    ana_spd_rank *rank = find(values, TIMES);
    assert_int_equal(rank->lowest, N - 1);
    assert_int_equal(rank->lowest_at, 3);
    assert_int_equal(rank->n_dimensions, N - 1);
    assert_false(rank->findings[0].is_of_all);
    assert_int_equal(rank->findings[0].matrix, 3);
    assert_int_equal(rank->findings[0].n_channels, 1);
    assert_int_equal(rank->findings[0].channels[0], 2);
    for (size_t b = 0; b < rank->n_dimensions; b++) {
        check_close(rank->basis[2 * rank->n_dimensions + b], 0.0, 1e-12, 0.0);
    }
    ana_spd_rank_free(rank);
}

static void fewer_samples_than_channels_leave_principal_axes(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    for (int unit = 0; unit < 2; unit++) {
        simulate(NULL, 4, unit == 0 ? 1.0 : 1e-6, values);
        for (size_t n_times = 0; n_times <= 4; n_times += 4) {
            ana_spd_rank *rank = find(values, n_times);
            assert_int_equal(rank->rank, N);
            assert_int_equal(rank->lowest, 4);
            assert_int_equal(rank->n_dimensions, 4);
            assert_int_equal(rank->findings[0].cause, ANA_SPD_RANK_FEW_SAMPLES);
            assert_non_null(strstr(rank->sentence, "a single matrix has rank 4"));
            assert_non_null(strstr(rank->sentence, "fewer samples than channels"));
            assert_int_equal(strstr(rank->sentence, "of 4 samples") != NULL, n_times == 4);
            check_subspace(rank, values, false);
            ana_spd_rank_free(rank);
        }
    }
    const ana_spd_set one = {N, false, 1, values};
    ana_spd_rank_options options = ana_spd_rank_options_default();
    ana_spd_rank *rank = NULL;
    options.n_times = 4;
    check_ok(ana_spd_rank_find(&one, &options, &rank));
    assert_int_equal(rank->rank, 4);
    assert_int_equal(rank->findings[0].cause, ANA_SPD_RANK_FEW_SAMPLES);
    ana_spd_rank_free(rank);
}

static void gains_of_channels_and_steep_spectra_are_no_loss_of_rank(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    simulate(NULL, TIMES, 1.0, values);
    for (size_t e = 0; e < (size_t)MANY * SIZE; e++) { /* a channel in volts among microvolts */
        values[e] *= (e / N % N == 1 ? 1e-6 : 1.0) * (e % N == 1 ? 1e-6 : 1.0);
    }
    ana_spd_rank *rank = find(values, TIMES);
    assert_int_equal(rank->rank, N);
    ana_spd_rank_free(rank);
    for (size_t e = 0; e < (size_t)MANY * SIZE; e++) { /* eigenvalues 1 to 1e-10, without a gap */
        const size_t i = e / N % N;
        const size_t j = e % N;
        double sum = 0.0;
        for (size_t k = 0; k < N; k++) { /* a Householder reflection of the diagonal */
            const double left = (i == k ? 1.0 : 0.0) - 2.0 / N;
            const double right = (j == k ? 1.0 : 0.0) - 2.0 / N;
            sum += left * right * pow(10.0, -2.0 * (double)k);
        }
        values[e] = sum;
    }
    rank = find(values, TIMES);
    assert_int_equal(rank->rank, N);
    ana_spd_rank_free(rank);
}

static void fewer_dimensions_can_be_asked_for(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    simulate(average_all, TIMES, 1.0, values);
    const ana_spd_set set = {N, false, MANY, values};
    ana_spd_rank_options options = ana_spd_rank_options_default();
    ana_spd_rank *rank = NULL;
    options.n_dimensions = 3;
    check_ok(ana_spd_rank_find(&set, &options, &rank));
    assert_int_equal(rank->rank, N - 1);
    assert_int_equal(rank->n_dimensions, 3);
    check_subspace(rank, values, false);
    double projected[MANY * SIZE];
    check_ok(ana_spd_rank_project(rank, &set, NULL, projected));
    double sums[3] = {0.0};
    for (size_t k = 0; k < MANY; k++) { /* the largest axis of the mean comes first */
        const double trace = projected[k * 9] + projected[k * 9 + 4] + projected[k * 9 + 8];
        for (size_t b = 0; b < 3; b++) {
            sums[b] += projected[k * 9 + 4 * b] / trace;
        }
    }
    assert_true(sums[0] > sums[1] && sums[1] > sums[2]);
    ana_spd_rank_free(rank);
}

/* X = A A^H of complex A, its channels with sum 0. */
static void simulate_hermitian(double *out)
{
    ana_random random = ana_random_stream(5, "test.spd_rank", 1);
    double x[N * TIMES * 2];
    for (size_t k = 0; k < MANY; k++) {
        for (size_t i = 0; i < sizeof x / sizeof x[0]; i++) {
            x[i] = ana_random_normal(&random);
        }
        for (size_t t = 0; t < (size_t)2 * TIMES; t++) {
            double mean = 0.0;
            for (size_t c = 0; c < N; c++) {
                mean += x[c * 2 * TIMES + t] / N;
            }
            for (size_t c = 0; c < N; c++) {
                x[c * 2 * TIMES + t] -= mean;
            }
        }
        for (size_t e = 0; e < SIZE; e++) {
            const double *a = x + e / N * 2 * TIMES;
            const double *b = x + e % N * 2 * TIMES;
            double *to = out + 2 * (k * SIZE + e);
            to[0] = to[1] = 0.0;
            for (size_t t = 0; t < TIMES; t++) {
                to[0] += a[2 * t] * b[2 * t] + a[2 * t + 1] * b[2 * t + 1];
                to[1] += a[2 * t + 1] * b[2 * t] - a[2 * t] * b[2 * t + 1];
            }
        }
    }
}

static void hermitian_matrices_are_projected_likewise(void **state)
{
    (void)state;
    double values[MANY * SIZE * 2];
    double projected[MANY * SIZE * 2];
    double back[MANY * SIZE * 2];
    simulate_hermitian(values);
    const ana_spd_set set = {N, true, MANY, values};
    ana_spd_rank *rank = NULL;
    check_ok(ana_spd_rank_find(&set, NULL, &rank));
    assert_int_equal(rank->rank, N - 1);
    assert_string_equal(rank->sentence, "the 6 channels have rank 5: the sum of all is 0, as after "
                                        "an average reference");
    check_ok(ana_spd_rank_project(rank, &set, NULL, projected));
    const ana_spd_set smaller = {N - 1, true, MANY, projected};
    check_ok(ana_spd_rank_restore(rank, &smaller, back));
    check_all_close(sizeof values / sizeof values[0], back, values, 1e-10, 0.0);
    ana_spd_rank_free(rank);
}

static void what_is_no_covariance_is_refused(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    ana_spd_rank *rank = NULL;
    simulate(average_all, TIMES, 1.0, values);
    const ana_spd_set set = {N, false, MANY, values};
    const ana_spd_set none = {N, false, 0, values};
    const ana_spd_set other = {N - 1, false, 1, values};
    ana_spd_rank_options options = ana_spd_rank_options_default();
    check_fails(ana_spd_rank_find(&none, NULL, &rank), ANA_ERR_VALUE, "0 matrices");
    options.gap = 0.5;
    check_fails(ana_spd_rank_find(&set, &options, &rank), ANA_ERR_VALUE, "rank-gap");
    check_ok(ana_spd_rank_find(&set, NULL, &rank));
    double out[MANY * SIZE];
    check_fails(ana_spd_rank_project(rank, &other, NULL, out), ANA_ERR_SHAPE, "6 are right");
    check_fails(ana_spd_rank_restore(rank, &set, out), ANA_ERR_SHAPE, "5 are right");
    double bridged[MANY * SIZE];
    simulate(bridge_and_average, TIMES, 1.0, bridged);
    const ana_spd_set lower = {N, false, MANY, bridged};
    check_fails(ana_spd_rank_project(rank, &lower, NULL, out), ANA_ERR_VALUE,
                "matrix 0 is not positive definite");
    ana_spd_rank_free(rank);
    values[2 * SIZE + 1] = values[2 * SIZE + N] = NAN;
    check_fails(ana_spd_rank_find(&set, NULL, &rank), ANA_ERR_VALUE, "matrix 2");
    memset(values + 2 * SIZE, 0, SIZE * sizeof *values);
    check_fails(ana_spd_rank_find(&set, NULL, &rank), ANA_ERR_VALUE, "matrix 2 has no variance");
    for (size_t i = 0; i < N; i++) {
        values[2 * SIZE + i * (N + 1)] = i == 0 ? -1.0 : 2.0;
    }
    check_fails(ana_spd_rank_find(&set, NULL, &rank), ANA_ERR_VALUE, "matrix 2 is no covariance");
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double out[MANY * SIZE];
    double back[MANY * SIZE];
    simulate(bridge_and_average, TIMES, 1.0, values);
    const ana_spd_set set = {N, false, MANY, values};
    ana_spd_rank *rank = NULL;
    ALLOCATION_TEST(ana_spd_rank_find, (&set, NULL, &rank), ana_spd_rank_free(rank));
    simulate(flatten_in_trial_3, TIMES, 1.0, values);
    ALLOCATION_TEST(ana_spd_rank_find, (&set, NULL, &rank), ana_spd_rank_free(rank));
    check_ok(ana_spd_rank_find(&set, NULL, &rank));
    ALLOCATION_TEST(ana_spd_rank_project, (rank, &set, NULL, out), (void)0);
    const ana_spd_set smaller = {rank->n_dimensions, false, MANY, out};
    ALLOCATION_TEST(ana_spd_rank_restore, (rank, &smaller, back), (void)0);
    ana_spd_rank_free(rank);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_cause_is_found_and_said_in_any_unit),
        cmocka_unit_test(a_channel_flat_in_one_trial_is_left_out_of_the_subspace),
        cmocka_unit_test(fewer_samples_than_channels_leave_principal_axes),
        cmocka_unit_test(gains_of_channels_and_steep_spectra_are_no_loss_of_rank),
        cmocka_unit_test(fewer_dimensions_can_be_asked_for),
        cmocka_unit_test(hermitian_matrices_are_projected_likewise),
        cmocka_unit_test(what_is_no_covariance_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("spd rank", tests, NULL, NULL);
}
