#include "shape_clouds.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/shape_trials.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 6
};

static const char *const names[] = {"x", "y", "z"};

/* Stimulus s has 5 + s trials, wider
 * along the unit s % p. */
static ana_observations *draw(size_t p, uint64_t item)
{
    ana_random random = ana_random_stream(51, "trials", item);
    ana_observations *rows = NULL;
    size_t n_rows = 0;
    for (size_t s = 0; s < N; s++) {
        n_rows += 5 + s;
    }
    check_ok(ana_observations_new(n_rows, p, &rows));
    rows->labels = calloc(n_rows, sizeof *rows->labels);
    rows->n_labels = N;
    rows->label_names = calloc(N, sizeof *rows->label_names);
    n_rows = 0;
    for (size_t s = 0; s < N; s++) {
        char name[8];
        double mean[40];
        snprintf(name, sizeof name, "s%zu", s);
        rows->label_names[s] = strdup(name);
        for (size_t k = 0; k < p; k++) {
            mean[k] = 2.0 * ana_random_normal(&random);
        }
        for (size_t t = 0; t < 5 + s; t++, n_rows++) {
            rows->labels[n_rows] = (int64_t)s;
            for (size_t k = 0; k < p; k++) {
                const double width = k == s % p ? 1.5 : 0.3;
                rows->values[n_rows * p + k] = mean[k] + width * ana_random_normal(&random);
            }
        }
    }
    return rows;
}

/* The same trials, turned by a random rotation, or by a quarter of the circle of units. */
static ana_observations *turned(const ana_observations *rows, bool exchange, uint64_t item)
{
    ana_random random = ana_random_stream(52, "turn", item);
    ana_observations *other = draw(rows->n_features, 0);
    const size_t p = rows->n_features;
    double *room = calloc(3 * p * p, sizeof *room);
    for (size_t i = 0; i < p * p; i++) {
        room[i] = ana_random_normal(&random);
        room[p * p + i] = exchange && i % p == (i / p + 2) % p ? 1.0 : 0.0;
    }
    if (!exchange) {
        check_ok(ana_linalg_qr(p, p, room, room + p * p, room + 2 * p * p));
    }
    check_ok(ana_linalg_multiply(rows->n_times, p, p, rows->values, room + p * p, other->values));
    free(room);
    return other;
}

static ana_shape_trials_options with(ana_shape_noise noise, double mean_weight)
{
    ana_shape_trials_options options = ana_shape_trials_options_default();
    options.noise = noise;
    options.mean_weight = mean_weight;
    return options;
}

static double distance_of(const ana_observations *x, const ana_observations *y,
                          const ana_shape_trials_options *options)
{
    const ana_observations *both[] = {x, y};
    ana_shapes *shapes = NULL;
    check_ok(ana_shapes_of_trials(2, both, names, NULL, options, &shapes));
    const double distance = shapes->distance[1];
    assert_int_equal(shapes->noise, options->noise);
    ana_shapes_free(shapes);
    return distance;
}

static const struct {
    ana_shape_noise noise;
    double mean_weight;
} kinds[] = {{ANA_SHAPE_GAUSSIAN, 0.0},
             {ANA_SHAPE_GAUSSIAN, 1.0},
             {ANA_SHAPE_GAUSSIAN, 2.0},
             {ANA_SHAPE_ENERGY, 1.0}};

static void turned_systems_are_the_same(void **state)
{
    (void)state;
    ana_observations *x = draw(4, 1);
    for (size_t k = 0; k < 8; k++) {
        ana_shape_trials_options options = with(kinds[k % 4].noise, kinds[k % 4].mean_weight);
        ana_observations *y = turned(x, k >= 4, k);
        options.alignment = k < 4 ? ANA_SHAPE_ORTHOGONAL : ANA_SHAPE_PERMUTATION;
        options.n_starts = 20;
        /* Energies end where steps fall below the root of the tolerance. */
        check_close(distance_of(x, y, &options), 0.0, 2e-4, 0.0);
        options.alignment = ANA_SHAPE_UNALIGNED;
        assert_true(distance_of(x, y, &options) > 0.1);
        ana_observations_free(y);
    }
    ana_observations_free(x);
}

