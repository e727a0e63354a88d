#include "connectome_input.h"

#include "try.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/table_io.h>
#include <analysis/formats/texts_io.h>
#include <analysis/models/worm_neurons.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const edge_words[] = {"auto",       "rows",          "both", "chemical",
                                         "electrical", "extrasynaptic", NULL};

connectome_options connectome_options_default(void)
{
    return (connectome_options){.anatomical = ana_anatomical_options_default(), .below = 0.05};
}

const ana_option connectome_option_table[] = {
    {"edges", ANA_OPTION_CHOICE, offsetof(connectome_options, edges), 0, 0, edge_words, "KIND",
     "of a connectome: both, chemical, electrical or extrasynaptic; rows: take it as a plain list; "
     "auto: both, where the file is one",
     false},
    {"gap-junctions", ANA_OPTION_TEXT, offsetof(connectome_options, gap_junctions), 0, 0, NULL,
     "FILE", "matrix or sheet of gap junctions, when the input is one of chemical synapses", false},
    {"names", ANA_OPTION_TEXT, offsetof(connectome_options, names), 0, 0, NULL, "FILE",
     "names of the cells of a matrix: a text file, or FILE.mat:VARIABLE", false},
    {"significance", ANA_OPTION_TEXT, offsetof(connectome_options, significance), 0, 0, NULL,
     "FILE", "matrix of p or q values: the input's edges are those below --below", false},
    {"below", ANA_OPTION_DOUBLE, offsetof(connectome_options, below), 0, 1, NULL, "P",
     "largest p or q value of an edge, itself left out", false},
    {"rows-receive", ANA_OPTION_BOOL, offsetof(connectome_options, rows_receive), 0, 0, NULL, NULL,
     "rows of a matrix are receivers, columns senders, as in tables of responses", false},
    ANA_OPTION_END,
};

/* A square matrix with its cells' names. */
typedef struct named_matrix {
    size_t n;
    double *values;
    char **names; /* NULL: none */
} named_matrix;

static void release_matrix(named_matrix *self)
{
    ana_texts_free(self->n, self->names);
    free(self->values);
    *self = (named_matrix){0};
}

static bool ends_with(const char *text, const char *ending)
{
    const size_t n = strlen(text);
    const size_t m = strlen(ending);
    return n >= m && strcmp(text + n - m, ending) == 0;
}

static bool is_text_file(const char *path)
{
    return ends_with(path, ".csv") || ends_with(path, ".tsv") || ends_with(path, ".txt");
}

/* Names in the first column, as many numbers in each row. */
static bool is_labelled_square(const ana_table *table)
{
    bool fits = table->n_rows > 0 && table->n_columns == table->n_rows + 1 &&
                table->columns[0].type == ANA_COLUMN_TEXT;
    for (size_t c = 1; c < table->n_columns && fits; c++) {
        fits = table->columns[c].type == ANA_COLUMN_DOUBLE;
    }
    for (size_t r = 0; r < table->n_rows && fits; r++) {
        fits = table->columns[0].texts[r] != NULL;
    }
    return fits;
}

static bool holds_texts(const ana_table *table)
{
    bool found = false;
    for (size_t c = 0; c < table->n_columns; c++) {
        found = found || table->columns[c].type == ANA_COLUMN_TEXT;
    }
    return found;
}

static ana_status copy_names(const char *path, size_t n, char *const *names, char ***out)
{
    char **copies = calloc(n + 1, sizeof *copies);
    bool ok = copies != NULL;
    for (size_t i = 0; i < n && ok; i++) {
        copies[i] = strdup(names[i] != NULL ? names[i] : "");
        ok = copies[i] != NULL;
    }
    if (!ok) {
        ana_texts_free(copies != NULL ? n : 0, copies);
        return ana_fail(ANA_ERR_MEMORY, "%s: no memory for %zu names", path, n);
    }
    *out = copies;
    return ANA_OK;
}

/* Rows and columns of a table in the order of its rows; columns are found by name. */
static ana_status matrix_of_table(const char *path, const ana_table *table, named_matrix *out)
{
    ana_status status = ANA_OK;
    const size_t n = table->n_rows;
    out->n = n;
    out->values = calloc(n * n + 1, sizeof *out->values);
    if (out->values == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "%s: no memory for %zu numbers", path, n * n);
    }
    ANA_TRY(copy_names(path, n, table->columns[0].texts, &out->names));
    for (size_t j = 0; j < n; j++) {
        const char *name = table->columns[0].texts[j];
        const ana_column *column = ana_table_find(table, name);
        if (column == NULL || column->type != ANA_COLUMN_DOUBLE) {
            return ana_fail(ANA_ERR_FORMAT, "%s: row %s has no column of that name", path, name);
        }
        for (size_t i = 0; i < n; i++) {
            out->values[i * n + j] = column->doubles[i];
        }
    }
