/** How do neurons drive one another, and what do covariates explain: generalised linear models of
 *  a population.
 *
 *  Each unit n is a regression of its response on its own and others' spike history and on
 *  covariates (design.h), with any family of glm_family.h:
 *  y_tn ~ family(mean = link(beta_n . x_t + offset_tn)). Fitted by Newton's method with penalties
 *  (McCullagh & Nelder 1989; Pillow et al. 2008, Nature 454). Units are independent given the
 *  history, so that a population is fitted unit by unit from shared blocks of the design.
 *  Log-likelihoods, deviances, AIC and BIC are in nats.
 *
 *  Choices: the C - 1 units of a categorical response (ana_glm_classes), and choices with lapses,
 *  are fitted as a whole, by Newton's method with the Hessian of all classes. Numbers of such a
 *  response as a whole (log-likelihood and what is made of it) stand at its first unit, and 0 at
 *  the others; bits are then a choice's, not a spike's, and `freedom` counts free coefficients.
 *  They go with a ridge alone, and without weights, offset and start. */
#ifndef ANALYSIS_MODELS_GLM_H
#define ANALYSIS_MODELS_GLM_H

#include <analysis/models/basis.h>
#include <analysis/models/design.h>
#include <analysis/models/fit_info.h>
#include <analysis/models/glm_family.h>
#include <analysis/observations.h>

ANA_BEGIN_DECLS

typedef enum ana_glm_solver {
    ANA_GLM_SOLVER_AUTO,   /**< exact up to 128 free columns a unit, or with lasso or group; else
                                conjugate gradients */
    ANA_GLM_SOLVER_NEWTON, /**< exact Hessians */
    ANA_GLM_SOLVER_PCG     /**< Newton's steps by conjugate gradients, one preconditioner for all;
                                not with lasso or group */
} ana_glm_solver;

/** Standard errors cost one exact Hessian of each unit. */
typedef enum ana_glm_errors {
    ANA_GLM_ERRORS_AUTO, /**< when the solver is exact */
    ANA_GLM_ERRORS_YES,
    ANA_GLM_ERRORS_NO
} ana_glm_errors;

/** The penalty of a unit is
 *  ridge/2 |w|^2 + lasso |w|_1 + group sum_m sqrt(B) |w_m| + smooth/2 sum (differences of
 *  successive lag functions of a source)^2,
 *  over every column but the intercept; groups are a source unit's B functions. */
typedef struct ana_glm_options {
    ana_run run;
    ana_glm_family family; /**< default Poisson, canonical link */
    ana_coupling coupling; /**< default full */
    double ridge;          /**< default 1 */
    double lasso;          /**< default 0 */
    double group;          /**< default 0 */
    double smooth;         /**< default 0 */
    ana_glm_lapse lapse;   /**< of Bernoulli and categorical responses; default none */
    bool fixed_dispersion; /**< keep that of `family`; else the negative binomial's and Gaussian's
                                is fitted by maximum likelihood; default false */
    ana_glm_solver solver; /**< default auto */
    ana_glm_errors errors; /**< default auto */
    size_t max_iterations; /**< Newton steps of a unit; default 100 */
    double tolerance;      /**< converged after a step that was expected to gain at most
                                tolerance * (1 + |objective|) nats; default 1e-12 */
} ana_glm_options;

ANA_API ana_glm_options ana_glm_options_default(void);
ANA_API extern const ana_option ana_glm_option_table[];

/** What a unit's fit had to say beside its numbers. */
typedef enum ana_glm_flag {
    ANA_GLM_SILENT = 1,    /**< no spike in any usable row: not fitted; the intercept is set to half
                                a spike over all rows, a bound */
    ANA_GLM_SEPARATED = 2, /**< without penalty the likelihood has no maximum: some coefficient
                                would grow without end */
    ANA_GLM_COLLINEAR = 4, /**< columns dropped because columns before them determine them; only
                                without ridge */
    ANA_GLM_NOT_CONVERGED = 8,  /**< `max_iterations` did not suffice */
    ANA_GLM_CONSTANT = 16,      /**< a column that never changes was left out */
    ANA_GLM_NO_ROWS = 32,       /**< no usable row with a response: not fitted */
    ANA_GLM_UNDERDISPERSED = 64 /**< negative binomial: counts vary no more than Poisson's; the
                                     dispersion is at its bound, 1e8 */
} ana_glm_flag;