static void one_unit_by_hand(void **state)
{
    (void)state;
    /* One unit: Bures is the difference of deviations; energies are means of distances. */
    ana_observations *x = draw(1, 2);
    ana_observations *y = draw(1, 3);
    double means[2][N] = {{0.0}};
    double deviations[2][N] = {{0.0}};
    double gaussian = 0.0;
    double energy = 0.0;
    size_t first = 0;
    for (size_t s = 0; s < N; s++) {
        const size_t n = 5 + s;
        double across = 0.0;
        for (size_t k = 0; k < 2; k++) {
            const double *values = (k == 0 ? x : y)->values + first;
            double within = 0.0;
            for (size_t t = 0; t < n; t++) {
                means[k][s] += values[t] / (double)n;
                for (size_t u = 0; u < n; u++) {
                    within += fabs(values[t] - values[u]);
                    across += k == 0 ? fabs(values[t] - y->values[first + u]) : 0.0;
                }
            }
            for (size_t t = 0; t < n; t++) {
                deviations[k][s] += pow(values[t] - means[k][s], 2.0) / ((double)n - 1.0);
            }
            deviations[k][s] = sqrt(deviations[k][s]);
            energy -= within / (double)(n * n) / N;
        }
        energy += 2.0 * across / (double)(n * n) / N;
        gaussian += 0.5 * pow(means[0][s] - means[1][s], 2.0) / N +
                    1.5 * pow(deviations[0][s] - deviations[1][s], 2.0) / N;
        first += n;
    }
    ana_shape_trials_options options = with(ANA_SHAPE_GAUSSIAN, 0.5);
    options.alignment = ANA_SHAPE_UNALIGNED;
    options.centre = false;
    check_close(distance_of(x, y, &options), sqrt(gaussian), 1e-12, 0.0);
    options.noise = ANA_SHAPE_ENERGY;
    check_close(distance_of(x, y, &options), sqrt(energy), 1e-12, 0.0);
    ana_observations_free(x);
    ana_observations_free(y);
}

/* The least over all rotations and reflections of two units, by trying. */
static void no_turn_of_two_units_is_better(void **state)
{
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        ana_observations *x = draw(2, 10 + k);
        ana_observations *y = draw(2, 20 + k);
        ana_observations *tried = draw(2, 20 + k);
        ana_shape_trials_options options = with(kinds[k].noise, kinds[k].mean_weight);
        double least = INFINITY;
        options.centre = false;
        options.n_starts = 16;
        const double found = distance_of(x, y, &options);
        options.alignment = ANA_SHAPE_UNALIGNED;
        for (size_t step = 0; step < 720; step++) {
            const double angle = (double)(step / 2) * acos(-1.0) / 180.0;
            const double sign = step % 2 == 0 ? 1.0 : -1.0;
            for (size_t t = 0; t < y->n_times; t++) {
                const double *from = y->values + 2 * t;
                tried->values[2 * t] = cos(angle) * from[0] + sin(angle) * sign * from[1];
                tried->values[2 * t + 1] = -sin(angle) * from[0] + cos(angle) * sign * from[1];
            }
            least = fmin(least, distance_of(x, tried, &options));
        }
        /* A degree's step misses the least by some 1e-4 of the curvature. */
        assert_true(found <= least + 1e-9 && found > least - 5e-3);
        ana_observations_free(x);
        ana_observations_free(y);
        ana_observations_free(tried);
    }
}

static void steps_never_rise(void **state)
{
    (void)state;
    enum {
        D = 5
    };
    ana_observations *x = draw(D, 30);
    ana_observations *y = draw(D, 31);
    size_t start[N + 1] = {0};
    double room[2][N * D + N * D * D + D * D];
    ana_shape_cloud clouds[2];
    for (size_t s = 0; s < N; s++) {
        start[s + 1] = start[s] + 5 + s;
    }
    for (int noise = ANA_SHAPE_GAUSSIAN; noise <= ANA_SHAPE_ENERGY; noise++) {
        for (size_t s = 0; s < 2; s++) {
            memset(room[s], 0, sizeof room[s]);
            clouds[s] = (ana_shape_cloud){.n = N,
                                          .d = D,
                                          .start = start,
                                          .rows = (s == 0 ? x : y)->values,
                                          .means = room[s],
                                          .roots = room[s] + N * D,
                                          .common = room[s] + N * D + N * D * D};
            check_ok(ana_shape_cloud_describe((ana_shape_noise)noise, &clouds[s]));
        }
        double turn[D * D] = {0.0};
        double before = INFINITY;
        double first = 0.0;
        for (size_t k = 0; k < D; k++) {
            turn[k * D + k] = 1.0;
        }
        for (size_t k = 0; k < 40; k++) {
            double value = 0.0;
            double next[D * D];
            double u[D * D];
            double vt[D * D];
            double s[D];
            check_ok(noise == ANA_SHAPE_GAUSSIAN
                         ? ana_shape_gaussian_step(&clouds[0], &clouds[1], 0.7, turn, &value, next)
                         : ana_shape_energy_step(&clouds[0], &clouds[1], turn, &value, next));
            assert_true(value <= before + 1e-12 && value > 0.0);
            first = k == 0 ? value : first;
            before = value;
            check_ok(ana_linalg_svd(D, D, next, u, s, vt));
            check_ok(ana_linalg_multiply(D, D, D, u, vt, turn));
        }
        assert_true(before < 0.8 * first);
    }
    ana_observations_free(x);
    ana_observations_free(y);
}

