#include "formats.h"
#include "support/check.h"

#include <analysis/formats/reader.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

ana_recording *open_case(const format_case *c)
{
    ana_recording *recording = NULL;
    ana_status status = ana_recording_read(c->path, NULL, &recording);
    tally_that(c->tally, status == ANA_OK, "not read: %s", ana_last_error());
    if (status == ANA_OK) {
        status = ana_recording_check(recording);
        tally_that(c->tally, status == ANA_OK, "an invariant is broken: %s", ana_last_error());
    }
    return recording;
}

double truth_number(const json_t *value)
{
    const char *text = json_string_value(value);
    if (json_is_boolean(value)) {
        return json_is_true(value) ? 1.0 : 0.0;
    }
    if (text == NULL) {
        return json_is_number(value) ? json_number_value(value) : (double)NAN;
    }
    return strcmp(text, "nan") == 0 ? (double)NAN : strtod(text, NULL); /* also "-inf" */
}

void compare_text(const format_case *c, const char *what, const json_t *truth, const char *ours)
{
    const char *wanted = json_string_value(truth);
    if (wanted != NULL) {
        const char *given = ours != NULL ? ours : "";
        tally_that(c->tally, strcmp(wanted, given) == 0, "%s is \"%s\", wanted \"%s\"", what, given,
                   wanted);
    }
}

static double largest(size_t n, const double *values)
{
    double most = 0.0;
    for (size_t i = 0; i < n; i++) {
        most = isfinite(values[i]) && fabs(values[i]) > most ? fabs(values[i]) : most;
    }
    return most;
}

/* "first" and "last": up to four values from that place on. */
static void compare_ends(const format_case *c, const char *what, const json_t *summary, size_t n,
                         const double *values, double factor, double absolute)
{
    const json_t *first = json_object_get(summary, "first");
    const json_t *last = json_object_get(summary, "last");
    size_t n_last = json_array_size(last);
    for (size_t i = 0; i < json_array_size(first) && i < n; i++) {
        tally_number(c->tally, values[i] * factor, truth_number(json_array_get(first, i)), absolute,
                     0.0, "%s, value %zu", what, i);
    }
    for (size_t i = 0; i < n_last && n_last <= n; i++) {
        tally_number(c->tally, values[n - n_last + i] * factor,
                     truth_number(json_array_get(last, i)), absolute, 0.0,
                     "%s, value %zu from the end", what, n_last - i);
    }
}

static size_t product_of_shape(const json_t *shape)
{
    size_t n = 1;
    for (size_t i = 0; i < json_array_size(shape); i++) {
        n *= (size_t)json_integer_value(json_array_get(shape, i));
    }
    return n;
}

void compare_values(const format_case *c, const char *what, const json_t *summary, size_t n,
                    const double *values, double factor, double relative)
{
    const json_t *shape = json_object_get(summary, "shape");
    if (shape != NULL &&
        !tally_that(c->tally, product_of_shape(shape) == n, "%s has %zu values, wanted %zu", what,
                    n, product_of_shape(shape))) {
        return;
    }
    long double sum = 0.0L;
    long double squares = 0.0L;
    double min = INFINITY;
    double max = -INFINITY;
    size_t n_nonfinite = 0;
    for (size_t i = 0; i < n; i++) {
        double value = values[i] * factor;
        if (!isfinite(value)) {
            n_nonfinite++;
            continue;
        }
        sum += (long double)value;
        squares += (long double)value * (long double)value;
        min = value < min ? value : min;
        max = value > max ? value : max;
    }
    const double single = relative * largest(n, values) * fabs(factor);
    compare_ends(c, what, summary, n, values, factor, single);
    const json_t *nonfinite = json_object_get(summary, "n_nonfinite");
    if (nonfinite != NULL) {
        tally_that(c->tally, (size_t)json_integer_value(nonfinite) == n_nonfinite,
                   "%s: %zu values are not finite, wanted %lld", what, n_nonfinite,
                   (long long)json_integer_value(nonfinite));
    }
    const json_t *sumsq = json_object_get(summary, "sumsq");
    if (json_object_get(summary, "sum") == NULL || sumsq == NULL || n == 0) {
        return;
    }
    double wanted_squares = truth_number(sumsq);
    tally_number(c->tally, (double)sum, truth_number(json_object_get(summary, "sum")),
                 relative * sqrt((double)n * wanted_squares), 0.0, "%s, sum", what);
    tally_number(c->tally, (double)squares, wanted_squares, 0.0, fmax(1e-11, relative),
                 "%s, sum of squares", what);
    tally_number(c->tally, min, truth_number(json_object_get(summary, "min")), single, 0.0,
                 "%s, min", what);
    tally_number(c->tally, max, truth_number(json_object_get(summary, "max")), single, 0.0,
                 "%s, max", what);
}

/* An integer of the truth modulo 2^64; beyond 63 bits it is text. */
static uint64_t truth_integer(const json_t *value)
{
    const char *text = json_string_value(value);
    if (text == NULL) {
        return (uint64_t)json_integer_value(value);
    }
    uint64_t number = 0;
    for (const char *at = text; *at != '\0'; at++) {
        number = *at >= '0' && *at <= '9' ? number * 10 + (uint64_t)(*at - '0') : number;
    }
    return text[0] == '-' ? 0 - number : number;
}

