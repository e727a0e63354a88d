/* The Riemannian potato: by hand, by planted artefacts, live as in one call. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/distributions.h>
#include <analysis/models/riemannian_potato.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 3,
    SIZE = N * N,
    MANY = 30
};

/* Covariances of 3 x 12 numbers; those of 4 and 22 are artefacts, 1000 times as large in one
 * channel (of three in thirty none could stand three deviations above the mean of all). */
static void draw(uint64_t seed, bool hermitian, double *out)
{
    ana_random random = ana_random_stream(seed, "test.potato", 0);
    const size_t step = hermitian ? 2 : 1;
    double x[N * 12 * 2];
    for (size_t k = 0; k < MANY; k++) {
        const bool artefact = k == 4 || k == 22;
        for (size_t i = 0; i < sizeof x / sizeof x[0]; i++) {
            x[i] = ana_random_normal(&random) * (i % 2 == 0 || hermitian ? 1.0 : 0.0) *
                   (artefact && i < 24 ? 1000.0 : 1.0);
        }
        for (size_t e = 0; e < SIZE; e++) {
            double re = 0.0;
            double im = 0.0;
            for (size_t t = 0; t < 12; t++) {
                const double *a = x + 2 * (e / N * 12 + t);
                const double *b = x + 2 * (e % N * 12 + t);
                re += a[0] * b[0] + a[1] * b[1];
                im += a[1] * b[0] - a[0] * b[1];
            }
            out[step * (k * SIZE + e)] = re;
            if (hermitian) {
                out[step * (k * SIZE + e) + 1] = im;
            }
        }
    }
}

static void z_of_numbers_is_that_of_their_log_distances(void **state)
{
    (void)state;
    const double x[4] = {exp(1.0), exp(-1.0), exp(2.0), exp(-2.0)}; /* mean 1, distances 1 and 2 */
    const double asked[2] = {exp(4.0), exp(0.5)};
    const ana_spd_set set = {1, false, 4, x};
    const ana_spd_set others = {1, false, 2, asked};
    ana_potato *potato = NULL;
    bool clean[4];
    double z[2];
    check_ok(ana_potato_fit(&set, NULL, NULL, clean, &potato));
    check_close(potato->centre[0], 1.0, 0.0, 1e-12);
    check_close(potato->mean, 0.5 * log(2.0), 0.0, 1e-9);
    check_close(potato->deviation, 0.5 * log(2.0), 0.0, 1e-9);
    assert_true(clean[0] && clean[1] && clean[2] && clean[3] && potato->converged);
    assert_int_equal(potato->n_clean, 4);
    assert_int_equal(potato->n_rejected, 0);
    assert_int_equal(potato->n_iterations, 1);
    check_ok(ana_potato_scores(potato, &others, NULL, z));
    check_close(z[0], 3.0, 0.0, 1e-8); /* ln 4 = 2 ln 2, less ln 2 / 2, over ln 2 / 2 */
    check_close(z[1], -3.0, 0.0, 1e-8);
    check_close(ana_potato_probability(1.5), 1.0 - ana_normal_cdf(1.5), 1e-15, 0.0);
    ana_potato_free(potato);
}

static void planted_artefacts_alone_are_rejected(void **state)
{
    (void)state;
    for (int h = 0; h < 2; h++) {
        double values[MANY * SIZE * 2];
        bool clean[MANY];
        ana_potato *potato = NULL;
        draw(12, h == 1, values);
        const ana_spd_set set = {N, h == 1, MANY, values};
        check_ok(ana_potato_fit(&set, NULL, NULL, clean, &potato));
        for (size_t k = 0; k < MANY; k++) {
            assert_int_equal(clean[k], k != 4 && k != 22);
        }
        assert_int_equal(potato->n_clean, MANY - 2);
        assert_int_equal(potato->n_rejected, 2);
        ana_potato_free(potato);
    }
}

