/** Counts in bins as a rate that varies smoothly.
 *
 *  Weights are the kernel's density at the distance between bin centres, times the bin width; the
 *  box weighs each bin by the share of it that the box covers. NaN is a missing bin: it stays
 *  missing, and gives no weight to its neighbours. Nothing crosses the border of two sequences.
 *  Holds what it smooths; looks no further than the kernel's extent. */
#ifndef ANALYSIS_SMOOTH_H
#define ANALYSIS_SMOOTH_H

#include <analysis/observations.h>
#include <analysis/options.h>
#include <analysis/run.h>
#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>

ANA_BEGIN_DECLS

/** Density at distance t, of width w. A causal kernel is twice its part at t >= 0. */
typedef enum ana_smooth_kernel {
    ANA_SMOOTH_GAUSSIAN,    /**< exp(-t^2 / 2 w^2) / (w sqrt(2 pi)) */
    ANA_SMOOTH_EXPONENTIAL, /**< exp(-|t| / w) / 2 w */
    ANA_SMOOTH_ALPHA,       /**< |t| exp(-|t| / w) / 2 w^2 */
    ANA_SMOOTH_BOX          /**< 1 / w where |t| <= w / 2; causal: where 0 <= t <= w */
} ana_smooth_kernel;

typedef struct ana_smooth_options {
    ana_run run;
    ana_smooth_kernel kernel; /**< default Gaussian */
    double width_s;           /**< w; default 0.05 s */
    bool causal;              /**< only the present and the past; default no */
    double extent; /**< widths after which the kernel is cut; 0 (default): 5 for the Gaussian,
                    *   15 for exponential and alpha; the box ends by itself */
    bool correct;  /**< divide by the weights that fell on observed bins, so that neither border nor
                    * gap  lowers the rate and a constant stays one; default yes */
    bool rate;     /**< divide counts by the bin width: hertz; default yes */
} ana_smooth_options;

ANA_API ana_smooth_options ana_smooth_options_default(void);
ANA_API extern const ana_option ana_smooth_option_table[];

/** *weights[i] is the weight of the bin i - *n_after bins before the one smoothed, i = 0 ... *n -
 *  1; freed by free(). ANA_ERR_VALUE for an option out of range, or a kernel of more than 10
 *  million bins. */
ANA_API ANA_USE_RESULT ana_status ana_smooth_weights(const ana_smooth_options *options,
                                                     double bin_s, size_t *n, size_t *n_after,
                                                     double **weights);

/** Smooth every feature of every sequence in place; the unit becomes "Hz" with `rate`.
 *  ANA_ERR_VALUE as above, or when the rows are not times (bin_s NaN). */
ANA_API ANA_USE_RESULT ana_status ana_smooth_observations(const ana_smooth_options *options,
                                                          ana_observations *observations);

ANA_END_DECLS

#endif
