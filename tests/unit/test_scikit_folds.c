/* Folds that are scikit-learn's own. */
#include "support/check.h"
#include "support/fail_nth.h"
#include "support/reference_json.h"

#include <analysis/scikit_folds.h>

#include <stdio.h>
#include <string.h>

static void check_folds(const ana_folds *folds, size_t n, const size_t *fold_of)
{
    check_ok(ana_folds_check(folds));
    assert_int_equal(folds->n_items, n);
    for (size_t f = 0; f < folds->n_folds; f++) {
        for (size_t k = 0; k < folds->folds[f].n_test; k++) {
            assert_int_equal(fold_of[folds->folds[f].test[k]], f);
        }
    }
}

/* The draws of the reference program of Matsumoto & Nishimura, seed 5489, begin 3499211612. */
static void numbers_are_those_of_the_mersenne_twister(void **state)
{
    (void)state;
    static const size_t places[] = {0, 1, 2, 623, 624, 625, 1399};
    reference *from = reference_open("scores.json");
    const size_t *words = reference_sizes(from, "numbers/words", NULL);
    ana_numpy_random random;
    size_t values[1000];
    ana_numpy_random_seed(&random, 5489);
    for (size_t i = 0, next = 0; i < 1400; i++) {
        const uint32_t word = ana_numpy_random_u32(&random);
        if (i == places[next]) {
            assert_int_equal(word, words[next++]);
        }
    }
    assert_int_equal(words[0], 3499211612U);
    for (size_t i = 0; i < 1000; i++) {
        values[i] = i;
    }
    ana_numpy_random_seed(&random, 7);
    ana_numpy_random_shuffle(&random, 1000, values);
    assert_memory_equal(values, reference_sizes(from, "numbers/shuffled", NULL), sizeof values);
    reference_close(from);
}

static void check_one(const reference *at, size_t n, const size_t *wanted, const size_t *labels,
                      const char *path, bool shuffle, bool stratified)
{
    char name[96];
    ana_folds *folds = NULL;
    ana_numpy_random random;
    snprintf(name, sizeof name, "folds/%s/n_folds", path);
    const size_t n_folds = reference_size(at, name);
    snprintf(name, sizeof name, "folds/%s/seed", path);
    const size_t seed = reference_size(at, name);
    ana_numpy_random_seed(&random, (uint32_t)seed);
    ana_numpy_random *used = shuffle ? &random : NULL;
    check_ok(stratified ? ana_scikit_folds_stratified(n, labels, n_folds, used, seed, &folds)
                        : ana_scikit_folds_plain(n, n_folds, used, seed, &folds));
    assert_int_equal(folds->n_folds, n_folds);
    assert_int_equal(folds->seed, seed);
    check_folds(folds, n, wanted);
    ana_folds_free(folds);
}

static void folds_of_random_label_lists_are_scikit_learns(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool shuffle;
        bool stratified;
    } kinds[] = {{"stratified", true, true},
                 {"in_order", false, true},
                 {"plain", true, false},
                 {"plain_in_order", false, false}};
    reference *from = reference_open("scores.json");
    const size_t n_cases = reference_count(from, "folds");
    assert_int_equal(n_cases, 36);
    for (size_t c = 0; c < n_cases; c++) {
        char path[96];
        size_t n = 0;
        ana_folds *folds = NULL;
        const char *key = reference_key(from, "folds", c);
        snprintf(path, sizeof path, "folds/%s/labels", key);
        const size_t *labels = reference_sizes(from, path, &n);
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            snprintf(path, sizeof path, "folds/%s/%s", key, kinds[k].name);
            check_one(from, n, reference_sizes(from, path, NULL), labels, key, kinds[k].shuffle,
                      kinds[k].stratified);
        }
        snprintf(path, sizeof path, "folds/%s/groups", key);
        check_ok(ana_folds_leave_one_group_out(n, reference_sizes(from, path, NULL), &folds));
        snprintf(path, sizeof path, "folds/%s/groups_out", key);
        check_folds(folds, n, reference_sizes(from, path, NULL));
        ana_folds_free(folds);
    }
    reference_close(from);
}

