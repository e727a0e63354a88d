#include "constants.h"
#include "pairs.h"
#include "rips.h"
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/rtd.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST = 13,                                               /* points of a complex */
    MOST_SIMPLICES = MOST + MOST * 6 + MOST * (MOST - 1) * 2 /* 13 + 78 + 286 */
};

/* Points, edges and triangles of a small complex, in the order of a filtration. */
typedef struct simplex {
    double diameter;
    int n;
    int points[3];
} simplex;

static int compare_simplices(const void *a, const void *b)
{
    const simplex *x = a;
    const simplex *y = b;
    if (x->diameter != y->diameter) {
        return x->diameter < y->diameter ? -1 : 1;
    }
    return x->n != y->n ? x->n - y->n : memcmp(x->points, y->points, sizeof x->points);
}

static size_t list_simplices(size_t n, const double *d, simplex *out)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        out[count++] = (simplex){0.0, 1, {(int)i, -1, -1}};
        for (size_t j = i + 1; j < n; j++) {
            if (isinf(d[i * n + j])) {
                continue;
            }
            out[count++] = (simplex){d[i * n + j], 2, {(int)i, (int)j, -1}};
            for (size_t k = j + 1; k < n; k++) {
                const double diameter = fmax(d[i * n + j], fmax(d[i * n + k], d[j * n + k]));
                if (!isinf(diameter)) {
                    out[count++] = (simplex){diameter, 3, {(int)i, (int)j, (int)k}};
                }
            }
        }
    }
    qsort(out, count, sizeof *out, compare_simplices);
    return count;
}

static bool is_face(const simplex *face, const simplex *of)
{
    int n_shared = 0;
    for (int a = 0; a < face->n; a++) {
        for (int b = 0; b < of->n; b++) {
            n_shared += face->points[a] == of->points[b] ? 1 : 0;
        }
    }
    return of->n == face->n + 1 && n_shared == face->n;
}

/* Bars of the first homology by the plain reduction of the boundary matrix, column by column
 * (Edelsbrunner, Letscher & Zomorodian 2002); unsorted, at most MOST_SIMPLICES of them. */
static size_t plain_bars(size_t n, const double *d, double bars[][2])
{
    static simplex simplices[MOST_SIMPLICES];
    static unsigned char column[MOST_SIMPLICES][MOST_SIMPLICES];
    static int low_of[MOST_SIMPLICES]; /* the column whose lowest 1 it is */
    static bool is_zero[MOST_SIMPLICES];
    size_t n_bars = 0;
    const size_t count = list_simplices(n, d, simplices);
    for (size_t s = 0; s < count; s++) {
        low_of[s] = -1;
    }
    for (size_t s = 0; s < count; s++) {
        for (size_t t = 0; t < count; t++) {
            column[s][t] = is_face(&simplices[t], &simplices[s]) ? 1 : 0;
        }
        int low = (int)count - 1;
        for (;;) {
            while (low >= 0 && column[s][low] == 0) {
                low--;
            }
            if (low < 0 || low_of[low] < 0) {
                break;
            }
            for (size_t t = 0; t < count; t++) {
                column[s][t] ^= column[low_of[low]][t];
            }
        }
        is_zero[s] = low < 0;
        if (low >= 0) {
            low_of[low] = (int)s;
        }
    }
    for (size_t s = 0; s < count; s++) {
        if (simplices[s].n == 2 && is_zero[s]) {
            const double death = low_of[s] >= 0 ? simplices[low_of[s]].diameter : (double)INFINITY;
            if (death > simplices[s].diameter) {
                bars[n_bars][0] = simplices[s].diameter;
                bars[n_bars++][1] = death;
            }
        }
    }
    return n_bars;
}

static int compare_bars(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    const int order = (x[0] > y[0]) - (x[0] < y[0]);
    return order != 0 ? order : (x[1] > y[1]) - (x[1] < y[1]);
}

