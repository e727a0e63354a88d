/* Changes of community as a record, with their figures. */
#include "connectome_figures.h"
#include "lists.h"
#include "try.h"

#include <analysis/agreement.h>
#include <analysis/models/connectome_dynamics.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEAST_ROWS = 20, /* of the table of changes, when fewer are sure */
    MOST_ROWS = 2000,
    MOST_GRAPHS = 24, /* epochs whose graphs are drawn */
    MOST_DRAWN = 400  /* neurons of a graph */
};

/* "1" ..., and at the end "another": streams leave no room for more. */
static ana_status name_communities(size_t n, ana_workspace *workspace, const char *const **out)
{
    ana_status status = ANA_OK;
    const char **names = ana_numbered_texts(workspace, NULL, n);
    ANA_TRY(ana_workspace_check(workspace, "connectome"));
    if (n > 0) {
        names[n - 1] = "another";
    }
    *out = names;
done:
    return status;
}

/* "first to second" of each comparison. */
static ana_status name_comparisons(const ana_connectome_dynamics *dynamics,
                                   ana_workspace *workspace, const char *const **out)
{
    ana_status status = ANA_OK;
    const size_t n = dynamics->n_comparisons;
    const char **names = ana_workspace_bytes(workspace, n, 1, sizeof *names);
    ANA_TRY(ana_workspace_check(workspace, "connectome"));
    for (size_t k = 0; k < n; k++) {
        const char *a = dynamics->epoch_names[dynamics->from[k]];
        const char *b = dynamics->epoch_names[dynamics->to[k]];
        const size_t size = strlen(a) + strlen(b) + 8;
        char *text = ana_workspace_bytes(workspace, size, 1, 1);
        ANA_TRY(ana_workspace_check(workspace, "connectome"));
        (void)snprintf(text, size, "%s to %s", a, b);
        names[k] = text;
    }
    *out = names;
done:
    return status;
}

