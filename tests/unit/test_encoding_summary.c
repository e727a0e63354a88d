#include "support/check.h"
#include "support/fail_nth.h"
#include "support/signals.h"

#include <analysis/models/encoding_summary.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 30,
    P = 8,
    Q = 6
};

/* Features of which the units are made, and features that know nothing. */
static ana_responses *draw_features(uint64_t seed, const char *name)
{
    ana_random random = ana_random_stream(seed, "features", 0);
    ana_responses *features = NULL;
    check_ok(ana_responses_new(name, N, P, &features));
    for (size_t k = 0; k < (size_t)N * P; k++) {
        features->values[k] = ana_random_normal(&random);
    }
    return features;
}

static ana_responses *draw_units(const ana_responses *features, double noise)
{
    ana_random random = ana_random_stream(9, "units", 0);
    ana_responses *units = NULL;
    check_ok(ana_responses_new("V4", N, Q, &units));
    for (size_t k = 0; k < (size_t)N * Q; k++) {
        units->values[k] = features->values[k / Q * P + k % Q] + noise * ana_random_normal(&random);
    }
    return units;
}

typedef struct fixture {
    ana_responses *features[3];
    ana_responses *units;
    ana_encoding *encodings[3];
} fixture;

/* Three models of the same units: the second is theirs. */
static fixture make(double noise, bool pooled, const ana_ceiling *ceiling)
{
    static const char *const names[] = {"blind", "true", "idle"};
    fixture f = {{NULL}, NULL, {NULL}};
    ana_encoding_options options = ana_encoding_options_default();
    options.pooled = pooled;
    for (size_t m = 0; m < 3; m++) {
        f.features[m] = draw_features(m, names[m]);
    }
    f.units = draw_units(f.features[1], noise);
    for (size_t m = 0; m < 3; m++) {
        check_ok(
            ana_encoding_compute(1, &f.features[m], f.units, ceiling, &options, &f.encodings[m]));
    }
    return f;
}

static void drop(fixture *f)
{
    for (size_t m = 0; m < 3; m++) {
        ana_responses_free(f->features[m]);
        ana_encoding_free(f->encodings[m]);
    }
    ana_responses_free(f->units);
}

static ana_encoding_summary_options quick(void)
{
    ana_encoding_summary_options options = ana_encoding_summary_options_default();
    options.n_permutations = 99;
    options.n_bootstraps = 200;
    return options;
}

static void the_model_of_the_units_is_best_and_told_apart(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        fixture f = make(0.3, k == 1, NULL);
        const ana_encoding_summary_options options = quick();
        ana_encoding_summary *s = NULL;
        check_ok(ana_encoding_summarise(3, f.encodings, f.units, &options, &s));
        assert_int_equal(s->best, 1);
        assert_false(s->normalised);
        assert_true(s->p[1] == 0.01 && s->p_max[1] == 0.01);
        assert_true(s->p_max[0] >= s->p[0] && s->p[0] > 0.02);
        assert_true(s->low[1] <= s->value[1] && s->value[1] <= s->high[1]);
        for (size_t j = 0; j < Q; j++) {
            assert_true(s->p_units[Q + j] == 0.01 && s->q_units[Q + j] == 0.01);
            assert_true(s->q_units[j] >= s->p_units[j]);
        }
        assert_true(s->behind[1] == 0.0 && s->behind_low[0] > 0.0 && s->behind_low[2] > 0.0);
        check_close(s->behind[0], s->value[1] - s->value[0], 1e-15, 0.0);
        ana_encoding_summary_free(s);
        drop(&f);
    }
}

