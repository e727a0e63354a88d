#include "support/check.h"
#include "support/fail_nth.h"

#include <analysis/linalg.h>
#include <analysis/models/decoding.h>
#include <analysis/random.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    P = 5,
    N_CLASSES = 3
};

/* n trials of three classes in turn, class names "c0" ... */
static ana_observations *draw(size_t n, size_t p, size_t n_classes, double apart, uint64_t item)
{
    ana_random random = ana_random_stream(8, "decoding", item);
    ana_random places = ana_random_stream(8, "places", 0);
    ana_observations *made = NULL;
    double *means = calloc(n_classes * p, sizeof *means);
    for (size_t k = 0; k < n_classes * p; k++) {
        means[k] = apart * ana_random_normal(&places);
    }
    check_ok(ana_observations_new(n, p, &made));
    made->labels = calloc(n, sizeof *made->labels);
    made->n_labels = n_classes;
    made->label_names = calloc(n_classes, sizeof *made->label_names);
    for (size_t c = 0; c < n_classes; c++) {
        char name[16];
        snprintf(name, sizeof name, "c%zu", c);
        made->label_names[c] = strdup(name);
    }
    for (size_t i = 0; i < n; i++) {
        made->labels[i] = (int64_t)(i % n_classes);
        for (size_t u = 0; u < p; u++) {
            made->values[i * p + u] =
                (1.0 + (double)u) * (means[i % n_classes * p + u] + ana_random_normal(&random)) +
                10.0;
        }
    }
    free(means);
    return made;
}

static ana_decoding_options with(ana_decoding_method method, size_t n_permutations)
{
    ana_decoding_options options = ana_decoding_options_default();
    options.method = method;
    options.n_permutations = n_permutations;
    return options;
}

static void every_decoder_tells_classes_apart_and_noise_not(void **state)
{
    (void)state;
    for (int m = ANA_DECODING_LDA; m <= ANA_DECODING_LOGISTIC; m++) {
        for (int silent = 0; silent < 2; silent++) {
            ana_observations *trials = draw(60, P, N_CLASSES, silent ? 0.0 : 2.0, 1);
            ana_decoding_options options = with((ana_decoding_method)m, 39);
            ana_decoding *made = NULL;
            ana_decoding *again = NULL;
            check_ok(ana_decoding_validate(trials, NULL, &options, &made));
            double total = 0.0;
            for (size_t k = 0; k < (size_t)N_CLASSES * N_CLASSES; k++) {
                total += made->confusion[k];
            }
            check_close(total, 60.0, 0.0, 0.0);
            assert_true(silent ? made->p > 0.05 : made->balanced > 0.8 && made->p <= 0.025);
            assert_true(fabs(made->chance - 1.0 / 3.0) < 0.08);
            assert_true(made->chance_high >= made->chance);
            assert_string_equal(made->classes[2], "c2");
            options.run.n_threads = 2;
            check_ok(ana_decoding_validate(trials, NULL, &options, &again));
            check_close(again->p, made->p, 0.0, 0.0);
            assert_memory_equal(again->predicted, made->predicted, 60 * sizeof(size_t));
            ana_decoding_free(again);
            ana_decoding_free(made);
            ana_observations_free(trials);
        }
    }
}

/* The class of least Mahalanobis distance, less twice the logarithm of its share, from the plain
 * formulas; shrinkage as given, or of Ledoit & Wolf of the residuals. */
