#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/models/functional_network.h>

static ana_status connect_signals(command_job *job, void *user)
{
    ana_status status = ANA_OK;
    ana_observations *observations = NULL;
    ana_graph *graph = NULL;
    job->input.names_matter = true;
    ANA_TRY(job_observations(job, 0, &observations));
    ANA_TRY(ana_functional_network(observations, user, &graph));
    ANA_TRY(ana_graph_to_record(graph, &job->record));
done:
    ana_graph_free(graph);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    ana_functional_options options = ana_functional_options_default();
    const option_target own[] = {{"Network", ana_functional_option_table, &options},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.run},
                           .work = connect_signals,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_graph_functional = {
    .name = "graph functional",
    .summary = "Connect the signals that go together",
    .inputs = "INPUT...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "A network of neurons, voxels or channels: an edge where the similarity of two passes "
        "--threshold, or the strongest up to --density. Inputs are sessions of the same signals: "
        "recordings, or arrays (time x signal). The result is a graph that graph metrics and "
        "communities take.",
    .examples = "ana graph functional worm.nwb --density 0.1 -o network.h5\n"
                "ana graph functional traces.npy --measure lagged --max-lag 3 -o network.svg",
    .run = run_command,
};
