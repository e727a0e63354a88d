/* Covariances of trials as pyRiemann has them: estimators, delay embeddings, potentials, cross-
 * spectra. */
#include "bci.h"
#include "support/check.h"

#include <analysis/augmented_covariance.h>
#include <analysis/cross_spectrum.h>
#include <analysis/erp_covariance.h>
#include <analysis/models/spd_whitening.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double *make_room(size_t n)
{
    double *made = calloc(n + 1, sizeof *made);
    assert_non_null(made);
    return made;
}

/* As many of the trials as there are covariances. */
static ana_trial_signals trials_of(const h5_reference *file, const char *path,
                                   const h5_doubles *signals)
{
    h5_doubles wanted = h5_reference_doubles(file, path);
    const ana_trial_signals trials = {.n_trials = wanted.shape[0],
                                      .n_channels = signals->shape[1],
                                      .n_times = signals->shape[2],
                                      .is_complex = signals->n_axes == 4,
                                      .values = signals->values};
    h5_doubles_free(&wanted);
    return trials;
}

/* What each dataset was computed with. */
typedef struct estimator_case {
    const char *name;
    ana_covariance_estimator estimator;
    bool compat;
    double tolerance; /* 0: as by default */
} estimator_case;

static const estimator_case estimators[] = {
    {"cov/cov", ANA_COVARIANCE_EMPIRICAL, false, 0.0},
    {"cov/corr", ANA_COVARIANCE_CORRELATION, false, 0.0},
    {"cov/lwf", ANA_COVARIANCE_LEDOIT_WOLF, false, 0.0},
    {"cov/oas", ANA_COVARIANCE_OAS, false, 0.0},
    {"cov/sch", ANA_COVARIANCE_SCHAEFER_STRIMMER, false, 0.0},
    {"cov/scm", ANA_COVARIANCE_MAXIMUM_LIKELIHOOD, false, 0.0},
    {"cov/scm_centered", ANA_COVARIANCE_SECOND_MOMENT, false, 0.0},
    {"cov/scm_weighted", ANA_COVARIANCE_MAXIMUM_LIKELIHOOD, false, 0.0},
    {"cov/shrinkage0.1", ANA_COVARIANCE_SHRUNK, false, 0.0},
    {"cov/hub", ANA_COVARIANCE_HUBER, true, 0.0},
    {"cov/stu", ANA_COVARIANCE_STUDENT, true, 0.0},
    {"cov/stu_nu3", ANA_COVARIANCE_STUDENT, true, 1e-10},
    {"cov/tyl", ANA_COVARIANCE_TYLER, true, 0.0},
    {"cov/tyl_det", ANA_COVARIANCE_TYLER, false, 0.0},
    {"cov_complex/cov", ANA_COVARIANCE_EMPIRICAL, false, 0.0},
    {"cov_complex/lwf", ANA_COVARIANCE_LEDOIT_WOLF, false, 0.0},
    {"cov_complex/oas", ANA_COVARIANCE_OAS, false, 0.0},
    {"cov_complex/sch", ANA_COVARIANCE_SCHAEFER_STRIMMER, false, 0.0},
    {"cov_complex/scm", ANA_COVARIANCE_MAXIMUM_LIKELIHOOD, false, 0.0},
};

static void compare_estimators(const h5_reference *file, tally *counts)
{
    h5_doubles real = h5_reference_doubles(file, "in/X");
    h5_doubles complex_signals = h5_reference_doubles(file, "in/Xcomplex");
    h5_doubles weights = h5_reference_doubles(file, "in/time_weights");
    for (size_t i = 0; i < sizeof estimators / sizeof estimators[0]; i++) {
        const estimator_case *this = &estimators[i];
        const bool is_complex = strncmp(this->name, "cov_complex", 11) == 0;
        ana_trial_signals trials =
            trials_of(file, this->name, is_complex ? &complex_signals : &real);
        const size_t n =
            trials.n_trials * trials.n_channels * trials.n_channels * (is_complex ? 2 : 1);
        ana_covariance_options options = ana_covariance_options_default();
        options.estimator = this->estimator;
        options.compat = this->compat;
        options.tolerance = this->tolerance;
        options.max_iterations = this->tolerance > 0.0 ? 1000 : 0;
        options.degrees = strstr(this->name, "nu3") != NULL ? 3.0 : 5.0;
        options.scale =
            strstr(this->name, "det") != NULL ? ANA_COVARIANCE_DETERMINANT : ANA_COVARIANCE_TRACE;
        trials.weights = strstr(this->name, "weighted") != NULL ? weights.values : NULL;
        double *values = make_room(n);
        check_ok(ana_covariance_of_trials(&trials, &options, NULL, values));
        /* Tyler's point to 1e-10 of itself by both: the distance left is a few times that. */
        if (strstr(this->name, "tyl_det") != NULL || strstr(this->name, "nu3") != NULL) {
            h5_doubles wanted = h5_reference_doubles(file, this->name);
            counts->n_cases++;
            for (size_t k = 0; k < n; k++) {
                tally_number(counts, values[k], wanted.values[k], 1e-7, 1e-8, "%s[%zu]", this->name,
                             k);
            }
            h5_doubles_free(&wanted);
        } else {
            compare_to_largest(file, this->name, n, values, 1e-10, counts);
        }
        free(values);
    }
    h5_doubles_free(&weights);
    h5_doubles_free(&complex_signals);
    h5_doubles_free(&real);
}

