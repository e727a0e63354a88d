#include "support/check.h"
#include "support/fail_nth.h"
#include "support/spike_trains.h"

#include <analysis/random.h>
#include <analysis/spike_stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_UNITS = 5,
    MOST = 4000
};

static void rate_counts_observed_spikes_over_observed_time(void **state)
{
    (void)state;
    const double times[] = {0.5, 1.0, 2.5, 3.0, 3.9, 4.0};
    ana_spikes *spikes = spikes_by_hand(2, (const size_t[]){6, 0}, times, 0.0, 1.0);
    const double start[] = {0.0, 3.0};
    const double stop[] = {2.0, 4.0};
    check_ok(ana_spikes_observe(spikes, 2, start, stop));
    check_close(ana_spike_rate(spikes, 0), 4.0 / 3.0, 0.0, 1e-15);
    check_close(ana_spike_rate(spikes, 1), 0.0, 0.0, 0.0);
    check_ok(ana_spikes_observe(spikes, 0, NULL, NULL));
    check_close(ana_spike_rate(spikes, 0), NAN, 0.0, 0.0);
    ana_spikes_free(spikes);
}

static void intervals_do_not_cross_gaps(void **state)
{
    (void)state;
    const double times[] = {0.1, 0.3, 0.6, 1.2, 2.1, 2.2, 2.4, 2.9};
    ana_spikes *spikes = spikes_by_hand(1, (const size_t[]){8}, times, 0.0, 1.0);
    const double start[] = {0.0, 0.5, 2.0, 2.3}; /* the spike at 1.2 is not observed */
    const double stop[] = {0.5, 1.0, 2.3, 2.8};
    check_ok(ana_spikes_observe(spikes, 4, start, stop));
    double isi[8];
    bool follows[8];
    assert_int_equal(ana_spike_isi(spikes, 0, isi, follows), 4);
    check_all_close(4, isi, ((const double[]){0.2, 0.3, 0.1, 0.2}), 1e-15, 0.0);
    const bool wanted[] = {false, true, false, true};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(follows[i], wanted[i]);
    }
    ana_isi_stats stats = ana_isi_measure(4, isi, follows, 0.005);
    check_close(stats.mean, 0.2, 0.0, 1e-14);
    check_close(stats.cv, sqrt(0.02 / 4) / 0.2, 0.0, 1e-13);
    check_close(stats.cv2, 0.5 * (2 * 0.1 / 0.5 + 2 * 0.1 / 0.3), 0.0, 1e-13);
    check_close(stats.lv, 1.5 * (0.04 + 1.0 / 9.0), 0.0, 1e-13);
    check_close(stats.lvr, 1.5 * (0.04 * (1 + 0.02 / 0.5) + (1 + 0.02 / 0.3) / 9.0), 0.0, 1e-13);
    ana_spikes_free(spikes);
}

static void intervals_agree_with_a_slow_search(void **state)
{
    (void)state;
    static double isi[MOST];
    static double wanted[MOST];
    for (uint64_t seed = 0; seed < 10; seed++) {
        ana_spikes *spikes = spikes_from_seed(seed, N_UNITS, 30.0);
        for (size_t u = 0; u < N_UNITS; u++) {
            size_t n = 0;
            for (size_t i = spikes->unit_start[u] + 1; i < spikes->unit_start[u + 1]; i++) {
                double from = spikes->times[i - 1];
                double to = spikes->times[i];
                for (size_t o = spikes->observed_row[u]; o < spikes->observed_row[u + 1]; o++) {
                    if (from >= spikes->observed_start[o] && to < spikes->observed_stop[o]) {
                        wanted[n++] = to - from;
                    }
                }
            }
            assert_int_equal(ana_spike_isi(spikes, u, isi, NULL), n);
            check_all_close(n, isi, wanted, 0.0, 0.0);
        }
        ana_spikes_free(spikes);
    }
}

