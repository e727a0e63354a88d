/** `ana align --hierarchy`, `--distances`: whether layers follow regions in space and time. */
#ifndef CLI_ALIGN_HIERARCHY_H
#define CLI_ALIGN_HIERARCHY_H

#include "job.h"

#include <analysis/models/alignment.h>

typedef struct align_hierarchy_options {
    bool wanted;
    const char *distances; /**< table of regions and their distances; NULL: not known */
} align_hierarchy_options;

/** Rows for hierarchy, distances. */
extern const ana_option align_hierarchy_table[];

/** "hierarchy" into the record, if either was asked for. */
ANA_USE_RESULT ana_status align_add_hierarchy(const ana_run *run,
                                              const align_hierarchy_options *options,
                                              const ana_alignment *alignment, ana_record *record);

#endif