static void hold_bars(size_t n, const double *d)
{
    static double wanted[MOST_SIMPLICES][2];
    ana_bars bars = {0};
    const size_t n_wanted = plain_bars(n, d, wanted);
    qsort(wanted, n_wanted, sizeof wanted[0], compare_bars);
    check_ok(ana_rips_loops(n, d, &bars));
    assert_int_equal(bars.n, n_wanted);
    for (size_t k = 0; k < n_wanted; k++) {
        check_close(bars.births[k], wanted[k][0], 0.0, 0.0);
        check_close(bars.deaths[k], wanted[k][1], 0.0, 0.0);
    }
    ana_bars_release(&bars);
}

/* Distances that are any, that tie, and that are missing. */
static void loops_are_those_of_the_boundary_matrix(void **state)
{
    (void)state;
    size_t n_with_bars = 0;
    for (uint64_t item = 0; item < 40; item++) {
        ana_random random = ana_random_stream(3, "loops", item);
        const size_t n = 4 + (size_t)item % 9;
        double d[MOST * MOST] = {0.0};
        static double bars[MOST_SIMPLICES][2];
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < i; j++) {
                double length = ana_random_uniform(&random);
                length = item % 3 == 1 ? floor(4.0 * length) : length;
                length = item % 3 == 2 && length < 0.3 ? (double)INFINITY : length;
                d[i * n + j] = d[j * n + i] = length;
            }
        }
        n_with_bars += plain_bars(n, d, bars) > 0 ? 1 : 0;
        hold_bars(n, d);
    }
    assert_true(n_with_bars > 20);
}

static void a_circle_has_one_loop(void **state)
{
    (void)state;
    double d[MOST * MOST];
    ana_bars bars = {0};
    for (size_t k = 0; k < (size_t)MOST * MOST; k++) {
        d[k] = fabs(2.0 * sin(ANA_PI * ((double)(k / MOST) - (double)(k % MOST)) / MOST));
    }
    check_ok(ana_rips_loops(MOST, d, &bars));
    assert_int_equal(bars.n, 1);
    check_close(bars.births[0], 2.0 * sin(ANA_PI / MOST), 1e-15, 0.0);
    /* Filled by the triangle of steps 4, 4 and 5 (Adamaszek & Adams 2017). */
    check_close(bars.deaths[0], 2.0 * sin(5.0 * ANA_PI / MOST), 1e-15, 0.0);
    ana_bars_release(&bars);
}

static ana_rtd_options with(double quantile)
{
    ana_rtd_options options = ana_rtd_options_default();
    options.quantile = quantile;
    return options;
}

/* Three points: v joins all at 1, w at 2 and 3. Connections that v has from 1 on and w from 2 and
 * from 3 on; none that w has before v. */
static void divergence_of_three_points_by_hand(void **state)
{
    (void)state;
    const double w[] = {2.0, 4.0, 3.0};
    const double v[] = {1.0, 1.0, 1.0};
    const ana_rtd_options options = with(0.0);
    ana_rtd *made = NULL;
    check_ok(ana_rtd_compute(3, w, v, &options, &made));
    assert_int_equal(made->bars[0].n, 2);
    check_close(made->bars[0].births[0], 1.0, 0.0, 0.0);
    check_close(made->bars[0].deaths[0], 2.0, 0.0, 0.0);
    check_close(made->bars[0].births[1], 1.0, 0.0, 0.0);
    check_close(made->bars[0].deaths[1], 3.0, 0.0, 0.0);
    assert_int_equal(made->bars[1].n, 0);
    check_close(made->forward[0], 3.0, 0.0, 0.0);
    check_close(made->rtd, 1.5, 0.0, 0.0);
    assert_true(isnan(made->deviation));
    ana_rtd_free(made);
    /* With the quantile 1 the largest distance becomes 1: w .5, 1, .75 against v 1, 1, 1. */
    const ana_rtd_options scaled = with(1.0);
    check_ok(ana_rtd_compute(3, w, v, &scaled, &made));
    check_close(made->forward[0], 0.0, 0.0, 0.0);
    check_close(made->backward[0], 0.5 + 0.25, 1e-15, 0.0);
    ana_rtd_free(made);
}

