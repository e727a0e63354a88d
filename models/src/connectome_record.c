/* A connectome as a record, with its figures. */
#include "connectome_figures.h"
#include "grouped_pictures.h"
#include "lists.h"
#include "try.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MOST_IN_MATRIX = 1000, /* neurons; more are smaller than a pixel */
    MOST_DRAWN = 400,
    TIES_A_NEURON = 2 /* that are drawn, on average */
};

ana_status connectome_add_spans(const ana_connectome_drawing *drawing, ana_record *figure)
{
    ana_status status = ANA_OK;
    if (drawing == NULL || drawing->n_spans == 0) {
        return ANA_OK;
    }
    size_t n_kinds = 0;
    const ana_shape spans = ana_shape_1(drawing->n_spans, "span");
    for (size_t k = 0; k < drawing->n_spans; k++) {
        n_kinds = drawing->span_kind[k] >= n_kinds ? drawing->span_kind[k] + 1 : n_kinds;
    }
    ANA_TRY(ana_record_add_doubles(figure, "span_start", spans, drawing->span_start, "s"));
    ANA_TRY(ana_record_add_doubles(figure, "span_stop", spans, drawing->span_stop, "s"));
    ANA_TRY(ana_record_add_sizes(figure, "span_kind", spans, drawing->span_kind, NULL));
    ANA_TRY(ana_record_add_texts(figure, "span_labels", n_kinds, drawing->span_names));
done:
    return status;
}

ana_status connectome_add_lines(const ana_connectome *connectome, const ana_picture_words *words,
                                const char *name, const connectome_lines *lines, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n_times = connectome->n_times;
    double *x = ana_workspace_doubles(&workspace, n_times, 1);
    ANA_TRY(ana_workspace_check(&workspace, "connectome"));
    for (size_t t = 0; t < n_times; t++) {
        x[t] = (double)t * connectome->dt_s;
    }
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_LINE, words, &figure));
    ANA_TRY(ana_record_add_text(figure, "layout", "stacked"));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(n_times, "time"), x, "s"));
    ANA_TRY(ana_record_add_doubles(figure, "y", ana_shape_2(lines->n, lines->axis, n_times, "time"),
                                   lines->values, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", lines->n, lines->labels));
    ANA_TRY(connectome_add_spans(lines->drawing, figure));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* A pair, to be sorted by weight. */
typedef struct tie {
    double weight;
    size_t from;
    size_t to;
} tie;

static int compare_ties(const void *a, const void *b)
{
    const tie *x = a;
    const tie *y = b;
    if (x->weight != y->weight) {
        return x->weight > y->weight ? -1 : 1;
    }
    if (x->from != y->from) {
        return x->from < y->from ? -1 : 1;
    }
    return (x->to > y->to) - (x->to < y->to);
}

/* Pairs of weight > 0, the strongest first; returns how many are drawn. */
static size_t list_ties(const connectome_picture *picture, tie *list)
{
    const size_t n = picture->n;
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            if (picture->values[i * n + j] > 0.0) { /* false for NaN */
                list[m++] = (tie){picture->values[i * n + j], i, j};
            }
        }
    }
    qsort(list, m, sizeof *list, compare_ties);
    return m < TIES_A_NEURON * n ? m : TIES_A_NEURON * n;
}

static ana_status add_edges(const connectome_picture *picture, ana_record *figure)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t most = ana_affinity_n_pairs(picture->n);
    tie *list = ana_workspace_bytes(&workspace, most, 1, sizeof *list);
    size_t *from = ana_workspace_sizes(&workspace, most, 1);
    size_t *to = ana_workspace_sizes(&workspace, most, 1);
    double *weight = ana_workspace_doubles(&workspace, most, 1);
    ANA_TRY(ana_workspace_check(&workspace, "connectome"));
    const size_t m = list_ties(picture, list);
    for (size_t k = 0; k < m; k++) {
        from[k] = list[k].from;
        to[k] = list[k].to;
        weight[k] = list[k].weight;
    }
    ANA_TRY(ana_record_add_sizes(figure, "from", ana_shape_1(m, "edge"), from, NULL));
    ANA_TRY(ana_record_add_sizes(figure, "to", ana_shape_1(m, "edge"), to, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "weight", ana_shape_1(m, "edge"), weight, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status connectome_add_graph(const connectome_picture *picture, const ana_picture_words *words,
                                const char *name, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const size_t n = picture->n;
    const bool grouped = picture->group != NULL;
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_GRAPH, words, &figure));
    ANA_TRY(add_edges(picture, figure));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, picture->labels));
    if (grouped) {
        ANA_TRY(
            ana_record_add_sizes(figure, "group", ana_shape_1(n, "neuron"), picture->group, NULL));
    }
    if (grouped && picture->group_names != NULL) {
        ANA_TRY(
            ana_record_add_texts(figure, "group_labels", picture->n_groups, picture->group_names));
    }
    if (picture->drawing != NULL && picture->drawing->position != NULL) {
        ANA_TRY(ana_record_add_doubles(figure, "position", ana_shape_2(n, "neuron", 2, "axis"),
                                       picture->drawing->position, NULL));
    }
done:
    return status;
}

