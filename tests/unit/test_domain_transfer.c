/* Transfer between domains: by hand, by what the steps promise, and by what leaves them unchanged.
 */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/domain_transfer.h>
#include <analysis/models/spd_map.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 4,
    SIZE = N * N,
    MANY = 14
};

static const size_t domain_of[MANY] = {0, 1, 0, 2, 1, 1, 0, 2, 2, 2, 0, 1, 2, 0};

/* Covariances of N x 9 numbers; complex ones of the same with imaginary parts. */
static void draw(uint64_t seed, bool hermitian, double scale, double *out)
{
    ana_random random = ana_random_stream(seed, "test.domain_transfer", 0);
    const size_t step = hermitian ? 2 : 1;
    double x[N * 9 * 2];
    for (size_t k = 0; k < MANY; k++) {
        for (size_t i = 0; i < sizeof x / sizeof x[0]; i++) {
            x[i] = ana_random_normal(&random) * (i % 2 == 0 || hermitian ? 1.0 : 0.0);
        }
        for (size_t e = 0; e < SIZE; e++) {
            double re = 0.0;
            double im = 0.0;
            for (size_t t = 0; t < 9; t++) {
                const double *a = x + 2 * (e / N * 9 + t);
                const double *b = x + 2 * (e % N * 9 + t);
                re += a[0] * b[0] + a[1] * b[1];
                im += a[1] * b[0] - a[0] * b[1];
            }
            out[step * (k * SIZE + e)] = scale * re * (1.0 + (double)domain_of[k]);
            if (hermitian) {
                out[step * (k * SIZE + e) + 1] = scale * im * (1.0 + (double)domain_of[k]);
            }
        }
    }
}

static void check_identity(const double *matrix, bool hermitian, double tolerance)
{
    const size_t step = hermitian ? 2 : 1;
    for (size_t e = 0; e < SIZE; e++) {
        check_close(matrix[step * e], e % (N + 1) == 0 ? 1.0 : 0.0, tolerance, 0.0);
        if (hermitian) {
            check_close(matrix[2 * e + 1], 0.0, tolerance, 0.0);
        }
    }
}

static void numbers_are_divided_by_their_geometric_mean_and_spread_as_asked(void **state)
{
    (void)state;
    const double x[3] = {2.0, 8.0, 4.0}; /* the first two: mean 4, logarithms ln 2 away */
    const size_t of[3] = {0, 0, 1};
    const ana_spd_set set = {1, false, 3, x};
    const ana_domains domains = {2, of, NULL};
    const ana_domains all = {1, (const size_t[]){0, 0, 0}, NULL};
    double centres[2];
    double out[3];
    double dispersion = 0.0;
    check_ok(ana_domain_centres(&set, &domains, NULL, centres));
    check_all_close(2, centres, ((const double[]){4.0, 4.0}), 0.0, 1e-14);
    check_ok(ana_domain_recentre(&set, &domains, centres, NULL, out));
    check_all_close(3, out, ((const double[]){0.5, 2.0, 1.0}), 0.0, 1e-14);
    check_ok(ana_domain_dispersions(&set, &all, centres, NULL, &dispersion));
    check_close(dispersion, 2.0 / 3.0 * log(2.0) * log(2.0), 0.0, 1e-13);
    check_ok(ana_domain_rescale(&set, &all, centres, &dispersion, 4.0 * dispersion, NULL, out));
    check_all_close(3, out, ((const double[]){1.0, 16.0, 4.0}), 0.0, 1e-13);
}

