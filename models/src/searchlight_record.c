/* Maps of similarity as a record: the numbers, the best centres, slices, sensors and curves. */
#include "order.h"
#include "picture.h"
#include "searchlight_parts.h"
#include "try.h"
#include "workspace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_MODELS = 8, /* drawn */
    MOST_SLICES = 4, /* of a volume, for each model */
    MOST_BEST = 10   /* centres of a model in the table */
};

typedef struct drawing {
    const ana_searchlight *of;
    const ana_searchlight_view *view;
    ana_record *record;
} drawing;

/* Centres of one window (all, where there is no time). */
static size_t n_places(const drawing *d)
{
    const size_t n_windows = d->view->n_windows > 0 ? d->view->n_windows : 1;
    const size_t n = d->of->n_centres / n_windows;
    return n > 0 ? n : 1;
}

/* Centres of a model by falling similarity, those without one left out; how many. */
static size_t sort_centres(const drawing *d, size_t model, ana_placed *order)
{
    size_t n = 0;
    for (size_t c = 0; c < d->of->n_centres; c++) {
        const double value = d->of->values[model * d->of->n_centres + c];
        if (!isnan(value)) {
            order[n++] = (ana_placed){value, c};
        }
    }
    qsort(order, n, sizeof *order, ana_compare_falling);
    return n;
}

static double time_of(const drawing *d, size_t c)
{
    const size_t window = c / n_places(d);
    return d->view->times != NULL ? d->view->times[window] : (double)window;
}

/* The columns of the table of best centres. */
typedef struct best_table {
    size_t n;
    const char **models;
    const char **names;
    char (*numbers)[24];
    double *columns; /* 8 x room: x, y, z, time, similarity, p, p_max, channels */
    size_t room;
} best_table;

static void add_row(const drawing *d, size_t model, size_t c, best_table *table)
{
    const ana_searchlight *of = d->of;
    const size_t at = model * of->n_centres + c;
    const size_t row = table->n++;
    const double values[8] = {of->positions[3 * c],
                              of->positions[3 * c + 1],
                              of->positions[3 * c + 2],
                              d->view->n_windows > 0 ? time_of(d, c) : (double)NAN,
                              of->values[at],
                              of->p != NULL ? of->p[at] : (double)NAN,
                              of->p_max != NULL ? of->p_max[at] : (double)NAN,
                              (double)of->n_features[c]};
    table->models[row] = of->models[model];
    snprintf(table->numbers[row], sizeof table->numbers[row], "%zu", of->centre[c]);
    table->names[row] =
        d->view->names != NULL ? d->view->names[of->centre[c]] : table->numbers[row];
    for (size_t k = 0; k < 8; k++) {
        table->columns[k * table->room + row] = values[k];
    }
}

static ana_status write_table(const drawing *d, const best_table *table)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    static const char *const names[] = {"x",          "y", "z",     "time",
                                        "similarity", "p", "p_max", "channels"};
    const ana_picture_words words = {
        .title = "Best centres",
        .caption = "Of each model; p by permutation of conditions, of the centre alone and against "
                   "the largest similarity of all centres."};
    ANA_TRY(ana_record_add_picture(d->record, "best", ANA_HINT_TABLE, &words, &group));
    ANA_TRY(ana_record_add_texts(group, "model", table->n, table->models));
    ANA_TRY(ana_record_add_texts(group, "centre", table->n, table->names));
    for (size_t k = 0; k < 8; k++) {
        const double *column = table->columns + k * table->room;
        if (table->n > 0 && !isnan(column[0])) {
            ANA_TRY(ana_record_add_doubles(group, names[k], ana_shape_1(table->n, "row"), column,
                                           NULL));
        }
    }
done:
    return status;
}

static ana_status add_best(const drawing *d)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_placed *order = ana_workspace_bytes(&workspace, d->of->n_centres, 1, sizeof *order);
    best_table table = {.room = d->of->n_models * MOST_BEST};
    table.models = ana_workspace_bytes(&workspace, table.room, 1, sizeof *table.models);
    table.names = ana_workspace_bytes(&workspace, table.room, 1, sizeof *table.names);
    table.numbers = ana_workspace_bytes(&workspace, table.room, 1, sizeof *table.numbers);
    table.columns = ana_workspace_doubles(&workspace, 8, table.room);
    ANA_TRY(ana_workspace_check(&workspace, "searchlight"));
    for (size_t m = 0; m < d->of->n_models; m++) {
        const size_t n = sort_centres(d, m, order);
        for (size_t k = 0; k < n && k < MOST_BEST; k++) {
            add_row(d, m, order[k].index, &table);
        }
    }
    ANA_TRY(write_table(d, &table));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* One slice of a model's volume: rows y, columns x. */
