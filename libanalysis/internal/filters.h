/** What the files of the filter module share. */
#ifndef ANALYSIS_INTERNAL_FILTERS_H
#define ANALYSIS_INTERNAL_FILTERS_H

#include "convolve.h"

#include <analysis/filter.h>

/** *out = what computes that filter: centred and reflecting for ZERO, else causal. */
ANA_USE_RESULT ana_status ana_fir_convolver(const ana_fir *fir, ana_filter_phase phase,
                                            ana_convolver **out);

/** *out = the same sections. */
ANA_USE_RESULT ana_status ana_sos_copy(const ana_sos *sos, ana_sos **out);

/** Channels that the recursive filters take side by side. */
#define ANA_SOS_LANES 8

/** Doubles of scratch memory that ana_sos_both_ways needs for ANA_SOS_LANES channels. */
size_t ana_sos_scratch(const ana_sos *sos, size_t n_pad);

/** Forward and backward over up to ANA_SOS_LANES channels (rows of x, n_times each, in place), as
 *  ana_sos_apply_zero_phase does; n_pad < n_times. */
void ana_sos_both_ways(const ana_sos *sos, const double *steady, size_t n_channels, size_t n_times,
                       size_t n_pad, double *x, double *scratch);

/** ana_sos_apply by several threads. */
ANA_USE_RESULT ana_status ana_sos_apply_parallel(const ana_sos *sos, size_t n_channels,
                                                 size_t n_times, const double *x, double *state,
                                                 const ana_run *run, double *out);

/** *out = the causally filtered series. */
ANA_USE_RESULT ana_status ana_series_sos_causal(const ana_series *series, const ana_sos *sos,
                                                const ana_run *run, ana_series **out);

#endif