static size_t discriminate_by_formula(const ana_observations *trials, size_t n, const size_t *train,
                                      const double *x, double shrinkage, double *margin)
{
    const size_t p = trials->n_features;
    double *means = calloc(N_CLASSES * p, sizeof *means);
    double *residuals = calloc(n * p, sizeof *residuals);
    double *covariance = calloc(p * p, sizeof *covariance);
    double *precise = calloc(p, sizeof *precise);
    double *off = calloc(p, sizeof *off);
    double share[N_CLASSES] = {0.0};
    double best[2] = {INFINITY, INFINITY};
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        share[trials->labels[train[i]]] += 1.0;
    }
    for (size_t k = 0; k < n * p; k++) {
        const size_t c = (size_t)trials->labels[train[k / p]];
        means[c * p + k % p] += trials->values[train[k / p] * p + k % p] / share[c];
    }
    for (size_t k = 0; k < n * p; k++) {
        const size_t c = (size_t)trials->labels[train[k / p]];
        residuals[k] = trials->values[train[k / p] * p + k % p] - means[c * p + k % p];
    }
    double trace = 0.0;
    if (shrinkage < 0.0) {
        check_ok(ana_stats_shrunk_covariance(n, p, residuals, ANA_SHRINKAGE_LEDOIT_WOLF, covariance,
                                             &shrinkage));
    }
    check_ok(ana_linalg_gram(n, p, residuals, covariance));
    for (size_t k = 0; k < p * p; k++) {
        covariance[k] /= (double)(n - N_CLASSES);
        trace += k % (p + 1) == 0 ? covariance[k] : 0.0;
    }
    for (size_t k = 0; k < p * p; k++) {
        covariance[k] *= 1.0 - shrinkage;
        covariance[k] += k % (p + 1) == 0 ? shrinkage * trace / (double)p : 0.0;
    }
    for (size_t c = 0; c < N_CLASSES; c++) {
        double distance = -2.0 * log(share[c] / (double)n);
        for (size_t u = 0; u < p; u++) {
            off[u] = x[u] - means[c * p + u];
        }
        check_ok(ana_linalg_solve_spd(p, covariance, 1, off, precise));
        for (size_t u = 0; u < p; u++) {
            distance += off[u] * precise[u];
        }
        if (distance < best[0]) {
            best[1] = best[0];
            best[0] = distance;
            found = c;
        } else {
            best[1] = fmin(best[1], distance);
        }
    }
    *margin = best[1] - best[0];
    free(means);
    free(residuals);
    free(covariance);
    free(precise);
    free(off);
    return found;
}

/* Units fewer and more than trials, shrinkage given and found. */
static void discriminants_are_those_of_the_formula(void **state)
{
    (void)state;
    static const size_t widths[] = {P, 40};
    static const double shrinkages[] = {0.3, -1.0};
    for (size_t k = 0; k < 4; k++) {
        ana_observations *trials = draw(30, widths[k / 2], N_CLASSES, 0.4, 2);
        ana_decoding_options options = with(ANA_DECODING_LDA, 0);
        ana_folds *folds = NULL;
        ana_decoding *made = NULL;
        size_t groups[30];
        size_t train[30];
        size_t n_clear = 0;
        for (size_t i = 0; i < 30; i++) {
            groups[i] = i % 4;
        }
        options.raw = true;
        options.shrinkage = shrinkages[k % 2];
        check_ok(ana_folds_leave_one_group_out(30, groups, &folds));
        check_ok(ana_decoding_validate(trials, folds, &options, &made));
        for (size_t i = 0; i < 30; i++) {
            size_t n = 0;
            double margin = 0.0;
            ana_folds_train(folds, groups[i], train, &n);
            const size_t wanted = discriminate_by_formula(
                trials, n, train, trials->values + i * widths[k / 2], options.shrinkage, &margin);
            if (margin > 1e-6) {
                assert_int_equal(made->predicted[i], wanted);
                n_clear++;
            }
        }
        assert_true(n_clear > 25 && made->accuracy < 1.0);
        ana_decoding_free(made);
        ana_folds_free(folds);
        ana_observations_free(trials);
    }
}

