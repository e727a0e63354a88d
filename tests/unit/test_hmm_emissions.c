#include "constants.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/rising.h"

#include <analysis/linalg.h>
#include <analysis/models/hmm.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    K = 2,
    N = 2,
    N_KINDS = 6
};

static const ana_hmm_emission kinds[N_KINDS] = {ANA_HMM_POISSON,           ANA_HMM_GAUSSIAN,
                                                ANA_HMM_GAUSSIAN_DIAGONAL, ANA_HMM_BERNOULLI,
                                                ANA_HMM_CATEGORICAL,       ANA_HMM_AUTOREGRESSIVE};

/* Two states that differ well, of two features. */
static ana_hmm *truth(ana_hmm_emission emission)
{
    ana_hmm *hmm = NULL;
    const size_t order = emission == ANA_HMM_CATEGORICAL ? 3 : 2;
    const double transition[K * K] = {0.97, 0.03, 0.06, 0.94};
    const double rates[K * N] = {0.4, 3.1, 2.7, 0.8};
    const double mean[K * N] = {101.5, -3.0, 103.0, -1.5};
    const double constants[K * N] = {0.3, -0.2, 0.1, 0.4};
    const double covariance[K * N * N] = {0.8, 0.5, 0.5, 1.1, 0.9, -0.4, -0.4, 0.6};
    const double variance[K * N] = {0.8, 0.5, 1.1, 0.3};
    const double bernoulli[K * N] = {0.1, 0.7, 0.85, 0.2};
    const double categorical[K * N * 3] = {0.1, 0.2, 0.7, 0.6, 0.3, 0.1,
                                           0.7, 0.2, 0.1, 0.2, 0.2, 0.6};
    const double coefficients[K * N * 2 * N] = {0.6,  0.2,  -0.1, 0.05, -0.2, 0.5,  0.0, 0.2,
                                                -0.5, -0.3, 0.2,  0.1,  0.4,  -0.6, 0.1, 0.0};
    check_ok(ana_hmm_new_of(emission, K, N, order, &hmm));
    hmm->initial[0] = 0.25;
    hmm->initial[1] = 0.75;
    memcpy(hmm->transition, transition, sizeof transition);
    if (emission == ANA_HMM_POISSON) {
        memcpy(hmm->rates, rates, sizeof rates);
    }
    if (hmm->mean != NULL) {
        memcpy(hmm->mean, emission == ANA_HMM_AUTOREGRESSIVE ? constants : mean, sizeof mean);
    }
    if (hmm->covariance != NULL) {
        memcpy(hmm->covariance, covariance, sizeof covariance);
    }
    if (hmm->variance != NULL) {
        memcpy(hmm->variance, variance, sizeof variance);
    }
    if (hmm->coefficients != NULL) {
        memcpy(hmm->coefficients, coefficients, sizeof coefficients);
    }
    if (emission == ANA_HMM_BERNOULLI) {
        memcpy(hmm->probability, bernoulli, sizeof bernoulli);
    }
    if (emission == ANA_HMM_CATEGORICAL) {
        memcpy(hmm->probability, categorical, sizeof categorical);
    }
    check_ok(ana_hmm_check(hmm));
    return hmm;
}

static ana_observations *draw(ana_hmm_emission emission, size_t n_rows, uint64_t seed)
{
    ana_hmm *hmm = truth(emission);
    ana_observations *rows = NULL;
    const size_t lengths[3] = {n_rows / 2, n_rows / 3, n_rows - n_rows / 2 - n_rows / 3};
    check_ok(ana_hmm_simulate(hmm, 3, lengths, seed, &rows));
    ana_hmm_free(hmm);
    return rows;
}

/* Entries and whole rows go missing. */
static void lose(ana_observations *rows)
{
    ana_random random = ana_random_stream(9, "test.lose", 0);
    for (size_t i = 0; i < rows->n_times * N; i++) {
        bool lost = ana_random_uniform(&random) < 0.05;
        rows->values[i] = lost ? (double)NAN : rows->values[i];
    }
    rows->values[10 * N] = (double)NAN;
    rows->values[10 * N + 1] = (double)NAN;
}

