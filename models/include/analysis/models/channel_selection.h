/** Which channels tell the classes apart, and how far apart are they?
 *
 *  Class distinctiveness (Lotte & Jeunet 2018) of covariances: the distance between two classes'
 *  means over the mean distance of matrices from their own class's mean; of more classes, the sum
 *  of the class means' distances from their common mean over the sum of those. With exponent 2 it
 *  is Fisher's ratio.
 *
 *  Channels are left out one at a time (Barachant & Bonnet 2011), each time the one without which
 *  the means of the classes are furthest apart, by the sum of distances of all pairs: rows and
 *  columns are taken out of the means, which are found once. Selecting must happen within the
 *  trials that a classifier may learn from. */
#ifndef ANALYSIS_MODELS_CHANNEL_SELECTION_H
#define ANALYSIS_MODELS_CHANNEL_SELECTION_H

#include <analysis/models/minimum_distance.h>

ANA_BEGIN_DECLS

/** *out = the distinctiveness: a ratio, the larger, the further apart.
 *
 *  @param exponent  of the distances, above 0 (1 and 2 are usual)
 *  @return ANA_ERR_VALUE for another exponent; errors as ana_minimum_distance_fit; ANA_ERR_NUMERIC
 *  when all matrices are their class's mean. */
ANA_API ANA_USE_RESULT ana_status
ana_class_distinctiveness(const ana_labelled_matrices *known, double exponent,
                          const ana_minimum_distance_options *options, double *out);

/** selected (n_selected, out) = the channels that are left, in rising order. Of equals, the channel
 *  of the lower number is left out. ANA_ERR_VALUE for more channels than there are, or none; errors
 *  as ana_minimum_distance_fit. */
ANA_API ANA_USE_RESULT ana_status ana_channels_select(const ana_labelled_matrices *known,
                                                      size_t n_selected,
                                                      const ana_minimum_distance_options *options,
                                                      size_t *selected);

/** out (n_matrices x n_selected x n_selected, as the set pairs of numbers when Hermitian) = rows
 *  and columns of the matrices. */
ANA_API void ana_channels_take(const ana_spd_set *set, size_t n_selected, const size_t *selected,
                               double *out);

ANA_END_DECLS

#endif