static void pairs_of_many_systems_are_near_a_metric(void **state)
{
    (void)state;
    ana_observations *systems[] = {draw(4, 1), draw(3, 2), draw(5, 3)};
    const ana_observations *const all[] = {systems[0], systems[1], systems[2]};
    for (int noise = ANA_SHAPE_GAUSSIAN; noise <= ANA_SHAPE_ENERGY; noise++) {
        ana_shape_trials_options options = with((ana_shape_noise)noise, 1.0);
        ana_shapes *shapes[2] = {NULL, NULL};
        for (size_t t = 0; t < 2; t++) {
            options.run.n_threads = t + 1;
            check_ok(ana_shapes_of_trials(3, all, names, NULL, &options, &shapes[t]));
        }
        const double *at = shapes[0]->distance;
        assert_memory_equal(at, shapes[1]->distance, 9 * sizeof(double));
        assert_true(at[1] + at[5] > at[2] && at[1] + at[2] > at[5] && at[2] + at[5] > at[1]);
        assert_true(at[0] == 0.0 && at[3] == at[1] && isnan(shapes[0]->p[1]));
        assert_int_equal(shapes[0]->n_units[2], 5);
        ana_shapes_free(shapes[0]);
        ana_shapes_free(shapes[1]);
    }
    for (size_t s = 0; s < 3; s++) {
        ana_observations_free(systems[s]);
    }
}

static void stimuli_are_matched_by_name(void **state)
{
    (void)state;
    ana_observations *x = draw(3, 1);
    ana_observations *y = draw(3, 1);
    const ana_shape_trials_options options = with(ANA_SHAPE_GAUSSIAN, 1.0);
    /* The same trials; y's rows come stimulus by stimulus from the last. */
    size_t to = 0;
    for (size_t s = N; s-- > 0;) {
        size_t from = 0;
        for (size_t k = 0; k < s; k++) {
            from += 5 + k;
        }
        for (size_t t = 0; t < 5 + s; t++, to++) {
            memcpy(y->values + 3 * to, x->values + 3 * (from + t), 3 * sizeof(double));
            y->labels[to] = (int64_t)s;
        }
    }
    check_close(distance_of(x, y, &options), 0.0, 1e-6, 0.0);
    ana_observations_free(x);
    ana_observations_free(y);
}

static void wrong_input_is_refused(void **state)
{
    (void)state;
    ana_observations *x = draw(3, 1);
    ana_observations *y = draw(4, 2);
    const ana_observations *both[] = {x, y};
    ana_shapes *shapes = NULL;
    ana_shape_trials_options options = ana_shape_trials_options_default();
    check_fails(ana_shapes_of_trials(1, both, names, NULL, NULL, &shapes), ANA_ERR_VALUE,
                "between two");
    options.noise = ANA_SHAPE_NO_NOISE;
    check_fails(ana_shapes_of_trials(2, both, names, NULL, &options, &shapes), ANA_ERR_VALUE,
                "gaussian or energy");
    options = with(ANA_SHAPE_GAUSSIAN, 2.5);
    check_fails(ana_shapes_of_trials(2, both, names, NULL, &options, &shapes), ANA_ERR_VALUE,
                "mean-weight");
    options = with(ANA_SHAPE_GAUSSIAN, 1.0);
    options.alignment = ANA_SHAPE_UNALIGNED;
    check_fails(ana_shapes_of_trials(2, both, names, NULL, &options, &shapes), ANA_ERR_SHAPE,
                "same units");
    options = with(ANA_SHAPE_GAUSSIAN, 1.0);
    options.run.max_memory = 1000;
    check_fails(ana_shapes_of_trials(2, both, names, NULL, &options, &shapes), ANA_ERR_LIMIT,
                "covariances");
    y->values[4 * 7 + 2] = NAN;
    check_fails(ana_shapes_of_trials(2, both, names, NULL, NULL, &shapes), ANA_ERR_VALUE,
                "unit 2 of y is missing, infinite or above 1e100 in row 7");
    y->values[4 * 7 + 2] = 0.0;
    for (size_t t = 1; t < 5; t++) {
        y->labels[t] = -1;
    }
    check_fails(ana_shapes_of_trials(2, both, names, NULL, NULL, &shapes), ANA_ERR_VALUE,
                "y has 1 trials of stimulus s0");
    assert_null(shapes);
    ana_observations_free(x);
    ana_observations_free(y);
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    ana_observations *x = draw(3, 1);
    ana_observations *y = draw(2, 2);
    const ana_observations *both[] = {x, y};
    ana_shapes *shapes = NULL;
    for (int noise = ANA_SHAPE_GAUSSIAN; noise <= ANA_SHAPE_ENERGY; noise++) {
        ana_shape_trials_options options = with((ana_shape_noise)noise, 1.0);
        options.n_starts = 1;
        options.max_iterations = 1;
        ALLOCATION_TEST(ana_shapes_of_trials, (2, both, names, NULL, &options, &shapes),
                        ana_shapes_free(shapes));
    }
    ana_observations_free(x);
    ana_observations_free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turned_systems_are_the_same),
        cmocka_unit_test(one_unit_by_hand),
        cmocka_unit_test(no_turn_of_two_units_is_better),
        cmocka_unit_test(steps_never_rise),
        cmocka_unit_test(pairs_of_many_systems_are_near_a_metric),
        cmocka_unit_test(stimuli_are_matched_by_name),
        cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
