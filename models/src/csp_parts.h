/** What the files of common spatial patterns share. */
#ifndef MODELS_CSP_PARTS_H
#define MODELS_CSP_PARTS_H

#include "workspace.h"

#include <analysis/models/common_spatial_patterns.h>

/** mean (n x n, out) of class c, shrunk; `room` holds all the matrices. */
ANA_USE_RESULT ana_status csp_class_mean(const ana_labelled_matrices *known, size_t c,
                                         const ana_csp_options *options, double *room,
                                         double *mean);

/** Filters of A w = v B w for B the covariance of all, those of the largest |v - middle| first. */
ANA_USE_RESULT ana_status csp_solve(size_t n, const double *a, const double *b, double middle,
                                    const ana_spatial_filters *out);

/** Filters that make the class means nearly diagonal; means: n_classes x n x n, shares: n_classes
 * of the classes among the trials. */
ANA_USE_RESULT ana_status csp_solve_jointly(size_t n, size_t n_classes, const double *means,
                                            const double *shares, const ana_csp_options *given,
                                            const ana_spatial_filters *out);

#endif
