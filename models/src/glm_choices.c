/* Linear models of choices that are fitted as a whole: the GLM-HMM of one state (glm_hmm.h), whose
 * predictors and lapses are solved for together. */
#include "glm_choice.h"
#include "glm_parts.h"
#include "lists.h"
#include "memory.h"
#include "try.h"

#include <analysis/models/glm_hmm.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool ana_glm_has_choices(const ana_glm_options *options)
{
    return options->family.distribution == ANA_GLM_CATEGORICAL ||
           options->lapse != ANA_GLM_LAPSE_NONE;
}

static ana_status check_options(const ana_glm_data *data, const ana_glm_options *options)
{
    if (options->lasso > 0.0 || options->group > 0.0 || options->smooth > 0.0) {
        return ana_fail(ANA_ERR_VALUE, "glm: categorical responses and lapses go with a ridge, not "
                                       "with lasso, group or smoothness penalties");
    }
    if (options->solver == ANA_GLM_SOLVER_PCG) {
        return ana_fail(ANA_ERR_VALUE, "glm: categorical responses and lapses are fitted by exact "
                                       "Hessians; use solver newton");
    }
    if (data->weights != NULL || data->offset != NULL || data->start != NULL) {
        return ana_fail(ANA_ERR_VALUE,
                        "glm: categorical responses and lapses take no weights, offset or start");
    }
    return ANA_OK;
}

static ana_glm_hmm_options options_of(const ana_glm_options *options)
{
    ana_glm_hmm_options made = ana_glm_hmm_options_default();
    made.run = options->run;
    made.n_states = 1;
    made.n_restarts = 1;
    made.n_moves = 0;
    made.family = options->family;
    made.lapse = options->lapse;
    made.coupling = options->coupling;
    made.ridge = options->ridge;
    made.newton_steps = 0;
    made.max_iterations = options->max_iterations;
    made.tolerance = options->tolerance;
    return made;
}

/* One response's numbers at its first unit. */
static void sum_response(const ana_glm *glm, const ana_observations *responses, const double *means,
                         size_t r, ana_glm *out)
{
    const size_t wide = glm->n_classes - 1;
    const size_t first = r * wide;
    double counts[ANA_GLM_MOST_CLASSES] = {0.0};
    double rows = 0.0;
    double sum = 0.0;
    double null = 0.0;
    for (size_t t = 0; t < responses->n_times; t++) {
        const double *y = responses->values + t * glm->n_units + first;
        const double *p = means + t * glm->n_units + first;
        double none = 1.0;
        double chance = 0.0;
        size_t chosen = 0;
        if (isnan(y[0]) || isnan(p[0])) {
            continue;
        }
        for (size_t a = 0; a < wide; a++) {
            none -= p[a];
            chosen = y[a] == 1.0 ? a + 1 : chosen;
        }
        chance = chosen > 0 ? p[chosen - 1] : none;
        counts[chosen] += 1.0;
        rows += 1.0;
        sum += log(fmax(chance, 1e-300));
    }
    for (size_t c = 0; c < glm->n_classes; c++) {
        null += counts[c] > 0.0 ? counts[c] * log(counts[c] / rows) : 0.0;
    }
    for (size_t a = 0; a < wide; a++) {
        const size_t u = first + a;
        out->n_rows[u] = rows;
        out->n_spikes[u] = counts[a + 1];
        out->null_mean[u] = counts[a + 1] / rows;
        out->log_likelihood[u] = a == 0 ? sum : 0.0;
        out->null_log_likelihood[u] = a == 0 ? null : 0.0;
        out->null_deviance[u] = a == 0 ? -2.0 * null : 0.0;
    }
}

