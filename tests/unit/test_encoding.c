#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/linalg.h>
#include <analysis/models/encoding.h>
#include <analysis/models/ridge.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 40,
    P = 12,
    Q = 5
};

static ana_responses *draw_features(uint64_t seed, size_t n_units)
{
    ana_random random = ana_random_stream(seed, "features", 0);
    ana_responses *features = NULL;
    check_ok(ana_responses_new("layer", N, n_units, &features));
    for (size_t k = 0; k < N * n_units; k++) {
        features->values[k] = 2.0 + ana_random_normal(&random);
    }
    return features;
}

/* Unit j = two features and noise of deviation `noise`; with `signal` 0 noise alone. */
static ana_responses *draw_units(const ana_responses *features, double signal, double noise)
{
    ana_random random = ana_random_stream(5, "units", 0);
    ana_responses *units = NULL;
    const size_t p = features->n_units;
    check_ok(ana_responses_new("V1", N, Q, &units));
    for (size_t k = 0; k < (size_t)N * Q; k++) {
        const double *row = features->values + k / Q * p;
        units->values[k] = signal * (row[k % Q % p] - row[(k % Q + 1) % p]) +
                           noise * ana_random_normal(&random) + 7.0;
    }
    return units;
}

static ana_encoding *encode(ana_responses *features, const ana_responses *units,
                            const ana_encoding_options *options)
{
    ana_encoding *encoding = NULL;
    check_ok(ana_encoding_compute(1, &features, units, NULL, options, &encoding));
    return encoding;
}

static ana_encoding_options with(ana_encoding_map map)
{
    ana_encoding_options options = ana_encoding_options_default();
    options.map = map;
    options.n_components = 4;
    options.n_draws = 6;
    return options;
}

static void every_map_predicts_what_features_make(void **state)
{
    (void)state;
    ana_responses *features = draw_features(1, P);
    ana_responses *units = draw_units(features, 1.0, 0.3);
    for (int map = ANA_ENCODING_RIDGE; map <= ANA_ENCODING_BEST_UNIT; map++) {
        for (size_t k = 0; k < 2; k++) {
            ana_encoding_options options = with((ana_encoding_map)map);
            ana_responses *halves[2] = {NULL, NULL};
            ana_encoding *encoding = NULL;
            size_t list[P];
            for (size_t i = 0; i < P; i++) {
                list[i] = i;
            }
            check_ok(ana_responses_take_units(features, 4, list, &halves[0]));
            check_ok(ana_responses_take_units(features, P - 4, list + 4, &halves[1]));
            options.standardise = k == 1;
            check_ok(ana_encoding_compute(2, halves, units, NULL, &options, &encoding));
            assert_true(encoding->median > (map >= ANA_ENCODING_ONE_TO_ONE ? 0.4 : 0.7) ||
                        map == ANA_ENCODING_PCA_RIDGE);
            assert_true(encoding->median <= 1.0 && encoding->median > 0.1);
            assert_int_equal(encoding->n_features, P);
            assert_int_equal(encoding->n_spaces, map == ANA_ENCODING_BANDED ? 2 : 0);
            ana_responses_free(halves[0]);
            ana_responses_free(halves[1]);
            ana_encoding_free(encoding);
        }
    }
    ana_responses_free(features);
    ana_responses_free(units);
}

/* Of features that know nothing the mean held-out r is not above 0: whatever looks at all stimuli
 * (the unit that is best, the penalty, the z-scores) would lift it. 30 x 5 units of 40 stimuli: the
 * mean has a standard error of about 0.16 / sqrt(150) = 0.013. */
static void nothing_leaks_from_the_stimuli_that_test(void **state)
{
    (void)state;
    static const ana_encoding_map maps[] = {ANA_ENCODING_RIDGE, ANA_ENCODING_PLS,
                                            ANA_ENCODING_ONE_TO_ONE, ANA_ENCODING_BEST_UNIT};
    for (size_t m = 0; m < 4; m++) {
        double sum = 0.0;
        for (uint64_t seed = 0; seed < 30; seed++) {
            ana_responses *features = draw_features(100 + seed, 30);
            ana_responses *units = draw_units(features, 0.0, 1.0);
            ana_encoding_options options = with(maps[m]);
            options.standardise = true;
            options.n_components = 2;
            ana_encoding *encoding = encode(features, units, &options);
            sum += ana_stats_mean(Q, encoding->score) / 30.0;
            ana_encoding_free(encoding);
            ana_responses_free(features);
            ana_responses_free(units);
        }
        assert_true(sum < 0.06);
    }
}

