#include "support/check.h"
#include "support/fail_nth.h"
#include "support/spike_trains.h"

#include <analysis/bin.h>
#include <analysis/correlogram.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_UNITS = 4
};

static ana_correlogram_options lags_of(double bin_s, double max_lag_s)
{
    ana_correlogram_options options = ana_correlogram_options_default();
    options.bin_s = bin_s;
    options.max_lag_s = max_lag_s;
    return options;
}

static void pairs_by_hand(void **state)
{
    (void)state;
    const double times[] = {1.0, 2.0, 1.0, 1.1, 1.15, 1.95, 2.149, 2.25};
    ana_spikes *spikes = spikes_by_hand(2, (const size_t[]){2, 6}, times, 0.0, 3.0);
    ana_correlogram_options options = lags_of(0.1, 0.2);
    ana_correlogram *found = NULL;
    check_ok(ana_correlogram_compute(spikes, 0, 1, NULL, &options, &found));
    assert_int_equal(found->n_lags, 5);
    check_all_close(5, found->lag, ((const double[]){-0.2, -0.1, 0.0, 0.1, 0.2}), 1e-16, 0.0);
    /* 0, 0.1 and 0.15 after 1 s: the edge at 0.15 belongs to the bin above; -0.05, 0.149 about 2 s,
     * and 0.25 is beyond the last bin. */
    check_all_close(5, found->count, ((const double[]){0, 0, 2, 2, 1}), 0.0, 0.0);
    assert_null(found->predictor);
    assert_int_equal(found->n_reference, 2);
    assert_int_equal(found->n_target, 6);
    check_close(found->observed_s, 3.0, 0.0, 0.0);
    ana_correlogram_free(found);
    ana_spikes_free(spikes);
}

/* Lags written as decimals, on the edges of bins: each belongs to the bin above. */
static void decimal_lags_fall_where_they_are_written(void **state)
{
    (void)state;
    enum {
        N = 400
    };
    double times[2 * N];
    for (size_t k = 0; k < N; k++) {
        times[k] = (double)(1000 * k + 3 * k) / 1000.0;
        times[N + k] = (double)(1000 * k + 3 * k + 15) / 1000.0; /* 15 ms after */
    }
    ana_spikes *spikes = spikes_by_hand(2, (const size_t[]){N, N}, times, 0.0, 1000.0);
    ana_correlogram_options options = lags_of(0.01, 0.03);
    ana_correlogram *found = NULL;
    check_ok(ana_correlogram_compute(spikes, 0, 1, NULL, &options, &found));
    check_all_close(7, found->count, ((const double[]){0, 0, 0, 0, 0, N, 0}), 0.0, 0.0);
    ana_correlogram_free(found);
    check_ok(ana_correlogram_compute(spikes, 1, 0, NULL, &options, &found));
    check_all_close(7, found->count, ((const double[]){0, 0, N, 0, 0, 0, 0}), 0.0, 0.0);
    ana_correlogram_free(found);
    ana_spikes_free(spikes);
}

/* Every pair of spikes in the same time observed by both, one by one. */
static void count_slowly(const ana_spikes *spikes, size_t a, size_t b, double bin_s, size_t n_side,
                         double *count)
{
    memset(count, 0, (2 * n_side + 1) * sizeof *count);
    for (size_t i = spikes->unit_start[a]; i < spikes->unit_start[a + 1]; i++) {
        for (size_t j = spikes->unit_start[b]; j < spikes->unit_start[b + 1]; j++) {
            double t = spikes->times[i];
            double lag = spikes->times[j] - t;
            double place = floor(lag / bin_s + (double)n_side + 0.5 + 1e-8);
            bool together = false;
            for (size_t o = spikes->observed_row[a]; o < spikes->observed_row[a + 1]; o++) {
                for (size_t p = spikes->observed_row[b]; p < spikes->observed_row[b + 1]; p++) {
                    double from = fmax(spikes->observed_start[o], spikes->observed_start[p]);
                    double to = fmin(spikes->observed_stop[o], spikes->observed_stop[p]);
                    together = together || (t >= from && t < to && t + lag >= from && t + lag < to);
                }
            }
            if (together && i != j && place >= 0.0 && place < (double)(2 * n_side + 1)) {
                count[(size_t)place] += 1.0;
            }
        }
    }
}

static void pairs_agree_with_a_slow_count(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 6; seed++) {
        ana_spikes *spikes = spikes_from_seed(seed, N_UNITS, 15.0);
        ana_correlogram_options options = lags_of(0.003, 0.031);
        for (size_t a = 0; a < N_UNITS; a++) {
            for (size_t b = 0; b < N_UNITS; b++) {
                ana_correlogram *found = NULL;
                double wanted[21];
                check_ok(ana_correlogram_compute(spikes, a, b, NULL, &options, &found));
                assert_int_equal(found->n_lags, 21);
                count_slowly(spikes, a, b, 0.003, 10, wanted);
                check_all_close(21, found->count, wanted, 0.0, 0.0);
                ana_correlogram_free(found);
            }
        }
        ana_spikes_free(spikes);
    }
}

