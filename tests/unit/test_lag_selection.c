/* The selection of order and lag: planted data, what leaves it unchanged, and what is refused. */
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/lag_trials.h"

#include <analysis/models/lag_embedding.h>

#include <math.h>
#include <string.h>

enum {
    TIMES = 90,
    MANY = 36
};

static void a_planted_lag_wins(void **state)
{
    (void)state;
    lag_data from = draw_lag_trials(40, 150, 2, 4, 0.6);
    for (int race = 0; race < 2; race++) {
        ana_lag_options options = small_lag_options(3, 5);
        options.race = race == 1;
        options.n_kept = 3;
        ana_lag_selection *selection = select_lag(&from, &options);
        const ana_lag_pair *best = &selection->pairs[selection->best];
        assert_int_equal(best->order, 2);
        assert_int_equal(best->lag, 4);
        assert_true(best->mean > 0.9);
        ana_lag_selection_free(selection);
    }
    free_lag_trials(&from);
}

/* Samples depend on those 3, 6, 9, ... before them: at lag 3 the first tells all, at others what
 * they reach of these. */
static void aic_finds_the_order_at_each_lag(void **state)
{
    (void)state;
    lag_data from = draw_lag_trials(20, 200, 1, 3, 0.6);
    ana_lag_options options = small_lag_options(5, 4);
    options.method = ANA_LAG_AIC;
    for (size_t k = 0; k < 20; k += 2) {
        from.classes[k]++;
    }
    ana_lag_selection *selection = select_lag(&from, &options);
    const size_t wanted[] = {4, 4, 2, 4}; /* 3, 6, 3 and 12 samples back */
    for (size_t lag = 1; lag <= 4; lag++) {
        const double *aic = selection->aic + (lag - 1) * 5;
        size_t best = 0;
        for (size_t o = 1; o < 5; o++) {
            best = aic[o] < aic[best] ? o : best;
        }
        assert_true(lag == 3 ? best + 1 == wanted[lag - 1] : best + 1 >= wanted[lag - 1]);
        assert_true(aic[wanted[lag - 1] - 1] < aic[wanted[lag - 1] - 2]);
    }
    assert_int_equal(selection->n_pairs, 4);
    assert_int_equal(selection->pairs[0].order, 2);
    assert_int_equal(selection->pairs[0].lag, 3);
    assert_int_equal(selection->pairs[3].lag, 4);
    ana_lag_selection_free(selection);
    free_lag_trials(&from);
}

static void mdop_takes_the_mean_over_trials(void **state)
{
    (void)state;
    lag_data from = draw_lag_trials(8, 120, 2, 3, 0.6);
    ana_lag_options options = small_lag_options(10, 10);
    options.method = ANA_LAG_MDOP;
    options.estimator = ANA_LAG_OAS;
    options.n_folds = 2;
    ana_lag_selection *selection = select_lag(&from, &options);
    double order = 0.0;
    double lag = 0.0;
    for (size_t k = 0; k < 8; k++) {
        ana_lag_embedding found;
        double sum = 0.0;
        check_ok(ana_lag_embedding_find(LAG_CHANNELS, 120, from.values + k * LAG_CHANNELS * 120,
                                        NULL, &found));
        for (size_t i = 0; i < found.n_delays; i++) {
            sum += (double)found.delays[i];
        }
        assert_int_equal(selection->trial_order[k], found.n_delays);
        check_close(selection->trial_lag[k], sum / (double)found.n_delays, 0.0, 1e-14);
        order += (double)found.n_delays / 8.0;
        lag += rint(sum / (double)found.n_delays) / 8.0;
    }
    assert_int_equal(selection->n_pairs, 1);
    assert_int_equal(selection->pairs[0].order, (size_t)fmin(rint(order), 10.0));
    if (selection->pairs[0].order > 1) {
        assert_int_equal(selection->pairs[0].lag, (size_t)fmin(fmax(rint(lag), 1.0), 10.0));
    }
    ana_lag_selection_free(selection);
    free_lag_trials(&from);
}

static void a_race_scores_what_it_keeps_as_the_grid_does(void **state)
{
    (void)state;
    lag_data from = draw_lag_trials(MANY, TIMES, 2, 2, 0.3);
    ana_lag_options options = small_lag_options(3, 3);
    ana_lag_selection *full = select_lag(&from, &options);
    options.race = true;
    options.n_kept = 2;
    ana_lag_selection *raced = select_lag(&from, &options);
    size_t n_scored = 0;
    for (size_t p = 0; p < full->n_pairs; p++) {
        const ana_lag_pair *pair = &raced->pairs[p];
        assert_true(isfinite(pair->screening));
        assert_true(isnan(full->pairs[p].screening));
        if (pair->state == ANA_LAG_SCORED) {
            check_close(pair->mean, full->pairs[p].mean, 0.0, 0.0);
            n_scored++;
        } else {
            assert_int_equal(pair->state, ANA_LAG_DROPPED);
            assert_true(isnan(pair->mean));
        }
    }
    assert_int_equal(n_scored, 2);
    ana_lag_selection_free(full);
    ana_lag_selection_free(raced);
    free_lag_trials(&from);
}

