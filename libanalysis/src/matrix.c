#include "checked.h"
#include "lists.h"
#include "memory.h"
#include "try.h"

#include <analysis/matrix.h>

#include <stdlib.h>
#include <string.h>

void ana_matrix_free(ana_matrix *matrix)
{
    if (matrix == NULL) {
        return;
    }
    for (size_t i = 0; i < matrix->n_axes; i++) {
        ana_axis *axis = &matrix->axes[i];
        free(axis->name);
        free(axis->unit);
        free(axis->coordinates);
        ana_free_texts(axis->n, axis->labels);
    }
    free(matrix->unit);
    free(matrix->values);
    free(matrix);
}

ana_status ana_matrix_new(size_t n_axes, const char *const *names, const size_t *lengths,
                          ana_matrix **out)
{
    ana_status status = ANA_OK;
    ana_matrix *matrix = NULL;
    size_t size = 1;
    if (n_axes > ANA_MAX_AXES) {
        return ana_fail(ANA_ERR_SHAPE, "matrix: %zu axes asked for, at most %d are possible",
                        n_axes, ANA_MAX_AXES);
    }
    for (size_t i = 0; i < n_axes; i++) {
        if (!ana_multiply(size, lengths[i], &size)) {
            return ana_fail(ANA_ERR_SHAPE,
                            "matrix: its size overflows at axis \"%s\" of length "
                            "%zu",
                            names[i], lengths[i]);
        }
    }
    ANA_TRY(ana_allocate(1, sizeof *matrix, "matrix", &matrix));
    ANA_TRY(ana_allocate(size, sizeof *matrix->values, "matrix", &matrix->values));
    matrix->n_axes = n_axes;
    for (size_t i = 0; i < n_axes; i++) {
        matrix->axes[i].n = lengths[i];
        ANA_TRY(ana_copy_text(names[i], &matrix->axes[i].name));
    }
    *out = matrix;
    matrix = NULL;
done:
    ana_matrix_free(matrix);
    return status;
}

static ana_status check_axis(const ana_matrix *matrix, size_t axis)
{
    if (axis >= matrix->n_axes) {
        return ana_fail(ANA_ERR_SHAPE, "matrix: axis %zu asked for, but there are %zu axes", axis,
                        matrix->n_axes);
    }
    return ANA_OK;
}

ana_status ana_matrix_set_coordinates(ana_matrix *matrix, size_t axis, const double *coordinates,
                                      const char *unit)
{
    ana_status status = ANA_OK;
    double *copy = NULL;
    char *unit_copy = NULL;
    ANA_TRY(check_axis(matrix, axis));
    ana_axis *on = &matrix->axes[axis];
    ANA_TRY(ana_allocate(on->n, sizeof *copy, "axis", &copy));
    ANA_TRY(ana_copy_text(unit, &unit_copy));
    if (on->n > 0) {
        memcpy(copy, coordinates, on->n * sizeof *copy);
    }
    free(on->coordinates);
    free(on->unit);
    on->coordinates = copy;
    on->unit = unit_copy;
    return ANA_OK;
done:
    free(copy);
    free(unit_copy);
    return status;
}

ana_status ana_matrix_set_labels(ana_matrix *matrix, size_t axis, const char *const *labels)
{
    ana_status status = ANA_OK;
    char **copies = NULL;
    ANA_TRY(check_axis(matrix, axis));
    ana_axis *on = &matrix->axes[axis];
    ANA_TRY(ana_copy_texts(on->n, labels, &copies));
    ana_free_texts(on->n, on->labels);
    on->labels = copies;
done:
    return status;
}

size_t ana_matrix_size(const ana_matrix *matrix)
{
    size_t size = 1;
    for (size_t i = 0; i < matrix->n_axes; i++) {
        size *= matrix->axes[i].n;
    }
    return size;
}
