#include "support/check.h"
#include "support/fail_nth.h"
#include "support/reference_json.h"

#include <analysis/random.h>
#include <analysis/resampling.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 14,
    N_RESAMPLES = 700 /* three blocks, the last not full */
};

static const double missing = (double)NAN;

/* Two groups of unlike size, interleaved. */
static const size_t groups[N] = {3, 1, 3, 3, 1, 3, 1, 3, 3, 1, 3, 1, 3, 3};

static double data[N];

static int make_data(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(41, "test data", 0);
    for (size_t i = 0; i < N; i++) {
        data[i] = 0.4 + ana_random_normal(&random);
    }
    return 0;
}

/* Reports order and signs themselves. */
static ana_status spy(void *user, const ana_rearranged *how, double *values)
{
    (void)user;
    assert_int_equal(how->n, N);
    for (size_t i = 0; i < how->n; i++) {
        values[i] = (double)how->order[i];
        values[N + i] = how->signs[i];
    }
    return ANA_OK;
}

/* Mean of the first half less mean of the second, and mean of all. */
static ana_status differences(void *user, const ana_rearranged *how, double *values)
{
    (void)user;
    double halves[2] = {0.0, 0.0};
    for (size_t i = 0; i < how->n; i++) {
        halves[2 * i >= how->n] += data[how->order[i]] * how->signs[i];
    }
    values[0] = (halves[0] - halves[1]) * 2.0 / (double)how->n;
    values[1] = (halves[0] + halves[1]) / (double)how->n;
    return ANA_OK;
}

static ana_resampling_options options_for(ana_scheme scheme, const size_t *ids)
{
    ana_resampling_options options = ana_resampling_options_default();
    options.run.seed = 5;
    options.n_resamples = N_RESAMPLES;
    options.scheme = scheme;
    options.groups = ids;
    return options;
}

static void check_order(const ana_resampling_options *options, const double *order)
{
    unsigned seen = 0;
    for (size_t i = 0; i < N; i++) {
        size_t item = (size_t)order[i];
        assert_true(item < N);
        assert_true(options->groups == NULL || groups[item] == groups[i]);
        seen |= 1U << item;
    }
    assert_true(options->scheme == ANA_SCHEME_BOOTSTRAP || seen == (1U << N) - 1);
}

/* Place k of the group that holds place i. */
static size_t place_in_group(size_t i, bool grouped)
{
    size_t place = 0;
    for (size_t j = 0; j < i; j++) {
        place += !grouped || groups[j] == groups[i];
    }
    return place;
}

static void check_shift(const ana_resampling_options *options, const double *order)
{
    bool grouped = options->groups != NULL;
    for (size_t id = 0; id < 4; id++) {
        size_t first = N;
        size_t size = 0;
        for (size_t i = N; i-- > 0;) {
            if (!grouped ? id == 0 : groups[i] == id) {
                first = i;
                size++;
            }
        }
        if (size == 0) {
            continue;
        }
        size_t shift = place_in_group((size_t)order[first], grouped);
        assert_true(shift >= options->min_shift && shift <= size - options->min_shift);
        for (size_t i = 0; i < N; i++) {
            if (!grouped || groups[i] == id) {
                assert_int_equal(place_in_group((size_t)order[i], grouped),
                                 (place_in_group(i, grouped) + shift) % size);
            }
        }
    }
}

