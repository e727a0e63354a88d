#include "commands.h"
#include "state_model.h"
#include "try.h"

typedef struct gof_options {
    ana_goodness_options goodness;
    glm_input_options inputs;
} gof_options;

static ana_status test(command_job *job, void *user)
{
    const gof_options *options = user;
    ana_status status = ANA_OK;
    state_model model = {0};
    ana_goodness *goodness = NULL;
    ana_record *part = NULL;
    ANA_TRY(state_model_read(job, &model));
    ANA_TRY(state_model_open(job, &options->inputs, &model));
    ANA_TRY(state_model_goodness(&model, &options->goodness, &goodness));
    ANA_TRY(ana_record_new(&job->record));
    ANA_TRY(ana_record_add_text(job->record, "schema", "hmm goodness"));
    ANA_TRY(ana_record_add_text(job->record, "title", "Goodness of fit of the states"));
    ANA_TRY(ana_goodness_to_record(goodness, &part));
    ANA_TRY(ana_record_adopt(job->record, "goodness", part));
    ANA_TRY(state_model_note_units(job, &model));
done:
    ana_goodness_free(goodness);
    state_model_close(&model);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    gof_options options = {.goodness = ana_goodness_options_default()};
    const option_target own[] = {{"Test", ana_goodness_option_table, &options.goodness},
                                 {"More inputs", glm_covariate_option_table, &options.inputs},
                                 {"Transitions", glm_transition_option_table, &options.inputs},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.goodness.run},
                           .work = test,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_hmm_gof = {
    .name = "hmm gof",
    .summary = "Test a fitted model of states by the intervals between spikes",
    .inputs = "MODEL INPUT...",
    .description =
        "Rescales time by the intensity that the model predicts from the past, through the mixture "
        "of its states: if it is right, the rescaled intervals between a unit's spikes are "
        "exponential. Gives each unit's Kolmogorov-Smirnov distance with its band, and the "
        "correlation of successive intervals. For Poisson and Bernoulli responses; of the timing "
        "of spikes within a bin the test says nothing.",
    .examples = "ana hmm gof fit.h5 session.nwb -o gof.html\n"
                "ana hmm gof fit.h5 tomorrow.nwb --json",
    .min_inputs = 2,
    .max_inputs = MANY_INPUTS,
    .run = run_command,
};
