#include "commands.h"
#include "drawing.h"
#include "state_model.h"
#include "try.h"

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
    ANA_TRY(state_model_simulate(&model, options->n_sequences, drawn.lengths, drawn.covariates,
                                 options->run.seed, &made));
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
