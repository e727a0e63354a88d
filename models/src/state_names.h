/** Names of hidden states for figures: "state 1" ... */
#ifndef ANALYSIS_MODELS_STATE_NAMES_H
#define ANALYSIS_MODELS_STATE_NAMES_H

#include "workspace.h"

/** n texts from the workspace, which the caller checks before use; NULL when it failed. */
const char *const *ana_state_names(ana_workspace *workspace, size_t n);

#endif
