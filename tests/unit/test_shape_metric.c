#include "shape_parts.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/shape_metric.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 24
};

static ana_responses *draw(const char *name, size_t n_units, uint64_t item)
{
    ana_random random = ana_random_stream(11, "shape", item);
    ana_responses *system = NULL;
    check_ok(ana_responses_new(name, N, n_units, &system));
    for (size_t i = 0; i < N * n_units; i++) {
        system->values[i] =
            0.5 + (1.0 + (double)(i % n_units)) * ana_random_normal(&random) / (double)n_units;
    }
    return system;
}

static void release(size_t n, ana_responses **systems)
{
    for (size_t s = 0; s < n; s++) {
        ana_responses_free(systems[s]);
    }
}

/* A random rotation or reflection of q dimensions. */
static void draw_turn(size_t q, uint64_t item, double *turn)
{
    ana_random random = ana_random_stream(12, "turn", item);
    double *x = calloc(3 * q * q, sizeof *x);
    for (size_t i = 0; i < q * q; i++) {
        x[i] = ana_random_normal(&random);
    }
    check_ok(ana_linalg_qr(q, q, x, turn, x + q * q));
    free(x);
}

static ana_shape_options with(ana_shape_alignment alignment, ana_shape_distance distance,
                              double whitening)
{
    ana_shape_options options = ana_shape_options_default();
    options.alignment = alignment;
    options.distance = distance;
    options.whitening = whitening;
    return options;
}

static double distance_of(ana_responses **both, const ana_shape_options *options)
{
    const ana_responses_set set = {2, both};
    ana_shapes *shapes = NULL;
    check_ok(ana_shapes_compute(&set, options, &shapes));
    const double distance = shapes->distance[1];
    check_close(shapes->distance[2], distance, 0.0, 0.0);
    check_close(shapes->distance[0] + shapes->distance[3], 0.0, 0.0, 0.0);
    ana_shapes_free(shapes);
    return distance;
}

static void two_triangles_by_hand(void **state)
{
    (void)state;
    /* (0,0), (1,0), (0,1) turned by a right angle, and stretched twice: lengths about the mean are
     * 4/3 and 16/3, common nuclear norm 8/3. */
    static const double x[] = {0, 0, 1, 0, 0, 1};
    static const double y[] = {0, 0, 0, 2, -2, 0};
    ana_responses *both[2] = {NULL, NULL};
    for (size_t s = 0; s < 2; s++) {
        check_ok(ana_responses_new(s == 0 ? "x" : "y", 3, 2, &both[s]));
        memcpy(both[s]->values, s == 0 ? x : y, sizeof x);
    }
    ana_shape_options options = with(ANA_SHAPE_ORTHOGONAL, ANA_SHAPE_EUCLIDEAN, 0.0);
    check_close(distance_of(both, &options), sqrt(4.0 / 3.0), 1e-14, 0.0);
    options.distance = ANA_SHAPE_SCALED;
    check_close(distance_of(both, &options), 0.0, 1e-14, 0.0);
    options.distance = ANA_SHAPE_ANGULAR;
    check_close(distance_of(both, &options), 0.0, 1e-14, 0.0);
    /* Unit by unit: about the means, X . Y = -2/3 + 2/3 ... of both units = 0. */
    options.alignment = ANA_SHAPE_UNALIGNED;
    options.centre = false;
    check_close(distance_of(both, &options), acos(0.0), 1e-14, 0.0);
    options.distance = ANA_SHAPE_EUCLIDEAN;
    check_close(distance_of(both, &options), sqrt(10.0), 1e-14, 0.0);
    /* Exchanged: x's unit 1 has -2 with y's unit 0, x's unit 0 has 2 with y's unit 1: 0 again. */
    options.alignment = ANA_SHAPE_PERMUTATION;
    check_close(distance_of(both, &options), sqrt(10.0), 1e-14, 0.0);
    both[1]->values[4] = 2.0; /* mirrored: now 2 and 2 */
    check_close(distance_of(both, &options), sqrt(2.0 + 8.0 - 8.0), 1e-14, 0.0);
    release(2, both);
}

