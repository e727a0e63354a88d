/* encoding.h5: maps from features to units over five folds, penalties chosen, reliability and
 * normalised predictivity. The file's responses are means over its trials. */
#include "alignment.h"
#include "support/check.h"

#include <analysis/models/ceiling.h>
#include <analysis/models/encoding.h>
#include <analysis/models/encoding_maps.h>
#include <analysis/models/ridge.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 120,
    P = 40,
    Q = 15,
    N_TRIALS = 10,
    N_FOLDS = 5,
    N_BANDS = 5,
    N_SPLITS = 20
};

typedef struct encoding_file {
    const h5_reference *file;
    ana_responses *features;
    ana_responses *target;
    ana_observations *trials; /* labelled by stimulus */
    ana_folds *folds;
    tally *counts;
} encoding_file;

static void hold(const encoding_file *self, const char *group, const char *name, size_t n,
                 const double *values)
{
    char path[128];
    snprintf(path, sizeof path, "out/%s%s%s", group, name[0] != '\0' ? "/" : "", name);
    compare_output(self->file, path, n, values, self->counts);
}

static ana_observations *read_repeats(const h5_reference *file)
{
    h5_doubles trials = h5_reference_doubles(file, "in/trials"); /* stimulus x trial x unit */
    ana_observations *rows = NULL;
    check_ok(ana_observations_new((size_t)N * N_TRIALS, Q, &rows));
    memcpy(rows->values, trials.values, trials.n * sizeof(double));
    rows->n_labels = N;
    rows->labels = calloc(rows->n_times, sizeof *rows->labels);
    rows->label_names = calloc(N, sizeof *rows->label_names);
    for (size_t t = 0; t < rows->n_times; t++) {
        rows->labels[t] = (int64_t)(t / N_TRIALS);
    }
    for (size_t s = 0; s < N; s++) {
        char name[32];
        snprintf(name, sizeof name, "%zu", s);
        rows->label_names[s] = strdup(name);
    }
    h5_doubles_free(&trials);
    return rows;
}

static ana_folds *read_folds(const h5_reference *file)
{
    h5_ints fold = h5_reference_ints(file, "in/fold");
    ana_folds *folds = calloc(1, sizeof *folds);
    folds->n_items = N;
    folds->n_folds = N_FOLDS;
    folds->folds = calloc(N_FOLDS, sizeof *folds->folds);
    for (size_t k = 0; k < N_FOLDS; k++) {
        folds->folds[k].test = calloc(N, sizeof(size_t));
        for (size_t i = 0; i < N; i++) {
            if (fold.values[i] == (int64_t)k) {
                folds->folds[k].test[folds->folds[k].n_test++] = i;
            }
        }
    }
    h5_ints_free(&fold);
    return folds;
}

static encoding_file open_inputs(const h5_reference *file, tally *counts)
{
    encoding_file self = {.file = file, .counts = counts, .folds = read_folds(file)};
    h5_doubles x = h5_reference_doubles(file, "in/features");
    self.trials = read_repeats(file);
    check_ok(ana_responses_new("features", N, P, &self.features));
    check_ok(ana_responses_new("units", N, Q, &self.target));
    memcpy(self.features->values, x.values, x.n * sizeof(double));
    for (size_t t = 0; t < self.trials->n_times; t++) {
        for (size_t j = 0; j < Q; j++) {
            self.target->values[t / N_TRIALS * Q + j] +=
                self.trials->values[t * Q + j] / (double)N_TRIALS;
        }
    }
    h5_doubles_free(&x);
    return self;
}

static void close_inputs(encoding_file *self)
{
    ana_responses_free(self->features);
    ana_responses_free(self->target);
    ana_observations_free(self->trials);
    ana_folds_free(self->folds);
}

static void compare_map(const encoding_file *self, const char *group, ana_encoding_options *options)
{
    ana_encoding *encoding = NULL;
    options->folds = self->folds;
    check_ok(ana_encoding_compute(1, (ana_responses *const *)&self->features, self->target, NULL,
                                  options, &encoding));
    hold(self, group, "pred", (size_t)N * Q, encoding->predicted);
    hold(self, group, "r_fold", (size_t)N_FOLDS * Q, encoding->r_folds);
    hold(self, group, "score", 1, &encoding->median);
    ana_encoding_free(encoding);
}

/* Directions as the peer's NIPALS leaves them; the exact ones are off by 5e-5. */
static void compare_pls(const encoding_file *self)
{
    static const size_t n_components[] = {1, 5, 10};
    for (size_t k = 0; k < 3; k++) {
        char group[32];
        ana_encoding_options options = ana_encoding_options_default();
        options.map = ANA_ENCODING_PLS;
        options.n_components = n_components[k];
        options.pls_tolerance = 1e-12;
        snprintf(group, sizeof group, "pls%zu", n_components[k]);
        compare_map(self, group, &options);
    }
}

