#include "hmm_counts.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/rising.h"

#include <analysis/models/hmm.h>
#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    K = 3,
    N = 5
};

static const double true_rates[K * N] = {0.3, 2.1, 0.7, 1.4, 0.05, 2.6, 0.2, 1.1,
                                         0.4, 0.9, 0.8, 0.9, 3.3,  0.1, 1.7};
static const double true_transition[K * K] = {0.95, 0.03, 0.02, 0.04, 0.93, 0.03, 0.05, 0.05, 0.9};

static ana_hmm *truth(void)
{
    ana_hmm *hmm = NULL;
    check_ok(ana_hmm_new(K, N, &hmm));
    memcpy(hmm->rates, true_rates, sizeof true_rates);
    memcpy(hmm->transition, true_transition, sizeof true_transition);
    for (size_t k = 0; k < K; k++) {
        hmm->initial[k] = 1.0 / K;
    }
    hmm->bin_s = 0.05;
    return hmm;
}

static ana_observations *draw(size_t n_rows, uint64_t seed)
{
    ana_hmm *hmm = truth();
    ana_observations *counts = NULL;
    const size_t lengths[3] = {n_rows / 2, n_rows / 3, n_rows - n_rows / 2 - n_rows / 3};
    check_ok(ana_hmm_simulate(hmm, 3, lengths, seed, &counts));
    ana_hmm_free(hmm);
    return counts;
}

static ana_hmm_options quick(void)
{
    ana_hmm_options options = ana_hmm_options_default();
    options.n_restarts = 4;
    options.max_iterations = 60;
    options.run.seed = 5;
    return options;
}

static void emissions_are_sums_of_poisson_log_probabilities(void **state)
{
    (void)state;
    ana_hmm *hmm = truth();
    ana_observations *counts = draw(50, 2);
    double *rows = calloc(50 * K, sizeof *rows);
    counts->values[7 * N + 2] = (double)NAN;
    hmm->rates[1 * N + 4] = 0.0;
    check_ok(ana_hmm_log_emission(hmm, counts, rows));
    for (size_t t = 0; t < 50; t++) {
        for (size_t k = 0; k < K; k++) {
            double wanted = 0.0;
            for (size_t f = 0; f < N; f++) {
                double y = counts->values[t * N + f];
                double rate = hmm->rates[k * N + f];
                if (!isnan(y)) {
                    wanted += (y > 0.0 ? y * log(rate) : 0.0) - rate - lgamma(y + 1.0);
                }
            }
            check_close(rows[t * K + k], wanted, 1e-12, 1e-13);
        }
    }
    free(rows);
    ana_observations_free(counts);
    ana_hmm_free(hmm);
}

static void a_row_that_is_all_missing_says_nothing(void **state)
{
    (void)state;
    ana_hmm *hmm = truth();
    ana_observations *counts = draw(20, 3);
    double rows[20 * K];
    for (size_t f = 0; f < N; f++) {
        counts->values[4 * N + f] = (double)NAN;
    }
    check_ok(ana_hmm_log_emission(hmm, counts, rows));
    for (size_t k = 0; k < K; k++) {
        assert_true(rows[4 * K + k] == 0.0);
    }
    ana_observations_free(counts);
    ana_hmm_free(hmm);
}

static void the_objective_never_falls(void **state)
{
    (void)state;
    ana_observations *counts = draw(900, 4);
    for (uint64_t seed = 0; seed < 6; seed++) {
        ana_hmm_options options = quick();
        ana_hmm *hmm = NULL;
        options.run.seed = seed;
        options.concentration = seed % 2 == 0 ? 1.0 : 1.5;
        options.stickiness = seed % 3 == 0 ? 20.0 : 0.0;
        options.rate_shape = seed > 3 ? 1.4 : 1.0;
        options.rate_bins = seed > 3 ? 2.0 : 0.0;
        check_ok(ana_hmm_fit(counts, &options, &hmm));
        check_rises(&hmm->info);
        for (size_t i = 1; i < hmm->info.n_trace; i++) {
            double before = hmm->info.trace[i - 1];
            assert_true(hmm->info.trace[i] >= before - 1e-10 * fabs(before));
        }
        for (size_t r = 0; r < hmm->info.n_restarts; r++) {
            assert_true(hmm->info.restart_objective[r] <= hmm->info.objective);
        }
        ana_hmm_free(hmm);
    }
    ana_observations_free(counts);
}