/* Distances e^1, e^1.2, e^2 twice each, from 1 by both sides: z of the last two is 1.37, and of
 * what is left then not above 1. */
static void what_stands_at_the_threshold_or_beyond_is_rejected(void **state)
{
    (void)state;
    const double x[6] = {exp(2.0), exp(1.0), exp(-1.0), exp(1.2), exp(-1.2), exp(-2.0)};
    const ana_spd_set set = {1, false, 6, x};
    ana_potato_options options = ana_potato_options_default();
    static const double thresholds[2] = {1.25, 1.4};
    for (size_t k = 0; k < 2; k++) {
        ana_potato *potato = NULL;
        bool clean[6];
        options.threshold = thresholds[k];
        check_ok(ana_potato_fit(&set, NULL, &options, clean, &potato));
        assert_int_equal(potato->n_rejected, k == 0 ? 2 : 0);
        assert_int_equal(potato->n_clean, k == 0 ? 4 : 6);
        assert_int_equal(clean[0], k == 1);
        assert_int_equal(clean[5], k == 1);
        assert_true(clean[1] && clean[2] && clean[3] && clean[4]);
        ana_potato_free(potato);
    }
    options.threshold = 1.25;
    options.max_iterations = 1;
    ana_potato *potato = NULL;
    check_ok(ana_potato_fit(&set, NULL, &options, NULL, &potato));
    assert_false(potato->converged);
    assert_int_equal(potato->n_clean, 4);
    ana_potato_free(potato);
}

/* An artefact before them takes no weight from those that stay. */
static void weights_stay_with_their_matrices(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double weights[MANY];
    double rest[MANY * SIZE];
    double of_rest[MANY];
    double equal[SIZE];
    size_t n = 0;
    draw(12, false, values);
    for (size_t k = 0; k < MANY; k++) {
        weights[k] = 1.0 + (double)(k % 7);
        if (k != 4 && k != 22) {
            memcpy(rest + n * SIZE, values + k * SIZE, SIZE * sizeof *rest);
            of_rest[n++] = weights[k];
        }
    }
    const ana_spd_set set = {N, false, MANY, values};
    const ana_spd_set clean = {N, false, n, rest};
    ana_potato *all = NULL;
    ana_potato *few = NULL;
    check_ok(ana_potato_fit(&set, weights, NULL, NULL, &all));
    check_ok(ana_potato_fit(&clean, of_rest, NULL, NULL, &few));
    assert_int_equal(all->n_rejected, 2);
    assert_memory_equal(all->centre, few->centre, SIZE * sizeof(double));
    ana_potato_free(few);
    check_ok(ana_potato_fit(&clean, NULL, NULL, NULL, &few));
    memcpy(equal, few->centre, sizeof equal);
    assert_true(fabs(all->centre[0] / equal[0] - 1.0) > 1e-3);
    ana_potato_free(few);
    ana_potato_free(all);
}

static void units_of_the_data_do_not_matter(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double z[2][MANY];
    draw(2, false, values);
    for (size_t u = 0; u < 2; u++) {
        ana_potato *potato = NULL;
        const ana_spd_set set = {N, false, MANY, values};
        check_ok(ana_potato_fit(&set, NULL, NULL, NULL, &potato));
        check_ok(ana_potato_scores(potato, &set, NULL, z[u]));
        ana_potato_free(potato);
        for (size_t e = 0; e < (size_t)MANY * SIZE; e++) {
            values[e] *= 1e-12;
        }
    }
    check_all_close(MANY, z[1], z[0], 1e-10, 1e-10);
}

