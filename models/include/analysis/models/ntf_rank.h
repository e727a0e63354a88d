/** How many motifs does a tensor warrant?
 *
 *  For each rank: how well the components predict what was held out of the fit (cells of
 *  successive times, see ana_tensor_hold_out, so that neighbours in time do not give them away),
 *  how much alike the restarts are, how much alike the fits without each fold are to the fit to
 *  everything, the core consistency, and the error of the fit, which only falls; each with how far
 *  it spreads. The rank chosen is the least whose held-out error is within one standard error of
 *  the least. Errors are squared differences whatever the loss of the fits. */
#ifndef ANALYSIS_MODELS_NTF_RANK_H
#define ANALYSIS_MODELS_NTF_RANK_H

#include <analysis/models/ntf.h>

ANA_BEGIN_DECLS

typedef struct ana_ntf_rank_options {
    ana_run run;     /**< its seed deals the folds */
    size_t min_rank; /**< default 1 */
    size_t max_rank; /**< default 8 */
    size_t n_folds;  /**< default 5 */
    size_t block;    /**< successive times held out together; default 10 */
} ana_ntf_rank_options;

ANA_API ana_ntf_rank_options ana_ntf_rank_options_default(void);
ANA_API extern const ana_option ana_ntf_rank_option_table[];

/** For the ranks min_rank + k, k < n_ranks. All owned. */
typedef struct ana_ntf_ranks {
    size_t min_rank;
    size_t n_ranks;
    size_t n_folds;
    double *held_out;       /**< n_ranks x n_folds: squared error over the squares held out */
    double *mean;           /**< n_ranks: over folds */
    double *standard_error; /**< n_ranks: of that mean */
    double *error;          /**< n_ranks: relative error of the fit to everything */
    double *error_spread; /**< n_ranks: standard deviation over restarts of the square root of what
                               they leave unexplained (1 - objective; of squares without penalties
                               the relative error); NaN: only one */
    double *similarity;   /**< n_ranks: mean of the other restarts with the best; NaN: only one */
    double *similarity_spread;  /**< n_ranks: standard deviation over those; NaN: fewer than two */
    double *stability;          /**< n_ranks: mean similarity of the folds' fits to the fit to
                                     everything */
    double *stability_spread;   /**< n_ranks: standard deviation over folds */
    double *consistency;        /**< n_ranks: core consistency; NaN where there is none */
    double *consistency_spread; /**< n_ranks: standard deviation over the folds' fits, with
                                     everything; NaN where there is none */
    size_t best;                /**< rank of the least mean */
    size_t chosen;              /**< least rank within one standard error of it */
} ana_ntf_ranks;

/** `fit`: how each fit is made; its rank is not read, NULL: the defaults. Errors of
 *  ana_tensor_hold_out and ana_ntf_fit; ANA_ERR_VALUE for an option out of range. */
ANA_API ANA_USE_RESULT ana_status ana_ntf_choose_rank(const ana_tensor *tensor,
                                                      const ana_ntf_options *fit,
                                                      const ana_ntf_rank_options *options,
                                                      ana_ntf_ranks **out);

/** "schema" is "ntf ranks", with the curves. */
ANA_API ANA_USE_RESULT ana_status ana_ntf_ranks_to_record(const ana_ntf_ranks *ranks,
                                                          ana_record **out);

ANA_API void ana_ntf_ranks_free(ana_ntf_ranks *ranks);

ANA_END_DECLS

#endif
