#include "layers_input.h"

#include "try.h"

#include <analysis/formats/table_io.h>
#include <analysis/models/graph_layers.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ana_status reserve(size_t n, layers_input *layers)
{
    layers->graphs = calloc(n + 1, sizeof(ana_graph *));
    layers->names = calloc(n + 1, sizeof *layers->names);
    return layers->graphs != NULL && layers->names != NULL
               ? ANA_OK
               : ana_fail(ANA_ERR_MEMORY, "layers: no memory for %zu graphs", n);
}

static ana_status name_layer(const char *name, char **out)
{
    *out = strdup(name);
    return *out != NULL ? ANA_OK
                        : ana_fail(ANA_ERR_MEMORY, "layers: no memory for the name %s", name);
}

static ana_status load_one(command_job *job, const char *path, const char *name,
                           const graph_input_options *options, layers_input *layers)
{
    const size_t l = layers->n++;
    ana_status status = name_layer(name, &layers->names[l]);
    return status == ANA_OK
               ? load_graph(path, options, &job->console, &job->run, &layers->graphs[l])
               : status;
}

static ana_status load_inputs(command_job *job, const graph_input_options *options,
                              layers_input *layers)
{
    ana_status status = ANA_OK;
    const input_list *inputs = &job->arguments;
    ANA_TRY(reserve(inputs->n_inputs, layers));
    for (size_t i = 0; i < inputs->n_inputs; i++) {
        const char *slash = strrchr(inputs->inputs[i], '/');
        const char *name = slash != NULL && slash[1] != '\0' ? slash + 1 : inputs->inputs[i];
        ANA_TRY(load_one(job, inputs->inputs[i], name, options, layers));
    }
done:
    return status;
}

static ana_status split_weights(command_job *job, const graph_input_options *options,
                                layers_input *layers)
{
    ana_status status = ANA_OK;
    ana_graph *graph = NULL;
    const char *path = job->arguments.inputs[0];
    ANA_TRY(load_graph(path, options, &job->console, &job->run, &graph));
    ANA_TRY(take_connectome_kinds(&graph));
    if (graph->n_weights < 2) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "%s: edges have one weight, %s, so that they are one layer",
                         path, graph->weight_names[0]));
    }
    ANA_TRY(reserve(graph->n_weights, layers));
    ANA_TRY(ana_graph_split_weights(graph, layers->graphs));
    layers->n = graph->n_weights;
    for (size_t l = 0; l < layers->n; l++) {
        ANA_TRY(name_layer(graph->weight_names[l], &layers->names[l]));
    }
done:
    ana_graph_free(graph);
    return status;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The texts of a column, each once, in order. Borrowed from the table. */
static ana_status list_texts(const char *path, const ana_table *table, const char *name,
                             const char ***out, size_t *n)
{
    const ana_column *column = ana_table_find(table, name);
    if (column == NULL || column->type != ANA_COLUMN_TEXT) {
        return ana_fail(ANA_ERR_VALUE, "%s: has no column %s of text", path, name);
    }
    const char **texts = calloc(table->n_rows + 1, sizeof *texts);
    if (texts == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "%s: no memory for %zu rows", path, table->n_rows);
    }
    size_t n_all = 0;
    for (size_t row = 0; row < table->n_rows; row++) {
        if (!ana_column_is_missing(column, row)) {
            texts[n_all++] = column->texts[row];
        }
    }
    qsort(texts, n_all, sizeof *texts, compare_texts);
    *n = 0;
    for (size_t i = 0; i < n_all; i++) {
        if (*n == 0 || strcmp(texts[*n - 1], texts[i]) != 0) {
            texts[(*n)++] = texts[i];
        }
    }
    *out = texts;
    return ANA_OK;
}

static ana_status split_rows(command_job *job, const graph_input_options *given, const char *column,
                             layers_input *layers)
{
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    const char **texts = NULL;
    size_t n = 0;
    const char *path = job->arguments.inputs[0];
    ANA_TRY(ana_table_read(path, &job->run, &table));
    ANA_TRY(list_texts(path, table, column, &texts, &n));
    if (n > 1000) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "%s: column %s has %zu texts; at most 1000 are layers",
                         path, column, n));
    }
    ANA_TRY(reserve(n, layers));
    for (size_t i = 0; i < n; i++) {
        char only[1024];
        graph_input_options options = *given;
        if (snprintf(only, sizeof only, "%s=%s", column, texts[i]) >= (int)sizeof only) {
            ANA_TRY(ana_fail(ANA_ERR_VALUE, "%s: a text of column %s is too long", path, column));
        }
        options.only = only;
        ANA_TRY(load_one(job, path, texts[i], &options, layers));
    }
done:
    free(texts);
    ana_table_free(table);
    return status;
}

static ana_status unite(layers_input *layers)
{
    ana_status status = ANA_OK;
    ana_graph **united = calloc(layers->n + 1, sizeof(ana_graph *));
    if (united == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "layers: no memory for %zu graphs", layers->n);
    }
    ANA_TRY(ana_graph_unite_nodes(layers->n, (const ana_graph *const *)layers->graphs, united));
    for (size_t l = 0; l < layers->n; l++) {
        ana_graph_free(layers->graphs[l]);
        layers->graphs[l] = united[l];
    }
done:
    free(united);
    return status;
}

ana_status load_layers(command_job *job, const graph_input_options *options, const char *split,
                       layers_input *out)
{
    ana_status status = ANA_OK;
    if (split == NULL) {
        ANA_TRY(load_inputs(job, options, out));
    } else if (strcmp(split, "weights") == 0) {
        ANA_TRY(split_weights(job, options, out));
    } else {
        ANA_TRY(split_rows(job, options, split, out));
    }
    if (out->n > 1) {
        ANA_TRY(unite(out));
    }
done:
    return status;
}

void release_layers(layers_input *layers)
{
    for (size_t l = 0; l < layers->n; l++) {
        ana_graph_free(layers->graphs[l]);
        free(layers->names[l]);
    }
    free(layers->graphs);
    free(layers->names);
    *layers = (layers_input){0};
}
