#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/trsa.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST = 12,
    MOST_PAIRS = MOST * (MOST - 1) / 2
};

static ana_rdms *draw(size_t n_rdms, size_t n, uint64_t item)
{
    ana_random random = ana_random_stream(5, "trsa", item);
    ana_rdms *rdms = NULL;
    check_ok(ana_rdms_new(n_rdms, n, &rdms));
    for (size_t k = 0; k < n_rdms * ana_rdm_n_pairs(n); k++) {
        rdms->values[k] = ana_random_gamma(&random, 2.0);
    }
    return rdms;
}

static ana_trsa_options with(ana_trsa_transform transform, double low, double high)
{
    ana_trsa_options options = ana_trsa_options_default();
    options.transform = transform;
    options.low = low;
    options.high = high;
    return options;
}

static void six_pairs_by_hand(void **state)
{
    (void)state;
    const double given[] = {3.0, 1.0, 10.0, 4.0, 2.0, 7.0}; /* ranks 2 0 5 3 1 4, over 5 */
    const double clipped[] = {0.25, 0.0, 1.0, 0.75, 0.0, 1.0};
    /* Edges (0,1) .25, (0,2) 0, (1,2) .75, (1,3) 0: 0-2 and 1-3 are one place each. */
    const double paths[] = {0.25, 0.0, 0.25, 0.25, 0.0, 0.25};
    ana_rdms *rdms = NULL;
    ana_rdms *made = NULL;
    size_t n_unreachable = 9;
    check_ok(ana_rdms_new(1, 4, &rdms));
    memcpy(rdms->values, given, sizeof given);
    ana_trsa_options options = with(ANA_TRSA_RGTM, 0.3, 0.7); /* quantiles .3 and .7 */
    check_ok(ana_trsa_compute(rdms, &options, &n_unreachable, &made));
    check_all_close(6, made->values, clipped, 1e-15, 0.0);
    assert_int_equal(n_unreachable, 0);
    assert_string_equal(made->method, "rgtm");
    ana_rdms_free(made);
    options.transform = ANA_TRSA_RGDM;
    check_ok(ana_trsa_compute(rdms, &options, NULL, &made));
    check_all_close(6, made->values, paths, 1e-15, 0.0);
    ana_rdms_free(made);
    options = with(ANA_TRSA_RGTM, 0.6, 0.6); /* 1 at the threshold itself */
    check_ok(ana_trsa_compute(rdms, &options, NULL, &made));
    const double threshold[] = {0.0, 0.0, 1.0, 1.0, 0.0, 1.0};
    check_all_close(6, made->values, threshold, 0.0, 0.0);
    ana_rdms_free(made);
    options.transform = ANA_TRSA_SIGMOID;
    check_ok(ana_trsa_compute(rdms, &options, NULL, &made));
    check_close(made->values[0], 1.0 / (1.0 + exp(1.0)), 1e-15, 0.0); /* 10 (.4 - .5) */
    ana_rdms_free(made);
    ana_rdms_free(rdms);
}

static void a_pair_that_no_path_joins_is_as_far_as_the_farthest(void **state)
{
    (void)state;
    /* 0-1 and 2-3 are near, all else is far. */
    const double given[] = {1.0, 5.0, 6.0, 7.0, 8.0, 2.0};
    const double wanted[] = {0.0, 1.0, 1.0, 1.0, 1.0, 0.2};
    ana_rdms *rdms = NULL;
    ana_rdms *made = NULL;
    size_t n_unreachable = 0;
    check_ok(ana_rdms_new(1, 4, &rdms));
    memcpy(rdms->values, given, sizeof given);
    ana_trsa_options options = ana_trsa_options_default();
    options.transform = ANA_TRSA_SHORTEST;
    options.share = 0.2;
    check_ok(ana_trsa_compute(rdms, &options, &n_unreachable, &made));
    check_all_close(6, made->values, wanted, 1e-15, 0.0);
    assert_int_equal(n_unreachable, 4);
    ana_rdms_free(made);
    options.transform = ANA_TRSA_NEAREST;
    options.neighbours = 1;
    check_ok(ana_trsa_compute(rdms, &options, &n_unreachable, &made));
    check_all_close(6, made->values, wanted, 1e-15, 0.0);
    assert_int_equal(n_unreachable, 4);
    ana_rdms_free(made);
    ana_rdms_free(rdms);
}

