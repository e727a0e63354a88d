/* What a GLM-HMM says of data: likelihoods, decoding, prediction. */
#include "dense.h"
#include "glm_hmm_model.h"
#include "hmm_decode.h"
#include "try.h"

#include <analysis/assignment.h>
#include <analysis/models/hmm_messages.h>

#include <math.h>
#include <string.h>

/* Data and model as a task without an M-step; options are the model's. */
typedef struct usage {
    ana_workspace workspace;
    ana_glm_hmm_options options;
    ana_glm_hmm_task task;
} usage;

static ana_status check_shapes(const ana_glm_hmm *model, const ana_glm_hmm_task *task)
{
    if (task->n_units != model->n_units || task->n_columns != model->n_columns ||
        task->n_sources != model->n_sources) {
        return ana_fail(ANA_ERR_SHAPE,
                        "glm-hmm: the model has %zu units, %zu columns and %zu sources, the data "
                        "%zu, %zu and %zu",
                        model->n_units, model->n_columns, model->n_sources, task->n_units,
                        task->n_columns, task->n_sources);
    }
    return ANA_OK;
}

static ana_status begin(const ana_glm_hmm *model, const ana_glm_hmm_data *data, const ana_run *run,
                        usage *self)
{
    ana_status status = ANA_OK;
    self->options = ana_glm_hmm_options_default();
    self->options.run = run != NULL ? *run : ana_run_default();
    self->options.n_states = model->n_states;
    self->options.family = model->family;
    self->options.lapse = model->lapse_kind;
    ANA_TRY(ana_glm_hmm_check_data(data, &self->options, &self->task));
    ANA_TRY(check_shapes(model, &self->task));
    self->task.n_sequences = data->responses->n_sequences;
    self->task.sequence_start = data->responses->sequence_start;
    ANA_TRY(ana_glm_hmm_task_prepare(&self->task, self->task.sequence_start, &self->workspace));
    ANA_TRY(ana_glm_hmm_seats_new(&self->task, &self->workspace, &self->task.room));
done:
    return status;
}

ana_status ana_glm_hmm_log_emission(const ana_glm_hmm *model, const ana_glm_hmm_data *data,
                                    const ana_run *run, double *out)
{
    ana_status status = ANA_OK;
    usage self = {0};
    const ana_glm_hmm_weights at = {.coefficients = model->coefficients, .lapse = model->lapse};
    ANA_TRY(begin(model, data, run, &self));
    for (size_t s = 0; s < self.task.n_sequences; s++) {
        const size_t first = self.task.sequence_start[s];
        ANA_TRY(ana_glm_hmm_rows(&self.task, &at, first, self.task.sequence_start[s + 1] - first,
                                 out + first * model->n_states));
    }
done:
    ana_workspace_release(&self.workspace);
    return status;
}

ana_status ana_glm_hmm_chains(const ana_glm_hmm *model, const ana_glm_hmm_data *data,
                              ana_workspace *workspace, ana_hmm_driven *out)
{
    const size_t given = data->inputs != NULL ? data->inputs->n_features : 0;
    if (given != model->n_inputs) {
        return ana_fail(ANA_ERR_SHAPE,
                        "glm-hmm: the model's transitions have %zu inputs, %zu given",
                        model->n_inputs, given);
    }
    const ana_hmm_inputs inputs = {model->n_states, model->n_inputs,
                                   given > 0 ? data->inputs->values : NULL, model->transition,
                                   model->input_weights};
    return ana_hmm_driven_new(&inputs, model->initial, data->responses->n_sequences,
                              data->responses->sequence_start, workspace, out);
}

/* Filtered probabilities of all rows in place of their likelihoods; *log_likelihood of all. With
 * `predicted` also what each row's was before it was seen. */
static ana_status filter_rows(const ana_hmm_driven *chains, const ana_observations *observations,
                              double *rows, double *predicted, double *log_likelihood)
{
    ana_status status = ANA_OK;
    const size_t k = chains->inputs.n_states;
    const size_t *start = observations->sequence_start;
    double total = 0.0;
    for (size_t s = 0; s < observations->n_sequences; s++) {
        double part = 0.0;
        double *first = rows + start[s] * k;
        const size_t n = start[s + 1] - start[s];
        const ana_hmm_chain chain = ana_hmm_driven_chain(chains, s);
        ANA_TRY(ana_hmm_filter(&chain, n, first, first, &part));
        if (predicted != NULL) {
            ANA_TRY(ana_hmm_predict_states(&chain, n, first, predicted + start[s] * k));
        }
        total += part;
    }
    *log_likelihood = total;
done:
    return status;
}

