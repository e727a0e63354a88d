/** Straight lines of least squares through samples that come one after the other. */
#ifndef ANALYSIS_INTERNAL_TREND_H
#define ANALYSIS_INTERNAL_TREND_H

#include "compensated.h"

#include <analysis/preprocess.h>

/** Sums over the samples that are not missing; place = t - middle of the segment. Zeroed to begin
 *  with; samples are added in time order, in as many calls as one likes: the bits are the same. */
typedef struct ana_trend_fit {
    size_t n;
    double origin; /**< the first sample: differences from it are summed */
    ana_compensated values;
    ana_compensated places;
    ana_compensated squares;
    ana_compensated products;
} ana_trend_fit;

/** Samples first ... first + n - 1 of a segment of n_times. */
void ana_trend_fit_add(ana_trend_fit *fit, size_t n_times, size_t first, size_t n, const double *x);

/** The line: level in the middle of the segment, slope a sample. */
typedef struct ana_line {
    double level;
    double slope;
} ana_line;

ana_line ana_trend_fit_line(const ana_trend_fit *fit, ana_trend trend);

/** out[i] = x[i] less the line at sample first + i of a segment of n_times; out may be x. */
void ana_line_subtract(ana_line line, size_t n_times, size_t first, size_t n, const double *x,
                       double *out);

#endif
