#include "support/check.h"
#include "support/fail_nth.h"
#include "support/ntf_world.h"

#include <analysis/assignment.h>
#include <analysis/models/ntf.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void implicit_packed_and_whole_tensors_give_one_fit(void **state)
{
    (void)state;
    static double values[N * N * T];
    static double packed[N * (N - 1) / 2 * T];
    ana_ntf_options options = ana_ntf_options_default();
    ana_ntf *start = ntf_start(4);
    options.max_iterations = 12;
    options.tolerance = 0.0;
    for (size_t missing = 0; missing < 2; missing++) {
        ana_affinity *affinity = ntf_affinity(missing);
        ana_tensor *tensors[3] = {NULL};
        ana_ntf *fits[3] = {NULL};
        check_ok(ana_affinity_materialise(affinity, NULL, false, values));
        check_ok(ana_affinity_materialise(affinity, NULL, true, packed));
        tensors[0] = ntf_dense(values);
        check_ok(ana_tensor_affinity(affinity, &tensors[1]));
        if (!missing) {
            check_ok(ana_tensor_pairs(N, T, packed, NULL, &tensors[2]));
        }
        for (ana_ntf_method method = ANA_NTF_HALS; method <= ANA_NTF_ADMM; method++) {
            options.method = method;
            for (size_t k = 0; k < 3 - missing; k++) {
                check_ok(ana_ntf_fit_from(tensors[k], start, NULL, &options, &fits[k]));
                check_ntf_same(fits[k], fits[0], 1e-10);
                if (method != ANA_NTF_ADMM) {
                    check_ntf_never_falls(fits[k]);
                }
                /* The error by all differences is that of the norm's expansion. */
                check_close(1.0 - fits[k]->relative_error * fits[k]->relative_error,
                            fits[k]->info.objective, 1e-12, 0.0);
            }
            for (size_t k = 0; k < 3 - missing; k++) {
                ana_ntf_free(fits[k]);
            }
        }
        for (size_t k = 0; k < 3; k++) {
            ana_tensor_free(tensors[k]);
        }
        ana_affinity_free(affinity);
    }
    ana_ntf_free(start);
}

/* The same start, the same fit as of the array with its missing pairs. */
static void animals_give_the_fit_of_their_array(void **state)
{
    (void)state;
    const size_t n_pairs = ana_affinity_n_pairs(N);
    const size_t sizes[] = {2, N * (N - 1) / 2, T};
    static double packed[2 * N * (N - 1) / 2 * T];
    ana_affinity *animals[] = {ntf_affinity(false), ntf_affinity(true)};
    ana_tensor *tensors[2] = {NULL};
    ana_ntf *fits[2] = {NULL};
    ana_ntf *start = NULL;
    ana_ntf_options options = ana_ntf_options_default();
    options.max_iterations = 10;
    options.tolerance = 0.0;
    for (size_t w = 0; w < 2; w++) {
        check_ok(ana_affinity_materialise(animals[w], NULL, true, packed + w * n_pairs * T));
    }
    check_ok(ana_tensor_animals(2, (const ana_affinity *const *)animals, NULL, &tensors[0]));
    check_ok(ana_tensor_dense(3, sizes, packed, NULL, NULL, &tensors[1]));
    check_ok(ana_ntf_new(3, sizes, RANK, &start));
    for (size_t m = 0; m < 3; m++) {
        double *values = ntf_draw(sizes[m] * RANK, m);
        memcpy(start->factors[m], values, sizes[m] * RANK * sizeof *values);
        free(values);
    }
    for (size_t r = 0; r < RANK; r++) {
        start->weights[r] = 0.1;
    }
    for (size_t k = 0; k < 2; k++) {
        check_ok(ana_ntf_fit_from(tensors[k], start, NULL, &options, &fits[k]));
        check_ntf_never_falls(fits[k]);
        check_ntf_same(fits[k], fits[0], 1e-10);
    }
    const ana_ntf_axes axes = {.n_neurons = N,
                               .neurons = (const char *const *)animals[0]->neuron_names};
    ana_record *record = NULL;
    check_ok(ana_ntf_to_record(fits[0], &axes, &record));
    check_ok(ana_record_check(record));
    const ana_record *motif = ana_record_find(record, "motif_2/values");
    assert_non_null(motif);
    check_close(motif->doubles[3 * N + 1],
                fits[0]->weights[1] * fits[0]->factors[1][ana_affinity_pair(N, 1, 3) * RANK + 1],
                0.0, 1e-15);
    ana_record_free(record);
    for (size_t k = 0; k < 2; k++) {
        ana_ntf_free(fits[k]);
        ana_tensor_free(tensors[k]);
        ana_affinity_free(animals[k]);
    }
    ana_ntf_free(start);
}