/* The three wrong values that peers give, as the specification measured them. */
static void values_that_peers_get_wrong(void **state)
{
    (void)state;
    ana_rdms *rdms = draw(2, 8, 0);
    ana_rdms *both = NULL;
    ana_rdms *one = NULL;
    double before[2 * 28];
    memcpy(before, rdms->values, sizeof before);
    rdms->values[28 + 3] = 1e6; /* the second matrix' scale is none of the first's business */
    before[28 + 3] = 1e6;
    ana_trsa_options options = with(ANA_TRSA_RGTM, 0.1, 0.55);
    check_ok(ana_trsa_compute(rdms, &options, NULL, &both));
    assert_memory_equal(before, rdms->values, sizeof before); /* not transformed in place */
    rdms->n_rdms = 1;
    check_ok(ana_trsa_compute(rdms, &options, NULL, &one));
    rdms->n_rdms = 2;
    check_all_close(28, both->values, one->values, 0.0, 0.0);
    double ranks[28];
    check_ok(ana_stats_ranks(28, rdms->values, ranks));
    size_t n_between = 0;
    for (size_t k = 0; k < 28; k++) {
        const double r = (ranks[k] - 1.0) / 27.0;
        const double wanted = fmin(fmax((r - 0.1) / 0.45, 0.0), 1.0);
        check_close(one->values[k], wanted, 1e-14, 0.0);
        /* Looked up anew, values above the upper quantile after scaling become 1. */
        n_between += wanted > 0.55 && wanted < 1.0 ? 1 : 0;
        assert_true(wanted == 1.0 || one->values[k] < 1.0);
    }
    assert_true(n_between > 0);
    ana_rdms_free(one);
    options.transform = ANA_TRSA_RGDM;
    check_ok(ana_trsa_compute(rdms, &options, NULL, &one));
    for (size_t k = 0; k < 28; k++) { /* the closest pair stays closest: not .277 by a detour */
        if (ranks[k] == 1.0) {
            assert_true(one->values[k] == 0.0);
        }
    }
    ana_rdms_free(one);
    ana_rdms_free(both);
    ana_rdms_free(rdms);
}

static void paths_are_the_shortest_and_metric(void **state)
{
    (void)state;
    for (size_t draw_number = 0; draw_number < 20; draw_number++) {
        const size_t n = 5 + draw_number % 8;
        ana_rdms *rdms = draw(2, n, 10 + draw_number);
        for (int t = ANA_TRSA_RGDM; t <= ANA_TRSA_SHORTEST; t++) {
            ana_rdms *made = NULL;
            double square[MOST * MOST];
            ana_trsa_options options = with((ana_trsa_transform)t, 0.1, 0.7);
            options.neighbours = 3;
            options.share = 0.5;
            size_t n_unreachable[2];
            check_ok(ana_trsa_compute(rdms, &options, n_unreachable, &made));
            ana_rdms_square(made, 1, square);
            for (size_t i = 0; i < n * n * n; i++) {
                const size_t a = i / (n * n);
                const size_t b = i / n % n;
                const size_t c = i % n;
                assert_true(n_unreachable[1] > 0 ||
                            square[a * n + b] <= square[a * n + c] + square[c * n + b] + 1e-12);
            }
            ana_rdms_free(made);
        }
        ana_rdms_free(rdms);
    }
}

static void any_rising_change_of_the_dissimilarities_changes_nothing(void **state)
{
    (void)state;
    ana_rdms *rdms = draw(3, 9, 1);
    ana_rdms *changed = draw(3, 9, 1);
    for (size_t k = 0; k < 3 * 36; k++) {
        changed->values[k] = exp(changed->values[k]) - 4.0;
    }
    for (int t = ANA_TRSA_RGTM; t <= ANA_TRSA_SHORTEST; t++) {
        ana_trsa_options options = with((ana_trsa_transform)t, 0.2, 0.8);
        ana_rdms *a = NULL;
        ana_rdms *b = NULL;
        check_ok(ana_trsa_compute(rdms, &options, NULL, &a));
        options.run.n_threads = 2;
        check_ok(ana_trsa_compute(changed, &options, NULL, &b));
        check_all_close((size_t)3 * 36, a->values, b->values, 0.0, 0.0);
        ana_rdms_free(a);
        ana_rdms_free(b);
    }
    ana_rdms_free(rdms);
    ana_rdms_free(changed);
}

