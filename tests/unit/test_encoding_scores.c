#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/models/encoding_scores.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SUBJECTS = 4,
    LAYERS = 5,
    REGIONS = 6,
    TIMES = 7
};

static const double seconds[TIMES] = {0.0, 0.1, 0.2, 0.35, 0.5, 0.6, 0.9};
static const double distances[REGIONS] = {0.0, 11.0, 18.0, 30.0, 42.0, 55.0};

static size_t place(size_t s, size_t l, size_t r, size_t t)
{
    return ((s * LAYERS + l) * REGIONS + r) * TIMES + t;
}

/* Region r is predicted best by layer r (the last two by the last) at time r; subjects differ by
 * the height. */
static ana_layer_scores hierarchy_of(double *values, double slope)
{
    for (size_t s = 0; s < SUBJECTS; s++) {
        for (size_t l = 0; l < LAYERS; l++) {
            for (size_t r = 0; r < REGIONS; r++) {
                for (size_t t = 0; t < TIMES; t++) {
                    const double deep = slope > 0.0 ? (double)l : (double)(LAYERS - 1 - l);
                    const double wanted = r < LAYERS ? (double)r : LAYERS - 1.0;
                    values[place(s, l, r, t)] =
                        (0.5 + 0.1 * (double)s) *
                        exp(-fabs(deep - wanted) - 0.5 * fabs((double)t - (double)r));
                }
            }
        }
    }
    return (ana_layer_scores){SUBJECTS, LAYERS, REGIONS, TIMES, values};
}

static void depth_follows_distance_and_time(void **state)
{
    (void)state;
    double values[SUBJECTS * LAYERS * REGIONS * TIMES];
    for (size_t k = 0; k < 4; k++) {
        const ana_layer_scores scores = hierarchy_of(values, k < 2 ? 1.0 : -1.0);
        ana_hierarchy_options options = ana_hierarchy_options_default();
        ana_hierarchy *h = NULL;
        double depth[REGIONS];
        double wanted = 0.0;
        options.ranks = k % 2 == 0;
        options.n_resamples = 200;
        check_ok(ana_encoding_spatial_score(&scores, distances, &options, &h));
        for (size_t r = 0; r < REGIONS; r++) {
            const double layer = r < LAYERS ? (double)r : LAYERS - 1.0;
            depth[r] = (k < 2 ? layer : LAYERS - 1.0 - layer) / (LAYERS - 1.0);
            check_close(h->depth[r], depth[r], 1e-15, 0.0);
            check_close(h->place[r], distances[r], 0.0, 0.0);
        }
        if (k % 2 == 0) {
            check_ok(ana_stats_spearman(REGIONS, depth, distances, &wanted));
        } else {
            wanted = ana_stats_pearson(REGIONS, depth, distances);
        }
        check_close(h->score[2], wanted, 1e-14, 0.0);
        check_close(h->over.mean, wanted, 1e-14, 0.0);
        check_close(h->over.low, wanted, 1e-13, 0.0);            /* all subjects agree */
        assert_true(k < 2 ? h->over.p < 0.15 : h->over.p > 0.9); /* one of 16 signs at the best */
        ana_hierarchy_free(h);
        check_ok(ana_encoding_temporal_score(&scores, seconds, &options, &h));
        for (size_t r = 0; r < REGIONS; r++) {
            check_close(h->place[r], seconds[r], 0.0, 0.0);
        }
        assert_true(k < 2 ? h->over.mean > 0.9 : h->over.mean < -0.9);
        ana_hierarchy_free(h);
    }
}