static void the_nearest_mean_by_hand(void **state)
{
    (void)state;
    const double values[] = {0.0, 1.0, 9.0, 10.0, 2.0, 7.0};
    const int64_t labels[] = {0, 0, 1, 1, 0, 1};
    const size_t groups[] = {0, 0, 0, 0, 1, 1};
    ana_observations *trials = draw(6, 1, 2, 0.0, 0);
    ana_decoding_options options = with(ANA_DECODING_CENTROID, 0);
    ana_folds *folds = NULL;
    ana_decoding *made = NULL;
    memcpy(trials->values, values, sizeof values);
    memcpy(trials->labels, labels, sizeof labels);
    trials->values[4] = 6.0; /* nearer to 9.5 than to .5 */
    check_ok(ana_folds_leave_one_group_out(6, groups, &folds));
    check_ok(ana_decoding_validate(trials, folds, &options, &made));
    assert_int_equal(made->predicted[4], 1);
    assert_int_equal(made->predicted[5], 1);
    check_close(made->fold_accuracy[1], 0.5, 0.0, 0.0);
    /* Learned from trials 4 (6, class 0) and 5 (7, class 1): the border is 6.5. */
    const double confusion[] = {2.0, 1.0, 0.0, 3.0};
    check_all_close(4, made->confusion, confusion, 0.0, 0.0);
    check_close(made->accuracy, 5.0 / 6.0, 1e-15, 0.0);
    check_close(made->balanced, (2.0 / 3.0 + 1.0) / 2.0, 1e-15, 0.0);
    check_close(made->chance, 0.5, 0.0, 0.0);
    assert_true(isnan(made->p));
    ana_decoding_free(made);
    ana_folds_free(folds);
    ana_observations_free(trials);
}

/* Standardised units have no unit of measurement; raw ones do. */
static void the_scale_of_a_unit_matters_to_raw_decoders_alone(void **state)
{
    (void)state;
    for (int raw = 0; raw < 2; raw++) {
        ana_observations *trials = draw(60, P, N_CLASSES, 0.7, 12);
        ana_decoding_options options = with(ANA_DECODING_CENTROID, 0);
        ana_decoding *made = NULL;
        ana_decoding *scaled = NULL;
        options.raw = raw == 1;
        check_ok(ana_decoding_validate(trials, NULL, &options, &made));
        for (size_t i = 0; i < 60; i++) {
            trials->values[i * P + 1] *= 1024.0;
        }
        check_ok(ana_decoding_validate(trials, NULL, &options, &scaled));
        const bool same =
            memcmp(made->predicted, scaled->predicted, 60 * sizeof *made->predicted) == 0;
        assert_int_equal(same, raw == 0);
        ana_decoding_free(made);
        ana_decoding_free(scaled);
        ana_observations_free(trials);
    }
}

/* Two classes in one unit: logistic regression is where its penalised gradient ends. */
static void logistic_decoding_is_regression(void **state)
{
    (void)state;
    ana_observations *trials = draw(40, 1, 2, 0.8, 3);
    ana_decoding_options options = with(ANA_DECODING_LOGISTIC, 0);
    size_t groups[40];
    ana_folds *folds = NULL;
    ana_decoding *made = NULL;
    double bias = 0.0;
    double weight = 0.0;
    options.raw = true;
    options.ridge = 0.5;
    for (size_t i = 0; i < 40; i++) {
        groups[i] = i < 20 ? 0 : 1;
    }
    for (size_t step = 0; step < 60; step++) { /* Newton's steps on trials 20 ... 39 */
        double g[2] = {0.0, -0.5 * weight};
        double h[3] = {0.0, 0.0, 0.5};
        for (size_t i = 20; i < 40; i++) {
            const double x = trials->values[i];
            const double p = 1.0 / (1.0 + exp(-bias - weight * x));
            g[0] += (double)trials->labels[i] - p;
            g[1] += ((double)trials->labels[i] - p) * x;
            h[0] += p * (1.0 - p);
            h[1] += p * (1.0 - p) * x;
            h[2] += p * (1.0 - p) * x * x;
        }
        const double determinant = h[0] * h[2] - h[1] * h[1];
        bias += (h[2] * g[0] - h[1] * g[1]) / determinant;
        weight += (h[0] * g[1] - h[1] * g[0]) / determinant;
    }
    check_ok(ana_folds_leave_one_group_out(40, groups, &folds));
    check_ok(ana_decoding_validate(trials, folds, &options, &made));
    size_t n_first = 0;
    for (size_t i = 0; i < 20; i++) {
        const size_t wanted = bias + weight * trials->values[i] > 0.0 ? 1 : 0;
        assert_int_equal(made->predicted[i], wanted);
        n_first += wanted;
    }
    assert_true(n_first > 0 && n_first < 20);
    ana_decoding_free(made);
    ana_folds_free(folds);
    ana_observations_free(trials);
}