static void swapping_the_units_mirrors_the_lags(void **state)
{
    (void)state;
    ana_spikes *spikes = spikes_from_seed(3, N_UNITS, 20.0);
    ana_correlogram_options options = lags_of(0.004, 0.1);
    ana_correlogram *forward = NULL;
    ana_correlogram *backward = NULL;
    check_ok(ana_correlogram_compute(spikes, 1, 3, NULL, &options, &forward));
    check_ok(ana_correlogram_compute(spikes, 3, 1, NULL, &options, &backward));
    for (size_t k = 0; k < forward->n_lags; k++) {
        check_close(forward->count[k], backward->count[forward->n_lags - 1 - k], 0.0, 0.0);
    }
    ana_correlogram_free(forward);
    ana_correlogram_free(backward);
    ana_spikes_free(spikes);
}

static void border_weight_makes_a_flat_correlogram_flat(void **state)
{
    (void)state;
    /* A spike every 10 ms in each unit for 1 s: lag k has 100 - |k| pairs. */
    double times[200];
    for (size_t i = 0; i < 100; i++) {
        times[i] = 0.005 + 0.01 * (double)i;
        times[100 + i] = times[i];
    }
    ana_spikes *spikes = spikes_by_hand(2, (const size_t[]){100, 100}, times, 0.0, 1.0);
    ana_correlogram_options options = lags_of(0.01, 0.2);
    ana_correlogram *found = NULL;
    check_ok(ana_correlogram_compute(spikes, 0, 1, NULL, &options, &found));
    check_close(found->count[0], 80.0, 0.0, 0.0);
    ana_correlogram_free(found);
    options.border = true;
    check_ok(ana_correlogram_compute(spikes, 0, 1, NULL, &options, &found));
    for (size_t k = 0; k < 41; k++) {
        check_close(found->count[k], 100.0, 0.0, 1e-12);
    }
    ana_correlogram_free(found);
    ana_spikes_free(spikes);
}

static ana_intervals *trials_of(size_t n, double length)
{
    ana_intervals *trials = NULL;
    check_ok(ana_intervals_new("trials", n, &trials));
    for (size_t i = 0; i < n; i++) {
        trials->start[i] = 1.25 * length * (double)i;
        trials->stop[i] = trials->start[i] + length;
    }
    return trials;
}

/* Pairs of reference spikes of trial i and target spikes of trial j, on trial time. */
static void count_between_trials(const ana_spikes *spikes, const ana_intervals *trials, size_t i,
                                 size_t j, double bin_s, size_t n_side, double weight,
                                 double *count)
{
    for (size_t r = spikes->unit_start[0]; r < spikes->unit_start[1]; r++) {
        for (size_t t = spikes->unit_start[1]; t < spikes->unit_start[2]; t++) {
            double reference = spikes->times[r] - trials->start[i];
            double target = spikes->times[t] - trials->start[j];
            double length = trials->stop[i] - trials->start[i];
            bool within =
                reference >= 0.0 && reference < length && target >= 0.0 && target < length;
            double place = floor((target - reference) / bin_s + (double)n_side + 0.5 + 1e-8);
            if (within && place >= 0.0 && place < (double)(2 * n_side + 1)) {
                count[(size_t)place] += weight;
            }
        }
    }
}

static void shift_and_shuffle_pair_other_trials(void **state)
{
    (void)state;
    enum {
        N_TRIALS = 7,
        N_SIDE = 6,
        N_LAGS = 2 * N_SIDE + 1
    };
    ana_spikes *spikes = spikes_from_seed(9, 2, 20.0);
    double start = 0.0;
    double stop = 20.0;
    check_ok(ana_spikes_observe(spikes, 1, &start, &stop));
    ana_intervals *trials = trials_of(N_TRIALS, 2.0);
    double plain[N_LAGS] = {0};
    double shift[N_LAGS] = {0};
    double shuffle[N_LAGS] = {0};
    for (size_t i = 0; i < N_TRIALS; i++) {
        for (size_t j = 0; j < N_TRIALS; j++) {
            bool same = i == j;
            double *count = same ? plain : shuffle;
            double weight = same ? 1.0 : 1.0 / (N_TRIALS - 1);
            count_between_trials(spikes, trials, i, j, 0.02, N_SIDE, weight, count);
            if (j == (i + 1) % N_TRIALS) {
                count_between_trials(spikes, trials, i, j, 0.02, N_SIDE, 1.0, shift);
            }
        }
    }
    ana_correlogram_options options = lags_of(0.02, 0.12);
    ana_correlogram *found = NULL;
    options.correction = ANA_CORRELOGRAM_SHIFT;
    check_ok(ana_correlogram_compute(spikes, 0, 1, trials, &options, &found));
    check_all_close(N_LAGS, found->count, plain, 0.0, 0.0);
    check_all_close(N_LAGS, found->predictor, shift, 0.0, 0.0);
    assert_int_equal(found->n_stretches, N_TRIALS);
    ana_correlogram_free(found);
    options.correction = ANA_CORRELOGRAM_SHUFFLE;
    check_ok(ana_correlogram_compute(spikes, 0, 1, trials, &options, &found));
    check_all_close(N_LAGS, found->predictor, shuffle, 1e-12, 1e-12);
    ana_correlogram_free(found);
    ana_intervals_free(trials);
    ana_spikes_free(spikes);
}

