/** A GLM-HMM as pictures. */
#ifndef ANALYSIS_MODELS_GLM_HMM_FIGURES_H
#define ANALYSIS_MODELS_GLM_HMM_FIGURES_H

#include <analysis/models/glm_hmm.h>

/** Transitions, coupling of each state, connectome, kernels of the strongest couplings, weights of
 *  the covariates: whatever the model has. */
ANA_USE_RESULT ana_status ana_glm_hmm_add_figures(const ana_glm_hmm *model, ana_record *record);

#endif
