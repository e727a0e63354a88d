/* Where a unit's fit begins. */
#include "glm_parts.h"

#include <math.h>

size_t ana_glm_free_columns(const ana_glm_task *task, size_t unit, size_t *columns)
{
    size_t n = 0;
    const bool *allowed = task->allowed;
    ana_design_allowed(task->data->design, task->options->coupling, task->data->mask, unit,
                       task->allowed);
    for (size_t c = 0; c < task->n_columns; c++) {
        if (allowed[c] && task->live[c] == ANA_GLM_LIVE) {
            if (columns != NULL) {
                columns[n] = c;
            }
            n++;
        }
    }
    return n;
}

static unsigned left_out(const ana_glm_task *task, const bool *allowed)
{
    unsigned flags = 0;
    for (size_t c = 0; c < task->n_columns; c++) {
        if (allowed[c] && task->live[c] == ANA_GLM_LEFT_CONSTANT) {
            flags |= ANA_GLM_CONSTANT;
        } else if (allowed[c] && task->live[c] == ANA_GLM_LEFT_COLLINEAR) {
            flags |= ANA_GLM_COLLINEAR;
        }
    }
    return flags;
}

static ana_glm_unit make_unit(ana_workspace *workspace, const ana_glm_task *task, size_t unit,
                              bool hessian)
{
    ana_glm_unit made = {.unit = unit};
    made.n = ana_glm_free_columns(task, unit, NULL);
    made.columns = ana_workspace_sizes(workspace, made.n, 1);
    made.beta = ana_workspace_doubles(workspace, made.n, 1);
    made.trial = ana_workspace_doubles(workspace, made.n, 1);
    made.direction = ana_workspace_doubles(workspace, made.n, 1);
    made.gradient = ana_workspace_doubles(workspace, made.n, 1);
    if (hessian) {
        made.hessian = ana_workspace_doubles(workspace, made.n, made.n);
    }
    (void)ana_glm_free_columns(task, unit, made.columns);
    made.flags = left_out(task, task->allowed);
    return made;
}

static bool has_intercept(const ana_glm_task *task, const ana_glm_unit *unit)
{
    return task->history_column == 1 && unit->n > 0 && unit->columns[0] == 0;
}

/* Counts that are all 0 (or Bernoulli's all 1) have no finite intercept. */
static void settle(const ana_glm_task *task, double rows, double share, unsigned flag,
                   ana_glm_unit *unit)
{
    const ana_glm_link link = ana_glm_link_of(&task->options->family);
    const double half = fmin(0.5 / rows, 0.25);
    unit->flags |= flag;
    unit->leaves = true; /* one pass, for its log-likelihood */
    unit->beta[0] = ana_glm_inverse_link(link, share > 0.5 ? 1.0 - half : half);
    unit->trial[0] = unit->beta[0];
}

static void start(const ana_glm_task *task, const ana_glm *glm, ana_glm_unit *unit)
{
    const size_t u = unit->unit;
    const double mean = glm->null_mean[u];
    const ana_glm_distribution distribution = task->options->family.distribution;
    const bool fits =
        !task->options->fixed_dispersion &&
        (distribution == ANA_GLM_GAUSSIAN || distribution == ANA_GLM_NEGATIVE_BINOMIAL);
    unit->family = task->options->family;
    unit->objective = -(double)INFINITY;
    unit->active = true;
    unit->fits_dispersion = fits;
    if (fits) {
        unit->family.dispersion = glm->null_dispersion[u];
    }
    const bool gaussian = distribution == ANA_GLM_GAUSSIAN;
    unit->least_dispersion = gaussian ? 1e-8 * unit->family.dispersion : ANA_GLM_LEAST_SIZE;
    unit->most_dispersion = gaussian ? 1e8 * unit->family.dispersion : ANA_GLM_MOST_SIZE;
    unit->trial_dispersion = unit->family.dispersion;
    if (!(glm->n_rows[u] > 0.0)) {
        unit->flags |= ANA_GLM_NO_ROWS;
        unit->active = false;
        unit->converged = true;
        return;
    }
    if (!has_intercept(task, unit)) {
        return;
    }
    if (gaussian && fits &&
        unit->family.dispersion <= ANA_GLM_LEAST_DEVIATION * fmax(fabs(mean), 1.0)) {
        unit->flags |= ANA_GLM_SEPARATED; /* responses that never change: nothing to explain */
        unit->leaves = true;
        unit->beta[0] = ana_glm_inverse_link(ana_glm_link_of(&unit->family), mean);
        unit->trial[0] = unit->beta[0];
    } else if (!gaussian && mean == 0.0) {
        settle(task, glm->n_rows[u], 0.0, ANA_GLM_SILENT, unit);
    } else if (distribution == ANA_GLM_BERNOULLI && mean == 1.0) {
        settle(task, glm->n_rows[u], 1.0, ANA_GLM_SEPARATED, unit);
    } else {
        const ana_glm_link link = ana_glm_link_of(&task->options->family);
        const double reachable = link == ANA_GLM_SIGMOID ? fmin(mean, 0.95) : mean;
        const double least = link == ANA_GLM_IDENTITY ? reachable : fmax(reachable, 1e-6);
        unit->beta[0] = ana_glm_inverse_link(link, least);
        unit->trial[0] = unit->beta[0];
    }
}

ana_status ana_glm_units_new(ana_workspace *workspace, const ana_glm_task *task, const ana_glm *glm,
                             size_t first, size_t n, bool hessians, ana_glm_unit **out)
{
    ana_glm_unit *units = ana_workspace_bytes(workspace, n, 1, sizeof *units);
    for (size_t u = 0; units != NULL && u < n; u++) {
        units[u] = make_unit(workspace, task, first + u, hessians);
    }
    ana_status status = ana_workspace_check(workspace, "glm");
    for (size_t u = 0; status == ANA_OK && units != NULL && u < n; u++) {
        start(task, glm, &units[u]);
        if (task->data->start != NULL && units[u].active && !units[u].leaves) {
            ana_glm_unit_recall(task, task->data->start, &units[u]);
            units[u].active = true;
        }
    }
    *out = units;
    return status;
}

void ana_glm_unit_recall(const ana_glm_task *task, const ana_glm *glm, ana_glm_unit *unit)
{
    unit->active = glm->n_rows[unit->unit] > 0.0;
    for (size_t i = 0; i < unit->n; i++) {
        unit->beta[i] = glm->coefficients[unit->unit * task->n_columns + unit->columns[i]];
        unit->trial[i] = unit->beta[i];
    }
    if (unit->fits_dispersion && glm->dispersion[unit->unit] > 0.0) {
        unit->family.dispersion = glm->dispersion[unit->unit];
        unit->trial_dispersion = unit->family.dispersion;
    }
}
