/** Recordings with a known truth: for demonstrations, tutorials and recovery tests.
 *
 *  Each call is seeded and gives the same recording for the same options, with the truth beside the
 *  data as intervals and columns. */
#ifndef ANALYSIS_MODELS_SIMULATE_H
#define ANALYSIS_MODELS_SIMULATE_H

#include <analysis/options.h>
#include <analysis/recording.h>
#include <analysis/run.h>
#include <analysis/status.h>

ANA_BEGIN_DECLS

typedef struct ana_simulate_options {
    ana_run run;
    double duration_s;   /**< default 300 */
    size_t n_units;      /**< units, channels or regions of interest; default 24 */
    size_t n_states;     /**< of the spikes; default 3 */
    double mean_dwell_s; /**< mean stay in a state; default 4 */
} ana_simulate_options;

ANA_API ana_simulate_options ana_simulate_options_default(void);
ANA_API extern const ana_option ana_simulate_option_table[];

/** Spikes of a population that switches between states.
 *
 *  States last exponential times of the given mean; in each, units fire as Poisson processes with a
 *  dead time of 2 ms, at rates drawn for each unit and state (log-normal about 8 Hz, spread 0.8).
 *  Times are whole ticks of 30 kHz. The recording holds "units" and intervals "states" with labels
 *  "state 1", ..., numbered by falling occupancy. ANA_ERR_VALUE for options out of range. */
ANA_API ANA_USE_RESULT ana_status ana_simulate_spikes(const ana_simulate_options *options,
                                                      ana_recording **out);

/** EEG of imagined movements of the left and the right hand.
 *
 *  n_units channels of the 10-20 system at 250 Hz (at most 21), in tenths of microvolts as 16-bit
 *  integers: 1/f background, eye blinks at the front, and a 10 Hz rhythm over C3 and C4 that falls
 *  to a third on the side opposite to the imagined hand. A trial of 4 s begins every 8 s;
 *  annotations "left hand" and "right hand", balanced, in random order. */
ANA_API ANA_USE_RESULT ana_status ana_simulate_motor_imagery(const ana_simulate_options *options,
                                                             ana_recording **out);

/** Calcium fluorescence of n_units regions at 30 Hz, as an imaging pipeline leaves it: series "F"
 *  (region with 0.7 of its neuropil), "Fneu" (neuropil) and "spks" (the true event counts, filtered
 *  by nothing), and a table "rois" with iscell and probability. Events decay with 0.7 s; groups of
 *  regions burst together. */
ANA_API ANA_USE_RESULT ana_status ana_simulate_calcium(const ana_simulate_options *options,
                                                       ana_recording **out);

ANA_END_DECLS

#endif
