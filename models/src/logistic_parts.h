/** The logistic regression as its two solvers see it. Parameters are n_scores rows of d weights and
 *  a bias: x has a last column of ones. */
#ifndef MODELS_LOGISTIC_PARTS_H
#define MODELS_LOGISTIC_PARTS_H

#include "workspace.h"

#include <analysis/models/logistic_regression.h>

typedef struct logistic_problem {
    size_t n;
    size_t d; /**< weights, without the bias */
    size_t n_classes;
    size_t n_scores;
    const double *x; /**< n x (d + 1) */
    const size_t *classes;
    const double *costs; /**< n: C s_i */
    double l1;           /**< of the absolute values */
    double l2;           /**< of the halved squares */
    double *scores;      /**< n x n_scores; room */
    double *probability; /**< n x n_scores of the classes, or of the second; room */
} logistic_problem;

/** The objective at the parameters; scores and probabilities are left in the problem. */
ANA_USE_RESULT ana_status logistic_value(logistic_problem *problem, const double *parameters,
                                         double *objective);

/** out (n x n_scores) = costs times (probability - truth), of the probabilities left there. */
void logistic_residuals(const logistic_problem *problem, double *out);

/** parameters = start - step direction, the first of step 1, 1/2, ... that lowers the objective by
 *  a share of `slope`, its decrease of first order. Leaves them at `start` when none does. */
ANA_USE_RESULT ana_status logistic_search(logistic_problem *problem, const double *start,
                                          const double *direction, double slope, double *parameters,
                                          double *objective);

/** Lower the objective from the parameters given to its minimum. */
ANA_USE_RESULT ana_status logistic_newton(logistic_problem *problem,
                                          const ana_logistic_options *options, double *parameters,
                                          ana_logistic_info *info);
ANA_USE_RESULT ana_status logistic_descend(logistic_problem *problem,
                                           const ana_logistic_options *options, double *parameters,
                                           ana_logistic_info *info);

#endif
