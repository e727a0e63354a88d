/* What is done with factors once they are found: matched, ordered, judged, saved. */
#include "support/check.h"
#include "support/ntf_world.h"

#include <analysis/assignment.h>
#include <analysis/models/ntf.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void components_are_matched_and_ordered(void **state)
{
    (void)state;
    ana_ntf *a = ntf_plant(7);
    ana_ntf *b = ntf_plant(7);
    size_t order[RANK];
    double congruence[RANK];
    double similarity = 0.0;
    check_ok(ana_ntf_normalise(b, ANA_NTF_BY_TIME));
    double last = 0.0;
    for (size_t r = 0; r < RANK; r++) {
        double moment = 0.0;
        double sum = 0.0;
        for (size_t t = 0; t < T; t++) {
            moment += (double)t * b->factors[2][t * RANK + r];
            sum += b->factors[2][t * RANK + r];
        }
        assert_true(moment / sum >= last);
        last = moment / sum;
    }
    for (size_t k = 0; k < (size_t)N * RANK; k++) {
        b->factors[1][k] *= 7.0; /* scale does not matter */
    }
    check_ok(ana_ntf_match(a, b, order, congruence, &similarity));
    check_close(similarity, 1.0, 1e-12, 0.0);
    for (size_t r = 0; r < RANK; r++) {
        check_close(congruence[r], 1.0, 1e-12, 0.0);
        check_close(b->weights[order[r]], a->weights[r], 0.0, 1e-12);
    }
    ana_ntf_free(b);
    check_ok(ana_ntf_new(3, lengths, 1, &b));
    for (size_t m = 0; m < 3; m++) {
        for (size_t i = 0; i < lengths[m]; i++) {
            b->factors[m][i] = a->factors[m][i * RANK + 2];
        }
    }
    check_ok(ana_ntf_match(a, b, order, congruence, &similarity));
    check_close(similarity, 1.0 / RANK, 1e-12, 0.0);
    assert_int_equal(order[2], 0);
    assert_true(order[0] == ANA_UNASSIGNED && congruence[0] == 0.0);
    ana_ntf_free(a);
    ana_ntf_free(b);
}

static void core_consistency_tells_too_many_components(void **state)
{
    (void)state;
    ana_ntf *truth = ntf_plant(8);
    double *values = ntf_expand(truth, 0.02);
    ana_tensor *tensor = ntf_dense(values);
    ana_ntf_options options = ana_ntf_options_default();
    ana_ntf *fit = NULL;
    double consistency = 0.0;
    check_ok(ana_ntf_core_consistency(truth, tensor, NULL, &consistency));
    assert_true(consistency > 98.0 && consistency <= 100.0);
    options.rank = RANK + 3;
    check_ok(ana_ntf_fit(tensor, &options, &fit));
    check_ok(ana_ntf_core_consistency(fit, tensor, NULL, &consistency));
    assert_true(consistency < 50.0);
    ana_ntf_free(fit);
    ana_tensor_free(tensor);
    values[5] = (double)NAN;
    tensor = ntf_dense(values);
    check_fails(ana_ntf_core_consistency(truth, tensor, NULL, &consistency), ANA_ERR_UNSUPPORTED,
                "missing");
    ana_tensor_free(tensor);
    ana_ntf_free(truth);
    free(values);
}

/* Six animals of 20 neurons in three groups, each with its own times, and with its own share in
 * each animal; with `missing`, every other animal lacks six neurons, other ones each. */
static ana_tensor *plant_animals(bool missing)
{
    enum {
        ANIMALS = 6,
        NEURONS = 20,
        TIMES = 120
    };
    ana_affinity *animals[ANIMALS] = {NULL};
    ana_tensor *tensor = NULL;
    ana_random random = ana_random_stream(3, "test.ntf.animals", 0);
    for (size_t w = 0; w < ANIMALS; w++) {
        ana_observations *observations = NULL;
        ana_affinity_options options = ana_affinity_options_default();
        check_ok(ana_observations_new(TIMES, NEURONS, &observations));
        observations->bin_s = 0.5;
        for (size_t k = 0; k < (size_t)TIMES * NEURONS; k++) {
            const size_t i = k % NEURONS;
            const double t = (double)(k / NEURONS);
            const bool lacks = missing && w % 2 == 1 && (i + 3 * w) % NEURONS < 6;
            const double value = sin(0.19 * t * (1.0 + 0.37 * (double)(i % 3)) + (double)(i % 3)) +
                                 0.05 * ana_random_normal(&random);
            observations->values[k] = lacks ? (double)NAN : value;
        }
        options.sigma_s = 0.8;
        options.kernel = ANA_AFFINITY_PROD;
        check_ok(ana_affinity_new(observations, &options, &animals[w]));
        for (size_t k = 0; k < (size_t)TIMES * NEURONS; k++) {
            const double share = 0.3 + (double)((w + 2 * (k % NEURONS % 3)) % 5) / 5.0;
            animals[w]->rising[k] *= share;
            animals[w]->falling[k] *= share;
        }
        ana_observations_free(observations);
    }
    check_ok(ana_tensor_animals(ANIMALS, (const ana_affinity *const *)animals, NULL, &tensor));
    for (size_t w = 0; w < ANIMALS; w++) {
        ana_affinity_free(animals[w]);
    }
    return tensor;
}

