#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/ntf_rank.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>

enum {
    N = 12,
    T = 40,
    RANK = 3
};

/* Traces of groups of neurons that share their ups and downs; rank 3 in rising alone. */
static ana_affinity *make_affinity(void)
{
    ana_random random = ana_random_stream(2, "test.ntf_rank", 0);
    ana_observations *observations = NULL;
    ana_affinity_options options = ana_affinity_options_default();
    ana_affinity *affinity = NULL;
    check_ok(ana_observations_new(T, N, &observations));
    observations->bin_s = 0.5;
    for (size_t t = 0; t < T; t++) {
        for (size_t i = 0; i < N; i++) {
            const double phase = (double)(i % 3);
            observations->values[t * N + i] =
                sin(0.35 * (double)t * (1.0 + 0.4 * phase)) + 0.02 * ana_random_normal(&random);
        }
    }
    options.sigma_s = 0.6;
    options.kernel = ANA_AFFINITY_PROD;
    check_ok(ana_affinity_new(observations, &options, &affinity));
    ana_observations_free(observations);
    return affinity;
}

/* Three planted components and noise. */
static ana_tensor *plant(double *values)
{
    const size_t lengths[] = {N, N, T};
    ana_random random = ana_random_stream(3, "test.ntf_rank.plant", 0);
    double factors[3][T * RANK];
    ana_tensor *tensor = NULL;
    for (size_t m = 0; m < 3; m++) {
        for (size_t k = 0; k < lengths[m] * RANK; k++) {
            factors[m][k] = fmax(0.0, ana_random_normal(&random));
        }
    }
    for (size_t k = 0; k < (size_t)N * N * T; k++) {
        values[k] = 0.3 * ana_random_uniform(&random);
        for (size_t r = 0; r < RANK; r++) {
            values[k] += factors[0][k / T / N * RANK + r] * factors[1][k / T % N * RANK + r] *
                         factors[2][k % T * RANK + r];
        }
    }
    check_ok(ana_tensor_dense(3, lengths, values, NULL, NULL, &tensor));
    return tensor;
}

static void the_planted_rank_is_chosen(void **state)
{
    (void)state;
    static double values[N * N * T];
    ana_tensor *tensor = plant(values);
    ana_ntf_options fit = ana_ntf_options_default();
    ana_ntf_rank_options options = ana_ntf_rank_options_default();
    ana_ntf_ranks *ranks = NULL;
    ana_record *record = NULL;
    fit.n_restarts = 4;
    fit.max_iterations = 150;
    options.max_rank = 6;
    options.n_folds = 3;
    check_ok(ana_ntf_choose_rank(tensor, &fit, &options, &ranks));
    /* Uniform noise has a mean, which is a component of its own. */
    assert_true(ranks->chosen == RANK || ranks->chosen == RANK + 1);
    assert_true(ranks->best >= ranks->chosen);
    for (size_t k = 1; k < ranks->n_ranks; k++) {
        assert_true(ranks->error[k] < ranks->error[k - 1] + 1e-3);
        assert_true(ranks->standard_error[k] > 0.0);
    }
    for (size_t k = 0; k + 1 < RANK; k++) { /* too few predict worse */
        assert_true(ranks->mean[k] > 1.2 * ranks->mean[RANK - 1]);
    }
    assert_true(ranks->similarity[RANK - 1] > 0.9);
    assert_true(ranks->consistency[RANK - 1] > 90.0);
    assert_true(ranks->consistency[5] < 50.0);
    /* Too many components differ more from start to start and from fold to fold. */
    assert_true(ranks->stability[RANK - 1] > 0.95);
    assert_true(ranks->stability_spread[RANK - 1] < ranks->stability_spread[5]);
    assert_true(ranks->stability[5] < ranks->stability[RANK - 1]);
    assert_true(ranks->error_spread[RANK - 1] < 0.01);
    assert_true(ranks->similarity_spread[5] > 0.01);
    assert_true(ranks->consistency_spread[5] > ranks->consistency_spread[0]);
    check_ok(ana_ntf_ranks_to_record(ranks, &record));
    check_ok(ana_record_check(record));
    assert_non_null(ana_record_find(record, "stability/low"));
    ana_record_free(record);
    ana_ntf_ranks_free(ranks);
    ana_tensor_free(tensor);
}

static void affinities_are_held_out_by_neuron(void **state)
{
    (void)state;
    ana_affinity *affinity = make_affinity();
    ana_tensor *tensor = NULL;
    ana_ntf_options fit = ana_ntf_options_default();
    ana_ntf_rank_options options = ana_ntf_rank_options_default();
    ana_ntf_ranks *ranks = NULL;
    fit.n_restarts = 3;
    fit.max_iterations = 60;
    options.max_rank = 4;
    options.n_folds = 4;
    options.block = 15;
    check_ok(ana_tensor_affinity(affinity, &tensor));
    check_ok(ana_ntf_choose_rank(tensor, &fit, &options, &ranks));
    /* What is held out is predicted: three groups, each with its own times. */
    assert_true(ranks->mean[2] < 0.5);
    assert_true(ranks->mean[0] > 1.3 * ranks->mean[2]);
    assert_true(ranks->chosen >= 3);
    ana_ntf_ranks_free(ranks);
    ana_tensor_free(tensor);
    ana_affinity_free(affinity);
}