/** N units, P columns; all arrays owned. */
typedef struct ana_glm {
    size_t n_units;
    size_t n_columns;
    ana_glm_family family; /**< as asked; dispersion of each unit below */
    ana_coupling coupling;
    ana_basis *basis;          /**< NULL: no history */
    double *coefficients;      /**< N x P: intercept, history, covariates */
    double *standard_errors;   /**< N x P: of (Fisher information + ridge and smoothness)^-1, the
                                    dispersion taken as known; NaN: not free, not asked for, or
                                    penalised by lasso or group */
    double *kernel_covariance; /**< N x sources x B x B: the same of each source's functions; NaN as
                                    above; NULL: no history, or no standard errors */
    double *dispersion;        /**< N; NaN for families without one */
    double *log_likelihood;    /**< N: at the fit, weighted as the fit, nats */
    double *null_log_likelihood;      /**< N: of the mean response (and dispersion) alone */
    double *saturated_log_likelihood; /**< N: of a mean that follows each response */
    double *null_deviance;   /**< N: of the mean response alone, with the dispersion of the fit */
    double *null_mean;       /**< N: weighted mean of the responses */
    double *null_dispersion; /**< N: of the mean response alone; NaN for families without one */
    double *n_rows;          /**< N: usable rows with a response, each counted with its weight */
    double *n_spikes;        /**< N: sum of the responses there */
    double *freedom;         /**< N: effective degrees of freedom, trace of (H + penalty)^-1 H; with
                                  conjugate gradients by the preconditioner instead of H */
    unsigned *flags;         /**< N: ana_glm_flag */
    ana_glm_lapse lapse_kind; /**< as asked */
    size_t n_classes;         /**< C of choices, fitted as a whole: categorical responses, or those
                                   with lapses; 0: none such */
    size_t n_responses;       /**< R: such choices of a row */
    double *lapse;            /**< R x C: P(lapse, and to this class); or NULL */
    double *lapse_errors;     /**< R x C: their standard errors; or NULL */
    size_t n_sources;         /**< units whose history enters; 0: none */
    size_t history_column;    /**< their first column: 1, or 0 without intercept */
    double ridge, lasso, group, smooth; /**< the penalties of the fit */
    bool fixed_dispersion;              /**< given, not fitted */
    double bin_s;                       /**< seconds per bin; NaN: rows are not times */
    char **unit_names;                  /**< N */
    char **column_names;                /**< P */
    char **source_names;                /**< n_sources */
    ana_fit_info info; /**< iterations: the most of any unit; objective and trace: the sum of all
                            units' */
} ana_glm;

/** What a model is fitted to. All borrowed. */
typedef struct ana_glm_data {
    const ana_observations *responses; /**< T x N */
    const ana_design *design;          /**< made from the same rows */
    const uint8_t *mask;               /**< N x sources, for ANA_COUPLING_MASK, else NULL */
    const double *weights;             /**< T, >= 0; NULL: 1 */
    const double *offset;              /**< T x N added to eta; NULL: 0 */
    const struct ana_glm *start;       /**< coefficients to begin from, of a fit of the same units
                                            and columns; NULL: each unit's mean response */
} ana_glm_data;

/** Fit every unit of `responses`: unit by unit from shared blocks of the design, the same bits for
 *  any number of threads. The objective of a unit never falls.
 *
 *  @return ANA_ERR_SHAPE; ANA_ERR_VALUE for responses outside the family, a weight below 0, or
 *          options that do not go together; ANA_ERR_MEMORY; ANA_ERR_LIMIT; ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_glm_fit(const ana_glm_data *data,
                                              const ana_glm_options *options, ana_glm **out);

/** mean (T x N, out) of every row; NaN where the row is not usable. Units are matched by id, the
 *  design's columns by name: ANA_ERR_SHAPE where one is missing or another. */
ANA_API ANA_USE_RESULT ana_status ana_glm_predict(const ana_glm *glm, const ana_glm_data *data,
                                                  const ana_run *run, double *mean);

/** How well each unit is explained; N values each, owned by the caller's arrays, any may be NULL.
 */
typedef struct ana_glm_scores {
    double *log_likelihood;
    double *deviance;
    double *pseudo_r2;      /**< 1 - deviance / deviance of the mean */
    double *mcfadden_r2;    /**< 1 - log-likelihood / that of the mean */
    double *bits_per_spike; /**< (log-likelihood - that of the mean) / (spikes ln 2) */
    double *aic;            /**< Akaike's criterion, nats; smaller is better */
    double *bic;            /**< Bayes's (Schwarz), nats; smaller is better */
} ana_glm_scores;

/** Of data the model was not fitted to as well: the mean is then that of the training data. Errors
 *  as ana_glm_predict, and ANA_ERR_VALUE for responses outside the family. */
ANA_API ANA_USE_RESULT ana_status ana_glm_score(const ana_glm *glm, const ana_glm_data *data,
                                                const ana_run *run, const ana_glm_scores *out);

/** "schema" is "glm prediction": means and scores of data, with a figure of predicted and observed
 *  counts. */
ANA_API ANA_USE_RESULT ana_status ana_glm_prediction_to_record(const ana_glm *glm,
                                                               const ana_glm_data *data,
                                                               const ana_run *run,
                                                               ana_record **out);

/** The scores of the data it was fitted to, from the fit alone. */
ANA_API void ana_glm_fit_scores(const ana_glm *glm, const ana_glm_scores *out);

/** Draw sequences: each row from the model given the rows drawn before it. covariates (all rows of
 *  all sequences) may be NULL where the model has none. Sequence s draws from stream
 *  "glm.simulate", item s. ANA_ERR_NUMERIC names unit and row when a mean runs away (above 1e6,
 *  which neurons that excite one another reach without end); ANA_ERR_UNSUPPORTED when the units
 *  that drive are not those that are driven. */
ANA_API ANA_USE_RESULT ana_status ana_glm_simulate(const ana_glm *glm, size_t n_sequences,
                                                   const size_t *lengths,
                                                   const ana_observations *covariates,
                                                   uint64_t seed, ana_observations **out);

/** "schema" is "glm": parameters, scores and figures: coupling matrix, kernels over the lags with
 *  their error bands, basis, bits per spike. ANA_ERR_FORMAT when a record is none. */
ANA_API ANA_USE_RESULT ana_status ana_glm_to_record(const ana_glm *glm, ana_record **out);
ANA_API ANA_USE_RESULT ana_status ana_glm_from_record(const ana_record *record, ana_glm **out);
ANA_API void ana_glm_free(ana_glm *glm);

ANA_END_DECLS

#endif