static void a_third_of_the_neurons_missing_in_half_the_animals_changes_little(void **state)
{
    (void)state;
    ana_tensor *tensors[] = {plant_animals(false), plant_animals(true)};
    const ana_ntf_method methods[] = {ANA_NTF_HALS, ANA_NTF_TOGETHER};
    assert_true(ana_tensor_square(tensors[1]) < 0.85 * ana_tensor_square(tensors[0]));
    for (size_t k = 0; k < 2; k++) {
        ana_ntf_options options = ana_ntf_options_default();
        ana_ntf *fits[2] = {NULL};
        double congruence[3];
        options.method = methods[k];
        options.rank = 3;
        options.n_restarts = 2;
        options.max_iterations = 100;
        for (size_t q = 0; q < 2; q++) {
            check_ok(ana_ntf_fit(tensors[q], &options, &fits[q]));
        }
        check_ok(ana_ntf_match(fits[0], fits[1], NULL, congruence, NULL));
        for (size_t r = 0; r < 3; r++) {
            assert_true(congruence[r] > 0.95);
        }
        ana_ntf_free(fits[0]);
        ana_ntf_free(fits[1]);
    }
    ana_tensor_free(tensors[0]);
    ana_tensor_free(tensors[1]);
}

static void a_record_says_what_was_minimised(void **state)
{
    (void)state;
    static const struct {
        ana_ntf_loss loss;
        ana_ntf_method method; /* what auto is */
        double beta;
        const char *caption;
    } cases[] = {
        {ANA_NTF_FROBENIUS, ANA_NTF_HALS, 2.0, "Share of the tensor's squares"},
        {ANA_NTF_KL, ANA_NTF_MULTIPLICATIVE, 1.0, "Share of the divergence"},
        {ANA_NTF_BETA, ANA_NTF_MULTIPLICATIVE, 1.5, "Share of the divergence"},
    };
    ana_affinity *affinity = ntf_affinity(false);
    ana_tensor *tensor = NULL;
    check_ok(ana_tensor_affinity(affinity, &tensor));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ana_ntf_options options = ana_ntf_options_default();
        ana_ntf *fit = NULL;
        ana_ntf *back = NULL;
        ana_record *record = NULL;
        const char *caption = NULL;
        options.loss = cases[i].loss;
        options.beta = 1.5;
        options.rank = 2;
        options.max_iterations = 2;
        options.n_restarts = 1;
        check_ok(ana_ntf_fit(tensor, &options, &fit));
        check_ok(ana_ntf_to_record(fit, NULL, &record));
        check_ok(ana_ntf_from_record(record, &back));
        assert_int_equal(back->loss, cases[i].loss);
        assert_int_equal(back->method, cases[i].method);
        assert_true(back->beta == cases[i].beta);
        check_ok(ana_record_get_text(record, "fit/objective_trace/caption", &caption));
        assert_non_null(strstr(caption, cases[i].caption));
        ana_ntf_free(back);
        ana_ntf_free(fit);
        ana_record_free(record);
    }
    ana_tensor_free(tensor);
    ana_affinity_free(affinity);
}

static void records_come_back(void **state)
{
    (void)state;
    ana_affinity *affinity = ntf_affinity(false);
    ana_tensor *tensor = NULL;
    ana_ntf_options options = ana_ntf_options_default();
    ana_ntf *fit = NULL;
    ana_ntf *back = NULL;
    ana_record *records[2] = {NULL};
    char where[128];
    const ana_ntf_axes axes = {.names = {"neuron", "neuron", "time"},
                               .labels = {(const char *const *)affinity->neuron_names,
                                          (const char *const *)affinity->neuron_names},
                               .dt_s = 0.5};
    options.max_iterations = 5;
    options.n_restarts = 2;
    check_ok(ana_tensor_affinity(affinity, &tensor));
    check_ok(ana_ntf_fit(tensor, &options, &fit));
    check_ok(ana_ntf_to_record(fit, &axes, &records[0]));
    check_ok(ana_record_check(records[0]));
    check_ok(ana_ntf_from_record(records[0], &back));
    check_ok(ana_ntf_to_record(back, &axes, &records[1]));
    assert_true(ana_record_equal(records[0], records[1], where, sizeof where));
    ana_record_free(records[1]);
    check_ok(ana_ntf_to_record(back, NULL, &records[1]));
    check_ok(ana_record_check(records[1]));
    ana_ntf_free(back);
    back = NULL;
    check_fails(ana_ntf_from_record(ana_record_find(records[0], "mode_0"), &back), ANA_ERR_FORMAT,
                "schema");
    assert_null(back);
    ana_record_free(records[0]);
    ana_record_free(records[1]);
    ana_ntf_free(fit);
    ana_tensor_free(tensor);
    ana_affinity_free(affinity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(components_are_matched_and_ordered),
        cmocka_unit_test(core_consistency_tells_too_many_components),
        cmocka_unit_test(a_third_of_the_neurons_missing_in_half_the_animals_changes_little),
        cmocka_unit_test(records_come_back),
        cmocka_unit_test(a_record_says_what_was_minimised),
    };
    return cmocka_run_group_tests_name("ntf use", tests, NULL, NULL);
}
