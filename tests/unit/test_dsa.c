#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/folds.h>
#include <analysis/linalg.h>
#include <analysis/models/dsa.h>
#include <analysis/models/rdm_compare.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 4,
    N_TRIALS = 6,
    LENGTH = 60
};

/* Two turns that shrink, by 0.2 and by `fast`, in a basis that is not orthogonal. */
static void make_dynamics(double fast, uint64_t basis, double *a)
{
    ana_random random = ana_random_stream(basis, "basis", 0);
    double block[N * N] = {0.0};
    double turned[N * N];
    double s[N * N];
    for (size_t k = 0; k < 2; k++) {
        const double angle = k == 0 ? 0.2 : fast;
        const double size = k == 0 ? 0.99 : 0.95;
        block[(2 * k) * N + 2 * k] = block[(2 * k + 1) * N + 2 * k + 1] = size * cos(angle);
        block[(2 * k) * N + 2 * k + 1] = -size * sin(angle);
        block[(2 * k + 1) * N + 2 * k] = size * sin(angle);
    }
    for (size_t i = 0; i < N * N; i++) {
        s[i] = (i % (N + 1) == 0 ? 1.5 : 0.0) + 0.3 * ana_random_normal(&random);
    }
    /* S B S^-1: solve S^T X^T = (S B)^T. */
    double transposed[N * N];
    double right[N * N];
    double solved[N * N];
    check_ok(ana_linalg_multiply(N, N, N, s, block, turned));
    for (size_t i = 0; i < N * N; i++) {
        transposed[i] = s[i % N * N + i / N];
        right[i] = turned[i % N * N + i / N];
    }
    check_ok(ana_linalg_solve(N, transposed, N, right, solved, NULL));
    for (size_t i = 0; i < N * N; i++) {
        a[i] = solved[i % N * N + i / N];
    }
}

/* Trials x(t + 1) = A x(t) + noise from random beginnings. */
static ana_observations *run_system(const double *a, double noise, size_t n_trials, uint64_t seed)
{
    ana_random random = ana_random_stream(seed, "run", 0);
    ana_observations *rows = NULL;
    size_t lengths[64];
    check_ok(ana_observations_new(n_trials * LENGTH, N, &rows));
    for (size_t k = 0; k < n_trials; k++) {
        lengths[k] = LENGTH;
        for (size_t t = 0; t < LENGTH; t++) {
            double *x = rows->values + (k * LENGTH + t) * N;
            for (size_t i = 0; i < N; i++) {
                x[i] = noise * ana_random_normal(&random);
                x[i] += t == 0 ? 3.0 * ana_random_normal(&random) : 0.0;
                for (size_t j = 0; j < N && t > 0; j++) {
                    x[i] += a[i * N + j] * x[j - N];
                }
            }
        }
    }
    check_ok(ana_observations_set_sequences(rows, n_trials, lengths, NULL));
    return rows;
}

static ana_observations *turning(double fast, double noise, uint64_t seed)
{
    double a[N * N];
    make_dynamics(fast, 1, a);
    return run_system(a, noise, N_TRIALS, seed);
}

static ana_dsa_options with(size_t n_delays, size_t rank)
{
    ana_dsa_options options = ana_dsa_options_default();
    options.n_delays = n_delays;
    options.rank = rank;
    return options;
}

static void dynamics_without_noise_are_found_whole(void **state)
{
    (void)state;
    double a[N * N];
    make_dynamics(0.9, 1, a);
    ana_observations *rows = run_system(a, 0.0, N_TRIALS, 1);
    const double wanted[2 * N] = {0.99 * cos(0.2),  0.99 * sin(0.2), 0.99 * cos(0.2),
                                  -0.99 * sin(0.2), 0.95 * cos(0.9), 0.95 * sin(0.9),
                                  0.95 * cos(0.9),  -0.95 * sin(0.9)};
    for (int regression = 0; regression < 2; regression++) {
        ana_dsa_options options = with(1, N);
        ana_dsa_system *system = NULL;
        options.centre = false;
        options.regression = (ana_dsa_regression)regression;
        check_ok(ana_dsa_fit(rows, "net", &options, &system));
        /* A transition across trials would break this. */
        check_all_close(2 * N, system->eigenvalues, wanted, 1e-11, 0.0);
        check_close(system->error, 0.0, 1e-13, 0.0);
        check_close(system->explained, 1.0, 1e-13, 0.0);
        assert_string_equal(system->name, "net");
        assert_int_equal(system->n_trials, N_TRIALS);
        assert_int_equal(system->n_rows, N_TRIALS * LENGTH);
        assert_int_equal(system->n_transitions, N_TRIALS * (LENGTH - 1));
        assert_int_equal(system->n_rows_left_out, 0);
        ana_dsa_system_free(system);
    }
    ana_observations_free(rows);
}