done:
    return status;
}

static ana_status matrix_of_array(const char *location, const ana_run *run, named_matrix *out)
{
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    ANA_TRY(ana_matrix_read(location, run, &matrix));
    const size_t n = matrix->axes[0].n;
    if (matrix->n_axes != 2 || matrix->axes[1].n != n) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE, "%s: %zu x %zu; a connectome is a square matrix", location,
                         n, matrix->n_axes > 1 ? matrix->axes[1].n : 1));
    }
    out->n = n;
    out->values = matrix->values;
    matrix->values = NULL;
    if (matrix->axes[1].labels != NULL) {
        ANA_TRY(copy_names(location, n, matrix->axes[1].labels, &out->names));
    }
done:
    ana_matrix_free(matrix);
    return status;
}

static ana_status read_named_matrix(const char *location, const ana_run *run, named_matrix *out)
{
    ana_status status = ANA_OK;
    ana_table *table = NULL;
    if (is_text_file(location)) {
        ANA_TRY(ana_table_read(location, run, &table));
    }
    ANA_TRY(table != NULL && is_labelled_square(table) ? matrix_of_table(location, table, out)
                                                       : matrix_of_array(location, run, out));
done:
    ana_table_free(table);
    return status;
}

/* What belongs to the input: its chemical synapses and its other files. */
typedef struct matrix_files {
    const char *chemical;
    const char *electrical; /* NULL: none */
    const char *significance;
    const char *names; /* NULL: those of the matrices */
    bool rows_receive;
    bool compiled; /* of all neurons, sorted by name */
} matrix_files;

static ana_status check_size(const char *location, size_t n, size_t wanted)
{
    return n == wanted ? ANA_OK
                       : ana_fail(ANA_ERR_SHAPE, "%s: of %zu cells, but the connectome has %zu",
                                  location, n, wanted);
}

static ana_status read_companion(const char *location, size_t n, const ana_run *run,
                                 named_matrix *out)
{
    ana_status status = ANA_OK;
    if (location != NULL) {
        ANA_TRY(read_named_matrix(location, run, out));
        ANA_TRY(check_size(location, out->n, n));
    }
done:
    return status;
}

static ana_status graph_of_matrices(const matrix_files *files, const connectome_options *options,
                                    const ana_run *run, ana_graph **out,
                                    ana_anatomical_counts *counts)
{
    ana_status status = ANA_OK;
    named_matrix chemical = {0};
    named_matrix electrical = {0};
    named_matrix p = {0};
    size_t n_names = 0;
    char **names = NULL;
    ANA_TRY(read_named_matrix(files->chemical, run, &chemical));
    ANA_TRY(read_companion(files->electrical, chemical.n, run, &electrical));
    ANA_TRY(read_companion(files->significance, chemical.n, run, &p));
    if (files->names != NULL) {
        ANA_TRY(ana_texts_read(files->names, run, &n_names, &names));
        ANA_TRY(check_size(files->names, n_names, chemical.n));
    }
    ana_anatomical_matrices matrices = {
        .n = chemical.n,
        .cells = (const char *const *)(names != NULL ? names : chemical.names),
        .chemical = chemical.values,
        .electrical = electrical.values,
        .rows_receive = files->rows_receive,
        .p = p.values,
        .below = options->below};
    if (matrices.cells == NULL && files->compiled && chemical.n == ANA_WORM_NEURONS) {
        matrices.cells = ana_worm_neuron_names; /* the order of that file, as its edges show */
    }
    if (matrices.cells == NULL) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE,
                         "%s: has no names of its cells; --names takes a file of them",
                         files->chemical));
    }
    ANA_TRY(ana_anatomical_from_matrices(&matrices, &options->anatomical, out, counts));
done:
    ana_texts_free(n_names, names);
    release_matrix(&p);
    release_matrix(&electrical);
    release_matrix(&chemical);
    return status;
}

