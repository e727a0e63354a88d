#include "commands.h"
#include "graph_input.h"
#include "job.h"
#include "try.h"

#include <analysis/models/network_motifs.h>

typedef struct motifs_options {
    graph_input_options input;
    ana_motif_options motifs;
} motifs_options;

static ana_status count_motifs(command_job *job, void *user)
{
    const motifs_options *options = user;
    ana_status status = ANA_OK;
    ana_graph *graph = NULL;
    ana_network_motifs *motifs = NULL;
    ANA_TRY(
        load_graph(job->arguments.inputs[0], &options->input, &job->console, &job->run, &graph));
    say_loops(graph, &job->console);
    ANA_TRY(ana_network_motifs_new(graph, &options->motifs, &motifs));
    ANA_TRY(ana_network_motifs_to_record(motifs, &job->record));
done:
    ana_network_motifs_free(motifs);
    ana_graph_free(graph);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    motifs_options options = {.input = graph_input_options_default(),
                              .motifs = ana_motif_options_default()};
    const option_target own[] = {
        {"Motifs", ana_motif_option_table, &options.motifs},
        {"Graph", graph_input_option_table, &options.input},
        {"Connectome", connectome_option_table, &options.input.connectome},
        {"Connectome rules", ana_anatomical_option_table, &options.input.connectome.anatomical},
        {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_SAVING,
                           .runs = {&options.motifs.run},
                           .work = count_motifs,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_graph_motifs = {
    .name = "graph motifs",
    .summary = "Count patterns of three nodes, and how many chance would make",
    .inputs = "GRAPH",
    .min_inputs = 1,
    .max_inputs = 1,
    .description =
        "How many groups of three nodes of each of the sixteen kinds a network has, how strong "
        "(intensity) and even (coherence) the edges of each connected kind are, and through how "
        "many directed cycles of three each node goes; with z, two-sided p and false discovery "
        "rate q against random networks in which every node keeps its edges in, out and, unless "
        "told otherwise (--keep), both ways. Undirected edges count as both ways. GRAPH is a "
        "saved graph, a published connectome (--edges), a list of edges (CSV or TSV with columns "
        "from and to, source and target, or pre and post) or a square matrix (row: from).",
    .examples = "ana graph motifs witvliet_2020_7.tsv --edges chemical --nulls 1000 -o motifs.html",
    .run = run_command,
};
