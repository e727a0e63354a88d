/* Rows that pass by: sums over units, or the mean of HSIC over batches. */
#include "cka_parts.h"
#include "lists.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <stdlib.h>
#include <string.h>

struct ana_cka_stream {
    ana_cka_layers layers;
    size_t *units;
    char **names; /* of layers */
    ana_cka_options options;
    ana_cka_features *features; /* NULL: in batches */
    ana_workspace workspace;    /* everything below */
    double **kernels;           /* layer: batch x batch */
    double *self;               /* layer: sum of HSIC over batches */
    double *cross;              /* n_a x n_b */
    double *self_now;
    double *cross_now;
    size_t n_batches;
    size_t n_rows;
    size_t n_left_out;
};

static ana_status check_options(const ana_cka_options *options)
{
    ana_status status = ana_options_check(ana_cka_option_table, options, "cka");
    if (status != ANA_OK) {
        return status;
    }
    if (options->weights != NULL || options->n_permutations > 0 || options->n_bootstraps > 0) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "cka: stimuli that pass by have no weights, permutations or bootstraps");
    }
    if (options->batch == 0 && options->kernel == ANA_CKA_RBF) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "cka: rbf kernels of stimuli that pass by are made in batches");
    }
    if (options->batch > 0 && options->batch < 4) {
        return ana_fail(ANA_ERR_VALUE, "cka: batch is %zu, but 4 or more (or 0) is needed",
                        options->batch);
    }
    return ANA_OK;
}

static ana_status make_batches(ana_cka_stream *stream)
{
    const ana_cka_layers *layers = &stream->layers;
    const size_t n = stream->options.batch;
    ana_workspace *workspace = &stream->workspace;
    ana_status status = ana_run_check_memory(&stream->options.run,
                                             ana_cka_kernels_bytes(layers, n, &stream->options),
                                             "likenesses of a batch");
    if (status != ANA_OK) {
        return status;
    }
    stream->kernels = ana_workspace_bytes(workspace, layers->n, 1, sizeof *stream->kernels);
    stream->self = ana_workspace_doubles(workspace, layers->n, 1);
    stream->self_now = ana_workspace_doubles(workspace, layers->n, 1);
    stream->cross = ana_workspace_doubles(workspace, layers->n_a, layers->n_b);
    stream->cross_now = ana_workspace_doubles(workspace, layers->n_a, layers->n_b);
    for (size_t k = 0; k < layers->n && !workspace->failed; k++) {
        stream->kernels[k] = ana_workspace_doubles(workspace, n, n);
    }
    return ana_workspace_check(workspace, "cka");
}

ana_status ana_cka_stream_new(const ana_cka_layers *layers, char *const *names,
                              const ana_cka_options *options, ana_cka_stream **out)
{
    ana_status status = ANA_OK;
    ana_cka_stream *stream = NULL;
    ANA_TRY(ana_allocate(1, sizeof *stream, "cka", (void *)&stream));
    stream->options = *options;
    stream->layers = *layers;
    ANA_TRY(ana_allocate(layers->n, sizeof(size_t), "cka", (void *)&stream->units));
    memcpy(stream->units, layers->units, layers->n * sizeof(size_t));
    stream->layers.units = stream->units;
    stream->options.form = options->batch > 0 ? ANA_CKA_KERNELS : ANA_CKA_FEATURES;
    ANA_TRY(ana_copy_texts(layers->n, (const char *const *)names, &stream->names));
    if (options->batch > 0) {
        ANA_TRY(make_batches(stream));
    } else {
        ANA_TRY(ana_cka_features_new(&stream->layers, &options->run, &stream->features));
    }
    *out = stream;
    stream = NULL;
done:
    ana_cka_stream_free(stream);
    return status;
}

/* "0", "1", ... of each side. */
static ana_status number_names(size_t n_a, size_t n_b, ana_workspace *workspace, char ***out)
{
    char **names = ana_workspace_bytes(workspace, n_a + n_b, 1, sizeof *names);
    const char **a = ana_numbered_texts(workspace, NULL, n_a + 1);
    const char **b = ana_numbered_texts(workspace, NULL, n_b + 1);
    const ana_status status = ana_workspace_check(workspace, "cka");
    for (size_t k = 0; k < n_a + n_b && status == ANA_OK; k++) {
        names[k] = (char *)(uintptr_t)(k < n_a ? a[k] : b[k - n_a]);
    }
    *out = names;
    return status;
}