static ana_hmm_options quick(ana_hmm_emission emission)
{
    ana_hmm_options options = ana_hmm_options_default();
    options.emission = (int)emission;
    options.n_states = K;
    options.n_restarts = 4;
    options.n_lags = 2;
    options.run.seed = 3;
    return options;
}

static double normal_log_density(double z, double variance)
{
    return -0.5 * (log(2.0 * ANA_PI * variance) + z * z / variance);
}

/* log N(y; mean, S) of two values by the formula for two. */
static double pair_log_density(const double *y, const double *mean, const double *s)
{
    double det = s[0] * s[3] - s[1] * s[2];
    double a = y[0] - mean[0];
    double b = y[1] - mean[1];
    return -log(2.0 * ANA_PI) - 0.5 * log(det) -
           0.5 * (s[3] * a * a - 2.0 * s[1] * a * b + s[0] * b * b) / det;
}

/* What a row is worth in state k, by the plainest formula. */
static double wanted_row(const ana_hmm *hmm, const ana_observations *rows, size_t first, size_t t,
                         size_t k)
{
    const double *y = rows->values + t * N;
    const bool lost[N] = {isnan(y[0]), isnan(y[1])};
    double sum = 0.0;
    if (hmm->emission == ANA_HMM_AUTOREGRESSIVE) {
        double mean[N] = {hmm->mean[k * N], hmm->mean[k * N + 1]};
        for (size_t i = 0; i <= 2 * N + 1; i++) {
            if (t < first + 2 || isnan(y[(ptrdiff_t)i - 2 * N])) {
                return 0.0;
            }
        }
        for (size_t f = 0; f < N; f++) {
            for (size_t lag = 1; lag <= 2; lag++) {
                for (size_t g = 0; g < N; g++) {
                    mean[f] += hmm->coefficients[((k * N + f) * 2 + lag - 1) * N + g] *
                               rows->values[(t - lag) * N + g];
                }
            }
        }
        return pair_log_density(y, mean, hmm->covariance + k * N * N);
    }
    if (hmm->emission == ANA_HMM_GAUSSIAN && !lost[0] && !lost[1]) {
        return pair_log_density(y, hmm->mean + k * N, hmm->covariance + k * N * N);
    }
    for (size_t f = 0; f < N; f++) {
        const size_t j = k * N + f;
        if (lost[f]) {
            continue;
        }
        if (hmm->emission == ANA_HMM_GAUSSIAN) {
            sum += normal_log_density(y[f] - hmm->mean[j], hmm->covariance[j * N + f]);
        } else if (hmm->emission == ANA_HMM_GAUSSIAN_DIAGONAL) {
            sum += normal_log_density(y[f] - hmm->mean[j], hmm->variance[j]);
        } else if (hmm->emission == ANA_HMM_BERNOULLI) {
            sum += log(y[f] > 0.0 ? hmm->probability[j] : 1.0 - hmm->probability[j]);
        } else if (hmm->emission == ANA_HMM_CATEGORICAL) {
            sum += log(hmm->probability[j * 3 + (size_t)y[f]]);
        } else {
            sum += y[f] * log(hmm->rates[j]) - hmm->rates[j] - lgamma(y[f] + 1.0);
        }
    }
    return sum;
}

