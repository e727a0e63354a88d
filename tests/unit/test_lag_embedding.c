/* MDOP and its pieces: by brute force, on chaotic and autoregressive series, and what is refused.
 */
#include "lag_embedding_parts.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/lag_embedding.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    POINTS = 60,
    DELAYS = 7
};

static void fill_noise(size_t n, uint64_t item, double *out)
{
    ana_random random = ana_random_stream(4, "test.mdop", item);
    for (size_t i = 0; i < n; i++) {
        out[i] = ana_random_normal(&random);
    }
}

/* Lorenz 1963 at its usual parameters, by Runge-Kutta steps of 0.01, each third one kept. */
static void slope(const double x[3], double out[3])
{
    out[0] = 10.0 * (x[1] - x[0]);
    out[1] = x[0] * (28.0 - x[2]) - x[1];
    out[2] = x[0] * x[1] - 8.0 / 3.0 * x[2];
}

static void step_lorenz(double h, double x[3])
{
    double k[4][3];
    double at[3];
    const double shares[] = {0.0, 0.5, 0.5, 1.0};
    for (size_t stage = 0; stage < 4; stage++) {
        for (size_t i = 0; i < 3; i++) {
            at[i] = x[i] + (stage > 0 ? shares[stage] * h * k[stage - 1][i] : 0.0);
        }
        slope(at, k[stage]);
    }
    for (size_t i = 0; i < 3; i++) {
        x[i] += h / 6.0 * (k[0][i] + 2.0 * k[1][i] + 2.0 * k[2][i] + k[3][i]);
    }
}

/* n_channels x n: x, y, z. */
static void fill_lorenz(size_t n_channels, size_t n, double *out)
{
    double x[3] = {1.0, 2.0, 20.0};
    for (size_t t = 0; t < 1000 + 3 * n; t++) {
        step_lorenz(0.01, x);
        for (size_t i = 0; i < n_channels && t >= 1000 && t % 3 == 0; i++) {
            out[i * n + (t - 1000) / 3] = x[i];
        }
    }
}

static void neighbours_are_the_nearest_outside_the_window(void **state)
{
    (void)state;
    double trajectory[2 * POINTS];
    double room[POINTS];
    size_t nearest[POINTS];
    double apart[POINTS];
    const embedding_cloud cloud = {POINTS, 2, POINTS, trajectory};
    fill_noise(2 * (size_t)POINTS, 0, trajectory);
    for (size_t theiler = 0; theiler < 9; theiler += 4) {
        assert_true(embedding_nearest(&cloud, theiler, room, nearest, apart));
        for (size_t i = 0; i < POINTS; i++) {
            double best = INFINITY;
            for (size_t j = 0; j < POINTS; j++) {
                const double distance = hypot(trajectory[i] - trajectory[j],
                                              trajectory[POINTS + i] - trajectory[POINTS + j]);
                const size_t gap = i > j ? i - j : j - i;
                best = gap > theiler && distance < best ? distance : best;
            }
            const size_t gap = i > nearest[i] ? i - nearest[i] : nearest[i] - i;
            check_close(apart[i], best, 0.0, 1e-14);
            assert_true(gap > theiler);
        }
    }
    assert_false(embedding_nearest(&cloud, POINTS / 2, room, nearest, apart));
}

static void beta_is_the_mean_of_its_logarithms(void **state)
{
    (void)state;
    double s[POINTS + DELAYS];
    double room[2 * (DELAYS + 1)];
    double beta[DELAYS + 1];
    size_t nearest[POINTS];
    double apart[POINTS];
    double distances[POINTS];
    fill_noise(POINTS + DELAYS, 1, s);
    s[3] = s[20]; /* a difference of 0 at one delay, an equal point at another */
    const embedding_cloud cloud = {POINTS, 1, POINTS, s};
    assert_true(embedding_nearest(&cloud, 1, distances, nearest, apart));
    embedding_beta(POINTS, s, DELAYS, nearest, apart, room, beta);
    assert_true(apart[3] == 0.0);
    for (size_t delay = 0; delay <= DELAYS; delay++) {
        double sum = 0.0;
        double n = 0.0;
        for (size_t i = 0; i < POINTS; i++) {
            const double difference = fabs(s[i + delay] - s[nearest[i] + delay]);
            if (difference > 0.0 && apart[i] > 0.0) {
                sum += log10(difference / apart[i]);
                n += 1.0;
            }
        }
        check_close(beta[delay], sum / n, 1e-12, 0.0);
    }
    check_close(beta[0], 0.0, 1e-12, 0.0); /* the base itself */
}

static void false_neighbours_are_counted(void **state)
{
    (void)state;
    const double before[] = {1.0, 1.0, 2.0, 0.0, 3.0};
    const double after[] = {2.0, 2.1, 9.0, 5.0, 3.0};
    check_close(embedding_false_share(5, before, after, 2.0), 0.4, 0.0, 1e-15);
    check_close(embedding_false_share(5, before, after, 4.0), 0.2, 0.0, 1e-15);
}