static void compare_structured(const h5_reference *file, tally *counts)
{
    static const size_t sizes[] = {6, 7};
    const ana_augmentation roll = {.order = 4, .lag = 1, .tail = ANA_TAIL_CIRCULAR};
    h5_doubles signals = h5_reference_doubles(file, "in/X");
    h5_doubles prototypes = h5_reference_doubles(file, "in/P");
    ana_covariance_options options = ana_covariance_options_default();
    options.estimator = ANA_COVARIANCE_OAS;
    const ana_trial_signals trials = trials_of(file, "cov/block", &signals);
    double *values = make_room(6 * 52 * 52);
    check_ok(ana_covariance_of_blocks(&trials, 2, sizes, &options, values));
    compare_to_largest(file, "cov/block", 6 * 13 * 13, values, 1e-10, counts);
    check_ok(ana_augmented_covariance(&roll, &trials, &options, NULL, values));
    compare_to_largest(file, "cov/timedelay4_roll", 6 * 52 * 52, values, 1e-10, counts);
    check_ok(ana_erp_covariance(&trials, prototypes.shape[0], prototypes.values, &options, NULL,
                                values));
    compare_to_largest(file, "cov/erp_oas", 6 * 16 * 16, values, 1e-10, counts);
    free(values);
    h5_doubles_free(&prototypes);
    h5_doubles_free(&signals);
}

/* Once from lagged products, and once of the embedded signals. */
static void compare_augmented(const h5_reference *file, tally *counts)
{
    static const ana_augmentation pairs[] = {{1, 1, ANA_TAIL_PUBLISHED},
                                             {2, 1, ANA_TAIL_PUBLISHED},
                                             {3, 4, ANA_TAIL_PUBLISHED},
                                             {5, 7, ANA_TAIL_PUBLISHED},
                                             {8, 2, ANA_TAIL_PUBLISHED}};
    static const char *const names[] = {"cov", "oas"};
    h5_doubles signals = h5_reference_doubles(file, "in/X");
    double *values = make_room(2 * 104 * 104);
    double *embedded = make_room(2 * 104 * 320);
    for (size_t i = 0; i < 10; i++) {
        char path[64];
        const ana_augmentation *pair = &pairs[i / 2];
        ana_covariance_options options = ana_covariance_options_default();
        options.estimator = i % 2 == 0 ? ANA_COVARIANCE_EMPIRICAL : ANA_COVARIANCE_OAS;
        snprintf(path, sizeof path, "acm/%s_o%zu_l%zu", names[i % 2], pair->order, pair->lag);
        ana_trial_signals trials = trials_of(file, path, &signals);
        const size_t m = trials.n_channels * pair->order;
        check_ok(ana_augmented_covariance(pair, &trials, &options, NULL, values));
        compare_to_largest(file, path, trials.n_trials * m * m, values, 1e-10, counts);
        check_ok(ana_augmented_signals(pair, &trials, embedded));
        check_ok(ana_augmented_length(pair, trials.n_times, &trials.n_times));
        trials.n_channels = m;
        trials.values = embedded;
        check_ok(ana_covariance_of_trials(&trials, &options, NULL, values));
        compare_to_largest(file, path, trials.n_trials * m * m, values, 1e-10, counts);
        snprintf(path, sizeof path, "acm/signal_o%zu_l%zu_shape", pair->order, pair->lag);
        h5_ints shape = h5_reference_ints(file, path);
        counts->n_cases++;
        tally_that(counts,
                   (size_t)shape.values[1] == m && (size_t)shape.values[2] == trials.n_times,
                   "%s: %zu x %zu", path, m, trials.n_times);
        h5_ints_free(&shape);
    }
    free(embedded);
    free(values);
    h5_doubles_free(&signals);
}

