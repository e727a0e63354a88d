/** Predictions fitted to some subjects and conditions and tried on others (rsa_flexible.h). */
#ifndef MODELS_RSA_FOLDS_H
#define MODELS_RSA_FOLDS_H

#include <analysis/models/rsa_flexible.h>

#include <stdint.h>

/** What is fitted and tried, and how many folds of it. */
typedef struct ana_rsa_trial {
    const ana_rsa_flexible_options *options;
    size_t n_kinds;
    const ana_rsa_flexibility *kinds;
    size_t n_subject_folds;
    size_t n_condition_folds;
} ana_rsa_trial;

/** Matrices, copies among them, and the fold of each subject and condition. */
typedef struct ana_rsa_folded {
    const ana_rdms *subjects;
    const ana_rdms *models;
    const double *noise;
    const size_t *identity; /**< of each condition: copies have the same */
    const size_t *subject_fold;
    const size_t *condition_fold;
} ana_rsa_folded;

/** Of all folds, those of conditions running fastest. values: P x n_folds; ceilings: 2 x n_folds,
 *  lower then upper; weights: n_folds x K x M (may be NULL). A fold with fewer than three different
 *  conditions to train or to test is NaN. */
ANA_USE_RESULT ana_status ana_rsa_try_folds(const ana_rsa_trial *trial, const ana_rsa_folded *data,
                                            double *values, double *ceilings, double *weights);

/** Mean of those that are not NaN; NaN of none. */
double ana_rsa_mean_of_known(size_t n, const double *x);

/** What is dealt into folds. */
typedef struct ana_rsa_dealing {
    uint64_t seed;
    const char *what; /**< of the random stream */
    size_t n;
    const size_t *times; /**< 0: not there; NULL: all are */
    const size_t *group; /**< things of one group share a fold; NULL: all differ */
    size_t n_folds;
} ana_rsa_dealing;

/** fold[n] (out) of what is there, by random numbers of this item, as even as can be; `scratch` has
 *  room for n. */
void ana_rsa_draw_folds(const ana_rsa_dealing *of, uint64_t item, size_t *scratch, size_t *fold);

/** Samples of subjects and conditions, folded twice each, into flexible->bootstrap and p_between.
 */
ANA_USE_RESULT ana_status ana_rsa_bootstrap_folds(const ana_rsa_trial *trial,
                                                  const ana_rdms *subjects, const ana_rdms *models,
                                                  const double *noise, ana_rsa_flexible *flexible);

#endif
