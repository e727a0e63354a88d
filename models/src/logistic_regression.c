/* Logistic regression: the objective, and the problem in the space that the rows span. */
#include "dense.h"
#include "logistic_parts.h"
#include "try.h"

#include <analysis/linalg.h>
#include <analysis/special.h>

#include <math.h>
#include <string.h>

enum {
    MAX_HALVED = 40 /* times, of a step */
};

const ana_option ana_logistic_option_table[] = {
    {"cost", ANA_OPTION_DOUBLE, offsetof(ana_logistic_options, cost), 1e-12, 1e12, NULL, "C",
     "weight of the losses against the penalty of the weights", false},
    {"l1-share", ANA_OPTION_DOUBLE, offsetof(ana_logistic_options, l1_share), 0.0, 1.0, NULL, "A",
     "share of absolute values in the penalty; 0: squares alone", false},
    {"balanced", ANA_OPTION_BOOL, offsetof(ana_logistic_options, balanced), 0, 0, NULL, NULL,
     "each class weighs the same, however many trials it has", false},
    {"logistic-tolerance", ANA_OPTION_DOUBLE, offsetof(ana_logistic_options, tolerance), 1e-15, 1.0,
     NULL, "T", "what is left of the gradient at the end, relative to that at 0", false},
    {"logistic-iterations", ANA_OPTION_SIZE, offsetof(ana_logistic_options, max_iterations), 1, 1e6,
     NULL, "N", "steps of the fit at most", false},
    ANA_OPTION_END,
};

ana_logistic_options ana_logistic_options_default(void)
{
    return (ana_logistic_options){.run = ana_run_default(),
                                  .cost = 1.0,
                                  .l1_share = 0.0,
                                  .balanced = false,
                                  .tolerance = 1e-12,
                                  .max_iterations = 1000};
}

static double penalty_of(const logistic_problem *problem, const double *parameters)
{
    double penalty = 0.0;
    for (size_t k = 0; k < problem->n_scores; k++) {
        const double *own = parameters + k * (problem->d + 1);
        for (size_t j = 0; j < problem->d; j++) {
            penalty += problem->l1 * fabs(own[j]) + 0.5 * problem->l2 * own[j] * own[j];
        }
    }
    return penalty;
}

ana_status logistic_value(logistic_problem *problem, const double *parameters, double *objective)
{
    const size_t n_scores = problem->n_scores;
    const ana_gemm shape = {.n_rows = problem->n,
                            .n_inner = problem->d + 1,
                            .n_columns = n_scores,
                            .transpose_b = true,
                            .alpha = 1.0};
    const ana_status status = ana_linalg_gemm(&shape, problem->x, parameters, problem->scores);
    if (status != ANA_OK) {
        return status;
    }
    *objective = penalty_of(problem, parameters);
    for (size_t i = 0; i < problem->n; i++) {
        const double *own = problem->scores + i * n_scores;
        const size_t truth = problem->classes[i];
        if (n_scores == 1) {
            problem->probability[i] = 1.0 / (1.0 + exp(-own[0]));
            *objective += problem->costs[i] * ana_special_log1p_exp(truth == 1 ? -own[0] : own[0]);
        } else {
            ana_linear_probabilities(1, n_scores, own, problem->probability + i * n_scores);
            *objective += problem->costs[i] * (ana_special_log_sum_exp(n_scores, own) - own[truth]);
        }
    }
    return ANA_OK;
}

void logistic_residuals(const logistic_problem *problem, double *out)
{
    for (size_t i = 0; i < problem->n; i++) {
        for (size_t k = 0; k < problem->n_scores; k++) {
            const size_t at = i * problem->n_scores + k;
            const size_t own = problem->n_scores == 1 ? 1 : k;
            const double truth = problem->classes[i] == own ? 1.0 : 0.0;
            out[at] = problem->costs[i] * (problem->probability[at] - truth);
        }
    }
}

ana_status logistic_search(logistic_problem *problem, const double *start, const double *direction,
                           double slope, double *parameters, double *objective)
{
    const size_t size = problem->n_scores * (problem->d + 1);
    const double before = *objective;
    /* Below this the objective's own rounding hides the decrease; there a full step is right. */
    const bool is_close = slope <= 1e-11 * before;
    double step = 1.0;
    for (size_t halved = 0; halved < MAX_HALVED; halved++) {
        for (size_t j = 0; j < size; j++) {
            parameters[j] = start[j] - step * direction[j];
        }
        const double share = 1e-4 * step;
        step *= 0.5;
        const ana_status status = logistic_value(problem, parameters, objective);
        if (status != ANA_OK || is_close || *objective <= before - share * slope) {
            return status;
        }
    }
    memcpy(parameters, start, size * sizeof *parameters);
    return logistic_value(problem, parameters, objective);
}

