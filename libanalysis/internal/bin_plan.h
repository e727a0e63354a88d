/** The layout of a binning, shared by its two files: choosing units and rows (bin_plan.c), counting
 *  (bin.c). */
#ifndef ANALYSIS_INTERNAL_BIN_PLAN_H
#define ANALYSIS_INTERNAL_BIN_PLAN_H

#include <analysis/bin.h>

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/** How far before an edge, in bins, a time still counts as on it. */
#define ANA_BIN_TOLERANCE 1e-8

/** How far from a whole tick, in ticks, a time may be that is meant to be on it: the rounding of
 *  seconds after decades at 30 kHz. */
#define ANA_BIN_OFF_TICK 0.01

struct ana_bin_plan {
    const ana_spikes *spikes; /**< borrowed */
    double bin_s;
    double scale;     /**< bins per second */
    double bin_ticks; /**< ticks per bin; 0: times are not compared as ticks */
    size_t n_used;
    size_t *units; /**< n_used indices into the spikes */
    /** Observed intervals of used unit f, touching ones joined: observed_row[f] ... */
    size_t *observed_row;
    double *observed_start;
    double *observed_stop;
    size_t n_sequences;
    size_t *sequence_start; /**< n_sequences + 1 rows */
    double *origin;         /**< n_sequences */
    size_t *interval; /**< n_sequences rows of the intervals; NULL: one sequence, no intervals */
    ana_bin_report *report;
};

/** The whole number nearest to x, |x| < 2^51: adding and taking away 1.5 * 2^52 leaves no room for
 *  a fraction. rint() is a call on processors the build must still run on; this vectorises. */
static inline double ana_nearest_whole(double x)
{
    return (x + 0x1.8p52) - 0x1.8p52;
}

/** A time in ticks, taken back to the whole tick it stands for where it stands for one. */
static inline double ana_bin_ticks(double time, double tick_rate)
{
    double ticks = time * tick_rate;
    double whole = ana_nearest_whole(ticks);
    return fabs(ticks) < 0x1p50 && fabs(ticks - whole) <= ANA_BIN_OFF_TICK ? whole : ticks;
}

/** Rows of sequence `s`, counted from its first, that lie wholly within observed interval `i` of
 *  the plan: *first ... *stop - 1 (empty when *first >= *stop). */
void ana_bin_covered(const ana_bin_plan *plan, size_t s, size_t i, size_t *first, size_t *stop);

/** The column of the units with their quality labels: the first TEXT column there is of "quality",
 *  "label" and "group"; NULL: none. */
const ana_column *ana_bin_quality_column(const ana_spikes *spikes);

#endif
