/** How likely is one response given its linear predictor eta, and how does that change with eta?
 *
 *  Families of McCullagh & Nelder 1989, mean = link(eta). All functions work on n values at once
 *  and keep their accuracy at the ends of the range (no overflow, no log 0 where the limit is
 *  finite). */
#ifndef ANALYSIS_MODELS_GLM_FAMILY_H
#define ANALYSIS_MODELS_GLM_FAMILY_H

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_glm_distribution {
    ANA_GLM_POISSON,
    ANA_GLM_BERNOULLI,
    ANA_GLM_NEGATIVE_BINOMIAL, /**< NB2: variance = mean + mean^2 / dispersion */
    ANA_GLM_GAUSSIAN           /**< dispersion: the standard deviation */
} ana_glm_distribution;

/** mean as a function of eta: the inverse of what McCullagh & Nelder 1989 call the link. */
typedef enum ana_glm_link {
    ANA_GLM_CANONICAL,      /**< exp; Bernoulli: sigmoid; Gaussian: identity */
    ANA_GLM_EXP,            /**< exp(eta) */
    ANA_GLM_SOFTPLUS,       /**< log(1 + exp(eta)) */
    ANA_GLM_SIGMOID,        /**< 1 / (1 + exp(-eta)) */
    ANA_GLM_SQRT_SOFTPLUS,  /**< sqrt(log(1 + exp(eta))) */
    ANA_GLM_LOG1P_SOFTPLUS, /**< log(1 + log(1 + exp(eta))) */
    ANA_GLM_IDENTITY        /**< eta */
} ana_glm_link;

typedef struct ana_glm_family {
    ana_glm_distribution distribution;
    ana_glm_link link;
    double dispersion; /**< negative binomial: size; Gaussian: standard deviation; else not used */
} ana_glm_family;

/** ANA_ERR_VALUE for a link outside the distribution's range of means, or a dispersion <= 0. */
ANA_API ANA_USE_RESULT ana_status ana_glm_family_check(const ana_glm_family *family);

/** The words of the option tables: "poisson", ... and "canonical", "exp", ...; NULL ends them. */
ANA_API extern const char *const ana_glm_distribution_names[];
ANA_API extern const char *const ana_glm_link_names[];

/** Whether each response can come from the distribution: whole and >= 0, 0 or 1, finite. NaN is
 *  missing and passes. ANA_ERR_VALUE names the first that cannot. */
ANA_API ANA_USE_RESULT ana_status ana_glm_family_check_responses(const ana_glm_family *family,
                                                                 size_t n, const double *y);

/** mean[i] = link(eta[i]); may be the same array. */
ANA_API void ana_glm_mean(const ana_glm_family *family, size_t n, const double *eta, double *mean);

/** log_likelihood[i] = log p(y[i] | eta[i]), nats, with every constant; y NaN: 0. */
ANA_API void ana_glm_log_likelihood(const ana_glm_family *family, size_t n, const double *y,
                                    const double *eta, double *log_likelihood);

/** Where to put n values each; any may be NULL. */
typedef struct ana_glm_outputs {
    double *log_likelihood; /**< log p(y | eta), nats */
    double *gradient;       /**< its first derivative in eta */
    double *curvature;      /**< its negative second one: as observed, or with `expected` the Fisher
                                 information, which is never negative */
} ana_glm_outputs;

/** All of it in one pass; y NaN: 0. */
ANA_API void ana_glm_derivatives(const ana_glm_family *family, bool expected, size_t n,
                                 const double *y, const double *eta, ana_glm_outputs out);

/** The same without the part of log p(y | eta) that does not depend on eta: several times faster
 *  where the same responses are met again and again. */
ANA_API void ana_glm_kernel(const ana_glm_family *family, bool expected, size_t n, const double *y,
                            const double *eta, ana_glm_outputs out);

/** That part: log p(y | eta) = kernel + constant; y NaN: 0. */
ANA_API void ana_glm_constant(const ana_glm_family *family, size_t n, const double *y,
                              double *constant);

/** Unit deviances 2 (log p(y | y) - log p(y | mean)); their sum is the deviance. y NaN: 0. */
ANA_API void ana_glm_deviance(const ana_glm_family *family, size_t n, const double *y,
                              const double *eta, double *deviance);

ANA_END_DECLS

#endif
