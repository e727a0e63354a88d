/* What a fitted model says of data: means, and how well they are explained. */
#include "blas.h"
#include "design_parts.h"
#include "feature_id.h"
#include "glm_parts.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <string.h>

/* The data as the model sees them: its units among the data's, in the model's order. */
typedef struct view {
    const ana_glm *glm;
    const ana_glm_data *data;
    ana_glm_task task;
    ana_glm_options options;
    size_t *unit_of; /* N: the data's column of each unit; NULL: all in order */
    double *panels;  /* blocks x ROWS x P */
    double *eta;     /* blocks x N x ROWS */
} view;

ana_status ana_glm_check_columns(const ana_glm *glm, const ana_design *design)
{
    if (ana_design_n_columns(design) != glm->n_columns) {
        return ana_fail(ANA_ERR_SHAPE, "glm: the model has %zu columns, the design %zu",
                        glm->n_columns, ana_design_n_columns(design));
    }
    for (size_t c = 0; c < glm->n_columns; c++) {
        char name[ANA_FEATURE_ID_SIZE + 32];
        ana_design_column_name(design, c, name, sizeof name);
        if (strcmp(name, glm->column_names[c]) != 0) {
            return ana_fail(ANA_ERR_SHAPE,
                            "glm: column %zu of the design is \"%s\", of the model "
                            "\"%s\"",
                            c, name, glm->column_names[c]);
        }
    }
    return ANA_OK;
}

static ana_status open_view(const ana_glm *glm, const ana_glm_data *data, const ana_run *run,
                            ana_workspace *workspace, view *out)
{
    ana_status status = ANA_OK;
    out->glm = glm;
    out->data = data;
    out->options = ana_glm_options_default();
    out->options.run = run != NULL ? *run : ana_run_default();
    out->options.family = glm->family;
    if (glm->coupling == ANA_COUPLING_MASK && data->mask == NULL) {
        out->options.coupling = ANA_COUPLING_FULL; /* what was not coupled has coefficient 0 */
    } else {
        out->options.coupling = data->mask != NULL ? ANA_COUPLING_MASK : ANA_COUPLING_FULL;
    }
    ANA_TRY(ana_glm_check_columns(glm, data->design));
    ANA_TRY(ana_glm_task_new(data, &out->options, &out->task));
    out->unit_of = ana_workspace_sizes(workspace, glm->n_units, 1);
    out->panels =
        ana_workspace_doubles(workspace, out->task.n_blocks * ANA_GLM_ROWS, glm->n_columns);
    out->eta = ana_workspace_doubles(workspace, out->task.n_blocks * ANA_GLM_ROWS, glm->n_units);
    ANA_TRY(ana_workspace_check(workspace, "glm"));
    ANA_TRY(ana_feature_match("glm", glm->n_units, glm->unit_names, data->responses, out->unit_of));
    ANA_TRY(ana_blas_start("glm", glm->n_units, glm->n_columns, ANA_GLM_ROWS));
done:
    return status;
}

static ana_glm_family family_of(const ana_glm *glm, size_t unit)
{
    ana_glm_family family = glm->family;
    if (!isnan(glm->dispersion[unit])) {
        family.dispersion = glm->dispersion[unit];
    }
    return family;
}

/* eta without offset of rows first ... first + n - 1: N x n. */
static void predict_block(const view *from, size_t slot, size_t first, size_t n)
{
    const size_t p = from->glm->n_columns;
    double *panel = from->panels + slot * ANA_GLM_ROWS * p;
    double *eta = from->eta + slot * ANA_GLM_ROWS * from->glm->n_units;
    const ana_gemm shape = {from->glm->n_units, p, n, false, true, 1.0, 0.0};
    ana_design_fill(from->data->design, first, n, panel);
    ana_blas_gemm(&shape, from->glm->coefficients, panel, eta);
}

/* Means of one block; NaN where the row is not usable. */
static void mean_block(const view *from, size_t slot, size_t first, size_t n, double *mean)
{
    const size_t n_units = from->glm->n_units;
    for (size_t u = 0; u < n_units; u++) {
        const ana_glm_family family = family_of(from->glm, u);
        double *eta = from->eta + slot * ANA_GLM_ROWS * n_units + u * n;
        const size_t column = from->unit_of[u];
        for (size_t i = 0; i < n && from->data->offset != NULL; i++) {
            eta[i] += from->data->offset[(first + i) * from->task.n_units + column];
        }
        ana_glm_mean(&family, n, eta, eta);
        for (size_t i = 0; i < n; i++) {
            const bool usable = ana_design_usable(from->data->design, first + i);
            mean[(first + i) * n_units + u] = usable ? eta[i] : (double)NAN;
        }
    }
}

