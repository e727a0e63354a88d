/* Fitted units put into the fit that is handed out. */
#include "feature_id.h"
#include "glm_parts.h"
#include "lists.h"
#include "memory.h"
#include "try.h"

#include <analysis/linalg.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A coefficient that says more than e^10, with an error of e^100, is on its way to infinity. */
static const double far_away = 10.0;
static const double without_end = 100.0;

static ana_status new_arrays(ana_glm *glm, bool errors)
{
    ana_status status = ANA_OK;
    const size_t n = glm->n_units;
    const size_t b = glm->basis != NULL ? glm->basis->n_functions : 0;
    double **per_unit[] = {&glm->dispersion,
                           &glm->log_likelihood,
                           &glm->null_log_likelihood,
                           &glm->saturated_log_likelihood,
                           &glm->null_deviance,
                           &glm->null_mean,
                           &glm->null_dispersion,
                           &glm->n_rows,
                           &glm->n_spikes,
                           &glm->freedom};
    for (size_t i = 0; i < sizeof per_unit / sizeof per_unit[0]; i++) {
        ANA_TRY(ana_allocate(n, sizeof(double), "glm", (void *)per_unit[i]));
    }
    ANA_TRY(ana_allocate(n, sizeof *glm->flags, "glm", (void *)&glm->flags));
    ANA_TRY(ana_allocate(n * glm->n_columns, sizeof(double), "glm", (void *)&glm->coefficients));
    ANA_TRY(ana_allocate(n * glm->n_columns, sizeof(double), "glm", (void *)&glm->standard_errors));
    for (size_t i = 0; i < n * glm->n_columns; i++) {
        glm->standard_errors[i] = (double)NAN;
    }
    if (errors && glm->n_sources > 0) {
        const size_t size = n * glm->n_sources * b * b;
        ANA_TRY(ana_allocate(size, sizeof(double), "glm", (void *)&glm->kernel_covariance));
        for (size_t i = 0; i < size; i++) {
            glm->kernel_covariance[i] = (double)NAN;
        }
    }
done:
    return status;
}

static ana_status name_columns(const ana_design *design, ana_glm *glm)
{
    ana_status status = ANA_OK;
    ANA_TRY(
        ana_allocate(glm->n_columns, sizeof *glm->column_names, "glm", (void *)&glm->column_names));
    for (size_t c = 0; c < glm->n_columns; c++) {
        char name[ANA_FEATURE_ID_SIZE + 32];
        ana_design_column_name(design, c, name, sizeof name);
        ANA_TRY(ana_copy_text(name, &glm->column_names[c]));
    }
done:
    return status;
}

ana_status ana_glm_new(const ana_glm_task *task, bool errors, ana_glm **out)
{
    ana_status status = ANA_OK;
    ana_glm *glm = NULL;
    const ana_design_source *source = ana_design_sources(task->data->design);
    ANA_TRY(ana_allocate(1, sizeof *glm, "glm", (void *)&glm));
    glm->n_units = task->n_units;
    glm->n_columns = task->n_columns;
    glm->n_sources = task->n_sources;
    glm->history_column = task->history_column;
    glm->family = task->options->family;
    glm->coupling = task->n_sources > 0 ? task->options->coupling : ANA_COUPLING_NONE;
    glm->fixed_dispersion = task->options->fixed_dispersion;
    glm->ridge = task->options->ridge;
    glm->lasso = task->options->lasso;
    glm->group = task->options->group;
    glm->smooth = task->options->smooth;
    glm->bin_s = task->data->responses->bin_s;
    if (source->basis != NULL) {
        ANA_TRY(ana_basis_custom(source->basis->n_lags, source->basis->n_functions,
                                 source->basis->values, &glm->basis));
        ANA_TRY(ana_feature_ids(source->history, &glm->source_names));
    }
    ANA_TRY(ana_feature_ids(task->data->responses, &glm->unit_names));
    ANA_TRY(name_columns(task->data->design, glm));
    ANA_TRY(new_arrays(glm, errors));
    *out = glm;
    glm = NULL;
done:
    ana_glm_free(glm);
    return status;
}

void ana_glm_store(const ana_glm_task *task, const ana_glm_unit *unit, ana_glm *glm)
{
    const size_t u = unit->unit;
    const bool fitted = (unit->flags & ANA_GLM_NO_ROWS) == 0;
    const bool dispersed = !isnan(glm->null_dispersion[u]);
    for (size_t i = 0; i < unit->n; i++) {
        glm->coefficients[u * task->n_columns + unit->columns[i]] = unit->beta[i];
    }
    glm->dispersion[u] = dispersed ? unit->family.dispersion : (double)NAN;
    glm->flags[u] |= unit->flags | (unit->converged ? 0 : (unsigned)ANA_GLM_NOT_CONVERGED);
    glm->log_likelihood[u] = fitted ? unit->sums.log_likelihood : (double)NAN;
    if (unit->fits_dispersion && unit->family.distribution == ANA_GLM_NEGATIVE_BINOMIAL &&
        unit->family.dispersion >= 0.99 * ANA_GLM_MOST_SIZE) {
        glm->flags[u] |= ANA_GLM_UNDERDISPERSED;
    }
    if (unit->fits_dispersion && unit->family.distribution == ANA_GLM_GAUSSIAN &&
        unit->family.dispersion <= 1.01 * unit->least_dispersion) {
        glm->flags[u] |= ANA_GLM_SEPARATED;
    }
}

