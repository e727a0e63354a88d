#include "commands.h"
#include "job.h"
#include "layers_input.h"
#include "try.h"

#include <analysis/models/community.h>
#include <analysis/models/sbm.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef enum communities_method {
    METHOD_BLOCKS,
    METHOD_LEIDEN
} communities_method;

typedef struct communities_options {
    int method;
    const char *layers; /* NULL: each input is one */
    graph_input_options input;
    ana_sbm_options sbm;
    ana_leiden_options leiden;
} communities_options;

static const char *const method_words[] = {"blocks", "leiden", NULL};

static const ana_option method_table[] = {
    {"method", ANA_OPTION_CHOICE, offsetof(communities_options, method), 0, 0, method_words,
     "METHOD", "block models, or modularity by Leiden (undirected graphs)", false},
    {"layers", ANA_OPTION_TEXT, offsetof(communities_options, layers), 0, 0, NULL, "COLUMN",
     "of a list of edges: rows with the same text in it are a layer; weights: each weight of a "
     "graph is one; without it each GRAPH is one layer",
     false},
    ANA_OPTION_END,
};

/* Which model the weights chose, unless it was asked for. */
static void say_weights(const command_job *job, const ana_sbm_options *options, const ana_sbm *sbm)
{
    char tried[128] = "";
    size_t n = 0;
    for (size_t w = 0; w < ANA_SBM_WEIGHTS_AUTO; w++) {
        if (!isnan(sbm->weight_lengths[w]) && n < sizeof tried) {
            n += (size_t)snprintf(tried + n, sizeof tried - n, "%s%s", n > 0 ? ", " : "",
                                  ana_sbm_weight_words[w]);
        }
    }
    if (options->weights == ANA_SBM_WEIGHTS_AUTO) {
        console_say(&job->console, "weights: %s%s%s", ana_sbm_weight_words[sbm->weights],
                    n > 0 ? ", the shortest description of " : "", tried);
    }
}

static ana_status find_blocks(command_job *job, const layers_input *input,
                              const ana_sbm_options *options)
{
    ana_status status = ANA_OK;
    ana_sbm *sbm = NULL;
    const ana_sbm_layers layers = {input->n, (const ana_graph *const *)input->graphs,
                                   (const char *const *)input->names};
    ANA_TRY(ana_sbm_fit_layers(&layers, options, &sbm));
    say_weights(job, options, sbm);
    ANA_TRY(ana_sbm_layers_to_record(sbm, &layers, &job->record));
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
    options.weight_index = given->sbm.weight_index;
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
    layers_input layers = {0};
    const bool several = job->arguments.n_inputs > 1;
    if (options->layers != NULL && several) {
        return job_refuse(job, "--layers splits one GRAPH; here each of %zu is a layer",
                          job->arguments.n_inputs);
    }
    if (options->layers != NULL && options->input.only != NULL) {
        return job_refuse(job, "--layers takes all rows of a list, --only some: use either");
    }
    if (options->method == METHOD_LEIDEN && (several || options->layers != NULL)) {
        return job_refuse(job, "--method leiden takes one layer; block models take several");
    }
    ANA_TRY(load_layers(job, &options->input, options->layers, &layers));
    ANA_TRY(options->method == METHOD_LEIDEN ? find_modules(job, layers.graphs[0], options)
                                             : find_blocks(job, &layers, &options->sbm));
done:
    release_layers(&layers);
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
    .inputs = "GRAPH...",
    .min_inputs = 1,
    .max_inputs = 1000,
    .description =
        "Stochastic block models, nested or flat, of the edges and their weights; the number of "
        "groups is that of least description length. Or the groups of largest modularity at a "
        "resolution that is to be chosen. GRAPH is a saved graph, a published connectome "
        "(--edges), a list of edges (CSV or TSV with columns from and to, source and target, or "
        "pre and post) or a square matrix (row: from), of which zeros, NaN and the diagonal are no "
        "edges. Several GRAPHs, or the parts of one, are layers: nodes have one group in all of "
        "them.",
    .examples = "ana communities connectome.tsv --directed --only type=chemical "
                "--weights poisson -o communities.html\n"
                "ana communities connectome.csv --layers weights -o layers.html",
    .run = run_command,
};
