/* Matched units as a record: the pairs, their correlations in falling order, and side by side. */
#include "order.h"
#include "picture.h"
#include "try.h"
#include "unit_parts.h"
#include "workspace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_DRAWN = 200, /* units of a side in the matrix */
    MOST_LABELS = 60
};

const char *const ana_unit_method_names[] = {"one to one", "semi-matching", "soft matching"};

/* Units of a side by falling matched correlation, those without a partner last. */
static void order_side(const ana_unit_side *side, ana_placed *order)
{
    for (size_t u = 0; u < side->n; u++) {
        order[u] = (ana_placed){isnan(side->matched[u]) ? -2.0 : side->matched[u], u};
    }
    qsort(order, side->n, sizeof *order, ana_compare_falling);
}

/* Falling, those that are not there last. */
static void sort_falling(size_t n, const double *values, double *out)
{
    for (size_t u = 0; u < n; u++) {
        out[u] = isnan(values[u]) ? 2.0 : -values[u];
    }
    qsort(out, n, sizeof *out, ana_compare_doubles);
    for (size_t u = 0; u < n; u++) {
        out[u] = out[u] > 1.5 ? (double)NAN : -out[u];
    }
}

static ana_status add_curve(const ana_unit_match *match, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const ana_unit_side *side = &match->sides[0];
    const size_t n_lines = match->n_folds > 0 ? 2 : 1;
    static const char *const labels[] = {"the stimuli that chose", "held out"};
    const ana_picture_words words = {
        .title = "Correlation with the matched partners",
        .caption = match->n_folds > 0
                       ? "Units of the first system, each curve in falling order. What lies "
                         "between the two is what choosing found in noise."
                       : "Units of the first system, in falling order.",
        .x_title = "unit, in falling order",
        .y_title = "correlation"};
    double *y = ana_workspace_doubles(&workspace, 2, side->n);
    double *x = ana_workspace_doubles(&workspace, side->n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    sort_falling(side->n, side->matched, y);
    sort_falling(side->n, side->held_out, y + side->n);
    for (size_t u = 0; u < side->n; u++) {
        x[u] = (double)(u + 1);
    }
    ANA_TRY(ana_record_add_picture(record, "curve", ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "layout", "overlaid"));
    ANA_TRY(ana_record_add_doubles(figure, "y", ana_shape_2(n_lines, "line", side->n, "unit"), y,
                                   NULL));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(side->n, "unit"), x, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n_lines, labels));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Columns: the partner of most weight of each row in turn, then those left over. */
static void order_columns(const ana_unit_match *match, const ana_placed *rows, size_t *columns,
                          size_t *taken)
{
    size_t n = 0;
    for (size_t r = 0; r < match->sides[0].n; r++) {
        const ana_unit_pair *best = NULL;
        for (size_t k = 0; k < match->n_pairs; k++) {
            const ana_unit_pair *pair = &match->pairs[k];
            const bool own = pair->a == rows[r].index && taken[pair->b] == 0;
            best = own && (best == NULL || pair->weight > best->weight) ? pair : best;
        }
        if (best != NULL) {
            taken[best->b] = 1;
            columns[n++] = best->b;
        }
    }
    for (size_t u = 0; u < match->sides[1].n; u++) {
        if (taken[u] == 0) {
            columns[n++] = u;
        }
    }
}

