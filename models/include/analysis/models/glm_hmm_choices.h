/** How well does a model of states predict choices?
 *
 *  For Bernoulli and categorical families: what time rescaling is for spikes (goodness.h), this is
 *  for trials. Each choice is predicted from those before it, by the mixture of the states given
 *  the past. */
#ifndef ANALYSIS_MODELS_GLM_HMM_CHOICES_H
#define ANALYSIS_MODELS_GLM_HMM_CHOICES_H

#include <analysis/models/glm_hmm.h>
#include <analysis/record.h>

ANA_BEGIN_DECLS

/** How well choices are predicted from the past alone, for Bernoulli and categorical families. */
typedef struct ana_glm_hmm_choices {
    double n;             /**< choices that were scored */
    double accuracy;      /**< share whose most probable class was chosen */
    double null_accuracy; /**< the same of always the most frequent class */
    double bits;          /**< log-likelihood of a choice above that of the classes' frequencies */
    size_t n_bins;
    double predicted[10]; /**< mean chance of a class among those near it, 0 to 0.1, ...; NaN: none
                               there */
    double observed[10];  /**< how often that class was chosen */
    double n_in_bin[10];
} ana_glm_hmm_choices;

/** ANA_ERR_UNSUPPORTED for other families. */
ANA_API ANA_USE_RESULT ana_status ana_glm_hmm_predict_choices(const ana_glm_hmm *model,
                                                              const ana_glm_hmm_data *data,
                                                              const ana_run *run,
                                                              ana_glm_hmm_choices *out);

/** Its numbers, and a figure of predicted probabilities against how often they came true. */
ANA_API ANA_USE_RESULT ana_status ana_glm_hmm_choices_to_record(const ana_glm_hmm_choices *choices,
                                                                ana_record **out);

ANA_END_DECLS

#endif
