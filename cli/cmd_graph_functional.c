#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/models/functional_null.h>

typedef struct functional_options {
    ana_functional_options network;
    ana_functional_null_options nulls;
} functional_options;

static ana_status connect_signals(command_job *job, void *user)
{
    const functional_options *options = user;
    ana_status status = ANA_OK;
    ana_observations *observations = NULL;
    ana_graph *graph = NULL;
    ana_functional_world *world = NULL;
    job->input.names_matter = true;
    ANA_TRY(job_observations(job, 0, &observations));
    ANA_TRY(ana_functional_network(observations, &options->network, &graph));
    ANA_TRY(ana_graph_to_record(graph, &job->record));
    if (options->nulls.nulls != ANA_FUNCTIONAL_NULL_NONE) {
        ANA_TRY(ana_functional_world_new(observations, graph, &options->network, &options->nulls,
                                         &world));
        ANA_TRY(ana_functional_world_add(world, job->record));
    }
done:
    ana_functional_world_free(world);
    ana_graph_free(graph);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    functional_options options = {.network = ana_functional_options_default(),
                                  .nulls = ana_functional_null_options_default()};
    const option_target own[] = {{"Network", ana_functional_option_table, &options.network},
                                 {"Small world", ana_functional_null_option_table, &options.nulls},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.network.run, &options.nulls.run},
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
        "recordings, or arrays (time x signal). With --nulls, its clustering and path length stand "
        "beside those of random networks: a network of correlations is clustered by construction, "
        "so that signals with random phases, each with its own spectrum, are the fair ones to ask. "
        "The result is a graph that graph metrics, communities and graph compare take.",
    .examples =
        "ana graph functional worm.nwb --density 0.1 -o network.h5\n"
        "ana graph functional worm.nwb --density 0.1 --nulls phase-randomised -o world.html\n"
        "ana graph functional traces.npy --measure lagged --max-lag 3 -o network.svg",
    .run = run_command,
};
