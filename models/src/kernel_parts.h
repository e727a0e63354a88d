/** What the files of kernel analysis share. */
#ifndef MODELS_KERNEL_PARTS_H
#define MODELS_KERNEL_PARTS_H

#include <analysis/folds.h>
#include <analysis/models/kernel_analysis.h>

/** One analysis; borrowed. */
typedef struct ana_kernel_task {
    size_t n;
    size_t p;
    const double *x; /**< n x p, finite */
    size_t n_classes;
    const size_t *classes;
    size_t n_dimensions; /**< at most n */
    const ana_folds *folds;
    const ana_run *run;
    const double *squares; /**< n x n: set by ana_kernel_analyse */
} ana_kernel_task;

ANA_USE_RESULT ana_status ana_kernel_analyse(const ana_kernel_task *task,
                                             ana_kernel_analysis **out);

#endif
