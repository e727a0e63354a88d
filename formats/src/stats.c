/* Statistics of a series' channels in one pass over its samples. */
#include "compensated.h"
#include "memory.h"
#include "source.h"
#include "try.h"
#include "workspace.h"
#include "zip.h"

#include <analysis/formats/info.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An integer sum of up to 2^32 terms of 64 bits: high and low halves of the terms apart. */
typedef struct exact_sum {
    int64_t high;
    uint64_t low;
} exact_sum;

/* Everything gathered of one channel. */
typedef struct gathering {
    ana_compensated sum;
    ana_compensated sumsq;
    exact_sum stored;
    ana_channel_stats stats;
} gathering;

static void gather_values(size_t n, const double *values, size_t at, size_t n_times, gathering *to)
{
    ana_channel_stats *stats = &to->stats;
    for (size_t i = 0; i < n; i++) {
        double value = values[i];
        size_t t = at + i;
        if (t < stats->n_first) {
            stats->first[t] = value;
        }
        if (t >= n_times - stats->n_first) {
            stats->last[t - (n_times - stats->n_first)] = value;
        }
        if (isnan(value)) {
            stats->n_missing++;
            continue;
        }
        ana_compensated_add(&to->sum, value);
        ana_compensated_add(&to->sumsq, value * value);
        stats->min = value < stats->min || isnan(stats->min) ? value : stats->min;
        stats->max = value > stats->max || isnan(stats->max) ? value : stats->max;
    }
}

static bool is_less(ana_sample_type type, int64_t a, int64_t b)
{
    return type == ANA_UINT64 ? (uint64_t)a < (uint64_t)b : a < b;
}

static void gather_stored(ana_sample_type type, size_t n, const void *stored, bool first,
                          gathering *to)
{
    ana_channel_stats *stats = &to->stats;
    for (size_t i = 0; i < n; i++) {
        int64_t value = ana_stored_integer(type, stored, i);
        uint64_t bits = (uint64_t)value;
        to->stored.low += bits & 0xffffffffu;
        to->stored.high += type == ANA_UINT64 ? (int64_t)(bits >> 32) : value >> 32;
        bool start = first && i == 0;
        stats->stored_min =
            start || is_less(type, value, stats->stored_min) ? value : stats->stored_min;
        stats->stored_max =
            start || is_less(type, stats->stored_max, value) ? value : stats->stored_max;
    }
}

/* CRC over the little-endian elements; this machine's own order is little-endian, as every
 * target's. */
static uint32_t extend_crc(uint32_t crc, ana_sample_type type, bool widen, size_t n,
                           const void *stored, int32_t *wide)
{
    if (!widen || ana_sample_size(type) == sizeof *wide) {
        return ana_crc32(crc, stored, n * ana_sample_size(type));
    }
    for (size_t i = 0; i < n; i++) {
        wide[i] = (int32_t)ana_stored_integer(type, stored, i);
    }
    return ana_crc32(crc, wide, n * sizeof *wide);
}

/* Decimal digits of high * 2^32 + low. */
static void print_sum(exact_sum sum, char *text, size_t size)
{
    uint32_t limbs[4];
    int64_t high = sum.high + (int64_t)(sum.low >> 32);
    uint32_t low = (uint32_t)sum.low;
    bool negative = high < 0;
    uint64_t upper = negative ? (uint64_t)(-(high + 1)) + (low == 0 ? 1 : 0) : (uint64_t)high;
    limbs[0] = negative ? (uint32_t)(0u - low) : low;
    limbs[1] = (uint32_t)upper;
    limbs[2] = (uint32_t)(upper >> 32);
    limbs[3] = 0;
    char digits[48];
    size_t n = 0;
    do {
        uint64_t rest = 0;
        for (int i = 3; i >= 0; i--) {
            uint64_t part = (rest << 32) | limbs[i];
            limbs[i] = (uint32_t)(part / 10);
            rest = part % 10;
        }
        digits[n++] = (char)('0' + rest);
    } while ((limbs[0] | limbs[1] | limbs[2]) != 0);
    size_t at = 0;
    if (negative) {
        text[at++] = '-';
    }
    while (n > 0 && at + 1 < size) {
        text[at++] = digits[--n];
    }
    text[at] = '\0';
}

/* One block of all channels. */
typedef struct block_room {
    double *values;
    char *stored;
    int32_t *wide;
} block_room;

static ana_status gather_block(const ana_series *series, bool widen, size_t first, size_t n,
                               const block_room *room, gathering *channels)
{
    ana_status status = ANA_OK;
    const bool integer = ana_sample_is_integer(series->type);
    const size_t size = ana_sample_size(series->type);
    ANA_TRY(ana_series_read(series, series->n_channels, NULL, first, n, room->values));
    if (integer) {
        ANA_TRY(ana_series_read_stored(series, series->n_channels, NULL, first, n, room->stored));
    }
    for (size_t c = 0; c < series->n_channels; c++) {
        gather_values(n, room->values + c * n, first, series->n_times, &channels[c]);
        if (integer) {
            const char *stored = room->stored + c * n * size;
            gather_stored(series->type, n, stored, first == 0, &channels[c]);
            channels[c].stats.stored_crc32 = extend_crc(channels[c].stats.stored_crc32,
                                                        series->type, widen, n, stored, room->wide);
        }
    }
done:
    return status;
}

static void finish_channel(const gathering *from, size_t n_times, bool integer,
                           ana_channel_stats *out)
{
    *out = from->stats;
    out->n = n_times;
    out->sum = ana_compensated_total(&from->sum);
    out->sumsq = ana_compensated_total(&from->sumsq);
    out->has_stored = integer;
    print_sum(from->stored, out->stored_sum, sizeof out->stored_sum);
}

ana_status ana_series_stats(const ana_series *series, bool widen, const ana_run *run,
                            ana_channel_stats *out)
{
    enum {
        BLOCK_BYTES = 1 << 21
    };
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n_channels = series->n_channels;
    size_t block = BLOCK_BYTES / sizeof(double) / (n_channels > 0 ? n_channels : 1);
    block = block < 256 ? 256 : block;
    block = block < series->n_times ? block : series->n_times;
    gathering *channels = ana_workspace_bytes(&workspace, n_channels, 1, sizeof *channels);
    block_room room = {ana_workspace_doubles(&workspace, n_channels, block),
                       ana_workspace_bytes(&workspace, n_channels, block, 8),
                       ana_workspace_bytes(&workspace, block, 1, sizeof(int32_t))};
    ANA_TRY(ana_workspace_check(&workspace, series->name));
    for (size_t c = 0; c < n_channels; c++) {
        channels[c].stats.n_first = series->n_times < 4 ? series->n_times : 4;
        channels[c].stats.min = (double)NAN;
        channels[c].stats.max = (double)NAN;
    }
    for (size_t first = 0; first < series->n_times; first += block) {
        size_t n = series->n_times - first < block ? series->n_times - first : block;
        ANA_TRY(gather_block(series, widen, first, n, &room, channels));
        ANA_TRY(ana_run_progress(run, "statistics: samples", first + n, series->n_times));
    }
    for (size_t c = 0; c < n_channels; c++) {
        finish_channel(&channels[c], series->n_times, ana_sample_is_integer(series->type), &out[c]);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
