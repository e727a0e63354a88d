/** What the data layer does with sources beyond the public face: read one, and view part of one. */
#ifndef ANALYSIS_INTERNAL_SOURCE_H
#define ANALYSIS_INTERNAL_SOURCE_H

#include <analysis/series.h>

/** Read a window that the caller has checked to lie within the source. */
ANA_USE_RESULT ana_status ana_source_read(const ana_source *source, const ana_window *window,
                                          double *out);
ANA_USE_RESULT ana_status ana_source_read_stored(const ana_source *source, const ana_window *window,
                                                 void *out);

/** A run of samples of a source: n of them from `first` on. */
typedef struct ana_run_of_samples {
    size_t first;
    size_t n;
} ana_run_of_samples;

/** What a view keeps of a source: n_channels of its channels (in that order; NULL: channel i is
 *  i), and the runs of samples one after the other. `sample_size` is ana_sample_size of its type.
 */
typedef struct ana_view {
    size_t n_channels;
    const size_t *channels;
    size_t n_runs;
    const ana_run_of_samples *runs;
    size_t sample_size;
} ana_view;

/** *out = a source that shows part of `source` and is one of its owners. Lists are copied. */
ANA_USE_RESULT ana_status ana_source_view(ana_source *source, const ana_view *view,
                                          ana_source **out);

/** Samples that stand channel beside channel (`n_columns` in a row), as multiplexed files have
 *  them: out[i * window->n_times + at + r] = sample of window->channels[i] in row r. Goes through
 *  the rows in blocks that stay in the cache. */
void ana_rows_to_double(ana_sample_type type, size_t n_rows, size_t n_columns, const void *rows,
                        const ana_window *window, size_t at, double *out);
/** The same without conversion, elements of ana_sample_size(type). */
void ana_rows_to_stored(ana_sample_type type, size_t n_rows, size_t n_columns, const void *rows,
                        const ana_window *window, size_t at, void *out);

/** The i-th stored integer: its value modulo 2^64, sign-extended. */
static inline int64_t ana_stored_integer(ana_sample_type type, const void *stored, size_t i)
{
    switch (type) {
    case ANA_INT8:
        return ((const int8_t *)stored)[i]; // NOLINT(bugprone-signed-char-misuse): a number
    case ANA_UINT8:
        return ((const uint8_t *)stored)[i];
    case ANA_INT16:
        return ((const int16_t *)stored)[i];
    case ANA_UINT16:
        return ((const uint16_t *)stored)[i];
    case ANA_INT24:
    case ANA_INT32:
        return ((const int32_t *)stored)[i];
    case ANA_UINT32:
        return ((const uint32_t *)stored)[i];
    case ANA_INT64:
    case ANA_UINT64:
    case ANA_FLOAT32:
    case ANA_FLOAT64:
        break;
    }
    return ((const int64_t *)stored)[i];
}

#endif
