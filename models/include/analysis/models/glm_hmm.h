/** Which states does a population switch between, and how do the neurons drive one another in each?
 *
 *  A hidden Markov model whose emissions are coupled generalised linear models:
 *
 *      z_1 ~ initial;  z_t | z_{t-1} = i ~ transition[i]
 *      y_tn | z_t = k ~ family(mean = link(b_kn + sum_m,b W[k][n][m][b] h_tmb + c_kn . u_t))
 *
 *  with h the history features of design.h. Fitted by expectation maximisation with an exact
 *  M-step (Newton's method on the concave problem of each state and unit). Priors on the weights:
 *
 *  free      ridge: W ~ N(0, 1 / ridge)
 *  gaussian  W_k ~ N(W_0, sigma^2) around a mean shared by the states, both learned
 *  one-hot   each edge m -> n is inhibitory, absent or excitatory with probabilities that all
 *            states share, the connectome, which is learned (after Li et al. 2023, arXiv
 *            2310.15263); its strength differs by state and is half-normal given the sign.
 *
 *  Choices: the predictors of a categorical response (ana_glm_classes) are fitted together. With
 *  lapses a choice is of class c with (1 - sum lapse) p_c + lapse_c. Inputs may drive transitions:
 *
 *      P(z_t = j | z_{t-1} = i, v_t) = softmax_j(log transition_ij + input_weights_j . v_t)
 *
 *  Instead of the paper's relaxation the three signs are summed over exactly, edge by edge: the
 *  posterior of signs and strengths is a product over edges, q. What is maximised is
 *
 *      log p(y | mean of W under q) - sum h / 2 var_q(W) - KL(q | prior) + log priors,
 *
 *  h the curvature of the log-likelihood in each strength, held at what the free fit found, from
 *  which the iterations start: a lower bound of the log evidence to second order, deterministic
 *  and rising with every step. The Gaussian prior's spread is learned by the same bound. */
#ifndef ANALYSIS_MODELS_GLM_HMM_H
#define ANALYSIS_MODELS_GLM_HMM_H

#include <analysis/models/basis.h>
#include <analysis/models/design.h>
#include <analysis/models/fit_info.h>
#include <analysis/models/glm_family.h>
#include <analysis/models/goodness.h>
#include <analysis/models/hmm.h>
#include <analysis/observations.h>

ANA_BEGIN_DECLS

typedef enum ana_glm_hmm_prior {
    ANA_GLM_HMM_FREE,
    ANA_GLM_HMM_GAUSSIAN,
    ANA_GLM_HMM_ONE_HOT
} ana_glm_hmm_prior;

/** What the one-hot prior does with a unit's own past. */
typedef enum ana_glm_hmm_self {
    ANA_GLM_HMM_SELF_EDGE, /**< an edge like any other */
    ANA_GLM_HMM_SELF_FREE, /**< without a sign, its own weights in each state */
    ANA_GLM_HMM_SELF_NONE  /**< left out */
} ana_glm_hmm_self;

/** What all states have in common. */
typedef enum ana_glm_hmm_shared {
    ANA_GLM_HMM_SHARE_NOTHING,
    ANA_GLM_HMM_SHARE_INTERCEPT /**< each unit has one intercept for all states */
} ana_glm_hmm_shared;

typedef struct ana_glm_hmm_options {
    ana_run run;
    size_t n_states;       /**< default 3 */
    ana_glm_family family; /**< default Poisson; link auto: softplus of counts, else canonical; its
                              dispersion is taken as given */
    ana_coupling coupling; /**< default full */
    ana_glm_hmm_prior prior; /**< default free */
    ana_glm_hmm_self self;   /**< one-hot; default an edge */
    ana_glm_lapse lapse;     /**< of choices, in each state; default none. Lapses, shared intercepts
                                  and categorical families go with the free prior alone */
    ana_glm_hmm_shared share; /**< default nothing */
    bool dale;    /**< one-hot: Dale's law, a source's edges share P(sign); default no */
    double ridge; /**< on every column but the intercept; default 1 */
    double edge_concentration; /**< one-hot: pseudo-counts of the Dirichlet prior of an edge's three
                                    probabilities, evenly spread; 0, the default: the prior is
                                    learned, one for all edges */
    double concentration;      /**< Dirichlet prior of each transition row; 1, the default: flat */
    double stickiness;         /**< added to that prior's diagonal; default 0 */
    double persistence;        /**< diagonal of the transitions at the start; default 0.95 */
    size_t n_restarts;         /**< default 5 */
    size_t screen_rows;    /**< rows on which the starts are compared, of which only the best goes
                                on to all rows; 0: all; default 5000, but no fewer than 20 for
                                each state and column, or a million over units x columns */
    size_t max_iterations; /**< default 200 */
    double tolerance;      /**< share of the objective; default 1e-8 */
    size_t newton_steps;   /**< of each M-step; 0: until it converges; default 1 */
    size_t exact_columns;  /**< up to so many free columns each unit has its own Hessian; beyond,
                                all units of a state share one; default 128 */
    size_t n_moves;        /**< of split and merge tried from the best start; default 1 */
    double input_ridge;    /**< on the weights of inputs that drive the transitions; default 1 */
} ana_glm_hmm_options;