static bool same_selection(const ana_lag_selection *a, const ana_lag_selection *b)
{
    return a->best == b->best && a->n_pairs == b->n_pairs &&
           memcmp(a->pairs, b->pairs, a->n_pairs * sizeof *a->pairs) == 0 &&
           memcmp(a->fold_scores, b->fold_scores,
                  a->n_pairs * a->n_folds * sizeof *a->fold_scores) == 0;
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    lag_data from = draw_lag_trials(MANY, 120, 2, 2, 0.3);
    for (int method = 0; method < 3; method++) {
        ana_lag_options options = small_lag_options(3, 2);
        options.method = (ana_lag_method)method;
        options.run.n_threads = 1;
        ana_lag_selection *one = select_lag(&from, &options);
        options.run.n_threads = 2;
        ana_lag_selection *two = select_lag(&from, &options);
        assert_true(same_selection(one, two));
        ana_lag_selection_free(one);
        ana_lag_selection_free(two);
    }
    free_lag_trials(&from);
}

static void the_unit_does_not_change_scores(void **state)
{
    (void)state;
    lag_data from = draw_lag_trials(MANY, TIMES, 2, 2, 0.3);
    const ana_lag_options options = small_lag_options(3, 2);
    ana_lag_selection *volts = select_lag(&from, &options);
    for (size_t e = 0; e < (size_t)MANY * LAG_CHANNELS * TIMES; e++) {
        from.values[e] *= 1e6;
    }
    ana_lag_selection *microvolts = select_lag(&from, &options);
    assert_int_equal(volts->best, microvolts->best);
    check_all_close(volts->n_pairs * 3, microvolts->fold_scores, volts->fold_scores, 1e-12, 0.0);
    ana_lag_selection_free(volts);
    ana_lag_selection_free(microvolts);
    free_lag_trials(&from);
}

static void some_trials_are_selected_on_as_if_they_were_all(void **state)
{
    (void)state;
    lag_data from = draw_lag_trials(MANY, TIMES, 2, 2, 0.3);
    lag_data part = draw_lag_trials(MANY, TIMES, 2, 2, 0.3);
    const ana_lag_options options = small_lag_options(3, 2);
    ana_lag_products *products = NULL;
    ana_lag_selection *by_list = NULL;
    size_t items[24];
    for (size_t k = 0; k < 24; k++) {
        items[k] = 12 + k;
        memcpy(part.values + k * LAG_CHANNELS * TIMES,
               from.values + items[k] * LAG_CHANNELS * TIMES,
               sizeof(double) * LAG_CHANNELS * TIMES);
        part.classes[k] = from.classes[items[k]];
    }
    part.trials.n_trials = 24;
    check_ok(ana_lag_products_new(&from.trials, &options, &products));
    check_ok(ana_lag_selection_fit(products, items, 24, NULL, &options, &by_list));
    ana_lag_selection *alone = select_lag(&part, &options);
    assert_true(same_selection(by_list, alone));
    ana_lag_selection_free(by_list);
    ana_lag_selection_free(alone);
    ana_lag_products_free(products);
    free_lag_trials(&from);
    free_lag_trials(&part);
}

static void pairs_that_do_not_fit_are_left_out_and_said(void **state)
{
    (void)state;
    lag_data from = draw_lag_trials(MANY, 20, 2, 2, 0.3);
    ana_lag_options options = small_lag_options(4, 6);
    ana_lag_selection *selection = select_lag(&from, &options);
    for (size_t p = 0; p < selection->n_pairs; p++) {
        const ana_lag_pair *pair = &selection->pairs[p];
        const bool fits = 20 > pair->order * pair->lag + LAG_CHANNELS * pair->order;
        assert_int_equal(pair->state, fits ? ANA_LAG_SCORED : ANA_LAG_TOO_SHORT);
    }
    ana_lag_selection_free(selection);
    from.trials.n_times = 3; /* the first samples of another shape: short all the same */
    ana_lag_products *products = NULL;
    check_ok(ana_lag_products_new(&from.trials, &options, &products));
    check_fails(ana_lag_selection_fit(products, NULL, 0, NULL, &options, &selection), ANA_ERR_VALUE,
                "too short");
    ana_lag_products_free(products);
    free_lag_trials(&from);
}

