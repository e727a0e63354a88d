/** Which states does a population of neurons, or any recorded signal, switch between, and when?
 *
 *  A hidden Markov model: z_1 ~ initial; z_t | z_{t-1} = i ~ transition[i]; y_t | z_t = k follows
 *  one of the emissions below. Fitted by expectation maximisation (Rabiner 1989) from several
 *  starts. Sequences (sessions, trials) each begin anew from `initial`; missing entries (NaN) carry
 *  no information. With explicit durations it is a hidden semi-Markov model. Inputs v_t may drive
 *  the transitions: P(z_t = j | z_{t-1} = i, v_t) = softmax_j(log transition_ij + input_weights_j .
 *  v_t) (Bengio & Frasconi 1995); they are features of the observations: at the fit the last
 *  n_inputs, later found by id. */
#ifndef ANALYSIS_MODELS_HMM_H
#define ANALYSIS_MODELS_HMM_H

#include <analysis/models/fit_info.h>
#include <analysis/models/goodness.h>
#include <analysis/observations.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

ANA_BEGIN_DECLS

/** What a row looks like in state k. */
typedef enum ana_hmm_emission {
    ANA_HMM_POISSON,           /**< y_n ~ Poisson(rates[k][n]), independent counts */
    ANA_HMM_GAUSSIAN,          /**< y ~ N(mean[k], covariance[k]) */
    ANA_HMM_GAUSSIAN_DIAGONAL, /**< y_n ~ N(mean[k][n], variance[k][n]), independent */
    ANA_HMM_BERNOULLI,         /**< y_n is 1 with probability[k][n], else 0, independent */
    ANA_HMM_CATEGORICAL,       /**< y_n = c with probability[k][n][c], c = 0 ... C - 1 */
    ANA_HMM_AUTOREGRESSIVE     /**< y_t ~ N(mean[k] + sum_l coefficients[k][:, l] y_{t-l},
                                    covariance[k]), l = 1 ... L; rows without their whole history in
                                    the sequence, or with a missing entry, are conditioned on and
                                    not scored */
} ana_hmm_emission;

/** How long a visit to a state lasts. */
typedef enum ana_hmm_durations {
    ANA_HMM_GEOMETRIC,        /**< as the transitions' diagonal says */
    ANA_HMM_NEGATIVE_BINOMIAL /**< 1 + negative binomial(r, p) rows, up to a longest (Yu 2010) */
} ana_hmm_durations;

typedef struct ana_hmm_options {
    ana_run run;
    int emission;           /**< ana_hmm_emission; default Poisson */
    size_t n_states;        /**< default 3 */
    size_t n_restarts;      /**< default 10 */
    size_t max_iterations;  /**< of each restart; default 500 */
    double tolerance;       /**< stop when the objective gains less than this share of itself in one
                                 iteration; 0: never; default 1e-8 */
    double concentration;   /**< Dirichlet prior of each transition row; 1: flat; default 1 */
    double stickiness;      /**< added to that prior's diagonal; default 0 */
    double rate_shape;      /**< gamma prior of the rates, density ~ rate^(shape-1) exp(-s rate);
                                 1 and 0: flat (maximum likelihood); default 1 */
    double rate_bins;       /**< the s above, in bins; default 0 */
    double persistence;     /**< diagonal of the transitions at the start; default 0.95 */
    double empty_below;     /**< rows: a state that explains less is empty; it is given half of
                                 another where that raises the objective, else warned of;
                                 default 1 */
    size_t n_lags;          /**< L of autoregressive emissions; default 1 */
    size_t n_categories;    /**< C of categorical ones; 0: one more than the largest value;
                                 default 0 */
    double covariance_rows; /**< rows for which a prior of each (co)variance counts, inverse Wishart
                                 with its mode at the data's own variances; 0: none, and then a
                                 state of few rows fails; default 1 */
    double coefficient_rows;  /**< the same for the coefficients' ridge towards 0; default 1 */
    double probability_prior; /**< Dirichlet (beta) prior of probabilities; 1: flat; default 1 */
    int durations;            /**< ana_hmm_durations; default geometric */
    size_t max_duration;      /**< longest visit with explicit durations, rows; default 200 */
    size_t n_moves;     /**< of split and merge that each restart tries at its end; default 0 */
    size_t n_inputs;    /**< the last so many features are not modelled but drive the transitions,
                             never missing; not with explicit durations; default 0 */
    double input_ridge; /**< on the squares of their weights; default 1 */
} ana_hmm_options;

ANA_API ana_hmm_options ana_hmm_options_default(void);
ANA_API extern const ana_option ana_hmm_option_table[];

/** A fitted (or given) model. K states, N features; all arrays owned, those of other emissions
 *  NULL. */
