/** One response drawn from a linear model. */
#ifndef ANALYSIS_MODELS_GLM_DRAW_H
#define ANALYSIS_MODELS_GLM_DRAW_H

#include <analysis/models/glm_family.h>
#include <analysis/random.h>

/** *out: drawn given its linear predictor. ANA_ERR_NUMERIC, naming unit and row, when its mean is
 *  above 1e6, which no bin of counts has: the draw is running away. */
ANA_USE_RESULT ana_status ana_glm_draw(const ana_glm_family *family, double eta, const char *unit,
                                       size_t row, ana_random *random, double *out);

#endif
