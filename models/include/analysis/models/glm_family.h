/** How likely is one response given its linear predictor eta, and how does that change with eta?
 *
 *  Families of McCullagh & Nelder 1989, mean = link(eta). All functions work on n values at once
 *  and keep their accuracy at the ends of the range (no overflow, no log 0 where the limit is
 *  finite). */
#ifndef ANALYSIS_MODELS_GLM_FAMILY_H
#define ANALYSIS_MODELS_GLM_FAMILY_H

#include <analysis/observations.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

typedef enum ana_glm_distribution {
    ANA_GLM_POISSON,
    ANA_GLM_BERNOULLI,
    ANA_GLM_NEGATIVE_BINOMIAL, /**< NB2: variance = mean + mean^2 / dispersion */
    ANA_GLM_GAUSSIAN,          /**< dispersion: the standard deviation */
    ANA_GLM_CATEGORICAL        /**< one of C classes: see ana_glm_classes */
} ana_glm_distribution;

/** mean as a function of eta. Everywhere here "link" is this inverse of what McCullagh & Nelder
 *  1989 call the link function. */
typedef enum ana_glm_link {
    ANA_GLM_CANONICAL,      /**< exp; Bernoulli: sigmoid; Gaussian: identity; categorical: the
                                 share of exp(eta) among all classes, the first class having 0 */
    ANA_GLM_EXP,            /**< exp(eta) */
    ANA_GLM_SOFTPLUS,       /**< log(1 + exp(eta)) */
    ANA_GLM_SIGMOID,        /**< 1 / (1 + exp(-eta)) */
    ANA_GLM_SQRT_SOFTPLUS,  /**< sqrt(log(1 + exp(eta))) */
    ANA_GLM_LOG1P_SOFTPLUS, /**< log(1 + log(1 + exp(eta))) */
    ANA_GLM_IDENTITY,       /**< eta */
    ANA_GLM_AUTO            /**< softplus of counts, else canonical */
} ana_glm_link;

/** Choices that have nothing to do with the predictors: with P(lapse) the answer is drawn from
 *  another distribution, which is the same in all rows (Wichmann & Hill 2001). */
typedef enum ana_glm_lapse {
    ANA_GLM_LAPSE_NONE,
    ANA_GLM_LAPSE_UNIFORM, /**< any class alike; how often is learned */
    ANA_GLM_LAPSE_LEARNED  /**< how often, and to which class, is learned */
} ana_glm_lapse;

enum {
    ANA_GLM_MOST_CLASSES = 64 /**< of a categorical response */
};

typedef struct ana_glm_family {
    ana_glm_distribution distribution;
    ana_glm_link link;
    double dispersion; /**< negative binomial: size; Gaussian: standard deviation; else not used */
    size_t n_classes;  /**< categorical: C, at least 2; else not used */
} ana_glm_family;

/** ANA_ERR_VALUE for a link outside the distribution's range of means, or a dispersion <= 0. */
ANA_API ANA_USE_RESULT ana_status ana_glm_family_check(const ana_glm_family *family);

/** The words of the option tables: "poisson", ..., "canonical", "exp", ... and "none", "uniform",
 *  "learned"; NULL ends them. */
ANA_API extern const char *const ana_glm_distribution_names[];
ANA_API extern const char *const ana_glm_link_names[];
ANA_API extern const char *const ana_glm_lapse_names[];

/** Choices as categorical families take them. A response of C classes is C - 1 units that follow
 *  one another, the indicators of classes 1 ... C - 1: at most one of them is 1, all are 0 in the
 *  reference class 0, and all NaN where the choice is missing. Functions of a categorical family
 *  take n = rows x responses x (C - 1) values, log-likelihoods and deviances stand at the first
 *  unit of a response and are 0 at the others, curvatures are of each unit alone. Log odds:
 *  log P(c) / P(0) = eta_c (McFadden 1974).
 *
 *  @param choices    class numbers from 0 on, one column a response; NaN missing
 *  @param n_classes  0: one more than the largest number
 *  @param out        indicators, "ID=1" ... "ID=C-1" for a column of id "ID"; all else as it was
 *  @param found      how many classes that are; may be NULL
 *  @return ANA_ERR_VALUE names row and column of what is no class. */
ANA_API ANA_USE_RESULT ana_status ana_glm_classes(const ana_observations *choices, size_t n_classes,
                                                  ana_observations **out, size_t *found);

/** The way back: *out = class numbers of indicators whose ids are as above. ANA_ERR_SHAPE when the
 *  features are no multiple of C - 1. */
ANA_API ANA_USE_RESULT ana_status ana_glm_class_numbers(const ana_observations *indicators,
                                                        size_t n_classes, ana_observations **out);

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
