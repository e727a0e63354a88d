/** Samples as they come through a pipe: binary frames, or lines of numbers.
 *
 *  Binary: a header frame, then frames of samples. Numbers are little-endian; every frame begins
 *  with 32 bytes:
 *
 *  | byte | type | |
 *  |---|---|---|
 *  | 0 | 4 bytes | "ANAF" |
 *  | 4 | uint16 | version, 1 |
 *  | 6 | uint16 | kind: 1 header, 2 samples as float32, 3 samples as float64 |
 *  | 8 | uint32 | number of channels, 1 to 65,536; the same in every frame |
 *  | 12 | uint32 | header: bytes of the names; samples: number of samples of each channel |
 *  | 16 | uint64 | sequence number: each frame of samples one more than that before |
 *  | 24 | float64 | header: rate, Hz; samples: time of the first sample, s, on the source's clock |
 *
 *  then the header's channel names (UTF-8, each ended by a zero byte), or the samples (all channels
 *  of the first sample, then of the second, ...). NaN is a missing sample.
 *
 *  CSV: a line of channel names, then a line for each sample, commas between; an empty place is a
 *  missing sample. Names may stand in double quotes, and hold no commas. */
#ifndef ANALYSIS_FORMATS_LIVE_FRAMES_H
#define ANALYSIS_FORMATS_LIVE_FRAMES_H

#include <analysis/status.h>

#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

typedef enum ana_live_form {
    ANA_LIVE_FRAMES,
    ANA_LIVE_CSV
} ana_live_form;

/** "frame", "csv", NULL. */
ANA_API extern const char *const ana_live_form_names[];

typedef enum ana_live_kind {
    ANA_LIVE_NONE,   /**< more bytes are needed */
    ANA_LIVE_HEADER, /**< names and rate are known */
    ANA_LIVE_SAMPLES
} ana_live_kind;

/** What was found. Borrowed until the decoder is fed again. */
typedef struct ana_live_frame {
    ana_live_kind kind;
    size_t n_channels;
    const char *const *names; /**< HEADER: n_channels */
    double rate;              /**< HEADER: Hz; NaN in CSV, which does not tell */
    uint64_t sequence;        /**< SAMPLES; of CSV the number of the line, from 0 */
    uint64_t n_dropped;       /**< SAMPLES: frames that are missing before this one */
    double time_s;            /**< SAMPLES: as the source says; NaN in CSV */
    size_t n_samples;
    const double *samples; /**< SAMPLES: n_channels x n_samples */
} ana_live_frame;

typedef struct ana_live_decoder ana_live_decoder;

ANA_API ANA_USE_RESULT ana_status ana_live_decoder_new(ana_live_form form, ana_live_decoder **out);

/** Take bytes up to the end of the next frame (line): *n_used of the n, all of them with
 *  ANA_LIVE_NONE. Feed it the rest again. Once frames do not grow any more, nothing is allocated.
 *
 *  @return ANA_ERR_FORMAT with the byte (line) and what would be right: another magic, version or
 *          kind, samples before the header, a second header, a changed number of channels, a
 *          sequence number that goes back, what is no number. The decoder is of no use then. */
ANA_API ANA_USE_RESULT ana_status ana_live_decoder_feed(ana_live_decoder *decoder, size_t n,
                                                        const void *bytes, size_t *n_used,
                                                        ana_live_frame *frame);

/** The source has ended: ANA_ERR_FORMAT when that was in the middle of a frame, or before the
 *  header. A last line without its end is `frame`'s. */
ANA_API ANA_USE_RESULT ana_status ana_live_decoder_finish(ana_live_decoder *decoder,
                                                          ana_live_frame *frame);

ANA_API void ana_live_decoder_free(ana_live_decoder *decoder);

/** *bytes = a header frame, *n bytes; freed by free(). */
ANA_API ANA_USE_RESULT ana_status ana_live_encode_header(size_t n_channels,
                                                         const char *const *names, double rate,
                                                         uint8_t **bytes, size_t *n);

/** *bytes = a frame of float64 samples, n_channels x n_samples, of that number and time. */
ANA_API ANA_USE_RESULT ana_status ana_live_encode_samples(size_t n_channels, size_t n_samples,
                                                          const double *samples, uint64_t sequence,
                                                          double time_s, uint8_t **bytes,
                                                          size_t *n);

ANA_END_DECLS

#endif
