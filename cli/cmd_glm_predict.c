#include "commands.h"
#include "glm_inputs.h"
#include "known_units.h"
#include "try.h"

static ana_status predict(command_job *job, void *user)
{
    const glm_input_options *options = user;
    ana_status status = ANA_OK;
    const ana_record *model = NULL;
    ana_glm *glm = NULL;
    glm_inputs inputs = {0};
    ANA_TRY(job_model(job, "glm", "ana glm fit", &model));
    ANA_TRY(ana_glm_from_record(model, &glm));
    const glm_known known = glm_known_of(glm);
    ANA_TRY(glm_inputs_open(job, 1, options, &known, &inputs));
    ANA_TRY(ana_glm_prediction_to_record(glm, &inputs.data, &job->run, &job->record));
    ANA_TRY(known_units_note(glm->n_units, glm->unit_names,
                             inputs.classes != NULL ? inputs.classes : inputs.rows, &job->console,
                             job->record));
done:
    ana_glm_free(glm);
    glm_inputs_close(&inputs);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    glm_input_options options = {0};
    const option_target own[] = {{"Covariates", glm_covariate_option_table, &options},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .work = predict,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_glm_predict = {
    .name = "glm predict",
    .summary = "Predict units from the past, by a fitted model",
    .inputs = "MODEL INPUT...",
    .description =
        "Gives the expected count of each bin given the past before it, and how well the counts "
        "are predicted: log-likelihood, deviance, bits per spike against the mean rates of the "
        "data the model was fitted to. Units are matched by id; spikes are binned as they were for "
        "the fit; rows of arrays are taken as they are: their width is checked against the "
        "model's only where --bin gives it; covariates must be given as they were.",
    .examples = "ana glm predict fit.h5 tomorrow.nwb -o prediction.h5\n"
                "ana glm predict fit.h5 tomorrow.nwb --json",
    .min_inputs = 2,
    .max_inputs = MANY_INPUTS,
    .run = run_command,
};
