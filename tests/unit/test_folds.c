#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/folds.h>
#include <analysis/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LARGEST = 200
};

static ana_folds_options options_for(size_t n_folds, size_t n_repeats, uint64_t seed)
{
    ana_folds_options options = ana_folds_options_default();
    options.n_folds = n_folds;
    options.n_repeats = n_repeats;
    options.run.seed = seed;
    return options;
}

/* How often each item is tested; training and test sets share nothing and, where train is the rest,
 * are everything. */
static void count_tests(const ana_folds *folds, size_t *counts)
{
    memset(counts, 0, folds->n_items * sizeof *counts);
    check_ok(ana_folds_check(folds));
    for (size_t f = 0; f < folds->n_folds; f++) {
        const ana_fold *fold = folds->folds + f;
        size_t train[LARGEST];
        size_t n_train = 0;
        bool used[LARGEST] = {false};
        ana_folds_train(folds, f, train, &n_train);
        for (size_t i = 0; i < fold->n_test; i++) {
            counts[fold->test[i]]++;
            used[fold->test[i]] = true;
        }
        for (size_t i = 0; i < n_train; i++) {
            assert_false(used[train[i]]);
            assert_true(i == 0 || train[i] > train[i - 1]);
        }
        assert_true(fold->train != NULL || n_train + fold->n_test == folds->n_items);
        assert_true(fold->train == NULL || n_train == fold->n_train);
    }
}

static void each_item_is_tested_once_a_repeat(void **state)
{
    (void)state;
    const size_t cases[][2] = {{2, 2}, {7, 3}, {100, 10}, {101, 10}, {5, 5}};
    for (size_t c = 0; c < 5; c++) {
        size_t n = cases[c][0];
        ana_folds_options options = options_for(cases[c][1], 3, c);
        ana_folds *folds = NULL;
        size_t counts[LARGEST];
        check_ok(ana_folds_plain(n, &options, &folds));
        assert_int_equal(folds->n_folds, 3 * options.n_folds);
        assert_int_equal(folds->seed, c);
        assert_string_equal(folds->item_ids_sha256, "");
        count_tests(folds, counts);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(counts[i], 3);
        }
        for (size_t f = 0; f < folds->n_folds; f++) {
            size_t size = folds->folds[f].n_test;
            assert_true(size == n / options.n_folds || size == n / options.n_folds + 1);
            assert_int_equal(folds->folds[f].repeat, f / options.n_folds);
        }
        ana_folds_free(folds);
    }
    ana_folds *folds = NULL;
    check_ok(ana_folds_plain(11, NULL, &folds));
    assert_int_equal(folds->n_folds, 5);
    ana_folds_free(folds);
    ana_folds_free(NULL);
}

static bool equal(const ana_folds *a, const ana_folds *b)
{
    bool same = a->n_folds == b->n_folds;
    for (size_t f = 0; same && f < a->n_folds; f++) {
        same = a->folds[f].n_test == b->folds[f].n_test &&
               memcmp(a->folds[f].test, b->folds[f].test, a->folds[f].n_test * sizeof(size_t)) == 0;
    }
    return same;
}

static void seeds_and_repeats_differ_and_the_same_seed_does_not(void **state)
{
    (void)state;
    ana_folds *folds[3];
    for (size_t i = 0; i < 3; i++) {
        ana_folds_options options = options_for(4, 2, i == 2 ? 8 : 7);
        check_ok(ana_folds_plain(40, &options, &folds[i]));
    }
    assert_true(equal(folds[0], folds[1]));
    assert_false(equal(folds[0], folds[2]));
    assert_memory_not_equal(folds[0]->folds[0].test, folds[0]->folds[4].test, 10 * sizeof(size_t));
    for (size_t i = 0; i < 3; i++) {
        ana_folds_free(folds[i]);
    }
}