static void states_come_by_falling_occupancy(void **state)
{
    (void)state;
    ana_observations *counts = draw(1500, 6);
    ana_hmm_options options = quick();
    ana_hmm *hmm = NULL;
    ana_hmm_decoding *decoding = NULL;
    check_ok(ana_hmm_fit(counts, &options, &hmm));
    check_rises(&hmm->info);
    check_ok(ana_hmm_decode(hmm, counts, NULL, &decoding));
    for (size_t k = 1; k < K; k++) {
        assert_true(decoding->occupancy[k] <= decoding->occupancy[k - 1] + 1e-6);
    }
    ana_hmm_decoding_free(decoding);
    ana_hmm_free(hmm);
    ana_observations_free(counts);
}

static void one_state_has_the_mean_rates(void **state)
{
    (void)state;
    ana_observations *counts = draw(400, 8);
    ana_hmm_options options = quick();
    ana_hmm *hmm = NULL;
    options.n_states = 1;
    counts->values[3] = (double)NAN;
    check_ok(ana_hmm_fit(counts, &options, &hmm));
    check_rises(&hmm->info);
    for (size_t f = 0; f < N; f++) {
        double sum = 0.0;
        double n = 0.0;
        for (size_t t = 0; t < counts->n_times; t++) {
            double y = counts->values[t * N + f];
            sum += isnan(y) ? 0.0 : y;
            n += isnan(y) ? 0.0 : 1.0;
        }
        check_close(hmm->rates[f], sum / n, 0.0, 1e-12);
    }
    assert_true(hmm->info.converged);
    ana_hmm_free(hmm);
    ana_observations_free(counts);
}

static void nothing_is_carried_across_sequences(void **state)
{
    (void)state;
    ana_hmm *hmm = truth();
    ana_observations *counts = draw(300, 9);
    double whole = 0.0;
    double sum = 0.0;
    check_ok(ana_hmm_score(hmm, counts, &whole));
    for (size_t s = 0; s < counts->n_sequences; s++) {
        size_t first = counts->sequence_start[s];
        size_t n = counts->sequence_start[s + 1] - first;
        ana_observations *part = NULL;
        double score = 0.0;
        check_ok(ana_observations_new(n, N, &part));
        memcpy(part->values, counts->values + first * N, n * N * sizeof(double));
        check_ok(ana_hmm_score(hmm, part, &score));
        sum += score;
        ana_observations_free(part);
    }
    assert_true(whole == sum);
    ana_observations_free(counts);
    ana_hmm_free(hmm);
}

static void the_same_seed_gives_the_same_bits_for_any_threads(void **state)
{
    (void)state;
    const size_t threads[] = {1, 2, 3, 7};
    ana_observations *counts = draw(600, 10);
    ana_hmm *first = NULL;
    for (size_t i = 0; i < 4; i++) {
        ana_hmm_options options = quick();
        ana_hmm *hmm = NULL;
        options.run.n_threads = threads[i];
        options.n_restarts = 7;
        check_ok(ana_hmm_fit(counts, &options, &hmm));
        check_rises(&hmm->info);
        if (first == NULL) {
            first = hmm;
            continue;
        }
        assert_memory_equal(hmm->rates, first->rates, K * N * sizeof(double));
        assert_memory_equal(hmm->transition, first->transition, K * K * sizeof(double));
        assert_memory_equal(hmm->info.restart_objective, first->info.restart_objective,
                            7 * sizeof(double));
        ana_hmm_free(hmm);
    }
    ana_hmm_free(first);
    ana_observations_free(counts);
}