static void turned_systems_are_the_same(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 5, 23, 24, 40};
    for (size_t k = 0; k < 5; k++) {
        const size_t p = sizes[k];
        ana_responses *both[2] = {draw("x", p, k), NULL};
        double *turn = calloc(p * p, sizeof *turn);
        draw_turn(p, k, turn);
        check_ok(ana_responses_new("y", N, p, &both[1]));
        check_ok(ana_linalg_multiply(N, p, p, both[0]->values, turn, both[1]->values));
        for (int d = ANA_SHAPE_EUCLIDEAN; d <= ANA_SHAPE_ANGULAR; d++) {
            for (size_t w = 0; w < 3; w++) {
                ana_shape_options options =
                    with(ANA_SHAPE_ORTHOGONAL, (ana_shape_distance)d, 0.5 * (double)w);
                /* Inner products of stimuli lose half the digits of the smallest directions. */
                check_close(distance_of(both, &options), 0.0, 1e-9, 0.0);
                options.n_folds = 4;
                if (w < 2 && p < N - 6) {
                    check_close(distance_of(both, &options), 0.0, 1e-9, 0.0);
                }
            }
        }
        free(turn);
        release(2, both);
    }
}

static void exchanged_units_are_the_same(void **state)
{
    (void)state;
    for (size_t p = 3; p < 40; p += 18) {
        ana_responses *both[2] = {draw("x", p, p), NULL};
        size_t order[40];
        ana_random random = ana_random_stream(3, "order", p);
        ana_random_permutation(&random, p, order);
        check_ok(ana_responses_take_units(both[0], p, order, &both[1]));
        for (size_t w = 0; w < 3; w++) {
            const ana_shape_options options =
                with(ANA_SHAPE_PERMUTATION, ANA_SHAPE_EUCLIDEAN, 0.5 * (double)w);
            check_close(distance_of(both, &options), 0.0, 1e-6, 0.0);
        }
        release(2, both);
    }
}

/* The definition, from singular values of the units' products. */
static double by_definition(const ana_responses *x, const ana_responses *y)
{
    const size_t p = x->n_units;
    const size_t q = y->n_units;
    const size_t r = p < q ? p : q;
    double *room = calloc(N * (p + q) + p * q + (p + q + 1) * r, sizeof *room);
    double *a = room;
    double *b = a + N * p;
    double *product = b + N * q;
    double *s = product + p * q;
    double squares = 0.0;
    for (size_t i = 0; i < N * (p + q); i++) {
        const bool of_x = i < N * p;
        const size_t width = of_x ? p : q;
        const size_t at = of_x ? i : i - N * p;
        const double *values = of_x ? x->values : y->values;
        double mean = 0.0;
        for (size_t t = 0; t < N; t++) {
            mean += values[t * width + at % width] / N;
        }
        room[i] = values[at] - mean;
        squares += room[i] * room[i];
    }
    for (size_t i = 0; i < p * q; i++) {
        for (size_t t = 0; t < N; t++) {
            product[i] += a[t * p + i / q] * b[t * q + i % q];
        }
    }
    check_ok(ana_linalg_svd(p, q, product, s + r, s, s + r + p * r));
    for (size_t k = 0; k < r; k++) {
        squares -= 2.0 * s[k];
    }
    free(room);
    return sqrt(squares);
}

static void stimuli_and_units_give_the_same(void **state)
{
    (void)state;
    static const size_t sizes[][2] = {{4, 9}, {9, 4}, {60, 9}, {70, 50}};
    for (size_t k = 0; k < 4; k++) {
        ana_responses *both[2] = {draw("x", sizes[k][0], 2 * k), draw("y", sizes[k][1], 2 * k + 1)};
        const ana_shape_options options = with(ANA_SHAPE_ORTHOGONAL, ANA_SHAPE_EUCLIDEAN, 0.0);
        check_close(distance_of(both, &options), by_definition(both[0], both[1]), 0.0, 1e-11);
        release(2, both);
    }
}

static void it_is_a_metric(void **state)
{
    (void)state;
    enum {
        S = 6
    };
    ana_responses *systems[S];
    for (size_t s = 0; s < S; s++) {
        systems[s] = draw("s", s < 3 ? 7 : 5 + 12 * s, 20 + s);
    }
    const ana_responses_set set = {S, systems};
    for (int a = ANA_SHAPE_ORTHOGONAL; a <= ANA_SHAPE_PERMUTATION; a++) {
        for (int d = ANA_SHAPE_EUCLIDEAN; d <= ANA_SHAPE_ANGULAR; d++) {
            const ana_shape_options options =
                with((ana_shape_alignment)a, (ana_shape_distance)d, 0.3);
            ana_shapes *shapes = NULL;
            check_ok(ana_shapes_compute(&set, &options, &shapes));
            const double *at = shapes->distance;
            for (size_t i = 0; i < S * S * S; i++) {
                const size_t x = i / S / S;
                const size_t y = i / S % S;
                const size_t z = i % S;
                assert_true(at[x * S + z] <= at[x * S + y] + at[y * S + z] + 1e-12);
                assert_true(x == y ? at[x * S + y] == 0.0 : at[x * S + y] > 0.01);
                check_close(at[x * S + y], at[y * S + x], 0.0, 0.0);
            }
            ana_shapes_free(shapes);
        }
    }
    release(S, systems);
}