static void every_method_finds_what_was_planted(void **state)
{
    (void)state;
    ana_ntf *truth = ntf_plant(1);
    double *values = ntf_expand(truth, 0.0);
    ana_tensor *tensor = ntf_dense(values);
    for (ana_ntf_method method = ANA_NTF_HALS; method <= ANA_NTF_ADMM; method++) {
        ana_ntf_options options = ana_ntf_options_default();
        ana_ntf *fit = NULL;
        double similarity = 0.0;
        options.method = method;
        options.rank = RANK;
        options.n_restarts = 6;
        options.max_iterations = 3000;
        options.tolerance = 1e-9;
        check_ok(ana_ntf_fit(tensor, &options, &fit));
        check_ok(ana_ntf_match(truth, fit, NULL, NULL, &similarity));
        assert_true(similarity > 0.999);
        assert_true(fit->relative_error < 0.01);
        assert_int_equal(fit->info.n_restarts, 6);
        check_close(fit->similarity[fit->info.best_restart], 1.0, 1e-12, 0.0);
        ana_ntf_free(fit);
    }
    ana_tensor_free(tensor);
    ana_ntf_free(truth);
    free(values);
}

static void a_third_missing_does_not_hide_the_truth(void **state)
{
    (void)state;
    ana_ntf *truth = ntf_plant(2);
    double *values = ntf_expand(truth, 0.01);
    ana_random random = ana_random_stream(1, "test.ntf.missing", 0);
    ana_ntf_options options = ana_ntf_options_default();
    ana_ntf *fit = NULL;
    double similarity = 0.0;
    for (size_t k = 0; k < (size_t)N * N * T; k++) {
        values[k] = ana_random_uniform(&random) < 0.33 ? (double)NAN : values[k];
    }
    ana_tensor *tensor = ntf_dense(values);
    options.rank = RANK;
    options.max_iterations = 1000;
    check_ok(ana_ntf_fit(tensor, &options, &fit));
    check_ntf_never_falls(fit);
    check_ok(ana_ntf_match(truth, fit, NULL, NULL, &similarity));
    assert_true(similarity > 0.95);
    ana_ntf_free(fit);
    ana_tensor_free(tensor);
    ana_ntf_free(truth);
    free(values);
}

static void penalties_do_what_they_say(void **state)
{
    (void)state;
    ana_ntf *truth = ntf_plant(3);
    double *values = ntf_expand(truth, 0.2);
    ana_tensor *tensor = ntf_dense(values);
    for (ana_ntf_method method = ANA_NTF_HALS; method <= ANA_NTF_MULTIPLICATIVE; method++) {
        ana_ntf_options options = ana_ntf_options_default();
        ana_ntf *fits[3] = {NULL};
        double roughness[3] = {0.0};
        double sums[3] = {0.0};
        options.method = method;
        options.rank = RANK;
        options.n_restarts = 3;
        for (size_t k = 0; k < 3; k++) {
            options.sparsity = k == 1 ? 0.5 : 0.0;
            options.smoothness = k == 2 ? 20.0 : 0.0;
            check_ok(ana_ntf_fit(tensor, &options, &fits[k]));
            check_ntf_never_falls(fits[k]);
            for (size_t i = 0; i < lengths[2] * RANK; i++) {
                const double *time = fits[k]->factors[2];
                roughness[k] += i >= RANK ? pow(time[i] - time[i - RANK], 2.0) : 0.0;
                sums[k] += time[i];
            }
        }
        assert_true(sums[1] < sums[0]);
        assert_true(roughness[2] < 0.9 * roughness[0]);
        for (size_t k = 0; k < 3; k++) {
            ana_ntf_free(fits[k]);
        }
    }
    ana_tensor_free(tensor);
    ana_ntf_free(truth);
    free(values);
}

