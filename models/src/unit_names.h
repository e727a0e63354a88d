/** What the units of observations are called. */
#ifndef ANALYSIS_MODELS_UNIT_NAMES_H
#define ANALYSIS_MODELS_UNIT_NAMES_H

#include <analysis/observations.h>

/** *out = n_features texts: each feature's "id" as text, its number where there is none. Freed by
 *  ana_free_texts. */
ANA_USE_RESULT ana_status ana_unit_names(const ana_observations *observations, char ***out);

#endif
