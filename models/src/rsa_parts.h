/** What the files of models against subjects share. */
#ifndef MODELS_RSA_PARTS_H
#define MODELS_RSA_PARTS_H

#include <analysis/models/rsa.h>

extern const char *const ana_rdm_similarity_names[];

/** m models by n subjects, without values: numbers are 0, tests NaN. */
ANA_USE_RESULT ana_status ana_rsa_new(size_t m, const char *const *models, size_t n,
                                      const char *const *subjects, ana_rsa **out);

/** From the values and ceilings: means and their errors, intervals, and the tests over subjects. */
ANA_USE_RESULT ana_status ana_rsa_test(const ana_rsa_options *options, ana_rsa *rsa);

/** p_chance and p_chance_max: the mean similarity of every model with its conditions rearranged;
 *  null[k * M + m] (out; may be NULL) of permutation k, which is the same for any subjects. */
ANA_USE_RESULT ana_status ana_rsa_permute(const ana_rdms *subjects, const ana_rdms *models,
                                          const double *noise, const ana_rsa_options *options,
                                          double *null, ana_rsa *rsa);

/** Rows (n_rows x n pairs) so that products of two are their cosine, pearson, spearman or rho-a. */
ANA_USE_RESULT ana_status ana_rdm_directions_of(ana_rdm_similarity similarity, size_t n_rows,
                                                size_t n, double *rows);

#endif
