/** What the files of models against subjects share. */
#ifndef MODELS_RSA_PARTS_H
#define MODELS_RSA_PARTS_H

#include <analysis/models/rsa.h>

#include <stdint.h>

extern const char *const ana_rdm_similarity_names[];

/** m models by n subjects, without values: numbers are 0, tests NaN. */
ANA_USE_RESULT ana_status ana_rsa_new(size_t m, const char *const *models, size_t n,
                                      const char *const *subjects, ana_rsa **out);

/** From the values and ceilings: means and their errors, and the tests over subjects; and with
 *  intervals. */
ANA_USE_RESULT ana_status ana_rsa_test_subjects(const ana_rsa_options *options, ana_rsa *rsa);
ANA_USE_RESULT ana_status ana_rsa_test(const ana_rsa_options *options, ana_rsa *rsa);

/** p_chance and p_chance_max: the mean similarity of every model with its conditions rearranged;
 *  null[k * M + m] (out; may be NULL) of permutation k, which is the same for any subjects. */
ANA_USE_RESULT ana_status ana_rsa_permute(const ana_rdms *subjects, const ana_rdms *models,
                                          const double *noise, const ana_rsa_options *options,
                                          double *null, ana_rsa *rsa);

/** "bootstrap": what was drawn, and the variances by it; `models` names its quantities. */
ANA_USE_RESULT ana_status ana_rsa_add_bootstrap(const ana_rsa_bootstrap *b,
                                                const char *const *models, ana_record *record);

extern const char *const ana_rsa_resampled_names[];
extern const char *const ana_rsa_test_names[];

/** Errors and tests from the variance of rsa->bootstrap. */
ANA_USE_RESULT ana_status ana_rsa_test_by_bootstrap(const ana_rsa_options *options, ana_rsa *rsa);

/** p of n values being above 0 (or different from 0), by the options' test; NaN of fewer than two
 *  or where one is NaN. `which` tells the random flips of one test from another's. */
ANA_USE_RESULT ana_status ana_rsa_test_values(size_t n, const double *values,
                                              const ana_rsa_options *options, bool two_sided,
                                              uint64_t which, double *p);

/** Rows (n_rows x n pairs) so that products of two are their cosine, pearson, spearman or rho-a. */
ANA_USE_RESULT ana_status ana_rdm_directions_of(ana_rdm_similarity similarity, size_t n_rows,
                                                size_t n, double *rows);

/** kept[0 ... *n_kept - 1]: places of the pairs that ana_rdm_compare takes of these matrices, with
 *  its errors. `kept` has room for all pairs. */
ANA_USE_RESULT ana_status ana_rdm_shared_pairs(const ana_rdms *a, const ana_rdms *b,
                                               const ana_rdm_compare_options *options,
                                               const double *noise, size_t *kept, size_t *n_kept);

/** ana_rdm_pool of matrices that are there times[r] times. */
ANA_USE_RESULT ana_status ana_rdm_pool_times(const ana_rdms *rdms, ana_rdm_similarity similarity,
                                             const size_t *times, double *out);

/** ana_rdm_compare of matrices with the one of `pool`; NaN where that has fewer than three values,
 *  as that of matrices which do not vary. */
ANA_USE_RESULT ana_status ana_rdm_compare_pool(const ana_rdms *rdms, const ana_rdms *pool,
                                               const double *noise,
                                               const ana_rdm_compare_options *options,
                                               double *values);

#endif
