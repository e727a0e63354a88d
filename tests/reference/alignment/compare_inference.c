/* inference.h5: pools, ceilings, fixed evaluation with its tests, bootstraps with recorded draws,
 * and similarities under recorded permutations. */
#include "alignment.h"
#include "bca.h"
#include "rsa_parts.h"
#include "support/check.h"

#include <analysis/models/rsa.h>
#include <analysis/models/rsa_flexible.h>
#include <analysis/resampling.h>
#include <analysis/signed_rank.h>
#include <analysis/stats.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_CONDITIONS = 16,
    N_PAIRS = N_CONDITIONS * (N_CONDITIONS - 1) / 2
};

static const struct {
    const char *name;
    ana_rdm_similarity similarity;
} cases[] = {{"corr", ANA_RDM_SIM_PEARSON},      {"corr_cov", ANA_RDM_SIM_WHITENED_CORRELATION},
             {"cosine", ANA_RDM_SIM_COSINE},     {"cosine_cov", ANA_RDM_SIM_WHITENED_COSINE},
             {"kendall", ANA_RDM_SIM_TAU_B},     {"rho-a", ANA_RDM_SIM_RHO_A},
             {"spearman", ANA_RDM_SIM_SPEARMAN}, {"tau-a", ANA_RDM_SIM_TAU_A}};

static ana_rdms *read_matrices(const h5_reference *file, const char *path)
{
    ana_rdms *rdms = NULL;
    h5_doubles values = h5_reference_doubles(file, path);
    check_ok(ana_rdms_new(values.n / N_PAIRS, N_CONDITIONS, &rdms));
    memcpy(rdms->values, values.values, values.n * sizeof(double));
    h5_doubles_free(&values);
    return rdms;
}

static void hold(const h5_reference *file, const char *group, const char *name, const char *what,
                 size_t n, const double *values, tally *counts)
{
    char path[128];
    snprintf(path, sizeof path, "out/%s/%s%s%s", group, name, what[0] != '\0' ? "/" : "", what);
    compare_output(file, path, n, values, counts);
}

/* Of the four models' means over subjects, by the divisor S; returns `out`. */
static const double *covariance_of_means(const ana_rsa *rsa, double *out)
{
    double columns[9 * 4];
    const size_t n = rsa->n_subjects;
    for (size_t i = 0; i < 4 * n; i++) {
        columns[i % n * 4 + i / n] = rsa->values[i] / sqrt((double)n);
    }
    check_ok(ana_stats_covariance(n, 4, columns, 0, NULL, out));
    return out;
}

static void compare_fixed(const h5_reference *file, const ana_rdms *subjects,
                          const ana_rdms *models, size_t k, tally *counts)
{
    ana_rsa_options options = ana_rsa_options_default();
    ana_rsa *rsa = NULL;
    double pool[N_PAIRS];
    double covariance[16];
    const char *name = cases[k].name;
    options.compare.similarity = cases[k].similarity;
    options.n_permutations = 0;
    options.n_bootstraps = 0;
    options.correction = ANA_CORRECTION_BONFERRONI;
    check_ok(ana_rsa_compute(subjects, models, NULL, &options, &rsa));
    for (size_t i = 0; i < 16; i++) { /* the peer's are not corrected: six tests */
        rsa->p_between[i] /= i / 4 == i % 4 ? 1.0 : 6.0;
    }
    const double ceilings[] = {rsa->ceiling_low, rsa->ceiling_high};
    const double df = (double)rsa->n_subjects - 1.0;
    hold(file, "fixed", name, "evaluations", 4 * rsa->n_subjects, rsa->values, counts);
    hold(file, "fixed", name, "p_zero", 4, rsa->p_zero, counts);
    hold(file, "fixed", name, "p_noise", 4, rsa->p_ceiling, counts);
    hold(file, "fixed", name, "p_pair", 16, rsa->p_between, counts);
    hold(file, "fixed", name, "dof", 1, &df, counts);
    hold(file, "fixed", name, "variances", 16, covariance_of_means(rsa, covariance), counts);
    hold(file, "noise_ceiling", name, "", 2, ceilings, counts);
    check_ok(ana_rdm_pool(subjects, cases[k].similarity, subjects->n_rdms, pool));
    hold(file, "pooled", name, "", N_PAIRS, pool, counts);
    ana_rsa_free(rsa);
}

