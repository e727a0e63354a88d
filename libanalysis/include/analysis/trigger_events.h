/** When did the codes of a trigger channel change? Channels of stimulation, status or markers as
 *  events that are labelled by their codes.
 *
 *  A code is a sample rounded to a whole number; 0 (and a missing sample) is rest. An event begins
 *  where a code other than 0 follows another one or rest, and ends where the code changes again, so
 *  that a code held for many samples is one event. A gap between segments ends it too. A segment
 *  that begins with a code other than 0 begins with an event. */
#ifndef ANALYSIS_TRIGGER_EVENTS_H
#define ANALYSIS_TRIGGER_EVENTS_H

#include <analysis/intervals.h>
#include <analysis/run.h>
#include <analysis/series.h>

ANA_BEGIN_DECLS

/** *out = the events of that channel, named after it, with a TEXT column "label" of codes ("1",
 *  "769") and spans in seconds, freed by ana_intervals_free; none is no error.
 *
 *  @param channel  its number in the series
 *  @param run      NULL: the defaults
 *  @return ANA_ERR_VALUE for a code that is not a whole number to a thousandth, or beyond 2^31,
 *  with its time: the channel is a signal; errors of ana_series_read. */
ANA_API ANA_USE_RESULT ana_status ana_trigger_events(const ana_series *series, size_t channel,
                                                     const ana_run *run, ana_intervals **out);

ANA_END_DECLS

#endif