static void units_are_matched_by_id(void **state)
{
    (void)state;
    ana_hmm *hmm = truth();
    ana_observations *counts = draw(100, 12);
    ana_observations *turned = NULL;
    double score = 0.0;
    double again = 0.0;
    check_ok(ana_observations_new(100, N, &turned));
    ana_column *ids = &turned->features->columns[0];
    assert_string_equal(ids->name, "id");
    for (size_t f = 0; f < N; f++) {
        if (ids->type == ANA_COLUMN_INT) {
            ids->ints[f] = (int64_t)(N - 1 - f);
        } else {
            char name[2] = {(char)('0' + (N - 1 - f)), '\0'};
            check_ok(ana_column_set_text(ids, f, name));
        }
        for (size_t t = 0; t < 100; t++) {
            turned->values[t * N + f] = counts->values[t * N + (N - 1 - f)];
        }
    }
    const size_t lengths[3] = {50, 33, 17};
    check_ok(ana_observations_set_sequences(turned, 3, lengths, NULL));
    check_ok(ana_hmm_score(hmm, counts, &score));
    check_ok(ana_hmm_score(hmm, turned, &again));
    check_close(again, score, 0.0, 1e-14);
    free(hmm->feature_names[2]);
    hmm->feature_names[2] = strdup("17");
    check_fails(ana_hmm_score(hmm, counts, &score), ANA_ERR_SHAPE, "no unit 17");
    ana_observations_free(turned);
    ana_observations_free(counts);
    ana_hmm_free(hmm);
}

static void decoding_counts_visits_and_dwell_times(void **state)
{
    (void)state;
    ana_hmm *hmm = truth();
    ana_observations *counts = draw(600, 13);
    ana_hmm_decoding *decoding = NULL;
    check_ok(ana_hmm_decode(hmm, counts, NULL, &decoding));
    double rows = 0.0;
    double occupancy = 0.0;
    for (size_t k = 0; k < K; k++) {
        rows += decoding->n_visits[k] > 0 ? decoding->mean_dwell[k] * (double)decoding->n_visits[k]
                                          : 0.0;
        occupancy += decoding->occupancy[k];
    }
    check_close(rows, 600.0, 1e-9, 0.0);
    check_close(occupancy, 1.0, 1e-12, 0.0);
    for (size_t t = 0; t < 600; t++) {
        double sum = 0.0;
        for (size_t k = 0; k < K; k++) {
            sum += decoding->posterior[t * K + k];
        }
        check_close(sum, 1.0, 1e-13, 0.0);
    }
    ana_hmm_decoding_free(decoding);
    ana_observations_free(counts);
    ana_hmm_free(hmm);
}

static void agreement_is_high_with_the_truth_and_chance_after_a_shuffle(void **state)
{
    (void)state;
    ana_hmm *hmm = truth();
    ana_observations *counts = draw(2000, 14);
    ana_hmm_decoding *decoding = NULL;
    ana_hmm_agreement agreement = {0};
    ana_run run = ana_run_default();
    check_ok(ana_hmm_decode(hmm, counts, NULL, &decoding));
    check_ok(ana_hmm_agree(decoding, counts, 99, &run, &agreement));
    assert_true(agreement.ari > 0.7);
    check_close(agreement.p, 0.01, 1e-12, 0.0);
    assert_int_equal(agreement.n_labels, K);
    assert_int_equal(agreement.n_states, K);
    for (size_t l = 0; l < K; l++) {
        assert_true(agreement.occupancy[l * K + l] > 0.8);
    }
    ana_hmm_agreement_clear(&agreement);
    ana_random random = ana_random_stream(1, "test.shuffle", 0);
    for (size_t t = 0; t < 2000; t++) {
        counts->labels[t] = (int64_t)ana_random_below(&random, K);
    }
    check_ok(ana_hmm_agree(decoding, counts, 99, &run, &agreement));
    assert_true(fabs(agreement.ari) < 0.01 && agreement.p > 0.01);
    ana_hmm_agreement_clear(&agreement);
    assert_null(agreement.occupancy);
    assert_int_equal(agreement.n_labels, 0);
    free(counts->labels);
    counts->labels = NULL;
    check_fails(ana_hmm_agree(decoding, counts, 9, &run, &agreement), ANA_ERR_VALUE, "no labels");
    ana_hmm_decoding_free(decoding);
    ana_observations_free(counts);
    ana_hmm_free(hmm);
}

