/* Rotations between domains, of matrices and of tangent vectors. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/domain_tangent.h>
#include <analysis/random.h>

#include <math.h>
#include <string.h>

enum {
    N = 5,
    SIZE = N * N,
    CLASSES = 3,
    D = 7,
    ROWS = 24
};

static void draw_numbers(uint64_t seed, size_t n, double *out)
{
    ana_random random = ana_random_stream(seed, "test.domain_rotation", 0);
    for (size_t i = 0; i < n; i++) {
        out[i] = ana_random_normal(&random);
    }
}

/* An orthogonal matrix of that determinant. */
static void draw_orthogonal(uint64_t seed, size_t n, double determinant, double *out)
{
    double x[D * D];
    double upper[D * D];
    double u[D * D];
    double s[D];
    double vt[D * D];
    draw_numbers(seed, n * n, x);
    check_ok(ana_linalg_qr(n, n, x, out, upper));
    double found = 0.0; /* the sign of det Q = det X, R's diagonal is positive: by elimination */
    memcpy(u, out, n * n * sizeof *u);
    found = 1.0;
    for (size_t k = 0; k < n; k++) {
        size_t best = k;
        for (size_t i = k; i < n; i++) {
            best = fabs(u[i * n + k]) > fabs(u[best * n + k]) ? i : best;
        }
        for (size_t j = 0; j < n; j++) {
            s[0] = u[k * n + j];
            u[k * n + j] = u[best * n + j];
            u[best * n + j] = s[0];
        }
        found *= (best == k ? 1.0 : -1.0) * u[k * n + k];
        for (size_t i = k + 1; i < n; i++) {
            vt[0] = u[i * n + k] / u[k * n + k];
            for (size_t j = 0; j < n; j++) {
                u[i * n + j] -= vt[0] * u[k * n + j];
            }
        }
    }
    for (size_t j = 0; j < n && found * determinant < 0.0; j++) {
        out[j] = -out[j];
    }
}

static void draw_means(uint64_t seed, double *out)
{
    double x[CLASSES * N * 9];
    draw_numbers(seed, sizeof x / sizeof x[0], x);
    for (size_t c = 0; c < CLASSES; c++) {
        check_ok(ana_linalg_gram_rows(N, 9, x + c * (size_t)N * 9, out + c * SIZE));
    }
}

static void check_orthogonal(size_t n, const double *q)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double sum = 0.0;
            for (size_t k = 0; k < n; k++) {
                sum += q[i * n + k] * q[j * n + k];
            }
            check_close(sum, i == j ? 1.0 : 0.0, 1e-12, 0.0);
        }
    }
}

static void a_planted_rotation_or_reflection_is_found(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        double source[CLASSES * SIZE];
        double target[CLASSES * SIZE];
        double planted[SIZE];
        double q[SIZE];
        ana_rotation_info info;
        draw_means(seed, source);
        draw_orthogonal(100 + seed, N, seed % 2 == 0 ? 1.0 : -1.0, planted);
        const ana_spd_set a = {N, false, CLASSES, source};
        const ana_spd_set b = {N, false, CLASSES, target};
        check_ok(ana_domain_rotate(&a, planted, target));
        for (int cost = 0; cost < 2; cost++) {
            ana_rotation_options options = ana_rotation_options_default();
            options.cost = (ana_rotation_cost)cost;
            check_ok(ana_domain_rotation(&a, &b, &options, &info, q));
            assert_true(info.converged);
            check_close(info.cost, 0.0, 1e-12 * info.before, 0.0);
            check_orthogonal(N, q);
            const double sign = q[0] * planted[0] < 0.0 ? -1.0 : 1.0; /* -Q turns as Q does */
            for (size_t e = 0; e < SIZE; e++) {
                check_close(sign * q[e], planted[e], 1e-7, 0.0);
            }
        }
    }
}