/* The cone as the header states it, and the total length of its bars by the plain reduction. */
static double plain_divergence(size_t n, const double *w, const double *v)
{
    static double bars[MOST_SIMPLICES][2];
    double d[MOST * MOST];
    const size_t m = 2 * n + 1;
    double sum = 0.0;
    for (size_t k = 0; k < m * m; k++) {
        const size_t low = k / m < k % m ? k / m : k % m;
        const size_t high = k / m < k % m ? k % m : k / m;
        const size_t i = (low + n - 1) % n; /* of a_i or b_i, not of o */
        const size_t j = (high + n - 1) % n;
        const size_t pair = i == j ? 0 : pairs_place_of(n, i, j);
        const double own = i == j ? 0.0 : w[pair];
        const bool of_a = low >= 1 && low <= n;
        d[k] = INFINITY;
        if (low == high) {
            d[k] = 0.0;
        } else if (low == 0) {
            d[k] = high <= n ? 0.0 : (double)INFINITY;
        } else if (of_a && high <= n) {
            d[k] = own;
        } else if (of_a) {
            d[k] = j <= i ? own : (double)INFINITY;
        } else {
            d[k] = fmin(own, v[pair]);
        }
    }
    const size_t count = plain_bars(m, d, bars);
    for (size_t k = 0; k < count; k++) {
        assert_true(bars[k][1] <
                    (double)INFINITY); /* a cone of two whole complexes closes in the end */
        sum += bars[k][1] - bars[k][0];
    }
    return sum;
}

static void draw(size_t n, uint64_t item, double *w, double *v)
{
    ana_random random = ana_random_stream(3, "clouds", item);
    for (size_t k = 0; k < n * (n - 1) / 2; k++) {
        w[k] = 0.2 + ana_random_uniform(&random);
        v[k] = 0.2 + ana_random_uniform(&random);
    }
}

static void divergences_are_those_of_the_plain_cone(void **state)
{
    (void)state;
    for (uint64_t item = 0; item < 15; item++) {
        const size_t n = 3 + (size_t)item % 4;
        double w[15];
        double v[15];
        const ana_rtd_options options = with(0.0);
        ana_rtd *made = NULL;
        draw(n, item, w, v);
        check_ok(ana_rtd_compute(n, w, v, &options, &made));
        const double forward = plain_divergence(n, w, v);
        const double backward = plain_divergence(n, v, w);
        check_close(made->forward[0], forward, 1e-13, 0.0);
        check_close(made->backward[0], backward, 1e-13, 0.0);
        check_close(made->rtd, 0.5 * (forward + backward), 1e-13, 0.0);
        ana_rtd_free(made);
    }
}

enum {
    N = 40,
    N_PAIRS = N * (N - 1) / 2
};

static void equal_clouds_do_not_diverge_at_any_scale_and_order_does_not_matter(void **state)
{
    (void)state;
    static double w[N_PAIRS];
    static double v[N_PAIRS];
    static double scaled[N_PAIRS];
    ana_rtd *made = NULL;
    ana_rtd *back = NULL;
    draw(N, 50, w, v);
    for (size_t k = 0; k < N_PAIRS; k++) {
        scaled[k] = 8.0 * w[k]; /* a power of 2 loses no digit */
    }
    check_ok(ana_rtd_compute(N, w, scaled, NULL, &made));
    check_close(made->rtd, 0.0, 0.0, 0.0);
    ana_rtd_free(made);
    check_ok(ana_rtd_compute(N, w, v, NULL, &made));
    check_ok(ana_rtd_compute(N, v, scaled, NULL, &back));
    assert_true(made->rtd > 0.5);
    check_close(made->rtd, back->rtd, 1e-12, 0.0);
    check_close(made->forward[0], back->backward[0], 1e-12, 0.0);
    ana_rtd_free(back);
    ana_rtd_free(made);
}

/* Points in another order are the same points: the cone's prism is cut by the points' order, its
 * homology is not. */
static void the_order_of_the_points_does_not_matter(void **state)
{
    (void)state;
    static double w[N_PAIRS];
    static double v[N_PAIRS];
    static double moved[2][N_PAIRS];
    ana_random random = ana_random_stream(3, "order", 0);
    size_t order[N];
    ana_rtd *made = NULL;
    ana_rtd *again = NULL;
    draw(N, 51, w, v);
    ana_random_permutation(&random, N, order);
    for (size_t i = 0; i < N; i++) {
        for (size_t j = i + 1; j < N; j++) {
            moved[0][pairs_place_of(N, i, j)] = w[pairs_place_of(N, order[i], order[j])];
            moved[1][pairs_place_of(N, i, j)] = v[pairs_place_of(N, order[i], order[j])];
        }
    }
    check_ok(ana_rtd_compute(N, w, v, NULL, &made));
    check_ok(ana_rtd_compute(N, moved[0], moved[1], NULL, &again));
    check_close(made->rtd, again->rtd, 1e-12, 0.0);
    assert_int_equal(made->bars[0].n, again->bars[0].n);
    ana_rtd_free(made);
    ana_rtd_free(again);
}

