#include "commands.h"
#include "drawing.h"
#include "state_model.h"
#include "try.h"

static ana_status check_inputs(command_job *job, const state_model *model,
                               const ana_observations *inputs)
{
    const size_t wanted = model->hmm != NULL ? model->hmm->n_inputs : model->coupled->n_inputs;
    const size_t given = inputs != NULL ? inputs->n_features : 0;
    return wanted == given
               ? ANA_OK
               : job_refuse(job,
                            "the model's transitions are driven by %zu inputs, --transition-inputs "
                            "gives %zu",
                            wanted, given);
}

/* A plain model finds its inputs by their ids. */
static ana_status name_inputs(const state_model *model, ana_observations *inputs)
{
    ana_table *table = NULL;
    if (model->hmm == NULL || inputs == NULL) {
        return ANA_OK;
    }
    ana_status status = ana_table_new(inputs->n_features, &table);
    if (status == ANA_OK) {
        status = ana_table_add_texts(table, "id", (const char *const *)model->hmm->input_names);
    }
    if (status != ANA_OK) {
        ana_table_free(table);
        return status;
    }
    ana_table_free(inputs->features);
    inputs->features = table;
    return ANA_OK;
}

static ana_status simulate(command_job *job, void *user)
{
    const drawing_options *options = user;
    ana_status status = ANA_OK;
    state_model model = {0};
    drawing drawn = {0};
    ana_observations *made = NULL;
    ANA_TRY(state_model_read(job, &model));
    const size_t n_units = model.hmm != NULL ? model.hmm->n_features : model.coupled->n_units;
    if (model.hmm != NULL && options->inputs.covariates != NULL) {
        status = job_refuse(job, "this model takes no --covariates; one fitted with --glm does");
        goto done;
    }
    ANA_TRY(drawing_prepare(options, n_units, &drawn));
    const state_drawing what = {options->n_sequences, drawn.lengths, drawing_columns(&drawn),
                                options->run.seed};
    ANA_TRY(check_inputs(job, &model, drawn.inputs));
    ANA_TRY(name_inputs(&model, drawn.inputs));
    ANA_TRY(state_model_simulate(&model, &what, &made));
    ANA_TRY(ana_observations_to_record(made, &job->record));
done:
    ana_observations_free(made);
    drawing_release(&drawn);
    state_model_close(&model);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    drawing_options options = drawing_options_default();
    const option_target own[] = {{"Simulation", drawing_option_table, &options},
                                 {"More inputs", glm_covariate_option_table, &options.inputs},
                                 {"Transitions", glm_transition_option_table, &options.inputs},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_SAVING,
                           .runs = {&options.run},
                           .work = simulate,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_hmm_simulate = {
    .name = "hmm simulate",
    .summary = "Draw rows from a fitted model of states",
    .inputs = "MODEL",
    .description =
        "Draws a path of states and each row from its state (and the rows before it, where the "
        "model looks back), and saves them as rows that every command of models reads. The labels "
        "are the true states: to see whether a fit finds them again, and how much data that takes.",
    .examples = "ana hmm simulate fit.h5 --rows 60000 --seed 3 -o drawn.h5\n"
                "ana hmm decode fit.h5 drawn.h5",
    .min_inputs = 1,
    .max_inputs = 1,
    .run = run_command,
};