/* Three animals that share the groups and their times; one lacks a neuron. By the definition, too:
 * the error of what a fold holds out is that of the other folds' fit. */
static void the_rank_of_several_animals_is_chosen(void **state)
{
    (void)state;
    ana_affinity *animals[] = {make_affinity(), make_affinity(), make_affinity()};
    ana_tensor *tensor = NULL;
    ana_ntf_options fit = ana_ntf_options_default();
    ana_ntf_rank_options options = ana_ntf_rank_options_default();
    ana_ntf_ranks *ranks = NULL;
    for (size_t k = 0; k < (size_t)N * T; k++) {
        animals[1]->rising[k] *= 0.7;
        animals[2]->falling[k] *= 0.4;
    }
    check_ok(ana_tensor_animals(3, (const ana_affinity *const *)animals, NULL, &tensor));
    fit.n_restarts = 3;
    fit.max_iterations = 40;
    options.max_rank = 4;
    options.n_folds = 3;
    options.block = 8;
    check_ok(ana_ntf_choose_rank(tensor, &fit, &options, &ranks));
    assert_true(ranks->mean[0] > 1.2 * ranks->mean[2]);
    assert_true(ranks->chosen >= 3);
    for (size_t k = 0; k < 4; k++) {
        assert_true(ranks->standard_error[k] > 0.0 && ranks->stability[k] > 0.3);
    }
    ana_ntf *ntf = NULL;
    ana_tensor *part = NULL;
    double whole = 0.0;
    double seen = 0.0;
    const ana_tensor_fold fold = {.fold = 1, .n_folds = 3, .block = 8};
    check_ok(ana_tensor_hold_out(tensor, &fold, NULL, &part));
    fit.rank = 2;
    check_ok(ana_ntf_fit(part, &fit, &ntf));
    check_ok(ana_ntf_error(ntf, tensor, NULL, &whole));
    check_ok(ana_ntf_error(ntf, part, NULL, &seen));
    const double squares[] = {ana_tensor_square(tensor), ana_tensor_square(part)};
    check_close(ranks->held_out[1 * 3 + 1],
                (whole * whole * squares[0] - seen * seen * squares[1]) / (squares[0] - squares[1]),
                1e-12, 1e-12);
    ana_ntf_free(ntf);
    ana_tensor_free(part);
    ana_ntf_ranks_free(ranks);
    ana_tensor_free(tensor);
    for (size_t k = 0; k < 3; k++) {
        ana_affinity_free(animals[k]);
    }
}

static void bad_requests_are_refused(void **state)
{
    (void)state;
    static double values[N * N * T];
    ana_tensor *tensor = plant(values);
    ana_ntf_rank_options options = ana_ntf_rank_options_default();
    ana_ntf_ranks *ranks = NULL;
    options.min_rank = 5;
    options.max_rank = 4;
    check_fails(ana_ntf_choose_rank(tensor, NULL, &options, &ranks), ANA_ERR_VALUE, "5 to 4");
    options.max_rank = 0;
    check_fails(ana_ntf_choose_rank(tensor, NULL, &options, &ranks), ANA_ERR_VALUE, "max-rank");
    assert_null(ranks);
    ana_tensor_free(tensor);
}

static ana_status choose_and_tell(void *user)
{
    ana_ntf_options fit = ana_ntf_options_default();
    ana_ntf_rank_options options = ana_ntf_rank_options_default();
    ana_ntf_ranks *ranks = NULL;
    ana_record *record = NULL;
    fit.n_restarts = 1;
    fit.max_iterations = 1;
    options.max_rank = 1;
    options.n_folds = 2;
    ana_status status = ana_ntf_choose_rank(user, &fit, &options, &ranks);
    status = status == ANA_OK ? ana_ntf_ranks_to_record(ranks, &record) : status;
    ana_record_free(record);
    ana_ntf_ranks_free(ranks);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    ana_affinity *affinity = make_affinity();
    ana_tensor *tensor = NULL;
    check_ok(ana_tensor_affinity(affinity, &tensor));
    assert_true(check_each_allocation(choose_and_tell, tensor, 0) > 30);
    ana_tensor_free(tensor);
    ana_affinity_free(affinity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_planted_rank_is_chosen),
        cmocka_unit_test(affinities_are_held_out_by_neuron),
        cmocka_unit_test(the_rank_of_several_animals_is_chosen),
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("ntf_rank", tests, NULL, NULL);
}