static void items_stay_within_their_group(void **state)
{
    (void)state;
    static double values[N_RESAMPLES][2 * N];
    for (int scheme = 0; scheme < 4; scheme++) {
        for (size_t grouped = 0; grouped < 2; grouped++) {
            ana_resampling_options options =
                options_for((ana_scheme)scheme, grouped ? groups : NULL);
            options.min_shift = 2;
            check_ok(ana_resampling_values(N, 2 * N, spy, NULL, &options, values[0]));
            size_t n_moved = 0;
            size_t n_negative = 0;
            for (size_t r = 0; r < N_RESAMPLES; r++) {
                check_order(&options, values[r]);
                if (options.scheme == ANA_SCHEME_SHIFT) {
                    check_shift(&options, values[r]);
                }
                for (size_t i = 0; i < N; i++) {
                    n_moved += values[r][i] != (double)i;
                    n_negative += values[r][N + i] == -1.0;
                    assert_true(fabs(values[r][N + i]) == 1.0);
                    assert_true(!grouped ||
                                values[r][N + i] == values[r][N + (groups[i] == 3 ? 0 : 1)]);
                }
            }
            bool flips = options.scheme == ANA_SCHEME_SIGN_FLIP;
            assert_true(flips ? n_moved == 0 : n_moved > N_RESAMPLES * N / 2);
            double expected = flips ? 0.5 * N * N_RESAMPLES : 0.0; /* 5 deviations of groups of 9 */
            check_close((double)n_negative, expected,
                        flips ? 5.0 * 4.5 * sqrt(2 * N_RESAMPLES) : 0.0, 0.0);
        }
    }
}

/* Each of the 14 places is as likely for an item as any other. */
static void rearrangements_are_even(void **state)
{
    (void)state;
    static double values[N_RESAMPLES][2 * N];
    const ana_scheme moving[] = {ANA_SCHEME_PERMUTE, ANA_SCHEME_BOOTSTRAP, ANA_SCHEME_SHIFT};
    for (size_t s = 0; s < 3; s++) {
        ana_resampling_options options = options_for(moving[s], NULL);
        options.min_shift = 0;
        check_ok(ana_resampling_values(N, 2 * N, spy, NULL, &options, values[0]));
        size_t counts[N] = {0};
        for (size_t r = 0; r < N_RESAMPLES; r++) {
            counts[(size_t)values[r][4]]++;
        }
        for (size_t i = 0; i < N; i++) { /* 50 expected, deviation 6.8 */
            check_close((double)counts[i], (double)N_RESAMPLES / N, 34.0, 0.0);
        }
    }
}

static void threads_and_shards_do_not_change_the_bits(void **state)
{
    (void)state;
    static double wanted[N_RESAMPLES][2];
    static double found[N_RESAMPLES][2];
    static double part[N_RESAMPLES][2];
    for (int scheme = 0; scheme < 4; scheme++) {
        ana_resampling_options options = options_for((ana_scheme)scheme, groups);
        options.run.n_threads = 1;
        check_ok(ana_resampling_values(N, 2, differences, NULL, &options, wanted[0]));
        const size_t n_threads[] = {2, 3, 7};
        for (size_t t = 0; t < 3; t++) {
            options.run.n_threads = n_threads[t];
            check_ok(ana_resampling_values(N, 2, differences, NULL, &options, found[0]));
            assert_memory_equal(found, wanted, sizeof wanted);
        }
        memset(found, 0, sizeof found);
        for (size_t s = 0; s < 3; s++) {
            options.run.shard = (ana_shard){s, 3};
            check_ok(ana_resampling_values(N, 2, differences, NULL, &options, part[0]));
            for (size_t r = 0; r < N_RESAMPLES; r++) {
                assert_true(isnan(part[r][0]) == (r % 3 != s));
                if (r % 3 == s) {
                    memcpy(found[r], part[r], sizeof part[r]);
                }
            }
        }
        assert_memory_equal(found, wanted, sizeof wanted);
    }
}