ANA_API ana_glm_hmm_options ana_glm_hmm_options_default(void);
ANA_API extern const ana_option ana_glm_hmm_option_table[];

/** What a unit's fit had to say beside its numbers. */
typedef enum ana_glm_hmm_flag {
    ANA_GLM_HMM_SILENT = 1,   /**< no spike in any row: the intercept is a bound, weights are 0 */
    ANA_GLM_HMM_SEPARATED = 2 /**< without a ridge, some weight ran away */
} ana_glm_hmm_flag;

/** K states, N units, P columns of the design (intercept first); all arrays owned. */
typedef struct ana_glm_hmm {
    size_t n_states;
    size_t n_units;
    size_t n_columns;
    size_t n_sources; /**< M: units whose history enters; 0: none */
    ana_glm_family family;
    ana_coupling coupling;
    ana_glm_hmm_prior prior;
    ana_basis *basis;        /**< NULL: no history */
    double *initial;         /**< K */
    double *transition;      /**< K x K */
    double *coefficients;    /**< K x N x P */
    double *standard_errors; /**< K x N x P: given the states' posteriors, of edges with a sign
                                given all others; NaN: not free, or beyond exact_columns */
    double *centre;          /**< N x P: the shared mean of the Gaussian prior; or NULL */
    double sigma;            /**< its spread; one-hot: the spread of the strengths; free: NaN */
    double *edge;       /**< N x M x 3: P(inhibitory), P(none), P(excitatory) of the connectome,
                             [to][from]; or NULL */
    double *state_edge; /**< K x N x M x 3: the same in each state given the data; or NULL */
    double *kernel;     /**< N x M x B: each edge's curve over the lags, which all states share:
                             >= 0, sums to 1 over the B functions; or NULL */
    ana_glm_lapse lapse_kind;
    size_t n_classes;     /**< C of each choice, 2 for Bernoulli ones; 0: no choices */
    size_t n_responses;   /**< R: choices of a row; 0: none */
    double *lapse;        /**< K x R x C: P(lapse, and to this class); or NULL */
    double *lapse_errors; /**< K x R x C: their standard errors; or NULL */
    ana_glm_hmm_shared share;
    size_t n_inputs;       /**< V: what drives the transitions; 0: nothing */
    double *input_weights; /**< K x V: log odds of entering a state; sum 0 over states; or NULL */
    double *input_errors;  /**< K x V: standard errors given the states' posteriors; or NULL */
    char **input_names;    /**< V; or NULL */
    unsigned *flags;       /**< N: ana_glm_hmm_flag */
    size_t n_rows;         /**< usable rows of the fit */
    size_t n_free;         /**< coefficients of a state that were free */
    size_t n_observed;     /**< responses in them that were not missing */
    bool has_intercept;
    double bin_s;          /**< seconds per bin; NaN: rows are not times */
    char **unit_names;     /**< N */
    char **column_names;   /**< P */
    double log_likelihood; /**< of the data it was fitted to, nats */
    ana_fit_info info;
} ana_glm_hmm;

/** What a model is fitted to or used on: units and columns in the model's order. All borrowed. */
typedef struct ana_glm_hmm_data {
    const ana_observations *responses; /**< T x N */
    const ana_design *design;          /**< made from the same rows */
    const uint8_t *mask;               /**< N x sources, for ANA_COUPLING_MASK, else NULL */
    const ana_observations *inputs;    /**< T x V: what drives the transition into a row; or NULL */
} ana_glm_hmm_data;

/** Free parameters: coefficients, lapses, initial and transition rows, weights of inputs. */
ANA_API double ana_glm_hmm_n_parameters(const ana_glm_hmm *model);

/** Best of n_restarts starts, states by falling occupancy. Errors: ana_hmm_fit, ana_glm_fit. */
ANA_API ANA_USE_RESULT ana_status ana_glm_hmm_fit(const ana_glm_hmm_data *data,
                                                  const ana_glm_hmm_options *options,
                                                  ana_glm_hmm **out);

/** Run the iterations from a given model instead; its states keep their order. */
ANA_API ANA_USE_RESULT ana_status ana_glm_hmm_fit_from(const ana_glm_hmm_data *data,
                                                       const ana_glm_hmm *start,
                                                       const ana_glm_hmm_options *options,
                                                       ana_glm_hmm **out);

/** Which state is which: partner[k] is the state of `model` that matches state k of `reference`
 *  (ANA_UNASSIGNED of assignment.h where the model has fewer), so that the squared differences of
 *  the coefficients are least in all. ANA_ERR_SHAPE when units or columns differ. */