static void symmetric_factors_are_the_same(void **state)
{
    (void)state;
    ana_affinity *affinity = ntf_affinity(true);
    ana_tensor *tensor = NULL;
    ana_ntf_options options = ana_ntf_options_default();
    ana_ntf *fit = NULL;
    ana_ntf *again = NULL;
    options.symmetric = true;
    options.rank = RANK;
    options.n_restarts = 3;
    check_ok(ana_tensor_affinity(affinity, &tensor));
    check_ok(ana_ntf_fit(tensor, &options, &fit));
    check_ntf_never_falls(fit);
    assert_memory_equal(fit->factors[0], fit->factors[1], sizeof(double) * N * RANK);
    assert_true(fit->info.objective > 0.2);
    check_ok(ana_ntf_fit_from(tensor, fit, NULL, &options, &again));
    check_close(again->info.trace[0], fit->info.objective, 1e-12, 0.0);
    ana_ntf_free(fit);
    ana_ntf_free(again);
    ana_tensor_free(tensor);
    ana_affinity_free(affinity);
    double *values = ntf_draw(N * N * T, 3);
    tensor = ntf_dense(values);
    check_fails(ana_ntf_fit(tensor, &options, &fit), ANA_ERR_VALUE, "not symmetric");
    ana_tensor_free(tensor);
    free(values);
}

static void fixed_modes_stay(void **state)
{
    (void)state;
    ana_ntf *truth = ntf_plant(4);
    double *values = ntf_expand(truth, 0.1);
    ana_tensor *tensor = ntf_dense(values);
    const bool fixed[] = {true, false, false};
    ana_ntf_options options = ana_ntf_options_default();
    ana_ntf *fit = NULL;
    options.tolerance = 1e-9;
    check_ok(ana_ntf_fit_from(tensor, truth, fixed, &options, &fit));
    check_all_close((size_t)N * RANK, fit->factors[0], truth->factors[0], 1e-15, 1e-14);
    check_ntf_never_falls(fit);
    ana_ntf_free(fit);
    ana_tensor_free(tensor);
    ana_ntf_free(truth);
    free(values);
}

/* Karush, Kuhn and Tucker: where the factor is positive the gradient is 0, else not negative. */
static void new_data_are_transformed_exactly(void **state)
{
    (void)state;
    ana_ntf *truth = ntf_plant(5);
    ana_ntf *other = ntf_plant(9);
    double *values = ntf_expand(other, 0.0);
    ana_ntf_free(other);
    for (size_t missing = 0; missing < 2; missing++) {
        double factor[T * RANK];
        size_t n_zero = 0;
        values[77] = missing ? (double)NAN : 0.1;
        values[79] = missing ? (double)NAN : 0.1;
        ana_tensor *tensor = ntf_dense(values);
        check_ok(ana_ntf_transform(truth, tensor, 2, NULL, factor));
        for (size_t t = 0; t < T; t++) {
            for (size_t r = 0; r < RANK; r++) {
                double gradient = 0.0;
                for (size_t k = t; k < (size_t)N * N * T; k += T) {
                    const double *u = truth->factors[0] + k / T / N * RANK;
                    const double *v = truth->factors[1] + k / T % N * RANK;
                    double model = 0.0;
                    for (size_t q = 0; q < RANK; q++) {
                        model += u[q] * v[q] * factor[t * RANK + q];
                    }
                    gradient += isnan(values[k]) ? 0.0 : (model - values[k]) * u[r] * v[r];
                }
                const double entry = factor[t * RANK + r];
                n_zero += entry > 0.0 ? 0 : 1;
                /* Filling in what is missing converges only so far. */
                const double tolerance = missing ? 1e-6 : 1e-12;
                assert_true(entry > 0.0 ? fabs(gradient) < tolerance : gradient > -tolerance);
            }
        }
        assert_true(n_zero > 0 && n_zero < (size_t)T * RANK);
        ana_tensor_free(tensor);
    }
    ana_ntf_free(truth);
    free(values);
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    ana_affinity *affinity = ntf_affinity(true);
    static double values[N * N * T];
    ana_tensor *tensors[2] = {NULL};
    const size_t threads[] = {2, 3, 7};
    check_ok(ana_affinity_materialise(affinity, NULL, false, values));
    check_ok(ana_tensor_affinity(affinity, &tensors[0]));
    tensors[1] = ntf_dense(values);
    for (size_t k = 0; k < 2; k++) {
        ana_ntf_options options = ana_ntf_options_default();
        ana_ntf *one = NULL;
        options.rank = 12;
        options.n_restarts = 8; /* enough for threads to be made */
        options.max_iterations = 10;
        options.run.n_threads = 1;
        check_ok(ana_ntf_fit(tensors[k], &options, &one));
        for (size_t q = 0; q < 3; q++) {
            ana_ntf *other = NULL;
            options.run.n_threads = threads[q];
            check_ok(ana_ntf_fit(tensors[k], &options, &other));
            for (size_t m = 0; m < 3; m++) {
                assert_memory_equal(one->factors[m], other->factors[m],
                                    lengths[m] * 12 * sizeof(double));
            }
            assert_memory_equal(one->info.restart_objective, other->info.restart_objective,
                                8 * sizeof(double));
            ana_ntf_free(other);
        }
        ana_ntf_free(one);
        ana_tensor_free(tensors[k]);
    }
    ana_affinity_free(affinity);
}