static void without_shuffling_folds_are_stretches(void **state)
{
    (void)state;
    ana_folds_options options = options_for(3, 1, 0);
    options.shuffle = false;
    ana_folds *folds = NULL;
    check_ok(ana_folds_plain(8, &options, &folds));
    const size_t wanted[] = {0, 1, 2, 3, 4, 5, 6, 7};
    size_t at = 0;
    for (size_t f = 0; f < 3; f++) {
        for (size_t i = 0; i < folds->folds[f].n_test; i++) {
            assert_int_equal(folds->folds[f].test[i], wanted[at++]);
        }
    }
    assert_int_equal(folds->folds[0].n_test, 3);
    assert_int_equal(folds->folds[2].n_test, 2);
    ana_folds_free(folds);
}

static void each_label_has_its_share_of_every_test(void **state)
{
    (void)state;
    for (size_t trial = 0; trial < 20; trial++) {
        ana_random random = ana_random_stream(51, "labels", trial);
        size_t labels[LARGEST];
        size_t n = 40 + ana_random_below(&random, 100);
        size_t totals[3] = {0};
        for (size_t i = 0; i < n; i++) {
            size_t u = ana_random_below(&random, 10);
            labels[i] = u < 6 ? 0 : u < 9 ? 1 : 2;
            totals[labels[i]]++;
        }
        ana_folds_options options = options_for(4, 2, trial);
        options.shuffle = trial % 2;
        options.n_repeats = 1 + trial % 2;
        ana_folds *folds = NULL;
        size_t counts[LARGEST];
        check_ok(ana_folds_stratified(n, labels, &options, &folds));
        count_tests(folds, counts);
        for (size_t f = 0; f < folds->n_folds; f++) {
            size_t shares[3] = {0};
            for (size_t i = 0; i < folds->folds[f].n_test; i++) {
                shares[labels[folds->folds[f].test[i]]]++;
            }
            for (size_t k = 0; k < 3; k++) {
                assert_true(shares[k] >= totals[k] / 4 && shares[k] <= totals[k] / 4 + 1);
            }
            assert_true(folds->folds[f].n_test >= n / 4 && folds->folds[f].n_test <= n / 4 + 1);
        }
        ana_folds_free(folds);
    }
}

static void count_warning(void *user, const char *sentence)
{
    (*(size_t *)user)++;
    assert_non_null(strstr(sentence, "label 9 has 2 items"));
}

static void a_rare_label_is_warned_of_once(void **state)
{
    (void)state;
    size_t labels[12] = {9, 1, 1, 1, 1, 9, 1, 1, 1, 1, 1, 1};
    size_t n_warnings = 0;
    ana_folds_options options = options_for(3, 1, 0);
    options.run.warn = count_warning;
    options.run.user = &n_warnings;
    ana_folds *folds = NULL;
    check_ok(ana_folds_stratified(12, labels, &options, &folds));
    assert_int_equal(n_warnings, 1);
    ana_folds_free(folds);
}

static void no_group_is_on_both_sides(void **state)
{
    (void)state;
    for (size_t trial = 0; trial < 20; trial++) {
        ana_random random = ana_random_stream(52, "groups", trial);
        size_t groups[LARGEST];
        size_t n = 60 + ana_random_below(&random, 100);
        for (size_t i = 0; i < n; i++) {
            groups[i] = 1000 * ana_random_below(&random, 12) * ana_random_below(&random, 2) + 7;
        }
        groups[0] = 1;
        groups[1] = 2;
        ana_folds_options options = options_for(3, 2, trial);
        ana_folds *folds = NULL;
        size_t counts[LARGEST];
        for (size_t method = 0; method < 2; method++) {
            check_ok(method ? ana_folds_leave_one_group_out(n, groups, &folds)
                            : ana_folds_grouped(n, groups, &options, &folds));
            count_tests(folds, counts);
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(counts[i], method ? 1 : 2);
            }
            for (size_t f = 0; f < folds->n_folds; f++) {
                size_t train[LARGEST];
                size_t n_train = 0;
                ana_folds_train(folds, f, train, &n_train);
                for (size_t i = 0; i < folds->folds[f].n_test; i++) {
                    size_t group = groups[folds->folds[f].test[i]];
                    assert_true(!method || group == groups[folds->folds[f].test[0]]);
                    for (size_t j = 0; j < n_train; j++) {
                        assert_true(groups[train[j]] != group);
                    }
                }
            }
            ana_folds_free(folds);
        }
    }
}