/* The first model against the plain mean of the subjects under the file's own permutations. */
static void compare_permuted(const h5_reference *file, const ana_rdms *subjects,
                             const ana_rdms *models, const char *name,
                             ana_rdm_similarity similarity, tally *counts)
{
    h5_ints orders = h5_reference_ints(file, "in/perms");
    ana_rdms *one = NULL;
    ana_rdms *moved = NULL;
    ana_rdm_compare_options options = ana_rdm_compare_options_default();
    double *null = calloc(orders.shape[0], sizeof *null);
    double observed = 0.0;
    options.similarity = similarity;
    check_ok(ana_rdms_new(1, N_CONDITIONS, &moved));
    check_ok(ana_rdms_new(1, N_CONDITIONS, &one));
    for (size_t k = 0; k < subjects->n_rdms * N_PAIRS; k++) {
        one->values[k % N_PAIRS] += subjects->values[k] / (double)subjects->n_rdms;
    }
    for (size_t r = 0; r <= orders.shape[0]; r++) {
        for (size_t i = 0; i < N_CONDITIONS; i++) {
            for (size_t j = i + 1; j < N_CONDITIONS; j++) {
                const int64_t *order = orders.values + r * N_CONDITIONS;
                const size_t a = r < orders.shape[0] ? (size_t)order[i] : i;
                const size_t b = r < orders.shape[0] ? (size_t)order[j] : j;
                moved->values[ana_rdm_pair(N_CONDITIONS, i, j)] =
                    models->values[a < b ? ana_rdm_pair(N_CONDITIONS, a, b)
                                         : ana_rdm_pair(N_CONDITIONS, b, a)];
            }
        }
        check_ok(ana_rdm_compare(moved, one, NULL, &options,
                                 r < orders.shape[0] ? &null[r] : &observed));
    }
    double p = 0.0;
    check_ok(
        ana_resampling_p_values(orders.shape[0], 1, &observed, null, ANA_TAIL_GREATER, &p, NULL));
    hold(file, "perm", name, "null", orders.shape[0], null, counts);
    hold(file, "perm", name, "observed", 1, &observed, counts);
    hold(file, "perm", name, "p_right", 1, &p, counts);
    free(null);
    ana_rdms_free(moved);
    ana_rdms_free(one);
    h5_ints_free(&orders);
}

static void compare_corrections(const h5_reference *file, tally *counts)
{
    static const struct {
        const char *name;
        ana_correction method;
    } corrections[] = {{"bonferroni", ANA_CORRECTION_BONFERRONI},
                       {"holm", ANA_CORRECTION_HOLM},
                       {"fdr_bh", ANA_CORRECTION_BENJAMINI_HOCHBERG},
                       {"fdr_by", ANA_CORRECTION_BENJAMINI_YEKUTIELI}};
    h5_doubles p = h5_reference_doubles(file, "in/pvals");
    double *adjusted = calloc(p.n, sizeof *adjusted);
    for (size_t k = 0; k < 4; k++) {
        check_ok(ana_resampling_adjust(p.n, p.values, corrections[k].method, adjusted));
        hold(file, "multitest", corrections[k].name, "", p.n, adjusted, counts);
    }
    free(adjusted);
    h5_doubles_free(&p);
}

