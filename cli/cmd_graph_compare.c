#include "commands.h"
#include "graph_input.h"
#include "job.h"
#include "positions_input.h"
#include "try.h"

#include <analysis/models/network_comparison.h>

#include <stdlib.h>

typedef struct compare_options {
    graph_input_options input;
    ana_comparison_options comparison;
    const char *positions;
} compare_options;

static const ana_option positions_table[] = {
    {"positions", ANA_OPTION_TEXT, offsetof(compare_options, positions), 0, 0, NULL, "FILE",
     "table of the reference's nodes by name with columns x, y and z: adds random networks whose "
     "edges are as long",
     false},
    ANA_OPTION_END,
};

static ana_status compare(command_job *job, void *user)
{
    const compare_options *options = user;
    ana_status status = ANA_OK;
    ana_graph *reference = NULL;
    ana_graph *other = NULL;
    ana_node_positions positions = {0};
    double *places = NULL;
    ana_network_comparison *comparison = NULL;
    graph_input_options second = options->input;
    second.connectome = connectome_options_default();
    ANA_TRY(load_graph(job->arguments.inputs[0], &options->input, &job->console, &job->run,
                       &reference));
    ANA_TRY(load_graph(job->arguments.inputs[1], &second, &job->console, &job->run, &other));
    if (options->positions != NULL) {
        ANA_TRY(
            load_positions(options->positions, reference, &job->run, &positions.n_axes, &places));
        positions.positions = places;
    }
    ANA_TRY(ana_network_compare(reference, other, places != NULL ? &positions : NULL,
                                &options->comparison, &comparison));
    if (comparison->n_only_first + comparison->n_only_second > 0) {
        console_say(&job->console,
                    "%zu nodes are in both networks, %zu in the reference alone, %zu in the other "
                    "alone",
                    comparison->n_nodes, comparison->n_only_first, comparison->n_only_second);
    }
    ANA_TRY(ana_network_comparison_to_record(comparison, &job->record));
done:
    ana_network_comparison_free(comparison);
    free(places);
    ana_graph_free(other);
    ana_graph_free(reference);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    compare_options options = {.input = graph_input_options_default(),
                               .comparison = ana_comparison_options_default()};
    const option_target own[] = {
        {"Comparison", ana_comparison_option_table, &options.comparison},
        {"Places", positions_table, &options},
        {"Graph", graph_input_option_table, &options.input},
        {"Connectome", connectome_option_table, &options.input.connectome},
        {"Connectome rules", ana_anatomical_option_table, &options.input.connectome.anatomical},
        {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_SAVING,
                           .runs = {&options.comparison.run},
                           .work = compare,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_graph_compare = {
    .name = "graph compare",
    .summary = "Hold one network against another: does function follow structure?",
    .inputs = "REFERENCE OTHER",
    .min_inputs = 2,
    .max_inputs = 2,
    .description =
        "Two networks of the same nodes, joined by name: correlation and rank correlation of "
        "weights, overlap of edges, and how well the strengths of the other tell the reference's "
        "edges (ROC curves and their areas), chemical and electrical ones by themselves when the "
        "reference is a connectome. Each number stands beside those of random references: names of "
        "nodes exchanged, the same degrees, and, with --positions, edges as long. Options of "
        "connectomes are the reference's. A functional network is best given with all of its edges "
        "(ana graph functional --threshold 0).",
    .examples = "ana graph functional worm.csv --threshold 0 -o function.h5\n"
                "ana graph compare witvliet_2020_7.tsv function.h5 --neurons -o compared.html",
    .run = run_command,
};
