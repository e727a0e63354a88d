#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/tensor.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    T = 37,
    N = 9,
    R = 4,
    MANY = 80 /* columns, for which threads are made */
};

/* Walks, with a neuron unseen for a while when asked. */
static ana_affinity *make_affinity(ana_affinity_kernel kernel, bool missing)
{
    ana_random random = ana_random_stream(3, "test.tensor", 0);
    ana_observations *observations = NULL;
    ana_affinity_options options = ana_affinity_options_default();
    ana_affinity *affinity = NULL;
    check_ok(ana_observations_new(T, N, &observations));
    observations->bin_s = 0.5;
    for (size_t i = 0; i < N; i++) {
        double value = 0.0;
        for (size_t t = 0; t < T; t++) {
            value += ana_random_normal(&random);
            const bool unseen = missing && (i == 2 || (i == 5 && t > 10 && t < 20));
            observations->values[t * N + i] = unseen ? (double)NAN : value;
        }
    }
    options.kernel = kernel;
    options.sigma_s = 0.8;
    check_ok(ana_affinity_new(observations, &options, &affinity));
    ana_observations_free(observations);
    return affinity;
}

static double *draw(size_t n, uint64_t item)
{
    ana_random random = ana_random_stream(4, "test.tensor.draw", item);
    double *values = malloc(n * sizeof *values);
    assert_non_null(values);
    for (size_t k = 0; k < n; k++) {
        values[k] = ana_random_uniform(&random);
    }
    return values;
}

/* By the definition; NaN counts as 0. */
static void multiply_plainly(size_t n_modes, const size_t *lengths, const double *values,
                             double *const *factors, size_t mode, double *out)
{
    size_t n = 1;
    for (size_t m = 0; m < n_modes; m++) {
        n *= lengths[m];
    }
    memset(out, 0, lengths[mode] * R * sizeof *out);
    for (size_t k = 0; k < n; k++) {
        for (size_t r = 0; r < R && !isnan(values[k]); r++) {
            double product = values[k];
            size_t own = 0;
            for (size_t m = n_modes, rest = k; m-- > 0; rest /= lengths[m]) {
                own = m == mode ? rest % lengths[m] : own;
                product *= m == mode ? 1.0 : factors[m][rest % lengths[m] * R + r];
            }
            out[own * R + r] += product;
        }
    }
}

static void check_products(const ana_tensor *tensor, const double *values)
{
    size_t lengths[ANA_TENSOR_MAX_MODES];
    double *factors[ANA_TENSOR_MAX_MODES];
    const size_t n_modes = ana_tensor_n_modes(tensor);
    for (size_t m = 0; m < n_modes; m++) {
        lengths[m] = ana_tensor_length(tensor, m);
        factors[m] = draw(lengths[m] * R, m);
    }
    for (size_t m = 0; m < n_modes; m++) {
        double *product = draw(lengths[m] * R, 7);
        double *wanted = draw(lengths[m] * R, 8);
        check_ok(ana_tensor_mttkrp(tensor, NULL, R, (const double *const *)factors, m, product));
        multiply_plainly(n_modes, lengths, values, factors, m, wanted);
        check_all_close(lengths[m] * R, product, wanted, 1e-12, 1e-12);
        free(product);
        free(wanted);
    }
    for (size_t m = 0; m < n_modes; m++) {
        free(factors[m]);
    }
}

static double square_plainly(size_t n, const double *values)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        sum += isnan(values[k]) ? 0.0 : values[k] * values[k];
    }
    return sum;
}

static void products_of_whole_arrays_are_as_defined(void **state)
{
    (void)state;
    const size_t lengths[][ANA_TENSOR_MAX_MODES] = {{40, 7}, {9, 5, 21}, {3, 17, 4, 6}, {1, 1, 2}};
    const size_t n_modes[] = {2, 3, 4, 3};
    for (size_t k = 0; k < 4; k++) {
        size_t n = 1;
        ana_tensor *tensor = NULL;
        for (size_t m = 0; m < n_modes[k]; m++) {
            n *= lengths[k][m];
        }
        double *values = draw(n, 20 + k);
        values[n / 2] = k == 1 ? (double)NAN : 0.5;
        check_ok(ana_tensor_dense(n_modes[k], lengths[k], values, NULL, NULL, &tensor));
        check_products(tensor, values);
        check_close(ana_tensor_square(tensor), square_plainly(n, values), 0.0, 1e-13);
        ana_tensor_free(tensor);
        free(values);
    }
}