/* Drawn indices as times. NULL where the file has none. */
static size_t *read_draws(const h5_reference *file, const char *group, const char *what, size_t n)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", group, what);
    if (!h5_reference_has(file, path)) {
        return NULL;
    }
    h5_ints drawn = h5_reference_ints(file, path);
    size_t *times = calloc(drawn.shape[0] * n, sizeof *times);
    for (size_t k = 0; k < drawn.n; k++) {
        times[k / drawn.shape[1] * n + (size_t)drawn.values[k]]++;
    }
    h5_ints_free(&drawn);
    return times;
}

/* Covariance of the models, and where the file has six rows of the ceilings too. */
static void hold_covariance(const h5_reference *file, const char *group, size_t n,
                            const double *values, tally *counts)
{
    char path[128];
    double whole[36];
    double part[16];
    snprintf(path, sizeof path, "%s/variances", group);
    h5_doubles wanted = h5_reference_doubles(file, path);
    check_ok(ana_stats_covariance(n, 6, values, 1, NULL, whole));
    for (size_t k = 0; k < 16; k++) {
        part[k] = whole[k / 4 * 6 + k % 4];
    }
    compare_output(file, path, wanted.n, wanted.n == 16 ? part : whole, counts);
    h5_doubles_free(&wanted);
}

static void compare_bootstrap(const h5_reference *file, const ana_rdms *subjects,
                              const ana_rdms *models, const char *over, const char *name,
                              ana_rdm_similarity similarity, tally *counts)
{
    enum {
        N_SAMPLES = 60
    };
    char group[64];
    char path[128];
    double values[N_SAMPLES * 6];
    double evaluations[N_SAMPLES * 4];
    double ceilings[2 * N_SAMPLES];
    const bool both = strcmp(over, "both") == 0;
    const bool of_subjects = both || strcmp(over, "rdm") == 0;
    const bool of_conditions = both || strcmp(over, "pattern") == 0;
    ana_rsa_bootstrap_options options = ana_rsa_bootstrap_options_default();
    options.compare.similarity = similarity;
    snprintf(group, sizeof group, "out/boot_%s/%s", over, name);
    size_t *drawn_subjects =
        of_subjects ? read_draws(file, group, both ? "idx_rdm" : "idx", subjects->n_rdms) : NULL;
    size_t *drawn_conditions =
        of_conditions ? read_draws(file, group, both ? "idx_pattern" : "idx", N_CONDITIONS) : NULL;
    const ana_rsa_draws draws = {
        .n_samples = N_SAMPLES, .subjects = drawn_subjects, .conditions = drawn_conditions};
    check_ok(ana_rsa_evaluate_draws(subjects, models, NULL, &options, &draws, values));
    for (size_t i = 0; i < N_SAMPLES; i++) {
        memcpy(evaluations + i * 4, values + i * 6, 4 * sizeof *values);
        ceilings[i] = values[i * 6 + 4];
        ceilings[N_SAMPLES + i] = values[i * 6 + 5];
    }
    snprintf(path, sizeof path, "%s/evaluations", group);
    compare_output(file, path, (size_t)N_SAMPLES * 4, evaluations, counts);
    snprintf(path, sizeof path, "%s/noise_ceiling", group);
    compare_output(file, path, (size_t)N_SAMPLES * 2, ceilings, counts);
    hold_covariance(file, group, N_SAMPLES, values, counts);
    counts->n_cases += both ? 2 : 1; /* the draws, read */
    free(drawn_subjects);
    free(drawn_conditions);
}

/* Variance of the contrast of two quantities in each of the file's covariances: both, subjects,
 * conditions. */
static double dual(const h5_doubles *covariance, size_t i, size_t j, bool small)
{
    static const size_t place[] = {2, 0, 1};
    double variance[3];
    for (size_t f = 0; f < 3; f++) {
        const double *c = covariance->values + f * 36;
        variance[place[f]] = i == j ? c[i * 7] : c[i * 7] + c[j * 7] - 2.0 * c[i * 6 + j];
    }
    const size_t many = SIZE_MAX; /* without the small samples' factors */
    return ana_rsa_dual_variance(variance, small ? 9 : many, small ? 16 : many);
}

