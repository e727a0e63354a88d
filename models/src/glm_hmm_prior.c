/* The learned priors: what they add to the objective, where they begin, and how their own
 * parameters follow from the coefficients. Each update raises the objective or keeps it. */
#include "glm_hmm_model.h"

#include <analysis/special.h>

#include <math.h>
#include <string.h>

/* The spread of the strengths counts as if it had been seen this often, with the size that the
 * ridge allows: without, it would shrink to nothing where no edge is there. */
static const double spread_counts = 2.0;

/* The least and the most that the connectome's prior may weigh an outcome. */
static const double least_base = 0.05;
static const double most_base = 50.0;

bool ana_glm_hmm_is_edge(const ana_glm_hmm_task *task, size_t unit, size_t column)
{
    if (task->prior != ANA_GLM_HMM_ONE_HOT || task->n_functions == 0) {
        return false;
    }
    const size_t first = ana_design_history_column(task->data->design, 0);
    if (column < first || column >= first + task->n_sources * task->n_functions) {
        return false;
    }
    const size_t source = (column - first) / task->n_functions;
    return task->allowed[unit * task->n_columns + column] &&
           (source != unit || task->options->self == ANA_GLM_HMM_SELF_EDGE);
}

bool ana_glm_hmm_has_edge(const ana_glm_hmm_task *task, size_t unit, size_t source)
{
    return task->n_functions > 0 && !task->silent[unit] &&
           ana_glm_hmm_is_edge(task, unit, ana_design_history_column(task->data->design, source));
}

size_t ana_glm_hmm_n_groups(const ana_glm_hmm_task *task)
{
    return task->options->dale ? task->n_sources : task->n_units * task->n_sources;
}

size_t ana_glm_hmm_group(const ana_glm_hmm_task *task, size_t unit, size_t source)
{
    return task->options->dale ? source : unit * task->n_sources + source;
}

/* E log probability of each sign under the connectome's Dirichlet. */
static void expected_logs(const double *signs, double *out)
{
    const double whole = ana_special_digamma(signs[0] + signs[1] + signs[2]);
    for (size_t c = 0; c < ANA_EDGE_SIGNS; c++) {
        out[c] = ana_special_digamma(signs[c]) - whole;
    }
}

ana_edge_prior ana_glm_hmm_edge_prior(const ana_glm_hmm_task *task,
                                      const ana_glm_hmm_weights *weights, size_t state, size_t unit,
                                      size_t source)
{
    const size_t edge = unit * task->n_sources + source;
    ana_edge_prior prior = {.curvature =
                                task->curvature[state * task->n_units * task->n_sources + edge],
                            .spread = weights->spread};
    memcpy(prior.log_probability,
           weights->log_signs + ana_glm_hmm_group(task, unit, source) * ANA_EDGE_SIGNS,
           sizeof prior.log_probability);
    return prior;
}

static void refresh_logs(const ana_glm_hmm_task *task, ana_glm_hmm_weights *weights)
{
    for (size_t g = 0; g < ana_glm_hmm_n_groups(task); g++) {
        expected_logs(weights->signs + g * ANA_EDGE_SIGNS, weights->log_signs + g * ANA_EDGE_SIGNS);
    }
}

/* Sums over all edges of the strengths that are there; signs by group are counted on the way. */
typedef struct edge_sums {
    double count;
    double square;
} edge_sums;

static edge_sums count_signs(const ana_glm_hmm_task *task, ana_glm_hmm_weights *weights)
{
    edge_sums sums = {0.0, 0.0};
    memset(weights->signs, 0, ana_glm_hmm_n_groups(task) * ANA_EDGE_SIGNS * sizeof(double));
    for (size_t k = 0; k < task->n_states; k++) {
        for (size_t e = 0; e < task->n_units * task->n_sources; e++) {
            const size_t unit = e / task->n_sources;
            const size_t source = e % task->n_sources;
            if (!ana_glm_hmm_has_edge(task, unit, source)) {
                continue;
            }
            const ana_edge_prior prior = ana_glm_hmm_edge_prior(task, weights, k, unit, source);
            const ana_edge_posterior here =
                ana_edge_infer(&prior, weights->slope[k * task->n_units * task->n_sources + e]);
            double *signs = weights->signs + ana_glm_hmm_group(task, unit, source) * ANA_EDGE_SIGNS;
            for (size_t c = 0; c < ANA_EDGE_SIGNS; c++) {
                signs[c] += here.probability[c];
                sums.square += here.probability[c] * here.square[c];
                sums.count += c == ANA_EDGE_NONE ? 0.0 : here.probability[c];
            }
        }
    }
    return sums;
}

