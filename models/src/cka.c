/* Centred kernel alignment: options, results, and which form is taken. */
#include "checked.h"
#include "cka_parts.h"
#include "lists.h"
#include "memory.h"
#include "try.h"
#include "whole_units.h"
#include "workspace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kernels[] = {"linear", "rbf", NULL};
static const char *const estimators[] = {"debiased", "biased", NULL};
static const char *const forms[] = {"cheaper", "features", "kernels", NULL};

ana_cka_options ana_cka_options_default(void)
{
    return (ana_cka_options){.run = ana_run_default(), .bandwidth = 1.0, .level = 0.95};
}

const ana_option ana_cka_option_table[] = {
    {"kernel", ANA_OPTION_CHOICE, offsetof(ana_cka_options, kernel), 0, 0, kernels, "KERNEL",
     "how alike two stimuli's responses are: their product, or a Gaussian of their distance",
     false},
    {"estimator", ANA_OPTION_CHOICE, offsetof(ana_cka_options, estimator), 0, 0, estimators,
     "ESTIMATOR", "debiased (0 on average for unrelated responses), or biased towards 1", false},
    {"form", ANA_OPTION_CHOICE, offsetof(ana_cka_options, form), 0, 0, forms, "FORM",
     "by products of units, by likenesses of stimuli, or by what costs less: the same value",
     false},
    {"bandwidth", ANA_OPTION_DOUBLE, offsetof(ana_cka_options, bandwidth), 1e-6, 1e6, NULL, "T",
     "rbf: standard deviation, in roots of the median squared distance", false},
    {"median-of-all", ANA_OPTION_BOOL, offsetof(ana_cka_options, median_of_all), 0, 0, NULL, NULL,
     "rbf: the median is over all pairs, those of a stimulus with itself (0) among them", false},
    {"batch", ANA_OPTION_SIZE, offsetof(ana_cka_options, batch), 0, 1e6, NULL, "N",
     "mean over batches of so many stimuli, 4 or more, in their order (0: all at once)", false},
    {"batches", ANA_OPTION_SIZE, offsetof(ana_cka_options, n_batches), 0, 1e9, NULL, "N",
     "with batch: so many batches, spread evenly over the stimuli (0: all)", false},
    {"permutations", ANA_OPTION_SIZE, offsetof(ana_cka_options, n_permutations), 0, 1e8, NULL, "N",
     "of the stimuli, for the chance of a match (0: none)", false},
    {"bootstraps", ANA_OPTION_SIZE, offsetof(ana_cka_options, n_bootstraps), 0, 1e8, NULL, "N",
     "of the stimuli, for intervals (0: none)", false},
    {"level", ANA_OPTION_DOUBLE, offsetof(ana_cka_options, level), 0.5, 0.9999, NULL, "SHARE",
     "of the intervals", false},
    ANA_OPTION_END,
};

size_t ana_cka_fewest(ana_cka_estimator estimator)
{
    return estimator == ANA_CKA_BIASED ? 3 : 4;
}

ana_status ana_cka_check_rows(const char *name, size_t first, size_t n, size_t p,
                              const double *values)
{
    for (size_t i = 0; i < n; i++) {
        const double *row = values + i * p;
        int n_bad = 0; /* without a way out of the loop it is vectorised; memory is the limit */
        for (size_t u = 0; u < p; u++) {
            n_bad |= !isfinite(row[u]);
        }
        for (size_t u = 0; n_bad != 0 && u < p; u++) {
            if (!isfinite(row[u])) {
                return ana_fail(ANA_ERR_VALUE,
                                "cka: %s: unit %zu is %s for stimulus %zu; every unit needs a "
                                "finite response to every stimulus",
                                name, u, isnan(row[u]) ? "NaN" : "infinite", first + i);
            }
        }
    }
    return ANA_OK;
}

static ana_status fill(size_t n, double **out)
{
    const ana_status status = ana_allocate(n, sizeof(double), "cka", (void *)out);
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        (*out)[i] = (double)NAN;
    }
    return status;
}

