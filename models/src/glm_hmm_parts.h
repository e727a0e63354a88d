/** What the files of the GLM-HMM share: the task of a fit, a set of parameters, and the passes over
 *  the rows that the E-step and the M-step are made of. */
#ifndef ANALYSIS_MODELS_GLM_HMM_PARTS_H
#define ANALYSIS_MODELS_GLM_HMM_PARTS_H

#include "emission.h"
#include "glm_choice.h"
#include "glm_hmm_edges.h"
#include "workspace.h"

#include <analysis/models/glm_hmm.h>

enum {
    ANA_GLM_HMM_ROWS = 256,      /**< rows of a block: a panel and its products stay in the cache */
    ANA_GLM_HMM_BLOCKS = 8,      /**< blocks gathered before their sums are taken */
    ANA_GLM_HMM_UNITS = 64,      /**< units of one item of those sums, at most */
    ANA_GLM_HMM_SMALL = 40,      /**< columns up to which Hessians are summed by pairs of columns */
    ANA_GLM_HMM_KEEP_SHARED = 5, /**< M-steps that a shared Hessian serves */
};

/** Rows of the model's data, all in one stretch of the design and of one run of rows. */
typedef struct ana_glm_hmm_block {
    size_t first;  /**< row of the fit, counted over its sequences */
    size_t actual; /**< row of the observations */
    size_t n;
} ana_glm_hmm_block;

/** What a pass over the rows under given posteriors finds. K states, N units, P columns. */
typedef struct ana_glm_hmm_sums {
    double *value;    /**< K x N: sum of posterior x log-likelihood */
    double *gradient; /**< K x N x P */
    double *gram;     /**< exact: K x N squares of the free columns; else K x P x P, weighted with
                           the mean curvature */
    double *weight;   /**< K x N: sum of posterior x curvature */
} ana_glm_hmm_sums;

/** What one thread writes to. */
typedef struct ana_glm_hmm_seat {
    double *panel;    /**< rows of a block x P */
    double *rows;     /**< the same, of the rows with weight */
    double *response; /**< rows x N */
    double *eta;      /**< rows x N */
    double *value;    /**< rows x N: log-likelihood */
    double *slope;    /**< rows x N: its derivative in eta */
    double *bend;     /**< rows x N: minus the second one, expected */
    double *scaled;   /**< gathered rows x P */
    double *product;  /**< P x P */
    double *gradient; /**< units of a chunk x P */
    double *pairs;    /**< rows of a block x P (P + 1) / 2: products of columns, where P is small */
    double *pair_sums; /**< units of a chunk x P (P + 1) / 2 */
} ana_glm_hmm_seat;

/** What a pass gathers from several blocks before it sums, and the M-step's own arrays. Chunks are
 *  of task->chunk_units units, so that each is a matrix of its own. */
typedef struct ana_glm_hmm_room {
    size_t n_seats;
    ana_glm_hmm_seat *seats;
    ana_status *statuses;   /**< of each item of a parallel loop */
    double *rows;           /**< K x gathered x P: the rows with weight in each state */
    double *residual;       /**< K x chunks x gathered x units of a chunk: posterior x slope */
    double *curvature;      /**< the same of posterior x bend */
    double *mean_curvature; /**< K x gathered: mean over units */
    double *block_value;    /**< blocks x K x N */
    double *block_weight;   /**< blocks x K x N */
    size_t *place; /**< (blocks + 1) x K: where each block's rows stand among the gathered */
    ana_glm_hmm_sums sums;                /**< at the point where the M-step stands */
    ana_glm_hmm_sums trial;               /**< at the point it tries: values alone */
    double *proposal;                     /**< K x N x P */
    double *direction;                    /**< K x N x P */
    double *solve;                        /**< K x P x N: right-hand sides of shared Hessians */
    double *rises;                        /**< K x N */
    double *length;                       /**< K x N: of each step */
    double *strengths;                    /**< one-hot: K x N x M */
    double *slopes;                       /**< one-hot: N x K x P */
    struct ana_glm_hmm_weights *tried;    /**< one-hot: where a try stands */
    bool *is_empty;                       /**< K: states without rows keep what they are */
    const void *hessian_of;               /**< the parameters the shared Hessians were made for */
    size_t hessian_age;                   /**< M-steps since */
    struct ana_glm_hmm_joint_seat *joint; /**< n_seats, of the joint M-step; or NULL */
} ana_glm_hmm_room;