/* With as many states as units, the regression of samples on the samples before has the same
 * eigenvalues: here by the normal equations. */
static void eigenvalues_are_those_of_the_plain_regression(void **state)
{
    (void)state;
    ana_observations *rows = turning(0.9, 0.3, 2);
    ana_dsa_options options = with(1, N);
    ana_dsa_system *system = NULL;
    double past[N * N] = {0.0};
    double cross[N * N] = {0.0};
    double plain[N * N];
    double trace = 0.0;
    double sum = 0.0;
    options.centre = false;
    check_ok(ana_dsa_fit(rows, NULL, &options, &system));
    for (size_t t = 0; t + 1 < N_TRIALS * LENGTH; t++) {
        const double *x = rows->values + t * N;
        for (size_t i = 0; i < N * N && (t + 1) % LENGTH != 0; i++) {
            past[i] += x[i / N] * x[i % N];
            cross[i] += x[i / N] * x[N + i % N];
        }
    }
    check_ok(ana_linalg_solve(N, past, N, cross, plain, NULL));
    for (size_t k = 0; k < N; k++) {
        trace += plain[k * N + k];
        sum += system->eigenvalues[2 * k];
    }
    check_close(sum, trace, 1e-12, 0.0);
    assert_true(system->error > 1e-3 && system->error < 0.5);
    ana_dsa_system_free(system);
    ana_observations_free(rows);
}

static void missing_values_cost_their_rows_and_units_without_values_are_left_out(void **state)
{
    (void)state;
    ana_observations *rows = turning(0.9, 0.3, 3);
    ana_observations *wide = NULL;
    ana_dsa_system *system = NULL;
    ana_dsa_system *wider = NULL;
    const ana_dsa_options options = with(3, 5);
    size_t lengths[N_TRIALS];
    /* One missing value in the middle of a trial: three rows hold it, and the trial falls apart. */
    rows->values[(LENGTH + 20) * N + 1] = (double)NAN;
    check_ok(ana_dsa_fit(rows, NULL, &options, &system));
    assert_int_equal(system->n_rows, N_TRIALS * (LENGTH - 2) - 3);
    assert_int_equal(system->n_rows_left_out, 3);
    assert_int_equal(system->n_transitions, N_TRIALS * (LENGTH - 3) - 4);
    check_ok(ana_observations_new(N_TRIALS * LENGTH, N + 1, &wide));
    for (size_t t = 0; t < N_TRIALS * LENGTH; t++) {
        lengths[t / LENGTH] = LENGTH;
        memcpy(wide->values + t * (N + 1), rows->values + t * N, N * sizeof(double));
        wide->values[t * (N + 1) + N] = (double)NAN;
    }
    check_ok(ana_observations_set_sequences(wide, N_TRIALS, lengths, NULL));
    check_ok(ana_dsa_fit(wide, NULL, &options, &wider));
    assert_int_equal(wider->n_units, N);
    assert_int_equal(wider->n_units_left_out, 1);
    check_same_bits(25, wider->dynamics, system->dynamics);
    ana_dsa_system_free(system);
    ana_dsa_system_free(wider);
    ana_observations_free(rows);
    ana_observations_free(wide);
}

/* The same states seen by more units, turned, scaled and moved. */
static ana_observations *see_otherwise(const ana_observations *rows, size_t n_units)
{
    ana_random random = ana_random_stream(9, "see", 0);
    ana_observations *seen = NULL;
    size_t lengths[N_TRIALS];
    double *view = calloc(n_units * N, sizeof *view);
    double *q = calloc(n_units * N, sizeof *q);
    double upper[N * N];
    check_ok(ana_observations_new(rows->n_times, n_units, &seen));
    for (size_t i = 0; i < n_units * N; i++) {
        view[i] = ana_random_normal(&random);
    }
    check_ok(ana_linalg_qr(n_units, N, view, q, upper));
    for (size_t t = 0; t < rows->n_times; t++) {
        for (size_t u = 0; u < n_units; u++) {
            double *value = &seen->values[t * n_units + u];
            *value = 5.0 * (double)u;
            for (size_t i = 0; i < N; i++) {
                *value += 7.0 * q[u * N + i] * rows->values[t * N + i];
            }
        }
        lengths[t / LENGTH] = LENGTH;
    }
    check_ok(ana_observations_set_sequences(seen, N_TRIALS, lengths, NULL));
    free(view);
    free(q);
    return seen;
}

