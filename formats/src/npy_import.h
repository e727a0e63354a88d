/** One .npy, wherever it stands, on its way into a recording. */
#ifndef ANALYSIS_FORMATS_NPY_IMPORT_H
#define ANALYSIS_FORMATS_NPY_IMPORT_H

#include "arrays.h"

/** Plain numbers and texts are appended to `list`; a structured array becomes a table of
 *  `recording`, a column for each of its columns that holds numbers or texts; what cannot be read
 *  (complex numbers, dates, raw bytes) is warned of. */
ANA_USE_RESULT ana_status ana_npy_import(ana_held_file *held, const ana_npy *npy, const char *name,
                                         const ana_read_options *options, ana_recording *recording,
                                         ana_array_list *list);

#endif