/* Scaling time changes no measure but the mean; a regular train has none of them. */
static void measures_are_free_of_the_time_scale(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(3, "test.isi", 0);
    double isi[200];
    double scaled[200];
    for (size_t i = 0; i < 200; i++) {
        isi[i] = ana_random_gamma(&random, 1.7);
        scaled[i] = 0.01 * isi[i];
    }
    ana_isi_stats a = ana_isi_measure(200, isi, NULL, 0.5);
    ana_isi_stats b = ana_isi_measure(200, scaled, NULL, 0.005);
    check_close(b.mean, 0.01 * a.mean, 0.0, 1e-13);
    check_close(b.cv, a.cv, 0.0, 1e-12);
    check_close(b.cv2, a.cv2, 0.0, 1e-12);
    check_close(b.lv, a.lv, 0.0, 1e-12);
    check_close(b.lvr, a.lvr, 0.0, 1e-12);
    assert_true(a.lvr > a.lv);
    for (size_t i = 0; i < 200; i++) {
        isi[i] = 0.25;
    }
    a = ana_isi_measure(200, isi, NULL, 0.005);
    check_close(a.cv, 0.0, 0.0, 0.0);
    check_close(a.cv2, 0.0, 0.0, 0.0);
    check_close(a.lv, 0.0, 0.0, 0.0);
}

static void too_few_intervals_have_no_measures(void **state)
{
    (void)state;
    const double one = 0.5;
    const double none[] = {0.0, 0.0};
    ana_isi_stats stats = ana_isi_measure(0, NULL, NULL, 0.005);
    check_close(stats.mean, NAN, 0.0, 0.0);
    stats = ana_isi_measure(1, &one, NULL, 0.005);
    check_close(stats.mean, 0.5, 0.0, 0.0);
    check_close(stats.cv, NAN, 0.0, 0.0);
    check_close(stats.lv, NAN, 0.0, 0.0);
    stats = ana_isi_measure(2, none, NULL, 0.005);
    check_close(stats.lv, 0.0, 0.0, 0.0);
}

static void fano_factor_is_variance_over_mean(void **state)
{
    (void)state;
    const double counts[] = {1, NAN, 4, 4, 3};
    check_close(ana_fano_factor(5, counts, false), 1.5 / 3.0, 0.0, 1e-15);
    check_close(ana_fano_factor(5, counts, true), 2.0 / 3.0, 0.0, 1e-15);
    check_close(ana_fano_factor(2, counts, true), NAN, 0.0, 0.0);
    check_close(ana_fano_factor(3, (const double[]){0, 0, 0}, true), NAN, 0.0, 0.0);

    const double times[] = {0.1, 0.2, 0.9, 1.0, 1.9, 3.2, 3.3, 3.4, 4.3, 4.6, 5.5};
    ana_spikes *spikes = spikes_by_hand(1, (const size_t[]){11}, times, 0.0, 1.0);
    const double start[] = {0.0, 3.0};
    const double stop[] = {2.5, 5.0};
    check_ok(ana_spikes_observe(spikes, 2, start, stop));
    double fano = 0.0; /* windows of 1 s: 3, 2 and 3, 2 */
    check_ok(ana_spike_fano(spikes, 0, 1.0, &fano));
    check_close(fano, (4 * 0.25 / 3.0) / 2.5, 0.0, 1e-14);
    check_fails(ana_spike_fano(spikes, 0, 0.0, &fano), ANA_ERR_VALUE, "longer than 0");
    ana_spikes_free(spikes);
}

static ana_intervals *events_from_seed(uint64_t seed, size_t n, double duration)
{
    ana_intervals *events = NULL;
    check_ok(ana_intervals_new("events", n, &events));
    ana_random random = ana_random_stream(seed, "test.events", 0);
    for (size_t i = 0; i < n; i++) {
        events->start[i] = duration * ana_random_uniform(&random);
        events->stop[i] = events->start[i] + 0.1 + 0.5 * ana_random_uniform(&random);
    }
    return events;
}

