/** What the simulators share. */
#ifndef ANALYSIS_MODELS_SIMULATE_PARTS_H
#define ANALYSIS_MODELS_SIMULATE_PARTS_H

#include <analysis/models/simulate.h>

/** Options checked (`given` NULL: defaults), and a recording with its start time and facts. */
ANA_USE_RESULT ana_status ana_simulate_start(const ana_simulate_options *given,
                                             ana_simulate_options *options, const char *description,
                                             ana_recording **out);

#endif
