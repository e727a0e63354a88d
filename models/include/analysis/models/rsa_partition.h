/** What do several models explain of the measured dissimilarities together, each alone, and in
 *  common?
 *
 *  Each subject's matrix is regressed on all models' with an intercept (ana_rdm_regress), and for
 *  two to four models on every set of them: what a set explains together and no other model does
 *  follows by inclusion and exclusion (commonality analysis: Mood 1971; Nimon & Oswald 2013). Such
 *  a share is below 0 where one model hides what another explains (suppression); the share of a
 *  model alone is its unique variance. A pair that a matrix lacks is left out of all. */
#ifndef ANALYSIS_MODELS_RSA_PARTITION_H
#define ANALYSIS_MODELS_RSA_PARTITION_H

#include <analysis/models/rsa.h>

ANA_BEGIN_DECLS

enum {
    ANA_RSA_PARTITION_MAX_MODELS = 4 /**< of which every set is taken */
};

/** M models, S subjects; all owned. Sets are numbered by their bits: set s holds model m when bit m
 *  of s + 1 is 1, so that the last set holds all. Values of a matrix that does not vary are NaN. */
typedef struct ana_rsa_partition {
    size_t n_models;
    size_t n_subjects;
    char **models;
    char **subjects;
    double *r2;        /**< S: of all models together */
    double *weights;   /**< M x S: of the models as they are */
    double *unique;    /**< M x S: what r2 loses without it */
    double *partial;   /**< M x S: correlation, the other models taken out of both */
    double *p_partial; /**< M: mean partial correlation different from 0 over subjects, by the
                            options' test; NaN of one subject */
    size_t n_sets;     /**< 2^M - 1; 0 of more than four models */
    double *set_r2;    /**< n_sets x S: of the models of a set */
    double *shares;    /**< n_sets x S: they sum to r2 */
} ana_rsa_partition;

/** Conditions must be the same (ana_rdms_join). Of the options test, permutations (for flips of
 *  sign) and seed are heeded; NULL: the defaults.
 *
 *  @return ANA_ERR_VALUE for other conditions, no models or subjects, or not more pairs than models
 *  plus 1; ANA_ERR_MEMORY; ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status ana_rsa_partition_compute(const ana_rdms *subjects,
                                                            const ana_rdms *models,
                                                            const ana_rsa_options *options,
                                                            ana_rsa_partition **out);

/** "schema" is "rsa-partition": the numbers above, tables of the models and of their sets (means
 *  over subjects), and the shares as bars. */
ANA_API ANA_USE_RESULT ana_status ana_rsa_partition_to_record(const ana_rsa_partition *partition,
                                                              ana_record **out);

ANA_API void ana_rsa_partition_free(ana_rsa_partition *partition);

ANA_END_DECLS

#endif
