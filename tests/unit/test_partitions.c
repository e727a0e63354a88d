#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/agreement.h>
#include <analysis/partitions.h>
#include <analysis/random.h>

#include <math.h>

enum {
    N = 7,
    DRAWS = 25
};

/* Noisy copies of {0, 1, 2 | 3, 4 | 5, 6}, under names that change from draw to draw. */
static void fill(uint16_t draws[DRAWS * N], uint64_t seed)
{
    const uint16_t truth[N] = {0, 0, 0, 1, 1, 2, 2};
    ana_random random = ana_random_stream(seed, "test", 0);
    for (size_t d = 0; d < DRAWS; d++) {
        size_t names[4];
        ana_random_permutation(&random, 4, names);
        for (size_t i = 0; i < N; i++) {
            bool moved = ana_random_uniform(&random) < 0.15;
            draws[d * N + i] = (uint16_t)names[moved ? ana_random_below(&random, 4) : truth[i]];
        }
    }
}

static void similarity_is_the_share_of_draws_together(void **state)
{
    (void)state;
    const uint16_t draws[3 * 3] = {4, 4, 9, 1, 2, 2, 0, 0, 0};
    double similarity[9];
    const double wanted[9] = {1, 2.0 / 3, 1.0 / 3, 2.0 / 3, 1, 2.0 / 3, 1.0 / 3, 2.0 / 3, 1};
    check_ok(ana_partitions_similarity(3, 3, draws, similarity));
    check_all_close(9, similarity, wanted, 1e-15, 0.0);
}

/* The definition: with one draw, PEAR is that draw's adjusted Rand index. */
static void pear_of_one_draw_is_the_adjusted_rand_index(void **state)
{
    (void)state;
    uint16_t draws[DRAWS * N];
    double similarity[N * N];
    fill(draws, 5);
    for (size_t d = 0; d + 1 < DRAWS; d++) {
        size_t a[N];
        size_t b[N];
        ana_agreement agreement;
        for (size_t i = 0; i < N; i++) {
            a[i] = draws[d * N + i];
            b[i] = draws[(d + 1) * N + i];
        }
        check_ok(ana_partitions_similarity(1, N, draws + d * N, similarity));
        check_ok(ana_agreement_compare(N, a, b, &agreement));
        check_close(ana_partitions_pear(N, similarity, b), agreement.adjusted_rand, 1e-12, 0.0);
    }
}

/* Every partition of 7 items, by restricted growth: the summary misses none that is better by much,
 * and never claims more than there is. */
static void summary_is_as_good_as_the_best_of_all_partitions(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++) {
        uint16_t draws[DRAWS * N];
        double similarity[N * N];
        size_t labels[N] = {0};
        size_t summary[N];
        size_t n_labels = 0;
        double pear = 0.0;
        double best = -1.0;
        fill(draws, seed);
        check_ok(ana_partitions_similarity(DRAWS, N, draws, similarity));
        check_ok(ana_partitions_summary(DRAWS, N, draws, similarity, summary, &n_labels, &pear));
        check_close(ana_partitions_pear(N, similarity, summary), pear, 1e-12, 0.0);
        for (;;) {
            best = fmax(best, ana_partitions_pear(N, similarity, labels));
            size_t i = N - 1;
            for (; i > 0; i--) {
                size_t most = 0;
                for (size_t j = 0; j < i; j++) {
                    most = labels[j] > most ? labels[j] : most;
                }
                if (labels[i] <= most) {
                    labels[i]++;
                    break;
                }
                labels[i] = 0;
            }
            if (i == 0) {
                break;
            }
        }
        assert_true(pear <= best + 1e-12);
        assert_true(pear >= best - 0.02);
    }
}

static void labels_come_by_falling_size(void **state)
{
    (void)state;
    const uint16_t draws[2 * 6] = {7, 3, 3, 3, 9, 9, 1, 2, 2, 2, 0, 0};
    const size_t wanted[6] = {2, 0, 0, 0, 1, 1};
    double similarity[36];
    size_t labels[6];
    size_t n_labels = 0;
    double pear = 0.0;
    check_ok(ana_partitions_similarity(2, 6, draws, similarity));
    check_ok(ana_partitions_summary(2, 6, draws, similarity, labels, &n_labels, &pear));
    assert_int_equal(n_labels, 3);
    check_close(pear, 1.0, 1e-12, 0.0);
    assert_memory_equal(labels, wanted, sizeof wanted);
    check_ok(ana_partitions_best_draw(2, 6, draws, labels, &n_labels, &pear));
    assert_int_equal(n_labels, 3);
    check_close(pear, 1.0, 1e-12, 0.0);
    assert_memory_equal(labels, wanted, sizeof wanted);
}

