/** The collections of texts in an HDF5 file ("global heaps"), which HDF5 1.10 trusts blindly. */
#ifndef ANALYSIS_FORMATS_HDF5_HEAP_H
#define ANALYSIS_FORMATS_HDF5_HEAP_H

#include "file.h"

/** ANA_ERR_FORMAT with the byte when a collection's objects do not fit into it. Larger files than
 *  64 MiB are not looked through: it would cost as much as reading them. */
ANA_USE_RESULT ana_status ana_hdf5_check_heaps(const ana_file *file);

#endif