ANA_API ANA_USE_RESULT ana_status ana_glm_hmm_match(const ana_glm_hmm *reference,
                                                    const ana_glm_hmm *model, size_t *partner);

/** log p(y_t | state k, past) of every row: out is T x K, nats; 0 where a row is not usable.
 *  ANA_ERR_SHAPE, here and below, when the numbers of units, columns or sources differ. */
ANA_API ANA_USE_RESULT ana_status ana_glm_hmm_log_emission(const ana_glm_hmm *model,
                                                           const ana_glm_hmm_data *data,
                                                           const ana_run *run, double *out);

/** Sum of the sequences' log-likelihoods, nats. */
ANA_API ANA_USE_RESULT ana_status ana_glm_hmm_score(const ana_glm_hmm *model,
                                                    const ana_glm_hmm_data *data,
                                                    const ana_run *run, double *log_likelihood);

/** Posterior, path, occupancy, dwell: as a decoding of hmm.h. */
ANA_API ANA_USE_RESULT ana_status ana_glm_hmm_decode(const ana_glm_hmm *model,
                                                     const ana_glm_hmm_data *data,
                                                     const ana_run *run, ana_hmm_decoding **out);

/** Expected count of each bin given the past alone: sum over k of p(z_t = k | y_1 ... y_{t-1})
 *  mean_k. mean is T x N. */
ANA_API ANA_USE_RESULT ana_status ana_glm_hmm_predict(const ana_glm_hmm *model,
                                                      const ana_glm_hmm_data *data,
                                                      const ana_run *run, double *mean);

/** Whether the model accounts for the spike times (goodness.h), through the mixture of its states.
 *  Bernoulli responses are taken as binary bins whatever `options` says. ANA_ERR_UNSUPPORTED for
 *  Gaussian responses, and for negative binomial ones, which come in bursts that the test would
 *  reject however right the model is. */
ANA_API ANA_USE_RESULT ana_status ana_glm_hmm_goodness(const ana_glm_hmm *model,
                                                       const ana_glm_hmm_data *data,
                                                       const ana_goodness_options *options,
                                                       ana_goodness **out);

/** Draw sequences of the given lengths; labels are the true states. `covariates` has all rows of
 *  all sequences, inputs that drive the transitions after the covariates; NULL where the model has
 *  none. ANA_ERR_SHAPE or ANA_ERR_VALUE for covariates that do not fit or are missing;
 *  ANA_ERR_NUMERIC names unit and row when a mean runs away; ANA_ERR_UNSUPPORTED when the units
 *  that drive are not those that are driven. */
ANA_API ANA_USE_RESULT ana_status ana_glm_hmm_simulate(const ana_glm_hmm *model, size_t n_sequences,
                                                       const size_t *lengths,
                                                       const ana_observations *covariates,
                                                       uint64_t seed, ana_observations **out);

/** Filtering as the bins arrive, with the numbers of the batch filter. One step costs K N
 *  multiply-adds for each column of the row that is not zero, K N P at most, whatever came before,
 *  and allocates nothing. */
typedef struct ana_glm_hmm_stream ana_glm_hmm_stream;

/** `model` is borrowed, outlives the stream and stays as it is. ANA_ERR_UNSUPPORTED when the units
 *  that drive are not those that are driven. */
ANA_API ANA_USE_RESULT ana_status ana_glm_hmm_stream_new(const ana_glm_hmm *model,
                                                         ana_glm_hmm_stream **out);

/** One bin.
 *
 *  @param counts          N: of this bin; NaN missing
 *  @param covariates      as many as the model has, then its inputs; NULL without
 *  @param filtered        K (out): P(state now | all bins so far)
 *  @param log_likelihood  (out)    log p(this bin | those before), nats; may be NULL
 *  @return ANA_ERR_VALUE for counts outside the family or absent covariates; ANA_ERR_NUMERIC for a
 *          bin that is impossible in every state that can be reached. */
ANA_API ANA_USE_RESULT ana_status ana_glm_hmm_step(ana_glm_hmm_stream *stream, const double *counts,
                                                   const double *covariates, double *filtered,
                                                   double *log_likelihood);

/** Begin a new sequence: forget history and state. */
ANA_API void ana_glm_hmm_stream_restart(ana_glm_hmm_stream *stream);
ANA_API void ana_glm_hmm_stream_free(ana_glm_hmm_stream *stream);

/** "schema" is "glm-hmm": parameters, fit, figures. ANA_ERR_FORMAT when a record is none. */
ANA_API ANA_USE_RESULT ana_status ana_glm_hmm_to_record(const ana_glm_hmm *model, ana_record **out);
ANA_API ANA_USE_RESULT ana_status ana_glm_hmm_from_record(const ana_record *record,
                                                          ana_glm_hmm **out);
ANA_API void ana_glm_hmm_free(ana_glm_hmm *model);

ANA_END_DECLS

#endif
