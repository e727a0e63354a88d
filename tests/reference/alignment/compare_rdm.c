/* rdm.h5: covariances of noise, precisions, and dissimilarities of balanced, unbalanced, gappy and
 * counted trials. Two of rsatoolbox's values are not its own definition's, and are held as what
 * they are: poisson_cv returns its last fold alone, and the weighting "equal" drops each trial's
 * similarity with itself from the weights (1 / 2 is 0 in its integers) but not from the sums. */
#include "alignment.h"
#include "support/check.h"

#include <analysis/models/noise.h>
#include <analysis/models/rdm.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_CONDITIONS = 12,
    N_CHANNELS = 30,
    N_PAIRS = N_CONDITIONS * (N_CONDITIONS - 1) / 2
};

static const char *const estimators[] = {"full", "diag", "shrinkage_eye", "shrinkage_diag"};

static void hold(const h5_reference *file, const char *group, const char *name,
                 const ana_observations *rows, const ana_noise *noise,
                 const ana_rdm_options *options, tally *counts)
{
    char path[128];
    ana_rdms *rdms = NULL;
    check_ok(ana_rdm_compute(rows, noise, options, NULL, &rdms));
    snprintf(path, sizeof path, "%s/out/%s", group, name);
    compare_output(file, path, N_PAIRS, rdms->values, counts);
    ana_rdms_free(rdms);
}

static void hold_covariance(const h5_reference *file, const char *what, size_t estimator,
                            const ana_noise *noise, bool inverse, tally *counts)
{
    char path[128];
    double *values = calloc((size_t)N_CHANNELS * N_CHANNELS, sizeof *values);
    check_ok((inverse ? ana_noise_precision : ana_noise_covariance)(noise, values));
    snprintf(path, sizeof path, "balanced/out/%s_%s", what, estimators[estimator]);
    compare_output(file, path, (size_t)N_CHANNELS * N_CHANNELS, values, counts);
    free(values);
}

static void compare_noise(const h5_reference *file, const ana_observations *rows, tally *counts)
{
    h5_doubles residuals = h5_reference_doubles(file, "balanced/in/residuals");
    for (size_t k = 0; k < 4; k++) {
        ana_noise_options options = ana_noise_options_default();
        ana_noise *noise = NULL;
        options.estimator = (ana_noise_estimator)k;
        check_ok(ana_noise_of_residuals(residuals.shape[0], N_CHANNELS, residuals.values, &options,
                                        &noise));
        hold_covariance(file, "cov_residuals", k, noise, false, counts);
        hold_covariance(file, "prec_residuals", k, noise, true, counts);
        ana_noise_free(noise);
        check_ok(ana_noise_of_observations(rows, &options, &noise));
        hold_covariance(file, "cov_unbalanced", k, noise, false, counts);
        ana_noise_free(noise);
        /* cov_from_measurements takes rows less folds, 48 - 4, for the degrees of freedom of 48
         * rows less 12 conditions. */
        options.dof = 44.0;
        check_ok(ana_noise_of_observations(rows, &options, &noise));
        hold_covariance(file, "cov_measurements", k, noise, false, counts);
        ana_noise_free(noise);
    }
    h5_doubles_free(&residuals);
}

/* Each with its mean over channels, and without. */
static void hold_both(const h5_reference *file, const char *name, const ana_observations *rows,
                      const ana_noise *noise, ana_rdm_method method, tally *counts)
{
    char without[64];
    ana_rdm_options options = ana_rdm_options_default();
    options.method = method;
    snprintf(without, sizeof without, "%s_demean", name);
    hold(file, "balanced", name, rows, noise, &options, counts);
    options.remove_mean = true;
    hold(file, "balanced", without, rows, noise, &options, counts);
}

