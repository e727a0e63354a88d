/* What other programs get wrong, or fall over, one test each. */
#include "support/check.h"
#include "support/rising.h"

#include <analysis/models/hmm.h>
#include <analysis/models/hmm_messages.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* K states of N units with rates exp(normal) / 2, that stay with .95. */
static ana_hmm *draw_model(size_t n_states, size_t n_units)
{
    ana_hmm *hmm = NULL;
    ana_random random = ana_random_stream(6, "test.pitfalls", 0);
    check_ok(ana_hmm_new(n_states, n_units, &hmm));
    for (size_t i = 0; i < n_states; i++) {
        hmm->initial[i] = 1.0 / (double)n_states;
        for (size_t j = 0; j < n_states; j++) {
            hmm->transition[i * n_states + j] = 0.05 / (double)n_states + (i == j ? 0.95 : 0.0);
        }
    }
    for (size_t j = 0; j < n_states * n_units; j++) {
        hmm->rates[j] = 0.5 * exp(ana_random_normal(&random));
    }
    return hmm;
}

/* Likelihoods of a hundred units multiply to far below the smallest double. */
static void a_hundred_units_do_not_underflow(void **state)
{
    (void)state;
    const size_t length = 2000;
    ana_hmm *hmm = draw_model(3, 100);
    ana_observations *counts = NULL;
    ana_hmm_decoding *decoding = NULL;
    size_t n_right = 0;
    check_ok(ana_hmm_simulate(hmm, 1, &length, 4, &counts));
    check_ok(ana_hmm_decode(hmm, counts, NULL, &decoding));
    for (size_t t = 0; t < length; t++) {
        const double *row = decoding->posterior + t * 3;
        const size_t best = row[0] > row[1] ? (row[0] > row[2] ? 0 : 2) : (row[1] > row[2] ? 1 : 2);
        n_right += best == (size_t)counts->labels[t] ? 1 : 0;
    }
    assert_int_equal(n_right, length);
    ana_hmm_decoding_free(decoding);
    ana_observations_free(counts);
    ana_hmm_free(hmm);
}

/* Rates are those of the bins that were seen, not diluted by those that were not. */
static void missing_bins_do_not_lower_the_rates(void **state)
{
    (void)state;
    const size_t length = 4000;
    ana_hmm *truth = draw_model(1, 2);
    ana_hmm *hmm = NULL;
    ana_hmm_decoding *decoding = NULL;
    ana_observations *counts = NULL;
    ana_hmm_options options = ana_hmm_options_default();
    truth->rates[0] = 5.27;
    truth->rates[1] = 1.3;
    options.n_states = 2;
    options.n_restarts = 2;
    check_ok(ana_hmm_simulate(truth, 1, &length, 5, &counts));
    for (size_t t = 0; t < length; t += 2) {
        counts->values[t * 2] = (double)NAN;
    }
    check_ok(ana_hmm_fit(counts, &options, &hmm));
    check_rises(&hmm->info);
    check_ok(ana_hmm_decode(hmm, counts, NULL, &decoding));
    /* Both states together have the true mean, whichever share of time they have. */
    double mean = 0.0;
    for (size_t k = 0; k < 2; k++) {
        mean += decoding->occupancy[k] * hmm->rates[k * 2];
    }
    check_close(mean, 5.27, 4.0 * sqrt(5.27 / 2000.0), 0.0);
    ana_hmm_decoding_free(decoding);
    ana_hmm_free(hmm);
    ana_hmm_free(truth);
    ana_observations_free(counts);
}

