/** The kernels of affinity.h: a row of the table each. */
#ifndef MODELS_AFFINITY_KERNELS_H
#define MODELS_AFFINITY_KERNELS_H

#include <analysis/models/affinity.h>

/** A kernel is either factored, and gives r and s of a unit derivative, or has its own slices. */
typedef struct ana_affinity_rule {
    double (*rising)(double unit_derivative);
    double (*falling)(double unit_derivative);
    void (*slice)(const ana_affinity *affinity, size_t t, double *out); /* but its diagonal */
} ana_affinity_rule;

/** By ana_affinity_kernel. */
const ana_affinity_rule *ana_affinity_rule_of(ana_affinity_kernel kernel);

extern const char *const ana_affinity_kernel_names[];

#endif