/* Sorted by hand: 8 values are one bin; 16 crowded at one end are halved, and halves of 8 stay. */
static void values_are_bisected_until_they_are_even(void **state)
{
    (void)state;
    ana_placed sorted[16];
    size_t bins[16];
    double edges[17];
    for (size_t i = 0; i < 16; i++) {
        sorted[i] = (ana_placed){(double)i, i};
    }
    assert_int_equal(embedding_bisect(8, sorted, bins, edges), 1);
    assert_int_equal(bins[0], 8);
    assert_int_equal(embedding_bisect(16, sorted, bins, edges), 1); /* even: 8 in each half */
    sorted[15].value = 1000.0;
    assert_int_equal(embedding_bisect(16, sorted, bins, edges), 2);
    assert_int_equal(bins[0], 8);
    assert_int_equal(bins[1], 8);
    check_close(edges[0], 0.0, 0.0, 0.0);
    check_close(edges[1], 7.0, 0.0, 0.0);
    check_close(edges[2], 1000.0, 0.0, 0.0);
}

/* With two bins the joint counts can be written down: the sum over them. */
static void information_is_that_of_the_joint_counts(void **state)
{
    (void)state;
    double x[17];
    double out[1];
    double counts[2][2] = {{0.0}};
    double wanted = 0.0;
    for (size_t t = 0; t < 17; t++) {
        x[t] = (double)(t * 5 % 17);
    }
    x[9] = 1000.0;
    double sorted[16];
    memcpy(sorted, x, sizeof sorted);
    qsort(sorted, 16, sizeof *sorted, ana_compare_doubles);
    for (size_t t = 0; t < 16; t++) {
        counts[x[t] > sorted[7]][x[t + 1] > sorted[7]] += 1.0;
    }
    for (size_t i = 0; i < 4; i++) {
        const double both = counts[i / 2][i % 2];
        wanted += both > 0.0 ? both / 16.0 * log2(both * 16.0 / 64.0) : 0.0;
    }
    check_ok(ana_lag_information(17, x, 1, out));
    check_close(out[0], wanted, 1e-14, 0.0);
}

/* A sine tells least about itself a quarter of its period later. */
static void the_first_minimum_is_where_the_information_rises_again(void **state)
{
    (void)state;
    enum {
        N = 1200,
        MOST = 60
    };
    double *x = calloc(N, sizeof *x);
    double information[MOST];
    ana_workspace workspace = {0};
    embedding_room room;
    const ana_lag_embedding_options options = ana_lag_embedding_options_default();
    assert_non_null(x);
    fill_noise(N, 3, x);
    for (size_t t = 0; t < N; t++) {
        x[t] = sin(2.0 * 3.14159265358979 * (double)t / 40.3) + 0.05 * x[t];
    }
    embedding_open_room(1, N, &options, &workspace, &room);
    check_ok(ana_workspace_check(&workspace, "test"));
    const size_t found = embedding_first_minimum(&room, N, x, MOST);
    check_ok(ana_lag_information(N, x, MOST, information));
    for (size_t delay = 1; delay < found; delay++) {
        assert_true(information[delay] < information[delay - 1]);
    }
    assert_true(information[found] >= information[found - 1]);
    assert_in_range(found, 4, 16);
    ana_workspace_release(&workspace);
    free(x);
}

static void lorenz_is_unfolded_in_few_coordinates(void **state)
{
    (void)state;
    enum {
        N = 1500
    };
    double *x = calloc((size_t)3 * N, sizeof *x);
    assert_non_null(x);
    for (size_t n_channels = 1; n_channels <= 3; n_channels += 2) {
        ana_lag_embedding found;
        fill_lorenz(n_channels, N, x);
        check_ok(ana_lag_embedding_find(n_channels, N, x, NULL, &found));
        /* The attractor has dimension 2.06: two coordinates are too few and five enough. */
        assert_in_range(found.n_delays, 1, 5);
        assert_in_range(found.theiler, 3, 20);
        assert_int_equal(found.delays[0], 0);
        assert_true(found.delays[1] > 0 || n_channels > 1);
        const double last = found.false_share[found.n_delays - 1];
        assert_true(last <= 0.05 || last > found.false_share[found.n_delays - 2]);
        for (size_t i = 0; i + 1 < found.n_delays; i++) {
            assert_true(found.false_share[i] > 0.05);
            assert_true(found.beta[i] >= found.beta[i + 1] - 0.5);
        }
    }
    free(x);
}

/* What is found does not depend on the channels' units or offsets. */
static void units_do_not_change_the_delays(void **state)
{
    (void)state;
    enum {
        N = 400
    };
    double *x = calloc((size_t)3 * N, sizeof *x);
    ana_lag_embedding first;
    ana_lag_embedding second;
    assert_non_null(x);
    fill_lorenz(3, N, x);
    check_ok(ana_lag_embedding_find(3, N, x, NULL, &first));
    for (size_t t = 0; t < N; t++) {
        x[t] = x[t] * 1e-6 + 1e-3;
        x[N + t] *= 1024.0;
    }
    check_ok(ana_lag_embedding_find(3, N, x, NULL, &second));
    assert_int_equal(first.n_delays, second.n_delays);
    assert_memory_equal(first.delays, second.delays, sizeof first.delays);
    assert_memory_equal(first.channels, second.channels, sizeof first.channels);
    check_all_close(first.n_delays, first.beta, second.beta, 1e-9, 0.0);
    free(x);
}