ana_status ana_cka_new(const ana_cka_layers *layers, char *const *names,
                       const ana_cka_options *options, ana_cka **out)
{
    ana_status status = ANA_OK;
    ana_cka *cka = NULL;
    const size_t n_pairs = layers->n_a * layers->n_b;
    const size_t b = ana_cka_layer_of_b(layers, 0);
    ANA_TRY(ana_allocate(1, sizeof *cka, "cka", (void *)&cka));
    cka->n_a = layers->n_a;
    cka->n_b = layers->n_b;
    cka->same = layers->same;
    cka->kernel = options->kernel;
    cka->estimator = options->estimator;
    cka->form = options->form;
    cka->batch = options->batch;
    cka->n_batches = 1;
    cka->level = options->level;
    double **const arrays[] = {&cka->values, &cka->cross, &cka->p,
                               &cka->p_max,  &cka->low,   &cka->high};
    ANA_TRY(ana_copy_texts(layers->n_a, (const char *const *)names, &cka->names_a));
    ANA_TRY(ana_copy_texts(layers->n_b, (const char *const *)names + b, &cka->names_b));
    ANA_TRY(ana_allocate(layers->n_a, sizeof(size_t), "cka", (void *)&cka->units_a));
    ANA_TRY(ana_allocate(layers->n_b, sizeof(size_t), "cka", (void *)&cka->units_b));
    memcpy(cka->units_a, layers->units, layers->n_a * sizeof(size_t));
    memcpy(cka->units_b, layers->units + b, layers->n_b * sizeof(size_t));
    ANA_TRY(fill(layers->n_a, &cka->self_a));
    ANA_TRY(fill(layers->n_b, &cka->self_b));
    for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) {
        ANA_TRY(fill(n_pairs, arrays[k]));
    }
    *out = cka;
    cka = NULL;
done:
    ana_cka_free(cka);
    return status;
}

void ana_cka_ratios(const ana_cka_layers *layers, const double *self, const double *cross,
                    double *values)
{
    for (size_t i = 0; i < layers->n_a; i++) {
        for (size_t j = 0; j < layers->n_b; j++) {
            const double x = self[i];
            const double y = self[ana_cka_layer_of_b(layers, j)];
            const double ratio = cross[i * layers->n_b + j] / (sqrt(x) * sqrt(y));
            const bool defined = x > 0.0 && y > 0.0;
            const bool own = layers->same && i == j;
            values[i * layers->n_b + j] = !defined ? (double)NAN : own ? 1.0 : ratio;
        }
    }
}

void ana_cka_settle(const ana_cka_layers *layers, const double *self, const double *cross,
                    const ana_run *run, ana_cka *cka)
{
    const size_t b = ana_cka_layer_of_b(layers, 0);
    memcpy(cka->self_a, self, layers->n_a * sizeof *self);
    memcpy(cka->self_b, self + b, layers->n_b * sizeof *self);
    memcpy(cka->cross, cross, layers->n_a * layers->n_b * sizeof *cross);
    ana_cka_ratios(layers, self, cross, cka->values);
    for (size_t k = 0; k < layers->n; k++) {
        if (!(self[k] > 0.0)) {
            cka->n_undefined++;
            ana_warn(run,
                     "cka: %s has HSIC %g with itself: no geometry beyond chance, and no alignment",
                     k < layers->n_a ? cka->names_a[k] : cka->names_b[k - b], self[k]);
        }
    }
}

static bool needs_kernels(const ana_cka_options *options)
{
    return options->kernel == ANA_CKA_RBF || options->weights != NULL ||
           options->n_permutations > 0 || options->n_bootstraps > 0;
}

static ana_status check_weights(size_t n, const double *weights)
{
    size_t n_positive = 0;
    for (size_t i = 0; i < n && weights != NULL; i++) {
        if (!(weights[i] >= 0.0 && isfinite(weights[i]))) {
            return ana_fail(ANA_ERR_VALUE,
                            "cka: stimulus %zu has weight %g; finite weights of 0 or more are "
                            "needed",
                            i, weights[i]);
        }
        n_positive += weights[i] > 0.0 ? 1 : 0;
    }
    return weights == NULL || n_positive >= 4
               ? ANA_OK
               : ana_fail(ANA_ERR_VALUE, "cka: %zu stimuli have a weight; at least 4 are needed",
                          n_positive);
}

/* What the options ask of each other. */
static ana_status check_options(const ana_cka_options *options)
{
    ana_status status = ANA_OK;
    const bool tests = options->n_permutations > 0 || options->n_bootstraps > 0;
    ANA_TRY(ana_options_check(ana_cka_option_table, options, "cka"));
    if (options->form == ANA_CKA_FEATURES && (needs_kernels(options) || options->batch > 0)) {
        ANA_TRY(
            ana_fail(ANA_ERR_UNSUPPORTED,
                     "cka: form features goes with a linear kernel, all stimuli at once, and no "
                     "weights, permutations or bootstraps"));
    }
    if (options->batch > 0 && (tests || options->weights != NULL)) {
        ANA_TRY(ana_fail(ANA_ERR_UNSUPPORTED,
                         "cka: in batches there are no weights, permutations or bootstraps"));
    }
    if (options->weights != NULL && options->n_permutations > 0) {
        ANA_TRY(ana_fail(ANA_ERR_UNSUPPORTED,
                         "cka: stimuli that are permuted must count alike; without weights"));
    }
    if (options->batch > 0 && options->batch < 4) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "cka: batch is %zu, but 4 or more (or 0) is needed",
                         options->batch));
    }