/* The cost of a Q, for neighbours. */
static double cost_of(const double *q, const ana_spd_set *a, const ana_spd_set *b, int riemann,
                      const double *weights)
{
    double turned[CLASSES * SIZE];
    double squares[CLASSES * CLASSES];
    const ana_spd_set t = {N, false, CLASSES, turned};
    ana_spd_distance_options options = ana_spd_distance_options_default();
    options.metric = riemann ? ANA_SPD_RIEMANN : ANA_SPD_EUCLIDEAN;
    options.squared = true;
    check_ok(ana_domain_rotate(a, q, turned));
    check_ok(ana_spd_distances(&t, b, &options, squares));
    double sum = 0.0;
    double total = 0.0;
    for (size_t c = 0; c < CLASSES; c++) {
        sum += weights[c] * squares[c * (CLASSES + 1)];
        total += weights[c];
    }
    return sum / total;
}

static void no_small_turn_of_two_axes_costs_less(void **state)
{
    (void)state;
    const double weights[CLASSES] = {1.0, 0.5, 2.0};
    double source[CLASSES * SIZE];
    double target[CLASSES * SIZE];
    double q[SIZE];
    double turned[SIZE];
    ana_rotation_info info;
    draw_means(11, source);
    draw_means(12, target);
    const ana_spd_set a = {N, false, CLASSES, source};
    const ana_spd_set b = {N, false, CLASSES, target};
    for (int riemann = 0; riemann < 2; riemann++) {
        ana_rotation_options options = ana_rotation_options_default();
        options.cost = (ana_rotation_cost)riemann;
        options.weights = weights;
        check_ok(ana_domain_rotation(&a, &b, &options, &info, q));
        const double least = cost_of(q, &a, &b, riemann, weights);
        check_close(info.cost, least, 0.0, 1e-9);
        assert_true(info.cost < info.before);
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < N; j++) {
                memcpy(turned, q, sizeof q);
                for (size_t k = 0; k < N && i != j; k++) {
                    turned[i * N + k] = cos(1e-3) * q[i * N + k] - sin(1e-3) * q[j * N + k];
                    turned[j * N + k] = sin(1e-3) * q[i * N + k] + cos(1e-3) * q[j * N + k];
                }
                assert_true(cost_of(turned, &a, &b, riemann, weights) >= least * (1.0 - 1e-12));
            }
        }
    }
}

static void units_do_not_turn_anything(void **state)
{
    (void)state;
    double source[CLASSES * SIZE];
    double target[CLASSES * SIZE];
    double q[2][SIZE];
    ana_rotation_info info[2];
    draw_means(13, source);
    draw_means(14, target);
    for (size_t u = 0; u < 2; u++) {
        const ana_spd_set a = {N, false, CLASSES, source};
        const ana_spd_set b = {N, false, CLASSES, target};
        check_ok(ana_domain_rotation(&a, &b, NULL, &info[u], q[u]));
        for (size_t e = 0; e < (size_t)CLASSES * SIZE; e++) {
            source[e] *= 1e-12;
            target[e] *= 1e-12;
        }
    }
    check_close(info[1].cost, 1e-24 * info[0].cost, 0.0, 1e-10);
    check_all_close(SIZE, q[1], q[0], 1e-6, 0.0);
}