static void compare_dual(const h5_reference *file, tally *counts)
{
    h5_doubles covariance = h5_reference_doubles(file, "in/dual_cov");
    for (size_t k = 0; k < 2; k++) {
        double models[4];
        double ceilings[8];
        double differences[6];
        size_t pair = 0;
        const char *name = k == 0 ? "inf" : "small";
        for (size_t i = 0; i < 4; i++) {
            models[i] = dual(&covariance, i, i, k == 1);
            ceilings[2 * i] = dual(&covariance, i, 4, k == 1);
            ceilings[2 * i + 1] = dual(&covariance, i, 5, k == 1);
            for (size_t j = i + 1; j < 4; j++) {
                differences[pair++] = dual(&covariance, i, j, k == 1);
            }
        }
        hold(file, "dual", name, "model_var", 4, models, counts);
        hold(file, "dual", name, "nc_var", 8, ceilings, counts);
        hold(file, "dual", name, "diff_var", 6, differences, counts);
    }
    h5_doubles_free(&covariance);
}

/* Tests over subjects of Spearman correlations, the t-test of their Fisher transform. */
static void compare_over_subjects(const h5_reference *file, const ana_rdms *subjects,
                                  const ana_rdms *models, tally *counts)
{
    double values[36];
    double transformed[36];
    double p_t[4];
    double p_rank[4];
    ana_rsa_options options = ana_rsa_options_default();
    options.compare.similarity = ANA_RDM_SIM_SPEARMAN;
    check_ok(ana_rdm_compare(models, subjects, NULL, &options.compare, values));
    for (size_t m = 0; m < 4; m++) {
        for (size_t s = 0; s < 9; s++) {
            transformed[m * 9 + s] = atanh(values[m * 9 + s]);
        }
        options.test = ANA_RSA_T;
        check_ok(ana_rsa_test_values(9, transformed + m * 9, &options, true, 0, &p_t[m]));
        options.test = ANA_RSA_SIGNED_RANK;
        check_ok(ana_rsa_test_values(9, transformed + m * 9, &options, true, 0, &p_rank[m]));
    }
    hold(file, "rfx", "spearman", "", 36, values, counts);
    hold(file, "rfx", "ttest_p", "", 4, p_t, counts);
    hold(file, "rfx", "wilcoxon_p", "", 4, p_rank, counts);
}

/* The correlation of x and y at the places that an order names. */
static double correlation_at(size_t n, const size_t *order, const h5_doubles *x,
                             const h5_doubles *y)
{
    double a[32];
    double b[32];
    for (size_t i = 0; i < n; i++) {
        a[i] = x->values[order[i]];
        b[i] = y->values[order[i]];
    }
    return ana_stats_pearson(n, a, b);
}

static void compare_bca(const h5_reference *file, tally *counts)
{
    h5_ints drawn = h5_reference_ints(file, "in/bca_idx");
    h5_doubles x = h5_reference_doubles(file, "in/bca_x");
    h5_doubles y = h5_reference_doubles(file, "in/bca_y");
    double *resampled = calloc(drawn.shape[0], sizeof *resampled);
    double left_out[32];
    size_t order[32];
    double ends[2];
    const size_t n = x.n;
    for (size_t r = 0; r < drawn.shape[0]; r++) {
        for (size_t i = 0; i < n; i++) {
            order[i] = (size_t)drawn.values[r * n + i];
        }
        resampled[r] = correlation_at(n, order, &x, &y);
    }
    for (size_t r = 0; r <= n; r++) {
        for (size_t i = 0; i < n; i++) {
            order[i] = i < r ? i : i + 1;
        }
        left_out[r] = r < n ? correlation_at(n - 1, order, &x, &y) : 0.0;
    }
    const double estimate = ana_stats_pearson(n, x.values, y.values);
    const double terms[] = {ana_bca_bias(drawn.shape[0], resampled, estimate),
                            ana_bca_acceleration(n, left_out)};
    check_ok(ana_resampling_bca(drawn.shape[0], resampled, estimate, n, left_out, 0.95, ends));
    hold(file, "bca", "ci", "", 2, ends, counts);
    hold(file, "bca", "z0_acc", "", 2, terms, counts);
    free(resampled);
    h5_ints_free(&drawn);
    h5_doubles_free(&x);
    h5_doubles_free(&y);
}