done:
    return status;
}

/* Multiplications of all pairs, half of a product for a system with itself. */
static bool features_are_cheaper(const ana_cka_layers *layers, size_t n)
{
    double features = 0.0;
    double by_kernels = 0.0;
    for (size_t k = 0; k < layers->n; k++) {
        const double p = (double)layers->units[k];
        features += 0.5 * p * p;
        by_kernels += 0.5 * (double)n * p;
    }
    for (size_t i = 0; i < layers->n_a; i++) {
        for (size_t j = 0; j < layers->n_b; j++) {
            const size_t q = layers->units[ana_cka_layer_of_b(layers, j)];
            const bool pair = ana_cka_is_pair(layers, i, j);
            features += pair ? (double)layers->units[i] * (double)q : 0.0;
        }
    }
    return features < by_kernels;
}

static ana_status choose_form(const ana_cka_layers *layers, size_t n, ana_cka_options *options)
{
    const size_t limit = ana_run_memory_limit(&options->run);
    const size_t by_features = ana_cka_features_bytes(layers);
    const size_t by_kernels = ana_cka_kernels_bytes(layers, n, options);
    if (options->batch > 0 || needs_kernels(options)) {
        options->form = ANA_CKA_KERNELS;
    }
    if (options->form == ANA_CKA_CHEAPER) {
        const bool fits = by_features <= limit;
        const bool cheaper = features_are_cheaper(layers, n) || by_kernels > limit;
        options->form = fits && cheaper ? ANA_CKA_FEATURES : ANA_CKA_KERNELS;
    }
    const size_t bytes = options->form == ANA_CKA_FEATURES ? by_features : by_kernels;
    if (options->batch == 0 && bytes > limit) {
        return ana_fail(ANA_ERR_LIMIT,
                        "cka: %zu systems of %zu stimuli take %.4g MiB by units and %.4g MiB by "
                        "stimuli; the limit is %.4g MiB. The mean over batches of stimuli (batch) "
                        "takes little",
                        layers->n, n, (double)by_features / 0x1p20, (double)by_kernels / 0x1p20,
                        (double)limit / 0x1p20);
    }
    return ANA_OK;
}