static void turned_scaled_and_moved_states_have_the_same_dynamics(void **state)
{
    (void)state;
    ana_observations *systems[3] = {turning(0.9, 0.3, 4), NULL, turning(0.5, 0.3, 5)};
    systems[1] = see_otherwise(systems[0], 11);
    for (int measure = ANA_DSA_ANGULAR; measure <= ANA_DSA_EIGENVALUES; measure++) {
        ana_dsa_options options = with(3, 5);
        ana_dsa *dsa = NULL;
        options.measure = (ana_dsa_measure)measure;
        check_ok(
            ana_dsa_compare(3, (const ana_observations *const *)systems, NULL, &options, &dsa));
        /* Searches stop where the square of the distance no longer changes: roots of 1e-15. */
        assert_true(dsa->distances[1] < 1e-6 && dsa->distances[1] == dsa->distances[3]);
        assert_true(dsa->distances[2] > 0.05 && dsa->distances[0] == 0.0);
        check_close(dsa->distances[5], dsa->distances[2], 1e-6, 0.0);
        assert_true(dsa->lower_bounds[2] <= dsa->distances[2]);
        ana_dsa_free(dsa);
    }
    for (size_t s = 0; s < 3; s++) {
        ana_observations_free(systems[s]);
    }
}

/* Turns by angles x and y: the angle of the dynamics is |x - y|, or |x + y| if y is turned over. */
static void turns_differ_by_their_angle_in_either_component(void **state)
{
    (void)state;
    for (int over = 0; over < 2; over++) {
        const double x = 0.9;
        const double y = over ? -0.4 : 0.4;
        const double a[4] = {cos(x), -sin(x), sin(x), cos(x)};
        const double b[4] = {2.0 * cos(y), -2.0 * sin(y), 2.0 * sin(y), 2.0 * cos(y)};
        ana_dsa_options options = ana_dsa_options_default();
        ana_dsa_match match;
        double basis[4];
        check_ok(ana_dsa_match_dynamics(2, a, b, &options, basis, &match));
        check_close(match.distance, 0.5, 1e-9, 0.0);
        check_close(match.lower_bound, 0.5, 1e-9, 0.0);
        check_close(basis[0] * basis[3] - basis[1] * basis[2], over ? -1.0 : 1.0, 1e-9, 0.0);
        assert_int_equal(match.n_agreeing, match.n_starts / 2); /* one component */
        options.measure = ANA_DSA_EUCLIDEAN;
        check_ok(ana_dsa_match_dynamics(2, a, b, &options, NULL, &match));
        check_close(match.distance, 2.0 * sin(0.25), 1e-9, 0.0);
        options.unscaled = true; /* |A|^2 + |B|^2 - 2 |A| |B| cos 0.5 */
        check_ok(ana_dsa_match_dynamics(2, a, b, &options, NULL, &match));
        check_close(match.distance, sqrt(2.0 + 8.0 - 8.0 * cos(0.5)), 1e-9, 0.0);
    }
}

/* In two dimensions every basis can be tried. */
static void no_basis_of_the_plane_does_better(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(3, "plane", 0);
    ana_dsa_options options = ana_dsa_options_default();
    options.measure = ANA_DSA_EUCLIDEAN;
    for (size_t trial = 0; trial < 20; trial++) {
        double both[8];
        double norms[2] = {0.0, 0.0};
        double least = INFINITY;
        ana_dsa_match match;
        for (size_t i = 0; i < 8; i++) {
            both[i] = ana_random_normal(&random);
            norms[i / 4] += both[i] * both[i];
        }
        check_ok(ana_dsa_match_dynamics(2, both, both + 4, &options, NULL, &match));
        for (size_t i = 0; i < 8; i++) {
            both[i] /= sqrt(norms[i / 4]);
        }
        for (size_t k = 0; k < 8000; k++) {
            const double angle = (double)(k / 2) * 0.0015707963267948966;
            const double sign = k % 2 == 0 ? 1.0 : -1.0;
            const double c[4] = {cos(angle), -sign * sin(angle), sin(angle), sign * cos(angle)};
            double square = 0.0;
            for (size_t i = 0; i < 4; i++) {
                double turned = 0.0;
                for (size_t j = 0; j < 4; j++) {
                    turned += c[i / 2 * 2 + j / 2] * both[4 + j] * c[i % 2 * 2 + j % 2];
                }
                square += (both[i] - turned) * (both[i] - turned);
            }
            least = fmin(least, sqrt(square));
        }
        assert_true(match.distance <= least + 1e-9);
        check_close(match.distance, least, 1e-3, 0.0); /* the grid's step */
        assert_true(match.lower_bound <= match.distance);
    }
}

