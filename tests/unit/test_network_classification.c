#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/models/network_classification.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 90,
    P = 40,
    GROUPS = 3
};

/* Three groups that differ in the first features by `signal`; one feature is constant. */
static void draw_subjects(uint64_t item, double signal, double *x, size_t *groups)
{
    ana_random random = ana_random_stream(11, "test.classification", item);
    for (size_t i = 0; i < N; i++) {
        groups[i] = i % GROUPS;
        for (size_t f = 0; f < P; f++) {
            const double mean = f < 6 && f % GROUPS == groups[i] ? signal : 0.0;
            x[i * P + f] = f == 20 ? 4.0 : mean + ana_random_normal(&random);
        }
    }
}

static void components_are_orthonormal_and_scores_linear(void **state)
{
    (void)state;
    double x[N * P];
    size_t groups[N];
    double scores[N * GROUPS];
    size_t found[N];
    draw_subjects(1, 1.5, x, groups);
    const ana_labelled_maps data = {N, P, x, GROUPS, groups};
    ana_network_classifier_options options = ana_network_classifier_options_default();
    options.n_components = 12;
    options.shrinkage = 0.2;
    /* More subjects than features, and fewer: the Gram matrix of either side. */
    for (size_t n = 25; n <= N; n += N - 25) {
        ana_network_classifier *c = NULL;
        size_t rows[N];
        for (size_t i = 0; i < n; i++) {
            rows[i] = N - 1 - i;
        }
        check_ok(ana_network_classifier_fit(&data, n, rows, &options, &c));
        assert_int_equal(c->n_components, 12);
        for (size_t k = 0; k < 12 * 12; k++) {
            double product = 0.0;
            for (size_t f = 0; f < P; f++) {
                product += c->components[k / 12 * P + f] * c->components[k % 12 * P + f];
            }
            check_close(product, k / 12 == k % 12 ? 1.0 : 0.0, 1e-12, 0.0);
        }
        for (size_t k = 0; k < 12; k++) {
            double square = 0.0;
            for (size_t i = 0; i < n; i++) {
                double score = 0.0;
                for (size_t f = 0; f < P; f++) {
                    score += c->components[k * P + f] * (x[rows[i] * P + f] - c->mean[f]);
                }
                square += score * score / ((double)n - 1.0);
            }
            check_close(c->variance[k], square, 0.0, 1e-10);
            assert_true(k == 0 || c->variance[k] <= c->variance[k - 1]);
        }
        ana_network_classifier_predict(c, N, x, scores, found);
        for (size_t i = 0; i < N; i++) {
            for (size_t g = 0; g < GROUPS; g++) {
                assert_true(scores[i * GROUPS + g] <= scores[i * GROUPS + found[i]]);
            }
        }
        ana_network_classifier_free(c);
    }
}

/* One feature, two groups of equal variance: the border is half way, moved by the priors. */
static void one_feature_by_hand(void **state)
{
    (void)state;
    const double x[] = {0, 2, 4, 10, 12, 1, 3, 5};
    const size_t groups[] = {0, 0, 0, 1, 1, 0, 0, 0};
    const ana_labelled_maps data = {5, 1, x, 2, groups};
    ana_network_classifier *c = NULL;
    double scores[2];
    size_t found = 9;
    check_ok(ana_network_classifier_fit(&data, 0, NULL, NULL, &c));
    /* Means 2 and 11, pooled variance (8 + 2) / 3; mean of all 5.6. */
    const double at = 7.0;
    ana_network_classifier_predict(c, 1, &at, scores, &found);
    check_close(scores[1] - scores[0], (11.0 - 2.0) / (10.0 / 3.0) * (7.0 - 6.5) + log(2.0 / 3.0),
                1e-12, 1e-12);
    assert_int_equal(found, 1);
    ana_network_classifier_free(c);
}

static void the_mask_keeps_what_tells_groups_apart(void **state)
{
    (void)state;
    double x[N * P];
    size_t groups[N];
    ana_network_classifier *c = NULL;
    ana_network_classifier_options options = ana_network_classifier_options_default();
    draw_subjects(2, 2.5, x, groups);
    const ana_labelled_maps data = {N, P, x, GROUPS, groups};
    options.kept = 0.15; /* six of forty */
    check_ok(ana_network_classifier_fit(&data, 0, NULL, &options, &c));
    for (size_t f = 0; f < P; f++) {
        check_close(c->mask[f], f < 6 ? 1.0 : 0.0, 0.0, 0.0);
        assert_true(f < 6 || (c->maps[f] == 0.0 && c->components[f] == 0.0));
    }
    ana_network_classifier_free(c);
}

