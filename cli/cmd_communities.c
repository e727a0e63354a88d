#include "commands.h"
#include "graph_input.h"
#include "job.h"
#include "try.h"

#include <analysis/models/sbm.h>

typedef struct communities_options {
    graph_input_options input;
    ana_sbm_options sbm;
} communities_options;

static ana_status find_communities(command_job *job, void *user)
{
    const communities_options *options = user;
    ana_status status = ANA_OK;
    ana_graph *graph = NULL;
    ana_sbm *sbm = NULL;
    ANA_TRY(
        load_graph(job->arguments.inputs[0], &options->input, &job->console, &job->run, &graph));
    ANA_TRY(ana_sbm_fit(graph, &options->sbm, &sbm));
    ANA_TRY(ana_sbm_to_record(sbm, graph, &job->record));
done:
    ana_sbm_free(sbm);
    ana_graph_free(graph);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    communities_options options = {.input = graph_input_options_default(),
                                   .sbm = ana_sbm_options_default()};
    const option_target own[] = {{"Block model", ana_sbm_option_table, &options.sbm},
                                 {"Graph", graph_input_option_table, &options.input},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_SAVING,
                           .runs = {&options.sbm.run},
                           .work = find_communities,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_communities = {
    .name = "communities",
    .summary = "Group the nodes of a network by whom they are connected with",
    .inputs = "GRAPH",
    .min_inputs = 1,
    .max_inputs = 1,
    .description =
        "Stochastic block models, nested or flat, of the edges and their weights; the number of "
        "groups is that of least description length. GRAPH is a saved graph, a list of edges "
        "(CSV or TSV with columns from and to, source and target, or pre and post) or a square "
        "matrix (row: from), of which zeros, NaN and the diagonal are no edges.",
    .examples = "ana communities connectome.tsv --directed --only type=chemical "
                "--weights poisson -o communities.html",
    .run = run_command,
};