static ana_status add_matrix(const ana_unit_match *match, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t q = match->sides[1].n;
    const size_t rows = match->sides[0].n < MOST_DRAWN ? match->sides[0].n : MOST_DRAWN;
    const size_t columns = q < MOST_DRAWN ? q : MOST_DRAWN;
    const ana_picture_words words = {
        .title = "Correlations of all units, partners side by side",
        .caption = "Rows: units of the first system by falling matched correlation; columns: their "
                   "partners in the second, then the rest. At most 200 of each are drawn.",
        .x_title = match->sides[1].name,
        .y_title = match->sides[0].name,
        .value_title = "correlation"};
    ana_placed *order = ana_workspace_bytes(&workspace, match->sides[0].n, 1, sizeof *order);
    size_t *places = ana_workspace_sizes(&workspace, q, 2);
    double *values = ana_workspace_doubles(&workspace, rows, columns);
    const char **labels = ana_workspace_bytes(&workspace, rows + columns, 1, sizeof *labels);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    order_side(&match->sides[0], order);
    order_columns(match, order, places, places + q);
    for (size_t i = 0; i < rows * columns; i++) {
        values[i] = match->correlation[order[i / columns].index * q + places[i % columns]];
    }
    for (size_t i = 0; i < rows; i++) {
        labels[i] = match->sides[0].units[order[i].index];
    }
    for (size_t j = 0; j < columns; j++) {
        labels[rows + j] = match->sides[1].units[places[j]];
    }
    ANA_TRY(ana_record_add_picture(record, "matrix", ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "colours", "diverging"));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(rows, "unit", columns, "unit"),
                                   values, NULL));
    if (rows <= MOST_LABELS) {
        ANA_TRY(ana_record_add_texts(figure, "row_labels", rows, labels));
    }
    if (columns <= MOST_LABELS) {
        ANA_TRY(ana_record_add_texts(figure, "column_labels", columns, labels + rows));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_pairs(const ana_unit_match *match, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = match->n_pairs;
    const ana_shape shape = ana_shape_1(n, "pair");
    const ana_picture_words words = {
        .title = "Pairs",
        .caption = match->method == ANA_UNITS_SEMI
                       ? "Each unit of the first system with its best, then each of the second."
                       : "Held out: of the first unit, with the partners it has in other folds."};
    const char **names = ana_workspace_bytes(&workspace, n, 2, sizeof *names);
    double *columns = ana_workspace_doubles(&workspace, n, 3);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    for (size_t k = 0; k < n; k++) {
        const ana_unit_pair *pair = &match->pairs[k];
        const bool back = match->method == ANA_UNITS_SEMI && k >= match->sides[0].n;
        names[k] = match->sides[0].units[pair->a];
        names[n + k] = match->sides[1].units[pair->b];
        columns[k] = pair->weight;
        columns[n + k] = pair->correlation;
        columns[2 * n + k] =
            back ? match->sides[1].held_out[pair->b] : match->sides[0].held_out[pair->a];
    }
    ANA_TRY(ana_record_add_picture(record, "pairs", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "first", n, names));
    ANA_TRY(ana_record_add_texts(table, "second", n, names + n));
    ANA_TRY(ana_record_add_doubles(table, "weight", shape, columns, NULL));
    ANA_TRY(ana_record_add_doubles(table, "correlation", shape, columns + n, NULL));
    if (match->n_folds > 0) {
        ANA_TRY(ana_record_add_doubles(table, "held_out", shape, columns + 2 * n, NULL));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_if_known(ana_record *record, const char *name, double value)
{
    return isnan(value) ? ANA_OK : ana_record_add_double(record, name, value, NULL);
}

ana_status ana_unit_systems_to_record(size_t n, const ana_unit_side *sides, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_shape shape = ana_shape_1(n, "system");
    const char **names = ana_workspace_bytes(&workspace, n, 1, sizeof *names);
    size_t *sizes = ana_workspace_sizes(&workspace, n, 3);
    ANA_TRY(ana_workspace_check(&workspace, "match-units"));
    for (size_t s = 0; s < n; s++) {
        names[s] = sides[s].name;
        sizes[s] = sides[s].n;
        sizes[n + s] = sides[s].n_missing;
        sizes[2 * n + s] = sides[s].n_constant;
    }
    ANA_TRY(ana_record_add_texts(record, "systems", n, names));
    ANA_TRY(ana_record_add_sizes(record, "n_units", shape, sizes, NULL));
    ANA_TRY(ana_record_add_sizes(record, "n_missing", shape, sizes + n, NULL));
    ANA_TRY(ana_record_add_sizes(record, "n_constant", shape, sizes + 2 * n, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_unit_match_to_record(const ana_unit_match *match, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "unit match"));
    ANA_TRY(ana_record_add_text(record, "title", "Which unit does what a unit of the other does"));
    ANA_TRY(ana_record_add_text(record, "method", ana_unit_method_names[match->method]));
    ANA_TRY(ana_unit_systems_to_record(2, match->sides, record));
    ANA_TRY(ana_record_add_int(record, "n_stimuli", (int64_t)match->n_stimuli, NULL));
    ANA_TRY(ana_record_add_int(record, "n_folds", (int64_t)match->n_folds, NULL));
    ANA_TRY(ana_record_add_double(record, "mean_correlation", match->mean, NULL));
    ANA_TRY(add_if_known(record, "low", match->low));
    ANA_TRY(add_if_known(record, "high", match->high));
    ANA_TRY(add_if_known(record, "held_out_correlation", match->held_out));
    if (match->method == ANA_UNITS_SEMI) {
        ANA_TRY(ana_record_add_double(record, "mean_correlation_back", match->mean_back, NULL));
        ANA_TRY(add_if_known(record, "held_out_correlation_back", match->held_out_back));
    }
    ANA_TRY(ana_record_add_double(record, "distance", match->distance, NULL));
    ANA_TRY(add_if_known(record, "chance", match->chance));
    ANA_TRY(add_if_known(record, "p", match->p));
    ANA_TRY(add_curve(match, record));
    ANA_TRY(add_matrix(match, record));
    ANA_TRY(add_pairs(match, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
