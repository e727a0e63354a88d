#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/models/planted_graph.h>

#include <stdlib.h>

static ana_status simulate(command_job *job, void *user)
{
    const ana_planted_options *options = user;
    ana_status status = ANA_OK;
    ana_graph *graph = NULL;
    size_t *group = calloc(options->n_nodes, sizeof *group);
    if (group == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "planted graph: no memory for %zu nodes", options->n_nodes);
    }
    ANA_TRY(ana_planted_graph(options, &graph, group));
    ANA_TRY(ana_graph_to_record(graph, &job->record));
    ANA_TRY(ana_record_add_sizes(job->record, "truth", ana_shape_1(graph->n_nodes, "node"), group,
                                 NULL));
done:
    ana_graph_free(graph);
    free(group);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    ana_planted_options options = ana_planted_options_default();
    const option_target own[] = {{"Graph", ana_planted_option_table, &options}, {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_SAVING,
                           .runs = {&options.run},
                           .work = simulate,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_graph_simulate = {
    .name = "graph simulate",
    .summary = "Make a weighted graph with known groups",
    .inputs = NULL,
    .min_inputs = 0,
    .max_inputs = 0,
    .description =
        "A random graph after the benchmark of Lancichinetti and Fortunato (2009): degrees and "
        "sizes of groups follow power laws, and each node has a share of its edges, and of its "
        "strength, outside its group. The groups stand beside the graph as truth.",
    .examples = "ana graph simulate --mixing 0.5 --seed 1 -o planted.h5\n"
                "ana communities planted.h5 -o found.html",
    .run = run_command,
};