static void values_are_means_over_animals_of_medians_over_units(void **state)
{
    (void)state;
    static const size_t animals[Q] = {1, 0, 1, 1, 0, 1};
    char *names[] = {(char *)(uintptr_t) "ada", (char *)(uintptr_t) "bob"};
    double reliability[Q] = {0.9, 0.8, 0.7, -0.2, 0.9, 0.5};
    const ana_ceiling ceiling = {.n_units = Q, .reliability = reliability};
    fixture f = make(0.8, false, &ceiling);
    ana_encoding_summary_options options = quick();
    ana_encoding_summary *s = NULL;
    options.n_animals = 2;
    options.animals = animals;
    options.names = names;
    check_ok(ana_encoding_summarise(3, f.encodings, f.units, &options, &s));
    assert_true(s->normalised);
    assert_string_equal(s->animals[1], "bob");
    for (size_t m = 0; m < 3; m++) {
        const double *x = f.encodings[m]->normalised;
        const double first[] = {x[1], x[4]};
        const double second[] = {x[0], x[2], x[5]}; /* unit 3 is not reliable */
        double medians[2];
        check_ok(ana_stats_median(2, first, &medians[0]));
        check_ok(ana_stats_median(3, second, &medians[1]));
        check_close(s->by_animal[m * 2], medians[0], 1e-15, 0.0);
        check_close(s->by_animal[m * 2 + 1], medians[1], 1e-15, 0.0);
        check_close(s->value[m], 0.5 * (medians[0] + medians[1]), 1e-15, 0.0);
    }
    ana_encoding_summary_free(s);
    drop(&f);
}

/* One unit for each animal: drawing units within animals changes nothing. */
static void units_are_drawn_within_their_animals(void **state)
{
    (void)state;
    static const size_t animals[Q] = {3, 0, 1, 5, 2, 4};
    fixture f = make(0.8, false, NULL);
    ana_encoding_summary_options options = quick();
    ana_encoding_summary *s = NULL;
    options.n_animals = Q;
    options.animals = animals;
    check_ok(ana_encoding_summarise(3, f.encodings, f.units, &options, &s));
    for (size_t m = 0; m < 3; m++) {
        check_close(s->low[m], s->value[m], 1e-15, 0.0);
        check_close(s->high[m], s->value[m], 1e-15, 0.0);
    }
    ana_encoding_summary_free(s);
    drop(&f);
}

/* Eight stimuli in two folds of four: the share of all 576 orders within folds whose mean r of the
 * folds is at least the observed one. */
static void permutations_stay_within_folds(void **state)
{
    (void)state;
    ana_responses *features = NULL;
    ana_responses *unit = NULL;
    ana_encoding *encoding = NULL;
    ana_encoding_summary *s = NULL;
    ana_random random = ana_random_stream(4, "eight", 0);
    ana_encoding_options options = ana_encoding_options_default();
    ana_encoding_summary_options settings = quick();
    double above = 0.0;
    check_ok(ana_responses_new("x", 8, 2, &features));
    check_ok(ana_responses_new("y", 8, 1, &unit));
    for (size_t i = 0; i < 8; i++) {
        features->values[2 * i] = ana_random_normal(&random);
        features->values[2 * i + 1] = ana_random_normal(&random);
        unit->values[i] =
            features->values[2 * i] + 6.0 * ana_random_normal(&random) + (i % 2 == 0 ? 5.0 : 0.0);
    }
    options.n_folds = 2;
    options.map = ANA_ENCODING_OLS;
    settings.n_permutations = 1999;
    check_ok(ana_encoding_compute(1, &features, unit, NULL, &options, &encoding));
    check_ok(ana_encoding_summarise(1, &encoding, unit, &settings, &s));
    double r[2][24];
    for (size_t f = 0; f < 2; f++) {
        size_t n = 0;
        for (size_t code = 0; code < 256; code++) {
            const size_t order[] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6};
            double a[4];
            double b[4];
            size_t seen = 0;
            size_t k = 0;
            size_t rows[4];
            for (size_t i = 0; i < 8; i++) {
                if (encoding->fold[i] == f) {
                    rows[k++] = i;
                }
            }
            for (size_t i = 0; i < 4; i++) {
                seen |= (size_t)1 << order[i];
                a[i] = encoding->predicted[rows[i]];
                b[i] = unit->values[rows[order[i]]];
            }
            if (seen == 15) {
                r[f][n++] = ana_stats_pearson(4, a, b);
            }
        }
        assert_int_equal(n, 24);
    }
    for (size_t i = 0; i < 576; i++) {
        above += 0.5 * (r[0][i / 24] + r[1][i % 24]) >= encoding->score[0] - 1e-12 ? 1.0 : 0.0;
    }
    const double exact = above / 576.0;
    assert_true(exact > 0.02 && exact < 0.98);
    /* Four standard errors of a share of 1999 draws, and the one that is counted in. */
    check_close(s->p[0], exact, 4.0 * sqrt(exact * (1.0 - exact) / 1999.0) + 5e-4, 0.0);
    check_close(s->p_units[0], s->p[0], 0.0, 0.0); /* the one unit is its own median */
    check_close(s->q_units[0], s->p[0], 1e-15, 0.0);
    ana_encoding_summary_free(s);
    ana_encoding_free(encoding);
    ana_responses_free(features);
    ana_responses_free(unit);
}