static void domains_end_about_the_identity_with_one_spread(void **state)
{
    (void)state;
    for (int h = 0; h < 2; h++) {
        const bool hermitian = h == 1;
        double values[MANY * SIZE * 2];
        double kept[MANY * SIZE * 2];
        double out[MANY * SIZE * 2];
        double centres[3 * SIZE * 2];
        double again[3 * SIZE * 2];
        double dispersions[3];
        draw(1, hermitian, 1.0, values);
        memcpy(kept, values, sizeof values);
        const ana_spd_set set = {N, hermitian, MANY, values};
        const ana_spd_set moved = {N, hermitian, MANY, out};
        const ana_domains domains = {3, domain_of, NULL};
        check_ok(ana_domain_centres(&set, &domains, NULL, centres));
        check_ok(ana_domain_recentre(&set, &domains, centres, NULL, out));
        check_ok(ana_domain_centres(&moved, &domains, NULL, again));
        for (size_t d = 0; d < 3; d++) {
            check_identity(again + d * ana_spd_size(&set), hermitian, 1e-8);
        }
        check_ok(ana_domain_dispersions(&moved, &domains, NULL, NULL, dispersions));
        check_ok(ana_domain_rescale(&moved, &domains, NULL, dispersions, 0.7, NULL, out));
        check_ok(ana_domain_dispersions(&moved, &domains, NULL, NULL, dispersions));
        check_all_close(3, dispersions, ((const double[]){0.7, 0.7, 0.7}), 0.0, 1e-10);
        check_ok(ana_domain_dispersions(&set, &domains, centres, NULL, dispersions));
        check_ok(ana_domain_rescale(&set, &domains, centres, dispersions, 0.7, NULL, out));
        check_ok(ana_domain_centres(&moved, &domains, NULL, again));
        check_all_close(3 * ana_spd_size(&set), again, centres, 1e-7, 1e-8);
        assert_memory_equal(values, kept, sizeof values); /* pyRiemann's TLScale changes them */
    }
}

static void volts_and_microvolts_end_at_the_same_place(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double small[MANY * SIZE];
    double centres[3 * SIZE];
    double a[MANY * SIZE];
    double b[MANY * SIZE];
    const ana_domains domains = {3, domain_of, NULL};
    draw(2, false, 1.0, values);
    for (size_t e = 0; e < (size_t)MANY * SIZE; e++) {
        small[e] = 1e-12 * values[e];
    }
    const ana_spd_set large_set = {N, false, MANY, values};
    const ana_spd_set small_set = {N, false, MANY, small};
    check_ok(ana_domain_centres(&large_set, &domains, NULL, centres));
    check_ok(ana_domain_recentre(&large_set, &domains, centres, NULL, a));
    check_ok(ana_domain_centres(&small_set, &domains, NULL, centres));
    check_ok(ana_domain_recentre(&small_set, &domains, centres, NULL, b));
    check_all_close((size_t)MANY * SIZE, a, b, 1e-11, 1e-11);
}

static void weights_count_and_threads_do_not(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double weights[MANY];
    double a[3 * SIZE];
    double b[3 * SIZE];
    double out[2][MANY * SIZE];
    draw(3, false, 1.0, values);
    for (size_t k = 0; k < MANY; k++) {
        weights[k] = k == 0 ? 3.0 : k == 2 ? 0.0 : 1.0;
    }
    const ana_spd_set set = {N, false, MANY, values};
    const ana_domains weighted = {3, domain_of, weights};
    ana_spd_mean_options options = ana_spd_mean_options_default();
    check_ok(ana_domain_centres(&set, &weighted, &options, a));
    memcpy(values + 2 * SIZE, values, SIZE * sizeof *values); /* also of domain 0 */
    weights[0] = 1.5;
    weights[2] = 1.5;
    check_ok(ana_domain_centres(&set, &weighted, &options, b));
    check_all_close((size_t)3 * SIZE, b, a, 1e-9, 1e-9);
    for (size_t t = 0; t < 2; t++) {
        ana_run run = ana_run_default();
        run.n_threads = 1 + 2 * t;
        options.run = run;
        check_ok(ana_domain_centres(&set, &weighted, &options, a));
        check_ok(ana_domain_recentre(&set, &weighted, a, &run, out[t]));
    }
    assert_memory_equal(out[0], out[1], sizeof out[0]);
}

