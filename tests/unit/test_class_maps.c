#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/class_maps.h>
#include <analysis/distributions.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>

enum {
    TRIALS = 31,
    FEATURES = 6
};

/* By hand: 1, 2, 3 against 4, 6: means 2 and 5, sums of squares 2 and 2, rank sum 6 of 6 to 12. */
static void five_trials_by_hand(void **state)
{
    (void)state;
    const double values[] = {4.0, 1.0, 99.0, 2.0, 6.0, 3.0};
    const int64_t labels[] = {7, 5, 1, 5, 7, 5};
    ana_class_maps *maps = NULL;
    check_ok(ana_class_maps_compute(6, 1, values, labels, 5, 7, &maps));
    assert_int_equal(maps->n_first, 3);
    assert_int_equal(maps->n_second, 2);
    const double between = 3.0 * 2.0 / 5.0 * 9.0;
    check_close(maps->r2[0], between / (between + 4.0), 0.0, 1e-14);
    check_close(maps->signed_r2[0], maps->r2[0], 0.0, 0.0);
    const double error = 1.0 / 3.0 + 2.0 / 2.0;
    const double df = error * error / (1.0 / 9.0 / 2.0 + 1.0);
    check_close(maps->t[0], -3.0 / sqrt(error), 0.0, 1e-14);
    check_close(maps->df[0], df, 0.0, 1e-14);
    check_close(maps->t_p[0], 2.0 * ana_t_survival(3.0 / sqrt(error), df), 0.0, 1e-12);
    check_close(maps->z[0], (6.0 - 9.0) / sqrt(3.0 * 2.0 * 6.0 / 12.0), 0.0, 1e-14);
    check_close(maps->z_p[0], 2.0 * ana_normal_survival(fabs(maps->z[0])), 0.0, 1e-12);
    ana_class_maps_free(maps);
}

typedef struct trials {
    double values[TRIALS * FEATURES];
    int64_t labels[TRIALS];
} trials;

/* Irregular, with ties in every second feature; classes 0, 1, and some of 2. */
static trials make_trials(uint64_t seed)
{
    trials made;
    ana_random random = ana_random_stream(seed, "class maps", 0);
    for (size_t i = 0; i < TRIALS; i++) {
        made.labels[i] = (int64_t)(i < 3 ? i : ana_random_below(&random, 3));
        for (size_t f = 0; f < FEATURES; f++) {
            const double value =
                ana_random_normal(&random) + 0.4 * (double)(made.labels[i] * (int64_t)f);
            made.values[i * FEATURES + f] = f % 2 == 1 ? round(value) : value;
        }
    }
    return made;
}

/* r2 is the squared correlation with the class, and z the correlation of the ranks with it times
 * sqrt(n - 1). */
static void maps_are_correlations_with_the_class(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        const trials made = make_trials(seed);
        ana_class_maps *maps = NULL;
        check_ok(ana_class_maps_compute(TRIALS, FEATURES, made.values, made.labels, 0, 1, &maps));
        for (size_t f = 0; f < FEATURES; f++) {
            double x[TRIALS];
            double class[TRIALS];
            double rank_correlation = 0.0;
            size_t n = 0;
            for (size_t i = 0; i < TRIALS; i++) {
                if (made.labels[i] < 2) {
                    x[n] = made.values[i * FEATURES + f];
                    class[n++] = (double)made.labels[i];
                }
            }
            const double r = ana_stats_pearson(n, x, class);
            check_ok(ana_stats_spearman(n, x, class, &rank_correlation));
            check_close(maps->r2[f], r * r, 1e-14, 1e-12);
            check_close(maps->signed_r2[f], copysign(r * r, r), 1e-14, 1e-12);
            check_close(maps->z[f], -rank_correlation * sqrt((double)n - 1.0), 1e-13, 1e-12);
        }
        ana_class_maps_free(maps);
    }
}

/* Classes changed over: signs turn. Another unit or zero: r2, t, z stay. */
static void units_do_not_matter_and_order_turns_the_signs(void **state)
{
    (void)state;
    const trials made = make_trials(77);
    trials other = made;
    ana_class_maps *maps = NULL;
    ana_class_maps *turned = NULL;
    for (size_t i = 0; i < (size_t)(TRIALS * FEATURES); i++) {
        other.values[i] = 1e-6 * made.values[i] + 3e-6;
    }
    check_ok(ana_class_maps_compute(TRIALS, FEATURES, made.values, made.labels, 0, 2, &maps));
    check_ok(ana_class_maps_compute(TRIALS, FEATURES, other.values, made.labels, 2, 0, &turned));
    for (size_t f = 0; f < FEATURES; f++) {
        check_close(turned->r2[f], maps->r2[f], 1e-14, 1e-11);
        check_close(turned->signed_r2[f], -maps->signed_r2[f], 1e-14, 1e-11);
        check_close(turned->t[f], -maps->t[f], 1e-12, 1e-11);
        check_close(turned->df[f], maps->df[f], 0.0, 1e-11);
        check_close(turned->t_p[f], maps->t_p[f], 1e-12, 1e-9);
        check_close(turned->z_p[f], maps->z_p[f], 1e-12, 1e-9);
    }
    ana_class_maps_free(maps);
    ana_class_maps_free(turned);
}