typedef struct ana_hmm {
    ana_hmm_emission emission;
    size_t n_states;
    size_t n_features;
    size_t order;         /**< L of autoregressive emissions, C of categorical ones; else 0 */
    double *initial;      /**< K */
    double *transition;   /**< K x K, [from][to] */
    double *rates;        /**< Poisson: K x N, expected count per bin */
    double *mean;         /**< Gaussians: K x N; autoregressive: the constant */
    double *covariance;   /**< Gaussian and autoregressive: K x N x N */
    double *variance;     /**< diagonal Gaussian: K x N */
    double *coefficients; /**< autoregressive: K x N x L x N, [state][target][lag - 1][source] */
    double *probability;  /**< Bernoulli: K x N; categorical: K x N x C */
    size_t max_duration;  /**< D, of explicit durations; 0: none */
    double *durations;    /**< K x 2: r and p; P(d rows) ~ Gamma(d-1+r) / (Gamma(r) (d-1)!) p^(d-1),
                               d = 1 ... D; transitions then have a zero diagonal; NULL: none */
    size_t n_inputs;      /**< V: what drives the transitions; 0: nothing */
    double *input_weights; /**< K x V: log odds of entering a state for one more of the input; they
                                sum to 0 over states; NULL: none */
    double *input_errors;  /**< K x V: standard errors given the states' posteriors; NULL: none */
    char **input_names;    /**< V: ids of the features that they are; NULL: none */
    double bin_s;          /**< seconds per bin; NaN: not times */
    char **feature_names;  /**< N texts: the units' ids */
    size_t n_observed;     /**< entries that were scored: not missing, and with their history */
    double log_likelihood; /**< of the data it was fitted to, nats */
    ana_fit_info info;
} ana_hmm;

/** A model of zeros with Poisson emissions to be filled in; feature names "0", "1", ... */
ANA_API ANA_USE_RESULT ana_status ana_hmm_new(size_t n_states, size_t n_features, ana_hmm **out);

/** The same with any emissions; `order` as in ana_hmm, at least 1 where it is used. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_new_of(ana_hmm_emission emission, size_t n_states,
                                                 size_t n_features, size_t order, ana_hmm **out);

/** Give a model of at least two states explicit durations, r = 1 and p = 0.9; its transitions must
 *  have a zero diagonal before it is used. ANA_ERR_VALUE for one state or a max_duration of 0. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_set_durations(ana_hmm *hmm, size_t max_duration);

/** ANA_ERR_VALUE when a probability, rate, mean or variance is none; for models from elsewhere. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_check(const ana_hmm *hmm);

/** Fit from `options->n_restarts` starts, each with its own random stream, and keep the best
 *  objective: the log-likelihood plus the log priors. Starts are k-means++ on smoothed rows (of the
 *  square roots of counts, of standardised values), for autoregressive emissions a clustering of
 *  stretches by which state's dynamics fit them. States come in order of falling occupancy.
 *  ANA_ERR_VALUE for values the emissions do not allow (Poisson: negative or not whole), or fewer
 *  rows than states. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_fit(const ana_observations *observations,
                                              const ana_hmm_options *options, ana_hmm **out);

/** Run the iterations from a given model instead, with its emissions; its states keep their order.
 *  Features are taken in the model's order, not by id; ANA_ERR_SHAPE when their number differs. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_fit_from(const ana_observations *observations,
                                                   const ana_hmm *start,
                                                   const ana_hmm_options *options, ana_hmm **out);

/** log p(y_t | state k) of every row: out is T x K, nats (autoregressive: given the rows before).
 *  Features are matched by id; ANA_ERR_SHAPE where one is missing. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_log_emission(const ana_hmm *hmm,
                                                       const ana_observations *observations,
                                                       double *out);

/** Sum of the sequences' log-likelihoods, nats. Errors as ana_hmm_decode. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_score(const ana_hmm *hmm,
                                                const ana_observations *observations, double *out);

/** Expected value of each entry given the rows before it in its sequence: the mixture of the
 *  states' means by P(state | past). Mean T x N (out), features in the model's order. NaN for
 *  autoregressive rows without their history. ANA_ERR_UNSUPPORTED for categorical emissions, whose
 *  values are names. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_predict(const ana_hmm *hmm,
                                                  const ana_observations *observations,
                                                  double *mean);

/** Whether the model accounts for the spike times (goodness.h), through the mixture of its states.
 *  Bernoulli counts are taken as binary bins whatever `options` says. ANA_ERR_UNSUPPORTED unless
 *  the emissions are Poisson or Bernoulli. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_goodness(const ana_hmm *hmm,
                                                   const ana_observations *observations,
                                                   const ana_goodness_options *options,
                                                   ana_goodness **out);

/** Mean length of a visit to each state, rows (K, out): 1 / (1 - P(stay)), or that of the explicit
 *  durations; +inf for a state that is never left. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_mean_durations(const ana_hmm *hmm, double *out);

/** The stationary distribution as shares of rows (K, out). Errors as ana_hmm_stationary. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_long_run(const ana_hmm *hmm, double *out);

/** Free parameters: initial and transition rows sum to 1, covariances are symmetric. */
ANA_API double ana_hmm_n_parameters(const ana_hmm *hmm);

