/** The named tree of numbers, texts and arrays that is all this project ever saves or draws.
 *
 *  A group may carry a display hint: its children then hold the arrays that the figure needs, by
 *  the names below, and the figure writer knows nothing else. A model that fills its record well is
 *  drawn well.
 *
 *  | hint | needed | may have |
 *  |---|---|---|
 *  | LINE | y: n, or lines x n | x: n; low, high: as y; labels: lines; span_start, span_stop: s,
 *      shaded along x, span_kind: s integers, span_labels |
 *  | HEAT_MAP | values: rows x columns | x: columns; y: rows; row_labels; column_labels;
 *      range: 2 (ends of the colours); bool "numbers": written into cells that have the room |
 *  | RASTER | times: n; rows: n integers | row_labels |
 *  | BARS | values: n, or groups x n | low, high: as values; labels: n; group_labels: groups;
 *      band: 2 (shaded) |
 *  | RIBBON | start, stop: m; state: m integers | state_labels; times, rows, row_labels: a raster
 *      below the ribbon on the same clock; x: n with posterior: states x n |
 *  | GRAPH | from, to: m integers; weight: m | labels: nodes; position: nodes x 2; group: nodes |
 *  | MATRIX_GROUPS | values: n x n; group: n integers | labels: n; group_labels |
 *  | TOPOGRAPHY | values: n; position: n x 2 (unit head, nose up) or n x 3 | labels: n;
 *      range: 2 (ends of the colours) |
 *  | VIOLIN | values: n; group: n integers | group_labels; points |
 *  | TABLE | any arrays and texts of equal length, a column each | |
 *
 *  Texts "title", "caption" (also the alternative text), "x_title", "y_title", "value_title" may
 *  stand in any of them. Units of the axes are the units of the arrays. Where it fits: texts
 *  "x_scale", "y_scale" "log"; "colours" "sequential" or "diverging"; LINE's "layout" "stacked",
 *  "overlaid" (default up to eight lines) or "scatter" (bool "identity"); HEAT_MAP's "alluvial"
 *  (group of each column at each row; "group_labels"); GRAPH's bool "directed", "group_labels". */
#ifndef ANALYSIS_RECORD_H
#define ANALYSIS_RECORD_H

#include <analysis/options.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

typedef enum ana_hint {
    ANA_HINT_NONE,
    ANA_HINT_LINE,
    ANA_HINT_HEAT_MAP,
    ANA_HINT_RASTER,
    ANA_HINT_BARS,
    ANA_HINT_RIBBON,
    ANA_HINT_GRAPH,
    ANA_HINT_MATRIX_GROUPS,
    ANA_HINT_TOPOGRAPHY,
    ANA_HINT_VIOLIN,
    ANA_HINT_TABLE
} ana_hint;

/** "line", "heat map", ...; and back (ANA_HINT_TABLE for an unknown name, ANA_HINT_NONE for NULL).
 */
ANA_API const char *ana_hint_name(ana_hint hint);
ANA_API ana_hint ana_hint_from_name(const char *name);

typedef enum ana_record_type {
    ANA_RECORD_GROUP,
    ANA_RECORD_BOOL,
    ANA_RECORD_INT,
    ANA_RECORD_DOUBLE,
    ANA_RECORD_TEXT,
    ANA_RECORD_INTS,    /**< array of int64 */
    ANA_RECORD_DOUBLES, /**< array of double */
    ANA_RECORD_TEXTS    /**< array of texts, one axis */
} ana_record_type;

#define ANA_RECORD_MAX_AXES 4
/** Groups within groups; no record is deeper, so that walking one may recurse. */
#define ANA_RECORD_MAX_DEPTH 64

/** One node. Only the members its type needs are set. All owned; children are freed with it. */
typedef struct ana_record {
    char *name; /**< no '/' in it; "" for the root */
    ana_record_type type;
    char *unit;                /**< numbers and arrays; NULL: none */
    ana_hint hint;             /**< groups */
    struct ana_record *parent; /**< the group it stands in; NULL for the root; borrowed */
    size_t n_children;
    struct ana_record **children; /**< in the order they were added */
    bool boolean;
    int64_t integer;
    double number;
    char *text;
    size_t n_axes;
    size_t shape[ANA_RECORD_MAX_AXES];
    char *axis_names[ANA_RECORD_MAX_AXES]; /**< NULL: not named */
    int64_t *ints;
    double *doubles;
    char **texts;
} ana_record;

/** An empty root group. */
ANA_API ANA_USE_RESULT ana_status ana_record_new(ana_record **out);