/* The peer's map of the first min(n1, n2) trials of either class would be another. */
static void all_trials_of_the_larger_class_count(void **state)
{
    (void)state;
    const double values[] = {1.0, 2.0, 4.0, 5.0, 9.0, 11.0};
    const int64_t labels[] = {0, 0, 1, 1, 1, 1};
    ana_class_maps *maps = NULL;
    check_ok(ana_class_maps_compute(6, 1, values, labels, 0, 1, &maps));
    const double between = 2.0 * 4.0 / 6.0 * (7.25 - 1.5) * (7.25 - 1.5);
    check_close(maps->r2[0], between / (between + 0.5 + 32.75), 0.0, 1e-14);
    ana_class_maps_free(maps);
}

static void a_missing_value_leaves_its_trial_out_of_its_feature(void **state)
{
    (void)state;
    const double gap = (double)NAN;
    const double values[] = {1.0, gap, 5.0, 2.0, 1.0, 5.0, 4.0, 3.0,
                             5.0, 6.0, 7.0, 5.0, gap, gap, 5.0};
    const double kept[] = {1.0, 2.0, 4.0, 6.0};
    const int64_t labels[] = {0, 0, 1, 1, 1};
    ana_class_maps *maps = NULL;
    ana_class_maps *four = NULL;
    check_ok(ana_class_maps_compute(5, 3, values, labels, 0, 1, &maps));
    check_ok(ana_class_maps_compute(4, 1, kept, labels, 0, 1, &four));
    check_close(maps->r2[0], four->r2[0], 0.0, 0.0);
    check_close(maps->t_p[0], four->t_p[0], 0.0, 0.0);
    check_close(maps->z[0], four->z[0], 0.0, 0.0);
    assert_true(isnan(maps->t[1]) && isnan(maps->t_p[1])); /* one trial against two */
    check_close(maps->r2[1], 4.0 / 7.0, 0.0, 1e-14);
    assert_true(isnan(maps->r2[2]) && isnan(maps->t[2]) && isnan(maps->z[2]) &&
                isnan(maps->z_p[2])); /* all the same */
    ana_class_maps_free(maps);
    ana_class_maps_free(four);
}

static void wrong_input_is_named(void **state)
{
    (void)state;
    const double values[] = {1.0, 2.0, 3.0, -INFINITY};
    const int64_t labels[] = {0, 1};
    ana_class_maps *maps = NULL;
    check_fails(ana_class_maps_compute(2, 2, values, labels, 0, 1, &maps), ANA_ERR_VALUE,
                "trial 1, feature 1 is infinite");
    check_fails(ana_class_maps_compute(2, 1, values, labels, 0, 3, &maps), ANA_ERR_VALUE,
                "none of the 2 trials has the label 3");
    check_fails(ana_class_maps_compute(0, 1, values, labels, 0, 1, &maps), ANA_ERR_VALUE,
                "none of the 0 trials");
    check_fails(ana_class_maps_compute(2, 1, values, labels, 1, 1, &maps), ANA_ERR_VALUE,
                "both classes are labelled 1");
    assert_null(maps);
    check_ok(ana_class_maps_compute(2, 0, values, labels, 0, 1, &maps));
    assert_int_equal(maps->n_features, 0);
    ana_class_maps_free(maps);
    ana_class_maps_free(NULL);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    const trials made = make_trials(5);
    ana_class_maps *maps = NULL;
    ALLOCATION_TEST(ana_class_maps_compute,
                    (TRIALS, FEATURES, made.values, made.labels, 0, 1, &maps),
                    ana_class_maps_free(maps));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_trials_by_hand),
        cmocka_unit_test(maps_are_correlations_with_the_class),
        cmocka_unit_test(units_do_not_matter_and_order_turns_the_signs),
        cmocka_unit_test(all_trials_of_the_larger_class_count),
        cmocka_unit_test(a_missing_value_leaves_its_trial_out_of_its_feature),
        cmocka_unit_test(wrong_input_is_named),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
