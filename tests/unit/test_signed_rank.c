#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/distributions.h>
#include <analysis/random.h>
#include <analysis/signed_rank.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>

/* Share of all signs of the ranks of |x| whose positive sum is at least (at most) that of x. */
static void count_all(size_t n, const double *x, double tails[2])
{
    double size[12];
    double ranks[12];
    double observed = 0.0;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (x[i] != 0.0) {
            size[kept++] = x[i];
        }
    }
    for (size_t i = 0; i < kept; i++) {
        ranks[i] = fabs(size[i]);
    }
    check_ok(ana_stats_ranks(kept, ranks, ranks));
    for (size_t i = 0; i < kept; i++) {
        observed += size[i] > 0.0 ? ranks[i] : 0.0;
    }
    tails[0] = 0.0;
    tails[1] = 0.0;
    for (size_t code = 0; code < (size_t)1 << kept; code++) {
        double sum = 0.0;
        for (size_t i = 0; i < kept; i++) {
            sum += code >> i & 1 ? ranks[i] : 0.0;
        }
        tails[0] += sum >= observed ? 1.0 : 0.0;
        tails[1] += sum <= observed ? 1.0 : 0.0;
    }
    tails[0] /= (double)((size_t)1 << kept);
    tails[1] /= (double)((size_t)1 << kept);
}

static void every_setting_of_signs_is_counted(void **state)
{
    (void)state;
    for (uint64_t trial = 0; trial < 40; trial++) {
        ana_random random = ana_random_stream(trial, "signs", 0);
        const size_t n = 1 + (size_t)ana_random_below(&random, 11);
        const bool tied = trial % 2 == 1;
        double x[12];
        double tails[2];
        double p[3];
        for (size_t i = 0; i < n; i++) {
            const double value = ana_random_normal(&random) + 0.3;
            x[i] = tied ? round(2.0 * value) : value;
        }
        count_all(n, x, tails);
        check_ok(ana_signed_rank_test(n, x, ANA_TAIL_GREATER, &p[0]));
        check_ok(ana_signed_rank_test(n, x, ANA_TAIL_LESS, &p[1]));
        check_ok(ana_signed_rank_test(n, x, ANA_TAIL_TWO_SIDED, &p[2]));
        check_close(p[0], tails[0], 1e-14, 0.0);
        check_close(p[1], tails[1], 1e-14, 0.0);
        check_close(p[2], fmin(1.0, 2.0 * fmin(tails[0], tails[1])), 1e-14, 0.0);
    }
}

/* Wilcoxon's own table: n = 9, sums of 45 and of 5 of 45. */
static void values_of_the_table(void **state)
{
    (void)state;
    const double all[] = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0};
    const double some[] = {-1.0, -2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, -2.5};
    double p = 0.0;
    check_ok(ana_signed_rank_test(9, all, ANA_TAIL_TWO_SIDED, &p));
    check_close(p, 2.0 / 512.0, 1e-15, 0.0);
    check_ok(ana_signed_rank_test(9, some, ANA_TAIL_LESS, &p));
    assert_true(p > 0.95);
    check_ok(ana_signed_rank_test(9, some, ANA_TAIL_GREATER, &p));
    check_close(p, 14.0 / 512.0, 1e-15, 0.0); /* sets of ranks that sum to at most 6 */
}

/* Past the exact count, the normal distribution is near what the count would have said. */
static void many_values_are_normal(void **state)
{
    (void)state;
    ana_random random = ana_random_stream(5, "many", 0);
    double x[201];
    double exact = 0.0;
    double normal = 0.0;
    for (size_t i = 0; i < 201; i++) {
        x[i] = ana_random_normal(&random) + 0.15;
    }
    check_ok(ana_signed_rank_test(200, x, ANA_TAIL_GREATER, &exact));
    check_ok(ana_signed_rank_test(201, x, ANA_TAIL_GREATER, &normal));
    check_close(normal, exact, 0.02, 0.0);
    assert_true(exact > 0.0 && exact < 0.5);
}

static void zeros_tell_nothing_and_missing_values_no_p(void **state)
{
    (void)state;
    const double zeros[] = {0.0, 0.0, 0.0};
    const double missing[] = {1.0, (double)NAN, 2.0};
    double p = 0.0;
    check_ok(ana_signed_rank_test(3, zeros, ANA_TAIL_TWO_SIDED, &p));
    check_close(p, 1.0, 0.0, 0.0);
    check_ok(ana_signed_rank_test(0, zeros, ANA_TAIL_GREATER, &p));
    check_close(p, 1.0, 0.0, 0.0);
    check_ok(ana_signed_rank_test(3, missing, ANA_TAIL_GREATER, &p));
    assert_true(isnan(p));
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    const double x[] = {1.0, -2.0, 3.0};
    double p = 0.0;
    ALLOCATION_TEST(ana_signed_rank_test, (3, x, ANA_TAIL_LESS, &p), (void)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_of_signs_is_counted),
        cmocka_unit_test(values_of_the_table),
        cmocka_unit_test(many_values_are_normal),
        cmocka_unit_test(zeros_tell_nothing_and_missing_values_no_p),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
