/** GDF 1.x and 2.x from the inside: the general data format for biosignals (Schloegl 2006, arXiv
 *  cs/0608052; the 2.51 files that biosig 2.5 writes). Little-endian. */
#ifndef ANALYSIS_FORMATS_GDF_H
#define ANALYSIS_FORMATS_GDF_H

#include "file.h"

#include <analysis/formats/reader.h>

typedef struct ana_gdf_signal {
    char *label;
    char *transducer;
    char *unit; /**< "uV"; "": none, or of a code that is not known */
    char *filter;
    double physical_min;
    double physical_max;
    double digital_min;
    double digital_max;
    double high_pass_hz; /**< NaN: unknown */
    double low_pass_hz;
    double notch_hz;
    double position[3]; /**< NaN: unknown */
    size_t n_samples;   /**< in a record; 0: samples are events of the event table */
    unsigned type;      /**< as the file has it: 3 is int16, 279 int24 */
    bool is_read;       /**< of a type that we have */
    ana_sample_type sample;
    size_t offset; /**< bytes from the beginning of a record */
} ana_gdf_signal;

typedef struct ana_gdf_header {
    int version; /**< 100 times: 210 is 2.10 */
    char *patient;
    char *recording;
    char start_time[32]; /**< ISO 8601; "": unknown */
    uint64_t data_offset;
    uint64_t event_offset; /**< of the event table */
    size_t n_records;      /**< whole ones, in the file */
    double record_s;
    size_t record_bytes;
    size_t n_signals;
    ana_gdf_signal *signals;
    size_t n_descriptions;
    char **descriptions; /**< of the user's event codes, by their number; "": none */
} ana_gdf_header;

/** Parse the header of an open file. What is recovered from is a warning of `recording`. Released
 *  by ana_gdf_release_header, also on failure. */
ANA_USE_RESULT ana_status ana_gdf_read_header(const ana_file *file, const ana_read_options *options,
                                              ana_recording *recording, ana_gdf_header *header);
void ana_gdf_release_header(ana_gdf_header *header);

/** The events behind the records, as the intervals "events" with columns "label" (the
 *  file's own words for the code, or those of known ones, else the number), "code" and, where the
 *  table says so, "channels". `rate` is of the fastest signal, for tables that do not give their
 *  own. Nothing is added without a table. */
ANA_USE_RESULT ana_status ana_gdf_read_events(const ana_file *file, const ana_gdf_header *header,
                                              double rate, const ana_read_options *options,
                                              ana_recording *recording);

#endif
