/** Names of hidden states, for figures and as labels: "state 1" ... */
#ifndef ANALYSIS_MODELS_STATE_NAMES_H
#define ANALYSIS_MODELS_STATE_NAMES_H

#include "workspace.h"

#include <analysis/observations.h>

/** n texts from the workspace, which the caller checks before use; NULL when it failed. */
const char *const *ana_state_names(ana_workspace *workspace, size_t n);

/** Labels of drawn rows, all 0 until they are filled in: the states. On failure what was added is
 *  freed with the observations. */
ANA_USE_RESULT ana_status ana_state_labels(size_t n_states, ana_observations *made);

#endif