static void whole_whitening_leaves_canonical_correlations(void **state)
{
    (void)state;
    /* A linear map, not only a turn, leaves nothing between the two. */
    ana_responses *both[2] = {draw("x", 4, 40), NULL};
    ana_random random = ana_random_stream(5, "map", 0);
    double map[16];
    for (size_t i = 0; i < 16; i++) {
        map[i] = ana_random_normal(&random);
    }
    check_ok(ana_responses_new("y", N, 4, &both[1]));
    check_ok(ana_linalg_multiply(N, 4, 4, both[0]->values, map, both[1]->values));
    ana_shape_options options = with(ANA_SHAPE_ORTHOGONAL, ANA_SHAPE_ANGULAR, 1.0);
    check_close(distance_of(both, &options), 0.0, 1e-7, 0.0);
    options.whitening = 0.0;
    assert_true(distance_of(both, &options) > 0.1);
    release(2, both);
}

enum {
    TRAIN = 16,
    TEST = N - TRAIN,
    MOST = 40
};

/* The first stimuli train. out (N x p) = all of them about the training mean times Z by its
 * definition, from the singular vectors of the training stimuli. */
static void whiten_by_definition(const ana_responses *x, double share, double *out)
{
    const size_t p = x->n_units;
    double *centred = calloc(N * p + TRAIN * (TRAIN + p + 1), sizeof *centred);
    double *u = centred + N * p;
    double *vt = u + TRAIN * TRAIN;
    double *s = vt + TRAIN * p;
    double squares[2] = {0.0, 0.0};
    for (size_t i = 0; i < N * p; i++) {
        double mean = 0.0;
        for (size_t t = 0; t < TRAIN; t++) {
            mean += x->values[t * p + i % p] / TRAIN;
        }
        centred[i] = x->values[i] - mean;
    }
    check_ok(ana_linalg_svd(TRAIN, p, centred, u, s, vt));
    for (size_t k = 0; k < TRAIN - 1; k++) { /* the last is 0: the mean */
        const double d = 1.0 - share + share / s[k];
        squares[0] += s[k] * s[k];
        squares[1] += d * d * s[k] * s[k];
    }
    const double scale = sqrt(squares[0] / squares[1]);
    for (size_t i = 0; i < N * p; i++) {
        out[i] = scale * (1.0 - share) * centred[i];
        for (size_t k = 0; k < TRAIN - 1; k++) {
            double along = 0.0;
            for (size_t j = 0; j < p; j++) {
                along += centred[i / p * p + j] * vt[k * p + j];
            }
            out[i] += scale * share / s[k] * along * vt[k * p + i % p];
        }
    }
    free(centred);
}

