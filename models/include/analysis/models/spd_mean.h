/** What is in the middle of many positive definite matrices?
 *
 *  | method | the mean M of matrices X with weights w, which sum to 1 |
 *  |---|---|
 *  | riemann | least sum w d^2 of the riemann distance: sum w log(M^-1/2 X M^-1/2) = 0 (Karcher) |
 *  | log-euclidean | exp(sum w log X) |
 *  | euclidean, harmonic | sum w X; (sum w X^-1)^-1 |
 *  | cholesky, log-cholesky | L L^T of L = sum w chol X, diagonals as logarithms |
 *  | kullback-symmetric | halfway on the geodesic from euclidean to harmonic |
 *  | log-determinant | M^-1 = sum w ((X + M) / 2)^-1 |
 *  | wasserstein | M = sum w (M^1/2 X M^1/2)^1/2 |
 *  | power-euclidean | (sum w X^p)^(1/p) |
 *  | power | M = sum w (M #_p X), p in [-1, 1], not 0 (Lim & Palfia 2012; Congedo et al. 2017) |
 *  | median-euclidean, median-riemann | least sum w d (Weiszfeld; Fletcher et al. 2009) |
 *  | joint-diagonal | B^-1 exp(sum w log B X B^H) B^-H (ALE; Congedo et al. 2015) |
 *  | ando-li-mathias, bini-meini-poloni, cheap | where the matrices meet |
 *  | thompson | where the inductive mean ends: sum w of Thompson's directions is 0 |
 *
 *  B are the rows of joint_diagonalisation.h by pham, scaled so that the exponential has ones on
 *  its diagonal. Matrices meet when each goes, again and again, 1 - w of the way to that mean of
 *  the others (bini-meini-poloni: Bini et al. 2010; Lawson et al. 2012), as far as the least weight
 *  lets all go, all of it with equal weights (ando-li-mathias: Ando et al. 2004), or takes the
 *  first step to the Riemannian mean (cheap: Bini & Iannazzo 2011). Thompson's geodesics to the
 *  matrices in turn, for ever, end where their directions cancel (Mostajeran et al. 2024).
 *
 *  Of matrices that commute riemann, joint-diagonal and the means by meeting are exp(sum w log X),
 *  whatever the weights. Steps of ando-li-mathias and bini-meini-poloni grow with the factorial:
 *  they take at most 5 and 7 matrices (those of weight 0 not counted). pyRiemann 0.13 weighs two
 *  matrices of these wrongly, gives the zero matrix where they do not settle, takes logarithms of
 *  matrices that are not symmetric for cheap, and ends thompson after 50 matrices.
 *
 *  Iterations stop by |M^-1/2 (M' - M) M^-1/2|, or the gradient in that frame, which no unit of the
 *  data changes; pyRiemann 0.13 stops by absolute norms, so that its log-determinant mean of the
 *  same data in volts is 3.8 % off that in microvolts. The Riemannian mean begins between the
 *  arithmetic and the harmonic one and takes Barzilai-Borwein steps: 5 iterations are usual. */
#ifndef ANALYSIS_MODELS_SPD_MEAN_H
#define ANALYSIS_MODELS_SPD_MEAN_H

#include <analysis/models/spd.h>

ANA_BEGIN_DECLS

typedef enum ana_spd_mean_method {
    ANA_SPD_MEAN_RIEMANN,
    ANA_SPD_MEAN_LOG_EUCLIDEAN,
    ANA_SPD_MEAN_EUCLIDEAN,
    ANA_SPD_MEAN_HARMONIC,
    ANA_SPD_MEAN_CHOLESKY,
    ANA_SPD_MEAN_LOG_CHOLESKY,
    ANA_SPD_MEAN_KULLBACK_SYMMETRIC,
    ANA_SPD_MEAN_LOG_DETERMINANT,
    ANA_SPD_MEAN_WASSERSTEIN,
    ANA_SPD_MEAN_POWER_EUCLIDEAN,
    ANA_SPD_MEAN_POWER,
    ANA_SPD_MEDIAN_EUCLIDEAN,
    ANA_SPD_MEDIAN_RIEMANN,
    ANA_SPD_MEAN_JOINT_DIAGONAL,
    ANA_SPD_MEAN_ANDO_LI_MATHIAS,
    ANA_SPD_MEAN_BINI_MEINI_POLONI,
    ANA_SPD_MEAN_CHEAP,
    ANA_SPD_MEAN_THOMPSON
} ana_spd_mean_method;

typedef struct ana_spd_mean_options {
    ana_run run;
    ana_spd_mean_method method; /**< default riemann */
    double power;               /**< p of power and power-euclidean; default 0.5 */
    double tolerance;           /**< default 1e-9 */
    size_t max_iterations;      /**< default 1000 */
    const double *start;        /**< ana_spd_size: where iterations begin; NULL: see above; not of
                                     the methods that begin at the matrices themselves */
} ana_spd_mean_options;

ANA_API ana_spd_mean_options ana_spd_mean_options_default(void);

/** Rows for mean, mean-power, mean-tolerance, mean-iterations. */
ANA_API extern const ana_option ana_spd_mean_option_table[];

/** How the iterations went; 0, true and 0 of means without. */
typedef struct ana_spd_mean_info {
    size_t n_iterations;
    bool converged;
    double residual; /**< what is held against the tolerance */
} ana_spd_mean_info;

/** out = the mean, ana_spd_size doubles.
 *
 *  @param weights  n_matrices   not negative, not all 0; NULL: equal
 *  @param info     may be NULL; without it a mean that did not converge is ANA_ERR_NUMERIC
 *  @return ANA_ERR_VALUE also for no matrices, weights, a power or an option out of range, or too
 *          many matrices for ando-li-mathias and bini-meini-poloni. */
ANA_API ANA_USE_RESULT ana_status ana_spd_mean(const ana_spd_set *set, const double *weights,
                                               const ana_spd_mean_options *options,
                                               ana_spd_mean_info *info, double *out);

ANA_END_DECLS

#endif