/* The connectome's posterior, and, unless it is given, the prior that all groups share: together
 * the best for these counts of signs. */
static void learn_signs(const ana_glm_hmm_task *task, ana_glm_hmm_weights *weights)
{
    const size_t n_groups = ana_glm_hmm_n_groups(task);
    if (task->options->edge_concentration <= 0.0) {
        ana_edge_learn_base(n_groups, weights->signs, least_base, most_base, weights->base);
    }
    for (size_t i = 0; i < n_groups * ANA_EDGE_SIGNS; i++) {
        weights->signs[i] += weights->base[i % ANA_EDGE_SIGNS];
    }
}

/* The strengths' slopes for unchanged expected strengths under the new prior. */
static void keep_strengths(const ana_glm_hmm_task *task, const double *strengths,
                           ana_glm_hmm_weights *weights)
{
    const size_t n_edges = task->n_units * task->n_sources;
    for (size_t i = 0; i < task->n_states * n_edges; i++) {
        const size_t unit = i % n_edges / task->n_sources;
        const size_t source = i % task->n_sources;
        if (ana_glm_hmm_has_edge(task, unit, source)) {
            const ana_edge_prior prior =
                ana_glm_hmm_edge_prior(task, weights, i / n_edges, unit, source);
            weights->slope[i] = ana_edge_slope_of(&prior, strengths[i], weights->slope[i]);
        }
    }
}

void ana_glm_hmm_strengths(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                           double *out)
{
    const size_t n_edges = task->n_units * task->n_sources;
    for (size_t i = 0; i < task->n_states * n_edges; i++) {
        const size_t unit = i % n_edges / task->n_sources;
        const size_t source = i % task->n_sources;
        out[i] = 0.0;
        if (ana_glm_hmm_has_edge(task, unit, source)) {
            const ana_edge_prior prior =
                ana_glm_hmm_edge_prior(task, weights, i / n_edges, unit, source);
            out[i] = ana_edge_infer(&prior, weights->slope[i]).expected;
        }
    }
}

static double spread_size(const ana_glm_hmm_task *task)
{
    return 1.0 / fmax(task->options->ridge, 1e-3);
}

static void update_edges(const ana_glm_hmm_task *task, ana_glm_hmm_weights *weights)
{
    ana_glm_hmm_strengths(task, weights, task->room->strengths);
    const edge_sums sums = count_signs(task, weights);
    weights->spread = sqrt((sums.square + spread_counts * spread_size(task)) /
                           (sums.count + spread_counts + 2.0));
    learn_signs(task, weights);
    refresh_logs(task, weights);
    keep_strengths(task, task->room->strengths, weights);
}

static bool is_penalised(const ana_glm_hmm_task *task, size_t column)
{
    return !(task->has_intercept && column == 0);
}

static void centre_coefficients(const ana_glm_hmm_task *task, ana_glm_hmm_weights *weights)
{
    const size_t cells = task->n_units * task->n_columns;
    const double k = (double)task->n_states;
    const double shrink = k / (k + task->options->ridge * weights->spread * weights->spread);
    for (size_t i = 0; i < cells; i++) {
        double mean = 0.0;
        for (size_t s = 0; s < task->n_states; s++) {
            mean += weights->coefficients[s * cells + i] / k;
        }
        weights->centre[i] = is_penalised(task, i % task->n_columns) ? shrink * mean : 0.0;
    }
}

/* Mean square of coefficients about their centre, the uncertainty of each included. */
static void update_spread(const ana_glm_hmm_task *task, ana_glm_hmm_weights *weights)
{
    const size_t cells = task->n_units * task->n_columns;
    const double precision = 1.0 / (weights->spread * weights->spread);
    double sum = 0.0;
    double n = 0.0;
    for (size_t i = 0; i < task->n_states * cells; i++) {
        const size_t cell = i % cells;
        if (task->allowed[cell] && is_penalised(task, cell % task->n_columns) &&
            !task->silent[cell / task->n_columns]) {
            const double off = weights->coefficients[i] - weights->centre[cell];
            sum += off * off + 1.0 / (task->curvature[i] + precision);
            n += 1.0;
        }
    }
    if (n > 0.0) {
        weights->spread = sqrt(fmax(sum / n, 1e-12));
    }
}

void ana_glm_hmm_prior_update(const ana_glm_hmm_task *task, ana_glm_hmm_weights *weights)
{
    if (task->prior == ANA_GLM_HMM_GAUSSIAN) {
        centre_coefficients(task, weights);
        update_spread(task, weights);
    } else if (task->prior == ANA_GLM_HMM_ONE_HOT) {
        update_edges(task, weights);
    }
}

