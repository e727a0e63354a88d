/** What the files of the connectivity module share. */
#ifndef ANALYSIS_INTERNAL_CONNECTIVITY_PARTS_H
#define ANALYSIS_INTERNAL_CONNECTIVITY_PARTS_H

#include "cross_sums.h"

/** *out = channel x channel x frequency of the sums; with `lanes` one frequency, of all of them.
 *  n_windows as ana_connectivity. */
ANA_USE_RESULT ana_status ana_connectivity_collect(const ana_cross_sums *sums, bool lanes,
                                                   const double *frequencies, size_t *n_windows,
                                                   ana_matrix **out);

/** matrix, as ana_connectivity_collect has made it of sums of the same size, takes the values of
 *  these. */
void ana_connectivity_fill(const ana_cross_sums *sums, bool lanes, ana_matrix *matrix);

/** The measure in these n_times samples alone, by a stream that is used for nothing else: `matrix`
 *  is one that ana_connectivity_stream_read has made. Nothing is allocated but workspaces.
 *  ANA_ERR_VALUE for fewer samples than a window. */
ANA_USE_RESULT ana_status ana_connectivity_stream_again(ana_connectivity_stream *stream,
                                                        size_t n_times, const double *x,
                                                        ana_matrix *matrix);

/** The values of ana_node_strength: channel x frequency, of channel x channel x frequency. */
void ana_node_strength_fill(const ana_matrix *connectivity, double *strength);

/** The options within their ranges. */
ANA_USE_RESULT ana_status ana_connectivity_check(const ana_connectivity_options *options);

#endif
