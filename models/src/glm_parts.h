/** The parts of a fit: what all units share, one unit's state, passes over the data, steps. */
#ifndef ANALYSIS_MODELS_GLM_PARTS_H
#define ANALYSIS_MODELS_GLM_PARTS_H

#include "glm_link.h"
#include "workspace.h"

#include <analysis/models/glm.h>

enum {
    ANA_GLM_ROWS = 256,     /**< of a block: its panel stays in the second cache */
    ANA_GLM_MAX_BLOCKS = 16 /**< panels held at a time */
};

/** Bounds of a negative binomial's size; at the upper one it is Poisson to all purposes. */
#define ANA_GLM_MOST_SIZE 1e8
#define ANA_GLM_LEAST_SIZE 1e-6

/** Smallest standard deviation of Gaussian responses, as a share of their mean (or of 1). */
#define ANA_GLM_LEAST_DEVIATION 1e-8

/** What all units of a fit share; borrowed but for `live`. */
typedef struct ana_glm_task {
    const ana_glm_data *data;
    const ana_glm_options *options;
    size_t n_times;
    size_t n_units;
    size_t n_columns;
    size_t n_sources;
    size_t n_functions;
    size_t history_column; /**< first; the intercept stands before it, or nothing */
    size_t covariate_column;
    size_t n_blocks; /**< panels held at a time */
    bool expected;   /**< Hessians are of the Fisher information */
    uint8_t *live;   /**< P: ANA_GLM_LIVE or why the column is left out */
    double *scale;   /**< P: largest size of the column */
    bool *allowed;   /**< P: scratch */
} ana_glm_task;

enum {
    ANA_GLM_LIVE,
    ANA_GLM_LEFT_CONSTANT,
    ANA_GLM_LEFT_COLLINEAR
};

/** Sums of one unit over the rows, at the coefficients of a pass. */
typedef struct ana_glm_sums {
    double log_likelihood;
    double spread;           /**< derivative in log dispersion */
    double spread_curvature; /**< its negative second one; > 0 to be used */
    double n_rows;
} ana_glm_sums;

/** One unit's fit. Arrays run over its n free columns, in ascending order. */
typedef struct ana_glm_unit {
    size_t unit;
    ana_glm_family family; /**< dispersion: at `beta` */
    size_t n;
    size_t *columns;
    double *beta;  /**< accepted */
    double *trial; /**< beta + step * direction: where passes evaluate */
    double *direction;
    double *gradient; /**< of the log-likelihood, at the trial */
    double *hessian;  /**< n x n, lower triangle: of minus the log-likelihood, at the trial */
    double trial_dispersion;
    double least_dispersion;
    double most_dispersion;
    double spread_direction; /**< of log dispersion */
    double objective;        /**< at beta; -inf before the first pass */
    double slope;            /**< of the objective along the direction */
    double gain;             /**< the quadratic model's, at a full step */
    double step;
    ana_glm_sums sums; /**< at the trial */
    bool fits_dispersion;
    bool active;
    bool moved;  /**< the last trial was accepted: a new direction is needed */
    bool leaves; /**< no step gains anything: the next pass is the last */
    bool converged;
    size_t n_iterations;
    unsigned flags;
} ana_glm_unit;

/** Panels of a few blocks, and room for each thread. */
typedef struct ana_glm_room {
    double *panels; /**< n_blocks x ANA_GLM_ROWS x P */
    int n_threads;
    struct ana_glm_scratch *scratch; /**< one for each thread */
} ana_glm_room;

typedef struct ana_glm_scratch {
    double *rows;   /**< ANA_GLM_ROWS x n: a unit's columns */
    double *scaled; /**< as rows */
    double *matrix; /**< n x n */
    double *second; /**< n x n */
    double *vector; /**< 4 n */
    size_t *places; /**< n */
} ana_glm_scratch;

/** Rows of a block as one unit sees them. */
typedef struct ana_glm_responses {
    double y[ANA_GLM_ROWS]; /**< NaN: missing, or the row is not usable */
    double offset[ANA_GLM_ROWS];
    double weight[ANA_GLM_ROWS]; /**< 0 where y is missing */
} ana_glm_responses;

/* glm_data.c */