static void pairs_and_affinities_are_their_whole_arrays(void **state)
{
    (void)state;
    static double dense[N * N * T];
    static double packed[N * (N - 1) / 2 * T];
    const ana_affinity_kernel kernels[] = {ANA_AFFINITY_GEOM, ANA_AFFINITY_PROD, ANA_AFFINITY_RISE};
    for (size_t k = 0; k < 6; k++) {
        ana_affinity *affinity = make_affinity(kernels[k / 2], k % 2 == 1);
        ana_tensor *tensor = NULL;
        check_ok(ana_affinity_materialise(affinity, NULL, false, dense));
        check_ok(ana_affinity_materialise(affinity, NULL, true, packed));
        check_ok(ana_tensor_affinity(affinity, &tensor));
        check_products(tensor, dense);
        check_close(ana_tensor_square(tensor), square_plainly(N * N * T, dense), 0.0, 1e-12);
        ana_tensor_free(tensor);
        check_ok(ana_tensor_pairs(N, T, packed, NULL, &tensor));
        check_products(tensor, dense);
        check_close(ana_tensor_square(tensor), square_plainly(N * N * T, dense), 0.0, 1e-12);
        ana_tensor_free(tensor);
        ana_affinity_free(affinity);
    }
}

/* The second animal lacks a neuron throughout, and another for a while. */
static void animals_are_their_whole_array(void **state)
{
    (void)state;
    static double packed[2 * N * (N - 1) / 2 * T];
    const size_t n_pairs = ana_affinity_n_pairs(N);
    ana_affinity *animals[] = {make_affinity(ANA_AFFINITY_GEOM, false),
                               make_affinity(ANA_AFFINITY_GEOM, true)};
    ana_tensor *tensor = NULL;
    check_ok(ana_tensor_animals(2, (const ana_affinity *const *)animals, NULL, &tensor));
    for (size_t w = 0; w < 2; w++) {
        check_ok(ana_affinity_materialise(animals[w], NULL, true, packed + w * n_pairs * T));
    }
    assert_int_equal(ana_tensor_length(tensor, 0), 2);
    check_products(tensor, packed);
    check_close(ana_tensor_square(tensor), square_plainly(2 * n_pairs * T, packed), 0.0, 1e-12);
    ana_tensor_free(tensor);
    tensor = NULL;
    animals[1]->n_times--;
    check_fails(ana_tensor_animals(2, (const ana_affinity *const *)animals, NULL, &tensor),
                ANA_ERR_SHAPE, "animal 1");
    check_fails(ana_tensor_animals(0, NULL, NULL, &tensor), ANA_ERR_SHAPE, "no animals");
    animals[1]->factored = false;
    check_fails(ana_tensor_animals(2, (const ana_affinity *const *)animals, NULL, &tensor),
                ANA_ERR_UNSUPPORTED, "factored");
    assert_null(tensor);
    ana_affinity_free(animals[0]);
    ana_affinity_free(animals[1]);
}

static void weights_multiply(void **state)
{
    (void)state;
    const size_t lengths[] = {6, 5, 11};
    double *values = draw(330, 1);
    double *weights = draw(330, 2);
    double *product = draw(330, 3);
    ana_tensor *tensor = NULL;
    double square = 0.0;
    weights[17] = 0.0;
    values[17] = -3.0; /* not looked at */
    for (size_t k = 0; k < 330; k++) {
        product[k] = weights[k] * values[k];
        square += weights[k] * values[k] * values[k];
    }
    check_ok(ana_tensor_dense(3, lengths, values, weights, NULL, &tensor));
    check_products(tensor, product);
    check_close(ana_tensor_square(tensor), square, 0.0, 1e-13);
    ana_tensor_free(tensor);
    free(values);
    free(weights);
    free(product);
}