static void the_use_of_new_data_is_marked(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double centre[SIZE];
    ana_recentred *made = NULL;
    draw(4, false, 1.0, values);
    const ana_spd_set set = {N, false, MANY, values};
    const ana_domains all = {1, (const size_t[MANY]){0}, NULL};
    ana_recentre_options options = ana_recentre_options_default();
    check_ok(ana_domain_recentre_new(&set, &options, &made));
    assert_string_equal(ana_transfer_use_names[made->use], "transductive");
    assert_int_equal(made->n_seen, MANY);
    check_ok(ana_domain_centres(&set, &all, NULL, centre));
    assert_memory_equal(made->centre, centre, sizeof centre);
    check_ok(ana_domain_centres(&made->set, &all, NULL, centre));
    check_identity(centre, false, 1e-8);
    ana_recentred_free(made);
    options.use = ANA_TRANSFER_CALIBRATED;
    options.centre = values + 3 * SIZE;
    check_ok(ana_domain_recentre_new(&set, &options, &made));
    assert_string_equal(ana_transfer_use_names[made->use], "calibrated");
    assert_int_equal(made->n_seen, 0);
    check_identity(made->values + 3 * SIZE, false, 1e-12);
    ana_recentred_free(made);
}

/* The centre after each matrix by ana_spd_geodesic, and what the library's two ways give. */
static void a_running_centre_walks_along_geodesics_live_as_in_one_call(void **state)
{
    (void)state;
    for (int h = 0; h < 2; h++) {
        const bool hermitian = h == 1;
        double values[MANY * SIZE * 2];
        double pair[2 * SIZE * 2];
        double centre[SIZE * 2];
        double white[SIZE * 2];
        ana_recentred *made = NULL;
        draw(5, hermitian, 1.0, values);
        const ana_spd_set set = {N, hermitian, MANY, values};
        const size_t size = ana_spd_size(&set);
        ana_recentre_options options = ana_recentre_options_default();
        options.use = ANA_TRANSFER_STREAMING;
        check_ok(ana_domain_recentre_new(&set, &options, &made));
        assert_string_equal(ana_transfer_use_names[made->use], "streaming");
        assert_int_equal(made->n_seen, MANY);
        check_identity(made->values, hermitian, 1e-12); /* the first is its own centre */
        double *room = calloc(ana_running_centre_room(&set), sizeof *room);
        assert_non_null(room);
        memcpy(pair, values, size * sizeof *pair);
        memcpy(centre, values, size * sizeof *centre);
        for (size_t k = 1; k < MANY; k++) {
            const ana_spd_set ends = {N, hermitian, 2, pair};
            const ana_spd_set one = {N, hermitian, 1, values + k * size};
            memcpy(pair + size, one.values, size * sizeof *pair);
            check_ok(ana_spd_geodesic(&ends, ANA_SPD_RIEMANN, 1.0 / ((double)k + 1.0), pair));
            check_ok(ana_running_centre_move(&one, 1.0 / ((double)k + 1.0), room, centre));
            check_ok(ana_running_centre_whiten(&one, centre, room, white));
            assert_memory_equal(white, made->values + k * size, size * sizeof *white);
        }
        assert_memory_equal(centre, made->centre, size * sizeof *centre);
        check_all_close(size, centre, pair, 1e-10, 1e-10);
        free(room);
        ana_recentred_free(made);
    }
}

static void a_stream_goes_on_from_a_centre_at_a_rate(void **state)
{
    (void)state;
    const double x[2] = {8.0, 2.0};
    const double start = 2.0;
    const ana_spd_set set = {1, false, 2, x};
    ana_recentre_options options = ana_recentre_options_default();
    ana_recentred *made = NULL;
    options.use = ANA_TRANSFER_STREAMING;
    options.centre = &start;
    options.n_before = 1;
    check_ok(ana_domain_recentre_new(&set, &options, &made));
    assert_int_equal(made->n_seen, 3);
    check_close(made->values[0], 2.0, 0.0, 1e-14); /* by the root of 2 times 8 */
    check_close(made->centre[0], pow(2.0 * 8.0 * 2.0, 1.0 / 3.0), 0.0, 1e-14);
    ana_recentred_free(made);
    options.rate = 0.25;
    check_ok(ana_domain_recentre_new(&set, &options, &made));
    const double first = pow(2.0, 0.75) * pow(8.0, 0.25);
    check_close(made->values[0], 8.0 / first, 0.0, 1e-14);
    check_close(made->centre[0], pow(first, 0.75) * pow(2.0, 0.25), 0.0, 1e-14);
    ana_recentred_free(made);
}