/* Two folds of three pairs and a single each: every order of the pairs within their folds, 6 x 6 of
 * them; the singles, alone of their size, stay. */
static void groups_change_places_whole(void **state)
{
    (void)state;
    static const size_t pair_orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                             {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    enum {
        M = 14
    };
    size_t groups[M];
    ana_responses *features = NULL;
    ana_responses *unit = NULL;
    ana_encoding *encoding = NULL;
    ana_encoding_summary *s = NULL;
    ana_random random = ana_random_stream(6, "pairs", 0);
    ana_encoding_options options = ana_encoding_options_default();
    ana_encoding_summary_options settings = quick();
    ana_fold parts[2] = {{0}};
    size_t tests[2][7];
    ana_folds folds = {.n_items = M, .n_folds = 2, .folds = parts};
    check_ok(ana_responses_new("x", M, 2, &features));
    check_ok(ana_responses_new("y", M, 1, &unit));
    for (size_t i = 0; i < M; i++) { /* folds alternate, and so do the members of their pairs */
        features->values[2 * i] = ana_random_normal(&random);
        features->values[2 * i + 1] = ana_random_normal(&random);
        unit->values[i] = features->values[2 * i] + 2.0 * ana_random_normal(&random);
        groups[i] = i % 2 * 10 + i / 2 % 3 + (i / 2 == 6 ? 5 : 0);
        tests[i % 2][i / 2] = i;
    }
    for (size_t f = 0; f < 2; f++) {
        parts[f].n_test = 7;
        parts[f].test = tests[f];
    }
    options.folds = &folds;
    options.map = ANA_ENCODING_OLS;
    settings.n_permutations = 1999;
    settings.groups = groups;
    check_ok(ana_encoding_compute(1, &features, unit, NULL, &options, &encoding));
    check_ok(ana_encoding_summarise(1, &encoding, unit, &settings, &s));
    assert_int_equal(s->n_exchanged, 12);
    double r[2][6];
    for (size_t f = 0; f < 2; f++) {
        for (size_t o = 0; o < 6; o++) {
            double a[7];
            double b[7];
            for (size_t k = 0; k < 7; k++) { /* pair k % 3 has members k and k + 3 of the fold */
                const size_t from = k == 6 ? 6 : k / 3 * 3 + pair_orders[o][k % 3];
                a[k] = encoding->predicted[tests[f][k]];
                b[k] = unit->values[tests[f][from]];
            }
            r[f][o] = ana_stats_pearson(7, a, b);
        }
    }
    double above = 0.0;
    for (size_t i = 0; i < 36; i++) {
        above += 0.5 * (r[0][i / 6] + r[1][i % 6]) >= encoding->score[0] - 1e-12 ? 1.0 : 0.0;
    }
    const double exact = above / 36.0;
    assert_true(exact > 0.02 && exact < 0.9);
    check_close(s->p[0], exact, 4.0 * sqrt(exact * (1.0 - exact) / 1999.0) + 5e-4, 0.0);
    ana_encoding_summary_free(s);
    for (size_t i = 0; i < M; i++) { /* one group a fold: nothing to exchange it with */
        groups[i] = i % 2;
    }
    check_ok(ana_encoding_summarise(1, &encoding, unit, &settings, &s));
    assert_int_equal(s->n_exchanged, 0);
    assert_true(isnan(s->p[0]) && isnan(s->p_max[0]) && isnan(s->p_units[0]));
    ana_encoding_summary_free(s);
    settings.blocked = true;
    check_fails(ana_encoding_summarise(1, &encoding, unit, &settings, &s), ANA_ERR_VALUE,
                "in groups or turned in time");
    ana_encoding_free(encoding);
    ana_responses_free(features);
    ana_responses_free(unit);
}

/* Features and answers that share groups of five but nothing else: stimulus by stimulus every third
 * or so of 60 draws has p below 0.05; in groups one in twenty: at most 9 with probability 0.998. */
static void alike_groups_are_no_more_significant_than_chance(void **state)
{
    (void)state;
    size_t n_below[2] = {0, 0};
    size_t groups[N];
    for (size_t i = 0; i < N; i++) {
        groups[i] = i / 5;
    }
    for (uint64_t seed = 0; seed < 60; seed++) {
        ana_responses *features = draw_features(1000 + seed, "alike");
        ana_responses *units = NULL;
        ana_encoding *encoding = NULL;
        ana_encoding_options options = ana_encoding_options_default();
        ana_random random = ana_random_stream(seed, "alike", 0);
        check_ok(ana_responses_new("V4", N, 1, &units));
        double answer = 0.0;
        for (size_t i = 0; i < N; i++) {
            for (size_t k = 0; k < P && i % 5 > 0; k++) {
                features->values[i * P + k] =
                    features->values[i / 5 * 5 * P + k] + 0.1 * ana_random_normal(&random);
            }
            answer = i % 5 == 0 ? ana_random_normal(&random) : answer;
            units->values[i] = answer + 0.1 * ana_random_normal(&random);
        }
        options.groups = groups;
        options.n_folds = 2;
        check_ok(ana_encoding_compute(1, &features, units, NULL, &options, &encoding));
        for (size_t k = 0; k < 2; k++) {
            ana_encoding_summary_options settings = quick();
            ana_encoding_summary *s = NULL;
            settings.n_bootstraps = 0;
            settings.groups = k == 1 ? groups : NULL;
            check_ok(ana_encoding_summarise(1, &encoding, units, &settings, &s));
            n_below[k] += s->p[0] <= 0.05;
            ana_encoding_summary_free(s);
        }
        ana_encoding_free(encoding);
        ana_responses_free(features);
        ana_responses_free(units);
    }
    assert_true(n_below[0] >= 12);
    assert_true(n_below[1] <= 9);
}

/* The first repeat is tested: the p are those of an encoding that stops there. */
static void repeats_are_tested_by_the_first(void **state)
{
    (void)state;
    fixture f = make(2.0, false, NULL);
    ana_encoding_options options = ana_encoding_options_default();
    const ana_encoding_summary_options settings = quick();
    ana_encoding *repeated = NULL;
    ana_encoding_summary *s[2] = {NULL, NULL};
    options.n_repeats = 3;
    check_ok(ana_encoding_compute(1, &f.features[1], f.units, NULL, &options, &repeated));
    check_ok(ana_encoding_summarise(1, &f.encodings[1], f.units, &settings, &s[0]));
    check_ok(ana_encoding_summarise(1, &repeated, f.units, &settings, &s[1]));
    assert_true(s[0]->value[0] != s[1]->value[0]);
    check_same_bits(1, s[1]->p, s[0]->p);
    check_same_bits(Q, s[1]->p_units, s[0]->p_units);
    ana_encoding *both[] = {f.encodings[1], repeated};
    ana_encoding_summary *none = NULL;
    check_fails(ana_encoding_summarise(2, both, f.units, &settings, &none), ANA_ERR_SHAPE, "folds");
    ana_record *record = NULL;
    check_ok(ana_encoding_to_record(1, &repeated, NULL, s[1], &record));
    assert_int_equal(ana_record_find(record, "best_model/predicted")->n_axes, 3);
    ana_record_free(record);
    ana_encoding_summary_free(s[0]);
    ana_encoding_summary_free(s[1]);
    ana_encoding_free(repeated);
    drop(&f);
}

static void models_without_a_value_are_never_best(void **state)
{
    (void)state;
    fixture f = make(0.3, false, NULL);
    const ana_encoding_summary_options options = quick();
    ana_encoding_summary *s = NULL;
    for (size_t j = 0; j < Q; j++) {
        f.encodings[0]->score[j] = (double)NAN;
    }
    check_ok(ana_encoding_summarise(3, f.encodings, f.units, &options, &s));
    assert_int_equal(s->best, 1);
    assert_true(isnan(s->value[0]) && isnan(s->low[0]) && isfinite(s->low[1]));
    assert_true(isnan(s->p[1])); /* the largest of all models is not known */
    ana_encoding_summary_free(s);
    drop(&f);
}

/* Of 60 models that know nothing about one in twenty has p below 0.05: at most 9 with probability
 * 0.998. */
static void chance_is_rarely_significant(void **state)
{
    (void)state;
    size_t n_below = 0;
    fixture f = make(0.5, false, NULL);
    for (uint64_t seed = 100; seed < 160; seed++) {
        ana_responses *blind = draw_features(seed, "blind");
        ana_encoding_options options = ana_encoding_options_default();
        ana_encoding_summary_options settings = quick();
        ana_encoding *encoding = NULL;
        ana_encoding_summary *s = NULL;
        options.map = ANA_ENCODING_OLS;
        settings.n_bootstraps = 0;
        check_ok(ana_encoding_compute(1, &blind, f.units, NULL, &options, &encoding));
        check_ok(ana_encoding_summarise(1, &encoding, f.units, &settings, &s));
        n_below += s->p[0] <= 0.05;
        assert_true(isnan(s->low[0]));
        ana_encoding_summary_free(s);
        ana_encoding_free(encoding);
        ana_responses_free(blind);
    }
    assert_true(n_below <= 9);
    drop(&f);
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    fixture f = make(0.5, false, NULL);
    ana_encoding_summary_options options = quick();
    ana_encoding_summary *one = NULL;
    ana_encoding_summary *three = NULL;
    options.run = run_of(1, 0);
    check_ok(ana_encoding_summarise(3, f.encodings, f.units, &options, &one));
    options.run = run_of(3, 0);
    check_ok(ana_encoding_summarise(3, f.encodings, f.units, &options, &three));
    check_same_bits(3, three->p_max, one->p_max);
    check_same_bits(3, three->low, one->low);
    check_same_bits(3 * Q, three->p_units, one->p_units);
    check_same_bits(3, three->behind_high, one->behind_high);
    ana_encoding_summary_free(one);
    ana_encoding_summary_free(three);
    drop(&f);
}

static void records_hold_what_figures_need(void **state)
{
    (void)state;
    static const size_t animals[Q] = {1, 0, 1, 1, 0, 1};
    double reliability[Q] = {0.9, 0.8, 0.7, -0.2, 0.9, NAN};
    const ana_ceiling ceiling = {.n_units = Q, .reliability = reliability, .n_trials = 4.0};
    for (size_t k = 0; k < 4; k++) {
        fixture f = make(0.5, false, k % 2 == 0 ? NULL : &ceiling);
        ana_encoding_summary_options options = quick();
        ana_encoding_summary *s = NULL;
        ana_record *record = NULL;
        options.n_animals = k < 2 ? 0 : 2;
        options.animals = animals;
        options.n_permutations = k == 3 ? 0 : 19;
        options.n_bootstraps = k == 3 ? 0 : 20;
        check_ok(ana_encoding_summarise(3, f.encodings, f.units, &options, &s));
        check_ok(ana_encoding_to_record(3, f.encodings, k % 2 == 0 ? NULL : &ceiling, s, &record));
        check_ok(ana_record_check(record));
        assert_true((ana_record_find(record, "animals/values") != NULL) == (k >= 2));
        assert_true((ana_record_find(record, "units_by_ceiling/y") != NULL) == (k % 2 == 1));
        assert_true((ana_record_find(record, "models/p") != NULL) == (k < 3));
        assert_non_null(ana_record_find(record, "penalty_curve/y"));
        const char *best = NULL;
        check_ok(ana_record_get_text(record, "best", &best));
        assert_string_equal(best, "true");
        ana_record_free(record);
        ana_encoding_summary_free(s);
        drop(&f);
    }
}

static void banded_ridge_shows_its_spaces(void **state)
{
    (void)state;
    fixture f = make(0.3, false, NULL);
    ana_encoding_options options = ana_encoding_options_default();
    const ana_encoding_summary_options settings = quick();
    ana_encoding *encoding = NULL;
    ana_encoding_summary *s = NULL;
    ana_record *record = NULL;
    options.map = ANA_ENCODING_BANDED;
    options.n_draws = 12;
    check_ok(ana_encoding_compute(3, f.features, f.units, NULL, &options, &encoding));
    assert_string_equal(encoding->name, "blind + true + idle");
    for (size_t j = 0; j < Q; j++) { /* the space that units are made of is penalised least */
        assert_true(encoding->gamma[Q + j] > encoding->gamma[j] &&
                    encoding->gamma[Q + j] > encoding->gamma[2 * Q + j]);
    }
    check_ok(ana_encoding_summarise(1, &encoding, f.units, &settings, &s));
    check_ok(ana_encoding_to_record(1, &encoding, NULL, s, &record));
    check_ok(ana_record_check(record));
    assert_non_null(ana_record_find(record, "spaces/values"));
    ana_record_free(record);
    ana_encoding_summary_free(s);
    ana_encoding_free(encoding);
    drop(&f);
}

static void units_without_scores_leave_gaps(void **state)
{
    (void)state;
    fixture f = make(0.3, false, NULL);
    ana_encoding *encoding = NULL;
    ana_encoding_summary *s = NULL;
    ana_record *record = NULL;
    const ana_encoding_summary_options options = quick();
    for (size_t k = 0; k < (size_t)N * Q; k++) {
        f.units->values[k] = 1.5;
    }
    check_ok(ana_encoding_compute(1, f.features, f.units, NULL, NULL, &encoding));
    check_ok(ana_encoding_summarise(1, &encoding, f.units, &options, &s));
    assert_true(isnan(s->value[0]) && isnan(s->p[0]) && isnan(s->low[0]));
    check_ok(ana_encoding_to_record(1, &encoding, NULL, s, &record));
    check_ok(ana_record_check(record));
    ana_record_free(record);
    ana_encoding_summary_free(s);
    ana_encoding_free(encoding);
    drop(&f);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    static const size_t animals[Q] = {0, 0, 5, 0, 0, 0};
    fixture f = make(0.3, false, NULL);
    ana_encoding_summary_options options = quick();
    ana_encoding_options pooled = ana_encoding_options_default();
    ana_encoding_summary *s = NULL;
    check_fails(ana_encoding_summarise(0, f.encodings, f.units, &options, &s), ANA_ERR_VALUE,
                "no models");
    options.n_animals = 2;
    options.animals = animals;
    check_fails(ana_encoding_summarise(3, f.encodings, f.units, &options, &s), ANA_ERR_VALUE,
                "animal 5 of 2");
    options.n_animals = 0;
    options.level = 1.5;
    check_fails(ana_encoding_summarise(3, f.encodings, f.units, &options, &s), ANA_ERR_VALUE,
                "level");
    options = quick();
    options.run.max_memory = 1000;
    check_fails(ana_encoding_summarise(3, f.encodings, f.units, &options, &s), ANA_ERR_LIMIT,
                "predictions of all models");
    options = quick();
    ana_encoding_free(f.encodings[2]);
    pooled.run.seed = 3; /* other folds */
    check_ok(ana_encoding_compute(1, &f.features[2], f.units, NULL, &pooled, &f.encodings[2]));
    check_fails(ana_encoding_summarise(3, f.encodings, f.units, &options, &s), ANA_ERR_SHAPE,
                "idle was computed for other");
    drop(&f);
}

static void failed_allocations_leave_nothing(void **state)
{
    (void)state;
    fixture f = make(0.3, false, NULL);
    ana_encoding_summary_options options = quick();
    ana_encoding_summary *s = NULL;
    ana_record *record = NULL;
    options.run = run_of(1, 0);
    options.n_permutations = 3;
    options.n_bootstraps = 3;
    ALLOCATION_TEST(ana_encoding_summarise, (3, f.encodings, f.units, &options, &s),
                    ana_encoding_summary_free(s));
    check_ok(ana_encoding_summarise(3, f.encodings, f.units, &options, &s));
    ALLOCATION_TEST(ana_encoding_to_record, (3, f.encodings, NULL, s, &record),
                    ana_record_free(record));
    ana_encoding_summary_free(s);
    drop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_model_of_the_units_is_best_and_told_apart),
        cmocka_unit_test(values_are_means_over_animals_of_medians_over_units),
        cmocka_unit_test(units_are_drawn_within_their_animals),
        cmocka_unit_test(permutations_stay_within_folds),
        cmocka_unit_test(groups_change_places_whole),
        cmocka_unit_test(alike_groups_are_no_more_significant_than_chance),
        cmocka_unit_test(repeats_are_tested_by_the_first),
        cmocka_unit_test(models_without_a_value_are_never_best),
        cmocka_unit_test(chance_is_rarely_significant),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(records_hold_what_figures_need),
        cmocka_unit_test(banded_ridge_shows_its_spaces),
        cmocka_unit_test(units_without_scores_leave_gaps),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