static void a_record_holds_the_whole_model(void **state)
{
    (void)state;
    ana_observations *counts = draw(400, 15);
    ana_hmm_options options = quick();
    ana_hmm *hmm = NULL;
    ana_hmm *copy = NULL;
    ana_record *record = NULL;
    ana_record *again = NULL;
    char where[256];
    check_ok(ana_hmm_fit(counts, &options, &hmm));
    check_rises(&hmm->info);
    check_ok(ana_hmm_to_record(hmm, &record));
    check_ok(ana_record_check(record));
    check_ok(ana_hmm_from_record(record, &copy));
    assert_memory_equal(copy->rates, hmm->rates, K * N * sizeof(double));
    assert_true(copy->log_likelihood == hmm->log_likelihood && copy->bin_s == hmm->bin_s);
    check_ok(ana_hmm_to_record(copy, &again));
    assert_true(ana_record_equal(record, again, where, sizeof where));
    ana_record_free(record);
    ana_record_free(again);
    ana_hmm_decoding *decoding = NULL;
    check_ok(ana_hmm_decode(hmm, counts, NULL, &decoding));
    check_ok(ana_hmm_decoding_to_record(decoding, counts, NULL, &record));
    check_ok(ana_record_check(record));
    assert_non_null(ana_record_find(record, "states_over_time/start"));
    assert_non_null(ana_record_find(record, "busiest_stretch/times"));
    ana_record_free(record);
    ana_hmm_decoding_free(decoding);
    ana_hmm_free(copy);
    ana_hmm_free(hmm);
    ana_observations_free(counts);
}

static void bad_data_and_options_are_refused(void **state)
{
    (void)state;
    ana_observations *counts = draw(60, 16);
    ana_hmm_options options = quick();
    ana_hmm *hmm = NULL;
    options.n_states = 65;
    check_fails(ana_hmm_fit(counts, &options, &hmm), ANA_ERR_VALUE, "--states 65");
    options = quick();
    counts->values[8 * N + 3] = 1.5;
    check_fails(ana_hmm_fit(counts, &options, &hmm), ANA_ERR_VALUE, "row 8, feature 3");
    counts->values[8 * N + 3] = -1.0;
    check_fails(ana_hmm_fit(counts, &options, &hmm), ANA_ERR_VALUE, "row 8, feature 3");
    counts->values[8 * N + 3] = 1e9;
    check_fails(ana_hmm_fit(counts, &options, &hmm), ANA_ERR_VALUE, "row 8, feature 3");
    counts->values[8 * N + 3] = 1.0;
    options.n_states = 61;
    check_fails(ana_hmm_fit(counts, &options, &hmm), ANA_ERR_VALUE, "cannot show 61 states");
    options = quick();
    options.run.max_memory = 1000;
    check_fails(ana_hmm_fit(counts, &options, &hmm), ANA_ERR_LIMIT, "--max-memory");
    assert_null(hmm);
    ana_observations_free(counts);
}