static void a_live_centre_allocates_nothing_and_survives_what_it_refuses(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double centre[SIZE];
    double out[SIZE];
    double bad[SIZE] = {0.0};
    draw(6, false, 1.0, values);
    const ana_spd_set one = {N, false, 1, values};
    const ana_spd_set flat = {N, false, 1, bad};
    double *room = calloc(ana_running_centre_room(&one), sizeof *room);
    assert_non_null(room);
    memcpy(centre, values + SIZE, sizeof centre);
    NO_ALLOCATION_TEST(ana_running_centre_move, (&one, 0.1, room, centre));
    NO_ALLOCATION_TEST(ana_running_centre_whiten, (&one, centre, room, out));
    memcpy(out, centre, sizeof centre);
    bad[0] = NAN;
    check_fails(ana_running_centre_move(&flat, 0.1, room, centre), ANA_ERR_VALUE,
                "not positive definite");
    bad[0] = 1.0;
    check_fails(ana_running_centre_move(&flat, 0.1, room, centre), ANA_ERR_VALUE,
                "not positive definite");
    assert_memory_equal(out, centre, sizeof centre);
    check_fails(ana_running_centre_whiten(&one, bad, room, out), ANA_ERR_VALUE,
                "not positive definite");
    free(room);
}

static void weighted_means_lie_between_source_and_target(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double out[3 * SIZE];
    double distances[9];
    double apart[9];
    draw(7, false, 1.0, values);
    const ana_spd_set source = {N, false, 3, values};
    const ana_spd_set target = {N, false, 3, values + 3 * SIZE};
    const ana_spd_set means = {N, false, 3, out};
    check_ok(ana_domain_weighted_means(&source, &target, ANA_SPD_RIEMANN, 0.0, out));
    check_all_close((size_t)3 * SIZE, out, source.values, 1e-11, 1e-11);
    check_ok(ana_domain_weighted_means(&source, &target, ANA_SPD_RIEMANN, 0.3, out));
    check_ok(ana_spd_distances(&means, &source, NULL, distances));
    check_ok(ana_spd_distances(&target, &source, NULL, apart));
    for (size_t c = 0; c < 3; c++) {
        check_close(distances[4 * c], 0.3 * apart[4 * c], 0.0, 1e-10);
    }
    const ana_spd_set two = {N, false, 2, values};
    check_fails(ana_domain_weighted_means(&source, &two, ANA_SPD_RIEMANN, 0.3, out), ANA_ERR_SHAPE,
                "3 class means of 4 rows, the target 2 of 4");
    check_fails(ana_domain_weighted_means(&source, &target, ANA_SPD_RIEMANN, 1.5, out),
                ANA_ERR_VALUE, "from 0 to 1");
    check_fails(ana_domain_weighted_means(&source, &target, ANA_SPD_KULLBACK, 0.5, out),
                ANA_ERR_UNSUPPORTED, "kullback has no geodesic");
}

