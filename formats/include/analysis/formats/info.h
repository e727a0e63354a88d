/** What is in a recording, as JSON that other programs may rely on.
 *
 *      {format, start_time, duration_s,
 *       series: [{name, kind, rate, n_times, segments: [{start, n_times}],
 *                 channels: [{name, kind, unit, gain, offset,
 *                             n, n_missing, sum, sumsq, min, max, first[4], last[4],
 *                             stored: {dtype, sum, min, max, crc32}}]}],
 *       spikes: [{name, n_units, n_spikes, units: [{id, n_spikes, first, last}]}],
 *       intervals: [{name, n, columns}], tables: [{name, n, columns}], warnings: []}
 *
 *  Numbers have 17 digits; what is not finite, and the rate of a time-stamped series, is null. The
 *  keys of a channel from `n` on are there with `stats` alone. They are physical values in the
 *  file's own unit at the native rate; sums are over samples that are not missing. `stored` is
 *  exact, of integer channels alone: integers beyond 2^63 - 1 are text, and the CRC-32 is that of
 *  the little-endian integers of `dtype` (EDF and BDF: widened to int32). */
#ifndef ANALYSIS_FORMATS_INFO_H
#define ANALYSIS_FORMATS_INFO_H

#include <analysis/recording.h>
#include <analysis/run.h>
#include <analysis/status.h>

ANA_BEGIN_DECLS

/** Statistics of one channel, as above. */
typedef struct ana_channel_stats {
    size_t n;
    size_t n_missing;
    double sum;
    double sumsq;
    double min; /**< NaN when all are missing, as max */
    double max;
    size_t n_first; /**< of first and of last: 4, or as many as there are */
    double first[4];
    double last[4];
    bool has_stored;
    char stored_sum[48]; /**< exact, decimal */
    int64_t stored_min;
    int64_t stored_max; /**< of uint64 the two are its bits */
    uint32_t stored_crc32;
} ana_channel_stats;

/** Statistics of every channel of a series: `out` has series->n_channels entries. Reads all samples
 *  in blocks; `widen` takes the CRC-32 over int32 whatever the stored type. */
ANA_API ANA_USE_RESULT ana_status ana_series_stats(const ana_series *series, bool widen,
                                                   const ana_run *run, ana_channel_stats *out);

/** *out = the JSON above; freed by free(). `run` may be NULL. */
ANA_API ANA_USE_RESULT ana_status ana_recording_info(const ana_recording *recording, bool stats,
                                                     const ana_run *run, char **out);

ANA_END_DECLS

#endif
