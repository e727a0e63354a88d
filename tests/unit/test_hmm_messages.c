#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <string.h>

enum {
    K = 3,
    T = 7
};

/* An irregular chain with emissions, from a fixed stream. */
typedef struct fixture {
    double initial[K];
    double transition[(T - 1) * K * K];
    double rows[T * K];
    double filtered[T * K];
    double posterior[T * K];
    double transitions[K * K];
    size_t path[T];
} fixture;

static fixture draw(uint64_t seed)
{
    fixture f;
    ana_random random = ana_random_stream(seed, "test.hmm", 0);
    double alpha[K] = {0.7, 1.3, 2.1};
    ana_random_dirichlet(&random, K, alpha, f.initial);
    for (size_t i = 0; i < (T - 1) * K; i++) {
        ana_random_dirichlet(&random, K, alpha, f.transition + i * K);
    }
    for (size_t i = 0; i < T * K; i++) {
        f.rows[i] = 2.0 * ana_random_normal(&random) - 3.0;
    }
    return f;
}

/* Sums over all K^T paths: likelihood, state sums, transition sums, and the best path. */
typedef struct enumeration {
    double likelihood;
    double state[T * K];
    double transition[K * K];
    double best;
    size_t path[T];
} enumeration;

static enumeration enumerate(const fixture *f, size_t stride)
{
    enumeration sums;
    memset(&sums, 0, sizeof sums);
    size_t n_paths = 1;
    for (size_t t = 0; t < T; t++) {
        n_paths *= K;
    }
    for (size_t code = 0; code < n_paths; code++) {
        size_t path[T];
        double p = 1.0;
        for (size_t t = 0, rest = code; t < T; t++, rest /= K) {
            path[t] = rest % K;
        }
        for (size_t t = 0; t < T; t++) {
            const double *step = f->transition + (t > 0 ? (t - 1) * stride : 0);
            p *= t == 0 ? f->initial[path[0]] : step[path[t - 1] * K + path[t]];
            p *= exp(f->rows[t * K + path[t]]);
        }
        sums.likelihood += p;
        for (size_t t = 0; t < T; t++) {
            sums.state[t * K + path[t]] += p;
        }
        for (size_t t = 1; t < T; t++) {
            sums.transition[path[t - 1] * K + path[t]] += p;
        }
        if (p > sums.best) {
            sums.best = p;
            memcpy(sums.path, path, sizeof path);
        }
    }
    return sums;
}

static void messages_agree_with_the_sum_over_paths(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        fixture f = draw(seed);
        for (size_t stride = 0; stride <= K * K; stride += K * K) {
            ana_hmm_chain chain = {K, f.initial, f.transition, stride};
            enumeration wanted = enumerate(&f, stride);
            double log_likelihood = 0.0;
            double log_path = 0.0;
            check_ok(
                ana_hmm_smooth(&chain, T, f.rows, f.posterior, f.transitions, &log_likelihood));
            check_close(log_likelihood, log(wanted.likelihood), 1e-12, 0.0);
            for (size_t i = 0; i < T * K; i++) {
                check_close(f.posterior[i], wanted.state[i] / wanted.likelihood, 1e-13, 0.0);
            }
            for (size_t i = 0; i < K * K; i++) {
                check_close(f.transitions[i], wanted.transition[i] / wanted.likelihood, 1e-12, 0.0);
            }
            check_ok(ana_hmm_viterbi(&chain, T, f.rows, f.path, &log_path));
            assert_memory_equal(f.path, wanted.path, sizeof f.path);
            check_close(log_path, log(wanted.best), 1e-12, 0.0);
        }
    }
}

static void the_filter_is_the_posterior_of_what_came_before(void **state)
{
    (void)state;
    fixture f = draw(99);
    ana_hmm_chain chain = {K, f.initial, f.transition, 0};
    double log_likelihood = 0.0;
    check_ok(ana_hmm_filter(&chain, T, f.rows, f.filtered, &log_likelihood));
    for (size_t n = 1; n <= T; n++) {
        double part = 0.0;
        check_ok(ana_hmm_smooth(&chain, n, f.rows, f.posterior, NULL, &part));
        check_all_close(K, f.posterior + (n - 1) * K, f.filtered + (n - 1) * K, 1e-14, 0.0);
    }
    /* In place, over its own input. */
    double again = 0.0;
    check_ok(ana_hmm_filter(&chain, T, f.rows, f.rows, &again));
    assert_memory_equal(f.rows, f.filtered, sizeof f.rows);
    assert_true(again == log_likelihood);
}