/** What all parts of a fit read. */
typedef struct ana_glm_hmm_task {
    const ana_glm_hmm_data *data;
    const ana_glm_hmm_options *options;
    ana_glm_hmm_prior prior; /**< of this stage of the fit */
    size_t n_states;
    size_t n_units;
    size_t chunk_units; /**< of one item of sums: its cut depends on n_units alone */
    size_t n_columns;
    size_t n_sources; /**< units whose history enters; 0 without history */
    size_t n_times;
    size_t n_functions; /**< of the basis; 0 without history */
    bool has_intercept;
    bool is_exact;        /**< each unit has its own Hessian */
    size_t n_classes;     /**< of choices, 2 for Bernoulli ones; 0: no choices */
    size_t n_responses;   /**< choices of a row; 0: none */
    bool is_joint;        /**< the M-step of glm_hmm_joint.c: predictors, lapses or states that are
                               solved for together */
    bool has_small_grams; /**< few columns, all of them free for all units */
    size_t n_sequences;
    size_t *sequence_start; /**< n_sequences + 1, of the rows of the fit */
    size_t n_blocks;
    ana_glm_hmm_block *blocks;
    bool *allowed;       /**< N x P */
    bool *silent;        /**< N: no spike at all; kept at its floor */
    double *floor;       /**< N: lowest intercept */
    size_t *n_free;      /**< N */
    size_t *free;        /**< N x P: the allowed columns of each unit */
    size_t most_free;    /**< the largest of n_free */
    double *constant;    /**< rows of the fit: log-likelihood that no parameter moves */
    double *scale;       /**< P: standard deviation of each column */
    double *pooled;      /**< N x P: the fit of one state */
    double *intercepts;  /**< restarts x K x N: added to the pooled ones where odd restarts begin;
                              or NULL */
    const double *start; /**< K x N x P: where to begin instead; or NULL */
    const double *start_lapse; /**< K x R x C: the same of the lapses; or NULL */
    const double *curvature;   /**< of the log-likelihood, held still for the learned priors:
                                    Gaussian K x N x P, one-hot K x N x M */
    ana_glm_hmm_room *room;
} ana_glm_hmm_task;

/** One set of parameters. The arrays of the learned priors are NULL without them. */
typedef struct ana_glm_hmm_weights {
    double *coefficients; /**< K x N x P */
    double *lapse;        /**< K x R x C; NULL: none */
    double *centre;       /**< Gaussian: N x P */
    double spread;        /**< Gaussian: of all; one-hot: of the strengths */
    double *kernel;       /**< one-hot: N x M x B */
    double *slope;        /**< one-hot: K x N x M, which fixes each edge's posterior */
    double *signs;        /**< one-hot: groups x 3: parameters of the connectome's Dirichlets */
    double *log_signs;    /**< one-hot: groups x 3: expected logarithms under them */
    double base[ANA_EDGE_SIGNS]; /**< one-hot: their prior */
} ana_glm_hmm_weights;

/** Blocks, columns, silent units and floors of a task whose sequences are set; actual: the row of
 *  the observations where each sequence begins. */
ANA_USE_RESULT ana_status ana_glm_hmm_task_prepare(ana_glm_hmm_task *task, const size_t *actual,
                                                   ana_workspace *workspace);

/** One set of parameters, from the workspace, as the task's prior needs; and its copy, states in
 *  another order (NULL: the same). */
size_t ana_glm_hmm_weights_bytes(const ana_glm_hmm_task *task);
ANA_USE_RESULT ana_status ana_glm_hmm_weights_new(const ana_glm_hmm_task *task,
                                                  ana_workspace *workspace,
                                                  ana_glm_hmm_weights **out);
void ana_glm_hmm_weights_copy(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *from,
                              const size_t *order, ana_glm_hmm_weights *to);

