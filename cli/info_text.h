/** What `ana info` prints of a recording for people. */
#ifndef CLI_INFO_TEXT_H
#define CLI_INFO_TEXT_H

#include <analysis/recording.h>
#include <analysis/run.h>

/** On stdout: facts, series, spikes, intervals and tables; with `stats`, which reads all samples, a
 *  line for each channel. */
ANA_USE_RESULT ana_status info_print(const ana_recording *recording, bool stats,
                                     const ana_run *run);

#endif