/* Weights, of the pool as the peer has them, and of the mean similarity itself. */
static void compare_fits(const h5_reference *file, const ana_rdms *subjects, const ana_rdms *models,
                         const char *name, ana_rdm_similarity similarity, tally *counts)
{
    double weights[4];
    double place = 0.0;
    ana_rsa_flexible_options options = ana_rsa_flexible_options_default();
    options.compare.similarity = similarity;
    check_ok(ana_rsa_fit_weights(subjects, models, NULL, &options, ANA_RSA_SELECT, weights));
    for (size_t m = 0; m < 4; m++) {
        place += weights[m] * (double)m;
    }
    hold(file, "fit/select", name, "", 1, &place, counts);
    check_ok(ana_rsa_fit_weights(subjects, models, NULL, &options, ANA_RSA_INTERPOLATED, weights));
    hold(file, "fit/interpolate", name, "", 4, weights, counts);
    options.to_pool = true;
    check_ok(ana_rsa_fit_weights(subjects, models, NULL, &options, ANA_RSA_WEIGHTED, weights));
    hold(file, "fit/regress", name, "", 4, weights, counts);
    hold(file, "fit/regress_definition", name, "", 4, weights, counts);
    check_ok(ana_rsa_fit_weights(subjects, models, NULL, &options, ANA_RSA_NON_NEGATIVE, weights));
    hold(file, "fit/regress_nn", name, "", 4, weights, counts);
    hold(file, "fit/nnls_definition", name, "", 4, weights, counts);
}

/* What weights of the mean similarity reach is what the peer's search comes to. */
static void compare_reached(const h5_reference *file, const ana_rdms *subjects,
                            const ana_rdms *models, const char *name, ana_rdm_similarity similarity,
                            ana_rsa_flexibility kind, tally *counts)
{
    double weights[4];
    double values[9];
    ana_rdms *sum = NULL;
    ana_rsa_flexible_options options = ana_rsa_flexible_options_default();
    options.compare.similarity = similarity;
    check_ok(ana_rsa_fit_weights(subjects, models, NULL, &options, kind, weights));
    check_ok(ana_rdms_new(1, N_CONDITIONS, &sum));
    for (size_t k = 0; k < 4 * N_PAIRS; k++) {
        sum->values[k % N_PAIRS] += weights[k / N_PAIRS] * models->values[k];
    }
    check_ok(ana_rdm_compare(sum, subjects, NULL, &options.compare, values));
    const double mean = ana_stats_mean(9, values);
    hold(file, kind == ANA_RSA_WEIGHTED ? "fit/optimize_score" : "fit/optimize_positive_score",
         name, "", 1, &mean, counts);
    ana_rdms_free(sum);
}

/* Fold of each thing, of the file's lists of what each fold tests. */
static void read_folds(const h5_reference *file, const char *path, size_t per_fold, size_t *fold)
{
    h5_ints tests = h5_reference_ints(file, path);
    for (size_t k = 0; k < tests.n; k++) {
        if (tests.values[k] >= 0) {
            const size_t row = k / tests.shape[1];
            fold[tests.values[k]] = per_fold > 1 ? row / per_fold : row % 2;
        }
    }
    h5_ints_free(&tests);
}

