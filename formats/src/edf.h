/** EDF, EDF+, BDF and BDF+ from the inside: what reader, writer and validation share.
 *
 *  Kemp et al. (1992), Electroenceph. clin. Neurophysiol. 82; Kemp & Olivan (2003), Clin.
 *  Neurophysiol. 114 (EDF+); BDF is the same with 24-bit samples (BioSemi). */
#ifndef ANALYSIS_FORMATS_EDF_H
#define ANALYSIS_FORMATS_EDF_H

#include "file.h"

#include <analysis/formats/reader.h>

/** Bytes of the fixed header, and of each signal's part of it. */
#define ANA_EDF_HEADER_BYTES 256

typedef struct ana_edf_signal {
    char *label;
    char *transducer;
    char *unit;
    char *filter;
    double physical_min;
    double physical_max;
    double digital_min;
    double digital_max;
    size_t n_samples;   /**< in a record */
    size_t offset;      /**< bytes from the beginning of a record */
    bool is_annotation; /**< holds texts, not samples */
} ana_edf_signal;

typedef struct ana_edf_header {
    bool is_bdf;
    bool is_plus;
    bool is_discontinuous;
    size_t sample_bytes; /**< 2 or 3 */
    char *patient;
    char *recording;
    char *start_time; /**< ISO 8601; NULL: unknown */
    uint64_t data_offset;
    size_t n_records; /**< whole ones, in the file */
    double record_s;
    size_t record_bytes;
    size_t n_signals;
    ana_edf_signal *signals;
} ana_edf_header;

/** Parse the header of an open file. What is recovered from is a warning of `recording`. */
ANA_USE_RESULT ana_status ana_edf_read_header(const ana_file *file, const ana_read_options *options,
                                              ana_recording *recording, ana_edf_header *header);
void ana_edf_release_header(ana_edf_header *header);

/** Start date and time of a header ("dd.mm.yy" and "hh.mm.ss", 8 bytes each) in ISO 8601; the year
 *  from "Startdate dd-MMM-yyyy" in `recording` where that is the same day, else the two digits from
 *  1985 to 2084. "" when it is no date, or not known ("Startdate X" on 1 January 1985). */
void ana_edf_start_time(const char *date, const char *time, const char *recording, char out[32]);

/** Whether the 16 bytes could be start date and time. */
bool ana_edf_is_start(const char *bytes);

typedef struct ana_edf_annotation {
    double onset;    /**< seconds from the header's start time */
    double duration; /**< NaN: none given */
    char *text;
} ana_edf_annotation;

typedef struct ana_edf_annotations {
    size_t n;
    size_t capacity;
    ana_edf_annotation *items;
    double *record_onset; /**< n_records values */
    size_t onset_digits;  /**< decimals that record onsets are written with, at most */
} ana_edf_annotations;

/** Scan the annotation signals of all records. A record whose onset is missing, unreadable or not
 *  after the one before it gets the one that follows, with a warning. */
ANA_USE_RESULT ana_status ana_edf_read_annotations(const ana_file *file,
                                                   const ana_edf_header *header,
                                                   const ana_read_options *options,
                                                   ana_recording *recording,
                                                   ana_edf_annotations *out);
void ana_edf_release_annotations(ana_edf_annotations *annotations);

/** The rules of EDF and EDF+ that reading does not depend on: the format's `validate`. */
ANA_USE_RESULT ana_status ana_edf_validate(const char *path, const ana_read_options *options,
                                           ana_findings *findings);

#endif
