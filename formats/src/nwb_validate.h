/** An NWB file against the specification cached in it. */
#ifndef ANALYSIS_FORMATS_NWB_VALIDATE_H
#define ANALYSIS_FORMATS_NWB_VALIDATE_H

#include "format.h"

/** Findings on attributes, datasets, groups and links that a type requires, on their types, shapes
 *  and numbers. A file without cached specifications is a finding. */
ANA_USE_RESULT ana_status ana_nwb_validate(const char *path, const ana_read_options *options,
                                           ana_findings *findings);

#endif