static void compare_noise_of_folds(const h5_reference *file, const ana_observations *rows,
                                   tally *counts)
{
    h5_doubles precisions = h5_reference_doubles(file, "balanced/in/prec_per_fold");
    ana_noise *noises[8] = {NULL};
    ana_rdms *rdms = NULL;
    double *covariance = calloc((size_t)N_CHANNELS * N_CHANNELS, sizeof *covariance);
    for (size_t f = 0; f < precisions.shape[0]; f++) {
        ana_noise *inverse = NULL; /* of a "covariance" that is the precision */
        check_ok(ana_noise_of_covariance(
            N_CHANNELS, precisions.values + f * N_CHANNELS * N_CHANNELS, &inverse));
        check_ok(ana_noise_precision(inverse, covariance));
        check_ok(ana_noise_of_covariance(N_CHANNELS, covariance, &noises[f]));
        ana_noise_free(inverse);
    }
    check_ok(ana_rdm_crossnobis_by_fold(rows, (const ana_noise *const *)noises, NULL, NULL, &rdms));
    compare_output(file, "balanced/out/rdm_crossnobis_noiselist", N_PAIRS, rdms->values, counts);
    ana_rdms_free(rdms);
    for (size_t f = 0; f < precisions.shape[0]; f++) {
        ana_noise_free(noises[f]);
    }
    free(covariance);
    h5_doubles_free(&precisions);
}

/* The peer's conditions stand in the order in which they first appear in the file. */
static void compare_spread(const h5_reference *file, const ana_observations *rows,
                           const ana_noise *noise, tally *counts)
{
    double spread[N_CONDITIONS * N_CONDITIONS];
    double ordered[N_CONDITIONS * N_CONDITIONS];
    size_t place[N_CONDITIONS];
    size_t n = 0;
    h5_ints condition = h5_reference_ints(file, "balanced/in/cond");
    for (size_t t = 0; t < condition.n && n < N_CONDITIONS; t++) {
        bool is_new = true;
        for (size_t k = 0; k < n; k++) {
            is_new = is_new && place[k] != (size_t)condition.values[t];
        }
        if (is_new) {
            place[n++] = (size_t)condition.values[t];
        }
    }
    check_ok(ana_rdm_noise_of_conditions(rows, noise, spread));
    for (size_t i = 0; i < n * n; i++) {
        ordered[i] = spread[place[i / n] * N_CONDITIONS + place[i % n]];
    }
    compare_output(file, "balanced/out/sigma_k", n * n, ordered, counts);
    h5_ints_free(&condition);
}

static void compare_balanced(const h5_reference *file, tally *counts)
{
    ana_observations *rows = read_trials(file, "balanced");
    h5_doubles residuals = h5_reference_doubles(file, "balanced/in/residuals");
    ana_rdm_options options = ana_rdm_options_default();
    ana_noise *noise = NULL;
    compare_noise(file, rows, counts);
    check_ok(
        ana_noise_of_residuals(residuals.shape[0], N_CHANNELS, residuals.values, NULL, &noise));
    hold_both(file, "rdm_euclidean", rows, NULL, ANA_RDM_EUCLIDEAN, counts);
    hold_both(file, "rdm_correlation", rows, NULL, ANA_RDM_CORRELATION, counts);
    hold_both(file, "rdm_mahalanobis", rows, noise, ANA_RDM_MAHALANOBIS, counts);
    hold_both(file, "rdm_crossnobis", rows, noise, ANA_RDM_CROSSNOBIS, counts);
    options.method = ANA_RDM_CROSSNOBIS;
    hold(file, "balanced", "rdm_crossnobis_closedform", rows, noise, &options, counts);
    hold(file, "balanced", "rdm_crossnobis_nonoise", rows, NULL, &options, counts);
    compare_noise_of_folds(file, rows, counts);
    compare_spread(file, rows, noise, counts);
    ana_noise_free(noise);
    h5_doubles_free(&residuals);
    ana_observations_free(rows);
}

static void compare_counts(const h5_reference *file, tally *counts)
{
    static const double priors[][2] = {{1.0, 0.1}, {2.0, 0.5}};
    ana_observations *rows = read_trials(file, "counts");
    ana_rdm_options options = ana_rdm_options_default();
    for (size_t k = 0; k < 2; k++) {
        char name[64];
        options.prior_rate = priors[k][0];
        options.prior_weight = priors[k][1];
        options.method = ANA_RDM_POISSON;
        options.pooling = ANA_RDM_FOLDS;
        snprintf(name, sizeof name, "rdm_poisson_pl%.1f_pw%.1f", priors[k][0], priors[k][1]);
        hold(file, "counts", name, rows, NULL, &options, counts);
        options.method = ANA_RDM_POISSON_CV;
        options.pooling = ANA_RDM_TRIALS;
        snprintf(name, sizeof name, "rdm_poisson_cv_unbalanced_pl%.1f_pw%.1f", priors[k][0],
                 priors[k][1]);
        hold(file, "counts", name, rows, NULL, &options, counts);
        options.pooling = ANA_RDM_FOLDS; /* balanced: the same number by another way */
        hold(file, "counts", k == 0 ? "rdm_poisson_cv" : name, rows, NULL, &options, counts);
    }
    ana_observations_free(rows);
}

