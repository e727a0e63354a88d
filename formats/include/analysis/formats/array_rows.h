/** A plain array of a file, a few rows at a time: for arrays larger than memory.
 *
 *  A row is one of the last axis; rows are counted over all other axes in C order. */
#ifndef ANALYSIS_FORMATS_ARRAY_ROWS_H
#define ANALYSIS_FORMATS_ARRAY_ROWS_H

#include <analysis/matrix.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

typedef struct ana_array_rows ana_array_rows;

/** Open what ana_matrix_read would read: file.npy in C order, file.safetensors:tensor, or
 *  file.h5:/path/to/dataset. No
 *  values are read. ANA_ERR_UNSUPPORTED for files that can only be read whole (.npz, .mat, .csv,
 *  Fortran order); ANA_ERR_SHAPE for arrays without axes; else errors as ana_matrix_read. Closed by
 *  ana_array_rows_close. */
ANA_API ANA_USE_RESULT ana_status ana_array_rows_open(const char *location, ana_array_rows **out);

ANA_API size_t ana_array_rows_n_axes(const ana_array_rows *rows);
ANA_API size_t ana_array_rows_length(const ana_array_rows *rows, size_t axis);

/** values (n x length of the last axis) = rows first ... first + n - 1 as doubles. Several threads
 *  may ask at once. ANA_ERR_SHAPE beyond the last row; ANA_ERR_FORMAT when the file ends before;
 *  ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_array_rows_read(const ana_array_rows *rows, size_t first,
                                                      size_t n, double *values);

/** A box of the array: `n` rows from `first` on, of `n_columns` places of the last axis from
 *  `first_column` on. */
typedef struct ana_array_part {
    size_t first;
    size_t n;
    size_t first_column;
    size_t n_columns;
} ana_array_part;

/** values (n x n_columns) = that part alone: what lies between the columns of two rows is not read.
 *  ANA_ERR_SHAPE also beyond the last column; else as ana_array_rows_read. */
ANA_API ANA_USE_RESULT ana_status ana_array_rows_read_part(const ana_array_rows *rows,
                                                           const ana_array_part *part,
                                                           double *values);

/** NULL is fine. */
ANA_API void ana_array_rows_close(ana_array_rows *rows);

ANA_END_DECLS

#endif