static ana_status add_slice(const drawing *d, size_t model, size_t z, const double *whole,
                            double *slice)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    const ana_volume *volume = d->view->volume;
    const size_t nx = volume->shape[0];
    const size_t ny = volume->shape[1];
    char name[64];
    char title[256];
    const ana_picture_words words = {.title = title,
                                     .caption = "Similarity at each centre of a slice; hatched, no "
                                                "centre.",
                                     .x_title = "x",
                                     .y_title = "y",
                                     .value_title = "similarity"};
    snprintf(name, sizeof name, "slice_%zu_%zu", model, z);
    snprintf(title, sizeof title, "%s, z = %zu", d->of->models[model], z);
    for (size_t i = 0; i < nx * ny; i++) {
        slice[i] = whole[(i % nx * ny + i / nx) * volume->shape[2] + z];
    }
    ANA_TRY(ana_record_add_picture(d->record, name, ANA_HINT_HEAT_MAP, &words, &figure));
    ANA_TRY(ana_record_add_text(figure, "colours", "diverging"));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_2(ny, "y", nx, "x"), slice, NULL));
done:
    return status;
}

/* The slices that hold the best centres of a model, each once. */
static ana_status add_slices(const drawing *d, size_t model, ana_placed *order, double *whole,
                             double *slice)
{
    ana_status status = ANA_OK;
    const size_t depth = d->view->volume->shape[2];
    size_t drawn[MOST_SLICES];
    size_t n_drawn = 0;
    const size_t n = sort_centres(d, model, order);
    for (size_t k = 0; k < n && n_drawn < MOST_SLICES; k++) {
        const size_t z = d->of->centre[order[k].index] % depth;
        bool is_new = true;
        for (size_t s = 0; s < n_drawn; s++) {
            is_new = is_new && drawn[s] != z;
        }
        if (is_new) {
            drawn[n_drawn++] = z;
            ANA_TRY(add_slice(d, model, z, whole, slice));
        }
    }
done:
    return status;
}