static void what_cannot_be_turned_is_refused(void **state)
{
    (void)state;
    double source[CLASSES * SIZE];
    double q[SIZE];
    double weights[CLASSES] = {0.0};
    draw_means(15, source);
    const ana_spd_set a = {N, false, CLASSES, source};
    const ana_spd_set two = {N, false, 2, source};
    const ana_spd_set pair[2] = {{2, true, 2, source}, {2, true, 2, source}};
    ana_rotation_options options = ana_rotation_options_default();
    check_fails(ana_domain_rotation(&a, &two, NULL, NULL, q), ANA_ERR_SHAPE,
                "3 class means of 5 rows, the target 2 of 5");
    check_fails(ana_domain_rotation(&pair[0], &pair[1], NULL, NULL, q), ANA_ERR_UNSUPPORTED,
                "complex");
    check_fails(ana_domain_rotate(&pair[0], q, source), ANA_ERR_UNSUPPORTED, "complex");
    options.weights = weights;
    check_fails(ana_domain_rotation(&a, &a, &options, NULL, q), ANA_ERR_VALUE, "sum to 0");
    weights[1] = -1.0;
    check_fails(ana_domain_rotation(&a, &a, &options, NULL, q), ANA_ERR_VALUE,
                "the weight of class 1 is -1");
    double target[CLASSES * SIZE];
    draw_means(16, target);
    const ana_spd_set b = {N, false, CLASSES, target};
    options = ana_rotation_options_default();
    options.max_iterations = 1;
    check_fails(ana_domain_rotation(&a, &b, &options, NULL, q), ANA_ERR_NUMERIC, "not settled");
    target[0] = -1.0;
    check_fails(ana_domain_rotation(&a, &b, NULL, NULL, q), ANA_ERR_VALUE,
                "matrix 0 is not positive definite");
}

/* Three classes, eight vectors each, about means far apart. */
static void draw_vectors(uint64_t seed, double *out, size_t *classes)
{
    draw_numbers(seed, (size_t)ROWS * D, out);
    for (size_t k = 0; k < ROWS; k++) {
        classes[k] = k % CLASSES;
        out[k * D + k % CLASSES] += 4.0;
    }
}

static void tangent_vectors_are_centred_and_scaled_by_domain(void **state)
{
    (void)state;
    const double x[8] = {1.0, 0.0, 5.0, 2.0, 3.0, 4.0, 5.0, 8.0};
    const size_t of[4] = {0, 1, 0, 1};
    const double weights[4] = {1.0, 1.0, 3.0, 1.0};
    const ana_domains domains = {2, of, weights};
    double centres[4];
    double scales[2];
    double out[8];
    check_ok(ana_tangent_centre(4, 2, x, &domains, centres, out));
    check_all_close(4, centres, ((const double[]){2.5, 3.0, 5.0, 5.0}), 0.0, 1e-15);
    check_all_close(8, out, ((const double[]){-1.5, -3.0, 0.0, -3.0, 0.5, 1.0, 0.0, 3.0}), 1e-15,
                    0.0);
    check_ok(ana_tangent_scale(4, 2, out, &domains, scales, out));
    check_close(scales[1], 3.0, 0.0, 1e-15);
    check_close(scales[0], (sqrt(11.25) + 3.0 * sqrt(1.25)) / 4.0, 0.0, 1e-15);
    check_close(out[3], -1.0, 0.0, 1e-15);
    const double zeros[8] = {0.0};
    check_fails(ana_tangent_scale(4, 2, zeros, &domains, NULL, out), ANA_ERR_VALUE,
                "domain 0 have a mean length of 0");
    const ana_domains three = {3, of, NULL};
    check_fails(ana_tangent_centre(4, 2, x, &three, NULL, out), ANA_ERR_VALUE, "domain 2");
}

static void a_planted_turn_of_vectors_is_found_where_anchors_show_it(void **state)
{
    (void)state;
    double source[ROWS * D];
    double target[ROWS * D];
    double planted[D * D];
    double q[D * D];
    double turned[ROWS * D];
    size_t classes[ROWS];
    draw_vectors(21, source, classes);
    draw_orthogonal(22, D, -1.0, planted);
    check_ok(ana_tangent_rotate(ROWS, D, source, planted, target));
    const ana_class_vectors a = {ROWS, D, source, {CLASSES, classes, NULL}};
    const ana_class_vectors b = {ROWS, D, target, {CLASSES, classes, NULL}};
    ana_tangent_rotation_options options = ana_tangent_rotation_options_default();
    options.explained = 1.0;
    options.n_components = 0; /* three class means: a turn of their span */
    check_ok(ana_tangent_rotation(&a, &b, &options, q));
    check_orthogonal(D, q);
    check_ok(ana_tangent_rotate(ROWS, D, source, q, turned));
    for (size_t c = 0; c < CLASSES; c++) {
        for (size_t i = 0; i < D; i++) {
            double difference = 0.0;
            for (size_t k = c; k < ROWS; k += CLASSES) {
                difference += turned[k * D + i] - target[k * D + i];
            }
            check_close(difference, 0.0, 1e-11, 0.0);
        }
    }
}

