/* Means fields, class distinctiveness and the selection of channels. */
#include "labelled_matrices.h"
#include "support/check.h"
#include "support/class_matrices.h"
#include "support/fail_nth.h"

#include <analysis/models/channel_selection.h>
#include <analysis/models/mean_field.h>

#include <math.h>
#include <string.h>

enum {
    N = CLASS_ROWS,
    MANY = CLASS_MATRICES,
    SIZE = CLASS_SIZE
};

static double distance(const double *a, const double *b)
{
    const ana_spd_set first = {N, false, 1, a};
    const ana_spd_set second = {N, false, 1, b};
    double out = 0.0;
    check_ok(ana_spd_distances(&first, &second, NULL, &out));
    return out;
}

static void fields_add_the_squares_or_take_the_least(void **state)
{
    (void)state;
    const double powers[3] = {-1.0, 0.3, 1.0};
    const class_matrices drawn = draw_class_matrices(2, 1, 1, 1.0);
    const ana_labelled_matrices known = labelled_of(&drawn, 2);
    double means[3 * 2 * SIZE];
    double sums[2 * MANY];
    double least[2 * MANY];
    check_ok(ana_mean_field_fit(&known, 3, powers, NULL, means));
    check_ok(ana_mean_field_predict(&known.set, &(ana_mean_field){3, 2, means, ANA_MEAN_FIELD_SUM},
                                    NULL, sums));
    check_ok(ana_mean_field_predict(
        &known.set, &(ana_mean_field){3, 2, means, ANA_MEAN_FIELD_LEAST}, NULL, least));
    for (size_t i = 0; i < MANY; i++) {
        double sum[2] = {0.0, 0.0};
        double smallest[2] = {INFINITY, INFINITY};
        for (size_t e = 0; e < 6; e++) {
            const double d = distance(drawn.matrices + i * SIZE, means + e * SIZE);
            sum[e % 2] += d * d;
            smallest[e % 2] = fmin(smallest[e % 2], d * d);
        }
        check_close(sums[2 * i], 1.0 / (1.0 + exp(sum[0] - sum[1])), 1e-12, 0.0);
        check_close(least[2 * i], 1.0 / (1.0 + exp(smallest[0] - smallest[1])), 1e-12, 0.0);
    }
    /* The euclidean mean of class 0 is its average. */
    double average[SIZE] = {0.0};
    double n = 0.0;
    for (size_t k = 0; k < MANY; k++) {
        n += drawn.classes[k] == 0 ? 1.0 : 0.0;
        for (size_t e = 0; e < SIZE && drawn.classes[k] == 0; e++) {
            average[e] += drawn.matrices[k * SIZE + e];
        }
    }
    for (size_t e = 0; e < SIZE; e++) {
        check_close(means[4 * SIZE + e], average[e] / n, 1e-12, 1e-12);
    }
    double room[MANY * SIZE];
    double wanted[SIZE];
    ana_spd_mean_options options = ana_spd_mean_options_default();
    const ana_spd_set second = labelled_matrices_of(&known, 1, room);
    options.method = ANA_SPD_MEAN_HARMONIC;
    check_ok(ana_spd_mean(&second, NULL, &options, NULL, wanted));
    check_all_close(SIZE, means + SIZE, wanted, 1e-12, 1e-12);
    options.method = ANA_SPD_MEAN_POWER;
    options.power = 0.3;
    check_ok(ana_spd_mean(&second, NULL, &options, NULL, wanted));
    check_all_close(SIZE, means + 3 * SIZE, wanted, 1e-12, 1e-12);
}

static void volts_and_microvolts_give_the_same_answers(void **state)
{
    (void)state;
    const double powers[2] = {-0.4, 0.0};
    const class_matrices volts = draw_class_matrices(3, 1, 2, 1e-6);
    const class_matrices microvolts = draw_class_matrices(3, 1, 2, 1.0);
    double means[2 * 3 * SIZE];
    double p[2][3 * MANY];
    double distinct[2];
    for (size_t unit = 0; unit < 2; unit++) {
        const ana_labelled_matrices known = labelled_of(unit == 0 ? &volts : &microvolts, 3);
        check_ok(ana_mean_field_fit(&known, 2, powers, NULL, means));
        check_ok(ana_mean_field_predict(
            &known.set, &(ana_mean_field){2, 3, means, ANA_MEAN_FIELD_SUM}, NULL, p[unit]));
        check_ok(ana_class_distinctiveness(&known, 1.0, NULL, distinct + unit));
    }
    check_all_close((size_t)3 * MANY, p[1], p[0], 1e-8, 0.0);
    check_close(distinct[1], distinct[0], 0.0, 1e-9);
}

static void distinctiveness_is_between_over_within(void **state)
{
    (void)state;
    for (size_t n_classes = 2; n_classes < 4; n_classes++) {
        const class_matrices drawn = draw_class_matrices(n_classes, 1, 3, 1.0);
        const ana_labelled_matrices known = labelled_of(&drawn, n_classes);
        double means[3 * SIZE];
        double common[SIZE];
        double found = 0.0;
        double within = 0.0;
        double between = 0.0;
        const ana_spd_set centres = {N, false, n_classes, means};
        check_ok(ana_minimum_distance_fit(&known, NULL, means));
        check_ok(ana_spd_mean(&centres, NULL, NULL, NULL, common));
        for (size_t c = 0; c < n_classes; c++) {
            double n = 0.0;
            double sum = 0.0;
            for (size_t k = 0; k < MANY; k++) {
                if (drawn.classes[k] == c) {
                    n += 1.0;
                    sum += pow(distance(drawn.matrices + k * SIZE, means + c * SIZE), 2.0);
                }
            }
            within += sum / n;
            between += pow(distance(means + c * SIZE, common), 2.0);
        }
        check_ok(ana_class_distinctiveness(&known, 2.0, NULL, &found));
        check_close(found,
                    n_classes == 2 ? pow(distance(means, means + SIZE), 2.0) / (0.5 * within)
                                   : between / within,
                    0.0, 1e-9);
    }
}