/* Mean and standard error of the matrix of trials that bin.h gives, two passes. */
static void psth_is_the_mean_over_binned_events(void **state)
{
    (void)state;
    ana_spikes *spikes = spikes_from_seed(11, N_UNITS, 20.0);
    ana_intervals *events = events_from_seed(1, 60, 20.0);
    ana_bin_options options = ana_bin_options_default();
    options.bin_s = 0.02;
    options.from_s = -0.2;
    options.to_s = 0.5;
    ana_psth *psth = NULL;
    ana_observations *trials = NULL;
    ana_bin_report *report = NULL;
    check_ok(ana_psth_compute(spikes, events, &options, &psth, &report));
    check_ok(ana_bin_spikes(spikes, events, &options, &trials, NULL));
    assert_int_equal(psth->n_bins, 35);
    assert_int_equal(psth->n_units, N_UNITS);
    assert_int_equal(psth->n_events, trials->n_sequences);
    assert_int_equal(report->n_used, N_UNITS);
    bool some_missing = false;
    for (size_t u = 0; u < N_UNITS; u++) {
        for (size_t b = 0; b < 35; b++) {
            double n = 0.0;
            double sum = 0.0;
            double squares = 0.0;
            for (size_t s = 0; s < trials->n_sequences; s++) {
                double count = trials->values[(trials->sequence_start[s] + b) * N_UNITS + u];
                n += isnan(count) ? 0.0 : 1.0;
                sum += isnan(count) ? 0.0 : count;
                squares += isnan(count) ? 0.0 : count * count;
            }
            size_t i = u * 35 + b;
            some_missing = some_missing || n < (double)psth->n_events;
            assert_int_equal(psth->n_seen[i], (size_t)n);
            check_close(psth->rate[i], sum / n / 0.02, 1e-12, 1e-12);
            double variance = (squares - sum * sum / n) / (n - 1.0);
            check_close(psth->sem[i], sqrt(variance / n) / 0.02, 1e-10, 1e-10);
        }
    }
    assert_true(some_missing);
    ana_record *record = NULL;
    check_ok(ana_psth_to_record(psth, &record));
    check_ok(ana_record_check(record));
    const ana_record *lines = ana_record_find(record, "lines/y");
    assert_int_equal(lines->shape[0], N_UNITS);
    assert_string_equal(ana_record_find(record, "lines/labels")->texts[0], "4"); /* the busiest */
    check_close(ana_record_find(record, "lines/x")->doubles[0], -0.19, 1e-15, 0.0);
    ana_record_free(record);
    ana_bin_report_free(report);
    ana_observations_free(trials);
    ana_psth_free(psth);
    ana_intervals_free(events);
    ana_spikes_free(spikes);
}

static void late_bins_rest_on_the_longer_events(void **state)
{
    (void)state;
    const double times[] = {1.05, 2.05, 2.25};
    ana_spikes *spikes = spikes_by_hand(1, (const size_t[]){3}, times, 0.0, 5.0);
    ana_intervals *events = NULL;
    check_ok(ana_intervals_new("events", 3, &events));
    memcpy(events->start, (const double[]){1.0, 2.0, 3.0}, 3 * sizeof(double));
    memcpy(events->stop, (const double[]){1.1, 2.3, 3.1}, 3 * sizeof(double));
    ana_bin_options options = ana_bin_options_default();
    options.bin_s = 0.1;
    ana_psth *psth = NULL;
    check_ok(ana_psth_compute(spikes, events, &options, &psth, NULL));
    assert_int_equal(psth->n_bins, 3);
    check_all_close(3, psth->rate, ((const double[]){20.0 / 3.0, 0.0, 10.0}), 0.0, 1e-14);
    check_all_close(3, psth->sem, ((const double[]){10.0 / 3.0, NAN, NAN}), 0.0, 1e-14);
    assert_int_equal(psth->n_seen[2], 1);
    ana_psth_free(psth);
    options.bin_s = 3.0;
    check_fails(ana_psth_compute(spikes, events, &options, &psth, NULL), ANA_ERR_VALUE,
                "intervals");
    ana_intervals_free(events);
    ana_spikes_free(spikes);
}