ana_status ana_cka_begin(size_t n_a, const size_t *units_a, size_t n_b, const size_t *units_b,
                         const ana_cka_options *options, ana_cka_stream **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    char **names = NULL;
    const ana_cka_options settings = options != NULL ? *options : ana_cka_options_default();
    size_t *units = ana_workspace_sizes(&workspace, n_a + n_b, 1);
    ANA_TRY(ana_workspace_check(&workspace, "cka"));
    ANA_TRY(check_options(&settings));
    for (size_t k = 0; k < n_a + n_b; k++) {
        units[k] = k < n_a ? units_a[k] : units_b[k - n_a];
        if (units[k] == 0) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE, "cka: system %zu has no units", k));
        }
    }
    if (n_a == 0) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "cka: no systems to compare"));
    }
    const ana_cka_layers layers = {
        .n_a = n_a, .n_b = n_b > 0 ? n_b : n_a, .same = n_b == 0, .n = n_a + n_b, .units = units};
    ANA_TRY(number_names(n_a, n_b, &workspace, &names));
    ANA_TRY(ana_cka_stream_new(&layers, names, &settings, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status push_batch(ana_cka_stream *stream, size_t n, const double *const *rows)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_cka_layers *layers = &stream->layers;
    ana_cka_source *sources = ana_workspace_bytes(&workspace, layers->n, 1, sizeof *sources);
    ANA_TRY(ana_workspace_check(&workspace, "cka"));
    for (size_t k = 0; k < layers->n; k++) {
        sources[k] = (ana_cka_source){.name = stream->names[k],
                                      .n_stimuli = n,
                                      .n_units = layers->units[k],
                                      .values = rows[k]};
    }
    ANA_TRY(ana_cka_kernels(layers, sources, &stream->options, stream->kernels));
    ana_cka_kernels_hsic(layers, n, &stream->options, stream->kernels, stream->self_now,
                         stream->cross_now);
    for (size_t k = 0; k < layers->n; k++) {
        stream->self[k] += stream->self_now[k];
    }
    for (size_t k = 0; k < layers->n_a * layers->n_b; k++) {
        stream->cross[k] += stream->cross_now[k];
    }
    stream->n_batches++;
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_cka_push_layers(ana_cka_stream *stream, size_t n, const double *const *rows)
{
    ana_status status = ANA_OK;
    const size_t batch = stream->options.batch;
    if (batch > 0 && n > batch) {
        return ana_fail(ANA_ERR_VALUE, "cka: %zu stimuli in a batch of %zu", n, batch);
    }
    for (size_t k = 0; k < stream->layers.n; k++) {
        ANA_TRY(ana_cka_check_rows(stream->names[k], stream->n_rows, n, stream->layers.units[k],
                                   rows[k]));
    }
    if (batch > 0 && n < batch) {
        stream->n_left_out += n;
    } else if (batch > 0) {
        ANA_TRY(push_batch(stream, n, rows));
    } else {
        ana_cka_features_push(stream->features, n, rows);
    }
    stream->n_rows += n;
done:
    return status;
}

ana_status ana_cka_push(ana_cka_stream *stream, size_t n, const double *const *a,
                        const double *const *b)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_cka_layers *layers = &stream->layers;
    const double **rows = ana_workspace_bytes(&workspace, layers->n, 1, sizeof *rows);
    ANA_TRY(ana_workspace_check(&workspace, "cka"));
    for (size_t k = 0; k < layers->n; k++) {
        rows[k] = k < layers->n_a ? a[k] : b[k - layers->n_a];
    }
    ANA_TRY(ana_cka_push_layers(stream, n, rows));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_enough(const ana_cka_stream *stream)
{
    const size_t fewest = ana_cka_fewest(stream->options.estimator);
    if (stream->features == NULL) {
        return stream->n_batches > 0
                   ? ANA_OK
                   : ana_fail(ANA_ERR_VALUE, "cka: no batch of %zu stimuli was full",
                              stream->options.batch);
    }
    return stream->n_rows >= fewest
               ? ANA_OK
               : ana_fail(ANA_ERR_VALUE, "cka: %zu stimuli; at least %zu are needed",
                          stream->n_rows, fewest);
}

ana_status ana_cka_end(const ana_cka_stream *stream, ana_cka **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_cka *cka = NULL;
    const ana_cka_layers *layers = &stream->layers;
    const size_t n_pairs = layers->n_a * layers->n_b;
    double *self = ana_workspace_doubles(&workspace, layers->n, 1);
    double *cross = ana_workspace_doubles(&workspace, n_pairs, 1);
    ANA_TRY(ana_workspace_check(&workspace, "cka"));
    ANA_TRY(check_enough(stream));
    ANA_TRY(ana_cka_new(layers, stream->names, &stream->options, &cka));
    if (stream->features != NULL) {
        ANA_TRY(ana_cka_features_hsic(stream->features, stream->options.estimator, self, cross));
    } else {
        const double m = (double)stream->n_batches;
        for (size_t k = 0; k < layers->n; k++) {
            self[k] = stream->self[k] / m;
        }
        for (size_t k = 0; k < n_pairs; k++) {
            cross[k] = stream->cross[k] / m;
        }
        cka->n_batches = stream->n_batches;
    }
    cka->n_stimuli = stream->n_rows;
    cka->n_stimuli_left_out = stream->n_left_out;
    ana_cka_settle(layers, self, cross, &stream->options.run, cka);
    *out = cka;
    cka = NULL;
done:
    ana_cka_free(cka);
    ana_workspace_release(&workspace);
    return status;
}

void ana_cka_stream_free(ana_cka_stream *stream)
{
    if (stream == NULL) {
        return;
    }
    ana_cka_features_free(stream->features);
    ana_workspace_release(&stream->workspace);
    ana_free_texts(stream->layers.n, stream->names);
    free(stream->units);
    free(stream);
}
