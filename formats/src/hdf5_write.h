/** Writing HDF5: fixed order and no times, so that equal calls give equal bytes.
 *
 *  A file is created under the name it is given (a temporary of ana_atomic_reserve), filled, and
 *  finished; every call reports a full disk. Parents of a path must have been made. */
#ifndef ANALYSIS_FORMATS_HDF5_WRITE_H
#define ANALYSIS_FORMATS_HDF5_WRITE_H

#include "hdf5_file.h"

ANA_USE_RESULT ana_status ana_hdf5_create(const char *path, ana_hdf5 **out);
/** Flush and close; the file is gone either way. ANA_ERR_IO when not all of it reached the disk. */
ANA_USE_RESULT ana_status ana_hdf5_finish(ana_hdf5 *file);

/** A group that keeps the order in which its links are made. */
ANA_USE_RESULT ana_status ana_hdf5_make_group(ana_hdf5 *file, const char *path);

/** Numbers to write. BOOL is stored as the enumeration that h5py uses. */
typedef struct ana_hdf5_array {
    ana_sample_type type;
    bool is_bool;  /**< `type` is ANA_UINT8 or ANA_INT8, values 0 and 1 */
    size_t n_axes; /**< 0: scalar */
    size_t n[ANA_HDF5_MAX_AXES];
    const void *values;
    int deflate; /**< 0: contiguous; 1 ... 9: chunked, shuffled and deflated at that level */
} ana_hdf5_array;

ana_hdf5_array ana_hdf5_scalar(ana_sample_type type, const void *value);
ana_hdf5_array ana_hdf5_vector(ana_sample_type type, size_t n, const void *values);

ANA_USE_RESULT ana_status ana_hdf5_write(ana_hdf5 *file, const char *path,
                                         const ana_hdf5_array *array);
/** Texts of variable length in UTF-8, one axis; NULL counts as "". */
ANA_USE_RESULT ana_status ana_hdf5_write_texts(ana_hdf5 *file, const char *path, size_t n,
                                               const char *const *texts);
ANA_USE_RESULT ana_status ana_hdf5_write_text(ana_hdf5 *file, const char *path, const char *text);
/** Object references to existing objects, one axis (`n`) or, with `scalar`, a single one. */
ANA_USE_RESULT ana_status ana_hdf5_write_references(ana_hdf5 *file, const char *path, size_t n,
                                                    const char *const *targets);

/** One member of a compound dataset of one axis: numbers, or references when `targets` is set. */
typedef struct ana_hdf5_field {
    const char *name;
    ana_sample_type type;
    const void *values;
    const char *const *targets;
} ana_hdf5_field;
ANA_USE_RESULT ana_status ana_hdf5_write_compound(ana_hdf5 *file, const char *path, size_t n,
                                                  size_t n_fields, const ana_hdf5_field *fields);

ANA_USE_RESULT ana_status ana_hdf5_make_soft_link(ana_hdf5 *file, const char *path,
                                                  const char *target);

/** Attributes of an existing object. */
ANA_USE_RESULT ana_status ana_hdf5_set(ana_hdf5 *file, const char *path, const char *name,
                                       const ana_hdf5_array *array);
ANA_USE_RESULT ana_status ana_hdf5_set_text(ana_hdf5 *file, const char *path, const char *name,
                                            const char *text);
ANA_USE_RESULT ana_status ana_hdf5_set_texts(ana_hdf5 *file, const char *path, const char *name,
                                             size_t n, const char *const *texts);
ANA_USE_RESULT ana_status ana_hdf5_set_reference(ana_hdf5 *file, const char *path, const char *name,
                                                 const char *target);

/** A dataset that is written piece by piece: chunks along the first axis, `deflate` as above. */
ANA_USE_RESULT ana_status ana_hdf5_dataset_create(ana_hdf5 *file, const char *path,
                                                  const ana_hdf5_array *shape,
                                                  ana_hdf5_dataset **out);
ANA_USE_RESULT ana_status ana_hdf5_dataset_write(ana_hdf5_dataset *dataset, const size_t *start,
                                                 const size_t *count, const void *values);

#endif
