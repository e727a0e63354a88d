/** Dense arrays of doubles with named axes: what functions of a recording return and models take.
 *
 *  Row-major: for axes (a, b, c) the value [i][j][k] stands at (i * n_b + j) * n_c + k. NaN is a
 *  missing value. */
#ifndef ANALYSIS_MATRIX_H
#define ANALYSIS_MATRIX_H

#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

#define ANA_MAX_AXES 4

typedef struct ana_axis {
    char *name; /**< "time", "channel", "unit", "frequency", "trial"; owned */
    size_t n;
    char *unit;          /**< unit of the coordinates ("s", "Hz"); NULL: none; owned */
    double *coordinates; /**< n values, ascending where they are times; NULL: 0 ... n-1; owned */
    char **labels;       /**< n texts; NULL: none; owned */
} ana_axis;

/** Invariant: values has the product of all axes[i].n elements (1 when n_axes is 0). */
typedef struct ana_matrix {
    size_t n_axes;
    ana_axis axes[ANA_MAX_AXES];
    char *unit;     /**< unit of the values; NULL: none; owned */
    double *values; /**< owned */
} ana_matrix;

/** A zeroed matrix with `n_axes` axes of the given names and lengths. ANA_ERR_SHAPE when the
 *  product overflows or n_axes > ANA_MAX_AXES. Freed by ana_matrix_free. */
ANA_API ANA_USE_RESULT ana_status ana_matrix_new(size_t n_axes, const char *const *names,
                                                 const size_t *lengths, ana_matrix **out);

/** Copy `coordinates` (axes[axis].n values) and `unit` (may be NULL) onto an axis. ANA_ERR_SHAPE
 *  for an axis that is not there; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_matrix_set_coordinates(ana_matrix *matrix, size_t axis,
                                                             const double *coordinates,
                                                             const char *unit);

/** Copy axes[axis].n texts onto an axis. Errors as ana_matrix_set_coordinates. */
ANA_API ANA_USE_RESULT ana_status ana_matrix_set_labels(ana_matrix *matrix, size_t axis,
                                                        const char *const *labels);

/** Number of values: the product of the axes. */
ANA_API size_t ana_matrix_size(const ana_matrix *matrix);

ANA_API void ana_matrix_free(ana_matrix *matrix);

ANA_END_DECLS

#endif