static void silent_and_constant_neurons_do_no_harm(void **state)
{
    (void)state;
    ana_observations *counts = draw(500, 17);
    ana_hmm_options options = quick();
    ana_hmm *hmm = NULL;
    for (size_t t = 0; t < 500; t++) {
        counts->values[t * N] = 0.0;
        counts->values[t * N + 1] = 4.0;
        counts->values[t * N + 2] = (double)NAN;
    }
    check_ok(ana_hmm_fit(counts, &options, &hmm));
    check_rises(&hmm->info);
    for (size_t k = 0; k < K; k++) {
        assert_true(hmm->rates[k * N] == 0.0);
        check_close(hmm->rates[k * N + 1], 4.0, 1e-9, 0.0);
    }
    assert_true(isfinite(hmm->log_likelihood));
    ana_hmm_free(hmm);
    ana_observations_free(counts);
}

static bool cancel_at_once(void *user, const char *what, size_t done, size_t total)
{
    (void)user;
    (void)what;
    (void)done;
    (void)total;
    return false;
}

static void a_fit_can_be_cancelled(void **state)
{
    (void)state;
    ana_observations *counts = draw(60, 18);
    ana_hmm_options options = quick();
    ana_hmm *hmm = NULL;
    options.run.progress = cancel_at_once;
    check_fails(ana_hmm_fit(counts, &options, &hmm), ANA_ERR_CANCELLED, "cancelled");
    assert_null(hmm);
    ana_observations_free(counts);
}

static ana_status fit_decode_and_record(void *user)
{
    const ana_observations *counts = user;
    ana_hmm_options options = quick();
    ana_hmm *hmm = NULL;
    ana_hmm *copy = NULL;
    ana_hmm_decoding *decoding = NULL;
    ana_hmm_agreement agreement = {0};
    ana_record *record = NULL;
    ana_record *other = NULL;
    options.n_restarts = 1;
    options.max_iterations = 2;
    options.run.n_threads = 1;
    ana_status status = ana_hmm_fit(counts, &options, &hmm);
    status = status != ANA_OK ? status : ana_hmm_to_record(hmm, &record);
    status = status != ANA_OK ? status : ana_hmm_from_record(record, &copy);
    status = status != ANA_OK ? status : ana_hmm_decode(hmm, counts, NULL, &decoding);
    status = status != ANA_OK ? status : ana_hmm_agree(decoding, counts, 2, NULL, &agreement);
    status = status != ANA_OK ? status
                              : ana_hmm_decoding_to_record(decoding, counts, &agreement, &other);
    ana_hmm_agreement_clear(&agreement);
    ana_record_free(other);
    ana_record_free(record);
    ana_hmm_decoding_free(decoding);
    ana_hmm_free(copy);
    ana_hmm_free(hmm);
    return status;
}

static void without_memory_nothing_is_left_behind(void **state)
{
    (void)state;
    ana_observations *counts = draw(30, 19);
    assert_true(check_each_allocation(fit_decode_and_record, counts, 0) > 50);
    ana_observations_free(counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emissions_are_sums_of_poisson_log_probabilities),
        cmocka_unit_test(a_row_that_is_all_missing_says_nothing),
        cmocka_unit_test(the_objective_never_falls),
        cmocka_unit_test(states_come_by_falling_occupancy),
        cmocka_unit_test(one_state_has_the_mean_rates),
        cmocka_unit_test(nothing_is_carried_across_sequences),
        cmocka_unit_test(the_same_seed_gives_the_same_bits_for_any_threads),
        cmocka_unit_test(units_are_matched_by_id),
        cmocka_unit_test(decoding_counts_visits_and_dwell_times),
        cmocka_unit_test(agreement_is_high_with_the_truth_and_chance_after_a_shuffle),
        cmocka_unit_test(a_record_holds_the_whole_model),
        cmocka_unit_test(bad_data_and_options_are_refused),
        cmocka_unit_test(silent_and_constant_neurons_do_no_harm),
        cmocka_unit_test(a_fit_can_be_cancelled),
        cmocka_unit_test(without_memory_nothing_is_left_behind),
    };
    return cmocka_run_group_tests_name("hmm", tests, NULL, NULL);
}