/** What the states were, given a model. T rows, K states, S sequences; owned. */
typedef struct ana_hmm_decoding {
    size_t n_times;
    size_t n_states;
    size_t n_sequences;
    double *posterior;      /**< T x K */
    size_t *path;           /**< T: most probable path (Viterbi) */
    double *log_likelihood; /**< S, nats */
    double *log_path;       /**< S: log p(path, rows), nats */
    double *occupancy;      /**< K: mean posterior */
    size_t *n_visits;       /**< K: runs of the path */
    double *mean_dwell;     /**< K: mean length of those runs, rows; NaN: never visited */
} ana_hmm_decoding;

/** Units are matched by id: observations must have every feature of the model, in any order;
 *  ANA_ERR_SHAPE where one is missing. ANA_ERR_NUMERIC when a row is impossible in every state that
 *  can be reached. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_decode(const ana_hmm *hmm,
                                                 const ana_observations *observations,
                                                 const ana_run *run, ana_hmm_decoding **out);

/** What comes after the last row of the last sequence, h = 1 ... n_steps rows ahead.
 *
 *  @param states  n_steps x K (out)  P(state h rows ahead | all rows)
 *  @param mean    n_steps x N (out)  expected row; may be NULL. Autoregressive: exact one step
 *                                    ahead, then as if each row had been the expected one
 *  @return ANA_ERR_UNSUPPORTED with explicit durations, driven transitions, the mean of categories;
 *  ANA_ERR_VALUE for autoregressive means without complete last rows; else as ana_hmm_decode. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_forecast(const ana_hmm *hmm,
                                                   const ana_observations *observations,
                                                   size_t n_steps, double *states, double *mean);

/** Agreement of a path with the true labels; owns its shares. Cleared it is all zeros. */
typedef struct ana_hmm_agreement {
    double ari; /**< adjusted Rand index over labelled rows */
    double p;   /**< share of circular shifts of the path that do as well, (1+#)/(1+n) */
    size_t n_shifts;
    size_t n_labels;
    size_t n_states;
    double *occupancy; /**< n_labels x n_states: share of each label's rows in each state */
} ana_hmm_agreement;

/** ANA_ERR_VALUE without labels. Shifts are drawn from stream "hmm.shift" of run->seed. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_agree(const ana_hmm_decoding *decoding,
                                                const ana_observations *observations,
                                                size_t n_shifts, const ana_run *run,
                                                ana_hmm_agreement *out);

/** Draw sequences of the given lengths. Labels are the true states. Autoregressive ones begin as
 *  if the rows before had been zero. ANA_ERR_VALUE for a model whose transitions are driven. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_simulate(const ana_hmm *hmm, size_t n_sequences,
                                                   const size_t *lengths, uint64_t seed,
                                                   ana_observations **out);

/** The same where inputs drive the transitions: `inputs` has all rows of all sequences, and among
 *  its features those of the model's inputs. What is drawn has them after its own. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_simulate_driven(const ana_hmm *hmm,
                                                          const ana_observations *inputs,
                                                          uint64_t seed, ana_observations **out);

/** "schema" is "hmm": parameters, fit, figures. ANA_ERR_FORMAT when a record is none. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_to_record(const ana_hmm *hmm, ana_record **out);
ANA_API ANA_USE_RESULT ana_status ana_hmm_from_record(const ana_record *record, ana_hmm **out);

/** "schema" is "hmm decoding": path, posterior and figures (states over time, the busiest stretch
 *  over its spikes, dwell times, occupancy), with labels the agreement (may be NULL). */
ANA_API ANA_USE_RESULT ana_status ana_hmm_decoding_to_record(const ana_hmm_decoding *decoding,
                                                             const ana_observations *observations,
                                                             const ana_hmm_agreement *agreement,
                                                             ana_record **out);

ANA_API void ana_hmm_free(ana_hmm *hmm);
ANA_API void ana_hmm_agreement_clear(ana_hmm_agreement *agreement);
ANA_API void ana_hmm_decoding_free(ana_hmm_decoding *decoding);

ANA_END_DECLS

#endif
