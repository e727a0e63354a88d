/** The part of the NWB standard that our files are written by and carry with them. */
#ifndef ANALYSIS_FORMATS_NWB_SPEC_H
#define ANALYSIS_FORMATS_NWB_SPEC_H

#include "hdf5_write.h"

#define ANA_NWB_VERSION "2.6.0"

/** Cache the specifications in /specifications, as the standard asks. */
ANA_USE_RESULT ana_status ana_nwb_write_specifications(ana_hdf5 *file);

#endif
