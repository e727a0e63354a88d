/* From trials to a dissimilarity matrix: the way that a method and its data take. */
#include "memory.h"
#include "rdm_parts.h"
#include "try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

ana_status ana_rdm_view_of(const ana_observations *from, ana_workspace *workspace,
                           ana_rdm_view *view)
{
    if (from->labels == NULL) {
        return ana_fail(ANA_ERR_VALUE, "rdm: the rows have no labels: which condition is each of?");
    }
    view->rows = *from;
    view->kept = ana_workspace_sizes(workspace, from->n_labels, 1);
    size_t *number = ana_workspace_sizes(workspace, from->n_labels, 1);
    int64_t *labels = ana_workspace_bytes(workspace, from->n_times, 1, sizeof *labels);
    ana_status status = ana_workspace_check(workspace, "rdm");
    if (status != ANA_OK) {
        return status;
    }
    for (size_t t = 0; t < from->n_times; t++) {
        if (from->labels[t] >= 0) {
            number[from->labels[t]] = 1;
        }
    }
    view->rows.n_labels = 0;
    for (size_t c = 0; c < from->n_labels; c++) {
        if (number[c] > 0) {
            view->kept[view->rows.n_labels] = c;
            number[c] = view->rows.n_labels++;
        }
    }
    for (size_t t = 0; t < from->n_times; t++) {
        labels[t] = from->labels[t] < 0 ? -1 : (int64_t)number[from->labels[t]];
    }
    view->rows.labels = labels;
    return ANA_OK;
}

/* NaN is missing; nothing can be said of an infinite response. */
static ana_status check_values(const ana_observations *rows)
{
    const size_t p = rows->n_features;
    for (size_t i = 0; i < rows->n_times * p; i++) {
        if (isinf(rows->values[i])) {
            return ana_fail(ANA_ERR_VALUE,
                            "rdm: row %zu is infinite in channel %zu; a finite value, or NaN where "
                            "it is missing, is wanted",
                            i / p, i % p);
        }
    }
    return ANA_OK;
}

ana_status ana_rdm_check(const ana_observations *rows, const ana_noise *noise,
                         const ana_rdm_options *options)
{
    ana_status status = ana_options_check(ana_rdm_option_table, options, "rdm");
    const char *method = status == ANA_OK ? ana_rdm_method_names[options->method] : NULL;
    if (status != ANA_OK) {
        return status;
    }
    if (rows->n_features == 0) {
        return ana_fail(ANA_ERR_VALUE, "rdm: responses of no channels");
    }
    if (rows->n_labels < 2) {
        return ana_fail(ANA_ERR_VALUE,
                        "rdm: %zu conditions among the rows; at least two are needed",
                        rows->n_labels);
    }
    if (ana_rdm_crosses(options->method) && rows->n_sequences < 2) {
        return ana_fail(ANA_ERR_VALUE,
                        "rdm: %s compares folds (runs, sessions), but there is one alone", method);
    }
    if (noise != NULL && !ana_rdm_takes_noise(options->method)) {
        return ana_fail(ANA_ERR_VALUE,
                        "rdm: %s takes no noise; mahalanobis, crossnobis, lda and max-margin do",
                        method);
    }
    if (noise != NULL && noise->n_channels != rows->n_features) {
        return ana_fail(ANA_ERR_VALUE, "rdm: noise of %zu channels for responses of %zu",
                        noise->n_channels, rows->n_features);
    }
    if (options->pooling == ANA_RDM_TRIALS &&
        (ana_rdm_is_direct(options->method) || ana_rdm_decodes(options->method) ||
         options->method == ANA_RDM_SPEARMAN || options->constant_apart)) {
        return ana_fail(
            ANA_ERR_VALUE,
            "rdm: pooling of trials is for methods of products (euclidean, correlation, "
            "cosine, mahalanobis, crossnobis, poisson), without constant-apart");
    }
    return ANA_OK;
}

ana_status ana_rdm_start(const ana_rdm_view *view, const ana_rdm_options *options, const char *name,
                         ana_rdms **out)
{
    ana_status status = ANA_OK;
    ana_rdms *rdms = NULL;
    const size_t n = view->rows.n_labels;
    ANA_TRY(ana_rdms_new(1, n, &rdms));
    for (size_t i = 0; i < n; i++) {
        free(rdms->conditions[i]);
        rdms->conditions[i] = NULL;
        ANA_TRY(ana_copy_text(view->rows.label_names[view->kept[i]], &rdms->conditions[i]));
    }
    if (name != NULL) {
        free(rdms->names[0]);
        rdms->names[0] = NULL;
        ANA_TRY(ana_copy_text(name, &rdms->names[0]));
    }
    ANA_TRY(ana_copy_text(ana_rdm_method_names[options->method], &rdms->method));
    if (ana_rdm_crosses(options->method) && options->pooling == ANA_RDM_FOLDS) {
        ANA_TRY(ana_allocate(ana_rdm_n_pairs(n), sizeof(double), "rdm", (void *)&rdms->n_folds));
    }
    *out = rdms;
    rdms = NULL;
done:
    ana_rdms_free(rdms);
    return status;
}

