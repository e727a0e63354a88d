/** How well do two labelings of the same items agree, whatever their labels are called? Decoded
 *  states against true states, communities of two fits, clusters against cell types.
 *
 *  A label is any number; ANA_NO_LABEL means none, and an item that lacks a label in either list is
 *  left out. */
#ifndef ANALYSIS_AGREEMENT_H
#define ANALYSIS_AGREEMENT_H

#include <analysis/status.h>

#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

#define ANA_NO_LABEL SIZE_MAX

typedef struct ana_agreement {
    size_t n_items;    /**< with a label in both lists */
    size_t n_labels_a; /**< different labels among those */
    size_t n_labels_b;
    double rand;          /**< share of pairs of items treated alike (Rand 1971); 0 to 1 */
    double adjusted_rand; /**< Hubert & Arabie (1985): 0 expected by chance, 1 the same partition */
    double entropy_a;     /**< nats */
    double entropy_b;
    double mutual_information;            /**< nats */
    double normalised_mutual_information; /**< over the mean of the entropies; 0 to 1; 1 where both
                                               lists have a single label */
} ana_agreement;

/** Agreement of two lists of n labels. Memory O(n), time O(n log n), any number of labels.
 *  ANA_ERR_VALUE when no item has both labels; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_agreement_compare(size_t n, const size_t *a, const size_t *b,
                                                        ana_agreement *out);

/** The same from the table of counts: counts[i * n_b + j] items have label i in `a` and j in `b`.
 *  ANA_ERR_VALUE when all are zero; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_agreement_of_counts(size_t n_a, size_t n_b,
                                                          const size_t *counts, ana_agreement *out);

/** Mean over the labels of `truth` of the share of their items that `predicted` gives the same
 *  label, as it stands: no matching. Items that lack either label are left out. Memory O(n).
 *  ANA_ERR_VALUE when no item has both labels; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_agreement_balanced_accuracy(size_t n, const size_t *truth,
                                                                  const size_t *predicted,
                                                                  double *accuracy);

/** One-to-one matching of the labels that lets most items agree (ana_assignment_solve on the table
 *  of counts).
 *
 *  @param n_labels   more than the largest label of either list
 *  @param label_in_a n_labels (out)  the label of `a` matched to each label of `b`; ANA_NO_LABEL
 *  where none is left that shares an item with it; may be NULL
 *  @param accuracy   (out)           share of items whose labels are matched; 0 to 1
 *  @return ANA_OK; ANA_ERR_VALUE for a label >= n_labels or no item with both; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_agreement_match(size_t n, const size_t *a, const size_t *b,
                                                      size_t n_labels, size_t *label_in_a,
                                                      double *accuracy);

ANA_END_DECLS

#endif