static void p_values_by_hand(void **state)
{
    (void)state;
    const double observed[2] = {2.0, -1.0};
    const double resampled[4][2] = {{2.0, 0.5}, {-3.0, 0.0}, {1.0, -2.0}, {0.0, -1.0}};
    double p[2];
    double p_max[2];
    check_ok(ana_resampling_p_values(4, 2, observed, resampled[0], ANA_TAIL_GREATER, p, p_max));
    check_all_close(2, p, ((double[2]){2.0 / 5.0, 4.0 / 5.0}), 1e-15, 0.0);
    check_all_close(2, p_max, ((double[2]){2.0 / 5.0, 1.0}), 1e-15, 0.0);
    check_ok(ana_resampling_p_values(4, 2, observed, resampled[0], ANA_TAIL_LESS, p, p_max));
    check_all_close(2, p, ((double[2]){1.0, 3.0 / 5.0}), 1e-15, 0.0);
    check_all_close(2, p_max, ((double[2]){1.0, 4.0 / 5.0}), 1e-15, 0.0);
    check_ok(ana_resampling_p_values(4, 2, observed, resampled[0], ANA_TAIL_TWO_SIDED, p, p_max));
    check_all_close(2, p, ((double[2]){3.0 / 5.0, 3.0 / 5.0}), 1e-15, 0.0);
    check_all_close(2, p_max, ((double[2]){4.0 / 5.0, 1.0}), 1e-15, 0.0);
    /* the same value summed in another order counts; a clearly smaller one does not */
    const double near[3] = {2.0 * (1.0 - 4e-16), 2.0 * (1.0 - 1e-9), 2.0};
    check_ok(ana_resampling_p_values(3, 1, observed, near, ANA_TAIL_GREATER, p, NULL));
    check_close(p[0], 3.0 / 4.0, 1e-15, 0.0);
    check_ok(ana_resampling_p_values(0, 2, observed, NULL, ANA_TAIL_GREATER, NULL, p_max));
    check_close(p_max[1], 1.0, 0.0, 0.0);
}

/* All 3432 ways to choose 7 of 14 first, against as many drawn: 5 standard errors. */
static void a_permutation_test_estimates_the_exhaustive_one(void **state)
{
    (void)state;
    ana_resampling_options options = options_for(ANA_SCHEME_PERMUTE, NULL);
    options.n_resamples = 20000;
    ana_resampling_test_result *test = NULL;
    check_ok(ana_resampling_test(N, 2, differences, NULL, &options, &test));
    double sum = 0.0;
    for (size_t i = 0; i < N; i++) {
        sum += data[i];
    }
    double extreme = 0.0;
    for (unsigned chosen = 0; chosen < 1U << N; chosen++) {
        double first = 0.0;
        int n_first = 0;
        for (unsigned i = 0; i < N; i++) {
            first += chosen >> i & 1 ? data[i] : 0.0;
            n_first += (int)(chosen >> i & 1);
        }
        if (n_first == N / 2) {
            double difference = (2.0 * first - sum) * 2.0 / N;
            extreme += fabs(difference) >= fabs(test->observed[0]) * (1.0 - 1e-12);
        }
    }
    double exact = extreme / 3432.0;
    check_close(test->p[0], exact, 5.0 * sqrt(exact * (1.0 - exact) / 20000.0), 0.0);
    check_close(test->p[1], 1.0, 0.0, 0.0); /* the mean of all does not change */
    assert_true(test->p_max[0] >= test->p[0] && test->p_max[1] >= test->p[1]);
    ana_resampling_test_free(test);
    ana_resampling_test_free(NULL);
}

/* Noise is significant at 5% in 5% of the tests: 400 of them, 5 standard errors; the family of 8
 * by the maximum as well. */
static ana_status noise_means(void *user, const ana_rearranged *how, double *values)
{
    const double *noise = user;
    for (size_t k = 0; k < 8; k++) {
        values[k] = 0.0;
        for (size_t i = 0; i < how->n; i++) {
            values[k] += how->signs[i] * noise[k * N + how->order[i]];
        }
    }
    return ANA_OK;
}