/** Rows gathered at a time, units rounded up to whole chunks, and doubles of the Hessians. */
size_t ana_glm_hmm_gathered(const ana_glm_hmm_task *task);
size_t ana_glm_hmm_padded_units(const ana_glm_hmm_task *task);
size_t ana_glm_hmm_gram_size(const ana_glm_hmm_task *task);

/** Threads for n items of about a block's work: one where that is less than a thread's waking. */
int ana_glm_hmm_threads(const ana_glm_hmm_task *task, size_t n_items);

/** The same for n items that each solve a unit's equations, about P^3 / 3 steps. */
int ana_glm_hmm_solver_threads(const ana_glm_hmm_task *task, size_t n_items);

/** Where a state's and unit's exact Hessian begins among them. */
size_t ana_glm_hmm_gram_at(const ana_glm_hmm_task *task, size_t state, size_t unit);

/** Room for passes, from the workspace. */
ANA_USE_RESULT ana_status ana_glm_hmm_room_new(const ana_glm_hmm_task *task,
                                               ana_workspace *workspace, ana_glm_hmm_room **out);
/** The same for ana_glm_hmm_rows and products alone: no M-step. */
ANA_USE_RESULT ana_status ana_glm_hmm_seats_new(const ana_glm_hmm_task *task,
                                                ana_workspace *workspace, ana_glm_hmm_room **out);
size_t ana_glm_hmm_room_bytes(const ana_glm_hmm_task *task);

/** eta (n x N) = rows (n x P) times one state's coefficients. */
ANA_USE_RESULT ana_status ana_glm_hmm_multiply(const ana_glm_hmm_task *task,
                                               const double *coefficients, size_t n,
                                               const double *rows, double *eta);

/** The first of n failures by number, in a sentence. */
ANA_USE_RESULT ana_status ana_glm_hmm_first_failure(size_t n, const ana_status *statuses,
                                                    const char *what);

/** log p(row | state) of rows of the fit, which lie in one sequence: out is n x K. Coefficients and
 *  lapses (or NULL) of `at` are read alone. */
ANA_USE_RESULT ana_status ana_glm_hmm_rows(const ana_glm_hmm_task *task,
                                           const ana_glm_hmm_weights *at, size_t first, size_t n,
                                           double *out);

/** The choices of a state with its lapses: `lapse` is K x R x C or NULL. */
ana_glm_choice ana_glm_hmm_choice(const ana_glm_hmm_task *task, const double *lapse, size_t state);

/** Means of n rows in a state, from their linear predictors; may be the same array. */
void ana_glm_hmm_means(const ana_glm_hmm_task *task, const double *lapse, size_t state, size_t n,
                       const double *eta, double *mean);

/** hessian x = right sides, n_rhs of them, for a symmetric matrix that may have lost rank: then its
 *  diagonal is raised until it has not. factor: n x n of room. */
ANA_USE_RESULT ana_status ana_glm_hmm_solve_raised(size_t n, const double *hessian, double *factor,
                                                   size_t n_rhs, double *x);

/** glm_hmm_joint.c: whether the options ask for it; room for it; Newton's steps on each response
 *  that never lower the penalised value; standard errors, of lapses too. */
bool ana_glm_hmm_asks_joint(const ana_glm_hmm_options *options);
void ana_glm_hmm_joint_room(const ana_glm_hmm_task *task, ana_workspace *workspace,
                            ana_glm_hmm_room *room);
size_t ana_glm_hmm_joint_bytes(const ana_glm_hmm_task *task);
ANA_USE_RESULT ana_status ana_glm_hmm_joint(const ana_glm_hmm_task *task,
                                            const ana_glm_hmm_weights *weights,
                                            const double *posterior);
ANA_USE_RESULT ana_status ana_glm_hmm_joint_errors(const ana_glm_hmm_task *task,
                                                   const ana_glm_hmm_weights *weights,
                                                   const double *posterior, ana_glm_hmm *model);

/** What a pass is to find. */
typedef enum ana_glm_hmm_want {
    ANA_GLM_HMM_VALUE,
    ANA_GLM_HMM_GRADIENT,
    ANA_GLM_HMM_HESSIAN /**< gradient and Hessian */
} ana_glm_hmm_want;

