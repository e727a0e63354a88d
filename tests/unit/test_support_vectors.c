/* Support vectors of many classes, nearest neighbours, and what features say about classes. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/feature_information.h>
#include <analysis/models/nearest_neighbours.h>
#include <analysis/models/support_vectors.h>
#include <analysis/random.h>
#include <analysis/special.h>
#include <analysis/svm.h>

#include <math.h>
#include <string.h>

enum {
    N = 24,
    D = 3
};

typedef struct world {
    double x[N * D];
    size_t classes[N];
} world;

static world draw(uint64_t seed)
{
    world out;
    ana_random random = ana_random_stream(seed, "test.vectors", 0);
    for (size_t i = 0; i < N; i++) {
        out.classes[i] = (i * 5 + i / 4) % 3;
        for (size_t j = 0; j < D; j++) {
            out.x[i * D + j] = ana_random_normal(&random) + (j == out.classes[i] ? 1.5 : 0.0);
        }
    }
    return out;
}

static void each_pair_is_a_machine_of_its_own(void **state)
{
    (void)state;
    const world drawn = draw(1);
    const double gamma = 0.4;
    double kernel[N * N];
    double weights[3 * N];
    double offsets[3];
    size_t at = 0;
    check_ok(ana_kernel_radial(D, N, drawn.x, N, drawn.x, gamma, kernel));
    check_ok(ana_support_vectors_fit(&(ana_labelled_kernel){N, kernel, 3, drawn.classes}, 1.3,
                                     1e-10, weights, offsets));
    for (size_t a = 0; a < 3; a++) {
        for (size_t b = a + 1; b < 3; b++, at++) {
            double own[N * N];
            double own_weights[N];
            double offset = 0.0;
            bool is_second[N];
            size_t members[N];
            size_t n = 0;
            for (size_t i = 0; i < N; i++) {
                if (drawn.classes[i] == a || drawn.classes[i] == b) {
                    is_second[n] = drawn.classes[i] == b;
                    members[n++] = i;
                } else {
                    check_close(weights[at * N + i], 0.0, 0.0, 0.0);
                }
            }
            for (size_t e = 0; e < n * n; e++) {
                own[e] = kernel[members[e / n] * N + members[e % n]];
            }
            check_ok(ana_svm_fit(n, own, is_second, 1.3, 1e-10, own_weights, &offset));
            check_close(offsets[at], offset, 1e-7, 0.0);
            for (size_t i = 0; i < n; i++) {
                check_close(weights[at * N + members[i]], own_weights[i], 1e-7, 0.0);
            }
        }
    }
}

static void most_votes_win_and_of_equals_the_first(void **state)
{
    (void)state;
    /* Pairs (0, 1), (0, 2), (1, 2): won by 1, 0, 2 in the first row, by 1, 2, 2 in the second; a
     * decision of 0 is for the later class. */
    const double decisions[9] = {0.4, -0.2, 0.1, 0.4, 0.3, 0.9, 0.0, -1.0, -1.0};
    double scores[9];
    size_t predicted[3];
    ana_support_vectors_vote(3, 3, decisions, predicted);
    assert_true(predicted[0] == 0 && predicted[1] == 2 && predicted[2] == 1);
    ana_support_vectors_scores(3, 3, decisions, scores);
    check_close(scores[0], 1.0 + (-0.4 + 0.2) / (3.0 * 0.2 + 3.0), 1e-15, 0.0);
    check_close(scores[1], 1.0 + (0.4 - 0.1) / (3.0 * 0.3 + 3.0), 1e-15, 0.0);
    check_close(scores[5], 2.0 + 1.2 / (3.0 * 1.2 + 3.0), 1e-15, 0.0);
    const double one[2] = {-0.1, 0.1};
    ana_support_vectors_vote(2, 2, one, predicted);
    assert_true(predicted[0] == 0 && predicted[1] == 1);
}

static void kernels_are_those_of_their_formulas(void **state)
{
    (void)state;
    const double a[4] = {1.0, 2.0, -1.0, 0.5};
    const double b[2] = {0.5, -2.0};
    double out[4];
    check_ok(ana_kernel_linear(2, 2, a, 1, b, out));
    check_close(out[0], -3.5, 1e-15, 0.0);
    check_close(out[1], -1.5, 1e-15, 0.0);
    check_ok(ana_kernel_linear(2, 2, a, 2, a, out));
    check_close(out[1], 0.0, 1e-15, 0.0);
    check_close(out[3], 1.25, 1e-15, 0.0);
    check_ok(ana_kernel_radial(2, 2, a, 1, b, 0.3, out));
    check_close(out[0], exp(-0.3 * 16.25), 1e-15, 1e-15);
    /* Mean .625, squares 1, 4, 1, .25: variance 1.5625 - .390625. */
    check_close(ana_kernel_radial_scale(2, 2, a), 1.0 / (2.0 * 1.171875), 0.0, 1e-15);
    check_close(ana_kernel_radial_scale(1, 2, (const double[2]){3.0, 3.0}), 1.0, 0.0, 0.0);
    check_fails(ana_kernel_radial(2, 2, a, 1, b, 0.0, out), ANA_ERR_VALUE, "gamma is 0");
}

