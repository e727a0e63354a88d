#include "support/check.h"
#include "support/fail_nth.h"
#include "support/reference_json.h"

#include <analysis/agreement.h>
#include <analysis/random.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    N = 60
};

static void partitions_by_hand(void **state)
{
    (void)state;
    /* Groups {0,1,2},{3,4,5} against {0,1},{2,3},{4,5}: of 15 pairs 2 are together in both, 8 apart
     * in both; expected 6 * 3 / 15. */
    const size_t a[6] = {4, 4, 4, 9, 9, 9};
    const size_t b[6] = {0, 0, 1, 1, 2, 2};
    ana_agreement found;
    check_ok(ana_agreement_compare(6, a, b, &found));
    assert_int_equal(found.n_items, 6);
    assert_int_equal(found.n_labels_a, 2);
    assert_int_equal(found.n_labels_b, 3);
    check_close(found.rand, 10.0 / 15.0, 1e-15, 0.0);
    check_close(found.adjusted_rand, (2.0 - 1.2) / (4.5 - 1.2), 1e-15, 0.0);
    check_close(found.entropy_a, log(2.0), 1e-15, 0.0);
    check_close(found.entropy_b, log(3.0), 1e-15, 0.0);
    double information = 2.0 / 3.0 * log(2.0);
    check_close(found.mutual_information, information, 1e-15, 0.0);
    check_close(found.normalised_mutual_information, information / (0.5 * log(6.0)), 1e-15, 0.0);
}

/* Rand and adjusted Rand straight from the definition, over all pairs. */
static void agreement_is_the_count_over_pairs(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(2, "agreement", 0);
    for (size_t trial = 0; trial < 50; trial++) {
        size_t a[N];
        size_t b[N];
        for (size_t i = 0; i < N; i++) {
            a[i] = ana_random_below(&random, 1 + trial % 7);
            b[i] = ana_random_below(&random, 3) ? a[i] / 2 : ana_random_below(&random, 5);
            a[i] = ana_random_below(&random, 10) ? a[i] * 1000003 : ANA_NO_LABEL;
            b[i] = ana_random_below(&random, 10) ? b[i] : ANA_NO_LABEL;
        }
        double both = 0.0;
        double in_a = 0.0;
        double in_b = 0.0;
        double total = 0.0;
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < i; j++) {
                if (a[i] != ANA_NO_LABEL && a[j] != ANA_NO_LABEL && b[i] != ANA_NO_LABEL &&
                    b[j] != ANA_NO_LABEL) {
                    both += a[i] == a[j] && b[i] == b[j];
                    in_a += a[i] == a[j];
                    in_b += b[i] == b[j];
                    total += 1.0;
                }
            }
        }
        ana_agreement found;
        ana_agreement swapped;
        check_ok(ana_agreement_compare(N, a, b, &found));
        check_ok(ana_agreement_compare(N, b, a, &swapped));
        check_close(found.rand, (total + 2.0 * both - in_a - in_b) / total, 1e-15, 0.0);
        double expected = in_a * in_b / total;
        check_close(found.adjusted_rand, (both - expected) / (0.5 * (in_a + in_b) - expected),
                    1e-12, 0.0);
        check_close(swapped.adjusted_rand, found.adjusted_rand, 1e-15, 0.0);
        check_close(swapped.mutual_information, found.mutual_information, 1e-14, 0.0);
    }
}