static void sessions_leave_together_and_what_they_lack_is_counted(void **state)
{
    (void)state;
    const size_t lengths[] = {12, 18};
    ana_observations *trials = draw(30, P, N_CLASSES, 2.0, 4);
    ana_decoding_options options = with(ANA_DECODING_LDA, 9);
    ana_decoding *made = NULL;
    options.split = ANA_DECODING_SESSIONS;
    check_ok(ana_observations_set_sequences(trials, 2, lengths, NULL));
    check_ok(ana_decoding_validate(trials, NULL, &options, &made));
    assert_int_equal(made->n_folds, 2);
    assert_int_equal(made->n_unlearned, 0);
    assert_true(made->within_sessions);
    ana_decoding_free(made);
    size_t n_twos = 0;
    for (size_t i = 0; i < 30; i++) { /* class 2 in the second session alone; some without label */
        trials->labels[i] = i < 12 && trials->labels[i] == 2 ? 0 : trials->labels[i];
        n_twos += trials->labels[i] == 2 ? 1 : 0;
    }
    trials->labels[0] = -1;
    for (size_t i = 0; i < 30; i++) {
        trials->values[i * P + 2] = NAN;
    }
    check_ok(ana_decoding_validate(trials, NULL, &options, &made));
    assert_int_equal(made->n_unlearned, n_twos);
    assert_int_equal(made->n_unlabelled, 1);
    assert_int_equal(made->n_trials, 29);
    assert_int_equal(made->n_silent, 1);
    check_close(made->confusion[8], 0.0, 0.0, 0.0);
    ana_decoding_free(made);
    for (size_t i = 0; i < 30; i++) { /* a session of one class: permuted over all trials */
        trials->labels[i] = i < 12 ? 0 : (int64_t)(i % 2);
    }
    options = with(ANA_DECODING_CENTROID, 9);
    check_ok(ana_decoding_validate(trials, NULL, &options, &made));
    assert_false(made->within_sessions);
    ana_decoding_free(made);
    ana_observations_free(trials);
}

/* The second animal is the first one turned, scaled and shifted, with more units. */
static ana_observations *turn(const ana_observations *from, size_t p, double noise)
{
    ana_random random = ana_random_stream(8, "turn", 0);
    ana_observations *made = draw(from->n_times, p, from->n_labels, 0.0, 9);
    double *map = calloc(from->n_features * p, sizeof *map);
    for (size_t k = 0; k < from->n_features * p; k++) {
        map[k] = ana_random_normal(&random);
    }
    for (size_t i = 0; i < from->n_times; i++) {
        made->labels[i] = from->labels[i];
        for (size_t u = 0; u < p; u++) {
            double sum = 3.0 + noise * ana_random_normal(&random);
            for (size_t k = 0; k < from->n_features; k++) {
                sum += from->values[i * from->n_features + k] * map[k * p + u];
            }
            made->values[i * p + u] = sum;
        }
    }
    free(map);
    return made;
}

