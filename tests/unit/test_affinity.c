#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/affinity.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    T = 61,
    N = 7
};

static ana_observations *walks(uint64_t seed)
{
    ana_random random = ana_random_stream(seed, "test.affinity", 0);
    ana_observations *observations = NULL;
    check_ok(ana_observations_new(T, N, &observations));
    observations->bin_s = 0.5;
    for (size_t i = 0; i < N; i++) {
        double value = 0.0;
        for (size_t t = 0; t < T; t++) {
            value += ana_random_normal(&random);
            observations->values[t * N + i] = value;
        }
    }
    return observations;
}

static ana_affinity *make(const ana_observations *observations, ana_affinity_kernel kernel)
{
    ana_affinity_options options = ana_affinity_options_default();
    ana_affinity *affinity = NULL;
    options.kernel = kernel;
    options.sigma_s = 1.1;
    options.window_s = 4.5;
    check_ok(ana_affinity_new(observations, &options, &affinity));
    return affinity;
}

/* The definition, from the unit derivatives. */
static double by_definition(ana_affinity_kernel kernel, double a, double b)
{
    const double p = fmax(a, 0.0);
    const double q = fmax(-a, 0.0);
    const double r = fmax(b, 0.0);
    const double s = fmax(-b, 0.0);
    const double values[] = {sqrt(p * r) + sqrt(q * s), p * r + q * s, fmin(p, r) + fmin(q, s),
                             sqrt(p * r)};
    return values[kernel];
}

static void kernels_are_as_defined(void **state)
{
    (void)state;
    ana_observations *observations = walks(1);
    double slice[N * N];
    for (ana_affinity_kernel kernel = ANA_AFFINITY_GEOM; kernel <= ANA_AFFINITY_RISE; kernel++) {
        ana_affinity *affinity = make(observations, kernel);
        assert_int_equal(affinity->factored, kernel != ANA_AFFINITY_MIN);
        for (size_t t = 0; t < T; t++) {
            const double *v = affinity->unit_derivative + t * N;
            ana_affinity_slice(affinity, t, slice);
            for (size_t i = 0; i < N; i++) {
                for (size_t j = 0; j < N; j++) {
                    const double wanted = i == j ? 0.0 : by_definition(kernel, v[i], v[j]);
                    check_close(slice[i * N + j], wanted, 1e-15, 1e-14);
                }
            }
        }
        ana_affinity_free(affinity);
    }
    ana_observations_free(observations);
}

static void a_straight_line_has_its_slope(void **state)
{
    (void)state;
    ana_observations *observations = walks(2);
    for (size_t t = 0; t < T; t++) {
        observations->values[t * N] = 3.0 - 0.25 * (double)t;
    }
    observations->values[30 * N] = NAN; /* the line through the others is the same line */
    ana_affinity *affinity = make(observations, ANA_AFFINITY_GEOM);
    /* Scaled: 1 over 30 s falls by 1/30 a second; the truncated Gaussian has a little less than
     * its variance, 0.9989 of it. */
    for (size_t t = 12; t < T - 12; t++) {
        if (t != 30) {
            check_close(affinity->derivative[t * N], -1.0 / 30.0, 0.0, 2e-3);
            check_close(affinity->derivative[t * N], affinity->derivative[15 * N], 0.0, 1e-12);
        }
    }
    assert_true(isnan(affinity->derivative[30 * N]));
    check_close(affinity->observed[30 * N], 0.0, 0.0, 0.0);
    check_close(affinity->rising[30 * N], 0.0, 0.0, 0.0);
    ana_affinity_free(affinity);
    ana_observations_free(observations);
}