static void predictions_are_sums_over_paths(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        fixture f = draw(seed);
        ana_hmm_chain chain = {K, f.initial, f.transition, K * K};
        double predicted[T * K];
        double ahead[T * K];
        double log_likelihood = 0.0;
        check_ok(ana_hmm_filter(&chain, T, f.rows, f.filtered, &log_likelihood));
        check_ok(ana_hmm_predict_states(&chain, T, f.filtered, predicted));
        for (size_t t = 0; t < T; t++) {
            /* Rows from t on that say nothing leave the posterior of t given what was before. */
            fixture blind = f;
            memset(blind.rows + t * K, 0, (T - t) * K * sizeof(double));
            enumeration wanted = enumerate(&blind, K * K);
            for (size_t k = 0; k < K; k++) {
                check_close(predicted[t * K + k], wanted.state[t * K + k] / wanted.likelihood,
                            1e-13, 0.0);
            }
            if (t > 0) {
                const size_t n_steps = T - t;
                check_ok(ana_hmm_predict_states_ahead(&chain, t - 1, n_steps,
                                                      f.filtered + (t - 1) * K, ahead));
                for (size_t i = 0; i < n_steps * K; i++) {
                    check_close(ahead[i], wanted.state[t * K + i] / wanted.likelihood, 1e-13, 0.0);
                }
            }
        }
    }
}

static void a_fixed_lag_sees_so_far_ahead_and_no_further(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        fixture f = draw(seed);
        ana_hmm_chain chain = {K, f.initial, f.transition, K * K};
        double lagged[T * K];
        double log_likelihood = 0.0;
        for (size_t lag = 0; lag < T + 2; lag++) {
            check_ok(ana_hmm_smooth_fixed_lag(&chain, T, f.rows, lag, lagged));
            for (size_t t = 0; t < T; t++) {
                const size_t n = t + lag + 1 < T ? t + lag + 1 : T;
                check_ok(ana_hmm_smooth(&chain, n, f.rows, f.posterior, NULL, &log_likelihood));
                check_all_close(K, lagged + t * K, f.posterior + t * K, 1e-13, 0.0);
            }
        }
    }
}

enum {
    LONG = 5000
};

typedef struct long_chain {
    double rows[LONG * K];
    double posterior[LONG * K];
    size_t n_reads;
    size_t fails_at; /* read that fails; 0: none */
} long_chain;

static ana_status read_long(void *user, size_t first, size_t n, double *log_emission)
{
    long_chain *all = user;
    all->n_reads++;
    if (all->n_reads == all->fails_at) {
        return ana_fail(ANA_ERR_IO, "read %zu failed", all->n_reads);
    }
    memcpy(log_emission, all->rows + first * K, n * K * sizeof(double));
    return ANA_OK;
}

static ana_status keep_posterior(void *user, size_t first, size_t n, const double *posterior)
{
    memcpy(((long_chain *)user)->posterior + first * K, posterior, n * K * sizeof(double));
    return ANA_OK;
}