static void trials_not_observed_throughout_are_left_out(void **state)
{
    (void)state;
    const double times[] = {0.5, 2.9, 0.51, 2.91};
    ana_spikes *spikes = spikes_by_hand(2, (const size_t[]){2, 2}, times, 0.0, 3.2);
    ana_intervals *trials = trials_of(3, 1.0); /* 0 - 1, 1.25 - 2.25, 2.5 - 3.5 */
    ana_correlogram_options options = lags_of(0.01, 0.02);
    ana_correlogram *found = NULL;
    check_ok(ana_correlogram_compute(spikes, 0, 1, trials, &options, &found));
    assert_int_equal(found->n_stretches, 2);
    check_close(found->count[3], 1.0, 0.0, 0.0);
    ana_correlogram_free(found);
    ana_intervals_free(trials);
    ana_spikes_free(spikes);
}

/* A target that follows the reference by 2 ms stands out of the jittered band; one that only shares
 * its slow rate does not. Jitter leaves the number of pairs within wide lags unchanged. */
static void jitter_keeps_what_is_slow(void **state)
{
    (void)state;
    enum {
        N = 2000
    };
    double *times = calloc(3 * N, sizeof *times);
    ana_random random = ana_random_stream(7, "test.jitter", 0);
    for (size_t i = 0; i < 2 * N; i++) {
        double phase = ana_random_uniform(&random); /* rate goes up and down every 2 s */
        times[i] = 2.0 * (double)ana_random_below(&random, 50) + 2.0 * phase * phase;
    }
    for (size_t i = 0; i < N; i++) {
        times[2 * N + i] = times[i] + 0.002;
    }
    ana_spikes *spikes = spikes_by_hand(3, (const size_t[]){N, N, N}, times, 0.0, 101.0);
    check_ok(ana_spikes_sort(spikes));
    ana_correlogram_options options = lags_of(0.001, 0.01);
    options.correction = ANA_CORRELOGRAM_JITTER;
    options.run.seed = 3;
    ana_correlogram *follows = NULL;
    ana_correlogram *shares = NULL;
    check_ok(ana_correlogram_compute(spikes, 0, 2, NULL, &options, &follows));
    check_ok(ana_correlogram_compute(spikes, 0, 1, NULL, &options, &shares));
    assert_true(follows->count[12] > N && follows->high[12] < N / 4.0);
    size_t n_outside = 0;
    for (size_t k = 0; k < 21; k++) {
        n_outside += shares->count[k] < shares->low[k] || shares->count[k] > shares->high[k];
        assert_true(shares->low[k] <= shares->predictor[k]);
        assert_true(shares->predictor[k] <= shares->high[k]);
    }
    assert_true(n_outside <= 5); /* 21 bins at 5 %: more than 5 has probability 0.0004 */

    ana_record *record = NULL;
    check_ok(ana_correlogram_to_record(shares, "0 and 1", &record));
    check_ok(ana_record_check(record));
    check_close(ana_record_find(record, "pairs/y")->doubles[21], shares->predictor[0], 0.0, 0.0);
    check_close(ana_record_find(record, "pairs/high")->doubles[21], shares->high[0], 0.0, 0.0);
    ana_record_free(record);

    for (size_t n_threads = 1; n_threads < 4; n_threads++) {
        ana_correlogram *again = NULL;
        options.run.n_threads = n_threads;
        check_ok(ana_correlogram_compute(spikes, 0, 1, NULL, &options, &again));
        assert_memory_equal(again->predictor, shares->predictor, 21 * sizeof(double));
        assert_memory_equal(again->high, shares->high, 21 * sizeof(double));
        ana_correlogram_free(again);
    }
    ana_correlogram_free(follows);
    ana_correlogram_free(shares);
    ana_spikes_free(spikes);
    free(times);
}

