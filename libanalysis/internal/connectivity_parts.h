/** What the files of the connectivity module share. */
#ifndef ANALYSIS_INTERNAL_CONNECTIVITY_PARTS_H
#define ANALYSIS_INTERNAL_CONNECTIVITY_PARTS_H

#include "cross_sums.h"

/** *out = channel x channel x frequency of the sums; with `lanes` one frequency, of all of them.
 *  n_windows as ana_connectivity. */
ANA_USE_RESULT ana_status ana_connectivity_collect(const ana_cross_sums *sums, bool lanes,
                                                   const double *frequencies, size_t *n_windows,
                                                   ana_matrix **out);

/** The options within their ranges. */
ANA_USE_RESULT ana_status ana_connectivity_check(const ana_connectivity_options *options);

#endif
