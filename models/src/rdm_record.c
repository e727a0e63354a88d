/* Dissimilarity matrices as a record, with their pictures, and back. */
#include "memory.h"
#include "picture.h"
#include "plane.h"
#include "rdm_parts.h"
#include "try.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_PICTURES = 12, /* matrices drawn; the rest are numbers */
    MOST_POINTS = 400,  /* conditions in the plane */
    MOST_LABELS = 60
};

static ana_status add_matrix(const ana_rdms *rdms, size_t k, const double *square,
                             ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = rdms->n_conditions;
    char name[64];
    const ana_picture_words words = {.title = rdms->names[k],
                                     .caption = "Dissimilarity of each pair of conditions.",
                                     .x_title = "condition",
                                     .y_title = "condition",
                                     .value_title = "dissimilarity"};
    snprintf(name, sizeof name, "matrix_%zu", k);
    size_t *together = ana_workspace_sizes(&workspace, n, 1); /* one group: a square */
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_MATRIX_GROUPS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "condition", n, "condition"),
                                   square, NULL));
    ANA_TRY(ana_record_add_sizes(figure, "group", ana_shape_1(n, "condition"), together, NULL));
    if (n <= MOST_LABELS) {
        ANA_TRY(ana_record_add_texts(figure, "labels", n, (const char *const *)rdms->conditions));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_pictures(const ana_rdms *rdms, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = rdms->n_conditions;
    double *square = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    for (size_t k = 0; k < rdms->n_rdms && k < MOST_PICTURES; k++) {
        char name[64];
        bool whole = true;
        ana_rdms_square(rdms, k, square);
        for (size_t i = 0; i < n * n && whole; i++) {
            whole = isfinite(square[i]);
        }
        ANA_TRY(add_matrix(rdms, k, square, record));
        if (whole && n <= MOST_POINTS && n >= 3) {
            snprintf(name, sizeof name, "plane_%zu", k);
            const ana_picture_words words = {
                .title = rdms->names[k],
                .caption = "Conditions in the plane by classical scaling, each joined with the one "
                           "nearest to it: what is near is alike, as far as two dimensions can "
                           "say."};
            ANA_TRY(ana_plane_add(n, square, (const char *const *)rdms->conditions, name, &words,
                                  record));
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_rdms_to_record(const ana_rdms *rdms, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const ana_shape shape =
        ana_shape_2(rdms->n_rdms, "rdm", ana_rdm_n_pairs(rdms->n_conditions), "pair");
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "rdm"));
    ANA_TRY(ana_record_add_text(record, "title", "Dissimilarity of the conditions"));
    if (rdms->method != NULL) {
        ANA_TRY(ana_record_add_text(record, "method", rdms->method));
    }
    ANA_TRY(ana_record_add_int(record, "n_conditions", (int64_t)rdms->n_conditions, NULL));
    ANA_TRY(ana_record_add_int(record, "n_missing", (int64_t)rdms->n_missing, NULL));
    ANA_TRY(ana_record_add_texts(record, "conditions", rdms->n_conditions,
                                 (const char *const *)rdms->conditions));
    ANA_TRY(ana_record_add_texts(record, "names", rdms->n_rdms, (const char *const *)rdms->names));
    ANA_TRY(ana_record_add_doubles(record, "values", shape, rdms->values, NULL));
    if (rdms->n_folds != NULL) {
        ANA_TRY(ana_record_add_doubles(record, "n_folds", shape, rdms->n_folds, NULL));
    }
    ANA_TRY(add_pictures(rdms, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}

static ana_status copy_names(size_t n, const char *const *names, char **to)
{
    for (size_t i = 0; i < n; i++) {
        free(to[i]);
        to[i] = NULL;
        ana_status status = ana_copy_text(names[i], &to[i]);
        if (status != ANA_OK) {
            return status;
        }
    }
    return ANA_OK;
}

ana_status ana_rdms_from_record(const ana_record *record, ana_rdms **out)
{
    ana_status status = ANA_OK;
    ana_rdms *rdms = NULL;
    const char *schema = NULL;
    const char *const *conditions = NULL;
    const char *const *names = NULL;
    const double *values = NULL;
    size_t n = 0;
    size_t n_rdms = 0;
    ANA_TRY(ana_record_get_text(record, "schema", &schema));
    if (strcmp(schema, "rdm") != 0) {
        ANA_TRY(ana_fail(ANA_ERR_FORMAT, "a saved %s, not dissimilarity matrices (rdm)", schema));
    }
    ANA_TRY(ana_record_get_texts(record, "conditions", &n, &conditions));
    ANA_TRY(ana_record_get_texts(record, "names", &n_rdms, &names));
    ANA_TRY(ana_rdms_new(n_rdms, n, &rdms));
    ana_shape shape = ana_shape_2(n_rdms, NULL, ana_rdm_n_pairs(n), NULL);
    ANA_TRY(ana_record_get_doubles(record, "values", &shape, &values));
    memcpy(rdms->values, values, n_rdms * ana_rdm_n_pairs(n) * sizeof *values);
    for (size_t i = 0; i < n_rdms * ana_rdm_n_pairs(n); i++) {
        rdms->n_missing += isnan(values[i]) ? 1 : 0;
    }
    ANA_TRY(copy_names(n, conditions, rdms->conditions));
    ANA_TRY(copy_names(n_rdms, names, rdms->names));
    if (ana_record_find(record, "method") != NULL) {
        const char *method = NULL;
        ANA_TRY(ana_record_get_text(record, "method", &method));
        ANA_TRY(ana_copy_text(method, &rdms->method));
    }
    if (ana_record_find(record, "n_folds") != NULL) {
        ANA_TRY(ana_record_get_doubles(record, "n_folds", &shape, &values));
        ANA_TRY(ana_allocate(n_rdms * ana_rdm_n_pairs(n), sizeof *values, "rdm",
                             (void *)&rdms->n_folds));
        memcpy(rdms->n_folds, values, n_rdms * ana_rdm_n_pairs(n) * sizeof *values);
    }
    *out = rdms;
    rdms = NULL;
done:
    ana_rdms_free(rdms);
    return status;
}