static ana_status graph_of_sheets(const char *path, const ana_table *table,
                                  const connectome_options *options, const ana_run *run,
                                  ana_graph **out, ana_anatomical_counts *counts)
{
    ana_status status = ANA_OK;
    ana_anatomical_sheet *sheet = NULL;
    ana_anatomical_sheet *other = NULL;
    ana_table *second = NULL;
    const bool only_electrical =
        options->gap_junctions == NULL && options->edges == EDGES_ELECTRICAL;
    char sentence[512];
    status = ana_anatomical_sheet_from_table(table, &sheet);
    if (status != ANA_OK) {
        snprintf(sentence, sizeof sentence, "%s", ana_last_error());
        ANA_TRY(ana_fail(status, "%s: %s", path, sentence));
    }
    if (options->gap_junctions != NULL) {
        ANA_TRY(ana_table_read(options->gap_junctions, run, &second));
        ANA_TRY(ana_anatomical_sheet_from_table(second, &other));
    }
    ANA_TRY(ana_anatomical_from_sheets(only_electrical ? NULL : sheet,
                                       only_electrical ? sheet : other, &options->anatomical, out,
                                       counts));
done:
    ana_anatomical_sheet_free(sheet);
    ana_anatomical_sheet_free(other);
    ana_table_free(second);
    return status;
}

static void say_counts(const char *path, const ana_anatomical_counts *counts,
                       const connectome_options *options, const console_options *console)
{
    if (counts->n_missing + counts->n_zero > 0) {
        console_warn("%s: left out: %zu rows without a name or a weight, %zu of weight 0", path,
                     counts->n_missing, counts->n_zero);
    }
    if (counts->n_others > 0 && options->anatomical.neurons_only) {
        console_warn("%s: left out: %zu rows of %zu names that are no neurons: %s ...", path,
                     counts->n_other_rows, counts->n_others, counts->other_names);
    } else if (counts->n_others > 0) {
        console_say(console, "%s: %zu names are no neurons (--neurons leaves them out): %s ...",
                    path, counts->n_others, counts->other_names);
    }
    if (counts->n_unused > 0) {
        console_say(console, "%s: %zu of %zu rows say what others say, or end on no cell", path,
                    counts->n_unused, counts->n_rows);
    }
    if (counts->n_repeated > 0) {
        console_say(console, "%s: %zu rows repeat one before and are summed", path,
                    counts->n_repeated);
    }
    if (counts->n_unequal > 0) {
        console_warn("%s: %zu gap junctions differ by direction (--junctions)", path,
                     counts->n_unequal);
    }
    console_detail(console, "%s: %zu gap junctions listed one way, %zu loops, %zu names respelt",
                   path, counts->n_one_way, counts->n_loops, counts->n_respelt);
}

/* Files that are connectomes by what is in them: Varshney et al. (2011), and the compiled one of
 * Randi et al. (2023), whose rows are receivers. */
static ana_status load_known_file(const char *path, const connectome_options *options,
                                  const ana_run *run, ana_graph **out,
                                  ana_anatomical_counts *counts)
{
    static const char *const parts[][3] = {{"A_init_t_ordered", "Ag_t_ordered", "Neuron_ordered"},
                                           {"/chem", "/gap", NULL}};
    const bool compiled = ends_with(path, ".h5");
    const char *const *part = parts[compiled ? 1 : 0];
    char locations[3][4096];
    ana_matrix *probe = NULL;
    if (!compiled && !ends_with(path, ".mat")) {
        return ANA_OK;
    }
    for (size_t i = 0; i < 3; i++) {
        snprintf(locations[i], sizeof locations[i], "%s:%s", path, part[i] != NULL ? part[i] : "");
    }
    if (ana_matrix_read(locations[1], run, &probe) != ANA_OK) {
        return ANA_OK;
    }
    ana_matrix_free(probe);
    const matrix_files files = {.chemical = locations[0],
                                .electrical = locations[1],
                                .names = options->names != NULL ? options->names
                                         : compiled             ? NULL
                                                                : locations[2],
                                .rows_receive = compiled || options->rows_receive,
                                .compiled = compiled};
    return graph_of_matrices(&files, options, run, out, counts);
}

/* Whether a table is a list of edges, row by row. */
static bool is_list(const ana_table *table)
{
    static const char *const pairs[][2] = {{"from", "to"}, {"source", "target"}, {"pre", "post"}};
    bool found = false;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        found = found || (ana_table_find(table, pairs[i][0]) != NULL &&
                          ana_table_find(table, pairs[i][1]) != NULL);
    }
    return found;
}

/* A list whose rows do not say what synapses they are. */
static ana_status refuse_list(const char *path, const ana_table *table, bool asked)
{
    if (asked) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: not every row says whether it is chemical or electrical, in a column "
                        "type; --only and --weight take a plain list",
                        path);
    }
    if (ana_table_find(table, "pre") != NULL && ana_table_find(table, "type") != NULL &&
        table->n_rows > 0) {
        console_warn("%s: not every row is chemical or electrical, with a number: taken as a plain "
                     "list of edges",
                     path);
    }
    return ANA_OK;
}