static void a_live_judge_gives_the_bits_of_the_whole_and_allocates_nothing(void **state)
{
    (void)state;
    for (int h = 0; h < 2; h++) {
        double values[MANY * SIZE * 2];
        double z[MANY];
        double live = 0.0;
        ana_potato *potato = NULL;
        draw(3, h == 1, values);
        const ana_spd_set set = {N, h == 1, MANY, values};
        check_ok(ana_potato_fit(&set, NULL, NULL, NULL, &potato));
        check_ok(ana_potato_scores(potato, &set, NULL, z));
        double *room = calloc(ana_potato_room(potato), sizeof *room);
        assert_non_null(room);
        NO_ALLOCATION_TEST(ana_potato_judge, (potato, values, room, &live));
        for (size_t k = 0; k < MANY; k++) {
            check_ok(ana_potato_judge(potato, values + k * ana_spd_size(&set), room, &live));
            assert_memory_equal(&live, &z[k], sizeof live);
        }
        NO_ALLOCATION_TEST(ana_potato_move, (potato, values, 0.1, room));
        free(room);
        ana_potato_free(potato);
    }
}

static void what_is_no_covariance_is_an_artefact_of_infinite_z(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double bad[SIZE] = {1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, NAN};
    double z = 0.0;
    ana_potato *potato = NULL;
    draw(4, false, values);
    const ana_spd_set set = {N, false, MANY, values};
    check_ok(ana_potato_fit(&set, NULL, NULL, NULL, &potato));
    double *room = calloc(ana_potato_room(potato), sizeof *room);
    assert_non_null(room);
    check_ok(ana_potato_judge(potato, bad, room, &z));
    assert_true(isinf(z) && z > 0.0);
    bad[8] = 0.0; /* a flat channel */
    check_ok(ana_potato_judge(potato, bad, room, &z));
    assert_true(isinf(z) && z > 0.0);
    check_fails(ana_potato_move(potato, bad, 0.1, room), ANA_ERR_VALUE, "not positive definite");
    check_ok(ana_potato_judge(potato, values, room, &z));
    assert_true(isfinite(z));
    free(room);
    ana_potato_free(potato);
}

static void one_matrix_moves_live_as_in_a_batch_with_and_without_compat(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double mean[3];
    double deviation[3];
    double centre[3][SIZE];
    draw(5, false, values);
    const ana_spd_set set = {N, false, MANY, values};
    const ana_spd_set one = {N, false, 1, values + 7 * SIZE};
    for (size_t way = 0; way < 3; way++) {
        ana_potato *potato = NULL;
        check_ok(ana_potato_fit(&set, NULL, NULL, NULL, &potato));
        double *room = calloc(ana_potato_room(potato), sizeof *room);
        assert_non_null(room);
        if (way < 2) {
            check_ok(ana_potato_update(potato, &one, 0.2, way == 1));
        } else {
            check_ok(ana_potato_move(potato, one.values, 0.2, room));
        }
        mean[way] = potato->mean;
        deviation[way] = potato->deviation;
        memcpy(centre[way], potato->centre, sizeof centre[way]);
        free(room);
        ana_potato_free(potato);
    }
    for (size_t way = 1; way < 3; way++) {
        check_close(mean[way], mean[0], 1e-9, 0.0);
        check_close(deviation[way], deviation[0], 1e-9, 0.0);
        check_all_close(SIZE, centre[way], centre[0], 1e-9, 1e-9);
    }
}

