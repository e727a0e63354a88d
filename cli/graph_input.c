#include "graph_input.h"

#include "load.h"
#include "try.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/record_io.h>
#include <analysis/formats/table_io.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

graph_input_options graph_input_options_default(void)
{
    return (graph_input_options){.above = NAN, .connectome = connectome_options_default()};
}

const ana_option graph_input_option_table[] = {
    {"directed", ANA_OPTION_BOOL, offsetof(graph_input_options, directed), 0, 0, NULL, NULL,
     "edges lead from row to column, or from the first end to the second", false},
    {"weight", ANA_OPTION_TEXT, offsetof(graph_input_options, weight), 0, 0, NULL, "COLUMN",
     "of a list of edges; without it weight, weights, synapses or count, or 1 for each edge",
     false},
    {"only", ANA_OPTION_TEXT, offsetof(graph_input_options, only), 0, 0, NULL, "COLUMN=TEXT",
     "of a list of edges: only rows with this text in that column", false},
    {"above", ANA_OPTION_DOUBLE, offsetof(graph_input_options, above), 0, 0, NULL, "WEIGHT",
     "only edges that weigh more than this; nan: all", false},
    ANA_OPTION_END,
};

static bool ends_with(const char *text, const char *ending)
{
    const size_t n = strlen(text);
    const size_t m = strlen(ending);
    return n >= m && strcmp(text + n - m, ending) == 0;
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Edges being collected from a file. */
typedef struct edge_rows {
    const char *path;
    const ana_table *table;
    const ana_column *ends[2];
    const ana_column *weight; /* NULL: 1 */
    const ana_column *filter; /* NULL: all rows */
    const char *wanted;
    size_t n_left_out;
    size_t n_edges;
    size_t *from;
    size_t *to;
    double *weights;
    size_t n_names;
    char **names; /* of nodes, ascending */
} edge_rows;

static const ana_column *find_any(const ana_table *table, const char *const *names)
{
    const ana_column *found = NULL;
    for (size_t i = 0; names[i] != NULL && found == NULL; i++) {
        found = ana_table_find(table, names[i]);
    }
    return found;
}

static bool find_ends(const ana_table *table, const ana_column *ends[2])
{
    static const char *const pairs[][2] = {{"from", "to"}, {"source", "target"}, {"pre", "post"}};
    for (size_t i = 0; i < 3; i++) {
        ends[0] = ana_table_find(table, pairs[i][0]);
        ends[1] = ana_table_find(table, pairs[i][1]);
        if (ends[0] != NULL && ends[1] != NULL) {
            return true;
        }
    }
    return false;
}

static ana_status find_weight(edge_rows *rows, const char *name)
{
    static const char *const usual[] = {"weight", "weights", "synapses", "count", NULL};
    rows->weight = name != NULL ? ana_table_find(rows->table, name) : find_any(rows->table, usual);
    if (rows->weight == NULL && name != NULL) {
        return ana_fail(ANA_ERR_VALUE, "%s: has no column %s", rows->path, name);
    }
    if (rows->weight != NULL &&
        (rows->weight->type != ANA_COLUMN_DOUBLE || rows->weight->row_start != NULL)) {
        return ana_fail(ANA_ERR_VALUE, "%s: column %s holds %s, not weights", rows->path,
                        rows->weight->name,
                        rows->weight->type == ANA_COLUMN_TEXT ? "text" : "lists");
    }
    return ANA_OK;
}

static ana_status find_filter(edge_rows *rows, const char *only)
{
    const char *equals = only != NULL ? strchr(only, '=') : NULL;
    char name[256];
    if (only == NULL) {
        return ANA_OK;
    }
    if (equals == NULL || (size_t)(equals - only) >= sizeof name) {
        return ana_fail(ANA_ERR_VALUE, "--only %s: COLUMN=TEXT is wanted", only);
    }
    snprintf(name, sizeof name, "%.*s", (int)(equals - only), only);
    rows->filter = ana_table_find(rows->table, name);
    rows->wanted = equals + 1;
    if (rows->filter == NULL || rows->filter->type != ANA_COLUMN_TEXT) {
        return ana_fail(ANA_ERR_VALUE, "%s: has no column %s of text", rows->path, name);
    }
    return ANA_OK;
}

/* The name of an end: a text, or a whole number as one. */
static void name_end(const ana_column *column, size_t row, char name[256])
{
    if (column->type == ANA_COLUMN_TEXT) {
        snprintf(name, 256, "%s", column->texts[row]);
    } else {
        snprintf(name, 256, "%lld", (long long)column->doubles[row]);
    }
}

static bool has_name(const ana_column *column, size_t row)
{
    if (column->row_start != NULL || ana_column_is_missing(column, row)) {
        return false; /* a list is no name */
    }
    return column->type == ANA_COLUMN_TEXT || (fabs(column->doubles[row]) < 1e15 &&
                                               column->doubles[row] == floor(column->doubles[row]));
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_wanted(const edge_rows *rows, size_t row)
{
    return rows->filter == NULL || (!ana_column_is_missing(rows->filter, row) &&
                                    strcmp(rows->filter->texts[row], rows->wanted) == 0);
}

/* The names of all ends, each once, in order. */
static ana_status collect_names(edge_rows *rows)
{
    const size_t n_rows = rows->table->n_rows;
    char name[256];
    rows->names = calloc(2 * n_rows + 1, sizeof *rows->names);
    if (rows->names == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "%s: no memory for %zu names", rows->path, 2 * n_rows);
    }
    for (size_t i = 0; i < 2 * n_rows; i++) {
        const ana_column *column = rows->ends[i % 2];
        if (!is_wanted(rows, i / 2)) {
            continue;
        }
        if (!has_name(column, i / 2)) {
            return ana_fail(ANA_ERR_FORMAT, "%s: row %zu: column %s names no node", rows->path,
                            i / 2 + 1, column->name);
        }
        name_end(column, i / 2, name);
        char *copy = strdup(name);
        if (copy == NULL) {
            return ana_fail(ANA_ERR_MEMORY, "%s: no memory for names", rows->path);
        }
        rows->names[rows->n_names++] = copy;
    }
    qsort(rows->names, rows->n_names, sizeof *rows->names, compare_names);
    size_t n = 0;
    for (size_t i = 0; i < rows->n_names; i++) {
        if (n > 0 && strcmp(rows->names[n - 1], rows->names[i]) == 0) {
            free(rows->names[i]);
        } else {
            rows->names[n++] = rows->names[i];
        }
    }
    rows->n_names = n;
    return ANA_OK;
}

static size_t find_name(const edge_rows *rows, const ana_column *column, size_t row)
{
    char name[256];
    char *key = name;
    name_end(column, row, name);
    char *const *found =
        bsearch(&key, rows->names, rows->n_names, sizeof *rows->names, compare_names);
    return (size_t)(found - rows->names);
}

static ana_status collect_edges(edge_rows *rows)
{
    const size_t n_rows = rows->table->n_rows;
    rows->from = calloc(n_rows + 1, sizeof *rows->from);
    rows->to = calloc(n_rows + 1, sizeof *rows->to);
    rows->weights = calloc(n_rows + 1, sizeof *rows->weights);
    if (rows->from == NULL || rows->to == NULL || rows->weights == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "%s: no memory for %zu edges", rows->path, n_rows);
    }
    for (size_t r = 0; r < n_rows; r++) {
        const double weight = rows->weight != NULL ? rows->weight->doubles[r] : 1.0;
        if (!is_wanted(rows, r)) {
            continue;
        }
        if (isnan(weight)) {
            rows->n_left_out++;
            continue;
        }
        rows->from[rows->n_edges] = find_name(rows, rows->ends[0], r);
        rows->to[rows->n_edges] = find_name(rows, rows->ends[1], r);
        rows->weights[rows->n_edges++] = weight;
    }
    return ANA_OK;
}

