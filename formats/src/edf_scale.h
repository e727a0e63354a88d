/** Scales that an EDF header can hold: physical numbers of at most eight characters. */
#ifndef ANALYSIS_FORMATS_EDF_SCALE_H
#define ANALYSIS_FORMATS_EDF_SCALE_H

#include <stdbool.h>

/** Digits of a header's number field. */
#define ANA_EDF_NUMBER_CHARS 8

/** What a header says of a signal's scale; the numbers are what the texts read back to. */
typedef struct ana_edf_scale {
    int digital_min;
    int digital_max;
    double physical_min;
    double physical_max;
    double gain; /**< as a reader finds it */
    double offset;
} ana_edf_scale;

/** The shortest text of at most eight characters that comes closest to `value`; false when its
 *  magnitude is beyond the field. */
bool ana_edf_format_number(double value, char out[ANA_EDF_NUMBER_CHARS + 1]);

/** A scale that reads back as `gain` and `offset` to 1e-12, its digital range the largest that is
 *  within [lowest, highest]; false when there is none. */
bool ana_edf_find_scale(double gain, double offset, int lowest, int highest, ana_edf_scale *out);

/** The scale of the whole digital range that comes closest to `gain` and `offset`. */
bool ana_edf_nearest_scale(double gain, double offset, int lowest, int highest, ana_edf_scale *out);

/** The scale of the whole digital range that covers physical values from `min` to `max`. */
bool ana_edf_covering_scale(double min, double max, int lowest, int highest, ana_edf_scale *out);

#endif
