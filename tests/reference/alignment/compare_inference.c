/* inference.h5: pools, ceilings, fixed evaluation with its tests, and similarities under recorded
 * permutations. Bootstraps of conditions, flexible models and their cross-validation are not read
 * yet. */
#include "alignment.h"
#include "support/check.h"

#include <analysis/models/rsa.h>
#include <analysis/resampling.h>

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

static void compare_fixed(const h5_reference *file, const ana_rdms *subjects,
                          const ana_rdms *models, size_t k, tally *counts)
{
    ana_rsa_options options = ana_rsa_options_default();
    ana_rsa *rsa = NULL;
    double pool[N_PAIRS];
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
    counts->n_unread += h5_reference_count(file) - (counts->n_cases - before);
    ana_rdms_free(subjects);
    ana_rdms_free(models);
}