ana_status ana_glm_hmm_look_ahead(const ana_glm_hmm *model, const ana_glm_hmm_data *data,
                                  const ana_run *run, double *predicted)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_hmm_driven chains = {0};
    double ignored = 0.0;
    double *rows = ana_workspace_doubles(&workspace, data->responses->n_times, model->n_states);
    ANA_TRY(ana_workspace_check(&workspace, "glm-hmm predict"));
    ANA_TRY(ana_glm_hmm_log_emission(model, data, run, rows));
    ANA_TRY(ana_glm_hmm_chains(model, data, &workspace, &chains));
    ANA_TRY(filter_rows(&chains, data->responses, rows, predicted, &ignored));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_glm_hmm_score(const ana_glm_hmm *model, const ana_glm_hmm_data *data,
                             const ana_run *run, double *log_likelihood)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_hmm_driven chains = {0};
    double *rows = ana_workspace_doubles(&workspace, data->responses->n_times, model->n_states);
    ANA_TRY(ana_workspace_check(&workspace, "glm-hmm score"));
    ANA_TRY(ana_glm_hmm_log_emission(model, data, run, rows));
    ANA_TRY(ana_glm_hmm_chains(model, data, &workspace, &chains));
    ANA_TRY(filter_rows(&chains, data->responses, rows, NULL, log_likelihood));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_glm_hmm_decode(const ana_glm_hmm *model, const ana_glm_hmm_data *data,
                              const ana_run *run, ana_hmm_decoding **out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_hmm_driven chains = {0};
    double *rows = ana_workspace_doubles(&workspace, data->responses->n_times, model->n_states);
    ANA_TRY(ana_workspace_check(&workspace, "glm-hmm decode"));
    ANA_TRY(ana_glm_hmm_log_emission(model, data, run, rows));
    ANA_TRY(ana_glm_hmm_chains(model, data, &workspace, &chains));
    ANA_TRY(ana_hmm_decode_rows(&chains, rows, data->responses, run, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* The mixture's mean of the rows of a block. */
static ana_status predict_block(const ana_glm_hmm *model, const usage *self, size_t block,
                                const double *weights, double *mean)
{
    ana_status status = ANA_OK;
    const ana_glm_hmm_task *task = &self->task;
    const ana_glm_hmm_block *rows = task->blocks + block;
    const ana_glm_hmm_seat *seat = task->room->seats;
    const size_t n_units = task->n_units;
    const size_t k = model->n_states;
    double *out = mean + rows->actual * n_units;
    ANA_TRY(ana_design_panel(task->data->design, rows->actual, rows->n, seat->panel));
    memset(out, 0, rows->n * n_units * sizeof *out);
    for (size_t s = 0; s < k; s++) {
        ANA_TRY(ana_glm_hmm_multiply(task, model->coefficients + s * n_units * task->n_columns,
                                     rows->n, seat->panel, seat->eta));
        ana_glm_hmm_means(task, model->lapse, s, rows->n, seat->eta, seat->value);
        for (size_t i = 0; i < rows->n * n_units; i++) {
            out[i] += weights[(rows->actual + i / n_units) * k + s] * seat->value[i];
        }
    }
    for (size_t t = 0; t < rows->n; t++) {
        const bool usable = ana_design_usable(task->data->design, rows->actual + t);
        for (size_t n = 0; n < n_units && !usable; n++) {
            out[t * n_units + n] = (double)NAN;
        }
    }
done:
    return status;
}

ana_status ana_glm_hmm_predict(const ana_glm_hmm *model, const ana_glm_hmm_data *data,
                               const ana_run *run, double *mean)
{
    ana_status status = ANA_OK;
    usage self = {0};
    ANA_TRY(begin(model, data, run, &self));
    double *weights = ana_workspace_doubles(&self.workspace, self.task.n_times, model->n_states);
    ANA_TRY(ana_workspace_check(&self.workspace, "glm-hmm predict"));
    ANA_TRY(ana_glm_hmm_look_ahead(model, data, run, weights));
    for (size_t b = 0; b < self.task.n_blocks; b++) {
        ANA_TRY(predict_block(model, &self, b, weights, mean));
    }
done:
    ana_workspace_release(&self.workspace);
    return status;
}

ana_status ana_glm_hmm_match(const ana_glm_hmm *reference, const ana_glm_hmm *model,
                             size_t *partner)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t cells = model->n_units * model->n_columns;
    double *cost = ana_workspace_doubles(&workspace, reference->n_states, model->n_states);
    ANA_TRY(ana_workspace_check(&workspace, "glm-hmm match"));
    if (reference->n_units != model->n_units || reference->n_columns != model->n_columns) {
        ANA_TRY(ana_fail(ANA_ERR_SHAPE,
                         "glm-hmm: %zu units and %zu columns against %zu and %zu cannot be matched",
                         reference->n_units, reference->n_columns, model->n_units,
                         model->n_columns));
    }
    for (size_t i = 0; i < reference->n_states * model->n_states; i++) {
        cost[i] = ana_squared_distance(cells, reference->coefficients + i / model->n_states * cells,
                                       model->coefficients + i % model->n_states * cells);
    }
    ANA_TRY(ana_assignment_solve(reference->n_states, model->n_states, cost, partner, NULL));
done:
    ana_workspace_release(&workspace);
    return status;
}
