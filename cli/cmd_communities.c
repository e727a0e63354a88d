#include "commands.h"
#include "graph_input.h"
#include "job.h"
#include "try.h"

#include <analysis/models/community.h>
#include <analysis/models/sbm.h>

#include <stdlib.h>

typedef enum communities_method {
    METHOD_BLOCKS,
    METHOD_LEIDEN
} communities_method;

typedef struct communities_options {
    int method;
    graph_input_options input;
    ana_sbm_options sbm;
    ana_leiden_options leiden;
} communities_options;

static const char *const method_words[] = {"blocks", "leiden", NULL};

static const ana_option method_table[] = {
    {"method", ANA_OPTION_CHOICE, offsetof(communities_options, method), 0, 0, method_words,
     "METHOD", "block models, or modularity by Leiden (undirected graphs)", false},
    ANA_OPTION_END,
};

static ana_status find_blocks(command_job *job, const ana_graph *graph,
                              const ana_sbm_options *options)
{
    ana_status status = ANA_OK;
    ana_sbm *sbm = NULL;
    ANA_TRY(ana_sbm_fit(graph, options, &sbm));
    ANA_TRY(ana_sbm_to_record(sbm, graph, &job->record));
done:
    ana_sbm_free(sbm);
    return status;
}

static ana_status find_modules(command_job *job, const ana_graph *graph,
                               const communities_options *given)
{
    ana_status status = ANA_OK;
    ana_leiden_options options = given->leiden;
    size_t n_groups = 0;
    options.column = given->sbm.column;
    size_t *group = calloc(graph->n_nodes + 1, sizeof *group);
    double *modularity = calloc(options.n_restarts, sizeof *modularity);
    if (group == NULL || modularity == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "leiden: no memory for %zu nodes", graph->n_nodes);
        goto done;
    }
    ANA_TRY(ana_leiden(graph, &options, group, &n_groups, modularity));
    ANA_TRY(ana_leiden_to_record(graph, &options, group, modularity, &job->record));
done:
    free(group);
    free(modularity);
    return status;
}

static ana_status find_communities(command_job *job, void *user)
{
    const communities_options *options = user;
    ana_status status = ANA_OK;
    ana_graph *graph = NULL;
    ANA_TRY(
        load_graph(job->arguments.inputs[0], &options->input, &job->console, &job->run, &graph));
    ANA_TRY(options->method == METHOD_LEIDEN ? find_modules(job, graph, options)
                                             : find_blocks(job, graph, &options->sbm));
done:
    ana_graph_free(graph);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    communities_options options = {.input = graph_input_options_default(),
                                   .sbm = ana_sbm_options_default(),
                                   .leiden = ana_leiden_options_default()};
    const option_target own[] = {
        {"Method", method_table, &options},
        {"Block models", ana_sbm_option_table, &options.sbm},
        {"Leiden", ana_leiden_option_table, &options.leiden},
        {"Graph", graph_input_option_table, &options.input},
        {"Connectome", connectome_option_table, &options.input.connectome},
        {"Connectome rules", ana_anatomical_option_table, &options.input.connectome.anatomical},
        {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_SAVING,
                           .runs = {&options.sbm.run, &options.leiden.run},
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
        "groups is that of least description length. Or the groups of largest modularity at a "
        "resolution that is to be chosen. GRAPH is a saved graph, a list of edges (CSV or TSV with "
        "columns from and to, source and target, or pre and post) or a square matrix (row: from), "
        "of which zeros, NaN and the diagonal are no edges.",
    .examples = "ana communities connectome.tsv --directed --only type=chemical "
                "--weights poisson -o communities.html",
    .run = run_command,
};
