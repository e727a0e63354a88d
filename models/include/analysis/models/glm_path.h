/** How strong should a penalty be: as strong as held-out data cannot tell from the best.
 *
 *  Linear models are fitted under falling values of one penalty to the training rows of several
 *  folds, each begun where the value before ended, and scored on the rows held out: whole sequences
 *  (sessions, trials) where there are as many as folds, else stretches of time, with a gap beside
 *  them that is in neither. Beside the best value stands the one that is chosen, the strongest
 *  whose loss is within one standard error, paired over the folds (Hastie, Tibshirani & Friedman
 *  2009, sec. 7.10). */
#ifndef ANALYSIS_MODELS_GLM_PATH_H
#define ANALYSIS_MODELS_GLM_PATH_H

#include <analysis/models/glm.h>

ANA_BEGIN_DECLS

typedef enum ana_glm_penalty {
    ANA_GLM_RIDGE,
    ANA_GLM_LASSO,
    ANA_GLM_GROUP,
    ANA_GLM_SMOOTH
} ana_glm_penalty;

typedef struct ana_glm_path_options {
    ana_run run;
    ana_glm_penalty penalty; /**< which is varied; the others stay as given; default ridge */
    size_t n_values;         /**< default 12, evenly spaced in the logarithm */
    double largest; /**< 0, the default: of lasso and group the least that leaves nothing; of ridge
                         and smooth 1e4 */
    double share;   /**< the smallest value is this share of the largest; 0, the default: 1e-3 of
                         lasso and group, 1e-6 of ridge and smooth */
    size_t n_folds; /**< default 5 */
    size_t gap;     /**< rows between training and held-out stretches; 0, the default: the lags */
    bool take_best; /**< choose the best value instead of the strongest near it; default false */
} ana_glm_path_options;

ANA_API ana_glm_path_options ana_glm_path_options_default(void);
ANA_API extern const ana_option ana_glm_path_option_table[];

/** V values, F folds; all arrays owned. */
typedef struct ana_glm_path {
    ana_glm_penalty penalty;
    size_t n_values;
    size_t n_folds;
    bool by_sequences; /**< folds are whole sequences, else stretches of time */
    double *values;    /**< V, falling */
    double *held_out;  /**< V x F: log-likelihood per held-out response, nats */
    double *mean;      /**< V: of held_out over the folds */
    double *error;     /**< V: standard error of the loss against the best, paired over folds */
    double *n_nonzero; /**< V: coefficients that are not 0, of all units, mean over folds */
    size_t best;
    size_t chosen;
} ana_glm_path;

/** ANA_ERR_VALUE for fewer rows than folds, or a fit's errors. */
ANA_API ANA_USE_RESULT ana_status ana_glm_path_fit(const ana_glm_data *data,
                                                   const ana_glm_options *options,
                                                   const ana_glm_path_options *path_options,
                                                   ana_glm_path **out);

/** The options with the chosen value of the penalty. */
ANA_API ana_glm_options ana_glm_path_choice(const ana_glm_path *path,
                                            const ana_glm_options *options);

/** "schema" is "glm path": the curve of held-out log-likelihood over the penalty. */
ANA_API ANA_USE_RESULT ana_status ana_glm_path_to_record(const ana_glm_path *path,
                                                         ana_record **out);
ANA_API void ana_glm_path_free(ana_glm_path *path);

ANA_END_DECLS

#endif
