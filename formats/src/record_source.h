/** Samples that stand in records, in each record a run of samples of each channel: EDF, BDF, GDF.
 */
#ifndef ANALYSIS_FORMATS_RECORD_SOURCE_H
#define ANALYSIS_FORMATS_RECORD_SOURCE_H

#include "file.h"

#include <analysis/series.h>

/** Channels of one type with equally many samples in a record. Little-endian; INT24 takes three
 *  bytes. Borrowed. */
typedef struct ana_record_layout {
    uint64_t data_offset; /**< of the first record */
    size_t record_bytes;
    ana_sample_type type;
    size_t n_samples; /**< of each channel in a record, at least 1 */
    size_t n_channels;
    const size_t *channels; /**< n_channels numbers of signals of the file */
    const size_t *offset;   /**< of signal 0's run, bytes from the beginning of the record */
    size_t offset_step;     /**< bytes in memory from one signal's offset to the next one's */
} ana_record_layout;

/** Bytes of a sample in the file. */
size_t ana_record_sample_bytes(ana_sample_type type);

/** *out = the samples; shares the file. */
ANA_USE_RESULT ana_status ana_source_from_records(ana_file *file, const ana_record_layout *layout,
                                                  ana_source **out);

#endif