static void affinities_are_symmetric_between_0_and_1(void **state)
{
    (void)state;
    ana_observations *observations = walks(3);
    double slice[N * N];
    for (ana_affinity_kernel kernel = 0; kernel <= ANA_AFFINITY_PEARSON_POSITIVE; kernel++) {
        ana_affinity *affinity = make(observations, kernel);
        for (size_t t = 0; t < T; t++) {
            ana_affinity_slice(affinity, t, slice);
            for (size_t i = 0; i < N; i++) {
                for (size_t j = 0; j < N; j++) {
                    const double value = slice[i * N + j];
                    assert_true(value >= 0.0 && value <= 1.0 + 1e-12);
                    check_close(value, slice[j * N + i], 0.0, 0.0);
                }
            }
        }
        ana_affinity_free(affinity);
    }
    ana_observations_free(observations);
}

static void scale_and_offset_of_a_trace_do_not_matter(void **state)
{
    (void)state;
    ana_observations *observations = walks(4);
    ana_affinity *before = make(observations, ANA_AFFINITY_PROD);
    for (size_t t = 0; t < T; t++) {
        observations->values[t * N + 2] = 17.0 + 4.0 * observations->values[t * N + 2];
    }
    ana_affinity *after = make(observations, ANA_AFFINITY_PROD);
    check_all_close(T * N, after->rising, before->rising, 1e-13, 1e-12);
    check_all_close(T * N, after->falling, before->falling, 1e-13, 1e-12);
    ana_affinity_free(before);
    ana_affinity_free(after);
    ana_observations_free(observations);
}

static void sequences_are_differentiated_apart(void **state)
{
    (void)state;
    ana_observations *observations = walks(5);
    const size_t lengths[] = {20, T - 20};
    check_ok(ana_observations_set_sequences(observations, 2, lengths, NULL));
    ana_affinity *before = make(observations, ANA_AFFINITY_PEARSON_POSITIVE);
    double slices[2][N * N];
    ana_affinity_slice(before, 19, slices[0]);
    for (size_t i = 0; i < N; i++) { /* permuted in time, so that the scale stays */
        const double kept = observations->values[20 * N + i];
        observations->values[20 * N + i] = observations->values[22 * N + i];
        observations->values[22 * N + i] = kept;
    }
    ana_affinity *after = make(observations, ANA_AFFINITY_PEARSON_POSITIVE);
    ana_affinity_slice(after, 19, slices[1]);
    check_all_close(20 * N, after->derivative, before->derivative, 0.0, 0.0);
    check_all_close(N * N, slices[1], slices[0], 0.0, 0.0);
    ana_affinity_free(before);
    ana_affinity_free(after);
    ana_observations_free(observations);
}

static void packed_and_dense_hold_the_slices(void **state)
{
    (void)state;
    ana_observations *observations = walks(6);
    observations->values[5 * N + 1] = NAN;
    double slice[N * N];
    double dense[N * N * T];
    double packed[N * (N - 1) / 2 * T];
    for (ana_affinity_kernel kernel = 0; kernel <= ANA_AFFINITY_PEARSON_POSITIVE; kernel++) {
        ana_affinity *affinity = make(observations, kernel);
        size_t n_missing = 0;
        check_ok(ana_affinity_materialise(affinity, NULL, false, dense));
        check_ok(ana_affinity_materialise(affinity, NULL, true, packed));
        for (size_t t = 0; t < T; t++) {
            ana_affinity_slice(affinity, t, slice);
            for (size_t i = 0; i < N; i++) {
                for (size_t j = 0; j < N; j++) {
                    check_close(dense[(i * N + j) * T + t], slice[i * N + j], 0.0, 0.0);
                    if (i < j) {
                        n_missing += isnan(slice[i * N + j]) ? 1 : 0;
                        check_close(packed[ana_affinity_pair(N, i, j) * T + t], slice[i * N + j],
                                    0.0, 0.0);
                    }
                }
            }
        }
        assert_int_equal(n_missing, kernel == ANA_AFFINITY_PEARSON_POSITIVE ? 9 * (N - 1) : N - 1);
        ana_affinity_free(affinity);
    }
    ana_observations_free(observations);
}