ana_status ana_glm_predict(const ana_glm *glm, const ana_glm_data *data, const ana_run *run,
                           double *mean)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    view from = {0};
    if (glm->n_classes > 0) {
        return ana_glm_predict_choices(glm, data, run, mean);
    }
    ANA_TRY(open_view(glm, data, run, &workspace, &from));
    const size_t n_times = from.task.n_times;
    const size_t n_blocks = from.task.n_blocks;
    for (size_t begin = 0; begin < n_times; begin += n_blocks * ANA_GLM_ROWS) {
#pragma omp parallel for default(none) num_threads(ana_run_threads(run, n_blocks))                 \
    shared(from, mean, n_times, n_blocks, begin)
        for (size_t slot = 0; slot < n_blocks; slot++) {
            const size_t first = begin + slot * ANA_GLM_ROWS;
            if (first < n_times) {
                const size_t left = n_times - first;
                const size_t n = left < ANA_GLM_ROWS ? left : ANA_GLM_ROWS;
                predict_block(&from, slot, first, n);
                mean_block(&from, slot, first, n, mean);
            }
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* Sums of one unit over a block, and over all. */
typedef struct score_sums {
    double log_likelihood;
    double deviance;
    double null_log_likelihood;
    double null_deviance;
    double n_spikes;
    double n_rows;
} score_sums;

static void score_unit(const view *from, size_t u, size_t first, size_t n, const double *eta,
                       score_sums *sums)
{
    const ana_glm *glm = from->glm;
    const ana_glm_family family = family_of(glm, u);
    ana_glm_family plain = family;
    plain.link = ANA_GLM_CANONICAL;
    ana_glm_family null = plain;
    null.dispersion = glm->null_dispersion[u];
    const double level = ana_glm_inverse_link(ana_glm_link_of(&null), glm->null_mean[u]);
    ana_glm_block block;
    double null_eta[ANA_GLM_ROWS];
    double deviance[ANA_GLM_ROWS];
    double null_deviance[ANA_GLM_ROWS];
    ana_glm_take_responses(&from->task, from->unit_of[u], first, n, &block.in);
    for (size_t i = 0; i < n; i++) {
        block.eta[i] = eta[i] + block.in.offset[i];
        null_eta[i] = level;
    }
    ana_glm_log_likelihood(&family, n, block.in.y, block.eta, block.log_likelihood);
    ana_glm_deviance(&family, n, block.in.y, block.eta, deviance);
    ana_glm_log_likelihood(&null, n, block.in.y, null_eta, block.constant);
    ana_glm_deviance(&plain, n, block.in.y, null_eta, null_deviance);
    for (size_t i = 0; i < n; i++) {
        const double weight = block.in.weight[i];
        if (weight > 0.0) {
            sums->log_likelihood += weight * block.log_likelihood[i];
            sums->deviance += weight * deviance[i];
            sums->null_log_likelihood += weight * block.constant[i];
            sums->null_deviance += weight * null_deviance[i];
            sums->n_spikes += weight * block.in.y[i];
            sums->n_rows += weight;
        }
    }
}

static void put(double *array, size_t i, double value)
{
    if (array != NULL) {
        array[i] = value;
    }
}

static void put_scores(const ana_glm *glm, size_t u, const score_sums *sums,
                       const ana_glm_scores *out)
{
    const bool dispersed = !isnan(glm->dispersion[u]) && !glm->fixed_dispersion;
    const double k = glm->freedom[u] + (dispersed ? 1.0 : 0.0);
    const double gain = sums->log_likelihood - sums->null_log_likelihood;
    put(out->log_likelihood, u, sums->log_likelihood);
    put(out->deviance, u, sums->deviance);
    put(out->pseudo_r2, u, 1.0 - sums->deviance / sums->null_deviance);
    put(out->mcfadden_r2, u, 1.0 - sums->log_likelihood / sums->null_log_likelihood);
    put(out->bits_per_spike, u,
        gain / ((glm->n_classes > 0 ? sums->n_rows : sums->n_spikes) * log(2.0)));
    put(out->aic, u, 2.0 * k - 2.0 * sums->log_likelihood);
    put(out->bic, u, k * log(sums->n_rows) - 2.0 * sums->log_likelihood);
}

ana_status ana_glm_score(const ana_glm *glm, const ana_glm_data *data, const ana_run *run,
                         const ana_glm_scores *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    view from = {0};
    if (glm->n_classes > 0) {
        return ana_glm_score_choices(glm, data, run, out);
    }
    score_sums *sums = ana_workspace_bytes(&workspace, glm->n_units, 1, sizeof *sums);
    ANA_TRY(open_view(glm, data, run, &workspace, &from));
    ANA_TRY(ana_glm_check_responses(&from.task));
    const size_t n_times = from.task.n_times;
    const size_t n_units = glm->n_units;
    for (size_t first = 0; first < n_times; first += ANA_GLM_ROWS) {
        const size_t n = n_times - first < ANA_GLM_ROWS ? n_times - first : ANA_GLM_ROWS;
        predict_block(&from, 0, first, n);
#pragma omp parallel for default(none) num_threads(ana_run_threads(run, n_units))                  \
    shared(from, sums, first, n, n_units)
        for (size_t u = 0; u < n_units; u++) {
            score_unit(&from, u, first, n, from.eta + u * n, &sums[u]);
        }
    }
    for (size_t u = 0; u < n_units; u++) {
        put_scores(glm, u, &sums[u], out);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

void ana_glm_fit_scores(const ana_glm *glm, const ana_glm_scores *out)
{
    for (size_t u = 0; u < glm->n_units; u++) {
        const score_sums sums = {
            .log_likelihood = glm->log_likelihood[u],
            .deviance = 2.0 * (glm->saturated_log_likelihood[u] - glm->log_likelihood[u]),
            .null_log_likelihood = glm->null_log_likelihood[u],
            .null_deviance = glm->null_deviance[u],
            .n_spikes = glm->n_spikes[u],
            .n_rows = glm->n_rows[u]};
        put_scores(glm, u, &sums, out);
    }
}