/* Stored element i, its bits extended to 64. */
static uint64_t element(ana_sample_type type, const void *stored, size_t i)
{
    switch (type) {
    case ANA_INT8:
        return (uint64_t)((const int8_t *)stored)[i];
    case ANA_UINT8:
        return ((const uint8_t *)stored)[i];
    case ANA_INT16:
        return (uint64_t)((const int16_t *)stored)[i];
    case ANA_UINT16:
        return ((const uint16_t *)stored)[i];
    case ANA_INT24:
    case ANA_INT32:
        return (uint64_t)((const int32_t *)stored)[i];
    case ANA_UINT32:
        return ((const uint32_t *)stored)[i];
    case ANA_INT64:
    case ANA_UINT64:
    case ANA_FLOAT32:
    case ANA_FLOAT64:
        break;
    }
    return ((const uint64_t *)stored)[i];
}

/* Bytes of the dtype named: "int32", "i2", "<u4", "uint16". */
static size_t bytes_of_dtype(const char *dtype)
{
    const char *digits = dtype + strcspn(dtype, "0123456789");
    int number = atoi(digits);
    return (size_t)(number > 8 ? number / 8 : strstr(dtype, "int8") != NULL ? 1 : number);
}

void compare_integers(const format_case *c, const char *what, const json_t *summary, size_t n,
                      ana_sample_type type, const void *stored)
{
    const char *dtype = json_string_value(json_object_get(summary, "dtype"));
    if (!tally_that(c->tally, ana_sample_is_integer(type), "%s is not stored as integers", what) ||
        dtype == NULL || n == 0) {
        return;
    }
    const size_t width = bytes_of_dtype(dtype);
    uint64_t sum = 0;
    uLong crc = crc32(0, NULL, 0);
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = element(type, stored, i);
        unsigned char bytes[8];
        sum += bits;
        for (size_t b = 0; b < width; b++) {
            bytes[b] = (unsigned char)(bits >> (8 * b));
        }
        crc = crc32(crc, bytes, (uInt)width);
    }
    tally_that(c->tally, sum == truth_integer(json_object_get(summary, "int_sum")),
               "%s: the stored integers sum to %lld", what, (long long)sum);
    tally_that(c->tally,
               crc == (uLong)json_integer_value(json_object_get(summary, "crc32_native_le")),
               "%s: the stored integers have CRC-32 %lu", what, crc);
}

bool find_signal(const ana_recording *recording, size_t index, const ana_series **series,
                 size_t *channel)
{
    for (size_t i = 0; i < recording->n_series; i++) {
        for (size_t k = 0; k < recording->series[i]->n_channels; k++) {
            if (recording->series[i]->channels[k].file_index == index) {
                *series = recording->series[i];
                *channel = k;
                return true;
            }
        }
    }
    return false;
}

double *read_physical(const format_case *c, const ana_series *series, size_t channel)
{
    double *values = malloc((series->n_times + 1) * sizeof *values);
    assert_non_null(values);
    ana_status status = ana_series_read(series, 1, &channel, 0, series->n_times, values);
    if (!tally_that(c->tally, status == ANA_OK, "%s: not read: %s", series->channels[channel].name,
                    ana_last_error())) {
        free(values);
        return NULL;
    }
    return values;
}

void *read_stored(const format_case *c, const ana_series *series, size_t channel)
{
    void *values = malloc((series->n_times + 1) * ana_sample_size(series->type));
    assert_non_null(values);
    ana_status status = ana_series_read_stored(series, 1, &channel, 0, series->n_times, values);
    if (!tally_that(c->tally, status == ANA_OK, "%s: not read: %s", series->channels[channel].name,
                    ana_last_error())) {
        free(values);
        return NULL;
    }
    return values;
}

/* Whether row i of ours is the annotation: times to 1 microsecond, the text exactly. */
static bool is_annotation(const json_t *truth, const ana_intervals *ours, size_t i)
{
    const ana_column *labels = ana_table_find(ours->table, "label");
    double onset = truth_number(json_array_get(truth, 0));
    double duration = truth_number(json_array_get(truth, 1));
    duration = isnan(duration) ? 0.0 : duration;
    return labels != NULL && labels->texts[i] != NULL &&
           strcmp(labels->texts[i], json_string_value(json_array_get(truth, 2))) == 0 &&
           fabs(ours->start[i] - onset) <= 1e-6 &&
           fabs(ours->stop[i] - ours->start[i] - duration) <= 1e-6;
}

void compare_annotations(const format_case *c, const json_t *truth, const ana_intervals *ours)
{
    const size_t n = ours != NULL ? ours->n : 0;
    if (!tally_that(c->tally, json_array_size(truth) == n, "%zu annotations, wanted %zu", n,
                    json_array_size(truth))) {
        return;
    }
    bool *used = calloc(n + 1, sizeof *used);
    assert_non_null(used);
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(truth, i);
        size_t found = n;
        for (size_t j = 0; j < n && found == n; j++) {
            found = !used[j] && is_annotation(one, ours, j) ? j : n;
        }
        used[found] = true;
        tally_that(c->tally, found < n, "annotation %zu (%s at %.6f s) is not there", i,
                   json_string_value(json_array_get(one, 2)), truth_number(json_array_get(one, 0)));
    }
    free(used);
}
