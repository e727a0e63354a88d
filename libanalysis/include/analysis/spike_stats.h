/** How fast, how regularly and how variably do units fire, and how do they answer events?
 *
 *  Everything is measured while a unit was observed: rates over observed time, no interval between
 *  spikes across a gap in observation, no window that is not wholly observed. Whole trains are held
 *  in memory as they are in `ana_spikes`; nothing here streams. */
#ifndef ANALYSIS_SPIKE_STATS_H
#define ANALYSIS_SPIKE_STATS_H

#include <analysis/bin.h>
#include <analysis/intervals.h>
#include <analysis/matrix.h>
#include <analysis/record.h>
#include <analysis/spikes.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** Spikes while observed over seconds observed, hertz; NaN when the unit was never observed. */
ANA_API double ana_spike_rate(const ana_spikes *spikes, size_t unit);

/** Intervals between successive spikes of one unit, of which both lie in the same observed interval
 *  (touching ones count as one).
 *  @param isi      n_spikes of the unit (out)  seconds, in order
 *  @param follows  n_spikes of the unit (out)  whether isi[i] begins with the spike isi[i - 1] ends
 *                                              with; may be NULL
 *  @return how many there are */
ANA_API size_t ana_spike_isi(const ana_spikes *spikes, size_t unit, double *isi, bool *follows);

/** Measures of interspike intervals I_i; NaN with fewer than two intervals (mean: one). The local
 *  ones run over pairs of intervals with a spike in common; a pair of two zero intervals is
 *  regular. Standard deviations divide by n. */
typedef struct ana_isi_stats {
    size_t n;    /**< intervals */
    double mean; /**< seconds */
    double sd;   /**< seconds */
    double cv;   /**< sd / mean */
    double
        cv2; /**< mean of 2 |I_{i+1} - I_i| / (I_{i+1} + I_i); Holt et al. (1996), J Neurophysiol */
    double lv;  /**< 3 x mean of ((I_{i+1} - I_i) / (I_{i+1} + I_i))^2; Shinomoto et al. (2003) */
    double lvr; /**< with the refractory period R taken out: Shinomoto et al. (2009), PLoS Comput
                 *   Biol 5(7):e1000433, eq. 3 */
} ana_isi_stats;

/** The measures of n intervals as ana_spike_isi gives them (`follows` NULL: each follows the one
 *  before). `refractory_s` is R of LvR; 0.005 is usual. */
ANA_API ana_isi_stats ana_isi_measure(size_t n, const double *isi, const bool *follows,
                                      double refractory_s);

/** Variance over mean of n counts; NaN entries are left out; NaN when fewer than two are left, or
 *  the mean is 0. The variance divides by n, or by n - 1 with `unbiased`. */
ANA_API double ana_fano_factor(size_t n, const double *counts, bool unbiased);

/** *out = Fano factor (unbiased) of a unit's counts in windows of `window_s` that tile each
 *  observed interval from its start. ANA_ERR_VALUE when window_s is not positive. */
ANA_API ANA_USE_RESULT ana_status ana_spike_fano(const ana_spikes *spikes, size_t unit,
                                                 double window_s, double *out);

/** Peri-stimulus time histogram: how the rate of each unit goes on after an event. Row-major
 *  n_units x n_bins. All owned. */
typedef struct ana_psth {
    size_t n_units;
    size_t n_bins;
    size_t n_events; /**< used */
    double bin_s;
    double from_s;  /**< left edge of the first bin, seconds after the event */
    char **ids;     /**< n_units */
    double *rate;   /**< hertz, mean over the events after which the bin was observed; NaN: none */
    double *sem;    /**< hertz, standard deviation (n - 1) over sqrt(n); NaN with fewer than two */
    size_t *n_seen; /**< events after which the bin was observed */
} ana_psth;

/** Counts around the start of each row of `events`, between options->from_s and to_s (to_s NaN: to
 *  each row's own stop, and late bins rest on the longer rows), by the rules of bin.h: units
 *  chosen, bins that are not wholly observed left out, event by event. Holds one event at a time.
 *  Errors as ana_bin_plan_new. *report (may be NULL) as in ana_bin_spikes. */
ANA_API ANA_USE_RESULT ana_status ana_psth_compute(const ana_spikes *spikes,
                                                   const ana_intervals *events,
                                                   const ana_bin_options *options, ana_psth **out,
                                                   ana_bin_report **report);

/** A line with a band of one SEM for each unit (at most 12, those with most spikes), and all of
 *  them as a heat map. */
ANA_API ANA_USE_RESULT ana_status ana_psth_to_record(const ana_psth *psth, ana_record **out);

ANA_API void ana_psth_free(ana_psth *psth);

/** *out = spike time tiling coefficient of units a and b: Cutts & Eglen (2014), J Neurosci
 *  34(43):14288-303, 1/2 ((P_A - T_B) / (1 - P_A T_B) + (P_B - T_A) / (1 - P_B T_A)), where P_A is
 *  the share of a's spikes within `window_s` of one of b's (closed: exactly window_s counts), T_A
 *  the share of the time both were observed that lies within window_s of a spike of a. 0/0 is 1;
 *  NaN when a train has no spike in the time both were observed. ANA_ERR_VALUE when window_s is
 *  negative. */
ANA_API ANA_USE_RESULT ana_status ana_sttc(const ana_spikes *spikes, size_t a, size_t b,
                                           double window_s, double *out);

/** *out = units x units matrix of ana_sttc, symmetric. */
ANA_API ANA_USE_RESULT ana_status ana_sttc_matrix(const ana_spikes *spikes, double window_s,
                                                  const ana_run *run, ana_matrix **out);

ANA_END_DECLS

#endif