static void sklearn_finds_the_same(void **state)
{
    reference *root = *state;
    for (size_t i = 0; i < reference_count(root, "agreement"); i++) {
        const char *name = reference_key(root, "agreement", i);
        char path[96];
#define AT(key) (snprintf(path, sizeof path, "agreement/%s/" key, name), path)
        size_t n = 0;
        const size_t *a = reference_sizes(root, AT("a"), &n);
        const size_t *b = reference_sizes(root, AT("b"), NULL);
        ana_agreement found;
        check_ok(ana_agreement_compare(n, a, b, &found));
        check_close(found.rand, reference_number(root, AT("rand")), 1e-14, 0.0);
        check_close(found.adjusted_rand, reference_number(root, AT("adjusted_rand")), 1e-13, 0.0);
        check_close(found.mutual_information, reference_number(root, AT("mutual_information")),
                    1e-13, 0.0);
        check_close(found.normalised_mutual_information,
                    reference_number(root, AT("normalised_mutual_information")), 1e-13, 0.0);
        double accuracy = 0.0;
        check_ok(ana_agreement_match(n, a, b, 100, NULL, &accuracy));
        check_close(accuracy, reference_number(root, AT("accuracy")), 1e-15, 0.0);
#undef AT
    }
}

static void renamed_labels_agree_completely(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(3, "agreement", 0);
    const size_t name[5] = {3, 0, 4, 1, 2};
    size_t a[N];
    size_t b[N];
    for (size_t i = 0; i < N; i++) {
        b[i] = ana_random_below(&random, 5);
        a[i] = name[b[i]];
    }
    ana_agreement found;
    check_ok(ana_agreement_compare(N, a, b, &found));
    check_close(found.adjusted_rand, 1.0, 0.0, 0.0);
    check_close(found.normalised_mutual_information, 1.0, 1e-14, 0.0);
    size_t label_in_a[6];
    double accuracy = 0.0;
    check_ok(ana_agreement_match(N, a, b, 6, label_in_a, &accuracy));
    check_close(accuracy, 1.0, 0.0, 0.0);
    for (size_t k = 0; k < 5; k++) {
        assert_int_equal(label_in_a[k], name[k]);
    }
    assert_int_equal(label_in_a[5], ANA_NO_LABEL);
}

static void one_group_each_or_singletons_each_are_the_same_partition(void **state)
{
    (void)state;
    const size_t same[3] = {1, 1, 1};
    const size_t single[3] = {5, 6, 7};
    ana_agreement found;
    check_ok(ana_agreement_compare(3, same, same, &found));
    check_close(found.adjusted_rand, 1.0, 0.0, 0.0);
    check_close(found.normalised_mutual_information, 1.0, 0.0, 0.0);
    check_ok(ana_agreement_compare(3, single, single, &found));
    check_close(found.adjusted_rand, 1.0, 0.0, 0.0);
    check_ok(ana_agreement_compare(3, same, single, &found));
    check_close(found.adjusted_rand, 0.0, 0.0, 0.0);
    check_close(found.normalised_mutual_information, 0.0, 0.0, 0.0);
    check_ok(ana_agreement_compare(1, same, single, &found));
    check_close(found.rand, 1.0, 0.0, 0.0);
}

/* b = 2 shares items with a = 0 alone, which b = 0 takes. */
static void a_label_that_is_left_over_stays_unmatched(void **state)
{
    (void)state;
    const size_t a[7] = {0, 0, 0, 0, 1, 1, 0};
    const size_t b[7] = {0, 0, 0, 2, 1, 1, 0};
    size_t label_in_a[3];
    double accuracy = 0.0;
    check_ok(ana_agreement_match(7, a, b, 3, label_in_a, &accuracy));
    assert_int_equal(label_in_a[0], 0);
    assert_int_equal(label_in_a[1], 1);
    assert_int_equal(label_in_a[2], ANA_NO_LABEL);
    check_close(accuracy, 6.0 / 7.0, 1e-15, 0.0);
}

static void labels_that_cannot_be_compared_are_refused(void **state)
{
    (void)state;
    const size_t a[2] = {0, ANA_NO_LABEL};
    const size_t b[2] = {ANA_NO_LABEL, 3};
    ana_agreement found;
    double accuracy = 0.0;
    check_fails(ana_agreement_compare(2, a, b, &found), ANA_ERR_VALUE, "none of 2 items");
    check_fails(ana_agreement_compare(0, a, b, &found), ANA_ERR_VALUE, "none of 0 items");
    check_fails(ana_agreement_match(2, a, b, 4, NULL, &accuracy), ANA_ERR_VALUE, "none of 2");
    check_fails(ana_agreement_match(1, a, a, 0, NULL, &accuracy), ANA_ERR_VALUE, "label 0");
    check_fails(ana_agreement_match(2, b, b, 3, NULL, &accuracy), ANA_ERR_VALUE, "label 3");
}