static void rows_are_worth_what_the_formulas_say(void **state)
{
    (void)state;
    enum {
        T = 300
    };
    for (size_t e = 0; e < N_KINDS; e++) {
        ana_hmm *hmm = truth(kinds[e]);
        ana_observations *rows = draw(kinds[e], T, 4);
        double found[T * K];
        lose(rows);
        check_ok(ana_hmm_log_emission(hmm, rows, found));
        for (size_t s = 0; s < rows->n_sequences; s++) {
            for (size_t t = rows->sequence_start[s]; t < rows->sequence_start[s + 1]; t++) {
                for (size_t k = 0; k < K; k++) {
                    /* Values near 100 lose four digits in their differences from the centre. */
                    check_close(found[t * K + k],
                                wanted_row(hmm, rows, rows->sequence_start[s], t, k), 1e-11, 1e-11);
                }
            }
        }
        ana_observations_free(rows);
        ana_hmm_free(hmm);
    }
}

static void the_objective_never_falls_for_any_emission(void **state)
{
    (void)state;
    for (size_t e = 0; e < N_KINDS; e++) {
        ana_observations *rows = draw(kinds[e], 500, 5);
        lose(rows);
        for (uint64_t seed = 0; seed < 4; seed++) {
            ana_hmm_options options = quick(kinds[e]);
            ana_hmm *hmm = NULL;
            options.n_states = 2 + (size_t)(seed % 2);
            options.run.seed = seed;
            options.concentration = 1.2;
            options.covariance_rows = seed > 1 ? 3.0 : 0.5;
            options.coefficient_rows = seed > 1 ? 2.0 : 0.1;
            options.probability_prior = seed > 1 ? 1.5 : 1.0;
            options.n_moves = 2;
            check_ok(ana_hmm_fit(rows, &options, &hmm));
            check_rises(&hmm->info);
            for (size_t i = 1; i < hmm->info.n_trace; i++) {
                double before = hmm->info.trace[i - 1];
                assert_true(hmm->info.trace[i] >= before - 1e-9 * fabs(before));
            }
            /* Every restart came through: the driver fails those that fall. */
            for (size_t r = 0; r < hmm->info.n_restarts; r++) {
                assert_true(isfinite(hmm->info.restart_objective[r]));
            }
            ana_hmm_free(hmm);
        }
        ana_observations_free(rows);
    }
}

/* Which state of the fit is the truth's state 0, by the agreement of decodings. */
static double accuracy(const ana_observations *rows, const ana_hmm *hmm)
{
    ana_hmm_decoding *decoding = NULL;
    size_t n_same = 0;
    check_ok(ana_hmm_decode(hmm, rows, NULL, &decoding));
    for (size_t t = 0; t < rows->n_times; t++) {
        n_same += decoding->path[t] == (size_t)rows->labels[t] ? 1 : 0;
    }
    ana_hmm_decoding_free(decoding);
    double share = (double)n_same / (double)rows->n_times;
    return fmax(share, 1.0 - share);
}

static void states_of_every_emission_are_recovered(void **state)
{
    (void)state;
    for (size_t e = 0; e < N_KINDS; e++) {
        ana_observations *rows = draw(kinds[e], 3000, 6);
        ana_hmm *true_model = truth(kinds[e]);
        ana_hmm_options options = quick(kinds[e]);
        ana_hmm *hmm = NULL;
        double score = 0.0;
        check_ok(ana_hmm_fit(rows, &options, &hmm));
        check_rises(&hmm->info);
        assert_true(hmm->info.converged);
        check_ok(ana_hmm_score(true_model, rows, &score));
        assert_true(hmm->log_likelihood >= score - 1.0); /* priors of a row may cost a little */
        assert_true(accuracy(rows, hmm) >= accuracy(rows, true_model) - 0.01);
        assert_true(accuracy(rows, hmm) > 0.9);
        assert_int_equal(hmm->n_observed,
                         kinds[e] == ANA_HMM_AUTOREGRESSIVE ? (3000 - 3 * 2) * N : 3000 * N);
        /* State 0 of the truth is the more frequent one, so the order is the same. */
        for (size_t j = 0; hmm->coefficients != NULL && j < K * N * 2 * N; j++) {
            check_close(hmm->coefficients[j], true_model->coefficients[j], 0.12, 0.0);
        }
        for (size_t j = 0; hmm->covariance != NULL && j < K * N * N; j++) {
            check_close(hmm->covariance[j], true_model->covariance[j], 0.15, 0.0);
        }
        ana_hmm_free(hmm);
        ana_hmm_free(true_model);
        ana_observations_free(rows);
    }
}

