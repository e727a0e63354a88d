/** Lines of a list of losses that several writers share. */
#ifndef ANALYSIS_FORMATS_LOSSES_H
#define ANALYSIS_FORMATS_LOSSES_H

#include "text.h"

#include <analysis/recording.h>

/** A line for each set of spikes and each table; those called `kept` (may be NULL) apart. */
void ana_lose_spikes(const ana_recording *recording, ana_text *text);
void ana_lose_tables(const ana_recording *recording, const char *kept, ana_text *text);

/** A line for the columns of each set of intervals beside "label" and, where `keeps_channels` is
 *  true of it, "channels"; and for rows without a label, or that last for an unknown time. */
void ana_lose_columns(const ana_recording *recording,
                      bool (*keeps_channels)(const ana_intervals *intervals), ana_text *text);

/** A line for the facts for which `holds` is false. */
void ana_lose_facts(const ana_recording *recording, bool (*holds)(const char *name),
                    ana_text *text);

/** One line for all channels for which `test` is true: "<what> of n channels (first, second, ...)".
 */
void ana_lose_of_channels(const ana_recording *recording, const char *what,
                          bool (*test)(const ana_channel *channel), ana_text *text);

#endif
