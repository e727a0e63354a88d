/** The rank of covariances, from the inside. Matrices are real, Hermitian ones embedded: channel c
 *  has the rows c and n + c, and every dimension counts twice. */
#ifndef MODELS_SPD_RANK_PARTS_H
#define MODELS_SPD_RANK_PARTS_H

#include "spd_parts.h"

#include <analysis/models/spd_rank.h>

/** What is known of a set while its rank is looked for. */
typedef struct spd_rank_search {
    const ana_spd_set *set;
    const ana_spd_rank_options *options;
    size_t n;       /**< channels */
    size_t rows;    /**< n, or 2 n */
    size_t twice;   /**< rows of a dimension: 1, or 2 */
    double *mean;   /**< rows x rows: of the matrices over their traces */
    double *scale;  /**< n: root of the mean's diagonal; 0 of a flat channel */
    size_t n_flat;  /**< channels that are so in all */
    double *null;   /**< n_null x rows, orthonormal: of the scaled mean, flat channels aside */
    size_t n_null;  /**< rows of it */
    double *others; /**< n_others x rows: null directions of single matrices, scaled */
    size_t n_others;
    bool are_few; /**< null spaces differ from matrix to matrix */
} spd_rank_search;

/** How many of the rising eigenvalues are 0. */
size_t spd_rank_count_null(const spd_rank_search *search, const double *values);

/** Findings and the sentence of a search, added to `rank`. */
ANA_USE_RESULT ana_status spd_rank_explain(const spd_rank_search *search, ana_spd_rank *rank);

/** The common subspace, added to `rank`: n_dimensions and basis. */
ANA_USE_RESULT ana_status spd_rank_find_basis(const spd_rank_search *search, ana_spd_rank *rank);

#endif