/* out = rows x q, for a small turn q: the order of rows along an axis stays. */
static void draw_turned(size_t n, size_t d, const double *rows, double *q, double *out)
{
    memset(q, 0, d * d * sizeof *q);
    for (size_t i = 0; i < d; i++) {
        q[i * (d + 1)] = 1.0;
    }
    for (size_t i = 0; i < d; i++) { /* one plane after the other */
        const size_t j = (i + 2) % d;
        for (size_t row = 0; row < d; row++) {
            const double a = q[row * d + i];
            const double b = q[row * d + j];
            q[row * d + i] = cos(0.03) * a - sin(0.03) * b;
            q[row * d + j] = sin(0.03) * a + cos(0.03) * b;
        }
    }
    check_ok(ana_tangent_rotate(n, d, rows, q, out));
}

/* One class: its mean, and parts along two axes, which show all five directions. */
static void anchors_lie_along_every_axis(void **state)
{
    (void)state;
    static const double heights[9][2] = {{-9, 4}, {-6, -7}, {-4, 1}, {-2, 6}, {1, -5},
                                         {3, 8},  {5, -3},  {8, -1}, {11, 3}};
    const size_t classes[9] = {0};
    double source[9 * 5];
    double target[9 * 5];
    double planted[25];
    double q[25];
    draw_numbers(41, 45, source);
    for (size_t k = 0; k < 9; k++) {
        for (size_t i = 0; i < 5; i++) {
            source[k * 5 + i] = 0.1 * source[k * 5 + i] + (i < 2 ? heights[k][i] : 0.4);
        }
    }
    draw_turned(9, 5, source, planted, target);
    const ana_class_vectors a = {9, 5, source, {1, classes, NULL}};
    const ana_class_vectors b = {9, 5, target, {1, classes, NULL}};
    ana_tangent_rotation_options options = ana_tangent_rotation_options_default();
    options.n_components = 2;
    options.explained = 1.0;
    check_ok(ana_tangent_rotation(&a, &b, &options, q));
    check_all_close(25, q, planted, 1e-9, 0.0);
    /* Two rows and two parts of them are enough for one axis beside the mean. */
    const double pair[6] = {-3.0, 1.0, 0.0, 3.0, 1.0, 0.0};
    draw_turned(2, 3, pair, planted, target);
    const ana_class_vectors few = {2, 3, pair, {1, classes, NULL}};
    const ana_class_vectors turned = {2, 3, target, {1, classes, NULL}};
    options.n_components = 1;
    options.n_clusters = 2;
    check_ok(ana_tangent_rotation(&few, &turned, &options, q));
    check_all_close(9, q, planted, 1e-9, 0.0);
}