static void subsamples_are_drawn_by_the_seed_alone(void **state)
{
    (void)state;
    static double w[N_PAIRS];
    static double v[N_PAIRS];
    ana_rtd_options options = with(0.9);
    ana_rtd *made = NULL;
    ana_rtd *again = NULL;
    options.n_points = 12;
    options.n_subsamples = 4;
    options.run.n_threads = 1;
    draw(N, 52, w, v);
    check_ok(ana_rtd_compute(N, w, v, &options, &made));
    assert_int_equal(made->n_subsamples, 4);
    assert_int_equal(made->n_points, 12);
    assert_true(made->forward[0] != made->forward[1] && made->deviation > 0.0);
    double sum = 0.0;
    for (size_t s = 0; s < 4; s++) {
        sum += (made->forward[s] + made->backward[s]) / 8.0;
    }
    check_close(made->rtd, sum, 1e-13, 0.0);
    options.run.n_threads = 2;
    check_ok(ana_rtd_compute(N, w, v, &options, &again));
    assert_memory_equal(again->forward, made->forward, 4 * sizeof(double));
    ana_rtd_free(again);
    options.run.seed = 1;
    check_ok(ana_rtd_compute(N, w, v, &options, &again));
    assert_true(again->forward[0] != made->forward[0]);
    ana_rtd_free(again);
    ana_rtd_free(made);
}

static void responses_diverge_by_their_euclidean_distances(void **state)
{
    (void)state;
    const double x[] = {0, 0, NAN, 3, 4, NAN, 0, 8, NAN, 6, 0, NAN};
    const double y[] = {1, 2, 4, 8};
    const double w[] = {5.0, 8.0, 6.0, 5.0, 5.0, 10.0};
    const double v[] = {1.0, 3.0, 7.0, 2.0, 6.0, 4.0};
    const ana_rtd_options options = with(0.5);
    ana_responses *a = NULL;
    ana_responses *b = NULL;
    ana_rtd *made = NULL;
    ana_rtd *wanted = NULL;
    check_ok(ana_responses_new("a", 4, 3, &a));
    check_ok(ana_responses_new("b", 4, 1, &b));
    memcpy(a->values, x, sizeof x);
    memcpy(b->values, y, sizeof y);
    check_ok(ana_rtd_of_responses(a, b, &options, &made));
    check_ok(ana_rtd_compute(4, w, v, &options, &wanted));
    check_close(made->rtd, wanted->rtd, 1e-15, 0.0);
    assert_true(made->rtd > 0.0);
    assert_int_equal(made->n_silent[0], 1);
    assert_int_equal(made->n_silent[1], 0);
    ana_rtd_free(made);
    ana_rtd_free(wanted);
    a->values[4] = INFINITY;
    check_fails(ana_rtd_of_responses(a, b, &options, &made), ANA_ERR_VALUE,
                "unit 1 of a is infinite for stimulus 1");
    for (size_t i = 0; i < 4; i++) {
        b->values[i] = NAN;
    }
    check_fails(ana_rtd_of_responses(b, b, &options, &made), ANA_ERR_VALUE, "can be compared");
    free(b->stimuli[2]);
    b->stimuli[2] = strdup("x");
    check_fails(ana_rtd_of_responses(a, b, &options, &made), ANA_ERR_VALUE, "stimulus 2 is 2 in a");
    b->n_stimuli = 3;
    check_fails(ana_rtd_of_responses(a, b, &options, &made), ANA_ERR_VALUE, "b has 3");
    b->n_stimuli = 4;
    ana_responses_free(a);
    ana_responses_free(b);
}

