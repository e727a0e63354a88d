/** Layers and options made ready for states. */
#ifndef ANALYSIS_MODELS_SBM_PREPARE_H
#define ANALYSIS_MODELS_SBM_PREPARE_H

#include "sbm_state.h"

/** Check layers and options, whose choices are made (none is auto), and make tables and network, in
 *  the workspace.
 *
 *  @param largest  group that will be asked for */
ANA_USE_RESULT ana_status ana_sbm_prepare(const ana_sbm_layers *layers,
                                          const ana_sbm_options *options, size_t largest,
                                          ana_workspace *workspace, ana_sbm_terms *terms,
                                          ana_sbm_network *network);

#endif