/* Changing what a stimulus was answered with changes no prediction of it. */
static void a_stimulus_never_predicts_itself(void **state)
{
    (void)state;
    ana_responses *features = draw_features(2, P);
    ana_responses *units = draw_units(features, 1.0, 0.5);
    for (int map = ANA_ENCODING_RIDGE; map <= ANA_ENCODING_BEST_UNIT; map++) {
        ana_encoding_options options = with((ana_encoding_map)map);
        if (map == ANA_ENCODING_BANDED) {
            continue; /* of one space it is ridge */
        }
        ana_encoding *before = encode(features, units, &options);
        units->values[7 * Q + 2] += 50.0;
        ana_encoding *after = encode(features, units, &options);
        units->values[7 * Q + 2] -= 50.0;
        check_same_bits(Q, after->predicted + (size_t)7 * Q, before->predicted + (size_t)7 * Q);
        assert_true(after->predicted[9 * Q + 2] != before->predicted[9 * Q + 2] ||
                    before->fold[9] == before->fold[7]);
        ana_encoding_free(before);
        ana_encoding_free(after);
    }
    ana_responses_free(features);
    ana_responses_free(units);
}

static double mean_of_folds_r2(const ana_encoding *e, const ana_responses *units, size_t j)
{
    double sum = 0.0;
    for (size_t f = 0; f < e->n_folds; f++) {
        double y[N];
        double error = 0.0;
        size_t n = 0;
        for (size_t i = 0; i < N; i++) {
            if (e->fold[i] == f) {
                y[n] = units->values[i * Q + j];
                error += (y[n] - e->predicted[i * Q + j]) * (y[n] - e->predicted[i * Q + j]);
                n++;
            }
        }
        sum += 1.0 - error / (ana_stats_variance(n, y, 0) * (double)n);
    }
    return sum / (double)e->n_folds;
}

static void scores_by_hand(void **state)
{
    (void)state;
    ana_responses *features = draw_features(3, P);
    ana_responses *units = draw_units(features, 1.0, 1.0);
    double reliability[Q] = {0.81, 0.25, -0.1, NAN, 1.0};
    const ana_ceiling ceiling = {.n_units = Q, .reliability = reliability};
    size_t n_negative = 0;
    for (size_t turn = 0; turn < 12; turn++) {
        const size_t k = turn % 6;
        ana_encoding_options options = with(ANA_ENCODING_RIDGE);
        ana_encoding *e = NULL;
        options.measure = (ana_encoding_measure)(k % 3);
        options.pooled = k >= 3;
        if (turn == 6) { /* now of units that the features know nothing of */
            ana_responses_free(units);
            units = draw_units(features, 0.0, 1.0);
        }
        check_ok(ana_encoding_compute(1, &features, units, &ceiling, &options, &e));
        for (size_t j = 0; j < Q; j++) {
            double y[N];
            double predicted[N];
            double error = 0.0;
            double mean_r = 0.0;
            for (size_t i = 0; i < N; i++) {
                y[i] = units->values[i * Q + j];
                predicted[i] = e->predicted[i * Q + j];
                error += (y[i] - predicted[i]) * (y[i] - predicted[i]);
            }
            for (size_t f = 0; f < 5; f++) {
                mean_r += e->r_folds[f * Q + j] / 5.0;
            }
            const double r = k >= 3 ? ana_stats_pearson(N, predicted, y) : mean_r;
            n_negative += r < -0.01 ? 1 : 0;
            const double r2 = 1.0 - error / (ana_stats_variance(N, y, 0) * N);
            const double wanted = k % 3 == 0 ? r : (k % 3 == 1 ? r * fabs(r) : r2);
            check_close(e->r2[j], r2, 1e-12, 0.0);
            check_close(e->score[j], k == 2 ? mean_of_folds_r2(e, units, j) : wanted, 1e-12, 0.0);
            const double top = k % 3 == 0 ? sqrt(reliability[j]) : reliability[j];
            check_close(e->normalised[j], reliability[j] > 0.0 ? e->score[j] / top : (double)NAN,
                        1e-12, 0.0);
        }
        assert_int_equal(e->n_unreliable, 1);
        assert_int_equal(e->n_unknown, 1);
        ana_encoding_free(e);
    }
    assert_true(n_negative > 3);
    ana_responses_free(features);
    ana_responses_free(units);
}