/* Behind a move the potato judges by what it is then. */
static void a_potato_that_has_moved_judges_anew(void **state)
{
    (void)state;
    for (int h = 0; h < 2; h++) {
        double values[MANY * SIZE * 2];
        double z[2];
        ana_potato *live = NULL;
        ana_potato *batch = NULL;
        draw(8, h == 1, values);
        const ana_spd_set set = {N, h == 1, MANY, values};
        const size_t size = ana_spd_size(&set);
        const ana_spd_set one = {N, h == 1, 1, values + 7 * size};
        check_ok(ana_potato_fit(&set, NULL, NULL, NULL, &live));
        check_ok(ana_potato_fit(&set, NULL, NULL, NULL, &batch));
        double *room = calloc(ana_potato_room(live), sizeof *room);
        assert_non_null(room);
        check_ok(ana_potato_judge(live, values + 9 * size, room, &z[1]));
        check_ok(ana_potato_move(live, one.values, 0.0, room)); /* by nothing */
        check_ok(ana_potato_judge(live, values + 9 * size, room, &z[0]));
        check_close(z[0], z[1], 1e-9, 0.0);
        for (int k = 0; k < 3; k++) {
            check_ok(ana_potato_move(live, one.values, 0.3, room));
            check_ok(ana_potato_update(batch, &one, 0.3, false));
            check_ok(ana_potato_judge(live, values + 9 * size, room, &z[0]));
            check_ok(ana_potato_judge(batch, values + 9 * size, room, &z[1]));
            check_close(z[0], z[1], 1e-8, 0.0);
        }
        const double mean = live->mean;
        const double deviation = live->deviation;
        check_ok(ana_potato_move(live, one.values, 1.0, room)); /* it is the centre now */
        assert_true(live->mean == mean && live->deviation == deviation);
        check_all_close(size, live->centre, one.values, 0.0, 1e-9);
        check_ok(ana_potato_update(live, &one, 1.0, false));
        assert_true(live->mean == mean && live->deviation == deviation);
        check_fails(ana_potato_move(live, one.values, -0.1, room), ANA_ERR_VALUE, "a rate of -0.1");
        check_fails(ana_potato_move(live, one.values, 1.1, room), ANA_ERR_VALUE, "a rate of 1.1");
        free(room);
        ana_potato_free(live);
        ana_potato_free(batch);
    }
}

/* Numbers e^1 and e^-1 about a centre of 1: it does not move, both distances are 1. */
static void a_batch_is_as_far_as_its_matrices_not_as_its_mean(void **state)
{
    (void)state;
    const double x[4] = {exp(2.0), exp(-2.0), exp(4.0), exp(-4.0)};
    const double batch[2] = {exp(1.5), exp(-0.5)}; /* mean e^0.5 */
    const ana_spd_set set = {1, false, 4, x};
    const ana_spd_set two = {1, false, 2, batch};
    ana_potato *potato = NULL;
    check_ok(ana_potato_fit(&set, NULL, NULL, NULL, &potato));
    const double before = potato->mean;
    const double variance = potato->deviation * potato->deviation;
    check_ok(ana_potato_update(potato, &two, 0.5, false));
    check_close(log(potato->centre[0]), 0.25, 1e-9, 0.0);
    const double d[2] = {log(1.25), log(0.75)};
    const double mean = 0.5 * before + 0.25 * (d[0] + d[1]);
    check_close(potato->mean, mean, 1e-8, 0.0);
    check_close(potato->deviation,
                sqrt(0.5 * variance +
                     0.25 * ((d[0] - mean) * (d[0] - mean) + (d[1] - mean) * (d[1] - mean))),
                1e-8, 0.0);
    ana_potato_free(potato);
    check_ok(ana_potato_fit(&set, NULL, NULL, NULL, &potato));
    check_ok(ana_potato_update(potato, &two, 0.5, true));
    check_close(potato->mean, 0.5 * before + 0.5 * log(0.25), 1e-8, 0.0);
    ana_potato_free(potato);
}

static void a_field_combines_as_fisher_did_and_no_potato_decides_by_underflow(void **state)
{
    (void)state;
    const double z[6] = {0.0, 0.0, 2.0, -1.0, 60.0, 0.0};
    double p[3];
    check_ok(ana_potato_field(3, 2, z, p));
    /* chi-square of 4 degrees: (1 + x / 2) e^(-x / 2) */
    for (size_t k = 0; k < 3; k++) {
        const double a = fmax(1.0 - ana_normal_cdf(z[2 * k]), 1e-10);
        const double b = 1.0 - ana_normal_cdf(z[2 * k + 1]);
        check_close(p[k], a * b * (1.0 - log(a * b)), 0.0, 1e-10);
    }
    check_ok(ana_potato_field(1, 1, z + 2, p));
    check_close(p[0], ana_potato_probability(2.0), 0.0, 1e-12);
    check_fails(ana_potato_field(1, 0, z, p), ANA_ERR_VALUE, "no potatoes");
    const double nan = NAN;
    check_fails(ana_potato_field(1, 1, &nan, p), ANA_ERR_VALUE, "is NaN");
}