/** Sums over the rows; posterior is n_times x K. */
ANA_USE_RESULT ana_status ana_glm_hmm_pass(const ana_glm_hmm_task *task, const double *coefficients,
                                           const double *posterior, ana_glm_hmm_want want,
                                           ana_glm_hmm_sums *sums);

/** Steps of Newton's method on each state and unit that never lower the penalised value. */
ANA_USE_RESULT ana_status ana_glm_hmm_newton(const ana_glm_hmm_task *task,
                                             ana_glm_hmm_weights *weights, const double *posterior);

/** The learned priors: their own parameters, given the coefficients. */
void ana_glm_hmm_prior_update(const ana_glm_hmm_task *task, ana_glm_hmm_weights *weights);

/** Where the learned priors begin, given coefficients of the free fit. */
void ana_glm_hmm_prior_start(const ana_glm_hmm_task *task, ana_glm_hmm_weights *weights);

/** The pass with which an M-step begins: room->sums at the coefficients as they are. */
ANA_USE_RESULT ana_status ana_glm_hmm_stand(const ana_glm_hmm_task *task,
                                            const ana_glm_hmm_weights *weights,
                                            const double *posterior);

/** Element (i, j) of minus the Hessian at the unit's free columns i and j, without the prior; of a
 *  shared one the unit's is ana_glm_hmm_share times that. */
double ana_glm_hmm_hessian(const ana_glm_hmm_task *task, size_t state, size_t unit, size_t i,
                           size_t j);
double ana_glm_hmm_share(const ana_glm_hmm_task *task, size_t state, size_t unit);

/** Log prior of a state's coefficients of one unit, apart from edges. */
double ana_glm_hmm_log_penalty(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                               size_t unit, const double *coefficients);

/** Precision of that prior at a column. */
double ana_glm_hmm_precision(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                             size_t column);

/** The one-hot M-step: edge by edge on a quadratic that is made steeper until the value rises. */
ANA_USE_RESULT ana_status ana_glm_hmm_edges(const ana_glm_hmm_task *task,
                                            ana_glm_hmm_weights *weights, const double *posterior);

/** Fill room->is_empty from the posteriors. */
void ana_glm_hmm_mark_empty(const ana_glm_hmm_task *task, const double *posterior);

/** Whether source -> unit is an edge with a sign; edges that share a sign's probabilities; the
 *  expected strengths (K x N x M). */
bool ana_glm_hmm_has_edge(const ana_glm_hmm_task *task, size_t unit, size_t source);
size_t ana_glm_hmm_n_groups(const ana_glm_hmm_task *task);
size_t ana_glm_hmm_group(const ana_glm_hmm_task *task, size_t unit, size_t source);
void ana_glm_hmm_strengths(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                           double *out);

/** Each edge's curve over the lags, N x M x B, from free coefficients. */
void ana_glm_hmm_start_kernels(const ana_glm_hmm_task *task, const double *coefficients,
                               double *kernels);

/** What the priors add to the objective for one unit, and in all. */
double ana_glm_hmm_unit_log_prior(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                                  size_t unit);

double ana_glm_hmm_log_prior(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights);

/** task->intercepts, from clusters of rows; none without an intercept, counts or other states. */
ANA_USE_RESULT ana_status ana_glm_hmm_start_intercepts(ana_glm_hmm_task *task,
                                                       ana_workspace *workspace);

/** A start: the pooled fit, each state with its own perturbation of the weights. */
void ana_glm_hmm_perturb(const ana_glm_hmm_task *task, size_t restart, ana_random *random,
                         double *coefficients);

/** The family for the EM driver. */
ana_emission ana_glm_hmm_emission(const ana_glm_hmm_task *task);

/** Whether the column belongs to an edge with a sign. */
bool ana_glm_hmm_is_edge(const ana_glm_hmm_task *task, size_t unit, size_t column);

/** The prior of one edge as it stands. */
ana_edge_prior ana_glm_hmm_edge_prior(const ana_glm_hmm_task *task,
                                      const ana_glm_hmm_weights *weights, size_t state, size_t unit,
                                      size_t source);

#endif