/* The curve that an edge's coefficients share, from all states; even where they say nothing. */
static void start_kernel(const ana_glm_hmm_task *task, const double *coefficients, size_t unit,
                         size_t source, double *kernel)
{
    const size_t b = task->n_functions;
    const size_t cells = task->n_units * task->n_columns;
    const size_t column = ana_design_history_column(task->data->design, source);
    double total = 0.0;
    for (size_t i = 0; i < b; i++) {
        kernel[i] = 0.0;
    }
    for (size_t k = 0; k < task->n_states; k++) {
        const double *own = coefficients + k * cells + unit * task->n_columns + column;
        double sum = 0.0;
        for (size_t i = 0; i < b; i++) {
            sum += own[i];
        }
        for (size_t i = 0; i < b; i++) {
            kernel[i] += sum < 0.0 ? -own[i] : own[i];
        }
    }
    for (size_t i = 0; i < b; i++) {
        kernel[i] = fmax(kernel[i], 0.0) + 1e-3;
        total += kernel[i];
    }
    for (size_t i = 0; i < b; i++) {
        kernel[i] /= total;
    }
}

void ana_glm_hmm_start_kernels(const ana_glm_hmm_task *task, const double *coefficients,
                               double *kernels)
{
    for (size_t e = 0; e < task->n_units * task->n_sources; e++) {
        start_kernel(task, coefficients, e / task->n_sources, e % task->n_sources,
                     kernels + e * task->n_functions);
    }
}

static void spread_strength(const ana_glm_hmm_task *task, const double *kernel, double strength,
                            double *coefficients)
{
    for (size_t i = 0; i < task->n_functions; i++) {
        coefficients[i] = strength * kernel[i];
    }
}

static void start_edges(const ana_glm_hmm_task *task, ana_glm_hmm_weights *weights)
{
    const size_t n_edges = task->n_units * task->n_sources;
    const double asked = task->options->edge_concentration;
    for (size_t c = 0; c < ANA_EDGE_SIGNS; c++) {
        weights->base[c] = asked > 0.0 ? asked / ANA_EDGE_SIGNS : 1.0;
    }
    for (size_t g = 0; g < ana_glm_hmm_n_groups(task); g++) {
        memcpy(weights->signs + g * ANA_EDGE_SIGNS, weights->base, sizeof weights->base);
    }
    weights->spread = sqrt(spread_size(task));
    refresh_logs(task, weights);
    ana_glm_hmm_start_kernels(task, weights->coefficients, weights->kernel);
    for (size_t i = 0; i < task->n_states * n_edges; i++) {
        const size_t k = i / n_edges;
        const size_t unit = i % n_edges / task->n_sources;
        const size_t source = i % task->n_sources;
        if (!ana_glm_hmm_has_edge(task, unit, source)) {
            continue;
        }
        const ana_edge_prior prior = ana_glm_hmm_edge_prior(task, weights, k, unit, source);
        double *own = weights->coefficients + (k * task->n_units + unit) * task->n_columns +
                      ana_design_history_column(task->data->design, source);
        double sum = 0.0;
        for (size_t b = 0; b < task->n_functions; b++) {
            sum += own[b];
        }
        weights->slope[i] = (prior.curvature + task->options->ridge) * sum;
        spread_strength(task, weights->kernel + i % n_edges * task->n_functions,
                        ana_edge_infer(&prior, weights->slope[i]).expected, own);
    }
}

void ana_glm_hmm_prior_start(const ana_glm_hmm_task *task, ana_glm_hmm_weights *weights)
{
    if (task->prior == ANA_GLM_HMM_ONE_HOT) {
        start_edges(task, weights);
    } else if (task->prior == ANA_GLM_HMM_GAUSSIAN) {
        weights->spread = 1.0;
        centre_coefficients(task, weights);
        for (int i = 0; i < 10; i++) {
            update_spread(task, weights);
        }
    }
}

static double edges_log_prior(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights)
{
    const double variance = weights->spread * weights->spread;
    double sum = -(0.5 * spread_counts + 1.0) * log(variance) -
                 0.5 * spread_counts * spread_size(task) / variance;
    for (size_t n = 0; n < task->n_units; n++) {
        sum += ana_glm_hmm_unit_log_prior(task, weights, n);
    }
    for (size_t g = 0; g < ana_glm_hmm_n_groups(task); g++) {
        sum -= ana_edge_dirichlet_divergence(ANA_EDGE_SIGNS, weights->signs + g * ANA_EDGE_SIGNS,
                                             weights->base);
    }
    return sum;
}

