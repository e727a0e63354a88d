/** Samples that stay in a dataset of HDF5, a channel a row. */
#ifndef ANALYSIS_FORMATS_HDF5_ROWS_H
#define ANALYSIS_FORMATS_HDF5_ROWS_H

#include "hdf5_file.h"

/** A source over a dataset of two axes, channel x time. On success it owns `dataset`. */
ANA_USE_RESULT ana_status ana_source_from_hdf5_rows(ana_hdf5_dataset *dataset, ana_source **out);

#endif
