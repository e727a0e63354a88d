#include "hmm_durations.h"
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/rising.h"

#include <analysis/models/hmm.h>
#include <analysis/models/hmm_messages.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    K = 3,
    T = 6,
    D = 4
};

typedef struct fixture {
    double initial[K];
    double transition[K * K];
    double log_pmf[K * D];
    double log_tail[K * D];
    double rows[T * K];
} fixture;

static fixture draw(uint64_t seed)
{
    fixture f;
    const double alpha[D] = {0.8, 1.4, 1.1, 2.0};
    ana_random random = ana_random_stream(seed, "test.semi", 0);
    memset(&f, 0, sizeof f);
    ana_random_dirichlet(&random, K, alpha, f.initial);
    for (size_t i = 0; i < K; i++) {
        double row[K - 1];
        double pmf[D];
        double tail = 0.0;
        ana_random_dirichlet(&random, K - 1, alpha, row);
        for (size_t j = 0; j < K; j++) {
            f.transition[i * K + j] = i == j ? 0.0 : row[j < i ? j : j - 1];
        }
        ana_random_dirichlet(&random, D, alpha, pmf);
        for (size_t d = D; d-- > 0;) {
            tail += pmf[d];
            f.log_pmf[i * D + d] = log(pmf[d]);
            f.log_tail[i * D + d] = log(tail);
        }
    }
    for (size_t i = 0; i < T * K; i++) {
        f.rows[i] = 1.5 * ana_random_normal(&random) - 4.0;
    }
    return f;
}

/* Sums over all ways to cut T rows into segments. A way is a state and a length for each. */
typedef struct enumeration {
    double likelihood;
    double state[T * K];
    double first[K];
    double steps[K * K];
    double lasted[K * D];
    double cut[K * D];
    double best;
    size_t path[T];
} enumeration;

/* Adds one way: path[t] and whether a segment begins at t. */
static void add_way(const fixture *f, const size_t *path, const bool *begins, enumeration *sums)
{
    double p = f->initial[path[0]];
    size_t start = 0;
    size_t length[T];
    size_t first[T];
    size_t n = 0;
    for (size_t t = 0; t <= T; t++) {
        if (t == T || (t > 0 && begins[t])) {
            first[n] = start;
            length[n++] = t - start;
            start = t;
        }
        p *= t < T ? exp(f->rows[t * K + path[t]]) : 1.0;
    }
    for (size_t i = 0; i < n; i++) {
        const size_t k = path[first[i]];
        if (length[i] > D) {
            return;
        }
        p *= exp((i + 1 == n ? f->log_tail : f->log_pmf)[k * D + length[i] - 1]);
        p *= i > 0 ? f->transition[path[first[i] - 1] * K + k] : 1.0;
    }
    sums->likelihood += p;
    sums->first[path[0]] += p;
    for (size_t t = 0; t < T; t++) {
        sums->state[t * K + path[t]] += p;
    }
    for (size_t i = 0; i < n; i++) {
        const size_t k = path[first[i]];
        (i + 1 == n ? sums->cut : sums->lasted)[k * D + length[i] - 1] += p;
        if (i > 0) {
            sums->steps[path[first[i] - 1] * K + k] += p;
        }
    }
    if (p > sums->best) {
        sums->best = p;
        memcpy(sums->path, path, sizeof sums->path);
    }
}

/* Since no state follows itself, a path says where segments begin. */
static enumeration enumerate(const fixture *f)
{
    enumeration sums;
    size_t n_paths = 1;
    memset(&sums, 0, sizeof sums);
    for (size_t t = 0; t < T; t++) {
        n_paths *= K;
    }
    for (size_t code = 0; code < n_paths; code++) {
        size_t path[T];
        bool begins[T] = {true};
        for (size_t t = 0, rest = code; t < T; t++, rest /= K) {
            path[t] = rest % K;
            begins[t] = t == 0 || path[t] != path[t - 1];
        }
        add_way(f, path, begins, &sums);
    }
    return sums;
}

