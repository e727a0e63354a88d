/** A population's fit as pictures. */
#ifndef ANALYSIS_MODELS_GLM_FIGURES_H
#define ANALYSIS_MODELS_GLM_FIGURES_H

#include <analysis/models/glm.h>

/** Coupling matrix, kernels of the units on themselves and of the strongest couplings, bits per
 *  spike, basis: whatever the model has. */
ANA_USE_RESULT ana_status ana_glm_add_figures(const ana_glm *glm, ana_record *record);

#endif