static void machines_that_cannot_be_fitted_are_refused(void **state)
{
    (void)state;
    const world drawn = draw(2);
    double kernel[N * N];
    double weights[6 * N];
    double offsets[6];
    check_ok(ana_kernel_linear(D, N, drawn.x, N, drawn.x, kernel));
    check_fails(ana_support_vectors_fit(&(ana_labelled_kernel){N, kernel, 4, drawn.classes}, 1.0,
                                        1e-3, weights, offsets),
                ANA_ERR_VALUE, "no row of class 3");
    check_fails(ana_support_vectors_fit(&(ana_labelled_kernel){N, kernel, 3, drawn.classes}, 0.0,
                                        1e-3, weights, offsets),
                ANA_ERR_VALUE, "penalty of 0");
    kernel[5] = INFINITY;
    check_fails(ana_support_vectors_fit(&(ana_labelled_kernel){N, kernel, 3, drawn.classes}, 1.0,
                                        1e-3, weights, offsets),
                ANA_ERR_VALUE, "inf");
}

static void the_nearest_decide_by_number_and_weigh_by_distance(void **state)
{
    (void)state;
    const double distances[10] = {0.5, 1.0, 0.7, 3.0, 0.2, 2.0, 2.0, 2.0, 2.0, 2.0};
    const size_t classes[5] = {1, 0, 1, 2, 0};
    const ana_neighbour_distances known = {2, 5, distances, 3, classes};
    size_t predicted[2];
    double p[6];
    check_ok(ana_neighbours_predict(&known, 3, predicted, p));
    assert_int_equal(predicted[0], 1);
    const double sum = exp(-0.04) + exp(-0.25) + exp(-0.49);
    check_close(p[0], exp(-0.04) / sum, 1e-15, 0.0);
    check_close(p[1], (exp(-0.25) + exp(-0.49)) / sum, 1e-15, 0.0);
    check_close(p[2], 0.0, 0.0, 0.0);
    /* Of equal distances the first three: 1, 0, 1. */
    assert_int_equal(predicted[1], 1);
    check_close(p[3], 1.0 / 3.0, 1e-15, 0.0);
    /* Two and two: the first class. */
    check_ok(ana_neighbours_predict(&known, 4, predicted, NULL));
    assert_int_equal(predicted[0], 0);
    check_fails(ana_neighbours_predict(&known, 0, predicted, p), ANA_ERR_VALUE, "0 neighbours");
    check_fails(ana_neighbours_predict(&known, 6, predicted, p), ANA_ERR_VALUE, "6 neighbours");
    /* The other way round: what the last class has of one item is not the next one's. */
    double turned[10];
    for (size_t e = 0; e < 10; e++) {
        turned[e] = distances[(e + 5) % 10];
    }
    const ana_neighbour_distances other = {2, 5, turned, 3, classes};
    check_ok(ana_neighbours_predict(&other, 4, predicted, p));
    check_close(p[2], 0.25, 1e-15, 0.0);
    check_close(p[5], 0.0, 0.0, 0.0);
    const double bad[5] = {0.0, 1.0, 2.0, 0.0, -1.0};
    check_fails(
        ana_neighbours_predict(&(ana_neighbour_distances){1, 5, bad, 3, classes}, 1, predicted, p),
        ANA_ERR_VALUE, "from item 4 is -1");
    const size_t beyond[5] = {1, 0, 1, 0, 2};
    check_fails(ana_neighbours_predict(&(ana_neighbour_distances){2, 5, distances, 2, beyond}, 1,
                                       predicted, p),
                ANA_ERR_VALUE, "item 4 is of class 2 of 2");
    check_fails(ana_neighbours_predict(&(ana_neighbour_distances){2, 5, distances, 2, classes}, 1,
                                       predicted, p),
                ANA_ERR_VALUE, "item 3 is of class 2 of 2");
}

/* Ross' estimate by every distance. */
static double information_by_hand(const ana_labelled_rows *rows, size_t f, size_t k)
{
    double sum = 0.0;
    double n = 0.0;
    for (size_t i = 0; i < rows->n; i++) {
        const double own = rows->x[i * rows->d + f];
        double near[N];
        size_t n_own = 0;
        double within = 0.0;
        for (size_t j = 0; j < rows->n; j++) {
            if (j != i && rows->classes[j] == rows->classes[i]) {
                near[n_own++] = fabs(rows->x[j * rows->d + f] - own);
            }
        }
        if (n_own == 0) {
            continue;
        }
        const size_t place = k < n_own ? k : n_own;
        for (size_t a = 0; a < place; a++) { /* the first `place` of them in order */
            for (size_t b = a + 1; b < n_own; b++) {
                if (near[b] < near[a]) {
                    const double held = near[a];
                    near[a] = near[b];
                    near[b] = held;
                }
            }
        }
        for (size_t j = 0; j < rows->n; j++) {
            const double apart = fabs(rows->x[j * rows->d + f] - own);
            const bool has_neighbours = rows->classes[j] < 2;
            within += has_neighbours && (apart < near[place - 1] || apart == 0.0) ? 1.0 : 0.0;
        }
        sum += ana_special_digamma((double)place) - ana_special_digamma((double)n_own + 1.0) -
               ana_special_digamma(within);
        n += 1.0;
    }
    return fmax(ana_special_digamma(n) + sum / n, 0.0);
}

