/** Which distributions a graph's weights may have. */
#ifndef ANALYSIS_MODELS_SBM_CHOOSE_H
#define ANALYSIS_MODELS_SBM_CHOOSE_H

#include <analysis/models/sbm.h>

/** Options with one distribution each: the one that is asked for, or those that the weights admit.
 *  Layering is made shared where it is auto. Returns how many, 1 at least. */
size_t ana_sbm_admitted(const ana_sbm_layers *layers, const ana_sbm_options *options,
                        ana_sbm_options candidates[ANA_SBM_WEIGHTS_AUTO]);

/** Nats for what a candidate took from the data: the number of trials n, of prior 1 / n(n + 1). */
double ana_sbm_choice_cost(const ana_sbm_options *given, const ana_sbm_options *candidate);

#endif