static void compare_cross_validated(const h5_reference *file, const ana_rdms *subjects,
                                    const ana_rdms *models, const char *name,
                                    ana_rdm_similarity similarity, tally *counts)
{
    size_t subject_folds[9];
    size_t condition_folds[N_CONDITIONS];
    ana_rsa_flexible_options options = ana_rsa_flexible_options_default();
    ana_rsa_flexible *flexible = NULL;
    options.compare.similarity = similarity;
    options.kind = ANA_RSA_WEIGHTED;
    options.to_pool = true;
    options.n_subject_folds = 3;
    options.n_condition_folds = 2;
    read_folds(file, "out/cv/test_rdm", 2, subject_folds);
    read_folds(file, "out/cv/test_pattern", 1, condition_folds);
    options.subject_folds = subject_folds;
    options.condition_folds = condition_folds;
    check_ok(ana_rsa_flexible_compute(subjects, models, NULL, &options, &flexible));
    const double ceilings[] = {flexible->ceiling_low, flexible->ceiling_high};
    hold(file, "cv/evaluations", name, "", 6, flexible->values + 4 * (size_t)6, counts);
    hold(file, "cv/noise_ceiling", name, "", 2, ceilings, counts);
    ana_rsa_flexible_free(flexible);
}

static void compare_flexible(const h5_reference *file, const ana_rdms *subjects,
                             const ana_rdms *models, tally *counts)
{
    for (size_t k = 0; k < 4; k++) { /* the cosines and correlations */
        compare_fits(file, subjects, models, cases[k].name, cases[k].similarity, counts);
        compare_reached(file, subjects, models, cases[k].name, cases[k].similarity,
                        ANA_RSA_WEIGHTED, counts);
        compare_reached(file, subjects, models, cases[k].name, cases[k].similarity,
                        ANA_RSA_NON_NEGATIVE, counts);
    }
    compare_cross_validated(file, subjects, models, "corr", ANA_RDM_SIM_PEARSON, counts);
    compare_cross_validated(file, subjects, models, "cosine", ANA_RDM_SIM_COSINE, counts);
    counts->n_cases += 4; /* the folds' lists: the two of training are the rest */
}

static void compare_resampled(const h5_reference *file, const ana_rdms *subjects,
                              const ana_rdms *models, tally *counts)
{
    static const char *const over[] = {"rdm", "pattern", "both"};
    for (size_t k = 0; k < 3; k++) {
        compare_bootstrap(file, subjects, models, over[k], "corr", ANA_RDM_SIM_PEARSON, counts);
        compare_bootstrap(file, subjects, models, over[k], "rho-a", ANA_RDM_SIM_RHO_A, counts);
        compare_bootstrap(file, subjects, models, over[k], "cosine_cov",
                          ANA_RDM_SIM_WHITENED_COSINE, counts);
    }
    compare_dual(file, counts);
    compare_over_subjects(file, subjects, models, counts);
    compare_bca(file, counts);
}

void compare_inference(const h5_reference *file, tally *counts)
{
    ana_rdms *subjects = read_matrices(file, "in/data");
    ana_rdms *models = read_matrices(file, "in/models");
    const size_t before = counts->n_cases;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        compare_fixed(file, subjects, models, k, counts);
    }
    compare_permuted(file, subjects, models, "corr", ANA_RDM_SIM_PEARSON, counts);
    compare_permuted(file, subjects, models, "spearman", ANA_RDM_SIM_SPEARMAN, counts);
    compare_permuted(file, subjects, models, "tau-a", ANA_RDM_SIM_TAU_A, counts);
    compare_corrections(file, counts);
    compare_resampled(file, subjects, models, counts);
    compare_flexible(file, subjects, models, counts);
    h5_names inputs = h5_reference_list(file, "in", H5_KIND_DATASET);
    counts->n_unread += h5_reference_count(file) - inputs.n - (counts->n_cases - before);
    h5_names_free(&inputs);
    ana_rdms_free(subjects);
    ana_rdms_free(models);
}
