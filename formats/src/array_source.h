/** Sources over arrays that stand in a file, or in memory, in any order of axes. */
#ifndef ANALYSIS_FORMATS_ARRAY_SOURCE_H
#define ANALYSIS_FORMATS_ARRAY_SOURCE_H

#include "file.h"
#include "npy.h"

#include <analysis/series.h>

/** An open file, with the bytes it may lie over, that several sources own together. */
typedef struct ana_held_file ana_held_file;

/** On success `file`, and `bytes` (may be NULL, freed by free()), belong to *out. */
ANA_USE_RESULT ana_status ana_held_file_new(ana_file *file, void *bytes, ana_held_file **out);
/** One more owner; returns `held`. */
ana_held_file *ana_held_file_share(ana_held_file *held);
void ana_held_file_free(ana_held_file *held);
const ana_file *ana_held_file_get(const ana_held_file *held);

/** Where an array stands: element (i, j, ...) at offset + (i stride[0] + j stride[1] + ...) * size.
 */
typedef struct ana_placed_array {
    ana_held_file *held; /**< borrowed */
    uint64_t offset;
    ana_npy_type type; /**< real numbers */
    size_t n_axes;
    size_t shape[ANA_NPY_MAX_AXES];
    size_t stride[ANA_NPY_MAX_AXES]; /**< in elements */
} ana_placed_array;

/** Strides of an array in C or Fortran order. */
void ana_placed_array_order(ana_placed_array *array, bool fortran);

/** A source whose times run along axis `time_axis`; the other axes, in C order, are its channels.
 *  Shares the held file. */
ANA_USE_RESULT ana_status ana_source_from_array(const ana_placed_array *array, size_t time_axis,
                                                ana_source **out);

/** A source of one channel: 0, 1, 2, ... as float64. */
ANA_USE_RESULT ana_status ana_source_counting(ana_source **out);

#endif
