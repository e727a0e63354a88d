/* Dissimilarity matrices as a record, with their pictures, and back. */
#include "memory.h"
#include "picture.h"
#include "rdm_parts.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_PICTURES = 12, /* matrices drawn; the rest are numbers */
    MOST_POINTS = 400,  /* conditions in the plane */
    MOST_LABELS = 60
};

/* Classical scaling (Torgerson 1952): the two largest eigenvectors of -H D H / 2, each times the
 * root of its eigenvalue. The matrices hold squared distances, or what stands for them. */
static ana_status scale_to_plane(size_t n, double *square, double *positions)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *means = ana_workspace_doubles(&workspace, n, 1);
    double *values = ana_workspace_doubles(&workspace, n, 1);
    double *vectors = ana_workspace_doubles(&workspace, n, n);
    double whole = 0.0;
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    for (size_t i = 0; i < n * n; i++) {
        means[i / n] += square[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        whole += means[i] / (double)n;
    }
    for (size_t i = 0; i < n * n; i++) {
        square[i] = -0.5 * (square[i] - means[i / n] - means[i % n] + whole);
    }
    ANA_TRY(ana_linalg_eigen_symmetric(n, square, values, vectors));
    for (size_t axis = 0; axis < 2; axis++) {
        const size_t k = n - 1 - axis;
        for (size_t i = 0; i < n; i++) {
            positions[i * 2 + axis] = sqrt(fmax(values[k], 0.0)) * vectors[k * n + i];
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Each condition is joined with the one nearest to it. */
static void find_nearest(size_t n, const double *square, size_t *from, size_t *to, double *weight)
{
    for (size_t i = 0; i < n; i++) {
        size_t best = i == 0 ? 1 : 0;
        for (size_t j = 0; j < n; j++) {
            best = j != i && square[i * n + j] < square[i * n + best] ? j : best;
        }
        from[i] = i;
        to[i] = best;
        weight[i] = 1.0;
    }
}

static ana_status add_plane(const ana_rdms *rdms, size_t k, double *square, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = rdms->n_conditions;
    char name[64];
    double *positions = ana_workspace_doubles(&workspace, n, 2);
    double *weight = ana_workspace_doubles(&workspace, n, 1);
    size_t *from = ana_workspace_sizes(&workspace, n, 1);
    size_t *to = ana_workspace_sizes(&workspace, n, 1);
    const ana_picture_words words = {
        .title = rdms->names[k],
        .caption = "Conditions in the plane by classical scaling, each joined with the one nearest "
                   "to it: what is near is alike, as far as two dimensions can say."};
    const ana_shape edges = ana_shape_1(n, "edge");
    ANA_TRY(ana_workspace_check(&workspace, "rdm"));
    find_nearest(n, square, from, to, weight);
    ANA_TRY(scale_to_plane(n, square, positions));
    snprintf(name, sizeof name, "plane_%zu", k);
    ANA_TRY(ana_record_add_picture(record, name, ANA_HINT_GRAPH, &words, &figure));
    ANA_TRY(ana_record_add_sizes(figure, "from", edges, from, NULL));
    ANA_TRY(ana_record_add_sizes(figure, "to", edges, to, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "weight", edges, weight, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "position", ana_shape_2(n, "condition", 2, NULL),
                                   positions, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, (const char *const *)rdms->conditions));
done:
    ana_workspace_release(&workspace);
    return status;
}

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
        bool whole = true;
        ana_rdms_square(rdms, k, square);
        for (size_t i = 0; i < n * n && whole; i++) {
            whole = isfinite(square[i]);
        }
        ANA_TRY(add_matrix(rdms, k, square, record));
        if (whole && n <= MOST_POINTS && n >= 3) {
            ANA_TRY(add_plane(rdms, k, square, record));
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