/* The first coordinate that joins has the largest beta of all pairs of channels and delays. */
static void the_first_choice_is_the_best_of_all(void **state)
{
    (void)state;
    enum {
        N = 200,
        MOST = 10
    };
    double *x = calloc((size_t)2 * N, sizeof *x);
    ana_lag_embedding_options options = ana_lag_embedding_options_default();
    ana_lag_embedding found;
    size_t nearest[N];
    double apart[N];
    double room[N];
    double scratch[2 * (MOST + 1)];
    double beta[MOST + 1];
    double best = -INFINITY;
    assert_non_null(x);
    options.max_delay = MOST;
    options.max_cycles = 1;
    fill_noise((size_t)2 * N, 5, x);
    for (size_t t = 2; t < N; t++) {
        x[t] += 1.2 * x[t - 1] - 0.6 * x[t - 2];
        x[N + t] += 0.5 * x[t - 2];
    }
    check_ok(ana_lag_embedding_find(2, N, x, &options, &found));
    for (size_t i = 0; i < 2; i++) { /* in units of the standard deviation */
        double mean = 0.0;
        double square = 0.0;
        for (size_t t = 0; t < N; t++) {
            mean += x[i * N + t] / N;
        }
        for (size_t t = 0; t < N; t++) {
            square += (x[i * N + t] - mean) * (x[i * N + t] - mean) / (N - 1.0);
        }
        for (size_t t = 0; t < N; t++) {
            x[i * N + t] /= sqrt(square);
        }
    }
    for (size_t pair = 0; pair < 4; pair++) {
        const embedding_cloud cloud = {N - MOST, 1, N, x + pair / 2 * N};
        assert_true(embedding_nearest(&cloud, found.theiler, room, nearest, apart));
        embedding_beta(N - MOST, x + pair % 2 * N, MOST, nearest, apart, scratch, beta);
        for (size_t delay = 0; delay <= MOST; delay++) {
            best = fmax(best, beta[delay]);
        }
    }
    check_close(found.beta[0], best, 1e-9, 0.0);
    assert_int_equal(found.n_delays, 1);
    free(x);
}

static void what_cannot_be_embedded_is_refused(void **state)
{
    (void)state;
    enum {
        N = 100
    };
    double x[2 * N];
    double out[N];
    ana_lag_embedding found;
    ana_lag_embedding_options options = ana_lag_embedding_options_default();
    fill_noise((size_t)2 * N, 6, x);
    check_fails(ana_lag_embedding_find(2, 69, x, &options, &found), ANA_ERR_VALUE,
                "69 samples; 70");
    check_fails(ana_lag_embedding_find(0, N, x, &options, &found), ANA_ERR_VALUE, "no channel");
    options.max_cycles = 51;
    check_fails(ana_lag_embedding_find(2, N, x, &options, &found), ANA_ERR_VALUE, "cycles");
    options.max_cycles = 50;
    for (size_t t = 0; t < N; t++) {
        x[N + t] = 5.0;
    }
    check_fails(ana_lag_embedding_find(2, N, x, &options, &found), ANA_ERR_VALUE,
                "channel 1 is constant");
    x[N + 4] = NAN;
    check_fails(ana_lag_embedding_find(2, N, x, &options, &found), ANA_ERR_VALUE,
                "sample 4 of channel 1");
    check_fails(ana_lag_information(N, x, N, out), ANA_ERR_VALUE, "100 delays of 100");
    check_fails(ana_lag_information(2 * (size_t)N, x, 5, out), ANA_ERR_VALUE, "sample 104");
    check_fails(embedding_refuse(EMBEDDING_NO_NEIGHBOUR, 0, ""), ANA_ERR_VALUE, "no neighbour");
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    enum {
        N = 120
    };
    double x[2 * N];
    double out[5];
    ana_lag_embedding found;
    fill_noise((size_t)2 * N, 7, x);
    ALLOCATION_TEST(ana_lag_embedding_find, (2, N, x, NULL, &found), (void)0);
    ALLOCATION_TEST(ana_lag_information, (N, x, 5, out), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_are_the_nearest_outside_the_window),
        cmocka_unit_test(beta_is_the_mean_of_its_logarithms),
        cmocka_unit_test(false_neighbours_are_counted),
        cmocka_unit_test(values_are_bisected_until_they_are_even),
        cmocka_unit_test(information_is_that_of_the_joint_counts),
        cmocka_unit_test(the_first_minimum_is_where_the_information_rises_again),
        cmocka_unit_test(lorenz_is_unfolded_in_few_coordinates),
        cmocka_unit_test(units_do_not_change_the_delays),
        cmocka_unit_test(the_first_choice_is_the_best_of_all),
        cmocka_unit_test(what_cannot_be_embedded_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("lag_embedding", tests, NULL, NULL);
}
