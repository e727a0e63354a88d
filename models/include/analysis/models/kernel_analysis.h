/** How simple is a task in a representation?
 *
 *  Kernel analysis (Montavon, Braun & Mueller 2011, JMLR 12; Cadieu et al. 2014, PLoS Comput. Biol.
 *  10(12)): with x_i the responses to stimulus i and Y the classes (+1 for its own, -1 for the
 *  others), the leading d eigenvectors U_d of the kernel K_ij = exp(-|x_i - x_j|^2 / s^2) are the
 *  d-dimensional summary of the representation, and
 *
 *      e(d) = mean of (Y - U_d U_d^T Y)^2
 *
 *  is what it leaves unexplained of the task. A curve that falls early means a task that is simple
 *  in the representation. s^2 is a quantile (0.1, 0.5 or 0.9) of the squared distances of all
 *  pairs; at each d that of the least error on held-out stimuli is taken: their values on the
 *  eigenvectors of the others are k U_d / eigenvalues (Nystroem). Nothing is centred. */
#ifndef ANALYSIS_MODELS_KERNEL_ANALYSIS_H
#define ANALYSIS_MODELS_KERNEL_ANALYSIS_H

#include <analysis/models/responses.h>
#include <analysis/options.h>
#include <analysis/record.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

enum {
    ANA_KERNEL_SCALES = 3 /**< quantiles 0.1, 0.5, 0.9 */
};

typedef struct ana_kernel_analysis_options {
    ana_run run;
    size_t n_dimensions; /**< d = 1 ... this, or the stimuli that train in the smallest fold;
                            default 50 */
    size_t n_folds;      /**< of stimuli, each with the same share of each class; default 5 */
    size_t n_draws;      /**< subsampling: draws of units for each number of them; default 10 */
} ana_kernel_analysis_options;

ANA_API ana_kernel_analysis_options ana_kernel_analysis_options_default(void);
ANA_API extern const ana_option ana_kernel_analysis_option_table[];

/** What each stimulus is; borrowed. */
typedef struct ana_kernel_classes {
    size_t n_classes;
    const size_t *classes; /**< of each stimulus, below n_classes */
} ana_kernel_classes;

/** D dimensions; all owned. */
typedef struct ana_kernel_analysis {
    size_t n_stimuli;
    size_t n_units;  /**< used */
    size_t n_silent; /**< units left out: no value, or the same for every stimulus */
    size_t n_classes;
    size_t n_dimensions;
    double scale[ANA_KERNEL_SCALES]; /**< s^2 */
    double *error;                   /**< scales x D: e(d) */
    double *held_out;                /**< scales x D: of stimuli not among those of the kernel */
    size_t *chosen;                  /**< D: scale of the least held-out error */
    double *curve;                   /**< D: e(d) at the chosen scale */
    double *curve_held_out;          /**< D: least held-out error */
    double area;          /**< mean over d of 1 - e(d) at the chosen scale: more is simpler */
    double area_held_out; /**< the same of the held-out error */
    double baseline;      /**< error of each class's share alone: what knows nothing of stimuli */
} ana_kernel_analysis;

/** @return ANA_ERR_VALUE for an option out of range, a class that does not exist or that fewer than
 *  two stimuli are of, a value that is not finite in a unit that has one (named by stimulus and
 *  unit), or stimuli that all have the same responses; ANA_ERR_SHAPE for fewer than two classes;
 *  ANA_ERR_MEMORY; ANA_ERR_CANCELLED. */
ANA_API ANA_USE_RESULT ana_status
ana_kernel_analysis_compute(const ana_responses *responses, const ana_kernel_classes *classes,
                            const ana_kernel_analysis_options *options, ana_kernel_analysis **out);

/** Areas of a system by the number of its units that are drawn; all owned. */
typedef struct ana_kernel_subsampling {
    size_t n_counts;
    size_t n_draws;
    size_t *counts;        /**< n_counts: units drawn, without repetition */
    double *area;          /**< n_counts x n_draws */
    double *area_held_out; /**< the same */
    double *mean;          /**< n_counts: of area_held_out */
    double *deviation;     /**< n_counts: standard deviation over draws */
} ana_kernel_subsampling;

/** Noise to add to a model, so that it is as noisy as what was recorded (Cadieu et al. 2014): each
 *  unit drawn gets normal noise whose variance is that of the unit over stimuli times one of the
 *  ratios, drawn with repetition: of a recorded unit, the noise variance of its means over trials,
 *  over its signal variance (ceiling.h). Borrowed. */
typedef struct ana_kernel_noise {
    size_t n;
    const double *ratios; /**< n, at least 0 */
} ana_kernel_noise;

/** @param noise  NULL: none is added
 *  @return errors of ana_kernel_analysis_compute; ANA_ERR_VALUE also for a count of 0 or beyond the
 *  units, or a ratio that is negative or not finite. */
ANA_API ANA_USE_RESULT ana_status ana_kernel_analysis_subsample(
    const ana_responses *responses, const ana_kernel_classes *classes, size_t n_counts,
    const size_t *counts, const ana_kernel_noise *noise, const ana_kernel_analysis_options *options,
    ana_kernel_subsampling **out);

/** Several systems, at least one, and the same task, for the record; borrowed, n each. */
typedef struct ana_kernel_report {
    size_t n;
    const char *const *names;
    ana_kernel_analysis *const *analyses;        /**< of equal n_dimensions */
    ana_kernel_subsampling *const *subsamplings; /**< NULL: none; of equal counts */
} ana_kernel_report;

/** "schema" is "kernel analysis": curves and areas of all systems, and as figures e(d), its
 *  held-out form, and areas by the number of units. */
ANA_API ANA_USE_RESULT ana_status ana_kernel_analysis_to_record(const ana_kernel_report *report,
                                                                ana_record **out);

ANA_API void ana_kernel_analysis_free(ana_kernel_analysis *analysis);
ANA_API void ana_kernel_subsampling_free(ana_kernel_subsampling *subsampling);

ANA_END_DECLS

#endif
