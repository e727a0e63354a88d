/* Canonical correlations as a record: a table of pairs, and the correlations by component. */
#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/cca.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef enum column_kind {
    COLUMN_DOUBLE,
    COLUMN_SIZE
} column_kind;

static const struct {
    const char *name;
    column_kind kind;
    size_t offset;
} columns[] = {{"units", COLUMN_SIZE, offsetof(ana_cca, units_a)},
               {"other_units", COLUMN_SIZE, offsetof(ana_cca, units_b)},
               {"rank", COLUMN_SIZE, offsetof(ana_cca, rank_a)},
               {"other_rank", COLUMN_SIZE, offsetof(ana_cca, rank_b)},
               {"mean", COLUMN_DOUBLE, offsetof(ana_cca, mean)},
               {"r2", COLUMN_DOUBLE, offsetof(ana_cca, r2)},
               {"pillai", COLUMN_DOUBLE, offsetof(ana_cca, pillai)},
               {"yanai", COLUMN_DOUBLE, offsetof(ana_cca, yanai)},
               {"regression", COLUMN_DOUBLE, offsetof(ana_cca, regression_a)},
               {"other_regression", COLUMN_DOUBLE, offsetof(ana_cca, regression_b)},
               {"pwcca", COLUMN_DOUBLE, offsetof(ana_cca, pwcca)},
               {"own_pwcca", COLUMN_DOUBLE, offsetof(ana_cca, pwcca_a)},
               {"other_pwcca", COLUMN_DOUBLE, offsetof(ana_cca, pwcca_b)},
               {"svcca", COLUMN_DOUBLE, offsetof(ana_cca, svcca_mean)},
               {"kept", COLUMN_SIZE, offsetof(ana_cca, kept_a)},
               {"other_kept", COLUMN_SIZE, offsetof(ana_cca, kept_b)},
               {"held_out", COLUMN_DOUBLE, offsetof(ana_cca, held_out_mean)}};

static ana_status add_column(size_t n, ana_cca *const *ccas, size_t k, double *numbers,
                             size_t *sizes, ana_record *table)
{
    const ana_shape shape = ana_shape_1(n, "pair");
    for (size_t i = 0; i < n; i++) {
        const char *from = (const char *)ccas[i] + columns[k].offset;
        if (columns[k].kind == COLUMN_SIZE) {
            memcpy(&sizes[i], from, sizeof *sizes);
        } else {
            memcpy(&numbers[i], from, sizeof *numbers);
        }
    }
    return columns[k].kind == COLUMN_SIZE
               ? ana_record_add_sizes(table, columns[k].name, shape, sizes, NULL)
               : ana_record_add_doubles(table, columns[k].name, shape, numbers, NULL);
}