/** Add a child to a group. Values are copied; a text that is NULL becomes "". ANA_ERR_VALUE when
 *  the name is empty, holds '/' or is taken, or the group would stand too deep; ANA_ERR_SHAPE when
 *  an array has no axes, too many, or overflows. `out` (may be NULL) is borrowed from the group. */
ANA_API ANA_USE_RESULT ana_status ana_record_add_group(ana_record *group, const char *name,
                                                       ana_hint hint, ana_record **out);
ANA_API ANA_USE_RESULT ana_status ana_record_add_bool(ana_record *group, const char *name,
                                                      bool value);
ANA_API ANA_USE_RESULT ana_status ana_record_add_int(ana_record *group, const char *name,
                                                     int64_t value, const char *unit);
ANA_API ANA_USE_RESULT ana_status ana_record_add_double(ana_record *group, const char *name,
                                                        double value, const char *unit);
ANA_API ANA_USE_RESULT ana_status ana_record_add_text(ana_record *group, const char *name,
                                                      const char *value);

/** Shape and axis names of an array to add; `axis_names` may be NULL, or hold NULLs. */
typedef struct ana_shape {
    size_t n_axes;
    size_t n[ANA_RECORD_MAX_AXES];
    const char *axis_names[ANA_RECORD_MAX_AXES];
} ana_shape;

/** One axis, two axes. */
ANA_API ana_shape ana_shape_1(size_t n, const char *axis);
ANA_API ana_shape ana_shape_2(size_t rows, const char *row_axis, size_t columns,
                              const char *column_axis);

ANA_API ANA_USE_RESULT ana_status ana_record_add_doubles(ana_record *group, const char *name,
                                                         ana_shape shape, const double *values,
                                                         const char *unit);
ANA_API ANA_USE_RESULT ana_status ana_record_add_ints(ana_record *group, const char *name,
                                                      ana_shape shape, const int64_t *values,
                                                      const char *unit);
ANA_API ANA_USE_RESULT ana_status ana_record_add_sizes(ana_record *group, const char *name,
                                                       ana_shape shape, const size_t *values,
                                                       const char *unit);
ANA_API ANA_USE_RESULT ana_status ana_record_add_texts(ana_record *group, const char *name,
                                                       size_t n, const char *const *values);

/** Move `child` (a root of its own) into `group` under `name`; on failure it is freed. */
ANA_API ANA_USE_RESULT ana_status ana_record_adopt(ana_record *group, const char *name,
                                                   ana_record *child);

/** Every option of a struct as children of group `name`, without those that are execution only. */
ANA_API ANA_USE_RESULT ana_status ana_record_add_options(ana_record *group, const char *name,
                                                         const ana_option *table,
                                                         const void *options);

/** The node at that path below `group` ("fit/rates"), or NULL. Borrowed. */
ANA_API const ana_record *ana_record_find(const ana_record *group, const char *path);

/** Read a value that must be there; ANA_ERR_FORMAT names the path and what was expected. A double
 *  may be stored as an integer. Arrays and texts are borrowed. */
ANA_API ANA_USE_RESULT ana_status ana_record_get_double(const ana_record *group, const char *path,
                                                        double *out);
ANA_API ANA_USE_RESULT ana_status ana_record_get_size(const ana_record *group, const char *path,
                                                      size_t *out);
ANA_API ANA_USE_RESULT ana_status ana_record_get_text(const ana_record *group, const char *path,
                                                      const char **out);
ANA_API ANA_USE_RESULT ana_status ana_record_get_bool(const ana_record *group, const char *path,
                                                      bool *out);
/** *n 0 accepts any number and is filled in; else it must agree. */
ANA_API ANA_USE_RESULT ana_status ana_record_get_texts(const ana_record *group, const char *path,
                                                       size_t *n, const char *const **out);
/** `shape->n[i]` 0 accepts any length there and is filled in; else it must agree. */
ANA_API ANA_USE_RESULT ana_status ana_record_get_doubles(const ana_record *group, const char *path,
                                                         ana_shape *shape, const double **out);
ANA_API ANA_USE_RESULT ana_status ana_record_get_ints(const ana_record *group, const char *path,
                                                      ana_shape *shape, const int64_t **out);

/** Number of elements of an array: the product of its shape. */
ANA_API size_t ana_record_size(const ana_record *node);

/** Each hinted group has the arrays its figure needs, in shapes that fit. */
ANA_API ANA_USE_RESULT ana_status ana_record_check(const ana_record *record);

/** Same tree, same bits (NaN equals NaN); on a difference false and its path in `where`. */
ANA_API bool ana_record_equal(const ana_record *a, const ana_record *b, char *where, size_t size);

ANA_API void ana_record_free(ana_record *record);

ANA_END_DECLS

#endif