static void what_cannot_be_transferred_is_refused(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double out[MANY * SIZE];
    double centres[4 * SIZE];
    double weights[MANY] = {0.0};
    ana_recentred *made = NULL;
    draw(8, false, 1.0, values);
    const ana_spd_set set = {N, false, MANY, values};
    const ana_domains four = {4, domain_of, NULL};
    const ana_domains two = {2, domain_of, NULL};
    const ana_domains nothing = {3, domain_of, weights};
    check_fails(ana_domain_centres(&set, &four, NULL, centres), ANA_ERR_VALUE,
                "the weights of domain 3 sum to 0");
    check_fails(ana_domain_centres(&set, &two, NULL, centres), ANA_ERR_VALUE,
                "item 3 is of domain 2; there are 2");
    size_t last_beyond[MANY] = {0};
    last_beyond[0] = 1;
    last_beyond[MANY - 1] = 2;
    const ana_domains beyond = {2, last_beyond, NULL};
    check_fails(ana_domain_centres(&set, &beyond, NULL, centres), ANA_ERR_VALUE,
                "is of domain 2; there are 2");
    check_fails(ana_domain_centres(&set, &nothing, NULL, centres), ANA_ERR_VALUE,
                "the weights of domain 0 sum to 0");
    for (size_t k = 0; k < MANY; k++) {
        weights[k] = k == 1 ? -1.0 : 2.0;
    }
    check_fails(ana_domain_centres(&set, &nothing, NULL, centres), ANA_ERR_VALUE, "weight 1 is -1");
    const ana_domains one = {1, domain_of, NULL};
    const ana_spd_set single = {N, false, 1, values};
    const double none = 0.0;
    check_fails(ana_domain_rescale(&single, &one, values, &none, 1.0, NULL, out), ANA_ERR_VALUE,
                "domain 0 has dispersion 0");
    ana_recentre_options options = ana_recentre_options_default();
    options.use = ANA_TRANSFER_CALIBRATED;
    check_fails(ana_domain_recentre_new(&set, &options, &made), ANA_ERR_VALUE,
                "calibrated recentring needs the centre");
    options.use = ANA_TRANSFER_STREAMING;
    options.n_before = 3;
    check_fails(ana_domain_recentre_new(&set, &options, &made), ANA_ERR_VALUE,
                "streaming recentring after other matrices needs the centre");
    options.n_before = 0;
    options.rate = 2.0;
    check_fails(ana_domain_recentre_new(&set, &options, &made), ANA_ERR_VALUE, "recentre-rate");
    values[2 * SIZE] = -1.0;
    check_fails(ana_domain_centres(&set, &(ana_domains){3, domain_of, NULL}, NULL, centres),
                ANA_ERR_VALUE, "domain 0: matrix 1 is not positive definite");
    check_fails(ana_domain_recentre_new(&set, NULL, &made), ANA_ERR_VALUE,
                "matrix 2 is not positive definite");
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    double values[MANY * SIZE];
    double out[MANY * SIZE];
    double centres[3 * SIZE];
    double dispersions[3];
    draw(9, false, 1.0, values);
    const ana_spd_set set = {N, false, 4, values};
    const ana_domains domains = {3, domain_of, NULL};
    const double one[3] = {1.0, 1.0, 1.0};
    ana_recentred *made = NULL;
    ana_recentre_options streaming = ana_recentre_options_default();
    streaming.use = ANA_TRANSFER_STREAMING;
    ALLOCATION_TEST(ana_domain_centres, (&set, &domains, NULL, centres), (void)0);
    ALLOCATION_TEST(ana_domain_recentre, (&set, &domains, centres, NULL, out), (void)0);
    ALLOCATION_TEST(ana_domain_dispersions, (&set, &domains, centres, NULL, dispersions), (void)0);
    ALLOCATION_TEST(ana_domain_rescale, (&set, &domains, centres, one, 2.0, NULL, out), (void)0);
    ALLOCATION_TEST(ana_domain_recentre_new, (&set, NULL, &made), ana_recentred_free(made));
    ALLOCATION_TEST(ana_domain_recentre_new, (&set, &streaming, &made), ana_recentred_free(made));
    ALLOCATION_TEST(ana_domain_weighted_means, (&set, &set, ANA_SPD_RIEMANN, 0.5, out), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_divided_by_their_geometric_mean_and_spread_as_asked),
        cmocka_unit_test(domains_end_about_the_identity_with_one_spread),
        cmocka_unit_test(volts_and_microvolts_end_at_the_same_place),
        cmocka_unit_test(weights_count_and_threads_do_not),
        cmocka_unit_test(the_use_of_new_data_is_marked),
        cmocka_unit_test(a_running_centre_walks_along_geodesics_live_as_in_one_call),
        cmocka_unit_test(a_stream_goes_on_from_a_centre_at_a_rate),
        cmocka_unit_test(a_live_centre_allocates_nothing_and_survives_what_it_refuses),
        cmocka_unit_test(weighted_means_lie_between_source_and_target),
        cmocka_unit_test(what_cannot_be_transferred_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("domain transfer", tests, NULL, NULL);
}