static void an_average_reference_is_named(void **state)
{
    (void)state;
    lag_data from = draw_lag_trials(MANY, TIMES, 2, 2, 0.3);
    const ana_lag_options options = small_lag_options(2, 2);
    ana_lag_products *products = NULL;
    ana_lag_selection *selection = NULL;
    for (size_t k = 0; k < MANY; k++) {
        for (size_t t = 0; t < TIMES; t++) {
            double *x = from.values + k * LAG_CHANNELS * TIMES + t;
            const double mean = (x[0] + x[TIMES] + x[2 * TIMES]) / 3.0;
            x[0] -= mean;
            x[TIMES] -= mean;
            x[2 * TIMES] = -x[0] - x[TIMES];
        }
    }
    check_ok(ana_lag_products_new(&from.trials, &options, &products));
    check_fails(ana_lag_selection_fit(products, NULL, 0, NULL, &options, &selection), ANA_ERR_VALUE,
                "positive definite");
    ana_lag_products_free(products);
    free_lag_trials(&from);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    lag_data from = draw_lag_trials(12, 40, 3, 2, 0.3);
    ana_lag_options options = small_lag_options(2, 2);
    ana_lag_products *products = NULL;
    ana_lag_selection *selection = NULL;
    const size_t one_class[] = {0, 3, 6};
    const size_t twice[] = {0, 1, 0};
    const size_t beyond[] = {0, 12};
    ana_folds *folds = NULL;
    check_ok(ana_folds_plain(11, NULL, &folds));
    check_ok(ana_lag_products_new(&from.trials, &options, &products));
    check_fails(ana_lag_selection_fit(products, one_class, 3, NULL, &options, &selection),
                ANA_ERR_VALUE, "3 trials of 1 class;");
    check_fails(ana_lag_selection_fit(products, one_class, 1, NULL, &options, &selection),
                ANA_ERR_VALUE, "1 trial of 1 class;");
    check_fails(ana_lag_selection_fit(products, twice, 3, NULL, &options, &selection),
                ANA_ERR_VALUE, "item 2 is trial 0");
    check_fails(ana_lag_selection_fit(products, beyond, 2, NULL, &options, &selection),
                ANA_ERR_VALUE, "item 1 is trial 12");
    check_fails(ana_lag_selection_fit(products, NULL, 0, folds, &options, &selection),
                ANA_ERR_SHAPE, "11 items for 12 trials");
    options.metric = ANA_LAG_AUC;
    check_fails(ana_lag_selection_fit(products, NULL, 0, NULL, &options, &selection), ANA_ERR_VALUE,
                "two classes, not 3");
    options.metric = ANA_LAG_AUTOMATIC;
    options.penalties = "1,0.5";
    check_fails(ana_lag_selection_fit(products, NULL, 0, NULL, &options, &selection), ANA_ERR_VALUE,
                "rising");
    options.penalties = NULL;
    options.max_lag = 3;
    check_fails(ana_lag_selection_fit(products, NULL, 0, NULL, &options, &selection), ANA_ERR_VALUE,
                "order 2 and lag 2");
    options.max_lag = 2;
    options.run.max_memory = 1000;
    check_fails(ana_lag_selection_fit(products, NULL, 0, NULL, &options, &selection), ANA_ERR_LIMIT,
                "max-order");
    ana_folds_free(folds);
    ana_lag_products_free(products);
    free_lag_trials(&from);
}

static void trials_that_are_none_are_refused(void **state)
{
    (void)state;
    lag_data from = draw_lag_trials(6, 40, 2, 2, 0.3);
    ana_lag_options options = small_lag_options(2, 2);
    ana_lag_products *products = NULL;
    double out[4 * LAG_CHANNELS * LAG_CHANNELS];
    check_ok(ana_lag_products_new(&from.trials, &options, &products));
    check_fails(ana_lag_covariance(products, 0, 3, 1, &options, out), ANA_ERR_VALUE, "order 3");
    check_fails(ana_lag_covariance(products, 6, 1, 1, &options, out), ANA_ERR_VALUE, "trial 6");
    ana_lag_products_free(products);
    products = NULL;
    from.values[(3 * LAG_CHANNELS + 1) * 40 + 5] = NAN;
    check_fails(ana_lag_products_new(&from.trials, &options, &products), ANA_ERR_VALUE,
                "sample 5 of channel 1 in trial 3");
    from.trials.n_trials = 0;
    check_fails(ana_lag_products_new(&from.trials, &options, &products), ANA_ERR_VALUE, "0 trials");
    options.max_order = 0;
    check_fails(ana_lag_products_new(&from.trials, &options, &products), ANA_ERR_VALUE,
                "max-order");
    options.max_order = 2;
    options.run.max_memory = 100;
    from.values[(3 * LAG_CHANNELS + 1) * 40 + 5] = 0.0;
    from.trials.n_trials = 6;
    check_fails(ana_lag_products_new(&from.trials, &options, &products), ANA_ERR_LIMIT, "products");
    assert_null(products);
    free_lag_trials(&from);
}