static void compare_distances(const h5_reference *file, tally *counts)
{
    static const struct {
        const char *name;
        ana_rdm_method method;
        double scale;
    } cases[] = {
        {"braycurtis", ANA_RDM_BRAYCURTIS, 1.0},       {"canberra", ANA_RDM_CANBERRA, 1.0},
        {"chebyshev", ANA_RDM_CHEBYSHEV, 1.0},         {"cityblock", ANA_RDM_CITYBLOCK, 1.0},
        {"correlation", ANA_RDM_CORRELATION, 1.0},     {"cosine", ANA_RDM_COSINE, 1.0},
        {"euclidean", ANA_RDM_EUCLIDEAN_ROOT, 1.0},    {"spearman", ANA_RDM_SPEARMAN, 1.0},
        {"sqeuclidean", ANA_RDM_EUCLIDEAN, N_CHANNELS}};
    h5_doubles x = h5_reference_doubles(file, "pdist/in/X");
    ana_observations *rows = NULL;
    check_ok(ana_observations_new(N_CONDITIONS, N_CHANNELS, &rows));
    memcpy(rows->values, x.values, x.n * sizeof(double));
    rows->labels = calloc(N_CONDITIONS, sizeof *rows->labels);
    rows->label_names = calloc(N_CONDITIONS, sizeof *rows->label_names);
    rows->n_labels = N_CONDITIONS;
    for (size_t c = 0; c < N_CONDITIONS; c++) {
        rows->labels[c] = (int64_t)c;
        rows->label_names[c] = strdup("c");
    }
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        char path[64];
        ana_rdm_options options = ana_rdm_options_default();
        ana_rdms *rdms = NULL;
        options.method = cases[k].method;
        check_ok(ana_rdm_compute(rows, NULL, &options, NULL, &rdms));
        for (size_t i = 0; i < N_PAIRS; i++) {
            rdms->values[i] *= cases[k].scale;
        }
        snprintf(path, sizeof path, "pdist/out/%s", cases[k].name);
        compare_output(file, path, N_PAIRS, rdms->values, counts);
        ana_rdms_free(rdms);
    }
    ana_observations_free(rows);
    h5_doubles_free(&x);
}

/* What the peer's "equal" gives for methods that do not cross: sums over pairs of trials a <= b
 * with half of a trial's similarity with itself, over the number of pairs a < b. */
static double peer_equal(const ana_observations *rows, const double *similarity, size_t i, size_t j)
{
    double sum[3] = {0.0, 0.0, 0.0}; /* within i, within j, between */
    double weight[3] = {0.0, 0.0, 0.0};
    const size_t n = rows->n_times;
    for (size_t a = 0; a < n; a++) {
        for (size_t b = a; b < n; b++) {
            const size_t ca = (size_t)rows->labels[a];
            const size_t cb = (size_t)rows->labels[b];
            const bool of_both = (ca == i && cb == j) || (ca == j && cb == i);
            const size_t k = ca == cb ? (ca == i ? 0 : 1) : 2;
            if (of_both || (ca == cb && (ca == i || ca == j))) {
                sum[k] += (a == b ? 0.5 : 1.0) * similarity[a * n + b];
                weight[k] += a == b ? 0.0 : 1.0;
            }
        }
    }
    return sum[0] / weight[0] + sum[1] / weight[1] - 2.0 * sum[2] / weight[2];
}

static void compare_peer_equal(const h5_reference *file, const ana_observations *rows,
                               const char *name, const double *left, double scale, tally *counts)
{
    char path[64];
    double out[N_PAIRS];
    const size_t n = rows->n_times;
    double *similarity = calloc(n * n, sizeof *similarity);
    for (size_t a = 0; a < n * n; a++) {
        for (size_t k = 0; k < N_CHANNELS; k++) {
            similarity[a] += scale * left[a / n * N_CHANNELS + k] * left[a % n * N_CHANNELS + k];
        }
    }
    for (size_t i = 0; i < N_CONDITIONS; i++) {
        for (size_t j = i + 1; j < N_CONDITIONS; j++) {
            out[ana_rdm_pair(N_CONDITIONS, i, j)] = peer_equal(rows, similarity, i, j);
        }
    }
    snprintf(path, sizeof path, "unbalanced/out/rdm_%s_equal", name);
    compare_output(file, path, N_PAIRS, out, counts);
    free(similarity);
}