static void any_basis_leaves_the_distance_as_it_is(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(4, "any", 0);
    enum {
        R = 5
    };
    double a[R * R];
    double b[R * R];
    double c[R * R];
    double q[R * R];
    double turned[R * R];
    double half[R * R];
    ana_dsa_match before;
    ana_dsa_match after;
    ana_dsa_options options = ana_dsa_options_default();
    const ana_gemm by_transpose = {R, R, R, false, true, 1.0, 0.0};
    for (size_t trial = 0; trial < 5; trial++) {
        for (size_t i = 0; i < R * R; i++) {
            a[i] = ana_random_normal(&random);
            b[i] = ana_random_normal(&random);
            c[i] = ana_random_normal(&random);
        }
        check_ok(ana_linalg_qr(R, R, c, q, half));
        check_ok(ana_linalg_multiply(R, R, R, q, b, half));
        check_ok(ana_linalg_gemm(&by_transpose, half, q, turned));
        check_ok(ana_dsa_match_dynamics(R, a, b, &options, NULL, &before));
        check_ok(ana_dsa_match_dynamics(R, turned, a, &options, NULL, &after));
        check_close(after.distance, before.distance, 1e-6, 0.0);
        check_close(after.lower_bound, before.lower_bound, 1e-12, 0.0);
        assert_true(before.lower_bound < before.distance);
        assert_true(before.n_agreeing >= 3 && before.spread >= 0.0);
        check_ok(ana_dsa_match_dynamics(R, turned, b, &options, NULL, &after));
        check_close(after.distance, 0.0, 1e-6, 0.0);
    }
}

static void eigenvalues_are_carried_by_hand(void **state)
{
    (void)state;
    const double a[] = {0.0, 0.0, 1.0, 0.0};
    const double b[] = {3.0, 0.0, 0.0, 0.0, 0.0, 0.0};
    const double c[] = {1.0, 1.0, 0.0, 1.0};
    double distance = 0.0;
    /* Halves to thirds: 1/2 stays, 1/6 goes by 1, 1/3 by 2. */
    check_ok(ana_dsa_eigenvalue_distance(2, a, 3, b, &distance));
    check_close(distance, sqrt(1.0 / 6.0 + 4.0 / 3.0), 1e-14, 0.0);
    check_ok(ana_dsa_eigenvalue_distance(3, b, 2, a, &distance));
    check_close(distance, sqrt(1.0 / 6.0 + 4.0 / 3.0), 1e-14, 0.0);
    check_ok(ana_dsa_eigenvalue_distance(2, a, 2, c, &distance));
    check_close(distance, 1.0, 1e-14, 0.0);
    check_fails(ana_dsa_eigenvalue_distance(0, a, 2, c, &distance), ANA_ERR_VALUE, "0 and 2");
    const double bad[] = {0.0, (double)NAN, 1.0, 0.0};
    check_fails(ana_dsa_eigenvalue_distance(2, bad, 2, c, &distance), ANA_ERR_VALUE, "not finite");
}