/* A region that rises as 0, 0.2, 0.8, 1 reaches 0.5 half way between the second and third time. */
static void half_of_the_largest_is_reached_between_times(void **state)
{
    (void)state;
    double values[2 * 3 * 4];
    static const double curve[] = {0.0, 0.2, 0.8, 1.0};
    static const double times[] = {1.0, 2.0, 4.0, 5.0};
    const ana_layer_scores scores = {1, 2, 3, 4, values};
    ana_hierarchy_options options = ana_hierarchy_options_default();
    ana_hierarchy *h = NULL;
    options.half_maximum = true;
    for (size_t i = 0; i < 24; i++) {
        values[i] = curve[i % 4] * (i < 12 ? 0.5 : 1.0);
    }
    values[12 + 4] = 0.7;     /* region 1 is above half from the start */
    values[12 + 4 + 3] = 0.9; /* and largest there */
    values[12 + 8 + 1] = (double)NAN;
    check_ok(ana_encoding_temporal_score(&scores, times, &options, &h));
    check_close(h->place[0], 3.0, 1e-14, 0.0);
    check_close(h->place[1], 1.0, 0.0, 0.0);
    check_close(h->place[2], 4.0, 0.0, 0.0); /* what is before is not known */
    assert_true(isnan(h->score[0]) && isnan(h->over.mean) &&
                isnan(h->over.p)); /* one layer is always best */
    ana_hierarchy_free(h);
}

static void regions_and_subjects_without_scores_are_left_out(void **state)
{
    (void)state;
    double values[SUBJECTS * LAYERS * REGIONS * TIMES];
    const ana_layer_scores scores = hierarchy_of(values, 1.0);
    ana_hierarchy *h = NULL;
    for (size_t l = 0; l < LAYERS; l++) {
        for (size_t t = 0; t < TIMES; t++) {
            values[place(0, l, 2, t)] = (double)NAN;
            for (size_t r = 0; r < REGIONS - 2; r++) {
                values[place(1, l, r, t)] = (double)NAN;
            }
        }
    }
    check_ok(ana_encoding_spatial_score(&scores, distances, NULL, &h));
    assert_true(isnan(h->depth[2]) && isfinite(h->score[0]) && isnan(h->score[1]));
    check_close(h->over.mean, (h->score[0] + h->score[2] + h->score[3]) / 3.0, 1e-14, 0.0);
    ana_hierarchy_free(h);
}

/* Four scores: the mean, its interval within them, and one of the sixteen signs. */
static void scores_of_subjects_have_an_interval_and_a_test(void **state)
{
    (void)state;
    const double scores[] = {0.4, NAN, 0.1, 0.3, 0.2};
    const double two[] = {0.5, -0.1};
    const double none[] = {NAN};
    ana_over_subjects over;
    check_ok(ana_encoding_over_subjects(5, scores, NULL, &over));
    assert_int_equal(over.n, 4);
    check_close(over.mean, 0.25, 1e-15, 0.0);
    assert_true(over.low >= 0.1 && over.low < 0.25 && over.high > 0.25 && over.high <= 0.4);
    check_close(over.p, 1.0 / 16.0, 4.0 * sqrt(15.0 / 256.0 / 10000.0) + 1e-4, 0.0);
    check_ok(ana_encoding_over_subjects(2, two, NULL, &over));
    assert_true(isnan(over.low) && over.p > 0.4);
    check_ok(ana_encoding_over_subjects(1, none, NULL, &over));
    assert_true(over.n == 0 && isnan(over.mean) && isnan(over.p));
    check_fails(ana_encoding_over_subjects(0, none, NULL, &over), ANA_ERR_VALUE, "no subjects");
    const double far[] = {0.1, INFINITY};
    check_fails(ana_encoding_over_subjects(2, far, NULL, &over), ANA_ERR_VALUE,
                "subject 1 is infinite");
}

