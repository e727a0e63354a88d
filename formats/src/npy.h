/** NumPy's .npy: one array behind a header that is a Python literal (NEP 1, versions 1 to 3).
 *
 *  The literal is parsed, never evaluated; pickled objects are refused. */
#ifndef ANALYSIS_FORMATS_NPY_H
#define ANALYSIS_FORMATS_NPY_H

#include "file.h"
#include "half.h"
#include "text.h"

#include <analysis/run.h>
#include <analysis/series.h>

#define ANA_NPY_MAX_AXES 32
/** More columns than this are refused. */
#define ANA_NPY_MAX_FIELDS 4096

typedef enum ana_npy_kind {
    ANA_NPY_NUMBER,  /**< integers, floats, bool (as uint8), half floats (as float32) */
    ANA_NPY_COMPLEX, /**< pairs of `sample` */
    ANA_NPY_BYTES,   /**< "S": text of one byte a character, NUL-padded */
    ANA_NPY_UNICODE, /**< "U": text of four bytes a character, NUL-padded */
    ANA_NPY_OTHER    /**< raw bytes, dates: kept in a record, but not read */
} ana_npy_kind;

/** Type of one element. */
typedef struct ana_npy_type {
    ana_npy_kind kind;
    ana_sample_type sample; /**< of numbers, once read */
    size_t size;            /**< bytes of an element in the file */
    bool swap;              /**< stored in the other byte order than this machine's */
    ana_half half;          /**< of which kind, where an element is one */
    bool boolean;
    char text[16]; /**< as in the file: "<f8", cut to size */
} ana_npy_type;

/** One column of a structured array. */
typedef struct ana_npy_field {
    char *name;
    ana_npy_type type;
    size_t offset; /**< in the element */
    size_t n;      /**< values in each element, 1 unless the column is an array itself */
} ana_npy_field;

typedef struct ana_npy {
    ana_npy_type type; /**< of a plain array; of a structured one only `size` */
    size_t n_fields;   /**< 0: plain */
    ana_npy_field *fields;
    bool fortran;
    size_t n_axes;
    size_t shape[ANA_NPY_MAX_AXES];
    size_t n;       /**< elements */
    size_t n_bytes; /**< of all elements in the file */
    uint64_t data;  /**< offset of the first element in the file */
} ana_npy;

/** Parse the header at `offset`, and hold the sizes it declares against the `n_bytes` bytes that
 *  the array may take there (in an archive more than the file need have). ANA_ERR_UNSUPPORTED for
 *  objects. Freed by ana_npy_release. */
ANA_USE_RESULT ana_status ana_npy_open(const ana_file *file, uint64_t offset, uint64_t n_bytes,
                                       ana_npy *out);
void ana_npy_release(ana_npy *npy);

/** ANA_ERR_UNSUPPORTED unless the elements are plain real numbers; says what they are. */
ANA_USE_RESULT ana_status ana_npy_check_numbers(const char *name, const ana_npy *npy);

/** out[i] = element i in C order (the last axis runs fastest), numbers widened to double. */
ANA_USE_RESULT ana_status ana_npy_read_doubles(const ana_file *file, const ana_npy *npy,
                                               const ana_run *run, double *out);
/** The same as stored, native byte order: n elements of ana_sample_size(type.sample) bytes, twice
 *  that for complex ones. */
ANA_USE_RESULT ana_status ana_npy_read_stored(const ana_file *file, const ana_npy *npy,
                                              const ana_run *run, void *out);
/** out[i] = text i (C order) as UTF-8, freed by free(); on failure all are NULL. Given NULLed. */
ANA_USE_RESULT ana_status ana_npy_read_texts(const ana_file *file, const ana_npy *npy,
                                             const ana_run *run, char **out);

/** *out = the n_bytes bytes of all elements, as in the file but in C order. Freed by free(). */
ANA_USE_RESULT ana_status ana_npy_read_raw(const ana_file *file, const ana_npy *npy,
                                           const ana_run *run, unsigned char **out);
/** Values of one column, which holds numbers, of the elements in `raw`: *out has n * field->n
 *  native elements of ana_sample_size bytes (freed by free()). */
ANA_USE_RESULT ana_status ana_npy_column(const ana_npy *npy, const ana_npy_field *field,
                                         const unsigned char *raw, void **out);
/** Texts of one column; `out` as in ana_npy_read_texts. */
ANA_USE_RESULT ana_status ana_npy_column_texts(const ana_npy *npy, const ana_npy_field *field,
                                               const unsigned char *raw, char **out);

/** "<f8", "|u1", ...: the native form of a sample type (INT24 is stored as int32). */
const char *ana_npy_descr(ana_sample_type type);

/** Append the header (version 1) of an array of `descr` elements in C or Fortran order. */
void ana_npy_put_header(ana_text *text, const char *descr, bool fortran, size_t n_axes,
                        const size_t *shape);

/** Header and elements (native order, C order), whole or not at all. */
ANA_USE_RESULT ana_status ana_npy_save(const char *path, ana_sample_type type, size_t n_axes,
                                       const size_t *shape, const void *elements);
/** The same for n texts (NULL is written as ""), as "U". */
ANA_USE_RESULT ana_status ana_npy_save_texts(const char *path, size_t n, const char *const *texts);
/** *bytes = n texts as elements of "<U..."; `descr` names their type. Freed by free(). */
ANA_USE_RESULT ana_status ana_npy_pack_texts(size_t n, const char *const *texts, char descr[16],
                                             unsigned char **bytes, size_t *n_bytes);

#endif