/* Tiling coefficient by its words, on a fine grid for the shares of time. */
static double sttc_slowly(const ana_spikes *spikes, size_t a, size_t b, double window)
{
    double shares[2];
    double tiled[2] = {0.0, 0.0};
    const size_t units[2] = {a, b};
    const size_t n_grid = 200000;
    for (size_t i = 0; i < 2; i++) {
        const double *own = spikes->times + spikes->unit_start[units[i]];
        const double *other = spikes->times + spikes->unit_start[units[1 - i]];
        size_t n_own = spikes->unit_start[units[i] + 1] - spikes->unit_start[units[i]];
        size_t n_other = spikes->unit_start[units[1 - i] + 1] - spikes->unit_start[units[1 - i]];
        double near = 0.0;
        for (size_t k = 0; k < n_own; k++) {
            bool found = false;
            for (size_t j = 0; j < n_other; j++) {
                found = found || fabs(own[k] - other[j]) <= window;
            }
            near += found;
        }
        shares[i] = near / (double)n_own;
        for (size_t g = 0; g < n_grid; g++) {
            double t = ((double)g + 0.5) / (double)n_grid;
            bool found = false;
            for (size_t k = 0; k < n_own; k++) {
                found = found || fabs(own[k] - t) <= window;
            }
            tiled[i] += found;
        }
        tiled[i] /= (double)n_grid;
    }
    return 0.5 * ((shares[0] - tiled[1]) / (1.0 - shares[0] * tiled[1]) +
                  (shares[1] - tiled[0]) / (1.0 - shares[1] * tiled[0]));
}

static void tiling_agrees_with_a_fine_grid(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(4, "test.sttc", 0);
    for (size_t trial = 0; trial < 8; trial++) {
        double times[16];
        for (size_t i = 0; i < 16; i++) {
            times[i] = ana_random_uniform(&random);
        }
        ana_spikes *spikes = spikes_by_hand(2, (const size_t[]){7, 9}, times, 0.0, 1.0);
        check_ok(ana_spikes_sort(spikes));
        double found = 0.0;
        double window = 0.01 + 0.007 * (double)trial;
        check_ok(ana_sttc(spikes, 0, 1, window, &found));
        /* 1e-4: the grid's 5e-6 for each of up to 18 edges of tiles. */
        check_close(found, sttc_slowly(spikes, 0, 1, window), 2e-4, 0.0);
        ana_spikes_free(spikes);
    }
}

static void tiling_has_its_known_values(void **state)
{
    (void)state;
    const double times[] = {0.2, 0.5, 0.8, 0.2, 0.5, 0.8, 0.35};
    ana_spikes *spikes = spikes_by_hand(4, (const size_t[]){3, 3, 0, 1}, times, 0.0, 1.0);
    double found = 0.0;
    check_ok(ana_sttc(spikes, 0, 1, 0.01, &found));
    check_close(found, 1.0, 0.0, 1e-14); /* the same train */
    check_ok(ana_sttc(spikes, 0, 2, 0.01, &found));
    check_close(found, NAN, 0.0, 0.0); /* an empty one */
    check_ok(ana_sttc(spikes, 0, 3, 0.01, &found));
    check_close(found, 0.5 * (-0.02 - 0.06), 0.0,
                1e-12); /* none near: minus the mean share of time */
    check_ok(ana_sttc(spikes, 0, 3, 10.0, &found));
    check_close(found, 1.0, 0.0, 0.0); /* all near, all time: 0/0 */
    check_ok(ana_sttc(spikes, 0, 3, 0.0, &found));
    check_close(found, 0.0, 0.0, 0.0);
    check_fails(ana_sttc(spikes, 0, 1, -1.0, &found), ANA_ERR_VALUE, "negative");
    check_fails(ana_sttc(spikes, 0, 1, NAN, &found), ANA_ERR_VALUE, "negative");
    ana_spikes_free(spikes);
}