/* A volume of every model, and its slices. */
static ana_status add_volume(const drawing *d)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_volume *volume = d->view->volume;
    const size_t n = volume->shape[0] * volume->shape[1] * volume->shape[2];
    const ana_shape shape = {
        4,
        {d->of->n_models, volume->shape[0], volume->shape[1], volume->shape[2]},
        {"model", "x", "y", "z"}};
    double *whole = ana_workspace_doubles(&workspace, d->of->n_models, n);
    double *slice = ana_workspace_doubles(&workspace, volume->shape[0], volume->shape[1]);
    ana_placed *order = ana_workspace_bytes(&workspace, d->of->n_centres, 1, sizeof *order);
    ANA_TRY(ana_workspace_check(&workspace, "searchlight"));
    for (size_t i = 0; i < d->of->n_models * n; i++) {
        whole[i] = (double)NAN;
    }
    for (size_t m = 0; m < d->of->n_models; m++) {
        for (size_t c = 0; c < d->of->n_centres; c++) {
            whole[m * n + d->of->centre[c]] = d->of->values[m * d->of->n_centres + c];
        }
        if (m < MOST_MODELS) {
            ANA_TRY(add_slices(d, m, order, whole + m * n, slice));
        }
    }
    ANA_TRY(ana_record_add_doubles(d->record, "volume", shape, whole, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* A model's map over sensors, in the window of its best centre. */
static ana_status add_sensors(const drawing *d, size_t model, ana_placed *order, double *positions)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n = n_places(d);
    const size_t n_known = sort_centres(d, model, order);
    const size_t window = n_known > 0 ? order[0].index / n : 0;
    char name[64];
    char title[256];
    const ana_picture_words words = {.title = title,
                                     .caption = "Similarity about each sensor, in the window of "
                                                "the best one.",
                                     .value_title = "similarity"};
    const char **labels = ana_workspace_bytes(&workspace, n, 1, sizeof *labels);
    ANA_TRY(ana_workspace_check(&workspace, "searchlight"));
    snprintf(name, sizeof name, "sensors_%zu", model);
    snprintf(title, sizeof title, "%s", d->of->models[model]);
    for (size_t c = 0; c < n; c++) {
        labels[c] = d->view->names != NULL ? d->view->names[d->of->centre[c]] : "";
    }
    ANA_TRY(ana_record_add_picture(d->record, name, ANA_HINT_TOPOGRAPHY, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_1(n, "sensor"),
                                   d->of->values + model * d->of->n_centres + window * n, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "position", ana_shape_2(n, "sensor", 2, NULL), positions,
                                   NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", n, labels));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Positions in the plane within the unit circle. */
static ana_status add_topographies(const drawing *d)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = n_places(d);
    double *positions = ana_workspace_doubles(&workspace, n, 2);
    ana_placed *order = ana_workspace_bytes(&workspace, d->of->n_centres, 1, sizeof *order);
    double largest = 0.0;
    double middle[2] = {0.0, 0.0};
    ANA_TRY(ana_workspace_check(&workspace, "searchlight"));
    for (size_t c = 0; c < 2 * n; c++) {
        middle[c % 2] += d->of->positions[3 * (c / 2) + c % 2] / (double)n;
    }
    for (size_t c = 0; c < n; c++) {
        positions[2 * c] = d->of->positions[3 * c] - middle[0];
        positions[2 * c + 1] = d->of->positions[3 * c + 1] - middle[1];
        largest = fmax(largest, hypot(positions[2 * c], positions[2 * c + 1]));
    }
    for (size_t c = 0; c < 2 * n && largest > 0.0; c++) {
        positions[c] *= 0.95 / largest;
    }
    for (size_t m = 0; m < d->of->n_models && m < MOST_MODELS; m++) {
        ANA_TRY(add_sensors(d, m, order, positions));
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The largest similarity of each window, a line for each model. */
static ana_status add_curves(const drawing *d)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    const size_t n_windows = d->view->n_windows;
    const size_t n = n_places(d);
    const ana_picture_words words = {.title = "Similarity over time",
                                     .caption = n > 1 ? "Of the best centre of each window."
                                                      : "Of each window.",
                                     .x_title = "time",
                                     .y_title = "similarity"};
    double *curves = ana_workspace_doubles(&workspace, d->of->n_models, n_windows);
    double *times = ana_workspace_doubles(&workspace, n_windows, 1);
    ANA_TRY(ana_workspace_check(&workspace, "searchlight"));
    for (size_t i = 0; i < d->of->n_models * n_windows; i++) {
        const double *values = d->of->values + i / n_windows * d->of->n_centres + i % n_windows * n;
        curves[i] = (double)NAN;
        for (size_t c = 0; c < n; c++) {
            curves[i] = fmax(curves[i], values[c]); /* NaN gives way */
        }
        times[i % n_windows] = time_of(d, i % n_windows * n);
    }
    ANA_TRY(ana_record_add_picture(d->record, "curves", ANA_HINT_LINE, &words, &figure));
    ANA_TRY(ana_record_add_doubles(
        figure, "y", ana_shape_2(d->of->n_models, "model", n_windows, "window"), curves, NULL));
    ANA_TRY(ana_record_add_doubles(figure, "x", ana_shape_1(n_windows, "window"), times,
                                   d->view->time_unit));
    ANA_TRY(ana_record_add_texts(figure, "labels", d->of->n_models,
                                 (const char *const *)d->of->models));
    ANA_TRY(ana_record_add_text(figure, "layout", "overlaid"));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_numbers(const drawing *d)
{
    ana_status status = ANA_OK;
    const ana_searchlight *of = d->of;
    ana_record *record = d->record;
    const ana_shape shape = ana_shape_2(of->n_models, "model", of->n_centres, "centre");
    ANA_TRY(ana_record_add_text(record, "similarity",
                                ana_searchlight_similarity_names[of->similarity]));
    ANA_TRY(ana_record_add_int(record, "n_centres", (int64_t)of->n_centres, NULL));
    ANA_TRY(ana_record_add_int(record, "n_without", (int64_t)of->n_without, NULL));
    ANA_TRY(
        ana_record_add_int(record, "n_channels_left_out", (int64_t)of->n_features_left_out, NULL));
    ANA_TRY(ana_record_add_int(record, "n_conditions", (int64_t)of->n_conditions, NULL));
    ANA_TRY(ana_record_add_int(record, "n_permutations", (int64_t)of->n_permutations, NULL));
    ANA_TRY(ana_record_add_texts(record, "models", of->n_models, (const char *const *)of->models));
    if (of->p != NULL) {
        ANA_TRY(ana_record_add_doubles(record, "thresholds", ana_shape_1(of->n_models, "model"),
                                       of->thresholds, NULL));
    }
    ANA_TRY(ana_record_add_doubles(record, "values", shape, of->values, NULL));
    if (of->p != NULL) {
        ANA_TRY(ana_record_add_doubles(record, "p", shape, of->p, NULL));
        ANA_TRY(ana_record_add_doubles(record, "p_max", shape, of->p_max, NULL));
    }
    ANA_TRY(ana_record_add_sizes(record, "centres", ana_shape_1(of->n_centres, "centre"),
                                 of->centre, NULL));
    ANA_TRY(ana_record_add_sizes(record, "n_channels", ana_shape_1(of->n_centres, "centre"),
                                 of->n_features, NULL));
    ANA_TRY(ana_record_add_doubles(record, "positions",
                                   ana_shape_2(of->n_centres, "centre", 3, "x, y, z"),
                                   of->positions, NULL));
done:
    return status;
}

ana_status ana_searchlight_to_record(const ana_searchlight *searchlight,
                                     const ana_searchlight_view *view, ana_record **out)
{
    ana_status status = ANA_OK;
    const ana_searchlight_view plain = {0};
    drawing d = {.of = searchlight, .view = view != NULL ? view : &plain};
    ANA_TRY(ana_record_new(&d.record));
    ANA_TRY(ana_record_add_text(d.record, "schema", "searchlight"));
    ANA_TRY(ana_record_add_text(d.record, "title", "Where responses match the models"));
    if (d.view->n_windows > 1) {
        ANA_TRY(add_curves(&d));
    }
    if (d.view->volume != NULL) {
        ANA_TRY(add_volume(&d));
    } else if (d.view->flat && n_places(&d) >= 3) {
        ANA_TRY(add_topographies(&d));
    }
    ANA_TRY(add_best(&d));
    ANA_TRY(add_numbers(&d));
    *out = d.record;
    d.record = NULL;
done:
    ana_record_free(d.record);
    return status;
}