/** Sizes of the design and the data held against each other, weights and options checked. */
ANA_USE_RESULT ana_status ana_glm_task_new(const ana_glm_data *data, const ana_glm_options *options,
                                           ana_glm_task *out);

/** Whether all responses can come from the family. */
ANA_USE_RESULT ana_status ana_glm_check_responses(const ana_glm_task *task);

/** y, offset and weight of rows first ... first + n - 1 (n <= ANA_GLM_ROWS) of a unit. */
void ana_glm_take_responses(const ana_glm_task *task, size_t unit, size_t first, size_t n,
                            ana_glm_responses *out);

/** Which columns are constant or determined by those before them (task->live). */
ANA_USE_RESULT ana_status ana_glm_survey(ana_glm_task *task, ana_workspace *workspace);

/* glm_null.c */

/** Rows, spikes, mean and dispersion of one unit's responses into `glm`. */
void ana_glm_describe(const ana_glm_task *task, size_t unit, ana_glm *glm);

/** The log-likelihoods to compare with, once the dispersion is known. */
void ana_glm_bound(const ana_glm_task *task, size_t unit, ana_glm *glm);

/** The eta of a mean, finite also at the ends of the link's range. */
double ana_glm_inverse_link(ana_glm_link link, double mean);

/* glm_room.c */

/** From the workspace, which the caller checks; largest: most free columns of a unit. */
ana_glm_room ana_glm_room_new(ana_workspace *workspace, const ana_glm_task *task, size_t largest);

/** Panels of the rows from `first` on; *n_rows how many they hold. */
void ana_glm_fill_panels(const ana_glm_task *task, const ana_glm_room *room, size_t first,
                         size_t *n_rows);

/* glm_pass.c */

/** One block of one unit, evaluated. */
typedef struct ana_glm_block {
    ana_glm_responses in;
    double eta[ANA_GLM_ROWS];
    double log_likelihood[ANA_GLM_ROWS];
    double gradient[ANA_GLM_ROWS];  /**< times the weight */
    double curvature[ANA_GLM_ROWS]; /**< times the weight */
    double constant[ANA_GLM_ROWS];
} ana_glm_block;

/** From `in` and eta (offset included) at the unit's trial: the rest, and what is added to the
 *  sums. */
void ana_glm_evaluate(const ana_glm_task *task, const ana_glm_unit *unit, size_t n,
                      ana_glm_block *block, ana_glm_sums *sums);

/** Sums, gradients and (with `hessian`) Hessians of all active units at their trials. */
ANA_USE_RESULT ana_status ana_glm_pass(const ana_glm_task *task, const ana_glm_room *room,
                                       size_t n_units, ana_glm_unit *units, bool hessian);

/* glm_penalty.c */

/** Ridge and smoothness: out = Q beta, with Q symmetric; *value = beta . Q beta / 2. */
void ana_glm_quadratic(const ana_glm_task *task, const ana_glm_unit *unit, const double *beta,
                       double *out, double *value);

/** matrix (n x n, lower triangle) += Q. */
void ana_glm_add_quadratic(const ana_glm_task *task, const ana_glm_unit *unit, double *matrix);

/** Lasso and group lasso of beta. */
double ana_glm_sparse(const ana_glm_task *task, const ana_glm_unit *unit, const double *beta);

/** Free columns i ... *end - 1 of one group: a source's functions, or one column alone (then *size
 *  is 0). */
void ana_glm_group_of(const ana_glm_task *task, const ana_glm_unit *unit, size_t i, size_t *end,
                      size_t *size);

/* glm_step.c */

/** From gradient and Hessian at beta: direction, slope, gain. `matrix` and `vector` are scratch. */
void ana_glm_find_direction(const ana_glm_task *task, const ana_glm_scratch *scratch,
                            ana_glm_unit *unit);

/** What is maximised, at the trial (-inf where the log-likelihood is not finite). */
double ana_glm_objective(const ana_glm_task *task, const ana_glm_unit *unit, double *vector);

/** The model's own best step under lasso and group: coordinate descent on
 *  gradient . d - d . A d / 2 - sparse(beta + d), A lower triangle in `matrix`. */