static void binned_trains_by_hand(void **state)
{
    (void)state;
    const double reference[] = {1, 0, 2, NAN, 1};
    const double target[] = {0, 1, 1, 3, 0};
    double count[5];
    double coefficient[5];
    ana_correlogram_of_counts(5, reference, target, 2, false, count, coefficient);
    /* lags -2 ... 2: r[2] t[0] + r[3] t[1] + r[4] t[2], ... */
    const double wanted[] = {1, 5, 2, 7, 1};
    check_all_close(5, count, wanted, 0.0, 0.0);
    /* Without bin 3: sums 4 and 2, squares 6 and 2, n 4. */
    for (size_t k = 0; k < 5; k++) {
        check_close(coefficient[k], (wanted[k] - 2.0) / sqrt(2.0 * 1.0), 0.0, 1e-14);
    }
    ana_correlogram_of_counts(5, reference, target, 2, true, count, NULL);
    check_close(count[0], 5.0 / 3.0, 0.0, 1e-15);
    check_close(count[2], 2.0, 0.0, 0.0);
    double far[13];
    ana_correlogram_of_counts(5, reference, target, 6, true, far, NULL);
    check_close(far[0], 0.0, 0.0, 0.0);
    check_close(far[12], 0.0, 0.0, 0.0);
}

static void bad_requests_are_refused(void **state)
{
    (void)state;
    ana_spikes *spikes = spikes_from_seed(1, 2, 10.0);
    ana_intervals *trial = trials_of(1, 0.5);
    ana_correlogram *found = NULL;
    ana_correlogram_options options = lags_of(0.0, 0.1);
    check_fails(ana_correlogram_compute(spikes, 0, 1, NULL, &options, &found), ANA_ERR_VALUE,
                "--correlogram-bin");
    options = lags_of(1e-9, 1.0);
    check_fails(ana_correlogram_compute(spikes, 0, 1, NULL, &options, &found), ANA_ERR_VALUE,
                "10 million");
    options = lags_of(0.01, 0.1);
    options.correction = ANA_CORRELOGRAM_SHUFFLE;
    check_fails(ana_correlogram_compute(spikes, 0, 1, NULL, &options, &found), ANA_ERR_VALUE,
                "shuffle needs two trials");
    options.correction = ANA_CORRELOGRAM_SHIFT;
    check_fails(ana_correlogram_compute(spikes, 0, 1, trial, &options, &found), ANA_ERR_VALUE,
                "shift needs two trials");
    const size_t row[] = {0, 1, 2};
    const double start[] = {0.0, 5.0};
    const double stop[] = {5.0, 10.0};
    check_ok(ana_spikes_observe_each(spikes, row, start, stop));
    check_fails(ana_correlogram_compute(spikes, 0, 1, NULL, NULL, &found), ANA_ERR_VALUE,
                "never observed together");
    assert_null(found);
    ana_intervals_free(trial);
    ana_spikes_free(spikes);
}

typedef struct everything {
    ana_spikes *spikes;
    ana_intervals *trials;
} everything;

static ana_status compute_everything(void *user)
{
    const everything *all = user;
    static const ana_correlogram_correction corrections[] = {ANA_CORRELOGRAM_SHUFFLE,
                                                             ANA_CORRELOGRAM_JITTER};
    ana_status status = ANA_OK;
    for (size_t i = 0; i < 2 && status == ANA_OK; i++) {
        ana_correlogram_options options = ana_correlogram_options_default();
        options.correction = corrections[i];
        options.n_surrogates = 5;
        ana_correlogram *found = NULL;
        ana_record *record = NULL;
        status = ana_correlogram_compute(all->spikes, 0, 1, all->trials, &options, &found);
        if (status == ANA_OK) {
            status = ana_correlogram_to_record(found, NULL, &record);
        }
        ana_record_free(record);
        ana_correlogram_free(found);
    }
    return status;
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    everything all = {spikes_from_seed(1, 2, 10.0), trials_of(20, 0.4)};
    assert_true(check_each_allocation(compute_everything, &all, 0) > 30);
    ana_intervals_free(all.trials);
    ana_spikes_free(all.spikes);
    ana_correlogram_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_by_hand),
        cmocka_unit_test(decimal_lags_fall_where_they_are_written),
        cmocka_unit_test(pairs_agree_with_a_slow_count),
        cmocka_unit_test(swapping_the_units_mirrors_the_lags),
        cmocka_unit_test(border_weight_makes_a_flat_correlogram_flat),
        cmocka_unit_test(shift_and_shuffle_pair_other_trials),
        cmocka_unit_test(trials_not_observed_throughout_are_left_out),
        cmocka_unit_test(jitter_keeps_what_is_slow),
        cmocka_unit_test(binned_trains_by_hand),
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
