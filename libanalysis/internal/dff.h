/** The baseline of fluorescence, any stretch of a segment at a time: the kernel that memory and
 *  stream share. Each value depends on its window alone, in a fixed order of sums, so that the cut
 *  does not change a bit. */
#ifndef ANALYSIS_INTERNAL_DFF_H
#define ANALYSIS_INTERNAL_DFF_H

#include "source.h"

#include <analysis/calcium.h>
#include <analysis/status.h>

#include <stddef.h>

typedef struct ana_dff_kernel {
    ana_calcium_baseline_kind kind;
    double percentile;
    bool ratio;
    size_t window;   /**< samples, at least 1 */
    size_t radius;   /**< of the Gaussian */
    double *weights; /**< radius + 1: of the centre and of each distance; owned */
} ana_dff_kernel;

/** ANA_ERR_VALUE for a window or Gaussian of more than 2^40 samples. */
ANA_USE_RESULT ana_status ana_dff_kernel_new(const ana_calcium_options *options, double rate,
                                             ana_dff_kernel **out);
void ana_dff_kernel_free(ana_dff_kernel *kernel);

/** The samples (counted from the segment's first, like all here) on which the baseline of `wanted`
 *  depends, in a segment of n_times. */
ana_run_of_samples ana_dff_reach(const ana_dff_kernel *kernel, size_t n_times,
                                 ana_run_of_samples wanted);

/** Doubles that ana_dff_baseline needs as scratch for `n` wanted samples. */
size_t ana_dff_scratch(const ana_dff_kernel *kernel, size_t n);

/** f0[wanted.n] (out) from the samples `f` of `at_hand`, which covers ana_dff_reach. */
void ana_dff_baseline(const ana_dff_kernel *kernel, size_t n_times, ana_run_of_samples at_hand,
                      const double *f, ana_run_of_samples wanted, double *scratch, double *f0);

#endif
