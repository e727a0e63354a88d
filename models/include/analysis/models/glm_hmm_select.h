/** How many states of coupled linear models do the data support?
 *
 *  As hmm_select.h, with the models of glm_hmm.h: whole sequences or stretches of time are held
 *  out. Single entries are not, since a held-out count would leak through the history of the
 *  others. A held-out stretch begins with a silent past, as every sequence does. */
#ifndef ANALYSIS_MODELS_GLM_HMM_SELECT_H
#define ANALYSIS_MODELS_GLM_HMM_SELECT_H

#include <analysis/models/basis.h>
#include <analysis/models/glm_hmm.h>
#include <analysis/models/hmm_select.h>

ANA_BEGIN_DECLS

/** What models are fitted to. All borrowed; the same rows and sequences. */
typedef struct ana_glm_hmm_select_data {
    const ana_observations *responses;
    const ana_basis *basis;             /**< of the history; NULL: none, coupling is then NONE */
    const ana_observations *covariates; /**< NULL: none */
    const ana_observations *inputs;     /**< of the transitions; NULL: none */
    bool no_intercept;
} ana_glm_hmm_select_data;

/** @param model    its n_states is not read, its run is options->run; no mask
 *  @param options  as ana_hmm_select_by; ANA_ERR_VALUE for speckled entries
 *  Errors as ana_hmm_select_by and ana_glm_hmm_fit. */
ANA_API ANA_USE_RESULT ana_status ana_glm_hmm_select(const ana_glm_hmm_select_data *data,
                                                     const ana_glm_hmm_options *model,
                                                     const ana_hmm_select_options *options,
                                                     ana_hmm_selection **out);

ANA_END_DECLS

#endif