static void missing_pairs_stay_missing_and_are_no_edges(void **state)
{
    (void)state;
    ana_rdms *rdms = draw(1, 7, 2);
    rdms->values[4] = NAN;
    rdms->n_missing = 1;
    for (int t = ANA_TRSA_RGTM; t <= ANA_TRSA_SHORTEST; t++) {
        const ana_trsa_options options = with((ana_trsa_transform)t, 0.0, 1.0);
        ana_rdms *made = NULL;
        check_ok(ana_trsa_compute(rdms, &options, NULL, &made));
        for (size_t k = 0; k < 21; k++) {
            assert_int_equal(isnan(made->values[k]), k == 4);
        }
        assert_int_equal(made->n_missing, 1);
        ana_rdms_free(made);
    }
    ana_rdms_free(rdms);
}

static void what_cannot_be_transformed_is_refused(void **state)
{
    (void)state;
    ana_rdms *rdms = draw(2, 5, 3);
    ana_rdms *made = NULL;
    ana_trsa_options options = with(ANA_TRSA_RGTM, 0.7, 0.3);
    check_fails(ana_trsa_compute(rdms, &options, NULL, &made), ANA_ERR_VALUE, "above high");
    options = with(ANA_TRSA_RGTM, -0.1, 0.3);
    check_fails(ana_trsa_compute(rdms, &options, NULL, &made), ANA_ERR_VALUE, "low");
    options = with(ANA_TRSA_RGDM, 0.0, 0.0);
    check_fails(ana_trsa_compute(rdms, &options, NULL, &made), ANA_ERR_VALUE, "no edge is left");
    for (size_t k = 0; k < 10; k++) {
        rdms->values[10 + k] = 2.0;
    }
    check_fails(ana_trsa_compute(rdms, NULL, NULL, &made), ANA_ERR_VALUE, "matrix 1 (1): ");
    rdms->values[3] = INFINITY;
    check_fails(ana_trsa_compute(rdms, NULL, NULL, &made), ANA_ERR_VALUE, "infinite");
    for (size_t k = 0; k < 10; k++) {
        rdms->values[k] = NAN;
    }
    check_fails(ana_trsa_compute(rdms, NULL, NULL, &made), ANA_ERR_VALUE, "do not vary");
    ana_rdms_free(rdms);
}

enum {
    N_SUBJECTS = 6,
    N_REGIONS = 2,
    N_BOTH = N_SUBJECTS * N_REGIONS,
    N_CONDITIONS = 10
};

static const size_t region_of[N_BOTH] = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
static const size_t subject_of[N_BOTH] = {0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5};
static const ana_trsa_regions two_regions = {N_REGIONS, region_of, N_SUBJECTS, subject_of};

/* Regions with a matrix of their own each, that subjects see in noise. */
static ana_rdms *draw_regions(double noise)
{
    ana_random random = ana_random_stream(6, "regions", 0);
    ana_rdms *models = draw(N_REGIONS, N_CONDITIONS, 30);
    ana_rdms *rdms = NULL;
    check_ok(ana_rdms_new(N_BOTH, N_CONDITIONS, &rdms));
    for (size_t x = 0; x < N_BOTH; x++) {
        for (size_t k = 0; k < 45; k++) {
            const double own = models->values[region_of[x] * 45 + k];
            rdms->values[x * 45 + k] = own + noise * ana_random_exponential(&random);
        }
    }
    ana_rdms_free(models);
    return rdms;
}

static void thresholds_are_those_that_tell_regions_apart(void **state)
{
    (void)state;
    ana_rdms *rdms = draw_regions(0.3);
    ana_trsa_adaptive *adaptive = NULL;
    ana_trsa_adaptive_options options = ana_trsa_adaptive_options_default();
    options.n_levels = 6;
    options.n_permutations = 39;
    for (int t = ANA_TRSA_RGTM; t <= ANA_TRSA_RGDM; t += 2) {
        options.transform = (ana_trsa_transform)t;
        check_ok(ana_trsa_adapt(rdms, &two_regions, &options, &adaptive));
        assert_true(adaptive->nested > 0.8 && adaptive->p <= 0.05);
        double best = 0.0;
        double total = 0.0;
        for (size_t l = 0; l < 6; l++) {
            for (size_t h = 0; h < 6; h++) {
                const double share = adaptive->accuracy[l * 6 + h];
                assert_int_equal(isnan(share), l > h);
                best = fmax(best, share);
            }
        }
        const size_t low = (size_t)lround(adaptive->low * 5.0);
        const size_t high = (size_t)lround(adaptive->high * 5.0);
        check_close(adaptive->accuracy[low * 6 + high], best, 0.0, 0.0);
        check_close(adaptive->accuracy[5], adaptive->geometry, 0.0, 0.0);
        for (size_t r = 0; r < 4; r++) {
            total += adaptive->confusion[r];
        }
        check_close((adaptive->confusion[0] + adaptive->confusion[3]) / N_BOTH, adaptive->nested,
                    1e-15, 0.0);
        assert_true(total <= N_BOTH);
        ana_trsa_adaptive_free(adaptive);
    }
    ana_rdms_free(rdms);
}