/* costs[i] = C s_i, balanced where asked. */
static ana_status weigh_rows(const ana_labelled_rows *rows, const double *row_weights,
                             const ana_logistic_options *options, double *in_class, double *costs)
{
    double total = 0.0;
    for (size_t i = 0; i < rows->n; i++) {
        const double weight = row_weights != NULL ? row_weights[i] : 1.0;
        if (!(weight >= 0.0) || !isfinite(weight)) {
            return ana_fail(ANA_ERR_VALUE, "logistic: weight %zu is %g; 0 or more is right", i,
                            weight);
        }
        in_class[rows->classes[i]] += weight;
        total += weight;
        costs[i] = options->cost * weight;
    }
    for (size_t c = 0; c < rows->n_classes; c++) {
        if (!(in_class[c] > 0.0)) {
            return ana_fail(ANA_ERR_VALUE, "logistic: the weights of class %zu are all 0", c);
        }
    }
    for (size_t i = 0; i < rows->n && options->balanced; i++) {
        costs[i] *= total / ((double)rows->n_classes * in_class[rows->classes[i]]);
    }
    return ANA_OK;
}

/* The rows in coordinates of an orthonormal basis of the space they span: X' = Q R, and the rows of
 * R' have the same inner products. basis (d x n, out) is Q, x (n x (n + 1), out) R' and ones. */
static ana_status span_rows(const ana_labelled_rows *rows, ana_workspace *workspace, double *basis,
                            double *x)
{
    const size_t n = rows->n;
    double *columns = ana_workspace_doubles(workspace, rows->d, n);
    double *upper = ana_workspace_doubles(workspace, n, n);
    ana_status status = ana_workspace_check(workspace, "logistic");
    if (status == ANA_OK) {
        ana_transpose(n, rows->d, rows->x, columns);
        status = ana_linalg_qr(rows->d, n, columns, basis, upper);
    }
    for (size_t i = 0; i < n && status == ANA_OK; i++) {
        for (size_t j = 0; j < n; j++) {
            x[i * (n + 1) + j] = upper[j * n + i];
        }
        x[i * (n + 1) + n] = 1.0;
    }
    return status;
}

static ana_status write_weights(const logistic_problem *problem, size_t d, const double *basis,
                                const double *parameters, double *weights, double *biases)
{
    ana_status status = ANA_OK;
    double mean = 0.0;
    for (size_t k = 0; k < problem->n_scores && status == ANA_OK; k++) {
        const double *own = parameters + k * (problem->d + 1);
        if (basis != NULL) {
            status = ana_linalg_apply(d, problem->d, basis, false, own, weights + k * d);
        } else {
            memcpy(weights + k * d, own, d * sizeof *weights);
        }
        biases[k] = own[problem->d];
        mean += biases[k] / (double)problem->n_scores;
    }
    for (size_t k = 0; k < problem->n_scores && problem->n_scores > 1; k++) {
        biases[k] -= mean; /* the same for all changes nothing */
    }
    return status;
}

static ana_status check(const ana_labelled_rows *rows, const ana_logistic_options *options)
{
    const ana_status status = ana_options_check(ana_logistic_option_table, options, "logistic");
    return status != ANA_OK ? status : ana_labelled_rows_check(rows, "logistic");
}

ana_status ana_logistic_fit(const ana_labelled_rows *rows, const double *row_weights,
                            const ana_logistic_options *options, double *weights, double *biases,
                            ana_logistic_info *info)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_logistic_info own_info = {0};
    const ana_logistic_options chosen = options != NULL ? *options : ana_logistic_options_default();
    const size_t n_scores = ana_linear_n_scores(rows->n_classes);
    /* Absolute values are of the features' own axes. */
    const bool in_span = rows->n < rows->d && !(chosen.l1_share > 0.0);
    const size_t d = in_span ? rows->n : rows->d;
    double *x = ana_workspace_doubles(&workspace, rows->n, d + 1);
    double *basis = in_span ? ana_workspace_doubles(&workspace, rows->d, d) : NULL;
    double *costs = ana_workspace_doubles(&workspace, rows->n, 1);
    double *in_class = ana_workspace_doubles(&workspace, rows->n_classes, 1);
    double *parameters = ana_workspace_doubles(&workspace, n_scores, d + 1);
    logistic_problem problem = {rows->n,
                                d,
                                rows->n_classes,
                                n_scores,
                                x,
                                rows->classes,
                                costs,
                                chosen.l1_share,
                                1.0 - chosen.l1_share,
                                ana_workspace_doubles(&workspace, rows->n, n_scores),
                                ana_workspace_doubles(&workspace, rows->n, n_scores)};
    ANA_TRY(ana_workspace_check(&workspace, "logistic"));
    ANA_TRY(check(rows, &chosen));
    ANA_TRY(weigh_rows(rows, row_weights, &chosen, in_class, costs));
    ANA_TRY(in_span ? span_rows(rows, &workspace, basis, x) : ANA_OK);
    for (size_t i = 0; i < rows->n && !in_span; i++) {
        memcpy(x + i * (d + 1), rows->x + i * d, d * sizeof *x);
        x[i * (d + 1) + d] = 1.0;
    }
    ANA_TRY(chosen.l1_share > 0.0 ? logistic_descend(&problem, &chosen, parameters, &own_info)
                                  : logistic_newton(&problem, &chosen, parameters, &own_info));
    ANA_TRY(write_weights(&problem, rows->d, basis, parameters, weights, biases));
    if (info != NULL) {
        *info = own_info;
    } else if (!own_info.converged) {
        status = ana_fail(ANA_ERR_NUMERIC, "logistic: not settled after %zu iterations",
                          own_info.n_iterations);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}
