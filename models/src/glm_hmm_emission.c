/* Coupled generalised linear models as a family of emissions for the EM driver. */
#include "glm_hmm_parts.h"
#include "try.h"

#include <math.h>
#include <string.h>

size_t ana_glm_hmm_weights_bytes(const ana_glm_hmm_task *task)
{
    const size_t edges = task->n_units * task->n_sources;
    const size_t cells = task->n_units * task->n_columns;
    size_t doubles = task->n_states * cells;
    if (task->options->lapse != ANA_GLM_LAPSE_NONE) {
        doubles += task->n_states * task->n_responses * task->n_classes;
    }
    if (task->prior == ANA_GLM_HMM_GAUSSIAN) {
        doubles += cells;
    }
    if (task->prior == ANA_GLM_HMM_ONE_HOT) {
        doubles += edges * (task->n_functions + task->n_states + (size_t)(2 * ANA_EDGE_SIGNS));
    }
    return doubles * sizeof(double);
}

ana_status ana_glm_hmm_weights_new(const ana_glm_hmm_task *task, ana_workspace *workspace,
                                   ana_glm_hmm_weights **out)
{
    const size_t edges = task->n_units * task->n_sources;
    const size_t cells = task->n_units * task->n_columns;
    ana_glm_hmm_weights *made = ana_workspace_bytes(workspace, 1, 1, sizeof *made);
    if (made == NULL) {
        return ana_workspace_check(workspace, "glm-hmm fit");
    }
    made->coefficients = ana_workspace_doubles(workspace, task->n_states, cells);
    made->spread = (double)NAN;
    if (task->options->lapse != ANA_GLM_LAPSE_NONE) {
        made->lapse =
            ana_workspace_doubles(workspace, task->n_states, task->n_responses * task->n_classes);
    }
    if (task->prior == ANA_GLM_HMM_GAUSSIAN) {
        made->centre = ana_workspace_doubles(workspace, cells, 1);
    }
    if (task->prior == ANA_GLM_HMM_ONE_HOT) {
        const size_t signs = ana_glm_hmm_n_groups(task) * ANA_EDGE_SIGNS;
        made->kernel = ana_workspace_doubles(workspace, edges, task->n_functions);
        made->slope = ana_workspace_doubles(workspace, task->n_states, edges);
        made->signs = ana_workspace_doubles(workspace, signs, 1);
        made->log_signs = ana_workspace_doubles(workspace, signs, 1);
    }
    *out = made;
    return ana_workspace_check(workspace, "glm-hmm fit");
}

static void copy_states(size_t n_states, size_t size, const size_t *order, const double *from,
                        double *to)
{
    for (size_t k = 0; k < n_states; k++) {
        memcpy(to + k * size, from + (order != NULL ? order[k] : k) * size, size * sizeof *to);
    }
}

void ana_glm_hmm_weights_copy(const ana_glm_hmm_task *task, const ana_glm_hmm_weights *from,
                              const size_t *order, ana_glm_hmm_weights *to)
{
    const size_t edges = task->n_units * task->n_sources;
    const size_t cells = task->n_units * task->n_columns;
    copy_states(task->n_states, cells, order, from->coefficients, to->coefficients);
    to->spread = from->spread;
    if (task->options->lapse != ANA_GLM_LAPSE_NONE) {
        copy_states(task->n_states, task->n_responses * task->n_classes, order, from->lapse,
                    to->lapse);
    }
    if (task->prior == ANA_GLM_HMM_GAUSSIAN) {
        memcpy(to->centre, from->centre, cells * sizeof(double));
    }
    if (task->prior == ANA_GLM_HMM_ONE_HOT) {
        const size_t signs = ana_glm_hmm_n_groups(task) * ANA_EDGE_SIGNS;
        copy_states(task->n_states, edges, order, from->slope, to->slope);
        memcpy(to->kernel, from->kernel, edges * task->n_functions * sizeof(double));
        memcpy(to->signs, from->signs, signs * sizeof(double));
        memcpy(to->log_signs, from->log_signs, signs * sizeof(double));
        memcpy(to->base, from->base, sizeof to->base);
    }
}

static size_t family_bytes(const void *data)
{
    return ana_glm_hmm_weights_bytes(data);
}

static ana_status family_make(const void *data, ana_workspace *workspace, void **out)
{
    ana_glm_hmm_weights *made = NULL;
    ana_status status = ana_glm_hmm_weights_new(data, workspace, &made);
    *out = made;
    return status;
}

/* Few lapses, to any class alike, unless they are given. */
static void start_lapses(const ana_glm_hmm_task *task, ana_glm_hmm_weights *weights)
{
    const double few = 0.05;
    const size_t n = task->n_states * task->n_responses * task->n_classes;
    for (size_t i = 0; weights->lapse != NULL && i < n; i++) {
        weights->lapse[i] =
            task->start_lapse != NULL ? task->start_lapse[i] : few / (double)task->n_classes;
    }
}

static ana_status family_start(const void *data, size_t restart, ana_random *random,
                               void *parameters)
{
    const ana_glm_hmm_task *task = data;
    ana_glm_hmm_weights *weights = parameters;
    if (task->start == NULL) {
        ana_glm_hmm_perturb(task, restart, random, weights->coefficients);
    } else {
        memcpy(weights->coefficients, task->start,
               task->n_states * task->n_units * task->n_columns * sizeof(double));
    }
    start_lapses(task, weights);
    ana_glm_hmm_prior_start(task, weights);
    return ANA_OK;
}

static void family_copy(const void *data, const void *from, const size_t *order, void *to)
{
    ana_glm_hmm_weights_copy(data, from, order, to);
}

static ana_status family_begin(const void *data, void *parameters)
{
    (void)data;
    (void)parameters;
    return ANA_OK;
}

static ana_status family_log_likelihood(const void *data, void *parameters, size_t first, size_t n,
                                        double *out)
{
    return ana_glm_hmm_rows(data, parameters, first, n, out);
}

static ana_status family_maximise(const void *data, void *parameters, const double *posterior)
{
    const ana_glm_hmm_task *task = data;
    ana_glm_hmm_weights *weights = parameters;
    ana_glm_hmm_mark_empty(task, posterior);
    if (task->prior == ANA_GLM_HMM_ONE_HOT) {
        return ana_glm_hmm_edges(task, weights, posterior);
    }
    if (task->is_joint) {
        return ana_glm_hmm_joint(task, weights, posterior);
    }
    ana_glm_hmm_prior_update(task, weights);
    return ana_glm_hmm_newton(task, weights, posterior);
}

static double family_log_prior(const void *data, const void *parameters)
{
    return ana_glm_hmm_log_prior(data, parameters);
}

ana_emission ana_glm_hmm_emission(const ana_glm_hmm_task *task)
{
    const ana_emission emission = {
        .name = "glm-hmm fit",
        .data = task,
        .n_states = task->n_states,
        .needs_posterior = true,
        .uses_threads = true,
        .bytes = family_bytes,
        .make = family_make,
        .start = family_start,
        .copy = family_copy,
        .begin = family_begin,
        .log_likelihood = family_log_likelihood,
        .maximise = family_maximise,
        .log_prior = family_log_prior,
    };
    return emission;
}