static ana_status add_alluvial(const ana_connectome_dynamics *dynamics, ana_record *record)
{
    static const ana_picture_words words = {
        "Communities from epoch to epoch",
        "The community that most partitions of an epoch put each neuron in; streams are neurons "
        "that go from one to another.",
        NULL, NULL, "community"};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const char *const *names = NULL;
    const size_t n = dynamics->n_neurons;
    double *values = ana_workspace_doubles(&workspace, dynamics->n_epochs, n);
    ANA_TRY(name_communities(dynamics->n_communities, &workspace, &names));
    for (size_t k = 0; k < dynamics->n_epochs * n; k++) {
        const size_t c = dynamics->membership[k];
        values[k] = c == ANA_NO_LABEL ? (double)NAN : (double)c;
    }
    ANA_TRY(ana_record_add_picture(record, "alluvial", ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "layout", "alluvial"));
    ANA_TRY(ana_record_add_doubles(
        figure, "values", ana_shape_2(dynamics->n_epochs, "epoch", n, "neuron"), values, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", dynamics->n_epochs,
                                 (const char *const *)dynamics->epoch_names));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", n,
                                 (const char *const *)dynamics->neuron_names));
    ANA_TRY(ana_record_add_texts(figure, "group_labels", dynamics->n_communities, names));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_change_map(const ana_connectome_dynamics *dynamics, ana_record *record)
{
    static const ana_picture_words words = {
        "How much neurons change",
        "Disagreement of the partitions of two epochs (row) about a neuron (column), less that "
        "within the epochs.",
        NULL, NULL, "change"};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const char *const *names = NULL;
    const size_t n = dynamics->n_neurons;
    const size_t m = dynamics->n_comparisons;
    ANA_TRY(name_comparisons(dynamics, &workspace, &names));
    ANA_TRY(ana_record_add_picture(record, "change", ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(m, "comparison", n, "neuron"),
                                   dynamics->change, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", m, names));
    ANA_TRY(ana_record_add_texts(figure, "column_labels", n,
                                 (const char *const *)dynamics->neuron_names));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* One neuron in one comparison, to be sorted. */
typedef struct ranked {
    double p;
    double change;
    size_t index;
} ranked;

static int compare_ranked(const void *a, const void *b)
{
    const ranked *x = a;
    const ranked *y = b;
    if (x->p != y->p) {
        return x->p < y->p ? -1 : 1;
    }
    if (x->change != y->change) {
        return x->change > y->change ? -1 : 1;
    }
    return (x->index > y->index) - (x->index < y->index);
}

/* Those with a change, the surest first; returns how many the table holds. */
static size_t rank_changes(const ana_connectome_dynamics *dynamics, ranked *list)
{
    size_t n = 0;
    size_t n_sure = 0;
    for (size_t k = 0; k < dynamics->n_comparisons * dynamics->n_neurons; k++) {
        if (!isnan(dynamics->change[k])) {
            const bool tested = !isnan(dynamics->p[k]);
            list[n++] = (ranked){tested ? dynamics->p[k] : 1.0, dynamics->change[k], k};
            n_sure += dynamics->changed[k] ? 1 : 0;
        }
    }
    qsort(list, n, sizeof *list, compare_ranked);
    n_sure = n_sure < LEAST_ROWS ? LEAST_ROWS : n_sure;
    n_sure = n_sure > MOST_ROWS ? MOST_ROWS : n_sure;
    return n < n_sure ? n : n_sure;
}

/* Columns of the table, a text or a number for each row. */
typedef struct columns {
    const char **texts[5]; /* neuron, epochs, communities */
    double *numbers[3];    /* change, p, adjusted */
    const char **changed;
} columns;

static ana_status new_columns(size_t n, ana_workspace *workspace, columns *out)
{
    for (size_t c = 0; c < 5; c++) {
        out->texts[c] = ana_workspace_bytes(workspace, n, 1, sizeof(char *));
    }
    for (size_t c = 0; c < 3; c++) {
        out->numbers[c] = ana_workspace_doubles(workspace, n, 1);
    }
    out->changed = ana_workspace_bytes(workspace, n, 1, sizeof(char *));
    return ana_workspace_check(workspace, "connectome");
}

static void fill_row(const ana_connectome_dynamics *dynamics, size_t index, size_t row,
                     const char *const *names, columns *out)
{
    const size_t n = dynamics->n_neurons;
    const size_t i = index % n;
    const size_t from = dynamics->from[index / n];
    const size_t to = dynamics->to[index / n];
    out->texts[0][row] = dynamics->neuron_names[i];
    out->texts[1][row] = dynamics->epoch_names[from];
    out->texts[2][row] = dynamics->epoch_names[to];
    out->texts[3][row] = names[dynamics->membership[from * n + i]];
    out->texts[4][row] = names[dynamics->membership[to * n + i]];
    out->numbers[0][row] = dynamics->change[index];
    out->numbers[1][row] = dynamics->p[index];
    out->numbers[2][row] = dynamics->adjusted[index];
    out->changed[row] = dynamics->changed[index] ? "yes" : "no";
}

static ana_status add_columns(const columns *rows, size_t n, ana_record *table)
{
    static const char *const texts[] = {"neuron", "from", "to", "community", "becomes"};
    static const char *const numbers[] = {"change", "p", "adjusted_p"};
    ana_status status = ANA_OK;
    for (size_t c = 0; c < 5; c++) {
        ANA_TRY(ana_record_add_texts(table, texts[c], n, rows->texts[c]));
    }
    for (size_t c = 0; c < 3; c++) {
        ANA_TRY(ana_record_add_doubles(table, numbers[c], ana_shape_1(n, "row"), rows->numbers[c],
                                       NULL));
    }
    ANA_TRY(ana_record_add_texts(table, "changed", n, rows->changed));
done:
    return status;
}

static ana_status add_table(const ana_connectome_dynamics *dynamics, ana_record *record)
{
    static const ana_picture_words words = {
        "Neurons that change community",
        "The surest first; changed: the p against circular shifts, corrected for all neurons and "
        "comparisons, is at most the level.",
        NULL, NULL, NULL};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const char *const *names = NULL;
    columns rows;
    const size_t all = dynamics->n_comparisons * dynamics->n_neurons;
    ranked *list = ana_workspace_bytes(&workspace, all, 1, sizeof *list);
    ANA_TRY(name_communities(dynamics->n_communities, &workspace, &names));
    const size_t n = rank_changes(dynamics, list);
    ANA_TRY(new_columns(n, &workspace, &rows));
    for (size_t row = 0; row < n; row++) {
        fill_row(dynamics, list[row].index, row, names, &rows);
    }
    ANA_TRY(ana_record_add_picture(record, "changes", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(add_columns(&rows, n, table));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* A label for each, -1 for none. */
static ana_status add_labels(const char *name, ana_shape shape, size_t n, const size_t *labels,
                             ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    int64_t *values = ana_workspace_bytes(&workspace, n, 1, sizeof *values);
    ANA_TRY(ana_workspace_check(&workspace, "connectome"));
    for (size_t k = 0; k < n; k++) {
        values[k] = labels[k] == ANA_NO_LABEL ? -1 : (int64_t)labels[k];
    }
    ANA_TRY(ana_record_add_ints(record, name, shape, values, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_arrays(const ana_connectome_dynamics *dynamics, ana_record *record)
{
    ana_status status = ANA_OK;
    const size_t n = dynamics->n_neurons;
    const size_t n_epochs = dynamics->n_epochs;
    const ana_shape by_epoch = ana_shape_2(n_epochs, "epoch", n, "neuron");
    const ana_shape by_comparison = ana_shape_2(dynamics->n_comparisons, "comparison", n, "neuron");
    const ana_shape by_community = {
        3, {n_epochs, n, dynamics->n_communities}, {"epoch", "neuron", "community"}};
    ANA_TRY(
        ana_record_add_texts(record, "neurons", n, (const char *const *)dynamics->neuron_names));
    ANA_TRY(ana_record_add_texts(record, "epochs", n_epochs,
                                 (const char *const *)dynamics->epoch_names));
    ANA_TRY(add_labels("reference", ana_shape_1(n, "neuron"), n, dynamics->reference, record));
    ANA_TRY(add_labels("membership", by_epoch, n_epochs * n, dynamics->membership, record));
    ANA_TRY(ana_record_add_doubles(record, "share", by_community, dynamics->share, NULL));
    ANA_TRY(ana_record_add_doubles(record, "wavering", by_epoch, dynamics->wavering, NULL));
    ANA_TRY(ana_record_add_sizes(record, "from", ana_shape_1(dynamics->n_comparisons, "comparison"),
                                 dynamics->from, NULL));
    ANA_TRY(ana_record_add_sizes(record, "to", ana_shape_1(dynamics->n_comparisons, "comparison"),
                                 dynamics->to, NULL));
    ANA_TRY(ana_record_add_doubles(record, "p", by_comparison, dynamics->p, NULL));
    ANA_TRY(ana_record_add_doubles(record, "adjusted_p", by_comparison, dynamics->adjusted, NULL));
done:
    return status;
}

/* Communities of the mean graph: activity of each in each animal, and as lines the animals' mean.
 */
static ana_status add_activity(const ana_connectome_dynamics *dynamics,
                               const ana_connectome *connectome,
                               const ana_connectome_drawing *drawing, ana_record *record)
{
    static const ana_picture_words words = {
        "Activity of the communities",
        "Mean affinity of two neurons of the same community of the mean graph, as modelled; mean "
        "of the animals.",
        "time", NULL, NULL};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_connectome_ties *ties = NULL;
    const char *const *names = NULL;
    const size_t n = dynamics->n_communities - 1;
    const size_t n_times = connectome->n_times;
    const size_t n_animals = connectome->n_animals;
    double *within = ana_workspace_doubles(&workspace, n_animals * n, n_times);
    double *between = ana_workspace_doubles(&workspace, n_animals * n, n_times);
    double *mean = ana_workspace_doubles(&workspace, n, n_times);
    const ana_shape shape = {3, {n_animals, n, n_times}, {"animal", "community", "time"}};
    const ana_shape tie_shape = ana_shape_2(connectome->n_motifs, "motif", n, "community");
    names = ana_numbered_texts(&workspace, "community", n);
    ANA_TRY(ana_workspace_check(&workspace, "connectome"));
    ANA_TRY(ana_connectome_tie(connectome, n, dynamics->reference, &ties));
    for (size_t w = 0; w < n_animals; w++) {
        ana_connectome_activity(connectome, w, n, ties->within, within + w * n * n_times);
        ana_connectome_activity(connectome, w, n, ties->between, between + w * n * n_times);
        for (size_t k = 0; k < n * n_times; k++) {
            mean[k] += within[w * n * n_times + k] / (double)n_animals;
        }
    }
    const connectome_lines lines = {n, "community", mean, names, drawing};
    ANA_TRY(connectome_add_lines(connectome, &words, "activity", &lines, record));
    ANA_TRY(ana_record_add_doubles(record, "ties_within", tie_shape, ties->within, NULL));
    ANA_TRY(ana_record_add_doubles(record, "ties_between", tie_shape, ties->between, NULL));
    ANA_TRY(ana_record_add_doubles(record, "activity_within", shape, within, NULL));
    ANA_TRY(ana_record_add_doubles(record, "activity_between", shape, between, NULL));
done:
    ana_connectome_ties_free(ties);
    ana_workspace_release(&workspace);
    return status;
}

/* out = mean over the visits of an epoch, each by its length. */
static void sum_visits(const ana_connectome *connectome, const ana_connectome_epochs *epochs,
                       size_t epoch, double *room, double *out)
{
    const size_t n = connectome->n_neurons;
    double n_times = 0.0;
    memset(out, 0, n * n * sizeof *out);
    for (size_t v = 0; v < epochs->n_visits; v++) {
        const double length = (double)(epochs->stop[v] - epochs->first[v]);
        if (epochs->epoch[v] != epoch) {
            continue;
        }
        ana_connectome_mean_graph(connectome, epochs->first[v], epochs->stop[v], room);
        n_times += length;
        for (size_t k = 0; k < n * n; k++) {
            out[k] += length * room[k];
        }
    }
    for (size_t k = 0; n_times > 0.0 && k < n * n; k++) {
        out[k] /= n_times;
    }
}

static ana_status add_graphs(const ana_connectome_dynamics *dynamics,
                             const ana_connectome *connectome, const ana_connectome_epochs *epochs,
                             const ana_connectome_drawing *drawing, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = connectome->n_neurons;
    const size_t n_communities = dynamics->n_communities;
    const char *const *groups = NULL;
    double *room = ana_workspace_doubles(&workspace, n, n);
    double *values = ana_workspace_doubles(&workspace, n, n);
    size_t *group = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(name_communities(n_communities, &workspace, &groups));
    for (size_t e = 0; e < epochs->n_epochs; e++) {
        char name[32];
        const ana_picture_words words = {epochs->names[e],
                                         "The strongest pairs of the mean graph of this epoch; "
                                         "colours are its communities.",
                                         NULL, NULL, NULL};
        for (size_t i = 0; i < n; i++) { /* in no community: drawn as another */
            const size_t c = dynamics->membership[e * n + i];
            group[i] = c == ANA_NO_LABEL ? n_communities - 1 : c;
        }
        const connectome_picture picture = {.n = n,
                                            .values = values,
                                            .labels = (const char *const *)connectome->neuron_names,
                                            .group = group,
                                            .n_groups = n_communities,
                                            .group_names = groups,
                                            .drawing = drawing};
        sum_visits(connectome, epochs, e, room, values);
        (void)snprintf(name, sizeof name, "epoch_%zu_graph", e + 1);
        ANA_TRY(connectome_add_graph(&picture, &words, name, record));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static size_t count_changed(const ana_connectome_dynamics *dynamics)
{
    size_t n = 0;
    for (size_t k = 0; k < dynamics->n_comparisons * dynamics->n_neurons; k++) {
        n += dynamics->changed[k] ? 1 : 0;
    }
    return n;
}

ana_status ana_connectome_dynamics_to_record(const ana_connectome_dynamics *dynamics,
                                             const ana_connectome *connectome,
                                             const ana_connectome_epochs *epochs,
                                             const ana_connectome_drawing *drawing,
                                             ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "connectome dynamics"));
    ANA_TRY(ana_record_add_text(record, "title", "Communities over the epochs"));
    ANA_TRY(ana_record_add_int(record, "n_epochs", (int64_t)dynamics->n_epochs, NULL));
    ANA_TRY(ana_record_add_int(record, "communities", (int64_t)dynamics->n_communities - 1, NULL));
    ANA_TRY(ana_record_add_int(record, "surrogates", (int64_t)dynamics->n_surrogates, NULL));
    ANA_TRY(ana_record_add_int(record, "n_changed", (int64_t)count_changed(dynamics), NULL));
    ANA_TRY(add_alluvial(dynamics, record));
    ANA_TRY(add_table(dynamics, record));
    ANA_TRY(add_change_map(dynamics, record));
    if (connectome != NULL) {
        ANA_TRY(add_activity(dynamics, connectome, drawing, record));
    }
    if (connectome != NULL && epochs != NULL && epochs->n_epochs <= MOST_GRAPHS &&
        connectome->n_neurons <= MOST_DRAWN) {
        ANA_TRY(add_graphs(dynamics, connectome, epochs, drawing, record));
    }
    ANA_TRY(add_arrays(dynamics, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
