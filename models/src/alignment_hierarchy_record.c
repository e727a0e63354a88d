/* The hierarchy of layers and regions as a record. */
#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <analysis/models/alignment_hierarchy.h>

#include <math.h>

static const char *const kind_names[] = {"spatial", "temporal, peak", "temporal, half maximum"};

/* A row for each model and kind that has scores. */
typedef struct score_rows {
    size_t n;
    const char **model;
    const char **kind;
    size_t *n_subjects;
    double *numbers[4]; /* mean, low, high, p */
    double *by_subject; /* n x subjects */
} score_rows;

static ana_status list_rows(const ana_alignment_hierarchy *h, ana_workspace *workspace,
                            score_rows *rows)
{
    ana_status status = ANA_OK;
    const size_t most = ANA_HIERARCHY_KINDS * h->n_models;
    rows->model = ana_workspace_bytes(workspace, most, 1, sizeof *rows->model);
    rows->kind = ana_workspace_bytes(workspace, most, 1, sizeof *rows->kind);
    rows->n_subjects = ana_workspace_sizes(workspace, most, 1);
    for (size_t k = 0; k < 4; k++) {
        rows->numbers[k] = ana_workspace_doubles(workspace, most, 1);
    }
    rows->by_subject = ana_workspace_doubles(workspace, most, h->n_subjects);
    ANA_TRY(ana_workspace_check(workspace, "hierarchy"));
    for (size_t i = 0; i < most; i++) {
        const ana_hierarchy *one =
            h->scores[i % ANA_HIERARCHY_KINDS * h->n_models + i / ANA_HIERARCHY_KINDS];
        if (one == NULL) {
            continue;
        }
        const double numbers[] = {one->over.mean, one->over.low, one->over.high, one->over.p};
        rows->model[rows->n] = h->models[i / ANA_HIERARCHY_KINDS];
        rows->kind[rows->n] = kind_names[i % ANA_HIERARCHY_KINDS];
        rows->n_subjects[rows->n] = one->over.n;
        for (size_t k = 0; k < 4; k++) {
            rows->numbers[k][rows->n] = numbers[k];
        }
        for (size_t s = 0; s < h->n_subjects; s++) {
            rows->by_subject[rows->n * h->n_subjects + s] = one->score[s];
        }
        rows->n++;
    }
done:
    return status;
}

static ana_status add_scores(const ana_alignment_hierarchy *h, ana_record *record)
{
    static const char *const names[] = {"mean", "low", "high", "p"};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    ana_record *group = NULL;
    score_rows rows = {0};
    const ana_picture_words words = {
        .title = "Hierarchy of layers and regions",
        .caption = "Rank correlation over regions of the depth of the best layer with the distance "
                   "of the region (spatial) and with the time of that layer's largest score and of "
                   "its first half (temporal): mean over subjects, its interval, and the chance of "
                   "a mean above 0 (not corrected for the number of models)."};
    ANA_TRY(list_rows(h, &workspace, &rows));
    const ana_shape shape = ana_shape_1(rows.n, "score");
    ANA_TRY(ana_record_add_picture(record, "scores", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "model", rows.n, rows.model));
    ANA_TRY(ana_record_add_texts(table, "score", rows.n, rows.kind));
    for (size_t k = 0; k < 4; k++) {
        ANA_TRY(ana_record_add_doubles(table, names[k], shape, rows.numbers[k], NULL));
    }
    ANA_TRY(ana_record_add_sizes(table, "subjects", shape, rows.n_subjects, NULL));
    ANA_TRY(ana_record_add_group(record, "by_subject", ANA_HINT_NONE, &group));
    ANA_TRY(
        ana_record_add_texts(group, "subject", h->n_subjects, (const char *const *)h->subjects));
    ANA_TRY(ana_record_add_doubles(group, "score",
                                   ana_shape_2(rows.n, "score", h->n_subjects, "subject"),
                                   rows.by_subject, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Depth against distance or time of every region of every subject, a line for each model. */
static ana_status add_points(const ana_alignment_hierarchy *h, size_t kind, ana_record *record)
{
    static const char *const names[] = {"spatial", "peak", "half_maximum"};
    static const char *const titles[] = {"Depth of the best layer along the cortex",
                                         "Depth of the best layer and time of its largest score",
                                         "Depth of the best layer and time of its half score"};
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = h->n_subjects * h->n_regions;
    const size_t width = h->n_models * n;
    size_t n_there = 0;
    double *x = ana_workspace_doubles(&workspace, width, 1);
    double *y = ana_workspace_doubles(&workspace, h->n_models, width);
    const ana_picture_words words = {
        .title = titles[kind],
        .caption = "Every region of every subject: 0 is the first layer, 1 the deepest.",
        .x_title = kind == ANA_HIERARCHY_SPATIAL ? "distance" : "time",
        .y_title = "depth of the best layer"};
    ANA_TRY(ana_workspace_check(&workspace, "hierarchy"));
    for (size_t i = 0; i < h->n_models * width; i++) {
        const size_t m = i / width;
        const ana_hierarchy *one = h->scores[kind * h->n_models + m];
        const bool mine = one != NULL && i % width / n == m;
        y[i] = mine ? one->depth[i % n] : (double)NAN;
        x[i % width] = mine ? one->place[i % n] : x[i % width];
        n_there += mine ? 1 : 0;
    }
    if (n_there == 0) {
        goto done;
    }
    ANA_TRY(ana_record_add_picture(record, names[kind], ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "layout", "scatter"));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(width, "region"), x,
                                   kind == ANA_HIERARCHY_SPATIAL ? NULL : "s"));
    ANA_TRY(ana_record_add_doubles(figure, "y", ana_shape_2(h->n_models, "model", width, "region"),
                                   y, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", h->n_models, (const char *const *)h->models));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_alignment_hierarchy_to_record(const ana_alignment_hierarchy *hierarchy,
                                             ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "hierarchy"));
    ANA_TRY(ana_record_add_text(record, "title", "Hierarchy of layers and regions"));
    ANA_TRY(ana_record_add_texts(record, "regions", hierarchy->n_regions,
                                 (const char *const *)hierarchy->regions));
    ANA_TRY(add_scores(hierarchy, record));
    for (size_t kind = 0; kind < ANA_HIERARCHY_KINDS; kind++) {
        ANA_TRY(add_points(hierarchy, kind, record));
    }
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