static void chance_is_found_as_often_as_allowed(void **state)
{
    (void)state;
    size_t n_alone = 0;
    size_t n_family = 0;
    for (size_t trial = 0; trial < 400; trial++) {
        double noise[8 * N];
        ana_random random = ana_random_stream(42, "noise", trial);
        for (size_t i = 0; i < 8 * N; i++) {
            noise[i] = ana_random_normal(&random);
        }
        ana_resampling_options options = options_for(ANA_SCHEME_SIGN_FLIP, NULL);
        options.n_resamples = 99;
        options.run.seed = trial;
        options.run.n_threads = 1;
        ana_resampling_test_result *test = NULL;
        check_ok(ana_resampling_test(N, 8, noise_means, noise, &options, &test));
        n_alone += test->p[0] <= 0.05;
        double least = 1.0;
        for (size_t k = 0; k < 8; k++) {
            least = fmin(least, test->p_max[k]);
        }
        n_family += least <= 0.05;
        ana_resampling_test_free(test);
    }
    check_close((double)n_alone, 20.0, 5.0 * sqrt(19.0), 0.0);
    check_close((double)n_family, 20.0, 5.0 * sqrt(19.0), 0.0);
}

static void intervals_agree_with_scipy(void **state)
{
    reference *root = *state;
    for (size_t i = 0; i < reference_count(root, "resampling"); i++) {
        const char *name = reference_key(root, "resampling", i);
        char path[96];
#define AT(key) (snprintf(path, sizeof path, "resampling/%s/" key, name), path)
        size_t n = 0;
        size_t n_jackknife = 0;
        const double *resampled = reference_doubles(root, AT("resampled"), &n);
        const double *jackknife = reference_doubles(root, AT("jackknife"), &n_jackknife);
        double interval[2];
        check_ok(ana_resampling_percentile(n, resampled, 0.9, interval));
        check_all_close(2, interval, reference_doubles(root, AT("percentile"), NULL), 0.0, 1e-13);
        check_ok(ana_resampling_bca(n, resampled, reference_number(root, AT("estimate")),
                                    n_jackknife, jackknife, 0.9, interval));
        check_all_close(2, interval, reference_doubles(root, AT("bca"), NULL), 0.0, 1e-10);
#undef AT
    }
}

static ana_status mean_and_constant(void *user, const ana_rearranged *how, double *values)
{
    bool *worked = user;
    values[0] = 0.0;
    values[1] = 3.25;
    for (size_t i = 0; i < how->n; i++) {
        values[0] += data[how->order[i]] / (double)how->n;
    }
    if (worked != NULL) {
        assert_true(how->worker < 3);
        worked[how->worker] = true;
    }
    return ANA_OK;
}

static void a_bootstrap_knows_the_error_of_a_mean(void **state)
{
    (void)state;
    ana_resampling_options options = options_for(ANA_SCHEME_PERMUTE, NULL);
    options.n_resamples = 4000;
    options.run.n_threads = 3;
    double mean = 0.0;
    double square = 0.0;
    for (size_t i = 0; i < N; i++) {
        mean += data[i] / N;
    }
    for (size_t i = 0; i < N; i++) {
        square += (data[i] - mean) * (data[i] - mean) / N;
    }
    for (int bca = 0; bca < 2; bca++) {
        options.bca = bca;
        bool worked[3] = {false};
        ana_bootstrap *b = NULL;
        check_ok(ana_resampling_bootstrap(N, 2, mean_and_constant, worked, &options, &b));
        assert_true(worked[0] || worked[1] || worked[2]);
        check_close(b->estimate[0], mean, 1e-15, 0.0);
        double error = sqrt(square / N); /* known to 1 / sqrt(2 * 4000): 1.1%, five times that */
        check_close(b->standard_error[0], error, 0.0, 0.056);
        check_close(b->low[0], mean - 1.96 * error, 0.25 * error, 0.0);
        check_close(b->high[0], mean + 1.96 * error, 0.25 * error, 0.0);
        check_close(b->low[1], 3.25, 0.0, 0.0);
        check_close(b->high[1], 3.25, 0.0, 0.0);
        check_close(b->standard_error[1], 0.0, 0.0, 0.0);
        ana_bootstrap_free(b);
    }
    options.run.shard = (ana_shard){0, 2};
    ana_bootstrap *part = NULL;
    check_ok(ana_resampling_bootstrap(N, 2, mean_and_constant, NULL, &options, &part));
    check_close(part->low[0], missing, 0.0, 0.0);
    assert_true(isfinite(part->resampled[0]) && isnan(part->resampled[2]));
    ana_bootstrap_free(part);
    ana_bootstrap_free(NULL);
    ana_resampling_test_result *test = NULL;
    check_ok(ana_resampling_test(N, 2, differences, NULL, &options, &test));
    check_close(test->p_max[0], missing, 0.0, 0.0);
    ana_resampling_test_free(test);
}

