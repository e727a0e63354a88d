/** What a FIF file says of a raw recording: filled tag by tag. */
#ifndef ANALYSIS_FORMATS_FIF_INFO_H
#define ANALYSIS_FORMATS_FIF_INFO_H

#include "fif.h"

typedef struct ana_fif_annotation_lists {
    size_t n_starts;
    double *starts; /**< seconds */
    size_t n_stops;
    double *stops;
    char *labels;    /**< by colons */
    bool has_origin; /**< starts count from the time of measurement, else from the first sample */
} ana_fif_annotation_lists;

/** All owned. */
typedef struct ana_fif_info {
    const ana_file *file; /**< borrowed */
    size_t n_channels;    /**< as the file says */
    size_t n_described;   /**< channels met so far */
    size_t capacity;
    ana_channel *channels;
    size_t n_long_names;
    double rate;
    double low_pass_hz;
    double high_pass_hz;
    char start_time[32];    /**< ISO 8601; "": unknown */
    char identity_time[32]; /**< of the measurement's identity, where that is all there is */
    char *comment;
    char *bad; /**< names by colons; NULL: none */
    int64_t first_sample;
    size_t n_samples;          /**< read so far */
    int64_t n_skipped;         /**< samples of gaps so far */
    int64_t n_buffers_skipped; /**< since the last buffer: as long as the next one */
    int32_t type;              /**< of the buffers; 0: none yet */
    size_t n_buffers;
    size_t buffer_capacity;
    ana_fif_buffer *buffers;
    size_t n_gaps;
    size_t gap_capacity;
    struct ana_fif_gap {
        size_t sample; /**< the first after the gap */
        int64_t time;  /**< its number with all that was skipped */
    } * gaps;
    ana_fif_annotation_lists annotations;
    bool has_projections;
    bool has_compensation;
    bool has_covariance;
    bool has_epochs;
    bool has_next_file;
} ana_fif_info;

/** A visitor of tags; `user` is the info, zeroed but for `file`. */
ANA_USE_RESULT ana_status ana_fif_note(void *user, const ana_fif_tag *tag);
void ana_fif_info_release(ana_fif_info *info);

#endif