/* The shared factor of time of each motif, times its weight. */
static ana_status add_times(const ana_connectome *connectome, const ana_connectome_drawing *drawing,
                            ana_record *record)
{
    static const ana_picture_words words = {
        "When each motif is active",
        "Factor of time that the animals share, times the weight of the motif.", "time", NULL,
        NULL};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const char *const *names = NULL;
    const size_t n_times = connectome->n_times;
    double *y = ana_workspace_doubles(&workspace, connectome->n_motifs, n_times);
    names = ana_numbered_texts(&workspace, "motif", connectome->n_motifs);
    ANA_TRY(ana_workspace_check(&workspace, "connectome"));
    for (size_t k = 0; k < connectome->n_motifs * n_times; k++) {
        y[k] = connectome->weights[k / n_times] * connectome->time[k];
    }
    const connectome_lines lines = {connectome->n_motifs, "motif", y, names, drawing};
    ANA_TRY(connectome_add_lines(connectome, &words, "time_factors", &lines, record));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_animals(const ana_connectome *connectome, ana_record *record)
{
    static const ana_picture_words words = {
        "Weights of the animals", "How much of each motif (column) is in each animal (row).", NULL,
        NULL, "share"};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const char *const *names = NULL;
    const size_t n = connectome->n_animals;
    const size_t rank = connectome->n_motifs;
    double *values = ana_workspace_doubles(&workspace, n, rank);
    names = ana_numbered_texts(&workspace, "motif", rank);
    ANA_TRY(ana_workspace_check(&workspace, "connectome"));
    for (size_t k = 0; k < n * rank; k++) {
        values[k] = connectome->shares[k % rank * n + k / rank];
    }
    ANA_TRY(ana_record_add_picture(record, "animal_weights", ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "animal", rank, "motif"),
                                   values, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", n,
                                 (const char *const *)connectome->animal_names));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", rank, names));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_matrix(const ana_connectome *connectome, size_t motif, const size_t *group,
                             const ana_picture_words *words, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    char name[32];
    const size_t n = connectome->n_neurons;
    const double *values = connectome->matrices + motif * n * n;
    const char *const *labels = (const char *const *)connectome->neuron_names;
    (void)snprintf(name, sizeof name, "motif_%zu", motif + 1);
    if (group != NULL) {
        const ana_grouped_nodes nodes = {n, group, labels};
        return ana_add_grouped_matrix(&nodes, words, name, values, record);
    }
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_HEAT_MAP, words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "neuron", n, "neuron"), values,
                                   NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", n, labels));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", n, labels));
done:
    return status;
}

/* A motif's matrix, and it as a graph. */
static ana_status add_motif(const ana_connectome *connectome, size_t motif, const size_t *group,
                            const ana_connectome_drawing *drawing, ana_record *record)
{
    ana_status status = ANA_OK;
    char title[48];
    char name[48];
    const size_t n = connectome->n_neurons;
    (void)snprintf(title, sizeof title, "Motif %zu", motif + 1);
    ana_picture_words words = {
        title,
        group != NULL ? "Affinity of each pair of neurons in this motif, ordered by community."
                      : "Affinity of each pair of neurons in this motif.",
        NULL, NULL, "affinity"};
    if (n <= MOST_IN_MATRIX) {
        ANA_TRY(add_matrix(connectome, motif, group, &words, record));
    }
    const connectome_picture picture = {.n = n,
                                        .values = connectome->matrices + motif * n * n,
                                        .labels = (const char *const *)connectome->neuron_names,
                                        .group = group,
                                        .drawing = drawing};
    words.caption = "The strongest pairs of this motif.";
    words.value_title = NULL;
    (void)snprintf(name, sizeof name, "motif_%zu_graph", motif + 1);
    (void)snprintf(title, sizeof title, "Motif %zu as a graph", motif + 1);
    if (n <= MOST_DRAWN) {
        ANA_TRY(connectome_add_graph(&picture, &words, name, record));
    }
done:
    return status;
}

static ana_status add_arrays(const ana_connectome *connectome, ana_record *record)
{
    ana_status status = ANA_OK;
    const size_t rank = connectome->n_motifs;
    const ana_shape courses = {
        3, {connectome->n_animals, connectome->n_times, rank}, {"animal", "time", "motif"}};
    const size_t n = connectome->n_neurons;
    const ana_shape matrices = {3, {rank, n, n}, {"motif", "neuron", "neuron"}};
    ANA_TRY(ana_record_add_doubles(record, "weights", ana_shape_1(rank, "motif"),
                                   connectome->weights, NULL));
    ANA_TRY(
        ana_record_add_texts(record, "neurons", n, (const char *const *)connectome->neuron_names));
    ANA_TRY(ana_record_add_texts(record, "animals", connectome->n_animals,
                                 (const char *const *)connectome->animal_names));
    ANA_TRY(ana_record_add_doubles(record, "courses", courses, connectome->courses, NULL));
    if (n > MOST_IN_MATRIX) { /* else each motif's picture holds its own */
        ANA_TRY(ana_record_add_doubles(record, "matrices", matrices, connectome->matrices, NULL));
    }
done:
    return status;
}

ana_status ana_connectome_to_record(const ana_connectome *connectome, const size_t *const *groups,
                                    const ana_connectome_drawing *drawing, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "connectome"));
    ANA_TRY(ana_record_add_text(record, "title", "Functional connectome"));
    ANA_TRY(ana_record_add_int(record, "motifs", (int64_t)connectome->n_motifs, NULL));
    ANA_TRY(ana_record_add_int(record, "n_animals", (int64_t)connectome->n_animals, NULL));
    ANA_TRY(ana_record_add_int(record, "n_neurons", (int64_t)connectome->n_neurons, NULL));
    ANA_TRY(ana_record_add_int(record, "times", (int64_t)connectome->n_times, NULL));
    ANA_TRY(ana_record_add_double(record, "bin", connectome->dt_s, "s"));
    ANA_TRY(add_times(connectome, drawing, record));
    ANA_TRY(add_animals(connectome, record));
    for (size_t r = 0; r < connectome->n_motifs; r++) {
        ANA_TRY(add_motif(connectome, r, groups != NULL ? groups[r] : NULL, drawing, record));
    }
    ANA_TRY(add_arrays(connectome, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