static void release_rows(edge_rows *rows)
{
    for (size_t i = 0; i < rows->n_names; i++) {
        free(rows->names[i]);
    }
    free(rows->names);
    free(rows->from);
    free(rows->to);
    free(rows->weights);
}

static ana_status graph_of_table(const char *path, const ana_table *table,
                                 const graph_input_options *options, const console_options *console,
                                 ana_graph **out)
{
    ana_status status = ANA_OK;
    edge_rows rows = {.path = path, .table = table};
    ana_graph *graph = NULL;
    if (!find_ends(table, rows.ends)) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: a list of edges has columns from and to, source and "
                        "target, or pre and post",
                        path);
    }
    ANA_TRY(find_weight(&rows, options->weight));
    ANA_TRY(find_filter(&rows, options->only));
    ANA_TRY(collect_names(&rows));
    ANA_TRY(collect_edges(&rows));
    const ana_edge_list list = {rows.n_names, rows.n_edges,     rows.from, rows.to, 1,
                                rows.weights, options->directed};
    ANA_TRY(ana_graph_new(&list, &graph));
    ANA_TRY(ana_graph_name_nodes(graph, (const char *const *)rows.names));
    if (rows.n_left_out > 0) {
        console_warn("%s: %zu edges without a weight are left out", path, rows.n_left_out);
    }
    if (rows.n_edges > graph->n_edges) {
        console_say(console, "%s: %zu rows are %zu edges; weights of the same edge are summed",
                    path, rows.n_edges, graph->n_edges);
    }
    *out = graph;
    graph = NULL;
