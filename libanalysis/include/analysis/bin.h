/** How many spikes did each unit fire in each bin? Exact integers, and missing where nobody
 *  watched.
 *
 *  Bin k of a sequence covers [origin + k bin_s, origin + (k + 1) bin_s), and is compared so:
 *  - Where the spikes keep integer ticks, and the bin is a whole number of them, times are taken
 *    back to ticks and compared as integers: no rounding can move a spike over an edge.
 *  - Else a time less than 1e-8 of a bin before an edge counts as on it: decimal times such as
 *    0.3 s, which no double holds, fall where they are written to fall.
 *
 *  A bin that does not lie wholly within a unit's observed intervals is missing (NaN), never zero;
 *  observed intervals that touch count as one. No bin crosses the border of two sequences.
 *
 *  Streams exactly: `ana_bin_spikes` and any sequence of `ana_bin_plan_read` run one kernel, row by
 *  row, and give the same bits. */
#ifndef ANALYSIS_BIN_H
#define ANALYSIS_BIN_H

#include <analysis/intervals.h>
#include <analysis/observations.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/spikes.h>
#include <analysis/status.h>

ANA_BEGIN_DECLS

typedef struct ana_bin_options {
    ana_run run;
    double bin_s;        /**< width of a bin; default 0.01 s */
    double start;        /**< seconds; NaN (default): where the first used unit is first observed */
    double stop;         /**< seconds; NaN (default): where the last observed interval ends */
    double from_s;       /**< with intervals: first edge after each interval's start; NaN: 0 */
    double to_s;         /**< with intervals: last edge after its start; NaN: its own stop */
    double min_rate_hz;  /**< units that fire less while observed are dropped; default 0: none */
    const char *quality; /**< labels wanted, with commas between: "good,mua"; NULL: all units */
    /** TEXT column of the units with the quality label; NULL: the first there is of "quality",
     *  "label" and "group". */
    const char *quality_column;
} ana_bin_options;

ANA_API ana_bin_options ana_bin_options_default(void);
ANA_API extern const ana_option ana_bin_option_table[];

/** What became of one unit. */
typedef struct ana_bin_unit {
    char *id;          /**< owned */
    char *quality;     /**< owned; NULL: the file is silent */
    size_t n_spikes;   /**< while observed, within start ... stop */
    double observed_s; /**< within start ... stop */
    double rate_hz;    /**< n_spikes / observed_s; NaN when never observed */
    bool used;
    const char *reason; /**< why it was dropped: "quality", "rate", "not observed"; NULL: used */
} ana_bin_unit;

/** What was used and what was left out: always made, so that it can always be shown. */
typedef struct ana_bin_report {
    size_t n_units;
    ana_bin_unit *units; /**< every unit, in the order of the spikes; owned */
    size_t n_used;
    size_t n_bins; /**< rows, all sequences together */
    size_t n_sequences;
    size_t n_missing; /**< bins of used units that are missing, summed over units */
    size_t
        n_dropped_intervals; /**< outside start ... stop, without a stop, or shorter than a bin */
    size_t n_unobserved_spikes; /**< of used units, at times at which their unit was not observed */
    bool in_ticks;              /**< times were compared as integers */
    bool observed_inferred;     /**< the observed intervals were guessed, not read */
} ana_bin_report;

/** A binning that has been thought through and counts on demand. Borrows the spikes, which must
 *  live as long as it does. */
typedef struct ana_bin_plan ana_bin_plan;

/** Check the options, choose units and lay out the rows. `intervals` NULL: one sequence from start
 *  to stop; else each row of it (a trial, a state) becomes a sequence, and its "label" column the
 *  labels. `options` NULL: defaults. ANA_ERR_VALUE for a bad option, when nothing is observed, or
 *  no unit or no bin is left (the sentence says why); ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_bin_plan_new(const ana_spikes *spikes,
                                                   const ana_intervals *intervals,
                                                   const ana_bin_options *options,
                                                   ana_bin_plan **out);

/** Borrowed from the plan. */
ANA_API const ana_bin_report *ana_bin_plan_report(const ana_bin_plan *plan);

/** Count rows first ... first + n_rows - 1 of all sequences laid end to end:
 *  out[r * n_used + f] = spikes of used unit f in row first + r; NaN where missing. Rows may be
 *  asked for in any order and by several threads. ANA_ERR_SHAPE beyond the last row. */
ANA_API ANA_USE_RESULT ana_status ana_bin_plan_read(const ana_bin_plan *plan, size_t first,
                                                    size_t n_rows, double *out);

ANA_API void ana_bin_plan_free(ana_bin_plan *plan);

/** The whole matrix at once. Features are the used units with all their columns; sequences are
 *  named by the interval's row and label. *report (may be NULL) is freed by ana_bin_report_free.
 *  Errors as ana_bin_plan_new, and ANA_ERR_LIMIT when the matrix is over run.max_memory. */
ANA_API ANA_USE_RESULT ana_status ana_bin_spikes(const ana_spikes *spikes,
                                                 const ana_intervals *intervals,
                                                 const ana_bin_options *options,
                                                 ana_observations **out, ana_bin_report **report);

/** A table of the units, used and dropped, and the counts of the report beside it. */
ANA_API ANA_USE_RESULT ana_status ana_bin_report_to_record(const ana_bin_report *report,
                                                           ana_record **out);

ANA_API void ana_bin_report_free(ana_bin_report *report);

ANA_END_DECLS

#endif