static ana_status sum_responses(const ana_glm_data *data, const ana_run *run, ana_glm *glm)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    double *means = ana_workspace_doubles(&workspace, data->responses->n_times, glm->n_units);
    ANA_TRY(ana_workspace_check(&workspace, "glm"));
    ANA_TRY(ana_glm_predict_choices(glm, data, run, means));
    for (size_t r = 0; r < glm->n_responses; r++) {
        sum_response(glm, data->responses, means, r, glm);
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The parameters of one state into a linear model. */
static ana_status keep(const ana_glm_task *task, const ana_glm_hmm *from, ana_glm *glm)
{
    ana_status status = ANA_OK;
    const size_t shares = from->n_responses * from->n_classes;
    const size_t size = from->n_units * from->n_columns;
    memcpy(glm->coefficients, from->coefficients, size * sizeof(double));
    memcpy(glm->standard_errors, from->standard_errors, size * sizeof(double));
    glm->family = from->family;
    glm->lapse_kind = from->lapse_kind;
    glm->n_classes = from->n_classes;
    glm->n_responses = from->n_responses;
    if (from->lapse != NULL) {
        ANA_TRY(ana_allocate(shares, sizeof(double), "glm", &glm->lapse));
        ANA_TRY(ana_allocate(shares, sizeof(double), "glm", &glm->lapse_errors));
        memcpy(glm->lapse, from->lapse, shares * sizeof(double));
        memcpy(glm->lapse_errors, from->lapse_errors, shares * sizeof(double));
    }
    const size_t of_lapse = ana_glm_lapse_size(from->lapse_kind, from->n_classes);
    for (size_t u = 0; u < glm->n_units; u++) {
        const bool is_first = u % (glm->n_classes - 1) == 0;
        const bool is_silent = (from->flags[u] & ANA_GLM_HMM_SILENT) != 0;
        glm->dispersion[u] = (double)NAN;
        glm->null_dispersion[u] = (double)NAN;
        glm->freedom[u] =
            (double)ana_glm_free_columns(task, u, NULL) + (is_first ? (double)of_lapse : 0.0);
        glm->flags[u] |= is_silent ? ANA_GLM_SILENT : 0U;
        glm->flags[u] |= (from->flags[u] & ANA_GLM_HMM_SEPARATED) != 0 ? ANA_GLM_SEPARATED : 0U;
        glm->flags[u] |= from->info.converged ? 0U : ANA_GLM_NOT_CONVERGED;
    }
done:
    return status;
}

ana_status ana_glm_fit_choices(const ana_glm_data *data, const ana_glm_options *options,
                               ana_glm **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const ana_glm_hmm_options of_states = options_of(options);
    const ana_glm_hmm_data rows = {
        .responses = data->responses, .design = data->design, .mask = data->mask};
    ana_glm_task task = {0};
    ana_glm_hmm *model = NULL;
    ana_glm *glm = NULL;
    ANA_TRY(check_options(data, options));
    ANA_TRY(ana_glm_task_new(data, options, &task));
    ANA_TRY(ana_glm_hmm_fit(&rows, &of_states, &model));
    ANA_TRY(ana_glm_survey(&task, &workspace));
    ANA_TRY(ana_glm_new(&task, false, &glm));
    ANA_TRY(keep(&task, model, glm));
    glm->info = model->info;
    model->info = (ana_fit_info){0};
    ANA_TRY(sum_responses(data, &options->run, glm));
    *out = glm;
    glm = NULL;
done:
    ana_glm_free(glm);
    ana_glm_hmm_free(model);
    ana_workspace_release(&workspace);
    return status;
}

/* The model as one state; borrows all from `glm` and `one`. */
static ana_glm_hmm as_state(const ana_glm *glm, double *one)
{
    return (ana_glm_hmm){.n_states = 1,
                         .n_units = glm->n_units,
                         .n_columns = glm->n_columns,
                         .n_sources = glm->n_sources,
                         .family = glm->family,
                         .coupling = glm->coupling,
                         .basis = glm->basis,
                         .initial = one,
                         .transition = one,
                         .coefficients = glm->coefficients,
                         .lapse_kind = glm->lapse_kind,
                         .n_classes = glm->n_classes,
                         .n_responses = glm->n_responses,
                         .lapse = glm->lapse,
                         .has_intercept = glm->history_column == 1,
                         .bin_s = glm->bin_s,
                         .unit_names = glm->unit_names};
}

ana_status ana_glm_predict_choices(const ana_glm *glm, const ana_glm_data *data, const ana_run *run,
                                   double *mean)
{
    ana_status status = ANA_OK;
    double one = 1.0;
    const ana_glm_hmm state = as_state(glm, &one);
    ana_observations *own = NULL;
    ANA_TRY(ana_glm_check_columns(glm, data->design));
    ANA_TRY(ana_observations_take_ids(data->responses, "glm", glm->n_units, glm->unit_names, &own));
    const ana_glm_hmm_data rows = {.responses = own, .design = data->design, .mask = data->mask};
    ANA_TRY(ana_glm_hmm_predict(&state, &rows, run, mean));
done:
    ana_observations_free(own);
    return status;
}

ana_status ana_glm_score_choices(const ana_glm *glm, const ana_glm_data *data, const ana_run *run,
                                 const ana_glm_scores *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_observations *own = NULL;
    const size_t n = glm->n_units;
    double *means = ana_workspace_doubles(&workspace, data->responses->n_times, n);
    double *room = ana_workspace_doubles(&workspace, 7, n);
    ANA_TRY(ana_workspace_check(&workspace, "glm"));
    ANA_TRY(ana_observations_take_ids(data->responses, "glm", n, glm->unit_names, &own));
    ANA_TRY(ana_glm_predict_choices(glm, data, run, means));
    ana_glm here = *glm; /* the same model, with the sums of these rows */
    double **sums[] = {&here.n_rows,
                       &here.n_spikes,
                       &here.null_mean,
                       &here.log_likelihood,
                       &here.null_log_likelihood,
                       &here.null_deviance,
                       &here.saturated_log_likelihood};
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        *sums[i] = room + i * n;
    }
    for (size_t r = 0; r < glm->n_responses; r++) {
        sum_response(glm, own, means, r, &here);
    }
    ana_glm_fit_scores(&here, out);
done:
    ana_observations_free(own);
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_glm_simulate_choices(const ana_glm *glm, size_t n_sequences, const size_t *lengths,
                                    const ana_observations *covariates, uint64_t seed,
                                    ana_observations **out)
{
    double one = 1.0;
    const ana_glm_hmm state = as_state(glm, &one);
    ana_observations *made = NULL;
    ana_status status = ana_glm_hmm_simulate(&state, n_sequences, lengths, covariates, seed, &made);
    if (status == ANA_OK) { /* one state is no label */
        free(made->labels);
        ana_free_texts(made->n_labels, made->label_names);
        made->labels = NULL;
        made->label_names = NULL;
        made->n_labels = 0;
        *out = made;
    }
    return status;
}