static void pair_masks_are_products(void **state)
{
    (void)state;
    const double neurons[] = {1.0, 0.0, 1.0, 1.0};
    double pairs[6];
    ana_affinity_pair_mask(4, neurons, pairs);
    check_all_close(6, pairs, ((const double[]){0, 1, 1, 0, 0, 1}), 0.0, 0.0);
    assert_int_equal(ana_affinity_n_pairs(4), 6);
    assert_int_equal(ana_affinity_n_pairs(0), 0);
    assert_int_equal(ana_affinity_pair(4, 1, 2), 3);
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    ana_observations *observations = walks(7);
    static double tensors[2][N * N * T];
    const size_t threads[] = {2, 3, 7};
    ana_affinity *affinity = make(observations, ANA_AFFINITY_MIN);
    ana_run run = ana_run_default();
    run.n_threads = 1;
    check_ok(ana_affinity_materialise(affinity, &run, false, tensors[0]));
    for (size_t k = 0; k < 3; k++) {
        run.n_threads = threads[k];
        check_ok(ana_affinity_materialise(affinity, &run, false, tensors[1]));
        assert_memory_equal(tensors[0], tensors[1], sizeof tensors[0]);
    }
    ana_affinity_free(affinity);
    ana_observations_free(observations);
}

static void keep_warning(void *user, const char *sentence)
{
    strncpy(user, sentence, 255);
}

static void constant_and_unobserved_neurons_are_counted(void **state)
{
    (void)state;
    ana_observations *observations = walks(8);
    ana_affinity_options options = ana_affinity_options_default();
    ana_affinity *affinity = NULL;
    char warning[256] = "";
    for (size_t t = 0; t < T; t++) {
        observations->values[t * N] = 2.5;
        observations->values[t * N + 3] = NAN;
    }
    options.run.warn = keep_warning;
    options.run.user = warning;
    check_ok(ana_affinity_new(observations, &options, &affinity));
    assert_int_equal(affinity->n_constant, 1);
    assert_int_equal(affinity->n_unobserved, 1);
    assert_non_null(strstr(warning, "1 are constant"));
    for (size_t t = 0; t < T; t++) {
        check_close(affinity->rising[t * N] + affinity->falling[t * N], 0.0, 0.0, 0.0);
    }
    ana_affinity_free(affinity);
    ana_observations_free(observations);
}

/* Own forms of prod and of min, with a scale of the caller's. */
static double scaled_up(double v, void *user)
{
    return fmax(v, 0.0) * *(const double *)user;
}

static double scaled_down(double v, void *user)
{
    return fmax(-v, 0.0) * *(const double *)user;
}

static void scaled_slice(const ana_affinity *affinity, size_t t, void *user, double *out)
{
    const double *v = affinity->unit_derivative + t * affinity->n_neurons;
    for (size_t k = 0; k < affinity->n_neurons * affinity->n_neurons; k++) {
        const double a = v[k / affinity->n_neurons];
        const double b = v[k % affinity->n_neurons];
        const double value = by_definition(ANA_AFFINITY_MIN, a, b) * *(const double *)user;
        out[k] = isnan(a) || isnan(b) ? (double)NAN : value;
    }
}

