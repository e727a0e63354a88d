/** How are covariances brought to one scale, or made positive definite, and how diagonal are they?
 *
 *  Sources: Higham 1988, Linear Algebra and its Applications 103 (nearest matrix); Congedo et al.
 *  2008, Clinical Neurophysiology 119, eq. B.1 (non-diagonality). */
#ifndef ANALYSIS_MODELS_SPD_NORMALISE_H
#define ANALYSIS_MODELS_SPD_NORMALISE_H

#include <analysis/models/spd.h>

ANA_BEGIN_DECLS

typedef enum ana_spd_norm {
    ANA_SPD_NORM_TRACE,       /**< X over its trace */
    ANA_SPD_NORM_DETERMINANT, /**< X over |det X|^(1/n) */
    ANA_SPD_NORM_CORRELATION  /**< x_ij over the root of x_ii x_jj: ones on the diagonal */
} ana_spd_norm;

/** "trace", "determinant", "correlation", NULL. */
ANA_API extern const char *const ana_spd_norm_names[];

/** out[k] = matrix k of that norm; `out` may be the set's own values. ANA_ERR_VALUE names the first
 *  matrix whose trace is not above 0, or which is not positive definite (determinant), or the
 *  channel without variance (correlation). */
ANA_API ANA_USE_RESULT ana_status ana_spd_normalise(const ana_spd_set *set, ana_spd_norm norm,
                                                    const ana_run *run, double *out);

/** out[k] (n_matrices) = the mean square beside the diagonal over the mean square on it: 0 of a
 *  diagonal matrix. ANA_ERR_VALUE for fewer than two rows, or a diagonal of zeros. */
ANA_API ANA_USE_RESULT ana_status ana_spd_nondiagonality(const ana_spd_set *set, double *out);

typedef struct ana_spd_nearest_options {
    ana_run run;
    double floor; /**< smallest eigenvalue over the largest; default 1e-6 */
    bool compat;  /**< pyRiemann's: where the floor is not reached, it is added as a number to every
                       eigenvalue, whatever the unit; default false */
} ana_spd_nearest_options;

ANA_API ana_spd_nearest_options ana_spd_nearest_options_default(void);

/** Rows for nearest-floor, nearest-compat. */
ANA_API extern const ana_option ana_spd_nearest_option_table[];

/** out[k] = of all matrices whose eigenvalues are not below `floor` times the largest of (X + X^H)
 *  / 2 the one that is nearest to it, by the sum of squares. X need not be symmetric. ANA_ERR_VALUE
 *  for a matrix that is not finite, or has no eigenvalue above 0. */
ANA_API ANA_USE_RESULT ana_status ana_spd_nearest(const ana_spd_set *set,
                                                  const ana_spd_nearest_options *options,
                                                  double *out);

ANA_END_DECLS

#endif