static ana_status add_table(size_t n, ana_cca *const *ccas, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const char **a = ana_workspace_bytes(&workspace, n, 1, sizeof(void *));
    const char **b = ana_workspace_bytes(&workspace, n, 1, sizeof(void *));
    const char **saturated = ana_workspace_bytes(&workspace, n, 1, sizeof(void *));
    double *numbers = ana_workspace_doubles(&workspace, n, 1);
    size_t *sizes = ana_workspace_sizes(&workspace, n, 1);
    const ana_picture_words words = {
        .title = "Pairs",
        .caption = "regression: variance of the system that the other one explains; pwcca: "
                   "correlations weighted by the units of the system of smaller rank, of the "
                   "system, and of the other; kept: principal components of "
                   "svcca; saturated: as many dimensions as stimuli, so that correlations are 1."};
    ANA_TRY(ana_workspace_check(&workspace, "cca"));
    for (size_t i = 0; i < n; i++) {
        a[i] = ccas[i]->name_a;
        b[i] = ccas[i]->name_b;
        saturated[i] = ccas[i]->saturated ? "yes" : "no";
    }
    ANA_TRY(ana_record_add_picture(record, "pairs", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "system", n, a));
    ANA_TRY(ana_record_add_texts(table, "other_system", n, b));
    for (size_t k = 0; k < sizeof columns / sizeof columns[0]; k++) {
        if (columns[k].offset != offsetof(ana_cca, held_out_mean) || ccas[0]->n_held_out > 0) {
            ANA_TRY(add_column(n, ccas, k, numbers, sizes, table));
        }
    }
    ANA_TRY(ana_record_add_texts(table, "saturated", n, saturated));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The correlations that a line shows. */
typedef enum line_kind {
    LINE_ALL,
    LINE_SVCCA,
    LINE_HELD_OUT,
    N_LINES
} line_kind;

static const double *line_of(const ana_cca *cca, line_kind kind, size_t *n)
{
    *n = kind == LINE_ALL ? cca->n : kind == LINE_SVCCA ? cca->n_svcca : cca->n_held_out;
    return kind == LINE_ALL ? cca->correlations : kind == LINE_SVCCA ? cca->svcca : cca->held_out;
}

/* One kind of correlations of all pairs; no figure of none. */
static ana_status add_lines(size_t n, ana_cca *const *ccas, line_kind kind, ana_record *record)
{
    static const char *const names[] = {"correlations", "svcca", "held_out"};
    static const ana_picture_words words[] = {
        {.title = "Canonical correlations",
         .caption = "Correlation of each pair of canonical variates, of all dimensions.",
         .x_title = "component",
         .y_title = "correlation"},
        {.title = "Canonical correlations of principal components",
         .caption = "Of the leading principal components of both systems (svcca).",
         .x_title = "component",
         .y_title = "correlation"},
        {.title = "Canonical correlations of held-out stimuli",
         .caption = "Of stimuli that took no part in finding the directions: mean over folds.",
         .x_title = "component",
         .y_title = "correlation"}};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    size_t most = 0;
    for (size_t i = 0; i < n; i++) {
        size_t length = 0;
        (void)line_of(ccas[i], kind, &length);
        most = length > most ? length : most;
    }
    double *y = ana_workspace_doubles(&workspace, n, most);
    double *x = ana_workspace_doubles(&workspace, most, 1);
    const char **labels = ana_workspace_bytes(&workspace, n, 1, sizeof(void *));
    ANA_TRY(ana_workspace_check(&workspace, "cca"));
    if (most == 0) {
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        size_t length = 0;
        const double *from = line_of(ccas[i], kind, &length);
        labels[i] = ccas[i]->name_b;
        for (size_t c = 0; c < most; c++) {
            y[i * most + c] = c < length ? from[c] : (double)NAN;
            x[c] = (double)c + 1.0;
        }
    }
    ANA_TRY(ana_record_add_picture(record, names[kind], ANA_HINT_LINE, &words[kind], &figure));
    ANA_TRY(ana_record_add_text(figure, "layout", "overlaid"));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(most, "component"), x, NULL));
    ANA_TRY(
        ana_record_add_doubles(figure, "y", ana_shape_2(n, "pair", most, "component"), y, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, labels));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_ccas_to_record(size_t n, ana_cca *const *ccas, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    size_t n_left_out = 0;
    for (size_t i = 0; i < n; i++) {
        n_left_out += ccas[i]->n_units_left_out;
    }
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "cca"));
    ANA_TRY(ana_record_add_text(record, "title", "Canonical correlations"));
    ANA_TRY(ana_record_add_text(record, "system", ccas[0]->name_a));
    ANA_TRY(ana_record_add_int(record, "n_stimuli", (int64_t)ccas[0]->n_stimuli, NULL));
    ANA_TRY(ana_record_add_int(record, "n_units_left_out", (int64_t)n_left_out, NULL));
    for (int kind = LINE_ALL; kind < N_LINES; kind++) {
        ANA_TRY(add_lines(n, ccas, (line_kind)kind, record));
    }
    ANA_TRY(add_table(n, ccas, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