/* Whether a path may be that of a saved result. */
static bool may_be_saved(const char *path)
{
    struct stat info;
    return ends_with(path, ".h5") || ends_with(path, ".json") ||
           (stat(path, &info) == 0 && S_ISDIR(info.st_mode));
}

/* The graph by the layout of the file; NULL when it has none that is known. */
static ana_status find_connectome(const char *path, const ana_table *table,
                                  const connectome_options *options, const ana_run *run,
                                  ana_graph **out, ana_anatomical_counts *counts)
{
    ana_status status = ANA_OK;
    const bool has_files =
        options->gap_junctions != NULL || options->significance != NULL || options->names != NULL;
    const bool asked = options->edges > EDGES_ROWS || has_files;
    if (table != NULL && ana_anatomical_is_table(table)) {
        return ana_anatomical_from_table(table, &options->anatomical, out, counts);
    }
    if (table != NULL && is_list(table)) {
        return refuse_list(path, table, asked);
    }
    if (table != NULL && asked && holds_texts(table) && !is_labelled_square(table)) {
        return graph_of_sheets(path, table, options, run, out, counts);
    }
    if (table == NULL) {
        ANA_TRY(load_known_file(path, options, run, out, counts));
    }
    if (*out == NULL && asked && (has_files || !may_be_saved(path))) {
        const matrix_files files = {.chemical = path,
                                    .electrical = options->gap_junctions,
                                    .significance = options->significance,
                                    .names = options->names,
                                    .rows_receive = options->rows_receive};
        ANA_TRY(graph_of_matrices(&files, options, run, out, counts));
    }
done:
    return status;
}

ana_status load_connectome(const char *path, const ana_table *table,
                           const connectome_options *options, const console_options *console,
                           const ana_run *run, ana_graph **out)
{
    ana_status status = ANA_OK;
    ana_anatomical_counts counts = {0};
    ana_graph *graph = NULL;
    int edges = options->edges;
    if (edges != EDGES_ROWS) {
        ANA_TRY(find_connectome(path, table, options, run, &graph, &counts));
    }
    if (graph != NULL) {
        say_counts(path, &counts, options, console);
        if (edges == EDGES_AUTO) {
            edges = graph->n_weights > 2 ? EDGES_EXTRASYNAPTIC : EDGES_BOTH;
        }
        ANA_TRY(take_connectome_edges(edges, &graph));
    }
    if (graph != NULL && graph->n_edges == 0) {
        console_warn("%s: has no edges of the kind asked for", path);
    }
    *out = graph;
    graph = NULL;
done:
    ana_graph_free(graph);
    return status;
}

ana_status take_connectome_edges(int edges, ana_graph **held)
{
    static const ana_anatomical_edges of[] = {[EDGES_BOTH] = ANA_ANATOMICAL_BOTH,
                                              [EDGES_CHEMICAL] = ANA_ANATOMICAL_CHEMICAL,
                                              [EDGES_ELECTRICAL] = ANA_ANATOMICAL_ELECTRICAL,
                                              [EDGES_EXTRASYNAPTIC] = ANA_ANATOMICAL_EXTRASYNAPTIC};
    ana_graph *taken = NULL;
    if (edges <= EDGES_ROWS) {
        return ANA_OK;
    }
    ana_status status = ana_anatomical_take(*held, of[edges], &taken);
    if (status == ANA_OK) {
        ana_graph_free(*held);
        *held = taken;
    }
    return status;
}

ana_status take_connectome_kinds(ana_graph **held)
{
    static const char *const names[] = {"synapses", "chemical", "electrical"};
    ana_status status = ANA_OK;
    const ana_graph *graph = *held;
    ana_graph *taken = NULL;
    for (size_t w = 0; w < 3; w++) {
        if (graph->n_weights != 3 || strcmp(graph->weight_names[w], names[w]) != 0) {
            return ANA_OK;
        }
    }
    const ana_edge_list edges = {
        graph->n_nodes, graph->n_edges, graph->from, graph->to, 2, graph->weights + graph->n_edges,
        graph->directed};
    ANA_TRY(ana_graph_new(&edges, &taken));
    ANA_TRY(ana_graph_name_nodes(taken, (const char *const *)graph->node_names));
    ANA_TRY(ana_graph_name_weights(taken, names + 1));
    ana_graph_free(*held);
    *held = taken;
    taken = NULL;
done:
    ana_graph_free(taken);
    return status;
}
