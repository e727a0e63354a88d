/** How do the channels vary together in each trial? The features of covariance-based
 *  classification.
 *
 *  Each trial x_1 ... x_T of n channels gives one n x n matrix, by itself: one at a time gives the
 *  same bits as all of them, on any number of threads. With weights w_t of the samples (made to sum
 *  to 1) every sum over T below is weighted, and 1 / sum w_t^2 stands where T counts samples.
 *
 *  | estimator | covariance |
 *  |---|---|
 *  | empirical | about the mean, divisor T - 1 |
 *  | second-moment | about zero, divisor T: for band-passed signals |
 *  | maximum-likelihood | about the mean, divisor T |
 *  | correlation | empirical, over the standard deviations |
 *  | ledoit-wolf, oas, schaefer-strimmer | drawn towards a simple target (ana_shrinkage, stats.h; oas
 *      is oracle approximating shrinkage) |
 *  | shrunk | maximum-likelihood, drawn by `shrinkage` towards mean variance times identity |
 *  | huber, student, tyler | sum u(d_t) x_t x_t* / T with d_t = x_t* C^-1 x_t of that C itself |
 *  | minimum-determinant | of the h samples that lie closest together |
 *
 *  Weights u of the fixed points, x about its mean, F_k the chi-square distribution of k degrees:
 *  - huber: min(1, c / d) / b with b = F_{n+2}(c) + c (1 - q) / n and F_n(c) = q; complex samples:
 *    b = F_{2n+2}(2 c) + c (1 - q) / n and F_2n(2 c) = q;
 *  - student: (n + nu) / (d + nu); complex samples: (2 n + nu) / (2 d + nu);
 *  - tyler: n / d, the shape alone, scaled to trace n or determinant 1.
 *
 *  `compat` gives pyRiemann's instead: complex student weights for real data; huber with F_n(2 c) =
 *  q and b = F_{n+1}(2 c) + c (1 - q) / n, which for q = 0.9 and five channels or more has no fixed
 *  point but 0, so that its value is that of the step it stops at; a stop at a change of 1e-2 or 50
 *  steps; and the minimum determinant without the factor that makes it right for normal samples.
 *
 *  Complex samples give Hermitian matrices; shrinkage and the minimum determinant are then found
 *  for real and imaginary parts as 2 n channels.
 *
 *  Sources: Maronna (1976), Ann. Stat. 4(1); Tyler (1987), Ann. Stat. 15(1); Ollila et al. (2012),
 *  IEEE Trans. Signal Process. 60(11); Rousseeuw & Van Driessen (1999), Technometrics 41(3). */
#ifndef ANALYSIS_COVARIANCE_H
#define ANALYSIS_COVARIANCE_H

#include <analysis/epoch.h>
#include <analysis/matrix.h>
#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/status.h>

ANA_BEGIN_DECLS

typedef enum ana_covariance_estimator {
    ANA_COVARIANCE_EMPIRICAL,
    ANA_COVARIANCE_SECOND_MOMENT,
    ANA_COVARIANCE_LEDOIT_WOLF,
    ANA_COVARIANCE_OAS,
    ANA_COVARIANCE_SCHAEFER_STRIMMER,
    ANA_COVARIANCE_MAXIMUM_LIKELIHOOD,
    ANA_COVARIANCE_CORRELATION,
    ANA_COVARIANCE_SHRUNK,
    ANA_COVARIANCE_HUBER,
    ANA_COVARIANCE_STUDENT,
    ANA_COVARIANCE_TYLER,
    ANA_COVARIANCE_MINIMUM_DETERMINANT
} ana_covariance_estimator;

/** "empirical", "second-moment", ..., NULL: as choices of options. */
ANA_API extern const char *const ana_covariance_estimator_names[];

typedef enum ana_covariance_scale {
    ANA_COVARIANCE_TRACE,
    ANA_COVARIANCE_DETERMINANT
} ana_covariance_scale;

