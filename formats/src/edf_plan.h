/** How a recording becomes an EDF or BDF file: which series, in records of what length, at which
 *  scales. The list of losses and the writer read the same plan, so that neither says what the
 *  other does not do. */
#ifndef ANALYSIS_FORMATS_EDF_PLAN_H
#define ANALYSIS_FORMATS_EDF_PLAN_H

#include "edf_scale.h"

#include <analysis/recording.h>

/** A signal to write: a channel of a series. */
typedef struct ana_edf_plan_signal {
    size_t series;  /**< in the recording */
    size_t channel; /**< in the series */
    size_t file_index;
    size_t n_samples;    /**< in a record */
    bool keeps_stored;   /**< the stored integers are written, less `shift` */
    bool is_approximate; /**< its scale fits the header only nearly */
    double shift;
    double factor; /**< physical values are multiplied by it: the unit has changed */
    char unit[ANA_EDF_NUMBER_CHARS + 1];
    ana_edf_scale scale;
    size_t n_missing; /**< samples that are no number and become the lowest one */
} ana_edf_plan_signal;

/** Why a series is not written; NULL: it is. */
typedef struct ana_edf_plan_series {
    const char *left_out;
    size_t n_samples; /**< in a record */
    size_t n_dropped; /**< samples at the ends of segments that fill no record */
} ana_edf_plan_series;

/** A run of records without a gap. */
typedef struct ana_edf_plan_segment {
    size_t segment; /**< of the series */
    size_t n_records;
    double start; /**< seconds on the recording's clock */
} ana_edf_plan_segment;

typedef struct ana_edf_plan {
    bool is_bdf;
    const ana_recording *recording;
    ana_edf_plan_series *series; /**< one for each of the recording's */
    size_t reference;            /**< the series that lays out the records; n_series: none */
    char record_text[ANA_EDF_NUMBER_CHARS + 1];
    double record_s;
    size_t n_segments;
    ana_edf_plan_segment *segments;
    size_t n_records;
    size_t n_signals;
    ana_edf_plan_signal *signals; /**< in the order of the file */
} ana_edf_plan;

/** Make the plan. Series whose range must be known are read through. */
ANA_USE_RESULT ana_status ana_edf_make_plan(const ana_recording *recording, bool is_bdf,
                                            ana_edf_plan *plan);
void ana_edf_release_plan(ana_edf_plan *plan);

/** Choose the length of a record for the plan's series (edf_records.c). */
ANA_USE_RESULT ana_status ana_edf_plan_records(ana_edf_plan *plan);

#endif