/* Pairs of stimuli with the same features and answers: apart they would be predicted perfectly. */
static void groups_leave_together(void **state)
{
    (void)state;
    ana_responses *features = draw_features(4, 60);
    ana_responses *units = draw_units(features, 0.0, 1.0);
    size_t groups[N];
    for (size_t i = 0; i < N; i++) {
        groups[i] = i / 2;
        memcpy(features->values + i * 60, features->values + i / 2 * 2 * 60, 60 * sizeof(double));
        memcpy(units->values + i * Q, units->values + i / 2 * 2 * Q, Q * sizeof(double));
    }
    for (size_t k = 0; k < 2; k++) {
        ana_encoding_options options = with(ANA_ENCODING_RIDGE);
        options.groups = k == 0 ? NULL : groups;
        ana_encoding *encoding = encode(features, units, &options);
        assert_true(k == 0 ? encoding->median > 0.5 : encoding->median < 0.3);
        for (size_t i = 0; i < N && k == 1; i += 2) {
            assert_int_equal(encoding->fold[i], encoding->fold[i + 1]);
        }
        /* Inner folds are of groups as well: the penalty is large, for there is nothing to find. */
        assert_true(k == 0 || encoding->penalty[0] > 1.0);
        ana_encoding_free(encoding);
    }
    ana_responses_free(features);
    ana_responses_free(units);
}

/* Features that are 0 throughout change nothing, but that the kernel of the rows is decomposed
 * instead of that of the features. */
static void kernels_and_features_give_the_same(void **state)
{
    (void)state;
    ana_responses *features = draw_features(13, P);
    ana_responses *units = draw_units(features, 1.0, 1.5);
    ana_responses *padded = NULL;
    check_ok(ana_responses_new("padded", N, 60, &padded));
    for (size_t k = 0; k < (size_t)N * P; k++) {
        padded->values[k / P * 60 + k % P] = features->values[k];
    }
    for (size_t k = 0; k < 4; k++) {
        ana_encoding_options options = with(k < 2 ? ANA_ENCODING_RIDGE : ANA_ENCODING_PCA_RIDGE);
        options.standardise = k % 2 == 1;
        ana_encoding *narrow = encode(features, units, &options);
        ana_encoding *wide = encode(padded, units, &options);
        check_all_close((size_t)20 * Q, wide->losses, narrow->losses, 0.0, 1e-9);
        check_all_close((size_t)N * Q, wide->predicted, narrow->predicted, 1e-9, 1e-9);
        ana_encoding_free(narrow);
        ana_encoding_free(wide);
    }
    ana_responses_free(features);
    ana_responses_free(padded);
    ana_responses_free(units);
}

/* z-scores of the training stimuli by hand, and the ridge of ridge.h, for every fold. */
static void standardising_is_by_the_training_stimuli(void **state)
{
    (void)state;
    static const double penalty = 12.0;
    ana_responses *features = draw_features(14, P);
    ana_responses *units = draw_units(features, 1.0, 0.5);
    ana_encoding_options options = with(ANA_ENCODING_RIDGE);
    ana_ridge_options plain = ana_ridge_options_default();
    options.standardise = true;
    options.n_penalties = plain.n_penalties = 1;
    options.penalties = plain.penalties = &penalty;
    for (size_t k = 0; k < (size_t)N * P; k++) {
        features->values[k] *= 1.0 + (double)(k % P);
    }
    ana_encoding *encoding = encode(features, units, &options);
    for (size_t f = 0; f < encoding->n_folds; f++) {
        double x[N * P];
        double y[N * Q];
        double all[N * P];
        double predicted[N * Q];
        ana_ridge *ridge = NULL;
        size_t n = 0;
        for (size_t i = 0; i < N; i++) {
            if (encoding->fold[i] != f) {
                memcpy(x + n * P, features->values + i * P, P * sizeof *x);
                memcpy(y + n++ * Q, units->values + i * Q, Q * sizeof *y);
            }
        }
        for (size_t j = 0; j < P; j++) {
            double column[N];
            for (size_t i = 0; i < n; i++) {
                column[i] = x[i * P + j];
            }
            const double mean = ana_stats_mean(n, column);
            const double deviation = sqrt(ana_stats_variance(n, column, 0));
            for (size_t i = 0; i < N; i++) {
                all[i * P + j] = (features->values[i * P + j] - mean) / deviation;
                x[i * P + j] = i < n ? (column[i] - mean) / deviation : 0.0;
            }
        }
        check_ok(ana_ridge_fit(n, P, x, Q, y, &plain, &ridge));
        check_ok(ana_ridge_predict(ridge, N, all, predicted));
        for (size_t i = 0; i < (size_t)N * Q; i++) {
            if (encoding->fold[i / Q] == f) {
                check_close(encoding->predicted[i], predicted[i], 1e-9, 1e-9);
            }
        }
        ana_ridge_free(ridge);
    }
    ana_encoding_free(encoding);
    ana_responses_free(features);
    ana_responses_free(units);
}