/* Delays 1, rank N: the prediction of held-out samples by the plain regression of the others. */
static void held_out_errors_are_those_of_plain_regressions(void **state)
{
    (void)state;
    ana_observations *rows = turning(0.9, 0.5, 6);
    ana_folds *folds = NULL;
    ana_folds_options dealing = ana_folds_options_default();
    ana_dsa_options options = with(1, N);
    ana_dsa_choice *choice = NULL;
    double wanted[2] = {0.0, 0.0};
    options.centre = false;
    options.n_folds = dealing.n_folds = 3;
    check_ok(ana_folds_plain(N_TRIALS, &dealing, &folds));
    for (size_t f = 0; f < 3; f++) {
        double past[N * N] = {0.0};
        double cross[N * N] = {0.0};
        double plain[N * N];
        double sums[4] = {0.0};
        for (size_t pass = 0; pass < 2; pass++) {
            for (size_t t = 0; t + 1 < N_TRIALS * LENGTH; t++) {
                const double *x = rows->values + t * N;
                const bool test =
                    folds->folds[f].test[0] == t / LENGTH || folds->folds[f].test[1] == t / LENGTH;
                if ((t + 1) % LENGTH == 0 || test != (pass == 1)) {
                    continue;
                }
                for (size_t i = 0; i < N * N && pass == 0; i++) {
                    past[i] += x[i / N] * x[i % N];
                    cross[i] += x[i / N] * x[N + i % N];
                }
                for (size_t i = 0; i < N && pass == 1; i++) {
                    double error = x[N + i];
                    for (size_t j = 0; j < N; j++) {
                        error -= plain[j * N + i] * x[j];
                    }
                    sums[0] += error * error;
                    sums[1] += x[N + i] * x[N + i];
                    sums[2] += fabs(error);
                    sums[3] += fabs(x[N + i] - x[i]);
                }
            }
            check_ok(ana_linalg_solve(N, past, N, cross, plain, NULL));
        }
        wanted[0] += sums[0] / sums[1] / 3.0;
        wanted[1] += sums[2] / sums[3] / 3.0;
    }
    const ana_observations *const systems[] = {rows};
    check_ok(ana_dsa_choose(1, systems, NULL, &options, &choice));
    assert_int_equal(choice->n_delays, 1);
    assert_int_equal(choice->n_ranks, 1);
    check_close(choice->error[0], wanted[0], 0.0, 1e-11);
    check_close(choice->mase[0], wanted[1], 0.0, 1e-11);
    ana_dsa_choice_free(choice);
    ana_folds_free(folds);
    ana_observations_free(rows);
}

/* One unit shows a turn only with a sample before: two delays, rank two. */
static void hidden_turns_need_delays(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(8, "hidden", 0);
    for (size_t n_trials = 1; n_trials <= N_TRIALS; n_trials += N_TRIALS - 1) {
        ana_observations *rows = NULL;
        ana_dsa_choice *choice = NULL;
        ana_dsa_options options = ana_dsa_options_default();
        size_t lengths[N_TRIALS];
        check_ok(ana_observations_new(N_TRIALS * 200, 1, &rows));
        for (size_t t = 0; t < N_TRIALS * 200; t++) {
            rows->values[t] = ana_random_normal(&random);
            rows->values[t] +=
                t >= 2 ? 1.8 * rows->values[t - 1] - 0.95 * rows->values[t - 2] : 0.0;
            lengths[t / 200] = n_trials == 1 ? N_TRIALS * 200 : 200;
        }
        check_ok(ana_observations_set_sequences(rows, n_trials, lengths, NULL));
        const ana_observations *const systems[] = {rows, rows};
        options.max_delays = 4;
        options.max_rank = 4;
        check_ok(ana_dsa_choose(2, systems, NULL, &options, &choice));
        assert_int_equal(choice->n_delays, 4);
        assert_int_equal(choice->ranks[choice->best_rank] >= 2, 1);
        assert_int_equal(choice->delays[choice->best_delay] >= 2, 1);
        assert_true(choice->error[0] > 2.0 * choice->error[1 * 4 + 1]);
        assert_true(isnan(choice->error[1])); /* one delay of one unit has no rank 2 */
        assert_true(choice->aic[1 * 4 + 1] < choice->aic[0]);
        ana_dsa_choice_free(choice);
        ana_observations_free(rows);
    }
}

static void systems_differ_from_others_more_than_from_themselves(void **state)
{
    (void)state;
    ana_observations *systems[3] = {turning(0.9, 0.3, 10), turning(0.9, 0.3, 11),
                                    turning(0.5, 0.3, 12)};
    ana_dsa_options options = with(1, N);
    ana_dsa *dsa = NULL;
    options.n_splits = 4;
    options.n_permutations = 19;
    check_ok(ana_dsa_compare(3, (const ana_observations *const *)systems, NULL, &options, &dsa));
    assert_true(dsa->half_distances[2] > 3.0 * dsa->half_distances[0]);
    assert_true(dsa->half_distances[2] > 3.0 * dsa->half_distances[8]);
    assert_true(dsa->half_distances[2] == dsa->half_distances[6]);
    assert_true(dsa->p_values[1] > 0.1);
    check_close(dsa->p_values[2], 1.0 / 20.0, 1e-15, 0.0); /* none of 19 as far apart */
    check_close(dsa->p_values[6], 1.0 / 20.0, 1e-15, 0.0);
    ana_dsa_free(dsa);
    for (size_t s = 0; s < 3; s++) {
        ana_observations_free(systems[s]);
    }
}