static void the_record_holds_choice_and_map(void **state)
{
    (void)state;
    lag_data from = draw_lag_trials(40, 150, 2, 4, 0.6);
    const ana_lag_options options = small_lag_options(3, 5);
    ana_lag_selection *selection = select_lag(&from, &options);
    ana_record *record = NULL;
    size_t order = 0;
    size_t lag = 0;
    const double *map = NULL;
    ana_shape shape = {2, {3, 5}, {NULL, NULL}};
    check_ok(ana_lag_selection_to_record(selection, &record));
    check_ok(ana_record_check(record));
    check_ok(ana_record_get_size(record, "order", &order));
    check_ok(ana_record_get_size(record, "lag", &lag));
    check_ok(ana_record_get_doubles(record, "score_map/values", &shape, &map));
    assert_int_equal(order, 2);
    assert_int_equal(lag, 4);
    check_close(map[1 * 5 + 3], selection->pairs[selection->best].mean, 0.0, 0.0);
    check_all_close(4, map, map + 1, 0.0, 0.0); /* order 1 is the same at each lag */
    assert_int_equal(selection->class_counts[0] + selection->class_counts[1], 40);
    double chance = 0.0;
    check_ok(ana_record_get_double(record, "chance", &chance));
    assert_true(chance == 0.5);
    assert_null(ana_record_find(record, "chance_bound"));
    const char *note = NULL;
    check_ok(ana_record_get_text(record, "note", &note));
    assert_non_null(strstr(note, "highest of 11 pairs"));
    ana_record_free(record);
    selection->is_auc = false; /* an accuracy of 30 against 10 */
    selection->class_counts[0] = 30;
    selection->class_counts[1] = 10;
    double bound = 0.0;
    check_ok(ana_lag_selection_to_record(selection, &record));
    check_ok(ana_record_get_double(record, "chance", &chance));
    check_ok(ana_record_get_double(record, "chance_bound", &bound));
    assert_true(chance == 0.75);
    check_close(bound, 34.0 / 40.0, 1e-12, 0.0); /* quantile 0.95 of Bin(40, 3/4) */
    ana_record_free(record);
    ana_lag_selection_free(selection);
    free_lag_trials(&from);
}

static ana_status select_and_record(void *user)
{
    const lag_data *from = user;
    ana_lag_options options = small_lag_options(2, 1);
    ana_lag_products *products = NULL;
    ana_lag_selection *selection = NULL;
    ana_record *record = NULL;
    options.run.n_threads = 1;
    options.n_folds = 2;
    options.penalties = "1";
    ana_status status = ana_lag_products_new(&from->trials, &options, &products);
    for (int method = 0; method < 3 && status == ANA_OK; method++) {
        options.method = (ana_lag_method)method;
        status = ana_lag_selection_fit(products, NULL, 0, NULL, &options, &selection);
        if (status == ANA_OK) {
            status = ana_lag_selection_to_record(selection, &record);
        }
        ana_record_free(record);
        ana_lag_selection_free(selection);
        record = NULL;
        selection = NULL;
    }
    ana_lag_products_free(products);
    return status;
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    lag_data from = draw_lag_trials(4, 71, 2, 2, 0.3);
    (void)check_each_allocation(select_and_record, &from, 0);
    free_lag_trials(&from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_planted_lag_wins),
        cmocka_unit_test(aic_finds_the_order_at_each_lag),
        cmocka_unit_test(mdop_takes_the_mean_over_trials),
        cmocka_unit_test(a_race_scores_what_it_keeps_as_the_grid_does),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(the_unit_does_not_change_scores),
        cmocka_unit_test(some_trials_are_selected_on_as_if_they_were_all),
        cmocka_unit_test(pairs_that_do_not_fit_are_left_out_and_said),
        cmocka_unit_test(an_average_reference_is_named),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(trials_that_are_none_are_refused),
        cmocka_unit_test(the_record_holds_choice_and_map),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests_name("lag_selection", tests, NULL, NULL);
}