static void information_is_that_of_every_distance(void **state)
{
    (void)state;
    world drawn = draw(3);
    double information[D];
    size_t selected[2];
    for (size_t i = 0; i < N; i++) {
        drawn.classes[i] = i == 7 ? 2 : i % 2;        /* one row alone in its class */
        drawn.x[i * D] = floor(2.0 * drawn.x[i * D]); /* ties */
        drawn.x[i * D + 2] += 4.0 * (double)drawn.classes[i];
    }
    const ana_labelled_rows rows = {N, D, drawn.x, 3, drawn.classes};
    for (size_t k = 1; k < 15; k += 2) {
        check_ok(ana_feature_information(&rows, k, information));
        for (size_t f = 0; f < D; f++) {
            check_close(information[f], information_by_hand(&rows, f, k), 1e-13, 0.0);
        }
    }
    /* Eight rows at two places, four of a class at each: neighbours are no distance apart. */
    const double places[8] = {0, 1, 1, 0, 1, 0, 0, 1};
    const size_t sides[8] = {0, 1, 1, 0, 1, 0, 0, 1};
    check_ok(ana_feature_information(&(ana_labelled_rows){8, 1, places, 2, sides}, 3, information));
    check_close(information[0], 1.0 / 4 + 1.0 / 5 + 1.0 / 6 + 1.0 / 7 - 1.0 / 3, 1e-13, 0.0);
    check_ok(ana_feature_information(&rows, 3, information));
    assert_true(information[2] > 0.55 && information[2] <= log(2.0));
    const double figures[5] = {0.1, 0.7, 0.3, 0.7, 0.7};
    check_ok(ana_feature_select(5, figures, 2, selected));
    assert_true(selected[0] == 1 && selected[1] == 3);
    size_t all[5] = {0};
    check_ok(ana_feature_select(5, figures, 5, all));
    assert_true(all[0] == 0 && all[4] == 4);
    check_fails(ana_feature_select(5, figures, 6, selected), ANA_ERR_VALUE, "6 of 5");
    check_fails(ana_feature_information(&rows, 0, information), ANA_ERR_VALUE, "0 neighbours");
}

static void information_does_not_depend_on_the_unit(void **state)
{
    (void)state;
    const world drawn = draw(4);
    world scaled = drawn;
    double information[D];
    double other[D];
    for (size_t k = 0; k < (size_t)N * D; k++) {
        scaled.x[k] *= 0x1p-20; /* exact, so that no tie appears or goes */
    }
    check_ok(ana_feature_information(&(ana_labelled_rows){N, D, drawn.x, 3, drawn.classes}, 3,
                                     information));
    check_ok(
        ana_feature_information(&(ana_labelled_rows){N, D, scaled.x, 3, scaled.classes}, 3, other));
    check_all_close(D, other, information, 0.0, 0.0);
}

static ana_status use_all(void *user)
{
    const world *drawn = user;
    double kernel[N * N];
    double weights[3 * N];
    double figures[3 * N];
    size_t selected[N];
    const ana_labelled_rows rows = {N, D, drawn->x, 3, drawn->classes};
    const ana_neighbour_distances near = {N, N, kernel, 3, drawn->classes};
    ana_status status = ana_kernel_radial(D, N, drawn->x, N, drawn->x, 0.5, kernel);
    if (status == ANA_OK) {
        status = ana_support_vectors_fit(&(ana_labelled_kernel){N, kernel, 3, drawn->classes}, 1.0,
                                         1e-3, weights, figures);
    }
    if (status == ANA_OK) {
        status = ana_neighbours_predict(&near, 2, selected, figures);
    }
    if (status == ANA_OK) {
        status = ana_feature_information(&rows, 3, figures);
    }
    return status == ANA_OK ? ana_feature_select(D, figures, 2, selected) : status;
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    world drawn = draw(5);
    assert_true(check_each_allocation(use_all, &drawn, 0) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_pair_is_a_machine_of_its_own),
        cmocka_unit_test(most_votes_win_and_of_equals_the_first),
        cmocka_unit_test(kernels_are_those_of_their_formulas),
        cmocka_unit_test(machines_that_cannot_be_fitted_are_refused),
        cmocka_unit_test(the_nearest_decide_by_number_and_weigh_by_distance),
        cmocka_unit_test(information_is_that_of_every_distance),
        cmocka_unit_test(information_does_not_depend_on_the_unit),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
