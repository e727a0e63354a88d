/** What do many partitions of the same items, drawn from a posterior, say together?
 *
 *  Draws are rows of labels; what the labels are called does not matter, only which items share
 *  one. The summary is the partition of largest posterior expected adjusted Rand index, PEAR:
 *  Fritsch & Ickstadt (2009), Bayesian Anal. 4(2), eqs. 13-14. */
#ifndef ANALYSIS_PARTITIONS_H
#define ANALYSIS_PARTITIONS_H

#include <analysis/status.h>

#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

/** similarity[i * n_items + j] (out): share of the draws in which items i and j share a label.
 *
 *  @param draws  n_draws x n_items
 *  @return ANA_ERR_VALUE for no draws or no items. */
ANA_API ANA_USE_RESULT ana_status ana_partitions_similarity(size_t n_draws, size_t n_items,
                                                            const uint16_t *draws,
                                                            double *similarity);

/** PEAR of one partition against a similarity matrix: (S - I P / N) / ((I + P) / 2 - I P / N) with
 *  N pairs, I of them within clusters, P the sum of similarities and S that of the pairs within;
 *  1 where nothing can differ (all pairs certain, and the partition all one or all apart). */
ANA_API double ana_partitions_pear(size_t n_items, const double *similarity, const size_t *labels);

/** The partition of largest PEAR among all draws and all cuts of the average-linkage tree of 1 -
 *  similarity; labels by falling size (of equals the one with the first item). The first of equal
 *  candidates, draws before cuts. O(n_draws n_items^2).
 *
 *  @param labels  n_items (out)
 *  @return ANA_ERR_VALUE as above; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_partitions_summary(size_t n_draws, size_t n_items,
                                                         const uint16_t *draws,
                                                         const double *similarity, size_t *labels,
                                                         size_t *n_labels, double *pear);

/** The same among the draws alone and without the n_items^2 matrix, for many items (rows of time):
 *  O(n_draws^2 n_items). */
ANA_API ANA_USE_RESULT ana_status ana_partitions_best_draw(size_t n_draws, size_t n_items,
                                                           const uint16_t *draws, size_t *labels,
                                                           size_t *n_labels, double *pear);

ANA_END_DECLS

#endif