static ana_status by_kernels(const ana_cka_layers *layers, const ana_cka_source *sources,
                             char *const *names, const ana_cka_options *options, ana_cka **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_cka *cka = NULL;
    const size_t n = sources[0].n_stimuli;
    double **centred = ana_workspace_bytes(&workspace, layers->n, 1, sizeof *centred);
    double *self = ana_workspace_doubles(&workspace, layers->n, 1);
    double *cross = ana_workspace_doubles(&workspace, layers->n_a, layers->n_b);
    for (size_t k = 0; k < layers->n && !workspace.failed; k++) {
        centred[k] = ana_workspace_doubles(&workspace, n, n);
    }
    ANA_TRY(ana_workspace_check(&workspace, "cka"));
    ANA_TRY(ana_cka_new(layers, names, options, &cka));
    ANA_TRY(ana_cka_kernels(layers, sources, options, centred));
    if (options->weights != NULL) {
        ANA_TRY(ana_cka_weighted_hsic(layers, n, options, centred, self, cross));
    } else {
        ana_cka_kernels_hsic(layers, n, options, centred, self, cross);
    }
    cka->n_stimuli = n;
    ana_cka_settle(layers, self, cross, &options->run, cka);
    ANA_TRY(ana_cka_resample(layers, n, options, centred, cka));
    *out = cka;
    cka = NULL;
done:
    ana_cka_free(cka);
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_sources(const ana_cka_layers *layers, const ana_cka_source *sources,
                                const ana_cka_options *options)
{
    const size_t n = sources[0].n_stimuli;
    const size_t fewest = options->batch > 0 ? options->batch : ana_cka_fewest(options->estimator);
    for (size_t k = 0; k < layers->n; k++) {
        size_t size = 0;
        if (sources[k].n_stimuli != n) {
            return ana_fail(ANA_ERR_VALUE,
                            "cka: %s has %zu stimuli, but %s has %zu; match them first",
                            sources[k].name, sources[k].n_stimuli, sources[0].name, n);
        }
        if (sources[k].values == NULL && sources[k].read == NULL) {
            return ana_fail(ANA_ERR_VALUE, "cka: %s has neither values nor what reads them",
                            sources[k].name);
        }
        if (sources[k].n_units == 0) {
            return ana_fail(ANA_ERR_VALUE, "cka: %s has no units", sources[k].name);
        }
        if (!ana_multiply(n, sources[k].n_units, &size)) {
            return ana_fail(ANA_ERR_SHAPE, "cka: %s has more values than can be counted",
                            sources[k].name);
        }
    }
    return n >= fewest
               ? ANA_OK
               : ana_fail(ANA_ERR_VALUE, "cka: %zu stimuli; at least %zu are needed", n, fewest);
}

/* Sources of both sides, one after the other. */
static ana_status compare(const ana_cka_layers *layers, const ana_cka_source *sources,
                          const ana_cka_options *wanted, ana_cka **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_cka_options options = wanted != NULL ? *wanted : ana_cka_options_default();
    char **names = ana_workspace_bytes(&workspace, layers->n, 1, sizeof *names);
    ANA_TRY(ana_workspace_check(&workspace, "cka"));
    ANA_TRY(check_options(&options));
    ANA_TRY(check_sources(layers, sources, &options));
    ANA_TRY(check_weights(sources[0].n_stimuli, options.weights));
    ANA_TRY(choose_form(layers, sources[0].n_stimuli, &options));
    for (size_t k = 0; k < layers->n; k++) {
        names[k] = (char *)(uintptr_t)sources[k].name; /* borrowed */
    }
    if (options.form == ANA_CKA_FEATURES || options.batch > 0) {
        ANA_TRY(ana_cka_by_stream(layers, sources, names, &options, out));
    } else {
        ANA_TRY(by_kernels(layers, sources, names, &options, out));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The layers of so many systems; `units` from the workspace. */
static ana_status lay_out(size_t n_a, size_t n_b, ana_workspace *workspace, size_t **units,
                          ana_cka_layers *layers)
{
    const size_t n = n_a + n_b;
    if (n_a == 0) {
        return ana_fail(ANA_ERR_VALUE, "cka: no systems to compare");
    }
    *units = ana_workspace_sizes(workspace, n, 1);
    *layers = (ana_cka_layers){
        .n_a = n_a, .n_b = n_b > 0 ? n_b : n_a, .same = n_b == 0, .n = n, .units = *units};
    return ana_workspace_check(workspace, "cka");
}

ana_status ana_cka_of_sources(size_t n_a, const ana_cka_source *a, size_t n_b,
                              const ana_cka_source *b, const ana_cka_options *options,
                              ana_cka **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_cka_layers layers = {0};
    size_t *units = NULL;
    ANA_TRY(lay_out(n_a, n_b, &workspace, &units, &layers));
    ana_cka_source *sources = ana_workspace_bytes(&workspace, layers.n, 1, sizeof *sources);
    ANA_TRY(ana_workspace_check(&workspace, "cka"));
    for (size_t k = 0; k < layers.n; k++) {
        sources[k] = k < n_a ? a[k] : b[k - n_a];
        units[k] = sources[k].n_units;
    }
    ANA_TRY(compare(&layers, sources, options, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_cka_compute(const ana_responses_set *a, const ana_responses_set *b,
                           const ana_cka_options *options, ana_cka **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_cka_layers layers = {0};
    size_t *units = NULL;
    ana_whole_units whole = {0};
    size_t n_left_out = 0;
    const size_t n_b = b != NULL ? b->n : 0;
    if (b != NULL && b->n == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "cka: no systems to compare with"));
    }
    ANA_TRY(lay_out(a->n, n_b, &workspace, &units, &layers));
    ana_cka_source *sources = ana_workspace_bytes(&workspace, layers.n, 1, sizeof *sources);
    const ana_responses **systems = ana_workspace_bytes(&workspace, layers.n, 1, sizeof(void *));
    ANA_TRY(ana_workspace_check(&workspace, "cka"));
    for (size_t k = 0; k < layers.n; k++) {
        systems[k] = k < a->n ? a->systems[k] : b->systems[k - a->n];
    }
    ANA_TRY(ana_whole_units_find(layers.n, systems, &whole));
    for (size_t k = 0; k < layers.n; k++) {
        const ana_responses *system = whole.systems[k];
        sources[k] = (ana_cka_source){.name = system->name,
                                      .n_stimuli = system->n_stimuli,
                                      .n_units = system->n_units,
                                      .values = system->values};
        units[k] = system->n_units;
        n_left_out += whole.n_left_out[k];
    }
    ANA_TRY(compare(&layers, sources, options, out));
    (*out)->n_units_left_out = n_left_out;
done:
    ana_whole_units_release(&whole);
    ana_workspace_release(&workspace);
    return status;
}

void ana_cka_free(ana_cka *cka)
{
    if (cka == NULL) {
        return;
    }
    ana_free_texts(cka->n_a, cka->names_a);
    ana_free_texts(cka->n_b, cka->names_b);
    free(cka->units_a);
    free(cka->units_b);
    free(cka->values);
    free(cka->cross);
    free(cka->self_a);
    free(cka->self_b);
    free(cka->p);
    free(cka->p_max);
    free(cka->low);
    free(cka->high);
    free(cka);
}