/* Three groups: each is predicted by two, between which the penalty is chosen. */
static void few_groups_are_their_own_inner_folds(void **state)
{
    (void)state;
    ana_responses *features = draw_features(12, P);
    ana_responses *units = draw_units(features, 1.0, 0.5);
    ana_encoding_options options = with(ANA_ENCODING_RIDGE);
    ana_encoding *encoding = NULL;
    size_t groups[N];
    for (size_t i = 0; i < N; i++) {
        groups[i] = i % 3;
    }
    options.groups = groups;
    options.n_folds = 3;
    encoding = encode(features, units, &options);
    assert_true(encoding->median > 0.6);
    ana_encoding_free(encoding);
    options.n_inner = 3;
    check_fails(ana_encoding_compute(1, &features, units, NULL, &options, &encoding), ANA_ERR_VALUE,
                "inner folds, to choose the penalty: folds: 2 groups");
    ana_responses_free(features);
    ana_responses_free(units);
}

static void blocks_are_stretches_with_a_gap(void **state)
{
    (void)state;
    ana_responses *features = draw_features(5, P);
    ana_responses *units = draw_units(features, 1.0, 0.5);
    ana_encoding_options options = with(ANA_ENCODING_RIDGE);
    ana_folds *folds = NULL;
    options.blocked = true;
    options.gap = 3;
    ana_encoding *encoding = encode(features, units, &options);
    check_ok(ana_encoding_folds(N, &options, &folds));
    for (size_t i = 1; i < N; i++) {
        assert_true(encoding->fold[i] >= encoding->fold[i - 1]);
    }
    assert_int_equal(folds->folds[0].n_train, N - 8 - 3);
    ana_encoding *given = NULL;
    ana_encoding_options other = with(ANA_ENCODING_RIDGE);
    other.folds = folds;
    other.blocked = true; /* for the inner ones */
    other.gap = 3;
    given = encode(features, units, &other);
    check_same_bits((size_t)N * Q, given->predicted, encoding->predicted);
    ana_encoding_free(given);
    ana_encoding_free(encoding);
    ana_folds_free(folds);
    ana_responses_free(features);
    ana_responses_free(units);
}

/* Each repeat deals the stimuli anew and is scored as if it stood alone; scores are means over
 * repeats, and predictions are kept repeat by repeat. */
static void repeats_are_averaged_by_their_scores(void **state)
{
    (void)state;
    ana_responses *features = draw_features(3, P);
    ana_responses *units = draw_units(features, 1.0, 1.5);
    for (size_t k = 0; k < 3; k++) {
        ana_encoding_options options = with(ANA_ENCODING_RIDGE);
        ana_folds *all = NULL;
        double score[Q] = {0.0};
        double r2[Q] = {0.0};
        double r_pooled[Q] = {0.0};
        options.n_folds = 4;
        options.n_repeats = 3;
        options.pooled = k == 1;
        options.measure = k == 2 ? ANA_ENCODING_R2 : ANA_ENCODING_PEARSON;
        ana_encoding *whole = encode(features, units, &options);
        assert_int_equal(whole->n_repeats, 3);
        assert_int_equal(whole->n_folds, 12);
        check_ok(ana_encoding_folds(N, &options, &all));
        for (size_t r = 0; r < 3; r++) {
            ana_encoding_options alone = options;
            ana_folds part = *all;
            ana_fold folds[4];
            for (size_t f = 0; f < 4; f++) {
                folds[f] = all->folds[4 * r + f];
                assert_int_equal(folds[f].repeat, r);
                folds[f].repeat = 0;
            }
            part.n_folds = 4;
            part.folds = folds;
            alone.folds = &part;
            ana_encoding *one = encode(features, units, &alone);
            check_same_bits((size_t)N * Q, whole->predicted + r * N * Q, one->predicted);
            check_same_bits((size_t)4 * Q, whole->r_folds + 4 * r * Q, one->r_folds);
            for (size_t i = 0; i < N; i++) {
                assert_int_equal(whole->fold[r * N + i], 4 * r + one->fold[i]);
            }
            for (size_t j = 0; j < Q; j++) {
                score[j] += one->score[j] / 3.0;
                r2[j] += one->r2[j] / 3.0;
                r_pooled[j] += one->r_pooled[j] / 3.0;
            }
            ana_encoding_free(one);
        }
        assert_true(whole->fold[0] + 4 != whole->fold[N] ||
                    whole->fold[1] + 4 != whole->fold[N + 1] ||
                    whole->fold[2] + 4 != whole->fold[N + 2]); /* dealt anew */
        check_all_close(Q, whole->score, score, 1e-13, 1e-13);
        check_all_close(Q, whole->r2, r2, 1e-13, 1e-13);
        check_all_close(Q, whole->r_pooled, r_pooled, 1e-13, 1e-13);
        ana_folds_free(all);
        ana_encoding_free(whole);
    }
    ana_responses_free(features);
    ana_responses_free(units);
}

