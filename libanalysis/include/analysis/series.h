/** Channels sampled together: EEG, LFP, fluorescence, behaviour.
 *
 *  A series has one regular rate, or explicit timestamps (rate 0). Its time base is a list of
 *  segments: a gap in the recording is never silently closed, and no function filters, epochs or
 *  bins across one. Samples stay where they are (a file, memory), as they are stored, behind an
 *  `ana_source`; `ana_series_read` gives physical doubles, channel x time, of any window. */
#ifndef ANALYSIS_SERIES_H
#define ANALYSIS_SERIES_H

#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

/** How a sample is stored. INT24 is two's complement, widened to int32 whenever it is read. */
typedef enum ana_sample_type {
    ANA_INT8,
    ANA_UINT8,
    ANA_INT16,
    ANA_UINT16,
    ANA_INT24,
    ANA_INT32,
    ANA_UINT32,
    ANA_INT64,
    ANA_UINT64,
    ANA_FLOAT32,
    ANA_FLOAT64
} ana_sample_type;

/** Bytes of one sample in memory: INT24 counts as 4. */
ANA_API size_t ana_sample_size(ana_sample_type type);
/** "int16", "int24", "float32", ... */
ANA_API const char *ana_sample_type_name(ana_sample_type type);
ANA_API bool ana_sample_is_integer(ana_sample_type type);

/** What kind of signal a channel carries. */
typedef enum ana_kind {
    ANA_KIND_OTHER,
    ANA_KIND_EEG,
    ANA_KIND_EOG,
    ANA_KIND_EMG,
    ANA_KIND_ECG,
    ANA_KIND_LFP,   /**< local field, ECoG, intracranial */
    ANA_KIND_SPIKE, /**< wide band or spike band, extracellular */
    ANA_KIND_INTRACELLULAR,
    ANA_KIND_ROI, /**< fluorescence of a region of interest */
    ANA_KIND_STIMULUS,
    ANA_KIND_TRIGGER,  /**< status and trigger codes */
    ANA_KIND_BEHAVIOUR /**< position, speed, pupil, licks */
} ana_kind;

/** "eeg", "roi", ... as in the JSON of `ana info`. */
ANA_API const char *ana_kind_name(ana_kind kind);

/** physical = stored * gain + offset, in `unit`. Texts are owned; NULL where the file is silent. */
typedef struct ana_channel {
    char *name;
    ana_kind kind;
    char *unit; /**< as in the file ("uV"); NULL: none */
    double gain;
    double offset;
    double high_pass_hz; /**< recorded filter; NaN: unknown */
    double low_pass_hz;
    double notch_hz;
    char *filter; /**< the file's own words on filtering */
    char *reference;
    char *transducer;
    double position[3]; /**< metres, NaN: unknown */
    bool bad;
    size_t file_index; /**< 0-based place in the file's own channel order */
} ana_channel;

/** Samples first ... first + n_times - 1 without a gap; the first at `start` seconds. */
typedef struct ana_segment {
    size_t first;
    size_t n_times;
    double start;
} ana_segment;

/** Which samples a source is asked for. Physical values (stored * gain[i] + offset[i], i counts the
 *  listed channels) when gain is not NULL, else the stored numbers widened to double. */
typedef struct ana_window {
    size_t n_channels;
    const size_t *channels; /**< n_channels indices into the source's channels; any order */
    size_t first;
    size_t n_times;
    const double *gain;
    const double *offset;
} ana_window;

typedef struct ana_source ana_source;

/** What a source can do; one static table per kind of source. */
typedef struct ana_source_operations {
    /** out[i * n_times + t] = sample of window->channels[i] at window->first + t. The window lies
     *  within the source. May be called by several threads at once. */
    ana_status (*read)(void *self, const ana_window *window, double *out);
    /** The same in the source's own type (INT24 as int32), native byte order. */
    ana_status (*read_stored)(void *self, const ana_window *window, void *out);
    void (*free)(void *self);
} ana_source_operations;

/** Wrap `self`; on success the source owns it, on failure the caller still does. */
ANA_API ANA_USE_RESULT ana_status ana_source_new(const ana_source_operations *operations,
                                                 void *self, ana_source **out);

/** One more owner; returns `source`. Freed when as many ana_source_free were called. */
ANA_API ana_source *ana_source_share(ana_source *source);
ANA_API void ana_source_free(ana_source *source);

/** A source over memory: n_channels x n_times samples of `type`, sample t of channel c at
 *  c * n_times + t (channel_major) or t * n_channels + c. The bytes are copied. INT24 is given as
 *  int32. */
ANA_API ANA_USE_RESULT ana_status ana_source_from_memory(ana_sample_type type, size_t n_channels,
                                                         size_t n_times, bool channel_major,
                                                         const void *samples, ana_source **out);

/** Widen n stored elements (native order, INT24 as int32) to double:
 *  out[i] = stored[i * stride] * gain + offset. What sources use, so that all convert alike. */
ANA_API void ana_samples_to_double(ana_sample_type type, size_t n, const void *stored,
                                   size_t stride, double gain, double offset, double *out);