static void one_gaussian_state_has_the_sample_covariance(void **state)
{
    (void)state;
    ana_observations *rows = draw(ANA_HMM_GAUSSIAN, 400, 7);
    ana_hmm_options options = quick(ANA_HMM_GAUSSIAN);
    ana_hmm *hmm = NULL;
    double mean[N] = {0.0, 0.0};
    double covariance[N * N] = {0.0};
    options.n_states = 1;
    options.covariance_rows = 0.0;
    check_ok(ana_hmm_fit(rows, &options, &hmm));
    check_rises(&hmm->info);
    for (size_t t = 0; t < 400; t++) {
        mean[0] += rows->values[t * N] / 400.0;
        mean[1] += rows->values[t * N + 1] / 400.0;
    }
    for (size_t t = 0; t < 400; t++) {
        for (size_t i = 0; i < N * N; i++) {
            covariance[i] += (rows->values[t * N + i / N] - mean[i / N]) *
                             (rows->values[t * N + i % N] - mean[i % N]) / 400.0;
        }
    }
    check_all_close(N, hmm->mean, mean, 1e-11, 0.0);
    check_all_close(N * N, hmm->covariance, covariance, 1e-12, 1e-12);
    ana_hmm_free(hmm);
    /* Three rows of a prior with its mode at the variances. */
    options.covariance_rows = 3.0;
    check_ok(ana_hmm_fit(rows, &options, &hmm));
    check_rises(&hmm->info);
    for (size_t i = 0; i < N * N; i++) {
        double prior = i / N == i % N ? 3.0 * covariance[i] : 0.0;
        check_close(hmm->covariance[i], (400.0 * covariance[i] + prior) / 403.0, 1e-12, 1e-12);
    }
    ana_hmm_free(hmm);
    ana_observations_free(rows);
}

static void one_autoregressive_state_is_least_squares(void **state)
{
    (void)state;
    enum {
        T = 200,
        M = 1 + 2 * N
    };
    ana_observations *rows = NULL;
    ana_observations *drawn = draw(ANA_HMM_AUTOREGRESSIVE, T, 8);
    ana_hmm_options options = quick(ANA_HMM_AUTOREGRESSIVE);
    ana_hmm *hmm = NULL;
    double x[(T - 2) * M];
    double y[(T - 2) * N];
    double solution[M * N];
    check_ok(ana_observations_new(T, N, &rows));
    memcpy(rows->values, drawn->values, T * N * sizeof(double));
    for (size_t t = 2; t < T; t++) {
        double *row = x + (t - 2) * M;
        row[0] = 1.0;
        memcpy(row + 1, rows->values + (t - 1) * N, N * sizeof(double));
        memcpy(row + 1 + N, rows->values + (t - 2) * N, N * sizeof(double));
        memcpy(y + (t - 2) * N, rows->values + t * N, N * sizeof(double));
    }
    check_ok(ana_linalg_least_squares(T - 2, M, x, N, y, solution, NULL));
    options.n_states = 1;
    options.covariance_rows = 0.0;
    options.coefficient_rows = 0.0;
    check_ok(ana_hmm_fit(rows, &options, &hmm));
    check_rises(&hmm->info);
    for (size_t f = 0; f < N; f++) {
        check_close(hmm->mean[f], solution[f], 1e-11, 1e-11);
        for (size_t c = 0; c < 2 * N; c++) {
            check_close(hmm->coefficients[f * 2 * N + c], solution[(1 + c) * N + f], 1e-11, 1e-11);
        }
    }
    ana_hmm_free(hmm);
    ana_observations_free(drawn);
    ana_observations_free(rows);
}