done:
    ana_graph_free(graph);
    release_rows(&rows);
    return status;
}

/* An undirected graph is read from the lower triangle: the upper one must say the same. */
static ana_status check_symmetry(const char *path, size_t n, const double *values)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            const double a = values[i * n + j];
            const double b = values[j * n + i];
            if (!(a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-12 * (fabs(a) + fabs(b)))) {
                return ana_fail(ANA_ERR_VALUE,
                                "%s: [%zu][%zu] and [%zu][%zu] differ; --directed takes both", path,
                                i, j, j, i);
            }
        }
    }
    return ANA_OK;
}

/* What of a matrix makes no edge and is not nothing. */
static void say_left_out(const char *path, size_t n, const double *values,
                         const console_options *console)
{
    size_t n_missing = 0;
    size_t n_loops = 0;
    for (size_t k = 0; k < n * n; k++) {
        n_missing += isnan(values[k]) ? 1 : 0;
        n_loops += k % (n + 1) == 0 && values[k] != 0.0 && !isnan(values[k]) ? 1 : 0;
    }
    if (n_missing > 0) {
        console_warn("%s: %zu elements are missing: no edges", path, n_missing);
    }
    if (n_loops > 0) {
        console_say(console, "%s: %zu elements on the diagonal are left out", path, n_loops);
    }
}

static ana_status graph_of_matrix(const char *path, const graph_input_options *options,
                                  const console_options *console, const ana_run *run,
                                  ana_graph **out)
{
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    ana_graph *graph = NULL;
    ANA_TRY(ana_matrix_read(path, run, &matrix));
    const size_t n = matrix->axes[0].n;
    if (matrix->n_axes != 2 || matrix->axes[1].n != n) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE,
                         "%s: a graph is a square matrix or a list of edges; this is "
                         "an array of %zu axes, %zu x %zu",
                         path, matrix->n_axes, n, matrix->n_axes > 1 ? matrix->axes[1].n : 1));
    }
    if (!options->directed) {
        ANA_TRY(check_symmetry(path, n, matrix->values));
    }
    ANA_TRY(ana_graph_from_matrix(n, matrix->values, options->directed, false, &graph));
    say_left_out(path, n, matrix->values, console);
    if (matrix->axes[1].labels != NULL) {
        ANA_TRY(ana_graph_name_nodes(graph, (const char *const *)matrix->axes[1].labels));
    }
    *out = graph;
    graph = NULL;
done:
    ana_graph_free(graph);
    ana_matrix_free(matrix);
    return status;
}

static ana_status graph_of_record(const char *path, ana_graph **out)
{
    ana_record *record = NULL;
    char sentence[512];
    ana_status status = load_record(path, "a command for graphs", &record);
    if (status == ANA_OK) {
        status = ana_graph_from_record(record, out);
        snprintf(sentence, sizeof sentence, "%s", ana_last_error());
        if (status == ANA_ERR_FORMAT) {
            status = ana_fail(status, "%s: %s; a matrix in a file is asked for by FILE.h5:/path",
                              path, sentence);
        }
    }
    ana_record_free(record);
    return status;
}

