/** Links as likelihoods want them: the mean with its logarithm and derivatives, exact at the ends.
 */
#ifndef ANALYSIS_MODELS_GLM_LINK_H
#define ANALYSIS_MODELS_GLM_LINK_H

#include <analysis/models/glm_family.h>

enum {
    ANA_GLM_CHUNK = 256 /**< values worked on at a time, in the first cache */
};

/** Of a positive mean m(eta): m, log m, slope = m' / m and bend = d slope / d eta. Then
 *  m' = m slope and m'' = m (bend + slope^2). */
typedef struct ana_glm_parts {
    double mean[ANA_GLM_CHUNK];
    double log_mean[ANA_GLM_CHUNK];
    double slope[ANA_GLM_CHUNK];
    double bend[ANA_GLM_CHUNK];
} ana_glm_parts;

/** The link that ANA_GLM_CANONICAL or ANA_GLM_AUTO stands for. */
ana_glm_link ana_glm_link_of(const ana_glm_family *family);

/** Fill the parts of n <= ANA_GLM_CHUNK values; any link but canonical and identity. */
void ana_glm_link_parts(ana_glm_link link, size_t n, const double *eta, ana_glm_parts *parts);

/** log(1 + exp(x)) and 1 / (1 + exp(-x)) of n <= ANA_GLM_CHUNK values. */
void ana_glm_softplus(size_t n, const double *x, double *softplus, double *sigmoid);

/** What a response of the family must be, where y is not; else NULL. NaN passes. */
const char *ana_glm_wanted(const ana_glm_family *family, double y);

#endif