/** Invariants: segments ascend, do not overlap in samples and cover 0 ... n_times - 1; starts
 *  ascend; timestamps is NULL exactly when rate > 0; a time-stamped series has one segment (none
 *  when empty). All owned. */
typedef struct ana_series {
    char *name;
    char *description; /**< may be NULL */
    double rate;       /**< hertz; 0: time-stamped */
    size_t n_times;
    size_t n_channels;
    ana_channel *channels;
    size_t n_segments;
    ana_segment *segments;
    ana_sample_type type;
    ana_source *source;
    ana_source *timestamps; /**< one channel of n_times float64 seconds on the recording's clock */
    bool timestamps_ascend; /**< not promised by every format */
} ana_series;

/** A series of n_channels zeroed channels (gain 1, NaN filters and positions) without segments or
 *  source. */
ANA_API ANA_USE_RESULT ana_status ana_series_new(const char *name, size_t n_channels,
                                                 ana_series **out);

/** Append n_times samples that start at `start` seconds; n_times grows (set `rate` before). They
 *  are joined to the last segment when they continue it to within half a sample, or when their
 *  start is not given (NaN); the first segment then starts at 0. ANA_ERR_VALUE when they start
 *  before the last segment does. */
ANA_API ANA_USE_RESULT ana_status ana_series_add_segment(ana_series *series, size_t n_times,
                                                         double start);

/** out[i * n + t] = physical value, in the channel's unit, of channels[i] at sample first + t.
 *  `channels` NULL: all, in order (n_channels is then 0 or all). NaN is a missing sample.
 *  ANA_ERR_SHAPE when the window leaves the series. Windows may cross gaps: samples, not times, are
 *  counted. */
ANA_API ANA_USE_RESULT ana_status ana_series_read(const ana_series *series, size_t n_channels,
                                                  const size_t *channels, size_t first, size_t n,
                                                  double *out);

/** As ana_series_read, in SI units: volts for any prefix of V. ANA_ERR_VALUE when a channel's unit
 *  is not understood. */
ANA_API ANA_USE_RESULT ana_status ana_series_read_si(const ana_series *series, size_t n_channels,
                                                     const size_t *channels, size_t first, size_t n,
                                                     double *out);

/** As ana_series_read, the stored elements of `series->type` (INT24 as int32). */
ANA_API ANA_USE_RESULT ana_status ana_series_read_stored(const ana_series *series,
                                                         size_t n_channels, const size_t *channels,
                                                         size_t first, size_t n, void *out);

/** out[t] = time of sample first + t, seconds. */
ANA_API ANA_USE_RESULT ana_status ana_series_times(const ana_series *series, size_t first, size_t n,
                                                   double *out);

/** The segment that holds sample `sample` (< n_times). */
ANA_API size_t ana_series_segment_of(const ana_series *series, size_t sample);

/** First sample at or after `time` seconds (n_times when there is none); regular series only. A
 *  time that differs from a sample's by a millionth of a sample, or by rounding, is that sample's.
 */
ANA_API size_t ana_series_sample_at(const ana_series *series, double time);

/** End of the last sample: its time plus 1/rate; the last time of a time-stamped series; 0 when
 *  empty. */
ANA_API ANA_USE_RESULT ana_status ana_series_stop(const ana_series *series, double *out);

/** One block of a walk: samples first ... first + n - 1 of one segment, of which the first `before`
 *  and the last `after` are overlap with the neighbours. values: n_channels x n. Borrowed for the
 *  call. */
typedef struct ana_block {
    size_t segment;
    size_t first;
    size_t n;
    size_t before;
    size_t after;
    const double *values;
} ana_block;

typedef ana_status (*ana_block_function)(void *user, const ana_block *block);

/** Which channels a walk reads (`channels` NULL: all, n_channels then 0 or all), in blocks of
 *  `block` samples (0: about 4 MiB), each with up to `overlap` samples of its neighbours on both
 *  sides. */
typedef struct ana_block_plan {
    size_t n_channels;
    const size_t *channels;
    size_t block;
    size_t overlap;
} ana_block_plan;

/** Walk a series in blocks (`plan` NULL: all zero), never across a gap: the grid starts anew at
 *  each segment's first sample. Stops at the first failure of `function`. ANA_ERR_LIMIT when a
 *  block is larger than `run` allows. */
ANA_API ANA_USE_RESULT ana_status ana_series_blocks(const ana_series *series,
                                                    const ana_block_plan *plan, const ana_run *run,
                                                    ana_block_function function, void *user);

/** Factor from `unit` to its SI unit and that unit's name: "uV" -> 1e-6, "V". Understands the micro
 *  sign and the Greek mu, "u", prefixes p n u m c d k M G of V A s Hz m g T F C Pa Ohm rad deg and
 *  plain ones ("degC" 1). False when it is not understood. */
ANA_API bool ana_unit_to_si(const char *unit, double *factor, char si[16]);

/** ANA_ERR_VALUE with the broken invariant; for series made by hand. */
ANA_API ANA_USE_RESULT ana_status ana_series_check(const ana_series *series);

ANA_API void ana_series_free(ana_series *series);

ANA_END_DECLS

#endif