static void directions_that_no_training_stimulus_spans_match_nothing(void **state)
{
    (void)state;
    const size_t p = 30;
    ana_responses *both[2] = {draw("x", p, 52), draw("y", MOST, 53)};
    double *room = calloc(N * (p + MOST) + 3 * MOST * MOST + MOST, sizeof *room);
    double *y = room + N * p;
    double *product = y + N * MOST;
    double *u = product + p * MOST;
    double *vt = u + p * p;
    double *s = vt + p * MOST;
    size_t rows[N];
    double matched = 0.0;
    double squares = 0.0;
    double apart = 0.0;
    ana_workspace workspace = {0};
    ana_shape_form forms[2];
    ana_shape_options options = with(ANA_SHAPE_ORTHOGONAL, ANA_SHAPE_EUCLIDEAN, 0.4);
    for (size_t i = 0; i < N; i++) {
        rows[i] = i;
    }
    const ana_shape_split split = {TRAIN, rows, TEST, rows + TRAIN};
    for (size_t k = 0; k < 2; k++) {
        const ana_measured_units units = {
            .n_stimuli = N, .n = both[k]->n_units, .values = both[k]->values};
        check_ok(ana_shape_form_fit(&units, &options, &split, &workspace, &forms[k]));
        whiten_by_definition(both[k], options.whitening, k == 0 ? room : y);
    }
    const ana_gemm shape = {
        .n_rows = p, .n_inner = TRAIN, .n_columns = MOST, .transpose_a = true, .alpha = 1.0};
    check_ok(ana_linalg_gemm(&shape, room, y, product));
    check_ok(ana_linalg_svd(p, MOST, product, u, s, vt));
    for (size_t i = TRAIN * p; i < N * p; i++) {
        squares += room[i] * room[i];
    }
    for (size_t i = TRAIN * MOST; i < N * (size_t)MOST; i++) {
        squares += y[i] * y[i];
    }
    for (size_t i = TRAIN; i < N; i++) {
        for (size_t k = 0; k < TRAIN - 1; k++) {
            double of_x = 0.0;
            double of_y = 0.0;
            for (size_t j = 0; j < p; j++) {
                of_x += room[i * p + j] * u[j * p + k];
            }
            for (size_t j = 0; j < MOST; j++) {
                of_y += y[i * MOST + j] * vt[k * MOST + j];
            }
            matched += of_x * of_y;
        }
    }
    check_ok(ana_shape_fit_pair(&forms[0], &forms[1], options.alignment, NULL, &apart, NULL));
    check_close(apart, squares - 2.0 * matched, 0.0, 1e-10);
    ana_workspace_release(&workspace);
    free(room);
    release(2, both);
}

static void rows_in_another_order_are_those_of_exchanged_stimuli(void **state)
{
    (void)state;
    ana_responses *both[2] = {draw("x", 9, 54), draw("y", 30, 55)};
    ana_responses *moved = NULL;
    size_t rows[N];
    size_t order[N];
    double apart[2] = {0.0, 0.0};
    ana_workspace workspace = {0};
    ana_shape_form forms[3];
    for (size_t i = 0; i < N; i++) {
        rows[i] = i;
        order[i] = i < TRAIN ? (5 * i + 3) % TRAIN : TRAIN + (3 * i + 1) % TEST;
    }
    check_ok(ana_responses_take_stimuli(both[1], N, order, &moved));
    const ana_responses *const all[] = {both[0], both[1], moved};
    const ana_shape_split split = {TRAIN, rows, TEST, rows + TRAIN};
    for (size_t k = 0; k < 6; k++) {
        const ana_shape_options options =
            with((ana_shape_alignment)(k % 2), ANA_SHAPE_EUCLIDEAN, 0.3 * (double)(k / 2));
        size_t test[TEST];
        for (size_t i = 0; i < TEST; i++) {
            test[i] = order[TRAIN + i] - TRAIN;
        }
        const ana_shape_orders orders = {order, test};
        for (size_t s = 0; s < 3; s++) {
            const ana_measured_units units = {
                .n_stimuli = N, .n = all[s]->n_units, .values = all[s]->values};
            check_ok(ana_shape_form_fit(&units, &options, &split, &workspace, &forms[s]));
        }
        check_ok(
            ana_shape_fit_pair(&forms[0], &forms[1], options.alignment, &orders, &apart[0], NULL));
        check_ok(
            ana_shape_fit_pair(&forms[0], &forms[2], options.alignment, NULL, &apart[1], NULL));
        check_close(apart[0], apart[1], 0.0, 1e-11);
    }
    ana_workspace_release(&workspace);
    ana_responses_free(moved);
    release(2, both);
}

static void noise_is_not_alike_when_held_out(void **state)
{
    (void)state;
    /* More units than stimuli: any two systems look alike, but not to stimuli held out. */
    ana_responses *both[2] = {draw("x", 60, 50), draw("y", 60, 51)};
    ana_shape_options options = with(ANA_SHAPE_ORTHOGONAL, ANA_SHAPE_ANGULAR, 0.0);
    const double seen = distance_of(both, &options);
    options.n_folds = 4;
    const double held_out = distance_of(both, &options);
    assert_true(seen < 1.0 && held_out > 1.4);
    release(2, both);
}

