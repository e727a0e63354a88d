/** MATLAB's MAT files of versions 4, 5, 6, 7 and 7.3 as trees of values.
 *
 *  Source: "MAT-File Format", The MathWorks; version 7.3, which is HDF5, as MATLAB writes it.
 *  Nesting is followed to ANA_MAT_MAX_DEPTH; objects, functions and what else only MATLAB can make
 *  sense of are kept as values without content. */
#ifndef ANALYSIS_FORMATS_MAT_H
#define ANALYSIS_FORMATS_MAT_H

#include "file.h"

#include <analysis/formats/reader.h>
#include <analysis/matrix.h>
#include <analysis/run.h>
#include <analysis/series.h>

#define ANA_MAT_MAX_AXES 8
#define ANA_MAT_MAX_DEPTH 64
#define ANA_MAT_MAX_FIELDS 4096

/** The classes of MATLAB, numbered as in the file. */
typedef enum ana_mat_class {
    ANA_MAT_NOTHING = 0,
    ANA_MAT_CELL = 1,
    ANA_MAT_STRUCT = 2,
    ANA_MAT_OBJECT = 3, /**< of an old class: a struct with a class name */
    ANA_MAT_CHAR = 4,
    ANA_MAT_SPARSE = 5,
    ANA_MAT_DOUBLE = 6,
    ANA_MAT_SINGLE = 7,
    ANA_MAT_INT8 = 8, /**< then uint8, int16, ... */
    ANA_MAT_UINT64 = 15,
    ANA_MAT_FUNCTION = 16, /**< one child, a struct */
    ANA_MAT_OPAQUE = 17    /**< an object of a new class: not read */
} ana_mat_class;

/** One value. All owned. Element (i, j, ...) stands at i + shape[0] * (j + ...). */
typedef struct ana_mat_value {
    char *name; /**< of a variable; NULL within one */
    ana_mat_class class_of;
    bool logical;
    size_t n_axes;
    size_t shape[ANA_MAT_MAX_AXES];
    size_t n;               /**< elements: the product of the shape */
    ana_sample_type stored; /**< of the numbers: often narrower than the class */
    size_t n_stored;        /**< numbers: n, or of a sparse array those that are not 0 */
    void *real;             /**< n_stored, native order; NULL: no numbers */
    void *imaginary;        /**< likewise; NULL: real */
    int64_t *rows;          /**< sparse: the row of each number, column by column */
    int64_t *starts;        /**< sparse: shape[1] + 1 places where columns start */
    size_t n_lines;         /**< char: shape[0]; 0 for several rows without characters */
    char **lines;           /**< the rows as UTF-8 */
    size_t n_fields;
    char **fields; /**< of a struct; a repeated name X becomes _1_X, _2_X */
    char *class_name;
    size_t n_children; /**< cell: n; struct: n * n_fields, element by element */
    struct ana_mat_value *children;
} ana_mat_value;

/** All variables of a file. */
typedef struct ana_mat_file {
    size_t n;
    size_t capacity;
    ana_mat_value *variables;
} ana_mat_file;

/** Whether a file that begins so is a MAT file of version 5, 6 or 7; of version 4. */
bool ana_mat_begins_as_5(const unsigned char *head, size_t n);
bool ana_mat_begins_as_4(const unsigned char *head, size_t n);
bool ana_mat_begins_as_73(const unsigned char *head, size_t n);

/** Read the variable called `name`, or all of them (NULL). ANA_ERR_FORMAT with the byte,
 *  ANA_ERR_LIMIT. Freed by ana_mat_file_release, also after a failure. */
ANA_USE_RESULT ana_status ana_mat_read(const char *path, const char *name, const ana_run *run,
                                       ana_mat_file *out);
void ana_mat_file_release(ana_mat_file *mat);

/** The value at "variable" or "variable.field.field", or NULL. */
const ana_mat_value *ana_mat_find(const ana_mat_file *mat, const char *path);

/** *out = the array of real numbers at that path (NULL: the only variable), as ana_matrix_read has
 *  it: value(i, j) is [i][j]. */
ANA_USE_RESULT ana_status ana_mat_read_matrix(const char *path, const char *name,
                                              const ana_run *run, ana_matrix **out);

/** *out = a value's real numbers as ana_matrix_read has them; `path` is for the sentence. */
ANA_USE_RESULT ana_status ana_mat_to_matrix(const char *path, const ana_mat_value *value,
                                            const ana_run *run, ana_matrix **out);

/** A value's numbers as n doubles in MATLAB's order, sparse ones filled up with 0. */
void ana_mat_to_doubles(const ana_mat_value *value, double *out);

/** What is needed while a file is read: shared by all versions. */
typedef struct ana_mat_reader {
    const ana_file *file;
    const char *wanted; /**< name of the only variable wanted, or NULL */
    const ana_run *run;
    ana_mat_file *out;
    size_t bytes; /**< in memory so far */
    uint64_t n_packed;
    uint64_t n_unpacked;
} ana_mat_reader;

ANA_USE_RESULT ana_status ana_mat_read_4(ana_mat_reader *reader);
ANA_USE_RESULT ana_status ana_mat_read_5(ana_mat_reader *reader);
ANA_USE_RESULT ana_status ana_mat_read_73(ana_mat_reader *reader);

/** *out = the variables (options->variable: that one) as a recording of the format `format`. */
ANA_USE_RESULT ana_status ana_mat_read_recording(const char *format, const char *path,
                                                 const ana_read_options *options,
                                                 ana_recording **out);

/** Append an empty variable of that name. */
ANA_USE_RESULT ana_status ana_mat_append(ana_mat_reader *reader, const char *name, size_t n_name,
                                         ana_mat_value **out);
/** Count n * size bytes more in memory: ANA_ERR_LIMIT beyond what is allowed, ANA_ERR_FORMAT beyond
 *  what a file of that length can stand for. */
ANA_USE_RESULT ana_status ana_mat_count(ana_mat_reader *reader, size_t n, size_t size);
/** The rows of a char array of UTF-16 units in MATLAB's order. */
ANA_USE_RESULT ana_status ana_mat_set_lines(ana_mat_reader *reader, ana_mat_value *value,
                                            const uint16_t *units);
void ana_mat_value_release(ana_mat_value *value);

#endif