/* Eight channels of the trials of a split. */
static ana_trial_signals take_trials(const h5_doubles *signals, const h5_ints *rows, double *values)
{
    const size_t length = signals->shape[1] * signals->shape[2];
    const size_t kept = 8 * signals->shape[2];
    for (size_t k = 0; k < rows->n; k++) {
        memcpy(values + k * kept, signals->values + (size_t)rows->values[k] * length,
               kept * sizeof *values);
    }
    return (ana_trial_signals){
        .n_trials = rows->n, .n_channels = 8, .n_times = signals->shape[2], .values = values};
}

/* Two components of each of two classes of the training trials, whose signs are open, and 8
 * channels of the first test trials. */
static void compare_potentials(const h5_reference *file, tally *counts)
{
    h5_doubles signals = h5_reference_doubles(file, "in/X");
    h5_ints labels = h5_reference_ints(file, "in/y");
    h5_ints train = h5_reference_ints(file, "split/train");
    h5_ints test = h5_reference_ints(file, "split/test");
    h5_doubles wanted = h5_reference_doubles(file, "erpcov/cov_test");
    double *values = make_room(train.n * 8 * signals.shape[2]);
    double *prototypes = make_room(4 * signals.shape[2]);
    double *out = make_room(wanted.n);
    size_t classes[36] = {0};
    for (size_t k = 0; k < train.n; k++) {
        classes[k] = labels.values[train.values[k]] == labels.values[train.values[0]] ? 0 : 1;
    }
    /* The lower label stands first. */
    for (size_t k = 0; k < train.n; k++) {
        if (labels.values[train.values[k]] < labels.values[train.values[0]]) {
            for (size_t i = 0; i < train.n; i++) {
                classes[i] = 1 - classes[i];
            }
            break;
        }
    }
    ana_covariance_options options = ana_covariance_options_default();
    options.estimator = ANA_COVARIANCE_OAS;
    ana_trial_signals trials = take_trials(&signals, &train, values);
    check_ok(ana_erp_prototypes(&trials, classes, 2, 2, prototypes));
    trials = take_trials(&signals, &test, values);
    trials.n_trials = wanted.shape[0];
    check_ok(ana_erp_covariance(&trials, 4, prototypes, &options, NULL, out));
    for (size_t i = 0; i < wanted.n; i++) {
        const size_t row = i / 12 % 12;
        const size_t column = i % 12;
        /* Off-diagonal elements of a prototype's row or column, up to its sign. */
        const bool is_signed = row != column && (row < 4 || column < 4);
        const double value = is_signed ? fabs(out[i]) : out[i];
        const double right = is_signed ? fabs(wanted.values[i]) : wanted.values[i];
        tally_number(counts, value, right, 1e-9, 1e-10, "erpcov/cov_test[%zu]", i);
    }
    counts->n_cases++;
    free(out);
    free(prototypes);
    free(values);
    h5_doubles_free(&wanted);
    h5_ints_free(&test);
    h5_ints_free(&train);
    h5_ints_free(&labels);
    h5_doubles_free(&signals);
}

/* Arrays of the peer have the frequency last: channel x channel x frequency (x 2). */
static void compare_by_frequency(const h5_reference *file, const char *path, size_t n_frequencies,
                                 size_t parts, const double *values, tally *counts)
{
    double *turned = make_room(25 * n_frequencies * parts);
    for (size_t i = 0; i < 25 * n_frequencies * parts; i++) {
        const size_t part = i % parts;
        const size_t pair = i / parts % 25;
        const size_t frequency = i / parts / 25;
        turned[(pair * n_frequencies + frequency) * parts + part] = values[i];
    }
    compare_to_largest(file, path, 25 * n_frequencies * parts, turned, 1e-10, counts);
    free(turned);
}

/* Of five channels of the first trial. The ends of the peer's bands are half of what they are
 * (`compat`), which a coherence does not see. */