/* The definitions, one p-value at a time. */
static double adjusted_by_definition(size_t n, const double *p, size_t i, ana_correction method)
{
    double harmonic = 0.0;
    for (size_t k = 1; k <= n; k++) {
        harmonic += 1.0 / (double)k;
    }
    double result = method == ANA_CORRECTION_HOLM ? 0.0 : 1.0;
    for (size_t j = 0; j < n; j++) {
        double below = 0.0;
        double up_to = 0.0;
        for (size_t k = 0; k < n; k++) {
            below += p[k] < p[j];
            up_to += p[k] <= p[j];
        }
        if (method == ANA_CORRECTION_HOLM && p[j] <= p[i]) {
            result = fmax(result, fmin(1.0, p[j] * ((double)n - below)));
        } else if (method != ANA_CORRECTION_HOLM && p[j] >= p[i]) {
            double factor = method == ANA_CORRECTION_BENJAMINI_YEKUTIELI ? harmonic : 1.0;
            result = fmin(result, p[j] * factor * (double)n / up_to);
        }
    }
    return method == ANA_CORRECTION_BONFERRONI ? fmin(1.0, p[i] * (double)n) : result;
}

static void corrections_agree_with_their_definitions(void **state)
{
    (void)state;
    for (size_t trial = 0; trial < 30; trial++) {
        double p[20];
        double with_gap[21];
        double found[21];
        ana_random random = ana_random_stream(43, "p", trial);
        for (size_t i = 0; i < 20; i++) {
            p[i] = pow(ana_random_uniform(&random), 3.0);
            p[i] = trial % 2 ? floor(8.0 * p[i]) / 8.0 : p[i]; /* ties, 0 */
        }
        for (size_t i = 0; i < 21; i++) {
            with_gap[i] = i < 9 ? p[i] : i > 9 ? p[i - 1] : missing;
        }
        for (int method = 0; method < 4; method++) {
            check_ok(ana_resampling_adjust(21, with_gap, (ana_correction)method, found));
            assert_true(isnan(found[9]));
            for (size_t i = 0; i < 20; i++) {
                check_close(found[i < 9 ? i : i + 1],
                            adjusted_by_definition(20, p, i, (ana_correction)method), 1e-15, 1e-14);
            }
        }
        check_ok(ana_resampling_adjust(20, p, ANA_CORRECTION_HOLM, found));
        check_ok(ana_resampling_adjust(20, p, ANA_CORRECTION_HOLM, p));
        assert_memory_equal(p, found, sizeof p);
    }
    check_ok(ana_resampling_adjust(0, NULL, ANA_CORRECTION_HOLM, NULL));
    double bad[2] = {0.5, 1.5};
    check_fails(ana_resampling_adjust(2, bad, ANA_CORRECTION_HOLM, bad), ANA_ERR_VALUE,
                "p-value 1 is 1.5");
}

static ana_status fails_on_some(void *user, const ana_rearranged *how, double *values)
{
    (void)user;
    values[0] = 0.0;
    if (how->order[0] == 3) {
        return ana_fail(ANA_ERR_NUMERIC, "3 came first, then %zu, %zu, %zu", how->order[1],
                        how->order[2], how->order[3]);
    }
    return ANA_OK;
}

