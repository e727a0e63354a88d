/** How many hidden states do the data support?
 *
 *  Each number of states is fitted to the training part of several folds and scored on what was
 *  held out. Folds are whole sequences (sessions, trials) where there are enough, else stretches
 *  of time with a gap beside them; or single entries ("speckled") where the emissions of a row do
 *  not depend on other entries. The answer is the best number and beside it the smallest within one
 *  standard error of it, paired over folds; AIC, BIC and ICL of the fit to all data stand beside,
 *  with the warning that bins are not independent evidence. */
#ifndef ANALYSIS_MODELS_HMM_SELECT_H
#define ANALYSIS_MODELS_HMM_SELECT_H

#include <analysis/models/hmm.h>
#include <analysis/observations.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

ANA_BEGIN_DECLS

typedef enum ana_hmm_held_out {
    ANA_HMM_HOLD_AUTO, /**< sequences where there are at least as many as folds, else blocks */
    ANA_HMM_HOLD_SEQUENCES,
    ANA_HMM_HOLD_BLOCKS,  /**< stretches of time */
    ANA_HMM_HOLD_SPECKLED /**< single entries, drawn at random */
} ana_hmm_held_out;

typedef struct ana_hmm_select_options {
    ana_run run;
    size_t min_states;    /**< default 1 */
    size_t max_states;    /**< default 6 */
    size_t n_folds;       /**< default 5 */
    int held_out;         /**< ana_hmm_held_out; default AUTO */
    size_t gap;           /**< rows left out of training on either side of a block; default 10 */
    const size_t *groups; /**< of each sequence (animal, day), borrowed: sequences of a group are
                               held out together; NULL, the default: each is its own */
} ana_hmm_select_options;

ANA_API ana_hmm_select_options ana_hmm_select_options_default(void);

/** Rows for min-states, max-states, folds, held-out, gap. */
ANA_API extern const ana_option ana_hmm_select_option_table[];

/** One fit that is asked for. */
typedef struct ana_hmm_trial {
    size_t n_states;
    const ana_observations *train;
    const ana_observations *test; /**< rows to score; NULL: none */
    const size_t *train_rows;     /**< which rows of all data `train` are, ascending; NULL: all */
    const size_t *test_rows;      /**< the same of `test`; NULL: all, or none */
    bool speckled; /**< `test` has the rows of `train`, with an entry where train has none */
} ana_hmm_trial;

/** What is told of it. */
typedef struct ana_hmm_trial_result {
    double log_likelihood; /**< of `train` */
    double held_out;       /**< log-likelihood of `test`, nats; -inf where it is impossible */
    double n_parameters;
    double n_observed; /**< entries of `train` that were scored */
    double entropy;    /**< of the states given `train`: sum over rows of the posterior's, nats */
    bool converged;
} ana_hmm_trial_result;

/** Fits and scores; ANA_ERR_VALUE for speckled entries where they would leak. */
typedef ana_status (*ana_hmm_trial_function)(void *user, const ana_hmm_trial *trial,
                                             ana_hmm_trial_result *out);

/** One number of states. Criteria in nats, smaller is better. */
typedef struct ana_hmm_candidate {
    size_t n_states;
    double held_out;       /**< mean over folds of the log-likelihood per held-out row */
    double standard_error; /**< of that mean */
    double behind;         /**< how far it is behind the best, mean of the paired differences */
    double behind_error;   /**< their standard error */
    double log_likelihood; /**< of all data, by the fit to them */
    double n_parameters;
    double aic;
    double bic;
    double icl;     /**< bic and twice the entropy of the states */
    bool converged; /**< every fit */
} ana_hmm_candidate;

typedef struct ana_hmm_selection {
    size_t n_candidates;
    ana_hmm_candidate *candidates;
    size_t n_folds;
    double *fold_score; /**< n_candidates x n_folds, nats per held-out row */
    size_t best;        /**< candidate of the highest held_out; the first of equals */
    size_t chosen;      /**< first candidate not further behind than its standard error */
    ana_hmm_held_out held_out;
} ana_hmm_selection;

/** Select by any fit. Fits run one after the other, and may use threads.
 *
 *  @return ANA_ERR_VALUE when max_states < min_states, the data do not give that many folds, or
 *          there are groups but no whole sequences are held out; what `fit` returned. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_select_by(const ana_observations *observations,
                                                    const ana_hmm_select_options *options,
                                                    ana_hmm_trial_function fit, void *user,
                                                    ana_hmm_selection **out);

/** Select the number of states of the models of hmm.h; its n_states is not read, its run is
 *  `options->run`. Rates and probabilities that are zero for want of training data count half a
 *  count, so that one spike of a unit that was silent does not decide. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_select(const ana_observations *observations,
                                                 const ana_hmm_options *model,
                                                 const ana_hmm_select_options *options,
                                                 ana_hmm_selection **out);

/** "schema" is "hmm selection": the candidates as a table, the curve over the number of states, and
 *  the choice. */
ANA_API ANA_USE_RESULT ana_status ana_hmm_selection_to_record(const ana_hmm_selection *selection,
                                                              ana_record **out);

ANA_API void ana_hmm_selection_free(ana_hmm_selection *selection);

/** Which state of a fit is which of a reference: partner[k] is the fit's state that matches state k
 *  of the reference, so that the states' paths agree in most rows (Hungarian method, not K!
 *  orders); ANA_UNASSIGNED of assignment.h where the fit has fewer.
 *
 *  @param reference  n_times      states below n_reference
 *  @param path       n_times      states below n_states
 *  @param partner    n_reference  (out)
 *  @param agreement  (out)        share of rows that agree under it; may be NULL */
ANA_API ANA_USE_RESULT ana_status ana_hmm_match(size_t n_times, const size_t *reference,
                                                size_t n_reference, const size_t *path,
                                                size_t n_states, size_t *partner,
                                                double *agreement);

ANA_END_DECLS

#endif