static void segments_agree_with_the_sum_over_all_ways(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        fixture f = draw(seed);
        const enumeration wanted = enumerate(&f);
        const ana_semi_chain chain = {K, D, f.initial, f.transition, f.log_pmf, f.log_tail};
        ana_workspace workspace = {0};
        double posterior[T * K];
        size_t path[T];
        double log_likelihood = 0.0;
        double log_path = 0.0;
        ana_semi_scratch scratch = ana_semi_scratch_new(&workspace, T, K, D, true);
        check_ok(ana_workspace_check(&workspace, "test"));
        check_ok(ana_semi_smooth(&chain, T, f.rows, &scratch, posterior, &log_likelihood));
        check_close(log_likelihood, log(wanted.likelihood), 1e-12, 0.0);
        for (size_t i = 0; i < T * K; i++) {
            check_close(posterior[i], wanted.state[i] / wanted.likelihood, 1e-12, 0.0);
        }
        for (size_t i = 0; i < K * K; i++) {
            check_close(scratch.steps[i], wanted.steps[i] / wanted.likelihood, 1e-12, 0.0);
        }
        for (size_t i = 0; i < K * D; i++) {
            check_close(scratch.lasted[i], wanted.lasted[i] / wanted.likelihood, 1e-12, 0.0);
            check_close(scratch.cut[i], wanted.cut[i] / wanted.likelihood, 1e-12, 0.0);
        }
        for (size_t k = 0; k < K; k++) {
            check_close(scratch.first[k], wanted.first[k] / wanted.likelihood, 1e-12, 0.0);
        }
        check_ok(ana_semi_viterbi(&chain, T, f.rows, &scratch, path, &log_path));
        assert_memory_equal(path, wanted.path, sizeof path);
        check_close(log_path, log(wanted.best), 1e-12, 0.0);
        ana_workspace_release(&workspace);
    }
}

/* With r = 1 a state's duration is geometric, and the model an ordinary chain. */
static void geometric_durations_are_an_ordinary_chain(void **state)
{
    (void)state;
    enum {
        LONG = 200,
        LONGEST = 400
    };
    static double rows[LONG * K];
    static double wanted[LONG * K];
    static double posterior[LONG * K];
    static double log_pmf[K * LONGEST];
    static double log_tail[K * LONGEST];
    const double initial[K] = {0.2, 0.5, 0.3};
    const double ordinary[K * K] = {0.8, 0.15, 0.05, 0.1, 0.7, 0.2, 0.3, 0.1, 0.6};
    double leaving[K * K];
    double transitions[K * K];
    double log_likelihood = 0.0;
    double whole = 0.0;
    ana_workspace workspace = {0};
    ana_random random = ana_random_stream(2, "test.semi", 1);
    for (size_t i = 0; i < LONG * K; i++) {
        rows[i] = 1.5 * ana_random_normal(&random) - 50.0;
    }
    for (size_t i = 0; i < K; i++) {
        const double shape[2] = {1.0, ordinary[i * K + i]};
        ana_semi_durations(shape, LONGEST, log_pmf + i * LONGEST, log_tail + i * LONGEST);
        check_close(log_pmf[i * LONGEST + 4], log(1.0 - shape[1]) + 4.0 * log(shape[1]), 1e-12,
                    1e-12);
        check_close(log_tail[i * LONGEST + 4], 4.0 * log(shape[1]), 1e-12, 1e-12);
        for (size_t j = 0; j < K; j++) {
            leaving[i * K + j] = i == j ? 0.0 : ordinary[i * K + j] / (1.0 - shape[1]);
        }
    }
    const ana_hmm_chain chain = {K, initial, ordinary, 0};
    const ana_semi_chain semi = {K, LONGEST, initial, leaving, log_pmf, log_tail};
    ana_semi_scratch scratch = ana_semi_scratch_new(&workspace, LONG, K, LONGEST, false);
    check_ok(ana_workspace_check(&workspace, "test"));
    check_ok(ana_hmm_smooth(&chain, LONG, rows, wanted, transitions, &whole));
    check_ok(ana_semi_smooth(&semi, LONG, rows, &scratch, posterior, &log_likelihood));
    /* Durations are cut at 400 rows: .8^400 is nothing. */
    check_close(log_likelihood, whole, 0.0, 1e-13);
    check_all_close(LONG * K, posterior, wanted, 1e-10, 0.0);
    for (size_t i = 0; i < K; i++) {
        for (size_t j = 0; j < K; j++) {
            check_close(scratch.steps[i * K + j], i == j ? 0.0 : transitions[i * K + j], 1e-9, 0.0);
        }
    }
    ana_workspace_release(&workspace);
}

