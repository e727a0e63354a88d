/* real.h5: layers of a network and models of 92 images against subjects, by the peer's similarities
 * and ceilings; kernels and canonical correlations of the same data stand in
 * compare_real_kernels.c.
 */
#include "alignment.h"
#include "support/check.h"

#include <analysis/models/rsa.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    ana_rdm_similarity similarity;
} cases[] = {{"corr", ANA_RDM_SIM_PEARSON},
             {"cosine", ANA_RDM_SIM_COSINE},
             {"cosine_cov", ANA_RDM_SIM_WHITENED_COSINE},
             {"rho-a", ANA_RDM_SIM_RHO_A},
             {"spearman", ANA_RDM_SIM_SPEARMAN},
             {"tau-a", ANA_RDM_SIM_TAU_A}};

/* Where the file has them: similarities at `values`, ceilings at `ceiling`, each with the case's
 * name behind it. */
static void hold_all(const h5_reference *file, const ana_rdms *subjects, const ana_rdms *models,
                     const char *values, const char *ceiling, double least, tally *counts)
{
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        ana_rsa_options options = ana_rsa_options_default();
        ana_rsa *rsa = NULL;
        char path[128];
        options.compare.similarity = cases[k].similarity;
        options.n_permutations = 0;
        options.n_bootstraps = 0;
        snprintf(path, sizeof path, "%s%s", values, cases[k].name);
        if (!h5_reference_has(file, path)) {
            continue;
        }
        check_ok(ana_rsa_compute(subjects, models, NULL, &options, &rsa));
        const double ceilings[] = {rsa->ceiling_low, rsa->ceiling_high};
        compare_output_within(file, path, rsa->n_models * rsa->n_subjects, rsa->values, least,
                              counts);
        snprintf(path, sizeof path, "%s%s", ceiling, cases[k].name);
        compare_output_within(file, path, 2, ceilings, least, counts);
        ana_rsa_free(rsa);
    }
}

/* Stored as floats, while the peer had doubles: a float's rounding of dissimilarities moves a
 * correlation by some 1e-7. */
static void compare_images_92(const h5_reference *file, tally *counts)
{
    h5_doubles brain = h5_reference_doubles(file, "rdm92/in/brain");
    h5_doubles model = h5_reference_doubles(file, "rdm92/in/models");
    ana_rdms *subjects = NULL;
    ana_rdms *models = NULL;
    check_ok(ana_rdms_new(brain.shape[0], 92, &subjects));
    check_ok(ana_rdms_new(model.shape[0], 92, &models));
    memcpy(subjects->values, brain.values, brain.n * sizeof(double));
    memcpy(models->values, model.values, model.n * sizeof(double));
    hold_all(file, subjects, models, "rdm92/out/", "rdm92/out/ceiling_", 1e-6, counts);
    ana_rdms_free(subjects);
    ana_rdms_free(models);
    h5_doubles_free(&brain);
    h5_doubles_free(&model);
}

void compare_real(const h5_reference *file, tally *counts)
{
    const size_t before = counts->n_cases;
    compare_images_92(file, counts);
    compare_real_alignment(file, counts);
    compare_real_kernels(file, counts);
    h5_names inputs = h5_reference_list(file, "rdm92/in", H5_KIND_DATASET);
    counts->n_unread += h5_reference_count(file) - inputs.n - (counts->n_cases - before);
    h5_names_free(&inputs);
}
