#include "state_model.h"

#include "known_units.h"
#include "try.h"

#include <math.h>
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

static ana_status open_plain(command_job *job, state_model *self)
{
    ana_status status = ANA_OK;
    const ana_hmm *hmm = self->hmm;
    job->input.rows_are_counts = hmm->emission == ANA_HMM_POISSON;
    if (hmm->bin_s > 0.0) {
        job->input.model_bin_s = hmm->bin_s / (double)job->input.rows.rebin;
    }
    ANA_TRY(job_observations(job, 1, &self->rows));
    known_bins_warn(hmm->bin_s, self->rows);
    status = check_bin(hmm, self->rows);
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
        return open_plain(job, self);
    }
    const glm_known known = {coupled->n_units, coupled->unit_names, coupled->basis, coupled->bin_s,
                             &coupled->family};
    ANA_TRY(glm_inputs_open(job, 1, options, &known, NULL, &self->inputs));
    self->rows = self->inputs.rows;
    self->data = (ana_glm_hmm_data){
        .responses = self->inputs.counts, .design = self->inputs.design, .mask = self->inputs.mask};
done:
    return status;
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
    return self->hmm != NULL ? ana_hmm_decode(self->hmm, self->rows, run, out)
                             : ana_glm_hmm_decode(self->coupled, &self->data, run, out);
}

ana_status state_model_goodness(const state_model *self, const ana_goodness_options *options,
                                ana_goodness **out)
{
    return self->hmm != NULL ? ana_hmm_goodness(self->hmm, self->rows, options, out)
                             : ana_glm_hmm_goodness(self->coupled, &self->data, options, out);
}

ana_status state_model_simulate(const state_model *self, size_t n_sequences, const size_t *lengths,
                                const ana_observations *covariates, uint64_t seed,
                                ana_observations **out)
{
    return self->hmm != NULL
               ? ana_hmm_simulate(self->hmm, n_sequences, lengths, seed, out)
               : ana_glm_hmm_simulate(self->coupled, n_sequences, lengths, covariates, seed, out);
}

const ana_observations *state_model_rows(const state_model *self)
{
    return self->hmm != NULL ? self->rows : self->inputs.counts;
}

void state_model_close(state_model *self)
{
    ana_hmm_free(self->hmm);
    ana_glm_hmm_free(self->coupled);
    glm_inputs_close(&self->inputs);
}