static void bad_scores_are_refused(void **state)
{
    (void)state;
    double values[SUBJECTS * LAYERS * REGIONS * TIMES];
    static const double falling[TIMES] = {0.0, 0.1, 0.05, 0.2, 0.3, 0.4, 0.5};
    ana_layer_scores scores = hierarchy_of(values, 1.0);
    ana_hierarchy *h = NULL;
    ana_hierarchy_options options = ana_hierarchy_options_default();
    double far[REGIONS] = {0.0, 1.0, INFINITY, 3.0, 4.0, 5.0};
    check_fails(ana_encoding_spatial_score(&scores, far, NULL, &h), ANA_ERR_VALUE, "distance 2");
    check_fails(ana_encoding_temporal_score(&scores, falling, NULL, &h), ANA_ERR_VALUE, "time 2");
    options.level = 0.0;
    check_fails(ana_encoding_spatial_score(&scores, distances, &options, &h), ANA_ERR_VALUE,
                "level");
    values[5] = -INFINITY;
    check_fails(ana_encoding_spatial_score(&scores, distances, NULL, &h), ANA_ERR_VALUE,
                "score 5 is infinite");
    scores.n_regions = 2;
    check_fails(ana_encoding_spatial_score(&scores, distances, NULL, &h), ANA_ERR_VALUE,
                "2 regions");
}

enum {
    N = 60,
    P = 4,
    Q = 3,
    MOST_UNITS = 24
};

/* Spaces a and b have two features each, one of which they share. */
static void draw_spaces(ana_responses **a, ana_responses **b, ana_responses **units)
{
    ana_random random = ana_random_stream(1, "spaces", 0);
    check_ok(ana_responses_new("a", N, 2, a));
    check_ok(ana_responses_new("b", N, 2, b));
    check_ok(ana_responses_new("units", N, Q, units));
    for (size_t i = 0; i < N; i++) {
        double x[3];
        for (size_t k = 0; k < 3; k++) {
            x[k] = ana_random_normal(&random);
        }
        (*a)->values[i * 2] = x[0];
        (*a)->values[i * 2 + 1] = x[1];
        (*b)->values[i * 2] = x[1];
        (*b)->values[i * 2 + 1] = x[2];
        for (size_t j = 0; j < Q; j++) { /* unit 0 is of a alone, 1 of both, 2 of b alone */
            (*units)->values[i * Q + j] = x[j] + 0.2 * ana_random_normal(&random);
        }
    }
}

static void shares_are_those_of_planted_spaces(void **state)
{
    (void)state;
    ana_responses *spaces[2];
    ana_responses *units = NULL;
    ana_encoding_partition *made = NULL;
    draw_spaces(&spaces[0], &spaces[1], &units);
    check_ok(ana_encoding_partition_compute(2, spaces, units, NULL, &made));
    assert_int_equal(made->n_sets, 3);
    for (size_t j = 0; j < Q; j++) {
        const double a = made->r2[j];
        const double b = made->r2[Q + j];
        const double both = made->r2[2 * Q + j];
        check_close(made->shares[j], both - b, 1e-14, 0.0);
        check_close(made->shares[Q + j], both - a, 1e-14, 0.0);
        check_close(made->shares[2 * Q + j], a + b - both, 1e-14, 0.0);
        for (size_t s = 0; s < 3; s++) { /* a alone, b alone, both */
            static const size_t of_unit[] = {0, 2, 1};
            assert_true((made->shares[s * Q + j] > 0.7) == (s == of_unit[j]));
            assert_true(fabs(made->shares[s * Q + j]) < 0.25 || s == of_unit[j]);
        }
    }
    ana_encoding_partition_free(made);
    ana_responses_free(spaces[0]);
    ana_responses_free(spaces[1]);
    ana_responses_free(units);
}

/* Of any number of spaces the shares sum to the R2 of all; the unique share of a space is what R2
 * loses without it. */