static void trials_of_other_units_are_not_exchanged(void **state)
{
    (void)state;
    ana_observations *systems[2] = {turning(0.9, 0.3, 10), NULL};
    const size_t whole[] = {N_TRIALS * LENGTH};
    ana_dsa_options options = with(1, N);
    ana_dsa *dsa = NULL;
    systems[1] = see_otherwise(systems[0], 6);
    options.n_permutations = 3;
    options.n_splits = 1;
    check_ok(ana_observations_set_sequences(systems[0], 1, whole, NULL));
    check_ok(ana_dsa_compare(2, (const ana_observations *const *)systems, NULL, &options, &dsa));
    assert_true(isnan(dsa->p_values[1]) && isnan(dsa->p_values[2]));
    assert_true(isnan(dsa->half_distances[0]) && isnan(dsa->half_distances[1])); /* one trial */
    assert_true(isfinite(dsa->half_distances[3]));
    ana_dsa_free(dsa);
    ana_observations_free(systems[0]);
    ana_observations_free(systems[1]);
}

enum {
    N_TUNED = 8,
    N_PLACES = 12
};

/* Tuned units on a ring whose bump turns round steadily, or goes to and fro on it as on a line; the
 * labels of rows are places on the ring. */
static ana_observations *on_a_ring(bool turns, uint64_t seed)
{
    ana_random random = ana_random_stream(seed, "ring", turns);
    ana_observations *rows = NULL;
    const double whole = 2.0 * 3.14159265358979323846;
    size_t lengths[N_TRIALS];
    check_ok(ana_observations_new(N_TRIALS * 240, N_TUNED, &rows));
    rows->labels = calloc(rows->n_times, sizeof *rows->labels);
    rows->label_names = calloc(N_PLACES, sizeof *rows->label_names);
    rows->n_labels = N_PLACES;
    for (size_t c = 0; c < N_PLACES; c++) {
        const char name[] = {(char)('a' + (char)c), '\0'};
        rows->label_names[c] = strdup(name);
    }
    for (size_t t = 0; t < rows->n_times; t++) {
        const double gone = 0.21 * (double)(t % 240) / whole; /* rounds, or ways to and fro */
        const double way = gone - floor(gone);
        const double place = turns ? way : 1.0 - fabs(1.0 - 2.0 * way);
        for (size_t u = 0; u < N_TUNED; u++) {
            const double apart = whole * (place - (double)u / N_TUNED);
            rows->values[t * N_TUNED + u] =
                exp(cos(apart) - 1.0) + 0.02 * ana_random_normal(&random);
        }
        rows->labels[t] = (int64_t)(place * N_PLACES) % N_PLACES;
        lengths[t / 240] = 240;
    }
    check_ok(ana_observations_set_sequences(rows, N_TRIALS, lengths, NULL));
    return rows;
}

/* What dissimilarity matrices cannot say: the states are the same, what is done with them is not.
 */
static void a_ring_and_a_line_of_one_geometry_are_told_apart(void **state)
{
    (void)state;
    ana_observations *systems[4];
    ana_rdms *rdms[4];
    ana_rdm_compare_options comparing = ana_rdm_compare_options_default();
    ana_rdm_options distances = ana_rdm_options_default();
    ana_dsa_options options = with(3, 6);
    ana_dsa *dsa = NULL;
    double alike = 0.0;
    comparing.similarity = ANA_RDM_SIM_PEARSON;
    distances.method = ANA_RDM_EUCLIDEAN;
    for (size_t s = 0; s < 4; s++) {
        systems[s] = on_a_ring(s < 2, s);
        check_ok(ana_rdm_compute(systems[s], NULL, &distances, "ring", &rdms[s]));
    }
    check_ok(ana_rdm_compare(rdms[0], rdms[2], NULL, &comparing, &alike));
    assert_true(alike > 0.99);
    check_ok(ana_dsa_compare(4, (const ana_observations *const *)systems, NULL, &options, &dsa));
    const double within = fmax(dsa->distances[1], dsa->distances[11]);
    assert_true(dsa->lower_bounds[2] > 3.0 * within && dsa->lower_bounds[7] > 3.0 * within);
    ana_dsa_free(dsa);
    for (size_t s = 0; s < 4; s++) {
        ana_observations_free(systems[s]);
        ana_rdms_free(rdms[s]);
    }
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    ana_observations *systems[2] = {turning(0.9, 0.3, 10), turning(0.5, 0.3, 12)};
    ana_dsa *found[2];
    for (size_t k = 0; k < 2; k++) {
        ana_dsa_options options = ana_dsa_options_default();
        options.max_delays = 3;
        options.max_rank = 4;
        options.n_splits = 2;
        options.n_permutations = 5;
        options.run.n_threads = k + 1;
        check_ok(ana_dsa_compare(2, (const ana_observations *const *)systems, NULL, &options,
                                 &found[k]));
    }
    check_same_bits(4, found[0]->distances, found[1]->distances);
    check_same_bits(4, found[0]->half_distances, found[1]->half_distances);
    check_same_bits(4, found[0]->p_values, found[1]->p_values);
    check_same_bits(found[0]->choice->n_delays * found[0]->choice->n_ranks, found[0]->choice->error,
                    found[1]->choice->error);
    for (size_t k = 0; k < 2; k++) {
        ana_dsa_free(found[k]);
        ana_observations_free(systems[k]);
    }
}