/* With entries missing the fit has no closed form, but it is a maximum of the score. */
static void a_fit_with_missing_entries_is_a_maximum(void **state)
{
    (void)state;
    ana_observations *rows = draw(ANA_HMM_GAUSSIAN, 300, 9);
    ana_hmm_options options = quick(ANA_HMM_GAUSSIAN);
    ana_hmm *hmm = NULL;
    double best = 0.0;
    lose(rows);
    for (size_t t = 100; t < 200; t++) {
        rows->values[t * N + 1] = (double)NAN;
    }
    options.covariance_rows = 0.0;
    options.tolerance = 1e-14;
    options.max_iterations = 3000;
    check_ok(ana_hmm_fit(rows, &options, &hmm));
    check_rises(&hmm->info);
    check_ok(ana_hmm_score(hmm, rows, &best));
    check_close(best, hmm->log_likelihood, 1e-9, 0.0);
    for (size_t i = 0; i < K * N; i++) {
        for (int sign = -1; sign <= 1; sign += 2) {
            double worse = 0.0;
            const size_t diagonal = i * N + i % N;
            hmm->mean[i] += 0.02 * sign;
            check_ok(ana_hmm_score(hmm, rows, &worse));
            assert_true(worse < best);
            hmm->mean[i] -= 0.02 * sign;
            hmm->covariance[diagonal] += 0.02 * sign;
            check_ok(ana_hmm_score(hmm, rows, &worse));
            assert_true(worse < best);
            hmm->covariance[diagonal] -= 0.02 * sign;
        }
    }
    ana_hmm_free(hmm);
    ana_observations_free(rows);
}

static void a_record_holds_every_emission(void **state)
{
    (void)state;
    for (size_t e = 0; e < N_KINDS; e++) {
        ana_observations *rows = draw(kinds[e], 300, 10);
        ana_hmm_options options = quick(kinds[e]);
        ana_hmm *hmm = NULL;
        ana_hmm *copy = NULL;
        ana_record *record = NULL;
        ana_record *again = NULL;
        double score = 0.0;
        double of_copy = 0.0;
        char where[256];
        check_ok(ana_hmm_fit(rows, &options, &hmm));
        check_rises(&hmm->info);
        check_ok(ana_hmm_to_record(hmm, &record));
        check_ok(ana_record_check(record));
        check_ok(ana_hmm_from_record(record, &copy));
        assert_true(copy->emission == kinds[e] && copy->order == hmm->order);
        check_ok(ana_hmm_to_record(copy, &again));
        assert_true(ana_record_equal(record, again, where, sizeof where));
        check_ok(ana_hmm_score(hmm, rows, &score));
        check_ok(ana_hmm_score(copy, rows, &of_copy));
        assert_true(score == of_copy);
        check_close(score, hmm->log_likelihood, 0.0, 1e-10);
        ana_record_free(again);
        ana_record_free(record);
        ana_hmm_free(copy);
        ana_hmm_free(hmm);
        ana_observations_free(rows);
    }
}

static void threads_do_not_change_the_bits_of_any_emission(void **state)
{
    (void)state;
    const size_t threads[] = {1, 2, 3, 7};
    for (size_t e = 0; e < N_KINDS; e++) {
        ana_observations *rows = draw(kinds[e], 300, 11);
        double wanted[8];
        for (size_t i = 0; i < 4; i++) {
            ana_hmm_options options = quick(kinds[e]);
            ana_hmm *hmm = NULL;
            options.run.n_threads = threads[i];
            options.n_restarts = 8;
            check_ok(ana_hmm_fit(rows, &options, &hmm));
            check_rises(&hmm->info);
            if (i == 0) {
                memcpy(wanted, hmm->info.restart_objective, sizeof wanted);
            }
            assert_memory_equal(hmm->info.restart_objective, wanted, sizeof wanted);
            ana_hmm_free(hmm);
        }
        ana_observations_free(rows);
    }
}

