/** Principal components and linear discriminants of rows whose groups are known. */
#ifndef MODELS_DISCRIMINANTS_H
#define MODELS_DISCRIMINANTS_H

#include <analysis/status.h>

#include <stddef.h>

/** Borrowed. */
typedef struct ana_grouped_rows {
    size_t n;
    size_t d;
    const double *x; /**< n x d */
    size_t n_groups;
    const size_t *groups; /**< n, each below n_groups */
    const double *n_in;   /**< n_groups: rows of each; may be 0 */
} ana_grouped_rows;

/** means (n_groups x d, out); 0 of a group without rows. */
void ana_group_means(const ana_grouped_rows *rows, double *means);

/** The leading principal components of centred rows x (n x p): components (most x p, out), each of
 *  length 1, its largest element positive; variance (most, out) with divisor n - 1; *n_components
 *  of them, those without variance left out. */
ANA_USE_RESULT ana_status ana_components_find(size_t n, size_t p, const double *x, size_t most,
                                              double *components, double *variance,
                                              size_t *n_components);

/** Ledoit & Wolf's (2004, lemma 3.3) share of the mean variance in the covariance of rows about
 *  their means (n x d) that are all the variance of p features. products (size x size): X' X or
 *  X X', whichever is smaller; the squared norms that it takes are the same. */
double ana_ledoit_wolf_share(const ana_grouped_rows *rows, size_t p, size_t size,
                             const double *products);

/** How the covariance within groups is shrunk towards its mean variance. */
typedef struct ana_discriminant_options {
    const char *what;  /**< begins sentences: "decoding" */
    double shrinkage;  /**< 0 to 1; below 0: as Ledoit & Wolf (2004) find best */
    size_t n_features; /**< of the space that the d dimensions span all the variance of: the mean
                            variance is over these */
} ana_discriminant_options;

/** Score of group g: bias[g] (n_groups, out) + the product of a row with weights[g] (n_groups x d,
 *  out), the logarithm of its posterior but for a term that all groups share. A group without rows
 *  has a bias of minus infinity. ANA_ERR_NUMERIC when the covariance is singular. */
ANA_USE_RESULT ana_status ana_discriminants_fit(const ana_grouped_rows *rows,
                                                const ana_discriminant_options *options,
                                                double *weights, double *bias);

#endif
