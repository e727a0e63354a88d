#include "commands.h"
#include "job.h"
#include "responses_input.h"
#include "try.h"

#include <analysis/models/ssm.h>

typedef struct ssm_options {
    ana_ssm_options ssm;
    responses_options responses;
} ssm_options;

static ana_status compare(command_job *job, void *user)
{
    ssm_options *options = user;
    ana_status status = ANA_OK;
    ana_responses_set *systems = NULL;
    ana_ssm *ssm = NULL;
    ANA_TRY(responses_inputs(job, job->arguments.n_inputs, job->arguments.inputs,
                             &options->responses, &systems));
    if (systems->n < 2) {
        ANA_TRY(ana_fail(ANA_ERR_VALUE, "ssm: one system; it needs another to be compared with"));
    }
    const ana_responses_set others = {systems->n - 1, systems->systems + 1};
    ANA_TRY(ana_ssm_compute(systems->systems[0], &others, &options->ssm, &ssm));
    ANA_TRY(ana_ssm_to_record(ssm, &job->record));
    responses_warn_units(job->record);
done:
    ana_ssm_free(ssm);
    ana_responses_set_free(systems);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    ssm_options options = {.ssm = ana_ssm_options_default(),
                           .responses = responses_options_default()};
    const option_target own[] = {{"Curves", ana_ssm_option_table, &options.ssm},
                                 {"Stimuli", responses_option_table, &options.responses},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.ssm.run},
                           .labels = "stimulus of each row of a single input, a whole number "
                                     "(negative or nan: none)",
                           .work = compare,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_ssm = {
    .name = "ssm",
    .summary = "Compare which stimuli systems find alike, by growing numbers of units and stimuli",
    .inputs = "REFERENCE INPUT...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Similarity of similarity matrices: the rank correlation of the similarities (Pearson "
        "correlations of the responses) of all pairs of stimuli in the first system, the "
        "reference, "
        "with those in each of the others. Inputs are arrays (stimulus x unit, or stimulus x trial "
        "x unit), recordings with labelled rows, and files of several layers; stimuli are matched "
        "by their ids.\n\n"
        "The result holds the similarity by all units, that by as many units of each system as the "
        "reference has, and curves over numbers of units (of the others, or of the reference: "
        "--draw-from) and of stimuli, each with the mean and standard deviation over --draws "
        "without replacement.",
    .examples = "ana ssm v1.npy layer1.npy layer4.npy -o layers.html\n"
                "ana ssm v1.npy layer4.npy --draw-from reference --draws 200 --sizes 12 --json",
    .run = run_command,
};
