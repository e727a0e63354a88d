/** Which class, by the widest gaps between pairs of classes?
 *
 *  Support vector machines for any number of classes, one for each pair, as libsvm and scikit-learn
 *  (SVC) have them: a decision for each pair (0, 1), (0, 2), ..., (1, 2), ..., above 0 for the
 *  later class, so that with two classes it is scikit-learn's decision_function. Each decision is a
 *  vote; of equal numbers of votes the first class wins, and a decision of 0 is a vote for the
 *  later.
 *
 *  A linear kernel is the rows' inner products, a radial one exp(-gamma |x - y|^2); that of
 *  covariances is in spd_kernel.h. */
#ifndef ANALYSIS_MODELS_SUPPORT_VECTORS_H
#define ANALYSIS_MODELS_SUPPORT_VECTORS_H

#include <analysis/status.h>

#include <stddef.h>

ANA_BEGIN_DECLS

/** out (n_a x n_b) = kernels of rows a (n_a x d) and b (n_b x d). ANA_ERR_VALUE unless gamma is
 *  above 0. */
ANA_API ANA_USE_RESULT ana_status ana_kernel_linear(size_t d, size_t n_a, const double *a,
                                                    size_t n_b, const double *b, double *out);
ANA_API ANA_USE_RESULT ana_status ana_kernel_radial(size_t d, size_t n_a, const double *a,
                                                    size_t n_b, const double *b, double gamma,
                                                    double *out);

/** scikit-learn's gamma "scale": 1 / (d times the variance of all n d numbers); 1 where they do not
 *  vary. */
ANA_API double ana_kernel_radial_scale(size_t n, size_t d, const double *x);

/** n_classes (n_classes - 1) / 2. */
ANA_API size_t ana_support_vectors_n_pairs(size_t n_classes);

/** Rows to learn from, by their kernel; borrowed. */
typedef struct ana_labelled_kernel {
    size_t n;
    const double *kernel; /**< n x n, symmetric */
    size_t n_classes;
    const size_t *classes; /**< n, each below n_classes, which all must be there */
} ana_labelled_kernel;

/** Fit.
 *
 *  @param cost                    C, above 0: of a row within the margin
 *  @param tolerance               of the optimality conditions, above 0 (libsvm: 1e-3)
 *  @param weights    n_pairs x n  (out) of the rows; 0 of those that are of no use
 *  @param offsets    n_pairs      (out)
 *  @return ANA_ERR_VALUE for one class alone, a class without rows, an option out of range or a
 *  kernel that is not finite; ANA_ERR_MEMORY. */
ANA_API ANA_USE_RESULT ana_status ana_support_vectors_fit(const ana_labelled_kernel *known,
                                                          double cost, double tolerance,
                                                          double *weights, double *offsets);

/** decisions (n_new x n_pairs, out) = kernel (n_new x n, of the rows fitted) times weights, and
 *  offsets. */
ANA_API ANA_USE_RESULT ana_status ana_support_vectors_decide(size_t n_new, size_t n,
                                                             const double *kernel, size_t n_pairs,
                                                             const double *weights,
                                                             const double *offsets,
                                                             double *decisions);

/** predicted (n_new, out) by the votes. */
ANA_API void ana_support_vectors_vote(size_t n_new, size_t n_classes, const double *decisions,
                                      size_t *predicted);

/** scores (n_new x n_classes, out; three classes or more): votes + s / (3 |s| + 3), s the sum of
 *  the class's decisions, which tells equal votes apart: scikit-learn's decision_function. */
ANA_API void ana_support_vectors_scores(size_t n_new, size_t n_classes, const double *decisions,
                                        double *scores);

ANA_END_DECLS

#endif