/* What the test subjects are does not change what is learned. */
static void nothing_is_learned_from_other_rows(void **state)
{
    (void)state;
    double x[N * P];
    size_t groups[N];
    size_t rows[50];
    ana_network_classifier *one = NULL;
    ana_network_classifier *two = NULL;
    ana_network_classifier_options options = ana_network_classifier_options_default();
    draw_subjects(3, 1.0, x, groups);
    const ana_labelled_maps data = {N, P, x, GROUPS, groups};
    options.kept = 0.5;
    for (size_t i = 0; i < 50; i++) {
        rows[i] = i;
    }
    check_ok(ana_network_classifier_fit(&data, 50, rows, &options, &one));
    for (size_t k = 50 * P; k < N * P; k++) {
        x[k] = 1e6;
    }
    check_ok(ana_network_classifier_fit(&data, 50, rows, &options, &two));
    assert_memory_equal(one->maps, two->maps, sizeof(double) * GROUPS * P);
    ana_network_classifier_free(one);
    ana_network_classifier_free(two);
}

/* Of two kinds of maps, one is noise: it is never chosen; and noise alone is classified by chance,
 * also with a mask and a choice that would fit it well if they saw the test subjects. */
static void validation_is_honest(void **state)
{
    (void)state;
    double x[2][N * P];
    size_t groups[N];
    const size_t counts[] = {2, 5, 10};
    draw_subjects(4, 0.0, x[0], groups);
    draw_subjects(5, 2.0, x[1], groups);
    const ana_labelled_maps kinds[] = {{N, P, x[0], GROUPS, groups}, {N, P, x[1], GROUPS, groups}};
    ana_network_choices choices = {2, kinds, 3, counts, 3};
    ana_network_classifier_options options = ana_network_classifier_options_default();
    ana_folds_options fold_options = ana_folds_options_default();
    ana_folds *folds = NULL;
    ana_network_validation *good = NULL;
    ana_network_validation *again = NULL;
    ana_network_validation *noise = NULL;
    options.kept = 0.3;
    check_ok(ana_folds_stratified(N, groups, &fold_options, &folds));
    check_ok(ana_network_validate(&choices, folds, &options, &good));
    check_ok(ana_network_validate(&choices, folds, &options, &again));
    size_t n_right = 0;
    for (size_t i = 0; i < N; i++) {
        n_right += good->predicted[i] == groups[i] ? 1 : 0;
    }
    check_close(good->accuracy, (double)n_right / N, 0.0, 1e-14);
    check_close(good->balanced, good->accuracy, 1e-12, 0.0); /* groups of one size */
    assert_true(good->accuracy > 0.85);
    for (size_t f = 0; f < folds->n_folds; f++) {
        assert_int_equal(good->kind[f], 1);
    }
    assert_memory_equal(good->predicted, again->predicted, sizeof groups);
    choices.n_kinds = 1;
    check_ok(ana_network_validate(&choices, folds, &options, &noise));
    check_close(noise->accuracy, 1.0 / GROUPS, 0.2, 0.0); /* four times its standard error */
    ana_network_validation_free(good);
    ana_network_validation_free(again);
    ana_network_validation_free(noise);
    ana_folds_free(folds);
}

/* What is chosen for a fold does not change with its test subjects' maps, and is the best of the
 * grid; every test stands once in the table of confusions. */
static void choices_see_training_subjects_alone(void **state)
{
    (void)state;
    double x[2][N * P];
    size_t groups[N];
    const size_t counts[] = {1, 3};
    draw_subjects(14, 0.7, x[0], groups);
    draw_subjects(15, 0.9, x[1], groups);
    const ana_labelled_maps kinds[] = {{N, P, x[0], GROUPS, groups}, {N, P, x[1], GROUPS, groups}};
    const ana_network_choices choices = {2, kinds, 2, counts, 3};
    ana_folds_options fold_options = ana_folds_options_default();
    ana_folds *folds = NULL;
    ana_network_validation *one = NULL;
    ana_network_validation *two = NULL;
    double n_tests = 0.0;
    check_ok(ana_folds_stratified(N, groups, &fold_options, &folds));
    check_ok(ana_network_validate(&choices, folds, NULL, &one));
    assert_int_equal(one->n_kinds * one->n_counts, 4);
    for (size_t f = 0; f < one->n_folds; f++) {
        double best = -1.0;
        size_t at = 0;
        for (size_t k = 0; k < 4; k++) {
            at = one->grid[f * 4 + k] > best ? k : at;
            best = fmax(best, one->grid[f * 4 + k]);
        }
        check_close(one->inner[f], best, 0.0, 0.0);
        assert_int_equal(one->kind[f], at / 2);
        assert_int_equal(one->n_components[f], counts[at % 2]);
    }
    for (size_t k = 0; k < GROUPS * GROUPS; k++) {
        n_tests += one->confusion[k];
    }
    check_close(n_tests, N, 0.0, 0.0);
    for (size_t k = 0; k < folds->folds[2].n_test; k++) {
        for (size_t f = 0; f < P; f++) {
            x[0][folds->folds[2].test[k] * P + f] = 1e3 * (double)(k + f);
            x[1][folds->folds[2].test[k] * P + f] = -1e3;
        }
    }
    check_ok(ana_network_validate(&choices, folds, NULL, &two));
    assert_memory_equal(one->grid + 2 * 4, two->grid + 2 * 4, 4 * sizeof(double));
    assert_memory_not_equal(one->grid, two->grid, 4 * sizeof(double));
    ana_network_validation_free(one);
    ana_network_validation_free(two);
    ana_folds_free(folds);
}