static void restarts_together_are_restarts_alone(void **state)
{
    (void)state;
    double *values = ntf_draw(N * N * T, 9);
    ana_tensor *tensor = ntf_dense(values);
    ana_ntf_options options = ana_ntf_options_default();
    ana_ntf *fits[2] = {NULL};
    options.rank = 40; /* two at a time */
    options.max_iterations = 3;
    options.tolerance = 0.0;
    options.n_restarts = 1;
    check_ok(ana_ntf_fit(tensor, &options, &fits[0]));
    options.n_restarts = 5;
    check_ok(ana_ntf_fit(tensor, &options, &fits[1]));
    check_close(fits[1]->info.restart_objective[0], fits[0]->info.restart_objective[0], 1e-12, 0.0);
    for (size_t k = 1; k < 5; k++) {
        assert_true(fabs(fits[1]->info.restart_objective[k] - fits[1]->info.restart_objective[0]) >
                    1e-9);
    }
    ana_ntf_free(fits[0]);
    ana_ntf_free(fits[1]);
    ana_tensor_free(tensor);
    free(values);
}

static void components_that_died_come_back(void **state)
{
    (void)state;
    ana_ntf *truth = ntf_plant(6);
    double *values = ntf_expand(truth, 0.0);
    ana_tensor *tensor = ntf_dense(values);
    ana_ntf *start = ntf_start(RANK);
    ana_ntf_options options = ana_ntf_options_default();
    options.max_iterations = 3000;
    for (size_t m = 0; m < 3; m++) {
        for (size_t i = 0; i < lengths[m]; i++) {
            start->factors[m][i * RANK + 1] = 0.0;
        }
    }
    double errors[2];
    for (size_t k = 0; k < 2; k++) {
        ana_ntf *fit = NULL;
        options.reseed = k == 1;
        check_ok(ana_ntf_fit_from(tensor, start, NULL, &options, &fit));
        check_ntf_never_falls(fit);
        assert_int_equal(fit->n_reseeded, k);
        errors[k] = fit->relative_error;
        ana_ntf_free(fit);
    }
    assert_true(errors[1] < 0.1 * errors[0]);
    ana_ntf_free(start);
    ana_ntf_free(truth);
    ana_tensor_free(tensor);
    free(values);
}