/* Sizes 6, 4, 3, 3, 2 in two folds: 6 + 3, 4 + 3 + 2. */
static void groups_are_dealt_evenly(void **state)
{
    (void)state;
    const size_t groups[18] = {3, 3, 3, 3, 3, 3, 0, 0, 0, 0, 8, 8, 8, 1, 1, 1, 5, 5};
    ana_folds_options options = options_for(2, 1, 0);
    ana_folds *folds = NULL;
    check_ok(ana_folds_grouped(18, groups, &options, &folds));
    assert_int_equal(folds->folds[0].n_test, 9);
    assert_int_equal(folds->folds[1].n_test, 9);
    ana_folds_free(folds);
    check_ok(ana_folds_leave_one_group_out(18, groups, &folds));
    assert_int_equal(folds->n_folds, 5);
    assert_int_equal(folds->folds[0].test[0], 6); /* ids ascending: 0, 1, 3, 5, 8 */
    assert_int_equal(folds->folds[4].test[0], 10);
    ana_folds_free(folds);
}

static void blocks_keep_their_distance_within_a_sequence(void **state)
{
    (void)state;
    const size_t start[4] = {0, 50, 53, 120}; /* the second is shorter than the folds */
    for (size_t gap = 0; gap < 6; gap++) {
        ana_folds *folds = NULL;
        size_t counts[LARGEST];
        check_ok(ana_folds_blocked(3, start, 4, gap, &folds));
        count_tests(folds, counts);
        for (size_t i = 0; i < 120; i++) {
            assert_int_equal(counts[i], 1);
        }
        for (size_t f = 0; f < 4; f++) {
            size_t train[LARGEST];
            size_t n_train = 0;
            bool trains[LARGEST] = {false};
            ana_folds_train(folds, f, train, &n_train);
            for (size_t j = 0; j < n_train; j++) {
                trains[train[j]] = true;
            }
            for (size_t item = 0; item < 120; item++) {
                size_t s = item < 50 ? 0 : item < 53 ? 1 : 2;
                bool near = false; /* of a test item of the same sequence */
                for (size_t i = 0; i < folds->folds[f].n_test; i++) {
                    size_t other = folds->folds[f].test[i];
                    size_t distance = other > item ? other - item : item - other;
                    near |= other >= start[s] && other < start[s + 1] && distance <= gap;
                }
                assert_true(trains[item] == !near);
            }
        }
        ana_folds_free(folds);
    }
}

static void too_little_to_split_is_refused(void **state)
{
    (void)state;
    const size_t ids[4] = {1, 1, 2, 2};
    const size_t start[3] = {0, 3, 4};
    const size_t backwards[3] = {0, 4, 3};
    const size_t late[2] = {1, 9};
    ana_folds *folds = NULL;
    ana_folds_options options = options_for(5, 1, 0);
    check_fails(ana_folds_plain(4, &options, &folds), ANA_ERR_VALUE, "4 items are too few for 5");
    options.n_folds = 1;
    check_fails(ana_folds_plain(4, &options, &folds), ANA_ERR_VALUE, "folds");
    options = options_for(3, 1, 0);
    check_fails(ana_folds_grouped(4, ids, &options, &folds), ANA_ERR_VALUE, "2 groups");
    check_fails(ana_folds_stratified(2, ids, &options, &folds), ANA_ERR_VALUE, "2 items");
    check_fails(ana_folds_leave_one_group_out(2, ids, &folds), ANA_ERR_VALUE, "two are needed");
    options = options_for(2, 2, 0);
    options.shuffle = false;
    check_fails(ana_folds_plain(4, &options, &folds), ANA_ERR_VALUE, "without shuffling");
    check_fails(ana_folds_blocked(2, start, 1, 0, &folds), ANA_ERR_VALUE, "at least 2");
    check_fails(ana_folds_blocked(2, start, 4, 0, &folds), ANA_ERR_VALUE, "has 3 items");
    check_fails(ana_folds_blocked(2, backwards, 2, 0, &folds), ANA_ERR_VALUE, "from item 4 to 3");
    check_fails(ana_folds_blocked(1, late, 2, 0, &folds), ANA_ERR_VALUE, "from item 1 to 9");
    check_fails(ana_folds_blocked(1, start, 2, 9, &folds), ANA_ERR_VALUE, "leaves nothing");
    assert_null(folds);
}

