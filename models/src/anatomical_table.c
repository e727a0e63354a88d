/* Published tables of synapses, by what their columns are called. */
#include "text.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/anatomical_network.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Columns of a layout; NULL: it has none. */
typedef struct table_layout {
    const char *from;
    const char *to;
    const char *kind;   /* NULL: every row is extrasynaptic */
    const char *weight; /* may be missing: 1 */
    const char *must;   /* a further column that tells it from others, or NULL */
} table_layout;

static const table_layout layouts[] = {
    {"pre", "post", "type", "synapses", NULL},
    {"pre", "post", "typ", "syn", NULL},
    {"origin", "target", "type", "number of connections", NULL},
    {"neuron 1", "neuron 2", "type", "nbr", NULL},
    {"source", "target", "type", "weight", NULL},
    {"source neuron", "target neuron", NULL, NULL, "receptor"},
};

/* What a row's kind is called. */
typedef struct kind_word {
    const char *word;
    ana_synapse kind;
} kind_word;

static const kind_word words[] = {
    {"chemical", ANA_SYNAPSE_CHEMICAL},
    {"send", ANA_SYNAPSE_CHEMICAL},
    {"s", ANA_SYNAPSE_CHEMICAL},
    {"sp", ANA_SYNAPSE_CHEMICAL},
    {"0", ANA_SYNAPSE_CHEMICAL},
    {"electrical", ANA_SYNAPSE_ELECTRICAL},
    {"gapjunction", ANA_SYNAPSE_ELECTRICAL},
    {"ej", ANA_SYNAPSE_ELECTRICAL},
    {"2", ANA_SYNAPSE_ELECTRICAL},
    {"r", ANA_SYNAPSE_UNUSED},  /* the S of the other end */
    {"rp", ANA_SYNAPSE_UNUSED}, /* the Sp of the other end */
    {"receive", ANA_SYNAPSE_UNUSED},
    {"nmj", ANA_SYNAPSE_UNUSED}, /* on no cell by name */
};

/* The columns of a table that is one of the layouts. */
typedef struct found_layout {
    const ana_column *from;
    const ana_column *to;
    const ana_column *kind;
    const ana_column *weight;
} found_layout;

/* A name of a column, spaces around it left out. */
static bool is_called(const char *name, const char *wanted)
{
    char trimmed[64];
    const char *start = name + strspn(name, " #");
    size_t n = strlen(start);
    while (n > 0 && start[n - 1] == ' ') {
        n--;
    }
    if (n >= sizeof trimmed) {
        return false;
    }
    snprintf(trimmed, sizeof trimmed, "%.*s", (int)n, start);
    return ana_text_equal_ignoring_case(trimmed, wanted);
}

static const ana_column *find_column(const ana_table *table, const char *wanted)
{
    for (size_t c = 0; c < table->n_columns && wanted != NULL; c++) {
        if (is_called(table->columns[c].name, wanted)) {
            return &table->columns[c];
        }
    }
    return NULL;
}

/* The text of a row of a column of texts or whole numbers; NULL: missing. */
static const char *text_of(const ana_column *column, size_t row, char room[32])
{
    if (column->row_start != NULL || ana_column_is_missing(column, row)) {
        return NULL;
    }
    if (column->type == ANA_COLUMN_TEXT) {
        return column->texts[row];
    }
    if (column->type != ANA_COLUMN_DOUBLE) {
        return NULL;
    }
    ana_format_double(column->doubles[row], room);
    return room;
}

/* False when the word says no kind. */
static bool find_kind(const ana_column *column, size_t row, ana_synapse *out)
{
    char room[32];
    const char *word = text_of(column, row, room);
    for (size_t i = 0; i < sizeof words / sizeof words[0] && word != NULL; i++) {
        if (is_called(word, words[i].word)) {
            *out = words[i].kind;
            return true;
        }
    }
    return false;
}

/* A column of names; one without rows may be of any type. */
static bool is_text(const ana_table *table, const ana_column *column)
{
    return column != NULL && column->row_start == NULL &&
           (column->type == ANA_COLUMN_TEXT || table->n_rows == 0);
}

/* Whether the table has these columns, and every row a kind. */
static bool fits(const ana_table *table, const table_layout *layout, found_layout *out)
{
    ana_synapse kind = ANA_SYNAPSE_UNUSED;
    *out = (found_layout){find_column(table, layout->from), find_column(table, layout->to),
                          find_column(table, layout->kind), find_column(table, layout->weight)};
    if (!is_text(table, out->from) || !is_text(table, out->to) ||
        (layout->kind != NULL && out->kind == NULL) ||
        (layout->must != NULL && find_column(table, layout->must) == NULL) ||
        (out->weight != NULL && out->weight->type != ANA_COLUMN_DOUBLE)) {
        return false;
    }
    for (size_t r = 0; r < table->n_rows && out->kind != NULL; r++) {
        if (!find_kind(out->kind, r, &kind)) {
            return false;
        }
    }
    return true;
}

static bool find_layout(const ana_table *table, found_layout *out)
{
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        if (fits(table, &layouts[i], out)) {
            return true;
        }
    }
    return false;
}

bool ana_anatomical_is_table(const ana_table *table)
{
    found_layout found;
    return find_layout(table, &found);
}

/* A row's number, or the sum of its numbers; 1 without a column. */
static double weight_of(const ana_column *column, size_t row)
{
    double sum = 0.0;
    if (column == NULL) {
        return 1.0;
    }
    if (column->row_start == NULL) {
        return column->doubles[row];
    }
    for (size_t i = column->row_start[row]; i < column->row_start[row + 1]; i++) {
        sum += column->doubles[i];
    }
    return sum;
}

ana_status ana_anatomical_from_table(const ana_table *table, const ana_anatomical_options *options,
                                     ana_graph **out, ana_anatomical_counts *counts)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    found_layout found;
    const size_t n = table->n_rows;
    if (!find_layout(table, &found)) {
        return ana_fail(ANA_ERR_FORMAT,
                        "connectome: a table has columns pre, post, type and synapses, or those of "
                        "another published layout, and a known kind in each row");
    }
    ana_synapse *kinds = ana_workspace_bytes(&workspace, n, 1, sizeof *kinds);
    double *weights = ana_workspace_doubles(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "connectome"));
    for (size_t r = 0; r < n; r++) {
        kinds[r] = ANA_SYNAPSE_EXTRASYNAPTIC;
        if (found.kind != NULL) {
            (void)find_kind(found.kind, r, &kinds[r]);
        }
        weights[r] = weight_of(found.weight, r);
    }
    const ana_synapse_list list = {.n = n,
                                   .from = (const char *const *)found.from->texts,
                                   .to = (const char *const *)found.to->texts,
                                   .kinds = kinds,
                                   .weights = weights};
    ANA_TRY(ana_anatomical_network(&list, options, out, counts));
done:
    ana_workspace_release(&workspace);
    return status;
}