/* Three missing rows are three steps of the chain with nothing seen. */
static void a_gap_of_missing_rows_is_steps_unseen(void **state)
{
    (void)state;
    enum {
        K = 3,
        N = 4,
        T = 40,
        GAP = 17
    };
    const size_t length = T;
    ana_hmm *hmm = draw_model(K, N);
    ana_observations *counts = NULL;
    double steps[(T - 4) * K * K];
    double rows[T * K];
    double with_gap = 0.0;
    double without = 0.0;
    check_ok(ana_hmm_simulate(hmm, 1, &length, 6, &counts));
    for (size_t i = GAP * N; i < (GAP + 3) * N; i++) {
        counts->values[i] = (double)NAN;
    }
    check_ok(ana_hmm_score(hmm, counts, &with_gap));
    check_ok(ana_hmm_log_emission(hmm, counts, rows));
    memmove(rows + GAP * K, rows + (GAP + 3) * K, (T - GAP - 3) * K * sizeof *rows);
    for (size_t t = 0; t + 4 < T; t++) {
        double power[K * K];
        memcpy(power, hmm->transition, sizeof power);
        for (size_t p = 0; p < (t == GAP - 1 ? 3U : 0U); p++) {
            double next[K * K] = {0.0};
            for (size_t i = 0; i < K * K * K; i++) {
                next[i / (K * K) * K + i % K] +=
                    power[i / (K * K) * K + i / K % K] * hmm->transition[i / K % K * K + i % K];
            }
            memcpy(power, next, sizeof power);
        }
        memcpy(steps + t * K * K, power, sizeof power);
    }
    const ana_hmm_chain chain = {K, hmm->initial, steps, K * K};
    check_ok(ana_hmm_filter(&chain, T - 3, rows, rows, &without));
    check_close(with_gap, without, 1e-11, 0.0);
    ana_observations_free(counts);
    ana_hmm_free(hmm);
}

static void one_bin_is_enough_for_one_state(void **state)
{
    (void)state;
    ana_observations *counts = NULL;
    ana_hmm_options options = ana_hmm_options_default();
    ana_hmm *hmm = NULL;
    ana_hmm_decoding *decoding = NULL;
    ana_record *record = NULL;
    check_ok(ana_observations_new(1, 2, &counts));
    counts->values[1] = 3.0;
    options.n_states = 1;
    check_ok(ana_hmm_fit(counts, &options, &hmm));
    check_rises(&hmm->info);
    check_close(hmm->log_likelihood, 3.0 * log(3.0) - 3.0 - log(6.0), 1e-12, 0.0);
    check_ok(ana_hmm_decode(hmm, counts, NULL, &decoding));
    assert_true(decoding->posterior[0] == 1.0 && decoding->path[0] == 0);
    check_ok(ana_hmm_to_record(hmm, &record));
    check_ok(ana_record_check(record));
    ana_record_free(record);
    ana_hmm_decoding_free(decoding);
    ana_hmm_free(hmm);
    ana_observations_free(counts);
}

static void sixty_four_states_are_fitted_and_decoded(void **state)
{
    (void)state;
    const size_t length = 1500;
    ana_hmm *truth = draw_model(64, 30);
    ana_observations *counts = NULL;
    ana_hmm_options options = ana_hmm_options_default();
    ana_hmm *hmm = NULL;
    options.n_states = 64;
    options.n_restarts = 1;
    options.max_iterations = 10;
    options.n_moves = 1;
    check_ok(ana_hmm_simulate(truth, 1, &length, 7, &counts));
    check_ok(ana_hmm_fit(counts, &options, &hmm));
    check_rises(&hmm->info);
    assert_true(isfinite(hmm->log_likelihood));
    check_ok(ana_hmm_check(hmm));
    ana_hmm_free(hmm);
    ana_hmm_free(truth);
    ana_observations_free(counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_units_do_not_underflow),
        cmocka_unit_test(missing_bins_do_not_lower_the_rates),
        cmocka_unit_test(a_gap_of_missing_rows_is_steps_unseen),
        cmocka_unit_test(one_bin_is_enough_for_one_state),
        cmocka_unit_test(sixty_four_states_are_fitted_and_decoded),
    };
    return cmocka_run_group_tests_name("hmm pitfalls", tests, NULL, NULL);
}