static void folds_hold_out_every_entry_once(void **state)
{
    (void)state;
    static double dense[N * N * T];
    ana_affinity *affinity = make_affinity(ANA_AFFINITY_GEOM, true);
    const size_t lengths[] = {N, N, T};
    ana_tensor *tensor = NULL;
    double held = 0.0;
    check_ok(ana_affinity_materialise(affinity, NULL, false, dense));
    check_ok(ana_tensor_dense(3, lengths, dense, NULL, NULL, &tensor));
    for (size_t k = 0; k < 4; k++) {
        const ana_tensor_fold fold = {.seed = 5, .fold = k, .n_folds = 4, .block = 6};
        ana_tensor *part = NULL;
        check_ok(ana_tensor_hold_out(tensor, &fold, NULL, &part));
        held += ana_tensor_square(tensor) - ana_tensor_square(part);
        assert_true(ana_tensor_square(part) < 0.95 * ana_tensor_square(tensor));
        ana_tensor_free(part);
    }
    check_close(held, ana_tensor_square(tensor), 0.0, 1e-12);
    ana_tensor_free(tensor);
    check_ok(ana_tensor_affinity(affinity, &tensor));
    for (size_t k = 0; k < 4; k++) { /* each leaves only pairs of which both are left */
        const ana_tensor_fold fold = {.seed = 5, .fold = k, .n_folds = 4, .block = 6};
        ana_tensor *part = NULL;
        check_ok(ana_tensor_hold_out(tensor, &fold, NULL, &part));
        assert_true(ana_tensor_square(part) < 0.9 * ana_tensor_square(tensor));
        ana_tensor_free(part);
    }
    ana_tensor_free(tensor);
    ana_affinity_free(affinity);
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    ana_affinity *affinity = make_affinity(ANA_AFFINITY_GEOM, true);
    static double dense[N * N * T];
    const size_t lengths[] = {N, N, T};
    const size_t threads[] = {1, 2, 3, 7};
    ana_tensor *tensors[2] = {NULL};
    double *factors[3];
    static double products[2][T * MANY];
    ana_run run = ana_run_default();
    check_ok(ana_affinity_materialise(affinity, NULL, false, dense));
    check_ok(ana_tensor_affinity(affinity, &tensors[0]));
    check_ok(ana_tensor_dense(3, lengths, dense, NULL, NULL, &tensors[1]));
    for (size_t m = 0; m < 3; m++) {
        factors[m] = draw(lengths[m] * MANY, m);
    }
    for (size_t k = 0; k < 2 * 3 * 4; k++) {
        const size_t m = k / 2 % 3;
        run.n_threads = threads[k / 6];
        check_ok(ana_tensor_mttkrp(tensors[k % 2], &run, MANY, (const double *const *)factors, m,
                                   products[1]));
        run.n_threads = 1;
        check_ok(ana_tensor_mttkrp(tensors[k % 2], &run, MANY, (const double *const *)factors, m,
                                   products[0]));
        assert_memory_equal(products[0], products[1], lengths[m] * MANY * sizeof(double));
    }
    for (size_t m = 0; m < 3; m++) {
        free(factors[m]);
    }
    ana_tensor_free(tensors[0]);
    ana_tensor_free(tensors[1]);
    ana_affinity_free(affinity);
}

static void bad_tensors_are_refused(void **state)
{
    (void)state;
    const size_t lengths[] = {2, 3, 2, 2, 2};
    const size_t huge[] = {1u << 30, 1u << 30, 1u << 30};
    double values[12] = {0.0};
    double weights[12] = {0.0};
    ana_tensor *tensor = NULL;
    check_fails(ana_tensor_dense(3, lengths, values, NULL, NULL, &tensor), ANA_ERR_VALUE, "all");
    values[3] = 1.0;
    check_fails(ana_tensor_dense(3, lengths, values, weights, NULL, &tensor), ANA_ERR_VALUE,
                "nothing");
    weights[3] = 1.5;
    check_fails(ana_tensor_dense(3, lengths, values, weights, NULL, &tensor), ANA_ERR_VALUE,
                "weight 3");
    values[4] = -1.0;
    check_fails(ana_tensor_dense(3, lengths, values, NULL, NULL, &tensor), ANA_ERR_VALUE,
                "value 4");
    check_fails(ana_tensor_dense(1, lengths, values, NULL, NULL, &tensor), ANA_ERR_SHAPE, "modes");
    check_fails(ana_tensor_dense(5, lengths, values, NULL, NULL, &tensor), ANA_ERR_SHAPE, "modes");
    check_fails(ana_tensor_dense(3, huge, values, NULL, NULL, &tensor), ANA_ERR_SHAPE, "modes");
    check_fails(ana_tensor_pairs(1, 2, values, NULL, &tensor), ANA_ERR_VALUE, "nothing");
    ana_affinity *affinity = make_affinity(ANA_AFFINITY_MIN, false);
    check_fails(ana_tensor_affinity(affinity, &tensor), ANA_ERR_UNSUPPORTED, "factored");
    assert_null(tensor);
    ana_affinity_free(affinity);
}