static void chance_and_intervals_tell_kin_from_strangers(void **state)
{
    (void)state;
    ana_responses *systems[3] = {draw("x", 6, 60), draw("kin", 6, 61), draw("stranger", 30, 62)};
    for (size_t i = 0; i < N * 6; i++) {
        systems[1]->values[i] = systems[0]->values[i] + 0.3 * systems[1]->values[i];
    }
    const ana_responses_set set = {3, systems};
    for (size_t folds = 0; folds < 5; folds += 4) {
        ana_shape_options options = with(ANA_SHAPE_ORTHOGONAL, ANA_SHAPE_ANGULAR, 0.0);
        ana_shapes *shapes[2] = {NULL, NULL};
        options.n_permutations = 99;
        options.n_bootstraps = 199;
        options.n_folds = folds;
        for (size_t t = 0; t < 2; t++) {
            options.run.n_threads = t + 1;
            check_ok(ana_shapes_compute(&set, &options, &shapes[t]));
        }
        const ana_shapes *found = shapes[0];
        check_close(found->p[1], 0.01, 1e-15, 0.0);
        assert_true(found->p[2] > 0.05 && found->p_adjusted[1] >= found->p[1]);
        assert_true(isnan(found->p[0]) && found->p[3] == found->p[1]);
        for (size_t i = 1; i < 3; i++) {
            assert_true(found->low[i] < found->distance[i] && found->distance[i] < found->high[i]);
        }
        assert_true(found->high[1] < found->low[2]);
        assert_memory_equal(found->p, shapes[1]->p, 9 * sizeof(double));
        assert_memory_equal(found->low, shapes[1]->low, 9 * sizeof(double));
        assert_memory_equal(found->distance, shapes[1]->distance, 9 * sizeof(double));
        ana_shapes_free(shapes[0]);
        ana_shapes_free(shapes[1]);
    }
    release(3, systems);
}

/* Of two systems, the mean lies half way. Of turned images of one, it is that one. */
static void a_mean_lies_between(void **state)
{
    (void)state;
    ana_responses *both[2] = {draw("x", 5, 60), draw("y", 30, 61)};
    const ana_responses_set pair = {2, both};
    for (int a = ANA_SHAPE_ORTHOGONAL; a <= ANA_SHAPE_PERMUTATION; a++) {
        for (int d = ANA_SHAPE_EUCLIDEAN; d <= ANA_SHAPE_SCALED; d++) {
            ana_shape_options options = with((ana_shape_alignment)a, (ana_shape_distance)d, 0.0);
            ana_shapes *shapes = NULL;
            options.mean = true;
            check_ok(ana_shapes_compute(&pair, &options, &shapes));
            check_close(shapes->from_mean[0], 0.5 * shapes->distance[1], 0.0, 1e-9);
            check_close(shapes->from_mean[1], 0.5 * shapes->distance[1], 0.0, 1e-9);
            ana_shapes_free(shapes);
        }
    }
    ana_responses *images[3];
    for (size_t s = 0; s < 3; s++) {
        double turned[25];
        draw_turn(5, s, turned);
        check_ok(ana_responses_new("image", N, 5, &images[s]));
        check_ok(ana_linalg_multiply(N, 5, 5, both[0]->values, turned, images[s]->values));
    }
    const ana_responses_set all = {3, images};
    ana_shape_options options = with(ANA_SHAPE_ORTHOGONAL, ANA_SHAPE_ANGULAR, 0.0);
    ana_shapes *shapes = NULL;
    options.mean = true;
    check_ok(ana_shapes_compute(&all, &options, &shapes));
    for (size_t s = 0; s < 3; s++) {
        check_close(shapes->from_mean[s], 0.0, 1e-12, 0.0);
    }
    ana_shapes_free(shapes);
    release(3, images);
    release(2, both);
}

static void no_system_is_nearer_to_all_than_their_mean(void **state)
{
    (void)state;
    enum {
        S = 5
    };
    ana_responses *systems[S];
    for (size_t s = 0; s < S; s++) {
        systems[s] = draw("s", 4 + 6 * s, 70 + s);
    }
    const ana_responses_set set = {S, systems};
    ana_shape_options options = with(ANA_SHAPE_ORTHOGONAL, ANA_SHAPE_SCALED, 0.2);
    ana_shapes *shapes = NULL;
    double whole = 0.0;
    options.mean = true;
    check_ok(ana_shapes_compute(&set, &options, &shapes));
    for (size_t s = 0; s < S; s++) {
        whole += shapes->from_mean[s] * shapes->from_mean[s];
    }
    for (size_t i = 0; i < S; i++) {
        double squares = 0.0;
        for (size_t j = 0; j < S; j++) {
            squares += shapes->distance[i * S + j] * shapes->distance[i * S + j];
        }
        assert_true(whole < squares);
    }
    ana_shapes_free(shapes);
    release(S, systems);
}

