#include "commands.h"
#include "graph_input.h"
#include "job.h"
#include "try.h"

static ana_status import(command_job *job, void *user)
{
    ana_status status = ANA_OK;
    ana_graph *graph = NULL;
    ANA_TRY(load_graph(job->arguments.inputs[0], user, &job->console, &job->run, &graph));
    ANA_TRY(ana_graph_to_record(graph, &job->record));
done:
    ana_graph_free(graph);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    graph_input_options options = graph_input_options_default();
    const option_target own[] = {
        {"Graph", graph_input_option_table, &options},
        {"Connectome", connectome_option_table, &options.connectome},
        {"Connectome rules", ana_anatomical_option_table, &options.connectome.anatomical},
        {NULL, NULL, NULL}};
    const job_plan plan = {.own = own, .parts = JOB_SAVING, .work = import, .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_graph_import = {
    .name = "graph import",
    .summary = "Read a published connectome, a list of edges or a matrix as a saved graph",
    .inputs = "GRAPH",
    .min_inputs = 1,
    .max_inputs = 1,
    .description =
        "Chemical and electrical synapses of a connectome in one form, whatever its layout: tables "
        "of nemanode, OpenWorm, Chen et al. (2006) and Bentley et al. (2016), lists (JSON) and "
        "sheets of Cook et al. (2019), matrices of Varshney et al. (2011), and matrices with names "
        "of cells and with p values. Rows that say the same are summed, gap junctions weigh the "
        "same both ways (--junctions), and what is left out is counted on stderr. Or any list of "
        "edges or square matrix. The result is a graph that every command for graphs takes.",
    .examples = "ana graph import witvliet_2020_7.tsv -o adult.h5\n"
                "ana graph import chemical.csv --gap-junctions junctions.csv -o cook.h5\n"
                "ana graph import q.csv --significance q.csv --rows-receive -o signals.h5",
    .run = run_command,
};