static void bad_requests_are_refused(void **state)
{
    (void)state;
    double *values = ntf_draw(N * N * T, 10);
    ana_tensor *tensor = ntf_dense(values);
    ana_ntf_options options = ana_ntf_options_default();
    ana_ntf *fit = NULL;
    const size_t others[] = {N, N, T + 1};
    ana_ntf *start = NULL;
    double number = 0.0;
    options.rank = 0;
    check_fails(ana_ntf_fit(tensor, &options, &fit), ANA_ERR_VALUE, "rank");
    options.rank = 2;
    options.smoothness = 1.0;
    options.method = ANA_NTF_ADMM;
    check_fails(ana_ntf_fit(tensor, &options, &fit), ANA_ERR_VALUE, "admm");
    options = ana_ntf_options_default();
    options.run.max_memory = 1000;
    check_fails(ana_ntf_fit(tensor, &options, &fit), ANA_ERR_LIMIT, "memory");
    check_ok(ana_ntf_new(3, others, 2, &start));
    check_fails(ana_ntf_fit_from(tensor, start, NULL, NULL, &fit), ANA_ERR_SHAPE, "mode 2");
    check_fails(ana_ntf_error(start, tensor, NULL, &number), ANA_ERR_SHAPE, "mode 2");
    check_fails(ana_ntf_transform(start, tensor, 1, NULL, &number), ANA_ERR_SHAPE, "mode 2");
    check_fails(ana_ntf_transform(start, tensor, 5, NULL, &number), ANA_ERR_SHAPE, "mode 5");
    ana_ntf *other = ntf_start(2);
    check_fails(ana_ntf_match(start, other, NULL, NULL, &number), ANA_ERR_SHAPE, "modes");
    ana_ntf_free(other);
    ana_ntf_free(start);
    check_ok(ana_ntf_new(2, others, 2, &start));
    check_fails(ana_ntf_fit_from(tensor, start, NULL, NULL, &fit), ANA_ERR_SHAPE, "2 modes");
    ana_ntf_free(start);
    start = NULL;
    check_fails(ana_ntf_new(3, others, 0, &start), ANA_ERR_SHAPE, "rank 0");
    check_fails(ana_ntf_new(7, others, 1, &start), ANA_ERR_SHAPE, "7 modes");
    assert_true(fit == NULL && start == NULL);
    ana_tensor_free(tensor);
    free(values);
}

static ana_status fit_all(void *user)
{
    const ana_tensor *tensor = user;
    ana_ntf_options options = ana_ntf_options_default();
    ana_ntf *fit = NULL;
    ana_ntf *again = NULL;
    ana_ntf *back = NULL;
    ana_record *record = NULL;
    double number = 0.0;
    double factor[T * RANK];
    options.rank = RANK;
    options.n_restarts = 2;
    options.max_iterations = 2;
    options.method = ANA_NTF_ADMM;
    ana_status status = ana_ntf_fit(tensor, &options, &fit);
    status = status == ANA_OK ? ana_ntf_fit_from(tensor, fit, NULL, NULL, &again) : status;
    status = status == ANA_OK ? ana_ntf_transform(fit, tensor, 2, NULL, factor) : status;
    status = status == ANA_OK ? ana_ntf_core_consistency(fit, tensor, NULL, &number) : status;
    status = status == ANA_OK ? ana_ntf_to_record(fit, NULL, &record) : status;
    status = status == ANA_OK ? ana_ntf_from_record(record, &back) : status;
    ana_record_free(record);
    ana_ntf_free(back);
    ana_ntf_free(again);
    ana_ntf_free(fit);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    ana_affinity *affinity = ntf_affinity(false);
    ana_tensor *tensor = NULL;
    check_ok(ana_tensor_affinity(affinity, &tensor));
    assert_true(check_each_allocation(fit_all, tensor, 0) > 50);
    ana_tensor_free(tensor);
    ana_affinity_free(affinity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(implicit_packed_and_whole_tensors_give_one_fit),
        cmocka_unit_test(animals_give_the_fit_of_their_array),
        cmocka_unit_test(every_method_finds_what_was_planted),
        cmocka_unit_test(a_third_missing_does_not_hide_the_truth),
        cmocka_unit_test(penalties_do_what_they_say),
        cmocka_unit_test(symmetric_factors_are_the_same),
        cmocka_unit_test(fixed_modes_stay),
        cmocka_unit_test(new_data_are_transformed_exactly),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(restarts_together_are_restarts_alone),
        cmocka_unit_test(components_that_died_come_back),
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("ntf", tests, NULL, NULL);
}