static void own_kernels_are_taken(void **state)
{
    (void)state;
    ana_observations *observations = walks(4);
    double scale = 3.0;
    double slices[2][N * N];
    observations->values[20 * N + 2] = NAN;
    ana_affinity *usual[] = {make(observations, ANA_AFFINITY_PROD),
                             make(observations, ANA_AFFINITY_RISE),
                             make(observations, ANA_AFFINITY_MIN)};
    const ana_affinity_own kernels[] = {
        {.name = "mine", .rising = scaled_up, .falling = scaled_down, .user = &scale},
        {.rising = scaled_up, .user = &scale},
        {.slice = scaled_slice, .user = &scale}};
    for (size_t k = 0; k < 3; k++) {
        ana_affinity_options options = ana_affinity_options_default();
        ana_affinity *own = NULL;
        ana_record *record = NULL;
        const char *name = NULL;
        options.own = kernels[k];
        options.sigma_s = 1.1;
        check_ok(ana_affinity_new(observations, &options, &own));
        assert_int_equal(own->factored, k < 2);
        for (size_t t = 0; t < T; t++) {
            ana_affinity_slice(own, t, slices[0]);
            ana_affinity_slice(usual[k], t, slices[1]);
            for (size_t i = 0; i < (size_t)N * N; i++) {
                /* prod is r r' + s s': the scale is squared; rise has roots and prod has not. */
                const double value = k == 1 ? slices[1][i] * slices[1][i] : slices[1][i];
                check_close(slices[0][i], value * (k < 2 ? 9.0 : 3.0), 1e-14, 1e-14);
            }
        }
        check_ok(ana_affinity_to_record(own, &record));
        check_ok(ana_record_get_text(record, "kernel", &name));
        assert_string_equal(name, k == 0 ? "mine" : "own");
        ana_record_free(record);
        ana_affinity_free(own);
        ana_affinity_free(usual[k]);
    }
    ana_affinity_options options = ana_affinity_options_default();
    ana_affinity *none = NULL;
    options.own = kernels[2];
    options.own.rising = scaled_up;
    check_fails(ana_affinity_new(observations, &options, &none), ANA_ERR_VALUE, "not both");
    assert_null(none);
    ana_observations_free(observations);
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    ana_observations *observations = walks(9);
    ana_affinity_options options = ana_affinity_options_default();
    ana_affinity *affinity = NULL;
    options.sigma_s = 1e3;
    check_fails(ana_affinity_new(observations, &options, &affinity), ANA_ERR_VALUE, "longer");
    options.sigma_s = -1.0;
    check_fails(ana_affinity_new(observations, &options, &affinity), ANA_ERR_VALUE, "sigma");
    observations->bin_s = NAN;
    check_fails(ana_affinity_new(observations, NULL, &affinity), ANA_ERR_VALUE, "--bin");
    observations->bin_s = 0.5;
    ana_affinity *good = make(observations, ANA_AFFINITY_MIN);
    ana_run run = ana_run_default();
    run.max_memory = 1000;
    check_fails(ana_affinity_materialise(good, &run, true, NULL), ANA_ERR_LIMIT, "memory");
    ana_affinity_free(good);
    ana_observations_free(observations);
    check_ok(ana_observations_new(T, 1, &observations));
    observations->bin_s = 0.5;
    check_fails(ana_affinity_new(observations, NULL, &affinity), ANA_ERR_SHAPE, "two");
    assert_null(affinity);
    ana_observations_free(observations);
}

static ana_status make_all(void *user)
{
    ana_affinity *affinity = NULL;
    ana_record *record = NULL;
    static double dense[N * N * T];
    ana_run run = ana_run_default();
    run.n_threads = 1;
    ana_status status = ana_affinity_new(user, NULL, &affinity);
    status = status == ANA_OK ? ana_affinity_materialise(affinity, &run, false, dense) : status;
    status = status == ANA_OK ? ana_affinity_to_record(affinity, &record) : status;
    status = status == ANA_OK ? ana_record_check(record) : status;
    ana_record_free(record);
    ana_affinity_free(affinity);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    ana_observations *observations = walks(10);
    observations->values[7] = NAN;
    assert_true(check_each_allocation(make_all, observations, 0) > 20);
    ana_observations_free(observations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_are_as_defined),
        cmocka_unit_test(a_straight_line_has_its_slope),
        cmocka_unit_test(affinities_are_symmetric_between_0_and_1),
        cmocka_unit_test(scale_and_offset_of_a_trace_do_not_matter),
        cmocka_unit_test(sequences_are_differentiated_apart),
        cmocka_unit_test(packed_and_dense_hold_the_slices),
        cmocka_unit_test(pair_masks_are_products),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(constant_and_unobserved_neurons_are_counted),
        cmocka_unit_test(own_kernels_are_taken),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("affinity", tests, NULL, NULL);
}