static void stimuli_that_the_map_never_saw_are_told_apart_in_another_animal(void **state)
{
    (void)state;
    for (int m = ANA_DECODING_ORTHOGONAL; m <= ANA_DECODING_RIDGE; m++) {
        ana_observations *from = draw(120, 4, 24, 3.0, 5);
        ana_observations *to = turn(from, 9, 0.3);
        ana_transfer_options options = ana_transfer_options_default();
        ana_decoding *made = NULL;
        options.map = (ana_decoding_map)m;
        options.map_ridge = 0.01;
        options.decoding.n_permutations = 99;
        options.decoding.n_folds = 4;
        free(to->label_names[1]); /* one stimulus is not shared */
        to->label_names[1] = strdup("other");
        check_ok(ana_decoding_transfer(from, to, &options, &made));
        assert_int_equal(made->n_classes, 23);
        assert_int_equal(made->n_trials, 115);
        assert_int_equal(made->n_unlabelled, 5);
        assert_string_equal(made->classes[1], "c2");
        assert_true(made->balanced > 0.6 && made->p <= 0.02);
        assert_true(made->chance > 0.1 && made->chance < 0.25); /* 1 in 5 or 6 */
        for (size_t i = 0; i < made->n_trials; i++) {
            assert_true(made->predicted[i] < 23);
        }
        ana_decoding_free(made);
        ana_observations_free(from);
        ana_observations_free(to);
    }
}

/* Without noise a map of as many units is exact: every trial is decoded as in the first animal. */
static void an_animal_decodes_its_own_turned_self(void **state)
{
    (void)state;
    ana_observations *from = draw(40, 3, 10, 6.0, 6);
    ana_observations *to = draw(40, 3, 10, 6.0, 6);
    ana_transfer_options options = ana_transfer_options_default();
    ana_decoding *made = NULL;
    options.decoding.method = ANA_DECODING_CENTROID;
    options.decoding.raw = true;
    options.decoding.n_permutations = 0;
    options.decoding.n_folds = 3;
    for (size_t i = 0; i < 40; i++) { /* a turn about one axis, doubled, and a shift */
        const double *x = from->values + 3 * i;
        double *y = to->values + 3 * i;
        y[0] = 2.0 * (0.6 * x[0] - 0.8 * x[1]) + 7.0;
        y[1] = 2.0 * (0.8 * x[0] + 0.6 * x[1]);
        y[2] = -2.0 * x[2] - 1.0;
    }
    check_ok(ana_decoding_transfer(from, to, &options, &made));
    for (size_t i = 0; i < 40; i++) { /* nearest mean among the stimuli of the same fold */
        double least = INFINITY;
        size_t nearest = 0;
        for (size_t c = 0; c < 10; c++) {
            double distance = 0.0;
            for (size_t u = 0; u < 3; u++) {
                double mean = 0.0;
                for (size_t j = c; j < 40; j += 10) {
                    mean += from->values[3 * j + u] / 4.0;
                }
                distance += pow(from->values[3 * i + u] - mean, 2.0);
            }
            if (distance < least) {
                least = distance;
                nearest = c;
            }
        }
        if (nearest == made->truth[i]) { /* then it is so among fewer as well */
            assert_int_equal(made->predicted[i], nearest);
        }
    }
    assert_true(made->accuracy > 0.9);
    ana_decoding_free(made);
    ana_observations_free(from);
    ana_observations_free(to);
}