/* Trials as directions, for the peer's correlations. */
static void make_directions(const double *x, size_t n, double *out)
{
    for (size_t t = 0; t < n; t++) {
        double mean = 0.0;
        double square = 0.0;
        for (size_t k = 0; k < N_CHANNELS; k++) {
            mean += x[t * N_CHANNELS + k] / N_CHANNELS;
        }
        for (size_t k = 0; k < N_CHANNELS; k++) {
            square += (x[t * N_CHANNELS + k] - mean) * (x[t * N_CHANNELS + k] - mean);
        }
        for (size_t k = 0; k < N_CHANNELS; k++) {
            out[t * N_CHANNELS + k] = (x[t * N_CHANNELS + k] - mean) / sqrt(square);
        }
    }
}

static void compare_unbalanced(const h5_reference *file, tally *counts)
{
    ana_observations *rows = read_trials(file, "unbalanced");
    h5_doubles precision = h5_reference_doubles(file, "unbalanced/in/prec");
    ana_rdm_options options = ana_rdm_options_default();
    ana_noise *inverse = NULL;
    ana_noise *noise = NULL;
    double *scratch = calloc((size_t)N_CHANNELS * rows->n_times + (size_t)N_CHANNELS * N_CHANNELS,
                             sizeof *scratch);
    check_ok(ana_noise_of_covariance(N_CHANNELS, precision.values, &inverse));
    check_ok(ana_noise_precision(inverse, scratch));
    check_ok(ana_noise_of_covariance(N_CHANNELS, scratch, &noise));
    options.pooling = ANA_RDM_TRIALS;
    hold(file, "unbalanced", "rdm_correlation_number", rows, NULL, &options, counts);
    options.method = ANA_RDM_EUCLIDEAN;
    hold(file, "unbalanced", "rdm_euclidean_number", rows, NULL, &options, counts);
    options.method = ANA_RDM_MAHALANOBIS;
    hold(file, "unbalanced", "rdm_mahalanobis_number", rows, noise, &options, counts);
    options.method = ANA_RDM_CROSSNOBIS;
    hold(file, "unbalanced", "rdm_crossnobis_number", rows, noise, &options, counts);
    hold(file, "unbalanced", "rdm_crossnobis_nonoise_number", rows, NULL, &options, counts);
    options.trials_alike = true;
    hold(file, "unbalanced", "rdm_crossnobis_equal", rows, noise, &options, counts);
    hold(file, "unbalanced", "rdm_crossnobis_nonoise_equal", rows, NULL, &options, counts);
    compare_peer_equal(file, rows, "euclidean", rows->values, 1.0 / N_CHANNELS, counts);
    check_ok(ana_noise_whiten(noise, rows->n_times, rows->values, scratch, NULL));
    compare_peer_equal(file, rows, "mahalanobis", scratch, 1.0 / N_CHANNELS, counts);
    make_directions(rows->values, rows->n_times, scratch);
    compare_peer_equal(file, rows, "correlation", scratch, 0.5, counts);
    free(scratch);
    ana_noise_free(inverse);
    ana_noise_free(noise);
    h5_doubles_free(&precision);
    ana_observations_free(rows);
}

static void compare_gappy(const h5_reference *file, tally *counts)
{
    ana_observations *rows = read_trials(file, "unbalanced_nan");
    ana_rdm_options options = ana_rdm_options_default();
    options.pooling = ANA_RDM_TRIALS;
    options.method = ANA_RDM_EUCLIDEAN;
    hold(file, "unbalanced_nan", "rdm_euclidean", rows, NULL, &options, counts);
    options.method = ANA_RDM_CROSSNOBIS;
    hold(file, "unbalanced_nan", "rdm_crossnobis", rows, NULL, &options, counts);
    ana_observations_free(rows);
}

void compare_rdm(const h5_reference *file, tally *counts)
{
    compare_balanced(file, counts);
    compare_counts(file, counts);
    compare_distances(file, counts);
    compare_unbalanced(file, counts);
    compare_gappy(file, counts);
}