static ana_status drop_light_edges(const char *path, double above, const console_options *console,
                                   ana_graph **held)
{
    ana_status status = ANA_OK;
    ana_graph *graph = *held;
    ana_graph *kept = NULL;
    const size_t n_weights = graph->n_weights;
    const size_t n_all = graph->n_edges;
    size_t *ends = calloc(2 * n_all + 1, sizeof *ends);
    double *weights = calloc(n_all * n_weights + 1, sizeof *weights);
    if (ends == NULL || weights == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "%s: no memory for %zu edges", path, n_all);
        goto done;
    }
    size_t n = 0;
    for (size_t e = 0; e < n_all; e++) {
        n += graph->weights[e] > above ? 1 : 0;
    }
    size_t at = 0;
    for (size_t e = 0; e < n_all; e++) {
        if (graph->weights[e] > above) {
            ends[at] = graph->from[e];
            ends[n_all + at] = graph->to[e];
            for (size_t w = 0; w < n_weights; w++) {
                weights[w * n + at] = graph->weights[w * n_all + e];
            }
            at++;
        }
    }
    const ana_edge_list list = {graph->n_nodes, n,       ends,           ends + n_all,
                                n_weights,      weights, graph->directed};
    ANA_TRY(ana_graph_new(&list, &kept));
    ANA_TRY(ana_graph_name_nodes(kept, (const char *const *)graph->node_names));
    ANA_TRY(ana_graph_name_weights(kept, (const char *const *)graph->weight_names));
    console_say(console, "%s: %zu of %zu edges are left out by --above", path, n_all - n, n_all);
    ana_graph_free(graph);
    *held = kept;
    kept = NULL;
done:
    ana_graph_free(kept);
    free(ends);
    free(weights);
    return status;
}

/* A JSON file that is a list of rows, not a saved result. */
static bool is_json_list(const char *path)
{
    FILE *file = ends_with(path, ".json") ? fopen(path, "rb") : NULL;
    int c = file != NULL ? fgetc(file) : EOF;
    while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        c = fgetc(file);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return c == '[';
}

/* A graph that is no connectome by its layout. */
static ana_status load_plain(const char *path, const ana_table *table,
                             const graph_input_options *options, const console_options *console,
                             const ana_run *run, ana_graph **out)
{
    ana_status status = ANA_OK;
    const ana_column *ends[2];
    ana_graph *graph = NULL;
    if (table != NULL && (find_ends(table, ends) || options->only || options->weight)) {
        return graph_of_table(path, table, options, console, out);
    }
    if (!ends_with(path, ".h5") && !ends_with(path, ".json") && !is_folder(path)) {
        return graph_of_matrix(path, options, console, run, out);
    }
    ANA_TRY(graph_of_record(path, &graph));
    ANA_TRY(take_connectome_edges(options->connectome.edges, &graph));
    *out = graph;
    graph = NULL;
done:
    ana_graph_free(graph);
    return status;
}

ana_status load_graph(const char *path, const graph_input_options *options,
                      const console_options *console, const ana_run *run, ana_graph **out)
{
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    ana_graph *graph = NULL;
    if (ends_with(path, ".csv") || ends_with(path, ".tsv") || ends_with(path, ".txt") ||
        is_json_list(path)) {
        ANA_TRY(ana_table_read(path, run, &table));
    }
    if (options->only == NULL && options->weight == NULL) {
        ANA_TRY(load_connectome(path, table, &options->connectome, console, run, &graph));
    }
    if (graph == NULL) {
        ANA_TRY(load_plain(path, table, options, console, run, &graph));
    }
    if (!isnan(options->above)) {
        ANA_TRY(drop_light_edges(path, options->above, console, &graph));
    }
    *out = graph;
    graph = NULL;
done:
    ana_graph_free(graph);
    ana_table_free(table);
    return status;
}

void say_loops(const ana_graph *graph, const console_options *console)
{
    size_t n = 0;
    for (size_t e = 0; e < graph->n_edges; e++) {
        n += graph->from[e] == graph->to[e] ? 1 : 0;
    }
    if (n > 0) {
        console_say(console, "%zu of %zu edges are loops, which no number counts", n,
                    graph->n_edges);
    }
}