/* The longest sequence has 10000 rows, whose messages alone take 560 kB. */
static void little_memory_does_not_change_the_bits_of_any_emission(void **state)
{
    (void)state;
    for (size_t e = 0; e < N_KINDS; e++) {
        ana_hmm *start = truth(kinds[e]);
        ana_observations *rows = draw(kinds[e], 20000, 9);
        ana_hmm_options options = quick(kinds[e]);
        ana_hmm *kept = NULL;
        ana_hmm *streamed = NULL;
        options.max_iterations = 3;
        options.tolerance = 0.0;
        lose(rows);
        check_ok(ana_hmm_fit_from(rows, start, &options, &kept));
        check_rises(&kept->info);
        options.run.max_memory = 500000;
        check_ok(ana_hmm_fit_from(rows, start, &options, &streamed));
        check_rises(&streamed->info);
        assert_memory_equal(streamed->info.trace, kept->info.trace, 4 * sizeof(double));
        assert_memory_equal(streamed->transition, kept->transition, K * K * sizeof(double));
        assert_memory_equal(streamed->initial, kept->initial, K * sizeof(double));
        assert_true(kept->info.trace[3] >= kept->info.trace[0]);
        options.run.max_memory = 200000;
        check_fails(ana_hmm_fit_from(rows, start, &options, &streamed), ANA_ERR_LIMIT,
                    "--max-memory allows");
        ana_hmm_free(kept);
        ana_hmm_free(streamed);
        ana_hmm_free(start);
        ana_observations_free(rows);
    }
}

static void a_start_of_any_emission_is_where_the_iterations_begin(void **state)
{
    (void)state;
    for (size_t e = 0; e < N_KINDS; e++) {
        ana_observations *rows = draw(kinds[e], 300, 12);
        ana_hmm *start = truth(kinds[e]);
        ana_hmm_options options = ana_hmm_options_default();
        ana_hmm *hmm = NULL;
        double score = 0.0;
        options.covariance_rows = 0.0;
        options.coefficient_rows = 0.0;
        options.max_iterations = 3;
        options.tolerance = 0.0;
        check_ok(ana_hmm_fit_from(rows, start, &options, &hmm));
        check_rises(&hmm->info);
        check_ok(ana_hmm_score(start, rows, &score));
        assert_true(hmm->emission == kinds[e] && hmm->info.n_trace == 4);
        check_close(hmm->info.trace[0], score, 0.0, 1e-12);
        ana_hmm_free(hmm);
        ana_hmm_free(start);
        ana_observations_free(rows);
    }
}