/* Maps that never vary are one of the kinds, a threshold that no edge passes. */
static void what_cannot_be_fitted_is_not_chosen(void **state)
{
    (void)state;
    double x[2][N * P] = {{0}};
    size_t groups[N];
    const size_t counts[] = {1};
    draw_subjects(5, 2.0, x[1], groups);
    const ana_labelled_maps kinds[] = {{N, P, x[0], GROUPS, groups}, {N, P, x[1], GROUPS, groups}};
    ana_network_choices choices = {2, kinds, 1, counts, 3};
    ana_folds_options fold_options = ana_folds_options_default();
    ana_folds *folds = NULL;
    ana_network_validation *validation = NULL;
    ana_network_classifier *fit = NULL;
    ana_record *record = NULL;
    check_ok(ana_folds_stratified(N, groups, &fold_options, &folds));
    check_ok(ana_network_validate(&choices, folds, NULL, &validation));
    for (size_t f = 0; f < validation->n_folds; f++) {
        assert_int_equal(validation->kind[f], 1);
        assert_true(isnan(validation->grid[2 * f]));
    }
    check_ok(ana_network_classifier_fit(&kinds[1], 0, NULL, NULL, &fit));
    check_ok(ana_network_validation_to_record(validation, &choices, NULL, fit, &record));
    check_ok(ana_record_check(record));
    assert_int_equal(ana_record_find(record, "confusion/values")->shape[1], GROUPS);
    assert_int_equal(ana_record_find(record, "validation_curve/y")->shape[0], 2);
    assert_int_equal(ana_record_find(record, "weights/values")->shape[1], P);
    ana_record_free(record);
    ALLOCATION_TEST(ana_network_validation_to_record, (validation, &choices, NULL, fit, &record),
                    ana_record_free(record));
    ana_network_classifier_free(fit);
    ana_network_validation_free(validation);
    validation = NULL;
    choices.n_kinds = 1;
    check_fails(ana_network_validate(&choices, folds, NULL, &validation), ANA_ERR_NUMERIC,
                "no feature varies");
    ana_folds_free(folds);
}