static void the_channels_that_differ_are_kept(void **state)
{
    (void)state;
    const class_matrices drawn =
        draw_class_matrices(2, 1, 4, 1.0); /* classes differ at channels 1 and 2 */
    const ana_labelled_matrices known = labelled_of(&drawn, 2);
    size_t selected[N];
    double taken[MANY * 4];
    check_ok(ana_channels_select(&known, 2, NULL, selected));
    assert_true(selected[0] == 1 && selected[1] == 2);
    ana_channels_take(&known.set, 2, selected, taken);
    for (size_t k = 0; k < MANY; k++) {
        const double *from = drawn.matrices + k * SIZE;
        const double wanted[4] = {from[N + 1], from[N + 2], from[2 * N + 1], from[2 * N + 2]};
        check_all_close(4, taken + 4 * k, wanted, 0.0, 0.0);
    }
    check_ok(ana_channels_select(&known, N, NULL, selected));
    assert_true(selected[0] == 0 && selected[3] == 3);
    const double pairs[8] = {1, 0, 2, 3, 2, -3, 4, 0};
    const ana_spd_set hermitian = {2, true, 1, pairs};
    ana_channels_take(&hermitian, 1, (const size_t[1]){1}, taken);
    check_close(taken[0], 4.0, 0.0, 0.0);
    check_close(taken[1], 0.0, 0.0, 0.0);
}

static void what_cannot_be_done_is_refused(void **state)
{
    (void)state;
    class_matrices drawn = draw_class_matrices(2, 1, 5, 1.0);
    ana_labelled_matrices known = labelled_of(&drawn, 2);
    const double powers[1] = {1.5};
    double means[3 * SIZE];
    double found = 0.0;
    size_t selected[N + 1];
    check_fails(ana_mean_field_fit(&known, 1, powers, NULL, means), ANA_ERR_VALUE, "power 1.5");
    check_fails(ana_mean_field_fit(&known, 0, powers, NULL, means), ANA_ERR_VALUE, "no powers");
    check_fails(ana_channels_select(&known, 0, NULL, selected), ANA_ERR_VALUE, "0 of 4 channels");
    check_fails(ana_channels_select(&known, 5, NULL, selected), ANA_ERR_VALUE, "5 of 4 channels");
    check_fails(ana_class_distinctiveness(&known, 0.0, NULL, &found), ANA_ERR_VALUE, "exponent 0");
    known.n_classes = 3;
    check_fails(ana_mean_field_fit(&known, 1, (const double[1]){0.5}, NULL, means), ANA_ERR_VALUE,
                "no matrix of class 2");
    check_fails(ana_channels_select(&known, 2, NULL, selected), ANA_ERR_VALUE,
                "no matrix of class 2");
    known.n_classes = 2;
    for (size_t k = 0; k < MANY; k++) {
        memset(drawn.matrices + k * SIZE, 0, SIZE * sizeof(double));
        for (size_t j = 0; j < N; j++) {
            drawn.matrices[k * SIZE + j * (N + 1)] = 1.0 + (double)drawn.classes[k];
        }
    }
    ana_minimum_distance_options options = ana_minimum_distance_options_default();
    options.metric = ANA_SPD_EUCLIDEAN; /* exact */
    check_fails(ana_class_distinctiveness(&known, 1.0, &options, &found), ANA_ERR_NUMERIC,
                "all their class's mean");
    drawn.matrices[3 * SIZE] = NAN;
    check_fails(ana_mean_field_fit(&known, 1, (const double[1]){0.5}, NULL, means), ANA_ERR_VALUE,
                "matrix 3: element [0, 0]");
}

/* Means without iterations, so that trying every allocation is quick. */
static ana_status use_all(void *user)
{
    const ana_labelled_matrices *known = user;
    const double powers[2] = {-1.0, 1.0};
    ana_minimum_distance_options options = ana_minimum_distance_options_default();
    double means[2 * 3 * SIZE];
    double p[3 * MANY];
    double found = 0.0;
    size_t selected[N];
    options.metric = ANA_SPD_EUCLIDEAN;
    ana_status status = ana_mean_field_fit(known, 2, powers, NULL, means);
    if (status == ANA_OK) {
        status = ana_mean_field_predict(
            &known->set, &(ana_mean_field){2, 3, means, ANA_MEAN_FIELD_SUM}, NULL, p);
    }
    if (status == ANA_OK) {
        status = ana_class_distinctiveness(known, 1.0, &options, &found);
    }
    return status == ANA_OK ? ana_channels_select(known, 3, &options, selected) : status;
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    const class_matrices drawn = draw_class_matrices(3, 1, 6, 1.0);
    ana_labelled_matrices known = labelled_of(&drawn, 3);
    assert_true(check_each_allocation(use_all, &known, 0) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_add_the_squares_or_take_the_least),
        cmocka_unit_test(volts_and_microvolts_give_the_same_answers),
        cmocka_unit_test(distinctiveness_is_between_over_within),
        cmocka_unit_test(the_channels_that_differ_are_kept),
        cmocka_unit_test(what_cannot_be_done_is_refused),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
