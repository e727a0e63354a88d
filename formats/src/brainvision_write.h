/** What the parts of the BrainVision writer share. */
#ifndef ANALYSIS_FORMATS_BRAINVISION_WRITE_H
#define ANALYSIS_FORMATS_BRAINVISION_WRITE_H

#include "calendar.h"
#include "text.h"

#include <analysis/formats/reader.h>

/** How a recording becomes three BrainVision files. */
typedef struct ana_brainvision_plan {
    const ana_recording *recording;
    const ana_series *series; /**< the largest regular one, which is written; NULL: none is */
    ana_sample_type type;     /**< INT16 or FLOAT32: what all programs read */
    bool has_date;
    int64_t date; /**< of the clock's zero, microseconds */
} ana_brainvision_plan;

ana_brainvision_plan ana_brainvision_make_plan(const ana_recording *recording);

/** Factor from the numbers of a channel in the file to its physical values. */
double ana_brainvision_resolution(const ana_channel *channel);
/** Whether filters are known, and the header's table of them can be read back. */
bool ana_brainvision_holds_filters(const ana_series *series);
/** Whether a float of 32 bits holds every number of a channel exactly. */
bool ana_brainvision_is_exact(const ana_series *series, size_t channel);

/** Append all of the header, or of the marker file. */
void ana_brainvision_header_text(const ana_brainvision_plan *plan, const char *data_name,
                                 const char *marker_name, ana_text *text);
void ana_brainvision_marker_text(const ana_brainvision_plan *plan, const char *data_name,
                                 ana_text *text);

/** Sample number, from 1, of a time; *moved when the time falls into a gap or between samples. */
int64_t ana_brainvision_position(const ana_series *series, double time, bool *moved);

/** The table "coordinates" of a BrainVision header, when it fits the plan's channels; else NULL. */
const ana_table *ana_brainvision_coordinates(const ana_brainvision_plan *plan);

ANA_USE_RESULT ana_status ana_brainvision_list_losses(const ana_recording *recording,
                                                      ana_text *text);
ANA_USE_RESULT ana_status ana_brainvision_write(const ana_recording *recording, const char *path,
                                                const char *final_path,
                                                const ana_write_options *options);

#endif