static void a_shape_is_found_again_from_its_durations(void **state)
{
    (void)state;
    enum {
        MOST = 150
    };
    const double truths[3][2] = {{1.0, 0.9}, {4.0, 0.8}, {0.5, 0.95}};
    for (size_t i = 0; i < 3; i++) {
        double log_pmf[MOST];
        double log_tail[MOST];
        double lasted[MOST];
        double cut[MOST] = {0.0};
        double shape[2] = {2.0, 0.5};
        double sum = 0.0;
        ana_semi_durations(truths[i], MOST, log_pmf, log_tail);
        for (size_t d = 0; d < MOST; d++) {
            lasted[d] = 1000.0 * exp(log_pmf[d]);
            sum += exp(log_pmf[d]);
        }
        check_close(sum, 1.0, 1e-13, 0.0);
        check_ok(ana_semi_fit_durations(MOST, lasted, cut, log_pmf, log_tail, shape));
        check_close(shape[0], truths[i][0], 0.0, 1e-3);
        check_close(shape[1], truths[i][1], 0.0, 1e-3);
        /* At the maximum nothing is gained, and the shape stays near. */
        check_ok(ana_semi_fit_durations(MOST, lasted, cut, log_pmf, log_tail, shape));
        check_close(shape[0], truths[i][0], 0.0, 1e-3);
    }
}

static void what_no_segments_give_is_refused(void **state)
{
    (void)state;
    fixture f = draw(3);
    const ana_semi_chain chain = {K, D, f.initial, f.transition, f.log_pmf, f.log_tail};
    ana_workspace workspace = {0};
    double posterior[T * K];
    size_t path[T];
    double value = 0.0;
    ana_semi_scratch scratch = ana_semi_scratch_new(&workspace, T, K, D, true);
    check_ok(ana_workspace_check(&workspace, "test"));
    for (size_t k = 0; k < K; k++) {
        f.rows[2 * K + k] = -(double)INFINITY;
    }
    check_fails(ana_semi_smooth(&chain, T, f.rows, &scratch, posterior, &value), ANA_ERR_NUMERIC,
                "no segments");
    check_fails(ana_semi_viterbi(&chain, T, f.rows, &scratch, path, &value), ANA_ERR_NUMERIC,
                "no segments");
    f.rows[2 * K] = (double)NAN;
    check_fails(ana_semi_smooth(&chain, T, f.rows, &scratch, posterior, &value), ANA_ERR_NUMERIC,
                "observation 2 is not finite");
    ana_workspace_release(&workspace);
}

enum {
    N_STATES = 2,
    N_UNITS = 3,
    LONGEST_VISIT = 60
};

/* Visits of about 12 rows, never short ones: r = 8, and the geometric model would allow them. */
static ana_hmm *truth(void)
{
    ana_hmm *hmm = NULL;
    const double rates[N_STATES * N_UNITS] = {0.5, 1.6, 0.9, 1.5, 0.6, 1.1};
    const double transition[N_STATES * N_STATES] = {0.0, 1.0, 1.0, 0.0};
    const double durations[2 * N_STATES] = {8.0, 0.6, 5.0, 0.75};
    check_ok(ana_hmm_new(N_STATES, N_UNITS, &hmm));
    check_ok(ana_hmm_set_durations(hmm, LONGEST_VISIT));
    hmm->initial[0] = 0.5;
    hmm->initial[1] = 0.5;
    memcpy(hmm->rates, rates, sizeof rates);
    memcpy(hmm->transition, transition, sizeof transition);
    memcpy(hmm->durations, durations, sizeof durations);
    check_ok(ana_hmm_check(hmm));
    return hmm;
}