static void the_best_draw_has_the_pear_of_the_matrix(void **state)
{
    (void)state;
    uint16_t draws[DRAWS * N];
    double similarity[N * N];
    size_t labels[N];
    size_t n_labels = 0;
    double pear = 0.0;
    double best = -1.0;
    fill(draws, 3);
    check_ok(ana_partitions_similarity(DRAWS, N, draws, similarity));
    check_ok(ana_partitions_best_draw(DRAWS, N, draws, labels, &n_labels, &pear));
    check_close(ana_partitions_pear(N, similarity, labels), pear, 1e-12, 0.0);
    for (size_t d = 0; d < DRAWS; d++) {
        for (size_t i = 0; i < N; i++) {
            labels[i] = draws[d * N + i];
        }
        best = fmax(best, ana_partitions_pear(N, similarity, labels));
    }
    check_close(pear, best, 1e-12, 0.0);
}

static void single_items_and_certain_partitions_are_summed_up(void **state)
{
    (void)state;
    const uint16_t one[2] = {3, 5};
    const uint16_t together[6] = {1, 1, 1, 2, 2, 2};
    double similarity[9];
    size_t labels[3];
    size_t n_labels = 0;
    double pear = 0.0;
    check_ok(ana_partitions_similarity(2, 1, one, similarity));
    check_ok(ana_partitions_summary(2, 1, one, similarity, labels, &n_labels, &pear));
    assert_int_equal(n_labels, 1);
    check_close(pear, 1.0, 0.0, 0.0);
    check_ok(ana_partitions_similarity(2, 3, together, similarity));
    check_ok(ana_partitions_summary(2, 3, together, similarity, labels, &n_labels, &pear));
    assert_int_equal(n_labels, 1);
    check_close(pear, 1.0, 0.0, 0.0);
}

static void nothing_to_sum_up_is_refused(void **state)
{
    (void)state;
    uint16_t draws[1] = {0};
    double similarity[1];
    size_t labels[1];
    size_t n_labels = 0;
    double pear = 0.0;
    check_fails(ana_partitions_similarity(0, 1, draws, similarity), ANA_ERR_VALUE, "0 draws");
    check_fails(ana_partitions_summary(1, 0, draws, similarity, labels, &n_labels, &pear),
                ANA_ERR_VALUE, "0 items");
    check_fails(ana_partitions_best_draw(0, 1, draws, labels, &n_labels, &pear), ANA_ERR_VALUE,
                "0 draws");
}

static ana_status both_summaries(void *user)
{
    uint16_t *draws = user;
    double similarity[N * N];
    size_t labels[N];
    size_t n_labels = 0;
    double pear = 0.0;
    ana_status status = ana_partitions_similarity(DRAWS, N, draws, similarity);
    if (status == ANA_OK) {
        status = ana_partitions_summary(DRAWS, N, draws, similarity, labels, &n_labels, &pear);
    }
    if (status == ANA_OK) {
        status = ana_partitions_best_draw(DRAWS, N, draws, labels, &n_labels, &pear);
    }
    return status;
}

static void a_failed_allocation_is_reported(void **state)
{
    (void)state;
    uint16_t draws[DRAWS * N];
    fill(draws, 1);
    assert_true(check_each_allocation(both_summaries, draws, 0) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(similarity_is_the_share_of_draws_together),
        cmocka_unit_test(pear_of_one_draw_is_the_adjusted_rand_index),
        cmocka_unit_test(summary_is_as_good_as_the_best_of_all_partitions),
        cmocka_unit_test(labels_come_by_falling_size),
        cmocka_unit_test(the_best_draw_has_the_pear_of_the_matrix),
        cmocka_unit_test(single_items_and_certain_partitions_are_summed_up),
        cmocka_unit_test(nothing_to_sum_up_is_refused),
        cmocka_unit_test(a_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests_name("partitions", tests, NULL, NULL);
}