/* Two hours observed apart tile like two recordings put end to end with nothing between. */
static void tiling_counts_only_the_time_both_were_observed(void **state)
{
    (void)state;
    const double times[] = {0.1, 0.4, 5.2, 0.1, 3.0, 5.3};
    ana_spikes *spikes = spikes_by_hand(2, (const size_t[]){3, 3}, times, 0.0, 1.0);
    const size_t row[] = {0, 2, 4};
    const double start[] = {0.0, 5.0, 0.0, 4.5};
    const double stop[] = {1.0, 6.0, 2.0, 6.0};
    check_ok(ana_spikes_observe_each(spikes, row, start, stop));
    double found = 0.0;
    check_ok(ana_sttc(spikes, 0, 1, 0.05, &found));
    double p_a = 1.0 / 3.0;
    double p_b = 1.0 / 2.0;
    double t_a = 0.3 / 2.0;
    double t_b = 0.2 / 2.0;
    double wanted = 0.5 * ((p_a - t_b) / (1.0 - p_a * t_b) + (p_b - t_a) / (1.0 - p_b * t_a));
    check_close(found, wanted, 0.0, 1e-13);
    ana_spikes_free(spikes);
}

static void matrix_holds_every_pair(void **state)
{
    (void)state;
    ana_spikes *spikes = spikes_from_seed(8, N_UNITS, 20.0);
    ana_matrix *matrix = NULL;
    ana_run run = ana_run_default();
    for (size_t n_threads = 1; n_threads < 4; n_threads++) {
        run.n_threads = n_threads;
        check_ok(ana_sttc_matrix(spikes, 0.01, &run, &matrix));
        for (size_t a = 0; a < N_UNITS; a++) {
            for (size_t b = 0; b < N_UNITS; b++) {
                double value = 0.0;
                check_ok(ana_sttc(spikes, a > b ? a : b, a > b ? b : a, 0.01, &value));
                check_close(matrix->values[a * N_UNITS + b], value, 0.0, 0.0);
            }
        }
        ana_matrix_free(matrix);
    }
    check_fails(ana_sttc_matrix(spikes, -0.01, NULL, &matrix), ANA_ERR_VALUE, "negative");
    ana_spikes_free(spikes);
}

typedef struct everything {
    ana_spikes *spikes;
    ana_intervals *events;
} everything;

static ana_status compute_everything(void *user)
{
    const everything *all = user;
    ana_bin_options options = ana_bin_options_default();
    options.from_s = -0.1;
    options.to_s = 0.2;
    ana_bin_report *report = NULL;
    ana_psth *psth = NULL;
    ana_record *record = NULL;
    ana_matrix *matrix = NULL;
    double fano = 0.0;
    ana_status status = ana_psth_compute(all->spikes, all->events, &options, &psth, &report);
    if (status == ANA_OK) {
        status = ana_psth_to_record(psth, &record);
    }
    if (status == ANA_OK) {
        status = ana_sttc_matrix(all->spikes, 0.01, NULL, &matrix);
    }
    if (status == ANA_OK) {
        status = ana_sttc(all->spikes, 0, 1, 0.01, &fano);
    }
    if (status == ANA_OK) {
        status = ana_spike_fano(all->spikes, 0, 0.1, &fano);
    }
    ana_matrix_free(matrix);
    ana_record_free(record);
    ana_psth_free(psth);
    ana_bin_report_free(report);
    return status;
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    everything all = {spikes_from_seed(2, N_UNITS, 10.0), events_from_seed(2, 5, 10.0)};
    assert_true(check_each_allocation(compute_everything, &all, 0) > 50);
    ana_intervals_free(all.events);
    ana_spikes_free(all.spikes);
    ana_psth_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rate_counts_observed_spikes_over_observed_time),
        cmocka_unit_test(intervals_do_not_cross_gaps),
        cmocka_unit_test(intervals_agree_with_a_slow_search),
        cmocka_unit_test(measures_are_free_of_the_time_scale),
        cmocka_unit_test(too_few_intervals_have_no_measures),
        cmocka_unit_test(fano_factor_is_variance_over_mean),
        cmocka_unit_test(psth_is_the_mean_over_binned_events),
        cmocka_unit_test(late_bins_rest_on_the_longer_events),
        cmocka_unit_test(tiling_agrees_with_a_fine_grid),
        cmocka_unit_test(tiling_has_its_known_values),
        cmocka_unit_test(tiling_counts_only_the_time_both_were_observed),
        cmocka_unit_test(matrix_holds_every_pair),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
