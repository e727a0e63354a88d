/** Which filters make signals uncorrelated, on average over a set of covariances, and how few of
 *  them carry something?
 *
 *  The filters are the eigenvectors of the set's mean over the roots of their eigenvalues, those of
 *  the largest first: F M F^T = 1. Leaving the last out takes a set of deficient rank (an average
 *  reference, removed components) to matrices of full rank, or keeps a share of the variance. */
#ifndef ANALYSIS_MODELS_SPD_WHITENING_H
#define ANALYSIS_MODELS_SPD_WHITENING_H

#include <analysis/models/spd_mean.h>

ANA_BEGIN_DECLS

typedef struct ana_spd_whitening_options {
    ana_spd_mean_options mean; /**< default euclidean, which needs no full rank */
    size_t n_components;       /**< filters kept, at most n; default 0: as `explained` says */
    double explained;          /**< the fewest that hold this share of the mean's trace, above 0 to
                                    1; default 1: all whose eigenvalue is not rounding */
} ana_spd_whitening_options;

ANA_API ana_spd_whitening_options ana_spd_whitening_options_default(void);
/** Rows for components and explained. */
ANA_API extern const ana_option ana_spd_whitening_option_table[];

/** Learn the filters of a set.
 *
 *  @param weights  n_matrices      as ana_spd_mean; NULL: equal
 *  @param n_kept   (out)           how many there are
 *  @param filters  n x n (out)     the first n_kept rows: filters; the rest 0. Signs as
 *                                  ana_linalg_eigen_symmetric
 *  @param inverse  n x n (out)     column k: where filter k came from, M f_k; inverse filters = the
 *                                  projection that is left. May be NULL
 *  @return as ana_spd_mean; ANA_ERR_VALUE for more components than have an eigenvalue above n times
 *          the machine epsilon times the largest; ANA_ERR_UNSUPPORTED for Hermitian matrices */
ANA_API ANA_USE_RESULT ana_status ana_spd_whitening_fit(const ana_spd_set *set,
                                                        const double *weights,
                                                        const ana_spd_whitening_options *options,
                                                        size_t *n_kept, double *filters,
                                                        double *inverse);

/** out[k] = F X_k F^T: n_kept x n_kept, symmetric to the last bit. ANA_ERR_UNSUPPORTED as above. */
ANA_API ANA_USE_RESULT ana_status ana_spd_whitening_apply(const ana_spd_set *set, size_t n_kept,
                                                          const double *filters, double *out);

ANA_END_DECLS

#endif
