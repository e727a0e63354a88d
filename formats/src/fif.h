/** FIF (Elekta, MNE) from the inside: a stream of tags, big-endian, each with its kind, its type,
 *  its size and where the next one stands; tags of blocks enclose the others. Facts from the FIFF
 *  specification 1.3 (Elekta Neuromag 2009) and from files that MNE 1.3 writes. */
#ifndef ANALYSIS_FORMATS_FIF_H
#define ANALYSIS_FORMATS_FIF_H

#include "file.h"

#include <analysis/formats/reader.h>

typedef enum ana_fif_kind {
    ANA_FIF_BLOCK_ID = 103,
    ANA_FIF_BLOCK_START = 104,
    ANA_FIF_BLOCK_END = 105,
    ANA_FIF_N_CHANNELS = 200,
    ANA_FIF_RATE = 201,
    ANA_FIF_CHANNEL = 203,
    ANA_FIF_DATE = 204,
    ANA_FIF_COMMENT = 206,
    ANA_FIF_FIRST_SAMPLE = 208,
    ANA_FIF_LOW_PASS = 219,
    ANA_FIF_HIGH_PASS = 223,
    ANA_FIF_LONG_NAME = 258,
    ANA_FIF_BUFFER = 300,
    ANA_FIF_SKIP = 301,         /**< buffers that were not saved */
    ANA_FIF_SKIP_SAMPLES = 303, /**< samples that were not saved */
    ANA_FIF_NAMES = 3507,       /**< by colons */
    ANA_FIF_EVENTS = 3561,
    ANA_FIF_STARTS = 3568,
    ANA_FIF_STOPS = 3569
} ana_fif_kind;

typedef enum ana_fif_block {
    ANA_FIF_MEASUREMENT = 100,
    ANA_FIF_NEXT_FILE = 118,
    ANA_FIF_PROJECTION = 314,
    ANA_FIF_COVARIANCE = 355,
    ANA_FIF_BAD_CHANNELS = 359,
    ANA_FIF_EVENT_BLOCK = 361,
    ANA_FIF_COMPENSATION = 371,
    ANA_FIF_EPOCHS = 373,
    ANA_FIF_ANNOTATIONS = 3810
} ana_fif_block;

typedef enum ana_fif_type {
    ANA_FIF_SHORT = 2,
    ANA_FIF_INT = 3,
    ANA_FIF_FLOAT = 4,
    ANA_FIF_DOUBLE = 5,
    ANA_FIF_UINT = 8,   /**< events of old files: whole numbers of 32 bits */
    ANA_FIF_PACKED = 16 /**< int16 */
} ana_fif_type;

enum {
    ANA_FIF_TAG_BYTES = 16,
    ANA_FIF_CHANNEL_BYTES = 96,
    ANA_FIF_MAX_DEPTH = 64
};

/** One tag, with the blocks around it. */
typedef struct ana_fif_tag {
    int32_t kind;
    int32_t type;
    uint64_t data; /**< offset of its value */
    size_t n_bytes;
    int32_t block; /**< the innermost around it; of a block's start itself; 0: none */
} ana_fif_tag;

typedef ana_status (*ana_fif_visitor)(void *user, const ana_fif_tag *tag);

/** Visit every tag from the first to the last. *cut: the file ends within the last one, which is
 *  not visited. ANA_ERR_FORMAT for a chain of tags that leads back, a negative size, or blocks more
 *  than ANA_FIF_MAX_DEPTH deep. */
ANA_USE_RESULT ana_status ana_fif_walk(const ana_file *file, ana_fif_visitor visitor, void *user,
                                       bool *cut);

/** *values = the n numbers of a tag, whatever their type, as doubles; freed by free(). */
ANA_USE_RESULT ana_status ana_fif_numbers(const ana_file *file, const ana_fif_tag *tag, size_t *n,
                                          double **values);
/** *text = the bytes of a tag as UTF-8; freed by free(). */
ANA_USE_RESULT ana_status ana_fif_text(const ana_file *file, const ana_fif_tag *tag, char **text);

/** Samples first ... first + n_times - 1 of all channels, time by time. */
typedef struct ana_fif_buffer {
    uint64_t data;
    size_t first;
    size_t n_times;
} ana_fif_buffer;

/** *out = the samples of the buffers (copied), which follow each other. Shares the file. */
ANA_USE_RESULT ana_status ana_fif_source(ana_file *file, ana_sample_type type, size_t n_channels,
                                         size_t n_buffers, const ana_fif_buffer *buffers,
                                         ana_source **out);

/** The list of events of a file: n x 3, sample, code before, code after; freed by free().
 *  *events is NULL when there is none. */
ANA_USE_RESULT ana_status ana_fif_read_events(const char *path, size_t *n, double **events);

/** Events as the intervals "events" of `recording`: by time, lasting none, with "label", "code" and
 *  "code_before". */
ANA_USE_RESULT ana_status ana_fif_add_events(size_t n, const double *events, double rate,
                                             ana_recording *recording);

#endif