static void a_stream_has_the_bits_of_the_whole(void **state)
{
    (void)state;
    static long_chain all;
    static double wanted[LONG * K];
    const size_t lengths[] = {1, 2, 1023, 1024, 1025, 2048, 4999, LONG};
    fixture f = draw(21);
    ana_hmm_chain chain = {K, f.initial, f.transition, 0};
    ana_random random = ana_random_stream(5, "test.long", 0);
    for (size_t i = 0; i < LONG * K; i++) {
        all.rows[i] = 2.0 * ana_random_normal(&random) - 3.0;
    }
    const ana_hmm_stream ends = {read_long, keep_posterior, &all};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        const size_t n = lengths[i];
        double transitions[K * K];
        double log_likelihood = 0.0;
        double whole = 0.0;
        check_ok(ana_hmm_smooth(&chain, n, all.rows, wanted, f.transitions, &whole));
        check_ok(ana_hmm_smooth_stream(&chain, n, &ends, transitions, &log_likelihood));
        assert_memory_equal(all.posterior, wanted, n * K * sizeof(double));
        assert_memory_equal(transitions, f.transitions, sizeof transitions);
        assert_true(log_likelihood == whole);
    }
    for (size_t at = 1; at <= 10; at += 3) {
        double log_likelihood = 0.0;
        all.n_reads = 0;
        all.fails_at = at;
        check_fails(ana_hmm_smooth_stream(&chain, LONG, &ends, NULL, &log_likelihood), ANA_ERR_IO,
                    "failed");
    }
}

static void a_constant_added_to_a_row_moves_the_likelihood_alone(void **state)
{
    (void)state;
    fixture f = draw(5);
    ana_hmm_chain chain = {K, f.initial, f.transition, 0};
    double before = 0.0;
    double after = 0.0;
    double posterior[T * K];
    check_ok(ana_hmm_smooth(&chain, T, f.rows, posterior, NULL, &before));
    for (size_t i = 0; i < T * K; i++) {
        f.rows[i] -= 1e5;
    }
    check_ok(ana_hmm_smooth(&chain, T, f.rows, f.posterior, NULL, &after));
    check_close(after, before - T * 1e5, 1e-9, 0.0);
    check_all_close(T * K, f.posterior, posterior, 1e-10, 0.0);
}

static void exact_zeros_stay_zero(void **state)
{
    (void)state;
    fixture f = draw(7);
    const double initial[K] = {1.0, 0.0, 0.0};
    const double left_right[K * K] = {0.6, 0.4, 0.0, 0.0, 0.7, 0.3, 0.0, 0.0, 1.0};
    ana_hmm_chain chain = {K, initial, left_right, 0};
    double log_likelihood = 0.0;
    double log_path = 0.0;
    check_ok(ana_hmm_smooth(&chain, T, f.rows, f.posterior, f.transitions, &log_likelihood));
    assert_true(f.transitions[1 * K + 0] == 0.0 && f.transitions[0 * K + 2] == 0.0);
    assert_true(f.posterior[2] == 0.0 && f.posterior[1 * K + 2] == 0.0);
    check_ok(ana_hmm_viterbi(&chain, T, f.rows, f.path, &log_path));
    for (size_t t = 1; t < T; t++) {
        assert_true(f.path[t] >= f.path[t - 1]);
    }
}

static void sampled_paths_follow_the_posterior(void **state)
{
    (void)state;
    enum {
        N = 20000
    };
    fixture f = draw(11);
    ana_hmm_chain chain = {K, f.initial, f.transition, K * K};
    ana_random random = ana_random_stream(3, "test.paths", 0);
    double share[T * K] = {0};
    double log_likelihood = 0.0;
    check_ok(ana_hmm_smooth(&chain, T, f.rows, f.posterior, NULL, &log_likelihood));
    for (size_t i = 0; i < N; i++) {
        check_ok(ana_hmm_sample_path(&chain, T, f.rows, &random, f.path));
        for (size_t t = 0; t < T; t++) {
            share[t * K + f.path[t]] += 1.0 / N;
        }
    }
    /* Four standard errors of a share of N draws, at the worst. */
    check_all_close(T * K, share, f.posterior, 4.0 * 0.5 / sqrt((double)N), 0.0);
}