static void shares_sum_to_the_whole(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(2, "four", 0);
    ana_responses *spaces[4] = {NULL};
    ana_responses *units = NULL;
    check_ok(ana_responses_new("units", N, Q, &units));
    for (size_t k = 0; k < (size_t)N * Q; k++) {
        units->values[k] = ana_random_normal(&random);
    }
    for (size_t g = 0; g < 4; g++) {
        check_ok(ana_responses_new("space", N, 2, &spaces[g]));
        for (size_t k = 0; k < (size_t)N * 2; k++) {
            spaces[g]->values[k] = units->values[k / 2 * Q + g % Q] + ana_random_normal(&random);
        }
    }
    for (size_t n = 1; n <= 4; n++) {
        ana_encoding_options options = ana_encoding_options_default();
        ana_encoding_partition *made = NULL;
        ana_record *record = NULL;
        options.map = n == 3 ? ANA_ENCODING_BANDED : ANA_ENCODING_RIDGE;
        options.n_draws = 5;
        check_ok(ana_encoding_partition_compute(n, spaces, units, &options, &made));
        const size_t all = made->n_sets - 1;
        for (size_t j = 0; j < Q; j++) {
            double sum = 0.0;
            for (size_t s = 0; s < made->n_sets; s++) {
                sum += made->shares[s * Q + j];
            }
            check_close(sum, made->r2[all * Q + j], 1e-13, 0.0);
            for (size_t g = 0; g < n && n > 1; g++) {
                const size_t own = ((size_t)1 << g) - 1;
                const size_t others = all - ((size_t)1 << g);
                check_close(made->shares[own * Q + j],
                            made->r2[all * Q + j] - made->r2[others * Q + j], 1e-13, 0.0);
            }
        }
        check_ok(ana_encoding_partition_to_record(made, &record));
        check_ok(ana_record_check(record));
        ana_record_free(record);
        ana_encoding_partition_free(made);
    }
    ana_encoding_partition *made = NULL;
    check_fails(ana_encoding_partition_compute(0, spaces, units, NULL, &made), ANA_ERR_VALUE,
                "0 feature spaces");
    check_fails(ana_encoding_partition_compute(5, spaces, units, NULL, &made), ANA_ERR_VALUE,
                "5 feature spaces");
    for (size_t g = 0; g < 4; g++) {
        ana_responses_free(spaces[g]);
    }
    ana_responses_free(units);
}

/* Trials (4 of each stimulus) of units that turn the features of N stimuli, in noise. */
static ana_observations *draw_trials(uint64_t seed, size_t n_units, double noise)
{
    ana_random signal = ana_random_stream(3, "signal", 0);
    ana_random weights = ana_random_stream(seed, "weights", 0);
    ana_random random = ana_random_stream(seed, "noise", 0);
    double features[N * P];
    double turned[MOST_UNITS * P];
    ana_observations *rows = NULL;
    for (size_t k = 0; k < (size_t)N * P; k++) {
        features[k] = ana_random_normal(&signal);
    }
    for (size_t k = 0; k < (size_t)MOST_UNITS * P; k++) {
        turned[k] = ana_random_normal(&weights);
    }
    check_ok(ana_observations_new((size_t)N * 4, n_units, &rows));
    rows->n_labels = N;
    rows->labels = calloc(rows->n_times, sizeof *rows->labels);
    rows->label_names = calloc(N, sizeof *rows->label_names);
    for (size_t t = 0; t < rows->n_times; t++) {
        rows->labels[t] = (int64_t)(t % N);
        for (size_t j = 0; j < n_units; j++) {
            double sum = noise * ana_random_normal(&random);
            for (size_t k = 0; k < P; k++) {
                sum += turned[j * P + k] * features[t % N * P + k];
            }
            rows->values[t * n_units + j] = sum;
        }
    }
    for (size_t s = 0; s < N; s++) {
        char name[32];
        snprintf(name, sizeof name, "%zu", s);
        rows->label_names[s] = strdup(name);
    }
    return rows;
}

/* Two brains that know the same features, each in its own way, agree fully once their noise is
 * taken away; what one predicts of the means of the other stays below. */
