/* What models explain together and alone: by correlations, by sets, and where pairs are missing. */
#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/rsa_partition.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>

enum {
    N = 9,
    PAIRS = N * (N - 1) / 2
};

static ana_rdms *draw(size_t n_rdms, uint64_t seed)
{
    ana_random random = ana_random_stream(seed, "test.rsa_partition", 0);
    ana_rdms *rdms = NULL;
    check_ok(ana_rdms_new(n_rdms, N, &rdms));
    for (size_t e = 0; e < n_rdms * PAIRS; e++) {
        rdms->values[e] = 4.0 + ana_random_normal(&random);
    }
    return rdms;
}

/* Subjects that hold the models with these weights, and noise. */
static ana_rdms *mix(const ana_rdms *models, size_t n_subjects, const double *weights,
                     uint64_t seed)
{
    ana_rdms *data = draw(n_subjects, seed);
    for (size_t e = 0; e < n_subjects * PAIRS; e++) {
        for (size_t m = 0; m < models->n_rdms; m++) {
            data->values[e] += weights[m] * models->values[m * PAIRS + e % PAIRS];
        }
    }
    return data;
}

static void two_models_by_their_correlations(void **state)
{
    (void)state;
    const double by[] = {2.0, -1.0};
    ana_rdms *models = draw(2, 1);
    ana_rdms *data = mix(models, 3, by, 2);
    ana_rsa_partition *partition = NULL;
    check_ok(ana_rsa_partition_compute(data, models, NULL, &partition));
    assert_int_equal(partition->n_sets, 3);
    const double ab = ana_stats_pearson(PAIRS, models->values, models->values + PAIRS);
    for (size_t s = 0; s < 3; s++) {
        const double *y = data->values + s * PAIRS;
        const double ya = ana_stats_pearson(PAIRS, y, models->values);
        const double yb = ana_stats_pearson(PAIRS, y, models->values + PAIRS);
        const double r2 = (ya * ya + yb * yb - 2.0 * ya * yb * ab) / (1.0 - ab * ab);
        check_close(partition->r2[s], r2, 1e-12, 0.0);
        check_close(partition->partial[s], (ya - yb * ab) / sqrt((1.0 - yb * yb) * (1.0 - ab * ab)),
                    1e-12, 0.0);
        check_close(partition->unique[s], r2 - yb * yb, 1e-12, 0.0);
        check_close(partition->unique[3 + s], r2 - ya * ya, 1e-12, 0.0);
        check_close(partition->shares[s], r2 - yb * yb, 1e-12, 0.0);
        check_close(partition->shares[3 + s], r2 - ya * ya, 1e-12, 0.0);
        check_close(partition->shares[6 + s], ya * ya + yb * yb - r2, 1e-12, 0.0);
        check_close(partition->set_r2[s], ya * ya, 1e-12, 0.0);
    }
    ana_rsa_partition_free(partition);
    ana_rdms_free(data);
    ana_rdms_free(models);
}

static void shares_of_four_models_sum_to_what_they_explain(void **state)
{
    (void)state;
    const double by[] = {1.0, 0.0, -1.0, 0.5};
    ana_rdms *models = draw(4, 3);
    ana_rdms *data = mix(models, 5, by, 4);
    ana_rsa_partition *partition = NULL;
    models->values[2 * PAIRS + 7] = (double)NAN; /* of the third alone */
    check_ok(ana_rsa_partition_compute(data, models, NULL, &partition));
    assert_int_equal(partition->n_sets, 15);
    for (size_t s = 0; s < 5; s++) {
        double sum = 0.0;
        for (size_t set = 0; set < 15; set++) {
            sum += partition->shares[set * 5 + s];
        }
        check_close(sum, partition->r2[s], 1e-12, 0.0);
        check_close(partition->set_r2[14 * 5 + s], partition->r2[s], 1e-13, 0.0);
        for (size_t m = 0; m < 4; m++) {
            const size_t alone = ((size_t)1 << m) - 1;
            check_close(partition->shares[alone * 5 + s], partition->unique[m * 5 + s], 1e-12, 0.0);
        }
    }
    assert_true(partition->p_partial[0] < 0.01 && partition->p_partial[2] < 0.01);
    assert_true(partition->p_partial[1] > 0.05);
    ana_rsa_partition_free(partition);
    ana_rdms_free(data);
    ana_rdms_free(models);
}

static void more_models_have_no_sets_and_one_subject_no_p(void **state)
{
    (void)state;
    ana_rdms *models = draw(5, 5);
    ana_rdms *data = draw(1, 6);
    ana_rsa_partition *partition = NULL;
    ana_record *record = NULL;
    check_ok(ana_rsa_partition_compute(data, models, NULL, &partition));
    assert_int_equal(partition->n_sets, 0);
    assert_true(isnan(partition->p_partial[0]) && isfinite(partition->partial[4]));
    check_ok(ana_rsa_partition_to_record(partition, &record));
    ana_record_free(record);
    ana_rsa_partition_free(partition);
    ana_rdms_free(data);
    ana_rdms_free(models);
}

static void a_subject_that_does_not_vary_is_not_explained(void **state)
{
    (void)state;
    ana_rdms *models = draw(2, 7);
    ana_rdms *data = draw(2, 8);
    ana_rsa_partition *partition = NULL;
    for (size_t k = 0; k < PAIRS; k++) {
        data->values[PAIRS + k] = 1.0;
    }
    check_ok(ana_rsa_partition_compute(data, models, NULL, &partition));
    assert_true(isfinite(partition->r2[0]) && isnan(partition->r2[1]));
    assert_true(isnan(partition->weights[1]) && isnan(partition->shares[1]));
    assert_true(isnan(partition->p_partial[0]));
    ana_rsa_partition_free(partition);
    models->n_rdms = 0;
    check_fails(ana_rsa_partition_compute(data, models, NULL, &partition), ANA_ERR_VALUE,
                "0 models and 2 subjects");
    models->n_rdms = 2;
    ana_rdms_free(data);
    ana_rdms_free(models);
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    ana_rdms *models = draw(2, 9);
    ana_rdms *data = draw(2, 10);
    ana_rsa_partition *partition = NULL;
    ana_record *record = NULL;
    ALLOCATION_TEST(ana_rsa_partition_compute, (data, models, NULL, &partition),
                    ana_rsa_partition_free(partition));
    check_ok(ana_rsa_partition_compute(data, models, NULL, &partition));
    ALLOCATION_TEST(ana_rsa_partition_to_record, (partition, &record), ana_record_free(record));
    ana_rsa_partition_free(partition);
    ana_rdms_free(data);
    ana_rdms_free(models);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_models_by_their_correlations),
        cmocka_unit_test(shares_of_four_models_sum_to_what_they_explain),
        cmocka_unit_test(more_models_have_no_sets_and_one_subject_no_p),
        cmocka_unit_test(a_subject_that_does_not_vary_is_not_explained),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("rsa partition", tests, NULL, NULL);
}
