/** Disjoint spans of time in ascending order, and what of a recording lies within them. */
#ifndef ANALYSIS_INTERNAL_SPANS_H
#define ANALYSIS_INTERNAL_SPANS_H

#include <analysis/series.h>
#include <analysis/spikes.h>

#include <stdbool.h>
#include <stddef.h>

/** [start, stop) in seconds; infinite ends are allowed. */
typedef struct ana_span {
    double start;
    double stop;
} ana_span;

/** Spans that ascend and neither touch nor overlap. A NULL pointer to it stands for all times. */
typedef struct ana_spans {
    size_t n;
    const ana_span *spans;
} ana_spans;

/** Sort n spans and join those that touch or overlap, in place; empty ones are dropped. Returns how
 *  many are left. */
size_t ana_spans_unite(size_t n, ana_span *spans);

/** Place of the first span that stops after `time`; spans->n when there is none. */
size_t ana_spans_after(const ana_spans *spans, double time);

/** Whether `time` is within a span. */
bool ana_spans_hold(const ana_spans *spans, double time);

/** *out = a series of the listed channels (NULL: all) that shares the source of `series` and has
 *  its samples within `spans` (NULL: all). Regular series are cut at whole samples and keep their
 *  clock; samples that were not neighbours become segments of their own. */
ANA_USE_RESULT ana_status ana_series_cut(const ana_series *series, size_t n_channels,
                                         const size_t *channels, const ana_spans *spans,
                                         ana_series **out);

/** *out = the spikes within `spans`, all units; observed intervals are cut likewise. */
ANA_USE_RESULT ana_status ana_spikes_cut(const ana_spikes *spikes, const ana_spans *spans,
                                         ana_spikes **out);

#endif
