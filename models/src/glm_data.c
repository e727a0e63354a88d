/* What is fitted: rows, weights and responses, and which columns say anything. */
#include "blas.h"
#include "design_parts.h"
#include "glm_choice.h"
#include "glm_parts.h"
#include "text.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

/* A column whose square is explained to this share by those before it is determined by them. */
static const double explained = 1e-10;

static ana_status check_weights(const ana_glm_data *data, size_t n_times)
{
    for (size_t t = 0; data->weights != NULL && t < n_times; t++) {
        if (!(data->weights[t] >= 0.0) || isinf(data->weights[t])) {
            return ana_fail(ANA_ERR_VALUE, "glm: weight %s of row %zu; it must be 0 or above",
                            ana_number(data->weights[t]).text, t);
        }
    }
    return ANA_OK;
}

static ana_status check_options(const ana_glm_options *options)
{
    ana_status status = ana_options_check(ana_glm_option_table, options, "glm");
    if (status != ANA_OK) {
        return status;
    }
    if (options->solver == ANA_GLM_SOLVER_PCG && (options->lasso > 0.0 || options->group > 0.0)) {
        return ana_fail(ANA_ERR_VALUE, "glm: conjugate gradients do not know lasso and group "
                                       "penalties; use solver newton");
    }
    ana_glm_family family = options->family;
    family.dispersion = options->fixed_dispersion ? family.dispersion : 1.0;
    return ana_glm_family_check(&family);
}

ana_status ana_glm_task_new(const ana_glm_data *data, const ana_glm_options *options,
                            ana_glm_task *out)
{
    ana_status status = ANA_OK;
    const ana_design_source *source = ana_design_sources(data->design);
    const ana_observations *responses = data->responses;
    ana_glm_task task = {
        .data = data,
        .options = options,
        .n_times = responses->n_times,
        .n_units = responses->n_features,
        .n_columns = ana_design_n_columns(data->design),
        .n_sources = source->history != NULL ? source->history->n_features : 0,
        .n_functions = source->basis != NULL ? source->basis->n_functions : 0,
        .history_column = source->no_intercept ? 0 : 1,
        .covariate_column = ana_design_covariate_column(data->design),
        /* Coordinate descent needs Hessians that are positive definite. */
        .expected = options->lasso > 0.0 || options->group > 0.0,
    };
    if (task.n_times != ana_design_n_times(data->design)) {
        return ana_fail(ANA_ERR_SHAPE, "glm: %zu rows of responses but %zu of the design",
                        task.n_times, ana_design_n_times(data->design));
    }
    if (task.n_units == 0 || task.n_times == 0) {
        return ana_fail(ANA_ERR_VALUE, "glm: %zu rows of %zu units; at least one of each",
                        task.n_times, task.n_units);
    }
    if ((options->coupling == ANA_COUPLING_MASK) != (data->mask != NULL)) {
        return ana_fail(ANA_ERR_VALUE, "glm: coupling mask and a mask go together");
    }
    if (options->coupling == ANA_COUPLING_SELF && task.n_sources > 0 &&
        task.n_sources != task.n_units) {
        return ana_fail(ANA_ERR_SHAPE, "glm: own history of %zu units, but %zu have a history",
                        task.n_units, task.n_sources);
    }
    if (data->start != NULL &&
        (data->start->n_units != task.n_units || data->start->n_columns != task.n_columns)) {
        return ana_fail(ANA_ERR_SHAPE,
                        "glm: the start has %zu units and %zu columns, the data %zu and %zu",
                        data->start->n_units, data->start->n_columns, task.n_units, task.n_columns);
    }
    ANA_TRY(check_options(options));
    ANA_TRY(check_weights(data, task.n_times));
    const size_t panel = task.n_columns * ANA_GLM_ROWS * sizeof(double);
    const size_t fitting = ((size_t)8 << 20) / panel;
    const size_t needed = (task.n_times + ANA_GLM_ROWS - 1) / ANA_GLM_ROWS;
    task.n_blocks = fitting < ANA_GLM_MAX_BLOCKS ? fitting : ANA_GLM_MAX_BLOCKS;
    task.n_blocks = task.n_blocks < needed ? task.n_blocks : needed;
    task.n_blocks = task.n_blocks > 0 ? task.n_blocks : 1;
    *out = task;
done:
    return status;
}

ana_status ana_glm_check_responses(const ana_glm_task *task)
{
    return ana_glm_check_observations(&task->options->family, "glm", task->data->responses);
}

