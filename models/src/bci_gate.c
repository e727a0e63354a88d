/* The gate of a pipeline: potatoes of the covariances of the trials it learned from. */
#include "bci_gate_parts.h"
#include "bci_parts.h"
#include "memory.h"
#include "try.h"
#include "workspace.h"

#include <analysis/covariance.h>

#include <stdlib.h>
#include <string.h>

const ana_bci_gate *ana_bci_pipeline_gate(const ana_bci_pipeline *pipeline)
{
    return pipeline->gate;
}

void bci_gate_free(ana_bci_gate *gate)
{
    if (gate == NULL) {
        return;
    }
    for (size_t k = 0; k < gate->n_parts; k++) {
        free(gate->parts[k].text);
        free(gate->parts[k].channels);
        ana_potato_free(gate->parts[k].potato);
    }
    free(gate->parts);
    free(gate->text);
    free(gate);
}

ana_status bci_gate_plain(const ana_bci_lesson *lesson, ana_bci_gate **out)
{
    ana_status status = ANA_OK;
    ana_bci_gate *gate = NULL;
    *out = NULL;
    ANA_TRY(ana_allocate(1, sizeof *gate, "gate", &gate));
    ANA_TRY(ana_allocate(1, sizeof *gate->parts, "gate", &gate->parts));
    gate->n_parts = 1;
    gate->parts[0].n_channels = lesson->n_channels;
    *out = gate;
    gate = NULL;
done:
    bci_gate_free(gate);
    return status;
}

ana_status bci_gate_covariance(const ana_bci_gate_part *part, const ana_bci_lesson *lesson,
                               const double *signals, double *out)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    const size_t n = lesson->n_times;
    const double *rows = signals + part->band * lesson->n_channels * n;
    if (part->channels != NULL) {
        double *picked = ana_workspace_doubles(&workspace, part->n_channels, n);
        ANA_TRY(ana_workspace_check(&workspace, "gate"));
        for (size_t c = 0; c < part->n_channels; c++) {
            memcpy(picked + c * n, rows + part->channels[c] * n, n * sizeof *picked);
        }
        rows = picked;
    }
    ANA_TRY(ana_covariance_compute(ANA_COVARIANCE_LEDOIT_WOLF, part->n_channels, n, rows, out));
done:
    ana_workspace_release(&workspace);
    return status;
}

/* What a gate is learned from. */
typedef struct gate_task {
    const ana_bci_lesson *lesson;
    const ana_bci_trials *trials;
    size_t n;
    const size_t *items; /* NULL: all */
    const ana_potato_options *options;
} gate_task;

static ana_status fit_part(const gate_task *task, ana_bci_gate_part *part)
{
    ana_status status = ANA_OK;
    double *values = NULL;
    const size_t size = part->n_channels * part->n_channels;
    ANA_TRY(ana_allocate(task->n, size * sizeof *values, "gate", &values));
    for (size_t i = 0; i < task->n; i++) {
        const size_t item = task->items != NULL ? task->items[i] : i;
        ANA_TRY(bci_gate_covariance(part, task->lesson,
                                    task->trials->values + item * ana_bci_trial_size(task->trials),
                                    values + i * size));
    }
    const ana_spd_set set = {.n = part->n_channels, .n_matrices = task->n, .values = values};
    ANA_TRY(ana_potato_fit(&set, NULL, task->options, NULL, &part->potato));
done:
    free(values);
    if (status != ANA_OK && part->text != NULL) {
        ana_fail_in(status, "%s: ", part->text);
    }
    return status;
}

static ana_status check_trials(const gate_task *task, size_t n_bands)
{
    const ana_bci_lesson *lesson = task->lesson;
    const ana_bci_trials *trials = task->trials;
    if (trials->n_channels != lesson->n_channels || trials->n_times != lesson->n_times) {
        return ana_fail(ANA_ERR_SHAPE,
                        "gate: trials of %zu channels x %zu samples, but the pipeline learned from "
                        "%zu x %zu",
                        trials->n_channels, trials->n_times, lesson->n_channels, lesson->n_times);
    }
    if (trials->n_bands < n_bands) {
        return ana_fail(ANA_ERR_SHAPE, "gate: trials of %zu bands, but its field has %zu",
                        trials->n_bands, n_bands);
    }
    return ANA_OK;
}