static void compare_ridge(const encoding_file *self)
{
    static const struct {
        const char *group;
        double penalty;
    } cases[] = {{"ridge0.1", 0.1}, {"ridge10.0", 10.0}, {"ridge1000.0", 1000.0}};
    for (size_t k = 0; k < 3; k++) {
        ana_encoding_options options = ana_encoding_options_default();
        options.n_penalties = 1;
        options.penalties = &cases[k].penalty;
        compare_map(self, cases[k].group, &options);
    }
}

static void compare_leave_one_out(const encoding_file *self, const h5_doubles *penalties)
{
    ana_ridge_options options = ana_ridge_options_default();
    ana_ridge *ridge = NULL;
    double coefficients[Q * P];
    options.n_penalties = penalties->n;
    options.penalties = penalties->values;
    check_ok(
        ana_ridge_fit(N, P, self->features->values, Q, self->target->values, &options, &ridge));
    for (size_t j = 0; j < Q; j++) {
        for (size_t i = 0; i < P; i++) {
            coefficients[j * P + i] = ridge->weights[i * Q + j];
        }
    }
    hold(self, "ridgecv_loo", "alpha_per_target", Q, ridge->penalty);
    hold(self, "ridgecv_loo", "coef", (size_t)Q * P, coefficients);
    ana_ridge_free(ridge);
    options.per_target = false;
    check_ok(
        ana_ridge_fit(N, P, self->features->values, Q, self->target->values, &options, &ridge));
    hold(self, "ridgecv_loo", "alpha_global", 1, ridge->penalty);
    ana_ridge_free(ridge);
}

static void take_means_away(size_t n, size_t m, double *x)
{
    for (size_t j = 0; j < m; j++) {
        double mean = 0.0;
        for (size_t i = 0; i < n; i++) {
            mean += x[i * m + j] / (double)n;
        }
        for (size_t i = 0; i < n; i++) {
            x[i * m + j] -= mean;
        }
    }
}

/* The peer's data lose the means of all rows, and its folds no means of their own. */
static void compare_folds(const encoding_file *self, const h5_doubles *penalties)
{
    const size_t space_start[] = {0, P / 2, P};
    h5_doubles gammas = h5_reference_doubles(self->file, "in/banded_gammas");
    const ana_bands bands = {2, space_start, N_BANDS, gammas.values};
    ana_ridge_options options = ana_ridge_options_default();
    ana_ridge *ridge = NULL;
    double x[N * P];
    double y[N * Q];
    double values[N_BANDS * Q];
    memcpy(x, self->features->values, sizeof x);
    memcpy(y, self->target->values, sizeof y);
    take_means_away(N, P, x);
    take_means_away(N, Q, y);
    options.n_penalties = penalties->n;
    options.penalties = penalties->values;
    options.intercept = false;
    options.folds = self->folds;
    check_ok(ana_ridge_fit(N, P, x, Q, y, &options, &ridge));
    for (size_t j = 0; j < Q; j++) { /* its scores are errors with a minus sign */
        values[j] = -INFINITY;
        for (size_t a = 0; a < penalties->n; a++) {
            values[j] = fmax(values[j], -ridge->losses[a * Q + j]);
        }
    }
    hold(self, "himalaya_ridge_cv", "cv_scores", Q, values);
    hold(self, "himalaya_ridge_cv", "best_alphas", Q, ridge->penalty);
    hold(self, "himalaya_ridge_cv", "coefs", (size_t)P * Q, ridge->weights);
    ana_ridge_free(ridge);
    options.bands = &bands;
    check_ok(ana_ridge_fit(N, P, x, Q, y, &options, &ridge));
    for (size_t k = 0; k < (size_t)N_BANDS * Q; k++) {
        values[k] = -ridge->draw_losses[k];
    }
    hold(self, "himalaya_banded", "cv_scores", (size_t)N_BANDS * Q, values);
    hold(self, "himalaya_banded", "weights", (size_t)P * Q, ridge->weights);
    for (size_t k = 0; k < 2 * Q; k++) {
        values[k] = log(ridge->gamma[k] / ridge->penalty[k % Q]);
    }
    hold(self, "himalaya_banded", "deltas", 2 * (size_t)Q, values);
    ana_ridge_free(ridge);
    h5_doubles_free(&gammas);
}

