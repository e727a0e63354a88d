/** The parts of a summary of spikes that look at pairs of units. */
#ifndef ANALYSIS_INTERNAL_SPIKE_SUMMARY_PARTS_H
#define ANALYSIS_INTERNAL_SPIKE_SUMMARY_PARTS_H

#include <analysis/spike_summary.h>

#include <stddef.h>

/** Units in the order of their number of spikes (`busiest`, all of them), with their names. */
typedef struct ana_ranked_units {
    const ana_spikes *spikes;
    const char *const *names;
    const size_t *busiest;
} ana_ranked_units;

/** Tiling coefficients of the busiest units, as heat map "tiling". */
ANA_USE_RESULT ana_status ana_summary_add_tiling(const ana_ranked_units *units,
                                                 const ana_spikes_summary_options *options,
                                                 ana_record *record);

/** Correlograms of the pairs with most spikes, as lines in group "correlograms". */
ANA_USE_RESULT ana_status ana_summary_add_correlograms(const ana_ranked_units *units,
                                                       const ana_spikes_summary_options *options,
                                                       ana_record *record);

#endif
