/** Spike times per unit, with the time during which each unit was watched. */
#ifndef ANALYSIS_SPIKES_H
#define ANALYSIS_SPIKES_H

#include <analysis/status.h>
#include <analysis/table.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

/** Unit u fired at times[unit_start[u]] ... times[unit_start[u + 1] - 1], seconds on the
 *  recording's clock, ascending. Invariants: unit_start has n_units + 1 ascending entries, the
 *  first 0; `units` has n_units rows and an INT column "id" of distinct ids, or a TEXT column "id";
 *  each unit's observed intervals ascend and do not overlap. All owned. */
typedef struct ana_spikes {
    char *name;
    size_t n_units;
    size_t n_spikes;
    size_t *unit_start;
    double *times;
    int64_t *ticks;   /**< integer times as in the file, or NULL */
    double tick_rate; /**< ticks per second; 0 when ticks is NULL */
    ana_table *units; /**< "id", and what the file says: label, quality, electrode, depth, ... */
    /** Observed intervals [start, stop) of unit u: observed_start[observed_row[u]] ...; needed for
     *  any rate. observed_row has n_units + 1 entries. */
    size_t *observed_row;
    double *observed_start;
    double *observed_stop;
    bool observed_inferred; /**< guessed from the recording's extent, since the file is silent */
} ana_spikes;

/** n_units units with n_in_unit[u] zeroed spike times each; units table with "id" 0 ... n_units-1;
 *  nothing observed yet. */
ANA_API ANA_USE_RESULT ana_status ana_spikes_new(const char *name, size_t n_units,
                                                 const size_t *n_in_unit, ana_spikes **out);

/** The same observed intervals for every unit (n may be 0). */
ANA_API ANA_USE_RESULT ana_status ana_spikes_observe(ana_spikes *spikes, size_t n,
                                                     const double *start, const double *stop);

/** Observed intervals per unit: rows row[u] ... row[u + 1] - 1 of start and stop (copied). */
ANA_API ANA_USE_RESULT ana_status ana_spikes_observe_each(ana_spikes *spikes, const size_t *row,
                                                          const double *start, const double *stop);

/** Sort each unit's times (and ticks with them) in ascending order. */
ANA_API ANA_USE_RESULT ana_status ana_spikes_sort(ana_spikes *spikes);

/** Unit u's id as text, for messages and labels. */
ANA_API void ana_spikes_unit_name(const ana_spikes *spikes, size_t unit, char *text, size_t size);

/** Seconds unit u was observed. */
ANA_API double ana_spikes_observed_s(const ana_spikes *spikes, size_t unit);

/** *out = the listed units (n indices), in that order. */
ANA_API ANA_USE_RESULT ana_status ana_spikes_take(const ana_spikes *spikes, size_t n,
                                                  const size_t *units, ana_spikes **out);

/** ANA_ERR_VALUE with the broken invariant. */
ANA_API ANA_USE_RESULT ana_status ana_spikes_check(const ana_spikes *spikes);

ANA_API void ana_spikes_free(ana_spikes *spikes);

ANA_END_DECLS

#endif