static void units_without_values_are_counted(void **state)
{
    (void)state;
    ana_responses *both[2] = {draw("x", 6, 70), draw("y", 7, 71)};
    const ana_shape_options options = with(ANA_SHAPE_ORTHOGONAL, ANA_SHAPE_ANGULAR, 0.0);
    const ana_responses_set set = {2, both};
    ana_shapes *shapes = NULL;
    const size_t kept[] = {0, 1, 3, 4, 5, 6};
    ana_responses *whole[2] = {both[0], NULL};
    check_ok(ana_responses_take_units(both[1], 6, kept, &whole[1]));
    for (size_t s = 0; s < N; s++) {
        both[1]->values[s * 7 + 2] = NAN;
    }
    check_ok(ana_shapes_compute(&set, &options, &shapes));
    assert_int_equal(shapes->n_units[1], 6);
    assert_int_equal(shapes->n_excluded[1], 1);
    check_close(shapes->distance[1], distance_of(whole, &options), 0.0, 0.0);
    ana_shapes_free(shapes);
    ana_responses_free(whole[1]);
    release(2, both);
}

static void refuse(ana_responses **systems, size_t n, const ana_shape_options *options,
                   ana_status wanted, const char *piece)
{
    const ana_responses_set set = {n, systems};
    ana_shapes *shapes = NULL;
    check_fails(ana_shapes_compute(&set, options, &shapes), wanted, piece);
    assert_null(shapes);
}

static void wrong_input_is_refused(void **state)
{
    (void)state;
    ana_responses *both[2] = {draw("x", 6, 70), draw("y", 7, 71)};
    ana_responses *few[2] = {NULL, NULL};
    ana_shape_options options = ana_shape_options_default();
    refuse(both, 1, &options, ANA_ERR_VALUE, "between two");
    both[1]->values[2 * 7 + 3] = NAN;
    refuse(both, 2, &options, ANA_ERR_VALUE, "unit 3 of y is missing for stimulus 2");
    both[1]->values[2 * 7 + 3] = -INFINITY;
    refuse(both, 2, &options, ANA_ERR_VALUE, "unit 3 of y is infinite for stimulus 2");
    both[1]->values[2 * 7 + 3] = 1.0;
    options.alignment = ANA_SHAPE_UNALIGNED;
    refuse(both, 2, &options, ANA_ERR_SHAPE, "the same units");
    options.alignment = ANA_SHAPE_ORTHOGONAL;
    options.n_folds = 1;
    refuse(both, 2, &options, ANA_ERR_VALUE, "1 folds");
    options.n_folds = 13;
    options.n_permutations = 9;
    refuse(both, 2, &options, ANA_ERR_VALUE, "fewer folds");
    options.n_folds = 25;
    refuse(both, 2, &options, ANA_ERR_VALUE, "25 folds");
    options = ana_shape_options_default();
    options.mean = true;
    options.n_folds = 3;
    refuse(both, 2, &options, ANA_ERR_VALUE, "without folds");
    options = ana_shape_options_default();
    options.whitening = 1.5;
    refuse(both, 2, &options, ANA_ERR_VALUE, "whitening");
    options = ana_shape_options_default();
    options.run.max_memory = 1000;
    refuse(both, 2, &options, ANA_ERR_LIMIT, "every fold");
    options = ana_shape_options_default();
    for (size_t i = 0; i < N * 7; i++) {
        both[1]->values[i] = 0.3;
    }
    refuse(both, 2, &options, ANA_ERR_VALUE, "y does not vary");
    for (size_t i = 0; i < N * 7; i++) {
        both[1]->values[i] = NAN;
    }
    refuse(both, 2, &options, ANA_ERR_VALUE, "no unit of y");
    const size_t two[] = {0, 1};
    check_ok(ana_responses_take_stimuli(both[0], 2, two, &few[0]));
    refuse((ana_responses *[]){both[0], few[0]}, 2, &options, ANA_ERR_SHAPE, "match them");
    refuse((ana_responses *[]){few[0], few[0]}, 2, &options, ANA_ERR_VALUE, "three");
    ana_responses_free(few[0]);
    release(2, both);
}