/* Places of the coefficients that count: all, or with corners in the penalty those that are not 0.
 */
static size_t take_places(const ana_glm_task *task, const ana_glm_unit *unit, size_t *places)
{
    const bool sparse = task->options->lasso > 0.0 || task->options->group > 0.0;
    size_t n = 0;
    for (size_t i = 0; i < unit->n; i++) {
        if (!sparse || unit->beta[i] != 0.0) {
            places[n++] = i;
        }
    }
    return n;
}

/* matrix (k x k, lower triangle) = the chosen rows and columns of `from` (n x n). */
static void take_square(size_t n, const double *from, size_t k, const size_t *places,
                        double *matrix)
{
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j <= i; j++) {
            matrix[i * k + j] = from[places[i] * n + places[j]];
        }
    }
}

/* trace(inverse . hessian) over the places. */
static double trace_of(const ana_glm_unit *unit, size_t k, const size_t *places,
                       const double *inverse)
{
    double sum = 0.0;
    for (size_t i = 0; i < k; i++) {
        const double *row = unit->hessian + places[i] * unit->n;
        for (size_t j = 0; j < i; j++) {
            sum += 2.0 * inverse[i * k + j] * row[places[j]];
        }
        sum += inverse[i * k + i] * row[places[i]];
    }
    return sum;
}

/* Standard errors, and the covariance of each source's functions. */
static void store_inverse(const ana_glm_task *task, const ana_glm_unit *unit, const double *inverse,
                          ana_glm *glm)
{
    const size_t n = unit->n;
    const size_t b = task->n_functions;
    double *errors = glm->standard_errors + unit->unit * task->n_columns;
    for (size_t i = 0; i < n; i++) {
        const size_t c = unit->columns[i];
        const double error = sqrt(inverse[i * n + i]);
        errors[c] = error;
        if (fabs(unit->beta[i]) * task->scale[c] > far_away &&
            error * task->scale[c] > without_end) {
            glm->flags[unit->unit] |= ANA_GLM_SEPARATED;
        }
        if (glm->kernel_covariance == NULL || c < task->history_column ||
            c >= task->covariate_column) {
            continue;
        }
        const size_t place = c - task->history_column;
        double *block = glm->kernel_covariance + (unit->unit * task->n_sources + place / b) * b * b;
        const size_t first = c - place % b;
        for (size_t j = 0; j < n; j++) {
            if (unit->columns[j] >= first && unit->columns[j] < first + b) {
                block[(place % b) * b + unit->columns[j] - first] = inverse[i * n + j];
            }
        }
    }
}

void ana_glm_store_errors(const ana_glm_task *task, const ana_glm_scratch *scratch,
                          const ana_glm_unit *unit, bool errors, ana_glm *glm)
{
    const size_t n = unit->n;
    const bool settled = (unit->flags & (ANA_GLM_SILENT | ANA_GLM_NO_ROWS)) != 0;
    if (settled || (unit->flags & ANA_GLM_SEPARATED) != 0) {
        glm->freedom[unit->unit] = (unit->flags & ANA_GLM_NO_ROWS) != 0 ? 0.0 : 1.0;
        return;
    }
    double *whole = scratch->matrix;
    double *inverse = scratch->second;
    const size_t k = take_places(task, unit, scratch->places);
    memcpy(whole, unit->hessian, n * n * sizeof *whole);
    ana_glm_add_quadratic(task, unit, whole);
    take_square(n, whole, k, scratch->places, inverse);
    if (k > 0 && ana_linalg_inverse_spd(k, inverse, inverse) != ANA_OK) {
        glm->flags[unit->unit] |= ANA_GLM_COLLINEAR;
        glm->freedom[unit->unit] = (double)k;
        return;
    }
    glm->freedom[unit->unit] = trace_of(unit, k, scratch->places, inverse);
    if (errors && task->options->lasso == 0.0 && task->options->group == 0.0) {
        store_inverse(task, unit, inverse, glm);
    }
}

void ana_glm_free(ana_glm *glm)
{
    if (glm == NULL) {
        return;
    }
    double *arrays[] = {glm->coefficients,
                        glm->standard_errors,
                        glm->kernel_covariance,
                        glm->dispersion,
                        glm->log_likelihood,
                        glm->null_log_likelihood,
                        glm->saturated_log_likelihood,
                        glm->null_deviance,
                        glm->null_mean,
                        glm->null_dispersion,
                        glm->n_rows,
                        glm->n_spikes,
                        glm->freedom,
                        glm->lapse,
                        glm->lapse_errors};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        free(arrays[i]);
    }
    free(glm->flags);
    ana_free_texts(glm->n_units, glm->unit_names);
    ana_free_texts(glm->n_columns, glm->column_names);
    ana_free_texts(glm->n_sources, glm->source_names);
    ana_basis_free(glm->basis);
    ana_fit_info_clear(&glm->info);
    free(glm);
}