/* Stimuli of one fold are unknown to its map: what one of them did says nothing of another. */
static void the_map_does_not_know_the_stimuli_it_is_tested_on(void **state)
{
    (void)state;
    ana_observations *from = draw(60, 4, 12, 1.0, 11);
    ana_observations *to = turn(from, 5, 2.0);
    ana_transfer_options options = ana_transfer_options_default();
    ana_folds_options splitting = ana_folds_options_default();
    ana_folds *folds = NULL;
    ana_decoding *made = NULL;
    ana_decoding *changed = NULL;
    size_t n_other = 0;
    options.decoding.n_permutations = 0;
    options.decoding.n_folds = 3;
    splitting.n_folds = 3;
    check_ok(ana_folds_plain(12, &splitting, &folds));
    check_ok(ana_decoding_transfer(from, to, &options, &made));
    const size_t first = folds->folds[0].test[0];
    for (size_t i = first; i < 60; i += 12) {
        for (size_t u = 0; u < 5; u++) {
            to->values[i * 5 + u] = u == 2 ? 900.0 : -40.0 * (double)u;
        }
    }
    check_ok(ana_decoding_transfer(from, to, &options, &changed));
    for (size_t i = 0; i < 60; i++) {
        bool same_fold = false;
        for (size_t t = 0; t < folds->folds[0].n_test; t++) {
            same_fold = same_fold || folds->folds[0].test[t] == i % 12;
        }
        if (same_fold && i % 12 != first) {
            assert_int_equal(changed->predicted[i], made->predicted[i]);
        }
        n_other += !same_fold && changed->predicted[i] != made->predicted[i] ? 1 : 0;
    }
    assert_true(n_other > 0); /* the maps of the other folds do know it */
    ana_decoding_free(made);
    ana_decoding_free(changed);
    ana_folds_free(folds);
    ana_observations_free(from);
    ana_observations_free(to);
}

static void what_cannot_be_decoded_is_refused(void **state)
{
    (void)state;
    ana_observations *trials = draw(12, P, N_CLASSES, 1.0, 7);
    ana_decoding_options options = with(ANA_DECODING_LDA, 0);
    ana_decoding *made = NULL;
    ana_folds *folds = NULL;
    size_t groups[11] = {0, 1};
    check_ok(ana_folds_leave_one_group_out(11, groups, &folds));
    check_fails(ana_decoding_validate(trials, folds, &options, &made), ANA_ERR_SHAPE, "11 items");
    ana_folds_free(folds);
    options.shrinkage = 1.5;
    check_fails(ana_decoding_validate(trials, NULL, &options, &made), ANA_ERR_VALUE, "shrinkage");
    options.shrinkage = 0.0;
    options.n_folds = 3;
    trials->values[7 * P + 1] = INFINITY;
    check_fails(ana_decoding_validate(trials, NULL, &options, &made), ANA_ERR_VALUE,
                "unit 1 of trial 7 is infinite");
    trials->values[7 * P + 1] = NAN;
    check_fails(ana_decoding_validate(trials, NULL, &options, &made), ANA_ERR_VALUE, "missing");
    trials->values[7 * P + 1] = 1e200;
    check_fails(ana_decoding_validate(trials, NULL, &options, &made), ANA_ERR_VALUE,
                "to be squared");
    for (size_t i = 0; i < 12; i++) { /* two units that are one: no inverse */
        trials->values[i * P + 1] = trials->values[i * P];
    }
    check_fails(ana_decoding_validate(trials, NULL, &options, &made), ANA_ERR_NUMERIC, "singular");
    options.n_folds = 12;
    for (size_t i = 0; i < 12; i++) {
        trials->labels[i] = i < 2 ? 0 : (int64_t)(i - 1) % 3;
    }
    trials->n_labels = 1;
    check_fails(ana_decoding_validate(trials, NULL, &options, &made), ANA_ERR_VALUE,
                "two classes at least");
    trials->n_labels = N_CLASSES;
    for (size_t i = 0; i < 12; i++) {
        trials->labels[i] = 1;
    }
    check_fails(ana_decoding_validate(trials, NULL, &options, &made), ANA_ERR_VALUE,
                "not of two classes");
    for (size_t i = 0; i < 12; i++) {
        trials->labels[i] = i < 3 ? (int64_t)i : -1;
    }
    options.n_folds = 3;
    check_fails(ana_decoding_validate(trials, NULL, &options, &made), ANA_ERR_SHAPE,
                "take centroid");
    for (size_t k = 0; k < (size_t)12 * P; k++) {
        trials->values[k] = NAN;
    }
    check_fails(ana_decoding_validate(trials, NULL, &options, &made), ANA_ERR_VALUE,
                "none of 5 units");
    free(trials->labels);
    trials->labels = NULL;
    check_fails(ana_decoding_validate(trials, NULL, &options, &made), ANA_ERR_VALUE, "there are 0");
    ana_observations_free(trials);
}

