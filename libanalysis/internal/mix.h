/** Series whose channels are differences of another's channels, computed as they are read. */
#ifndef ANALYSIS_INTERNAL_MIX_H
#define ANALYSIS_INTERNAL_MIX_H

#include <analysis/run.h>
#include <analysis/series.h>
#include <analysis/status.h>

#include <stddef.h>

/** In place of a channel to subtract: none, or the mean of the shared ones. */
#define ANA_MIX_ALONE ((size_t)-1)
#define ANA_MIX_MEAN ((size_t)-2)

/** Channel i is plus[i] less minus[i], channels of the parent. */
typedef struct ana_mix {
    size_t n;
    size_t *plus;
    size_t *minus;
    size_t n_shared;
    size_t *shared;
} ana_mix;

/** Zeroed lists, freed by ana_mix_release. */
ANA_USE_RESULT ana_status ana_mix_new(size_t n, size_t n_shared, ana_mix *out);
void ana_mix_release(ana_mix *mix);

/** *out = that series: the headings of the plus channels, float64. Copies the lists. */
ANA_USE_RESULT ana_status ana_series_mix(const ana_series *parent, const ana_mix *mix,
                                         ana_series **out);

#endif