static void what_no_anchor_shows_is_left_alone(void **state)
{
    (void)state;
    double source[4 * D] = {0.0};
    double target[4 * D] = {0.0};
    const size_t classes[4] = {0, 1, 0, 1};
    double q[D * D];
    for (size_t k = 0; k < 4; k++) { /* a quarter turn of the first two axes */
        source[k * D + k % 2] = 2.0 + (double)(k % 2);
        target[k * D + 1 - k % 2] = (2.0 + (double)(k % 2)) * (k % 2 == 0 ? 1.0 : -1.0);
    }
    const ana_class_vectors a = {4, D, source, {2, classes, NULL}};
    const ana_class_vectors b = {4, D, target, {2, classes, NULL}};
    check_ok(ana_tangent_rotation(&a, &b, NULL, q)); /* two a class: means alone */
    for (size_t e = 0; e < (size_t)D * D; e++) {
        const double wanted = e == 1             ? 1.0
                              : e == D           ? -1.0
                              : e == 0           ? 0.0
                              : e == D + 1       ? 0.0
                              : e % (D + 1) == 0 ? 1.0
                                                 : 0.0;
        check_close(q[e], wanted, 1e-12, 0.0);
    }
    ana_tangent_rotation_options options = ana_tangent_rotation_options_default();
    options.compat = true; /* the turn back, and nothing of the other axes */
    check_ok(ana_tangent_rotation(&a, &b, &options, q));
    check_close(q[1], -1.0, 1e-12, 0.0);
    check_close(q[D], 1.0, 1e-12, 0.0);
    check_close(q[2 * (D + 1)], 0.0, 1e-12, 0.0);
}

static void vectors_that_do_not_match_are_refused(void **state)
{
    (void)state;
    double source[ROWS * D];
    double q[D * D];
    size_t classes[ROWS];
    draw_vectors(23, source, classes);
    const ana_class_vectors a = {ROWS, D, source, {CLASSES, classes, NULL}};
    const ana_class_vectors narrow = {ROWS, 2, source, {CLASSES, classes, NULL}};
    const ana_class_vectors wide = {ROWS, D, source, {CLASSES + 1, classes, NULL}};
    check_fails(ana_tangent_rotation(&a, &narrow, NULL, q), ANA_ERR_SHAPE, "7 numbers a vector");
    check_fails(ana_tangent_rotation(&a, &wide, NULL, q), ANA_ERR_SHAPE, "and 4; both");
    check_fails(ana_tangent_rotation(&wide, &wide, NULL, q), ANA_ERR_VALUE,
                "classes of the source: the weights of domain 3");
    ana_tangent_rotation_options options = ana_tangent_rotation_options_default();
    options.explained = 0.0;
    check_fails(ana_tangent_rotation(&a, &a, &options, q), ANA_ERR_VALUE, "anchor-explained");
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    double source[CLASSES * SIZE];
    double target[CLASSES * SIZE];
    double q[D * D];
    double vectors[ROWS * D];
    double out[ROWS * D];
    size_t classes[ROWS];
    ana_rotation_info info;
    ana_rotation_options options = ana_rotation_options_default();
    options.max_iterations = 1;
    draw_means(31, source);
    draw_means(32, target);
    draw_vectors(33, vectors, classes);
    const ana_spd_set a = {N, false, 2, source};
    const ana_spd_set b = {N, false, 2, target};
    const ana_class_vectors rows = {ROWS, D, vectors, {CLASSES, classes, NULL}};
    ALLOCATION_TEST(ana_domain_rotation, (&a, &b, &options, &info, q), (void)0);
    ALLOCATION_TEST(ana_domain_rotate, (&a, q, target), (void)0);
    ALLOCATION_TEST(ana_tangent_centre, (ROWS, D, vectors, &rows.classes, NULL, out), (void)0);
    ALLOCATION_TEST(ana_tangent_scale, (ROWS, D, vectors, &rows.classes, NULL, out), (void)0);
    ALLOCATION_TEST(ana_tangent_rotation, (&rows, &rows, NULL, q), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_planted_rotation_or_reflection_is_found),
        cmocka_unit_test(no_small_turn_of_two_axes_costs_less),
        cmocka_unit_test(units_do_not_turn_anything),
        cmocka_unit_test(what_cannot_be_turned_is_refused),
        cmocka_unit_test(tangent_vectors_are_centred_and_scaled_by_domain),
        cmocka_unit_test(a_planted_turn_of_vectors_is_found_where_anchors_show_it),
        cmocka_unit_test(anchors_lie_along_every_axis),
        cmocka_unit_test(what_no_anchor_shows_is_left_alone),
        cmocka_unit_test(vectors_that_do_not_match_are_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("domain rotation", tests, NULL, NULL);
}
