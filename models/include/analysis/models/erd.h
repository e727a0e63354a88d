/** When and at which frequency does a rhythm weaken or grow after an event?
 *
 *  Event-related desynchronisation and synchronisation (ERD, ERS; Pfurtscheller & Lopes da Silva
 *  1999, Clin. Neurophysiol. 110): (power - baseline) / baseline, where power is the mean over the
 *  trials of a class at a time and frequency, by Morlet wavelets, and baseline its mean over an
 *  interval of the same trials. -0.5 is half the power gone, 1 is twice as much. Where a wavelet
 *  reaches beyond its trial there is no answer. */
#ifndef ANALYSIS_MODELS_ERD_H
#define ANALYSIS_MODELS_ERD_H

#include <analysis/models/bci_trials.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

typedef struct ana_erd_options {
    ana_run run;
    double baseline_from_s; /**< after the event, within the trials; NaN: from their beginning */
    double baseline_to_s;   /**< NaN (default): no maps wanted; ana_erd_compute refuses it */
    double bin_s;           /**< bins of time; default 0.1 */
    double cycles;          /**< of the wavelets; default 5 */
    double min_hz;          /**< default 6 */
    double max_hz;          /**< default 40; both in steps of 1 Hz */
} ana_erd_options;

ANA_API ana_erd_options ana_erd_options_default(void);

/** Rows for baseline-from, baseline-to, bin, cycles, erd-min-frequency, erd-max-frequency. */
ANA_API extern const ana_option ana_erd_option_table[];

/** values[((class * n_channels + channel) * n_frequencies + f) * n_bins + bin]; NaN: no answer. All
 *  owned. */
typedef struct ana_erd {
    ana_erd_options options;
    size_t n_classes;
    size_t n_channels;
    size_t n_frequencies;
    size_t n_bins;
    double *values;
    double *frequencies; /**< n_frequencies, Hz */
    double *times;       /**< n_bins: middle of each, seconds after the event */
} ana_erd;

/** *out = the maps of every class and channel, freed by ana_erd_free. An answer is left out within
 *  two standard deviations (cycles / (pi f) seconds) of a trial's ends. A class with a missing
 *  sample has none where the wavelets hold it.
 *
 *  @return ANA_ERR_VALUE for trials of a bank of bands, no baseline, one that leaves the trials or
 *          in which no frequency has an answer, and wavelets that do not fit the rate;
 *          ANA_ERR_LIMIT */
ANA_API ANA_USE_RESULT ana_status ana_erd_compute(const ana_bci_trials *trials,
                                                  const ana_erd_options *options, ana_erd **out);

ANA_API void ana_erd_free(ana_erd *erd);

/** *out = a record of schema "erd": a heat map (time x frequency) of each class at each of the
 *  `n_shown` channels, and all values. */
ANA_API ANA_USE_RESULT ana_status ana_erd_to_record(const ana_erd *erd,
                                                    const ana_bci_trials *trials, size_t n_shown,
                                                    const size_t *shown, ana_record **out);

ANA_END_DECLS

#endif
