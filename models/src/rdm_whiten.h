/** Comparisons of dissimilarity matrices that look at them as geometry. */
#ifndef MODELS_RDM_WHITEN_H
#define MODELS_RDM_WHITEN_H

#include <analysis/models/rdm_compare.h>

/** Two sets of matrices of the same conditions, the pairs that are kept alone. */
typedef struct ana_rdm_sets {
    size_t n_conditions;
    size_t n_pairs; /**< kept */
    const size_t *kept;
    size_t n_a;
    const double *a; /**< n_a x n_pairs */
    size_t n_b;
    const double *b;
} ana_rdm_sets;

/** out: n_a x n_b, whitened cosines, or about the means. `noise` needs all pairs. */
ANA_USE_RESULT ana_status ana_rdm_whitened(const ana_rdm_sets *sets, const double *noise,
                                           bool centred, double *out);

/** The inner products themselves, up to a factor that all have. */
ANA_USE_RESULT ana_status ana_rdm_whitened_products(const ana_rdm_sets *sets, const double *noise,
                                                    bool centred, double *out);

/** As ana_rdm_whitened for bures, bures-distance and riemannian; all pairs are there. */
ANA_USE_RESULT ana_status ana_rdm_geometry(const ana_rdm_sets *sets, const double *noise,
                                           ana_rdm_similarity similarity, double *out);

#endif