static void repeats_are_numbered_and_not_of_blocks(void **state)
{
    (void)state;
    ana_responses *features = draw_features(3, P);
    ana_responses *units = draw_units(features, 1.0, 1.0);
    ana_encoding_options options = with(ANA_ENCODING_RIDGE);
    ana_encoding *encoding = NULL;
    ana_folds *folds = NULL;
    options.n_repeats = 2;
    check_ok(ana_encoding_folds(N, &options, &folds));
    for (size_t f = 5; f < 10; f++) {
        folds->folds[f].repeat = 2;
    }
    options.folds = folds;
    check_fails(ana_encoding_compute(1, &features, units, NULL, &options, &encoding), ANA_ERR_VALUE,
                "fold 5 is of repeat 2 after 1 repeats");
    options.folds = NULL;
    options.blocked = true;
    check_fails(ana_encoding_compute(1, &features, units, NULL, &options, &encoding), ANA_ERR_VALUE,
                "2 repeats of blocks of time");
    ana_folds_free(folds);
    ana_responses_free(features);
    ana_responses_free(units);
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    ana_responses *features = draw_features(6, P);
    ana_responses *units = draw_units(features, 1.0, 0.5);
    for (int map = ANA_ENCODING_RIDGE; map <= ANA_ENCODING_BEST_UNIT; map++) {
        ana_encoding_options options = with((ana_encoding_map)map);
        ana_responses *both[2] = {features, features};
        ana_encoding *one = NULL;
        ana_encoding *three = NULL;
        options.run = run_of(1, 0);
        check_ok(ana_encoding_compute(2, both, units, NULL, &options, &one));
        options.run = run_of(3, 0);
        check_ok(ana_encoding_compute(2, both, units, NULL, &options, &three));
        check_same_bits((size_t)N * Q, three->predicted, one->predicted);
        check_same_bits(Q, three->score, one->score);
        ana_encoding_free(one);
        ana_encoding_free(three);
    }
    ana_responses_free(features);
    ana_responses_free(units);
}

/* Units and features that were never measured are left out; those that never vary have no score. */
static void what_was_not_measured_is_left_out_and_counted(void **state)
{
    (void)state;
    ana_responses *features = draw_features(7, P);
    ana_responses *units = draw_units(features, 1.0, 0.5);
    const ana_encoding_options options = with(ANA_ENCODING_RIDGE);
    for (size_t i = 0; i < N; i++) {
        units->values[i * Q + 1] = (double)NAN;
        units->values[i * Q + 3] = 4.1;
        features->values[i * P + 2] = (double)NAN;
        features->values[i * P + 5] = -2.7;
    }
    ana_encoding *encoding = encode(features, units, &options);
    assert_int_equal(encoding->n_units, Q - 1);
    assert_int_equal(encoding->n_not_measured, 1);
    assert_int_equal(encoding->n_constant, 1);
    assert_int_equal(encoding->unit[1], 2);
    assert_string_equal(encoding->units[1], "2");
    assert_int_equal(encoding->n_features, P - 1);
    assert_true(isnan(encoding->score[2]) && isfinite(encoding->median));
    ana_encoding_free(encoding);
    ana_responses_free(features);
    ana_responses_free(units);
}