/* The potatoes of a gate, which becomes the pipeline's. */
static ana_status learn(const gate_task *task, ana_bci_pipeline *pipeline, ana_bci_gate **gate)
{
    ana_status status = ANA_OK;
    ANA_TRY(check_trials(task, (*gate)->bank.n_bands));
    for (size_t k = 0; k < (*gate)->n_parts; k++) {
        ANA_TRY(fit_part(task, &(*gate)->parts[k]));
    }
    bci_gate_free(pipeline->gate);
    pipeline->gate = *gate;
    *gate = NULL;
done:
    return status;
}

static ana_status check_fitted(const ana_bci_pipeline *pipeline)
{
    return pipeline->fitted
               ? ANA_OK
               : ana_fail(ANA_ERR_VALUE, "gate: its pipeline has not learned from trials yet");
}

ana_status ana_bci_gate_fit(ana_bci_pipeline *pipeline, const ana_bci_trials *trials, size_t n,
                            const size_t *items, const ana_potato_options *options)
{
    ana_status status = ANA_OK;
    ana_bci_gate *gate = NULL;
    const gate_task task = {.lesson = &pipeline->lesson,
                            .trials = trials,
                            .n = items != NULL ? n : trials->n_trials,
                            .items = items,
                            .options = options};
    ANA_TRY(check_fitted(pipeline));
    ANA_TRY(bci_gate_plain(&pipeline->lesson, &gate));
    ANA_TRY(learn(&task, pipeline, &gate));
done:
    bci_gate_free(gate);
    return status == ANA_OK ? ANA_OK : ana_fail_in(status, "gate of artefacts: ");
}

size_t bci_gate_order(const ana_bci_bank *bank)
{
    return bank->n_bands > 0 ? bank->order : 4;
}

ana_status ana_bci_field_bank(const ana_bci_pipeline *pipeline, const char *field,
                              ana_bci_bank *bank)
{
    ana_status status = ANA_OK;
    ana_bci_gate *gate = NULL;
    ANA_TRY(bci_gate_parse(field, NULL, bci_gate_order(&pipeline->bank), &gate));
    *bank = gate->bank;
done:
    bci_gate_free(gate);
    return status;
}

ana_bci_field_options ana_bci_field_options_default(void)
{
    return (ana_bci_field_options){.potato = ana_potato_options_default(),
                                   .p = ANA_POTATO_FIELD_THRESHOLD};
}

ana_status ana_bci_field_fit(ana_bci_pipeline *pipeline, const char *field,
                             const ana_bci_trials *trials, size_t n, const size_t *items,
                             const ana_bci_field_options *options)
{
    ana_status status = ANA_OK;
    ana_bci_gate *gate = NULL;
    const ana_bci_field_options chosen =
        options != NULL ? *options : ana_bci_field_options_default();
    const gate_task task = {.lesson = &pipeline->lesson,
                            .trials = trials,
                            .n = items != NULL ? n : trials->n_trials,
                            .items = items,
                            .options = &chosen.potato};
    ANA_TRY(check_fitted(pipeline));
    if (!(chosen.p > 0.0 && chosen.p < 1.0)) {
        ANA_TRY(
            ana_fail(ANA_ERR_VALUE, "p of a field is %g; above 0 and below 1 is right", chosen.p));
    }
    ANA_TRY(bci_gate_parse(field, &pipeline->lesson, bci_gate_order(&pipeline->bank), &gate));
    gate->p = chosen.p;
    ANA_TRY(learn(&task, pipeline, &gate));
done:
    bci_gate_free(gate);
    return status == ANA_OK ? ANA_OK : ana_fail_in(status, "gate of artefacts: ");
}