static void values_that_an_emission_does_not_allow_are_named(void **state)
{
    (void)state;
    ana_observations *rows = draw(ANA_HMM_GAUSSIAN, 50, 13);
    ana_hmm_options options = quick(ANA_HMM_POISSON);
    ana_hmm *hmm = NULL;
    check_fails(ana_hmm_fit(rows, &options, &hmm), ANA_ERR_VALUE, "--emission gaussian");
    options = quick(ANA_HMM_CATEGORICAL);
    check_fails(ana_hmm_fit(rows, &options, &hmm), ANA_ERR_VALUE, "row 0, feature 0");
    for (size_t i = 0; i < 50 * N; i++) {
        rows->values[i] = (double)(i % 4);
    }
    options = quick(ANA_HMM_BERNOULLI);
    check_fails(ana_hmm_fit(rows, &options, &hmm), ANA_ERR_VALUE, "bernoulli values are 0 or 1");
    options = quick(ANA_HMM_CATEGORICAL);
    options.n_categories = 3;
    check_fails(ana_hmm_fit(rows, &options, &hmm), ANA_ERR_VALUE, "the categories are 0 to 2");
    /* A constant feature: without a prior its covariance is singular, with one it is not. */
    for (size_t t = 0; t < 50; t++) {
        rows->values[t * N + 1] = 4.0;
    }
    options = quick(ANA_HMM_GAUSSIAN);
    options.covariance_rows = 0.0;
    check_fails(ana_hmm_fit(rows, &options, &hmm), ANA_ERR_NUMERIC, "--covariance-rows");
    options = quick(ANA_HMM_GAUSSIAN_DIAGONAL);
    options.covariance_rows = 0.0;
    check_fails(ana_hmm_fit(rows, &options, &hmm), ANA_ERR_NUMERIC, "--covariance-rows");
    options = quick(ANA_HMM_AUTOREGRESSIVE);
    options.coefficient_rows = 0.0;
    check_fails(ana_hmm_fit(rows, &options, &hmm), ANA_ERR_NUMERIC, "--coefficient-rows");
    options = quick(ANA_HMM_GAUSSIAN);
    check_ok(ana_hmm_fit(rows, &options, &hmm));
    check_rises(&hmm->info);
    assert_true(isfinite(hmm->log_likelihood));
    hmm->mean[1] = (double)NAN;
    check_fails(ana_hmm_check(hmm), ANA_ERR_VALUE, "mean: number 1");
    ana_hmm_free(hmm);
    hmm = NULL;
    check_fails(ana_hmm_new_of(ANA_HMM_CATEGORICAL, 2, 2, 0, &hmm), ANA_ERR_VALUE, "order 0");
    hmm = truth(ANA_HMM_CATEGORICAL);
    hmm->probability[4] += 0.5;
    check_fails(ana_hmm_check(hmm), ANA_ERR_VALUE, "probability row 1 does not sum");
    ana_hmm_free(hmm);
    ana_observations_free(rows);
}

static void free_parameters_are_counted(void **state)
{
    (void)state;
    /* Chain: 1 + 2. Then for each of two states: 2; 2 + 3; 4; 2; 2 x 2; 2 + 3 + 8. */
    const double wanted[N_KINDS] = {7.0, 13.0, 11.0, 7.0, 11.0, 29.0};
    for (size_t e = 0; e < N_KINDS; e++) {
        ana_hmm *hmm = truth(kinds[e]);
        assert_true(ana_hmm_n_parameters(hmm) == wanted[e]);
        ana_hmm_free(hmm);
    }
}

/* One step ahead by hand, from the posterior of the last row; far ahead the chain's long run. */
static void forecasts_are_expectations(void **state)
{
    (void)state;
    enum {
        AHEAD = 400
    };
    for (size_t e = 0; e < N_KINDS; e++) {
        ana_hmm *hmm = truth(kinds[e]);
        ana_observations *rows = draw(kinds[e], 60, 15);
        ana_hmm_decoding *decoding = NULL;
        double states[AHEAD * K];
        double mean[AHEAD * N];
        double next[K] = {0.0};
        check_ok(ana_hmm_decode(hmm, rows, NULL, &decoding));
        for (size_t i = 0; i < K * K; i++) {
            next[i % K] += decoding->posterior[59 * K + i / K] * hmm->transition[i];
        }
        if (kinds[e] == ANA_HMM_CATEGORICAL) {
            check_fails(ana_hmm_forecast(hmm, rows, AHEAD, states, mean), ANA_ERR_UNSUPPORTED,
                        "no expected value");
            check_ok(ana_hmm_forecast(hmm, rows, AHEAD, states, NULL));
        } else {
            check_ok(ana_hmm_forecast(hmm, rows, AHEAD, states, mean));
        }
        check_all_close(K, states, next, 1e-14, 0.0);
        check_close(states[(AHEAD - 1) * K], 2.0 / 3.0, 1e-9, 0.0);
        for (size_t f = 0; f < N && kinds[e] == ANA_HMM_AUTOREGRESSIVE; f++) {
            double wanted = 0.0;
            for (size_t k = 0; k < K; k++) {
                double value = hmm->mean[k * N + f];
                for (size_t c = 0; c < 2 * N; c++) {
                    value += hmm->coefficients[(k * N + f) * 2 * N + c] *
                             rows->values[(59 - c / N) * N + c % N];
                }
                wanted += next[k] * value;
            }
            check_close(mean[f], wanted, 1e-13, 0.0);
        }
        for (size_t f = 0; f < N && kinds[e] == ANA_HMM_GAUSSIAN; f++) {
            check_close(mean[f], next[0] * hmm->mean[f] + next[1] * hmm->mean[N + f], 1e-12, 0.0);
        }
        if (kinds[e] == ANA_HMM_AUTOREGRESSIVE) {
            rows->values[58 * N + 1] = (double)NAN;
            check_fails(ana_hmm_forecast(hmm, rows, 3, states, mean), ANA_ERR_VALUE,
                        "feature 1 is missing 1 rows before the end");
        }
        ana_hmm_decoding_free(decoding);
        ana_observations_free(rows);
        ana_hmm_free(hmm);
    }
}

