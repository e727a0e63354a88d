/* One pass over the data: each unit's log-likelihood with its derivatives, block after block. */
#include "blas.h"
#include "glm_parts.h"

#include <analysis/special.h>

#include <math.h>
#include <omp.h>
#include <string.h>

static void gather(const ana_glm_unit *unit, size_t n_rows, const double *panel, size_t p,
                   double *rows)
{
    const size_t n = unit->n;
    const bool all = n == p;
    for (size_t i = 0; i < n_rows && all; i++) {
        memcpy(rows + i * n, panel + i * p, n * sizeof *rows);
    }
    for (size_t i = 0; i < n_rows && !all; i++) {
        for (size_t j = 0; j < n; j++) {
            rows[i * n + j] = panel[i * p + unit->columns[j]];
        }
    }
}

/* hessian += sign * rows^T diag(|curvature|) rows over the rows whose curvature has that sign. */
static void add_hessian(double sign, size_t n_rows, const double *curvature,
                        const ana_glm_scratch *scratch, ana_glm_unit *unit)
{
    const size_t n = unit->n;
    size_t n_taken = 0;
    for (size_t i = 0; i < n_rows; i++) {
        const double size = sign * curvature[i];
        if (!(size > 0.0)) {
            continue;
        }
        const double scale = sqrt(size);
        const double *row = scratch->rows + i * n;
        double *scaled = scratch->scaled + n_taken * n;
#pragma omp simd
        for (size_t j = 0; j < n; j++) {
            scaled[j] = scale * row[j];
        }
        n_taken++;
    }
    ana_blas_gram_add(n_taken, n, sign, scratch->scaled, unit->hessian);
}

/* Derivatives of a negative binomial's log-likelihood in the logarithm of its size s. */
static void add_size_derivatives(const ana_glm_family *family, size_t n,
                                 const ana_glm_block *values, ana_glm_sums *sums)
{
    const double s = family->dispersion;
    double mean[ANA_GLM_ROWS];
    ana_glm_mean(family, n, values->eta, mean);
    for (size_t i = 0; i < n; i++) {
        const double y = values->in.y[i];
        if (values->in.weight[i] == 0.0) {
            continue;
        }
        double first = -log1p(mean[i] / s) + (mean[i] - y) / (s + mean[i]);
        double second =
            mean[i] / (s * (s + mean[i])) - (mean[i] - y) / ((s + mean[i]) * (s + mean[i]));
        if (y > 0.0) {
            first += ana_special_digamma(y + s) - ana_special_digamma(s);
            second += ana_special_trigamma(y + s) - ana_special_trigamma(s);
        }
        sums->spread += values->in.weight[i] * s * first;
        sums->spread_curvature -= values->in.weight[i] * (s * first + s * s * second);
    }
}

/* The same for the logarithm of a Gaussian's standard deviation. */
static void add_deviation_derivatives(size_t n, const ana_glm_block *values, ana_glm_sums *sums)
{
    for (size_t i = 0; i < n; i++) {
        if (values->in.weight[i] > 0.0) {
            const double squares = -2.0 * values->log_likelihood[i];
            sums->spread += values->in.weight[i] * (squares - 1.0);
            sums->spread_curvature += values->in.weight[i] * 2.0 * squares;
        }
    }
}

static void add_dispersion(const ana_glm_unit *unit, const ana_glm_family *family, size_t n,
                           const ana_glm_block *values, ana_glm_sums *sums)
{
    if (!unit->fits_dispersion) {
        return;
    }
    if (family->distribution == ANA_GLM_GAUSSIAN) {
        add_deviation_derivatives(n, values, sums);
    } else {
        add_size_derivatives(family, n, values, sums);
    }
}

static void add_sums(size_t n, ana_glm_block *values, ana_glm_sums *sums)
{
    double block = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double weight = values->in.weight[i];
        if (weight > 0.0) {
            block += weight * (values->log_likelihood[i] + values->constant[i]);
            sums->n_rows += weight;
        }
        values->gradient[i] = weight > 0.0 ? weight * values->gradient[i] : 0.0;
        values->curvature[i] = weight > 0.0 ? weight * values->curvature[i] : 0.0;
    }
    sums->log_likelihood += block;
}

void ana_glm_evaluate(const ana_glm_task *task, const ana_glm_unit *unit, size_t n,
                      ana_glm_block *block, ana_glm_sums *sums)
{
    const ana_glm_outputs out = {block->log_likelihood, block->gradient, block->curvature};
    ana_glm_family family = unit->family;
    family.dispersion = unit->trial_dispersion;
    ana_glm_kernel(&family, task->expected, n, block->in.y, block->eta, out);
    ana_glm_constant(&family, n, block->in.y, block->constant);
    add_dispersion(unit, &family, n, block, sums);
    add_sums(n, block, sums);
}

static void add_block(const ana_glm_task *task, size_t first, size_t n, const double *panel,
                      bool hessian, const ana_glm_scratch *scratch, ana_glm_unit *unit)
{
    ana_glm_block block;
    ana_glm_take_responses(task, unit->unit, first, n, &block.in);
    gather(unit, n, panel, task->n_columns, scratch->rows);
    memcpy(block.eta, block.in.offset, n * sizeof *block.eta);
    ana_blas_apply(n, unit->n, scratch->rows, false, unit->trial, 1.0, block.eta);
    ana_glm_evaluate(task, unit, n, &block, &unit->sums);
    ana_blas_apply(n, unit->n, scratch->rows, true, block.gradient, 1.0, unit->gradient);
    if (hessian) {
        add_hessian(1.0, n, block.curvature, scratch, unit);
        add_hessian(-1.0, n, block.curvature, scratch, unit);
    }
}

static void clear(bool hessian, ana_glm_unit *unit)
{
    memset(&unit->sums, 0, sizeof unit->sums);
    memset(unit->gradient, 0, unit->n * sizeof *unit->gradient);
    if (hessian) {
        memset(unit->hessian, 0, unit->n * unit->n * sizeof *unit->hessian);
    }
}

static void add_panels(const ana_glm_task *task, const ana_glm_room *room, size_t first,
                       size_t n_rows, size_t n_units, ana_glm_unit *units, bool hessian)
{
#pragma omp parallel for default(none) num_threads(room->n_threads) schedule(dynamic, 1)           \
    shared(task, room, first, n_rows, n_units, units, hessian)
    for (size_t u = 0; u < n_units; u++) {
        const ana_glm_scratch *scratch = &room->scratch[omp_get_thread_num()];
        for (size_t begin = 0; units[u].active && begin < n_rows; begin += ANA_GLM_ROWS) {
            const size_t n = n_rows - begin < ANA_GLM_ROWS ? n_rows - begin : ANA_GLM_ROWS;
            add_block(task, first + begin, n, room->panels + begin * task->n_columns, hessian,
                      scratch, &units[u]);
        }
    }
}

ana_status ana_glm_pass(const ana_glm_task *task, const ana_glm_room *room, size_t n_units,
                        ana_glm_unit *units, bool hessian)
{
    for (size_t u = 0; u < n_units; u++) {
        if (units[u].active) {
            clear(hessian, &units[u]);
        }
    }
    size_t n_rows = 0;
    for (size_t first = 0; first < task->n_times; first += n_rows) {
        ana_status status = ana_run_progress(&task->options->run, "glm fit: rows of this pass",
                                             first, task->n_times);
        if (status != ANA_OK) {
            return status;
        }
        ana_glm_fill_panels(task, room, first, &n_rows);
        add_panels(task, room, first, n_rows, n_units, units, hessian);
    }
    return ANA_OK;
}