void ana_glm_descend(const ana_glm_task *task, const double *gradient, const double *matrix,
                     double *vector, ana_glm_unit *unit);

/** Adds to slope and gain the step of the dispersion, where it is fitted. */
void ana_glm_find_spread(ana_glm_unit *unit);

/* glm_unit.c */

/** Free columns of a unit: `columns` (P) may be NULL. Returns how many. Not for several threads. */
size_t ana_glm_free_columns(const ana_glm_task *task, size_t unit, size_t *columns);

/** *out = units first ... first + n - 1 at their start, the mean response, from the workspace.
 *  Units without rows are not active; those without spikes for one pass alone. */
ANA_USE_RESULT ana_status ana_glm_units_new(ana_workspace *workspace, const ana_glm_task *task,
                                            const ana_glm *glm, size_t first, size_t n,
                                            bool hessians, ana_glm_unit **out);

/** Stand where the fit ended, to be evaluated there. */
void ana_glm_unit_recall(const ana_glm_task *task, const ana_glm *glm, ana_glm_unit *unit);

/* glm_newton.c */

/** Sum of all units' objectives after each pass: those of one group are added after those of the
 *  group before. */
typedef struct ana_glm_trace {
    double *values;
    size_t n;
    size_t capacity;
    double last; /**< total of the group at work, after its last pass */
} ana_glm_trace;

/** Pass number n_passes left the group at that total. */
void ana_glm_add_trace(ana_glm_trace *trace, size_t n_passes, double total);

/** The sum of the units' objectives, and whether any goes on. */
double ana_glm_total(size_t n_units, const ana_glm_unit *units, bool *any_active);

/** After a pass: accept the trial (then `moved`, or the fit has ended), or halve the step. `vector`
 *  is scratch of n. */
void ana_glm_judge(const ana_glm_task *task, double *vector, ana_glm_unit *unit);

/** Set out along the direction with a whole step. */
void ana_glm_launch(ana_glm_unit *unit);

/** Fit a group of units together with exact Hessians. */
ANA_USE_RESULT ana_status ana_glm_newton(const ana_glm_task *task, const ana_glm_room *room,
                                         size_t n_units, ana_glm_unit *units, ana_glm_trace *trace);

/* glm_pcg.c */

/** Fit all units together by conjugate gradients. */
ANA_USE_RESULT ana_status ana_glm_conjugate(const ana_glm_task *task, const ana_glm_room *room,
                                            size_t n_units, ana_glm_unit *units,
                                            ana_glm_trace *trace, double *freedom);

/* glm_choices.c */

/** Choices that are fitted as a whole, and what is asked of such a model. */
bool ana_glm_has_choices(const ana_glm_options *options);
ANA_USE_RESULT ana_status ana_glm_fit_choices(const ana_glm_data *data,
                                              const ana_glm_options *options, ana_glm **out);
ANA_USE_RESULT ana_status ana_glm_predict_choices(const ana_glm *glm, const ana_glm_data *data,
                                                  const ana_run *run, double *mean);
ANA_USE_RESULT ana_status ana_glm_score_choices(const ana_glm *glm, const ana_glm_data *data,
                                                const ana_run *run, const ana_glm_scores *out);
ANA_USE_RESULT ana_status ana_glm_simulate_choices(const ana_glm *glm, size_t n_sequences,
                                                   const size_t *lengths,
                                                   const ana_observations *covariates,
                                                   uint64_t seed, ana_observations **out);

/** Whether the design has the model's columns, by name. */
ANA_USE_RESULT ana_status ana_glm_check_columns(const ana_glm *glm, const ana_design *design);

/* glm_result.c */

/** An empty fit with the names and sizes of the task. */
ANA_USE_RESULT ana_status ana_glm_new(const ana_glm_task *task, bool errors, ana_glm **out);

/** Coefficients and flags of a fitted unit into `glm`. */
void ana_glm_store(const ana_glm_task *task, const ana_glm_unit *unit, ana_glm *glm);

/** Freedom and (with `errors`) standard errors, from the unit's Hessian. */
void ana_glm_store_errors(const ana_glm_task *task, const ana_glm_scratch *scratch,
                          const ana_glm_unit *unit, bool errors, ana_glm *glm);

#endif
