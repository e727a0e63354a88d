/** Calcium at a glance: which regions were active when, how noisy, and what drove them. */
#ifndef ANALYSIS_CALCIUM_SUMMARY_H
#define ANALYSIS_CALCIUM_SUMMARY_H

#include <analysis/calcium.h>
#include <analysis/oasis.h>
#include <analysis/record.h>
#include <analysis/series.h>
#include <analysis/status.h>

ANA_BEGIN_DECLS

/** *out = a record of dF/F of `fluorescence` (less `neuropil`, where that is not NULL):
 *  - rois (table): name, noise, noise_level (per cent / sqrt(Hz)), n_events, event_rate (per minute
 *    that could be seen), n_missing, n_undefined (samples whose baseline is not positive);
 *    coefficient with neuropil; decay, rise, offset, penalty, activity, n_spikes, converged of the
 *    longest segment, where `oasis` is not NULL;
 *  - signal (heat map): means of pieces of a segment, about 1000 columns at most, in units of each
 *    region's noise; a missing column between segments;
 *  - traces (line): the same pieces of the eight regions with most events, in dF/F;
 *  - events (raster): the peaks;
 *  - activity (heat map): deconvolved, sums of the same pieces, where `oasis` is not NULL.
 *
 *  Regions whose baseline is not always positive are warned of. Holds the record, and one segment
 *  of a few channels at a time. `options` NULL: defaults. Errors of ana_series_neuropil,
 *  ana_series_dff, ana_calcium_events and ana_oasis_walk. */
ANA_API ANA_USE_RESULT ana_status ana_calcium_to_record(const ana_series *fluorescence,
                                                        const ana_series *neuropil,
                                                        const ana_calcium_options *options,
                                                        const ana_oasis_options *oasis,
                                                        ana_record **out);

ANA_END_DECLS

#endif