static void a_constant_system_has_a_length_of_distance(void **state)
{
    (void)state;
    ana_responses *both[2] = {draw("x", 30, 80), draw("y", 40, 81)};
    double squares = 0.0;
    for (size_t i = 0; i < N * 40; i++) {
        both[1]->values[i] = 0.3;
    }
    for (size_t u = 0; u < 30; u++) {
        double mean = 0.0;
        for (size_t s = 0; s < N; s++) {
            mean += both[0]->values[s * 30 + u] / N;
        }
        for (size_t s = 0; s < N; s++) {
            squares += pow(both[0]->values[s * 30 + u] - mean, 2.0);
        }
    }
    ana_shape_options options = with(ANA_SHAPE_ORTHOGONAL, ANA_SHAPE_EUCLIDEAN, 0.0);
    check_close(distance_of(both, &options), sqrt(squares), 0.0, 1e-12);
    options.whitening = 0.5; /* which keeps the variance */
    check_close(distance_of(both, &options), sqrt(squares), 0.0, 1e-12);
    release(2, both);
}

static void a_record_holds_matrix_plane_and_pairs(void **state)
{
    (void)state;
    ana_responses *systems[3] = {draw("x", 6, 90), draw("y", 7, 91), draw("z", 30, 92)};
    const ana_responses_set set = {3, systems};
    ana_shape_options options = ana_shape_options_default();
    ana_shapes *shapes = NULL;
    ana_record *record = NULL;
    options.n_permutations = 9;
    options.n_bootstraps = 20;
    options.mean = true;
    check_ok(ana_shapes_compute(&set, &options, &shapes));
    check_ok(ana_shapes_to_record(shapes, &record));
    check_ok(ana_record_check(record));
    const char *text = NULL;
    check_ok(ana_record_get_text(record, "schema", &text));
    assert_string_equal(text, "shape");
    check_ok(ana_record_get_text(record, "title", &text));
    assert_non_null(ana_record_find(record, "plane/position"));
    ana_shape shape = ana_shape_1(3, NULL);
    const double *distance = NULL;
    check_ok(ana_record_get_doubles(record, "pairs/distance", &shape, &distance));
    check_close(distance[1], shapes->distance[2], 0.0, 0.0);
    check_close(distance[2], shapes->distance[5], 0.0, 0.0);
    assert_non_null(ana_record_find(record, "pairs/p_adjusted"));
    ana_record_free(record);
    record = NULL;
    ALLOCATION_TEST(ana_shapes_to_record, (shapes, &record), ana_record_free(record));
    ana_shapes_free(shapes);
    release(3, systems);
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    ana_responses *both[2] = {draw("x", 30, 90), draw("y", 4, 91)};
    const ana_responses_set set = {2, both};
    ana_shapes *shapes = NULL;
    for (int a = ANA_SHAPE_ORTHOGONAL; a <= ANA_SHAPE_PERMUTATION; a++) {
        ana_shape_options options = with((ana_shape_alignment)a, ANA_SHAPE_ANGULAR, 0.4);
        options.n_folds = 2;
        options.n_permutations = 1;
        options.n_bootstraps = 1;
        options.run.n_threads = 1;
        ALLOCATION_TEST(ana_shapes_compute, (&set, &options, &shapes), ana_shapes_free(shapes));
        options.n_folds = 0;
        options.mean = true;
        ALLOCATION_TEST(ana_shapes_compute, (&set, &options, &shapes), ana_shapes_free(shapes));
    }
    release(2, both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_triangles_by_hand),
        cmocka_unit_test(turned_systems_are_the_same),
        cmocka_unit_test(exchanged_units_are_the_same),
        cmocka_unit_test(stimuli_and_units_give_the_same),
        cmocka_unit_test(it_is_a_metric),
        cmocka_unit_test(whole_whitening_leaves_canonical_correlations),
        cmocka_unit_test(directions_that_no_training_stimulus_spans_match_nothing),
        cmocka_unit_test(rows_in_another_order_are_those_of_exchanged_stimuli),
        cmocka_unit_test(noise_is_not_alike_when_held_out),
        cmocka_unit_test(chance_and_intervals_tell_kin_from_strangers),
        cmocka_unit_test(a_mean_lies_between),
        cmocka_unit_test(no_system_is_nearer_to_all_than_their_mean),
        cmocka_unit_test(units_without_values_are_counted),
        cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(a_constant_system_has_a_length_of_distance),
        cmocka_unit_test(a_record_holds_matrix_plane_and_pairs),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