static void units_without_a_partner_have_no_score(void **state)
{
    (void)state;
    ana_responses *features = draw_features(8, 3);
    ana_responses *units = draw_units(features, 1.0, 0.2);
    const ana_encoding_options options = with(ANA_ENCODING_ONE_TO_ONE);
    ana_encoding *encoding = encode(features, units, &options);
    assert_true(encoding->n_unmatched >= 2);
    size_t n_none = 0;
    for (size_t j = 0; j < Q; j++) {
        n_none += isnan(encoding->score[j]) ? 1 : 0;
    }
    assert_int_equal(n_none, encoding->n_unmatched);
    assert_int_equal(encoding->n_constant, 0);
    ana_encoding_free(encoding);
    ana_responses_free(features);
    ana_responses_free(units);
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    ana_responses *features = draw_features(9, P);
    ana_responses *units = draw_units(features, 1.0, 0.5);
    ana_encoding_options options = with(ANA_ENCODING_BANDED);
    ana_encoding *encoding = NULL;
    ana_folds *folds = NULL;
    check_fails(ana_encoding_compute(1, &features, units, NULL, &options, &encoding), ANA_ERR_VALUE,
                "banded ridge wants two");
    check_fails(ana_encoding_compute(0, &features, units, NULL, NULL, &encoding), ANA_ERR_VALUE,
                "0 feature spaces");
    size_t groups[N] = {0};
    options = with(ANA_ENCODING_RIDGE);
    options.groups = groups;
    options.blocked = true;
    check_fails(ana_encoding_compute(1, &features, units, NULL, &options, &encoding), ANA_ERR_VALUE,
                "not both");
    options = with(ANA_ENCODING_RIDGE);
    options.n_folds = 20;
    check_fails(ana_encoding_compute(1, &features, units, NULL, &options, &encoding), ANA_ERR_VALUE,
                "tests 2");
    options.pooled = true;
    options.run = run_of(1, 0);
    check_ok(ana_encoding_compute(1, &features, units, NULL, &options, &encoding));
    ana_encoding_free(encoding);
    options.n_folds = 41;
    check_fails(ana_encoding_compute(1, &features, units, NULL, &options, &encoding), ANA_ERR_VALUE,
                "41 folds");
    const ana_ceiling narrow = {.n_units = Q - 1};
    check_fails(ana_encoding_compute(1, &features, units, &narrow, NULL, &encoding), ANA_ERR_SHAPE,
                "ceiling of 4 units");
    check_ok(ana_folds_plain(N + 1, NULL, &folds));
    options.folds = folds;
    check_fails(ana_encoding_compute(1, &features, units, NULL, &options, &encoding), ANA_ERR_SHAPE,
                "41 items");
    ana_folds_free(folds);
    options.folds = NULL;
    units->values[Q * 3 + 1] = (double)NAN;
    check_fails(ana_encoding_compute(1, &features, units, NULL, NULL, &encoding), ANA_ERR_VALUE,
                "V1 is missing for stimulus 3, unit 1");
    units->values[Q * 3 + 1] = -INFINITY;
    check_fails(ana_encoding_compute(1, &features, units, NULL, NULL, &encoding), ANA_ERR_VALUE,
                "V1 is infinite for stimulus 3, unit 1");
    units->values[Q * 3 + 1] = 0.0;
    for (size_t k = 0; k < (size_t)N * P; k++) {
        features->values[k] = -2.7 - 0.1 * (double)(k % P);
    }
    for (size_t k = 0; k < 2; k++) {
        options = with(ANA_ENCODING_RIDGE);
        options.standardise = k == 1;
        check_fails(ana_encoding_compute(1, &features, units, NULL, &options, &encoding),
                    ANA_ERR_VALUE, "the same value in all rows");
    }
    for (size_t k = 0; k < (size_t)N * P; k++) {
        features->values[k] = (double)NAN;
    }
    check_fails(ana_encoding_compute(1, &features, units, NULL, NULL, &encoding), ANA_ERR_VALUE,
                "no unit of layer has a value");
    features->n_stimuli = N - 1;
    check_fails(ana_encoding_compute(1, &features, units, NULL, NULL, &encoding), ANA_ERR_SHAPE,
                "39 stimuli");
    features->n_stimuli = N;
    ana_responses_free(features);
    ana_responses_free(units);
}

