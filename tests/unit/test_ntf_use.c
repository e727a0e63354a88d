/* What is done with factors once they are found: matched, ordered, judged, saved. */
#include "support/check.h"
#include "support/ntf_world.h"

#include <analysis/assignment.h>
#include <analysis/models/ntf.h>

#include <math.h>
#include <stdlib.h>

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
        cmocka_unit_test(records_come_back),
    };
    return cmocka_run_group_tests_name("ntf use", tests, NULL, NULL);
}
