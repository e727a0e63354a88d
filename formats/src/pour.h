/** What the writers of plain arrays share: samples in the order they go into a file, and the list
 *  of what such files cannot hold. */
#ifndef ANALYSIS_FORMATS_POUR_H
#define ANALYSIS_FORMATS_POUR_H

#include "text.h"
#include "zip.h"

#include <analysis/recording.h>

/** Whether the stored numbers are the physical values: every gain 1, every offset 0. */
bool ana_series_is_unscaled(const ana_series *series);

/** Hand all samples to `sink`, time by time and within a time channel by channel, block after
 *  block: as stored (native, INT24 as int32), or as physical doubles. */
ANA_USE_RESULT ana_status ana_series_pour(const ana_series *series, bool physical,
                                          const ana_run *run, ana_byte_sink sink, void *user);

/** A byte sink: `user` is the ana_atomic to write into. */
ana_status ana_pour_into_atomic(void *user, const void *bytes, size_t n);

/** A line for each kind of object of `recording` that is not a series, and for each series but
 *  `kept` (NULL: all are kept). */
void ana_lose_other_objects(const ana_recording *recording, const ana_series *kept, ana_text *text);
/** Lines for what describes a series' channels: filters, references, positions, bad flags. */
void ana_lose_channel_details(const ana_series *series, ana_text *text);

#endif