static void equal_paths_resolve_to_the_lowest_state(void **state)
{
    (void)state;
    const double initial[2] = {0.5, 0.5};
    const double transition[4] = {0.5, 0.5, 0.5, 0.5};
    const double rows[6] = {0.0, 0.0, 0.0, 0.0, 0.0, 0.0};
    ana_hmm_chain chain = {2, initial, transition, 0};
    size_t path[3] = {9, 9, 9};
    double log_path = 0.0;
    check_ok(ana_hmm_viterbi(&chain, 3, rows, path, &log_path));
    assert_true(path[0] == 0 && path[1] == 0 && path[2] == 0);
    check_close(log_path, 3.0 * log(0.5), 1e-15, 0.0);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    fixture f = draw(13);
    double value = 0.0;
    ana_hmm_chain chain = {K, f.initial, f.transition, 0};
    check_fails(ana_hmm_filter(&chain, 0, f.rows, f.filtered, &value), ANA_ERR_VALUE, "0 times");
    double rows[T * K];
    memcpy(rows, f.rows, sizeof rows);
    for (size_t k = 0; k < K; k++) {
        rows[4 * K + k] = -(double)INFINITY;
    }
    check_fails(ana_hmm_smooth(&chain, T, rows, f.posterior, NULL, &value), ANA_ERR_NUMERIC,
                "observation 4 is impossible");
    check_fails(ana_hmm_viterbi(&chain, T, rows, f.path, &value), ANA_ERR_NUMERIC, "no path");
    rows[2 * K] = (double)NAN;
    check_fails(ana_hmm_filter(&chain, T, rows, f.filtered, &value), ANA_ERR_NUMERIC,
                "observation 2 is not finite");
    double initial[K] = {0.5, 0.5, 0.1};
    chain.initial = initial;
    check_fails(ana_hmm_filter(&chain, T, f.rows, f.filtered, &value), ANA_ERR_VALUE,
                "does not sum to 1");
    initial[0] = -0.1;
    check_fails(ana_hmm_filter(&chain, T, f.rows, f.filtered, &value), ANA_ERR_VALUE,
                "no probability");
    check_fails(ana_hmm_predict_states(&chain, T, f.filtered, f.posterior), ANA_ERR_VALUE,
                "no probability");
    check_fails(ana_hmm_predict_states_ahead(&chain, 0, 1, f.filtered, f.posterior), ANA_ERR_VALUE,
                "no probability");
    chain = (ana_hmm_chain){0, f.initial, f.transition, 0};
    check_fails(ana_hmm_filter(&chain, T, f.rows, f.filtered, &value), ANA_ERR_VALUE, "0 states");
}

static ana_status read_fixture(void *user, size_t first, size_t n, double *log_emission)
{
    memcpy(log_emission, ((fixture *)user)->rows + first * K, n * K * sizeof(double));
    return ANA_OK;
}

static ana_status smooth_all(void *user)
{
    fixture *f = user;
    double value = 0.0;
    ana_hmm_chain chain = {K, f->initial, f->transition, 0};
    ana_status status = ana_hmm_smooth(&chain, T, f->rows, f->posterior, f->transitions, &value);
    if (status == ANA_OK) {
        status = ana_hmm_viterbi(&chain, T, f->rows, f->path, &value);
    }
    if (status == ANA_OK) {
        status = ana_hmm_smooth_fixed_lag(&chain, T, f->rows, 2, f->posterior);
    }
    if (status == ANA_OK) {
        const ana_hmm_stream ends = {read_fixture, NULL, f};
        status = ana_hmm_smooth_stream(&chain, T, &ends, NULL, &value);
    }
    ana_random random = ana_random_stream(1, "test", 0);
    return status == ANA_OK ? ana_hmm_sample_path(&chain, T, f->rows, &random, f->path) : status;
}

static void without_memory_nothing_is_left_behind(void **state)
{
    (void)state;
    fixture f = draw(17);
    assert_true(check_each_allocation(smooth_all, &f, 0) >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_agree_with_the_sum_over_paths),
        cmocka_unit_test(the_filter_is_the_posterior_of_what_came_before),
        cmocka_unit_test(predictions_are_sums_over_paths),
        cmocka_unit_test(a_fixed_lag_sees_so_far_ahead_and_no_further),
        cmocka_unit_test(a_stream_has_the_bits_of_the_whole),
        cmocka_unit_test(a_constant_added_to_a_row_moves_the_likelihood_alone),
        cmocka_unit_test(exact_zeros_stay_zero),
        cmocka_unit_test(sampled_paths_follow_the_posterior),
        cmocka_unit_test(equal_paths_resolve_to_the_lowest_state),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(without_memory_nothing_is_left_behind),
    };
    return cmocka_run_group_tests_name("hmm_messages", tests, NULL, NULL);
}
