#include "commands.h"
#include "job.h"
#include "rows.h"
#include "try.h"

#include <analysis/models/dsa.h>

#include <stdlib.h>

/* The inputs as systems, each with its name. */
typedef struct inputs {
    size_t n;
    ana_observations **systems;
    char (*names)[256];
    const char **texts; /* the names */
} inputs;

static void release(inputs *all)
{
    for (size_t i = 0; all->systems != NULL && i < all->n; i++) {
        ana_observations_free(all->systems[i]);
    }
    free(all->systems);
    free(all->names);
    free(all->texts);
}

static ana_status load(command_job *job, inputs *all)
{
    ana_status status = ANA_OK;
    const size_t n = job->arguments.n_inputs;
    all->n = n;
    all->systems = calloc(n, sizeof(void *));
    all->names = calloc(n, sizeof *all->names);
    all->texts = calloc(n, sizeof(void *));
    if (all->systems == NULL || all->names == NULL || all->texts == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "dsa: no memory for %zu systems", n);
    }
    for (size_t i = 0; i < n; i++) {
        char **input = &job->arguments.inputs[i];
        name_of_input(*input, all->names[i], sizeof all->names[i]);
        all->texts[i] = all->names[i];
        ANA_TRY(load_observations(1, input, &job->input, &job->console, &all->systems[i]));
    }
done:
    return status;
}

static void say(const command_job *job, const ana_dsa *dsa)
{
    const ana_dsa_choice *choice = dsa->choice;
    if (choice != NULL) {
        const size_t best = choice->best_delay * choice->n_ranks + choice->best_rank;
        console_say(&job->console, "%zu delays, rank %zu: held-out error %.4g of the squares",
                    dsa->n_delays, dsa->rank, choice->error[best]);
    }
    for (size_t i = 0; i < dsa->n; i++) {
        const ana_dsa_system *system = dsa->systems[i];
        if (system->n_units_left_out > 0 || system->n_rows_left_out > 0) {
            console_say(&job->console,
                        "%s: %zu units without any value and %zu rows with a missing one are left "
                        "out",
                        system->name, system->n_units_left_out, system->n_rows_left_out);
        }
    }
}

static ana_status compare(command_job *job, void *user)
{
    const ana_dsa_options *options = user;
    ana_status status = ANA_OK;
    inputs all = {0};
    ana_dsa *dsa = NULL;
    ANA_TRY(load(job, &all));
    ANA_TRY(ana_dsa_compare(all.n, (const ana_observations *const *)all.systems, all.texts, options,
                            &dsa));
    say(job, dsa);
    ANA_TRY(ana_dsa_to_record(dsa, &job->record));
done:
    ana_dsa_free(dsa);
    release(&all);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    ana_dsa_options options = ana_dsa_options_default();
    const option_target own[] = {{"Dynamics", ana_dsa_option_table, &options}, {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.run},
                           .work = compare,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_dsa = {
    .name = "dsa",
    .summary = "Find how alike the dynamics of systems are, whatever their geometry",
    .inputs = "INPUT...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Dynamical similarity analysis (Ostrow et al. 2023) of networks, recordings and models. "
        "Each input is a system: an array (time x unit, or trial x time x unit), or a recording "
        "(spikes in bins, or samples; --during takes trials from its intervals). The units of "
        "systems need not be the same, nor as many.\n\n"
        "Samples are embedded with delays, within a trial alone; the linear dynamics of their "
        "leading components are compared in the change of basis that brings them nearest, from "
        "many starts. Delays and rank are those that predict the next sample of held-out trials "
        "best, unless they are given.\n\n"
        "The result holds distances with a lower bound that no basis can beat and how many starts "
        "agree, the transport distance of the eigenvalues, the dynamics, and how well they "
        "predict. "
        "--splits says how far a system is from itself; --permutations whether two systems of the "
        "same units could be one.",
    .examples = "ana dsa network.npy area1.nwb area2.nwb --bin 0.02 -o dynamics.html\n"
                "ana dsa a.npy b.npy --delays 5 --rank 10 --measure euclidean --json\n"
                "ana dsa before.npy after.npy --splits 50 --permutations 999 -o change.h5",
    .run = run_command,
};