/* Accuracy of one pair of levels with centroids that are formed, vector by vector. */
static double accuracy_by_centroids(const ana_rdms *rdms, double low, double high)
{
    const ana_trsa_options options = with(ANA_TRSA_RGTM, low, high);
    ana_rdms *made = NULL;
    double n_right = 0.0;
    check_ok(ana_trsa_compute(rdms, &options, NULL, &made));
    for (size_t x = 0; x < N_BOTH; x++) {
        double centroids[N_REGIONS][45] = {{0.0}};
        for (size_t c = 0; c < N_BOTH; c++) {
            double standard[45];
            ana_stats_zscore(45, made->values + c * 45, 0, standard);
            for (size_t k = 0; k < 45; k++) {
                centroids[region_of[c]][k] += subject_of[c] != subject_of[x] ? standard[k] : 0.0;
            }
        }
        const double first = ana_stats_pearson(45, made->values + x * 45, centroids[0]);
        const double second = ana_stats_pearson(45, made->values + x * 45, centroids[1]);
        n_right += (second > first) == (region_of[x] == 1) ? 1.0 : 0.0;
    }
    ana_rdms_free(made);
    return n_right / N_BOTH;
}

static void accuracies_are_those_of_centroids(void **state)
{
    (void)state;
    ana_rdms *rdms = draw_regions(4.0);
    ana_trsa_adaptive *adaptive = NULL;
    ana_trsa_adaptive_options options = ana_trsa_adaptive_options_default();
    options.n_levels = 5;
    options.n_permutations = 0;
    check_ok(ana_trsa_adapt(rdms, &two_regions, &options, &adaptive));
    assert_true(isnan(adaptive->p));
    double least = 1.0;
    for (size_t l = 0; l < 5; l++) {
        for (size_t h = l + 1; h < 5; h++) { /* graphs of one threshold may tie */
            const double wanted = accuracy_by_centroids(rdms, (double)l / 4.0, (double)h / 4.0);
            check_close(adaptive->accuracy[l * 5 + h], wanted, 1e-15, 0.0);
            least = fmin(least, wanted);
        }
    }
    assert_true(least < 1.0);                  /* else there is nothing to compare */
    assert_true(adaptive->accuracy[0] == 0.0); /* every pair apart: placed nowhere */
    /* The thresholds of a subject are chosen without it: its matrices do not matter. */
    for (size_t k = 0; k < 45; k++) {
        rdms->values[2 * 45 + k] = (double)(k * k % 17);
    }
    ana_trsa_adaptive *other = NULL;
    options.run.n_threads = 2;
    check_ok(ana_trsa_adapt(rdms, &two_regions, &options, &other));
    check_close(other->chosen_low[1], adaptive->chosen_low[1], 0.0, 0.0);
    check_close(other->chosen_high[1], adaptive->chosen_high[1], 0.0, 0.0);
    ana_trsa_adaptive_free(other);
    ana_trsa_adaptive_free(adaptive);
    ana_rdms_free(rdms);
}

static void regions_that_cannot_be_told_apart_are_refused(void **state)
{
    (void)state;
    ana_rdms *rdms = draw_regions(0.3);
    ana_trsa_adaptive *adaptive = NULL;
    ana_trsa_adaptive_options options = ana_trsa_adaptive_options_default();
    options.transform = ANA_TRSA_SIGMOID;
    check_fails(ana_trsa_adapt(rdms, &two_regions, &options, &adaptive), ANA_ERR_VALUE, "sigmoid");
    options.transform = ANA_TRSA_RGTM;
    options.n_levels = 1;
    check_fails(ana_trsa_adapt(rdms, &two_regions, &options, &adaptive), ANA_ERR_VALUE, "levels");
    ana_trsa_regions regions = two_regions;
    regions.n_regions = 1;
    check_fails(ana_trsa_adapt(rdms, &regions, NULL, &adaptive), ANA_ERR_VALUE, "two regions");
    regions.n_regions = 3;
    check_fails(ana_trsa_adapt(rdms, &regions, NULL, &adaptive), ANA_ERR_VALUE,
                "region 2 is of 0 subjects");
    regions = two_regions;
    regions.n_subjects = 4;
    check_fails(ana_trsa_adapt(rdms, &regions, NULL, &adaptive), ANA_ERR_VALUE, "matrix 8");
    rdms->values[0] = NAN;
    rdms->n_missing = 1;
    check_fails(ana_trsa_adapt(rdms, &two_regions, NULL, &adaptive), ANA_ERR_VALUE, "missing");
    ana_rdms_free(rdms);
}

