/** BrainVision files from the inside: a text header that names a data file and a marker file.
 *
 *  Brain Products, "BrainVision Core Data Format" 1.0; also 2.0, and the V-Amp recorder's .ahdr. */
#ifndef ANALYSIS_FORMATS_BRAINVISION_H
#define ANALYSIS_FORMATS_BRAINVISION_H

#include "calendar.h"
#include "file.h"
#include "lines.h"

#include <analysis/formats/reader.h>

/** Largest header or marker file, bytes. */
#define ANA_BRAINVISION_MAX_TEXT ((size_t)64 << 20)

typedef struct ana_brainvision_channel {
    char *name;
    char *reference;
    char *unit;        /**< "µV" where its line leaves it out; NULL: it has no line */
    double resolution; /**< 1 where it is left out */
    double high_pass_hz;
    double low_pass_hz;
    double notch_hz;
    bool has_coordinates;
    double coordinates[3]; /**< radius, theta, phi in degrees */
    size_t line;           /**< in the header; 0: not there */
} ana_brainvision_channel;

typedef struct ana_brainvision_header {
    char *data_file;   /**< as the header names it, "$b" filled in */
    char *marker_file; /**< NULL: none */
    size_t data_line;  /**< where they are named */
    size_t marker_line;
    bool is_ascii;
    bool is_vectorized;
    bool is_big_endian;
    bool is_segmented;
    ana_sample_type type;
    double rate;
    size_t n_points; /**< as the header says; 0: it does not */
    uint64_t data_offset;
    uint64_t channel_offset;
    uint64_t trailer_bytes;
    char decimal;
    size_t skip_lines;
    size_t skip_columns;
    size_t n_channels;
    size_t n_unnamed; /**< columns of the data beyond the channels: the V-Amp recorder writes one */
    ana_brainvision_channel *channels;
} ana_brainvision_header;

ANA_USE_RESULT ana_status ana_brainvision_read_header(const char *path,
                                                      const ana_read_options *options,
                                                      ana_recording *recording,
                                                      ana_brainvision_header *header);
void ana_brainvision_release_header(ana_brainvision_header *header);

/** Cutoffs from the tables that recorders write into the header's [Comment]; `text` is the header
 *  from the comment on. A time constant of t seconds is a cutoff of 1 / (2 pi t) hertz. */
void ana_brainvision_read_filters(const char *text, size_t n, ana_brainvision_header *header);

typedef struct ana_brainvision_marker {
    char *label;      /**< type/description */
    int64_t position; /**< sample, from 1 */
    int64_t n_points;
    size_t channel; /**< from 1; 0: all */
    int64_t line;   /**< in the marker file */
    bool new_segment;
    bool has_date;
    ana_moment date;
} ana_brainvision_marker;

/** A marker line that has no readable position, kept as it is. */
typedef struct ana_brainvision_unread {
    int64_t line;
    char *text;
} ana_brainvision_unread;

typedef struct ana_brainvision_markers {
    size_t n;
    size_t capacity;
    ana_brainvision_marker *items;
    size_t n_unread;
    size_t unread_capacity;
    ana_brainvision_unread *unread;
} ana_brainvision_markers;

ANA_USE_RESULT ana_status ana_brainvision_read_markers(const char *path,
                                                       ana_brainvision_markers *out);
void ana_brainvision_release_markers(ana_brainvision_markers *markers);

/** *out = the samples of a binary data file, n_times of each channel. Shares the file. */
ANA_USE_RESULT ana_status ana_brainvision_source(ana_file *file,
                                                 const ana_brainvision_header *header,
                                                 size_t n_times, ana_source **out);

/** *out = the samples of an ASCII data file, decoded into memory, *n_times of each channel. */
ANA_USE_RESULT ana_status ana_brainvision_read_ascii(const char *path,
                                                     const ana_brainvision_header *header,
                                                     const ana_read_options *options,
                                                     size_t *n_times, ana_source **out);

/** The rules that reading does not depend on: the format's `validate`. */
ANA_USE_RESULT ana_status ana_brainvision_validate(const char *path,
                                                   const ana_read_options *options,
                                                   ana_findings *findings);

#endif