static ana_observations *draw_counts(size_t n)
{
    ana_hmm *hmm = truth();
    ana_observations *counts = NULL;
    const size_t lengths[2] = {n / 2, n - n / 2};
    check_ok(ana_hmm_simulate(hmm, 2, lengths, 5, &counts));
    ana_hmm_free(hmm);
    return counts;
}

static ana_hmm_options explicit_durations(void)
{
    ana_hmm_options options = ana_hmm_options_default();
    options.n_states = N_STATES;
    options.n_restarts = 2;
    options.durations = ANA_HMM_NEGATIVE_BINOMIAL;
    options.max_duration = LONGEST_VISIT;
    return options;
}

static size_t count_wrong(const ana_hmm_decoding *decoding, const ana_observations *counts)
{
    size_t n_same = 0;
    for (size_t t = 0; t < counts->n_times; t++) {
        n_same += decoding->path[t] == (size_t)counts->labels[t] ? 1 : 0;
    }
    return n_same < counts->n_times - n_same ? n_same : counts->n_times - n_same;
}

static void durations_are_learned_and_help_decoding(void **state)
{
    (void)state;
    ana_observations *counts = draw_counts(4000);
    ana_hmm *true_model = truth();
    size_t n_wrong[2];
    double score = 0.0;
    for (int durations = 0; durations < 2; durations++) {
        ana_hmm_options options = explicit_durations();
        ana_hmm *hmm = NULL;
        ana_hmm_decoding *decoding = NULL;
        options.durations = durations;
        check_ok(ana_hmm_fit(counts, &options, &hmm));
        check_rises(&hmm->info);
        for (size_t i = 1; i < hmm->info.n_trace; i++) {
            double before = hmm->info.trace[i - 1];
            assert_true(hmm->info.trace[i] >= before - 1e-9 * fabs(before));
        }
        check_ok(ana_hmm_decode(hmm, counts, NULL, &decoding));
        n_wrong[durations] = count_wrong(decoding, counts);
        check_close(decoding->log_likelihood[0] + decoding->log_likelihood[1], hmm->log_likelihood,
                    0.0, 1e-10);
        if (durations == ANA_HMM_NEGATIVE_BINOMIAL) {
            check_ok(ana_hmm_score(true_model, counts, &score));
            assert_true(hmm->log_likelihood >= score);
            assert_true(hmm->transition[0] == 0.0 && hmm->transition[1] == 1.0);
            /* Mean visits 1 + r p / (1 - p): 13 and 16 rows. */
            for (size_t k = 0; k < 2; k++) {
                const double r = hmm->durations[2 * k];
                const double p = hmm->durations[2 * k + 1];
                const double mean = 1.0 + r * p / (1.0 - p);
                assert_true(r > 2.0);
                assert_true(fabs(mean - 13.0) < 1.5 || fabs(mean - 16.0) < 1.5);
            }
        }
        ana_hmm_decoding_free(decoding);
        ana_hmm_free(hmm);
    }
    assert_true(n_wrong[1] < n_wrong[0]);
    ana_hmm_free(true_model);
    ana_observations_free(counts);
}

