/** Where an array stands: "file", or "file:what of it". */
#ifndef ANALYSIS_FORMATS_ARRAY_LOCATION_H
#define ANALYSIS_FORMATS_ARRAY_LOCATION_H

#include "file.h"

/** *path = what of `location` is a file, *key = what follows its ':', or NULL. Both in *copy, which
 *  is freed by free(). */
ANA_USE_RESULT ana_status ana_array_location_split(const char *location, char **copy,
                                                   const char **path, const char **key);

/** The kinds of files that hold plain arrays. */
typedef enum ana_array_kind {
    ANA_ARRAY_NPY,
    ANA_ARRAY_NPZ,
    ANA_ARRAY_SAFETENSORS,
    ANA_ARRAY_HDF5,
    ANA_ARRAY_MAT,   /**< versions 4 to 7 */
    ANA_ARRAY_MAT73, /**< HDF5 as MATLAB writes it */
    ANA_ARRAY_TEXT,
    ANA_ARRAY_OTHER
} ana_array_kind;

/** *out = the file's kind, by its first bytes. */
ANA_USE_RESULT ana_status ana_array_kind_of(const ana_file *file, ana_array_kind *out);

/** ANA_ERR_VALUE: `path` holds one array only, which has no name. */
ana_status ana_array_has_no_name(const char *path, const char *key);

#endif
