#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/models/visibility_features.h>

typedef struct visibility_options {
    ana_visibility_options visibility;
    ana_network_options network;
} visibility_options;

static ana_status describe(command_job *job, void *user)
{
    const visibility_options *options = user;
    ana_status status = ANA_OK;
    ana_observations *observations = NULL;
    ana_visibility_features *features = NULL;
    ANA_TRY(job_observations(job, 0, &observations));
    ANA_TRY(ana_visibility_features_new(observations, &options->visibility, &options->network,
                                        &features));
    ANA_TRY(ana_visibility_features_to_record(features, &job->record));
done:
    ana_visibility_features_free(features);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    visibility_options options = {.visibility = ana_visibility_options_default(),
                                  .network = ana_network_options_default()};
    ana_option table[ARGUMENTS_MAX_ROWS];
    arguments_leave_out("directed", ana_visibility_option_table, table); /* both are described */
    const option_target own[] = {{"Visibility", table, &options.visibility}, {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.visibility.run, &options.network.run},
                           .work = describe,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_graph_visibility = {
    .name = "graph visibility",
    .summary = "Describe the shape of signals by which of their samples see one another",
    .inputs = "INPUT...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Visibility graphs, natural or horizontal, of each signal within each stretch without a "
        "gap: their edges, clustering, paths, degrees, and how unlike past and future are. Inputs "
        "are recordings, or arrays (time x signal). What has missing samples has no graph, and is "
        "counted.",
    .examples = "ana graph visibility heart.edf --visibility horizontal -o visibility.h5",
    .run = run_command,
};