typedef struct drawn_rows {
    ana_observations *rows;
    ana_hmm_emission emission;
} drawn_rows;

static ana_status fit_and_draw(void *user)
{
    const drawn_rows *drawn = user;
    const size_t length = 20;
    ana_hmm_options options = quick(drawn->emission);
    ana_hmm *hmm = NULL;
    ana_hmm *copy = NULL;
    ana_record *record = NULL;
    ana_observations *made = NULL;
    double score = 0.0;
    options.n_restarts = 1;
    options.max_iterations = 2;
    options.run.n_threads = 1;
    ana_status status = ana_hmm_fit(drawn->rows, &options, &hmm);
    status = status != ANA_OK ? status : ana_hmm_to_record(hmm, &record);
    status = status != ANA_OK ? status : ana_hmm_from_record(record, &copy);
    status = status != ANA_OK ? status : ana_hmm_score(copy, drawn->rows, &score);
    status = status != ANA_OK ? status : ana_hmm_simulate(hmm, 1, &length, 1, &made);
    if (status == ANA_OK) {
        double states[3 * K];
        double mean[3 * N];
        status = ana_hmm_forecast(hmm, drawn->rows, 3, states,
                                  drawn->emission == ANA_HMM_CATEGORICAL ? NULL : mean);
    }
    ana_observations_free(made);
    ana_record_free(record);
    ana_hmm_free(copy);
    ana_hmm_free(hmm);
    return status;
}

static void without_memory_nothing_is_left_behind(void **state)
{
    (void)state;
    for (size_t e = 0; e < N_KINDS; e++) {
        drawn_rows drawn = {draw(kinds[e], 40, 14), kinds[e]};
        assert_true(check_each_allocation(fit_and_draw, &drawn, 0) > 50);
        ana_observations_free(drawn.rows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_worth_what_the_formulas_say),
        cmocka_unit_test(the_objective_never_falls_for_any_emission),
        cmocka_unit_test(states_of_every_emission_are_recovered),
        cmocka_unit_test(one_gaussian_state_has_the_sample_covariance),
        cmocka_unit_test(one_autoregressive_state_is_least_squares),
        cmocka_unit_test(a_fit_with_missing_entries_is_a_maximum),
        cmocka_unit_test(a_record_holds_every_emission),
        cmocka_unit_test(threads_do_not_change_the_bits_of_any_emission),
        cmocka_unit_test(little_memory_does_not_change_the_bits_of_any_emission),
        cmocka_unit_test(a_start_of_any_emission_is_where_the_iterations_begin),
        cmocka_unit_test(values_that_an_emission_does_not_allow_are_named),
        cmocka_unit_test(free_parameters_are_counted),
        cmocka_unit_test(forecasts_are_expectations),
        cmocka_unit_test(without_memory_nothing_is_left_behind),
    };
    return cmocka_run_group_tests_name("hmm emissions", tests, NULL, NULL);
}
