#include "commands.h"
#include "job.h"
#include "pipeline.h"

#include <string.h>

static const ana_option output_table[] = {
    {"output", ANA_OPTION_TEXT, offsetof(pipeline_options, folder), 0, 0, NULL, "FOLDER",
     "where results go: a record for each stage, and report.html", true},
    {"fresh", ANA_OPTION_BOOL, offsetof(pipeline_options, fresh), 0, 0, NULL, NULL,
     "compute every stage anew, whatever the folder holds", true},
    ANA_OPTION_END,
};

static const ana_option animals_table[] = {
    {"bin", ANA_OPTION_DOUBLE, offsetof(pipeline_options, bin_s), 0, 1e6, NULL, "SECONDS",
     "what a row of an array stands for; 0: it says so itself", false},
    {"min-animals", ANA_OPTION_SIZE, offsetof(pipeline_options, min_animals), 0, 1e6, NULL, "N",
     "neurons that fewer animals have are left out; 0: half of the animals", false},
    {"step", ANA_OPTION_DOUBLE, offsetof(pipeline_options, step_s), 0, 1e6, NULL, "SECONDS",
     "between the times that the tensor holds, to the nearest row; 0: --sigma, over which "
     "affinities "
     "change",
     false},
    {"screening", ANA_OPTION_DOUBLE, offsetof(pipeline_options, screening), 0, 1, NULL, "SHARE",
     "looser tolerance for comparing restarts; the best goes on to --tolerance", false},
    {"rank-tolerance", ANA_OPTION_DOUBLE, offsetof(pipeline_options, rank_tolerance), 0, 1, NULL,
     "SHARE", "looser tolerance for comparing ranks", false},
    {"positions", ANA_OPTION_TEXT, offsetof(pipeline_options, positions), 0, 0, NULL, "FILE",
     "where neurons are, for drawings: a table with columns name, x, y, z, or lines of three "
     "numbers below a line \"#NAME NAME ...\"",
     false},
    ANA_OPTION_END,
};

static const ana_option epochs_table[] = {
    {"windows", ANA_OPTION_SIZE, offsetof(pipeline_options, windows), 0, 1e6, NULL, "N",
     "equal windows as epochs; 0: the intervals of the recordings, or 8 windows where there are "
     "none",
     false},
    {"intervals", ANA_OPTION_TEXT, offsetof(pipeline_options, intervals), 0, 0, NULL, "NAME",
     "the recordings' intervals whose labels are epochs; else the first there are", false},
    {"rest", ANA_OPTION_BOOL, offsetof(pipeline_options, rest), 0, 0, NULL, NULL,
     "what lies outside all intervals is an epoch of its own", false},
    ANA_OPTION_END,
};

static pipeline_options defaults(void)
{
    pipeline_options options = {.rest = true,
                                .affinity = ana_affinity_options_default(),
                                .fit = ana_ntf_options_default(),
                                .ranks = ana_ntf_rank_options_default(),
                                .sbm = ana_sbm_options_default(),
                                .dynamics = ana_connectome_dynamics_options_default()};
    options.fit.rank = 0;
    options.fit.n_restarts = 20;
    options.screening = 3e-4;
    options.rank_tolerance = 1e-3;
    options.ranks.n_folds = 3;
    options.fit.tolerance = 1e-6;
    options.sbm.weights = ANA_SBM_EXPONENTIAL;
    return options;
}

static ana_status work(command_job *job, void *user)
{
    pipeline_options *options = user;
    if (options->folder == NULL || options->folder[0] == '\0') {
        return job_refuse(job, "needs -o FOLDER");
    }
    if (options->affinity.kernel == ANA_AFFINITY_MIN ||
        options->affinity.kernel == ANA_AFFINITY_PEARSON_POSITIVE) {
        return job_refuse(job, "--kernel: geom, prod and rise have the factored form that this "
                               "needs");
    }
    if (options->windows == 1) {
        return job_refuse(job, "--windows 1: changes are between two epochs or more");
    }
    job->input.rows.bin_s = options->bin_s;
    return pipeline_run(job, options);
}

/* Rank 0 is chosen. Symmetric factors are of one animal alone, and its motifs are made symmetric
 * anyway. */
static void list_motif_options(ana_option *table)
{
    arguments_leave_out("symmetric", ana_ntf_option_table, table);
    for (size_t i = 0; table[i].name != NULL; i++) {
        if (strcmp(table[i].name, "rank") == 0) {
            table[i].min = 0;
            table[i].help = "number of motifs; 0: chosen by held-out data among --min-rank to "
                            "--max-rank";
        }
    }
}

/* Without what motifs settle; their restarts have a name of their own. */
static void list_block_options(ana_option *table)
{
    ana_option room[ARGUMENTS_MAX_ROWS];
    arguments_leave_out("weights", ana_sbm_option_table, table);
    arguments_leave_out("weight-column", table, room);
    arguments_leave_out("trials", room, table);
    for (size_t i = 0; table[i].name != NULL; i++) {
        if (strcmp(table[i].name, "restarts") == 0) {
            table[i].name = "block-restarts";
        }
    }
}

static int run_command(const command *self, int argc, char **argv)
{
    pipeline_options options = defaults();
    ana_option ntf_table[ARGUMENTS_MAX_ROWS];
    ana_option sbm_table[ARGUMENTS_MAX_ROWS];
    list_motif_options(ntf_table);
    list_block_options(sbm_table);
    const option_target own[] = {
        {"Folder", output_table, &options},
        {"Animals and work", animals_table, &options},
        {"Affinity", ana_affinity_option_table, &options.affinity},
        {"Motifs", ntf_table, &options.fit},
        {"Ranks tried without --rank", ana_ntf_rank_option_table, &options.ranks},
        {"Communities of motifs", sbm_table, &options.sbm},
        {"Epochs", epochs_table, &options},
        {"Changes", ana_connectome_dynamics_option_table, &options.dynamics},
        {NULL, NULL, NULL}};
    const job_plan plan = {
        .own = own,
        .parts = JOB_RECORDING | JOB_FIT,
        .runs = {&options.affinity.run, &options.fit.run, &options.ranks.run, &options.sbm.run},
        .work = work,
        .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_connectome = {
    .name = "connectome",
    .summary = "Find the dynamic functional connectome of animals, from recordings to a report",
    .inputs = "INPUT... -o FOLDER",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "From calcium recordings of animals whose neurons have names to motifs of neurons that "
        "change together, the communities within each motif, the activity of communities in each "
        "animal, and the neurons that change community between epochs, tested against "
        "circular shifts of the courses. Inputs are animals on one time base: what ana homogenise "
        "saves, "
        "recordings whose channels are neurons, or arrays (time x neuron) with --bin. Neurons are "
        "the same when their names are. Traces without a name, with the name of another, that "
        "never change or miss samples are left out and counted.\n\n"
        "The folder holds a record for each stage: inputs.h5, ranks.h5 (without --rank), "
        "motifs.h5, "
        "communities.h5, connectome.h5, dynamics.h5; and report.html. Run again, a stage that was "
        "made from the same inputs and options is taken as it is; an interrupted run goes on "
        "behind its last whole stage.",
    .examples = "ana connectome worms.h5 --rank 6 -o worms  # seven worms of ana homogenise\n"
                "ana connectome worms.h5 --min-rank 2 --max-rank 12 --positions neurons.txt "
                "-o worms  # the rank by held-out data",
    .run = run_command,
};