static ana_status run_all(void *user)
{
    const ana_rdms *rdms = user;
    ana_status status = ANA_OK;
    ana_rdms *made = NULL;
    ana_trsa_adaptive *adaptive = NULL;
    ana_record *record = NULL;
    char *names[] = {(char *)(uintptr_t) "EVC", (char *)(uintptr_t) "IT"};
    size_t n_unreachable[N_BOTH] = {0};
    ana_trsa_options options = with(ANA_TRSA_RGDM, 0.2, 0.8);
    ana_trsa_adaptive_options adapting = ana_trsa_adaptive_options_default();
    adapting.n_levels = 3;
    adapting.n_permutations = 3;
    adapting.run.n_threads = 1;
    options.run.n_threads = 1;
    status = ana_trsa_compute(rdms, &options, n_unreachable, &made);
    if (status == ANA_OK) {
        status = ana_trsa_adapt(rdms, &two_regions, &adapting, &adaptive);
    }
    if (status == ANA_OK) {
        const ana_trsa_report report = {rdms, made, &options, n_unreachable, adaptive, names};
        status = ana_trsa_to_record(&report, &record);
    }
    ana_record_free(record);
    ana_trsa_adaptive_free(adaptive);
    ana_rdms_free(made);
    return status;
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    ana_rdms *rdms = draw_regions(0.3);
    assert_true(check_each_allocation(run_all, rdms, false) > 10);
    ana_rdms_free(rdms);
}

static void the_record_is_one_of_dissimilarities_with_its_figures(void **state)
{
    (void)state;
    ana_rdms *rdms = draw_regions(0.3);
    ana_rdms *made = NULL;
    ana_rdms *back = NULL;
    ana_trsa_adaptive *adaptive = NULL;
    ana_record *record = NULL;
    char *names[] = {(char *)(uintptr_t) "EVC", (char *)(uintptr_t) "IT"};
    size_t n_unreachable[N_BOTH];
    double low = NAN;
    const ana_trsa_options options = with(ANA_TRSA_RGTM, 0.2, 0.8);
    ana_trsa_adaptive_options adapting = ana_trsa_adaptive_options_default();
    adapting.n_permutations = 9;
    adapting.n_levels = 4;
    check_ok(ana_trsa_compute(rdms, &options, n_unreachable, &made));
    check_ok(ana_trsa_adapt(rdms, &two_regions, &adapting, &adaptive));
    const ana_trsa_report report = {rdms, made, &options, n_unreachable, adaptive, names};
    check_ok(ana_trsa_to_record(&report, &record));
    check_ok(ana_record_check(record));
    check_ok(ana_rdms_from_record(record, &back));
    assert_memory_equal(back->values, made->values, (size_t)N_BOTH * 45 * sizeof(double));
    assert_string_equal(back->method, "rgtm");
    check_ok(ana_record_get_double(record, "low", &low));
    check_close(low, 0.2, 0.0, 0.0);
    assert_non_null(ana_record_find(record, "adaptive/accuracy/values"));
    assert_non_null(ana_record_find(record, "adaptive/confusion/values"));
    assert_non_null(ana_record_find(record, "before/values"));
    ana_record_free(record);
    ana_trsa_adaptive_free(adaptive);
    ana_rdms_free(back);
    ana_rdms_free(made);
    ana_rdms_free(rdms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(six_pairs_by_hand),
        cmocka_unit_test(a_pair_that_no_path_joins_is_as_far_as_the_farthest),
        cmocka_unit_test(values_that_peers_get_wrong),
        cmocka_unit_test(paths_are_the_shortest_and_metric),
        cmocka_unit_test(any_rising_change_of_the_dissimilarities_changes_nothing),
        cmocka_unit_test(missing_pairs_stay_missing_and_are_no_edges),
        cmocka_unit_test(what_cannot_be_transformed_is_refused),
        cmocka_unit_test(thresholds_are_those_that_tell_regions_apart),
        cmocka_unit_test(accuracies_are_those_of_centroids),
        cmocka_unit_test(regions_that_cannot_be_told_apart_are_refused),
        cmocka_unit_test(every_failed_allocation_is_reported),
        cmocka_unit_test(the_record_is_one_of_dissimilarities_with_its_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