static ana_status compare_and_match(void *user)
{
    const size_t *labels = user;
    ana_agreement found;
    double accuracy = 0.0;
    ana_status status = ana_agreement_compare(4, labels, labels + 4, &found);
    status = status ? status : ana_agreement_of_counts(2, 4, labels, &found);
    return status ? status : ana_agreement_match(4, labels, labels + 4, 3, NULL, &accuracy);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    size_t labels[8] = {0, 1, 1, 2, 2, 2, 0, 1};
    assert_true(check_each_allocation(compare_and_match, labels, 0) > 10);
}

static void a_table_of_counts_says_the_same_as_the_lists(void **state)
{
    (void)state;
    enum {
        N_ITEMS = 400,
        A = 5,
        B = 7
    };
    size_t a[N_ITEMS];
    size_t b[N_ITEMS];
    size_t counts[A * B] = {0};
    ana_agreement by_lists;
    ana_agreement by_counts;
    for (size_t i = 0; i < N_ITEMS; i++) {
        a[i] = (i * i + 3) % (A - 1); /* label A - 1 does not occur */
        b[i] = i % 3 == 0 ? a[i] : (i / 7) % B;
        counts[a[i] * B + b[i]]++;
    }
    check_ok(ana_agreement_compare(N_ITEMS, a, b, &by_lists));
    check_ok(ana_agreement_of_counts(A, B, counts, &by_counts));
    assert_int_equal(by_counts.n_items, N_ITEMS);
    assert_int_equal(by_counts.n_labels_a, by_lists.n_labels_a);
    assert_int_equal(by_counts.n_labels_b, by_lists.n_labels_b);
    check_close(by_counts.adjusted_rand, by_lists.adjusted_rand, 1e-14, 0.0);
    check_close(by_counts.normalised_mutual_information, by_lists.normalised_mutual_information,
                1e-13, 0.0);
    memset(counts, 0, sizeof counts);
    check_fails(ana_agreement_of_counts(A, B, counts, &by_counts), ANA_ERR_VALUE, "empty");
}

/* Of label 1 two of three agree, of label 4 none of one, of label 2 both: (2/3 + 0 + 1) / 3. */
static void balanced_accuracy_is_the_mean_share_of_each_label(void **state)
{
    (void)state;
    const size_t truth[8] = {1, 1, 1, 4, 2, 2, ANA_NO_LABEL, 1};
    const size_t predicted[8] = {1, 1, 2, 1, 2, 2, 1, ANA_NO_LABEL};
    const size_t none[1] = {ANA_NO_LABEL};
    double accuracy = 0.0;
    check_ok(ana_agreement_balanced_accuracy(8, truth, predicted, &accuracy));
    check_close(accuracy, 5.0 / 9.0, 1e-15, 0.0);
    check_fails(ana_agreement_balanced_accuracy(1, none, truth, &accuracy), ANA_ERR_VALUE,
                "none of");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(balanced_accuracy_is_the_mean_share_of_each_label),
        cmocka_unit_test(a_table_of_counts_says_the_same_as_the_lists),
        cmocka_unit_test(partitions_by_hand),
        cmocka_unit_test(agreement_is_the_count_over_pairs),
        cmocka_unit_test(sklearn_finds_the_same),
        cmocka_unit_test(renamed_labels_agree_completely),
        cmocka_unit_test(one_group_each_or_singletons_each_are_the_same_partition),
        cmocka_unit_test(a_label_that_is_left_over_stays_unmatched),
        cmocka_unit_test(labels_that_cannot_be_compared_are_refused),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, open_maths_reference, close_reference);
}