double ana_glm_hmm_unit_log_prior(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights,
                                  size_t unit)
{
    double sum = 0.0;
    for (size_t k = 0; k < task->n_states; k++) {
        const double *own = weights->coefficients + (k * task->n_units + unit) * task->n_columns;
        sum += ana_glm_hmm_log_penalty(task, weights, unit, own);
        for (size_t m = 0; m < task->n_sources; m++) {
            if (task->prior == ANA_GLM_HMM_ONE_HOT && ana_glm_hmm_has_edge(task, unit, m)) {
                const size_t i = (k * task->n_units + unit) * task->n_sources + m;
                const ana_edge_prior prior = ana_glm_hmm_edge_prior(task, weights, k, unit, m);
                sum += ana_edge_log_prior(&prior, weights->slope[i]);
            }
        }
    }
    return sum;
}

static double gaussian_log_prior(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights)
{
    const size_t cells = task->n_units * task->n_columns;
    const double variance = weights->spread * weights->spread;
    double sum = 0.0;
    for (size_t i = 0; i < task->n_states * cells; i++) {
        const size_t cell = i % cells;
        if (task->allowed[cell] && is_penalised(task, cell % task->n_columns) &&
            !task->silent[cell / task->n_columns]) {
            sum -= 0.5 * log1p(task->curvature[i] * variance);
        }
    }
    for (size_t i = 0; i < cells; i++) {
        sum -= 0.5 * task->options->ridge * weights->centre[i] * weights->centre[i];
    }
    for (size_t n = 0; n < task->n_units; n++) {
        sum += ana_glm_hmm_unit_log_prior(task, weights, n);
    }
    return sum;
}

double ana_glm_hmm_log_prior(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *weights)
{
    if (task->prior == ANA_GLM_HMM_GAUSSIAN) {
        return gaussian_log_prior(task, weights);
    }
    if (task->prior == ANA_GLM_HMM_ONE_HOT) {
        return edges_log_prior(task, weights);
    }
    double sum = 0.0;
    for (size_t n = 0; n < task->n_units; n++) {
        sum += ana_glm_hmm_unit_log_prior(task, weights, n);
    }
    return sum;
}

/* The kernel's curvature: its quadratic form with the Hessian's block of one edge. */
static double along(const ana_glm_hmm_task *task, size_t state, size_t unit, size_t i,
                    const double *kernel)
{
    double sum = 0.0;
    for (size_t a = 0; a < task->n_functions; a++) {
        for (size_t b = 0; b < task->n_functions; b++) {
            sum += kernel[a] * kernel[b] * ana_glm_hmm_hessian(task, state, unit, i + a, i + b);
        }
    }
    return sum * ana_glm_hmm_share(task, state, unit);
}

static void edge_curvature(const ana_glm_hmm_task *task, const double *kernels, double *out)
{
    const size_t b = task->n_functions;
    const size_t first = ana_design_history_column(task->data->design, 0);
    for (size_t j = 0; j < task->n_states * task->n_units; j++) {
        const size_t unit = j % task->n_units;
        const size_t *free = task->free + unit * task->n_columns;
        for (size_t i = 0; i < task->n_free[unit]; i++) {
            if (!ana_glm_hmm_is_edge(task, unit, free[i]) || (free[i] - first) % b != 0) {
                continue;
            }
            const size_t source = (free[i] - first) / b;
            out[j * task->n_sources + source] = along(
                task, j / task->n_units, unit, i, kernels + (unit * task->n_sources + source) * b);
        }
    }
}

ana_status ana_glm_hmm_curvature(const ana_glm_hmm_task *task, const double *coefficients,
                                 ana_workspace *workspace, double *out)
{
    double *kernels = ana_workspace_doubles(workspace, task->n_units * task->n_sources + 1,
                                            task->n_functions + 1);
    ana_status status = ana_workspace_check(workspace, "glm-hmm fit");
    if (status != ANA_OK) {
        return status;
    }
    if (task->prior == ANA_GLM_HMM_ONE_HOT) {
        ana_glm_hmm_start_kernels(task, coefficients, kernels);
        edge_curvature(task, kernels, out);
        return ANA_OK;
    }
    for (size_t j = 0; j < task->n_states * task->n_units; j++) {
        const size_t unit = j % task->n_units;
        for (size_t i = 0; i < task->n_free[unit]; i++) {
            out[j * task->n_columns + task->free[unit * task->n_columns + i]] =
                ana_glm_hmm_share(task, j / task->n_units, unit) *
                ana_glm_hmm_hessian(task, j / task->n_units, unit, i, i);
        }
    }
    return ANA_OK;
}