static void what_cannot_be_compared_is_refused(void **state)
{
    (void)state;
    ana_observations *rows = turning(0.9, 0.3, 1);
    const ana_observations *const systems[] = {rows};
    ana_dsa_options options = with(1, N + 1);
    ana_dsa_system *system = NULL;
    ana_dsa_choice *choice = NULL;
    ana_dsa_match match;
    ana_dsa *dsa = NULL;
    const double zeros[4] = {0.0};
    const double ones[4] = {1.0, 0.0, 0.0, 1.0};
    check_fails(ana_dsa_fit(rows, "net", &options, &system), ANA_ERR_VALUE,
                "net: rank 5, but the embedding has rank 4");
    options = with(0, 2);
    check_fails(ana_dsa_fit(rows, "net", &options, &system), ANA_ERR_VALUE, "needs both");
    options = with(LENGTH, 2);
    check_fails(ana_dsa_fit(rows, "net", &options, &system), ANA_ERR_VALUE,
                "no stretch of 61 samples");
    options.rank = 0;
    check_fails(ana_dsa_choose(1, systems, NULL, &options, &choice), ANA_ERR_VALUE,
                "no delays and rank");
    options = with(1, 2);
    options.ridge = -1.0;
    check_fails(ana_dsa_compare(1, systems, NULL, &options, &dsa), ANA_ERR_VALUE, "ridge");
    options = with(20, 30);
    options.run.max_memory = 100000;
    check_fails(ana_dsa_fit(rows, "net", &options, &system), ANA_ERR_LIMIT, "embedding");
    check_fails(ana_dsa_compare(0, systems, NULL, NULL, &dsa), ANA_ERR_VALUE, "no systems");
    check_fails(ana_dsa_choose(0, systems, NULL, NULL, &choice), ANA_ERR_VALUE, "no systems");
    check_fails(ana_dsa_match_dynamics(2, zeros, ones, NULL, NULL, &match), ANA_ERR_VALUE, "all 0");
    check_fails(ana_dsa_match_dynamics(0, zeros, ones, NULL, NULL, &match), ANA_ERR_VALUE,
                "rank 0");
    options = with(1, 2);
    rows->values[7] = INFINITY;
    check_fails(ana_dsa_fit(rows, "net", &options, &system), ANA_ERR_VALUE,
                "net: sample 1 of unit 3 is infinite");
    for (size_t i = 0; i < rows->n_times * N; i++) {
        rows->values[i] = (double)NAN;
    }
    check_fails(ana_dsa_fit(rows, NULL, &options, &system), ANA_ERR_VALUE, "none of 4 units");
    for (size_t i = 0; i < rows->n_times * N; i++) {
        rows->values[i] = 2.0;
    }
    check_fails(ana_dsa_fit(rows, NULL, &options, &system), ANA_ERR_VALUE,
                "the embedding has rank 0");
    rows->n_features = 0;
    check_fails(ana_dsa_fit(rows, NULL, &options, &system), ANA_ERR_VALUE, "of 0 units");
    rows->n_features = N;
    ana_observations_free(rows);
}

static void a_regression_that_has_too_few_transitions_asks_for_a_ridge(void **state)
{
    (void)state;
    ana_observations *rows = turning(0.9, 0.3, 1);
    ana_observations *few = NULL;
    ana_dsa_system *system = NULL;
    ana_dsa_options options = with(1, N);
    check_ok(ana_observations_new(5, N, &few));
    memcpy(few->values, rows->values, 5 * N * sizeof(double));
    options.centre = false;
    check_ok(ana_dsa_fit(few, NULL, &options, &system)); /* four transitions, rank 4 */
    ana_dsa_system_free(system);
    options = with(2, 4);
    options.centre = false;
    check_fails(ana_dsa_fit(few, "few", &options, &system), ANA_ERR_VALUE,
                "few: 3 transitions are too few");
    options.ridge = 1e-3;
    check_ok(ana_dsa_fit(few, "few", &options, &system));
    ana_dsa_system_free(system);
    ana_observations_free(few);
    ana_observations_free(rows);
}