static void distances_that_are_none_are_refused(void **state)
{
    (void)state;
    double w[] = {1.0, 2.0, 3.0};
    double v[] = {1.0, 2.0, 3.0};
    ana_rtd_options options = with(0.9);
    ana_rtd *made = NULL;
    check_fails(ana_rtd_compute(2, w, v, &options, &made), ANA_ERR_VALUE, "2 points");
    w[1] = -1.0;
    check_fails(ana_rtd_compute(3, w, v, &options, &made), ANA_ERR_VALUE,
                "the first distance of points 0 and 2 is -1");
    w[1] = 0.0;
    v[2] = NAN;
    check_fails(ana_rtd_compute(3, w, v, &options, &made), ANA_ERR_VALUE,
                "the second distance of points 1 and 2");
    v[2] = INFINITY;
    check_fails(ana_rtd_compute(3, w, v, &options, &made), ANA_ERR_VALUE, "inf");
    v[2] = 1.0;
    w[0] = w[2] = 0.0;
    check_fails(ana_rtd_compute(3, w, v, &options, &made), ANA_ERR_VALUE, "quantile 0.9");
    options.quantile = 2.0;
    check_fails(ana_rtd_compute(3, w, v, &options, &made), ANA_ERR_VALUE, "quantile");
    options = with(0.9);
    options.run.max_memory = 1000;
    w[0] = w[1] = w[2] = 1.0;
    check_fails(ana_rtd_compute(3, w, v, &options, &made), ANA_ERR_LIMIT, "loops");
}

static ana_status run_all(void *user)
{
    (void)user;
    double w[28];
    double v[28];
    const char *const names[] = {"a", "b", "c"};
    ana_rtd *made[3] = {NULL};
    ana_record *record = NULL;
    ana_rtd_options options = with(0.9);
    options.n_points = 7;
    options.n_subsamples = 2;
    options.run.n_threads = 1;
    ana_status status = ANA_OK;
    for (size_t k = 0; k < 3 && status == ANA_OK; k++) {
        draw(8, 60 + k, w, v);
        status = ana_rtd_compute(8, w, v, &options, &made[k]);
    }
    if (status == ANA_OK) {
        const ana_rtd_report report = {3, names, made};
        status = ana_rtd_to_record(&report, &record);
    }
    if (status == ANA_OK) {
        assert_int_equal(ana_record_check(record), ANA_OK);
        assert_non_null(ana_record_find(record, "matrix/values"));
        assert_non_null(ana_record_find(record, "barcode/y"));
        assert_non_null(ana_record_find(record, "pairs/deviation"));
    }
    ana_record_free(record);
    for (size_t k = 0; k < 3; k++) {
        ana_rtd_free(made[k]);
    }
    return status;
}

static ana_status run_responses(void *user)
{
    (void)user;
    ana_responses *a = NULL;
    ana_rtd *made = NULL;
    ana_rtd_options options = with(0.9);
    options.run.n_threads = 1;
    ana_status status = ana_responses_new("a", 5, 1, &a);
    if (status == ANA_OK) {
        for (size_t i = 0; i < 5; i++) {
            a->values[i] = (double)(i * i);
        }
        status = ana_rtd_of_responses(a, a, &options, &made);
    }
    ana_rtd_free(made);
    ana_responses_free(a);
    return status;
}

static void every_failed_allocation_is_reported_and_the_record_is_whole(void **state)
{
    (void)state;
    assert_true(check_each_allocation(run_all, NULL, false) > 20);
    assert_true(check_each_allocation(run_responses, NULL, false) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loops_are_those_of_the_boundary_matrix),
        cmocka_unit_test(a_circle_has_one_loop),
        cmocka_unit_test(divergence_of_three_points_by_hand),
        cmocka_unit_test(divergences_are_those_of_the_plain_cone),
        cmocka_unit_test(equal_clouds_do_not_diverge_at_any_scale_and_order_does_not_matter),
        cmocka_unit_test(the_order_of_the_points_does_not_matter),
        cmocka_unit_test(subsamples_are_drawn_by_the_seed_alone),
        cmocka_unit_test(responses_diverge_by_their_euclidean_distances),
        cmocka_unit_test(distances_that_are_none_are_refused),
        cmocka_unit_test(every_failed_allocation_is_reported_and_the_record_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