/* Sessions are subjects: each map is that of the session by itself, at each level. */
static void maps_are_those_of_each_session(void **state)
{
    (void)state;
    enum {
        V = 9,
        T = 40
    };
    const size_t lengths[] = {T, T + 5};
    const double levels[] = {0.1, 0.3};
    ana_random random = ana_random_stream(8, "test.maps", 0);
    ana_observations *all = NULL;
    double x[2 * 2 * V];
    check_ok(ana_observations_new(2 * T + 5, V, &all));
    check_ok(ana_observations_set_sequences(all, 2, lengths, NULL));
    for (size_t k = 0; k < (2 * T + 5) * V; k++) {
        all->values[k] = ana_random_normal(&random) + (k % V < 4 ? sin((double)(k / V)) : 0.0);
    }
    for (int by_density = 0; by_density < 2; by_density++) {
        ana_network_map_options options = ana_network_map_options_default();
        options.by_density = by_density != 0;
        options.feature = by_density ? ANA_FUNCTIONAL_STRENGTH : ANA_FUNCTIONAL_CYCLES3;
        check_ok(ana_network_maps(all, &options, 2, levels, x));
        for (size_t s = 0; s < 2; s++) {
            ana_observations *one = NULL;
            check_ok(ana_observations_new(lengths[s], V, &one));
            memcpy(one->values, all->values + s * T * V, lengths[s] * V * sizeof(double));
            for (size_t l = 0; l < 2; l++) {
                ana_functional_maps *maps = NULL;
                ana_functional_options functional = ana_functional_options_default();
                functional.threshold = by_density ? 0.5 : levels[l];
                functional.density = by_density ? levels[l] : 0.0;
                check_ok(ana_functional_maps_new(one, NULL, &functional, &maps));
                check_all_close(V, x + (l * 2 + s) * V, maps->of_signal[options.feature], 0.0, 0.0);
                ana_functional_maps_free(maps);
            }
            ana_observations_free(one);
        }
    }
    ALLOCATION_TEST(ana_network_maps, (all, NULL, 2, levels, x), (void)0);
    check_fails(ana_network_maps(all, NULL, 1, (const double[]){1.5}, x), ANA_ERR_VALUE,
                "level 0 is 1.5");
    all->values[(T + 3) * V + 2] = (double)NAN;
    check_fails(ana_network_maps(all, NULL, 2, levels, x), ANA_ERR_VALUE,
                "subject 1: functional network: the sample of feature 2 in row 3");
    ana_observations_free(all);
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    double x[N * P];
    size_t groups[N];
    size_t rows[] = {0, 3, 6, 9, 12};
    draw_subjects(6, 1.0, x, groups);
    ana_labelled_maps data = {N, P, x, GROUPS, groups};
    ana_network_classifier_options options = ana_network_classifier_options_default();
    ana_network_classifier *c = NULL;
    check_fails(ana_network_classifier_fit(&data, 5, rows, NULL, &c), ANA_ERR_VALUE,
                "no training subject is of group 1");
    check_fails(ana_network_classifier_fit(&data, 3, rows, NULL, &c), ANA_ERR_SHAPE,
                "3 training subjects of 3 groups");
    rows[4] = N;
    check_fails(ana_network_classifier_fit(&data, 5, rows, NULL, &c), ANA_ERR_VALUE,
                "no subject 90");
    options.shrinkage = 1.1;
    check_fails(ana_network_classifier_fit(&data, 0, NULL, &options, &c), ANA_ERR_VALUE,
                "shrinkage");
    x[3 * P + 7] = (double)NAN;
    check_fails(ana_network_classifier_fit(&data, 0, NULL, NULL, &c), ANA_ERR_VALUE,
                "feature 7 of subject 3");
    for (size_t k = 0; k < N * P; k++) {
        x[k] = 2.0;
    }
    check_fails(ana_network_classifier_fit(&data, 0, NULL, NULL, &c), ANA_ERR_NUMERIC,
                "no feature varies");
    for (size_t k = 0; k < N * P; k++) {
        x[k] = (double)groups[k / P];
    }
    check_fails(ana_network_classifier_fit(&data, 0, NULL, NULL, &c), ANA_ERR_NUMERIC, "singular");
    ana_folds_options fold_options = ana_folds_options_default();
    ana_folds *folds = NULL;
    ana_network_validation *validation = NULL;
    ana_network_choices choices = {1, &data, 1, (const size_t[]){2}, 3};
    check_ok(ana_folds_plain(N - 1, &fold_options, &folds));
    check_fails(ana_network_validate(&choices, folds, NULL, &validation), ANA_ERR_SHAPE,
                "folds of 89");
    ana_folds_free(folds);
    ana_labelled_maps two[] = {data, data};
    two[1].n_groups = 2;
    choices.kinds = two;
    choices.n_kinds = 2;
    check_ok(ana_folds_plain(N, &fold_options, &folds));
    check_fails(ana_network_validate(&choices, folds, NULL, &validation), ANA_ERR_SHAPE,
                "maps of kind 1");
    ana_folds_free(folds);
}

static ana_status validate(void *user)
{
    const ana_labelled_maps *data = user;
    ana_folds_options fold_options = ana_folds_options_default();
    ana_network_choices choices = {1, data, 1, (const size_t[]){2}, 2};
    ana_folds *folds = NULL;
    ana_network_validation *validation = NULL;
    fold_options.n_folds = 2;
    ana_status status = ana_folds_stratified(data->n, data->groups, &fold_options, &folds);
    status = status == ANA_OK ? ana_network_validate(&choices, folds, NULL, &validation) : status;
    ana_network_validation_free(validation);
    ana_folds_free(folds);
    return status;
}

static void each_allocation_failure_leaves_nothing(void **state)
{
    (void)state;
    double x[N * P];
    size_t groups[N];
    draw_subjects(7, 1.0, x, groups);
    ana_labelled_maps data = {N, P, x, GROUPS, groups};
    assert_true(check_each_allocation(validate, &data, 0) > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(components_are_orthonormal_and_scores_linear),
        cmocka_unit_test(one_feature_by_hand),
        cmocka_unit_test(the_mask_keeps_what_tells_groups_apart),
        cmocka_unit_test(nothing_is_learned_from_other_rows),
        cmocka_unit_test(validation_is_honest),
        cmocka_unit_test(choices_see_training_subjects_alone),
        cmocka_unit_test(what_cannot_be_fitted_is_not_chosen),
        cmocka_unit_test(maps_are_those_of_each_session),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(each_allocation_failure_leaves_nothing),
    };
    return cmocka_run_group_tests_name("network_classification", tests, NULL, NULL);
}