static void a_state_that_is_shared_goes_on_from_list_to_list(void **state)
{
    (void)state;
    reference *from = reference_open("scores.json");
    ana_numpy_random random;
    ana_numpy_random_seed(&random, 42);
    for (size_t i = 0; i < 3; i++) {
        char path[64];
        ana_folds *folds = NULL;
        snprintf(path, sizeof path, "shared/list %zu/labels", i);
        const size_t *labels = reference_sizes(from, path, NULL);
        check_ok(ana_scikit_folds_stratified(40, labels, 5, &random, 42, &folds));
        snprintf(path, sizeof path, "shared/list %zu/stratified", i);
        check_folds(folds, 40, reference_sizes(from, path, NULL));
        ana_folds_free(folds);
    }
    reference_close(from);
}

/* Four of class 7, three of class 1: in class order 7 7 7 7 1 1 1; fold 0 takes places 0, 2, 4 and
 * 6, that is two of each. */
static void folds_in_order_are_dealt_by_hand(void **state)
{
    (void)state;
    const size_t labels[7] = {7, 1, 7, 1, 7, 1, 7};
    const size_t wanted[7] = {0, 0, 0, 0, 1, 1, 1};
    ana_folds *folds = NULL;
    check_ok(ana_scikit_folds_stratified(7, labels, 2, NULL, 0, &folds));
    check_folds(folds, 7, wanted);
    ana_folds_free(folds);
}

static void names_of_labels_do_not_matter(void **state)
{
    (void)state;
    const size_t labels[9] = {2, 0, 2, 1, 0, 1, 2, 0, 1};
    size_t renamed[9];
    size_t fold_of[9];
    ana_folds *folds = NULL;
    ana_numpy_random random;
    for (size_t i = 0; i < 9; i++) {
        renamed[i] = 100 - 7 * labels[i];
    }
    ana_numpy_random_seed(&random, 3);
    check_ok(ana_scikit_folds_stratified(9, labels, 3, &random, 3, &folds));
    for (size_t f = 0; f < 3; f++) {
        assert_int_equal(folds->folds[f].n_test, 3);
        for (size_t k = 0; k < 3; k++) {
            fold_of[folds->folds[f].test[k]] = f;
        }
    }
    ana_folds_free(folds);
    ana_numpy_random_seed(&random, 3);
    check_ok(ana_scikit_folds_stratified(9, renamed, 3, &random, 3, &folds));
    check_folds(folds, 9, fold_of);
    ana_folds_free(folds);
}

static void what_cannot_be_split_is_refused(void **state)
{
    (void)state;
    const size_t labels[4] = {0, 1, 2, 3};
    ana_folds *folds = NULL;
    check_fails(ana_scikit_folds_plain(4, 1, NULL, 0, &folds), ANA_ERR_VALUE, "1 folds of 4 items");
    check_fails(ana_scikit_folds_plain(4, 5, NULL, 0, &folds), ANA_ERR_VALUE, "5 folds of 4 items");
    check_fails(ana_scikit_folds_stratified(4, labels, 5, NULL, 0, &folds), ANA_ERR_VALUE,
                "5 folds of 4 items");
    check_fails(ana_scikit_folds_stratified(4, labels, 2, NULL, 0, &folds), ANA_ERR_VALUE,
                "no label has more than 1 items");
    assert_null(folds);
}

static void failed_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    const size_t labels[6] = {0, 1, 0, 1, 0, 1};
    ana_folds *folds = NULL;
    ALLOCATION_TEST(ana_scikit_folds_plain, (6, 2, NULL, 0, &folds), ana_folds_free(folds));
    ALLOCATION_TEST(ana_scikit_folds_stratified, (6, labels, 2, NULL, 0, &folds),
                    ana_folds_free(folds));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_the_mersenne_twister),
        cmocka_unit_test(folds_of_random_label_lists_are_scikit_learns),
        cmocka_unit_test(a_state_that_is_shared_goes_on_from_list_to_list),
        cmocka_unit_test(folds_in_order_are_dealt_by_hand),
        cmocka_unit_test(names_of_labels_do_not_matter),
        cmocka_unit_test(what_cannot_be_split_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("scikit folds", tests, NULL, NULL);
}