/* Less memory means fewer folds at a time, and the same bits; far too little is refused. */
static void memory_decides_how_many_folds_run_at_a_time(void **state)
{
    (void)state;
    ana_responses *features = draw_features(11, P);
    ana_responses *units = draw_units(features, 1.0, 0.5);
    ana_encoding_options options = with(ANA_ENCODING_PLS);
    ana_encoding *wide = NULL;
    ana_encoding *narrow = NULL;
    options.run = run_of(4, 0);
    wide = encode(features, units, &options);
    options.run = run_of(4, 40000);
    narrow = encode(features, units, &options);
    check_same_bits((size_t)N * Q, narrow->predicted, wide->predicted);
    ana_encoding_free(narrow);
    options.run = run_of(4, 4000);
    check_fails(ana_encoding_compute(1, &features, units, NULL, &options, &narrow), ANA_ERR_LIMIT,
                "a fold of an encoding model");
    ana_encoding_free(wide);
    ana_responses_free(features);
    ana_responses_free(units);
}

static void keep_warning(void *user, const char *sentence)
{
    snprintf(user, 200, "%s", sentence);
}

/* Nearly noiseless units want less than 1e3, and noise wants more than 1. */
static void penalties_that_end_too_early_are_said(void **state)
{
    (void)state;
    static const double high[] = {1e3, 1e4};
    static const double low[] = {1.0, 1e-3};
    static const double wide[] = {1e-5, 6.0, 1e5};
    ana_responses *features = draw_features(15, P);
    for (size_t k = 0; k < 4; k++) {
        ana_responses *units = draw_units(features, k == 1 ? 0.0 : 1.0, k == 0 ? 0.2 : 1.0);
        ana_encoding_options options = with(ANA_ENCODING_RIDGE);
        char said[200] = "";
        options.run.warn = keep_warning;
        options.run.user = said;
        options.n_penalties = k == 2 ? 3 : (k == 3 ? 0 : 2);
        options.penalties = k == 0 ? high : (k == 1 ? low : wide);
        ana_encoding_free(encode(features, units, &options));
        assert_true((strstr(said, "the least") != NULL) == (k == 0));
        assert_true((strstr(said, "the largest") != NULL) == (k == 1));
        ana_responses_free(units);
    }
    ana_responses_free(features);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    ana_responses *features = draw_features(10, P);
    ana_responses *units = draw_units(features, 1.0, 0.5);
    ana_responses *both[2] = {features, features};
    ana_encoding *encoding = NULL;
    ana_folds *folds = NULL;
    size_t groups[N];
    for (size_t i = 0; i < N; i++) {
        groups[i] = i / 3;
    }
    for (int map = ANA_ENCODING_RIDGE; map <= ANA_ENCODING_BEST_UNIT; map++) {
        ana_encoding_options options = with((ana_encoding_map)map);
        options.run = run_of(1, 0);
        options.n_folds = 2;
        options.n_repeats = 2;
        options.n_draws = 2;
        options.n_inner = 2;
        options.groups = groups;
        ALLOCATION_TEST(ana_encoding_compute, (2, both, units, NULL, &options, &encoding),
                        ana_encoding_free(encoding));
        ALLOCATION_TEST(ana_encoding_folds, (N, &options, &folds), ana_folds_free(folds));
    }
    ana_responses_free(features);
    ana_responses_free(units);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_map_predicts_what_features_make),
        cmocka_unit_test(nothing_leaks_from_the_stimuli_that_test),
        cmocka_unit_test(a_stimulus_never_predicts_itself),
        cmocka_unit_test(scores_by_hand),
        cmocka_unit_test(groups_leave_together),
        cmocka_unit_test(kernels_and_features_give_the_same),
        cmocka_unit_test(standardising_is_by_the_training_stimuli),
        cmocka_unit_test(few_groups_are_their_own_inner_folds),
        cmocka_unit_test(blocks_are_stretches_with_a_gap),
        cmocka_unit_test(repeats_are_averaged_by_their_scores),
        cmocka_unit_test(repeats_are_numbered_and_not_of_blocks),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(what_was_not_measured_is_left_out_and_counted),
        cmocka_unit_test(units_without_a_partner_have_no_score),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(memory_decides_how_many_folds_run_at_a_time),
        cmocka_unit_test(penalties_that_end_too_early_are_said),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
