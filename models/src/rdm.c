/* Dissimilarity matrices: options, containers, and which of the ways to compute one is taken. */
#include "lists.h"
#include "memory.h"
#include "pairs.h"
#include "rdm_parts.h"
#include "try.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const ana_rdm_method_names[] = {
    "euclidean",  "correlation", "cosine",         "mahalanobis", "crossnobis", "poisson",
    "poisson-cv", "spearman",    "euclidean-root", "cityblock",   "chebyshev",  "canberra",
    "braycurtis", "lda",         "max-margin",     NULL};

static const char *const pooling_names[] = {"folds", "trials", NULL};

ana_rdm_options ana_rdm_options_default(void)
{
    return (ana_rdm_options){.run = ana_run_default(),
                             .method = ANA_RDM_CORRELATION,
                             .prior_rate = 1.0,
                             .prior_weight = 0.1,
                             .margin_penalty = 1.0};
}

const ana_option ana_rdm_option_table[] = {
    {"method", ANA_OPTION_CHOICE, offsetof(ana_rdm_options, method), 0, 0, ana_rdm_method_names,
     "METHOD", "dissimilarity of two conditions", false},
    {"pooling", ANA_OPTION_CHOICE, offsetof(ana_rdm_options, pooling), 0, 0, pooling_names, "HOW",
     "what counts alike: folds, or pairs of trials (of different folds when cross-validated)",
     false},
    {"trials-alike", ANA_OPTION_BOOL, offsetof(ana_rdm_options, trials_alike), 0, 0, NULL, NULL,
     "pooling of trials: count pairs alike however many channels both have", false},
    {"remove-mean", ANA_OPTION_BOOL, offsetof(ana_rdm_options, remove_mean), 0, 0, NULL, NULL,
     "take each pattern's mean over its channels away", false},
    {"constant-apart", ANA_OPTION_BOOL, offsetof(ana_rdm_options, constant_apart), 0, 0, NULL, NULL,
     "correlations: a constant pattern is 1 from all others, rather than missing", false},
    {"prior-rate", ANA_OPTION_DOUBLE, offsetof(ana_rdm_options, prior_rate), 0, 1e9, NULL, "RATE",
     "poisson: the rate that every mean is drawn towards", false},
    {"prior-weight", ANA_OPTION_DOUBLE, offsetof(ana_rdm_options, prior_weight), 0, 1e9, NULL,
     "TRIALS", "poisson: how many trials that rate is worth", false},
    {"margin-penalty", ANA_OPTION_DOUBLE, offsetof(ana_rdm_options, margin_penalty), 1e-9, 1e9,
     NULL, "C", "max-margin: penalty of a trial within the margin", false},
    ANA_OPTION_END,
};

bool ana_rdm_decodes(ana_rdm_method method)
{
    return method == ANA_RDM_LDA || method == ANA_RDM_MAX_MARGIN;
}

bool ana_rdm_crosses(ana_rdm_method method)
{
    return method == ANA_RDM_CROSSNOBIS || method == ANA_RDM_POISSON_CV || ana_rdm_decodes(method);
}

bool ana_rdm_is_poisson(ana_rdm_method method)
{
    return method == ANA_RDM_POISSON || method == ANA_RDM_POISSON_CV;
}

bool ana_rdm_is_angle(ana_rdm_method method)
{
    return method == ANA_RDM_CORRELATION || method == ANA_RDM_COSINE || method == ANA_RDM_SPEARMAN;
}

bool ana_rdm_takes_noise(ana_rdm_method method)
{
    return method == ANA_RDM_MAHALANOBIS || method == ANA_RDM_CROSSNOBIS || ana_rdm_decodes(method);
}

bool ana_rdm_is_direct(ana_rdm_method method)
{
    return method >= ANA_RDM_EUCLIDEAN_ROOT && method <= ANA_RDM_BRAYCURTIS;
}

size_t ana_rdm_n_pairs(size_t n)
{
    return pairs_count(n);
}

size_t ana_rdm_pair(size_t n, size_t i, size_t j)
{
    return pairs_place(n, i, j);
}

static ana_status number_texts(size_t n, char ***out)
{
    ana_status status = ana_allocate(n, sizeof **out, "rdm", (void *)out);
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        char text[32];
        snprintf(text, sizeof text, "%zu", i);
        status = ana_copy_text(text, &(*out)[i]);
    }
    return status;
}

ana_status ana_rdms_new(size_t n_rdms, size_t n, ana_rdms **out)
{
    ana_status status = ANA_OK;
    ana_rdms *rdms = NULL;
    if (n < 2) {
        return ana_fail(ANA_ERR_SHAPE, "rdm: %zu conditions; at least two are needed", n);
    }
    ANA_TRY(ana_allocate(1, sizeof *rdms, "rdm", (void *)&rdms));
    rdms->n_rdms = n_rdms;
    rdms->n_conditions = n;
    if (n > SIZE_MAX / n || (n_rdms > 0 && ana_rdm_n_pairs(n) > SIZE_MAX / n_rdms)) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE, "rdm: %zu matrices of %zu conditions", n_rdms, n));
    }
    ANA_TRY(
        ana_allocate(n_rdms * ana_rdm_n_pairs(n), sizeof(double), "rdm", (void *)&rdms->values));
    ANA_TRY(number_texts(n, &rdms->conditions));
    ANA_TRY(number_texts(n_rdms, &rdms->names));
    *out = rdms;
    rdms = NULL;
done:
    ana_rdms_free(rdms);
    return status;
}

void ana_rdms_square(const ana_rdms *rdms, size_t k, double *out)
{
    const size_t n = rdms->n_conditions;
    const double *values = rdms->values + k * ana_rdm_n_pairs(n);
    for (size_t i = 0; i < n; i++) {
        out[i * n + i] = 0.0;
        for (size_t j = i + 1; j < n; j++) {
            out[i * n + j] = *values;
            out[j * n + i] = *values++;
        }
    }
}

ana_status ana_rdms_set_square(ana_rdms *rdms, size_t k, const double *square)
{
    const size_t n = rdms->n_conditions;
    double *values = rdms->values + k * ana_rdm_n_pairs(n);
    double largest = 0.0;
    for (size_t i = 0; i < n * n; i++) {
        largest = fmax(largest, fabs(square[i]));
    }
    for (size_t i = 0; i < n; i++) {
        if (fabs(square[i * n + i]) > 1e-6 * largest) {
            return ana_fail(ANA_ERR_VALUE, "rdm: condition %zu differs from itself by %g; 0 wanted",
                            i, square[i * n + i]);
        }
        for (size_t j = i + 1; j < n; j++) {
            const double a = square[i * n + j];
            const double b = square[j * n + i];
            if (isinf(a) || isinf(b)) {
                return ana_fail(ANA_ERR_VALUE, "rdm: infinite from condition %zu to %zu", i, j);
            }
            if (isnan(a) != isnan(b) || fabs(a - b) > 1e-6 * largest) {
                return ana_fail(ANA_ERR_VALUE,
                                "rdm: %g from condition %zu to %zu, but %g back; a symmetric "
                                "matrix is wanted",
                                a, i, j, b);
            }
            *values++ = 0.5 * (a + b);
        }
    }
    return ANA_OK;
}

void ana_rdms_free(ana_rdms *rdms)
{
    if (rdms == NULL) {
        return;
    }
    ana_free_texts(rdms->n_conditions, rdms->conditions);
    ana_free_texts(rdms->n_rdms, rdms->names);
    free(rdms->values);
    free(rdms->n_folds);
    free(rdms->method);
    free(rdms);
}