void ana_glm_take_responses(const ana_glm_task *task, size_t unit, size_t first, size_t n,
                            ana_glm_responses *out)
{
    const ana_glm_data *data = task->data;
    for (size_t i = 0; i < n; i++) {
        const size_t t = first + i;
        const double weight = data->weights != NULL ? data->weights[t] : 1.0;
        const double y = data->responses->values[t * task->n_units + unit];
        const double offset = data->offset != NULL ? data->offset[t * task->n_units + unit] : 0.0;
        const bool known =
            ana_design_usable(data->design, t) && weight > 0.0 && !isnan(y) && !isnan(offset);
        out->y[i] = known ? y : (double)NAN;
        out->weight[i] = known ? weight : 0.0;
        out->offset[i] = known ? offset : 0.0;
    }
}

/* Columns' ranges and sums of products over the usable rows with a weight. */
typedef struct ranges {
    double *low;
    double *high;
    double *gram; /* NULL: not wanted */
} ranges;

static void add_rows(const ana_glm_task *task, size_t first, size_t n, double *panel, ranges *into)
{
    const size_t p = task->n_columns;
    for (size_t i = 0; i < n; i++) {
        double *row = panel + i * p;
        const double *weights = task->data->weights;
        if (!ana_design_usable(task->data->design, first + i)) {
            continue;
        }
        if (weights != NULL && weights[first + i] == 0.0) {
            memset(row, 0, p * sizeof *row);
            continue;
        }
        for (size_t c = 0; c < p; c++) {
            into->low[c] = fmin(into->low[c], row[c]);
            into->high[c] = fmax(into->high[c], row[c]);
        }
    }
    if (into->gram != NULL) {
        ana_blas_gram_add(n, p, 1.0, panel, into->gram);
    }
}

/* Cholesky's factorisation column by column; a column that leaves (nearly) nothing is left out. */
static void mark_collinear(const ana_glm_task *task, double *gram)
{
    const size_t p = task->n_columns;
    for (size_t c = 0; c < p; c++) {
        double *row = gram + c * p;
        if (task->live[c] != ANA_GLM_LIVE) {
            memset(row, 0, (c + 1) * sizeof *row);
            continue;
        }
        const double whole = row[c];
        double rest = whole;
        for (size_t j = 0; j < c; j++) {
            const double *other = gram + j * p;
            double value = row[j];
            for (size_t k = 0; k < j; k++) {
                value -= row[k] * other[k];
            }
            row[j] = other[j] > 0.0 ? value / other[j] : 0.0;
            rest -= row[j] * row[j];
        }
        if (rest > explained * whole) {
            row[c] = sqrt(rest);
        } else {
            task->live[c] = ANA_GLM_LEFT_COLLINEAR;
            memset(row, 0, (c + 1) * sizeof *row);
        }
    }
}

ana_status ana_glm_survey(ana_glm_task *task, ana_workspace *workspace)
{
    ana_status status = ANA_OK;
    const size_t p = task->n_columns;
    const bool collinear = task->options->ridge == 0.0;
    ranges found = {.low = ana_workspace_doubles(workspace, p, 1),
                    .high = ana_workspace_doubles(workspace, p, 1),
                    .gram = collinear ? ana_workspace_doubles(workspace, p, p) : NULL};
    double *panel = ana_workspace_doubles(workspace, ANA_GLM_ROWS, p);
    task->live = ana_workspace_bytes(workspace, p, 1, 1);
    task->allowed = ana_workspace_bytes(workspace, p, 1, sizeof *task->allowed);
    task->scale = ana_workspace_doubles(workspace, p, 1);
    ANA_TRY(ana_workspace_check(workspace, "glm"));
    ANA_TRY(ana_blas_start("glm", p, p, ANA_GLM_ROWS));
    for (size_t c = 0; c < p; c++) {
        found.low[c] = (double)INFINITY;
        found.high[c] = -(double)INFINITY;
    }
    for (size_t first = 0; first < task->n_times; first += ANA_GLM_ROWS) {
        const size_t left = task->n_times - first;
        const size_t n = left < ANA_GLM_ROWS ? left : ANA_GLM_ROWS;
        ana_design_fill(task->data->design, first, n, panel);
        add_rows(task, first, n, panel, &found);
    }
    for (size_t c = 0; c < p; c++) {
        task->scale[c] = fmax(fabs(found.low[c]), fabs(found.high[c]));
    }
    for (size_t c = task->history_column; c < p; c++) {
        const bool silent = found.low[c] == 0.0 || task->history_column == 1;
        if (!(found.low[c] < found.high[c]) && silent) {
            task->live[c] = ANA_GLM_LEFT_CONSTANT;
        }
    }
    if (collinear) {
        mark_collinear(task, found.gram);
    }
done:
    return status;
}
