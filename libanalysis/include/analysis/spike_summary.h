/** Spikes at a glance: who fired when, how fast, how regularly, and with whom. */
#ifndef ANALYSIS_SPIKE_SUMMARY_H
#define ANALYSIS_SPIKE_SUMMARY_H

#include <analysis/correlogram.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/spikes.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

typedef struct ana_spikes_summary_options {
    ana_run run;
    double fano_window_s;  /**< windows of the Fano factor; default 1 s */
    double refractory_s;   /**< R of LvR; default 0.005 s */
    double interval_bin_s; /**< bins of the interval histogram; default 0.001 s */
    double interval_max_s; /**< its last edge; default 0.1 s */
    double tiling_s;       /**< window of the spike time tiling coefficient; default 0.01 s */
    size_t n_matrix;       /**< units in its matrix, the busiest; default 60; 0: none */
    size_t n_pairs;        /**< correlograms, of the pairs with most spikes; default 6 */
    size_t n_raster;       /**< most spikes in the raster; default 20000 */
    double raster_start;   /**< NaN (default): where the first unit is first observed */
    ana_correlogram_options correlogram; /**< has a table of its own; its `run` is not used */
} ana_spikes_summary_options;

ANA_API ana_spikes_summary_options ana_spikes_summary_options_default(void);
ANA_API extern const ana_option ana_spikes_summary_option_table[];

/** *out = a record of
 *  - units (table): id, quality where there is one, n_spikes, rate, cv, cv2, lv, lvr, fano,
 *  observed;
 *  - raster: from raster_start on, as long as n_spikes allows ("raster_stop");
 *  - rates (bars): with one Poisson standard error;
 *  - intervals (line): share of the intervals by length, of the 12 busiest units;
 *  - tiling (heat map): spike time tiling coefficients of the busiest units, each
 *    with the others;
 *  - correlograms: a line for each of the pairs.
 *  What has nothing to show is left out. `options` NULL: defaults. ANA_ERR_VALUE for an option out
 *  of range or spikes that break their invariants. */
ANA_API ANA_USE_RESULT ana_status ana_spikes_summary_to_record(
    const ana_spikes *spikes, const ana_spikes_summary_options *options, ana_record **out);

ANA_END_DECLS

#endif
