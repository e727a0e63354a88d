#include "commands.h"
#include "graph_input.h"
#include "job.h"
#include "positions_input.h"
#include "try.h"

#include <analysis/models/network_features.h>

#include <stdlib.h>

typedef struct metrics_options {
    graph_input_options input;
    ana_network_options network;
    const char *positions;
} metrics_options;

static const ana_option positions_table[] = {
    {"positions", ANA_OPTION_TEXT, offsetof(metrics_options, positions), 0, 0, NULL, "FILE",
     "table of the nodes by name with columns x, y and z: adds the mean length of edges", false},
    ANA_OPTION_END,
};

static ana_status add_triads(const ana_graph *graph, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *table = NULL;
    const char *names[ANA_N_TRIADS];
    size_t counts[ANA_N_TRIADS];
    ANA_TRY(ana_network_triads(graph, counts));
    for (size_t k = 0; k < ANA_N_TRIADS; k++) {
        names[k] = ana_triad_name(k);
    }
    ANA_TRY(ana_record_add_group(record, "triads", ANA_HINT_TABLE, &table));
    ANA_TRY(ana_record_add_text(table, "title", "Groups of three nodes"));
    ANA_TRY(ana_record_add_texts(table, "kind", ANA_N_TRIADS, names));
    ANA_TRY(ana_record_add_sizes(table, "count", ana_shape_1(ANA_N_TRIADS, "kind"), counts, NULL));
done:
    return status;
}

static ana_status describe(command_job *job, void *user)
{
    const metrics_options *options = user;
    ana_status status = ANA_OK;
    ana_graph *graph = NULL;
    ana_network_features *features = NULL;
    size_t n_axes = 0;
    double *positions = NULL;
    ANA_TRY(
        load_graph(job->arguments.inputs[0], &options->input, &job->console, &job->run, &graph));
    say_loops(graph, &job->console);
    if (options->positions != NULL) {
        ANA_TRY(load_positions(options->positions, graph, &job->run, &n_axes, &positions));
    }
    ANA_TRY(ana_network_features_new(graph, n_axes, positions, &options->network, &features));
    ANA_TRY(ana_network_features_to_record(features, &job->record));
    ANA_TRY(add_triads(graph, job->record));
done:
    ana_network_features_free(features);
    free(positions);
    ana_graph_free(graph);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    metrics_options options = {.input = graph_input_options_default(),
                               .network = ana_network_options_default()};
    const option_target own[] = {
        {"Metrics", ana_network_option_table, &options.network},
        {"Places", positions_table, &options},
        {"Graph", graph_input_option_table, &options.input},
        {"Connectome", connectome_option_table, &options.input.connectome},
        {"Connectome rules", ana_anatomical_option_table, &options.input.connectome.anatomical},
        {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_SAVING,
                           .runs = {&options.network.run},
                           .work = describe,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_graph_metrics = {
    .name = "graph metrics",
    .summary = "Describe a network: who is central, how clustered, how far apart",
    .inputs = "GRAPH",
    .min_inputs = 1,
    .max_inputs = 1,
    .description =
        "Degrees, strengths, clustering, shortest paths, centralities, cores and groups of three, "
        "of each node and of the whole; with --nulls its clustering and path length beside those "
        "of random graphs of the same degrees. Any graph has them: empty, disconnected, or with "
        "negative weights (strengths add signed weights, all else takes their size). GRAPH is a "
        "saved graph, a published connectome (--edges), a list of edges (CSV or TSV with columns "
        "from and to, source and target, or pre and post) or a square matrix (row: from).",
    .examples = "ana graph metrics connectome.tsv --directed --nulls 100 -o metrics.html",
    .run = run_command,
};
