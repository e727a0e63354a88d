/** What steps of support vector machines share: they learn supports, weights and offsets. */
#ifndef MODELS_BCI_MARGIN_H
#define MODELS_BCI_MARGIN_H

#include "bci_step.h"

enum {
    BCI_SUPPORTS,     /**< n_supports items of training, each in its shape */
    BCI_DUAL_WEIGHTS, /**< n_pairs x n_supports */
    BCI_OFFSETS,      /**< n_pairs */
    BCI_OF_KERNEL     /**< the first array of the kernel's own */
};

typedef struct bci_margin_options {
    double cost;
    double tolerance;
} bci_margin_options;

#define BCI_MARGIN_DEFAULT ((bci_margin_options){.cost = 1.0, .tolerance = 1e-3})

/** Options C and tolerance, `margin` the place of bci_margin_options in the step's. */
#define BCI_MARGIN_COST(margin)                                                                    \
    {                                                                                              \
        "C", ANA_OPTION_DOUBLE, (margin) + offsetof(bci_margin_options, cost), 1e-12, 1e12, NULL,  \
            "C", "penalty of a trial within the margin (default 1)", false                         \
    }
#define BCI_MARGIN_TOLERANCE(margin)                                                               \
    {                                                                                              \
        "tolerance", ANA_OPTION_DOUBLE, (margin) + offsetof(bci_margin_options, tolerance), 1e-12, \
            1.0, NULL, "T", "of the optimality conditions (default 1e-3, as libsvm)", false        \
    }

/** Inner products of n_a items with n_b (n_a x n_b, out), by what the step has of its kernel. */
typedef ana_status (*bci_kernel)(const bci_step *step, const bci_batch *in, size_t n_b,
                                 const double *items, const ana_run *run, double *out);

/** `fit`, `shape` and `apply`: a machine for each pair of classes. Scores are decision values, of
 *  two classes the negative for the first. */
ANA_USE_RESULT ana_status ana_bci_margin_fit(bci_step *step, const bci_margin_options *options,
                                             bci_kernel kernel, const bci_batch *in,
                                             const bci_teacher *teacher);
ANA_USE_RESULT ana_status ana_bci_margin_shape(const bci_step *step, const bci_shape *in,
                                               bci_shape *out);
ANA_USE_RESULT ana_status ana_bci_margin_apply(const bci_step *step, bci_kernel kernel,
                                               const bci_batch *in, const ana_run *run,
                                               bci_batch *out);

#endif