static void animals_without_enough_shared_stimuli_are_refused(void **state)
{
    (void)state;
    ana_observations *from = draw(24, P, 6, 1.0, 7);
    ana_observations *to = draw(24, P, 6, 1.0, 8);
    ana_transfer_options options = ana_transfer_options_default();
    ana_decoding *made = NULL;
    for (size_t c = 0; c < 3; c++) {
        free(to->label_names[c]);
        to->label_names[c] = strdup("x");
    }
    check_fails(ana_decoding_transfer(from, to, &options, &made), ANA_ERR_VALUE, "share 3 stimuli");
    options.map_ridge = -1.0;
    check_fails(ana_decoding_transfer(from, to, &options, &made), ANA_ERR_VALUE, "map-ridge");
    options.map_ridge = 1.0;
    for (size_t c = 0; c < 3; c++) {
        free(to->label_names[c]);
        to->label_names[c] = strdup(from->label_names[c]);
    }
    for (size_t k = 0; k < (size_t)24 * P; k++) {
        to->values[k] = 2.0;
    }
    check_fails(ana_decoding_transfer(from, to, &options, &made), ANA_ERR_NUMERIC,
                "no unit of an animal varies");
    ana_observations_free(from);
    ana_observations_free(to);
}

typedef struct pair {
    ana_observations *from;
    ana_observations *to;
} pair;

static ana_status run_all(void *user)
{
    const pair *both = user;
    ana_decoding *made = NULL;
    ana_decoding *across = NULL;
    ana_record *record = NULL;
    ana_transfer_options options = ana_transfer_options_default();
    options.decoding = with(ANA_DECODING_LOGISTIC, 0);
    options.decoding.n_folds = 2;
    options.decoding.run.n_threads = 1;
    ana_status status = ana_decoding_validate(both->from, NULL, &options.decoding, &made);
    if (status == ANA_OK) {
        options.decoding.method = ANA_DECODING_LDA;
        options.decoding.n_permutations = 1;
        status = ana_decoding_transfer(both->from, both->to, &options, &across);
    }
    if (status == ANA_OK) {
        status = ana_decoding_to_record(across, &record);
    }
    if (status == ANA_OK) {
        assert_int_equal(ana_record_check(record), ANA_OK);
        assert_non_null(ana_record_find(record, "confusions/values"));
        assert_non_null(ana_record_find(record, "folds/band"));
    }
    ana_record_free(record);
    ana_decoding_free(made);
    ana_decoding_free(across);
    return status;
}

static void every_failed_allocation_is_reported_and_the_record_is_whole(void **state)
{
    (void)state;
    pair both = {draw(12, 13, 4, 1.0, 7), draw(12, 13, 4, 1.0, 8)};
    assert_true(check_each_allocation(run_all, &both, false) > 40);
    ana_observations_free(both.from);
    ana_observations_free(both.to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_decoder_tells_classes_apart_and_noise_not),
        cmocka_unit_test(discriminants_are_those_of_the_formula),
        cmocka_unit_test(the_nearest_mean_by_hand),
        cmocka_unit_test(the_scale_of_a_unit_matters_to_raw_decoders_alone),
        cmocka_unit_test(logistic_decoding_is_regression),
        cmocka_unit_test(sessions_leave_together_and_what_they_lack_is_counted),
        cmocka_unit_test(stimuli_that_the_map_never_saw_are_told_apart_in_another_animal),
        cmocka_unit_test(an_animal_decodes_its_own_turned_self),
        cmocka_unit_test(the_map_does_not_know_the_stimuli_it_is_tested_on),
        cmocka_unit_test(what_cannot_be_decoded_is_refused),
        cmocka_unit_test(animals_without_enough_shared_stimuli_are_refused),
        cmocka_unit_test(every_failed_allocation_is_reported_and_the_record_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
