/* Alignments as a record: the numbers, the matrix, its p-values, the pairs as a table. */
#include "cka_parts.h"
#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdio.h>

static const char *const kernel_names[] = {"linear", "rbf"};
static const char *const estimator_names[] = {"debiased", "biased"};
static const char *const form_names[] = {"cheaper", "features", "kernels"};

/* A square of the same systems, or a field of one side's by the other's. */
static ana_status add_matrix(const ana_cka *cka, const char *name, const ana_picture_words *words,
                             const double *values, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const ana_hint hint = cka->same ? ANA_HINT_MATRIX_GROUPS : ANA_HINT_HEAT_MAP;
    const char *const *names = (const char *const *)cka->names_a;
    size_t *together = ana_workspace_sizes(&workspace, cka->n_a, 1); /* one group */
    ANA_TRY(ana_workspace_check(&workspace, "cka"));
    ANA_TRY(ana_record_add_picture(record, name, hint, words, &figure));
    ANA_TRY(ana_record_add_doubles(
        figure, "values", ana_shape_2(cka->n_a, "system", cka->n_b, "other system"), values, NULL));
    if (cka->same) {
        ANA_TRY(
            ana_record_add_sizes(figure, "group", ana_shape_1(cka->n_a, "system"), together, NULL));
        ANA_TRY(ana_record_add_texts(figure, "labels", cka->n_a, names));
    } else {
        ANA_TRY(ana_record_add_texts(figure, "row_labels", cka->n_a, names));
        ANA_TRY(ana_record_add_texts(figure, "column_labels", cka->n_b,
                                     (const char *const *)cka->names_b));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_matrices(const ana_cka *cka, ana_record *record)
{
    ana_status status = ANA_OK;
    const ana_picture_words alignment = {
        .title = "Alignment",
        .caption =
            cka->estimator == ANA_CKA_DEBIASED
                ? "Centred kernel alignment, debiased: 1 for the same geometry, 0 on average "
                  "for unrelated responses."
                : "Centred kernel alignment, biased: 1 for the same geometry; unrelated "
                  "responses score more than 0, the more units they have.",
        .x_title = "system",
        .y_title = "system",
        .value_title = "CKA"};
    const ana_picture_words chance = {
        .title = "Chance",
        .caption = "p of as large an alignment when the stimuli of one side change places, against "
                   "the largest of all pairs in each permutation.",
        .x_title = "system",
        .y_title = "system",
        .value_title = "p"};
    ANA_TRY(add_matrix(cka, "alignment", &alignment, cka->values, record));
    if (cka->n_permutations > 0) {
        ANA_TRY(add_matrix(cka, "chance", &chance, cka->p_max, record));
    }
done:
    return status;
}

/* A column of the table: the pairs' entries of a matrix. */
static ana_status add_column(const ana_cka *cka, const char *name, const double *matrix,
                             double *column, ana_record *table)
{
    size_t n = 0;
    for (size_t k = 0; k < cka->n_a * cka->n_b; k++) {
        if (!cka->same || k / cka->n_b < k % cka->n_b) {
            column[n++] = matrix[k];
        }
    }
    return ana_record_add_doubles(table, name, ana_shape_1(n, "pair"), column, NULL);
}

static ana_status add_table(const ana_cka *cka, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n_pairs = cka->n_a * cka->n_b;
    const char **a = ana_workspace_bytes(&workspace, n_pairs, 1, sizeof *a);
    const char **b = ana_workspace_bytes(&workspace, n_pairs, 1, sizeof *b);
    double *column = ana_workspace_doubles(&workspace, n_pairs, 1);
    size_t n = 0;
    const ana_picture_words words = {.title = "Pairs"};
    ANA_TRY(ana_workspace_check(&workspace, "cka"));
    for (size_t k = 0; k < n_pairs; k++) {
        const size_t i = k / cka->n_b;
        const size_t j = k % cka->n_b;
        if (!cka->same || i < j) {
            a[n] = cka->names_a[i];
            b[n++] = cka->names_b[j];
        }
    }
    if (n == 0) {
        goto done;
    }
    ANA_TRY(ana_record_add_picture(record, "pairs", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "system", n, a));
    ANA_TRY(ana_record_add_texts(table, "other_system", n, b));
    ANA_TRY(add_column(cka, "cka", cka->values, column, table));
    ANA_TRY(add_column(cka, "hsic", cka->cross, column, table));
    if (cka->n_bootstraps > 0) {
        ANA_TRY(add_column(cka, "low", cka->low, column, table));
        ANA_TRY(add_column(cka, "high", cka->high, column, table));
    }
    if (cka->n_permutations > 0) {
        ANA_TRY(add_column(cka, "p", cka->p, column, table));
        ANA_TRY(add_column(cka, "p_max", cka->p_max, column, table));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_systems(const char *name, size_t n, char *const *names, const size_t *units,
                              const double *self, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const ana_picture_words words = {.title = "Systems",
                                     .caption = "HSIC of each with itself; where it is not above 0 "
                                                "there is no alignment."};
    const ana_shape shape = ana_shape_1(n, "system");
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "system", n, (const char *const *)names));
    ANA_TRY(ana_record_add_sizes(table, "units", shape, units, NULL));
    ANA_TRY(ana_record_add_doubles(table, "hsic", shape, self, NULL));
done:
    return status;
}

static ana_status add_settings(const ana_cka *cka, ana_record *record)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_record_add_text(record, "kernel", kernel_names[cka->kernel]));
    ANA_TRY(ana_record_add_text(record, "estimator", estimator_names[cka->estimator]));
    ANA_TRY(ana_record_add_text(record, "form", form_names[cka->form]));
    ANA_TRY(ana_record_add_int(record, "n_stimuli", (int64_t)cka->n_stimuli, NULL));
    if (cka->batch > 0) {
        ANA_TRY(ana_record_add_int(record, "batch", (int64_t)cka->batch, NULL));
        ANA_TRY(ana_record_add_int(record, "n_batches", (int64_t)cka->n_batches, NULL));
        ANA_TRY(ana_record_add_int(record, "n_stimuli_left_out", (int64_t)cka->n_stimuli_left_out,
                                   NULL));
    }
    ANA_TRY(ana_record_add_int(record, "n_units_left_out", (int64_t)cka->n_units_left_out, NULL));
    ANA_TRY(ana_record_add_int(record, "n_undefined", (int64_t)cka->n_undefined, NULL));
    ANA_TRY(ana_record_add_int(record, "n_permutations", (int64_t)cka->n_permutations, NULL));
    ANA_TRY(ana_record_add_int(record, "n_bootstraps", (int64_t)cka->n_bootstraps, NULL));
    if (cka->n_bootstraps > 0) {
        ANA_TRY(ana_record_add_double(record, "level", cka->level, NULL));
    }
done:
    return status;
}

ana_status ana_cka_to_record(const ana_cka *cka, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "cka"));
    ANA_TRY(ana_record_add_text(record, "title", "Centred kernel alignment"));
    ANA_TRY(add_settings(cka, record));
    ANA_TRY(add_matrices(cka, record));
    ANA_TRY(add_table(cka, record));
    ANA_TRY(add_systems("systems", cka->n_a, cka->names_a, cka->units_a, cka->self_a, record));
    if (!cka->same) {
        ANA_TRY(add_systems("other_systems", cka->n_b, cka->names_b, cka->units_b, cka->self_b,
                            record));
    }
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
