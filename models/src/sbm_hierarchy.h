/** From what a search found to what a fit holds. */
#ifndef ANALYSIS_MODELS_SBM_HIERARCHY_H
#define ANALYSIS_MODELS_SBM_HIERARCHY_H

#include "sbm_tower.h"

#include <analysis/models/sbm.h>

/** Owned by the hierarchy, with groups in the order of their parents, then of falling size. */
ANA_USE_RESULT ana_status ana_sbm_copy_hierarchy(size_t n_nodes, const ana_sbm_found *found,
                                                 ana_sbm_hierarchy *hierarchy);

#endif
