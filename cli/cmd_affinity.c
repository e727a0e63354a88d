#include "commands.h"
#include "job.h"
#include "try.h"

#include <analysis/models/affinity.h>

#include <stdlib.h>

typedef struct affinity_options {
    ana_affinity_options affinity;
    bool tensor;
} affinity_options;

static const ana_option output_table[] = {
    {"tensor", ANA_OPTION_BOOL, offsetof(affinity_options, tensor), 0, 0, NULL, NULL,
     "save the affinity of every pair at every time, not the means alone", false},
    ANA_OPTION_END,
};

static ana_status add_tensor(const ana_affinity *affinity, const ana_run *run, ana_record *record)
{
    ana_status status = ANA_OK;
    double *pairs = NULL;
    const size_t n_pairs = ana_affinity_n_pairs(affinity->n_neurons);
    const size_t n_times = affinity->n_times;
    const double bytes = (double)n_pairs * (double)n_times * sizeof *pairs;
    ANA_TRY(ana_run_check_memory(run, bytes < 1e18 ? 2 * (size_t)bytes : SIZE_MAX,
                                 "affinity of every pair at every time"));
    pairs = malloc(n_pairs * n_times * sizeof *pairs);
    if (pairs == NULL) {
        ANA_TRY(ana_fail(ANA_ERR_MEMORY, "affinity: no memory for %zu pairs at %zu times", n_pairs,
                         n_times));
    }
    ANA_TRY(ana_affinity_materialise(affinity, run, true, pairs));
    ANA_TRY(ana_record_add_doubles(record, "tensor", ana_shape_2(n_pairs, "pair", n_times, "time"),
                                   pairs, NULL));
done:
    free(pairs);
    return status;
}

static ana_status find_affinities(command_job *job, void *user)
{
    const affinity_options *options = user;
    ana_status status = ANA_OK;
    ana_observations *observations = NULL;
    ana_affinity *affinity = NULL;
    ANA_TRY(job_observations(job, 0, &observations));
    ANA_TRY(ana_affinity_new(observations, &options->affinity, &affinity));
    ANA_TRY(ana_affinity_to_record(affinity, &job->record));
    if (options->tensor) {
        ANA_TRY(add_tensor(affinity, &job->run, job->record));
    }
done:
    ana_affinity_free(affinity);
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    affinity_options options = {.affinity = ana_affinity_options_default()};
    const option_target own[] = {{"Affinity", ana_affinity_option_table, &options.affinity},
                                 {"Output", output_table, &options},
                                 {NULL, NULL, NULL}};
    const job_plan plan = {.own = own,
                           .parts = JOB_RECORDING | JOB_ROWS | JOB_SAVING,
                           .runs = {&options.affinity.run},
                           .work = find_affinities,
                           .options = &options};
    return job_run(self, &plan, argc, argv);
}

const command command_affinity = {
    .name = "affinity",
    .summary = "Find which neurons change together, and when",
    .inputs = "INPUT...",
    .min_inputs = 1,
    .max_inputs = MANY_INPUTS,
    .description =
        "Affinities between 0 and 1 of every pair of neurons at every time, from the smoothed "
        "derivatives of their traces. Inputs are sessions of the same neurons: recordings, or "
        "arrays (time x neuron) with --bin. Missing samples stay missing, and so do their "
        "pairs.\n\n"
        "The result holds the derivatives, the mean affinity of each pair and of each time; with "
        "--tensor the affinity of each pair i < j at each time.",
    .examples = "ana affinity worm.nwb --sigma 1.8 -o affinity.html\n"
                "ana affinity traces.npy --bin 0.6 --kernel prod --tensor -o affinity.h5",
    .run = run_command,
};
