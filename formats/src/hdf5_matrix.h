/** One array of an HDF5 file (also of MAT v7.3) as a matrix. */
#ifndef ANALYSIS_FORMATS_HDF5_MATRIX_H
#define ANALYSIS_FORMATS_HDF5_MATRIX_H

#include "hdf5_file.h"
#include "text.h"

#include <analysis/matrix.h>
#include <analysis/run.h>

typedef ana_status (*ana_hdf5_array_visitor)(void *user, const char *path,
                                             const ana_hdf5_info *info);

/** Call the visitor for every numeric dataset below `group`, once for each, however many axes it
 *  has. Stops at its failure. */
ANA_USE_RESULT ana_status ana_hdf5_each_array(ana_hdf5 *file, const char *group,
                                              ana_hdf5_array_visitor visitor, void *user);

/** The numeric datasets of a file that a matrix can hold. */
typedef struct ana_hdf5_arrays {
    size_t n;
    ana_text names; /**< the first of them in words: "/a (3 x 5), /g/b (7)" */
    char *first;    /**< path of the first; NULL: none */
} ana_hdf5_arrays;

/** Fill *out, which is released also after a failure. */
ANA_USE_RESULT ana_status ana_hdf5_find_arrays(ana_hdf5 *file, ana_hdf5_arrays *out);
void ana_hdf5_arrays_release(ana_hdf5_arrays *arrays);

/** *out = the path of the file's only array, freed by free(); ANA_ERR_VALUE lists what there is
 *  when there is not exactly one. */
ANA_USE_RESULT ana_status ana_hdf5_find_only_array(ana_hdf5 *file, char **out);

/** *out = the numeric dataset at `dataset` ("/a/b" or "a/b"), axes "axis0", ...; an array that
 *  MATLAB wrote keeps MATLAB's order: value(i, j) is [i][j]. With `dataset` NULL the file must hold
 *  one numeric dataset alone, else ANA_ERR_VALUE lists them. ANA_ERR_UNSUPPORTED for text, complex
 *  numbers, objects and more than ANA_MAX_AXES axes; ANA_ERR_LIMIT. */
ANA_USE_RESULT ana_status ana_hdf5_read_matrix(const char *path, const char *dataset,
                                               const ana_run *run, ana_matrix **out);

#endif
