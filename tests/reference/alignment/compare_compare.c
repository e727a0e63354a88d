/* compare.h5: similarities of matrices, plain, with ties and with missing pairs. rsatoolbox's
 * values with a noise of conditions are approximations (a diagonal's shortcut, off by up to 4e-3,
 * and conjugate gradients stopped early), and are not held; the exact values beside them are. */
#include "alignment.h"
#include "support/check.h"

#include <analysis/models/rdm_compare.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_CONDITIONS = 15,
    N_PAIRS = N_CONDITIONS * (N_CONDITIONS - 1) / 2
};

static ana_rdms *read_matrices(const h5_reference *file, const char *group, const char *name)
{
    char path[128];
    ana_rdms *rdms = NULL;
    snprintf(path, sizeof path, "%s/in/%s", group, name);
    h5_doubles values = h5_reference_doubles(file, path);
    check_ok(ana_rdms_new(values.n / N_PAIRS, N_CONDITIONS, &rdms));
    memcpy(rdms->values, values.values, values.n * sizeof(double));
    h5_doubles_free(&values);
    return rdms;
}

static const struct {
    const char *name;
    ana_rdm_similarity similarity;
} cases[] = {
    {"cosine", ANA_RDM_SIM_COSINE},
    {"corr", ANA_RDM_SIM_PEARSON},
    {"spearman", ANA_RDM_SIM_SPEARMAN},
    {"rho-a", ANA_RDM_SIM_RHO_A},
    {"tau-a", ANA_RDM_SIM_TAU_A},
    {"kendall", ANA_RDM_SIM_TAU_B},
    {"cosine_cov", ANA_RDM_SIM_WHITENED_COSINE},
    {"corr_cov", ANA_RDM_SIM_WHITENED_CORRELATION},
    {"exact_cosine_cov_sigma_none", ANA_RDM_SIM_WHITENED_COSINE},
    {"exact_corr_cov_sigma_none", ANA_RDM_SIM_WHITENED_CORRELATION},
    {"bures", ANA_RDM_SIM_BURES},
    {"neg_riem_dist", ANA_RDM_SIM_RIEMANNIAN},
};

static void hold(const h5_reference *file, const char *group, const char *name, const ana_rdms *a,
                 const ana_rdms *b, const double *noise, ana_rdm_similarity similarity,
                 tally *counts)
{
    char path[128];
    double out[64];
    ana_rdm_compare_options options = ana_rdm_compare_options_default();
    options.similarity = similarity;
    snprintf(path, sizeof path, "%s/out/%s", group, name);
    if (h5_reference_has(file, path)) {
        check_ok(ana_rdm_compare(a, b, noise, &options, out));
        compare_output(file, path, a->n_rdms * b->n_rdms, out, counts);
    }
}

static void compare_group(const h5_reference *file, const char *group, tally *counts)
{
    ana_rdms *a = read_matrices(file, group, "rdm1");
    ana_rdms *b = read_matrices(file, group, "rdm2");
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        hold(file, group, cases[k].name, a, b, NULL, cases[k].similarity, counts);
    }
    ana_rdms_free(a);
    ana_rdms_free(b);
}

/* The peer's metric is the square of the distance, and its roots of singular matrices are good to
 * half of the digits: off by up to 1.3e-7 from these values of 40-digit arithmetic, which are held
 * instead. */
static void compare_bures_distance(const h5_reference *file, tally *counts)
{
    static const double exact[] = {6.0093914657519992, 7.8250581991209696, 4.2388773244423316,
                                   5.4007053145926144, 7.3384214828157667, 7.141298538489195,
                                   5.8163483192904451, 7.7736776133441666, 4.5457082326329569,
                                   6.7131402835136535, 7.1520281392983694, 4.8762194064544833,
                                   6.7636933377088011, 6.8318512924136345, 5.9249191509347073};
    ana_rdms *a = read_matrices(file, "plain", "rdm1");
    ana_rdms *b = read_matrices(file, "plain", "rdm2");
    h5_doubles peer = h5_reference_doubles(file, "plain/out/bures_metric");
    double out[15];
    ana_rdm_compare_options options = ana_rdm_compare_options_default();
    options.similarity = ANA_RDM_SIM_BURES_DISTANCE;
    check_ok(ana_rdm_compare(a, b, NULL, &options, out));
    counts->n_cases++;
    for (size_t k = 0; k < 15; k++) {
        tally_number(counts, out[k] * out[k], exact[k], 0.0, 1e-12, "square of bures-distance[%zu]",
                     k);
        tally_number(counts, peer.values[k], exact[k], 2e-7, 0.0, "the peer's bures_metric[%zu]",
                     k);
    }
    h5_doubles_free(&peer);
    ana_rdms_free(a);
    ana_rdms_free(b);
}

static void compare_with_noise(const h5_reference *file, tally *counts)
{
    ana_rdms *a = read_matrices(file, "plain", "rdm1");
    ana_rdms *b = read_matrices(file, "plain", "rdm2");
    h5_doubles diagonal = h5_reference_doubles(file, "plain/in/sigma_k_diag");
    h5_doubles whole = h5_reference_doubles(file, "plain/in/sigma_k_full");
    double noise[N_CONDITIONS * N_CONDITIONS] = {0.0};
    for (size_t i = 0; i < N_CONDITIONS; i++) {
        noise[i * N_CONDITIONS + i] = diagonal.values[i];
    }
    hold(file, "plain", "exact_cosine_cov_sigma_diag", a, b, noise, ANA_RDM_SIM_WHITENED_COSINE,
         counts);
    hold(file, "plain", "exact_corr_cov_sigma_diag", a, b, noise, ANA_RDM_SIM_WHITENED_CORRELATION,
         counts);
    hold(file, "plain", "exact_cosine_cov_sigma_full", a, b, whole.values,
         ANA_RDM_SIM_WHITENED_COSINE, counts);
    hold(file, "plain", "exact_corr_cov_sigma_full", a, b, whole.values,
         ANA_RDM_SIM_WHITENED_CORRELATION, counts);
    hold(file, "plain", "neg_riem_dist_sigma_full", a, b, whole.values, ANA_RDM_SIM_RIEMANNIAN,
         counts);
    h5_doubles_free(&diagonal);
    h5_doubles_free(&whole);
    ana_rdms_free(a);
    ana_rdms_free(b);
}

static void compare_regression(const h5_reference *file, tally *counts)
{
    ana_rdms *data = read_matrices(file, "partial", "data");
    ana_rdms *models = read_matrices(file, "partial", "models");
    double weights[3];
    double unique[3];
    double partial[3];
    ana_rdm_regression regression = {.weights = weights, .unique = unique, .partial = partial};
    check_ok(ana_rdm_regress(data, 0, models, &regression));
    compare_output(file, "partial/out/partial_corr", 3, partial, counts);
    compare_output(file, "partial/out/unique", 3, unique, counts);
    compare_output(file, "partial/out/r2_full", 1, &regression.r2, counts);
    ana_rdms_free(data);
    ana_rdms_free(models);
}

void compare_compare(const h5_reference *file, tally *counts)
{
    compare_group(file, "plain", counts);
    compare_group(file, "ties", counts);
    compare_group(file, "nan", counts);
    compare_bures_distance(file, counts);
    compare_with_noise(file, counts);
    compare_regression(file, counts);
}