static void brains_agree_once_their_noise_is_taken_away(void **state)
{
    (void)state;
    ana_observations *x = draw_trials(10, MOST_UNITS, 1.5);
    ana_observations *y = draw_trials(11, Q, 1.5);
    ana_ceiling_options halves = ana_ceiling_options_default();
    ana_responses *means[2] = {NULL, NULL};
    ana_encoding *raw = NULL;
    double r[Q];
    size_t n_used[Q];
    double corrected = 0.0;
    halves.n_splits = 10;
    for (size_t t = 0; t < y->n_times; t++) {
        y->values[t * Q + 1] = (double)NAN;
    }
    check_ok(ana_encoding_between(x, y, NULL, &halves, r, n_used));
    check_ok(ana_responses_of_observations(x, "x", &means[0]));
    check_ok(ana_responses_of_observations(y, "y", &means[1]));
    check_ok(ana_encoding_compute(1, means, means[1], NULL, NULL, &raw));
    assert_true(isnan(r[1]) && n_used[1] == 0);
    for (size_t j = 0; j < Q; j += 2) {
        assert_int_equal(n_used[j], 10);
        assert_true(r[j] > raw->r_pooled[j / 2] + 0.03);
        corrected += r[j] / 2.0;
    }
    check_close(corrected, 1.0, 0.08, 0.0);
    halves.n_splits = 0;
    check_fails(ana_encoding_between(x, y, NULL, &halves, r, NULL), ANA_ERR_VALUE, "splits");
    for (size_t s = 2; s < N; s++) {
        y->label_names[s][0] = 'z';
    }
    check_fails(ana_encoding_between(x, y, NULL, NULL, r, NULL), ANA_ERR_VALUE, "in both systems");
    ana_encoding_free(raw);
    ana_responses_free(means[0]);
    ana_responses_free(means[1]);
    ana_observations_free(x);
    ana_observations_free(y);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    double values[SUBJECTS * LAYERS * REGIONS * TIMES];
    const ana_layer_scores scores = hierarchy_of(values, 1.0);
    ana_hierarchy_options options = ana_hierarchy_options_default();
    ana_encoding_options encoding = ana_encoding_options_default();
    ana_hierarchy *h = NULL;
    ana_responses *spaces[2];
    ana_responses *units = NULL;
    ana_encoding_partition *made = NULL;
    ana_record *record = NULL;
    options.run = run_of(1, 0);
    encoding.run = run_of(1, 0);
    encoding.n_folds = 2;
    options.n_resamples = 3;
    ALLOCATION_TEST(ana_encoding_spatial_score, (&scores, distances, &options, &h),
                    ana_hierarchy_free(h));
    ALLOCATION_TEST(ana_encoding_temporal_score, (&scores, seconds, &options, &h),
                    ana_hierarchy_free(h));
    ana_over_subjects over;
    ALLOCATION_TEST(ana_encoding_over_subjects, (4, distances, &options, &over), (void)0);
    draw_spaces(&spaces[0], &spaces[1], &units);
    ALLOCATION_TEST(ana_encoding_partition_compute, (2, spaces, units, &encoding, &made),
                    ana_encoding_partition_free(made));
    check_ok(ana_encoding_partition_compute(2, spaces, units, &encoding, &made));
    ALLOCATION_TEST(ana_encoding_partition_to_record, (made, &record), ana_record_free(record));
    ana_encoding_partition_free(made);
    ana_responses_free(spaces[0]);
    ana_responses_free(spaces[1]);
    ana_responses_free(units);
    ana_observations *x = draw_trials(10, 2, 1.0);
    ana_ceiling_options halves = ana_ceiling_options_default();
    double r[2];
    halves.n_splits = 1;
    encoding.map = ANA_ENCODING_OLS;
    ALLOCATION_TEST(ana_encoding_between, (x, x, &encoding, &halves, r, NULL), (void)0);
    ana_observations_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(depth_follows_distance_and_time),
        cmocka_unit_test(half_of_the_largest_is_reached_between_times),
        cmocka_unit_test(regions_and_subjects_without_scores_are_left_out),
        cmocka_unit_test(scores_of_subjects_have_an_interval_and_a_test),
        cmocka_unit_test(bad_scores_are_refused),
        cmocka_unit_test(shares_are_those_of_planted_spaces),
        cmocka_unit_test(shares_sum_to_the_whole),
        cmocka_unit_test(brains_agree_once_their_noise_is_taken_away),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
