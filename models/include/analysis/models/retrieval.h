/** Which stimulus was it, of all candidates, by the response alone?
 *
 *  Each prediction (of the responses by a model, of a stimulus' features by the brain) is compared
 *  with every candidate, and its own candidate's rank among them says how much it knows (Kay et al.
 *  2008, Nature 452). With g candidates more similar than its own and t as similar (its own
 *  included), the rank, from 0, is g + (t - 1) / 2, ties averaged; every score is what random order
 *  of ties is expected to give, so that a prediction that is the same for all stimuli scores
 *  chance:
 *
 *  | score | value, m candidates | chance |
 *  |---|---|---|
 *  | top-k | share of predictions of rank < k: mean of clip((k - g) / t, 0, 1) | k / m |
 *  | two-afc | pairs decided rightly: 1 - mean rank / (m - 1) | 1/2 |
 *  | mean reciprocal rank | mean over the t places of 1 / (1 + rank) | sum of 1 / k, over m |
 *  | median relative rank | median of rank / (m - 1) | 1/2 |
 *
 *  Chance is tested by permuting which stimulus each prediction was of. */
#ifndef ANALYSIS_MODELS_RETRIEVAL_H
#define ANALYSIS_MODELS_RETRIEVAL_H

#include <analysis/models/responses.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

typedef struct ana_retrieval_options {
    ana_run run;
    size_t n_permutations; /**< 0: no test; default 1000 */
    size_t n_k;            /**< 0: 1, 5 and 10, as far as there are candidates */
    const size_t *k;       /**< n_k numbers for top-k, each 1 ... m; borrowed */
} ana_retrieval_options;

ANA_API ana_retrieval_options ana_retrieval_options_default(void);

/** Row for permutations. */
ANA_API extern const ana_option ana_retrieval_option_table[];

/** Borrowed. */
typedef struct ana_retrieval_task {
    size_t n_predictions;
    size_t n_candidates;
    const double *similarity; /**< n_predictions x n_candidates: larger is more alike */
    const size_t *target;     /**< n_predictions: each one's own candidate */
} ana_retrieval_task;

/** All owned; p NaN: not asked for. */
typedef struct ana_retrieval {
    size_t n_predictions;
    size_t n_candidates;
    double *rank; /**< n_predictions: of its own candidate, from 0 */
    size_t n_k;
    size_t *k;          /**< n_k */
    double *top;        /**< n_k: share */
    double *chance_top; /**< n_k */
    double *p_top;      /**< n_k: one-sided */
    double *curve;      /**< n_candidates: top-k for k = 1 ... m */
    double two_afc;
    double p_two_afc;
    double mean_reciprocal_rank;
    double chance_mean_reciprocal_rank;
    double p_mean_reciprocal_rank;
    double median_relative_rank;
    double p_median_relative_rank;
    size_t n_duplicates; /**< candidates left out: their stimulus stood there already */
    size_t n_unmatched;  /**< predictions left out: their stimulus is no candidate */
    size_t n_units;      /**< compared; 0: similarities were given */
    size_t n_silent;     /**< units left out: no finite value in the one or the other */
    size_t n_undirected; /**< predictions that are 0 throughout: as similar to any candidate */
    char **stimuli;      /**< n_predictions ids; NULL: not known */
} ana_retrieval;

/** @return ANA_ERR_VALUE for an option out of range, a k beyond the candidates, a target that is
 *  no candidate, a similarity that is NaN (named by its place); ANA_ERR_SHAPE for no predictions or
 *  fewer than two candidates; ANA_ERR_MEMORY; ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_retrieval_compute(const ana_retrieval_task *task,
                                                        const ana_retrieval_options *options,
                                                        ana_retrieval **out);

/** By the cosine of the responses: candidates of one stimulus are one (the first), predictions
 *  whose stimulus is no candidate are left out, and so are units without any finite value; all are
 *  counted. The units must be the same.
 *
 *  @return errors of ana_retrieval_compute; ANA_ERR_SHAPE for other units, or other numbers of
 *  stimuli that neither side has ids of (is_numbered); ANA_ERR_VALUE for a
 *  value that is not finite (named by stimulus and unit), or when no prediction is of a candidate
 *  (the sentence names ids). */
ANA_API ANA_USE_RESULT ana_status ana_retrieval_of_responses(const ana_responses *predictions,
                                                             const ana_responses *candidates,
                                                             const ana_retrieval_options *options,
                                                             ana_retrieval **out);

/** By similarities that are given (logits): each column is the candidate whose id its unit bears.
 *  Errors as above. */
ANA_API ANA_USE_RESULT ana_status ana_retrieval_of_similarities(
    const ana_responses *similarities, const ana_retrieval_options *options, ana_retrieval **out);

/** "schema" is "retrieval": the scores with chance and p, the rank of each stimulus, and as figures
 *  how many ranks fall where, and top-k over k. */
ANA_API ANA_USE_RESULT ana_status ana_retrieval_to_record(const ana_retrieval *retrieval,
                                                          ana_record **out);

ANA_API void ana_retrieval_free(ana_retrieval *retrieval);

ANA_END_DECLS

#endif