/* Whichever thread met it, and whichever failed first by the clock. */
static void the_first_resample_that_fails_is_the_one_reported(void **state)
{
    (void)state;
    static double orders[N_RESAMPLES][2 * N];
    double values[N_RESAMPLES];
    ana_resampling_options options = options_for(ANA_SCHEME_PERMUTE, NULL);
    check_ok(ana_resampling_values(N, 2 * N, spy, NULL, &options, orders[0]));
    const double *first = orders[0];
    while (first[0] != 3.0) {
        first += 2 * N;
    }
    char wanted[100];
    snprintf(wanted, sizeof wanted, "3 came first, then %g, %g, %g", first[1], first[2], first[3]);
    for (size_t n_threads = 1; n_threads < 8; n_threads++) {
        options.run.n_threads = n_threads;
        check_fails(ana_resampling_values(N, 1, fails_on_some, NULL, &options, values),
                    ANA_ERR_NUMERIC, wanted);
    }
}

static bool stop_half_way(void *user, const char *what, size_t done, size_t total)
{
    (void)what;
    assert_int_equal(total, N_RESAMPLES);
    *(size_t *)user = done;
    return done < total / 2;
}

static void a_run_can_be_cancelled(void **state)
{
    (void)state;
    static double values[N_RESAMPLES][2];
    size_t done = 0;
    ana_resampling_options options = options_for(ANA_SCHEME_PERMUTE, NULL);
    options.run.progress = stop_half_way;
    options.run.user = &done;
    check_fails(ana_resampling_values(N, 2, differences, NULL, &options, values[0]),
                ANA_ERR_CANCELLED, "cancelled after 512 of 700");
    assert_int_equal(done, 512);
}

/* Sum of squares: skewed, so that the jackknife has something to say. */
static ana_status sum_of_squares(void *user, const ana_rearranged *how, double *values)
{
    (void)user;
    values[0] = 0.0;
    for (size_t i = 0; i < how->n; i++) {
        values[0] += data[how->order[i]] * data[how->order[i]] * how->signs[i];
    }
    return ANA_OK;
}

static void the_jackknife_leaves_each_item_out_once(void **state)
{
    (void)state;
    ana_resampling_options options = options_for(ANA_SCHEME_BOOTSTRAP, NULL);
    ana_bootstrap *b = NULL;
    check_ok(ana_resampling_bootstrap(N, 1, sum_of_squares, NULL, &options, &b));
    double jackknife[N];
    for (size_t i = 0; i < N; i++) {
        jackknife[i] = b->estimate[0] - data[i] * data[i];
    }
    double interval[2];
    check_ok(ana_resampling_bca(N_RESAMPLES, b->resampled, b->estimate[0], N, jackknife, 0.95,
                                interval));
    check_close(b->low[0], interval[0], 0.0, 1e-12);
    check_close(b->high[0], interval[1], 0.0, 1e-12);
    ana_bootstrap_free(b);
}

static ana_status undefined(void *user, const ana_rearranged *how, double *values)
{
    (void)user;
    values[0] = how->order[0] == 0 ? 1.0 : missing;
    return ANA_OK;
}