static void folds_that_leak_are_found(void **state)
{
    (void)state;
    size_t a[3] = {0, 1, 4};
    size_t b[2] = {2, 3};
    size_t train[2] = {2, 3};
    ana_fold list[2] = {{.n_test = 3, .test = a, .n_train = 2, .train = train},
                        {.n_test = 2, .test = b}};
    ana_folds folds = {.n_items = 5, .n_folds = 2, .folds = list};
    check_ok(ana_folds_check(&folds));
    train[1] = 4;
    check_fails(ana_folds_check(&folds), ANA_ERR_VALUE,
                "fold 0, train: item 4 is listed before, as a test");
    train[1] = 2;
    check_fails(ana_folds_check(&folds), ANA_ERR_VALUE, "fold 0, train: item 2 is listed before");
    train[1] = 5;
    check_fails(ana_folds_check(&folds), ANA_ERR_VALUE, "item 5, but there are 5");
    train[0] = 3;
    train[1] = 2;
    check_fails(ana_folds_check(&folds), ANA_ERR_VALUE, "item 2 stands after 3");
    list[0].n_train = 0;
    check_fails(ana_folds_check(&folds), ANA_ERR_VALUE, "nothing to train");
    list[0].train = NULL;
    b[0] = 1;
    check_fails(ana_folds_check(&folds), ANA_ERR_VALUE, "fold 1, test: item 1 is listed before");
    list[1].repeat = 1; /* another repeat tests it again */
    check_ok(ana_folds_check(&folds));
    list[0].repeat = 2;
    check_fails(ana_folds_check(&folds), ANA_ERR_VALUE, "repeat 1 stands after repeat 2");
    list[0].repeat = 0;
    list[1].n_test = 0;
    check_fails(ana_folds_check(&folds), ANA_ERR_VALUE, "nothing to test");
    folds.n_folds = 0;
    check_fails(ana_folds_check(&folds), ANA_ERR_VALUE, "there is none");
}

static ana_status call_each(void *user)
{
    const size_t *ids = user;
    const size_t start[2] = {0, 8};
    ana_folds_options options = options_for(2, 2, 0);
    ana_folds *folds = NULL;
    for (size_t maker = 0; maker < 5; maker++) {
        ana_status status = maker == 0   ? ana_folds_plain(8, &options, &folds)
                            : maker == 1 ? ana_folds_stratified(8, ids, &options, &folds)
                            : maker == 2 ? ana_folds_grouped(8, ids, &options, &folds)
                            : maker == 3 ? ana_folds_leave_one_group_out(8, ids, &folds)
                                         : ana_folds_blocked(1, start, 2, 1, &folds);
        status = status ? status : ana_folds_check(folds);
        ana_folds_free(folds);
        folds = NULL;
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    size_t ids[8] = {1, 1, 2, 2, 3, 3, 1, 2};
    assert_true(check_each_allocation(call_each, ids, 0) > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_item_is_tested_once_a_repeat),
        cmocka_unit_test(seeds_and_repeats_differ_and_the_same_seed_does_not),
        cmocka_unit_test(without_shuffling_folds_are_stretches),
        cmocka_unit_test(each_label_has_its_share_of_every_test),
        cmocka_unit_test(a_rare_label_is_warned_of_once),
        cmocka_unit_test(no_group_is_on_both_sides),
        cmocka_unit_test(groups_are_dealt_evenly),
        cmocka_unit_test(blocks_keep_their_distance_within_a_sequence),
        cmocka_unit_test(too_little_to_split_is_refused),
        cmocka_unit_test(folds_that_leak_are_found),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