static void a_record_holds_the_durations(void **state)
{
    (void)state;
    ana_observations *counts = draw_counts(300);
    ana_hmm_options options = explicit_durations();
    ana_hmm *hmm = NULL;
    ana_hmm *copy = NULL;
    ana_hmm *from = NULL;
    ana_record *record = NULL;
    double score = 0.0;
    double ahead[2];
    options.max_iterations = 10;
    check_ok(ana_hmm_fit(counts, &options, &hmm));
    check_rises(&hmm->info);
    check_ok(ana_hmm_to_record(hmm, &record));
    check_ok(ana_record_check(record));
    check_ok(ana_hmm_from_record(record, &copy));
    assert_int_equal(copy->max_duration, LONGEST_VISIT);
    assert_memory_equal(copy->durations, hmm->durations, 4 * sizeof(double));
    check_ok(ana_hmm_score(copy, counts, &score));
    check_close(score, hmm->log_likelihood, 0.0, 1e-11);
    check_fails(ana_hmm_forecast(copy, counts, 1, ahead, NULL), ANA_ERR_UNSUPPORTED,
                "explicit durations");
    /* Two free probabilities less than with a diagonal, four shapes more. */
    assert_true(ana_hmm_n_parameters(hmm) == 1.0 + 0.0 + 4.0 + 6.0);
    options.max_iterations = 2;
    options.tolerance = 0.0;
    check_ok(ana_hmm_fit_from(counts, hmm, &options, &from));
    check_rises(&from->info);
    check_close(from->info.trace[0], hmm->log_likelihood, 0.0, 1e-11);
    ana_hmm_free(from);
    copy->transition[0] = 0.5;
    copy->transition[1] = 0.5;
    check_fails(ana_hmm_check(copy), ANA_ERR_VALUE, "diagonal");
    ana_hmm_free(copy);
    ana_hmm_free(hmm);
    ana_record_free(record);
    ana_observations_free(counts);
    check_ok(ana_hmm_new(1, 2, &hmm));
    check_fails(ana_hmm_set_durations(hmm, 5), ANA_ERR_VALUE, "1 states");
    ana_hmm_free(hmm);
    counts = draw_counts(50);
    options.n_states = 1;
    check_fails(ana_hmm_fit(counts, &options, &hmm), ANA_ERR_VALUE, "two states");
    ana_observations_free(counts);
}

static ana_status fit_and_decode(void *user)
{
    const ana_observations *counts = user;
    ana_hmm_options options = explicit_durations();
    ana_hmm *hmm = NULL;
    ana_hmm *copy = NULL;
    ana_hmm_decoding *decoding = NULL;
    ana_observations *drawn = NULL;
    ana_record *record = NULL;
    const size_t length = 10;
    double score = 0.0;
    options.n_restarts = 1;
    options.max_iterations = 1;
    options.max_duration = 8;
    options.run.n_threads = 1;
    ana_status status = ana_hmm_fit(counts, &options, &hmm);
    status = status != ANA_OK ? status : ana_hmm_to_record(hmm, &record);
    status = status != ANA_OK ? status : ana_hmm_from_record(record, &copy);
    status = status != ANA_OK ? status : ana_hmm_decode(copy, counts, NULL, &decoding);
    status = status != ANA_OK ? status : ana_hmm_score(copy, counts, &score);
    status = status != ANA_OK ? status : ana_hmm_simulate(copy, 1, &length, 3, &drawn);
    ana_observations_free(drawn);
    ana_hmm_decoding_free(decoding);
    ana_record_free(record);
    ana_hmm_free(copy);
    ana_hmm_free(hmm);
    return status;
}

static void without_memory_nothing_is_left_behind(void **state)
{
    (void)state;
    ana_observations *counts = draw_counts(40);
    assert_true(check_each_allocation(fit_and_decode, counts, 0) > 50);
    ana_observations_free(counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_agree_with_the_sum_over_all_ways),
        cmocka_unit_test(geometric_durations_are_an_ordinary_chain),
        cmocka_unit_test(a_shape_is_found_again_from_its_durations),
        cmocka_unit_test(durations_are_learned_and_help_decoding),
        cmocka_unit_test(a_record_holds_the_durations),
        cmocka_unit_test(without_memory_nothing_is_left_behind),
        cmocka_unit_test(what_no_segments_give_is_refused),
    };
    return cmocka_run_group_tests_name("hmm durations", tests, NULL, NULL);
}