typedef struct ana_covariance_options {
    ana_run run;                        /**< the seed is of minimum-determinant */
    ana_covariance_estimator estimator; /**< default ledoit-wolf */
    double shrinkage;                   /**< of shrunk, 0 to 1; default 0.1 */
    double ridge;    /**< times the mean variance, added to the diagonal last; default 0 */
    double quantile; /**< q of huber, 0 to 1: samples it takes for normal; default 0.9 */
    double degrees;  /**< nu of student, above 0; default 5 */
    ana_covariance_scale scale; /**< of tyler; default trace */
    double tolerance;      /**< change of C over C (Frobenius) that ends a fixed point; default 0:
                                1e-10, or 1e-2 with compat */
    size_t max_iterations; /**< of a fixed point; default 0: 1000, or 50 with compat */
    double support;        /**< h / T of minimum-determinant, above 0.5 to 1; default 0: the
                                smallest, (T + n + 1) / 2 samples */
    size_t n_starts;       /**< random subsets of minimum-determinant; default 30 */
    bool compat;           /**< pyRiemann's constants; default false */
} ana_covariance_options;

ANA_API ana_covariance_options ana_covariance_options_default(void);
/** Rows for covariance, shrinkage, ridge, huber-quantile, student-degrees, tyler-scale,
 *  covariance-tolerance, covariance-iterations, support, determinant-starts, covariance-compat. */
ANA_API extern const ana_option ana_covariance_option_table[];

/** Trials of one length; borrowed. */
typedef struct ana_trial_signals {
    size_t n_trials;
    size_t n_channels;
    size_t n_times;
    bool is_complex;       /**< samples are pairs (real, imaginary) */
    const double *values;  /**< trial x channel x time (x 2) */
    const double *weights; /**< n_times, >= 0, of every trial's samples; NULL: equal */
} ana_trial_signals;

/** How one trial's estimate came about. */
typedef struct ana_covariance_info {
    double intensity;    /**< of shrinkage, 0 to 1; 0 where there is none */
    size_t n_iterations; /**< of a fixed point or the winning subset; else 0 */
    double change;       /**< relative, of the last of them */
    bool converged;      /**< the change fell to the tolerance; true where nothing is iterated */
} ana_covariance_info;

/** out = trial x channel x channel (x 2 where complex), in the unit squared; symmetric (Hermitian)
 *  to the last bit. A fixed point that does not settle is a warning.
 *
 *  @param options  NULL, here and below: the defaults
 *  @param infos    n_trials (out); or NULL
 *  @return ANA_ERR_VALUE naming trial and channel for a sample that is NaN or infinite, fewer than
 *          two samples, weights that are negative or all 0 (or none with minimum-determinant), a
 *          correlation of a constant channel, and fixed points or the minimum determinant of no
 *          more samples than channels; ANA_ERR_NUMERIC for those of channels that depend on each
 *          other, and for values too large to square; ANA_ERR_SHAPE for sizes above INT_MAX;
 *          ANA_ERR_MEMORY; ANA_ERR_CANCELLED */
ANA_API ANA_USE_RESULT ana_status ana_covariance_of_trials(const ana_trial_signals *trials,
                                                           const ana_covariance_options *options,
                                                           ana_covariance_info *infos, double *out);

/** Covariance of one block, x: n_channels x n_times; out: n_channels x n_channels; other options as
 *  by default. Errors as above. */
ANA_API ANA_USE_RESULT ana_status ana_covariance_compute(ana_covariance_estimator estimator,
                                                         size_t n_channels, size_t n_times,
                                                         const double *x, double *out);

/** *out = trial x channel x channel, with the channels' names, freed by ana_matrix_free. Errors as
 *  above. */
ANA_API ANA_USE_RESULT ana_status ana_covariance_of_epochs(const ana_epochs *epochs,
                                                           const ana_covariance_options *options,
                                                           ana_matrix **out);

/** Covariances of trials with those between blocks of channels 0: block b holds the next sizes[b]
 *  channels and is estimated by itself. ANA_ERR_VALUE unless the sizes are above 0 and add up to
 *  n_channels; others as ana_covariance_of_trials. */
ANA_API ANA_USE_RESULT ana_status ana_covariance_of_blocks(const ana_trial_signals *trials,
                                                           size_t n_blocks, const size_t *sizes,
                                                           const ana_covariance_options *options,
                                                           double *out);

ANA_END_DECLS

#endif
