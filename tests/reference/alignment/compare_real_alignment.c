/* real.h5, 78 images: layers of ResNet-18 against IT of 15 subjects, from the raw files through
 * alignment.h. The data are in the data folder; without it nothing is compared. */
#include "alignment.h"
#include "support/check.h"
#include "support/shared.h"

#include <analysis/formats/array_io.h>
#include <analysis/models/alignment.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    N = 78,
    N_PAIRS = N * (N - 1) / 2,
    N_LAYERS = 4,
    N_SUBJECTS = 15
};

static const struct {
    const char *name;
    ana_rdm_similarity similarity;
} cases[] = {{"corr", ANA_RDM_SIM_PEARSON},
             {"cosine", ANA_RDM_SIM_COSINE},
             {"cosine_cov", ANA_RDM_SIM_WHITENED_COSINE},
             {"rho-a", ANA_RDM_SIM_RHO_A},
             {"spearman", ANA_RDM_SIM_SPEARMAN},
             {"tau-a", ANA_RDM_SIM_TAU_A}};

static ana_responses *read_layer(const char *file, size_t number)
{
    char location[640];
    char name[32];
    ana_matrix *matrix = NULL;
    ana_responses *layer = NULL;
    snprintf(location, sizeof location, "%s:/gap/layer%zu", file, number);
    check_ok(ana_matrix_read(location, NULL, &matrix));
    assert_int_equal(matrix->axes[0].n, N);
    snprintf(name, sizeof name, "layer%zu", number);
    check_ok(ana_responses_new(name, N, matrix->axes[1].n, &layer));
    memcpy(layer->values, matrix->values, ana_matrix_size(matrix) * sizeof(double));
    ana_matrix_free(matrix);
    return layer;
}

static ana_rdms *read_subjects(const char *location)
{
    ana_matrix *matrices = NULL;
    ana_rdms *subjects = NULL;
    check_ok(ana_matrix_read(location, NULL, &matrices));
    assert_int_equal(matrices->axes[0].n, N_SUBJECTS);
    check_ok(ana_rdms_new(N_SUBJECTS, N, &subjects));
    for (size_t s = 0; s < N_SUBJECTS; s++) {
        check_ok(ana_rdms_set_square(subjects, s, matrices->values + s * N * N));
    }
    ana_matrix_free(matrices);
    return subjects;
}

static void hold(const h5_reference *file, const ana_alignment_data *data, tally *counts)
{
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        ana_alignment_options options = ana_alignment_options_default();
        ana_alignment *alignment = NULL;
        char path[128];
        options.compare.similarity = cases[k].similarity;
        options.n_permutations = 0;
        options.n_bootstraps = 0;
        options.n_halves = 0;
        options.compare_brains = false;
        check_ok(ana_alignment_compute(data, &options, &alignment));
        const ana_rsa *scores = alignment->targets[0].scores;
        const double ceilings[] = {scores->ceiling_low, scores->ceiling_high};
        snprintf(path, sizeof path, "fmri78/out/eval/%s", cases[k].name);
        compare_output(file, path, (size_t)N_LAYERS * N_SUBJECTS, scores->values, counts);
        snprintf(path, sizeof path, "fmri78/out/ceiling/%s", cases[k].name);
        compare_output(file, path, 2, ceilings, counts);
        for (size_t l = 0; l < N_LAYERS && k == 0; l++) {
            snprintf(path, sizeof path, "fmri78/out/model_rdm_layer%zu", l + 1);
            compare_output(file, path, N_PAIRS, alignment->geometry->values + l * N_PAIRS, counts);
        }
        ana_alignment_free(alignment);
    }
}

void compare_real_alignment(const h5_reference *file, tally *counts)
{
    char network[512];
    char measured[512];
    ana_responses *layers[N_LAYERS];
    ana_alignment_system models[N_LAYERS];
    ana_alignment_system brains[N_SUBJECTS];
    if (!shared_path("data/alignment/net2brain78/fmri78_IT_RDMs.npz", measured, sizeof measured) ||
        !shared_path("data/alignment/net2brain78/resnet18_78images.h5", network, sizeof network)) {
        return;
    }
    ana_rdms *subjects = read_subjects(measured);
    for (size_t l = 0; l < N_LAYERS; l++) {
        layers[l] = read_layer(network, l + 1);
        models[l] = (ana_alignment_system){.group = "ResNet-18",
                                           .name = layers[l]->name,
                                           .time = (double)NAN,
                                           .responses = layers[l]};
    }
    for (size_t s = 0; s < N_SUBJECTS; s++) {
        brains[s] = (ana_alignment_system){.group = "IT",
                                           .name = subjects->names[s],
                                           .time = (double)NAN,
                                           .dissimilarities = subjects->values + s * N_PAIRS};
    }
    const ana_alignment_data data = {.n_stimuli = N,
                                     .n_layers = N_LAYERS,
                                     .layers = models,
                                     .n_brains = N_SUBJECTS,
                                     .brains = brains};
    hold(file, &data, counts);
    for (size_t l = 0; l < N_LAYERS; l++) {
        ana_responses_free(layers[l]);
    }
    ana_rdms_free(subjects);
}
