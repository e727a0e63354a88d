/** The walk over a folder of reference values: every HDF5 file of ANA_SHARED/reference/<module>,
 *  handed to the comparison that knows its layout. */
#ifndef TESTS_SUPPORT_REFERENCE_FOLDER_H
#define TESTS_SUPPORT_REFERENCE_FOLDER_H

#include "support/reference_h5.h"
#include "support/shared.h"

/** One layout, named as its files are: `gof` is that of gof.h5 and of gof_more.h5. */
typedef struct reference_layout {
    const char *name;
    /** Compares the whole file and counts its cases; what it has to leave out is counted in
     *  counts->n_unread. NULL: the library does not have these methods, the file counts as not read
     *  yet. */
    void (*compare)(const h5_reference *file, tally *counts);
} reference_layout;

/** Compare all files; the exit status of the test. A file whose layout is not known fails, and so
 *  does one in which no case was found. */
int compare_reference_folder(const char *module, size_t n_layouts, const reference_layout *layouts);

#endif
