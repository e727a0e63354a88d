/* Distances of shape as a record: the matrix, the systems in the plane, and every pair. */
#include "pairs.h"
#include "picture.h"
#include "plane.h"
#include "shape_parts.h"
#include "try.h"
#include "workspace.h"

#include <math.h>

enum {
    MOST_SYSTEMS = 400, /* in the plane */
    MOST_LABELS = 60
};

static const char *unit_of(const ana_shapes *shapes)
{
    return shapes->kind == ANA_SHAPE_ANGULAR ? "rad" : NULL;
}

static ana_status add_matrix(const ana_shapes *shapes, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = shapes->n_systems;
    const ana_picture_words words = {
        .title = "Distances of the systems",
        .caption = shapes->n_folds > 0
                       ? "Under alignments fitted to other stimuli: what was fitted to noise does "
                         "not count as alike."
                       : "Under the best alignment of each pair to these stimuli.",
        .x_title = "system",
        .y_title = "system",
        .value_title = "distance"};
    size_t *together = ana_workspace_sizes(&workspace, n, 1); /* one group: a square */
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    ANA_TRY(ana_record_add_picture(record, "matrix", ANA_HINT_MATRIX_GROUPS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(n, "system", n, "system"),
                                   shapes->distance, unit_of(shapes)));
    ANA_TRY(ana_record_add_sizes(figure, "group", ana_shape_1(n, "system"), together, NULL));
    if (n <= MOST_LABELS) {
        ANA_TRY(ana_record_add_texts(figure, "labels", n, (const char *const *)shapes->names));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_plane(const ana_shapes *shapes, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = shapes->n_systems;
    const ana_picture_words words = {
        .title = "The systems in the plane",
        .caption = "By classical scaling of their distances, each joined with the one nearest to "
                   "it: what is near has a like geometry, as far as two dimensions can say."};
    double *squared = ana_workspace_doubles(&workspace, n, n);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    for (size_t i = 0; i < n * n; i++) {
        squared[i] = shapes->distance[i] * shapes->distance[i];
    }
    ANA_TRY(ana_plane_add(n, squared, (const char *const *)shapes->names, "plane", &words, record));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_from_mean(const ana_shapes *shapes, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const size_t n = shapes->n_systems;
    const ana_picture_words words = {
        .title = "Distances from the mean of all systems",
        .caption = shapes->kind == ANA_SHAPE_EUCLIDEAN
                       ? "Of the geometry of least summed squared distance."
                       : "Of the geometry of least summed squared distance, systems of length 1.",
        .x_title = "system",
        .value_title = "distance"};
    ANA_TRY(ana_record_add_picture(record, "from_mean", ANA_HINT_BARS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_1(n, "system"), shapes->from_mean,
                                   NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, (const char *const *)shapes->names));
done:
    return status;
}

/* A column of the table: the upper triangle of a matrix. */
static ana_status add_column(const ana_shapes *shapes, const char *name, const double *square,
                             const char *unit, double *room, ana_record *table)
{
    const size_t n = shapes->n_systems;
    if (isnan(square[1])) { /* of systems 0 and 1: not asked for */
        return ANA_OK;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            room[pairs_place(n, i, j)] = square[i * n + j];
        }
    }
    return ana_record_add_doubles(table, name, ana_shape_1(pairs_count(n), "pair"), room, unit);
}

static ana_status add_table(const ana_shapes *shapes, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    const size_t n = shapes->n_systems;
    const size_t n_pairs = pairs_count(n);
    const ana_picture_words words = {
        .title = "Pairs",
        .caption = "Interval over stimuli, alignments kept; p of so small a distance when the "
                   "stimuli of one are exchanged, alone and adjusted for the number of pairs."};
    const char **names = ana_workspace_bytes(&workspace, 2 * n_pairs, 1, sizeof *names);
    double *room = ana_workspace_doubles(&workspace, n_pairs, 1);
    ANA_TRY(ana_workspace_check(&workspace, "shape"));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            names[pairs_place(n, i, j)] = shapes->names[i];
            names[n_pairs + pairs_place(n, i, j)] = shapes->names[j];
        }
    }
    ANA_TRY(ana_record_add_picture(record, "pairs", ANA_HINT_TABLE, &words, &table));
    ANA_TRY(ana_record_add_texts(table, "system", n_pairs, names));
    ANA_TRY(ana_record_add_texts(table, "other_system", n_pairs, names + n_pairs));
    ANA_TRY(add_column(shapes, "distance", shapes->distance, unit_of(shapes), room, table));
    ANA_TRY(add_column(shapes, "low", shapes->low, unit_of(shapes), room, table));
    ANA_TRY(add_column(shapes, "high", shapes->high, unit_of(shapes), room, table));
    ANA_TRY(add_column(shapes, "p", shapes->p, NULL, room, table));
    ANA_TRY(add_column(shapes, "p_adjusted", shapes->p_adjusted, NULL, room, table));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_shapes_to_record(const ana_shapes *shapes, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    const size_t n = shapes->n_systems;
    const ana_shape systems = ana_shape_1(n, "system");
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(ana_record_add_text(record, "schema", "shape"));
    ANA_TRY(ana_record_add_text(record, "title", "How far apart the geometries of systems are"));
    ANA_TRY(ana_record_add_text(record, "measure", ana_shape_distance_names[shapes->kind]));
    ANA_TRY(ana_record_add_text(record, "alignment", ana_shape_alignment_names[shapes->alignment]));
    ANA_TRY(ana_record_add_text(record, "noise", ana_shape_noise_names[shapes->noise]));
    ANA_TRY(ana_record_add_double(record, "whitening", shapes->whitening, NULL));
    ANA_TRY(ana_record_add_int(record, "n_systems", (int64_t)n, NULL));
    ANA_TRY(ana_record_add_int(record, "n_stimuli", (int64_t)shapes->n_stimuli, NULL));
    ANA_TRY(ana_record_add_int(record, "n_folds", (int64_t)shapes->n_folds, NULL));
    ANA_TRY(ana_record_add_texts(record, "systems", n, (const char *const *)shapes->names));
    ANA_TRY(ana_record_add_sizes(record, "n_units", systems, shapes->n_units, NULL));
    ANA_TRY(ana_record_add_sizes(record, "n_units_left_out", systems, shapes->n_excluded, NULL));
    ANA_TRY(add_matrix(shapes, record));
    if (n >= 3 && n <= MOST_SYSTEMS) {
        ANA_TRY(add_plane(shapes, record));
    }
    if (!isnan(shapes->from_mean[0])) {
        ANA_TRY(add_from_mean(shapes, record));
    }
    ANA_TRY(add_table(shapes, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
