/** Spans of time with columns: trials, annotations, stimuli, BAD spans, sleep stages. */
#ifndef ANALYSIS_INTERVALS_H
#define ANALYSIS_INTERVALS_H

#include <analysis/status.h>
#include <analysis/table.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** Row i spans [start[i], stop[i]) seconds on the recording's clock; overlap is allowed; a point
 *  event has stop == start; an unknown stop is NaN. `table` has n rows; a TEXT column "label" says
 *  what each is, where the file does; a ragged TEXT column "channels" which channels it concerns
 *  (none: all). All owned. */
typedef struct ana_intervals {
    char *name;
    size_t n;
    double *start;
    double *stop;
    ana_table *table;
} ana_intervals;

/** n rows at 0 with an empty table. */
ANA_API ANA_USE_RESULT ana_status ana_intervals_new(const char *name, size_t n,
                                                    ana_intervals **out);

/** Whether row i carries that label ("*" at the end matches any rest: "BAD*"). */
ANA_API bool ana_intervals_has_label(const ana_intervals *intervals, size_t i, const char *label);

/** *out = the listed rows. */
ANA_API ANA_USE_RESULT ana_status ana_intervals_take(const ana_intervals *intervals, size_t n,
                                                     const size_t *rows, ana_intervals **out);

/** ANA_ERR_VALUE with the broken invariant. */
ANA_API ANA_USE_RESULT ana_status ana_intervals_check(const ana_intervals *intervals);

ANA_API void ana_intervals_free(ana_intervals *intervals);

ANA_END_DECLS

#endif