static void the_record_holds_the_figures(void **state)
{
    (void)state;
    ana_observations *systems[3] = {turning(0.9, 0.3, 10), turning(0.9, 0.3, 11),
                                    turning(0.5, 0.3, 12)};
    const char *const names[] = {"a", "b", "c"};
    static const char *const wanted[] = {"distance_matrix/values",
                                         "half_matrix/values",
                                         "plane/position",
                                         "eigenvalue_plane/position",
                                         "systems/error",
                                         "choice/held_out/values",
                                         "lower_bounds",
                                         "n_agreeing",
                                         "p_values",
                                         "dynamics"};
    ana_dsa_options options = ana_dsa_options_default();
    ana_dsa *dsa = NULL;
    ana_record *record = NULL;
    options.max_delays = 2;
    options.max_rank = 4;
    options.n_splits = 1;
    options.n_permutations = 1;
    check_ok(ana_dsa_compare(3, (const ana_observations *const *)systems, names, &options, &dsa));
    check_ok(ana_dsa_to_record(dsa, &record));
    check_ok(ana_record_check(record));
    for (size_t k = 0; k < sizeof wanted / sizeof wanted[0]; k++) {
        assert_non_null(ana_record_find(record, wanted[k]));
    }
    ana_record_free(record);
    ana_dsa_free(dsa);
    for (size_t s = 0; s < 3; s++) {
        ana_observations_free(systems[s]);
    }
}

static ana_status run_all(void *user)
{
    ana_observations **systems = user;
    ana_dsa_options options = ana_dsa_options_default();
    ana_dsa *dsa = NULL;
    ana_record *record = NULL;
    options.max_delays = 1;
    options.max_rank = 2;
    options.n_folds = 2;
    options.measure = ANA_DSA_EIGENVALUES;
    options.n_splits = 1;
    options.n_permutations = 1;
    options.regression = ANA_DSA_REDUCED_RANK;
    options.run.n_threads = 1;
    ana_status status =
        ana_dsa_compare(2, (const ana_observations *const *)systems, NULL, &options, &dsa);
    if (status == ANA_OK) {
        status = ana_dsa_to_record(dsa, &record);
    }
    ana_record_free(record);
    ana_dsa_free(dsa);
    return status;
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    ana_observations *systems[2] = {turning(0.9, 0.3, 10), turning(0.5, 0.3, 12)};
    const double a[4] = {0.9, -0.3, 0.2, 0.8};
    const double b[4] = {0.5, 0.1, -0.7, 0.4};
    ana_dsa_options options = ana_dsa_options_default();
    ana_dsa_match match;
    assert_true(check_each_allocation(run_all, systems, false) > 100);
    options.n_starts = 2;
    options.n_agreeing = 1;
    options.run.n_threads = 1;
    ALLOCATION_TEST(ana_dsa_match_dynamics, (2, a, b, &options, NULL, &match), (void)0);
    ana_observations_free(systems[0]);
    ana_observations_free(systems[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dynamics_without_noise_are_found_whole),
        cmocka_unit_test(eigenvalues_are_those_of_the_plain_regression),
        cmocka_unit_test(missing_values_cost_their_rows_and_units_without_values_are_left_out),
        cmocka_unit_test(turned_scaled_and_moved_states_have_the_same_dynamics),
        cmocka_unit_test(turns_differ_by_their_angle_in_either_component),
        cmocka_unit_test(no_basis_of_the_plane_does_better),
        cmocka_unit_test(any_basis_leaves_the_distance_as_it_is),
        cmocka_unit_test(eigenvalues_are_carried_by_hand),
        cmocka_unit_test(held_out_errors_are_those_of_plain_regressions),
        cmocka_unit_test(hidden_turns_need_delays),
        cmocka_unit_test(systems_differ_from_others_more_than_from_themselves),
        cmocka_unit_test(trials_of_other_units_are_not_exchanged),
        cmocka_unit_test(a_ring_and_a_line_of_one_geometry_are_told_apart),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(what_cannot_be_compared_is_refused),
        cmocka_unit_test(a_regression_that_has_too_few_transitions_asks_for_a_ridge),
        cmocka_unit_test(the_record_holds_the_figures),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