/* Halves as the file has them, the same trials of all stimuli. */
static void compare_split_half(const encoding_file *self, double *reliability)
{
    h5_ints orders = h5_reference_ints(self->file, "in/split_perms");
    double r[N_SPLITS * Q];
    double corrected[N_SPLITS * Q];
    double median = 0.0;
    int *half = calloc(self->trials->n_times, sizeof *half);
    memset(reliability, 0, Q * sizeof *reliability);
    for (size_t k = 0; k < N_SPLITS; k++) {
        for (size_t t = 0; t < self->trials->n_times; t++) {
            const size_t at = t % N_TRIALS;
            half[t / N_TRIALS * N_TRIALS + (size_t)orders.values[k * N_TRIALS + at]] =
                at < N_TRIALS / 2 ? 0 : 1;
        }
        check_ok(ana_ceiling_of_halves(self->trials, half, r + k * Q));
    }
    for (size_t k = 0; k < (size_t)N_SPLITS * Q; k++) {
        corrected[k] = ana_ceiling_spearman_brown(r[k]);
        reliability[k % Q] += corrected[k] / (double)N_SPLITS;
    }
    hold(self, "ceiling", "splithalf_r", (size_t)N_SPLITS * Q, r);
    hold(self, "ceiling", "spearman_brown", (size_t)N_SPLITS * Q, corrected);
    check_ok(ana_stats_median(Q, reliability, &median));
    hold(self, "ceiling", "median", 1, &median);
    free(half);
    h5_ints_free(&orders);
}

static void compare_variances(const encoding_file *self)
{
    ana_ceiling_options options = ana_ceiling_options_default();
    ana_ceiling *ceiling = NULL;
    double percent[Q];
    options.method = ANA_CEILING_NSD;
    check_ok(ana_ceiling_compute(self->trials, 0, NULL, &options, &ceiling));
    for (size_t j = 0; j < Q; j++) {
        percent[j] = 100.0 * ceiling->reliability[j];
    }
    hold(self, "ceiling", "noise_var", Q, ceiling->noise_variance);
    hold(self, "ceiling", "signal_var", Q, ceiling->signal_variance);
    hold(self, "ceiling", "nsd_nc", Q, percent);
    ana_ceiling_free(ceiling);
}

/* Ridge of penalty 10, all held-out stimuli at once, by the mean reliability of the splits. */
static void compare_predictivity(const encoding_file *self, double *reliability)
{
    static const double penalty = 10.0;
    const ana_ceiling ceiling = {.n_units = Q, .reliability = reliability};
    ana_encoding_options options = ana_encoding_options_default();
    ana_encoding *encoding = NULL;
    options.n_penalties = 1;
    options.penalties = &penalty;
    options.folds = self->folds;
    options.pooled = true;
    for (size_t k = 0; k < 2; k++) {
        options.measure = k == 0 ? ANA_ENCODING_PEARSON : ANA_ENCODING_SQUARED;
        check_ok(ana_encoding_compute(1, (ana_responses *const *)&self->features, self->target,
                                      &ceiling, &options, &encoding));
        if (k == 0) {
            hold(self, "predictivity", "r", Q, encoding->r_pooled);
            hold(self, "predictivity", "r2", Q, encoding->r2);
            hold(self, "predictivity", "r_over_sqrt_rel", Q, encoding->normalised);
        } else {
            hold(self, "predictivity", "r2_over_rel", Q, encoding->normalised);
        }
        ana_encoding_free(encoding);
    }
}

static void compare_single_units(const encoding_file *self)
{
    ana_unit_map *map = NULL;
    double feature[Q];
    check_ok(ana_unit_map_fit(N, P, self->features->values, Q, self->target->values, false, &map));
    for (size_t j = 0; j < Q; j++) {
        feature[j] = (double)map->feature[j];
    }
    hold(self, "single_map", "", Q, feature);
    ana_unit_map_free(map);
}

void compare_encoding(const h5_reference *file, tally *counts)
{
    h5_doubles penalties = h5_reference_doubles(file, "in/alphas");
    encoding_file self = open_inputs(file, counts);
    double reliability[Q];
    const size_t before = counts->n_cases;
    compare_pls(&self);
    compare_ridge(&self);
    compare_leave_one_out(&self, &penalties);
    compare_folds(&self, &penalties);
    compare_split_half(&self, reliability);
    compare_variances(&self);
    compare_predictivity(&self, reliability);
    compare_single_units(&self);
    compare_decoding(file, counts);
    counts->n_unread += h5_reference_count(file) - (counts->n_cases - before);
    h5_doubles_free(&penalties);
    close_inputs(&self);
}
