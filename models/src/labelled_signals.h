/** Trials whose classes are known, checked and averaged. */
#ifndef MODELS_LABELLED_SIGNALS_H
#define MODELS_LABELLED_SIGNALS_H

#include <analysis/models/xdawn.h>

/** ANA_ERR_VALUE, in a sentence that begins with `what`: no classes, one without a trial or out of
 *  range, fewer than two samples, or a sample that is not finite. */
ANA_USE_RESULT ana_status labelled_signals_check(const ana_labelled_signals *known,
                                                 const char *what);

/** mean (n x n_times, out) of the trials of class c, which has some. */
void labelled_signals_average(const ana_labelled_signals *known, size_t c, double *mean);

/** covariance (n x n, out) of the trials one after the other, about the mean of each channel;
 *  divisor samples less 1. */
ANA_USE_RESULT ana_status labelled_signals_covariance(const ana_labelled_signals *known,
                                                      const char *what, double *covariance);

#endif
