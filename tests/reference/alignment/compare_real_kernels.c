/* real.h5: alignment of a network's layers over 78 images, alignment and canonical correlations of
 * two networks that read digits. The responses are in the data folder; without it nothing is
 * compared. */
#include "alignment.h"
#include "support/check.h"
#include "support/shared.h"

#include <analysis/formats/array_io.h>
#include <analysis/models/cca.h>
#include <analysis/models/cka.h>

#include <stdio.h>
#include <string.h>

/* NULL: not there. */
static ana_responses *read_layer(const char *relative, const char *key, bool units_first)
{
    char location[512];
    char path[640];
    ana_matrix *matrix = NULL;
    ana_responses *made = NULL;
    if (!shared_path(relative, location, sizeof location)) {
        return NULL;
    }
    snprintf(path, sizeof path, "%s%s%s", location, key != NULL ? ":" : "", key != NULL ? key : "");
    check_ok(ana_matrix_read(path, NULL, &matrix));
    const size_t n = matrix->axes[units_first ? 1 : 0].n;
    const size_t p = matrix->axes[units_first ? 0 : 1].n;
    check_ok(ana_responses_new(key != NULL ? key : relative, n, p, &made));
    for (size_t i = 0; i < n * p; i++) {
        made->values[i] = units_first ? matrix->values[i % p * n + i / p] : matrix->values[i];
    }
    ana_matrix_free(matrix);
    return made;
}

static void compare_layers(const h5_reference *file, tally *counts)
{
    ana_responses *layers[4];
    for (size_t k = 0; k < 4; k++) {
        char key[32];
        snprintf(key, sizeof key, "/gap/layer%zu", k + 1);
        layers[k] = read_layer("data/alignment/net2brain78/resnet18_78images.h5", key, false);
        if (layers[k] == NULL) {
            return;
        }
    }
    const ana_responses_set set = {4, layers};
    for (int estimator = ANA_CKA_DEBIASED; estimator <= ANA_CKA_BIASED; estimator++) {
        ana_cka_options options = ana_cka_options_default();
        ana_cka *cka = NULL;
        options.estimator = (ana_cka_estimator)estimator;
        check_ok(ana_cka_compute(&set, NULL, &options, &cka));
        compare_output(file,
                       estimator == ANA_CKA_DEBIASED ? "fmri78/out/cka_layers_debiased"
                                                     : "fmri78/out/cka_layers",
                       16, cka->values, counts);
        ana_cka_free(cka);
    }
    for (size_t k = 0; k < 4; k++) {
        ana_responses_free(layers[k]);
    }
}

static void compare_networks(const h5_reference *file, tally *counts)
{
    ana_responses *a = read_layer("data/alignment/svcca_acts/MNIST_model_0_lay04.npy", NULL, true);
    ana_responses *b = read_layer("data/alignment/svcca_acts/MNIST_model_1_lay04.npy", NULL, true);
    if (a == NULL || b == NULL) {
        return;
    }
    const ana_responses_set left = {1, &a};
    const ana_responses_set right = {1, &b};
    ana_cca *cca = NULL;
    for (int estimator = ANA_CKA_DEBIASED; estimator <= ANA_CKA_BIASED; estimator++) {
        ana_cka_options options = ana_cka_options_default();
        ana_cka *cka = NULL;
        options.estimator = (ana_cka_estimator)estimator;
        check_ok(ana_cka_compute(&left, &right, &options, &cka));
        tally_that(counts, cka->form == ANA_CKA_FEATURES, "10,000 stimuli go by units");
        compare_output(file,
                       estimator == ANA_CKA_DEBIASED ? "acts/out/cka_debiased" : "acts/out/cka", 1,
                       cka->values, counts);
        ana_cka_free(cka);
    }
    check_ok(ana_cca_compute(a, b, NULL, &cca));
    compare_output(file, "acts/out/cca_coef", cca->n, cca->correlations, counts);
    ana_cca_free(cca);
    ana_responses_free(a);
    ana_responses_free(b);
}

void compare_real_kernels(const h5_reference *file, tally *counts)
{
    compare_layers(file, counts);
    compare_networks(file, counts);
}
