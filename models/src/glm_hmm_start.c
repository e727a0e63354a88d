/* Where the iterations begin: around the pooled fit, with perturbed weights, and every other time
 * with the base rates of clusters of rows. */
#include "glm_hmm_parts.h"
#include "hmm_start.h"
#include "try.h"

#include <math.h>
#include <string.h>

/* Standard deviation of the linear predictor's perturbation at a start. */
static const double perturbation = 0.7;

/* The linear predictor of a mean, for starts alone: means are kept inside the link's range. */
static double eta_of(const ana_glm_family *family, double mean)
{
    const double m = fmax(mean, 1e-3);
    const ana_glm_link link = family->link;
    const bool is_share = family->distribution == ANA_GLM_BERNOULLI ||
                          family->distribution == ANA_GLM_CATEGORICAL || link == ANA_GLM_SIGMOID;
    if (is_share) {
        return log(fmin(m, 0.99) / (1.0 - fmin(m, 0.99)));
    }
    if (link == ANA_GLM_SOFTPLUS) {
        return log(expm1(m));
    }
    if (link == ANA_GLM_SQRT_SOFTPLUS) {
        return log(expm1(m * m));
    }
    if (link == ANA_GLM_LOG1P_SOFTPLUS) {
        return log(expm1(expm1(m)));
    }
    return link == ANA_GLM_IDENTITY ? m : log(m);
}

/* Square roots of counts have about equal variance at any rate. */
static double root_of_count(const void *data, size_t t, size_t column)
{
    const ana_observations *responses = data;
    const double y = responses->values[t * responses->n_features + column];
    return isnan(y) ? y : sqrt(fmax(y, 0.0));
}

/* Mean root of each unit's counts. */
static void mean_roots(const ana_observations *responses, double *mean)
{
    for (size_t n = 0; n < responses->n_features; n++) {
        double rows = 0.0;
        for (size_t t = 0; t < responses->n_times; t++) {
            const double root = root_of_count(responses, t, n);
            if (!isnan(root)) {
                rows += 1.0;
                mean[n] += (root - mean[n]) / rows;
            }
        }
    }
}

/* Odd starts take their base rates from clusters of rows (hmm_start.h). */
ana_status ana_glm_hmm_start_intercepts(ana_glm_hmm_task *task, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    ana_hmm_sample sample = {0};
    const ana_observations *responses = task->data->responses;
    const size_t n_units = task->n_units;
    const size_t cells = task->n_states * n_units;
    const ana_glm_family *family = &task->options->family;
    if (!task->has_intercept || task->n_states < 2 || family->distribution == ANA_GLM_GAUSSIAN ||
        task->options->share == ANA_GLM_HMM_SHARE_INTERCEPT) {
        return ANA_OK;
    }
    double *mean = ana_workspace_doubles(workspace, n_units, 1);
    task->intercepts = ana_workspace_doubles(workspace, task->options->n_restarts, cells);
    ANA_TRY(ana_workspace_check(workspace, "glm-hmm fit"));
    mean_roots(responses, mean);
    ANA_TRY(
        ana_hmm_sample_new(responses, n_units, root_of_count, responses, mean, workspace, &sample));
    const ana_hmm_start_buffers buffers =
        ana_hmm_start_buffers_new(workspace, sample.n_rows, task->n_states, n_units);
    ANA_TRY(ana_workspace_check(workspace, "glm-hmm fit"));
    for (size_t r = 1; r < task->options->n_restarts; r += 2) {
        ana_random random = ana_random_stream(task->options->run.seed, "glm_hmm.clusters", r);
        ana_hmm_start_cluster(&sample, task->n_states, &random, &buffers);
        for (size_t i = 0; i < cells; i++) {
            const double here = buffers.centre[i];
            const double all = mean[i % n_units];
            const double off = eta_of(family, here * here) - eta_of(family, all * all);
            task->intercepts[r * cells + i] = fmin(fmax(off, -2.0), 2.0);
        }
    }
done:
    return status;
}

/* The pooled fit, each state with its own perturbation of the weights and, where rates are given,
 * intercepts that give a cluster's rates. */
void ana_glm_hmm_perturb(const ana_glm_hmm_task *task, size_t restart, ana_random *random,
                         double *coefficients)
{
    const size_t cells = task->n_units * task->n_columns;
    for (size_t k = 0; k < task->n_states; k++) {
        double *own = coefficients + k * cells;
        memcpy(own, task->pooled, cells * sizeof *own);
        for (size_t i = 0; i < cells && task->n_states > 1; i++) {
            const size_t unit = i / task->n_columns;
            const size_t column = i % task->n_columns;
            const double scale = task->scale[column] * sqrt((double)task->n_free[unit]);
            const bool is_shared = task->options->share == ANA_GLM_HMM_SHARE_INTERCEPT &&
                                   task->has_intercept && column == 0;
            const bool varies =
                task->allowed[i] && scale > 0.0 && !task->silent[unit] && !is_shared;
            const double noise = ana_random_normal(random);
            own[i] += varies ? perturbation * noise / scale : 0.0;
        }
        for (size_t n = 0; n < task->n_units && task->intercepts != NULL; n++) {
            if (restart % 2 == 1 && !task->silent[n]) {
                own[n * task->n_columns] +=
                    task->intercepts[(restart * task->n_states + k) * task->n_units + n];
            }
        }
    }
}
