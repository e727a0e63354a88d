#include "simd.h"
#include "source.h"

#include <string.h>

static const struct {
    const char *name;
    size_t size;
    bool integer;
} sample_types[] = {
    [ANA_INT8] = {"int8", 1, true},        [ANA_UINT8] = {"uint8", 1, true},
    [ANA_INT16] = {"int16", 2, true},      [ANA_UINT16] = {"uint16", 2, true},
    [ANA_INT24] = {"int24", 4, true},      [ANA_INT32] = {"int32", 4, true},
    [ANA_UINT32] = {"uint32", 4, true},    [ANA_INT64] = {"int64", 8, true},
    [ANA_UINT64] = {"uint64", 8, true},    [ANA_FLOAT32] = {"float32", 4, false},
    [ANA_FLOAT64] = {"float64", 8, false},
};

size_t ana_sample_size(ana_sample_type type)
{
    return sample_types[type].size;
}

const char *ana_sample_type_name(ana_sample_type type)
{
    return sample_types[type].name;
}

bool ana_sample_is_integer(ana_sample_type type)
{
    return sample_types[type].integer;
}

const char *ana_kind_name(ana_kind kind)
{
    static const char *const names[] = {
        [ANA_KIND_OTHER] = "other",     [ANA_KIND_EEG] = "eeg",
        [ANA_KIND_EOG] = "eog",         [ANA_KIND_EMG] = "emg",
        [ANA_KIND_ECG] = "ecg",         [ANA_KIND_LFP] = "lfp",
        [ANA_KIND_SPIKE] = "spike",     [ANA_KIND_INTRACELLULAR] = "intracellular",
        [ANA_KIND_ROI] = "roi",         [ANA_KIND_STIMULUS] = "stimulus",
        [ANA_KIND_TRIGGER] = "trigger", [ANA_KIND_BEHAVIOUR] = "behaviour",
    };
    return names[kind];
}

/* One pair of loops a stored type: contiguous ones become vectors, strided ones cannot. */
#define WIDEN(name, stored_type)                                                                   \
    ANA_CLONES static void name##_contiguous(size_t n, const stored_type *restrict stored,         \
                                             double gain, double offset, double *restrict out)     \
    {                                                                                              \
        _Pragma("omp simd") for (size_t i = 0; i < n; i++)                                         \
        {                                                                                          \
            out[i] = (double)stored[i] * gain + offset;                                            \
        }                                                                                          \
    }                                                                                              \
    static void name##_strided(size_t n, const stored_type *restrict stored, size_t stride,        \
                               double gain, double offset, double *restrict out)                   \
    {                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                           \
            out[i] = (double)stored[i * stride] * gain + offset;                                   \
        }                                                                                          \
    }                                                                                              \
    static void name(size_t n, const void *stored, size_t stride, double gain, double offset,      \
                     double *out)                                                                  \
    {                                                                                              \
        if (stride == 1) {                                                                         \
            name##_contiguous(n, stored, gain, offset, out);                                       \
        } else {                                                                                   \
            name##_strided(n, stored, stride, gain, offset, out);                                  \
        }                                                                                          \
    }

WIDEN(widen_int8, int8_t)
WIDEN(widen_uint8, uint8_t)
WIDEN(widen_int16, int16_t)
WIDEN(widen_uint16, uint16_t)
WIDEN(widen_int32, int32_t)
WIDEN(widen_uint32, uint32_t)
WIDEN(widen_int64, int64_t)
WIDEN(widen_uint64, uint64_t)
WIDEN(widen_float32, float)
WIDEN(widen_float64, double)

void ana_samples_to_double(ana_sample_type type, size_t n, const void *stored, size_t stride,
                           double gain, double offset, double *out)
{
    static void (*const widen[])(size_t, const void *, size_t, double, double, double *) = {
        [ANA_INT8] = widen_int8,       [ANA_UINT8] = widen_uint8,     [ANA_INT16] = widen_int16,
        [ANA_UINT16] = widen_uint16,   [ANA_INT24] = widen_int32,     [ANA_INT32] = widen_int32,
        [ANA_UINT32] = widen_uint32,   [ANA_INT64] = widen_int64,     [ANA_UINT64] = widen_uint64,
        [ANA_FLOAT32] = widen_float32, [ANA_FLOAT64] = widen_float64,
    };
    if (gain == 1.0 && offset == 0.0) {
        offset = -0.0; /* x + -0.0 is x for every x: an unscaled -0.0 stays itself */
    }
    widen[type](n, stored, stride, gain, offset, out);
}

/* Rows that fit the first-level cache, so that each channel's pass over them finds them there. */
static size_t rows_in_cache(size_t n_columns, size_t sample_size)
{
    const size_t cache = (size_t)16 << 10;
    size_t rows = cache / (n_columns * sample_size);
    return rows < 16 ? 16 : rows;
}

void ana_rows_to_double(ana_sample_type type, size_t n_rows, size_t n_columns, const void *rows,
                        const ana_window *window, size_t at, double *out)
{
    const unsigned char *bytes = rows;
    const size_t size = ana_sample_size(type);
    const size_t step = rows_in_cache(n_columns, size);
    for (size_t first = 0; first < n_rows; first += step) {
        size_t n = n_rows - first < step ? n_rows - first : step;
        for (size_t i = 0; i < window->n_channels; i++) {
            double gain = window->gain != NULL ? window->gain[i] : 1.0;
            double offset = window->gain != NULL ? window->offset[i] : 0.0;
            ana_samples_to_double(type, n, bytes + (first * n_columns + window->channels[i]) * size,
                                  n_columns, gain, offset, out + i * window->n_times + at + first);
        }
    }
}

static void gather(size_t size, size_t n, const unsigned char *stored, size_t stride,
                   unsigned char *out)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(out + i * size, stored + i * stride * size, size);
    }
}

void ana_rows_to_stored(ana_sample_type type, size_t n_rows, size_t n_columns, const void *rows,
                        const ana_window *window, size_t at, void *out)
{
    const unsigned char *bytes = rows;
    const size_t size = ana_sample_size(type);
    const size_t step = rows_in_cache(n_columns, size);
    for (size_t first = 0; first < n_rows; first += step) {
        size_t n = n_rows - first < step ? n_rows - first : step;
        for (size_t i = 0; i < window->n_channels; i++) {
            gather(size, n, bytes + (first * n_columns + window->channels[i]) * size, n_columns,
                   (unsigned char *)out + (i * window->n_times + at + first) * size);
        }
    }
}
