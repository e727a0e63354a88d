#include "state_model.h"

#include "known_units.h"
#include "try.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

ana_status state_model_read(command_job *job, state_model *out)
{
    const ana_record *model = NULL;
    const char *schema = NULL;
    *out = (state_model){0};
    ana_status status = job_model_of(job, (const char *const[]){"hmm", "glm-hmm", NULL},
                                     "ana hmm fit", &model, &schema);
    if (status != ANA_OK) {
        return status;
    }
    return strcmp(schema, "hmm") == 0 ? ana_hmm_from_record(model, &out->hmm)
                                      : ana_glm_hmm_from_record(model, &out->coupled);
}

/* Rates are counts per bin: rows of another width would be decoded by wrong rates. */
static ana_status check_bin(const ana_hmm *hmm, const ana_observations *rows)
{
    if (fabs(hmm->bin_s - rows->bin_s) > 1e-6 * hmm->bin_s) { /* false where one is not known */
        return ana_fail(ANA_ERR_VALUE,
                        "the model was fitted to bins of %g s, but the rows are %g s wide; give "
                        "--bin and --rebin as they were for the fit",
                        hmm->bin_s, rows->bin_s);
    }
    return ANA_OK;
}

/* Rows with what drives the transitions, where the model has any. */
static ana_status append_inputs(command_job *job, const glm_input_options *options,
                                state_model *self)
{
    ana_status status = ANA_OK;
    const ana_hmm *hmm = self->hmm;
    ana_observations *inputs = NULL;
    char names[4096] = "";
    for (size_t d = 0; d < hmm->n_inputs; d++) {
        const size_t at = strlen(names);
        snprintf(names + at, sizeof names - at, "%s%s", d > 0 ? "," : "", hmm->input_names[d]);
    }
    if ((options->transition_inputs != NULL) != (hmm->n_inputs > 0)) {
        return job_refuse(job, hmm->n_inputs > 0
                                   ? "the model's transitions are driven: give --transition-inputs"
                                   : "this model takes no --transition-inputs");
    }
    if (hmm->n_inputs == 0) {
        return ANA_OK;
    }
    ANA_TRY(glm_read_named(options->transition_inputs, names, "--transition-inputs", &job->run,
                           self->rows, &inputs));
    ANA_TRY(glm_append_inputs(self->rows, inputs, &self->driven));
done:
    ana_observations_free(inputs);
    return status;
}

static ana_status open_plain(command_job *job, const glm_input_options *options, state_model *self)
{
    ana_status status = ANA_OK;
    const ana_hmm *hmm = self->hmm;
    job->input.rows_are_counts = hmm->emission == ANA_HMM_POISSON;
    if (hmm->bin_s > 0.0) {
        job->input.model_bin_s = hmm->bin_s / (double)job->input.rows.rebin;
    }
    ANA_TRY(job_observations(job, 1, &self->rows));
    known_bins_warn(hmm->bin_s, self->rows);
    ANA_TRY(check_bin(hmm, self->rows));
    ANA_TRY(append_inputs(job, options, self));
done:
    return status;
}

ana_status state_model_open(command_job *job, const glm_input_options *options, state_model *self)
{
    ana_status status = ANA_OK;
    const ana_glm_hmm *coupled = self->coupled;
    if (coupled == NULL) {
        if (options->covariates != NULL) {
            return job_refuse(job, "this model takes no --covariates; one fitted with --glm does");
        }
        return open_plain(job, options, self);
    }
    const glm_known known = {.n_units = coupled->n_units,
                             .unit_names = coupled->unit_names,
                             .basis = coupled->basis,
                             .bin_s = coupled->bin_s,
                             .family = &coupled->family,
                             .has_intercept = coupled->has_intercept,
                             .n_columns = coupled->n_columns,
                             .column_names = coupled->column_names,
                             .n_inputs = coupled->n_inputs,
                             .input_names = coupled->input_names};
    ANA_TRY(glm_inputs_open(job, 1, options, &known, &self->inputs));
    self->rows = self->inputs.classes != NULL ? self->inputs.classes : self->inputs.rows;
    self->data = (ana_glm_hmm_data){.responses = self->inputs.counts,
                                    .design = self->inputs.design,
                                    .mask = self->inputs.mask,
                                    .inputs = self->inputs.inputs};
done:
    return status;
}

/* What a plain model is asked about. */
static const ana_observations *plain_rows(const state_model *self)
{
    return self->driven != NULL ? self->driven : self->rows;
}

ana_status state_model_note_units(command_job *job, const state_model *self)
{
    return self->hmm != NULL ? known_units_note(self->hmm->n_features, self->hmm->feature_names,
                                                self->rows, &job->console, job->record)
                             : known_units_note(self->coupled->n_units, self->coupled->unit_names,
                                                self->rows, &job->console, job->record);
}

size_t state_model_n_states(const state_model *self)
{
    return self->hmm != NULL ? self->hmm->n_states : self->coupled->n_states;
}

ana_status state_model_decode(const state_model *self, const ana_run *run, ana_hmm_decoding **out)
{
    return self->hmm != NULL ? ana_hmm_decode(self->hmm, plain_rows(self), run, out)
                             : ana_glm_hmm_decode(self->coupled, &self->data, run, out);
}

ana_status state_model_goodness(const state_model *self, const ana_goodness_options *options,
                                ana_goodness **out)
{
    return self->hmm != NULL ? ana_hmm_goodness(self->hmm, plain_rows(self), options, out)
                             : ana_glm_hmm_goodness(self->coupled, &self->data, options, out);
}

/* Choices as the commands take them: class numbers. */
static ana_status simulate_coupled(const ana_glm_hmm *model, const state_drawing *what,
                                   ana_observations **out)
{
    ana_status status = ANA_OK;
    ana_observations *made = NULL;
    ANA_TRY(ana_glm_hmm_simulate(model, what->n_sequences, what->lengths, what->covariates,
                                 what->seed, &made));
    if (model->family.distribution == ANA_GLM_CATEGORICAL) {
        ANA_TRY(ana_glm_class_numbers(made, model->n_classes, out));
    } else {
        *out = made;
        made = NULL;
    }
done:
    ana_observations_free(made);
    return status;
}

ana_status state_model_simulate(const state_model *self, const state_drawing *what,
                                ana_observations **out)
{
    if (self->hmm == NULL) {
        return simulate_coupled(self->coupled, what, out);
    }
    return self->hmm->n_inputs > 0
               ? ana_hmm_simulate_driven(self->hmm, what->covariates, what->seed, out)
               : ana_hmm_simulate(self->hmm, what->n_sequences, what->lengths, what->seed, out);
}

const ana_observations *state_model_rows(const state_model *self)
{
    return self->hmm != NULL ? self->rows : self->inputs.counts;
}

void state_model_close(state_model *self)
{
    ana_hmm_free(self->hmm);
    ana_glm_hmm_free(self->coupled);
    ana_observations_free(self->driven);
    glm_inputs_close(&self->inputs);
}