static void what_makes_no_potato_is_refused(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double z[MANY];
    ana_potato *potato = NULL;
    draw(6, false, values);
    const ana_spd_set two = {N, false, 2, values};
    const ana_spd_set set = {N, false, MANY, values};
    ana_potato_options options = ana_potato_options_default();
    check_fails(ana_potato_fit(&two, NULL, NULL, NULL, &potato), ANA_ERR_VALUE,
                "2 of 2 matrices are left");
    const double same[3] = {2.0, 2.0, 2.0};
    const ana_spd_set equal = {1, false, 3, same};
    check_fails(ana_potato_fit(&equal, NULL, NULL, NULL, &potato), ANA_ERR_VALUE,
                "a spread is needed");
    options.threshold = 0.0;
    check_fails(ana_potato_fit(&set, NULL, &options, NULL, &potato), ANA_ERR_VALUE,
                "potato-threshold");
    check_ok(ana_potato_fit(&set, NULL, NULL, NULL, &potato));
    const ana_spd_set wide = {2, false, 1, values};
    check_fails(ana_potato_scores(potato, &wide, NULL, z), ANA_ERR_SHAPE, "asked about real of 2");
    check_fails(ana_potato_update(potato, &set, 1.5, false), ANA_ERR_VALUE, "a rate of 1.5");
    const ana_spd_set none = {N, false, 0, values};
    check_fails(ana_potato_update(potato, &none, 0.5, false), ANA_ERR_VALUE, "0 matrices");
    values[SIZE] = NAN;
    check_fails(ana_potato_scores(potato, &set, NULL, z), ANA_ERR_VALUE,
                "matrix 1: element [0, 0] is not finite");
    ana_potato_free(potato);
    check_fails(ana_potato_fit(&set, NULL, NULL, NULL, &potato), ANA_ERR_VALUE, "matrix 1");
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double z[MANY];
    ana_potato *potato = NULL;
    draw(7, false, values);
    const ana_spd_set set = {N, false, MANY, values};
    ALLOCATION_TEST(ana_potato_fit, (&set, NULL, NULL, NULL, &potato), ana_potato_free(potato));
    check_ok(ana_potato_fit(&set, NULL, NULL, NULL, &potato));
    ALLOCATION_TEST(ana_potato_scores, (potato, &set, NULL, z), (void)0);
    ALLOCATION_TEST(ana_potato_update, (potato, &set, 0.1, false), (void)0);
    ana_potato_free(potato);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(z_of_numbers_is_that_of_their_log_distances),
        cmocka_unit_test(planted_artefacts_alone_are_rejected),
        cmocka_unit_test(what_stands_at_the_threshold_or_beyond_is_rejected),
        cmocka_unit_test(weights_stay_with_their_matrices),
        cmocka_unit_test(units_of_the_data_do_not_matter),
        cmocka_unit_test(a_live_judge_gives_the_bits_of_the_whole_and_allocates_nothing),
        cmocka_unit_test(what_is_no_covariance_is_an_artefact_of_infinite_z),
        cmocka_unit_test(one_matrix_moves_live_as_in_a_batch_with_and_without_compat),
        cmocka_unit_test(a_potato_that_has_moved_judges_anew),
        cmocka_unit_test(a_batch_is_as_far_as_its_matrices_not_as_its_mean),
        cmocka_unit_test(a_field_combines_as_fisher_did_and_no_potato_decides_by_underflow),
        cmocka_unit_test(what_makes_no_potato_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("riemannian potato", tests, NULL, NULL);
}