static void what_cannot_be_resampled_is_refused(void **state)
{
    (void)state;
    static double values[N_RESAMPLES][2];
    ana_resampling_options options = options_for(ANA_SCHEME_SHIFT, groups);
    options.min_shift = 3; /* the group of id 1 has five items */
    check_fails(ana_resampling_values(N, 2, differences, NULL, &options, values[0]), ANA_ERR_VALUE,
                "item 1 has 5 items");
    check_fails(ana_resampling_values(0, 2, differences, NULL, NULL, values[0]), ANA_ERR_VALUE,
                "no items");
    options.n_resamples = 0;
    check_fails(ana_resampling_values(N, 2, differences, NULL, &options, values[0]), ANA_ERR_VALUE,
                "resamples");
    ana_resampling_test_result *test = NULL;
    ana_bootstrap *b = NULL;
    options = options_for(ANA_SCHEME_PERMUTE, NULL);
    check_fails(ana_resampling_test(N, 1, undefined, NULL, &options, &test), ANA_ERR_VALUE,
                "is NaN");
    check_fails(ana_resampling_bootstrap(N, 1, undefined, NULL, &options, &b), ANA_ERR_NUMERIC,
                "no BCa interval");
    options.run.max_memory = 1000;
    check_fails(ana_resampling_test(N, 1, undefined, NULL, &options, &test), ANA_ERR_LIMIT,
                "resampling");
    check_fails(ana_resampling_bootstrap(N, SIZE_MAX / 16, undefined, NULL, &options, &b),
                ANA_ERR_LIMIT, "resampling");
    options.level = 1.0;
    check_fails(ana_resampling_bootstrap(N, 1, undefined, NULL, &options, &b), ANA_ERR_VALUE,
                "level");
    double interval[2];
    check_fails(ana_resampling_percentile(3, data, 0.0, interval), ANA_ERR_VALUE, "level 0");
    check_fails(ana_resampling_bca(3, data, 1e9, 3, data, 0.9, interval), ANA_ERR_NUMERIC,
                "estimate 1000000000");
    check_fails(ana_resampling_bca(3, data, 0.0, 3, data, 1.0, interval), ANA_ERR_VALUE, "level 1");
    check_fails(ana_resampling_p_values(1, 1, &missing, data, ANA_TAIL_LESS, interval, NULL),
                ANA_ERR_VALUE, "observed value 0");
    check_fails(ana_resampling_p_values(1, 1, data, &missing, ANA_TAIL_LESS, interval, NULL),
                ANA_ERR_VALUE, "value 0 of resample 0");
    assert_null(test);
    assert_null(b);
}

static ana_status call_each(void *user)
{
    (void)user;
    ana_resampling_options options = options_for(ANA_SCHEME_PERMUTE, groups);
    options.n_resamples = 50;
    options.run.n_threads = 2;
    ana_resampling_test_result *test = NULL;
    ana_bootstrap *b = NULL;
    double adjusted[3] = {0.1, 0.2, 0.3};
    ana_status status = ana_resampling_test(N, 2, differences, NULL, &options, &test);
    ana_resampling_test_free(test);
    status = status ? status : ana_resampling_bootstrap(N, 2, differences, NULL, &options, &b);
    ana_bootstrap_free(b);
    return status ? status : ana_resampling_adjust(3, adjusted, ANA_CORRECTION_HOLM, adjusted);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    assert_true(check_each_allocation(call_each, NULL, 0) > 30);
}

static int open_and_make_data(void **state)
{
    open_maths_reference(state);
    return make_data(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_stay_within_their_group),
        cmocka_unit_test(rearrangements_are_even),
        cmocka_unit_test(threads_and_shards_do_not_change_the_bits),
        cmocka_unit_test(p_values_by_hand),
        cmocka_unit_test(a_permutation_test_estimates_the_exhaustive_one),
        cmocka_unit_test(chance_is_found_as_often_as_allowed),
        cmocka_unit_test(intervals_agree_with_scipy),
        cmocka_unit_test(a_bootstrap_knows_the_error_of_a_mean),
        cmocka_unit_test(the_jackknife_leaves_each_item_out_once),
        cmocka_unit_test(corrections_agree_with_their_definitions),
        cmocka_unit_test(the_first_resample_that_fails_is_the_one_reported),
        cmocka_unit_test(a_run_can_be_cancelled),
        cmocka_unit_test(what_cannot_be_resampled_is_refused),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, open_and_make_data, close_reference);
}