static ana_status of_patterns(const ana_observations *rows, const ana_noise *noise,
                              const ana_rdm_options *options, ana_rdms *rdms)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_patterns patterns = {0};
    ANA_TRY(ana_patterns_find(rows, ana_rdm_crosses(options->method), options->remove_mean,
                              &workspace, &patterns));
    if (ana_rdm_is_poisson(options->method)) {
        ANA_TRY(ana_rdm_add_prior(options, patterns.n_sets * patterns.n, patterns.p, "condition",
                                  patterns.means));
    }
    if (ana_rdm_is_direct(options->method) || !patterns.whole) {
        ANA_TRY(ana_rdm_pairwise(&patterns, noise, options, rdms));
        goto done;
    }
    ANA_TRY(ana_rdm_by_products(&patterns, noise, options, rdms));
done:
    ana_workspace_release(&workspace);
    return status;
}

void ana_rdm_count_missing(const ana_run *run, ana_rdms *rdms)
{
    const size_t n = ana_rdm_n_pairs(rdms->n_conditions);
    for (size_t k = 0; k < n; k++) {
        rdms->n_missing += isnan(rdms->values[k]) ? 1 : 0;
    }
    if (rdms->n_missing > 0) {
        ana_warn(run,
                 "%zu of %zu pairs of conditions have no dissimilarity (a constant pattern, or "
                 "no channel or fold that both have)",
                 rdms->n_missing, n);
    }
}

ana_status ana_rdm_crossnobis_by_fold(const ana_observations *observations,
                                      const ana_noise *const *noises,
                                      const ana_rdm_options *options, const char *name,
                                      ana_rdms **out)
{
    ana_rdm_options settings = options != NULL ? *options : ana_rdm_options_default();
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_rdm_view view = {0};
    ana_patterns patterns = {0};
    ana_rdms *rdms = NULL;
    settings.method = ANA_RDM_CROSSNOBIS;
    settings.pooling = ANA_RDM_FOLDS;
    ANA_TRY(ana_rdm_view_of(observations, &workspace, &view));
    for (size_t f = 0; f < observations->n_sequences; f++) {
        ANA_TRY(ana_rdm_check(&view.rows, noises[f], &settings));
    }
    ANA_TRY(check_values(&view.rows));
    ANA_TRY(ana_patterns_find(&view.rows, true, settings.remove_mean, &workspace, &patterns));
    if (!patterns.whole) {
        ANA_TRY(ana_fail(ANA_ERR_UNSUPPORTED,
                         "rdm: a noise of each fold and missing channels do not go together; leave "
                         "the channels out, or use one noise"));
    }
    ANA_TRY(ana_rdm_start(&view, &settings, name, &rdms));
    ANA_TRY(ana_rdm_by_noisy_folds(&patterns, noises, &settings, rdms));
    ana_rdm_count_missing(&settings.run, rdms);
    *out = rdms;
    rdms = NULL;
done:
    ana_rdms_free(rdms);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_rdm_noise_of_conditions(const ana_observations *observations, const ana_noise *noise,
                                       double *out)
{
    ana_rdm_options settings = ana_rdm_options_default();
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_rdm_view view = {0};
    ana_patterns patterns = {0};
    settings.method = ANA_RDM_CROSSNOBIS;
    ANA_TRY(ana_rdm_view_of(observations, &workspace, &view));
    ANA_TRY(ana_rdm_check(&view.rows, noise, &settings));
    ANA_TRY(check_values(&view.rows));
    ANA_TRY(ana_patterns_find(&view.rows, true, false, &workspace, &patterns));
    if (!patterns.whole || !patterns.balanced) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "rdm: noise between conditions needs every condition and "
                                        "channel in every fold"));
    }
    ANA_TRY(ana_rdm_spread(&patterns, noise, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_rdm_compute(const ana_observations *observations, const ana_noise *noise,
                           const ana_rdm_options *options, const char *name, ana_rdms **out)
{
    const ana_rdm_options settings = options != NULL ? *options : ana_rdm_options_default();
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_rdm_view view = {0};
    ana_rdms *rdms = NULL;
    ANA_TRY(ana_rdm_view_of(observations, &workspace, &view));
    ANA_TRY(ana_rdm_check(&view.rows, noise, &settings));
    ANA_TRY(check_values(&view.rows));
    ANA_TRY(ana_rdm_start(&view, &settings, name, &rdms));
    if (ana_rdm_decodes(settings.method)) {
        ANA_TRY(ana_rdm_by_decoding(&view.rows, noise, &settings, rdms));
    } else if (settings.pooling == ANA_RDM_TRIALS) {
        ANA_TRY(ana_rdm_of_trials(&view.rows, noise, &settings, rdms));
    } else {
        ANA_TRY(of_patterns(&view.rows, noise, &settings, rdms));
    }
    ana_rdm_count_missing(&settings.run, rdms);
    *out = rdms;
    rdms = NULL;
done:
    ana_rdms_free(rdms);
    ana_workspace_release(&workspace);
    return status;
}
