#include "rdm_noise.h"

#include "try.h"

#include <stdlib.h>

static const char *const source_names[] = {"none", "trials", "fold-trials", NULL};

const ana_option rdm_noise_table[] = {
    {"noise", ANA_OPTION_CHOICE, offsetof(rdm_noise_options, source), 0, 0, source_names, "SOURCE",
     "mahalanobis, crossnobis, lda, max-margin: whiten by what trials differ by from their "
     "condition's mean; crossnobis also by that of each fold's own trials",
     false},
    {"residuals", ANA_OPTION_TEXT, offsetof(rdm_noise_options, residuals), 0, 0, NULL, "ARRAY",
     "whiten by these residuals (residual x channel) instead, such as those of a linear model",
     false},
    {"noise-of-conditions", ANA_OPTION_BOOL, offsetof(rdm_noise_options, of_conditions), 0, 0, NULL,
     NULL,
     "also the covariance of the noise between conditions, over folds, of a single input: for the "
     "same option of ana rsa",
     false},
    ANA_OPTION_END,
};

bool rdm_takes_noise(const rdm_noise_options *options)
{
    return options->residuals != NULL || options->source != RDM_NOISE_NONE ||
           options->of_conditions;
}

/* One noise of all rows; none: NULL. */
static ana_status estimate_noise(const rdm_noise_options *options, const ana_observations *rows,
                                 ana_noise **out)
{
    ana_status status = ANA_OK;
    ana_matrix *residuals = NULL;
    if (options->residuals == NULL) {
        return options->source != RDM_NOISE_NONE
                   ? ana_noise_of_observations(rows, &options->estimator, out)
                   : ANA_OK;
    }
    ANA_TRY(ana_matrix_read(options->residuals, &options->estimator.run, &residuals));
    if (residuals->n_axes != 2 || residuals->axes[1].n != rows->n_features) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE, "%s: residuals x %zu channels wanted", options->residuals,
                         rows->n_features));
    }
    ANA_TRY(ana_noise_of_residuals(residuals->axes[0].n, residuals->axes[1].n, residuals->values,
                                   &options->estimator, out));
done:
    ana_matrix_free(residuals);
    return status;
}

/* The noise of one fold's trials. */
static ana_status estimate_fold(const rdm_noise_options *options, const ana_observations *rows,
                                size_t fold, ana_noise **out)
{
    const size_t first = rows->sequence_start[fold];
    const size_t n = rows->sequence_start[fold + 1] - first;
    size_t start[2] = {0, n};
    ana_observations part = *rows; /* borrowed */
    part.n_times = n;
    part.values = rows->values + first * rows->n_features;
    part.labels = rows->labels != NULL ? rows->labels + first : NULL;
    part.n_sequences = 1;
    part.sequence_start = start;
    return ana_noise_of_observations(&part, &options->estimator, out);
}

static ana_status compute_by_fold(const rdm_noise_options *options, const ana_rdm_options *rdm,
                                  const ana_observations *rows, const char *name, ana_rdms **out)
{
    ana_status status = ANA_OK;
    const size_t n = rows->n_sequences;
    ana_noise **noises = calloc(n + 1, sizeof(ana_noise *));
    if (noises == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "no memory for the noise of %zu folds", n);
    }
    for (size_t f = 0; f < n; f++) {
        ANA_TRY(estimate_fold(options, rows, f, &noises[f]));
    }
    ANA_TRY(ana_rdm_crossnobis_by_fold(rows, (const ana_noise *const *)noises, rdm, name, out));
done:
    for (size_t f = 0; f < n; f++) {
        ana_noise_free(noises[f]);
    }
    free(noises);
    return status;
}

ana_status rdm_of_rows(const rdm_noise_options *options, const ana_rdm_options *rdm,
                       const ana_observations *rows, const char *name, ana_rdms **out)
{
    ana_status status = ANA_OK;
    ana_noise *noise = NULL;
    if (options->source == RDM_NOISE_FOLD_TRIALS && options->residuals == NULL) {
        if (rdm->method != ANA_RDM_CROSSNOBIS || rdm->pooling != ANA_RDM_FOLDS) {
            return ana_fail(ANA_ERR_VALUE, "--noise fold-trials is for --method crossnobis of "
                                           "folds; --noise trials is one noise of all");
        }
        return compute_by_fold(options, rdm, rows, name, out);
    }
    ANA_TRY(estimate_noise(options, rows, &noise));
    ANA_TRY(ana_rdm_compute(rows, noise, rdm, name, out));
done:
    ana_noise_free(noise);
    return status;
}

ana_status rdm_noise_of_conditions(const rdm_noise_options *options, const ana_observations *rows,
                                   ana_matrix **out)
{
    static const char *const names[] = {"condition", "condition"};
    const size_t lengths[] = {rows->n_labels, rows->n_labels};
    ana_status status = ANA_OK;
    ana_noise *noise = NULL;
    ana_matrix *made = NULL;
    ANA_TRY(estimate_noise(options, rows, &noise));
    ANA_TRY(ana_matrix_new(2, names, lengths, &made));
    ANA_TRY(ana_rdm_noise_of_conditions(rows, noise, made->values));
    *out = made;
    made = NULL;
done:
    ana_matrix_free(made);
    ana_noise_free(noise);
    return status;
}