static void bad_folds_are_refused(void **state)
{
    (void)state;
    const size_t lengths[] = {2, 3, 2};
    double *values = draw(12, 0);
    ana_tensor *tensor = NULL;
    ana_tensor *part = NULL;
    ana_tensor_fold fold = {.n_folds = 1, .block = 1};
    check_ok(ana_tensor_dense(3, lengths, values, NULL, NULL, &tensor));
    check_fails(ana_tensor_hold_out(tensor, &fold, NULL, &part), ANA_ERR_VALUE, "fold");
    fold = (ana_tensor_fold){.n_folds = 2, .block = 0};
    check_fails(ana_tensor_hold_out(tensor, &fold, NULL, &part), ANA_ERR_VALUE, "blocks");
    ana_tensor_free(tensor);
    check_ok(ana_tensor_pairs(3, 2, values, NULL, &tensor));
    check_fails(ana_tensor_mttkrp(tensor, NULL, 2, NULL, 3, NULL), ANA_ERR_SHAPE, "mode 3");
    ana_tensor_free(tensor);
    free(values);
    assert_null(part);
}

static ana_status make_all(void *user)
{
    const size_t lengths[] = {N, N, T};
    static double dense[N * N * T];
    const ana_affinity *affinity = user;
    const ana_tensor_fold fold = {.n_folds = 3, .block = 5};
    ana_tensor *tensors[4] = {NULL};
    double product[N * R];
    double *factors[3] = {dense, dense, dense};
    ana_status status = ANA_OK;
    for (size_t k = 0; k < N * N * T; k++) {
        dense[k] = k == 9 ? (double)NAN : 1.0 / (double)(k + 1);
    }
    status = ana_tensor_dense(3, lengths, dense, NULL, NULL, &tensors[0]);
    status = status == ANA_OK ? ana_tensor_pairs(N, 5, dense + 10, NULL, &tensors[1]) : status;
    status = status == ANA_OK ? ana_tensor_affinity(affinity, &tensors[2]) : status;
    status = status == ANA_OK ? ana_tensor_hold_out(tensors[2], &fold, NULL, &tensors[3]) : status;
    ana_tensor *held = NULL;
    status = status == ANA_OK ? ana_tensor_hold_out(tensors[0], &fold, NULL, &held) : status;
    ana_tensor *animals = NULL;
    status = status == ANA_OK ? ana_tensor_animals(1, &affinity, NULL, &animals) : status;
    ana_tensor_free(animals);
    dense[9] = 1.0;
    status = status == ANA_OK ? ana_tensor_mttkrp(tensors[2], NULL, R,
                                                  (const double *const *)factors, 0, product)
                              : status;
    for (size_t k = 0; k < 4; k++) {
        ana_tensor_free(tensors[k]);
    }
    ana_tensor_free(held);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    ana_affinity *affinity = make_affinity(ANA_AFFINITY_GEOM, true);
    assert_true(check_each_allocation(make_all, affinity, 0) > 20);
    ana_affinity_free(affinity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_of_whole_arrays_are_as_defined),
        cmocka_unit_test(pairs_and_affinities_are_their_whole_arrays),
        cmocka_unit_test(animals_are_their_whole_array),
        cmocka_unit_test(weights_multiply),
        cmocka_unit_test(folds_hold_out_every_entry_once),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(bad_tensors_are_refused),
        cmocka_unit_test(bad_folds_are_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("tensor", tests, NULL, NULL);
}