static void compare_spectra(const h5_reference *file, tally *counts)
{
    static const char *const paths[] = {"spec/cross_full", "spec/cross_w64", "spec/cross_w65"};
    h5_doubles signals = h5_reference_doubles(file, "in/X");
    const ana_trial_signals trial = {
        .n_trials = 1, .n_channels = 5, .n_times = signals.shape[2], .values = signals.values};
    double *spectra = make_room((size_t)33 * 25 * 2);
    double *coherence = make_room((size_t)33 * 25);
    size_t first = 0;
    size_t n = 0;
    for (size_t i = 0; i < 3; i++) {
        ana_cross_spectrum_options options = ana_cross_spectrum_options_default();
        options.compat = i > 0;
        options.window = (size_t)h5_reference_attribute(file, paths[i], "window", 64.0);
        options.overlap = h5_reference_attribute(file, paths[i], "overlap", 0.75);
        options.min_hz = h5_reference_attribute(file, paths[i], "fmin", 0.0);
        options.max_hz = h5_reference_attribute(file, paths[i], "fmax", 0.0);
        check_ok(ana_cross_spectrum_frequencies(&options, 160.0, &first, &n));
        check_ok(ana_cross_spectrum(&options, 160.0, &trial, spectra));
        compare_by_frequency(file, paths[i], n, 2, spectra, counts);
        if (i > 0) {
            char path[64];
            double hz[33];
            snprintf(path, sizeof path, "spec/freqs_w%zu", options.window);
            for (size_t k = 0; k < n; k++) {
                hz[k] = (double)(first + k) * 160.0 / (double)options.window;
            }
            compare_to_largest(file, path, n, hz, 1e-10, counts);
        }
        for (size_t kind = 0; kind < 4 && i == 1; kind++) {
            char path[64];
            snprintf(path, sizeof path, "spec/coh_%s", ana_coherence_names[kind]);
            check_ok(ana_coherence((ana_coherence_kind)kind, n, 5, spectra, coherence));
            compare_by_frequency(file, path, n, 1, coherence, counts);
        }
    }
    free(coherence);
    free(spectra);
    h5_doubles_free(&signals);
}

/* Two filters of the arithmetic mean of the training matrices, columns of the peer and up to sign,
 * applied to the first three test matrices. */
static void compare_whitening(const h5_reference *file, tally *counts)
{
    h5_doubles all = h5_reference_doubles(file, "spd/C");
    h5_ints train = h5_reference_ints(file, "split/train");
    h5_ints test = h5_reference_ints(file, "split/test");
    h5_doubles wanted = h5_reference_doubles(file, "whiten/filters");
    h5_doubles products = h5_reference_doubles(file, "whiten/out");
    ana_spd_whitening_options options = ana_spd_whitening_options_default();
    double *chosen = make_room(all.n);
    double filters[64];
    double out[3 * 4];
    double signs[2];
    size_t n_kept = 0;
    ana_spd_set set = {.n = 8, .n_matrices = train.n, .values = chosen};
    options.n_components = 2;
    for (size_t k = 0; k < train.n; k++) {
        memcpy(chosen + k * 64, all.values + train.values[k] * 64, 64 * sizeof *chosen);
    }
    check_ok(ana_spd_whitening_fit(&set, NULL, &options, &n_kept, filters, NULL));
    for (size_t k = 0; k < 2; k++) {
        signs[k] = copysign(1.0, filters[k * 8] * wanted.values[k]);
        for (size_t i = 0; i < 8; i++) {
            tally_number(counts, signs[k] * filters[k * 8 + i], wanted.values[i * 2 + k], 1e-10,
                         1e-10, "whiten/filters[%zu, %zu]", i, k);
        }
    }
    set.n_matrices = products.shape[0];
    for (size_t k = 0; k < set.n_matrices; k++) {
        memcpy(chosen + k * 64, all.values + test.values[k] * 64, 64 * sizeof *chosen);
    }
    check_ok(ana_spd_whitening_apply(&set, 2, filters, out));
    for (size_t i = 0; i < products.n; i++) {
        tally_number(counts, out[i] * signs[i / 2 % 2] * signs[i % 2], products.values[i], 1e-10,
                     1e-10, "whiten/out[%zu]", i);
    }
    counts->n_cases += 2;
    free(chosen);
    h5_doubles_free(&products);
    h5_doubles_free(&wanted);
    h5_ints_free(&test);
    h5_ints_free(&train);
    h5_doubles_free(&all);
}

void compare_covariance(const h5_reference *file, tally *counts)
{
    compare_estimators(file, counts);
    compare_structured(file, counts);
    compare_augmented(file, counts);
    compare_potentials(file, counts);
    compare_spectra(file, counts);
    compare_whitening(file, counts);
}
